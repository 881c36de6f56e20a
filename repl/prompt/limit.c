/* limit.c -- --time, --memory, --output: a timer that interrupts, memory refused, bytes counted */
#include "prompt/limit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <nabla/context.h>
#include <nabla/format.h>

#include "prompt/signals.h"

/* What was asked to stop has this long; then the process is ended. */
#ifdef NB_VALGRIND
#define GRACE_SECONDS 20 /* a part of a large product takes seconds */
#else
#define GRACE_SECONDS 1
#endif
/* Room of the allocator itself, and of a new lot of nodes, which is mapped twice as large. */
#ifdef NB_ASAN
#define ROOM ((rlim_t)320 << 20) /* what is released is kept for a while to be checked */
#else
#define ROOM ((rlim_t)8 << 20)
#endif

/* Set before the timer runs, and by its handler. */
static volatile sig_atomic_t over, told;
static char message[96];

/* --- time --- */

static void write_all(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        return; /* nobody reads */
    }
}

static double processor_seconds(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Where others take the processor, a part of an operation is given its second of it all the same,
 * for so many seconds at most. */
#define GRACES 5
static volatile sig_atomic_t graces;
static volatile double begun;

static void on_alarm(int signal_number)
{
    (void)signal_number;
    if (over && processor_seconds() - begun < 0.9 * GRACE_SECONDS && ++graces < GRACES) {
        return;
    }
    if (over) { /* did not stop */
        signals_give_back();
        if (!told) {
            write_all("error: ");
            write_all(message);
            write_all("\n");
        }
        _exit(SESSION_LIMIT);
    }
    over = 1;
    graces = 0;
    begun = processor_seconds();
    signals_stop();
}

static timer_t timer;
static bool timed;

bool limit_again(double seconds)
{
    if (timed) {
        timer_delete(timer);
        timed = false;
    }
    over = told = 0;
    return limit_time(seconds);
}

bool limit_time(double seconds)
{
    char number[40];
    snprintf(message, sizeof message, "the time limit of %s s (--time) was reached",
             nb_format_number(seconds, 6, number, sizeof number));
    struct sigaction sa = {.sa_handler = on_alarm}; /* without SA_RESTART: reads and writes end */
    sigemptyset(&sa.sa_mask);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};
    struct itimerspec when = {.it_interval = {.tv_sec = GRACE_SECONDS}};
    when.it_value.tv_sec = (time_t)seconds;
    when.it_value.tv_nsec = (long)((seconds - (double)when.it_value.tv_sec) * 1e9);
    if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0) {
        when.it_value.tv_nsec = 1;
    }
    timed = sigaction(SIGVTALRM, &sa, NULL) == 0 &&
            timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
    return timed && timer_settime(timer, 0, &when, NULL) == 0;
}

struct SessionClock limit_clock(void)
{
    return (struct SessionClock){&over, &told, message};
}

/* --- memory --- */

/* Bytes of private memory the process has by now, as RLIMIT_DATA counts them; 0 unknown. */
static rlim_t private_bytes(void)
{
    unsigned long data = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f) {
        if (fscanf(f, "%*u %*u %*u %*u %*u %lu", &data) != 1) {
            data = 0;
        }
        fclose(f);
    }
    return (rlim_t)data * (rlim_t)sysconf(_SC_PAGESIZE);
}

bool limit_memory(double megabytes)
{
    rlim_t bytes = (rlim_t)(megabytes * 1048576);
    nb_memory_limit((size_t)bytes);
    rlim_t have = private_bytes();
    if (have == 0) {
        return true; /* no backstop */
    }
    struct rlimit limit;
    if (getrlimit(RLIMIT_DATA, &limit) != 0) {
        return false;
    }
    rlim_t most = have + bytes + ROOM;
    if (limit.rlim_max != RLIM_INFINITY && most > limit.rlim_max) {
        return true; /* less is allowed anyhow */
    }
    limit.rlim_cur = most;
    return setrlimit(RLIMIT_DATA, &limit) == 0;
}

/* --- output --- */

/* For what is told once the limit was reached. */
#define LAST_WORDS ((size_t)4096)

static size_t left, words = LAST_WORDS;
static double most;

void limit_output(double megabytes)
{
    most = megabytes;
    left = (size_t)(megabytes * 1048576);
}

static void output_ends(void)
{
    char number[40];
    snprintf(message, sizeof message, "the limit of %s MB of output (--output) was reached",
             nb_format_number(most, 6, number, sizeof number));
    over = 1;
    signals_stop();
}

void limit_write(void *user, bool err, const char *text, size_t n)
{
    (void)user;
    FILE *to = err ? stderr : stdout;
    size_t *room = err && left == 0 ? &words : &left;
    const size_t part = n < *room ? n : *room;
    fwrite(text, 1, part, to);
    fflush(to);
    *room -= part;
    if (part < n && !over) {
        left = 0;
        output_ends();
    }
}
