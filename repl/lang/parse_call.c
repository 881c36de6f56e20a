/* parse_call.c -- lists of nodes, names and their scope, arguments and options of calls */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lang/parser.h"

/* --- lists of nodes on their way into a node --- */

void parser_list_init(NodeList *l)
{
    l->item = l->small;
    l->n = 0;
    l->cap = (int)(sizeof l->small / sizeof l->small[0]);
}

void parser_list_free(NodeList *l)
{
    if (l->item != l->small) {
        free(l->item);
    }
    parser_list_init(l);
}

bool parser_list_add(Parser *p, NodeList *l, Node *n)
{
    if (l->n == l->cap) {
        int cap = l->cap * 2;
        Node **more = realloc(l->item == l->small ? NULL : l->item, (size_t)cap * sizeof(Node *));
        if (!more) {
            return interp_no_memory(p->I, NULL);
        }
        if (l->item == l->small) {
            memcpy(more, l->small, sizeof l->small);
        }
        l->item = more;
        l->cap = cap;
    }
    l->item[l->n++] = n;
    return true;
}

bool parser_list_give(Parser *p, NodeList *l, Node *to)
{
    bool ok = true;
    to->n = l->n;
    if (l->n > 0) {
        to->kid = program_alloc(p->prog, (size_t)l->n * sizeof(Node *));
        if (to->kid) {
            memcpy(to->kid, l->item, (size_t)l->n * sizeof(Node *));
            for (int i = 0; i < l->n && ok; i++) {
                ok = parser_adopt(p, to, l->item[i]);
            }
        } else {
            ok = interp_no_memory(p->I, NULL);
        }
    }
    parser_list_free(l);
    return ok;
}

bool parser_adopt(Parser *p, Node *n, const Node *kid)
{
    if (!kid) {
        return true;
    }
    n->flags |= kid->flags & NF_CALL;
    if (n->depth <= kid->depth) {
        n->depth = (uint16_t)(kid->depth + 1);
    }
    if (n->depth > DEPTH_MAX) {
        return parser_fail(p, kid->start, kid->end, "nested too deeply (limit %d)", DEPTH_MAX);
    }
    return true;
}

/* --- names --- */

int parser_symbol(Parser *p, uint32_t start, uint32_t end)
{
    int s = interp_symbol_n(p->I, p->prog->text + start, end - start);
    if (s < 0) {
        interp_no_memory(p->I, NULL);
    }
    return s;
}

static bool scope_note(Parser *p, Node *n)
{
    Scope *s = p->scope;
    if (!nb_grow(&s->name, &s->capname, (size_t)s->nname + 1, sizeof(Node *))) {
        return interp_no_memory(p->I, NULL);
    }
    s->name[s->nname++] = n;
    return true;
}

bool parser_local(Parser *p, int symbol)
{
    Scope *s = p->scope;
    Symbol *sym = &p->I->sym[symbol];
    if (sym->scope == s->serial) {
        return true;
    }
    if (!nb_grow(&s->slot, &s->capslot, (size_t)s->nslot + 1, sizeof *s->slot)) {
        return interp_no_memory(p->I, NULL);
    }
    sym->scope = s->serial;
    sym->slot = s->nslot;
    s->slot[s->nslot++] = symbol;
    return true;
}

Node *parser_name(Parser *p, uint32_t start, uint32_t end)
{
    int symbol = parser_symbol(p, start, end);
    Node *n = symbol < 0 ? NULL : parser_node(p, N_GLOBAL, start, end);
    if (!n) {
        return NULL;
    }
    n->id = symbol;
    n->sym = symbol;
    if (p->scope && !scope_note(p, n)) {
        return NULL;
    }
    return n;
}

/* --- calls --- */

/* Looks one token past the current name. */
bool parser_option_next(Parser *p)
{
    if (p->tok.kind != T_NAME && (p->tok.kind < T_AND || p->tok.kind > T_WHILE)) {
        return false;
    }
    Lexer ahead = p->lx;
    return lexer_next(&ahead).kind == T_ASSIGN;
}

bool parser_statement_end(const Parser *p)
{
    TokKind k = p->tok.kind;
    return k == T_NEWLINE || k == T_SEMI || k == T_RBRACE || k == T_END;
}

typedef struct Args {
    NodeList pos, opt;
    int *optsym;
    uint32_t *optat;
    int noptsym;
    size_t capsym, capat;
} Args;

/* True when the command's option is a word, as its default is: view=plot, theme=dark. */
static bool takes_word(const Builtin *row, const char *name)
{
    for (int i = 0; row && (row->flags & B_COMMAND) && i < BUILTIN_OPTS && row->opt[i].name; i++) {
        const char *d = row->opt[i].fallback;
        if (strcmp(row->opt[i].name, name) == 0) {
            return d && isalpha((unsigned char)*d) && strcmp(d, "true") != 0 &&
                   strcmp(d, "false") != 0 && strcmp(d, "none") != 0;
        }
    }
    return false;
}

Node *parser_raw(Parser *p, uint32_t start, uint32_t end)
{
    Node *n = parser_node(p, N_STR, p->tok.start, p->tok.end);
    Value s = value_strn(p->prog->text + start, end - start);
    if (!n || s.tag != V_STR || !program_keep(p->prog, s.str)) {
        interp_no_memory(p->I, NULL);
        return NULL;
    }
    n->str = s.str;
    parser_advance(p);
    return n;
}

/* The value of such an option: a bare name stands for itself. */
static Node *option_word(Parser *p)
{
    Lexer ahead = p->lx;
    TokKind k = lexer_next(&ahead).kind;
    if (p->tok.kind != T_NAME || (k != T_COMMA && k != T_RPAREN && k != T_NEWLINE && k != T_SEMI &&
                                  k != T_RBRACE && k != T_END)) {
        return parser_expr(p);
    }
    return parser_raw(p, p->tok.start, p->tok.end);
}

static bool option(Parser *p, Args *a, const Builtin *row)
{
    const size_t need = (size_t)a->noptsym + 1;
    if (!nb_grow(&a->optsym, &a->capsym, need, sizeof *a->optsym) ||
        !nb_grow(&a->optat, &a->capat, need, sizeof *a->optat)) {
        return interp_no_memory(p->I, NULL);
    }
    Token name = p->tok;
    int symbol = parser_symbol(p, name.start, name.end);
    if (symbol < 0) {
        return false;
    }
    for (int i = 0; i < a->noptsym; i++) {
        if (a->optsym[i] == symbol) {
            return parser_fail(p, name.start, name.end, "%s= is given twice",
                               p->I->sym[symbol].name);
        }
    }
    a->optat[a->noptsym] = name.start;
    a->optsym[a->noptsym++] = symbol;
    parser_advance(p);
    parser_advance(p);
    bool word = takes_word(row, p->I->sym[symbol].name);
    Node *value = word ? option_word(p) : parser_expr(p);
    if (value && value->kind == N_RANGE) {
        value->flags |= NF_BOUNDS;
    }
    return value && parser_list_add(p, &a->opt, value);
}

static bool argument(Parser *p, Args *a, const Builtin *row)
{
    if (parser_option_next(p)) {
        return option(p, a, row);
    }
    uint32_t start = p->tok.start;
    Node *n = parser_expr(p);
    if (!n) {
        return false;
    }
    if (a->opt.n > 0) {
        parser_fail(p, start, p->prev_end, "an argument after an option");
        return parser_hint(p, "options such as lr=0.1 come last");
    }
    return parser_list_add(p, &a->pos, n);
}

static bool arguments(Parser *p, Args *a, bool parens, const Builtin *row)
{
    if (row && (row->flags & B_BLOCK) && !parens) {
        return true;
    }
    while (parens ? p->tok.kind != T_RPAREN : !parser_statement_end(p)) {
        if (!argument(p, a, row)) {
            return false;
        }
        if (p->tok.kind != T_COMMA) {
            break;
        }
        parser_advance(p);
        if (!parens && parser_statement_end(p)) {
            return parser_unexpected(p, "an argument after the comma");
        }
    }
    return true;
}

static bool give_options(Parser *p, Args *a, CallInfo *c)
{
    c->nopt = a->noptsym;
    if (c->nopt > 0) {
        size_t n = (size_t)c->nopt;
        int *sym = program_alloc(p->prog, n * sizeof(int));
        uint32_t *at = program_alloc(p->prog, n * sizeof *at);
        c->pos = program_alloc(p->prog, n);
        if (!sym || !at || !c->pos) {
            return interp_no_memory(p->I, NULL);
        }
        memcpy(sym, a->optsym, n * sizeof(int));
        memcpy(at, a->optat, n * sizeof *at);
        c->optat = at;
        c->optsym = sym;
    }
    return true;
}

Node *parser_call(Parser *p, Node *callee, uint32_t start, const Builtin *row, bool parens)
{
    Node *n = parser_node(p, N_CALL, start, p->prev_end);
    CallInfo *c = program_alloc(p->prog, sizeof *c);
    if (!n || !c) {
        interp_no_memory(p->I, NULL);
        return NULL;
    }
    n->call = c;
    n->flags |= NF_CALL;
    c->callee = callee;
    if (row && (row->flags & B_COMMAND)) {
        c->row = row;
        c->row_opts = p->I->sym[callee->id].row_opts;
        c->in_loop = p->I->sym[callee->id].quick;
    }
    Args a = {0};
    parser_list_init(&a.pos);
    parser_list_init(&a.opt);
    bool ok = parser_adopt(p, n, callee);
    if (ok && row && (row->flags & B_WORDS) && !parens) {
        ok = parser_words(p, n);
    } else if (ok) {
        if (parens) {
            ok = parser_push_open(p, p->tok.start);
            if (ok) {
                parser_advance(p);
            }
        }
        ok = ok && arguments(p, &a, parens, row);
        if (ok && parens) {
            ok = parser_close(p, T_RPAREN);
        }
        c->npos = a.pos.n;
        for (int i = 0; ok && i < a.opt.n; i++) {
            ok = parser_list_add(p, &a.pos, a.opt.item[i]);
        }
        ok = ok && give_options(p, &a, c) && parser_list_give(p, &a.pos, n);
        n->end = p->prev_end;
    }
    parser_list_free(&a.pos);
    parser_list_free(&a.opt);
    free(a.optsym);
    free(a.optat);
    return ok ? n : NULL;
}

Node *parser_call_one(Parser *p, Node *callee, Node *argument)
{
    Node *n = parser_node(p, N_CALL, callee->start, p->prev_end);
    CallInfo *c = program_alloc(p->prog, sizeof *c);
    NodeList l;
    parser_list_init(&l);
    if (!n || !c) {
        interp_no_memory(p->I, NULL);
        return NULL;
    }
    *c = (CallInfo){.callee = callee, .npos = 1};
    n->call = c;
    n->flags |= NF_CALL;
    bool ok = parser_adopt(p, n, callee) && parser_list_add(p, &l, argument) &&
              parser_list_give(p, &l, n);
    return ok ? n : NULL;
}
