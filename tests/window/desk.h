/* desk.h -- for tests of windows that belong to a session: what is typed, what the session holds */
#ifndef NABLA_TESTS_WINDOW_DESK_H
#define NABLA_TESTS_WINDOW_DESK_H

#include "repl/cmd/view_internal.h"
#include "tests/unit/prompt.h"

#include "display.h"

typedef struct Desk {
    Prompt *p;
    World hands; /* events go through its viz */
} Desk;

static inline int open_desk(void **state)
{
    if (with_display(state)) {
        return -1;
    }
    Desk *d = calloc(1, sizeof *d);
    World *w = *state;
    assert_non_null(d);
    d->p = prompt_new();
    assert_true(session_front(d->p->s, &(Front){.is = FRONT_WINDOWS}));
    d->hands = *w; /* without_display frees the world itself */
    *state = d;
    free(w);
    return 0;
}

static inline int close_desk(void **state)
{
    Desk *d = *state;
    World *w = calloc(1, sizeof *w);
    assert_non_null(w);
    prompt_free(d->p);
    *w = d->hands;
    w->viz = NULL;
    free(d);
    *state = w;
    return without_display(state);
}

static inline void type(Desk *d, const char *text)
{
    assert_int_equal(prompt_run(d->p, text), RUN_OK);
}

static inline double value(Desk *d, const char *name)
{
    Interp *I = d->p->s->interp;
    Value v = interp_get(I, interp_symbol(I, name));
    assert_int_equal(v.tag, V_VAR);
    return nb_var_value(v.var);
}

static inline double gradient(Desk *d, const char *name)
{
    Interp *I = d->p->s->interp;
    return nb_var_grad_value(interp_get(I, interp_symbol(I, name)).var);
}

#endif
