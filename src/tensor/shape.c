/* shape.c -- sizes of tensors: comparison, size with limit, broadcasting, text */
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include <nabla/tensor.h>

#include "tensor/loop.h"

#define FALLBACK_LIMIT ((int64_t)1 << 27)

/* The one setting shared by all contexts; it mirrors the machine, not a session. 0: not yet. */
static _Atomic int64_t size_limit;

static int64_t default_limit(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long bytes = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || bytes <= 0) {
        return FALLBACK_LIMIT;
    }
    return (int64_t)pages * (bytes / 16);
}

void nb_tensor_set_limit(int64_t elements)
{
    atomic_store(&size_limit, elements > 0 ? elements : default_limit());
}

static int64_t get_limit(void)
{
    int64_t limit = atomic_load(&size_limit);
    if (limit == 0) {
        limit = default_limit();
        atomic_store(&size_limit, limit);
    }
    return limit;
}

NbShape nb_shape(int rank, ...)
{
    NbShape s = {.rank = rank};
    va_list ap;
    va_start(ap, rank);
    for (int i = 0; i < rank && i < NB_MAX_RANK; i++) {
        s.dim[i] = va_arg(ap, int);
    }
    va_end(ap);
    return s;
}

bool nb_shape_equal(const NbShape *a, const NbShape *b)
{
    if (!a || !b || a->rank != b->rank || a->rank > NB_MAX_RANK) {
        return false;
    }
    for (int i = 0; i < a->rank; i++) {
        if (a->dim[i] != b->dim[i]) {
            return false;
        }
    }
    return true;
}

static NbStatus too_large(const NbShape *s, int64_t limit, NbErr *err)
{
    char text[160];
    nb_fail(err, NB_EMEM, "tensor %s is too large: the limit is %" PRId64 " elements (%.3g GB)",
            nb_shape_text(s, text, sizeof text), limit, (double)limit * 8e-9);
    return NB_EMEM;
}

NbStatus nb_shape_size(const NbShape *s, int64_t *n, NbErr *err)
{
    char text[160];
    int64_t size = 1;
    bool over = false;
    const int64_t limit = get_limit();
    if (!s || !n) {
        return nb_fail(err, NB_EVALUE, "the %s is missing", s ? "place for the size" : "shape");
    }
    if (s->rank < 0 || s->rank > NB_MAX_RANK) {
        return nb_fail(err, NB_ESHAPE, "a tensor has at most %d axes, this would have %d",
                       NB_MAX_RANK, s->rank);
    }
    for (int i = 0; i < s->rank; i++) {
        const int64_t d = s->dim[i];
        if (d < 0) {
            return nb_fail(err, NB_ESHAPE, "sizes cannot be negative: %s",
                           nb_shape_text(s, text, sizeof text));
        }
        if (d == 0) {
            size = 0;
            over = false;
            for (int k = i + 1; k < s->rank; k++) {
                if (s->dim[k] < 0) {
                    return nb_fail(err, NB_ESHAPE, "sizes cannot be negative: %s",
                                   nb_shape_text(s, text, sizeof text));
                }
            }
            break;
        }
        over = over || size > limit / d;
        size = over ? size : size * d;
    }
    if (over || size > limit) {
        return too_large(s, limit, err);
    }
    *n = size;
    return NB_OK;
}

NbStatus nb_shape_join(const NbShape *a, const NbShape *b, NbShape *out, NbErr *err)
{
    char ta[160];
    char tb[160];
    NbShape r = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int i = 1; i <= r.rank; i++) {
        const int64_t da = i <= a->rank ? a->dim[a->rank - i] : 1;
        const int64_t db = i <= b->rank ? b->dim[b->rank - i] : 1;
        if (da != db && da != 1 && db != 1) {
            nb_fail(err, NB_ESHAPE, "shapes do not fit: {0} %s and {1} %s",
                    nb_shape_text(a, ta, sizeof ta), nb_shape_text(b, tb, sizeof tb));
            nb_hint(err, "axes are matched from the last; sizes must be equal, or one of them 1");
            return NB_ESHAPE;
        }
        r.dim[r.rank - i] = da == 1 ? db : da;
    }
    *out = r;
    return NB_OK;
}

NbStatus nb_shape_broadcast(const NbShape *a, const NbShape *b, NbShape *out, NbErr *err)
{
    if (!a || !b || !out) {
        return nb_fail(err, NB_EVALUE, "the %s is missing", out ? "shape" : "place for the shape");
    }
    if ((unsigned)a->rank > NB_MAX_RANK || (unsigned)b->rank > NB_MAX_RANK) {
        return nb_fail(err, NB_ESHAPE, "a tensor has at most %d axes", NB_MAX_RANK);
    }
    const NbStatus s = nb_shape_join(a, b, out, err);
    nb_err_operand(err, 0, NULL);
    nb_err_operand(err, 1, NULL);
    return s;
}

char *nb_shape_text(const NbShape *s, char *buf, size_t cap)
{
    size_t at = 0;
    if (cap == 0 || !buf) {
        return buf;
    }
    at += (size_t)snprintf(buf, cap, "(");
    for (int i = 0; s && i < s->rank && i < NB_MAX_RANK && at < cap; i++) {
        at += (size_t)snprintf(buf + at, cap - at, i > 0 ? ", %" PRId64 : "%" PRId64, s->dim[i]);
    }
    if (at < cap) {
        snprintf(buf + at, cap - at, s && s->rank == 1 ? ",)" : ")");
    }
    return buf;
}

NbStatus nb_axis_normalize(int64_t axis, int rank, int *out, NbErr *err)
{
    if (rank < 0 || rank > NB_MAX_RANK || !out) {
        return nb_fail(err, NB_EVALUE,
                       out ? "a tensor has 0 to %d axes, not %d"
                           : "the place for the axis is missing",
                       NB_MAX_RANK, rank);
    }
    if (axis < -rank || axis >= rank) {
        nb_fail(err, NB_EINDEX, "axis %" PRId64 " does not exist: {0} has %d ax%s", axis, rank,
                rank == 1 ? "is" : "es");
        nb_err_operand(err, 0, "the tensor");
        return NB_EINDEX;
    }
    *out = (int)(axis < 0 ? axis + rank : axis);
    return NB_OK;
}
