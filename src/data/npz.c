/* npz.c -- NumPy's files: npy, one array behind a header; npz, a zip archive of them */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/arrays.h"

/* --- npy: "\x93NUMPY", version, length, {'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}
 * filled up with blanks --- */

/* What stands behind 'key': in the header; NULL without. */
static const char *value_of(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    if (!at) {
        return NULL;
    }
    at += strlen(key);
    at += strspn(at, " :");
    return at;
}

static bool take_shape(const char *p, NbShape *shape)
{
    *shape = (NbShape){0};
    if (!p || *p++ != '(') {
        return false;
    }
    for (p += strspn(p, " "); *p != ')'; p += strspn(p, " ,")) {
        int64_t v = 0;
        if (*p < '0' || *p > '9' || shape->rank == NB_MAX_RANK) {
            return false;
        }
        for (; *p >= '0' && *p <= '9'; p++) {
            if (v > INT64_MAX / 20) {
                return false;
            }
            v = 10 * v + (*p - '0');
        }
        shape->dim[shape->rank++] = v;
        if (!strchr(" ,)", *p) || !*p) {
            return false;
        }
    }
    return true;
}

static bool take_kind(const char *p, NbNumberKind *k)
{
    if (!p || *p != '\'' || !p[1] || !p[2] || !p[3]) {
        return false;
    }
    *k = (NbNumberKind){p[2], atoi(p + 3), p[1] == '>'};
    k->kind = k->kind == 'b' ? '?' : k->kind;
    return strchr("<>|=", p[1]) && number_kind_ok(k);
}

/* The text of the header; *data gets where the numbers begin. 0: it is not whole. */
static size_t npy_header(const char *bytes, size_t len, char *header, size_t cap)
{
    size_t wide = len > 6 && bytes[6] >= 2 ? 4 : 2, from = 8 + wide;
    size_t n = len >= from ? (size_t)named_whole(bytes + 8, (int)wide) : SIZE_MAX;
    if (len < from || n > len - from || n >= cap) {
        return 0;
    }
    memcpy(header, bytes + from, n);
    header[n] = '\0';
    return from + n;
}

NbTensor *npy_read(const char *bytes, size_t len, const char *path, const char *name, NbErr *err)
{
    char header[4096];
    NbShape shape;
    NbNumberKind kind;
    bool magic = len >= 10 && memcmp(bytes, "\x93NUMPY", 6) == 0;
    size_t from = magic ? npy_header(bytes, len, header, sizeof header) : 0;
    const char *order = from ? value_of(header, "'fortran_order'") : NULL;
    if (!order || !take_shape(value_of(header, "'shape'"), &shape)) {
        nb_fail(err, NB_ESYNTAX, "%s: %s has a damaged header", path, name);
        return NULL;
    }
    if (!take_kind(value_of(header, "'descr'"), &kind)) {
        nb_fail(err, NB_EVALUE, "%s: %s does not hold numbers", path, name);
        return NULL;
    }
    if (named_fits(&shape, kind.bytes, len - from, path, name, err) != NB_OK) {
        return NULL;
    }
    return named_tensor(&shape, bytes + from, &kind, order[0] == 'T', err);
}

void npy_write(Text *t, const NbTensor *v, bool single)
{
    Text header = {0};
    text_printf(&header, "{'descr': '<f%d', 'fortran_order': False, 'shape': (", single ? 4 : 8);
    for (int a = 0; a < v->shape.rank; a++) {
        text_printf(&header, "%s%lld", a ? ", " : "", (long long)v->shape.dim[a]);
    }
    text_printf(&header, "%s), }", v->shape.rank == 1 ? "," : "");
    while ((10 + header.len + 1) % 64 != 0 && !header.failed) {
        text_add(&header, " ");
    }
    text_add(&header, "\n");
    text_addn(t, "\x93NUMPY\1\0", 8);
    named_put_whole(t, header.len, 2);
    text_addn(t, text_str(&header), header.len);
    if (header.failed) {
        text_lose(t);
    }
    text_free(&header);
    named_put(t, v, single);
}

/* --- npz --- */

enum { LOCAL = 30, CENTRAL = 46, TAIL = 22, DATE_1980 = 0x21 };

static uint32_t checksum(const char *bytes, size_t n)
{
    uint32_t c = 0xffffffffU;
    for (size_t i = 0; i < n; i++) {
        c ^= (unsigned char)bytes[i];
        for (int k = 0; k < 8; k++) {
            c = c >> 1 ^ (c & 1 ? 0xedb88320U : 0);
        }
    }
    return ~c;
}

/* The parts of both headers that are the same, from the version needed on. */
static void put_entry(Text *t, uint32_t crc, size_t size, size_t name)
{
    named_put_whole(t, 20, 2);
    named_put_whole(t, 0, 4); /* flags, stored */
    named_put_whole(t, (uint64_t)DATE_1980 << 16, 4);
    named_put_whole(t, crc, 4);
    named_put_whole(t, size, 4);
    named_put_whole(t, size, 4);
    named_put_whole(t, name, 2);
    named_put_whole(t, 0, 2);
}

NbStatus npz_write(Text *t, const NbNamedSet *s, bool single, NbErr *err)
{
    Text list = {0}, one = {0};
    for (size_t i = 0; i < s->n; i++) {
        const char *name = s->item[i].name;
        size_t at = t->len, n = strlen(name) + 4;
        text_reset(&one);
        npy_write(&one, s->item[i].value, single);
        uint32_t crc = checksum(text_str(&one), one.len);
        text_add(t, "PK\3\4");
        put_entry(t, crc, one.len, n);
        text_printf(t, "%s.npy", name);
        text_addn(t, text_str(&one), one.len);
        text_add(&list, "PK\1\2");
        named_put_whole(&list, 20, 2);
        put_entry(&list, crc, one.len, n);
        named_put_whole(&list, 0, 4); /* comment, disk */
        named_put_whole(&list, 0, 6); /* attributes */
        named_put_whole(&list, at, 4);
        text_printf(&list, "%s.npy", name);
    }
    size_t at = t->len;
    text_addn(t, text_str(&list), list.len);
    text_add(t, "PK\5\6");
    named_put_whole(t, 0, 4);
    named_put_whole(t, s->n, 2);
    named_put_whole(t, s->n, 2);
    named_put_whole(t, list.len, 4);
    named_put_whole(t, at, 4);
    named_put_whole(t, 0, 2);
    if (list.failed || one.failed) {
        text_lose(t);
    }
    text_free(&list);
    text_free(&one);
    return t->len <= UINT32_MAX && s->n <= UINT16_MAX
               ? NB_OK
               : nb_fail(err, NB_EVALUE, "an npz file holds at most 4 GB here");
}

typedef struct Entry {
    char name[1024];
    unsigned method;
    uint32_t crc;
    size_t packed, size;
    const char *data;
} Entry;

/* The entry of the list at *p, which moves on. */
static bool take_entry(const char *bytes, size_t len, size_t *p, Entry *e)
{
    if (*p > len || len - *p < CENTRAL || memcmp(bytes + *p, "PK\1\2", 4) != 0) {
        return false;
    }
    const char *c = bytes + *p;
    size_t name = (size_t)named_whole(c + 28, 2), local = (size_t)named_whole(c + 42, 4);
    e->method = (unsigned)named_whole(c + 10, 2);
    e->crc = (uint32_t)named_whole(c + 16, 4);
    e->packed = (size_t)named_whole(c + 20, 4);
    e->size = (size_t)named_whole(c + 24, 4);
    if (len - *p - CENTRAL < name || name >= sizeof e->name || memchr(c + CENTRAL, 0, name)) {
        return false;
    }
    memcpy(e->name, c + CENTRAL, name);
    e->name[name] = '\0';
    if (name > 4 && strcmp(e->name + name - 4, ".npy") == 0) {
        e->name[name - 4] = '\0';
    }
    *p += CENTRAL + name + (size_t)named_whole(c + 30, 2) + (size_t)named_whole(c + 32, 2);
    if (local > len || len - local < LOCAL || memcmp(bytes + local, "PK\3\4", 4) != 0) {
        return false;
    }
    size_t at = local + LOCAL + (size_t)named_whole(bytes + local + 26, 2) +
                (size_t)named_whole(bytes + local + 28, 2);
    if (at > len || len - at < e->packed) {
        return false;
    }
    e->data = bytes + at;
    return true;
}

/* Deflate makes at most 1032 bytes of one. */
static NbStatus read_entry(NbNamedSet *s, const Entry *e, const char *path, NbErr *err)
{
    char *own = NULL;
    const char *bytes = e->data;
    if (e->method == 8 && e->size / 1032 <= e->packed) {
        own = nb_alloc(e->size + 1);
        if (!own) {
            return nb_fail(err, NB_EMEM, "out of memory reading %s", path);
        }
        bytes = inflate_bytes(e->data, e->packed, own, e->size) ? own : NULL;
    } else if (e->method != 0 || e->packed != e->size) {
        bytes = NULL;
    }
    NbTensor *t = NULL;
    if (!bytes || checksum(bytes, e->size) != e->crc) {
        nb_fail(err, NB_ESYNTAX, "%s: %s is damaged", path, e->name);
    } else {
        t = npy_read(bytes, e->size, path, e->name, err);
    }
    nb_free(own);
    return t ? nb_named_add(s, e->name, t, err) : err->code;
}

NbStatus npz_read(NbNamedSet *s, const char *bytes, size_t len, const char *path, NbErr *err)
{
    size_t tail = len;
    size_t least = len > TAIL + UINT16_MAX ? len - TAIL - UINT16_MAX : 0;
    for (size_t i = len >= TAIL ? len - TAIL + 1 : 0; tail == len && i-- > least;) {
        tail = memcmp(bytes + i, "PK\5\6", 4) == 0 ? i : len;
    }
    if (tail == len) {
        return nb_fail(err, NB_ESYNTAX, "%s: the archive does not end", path);
    }
    size_t n = (size_t)named_whole(bytes + tail + 10, 2);
    size_t p = (size_t)named_whole(bytes + tail + 16, 4);
    Entry e;
    for (size_t i = 0; i < n; i++) {
        if (!take_entry(bytes, len, &p, &e)) {
            return nb_fail(err, NB_ESYNTAX, "%s: its list of arrays is damaged", path);
        }
        if (read_entry(s, &e, path, err) != NB_OK) {
            return err->code;
        }
    }
    return NB_OK;
}
