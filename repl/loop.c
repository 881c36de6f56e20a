/* loop.c -- the prompt: keys, windows and timers in one loop; reading from a pipe */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/view.h"
#include "edit.h"
#include "history.h"
#include "player.h"

/* --- the terminal --- */

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
    fflush(stdout);
    fflush(stderr);
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
    fflush(stdout);
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

static void on_line(Session *s, const char *line)
{
    Text *input = &s->input;
    if (!line) { /* Ctrl-D */
        fputc('\n', stdout);
        text_reset(input);
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
    if (interp_incomplete(s->interp, text, input->len)) {
        edit_more(true);
        edit_offer(s->player && s->offered ? player_rest(s->player) : NULL);
        return;
    }
    take_input(s, text);
    text_reset(input);
    edit_more(false);
    play(s);
}

static void interrupted(Session *s)
{
    view_cancel(s);
    *s->interrupt = 0;
    view_stop(s);
    text_reset(&s->input);
    play(s);
    edit_clear();
}

static void drain(int fd)
{
    char bytes[64];
    while (read(fd, bytes, sizeof bytes) > 0) {
    }
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
        drain(s->wake);
    }
    if (*s->interrupt) {
        on_interrupt(s);
    } else if (n < 0) {
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
    fflush(stdout);
    fflush(stderr);
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
        struct pollfd fd = {.fd = view_fd(s), .events = POLLIN};
        int wait = view_timeout(s);
        if (poll(&fd, fd.fd >= 0, wait < 0 ? 1000 : wait) < 0 && errno != EINTR) {
            return;
        }
        view_pump(s);
    }
}

/* --- a stream --- */

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static bool starts_with_word(const char *text, const char *word)
{
    text += strspn(text, " \t\r\n");
    size_t n = strlen(word);
    return strncmp(text, word, n) == 0 && !(text[n] == '_' || (text[n] >= '0' && text[n] <= '9') ||
                                            (text[n] >= 'a' && text[n] <= 'z'));
}

/* An `if` that may go on with an `else` on the next line. */
static bool may_go_on(const char *text)
{
    size_t n = strlen(text);
    while (n > 0 && strchr(" \t\r\n", text[n - 1])) {
        n--;
    }
    return n > 0 && text[n - 1] == '}' && starts_with_word(text, "if");
}

typedef struct Reader {
    FILE *in;
    char *line;
    size_t len, cap;
    bool have;  /* line holds one that was not used */
    int number; /* of the line last read */
} Reader;

static bool next_line(Reader *r)
{
    if (!r->have) {
        ssize_t n = getline(&r->line, &r->cap, r->in);
        if (n < 0) {
            return false;
        }
        r->len = (size_t)n;
        r->number++;
    }
    r->have = true;
    return true;
}

/* One statement, perhaps of several lines, into text; false at the end of the stream. */
static bool next_statement(Session *s, Reader *r, Text *text, int *first)
{
    text_reset(text);
    while (next_line(r)) {
        if (text->len > 0 && !interp_incomplete(s->interp, text_str(text), text->len)) {
            bool more = may_go_on(text_str(text)) &&
                        (is_blank(r->line) || starts_with_word(r->line, "else"));
            if (!more) {
                return true;
            }
        }
        if (text->len == 0) {
            *first = r->number;
        }
        text_addn(text, r->line, r->len);
        r->have = false;
        if (!is_blank(text_str(text)) && !may_go_on(text_str(text)) &&
            !interp_incomplete(s->interp, text_str(text), text->len)) {
            return true;
        }
        if (is_blank(text_str(text))) {
            text_reset(text);
        }
    }
    return text->len > 0;
}

RunEnd loop_stream(Session *s, FILE *in, unsigned how, bool keep_on)
{
    Reader r = {.in = in};
    Text text = text_in(s->lost);
    RunEnd end = RUN_OK;
    int first = 1;
    while ((end == RUN_OK || (keep_on && end != RUN_LEAVE)) &&
           next_statement(s, &r, &text, &first)) {
        end = session_run(s, text_str(&text), text.len, "stdin", first, how);
        fflush(stdout);
    }
    free(r.line);
    text_free(&text);
    return end;
}
