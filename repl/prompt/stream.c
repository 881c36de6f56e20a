/* stream.c -- statements from a pipe or file on standard input, run as they come */
#include "prompt/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prompt/signals.h"

#define CHUNK 65536
#define MOST_BYTES ((size_t)64 << 20) /* of a line, and of a statement */

typedef struct Reader {
    Session *s;
    Text bytes;    /* read, not used up to `at` */
    size_t at;     /* where the line begins */
    size_t line;   /* its length, with the newline */
    size_t looked; /* bytes behind `at` without a newline */
    bool have;     /* the line was not used */
    bool ended;
    int number; /* of the line last read */
    int error;  /* errno, 0: none */
} Reader;

static const char *line_of(const Reader *r)
{
    return text_str(&r->bytes) + r->at;
}

/* Waits for more, or for a signal. false at the end. */
static bool read_more(Reader *r)
{
    char chunk[CHUNK];
    struct pollfd fd[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = r->s->wake, .events = POLLIN}};
    for (;;) {
        if (*r->s->interrupt) {
            r->ended = true;
            return false;
        }
        if (poll(fd, 2, -1) < 0 && errno != EINTR) {
            break;
        }
        if (fd[1].revents) {
            signals_drain();
        }
        ssize_t n = fd[0].revents ? read(STDIN_FILENO, chunk, sizeof chunk) : -1;
        if (n > 0) {
            text_addn(&r->bytes, chunk, (size_t)n);
            if (r->bytes.failed) { /* it is empty now */
                r->at = r->looked = 0;
                r->error = ENOMEM;
                r->ended = true;
            }
            return !r->ended;
        }
        if (n == 0 || (fd[0].revents && errno != EINTR && errno != EAGAIN)) {
            r->error = n < 0 ? errno : 0;
            break;
        }
    }
    r->ended = true;
    return false;
}

static void drop_used(Reader *r)
{
    size_t left = r->bytes.len - r->at;
    if (r->at > 0 && r->at >= left) { /* each byte is moved once at most */
        memmove(r->bytes.s, r->bytes.s + r->at, left + 1);
        r->bytes.len = left;
        r->at = 0;
    }
}

/* The last one need not end. */
static bool next_line(Reader *r)
{
    if (r->have) {
        return true;
    }
    drop_used(r);
    const char *end = NULL;
    for (r->looked = 0; !end;) {
        size_t n = r->bytes.len - r->at;
        end = n > r->looked ? memchr(line_of(r) + r->looked, '\n', n - r->looked) : NULL;
        r->looked = n;
        if (!end && (n >= MOST_BYTES || r->ended || !read_more(r))) {
            break;
        }
    }
    r->line = end ? (size_t)(end - line_of(r)) + 1 : r->bytes.len - r->at;
    r->have = r->line > 0 && !*r->s->interrupt;
    r->number += r->have;
    return r->have;
}

/* --- statements --- */

static bool is_blank(const char *text, size_t len)
{
    while (len > 0 && text[len - 1] && strchr(" \t\r\n", text[len - 1])) {
        len--;
    }
    return len == 0;
}

static bool starts_with_word(const char *text, const char *word)
{
    text += strspn(text, " \t\r\n");
    size_t n = strlen(word);
    return strncmp(text, word, n) == 0 && !(text[n] == '_' || (text[n] >= '0' && text[n] <= '9') ||
                                            (text[n] >= 'a' && text[n] <= 'z'));
}

/* An `if` that may go on with an `else` on the next line. */
static bool may_go_on(const Text *t)
{
    size_t n = t->len;
    const char *text = text_str(t);
    while (n > 0 && text[n - 1] && strchr(" \t\r\n", text[n - 1])) {
        n--;
    }
    return n > 0 && text[n - 1] == '}' && starts_with_word(text, "if");
}

/* One statement, perhaps of several lines, into text; false at the end of the stream. */
static bool next_statement(Reader *r, Text *text, int *first)
{
    Growing growing = {0};
    bool whole = false; /* but for an `else` */
    text_reset(text);
    while (next_line(r)) {
        if (whole && !is_blank(line_of(r), r->line) && !starts_with_word(line_of(r), "else")) {
            return true;
        }
        if (text->len == 0) {
            *first = r->number;
        }
        text_addn(text, line_of(r), r->line);
        r->at += r->line;
        r->have = false;
        if (text->failed) {
            return true; /* what runs it says so */
        }
        if (is_blank(text_str(text), text->len)) {
            text_reset(text);
            continue;
        }
        whole = !interp_growing(r->s->interp, &growing, text_str(text), text->len);
        if ((whole && !may_go_on(text)) || text->len >= MOST_BYTES) {
            return true;
        }
    }
    return text->len > 0 && !*r->s->interrupt;
}

RunEnd stream_run(Session *s, unsigned how, bool keep_on)
{
    Reader r = {.s = s, .bytes = text_in(s->lost)};
    Text text = text_in(s->lost);
    RunEnd end = RUN_OK;
    int first = 1;
    while ((end == RUN_OK || (keep_on && end == RUN_ERROR)) && next_statement(&r, &text, &first)) {
        end = session_run_text(s, &text, "stdin", first, how);
        if (text.failed) {
            text_free(&text);
        }
        fflush(s->out);
    }
    if (end != RUN_LEAVE && *s->interrupt) {
        end = RUN_INTERRUPT;
    } else if (r.error) {
        session_say(s, "nabla: cannot read the input: %s",
                    r.error == ENOMEM ? "out of memory" : strerror(r.error));
        end = RUN_ERROR;
    }
    text_free(&r.bytes);
    text_free(&text);
    return end;
}
