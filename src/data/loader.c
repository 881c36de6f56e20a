/* loader.c -- batches and sequences: rows of a data set taken in parts */
#include <string.h>

#include <nabla/data.h>

#include "base/begin.h"
#include "base/draws.h"
#include "base/mem.h"

struct NbLoader {
    NbCtx *ctx;
    uint32_t refs;
    NbVar *x, *t; /* t NULL: x one row later */
    int64_t rows, size, parts;
    bool sequences, shuffle;
    int64_t at;     /* next part; 0: a pass begins */
    int64_t *order; /* of a shuffled pass, and the rows of one part of sequences */
};

static int64_t rows_of(const NbVar *v)
{
    const NbShape *s = nb_var_shape(v);
    return s->rank > 0 ? s->dim[0] : 0;
}

static NbStatus check(NbCtx *ctx, const char *name, const NbVar *x, const NbVar *t, int64_t size)
{
    NbErr *err = nb_ctx_err(ctx);
    char a[160], b[160];
    if (!x || nb_var_ctx(x) != ctx || (t && nb_var_ctx(t) != ctx)) {
        return nb_fail(err, NB_EVALUE, "%s: %s", name,
                       x ? "data of another context" : "the data are missing");
    }
    nb_err_begin(err);
    if (size < 1) {
        return nb_fail(err, NB_EVALUE, "%s: size must be at least 1, got %lld", name,
                       (long long)size);
    }
    if (rows_of(x) < 1) {
        nb_fail(err, NB_ESHAPE, "%s: {0} %s has no rows", name,
                nb_shape_text(nb_var_shape(x), a, sizeof a));
        nb_err_operand(err, 0, nb_var_name(x) ? nb_var_name(x) : "x");
        return err->code;
    }
    if (t && rows_of(t) != rows_of(x)) {
        nb_fail(err, NB_ESHAPE, "%s: {0} %s and {1} %s have different numbers of rows", name,
                nb_shape_text(nb_var_shape(x), a, sizeof a),
                nb_shape_text(nb_var_shape(t), b, sizeof b));
        nb_err_operand(err, 0, nb_var_name(x) ? nb_var_name(x) : "x");
        nb_err_operand(err, 1, nb_var_name(t) ? nb_var_name(t) : "t");
        return err->code;
    }
    return NB_OK;
}

static NbLoader *loader_new(NbCtx *ctx, NbVar *x, NbVar *t, int64_t size, int64_t order)
{
    NbLoader *l = nb_calloc(1, sizeof *l);
    if (!l || (order > 0 && !(l->order = nb_calloc((size_t)order, sizeof *l->order)))) {
        nb_free(l);
        nb_fail(nb_ctx_err(ctx), NB_EMEM, "out of memory for %lld rows", (long long)order);
        return NULL;
    }
    l->ctx = ctx;
    l->refs = 1;
    l->x = nb_var_ref(x);
    l->t = nb_var_ref(t);
    l->rows = rows_of(x);
    l->size = size;
    return l;
}

NbLoader *nb_batches(NbCtx *ctx, NbVar *x, NbVar *t, int64_t size, bool shuffle)
{
    if (!ctx) {
        return NULL;
    }
    if (x && !t) {
        nb_fail(nb_ctx_err(ctx), NB_EVALUE, "batches: the targets are missing");
        return NULL;
    }
    if (check(ctx, "batches", x, t, size) != NB_OK) {
        return NULL;
    }
    NbLoader *l = loader_new(ctx, x, t, size, shuffle ? rows_of(x) : 0);
    if (l) {
        l->shuffle = shuffle;
        l->parts = (l->rows - 1) / size + 1;
    }
    return l;
}

NbLoader *nb_sequences(NbCtx *ctx, NbVar *x, NbVar *t, int64_t size)
{
    if (!ctx) {
        return NULL;
    }
    if (check(ctx, "sequences", x, t, size) != NB_OK) {
        return NULL;
    }
    int64_t usable = rows_of(x) - (t ? 0 : 1);
    if (usable < size) {
        nb_fail(nb_ctx_err(ctx), NB_EVALUE, "sequences: %lld rows are too few for %lld sequences%s",
                (long long)rows_of(x), (long long)size, t ? "" : " and the row after them");
        return NULL;
    }
    NbLoader *l = loader_new(ctx, x, t, size, size);
    if (l) {
        l->sequences = true;
        l->parts = usable / size;
    }
    return l;
}

NbLoader *nb_loader_ref(NbLoader *l)
{
    if (l) {
        l->refs++;
    }
    return l;
}

void nb_loader_unref(NbLoader **pl)
{
    NbLoader *l = pl ? *pl : NULL;
    if (!l) {
        return;
    }
    *pl = NULL;
    if (--l->refs == 0) {
        nb_var_unref(&l->x);
        nb_var_unref(&l->t);
        nb_free(l->order);
        nb_free(l);
    }
}

NbVar *nb_loader_data(const NbLoader *l, NbVar **t)
{
    if (t) {
        *t = l ? l->t : NULL;
    }
    return l ? l->x : NULL;
}

/* --- a part --- */

/* Fisher–Yates from the last row down. */
static void shuffle(NbLoader *l)
{
    NbRng *rng = nb_ctx_rng(l->ctx);
    for (int64_t i = 0; i < l->rows; i++) {
        l->order[i] = i;
    }
    for (int64_t i = l->rows - 1; i > 0; i--) {
        int64_t j = (int64_t)(nb_drawn(NB_DRAWS_VALUES, nb_rng_uniform(rng)) * (double)(i + 1));
        int64_t keep = l->order[i];
        l->order[i] = l->order[j];
        l->order[j] = keep;
    }
}

static NbShape part_shape(const NbTensor *from, int64_t n)
{
    NbShape s = from->shape;
    s.dim[0] = n;
    return s;
}

static int64_t row_size(const NbTensor *t)
{
    return t->shape.dim[0] > 0 ? t->size / t->shape.dim[0] : 0;
}

/* A view of n rows that follow each other. */
static NbTensor *rows_view(const NbTensor *from, int64_t first, int64_t n, NbErr *err)
{
    NbShape s = part_shape(from, n);
    return nb_tensor_view(from, &s, from->stride, first * from->stride[0], err);
}

/* A copy of n rows: those in `which`, or from `first` on when it is NULL. */
static NbTensor *rows_copy(const NbTensor *from, const int64_t *which, int64_t first, int64_t n,
                           NbErr *err)
{
    NbShape s = part_shape(from, n);
    NbTensor *to = nb_tensor_new(&s, err);
    int64_t width = row_size(from);
    for (int64_t i = 0; to && i < n; i++) {
        int64_t row = (which ? which[i] : i) + first;
        if (from->contiguous) {
            memcpy(to->data + i * width, from->data + row * width, (size_t)width * sizeof(double));
            continue;
        }
        for (int64_t k = 0; k < width; k++) {
            to->data[i * width + k] = nb_tensor_at(from, row * width + k);
        }
    }
    return to;
}

/* New const of n rows. Rows of a const that follow each other are seen in place; of a variable,
 * which optimizers write into, they are copied. */
static NbVar *take(const NbLoader *l, const NbVar *from, const int64_t *which, int64_t first,
                   int64_t n)
{
    NbErr *err = nb_ctx_err(l->ctx);
    NbTensor tmp;
    const NbTensor *data = nb_var_data(from, &tmp);
    bool in_place = !which && nb_var_kind(from) == NB_CONST;
    NbTensor *t = in_place ? rows_view(data, first, n, err) : rows_copy(data, which, first, n, err);
    return nb_var_tensor(l->ctx, t, NB_CONST);
}

NbStatus nb_loader_next(NbLoader *l, NbVar **x, NbVar **t)
{
    if (!l || !x || !t) {
        return NB_EVALUE;
    }
    *x = *t = NULL;
    if (l->at == l->parts) {
        l->at = 0;
        return NB_OK;
    }
    if (l->at == 0 && l->shuffle) {
        shuffle(l);
    }
    int64_t first = l->at * l->size, n = l->rows - first < l->size ? l->rows - first : l->size;
    const int64_t *which = NULL;
    if (l->sequences) {
        n = l->size;
        for (int64_t i = 0; i < n; i++) {
            l->order[i] = i * l->parts + l->at;
        }
        which = l->order;
    } else if (l->shuffle) {
        which = l->order + first;
    }
    first = which ? 0 : first;
    *x = take(l, l->x, which, first, n);
    *t = *x ? take(l, l->t ? l->t : l->x, which, l->t ? first : first + 1, n) : NULL;
    if (!*t) {
        nb_var_unref(x);
        return nb_ctx_err(l->ctx)->code;
    }
    l->at++;
    return NB_OK;
}

void nb_loader_rewind(NbLoader *l)
{
    if (!l) {
        return;
    }
    l->at = 0;
}

/* --- looking --- */

int64_t nb_loader_parts(const NbLoader *l)
{
    return l ? l->parts : 0;
}

int64_t nb_loader_rows(const NbLoader *l)
{
    return l ? l->rows : 0;
}

int64_t nb_loader_size(const NbLoader *l)
{
    return l ? l->size : 0;
}

bool nb_loader_shuffles(const NbLoader *l)
{
    return l && l->shuffle;
}

bool nb_loader_is_sequences(const NbLoader *l)
{
    return l && l->sequences;
}
