/* parse_bind.c -- statements that give names a meaning: assignment, const, :=, def */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lang/parser.h"

/* --- assignment --- */

static bool reserved(Parser *p, const Node *n)
{
    const Symbol *s = &p->I->sym[n->sym];
    if (s->row && (s->row->flags & B_COMMAND)) {
        return parser_fail(p, n->start, n->end, "%s is a command; choose another name", s->name);
    }
    if (interp_locked(p->I, s)) {
        parser_fail(p, n->start, n->end, "%s keeps its meaning with --safe", s->name);
        return parser_hint(p, "choose another name");
    }
    return true;
}

bool parser_target_name(Parser *p, const Node *n)
{
    const Symbol *s = &p->I->sym[n->sym];
    if (!reserved(p, n)) {
        return false;
    }
    if (memchr(s->name, '~', s->len)) {
        parser_fail(p, n->start, n->end, "%s is the earlier %.*s and keeps its value", s->name,
                    (int)(strchr(s->name, '~') - s->name), s->name);
        return parser_hint(p, "in place: %s := …", s->name);
    }
    return !p->scope || parser_local(p, n->sym);
}

static bool target(Parser *p, const Node *n, bool constant)
{
    char buf[64];
    switch (n->kind) {
    case N_GLOBAL: return parser_target_name(p, n);
    case N_ATTR:
        if (!constant) {
            return true;
        }
        break;
    case N_INDEX:
        parser_fail(p, n->start, n->end, "parts are written with :=");
        return parser_hint(p, "%s := …", parser_excerpt(p, n->start, n->end, buf, sizeof buf));
    case N_CALL:
        parser_fail(p, n->start, n->end, "a call cannot be assigned to");
        return parser_hint(p, "def %s = …", parser_excerpt(p, n->start, n->end, buf, sizeof buf));
    default: break;
    }
    return parser_fail(p, n->start, n->end, "only a name can be assigned to, not %s",
                       parser_excerpt(p, n->start, n->end, buf, sizeof buf));
}

static bool targets(Parser *p, const Node *n, bool constant)
{
    if (n->kind != N_TUPLE) {
        return target(p, n, constant);
    }
    for (int i = 0; i < n->n; i++) {
        if (!target(p, n->kid[i], constant)) {
            return false;
        }
    }
    return true;
}

static bool check_counts(Parser *p, const Node *left, const Node *right)
{
    int names = left->kind == N_TUPLE ? left->n : 1;
    int values = right->kind == N_TUPLE ? right->n : 1;
    if (p->tok.kind == T_ASSIGN) {
        parser_fail(p, p->tok.start, p->tok.end, "two = in one statement");
        return parser_hint(p, names == 1 && values == 2 ? "x, y = 2, 3 sets two names"
                                                        : "one = in a statement; == compares");
    }
    if (names == values || values == 1) {
        return true;
    }
    parser_fail(p, right->start, right->end, "%d name%s and %d values", names,
                names == 1 ? "" : "s", values);
    const Node *a = right->kid[0], *b = right->kid[1];
    if (names == 1 && values == 2 && a->kind == N_NUM && b->kind == N_NUM &&
        b->start == a->end + 1) {
        char whole[64];
        Text t = text_over(whole, sizeof whole);
        for (uint32_t i = a->start; i < a->end; i++) { /* 1.000,50 */
            text_addn(&t, p->prog->text + i, p->prog->text[i] != '.');
        }
        return parser_hint(p, "the decimal mark is a point: %s.%.*s", whole,
                           (int)(b->end - b->start), p->prog->text + b->start);
    }
    return names == 1 ? parser_hint(p, "[ ] makes a tensor or a list") : false;
}

#define STEP_DEPTH 24

/* Counts uses of a name, and of its gradient, in an expression. */
static void count_uses(const Node *n, int symbol, int depth, int *plain, int *grad)
{
    bool own = n && n->kind == N_GLOBAL && n->id == symbol;
    if (!n || depth == 0 || own) {
        *plain += own;
        return;
    }
    if (n->kind == N_ATTR) {
        bool of_name = n->a->kind == N_GLOBAL && n->a->id == symbol;
        *grad += of_name && n->id == A_GRAD; /* any other attribute is const, as .data */
    } else if (n->kind == N_UNARY || n->kind == N_BINARY) {
        count_uses(n->a, symbol, depth - 1, plain, grad);
        if (n->kind == N_BINARY) {
            count_uses(n->b, symbol, depth - 1, plain, grad);
        }
    } else if (n->kind == N_CHAIN || n->kind == N_CALL) {
        for (int i = 0; i < n->n; i++) {
            count_uses(n->kid[i], symbol, depth - 1, plain, grad);
        }
    }
}

/* p = p - lr*p.grad: the graph of p grows where := was meant. */
static bool is_step(const Node *left, const Node *right)
{
    int plain = 0, grad = 0;
    if (left->kind == N_TUPLE && right->kind == N_TUPLE) {
        return is_step(left->kid[0], right->kid[0]);
    }
    if (left->kind != N_GLOBAL || (right->kind != N_BINARY && right->kind != N_CHAIN)) {
        return false;
    }
    count_uses(right, left->id, STEP_DEPTH, &plain, &grad);
    return plain > 0 && grad > 0;
}

Node *parser_assignment(Parser *p, Node *left, uint32_t start, NodeKind kind)
{
    if (!targets(p, left, kind == N_CONST)) {
        return NULL;
    }
    parser_advance(p);
    Node *right = parser_expr_list(p);
    if (!right || !check_counts(p, left, right)) {
        return NULL;
    }
    Node *n = parser_parts(p, kind, start, left, right);
    if (n && kind == N_ASSIGN && !p->scope && is_step(left, right)) {
        n->flags |= NF_STEP;
    }
    return n;
}

static bool can_be_written(Parser *p, const Node *n)
{
    if (n->kind == N_GLOBAL || n->kind == N_INDEX || n->kind == N_ATTR) {
        return true;
    }
    parser_fail(p, n->start, n->end, "only a name, part or attribute can be written");
    return n->kind == N_CALL && parser_hint(p, "f(x) = x^2 defines a function");
}

Node *parser_write(Parser *p, Node *left, uint32_t start)
{
    bool many = left->kind == N_TUPLE;
    int places = many ? left->n : 1;
    for (int i = 0; i < places; i++) {
        if (!can_be_written(p, many ? left->kid[i] : left)) {
            return NULL;
        }
    }
    parser_advance(p);
    Node *right = parser_expr_list(p);
    if (!right) {
        return NULL;
    }
    int values = right->kind == N_TUPLE ? right->n : 1;
    if (values != places) {
        parser_fail(p, right->start, right->end, "%d name%s and %d value%s", places,
                    places == 1 ? "" : "s", values, values == 1 ? "" : "s");
        parser_hint(p, places == 1 ? "[ ] makes a tensor" : "x, y := 0, 0 writes two");
        return NULL;
    }
    return parser_parts(p, N_WRITE, start, left, right);
}

/* The value of a place alone, without what it was computed from. */
static Node *value_of_place(Parser *p, Node *place)
{
    if (place->kind == N_ATTR) {
        return place;
    }
    Node *n = parser_node(p, N_ATTR, place->start, place->end);
    if (!n) {
        return NULL;
    }
    n->attr = "data";
    n->id = A_DATA;
    n->a = place;
    return parser_adopt(p, n, place) ? n : NULL;
}

/* x += y is x := x + y with the values alone; a local of a function is bound again: s = s + y. */
Node *parser_update(Parser *p, Node *left, uint32_t start)
{
    const Token op = p->tok;
    if (left->kind == N_TUPLE || !can_be_written(p, left)) {
        parser_fail(p, op.start, op.end, "one name at a time");
        parser_hint(p, "x += 1; y += 1");
        return NULL;
    }
    const Symbol *s = left->kind == N_GLOBAL ? &p->I->sym[left->id] : NULL;
    const bool local = s && p->scope && s->scope == p->scope->serial && s->slot >= p->scope->params;
    parser_advance(p);
    Node *from = local ? left : value_of_place(p, left);
    Node *by = from ? parser_expr_list(p) : NULL;
    if (!by) {
        return NULL;
    }
    if (by->kind == N_TUPLE) {
        parser_fail(p, by->start, by->end, "1 name and %d values", by->n);
        parser_hint(p, "[ ] makes a tensor");
        return NULL;
    }
    Node *right = parser_parts(p, N_BINARY, from->start, from, by);
    if (!right || (local && !parser_target_name(p, left))) {
        return NULL;
    }
    right->op = p->I->infix[(int)op.num - T_PLUS];
    Node *n = parser_parts(p, local ? N_ASSIGN : N_WRITE, start, left, right);
    if (n && from->kind == N_ATTR && from != left) {
        n->flags |= NF_UPDATE;
    }
    return n;
}

Node *parser_const(Parser *p)
{
    uint32_t start = p->tok.start;
    parser_advance(p);
    Node *left = parser_expr_list(p);
    if (!left) {
        return NULL;
    }
    if (p->tok.kind != T_ASSIGN) {
        parser_unexpected(p, "=, as in const g = 9.81");
        return NULL;
    }
    return parser_assignment(p, left, start, N_CONST);
}

/* --- functions --- */

static void scope_free(Scope *s)
{
    free(s->name);
    free(s->slot);
}

static bool parameter(Parser *p, Param **param, int *n, size_t *cap)
{
    if (p->tok.kind != T_NAME) {
        return parser_unexpected(p, "the name of a parameter");
    }
    Token t = p->tok;
    Node *name = parser_name(p, t.start, t.end);
    if (!name || !reserved(p, name)) {
        return false;
    }
    if (p->I->sym[name->sym].scope == p->scope->serial) {
        return parser_fail(p, t.start, t.end, "two parameters named %s", p->I->sym[name->sym].name);
    }
    if (!parser_target_name(p, name)) {
        return false;
    }
    if (!nb_grow(param, cap, (size_t)*n + 1, sizeof **param)) {
        return interp_no_memory(p->I, NULL);
    }
    Param *q = &(*param)[(*n)++];
    *q = (Param){name->sym, NULL};
    parser_advance(p);
    if (p->tok.kind == T_ASSIGN) {
        parser_advance(p);
        q->fallback = parser_or(p);
        return q->fallback != NULL;
    }
    if (*n > 1 && (*param)[*n - 2].fallback) {
        parser_fail(p, t.start, t.end, "%s needs a default, as the parameter before it has one",
                    p->I->sym[q->symbol].name);
        return false;
    }
    return true;
}

static bool parameters(Parser *p, DefInfo *d)
{
    if (p->tok.kind != T_LPAREN) {
        return parser_unexpected(p, "( and the parameters");
    }
    if (!parser_push_open(p, p->tok.start)) {
        return false;
    }
    parser_advance(p);
    Param *param = NULL;
    int n = 0;
    size_t cap = 0;
    bool ok = true;
    while (ok && p->tok.kind != T_RPAREN) {
        ok = parameter(p, &param, &n, &cap);
        if (!ok || p->tok.kind != T_COMMA) {
            break;
        }
        parser_advance(p);
    }
    ok = ok && parser_close(p, T_RPAREN);
    if (ok && n > 0) {
        Param *to = program_alloc(p->prog, (size_t)n * sizeof *to);
        ok = to != NULL || interp_no_memory(p->I, NULL);
        if (to) {
            memcpy(to, param, (size_t)n * sizeof *to);
            d->param = to;
            d->nparams = n;
        }
    }
    free(param);
    return ok;
}

static Node *body(Parser *p, DefInfo *d)
{
    if (p->tok.kind == T_ASSIGN) {
        parser_advance(p);
        return parser_expr_list(p);
    }
    d->block = true;
    parser_skip_newlines(p);
    if (p->tok.kind != T_LBRACE && p->tok.kind != T_END) {
        parser_unexpected(p, "= or {, as in def f(x) = x^2");
        return NULL;
    }
    return parser_block(p);
}

/* Names assigned anywhere in the body are local: their nodes become slots. */
static bool resolve(Parser *p, Scope *s, DefInfo *d)
{
    for (int i = 0; i < s->nname; i++) {
        Node *n = s->name[i];
        const Symbol *sym = &p->I->sym[n->sym];
        if (sym->scope == s->serial) {
            n->kind = N_LOCAL;
            n->id = sym->slot;
        }
    }
    int *slots = program_alloc(p->prog, ((size_t)s->nslot + 1) * sizeof(int));
    if (!slots) {
        return interp_no_memory(p->I, NULL);
    }
    for (int i = 0; i < s->nslot; i++) {
        slots[i] = s->slot[i];
    }
    d->slot_symbol = slots;
    d->nslots = s->nslot;
    if (p->prog->max_slots < s->nslot) {
        p->prog->max_slots = s->nslot;
    }
    return true;
}

bool parser_defines(const Parser *p)
{
    Lexer lx = p->lx;
    return lexer_next(&lx).kind == T_LPAREN && lexer_pass_parens(&lx) &&
           lexer_next(&lx).kind == T_ASSIGN;
}

/* What a block computes last and nobody gets: def f(x) { x^2 }. */
static const Node *lost_value(const Parser *p, const Scope *s, const DefInfo *d)
{
    const Node *n = d->block && d->body->n > 0 && !s->returns ? d->body->kid[d->body->n - 1] : NULL;
    if (n && n->kind == N_CALL) {
        const Node *f = n->call->callee;
        return !n->call->row && f->kind == N_GLOBAL && p->I->sym[f->id].op ? n : NULL;
    }
    return n && n->kind <= N_ATTR ? n : NULL;
}

Node *parser_definition(Parser *p, bool word)
{
    uint32_t start = p->tok.start;
    if (p->scope) {
        parser_fail(p, start, p->tok.end, "def inside a function");
        parser_hint(p, "functions are defined at session level, one after the other");
        return NULL;
    }
    if (word) {
        parser_advance(p);
    }
    if (p->tok.kind != T_NAME) {
        parser_unexpected(p, "the name of the function");
        return NULL;
    }
    Node *name = parser_name(p, p->tok.start, p->tok.end);
    DefInfo *d = name && parser_target_name(p, name) ? program_alloc(p->prog, sizeof *d) : NULL;
    if (!d) {
        return interp_no_memory(p->I, NULL), NULL;
    }
    d->symbol = name->sym;
    parser_advance(p);
    Scope scope = {.serial = ++p->I->scopes};
    int loops = p->loops;
    p->scope = &scope;
    p->loops = 0;
    bool ok = parameters(p, d);
    scope.params = scope.nslot;
    if (!ok && !word) {
        parser_hint(p, "f(x) = … defines a function; == compares");
    }
    d->head_start = name->start;
    d->head_end = p->prev_end;
    d->body = ok ? body(p, d) : NULL;
    ok = d->body && resolve(p, &scope, d);
    d->lost = ok ? lost_value(p, &scope, d) : NULL;
    p->scope = NULL;
    p->loops = loops;
    scope_free(&scope);
    Node *n = ok ? parser_node(p, N_DEF, start, p->prev_end) : NULL;
    if (n) {
        n->def = d;
        d->start = n->start;
        d->end = n->end;
    }
    return n;
}
