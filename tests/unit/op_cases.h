/* op_cases.h -- for every operation with a gradient: shapes and options to try it with */
#ifndef NABLA_TESTS_UNIT_OP_CASES_H
#define NABLA_TESTS_UNIT_OP_CASES_H

#include "ops_test.h"

#define MAX_IN 4

/* Shapes of the operands, separated by '|', and options. */
typedef struct Case {
    char kind; /* '+' of all elementwise operations, '#' of all reductions, '=' the operation's own
                */
    const char *shapes, *options;
} Case;

static const Case common[] = {
    {'+', "-|-|-", ""},
    {'+', "2,3|2,3|2,3", ""},
    {'+', "2,3|3|1,3", ""},
    {'+', "2,1|1,3|2,3", ""},
    {'+', "-|2,3|3", ""},
    {'+', "3|-|2,1", ""},
    {'+', "4,1,3|2,1|3", ""},
    {'#', "2,3,4", ""},
    {'#', "2,3,4", "keep"},
    {'#', "2,3,4", "axis=0"},
    {'#', "2,3,4", "axis=1 keep"},
    {'#', "2,3,4", "axis=-1"},
    {'#', "2,3,4", "axis=0,2"},
    {'#', "2,3,4", "axis=2,1 keep"},
    {'#', "5", ""},
    {'#', "-", ""},
};

/* Axes and whether they stay are the last it takes: sum, max. */
static inline bool is_reduction(const NbOp *op)
{
    const NbParam *last = &op->params[op->nparams - 1];
    return op->min_in == 1 && op->nparams > 2 && last->kind == NB_P_BOOL &&
           last[-1].kind == NB_P_AXES && !(op->flags & (NB_OP_HIDDEN | NB_OP_STEPS));
}

static inline bool suits(char kind, const NbOp *op)
{
    return kind == '+' ? op->flags & NB_OP_ELEMENTWISE && op->max_in > 0 : is_reduction(op);
}

/* What an operation is tried with: the common cases that suit it, and those of its record. Cases
 * whose shapes do not fit are left out, but each differentiable operation needs one that does. */
typedef struct Cases {
    int n;
    Case at[32];
    char text[1024];
} Cases;

static inline const Cases *cases_of(const NbOp *op, Cases *c)
{
    c->n = 0;
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        if (suits(common[i].kind, op)) {
            c->at[c->n++] = common[i];
        }
    }
    assert_true(strlen(op->tries ? op->tries : "") < sizeof c->text);
    strcpy(c->text, op->tries ? op->tries : "");
    for (char *at = c->text, *next; *at; at = next) {
        next = strstr(at, "; ");
        if (next) {
            *next = '\0';
        }
        next = next ? next + 2 : at + strlen(at);
        const size_t shapes = strcspn(at, " ");
        assert_true(c->n < 32);
        c->at[c->n++] = (Case){'=', at, at[shapes] ? at + shapes + 1 : at + shapes};
        at[shapes] = '\0';
    }
    return c;
}

/* Labels and masks take no gradient. */
static inline bool draws_data(const NbOp *op, int i)
{
    return i < 3 && op->whole[i] > 0;
}

static inline double draw(NbRng *rng, const NbOp *op, int i)
{
    const double u = nb_rng_uniform(rng);
    if (draws_data(op, i)) {
        return floor(op->whole[i] * u);
    }
    const bool given = i < 3 && (op->lo[i] != 0 || op->hi[i] != 0);
    const double lo = given ? op->lo[i] : -2;
    const double hi = given ? op->hi[i] : 2;
    return lo + (hi - lo) * u;
}

#endif
