/* encode.c -- text and bytes as messages hold them: UTF-8, base64, HTML */
#include "kernel/encode.h"
#include "kernel/spare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- UTF-8 --- */

static bool is_rest(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Bytes of the character that this one begins; 0: none. */
static size_t length_of(unsigned char c)
{
    return c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
}

size_t utf8_tail(const char *text, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        if (!is_rest(text[n - back])) {
            return length_of((unsigned char)text[n - back]) > back ? back : 0;
        }
    }
    return 0;
}

size_t utf8_bytes(const char *text, size_t n, long chars)
{
    size_t at = 0;
    for (; at < n && chars > 0; chars--) {
        at++;
        while (at < n && is_rest(text[at])) {
            at++;
        }
    }
    return at;
}

long utf8_chars(const char *text, size_t bytes)
{
    long n = 0;
    for (size_t i = 0; i < bytes; i++) {
        n += !is_rest(text[i]);
    }
    return n;
}

/* Surrogates, overlong forms and what lies beyond the last character are none. */
static bool is_character(const char *text, size_t n)
{
    const unsigned char *c = (const unsigned char *)text;
    for (size_t i = 1; i < n; i++) {
        if (!is_rest(text[i])) {
            return false;
        }
    }
    return !(c[0] == 0xE0 && c[1] < 0xA0) && !(c[0] == 0xED && c[1] > 0x9F) &&
           !(c[0] == 0xF0 && c[1] < 0x90) && !(c[0] == 0xF4 && c[1] > 0x8F);
}

char *encode_utf8(const char *text, size_t n)
{
    char *out = spare_malloc(3 * n + 1), *p = out;
    for (size_t i = 0; out && i < n;) {
        size_t len = text[i] ? length_of((unsigned char)text[i]) : 0;
        if (len == 1 || (len > 1 && i + len <= n && is_character(text + i, len))) {
            memcpy(p, text + i, len);
            p += len;
            i += len;
        } else {
            memcpy(p, "\xEF\xBF\xBD", 3);
            p += 3;
            i++;
        }
    }
    if (out) {
        *p = '\0';
    }
    return out;
}

/* --- base64 --- */

static char *put_base64(char *out, const char *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = (const unsigned char *)bytes;
    for (size_t i = 0; i < n; i += 3) {
        unsigned second = i + 1 < n ? b[i + 1] : 0, third = i + 2 < n ? b[i + 2] : 0;
        unsigned v = (unsigned)b[i] << 16 | second << 8 | third;
        *out++ = digit[v >> 18];
        *out++ = digit[v >> 12 & 63];
        *out++ = i + 1 < n ? digit[v >> 6 & 63] : '=';
        *out++ = i + 2 < n ? digit[v & 63] : '=';
    }
    *out = '\0';
    return out;
}

char *encode_base64(const char *bytes, size_t n)
{
    char *out = spare_malloc((n + 2) / 3 * 4 + 1);
    if (out) {
        put_base64(out, bytes, n);
    }
    return out;
}

/* --- HTML --- */

char *encode_html(const char *text)
{
    char *out = spare_malloc(6 * strlen(text) + 1), *p = out;
    for (; out && *text; text++) {
        const char *as = *text == '&'   ? "&amp;"
                         : *text == '<' ? "&lt;"
                         : *text == '>' ? "&gt;"
                         : *text == '"' ? "&quot;"
                                        : NULL;
        if (as) {
            p = stpcpy(p, as);
        } else {
            *p++ = *text;
        }
    }
    if (out) {
        *p = '\0';
    }
    return out;
}

char *encode_image(const char *svg, size_t n, const char *about)
{
    static const char head[] = "<img style=\"max-width:100%\" alt=\"";
    static const char source[] = "\" src=\"data:image/svg+xml;base64,";
    char *alt = encode_html(about);
    char *out = alt ? spare_malloc(sizeof head + strlen(alt) + sizeof source + (n + 2) / 3 * 4 + 4)
                    : NULL;
    if (out) {
        char *p = stpcpy(stpcpy(stpcpy(out, head), alt), source);
        strcpy(put_base64(p, svg, n), "\">");
    }
    free(alt);
    return out;
}

char *encode_frame(const char *page, const char *still)
{
    static const char head[] = "<iframe width=\"100%\" height=\"560\" style=\"border:0\" "
                               "sandbox=\"allow-scripts\" srcdoc=\"";
    static const char tail[] = "\"></iframe>\n<details><summary>still picture</summary>";
    static const char end[] = "</details>";
    char *source = encode_html(page);
    size_t n = source ? sizeof head + strlen(source) + sizeof tail + strlen(still) + sizeof end : 0;
    char *out = source ? spare_malloc(n) : NULL;
    if (out) {
        stpcpy(stpcpy(stpcpy(stpcpy(stpcpy(out, head), source), tail), still), end);
    }
    free(source);
    return out;
}
