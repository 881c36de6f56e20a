/* written.c -- functions and kept expressions written down and made again */
#include <string.h>

#include "lang/internal.h"
#include "lang/token.h"

const char *func_source(const Func *f, size_t *len, const char **file, int *line)
{
    if (!f->def) {
        return NULL;
    }
    int col;
    *len = f->def->end - f->def->start;
    *file = f->program->file;
    program_position(f->program, f->def->start, line, &col);
    return f->program->text + f->def->start;
}

/* The text as one statement; NULL with the error set. */
static Program *one_statement(Interp *I, const char *text, size_t len, const char *file, int line)
{
    Program *p = interp_parse(I, text, len, file, line, false);
    if (p && p->n != 1) {
        interp_fail(I, NULL, NB_ESYNTAX, "one statement is expected");
        program_unref(&p);
    }
    return p;
}

Value interp_function(Interp *I, const char *text, size_t len, const char *file, int line)
{
    Program *p = one_statement(I, text, len, file, line);
    const Node *n = p ? p->stmt[0] : NULL;
    Func *f = n && n->kind == N_DEF ? calloc(1, sizeof *f) : NULL;
    if (!f) {
        if (n && n->kind == N_DEF) {
            interp_fail(I, NULL, NB_EMEM, "out of memory for a function");
        } else if (p) {
            interp_fail(I, NULL, NB_ESYNTAX, "a definition is expected");
        }
        program_unref(&p);
        return UNSET;
    }
    f->refs = 1;
    f->id = I->next_func += 2;
    f->program = p;
    f->def = n->def;
    f->symbol = n->def->symbol;
    return (Value){.tag = V_FUNC, .func = f};
}

typedef struct Locals {
    Interp *I;
    const char *but, **name;
    Value *v;
    int n;
} Locals;

static void add_local(Locals *l, const Node *n)
{
    const char *name = interp_symbol_name(l->I, n->sym);
    const Value v = l->I->frame[n->id];
    bool known = v.tag == V_UNSET || strcmp(name, l->but) == 0;
    for (int i = 0; i < l->n && i < INTERP_LOCALS; i++) {
        known |= strcmp(l->name[i], name) == 0;
    }
    if (!known && l->n < INTERP_LOCALS) {
        l->name[l->n] = name;
        l->v[l->n] = ref(v);
    }
    l->n += !known;
}

static void find_locals(Locals *l, const Node *n)
{
    const Node *callee = n && n->kind == N_CALL ? n->call->callee : NULL;
    if (!n) {
        return;
    }
    if (n->kind == N_LOCAL) {
        add_local(l, n);
        return;
    }
    find_locals(l, callee);
    find_locals(l, n->a);
    find_locals(l, n->b);
    for (int i = 0; n->kid && i < n->n; i++) {
        find_locals(l, n->kid[i]);
    }
}

int interp_locals(Interp *I, const Node *n, const char *but, const char **name, Value *v)
{
    Locals l = {.I = I, .but = but, .name = name, .v = v};
    find_locals(&l, n);
    if (l.n <= INTERP_LOCALS) {
        return l.n;
    }
    for (int i = 0; i < INTERP_LOCALS; i++) {
        unref(&v[i]);
    }
    return -1;
}

Program *interp_expression(Interp *I, const char *text, size_t len, const Node **expr)
{
    Program *p = one_statement(I, text, len, "", 1);
    const Node *n = p ? p->stmt[0] : NULL;
    if (n && (n->kind >= N_TUPLE || (n->kind == N_CALL && n->call->statement))) {
        interp_fail(I, NULL, NB_ESYNTAX, "an expression is expected");
        program_unref(&p);
    }
    *expr = p ? n : NULL;
    return p;
}

bool interp_bindable(Interp *I, const char *name)
{
    size_t len = strlen(name);
    Lexer lx;
    Token t;
    lexer_init(&lx, name, (uint32_t)len);
    t = lexer_next(&lx);
    int symbol = t.kind == T_NAME && t.start == 0 && t.end == len ? interp_symbol(I, name) : -1;
    return symbol >= 0 && symbol != I->sym_none && !interp_locked(I, &I->sym[symbol]) &&
           !(I->sym[symbol].row && (I->sym[symbol].row->flags & B_COMMAND));
}

bool interp_is_path(const char *text)
{
    Lexer lx;
    lexer_init(&lx, text, (uint32_t)strlen(text));
    Token t = lexer_next(&lx);
    uint32_t at = t.end;
    bool ok = t.kind == T_NAME && t.start == 0;
    while (ok && text[at]) {
        bool dot = text[at] == '.';
        Token sign = lexer_next(&lx), what = lexer_next(&lx);
        Token end = dot ? what : lexer_next(&lx);
        ok = sign.kind == (dot ? T_DOT : T_LBRACK) && sign.start == at &&
             what.kind == (dot ? T_NAME : T_NUM) && what.start == sign.end &&
             (dot || (end.kind == T_RBRACK && end.start == what.end));
        at = end.end;
    }
    return ok;
}
