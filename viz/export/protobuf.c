/* protobuf.c -- fields of protocol buffers, written one after the other */
#include "protobuf.h"

#include <string.h>

enum { VARINT = 0, BYTES = 2, FIXED32 = 5 };

/* Seven bits a byte, the lowest first; all but the last have their eighth bit set. */
static void varint(Text *to, uint64_t x)
{
    unsigned char out[10];
    size_t n = 0;
    do {
        out[n++] = (unsigned char)((x & 0x7f) | (x > 0x7f ? 0x80 : 0));
        x >>= 7;
    } while (x);
    text_addn(to, out, n);
}

static void key(Text *to, int field, unsigned type)
{
    varint(to, (uint64_t)field << 3 | type);
}

void proto_int(Text *to, int field, int64_t x)
{
    key(to, field, VARINT);
    varint(to, (uint64_t)x);
}

void proto_float(Text *to, int field, float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    unsigned char out[4];
    for (int i = 0; i < 4; i++) {
        out[i] = (unsigned char)(bits >> 8 * i & 0xff);
    }
    key(to, field, FIXED32);
    text_addn(to, out, sizeof out);
}

void proto_bytes(Text *to, int field, const void *bytes, size_t n)
{
    key(to, field, BYTES);
    varint(to, n);
    if (n > 0) {
        text_addn(to, bytes, n);
    }
}

void proto_text(Text *to, int field, const char *s)
{
    proto_bytes(to, field, s, strlen(s));
}

void proto_message(Text *to, int field, Text *part)
{
    if (part->failed) {
        text_lose(to);
    } else {
        proto_bytes(to, field, text_str(part), part->len);
    }
    text_free(part);
}
