/* view_boundary.c -- classifiers with two inputs and their data points, for the command boundary */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/view_field.h"
#include "session/report.h"

#define CLASSES_MOST 64
#define SHOWN_MOST 2000 /* data points: more could not be told apart, nor counted in a loop */

void view_points_free(ViewPoints *p)
{
    free(p->x);
    free(p->y);
    free(p->both);
    free(p->label);
}

static bool fail_shape(ViewAsk *a, const Node *at, const char *name, const NbShape *shape,
                       const char *wants)
{
    char text[160];
    interp_fail(a->I, at, NB_ESHAPE, "%s: %s has shape %s, not %s", a->command, name,
                nb_shape_text(shape, text, sizeof text), wants);
    return interp_hint(a->I, "boundary m, x, t: x with two columns, t with a class for each row");
}

static bool read_inputs(ViewAsk *a, const Node *at, NbVar *x, ViewPoints *p)
{
    const char *name = a->name[1];
    const NbShape *shape = nb_var_shape(x);
    NbTensor tmp;
    if (shape->rank != 2 || shape->dim[1] != 2 || shape->dim[0] < 1 || shape->dim[0] > 1000000) {
        return fail_shape(a, at, name, shape, "(n, 2)");
    }
    const NbTensor *t = nb_var_data(x, &tmp);
    p->n = (int)shape->dim[0];
    size_t n = (size_t)p->n;
    p->x = calloc(n, sizeof(double));
    p->y = calloc(n, sizeof(double));
    p->both = calloc(2 * n, sizeof(double));
    p->label = calloc(n, sizeof(int));
    if (!p->x || !p->y || !p->both || !p->label) {
        return interp_fail(a->I, at, NB_EMEM, "out of memory for a boundary");
    }
    for (size_t i = 0; i < n; i++) {
        p->both[2 * i] = p->x[i] = nb_tensor_at(t, (int64_t)(2 * i));
        p->both[2 * i + 1] = p->y[i] = nb_tensor_at(t, (int64_t)(2 * i + 1));
    }
    for (int k = 0; k < 2; k++) {
        snprintf(p->name[k], sizeof p->name[k], "%s[:, %d]", name, k);
    }
    return true;
}

static bool read_labels(ViewAsk *a, const Node *at, NbVar *t, int channels, ViewPoints *p)
{
    const char *name = a->name[2];
    const NbShape *shape = nb_var_shape(t);
    NbTensor tmp;
    const NbTensor *data = nb_var_data(t, &tmp);
    bool fits = (shape->rank == 1 || (shape->rank == 2 && shape->dim[1] == 1)) &&
                shape->dim[0] == p->n;
    if (!fits) {
        char wants[48];
        snprintf(wants, sizeof wants, "(%d,)", p->n);
        return fail_shape(a, at, name, shape, wants);
    }
    int classes = channels == 1 ? 2 : channels;
    for (int i = 0; i < p->n; i++) {
        double v = nb_tensor_at(data, i);
        p->label[i] = channels == 1 && v == -1 ? 0 : v >= 0 && v < classes ? (int)v : -1;
        if (p->label[i] < 0 || (v >= 0 && v != floor(v))) {
            interp_fail(a->I, at, NB_EVALUE, "%s: %s[%d] = %.6g is no class", a->command, name, i,
                        v);
            return channels == 1
                       ? interp_hint(a->I, "one score for a point: classes 0 and 1, or -1 and 1")
                       : interp_hint(a->I, "%d scores for a point: classes 0 … %d", channels,
                                     channels - 1);
        }
    }
    return true;
}

/* One score for each point, or one for each class: how many. 0 with the error set. */
static int count_scores(ViewAsk *a, const NbVar *scores, int n)
{
    const NbShape *s = nb_var_shape(scores);
    char text[160];
    if (s->rank == 1 && s->dim[0] == n) {
        return 1;
    }
    if (s->rank == 2 && s->dim[0] == n && s->dim[1] >= 1 && s->dim[1] <= CLASSES_MOST) {
        return (int)s->dim[1];
    }
    interp_fail(a->I, a->at, NB_ESHAPE, "%s: %s gives %s for %d points", a->command, a->text,
                nb_shape_text(s, text, sizeof text), n);
    interp_hint(a->I, "one score for each point, or a row with a score for each class");
    return 0;
}

static void fit_points(const ViewPoints *p, NbSurface *what)
{
    for (int k = 0; k < 2; k++) {
        double lo = INFINITY, hi = -INFINITY;
        for (int i = 0; i < p->n; i++) {
            double v = p->both[2 * i + k];
            lo = isfinite(v) && v < lo ? v : lo;
            hi = isfinite(v) && v > hi ? v : hi;
        }
        double span = hi > lo ? hi - lo : 2;
        what->lo[k] = (hi >= lo ? lo : -1) - 0.12 * span;
        what->hi[k] = (hi >= lo ? hi : 1) + 0.12 * span;
    }
}

/* Keeps one point of each of so many stretches, at a place of no pattern: data sets often have
 * their classes in turn. */
static void thin_out(const ViewAsk *a, ViewPoints *p)
{
    uint32_t dice = 1;
    if (p->n <= SHOWN_MOST) {
        return;
    }
    for (int k = 0; k < SHOWN_MOST; k++) {
        int from = (int)((int64_t)k * p->n / SHOWN_MOST);
        int to = (int)((int64_t)(k + 1) * p->n / SHOWN_MOST);
        dice = dice * 1664525u + 1013904223u;
        int i = from + (int)((dice >> 8) % (uint32_t)(to - from));
        p->both[2 * k] = p->both[2 * i];
        p->both[2 * k + 1] = p->both[2 * i + 1];
        p->label[k] = p->label[i];
    }
    if (!a->quiet) {
        session_say(session_of(a->I), "%d of %d points are shown", SHOWN_MOST, p->n);
    }
    p->n = SHOWN_MOST;
}

static bool module_ready(ViewAsk *a, Value m, Value x)
{
    Value y = UNSET;
    if (m.tag != V_OBJ) {
        return true;
    }
    /* a first call draws the weights: as m(x) would */
    nb_nograd_push(interp_ctx(a->I));
    nb_testmode_push(interp_ctx(a->I));
    bool ok = interp_call(a->I, m, &x, 1, &y);
    nb_testmode_pop(interp_ctx(a->I));
    nb_nograd_pop(interp_ctx(a->I));
    value_unref(&y);
    return ok;
}

/* Scores of the data points themselves decide how many classes there are. */
static bool try_classes(ViewAsk *a, Field *f, const ViewPoints *p)
{
    bool changes;
    NbErr why = {0};
    NbVar *z = field_scores(f, p->x, p->y, p->n, &changes, &why);
    if (!z) {
        interp_fail(a->I, a->at, why.code ? why.code : NB_EVALUE, "%s: %s cannot be computed: %s",
                    a->command, a->text, why.msg[0] ? why.msg : "no value");
        return why.hint[0] ? interp_hint(a->I, "%s", why.hint) : false;
    }
    f->channels = changes ? 0 : count_scores(a, z, p->n);
    nb_var_unref(&z);
    if (changes) {
        interp_fail(a->I, a->at, NB_EVALUE, "%s: calling %s changes it", a->command, a->text);
        return interp_hint(a->I, "models that keep a state from call to call have no regions");
    }
    return f->channels > 0;
}

Field *view_boundary_of(ViewAsk *a, const Value v[3], const Node *const at[3], ViewPoints *p,
                        NbSurface *what)
{
    bool callable = v[0].tag == V_FUNC || (v[0].tag == V_OBJ && v[0].obj->cls->call);
    if (!callable) {
        interp_fail(a->I, a->at, NB_ETYPE, "%s: %s is %s, not a model", a->command, a->text,
                    value_kind(v[0]));
        interp_hint(a->I, "as in boundary m, x, t after m = mlp([8, 2])");
        return NULL;
    }
    for (int k = 1; k < 3; k++) {
        if (v[k].tag != V_VAR) {
            interp_fail(a->I, at[k], NB_ETYPE, "%s: %s is %s, not a tensor", a->command, a->name[k],
                        value_kind(v[k]));
            return NULL;
        }
    }
    if (!read_inputs(a, at[1], v[1].var, p) || !module_ready(a, v[0], v[1])) {
        return NULL;
    }
    Field *f = field_new(session_of(a->I), FIELD_CLASSES, value_ref(v[0]), view_symbol_of(a, v[0]));
    if (!f) {
        interp_fail(a->I, a->at, NB_EMEM, "out of memory for a boundary");
        return NULL;
    }
    if (!try_classes(a, f, p) || !read_labels(a, at[2], v[2].var, f->channels, p)) {
        field_free(&f);
        return NULL;
    }
    NbSurface whole = {0};
    fit_points(p, &whole);
    thin_out(a, p);
    *what = (NbSurface){.title = a->text,
                        .name = {p->name[0], p->name[1]},
                        .boundary = true,
                        .equal = a->equal,
                        .npoints = p->n,
                        .point = p->both,
                        .label = p->label,
                        .lo = {whole.lo[0], whole.lo[1]},
                        .hi = {whole.hi[0], whole.hi[1]}};
    return f;
}
