/* test_calls.c -- operations as functions of C: the files are those the registry gives, and work */
#include <stdlib.h>
#include <string.h>

#include <nabla/operations.h>

#include "ops_test.h"

/* --- the two files; with NB_WRITE_CALLS they are written (make docs) --- */

static bool is_number(const NbParam *p)
{
    const bool number = p->kind == NB_P_NUM || p->kind == NB_P_INT || p->kind == NB_P_BOOL;
    return number && strcmp(p->name, "keepdims") != 0;
}

/* Said at each call; sizes always are, there is no fewer to write in C. */
static bool is_required(const NbParam *p)
{
    return p->kind == NB_P_SHAPE || (p->kind > NB_P_VARS && p->fallback == NULL);
}

static bool takes_options(const NbOp *op)
{
    bool any = false;
    for (int i = 0; i < op->nparams; i++) {
        any = any || (op->params[i].kind > NB_P_VARS && !is_required(&op->params[i]));
    }
    return any;
}

/* Options that are for another number of operands: max(x, axis=) and max(a, b). */
static bool with_options(const NbOp *op, int n)
{
    return takes_options(op) && (n == op->min_in || op->max_in < 0);
}

static void put_prototype(FILE *f, const NbOp *op, int n)
{
    fprintf(f, "NbVar *nb_%s", op->name);
    if (n != op->min_in) {
        fprintf(f, "%d", n);
    }
    fprintf(f, "(NbCtx *ctx");
    for (int i = 0, k = 0; i < op->nparams; i++) {
        const NbParam *p = &op->params[i];
        if (p->kind == NB_P_VARS) {
            fprintf(f, ", NbVar *const *%s, int n", p->name);
        } else if (p->kind == NB_P_VAR && k < n) {
            fprintf(f, ", NbVar *%s", p->name);
            k++;
        } else if (p->kind != NB_P_VAR && is_required(p)) {
            fprintf(f, ", %s%s",
                    p->kind == NB_P_SHAPE                         ? "const NbShape *"
                    : p->kind == NB_P_INT || p->kind == NB_P_AXES ? "int64_t "
                    : p->kind == NB_P_BOOL                        ? "bool "
                                                                  : "double ",
                    p->name);
        }
    }
    fprintf(f, "%s)", with_options(op, n) ? ", const NbAttrs *options" : "");
}

static void put_options(FILE *f, const NbOp *op)
{
    int k = 0, written = 0;
    for (int i = 0; i < op->nparams; i++) {
        const NbParam *p = &op->params[i];
        char place[16] = "axes";
        if (is_number(p)) {
            snprintf(place, sizeof place, "num[%d]", k++);
        }
        if (p->kind > NB_P_VARS && !is_required(p)) {
            fprintf(f, "%s%s=%s in .%s", written++ ? ", " : "Options: ", p->name, p->fallback,
                    strcmp(p->name, "keepdims") == 0 ? "keepdims" : place);
        }
    }
}

/* Words, broken before column 96. */
static void put_comment(FILE *f, const char *text)
{
    size_t at = 0;
    for (const char *word = text; *word; word += *word == ' ') {
        const size_t n = strcspn(word, " ");
        if (at > 0 && at + n > 90) {
            fputs("\n *", f);
            at = 0;
        }
        fprintf(f, at == 0 && word == text ? "/* %.*s" : " %.*s", (int)n, word);
        at += n + 1;
        word += n;
    }
    fputs(" */\n", f);
}

static void put_doc(FILE *f, const NbOp *op, int n)
{
    char *text = NULL;
    size_t len;
    FILE *t = open_memstream(&text, &len);
    assert_non_null(t);
    if (n == op->min_in || op->max_in < 0) {
        const char *end = strstr(op->doc, ". ");
        fprintf(t, "%.*s", end ? (int)(end - op->doc) + 1 : (int)strlen(op->doc), op->doc);
        if (with_options(op, n)) {
            fputc(' ', t);
            put_options(t, op);
            fputc('.', t);
        }
    } else {
        fprintf(t, "The same with %d operands.", n);
    }
    fclose(t);
    for (char *c = text; *c; c++) {
        *c = *c == '\n' ? ' ' : *c;
    }
    put_comment(f, text);
    free(text);
}

static void put_header(FILE *f)
{
    fputs(
        "/* operations.h -- every operation as a function, made from the registry by make docs */\n"
        "#ifndef NABLA_OPERATIONS_H\n#define NABLA_OPERATIONS_H\n\n#include <nabla/op.h>\n\n"
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
        "/* Each gives a new variable, or NULL with nb_ctx_err set, as nb_apply. An operand that "
        "is\n"
        " * NULL is an error. options: made by nb_op_attrs; NULL for the defaults. */\n"
        "/* clang-format off */\n\n",
        f);
    for (int i = 0; i < nb_op_count(); i++) {
        const NbOp *op = nb_op_at(i);
        if (op->flags & NB_OP_HIDDEN) {
            continue;
        }
        for (int n = op->min_in; n <= (op->max_in < 0 ? op->min_in : op->max_in); n++) {
            put_doc(f, op, n);
            put_prototype(f, op, n);
            fputs(";\n", f);
        }
    }
    fputs("\n/* clang-format on */\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n", f);
}

static void put_setting(FILE *f, const NbParam *p, int k)
{
    if (p->kind == NB_P_AXES) {
        fprintf(f, "    a.naxes = 1;\n    a.axes[0] = %s;\n", p->name);
    } else {
        fprintf(f, "    a.num[%d] = %s%s;\n", k, p->kind == NB_P_NUM ? "" : "(double)", p->name);
    }
}

static bool put_settings(FILE *f, const NbOp *op, int n)
{
    bool any = false;
    for (int i = 0, k = 0; i < op->nparams; i++) {
        const NbParam *p = &op->params[i];
        if (p->kind > NB_P_VARS && is_required(p)) {
            if (!any) {
                fprintf(f, "    NbAttrs a = call_options(&nb_op_%s, %s);\n", op->name,
                        with_options(op, n) ? "options" : "NULL");
            }
            any = true;
            if (p->kind == NB_P_SHAPE) {
                fprintf(f,
                        "    if (!call_shape(ctx, &nb_op_%s, %s, &a)) {\n"
                        "        return NULL;\n    }\n",
                        op->name, p->name);
            } else {
                put_setting(f, p, k);
            }
        }
        k += is_number(p);
    }
    return any;
}

static void put_body(FILE *f, const NbOp *op, int n)
{
    if (op->max_in < 0) {
        fprintf(f, "    return call_list(ctx, &nb_op_%s, %s, n, options);\n", op->name,
                op->params[0].name);
        return;
    }
    const bool set = put_settings(f, op, n);
    const char *with = set ? "&a" : with_options(op, n) ? "options" : "NULL";
    const bool bare = strcmp(with, "NULL") == 0;
    if (n == 0) {
        fprintf(f, "    return nb_apply(ctx, &nb_op_%s, NULL, 0, %s);\n", op->name, with);
    } else if (bare && n == 1) {
        fprintf(f, "    return nb_apply1(ctx, &nb_op_%s, %s);\n", op->name, op->params[0].name);
    } else if (bare && n == 2) {
        fprintf(f, "    return nb_apply2(ctx, &nb_op_%s, NB_VAR(%s), NB_VAR(%s));\n", op->name,
                op->params[0].name, op->params[1].name);
    } else {
        fputs("    const NbArg in[] = {", f);
        for (int i = 0; i < n; i++) {
            fprintf(f, "%sNB_VAR(%s)", i > 0 ? ", " : "", op->params[i].name);
        }
        fprintf(f, "};\n    return nb_apply(ctx, &nb_op_%s, in, %d, %s);\n", op->name, n, with);
    }
}

static void put_source(FILE *f)
{
    fputs("/* calls.c -- every operation as a function, made from the registry by make docs */\n"
          "#include <nabla/operations.h>\n\n#include \"ops/call.h\"\n#include \"ops/ops.h\"\n\n"
          "/* clang-format off */\n",
          f);
    for (int i = 0; i < nb_op_count(); i++) {
        const NbOp *op = nb_op_at(i);
        if (op->flags & NB_OP_HIDDEN) {
            continue;
        }
        for (int n = op->min_in; n <= (op->max_in < 0 ? op->min_in : op->max_in); n++) {
            fputc('\n', f);
            put_prototype(f, op, n);
            fputs("\n{\n", f);
            put_body(f, op, n);
            fputs("}\n", f);
        }
    }
}

static void file_is(const char *path, void (*put)(FILE *f))
{
    const char *root = getenv("NB_ROOT");
    char full[4096], *want = NULL;
    size_t len;
    snprintf(full, sizeof full, "%s/%s", root ? root : ".", path);
    FILE *t = open_memstream(&want, &len);
    assert_non_null(t);
    put(t);
    fclose(t);
    const bool writes = getenv("NB_WRITE_CALLS") != NULL;
    FILE *f = fopen(full, writes ? "w" : "r");
    assert_non_null(f);
    if (writes) {
        assert_int_equal(fwrite(want, 1, len, f), len);
        assert_int_equal(fclose(f), 0);
    } else {
        char *have = malloc(len + 2);
        assert_non_null(have);
        const size_t n = fread(have, 1, len + 1, f);
        fclose(f);
        if (n != len || memcmp(have, want, len) != 0) {
            fail_msg("%s is not what the registry gives: run make docs", path);
        }
        free(have);
    }
    free(want);
}

static void the_functions_are_those_of_the_registry(void **state)
{
    (void)state;
    file_is("include/nabla/operations.h", put_header);
    file_is("src/ops/calls.c", put_source);
}

/* --- they do what nb_apply does --- */

static void functions_of_operands_are_the_operations(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_var_scalar(ctx, 4, NB_LEAF);
    NbVar *p = nb_mul(ctx, x, y), *s = nb_sin(ctx, x), *d = nb_sub(ctx, x, y);
    NbVar *w = nb_where(ctx, d, x, y), *m = nb_max2(ctx, x, y);
    assert_true(nb_var_value(p) == 12);
    assert_true(nb_var_value(s) == sin(3));
    assert_true(nb_var_value(d) == -1);
    assert_true(nb_var_value(w) == 3);
    assert_true(nb_var_value(m) == 4);
    assert_int_equal(nb_backward(p, NULL), NB_OK);
    assert_null(nb_mul(ctx, x, NULL));
    says(NB_EVALUE, "mul: operand 2 is missing");
    NbVar *all[] = {x, y, p, s, d, w, m};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        nb_var_unref(&all[i]);
    }
}

static void sizes_and_options_are_given_in_their_types(void **state)
{
    (void)state;
    const NbShape s = nb_shape(2, 2, 3), six = nb_shape(1, 6);
    NbVar *x = nb_arange(ctx, 6, NULL), *m = nb_reshape(ctx, x, &s);
    assert_value(nb_sum(ctx, m, NULL), "", (const double[]){15});
    NbAttrs a = nb_op_attrs(nb_op_find("sum"));
    a.naxes = 1;
    a.axes[0] = 0;
    assert_value(nb_sum(ctx, m, &a), "3", (const double[]){3, 5, 7});
    assert_value(nb_full(ctx, &s, 7), "2,3", (const double[]){7, 7, 7, 7, 7, 7});
    assert_value(nb_unsqueeze(ctx, x, 0), "1,6", (const double[]){0, 1, 2, 3, 4, 5});
    assert_value(nb_leaky_relu(ctx, x, NULL), "6", (const double[]){0, 1, 2, 3, 4, 5});
    NbVar *const two[] = {x, x};
    NbVar *both = nb_concat(ctx, two, 2, NULL);
    assert_shape(both, "12");
    assert_null(nb_concat(ctx, NULL, 2, NULL));
    says(NB_EVALUE, "concat: the list is missing");
    assert_null(nb_zeros(ctx, NULL));
    says(NB_EVALUE, "zeros: the shape is missing");
    assert_value(nb_reshape(ctx, m, &six), "6", (const double[]){0, 1, 2, 3, 4, 5});
    nb_var_unref(&both);
    nb_var_unref(&m);
    nb_var_unref(&x);
}

/* Both gave the same, or both refused with the same words; lets go of them. */
static void alike(const char *name, NbVar *got, NbVar *want, const NbErr *first)
{
    NbTensor a, b;
    if (!got || !want) {
        assert_ptr_equal(got, want);
        assert_string_equal(first->msg, nb_ctx_err(ctx)->msg);
    } else {
        const NbTensor *x = nb_var_data(got, &a), *y = nb_var_data(want, &b);
        bool same = nb_shape_equal(&x->shape, &y->shape);
        for (int64_t i = 0; same && i < x->size; i++) {
            const double u = nb_tensor_at(x, i), v = nb_tensor_at(y, i);
            same = memcmp(&u, &v, sizeof u) == 0;
        }
        if (!same) {
            fail_msg("nb_%s is another operation", name);
        }
    }
    nb_var_unref(&got);
    nb_var_unref(&want);
}

static NbVar *applied(const char *name, NbVar *a, NbVar *b)
{
    const NbOp *op = nb_op_find(name);
    assert_non_null(op);
    return nb_apply(ctx, op, (NbArg[]){NB_VAR(a), NB_VAR(b)}, b ? 2 : 1, NULL);
}

/* Each of the table by its own name gives what the registry has under it. */
static void every_function_of_one_or_two_operands_is_its_operation(void **state)
{
    static const struct {
        const char *name;
        NbVar *(*f)(NbCtx *ctx, NbVar *x);
    } one[] = {
        {"neg", nb_neg},
        {"sin", nb_sin},
        {"cos", nb_cos},
        {"tan", nb_tan},
        {"asin", nb_asin},
        {"acos", nb_acos},
        {"atan", nb_atan},
        {"sinh", nb_sinh},
        {"cosh", nb_cosh},
        {"tanh", nb_tanh},
        {"exp", nb_exp},
        {"log", nb_log},
        {"sqrt", nb_sqrt},
        {"abs", nb_abs},
        {"sign", nb_sign},
        {"square", nb_square},
        {"floor", nb_floor},
        {"ceil", nb_ceil},
        {"round", nb_round},
        {"log2", nb_log2},
        {"log10", nb_log10},
        {"relu", nb_relu},
        {"sigmoid", nb_sigmoid},
        {"softplus", nb_softplus},
        {"gelu", nb_gelu},
        {"inv", nb_inv},
        {"det", nb_det},
        {"cofactors", nb_cofactors},
        {"zeros_like", nb_zeros_like},
        {"ones_like", nb_ones_like},
    };
    static const struct {
        const char *name;
        NbVar *(*f)(NbCtx *ctx, NbVar *x, const NbAttrs *options);
    } one_with[] = {
        {"leaky_relu", nb_leaky_relu},
        {"softmax", nb_softmax},
        {"log_softmax", nb_log_softmax},
        {"logsumexp", nb_logsumexp},
        {"sum", nb_sum},
        {"mean", nb_mean},
        {"variance", nb_variance},
        {"max", nb_max},
        {"min", nb_min},
        {"argmax", nb_argmax},
        {"prod", nb_prod},
        {"norm", nb_norm},
        {"transpose", nb_transpose},
        {"squeeze", nb_squeeze},
        {"clip", nb_clip},
        {"flip", nb_flip},
    };
    static const struct {
        const char *name;
        NbVar *(*f)(NbCtx *ctx, NbVar *a, NbVar *b);
    } two[] = {
        {"add", nb_add},
        {"sub", nb_sub},
        {"mul", nb_mul},
        {"div", nb_div},
        {"mod", nb_mod},
        {"pow", nb_pow},
        {"floordiv", nb_floordiv},
        {"max", nb_max2},
        {"min", nb_min2},
        {"matmul", nb_matmul},
        {"dot", nb_dot},
        {"linear", nb_linear},
        {"solve", nb_solve},
        {"mse", nb_mse},
        {"mae", nb_mae},
        {"accuracy", nb_accuracy},
        {"eq", nb_eq},
        {"ne", nb_ne},
        {"lt", nb_lt},
        {"le", nb_le},
        {"gt", nb_gt},
        {"ge", nb_ge},
    };
    static const struct {
        const char *name;
        NbVar *(*f)(NbCtx *ctx, NbVar *a, NbVar *b, const NbAttrs *options);
    } two_with[] = {
        {"mask_fill", nb_mask_fill},
        {"cross_entropy", nb_cross_entropy},
        {"bce", nb_bce},
        {"huber", nb_huber},
    };
    (void)state;
    NbVar *x = var_of("2,2", (double[]){0.25, 0.5, 0.75, 0.125}, NB_LEAF);
    NbVar *y = var_of("2,2", (double[]){1, 0, 0.5, 2}, NB_LEAF);
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        NbVar *got = one[i].f(ctx, x);
        const NbErr first = *nb_ctx_err(ctx);
        alike(one[i].name, got, applied(one[i].name, x, NULL), &first);
    }
    for (size_t i = 0; i < sizeof one_with / sizeof *one_with; i++) {
        NbVar *got = one_with[i].f(ctx, x, NULL);
        const NbErr first = *nb_ctx_err(ctx);
        alike(one_with[i].name, got, applied(one_with[i].name, x, NULL), &first);
    }
    for (size_t i = 0; i < sizeof two / sizeof *two; i++) {
        NbVar *got = two[i].f(ctx, x, y);
        const NbErr first = *nb_ctx_err(ctx);
        alike(two[i].name, got, applied(two[i].name, x, y), &first);
    }
    for (size_t i = 0; i < sizeof two_with / sizeof *two_with; i++) {
        NbVar *got = two_with[i].f(ctx, x, y, NULL);
        const NbErr first = *nb_ctx_err(ctx);
        alike(two_with[i].name, got, applied(two_with[i].name, x, y), &first);
    }
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&y);
    nb_var_unref(&x);
}

static void the_others_take_sizes_numbers_and_lists(void **state)
{
    (void)state;
    const NbShape s = nb_shape(2, 2, 3), two = nb_shape(1, 2), one = nb_shape(1, 1);
    NbVar *x = var_of("2", (double[]){1, 2}, NB_CONST);
    NbVar *w = var_of("2,1", (double[]){3, 4}, NB_CONST);
    NbVar *b = var_of("1", (double[]){5}, NB_CONST);
    assert_value(nb_zeros(ctx, &s), "2,3", (const double[]){0, 0, 0, 0, 0, 0});
    assert_value(nb_ones(ctx, &two), "2", (const double[]){1, 1});
    assert_value(nb_eye(ctx, 2, NULL), "2,2", (const double[]){1, 0, 0, 1});
    NbAttrs a = nb_op_attrs(nb_op_find("linspace"));
    a.num[2] = 3;
    assert_value(nb_linspace(ctx, 0, 1, &a), "3", (const double[]){0, 0.5, 1});
    assert_value(nb_tile(ctx, x, &two), "4", (const double[]){1, 2, 1, 2});
    assert_value(nb_sum_to(ctx, x, &one), "1", (const double[]){3});
    assert_value(nb_broadcast_to(ctx, b, &two), "2", (const double[]){5, 5});
    assert_value(nb_linear3(ctx, x, w, b), "1", (const double[]){16});
    assert_value(nb_one_hot(ctx, x, 3), "2,3", (const double[]){0, 1, 0, 0, 0, 1});
    assert_value(nb_dropout(ctx, x, 0), "2", (const double[]){1, 2});
    NbVar *const pair[] = {x, x};
    assert_value(nb_stack(ctx, pair, 2, NULL), "2,2", (const double[]){1, 2, 1, 2});
    NbVar *drawn[] = {nb_rand(ctx, &s), nb_randn(ctx, &s), nb_normal(ctx, &s, NULL)};
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++) {
        assert_shape(drawn[i], "2,3");
        nb_var_unref(&drawn[i]);
    }
    assert_null(nb_rand(ctx, NULL));
    says(NB_EVALUE, "rand: the shape is missing");
    assert_null(nb_tile(ctx, x, NULL));
    says(NB_EVALUE, "tile: the shape is missing");
    nb_var_unref(&b);
    nb_var_unref(&w);
    nb_var_unref(&x);
}

#define OP_TEST(f) cmocka_unit_test_setup_teardown(f, setup_c, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        OP_TEST(the_functions_are_those_of_the_registry),
        OP_TEST(functions_of_operands_are_the_operations),
        OP_TEST(sizes_and_options_are_given_in_their_types),
        OP_TEST(every_function_of_one_or_two_operands_is_its_operation),
        OP_TEST(the_others_take_sizes_numbers_and_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
