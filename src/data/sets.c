/* sets.c -- data sets made by formula: curve, moons, spiral, circles, xor */
#include <math.h>
#include <string.h>

#include <nabla/data.h>

#include "base/begin.h"
#include "base/draws.h"

#define PI 3.14159265358979323846
#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

/* Sample i: its class, its place j in the class of m samples. */
typedef struct Place {
    int class;
    int64_t j, m;
} Place;

static Place place_of(int64_t i, int64_t n, int classes)
{
    int c = (int)(i % classes);
    return (Place){c, i / classes, (n - c + classes - 1) / classes};
}

static double ratio(const Place *p)
{
    return p->m > 1 ? (double)p->j / (double)(p->m - 1) : 0;
}

/* Noise on both columns, in the order of memory. */
static void add_noise(NbCtx *ctx, double noise, NbTensor *x)
{
    NbRng *rng = nb_ctx_rng(ctx);
    for (int64_t i = 0; i < x->size; i++) {
        x->data[i] += noise * nb_drawn(NB_DRAWS_VALUES, nb_rng_normal(rng));
    }
}

typedef void (*Point)(const Place *p, double x[2]);

static NbStatus fill_points(NbCtx *ctx, Point point, int classes, double noise, NbTensor *x,
                            NbTensor *t)
{
    for (int64_t i = 0; i < t->size; i++) {
        Place p = place_of(i, t->size, classes);
        point(&p, x->data + 2 * i);
        t->data[i] = p.class;
    }
    add_noise(ctx, noise, x);
    return NB_OK;
}

/* --- moons --- */

static void moon(const Place *p, double x[2])
{
    double a = PI * ratio(p);
    x[0] = p->class == 0 ? cos(a) : 1 - cos(a);
    x[1] = p->class == 0 ? sin(a) : 0.5 - sin(a);
}

static NbStatus fill_moons(NbCtx *ctx, const NbOp *fn, double noise, NbTensor *x, NbTensor *t)
{
    (void)fn;
    return fill_points(ctx, moon, 2, noise, x, t);
}

/* --- spiral --- */

static void arm(const Place *p, double x[2])
{
    double r = ratio(p), a = 2 * PI * p->class / 3 + 4 * r;
    x[0] = r * cos(a);
    x[1] = r * sin(a);
}

static NbStatus fill_spiral(NbCtx *ctx, const NbOp *fn, double noise, NbTensor *x, NbTensor *t)
{
    (void)fn;
    return fill_points(ctx, arm, 3, noise, x, t);
}

/* --- circles --- */

static void circle(const Place *p, double x[2])
{
    double a = 2 * PI * (double)p->j / (double)p->m, r = p->class == 0 ? 1 : 0.5;
    x[0] = r * cos(a);
    x[1] = r * sin(a);
}

static NbStatus fill_circles(NbCtx *ctx, const NbOp *fn, double noise, NbTensor *x, NbTensor *t)
{
    (void)fn;
    return fill_points(ctx, circle, 2, noise, x, t);
}

/* --- xor --- */

static NbStatus fill_xor(NbCtx *ctx, const NbOp *fn, double noise, NbTensor *x, NbTensor *t)
{
    NbRng *rng = nb_ctx_rng(ctx);
    (void)fn;
    for (int64_t i = 0; i < x->size; i++) {
        x->data[i] = 2 * nb_drawn(NB_DRAWS_VALUES, nb_rng_uniform(rng)) - 1;
    }
    for (int64_t i = 0; i < t->size; i++) {
        t->data[i] = (x->data[2 * i] < 0) != (x->data[2 * i + 1] < 0);
    }
    add_noise(ctx, noise, x);
    return NB_OK;
}

/* --- curve --- */

/* t = fn(x), through a const and the operation itself. */
static NbStatus apply_to(NbCtx *ctx, const NbOp *fn, const NbTensor *x, NbTensor *t)
{
    NbErr *err = nb_ctx_err(ctx);
    NbVar *in = nb_var_tensor(ctx, nb_tensor_copy(x, err), NB_CONST);
    NbVar *y = in ? nb_apply1(ctx, fn, in) : NULL;
    NbTensor tmp;
    NbStatus s = y ? nb_tensor_assign(t, nb_var_data(y, &tmp), err) : err->code;
    nb_var_unref(&y);
    nb_var_unref(&in);
    return s;
}

/* x = 2π·i/(n − 1) */
static void whole_turn(NbTensor *x)
{
    double last = (double)(x->size - 1);
    for (int64_t i = 0; i < x->size; i++) {
        x->data[i] = 2 * PI * ((double)i / (last > 0 ? last : 1));
    }
}

static NbStatus fill_curve(NbCtx *ctx, const NbOp *fn, double noise, NbTensor *x, NbTensor *t)
{
    whole_turn(x);
    NbStatus s = apply_to(ctx, fn, x, t);
    if (s == NB_OK) {
        add_noise(ctx, noise, t);
    }
    return s;
}

/* --- making one --- */

static NbStatus check_numbers(const char *name, int64_t n, double noise, NbErr *err)
{
    if (n < 1) {
        return nb_fail(err, NB_EVALUE, "%s: n must be at least 1, got %lld", name, (long long)n);
    }
    if (!(noise >= 0 && isfinite(noise))) {
        return nb_fail(err, NB_EVALUE, "%s: noise must be at least 0 and finite, got %g", name,
                       noise);
    }
    return NB_OK;
}

static NbStatus check(NbCtx *ctx, const NbDataSet *set, const NbOp *fn, int64_t n, double noise)
{
    NbErr *err = nb_ctx_err(ctx);
    if (check_numbers(set->name, n, noise, err) != NB_OK) {
        return NB_EVALUE;
    }
    if (set->takes_fn &&
        (!fn || !(fn->flags & NB_OP_ELEMENTWISE) || fn->min_in != 1 || (fn->flags & NB_OP_STEPS))) {
        nb_fail(err, NB_EVALUE, "%s: needs an operation on each element, got %s", set->name,
                fn ? fn->name : "none");
        nb_advise(err, "%s", set->usage);
        return NB_EVALUE;
    }
    return NB_OK;
}

/* The filled tensors, which are released, as variables when s is NB_OK. */
static NbStatus give(NbCtx *ctx, NbStatus s, NbTensor *tx, NbTensor *tt, NbVar **x, NbVar **t)
{
    if (s == NB_OK) {
        *x = nb_var_tensor(ctx, nb_tensor_ref(tx), NB_CONST);
        *t = *x ? nb_var_tensor(ctx, nb_tensor_ref(tt), NB_CONST) : NULL;
        if (!*t) {
            nb_var_unref(x);
            s = nb_ctx_err(ctx)->code;
        }
    }
    nb_tensor_unref(&tt);
    nb_tensor_unref(&tx);
    return s;
}

NbStatus nb_data_make(NbCtx *ctx, const NbDataSet *set, const NbOp *fn, int64_t n, double noise,
                      NbVar **x, NbVar **t)
{
    if (!ctx) {
        return NB_EVALUE;
    }
    NbErr *err = nb_ctx_err(ctx);
    NbShape column = {.rank = 2, .dim = {n, 1}}, plane = {.rank = 2, .dim = {n, 2}};
    NbShape labels = {.rank = 1, .dim = {n}};
    nb_err_begin(err);
    if (!x || !t) {
        return nb_fail(err, NB_EVALUE, "data: the places for x and t are missing");
    }
    *x = *t = NULL;
    if (!set) {
        return nb_fail(err, NB_ENAME, "unknown data set");
    }
    NbStatus s = check(ctx, set, fn, n, noise);
    if (s != NB_OK) {
        return s;
    }
    NbTensor *tx = nb_tensor_new(set->takes_fn ? &column : &plane, err);
    NbTensor *tt = tx ? nb_tensor_new(set->takes_fn ? &column : &labels, err) : NULL;
    s = tt ? set->fill(ctx, fn, noise, tx, tt) : err->code;
    return give(ctx, s, tx, tt, x, t);
}

NbStatus nb_data_curve(NbCtx *ctx, NbCurveFn fn, void *user, int64_t n, double noise, NbVar **x,
                       NbVar **t)
{
    if (!ctx) {
        return NB_EVALUE;
    }
    NbErr *err = nb_ctx_err(ctx);
    NbShape column = {.rank = 2, .dim = {n, 1}};
    nb_err_clear(err);
    if (!fn || !x || !t) {
        return nb_fail(err, NB_EVALUE, "curve: the %s missing",
                       fn ? "places for x and t are" : "function is");
    }
    *x = *t = NULL;
    NbStatus s = check_numbers("curve", n, noise, err);
    if (s != NB_OK) {
        return s;
    }
    NbTensor *tx = nb_tensor_new(&column, err);
    NbTensor *tt = tx ? nb_tensor_new(&column, err) : NULL;
    s = tt ? NB_OK : err->code;
    if (s == NB_OK) {
        whole_turn(tx);
    }
    for (int64_t i = 0; i < n && s == NB_OK; i++) {
        s = fn(user, tx->data[i], &tt->data[i]);
    }
    if (s == NB_OK) {
        add_noise(ctx, noise, tt);
    }
    return give(ctx, s, tx, tt, x, t);
}

/* --- records --- */

static const NbDataSet sets[] = {
    {.name = "curve",
     .takes_fn = true,
     .n = 1000,
     .noise = 0.05,
     .fill = fill_curve,
     .usage = "x, t = curve(sin[, n=1000, noise=0.05])",
     .doc = "n points x from 0 to 2·pi and the function there plus normal noise, both (n, 1). The "
            "function is an operation on each element, or one of your own.",
     .example = "x, t = curve(sin, n=100, noise=0.1)\ndef f(x) = x^2 - 3*x\n"
                "x, t = curve(f, n=100)"},
    {.name = "moons",
     .n = 200,
     .noise = 0.1,
     .classes = 2,
     .fill = fill_moons,
     .usage = "x, t = moons([n=200, noise=0.1])",
     .doc = "Two half circles that reach into each other: points x (n, 2), labels t 0 and 1.",
     .example = "x, t = moons(200, 0.1)"},
    {.name = "spiral",
     .n = 300,
     .noise = 0.05,
     .classes = 3,
     .fill = fill_spiral,
     .usage = "x, t = spiral([n=300, noise=0.05])",
     .doc = "Three arms wound around the origin: points x (n, 2), labels t 0, 1, 2.",
     .example = "x, t = spiral(300, 0.05)"},
    {.name = "circles",
     .n = 200,
     .noise = 0.05,
     .classes = 2,
     .fill = fill_circles,
     .usage = "x, t = circles([n=200, noise=0.05])",
     .doc = "A circle around one half as large: points x (n, 2), labels t 0 and 1.",
     .example = "x, t = circles(200, 0.05)"},
    {.name = "xor",
     .n = 200,
     .noise = 0.05,
     .classes = 2,
     .fill = fill_xor,
     .usage = "x, t = xor([n=200, noise=0.05])",
     .doc = "Points x (n, 2) in a square, labels t 1 where the signs of the two differ.",
     .example = "x, t = xor(200, 0.05)"},
};

int nb_data_count(void)
{
    return COUNT(sets);
}

const NbDataSet *nb_data_at(int i)
{
    return i >= 0 && i < COUNT(sets) ? &sets[i] : NULL;
}

const NbDataSet *nb_data_find(const char *name)
{
    for (int i = 0; name && i < COUNT(sets); i++) {
        if (strcmp(sets[i].name, name) == 0) {
            return &sets[i];
        }
    }
    return NULL;
}
