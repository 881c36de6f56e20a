/* loop.c -- the broadcasting loop behind every kernel, and the fixed-order sum */
#include "tensor/loop.h"

#include "tensor/clones.h"

#define BLOCK 512 /* numbers summed in lanes before blocks are added in pairs */
#define LANES 8
#define STOP_LEVEL 9 /* the stop flag is looked at when 2^9 blocks have been added */

/* One row over everything when each operand is dense of full size or a single number. */
static bool begin_flat(NbLoop *l, int64_t size, const NbTensor *const t[], int n)
{
    for (int k = 0; k < n; k++) {
        if (t[k]->size == size && t[k]->contiguous) {
            l->step[k] = 1;
        } else if (t[k]->size == 1) {
            l->step[k] = 0;
        } else {
            return false;
        }
        l->p[k] = t[k]->data;
    }
    l->n = n;
    l->outer = 0;
    l->inner = size;
    return true;
}

static int64_t aligned_stride(const NbTensor *t, int rank, int axis)
{
    const int own = axis - (rank - t->shape.rank);
    return own < 0 || t->shape.dim[own] == 1 ? 0 : t->stride[own];
}

/* Appends an axis of the shape, joined to the one before it when all operands allow. */
static void push_axis(NbLoop *l, int64_t dim, const int64_t *stride)
{
    if (l->outer > 0) {
        const int last = l->outer - 1;
        bool joins = true;
        for (int k = 0; k < l->n; k++) {
            joins = joins && l->stride[k][last] == dim * stride[k];
        }
        if (joins) {
            l->dim[last] *= dim;
            for (int k = 0; k < l->n; k++) {
                l->stride[k][last] = stride[k];
            }
            return;
        }
    }
    l->dim[l->outer] = dim;
    for (int k = 0; k < l->n; k++) {
        l->stride[k][l->outer] = stride[k];
    }
    l->outer++;
}

bool nb_loop_begin(NbLoop *l, const NbShape *shape, const NbTensor *const t[], int n)
{
    int64_t size = 1;
    for (int i = 0; i < shape->rank; i++) {
        size *= shape->dim[i];
    }
    if (size == 0) {
        return false;
    }
    if (begin_flat(l, size, t, n)) {
        return true;
    }
    l->n = n;
    l->outer = 0;
    for (int i = 0; i < shape->rank; i++) {
        int64_t stride[NB_LOOP_MAX];
        if (shape->dim[i] == 1) {
            continue;
        }
        for (int k = 0; k < n; k++) {
            stride[k] = aligned_stride(t[k], shape->rank, i);
        }
        push_axis(l, shape->dim[i], stride);
    }
    l->inner = 1;
    if (l->outer > 0) {
        l->inner = l->dim[--l->outer];
    }
    for (int k = 0; k < n; k++) {
        l->p[k] = t[k]->data;
        l->step[k] = l->inner > 1 ? l->stride[k][l->outer] : 1;
    }
    for (int i = 0; i < l->outer; i++) {
        l->at[i] = 0;
    }
    return true;
}

bool nb_loop_next(NbLoop *l)
{
    for (int i = l->outer - 1; i >= 0; i--) {
        for (int k = 0; k < l->n; k++) {
            l->p[k] += l->stride[k][i];
        }
        if (++l->at[i] < l->dim[i]) {
            return true;
        }
        for (int k = 0; k < l->n; k++) {
            l->p[k] -= l->stride[k][i] * l->dim[i];
        }
        l->at[i] = 0;
    }
    return false;
}

void nb_row_major(const NbShape *s, int64_t stride[NB_MAX_RANK])
{
    int64_t step = 1;
    for (int i = s->rank - 1; i >= 0; i--) {
        stride[i] = step;
        step *= s->dim[i] > 0 ? s->dim[i] : 1;
    }
}

bool nb_is_row_major(const NbShape *s, const int64_t *stride)
{
    int64_t step = 1;
    for (int i = 0; i < s->rank; i++) {
        if (s->dim[i] == 0) {
            return true;
        }
    }
    for (int i = s->rank - 1; i >= 0; i--) {
        if (s->dim[i] != 1 && stride[i] != step) {
            return false;
        }
        step *= s->dim[i];
    }
    return true;
}

NbTensor nb_tensor_over(double *data, const NbShape *s, const int64_t *stride)
{
    NbTensor t = {.data = data, .size = 1, .shape = *s, .refs = 1};
    for (int i = 0; i < s->rank; i++) {
        t.stride[i] = stride[i];
        t.size *= s->dim[i];
    }
    t.contiguous = nb_is_row_major(s, stride);
    return t;
}

/* At most BLOCK numbers; the lanes make the order independent of the vector width. */
NB_CLONES static double sum_block(const double *x, int64_t n)
{
    double lane[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (int j = 0; j < LANES; j++) {
            lane[j] += x[i + j];
        }
    }
    for (int j = 0; i + j < n; j++) {
        lane[j] += x[i + j];
    }
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

static double sum_strided(const double *x, int64_t n, int64_t step)
{
    double buf[BLOCK];
    for (int64_t i = 0; i < n; i++) {
        buf[i] = x[i * step];
    }
    return sum_block(buf, n);
}

double nb_sum_of(const double *x, int64_t n, int64_t step)
{
    return nb_sum_until(x, n, step, NULL);
}

double nb_sum_until(const double *x, int64_t n, int64_t step, const volatile sig_atomic_t *stop)
{
    double part[64]; /* part[l] is a sum of 2^l blocks, present when bit l of `have` is set */
    uint64_t have = 0;
    double total = 0;
    if (n <= BLOCK) {
        return step == 1 ? sum_block(x, n) : sum_strided(x, n, step);
    }
    for (int64_t i = 0; i < n; i += BLOCK) {
        const int64_t m = n - i < BLOCK ? n - i : BLOCK;
        double s = step == 1 ? sum_block(x + i, m) : sum_strided(x + i * step, m, step);
        int level = 0;
        for (; have >> level & 1; level++) {
            s += part[level];
            have &= ~((uint64_t)1 << level);
        }
        part[level] = s;
        have |= (uint64_t)1 << level;
        if (level >= STOP_LEVEL && stop != NULL && *stop) {
            return 0;
        }
    }
    for (int level = 0; have >> level != 0; level++) {
        if (have >> level & 1) {
            total += part[level];
        }
    }
    return total;
}
