/* test_model.c -- random sessions with the usual echo beside a model of what they mean */

/* The model knows leaves, graphs of numbers over them, their sweeps and steps, undo and redo. It
 * computes values and slopes by itself. Between its statements stand commands of
 * the table, each with arguments of every kind: what changes the session is taken back at once, and
 * then the model must hold again. Nothing may end the process; no line may lack a name or a value,
 * and none says nan or inf, which the model's numbers never are. */
#include "prompt.h"

#include "repl/session/undo.h"

enum {
    LEAVES = 4,
    ROOTS = 3,
    TREE = 88 /* 1 + 4 + 16 + 64 */,
    OBJECTS = 64,
    DEPTH = 60,
    PASSES = 150
};

static const char *const leaf_names[LEAVES] = {"x", "y", "z", "w"};
static const char *const root_names[ROOTS] = {"f", "g", "h"};

/* --- formulas, their values and slopes --- */

typedef enum Kind {
    A_NUMBER,
    A_LEAF,
    SUM,
    PRODUCT,
    DIFFERENCE,
    SINE,
    HYPERBOLIC,
    SQUARE,
    RECTIFIED,
    LARGER,
    CHOICE, /* where(a > b, c, d) */
    ROUNDED,
    KINDS
} Kind;

typedef struct Term {
    Kind kind;
    double number;
    int leaf; /* an object of the model */
    int kid[4];
} Term;

typedef struct Formula {
    Term term[TREE];
    int n;
} Formula;

typedef struct Leaf {
    double value, grad;
    bool has_grad;
    unsigned written; /* when, in the time of the model */
} Leaf;

typedef struct Root {
    bool bound;
    Formula formula;
    double value;
    unsigned computed;
} Root;

typedef struct State {
    Leaf leaf[OBJECTS];
    int nleaves;
    int bound[LEAVES]; /* object of each name, -1: none */
    Root root[ROOTS];
    unsigned time;
    bool steps; /* there is an optimizer, over these: */
    int over[2];
    double rate;
} State;

static double value_of(const State *s, const Formula *f, int at)
{
    const Term *t = &f->term[at];
    double a = t->kid[0] >= 0 ? value_of(s, f, t->kid[0]) : 0;
    double b = t->kid[1] >= 0 ? value_of(s, f, t->kid[1]) : 0;
    switch (t->kind) {
    case A_NUMBER: return t->number;
    case A_LEAF: return s->leaf[t->leaf].value;
    case SUM: return a + b;
    case PRODUCT: return a * b;
    case DIFFERENCE: return a - b;
    case SINE: return sin(a);
    case HYPERBOLIC: return tanh(a);
    case SQUARE: return a * a;
    case RECTIFIED: return a > 0 ? a : 0;
    case LARGER: return a > b ? a : b;
    case CHOICE: return value_of(s, f, t->kid[a > b ? 2 : 3]);
    case ROUNDED: return floor(a);
    default: return NAN;
    }
}

/* Adds upstream times the slope to each leaf; a leaf that only a comparison or a rounding reads is
 * not reached. */
static void sweep(const State *s, const Formula *f, int at, double up, double *grad, bool *reached)
{
    const Term *t = &f->term[at];
    double a = t->kid[0] >= 0 ? value_of(s, f, t->kid[0]) : 0;
    double b = t->kid[1] >= 0 ? value_of(s, f, t->kid[1]) : 0;
    switch (t->kind) {
    case A_LEAF:
        grad[t->leaf] += up;
        reached[t->leaf] = true;
        return;
    case SUM:
    case DIFFERENCE:
        sweep(s, f, t->kid[0], up, grad, reached);
        sweep(s, f, t->kid[1], t->kind == SUM ? up : -up, grad, reached);
        return;
    case PRODUCT:
        sweep(s, f, t->kid[0], up * b, grad, reached);
        sweep(s, f, t->kid[1], up * a, grad, reached);
        return;
    case SINE: sweep(s, f, t->kid[0], up * cos(a), grad, reached); return;
    case HYPERBOLIC: sweep(s, f, t->kid[0], up / cosh(a) / cosh(a), grad, reached); return;
    case SQUARE: sweep(s, f, t->kid[0], up * 2 * a, grad, reached); return;
    case RECTIFIED: sweep(s, f, t->kid[0], a > 0 ? up : 0, grad, reached); return;
    case LARGER:
        sweep(s, f, t->kid[0], a > b ? up : a < b ? 0 : up / 2, grad, reached);
        sweep(s, f, t->kid[1], a < b ? up : a > b ? 0 : up / 2, grad, reached);
        return;
    case CHOICE:
        sweep(s, f, t->kid[2], a > b ? up : 0, grad, reached);
        sweep(s, f, t->kid[3], a > b ? 0 : up, grad, reached);
        return;
    default: return;
    }
}

/* --- making them --- */

typedef struct Game {
    Prompt *p;
    NbRng rng;
    int number;
    State now, then[DEPTH]; /* then: before each unit; of those taken back, after it */
    int done, kept;         /* units that can be taken back, and done again */
    char log[1 << 16];
    size_t logged;
} Game;

static unsigned below(Game *g, unsigned n)
{
    return (unsigned)(nb_rng_u64(&g->rng) % n);
}

static double some_number(Game *g)
{
    static const double numbers[] = {0, 1, 2, -1, 0.5, 3, -2.25, 0.25, 1.5};
    return numbers[below(g, sizeof numbers / sizeof *numbers)];
}

static int grow(Game *g, Formula *f, int depth)
{
    static const int kids[KINDS] = {
        [SUM] = 2,    [PRODUCT] = 2,   [DIFFERENCE] = 2, [SINE] = 1,   [HYPERBOLIC] = 1,
        [SQUARE] = 1, [RECTIFIED] = 1, [LARGER] = 2,     [CHOICE] = 4, [ROUNDED] = 1};
    int at = f->n++;
    Kind kind = depth == 0 ? (below(g, 4) ? A_LEAF : A_NUMBER)
                           : (Kind)(SUM + below(g, KINDS - SUM));
    int name = (int)below(g, LEAVES);
    if (kind == A_LEAF && g->now.bound[name] < 0) {
        kind = A_NUMBER;
    }
    f->term[at] = (Term){.kind = kind, .number = some_number(g), .kid = {-1, -1, -1, -1}};
    f->term[at].leaf = kind == A_LEAF ? g->now.bound[name] : -1;
    for (int i = 0; i < kids[kind]; i++) {
        int kid = grow(g, f, depth - 1);
        f->term[at].kid[i] = kid;
    }
    return at;
}

static const char *name_of(const State *s, int leaf)
{
    for (int i = 0; i < LEAVES; i++) {
        if (s->bound[i] == leaf) {
            return leaf_names[i];
        }
    }
    return NULL;
}

static void write_term(const State *s, const Formula *f, int at, Text *t)
{
    static const char *const form[KINDS][5] = {[SUM] = {"(", " + ", ")"},
                                               [PRODUCT] = {"(", "*", ")"},
                                               [DIFFERENCE] = {"(", " - ", ")"},
                                               [SINE] = {"sin(", ")"},
                                               [HYPERBOLIC] = {"tanh(", ")"},
                                               [SQUARE] = {"(", ")^2"},
                                               [RECTIFIED] = {"relu(", ")"},
                                               [LARGER] = {"max(", ", ", ")"},
                                               [CHOICE] = {"where(", " > ", ", ", ", ", ")"},
                                               [ROUNDED] = {"floor(", ")"}};
    const Term *term = &f->term[at];
    if (term->kind == A_NUMBER) {
        text_printf(t, term->number < 0 ? "(%g)" : "%g", term->number);
        return;
    }
    if (term->kind == A_LEAF) {
        text_add(t, name_of(s, term->leaf));
        return;
    }
    text_add(t, form[term->kind][0]);
    for (int i = 0; i < 4 && term->kid[i] >= 0; i++) {
        write_term(s, f, term->kid[i], t);
        text_add(t, form[term->kind][i + 1]);
    }
}

static bool uses_leaf(const Formula *f)
{
    for (int i = 0; i < f->n; i++) {
        if (f->term[i].kind == A_LEAF) {
            return true;
        }
    }
    return false;
}

static bool is_stale(const State *s, const Root *r)
{
    for (int i = 0; i < r->formula.n; i++) {
        const Term *t = &r->formula.term[i];
        if (t->kind == A_LEAF && s->leaf[t->leaf].written > r->computed) {
            return true;
        }
    }
    return false;
}

/* Some leaf is reached: then a sweep is more than an error. */
static bool reaches(const State *s, const Formula *f)
{
    double grad[OBJECTS] = {0};
    bool reached[OBJECTS] = {0};
    sweep(s, f, 0, 1, grad, reached);
    for (int i = 0; i < s->nleaves; i++) {
        if (reached[i]) {
            return true;
        }
    }
    return false;
}

/* --- what must hold --- */

static void lost(Game *g, const char *what)
{
    fprintf(stderr, "session %d: %s\n%s\nout:\n%s\nerr:\n%s\n", g->number, what, g->log, g->p->out,
            g->p->err);
    fail();
}

static bool close_to(double a, double b)
{
    double scale = fabs(b) > 1 ? fabs(b) : 1;
    return fabs(a - b) <= 1e-9 * scale;
}

static NbVar *variable(Game *g, const char *name)
{
    Value v = interp_get(g->p->s->interp, interp_symbol(g->p->s->interp, name));
    return v.tag == V_VAR ? v.var : NULL;
}

static void check_model(Game *g)
{
    const State *s = &g->now;
    for (int i = 0; i < LEAVES; i++) {
        const NbVar *v = variable(g, leaf_names[i]);
        const Leaf *leaf = s->bound[i] >= 0 ? &s->leaf[s->bound[i]] : NULL;
        if (!v != !leaf) {
            lost(g, "a leaf is there in one of both alone");
        } else if (v && !close_to(nb_var_value(v), leaf->value)) {
            lost(g, "the value of a leaf differs");
        } else if (v && nb_var_has_grad(v) != leaf->has_grad) {
            lost(g, "a gradient is there in one of both alone");
        } else if (v && leaf->has_grad && !close_to(nb_var_grad_value(v), leaf->grad)) {
            lost(g, "a gradient differs");
        }
    }
    for (int i = 0; i < ROOTS; i++) {
        NbVar *v = variable(g, root_names[i]);
        const Root *r = &s->root[i];
        if (!v != !r->bound) {
            lost(g, "a root is there in one of both alone");
        } else if (v && !close_to(nb_var_value(v), r->value)) {
            lost(g, "the value of a root differs");
        } else if (v && nb_var_stale(v, NULL, 0, NULL) != is_stale(s, r)) {
            lost(g, "a root is stale in one of both alone");
        }
    }
}

/* A line without a name, or with nothing behind its sign. */
static bool lacks_something(const char *text)
{
    static const char *const holes[] = {"stale:  ", "\n = ", "\n: ",   "= \n",   "=\n", "∂/",
                                        "/∂ ",      "/∂\n",  "()\n= ", "(null)", "→ \n"};
    for (size_t i = 0; i < sizeof holes / sizeof *holes; i++) {
        if (strstr(text, holes[i])) {
            return true;
        }
    }
    return strncmp(text, " = ", 3) == 0;
}

static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += n) {
        bool begins = at == text || !strchr("abcdefghijklmnopqrstuvwxyz_\"", at[-1]);
        bool ends = !at[n] || !strchr("abcdefghijklmnopqrstuvwxyz_\"=|", at[n]);
        if (begins && ends) {
            return true;
        }
    }
    return false;
}

static RunEnd run(Game *g, const char *text)
{
    size_t n = strlen(text);
    if (g->logged + n + 2 < sizeof g->log) {
        memcpy(g->log + g->logged, text, n);
        g->log[g->logged + n] = '\n';
        g->log[g->logged += n + 1] = '\0';
    }
    RunEnd end = prompt_run(g->p, text);
    if (lacks_something(g->p->out)) {
        lost(g, "a line lacks a name or a value");
    }
    if (end == RUN_ERROR && !strstr(g->p->err, "error: ")) {
        lost(g, "an error without words");
    }
    return end;
}

/* Of the model's own statements, which are right. */
static void must(Game *g, const char *text)
{
    if (run(g, text) != RUN_OK) {
        lost(g, "a statement failed");
    }
    if (has_word(g->p->out, "nan") || has_word(g->p->out, "inf")) {
        lost(g, "a line says nan or inf");
    }
}

/* The session and the model after a statement: one more unit where it changed something. */
static void statement(Game *g, const char *text, const State *after)
{
    int before = undo_count(g->p->s);
    must(g, text);
    if (undo_count(g->p->s) > before) {
        if (g->done == DEPTH) {
            memmove(g->then, g->then + 1, (DEPTH - 1) * sizeof *g->then);
            g->done--;
        }
        g->then[g->done++] = g->now;
        g->kept = g->done;
    }
    g->now = *after;
    check_model(g);
}

/* --- statements of the model --- */

static State next; /* what the session is after the statement; large */

static void bind_leaf(Game *g)
{
    char text[64];
    int i = (int)below(g, LEAVES);
    double v = some_number(g);
    if (g->now.nleaves == OBJECTS) {
        return;
    }
    next = g->now;
    next.leaf[next.nleaves] = (Leaf){.value = v, .written = ++next.time};
    next.bound[i] = next.nleaves++;
    snprintf(text, sizeof text, "%s = %g", leaf_names[i], v);
    statement(g, text, &next);
}

static void write_leaf(Game *g)
{
    char text[64];
    int i = (int)below(g, LEAVES);
    double v = some_number(g);
    if (g->now.bound[i] < 0) {
        return;
    }
    next = g->now;
    Leaf *leaf = &next.leaf[next.bound[i]];
    leaf->value = v;
    leaf->written = ++next.time;
    snprintf(text, sizeof text, "%s := %g", leaf_names[i], v);
    statement(g, text, &next);
}

static void bind_root(Game *g)
{
    Formula f = {.n = 0};
    grow(g, &f, 3);
    if (!uses_leaf(&f) || f.term[0].kind == A_LEAF) {
        return;
    }
    int i = (int)below(g, ROOTS);
    Text t = {0};
    text_printf(&t, "%s = ", root_names[i]);
    write_term(&g->now, &f, 0, &t);
    next = g->now;
    next.root[i] = (Root){true, f, value_of(&next, &f, 0), ++next.time};
    statement(g, text_str(&t), &next);
    text_free(&t);
}

static int some_root(Game *g)
{
    int i = (int)below(g, ROOTS);
    return g->now.root[i].bound ? i : -1;
}

static void forward_root(Game *g)
{
    int i = some_root(g);
    char text[32];
    if (i < 0) {
        return;
    }
    next = g->now;
    if (is_stale(&next, &next.root[i])) {
        next.root[i].value = value_of(&next, &next.root[i].formula, 0);
        next.root[i].computed = ++next.time;
    }
    snprintf(text, sizeof text, "forward %s", root_names[i]);
    statement(g, text, &next);
}

static void backward_root(Game *g)
{
    int i = some_root(g);
    char text[96];
    if (i < 0) {
        return;
    }
    snprintf(text, sizeof text, "backward %s", root_names[i]);
    const Formula *f = &g->now.root[i].formula;
    if (is_stale(&g->now, &g->now.root[i]) || !reaches(&g->now, f)) {
        if (run(g, text) == RUN_OK) {
            lost(g, "a sweep that is none went well");
        }
        check_model(g);
        return;
    }
    double grad[OBJECTS] = {0};
    bool reached[OBJECTS] = {0};
    sweep(&g->now, f, 0, 1, grad, reached);
    next = g->now;
    for (int k = 0; k < next.nleaves; k++) {
        if (reached[k]) {
            next.leaf[k].grad = next.leaf[k].has_grad ? next.leaf[k].grad + grad[k] : grad[k];
            next.leaf[k].has_grad = true;
        }
    }
    statement(g, text, &next);
    for (int k = 0; k < f->n; k++) { /* a leaf that no sweep arrives at is shown as such */
        const Term *t = &f->term[k];
        const char *name = t->kind == A_LEAF ? name_of(&g->now, t->leaf) : NULL;
        snprintf(text, sizeof text, "∂%s/∂%s = -\n", root_names[i], name ? name : "?");
        if (name && !reached[t->leaf] != !!strstr(g->p->out, text)) {
            lost(g, "a leaf is reached in one of both alone");
        }
    }
}

static void clear(Game *g)
{
    next = g->now;
    for (int k = 0; k < next.nleaves; k++) {
        next.leaf[k].has_grad = false;
    }
    statement(g, "cleargrad", &next);
}

static void make_optimizer(Game *g)
{
    char text[64];
    int a = (int)below(g, LEAVES), b = (int)below(g, LEAVES);
    if (g->now.bound[a] < 0 || g->now.bound[b] < 0 || a == b) {
        return;
    }
    next = g->now;
    next.steps = true;
    next.over[0] = next.bound[a];
    next.over[1] = next.bound[b];
    next.rate = 0.0625;
    snprintf(text, sizeof text, "opt = sgd(%s, %s, lr=0.0625)", leaf_names[a], leaf_names[b]);
    statement(g, text, &next);
}

static void make_step(Game *g)
{
    if (!g->now.steps) {
        return;
    }
    next = g->now;
    bool any = false;
    for (int i = 0; i < 2; i++) {
        Leaf *leaf = &next.leaf[next.over[i]];
        if (leaf->has_grad && fabs(leaf->grad) < 1e6) {
            leaf->value -= next.rate * leaf->grad;
            leaf->written = ++next.time;
            any = true;
        } else if (leaf->has_grad) {
            return;
        }
    }
    if (any) {
        statement(g, "step opt", &next);
    }
}

static void take_back(Game *g)
{
    if (g->done == 0) {
        return;
    }
    must(g, "undo");
    State before = g->then[g->done - 1];
    g->then[g->done - 1] = g->now;
    g->now = before;
    g->done--;
    check_model(g);
}

static void do_again(Game *g)
{
    if (g->done == g->kept) {
        return;
    }
    must(g, "redo");
    State after = g->then[g->done];
    g->then[g->done++] = g->now;
    g->now = after;
    check_model(g);
}

/* --- commands of the table --- */

static void add_argument(Game *g, Text *t)
{
    static const char *const some[] = {
        "x",   "y", "f",      "g",      "h",    "opt",     "x > y", "f, x", "x, y",
        "1",   "2", "x^2",    "[x, y]", "nan",  "v1",      "x~1",   "grad", "\"a\"",
        "all", "f", "x.grad", "y",      "of=f", "steps=2", "f",     "sin"};
    text_add(t, some[below(g, sizeof some / sizeof *some)]);
}

static void add_option(Game *g, const Builtin *row, Text *t)
{
    static const char *const values[] = {"true", "false", "1",    "0", "2",
                                         "x",    "0.5",   "none", "f", "0:1"};
    int n = 0;
    while (n < BUILTIN_OPTS && row->opt[n].name) {
        n++;
    }
    if (n > 0 && below(g, 3) == 0) {
        text_printf(t, ", %s=%s", row->opt[below(g, (unsigned)n)].name,
                    values[below(g, sizeof values / sizeof *values)]);
    }
}

/* Nothing of these is taken back by undo, or they are undo. */
static bool left_out(const char *name)
{
    static const char *const names[] = {"undo", "redo", "quit", "exit", "lesson", "quiz", "step"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const Builtin *some_command(Game *g)
{
    const Interp *I = g->p->s->interp;
    for (;;) {
        const Builtin *row = interp_builtin_at(I, (int)below(g, (unsigned)interp_builtin_count(I)));
        if ((row->flags & (B_WITHIN | B_SHOWS)) && !left_out(row->name)) {
            return row;
        }
    }
}

/* Any command: the model must hold after it, or after it was taken back. */
static void command(Game *g)
{
    const Builtin *row = some_command(g);
    Text t = {0};
    bool call = !(row->flags & B_COMMAND);
    text_printf(&t, call ? "%s(" : "%s ", row->name);
    if (row->flags & B_BLOCK) {
        text_add(&t, "{ x := 2; f }");
    } else {
        int most = row->max_args < 0 ? row->min_args + 2 : row->max_args;
        int n = row->min_args + (int)below(g, (unsigned)(most - row->min_args + 1));
        for (int i = 0; i < n && i < 4; i++) {
            text_add(&t, i > 0 ? ", " : "");
            add_argument(g, &t);
        }
        add_option(g, row, &t);
    }
    text_add(&t, call ? ")" : "");
    int before = undo_count(g->p->s);
    run(g, text_str(&t));
    text_free(&t);
    if (undo_count(g->p->s) > before) {
        g->kept = g->done;
        if (run(g, "undo") != RUN_OK) {
            lost(g, "a command could not be undone");
        }
    }
    check_model(g);
}

/* --- sessions --- */

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void play(Game *g, uint64_t seed, int number)
{
    static void (*const moves[])(Game *) = {
        bind_leaf,     write_leaf,   write_leaf,    bind_root, bind_root,      forward_root,
        backward_root, forward_root, backward_root, clear,     make_optimizer, make_step,
        take_back,     do_again,     command,       command,   command,        command};
    *g = (Game){.p = prompt_new(), .number = number};
    nb_rng_seed(&g->rng, seed * 1000003 + (uint64_t)number, 41);
    interp_limit(g->p->s->interp, 300);
    for (int i = 0; i < LEAVES; i++) {
        g->now.bound[i] = -1;
    }
    for (int i = 0; i < PASSES; i++) {
        moves[below(g, sizeof moves / sizeof *moves)](g);
    }
    if (from_environment("NB_SHOW", 0)) {
        fprintf(stderr, "# session %d\n%s", number, g->log);
    }
    prompt_free(g->p);
}

/* NB_PROGRAMS=5000 plays more, NB_SEED=100 others, NB_ONLY=77 that one alone, NB_SHOW=1 prints
 * them. */
static void sessions_mean_what_the_model_says(void **state)
{
    (void)state;
    static Game g;
    uint64_t seed = from_environment("NB_SEED", 1), only = from_environment("NB_ONLY", 0);
    uint64_t last = only ? only : from_environment("NB_PROGRAMS", 60);
    for (uint64_t i = only ? only : 1; i <= last; i++) {
        play(&g, seed, (int)i);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(sessions_mean_what_the_model_says),
};

NB_TEST_MAIN(tests)
