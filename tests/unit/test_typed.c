/* test_typed.c -- operations and their derivatives, typed as they are shown, give the numbers */
#include "lang.h"
#include "op_cases.h"

static double number(Bench *b, const char *name)
{
    return value_number(interp_get(b->I, interp_symbol(b->I, name)));
}

static void run(Bench *b, const char *program, const char *of)
{
    if (!bench_run(b, program)) {
        fail_msg("%s\n%s\n%s", of, program, bench_error(b));
    }
}

/* The operation on a, b, c and ∂y/∂ one of them, both as text; against the sweep. */
static void try_derivative(const NbOp *op, int i, uint64_t seed)
{
    static const char *const names[] = {"a", "b", "c"};
    char text[300], program[600], grad[40];
    const int n = op->max_in < 0 ? op->min_in : op->max_in;
    const NbAttrs attrs = nb_op_attrs(op);
    Bench *b = bench_new();
    NbRng rng;
    nb_rng_seed(&rng, 3, seed);
    for (int k = 0; k < n; k++) {
        snprintf(program, sizeof program, "%s = %.4f", names[k], draw(&rng, op, k));
        run(b, program, op->name);
    }
    nb_op_text(op, names, n, &attrs, text, sizeof text);
    snprintf(program, sizeof program, "y = %s\nbackward y\nconst N = 1", text);
    run(b, program, op->name);
    nb_op_deriv_text(op, i, names, n, "y", NULL, false, text, sizeof text);
    snprintf(grad, sizeof grad, "const g = %s.grad", names[i]);
    snprintf(program, sizeof program, "const d = %s", text);
    run(b, program, op->name);
    run(b, grad, op->name);
    const double got = number(b, "d"), want = number(b, "g");
    if (!(fabs(got - want) <= 1e-9 * (1 + fabs(want)))) {
        fail_msg("%s: %s by %s is %g, not %g", op->name, text, names[i], got, want);
    }
    bench_free(b);
}

static void derivatives_that_are_shown_can_be_typed(void **state)
{
    (void)state;
    int tried = 0;
    for (int o = 0; o < nb_op_count(); o++) {
        const NbOp *op = nb_op_at(o);
        for (int i = 0; i < 3; i++) {
            if (!op->deriv[i] || op->flags & NB_OP_STEPS || strcmp(op->deriv[i], "0") == 0 ||
                strstr(op->deriv[i], "softmax") || op == &nb_op_dot) {
                continue; /* these need rows */
            }
            for (uint64_t seed = 0; seed < 4; seed++) {
                try_derivative(op, i, seed);
            }
            tried++;
        }
    }
    assert_true(tried > 40);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derivatives_that_are_shown_can_be_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
