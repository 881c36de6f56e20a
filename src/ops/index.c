/* index.c -- x[…]: integers, slices and lists, NumPy's rules; its adjoint; writing to a part */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "ops/ops.h"
#include "tensor/loop.h"

/* What an index selects: a strided view, and, with lists, one axis `place` of the result whose
 * element l lies table[l] further. Integers count as lists of one when there is a list; lists
 * stretch to one length. Their axis stands where the first of them stands, or in front when
 * slices separate them. */
typedef struct Selection {
    NbShape shape;               /* of the result */
    int64_t stride[NB_MAX_RANK]; /* 0 on the list axis */
    int64_t offset;
    int place;       /* list axis, or -1 */
    int64_t entries; /* its length */
} Selection;

static bool has_list(const NbAttrs *a)
{
    for (int i = 0; i < a->nindex; i++) {
        if (a->index[i].kind == NB_LIST) {
            return true;
        }
    }
    return false;
}

static NbStatus out_of_range(int64_t at, int axis, const NbShape *x, NbErr *err)
{
    char text[160];
    return nb_fail(err, NB_EINDEX,
                   "index %" PRId64 " is out of range: axis %d of {0} %s has size %" PRId64, at,
                   axis, nb_shape_text(x, text, sizeof text), x->dim[axis]);
}

/* Start and length of a slice of an axis, as in Python. */
static NbStatus slice_range(const NbIndex *s, int64_t size, int64_t *start, int64_t *length,
                            NbErr *err)
{
    const int64_t step = s->step;
    const int64_t low = step < 0 ? -1 : 0;
    const int64_t high = step < 0 ? size - 1 : size;
    int64_t ends[2] = {step < 0 ? high : low, step < 0 ? low : high};
    if (step == 0) {
        return nb_fail(err, NB_EVALUE, "a slice cannot have step 0");
    }
    for (int i = 0; i < 2; i++) {
        if (i == 0 ? s->has_start : s->has_stop) {
            int64_t v = i == 0 ? s->start : s->stop;
            v = v < 0 ? v + size : v;
            ends[i] = v < low ? low : v > high ? high : v;
        }
    }
    const int64_t span = step < 0 ? ends[0] - ends[1] : ends[1] - ends[0];
    const uint64_t stride = step < 0 ? 0 - (uint64_t)step : (uint64_t)step;
    *start = ends[0];
    *length = span > 0 ? (int64_t)(((uint64_t)span - 1) / stride) + 1 : 0;
    return NB_OK;
}

static NbStatus check_lists(const NbAttrs *a, const NbShape *x, int64_t *entries, NbErr *err)
{
    *entries = 1;
    for (int i = 0; i < a->nindex; i++) {
        const NbIndex *s = &a->index[i];
        if (s->kind != NB_LIST) {
            continue;
        }
        for (int64_t k = 0; k < s->nlist; k++) {
            if (s->list[k] < -x->dim[i] || s->list[k] >= x->dim[i]) {
                return out_of_range(s->list[k], i, x, err);
            }
        }
        if (s->nlist == 1) {
            continue;
        }
        if (*entries != 1 && *entries != s->nlist) {
            return nb_fail(err, NB_ESHAPE,
                           "lists in an index must be equally long: %" PRId64 " and %" PRId64,
                           *entries, s->nlist);
        }
        *entries = s->nlist;
    }
    return NB_OK;
}

/* Where the list axis stands among the axes of the result. */
static int list_place(const NbAttrs *a)
{
    int first = -1;
    int last = -1;
    int slices = 0;
    int place = 0;
    for (int i = 0; i < a->nindex; i++) {
        if (a->index[i].kind == NB_SLICE) {
            slices++;
            continue;
        }
        if (first < 0) {
            first = i;
            place = slices;
        }
        last = i;
    }
    for (int i = first; i < last; i++) {
        if (a->index[i].kind == NB_SLICE) {
            return 0;
        }
    }
    return place;
}

static void push(Selection *s, int64_t dim, int64_t stride)
{
    s->shape.dim[s->shape.rank] = dim;
    s->stride[s->shape.rank++] = stride;
}

static NbStatus select_part(const NbTensor *x, const NbAttrs *a, Selection *s, NbErr *err)
{
    char text[160];
    *s = (Selection){.place = -1};
    if (a->nindex > x->shape.rank) {
        return nb_fail(err, NB_EINDEX, "%d ind%s too many: {0} %s has %d ax%s", a->nindex,
                       a->nindex == 1 ? "ex is" : "ices are",
                       nb_shape_text(&x->shape, text, sizeof text), x->shape.rank,
                       x->shape.rank == 1 ? "is" : "es");
    }
    const int place = has_list(a) ? list_place(a) : -1;
    if (place >= 0 && check_lists(a, &x->shape, &s->entries, err) != NB_OK) {
        return NB_EINDEX;
    }
    for (int i = 0; i < x->shape.rank || s->shape.rank == place; i++) {
        int64_t start = 0;
        int64_t length = i < x->shape.rank ? x->shape.dim[i] : 0;
        int64_t step = 1;
        if (s->shape.rank == place && s->place < 0) {
            s->place = place;
            push(s, s->entries, 0);
        }
        if (i >= x->shape.rank) {
            break;
        }
        if (i < a->nindex && a->index[i].kind == NB_AT) {
            const int64_t at = a->index[i].start;
            if (at < -length || at >= length) {
                return out_of_range(at, i, &x->shape, err);
            }
            s->offset += (at < 0 ? at + length : at) * x->stride[i];
            continue;
        }
        if (i < a->nindex && a->index[i].kind == NB_LIST) {
            continue;
        }
        if (i < a->nindex) {
            if (slice_range(&a->index[i], length, &start, &length, err) != NB_OK) {
                return NB_EVALUE;
            }
            step = a->index[i].step;
        }
        s->offset += length > 0 ? start * x->stride[i] : 0;
        push(s, length, length > 1 ? step * x->stride[i] : x->stride[i]);
    }
    return NB_OK;
}

/* How far entry l of the lists lies from the view's origin. */
static int64_t entry_offset(const NbTensor *x, const NbAttrs *a, int64_t l)
{
    int64_t offset = 0;
    for (int i = 0; i < a->nindex; i++) {
        const NbIndex *s = &a->index[i];
        if (s->kind == NB_LIST) {
            const int64_t at = s->list[s->nlist == 1 ? 0 : l];
            offset += (at < 0 ? at + x->shape.dim[i] : at) * x->stride[i];
        }
    }
    return offset;
}

/* The view for entry l in x, without the list axis. */
static NbTensor entry_view(const NbTensor *x, const NbAttrs *a, const Selection *s, int64_t l)
{
    NbShape shape = {0};
    int64_t stride[NB_MAX_RANK];
    for (int i = 0; i < s->shape.rank; i++) {
        if (i != s->place) {
            stride[shape.rank] = s->stride[i];
            shape.dim[shape.rank++] = s->shape.dim[i];
        }
    }
    const int64_t more = s->place >= 0 ? entry_offset(x, a, l) : 0;
    return nb_tensor_over(x->data + s->offset + more, &shape, stride);
}

/* Entry l of a tensor t in the shape of the selection. */
static NbTensor entry_of(const NbTensor *t, const Selection *s, int64_t l)
{
    NbShape shape = {0};
    int64_t stride[NB_MAX_RANK];
    for (int i = 0; i < t->shape.rank; i++) {
        if (i != s->place) {
            stride[shape.rank] = t->stride[i];
            shape.dim[shape.rank++] = t->shape.dim[i];
        }
    }
    const int64_t more = s->place >= 0 ? l * t->stride[s->place] : 0;
    return nb_tensor_over(t->data + more, &shape, stride);
}

typedef enum Move { GATHER, ADD_BACK, WRITE } Move;

/* Entry by entry: `part` (shape of the selection) from x, x += part, or x = part. */
static void move(const NbTensor *x, const NbAttrs *a, const Selection *s, const NbTensor *part,
                 Move how)
{
    const int64_t entries = s->place >= 0 ? s->entries : 1;
    for (int64_t l = 0; l < entries; l++) {
        NbTensor in = entry_view(x, a, s, l);
        NbTensor own = entry_of(part, s, l);
        if (how == GATHER) {
            nb_tensor_assign(&own, &in, NULL);
        } else if (how == ADD_BACK) {
            nb_tensor_add(&in, &own);
        } else {
            nb_tensor_assign(&in, &own, NULL);
        }
    }
}

/* --- index --- */

static NbStatus index_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    Selection s;
    (void)n;
    const NbStatus status = select_part(in[0], a, &s, err);
    *out = s.shape;
    return status;
}

static NbStatus index_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                              NbErr *err)
{
    Selection s;
    (void)ctx, (void)n;
    const NbStatus status = select_part(in[0], a, &s, err);
    if (status == NB_OK) {
        move(in[0], a, &s, out, GATHER);
    }
    return status;
}

/* Lists are copied. */
static NbTensor *index_view(const NbTensor *in, const NbAttrs *a, NbErr *err)
{
    Selection s;
    if (has_list(a) || select_part(in, a, &s, err) != NB_OK) {
        return NULL;
    }
    return nb_tensor_view(in, &s.shape, s.stride, s.offset, err);
}

static NbStatus index_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                          const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    Selection s;
    (void)in, (void)n, (void)out, (void)i;
    const NbStatus status = select_part(gin, a, &s, err);
    if (status == NB_OK) {
        if (!add) {
            nb_tensor_fill(gin, 0);
        }
        move(gin, a, &s, gout, ADD_BACK);
    }
    return status;
}

static NbVar *index_grad(NbGrad *G, int i)
{
    NbAttrs a = *nb_g_attrs(G); /* the lists are borrowed; applying copies them */
    a.has_shape = true;
    a.shape = *nb_var_shape(nb_g_in(G, i));
    return nb_g_apply(G, &nb_op_scatter, &NB_VAR(nb_g_out(G)), 1, &a);
}

/* --- scatter: zeros of a shape with the operand added at the index --- */

static NbStatus scatter_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)in, (void)n, (void)err;
    *out = a->shape;
    return NB_OK;
}

static NbStatus scatter_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                NbErr *err)
{
    (void)ctx;
    return index_vjp(in, n, a, NULL, in[0], 0, out, false, err);
}

static NbStatus scatter_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                            const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    Selection s;
    (void)in, (void)n, (void)out, (void)i;
    const NbStatus status = select_part(gout, a, &s, err);
    for (int64_t l = 0; status == NB_OK && l < (s.place >= 0 ? s.entries : 1); l++) {
        const NbTensor from = entry_view(gout, a, &s, l);
        NbTensor to = entry_of(gin, &s, l);
        nb_vjp_scaled(&to, &from, 1, add);
    }
    return status;
}

static NbVar *scatter_grad(NbGrad *G, int i)
{
    NbAttrs a = *nb_g_attrs(G);
    (void)i;
    a.has_shape = false;
    return nb_g_apply(G, &nb_op_index, &NB_VAR(nb_g_out(G)), 1, &a);
}

/* --- writing to a part --- */

NbStatus nb_index_scatter(NbTensor *dst, const NbAttrs *index, const NbTensor *value, NbErr *err)
{
    Selection s;
    NbShape both;
    char part[160];
    char given[160];
    int64_t stride[NB_MAX_RANK];
    NbStatus status = select_part(dst, index, &s, err);
    if (status != NB_OK) {
        return status;
    }
    if (nb_shape_broadcast(&value->shape, &s.shape, &both, NULL) != NB_OK ||
        !nb_shape_equal(&both, &s.shape)) {
        return nb_fail(err, NB_ESHAPE, "a value %s does not fit into a part %s",
                       nb_shape_text(&value->shape, given, sizeof given),
                       nb_shape_text(&s.shape, part, sizeof part));
    }
    NbTensor *apart = NULL;
    if (value->store != NULL && value->store == dst->store) {
        apart = nb_tensor_copy(value, err);
        if (apart == NULL) {
            return NB_EMEM;
        }
        value = apart;
    }
    for (int i = 0; i < s.shape.rank; i++) {
        const int own = i - (s.shape.rank - value->shape.rank);
        stride[i] = own < 0 || value->shape.dim[own] == 1 ? 0 : value->stride[own];
    }
    const NbTensor wide = nb_tensor_over(value->data, &s.shape, stride);
    move(dst, index, &s, &wide, WRITE);
    nb_tensor_unref(&apart);
    return NB_OK;
}

/* --- records --- */

static const NbParam index_params[] = {{"x", NB_P_VAR, NULL}, {"index", NB_P_INDEX, NULL}};

const NbOp nb_op_index = {
    .name = "index",
    .min_in = 1,
    .max_in = 1,
    .nparams = 2,
    .params = index_params,
    .flags = NB_OP_HIDDEN,
    .shape = index_shape,
    .forward = index_forward,
    .view = index_view,
    .grad = index_grad,
    .vjp = index_vjp,
    .doc = "x[i], x[a:b:step], x[[i, j]], several axes at once: part of a tensor. Negative "
           "positions count from the end.",
    .example = "arange(6)[1:5:2]",
    .group = "shapes"};

const NbOp nb_op_scatter = {.name = "scatter",
                            .min_in = 1,
                            .max_in = 1,
                            .nparams = 2,
                            .params = index_params,
                            .flags = NB_OP_HIDDEN,
                            .shape = scatter_shape,
                            .forward = scatter_forward,
                            .grad = scatter_grad,
                            .vjp = scatter_vjp,
                            .doc = "Zeros with x added at an index: the adjoint of x[index].",
                            .example = "arange(6)[1:5:2]",
                            .group = "shapes"};
