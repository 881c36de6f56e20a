/* view_export.c -- export: pictures, texts and tables in files */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/endings.h"
#include "cmd/table.h"
#include "cmd/teach_export.h"
#include "cmd/view_curves.h"
#include "cmd/view_internal.h"
#include "cmd/view_model.h"
#include "cmd/weights.h"
#include "session/report.h"

enum {
    OPT_VIEW,
    OPT_WIDTH,
    OPT_THEME,
    OPT_HIDE,
    OPT_STEPS,
    OPT_DIRECTION,
    OPT_BLANK,
    OPT_LOCAL,
    OPT_PRECISION,
    OPT_EQUAL
};

#define BLANKS 64 /* names left blank in one worksheet */

static bool export_options(Interp *I, const Call *c, NbExport *e)
{
    const char *views[12] = {NULL};
    int nviews = 0;
    while (nviews < 10 && (views[nviews] = nb_viz_view_name(nviews))) {
        nviews++;
    }
    views[nviews++] = "trace"; /* these are written elsewhere (teach_export): for the hint */
    views[nviews++] = "explain";
    static const char *const themes[] = {"light", "dark"};
    static const char *const hides[] = {"nothing", "grad", "value", "all"};
    static const char *const directions[] = {"any", "right", "down"};
    int64_t width = 0;
    int usual = c->nextra > 0 ? NB_VIEW_PLOT : NB_VIEW_GRAPH;
    int view = view_choose(I, c, OPT_VIEW, views, nviews, usual);
    int theme = view < 0 ? -1 : view_choose(I, c, OPT_THEME, themes, 2, 0);
    int hide = theme < 0 ? -1 : view_choose(I, c, OPT_HIDE, hides, 4, 0);
    int way = hide < 0 ? -1 : view_choose(I, c, OPT_DIRECTION, directions, 3, 0);
    if (view < 0 || theme < 0 || hide < 0 || way < 0 ||
        !interp_opt_int(I, c, OPT_WIDTH, 16, 20000, &width) ||
        !interp_opt_flag(I, c, OPT_LOCAL, &e->local) ||
        !interp_opt_flag(I, c, OPT_EQUAL, &e->equal)) {
        return false;
    }
    if (c->nextra > 0 && (view != NB_VIEW_PLOT || c->argc < 2)) {
        interp_fail(I, c->extra[0].node, NB_EVALUE, "export: a range is for curves");
        return interp_hint(I, "as in export \"f.svg\", f(%s), %s=-3:3", c->extra[0].name,
                           c->extra[0].name);
    }
    e->view = (NbView)view;
    e->has_theme = c->opt[OPT_THEME].tag != V_UNSET;
    e->theme = theme == 1 ? NB_THEME_DARK : NB_THEME_LIGHT;
    e->hide_grad = hide == 1 || hide == 3;
    e->hide_value = hide == 2 || hide == 3;
    e->direction = (NbDirection)way; /* in the order of the words */
    e->width = (int)width;
    e->part.locals = e->local;
    return true;
}

static bool is_csv(const char *path)
{
    return strcmp(nb_viz_ending(path), "csv") == 0;
}

/* What is written: the record, the given variable, or the graph last swept. */
static bool choose_subject(Interp *I, const Call *c, const char *path, NbExport *e, NbVar **root,
                           char *name, size_t cap)
{
    Session *s = session_of(I);
    if (is_csv(path) && c->opt[OPT_VIEW].tag == V_UNSET) {
        e->view = NB_VIEW_PLOT;
    }
    if (e->view == NB_VIEW_SURFACE || e->view == NB_VIEW_BOUNDARY) {
        e->surface = view_surface_export(I, c, e->view == NB_VIEW_BOUNDARY, e->equal, name, cap);
        return e->surface != NULL;
    }
    if (e->view == NB_VIEW_PLOT) {
        e->record = view_curves_export(I, c, name, cap);
        if (e->record || interp_error(I)->err.code != NB_OK) {
            return e->record;
        }
    }
    snprintf(name, cap, "runs");
    if (e->view == NB_VIEW_PLOT && runs_record(s->runs)) {
        view_plot_title(runs_record(s->runs), name, cap);
        if (view_of(s)->plotted[0]) {
            snprintf(name, cap, "%s", view_of(s)->plotted);
        }
    }
    if (c->argc > 1 && e->view == NB_VIEW_PLOT && runs_record(s->runs)) {
        const NbRecord *r = runs_record(s->runs);
        for (int i = 1; i < c->argc; i++) { /* a name that does not exist is told as one */
            NbVar *v = view_variable(I, c, i, name, cap);
            if (!v) {
                return false;
            }
            nb_var_unref(&v);
        }
        if (view_curves(I, c, 1, r, name, cap) == 0 && view_recorded(r)) {
            interp_fail(I, c->arg[1], NB_EVALUE, "export: nothing of %s is recorded", name);
            return interp_hint(I, "plot %s or watch it, then minimize, then export", name);
        }
    } else if (c->argc > 1) {
        *root = view_variable(I, c, 1, name, cap);
        if (!*root) {
            return false;
        }
    } else if (e->view == NB_VIEW_GRAPH && s->root) {
        *root = nb_var_ref(s->root);
        report_label(s, s->root, name, cap);
    }
    if (e->view == NB_VIEW_PLOT) {
        e->record = runs_record(s->runs);
        if (!e->record || !view_recorded(e->record)) {
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

/* One node of the graph; a reference is kept. */
static bool add_blank(Interp *I, const Call *c, NbExport *e, NbVar **blank, NbVar *v)
{
    const Node *node = c->optnode[OPT_BLANK];
    char name[96];
    if (!teach_behind(session_of(I), e->root, v)) {
        interp_fail(I, node, NB_EVALUE, "export: %s is not in the graph of %s",
                    interp_text(I, node, name, sizeof name), e->title);
        return interp_hint(I, "as in blank=v3, or blank=[v3, x]");
    }
    if (e->nblank == BLANKS) {
        return interp_fail(I, node, NB_EVALUE, "export: at most %d blanks", BLANKS);
    }
    blank[e->nblank++] = nb_var_ref(v);
    return true;
}

/* blank=v3, or of several a list: of numbers it came here as their stack. */
static bool find_blanks(Interp *I, const Call *c, NbExport *e, NbVar **blank)
{
    const Value v = c->opt[OPT_BLANK];
    const NbOp *op = v.tag == V_VAR ? nb_var_op(v.var) : NULL;
    bool many = op && strcmp(op->name, "stack") == 0 &&
                !teach_behind(session_of(I), e->root, v.var);
    bool ok = true;
    e->blank = blank;
    if (v.tag == V_VAR && !many) {
        return add_blank(I, c, e, blank, v.var);
    }
    const int n = many ? nb_var_inputs(v.var) : v.tag == V_LIST ? v.list->n : 0;
    ok = n > 0 || v.tag == V_UNSET;
    for (int i = 0; ok && i < n; i++) {
        NbVar *one = many                           ? nb_var_input(v.var, i).var
                     : v.list->item[i].tag == V_VAR ? v.list->item[i].var
                                                    : NULL;
        ok = one != NULL;
        if (one && !add_blank(I, c, e, blank, one)) {
            return false;
        }
    }
    if (!ok) {
        interp_fail(I, c->optnode[OPT_BLANK], NB_ETYPE, "export: blank= takes nodes of the graph");
        return interp_hint(I, "as in blank=v3, or blank=[v3, x]");
    }
    return true;
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
    view_wrote(s, path, &err);
    if (session_echoes(s, c)) {
        fprintf(s->out, "%s\n", said);
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
    view_wrote(session_of(I), path, &err);
    if (session_echoes(session_of(I), c)) {
        fprintf(session_of(I)->out, "%s\n", said);
    }
    return true;
}

/* Options of pictures are errors in a table. */
static bool no_options(Interp *I, const Call *c)
{
    for (int k = 0; k < BUILTIN_OPTS && c->row->opt[k].name; k++) {
        if (c->opt[k].tag != V_UNSET) {
            return interp_fail(I, c->optnode[k], NB_EVALUE, "export: %s= means nothing in a table",
                               c->row->opt[k].name);
        }
    }
    return true;
}

/* A plot shows as many curves as are named. */
static bool is_plot(Interp *I, const Call *c)
{
    char word[16] = "";
    if (c->opt[OPT_VIEW].tag == V_STR) {
        snprintf(word, sizeof word, "%s", c->opt[OPT_VIEW].str->text);
    } else if (c->opt[OPT_VIEW].tag != V_UNSET) {
        interp_text(I, c->optnode[OPT_VIEW], word, sizeof word);
    }
    return strcmp(word, "plot") == 0;
}

/* A .csv of named values is a table of them, unless it is one scalar: that one's run record. */
static bool export_columns(Interp *I, const Call *c, const char *path, bool *done)
{
    int n = c->argc - 1;
    *done = false;
    if (n < 1 || !is_csv(path) || c->opt[OPT_VIEW].tag != V_UNSET) {
        return n < 2 || is_plot(I, c) ||
               interp_fail(I, c->arg[2], NB_EVALUE, "export: one graph in a file");
    }
    NbColumns *part = calloc((size_t)n, sizeof *part);
    char(*name)[96] = calloc((size_t)n, sizeof *name);
    bool ok = (part && name) || interp_fail(I, c->node, NB_EMEM, "out of memory for a table");
    for (int i = 0; ok && i < n; i++) {
        part[i].name = name[i];
        part[i].var = view_variable(I, c, i + 1, name[i], sizeof name[i]);
        ok = part[i].var != NULL;
    }
    *done = ok && (n > 1 || nb_var_shape(part[0].var)->rank > 0);
    ok = ok && (!*done || (no_options(I, c) && write_columns(I, c, path, part, n)));
    for (int i = 0; part && i < n; i++) {
        nb_var_unref(&part[i].var);
    }
    free(name);
    free(part);
    return ok;
}

/* Bits of the numbers, in files that say them. */
static bool find_precision(Interp *I, const Call *c, const char *path, NbExport *e)
{
    if (strcmp(nb_viz_ending(path), "onnx") == 0) {
        e->precision = model_precision(I, c, OPT_PRECISION);
        return e->precision != 0;
    }
    return c->opt[OPT_PRECISION].tag == V_UNSET ||
           interp_fail(I, c->optnode[OPT_PRECISION], NB_EVALUE,
                       "export: precision= is for safetensors, npz, npy and onnx");
}

/* Numbers, models and formulas, which are no pictures. */
static bool export_other(Interp *I, const Call *c, NbViz *viz, const char *path, NbExport *e,
                         bool *done)
{
    return weights_export(I, c, OPT_PRECISION, path, done) &&
           (*done || model_export(I, c, OPT_PRECISION, viz, path, done)) &&
           (*done || (find_precision(I, c, path, e) &&
                      teach_export(I, c, OPT_VIEW, OPT_HIDE, path, done))) &&
           (*done || export_columns(I, c, path, done));
}

static bool cmd_export(Interp *I, const Call *c, Value *out)
{
    (void)out;
    char name[256];
    NbViz *viz = view_viz(session_of(I));
    Value file = UNSET;
    NbExport e = {0};
    NbVar *root = NULL, *blank[BLANKS];
    if (!viz || !interp_eval(I, c->arg[0], &file)) {
        return viz && endings_quotes(I, c);
    }
    bool ok = file.tag == V_STR;
    if (!ok) {
        interp_fail(I, c->arg[0], NB_ETYPE, "export: expected a file name in quotes, got %s",
                    value_kind(file));
        interp_hint(I, "as in export \"f.png\", f");
    }
    bool done = false;
    ok = ok && endings_export(I, c->arg[0], file.str->text);
    if (ok) { /* a range is of curves */
        ok = c->nextra > 0 ? find_precision(I, c, file.str->text, &e)
                           : export_other(I, c, viz, file.str->text, &e, &done);
    }
    ok = ok && (done || (export_options(I, c, &e) &&
                         choose_subject(I, c, file.str->text, &e, &root, name, sizeof name)));
    if (ok && !done) {
        e.root = root;
        e.title = name;
        ok = find_blanks(I, c, &e, blank);
    }
    if (ok && !done) {
        int steps = 0;
        ok = view_steps_wanted(I, c, OPT_STEPS, file.str->text, &steps) &&
             (steps ? view_steps_export(I, c, viz, file.str->text, steps, &e)
                    : write_export(I, c, viz, file.str->text, &e));
    }
    for (int i = 0; i < e.nblank; i++) {
        nb_var_unref(&blank[i]);
    }
    nb_viz_surface_free(&e.surface);
    nb_var_unref(&root);
    value_unref(&file);
    return ok;
}

static const Builtin rows[] = {
    {"export",
     B_FILE | B_COMMAND | B_LAZY | B_RANGES | B_WRITES,
     1,
     -1,
     {{"view", "graph"},
      {"width", NULL},
      {"theme", "light"},
      {"hide", "nothing"},
      {"steps", NULL},
      {"direction", "any"},
      {"blank", NULL},
      {"local", "false"},
      {"precision", "64"},
      {"equal", "false"}},
     cmd_export,
     "showing",
     "export \"FILE\" [, f] [, x=a:b] [, view=graph|plot|surface|boundary|trace|explain, width=, "
     "theme=, hide=grad|value|all, blank=[…], local=true, direction=right|down, steps=true|N, "
     "precision=32, equal=true]",
     "Writes a picture or text; the ending of the name decides the format. hide=grad makes a "
     "worksheet with room for the gradients, hide=value with room for what is computed, "
     "blank=v3, x for both of these nodes; local=true writes the local derivatives on the edges. "
     "theme= is light unless given. A graph is turned or broken into rows so that it fills a page, "
     "or width= (px, pt of pdf and tex), in readable size; direction= says which way it runs. With "
     "a range, or functions and view=plot, curves are drawn: export \"p.svg\", sin, x=0:7. "
     "steps=true shows both sweeps of a graph node by node, steps=40 a run (view=surface, plot, "
     "boundary; equal=true: equal scales) in 40 pictures: in a tex file as frames of a talk, in a "
     "gif as one that moves, "
     "else as files numbered by their name (\"w-%02d.svg\"). view=trace and view=explain are "
     "formulas, as tex, txt or csv. With tensors (export \"p.csv\", x, y) a csv is a "
     "table of their numbers side by side; safetensors, npz and npy hold them, or the weights of a "
     "model by their names in PyTorch (export \"m.safetensors\", m), in double precision unless "
     "precision=32. onnx holds a function of its leaves, or a model with its weights and any "
     "number "
     "of rows (export \"m.onnx\", m, with an input behind it where its shape cannot be told), in "
     "single precision unless precision=64. The file is written whole or not at all.",
     "x, y = 2, 3\nf = x*y + x^2\nexport \"f.svg\", f"},
};

Rows view_export_rows(void)
{
    return (Rows){rows, 1};
}
