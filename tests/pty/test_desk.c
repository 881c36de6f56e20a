/* test_desk.c -- the prompt beside its windows: races watched, rest, memory, a lost display */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/pty/pty.h"
#include "tests/xserver.h"

#define PROMPT "∇> "
#define SOON 20.0 /* s, for what takes milliseconds on an idle machine */
#define CTRL_C "\x03"
#define MOST_MEMORY 60.0 /* MB, of three windows and all the rest */

typedef struct Desk {
    Pty pty;
    pid_t server; /* 0: none */
    char display[32];
} Desk;

static int begin(void **state, bool own)
{
    static char setting[1100];
    char started[20];
    Desk *d = calloc(1, sizeof *d);
    assert_non_null(d);
    d->server = own ? xserver_start(started, sizeof started) : 0;
    const char *display = own ? started : xserver_shared();
    assert_true(display && (!own || d->server > 0));
    snprintf(d->display, sizeof d->display, "DISPLAY=%.16s", display);
    snprintf(setting, sizeof setting, "NABLA_HISTORY=%s/desk-history",
             proc_env("NB_TMP", "build/tmp"));
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", NULL};
    const char *env[] = {setting, d->display, NULL};
    assert_true(pty_start(&d->pty, argv, env, 30, 80));
    assert_true(pty_wait(&d->pty, PROMPT, SOON));
    *state = d;
    return 0;
}

static int sit_down(void **state)
{
    return begin(state, false);
}

static int sit_down_alone(void **state)
{
    return begin(state, true);
}

static int get_up(void **state)
{
    Desk *d = *state;
    pty_end(&d->pty);
    xserver_stop(&d->server, SIGTERM);
    free(d);
    return 0;
}

static void ask(Desk *d, const char *line, const char *answer)
{
    Pty *p = &d->pty;
    pty_send(p, line);
    pty_send(p, "\r");
    assert_true(pty_wait(p, "\n", SOON)); /* the end of the echoed line */
    if (answer) {
        assert_true(pty_wait(p, answer, SOON));
    }
    assert_true(pty_wait(p, PROMPT, SOON));
}

static void rosenbrock(Desk *d)
{
    ask(d, "x, y = 0, 2", "x = 0   y = 2\n");
    ask(d, "f = (1 - x)^2 + 100*(y - x^2)^2", "f = 401\n");
}

static bool has_mapped(const Pty *p, const char *library)
{
    char path[64], line[1000];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)p->pid);
    FILE *maps = fopen(path, "r");
    bool found = false;
    assert_non_null(maps);
    while (!found && fgets(line, sizeof line, maps)) {
        found = strstr(line, library);
    }
    fclose(maps);
    return found;
}

/* The first window opens sooner when its libraries are there. */
static void libraries_of_windows_are_loaded_while_nothing_is_typed(void **state)
{
    Desk *d = *state;
    for (int i = 0; i < 100 && !has_mapped(&d->pty, "libpango"); i++) {
        pty_read(&d->pty, 0.1);
    }
    assert_true(has_mapped(&d->pty, "libSDL2"));
    assert_true(has_mapped(&d->pty, "libpango"));
    ask(d, "2 + 3", "ans = 5\n");
}

static void without_a_display_they_are_not(void **state)
{
    Desk *d = *state;
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", NULL};
    const char *env[] = {"NABLA_HISTORY=/dev/null", "DISPLAY=", NULL};
    pty_end(&d->pty);
    assert_true(pty_start(&d->pty, argv, env, 30, 80));
    assert_true(pty_wait(&d->pty, PROMPT, SOON));
    assert_true(pty_rests(&d->pty, SOON)); /* nothing is left to do */
    assert_false(has_mapped(&d->pty, "libSDL2"));
    ask(d, "2 + 3", "ans = 5\n");
}

static void open_three_windows(Desk *d)
{
    rosenbrock(d);
    ask(d, "opt = adam(x, y, lr=0.05)", "opt = adam");
    ask(d, "minimize f, steps=300", "stopped after 300 steps");
    ask(d, "graph f", NULL);
    ask(d, "plot f", NULL);
    ask(d, "surface f, x=-2:2, y=-1:3", NULL);
    assert_true(pty_rests(&d->pty, SOON)); /* pictures of all three */
}

static double memory_mb(const Desk *d)
{
    char path[64], line[256];
    double kb = 0;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)d->pty.pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        sscanf(line, "VmRSS: %lf", &kb);
    }
    fclose(f);
    return kb / 1024;
}

/* --- tests --- */

static void three_windows_rest_when_nothing_happens(void **state)
{
    Desk *d = *state;
    open_three_windows(d); /* and nothing is set to wake the program */
    ask(d, "1 + 1", "ans = 2\n");
    assert_true(pty_rests(&d->pty, SOON));
}

static void three_windows_take_little_memory(void **state)
{
    Desk *d = *state;
    const char *build = proc_env("NB_BUILD", "");
    if (strstr(build, "san") || strstr(build, "valgrind")) {
        skip(); /* checkers take more than the program */
    }
    open_three_windows(d);
    double mb = memory_mb(d);
    if (mb > MOST_MEMORY) {
        print_message("%.1f MB\n", mb);
        fail();
    }
}

static void a_race_runs_beside_its_windows_and_changes_nothing(void **state)
{
    Desk *d = *state;
    open_three_windows(d);
    ask(d, "a, b = x.data, y.data;", NULL);
    ask(d, "race f, sgd(x, y, lr=0.001), opt, steps=100000", "each started from the values now");
    ask(d, "print x == a, y == b, f.stale, opt.steps", "1 1 0 300\n");
}

static void ctrl_c_ends_a_race_with_what_it_has(void **state)
{
    Desk *d = *state;
    rosenbrock(d);
    ask(d, "plot f", NULL);
    pty_send(&d->pty, "race f, sgd(x, y, lr=1e-6), adam(x, y, lr=1e-6), steps=1000000000\r");
    assert_true(pty_works(&d->pty, 0.3));
    const double before = proc_used(d->pty.pid);
    pty_send(&d->pty, CTRL_C);
    assert_true(pty_wait(&d->pty, "stopped at ", SOON));
    assert_true(pty_wait(&d->pty, "stopped; nothing changed\n", SOON));
    assert_true(pty_wait(&d->pty, PROMPT, SOON));
    assert_true(proc_used(d->pty.pid) - before < 0.5 * proc_patience());
    ask(d, "print x, y, f, f.stale, x.grad", "0 2 401 0 none\n");
}

static void a_lost_display_costs_the_windows_only(void **state)
{
    Desk *d = *state;
    open_three_windows(d);
    xserver_stop(&d->server, SIGTERM);
    assert_true(pty_wait(&d->pty, "the display went away: its windows are closed", SOON));
    ask(d, "1 + 1", "ans = 2\n");
    ask(d, "plot f", "no display: the curves as text");
    ask(d, "rewind 0", "f: ");
    d->server = xserver_start_again(strchr(d->display, ':'));
    assert_true(d->server > 0);
    ask(d, "plot f", NULL);
    xserver_stop(&d->server, SIGTERM);
    assert_true(pty_wait(&d->pty, "the display went away: its windows are closed", SOON));
}

static void a_display_lost_during_a_race_costs_the_windows_only(void **state)
{
    Desk *d = *state;
    rosenbrock(d);
    ask(d, "plot f", NULL);
    pty_send(&d->pty, "race f, sgd(x, y, lr=1e-6), steps=1000000000\r");
    assert_true(pty_wait(&d->pty, "1 of 1", SOON)); /* it runs */
    xserver_stop(&d->server, SIGTERM);
    assert_true(pty_works(&d->pty, 0.2));
    pty_send(&d->pty, CTRL_C);
    assert_true(pty_wait(&d->pty, "stopped; nothing changed\n", SOON));
    ask(d, "print x, y", "0 2\n");
}

/* One node at a time lit in the graph window; the words are those without one. */
static void a_walk_beside_the_graph_says_every_step(void **state)
{
    static const char *const step[] = {"forward  2/3   v2 = x^2", "forward  3/3   f = v1 + v2",
                                       "backward 1/3", "backward 2/3", "backward 3/3"};
    Desk *d = *state;
    ask(d, "x, y = 2, 3", "x = 2   y = 3\n");
    ask(d, "f = x*y + x^2", "f = 10\n");
    ask(d, "graph f", NULL);
    pty_send(&d->pty, "walk f\r");
    assert_true(pty_wait(&d->pty, "forward  1/3   v1 = x * y = 2 · 3 = 6\n", SOON));
    for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
        assert_true(pty_wait(&d->pty, "walk ", SOON));
        pty_send(&d->pty, "\r");
        assert_true(pty_wait(&d->pty, step[i], SOON));
    }
    pty_send(&d->pty, "help me\r");
    assert_true(pty_wait(&d->pty, "n or Enter next, p back", SOON));
    pty_send(&d->pty, "\r");
    assert_true(pty_wait(&d->pty, "walk done: ∂f/∂x = 7, ∂f/∂y = 2.", SOON));
    assert_true(pty_wait(&d->pty, PROMPT, SOON));
    pty_send(&d->pty, "walk f, ask=true\r");
    assert_true(pty_wait(&d->pty, "= 2 · 3 = ?\n", SOON));
    pty_send(&d->pty, "q\r");
    assert_true(pty_wait(&d->pty, "walk left.", SOON));
    ask(d, "x.grad", "x.grad = -\n");
}

/* The windows of a script are looked at until they are closed, or Ctrl-C. */
static void a_script_stays_with_its_windows(void **state)
{
    Desk *d = *state;
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "-e",
                          "x = 2; f = x^2; graph f; print 6*7", NULL};
    const char *env[] = {d->display, NULL};
    pty_end(&d->pty);
    assert_true(pty_start(&d->pty, argv, env, 30, 80));
    assert_true(pty_wait(&d->pty, "42\n", SOON));
    assert_true(pty_rests(&d->pty, SOON));
    pty_send(&d->pty, CTRL_C);
    assert_true(pty_exit(&d->pty, SOON) >= 0);
}

#define AT_A_DESK(f) cmocka_unit_test_setup_teardown(f, sit_down, get_up)
#define AT_OWN_DESK(f) cmocka_unit_test_setup_teardown(f, sit_down_alone, get_up)

SUITE()
{
    const struct CMUnitTest tests[] = {
        AT_A_DESK(libraries_of_windows_are_loaded_while_nothing_is_typed),
        AT_A_DESK(without_a_display_they_are_not),
        AT_A_DESK(three_windows_rest_when_nothing_happens),
        AT_A_DESK(three_windows_take_little_memory),
        AT_A_DESK(a_race_runs_beside_its_windows_and_changes_nothing),
        AT_A_DESK(ctrl_c_ends_a_race_with_what_it_has),
        AT_OWN_DESK(a_lost_display_costs_the_windows_only),
        AT_OWN_DESK(a_display_lost_during_a_race_costs_the_windows_only),
        AT_A_DESK(a_walk_beside_the_graph_says_every_step),
        AT_A_DESK(a_script_stays_with_its_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
