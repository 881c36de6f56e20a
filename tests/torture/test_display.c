/* test_display.c -- the display goes away at any moment while windows open: the session goes on */
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

#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_display_lost_at_any_moment_costs_its_windows_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
