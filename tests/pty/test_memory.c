/* test_memory.c -- memory stays flat over many passes of every kind of loop */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

#define FEW 3000
#define MANY 100000
#define ALLOWED_KB 3000 /* between FEW and MANY passes; one leaked node a pass is 13 MB */

#define ROSENBROCK                                                                                 \
    "def rosenbrock(x, y) = 100*(y - x^2)^2 + (1 - x)^2\n"                                         \
    "x, y = 0, 2\n"                                                                                \
    "opt = sgd(x, y, lr=0.001)\n"

/* Largest size of the program on a script whose %d is the number of passes. */
static long size_after(const char *form, int passes)
{
    char text[2048];
    snprintf(text, sizeof text, form, passes);
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window", NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, text, 300, &p));
    if (p.status != 0) {
        print_message("%s%s", p.out, p.err);
    }
    assert_int_equal(p.status, 0);
    long kb = p.max_kb;
    proc_free(&p);
    return kb;
}

static void stays_flat(const char *form)
{
    const char *build = proc_env("NB_BUILD", "");
    if (strstr(build, "san") || strstr(build, "valgrind")) {
        skip(); /* a checker keeps freed memory for a while; it looks for leaks itself */
    }
    long few = size_after(form, FEW), many = size_after(form, MANY);
    if (many - few > ALLOWED_KB) {
        print_message("%ld kB after %d passes, %ld kB after %d\n", few, FEW, many, MANY);
        fail();
    }
}

/* A root for each name would keep all before it: 8 bytes by the square of the names. */
static void names_of_a_chain_are_listed_by_one_walk(void **state)
{
    (void)state;
    enum { NAMES = 4000 };
    const char *build = proc_env("NB_BUILD", "");
    if (strstr(build, "san") || strstr(build, "valgrind")) {
        skip();
    }
    long kb[2];
    for (int listed = 0; listed < 2; listed++) {
        char *text = malloc(NAMES * 40 + 100);
        assert_non_null(text);
        size_t n = (size_t)sprintf(text, "x0 = 1.5;\n");
        for (int i = 0; i < NAMES; i++) {
            n += (size_t)sprintf(text + n, "x%d = sin(x%d);\n", i + 1, i);
        }
        sprintf(text + n, "x0 := 2;\nx1.stale\n%s\n", listed ? "vars" : "");
        const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window", NULL};
        Proc p;
        assert_true(proc_run(argv, NULL, text, 300, &p));
        assert_int_equal(p.status, 0);
        kb[listed] = p.max_kb;
        assert_true(!listed || strstr(p.out, "x4000"));
        proc_free(&p);
        free(text);
    }
    if (kb[1] - kb[0] > 8000) {
        print_message("%ld kB without the list, %ld kB with it\n", kb[0], kb[1]);
        fail();
    }
}

static void rebuilt_graph(void **state)
{
    (void)state;
    stays_flat(ROSENBROCK "repeat %d { f = rosenbrock(x, y); cleargrad; backward f; step }\n");
}

static void retained_graph(void **state)
{
    (void)state;
    stays_flat(ROSENBROCK "f = rosenbrock(x, y)\n"
                          "repeat %d { forward f; cleargrad; backward f; step }\n");
}

static void minimize_command(void **state)
{
    (void)state;
    stays_flat(ROSENBROCK "f = rosenbrock(x, y)\n"
                          "minimize f, opt, steps=%d\n");
}

static void statements_of_a_pipe(void **state)
{
    (void)state;
    stays_flat("x = 2\n"
               "for i in 0:%d { y = \"{x:.3f} and {i}\"; z = [x, x*2, i]; w = z[0:2]*3 }\n");
}

static void gradients_of_gradients(void **state)
{
    (void)state;
    stays_flat("x = 2\n"
               "repeat %d { y = x^4 - 2*x^2; cleargrad; backward y, create_graph=true; "
               "g = x.grad; cleargrad; backward g; h = x.grad }\n");
}

static void gradient_held_while_it_is_replaced(void **state)
{
    (void)state;
    stays_flat("x = ones(10)\n"
               "f = sum(x^2)\n"
               "repeat %d { backward f, create_graph=true; g = x.grad; cleargrad }\n");
}

static void truncated_backpropagation(void **state)
{
    (void)state;
    stays_flat("w, h = 0.5, 0\n"
               "for i in 0:%d { h = tanh(w*h + 1); if i %% 30 == 29 { cleargrad; backward h; "
               "unchain h } }\n");
}

static void functions_and_rebinding(void **state)
{
    (void)state;
    stays_flat("def f(x, n=3) { s = 0; for i in 0:n { s = s + x*i }; return s }\n"
               "x = 2\n"
               "repeat %d { y = f(x); x = detach(y)*0.1; l = [y, \"text\", [1, 2]] }\n");
}

static void tensors_and_views(void **state)
{
    (void)state;
    stays_flat("w = randn(8, 8)\n"
               "repeat %d { y = sum((w @ w.T)[0:4, [1, 2]]); cleargrad; backward y }\n");
}

#define SCORES                                                                                     \
    "const x, t = randn(8, 4), [0, 1, 2, 0, 1, 2, 0, 1]\n"                                         \
    "w = randn(4, 3)\n"                                                                            \
    "const right, best, mean = 0, 0, 0\n"

/* Comparisons are nodes of the graph: what counts them must not keep every pass. */
static void counts_of_right_answers(void **state)
{
    (void)state;
    stays_flat(SCORES "repeat %d { y = x @ w; right = right + sum(argmax(y, axis=1) == t); "
                      "a = accuracy(y, t); best = max(best, a); mean = 0.9*mean + 0.1*a }\n");
}

static void counts_inside_a_function(void **state)
{
    (void)state;
    stays_flat(SCORES "def test(n) { s = 0; repeat n { s = s + accuracy(x @ w, t) }; return s/n }\n"
                      "print test(%d)\n");
}

static void positions_that_lead_to_the_next(void **state)
{
    (void)state;
    stays_flat("w = randn(5, 5)\n"
               "k = 3\n"
               "repeat %d { y = w @ one_hot(k, 5); k = argmax(y) }\n");
}

static void conditions(void **state)
{
    (void)state;
    stays_flat("x, n = 1, 0\n"
               "repeat %d { x := x + 1; if x > 3 and x %% 2 == 0 { n := n + 1 }; hit = x > 5 }\n");
}

static void a_counter_that_is_const(void **state)
{
    (void)state;
    stays_flat("const i = 0\n"
               "repeat %d { i = i + 1 }\n");
}

static void a_counter_written_in_place(void **state)
{
    (void)state;
    stays_flat("i = 0\n"
               "repeat %d { i := i + 1 }\n");
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_a_chain_are_listed_by_one_walk),
        cmocka_unit_test(rebuilt_graph),
        cmocka_unit_test(retained_graph),
        cmocka_unit_test(minimize_command),
        cmocka_unit_test(statements_of_a_pipe),
        cmocka_unit_test(gradients_of_gradients),
        cmocka_unit_test(gradient_held_while_it_is_replaced),
        cmocka_unit_test(truncated_backpropagation),
        cmocka_unit_test(functions_and_rebinding),
        cmocka_unit_test(tensors_and_views),
        cmocka_unit_test(counts_of_right_answers),
        cmocka_unit_test(counts_inside_a_function),
        cmocka_unit_test(positions_that_lead_to_the_next),
        cmocka_unit_test(conditions),
        cmocka_unit_test(a_counter_that_is_const),
        cmocka_unit_test(a_counter_written_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
