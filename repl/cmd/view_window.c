/* view_window.c -- windows and their text forms: graph, plot, tree, close */
#include <stdio.h>
#include <string.h>

#include "cmd/table.h"
#include "cmd/view_curves.h"
#include "session/report.h"

/* --- graphs --- */

static bool print_tree(Interp *I, const Call *c, NbViz *viz, NbVar *v)
{
    Session *s = session_of(I);
    NbErr err = {0};
    fflush(s->err);
    if (!labels_show(s->labels, I, v)) {
        return interp_fail_ctx(I, c->arg[0]);
    }
    return nb_viz_tree(viz, v, s->out, &err) == NB_OK || interp_fail_err(I, c->arg[0], &err);
}

static bool cmd_tree(Interp *I, const Call *c, Value *out)
{
    (void)out;
    char name[96];
    NbViz *viz = view_viz(session_of(I));
    NbVar *v = viz ? view_variable(I, c, 0, name, sizeof name) : NULL;
    bool ok = v && print_tree(I, c, viz, v);
    nb_var_unref(&v);
    return ok;
}

static bool show_graph(Interp *I, const Call *c, NbViz *viz, NbVar *v, const char *name)
{
    int64_t depth = 0;
    if (!interp_opt_int(I, c, 0, 1, 1000, &depth)) {
        return false;
    }
    Session *s = session_of(I);
    NbErr err = {0};
    if (view_has_display(s, viz)) {
        if (!labels_show(s->labels, I, v)) {
            return interp_fail_ctx(I, c->arg[0]);
        }
        nb_viz_graph_depth(viz, (int)depth);
        return nb_viz_graph(viz, v, name, &err) == NB_OK || interp_fail_err(I, c->arg[0], &err);
    }
    if (session_takes_pictures(s)) {
        NbExport e = {.root = v, .title = name, .part = {.depth = (int)depth}};
        return labels_show(s->labels, I, v) ? view_show_picture(s, c->arg[0], viz, &e)
                                            : interp_fail_ctx(I, c->arg[0]);
    }
    session_say(s, "no display: the graph as text; export \"%s.png\", %s writes a picture", name,
                name);
    return print_tree(I, c, viz, v);
}

static bool cmd_graph(Interp *I, const Call *c, Value *out)
{
    (void)out;
    char name[96];
    NbViz *viz = view_viz(session_of(I));
    NbVar *v = viz ? view_variable(I, c, 0, name, sizeof name) : NULL;
    bool ok = v && show_graph(I, c, viz, v, name);
    nb_var_unref(&v);
    return ok;
}

/* --- curves --- */

/* A curve over the steps of a run is of one number; numbers beside each other are points. */
static bool hint_of_vector(Interp *I, const Call *c, int i, int64_t n, const char *name)
{
    char second[96];
    if (n > 0 && i == 0 && c->argc == 2) { /* as plot(x, y) of others */
        return interp_hint(I, "beside each other: plot points(%s, %s); one element: plot %s[0]",
                           name, interp_text(I, c->arg[1], second, sizeof second), name);
    }
    if (n > 0) {
        return interp_hint(I,
                           "one element, as in plot %s[0], or norm(%s); beside each other: "
                           "plot points(arange(0, %lld), %s)",
                           name, name, (long long)n, name);
    }
    return interp_hint(I, "one element, as in plot %s[0], or norm(%s)", name, name);
}

/* What is plotted is what the record samples: f, and further expressions as watches. */
static bool take_curves(Interp *I, const Call *c)
{
    Session *s = session_of(I);
    char name[96], shape[160];
    for (int i = 0; i < c->argc; i++) {
        NbVar *v = view_variable(I, c, i, name, sizeof name);
        if (!v) {
            return false;
        }
        NbTensor tmp;
        if (nb_var_data(v, &tmp)->size != 1) {
            interp_fail(I, c->arg[i], NB_ESHAPE, "plot: %s has shape %s; a curve shows one number",
                        name, nb_shape_text(nb_var_shape(v), shape, sizeof shape));
            const NbShape *sh = nb_var_shape(v);
            const int64_t n = sh->rank == 1 ? sh->dim[0] : 0;
            nb_var_unref(&v);
            return hint_of_vector(I, c, i, n, name);
        }
        bool root = i == 0 && nb_var_kind(v) == NB_INNER;
        if (root) {
            session_follow(s, v);
        }
        nb_var_unref(&v);
        if (!root) {
            session_touch(s, &(Touch){.kind = TOUCH_WATCHES});
        }
        if (!root && !runs_watch(s->runs, I, c->arg[i])) {
            return false;
        }
    }
    return true;
}

static bool show_plot(Interp *I, const Call *c, NbViz *viz, NbRecord *r)
{
    Session *s = session_of(I);
    char title[256], name[96];
    NbErr err = {0};
    int known = view_curves(I, c, 0, r, title, sizeof title);
    memcpy(view_of(s)->plotted, title, sizeof title);
    if (c->argc == 0) {
        view_plot_title(r, title, sizeof title);
    }
    if (c->argc > 0 && known == 0 && view_recorded(r) && !view_has_display(s, viz)) {
        return true; /* said already */
    }
    if (view_has_display(s, viz)) {
        return nb_viz_plot(viz, r, title, &err) == NB_OK || interp_fail_err(I, c->node, &err);
    }
    if (!view_recorded(r)) {
        session_say(s, "nothing recorded yet: curves begin with step, minimize or forward");
        return true;
    }
    if (session_takes_pictures(s)) {
        NbExport e = {.view = NB_VIEW_PLOT, .record = r, .title = title};
        return view_show_picture(s, c->node, viz, &e);
    }
    session_say(s, "no display: the curves as text; export \"%s.png\", view=plot writes a picture",
                c->argc > 0 ? interp_text(I, c->arg[0], name, sizeof name) : title);
    return nb_viz_chart(viz, r, title, s->out, &err) == NB_OK || interp_fail_err(I, c->node, &err);
}

static bool cmd_plot(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    NbViz *viz = view_viz(s);
    if (view_is_curves(I, c, 0)) {
        return view_curves_show(I, c);
    }
    view_curves_leave(s);
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
    NbViz *viz = view_of(s)->viz;
    const int closed = viz ? nb_viz_close(viz, which) : 0;
    bool known = !which || closed > 0;
    for (int i = 0; !known && nb_viz_view_name(i); i++) {
        known = strcmp(which, nb_viz_view_name(i)) == 0;
    }
    if (!known) {
        Text names = text_in(s->lost);
        for (int i = 0; nb_viz_view_name(i); i++) {
            text_printf(&names, "%s%s", i ? ", " : "", nb_viz_view_name(i));
        }
        interp_fail(I, NULL, NB_EVALUE, "close: no window %s", which);
        interp_hint(I, "close, or close %s", text_str(&names));
        text_free(&names);
    }
    return known;
}

static const Builtin rows[] = {
    {"tree",
     B_COMMAND | B_LAZY | B_WITHIN,
     1,
     1,
     {{0}},
     cmd_tree,
     "showing",
     "tree f",
     "The graph behind f as indented text, shared nodes once.",
     "x, y = 2, 3\nf = x*y + x^2\ntree f"},
    {"graph",
     B_COMMAND | B_LAZY | B_SHOWS,
     1,
     1,
     {{"depth", "all"}},
     cmd_graph,
     "showing",
     "graph f [, depth=4]",
     "Opens a window on the graph behind f, or on so many steps of it; without a display prints it "
     "as text. A window opened on a name follows the name; ? in it shows its keys. Drag a leaf to "
     "change its value; gradients follow if there are any, and with set auto on always.",
     "x, y = 2, 3\nf = x*y + x^2\ngraph f"},
    {"plot",
     B_COMMAND | B_LAZY | B_EXTRA | B_SHOWS,
     0,
     -1,
     {{0}},
     cmd_plot,
     "showing",
     "plot [e, …] [, x=a:b]",
     "Opens a window with the curves of f and of other expressions over the steps; without a "
     "display prints a small chart. Earlier steps are there too. With a function (plot sin), or a "
     "range (plot f(x), x=-3:3), curves over that variable, which follow what else they depend "
     "on; points(x, t) among them, or the command points, adds data.",
     "plot sin, cos, x=-3:3\nx = 5\nf = x^2\nopt = sgd(x, lr=0.1)\nminimize f, steps=20\nplot f"},
    {"close",
     B_COMMAND | B_WORDS | B_WITHIN,
     0,
     1,
     {{0}},
     cmd_close,
     "showing",
     "close [graph|plot|surface|boundary]",
     "Closes windows.",
     "close"},
};

Rows view_window_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
