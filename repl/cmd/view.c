/* view.c -- the views' host: what they ask of the session, and what the loop asks of them */
#include "cmd/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/table.h"
#include "cmd/view_internal.h"
#include "report.h"

/* --- the views' host --- */

static const char *host_label(void *user, const NbVar *v, char *buf, size_t cap)
{
    return report_label(user, v, buf, cap);
}

static void host_say(void *user, const char *line)
{
    Session *s = user;
    session_aside(s, true);
    session_say(s, "%s", line);
    session_aside(s, false);
}

static void host_click(void *user, NbVar *v)
{
    Session *s = user;
    session_aside(s, true);
    session_answer_with(s, v);
    info_print(s, v, NULL);
    session_aside(s, false);
}

static bool host_walk_key(void *user, int direction)
{
    return session_arrow(user, direction);
}

static bool host_write(void *user, NbVar *leaf, double value, bool done)
{
    return view_write(user, leaf, value, done);
}

static NbVizStyle style_of(const Session *s)
{
    NbVizStyle style = {.theme = s->set.dark ? NB_THEME_DARK : NB_THEME_LIGHT,
                        .digits = s->set.digits,
                        .unicode = s->set.unicode,
                        .colour = session_is(s, FRONT_COLOUR),
                        .present = s->set.present,
                        .show_constants = s->set.show_constants,
                        .heat = s->set.heat,
                        .hide_grad = view_of(s)->hide_grad,
                        .columns = s->columns};
    memcpy(style.font, s->set.font, sizeof style.font);
    return style;
}

View *view_of(const Session *s)
{
    return session_part(s, &view_part);
}

/* Made by the first command that shows something; NULL with the error set. */
NbViz *view_viz(Session *s)
{
    View *view = view_of(s);
    if (!view->viz) {
        NbVizHost host = {.user = s,
                          .label = host_label,
                          .say = host_say,
                          .click = host_click,
                          .preview = view_preview,
                          .pointed = view_pointed,
                          .write = host_write,
                          .walk_key = host_walk_key};
        NbVizStyle style = style_of(s);
        view->viz = nb_viz_new(&host, &style);
        if (!view->viz) {
            interp_fail(s->interp, NULL, NB_EMEM, "out of memory for pictures");
        }
    }
    return view->viz;
}

/* The same while windows are open, else NULL. */
static NbViz *open_viz(const Session *s)
{
    NbViz *viz = view_of(s)->viz;
    return viz && nb_viz_open(viz) ? viz : NULL;
}

static void settings(Session *s)
{
    NbVizStyle style = style_of(s);
    if (view_of(s)->viz) {
        nb_viz_style(view_of(s)->viz, &style);
    }
}

bool view_font(Session *s, const char *name, char *found, size_t cap)
{
    NbErr err = {0};
    NbViz *viz = view_viz(s);
    return viz && (nb_viz_font(viz, name, found, cap, &err) == NB_OK ||
                   interp_fail_err(s->interp, NULL, &err));
}

int view_worker_main(void)
{
    return nb_viz_worker_main();
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

void view_hide_gradients(Session *s, bool hide)
{
    view_of(s)->hide_grad = hide;
    settings(s);
}

bool view_shows(const Session *s, const NbVar *v)
{
    NbViz *viz = open_viz(s);
    return viz && nb_viz_graph_root(viz) == v;
}

/* --- arguments --- */

/* The variable an argument stands for: a new reference, NULL with the error set. */
NbVar *view_variable(Interp *I, const Call *c, int i, char *name, size_t cap)
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

bool view_has_display(Session *s, NbViz *viz)
{
    return session_windows(s) && nb_viz_has_display(viz) && nb_viz_start_display(viz);
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

/* --- the part of the session --- */

static bool is_open(const Session *s)
{
    return open_viz(s);
}

/* A window that was closed under a moving hand leaves the value to be settled here. */
static void pump(Session *s)
{
    const View *view = view_of(s);
    if (view->drag && !s->unit.running && !nb_viz_graph_root(view->viz)) {
        view_settle(s);
    }
    if (open_viz(s)) {
        nb_viz_pump(view->viz);
    }
}

static void before(Session *s)
{
    if (view_of(s)->drag) {
        view_settle(s);
    }
}

static void changed(Session *s)
{
    if (open_viz(s)) {
        nb_viz_changed(open_viz(s));
    }
}

static int fd(const Session *s)
{
    const NbViz *viz = view_of(s)->viz;
    return viz ? nb_viz_fd(viz) : -1;
}

static int due(const Session *s)
{
    const NbViz *viz = view_of(s)->viz;
    return viz ? nb_viz_timeout(viz) : -1;
}

/* A layout that runs is given up, and what windows compute for themselves. */
static void stop(Session *s)
{
    NbViz *viz = view_of(s)->viz;
    if (viz) {
        nb_viz_cancel(viz);
    }
    if (open_viz(s)) {
        nb_viz_surface_stop(viz);
    }
}

static void close_all(Session *s)
{
    if (view_of(s)->viz) {
        nb_viz_close(view_of(s)->viz, NULL);
    }
    view_surface_forget(s);
}

static void release(Session *s)
{
    nb_viz_free(&view_of(s)->viz);
    view_surface_forget(s);
}

/* A graph window opened on a name follows it. */
static void follow_names(Session *s)
{
    view_surface_follow(s);
    NbViz *viz = open_viz(s);
    NbVar *root = viz ? nb_viz_graph_root(viz) : NULL;
    const char *title = root ? nb_viz_graph_title(viz) : NULL;
    int symbol = title ? interp_symbol(s->interp, title) : -1;
    Value now = symbol >= 0 ? interp_get(s->interp, symbol) : UNSET;
    if (now.tag == V_VAR && now.var != root) {
        char name[96];
        NbErr err = {0};
        snprintf(name, sizeof name, "%s", title);
        labels_show(s->labels, s->interp, now.var);
        nb_viz_graph(viz, now.var, name, &err);
    }
}

const SessionPart view_part = {.size = sizeof(View),
                               .before = before,
                               .follow = follow_names,
                               .changed = changed,
                               .settings = settings,
                               .forget = view_drag_forget,
                               .close = close_all,
                               .fd = fd,
                               .timeout = due,
                               .open = is_open,
                               .pump = pump,
                               .stop = stop,
                               .free = release};
