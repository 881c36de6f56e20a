/* blas_own.c -- matrix products without a library: packed panels and a small block of sums */

/* The order of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008):
 * a panel of B that stays in the outer cache, blocks of A that stay in the inner one, both packed
 * so that the kernel reads along. Each element of C is summed in the order of k, in parts of DEPTH
 * terms, whatever the width of vectors: all machines give the same numbers. */
#include <string.h>

#include "tensor/blas.h"
#include "tensor/clones.h"
#include "tensor/storage.h"

#define DEPTH 256
#define A_ROWS 64
#define B_COLS 512
#define ROWS 4 /* of the block of sums */
#ifdef __wasm__
#define COLS 4 /* vectors of two in sixteen registers */
#else
#define COLS 8
#endif
#define LANES 8 /* of a sum along dense memory */

void nb_blas_threads(int n)
{
    (void)n;
}

const char *nb_blas_name(void)
{
    return "own";
}

static inline int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Strips of `width` rows of m, k after k; rows that are missing in the last strip are 0. */
static void pack(const NbMatrix *m, int64_t width, double *to)
{
    for (int64_t i = 0; i < m->rows; i += width) {
        const int64_t here = least(width, m->rows - i);
        for (int64_t k = 0; k < m->cols; k++, to += width) {
            const double *from = m->p + i * m->row + k * m->col;
            for (int64_t r = 0; r < here; r++) {
                to[r] = from[r * m->row];
            }
            for (int64_t r = here; r < width; r++) {
                to[r] = 0;
            }
        }
    }
}

/* sum[i][j] = Σ_k a[k][i]·b[k][j] */
NB_CLONES
static void block(const double *restrict a, const double *restrict b, int64_t depth,
                  double sum[restrict ROWS][COLS])
{
    double s[ROWS][COLS] = {{0}};
    for (int64_t k = 0; k < depth; k++, a += ROWS, b += COLS) {
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLS; j++) {
                s[i][j] += a[i] * b[j];
            }
        }
    }
    memcpy(sum, s, sizeof s);
}

/* The products of a packed block of A and a packed panel of B are added to c. */
static void blocks(const double *a, const double *b, int64_t depth, const NbMatrix *c)
{
    double sum[ROWS][COLS];
    for (int64_t j = 0; j < c->cols; j += COLS) {
        const int64_t cols = least(COLS, c->cols - j);
        for (int64_t i = 0; i < c->rows; i += ROWS) {
            const int64_t rows = least(ROWS, c->rows - i);
            block(a + i * depth, b + j * depth, depth, sum);
            for (int64_t r = 0; r < rows; r++) {
                double *to = c->p + (i + r) * c->row + j;
                for (int64_t q = 0; q < cols; q++) {
                    to[q] += sum[r][q];
                }
            }
        }
    }
}

static NbMatrix part(const NbMatrix *m, int64_t i, int64_t j, int64_t rows, int64_t cols)
{
    return (NbMatrix){m->p + i * m->row + j * m->col, least(rows, m->rows - i),
                      least(cols, m->cols - j), m->row, m->col};
}

static NbStatus panels(const NbMatrix *a, const NbMatrix *b, const NbMatrix *c, NbErr *err)
{
    const int64_t depth = least(DEPTH, a->cols);
    const int64_t height = least(A_ROWS, c->rows) + ROWS;
    double *pa = nb_scratch(depth * (height + least(B_COLS, c->cols) + COLS));
    if (pa == NULL) {
        return nb_fail(err, NB_EMEM, "out of memory for a matrix product");
    }
    double *pb = pa + depth * height;
    for (int64_t j = 0; j < c->cols; j += B_COLS) {
        for (int64_t k = 0; k < a->cols; k += DEPTH) {
            const NbMatrix panel = part(b, k, j, DEPTH, B_COLS);
            const NbMatrix strips = nb_matrix_t(panel);
            pack(&strips, COLS, pb);
            for (int64_t i = 0; i < c->rows; i += A_ROWS) {
                const NbMatrix some = part(a, i, k, A_ROWS, DEPTH);
                const NbMatrix to = part(c, i, j, A_ROWS, B_COLS);
                pack(&some, ROWS, pa);
                blocks(pa, pb, panel.rows, &to);
            }
        }
    }
    nb_scratch_free(pa);
    return NB_OK;
}

NB_CLONES
static double dense_dot(const double *restrict x, const double *restrict y, int64_t n)
{
    double s[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (int l = 0; l < LANES; l++) {
            s[l] += x[i + l] * y[i + l];
        }
    }
    for (; i < n; i++) {
        s[i % LANES] += x[i] * y[i];
    }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

NB_CLONES
static void dense_axpy(double *restrict y, double f, const double *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        y[i] += f * x[i];
    }
}

/* y += M x, x and y dense: along the rows of M where those are dense, else along its columns. */
static void dense_vector(const NbMatrix *m, const double *x, double *y)
{
    if (m->col == 1 || m->cols == 1) {
        for (int64_t i = 0; i < m->rows; i++) {
            y[i] += dense_dot(m->p + i * m->row, x, m->cols);
        }
        return;
    }
    for (int64_t j = 0; j < m->cols; j++) {
        const double *column = m->p + j * m->col;
        if (m->row == 1) {
            dense_axpy(y, x[j], column, m->rows);
            continue;
        }
        for (int64_t i = 0; i < m->rows; i++) {
            y[i] += x[j] * column[i * m->row];
        }
    }
}

/* The same for vectors with steps. */
static NbStatus vector(const NbMatrix *m, const double *x, int64_t xstep, double *y, int64_t ystep,
                       NbErr *err)
{
    double *mem = nb_scratch(m->cols + m->rows);
    if (mem == NULL) {
        return nb_fail(err, NB_EMEM, "out of memory for a matrix product");
    }
    double *to = mem + m->cols;
    for (int64_t j = 0; j < m->cols; j++) {
        mem[j] = x[j * xstep];
    }
    for (int64_t i = 0; i < m->rows; i++) {
        to[i] = y[i * ystep];
    }
    dense_vector(m, mem, to);
    for (int64_t i = 0; i < m->rows; i++) {
        y[i * ystep] = to[i];
    }
    nb_scratch_free(mem);
    return NB_OK;
}

NbStatus nb_blas_product(NbMatrix a, NbMatrix b, NbMatrix c, bool add, NbErr *err)
{
    for (int64_t i = 0; !add && i < c.rows; i++) {
        memset(c.p + i * c.row, 0, (size_t)c.cols * sizeof *c.p);
    }
    if (c.cols == 1) {
        return vector(&a, b.p, b.row, c.p, c.row, err);
    }
    if (c.rows == 1) {
        const NbMatrix bt = nb_matrix_t(b);
        return vector(&bt, a.p, a.col, c.p, 1, err);
    }
    return panels(&a, &b, &c, err);
}
