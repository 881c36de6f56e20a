/* graph.c -- commands on a recorded graph: forward, backward, cleargrad, unchain */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ledger.h"
#include "objects/library.h"
#include "objects/optimizer.h"
#include "cmd/table.h"
#include "session/report.h"

/* The argument as a variable, borrowed; NULL with the error set. */
static NbVar *variable(Interp *I, const Call *c, int i, const char *why)
{
    if (c->argv[i].tag == V_VAR) {
        return c->argv[i].var;
    }
    interp_fail(I, c->arg[i], NB_ETYPE, "%s: expected a variable, got %s", c->row->name,
                value_kind(c->argv[i]));
    if (c->argv[i].tag == V_FUNC) {
        char name[96];
        interp_text(I, c->arg[i], name, sizeof name);
        interp_hint(I, "call the function first: y = %s(x), then %s y", name, c->row->name);
    } else {
        interp_hint(I, "%s", why);
    }
    return NULL;
}

/* --- forward --- */

static Value keep(const NbVar *v)
{
    NbVar *copy = nb_var_copy(v, NB_CONST);
    return copy ? (Value){.tag = V_VAR, .var = copy} : UNSET;
}

/* computed: something behind it was stale, or a mask was drawn anew. */
static void echo_forward(Session *s, NbVar *v, Value before, bool computed, const char *name)
{
    Text t = text_in(s->lost);
    if (computed) {
        report_change(s, &t, name, before, (Value){.tag = V_VAR, .var = v});
    } else {
        text_printf(&t, "%s = ", name);
        report_value(s, &t, (Value){.tag = V_VAR, .var = v}, s->columns - text_columns(&t) - 12);
        text_add(&t, "  (unchanged)");
    }
    report_line(&t, s->out);
    text_free(&t);
}

static void note_branch(Session *s, const NbVar *v, uint32_t line)
{
    char name[96];
    session_note(s, "*branch", "%s repeats the branch taken at line %u; rebuild with %s = %s",
                 report_label(s, v, name, sizeof name), line, name, s->set.unicode ? "…" : "...");
}

static bool forward_quietly(Interp *I, const Call *c, int i, NbVar *v, bool *computed)
{
    Session *s = session_of(I);
    NbReplay what;
    NbStatus status = nb_forward(v, false, &what);
    *computed = what.recomputed > 0;
    if (status != NB_OK) {
        return session_fail(s, c->arg[i]);
    }
    if (what.branch > 0) {
        note_branch(s, v, what.branch);
    }
    runs_forward(s->runs, s, v);
    return true;
}

static bool forward_one(Interp *I, const Call *c, int i)
{
    Session *s = session_of(I);
    NbVar *v = variable(I, c, i, "forward recomputes a variable that was made by operations");
    if (!v) {
        return false;
    }
    bool echo = session_echoes(s, c), computed = false;
    if (!echo) {
        return forward_quietly(I, c, i, v, &computed);
    }
    Value before = keep(v);
    bool ok = before.tag == V_VAR ? forward_quietly(I, c, i, v, &computed)
                                  : session_fail(s, c->arg[i]);
    if (ok) {
        char name[96];
        echo_forward(s, v, before, computed, interp_text(I, c->arg[i], name, sizeof name));
    }
    value_unref(&before);
    return ok;
}

static bool cmd_forward(Interp *I, const Call *c, Value *out)
{
    (void)out;
    for (int i = 0; i < c->argc; i++) {
        if (!forward_one(I, c, i)) {
            return false;
        }
    }
    return true;
}

/* --- backward --- */

enum { OPT_SEED, OPT_CREATE, OPT_RETAIN };

static bool seed_of(Interp *I, const Call *c, NbTensor *tmp, double *number, const NbTensor **seed)
{
    Value v = c->opt[OPT_SEED];
    if (v.tag == V_UNSET || v.tag == V_NONE) {
        *seed = NULL;
    } else if (v.tag == V_NUM || v.tag == V_CONST) {
        *number = v.num;
        *tmp = nb_tensor_scalar(number);
        *seed = tmp;
    } else if (v.tag == V_VAR) {
        *seed = nb_var_data(v.var, tmp);
    } else {
        return interp_fail(I, c->optnode[OPT_SEED], NB_ETYPE,
                           "backward: seed must be a number or a tensor, not %s", value_kind(v));
    }
    return true;
}

/* True when a leaf behind root holds a gradient already. */
static bool holds_gradient(const Session *s, NbVar *root)
{
    size_t n;
    session_held(s, &n);
    const NbTape *tape = n > 0 ? nb_graph_tape(root) : NULL;
    for (size_t i = 0; tape && i < tape->nleaves; i++) {
        if (nb_var_has_grad(tape->leaf[i])) {
            return true;
        }
    }
    return false;
}

/* An optimizer or a module that a name binds has v. */
static bool is_parameter(const Session *s, const NbVar *v)
{
    for (int i = 0, n = interp_symbols(s->interp); i < n; i++) {
        Value o = interp_get(s->interp, i);
        if (o.tag == V_OBJ && o.obj->cls->holds && o.obj->cls->holds(o.obj, v)) {
            return true;
        }
    }
    return false;
}

/* Whose gradients the sweep will be added to, when these are none of a model: data, which was
 * cleared with no parameter. */
static void find_data(Session *s, NbVar *root)
{
    const NbTape *tape = nb_graph_tape(root);
    bool model = false;
    s->unit.ndata = 0;
    for (size_t i = 0; tape && i < tape->nleaves; i++) {
        NbVar *v = tape->leaf[i];
        bool held = nb_var_has_grad(v), parameter = is_parameter(s, v);
        if (held && (parameter || !nb_var_name(v))) {
            s->unit.ndata = 0;
            return;
        }
        model |= parameter;
        if (held && s->unit.ndata++ < 2) {
            s->unit.data[s->unit.ndata - 1] = nb_var_name(v);
        }
    }
    s->unit.ndata = model ? s->unit.ndata : 0;
}

/* How often sweeps were added to gradients that leaves behind root held already. */
static int64_t additions(NbVar *root)
{
    const NbTape *tape = nb_graph_tape(root);
    int64_t n = 0;
    for (size_t i = 0; tape && i < tape->nleaves; i++) {
        bool held = nb_var_has_grad(tape->leaf[i]);
        n += held ? (int64_t)nb_var_grad_sweeps(tape->leaf[i]) - 1 : 0;
    }
    return n;
}

typedef struct Adding {
    bool may; /* gradients are held behind the root; a sweep need not arrive at them */
    int64_t before;
} Adding;

static Adding may_add(Session *s, NbVar *root)
{
    Adding a = {.may = holds_gradient(s, root)};
    if (a.may && s->unit.sweeps_added == 0) {
        find_data(s, root);
    }
    a.before = a.may ? additions(root) : 0;
    return a;
}

static void count_sweep(Session *s, NbVar *root, Adding a, bool after_step)
{
    if (s->unit.sweeps++ == 0) {
        s->unit.first_swept = nb_var_value(root);
        s->unit.swept_name = nb_var_name(root);
    }
    if (a.may && additions(root) > a.before) {
        s->unit.sweeps_added++;
        s->unit.sweeps_after_step += after_step;
    }
}

static void keep_in_ledger(Session *s, const Call *c, int i, NbVar *v, const NbSweep *sweep)
{
    char name[64], statement[80];
    interp_text(s->interp, c->arg[i], name, sizeof name);
    snprintf(statement, sizeof statement, "backward %s", name);
    ledger_sweep(s, v, sweep ? sweep->seed : NULL, statement);
}

static bool backward_quietly(Interp *I, const Call *c, int i, NbVar *v, const NbSweep *sweep)
{
    Session *s = session_of(I);
    const Adding adding = may_add(s, v);
    const bool after_step = s->stepped;
    if (nb_backward(v, sweep) != NB_OK || !session_swept(s, v)) {
        return session_fail(s, c->arg[i]);
    }
    count_sweep(s, v, adding, after_step);
    if (ledger_wants(s, c->node)) {
        keep_in_ledger(s, c, i, v, sweep);
    }
    return true;
}

static bool backward_one(Interp *I, const Call *c, int i, const NbSweep *sweep)
{
    Session *s = session_of(I);
    NbVar *v = variable(I, c, i, "backward needs something computed from variables");
    if (!v) {
        return false;
    }
    if (!session_echoes(s, c)) {
        return backward_quietly(I, c, i, v, sweep);
    }
    size_t n = 0;
    LeafGrad *leaf = report_leaves(s, v, &n);
    bool ok = backward_quietly(I, c, i, v, sweep);
    if (ok) {
        char name[96];
        report_gradients(s, interp_text(I, c->arg[i], name, sizeof name), leaf, n);
    }
    report_leaves_free(leaf, n);
    return ok;
}

static bool backward_all(Interp *I, const Call *c, const NbSweep *sweep)
{
    for (int i = 0; i < c->argc; i++) {
        if (!backward_one(I, c, i, sweep)) {
            return false;
        }
    }
    return true;
}

static bool cmd_backward(Interp *I, const Call *c, Value *out)
{
    (void)out;
    NbTensor tmp;
    double number = 1;
    bool retain = true;
    NbSweep sweep = {0};
    bool plain = c->opt[OPT_SEED].tag == V_UNSET && c->opt[OPT_CREATE].tag == V_UNSET &&
                 c->opt[OPT_RETAIN].tag == V_UNSET;
    if (plain) {
        return backward_all(I, c, &sweep);
    }
    if (!seed_of(I, c, &tmp, &number, &sweep.seed) ||
        !interp_opt_flag(I, c, OPT_CREATE, &sweep.create_graph) ||
        !interp_opt_flag(I, c, OPT_RETAIN, &retain)) {
        return false;
    }
    sweep.drop_inner = !retain;
    return backward_all(I, c, &sweep);
}

/* --- cleargrad --- */

/* Inner gradients of the last sweep are only shown: they go with the others. */
static void clear_inner(Session *s)
{
    NbVar *root = session_swept_root(s);
    const NbTape *tape = root ? nb_graph_tape(root) : NULL;
    for (size_t i = 0; tape && i < tape->nnodes; i++) {
        nb_var_clear_grad(tape->node[i]);
    }
}

static void echo_cleared(Session *s, const Text *names, int n)
{
    (void)s;
    if (!text_whole(names)) {
        return;
    }
    if (n == 0) {
        fprintf(s->out, "no gradients to clear\n");
    } else if (text_columns(names) > s->columns - 9) {
        fprintf(s->out, "cleared: %d gradients\n", n);
    } else {
        fprintf(s->out, "cleared: %s\n", text_str(names));
    }
}

static void add_cleared(Session *s, Text *names, const NbVar *v, int *n)
{
    char label[96];
    text_printf(names, "%s%s", *n > 0 ? ", " : "", report_label(s, v, label, sizeof label));
    ++*n;
}

static void clear_held(Session *s)
{
    session_clear_held(s);
    ledger_cleared(s, NULL);
}

static void clear_all(Session *s, bool echo)
{
    Text names = text_in(s->lost);
    int n = 0;
    size_t leaves;
    NbVar *const *held = session_held(s, &leaves);
    if (echo) {
        clear_inner(s);
    }
    for (size_t i = 0; echo && i < leaves; i++) {
        if (nb_var_has_grad(held[i]) && labels_leads_to(s->labels, s->interp, held[i])) {
            add_cleared(s, &names, held[i], &n);
        }
    }
    clear_held(s);
    if (echo) {
        echo_cleared(s, &names, n);
    }
    text_free(&names);
}

/* Clears what v stands for: a variable, a list of them, the variables of an optimizer. */
static bool clear_value(Interp *I, const Call *c, int arg, Value v, Text *names, int *n)
{
    Session *s = session_of(I);
    NbOptim *o = v.tag == V_OBJ ? optim_of(v.obj) : NULL;
    if (v.tag == V_VAR) {
        if (nb_var_has_grad(v.var)) {
            if (names) {
                add_cleared(s, names, v.var, n);
            }
            nb_var_clear_grad(v.var);
            ledger_cleared(s, v.var);
        }
        return true;
    }
    if (v.tag == V_LIST) {
        for (int i = 0; i < v.list->n; i++) {
            if (v.list->item[i].tag == V_LIST) {
                return interp_fail(I, c->arg[arg], NB_ETYPE, "cleargrad: a list inside a list");
            }
            if (!clear_value(I, c, arg, v.list->item[i], names, n)) {
                return false;
            }
        }
        return true;
    }
    NbModule *m = v.tag == V_OBJ ? module_of(v.obj) : NULL;
    if (o || m) {
        int count = o ? nb_optim_gather(o) : nb_module_params(m);
        for (int i = 0; i < count; i++) {
            NbVar *p = o ? nb_optim_at(o, i) : nb_module_param(m, i, NULL);
            clear_value(I, c, arg, (Value){.tag = V_VAR, .var = p}, names, n);
        }
        return count >= 0 || session_fail(s, c->arg[arg]);
    }
    interp_fail(I, c->arg[arg], NB_ETYPE, "cleargrad: expected a variable, got %s", value_kind(v));
    return interp_hint(I, "cleargrad alone clears every gradient held");
}

static bool cmd_cleargrad(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    bool echo = session_echoes(s, c), ok = true;
    if (c->argc == 0) {
        clear_all(s, echo);
        return true;
    }
    Text names = text_in(s->lost);
    int n = 0;
    for (int i = 0; ok && i < c->argc; i++) {
        ok = clear_value(I, c, i, c->argv[i], echo ? &names : NULL, &n);
    }
    if (ok && echo) {
        echo_cleared(s, &names, n);
    }
    text_free(&names);
    return ok;
}

/* --- unchain --- */

static bool cmd_unchain(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    for (int i = 0; i < c->argc; i++) {
        NbVar *v = variable(I, c, i, "unchain cuts the graph behind a variable");
        if (!v) {
            return false;
        }
        const NbTape *tape = nb_graph_tape(v);
        size_t nodes = tape ? tape->nnodes : 0;
        if (!tape && nb_ctx_err(s->ctx)->code != NB_OK) {
            return session_fail(s, c->arg[i]);
        }
        labels_forget(s->labels);
        if (nb_var_unchain(v) != NB_OK) {
            return session_fail(s, c->arg[i]);
        }
        if (session_echoes(s, c)) {
            char name[96];
            fprintf(s->out, "%s is constant now; %zu node%s cut\n",
                    interp_text(I, c->arg[i], name, sizeof name), nodes, nodes == 1 ? "" : "s");
        }
    }
    return true;
}

/* --- in loops --- */

static QuickResult quick_forward(Interp *I, const Value *arg)
{
    Session *s = session_of(I);
    if (!arg || arg->tag != V_VAR) {
        return QUICK_NO;
    }
    NbReplay what;
    NbVar *v = arg->var;
    if (nb_forward(v, false, &what) != NB_OK) {
        return QUICK_NO; /* fails again, and says so */
    }
    if (what.branch > 0) {
        note_branch(s, v, what.branch);
    }
    runs_forward(s->runs, s, v);
    return QUICK_DONE;
}

static QuickResult quick_backward(Interp *I, const Value *arg)
{
    Session *s = session_of(I);
    if (!arg || arg->tag != V_VAR || (s->sweeps_watched && ledger_wants(s, NULL))) {
        return QUICK_NO;
    }
    const Adding adding = may_add(s, arg->var);
    const bool after_step = s->stepped;
    if (nb_backward(arg->var, NULL) != NB_OK) {
        return QUICK_NO;
    }
    if (!session_swept(s, arg->var)) {
        interp_fail_ctx(I, NULL);
        return QUICK_FAILED;
    }
    count_sweep(s, arg->var, adding, after_step);
    return QUICK_DONE;
}

static QuickResult quick_cleargrad(Interp *I, const Value *arg)
{
    if (arg) {
        return QUICK_NO;
    }
    clear_held(session_of(I));
    return QUICK_DONE;
}

const QuickRow graph_quick[3] = {
    {"forward", quick_forward},
    {"backward", quick_backward},
    {"cleargrad", quick_cleargrad},
};

static const Builtin rows[] = {
    {"forward",
     B_COMMAND | B_WITHIN,
     1,
     -1,
     {{0}},
     cmd_forward,
     "graph",
     "forward f",
     "Recomputes what is stale behind f, in place. Shapes stay; every dropout is drawn again.",
     "x = 2\nf = x^2\nx := 3\nforward f"},
    {"backward",
     B_COMMAND | B_WITHIN,
     1,
     -1,
     {{"seed", "1"}, {"create_graph", "false"}, {"retain_grad", "true"}},
     cmd_backward,
     "graph",
     "backward f [, seed=g, create_graph=true, retain_grad=false]",
     "Adds ∂f/∂x to x.grad of every leaf x behind f. A tensor needs seed=, with its shape; "
     "create_graph=true makes gradients that can be differentiated again; retain_grad=false "
     "drops the gradients of inner nodes.",
     "x = 2\nf = x^2\nbackward f\nx.grad"},
    {"cleargrad",
     B_COMMAND | B_LISTS | B_WITHIN,
     0,
     -1,
     {{0}},
     cmd_cleargrad,
     "graph",
     "cleargrad [x, …]",
     "Forgets gradients: of the given variables, lists and optimizers, or all that are held.",
     "x = 2\nf = x^2\nbackward f\ncleargrad"},
    {"unchain",
     B_COMMAND | B_WITHIN,
     1,
     -1,
     {{0}},
     cmd_unchain,
     "graph",
     "unchain f",
     "Cuts the graph behind f: its value stays, as a constant. Truncates backpropagation "
     "through time.",
     "x = 2\nh = x^2\nunchain h\nf = h*x"},
};

Rows graph_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
