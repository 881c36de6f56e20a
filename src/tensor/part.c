/* part.c -- parts of tensors by integers, slices and lists, NumPy's rules; writing to one */
#include <inttypes.h>

#include "base/clamp.h"
#include "tensor/loop.h"
#include "tensor/part.h"

bool nb_index_has_list(const NbIndex *index, int n)
{
    for (int i = 0; i < n; i++) {
        if (index[i].kind == NB_LIST) {
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
            ends[i] = nb_clamp_int(v, low, high);
        }
    }
    const int64_t span = step < 0 ? ends[0] - ends[1] : ends[1] - ends[0];
    const uint64_t stride = step < 0 ? 0 - (uint64_t)step : (uint64_t)step;
    *start = ends[0];
    *length = span > 0 ? (int64_t)(((uint64_t)span - 1) / stride) + 1 : 0;
    return NB_OK;
}

static NbStatus check_lists(NbPart *p, const NbShape *x, NbErr *err)
{
    p->entries = 1;
    for (int i = 0; i < p->nindex; i++) {
        const NbIndex *s = &p->index[i];
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
        if (p->entries != 1 && p->entries != s->nlist) {
            return nb_fail(err, NB_ESHAPE,
                           "lists in an index must be equally long: %" PRId64 " and %" PRId64,
                           p->entries, s->nlist);
        }
        p->entries = s->nlist;
    }
    return NB_OK;
}

/* Where the list axis stands among the axes of the result. */
static int list_place(const NbPart *p)
{
    int first = -1;
    int last = -1;
    int slices = 0;
    int place = 0;
    for (int i = 0; i < p->nindex; i++) {
        if (p->index[i].kind == NB_SLICE) {
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
        if (p->index[i].kind == NB_SLICE) {
            return 0;
        }
    }
    return place;
}

static void push(NbPart *p, int64_t dim, int64_t stride)
{
    p->shape.dim[p->shape.rank] = dim;
    p->stride[p->shape.rank++] = stride;
}

NbStatus nb_part_select(NbPart *p, const NbTensor *x, const NbIndex *index, int n, NbErr *err)
{
    char text[160];
    *p = (NbPart){.place = -1, .index = index, .nindex = n};
    if (p->nindex > x->shape.rank) {
        return nb_fail(err, NB_EINDEX, "%d ind%s too many: {0} %s has %d ax%s", p->nindex,
                       p->nindex == 1 ? "ex is" : "ices are",
                       nb_shape_text(&x->shape, text, sizeof text), x->shape.rank,
                       x->shape.rank == 1 ? "is" : "es");
    }
    const int place = nb_index_has_list(index, n) ? list_place(p) : -1;
    if (place >= 0 && check_lists(p, &x->shape, err) != NB_OK) {
        return NB_EINDEX;
    }
    for (int i = 0; i < x->shape.rank || p->shape.rank == place; i++) {
        int64_t start = 0;
        int64_t length = i < x->shape.rank ? x->shape.dim[i] : 0;
        int64_t step = 1;
        if (p->shape.rank == place && p->place < 0) {
            p->place = place;
            push(p, p->entries, 0);
        }
        if (i >= x->shape.rank) {
            break;
        }
        if (i < p->nindex && p->index[i].kind == NB_AT) {
            const int64_t at = p->index[i].start;
            if (at < -length || at >= length) {
                return out_of_range(at, i, &x->shape, err);
            }
            p->offset += (at < 0 ? at + length : at) * x->stride[i];
            continue;
        }
        if (i < p->nindex && p->index[i].kind == NB_LIST) {
            continue;
        }
        if (i < p->nindex) {
            if (slice_range(&p->index[i], length, &start, &length, err) != NB_OK) {
                return NB_EVALUE;
            }
            step = p->index[i].step;
        }
        p->offset += length > 0 ? start * x->stride[i] : 0;
        push(p, length, length > 1 ? step * x->stride[i] : x->stride[i]);
    }
    return NB_OK;
}

/* How far entry l of the lists lies from the view's origin. */
static int64_t entry_offset(const NbPart *p, const NbTensor *x, int64_t l)
{
    int64_t offset = 0;
    for (int i = 0; i < p->nindex; i++) {
        const NbIndex *s = &p->index[i];
        if (s->kind == NB_LIST) {
            const int64_t at = s->list[s->nlist == 1 ? 0 : l];
            offset += (at < 0 ? at + x->shape.dim[i] : at) * x->stride[i];
        }
    }
    return offset;
}

NbTensor nb_part_entry(const NbPart *p, const NbTensor *x, int64_t l)
{
    NbShape shape = {0};
    int64_t stride[NB_MAX_RANK];
    for (int i = 0; i < p->shape.rank; i++) {
        if (i != p->place) {
            stride[shape.rank] = p->stride[i];
            shape.dim[shape.rank++] = p->shape.dim[i];
        }
    }
    const int64_t more = p->place >= 0 ? entry_offset(p, x, l) : 0;
    return nb_tensor_over(x->data + p->offset + more, &shape, stride);
}

NbTensor nb_part_own(const NbPart *p, const NbTensor *t, int64_t l)
{
    NbShape shape = {0};
    int64_t stride[NB_MAX_RANK];
    for (int i = 0; i < t->shape.rank; i++) {
        if (i != p->place) {
            stride[shape.rank] = t->stride[i];
            shape.dim[shape.rank++] = t->shape.dim[i];
        }
    }
    const int64_t more = p->place >= 0 ? l * t->stride[p->place] : 0;
    return nb_tensor_over(t->data + more, &shape, stride);
}

void nb_part_move(const NbPart *p, const NbTensor *x, const NbTensor *part, NbMove how)
{
    const int64_t entries = nb_part_entries(p);
    for (int64_t l = 0; l < entries; l++) {
        NbTensor in = nb_part_entry(p, x, l);
        NbTensor own = nb_part_own(p, part, l);
        if (how == NB_GATHER) {
            nb_tensor_assign(&own, &in, NULL);
        } else if (how == NB_ADD_BACK) {
            nb_tensor_add(&in, &own);
        } else {
            nb_tensor_assign(&in, &own, NULL);
        }
    }
}

NbStatus nb_part_write(NbTensor *dst, const NbIndex *index, int n, const NbTensor *value,
                       NbErr *err)
{
    NbPart p;
    NbShape both;
    char part[160];
    char given[160];
    int64_t stride[NB_MAX_RANK];
    NbStatus status = nb_part_select(&p, dst, index, n, err);
    if (status != NB_OK) {
        return status;
    }
    if (nb_shape_broadcast(&value->shape, &p.shape, &both, NULL) != NB_OK ||
        !nb_shape_equal(&both, &p.shape)) {
        return nb_fail(err, NB_ESHAPE, "a value %s does not fit into a part %s",
                       nb_shape_text(&value->shape, given, sizeof given),
                       nb_shape_text(&p.shape, part, sizeof part));
    }
    NbTensor *apart = NULL;
    if (value->store != NULL && value->store == dst->store) {
        apart = nb_tensor_copy(value, err);
        if (apart == NULL) {
            return NB_EMEM;
        }
        value = apart;
    }
    for (int i = 0; i < p.shape.rank; i++) {
        const int own = i - (p.shape.rank - value->shape.rank);
        stride[i] = own < 0 || value->shape.dim[own] == 1 ? 0 : value->stride[own];
    }
    const NbTensor wide = nb_tensor_over(value->data, &p.shape, stride);
    nb_part_move(&p, dst, &wide, NB_WRITE);
    nb_tensor_unref(&apart);
    return NB_OK;
}
