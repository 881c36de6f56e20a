/* view.c -- pictures and windows: graph, plot, tree, export, close; the only user of viz.h */
#include "cmd/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viz/viz.h"

#include "cmd/table.h"
#include "report.h"

/* --- the views' host --- */

static const char *host_label(void *user, const NbVar *v, char *buf, size_t cap)
{
    return report_label(user, v, buf, cap);
}

static void host_say(void *user, const char *line)
{
    Session *s = user;
    if (s->aside) {
        s->aside(s, true);
    }
    session_say(s, "%s", line);
    if (s->aside) {
        s->aside(s, false);
    }
}

static void host_click(void *user, NbVar *v)
{
    session_click(user, v);
}

static NbVizStyle style_of(const Session *s)
{
    return (NbVizStyle){.theme = s->set.dark ? NB_THEME_DARK : NB_THEME_LIGHT,
                        .digits = s->set.digits,
                        .unicode = s->set.unicode,
                        .colour = s->colour_out,
                        .present = s->set.present,
                        .show_constants = s->set.show_constants,
                        .columns = COLUMNS};
}

/* Made by the first command that shows something; NULL with the error set. */
static NbViz *viz_of(Session *s)
{
    if (!s->viz) {
        NbVizHost host = {.user = s, .label = host_label, .say = host_say, .click = host_click};
        NbVizStyle style = style_of(s);
        s->viz = nb_viz_new(&host, &style);
        if (!s->viz) {
            interp_fail(s->interp, NULL, NB_EMEM, "out of memory for pictures");
        }
    }
    return s->viz;
}

bool view_open(const Session *s)
{
    return s->viz && nb_viz_open(s->viz);
}

void view_pump(Session *s)
{
    if (s->viz && nb_viz_open(s->viz)) {
        nb_viz_pump(s->viz);
    }
}

void view_changed(Session *s)
{
    if (s->viz && nb_viz_open(s->viz)) {
        nb_viz_changed(s->viz);
    }
}

int view_fd(const Session *s)
{
    return s->viz ? nb_viz_fd(s->viz) : -1;
}

int view_timeout(const Session *s)
{
    return s->viz ? nb_viz_timeout(s->viz) : -1;
}

void view_settings(Session *s)
{
    if (s->viz) {
        NbVizStyle style = style_of(s);
        nb_viz_style(s->viz, &style);
    }
}

void view_close(Session *s)
{
    if (s->viz) {
        nb_viz_close(s->viz, NULL);
    }
}

void view_free(Session *s)
{
    nb_viz_free(&s->viz);
}

int view_worker_main(void)
{
    return nb_viz_worker_main();
}

/* --- following names --- */

void view_follow(Session *s)
{
    NbVar *root = s->viz && nb_viz_open(s->viz) ? nb_viz_graph_root(s->viz) : NULL;
    const char *title = root ? nb_viz_graph_title(s->viz) : NULL;
    int symbol = title ? interp_symbol(s->interp, title) : -1;
    Value now = symbol >= 0 ? interp_get(s->interp, symbol) : UNSET;
    if (now.tag == V_VAR && now.var != root) {
        char name[96];
        NbErr err = {0};
        snprintf(name, sizeof name, "%s", title);
        labels_show(s->labels, s->interp, now.var);
        nb_viz_graph(s->viz, now.var, name, &err);
    }
}

bool view_shows(const Session *s, const NbVar *v)
{
    return s->viz && nb_viz_open(s->viz) && nb_viz_graph_root(s->viz) == v;
}

/* --- arguments --- */

/* The variable an argument stands for: a new reference, NULL with the error set. */
static NbVar *variable_of(Interp *I, const Call *c, int i, char *name, size_t cap)
{
    Value v = UNSET;
    interp_text(I, c->arg[i], name, cap);
    if (!interp_eval(I, c->arg[i], &v)) {
        return NULL;
    }
    if (v.tag == V_VAR) {
        return v.var;
    }
    interp_fail(I, c->arg[i], NB_ETYPE, "%s: expected a variable, got %s", c->row->name,
                value_kind(v));
    if (v.tag == V_FUNC) {
        interp_hint(I, "call the function first, as in f = %s(x)", name);
    }
    value_unref(&v);
    return NULL;
}

/* An option that is a word: theme=dark, view=plot, in quotes or not. */
static const char *word_of(Interp *I, const Call *c, int opt, char *buf, size_t cap)
{
    if (c->opt[opt].tag == V_STR) {
        snprintf(buf, cap, "%s", c->opt[opt].str->text);
    } else {
        interp_text(I, c->optnode[opt], buf, cap);
    }
    return buf;
}

/* Position of the option's word among `words`, `fallback` when it is not given; -1 with the error
 * set when it is another. */
static int choose(Interp *I, const Call *c, int opt, const char *const *words, int n, int fallback)
{
    char word[64];
    Text all = {0};
    if (c->opt[opt].tag == V_UNSET) {
        return fallback;
    }
    word_of(I, c, opt, word, sizeof word);
    for (int i = 0; i < n; i++) {
        if (strcmp(word, words[i]) == 0) {
            return i;
        }
    }
    for (int i = 0; i < n; i++) {
        text_printf(&all, "%s%s", i ? ", " : "", words[i]);
    }
    interp_fail(I, c->optnode[opt], NB_EVALUE, "%s: no %s %s", c->row->name, c->row->opt[opt].name,
                word);
    interp_hint(I, "it is one of %s", text_str(&all));
    text_free(&all);
    return -1;
}

static bool has_display(Session *s, NbViz *viz)
{
    return !s->no_window && nb_viz_has_display(viz);
}

/* --- graphs --- */

static bool print_tree(Interp *I, const Call *c, NbViz *viz, NbVar *v)
{
    Session *s = session_of(I);
    NbErr err = {0};
    fflush(stderr);
    if (!labels_show(s->labels, I, v)) {
        return interp_fail_ctx(I, c->arg[0]);
    }
    return nb_viz_tree(viz, v, stdout, &err) == NB_OK || interp_fail_err(I, c->arg[0], &err);
}

static bool cmd_tree(Interp *I, const Call *c, Value *out)
{
    (void)out;
    char name[96];
    NbViz *viz = viz_of(session_of(I));
    NbVar *v = viz ? variable_of(I, c, 0, name, sizeof name) : NULL;
    bool ok = v && print_tree(I, c, viz, v);
    nb_var_unref(&v);
    return ok;
}

static bool show_graph(Interp *I, const Call *c, NbViz *viz, NbVar *v, const char *name)
{
    Session *s = session_of(I);
    NbErr err = {0};
    if (!has_display(s, viz)) {
        session_say(s, "no display: the graph as text; export \"%s.png\", %s writes a picture",
                    name, name);
        return print_tree(I, c, viz, v);
    }
    if (!labels_show(s->labels, I, v)) {
        return interp_fail_ctx(I, c->arg[0]);
    }
    return nb_viz_graph(viz, v, name, &err) == NB_OK || interp_fail_err(I, c->arg[0], &err);
}

static bool cmd_graph(Interp *I, const Call *c, Value *out)
{
    (void)out;
    char name[96];
    NbViz *viz = viz_of(session_of(I));
    NbVar *v = viz ? variable_of(I, c, 0, name, sizeof name) : NULL;
    bool ok = v && show_graph(I, c, viz, v, name);
    nb_var_unref(&v);
    return ok;
}

/* --- curves --- */

/* What is plotted is what the record samples: f, and further expressions as watches. */
static bool take_curves(Interp *I, const Call *c)
{
    Session *s = session_of(I);
    char name[96];
    for (int i = 0; i < c->argc; i++) {
        NbVar *v = variable_of(I, c, i, name, sizeof name);
        if (!v) {
            return false;
        }
        bool root = i == 0 && nb_var_kind(v) == NB_INNER;
        if (root) {
            session_follow(s, v);
        }
        nb_var_unref(&v);
        if (!root && !runs_watch(s->runs, I, c->arg[i])) {
            return false;
        }
    }
    return true;
}

static bool anything_recorded(const NbRecord *r)
{
    for (int i = 0; i < nb_record_runs(r); i++) {
        if (nb_record_run(r, i).rows > 0) {
            return true;
        }
    }
    return false;
}

/* What was minimised, oldest first: the title of a plot that names no curve. */
static void plot_title(const NbRecord *r, char *title, size_t cap)
{
    Text t = {0};
    for (int i = 0; i < nb_record_runs(r); i++) {
        NbRunInfo run = nb_record_run(r, i);
        bool seen = run.rows == 0;
        for (int k = 0; k < i && !seen; k++) {
            NbRunInfo before = nb_record_run(r, k);
            seen = before.rows > 0 && strcmp(before.column[0], run.column[0]) == 0;
        }
        if (!seen) {
            text_printf(&t, "%s%s", t.len > 0 ? ", " : "", run.column[0]);
        }
    }
    snprintf(title, cap, "%s", t.len > 0 ? text_str(&t) : "runs");
    text_free(&t);
}

static bool show_plot(Interp *I, const Call *c, NbViz *viz, NbRecord *r)
{
    Session *s = session_of(I);
    char title[96];
    NbErr err = {0};
    if (c->argc > 0) {
        interp_text(I, c->arg[0], title, sizeof title);
    } else {
        plot_title(r, title, sizeof title);
    }
    if (has_display(s, viz)) {
        return nb_viz_plot(viz, r, title, &err) == NB_OK || interp_fail_err(I, c->node, &err);
    }
    if (!anything_recorded(r)) {
        session_say(s, "nothing recorded yet: curves begin with step, minimize or forward");
        return true;
    }
    session_say(s, "no display: the curves as text; export \"%s.png\", view=plot writes a picture",
                title);
    return nb_viz_chart(viz, r, stdout, &err) == NB_OK || interp_fail_err(I, c->node, &err);
}

static bool cmd_plot(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    NbViz *viz = viz_of(s);
    NbRecord *r = runs_record(s->runs);
    if (!r) {
        return interp_fail(I, c->node, NB_EMEM, "out of memory for the run record");
    }
    return viz && take_curves(I, c) && show_plot(I, c, viz, r);
}

/* --- close --- */

static bool cmd_close(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    const char *which = c->argc > 0 ? c->argv[0].str->text : NULL;
    if (which && strcmp(which, "graph") != 0 && strcmp(which, "plot") != 0) {
        interp_fail(I, NULL, NB_EVALUE, "close: no window %s", which);
        return interp_hint(I, "close, close graph or close plot");
    }
    if (s->viz) {
        nb_viz_close(s->viz, which);
    }
    return true;
}

/* --- export --- */

enum { OPT_VIEW, OPT_WIDTH, OPT_THEME, OPT_HIDE };

static bool export_options(Interp *I, const Call *c, NbExport *e)
{
    static const char *const views[] = {"graph", "plot"};
    static const char *const themes[] = {"light", "dark"};
    static const char *const hides[] = {"grad"};
    int64_t width = 0;
    int view = choose(I, c, OPT_VIEW, views, 2, 0);
    int theme = view < 0 ? -1 : choose(I, c, OPT_THEME, themes, 2, 0);
    int hide = theme < 0 ? -1 : choose(I, c, OPT_HIDE, hides, 1, 1);
    if (view < 0 || theme < 0 || hide < 0 || !interp_opt_int(I, c, OPT_WIDTH, 16, 20000, &width)) {
        return false;
    }
    e->view = view == 1 ? NB_VIEW_PLOT : NB_VIEW_GRAPH;
    e->has_theme = c->opt[OPT_THEME].tag != V_UNSET;
    e->theme = theme == 1 ? NB_THEME_DARK : NB_THEME_LIGHT;
    e->hide_grad = hide == 0;
    e->width = (int)width;
    return true;
}

static bool is_csv(const char *path)
{
    size_t n = strlen(path);
    return n >= 4 && strcmp(path + n - 4, ".csv") == 0;
}

/* What is written: the record, the given variable, or the graph last swept. */
static bool choose_subject(Interp *I, const Call *c, const char *path, NbExport *e, NbVar **root,
                           char *name, size_t cap)
{
    Session *s = session_of(I);
    if (is_csv(path) && c->opt[OPT_VIEW].tag == V_UNSET) {
        e->view = NB_VIEW_PLOT;
    }
    snprintf(name, cap, "runs");
    if (e->view == NB_VIEW_PLOT && runs_record(s->runs)) {
        plot_title(runs_record(s->runs), name, cap);
    }
    if (c->argc > 1) {
        *root = variable_of(I, c, 1, name, cap);
        if (!*root) {
            return false;
        }
    } else if (e->view == NB_VIEW_GRAPH && s->root) {
        *root = nb_var_ref(s->root);
        report_label(s, s->root, name, cap);
    }
    if (e->view == NB_VIEW_PLOT) {
        e->record = runs_record(s->runs);
        if (!e->record || !anything_recorded(e->record)) {
            interp_fail(I, c->node, NB_EVALUE, "export: nothing is recorded yet");
            return interp_hint(I, "curves begin with step, minimize or forward");
        }
        return true;
    }
    if (!*root) {
        interp_fail(I, c->node, NB_EVALUE, "export: which graph?");
        return interp_hint(I, "as in export \"f.png\", f");
    }
    return labels_show(s->labels, I, *root) || interp_fail_ctx(I, c->arg[1]);
}

static bool write_export(Interp *I, const Call *c, NbViz *viz, const char *path, NbExport *e)
{
    Session *s = session_of(I);
    char said[512];
    NbErr err = {0};
    e->interrupt = s->interrupt;
    if (nb_viz_export(viz, path, e, said, sizeof said, &err) != NB_OK) {
        return interp_fail_err(I, c->arg[0], &err);
    }
    if (session_echoes(s, c)) {
        printf("%s\n", said);
    }
    return true;
}

/* export "p.csv", x, y: their numbers side by side. */
static bool write_columns(Interp *I, const Call *c, const char *path, NbColumns *part, int n)
{
    char said[512];
    NbErr err = {0};
    if (nb_viz_export_columns(path, part, n, said, sizeof said, &err) != NB_OK) {
        return interp_fail_err(I, err.code == NB_ESHAPE ? c->arg[1] : c->arg[0], &err);
    }
    if (session_echoes(session_of(I), c)) {
        printf("%s\n", said);
    }
    return true;
}

/* A .csv of named values is a table of them, unless it is one scalar: that one's run record. */
static bool export_columns(Interp *I, const Call *c, const char *path, bool *done)
{
    int n = c->argc - 1;
    *done = false;
    if (n < 1 || !is_csv(path) || c->opt[OPT_VIEW].tag != V_UNSET) {
        return n < 2 || interp_fail(I, c->arg[2], NB_EVALUE, "export: one graph in a file");
    }
    NbColumns *part = calloc((size_t)n, sizeof *part);
    char(*name)[96] = calloc((size_t)n, sizeof *name);
    bool ok = (part && name) || interp_fail(I, c->node, NB_EMEM, "out of memory for a table");
    for (int i = 0; ok && i < n; i++) {
        part[i].name = name[i];
        part[i].var = variable_of(I, c, i + 1, name[i], sizeof name[i]);
        ok = part[i].var != NULL;
    }
    *done = ok && (n > 1 || nb_var_shape(part[0].var)->rank > 0);
    ok = ok && (!*done || write_columns(I, c, path, part, n));
    for (int i = 0; part && i < n; i++) {
        nb_var_unref(&part[i].var);
    }
    free(name);
    free(part);
    return ok;
}

static bool cmd_export(Interp *I, const Call *c, Value *out)
{
    (void)out;
    char name[96];
    NbViz *viz = viz_of(session_of(I));
    Value file = UNSET;
    NbExport e = {0};
    NbVar *root = NULL;
    if (!viz || !interp_eval(I, c->arg[0], &file)) {
        return false;
    }
    bool ok = file.tag == V_STR;
    if (!ok) {
        interp_fail(I, c->arg[0], NB_ETYPE, "export: expected a file name in quotes, got %s",
                    value_kind(file));
        interp_hint(I, "as in export \"f.png\", f");
    }
    bool done = false;
    ok = ok && export_columns(I, c, file.str->text, &done);
    ok = ok && (done || (export_options(I, c, &e) &&
                         choose_subject(I, c, file.str->text, &e, &root, name, sizeof name)));
    if (ok && !done) {
        e.root = root;
        e.title = name;
        ok = write_export(I, c, viz, file.str->text, &e);
    }
    nb_var_unref(&root);
    value_unref(&file);
    return ok;
}

static const Builtin rows[] = {
    {"tree",
     B_COMMAND | B_LAZY,
     1,
     1,
     {{0}},
     cmd_tree,
     "showing",
     "tree f",
     "The graph behind f as indented text, shared nodes once.",
     "x, y = 2, 3\nf = x*y + x^2\ntree f"},
    {"graph",
     B_COMMAND | B_LAZY,
     1,
     1,
     {{0}},
     cmd_graph,
     "showing",
     "graph f",
     "Opens a window on the graph behind f; without a display prints it as text. A window opened "
     "on a name follows the name.",
     "x, y = 2, 3\nf = x*y + x^2\ngraph f"},
    {"plot",
     B_COMMAND | B_LAZY,
     0,
     -1,
     {{0}},
     cmd_plot,
     "showing",
     "plot [e, …]",
     "Opens a window with the curves of f and of other expressions over the steps; without a "
     "display prints a small chart. Earlier steps are there too.",
     "x = 5\nf = x^2\nopt = sgd(x, lr=0.1)\nminimize f, steps=20\nplot f"},
    {"close",
     B_COMMAND | B_WORDS,
     0,
     1,
     {{0}},
     cmd_close,
     "showing",
     "close [graph|plot]",
     "Closes windows.",
     "close"},
    {"export",
     B_COMMAND | B_LAZY,
     1,
     -1,
     {{"view", "graph"}, {"width", NULL}, {"theme", "light"}, {"hide", NULL}},
     cmd_export,
     "showing",
     "export \"FILE\" [, f] [, view=graph|plot, width=, theme=, hide=grad]",
     "Writes a picture or text; the ending of the name decides the format: dot gv png svg pdf txt, "
     "and csv for the run record, or with tensors (export \"p.csv\", x, y) for a table of their "
     "numbers side by side. The file is written whole or not at all.",
     "x, y = 2, 3\nf = x*y + x^2\nexport \"f.svg\", f"},
};

Rows view_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
