/* minmax.c -- max and min, of two operands or over axes, and argmax */
#include <math.h>

#include "ops/elementwise.h"
#include "ops/ops.h"
#include "ops/reduce.h"
#include "tensor/storage.h"

/* --- the larger and the smaller of two; NaN wins --- */

static void max_row(int64_t n, const double *a, const double *b, double *y)
{
    for (int64_t i = 0; i < n; i++) {
        y[i] = a[i] > b[i] || a[i] != a[i] ? a[i] : b[i];
    }
}

static void min_row(int64_t n, const double *a, const double *b, double *y)
{
    for (int64_t i = 0; i < n; i++) {
        y[i] = a[i] < b[i] || a[i] != a[i] ? a[i] : b[i];
    }
}

/* Share of the gradient that a gets as the larger one: ties share equally; NaN stays. */
static inline double prefer_of(double a, double b)
{
    return a > b ? 1.0 : a < b ? 0.0 : a == b ? 0.5 : a + b;
}

NB_BINARY_VALUE(prefer, NB_NO_CLONE, prefer_of(a, b))
NB_PARTIALS2(prefer, 0, 0)
NB_ROW_GRAD(larger_a, NB_NO_CLONE, nb_masked(g, prefer_of(a, b)))
NB_ROW_GRAD(larger_b, NB_NO_CLONE, nb_masked(g, prefer_of(b, a)))

/* --- over axes --- */

static double largest(const double *x, int64_t n)
{
    double m = x[0];
    for (int64_t i = 1; i < n; i++) {
        m = x[i] > m || x[i] != x[i] ? x[i] : m;
    }
    return m;
}

static double smallest(const double *x, int64_t n)
{
    double m = x[0];
    for (int64_t i = 1; i < n; i++) {
        m = x[i] < m || x[i] != x[i] ? x[i] : m;
    }
    return m;
}

/* t[i] = g / (number of ties) where x[i] is the extreme value, else 0; a row with NaN has none */
static void share(const double *x, int64_t n, double extreme, double g, double *t)
{
    double ties = 0;
    for (int64_t i = 0; i < n; i++) {
        ties += x[i] == extreme ? 1 : 0;
    }
    for (int64_t i = 0; i < n; i++) {
        t[i] = x[i] == extreme ? g / ties : extreme == extreme ? 0 : extreme;
    }
}

/* out (+)= shares of the rows of x, times g of each row (1 without g). */
static NbStatus share_rows(const NbTensor *x, unsigned mask, bool of_min, const NbTensor *g,
                           NbTensor *out, bool add, NbErr *err)
{
    NbRows from = {0};
    NbRows to = {0};
    int64_t k = 0;
    NbStatus s = nb_rows_begin(&from, x, mask, err);
    if (s == NB_OK) {
        s = nb_rows_begin(&to, out, mask, err);
    }
    double *t = s == NB_OK ? nb_scratch(from.n) : NULL;
    if (s == NB_OK && t == NULL) {
        s = nb_fail(err, NB_EMEM, "out of memory for a row");
    }
    while (s == NB_OK) {
        const double *row = nb_rows_next(&from);
        if (row == NULL) {
            break;
        }
        nb_rows_next(&to);
        const double extreme = of_min ? smallest(row, from.n) : largest(row, from.n);
        share(row, from.n, extreme, g != NULL ? nb_tensor_at(g, k++) : 1, t);
        nb_rows_put(&to, t, add);
    }
    nb_scratch_free(t);
    nb_rows_end(&to);
    nb_rows_end(&from);
    return s;
}

static NbStatus needs_elements(const NbTensor *x, const NbShape *out, NbErr *err)
{
    int64_t left = 1;
    char text[160];
    for (int i = 0; i < out->rank; i++) {
        left *= out->dim[i];
    }
    if (x->size > 0 || left == 0) {
        return NB_OK;
    }
    return nb_fail(err, NB_ESHAPE, "the largest or smallest of no elements: {0} %s",
                   nb_shape_text(&x->shape, text, sizeof text));
}

static NbStatus extreme_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    if (n == 2) {
        if (a != NULL && (a->naxes >= 0 || a->keepdims)) {
            nb_fail(err, NB_EVALUE, "axis and keepdims go with one operand");
            nb_hint(err, "of several numbers: max([a, b, c]) or min([a, b, c])");
            return NB_EVALUE;
        }
        return nb_shape_join(&in[0]->shape, &in[1]->shape, out, err);
    }
    if (nb_reduce_shape(in, n, a, out, err) != NB_OK) {
        return NB_EINDEX;
    }
    return needs_elements(in[0], out, err);
}

static NbStatus extreme_forward(NbTensors in, int n, const NbAttrs *a, NbTensor *out, bool of_min,
                                NbErr *err)
{
    NbRows r;
    int64_t i = 0;
    if (n == 2) {
        return nb_map2(in[0], in[1], out, of_min ? min_row : max_row, err);
    }
    if (nb_rows_begin(&r, in[0], nb_axes_mask(a, in[0]->shape.rank), err) != NB_OK) {
        return NB_EMEM;
    }
    for (const double *row = nb_rows_next(&r); row != NULL; row = nb_rows_next(&r)) {
        out->data[i++] = of_min ? smallest(row, r.n) : largest(row, r.n);
    }
    nb_rows_end(&r);
    return NB_OK;
}

static NbStatus max_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                            NbErr *err)
{
    (void)ctx;
    return extreme_forward(in, n, a, out, false, err);
}

static NbStatus min_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                            NbErr *err)
{
    (void)ctx;
    return extreme_forward(in, n, a, out, true, err);
}

static NbStatus extreme_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                            const NbTensor *gout, int i, NbTensor *gin, bool add, bool of_min,
                            NbErr *err)
{
    if (n == 2) {
        return nb_map_grad(in[0], in[1], out, gout, gin, add,
                           (i == 0) != of_min ? larger_a : larger_b, err);
    }
    return share_rows(in[0], nb_axes_mask(a, in[0]->shape.rank), of_min, gout, gin, add, err);
}

static NbStatus max_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                        const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    return extreme_vjp(in, n, a, out, gout, i, gin, add, false, err);
}

static NbStatus min_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                        const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    return extreme_vjp(in, n, a, out, gout, i, gin, add, true, err);
}

static NbVar *extreme_grad(NbGrad *G, int i, bool of_min)
{
    NbVar *x = nb_g_in(G, i);
    if (nb_g_inputs(G) == 2) {
        NbVar *other = nb_g_in(G, 1 - i);
        return nb_g_masked(G, of_min ? nb_g_2(G, &nb_op_prefer, other, x)
                                     : nb_g_2(G, &nb_op_prefer, x, other));
    }
    const NbShape *s = nb_var_shape(x);
    const unsigned mask = nb_axes_mask(nb_g_attrs(G), s->rank);
    NbAttrs a;
    nb_attrs_reduce(&a, mask, false);
    a.num[0] = of_min ? 1 : 0;
    NbVar *shares = nb_g_apply(G, &nb_op_peak, &NB_VAR(x), 1, &a);
    return nb_g_2(G, &nb_op_masked, nb_g_restore(G, nb_g_out(G), s, mask), shares);
}

static NbVar *max_grad(NbGrad *G, int i)
{
    return extreme_grad(G, i, false);
}

static NbVar *min_grad(NbGrad *G, int i)
{
    return extreme_grad(G, i, true);
}

static NbStatus peak_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n, (void)a, (void)err;
    *out = in[0]->shape;
    return NB_OK;
}

static NbStatus peak_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)n;
    return share_rows(in[0], nb_axes_mask(a, in[0]->shape.rank), nb_opt(a, 0, 0) != 0, NULL, out,
                      false, err);
}

/* --- argmax --- */

static NbStatus argmax_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    if (a != NULL && a->naxes > 1) {
        return nb_fail(err, NB_EVALUE, "argmax: one axis or none, not %d", a->naxes);
    }
    return extreme_shape(in, n, a, out, err);
}

static NbStatus argmax_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                               NbErr *err)
{
    NbRows r;
    int64_t k = 0;
    (void)ctx, (void)n;
    if (nb_rows_begin(&r, in[0], nb_axes_mask(a, in[0]->shape.rank), err) != NB_OK) {
        return NB_EMEM;
    }
    for (const double *row = nb_rows_next(&r); row != NULL; row = nb_rows_next(&r)) {
        int64_t best = 0;
        for (int64_t i = 1; i < r.n && row[best] == row[best]; i++) {
            best = row[i] > row[best] || row[i] != row[i] ? i : best;
        }
        out->data[k++] = (double)best;
    }
    nb_rows_end(&r);
    return NB_OK;
}

/* --- records --- */

static const NbParam extreme_params[] = {{"a", NB_P_VAR, NULL},
                                         {"b", NB_P_VAR, "none"},
                                         {"axis", NB_P_AXES, "none"},
                                         {"keepdims", NB_P_BOOL, "false"}};
static const NbParam peak_params[] = {
    {"x", NB_P_VAR, NULL}, {"axis", NB_P_AXES, "none"}, {"of_min", NB_P_BOOL, "false"}};

const NbOp nb_op_max = {
    .name = "max",
    .onnx = "Max({a}, {b})|ReduceMax({a})[axes={axis}, keepdims={keepdims}]",
    .min_in = 1,
    .max_in = 2,
    .nparams = 4,
    .params = extreme_params,
    .flags = NB_OP_GROWS,
    .shape = extreme_shape,
    .forward = max_forward,
    .grad = max_grad,
    .vjp = max_vjp,
    .latex = "\\max\\left({*}\\right)",
    .pull = {"{g} where {a} is largest", "{g} where {b} is largest"},
    .kink = NB_KINK,
    .tries = "2,3|3; "
             "-|2,2; "
             "-|-",
    .torch_gives = NB_TORCH_SAME | NB_TORCH_SAME_NUMBER,
    .torch = "torch.maximum({a:t}, {b:t})|{a:t}.amax(<{axis}><, keepdim={keepdims}>)",
    .torch_number = "max({a}, {b})",
    .doc = "max(a, b): the larger, element by element. max(x, axis=): the largest over axis. "
           "Ties share the gradient equally.",
    .example = "max([1, 5, 3])",
    .group = "reductions"};

const NbOp nb_op_min = {
    .name = "min",
    .onnx = "Min({a}, {b})|ReduceMin({a})[axes={axis}, keepdims={keepdims}]",
    .min_in = 1,
    .max_in = 2,
    .nparams = 4,
    .params = extreme_params,
    .flags = NB_OP_GROWS,
    .shape = extreme_shape,
    .forward = min_forward,
    .grad = min_grad,
    .vjp = min_vjp,
    .latex = "\\min\\left({*}\\right)",
    .pull = {"{g} where {a} is smallest", "{g} where {b} is smallest"},
    .kink = NB_KINK,
    .tries = "2,3|3",
    .torch_gives = NB_TORCH_SAME | NB_TORCH_SAME_NUMBER,
    .torch = "torch.minimum({a:t}, {b:t})|{a:t}.amin(<{axis}><, keepdim={keepdims}>)",
    .torch_number = "min({a}, {b})",
    .doc = "min(a, b): the smaller, element by element. min(x, axis=): the smallest over axis. "
           "Ties share the gradient equally.",
    .example = "min([1, 5, 3])",
    .group = "reductions"};

const NbOp nb_op_argmax = {
    .name = "argmax",
    .onnx = "{axis?}Real(ArgMax({x})[axis={axis}, "
            "keepdims={keepdims}])|Real(Reshape(ArgMax(Reshape({x}, [-1]))[axis=0, keepdims=0], "
            "{out:shape}))",
    NB_REDUCE_OPERANDS,
    .flags = NB_OP_STEPS,
    .shape = argmax_shape,
    .forward = argmax_forward,
    .latex = "\\operatorname{argmax} {a}",
    .torch_gives = NB_TORCH_WHOLE,
    .torch = "{x:t}.argmax(<{axis}><, keepdim={keepdims}>)",
    .doc = "Position of the largest element along axis (none: in row-major order), the first of "
           "several.",
    .example = "argmax([1, 5, 3])",
    .group = "reductions"};

const NbOp nb_op_prefer = {
    .name = "prefer",
    NB_BINARY_OPERANDS,
    .flags = NB_OP_ELEMENTWISE | NB_OP_HIDDEN | NB_OP_BRANCHES,
    .forward = prefer_forward,
    .scalar = prefer_scalar,
    .partials = prefer_partials,
    .grad = nb_g_zero,
    .formula = "(({a} > {b}) + ({a} >= {b}))/2",
    .doc = "1 where a > b, 0 where a < b, 0.5 where equal: the derivative of max by a.",
    .example = "max(1, 2)",
    .group = "reductions"};

const NbOp nb_op_peak = {
    .name = "peak",
    .min_in = 1,
    .max_in = 1,
    .nparams = 3,
    .params = peak_params,
    .flags = NB_OP_HIDDEN,
    .shape = peak_shape,
    .forward = peak_forward,
    .grad = nb_g_zero,
    .tries = "2,3 axis=1",
    .doc = "1/n at each of the n largest elements, 0 elsewhere: the derivative of max.",
    .example = "max([1, 2])",
    .group = "reductions"};
