/* test_apart.c -- every command and builtin inside a function of a sheet that its grader calls */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/table.h"
#include "session/core.h"

/* What the sheet leaves, what its grader has besides, and that it has it still. */
static const char left[] = "k = 2\nq = k^2 + 1\nown = sgd(k, lr=0.1)\nm = linear(2)\n";
static const char had[] =
    "secret = 4242.25\nw = 3\ny = w^2\ntopt = momentum(w, lr=0.5)\nconst c = 7\n"
    "t = [1, 2]\nnet = linear(1)\nz = net([[4242.25]])\nbackward y\nwatch y\n";
static const char has[] =
    "assert secret == 4242.25 and w == 3 and y == 9 and w.grad == 6 and c == 7\n"
    "assert not y.stale and topt.lr == 0.5 and t[0] == 1 and t[1] == 2";

typedef struct Sheet {
    Session *s;
    char said[60000];
    size_t n;
    volatile sig_atomic_t interrupt;
} Sheet;

static void take(void *user, bool err, const char *text, size_t n)
{
    Sheet *g = user;
    (void)err;
    n = g->n + n < sizeof g->said ? n : sizeof g->said - 1 - g->n;
    memcpy(g->said + g->n, text, n);
    g->n += n;
    g->said[g->n] = '\0';
}

static void hush(void *user, const LangError *e, bool stopped)
{
    (void)stopped;
    take(user, true, e->err.msg, strlen(e->err.msg));
}

static bool run(Sheet *g, const char *code)
{
    const RunEnd end = session_run(g->s, code, strlen(code), "sheet.nabla", 1, 0);
    session_flush(g->s);
    g->s->leave = g->s->leave_file = false;
    return end == RUN_OK;
}

static void open_sheet(Sheet *g, const char *body)
{
    static Front front;
    char def[1600];
    memset(g, 0, sizeof *g);
    front = (Front){.user = g, .write = take, .error = hush};
    g->s = session_new(&commands_kit, &g->interrupt, true);
    assert_non_null(g->s);
    session_front(g->s, &front);
    assert_true(run(g, left));
    snprintf(def, sizeof def, "def g(a, b) {\n%s\nreturn 6\n}\n", body);
    run(g, def); /* what cannot be written in a function is no attempt */
    assert_true(interp_guard(g->s->interp));
    assert_true(run(g, had));
    g->n = 0;
    g->said[0] = '\0';
}

/* The grader calls the function; afterwards everything of his is as it was, and nothing of it was
 * told. */
static void attempt(const char *name, const char *body)
{
    static Sheet g;
    open_sheet(&g, body);
    const Settings set = g.s->set;
    const uint64_t seed = g.s->core->seed[0];
    run(&g, "r = g(w, y)");
    run(&g, "r = g(1, 2)");
    const bool told = strstr(g.said, "4242") != NULL;
    g.n = 0;
    const bool kept = run(&g, has);
    if (!kept || told || memcmp(&set, &g.s->set, sizeof set) != 0 || seed != g.s->core->seed[0]) {
        print_message("%s: %s\n%s\n", name, body, g.said);
        fail();
    }
    session_free(&g.s);
}

static void no_command_reaches_what_is_the_graders(void **state)
{
    (void)state;
    static const char *const forms[] = {"%s",
                                        "%s secret",
                                        "%s w",
                                        "%s a",
                                        "%s b",
                                        "%s y, a",
                                        "%s w, secret",
                                        "%s y, topt",
                                        "%s a, k",
                                        "%s b, own",
                                        "%s topt",
                                        "%s \"a.csv\"",
                                        "%s \"a.csv\", y",
                                        "z = %s(secret)",
                                        "z = %s(a)",
                                        "z = %s(b)",
                                        "z = %s(b, a)",
                                        "z = %s(w, 2)",
                                        "z = %s(q, k)",
                                        "%s net",
                                        "%s 3",
                                        "%s v1",
                                        "%s w~1",
                                        "%s secret~1"};
    Sheet first;
    open_sheet(&first, "");
    Interp *I = first.s->interp;
    int rows = 0;
    for (const Builtin *row; (row = interp_builtin_at(I, rows)); rows++) {
        char body[1400];
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
            snprintf(body, sizeof body, forms[i], row->name);
            attempt(row->name, body);
        }
        if (row->example) {
            attempt(row->name, row->example);
        }
    }
    assert_true(rows > 60);
    session_free(&first.s);
}

static void writes_of_every_kind_are_put_back_and_named(void **state)
{
    (void)state;
    static const char *const tries[][2] = {
        {"a := 5", "g writes a value"},
        {"a.grad = 5", "g writes a value"},
        {"a += 1", "g writes a value"},
        {"f = a^2; backward f", "g writes a value"},
        {"unchain b", "g writes a graph"},
        {"minimize a^2, sgd(a, lr=0.1), steps=3", "g writes a value"},
        {"set digits 3", "g writes settings"},
        {"watch a", "g writes what is watched"},
        {"unwatch", "g writes what is watched"},
        {"seed 5", "g writes the seed"},
        {"cleargrad", "g writes a value"},
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        static Sheet g;
        attempt("written", tries[i][0]);
        open_sheet(&g, tries[i][0]);
        assert_false(run(&g, "r = g(w, y)"));
        if (!strstr(g.said, tries[i][1])) {
            print_message("%s\n%s\n", tries[i][0], g.said);
            fail();
        }
        session_free(&g.s);
    }
}

static void what_is_its_own_a_function_writes(void **state)
{
    (void)state;
    static Sheet g;
    open_sheet(&g, "k := k + 1; f = k^2; backward f; step own; x = rand(3); forward q");
    assert_true(run(&g, "assert g(1, 2) == 6 and g(1, 2) == 6\nassert k != 2 and k.grad != none"));
    session_free(&g.s);
}

static void a_function_handed_over_has_the_names_of_its_side(void **state)
{
    (void)state;
    static Sheet g;
    open_sheet(&g, "return a(b) + a(k)");
    assert_true(run(&g, "def h(x) = x*secret\nassert g(h, 3) == 5*4242.25"));
    session_free(&g.s);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_command_reaches_what_is_the_graders),
        cmocka_unit_test(writes_of_every_kind_are_put_back_and_named),
        cmocka_unit_test(what_is_its_own_a_function_writes),
        cmocka_unit_test(a_function_handed_over_has_the_names_of_its_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
