/* elementwise.c -- applies row kernels to tensors of any layout, forward and backward */
#include <string.h>

#include "ops/elementwise.h"
#include "ops/ops.h"
#include "tensor/dense.h"
#include "tensor/loop.h"

#define BLOCK 256 /* numbers gathered at a time; the buffers stay in the first cache */

const NbParam nb_params_x[1] = {{"x", NB_P_VAR, NULL}};
const NbParam nb_params_ab[2] = {{"a", NB_P_VAR, NULL}, {"b", NB_P_VAR, NULL}};

static const double *gather(const double *p, int64_t step, int64_t n, double *buf)
{
    if (step == 1) {
        return p;
    }
    if (step == 0) {
        const double v = *p;
        for (int64_t i = 0; i < n; i++) {
            buf[i] = v;
        }
        return buf;
    }
    for (int64_t i = 0; i < n; i++) {
        buf[i] = p[i * step];
    }
    return buf;
}

static int64_t block_of(int64_t inner, int64_t from)
{
    return inner - from < BLOCK ? inner - from : BLOCK;
}

void nb_map1(const NbTensor *a, NbTensor *y, NbRow1 *row)
{
    const NbTensor *t[2] = {y, a};
    double buf[BLOCK];
    NbLoop l;
    for (bool go = nb_loop_begin(&l, &y->shape, t, 2); go; go = nb_loop_next(&l)) {
        if (l.step[1] == 1) {
            row(l.inner, l.p[1], l.p[0]);
            continue;
        }
        for (int64_t k = 0; k < l.inner; k += BLOCK) {
            const int64_t m = block_of(l.inner, k);
            row(m, gather(l.p[1] + k * l.step[1], l.step[1], m, buf), l.p[0] + k);
        }
    }
}

void nb_map2(const NbTensor *a, const NbTensor *b, NbTensor *y, NbRow2 *row)
{
    const NbTensor *t[3] = {y, a, b};
    double buf[2][BLOCK];
    NbLoop l;
    for (bool go = nb_loop_begin(&l, &y->shape, t, 3); go; go = nb_loop_next(&l)) {
        if (l.step[1] == 1 && l.step[2] == 1) {
            row(l.inner, l.p[1], l.p[2], l.p[0]);
            continue;
        }
        for (int64_t k = 0; k < l.inner; k += BLOCK) {
            const int64_t m = block_of(l.inner, k);
            const double *pa = gather(l.p[1] + k * l.step[1], l.step[1], m, buf[0]);
            const double *pb = gather(l.p[2] + k * l.step[2], l.step[2], m, buf[1]);
            row(m, pa, pb, l.p[0] + k);
        }
    }
}

/* to (+)= t, or its sum when `to` is a single number. */
static void deposit(double *to, int64_t step, const double *t, int64_t n)
{
    if (step == 0) {
        *to += nb_sum(t, n, 1);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        to[i * step] += t[i];
    }
}

void nb_map_grad(const NbTensor *a, const NbTensor *b, const NbTensor *y, const NbTensor *g,
                 NbTensor *gin, bool add, NbRowGrad *row)
{
    const NbTensor *t[5] = {gin, g, y, a, b != NULL ? b : a};
    double buf[5][BLOCK];
    NbLoop l;
    if (!add && gin->size != y->size) {
        nb_tensor_fill(gin, 0);
        add = true;
    }
    for (bool go = nb_loop_begin(&l, &y->shape, t, 5); go; go = nb_loop_next(&l)) {
        const int64_t *s = l.step;
        if (!add && s[0] == 1 && s[1] == 1 && s[2] == 1 && s[3] == 1 && s[4] == 1) {
            row(l.inner, l.p[3], l.p[4], l.p[2], l.p[1], l.p[0]);
            continue;
        }
        for (int64_t k = 0; k < l.inner; k += BLOCK) {
            const int64_t m = block_of(l.inner, k);
            const double *pg = gather(l.p[1] + k * s[1], s[1], m, buf[1]);
            const double *py = gather(l.p[2] + k * s[2], s[2], m, buf[2]);
            const double *pa = gather(l.p[3] + k * s[3], s[3], m, buf[3]);
            const double *pb = gather(l.p[4] + k * s[4], s[4], m, buf[4]);
            double *to = l.p[0] + k * s[0];
            if (!add && s[0] == 1) {
                row(m, pa, pb, py, pg, to);
                continue;
            }
            row(m, pa, pb, py, pg, buf[0]);
            if (add) {
                deposit(to, s[0], buf[0], m);
            } else {
                for (int64_t i = 0; i < m; i++) {
                    to[i * s[0]] = buf[0][i];
                }
            }
        }
    }
}

void nb_vjp_scaled(NbTensor *gin, const NbTensor *g, double factor, bool add)
{
    const NbTensor *t[2] = {gin, g};
    NbLoop l;
    for (bool go = nb_loop_begin(&l, &gin->shape, t, 2); go; go = nb_loop_next(&l)) {
        double *to = l.p[0];
        const double *from = l.p[1];
        for (int64_t i = 0; i < l.inner; i++) {
            const double v = factor * from[i * l.step[1]];
            to[i * l.step[0]] = add ? to[i * l.step[0]] + v : v;
        }
    }
}

void nb_vjp_summed(NbTensor *gin, const NbTensor *g, bool add)
{
    const NbTensor *t[2] = {gin, g};
    NbLoop l;
    if (!add && gin->size == g->size) {
        nb_vjp_scaled(gin, g, 1, false);
        return;
    }
    if (!add) {
        nb_tensor_fill(gin, 0);
    }
    bool go = nb_loop_begin(&l, &g->shape, t, 2);
    if (go && nb_loop_repeats(&l, 0)) {
        nb_dense_sum_rows(l.p[0], l.p[1], l.dim[0], l.inner, true);
        return;
    }
    for (; go; go = nb_loop_next(&l)) {
        if (l.step[0] == 0) {
            *l.p[0] += nb_sum(l.p[1], l.inner, l.step[1]);
            continue;
        }
        for (int64_t i = 0; i < l.inner; i++) {
            l.p[0][i * l.step[0]] += l.p[1][i * l.step[1]];
        }
    }
}
