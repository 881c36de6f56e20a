/* dense.c -- loops over the rows of dense matrices */

/* Columns are taken eight at a time, as one vector, down all rows; what is left over is taken
 * column by column. Short rows thus cost no loops of their own. Every element sees the same
 * operations in the same order, whatever the processor's vectors hold. */
#include "tensor/dense.h"

#include <string.h>

#include "tensor/clones.h"

#define TILE 8
#define WAYS 4  /* sums of a column that do not wait for each other */
#define WIDE 64 /* longer rows are walked one after the other, as the cache wants them */

/* Eight numbers at any address of a double. */
typedef double Eight
    __attribute__((vector_size(TILE * sizeof(double)), aligned(sizeof(double)), may_alias));
#define EIGHT(p) (*(Eight *)(uintptr_t)(p))

NB_CLONES void nb_dense_repeat(double *to, const double *row, int64_t m, int64_t n)
{
    int64_t j = 0;
    if (n > WIDE) {
        for (int64_t i = 0; i < m; i++) {
            memcpy(to + i * n, row, (size_t)n * sizeof *to);
        }
        return;
    }
    for (; j + TILE <= n; j += TILE) {
        const Eight v = EIGHT(row + j);
        for (int64_t i = 0; i < m; i++) {
            EIGHT(to + i * n + j) = v;
        }
    }
    for (; j < n; j++) {
        const double v = row[j];
        for (int64_t i = 0; i < m; i++) {
            to[i * n + j] = v;
        }
    }
}

/* Four rows at a time onto the sums. */
NB_CLONES static void sum_wide(double *restrict to, const double *restrict x, int64_t m, int64_t n)
{
    int64_t i = 0;
    for (; i + WAYS <= m; i += WAYS, x += WAYS * n) {
        for (int64_t j = 0; j < n; j++) {
            to[j] += (x[j] + x[2 * n + j]) + (x[n + j] + x[3 * n + j]);
        }
    }
    for (; i < m; i++, x += n) {
        for (int64_t j = 0; j < n; j++) {
            to[j] += x[j];
        }
    }
}

NB_CLONES static void sum_short(double *to, const double *x, int64_t m, int64_t n, bool add)
{
    int64_t j = 0;
    for (; j + TILE <= n; j += TILE) {
        const double *p = x + j;
        Eight s[WAYS] = {{0}};
        int64_t i = 0;
        for (; i + WAYS <= m; i += WAYS, p += WAYS * n) {
            s[0] += EIGHT(p);
            s[1] += EIGHT(p + n);
            s[2] += EIGHT(p + 2 * n);
            s[3] += EIGHT(p + 3 * n);
        }
        for (int r = 0; i < m; i++, r++, p += n) {
            s[r] += EIGHT(p);
        }
        Eight sum = (s[0] + s[2]) + (s[1] + s[3]);
        if (add) {
            sum += EIGHT(to + j);
        }
        EIGHT(to + j) = sum;
    }
    for (; j < n; j++) {
        const double *p = x + j;
        double s[WAYS] = {0};
        int64_t i = 0;
        for (; i + WAYS <= m; i += WAYS, p += WAYS * n) {
            s[0] += p[0];
            s[1] += p[n];
            s[2] += p[2 * n];
            s[3] += p[3 * n];
        }
        for (int r = 0; i < m; i++, r++, p += n) {
            s[r] += *p;
        }
        const double sum = (s[0] + s[2]) + (s[1] + s[3]);
        to[j] = add ? to[j] + sum : sum;
    }
}

void nb_dense_sum_rows(double *to, const double *x, int64_t m, int64_t n, bool add)
{
    if (n <= WIDE) {
        sum_short(to, x, m, n, add);
        return;
    }
    if (!add) {
        memset(to, 0, (size_t)n * sizeof *to);
    }
    sum_wide(to, x, m, n);
}

NB_CLONES void nb_dense_weigh_rows(double *to, const double *x, const double *w, int64_t step,
                                   int64_t m, int64_t n, bool add)
{
    int64_t j = 0;
    for (; j + TILE <= n; j += TILE) {
        const double *p = x + j, *f = w;
        Eight s[WAYS] = {{0}};
        int64_t i = 0;
        for (; i + WAYS <= m; i += WAYS, p += WAYS * n, f += WAYS * step) {
            s[0] += f[0] * EIGHT(p);
            s[1] += f[step] * EIGHT(p + n);
            s[2] += f[2 * step] * EIGHT(p + 2 * n);
            s[3] += f[3 * step] * EIGHT(p + 3 * n);
        }
        for (int r = 0; i < m; i++, r++, p += n, f += step) {
            s[r] += *f * EIGHT(p);
        }
        Eight sum = (s[0] + s[2]) + (s[1] + s[3]);
        if (add) {
            sum += EIGHT(to + j);
        }
        EIGHT(to + j) = sum;
    }
    for (; j < n; j++) {
        const double *p = x + j, *f = w;
        double s[WAYS] = {0};
        int64_t i = 0;
        for (; i + WAYS <= m; i += WAYS, p += WAYS * n, f += WAYS * step) {
            s[0] += f[0] * p[0];
            s[1] += f[step] * p[n];
            s[2] += f[2 * step] * p[2 * n];
            s[3] += f[3 * step] * p[3 * n];
        }
        for (int r = 0; i < m; i++, r++, p += n, f += step) {
            s[r] += *f * *p;
        }
        const double sum = (s[0] + s[2]) + (s[1] + s[3]);
        to[j] = add ? to[j] + sum : sum;
    }
}

NB_CLONES void nb_dense_outer(double *to, const double *a, int64_t step, const double *b, int64_t m,
                              int64_t n, bool add)
{
    int64_t j = 0;
    for (; j + TILE <= n; j += TILE) {
        const Eight v = EIGHT(b + j);
        for (int64_t i = 0; i < m; i++) {
            double *p = to + i * n + j;
            Eight y = a[i * step] * v;
            if (add) {
                y += EIGHT(p);
            }
            EIGHT(p) = y;
        }
    }
    for (; j < n; j++) {
        const double v = b[j];
        for (int64_t i = 0; i < m; i++) {
            double *p = to + i * n + j;
            const double y = a[i * step] * v;
            *p = add ? *p + y : y;
        }
    }
}
