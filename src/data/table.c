/* table.c -- files given for tables of text that are something else */
#include <string.h>

#include <nabla/format.h>

#include "base/begin.h"
#include "data/table.h"

#define SAVE_AS "spreadsheets save as \"CSV UTF-8\""

static const struct {
    const char *begin, *what, *hint;
} kind[] = {
    {"PK\003\004", "a spreadsheet or a zip archive", SAVE_AS},
    {"\xd0\xcf\x11\xe0", "an old spreadsheet", SAVE_AS},
    {"\x1f\x8b", "compressed", "gunzip unpacks it"},
    {"%PDF", "a PDF document", SAVE_AS},
    {"\x93NUMPY", "an array of NumPy", "npy(\"FILE.npy\") reads it"},
    {"<", "a page of HTML or XML", "it may say why the table was not sent"},
    {"{", "JSON", SAVE_AS},
    {"[", "JSON", SAVE_AS},
};

const char *table_other(const char *bytes, size_t len, const char **hint)
{
    while (len > 0 && strchr(" \t\r\n", *bytes) && *bytes) {
        bytes++;
        len--;
    }
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        size_t n = strlen(kind[i].begin);
        if (n <= len && memcmp(bytes, kind[i].begin, n) == 0) {
            *hint = kind[i].hint;
            return kind[i].what;
        }
    }
    return NULL;
}

const char *table_not_utf8(const char *at, const char *end)
{
    while (at < end) {
        char c[5] = {0}; /* a character cut off by the end is none */
        if ((unsigned char)*at < 0x80) {
            at++;
            continue;
        }
        memcpy(c, at, end - at < 4 ? (size_t)(end - at) : 4);
        size_t n = nb_utf8(c);
        if (n == 0) {
            return at;
        }
        at += n;
    }
    return NULL;
}
