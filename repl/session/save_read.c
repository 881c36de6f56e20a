/* save_read.c -- lines of a written state: words, numbers, references */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/save_internal.h"

bool reader_fail(Reader *r, const char *fmt, ...)
{
    char what[200];
    va_list ap;
    if (!r->failed) {
        va_start(ap, fmt);
        vsnprintf(what, sizeof what, fmt, ap);
        va_end(ap);
        nb_err_clear(r->err);
        nb_fail(r->err, NB_ESYNTAX, "%s:%d: %s", r->name, r->line, what);
        nb_hint(r->err, "the file is damaged or not a state; nothing was changed");
        r->failed = true;
    }
    return false;
}

bool reader_no_memory(Reader *r)
{
    if (!r->failed) {
        nb_err_clear(r->err);
        nb_fail(r->err, NB_EMEM, "%s:%d: out of memory", r->name, r->line);
        nb_hint(r->err, "nothing was changed");
        r->failed = true;
    }
    return false;
}

bool reader_looked(Reader *r)
{
    if (!r->failed && nb_ctx_interrupted(r->s->ctx)) {
        nb_err_clear(r->err);
        nb_fail(r->err, NB_EINTERRUPT, "stopped");
        r->failed = true;
    }
    return !r->failed;
}

bool reader_fail_ctx(Reader *r)
{
    NbErr *err = nb_ctx_err(r->s->ctx);
    char msg[NB_MSG_MAX];
    bool memory = err->code == NB_EMEM || err->code == NB_OK, large = strstr(err->msg, "too large");
    if (memory && !large) {
        nb_err_clear(err);
        return reader_no_memory(r);
    }
    snprintf(msg, sizeof msg, "%s", err->msg);
    nb_err_clear(err);
    return reader_fail(r, "%s", msg[0] ? msg : "it cannot be made");
}

bool reader_room(Reader *r, void *array, size_t *cap, size_t n, size_t size)
{
    if (n < *cap) {
        return true;
    }
    size_t next = *cap ? 2 * *cap : 64;
    void *old, *grown;
    memcpy(&old, array, sizeof old);
    grown = realloc(old, next * size);
    if (!grown) {
        return reader_no_memory(r);
    }
    memcpy(array, &grown, sizeof grown);
    *cap = next;
    return true;
}

/* --- words --- */

static void skip_blanks(Reader *r)
{
    while (r->at < r->line_end && *r->at == ' ') {
        r->at++;
    }
}

static size_t word_length(const Reader *r, const char *at)
{
    size_t n = 0;
    while (at + n < r->line_end && at[n] != ' ') {
        n++;
    }
    return n;
}

bool reader_word(Reader *r, char *buf, size_t cap)
{
    skip_blanks(r);
    size_t n = word_length(r, r->at);
    if (n == 0) {
        return false;
    }
    if (n >= cap) {
        return reader_fail(r, "a word is too long: %.40s", r->at);
    }
    memcpy(buf, r->at, n);
    buf[n] = '\0';
    r->at += n;
    return true;
}

bool reader_peek(const Reader *r, const char *word)
{
    const char *at = r->at;
    while (at < r->line_end && *at == ' ') {
        at++;
    }
    size_t n = strlen(word);
    return word_length(r, at) == n && memcmp(at, word, n) == 0;
}

bool reader_peek_char(const Reader *r, char c)
{
    const char *at = r->at;
    while (at < r->line_end && *at == ' ') {
        at++;
    }
    return at < r->line_end && *at == c;
}

bool reader_take(Reader *r, const char *word)
{
    if (!reader_peek(r, word)) {
        return false;
    }
    skip_blanks(r);
    r->at += strlen(word);
    return true;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character, perhaps an escape; -1 when it is none. */
static int string_char(Reader *r)
{
    char c = *r->at++;
    if (c != '\\') {
        return (unsigned char)c;
    }
    c = r->at < r->line_end ? *r->at++ : '\0';
    if (c == 'n') {
        return '\n';
    }
    if (c == 'x' && r->line_end - r->at >= 2) {
        int hi = hex_digit(r->at[0]), lo = hex_digit(r->at[1]);
        r->at += 2;
        return hi < 0 || lo < 0 ? -1 : 16 * hi + lo;
    }
    return c == '"' || c == '\\' ? c : -1;
}

char *reader_string(Reader *r, size_t *len)
{
    skip_blanks(r);
    size_t n = 0;
    char *s = malloc((size_t)(r->line_end - r->at) + 1);
    if (!s) {
        reader_no_memory(r);
        return NULL;
    }
    bool ok = r->at < r->line_end && *r->at == '"';
    for (r->at += ok; ok && r->at < r->line_end && *r->at != '"';) {
        int c = string_char(r);
        ok = c >= 0;
        s[n++] = (char)c;
    }
    if (!ok || r->at >= r->line_end) {
        free(s);
        reader_fail(r, "text in quotes is expected");
        return NULL;
    }
    r->at++;
    s[n] = '\0';
    *len = n;
    return s;
}

/* --- numbers --- */

static bool parse_count(const char *word, uint64_t most, uint64_t *out)
{
    char *end;
    if (word[0] < '0' || word[0] > '9') {
        return false;
    }
    errno = 0;
    unsigned long long v = strtoull(word, &end, 10);
    *out = v;
    return *end == '\0' && errno == 0 && v <= most;
}

bool reader_count(Reader *r, uint64_t most, uint64_t *out)
{
    char word[32];
    return (reader_word(r, word, sizeof word) && parse_count(word, most, out)) ||
           reader_fail(r, "a whole number is expected");
}

static bool parse_hex(const char *word, uint64_t *out)
{
    *out = 0;
    int n = 0;
    for (; word[n]; n++) {
        int d = hex_digit(word[n]);
        if (d < 0 || n == 16) {
            return false;
        }
        *out = *out << 4 | (uint64_t)d;
    }
    return n == 16;
}

bool reader_hex(Reader *r, uint64_t *out)
{
    char word[32];
    return (reader_word(r, word, sizeof word) && parse_hex(word, out)) ||
           reader_fail(r, "16 hexadecimal digits are expected");
}

bool reader_parse_number(const char *word, double *out)
{
    const char *digits = word + (word[0] == '-');
    uint64_t bits;
    char *end;
    if (strncmp(word, "nan:", 4) == 0) {
        bool ok = parse_hex(word + 4, &bits);
        memcpy(out, &bits, sizeof *out);
        return ok && isnan(*out);
    }
    if (strcmp(digits, "nan") == 0) {
        bits = (digits > word ? 0x8000000000000000U : 0U) | 0x7ff8000000000000U;
        memcpy(out, &bits, sizeof *out);
        return true;
    }
    if (strcmp(digits, "inf") == 0) {
        *out = digits > word ? -INFINITY : INFINITY;
        return true;
    }
    if (!((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.') || digits[1] == 'x') {
        return false;
    }
    *out = strtod(word, &end);
    return *end == '\0' && isfinite(*out);
}

bool reader_number(Reader *r, double *out)
{
    char word[64];
    return (reader_word(r, word, sizeof word) && reader_parse_number(word, out)) ||
           reader_fail(r, "a number is expected");
}

bool reader_parse_id(const char *word, char letter, size_t n, size_t *out)
{
    uint64_t v = 0;
    bool ok = word[0] == letter && parse_count(word + 1, n, &v) && v > 0;
    *out = (size_t)v;
    return ok;
}

bool reader_id(Reader *r, char letter, size_t n, size_t *out)
{
    char word[32];
    return (reader_word(r, word, sizeof word) && reader_parse_id(word, letter, n, out)) ||
           reader_fail(r, "one of %c1 to %c%zu is expected", letter, letter, n);
}

bool reader_parse_list(const char *word, int64_t *out, int cap, int *n)
{
    char *end;
    *n = 0;
    if (!*word) {
        return true;
    }
    for (;;) {
        errno = 0;
        bool digit = (word[0] >= '0' && word[0] <= '9') || word[0] == '-';
        long long v = digit ? strtoll(word, &end, 10) : 0;
        if (!digit || errno != 0 || end == word || *n == cap) {
            return false;
        }
        out[(*n)++] = v;
        if (*end == '\0') {
            return true;
        }
        if (*end != ',') {
            return false;
        }
        word = end + 1;
    }
}

bool reader_sizes(Reader *r, int64_t least, int64_t *out, int *n)
{
    char word[256];
    bool ok = reader_word(r, word, sizeof word) && word[0] == '(' && word[strlen(word) - 1] == ')';
    if (ok) {
        word[strlen(word) - 1] = '\0';
        ok = reader_parse_list(word + 1, out, NB_MAX_RANK, n);
    }
    for (int i = 0; ok && i < *n; i++) {
        ok = out[i] >= least;
    }
    return ok || reader_fail(r, "sizes such as (2,3) are expected");
}

/* "1.5" or "0*6", which is six times 0; *left is how many there may be. */
static bool number_word(Reader *r, char *word, size_t left, double *x, uint64_t *times)
{
    char *star = strchr(word, '*');
    *times = 1;
    if (star) {
        *star = '\0';
    }
    if (!reader_parse_number(word, x) || (star && !parse_count(star + 1, UINT64_MAX, times))) {
        return reader_fail(r, "%.60s is no number", word);
    }
    return *times <= left || reader_fail(r, "there are too many numbers");
}

bool reader_numbers(Reader *r, double *to, size_t count)
{
    char word[96];
    size_t n = 0;
    for (size_t words = 0; !reader_peek(r, "=") && reader_word(r, word, sizeof word); words++) {
        double x;
        uint64_t times;
        if (!number_word(r, word, count - n, &x, &times) ||
            (words % 4096 == 0 && !reader_looked(r))) {
            return false;
        }
        for (uint64_t i = 0; i < times; i++) {
            to[n++] = x;
        }
    }
    return !r->failed &&
           (n == count || reader_fail(r, "%zu numbers are expected, there are %zu", count, n));
}

NbTensor *reader_tensor(Reader *r, const NbShape *shape)
{
    NbErr *err = nb_ctx_err(r->s->ctx);
    int64_t size;
    /* asked first: what does not fit is refused before its numbers are read */
    NbTensor *t = nb_shape_size(shape, &size, err) == NB_OK ? nb_tensor_new(shape, err) : NULL;
    if (!t) {
        reader_fail_ctx(r);
    } else if (!reader_numbers(r, t->data, (size_t)size)) {
        nb_tensor_unref(&t);
    }
    return t;
}
