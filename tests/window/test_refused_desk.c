/* test_refused_desk.c -- memory is refused while commands draw: an error, or what should be said */
#include "refuse.h"
#include "desk.h"

#define MOST 200000 /* requests of one statement */

static char wanted_out[65536], wanted_err[65536];

/* Each refusal ends in an error that says so, or in what should be; and then all is as before. */
static bool try_at(Prompt *p, const char *statement, long n, bool after)
{
    refuse_at(n, after);
    const RunEnd end = prompt_run(p, statement);
    const bool met = refuse_nothing();
    if (end == RUN_OK ? strcmp(p->out, wanted_out) != 0 : !strstr(p->err, "out of memory")) {
        fail_msg("%s, request %ld%s: %s\n%s%s", statement, n, after ? " and later" : "",
                 end == RUN_OK ? "done otherwise" : "another error", p->out, p->err);
    }
    if (met) {
        const RunEnd again = prompt_run(p, statement);
        if (again != RUN_OK || strcmp(p->out, wanted_out) != 0 || strcmp(p->err, wanted_err) != 0) {
            fail_msg("%s, request %ld%s: otherwise afterwards: %s%s", statement, n,
                     after ? " and later" : "", p->out, p->err);
        }
    }
    return met;
}

/* The first 50 requests in turn, then ever fewer. */
static void each_request_is_refused(Prompt *p, const char *statement)
{
    assert_int_equal(prompt_run(p, statement), RUN_OK);
    assert_int_equal(prompt_run(p, statement), RUN_OK); /* some notes are given once */
    strcpy(wanted_out, p->out);
    strcpy(wanted_err, p->err);
    for (int after = 0; after < 2; after++) {
        long n = 1;
        while (n < MOST && try_at(p, statement, n, after)) {
            n += (after ? 4 : 1) + (n > 50 ? n / 12 : 0);
        }
        assert_true(n > 5 && n < MOST);
    }
}

static Prompt *prompt_with(const char *text)
{
    Prompt *p = prompt_new();
    unsetenv("DISPLAY");
    if (prompt_run(p, text) != RUN_OK) {
        fail_msg("%s", p->err);
    }
    return p;
}

static void surfaces_and_curves_are_printed_or_an_error_says_why(void **state)
{
    (void)state;
    Prompt *p = prompt_with("x, y = 1, 2\nf = (1 - x)^2 + (y - x^2)^2\n"
                            "def g(a, b) = a^2 + sin(b)\n"
                            "minimize f, sgd([x, y], lr=0.01), steps=5");
    each_request_is_refused(p, "surface f");
    each_request_is_refused(p, "surface g");
    each_request_is_refused(p, "plot f");
    each_request_is_refused(p, "tree f");
    prompt_free(p);
}

static void regions_are_printed_or_an_error_says_why(void **state)
{
    (void)state;
    Prompt *p = prompt_with("m = mlp([2, 4, 2])\nc = [[0, 1], [1, 0], [2, 2]]\nt = [0, 1, 0]");
    each_request_is_refused(p, "boundary m, c, t");
    prompt_free(p);
}

static void files_are_written_or_an_error_says_why(void **state)
{
    (void)state;
    char path[200], text[300];
    snprintf(path, sizeof path, "%s/refused.svg", getenv("NB_TMP") ? getenv("NB_TMP") : "/tmp");
    Prompt *p = prompt_with("x = 1\nf = x^2\na = [1, 2, 3]");
    snprintf(text, sizeof text, "export \"%s\", f", path);
    each_request_is_refused(p, text);
    snprintf(text, sizeof text, "export \"%s.csv\", a, 2*a", path);
    each_request_is_refused(p, text);
    prompt_run(p, "def g(a, b) = a^2 + b\nm = mlp([2, 4, 2])\nc = [[0, 1], [1, 0], [2, 2]]\n"
                  "t = [0, 1, 0]\nminimize f, sgd(x, lr=0.1), steps=5");
    snprintf(text, sizeof text, "export \"%s\", g, view=surface", path);
    each_request_is_refused(p, text);
    prompt_run(p, "boundary m, c, t");
    snprintf(text, sizeof text, "export \"%s\", view=boundary", path);
    each_request_is_refused(p, text);
    snprintf(text, sizeof text, "export \"%s\", view=plot", path);
    each_request_is_refused(p, text);
    prompt_free(p);
}

/* --- with windows --- */

static void open_windows(Desk *d, const char *text)
{
    type(d, text);
    nb_viz_free(&d->hands.viz);
    d->hands.viz = view_of(d->p->s)->viz;
    settle(&d->hands);
}

static void windows_open_or_an_error_says_why(void **state)
{
    Desk *d = *state;
    open_windows(d, "x, y = 1, 2\nf = (1 - x)^2 + (y - x^2)^2\ndef g(a, b) = a*b\n"
                    "m = mlp([2, 4, 2])\nc = [[0, 1], [1, 0], [2, 2]]\nt = [0, 1, 0]\n"
                    "minimize f, sgd([x, y], lr=0.01), steps=5\ngraph f");
    static const char *const statement[] = {"graph f", "plot f", "surface f", "surface g",
                                            "boundary m, c, t"};
    for (size_t i = 0; i < sizeof statement / sizeof *statement; i++) {
        each_request_is_refused(d->p, statement[i]);
        settle(&d->hands);
    }
}

/* A key in a window while a request is refused. True when there were so many. */
static bool refused_key(Desk *d, const char *kind, SDL_Keycode key, long n)
{
    Catch out = catch_begin(stdout), err = catch_begin(stderr);
    refuse_at(n, false);
    press_key(&d->hands, kind, key, KMOD_NONE);
    settle(&d->hands);
    const bool met = refuse_nothing();
    settle(&d->hands);
    catch_end(&out, d->p->out, sizeof d->p->out);
    catch_end(&err, d->p->err, sizeof d->p->err);
    return met;
}

static void a_value_moved_by_hand_moves_with_all_that_follows_or_not_at_all(void **state)
{
    Desk *d = *state;
    open_windows(d, "x, y = 2, 3\nf = x*y + x^2\ngraph f");
    press_key(&d->hands, "graph", SDLK_TAB, KMOD_NONE);
    settle(&d->hands);
    for (long n = 1; refused_key(d, "graph", SDLK_PAGEUP, n) && n < MOST; n += 1 + n / 20) {
        const double x = value(d, "x");
        if (!(x == 2 || x == 2.1) || fabs(value(d, "f") - (x * 3 + x * x)) > 1e-12) {
            fail_msg("request %ld: x %g f %g: %s%s", n, x, value(d, "f"), d->p->out, d->p->err);
        }
        type(d, "x := 2\nforward f");
        settle(&d->hands);
    }
}

static void a_step_looked_at_leaves_the_session_alone(void **state)
{
    Desk *d = *state;
    open_windows(d, "x = 2\nf = x^2\nminimize f, sgd(x, lr=0.1), steps=5\ngraph f\nplot f");
    const double x = value(d, "x"), f = value(d, "f");
    for (long n = 1; refused_key(d, "plot", SDLK_HOME, n) && n < MOST; n += 1 + n / 20) {
        assert_true(value(d, "x") == x && value(d, "f") == f);
        nb_viz_changed(d->hands.viz);
        assert_true(window_draws(&d->hands, "graph", "\"4\""));
        refused_key(d, "plot", SDLK_ESCAPE, n);
        assert_true(value(d, "x") == x && value(d, "f") == f);
    }
}

#define ON_DESK(f) cmocka_unit_test_setup_teardown(f, open_desk, close_desk)

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(surfaces_and_curves_are_printed_or_an_error_says_why),
        cmocka_unit_test(regions_are_printed_or_an_error_says_why),
        cmocka_unit_test(files_are_written_or_an_error_says_why),
        ON_DESK(windows_open_or_an_error_says_why),
        ON_DESK(a_value_moved_by_hand_moves_with_all_that_follows_or_not_at_all),
        ON_DESK(a_step_looked_at_leaves_the_session_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
