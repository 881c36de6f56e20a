/* test_text.c -- the tree and the chart as text */
#include "graphs.h"

#include "viz/picture/theme.h"

static char *tree_of(World *w, NbVar *root)
{
    char *text = NULL;
    size_t size = 0;
    FILE *mem = open_memstream(&text, &size);
    NbErr err = {0};
    nb_viz_style(w->viz, &w->style);
    assert_int_equal(nb_viz_tree(w->viz, root, mem, &err), NB_OK);
    fclose(mem);
    return text;
}

static void tree_shows_names_values_operations_and_gradients_in_columns(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    char *text = tree_of(w, f);
    assert_string_equal(text, "f  = 10   v1 + v2   grad -\n"
                              "├ v1 = 6  x * y     grad -\n"
                              "│ ├ x = 2           grad -\n"
                              "│ └ y = 3           grad -\n"
                              "└ v2 = 4  x^2       grad -\n"
                              "  └ x (above)\n");
    free(text);
    nb_var_unref(&f);
}

static void tree_has_a_plain_form_without_unicode(void **state)
{
    World *w = *state;
    w->style.text.unicode = false;
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    char *text = tree_of(w, f);
    assert_string_equal(text, "f  = 10   v1 + v2   grad 1\n"
                              "|-v1 = 6  x * y     grad 1\n"
                              "| |-x = 2           grad 7\n"
                              "| `-y = 3           grad 2\n"
                              "`-v2 = 4  x^2       grad 1\n"
                              "  `-x (above)\n");
    free(text);
    nb_var_unref(&f);
}

static void tree_marks_stale_nodes(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    NbVar *x = nb_graph_tape(f)->leaf[0];
    assert_int_equal(nb_var_assign_scalar(x, 5), NB_OK);
    char *text = tree_of(w, f);
    assert_int_equal(occurrences(text, "stale"), 3);
    free(text);
    nb_var_unref(&f);
}

static void tree_of_a_leaf_is_one_line(void **state)
{
    World *w = *state;
    NbVar *x = make_leaf(w, "θ₁", 2);
    char *text = tree_of(w, x);
    assert_string_equal(text, "θ₁ = 2   grad -\n");
    free(text);
    nb_var_unref(&x);
}

static void tree_of_a_tensor_shows_shape_and_norm(void **state)
{
    World *w = *state;
    NbShape s = nb_shape(2, 2, 8);
    NbErr err = {0};
    NbVar *x = nb_var_tensor(w->ctx, nb_tensor_full(&s, 1, &err), NB_LEAF);
    name_it(w, x, "w");
    char *text = tree_of(w, x);
    assert_string_equal(text, "w (2, 8)  norm 4   grad -\n");
    free(text);
    nb_var_unref(&x);
}

static void tree_shows_folded_numbers_when_asked(void **state)
{
    World *w = *state;
    w->style.show_constants = true;
    NbVar *f = make_small(w);
    char *text = tree_of(w, f);
    assert_non_null(strstr(text, "  ├ x (above)\n  └ 2\n"));
    free(text);
    nb_var_unref(&f);
}

static void tree_of_a_deep_chain_is_cut_and_says_how_to_go_on(void **state)
{
    World *w = *state;
    NbVar *f = make_chain(w, 5000);
    char *text = tree_of(w, f);
    assert_non_null(strstr(text, "… more: tree v"));
    assert_true(occurrences(text, "\n") < 210);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        assert_true(nb_text_width(line) <= 76);
    }
    free(text);
    nb_var_unref(&f);
}

static void tree_of_a_broad_graph_is_cut_and_says_so(void **state)
{
    World *w = *state;
    NbVar *sum = make_leaf(w, "x", 1);
    for (int k = 0; k < 9; k++) {
        NbVar *left = make(w, "sin", again(sum), NULL, 0);
        sum = make(w, "add", left, make(w, "cos", sum, NULL, 0), 0);
    }
    char *whole = tree_of(w, sum);
    assert_null(strstr(whole, "nodes shown"));
    free(whole);
    for (int k = 0; k < 200; k++) {
        NbVar *leaf = make_leaf(w, "y", k);
        sum = make(w, "add", leaf, sum, 0);
    }
    for (int k = 0; k < 8; k++) {
        NbVar *pair = make(w, "mul", sum, make_chain(w, 30), 0);
        sum = make(w, "add", pair, make_chain(w, 30), 0);
    }
    char *text = tree_of(w, sum);
    assert_true(occurrences(text, "\n") <= 201);
    free(text);
    nb_var_unref(&sum);
}

/* --- chart --- */

static char *chart_of(World *w, const NbRecord *r)
{
    char *text = NULL;
    size_t size = 0;
    FILE *mem = open_memstream(&text, &size);
    NbErr err = {0};
    nb_viz_style(w->viz, &w->style);
    assert_int_equal(nb_viz_chart(w->viz, r, NULL, mem, &err), NB_OK);
    fclose(mem);
    return text;
}

static void chart_fits_the_columns_and_names_every_run(void **state)
{
    World *w = *state;
    NbRecord *r = make_record(2, 100, 5);
    char *text = chart_of(w, r);
    assert_non_null(strstr(text, "sgd(lr=0.1)  f: 400 → 0.004\n"));
    assert_non_null(strstr(text, "(log axis)"));
    assert_non_null(strstr(text, "sgd(lr=0.2)"));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        assert_true(nb_text_width(line) <= 76);
    }
    free(text);
    nb_record_free(&r);
}

static void chart_has_a_plain_form_without_unicode(void **state)
{
    World *w = *state;
    w->style.text.unicode = false;
    NbRecord *r = make_record(1, 10, 1);
    char *text = chart_of(w, r);
    for (const char *c = text; *c; c++) {
        assert_true((unsigned char)*c < 0x80);
    }
    free(text);
    nb_record_free(&r);
}

static void chart_survives_nan_and_a_single_value(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbRecord *r = nb_record_new(100, 2);
    const char *names[] = {"f"};
    double values[] = {NAN, 3, INFINITY};
    assert_int_equal(nb_record_begin(r, "", names, 1, &err), NB_OK);
    for (int i = 0; i < 3; i++) {
        nb_record_add(r, (uint64_t)i, &values[i]);
    }
    char *text = chart_of(w, r);
    assert_int_equal(occurrences(text, "!"), 2); /* in the columns of NaN and infinity */
    assert_non_null(strstr(text, "f: nan → inf"));
    free(text);
    nb_record_free(&r);
}

/* Yellow cannot be read on white, blue not on black. */
static void gradients_in_colour_can_be_read_on_any_ground(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    w->style.colour = true;
    nb_viz_style(w->viz, &w->style);
    char *text = tree_of(w, f);
    assert_non_null(strstr(text, "\033[35mgrad 1\033[0m"));
    assert_null(strstr(text, "\033[33m"));
    assert_null(strstr(text, "\033[34m"));
    free(text);
    nb_var_unref(&f);
}

static int cells(const char *text, const char *first, const char *last)
{
    int n = 0;
    for (const char *c = text; *c; c++) {
        n += strncmp(c, first, 2) >= 0 && strncmp(c, last, 2) <= 0;
    }
    return n;
}

static void chart_draws_one_curve_in_dots_and_several_in_marks_or_colours(void **state)
{
    World *w = *state;
    NbRecord *r = make_record(1, 100, 5);
    char *text = chart_of(w, r);
    assert_true(cells(text, "⠀", "⣿") > 20);
    assert_int_equal(occurrences(text, "•"), 0);
    free(text);
    nb_record_free(&r);
    r = make_record(3, 100, 5);
    text = chart_of(w, r); /* without colour dots of three runs would be one heap */
    assert_int_equal(cells(text, "⠀", "⣿"), 0);
    assert_true(occurrences(text, "•") > 0 && occurrences(text, "×") > 0);
    assert_true(occurrences(text, "+") > 0);
    free(text);
    w->style.colour = true;
    text = chart_of(w, r);
    assert_true(cells(text, "⠀", "⣿") > 20);
    for (int i = 0; i < 3; i++) { /* the colours of the runs in windows */
        char colour[32];
        int n = nb_viz_terminal_colour(nb_viz_curve_colour(NB_THEME_LIGHT, i));
        snprintf(colour, sizeof colour, "38;5;%dm━", n);
        assert_non_null(strstr(text, colour));
    }
    free(text);
    nb_record_free(&r);
}

static void chart_shows_the_columns_its_title_names(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbRecord *r = nb_record_new(100, 2);
    const char *names[] = {"f", "max(a, b)", "x"};
    assert_int_equal(nb_record_begin(r, "sgd", names, 3, &err), NB_OK);
    for (int i = 0; i < 5; i++) {
        nb_record_add(r, (uint64_t)i, (const double[]){i, 10 + i, 20 + i});
    }
    char *text = NULL;
    size_t size = 0;
    FILE *mem = open_memstream(&text, &size);
    assert_int_equal(nb_viz_chart(w->viz, r, "max(a, b), x", mem, &err), NB_OK);
    fclose(mem);
    assert_non_null(strstr(text, "max(a, b): 10"));
    assert_non_null(strstr(text, "x: 20"));
    assert_null(strstr(text, "f: 0"));
    free(text);
    nb_record_free(&r);
}

static void chart_of_nothing_is_an_error_with_a_hint(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbRecord *r = nb_record_new(100, 2);
    assert_int_equal(nb_viz_chart(w->viz, r, NULL, stdout, &err), NB_EVALUE);
    assert_string_equal(err.msg, "nothing recorded yet");
    assert_true(err.hint[0]);
    nb_record_free(&r);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(tree_shows_names_values_operations_and_gradients_in_columns),
        IN_WORLD(tree_has_a_plain_form_without_unicode),
        IN_WORLD(tree_marks_stale_nodes),
        IN_WORLD(tree_of_a_leaf_is_one_line),
        IN_WORLD(tree_of_a_tensor_shows_shape_and_norm),
        IN_WORLD(tree_shows_folded_numbers_when_asked),
        IN_WORLD(tree_of_a_deep_chain_is_cut_and_says_how_to_go_on),
        IN_WORLD(tree_of_a_broad_graph_is_cut_and_says_so),
        IN_WORLD(chart_fits_the_columns_and_names_every_run),
        IN_WORLD(chart_has_a_plain_form_without_unicode),
        IN_WORLD(chart_survives_nan_and_a_single_value),
        IN_WORLD(gradients_in_colour_can_be_read_on_any_ground),
        IN_WORLD(chart_draws_one_curve_in_dots_and_several_in_marks_or_colours),
        IN_WORLD(chart_shows_the_columns_its_title_names),
        IN_WORLD(chart_of_nothing_is_an_error_with_a_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
