/* windows.c -- on an X server: how soon a window opens, how often a growing plot is drawn */
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repl/cmd/table.h"
#include "repl/cmd/view_internal.h"
#include "tests/bench/bench.h"
#include "tests/proc.h"
#include "tests/xserver.h"
#include "viz/window/window.h"
#include "viz/window/window_sdl.h"

enum { RUNS = 7, MOST_FRAMES = 4096 };

/* Seconds of a run: its beginning, and from there on. */
#define BEGINNING 2.0
#define WATCHED 4.0
/* Of a loop that a graph follows. */
#define PASSES 8e6

/* What one process saw. */
typedef struct Seen {
    double first, second;     /* ms from the statement to the first picture: of its first window, of
                                 the next */
    double beginning, steady; /* ms between two pictures of a plot that grows, at a mean */
    double gap;               /* ms, the longest between two once the run is steady */
    double closed, open;      /* ns of a pass of a loop without windows, with the graph's */
    double follows;           /* ms between two pictures of that graph */
    double empty;             /* ms to an empty window of SDL2, in a process after this one */
} Seen;

/* When pictures were drawn. */
typedef struct Watch {
    Session *s;
    volatile sig_atomic_t stop;
    uint64_t frames;
    double begun; /* s */
    double at[MOST_FRAMES];
    int n;
} Watch;

static uint64_t frames(const Watch *w, const char *kind)
{
    return nb_viz_window_frames(view_viz(w->s), kind);
}

static void run(const Watch *w, const char *text)
{
    session_run(w->s, text, strlen(text), "", 1, 0);
}

/* Runs the statement and waits until the window shows something. ms. */
static double opening(const Watch *w, const char *text, const char *kind)
{
    double start = bench_now();
    run(w, text);
    while (frames(w, kind) == 0 && bench_now() < start + 10) {
        session_pump(w->s);
    }
    return 1e3 * (bench_now() - start);
}

static void tick(void *user)
{
    Watch *w = user;
    uint64_t now = frames(w, "plot");
    if (now != w->frames && w->n < MOST_FRAMES) {
        w->at[w->n++] = bench_now() - w->begun;
    }
    w->frames = now;
    w->stop = w->begun > 0 && bench_now() > w->begun + WATCHED;
}

static void rates(const Watch *w, Seen *seen)
{
    int early = 0;
    for (int i = 0; i < w->n; i++) {
        early += w->at[i] < BEGINNING;
        if (i > 0 && w->at[i - 1] >= BEGINNING && 1e3 * (w->at[i] - w->at[i - 1]) > seen->gap) {
            seen->gap = 1e3 * (w->at[i] - w->at[i - 1]);
        }
    }
    seen->beginning = early > 0 ? 1e3 * BEGINNING / early : 0;
    seen->steady = w->n > early ? 1e3 * (WATCHED - BEGINNING) / (w->n - early) : 0;
}

/* ns of one pass of a loop over the graph. */
static double pass(const Watch *w)
{
    double start = bench_now();
    run(w, "repeat 8000000 { forward f; cleargrad; backward f; step opt }");
    return 1e9 * (bench_now() - start) / PASSES;
}

static void nothing(void *user, bool err, const char *text, size_t n)
{
    (void)user, (void)err, (void)text, (void)n;
}

/* What the first windows of a process do. */
static Seen watch(void)
{
    static Watch w;
    static const Front front = {
        .user = &w, .is = FRONT_WINDOWS | FRONT_PERSON, .write = nothing, .tick = tick};
    Seen seen = {0};
    w.s = session_new(&commands_kit, &w.stop, false);
    if (!w.s || !session_front(w.s, &front)) {
        return seen;
    }
    run(&w, "x = 0; y = 2; f = (1 - x)^2 + 100*(y - x^2)^2; opt = sgd(x, y, lr=1e-9)");
    for (int wait; (wait = session_timeout(w.s)) >= 0;) { /* as at the prompt */
        poll(NULL, 0, wait);
        session_pump(w.s);
    }
    seen.first = opening(&w, "graph f", "graph");
    run(&w, "close graph");
    seen.second = opening(&w, "plot f", "plot");
    w.begun = bench_now();
    run(&w, "minimize f, sgd(x, y, lr=1e-9), steps=1000000000");
    rates(&w, &seen);
    w.stop = 0;
    w.begun = 0;
    run(&w, "close");
    seen.closed = pass(&w);
    run(&w, "graph f");
    uint64_t before = frames(&w, "graph");
    seen.open = pass(&w);
    seen.follows = 1e-6 * seen.open * PASSES / (double)(frames(&w, "graph") - before);
    run(&w, "close");
    session_free(&w.s);
    return seen;
}

/* What SDL2 alone needs from loading it to an empty window that is shown. */
static Seen empty(void)
{
    Seen seen = {0};
    NbSdl sdl = {0};
    NbErr err = {0};
    double start = bench_now();
    SDL_Window *win = nb_viz_sdl_start(&sdl, &err) ? NULL
                                                   : sdl.CreateWindow("empty", 0, 0, 960, 640, 0);
    if (win && sdl.GetWindowSurface(win) && sdl.UpdateWindowSurface(win) == 0) {
        seen.first = 1e3 * (bench_now() - start);
    }
    return seen;
}

/* The same in a process of its own, so that nothing was opened before; false when it failed. */
static bool apart(Seen (*work)(void), Seen *seen)
{
    int to[2], status = 1;
    if (pipe(to) != 0) {
        return false;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        Seen mine = work();
        _exit(write(to[1], &mine, sizeof mine) == (ssize_t)sizeof mine ? 0 : 1);
    }
    close(to[1]);
    bool got = child > 0 && read(to[0], seen, sizeof *seen) == (ssize_t)sizeof *seen;
    close(to[0]);
    if (child > 0) {
        waitpid(child, &status, 0);
    }
    return got && status == 0 && seen->first > 0;
}

/* A pass of a loop with the graph's window and without: the median ratio. */
static void follow_rows(const Seen *seen)
{
    double with[RUNS], ratio[RUNS];
    for (int i = 0; i < RUNS; i++) {
        with[i] = seen[i].open;
        ratio[i] = seen[i].open / seen[i].closed;
    }
    double ours = bench_median(with, RUNS);
    bench_row(&(BenchRow){.work = "a loop while the graph window follows it",
                          .unit = "ns/pass",
                          .ours = ours,
                          .against = "no window",
                          .reference = ours / bench_median(ratio, RUNS),
                          .reach = 1 / 0.9,
                          .figure = "a tenth is drawn"});
}

/* The median over RUNS processes of a member of Seen. */
static void row(const Seen *seen, const char *work, size_t member, double reach, const char *figure)
{
    double v[RUNS];
    for (int i = 0; i < RUNS; i++) {
        memcpy(&v[i], (const char *)&seen[i] + member, sizeof v[i]);
    }
    bench_row(&(BenchRow){.work = work,
                          .unit = "ms",
                          .ours = bench_median(v, RUNS),
                          .reach = reach,
                          .figure = figure});
}

void bench_windows(void)
{
    char display[32];
    Seen seen[RUNS];
    int n = 0;
    unsetenv("WAYLAND_DISPLAY");
    /* a desktop has a session bus; without one SDL would try to start it */
    setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:", 0);
    setenv("NABLA_WORKER", proc_env("NB_PROGRAM", "build/nabla"), 1);
    bench_heading("windows (X server without a manager, median of 7 processes)");
    fflush(stdout); /* what starts the server has a copy of what was not written yet */
    pid_t server = xserver_start_screen("1920x1080x24", display, sizeof display);
    if (server == 0) {
        printf("no windows: Xvfb is not there\n");
        return;
    }
    setenv("DISPLAY", display, 1);
    Seen alone;
    while (n < RUNS && apart(watch, &seen[n]) && seen[n].steady > 0 && apart(empty, &alone)) {
        seen[n++].empty = alone.first;
    }
    if (n == RUNS) {
        row(seen, "first window of a process: seen after", offsetof(Seen, first), 80, NULL);
        row(seen, "an empty one of SDL2, for comparison", offsetof(Seen, empty), 0, NULL);
        row(seen, "the next one", offsetof(Seen, second), 80, NULL);
        row(seen, "plot while minimize runs: a picture every", offsetof(Seen, beginning), 18.2,
            "55 a second");
        row(seen, "the same after its first 2 s", offsetof(Seen, steady), 18.2, "55 a second");
        row(seen, "longest pause between two of these", offsetof(Seen, gap), 0, NULL);
        follow_rows(seen);
        row(seen, "the graph: a picture every", offsetof(Seen, follows), 50, "20 a second");
    } else {
        printf("no windows: a process with them failed\n");
    }
    xserver_stop(&server, SIGTERM);
    unsetenv("DISPLAY");
}
