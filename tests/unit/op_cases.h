/* op_cases.h -- for every operation with a gradient: shapes and options to try it with */
#ifndef NABLA_TESTS_UNIT_OP_CASES_H
#define NABLA_TESTS_UNIT_OP_CASES_H

#include "ops_test.h"

#define MAX_IN 4

/* Shapes of the operands, separated by '|', and options. The name '+' stands for all elementwise
 * operations, '#' for all reductions. Cases whose shapes do not suit an operation are left out,
 * but each differentiable operation needs one that does. */
typedef struct Case {
    const char *op, *shapes, *options;
} Case;

static const Case cases[] = {
    {"+", "-|-|-", ""},
    {"+", "2,3|2,3|2,3", ""},
    {"+", "2,3|3|1,3", ""},
    {"+", "2,1|1,3|2,3", ""},
    {"+", "-|2,3|3", ""},
    {"+", "3|-|2,1", ""},
    {"+", "4,1,3|2,1|3", ""},
    {"#", "2,3,4", ""},
    {"#", "2,3,4", "keep"},
    {"#", "2,3,4", "axis=0"},
    {"#", "2,3,4", "axis=1 keep"},
    {"#", "2,3,4", "axis=-1"},
    {"#", "2,3,4", "axis=0,2"},
    {"#", "2,3,4", "axis=2,1 keep"},
    {"#", "5", ""},
    {"#", "-", ""},
    {"max", "2,3|3", ""},
    {"min", "2,3|3", ""},
    {"max", "-|2,2", ""},
    {"max", "-|-", ""},
    {"peak", "2,3", "axis=1"},
    {"leaky_relu", "2,3", "num=0.3"},
    {"clip", "2,3", "num=-0.7,0.9"},
    {"inside", "2,3", "num=-0.7,0.9"},
    {"pow_d", "2,3|3", "num=2,1"},
    {"mask_fill", "2,3|2,3", "num=1.5"},
    {"softmax", "2,3", ""},
    {"softmax", "2,3,2", "axis=1"},
    {"softmax", "2,3,2", "axis=0,2"},
    {"log_softmax", "2,3", ""},
    {"log_softmax", "3,2", "axis=0"},
    {"reshape", "2,3", "shape=3,2"},
    {"reshape", "2,3,2", "shape=4,-1"},
    {"transpose", "2,3", ""},
    {"transpose", "2,3,4", "axis=1,2,0"},
    {"squeeze", "2,1,3", "axis=1"},
    {"squeeze", "1,3,1", ""},
    {"unsqueeze", "2,3", "axis=1"},
    {"unsqueeze", "2,3", "axis=0,-1"},
    {"broadcast_to", "3", "shape=4,2,3"},
    {"broadcast_to", "2,1", "shape=2,3"},
    {"broadcast_to", "-", "shape=2,2"},
    {"sum_to", "2,3", "shape=1,3"},
    {"sum_to", "4,2,3", "shape=2,1"},
    {"sum_to", "2,3", ""},
    {"flip", "2,3", ""},
    {"flip", "2,3", "axis=1"},
    {"tile", "2,3", "shape=2,2"},
    {"tile", "3", "shape=2,3"},
    {"untile", "4,6", "shape=2,3"},
    {"untile", "2,6", "shape=3"},
    {"concat", "2,3|1,3|2,3", ""},
    {"concat", "2,1|2,3", "axis=-1"},
    {"stack", "2,3|2,3", ""},
    {"stack", "2,3|2,3|2,3", "axis=-1"},
    {"stack", "-|-|-", ""},
    {"index", "3,4", "index=1"},
    {"index", "3,4", "index=-1,1:4:2"},
    {"index", "3,4", "index=[2;0;2]"},
    {"index", "3,4", "index=:,[1;1;-2]"},
    {"index", "3,4", "index=[0;2],[1;3]"},
    {"index", "2,3,4", "index=[0;1],:,[1;3]"},
    {"index", "3,4", "index=::-1,1:"},
    {"scatter", "3,3", "index=:,[1;1;-2] shape=3,4"},
    {"scatter", "3", "index=:,2 shape=3,4"},
    {"matmul", "2,3|3,4", ""},
    {"matmul", "3|3,4", ""},
    {"matmul", "2,3|3", ""},
    {"matmul", "3|3", ""},
    {"matmul", "2,1,2,3|4,3,2", ""},
    {"matmul", "2,2,3|3,2", ""},
    {"matmul", "2,3|4,3,2", ""},
    {"matmul", "3|4,3,2", ""},
    {"matmul", "4,2,3|3", ""},
    {"matmul", "8,9|9,10", ""},
    {"dot", "4|4", ""},
    {"linear", "2,3|3,4|4", ""},
    {"linear", "2,3|3,4|1,4", ""},
    {"linear", "2,3|3,4", ""},
    {"linear", "3|3,2|2", ""},
    {"linear", "3|3,2|1,2", ""},
    {"linear", "3|3,2", ""},
    {"linear", "2,2,3|3,4|4", ""},
    {"mse", "2,3|2,3", ""},
    {"mae", "2,3|2,3", ""},
    {"huber", "2,3|2,3", ""},
    {"huber", "2,3|2,3", "num=0.4"},
    {"bce", "2,3|2,3", ""},
    {"bce", "2,3|2,3", "num=1"},
    {"cross_entropy", "4,3|4", ""},
    {"cross_entropy", "2,2,3|2,2", "num=1"},
    {"cross_entropy", "3|-", ""},
    {"label_grad", "4,3|4", ""},
    {"label_grad", "4,3|4", "num=1"},
    {"label_weight", "4,3|4", "num=1"},
    {"gather", "3,2|4", ""},
    {"gather", "3,2|2,2", ""},
    {"gather_add", "4,2|4", "shape=3,2"},
    {"gather_add", "2|-", "shape=3,2"},
};

static inline bool is_reduction(const NbOp *op)
{
    return op->max_in == 1 && op->nparams == 3 && strcmp(op->params[1].name, "axis") == 0 &&
           !(op->flags & NB_OP_HIDDEN) && !(op->flags & NB_OP_STEPS);
}

static inline bool suits(const Case *c, const NbOp *op)
{
    if (c->op[0] == '+') {
        return op->flags & NB_OP_ELEMENTWISE && op->max_in > 0;
    }
    if (c->op[0] == '#') {
        return is_reduction(op) || strcmp(op->name, "max") == 0 || strcmp(op->name, "min") == 0;
    }
    return strcmp(c->op, op->name) == 0;
}

static inline const char *param_name(const NbOp *op, int i)
{
    return i < op->nparams && op->params[i].kind == NB_P_VAR ? op->params[i].name : "";
}

static inline double draw(NbRng *rng, const NbOp *op, int i)
{
    const double u = nb_rng_uniform(rng);
    if (strcmp(param_name(op, i), "labels") == 0) {
        return floor(3 * u);
    }
    if (strcmp(param_name(op, i), "cond") == 0 || strcmp(param_name(op, i), "mask") == 0) {
        return u < 0.5 ? 0 : 1;
    }
    const bool given = i < 3 && (op->lo[i] != 0 || op->hi[i] != 0);
    const double lo = given ? op->lo[i] : -2;
    const double hi = given ? op->hi[i] : 2;
    return lo + (hi - lo) * u;
}

static inline bool draws_data(const NbOp *op, int i)
{
    const char *name = param_name(op, i);
    return strcmp(name, "labels") == 0 || strcmp(name, "cond") == 0 || strcmp(name, "mask") == 0;
}

#endif
