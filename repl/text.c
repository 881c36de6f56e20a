/* text.c -- text that grows, measured in terminal columns */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

void text_free(Text *t)
{
    free(t->s);
    *t = (Text){0};
}

void text_reset(Text *t)
{
    t->len = 0;
    if (t->s) {
        t->s[0] = '\0';
    }
}

const char *text_str(const Text *t)
{
    return t->s ? t->s : "";
}

static bool reserve(Text *t, size_t more)
{
    size_t need = t->len + more + 1;
    if (need <= t->cap) {
        return true;
    }
    size_t cap = t->cap ? t->cap : 64;
    while (cap < need) {
        cap *= 2;
    }
    char *s = realloc(t->s, cap);
    if (!s) {
        return false;
    }
    if (!t->s) {
        s[0] = '\0';
    }
    t->s = s;
    t->cap = cap;
    return true;
}

void text_addn(Text *t, const char *s, size_t n)
{
    if (reserve(t, n)) {
        memcpy(t->s + t->len, s, n);
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
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n > 0 && reserve(t, (size_t)n)) {
        va_start(ap, fmt);
        vsnprintf(t->s + t->len, (size_t)n + 1, fmt, ap);
        va_end(ap);
        t->len += (size_t)n;
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
    for (int n = text_columns(t); n < columns; n++) {
        text_add(t, " ");
    }
}
