/* test_worker.c -- the layout process is killed or stopped at any moment: the next graphs work */
/* A sample in make test; all of them with NB_TORTURE=1 (make torture-worker). */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/torture/job.h"
#include "tests/xserver.h"

#define PROMPT "∇> "
#define SOON 40.0 /* s, for what takes milliseconds on an idle machine */
#define CTRL_D "\x04"

static char display[32];
static Job job;

static int begin(void **state)
{
    (void)state;
    static char history[1100], shown[64];
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", NULL};
    const char *env[] = {history, shown, NULL};
    snprintf(history, sizeof history, "NABLA_HISTORY=%s/torture-history",
             proc_env("NB_TMP", "build/tmp"));
    snprintf(shown, sizeof shown, "DISPLAY=%s", display);
    return job_start(&job, argv, env, 24, 80) && pty_wait(&job.pty, PROMPT, SOON) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    job_end(&job);
    unlink("worker.svg");
    return 0;
}

static void ask(const char *line, const char *answer)
{
    pty_send(&job.pty, line);
    pty_send(&job.pty, "\r");
    assert_true(pty_wait(&job.pty, "\n", SOON));
    if (answer) {
        assert_true(pty_wait(&job.pty, answer, SOON));
    }
    assert_true(pty_wait(&job.pty, PROMPT, SOON));
}

static double any(double least, double most)
{
    return least + (most - least) * rand() / RAND_MAX;
}

/* The layout process, once it is there; 0 when none came. */
static pid_t worker(void)
{
    for (int i = 0; i < 100; i++) {
        pid_t pid = job_worker(&job);
        if (pid > 0) {
            return pid;
        }
        pty_read(&job.pty, 0.01);
    }
    return 0;
}

static int rounds(int few, int many)
{
    return getenv("NB_TORTURE") ? many : few;
}

static void graphs(void)
{
    ask("x, y = 2, 3", "x = 2   y = 3\n");
    ask("f = x*y + x^2", "f = 10\n");
    ask("g = x; repeat 150 { g = g*y + sin(g) };", NULL);
}

static void killed(int number)
{
    graphs();
    for (int i = rounds(4, 60); i > 0; i--) {
        ask("graph g", NULL);
        pid_t pid = worker();
        assert_true(pid > 0);
        pty_read(&job.pty, any(0, 0.4));
        kill(pid, number);
        pty_read(&job.pty, any(0, 0.1));
        ask("6*7", "ans = 42\n");
        ask("graph f", NULL);
        ask("export \"worker.svg\", f", "wrote worker.svg");
        ask("close", NULL);
    }
    pty_send(&job.pty, CTRL_D);
    JobEvent e = job_wait(&job, SOON);
    assert_int_equal(e.kind, JOB_ENDED);
    assert_int_equal(e.status, 0);
    assert_true(e.restored);
}

static void a_killed_worker_is_replaced(void **state)
{
    (void)state;
    killed(SIGKILL);
}

static void a_crashed_worker_is_replaced(void **state)
{
    (void)state;
    killed(SIGSEGV);
}

/* One at work is given up for a newer graph; an idle one is found out by its time limit. */
static void a_stopped_worker_holds_nobody_up(void **state)
{
    (void)state;
    graphs();
    for (int i = rounds(1, 12); i > 0; i--) {
        ask("graph g", NULL);
        pid_t pid = worker();
        assert_true(pid > 0);
        pty_read(&job.pty, any(0, 0.4));
        kill(pid, SIGSTOP);
        ask("6*7", "ans = 42\n");
        ask("graph f", NULL);
        ask("6*7", "ans = 42\n");
        ask("export \"worker.svg\", f", NULL); /* done, or too long */
        ask("export \"worker.svg\", f", "wrote worker.svg");
        ask("close", NULL);
    }
    pty_send(&job.pty, CTRL_D);
    assert_int_equal(job_wait(&job, SOON).status, 0);
}

static void a_stopped_worker_goes_with_its_session(void **state)
{
    (void)state;
    graphs();
    ask("graph g", NULL);
    pid_t pid = worker();
    assert_true(pid > 0);
    kill(pid, SIGSTOP);
    kill(job.pid, SIGTERM);
    assert_int_equal(job_wait(&job, SOON).status, 128 + SIGTERM);
    for (int i = 0; i < 300 && proc_used(pid) >= 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_true(proc_used(pid) < 0);
}

static void a_worker_goes_with_a_killed_session(void **state)
{
    (void)state;
    graphs();
    ask("graph g", NULL);
    pid_t pid = worker();
    assert_true(pid > 0);
    kill(job.pid, SIGKILL);
    /* where counters are kept, what is to be killed is asked to end first */
    const bool counts = strstr(proc_env("NB_BUILD", ""), "cov") != NULL;
    const int status = job_wait(&job, SOON).status;
    assert_true(status == 256 + SIGKILL || (counts && status == 128 + SIGTERM));
    for (int i = 0; i < 300 && proc_used(pid) >= 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_true(proc_used(pid) < 0);
}

#define WITH_JOB(f) cmocka_unit_test_setup_teardown(f, begin, end)

SUITE()
{
    pid_t server = xserver_start(display, sizeof display);
    if (chdir(proc_env("NB_TMP", "build/tmp")) != 0 || server == 0) {
        print_message("no X server: nothing is tested\n");
        return server != 0;
    }
    srand(20240608);
    const struct CMUnitTest tests[] = {
        WITH_JOB(a_killed_worker_is_replaced),
        WITH_JOB(a_crashed_worker_is_replaced),
        WITH_JOB(a_stopped_worker_holds_nobody_up),
        WITH_JOB(a_stopped_worker_goes_with_its_session),
        WITH_JOB(a_worker_goes_with_a_killed_session),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xserver_stop(&server, SIGTERM);
    return failed;
}
