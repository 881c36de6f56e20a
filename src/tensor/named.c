/* named.c -- sets of named tensors */
#include <nabla/named.h>

#include <string.h>

#include "base/mem.h"

NbStatus nb_named_add(NbNamedSet *s, const char *name, NbTensor *value, NbErr *err)
{
    if (!s || !name || !value) {
        nb_tensor_unref(&value); /* whose failure to be made is told already */
        return nb_fail(err, NB_EVALUE, "the %s is missing",
                       !s     ? "set of tensors"
                       : name ? "tensor"
                              : "name");
    }
    size_t n = strlen(name) + 1;
    char *copy = nb_alloc(n);
    NbStatus status = NB_OK;
    if (nb_named_find(s, name)) {
        status = nb_fail(err, NB_EVALUE, "%s is there twice", name);
    } else if (!copy || !nb_grow((void **)&s->item, &s->cap, s->n + 1, sizeof *s->item)) {
        status = nb_fail(err, NB_EMEM, "out of memory for %s", name);
    }
    if (status == NB_OK) {
        memcpy(copy, name, n);
        s->item[s->n++] = (NbNamed){copy, value};
    } else {
        nb_free(copy);
        nb_tensor_unref(&value);
    }
    return status;
}

const NbTensor *nb_named_find(const NbNamedSet *s, const char *name)
{
    if (!s || !name) {
        return NULL;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->item[i].name, name) == 0) {
            return s->item[i].value;
        }
    }
    return NULL;
}

void nb_named_clear(NbNamedSet *s)
{
    if (!s) {
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        nb_free(s->item[i].name);
        nb_tensor_unref(&s->item[i].value);
    }
    nb_free(s->item);
    *s = (NbNamedSet){0};
}
