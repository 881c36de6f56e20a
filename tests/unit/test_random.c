/* test_random.c -- random programs: replays, sweeps of every kind and differences agree */
#include "prompt.h"

#include "programs.h"
#include "repl/session/save.h"
#include "repl/session/undo.h"

#include <float.h>

/* NB_PROGRAMS=5000 makes more of them, NB_SEED=100 others, NB_ONLY=77 that one alone. */
static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

typedef struct Rounds {
    uint64_t seed, at, last;
    NbRng rng;
} Rounds;

static Rounds rounds(uint64_t usual)
{
    uint64_t n = from_environment("NB_PROGRAMS", usual), one = from_environment("NB_ONLY", 0);
    uint64_t seed = from_environment("NB_SEED", 1);
    return one ? (Rounds){.seed = seed, .at = one, .last = one}
               : (Rounds){.seed = seed, .at = 1, .last = n};
}

/* The numbers of the next program depend on it and on the seed alone. */
static bool next_round(Rounds *r, unsigned salt)
{
    nb_rng_seed(&r->rng, r->seed * 1000003 + r->at, salt);
    return r->at++ <= r->last;
}

typedef struct Texts {
    char first[2048], second[2048], nodes[1024], grads[1024], all[16384];
} Texts;

static char *joined(Texts *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(t->all, sizeof t->all, fmt, ap);
    va_end(ap);
    assert_true(n > 0 && (size_t)n < sizeof t->all);
    return t->all;
}

/* A fresh session that prints whole numbers and says nothing of NaN. */
static Prompt *quiet(void)
{
    Prompt *p = prompt_new();
    prompt_run(p, "set digits full\nset nan off\nset broadcast off");
    return p;
}

/* Runs what must not fail, and gives back what it printed (to be freed). */
static char *printed(Prompt *p, const Rounds *r, const char *text)
{
    if (prompt_run(p, text) != RUN_OK) {
        fail_msg("program %d of seed %d\n%s\n%s", (int)r->at - 1, (int)r->seed, text, p->err);
    }
    return strdup(p->out);
}

/* cmocka's messages are cut. */
static void differ(const Rounds *r, const char *what, const char *program, const char *a,
                   const char *b)
{
    fprintf(stderr, "%s: program %d of seed %d\n%s\nfirst:\n%s\nsecond:\n%s\n", what,
            (int)r->at - 1, (int)r->seed, program, a, b);
    fail();
}

static void expect_same(const Rounds *r, const char *what, const char *program, const char *a,
                        const char *b)
{
    if (strcmp(a, b) != 0) {
        differ(r, what, program, a, b);
    }
}

static unsigned some_kinds(NbRng *rng)
{
    unsigned kinds = (unsigned)nb_rng_u64(rng) & (unsigned)from_environment("NB_KINDS", 63);
    return nb_rng_u64(rng) % 3 ? kinds & ~(unsigned)PROGRAM_SCALARS : kinds | PROGRAM_SCALARS;
}

/* --- a replay is what building the graph again gives --- */

static void replays_equal_graphs_built_again(void **state)
{
    (void)state;
    Rounds r = rounds(150);
    while (next_round(&r, 1)) {
        Program g;
        Texts t;
        unsigned kinds = some_kinds(&r.rng);
        unsigned special = kinds & PROGRAM_EXTREME ? (unsigned)(nb_rng_u64(&r.rng) % 8) : 0;
        program_make(&g, &r.rng, kinds, 2 + (int)(nb_rng_u64(&r.rng) % 16));
        program_list(&g, false, "", t.nodes, sizeof t.nodes);
        program_list(&g, true, ".grad", t.grads, sizeof t.grads);
        Prompt *p = quiet();
        program_values(&g, "=", 15, special, t.first, sizeof t.first);
        free(printed(p, &r, joined(&t, "%sseed 7;\n%s", t.first, g.text)));
        for (int round = 0; round < 6; round++) {
            unsigned which = round == 5 ? 15 : 1 + (unsigned)(nb_rng_u64(&r.rng) % 15);
            program_values(&g, ":=", which, special, t.second, sizeof t.second);
            char *now = printed(p, &r,
                                joined(&t,
                                       "%sseed 7;\nforward r;\ncleargrad;\nbackward r;\n"
                                       "print r, %s\nprint %s\n",
                                       t.second, t.nodes, t.grads));
            char *leaves = printed(p, &r, "print x0, x1");
            if (round == 5) {
                Prompt *q = quiet();
                program_values(&g, "=", 0, 0, t.first, sizeof t.first);
                for (char *s = t.second; (s = strstr(s, ":=")) != NULL; s++) {
                    *s = ' ';
                }
                char *again = printed(q, &r,
                                      joined(&t,
                                             "%sseed 7;\n%sbackward r;\nprint r, %s\n"
                                             "print %s\n",
                                             t.second, g.text, t.nodes, t.grads));
                expect_same(&r, "replayed and built again", t.all, now, again);
                free(again);
                prompt_free(q);
            }
            free(leaves);
            free(now);
        }
        prompt_free(p);
    }
}

/* --- sweeps of every kind --- */

static const double *next_number(char **s, double *x)
{
    while (**s && !strchr("-+.0123456789in", **s)) {
        (*s)++;
    }
    if (!**s) {
        return NULL;
    }
    if (strncmp(*s, "none", 4) == 0) { /* no gradient: zeros of any number */
        *s += 4;
        *x = 0;
        return x;
    }
    *x = strtod(*s, s);
    return x;
}

/* Numbers in the same places, within `tolerance` of the largest. */
static void expect_near(const Rounds *r, const char *what, const char *program, const char *a,
                        const char *b, double tolerance)
{
    char *s = (char *)(uintptr_t)a, *t = (char *)(uintptr_t)b;
    double x, y;
    bool near = true;
    while (near) {
        const double *more = next_number(&s, &x), *other = next_number(&t, &y);
        if (!more || !other) {
            near = !more == !other;
            break;
        }
        double scale = fmax(1, fmax(fabs(x), fabs(y)));
        near = (isnan(x) && isnan(y)) || x == y || fabs(x - y) <= tolerance * scale;
    }
    if (!near) {
        differ(r, what, program, a, b);
    }
}

/* --- contributions: what explain, walk and trace show --- */

static NbVar *var_of(Prompt *p, const char *name)
{
    Value v = interp_get(p->s->interp, interp_symbol(p->s->interp, name));
    assert_int_equal(v.tag, V_VAR);
    return v.var;
}

/* The totals of a sweep taken apart are what backward adds, to the last bit. */
static void expect_totals(const Rounds *r, Prompt *p, const Program *g, const char *program)
{
    NbVar *root = var_of(p, "r");
    NbContributions *c = nb_contributions(root, NULL);
    assert_non_null(c);
    for (int i = 0; i < g->nleaves; i++) {
        NbVar *x = var_of(p, g->node[i].name);
        NbTensor tmp;
        const NbTensor *have = nb_var_grad_data(x, &tmp);
        const NbAmount *want = nb_contributions_total(c, x);
        for (int64_t k = 0; have && k < have->size; k++) {
            double a = nb_tensor_at(have, k);
            double b = !want ? 0 : want->tensor ? nb_tensor_at(want->tensor, k) : want->num;
            if (a != b && !(isnan(a) && isnan(b))) {
                char one[64], two[64];
                snprintf(one, sizeof one, "%s.grad %.17g", g->node[i].name, a);
                snprintf(two, sizeof two, "%.17g", b);
                differ(r, "backward and its contributions", program, one, two);
            }
        }
    }
    nb_contributions_free(&c);
}

/* 1/x of a number below 1/DBL_MAX is infinite, while 0/x is 0: a local derivative cannot say so. */
static void without_subnormals(char *values)
{
    static const char *const tiny[] = {"5e-324", "1e-310"};
    for (int i = 0; i < 2; i++) {
        for (char *s = values; (s = strstr(s, tiny[i])) != NULL;) {
            memcpy(s, "1e-200", 6);
        }
    }
}

static void sweeps_of_numbers_and_of_graphs_agree(void **state)
{
    (void)state;
    Rounds r = rounds(150);
    while (next_round(&r, 2)) {
        Program g;
        Texts t;
        unsigned kinds = some_kinds(&r.rng);
        program_make(&g, &r.rng, kinds, 2 + (int)(nb_rng_u64(&r.rng) % 16));
        program_list(&g, true, ".grad", t.grads, sizeof t.grads);
        program_values(&g, "=", 15, nb_rng_u64(&r.rng) % 3 == 0 ? 4 : 0, t.first, sizeof t.first);
        without_subnormals(t.first);
        char *program = strdup(joined(&t, "%sseed 7;\n%s", t.first, g.text));
        Prompt *p = quiet();
        free(printed(p, &r, program));
        char *one = printed(p, &r, joined(&t, "backward r;\nprint %s\n", t.grads));
        char *packed =
            printed(p, &r, joined(&t, "repeat 4 { cleargrad; backward r }\nprint %s\n", t.grads));
        expect_same(&r, "first and fifth sweep", program, one, packed);
        expect_totals(&r, p, &g, program);
        char *graph = printed(p, &r,
                              joined(&t,
                                     "cleargrad;\nbackward r, create_graph=true;\n"
                                     "print %s\n",
                                     t.grads));
        expect_near(&r, "backward with and without create_graph", program, one, graph, 1e-9);
        free(one);
        free(packed);
        free(graph);
        free(program);
        prompt_free(p);
    }
}

/* --- differences --- */

/* The numbers of a text moved by h along a direction that depends on their place. */
static void moved(const char *values, double h, char *buf, size_t cap)
{
    size_t n = 0;
    int k = 0;
    for (const char *s = values; *s && n + 40 < cap;) {
        bool number = (*s == '-' || (*s >= '0' && *s <= '9')) && s > values &&
                      (s[-1] == ' ' || s[-1] == '[');
        if (!number) {
            buf[n++] = *s++;
            continue;
        }
        double x = strtod(s, (char **)(uintptr_t)&s);
        n += (size_t)snprintf(buf + n, cap - n, "%.17g", x + h * cos(++k));
    }
    buf[n] = '\0';
}

/* What gradients promise along the same direction. */
static double promised(const char *grads)
{
    char *s = (char *)(uintptr_t)grads;
    double x, sum = 0;
    for (int k = 1; next_number(&s, &x); k++) {
        sum += x * cos(k);
    }
    return sum;
}

static double root_at(Prompt *p, const Rounds *r, Texts *t, double h)
{
    moved(t->first, h, t->second, sizeof t->second);
    char *out = printed(p, r, joined(t, "%sseed 7;\nforward r;\nprint r", t->second));
    double y = strtod(out, NULL);
    free(out);
    return y;
}

/* Central differences of some widths; false where they do not agree on a slope to be trusted, or
 * the slopes to both sides differ: at a kink central ones agree on their mean. */
static bool slope(Prompt *p, const Rounds *r, Texts *t, double *d)
{
    enum { WIDTHS = 3 };
    double at[WIDTHS], bend = 0;
    const double here = root_at(p, r, t, 0);
    for (int i = 0; i < WIDTHS; i++) {
        double h = 1e-4 / (1 << 2 * i), right = root_at(p, r, t, h), left = root_at(p, r, t, -h);
        at[i] = (right - left) / (2 * h);
        bend = fabs((right - here) - (here - left)) / h;
    }
    double scale = fmax(1, fabs(at[1]));
    *d = (4 * at[1] - at[0]) / 3;
    root_at(p, r, t, 0);
    return fabs(at[0] - at[1]) < 1e-5 * scale && fabs(at[1] - at[2]) < 1e-5 * scale &&
           bend < 1e-2 * scale;
}

/* Leaves that nothing of r depends on have no gradient: here they get zeros. */
static void every_leaf_counts(Program *g)
{
    size_t n = strlen(g->text);
    for (int i = 0; i < g->nleaves; i++) {
        n += (size_t)snprintf(g->text + n, sizeof g->text - n, "r = r + 0*sum(%s);\n",
                              g->node[i].name);
    }
}

static void gradients_equal_differences(void **state)
{
    (void)state;
    Rounds r = rounds(150);
    int trusted = 0, all = 0;
    while (next_round(&r, 3)) {
        Program g;
        Texts t;
        unsigned kinds = some_kinds(&r.rng) & ~(unsigned)PROGRAM_EXTREME;
        program_make(&g, &r.rng, kinds, 2 + (int)(nb_rng_u64(&r.rng) % 10));
        every_leaf_counts(&g);
        program_list(&g, true, ".grad", t.grads, sizeof t.grads);
        program_values(&g, ":=", 15, 0, t.first, sizeof t.first);
        Prompt *p = quiet();
        program_values(&g, "=", 15, 0, t.second, sizeof t.second);
        free(printed(p, &r, joined(&t, "%sseed 7;\n%s", t.second, g.text)));
        char *program = strdup(joined(&t, "%s%s", t.first, g.text));
        double want;
        all++;
        if (slope(p, &r, &t, &want)) {
            char *grads = printed(p, &r, joined(&t, "backward r;\nprint %s", t.grads));
            double have = promised(grads);
            trusted++;
            if (!(fabs(have - want) <= 1e-5 * fmax(1, fabs(want)))) {
                char a[64], b[64];
                snprintf(a, sizeof a, "%.12g", have);
                snprintf(b, sizeof b, "%.12g", want);
                differ(&r, "gradient and difference", program, a, b);
            }
            expect_totals(&r, p, &g, program);
            free(grads);
        }
        free(program);
        prompt_free(p);
    }
    assert_true(2 * trusted >= all || all < 20);
}

/* --- going back and forth, saving and loading --- */

static char *state_of(Prompt *p)
{
    NbErr err = {0};
    size_t len;
    char *text = save_text(p->s, &len, &err);
    assert_non_null(text);
    return text;
}

/* Which sign a NaN has is the processor's business: it goes, and with it the sum at the end. */
static void without_signs_of_nans(char *state)
{
    char *to = state, *end = strstr(state, "\nend ");
    for (const char *from = state; from < end; from++) {
        if (strncmp(from, "-nan", 4) != 0) {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static const char *const trainings[] = {
    "forward r; cleargrad; backward r; step opt",
    "repeat 3 { forward r; cleargrad; backward r; step opt }",
    "backward r",
    "cleargrad",
    "x0 := x0*0.5",
    "forward r",
    "repeat 2 { forward r; backward r, create_graph=true }",
    "minimize r, opt, steps=4",
    "step opt",
    "q = r*x0 + 1; backward q; step opt",
    "unchain n5",
    "seed 4",
    "q = sum(grad(r, x0))",
    "reset opt",
    "opt.lr = 0.002",
    "def f(a) = a*x0; q = f(r)",
    "opt = adam(x0, x1, lr=0.01)",
    "opt = sgd(x0, x1, lr=0.001, momentum=0.9, hooks=[clip_grad(1)])",
    "opt = rmsprop(x0, x1)",
};

/* One session runs straight through; the other is saved, loaded, taken back and forth on the way.
 */
static void travelled_sessions_end_where_straight_ones_do(void **state)
{
    (void)state;
    Rounds r = rounds(40);
    while (next_round(&r, 4)) {
        Program g;
        Texts t;
        program_make(&g, &r.rng, some_kinds(&r.rng), 2 + (int)(nb_rng_u64(&r.rng) % 10));
        program_values(&g, "=", 15, 0, t.first, sizeof t.first);
        Prompt *straight = quiet(), *other = quiet();
        joined(&t, "%sseed 7;\n%sopt = adam(x0, x1, lr=0.01)\n", t.first, g.text);
        char *program = strdup(t.all);
        prompt_run(straight, program);
        prompt_run(other, program);
        for (int i = 0; i < 12; i++) {
            const char *line =
                trainings[nb_rng_u64(&r.rng) % (sizeof trainings / sizeof *trainings)];
            unsigned how = (unsigned)(nb_rng_u64(&r.rng) % 4);
            prompt_run(straight, line);
            prompt_run(other, line);
            if (how == 0) {
                char *text = state_of(other);
                Prompt *loaded = quiet();
                NbErr err = {0};
                if (!save_load(loaded->s, text, strlen(text), "s.nabla", &err)) {
                    differ(&r, "load", program, err.msg, line);
                }
                prompt_free(other);
                other = loaded;
                free(text);
            } else if (how == 1 && undo_count(other->s) > 0) {
                char *before = state_of(other), command[64];
                int n = 1 + (int)(nb_rng_u64(&r.rng) % (uint64_t)undo_count(other->s));
                snprintf(command, sizeof command, "undo %d\nredo %d", n, n);
                prompt_run(other, command);
                char *after = state_of(other);
                expect_same(&r, command, program, before, after);
                free(before);
                free(after);
            }
            char *a = state_of(straight), *b = state_of(other);
            without_signs_of_nans(a);
            without_signs_of_nans(b);
            if (strcmp(a, b) != 0) {
                fprintf(stderr, "after line %d, %s\n", i, line);
            }
            expect_same(&r, "straight and travelled", program, a, b);
            free(a);
            free(b);
        }
        free(program);
        prompt_free(straight);
        prompt_free(other);
    }
}

/* rewind k gives back the numbers of step k, and the steps from there the same numbers again. */
static void rewinding_and_going_on_repeats_the_steps(void **state)
{
    (void)state;
    enum { STEPS = 12 };
    static const char *const optimizers[] = {"sgd(%s, lr=0.001, momentum=0.9)", "adam(%s, lr=0.01)",
                                             "rmsprop(%s, lr=0.001)", "adagrad(%s, lr=0.01)",
                                             "nesterov(%s, lr=0.001)"};
    Rounds r = rounds(40);
    while (next_round(&r, 5)) {
        Program g;
        Texts t;
        char opt[256], leaves[64], *at[STEPS + 1];
        program_make(&g, &r.rng,
                     some_kinds(&r.rng) & ~(unsigned)(PROGRAM_EXTREME | PROGRAM_DROPOUT),
                     2 + (int)(nb_rng_u64(&r.rng) % 10));
        every_leaf_counts(&g);
        program_values(&g, "=", 15, 0, t.first, sizeof t.first);
        program_list(&g, true, "", leaves, sizeof leaves);
        snprintf(opt, sizeof opt, optimizers[nb_rng_u64(&r.rng) % 5], leaves);
        Prompt *p = quiet();
        char *program = strdup(joined(&t, "%s%sopt = %s", t.first, g.text, opt));
        free(printed(p, &r, program));
        for (int i = 0; i <= STEPS; i++) {
            at[i] = printed(
                p, &r, joined(&t, "print %s\nforward r; cleargrad; backward r; step;\n", leaves));
        }
        for (int tries = 0; tries < 4; tries++) {
            int k = (int)(nb_rng_u64(&r.rng) % STEPS);
            free(printed(p, &r, joined(&t, "rewind %d", k)));
            for (int i = k; i <= STEPS; i++) {
                char *now = printed(p, &r,
                                    joined(&t,
                                           "print %s\nforward r; cleargrad; backward r; "
                                           "step;\n",
                                           leaves));
                expect_same(&r, "steps after rewind", program, at[i], now);
                free(now);
            }
        }
        for (int i = 0; i <= STEPS; i++) {
            free(at[i]);
        }
        free(program);
        prompt_free(p);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(replays_equal_graphs_built_again),
    cmocka_unit_test(sweeps_of_numbers_and_of_graphs_agree),
    cmocka_unit_test(gradients_equal_differences),
    cmocka_unit_test(travelled_sessions_end_where_straight_ones_do),
    cmocka_unit_test(rewinding_and_going_on_repeats_the_steps),
};

NB_TEST_MAIN(tests)
