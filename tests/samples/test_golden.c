/* test_golden.c -- derivatives, draws and optimizers of other systems, through the language */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/samples/table.h"

#define MANY 512

static char *golden(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/golden/%s", proc_env("NB_ROOT", "."), name);
    char *text = proc_read_file(path, NULL);
    assert_non_null(text);
    return text;
}

/* All numbers the program prints, in order; returns how many. */
static int run_program(const char *code, double *out, int cap)
{
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--digits=full", NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, code, 60, &p));
    if (p.status != 0) {
        print_message("%s%s", p.out, p.err);
    }
    assert_int_equal(p.status, 0);
    int n = 0;
    for (char *at = p.out; n < cap;) {
        at += strspn(at, " ,[]\n");
        char *end;
        double v = strtod(at, &end);
        if (end == at) {
            assert_int_equal(*at, '\0');
            break;
        }
        out[n++] = v;
        at = end;
    }
    proc_free(&p);
    return n;
}

static void same(const char *what, double got, double want)
{
    if (!table_close(got, want)) {
        print_message("%s: %.17g, golden %.17g\n", what, got, want);
        fail();
    }
}

/* --- derivatives --- */

static const struct {
    const char *name, *text;
} functions[] = {
    {"sin", "sin(x)"}, {"cos", "cos(x)"},   {"tanh", "tanh(x)"},       {"exp", "exp(x)"},
    {"log", "log(x)"}, {"gelu", "gelu(x)"}, {"sigmoid", "sigmoid(x)"}, {"relu", "relu(x)"},
    {"square", "x^2"}, {"pow3", "x^3"},     {"pow0.5", "x^0.5"},       {"neg", "-x"},
    {"recip", "1/x"},
};

static const char *text_of(const char *function)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, function) == 0) {
            return functions[i].text;
        }
    }
    fail_msg("no function %s", function);
    return "";
}

/* Every row with a number whose order is a multiple of `orders`, by a program that prints order 0
 * and, `next` by `next`, the others. */
static void check_derivatives(const char *next, int orders, int rows)
{
    static char code[1 << 16];
    double want[MANY], got[MANY];
    char *csv = golden("e_derivatives.csv");
    size_t len = 0;
    int n = 0, order;
    char name[16], x[16], value[40];
    for (const char *line = strchr(csv, '\n') + 1;
         sscanf(line, "%15[^,],%15[^,],%d,%39s", name, x, &order, value) == 4;
         line = strchr(line, '\n') + 1) {
        if (strcmp(value, "nil") == 0 || order % orders != 0) { /* it has none where it is 0 */
            continue;
        }
        int more = order > 0 ? snprintf(code + len, sizeof code - len, "%s\nprint y\n", next)
                             : snprintf(code + len, sizeof code - len,
                                        "cleargrad\nx = %s\ny = %s\nprint y\n", x, text_of(name));
        len += (size_t)more;
        assert_true(len < sizeof code && n < MANY);
        want[n++] = strtod(value, NULL);
    }
    assert_int_equal(n, rows);
    assert_int_equal(run_program(code, got, MANY), n);
    for (int i = 0; i < n; i++) {
        same("derivative", got[i], want[i]);
    }
    free(csv);
}

static void orders_to_six_by_grad_are_golden(void **state)
{
    (void)state;
    check_derivatives("y = grad(y, x)", 1, 162);
}

static void orders_to_six_by_create_graph_are_golden(void **state)
{
    (void)state;
    check_derivatives("cleargrad; backward y, create_graph=true; y = x.grad", 1, 162);
}

static void orders_to_six_by_jacobian_are_golden(void **state)
{
    (void)state;
    check_derivatives("y = jacobian(y, x)", 1, 162);
}

static void even_orders_by_hessian_are_golden(void **state)
{
    (void)state;
    check_derivatives("y = hessian(y, x)", 2, 92);
}

/* --- draws --- */

/* Numbers of the list after `key` in the part of the file for one seed. */
static int numbers_after(const char *json, const char *part, const char *key, double *out, int cap)
{
    const char *at = strstr(json, part);
    assert_non_null(at);
    at = strstr(at, key);
    assert_non_null(at);
    at = strchr(at, '[') + 1;
    int n = 0;
    while (n < cap) {
        char *end;
        at += strspn(at, "[ ,\n");
        out[n] = strtod(at, &end);
        if (end == at) {
            break;
        }
        n++;
        at = end + (end[0] == ']' && end[1] == ',' && end[2] == '[');
    }
    return n;
}

static void check_draws(const char *seed, const char *part, const char *program, const char *key,
                        int n)
{
    char code[256], quoted[64];
    double want[MANY], got[MANY];
    char *json = golden("d_rng.json");
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    snprintf(code, sizeof code, "seed %s\n%s\n", seed, program);
    assert_int_equal(numbers_after(json, part, quoted, want, n), n);
    assert_int_equal(run_program(code, got, MANY), n);
    for (int i = 0; i < n; i++) {
        same(key, got[i], want[i]);
    }
    free(json);
}

static void first_draws_of_every_seed_are_golden(void **state)
{
    (void)state;
    static const char *const seed[][2] = {
        {"0", "seed_0_0"}, {"1, 2", "seed_1_2"}, {"42", "seed_42_0"}};
    for (int i = 0; i < 3; i++) {
        check_draws(seed[i][0], seed[i][1], "print rand(10)", "float64", 10);
        check_draws(seed[i][0], seed[i][1], "print randn(10)", "normfloat64", 10);
        check_draws(seed[i][0], seed[i][1], "print normal(4, mean=3, std=0.5)", "normal_3_0.5", 4);
        check_draws(seed[i][0], seed[i][1], "print rand(3), randn(3), rand(3)", "mixed_u3_n3_u3",
                    9);
        check_draws(seed[i][0], seed[i][1], "print randn(500)", "randn_1000", 500);
    }
}

/* --- optimizers --- */

/* x and y after each step on Rosenbrock from (0, 2), with the options written in the loop. */
static void check_optimizer(const char *made, const char *loop, const char *file, const char *name)
{
    char code[512];
    double got[MANY];
    char *csv = golden(file);
    snprintf(code, sizeof code,
             "x, y = 0, 2\nopt = %s\nfor i in 0:30 {\n"
             "    f = 100*(y - x^2)^2 + (1 - x)^2\n"
             "    %s\n    cleargrad; backward f; step opt; print x, y\n}\n",
             made, loop);
    assert_int_equal(run_program(code, got, MANY), 60);
    int rows = 0;
    size_t len = strlen(name);
    for (const char *line = csv; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        int step;
        double x, y;
        if (strncmp(line, name, len) == 0 && sscanf(line + len, "%d,%lf,%lf", &step, &x, &y) == 3 &&
            step > 0) {
            same(made, got[2 * step - 2], x);
            same(made, got[2 * step - 1], y);
            rows++;
        }
    }
    assert_true(rows >= 20);
    free(csv);
}

static void optimizers_walk_the_golden_steps(void **state)
{
    (void)state;
    const char *plain = "f_optimizers_plain.csv", *torch = "f_optimizers_torch.csv";
    check_optimizer("sgd(x, y, lr=0.001)", "", plain, "SGD(lr=0.001),none,");
    check_optimizer("momentum(x, y, lr=0.001)", "", plain, "Momentum(lr=0.001;m=0.9),none,");
    check_optimizer("adam(x, y, lr=0.01, eps_hat=true)", "", plain,
                    "Adam(a=0.01;b1=0.9;b2=0.999),none,");
    check_optimizer("adam(x, y, lr=0.01)", "", torch, "adam(lr=0.01),");
    check_optimizer("adamw(x, y, lr=0.01)", "", torch, "\"adamw(lr=0.01, weight_decay=0.01)\",");
}

static void hyperparameters_set_inside_the_loop_are_those_of_the_step(void **state)
{
    (void)state;
    const char *plain = "f_optimizers_plain.csv", *torch = "f_optimizers_torch.csv";
    check_optimizer("sgd(x, y, lr=9)", "opt.lr = 0.001", plain, "SGD(lr=0.001),none,");
    check_optimizer("momentum(x, y, lr=9, momentum=0)",
                    "opt.lr = opt.lr*0 + 0.001\n"
                    "    opt.momentum = 0.9",
                    plain, "Momentum(lr=0.001;m=0.9),none,");
    check_optimizer("adam(x, y, lr=9, beta1=0.1, beta2=0.1, eps=1, weight_decay=1)",
                    "opt.lr = 0.01; opt.beta1 = 0.9; opt.beta2 = 0.999; opt.eps = 1e-8; "
                    "opt.weight_decay = 0",
                    torch, "adam(lr=0.01),");
}

/* Each rule, with hyperparameters that are not the usual ones, and each hook, written out beside
 * the optimizer in the language itself. */
static void optimizers_and_hooks_equal_their_formula_written_in_the_language(void **state)
{
    (void)state;
    static const struct {
        const char *made, *start, *update;
    } rule[] = {
        {"nesterov(x, lr=0.01, momentum=0.8)", "u = 0", "u = 0.8*u + g\n p = p - 0.01*(g + 0.8*u)"},
        {"sgd(x, lr=0.01, momentum=0.8, dampening=0, nesterov=true)", "u = 0",
         "u = 0.8*u + g\n p = p - 0.01*(g + 0.8*u)"},
        {"sgd(x, lr=0.01, momentum=0.8)", "u = 0", "u = 0.8*u + 0.2*g\n p = p - 0.01*u"},
        {"rmsprop(x, lr=0.01)", "v = 0", "v = 0.99*v + 0.01*g^2\n p = p - 0.01*g/(sqrt(v) + 1e-8)"},
        {"adagrad(x, lr=0.1)", "s = 0", "s = s + g^2\n p = p - 0.1*g/(sqrt(s) + 1e-10)"},
        {"sgd(x, lr=0.01)", "n = 0", "p = p - 0.01*g"},
        {"sgd(x, lr=0.01, momentum=0.8, dampening=0.5, weight_decay=0.3)", "u = 0",
         "u = 0.8*u + 0.5*g\n p = p*(1 - 0.003) - 0.01*u"},
        {"momentum(x, lr=0.01, momentum=0.7)", "v = 0", "v = 0.7*v - 0.01*g\n p = p + v"},
        {"adam(x, lr=0.1, beta1=0.8, beta2=0.9, eps=1e-3)", "k, m, v = 0, 0, 0",
         "k = k + 1\n m = 0.8*m + 0.2*g\n v = 0.9*v + 0.1*g^2\n"
         " p = p - 0.1*(m/(1 - 0.8^k))/(sqrt(v/(1 - 0.9^k)) + 1e-3)"},
        {"adam(x, lr=0.1, weight_decay=0.2)", "k, m, v = 0, 0, 0",
         "h = g + 0.2*p\n k = k + 1\n m = 0.9*m + 0.1*h\n v = 0.999*v + 0.001*h^2\n"
         " p = p - 0.1*(m/(1 - 0.9^k))/(sqrt(v/(1 - 0.999^k)) + 1e-8)"},
        {"adam(x, lr=0.1, eps=1e-3, eps_hat=true)", "k, m, v = 0, 0, 0",
         "k = k + 1\n m = 0.9*m + 0.1*g\n v = 0.999*v + 0.001*g^2\n"
         " p = p - 0.1*sqrt(1 - 0.999^k)/(1 - 0.9^k)*m/(sqrt(v) + 1e-3)"},
        {"adamw(x, lr=0.1, weight_decay=0.2)", "k, m, v = 0, 0, 0",
         "k = k + 1\n m = 0.9*m + 0.1*g\n v = 0.999*v + 0.001*g^2\n"
         " p = p - 0.1*0.2*p - 0.1*(m/(1 - 0.9^k))/(sqrt(v/(1 - 0.999^k)) + 1e-8)"},
        {"rmsprop(x, lr=0.02, alpha=0.5, eps=0.1)", "v = 0",
         "v = 0.5*v + 0.5*g^2\n p = p - 0.02*g/(sqrt(v) + 0.1)"},
        {"sgd(x, lr=0.01, hooks=[weight_decay(0.1)])", "n = 0", "p = p - 0.01*(g + 0.1*p)"},
        {"sgd(x, lr=0.01, hooks=[clip_grad(2)])", "n = 0",
         "n = sqrt(sum(g^2))\n h = g\n if n > 2 { h = g*2/n }\n p = p - 0.01*h"},
        {"sgd(x, lr=0.01, hooks=[weight_decay(0.1), clip_grad(5)])", "n = 0",
         "h = g + 0.1*p\n n = sqrt(sum(h^2))\n if n > 5 { h = h*5/n }\n p = p - 0.01*h"},
        {"adagrad(x, lr=0.1, hooks=[clip_grad(5), weight_decay(0.1)])", "s, n = 0, 0",
         "n = sqrt(sum(g^2))\n h = g\n if n > 5 { h = g*5/n }\n h = h + 0.1*p\n"
         " s = s + h^2\n p = p - 0.1*h/(sqrt(s) + 1e-10)"},
    };
    for (size_t k = 0; k < sizeof rule / sizeof *rule; k++) {
        char code[1024];
        double got[MANY];
        snprintf(code, sizeof code,
                 "x = [3, -2]\nopt = %s\nconst p = [3, -2]\nconst g = [0, 0]\n"
                 "nograd { %s }\nrepeat 30 {\n f = sum(x^4)/4 + x[0]*x[1]\n cleargrad x\n"
                 " backward f\n step opt\n nograd {\n g = p^3 + p[[1, 0]]\n %s\n }\n"
                 " print x, p\n}\n",
                 rule[k].made, rule[k].start, rule[k].update);
        assert_int_equal(run_program(code, got, MANY), 120);
        for (int i = 0; i < 120; i += 4) {
            same(rule[k].made, got[i], got[i + 2]);
            same(rule[k].made, got[i + 1], got[i + 3]);
        }
    }
}

/* 30 steps, then as many after `between`; prints x after both. */
static void run_twice(const char *made, const char *between, double out[4])
{
    char code[512];
    snprintf(code, sizeof code,
             "x = [3, -2]\nopt = %s\ndef run() { repeat 30 {\n f = sum(x^4)/4 + x[0]*x[1]\n"
             " cleargrad x; backward f; step opt }\n print x }\nrun()\n%s\nrun()\n",
             made, between);
    assert_int_equal(run_program(code, out, MANY), 4);
}

static void reset_forgets_state_and_steps_and_nothing_else_does(void **state)
{
    (void)state;
    static const char *const made[] = {"sgd(x, lr=0.01, momentum=0.8)",
                                       "momentum(x, lr=0.01)",
                                       "nesterov(x, lr=0.01)",
                                       "adam(x, lr=0.1)",
                                       "adamw(x, lr=0.1)",
                                       "rmsprop(x, lr=0.02)",
                                       "adagrad(x, lr=0.1)"};
    for (size_t k = 0; k < sizeof made / sizeof *made; k++) {
        double got[MANY];
        run_twice(made[k], "assert opt.steps == 30; reset opt; assert opt.steps == 0; x := [3, -2]",
                  got);
        assert_true(got[2] == got[0] && got[3] == got[1]);
        run_twice(made[k], "x := [3, -2]", got);
        assert_true(got[2] != got[0] && got[3] != got[1]);
    }
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_to_six_by_grad_are_golden),
        cmocka_unit_test(orders_to_six_by_create_graph_are_golden),
        cmocka_unit_test(orders_to_six_by_jacobian_are_golden),
        cmocka_unit_test(even_orders_by_hessian_are_golden),
        cmocka_unit_test(first_draws_of_every_seed_are_golden),
        cmocka_unit_test(optimizers_walk_the_golden_steps),
        cmocka_unit_test(hyperparameters_set_inside_the_loop_are_those_of_the_step),
        cmocka_unit_test(reset_forgets_state_and_steps_and_nothing_else_does),
        cmocka_unit_test(optimizers_and_hooks_equal_their_formula_written_in_the_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
