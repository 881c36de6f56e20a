/* view_curves.c -- functions of one variable and data points: plot sin, plot f(x), x=-3:3 */
#include "cmd/view_curves.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cmd/table.h"
#include "session/report.h"
#include "session/trial.h"

#define CURVES_MOST 12
#define SAMPLES 512   /* stretches of the range: a power of two, so that ends are exact */
#define FINEST 0x1p48 /* places between the ends of the axis, for points between samples */
#define CHECKS 4      /* of values computed at once, compared with single ones */
#define AGREE 1e-11
#define MOST_SECONDS 0.5    /* one curve, beside a statement that runs */
#define MOST_STATEMENT 60.0 /* the statement itself may take its time */
#define SHARE 9.0           /* of a running statement at most 1 / (1 + SHARE) */
#define MARGIN 0.05         /* beside the points */
#define REACH 5.0           /* the range is −5 … 5 unless something says more */

/* A function of one variable; or, without one, points (x, t). */
typedef struct Curve {
    char text[240];
    Value f;
    Value held[INTERP_LOCALS]; /* of the function that plotted: its further arguments */
    int nheld;
    NbVar *x, *t;
} Curve;

typedef struct Curves {
    Curve curve[CURVES_MOST];
    int n;
    char axis[64];
    bool given; /* the range was */
    double lo, hi;
    char title[256];
    NbRecord *record;
    bool empty; /* nothing in it can be drawn */
} Curves;

/* The part of the session. */
typedef struct Drawn {
    Curves now;    /* shown last */
    Curves file;   /* written last by an export that named them */
    Curves *takes; /* points are read into these, while arguments are */
    bool last;     /* what plot showed last were these */
    bool behind;   /* the window shows what was before */
    double rest_until;
} Drawn;

static const PartKey drawn_key = {sizeof(Drawn)};

static Drawn *drawn(const Session *s)
{
    return session_part(s, &drawn_key);
}

static void curve_clear(Curve *k)
{
    value_unref(&k->f);
    for (int i = 0; i < k->nheld; i++) {
        value_unref(&k->held[i]);
    }
    k->nheld = 0;
    nb_var_unref(&k->x);
    nb_var_unref(&k->t);
}

static void curves_clear(Curves *k)
{
    for (int i = 0; i < k->n; i++) {
        curve_clear(&k->curve[i]);
    }
    nb_record_free(&k->record);
    *k = (Curves){0};
}

/* --- arguments --- */

static bool is_name(const char *text)
{
    const char *c = text;
    while (isalnum((unsigned char)*c) || *c == '_' || (unsigned char)*c >= 0x80) {
        c++;
    }
    return *text && !*c && !isdigit((unsigned char)*text);
}

/* What a bare name stands for: new reference, V_UNSET when it is none, or unknown. */
static Value named(Interp *I, const Node *arg, const char *text)
{
    const char *name[INTERP_LOCALS];
    Value held[INTERP_LOCALS];
    if (is_name(text) && interp_locals(I, arg, "", name, held) == 1) {
        return held[0];
    }
    int symbol = is_name(text) ? interp_symbol(I, text) : -1;
    Value v = symbol >= 0 ? interp_get(I, symbol) : UNSET;
    if (v.tag != V_UNSET) {
        return value_ref(v);
    }
    return symbol >= 0 ? interp_builtin_value(I, text) : UNSET;
}

static bool is_points(const char *text)
{
    return strncmp(text, "points", 6) == 0 && text[6 + strspn(text + 6, " ")] == '(';
}

bool view_is_curves(Interp *I, const Call *c, int first)
{
    char text[240];
    bool found = c->nextra > 0;
    for (int i = first; i < c->argc && !found; i++) {
        Value v = named(I, c->arg[i], interp_text(I, c->arg[i], text, sizeof text));
        found = v.tag == V_FUNC || is_points(text);
        value_unref(&v);
    }
    return found;
}

static bool read_range(Interp *I, const Call *c, Curves *k)
{
    const char *command = c->row->name;
    if (c->nextra == 0) {
        return true;
    }
    if (c->nextra > 1) {
        interp_fail(I, c->extra[1].node, NB_EVALUE, "%s: curves have one range, and %s is a second",
                    command, c->extra[1].name);
        return interp_hint(I, "surface f shows what depends on two");
    }
    Value v = c->extra[0].value;
    snprintf(k->axis, sizeof k->axis, "%s", c->extra[0].name);
    if (v.tag != V_RANGE) {
        interp_fail(I, c->extra[0].node, NB_ETYPE, "%s: %s must be a range, not %s", command,
                    k->axis, value_kind(v));
        return interp_hint(I, "as in %s=-3:3", k->axis);
    }
    k->lo = v.range->start;
    k->hi = v.range->stop;
    k->given = true;
    if (v.range->step != 1) {
        session_note(session_of(I), "curve step",
                     "%s: curves choose their points themselves; the step of %s is not used",
                     command, k->axis);
    }
    if (!(k->hi > k->lo) || !isfinite(k->hi - k->lo)) {
        interp_fail(I, c->extra[0].node, NB_EVALUE, "%s: %s goes from %.6g to %.6g", command,
                    k->axis, k->lo, k->hi);
        return interp_hint(I, "the lower end first, as in %s=-3:3", k->axis);
    }
    return true;
}

/* A function is called with the variable; it says its name when no range did. */
static bool check_function(Interp *I, const Call *c, int i, const Func *f, const char *text,
                           Curves *k)
{
    const char *name[1] = {NULL};
    int required = 0, n = func_params(I, f, name, 1, &required);
    if (n == 0 || required > 1) {
        interp_fail(I, c->arg[i], NB_EVALUE, "%s: %s takes %d arguments; a curve has one",
                    c->row->name, text, required > 1 ? required : n);
        const char *held = strcmp(text, "g") == 0 ? "h" : "g";
        return required == 2 ? interp_hint(I, "surface %s, or hold one: def %s(x) = %s(x, 1)", text,
                                           held, text)
                             : interp_hint(I, "hold the others: def %s(x) = %s(x, …)", held, text);
    }
    if (!k->axis[0] && name[0]) {
        snprintf(k->axis, sizeof k->axis, "%s", name[0]);
    }
    return true;
}

/* What is evaluated is text, read again at session level: names in it mean what they mean then, but
 * those of a function that runs are held as they are now. */
static bool make_function(Interp *I, const Call *c, const Node *arg, const char *call,
                          const char *axis, Curve *k)
{
    const char *name[INTERP_LOCALS];
    Text t = text_in(session_of(I)->lost);
    int held = interp_locals(I, arg, axis, name, k->held);
    if (held < 0) {
        return interp_fail(I, arg, NB_EVALUE, "%s: a curve holds at most %d names of a function",
                           c->row->name, INTERP_LOCALS);
    }
    k->nheld = held;
    text_printf(&t, "def curve_(%s", axis);
    for (int i = 0; i < held; i++) {
        text_printf(&t, ", %s", name[i]);
    }
    text_printf(&t, ") = %s%s%s%s", k->text, call, *call ? axis : "", *call ? ")" : "");
    bool whole = !t.failed;
    k->f = whole ? interp_function(I, text_str(&t), t.len, "", 1) : UNSET;
    text_free(&t);
    return k->f.tag != V_UNSET ||
           (!whole && interp_fail(I, arg, NB_EMEM, "out of memory for a curve"));
}

static bool room(Interp *I, const Call *c, const Node *at, const Curves *k)
{
    return k->n < CURVES_MOST || interp_fail(I, at, NB_EVALUE, "%s: at most %d curves at once",
                                             c->row->name, CURVES_MOST);
}

static int64_t size_of(const NbVar *v)
{
    NbTensor tmp;
    return nb_var_data((NbVar *)(size_t)v, &tmp)->size;
}

static bool take_points(Interp *I, const Call *c, int first, Curves *k)
{
    char name[2][96], shape[2][160];
    if (!room(I, c, c->node, k)) {
        return false;
    }
    NbVar *x = view_variable(I, c, first, name[0], sizeof name[0]);
    NbVar *t = x ? view_variable(I, c, first + 1, name[1], sizeof name[1]) : NULL;
    if (!t) {
        nb_var_unref(&x);
        return false;
    }
    const NbShape *sx = nb_var_shape(x), *st = nb_var_shape(t);
    if (size_of(x) != size_of(t) || size_of(x) == 0) {
        interp_fail(I, c->arg[first], NB_ESHAPE, "points: %s %s and %s %s are not pairs of numbers",
                    name[0], nb_shape_text(sx, shape[0], sizeof shape[0]), name[1],
                    nb_shape_text(st, shape[1], sizeof shape[1]));
        nb_var_unref(&x);
        nb_var_unref(&t);
        return interp_hint(I, "as many in one as in the other; a column of a table is x[:, 0]");
    }
    for (int i = 0; i < k->n; i++) {
        if (k->curve[i].x == x && k->curve[i].t == t) { /* there already */
            nb_var_unref(&x);
            nb_var_unref(&t);
            return true;
        }
    }
    Curve *p = &k->curve[k->n++];
    *p = (Curve){.f = UNSET, .x = x, .t = t};
    snprintf(p->text, sizeof p->text, "%s", name[1]);
    if (!k->axis[0] && is_name(name[0])) {
        snprintf(k->axis, sizeof k->axis, "%.63s", name[0]);
    }
    return true;
}

/* Functions become curves when the name of the variable is known. */
static bool read_curves(Interp *I, const Call *c, int first, Curves *k)
{
    Drawn *d = drawn(session_of(I));
    bool call[CURVES_MOST] = {false};
    const Node *arg[CURVES_MOST] = {NULL};
    char text[240];
    if (!read_range(I, c, k)) {
        return false;
    }
    for (int i = first; i < c->argc; i++) {
        interp_text(I, c->arg[i], text, sizeof text);
        if (strlen(text) > sizeof text - 16) { /* perhaps cut */
            interp_fail(I, c->arg[i], NB_EVALUE, "%s: the expression is too long for a curve",
                        c->row->name);
            return interp_hint(I, "give it a name: def f(x) = …, then %s f", c->row->name);
        }
        if (is_points(text)) {
            Value none = UNSET;
            d->takes = k;
            bool ok = interp_eval(I, c->arg[i], &none);
            d->takes = NULL;
            value_unref(&none);
            if (!ok) {
                return false;
            }
            continue;
        }
        Value v = named(I, c->arg[i], text);
        bool function = v.tag == V_FUNC, ok = room(I, c, c->arg[i], k);
        ok = ok && (!function || check_function(I, c, i, v.func, text, k));
        if (ok) {
            call[k->n] = function || v.tag == V_OBJ;
            arg[k->n] = c->arg[i];
            memcpy(k->curve[k->n++].text, text, sizeof text);
        }
        value_unref(&v);
        if (!ok) {
            return false;
        }
    }
    if (!k->axis[0]) {
        snprintf(k->axis, sizeof k->axis, "x");
    }
    for (int i = 0; i < k->n; i++) {
        Curve *one = &k->curve[i];
        if (!one->x && !make_function(I, c, arg[i], call[i] ? "(" : "", k->axis, one)) {
            return false;
        }
    }
    return true;
}

/* --- values --- */

/* How places are handed to a function: a number, a variable, or rows, one for each. */
typedef enum Form { AS_NUMBER, AS_LEAF, AS_ROWS } Form;

static NbVar *column(NbCtx *ctx, const double *v, int n, Form form)
{
    NbShape shape = form == AS_ROWS ? nb_shape(2, n, 1) : nb_shape(0);
    NbTensor *t = nb_tensor_from(&shape, v, nb_ctx_err(ctx));
    return t ? nb_var_tensor(ctx, t, form == AS_LEAF ? NB_LEAF : NB_CONST) : NULL;
}

/* The function of n places; false when its value is not a number for each. */
static bool values(Session *s, const Curve *k, const double *x, int n, Form form, double *out,
                   NbErr *why)
{
    NbVar *at = column(s->ctx, x, n, form);
    Value arg[1 + INTERP_LOCALS] = {{.tag = V_VAR, .var = at}}, v = UNSET;
    memcpy(arg + 1, k->held, (size_t)k->nheld * sizeof *arg);
    bool ok = at ? interp_probe(s->interp, k->f, arg, 1 + k->nheld, form != AS_LEAF, &v, why)
                 : nb_fail(why, NB_EMEM, "out of memory for a curve") == NB_OK;
    if (ok && value_is_number(v)) {
        for (int i = 0; i < n; i++) {
            out[i] = value_number(v);
        }
    } else if (ok) {
        NbTensor tmp;
        const NbTensor *t = v.tag == V_VAR ? nb_var_data(v.var, &tmp) : NULL;
        ok = t && (t->size == n || t->size == 1);
        if (!ok) {
            nb_fail(why, NB_ESHAPE, "its value is %s, not one number", value_kind(v));
            if (v.tag == V_RANGE) {
                nb_hint(why, "a range has the name of its variable: x=0:1");
            }
        }
        for (int i = 0; ok && i < n; i++) {
            out[i] = nb_tensor_at(t, t->size == 1 ? 0 : i);
        }
    }
    value_unref(&v);
    nb_var_unref(&at);
    session_forget_error(s, false);
    return ok;
}

/* Says nothing about the function: no other way is tried, no place is a gap. */
static bool stopped(const NbErr *why)
{
    return why->code == NB_EINTERRUPT || why->code == NB_EMEM;
}

/* As a number; where that fails as a variable, which functions with a gradient in them want. */
static bool single(Session *s, const Curve *k, double x, double *out, NbErr *why)
{
    NbErr other = {0};
    if (values(s, k, &x, 1, AS_NUMBER, out, why)) {
        return true;
    }
    bool ok = !stopped(why) && values(s, k, &x, 1, AS_LEAF, out, &other);
    *why = stopped(&other) ? other : *why;
    return ok;
}

static bool agree(double a, double b)
{
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= AGREE * fmax(fabs(a), fabs(b));
}

/* All at once, where single places agree, each as a number or, for a model, as one row: what looks
 * across rows, and a function that means something else by a tensor, is no curve of its batch. */
static bool whole(Session *s, const Curve *c, const double *x, int n, double *out, NbErr *why)
{
    if (!values(s, c, x, n, AS_ROWS, out, why)) {
        return false;
    }
    int agreed = 0;
    for (int i = 0; i < CHECKS && !stopped(why); i++) {
        int k = (2 * i + 1) * n / (2 * CHECKS);
        double one;
        NbErr row = {0};
        why->code = NB_OK;
        bool known = single(s, c, x[k], &one, why);
        if (!known && !stopped(why)) {
            known = values(s, c, &x[k], 1, AS_ROWS, &one, &row);
            *why = stopped(&row) ? row : *why;
        }
        if (!stopped(why) && !(known && agree(one, out[k]))) {
            return false;
        }
        agreed += known;
    }
    return agreed > 0 && why->code != NB_EMEM && !*s->interrupt;
}

/* A place at which the function fails is a gap; false with its first error when it fails
 * everywhere. */
static bool sample(Session *s, const Curve *c, const double *x, int n, double seconds, double *out,
                   NbErr *why)
{
    Trial t;
    if (!trial_begin(&t, s, TRIAL_MASKS | TRIAL_TEST | TRIAL_QUIET, seconds)) {
        return nb_fail(why, NB_EMEM, "out of memory for a curve") == NB_OK;
    }
    NbErr failed = {0};
    const bool all = whole(s, c, x, n, out, &failed);
    bool some = all;
    for (int i = 0; !all && i < n && !stopped(&failed); i++) {
        failed.code = NB_OK;
        out[i] = NAN;
        bool here = single(s, c, x[i], &out[i], &failed);
        some |= here;
        if (!here && why->code == NB_OK) {
            *why = failed;
        }
    }
    if (!all && stopped(&failed)) {
        *why = failed;
        some = false;
    }
    trial_end(&t);
    return some;
}

/* --- the record --- */

static void extend(double range[2], const NbVar *v)
{
    NbTensor tmp;
    const NbTensor *t = nb_var_data((NbVar *)(size_t)v, &tmp);
    for (int64_t i = 0; i < t->size; i++) {
        double x = nb_tensor_at(t, i);
        range[0] = isfinite(x) ? fmin(range[0], x) : range[0];
        range[1] = isfinite(x) ? fmax(range[1], x) : range[1];
    }
}

/* range: of the functions; all: of the axis, which holds every point. */
static void choose_range(const Curves *k, double range[2], double all[2])
{
    double data[2] = {INFINITY, -INFINITY};
    for (int i = 0; i < k->n; i++) {
        if (k->curve[i].x) {
            extend(data, k->curve[i].x);
        }
    }
    range[0] = k->given ? k->lo : -REACH;
    range[1] = k->given ? k->hi : REACH;
    if (!k->given && data[0] <= data[1]) {
        double span = data[1] - data[0], margin = MARGIN * (span > 0 ? span : 1);
        range[0] = data[0] - margin;
        range[1] = data[1] + margin;
    }
    all[0] = fmin(range[0], data[0]);
    all[1] = fmax(range[1], data[1]);
}

typedef struct Pair {
    double x, t;
} Pair;

static int by_x(const void *p, const void *q)
{
    const Pair *a = p, *b = q;
    return (a->x > b->x) - (a->x < b->x);
}

static bool add_points(NbRecord *r, const Curve *k, size_t *shown)
{
    NbTensor tx, tt;
    const NbTensor *x = nb_var_data(k->x, &tx), *t = nb_var_data(k->t, &tt);
    size_t n = 0, all = (size_t)(x->size < t->size ? x->size : t->size);
    Pair *pair = calloc(all + 1, sizeof *pair);
    for (size_t i = 0; pair && i < all; i++) {
        pair[n] = (Pair){nb_tensor_at(x, (int64_t)i), nb_tensor_at(t, (int64_t)i)};
        n += isfinite(pair[n].x) && isfinite(pair[n].t) ? 1 : 0;
    }
    bool ok = pair != NULL;
    uint64_t least = 0;
    if (n > 1) {
        qsort(pair, n, sizeof *pair, by_x);
    }
    for (size_t i = 0; ok && i < n; i++) {
        double at = nb_record_step_at(r, pair[i].x);
        uint64_t step = at > 0 ? (uint64_t)llround(at) : 0;
        step = step < least ? least : step; /* several at one place */
        least = step + 1;
        ok = nb_record_add(r, step, &pair[i].t);
    }
    free(pair);
    *shown = n;
    nb_record_points(r);
    return ok;
}

static bool add_function(Session *s, NbRecord *r, const Curve *k, const double range[2],
                         double seconds, size_t *shown, NbErr *why)
{
    double x[SAMPLES + 1], y[SAMPLES + 1];
    for (int i = 0; i <= SAMPLES; i++) {
        x[i] = range[0] + (range[1] - range[0]) * i / SAMPLES;
    }
    bool ok = sample(s, k, x, SAMPLES + 1, seconds, y, why);
    for (int i = 0; ok && i <= SAMPLES; i++) {
        *shown += isfinite(y[i]) ? 1 : 0;
        ok = nb_record_add(r, (uint64_t)llround(nb_record_step_at(r, x[i])), &y[i]) ||
             nb_fail(why, NB_EMEM, "out of memory for a curve") == NB_OK;
    }
    return ok;
}

/* New, of the values now; NULL with *why and the curve at fault. */
static NbRecord *draw(Session *s, Curves *k, double seconds, int *at, NbErr *why)
{
    bool any = false;
    double range[2], all[2];
    size_t rows = SAMPLES + 2;
    for (int i = 0; i < k->n; i++) {
        size_t n = k->curve[i].x ? (size_t)size_of(k->curve[i].x) : 0;
        rows = n + 2 > rows ? n + 2 : rows;
    }
    choose_range(k, range, all);
    NbRecord *r = nb_record_new(rows, k->n);
    bool ok = r || nb_fail(why, NB_EMEM, "out of memory for curves") == NB_OK;
    if (ok) {
        nb_record_axis(r, k->axis, all[0], all[1] > all[0] ? (all[1] - all[0]) / FINEST : 1);
    }
    Text title = text_over(k->title, sizeof k->title);
    text_add(&title, "");
    for (int i = 0; ok && i < k->n; i++) {
        const Curve *one = &k->curve[i];
        const char *name = one->text;
        size_t shown = 0;
        *at = i;
        text_printf(&title, "%s%s", i ? ", " : "", name);
        ok = nb_record_begin(r, name, &name, 1, why) == NB_OK &&
             (one->x ? add_points(r, one, &shown)
                     : add_function(s, r, one, range, seconds, &shown, why));
        any = any || shown > 0;
        if (!ok && why->code == NB_OK) {
            nb_fail(why, NB_EMEM, "out of memory for curves");
        }
    }
    if (r) {
        nb_record_end(r);
    }
    if (!ok) {
        nb_record_free(&r);
    }
    k->empty = !any;
    return r;
}

/* The record of the values now in place of an earlier one, also in the window. */
static bool redraw(Session *s, Curves *k, double seconds, int *at, NbErr *why)
{
    NbRecord *r = draw(s, k, seconds, at, why);
    if (!r) {
        return false;
    }
    NbViz *viz = view_open_viz(s);
    if (viz && k->record) {
        nb_viz_plot_again(viz, k->record, r);
    }
    nb_record_free(&k->record);
    k->record = r;
    return true;
}

/* Every argument from `first` on is one of the curves, in their order. */
static bool redraw_now(Interp *I, const Call *c, int first, Curves *k)
{
    NbErr why = {0};
    int at = 0;
    if (redraw(session_of(I), k, MOST_STATEMENT, &at, &why)) {
        double range[2], all[2];
        choose_range(k, range, all);
        return !k->empty ||
               (k->curve[0].x ? interp_fail(I, c->node, NB_EVALUE, "%s: no pair of finite numbers",
                                            c->row->name)
                              : interp_fail(I, c->node, NB_EVALUE,
                                            "%s: no finite number for %s from %.6g to %.6g",
                                            c->row->name, k->axis, all[0], all[1]));
    }
    const Node *node = first + at < c->argc ? c->arg[first + at] : c->node;
    interp_fail(I, node, why.code, "%s: %s", c->row->name, why.msg);
    return why.hint[0] ? interp_hint(I, "%s", why.hint) : false;
}

/* --- showing --- */

static bool show(Interp *I, const Call *c, Curves *k)
{
    Session *s = session_of(I);
    NbViz *viz = view_viz(s);
    NbErr err = {0};
    if (!viz || !redraw_now(I, c, 0, k)) {
        return false;
    }
    if (view_has_display(s, viz)) {
        return nb_viz_plot(viz, k->record, k->title, &err) == NB_OK ||
               interp_fail_err(I, c->node, &err);
    }
    if (session_takes_pictures(s)) {
        NbExport e = {.view = NB_VIEW_PLOT, .record = k->record, .title = k->title};
        return view_show_picture(s, c->node, viz, &e);
    }
    session_say(s, "no display: the curves as text; export \"%s.png\", view=plot writes a picture",
                is_name(k->curve[0].text) ? k->curve[0].text : "curves");
    fflush(s->err);
    return nb_viz_chart(viz, k->record, k->title, s->out, &err) == NB_OK ||
           interp_fail_err(I, c->node, &err);
}

/* The new ones take the place of those shown; where they fail, those stay. */
static bool exchange(Interp *I, const Call *c, Curves *next)
{
    Session *s = session_of(I);
    Drawn *d = drawn(s);
    Curves before = d->now;
    d->now = *next;
    d->now.record = NULL;
    *next = (Curves){0};
    if (!show(I, c, &d->now)) {
        if (d->now.record && view_open_viz(s) && before.record) {
            nb_viz_plot_again(view_open_viz(s), d->now.record, before.record);
        }
        curves_clear(&d->now);
        d->now = before;
        return false;
    }
    NbViz *viz = view_open_viz(s);
    if (viz && before.record) {
        nb_viz_plot_again(viz, before.record, d->now.record);
    }
    curves_clear(&before);
    d->last = true;
    d->behind = false;
    return true;
}

bool view_curves_show(Interp *I, const Call *c)
{
    Curves next = {0};
    bool ok = read_curves(I, c, 0, &next) && exchange(I, c, &next);
    curves_clear(&next);
    return ok;
}

void view_curves_leave(Session *s)
{
    drawn(s)->last = false;
}

static void copy_curves(Curves *to, const Curves *from)
{
    *to = *from;
    to->record = NULL;
    for (int i = 0; i < to->n; i++) {
        Curve *k = &to->curve[i];
        k->f = value_ref(k->f);
        for (int h = 0; h < k->nheld; h++) {
            k->held[h] = value_ref(k->held[h]);
        }
        k->x = k->x ? nb_var_ref(k->x) : NULL;
        k->t = k->t ? nb_var_ref(k->t) : NULL;
    }
}

/* Inside plot's arguments, or as a command, which adds to the curves shown last. */
static bool cmd_points(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Drawn *d = drawn(session_of(I));
    if (d->takes) {
        return take_points(I, c, 0, d->takes);
    }
    Curves next = {0};
    if (d->last) {
        copy_curves(&next, &d->now);
    }
    bool ok = take_points(I, c, 0, &next) && exchange(I, c, &next);
    curves_clear(&next);
    return ok;
}

const NbRecord *view_curves_export(Interp *I, const Call *c, char *title, size_t cap)
{
    Drawn *d = drawn(session_of(I));
    Curves *k = &d->now;
    if (c->argc > 1 && view_is_curves(I, c, 1)) {
        k = &d->file;
        curves_clear(k);
        if (!read_curves(I, c, 1, k)) {
            curves_clear(k);
            return NULL;
        }
        bool same = !k->given && strcmp(d->now.axis, k->axis) == 0;
        if (same && d->now.given) { /* the range shown last */
            k->given = true;
            k->lo = d->now.lo;
            k->hi = d->now.hi;
        }
    } else if (c->argc > 1 || !d->last) {
        return NULL;
    }
    if (!redraw_now(I, c, 1, k)) {
        return NULL;
    }
    snprintf(title, cap, "%s", k->title);
    return k->record;
}

/* --- the part of the session: curves follow the values they depend on --- */

static void follow(Session *s, double seconds)
{
    Drawn *d = drawn(s);
    NbErr why = {0};
    int at;
    double begun = nb_seconds();
    redraw(s, &d->now, seconds, &at, &why); /* a function that fails now stays as it was */
    d->behind = false;
    d->rest_until = nb_seconds() + SHARE * (nb_seconds() - begun) + 0.03;
}

static void changed(Session *s)
{
    Drawn *d = drawn(s);
    if (d->last && d->now.record && view_open_viz(s)) {
        d->behind = true;
        if (!s->unit.running) {
            follow(s, MOST_SECONDS);
        }
    }
}

static void pump(Session *s)
{
    Drawn *d = drawn(s);
    if (d->last && d->now.record && view_open_viz(s) && !trial_now(s) &&
        (s->unit.running || d->behind) && nb_seconds() > d->rest_until) {
        follow(s, MOST_SECONDS);
    }
}

static void release(Session *s)
{
    curves_clear(&drawn(s)->now);
    curves_clear(&drawn(s)->file);
    drawn(s)->last = false;
}

const SessionPart view_curves_part = {
    .key = &drawn_key, .changed = changed, .close = release, .pump = pump, .free = release};

static const Builtin rows[] = {
    {"points",
     B_SOFT | B_VALUE | B_LAZY | B_SHOWS,
     2,
     2,
     {{0}},
     cmd_points,
     "showing",
     "points x, t",
     "Adds data to the curves that plot showed last, a point for each pair of numbers; alone, "
     "shows the points. Inside plot: plot f, points(x, t).",
     "x, t = curve(sin, n=40, noise=0.1)\nplot sin, x=0:7\npoints x, t"},
};

Rows view_curves_rows(void)
{
    return (Rows){rows, 1};
}
