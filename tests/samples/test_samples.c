/* test_samples.c -- every sample runs, and its numbers are the golden ones */
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

static const char *root(void)
{
    return proc_env("NB_ROOT", ".");
}

static char *golden(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/golden/%s", root(), name);
    char *text = proc_read_file(path, NULL);
    assert_non_null(text);
    return text;
}

/* Output of a sample in full digits, run in a folder of its own. */
static Proc run_sample(const char *name)
{
    char path[1024], dir[1024];
    snprintf(path, sizeof path, "%s/samples/%s.nabla", root(), name);
    snprintf(dir, sizeof dir, "%s/samples", proc_env("NB_TMP", "build/tmp"));
    assert_true(proc_fresh_dir(dir));
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"),
                          "--norc",
                          "--no-window",
                          "--digits=full",
                          path,
                          NULL};
    Proc p;
    assert_true(proc_run(argv, dir, NULL, 120, &p));
    if (p.status != 0) {
        print_message("%s%s", p.out, p.err);
    }
    assert_int_equal(p.status, 0);
    return p;
}

static void same_row(const char *what, const TableRow *want, const TableRow *got)
{
    if (!got) {
        print_message("%s: no row %g\n", what, want->v[0]);
        assert_non_null(got);
    }
    assert_int_equal(want->n, got->n);
    for (int k = 0; k < want->n; k++) {
        if (!table_close(got->v[k], want->v[k])) {
            print_message("%s: row %g column %d: %.17g, golden %.17g\n", what, want->v[0], k,
                          got->v[k], want->v[k]);
            fail();
        }
    }
}

/* Every row of want is in got. */
static void same_table(const char *what, const Table *want, const Table *got)
{
    assert_true(want->n > 0);
    for (int i = 0; i < want->n; i++) {
        same_row(what, &want->row[i], table_find(got, want->row[i].v[0]));
    }
}

static void compare_rosenbrock(const char *out)
{
    char *csv = golden("a_rosenbrock.csv");
    Table want = table_read(csv, "iter", NULL), got = table_read(out, "step", NULL);
    same_table("rosenbrock", &want, &got);
    table_free(&want);
    table_free(&got);
    free(csv);
}

static void rosenbrock_lesson_walks_the_golden_path(void **state)
{
    (void)state;
    Proc p = run_sample("rosenbrock");
    compare_rosenbrock(p.out);
    proc_free(&p);
}

static void rosenbrock_lesson_leaves_its_pictures(void **state)
{
    (void)state;
    Proc p = run_sample("rosenbrock");
    const char *const file[] = {"rosenbrock.dot", "rosenbrock.png", "loss.png"};
    const char *const begins[] = {"digraph", "\x89PNG", "\x89PNG"};
    for (int i = 0; i < 3; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/samples/%s", proc_env("NB_TMP", "build/tmp"), file[i]);
        char *text = proc_read_file(path, NULL);
        assert_non_null(text);
        assert_true(strstr(text, begins[i]) != NULL || memcmp(text, begins[i], 4) == 0);
        assert_non_null(strstr(p.out, file[i]));
        free(text);
    }
    proc_free(&p);
}

static void embedded_engine_trains_a_network(void **state)
{
    (void)state;
    char path[1024];
    snprintf(path, sizeof path, "%s/samples/embed", proc_env("NB_BUILD", "build"));
    const char *argv[] = {path, NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, NULL, 120, &p));
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    Table got = table_read(p.out, "step", "accuracy");
    assert_int_equal(got.n, 7);
    for (int i = 1; i < got.n; i++) {
        assert_true(got.row[i].v[1] < got.row[i - 1].v[1]);
    }
    assert_non_null(strstr(p.out, "accuracy 1\n"));
    table_free(&got);
    proc_free(&p);
}

static void matyas_gradient_and_descent_are_golden(void **state)
{
    (void)state;
    Proc p = run_sample("matyas");
    assert_non_null(strstr(p.out, "∂z/∂x   0.040000000000000036\n"));
    assert_non_null(strstr(p.out, "∂z/∂y   0.040000000000000036\n"));
    char *csv = golden("b_testfuncs.csv");
    Table want = table_read(csv, "iter", NULL), got = table_read(p.out, "step", NULL);
    assert_int_equal(want.n, 11);
    for (int i = 0; i < got.n; i++) {
        assert_int_equal(got.row[i].n, 5); /* the last column is x - y */
        got.row[i].n = 4;
    }
    same_table("matyas", &want, &got);
    table_free(&want);
    table_free(&got);
    free(csv);
    proc_free(&p);
}

static void cleargrad_lesson_shows_both_walks(void **state)
{
    (void)state;
    Proc p = run_sample("cleargrad");
    Table got = table_read(p.out, "step", NULL);
    double a = 1, b = 1, g = 0;
    for (int i = 0; i <= 10; i++) {
        same_row("cleargrad", &(TableRow){3, {i, a, b}}, table_find(&got, i));
        a -= 0.1 * (2 * a);
        g += 2 * b;
        b -= 0.1 * g;
    }
    table_free(&got);
    proc_free(&p);
}

static void newton_lesson_is_golden(void **state)
{
    (void)state;
    Proc p = run_sample("newton");
    char *csv = golden("e_derivatives.csv");
    Table want = table_read(csv, "iter,x,gx,gx2", "double_p258"),
          got = table_read(p.out, "step", "dz");
    assert_int_equal(want.n, 11);
    want.row[10].n = 2; /* only x after the last step */
    same_table("newton", &want, &got);
    assert_non_null(strstr(p.out, "dz/dx at 2 = 100\n"));
    table_free(&want);
    table_free(&got);
    free(csv);
    proc_free(&p);
}

/* Rows of an optimizer in a golden file: the columns after its name, moved to step, x, y. */
static Table optimizer_rows(const char *csv, const char *name)
{
    Table t = {0};
    size_t len = strlen(name);
    for (const char *line = csv; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, name, len) == 0) {
            char copy[512];
            snprintf(copy, sizeof copy, "%.*s", (int)strcspn(line, "\n"), line + len);
            copy[strcspn(copy, "\n")] = 0;
            Table one = table_read(copy, NULL, NULL);
            TableRow *grown = realloc(t.row, (size_t)(t.n + 1) * sizeof *t.row);
            assert_non_null(grown);
            assert_int_equal(one.n, 1);
            t.row = grown;
            t.row[t.n] = one.row[0];
            t.row[t.n++].n = 3;
            table_free(&one);
        }
    }
    return t;
}

static void compare_optimizer(const char *out, const char *ours, const char *next, const char *csv,
                              const char *theirs, int last)
{
    Table want = optimizer_rows(csv, theirs), got = table_read(out, ours, next);
    assert_true(got.n >= 7);
    assert_non_null(table_find(&got, last));
    for (int i = 0; i < got.n; i++) {
        const TableRow *w = table_find(&want, got.row[i].v[0]);
        assert_non_null(w);
        same_row(ours, w, &got.row[i]);
    }
    table_free(&want);
    table_free(&got);
}

static void optimizers_lesson_is_golden(void **state)
{
    (void)state;
    Proc p = run_sample("optimizers");
    char *plain = golden("f_optimizers_plain.csv"), *torch = golden("f_optimizers_torch.csv");
    compare_optimizer(p.out, "sgd(lr=0.001)", "momentum(", plain, "SGD(lr=0.001),none,", 20);
    compare_optimizer(p.out, "momentum(lr=0.001", "adam(", plain, "Momentum(lr=0.001;m=0.9),none,",
                      20);
    compare_optimizer(p.out, "adam(lr=0.01, eps_hat=true)", "adam(lr=0.01)", plain,
                      "Adam(a=0.01;b1=0.9;b2=0.999),none,", 20);
    compare_optimizer(p.out, "adam(lr=0.01)", "adamw(", torch, "adam(lr=0.01),", 30);
    compare_optimizer(p.out, "adamw(lr=0.01", NULL, torch, "\"adamw(lr=0.01, weight_decay=0.01)\",",
                      30);
    free(plain);
    free(torch);
    proc_free(&p);
}

static void test_functions_have_golden_values(void **state)
{
    (void)state;
    static const char code[] =
        "def matyas(x, y) = 0.26*(x^2 + y^2) - 0.48*x*y\n"
        "def sphere(x, y) = x^2 + y^2\n"
        "def goldstein_price(x, y) = (1 + (x + y + 1)^2*(19 - 14*x + 3*x^2 - 14*y + 6*x*y + 3*y^2))"
        "*(30 + (2*x - 3*y)^2*(18 - 32*x + 12*x^2 + 48*y - 36*x*y + 27*y^2))\n"
        "def rosenbrock(x, y) = 100*(y - x^2)^2 + (1 - x)^2\n"
        "x, y = %.17g, %.17g\n"
        "f = %s(x, y)\n"
        "backward f\n"
        "print x, y, f, x.grad, y.grad\n";
    char *csv = golden("b_testfuncs.csv");
    int rows = 0;
    for (const char *line = strchr(csv, '\n') + 1; *line != '\n'; line = strchr(line, '\n') + 1) {
        char name[32], text[2048];
        int used = 0;
        assert_int_equal(sscanf(line, "%31[a-z_],%n", name, &used), 1);
        char copy[256];
        snprintf(copy, sizeof copy, "%.*s", (int)strcspn(line + used, "\n"), line + used);
        Table want = table_read(copy, NULL, NULL);
        assert_int_equal(want.n, 1);
        snprintf(text, sizeof text, code, want.row[0].v[0], want.row[0].v[1], name);
        const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--digits=full",
                              NULL};
        Proc p;
        assert_true(proc_run(argv, NULL, text, 20, &p));
        assert_int_equal(p.status, 0);
        Table got = table_read(p.out, NULL, NULL);
        assert_int_equal(got.n, 1);
        same_row(name, &want.row[0], &got.row[0]);
        table_free(&want);
        table_free(&got);
        proc_free(&p);
        rows++;
    }
    assert_int_equal(rows, 8);
    free(csv);
}

static void mlp_lesson_has_the_golden_losses(void **state)
{
    (void)state;
    Proc p = run_sample("mlp");
    char *json = golden("c_mlp.json");
    const char *list = strstr(json, "\"loss_every_10\":[");
    assert_non_null(list);
    list = strchr(list, '[') + 1;
    Table got = table_read(p.out, "step", NULL);
    for (int i = 0; i < 100; i += 10) {
        char *end;
        TableRow want = {2, {i, strtod(list, &end)}};
        assert_true(end > list && (*end == ',' || *end == ']'));
        same_row("mlp", &want, table_find(&got, i));
        list = end + 1;
    }
    table_free(&got);
    free(json);
    proc_free(&p);
}

static void lstm_lesson_writes_its_prediction_as_a_table(void **state)
{
    (void)state;
    Proc p = run_sample("lstm_sine");
    char path[1024];
    snprintf(path, sizeof path, "%s/samples/prediction.csv", proc_env("NB_TMP", "build/tmp"));
    char *csv = proc_read_file(path, NULL);
    assert_non_null(csv);
    assert_int_equal(strncmp(csv, "i,input,prediction\n", 19), 0);
    Table got = table_read(csv, "prediction", NULL);
    assert_int_equal(got.n, 400);
    double squares = 0;
    for (int i = 1; i < got.n; i++) {
        double wrong = got.row[i].v[2] - got.row[i].v[1];
        assert_true(got.row[i].n == 3 && got.row[i].v[0] == i);
        squares += wrong * wrong;
    }
    assert_true(squares / 399 < 0.15 * 0.15);
    table_free(&got);
    free(csv);
    proc_free(&p);
}

/* Fisher's table of means: sums over the 50 flowers of each species, in mm. */
static void iris_data_has_the_published_sums(void **state)
{
    (void)state;
    static const char *const species[3] = {"setosa", "versicolor", "virginica"};
    static const int want[3][4] = {
        {2503, 1714, 731, 123}, {2968, 1385, 2130, 663}, {3294, 1487, 2776, 1013}};
    int sum[3][4] = {0}, count[3] = {0}, len;
    char path[1024], name[32];
    double v[4];
    snprintf(path, sizeof path, "%s/samples/data/iris.csv", root());
    char *csv = proc_read_file(path, NULL);
    assert_non_null(csv);
    const char *at = strchr(csv, '\n') + 1;
    for (; sscanf(at, "%lf,%lf,%lf,%lf,%31s%n", &v[0], &v[1], &v[2], &v[3], name, &len) == 5;
         at += len) {
        int k = 0;
        while (strcmp(name, species[k]) != 0) {
            k++;
            assert_true(k < 3);
        }
        count[k]++;
        for (int i = 0; i < 4; i++) {
            sum[k][i] += (int)(10 * v[i] + 0.5);
        }
    }
    assert_string_equal(at, "\n");
    for (int k = 0; k < 3; k++) {
        assert_int_equal(count[k], 50);
        assert_memory_equal(sum[k], want[k], sizeof want[k]);
    }
    free(csv);
}

static void iris_lesson_learns_the_species(void **state)
{
    (void)state;
    Proc p = run_sample("iris");
    assert_string_equal(p.err, "note: species: 0 setosa, 1 versicolor, 2 virginica\n");
    Table got = table_read(p.out, " epoch", NULL);
    const TableRow *last = table_find(&got, 60);
    assert_true(last != NULL && last->n == 4 && last->v[2] > 0.95 && last->v[3] > 0.9);
    table_free(&got);
    proc_free(&p);
}

/* The other lessons say themselves what must hold; they stop with status 1 when it does not. */
#define LESSON(name)                                                                               \
    static void name##_lesson_holds_what_it_asserts(void **state)                                  \
    {                                                                                              \
        (void)state;                                                                               \
        Proc p = run_sample(#name);                                                                \
        assert_string_equal(p.err, "");                                                            \
        proc_free(&p);                                                                             \
    }

LESSON(mlp_sine)
LESSON(moons)
LESSON(processes)
LESSON(digits)
LESSON(spiral)
LESSON(regularization)
LESSON(schedules)
LESSON(nograd)

/* The offset of the last layer moves no slope, and that is said of it. */
static void double_backprop_lesson_holds_what_it_asserts(void **state)
{
    (void)state;
    Proc p = run_sample("double_backprop");
    assert_string_equal(p.err,
                        "note: penalty does not depend on w: the derivative is 0  (2 times)\n");
    proc_free(&p);
}

static void the_pictures_of_the_readme_are_made(void **state)
{
    (void)state;
    static const char *const names[] = {"first", "rosenbrock", "loss", "valley", "boundary"};
    Proc p = run_sample("pictures");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[1024];
        size_t len = 0;
        snprintf(path, sizeof path, "%s/samples/%s.png", proc_env("NB_TMP", "build/tmp"), names[i]);
        char *png = proc_read_file(path, &len);
        assert_non_null(png);
        assert_true(len > 10000 && memcmp(png, "\x89PNG", 4) == 0);
        free(png);
    }
    proc_free(&p);
}

/* Marks a sheet: the exit status, with what was printed in *out for free(). */
static int grade(const char *sheet, char **out)
{
    char script[1024];
    snprintf(script, sizeof script, "%s/samples/grade.nabla", root());
    const char *argv[] = {
        proc_env("NB_PROGRAM", "build/nabla"), "--norc", script, "--", sheet, NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, NULL, 60, &p));
    *out = p.out;
    p.out = NULL;
    int status = p.status;
    proc_free(&p);
    return status;
}

static void an_exercise_sheet_is_marked(void **state)
{
    (void)state;
    char good[1024], bad[1024], *out, *again;
    snprintf(good, sizeof good, "%s/samples/exercise.nabla", root());
    assert_int_equal(grade(good, &out), 0);
    assert_string_equal(out, "1  right\n2  right\n3  right\n3 of 3 points\n");
    assert_int_equal(grade(good, &again), 0);
    assert_string_equal(out, again);
    free(out);
    free(again);

    snprintf(bad, sizeof bad, "%s/wrong.nabla", proc_env("NB_TMP", "build/tmp"));
    assert_true(proc_write_file(bad, "d = 1\nx = 2\nf = x^2*sin(x)\nbackward f\n"
                                     "backward f\nq = x^2\n"));
    assert_int_equal(grade(bad, &out), 1);
    assert_non_null(strstr(out, "1  wrong: 2x·sin(x) + x²·cos(x) at 2\n"));
    assert_non_null(strstr(out, "2  wrong: x.grad differs from ∂f/∂x\n"));
    assert_non_null(strstr(out, "0 of 3 points\n"));
    free(out);
}

static void samples_print_the_same_text_every_time(void **state)
{
    (void)state;
    Proc a = run_sample("cleargrad"), b = run_sample("cleargrad");
    assert_string_equal(a.out, b.out);
    proc_free(&a);
    proc_free(&b);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rosenbrock_lesson_walks_the_golden_path),
        cmocka_unit_test(rosenbrock_lesson_leaves_its_pictures),
        cmocka_unit_test(embedded_engine_trains_a_network),
        cmocka_unit_test(matyas_gradient_and_descent_are_golden),
        cmocka_unit_test(cleargrad_lesson_shows_both_walks),
        cmocka_unit_test(newton_lesson_is_golden),
        cmocka_unit_test(optimizers_lesson_is_golden),
        cmocka_unit_test(test_functions_have_golden_values),
        cmocka_unit_test(mlp_lesson_has_the_golden_losses),
        cmocka_unit_test(lstm_lesson_writes_its_prediction_as_a_table),
        cmocka_unit_test(mlp_sine_lesson_holds_what_it_asserts),
        cmocka_unit_test(moons_lesson_holds_what_it_asserts),
        cmocka_unit_test(processes_lesson_holds_what_it_asserts),
        cmocka_unit_test(digits_lesson_holds_what_it_asserts),
        cmocka_unit_test(spiral_lesson_holds_what_it_asserts),
        cmocka_unit_test(double_backprop_lesson_holds_what_it_asserts),
        cmocka_unit_test(regularization_lesson_holds_what_it_asserts),
        cmocka_unit_test(schedules_lesson_holds_what_it_asserts),
        cmocka_unit_test(nograd_lesson_holds_what_it_asserts),
        cmocka_unit_test(an_exercise_sheet_is_marked),
        cmocka_unit_test(the_pictures_of_the_readme_are_made),
        cmocka_unit_test(iris_data_has_the_published_sums),
        cmocka_unit_test(iris_lesson_learns_the_species),
        cmocka_unit_test(samples_print_the_same_text_every_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
