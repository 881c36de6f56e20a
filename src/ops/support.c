/* support.c -- what options of operations mean, and short forms for gradient rules */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/ops.h"

/* --- options --- */

double nb_opt(const NbAttrs *a, int i, double fallback)
{
    return a != NULL ? a->num[i] : fallback;
}

unsigned nb_axes_mask(const NbAttrs *a, int rank)
{
    unsigned mask = 0;
    if (a == NULL || a->naxes < 0) {
        return (1u << rank) - 1;
    }
    for (int i = 0; i < a->naxes; i++) {
        mask |= 1u << a->axes[i];
    }
    return mask;
}

NbStatus nb_axes_normalize(NbAttrs *a, const NbShape *x, int more, NbErr *err)
{
    const int rank = x->rank + more;
    char text[160];
    unsigned seen = 0;
    for (int i = 0; a != NULL && i < a->naxes; i++) {
        int axis = 0;
        if (nb_axis_normalize(a->axes[i], rank, &axis, NULL) != NB_OK) {
            nb_fail(err, NB_EINDEX, "axis %" PRId64 " does not exist: %s{0} %s has %d ax%s",
                    a->axes[i], more > 0 ? "the result for " : "",
                    nb_shape_text(x, text, sizeof text), rank, rank == 1 ? "is" : "es");
            if (rank == 0) {
                nb_advise(err, "several numbers go in brackets: [1, 2, 3]");
            }
            return NB_EINDEX;
        }
        if (seen >> axis & 1) {
            return nb_fail(err, NB_EVALUE, "axis %" PRId64 " of {0} %s is given twice", a->axes[i],
                           nb_shape_text(x, text, sizeof text));
        }
        seen |= 1u << axis;
        a->axes[i] = axis;
    }
    return NB_OK;
}

void nb_attrs_reduce(NbAttrs *a, unsigned mask, bool keepdims)
{
    nb_attrs_init(a);
    a->naxes = 0;
    a->keepdims = keepdims;
    for (int i = 0; i < NB_MAX_RANK; i++) {
        if (mask >> i & 1) {
            a->axes[a->naxes++] = i;
        }
    }
}

NbShape nb_reduced_shape(const NbShape *s, unsigned mask, bool keepdims)
{
    NbShape r = {0};
    for (int i = 0; i < s->rank; i++) {
        if ((mask >> i & 1) == 0) {
            r.dim[r.rank++] = s->dim[i];
        } else if (keepdims) {
            r.dim[r.rank++] = 1;
        }
    }
    return r;
}

NbStatus nb_opt_count(const char *name, const char *option, double v, NbErr *err)
{
    if (!(v >= 0) || v != floor(v) || v > 9007199254740992.0) {
        return nb_fail(err, NB_EVALUE, "%s: %s must be a whole number from 0, not %g", name, option,
                       v);
    }
    return NB_OK;
}

NbStatus nb_go_on(NbErr *err)
{
    return err != NULL && err->stop != NULL && *err->stop ? nb_fail(err, NB_EINTERRUPT, "stopped")
                                                          : NB_OK;
}

/* --- gradient rules --- */

bool nb_g_folded(NbGrad *G, int i, double *num)
{
    const NbArg in = nb_var_input(nb_g_y(G), i);
    if (in.var != NULL) {
        return false;
    }
    *num = in.num;
    return true;
}

static NbVar *shaped(NbGrad *G, const NbOp *op, NbVar *x, const NbShape *s)
{
    NbAttrs a;
    if (x == NULL || nb_shape_equal(nb_var_shape(x), s)) {
        return x;
    }
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = *s;
    return nb_g_apply(G, op, &NB_VAR(x), 1, &a);
}

NbVar *nb_g_reshape(NbGrad *G, NbVar *x, const NbShape *s)
{
    return shaped(G, &nb_op_reshape, x, s);
}

NbVar *nb_g_broadcast(NbGrad *G, NbVar *x, const NbShape *s)
{
    return shaped(G, &nb_op_broadcast_to, x, s);
}

NbVar *nb_g_sum_keep(NbGrad *G, NbVar *x, unsigned mask)
{
    NbAttrs a;
    if (x == NULL) {
        return NULL;
    }
    nb_attrs_reduce(&a, mask, true);
    return nb_g_apply(G, &nb_op_sum, &NB_VAR(x), 1, &a);
}

NbVar *nb_g_restore(NbGrad *G, NbVar *reduced, const NbShape *full, unsigned mask)
{
    const NbShape s = nb_reduced_shape(full, mask, true);
    return nb_g_reshape(G, reduced, &s);
}

NbVar *nb_g_without(NbGrad *G, NbVar *v, const NbVar *y)
{
    if (v == NULL || y == NULL || nb_var_op(v) != &nb_op_mul) {
        return NULL;
    }
    for (int i = 0; i < 2; i++) {
        const NbArg one = nb_var_input(v, i), other = nb_var_input(v, 1 - i);
        if (one.var == NULL) {
            continue;
        }
        if (one.var != y) {
            NbVar *c = nb_g_without(G, one.var, y);
            if (c != NULL) {
                return other.var != NULL ? nb_g_2(G, &nb_op_mul, c, other.var)
                                         : nb_g_2k(G, &nb_op_mul, c, other.num);
            }
        } else if (other.var != NULL) {
            return other.var;
        } else {
            NbTensor *c = nb_tensor_full(nb_var_shape(y), other.num, nb_ctx_err(nb_g_ctx(G)));
            return c != NULL ? nb_g_const(G, c) : NULL;
        }
    }
    return NULL;
}

NbVar *nb_g_masked(NbGrad *G, NbVar *slope)
{
    return nb_g_2(G, &nb_op_masked, nb_g_out(G), slope);
}

NbVar *nb_g_zero(NbGrad *G, int i)
{
    (void)G, (void)i;
    return NULL;
}

NbVar *nb_g_swap_last(NbGrad *G, NbVar *x)
{
    const int rank = nb_var_shape(x)->rank;
    NbAttrs a;
    nb_attrs_init(&a);
    if (rank > 2) {
        a.naxes = rank;
        for (int i = 0; i < rank; i++) {
            a.axes[i] = i < rank - 2 ? i : 2 * rank - 3 - i;
        }
    }
    return nb_g_apply(G, &nb_op_transpose, &NB_VAR(x), 1, &a);
}

NbVar *nb_g_summed_to(NbGrad *G, NbVar *x, const NbShape *s)
{
    return shaped(G, &nb_op_sum_to, x, s);
}
