/* start.c -- from starting the program to its first prompt, on a pseudo-terminal */
#include <stdio.h>

#include "tests/bench/bench.h"
#include "tests/proc.h"
#include "tests/pty/pty.h"

#define RUNS 20

/* ms from start until `text` is shown (NULL: until the end). */
static double once(const char *const argv[], const char *text)
{
    const char *env[] = {"TERM=xterm", "LC_ALL=C.UTF-8", "NABLA_HISTORY=/dev/null", NULL};
    Pty p;
    double start = bench_now(), ms = -1;
    if (pty_start(&p, argv, env, 24, 80) &&
        (text ? pty_wait(&p, text, 10) : pty_exit(&p, 10) == 0)) {
        ms = 1e3 * (bench_now() - start);
    }
    pty_end(&p);
    return ms;
}

static double median(const char *const argv[], const char *text)
{
    double ms[RUNS];
    once(argv, text); /* warms the file cache */
    for (int i = 0; i < RUNS; i++) {
        ms[i] = once(argv, text);
    }
    return bench_median(ms, RUNS);
}

void bench_start(void)
{
    const char *nabla[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", NULL};
    const char *nothing[] = {"/bin/echo", "∇> ", NULL};
    double ours = median(nabla, "∇> "), reference = median(nothing, "∇> ");
    bench_heading("start (pseudo-terminal, median of 20)");
    bench_row(
        &(BenchRow){.work = "start to the first prompt", .unit = "ms", .ours = ours, .reach = 12});
    bench_row(&(BenchRow){.work = "/bin/echo, for comparison", .unit = "ms", .ours = reference});
}
