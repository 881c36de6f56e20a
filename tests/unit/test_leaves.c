/* test_leaves.c -- number options of every operation given as a leaf: a derivative or a note */
#include "lang.h"
#include "op_cases.h"

/* The operand as the language writes it: numbers of the operation's domain in the case's shape. */
static void put_operand(char *to, size_t cap, const NbOp *op, int i, const char *shape)
{
    const NbShape s = shape_of(shape);
    NbRng rng;
    int64_t n = 1;
    nb_rng_seed(&rng, 5, (uint64_t)i);
    for (int k = 0; k < s.rank; k++) {
        n *= s.dim[k];
    }
    size_t len = (size_t)snprintf(to, cap, s.rank ? "reshape([" : "");
    for (int64_t k = 0; k < n; k++) {
        len += (size_t)snprintf(to + len, cap - len, "%s%.3f", k ? ", " : "", draw(&rng, op, i));
    }
    if (s.rank) {
        len += (size_t)snprintf(to + len, cap - len, "]");
        for (int k = 0; k < s.rank; k++) {
            len += (size_t)snprintf(to + len, cap - len, ", %d", (int)s.dim[k]);
        }
        snprintf(to + len, cap - len, ")");
    }
}

/* The program that calls op with option `which` as the leaf q, and all else as numbers. */
static void put_program(char *to, size_t cap, const NbOp *op, int which, const char *shapes)
{
    char arguments[600] = "";
    size_t len = 0, at = 0;
    for (int i = 0; i < op->nparams; i++) {
        const NbParam *p = &op->params[i];
        if (p->kind == NB_P_VAR && shapes && i < op->min_in) {
            char text[300];
            put_operand(text, sizeof text, op, i, shapes);
            at += (size_t)snprintf(to + at, cap - at, "x%d = %s\n", i, text);
            len += (size_t)snprintf(arguments + len, sizeof arguments - len, "%sx%d",
                                    len ? ", " : "", i);
            shapes = strchr(shapes, '|');
            shapes = shapes ? shapes + 1 : NULL;
        } else if (i == which) {
            len += (size_t)snprintf(arguments + len, sizeof arguments - len, "%s%s=q",
                                    len ? ", " : "", p->name);
        } else if (p->fallback == NULL) {
            len += (size_t)snprintf(arguments + len, sizeof arguments - len, "%s%s=%s",
                                    len ? ", " : "", p->name,
                                    p->kind == NB_P_SHAPE ? "[2, 3]" : "2");
        }
    }
    snprintf(to + at, cap - at, "q = 0.5\ny = %s(%s)\nf = sum(y*y)\n", op->name, arguments);
}

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

/* Without a derivative a note says so; else the gradient is that of differences. What forward can
 * make again is stale when the leaf is written. */
static void try_option(const NbOp *op, int which, const char *shapes)
{
    char program[2000];
    put_program(program, sizeof program, op, which, shapes);
    Bench *b = bench_new();
    run(b, program, op->name);
    const bool noted = strstr(b->notes, "takes q as a number: no gradient reaches it") != NULL;
    if (!noted) {
        run(b, "backward f\nconst g = q.grad", program);
    }
    run(b, "q := 0.500001\nconst late = f.stale", program);
    if (op->of_variable) {
        assert_true(number(b, "late") == 1);
    }
    if (!noted) {
        run(b, "forward f\nconst up = f.data\nq := 0.499999\nforward f\nconst down = f.data",
            program);
        const double want = (number(b, "up") - number(b, "down")) / 2e-6;
        if (!(fabs(number(b, "g") - want) < 1e-6 * (1 + fabs(want)))) {
            fail_msg("%sby %s: %g is not %g", program, op->params[which].name, number(b, "g"),
                     want);
        }
    }
    bench_free(b);
}

static void a_number_option_that_is_a_leaf_has_a_derivative_or_a_note(void **state)
{
    (void)state;
    int tried = 0;
    for (int o = 0; o < nb_op_count(); o++) {
        const NbOp *op = nb_op_at(o);
        for (int i = 0; i < op->nparams && !(op->flags & NB_OP_HIDDEN); i++) {
            Cases c;
            const char *shapes = op->max_in == 0 ? NULL : "2,3|2,3|2,3";
            if (op->params[i].kind != NB_P_NUM) {
                continue;
            }
            if (op->max_in > 0 && op->tries) {
                shapes = cases_of(op, &c)->at[c.n - 1].shapes;
            }
            try_option(op, i, shapes);
            tried++;
        }
    }
    assert_true(tried >= 12);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_option_that_is_a_leaf_has_a_derivative_or_a_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
