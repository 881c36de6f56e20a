/* loop.c -- the prompt: keys, windows, signals and timers in one loop */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cmd/view.h"
#include "edit.h"
#include "history.h"
#include "limit.h"
#include "player.h"
#include "signals.h"

/* --- the terminal --- */

static void leave(Session *s)
{
    s->leave = true;
    s->leave_status = 128 + *s->ending;
}

/* Runs what was typed; the prompt comes back whatever happens. */
static RunEnd run_input(Session *s, const char *text)
{
    if (history_add(s->history, text)) {
        edit_remember(history_at(s->history, history_count(s->history) - 1));
    }
    *s->interrupt = 0;
    unsigned how = (strchr(text, '\n') ? 0 : RUN_PROMPT) | (s->set.echo ? RUN_ECHO : 0);
    RunEnd end = session_run(s, text, strlen(text), "", 1, how);
    *s->interrupt = 0;
    fflush(s->out);
    fflush(s->err);
    if (*s->ending) {
        leave(s);
    }
    return end;
}

/* What a lesson or presentation shows next. */
static void play(Session *s)
{
    const char *line = s->player && !s->leave ? player_turn(s, s->player) : NULL;
    if (s->player && !line) {
        player_free(&s->player);
    }
    edit_offer(line);
    fflush(s->out);
}

/* Runs a whole input, or with a player lets an empty line ask for more. */
static void take_input(Session *s, const char *text)
{
    s->player_moved = false;
    if (text[strspn(text, " \t\n")]) {
        RunEnd end = run_input(s, text);
        if (s->player && !s->player_moved) {
            player_entered(s, s->player, text, s->offered, end);
        }
    } else if (s->player) {
        player_empty(s, s->player);
    }
}

static void begin_input(Session *s)
{
    text_reset(&s->input);
    s->growing = (Growing){0};
}

static void on_line(Session *s, const char *line)
{
    Text *input = &s->input;
    if (!line) { /* Ctrl-D */
        fputc('\n', s->out);
        begin_input(s);
        s->leave = true;
        return;
    }
    if (input->len > 0) {
        text_add(input, "\n");
    } else {
        s->offered = edit_offer_taken();
    }
    text_add(input, line);
    const char *text = text_str(input);
    if (interp_growing(s->interp, &s->growing, text, input->len)) {
        edit_more(true);
        edit_offer(s->player && s->offered ? player_rest(s->player) : NULL);
        return;
    }
    take_input(s, text);
    begin_input(s);
    edit_more(false);
    play(s);
}

static void interrupted(Session *s)
{
    view_cancel(s);
    *s->interrupt = 0;
    view_stop(s);
    begin_input(s);
    play(s);
    edit_clear();
}

/* Waits for keys, windows and Ctrl-C, and serves what came; false when that is impossible. */
static bool turn(Session *s, void (*on_interrupt)(Session *s))
{
    struct pollfd fd[3] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = s->wake, .events = POLLIN},
                           {.fd = view_fd(s), .events = POLLIN}};
    int n = *s->interrupt ? 0 : poll(fd, 3, view_timeout(s)); /* a negative fd is left out */
    if (n < 0 && errno != EINTR) {
        return false;
    }
    if (n > 0 && fd[1].revents) {
        signals_drain();
    }
    if (*s->ending || limit_time_over()) {
        leave(s);
        if (s->ask) {
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
    view_pump(s);
    return true;
}

void loop_terminal(Session *s)
{
    play(s);
    edit_begin(s, on_line);
    while (!s->leave && turn(s, interrupted)) {
    }
    edit_end();
    if (*s->ending || limit_time_over()) {
        fputc('\n', s->out); /* the shell's prompt begins its own line */
    }
}

/* --- asking --- */

struct Ask {
    char *buf;
    size_t cap;
    bool done, answered;
};

static void answered(Session *s, const char *line)
{
    struct Ask *ask = s->ask;
    ask->done = true;
    ask->answered = line != NULL;
    if (line) {
        snprintf(ask->buf, ask->cap, "%s", line);
    }
}

static void ask_interrupted(Session *s)
{
    *s->interrupt = 0;
    if (!s->ask->done) {
        edit_answer(NULL);
        answered(s, NULL);
    }
}

bool session_can_ask(const Session *s)
{
    return s->interactive && !s->ask && !s->leave;
}

bool session_ask(Session *s, const char *prompt, char *buf, size_t cap)
{
    if (!session_can_ask(s)) {
        return false;
    }
    struct Ask ask = {.buf = buf, .cap = cap};
    buf[0] = '\0';
    fflush(s->out);
    fflush(s->err);
    s->ask = &ask;
    edit_ask(prompt, answered);
    while (!ask.done) {
        if (!turn(s, ask_interrupted)) {
            ask_interrupted(s);
        }
    }
    s->ask = NULL;
    return ask.answered;
}

void session_answer(Session *s, const char *line)
{
    if (s->ask && !s->ask->done) {
        edit_answer(line);
        answered(s, line);
    }
}

void loop_windows(Session *s)
{
    while (!*s->interrupt && view_open(s)) {
        struct pollfd fd[2] = {{.fd = view_fd(s), .events = POLLIN},
                               {.fd = s->wake, .events = POLLIN}};
        int wait = view_timeout(s);
        if (poll(fd, 2, wait < 0 ? 1000 : wait) < 0 && errno != EINTR) {
            return;
        }
        if (fd[1].revents) {
            signals_drain();
        }
        view_pump(s);
    }
}
