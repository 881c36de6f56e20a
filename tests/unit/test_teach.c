/* test_teach.c -- explaining commands on random graphs: the numbers of backward, nothing changed */
#include "prompt.h"

#include <stdlib.h>

#include <nabla/nabla.h>

#define LEAVES 3
#define ROUNDS 120

/* --- random programs --- */

typedef struct Random {
    NbRng rng;
    char text[4096];
    size_t len;
} Random;

static int pick(Random *r, int n)
{
    return (int)(nb_rng_uniform(&r->rng) * n);
}

static void put(Random *r, const char *fmt, ...) NB_PRINTF(2, 3);
static void put(Random *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    r->len += (size_t)vsnprintf(r->text + r->len, sizeof r->text - r->len, fmt, ap);
    va_end(ap);
    assert_true(r->len < sizeof r->text);
}

/* Halves between -1 and 2: ties of max, kinks of relu and zeros come up. */
static double half(Random *r)
{
    return (pick(r, 7) - 2) / 2.0;
}

static void put_leaf(Random *r, char name, bool tensors)
{
    static const int shapes[4][2] = {{2, 3}, {0, 3}, {2, 1}, {0, 0}};
    const int *shape = shapes[tensors ? pick(r, 4) : 3];
    int rows = shape[0] > 0 ? shape[0] : 1, cols = shape[1] > 0 ? shape[1] : 1;
    put(r, "%c = %s", name, shape[0] > 0 ? "[" : "");
    for (int i = 0; i < rows; i++) {
        put(r, "%s%s", i ? ", " : "", shape[1] > 0 ? "[" : "");
        for (int k = 0; k < cols; k++) {
            put(r, "%s%g", k ? ", " : "", half(r));
        }
        put(r, "%s", shape[1] > 0 ? "]" : "");
    }
    put(r, "%s;\n", shape[0] > 0 ? "]" : "");
}

static const char *operand(Random *r, int have, char *buf, size_t cap)
{
    int k = pick(r, have + LEAVES);
    snprintf(buf, cap, k < LEAVES ? "%c" : "t%d", k < LEAVES ? 'a' + k : k - LEAVES);
    return buf;
}

/* Leaves a b c, nodes t0 t1 …, and f, one number. */
static void make_program(Random *r, bool tensors)
{
    static const char *const forms[] = {"%s + %s",
                                        "%s * %s",
                                        "%s - %s",
                                        "max(%s, %s)",
                                        "min(%s, %s)",
                                        "%s / (%s^2 + 1)",
                                        "%s^2 + %s",
                                        "relu(%s) * %s",
                                        "sin(%s) + %s^3",
                                        "tanh(%s * %s)",
                                        "exp(-%s^2) * %s",
                                        "abs(%s) - 2*%s",
                                        "dropout(%s, 0.5) + %s",
                                        "sigmoid(%s) + %s * 0.1"};
    char x[16], y[16];
    r->len = 0;
    put(r, "restart; set digits full; seed %d;\n", pick(r, 1000));
    for (int i = 0; i < LEAVES; i++) {
        put_leaf(r, (char)('a' + i), tensors);
    }
    int n = 3 + pick(r, 12);
    for (int i = 0; i < n; i++) {
        char line[96];
        const char *form = forms[pick(r, sizeof forms / sizeof forms[0])];
        size_t at = 0;
        operand(r, i, x, sizeof x);
        operand(r, i, y, sizeof y);
        for (const char *c = form, *arg = x; *c && at < sizeof line - 16; c++) {
            if (c[0] == '%' && c[1] == 's') {
                at += (size_t)snprintf(line + at, sizeof line - at, "%s", arg);
                arg = y;
                c++;
            } else {
                line[at++] = *c;
            }
        }
        line[at] = '\0';
        put(r, "t%d = %s;\n", i, line);
    }
    put(r, "f = sum(t%d);\nf = f + sum(a*b) * 0 + sum(c);\n", n - 1);
}

static void begin_program(Prompt *p, Random *r, bool tensors)
{
    make_program(r, tensors);
    prompt_run(p, r->text);
    if (p->end != RUN_OK) {
        print_message("%s%s", r->text, p->err);
    }
    assert_int_equal(p->end, RUN_OK);
}

/* --- what was printed --- */

/* The text behind the last "= " of a line that begins with `start`, or of the last line. */
static const char *last_value(const char *text, char *buf, size_t cap)
{
    const char *at = NULL;
    for (const char *c = strstr(text, "= "); c; c = strstr(c + 1, "= ")) {
        at = c + 2;
    }
    assert_non_null(at);
    snprintf(buf, cap, "%.*s", (int)strcspn(at, "\n"), at);
    return buf;
}

static void gradient_of(Prompt *p, const char *name, char *buf, size_t cap)
{
    char line[64];
    snprintf(line, sizeof line, "print %s.grad", name);
    prompt_run(p, line);
    snprintf(buf, cap, "%.*s", (int)strcspn(p->out, "\n"), p->out);
}

/* Everything a person can see of the session. */
static void look(Prompt *p, char *buf, size_t cap)
{
    char nodes[40];
    prompt_run(p, "vars");
    snprintf(nodes, sizeof nodes, "%llu nodes", (unsigned long long)nb_ctx_live_nodes(p->s->ctx));
    assert_true(strlen(p->out) + sizeof nodes < cap);
    strcpy(buf, p->out);
    strcat(buf, nodes);
}

/* --- tests --- */

static void explain_totals_are_those_of_backward(void **state)
{
    Prompt *p = *state;
    Random r;
    static const char *const names[LEAVES] = {"a", "b", "c"};
    nb_rng_seed(&r.rng, 5, 1);
    for (int round = 0; round < ROUNDS; round++) {
        char explained[LEAVES][4096], grad[4096];
        begin_program(p, &r, round % 2);
        for (int i = 0; i < LEAVES; i++) {
            char line[32];
            snprintf(line, sizeof line, "explain %s, of=f", names[i]);
            prompt_run(p, line);
            assert_int_equal(p->end, RUN_OK);
            last_value(p->out, explained[i], sizeof explained[i]);
        }
        prompt_run(p, "backward f");
        for (int i = 0; i < LEAVES; i++) {
            gradient_of(p, names[i], grad, sizeof grad);
            if (strcmp(grad, explained[i]) != 0) {
                print_message("%s", r.text);
            }
            assert_string_equal(grad, explained[i]);
        }
    }
}

/* Inner gradients too: the trace has a row for every node. */
static void traced_gradients_are_those_of_backward(void **state)
{
    Prompt *p = *state;
    Random r;
    char path[512], line[640];
    snprintf(path, sizeof path, "%s/teach-trace.csv", getenv("NB_TMP") ? getenv("NB_TMP") : "/tmp");
    snprintf(line, sizeof line, "export \"%s\", f, view=trace", path);
    nb_rng_seed(&r.rng, 6, 1);
    for (int round = 0; round < ROUNDS / 2; round++) {
        begin_program(p, &r, false);
        prompt_run(p, line);
        assert_int_equal(p->end, RUN_OK);
        prompt_run(p, "backward f");
        NbErr err = {0};
        size_t len;
        char *text = nb_file_read(p->s->ctx, path, &len, &err), *rest = NULL;
        assert_non_null(text);
        strtok_r(text, "\n", &rest);
        for (char *row; (row = strtok_r(NULL, "\n", &rest));) {
            char name[32], grad[4096];
            snprintf(name, sizeof name, "%.*s", (int)strcspn(row, ","), row);
            if (name[0] != 'v') { /* the user's own names */
                gradient_of(p, name, grad, sizeof grad);
                assert_string_equal(strrchr(row, ',') + 1, strcmp(grad, "none") ? grad : "");
            }
        }
        free(text);
    }
    unlink(path);
}

static void walk_ends_with_the_gradients_of_backward(void **state)
{
    Prompt *p = *state;
    Random r;
    nb_rng_seed(&r.rng, 7, 1);
    for (int round = 0; round < ROUNDS; round++) {
        char grad[4096], wanted[4200];
        static char walked[65536];
        begin_program(p, &r, false);
        prompt_run(p, "walk f");
        assert_int_equal(p->end, RUN_OK);
        memcpy(walked, p->out, sizeof walked);
        prompt_run(p, "backward f");
        gradient_of(p, "c", grad, sizeof grad);
        char *done = strstr(walked, "walk done: ");
        assert_non_null(done);
        snprintf(wanted, sizeof wanted, "∂f/∂c = %s", grad);
        if (strstr(done, "∂f/∂c")) {
            assert_non_null(strstr(done, wanted));
        }
        snprintf(wanted, sizeof wanted, "c: - → %s\n", grad);
        snprintf(grad + strlen(grad), sizeof grad - strlen(grad), "\n");
        bool once = strstr(walked, wanted) != NULL;
        char sum[4200];
        snprintf(sum, sizeof sum, " = %s", grad);
        sum[strlen(sum) - 1] = '\0';
        assert_true(once || strstr(walked, sum) != NULL);
    }
}

/* The sums in the ledger end in what the leaf holds. */
static void ledger_ends_with_the_gradient_held(void **state)
{
    Prompt *p = *state;
    Random r;
    nb_rng_seed(&r.rng, 8, 1);
    for (int round = 0; round < ROUNDS / 2; round++) {
        char grad[4096], value[4096];
        static char listed[65536];
        begin_program(p, &r, false);
        prompt_run(p, "backward f; backward f; backward f");
        prompt_run(p, "ledger c");
        assert_int_equal(p->end, RUN_OK);
        memcpy(listed, p->out, sizeof listed);
        gradient_of(p, "c", grad, sizeof grad);
        assert_non_null(strstr(listed, "from 3 sweeps"));
        assert_string_equal(last_value(listed, value, sizeof value), grad);
    }
}

/* Values, gradients, staleness and the number of nodes are as before, whatever was asked. */
static void nothing_changes(void **state)
{
    Prompt *p = *state;
    static const char *const commands[] = {"walk f",
                                           "trace f",
                                           "explain a, of=f",
                                           "ledger a",
                                           "wrong order, f",
                                           "wrong stale, f",
                                           "wrong noclear, f",
                                           "wrong overwrite, f",
                                           "quiz f, nodes=[c]",
                                           "explain nan",
                                           "check f",
                                           "walk f, ask=true"};
    Random r;
    static char before[65536], after[65536];
    nb_rng_seed(&r.rng, 9, 1);
    for (int round = 0; round < ROUNDS / 4; round++) {
        begin_program(p, &r, round % 2);
        prompt_run(p, "g = a*2; backward f; tree f");
        look(p, before, sizeof before);
        for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
            prompt_run(p, commands[i]);
            look(p, after, sizeof after);
            if (strcmp(before, after) != 0) {
                print_message("%safter %s\n%s%s", r.text, commands[i], p->out, p->err);
            }
            assert_string_equal(before, after);
        }
    }
}

/* No line is wider than the screen has columns for texts. */
static void lines_fit(void **state)
{
    Prompt *p = *state;
    static const char *const commands[] = {"walk f",         "trace f",          "explain a, of=f",
                                           "wrong order, f", "wrong noclear, f", "wrong stale, f",
                                           "ledger b",       "check f"};
    Random r;
    nb_rng_seed(&r.rng, 10, 1);
    for (int round = 0; round < ROUNDS / 2; round++) {
        begin_program(p, &r, round % 2);
        prompt_run(p, "set digits 6; backward f");
        for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
            char *rest = NULL;
            prompt_run(p, commands[i]);
            for (char *l = strtok_r(p->out, "\n", &rest); l; l = strtok_r(NULL, "\n", &rest)) {
                if (nb_text_width(l) > SESSION_COLUMNS) {
                    print_message("%s%s: %s\n", r.text, commands[i], l);
                }
                assert_true(nb_text_width(l) <= SESSION_COLUMNS);
            }
        }
    }
}

/* Rules agree with differences; what disagrees would be a bug of an operation. */
static void check_finds_no_wrong_gradient(void **state)
{
    Prompt *p = *state;
    Random r;
    nb_rng_seed(&r.rng, 11, 1);
    for (int round = 0; round < ROUNDS / 2; round++) {
        begin_program(p, &r, round % 2);
        prompt_run(p, "check f");
        if (p->end != RUN_OK) {
            print_message("%s%s%s", r.text, p->out, p->err);
        }
        assert_int_equal(p->end, RUN_OK);
    }
}

static void a_long_chain_is_explained_at_once(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 1; y = x; repeat 100000 { y = y*1.00001 };");
    double begun = test_used();
    prompt_run(p, "explain x; explain x, deep=true; trace y; wrong overwrite, y; "
                  "quiz y, answers=[1]");
    assert_int_equal(p->end, RUN_OK);
    assert_true(test_used() - begun < 20 * test_patience());
}

static int count(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++) {
        n++;
    }
    return n;
}

/* As many lines "∂k/∂… = ∂k/∂… · …" as nodes are shown, and what is between them is counted. */
static void a_long_way_to_the_root_is_folded(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 1; k = x; repeat 50 { k = sin(k) }; explain x, of=k, deep=true");
    assert_int_equal(p->end, RUN_OK);
    assert_int_equal(count(p->out, "… 11 more nodes; trace k shows all …"), 1);
    assert_int_equal(count(p->out, "\n∂k/∂"), 39); /* all but the first */
    assert_int_equal(count(p->out, "\n∂k/∂k = 1: here the backward sweep begins\n"), 1);
    prompt_run(p, "x = 1; k = x; repeat 39 { k = sin(k) }; explain x, of=k, deep=true");
    assert_int_equal(count(p->out, "more nodes"), 0);
    assert_int_equal(count(p->out, "\n∂k/∂"), 39); /* all but the first */
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        PROMPT_TEST(explain_totals_are_those_of_backward),
        PROMPT_TEST(traced_gradients_are_those_of_backward),
        PROMPT_TEST(walk_ends_with_the_gradients_of_backward),
        PROMPT_TEST(ledger_ends_with_the_gradient_held),
        PROMPT_TEST(nothing_changes),
        PROMPT_TEST(lines_fit),
        PROMPT_TEST(check_finds_no_wrong_gradient),
        PROMPT_TEST(a_long_chain_is_explained_at_once),
        PROMPT_TEST(a_long_way_to_the_root_is_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
