/* test_register.c -- operations of one's own by name: in the engine, the language and help */
#include "lang.h"
#include "prompt.h"

#include <nabla/nabla.h>

static NbStatus cube_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    for (int64_t i = 0; i < out->size; i++) {
        double x = nb_tensor_at(in[0], i);
        nb_tensor_put(out, i, x * x * x);
    }
    return NB_OK;
}

static NbVar *cube_grad(NbGrad *G, int i)
{
    const NbOp *mul = nb_op_find("mul");
    NbVar *x = nb_g_in(G, i);
    return nb_g_2(G, mul, nb_g_out(G), nb_g_2k(G, mul, nb_g_2(G, mul, x, x), 3));
}

static const NbParam x_alone[] = {{"x", NB_P_VAR, NULL}};

/* A whole record, to be changed. */
#define CUBE(NAME)                                                                                 \
    {                                                                                              \
        .name = (NAME), .min_in = 1, .max_in = 1, .nparams = 1, .params = x_alone,                 \
        .flags = NB_OP_ELEMENTWISE, .forward = cube_forward, .grad = cube_grad,                    \
        .formula = NAME "({a})", .doc = "x^3.", .group = "own", .example = NAME "(2)"              \
    }

static const NbOp cubed = CUBE("cubed");

static int registered(void **state)
{
    (void)state;
    return nb_op_register(&cubed, NULL) == NB_OK ? 0 : 1;
}

static void it_is_found_and_counted_once(void **state)
{
    (void)state;
    NbErr err = {0};
    int n = nb_op_count();
    assert_ptr_equal(nb_op_find("cubed"), &cubed);
    assert_ptr_equal(nb_op_at(n - 1), &cubed);
    assert_int_equal(nb_op_register(&cubed, &err), NB_OK);
    assert_int_equal(nb_op_count(), n);
    assert_null(nb_op_at(n));
}

static void its_gradients_are_right_twice(void **state)
{
    (void)state;
    NbCtx *ctx = nb_ctx_new();
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("cubed"), x);
    NbVar *one = nb_var_scalar(ctx, 1, NB_CONST), *h = NULL;
    double worst = 1;
    assert_int_equal(nb_gradcheck(y, &x, 1, &worst), NB_OK);
    assert_true(worst < 1e-6);
    assert_int_equal(nb_hvp(y, &x, &one, 1, &h), NB_OK);
    assert_close(nb_var_value(h), 12, 1e-12);
    nb_var_unref(&h);
    nb_var_unref(&one);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
}

static void the_language_calls_it(void **state)
{
    (void)state;
    Bench *b = bench_new();
    bool ran = bench_run(b, "x = 2\ny = cubed(x) + sum(cubed([1, 2]))\nbackward y\n"
                            "print(y, x.grad)");
    if (!ran) {
        print_message("%s\n", bench_error(b));
    }
    assert_true(ran);
    assert_string_equal(bench_printed(b), "17 12\n");
    assert_false(bench_run(b, "cubed(1, 2)"));
    assert_non_null(strstr(bench_error(b), "cubed"));
    bench_free(b);
}

static void help_and_trace_know_it(void **state)
{
    (void)state;
    Prompt *p = prompt_new();
    prompt_run(p, "help cubed");
    assert_non_null(strstr(p->out, "x^3."));
    assert_non_null(strstr(p->out, "cubed(2)"));
    prompt_run(p, "x = 2; y = cubed(x); backward y; x.grad");
    assert_non_null(strstr(p->out, "12"));
    prompt_run(p, "trace y");
    assert_string_equal(p->err, "");
    assert_non_null(strstr(p->out, "cubed(x)"));
    prompt_free(p);
}

/* Refused with the status, and a text that holds the word. */
static void refused(const NbOp *op, NbStatus status, const char *word)
{
    NbErr err = {0};
    int n = nb_op_count();
    assert_int_equal(nb_op_register(op, &err), status);
    assert_int_equal(err.code, status);
    if (!strstr(err.msg, word)) {
        print_message("%s\n", err.msg);
    }
    assert_non_null(strstr(err.msg, word));
    assert_int_equal(nb_op_count(), n);
}

static void names_that_clash_or_are_none_are_refused(void **state)
{
    (void)state;
    static const NbOp sine = CUBE("sin"), again = CUBE("cubed"), two = CUBE("2x"),
                      spaced = CUBE("a b"), empty = CUBE("");
    refused(&sine, NB_ENAME, "sin: there is an operation of this name");
    refused(&again, NB_ENAME, "cubed: there is");
    refused(&two, NB_ENAME, "'2x' is not a name");
    refused(&spaced, NB_ENAME, "'a b' is not a name");
    refused(&empty, NB_ENAME, "'' is not a name");
    refused(NULL, NB_ENAME, "is not a name");
}

static void records_that_lack_something_are_refused(void **state)
{
    (void)state;
    NbOp op = CUBE("lacking");
    NbOp t = op;
    t.min_in = t.max_in = 2;
    refused(&t, NB_EVALUE, "takes 2 to 2 operands, but its parameters name 1");
    t = op, t.params = NULL;
    refused(&t, NB_EVALUE, "parameter 1 has no name");
    t = op, t.forward = NULL;
    refused(&t, NB_EVALUE, "neither forward nor build");
    t = op, t.flags = 0;
    refused(&t, NB_EVALUE, "no shape and is not elementwise");
    t = op, t.doc = NULL;
    refused(&t, NB_EVALUE, "has no doc");
    t = op, t.example = NULL;
    refused(&t, NB_EVALUE, "has no example");
    t = op, t.group = NULL;
    refused(&t, NB_EVALUE, "has no group");
    t = op, t.scalar = nb_op_find("sin")->scalar;
    refused(&t, NB_EVALUE, "no partials");
    static const NbParam option_first[] = {{"k", NB_P_NUM, "1"}, {"x", NB_P_VAR, NULL}};
    t = op, t.params = option_first, t.nparams = 2;
    refused(&t, NB_EVALUE, "operand 'x' stands behind an option");
}

/* Words of the language stay what they are. */
static void a_word_of_the_language_keeps_its_meaning(void **state)
{
    (void)state;
    static const NbOp pi = CUBE("pi"), show = CUBE("print");
    assert_int_equal(nb_op_register(&pi, NULL), NB_OK);
    assert_int_equal(nb_op_register(&show, NULL), NB_OK);
    Bench *b = bench_new();
    assert_true(bench_run(b, "print(pi > 3.14)"));
    assert_string_equal(bench_printed(b), "1\n");
    bench_free(b);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_found_and_counted_once),
        cmocka_unit_test(its_gradients_are_right_twice),
        cmocka_unit_test(the_language_calls_it),
        cmocka_unit_test(help_and_trace_know_it),
        cmocka_unit_test(names_that_clash_or_are_none_are_refused),
        cmocka_unit_test(records_that_lack_something_are_refused),
        cmocka_unit_test(a_word_of_the_language_keeps_its_meaning),
    };
    return cmocka_run_group_tests(tests, registered, NULL);
}
