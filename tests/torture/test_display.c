/* test_display.c -- the display goes away while windows open, or memory: the session goes on */
/* A sample in make test; all of them with NB_TORTURE=1 (make torture-display). */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/xserver.h"

#define SOON 60 /* s */

/* What opens windows; the last line says that the session is still there. */
static const char input[] = "x, y = 2, 3\n"
                            "f = (1 - x)^2 + 100*(y - x^2)^2\n"
                            "graph f\n"
                            "repeat 20000 { i = 1 }\n"
                            "plot f\n"
                            "surface f, x=-2:2, y=-1:3\n"
                            "opt = adam(x, y, lr=0.05)\n"
                            "minimize f, steps=300\n"
                            "graph y\n"
                            "close\n"
                            "graph f\n"
                            "print \"still here\", 6*7\n";

static bool run_session(const char *display, Proc *p)
{
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "-i", NULL};
    setenv("DISPLAY", display, 1);
    bool ok = proc_run(argv, NULL, input, SOON, p);
    unsetenv("DISPLAY");
    return ok;
}

static double whole_session(void)
{
    char display[32];
    pid_t server = xserver_start(display, sizeof display);
    assert_true(server > 0);
    Proc p;
    double begun = proc_seconds();
    bool ran = run_session(display, &p);
    double took = proc_seconds() - begun;
    xserver_stop(&server, SIGTERM);
    assert_true(ran);
    assert_non_null(strstr(p.out, "still here 42\n"));
    assert_int_equal(p.status, 0);
    proc_free(&p);
    return took;
}

/* A process that ends the server after so many seconds. */
static pid_t kill_later(pid_t server, double seconds)
{
    pid_t killer = fork();
    if (killer == 0) {
        long ns = (long)(seconds * 1e9);
        nanosleep(&(struct timespec){ns / 1000000000, ns % 1000000000}, NULL);
        kill(server, SIGKILL);
        _exit(0);
    }
    return killer;
}

/* A death by signal, a hang, or Xlib's exit: what was printed then is not all. */
static bool lost_display_is_survived(double after, bool *lost)
{
    char display[32];
    pid_t server = xserver_start(display, sizeof display);
    assert_true(server > 0);
    pid_t killer = kill_later(server, after);
    Proc p;
    bool ran = run_session(display, &p);
    kill(killer, SIGKILL);
    waitpid(killer, NULL, 0);
    xserver_stop(&server, SIGKILL);
    bool good = ran && !p.timed_out && p.status < 128 && strstr(p.out, "still here 42\n") &&
                !strstr(p.err, "XIO:");
    *lost = ran && (strstr(p.err, "display") != NULL);
    if (!good) {
        print_message("killed after %.1f ms: status %d\n%s\n%s\n", after * 1e3, ran ? p.status : -1,
                      ran ? p.out : "", ran ? p.err : "");
    }
    if (ran) {
        proc_free(&p);
    }
    return good;
}

static void a_display_lost_at_any_moment_costs_its_windows_only(void **state)
{
    (void)state;
    const int asked = atoi(proc_env("NB_TORTURE", "0")), n = asked > 1 ? asked : asked ? 200 : 12;
    double length = whole_session();
    int deaths = 0, losses = 0;
    srand(20240607);
    for (int i = 0; i < n; i++) {
        /* most moments in the first half, where displays and windows are opened */
        double u = (i + rand() / (1.0 + RAND_MAX)) / n;
        bool lost;
        deaths += !lost_display_is_survived(u * u * length, &lost);
        losses += lost;
    }
    print_message("%d displays lost in a session of %.0f ms, %d noticed, %d deaths\n", n,
                  length * 1e3, losses, deaths);
    assert_int_equal(deaths, 0);
}

/* --- want of memory --- */

#define CALLERS 6

/* Every window, moved and closed again; nothing here takes long. */
static const char windows[] = "x, y = 2, 3\n"
                              "w = [[1, 2], [3, 4]]\n"
                              "f = (1 - x)^2 + 100*(y - x^2)^2 + sum(w@w)\n"
                              "backward f\n"
                              "graph f\n"
                              "opt = adam(x, y, lr=0.05)\n"
                              "minimize f, opt, steps=30\n"
                              "plot f\n"
                              "surface f, x=-2:2, y=-1:3\n"
                              "m = linear(2)\n"
                              "boundary m, w, [0, 1]\n"
                              "x := 3\n"
                              "forward f\n"
                              "set theme dark\n"
                              "set present on\n"
                              "export \"f.png\", view=plot\n"
                              "walk f, steps=3\n"
                              "graph x*y\n"
                              "print \"still here\", 6*7\n";

static bool run_faulty(const char *how, const char *display, Proc *p)
{
    char program[700], orders[800], dir[600];
    const char *argv[] = {program, "--norc", "-i", display ? NULL : "--no-window", NULL};
    const char *tmp = proc_env("NB_TMP", "build/tmp");
    snprintf(program, sizeof program, "%s/tests/torture/nabla", proc_env("NB_BUILD", "build"));
    snprintf(orders, sizeof orders, "memory %s %d %s/torture-windows", how, CALLERS, tmp);
    snprintf(dir, sizeof dir, "%s/torture-display", tmp);
    setenv("NB_FAULTS", orders, 1);
    if (display) {
        setenv("DISPLAY", display, 1);
    }
    bool ok = proc_fresh_dir(dir) && proc_run(argv, dir, windows, SOON, p);
    unsetenv("NB_FAULTS");
    unsetenv("DISPLAY");
    return ok;
}

static void forget(const char *what)
{
    char path[700];
    snprintf(path, sizeof path, "%s/torture-windows.%s", proc_env("NB_TMP", "build/tmp"), what);
    remove(path);
}

static bool was_refused(void)
{
    char path[700];
    snprintf(path, sizeof path, "%s/torture-windows.found", proc_env("NB_TMP", "build/tmp"));
    char *found = proc_read_file(path, NULL);
    bool refused = found && strstr(found, "refused");
    free(found);
    remove(path);
    return refused;
}

/* Each request that a session with windows makes and one without does not, once refused: it goes
 * on, and says so where something is not there. */
static void windows_do_without_memory(void **state)
{
    (void)state;
    char display[32];
    const int n = atoi(proc_env("NB_TORTURE", "0")) ? 3000 : 30;
    int tried = 0, bad = 0;
    Proc p;
    forget("met");
    forget("found");
    assert_true(run_faulty("meet", NULL, &p));
    assert_non_null(strstr(p.out, "still here 42\n"));
    proc_free(&p);
    pid_t server = xserver_start(display, sizeof display);
    assert_true(server > 0);
    for (bool refused = true; refused && tried < n; tried += refused) {
        assert_true(run_faulty("once", display, &p));
        refused = was_refused();
        if (p.timed_out || p.status >= 128 || !strstr(p.out, "still here 42\n")) {
            print_message("status %d\n%s\n%s\n", p.status, p.out, p.err);
            bad++;
        }
        proc_free(&p);
    }
    xserver_stop(&server, SIGTERM);
    print_message("%d refusals of windows\n", tried);
    assert_int_equal(bad, 0);
    assert_true(tried > 20);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_display_lost_at_any_moment_costs_its_windows_only),
        cmocka_unit_test(windows_do_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
