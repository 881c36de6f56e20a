/* view_state.c -- what the session keeps of windows, and what the commands of windows share */
#include "cmd/view_field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const PartKey view_key = {sizeof(View)};

View *view_of(const Session *s)
{
    return session_part(s, &view_key);
}

NbViz *view_open_viz(const Session *s)
{
    NbViz *viz = view_of(s)->viz;
    return viz && nb_viz_open(viz) ? viz : NULL;
}

bool view_has_display(Session *s, NbViz *viz)
{
    return session_windows(s) && nb_viz_has_display(viz) && nb_viz_start_display(viz);
}

void view_light(Session *s, const ViewLight *light, int n, bool backward)
{
    NbViz *viz = view_of(s)->viz;
    NbLight *copy = viz && n > 0 ? calloc((size_t)n, sizeof *copy) : NULL;
    for (int i = 0; copy && i < n; i++) {
        copy[i] = (NbLight){light[i].var, (NbLightKind)light[i].kind, light[i].note};
    }
    if (viz) {
        nb_viz_lights(viz, copy, copy ? n : 0, backward);
    }
    free(copy);
}

void view_walk(Session *s, NbVar *root, size_t done)
{
    NbViz *viz = view_of(s)->viz;
    if (viz) {
        nb_viz_walk(viz, root, done);
    }
}

/* --- pictures in place of windows --- */

#define PICTURE_WIDTH 800 /* px, of PNG */

bool view_render(Session *s, NbViz *viz, NbExport *e, const char *const *forms, int n,
                 NbRendered *r, NbErr *err)
{
    e->has_theme = true;
    e->theme = s->set.dark ? NB_THEME_DARK : NB_THEME_LIGHT;
    e->interrupt = s->interrupt;
    bool ok = true;
    for (int i = 0; ok && i < n; i++) {
        e->width = strcmp(forms[i], "png") == 0 ? PICTURE_WIDTH : 0;
        ok = nb_viz_render(viz, forms[i], e, &r[i], err) == NB_OK;
    }
    return ok;
}

static bool show_picture(Session *s, NbViz *viz, NbExport *e, NbErr *err)
{
    static const char *const forms[] = {"png", "svg"};
    enum { N = sizeof forms / sizeof forms[0] };
    char id[160], about[240];
    NbRendered r[N] = {{0}};
    bool ok = view_render(s, viz, e, forms, N, r, err);
    if (ok) {
        const char *view = nb_viz_view_name((int)e->view), *title = e->title ? e->title : "";
        snprintf(id, sizeof id, "%s %s", view, title);
        snprintf(about, sizeof about, "%s of %s: %s", view, title, r[N - 1].about);
        FrontForm form[1 + N] = {{"text/plain", about, strlen(about)}};
        for (int i = 0; i < N; i++) {
            form[1 + i] = (FrontForm){r[i].mime, r[i].bytes, r[i].size};
        }
        session_show(s, form, 1 + N, id);
    }
    for (int i = 0; i < N; i++) {
        nb_viz_rendered_free(&r[i]);
    }
    return ok;
}

bool view_show_picture(Session *s, const Node *at, NbViz *viz, NbExport *e)
{
    NbErr err = {0};
    return show_picture(s, viz, e, &err) || interp_fail_err(s->interp, at, &err);
}

void view_try_picture(Session *s, NbViz *viz, NbExport *e)
{
    NbErr err = {0};
    show_picture(s, viz, e, &err);
}

/* --- surfaces and boundaries --- */

void view_field_gone(Session *s, const struct Field *f)
{
    View *view = view_of(s);
    for (int k = 0; k < 2; k++) {
        if (view->live[k] == f) {
            view->live[k] = NULL;
        }
    }
}

int view_symbol_of(const ViewAsk *a, Value v)
{
    int symbol = interp_symbol(a->I, a->text);
    Value now = symbol >= 0 ? interp_get(a->I, symbol) : UNSET;
    bool same = now.tag == v.tag && (now.tag == V_VAR    ? now.var == v.var
                                     : now.tag == V_FUNC ? now.func == v.func
                                     : now.tag == V_OBJ  ? now.obj == v.obj
                                                         : false);
    return same ? symbol : -1;
}

/* --- files --- */

void view_wrote(Session *s, const char *path, const NbErr *err)
{
    session_wrote(s, path);
    if (err->hint[0]) {
        session_note(s, "*saved", "%s", err->hint);
    }
}

bool view_write_text(Session *s, const Node *at, const char *path, const char *text, size_t len)
{
    NbErr err = {0};
    if (nb_viz_write_text(path, text, len, s->interrupt, &err) != NB_OK) {
        return interp_fail_err(s->interp, at, &err);
    }
    view_wrote(s, path, &err);
    return true;
}

const char *view_format(int i, char *text, size_t cap)
{
    return nb_viz_format(i, text, cap);
}

const char *view_ending(const char *path)
{
    return nb_viz_ending(path);
}

/* --- arguments --- */

/* plot x^2 of an unknown x: curves and surfaces are over variables with a range. */
static void hint_of_range(Interp *I, const Call *c, const char *what)
{
    static const char unknown[] = "unknown name ";
    const NbErr *e = &interp_error(I)->err;
    if (e->code != NB_ENAME || e->hint[0] || strncmp(e->msg, unknown, sizeof unknown - 1) != 0 ||
        strpbrk(e->msg + sizeof unknown - 1, " ~")) {
        return;
    }
    const char *name = e->msg + sizeof unknown - 1;
    if (strcmp(c->row->name, "plot") == 0 && strcmp(what, name) != 0) {
        char known[40];
        snprintf(known, sizeof known, "%s", name);
        interp_hint(I, "a curve is over a range: plot %s, %s=-3:3", what, known);
    }
}

/* The variable an argument stands for: a new reference, NULL with the error set. */
NbVar *view_variable(Interp *I, const Call *c, int i, char *name, size_t cap)
{
    Value v = UNSET;
    interp_text(I, c->arg[i], name, cap);
    if (!interp_eval(I, c->arg[i], &v)) {
        hint_of_range(I, c, name);
        return NULL;
    }
    if (v.tag == V_VAR) {
        return v.var;
    }
    interp_fail(I, c->arg[i], NB_ETYPE, "%s: expected a variable, got %s", c->row->name,
                value_kind(v));
    if (v.tag == V_FUNC) {
        interp_hint(I, "call the function first, as in f = %s(x)", name);
    } else if (strcmp(c->row->name, "plot") == 0 && value_is_number(v)) {
        interp_hint(I, "plot sin shows a function, plot x^2, x=-2:2 an expression");
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
int view_choose(Interp *I, const Call *c, int opt, const char *const *words, int n, int fallback)
{
    char word[64];
    Text all = text_in(session_of(I)->lost);
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

/* --- the record --- */

bool view_recorded(const NbRecord *r)
{
    for (int i = 0; i < nb_record_runs(r); i++) {
        if (nb_record_run(r, i).rows > 0) {
            return true;
        }
    }
    return false;
}

/* What was minimised, oldest first: the title of a plot that names no curve. */
void view_plot_title(const NbRecord *r, char *title, size_t cap)
{
    Text t = text_over(title, cap);
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
    if (t.len == 0) {
        text_add(&t, "runs");
    }
}

static bool is_column(const NbRecord *r, const char *name)
{
    for (int i = 0; i < nb_record_runs(r); i++) {
        NbRunInfo run = nb_record_run(r, i);
        for (int k = 0; run.rows > 0 && k < run.columns; k++) {
            if (strcmp(run.column[k], name) == 0) {
                return true;
            }
        }
    }
    return false;
}

int view_curves(Interp *I, const Call *c, int first, const NbRecord *r, char *title, size_t cap)
{
    char name[96];
    int known = 0;
    Text t = text_over(title, cap);
    text_add(&t, "");
    for (int i = first; i < c->argc; i++) {
        interp_text(I, c->arg[i], name, sizeof name);
        text_printf(&t, "%s%s", i > first ? ", " : "", name);
        bool column = is_column(r, name);
        known += column;
        if (!column && view_recorded(r)) {
            session_say(
                session_of(I),
                "%s was not recorded so far: its curve begins with the next step or minimize",
                name);
        }
    }
    return known;
}
