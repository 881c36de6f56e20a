/* gradients.c -- which leaves of the session hold a gradient, for cleargrad */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "session/core.h"

NbVar *const *session_held(const Session *s, size_t *n)
{
    *n = s->core->cleared ? 0 : s->core->nheld;
    return s->core->held;
}

void session_clear_held(Session *s)
{
    SessionCore *c = s->core;
    for (size_t i = 0; i < c->nheld; i++) {
        nb_var_clear_grad(c->held[i]);
    }
    c->cleared = true;
}

NbVar *session_swept_root(const Session *s)
{
    return s->core->swept;
}

void session_release_held(Session *s)
{
    for (size_t i = 0; i < s->core->nheld; i++) {
        nb_var_unref(&s->core->held[i]);
    }
    s->core->nheld = 0;
    s->core->cleared = false;
    s->core->held_root = NULL;
}

/* --- as one object, for undo --- */

struct HeldGrads {
    NbVar **held; /* references */
    size_t n, cap;
    bool cleared;
    NbVar *root; /* what step samples; reference */
};

HeldGrads *held_save(const Session *s)
{
    const SessionCore *c = s->core;
    HeldGrads *h = calloc(1, sizeof *h);
    if (!h || !nb_grow(&h->held, &h->cap, c->nheld, sizeof *h->held)) {
        free(h);
        return NULL;
    }
    for (; h->n < c->nheld; h->n++) {
        h->held[h->n] = nb_var_ref(c->held[h->n]);
    }
    h->cleared = c->cleared;
    h->root = nb_var_ref(s->root);
    return h;
}

void held_free(HeldGrads **ph)
{
    HeldGrads *h = *ph;
    *ph = NULL;
    if (h) {
        for (size_t i = 0; i < h->n; i++) {
            nb_var_unref(&h->held[i]);
        }
        nb_var_unref(&h->root);
        free(h->held);
        free(h);
    }
}

void held_swap(Session *s, HeldGrads *h)
{
    SessionCore *c = s->core;
    const HeldGrads now = {c->held, c->nheld, c->held_cap, c->cleared, s->root};
    c->held = h->held;
    c->nheld = h->n;
    c->held_cap = h->cap;
    c->cleared = h->cleared;
    c->held_root = NULL;
    s->root = h->root;
    *h = now;
}

bool held_same(const Session *s, const HeldGrads *h)
{
    const SessionCore *c = s->core;
    bool same = h->n == c->nheld && h->cleared == c->cleared && h->root == s->root;
    return same && (h->n == 0 || memcmp(h->held, c->held, h->n * sizeof(NbVar *)) == 0);
}

void held_each(const HeldGrads *h, void (*fn)(void *user, NbVar *v), void *user)
{
    for (size_t i = 0; i < h->n; i++) {
        fn(user, h->held[i]);
    }
    if (h->root) {
        fn(user, h->root);
    }
}

bool session_holds_room(Session *s, size_t n)
{
    return nb_grow(&s->core->held, &s->core->held_cap, s->core->nheld + n, sizeof *s->core->held);
}

/* --- more and less --- */

static int by_age(const void *a, const void *b)
{
    uint64_t p = nb_var_serial(*(NbVar *const *)a), q = nb_var_serial(*(NbVar *const *)b);
    return (p > q) - (p < q);
}

static bool hold(Session *s, NbVar *const *leaf, size_t n)
{
    if (!nb_grow(&s->core->held, &s->core->held_cap, s->core->nheld + n, sizeof *s->core->held)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        s->core->held[s->core->nheld++] = nb_var_ref(leaf[i]);
    }
    return true;
}

static void drop_doubles(Session *s)
{
    qsort(s->core->held, s->core->nheld, sizeof(NbVar *), by_age);
    size_t kept = 0;
    for (size_t i = 0; i < s->core->nheld; i++) {
        if (kept > 0 && s->core->held[kept - 1] == s->core->held[i]) {
            nb_var_unref(&s->core->held[i]);
        } else {
            s->core->held[kept++] = s->core->held[i];
        }
    }
    s->core->nheld = kept;
}

bool session_holds(Session *s, NbVar *const *v, size_t n)
{
    size_t before = s->core->nheld;
    s->core->held_root = NULL;
    for (size_t i = 0; i < n; i++) {
        if (nb_var_kind(v[i]) == NB_LEAF && nb_var_has_grad(v[i]) && !hold(s, &v[i], 1)) {
            return false;
        }
    }
    if (s->core->nheld > before) {
        drop_doubles(s);
        s->core->cleared = false;
    }
    return true;
}

void session_lets_go(Session *s, const NbVar *v)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->core->nheld; i++) {
        if (s->core->held[i] == v) {
            nb_var_unref(&s->core->held[i]);
        } else {
            s->core->held[kept++] = s->core->held[i];
        }
    }
    s->core->nheld = kept;
}

void session_follow(Session *s, NbVar *root)
{
    if (s->root != root) {
        nb_var_ref(root);
        nb_var_unref(&s->root);
        s->root = root;
        s->core->held_root = NULL;
    }
}

/* In a loop the same graph is swept again and again: then the list is right already. */
bool session_swept(Session *s, NbVar *root)
{
    s->stepped = false;
    if (s->core->swept != root) {
        nb_var_ref(root);
        nb_var_unref(&s->core->swept);
        s->core->swept = root;
    }
    if (root == s->core->held_root) {
        s->core->cleared = false;
        return true;
    }
    session_follow(s, root);
    const NbTape *tape = nb_graph_tape(root);
    if (!tape) {
        return false;
    }
    bool same = s->core->nheld == tape->nleaves && tape->nleaves > 0 &&
                memcmp(s->core->held, tape->leaf, tape->nleaves * sizeof(NbVar *)) == 0;
    if (!same) {
        if (s->core->cleared) {
            session_release_held(s);
        }
        bool first = s->core->nheld == 0;
        if (!hold(s, tape->leaf, tape->nleaves)) {
            return false;
        }
        if (!first) {
            drop_doubles(s);
        }
    }
    s->core->cleared = false;
    s->core->held_root = root;
    return true;
}
