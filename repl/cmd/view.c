/* view.c -- the views' host: what they ask of the session, and what the loop asks of them */
#include "cmd/view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/state.h"
#include "cmd/table.h"
#include "cmd/view_internal.h"
#include "session/report.h"

#define READY_AFTER 0.3   /* s of a person's time */
#define GRAPH_EVERY 0.036 /* s between two pictures of a graph that a loop changes */
#define GRAPH_SHARE 10    /* they take at most one part in this many of the time */

/* --- the views' host --- */

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
    report_info(s, v, NULL);
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
                        .text = session_text(s),
                        .colour = session_is(s, FRONT_COLOUR),
                        .present = s->set.present,
                        .show_constants = s->set.show_constants,
                        .heat = s->set.heat,
                        .hide_grad = view_of(s)->hide_grad};
    memcpy(style.font, s->set.font, sizeof style.font);
    return style;
}

/* Made by the first command that shows something; NULL with the error set. */
NbViz *view_viz(Session *s)
{
    View *view = view_of(s);
    if (!view->viz) {
        NbVizHost host = {.user = s,
                          .say = host_say,
                          .click = host_click,
                          .preview = view_preview,
                          .pointed = view_pointed,
                          .write = host_write,
                          .walk_key = host_walk_key,
                          .desk = s->safe ? NULL : view->desk};
        nb_state_path("windows", view->desk, sizeof view->desk);
        NbVizStyle style = style_of(s);
        view->viz = nb_viz_new(&host, &style);
        if (!view->viz) {
            interp_fail(s->interp, NULL, NB_EMEM, "out of memory for pictures");
        }
    }
    return view->viz;
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

void view_hide_gradients(Session *s, bool hide)
{
    view_of(s)->hide_grad = hide;
    settings(s);
}

/* --- the part of the session --- */

static bool is_open(const Session *s)
{
    return view_open_viz(s);
}

/* ms until what the first window needs is loaded: a person reads the first prompt, or thinks. -1:
 * never, or it was. */
static int ready_in(const Session *s)
{
    View *view = view_of(s);
    if (view->ready || s->unit.running || !session_is(s, FRONT_PERSON) || !session_windows(s) ||
        !nb_viz_has_display(view->viz)) {
        return -1;
    }
    double now = nb_seconds();
    view->idle_since = view->idle_since > 0 ? view->idle_since : now;
    double rest = view->idle_since + READY_AFTER - now;
    return rest > 0 ? (int)ceil(1e3 * rest) : 0;
}

static void pump(Session *s)
{
    if (ready_in(s) == 0) {
        view_of(s)->ready = true;
        if (view_viz(s)) {
            nb_viz_ready(view_of(s)->viz);
        } else {
            session_forget_error(s, true); /* the first window will say it */
        }
    }
    if (view_open_viz(s)) {
        nb_viz_pump(view_open_viz(s));
    }
}

static void changed(Session *s)
{
    if (view_open_viz(s)) {
        nb_viz_changed(view_open_viz(s));
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
    int wait = viz ? nb_viz_timeout(viz) : -1, ready = ready_in(s);
    return wait < 0 || (ready >= 0 && ready < wait) ? ready : wait;
}

/* A layout that runs is given up, and what windows compute for themselves. */
static void stop(Session *s)
{
    NbViz *viz = view_of(s)->viz;
    if (viz) {
        nb_viz_cancel(viz);
    }
    if (view_open_viz(s)) {
        nb_viz_surface_stop(viz);
    }
}

static void close_all(Session *s)
{
    if (view_of(s)->viz) {
        nb_viz_close(view_of(s)->viz, NULL);
    }
}

static void release(Session *s)
{
    nb_viz_free(&view_of(s)->viz);
}

/* What the name of the graph window is bound to now; borrowed, NULL when there is no such graph. */
static NbVar *graph_now(const Session *s)
{
    const NbViz *viz = view_open_viz(s);
    const char *title = viz && nb_viz_graph_root(viz) ? nb_viz_graph_title(viz) : NULL;
    int symbol = title ? interp_symbol(s->interp, title) : -1;
    Value now = symbol >= 0 ? interp_get(s->interp, symbol) : UNSET;
    return now.tag == V_VAR ? now.var : NULL;
}

/* A graph window opened on a name follows it. */
static void follow_names(Session *s)
{
    NbViz *viz = view_open_viz(s);
    NbVar *now = graph_now(s);
    if (now && now != nb_viz_graph_root(viz)) {
        char name[96];
        NbErr err = {0};
        snprintf(name, sizeof name, "%s", nb_viz_graph_title(viz));
        labels_show(s->labels, s->interp, now);
        nb_viz_graph(viz, now, name, &err);
    }
}

/* The graph window is drawn as the running loop has left the graph. What is typed later means the
 * labels that the prompt has shown: the graph that had them gets them back. */
static void passed(Session *s)
{
    View *view = view_of(s);
    double begun = nb_seconds();
    NbViz *viz = begun >= view->graph_due ? view_open_viz(s) : NULL;
    NbVar *root = viz ? nb_viz_graph_root(viz) : NULL;
    if (!root) {
        return;
    }
    NbVar *now = nb_var_ref(graph_now(s) ? graph_now(s) : root);
    NbVar *before = labels_root(s->labels) ? nb_var_ref(labels_root(s->labels)) : NULL;
    bool lent = before != now;
    if (!lent || labels_show(s->labels, s->interp, now)) {
        nb_viz_graph_passed(viz, now);
        nb_viz_pump(viz);
    }
    if (lent) {
        labels_forget(s->labels);
    }
    if (lent && before) {
        labels_show(s->labels, s->interp, before);
    }
    session_forget_error(s, false); /* of labels that found no memory */
    nb_var_unref(&now);
    nb_var_unref(&before);
    double end = nb_seconds(), rest = GRAPH_SHARE * (end - begun);
    view->graph_due = end + (rest > GRAPH_EVERY ? rest : GRAPH_EVERY);
}

const SessionPart view_part = {.key = &view_key,
                               .follow = follow_names,
                               .passed = passed,
                               .changed = changed,
                               .settings = settings,
                               .close = close_all,
                               .fd = fd,
                               .timeout = due,
                               .open = is_open,
                               .pump = pump,
                               .stop = stop,
                               .free = release};
