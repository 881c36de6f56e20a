/* arrays.c -- numbers of tensors as bytes of every kind */
#include "data/arrays.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

bool number_kind_ok(const NbNumberKind *k)
{
    switch (k->kind) {
    case 'f': return k->bytes == 2 || k->bytes == 4 || k->bytes == 8;
    case 'b': return k->bytes == 2;
    case '?': return k->bytes == 1;
    case 'i':
    case 'u': return k->bytes == 1 || k->bytes == 2 || k->bytes == 4 || k->bytes == 8;
    default: return false;
    }
}

uint64_t named_whole(const char *bytes, int n)
{
    uint64_t v = 0;
    for (int i = n; i-- > 0;) {
        v = v << 8 | (unsigned char)bytes[i];
    }
    return v;
}

void named_put_whole(Text *t, uint64_t v, int n)
{
    char byte[8];
    for (int i = 0; i < n; i++) {
        byte[i] = (char)(v >> 8 * i & 0xff);
    }
    text_addn(t, byte, (size_t)n);
}

/* Sign, `exponent` bits, `fraction` bits. */
static double real(uint64_t v, int exponent, int fraction)
{
    uint64_t mantissa = v & ((UINT64_C(1) << fraction) - 1);
    int top = (1 << exponent) - 1, e = (int)(v >> fraction) & top, bias = top >> 1;
    double x = e == top ? (mantissa ? NAN : INFINITY)
               : e == 0 ? ldexp((double)mantissa, 1 - bias - fraction)
                        : ldexp((double)(mantissa | UINT64_C(1) << fraction), e - bias - fraction);
    return v >> (exponent + fraction) & 1 ? -x : x;
}

static double number_at(const char *bytes, const NbNumberKind *k)
{
    char turned[8];
    for (int i = 0; k->big && i < k->bytes; i++) {
        turned[i] = bytes[k->bytes - 1 - i];
    }
    uint64_t v = named_whole(k->big ? turned : bytes, k->bytes);
    switch (k->kind) {
    case 'f':
        return k->bytes == 8 ? real(v, 11, 52) : k->bytes == 4 ? real(v, 8, 23) : real(v, 5, 10);
    case 'b': return real(v, 8, 7);
    case '?': return v != 0;
    case 'u': return (double)v;
    default: {
        int unused = 64 - 8 * k->bytes;
        return (double)((int64_t)(v << unused) >> unused);
    }
    }
}

NbStatus named_fits(const NbShape *shape, int bytes, size_t left, const char *path,
                    const char *name, NbErr *err)
{
    int64_t n = 0;
    NbErr own = {0};
    char text[160];
    if (nb_shape_size(shape, &n, &own) != NB_OK || (uint64_t)n > left / (size_t)bytes) {
        return nb_fail(err, NB_EVALUE, "%s: %s %s needs more bytes than the file has", path, name,
                       nb_shape_text(shape, text, sizeof text));
    }
    return NB_OK;
}

NbTensor *named_tensor(const NbShape *shape, const char *bytes, const NbNumberKind *kind,
                       bool columns, NbErr *err)
{
    NbTensor *t = nb_tensor_new(shape, err);
    int64_t step[NB_MAX_RANK + 1] = {1}; /* of an axis in the file, when columns */
    for (int a = 0; t && a < shape->rank; a++) {
        step[a + 1] = step[a] * shape->dim[a];
    }
    for (int64_t i = 0; t && i < t->size; i++) {
        int64_t at = columns ? 0 : i, rest = i;
        for (int a = shape->rank; columns && a-- > 0;) {
            at += rest % shape->dim[a] * step[a];
            rest /= shape->dim[a];
        }
        t->data[i] = number_at(bytes + at * kind->bytes, kind);
    }
    return t;
}

void named_put(Text *t, const NbTensor *v, bool single)
{
    for (int64_t i = 0; i < v->size; i++) {
        double x = nb_tensor_at(v, i);
        float f = (float)x;
        uint64_t wide;
        uint32_t narrow;
        memcpy(&wide, &x, sizeof wide);
        memcpy(&narrow, &f, sizeof narrow);
        named_put_whole(t, single ? narrow : wide, single ? 4 : 8);
    }
}
