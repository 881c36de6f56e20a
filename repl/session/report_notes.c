/* report_notes.c -- notes at the end of a statement: names, sweeps, losses that rose */
#include <math.h>
#include <string.h>

#include <nabla/format.h>
#include <nabla/saved.h>

#include "session/core.h"
#include "session/report.h"

/* --- names bound again --- */

typedef struct Users {
    Session *s;
    const NbVar *old;
    int rebound; /* the symbol */
    Text names;  /* "f, g" */
    int n;
} Users;

static bool behind(NbVar *root, const NbVar *old)
{
    if (nb_var_kind(root) != NB_INNER || nb_var_serial(root) <= nb_var_serial(old)) {
        return false;
    }
    const NbTape *t = nb_graph_tape(root);
    NbVar *const *list = !t                             ? NULL
                         : nb_var_kind(old) == NB_LEAF  ? t->leaf
                         : nb_var_kind(old) == NB_INNER ? t->node
                                                        : t->other;
    size_t n = !t                             ? 0
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

/* "(2)": the value of a scalar; "(2, 3)": the shape of others. */
static void put_short(const Session *s, Text *t, const NbVar *v)
{
    char shape[160];
    if (nb_var_is_scalar(v)) {
        text_add(t, "(");
        report_number(s, t, nb_var_value(v));
        text_add(t, ")");
    } else {
        text_add(t, nb_shape_text(nb_var_shape(v), shape, sizeof shape));
    }
}

/* "; to change it in place: x := 5" when a leaf was bound again to numbers; not by a loop,
 * which does so in each pass. */
static void put_advice(const Session *s, Text *t, int symbol, const NbVar *old, Value now)
{
    const char *name = interp_symbol_name(s->interp, symbol);
    if (nb_var_kind(old) == NB_INNER || now.tag != V_VAR || nb_var_kind(now.var) == NB_INNER ||
        !nb_shape_equal(nb_var_shape(old), nb_var_shape(now.var)) ||
        node_loops_over(s->unit.node, symbol)) {
        return;
    }
    Text value = text_in(s->lost);
    NbTensor tmp;
    report_tensor(s, &value, nb_var_data(now.var, &tmp), 24);
    bool whole = !strstr(text_str(&value), "…") && !strstr(text_str(&value), "...") &&
                 text_str(&value)[0] != '(';
    text_printf(t, "; to change it in place: %s := %s", name,
                whole            ? text_str(&value)
                : s->set.unicode ? "…"
                                 : "...");
    text_free(&value);
}

static void check_rebinding(void *user, int symbol, Value before)
{
    Session *s = user;
    Value now = interp_get(s->interp, symbol);
    const char *name = interp_symbol_name(s->interp, symbol);
    if (before.tag != V_VAR || (now.tag == V_VAR && now.var == before.var) ||
        nb_var_refs(before.var) <= 1U + (s->root == before.var) || strcmp(name, "ans") == 0) {
        return;
    }
    const char *own = nb_var_name(before.var);
    if (!own || strcmp(own, name) != 0) {
        return; /* a second name for a node that keeps its first */
    }
    Users u = {.s = s, .names = text_in(s->lost), .old = before.var, .rebound = symbol};
    find_users(&u);
    if (u.n > 0) {
        char label[96];
        Text t = text_in(s->lost);
        text_printf(&t, "%s still use%s the earlier %s ", text_str(&u.names), u.n == 1 ? "s" : "",
                    name);
        put_short(s, &t, before.var);
        text_printf(&t, ", now %s",
                    labels_own(s->labels, s->interp, before.var, label, sizeof label));
        put_advice(s, &t, symbol, before.var, now);
        session_note(s, name, "%s", text_str(&t)); /* one for each name */
        text_free(&t);
    }
    text_free(&u.names);
}

void report_rebindings(Session *s)
{
    journal_each_binding(s->core->unit_journal, check_rebinding, s);
    journal_each_binding(s->core->pass_journal, check_rebinding, s);
}

/* --- constants computed from constants --- */

typedef struct Written {
    uint64_t since;  /* the first stamp, of the constants written */
    const char *one; /* their name, "" of several */
} Written;

static void add_written(void *user, const NbVarState *state)
{
    Written *w = user;
    uint64_t stamp = nb_var_stamp(state->var);
    const char *name = nb_var_name(state->var);
    if (nb_var_kind(state->var) != NB_CONST || !name) {
        return;
    }
    w->one = !w->one || w->one == name ? name : "";
    w->since = stamp < w->since ? stamp : w->since;
}

/* "h = c*c": no edges lead from h to c, so nothing else tells that h is older than c now. */
void report_outdated(Session *s)
{
    Written w = {.since = UINT64_MAX};
    journal_each_var(s->core->unit_journal, add_written, &w);
    journal_each_var(s->core->pass_journal, add_written, &w);
    Text names = text_in(s->lost), again = text_in(s->lost);
    int n = 0;
    for (int i = 0; w.one && i < interp_symbols(s->interp); i++) {
        char text[96];
        if (!interp_outdated(s->interp, i, w.since, text, sizeof text)) {
            continue;
        }
        const char *name = interp_symbol_name(s->interp, i);
        if (++n <= 3) {
            text_printf(&names, "%s%s", n > 1 ? ", " : "", name);
            text_printf(&again, "%s%s = %s", n > 1 ? "; " : "", name, text);
        } else if (n == 4) {
            text_add(&names, s->set.unicode ? ", …" : ", ...");
            text_add(&again, s->set.unicode ? "; …" : "; ...");
        }
    }
    if (n > 0) {
        session_note(s, "*outdated", "%s %s computed from %s and %s; run %s again",
                     text_str(&names), n == 1 ? "was" : "were",
                     *w.one ? w.one : "constants that changed",
                     n == 1 ? "keeps its value" : "keep their values", text_str(&again));
    }
    text_free(&names);
    text_free(&again);
}

/* --- gradients that were not cleared --- */

/* "x.grad and t.grad were not cleared, so this sweep was added to them; …" */
static void note_data(Session *s)
{
    const Unit *u = &s->unit;
    Text t = text_in(s->lost), sweeps = text_in(s->lost);
    bool two = u->ndata == 2, one = u->ndata == 1;
    text_printf(&t,
                two   ? "%s.grad and %s.grad were"
                : one ? "%s.grad was"
                      : "%s.grad, %s.grad, … were",
                u->data[0], u->data[1]);
    if (u->sweeps > 1) {
        text_printf(&sweeps, "%llu of %llu sweeps were", (unsigned long long)u->sweeps_added,
                    (unsigned long long)u->sweeps);
    } else {
        text_add(&sweeps, "this sweep was");
    }
    text_printf(&t, " not cleared, so %s added to %s; data needs no gradient: const %s%s%s = %s",
                text_str(&sweeps), one ? "it" : "them", u->data[0], one ? "" : ", ",
                one ? "" : u->data[1], s->set.unicode ? "…" : "...");
    session_note(s, "*sweeps", "%s", text_str(&t));
    text_free(&t);
    text_free(&sweeps);
}

void report_sweeps(Session *s)
{
    const Unit *u = &s->unit;
    unsigned long long n = u->sweeps, added = u->sweeps_added, late = u->sweeps_after_step;
    if (added == 0) {
        return;
    }
    if (u->ndata > 0) {
        note_data(s);
    } else if (n > 1 && late > 0) {
        session_note(s, "*sweeps",
                     "%llu of %llu backward calls added to gradients from before a step; put "
                     "cleargrad before backward",
                     late, n);
    } else if (n > 1) {
        session_note(s, "*sweeps",
                     "gradients were not cleared, so %llu of %llu sweeps %s added; cleargrad "
                     "forgets them",
                     added, n, added == 1 ? "was" : "were");
    } else {
        session_note(s, "*sweeps",
                     "gradients were not cleared, so this sweep was added; cleargrad forgets them");
    }
}

/* --- steps without a sweep before them --- */

void report_old_gradients(Session *s, NbOptim *o)
{
    Unit *u = &s->unit;
    Text names = text_in(s->lost);
    int old = 0;
    bool swept = true;
    for (int i = 0, n = nb_optim_gather(o); i < n; i++) {
        NbVar *p = nb_optim_at(o, i);
        char label[96];
        if (!nb_var_has_grad(p) || nb_var_grad_stamp(p) >= nb_var_stamp(p)) {
            continue;
        }
        if (++old <= 3 && !u->old[0]) {
            text_printf(&names, "%s%s", old > 1 ? ", " : "",
                        report_label(s, p, label, sizeof label));
            swept &= s->root && behind(s->root, p);
        }
    }
    if (old > 0 && !u->old[0]) {
        if (old > 3) {
            text_printf(&names, " and %d more", old - 3);
        }
        snprintf(u->old, sizeof u->old, "%s", text_str(&names));
        u->old_root = swept ? nb_var_name(s->root) : NULL;
    }
    u->steps_old += old > 0;
    text_free(&names);
}

void report_steps(Session *s)
{
    const Unit *u = &s->unit;
    char count[64] = "this step", sweep[200] = "forward, cleargrad and backward";
    if (u->steps_old == 0) {
        return;
    }
    if (u->steps > 1) {
        snprintf(count, sizeof count, "%llu of %llu steps", (unsigned long long)u->steps_old,
                 (unsigned long long)u->steps);
    }
    if (u->old_root) {
        snprintf(sweep, sizeof sweep, "forward %.80s; cleargrad; backward %.80s", u->old_root,
                 u->old_root);
    }
    session_note(s, "*steps",
                 "%s used old gradients, computed before %s changed; before each step: %s", count,
                 u->old, sweep);
}

/* --- a loss that rose in a loop of steps --- */

#define FEWEST_SWEEPS 5
#define ROSE 3 /* times what it was: less may be the noise of batches */

void report_rose(Session *s)
{
    const Unit *u = &s->unit;
    const char *name = s->root ? nb_var_name(s->root) : NULL;
    if (u->passes == 0 || u->sweeps < FEWEST_SWEEPS || !s->stepped || !name ||
        name != u->swept_name || !nb_var_is_scalar(s->root)) {
        return;
    }
    double first = u->first_swept, last = nb_var_value(s->root);
    if (last - first > (ROSE - 1) * fabs(first) && last > first) {
        char a[40], b[40];
        session_note(s, "*rose", "%s rose %s %s %s in %llu passes: steps too long; %s", name,
                     nb_format_number(first, s->set.digits, a, sizeof a), report_arrow(s),
                     nb_format_number(last, s->set.digits, b, sizeof b),
                     (unsigned long long)u->passes, "rewind 0, then a smaller lr");
    }
}
