/* front.c -- the session's side of its front: streams, asking, telling */
#define _GNU_SOURCE /* fopencookie */
#include "session/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/history.h"
#include "session/session.h"

/* --- streams --- */

static ssize_t write_out(void *user, const char *text, size_t n)
{
    const Front *f = user;
    f->write(f->user, false, text, n);
    return (ssize_t)n;
}

static ssize_t write_err(void *user, const char *text, size_t n)
{
    const Front *f = user;
    f->write(f->user, true, text, n);
    return (ssize_t)n;
}

static void close_streams(FILE **stream)
{
    for (int i = 0; i < 2; i++) {
        if (stream[i]) {
            fclose(stream[i]);
            stream[i] = NULL;
        }
    }
}

/* Where a front takes bytes itself. */
static bool open_streams(Session *s, FILE **to)
{
    to[0] = fopencookie(&s->front, "w", (cookie_io_functions_t){.write = write_out});
    to[1] = fopencookie(&s->front, "w", (cookie_io_functions_t){.write = write_err});
    if (to[0] && to[1]) {
        return true;
    }
    close_streams(to);
    return false;
}

bool session_front(Session *s, const Front *front)
{
    FILE *to[2] = {NULL, NULL};
    session_flush(s);
    if (front && front->write && !open_streams(s, to)) {
        return false;
    }
    close_streams(s->to_front);
    s->front = front ? *front : (Front){0};
    memcpy(s->to_front, to, sizeof to);
    s->out = to[0] ? to[0] : stdout;
    s->err = to[1] ? to[1] : stderr;
    s->columns = s->front.columns > 0 ? s->front.columns : SESSION_COLUMNS;
    if (s->interp) {
        interp_output(s->interp, s->out);
    }
    return true;
}

void session_flush(Session *s)
{
    if (s->out) {
        fflush(s->out);
        fflush(s->err);
    }
}

bool session_is(const Session *s, unsigned what)
{
    return s->front.is & what;
}

bool session_windows(const Session *s)
{
    return session_is(s, FRONT_WINDOWS) && !s->safe;
}

/* --- telling --- */

void session_aside(Session *s, bool begin)
{
    if (!begin) {
        session_flush(s);
    }
    if (s->front.aside) {
        s->front.aside(s->front.user, begin);
    }
}

void session_error(Session *s, const LangError *e, bool stopped)
{
    LangError told = *e;
    if (!s->set.unicode) { /* the hint, which is text of ours, in ASCII */
        interp_plain(e->err.hint, told.err.hint, sizeof told.err.hint);
    }
    session_flush(s);
    if (s->front.error) {
        s->front.error(s->front.user, &told, stopped);
    } else if (!stopped) {
        lang_error_print(&told, s->err, session_is(s, FRONT_COLOUR_ERR));
        fflush(s->err);
    }
}

void session_show(Session *s, const FrontForm *form, int n, const char *id)
{
    session_flush(s);
    s->front.show(s->front.user, form, n, id);
}

void session_capture(Session *s, Capture *c)
{
    *c = (Capture){.before = s->out};
    c->mem = open_memstream(&c->text, &c->size);
    s->out = c->mem ? c->mem : s->out;
}

char *session_captured(Session *s, Capture *c)
{
    s->out = c->before;
    bool ok = c->mem && fclose(c->mem) == 0;
    if (!ok) {
        *s->lost = true;
        free(c->text);
    }
    return ok ? c->text : NULL;
}

bool session_takes_forms(const Session *s)
{
    return session_is(s, FRONT_FORMS) && s->front.show;
}

bool session_has_progress(const Session *s)
{
    return s->front.progress;
}

void session_progress(Session *s, double part, const char *text)
{
    if (s->front.progress && (text || s->in_progress)) {
        session_flush(s);
        s->front.progress(s->front.user, part, text);
    }
    s->in_progress = s->front.progress && text;
}

void session_stopped(Session *s)
{
    if (session_is(s, FRONT_ERR_TTY) && !s->in_progress) {
        fputc('\n', s->err); /* after the ^C of the terminal */
    }
}

void session_typed(Session *s, const char *line)
{
    if (history_add(s->history, line) && s->front.typed) {
        s->front.typed(s->front.user, history_at(s->history, history_count(s->history) - 1));
    }
}

void session_wrote(Session *s, const char *path)
{
    if (s->front.wrote) {
        s->front.wrote(s->front.user, path);
    }
}

void session_tick(Session *s)
{
    if (s->front.tick) {
        s->front.tick(s->front.user);
    }
}

/* --- asking --- */

bool session_can_ask(const Session *s)
{
    return s->front.ask && !s->asking && !s->leave &&
           (!s->front.can_ask || s->front.can_ask(s->front.user));
}

bool session_ask(Session *s, const FrontAsk *q, char *buf, size_t cap)
{
    buf[0] = '\0';
    if (!session_can_ask(s)) {
        return false;
    }
    session_flush(s);
    s->asking = q;
    bool answered = s->front.ask(s->front.user, q, buf, cap);
    s->asking = NULL;
    return answered;
}

bool session_arrow(Session *s, int direction)
{
    const char *line = s->asking ? (direction > 0 ? s->asking->on : s->asking->back) : NULL;
    if (line && s->front.answer) {
        s->front.answer(s->front.user, line);
    }
    return line;
}
