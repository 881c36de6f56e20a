/* registry.c -- the list of all operations, in the order of help; contexts that know them */
#include <stdatomic.h>
#include <string.h>

#include "graph/made_of.h"
#include "ops/ops.h"

#define ADDRESS(name) &nb_op_##name,
static const NbOp *const all[] = {NB_OPS(ADDRESS) NB_OPS_HIDDEN(ADDRESS)};
enum { BUILT_IN = sizeof all / sizeof *all };

/* Those of other programs, behind ours: written once, then only read. The count follows the
 * record, so that a thread sees no place before what stands in it. */
static const NbOp *own[NB_MAX_OWN_OPS];
static atomic_int nown;
static atomic_flag adding = ATOMIC_FLAG_INIT;

int nb_op_count(void)
{
    return BUILT_IN + atomic_load_explicit(&nown, memory_order_acquire);
}

const NbOp *nb_op_at(int i)
{
    if (i < 0 || i >= nb_op_count()) {
        return NULL;
    }
    return i < BUILT_IN ? all[i] : own[i - BUILT_IN];
}

const NbOp *nb_op_find(const char *name)
{
    for (int i = 0, n = name ? nb_op_count() : 0; i < n; i++) {
        if (strcmp(nb_op_at(i)->name, name) == 0) {
            return nb_op_at(i);
        }
    }
    return NULL;
}

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

static bool is_name(const char *s)
{
    return s && *s && !strchr(DIGITS, *s) && s[strspn(s, LETTERS DIGITS)] == '\0';
}

/* Its parameters: operands first, as many as it takes, then options. */
static NbStatus check_params(const NbOp *op, NbErr *err)
{
    int operands = 0, options = 0;
    bool list = false;
    for (int i = 0; i < op->nparams; i++) {
        const NbParam *p = op->params ? &op->params[i] : NULL;
        if (!p || !is_name(p->name)) {
            return nb_fail(err, NB_EVALUE, "%s: parameter %d has no name", op->name, i + 1);
        }
        bool operand = p->kind == NB_P_VAR || p->kind == NB_P_VARS;
        if (operand && options > 0) {
            return nb_fail(err, NB_EVALUE, "%s: operand '%s' stands behind an option", op->name,
                           p->name);
        }
        list = list || p->kind == NB_P_VARS;
        operands += operand;
        options += !operand;
    }
    if (list ? operands != 1 || op->max_in != -1
             : op->min_in < 0 || op->min_in > op->max_in || op->max_in != operands) {
        return nb_fail(err, NB_EVALUE, "%s: takes %d to %d operands, but its parameters name %d",
                       op->name, op->min_in, op->max_in, operands);
    }
    return NB_OK;
}

/* What is called without being looked at must be there. */
static NbStatus check_record(const NbOp *op, NbErr *err)
{
    if (!op->forward && !op->build) {
        return nb_fail(err, NB_EVALUE, "%s: has neither forward nor build", op->name);
    }
    if (!op->build && !op->shape && !(op->flags & NB_OP_ELEMENTWISE)) {
        return nb_fail(err, NB_EVALUE, "%s: has no shape and is not elementwise", op->name);
    }
    if (op->scalar && (op->max_in < 1 || op->max_in > 2)) {
        return nb_fail(err, NB_EVALUE, "%s: scalar is for one or two operands", op->name);
    }
    if (op->scalar && op->grad && !op->partials) {
        return nb_fail(err, NB_EVALUE, "%s: has scalar and grad, but no partials", op->name);
    }
    if (!op->doc || !op->example || !op->group) {
        return nb_fail(err, NB_EVALUE, "%s: has no %s", op->name,
                       !op->doc     ? "doc"
                       : !op->group ? "group"
                                    : "example");
    }
    return NB_OK;
}

static NbStatus add(const NbOp *op, NbErr *err)
{
    const int n = atomic_load_explicit(&nown, memory_order_relaxed);
    const NbOp *there = nb_op_find(op->name);
    if (there) {
        return there == op
                   ? NB_OK
                   : nb_fail(err, NB_ENAME, "%s: there is an operation of this name", op->name);
    }
    if (n == NB_MAX_OWN_OPS) {
        return nb_fail(err, NB_EVALUE, "%s: %d operations are registered, and no more can be",
                       op->name, n);
    }
    own[n] = op;
    atomic_store_explicit(&nown, n + 1, memory_order_release);
    return NB_OK;
}

NbStatus nb_op_register(const NbOp *op, NbErr *err)
{
    nb_err_clear(err);
    if (!op || !is_name(op->name)) {
        return nb_fail(err, NB_ENAME, "nb_op_register: '%s' is not a name",
                       op && op->name ? op->name : "");
    }
    NbStatus s = check_params(op, err);
    s = s == NB_OK ? check_record(op, err) : s;
    if (s == NB_OK) {
        while (atomic_flag_test_and_set_explicit(&adding, memory_order_acquire)) {
        }
        s = add(op, err);
        atomic_flag_clear_explicit(&adding, memory_order_release);
    }
    return s;
}

NbCtx *nb_ctx_new(void)
{
    static const NbSweepOps sweeps = {.add = &nb_op_add,
                                      .sum_to = &nb_op_sum_to,
                                      .broadcast_to = &nb_op_broadcast_to,
                                      .where = &nb_op_where};
    return nb_graph_ctx_new(&sweeps);
}
