/* report_notes.c -- notes at the end of a statement: rebound names, added sweeps, NaN */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/table.h"
#include "cmd/view.h"
#include "report.h"

/* --- names bound again --- */

typedef struct Users {
    Session *s;
    const NbVar *old;
    int rebound;   /* the symbol */
    Text names;    /* "f, g" */
    int n;
} Users;

static bool behind(NbVar *root, const NbVar *old)
{
    if (nb_var_kind(root) != NB_INNER || nb_var_serial(root) <= nb_var_serial(old)) {
        return false;
    }
    const NbTape *t = nb_graph_tape(root);
    NbVar *const *list = !t                              ? NULL
                         : nb_var_kind(old) == NB_LEAF  ? t->leaf
                         : nb_var_kind(old) == NB_INNER ? t->node
                                                        : t->other;
    size_t n = !t                              ? 0
               : nb_var_kind(old) == NB_LEAF  ? t->nleaves
               : nb_var_kind(old) == NB_INNER ? t->nnodes
                                              : t->nother;
    for (size_t i = 0; i < n; i++) {
        if (list[i] == old) {
            return true;
        }
    }
    return false;
}

static void add_user(Users *u, const char *name)
{
    if (++u->n <= 3) {
        text_printf(&u->names, "%s%s", u->n > 1 ? ", " : "", name);
    } else if (u->n == 4) {
        text_add(&u->names, u->s->set.unicode ? ", …" : ", ...");
    }
}

/* Named variables and objects that still use the old one. The name itself does not count: in
 * x = x + 1 that is meant. */
static void find_users(Users *u)
{
    Interp *I = u->s->interp;
    for (int i = 0, n = interp_symbols(I); i < n; i++) {
        Value v = interp_get(I, i);
        const char *name = interp_symbol_name(I, i);
        if (i == u->rebound || strcmp(name, "ans") == 0) {
            continue;
        }
        if (v.tag == V_VAR && behind(v.var, u->old)) {
            add_user(u, name);
        } else if (v.tag == V_OBJ && v.obj->cls->holds && v.obj->cls->holds(v.obj, u->old)) {
            add_user(u, name);
        }
    }
}

/* "2" of a scalar, "(2, 3)" of others. */
static void put_short(const Session *s, Text *t, const NbVar *v)
{
    char shape[160];
    if (nb_var_is_scalar(v)) {
        report_number(s, t, nb_var_value(v));
    } else {
        text_add(t, nb_shape_text(nb_var_shape(v), shape, sizeof shape));
    }
}

/* "; to change it in place: x := 5" when a leaf was bound again to numbers. */
static void put_advice(const Session *s, Text *t, const char *name, const NbVar *old, Value now)
{
    if (nb_var_kind(old) == NB_INNER || now.tag != V_VAR || nb_var_kind(now.var) == NB_INNER ||
        !nb_shape_equal(nb_var_shape(old), nb_var_shape(now.var))) {
        return;
    }
    Text value = {0};
    NbTensor tmp;
    report_tensor(s, &value, nb_var_data(now.var, &tmp), 24);
    bool whole = !strstr(text_str(&value), "…") && !strstr(text_str(&value), "...") &&
                 text_str(&value)[0] != '(';
    text_printf(t, "; to change it in place: %s := %s", name,
                whole ? text_str(&value) : s->set.unicode ? "…" : "...");
    text_free(&value);
}

static void check_rebinding(void *user, int symbol, Value before)
{
    Session *s = user;
    Value now = interp_get(s->interp, symbol);
    const char *name = interp_symbol_name(s->interp, symbol);
    if (before.tag != V_VAR || (now.tag == V_VAR && now.var == before.var) ||
        nb_var_refs(before.var) <= 1 || strcmp(name, "ans") == 0) {
        return;
    }
    const char *own = nb_var_name(before.var);
    if (!own || strcmp(own, name) != 0) {
        return; /* a second name for a node that keeps its first */
    }
    Users u = {.s = s, .old = before.var, .rebound = symbol};
    find_users(&u);
    if (u.n > 0) {
        char label[96];
        Text t = {0};
        text_printf(&t, "%s still use%s the earlier %s (", text_str(&u.names),
                    u.n == 1 ? "s" : "", name);
        put_short(s, &t, before.var);
        text_printf(&t, "), now %s",
                    labels_own(s->labels, s->interp, before.var, label, sizeof label));
        put_advice(s, &t, name, before.var, now);
        session_note(s, name, "%s", text_str(&t)); /* one for each name */
        text_free(&t);
    }
    text_free(&u.names);
}

void report_rebindings(Session *s)
{
    journal_each_binding(s->unit_journal, check_rebinding, s);
    journal_each_binding(s->pass_journal, check_rebinding, s);
}

/* --- gradients that were not cleared --- */

void report_sweeps(Session *s)
{
    const Unit *u = &s->unit;
    unsigned long long n = u->sweeps, added = u->sweeps_added, late = u->sweeps_after_step;
    if (added == 0) {
        return;
    }
    if (n > 1 && late > 0) {
        session_note(s, "*sweeps",
                     "%llu of %llu backward calls added to gradients from before a step; put "
                     "cleargrad before backward",
                     late, n);
    } else if (n > 1) {
        session_note(s, "*sweeps",
                     "gradients were not cleared, so %llu of %llu sweeps were added; cleargrad "
                     "forgets them",
                     added, n);
    } else {
        session_note(s, "*sweeps",
                     "gradients were not cleared, so this sweep was added; cleargrad forgets them");
    }
}

/* --- NaN and infinity --- */

static const char *kind_of(double x)
{
    return isnan(x) ? "*nan" : x > 0 ? "inf" : "-inf";
}

/* "[0, 2]" */
static void put_position(Text *t, const NbShape *shape, int64_t position)
{
    int64_t at[NB_MAX_RANK];
    for (int axis = shape->rank - 1; axis >= 0; axis--) {
        at[axis] = position % shape->dim[axis];
        position /= shape->dim[axis];
    }
    text_add(t, "[");
    for (int axis = 0; axis < shape->rank; axis++) {
        text_printf(t, "%s%lld", axis ? ", " : "", (long long)at[axis]);
    }
    text_add(t, "]");
}

/* "log(-1)" of a scalar operation, with the numbers it was given. */
static void put_numbers(const Session *s, Text *t, const NbNonFinite *w)
{
    char text[2][40], buf[256];
    const char *names[2] = {text[0], text[1]};
    int n = nb_var_inputs(w->node);
    for (int i = 0; i < n && i < 2; i++) {
        nb_format_number(w->operand[i], s->set.digits, text[i], sizeof text[i]);
    }
    nb_op_text(nb_var_op(w->node), names, n, nb_var_attrs(w->node), buf, sizeof buf);
    text_add(t, buf);
}

/* ": its input a - 3 = -1" */
static void put_inputs(const Session *s, Text *t, const NbNonFinite *w)
{
    char label[128];
    int n = nb_var_inputs(w->node), shown = 0;
    for (int i = 0; i < n && i < 2; i++) {
        const NbVar *in = nb_var_input(w->node, i).var;
        if (in) {
            text_add(t, shown++ ? ", " : n > 1 ? ": its inputs " : ": its input ");
            text_printf(t, "%s = ", report_label(s, in, label, sizeof label));
            report_number(s, t, w->operand[i]);
        }
    }
}

static bool scalar_operation(const NbNonFinite *w)
{
    int n = nb_var_inputs(w->node);
    if (!nb_var_op(w->node) || n < 1 || n > 2 || !nb_var_is_scalar(w->node)) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        const NbVar *in = nb_var_input(w->node, i).var;
        if (in && !nb_var_is_scalar(in)) {
            return false;
        }
    }
    return true;
}

static void put_value_note(Session *s, Text *t, const NbNonFinite *w)
{
    char label[192];
    if (scalar_operation(w)) {
        put_numbers(s, t, w);
        text_printf(t, " is %s", kind_of(w->value));
        put_inputs(s, t, w);
        return;
    }
    int64_t size = 1;
    nb_shape_size(nb_var_shape(w->node), &size, NULL);
    report_label(s, w->node, label, sizeof label);
    text_printf(t, "%s: %lld of %lld values are not finite, first %s", label, (long long)w->count,
                (long long)size, kind_of(w->value));
    if (nb_var_shape(w->node)->rank > 0) {
        text_add(t, " at ");
        put_position(t, nb_var_shape(w->node), w->first);
    }
}

static void put_gradient_note(Session *s, Text *t, const NbNonFinite *w)
{
    char y[192], x[128];
    NbArg in = nb_var_input(w->node, w->input);
    report_label(s, w->node, y, sizeof y);
    text_printf(t, "the gradient of %s by %s is %s", y,
                in.var ? report_label(s, in.var, x, sizeof x) : "a number", kind_of(w->value));
    if (in.var && nb_var_is_scalar(in.var)) {
        text_printf(t, " at %s = ", x);
        report_number(s, t, nb_var_value(in.var));
    } else if (in.var && w->count > 0) {
        text_printf(t, " in %lld places, first at ", (long long)w->count);
        put_position(t, nb_var_shape(in.var), w->first);
    }
}

void report_nonfinite(Session *s, const NbNonFinite *what)
{
    if (s->set.nan == NB_NAN_OFF || notes_again(&s->notes, "*nan") || !nb_var_op(what->node)) {
        return;
    }
    Text t = {0};
    if (what->gradient) {
        put_gradient_note(s, &t, what);
    } else {
        put_value_note(s, &t, what);
    }
    if (nb_var_op(what->node)->domain) {
        text_printf(&t, "; %s", nb_var_op(what->node)->domain);
    }
    session_note(s, "*nan", "%s", text_str(&t));
    text_free(&t);
}
