/* out.c -- text into a caller's buffer that counts on when the buffer is full, like snprintf */
#include <string.h>

#include "base/out.h"

void nb_put_bytes(NbOut *o, const char *text, size_t n)
{
    if (o->buf && o->len < o->cap) {
        const size_t room = o->cap - o->len;
        memcpy(o->buf + o->len, text, n < room ? n : room);
    }
    o->len += n;
}

void nb_put(NbOut *o, const char *text)
{
    nb_put_bytes(o, text, strlen(text));
}

size_t nb_put_end(const NbOut *o)
{
    if (o->buf && o->cap > 0) {
        o->buf[o->len < o->cap ? o->len : o->cap - 1] = '\0';
    }
    return o->len;
}
