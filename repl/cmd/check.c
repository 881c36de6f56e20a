/* check.c -- the command check: gradients against differences, entry by entry */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "session/clone.h"
#include "cmd/teach.h"
#include "cmd/view.h"

/* The derivative by one entry comes from central differences with steps that shrink, extrapolated
 * to step 0 (Ridders 1982, "Accurate computation of F'(x) and F'(x)F''(x)"); where the estimate
 * with the least error disagrees with backward, the slopes to both sides tell a kink from a
 * failure. */
#define STEPS 10
#define SHRINK 1.4
#define TRIES 9        /* first steps, each a thirtieth of the one before */
#define AGREE 1e-6     /* relative above 1 */
#define EVALUATIONS 26 /* of f, for one entry */
#define BUDGET 2e7     /* elements computed before entries are only sampled */
#define FEWEST 8       /* entries of one leaf at least */
#define MOST_LEAVES 1000
#define MOST_LIGHTS 64

typedef enum Verdict { AGREES, KINK, JUMP, FAILS } Verdict;

typedef struct Entry {
    int64_t at;
    double backward, numeric, error;
    double left, right; /* slopes beside a kink */
    Verdict verdict;
} Entry;

typedef struct Check {
    Subject u;
    Clone c;
    double f;         /* value */
    double largest;   /* number on the way to it, in size */
    int64_t elements; /* of all nodes together */
    size_t *leaf;     /* positions on the tape of the leaves to check */
    size_t nleaves;
} Check;

/* --- f with one entry moved --- */

static bool value_at(Check *k, NbVar *leaf, int64_t at, double x, double *y)
{
    double *numbers = nb_var_write_begin(leaf);
    if (!numbers) {
        return interp_fail_ctx(k->u.I, k->u.node);
    }
    numbers[at] = x;
    nb_var_write_end(leaf);
    if (nb_forward(k->c.root, false, NULL) != NB_OK) {
        return interp_fail_ctx(k->u.I, k->u.node);
    }
    *y = nb_var_value(k->c.root);
    return true;
}

/* (4·f(x + h) - f(x + 2h) - 3·f(x)) / 2h, for a step that leaves the domain on the other side. */
static bool one_sided(Check *k, NbVar *leaf, int64_t at, double x, double h, double *slope)
{
    volatile double once = x + h, twice = x + 2 * h;
    double near = 0, far = 0;
    if (!value_at(k, leaf, at, once, &near) || !value_at(k, leaf, at, twice, &far)) {
        return false;
    }
    *slope = (4 * (near - k->f) - (far - k->f)) / (2 * h);
    return true;
}

/* (f(x + h) - f(x - h)) / 2h, with the h that the machine has. */
static bool central(Check *k, NbVar *leaf, int64_t at, double x, double h, double *slope)
{
    volatile double up = x + h, down = x - h;
    double above = 0, below = 0;
    if (!value_at(k, leaf, at, up, &above) || !value_at(k, leaf, at, down, &below)) {
        return false;
    }
    *slope = (above - below) / (up - down);
    if (isfinite(k->f) && isfinite(above) != isfinite(below)) {
        return one_sided(k, leaf, at, x, isfinite(above) ? up - x : down - x, slope);
    }
    return true;
}

static double scale_of(double a, double b)
{
    return fmax(1, fmax(fabs(a), fabs(b)));
}

/* From steps of h on; what has a smaller error than e replaces it. */
static bool ridders(Check *k, NbVar *leaf, int64_t at, double x, double h, Entry *e)
{
    double a[STEPS][STEPS];
    for (int tries = 0; tries < 12; tries++, h /= 10) { /* into the domain: log near 0 */
        if (!central(k, leaf, at, x, h, &a[0][0])) {
            return false;
        }
        if (isfinite(a[0][0])) {
            break;
        }
    }
    e->numeric = e->error < DBL_MAX ? e->numeric : a[0][0];
    for (int i = 1; i < STEPS; i++) {
        double factor = SHRINK * SHRINK;
        h /= SHRINK;
        if (!central(k, leaf, at, x, h, &a[0][i])) {
            return false;
        }
        for (int j = 1; j <= i; j++, factor *= SHRINK * SHRINK) {
            a[j][i] = (a[j - 1][i] * factor - a[j - 1][i - 1]) / (factor - 1);
            double error = fmax(fabs(a[j][i] - a[j - 1][i]), fabs(a[j][i] - a[j - 1][i - 1]));
            const double noise = DBL_EPSILON * k->largest / h; /* two roundings may agree */
            error = noise > 1e-9 * scale_of(a[j][i], e->backward) ? fmax(error, noise) : error;
            if (error <= e->error) {
                e->error = error;
                e->numeric = a[j][i];
            }
        }
    }
    return true;
}

/* Slopes to the left and to the right at step h. */
static bool sides(Check *k, NbVar *leaf, int64_t at, double x, double h, Entry *e)
{
    volatile double up = x + h, down = x - h;
    double above = 0, below = 0;
    if (!value_at(k, leaf, at, up, &above) || !value_at(k, leaf, at, down, &below)) {
        return false;
    }
    e->right = (above - k->f) / (up - x);
    e->left = (k->f - below) / (x - down);
    return true;
}

static bool close_to(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance * scale_of(a, b);
}

/* Within the error of the estimate, where that is small, or what rounding makes of the numbers on
 * the way to f, from a step of h. */
static bool agrees(const Check *k, double h, const Entry *e)
{
    double scale = scale_of(e->backward, e->numeric), noise = 64 * DBL_EPSILON * k->largest / h;
    return close_to(e->backward, e->numeric, AGREE) ||
           (fabs(e->backward - e->numeric) <= 3 * e->error &&
            e->error <= fmax(1e-4 * scale, noise));
}

/* The first step: a part of x, but for a small x of 1. */
static double first_step(double x)
{
    return 0.02 * fmax(1, fabs(x));
}

/* A kink nearby, a pole or a steep f wants steps that do not reach it. */
static bool estimate(Check *k, NbVar *leaf, int64_t at, double x, Entry *e)
{
    double h = first_step(x);
    e->error = DBL_MAX;
    for (int tries = 0; tries < TRIES; tries++, h /= 30) {
        if (!ridders(k, leaf, at, x, h, e)) {
            return false;
        }
        if (agrees(k, first_step(x), e)) {
            break;
        }
    }
    h = first_step(x);
    for (int tries = 0; tries < 2 && e->error > 1e-4 * scale_of(e->backward, e->numeric); tries++) {
        h *= 30; /* out of the noise */
        if (!ridders(k, leaf, at, x, h, e)) {
            return false;
        }
    }
    return true;
}

/* Slopes that differ at two small steps make a kink, unless smaller ones tell that f is only steep;
 * where they grow with 1/h, f jumps. */
static bool judge(Check *k, NbVar *leaf, int64_t at, double x, Entry *e)
{
    Entry near = {0}, first = {0};
    double wide = 0, narrow = 0, noise = 0;
    bool kink = true;
    double h = 1e-5 * fmax(1, fabs(x));
    for (int tries = 0; tries < 4 && kink && noise <= narrow / 8; tries++, h /= 30) {
        if (!sides(k, leaf, at, x, h, e) || !sides(k, leaf, at, x, h / 10, &near)) {
            return false;
        }
        noise = 64 * DBL_EPSILON * fmax(1, k->largest) / (h / 10);
        wide = fabs(e->right - e->left);
        narrow = fabs(near.right - near.left);
        kink = narrow > 1e-3 * scale_of(near.left, near.right) + noise && narrow > wide / 2;
        first = first.at == 0 ? near : first; /* has the most digits */
        first.at = 1;
    }
    bool good = agrees(k, first_step(x), e);
    *e = (Entry){e->at, e->backward, e->numeric, e->error, first.left, first.right, e->verdict};
    double low = fmin(first.left, first.right), high = fmax(first.left, first.right);
    double slack = 1e-3 * scale_of(low, high);
    if (!isfinite(e->backward) || !isfinite(e->numeric)) {
        e->verdict = FAILS;
    } else if (kink && narrow > 5 * wide) {
        e->verdict = JUMP;
    } else if (kink) {
        e->verdict = e->backward >= low - slack && e->backward <= high + slack ? KINK : FAILS;
    } else {
        e->verdict = good ? AGREES : FAILS;
    }
    return true;
}

/* --- one leaf --- */

typedef struct Leaf {
    Entry worst;
    int64_t entries, tried, failed, kinks;
} Leaf;

static bool is_worse(const Entry *a, const Entry *b)
{
    if (a->verdict != b->verdict) {
        return a->verdict > b->verdict;
    }
    return fabs(a->backward - a->numeric) > fabs(b->backward - b->numeric);
}

static bool check_entry(Check *k, size_t i, int64_t at, Entry *e)
{
    NbVar *leaf = k->c.leaf[i];
    NbTensor tmp;
    const NbAmount *g = nb_contributions_total(k->u.sweep, k->u.tape->leaf[i]);
    double x = nb_tensor_at(nb_var_data(leaf, &tmp), at), y;
    *e = (Entry){.at = at};
    e->backward = !g ? 0 : g->tensor ? nb_tensor_at(g->tensor, at) : g->num;
    bool ok = estimate(k, leaf, at, x, e) && judge(k, leaf, at, x, e);
    return value_at(k, leaf, at, x, &y) && ok;
}

static bool check_leaf(Check *k, size_t i, Leaf *l)
{
    NbTensor tmp;
    *l = (Leaf){.entries = nb_var_data(k->c.leaf[i], &tmp)->size};
    double most = BUDGET / EVALUATIONS / (double)(k->elements + 1) / (double)k->nleaves;
    l->tried = most < FEWEST ? FEWEST : most > (double)l->entries ? l->entries : (int64_t)most;
    l->tried = l->tried > l->entries ? l->entries : l->tried;
    for (int64_t n = 0; n < l->tried; n++) {
        Entry e;
        int64_t at = (int64_t)((double)n * (double)l->entries / (double)l->tried);
        if (!interp_poll(k->u.I) || !check_entry(k, i, at, &e)) {
            return false;
        }
        l->failed += e.verdict >= JUMP;
        l->kinks += e.verdict == KINK;
        if (n == 0 || is_worse(&e, &l->worst)) {
            l->worst = e;
        }
    }
    return true;
}

/* --- texts --- */

static void put_place(const Check *k, Text *t, size_t i, const Leaf *l)
{
    char label[96];
    const NbShape *shape = nb_var_shape(k->u.tape->leaf[i]);
    text_add(t, teach_label(&k->u, k->u.tape->leaf[i], label, sizeof label));
    if (shape->rank == 0 || l->entries == 0) {
        return;
    }
    int64_t block = l->entries, at = l->worst.at;
    text_add(t, "[");
    for (int a = 0; a < shape->rank; a++) {
        block /= shape->dim[a];
        text_printf(t, "%s%lld", a ? ", " : "", (long long)(at / block % shape->dim[a]));
    }
    text_add(t, "]");
}

/* An operation with a kink, there where it has one. */
static bool is_bent(const NbVar *v)
{
    NbTensor tmp;
    const NbKink kink = nb_var_op(v)->kink;
    const NbVar *a = kink == NB_KINK_AT_0 ? nb_var_input(v, 0).var : NULL;
    const NbTensor *data = a ? nb_var_data(a, &tmp) : NULL;
    for (int64_t e = 0; data && e < data->size; e++) {
        if (fabs(nb_tensor_at(data, e)) < 1e-5) {
            return true;
        }
    }
    return kink == NB_KINK;
}

/* The oldest on the way from this leaf. */
static const NbVar *bent_node(const Check *k, const NbVar *leaf)
{
    const NbTape *t = k->u.tape;
    for (size_t i = 0; i < t->nnodes; i++) {
        if (is_bent(t->node[i]) && teach_behind(k->u.s, t->node[i], leaf)) {
            return t->node[i];
        }
    }
    return NULL;
}

/* As many digits as a one-sided difference has. */
static void put_slope(Text *t, double slope)
{
    char number[40];
    text_add(t, nb_format_number(fabs(slope) < 1e-5 ? 0 : slope, 3, number, sizeof number));
}

static void put_verdict(const Check *k, Text *t, size_t i, const Leaf *l)
{
    const Entry *e = &l->worst;
    if (e->verdict == AGREES) {
        text_add(t, "ok");
    } else if (e->verdict == KINK) {
        const NbVar *v = bent_node(k, k->u.tape->leaf[i]);
        text_printf(t, v ? "kink of %s: slopes " : "kink: slopes ", v ? nb_var_op(v)->name : "");
        put_slope(t, e->left);
        text_add(t, ", ");
        put_slope(t, e->right);
    } else {
        text_add(t, e->verdict == JUMP ? "FAILS: f jumps here" : "FAILS");
    }
    if (e->verdict == AGREES && l->entries > 1) {
        text_printf(t, l->tried < l->entries ? "  (%lld of %lld entries)" : "  (%lld entries)",
                    (long long)l->tried, (long long)l->entries);
    }
}

static void put_row(const Check *k, Table *table, size_t i, const Leaf *l)
{
    Text t = text_in(k->u.s->lost);
    Session *s = k->u.s;
    char number[40];
    const Entry *e = &l->worst;
    put_place(k, &t, i, l);
    nb_text_cut(&t, 22);
    table_text(table, session_text(s), &t);
    report_number(s, &t, e->backward);
    table_text(table, session_text(s), &t);
    int digits = s->set.digits == NB_DIGITS_FULL || s->set.digits > 10 ? 10 : s->set.digits;
    text_add(&t, nb_format_number(e->numeric, digits, number, sizeof number)); /* it is sure of */
    table_text(table, session_text(s), &t);
    text_add(&t, nb_format_number(fabs(e->backward - e->numeric), 2, number, sizeof number));
    table_text(table, session_text(s), &t);
    put_verdict(k, &t, i, l);
    table_text(table, session_text(s), &t);
    text_free(&t);
}

/* --- the command --- */

static bool choose_leaves(Check *k, const Call *c)
{
    const NbTape *t = k->u.tape;
    k->leaf = calloc(t->nleaves + (size_t)c->argc + 1, sizeof *k->leaf);
    if (!k->leaf) {
        return interp_fail(k->u.I, NULL, NB_EMEM, "out of memory for a check");
    }
    for (size_t i = 0; c->argc == 1 && i < t->nleaves; i++) {
        k->leaf[k->nleaves++] = i;
    }
    for (int a = 1; a < c->argc; a++) {
        Value v = UNSET;
        char name[96];
        size_t i = 0;
        if (!interp_eval(k->u.I, c->arg[a], &v)) {
            return false;
        }
        while (i < t->nleaves && !(v.tag == V_VAR && t->leaf[i] == v.var)) {
            i++;
        }
        bool leaf = v.tag == V_VAR && nb_var_kind(v.var) == NB_LEAF;
        value_unref(&v);
        interp_text(k->u.I, c->arg[a], name, sizeof name);
        if (i == t->nleaves) {
            interp_fail(k->u.I, c->arg[a], NB_EVALUE,
                        leaf ? "check: %s does not depend on %s" : "check: %.0s%s is no leaf",
                        k->u.name, name);
            return interp_hint(k->u.I, "check %s alone takes every leaf behind it", k->u.name);
        }
        k->leaf[k->nleaves++] = i;
    }
    return true;
}

static bool report_failures(Check *k, const Text *names, int64_t failed)
{
    if (failed == 0) {
        return true;
    }
    return interp_fail(k->u.I, k->u.node, NB_EVALUE, "check: %s disagree%s with differences: %s",
                       failed == 1 ? "a gradient" : "gradients", failed == 1 ? "s" : "",
                       text_str(names));
}

static bool check_all(Check *k)
{
    static const bool right[5] = {false, true, true, true, false};
    Table table;
    ViewLight bad[MOST_LIGHTS];
    int nbad = 0;
    int64_t failed = 0;
    Text names = text_in(k->u.s->lost);
    bool ok = true;
    table_begin(&table, k->u.s->lost, 5, right);
    const char *const heads[5] = {"", "backward", "numeric", "difference", ""};
    for (int i = 0; i < 5; i++) {
        table_cell(&table, heads[i]);
    }
    for (size_t n = 0; ok && n < k->nleaves; n++) {
        Leaf l;
        size_t i = k->leaf[n];
        ok = check_leaf(k, i, &l);
        if (ok) {
            put_row(k, &table, i, &l);
        }
        if (ok && l.failed > 0) {
            if (++failed <= 6) {
                text_add(&names, failed > 1 ? ", " : "");
                put_place(k, &names, i, &l);
            }
            if (nbad < MOST_LIGHTS) {
                bad[nbad++] = (ViewLight){k->u.tape->leaf[i], VIEW_LIGHT_BAD, NULL};
            }
        }
    }
    if (ok) {
        table_show(&table, k->u.s, true);
        view_light(k->u.s, bad, nbad, true);
        ok = report_failures(k, &names, failed);
    } else {
        table_free(&table);
    }
    text_free(&names);
    return ok;
}

static bool cmd_check(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Check k = {0};
    NbTensor tmp;
    bool ok = teach_begin(&k.u, I, c, 0) && teach_sweep(&k.u) && choose_leaves(&k, c);
    if (ok && k.nleaves > MOST_LEAVES) {
        ok = interp_fail(I, c->arg[0], NB_EVALUE, "check: %zu leaves are too many", k.nleaves);
        interp_hint(I, "name some: check %s, x", k.u.name);
    }
    for (size_t i = 0; ok && i < k.u.tape->nnodes; i++) {
        const NbTensor *t = nb_var_data(k.u.tape->node[i], &tmp);
        k.elements += t->size;
        for (int64_t e = 0; e < t->size; e++) {
            const double size = fabs(nb_tensor_at(t, e));
            k.largest = size > k.largest && isfinite(size) ? size : k.largest;
        }
    }
    if (ok) {
        bool masks = nb_ctx_keep_masks(k.u.s->ctx, true);
        ok = clone_begin(&k.c, k.u.s, k.u.f) || interp_fail_ctx(I, c->arg[0]);
        if (ok) {
            k.f = nb_var_value(k.c.root);
            ok = check_all(&k);
        }
        clone_end(&k.c);
        nb_ctx_keep_masks(k.u.s->ctx, masks);
    }
    free(k.leaf);
    teach_end(&k.u);
    return ok;
}

static const Builtin rows[] = {
    {"check",
     B_COMMAND | B_LAZY | B_WITHIN,
     1,
     -1,
     {{0}},
     cmd_check,
     "explaining",
     "check f [, x, …]",
     "Compares the gradient of f by each leaf with finite differences; for a tensor, shows the "
     "entry that agrees least. Kinks, where any slope between two is right, are marked. A gradient "
     "that disagrees is an error, so a script ends there. Nothing changes; dropout masks stay.",
     "x, y = 2, 3\nf = x*y + sin(x)\ncheck f"},
};

Rows check_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
