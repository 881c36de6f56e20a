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

/* n more numbers are done: not NB_OK when it was time to look, and the flag was set. */
static inline NbStatus part_done(int64_t *left, int64_t n, NbErr *err)
{
    *left -= n;
    if (*left > 0) {
        return NB_OK;
    }
    *left = NB_PART;
    return nb_go_on(err);
}

NbStatus nb_map1(const NbTensor *a, NbTensor *y, NbRow1 *row, NbErr *err)
{
    const NbTensor *t[2] = {y, a};
    double buf[BLOCK];
    int64_t left = NB_PART;
    NbLoop l;
    for (bool go = nb_loop_begin(&l, &y->shape, t, 2); go; go = nb_loop_next(&l)) {
        const bool dense = l.step[1] == 1;
        const int64_t most = dense ? NB_PART : BLOCK;
        for (int64_t k = 0; k < l.inner; k += most) {
            const int64_t m = l.inner - k < most ? l.inner - k : most;
            const double *pa = l.p[1] + k * l.step[1];
            row(m, dense ? pa : gather(pa, l.step[1], m, buf), l.p[0] + k);
            if (part_done(&left, m, err) != NB_OK) {
                return NB_EINTERRUPT;
            }
        }
    }
    return NB_OK;
}

NbStatus nb_map2(const NbTensor *a, const NbTensor *b, NbTensor *y, NbRow2 *row, NbErr *err)
{
    const NbTensor *t[3] = {y, a, b};
    double buf[2][BLOCK];
    int64_t left = NB_PART;
    NbLoop l;
    for (bool go = nb_loop_begin(&l, &y->shape, t, 3); go; go = nb_loop_next(&l)) {
        const int64_t most = l.step[1] == 1 && l.step[2] == 1 ? NB_PART : BLOCK;
        for (int64_t k = 0; k < l.inner; k += most) {
            const int64_t m = l.inner - k < most ? l.inner - k : most;
            const double *pa = gather(l.p[1] + k * l.step[1], l.step[1], m, buf[0]);
            const double *pb = gather(l.p[2] + k * l.step[2], l.step[2], m, buf[1]);
            row(m, pa, pb, l.p[0] + k);
            if (part_done(&left, m, err) != NB_OK) {
                return NB_EINTERRUPT;
            }
        }
    }
    return NB_OK;
}

/* to (+)= t, or its sum when `to` is a single number. */
static void deposit(double *to, int64_t step, const double *t, int64_t n)
{
    if (step == 0) {
        *to += nb_sum_of(t, n, 1);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        to[i * step] += t[i];
    }
}

/* Every operand dense, and nothing to add to: rows go straight into gin. */
static bool all_dense(const int64_t step[5])
{
    return step[0] == 1 && step[1] == 1 && step[2] == 1 && step[3] == 1 && step[4] == 1;
}

NbStatus nb_map_grad(const NbTensor *a, const NbTensor *b, const NbTensor *y, const NbTensor *g,
                     NbTensor *gin, bool add, NbRowGrad *row, NbErr *err)
{
    const NbTensor *t[5] = {gin, g, y, a, b != NULL ? b : a};
    double buf[5][BLOCK];
    int64_t left = NB_PART;
    NbLoop l;
    if (!add && gin->size != y->size) {
        nb_tensor_fill(gin, 0);
        add = true;
    }
    for (bool go = nb_loop_begin(&l, &y->shape, t, 5); go; go = nb_loop_next(&l)) {
        const int64_t *s = l.step;
        const int64_t most = !add && all_dense(s) ? NB_PART : BLOCK;
        for (int64_t k = 0; k < l.inner; k += most) {
            const int64_t m = l.inner - k < most ? l.inner - k : most;
            const double *pg = gather(l.p[1] + k * s[1], s[1], m, buf[1]);
            const double *py = gather(l.p[2] + k * s[2], s[2], m, buf[2]);
            const double *pa = gather(l.p[3] + k * s[3], s[3], m, buf[3]);
            const double *pb = gather(l.p[4] + k * s[4], s[4], m, buf[4]);
            double *to = l.p[0] + k * s[0];
            const bool straight = !add && s[0] == 1;
            row(m, pa, pb, py, pg, straight ? to : buf[0]);
            if (!straight && add) {
                deposit(to, s[0], buf[0], m);
            }
            for (int64_t i = 0; !straight && !add && i < m; i++) {
                to[i * s[0]] = buf[0][i];
            }
            if (part_done(&left, m, err) != NB_OK) {
                return NB_EINTERRUPT;
            }
        }
    }
    return NB_OK;
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

NbStatus nb_vjp_summed_until(NbTensor *gin, const NbTensor *g, bool add, NbErr *err)
{
    const volatile sig_atomic_t *stop = err != NULL ? err->stop : NULL;
    const NbTensor *t[2] = {gin, g};
    NbLoop l;
    if (!add && gin->size == g->size) {
        nb_vjp_scaled(gin, g, 1, false);
        return NB_OK;
    }
    if (!add) {
        nb_tensor_fill(gin, 0);
    }
    bool go = nb_loop_begin(&l, &g->shape, t, 2);
    if (go && nb_loop_repeats(&l, 0)) {
        nb_dense_sum_rows(l.p[0], l.p[1], l.dim[0], l.inner, true);
        return NB_OK;
    }
    for (; go; go = nb_loop_next(&l)) {
        if (l.step[0] == 0) {
            *l.p[0] += nb_sum_until(l.p[1], l.inner, l.step[1], stop);
            continue;
        }
        for (int64_t i = 0; i < l.inner; i++) {
            l.p[0][i * l.step[0]] += l.p[1][i * l.step[1]];
        }
    }
    return nb_go_on(err);
}

void nb_vjp_summed(NbTensor *gin, const NbTensor *g, bool add)
{
    nb_vjp_summed_until(gin, g, add, NULL);
}
