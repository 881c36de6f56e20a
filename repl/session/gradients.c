/* gradients.c -- which leaves of the session hold a gradient, for cleargrad */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "session/session.h"

void session_release_held(Session *s)
{
    for (size_t i = 0; i < s->nheld; i++) {
        nb_var_unref(&s->held[i]);
    }
    s->nheld = 0;
    s->cleared = false;
    s->held_root = NULL;
}

static int by_age(const void *a, const void *b)
{
    uint64_t p = nb_var_serial(*(NbVar *const *)a), q = nb_var_serial(*(NbVar *const *)b);
    return (p > q) - (p < q);
}

static bool hold(Session *s, NbVar *const *leaf, size_t n)
{
    if (!nb_grow(&s->held, &s->held_cap, s->nheld + n, sizeof *s->held)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        s->held[s->nheld++] = nb_var_ref(leaf[i]);
    }
    return true;
}

static void drop_doubles(Session *s)
{
    qsort(s->held, s->nheld, sizeof(NbVar *), by_age);
    size_t kept = 0;
    for (size_t i = 0; i < s->nheld; i++) {
        if (kept > 0 && s->held[kept - 1] == s->held[i]) {
            nb_var_unref(&s->held[i]);
        } else {
            s->held[kept++] = s->held[i];
        }
    }
    s->nheld = kept;
}

bool session_holds(Session *s, NbVar *const *v, size_t n)
{
    size_t before = s->nheld;
    s->held_root = NULL;
    for (size_t i = 0; i < n; i++) {
        if (nb_var_kind(v[i]) == NB_LEAF && nb_var_has_grad(v[i]) && !hold(s, &v[i], 1)) {
            return false;
        }
    }
    if (s->nheld > before) {
        drop_doubles(s);
        s->cleared = false;
    }
    return true;
}

void session_lets_go(Session *s, const NbVar *v)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->nheld; i++) {
        if (s->held[i] == v) {
            nb_var_unref(&s->held[i]);
        } else {
            s->held[kept++] = s->held[i];
        }
    }
    s->nheld = kept;
}

void session_follow(Session *s, NbVar *root)
{
    if (s->root != root) {
        nb_var_ref(root);
        nb_var_unref(&s->root);
        s->root = root;
        s->held_root = NULL;
    }
}

/* In a loop the same graph is swept again and again: then the list is right already. */
bool session_swept(Session *s, NbVar *root)
{
    s->stepped = false;
    if (s->swept != root) {
        nb_var_ref(root);
        nb_var_unref(&s->swept);
        s->swept = root;
    }
    if (root == s->held_root) {
        s->cleared = false;
        return true;
    }
    session_follow(s, root);
    const NbTape *tape = nb_graph_tape(root);
    if (!tape) {
        return false;
    }
    bool same = s->nheld == tape->nleaves && tape->nleaves > 0 &&
                memcmp(s->held, tape->leaf, tape->nleaves * sizeof(NbVar *)) == 0;
    if (!same) {
        if (s->cleared) {
            session_release_held(s);
        }
        bool first = s->nheld == 0;
        if (!hold(s, tape->leaf, tape->nleaves)) {
            return false;
        }
        if (!first) {
            drop_doubles(s);
        }
    }
    s->cleared = false;
    s->held_root = root;
    return true;
}
