/* front.c -- the session's side of its front: streams, asking, telling */
#define _GNU_SOURCE /* fopencookie */
#include "session/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/core.h"

#define LEAST_COLUMNS 20 /* of a telephone */

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
    to[0] = fopencookie(&s->core->front, "w", (cookie_io_functions_t){.write = write_out});
    to[1] = fopencookie(&s->core->front, "w", (cookie_io_functions_t){.write = write_err});
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
    close_streams(s->core->to_front);
    s->core->front = front ? *front : (Front){0};
    memcpy(s->core->to_front, to, sizeof to);
    s->out = to[0] ? to[0] : stdout;
    s->err = to[1] ? to[1] : stderr;
    session_width(s, 0);
    if (s->interp) {
        interp_output(s->interp, s->out);
    }
    return true;
}

void session_width(Session *s, int columns)
{
    int *wide = &s->core->front.columns;
    if (columns > 0) {
        *wide = columns < LEAST_COLUMNS ? LEAST_COLUMNS : columns;
        *wide = *wide > SESSION_WIDEST ? SESSION_WIDEST : *wide;
    }
    s->columns = s->set.width > 0 ? s->set.width : *wide > 0 ? *wide : SESSION_COLUMNS;
}

int session_wraps(const Session *s)
{
    return session_is(s, FRONT_ERR_TTY) ? s->columns : 0;
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
    return s->core->front.is & what;
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
    if (s->core->front.aside) {
        s->core->front.aside(s->core->front.user, begin);
    }
}

void session_error(Session *s, const LangError *e, bool stopped)
{
    LangError told = *e;
    if (!s->set.unicode) { /* the hint, which is text of ours, in ASCII */
        interp_plain(e->err.hint, told.err.hint, sizeof told.err.hint);
    }
    session_flush(s);
    if (s->core->front.error) {
        s->core->front.error(s->core->front.user, &told, stopped);
    } else if (!stopped) {
        lang_error_print(&told, s->err, session_is(s, FRONT_COLOUR_ERR), session_wraps(s));
        fflush(s->err);
    }
}

void session_show(Session *s, const FrontForm *form, int n, const char *id)
{
    session_flush(s);
    s->core->front.show(s->core->front.user, form, n, id);
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
    return session_is(s, FRONT_FORMS) && s->core->front.show;
}

bool session_takes_pictures(const Session *s)
{
    return session_is(s, FRONT_PICTURES) && s->core->front.show;
}

void session_text_alone(Session *s, bool on)
{
    unsigned *is = &s->core->front.is;
    *is = on ? *is & ~(unsigned)FRONT_FORMS : *is | FRONT_FORMS;
}

bool session_has_progress(const Session *s)
{
    return s->core->front.progress;
}

void session_progress(Session *s, double part, const char *text)
{
    if (s->core->front.progress && (text || s->core->in_progress)) {
        session_flush(s);
        s->core->front.progress(s->core->front.user, part, text);
    }
    s->core->in_progress = s->core->front.progress && text;
}

void session_stopped(Session *s)
{
    if (session_is(s, FRONT_ERR_TTY) && !s->core->in_progress) {
        fputc('\n', s->err); /* after the ^C of the terminal */
    }
}

void session_wrote(Session *s, const char *path)
{
    if (s->core->front.wrote) {
        s->core->front.wrote(s->core->front.user, path);
    }
}

void session_tick(Session *s)
{
    if (s->core->front.tick) {
        s->core->front.tick(s->core->front.user);
    }
}

/* --- asking --- */

bool session_can_ask(const Session *s)
{
    return s->core->front.ask && !s->core->asking && !s->leave &&
           (!s->core->front.can_ask || s->core->front.can_ask(s->core->front.user));
}

bool session_asking(const Session *s)
{
    return s->core->asking;
}

bool session_ask(Session *s, const FrontAsk *q, char *buf, size_t cap)
{
    buf[0] = '\0';
    if (!session_can_ask(s)) {
        return false;
    }
    session_flush(s);
    s->core->asking = q;
    bool answered = s->core->front.ask(s->core->front.user, q, buf, cap);
    s->core->asking = NULL;
    return answered;
}

bool session_arrow(Session *s, int direction)
{
    const char *line =
        s->core->asking ? (direction > 0 ? s->core->asking->on : s->core->asking->back) : NULL;
    if (line && s->core->front.answer) {
        s->core->front.answer(s->core->front.user, line);
    }
    return line;
}
