/* tensor.c -- life of tensors and views, copying and element access */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/tensor.h>

#include "tensor/clones.h"
#include "tensor/dense.h"
#include "tensor/loop.h"
#include "tensor/storage.h"

static NbStatus out_of_memory(const NbShape *s, NbErr *err)
{
    char text[160];
    return nb_fail(err, NB_EMEM, "out of memory for a tensor %s",
                   nb_shape_text(s, text, sizeof text));
}

NbTensor *nb_tensor_new(const NbShape *s, NbErr *err)
{
    int64_t size = 0;
    if (nb_shape_size(s, &size, err) != NB_OK) {
        return NULL;
    }
    NbTensor *t = nb_tensor_struct_new();
    NbStorage *store = t != NULL ? nb_storage_new(size) : NULL;
    if (store == NULL) {
        if (t != NULL) {
            nb_tensor_struct_free(t);
        }
        out_of_memory(s, err);
        return NULL;
    }
    t->data = store->data;
    t->store = store;
    t->size = size;
    t->shape = *s;
    nb_row_major(s, t->stride);
    t->refs = 1;
    t->contiguous = true;
    return t;
}

NbTensor *nb_tensor_full(const NbShape *s, double v, NbErr *err)
{
    NbTensor *t = nb_tensor_new(s, err);
    if (t != NULL) {
        nb_tensor_fill(t, v);
    }
    return t;
}

NbTensor *nb_tensor_from(const NbShape *s, const double *numbers, NbErr *err)
{
    if (numbers == NULL) {
        nb_fail(err, NB_EVALUE, "the numbers are missing");
        return NULL;
    }
    NbTensor *t = nb_tensor_new(s, err);
    if (t != NULL && t->size > 0) {
        memcpy(t->data, numbers, (size_t)t->size * sizeof *numbers);
    }
    return t;
}

/* dst and src do not overlap; src broadcasts to dst. */
static void copy_into(const NbTensor *dst, const NbTensor *src)
{
    const NbTensor *both[2] = {dst, src};
    NbLoop l;
    bool go = nb_loop_begin(&l, &dst->shape, both, 2);
    if (go && nb_loop_repeats(&l, 1)) {
        nb_dense_repeat(l.p[0], l.p[1], l.dim[0], l.inner);
        return;
    }
    for (; go; go = nb_loop_next(&l)) {
        double *to = l.p[0];
        const double *from = l.p[1];
        const int64_t ts = l.step[0];
        const int64_t fs = l.step[1];
        if (ts == 1 && fs == 1) {
            memcpy(to, from, (size_t)l.inner * sizeof *to);
        } else if (ts == 1) {
            for (int64_t i = 0; i < l.inner; i++) {
                to[i] = from[i * fs];
            }
        } else {
            for (int64_t i = 0; i < l.inner; i++) {
                to[i * ts] = from[i * fs];
            }
        }
    }
}

NbTensor *nb_tensor_copy(const NbTensor *t, NbErr *err)
{
    if (t == NULL) {
        nb_fail(err, NB_EVALUE, "the tensor is missing");
        return NULL;
    }
    NbTensor *c = nb_tensor_new(&t->shape, err);
    if (c != NULL) {
        copy_into(c, t);
    }
    return c;
}

/* Every element of such a view lies in the storage of t. */
static bool fits(const NbTensor *t, const NbShape *s, const int64_t *stride, int64_t offset)
{
    if (t->store == NULL) {
        return true; /* around memory whose size nobody knows */
    }
    const int64_t n = t->store->size;
    int64_t low = 0, high = 0; /* of the first and the last element, from the beginning */
    if (__builtin_add_overflow((int64_t)(t->data - t->store->data), offset, &low)) {
        return false;
    }
    high = low;
    for (int i = 0; i < s->rank; i++) {
        int64_t reach;
        if (s->dim[i] == 0) {
            return true;
        }
        if (s->dim[i] < 0 || __builtin_mul_overflow(s->dim[i] - 1, stride[i], &reach) ||
            __builtin_add_overflow(reach < 0 ? low : high, reach, reach < 0 ? &low : &high)) {
            return false;
        }
    }
    return low >= 0 && high < n;
}

NbTensor *nb_tensor_view(const NbTensor *t, const NbShape *s, const int64_t *stride, int64_t offset,
                         NbErr *err)
{
    int64_t size;
    if (t == NULL || stride == NULL) {
        nb_fail(err, NB_EVALUE, t ? "the strides are missing" : "the tensor is missing");
        return NULL;
    }
    if (nb_shape_size(s, &size, err) != NB_OK) {
        return NULL;
    }
    if (!fits(t, s, stride, offset)) {
        char text[160];
        nb_fail(err, NB_EINDEX, "a view %s with these strides leaves the tensor",
                nb_shape_text(s, text, sizeof text));
        return NULL;
    }
    NbTensor *v = nb_tensor_struct_new();
    if (v == NULL) {
        out_of_memory(s, err);
        return NULL;
    }
    *v = nb_tensor_over(t->data + offset, s, stride);
    v->store = t->store;
    if (v->store != NULL) {
        v->store->refs++;
    }
    return v;
}

NbTensor *nb_tensor_ref(NbTensor *t)
{
    if (t != NULL) {
        t->refs++;
    }
    return t;
}

void nb_tensor_unref(NbTensor **t)
{
    NbTensor *own = t != NULL ? *t : NULL;
    if (own == NULL) {
        return;
    }
    *t = NULL;
    if (--own->refs > 0) {
        return;
    }
    nb_storage_unref(own->store);
    nb_tensor_struct_free(own);
}

NbTensor nb_tensor_scalar(double *number)
{
    NbTensor t;
    t.data = number;
    t.store = NULL;
    t.size = 1;
    t.shape.rank = 0;
    t.refs = 1;
    t.contiguous = true;
    return t;
}

bool nb_tensor_sole(const NbTensor *t)
{
    return t && t->refs == 1 && (t->store == NULL || t->store->refs == 1);
}

static bool broadcasts_to(const NbShape *from, const NbShape *to)
{
    if (from->rank > to->rank) {
        return false;
    }
    for (int i = 1; i <= from->rank; i++) {
        const int64_t d = from->dim[from->rank - i];
        if (d != 1 && d != to->dim[to->rank - i]) {
            return false;
        }
    }
    return true;
}

NbStatus nb_tensor_assign(NbTensor *dst, const NbTensor *src, NbErr *err)
{
    char td[160];
    char ts[160];
    if (dst == NULL || src == NULL) {
        return nb_fail(err, NB_EVALUE, "the %s is missing", dst ? "value" : "tensor");
    }
    if (!broadcasts_to(&src->shape, &dst->shape)) {
        return nb_fail(err, NB_ESHAPE, "a value %s does not fit into %s",
                       nb_shape_text(&src->shape, ts, sizeof ts),
                       nb_shape_text(&dst->shape, td, sizeof td));
    }
    if (dst->store == NULL || dst->store != src->store) {
        copy_into(dst, src);
        return NB_OK;
    }
    if (dst->data == src->data && dst->contiguous && src->contiguous && dst->size == src->size) {
        return NB_OK;
    }
    NbTensor *apart = nb_tensor_copy(src, err);
    if (apart == NULL) {
        return NB_EMEM;
    }
    copy_into(dst, apart);
    nb_tensor_unref(&apart);
    return NB_OK;
}

NB_CLONES static void add_row(double *to, const double *from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        to[i] += from[i];
    }
}

void nb_tensor_add(NbTensor *dst, const NbTensor *src)
{
    if (!dst || !src || !nb_shape_equal(&dst->shape, &src->shape)) {
        return;
    }
    const NbTensor *both[2] = {dst, src};
    NbLoop l;
    for (bool go = nb_loop_begin(&l, &dst->shape, both, 2); go; go = nb_loop_next(&l)) {
        if (l.step[0] == 1 && l.step[1] == 1) {
            add_row(l.p[0], l.p[1], l.inner);
            continue;
        }
        for (int64_t i = 0; i < l.inner; i++) {
            l.p[0][i * l.step[0]] += l.p[1][i * l.step[1]];
        }
    }
}

void nb_tensor_fill(NbTensor *t, double v)
{
    if (!t) {
        return;
    }
    const NbTensor *one[1] = {t};
    NbLoop l;
    for (bool go = nb_loop_begin(&l, &t->shape, one, 1); go; go = nb_loop_next(&l)) {
        for (int64_t i = 0; i < l.inner; i++) {
            l.p[0][i * l.step[0]] = v;
        }
    }
}

static int64_t offset_of(const NbTensor *t, int64_t position)
{
    int64_t offset = 0;
    if (t->contiguous) {
        return position;
    }
    for (int i = t->shape.rank - 1; i >= 0; i--) {
        offset += position % t->shape.dim[i] * t->stride[i];
        position /= t->shape.dim[i];
    }
    return offset;
}

double nb_tensor_at(const NbTensor *t, int64_t position)
{
    const bool there = t && position >= 0 && position < t->size;
    return there ? t->data[offset_of(t, position)] : NAN;
}

void nb_tensor_put(NbTensor *t, int64_t position, double v)
{
    if (t && position >= 0 && position < t->size) {
        t->data[offset_of(t, position)] = v;
    }
}

/* Whether any of n numbers is NaN or infinite: adding one to the lowest exponent bit carries into
 * the sign place exactly when the exponent is all ones. An integer OR has no order to respect. */
NB_CLONES static bool any_nonfinite(const double *x, int64_t n)
{
    uint64_t carried = 0;
    for (int64_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, x + i, sizeof bits);
        carried |= (bits & 0x7ff0000000000000u) + 0x0010000000000000u;
    }
    return carried >> 63 != 0;
}

/* Elements in the order of memory: axes sorted by stride, repetitions left out. */
static NbTensor memory_order(const NbTensor *t)
{
    NbShape s = {0};
    int64_t stride[NB_MAX_RANK];
    for (int i = 0; i < t->shape.rank; i++) {
        const int64_t step = t->stride[i] < 0 ? -t->stride[i] : t->stride[i];
        int at = s.rank;
        if (t->shape.dim[i] == 1 || step == 0) {
            continue;
        }
        for (; at > 0 && llabs(stride[at - 1]) < step; at--) {
            stride[at] = stride[at - 1];
            s.dim[at] = s.dim[at - 1];
        }
        stride[at] = t->stride[i];
        s.dim[at] = t->shape.dim[i];
        s.rank++;
    }
    return nb_tensor_over(t->data, &s, stride);
}

static bool any_nonfinite_in(const NbTensor *t)
{
    const NbTensor seen = memory_order(t);
    const NbTensor *one[1] = {&seen};
    NbLoop l;
    bool found = false;
    if (t->size == 0) {
        return false;
    }
    for (bool go = nb_loop_begin(&l, &seen.shape, one, 1); go && !found; go = nb_loop_next(&l)) {
        if (l.step[0] == 1) {
            found = any_nonfinite(l.p[0], l.inner);
            continue;
        }
        for (int64_t i = 0; i < l.inner && !found; i++) {
            found = !isfinite(l.p[0][i * l.step[0]]);
        }
    }
    return found;
}

int64_t nb_tensor_nonfinite(const NbTensor *t, int64_t *count)
{
    if (!t) {
        return -1;
    }
    int64_t first = -1;
    int64_t bad = 0;
    if (t->contiguous ? any_nonfinite(t->data, t->size) : any_nonfinite_in(t)) {
        for (int64_t i = 0; i < t->size; i++) {
            if (!isfinite(nb_tensor_at(t, i))) {
                first = first < 0 ? i : first;
                bad++;
            }
        }
    }
    if (count != NULL) {
        *count = bad;
    }
    return first;
}
