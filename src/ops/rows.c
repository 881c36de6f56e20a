/* rows.c -- rows of a tensor along any set of axes, and sums over them */
#include <string.h>

#include "ops/ops.h"
#include "ops/reduce.h"
#include "tensor/storage.h"

const NbParam nb_params_reduce[3] = {
    {"x", NB_P_VAR, NULL}, {"axis", NB_P_AXES, "none"}, {"keepdims", NB_P_BOOL, "false"}};

/* The axes of x in mask as a tensor at x's first element. */
static NbTensor part(const NbTensor *x, unsigned mask)
{
    NbShape s = {0};
    int64_t stride[NB_MAX_RANK];
    for (int i = 0; i < x->shape.rank; i++) {
        if (mask >> i & 1) {
            stride[s.rank] = x->stride[i];
            s.dim[s.rank++] = x->shape.dim[i];
        }
    }
    return nb_tensor_over(x->data, &s, stride);
}

NbStatus nb_rows_begin(NbRows *r, const NbTensor *x, unsigned mask, NbErr *err)
{
    NbTensor kept = part(x, ~mask);
    const NbTensor *one[1] = {&kept};
    r->across = part(x, mask);
    r->n = r->across.size;
    r->at = -1;
    r->buf = NULL;
    if (!r->across.contiguous) {
        r->buf = nb_scratch(r->n);
        if (r->buf == NULL) {
            return nb_fail(err, NB_EMEM, "out of memory for a row of %lld numbers",
                           (long long)r->n);
        }
    }
    r->more = nb_loop_begin(&r->kept, &kept.shape, one, 1);
    return NB_OK;
}

static const double *gathered(NbRows *r)
{
    NbTensor to = r->across;
    nb_row_major(&to.shape, to.stride);
    to.data = r->buf;
    to.store = NULL;
    to.contiguous = true;
    nb_tensor_assign(&to, &r->across, NULL);
    return r->buf;
}

const double *nb_rows_next(NbRows *r)
{
    if (r->more && ++r->at == r->kept.inner) {
        r->at = 0;
        r->more = nb_loop_next(&r->kept);
    }
    if (!r->more) {
        return NULL;
    }
    r->across.data = r->kept.p[0] + r->at * r->kept.step[0];
    return r->buf != NULL ? gathered(r) : r->across.data;
}

void nb_rows_put(const NbRows *r, const double *numbers, bool add)
{
    if (r->buf == NULL) {
        double *row = r->across.data;
        for (int64_t i = 0; i < r->n; i++) {
            row[i] = add ? row[i] + numbers[i] : numbers[i];
        }
        return;
    }
    NbTensor to = r->across;
    NbTensor from = r->across;
    nb_row_major(&from.shape, from.stride);
    from.contiguous = true;
    memcpy(&from.data, &numbers, sizeof numbers); /* read only below */
    if (add) {
        nb_tensor_add(&to, &from);
    } else {
        nb_tensor_assign(&to, &from, NULL);
    }
}

void nb_rows_end(NbRows *r)
{
    nb_scratch_free(r->buf);
    r->buf = NULL;
}

NbStatus nb_reduce_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    const NbShape *x = &in[0]->shape;
    (void)n;
    if (nb_axes_normalize(a, x, 0, err) != NB_OK) {
        return NB_EINDEX;
    }
    *out = nb_reduced_shape(x, nb_axes_mask(a, x->rank), a != NULL && a->keepdims);
    return NB_OK;
}

NbTensor nb_reduced_view(const NbTensor *out, const NbShape *x, unsigned mask)
{
    const bool keepdims = out->shape.rank == x->rank;
    int64_t stride[NB_MAX_RANK];
    const NbShape s = nb_reduced_shape(x, mask, true);
    int own = 0;
    for (int i = 0; i < x->rank; i++) {
        const bool reduced = mask >> i & 1;
        stride[i] = reduced ? 1 : out->stride[own];
        own += keepdims || !reduced ? 1 : 0;
    }
    return nb_tensor_over(out->data, &s, stride);
}

NbStatus nb_reduce_sum(const NbTensor *x, unsigned mask, NbTensor *out, NbErr *err)
{
    NbTensor view = nb_reduced_view(out, &x->shape, mask);
    return nb_vjp_summed_until(&view, x, false, err);
}
