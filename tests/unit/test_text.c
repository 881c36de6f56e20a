/* test_text.c -- operations, gradients and tables as text, without a session */
#include <string.h>

#include <nabla/nabla.h>

#include "test.h"
#include "text/gradient.h"
#include "text/operation.h"
#include "text/table.h"

static NbCtx *ctx;
static NbVar *x, *y, *product, *matrix;

static NbTensor *numbers(int64_t rows, int64_t columns)
{
    NbShape shape = {.rank = 2, .dim = {rows, columns}};
    NbTensor *t = nb_tensor_new(&shape, NULL);
    assert_non_null(t);
    for (int64_t i = 0; i < t->size; i++) {
        nb_tensor_put(t, i, 1);
    }
    return t;
}

static int begin(void **state)
{
    (void)state;
    ctx = nb_ctx_new();
    x = nb_var_scalar(ctx, 2, NB_LEAF);
    y = nb_var_scalar(ctx, -3, NB_LEAF);
    nb_var_set_name(x, "x", false);
    nb_var_set_name(y, "y", false);
    product = nb_apply2(ctx, nb_op_find("mul"), NB_VAR(x), NB_VAR(y));
    nb_var_set_name(product, "p", false);
    matrix = nb_var_tensor(ctx, numbers(3, 3), NB_LEAF);
    assert_non_null(product);
    assert_non_null(matrix);
    return 0;
}

static int end(void **state)
{
    (void)state;
    NbVar **all[] = {&matrix, &product, &y, &x};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(all[i]);
    }
    nb_ctx_free(&ctx);
    return 0;
}

static const NbTextStyle fine = {.digits = 6, .unicode = true}, plain = {.digits = 6};

static void assert_reads(Text *t, const char *want)
{
    assert_string_equal(text_str(t), want);
    text_reset(t);
}

static const char *shouted(void *user, const NbVar *v, char *buf, size_t cap)
{
    (void)user;
    snprintf(buf, cap, "%c!", nb_var_name(v)[0]);
    return buf;
}

static void an_operation_is_written_on_names_and_on_numbers(void **state)
{
    (void)state;
    Text t = {0};
    nb_text_operation(fine, &t, product);
    assert_reads(&t, "x * y");
    nb_text_numbers(fine, &t, product);
    assert_reads(&t, "2 · (-3)");
    nb_text_operation(fine, &t, x);
    assert_reads(&t, "");
    nb_text_latex(fine, &t, product);
    assert_non_null(strstr(text_str(&t), "x"));
    text_free(&t);
}

static void names_are_asked_of_the_style(void **state)
{
    (void)state;
    Text t = {0};
    NbTextStyle style = fine;
    style.label = shouted;
    nb_text_operation(style, &t, product);
    assert_reads(&t, "(x!) * (y!)");
    style.label = NULL;
    char buf[40], want[40];
    snprintf(want, sizeof want, "v%llu", (unsigned long long)nb_var_serial(matrix));
    assert_string_equal(nb_text_label(style, matrix, buf, sizeof buf), want);
    text_free(&t);
}

static void a_local_derivative_is_symbols_and_number(void **state)
{
    (void)state;
    Text t = {0};
    nb_text_local(fine, &t, product, 0, NULL);
    assert_reads(&t, "y");
    nb_text_local_both(fine, &t, product, 0, NULL, 0);
    assert_reads(&t, "y = -3");
    NbVar *sum = nb_apply2(ctx, nb_op_find("add"), NB_VAR(x), NB_VAR(y));
    nb_text_local_both(fine, &t, sum, 0, NULL, 0); /* not 1 = 1 */
    assert_reads(&t, "1");
    nb_var_unref(&sum);
    nb_text_local_both(fine, &t, matrix, 0, NULL, 0);
    assert_reads(&t, "");
    nb_text_pull(fine, &t, product, 1, "∂f/∂p");
    assert_reads(&t, "∂f/∂p · x");
    text_free(&t);
}

static void a_derivative_of_an_expression_is_in_parentheses(void **state)
{
    (void)state;
    Text t = {0};
    nb_text_partial(fine, &t, "f", "m.w[0]");
    assert_reads(&t, "∂f/∂m.w[0]");
    nb_text_partial(plain, &t, "a + b", "sin(x)");
    assert_reads(&t, "d(a + b)/d(sin(x))");
    text_free(&t);
}

static void a_gradient_of_many_numbers_is_its_norm(void **state)
{
    (void)state;
    NbTensor tmp;
    Text t = {0};
    const NbTensor *m = nb_var_data(matrix, &tmp);
    nb_text_gradient(fine, &t, m, 6, 40);
    assert_reads(&t, "|g| 3");
    nb_text_gradient(fine, &t, m, 9, 40); /* not more than that */
    assert_reads(&t, "[[1, 1, 1], [1, 1, 1], [1, 1, 1]]");
    nb_text_gradient(fine, &t, nb_var_data(x, &tmp), 6, 40);
    assert_reads(&t, "2");
    nb_text_gradient(fine, &t, NULL, 6, 40);
    assert_reads(&t, "-");
    nb_text_amount(fine, &t, nb_var_data(matrix, &tmp), "w", 40);
    assert_reads(&t, "(3, 3) |w| 3");
    text_free(&t);
}

static void a_norm_neither_overflows_nor_hides_what_is_no_number(void **state)
{
    (void)state;
    NbTensor *t = numbers(1, 3);
    nb_tensor_put(t, 0, 3e200);
    nb_tensor_put(t, 1, 4e200);
    assert_close(nb_text_norm(t) / 1e200, 5, 1e-12);
    for (int i = 0; i < 3; i++) {
        nb_tensor_put(t, i, i == 1 ? NAN : 0);
    }
    assert_true(isnan(nb_text_norm(t)));
    nb_tensor_unref(&t);
}

static void without_unicode_signs_are_typed_ones(void **state)
{
    (void)state;
    Text t = {0};
    nb_text_plain(plain, &t, "∂f/∂x → 2 · x …");
    assert_reads(&t, "df/dx -> 2 * x ...");
    nb_text_bar(plain, &t, 0.5, 10);
    assert_reads(&t, "#####");
    nb_text_bar(fine, &t, 0.25, 2);
    assert_reads(&t, "▌");
    nb_text_cut(&t, 1);
    assert_reads(&t, "");
    text_free(&t);
}

/* No columns is what a stream has that is no terminal. */
static void a_text_is_cut_to_the_columns_that_there_are(void **state)
{
    (void)state;
    static const struct {
        int columns;
        const char *left;
    } cuts[] = {{-1, "∂f/∂x"}, {0, "∂f/∂x"}, {5, "∂f/∂x"}, {4, "∂f/…"}, {1, "…"}};
    Text t = {0};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        text_add(&t, "∂f/∂x");
        nb_text_cut(&t, cuts[i].columns);
        assert_reads(&t, cuts[i].left);
    }
    text_free(&t);
}

/* A matrix of these numbers as rows. */
static void assert_rows(NbTextStyle style, int64_t rows, int64_t columns, const double *of,
                        int indent, int width, const char *wanted)
{
    NbTensor *m = numbers(rows, columns);
    Text t = {0};
    for (int64_t i = 0; of && i < m->size; i++) {
        nb_tensor_put(m, i, of[i]);
    }
    nb_text_rows(style, &t, m, indent, width);
    assert_reads(&t, wanted);
    text_free(&t);
    nb_tensor_unref(&m);
}

static void points_of_a_matrix_are_in_line(void **state)
{
    (void)state;
    assert_rows(fine, 2, 2, (double[]){1, 2.5, -30, -4.125}, 4, 76,
                "[[  1,  2.5],\n     [-30, -4.125]]");
    assert_rows(fine, 3, 2, (double[]){1.5, 1, 20, 1, -0.25, 10}, 0, 76,
                "[[ 1.5,   1],\n [20,     1],\n [-0.25, 10]]");
    assert_rows(fine, 2, 1, (double[]){0.5, 2e-20}, 0, 76, "[[  0.5],\n [2e-20]]");
    assert_rows(fine, 2, 1, (double[]){NAN, 0.5}, 0, 76, "[[nan],\n [0.5]]");
}

static void what_has_no_room_in_rows_is_left_out_and_the_shape_told(void **state)
{
    (void)state;
    assert_rows(fine, 2, 8, NULL, 0, 20, "[[1, 1, …],\n [1, 1, …]]  (2, 8)");
    assert_rows(plain, 2, 8, NULL, 0, 25, "[[1, 1, 1, ...],\n [1, 1, 1, ...]]  (2, 8)");
    assert_rows(fine, 2, 8, NULL, 0, 26, "[[1, 1, 1, 1, 1, 1, 1, 1],\n [1, 1, 1, 1, 1, 1, 1, 1]]");
    assert_rows(fine, 2, 3, (double[]){1.25, 1, 1, 2, 2, 2}, 0, 3,
                "[[1.25, …],\n [2,    …]]  (2, 3)"); /* one column is always there */
    assert_rows(
        fine, 12, 1, (double[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 1, 76,
        "[[ 0],\n  [ 1],\n  [ 2],\n  [ 3],\n  [ 4],\n  [ 5],\n  …,\n  [10],\n  [11]]  (12, 1)");
    Text long_rows = {0};
    for (int row = 0; row < 2; row++) {
        text_add(&long_rows, row == 0 ? "[[" : ",\n [");
        for (int i = 0; i < 64; i++) {
            text_add(&long_rows, "1, ");
        }
        text_add(&long_rows, "…]");
    }
    text_add(&long_rows, "]  (2, 70)");
    assert_rows(fine, 2, 70, NULL, 0, 300, text_str(&long_rows));
    text_free(&long_rows);
}

/* What the table prints, in buf. */
static const char *printed(Table *t, char *buf, size_t cap)
{
    FILE *out = tmpfile();
    assert_non_null(out);
    table_print(t, out, 1);
    rewind(out);
    buf[fread(buf, 1, cap - 1, out)] = '\0';
    fclose(out);
    return buf;
}

static void fill(Table *t)
{
    static const bool right[3] = {false, true, false};
    static const char *const cell[] = {"name", "value", "kind", "x", "2", "leaf"};
    table_begin(t, NULL, 3, right);
    for (int i = 0; i < 6; i++) {
        table_cell(t, cell[i]);
    }
}

static void columns_of_a_table_are_as_wide_as_their_cells(void **state)
{
    (void)state;
    char buf[200];
    Table t;
    fill(&t);
    assert_int_equal(table_width(&t), 4 + 2 + 5 + 2 + 4);
    assert_string_equal(printed(&t, buf, sizeof buf), " name  value  kind\n x         2  leaf\n");
}

static void a_hidden_column_takes_no_room(void **state)
{
    (void)state;
    char buf[200];
    Table t;
    fill(&t);
    table_hide(&t, 1, 1);
    assert_int_equal(table_width(&t), 4 + 2 + 4);
    assert_string_equal(printed(&t, buf, sizeof buf), " name  kind\n x     leaf\n");
    fill(&t);
    table_hide(&t, 2, 1);
    assert_string_equal(printed(&t, buf, sizeof buf), " name  value\n x         2\n");
}

static void headings_are_a_part_of_a_table_of_their_own(void **state)
{
    (void)state;
    Table t;
    Text out = {0};
    fill(&t);
    table_hide(&t, 2, 1);
    table_html(&t, &out, true);
    assert_reads(&out, "<table>\n<thead><tr><th style=\"text-align:left\">name</th>"
                       "<th style=\"text-align:right\">value</th></tr></thead>\n"
                       "<tr><td style=\"text-align:left\">x</td>"
                       "<td style=\"text-align:right\">2</td></tr>\n</table>");
    table_html(&t, &out, false);
    assert_null(strstr(text_str(&out), "th"));
    text_free(&out);
    table_free(&t);
}

static void a_cell_is_written_in_the_characters_of_the_style(void **state)
{
    (void)state;
    char buf[200];
    Table t;
    Text cell = {0};
    table_begin(&t, NULL, 1, NULL);
    text_add(&cell, "∂f/∂x");
    table_text(&t, plain, &cell);
    assert_reads(&cell, "");
    assert_string_equal(printed(&t, buf, sizeof buf), " df/dx\n");
    text_free(&cell);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_is_written_on_names_and_on_numbers),
        cmocka_unit_test(names_are_asked_of_the_style),
        cmocka_unit_test(a_local_derivative_is_symbols_and_number),
        cmocka_unit_test(a_derivative_of_an_expression_is_in_parentheses),
        cmocka_unit_test(a_gradient_of_many_numbers_is_its_norm),
        cmocka_unit_test(a_norm_neither_overflows_nor_hides_what_is_no_number),
        cmocka_unit_test(without_unicode_signs_are_typed_ones),
        cmocka_unit_test(a_text_is_cut_to_the_columns_that_there_are),
        cmocka_unit_test(points_of_a_matrix_are_in_line),
        cmocka_unit_test(what_has_no_room_in_rows_is_left_out_and_the_shape_told),
        cmocka_unit_test(columns_of_a_table_are_as_wide_as_their_cells),
        cmocka_unit_test(a_hidden_column_takes_no_room),
        cmocka_unit_test(headings_are_a_part_of_a_table_of_their_own),
        cmocka_unit_test(a_cell_is_written_in_the_characters_of_the_style),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
