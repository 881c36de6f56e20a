/* safetensors.c -- files of named tensors: a length, a header in JSON, the numbers */

/* Eight bytes, lowest first, are the length of the header {"name": {"dtype": "F32", "shape": [2,
 * 3], "data_offsets": [0, 24]}, …}; offsets count from its end. "__metadata__" holds texts. */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "data/arrays.h"

#define NAME_CAP 1024
#define HEADER_MOST (100u << 20) /* as others have it */

typedef struct Reader {
    const char *p, *end; /* of the header */
    const char *data;    /* behind it */
    size_t size;
    const char *path;
    NbErr *err;
} Reader;

static bool damaged(Reader *r, const char *what)
{
    nb_fail(r->err, NB_ESYNTAX, "%s: the header is damaged: %s", r->path, what);
    return false;
}

static bool sees(Reader *r, char c)
{
    while (r->p < r->end && strchr(" \t\r\n", *r->p) && *r->p) {
        r->p++;
    }
    if (r->p < r->end && *r->p == c) {
        r->p++;
        return true;
    }
    return false;
}

/* A text in quotes into buf; escapes of one sign alone. */
static bool read_text(Reader *r, char *buf, size_t cap)
{
    size_t n = 0;
    if (!sees(r, '"')) {
        return damaged(r, "a name in quotes was expected");
    }
    for (; r->p < r->end && *r->p != '"'; r->p++) {
        if (*r->p == '\\' && ++r->p < r->end && !strchr("\"\\/", *r->p)) {
            return damaged(r, "a name with an escape");
        }
        if (r->p == r->end || (unsigned char)*r->p < 0x20 || n + 1 >= cap) {
            return damaged(r, "a name without an end");
        }
        buf[n++] = *r->p;
    }
    buf[n] = '\0';
    return sees(r, '"') || damaged(r, "a name without an end");
}

/* [1, 2, …], at most `most` of them. */
static bool read_wholes(Reader *r, int64_t *to, int most, int *n)
{
    *n = 0;
    if (!sees(r, '[')) {
        return damaged(r, "a list of whole numbers was expected");
    }
    while (!sees(r, ']')) {
        int64_t v = 0;
        if (*n > 0 && !sees(r, ',')) {
            return damaged(r, "a list without an end");
        }
        sees(r, ' ');
        if (*n == most || r->p == r->end || *r->p < '0' || *r->p > '9') {
            return damaged(r, *n == most ? "a list is too long" : "no whole number in a list");
        }
        for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
            if (v > (INT64_MAX - 9) / 10) {
                return damaged(r, "a number is too large");
            }
            v = 10 * v + (*r->p - '0');
        }
        to[(*n)++] = v;
    }
    return true;
}

static bool find_kind(const char *dtype, NbNumberKind *k)
{
    static const struct {
        const char *name;
        NbNumberKind kind;
    } row[] = {{"F64", {'f', 8, false}},  {"F32", {'f', 4, false}}, {"F16", {'f', 2, false}},
               {"BF16", {'b', 2, false}}, {"I64", {'i', 8, false}}, {"I32", {'i', 4, false}},
               {"I16", {'i', 2, false}},  {"I8", {'i', 1, false}},  {"U64", {'u', 8, false}},
               {"U32", {'u', 4, false}},  {"U16", {'u', 2, false}}, {"U8", {'u', 1, false}},
               {"BOOL", {'?', 1, false}}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (strcmp(row[i].name, dtype) == 0) {
            *k = row[i].kind;
            return true;
        }
    }
    return false;
}

/* {"dtype": …, "shape": …, "data_offsets": …} in any order. */
static bool read_entry(Reader *r, NbNamedSet *s, const char *name)
{
    char key[32], dtype[16] = "";
    NbShape shape = {0};
    NbNumberKind kind = {0};
    int64_t at[2] = {-1, -1};
    int n = 0;
    unsigned seen = 0;
    if (!sees(r, '{')) {
        return damaged(r, "a tensor without a description");
    }
    for (bool first = true; !sees(r, '}'); first = false) {
        if ((!first && !sees(r, ',')) || !read_text(r, key, sizeof key) || !sees(r, ':')) {
            return damaged(r, "a description without an end");
        }
        bool ok = false;
        if (strcmp(key, "dtype") == 0) {
            ok = read_text(r, dtype, sizeof dtype);
            seen |= 1;
        } else if (strcmp(key, "shape") == 0) {
            ok = read_wholes(r, shape.dim, NB_MAX_RANK, &shape.rank);
            seen |= 2;
        } else if (strcmp(key, "data_offsets") == 0) {
            ok = read_wholes(r, at, 2, &n);
            seen |= 4;
        }
        if (!ok) {
            return damaged(r, "an unknown description of a tensor");
        }
    }
    if (seen != 7 || n != 2 || at[0] > at[1] || (uint64_t)at[1] > r->size) {
        return damaged(r, "a tensor outside the file");
    }
    if (!find_kind(dtype, &kind)) {
        nb_fail(r->err, NB_EVALUE, "%s: %s has numbers of an unknown kind, %s", r->path, name,
                dtype);
        return false;
    }
    int64_t count;
    size_t bytes = (size_t)(at[1] - at[0]);
    if (named_fits(&shape, kind.bytes, bytes, r->path, name, r->err) != NB_OK) {
        return false;
    }
    if (nb_shape_size(&shape, &count, r->err) != NB_OK ||
        (size_t)count * (size_t)kind.bytes != bytes) {
        return damaged(r, "a tensor of another size than its shape says");
    }
    NbTensor *t = named_tensor(&shape, r->data + at[0], &kind, false, r->err);
    return t && nb_named_add(s, name, t, r->err) == NB_OK;
}

/* {"text": "text", …} */
static bool skip_metadata(Reader *r)
{
    char text[NAME_CAP];
    if (!sees(r, '{')) {
        return damaged(r, "__metadata__ is no object");
    }
    for (bool first = true; !sees(r, '}'); first = false) {
        if ((!first && !sees(r, ',')) || !read_text(r, text, sizeof text) || !sees(r, ':') ||
            !read_text(r, text, sizeof text)) {
            return damaged(r, "__metadata__ holds more than texts");
        }
    }
    return true;
}

NbStatus safetensors_read(NbNamedSet *s, const char *bytes, size_t len, const char *path,
                          NbErr *err)
{
    uint64_t header = named_whole(bytes, 8);
    char name[NAME_CAP];
    if (header > len - 8 || header > HEADER_MOST) {
        return nb_fail(err, NB_ESYNTAX, "%s: the header is longer than the file", path);
    }
    Reader r = {.p = bytes + 8,
                .end = bytes + 8 + header,
                .data = bytes + 8 + header,
                .size = len - 8 - (size_t)header,
                .path = path,
                .err = err};
    bool ok = sees(&r, '{');
    for (bool first = true; ok && !sees(&r, '}'); first = false) {
        ok = (first || sees(&r, ',')) && read_text(&r, name, sizeof name) && sees(&r, ':') &&
             (strcmp(name, "__metadata__") == 0 ? skip_metadata(&r) : read_entry(&r, s, name));
    }
    if (!ok) {
        damaged(&r, "it does not end"); /* unless something was said */
    }
    return ok ? NB_OK : err->code;
}

static void put_name(Text *t, const char *name)
{
    text_add(t, "\"");
    for (; *name; name++) {
        text_add(t, *name == '"' || *name == '\\' ? "\\" : "");
        text_addn(t, name, 1);
    }
    text_add(t, "\"");
}

void safetensors_write(Text *t, const NbNamedSet *s, bool single)
{
    Text header = {0};
    size_t at = 0, width = single ? 4 : 8;
    text_add(&header, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t i = 0; i < s->n; i++) {
        const NbTensor *v = s->item[i].value;
        text_add(&header, ",");
        put_name(&header, s->item[i].name);
        text_printf(&header, ":{\"dtype\":\"%s\",\"shape\":[", single ? "F32" : "F64");
        for (int a = 0; a < v->shape.rank; a++) {
            text_printf(&header, "%s%lld", a ? "," : "", (long long)v->shape.dim[a]);
        }
        text_printf(&header, "],\"data_offsets\":[%zu,%zu]}", at, at + (size_t)v->size * width);
        at += (size_t)v->size * width;
    }
    text_add(&header, "}");
    while (header.len % 8 != 0 && !header.failed) {
        text_add(&header, " ");
    }
    named_put_whole(t, header.len, 8);
    text_addn(t, text_str(&header), header.len);
    if (header.failed) {
        text_lose(t);
    }
    text_free(&header);
    for (size_t i = 0; i < s->n; i++) {
        named_put(t, s->item[i].value, single);
    }
}
