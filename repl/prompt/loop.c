/* loop.c -- the prompt: keys, windows, signals and timers in one loop */
#include "prompt/loop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "prompt/edit.h"
#include "session/history.h"
#include "session/input.h"
#include "session/report.h"
#include "prompt/signals.h"

#define MOST_FDS 8
#define BAR_WIDTH 24
#define MARGIN 4 /* columns of the terminal that no text takes */

/* The terminal's front. Readline has one terminal in a process. */
static struct Prompt {
    Session *s;
    Input *input;
    struct Ask { /* a command waits for a line */
        char *buf;
        size_t cap;
        bool done, answered;
    } * ask;
} prompt;

static void leave(Session *s)
{
    s->leave = true;
    s->leave_status = 128 + *s->ending;
}

/* --- lines --- */

static void on_line(Session *s, const char *line)
{
    if (!line) { /* Ctrl-D */
        fputc('\n', stdout);
        input_drop(prompt.input);
        s->leave = true;
        return;
    }
    session_width(s, edit_columns() - MARGIN);
    edit_more(input_line(prompt.input, line, edit_offer_taken()));
    if (*s->ending) {
        leave(s);
    }
}

static void interrupted(Session *s)
{
    *s->interrupt = 0;
    session_idle(s);
    input_drop(prompt.input);
    input_turn(prompt.input);
    edit_clear();
}

/* Waits for keys, windows and Ctrl-C, and serves what came; false when that is impossible. */
static bool turn(Session *s, void (*on_interrupt)(Session *s))
{
    struct pollfd fd[2 + MOST_FDS] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                      {.fd = s->wake, .events = POLLIN}};
    int windows[MOST_FDS], m = session_fds(s, windows, MOST_FDS);
    for (int i = 0; i < m; i++) {
        fd[2 + i] = (struct pollfd){.fd = windows[i], .events = POLLIN};
    }
    /* a negative fd is left out */
    int n = *s->interrupt ? 0 : poll(fd, 2 + (nfds_t)m, session_timeout(s));
    if (n < 0 && errno != EINTR) {
        return false;
    }
    if (n > 0 && fd[1].revents) {
        signals_drain();
    }
    if (*s->ending || *s->clock.over) {
        leave(s);
        if (session_asking(s)) {
            on_interrupt(s);
        }
        return true;
    }
    if (*s->interrupt) {
        on_interrupt(s);
    } else if (*signals_terminal()) {
        *signals_terminal() = 0;
        edit_resumed();
    }
    if (n > 0 && fd[0].revents) { /* keys come before pictures */
        edit_read();
    }
    session_pump(s);
    return true;
}

/* --- asking --- */

static void answered(Session *s, const char *line)
{
    (void)s;
    struct Ask *ask = prompt.ask;
    ask->done = true;
    ask->answered = line != NULL;
    if (line) {
        snprintf(ask->buf, ask->cap, "%s", line);
    }
}

static void ask_interrupted(Session *s)
{
    *s->interrupt = 0;
    if (!prompt.ask->done) {
        edit_answer(NULL);
        answered(s, NULL);
    }
}

static bool front_ask(void *user, const FrontAsk *q, char *buf, size_t cap)
{
    Session *s = prompt.s;
    struct Ask ask = {.buf = buf, .cap = cap};
    (void)user;
    prompt.ask = &ask;
    edit_ask(q->prompt, answered);
    while (!ask.done) {
        if (!turn(s, ask_interrupted)) {
            ask_interrupted(s);
        }
    }
    prompt.ask = NULL;
    return ask.answered;
}

static void front_answer(void *user, const char *line)
{
    (void)user;
    if (prompt.ask && !prompt.ask->done) {
        edit_answer(line);
        answered(prompt.s, line);
    }
}

/* --- what is told --- */

static void front_aside(void *user, bool begin)
{
    (void)user;
    edit_aside(begin);
}

static void front_progress(void *user, double part, const char *text)
{
    (void)user;
    if (text) {
        fputs("\r[", stderr);
        for (int i = 0; i < BAR_WIDTH; i++) {
            fputc(i < (int)(part * BAR_WIDTH) ? '#' : ' ', stderr);
        }
        fprintf(stderr, "] %s", text);
    } else {
        fputc('\r', stderr);
    }
    fputs("\033[K", stderr);
    fflush(stderr);
}

static void front_offer(void *user, const char *line)
{
    (void)user;
    edit_offer(line);
}

static void front_typed(void *user, const char *line)
{
    (void)user;
    edit_remember(line);
}

bool loop_terminal(Session *s, unsigned is)
{
    Front front = {.is = is | FRONT_PERSON,
                   .aside = front_aside,
                   .progress = is & FRONT_ERR_TTY ? front_progress : NULL,
                   .ask = front_ask,
                   .answer = front_answer,
                   .offer = front_offer,
                   .typed = front_typed};
    prompt.s = s;
    prompt.input = input_new(s);
    if (!prompt.input || !session_front(s, &front)) {
        input_free(&prompt.input);
        return false;
    }
    input_turn(prompt.input);
    edit_begin(s, on_line);
    while (!s->leave && turn(s, interrupted)) {
    }
    edit_end();
    input_free(&prompt.input);
    if (*s->ending || *s->clock.over) {
        fputc('\n', stdout); /* the shell's prompt begins its own line */
    }
    return true;
}

void loop_windows(Session *s)
{
    while (!*s->interrupt && session_open(s)) {
        struct pollfd fd[1 + MOST_FDS] = {{.fd = s->wake, .events = POLLIN}};
        int windows[MOST_FDS], m = session_fds(s, windows, MOST_FDS), wait = session_timeout(s);
        for (int i = 0; i < m; i++) {
            fd[1 + i] = (struct pollfd){.fd = windows[i], .events = POLLIN};
        }
        if (poll(fd, 1 + (nfds_t)m, wait < 0 ? 1000 : wait) < 0 && errno != EINTR) {
            return;
        }
        if (fd[0].revents) {
            signals_drain();
        }
        session_pump(s);
    }
}
