/* cofactors.c -- cofactors of square matrices, and what they are derived to along others */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "ops/elementwise.h"
#include "ops/matrices.h"
#include "ops/ops.h"
#include "tensor/storage.h"

#define SMALL 3 /* rows of a matrix whose minors are written out */
#define MOST 32 /* operands of cofactors_along, one more than there may be */

/* Room for one matrix and its directions. */
typedef struct Along {
    double **given; /* the matrix, then the directions */
    double **made;  /* the directions beside the pivots, see undo_factors */
    double *lu, *sum, *all;
    int64_t *row, *col; /* which of the matrix stand where in lu */
    int64_t *at;
    int *times;
    bool *used;
    int n; /* directions */
} Along;

/* --- cofactors --- */

static NbStatus cofactors_shape(NbTensors in, int n, NbAttrs *at, NbShape *out, NbErr *err)
{
    (void)n, (void)at;
    *out = in[0]->shape;
    return nb_is_square(out) ? NB_OK : nb_fail_square("cofactors", out, err);
}

static void swap_rows(double *a, int64_t n, int64_t i, int64_t k)
{
    for (int64_t j = 0; j < n; j++) {
        double x = a[k * n + j];
        a[k * n + j] = a[i * n + j];
        a[i * n + j] = x;
    }
}

static void swap_columns(double *a, int64_t n, int64_t i, int64_t k)
{
    for (int64_t j = 0; j < n; j++) {
        double x = a[j * n + k];
        a[j * n + k] = a[j * n + i];
        a[j * n + i] = x;
    }
}

static void swap_order(int64_t *order, int64_t i, int64_t k)
{
    int64_t x = order[k];
    order[k] = order[i];
    order[i] = x;
}

/* PAQ = LU in place, each pivot the largest number left, so that zeros come last. *rank is the
 * number of pivots; *sign that of PQ. */
static NbStatus factor_fully(Along *w, int64_t n, double *sign, int64_t *rank, NbErr *err)
{
    double *a = w->lu;
    NbStatus s = NB_OK;
    *sign = 1;
    for (int64_t k = 0; k < n; k++) {
        w->row[k] = w->col[k] = k;
    }
    for (*rank = 0; s == NB_OK && *rank < n; ++*rank) {
        const int64_t k = *rank;
        int64_t p = k * n + k;
        for (int64_t i = k; i < n; i++) {
            for (int64_t j = k; j < n; j++) {
                p = fabs(a[i * n + j]) > fabs(a[p]) ? i * n + j : p;
            }
        }
        if (a[p] == 0) {
            break;
        }
        *sign = (p / n != k) == (p % n != k) ? *sign : -*sign;
        swap_order(w->row, p / n, k);
        swap_order(w->col, p % n, k);
        swap_rows(a, n, p / n, k);
        swap_columns(a, n, p % n, k);
        for (int64_t i = k + 1; i < n; i++) {
            const double f = a[i * n + k] /= a[k * n + k];
            for (int64_t j = k + 1; j < n; j++) {
                a[i * n + j] -= f * a[k * n + j];
            }
        }
        s = nb_go_on(err);
    }
    return s;
}

/* Matrices that share out the rows of a minor: each as often as times says. */
typedef struct Mix {
    double *const *matrix;
    int *times;
    int n;
    int64_t size;           /* of each matrix */
    const int64_t *at;      /* rows and columns of the minor, in order, */
    int rows;               /* so many, less */
    int skip_row, skip_col; /* the one of these places */
    bool *used;             /* columns */
} Mix;

/* The sum, over all ways to give each row to a matrix, of the determinants of what comes about:
 * from the row in place `row` on, with the columns not used. */
static double mixed(const Mix *x, int row) // NOLINT(misc-no-recursion): as deep as there are rows
{
    row += row == x->skip_row;
    if (row == x->rows) {
        return 1;
    }
    double sum = 0, sign = 1;
    for (int col = 0; col < x->rows; col++) {
        if (x->used[col] || col == x->skip_col) {
            continue;
        }
        x->used[col] = true;
        for (int q = 0; q < x->n; q++) {
            const double v = x->times[q] ? x->matrix[q][x->at[row] * x->size + x->at[col]] : 0;
            if (v != 0) {
                x->times[q]--;
                sum += sign * v * mixed(x, row + 1);
                x->times[q]++;
            }
        }
        x->used[col] = false;
        sign = -sign;
    }
    return sum;
}

/* y += weight times the signed minors of the rows and columns at[0 … rows). */
static NbStatus add_minors(Mix *x, double weight, double *y, NbErr *err)
{
    NbStatus s = NB_OK;
    for (int i = 0; s == NB_OK && i < x->rows; i++) {
        x->skip_row = i;
        for (int j = 0; j < x->rows; j++) {
            x->skip_col = j;
            const double m = mixed(x, 0);
            y[x->at[i] * x->size + x->at[j]] += (i + j) % 2 ? -weight * m : weight * m;
        }
        s = nb_go_on(err);
    }
    return s;
}

/* The next choice of k of the numbers 0 … n-1, in order; false after the last. */
static bool next_choice(int64_t *at, int k, int64_t n)
{
    int i = k - 1;
    while (i >= 0 && at[i] == n - k + i) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    at[i]++;
    for (int j = i + 1; j < k; j++) {
        at[j] = at[j - 1] + 1;
    }
    return true;
}

/* With the pivots on the diagonal of lu as the matrix: of every choice of rows the directions take,
 * the product of the other pivots is a factor, so that nothing is divided by a pivot. */
static NbStatus minors_of_pivots(const double *lu, Mix *x, int64_t *at, double *y, NbErr *err)
{
    const int64_t n = x->size;
    NbStatus s = NB_OK;
    for (int i = 0; i < x->rows; i++) {
        at[i] = i;
    }
    do {
        double weight = 1;
        for (int64_t k = 0, i = 0; k < n; k++) {
            if (i < x->rows && at[i] == k) {
                i++;
            } else {
                weight *= lu[k * n + k];
            }
        }
        s = weight != 0 ? add_minors(x, weight, y, err) : NB_OK;
    } while (s == NB_OK && next_choice(at, x->rows, n));
    return s;
}

/* to = L⁻¹ from U⁻¹, rows and columns of `from` in the order of the pivots; U with ones. */
static void undo_factors(const Along *w, int64_t n, const double *from, double *to)
{
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            to[i * n + j] = from[w->row[i] * n + w->col[j]];
        }
        for (int64_t m = 0; m < i; m++) {
            for (int64_t j = 0; j < n; j++) {
                to[i * n + j] -= w->lu[i * n + m] * to[m * n + j];
            }
        }
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t m = 0; m < n; m++) {
            for (int64_t j = m + 1; j < n; j++) {
                to[i * n + j] -= to[i * n + m] * w->lu[m * n + j];
            }
        }
    }
}

/* x becomes L⁻ᵀ x U⁻ᵀ. */
static void undo_transposed(const Along *w, int64_t n, double *x)
{
    for (int64_t i = n; i-- > 0;) {
        for (int64_t m = i + 1; m < n; m++) {
            for (int64_t j = 0; j < n; j++) {
                x[i * n + j] -= w->lu[m * n + i] * x[m * n + j];
            }
        }
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = n; j-- > 0;) {
            for (int64_t m = j + 1; m < n; m++) {
                x[i * n + j] -= x[i * n + m] * w->lu[j * n + m];
            }
        }
    }
}

static void along_free(Along *w)
{
    nb_free(w->used);
    nb_free(w->times);
    nb_free(w->at);
    nb_free(w->given);
    nb_scratch_free(w->all);
}

static NbStatus along_make(Along *w, int directions, int64_t size, NbErr *err)
{
    const size_t n = (size_t)directions + 1 + SMALL;
    *w = (Along){.n = directions, .all = nb_scratch(2 * (directions + 2) * size * size + 1)};
    w->given = nb_alloc(2 * n * sizeof *w->given);
    w->at = nb_alloc((n + 2 * (size_t)size) * sizeof *w->at);
    w->times = nb_alloc(n * sizeof *w->times);
    w->used = nb_alloc(n * sizeof *w->used);
    if (!w->all || !w->given || !w->at || !w->times || !w->used) {
        return nb_fail(err, NB_EMEM, "out of memory in cofactors");
    }
    w->made = w->given + n;
    w->row = w->at + n;
    w->col = w->row + size;
    w->lu = w->all + 2 * (directions + 1) * size * size;
    w->sum = w->lu + size * size;
    for (int i = 0; i <= directions; i++) {
        w->given[i] = w->all + 2 * i * size * size;
        w->made[i] = w->given[i] + size * size;
    }
    for (size_t i = 0; i < n; i++) {
        w->used[i] = false;
    }
    return NB_OK;
}

static bool finite(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += 0 * x[i];
    }
    return sum == 0;
}

/* Up to SMALL rows the minors are written out, which loses the least. */
static NbStatus minors_written_out(Along *w, int64_t n, double *y, NbErr *err)
{
    for (int i = 0; i <= w->n; i++) {
        w->times[i] = i ? 1 : (int)n - 1 - w->n; /* the matrix itself takes the other rows */
    }
    for (int64_t i = 0; i < n; i++) {
        w->at[i] = i;
    }
    Mix x = {w->given, w->times, w->n + 1, n, w->at, (int)n, 0, 0, w->used};
    return add_minors(&x, 1, y, err);
}

/* PAQ = LDU with D the pivots, whose minors are products: C(A) = ± Pᵀ L⁻ᵀ C(D) U⁻ᵀ Qᵀ, and along a
 * G as along L⁻¹ PGQ U⁻¹ there. */
static NbStatus minors_by_pivots(Along *w, int64_t n, double *y, NbErr *err)
{
    int64_t rank;
    double sign;
    memcpy(w->lu, w->given[0], (size_t)(n * n) * sizeof *w->lu);
    NbStatus s = factor_fully(w, n, &sign, &rank, err);
    for (int64_t k = 0; k < rank; k++) {
        for (int64_t j = k + 1; j < n; j++) {
            w->lu[k * n + j] /= w->lu[k * n + k];
        }
    }
    for (int i = 0; i < w->n; i++) {
        w->times[i] = 1;
        undo_factors(w, n, w->given[i + 1], w->made[i]);
    }
    for (int64_t i = 0; i < n * n; i++) {
        w->sum[i] = 0;
    }
    Mix x = {w->made, w->times, w->n, n, w->at, w->n + 1, 0, 0, w->used};
    s = s == NB_OK ? minors_of_pivots(w->lu, &x, w->at, w->sum, err) : s;
    undo_transposed(w, n, w->sum);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            y[w->row[i] * n + w->col[j]] = sign * w->sum[i * n + j];
        }
    }
    return s;
}

/* Of the matrices in w->given: the derivative of the cofactors of the first along all others. */
static NbStatus minors_one(Along *w, int64_t n, double *y, NbErr *err)
{
    bool all = true;
    for (int i = 0; i <= w->n; i++) {
        all = all && finite(w->given[i], n * n);
    }
    for (int64_t i = 0; i < n * n; i++) {
        y[i] = all ? 0 : NAN;
    }
    if (!all || w->n >= n) {
        return NB_OK;
    }
    return n <= SMALL ? minors_written_out(w, n, y, err) : minors_by_pivots(w, n, y, err);
}

/* Operands: the matrix, then the matrices along which it is derived. */
static NbStatus cofactors_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                                  NbErr *err)
{
    const NbShape lead = nb_leading_axes(&out->shape, 2);
    const int64_t size = out->shape.dim[out->shape.rank - 1];
    Along w = {0};
    (void)ctx, (void)at;
    NbStatus s = along_make(&w, n - 1, size, err);
    for (int64_t i = 0, all = nb_matrix_count(&lead); s == NB_OK && size > 0 && i < all; i++) {
        for (int k = 0; k < n; k++) {
            nb_matrix_gather(in[k], nb_matrix_at(in[k], 2, &lead, i), size, size, w.given[k]);
        }
        s = minors_one(&w, size, out->data + i * size * size, err);
    }
    along_free(&w);
    return s;
}

/* Third and higher derivatives of det(A) do not care for the order of their directions: the
 * gradient by A goes along g as well, and that by a direction along g in its place. */
static NbVar *cofactors_grad(NbGrad *G, int i)
{
    const int n = nb_g_inputs(G);
    const NbShape *s = nb_var_shape(nb_g_in(G, 0));
    NbArg in[MOST];
    for (int k = 0; k < n; k++) {
        in[k] = NB_VAR(k > 0 && k == i ? nb_g_out(G) : nb_g_in(G, k));
    }
    if (i > 0) {
        return nb_g_apply(G, &nb_op_cofactors_along, in, n, NULL);
    }
    if (n >= s->dim[s->rank - 1]) {
        return NULL; /* of minors with n - 1 rows */
    }
    in[n] = NB_VAR(nb_g_out(G));
    return nb_g_apply(G, &nb_op_cofactors_along, in, n + 1, NULL);
}

static NbStatus along_shape(NbTensors in, int n, NbAttrs *at, NbShape *out, NbErr *err)
{
    char ta[160], tb[160];
    if (n >= MOST) {
        return nb_fail(err, NB_EVALUE, "cofactors_along: at most %d directions", MOST - 2);
    }
    for (int i = 1; i < n; i++) {
        if (!nb_shape_equal(&in[0]->shape, &in[i]->shape)) {
            return nb_fail(err, NB_ESHAPE, "cofactors_along: a direction %s is not like {0} %s",
                           nb_shape_text(&in[i]->shape, tb, sizeof tb),
                           nb_shape_text(&in[0]->shape, ta, sizeof ta));
        }
    }
    if (n == 0) {
        return nb_fail(err, NB_EVALUE, "cofactors_along: no matrix");
    }
    return cofactors_shape(in, n, at, out, err);
}

/* --- records --- */

const NbOp nb_op_cofactors = {
    .name = "cofactors",
    .min_in = 1,
    .max_in = 1,
    .nparams = 1,
    .params = nb_params_x,
    .shape = cofactors_shape,
    .forward = cofactors_forward,
    .grad = cofactors_grad,
    .formula = "cofactors({a})",
    .latex = "\\operatorname{cof}\\left({a}\\right)",
    .pull = {"cofactors_along({a}, {g})"},
    .tries = "2,2; 3,3; 2,2,2; 5,5",
    .torch = "(torch.linalg.det({x:m})[..., None, None] * torch.linalg.inv({x:m}).mT)",
    .doc = "The signed minors of a square matrix, of every matrix of a batch: det(x) * inv(x).T, "
           "also where x is singular; their derivative along d is cofactors_along(x, d).",
    .example = "cofactors([[1, 2], [2, 4]])",
    .group = "matrices",
    .lo = {1},
    .hi = {4}};

static const NbParam along_params[] = {{"list", NB_P_VARS, NULL}};

const NbOp nb_op_cofactors_along = {
    .name = "cofactors_along",
    .max_in = -1,
    .nparams = 1,
    .params = along_params,
    .flags = NB_OP_HIDDEN,
    .shape = along_shape,
    .forward = cofactors_forward,
    .grad = cofactors_grad,
    .formula = "cofactors_along({*})",
    .latex = "D\\operatorname{cof}\\left({*}\\right)",
    .pull = {"cofactors_along({*}, {g})"},
    .tries = "2,2|2,2; 3,3|3,3; 4,4|4,4; 4,4|4,4|4,4; 2,3,3|2,3,3",
    .doc = "The derivative of cofactors(x) along a matrix d of x's shape, cofactors_along(x, d), "
           "also where x is singular; along more matrices their higher derivatives.",
    .example = "cofactors_along([[1, 2], [2, 4]], [[1, 0], [0, 0]])",
    .group = "matrices",
    .lo = {1},
    .hi = {4}};
