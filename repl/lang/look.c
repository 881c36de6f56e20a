/* look.c -- what a parsed text speaks of: gradients, functions, names of loops */
#include <string.h>

#include "lang/internal.h"

typedef bool (*NodeFn)(void *user, const Node *n);

static bool any_of(const Node *n, NodeFn is, void *user);

static bool any_of_call(const CallInfo *c, NodeFn is, void *user)
{
    return any_of(c->callee, is, user) || any_of(c->block, is, user);
}

static bool any_of_def(const DefInfo *d, NodeFn is, void *user)
{
    for (int i = 0; i < d->nparams; i++) {
        if (any_of(d->param[i].fallback, is, user)) {
            return true;
        }
    }
    return any_of(d->body, is, user);
}

/* Some node of this tree, n first, is what is looked for. */
static bool any_of(const Node *n, NodeFn is, void *user)
{
    if (!n || is(user, n)) {
        return n;
    }
    bool found = any_of(n->a, is, user) || any_of(n->b, is, user) ||
                 (n->kind == N_CALL && any_of_call(n->call, is, user)) ||
                 (n->kind == N_DEF && any_of_def(n->def, is, user));
    for (int i = 0; !found && n->kid && i < n->n; i++) {
        found = any_of(n->kid[i], is, user);
    }
    return found;
}

static bool any_in(const Program *p, NodeFn is, void *user)
{
    for (int i = 0; i < p->n; i++) {
        if (any_of(p->stmt[i], is, user)) {
            return true;
        }
    }
    return false;
}

/* --- gradients --- */

static bool is_gradient(void *user, const Node *n)
{
    const Interp *I = user;
    if (n->kind == N_ATTR) {
        return n->id == A_GRAD;
    }
    if (n->kind != N_CALL || n->call->callee->kind != N_GLOBAL) {
        return false;
    }
    const Builtin *row = I->sym[n->call->callee->id].row;
    for (int i = 0; i < builtins_grad_count; i++) {
        if (row == &builtins_grad[i]) {
            return true;
        }
    }
    return false;
}

bool program_takes_gradient(Interp *I, const Program *p)
{
    return any_in(p, is_gradient, I);
}

/* --- functions that nothing makes --- */

typedef struct Unknown {
    Interp *I;
    const Program *made;
    int symbol;
} Unknown;

static bool is_target(const Node *n, int symbol)
{
    if (n->kind == N_TUPLE) {
        for (int i = 0; i < n->n; i++) {
            if (is_target(n->kid[i], symbol)) {
                return true;
            }
        }
    }
    return (n->kind == N_GLOBAL && n->id == symbol) || (n->kind == N_LOCAL && n->sym == symbol);
}

static bool is_loop_over(const Node *n, int symbol)
{
    for (int i = 0; n->kind == N_FOR && i + 2 < n->n; i++) { /* targets, the sequence, the body */
        if (is_target(n->kid[i], symbol)) {
            return true;
        }
    }
    return false;
}

static bool is_made(void *user, const Node *n)
{
    const Unknown *u = user;
    switch (n->kind) {
    case N_ASSIGN:
    case N_CONST: return is_target(n->a, u->symbol);
    case N_DEF: return n->def->symbol == u->symbol;
    case N_FOR: return is_loop_over(n, u->symbol);
    case N_CALL: /* files may make any name */ return n->call->row && n->call->row->flags & B_READS;
    default: return false;
    }
}

static bool is_unknown(void *user, const Node *n)
{
    Unknown *u = user;
    if (n->kind != N_CALL || n->call->row || n->call->callee->kind != N_GLOBAL) {
        return false;
    }
    const Symbol *s = &u->I->sym[n->call->callee->id];
    u->symbol = n->call->callee->id;
    return !s->row && !s->op && !s->constant && !any_in(u->made, is_made, u);
}

const char *program_unknown_call(Interp *I, const Program *p, const Program *made)
{
    Unknown u = {.I = I, .made = made};
    return any_in(p, is_unknown, &u) ? I->sym[u.symbol].name : NULL;
}

/* --- names that loops give their values --- */

static bool loops_over(void *user, const Node *n)
{
    const Node *name = user;
    int symbol = name->kind == N_LOCAL ? name->sym : name->id;
    return n->start <= name->start && name->end <= n->end && is_loop_over(n, symbol);
}

bool interp_loops_over(Interp *I, const Node *name)
{
    const Program *p = interp_program(I);
    return p && (name->kind == N_GLOBAL || name->kind == N_LOCAL) &&
           any_in(p, loops_over, (void *)(uintptr_t)name);
}

static bool gives_values(void *user, const Node *n)
{
    return is_loop_over(n, *(const int *)user);
}

bool node_loops_over(const Node *statement, int symbol)
{
    return any_of(statement, gives_values, &symbol);
}
