/* labels.c -- texts numbered in the order they appear: a hash table over them */
#include <stdint.h>
#include <string.h>

#include "base/begin.h"
#include "base/mem.h"
#include "data/labels.h"

static uint64_t hash(const LabelText *f)
{
    uint64_t h = 14695981039346656037U;
    for (size_t i = 0; i < f->len; i++) {
        h = (h ^ (unsigned char)f->text[i]) * 1099511628211U;
    }
    return h ^ h >> 29;
}

static bool grow(Labels *s)
{
    size_t cap = s->cap ? 2 * s->cap : 64;
    size_t *slot = nb_calloc(cap, sizeof *slot);
    if (!slot) {
        return false;
    }
    for (size_t i = 0; i < s->n; i++) {
        size_t at = hash(&s->list[i]) & (cap - 1);
        while (slot[at]) {
            at = (at + 1) & (cap - 1);
        }
        slot[at] = i + 1;
    }
    nb_free(s->slot);
    s->slot = slot;
    s->cap = cap;
    return true;
}

bool labels_code(Labels *s, const LabelText *f, double *code)
{
    if (2 * (s->n + 1) > s->cap && !grow(s)) {
        return false;
    }
    size_t at = hash(f) & (s->cap - 1);
    for (; s->slot[at]; at = (at + 1) & (s->cap - 1)) {
        const LabelText *have = &s->list[s->slot[at] - 1];
        if (have->len == f->len && memcmp(have->text, f->text, f->len) == 0) {
            *code = (double)(s->slot[at] - 1);
            return true;
        }
    }
    if (!nb_grow(&s->list, &s->list_cap, s->n + 1, sizeof *s->list)) {
        return false;
    }
    *code = (double)s->n;
    s->list[s->n++] = *f;
    s->slot[at] = s->n;
    return true;
}

char *labels_text(const char *text, size_t len)
{
    char *s = nb_alloc(len + 1);
    if (s) {
        memcpy(s, text, len);
        s[len] = '\0';
    }
    return s;
}

bool labels_copy(const Labels *s, char ***text, int *n)
{
    *n = 0;
    *text = nb_calloc(s->n + 1, sizeof **text);
    bool ok = *text != NULL;
    for (size_t i = 0; ok && i < s->n; i++) {
        ok = ((*text)[i] = labels_text(s->list[i].text, s->list[i].len)) != NULL;
        *n += ok;
    }
    return ok;
}

void labels_clear(Labels *s)
{
    nb_free(s->slot);
    nb_free(s->list);
    *s = (Labels){0};
}
