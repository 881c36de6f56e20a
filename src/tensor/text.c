/* text.c -- tensors as text that reads back */
#include <nabla/format.h>
#include <nabla/tensor.h>

#include "base/out.h"

int nb_shape_edges(const NbShape *s, int64_t position)
{
    if (!s) {
        return 0;
    }
    int n = 0;
    int64_t block = 1;
    for (int axis = s->rank - 1; axis >= 0; axis--) {
        block *= s->dim[axis];
        if (position % block != 0) {
            break;
        }
        n++;
    }
    return n;
}

static void put_many(NbOut *o, const char *s, int n)
{
    while (n-- > 0) {
        nb_put(o, s);
    }
}

static void put_empty(NbOut *o, const NbShape *s)
{
    char text[160];
    nb_put(o, "zeros");
    nb_put(o, nb_shape_text(s, text, sizeof text));
}

size_t nb_format_tensor(const NbTensor *t, int digits, int max_items, int ascii, char *buf,
                        size_t cap)
{
    NbOut o = {buf, cap, 0};
    if (!t) {
        return nb_put_end(&o);
    }
    const NbShape *s = &t->shape;
    if (t->size == 0) {
        put_empty(&o, s);
    }
    for (int64_t i = 0; i < t->size; i++) {
        int open = nb_shape_edges(s, i);
        if (i > 0) {
            nb_put(&o, ", ");
        }
        put_many(&o, "[", open);
        if (max_items > 0 && i >= max_items) {
            nb_put(&o, ascii ? "..." : "…");
            put_many(&o, "]", s->rank);
            break;
        }
        nb_put_number(&o, nb_tensor_at(t, i), digits);
        put_many(&o, "]", nb_shape_edges(s, i + 1));
    }
    return nb_put_end(&o);
}
