/* test_calls.c -- operations as functions of C: the files are those the registry gives, and work */
#include <stdlib.h>

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

#define OP_TEST(f) cmocka_unit_test_setup_teardown(f, setup_c, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OP_TEST(the_functions_are_those_of_the_registry),
        OP_TEST(functions_of_operands_are_the_operations),
        OP_TEST(sizes_and_options_are_given_in_their_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
