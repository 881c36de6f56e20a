/* split.c -- a variable cut along one axis: the inverse of concat */
#include <inttypes.h>

#include "base/begin.h"
#include "ops/ops.h"

/* size[0…n) must fill the axis. */
static NbStatus check_sizes(const NbShape *x, int axis, const int64_t *size, int n, NbErr *err)
{
    char text[160];
    int64_t total = 0;
    const int64_t whole = x->dim[axis];
    nb_shape_text(x, text, sizeof text);
    for (int i = 0; i < n; i++) {
        if (size[i] < 0) {
            return nb_fail(err, NB_EVALUE, "split: sizes cannot be negative: %" PRId64, size[i]);
        }
    }
    for (int i = 0; i < n && total <= whole; i++) {
        total = size[i] > whole - total ? whole + 1 : total + size[i];
    }
    if (total == whole && n > 0) {
        return NB_OK;
    }
    nb_fail(err, NB_ESHAPE,
            "split: the sizes add up to %s%" PRId64 ", axis %d of {0} %s has %" PRId64,
            total > whole ? "more than " : "", total > whole ? whole : total, axis, text, whole);
    nb_hint(err, "a list holds the sizes of the parts, not the places to cut at");
    return NB_ESHAPE;
}

/* x[:, …, from:from+size] */
static NbVar *part_of(NbCtx *ctx, NbVar *x, int axis, int64_t from, int64_t size)
{
    NbAttrs a;
    nb_attrs_init(&a);
    a.nindex = axis + 1;
    for (int i = 0; i <= axis; i++) {
        a.index[i] = (NbIndex){.kind = NB_SLICE, .step = 1};
    }
    a.index[axis].has_start = a.index[axis].has_stop = true;
    a.index[axis].start = from;
    a.index[axis].stop = from + size;
    return nb_apply(ctx, &nb_op_index, &NB_VAR(x), 1, &a);
}

/* The same of operands that are there. */
static NbStatus split(NbCtx *ctx, NbVar *x, int64_t axis, const int64_t *size, int n, NbVar **part)
{
    NbErr *err = nb_ctx_err(ctx);
    const NbShape *s = nb_var_shape(x);
    char text[160];
    int at;
    int64_t from = 0;
    for (int i = 0; i < n; i++) {
        part[i] = NULL;
    }
    if (s->rank == 0) {
        return nb_fail(err, NB_ESHAPE, "split: {0} () has no axis to cut along");
    }
    if (nb_axis_normalize(axis, s->rank, &at, NULL) != NB_OK) {
        return nb_fail(err, NB_EINDEX, "split: axis %" PRId64 " does not exist: {0} %s has %d ax%s",
                       axis, nb_shape_text(s, text, sizeof text), s->rank,
                       s->rank == 1 ? "is" : "es");
    }
    if (check_sizes(s, at, size, n, err) != NB_OK) {
        return err->code;
    }
    for (int i = 0; i < n; from += size[i++]) {
        part[i] = part_of(ctx, x, at, from, size[i]);
        if (part[i] == NULL) {
            while (i > 0) {
                nb_var_unref(&part[--i]);
            }
            return err->code;
        }
    }
    return NB_OK;
}

NbStatus nb_split(NbCtx *ctx, NbVar *x, int64_t axis, const int64_t *size, int n, NbVar **part)
{
    if (!ctx) {
        return NB_EVALUE;
    }
    NbErr *err = nb_ctx_err(ctx);
    if (!x) { /* perhaps the error tells why */
        return nb_fail(err, NB_EVALUE, "split: operand 1 is missing");
    }
    nb_err_begin(err);
    if (nb_var_ctx(x) != ctx) {
        return nb_fail(err, NB_EVALUE, "split: operand of another context");
    }
    if (n > 0 && (!size || !part)) {
        return nb_fail(err, NB_EVALUE, "split: the %s missing",
                       part ? "sizes are" : "place for the parts is");
    }
    const NbStatus s = split(ctx, x, axis, size, n, part);
    nb_err_operand(err, 0, nb_var_name(x) ? nb_var_name(x) : "operand 1");
    return s;
}
