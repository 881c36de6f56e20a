/* test_signals.c -- every signal in every phase: the session answers or ends, the terminal back */
/* A sample in make test; all of them with NB_TORTURE=1 (make torture-signals). */
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
#define SOON 20.0 /* s, for what takes milliseconds on an idle machine */
#define CTRL_D "\x04"

typedef struct Phase {
    const char *name;
    bool display, asks; /* asks: it waits for keys */
    const char *before; /* a line run first */
    const char *send;
    const char *shown; /* NULL: after a moment */
    double rest;       /* s */
} Phase;

static const Phase phases[] = {
    {"at the prompt", false, true, NULL, "", NULL, 0},
    {"in half a line", false, true, NULL, "z = 1 +", "1 +", 0},
    {"in a continued line", false, true, NULL, "z = [1,\r", "…> ", 0},
    {"in an unfinished paste", false, true, NULL, "\033[200~z = 1\nzz", NULL, 0.1},
    {"in a search", false, true, NULL, "\x12x", "search", 0},
    {"in a question of completion", false, true, NULL, "\t\t", "(y or n)", 0},
    {"in walk", false, true, NULL, "walk f\r", "walk 1/", 0},
    {"in quiz", false, true, NULL, "quiz f\r", "∂f/∂v2 = ", 0},
    {"in a running statement", false, false, NULL, "repeat 1000000000 { i = 1 }\r", NULL, 0.1},
    {"in minimize", false, false, "opt = sgd(x, y, lr=1e-9)", "minimize f, steps=1000000000\r",
     NULL, 0.1},
    {"in save", false, false, NULL, "repeat 100000 { save \"torture.nabla\" }\r", NULL, 0.1},
    {"in export", false, false, NULL, "repeat 100000 { export \"torture.svg\", f }\r", NULL, 0.2},
    {"while a window opens", true, false, NULL, "graph f\r", "\n", 0.02},
    {"beside a window", true, true, NULL, "graph f\r", PROMPT, 0.5},
    {"during a layout", true, true, "g = x; repeat 150 { g = g*y + sin(g) };", "graph g\r", "\n",
     0.3},
};

typedef enum Sign { S_INT, S_TERM, S_HUP, S_QUIT, S_TSTP, S_WINCH, S_PIPE, S_GONE, S_DEAF } Sign;

static const struct {
    const char *name;
    int number;
} signs[] = {
    {"SIGINT", SIGINT},
    {"SIGTERM", SIGTERM},
    {"SIGHUP", SIGHUP},
    {"SIGQUIT", SIGQUIT},
    {"SIGTSTP and SIGCONT", SIGTSTP},
    {"SIGWINCH", 0},
    {"SIGPIPE", SIGPIPE},
    {"the terminal gone", 0},
    {"the terminal gone without a signal", 0},
};

#define NPHASES (sizeof phases / sizeof phases[0])
#define NSIGNS (sizeof signs / sizeof signs[0])

typedef struct Case {
    const Phase *phase;
    Sign sign;
    char name[120];
} Case;

static char display[32];
static Job job; /* of the test, for when it fails */

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static void begin(Job *j, const Phase *p)
{
    static char history[1100], shown[64];
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc",
                          p->display ? NULL : "--no-window", NULL};
    const char *env[] = {history, p->display ? shown : NULL, NULL};
    snprintf(history, sizeof history, "NABLA_HISTORY=%s/torture-history",
             proc_env("NB_TMP", "build/tmp"));
    snprintf(shown, sizeof shown, "DISPLAY=%s", display);
    assert_true(job_start(j, argv, env, 24, 80));
    assert_true(pty_wait(&j->pty, PROMPT, SOON));
}

static void type(Job *j, const char *line)
{
    pty_send(&j->pty, line);
    pty_send(&j->pty, "\r");
    assert_true(pty_wait(&j->pty, "\n", SOON));
    assert_true(pty_wait(&j->pty, PROMPT, SOON));
}

static void reach(Job *j, const Phase *p)
{
    type(j, "x, y = 2, 3");
    type(j, "f = x*y + x^2");
    if (p->before) {
        type(j, p->before);
    }
    pty_send(&j->pty, p->send);
    if (p->shown) {
        assert_true(pty_wait(&j->pty, p->shown, SOON));
    }
    pty_read(&j->pty, p->rest);
}

/* The session is at its prompt after Ctrl-C, answers, and leaves the terminal as it was. */
static void goes_on(Job *j)
{
    kill(j->pid, SIGINT);
    assert_true(pty_wait(&j->pty, PROMPT, SOON));
    pty_read(&j->pty, 0.05); /* a statement that just began its prompt */
    pty_send(&j->pty, "6*7\r");
    assert_true(pty_wait(&j->pty, "ans = 42", SOON));
    assert_true(pty_wait(&j->pty, PROMPT, SOON));
    pty_send(&j->pty, CTRL_D);
    JobEvent e = job_wait(j, SOON);
    assert_int_equal(e.kind, JOB_ENDED);
    assert_int_equal(e.status, 0);
    assert_true(e.restored);
}

static void ends_by(Job *j, int number)
{
    pid_t worker = job_worker(j);
    kill(j->pid, number);
    JobEvent e = job_wait(j, SOON);
    assert_int_equal(e.kind, JOB_ENDED);
    assert_int_equal(e.status, 128 + number);
    assert_true(e.restored);
    for (int i = 0; i < 200 && worker && proc_used(worker) >= 0; i++) {
        rest();
    }
    assert_true(!worker || proc_used(worker) < 0);
}

static void stops_and_goes_on(Job *j)
{
    kill(j->pid, SIGTSTP);
    JobEvent e = job_wait(j, SOON);
    assert_int_equal(e.kind, JOB_STOPPED);
    assert_int_equal(e.status, SIGTSTP);
    assert_true(e.restored);
    pty_read(&j->pty, 0.1);
    goes_on(j);
}

static void ends_without_terminal(Job *j, bool hangup)
{
    job_hang_up(j, hangup);
    double end = proc_seconds() + SOON * proc_patience();
    while (proc_used(j->pid) >= 0 && proc_seconds() < end) {
        rest();
    }
    assert_true(proc_used(j->pid) < 0);
}

static void one(void **state)
{
    const Case *c = *state;
    if (c->sign == S_TSTP && getenv("NB_WORKER")) { /* nothing stops under valgrind */
        skip();
    }
    begin(&job, c->phase);
    reach(&job, c->phase);
    switch (c->sign) {
    case S_INT: goes_on(&job); break;
    case S_TERM:
    case S_HUP:
    case S_QUIT: ends_by(&job, signs[c->sign].number); break;
    case S_TSTP: stops_and_goes_on(&job); break;
    case S_WINCH:
        for (int columns = 1; columns < 200; columns *= 6) {
            pty_resize(&job.pty, 1 + columns / 4, columns);
            pty_read(&job.pty, 0.03);
        }
        pty_resize(&job.pty, 24, 80);
        pty_read(&job.pty, 0.05);
        goes_on(&job);
        break;
    case S_PIPE:
        kill(job.pid, SIGPIPE);
        pty_read(&job.pty, 0.05);
        goes_on(&job);
        break;
    case S_GONE: ends_without_terminal(&job, true); break;
    case S_DEAF: ends_without_terminal(&job, false); break;
    }
}

static int after(void **state)
{
    (void)state;
    job_end(&job);
    char path[1100];
    const char *made[] = {"torture.nabla", "torture.svg"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", proc_env("NB_TMP", "build/tmp"), made[i]);
        unlink(path);
    }
    return 0;
}

/* Of each phase every fifth sign, another one in the next. */
static bool sampled(size_t phase, size_t sign)
{
    return getenv("NB_TORTURE") || (phase + sign) % 5 == 0;
}

SUITE()
{
    static Case cases[NPHASES * NSIGNS];
    static struct CMUnitTest tests[NPHASES * NSIGNS];
    size_t n = 0;
    pid_t server = xserver_start(display, sizeof display);
    if (chdir(proc_env("NB_TMP", "build/tmp")) != 0) {
        return 1;
    }
    for (size_t p = 0; p < NPHASES; p++) {
        for (size_t s = 0; s < NSIGNS; s++) {
            bool fits = (s != S_DEAF || phases[p].asks) && (server > 0 || !phases[p].display);
            if (fits && sampled(p, s)) {
                Case *c = &cases[n];
                c->phase = &phases[p];
                c->sign = (Sign)s;
                snprintf(c->name, sizeof c->name, "%s %s", signs[s].name, phases[p].name);
                tests[n++] = (struct CMUnitTest){c->name, one, NULL, after, c};
            }
        }
    }
    int failed = suite_group("signals", tests, n, NULL, NULL);
    xserver_stop(&server, SIGTERM);
    return failed;
}
