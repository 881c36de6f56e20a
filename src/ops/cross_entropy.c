/* cross_entropy.c -- cross entropy of logits and labels, and accuracy */
#include <inttypes.h>
#include <math.h>

#include "ops/ops.h"
#include "ops/reduce.h"
#include "tensor/vecmath.h"
#include "tensor/storage.h"

#define IGNORE (-100.0)

static NbStatus bad_label(const char *name, double label, int64_t at, int64_t classes, NbErr *err)
{
    return nb_fail(err, NB_EINDEX,
                   "%s: label %g at position %" PRId64 " is not one of 0 to %" PRId64, name, label,
                   at, classes - 1);
}

static bool is_label(double label, int64_t classes)
{
    return label >= 0 && label < (double)classes && label == floor(label);
}

/* Labels have the shape of the scores without the last axis. */
static NbStatus labels_fit(const char *name, NbTensors in, NbErr *err)
{
    NbShape rows = in[0]->shape;
    char tx[160];
    char tl[160];
    if (rows.rank == 0) {
        return nb_fail(err, NB_ESHAPE, "%s: {0} () has no axis of classes", name);
    }
    rows.rank--;
    if (nb_shape_equal(&rows, &in[1]->shape)) {
        return NB_OK;
    }
    nb_fail(err, NB_ESHAPE, "%s: labels {1} %s do not fit {0} %s", name,
            nb_shape_text(&in[1]->shape, tl, sizeof tl),
            nb_shape_text(&in[0]->shape, tx, sizeof tx));
    nb_hint(err, "labels are whole numbers, one per row: %s", nb_shape_text(&rows, tx, sizeof tx));
    return NB_ESHAPE;
}

/* Number of labels not ignored, in *count; all others must be classes. */
static NbStatus count_labels(const char *name, const NbTensor *labels, int64_t classes,
                             double ignore, double *count, NbErr *err)
{
    *count = 0;
    for (int64_t i = 0; i < labels->size; i++) {
        const double label = nb_tensor_at(labels, i);
        if (label == ignore) {
            continue;
        }
        if (!is_label(label, classes)) {
            return bad_label(name, label, i, classes, err);
        }
        *count += 1;
    }
    return NB_OK;
}

static int64_t classes_of(const NbTensor *x)
{
    return x->shape.dim[x->shape.rank - 1];
}

/* Calls for each row that counts; `to` rows get the result when there is one. */
typedef struct Pass {
    NbRows x, to;
    double *t;
    double count;
} Pass;

static NbStatus pass_begin(Pass *p, NbTensors in, NbTensor *to, double ignore, NbErr *err)
{
    const unsigned last = 1u << (in[0]->shape.rank - 1);
    *p = (Pass){.count = 0};
    NbStatus s = count_labels("cross_entropy", in[1], classes_of(in[0]), ignore, &p->count, err);
    if (s == NB_OK) {
        s = nb_rows_begin(&p->x, in[0], last, err);
    }
    if (s == NB_OK && to != NULL) {
        s = nb_rows_begin(&p->to, to, last, err);
    }
    if (s == NB_OK) {
        p->t = nb_scratch(p->x.n);
        s = p->t != NULL ? NB_OK : nb_fail(err, NB_EMEM, "out of memory for a row");
    }
    return s;
}

static void pass_end(Pass *p)
{
    nb_scratch_free(p->t);
    nb_rows_end(&p->to);
    nb_rows_end(&p->x);
}

/* --- the loss: mean over counted rows of log Σ exp x - x[label]; 0 when none counts --- */

static NbStatus cross_entropy_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    double count;
    (void)n;
    *out = (NbShape){0};
    const NbStatus s = labels_fit("cross_entropy", in, err);
    return s != NB_OK ? s
                      : count_labels("cross_entropy", in[1], classes_of(in[0]),
                                     nb_opt(a, 0, IGNORE), &count, err);
}

static NbStatus cross_entropy_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a,
                                      NbTensor *out, NbErr *err)
{
    const double ignore = nb_opt(a, 0, IGNORE);
    double loss = 0;
    double sum;
    double m;
    int64_t i = 0;
    Pass p;
    (void)ctx, (void)n;
    const NbStatus s = pass_begin(&p, in, NULL, ignore, err);
    for (const double *x; s == NB_OK && (x = nb_rows_next(&p.x)) != NULL; i++) {
        const double label = nb_tensor_at(in[1], i);
        if (label != ignore) {
            const double log_sum = nb_row_exp(x, p.x.n, p.t, &m, &sum);
            loss += m - x[(int64_t)label] + log_sum;
        }
    }
    out->data[0] = p.count > 0 ? loss / p.count : 0;
    pass_end(&p);
    return s;
}

/* gin (+)= g · (softmax(x) - one_hot(label)) / count on rows that count, else 0 */
static NbStatus label_gradient(NbTensors in, double ignore, double g, NbTensor *gin, bool add,
                               NbErr *err)
{
    double sum;
    double m;
    int64_t i = 0;
    Pass p;
    const NbStatus s = pass_begin(&p, in, gin, ignore, err);
    const double each = p.count > 0 ? g / p.count : 0;
    for (const double *x; s == NB_OK && (x = nb_rows_next(&p.x)) != NULL; i++) {
        const double label = nb_tensor_at(in[1], i);
        nb_rows_next(&p.to);
        if (label == ignore) {
            for (int64_t k = 0; k < p.x.n; k++) {
                p.t[k] = 0;
            }
        } else {
            nb_row_exp(x, p.x.n, p.t, &m, &sum);
            p.t[(int64_t)label] = 0; /* p - 1 is less the sum of the others */
            p.t[(int64_t)label] = -nb_sum_of(p.t, p.x.n, 1);
            for (int64_t k = 0; k < p.x.n; k++) {
                p.t[k] = each * (p.t[k] / sum);
            }
        }
        nb_rows_put(&p.to, p.t, add);
    }
    pass_end(&p);
    return s;
}

static NbStatus cross_entropy_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                                  const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    (void)n, (void)out;
    if (i == 1) {
        if (!add) {
            nb_tensor_fill(gin, 0);
        }
        return NB_OK;
    }
    return label_gradient(in, nb_opt(a, 0, IGNORE), gout->data[0], gin, add, err);
}

static NbVar *with_labels(NbGrad *G, const NbOp *op)
{
    const NbArg in[2] = {NB_VAR(nb_g_in(G, 0)), NB_VAR(nb_g_in(G, 1))};
    return nb_g_apply(G, op, in, 2, nb_g_attrs(G));
}

static NbVar *cross_entropy_grad(NbGrad *G, int i)
{
    return i == 0 ? nb_g_2(G, &nb_op_mul, nb_g_out(G), with_labels(G, &nb_op_label_grad)) : NULL;
}

/* --- its gradient as an operation, whose own rule is that of softmax on weighted rows --- */

static NbStatus label_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    const NbStatus s = cross_entropy_shape(in, n, a, out, err);
    *out = in[0]->shape;
    return s;
}

static NbStatus label_grad_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                   NbErr *err)
{
    (void)ctx, (void)n;
    return label_gradient(in, nb_opt(a, 0, IGNORE), 1, out, false, err);
}

static NbVar *label_grad_grad(NbGrad *G, int i)
{
    if (i != 0) {
        return NULL;
    }
    NbVar *x = nb_g_in(G, 0);
    NbVar *g = nb_g_out(G);
    NbVar *s = nb_g_1(G, &nb_op_softmax, x);
    NbVar *d = nb_g_softmax(G, s, g, 1u << (nb_var_shape(x)->rank - 1));
    return nb_g_2(G, &nb_op_mul, with_labels(G, &nb_op_label_weight), d);
}

static NbStatus weight_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    const NbStatus s = label_shape(in, n, a, out, err);
    out->dim[out->rank - 1] = 1;
    return s;
}

static NbStatus weight_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                               NbErr *err)
{
    const double ignore = nb_opt(a, 0, IGNORE);
    double count;
    (void)ctx, (void)n;
    if (count_labels("cross_entropy", in[1], classes_of(in[0]), ignore, &count, err) != NB_OK) {
        return NB_EINDEX;
    }
    for (int64_t i = 0; i < out->size; i++) {
        out->data[i] = nb_tensor_at(in[1], i) == ignore ? 0 : 1 / count;
    }
    return NB_OK;
}

/* --- accuracy --- */

static NbStatus accuracy_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n, (void)a;
    *out = (NbShape){0};
    if (nb_shape_equal(&in[0]->shape, &in[1]->shape)) {
        return NB_OK;
    }
    return labels_fit("accuracy", in, err);
}

/* Scores of the labels' shape are probabilities of 1; else the largest of each row is the guess.
 * Rows with the label -100 do not count, as in cross_entropy; 0 when none counts. */
static NbStatus accuracy_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                 NbErr *err)
{
    const bool binary = nb_shape_equal(&in[0]->shape, &in[1]->shape);
    const unsigned last = binary ? 0 : 1u << (in[0]->shape.rank - 1);
    double right = 0;
    double count = 0;
    int64_t i = 0;
    NbRows r;
    (void)ctx, (void)n, (void)a;
    if (count_labels("accuracy", in[1], binary ? 2 : classes_of(in[0]), IGNORE, &count, err) !=
        NB_OK) {
        return NB_EINDEX;
    }
    if (nb_rows_begin(&r, in[0], last, err) != NB_OK) {
        return NB_EMEM;
    }
    for (const double *x = nb_rows_next(&r); x != NULL; x = nb_rows_next(&r), i++) {
        int64_t guess = 0;
        for (int64_t k = 1; k < r.n; k++) {
            guess = x[k] > x[guess] ? k : guess;
        }
        guess = binary ? x[0] > 0.5 : guess;
        right += nb_tensor_at(in[1], i) == (double)guess ? 1 : 0;
    }
    nb_rows_end(&r);
    out->data[0] = count > 0 ? right / count : 0;
    return NB_OK;
}

/* --- records --- */

static const NbParam label_params[] = {
    {"logits", NB_P_VAR, NULL}, {"labels", NB_P_VAR, NULL}, {"ignore", NB_P_INT, "-100"}};
static const NbParam accuracy_params[] = {{"scores", NB_P_VAR, NULL}, {"labels", NB_P_VAR, NULL}};

#define LABELLED(NPARAMS, PARAMS)                                                                  \
    .min_in = 2, .max_in = 2, .nparams = NPARAMS, .params = PARAMS, .group = "losses",             \
    .whole = {0, 3}

const NbOp nb_op_cross_entropy = {
    .name = "cross_entropy",
    .onnx = "SoftmaxCrossEntropyLoss({logits:rows}, Whole({labels:flat}))[ignore_index={ignore}]",
    LABELLED(3, label_params),
    .flags = NB_OP_MEANS | NB_OP_NORMALISES,
    .shape = cross_entropy_shape,
    .forward = cross_entropy_forward,
    .grad = cross_entropy_grad,
    .vjp = cross_entropy_vjp,
    .latex = "\\operatorname{ce}\\left({a}, {b}\\right)",
    .deriv = {"(softmax({a}) - one_hot({b}))/N", NULL},
    .tries = "4,3|4; "
             "2,2,3|2,2 num=1; "
             "3|-",
    .torch = "F.cross_entropy({logits:f}, {labels:i}<, ignore_index={ignore}>)",
    .doc = "Mean of -log softmax(logits)[label] over the rows whose label is not `ignore`.",
    .example = "cross_entropy([[2, 0, 1], [0, 1, 3]], [0, 2])"};

const NbOp nb_op_label_grad = {
    .name = "label_grad",
    LABELLED(3, label_params),
    .flags = NB_OP_HIDDEN,
    .shape = label_shape,
    .forward = label_grad_forward,
    .grad = label_grad_grad,
    .tries = "4,3|4; "
             "4,3|4 num=1",
    .doc = "(softmax(logits) - one_hot(labels))/N: the derivative of cross_entropy.",
    .example = "cross_entropy([[2, 0, 1]], [0])"};

const NbOp nb_op_label_weight = {.name = "label_weight",
                                 LABELLED(3, label_params),
                                 .flags = NB_OP_HIDDEN,
                                 .shape = weight_shape,
                                 .forward = weight_forward,
                                 .grad = nb_g_zero,
                                 .tries = "4,3|4 num=1",
                                 .doc = "1/N for each row that counts in cross_entropy, else 0.",
                                 .example = "cross_entropy([[2, 0, 1]], [0])"};

const NbOp nb_op_accuracy = {
    .name = "accuracy",
    .onnx = "ReduceMean(Real(Equal(ArgMax({scores})[axis=-1, keepdims=0], "
            "Whole({labels}))))[keepdims=0]",
    LABELLED(2, accuracy_params),
    .flags = NB_OP_STEPS | NB_OP_MEANS,
    .shape = accuracy_shape,
    .forward = accuracy_forward,
    .latex = "\\operatorname{accuracy}\\left({a}, {b}\\right)",
    .torch = "({scores:f}.argmax(-1) == {labels:i}).{double}().mean()",
    .doc = "Share of rows whose largest score is at the label; scores with the shape of the labels "
           "are probabilities, and more than one half means 1.",
    .example = "accuracy([[2, 0], [0, 1]], [0, 1])"};
