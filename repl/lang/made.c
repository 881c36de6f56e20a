/* made.c -- constants computed from constants: what was written since is told, not recomputed */
#include <string.h>

#include <nabla/saved.h>

#include "lang/internal.h"

/* const∘const has no edges, so that loops over constants hold nothing. A name bound to such a
 * value remembers the expression instead, and the serial of the value it was. */

#define DEPTH 32    /* of functions and definitions looked through */
#define NODES 20000 /* of the trees */

void interp_made(Interp *I, const Node *target, const Node *expr)
{
    Symbol *s = &I->sym[target->id];
    if (s->value.tag != V_VAR || nb_var_kind(s->value.var) != NB_CONST) {
        return;
    }
    s->made_serial = nb_var_serial(s->value.var);
    if (s->made != expr) {
        program_unref(&s->made_in);
        s->made_in = program_ref(I->program);
        s->made = expr;
    }
}

typedef struct Search {
    const Interp *I;
    uint64_t since; /* constants written at this stamp or later */
    uint64_t stamp; /* of the value whose definition is read */
    int self, nodes, depth;
} Search;

static bool reads(Search *f, const Node *n);
static bool outdated(Search *f, int symbol);

static bool reads_name(Search *f, int symbol)
{
    const Symbol *s = &f->I->sym[symbol];
    if (symbol == f->self || s->value.tag == V_UNSET) {
        return false;
    }
    if (s->value.tag == V_FUNC && s->value.func->def) {
        bool found = f->depth < DEPTH;
        if (found) {
            f->depth++;
            found = reads(f, s->value.func->def->body);
            f->depth--;
        }
        return found;
    }
    if (s->value.tag != V_VAR || nb_var_kind(s->value.var) != NB_CONST) {
        return false;
    }
    uint64_t stamp = nb_var_stamp(s->value.var);
    if (stamp >= f->since && stamp > f->stamp) {
        return true;
    }
    Search next = *f;
    next.depth++;
    return f->depth < DEPTH && outdated(&next, symbol);
}

static bool reads(Search *f, const Node *n)
{
    if (!n || f->nodes-- <= 0) {
        return false;
    }
    if (n->kind == N_GLOBAL) {
        return reads_name(f, n->id);
    }
    if (n->kind == N_CALL && reads(f, n->call->callee)) {
        return true;
    }
    bool found = reads(f, n->a) || reads(f, n->b);
    for (int i = 0; i < n->n && !found && n->kid; i++) {
        found = reads(f, n->kid[i]);
    }
    return found;
}

static bool outdated(Search *f, int symbol)
{
    const Symbol *s = &f->I->sym[symbol];
    if (!s->made || s->value.tag != V_VAR || nb_var_kind(s->value.var) != NB_CONST ||
        nb_var_serial(s->value.var) != s->made_serial) {
        return false;
    }
    f->self = symbol;
    f->stamp = nb_var_stamp(s->value.var);
    return reads(f, s->made);
}

bool interp_outdated(Interp *I, int symbol, uint64_t since, char *text, size_t cap)
{
    Search f = {.I = I, .since = since, .nodes = NODES};
    if (symbol < 0 || symbol >= I->nsym || !outdated(&f, symbol)) {
        return false;
    }
    Program *running = I->program;
    I->program = I->sym[symbol].made_in;
    interp_text(I, I->sym[symbol].made, text, cap);
    I->program = running;
    return true;
}
