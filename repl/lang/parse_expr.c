/* parse_expr.c -- expressions by precedence; long chains become one flat node */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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
    if (s->nname == s->capname) {
        int cap = s->capname ? s->capname * 2 : 32;
        Node **more = realloc(s->name, (size_t)cap * sizeof(Node *));
        if (!more) {
            return interp_no_memory(p->I, NULL);
        }
        s->name = more;
        s->capname = cap;
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
    if (s->nslot == s->capslot) {
        int cap = s->capslot ? s->capslot * 2 : 16;
        int *more = realloc(s->slot, (size_t)cap * sizeof(int));
        if (!more) {
            return interp_no_memory(p->I, NULL);
        }
        s->slot = more;
        s->capslot = cap;
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
    int noptsym, capopt;
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

/* The value of such an option: a bare name stands for itself. */
static Node *option_word(Parser *p)
{
    Lexer ahead = p->lx;
    TokKind k = lexer_next(&ahead).kind;
    if (p->tok.kind != T_NAME || (k != T_COMMA && k != T_RPAREN && k != T_NEWLINE && k != T_SEMI &&
                                  k != T_RBRACE && k != T_END)) {
        return parser_expr(p);
    }
    Node *n = parser_node(p, N_STR, p->tok.start, p->tok.end);
    Value s = value_strn(p->prog->text + p->tok.start, p->tok.end - p->tok.start);
    if (!n || s.tag != V_STR || !program_keep(p->prog, s.str)) {
        interp_no_memory(p->I, NULL);
        return NULL;
    }
    n->str = s.str;
    parser_advance(p);
    return n;
}

static bool option(Parser *p, Args *a, const Builtin *row)
{
    if (a->noptsym == a->capopt) {
        int cap = a->capopt ? a->capopt * 2 : 4;
        int *more = realloc(a->optsym, (size_t)cap * sizeof(int));
        if (!more) {
            return interp_no_memory(p->I, NULL);
        }
        a->optsym = more;
        uint32_t *at = realloc(a->optat, (size_t)cap * sizeof *at);
        if (!at) {
            return interp_no_memory(p->I, NULL);
        }
        a->optat = at;
        a->capopt = cap;
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
    bool block = row && (row->flags & B_BLOCK);
    while (parens ? p->tok.kind != T_RPAREN : !parser_statement_end(p)) {
        if (block && p->tok.kind == T_LBRACE) {
            return true;
        }
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

/* --- primaries --- */

/* The numbers of a literal such as [[1, 2], [3, 4]] as one block. */
static bool all_numbers(const Node *n, NbShape *shape, int axis)
{
    if (axis >= NB_MAX_RANK) {
        return false;
    }
    shape->rank = axis + 1;
    shape->dim[axis] = n->n;
    for (int i = 0; i < n->n; i++) {
        const Node *k = n->kid[i];
        if (k->kind != n->kid[0]->kind) {
            return false;
        }
        if (k->kind == N_NUMBERS) {
            const NbShape *a = &k->lit->shape, *b = &n->kid[0]->lit->shape;
            if (a->rank != b->rank || a->rank + axis >= NB_MAX_RANK ||
                memcmp(a->dim, b->dim, (size_t)a->rank * sizeof a->dim[0]) != 0) {
                return false;
            }
        } else if (k->kind != N_NUM) {
            return false;
        }
    }
    return n->n > 0;
}

static bool fold_numbers(Parser *p, Node *n)
{
    NbShape shape = {0};
    if (!all_numbers(n, &shape, 0)) {
        return true;
    }
    size_t each = 1;
    if (n->kid[0]->kind == N_NUMBERS) {
        const NbShape *inner = &n->kid[0]->lit->shape;
        for (int i = 0; i < inner->rank; i++) {
            shape.dim[shape.rank++] = inner->dim[i];
            each *= (size_t)inner->dim[i];
        }
    }
    Literal *lit = program_alloc(p->prog, sizeof *lit + (size_t)n->n * each * sizeof(double));
    if (!lit) {
        return interp_no_memory(p->I, NULL);
    }
    lit->shape = shape;
    for (int i = 0; i < n->n; i++) {
        const Node *k = n->kid[i];
        const double *from = k->kind == N_NUM ? &k->num : k->lit->data;
        memcpy(lit->data + (size_t)i * each, from, each * sizeof(double));
    }
    n->kind = N_NUMBERS;
    n->lit = lit;
    n->depth = 0;
    return true;
}

static Node *list(Parser *p)
{
    uint32_t start = p->tok.start;
    if (!parser_push_open(p, start)) {
        return NULL;
    }
    parser_advance(p);
    NodeList l;
    parser_list_init(&l);
    while (p->tok.kind != T_RBRACK) {
        Node *item = parser_expr(p);
        if (!item || !parser_list_add(p, &l, item)) {
            parser_list_free(&l);
            return NULL;
        }
        if (p->tok.kind != T_COMMA) {
            break;
        }
        parser_advance(p);
    }
    if (!parser_close(p, T_RBRACK)) {
        parser_list_free(&l);
        return NULL;
    }
    Node *n = parser_node(p, N_LIST, start, p->prev_end);
    if (!n) {
        parser_list_free(&l);
        return NULL;
    }
    return parser_list_give(p, &l, n) && fold_numbers(p, n) ? n : NULL;
}

static Node *parens(Parser *p)
{
    if (!parser_push_open(p, p->tok.start)) {
        return NULL;
    }
    uint32_t start = p->tok.start;
    parser_advance(p);
    Node *n = parser_expr(p);
    if (!n) {
        return NULL;
    }
    if (p->tok.kind == T_COMMA) {
        parser_fail(p, start, p->tok.end, "unexpected , inside ( )");
        parser_hint(p, "[a, b] makes a tensor or a list");
        return NULL;
    }
    return parser_close(p, T_RPAREN) ? n : NULL;
}

static Node *number(Parser *p)
{
    Node *n = parser_node(p, N_NUM, p->tok.start, p->tok.end);
    if (!n) {
        return NULL;
    }
    n->num = p->tok.num;
    parser_advance(p);
    bool joined = p->tok.start == n->end;
    if (joined && p->tok.kind == T_ERROR) {
        return n; /* 2²: the character has its own hint */
    }
    if (joined && (p->tok.kind == T_NAME || p->tok.kind == T_LPAREN)) {
        char what[40], rest[40];
        snprintf(what, sizeof what, "%.*s", (int)(n->end - n->start < 30 ? n->end - n->start : 30),
                 p->prog->text + n->start);
        uint32_t len = p->tok.end - p->tok.start;
        snprintf(rest, sizeof rest, "%.*s", (int)(len < 30 ? len : 0),
                 p->prog->text + p->tok.start);
        parser_fail(p, n->start, p->tok.end, "unexpected %s after %s", *rest ? rest : "name", what);
        parser_hint(p, "write the product with *: %s*%s", what,
                    *rest == '(' ? "(…)" : *rest ? rest : "name");
        return NULL;
    }
    return n;
}

static Node *raw_string(Parser *p)
{
    Node *n = parser_node(p, N_STR, p->tok.start, p->tok.end);
    Value s = value_strn(p->prog->text + p->tok.start + 1, p->tok.end - p->tok.start - 2);
    if (!n || s.tag != V_STR || !program_keep(p->prog, s.str)) {
        interp_no_memory(p->I, NULL);
        return NULL;
    }
    n->str = s.str;
    parser_advance(p);
    return n;
}

static Node *name(Parser *p)
{
    uint32_t start = p->tok.start;
    Node *n = parser_name(p, start, p->tok.end);
    if (!n) {
        return NULL;
    }
    const Builtin *row = p->I->sym[n->id].row;
    parser_advance(p);
    if (row && (row->flags & B_COMMAND)) {
        bool call = p->tok.kind == T_LPAREN;
        if (!(row->flags & B_VALUE) || !call) {
            if (p->tok.kind == T_ASSIGN || p->tok.kind == T_WRITE) {
                parser_fail(p, start, n->end, "%s is a command; choose another name", row->name);
            } else {
                parser_fail(p, start, n->end, "%s is a command, not a value", row->name);
                parser_hint(p, "commands stand at the start of a statement: %s", row->usage);
            }
            return NULL;
        }
    }
    return n;
}

static Node *primary(Parser *p)
{
    switch (p->tok.kind) {
    case T_NUM: return number(p);
    case T_NAME: return name(p);
    case T_STRING: return parser_string(p);
    case T_RAW: return raw_string(p);
    case T_LPAREN: return parens(p);
    case T_LBRACK: return list(p);
    case T_LBRACE:
        parser_unexpected(p, "an expression");
        parser_hint(p, "lists and tensors are written [1, 2]");
        return NULL;
    default: parser_unexpected(p, "an expression"); return NULL;
    }
}

/* --- index and attribute --- */

static bool at_item_end(const Parser *p)
{
    return p->tok.kind == T_COMMA || p->tok.kind == T_RBRACK || p->tok.kind == T_COLON;
}

/* i, a:b, a:b:s, and with parts left out. */
static Node *index_item(Parser *p)
{
    uint32_t start = p->tok.start;
    Node *part[3] = {NULL, NULL, NULL};
    int colons = 0;
    for (;;) {
        if (!at_item_end(p)) {
            part[colons] = parser_or(p);
            if (!part[colons]) {
                return NULL;
            }
        }
        if (p->tok.kind != T_COLON || colons == 2) {
            break;
        }
        colons++;
        parser_advance(p);
    }
    if (colons == 0) {
        if (!part[0]) {
            parser_unexpected(p, "an index");
        }
        return part[0];
    }
    Node *n = parser_node(p, N_RANGE, start, p->prev_end);
    NodeList l;
    parser_list_init(&l);
    if (!n) {
        return NULL;
    }
    for (int i = 0; i < 3; i++) {
        if (!parser_list_add(p, &l, part[i])) {
            return NULL;
        }
    }
    n->flags |= NF_FREE;
    return parser_list_give(p, &l, n) ? n : NULL;
}

static Node *index_of(Parser *p, Node *base, uint32_t start)
{
    if (!parser_push_open(p, p->tok.start)) {
        return NULL;
    }
    parser_advance(p);
    NodeList l;
    parser_list_init(&l);
    do {
        if (l.n > 0) {
            parser_advance(p);
        }
        Node *item = index_item(p);
        if (!item || !parser_list_add(p, &l, item)) {
            parser_list_free(&l);
            return NULL;
        }
    } while (p->tok.kind == T_COMMA);
    Node *n = parser_close(p, T_RBRACK) ? parser_node(p, N_INDEX, start, p->prev_end) : NULL;
    if (!n) {
        parser_list_free(&l);
        return NULL;
    }
    n->a = base;
    return parser_list_give(p, &l, n) && parser_adopt(p, n, base) ? n : NULL;
}

static const char *const attr_name[] = {"grad", "data", "shape", "size", "ndim",
                                        "T",    "name", "op",    "stale"};

static Node *attribute(Parser *p, Node *base, uint32_t start)
{
    parser_advance(p);
    if (p->tok.kind != T_NAME && (p->tok.kind < T_AND || p->tok.kind > T_WHILE)) {
        parser_unexpected(p, "an attribute name after .");
        return NULL;
    }
    Node *n = parser_node(p, N_ATTR, start, p->tok.end);
    size_t len = p->tok.end - p->tok.start;
    char *text = program_alloc(p->prog, len + 1);
    if (!n || !text) {
        interp_no_memory(p->I, NULL);
        return NULL;
    }
    memcpy(text, p->prog->text + p->tok.start, len);
    n->attr = text;
    n->a = base;
    n->id = A_OTHER;
    for (int i = 0; i < A_OTHER; i++) {
        if (strcmp(attr_name[i], text) == 0) {
            n->id = i;
        }
    }
    parser_advance(p);
    return parser_adopt(p, n, base) ? n : NULL;
}

static Node *postfix(Parser *p)
{
    uint32_t start = p->tok.start;
    Node *n = primary(p);
    while (n) {
        if (p->tok.kind == T_LPAREN) {
            n = parser_call(p, n, start, NULL, true);
        } else if (p->tok.kind == T_LBRACK) {
            n = index_of(p, n, start);
        } else if (p->tok.kind == T_DOT) {
            n = attribute(p, n, start);
        } else {
            break;
        }
    }
    return n;
}

/* --- operators --- */

static int precedence(TokKind k)
{
    switch (k) {
    case T_OR: return 1;
    case T_AND: return 2;
    case T_EQ:
    case T_NE:
    case T_LT:
    case T_LE:
    case T_GT:
    case T_GE: return 4;
    case T_PLUS:
    case T_MINUS: return 6;
    case T_STAR:
    case T_SLASH:
    case T_PERCENT:
    case T_AT: return 7;
    default: return 0;
    }
}

static Node *binary(Parser *p, int min);
static Node *unary(Parser *p);

static Node *power(Parser *p)
{
    uint32_t start = p->tok.start;
    Node *a = postfix(p);
    if (!a || p->tok.kind != T_POW) {
        return a;
    }
    parser_advance(p);
    Node *b = unary(p);
    Node *n = b ? parser_node(p, N_BINARY, start, p->prev_end) : NULL;
    if (!n) {
        return NULL;
    }
    n->op = p->I->infix[T_POW - T_PLUS];
    n->a = a;
    n->b = b;
    return parser_adopt(p, n, a) && parser_adopt(p, n, b) ? n : NULL;
}

static Node *unary_body(Parser *p)
{
    uint32_t start = p->tok.start;
    TokKind k = p->tok.kind;
    if (k == T_MINUS || k == T_PLUS) {
        parser_advance(p);
        Node *a = unary(p);
        if (!a || k == T_PLUS) {
            return a;
        }
        if (a->kind == N_NUM && a->end == p->prev_end) {
            a->num = -a->num;
            a->start = start;
            return a;
        }
        Node *n = parser_node(p, N_UNARY, start, p->prev_end);
        if (!n) {
            return NULL;
        }
        n->op = p->I->op_neg;
        n->a = a;
        return parser_adopt(p, n, a) ? n : NULL;
    }
    if (k == T_NOT) {
        parser_advance(p);
        Node *a = binary(p, 3);
        Node *n = a ? parser_node(p, N_NOT, start, p->prev_end) : NULL;
        if (!n) {
            return NULL;
        }
        n->a = a;
        return parser_adopt(p, n, a) ? n : NULL;
    }
    return power(p);
}

static Node *unary(Parser *p)
{
    if (!parser_enter(p)) {
        return NULL;
    }
    Node *n = unary_body(p);
    p->nest--;
    return n;
}

typedef struct Links {
    NodeList kid;
    ChainLink *link;
    int cap;
} Links;

static bool links_add(Parser *p, Links *l, const NbOp *op, Node *n)
{
    if (l->kid.n >= l->cap) {
        int cap = l->cap ? l->cap * 2 : 8;
        ChainLink *more = realloc(l->link, (size_t)cap * sizeof *more);
        if (!more) {
            return interp_no_memory(p->I, NULL);
        }
        l->link = more;
        l->cap = cap;
    }
    l->link[l->kid.n] = (ChainLink){op, p->prev_end};
    return parser_list_add(p, &l->kid, n);
}

static Node *links_node(Parser *p, Links *l, uint32_t start, int level)
{
    NodeKind kind = level == 1 ? N_OR : level == 2 ? N_AND : l->kid.n == 2 ? N_BINARY : N_CHAIN;
    Node *n = parser_node(p, kind, start, p->prev_end);
    if (!n) {
        return NULL;
    }
    if (kind == N_BINARY) {
        n->op = l->link[1].op;
        n->a = l->kid.item[0];
        n->b = l->kid.item[1];
        return parser_adopt(p, n, n->a) && parser_adopt(p, n, n->b) ? n : NULL;
    }
    if (kind == N_CHAIN) {
        size_t size = (size_t)l->kid.n * sizeof(ChainLink);
        ChainLink *link = program_alloc(p->prog, size);
        if (!link) {
            interp_no_memory(p->I, NULL);
            return NULL;
        }
        memcpy(link, l->link, size);
        n->chain = link;
    }
    return parser_list_give(p, &l->kid, n) ? n : NULL;
}

/* All operands joined at one level: a + b - c. */
static Node *level_chain(Parser *p, Node *first, uint32_t start, int level)
{
    Links l = {0};
    parser_list_init(&l.kid);
    bool ok = links_add(p, &l, NULL, first);
    while (ok && precedence(p->tok.kind) == level) {
        Token op = p->tok;
        if (level == 4 && l.kid.n == 2) {
            parser_fail(p, op.start, op.end, "comparisons do not chain");
            ok = parser_hint(p, "write a < b and b < c");
            break;
        }
        parser_advance(p);
        Node *right = binary(p, level + 1);
        ok = right && links_add(p, &l, op.kind <= T_GE ? p->I->infix[op.kind - T_PLUS] : NULL,
                                right);
    }
    Node *n = ok ? links_node(p, &l, start, level) : NULL;
    parser_list_free(&l.kid);
    free(l.link);
    return n;
}

static Node *binary(Parser *p, int min)
{
    uint32_t start = p->tok.start;
    Node *n = unary(p);
    int level;
    while (n && (level = precedence(p->tok.kind)) >= min && level > 0) {
        n = level_chain(p, n, start, level);
    }
    return n;
}

Node *parser_or(Parser *p)
{
    return binary(p, 1);
}

Node *parser_expr(Parser *p)
{
    uint32_t start = p->tok.start;
    Node *n = parser_or(p);
    if (!n || p->tok.kind != T_COLON) {
        return n;
    }
    NodeList l;
    parser_list_init(&l);
    bool ok = parser_list_add(p, &l, n);
    while (ok && p->tok.kind == T_COLON && l.n < 3) {
        Token colon = p->tok;
        parser_advance(p);
        if (parser_statement_end(p)) {
            parser_fail(p, colon.start, colon.end, "a range needs its end, as in 0:10");
            ok = parser_hint(p, "blocks are written { }");
            break;
        }
        Node *part = parser_or(p);
        ok = part && parser_list_add(p, &l, part);
    }
    ok = ok && (l.n == 3 || parser_list_add(p, &l, NULL));
    Node *r = ok ? parser_node(p, N_RANGE, start, p->prev_end) : NULL;
    if (!r) {
        parser_list_free(&l);
        return NULL;
    }
    return parser_list_give(p, &l, r) ? r : NULL;
}

Node *parser_expr_list(Parser *p)
{
    uint32_t start = p->tok.start;
    Node *first = parser_expr(p);
    if (!first || p->tok.kind != T_COMMA) {
        return first;
    }
    NodeList l;
    parser_list_init(&l);
    bool ok = parser_list_add(p, &l, first);
    while (ok && p->tok.kind == T_COMMA) {
        parser_advance(p);
        Node *n = parser_expr(p);
        ok = n && parser_list_add(p, &l, n);
    }
    Node *t = ok ? parser_node(p, N_TUPLE, start, p->prev_end) : NULL;
    if (!t) {
        parser_list_free(&l);
        return NULL;
    }
    return parser_list_give(p, &l, t) ? t : NULL;
}
