/* part.c -- the parts of a session, called in the order of its kit */
#include "session/part.h"

#include <stdlib.h>

#include "session/core.h"

void *session_part(const Session *s, const PartKey *key)
{
    int i = 0;
    while (s->core->kit->part[i]->key != key) {
        i++;
    }
    return s->core->part[i];
}

bool parts_new(Session *s)
{
    int n = 0;
    while (s->core->kit->part[n]) {
        n++;
    }
    s->core->part = calloc((size_t)n + 1, sizeof *s->core->part);
    for (int i = 0; s->core->part && i < n; i++) {
        s->core->part[i] = calloc(1, s->core->kit->part[i]->key->size);
        if (!s->core->part[i]) {
            return false;
        }
    }
    return s->core->part;
}

void parts_free(Session *s)
{
    bool whole = s->core->part;
    for (int i = 0; whole && s->core->kit->part[i]; i++) {
        whole = s->core->part[i];
    }
    if (whole) {
        for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
            if ((*p)->free) {
                (*p)->free(s);
            }
        }
    }
    for (int i = 0; s->core->part && s->core->kit->part[i]; i++) {
        free(s->core->part[i]);
    }
    free(s->core->part);
    s->core->part = NULL;
}

void parts_before(Session *s)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->before) {
            (*p)->before(s);
        }
    }
}

RunEnd parts_after(Session *s, RunEnd end)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->after) {
            end = (*p)->after(s, end);
        }
    }
    return end;
}

void parts_follow(Session *s)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->follow) {
            (*p)->follow(s);
        }
    }
}

void parts_changed(Session *s)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->changed) {
            (*p)->changed(s);
        }
    }
}

void parts_settings(Session *s)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->settings) {
            (*p)->settings(s);
        }
    }
}

void parts_forget(Session *s)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->forget) {
            (*p)->forget(s);
        }
    }
}

void parts_close(Session *s)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->close) {
            (*p)->close(s);
        }
    }
}

void session_passed(Session *s)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->passed) {
            (*p)->passed(s);
        }
    }
}

void session_pump(Session *s)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->pump) {
            (*p)->pump(s);
        }
    }
}

void session_idle(Session *s)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->stop) {
            (*p)->stop(s);
        }
    }
}

bool session_open(const Session *s)
{
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->open) {
            if ((*p)->open(s)) {
                return true;
            }
        }
    }
    return false;
}

int session_fds(const Session *s, int *fd, int most)
{
    int n = 0;
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->fd) {
            int its = (*p)->fd(s);
            if (its >= 0 && n < most) {
                fd[n++] = its;
            }
        }
    }
    return n;
}

int session_timeout(const Session *s)
{
    int least = -1;
    for (const SessionPart *const *p = s->core->kit->part; *p; p++) {
        if ((*p)->timeout) {
            int ms = (*p)->timeout(s);
            least = ms >= 0 && (least < 0 || ms < least) ? ms : least;
        }
    }
    return least;
}
