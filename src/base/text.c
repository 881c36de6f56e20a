/* text.c -- text that grows, measured in terminal columns */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

Text text_over(char *buf, size_t cap)
{
    buf[0] = '\0';
    return (Text){.s = buf, .cap = cap, .fixed = true};
}

void text_free(Text *t)
{
    if (!t->fixed) {
        free(t->s);
    }
    *t = (Text){.lost = t->lost};
}

void text_reset(Text *t)
{
    t->len = 0;
    if (t->s) {
        t->s[0] = '\0';
    }
}

void text_cut(Text *t, size_t len)
{
    if (len < t->len) {
        t->len = len;
        t->s[len] = '\0';
    }
}

const char *text_str(const Text *t)
{
    return t->s ? t->s : "";
}

const char *text_from(const Text *t, size_t at)
{
    return at < t->len ? t->s + at : "";
}

/* Nothing of it may be taken for the whole. */
static bool refused(Text *t)
{
    text_reset(t);
    t->failed = true;
    if (t->lost) {
        *t->lost = true;
    }
    return false;
}

void text_lose(Text *t)
{
    refused(t);
}

static bool reserve(Text *t, size_t more)
{
    if (t->failed) {
        return false;
    }
    size_t cap = t->cap ? t->cap : 64;
    if (more < t->cap - t->len) {
        return true;
    }
    while (cap - t->len <= more) {
        if (cap > SIZE_MAX / 2) {
            return refused(t);
        }
        cap *= 2;
    }
    t->too_long = t->most > 0 && cap > t->most;
    char *s = t->too_long ? NULL : realloc(t->s, cap);
    if (!s) {
        return refused(t);
    }
    if (!t->s) {
        s[0] = '\0';
    }
    t->s = s;
    t->cap = cap;
    return true;
}

/* As many of the n bytes as fit, not ending inside a character. */
static size_t fitting(const Text *t, const char *s, size_t n)
{
    size_t room = t->cap - t->len - 1;
    if (n <= room) {
        return n;
    }
    while (room > 0 && ((unsigned char)s[room] & 0xc0) == 0x80) {
        room--;
    }
    return room;
}

void text_addn(Text *t, const void *bytes, size_t n)
{
    const char *s = bytes;
    if (t->fixed) {
        n = fitting(t, s, n);
    }
    if (reserve(t, n)) {
        if (n > 0) { /* what was never written has no bytes to point to */
            memcpy(t->s + t->len, s, n);
        }
        t->len += n;
        t->s[t->len] = '\0';
    }
}

void text_add(Text *t, const char *s)
{
    text_addn(t, s, strlen(s));
}

void text_printf(Text *t, const char *fmt, ...)
{
    char small[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0) {
        refused(t);
    } else if ((size_t)n < sizeof small) {
        text_addn(t, small, (size_t)n);
    } else if (t->fixed) {
        size_t room = t->cap - t->len;
        va_start(ap, fmt);
        vsnprintf(t->s + t->len, room, fmt, ap);
        va_end(ap);
        t->len += (size_t)n < room ? (size_t)n : room - 1;
    } else if (reserve(t, (size_t)n)) {
        va_start(ap, fmt);
        vsnprintf(t->s + t->len, (size_t)n + 1, fmt, ap);
        va_end(ap);
        t->len += (size_t)n;
    }
}

size_t text_letter(Text *t, const char *s)
{
    const size_t n = nb_utf8(s);
    text_addn(t, n ? s : "\xef\xbf\xbd", n ? n : 3);
    return n ? n : 1;
}

void text_field(Text *t, const char *s)
{
    size_t n = nb_format_field(s, NULL, 0);
    if (reserve(t, n)) {
        nb_format_field(s, t->s + t->len, n + 1);
        t->len += n;
    }
}

void text_xml(Text *t, const char *s)
{
    while (*s) {
        size_t n = nb_utf8(s);
        const unsigned char c = (unsigned char)*s;
        if (n == 0) {
            text_add(t, "\xef\xbf\xbd");
            n = 1;
        } else if (strchr("<>&\"'", c)) {
            text_printf(t, "&#%d;", c);
        } else if (c < ' ' || c == 0x7f) {
            text_add(t, " ");
        } else {
            text_addn(t, s, n);
        }
        s += n;
    }
}

int text_columns(const Text *t)
{
    const char *s = text_str(t);
    const char *line = strrchr(s, '\n');
    return nb_text_width(line ? line + 1 : s);
}

void text_pad(Text *t, int columns)
{
    for (int n = text_columns(t); n < columns && !t->failed; n++) {
        text_add(t, " ");
    }
}
