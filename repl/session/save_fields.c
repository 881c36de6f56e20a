/* save_fields.c -- fields of a written state, each written and read: numbers, names, references */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "base/mem.h"
#include "session/save_internal.h"

static bool failed(Archive *a, NbStatus code, const char *what, const char *hint)
{
    if (!a->failed) {
        nb_err_clear(a->err);
        nb_fail(a->err, code, "%s:%d: %s", a->name, a->line, what);
        nb_hint(a->err, "%s", hint);
        a->failed = true;
    }
    return false;
}

bool archive_fail(Archive *a, const char *fmt, ...)
{
    char what[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return failed(a, NB_ESYNTAX, what, "the file is damaged or not a state; nothing was changed");
}

bool archive_no_memory(Archive *a)
{
    return failed(a, NB_EMEM, "out of memory", "nothing was changed");
}

bool archive_looked(Archive *a)
{
    if (!a->failed && nb_ctx_interrupted(a->s->ctx)) {
        nb_err_clear(a->err);
        nb_fail(a->err, NB_EINTERRUPT, "stopped");
        a->failed = true;
    }
    return !a->failed;
}

bool archive_fail_ctx(Archive *a)
{
    NbErr *err = nb_ctx_err(a->s->ctx);
    char msg[NB_MSG_MAX];
    bool memory = err->code == NB_EMEM || err->code == NB_OK, large = strstr(err->msg, "too large");
    if (memory && !large) {
        nb_err_clear(err);
        return archive_no_memory(a);
    }
    snprintf(msg, sizeof msg, "%s", err->msg);
    nb_err_clear(err);
    return archive_fail(a, "%s", msg[0] ? msg : "it cannot be made");
}

bool archive_room(Archive *a, void *array, size_t *cap, size_t n, size_t size)
{
    return nb_grow(array, cap, n + 1, size) || archive_no_memory(a);
}

/* --- words --- */

static void skip_blanks(Archive *a)
{
    while (a->at < a->line_end && *a->at == ' ') {
        a->at++;
    }
}

static size_t word_length(const Archive *a)
{
    size_t n = 0;
    while (a->at + n < a->line_end && a->at[n] != ' ') {
        n++;
    }
    return n;
}

bool archive_word(Archive *a, char *buf, size_t cap)
{
    skip_blanks(a);
    size_t n = word_length(a);
    if (n == 0) {
        return false;
    }
    if (n >= cap) {
        return archive_fail(a, "a word is too long: %.40s", a->at);
    }
    memcpy(buf, a->at, n);
    buf[n] = '\0';
    a->at += n;
    return true;
}

bool archive_peek(Archive *a, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(a);
    return word_length(a) == n && memcmp(a->at, word, n) == 0;
}

bool archive_peek_char(Archive *a, char c)
{
    skip_blanks(a);
    return a->at < a->line_end && *a->at == c;
}

bool field_flag(Archive *a, const char *word, bool on)
{
    if (a->out) {
        if (on) {
            text_printf(a->out, " %s", word);
        }
        return on;
    }
    on = archive_peek(a, word);
    a->at += on ? strlen(word) : 0;
    return on;
}

bool field_name(Archive *a, const char **name)
{
    if (a->out) {
        text_addn(a->out, " ", 1);
        text_add(a->out, *name ? *name : "-");
        return true;
    }
    *name = NULL;
    if (!archive_word(a, a->word, a->word_cap)) {
        return archive_fail(a, "a name is expected");
    }
    if (strcmp(a->word, "-") == 0) {
        return true;
    }
    if (!interp_is_path(a->word)) {
        return archive_fail(a, "no name: %.40s", a->word);
    }
    *name = nb_intern(a->s->ctx, a->word);
    return *name || archive_no_memory(a);
}

bool archive_pair(Archive *a, char **value)
{
    if (!archive_word(a, a->word, a->word_cap)) {
        return false;
    }
    *value = strchr(a->word, '=');
    if (!*value) {
        return archive_fail(a, "name=value is expected, not %.40s", a->word);
    }
    *(*value)++ = '\0';
    return true;
}

bool field_pair(Archive *a, const char *name, char **text)
{
    if (a->out) {
        text_printf(a->out, " %s=", name);
        return true;
    }
    return (archive_pair(a, text) && strcmp(a->word, name) == 0) ||
           archive_fail(a, "%s= is expected", name);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character, perhaps an escape; -1 when it is none. */
static int string_char(Archive *a)
{
    char c = *a->at++;
    if (c != '\\') {
        return (unsigned char)c;
    }
    c = a->at < a->line_end ? *a->at++ : '\0';
    if (c == 'n') {
        return '\n';
    }
    if (c == 'x' && a->line_end - a->at >= 2) {
        int hi = hex_digit(a->at[0]), lo = hex_digit(a->at[1]);
        a->at += 2;
        return hi < 0 || lo < 0 ? -1 : 16 * hi + lo;
    }
    return c == '"' || c == '\\' ? c : -1;
}

static char *read_string(Archive *a, size_t *len)
{
    skip_blanks(a);
    size_t n = 0;
    char *s = malloc((size_t)(a->line_end - a->at) + 1);
    if (!s) {
        archive_no_memory(a);
        return NULL;
    }
    bool ok = a->at < a->line_end && *a->at == '"';
    for (a->at += ok; ok && a->at < a->line_end && *a->at != '"';) {
        int c = string_char(a);
        ok = c >= 0;
        s[n++] = (char)c;
    }
    if (!ok || a->at >= a->line_end) {
        free(s);
        archive_fail(a, "text in quotes is expected");
        return NULL;
    }
    a->at++;
    s[n] = '\0';
    *len = n;
    return s;
}

static void put_string(Text *o, const char *s, size_t len)
{
    char hex[8];
    text_addn(o, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\n') {
            text_add(o, "\\n");
        } else if (c == '"' || c == '\\') {
            text_addn(o, "\\", 1);
            text_addn(o, &s[i], 1);
        } else if (c < 0x20 || c == 0x7f || nb_utf8(&s[i]) == 0) {
            snprintf(hex, sizeof hex, "\\x%02x", c);
            text_add(o, hex);
        } else {
            size_t n = nb_utf8(&s[i]);
            text_addn(o, &s[i], n);
            i += n - 1;
        }
    }
    text_addn(o, "\"", 1);
}

bool field_string(Archive *a, char **text, size_t *len)
{
    if (a->out) {
        text_addn(a->out, " ", 1);
        put_string(a->out, *text, *len);
        return true;
    }
    *text = read_string(a, len);
    return *text != NULL;
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

bool field_count(Archive *a, uint64_t most, uint64_t *x)
{
    char word[32];
    if (a->out) {
        text_printf(a->out, " %" PRIu64, *x);
        return true;
    }
    return (archive_word(a, word, sizeof word) && parse_count(word, most, x)) ||
           archive_fail(a, "a whole number is expected");
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

bool field_hex(Archive *a, uint64_t *x)
{
    char word[32];
    if (a->out) {
        text_printf(a->out, " %016" PRIx64, *x);
        return true;
    }
    return (archive_word(a, word, sizeof word) && parse_hex(word, x)) ||
           archive_fail(a, "16 hexadecimal digits are expected");
}

bool parse_number(const char *word, double *out)
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

static uint64_t bits(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static const char *number_text(double x, char *buf, size_t cap)
{
    const char *sign = signbit(x) ? "-" : "";
    uint64_t payload = bits(x) & 0x7fffffffffffffffU;
    if (isnan(x) && payload != 0x7ff8000000000000U) {
        snprintf(buf, cap, "nan:%016" PRIx64, bits(x));
    } else if (isnan(x) || x == 0) {
        snprintf(buf, cap, "%s%s", sign, isnan(x) ? "nan" : "0");
    } else {
        nb_format_number(x, NB_DIGITS_FULL, buf, cap);
    }
    return buf;
}

void put_number(Archive *a, double x)
{
    char buf[40];
    text_add(a->out, number_text(x, buf, sizeof buf));
}

bool field_number(Archive *a, double *x)
{
    char word[64];
    if (a->out) {
        text_addn(a->out, " ", 1);
        put_number(a, *x);
        return true;
    }
    return (archive_word(a, word, sizeof word) && parse_number(word, x)) ||
           archive_fail(a, "a number is expected");
}

static size_t count_of(const Archive *a, char letter)
{
    return letter == 'n' ? a->nnode : letter == 'f' ? a->nfunc : a->nobj;
}

bool parse_id(const Archive *a, const char *word, char letter, size_t *out)
{
    uint64_t v = 0;
    bool ok = word[0] == letter && parse_count(word + 1, count_of(a, letter), &v) && v > 0;
    *out = (size_t)v;
    return ok;
}

bool field_id(Archive *a, char letter, size_t *id)
{
    char word[32];
    if (a->out) {
        text_printf(a->out, " %c%zu", letter, *id);
        return true;
    }
    return (archive_word(a, word, sizeof word) && parse_id(a, word, letter, id)) ||
           archive_fail(a, "one of %c1 to %c%zu is expected", letter, letter, count_of(a, letter));
}

bool field_place(Archive *a, const char *what, uint64_t most, size_t i, size_t n)
{
    uint64_t number = i + 1;
    return field_count(a, most, &number) &&
           (a->out || number == n + 1 || archive_fail(a, "%s %zu is expected", what, n + 1));
}

void put_list(Archive *a, const int64_t *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        text_printf(a->out, "%s%" PRId64, i > 0 ? "," : "", v[i]);
    }
}

bool parse_list(const char *word, int64_t *out, int cap, int *n)
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

bool field_sizes(Archive *a, int64_t least, int64_t *size, int *n)
{
    char word[256];
    if (a->out) {
        text_add(a->out, " (");
        put_list(a, size, *n);
        text_add(a->out, ")");
        return true;
    }
    bool ok = archive_word(a, word, sizeof word) && word[0] == '(' && word[strlen(word) - 1] == ')';
    if (ok) {
        word[strlen(word) - 1] = '\0';
        ok = parse_list(word + 1, size, NB_MAX_RANK, n);
    }
    for (int i = 0; ok && i < *n; i++) {
        ok = size[i] >= least;
    }
    return ok || archive_fail(a, "sizes such as (2,3) are expected");
}

/* "1.5" or "0*6", which is six times 0; *left is how many there may be. */
static bool number_word(Archive *a, char *word, size_t left, double *x, uint64_t *times)
{
    char *star = strchr(word, '*');
    *times = 1;
    if (star) {
        *star = '\0';
    }
    if (!parse_number(word, x) || (star && !parse_count(star + 1, UINT64_MAX, times))) {
        return archive_fail(a, "%.60s is no number", word);
    }
    return *times <= left || archive_fail(a, "there are too many numbers");
}

#define LOOK ((size_t)1 << 18) /* numbers between two looks at Ctrl-C */

/* Numbers up to the end of the line or a `=`, `count` of them. */
static bool read_numbers(Archive *a, double *to, size_t count)
{
    char word[96];
    size_t n = 0;
    for (size_t words = 0; !archive_peek(a, "=") && archive_word(a, word, sizeof word); words++) {
        double x;
        uint64_t times;
        if (!number_word(a, word, count - n, &x, &times) ||
            (words % 4096 == 0 && !archive_looked(a))) {
            return false;
        }
        for (uint64_t i = 0; i < times; i++) {
            to[n++] = x;
            if (n % LOOK == 0 && !archive_looked(a)) {
                return false; /* a short text can stand for all memory */
            }
        }
    }
    return !a->failed &&
           (n == count || archive_fail(a, "%zu numbers are expected, there are %zu", count, n));
}

/* " 1 2 0*6": runs of three and more the same are counted. */
static void put_numbers(Archive *a, const NbTensor *t)
{
    for (int64_t i = 0, words = 0; i < t->size; words++) {
        if (words % 4096 == 0 && nb_ctx_interrupted(a->s->ctx)) {
            return;
        }
        double x = nb_tensor_at(t, i);
        int64_t same = 1;
        while (i + same < t->size && bits(nb_tensor_at(t, i + same)) == bits(x)) {
            same++;
            if (same % (int64_t)LOOK == 0 && nb_ctx_interrupted(a->s->ctx)) {
                return;
            }
        }
        int64_t times = same > 2 ? 1 : same;
        for (int64_t k = 0; k < times; k++) {
            text_addn(a->out, " ", 1);
            put_number(a, x);
        }
        if (same > 2) {
            text_printf(a->out, "*%" PRId64, same);
        }
        i += same;
    }
}

bool field_numbers(Archive *a, const NbShape *shape, const NbTensor *shown, NbTensor **made)
{
    NbErr *err = nb_ctx_err(a->s->ctx);
    int64_t size;
    if (a->out) {
        put_numbers(a, shown);
        return true;
    }
    /* asked first: what does not fit is refused before its numbers are read */
    *made = nb_shape_size(shape, &size, err) == NB_OK ? nb_tensor_new(shape, err) : NULL;
    if (!*made) {
        return archive_fail_ctx(a);
    }
    if (!read_numbers(a, (*made)->data, (size_t)size)) {
        nb_tensor_unref(made);
    }
    return *made != NULL;
}

NbTensor flat_tensor(const double *numbers, int64_t n)
{
    NbTensor t = {.data = (double *)(uintptr_t)numbers, .size = n, .contiguous = true};
    t.shape = (NbShape){.rank = 1, .dim = {n}};
    t.stride[0] = 1;
    return t;
}
