/* test_field.c -- what surfaces compute for themselves: values, gradients, nothing left behind */
#include <math.h>

#include "prompt.h"

#include "cmd/view_field.h"

#define N 200

static Value named(Prompt *p, const char *name)
{
    Value v = interp_get(p->s->interp, interp_symbol(p->s->interp, name));
    assert_int_not_equal(v.tag, V_UNSET);
    return value_ref(v);
}

/* The field of a function, or of a node over its leaves x and y. */
static Field *field_of(Prompt *p, const char *name)
{
    Value v = named(p, name);
    Field *f = field_new(p->s, v.tag == V_VAR ? FIELD_NODE : FIELD_FUNCTION, v, -1);
    assert_non_null(f);
    for (int k = 0; k < 2; k++) {
        snprintf(f->name[k], sizeof f->name[k], "%s", k ? "y" : "x");
        if (v.tag == V_VAR) {
            Value leaf = named(p, f->name[k]);
            f->leaf[k] = leaf.var;
        }
    }
    return f;
}

/* Samples a few hundred points as a window does; how many are done. */
static int sample(Field *f, double *x, double *y, double *z)
{
    for (int i = 0; i < N; i++) {
        x[i] = -2 + 4.0 * (i % 20) / 19;
        y[i] = -2 + 4.0 * (i / 20) / 9;
    }
    NbField viz = field_viz(f);
    return viz.sample(viz.user, x, y, N, 60000, z); /* however slow the machine */
}

static void samples_like_rosenbrock(Prompt *p, const char *name)
{
    double x[N], y[N], z[N];
    Field *f = field_of(p, name);
    assert_int_equal(sample(f, x, y, z), N);
    for (int i = 0; i < N; i++) {
        double a = y[i] - x[i] * x[i], want = 100 * a * a + (1 - x[i]) * (1 - x[i]);
        assert_true(fabs(z[i] - want) <= 1e-10 * want);
    }
    assert_true(f->whole);
    field_free(&f);
}

static const char *const rosenbrock = "def f(x, y) = 100*(y - x^2)^2 + (1 - x)^2\n"
                                      "x, y = 0, 2\ng = f(x, y)";

static void functions_and_nodes_are_sampled_as_tensors(void **state)
{
    Prompt *p = *state;
    prompt_run(p, rosenbrock);
    samples_like_rosenbrock(p, "f");
    samples_like_rosenbrock(p, "g");
    prompt_says(p, "x\ny\ng", "x = 0\ny = 2\ng = 401\n");
}

static void functions_that_branch_are_sampled_point_by_point(void **state)
{
    Prompt *p = *state;
    double x[N], y[N], z[N];
    prompt_run(p, "def f(x, y) { if x > 0 { return y }; return -y }");
    Field *f = field_of(p, "f");
    assert_int_equal(sample(f, x, y, z), N);
    assert_false(f->whole);
    for (int i = 0; i < N; i++) {
        assert_true(z[i] == (x[i] > 0 ? y[i] : -y[i]));
    }
    field_free(&f);
}

/* As a tensor it is another function. */
static void sums_over_the_whole_grid_are_noticed(void **state)
{
    Prompt *p = *state;
    double x[N], y[N], z[N];
    prompt_run(p, "def f(x, y) = x + sum(y)");
    Field *f = field_of(p, "f");
    assert_int_equal(sample(f, x, y, z), N);
    assert_false(f->whole);
    assert_true(z[7] == x[7] + y[7]);
    field_free(&f);
}

static void count_touch(void *user, NbVar *v)
{
    (void)v;
    ++*(int *)user;
}

/* In the unit in which the variable was written, before and after. */
static void writes_of_a_sampled_function_are_taken_back_in_any_unit(void **state)
{
    Prompt *p = *state;
    double x[N], y[N], z[N];
    int reports = 0;
    prompt_run(p, "w, u = 1, 1\ndef f(x, y) { w := w + 1; return x }");
    Value w = named(p, "w"), u = named(p, "u");
    Field *f = field_of(p, "f");
    interp_new_unit(p->s->interp);
    assert_int_equal(nb_var_assign_scalar(w.var, 5), NB_OK);
    assert_int_equal(nb_var_assign_scalar(u.var, 5), NB_OK);
    assert_int_equal(sample(f, x, y, z), -1);
    assert_true(nb_var_value(w.var) == 5);
    nb_ctx_hooks(p->s->ctx, &(NbHooks){.user = &reports, .touch = count_touch});
    nb_var_assign_scalar(u.var, 6); /* the unit has it */
    assert_int_equal(reports, 0);
    nb_var_assign_scalar(w.var, 6);
    assert_int_equal(reports, 1);
    field_free(&f);
    value_unref(&w);
    value_unref(&u);
}

static void points_where_the_function_fails_have_no_value(void **state)
{
    Prompt *p = *state;
    double x[N], y[N], z[N];
    prompt_run(p, "a = [1, 2, 3]\ndef f(x, y) { if x > 1 { return a[7] }; return y }");
    Field *f = field_of(p, "f");
    assert_int_equal(sample(f, x, y, z), N);
    for (int i = 0; i < N; i++) {
        assert_true(x[i] > 1 ? isnan(z[i]) : z[i] == y[i]);
    }
    prompt_says(p, "f(0, 3)", "ans = 3\n");
    field_free(&f);
}

static void gradient_is_that_of_a_sweep_and_no_grad_changes(void **state)
{
    Prompt *p = *state;
    double out[3];
    prompt_run(p, rosenbrock);
    prompt_run(p, "backward g");
    for (int k = 0; k < 2; k++) {
        Field *f = field_of(p, k ? "g" : "f");
        NbField viz = field_viz(f);
        assert_true(viz.slope(viz.user, -1, 2, out));
        assert_true(out[0] == 104 && out[1] == 396 && out[2] == 200);
        field_free(&f);
    }
    prompt_says(p, "x.grad\ny.grad", "x.grad = -2\ny.grad = 400\n");
}

/* A sweep would reach w. */
static void gradient_through_other_variables_leaves_theirs_alone(void **state)
{
    Prompt *p = *state;
    double out[3];
    prompt_run(p, "w = 3\ndef f(x, y) = w*x + y^2");
    Field *f = field_of(p, "f");
    NbField viz = field_viz(f);
    assert_true(viz.slope(viz.user, 1, 2, out));
    assert_true(out[0] == 7 && fabs(out[1] - 3) < 1e-6 && fabs(out[2] - 4) < 1e-6);
    prompt_says(p, "w.grad", "w.grad = -\n");
    field_free(&f);
}

static void what_a_function_writes_is_taken_back_and_stops_it(void **state)
{
    Prompt *p = *state;
    double x[N], y[N], z[N];
    bool changes;
    NbErr why = {0};
    prompt_run(p, "w = 1\nz = w^2\ndef f(x, y) { w := x; return x*y }");
    Field *f = field_of(p, "f");
    assert_int_equal(sample(f, x, y, z), -1);
    assert_true(field_try(f, 1, 2, z, &changes, &why));
    assert_true(changes);
    prompt_says(p, "w\nz", "w = 1\nz = 1\n"); /* and z is not stale */
    field_free(&f);
}

static void what_a_function_makes_itself_it_may_write(void **state)
{
    Prompt *p = *state;
    bool changes;
    double z;
    NbErr why = {0};
    prompt_run(p, "def f(x, y) { a = zeros(2); a[0] := x; return a[0] + y }");
    Field *f = field_of(p, "f");
    assert_true(field_try(f, 1, 2, &z, &changes, &why));
    assert_false(changes);
    assert_true(z == 3);
    field_free(&f);
}

static void draws_and_notes_do_not_count(void **state)
{
    Prompt *p = *state;
    double x[N], y[N], z[N];
    prompt_run(p, "seed 5\na = rand()\nseed 5\ndef f(x, y) { print x; return log(x) + 0*rand() }");
    Field *f = field_of(p, "f");
    Catch out = catch_begin(stdout);
    char text[256];
    assert_int_equal(sample(f, x, y, z), N);
    catch_end(&out, text, sizeof text);
    assert_string_equal(text, "");
    prompt_says(p, "print rand() == a", "1\n");
    assert_string_equal(p->err, "");
    field_free(&f);
}

static void start_is_one_statement_with_one_line(void **state)
{
    Prompt *p = *state;
    char text[256];
    prompt_run(p, rosenbrock);
    Field *f = field_of(p, "g");
    NbField viz = field_viz(f);
    Catch out = catch_begin(stdout);
    bool done = viz.start(viz.user, 0.5, -1);
    catch_end(&out, text, sizeof text);
    assert_true(done);
    assert_string_equal(text, "x, y := 0.5, -1   g = 156.5\n");
    prompt_says(p, "x\ny\ng", "x = 0.5\ny = -1\ng = 156.5\n");
    prompt_run(p, "undo");
    prompt_says(p, "x\ny\ng", "x = 0\ny = 2\ng = 401\n");
    field_free(&f);
}

static void start_makes_variables_that_are_not_there(void **state)
{
    Prompt *p = *state;
    char text[256];
    prompt_run(p, "def f(x, y) = x*y");
    Field *f = field_of(p, "f");
    NbField viz = field_viz(f);
    Catch out = catch_begin(stdout);
    bool done = viz.start(viz.user, 0.5, 2);
    catch_end(&out, text, sizeof text);
    assert_true(done);
    assert_string_equal(text, "x, y = 0.5, 2\n");
    prompt_run(p, "const x = 3");
    assert_false(viz.start(viz.user, 1, 1)); /* a const is not moved */
    prompt_says(p, "x", "x = 3\n");
    field_free(&f);
}

static const struct CMUnitTest tests[] = {
    PROMPT_TEST(functions_and_nodes_are_sampled_as_tensors),
    PROMPT_TEST(functions_that_branch_are_sampled_point_by_point),
    PROMPT_TEST(writes_of_a_sampled_function_are_taken_back_in_any_unit),
    PROMPT_TEST(sums_over_the_whole_grid_are_noticed),
    PROMPT_TEST(points_where_the_function_fails_have_no_value),
    PROMPT_TEST(gradient_is_that_of_a_sweep_and_no_grad_changes),
    PROMPT_TEST(gradient_through_other_variables_leaves_theirs_alone),
    PROMPT_TEST(what_a_function_writes_is_taken_back_and_stops_it),
    PROMPT_TEST(what_a_function_makes_itself_it_may_write),
    PROMPT_TEST(draws_and_notes_do_not_count),
    PROMPT_TEST(start_is_one_statement_with_one_line),
    PROMPT_TEST(start_makes_variables_that_are_not_there),
};

NB_TEST_MAIN(tests)
