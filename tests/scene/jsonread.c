/* jsonread.c -- reads JSON in tests: a strict parser, and values by key and place */
#include "jsonread.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

typedef struct Reader {
    const char *all, *at;
    int depth;
} Reader;

static void bad(const Reader *r, const char *what)
{
    fail_msg("JSON: %s at byte %d: %.40s", what, (int)(r->at - r->all), r->at);
}

static void blanks(Reader *r)
{
    r->at += strspn(r->at, " \t\r\n");
}

static bool take(Reader *r, char c)
{
    blanks(r);
    bool found = *r->at == c;
    r->at += found;
    return found;
}

static void *grow(void *list, size_t n, size_t size)
{
    void *more = realloc(list, (n + 1) * size);
    assert_non_null(more);
    return more;
}

static unsigned code_unit(Reader *r)
{
    char hex[5] = "";
    memcpy(hex, r->at, strnlen(r->at, 4));
    if (strspn(hex, "0123456789abcdefABCDEF") != 4) {
        bad(r, "no four digits after \\u");
    }
    r->at += 4;
    return (unsigned)strtoul(hex, NULL, 16);
}

static char *put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

static char *read_string(Reader *r)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (!take(r, '"')) {
        bad(r, "a string was expected");
    }
    char *text = malloc(strlen(r->at) + 1), *end = text;
    assert_non_null(text);
    while (*r->at != '"') {
        if ((unsigned char)*r->at < ' ') {
            bad(r, "control character or end in a string");
        }
        if (*r->at != '\\') {
            *end++ = *r->at++;
            continue;
        }
        r->at++;
        const char *known = *r->at ? strchr(from, *r->at) : NULL;
        if (known) {
            *end++ = to[known - from];
            r->at++;
        } else if (*r->at++ == 'u') {
            end = put_utf8(end, code_unit(r));
        } else {
            bad(r, "unknown escape");
        }
    }
    *end = '\0';
    r->at++;
    return text;
}

/* -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)? */
static double read_number(Reader *r)
{
    const char *s = r->at;
    static const char digits[] = "0123456789";
    s += *s == '-';
    size_t whole = strspn(s, digits);
    if (whole == 0 || (whole > 1 && *s == '0')) {
        bad(r, "no number");
    }
    s += whole;
    if (*s == '.') {
        size_t part = strspn(s + 1, digits);
        s += part ? part + 1 : 0;
    }
    if (*s == 'e' || *s == 'E') {
        const char *power = s + 1 + (s[1] == '+' || s[1] == '-');
        size_t n = strspn(power, digits);
        s = n ? power + n : s;
    }
    char *end;
    double x = strtod(r->at, &end);
    if (end != s) {
        bad(r, "no number as JSON has them");
    }
    r->at = end;
    return x;
}

static bool word(Reader *r, const char *text)
{
    bool found = strncmp(r->at, text, strlen(text)) == 0;
    r->at += found ? strlen(text) : 0;
    return found;
}

static Json *read_value(Reader *r);

static void read_items(Reader *r, Json *j, char close)
{
    r->at++;
    if (take(r, close)) {
        return;
    }
    do {
        j->item = grow(j->item, j->n, sizeof *j->item);
        if (j->kind == JSON_OBJECT) {
            j->key = grow(j->key, j->n, sizeof *j->key);
            j->key[j->n] = read_string(r);
            if (!take(r, ':')) {
                bad(r, "no colon");
            }
        }
        j->item[j->n] = read_value(r);
        j->n++;
    } while (take(r, ','));
    if (!take(r, close)) {
        bad(r, "not closed");
    }
}

static Json *read_value(Reader *r)
{
    Json *j = calloc(1, sizeof *j);
    assert_non_null(j);
    blanks(r);
    if (++r->depth > 60) {
        bad(r, "too deep");
    }
    if (*r->at == '{' || *r->at == '[') {
        j->kind = *r->at == '{' ? JSON_OBJECT : JSON_LIST;
        read_items(r, j, *r->at == '{' ? '}' : ']');
    } else if (*r->at == '"') {
        j->kind = JSON_STRING;
        j->text = read_string(r);
    } else if (word(r, "true") || word(r, "false")) {
        j->kind = JSON_BOOL;
        j->number = r->at[-2] == 'u';
    } else if (!word(r, "null")) {
        j->kind = JSON_NUMBER;
        j->number = read_number(r);
    }
    r->depth--;
    return j;
}

Json *json_read(const char *text)
{
    Reader r = {text, text, 0};
    Json *j = read_value(&r);
    blanks(&r);
    if (*r.at) {
        bad(&r, "something after the end");
    }
    return j;
}

void json_free(Json *j)
{
    if (j) {
        for (size_t i = 0; i < j->n; i++) {
            free(j->key ? j->key[i] : NULL);
            json_free(j->item[i]);
        }
        free(j->key);
        free(j->item);
        free(j->text);
        free(j);
    }
}

const Json *json_get(const Json *object, const char *key)
{
    for (size_t i = 0; object && object->kind == JSON_OBJECT && i < object->n; i++) {
        if (strcmp(object->key[i], key) == 0) {
            return object->item[i];
        }
    }
    return NULL;
}

const Json *json_at(const Json *list, size_t i)
{
    return list && i < list->n ? list->item[i] : NULL;
}

double json_value(const Json *j)
{
    if (j && j->kind == JSON_STRING && strcmp(j->text, "NaN") == 0) {
        return NAN;
    }
    if (j && j->kind == JSON_STRING && strstr(j->text, "Infinity")) {
        return j->text[0] == '-' ? -INFINITY : INFINITY;
    }
    if (!j || j->kind != JSON_NUMBER) {
        fail_msg("JSON: a number was expected");
        return NAN;
    }
    return j->number;
}

double json_number_of(const Json *object, const char *key)
{
    if (!json_get(object, key)) {
        fail_msg("JSON: no %s", key);
    }
    return json_value(json_get(object, key));
}

const char *json_text_of(const Json *object, const char *key)
{
    const Json *j = json_get(object, key);
    if (!j || j->kind != JSON_STRING) {
        fail_msg("JSON: no text %s", key);
        return "";
    }
    return j->text;
}
