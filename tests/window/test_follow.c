/* test_follow.c -- windows opened on a name show what the name is bound to now */
#include "desk.h"

#include "repl/session/input.h"
#include "viz/export/object.h"
#include "viz/window/window.h"

/* Types this, then waits until the windows rest. */
static void run(Desk *d, const char *text)
{
    type(d, text);
    if (!view_of(d->p->s)->viz) {
        return; /* no window was opened yet */
    }
    if (d->hands.viz != view_of(d->p->s)->viz) {
        nb_viz_free(&d->hands.viz);
        d->hands.viz = view_of(d->p->s)->viz;
    }
    wait_until(&d->hands, at_rest);
}

/* What a window draws now; for free(). The colours of a surface are kept as a picture, which the
 * key n, contours without and with labels, has drawn anew. */
static char *picture(Desk *d, const char *kind)
{
    Text out = {0};
    NbWindow *win = nb_viz_window_named(d->hands.viz, kind);
    assert_non_null(win);
    nb_viz_painter_record(d->hands.viz->painter, &out);
    for (int i = 0; i < 2; i++) {
        if (strcmp(kind, "graph") != 0) {
            press_key(&d->hands, kind, SDLK_n, KMOD_NONE);
            nb_viz_pump(d->hands.viz);
        }
        nb_viz_window_dirty(win);
        wait_until(&d->hands, at_rest);
    }
    nb_viz_painter_record(d->hands.viz->painter, NULL);
    assert_non_null(out.s);
    return out.s;
}

/* The system may ask for a window to be painted once more while it is looked at: what was drawn is
 * then looked at again. */
static void still_draws(Desk *d, const char *kind, const char *want)
{
    char *now = picture(d, kind);
    for (int i = 0; i < 5 && strcmp(now, want) != 0; i++) {
        free(now);
        now = picture(d, kind);
    }
    assert_string_equal(now, want);
    free(now);
}

/* After `change` the window draws other things than before, and just what it draws when it is
 * closed and opened anew. */
static void follows(Desk *d, const char *kind, const char *opens, const char *change)
{
    run(d, opens);
    char *before = picture(d, kind);
    run(d, change);
    char *after = picture(d, kind);
    run(d, "close");
    run(d, opens);
    assert_string_not_equal(before, after);
    still_draws(d, kind, after);
    free(before);
    free(after);
}

static void a_surface_follows_the_name_of_its_node(void **state)
{
    Desk *d = *state;
    run(d, "x, y = 2, 3\nf = x^2 + y^2");
    follows(d, "surface", "surface f, x=-1:1, y=-1:1", "f = (x - 1)^4 + y");
}

static void a_surface_follows_new_leaves_of_the_same_names(void **state)
{
    Desk *d = *state;
    run(d, "x, y = 2, 3\nf = x^2 + y^2");
    follows(d, "surface", "surface f, x=-1:1, y=-1:1", "x, y = 5, 6\nf = x*y");
}

static void a_surface_follows_the_name_of_its_function(void **state)
{
    Desk *d = *state;
    run(d, "def f(x, y) = x^2 + y^2");
    follows(d, "surface", "surface f, x=-1:1, y=-1:1", "def f(x, y) = x - y");
}

static void a_boundary_follows_the_name_of_its_model(void **state)
{
    Desk *d = *state;
    run(d, "m = linear(2)\nx = [[1, 2], [-3, -4], [2, -1]]\nt = [0, 1, 0]");
    follows(d, "boundary", "boundary m, x, t", "seed 7\nm = linear(2)\nz = m(x);");
}

static void a_graph_follows_its_name(void **state)
{
    Desk *d = *state;
    run(d, "x = 2\nf = x^2");
    follows(d, "graph", "graph f", "f = sin(x) + 1");
}

/* What the windows drew while this ran, with ever more passes, comes to hold the text: how many
 * passes one picture takes is the machine's affair. */
static void draws_while(Desk *d, const char *format, const char *part)
{
    bool seen = false;
    char text[200];
    for (long passes = 100000; !seen && passes <= 100000000; passes *= 4) {
        Text out = {0};
        snprintf(text, sizeof text, format, passes);
        run(d, "0;"); /* the windows rest */
        nb_viz_painter_record(d->hands.viz->painter, &out);
        type(d, text);
        nb_viz_painter_record(d->hands.viz->painter, NULL);
        seen = out.s && strstr(out.s, part);
        free(out.s);
    }
    assert_true(seen);
}

static void a_graph_follows_a_loop_at_the_end_of_its_passes(void **state)
{
    Desk *d = *state;
    run(d, "x = 2\nf = x*3\ngraph f");
    draws_while(d, "if 1 { repeat %ld { x := 7654; forward f }; x := 2; forward f }", "7654");
    draws_while(d, "if 1 { repeat %ld { x = 4567; f = x*3 }; x = 2; f = x*3 }", "4567");
}

static void a_graph_follows_minimize_with_values_that_are_not_stale(void **state)
{
    Desk *d = *state;
    run(d, "x = 3\nf = 4327*x*2\nopt = sgd(x, lr=1e-14)\ngraph f");
    draws_while(d, "minimize f, opt, steps=%ld;", "8654"); /* the gradient */
}

static void labels_of_the_prompt_stay_those_of_the_graph_it_has_shown(void **state)
{
    Desk *d = *state;
    run(d, "x = 2\nf = (x - 1)^2 + 8*x\ng = (x + 40)*3\ngraph f\ntree g");
    type(d, "if 1 { repeat 100 { x := 3; forward f; forward g }; a = v1 }");
    assert_true(value(d, "a") == 43);
}

/* What cannot be shown any more leaves the picture as it was. */
static void a_name_that_is_no_surface_now_keeps_the_last_one(void **state)
{
    static const char *const change[] = {"f = x^2", "def f(x) = x", "f = \"text\"", "f = [x, y]"};
    Desk *d = *state;
    for (size_t i = 0; i < sizeof change / sizeof change[0]; i++) {
        run(d, "x, y = 2, 3\nf = x^2 + y^2\nsurface f, x=-1:1, y=-1:1");
        char *before = picture(d, "surface");
        run(d, change[i]);
        still_draws(d, "surface", before);
        free(before);
    }
}

#define DESK_TEST(f) cmocka_unit_test_setup_teardown(f, open_desk, close_desk)

/* --- talks --- */

static bool is_open(Desk *d, const char *kind)
{
    return nb_viz_window_named(d->hands.viz, kind) != NULL;
}

static int recorded_runs(const Desk *d)
{
    return nb_record_runs(runs_record(d->p->s->runs));
}

/* A line as it is entered: a lesson moves between lines. */
static void enter(Desk *d, Input *in, const char *line)
{
    Catch out = catch_begin(stdout);
    input_line(in, line, false);
    input_turn(in);
    catch_end(&out, d->p->out, sizeof d->p->out);
    run(d, "1;");
}

static void going_back_opens_the_windows_of_that_moment(void **state)
{
    Desk *d = *state;
    char path[1100], line[1200];
    snprintf(path, sizeof path, "%s/talk.nabla", getenv("NB_TMP") ? getenv("NB_TMP") : "/tmp");
    FILE *script = fopen(path, "w");
    assert_non_null(script);
    fputs("# talk -- T\nx, y = 2, 3\nf = x*y\ngraph f\nopt = sgd(x, lr=0.1)\n"
          "minimize f, opt, steps=3;\nplot f\nz = 2\nclose plot\nz = 3\n",
          script);
    fclose(script);
    assert_true(session_front(d->p->s, &(Front){.is = FRONT_WINDOWS | FRONT_PERSON}));
    Input *in = input_new(d->p->s);
    assert_non_null(in);
    snprintf(line, sizeof line, "lesson \"%s\"", path);
    enter(d, in, line);
    for (int i = 0; i < 7; i++) {
        enter(d, in, "lesson next");
    }
    assert_true(is_open(d, "graph") && is_open(d, "plot"));
    enter(d, in, "lesson back"); /* before z = 2 */
    assert_true(is_open(d, "graph") && is_open(d, "plot"));
    assert_int_equal(recorded_runs(d), 1);
    enter(d, in, "lesson back");
    assert_true(is_open(d, "graph") && !is_open(d, "plot"));
    assert_int_equal(recorded_runs(d), 1);
    enter(d, in, "lesson back"); /* before minimize */
    assert_true(is_open(d, "graph"));
    assert_int_equal(recorded_runs(d), 0);
    for (int i = 0; i < 4; i++) {
        enter(d, in, "lesson next");
    }
    assert_true(is_open(d, "graph") && !is_open(d, "plot"));
    enter(d, in, "lesson back"); /* before close plot */
    assert_true(is_open(d, "plot"));
    enter(d, in, "lesson stop");
    input_free(&in);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(a_surface_follows_the_name_of_its_node),
        DESK_TEST(a_surface_follows_new_leaves_of_the_same_names),
        DESK_TEST(a_surface_follows_the_name_of_its_function),
        DESK_TEST(a_boundary_follows_the_name_of_its_model),
        DESK_TEST(a_graph_follows_its_name),
        DESK_TEST(a_graph_follows_a_loop_at_the_end_of_its_passes),
        DESK_TEST(a_graph_follows_minimize_with_values_that_are_not_stale),
        DESK_TEST(labels_of_the_prompt_stay_those_of_the_graph_it_has_shown),
        DESK_TEST(a_name_that_is_no_surface_now_keeps_the_last_one),
        DESK_TEST(going_back_opens_the_windows_of_that_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
