/* parse_expr.c -- expressions by precedence; long chains become one flat node */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lang/parser.h"

#define POWER_HINT "the power of a function's value: sin(x)^2; a product: x^2*(…)"

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
    const bool rows = p->tok.kind == T_SEMI;
    if (!parser_close(p, T_RBRACK)) {
        if (rows) {
            parser_hint(p, "rows are lists: [[1, 2], [3, 4]]");
        }
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
        parser_hint(p, start > 0 && p->prog->text[start - 1] == '('
                           ? "one pair of ( ) is enough; [a, b] makes a tensor or a list"
                           : "[a, b] makes a tensor or a list");
        return NULL;
    }
    return parser_close(p, T_RPAREN) ? n : NULL;
}

/* 0x1F, 1_000, 2.0f, as other languages write numbers; false when it is nothing of that. */
static bool number_habit(Parser *p, const char *what, const char *rest)
{
    static const struct {
        char letter;
        int base;
    } bases[] = {{'x', 16}, {'o', 8}, {'b', 2}};
    char *end, joined[80];
    for (int i = 0; i < 3 && strcmp(what, "0") == 0; i++) {
        const unsigned long long v = strtoull(rest + 1, &end, bases[i].base);
        if ((rest[0] | 32) == bases[i].letter && rest[1] && !*end) {
            parser_hint(p, "numbers are written in tens: %llu", v);
            return true;
        }
    }
    if (rest[0] == '_' && strspn(rest, "_0123456789") == strlen(rest)) {
        size_t n = (size_t)snprintf(joined, sizeof joined, "%s", what);
        for (const char *c = rest; *c && n + 1 < sizeof joined; c++) {
            joined[n] = *c;
            n += *c != '_';
        }
        joined[n] = '\0';
        parser_hint(p, "digits stand together: %s", joined);
        return true;
    }
    if (strcmp(rest, "f") == 0 && strchr(what, '.')) {
        parser_hint(p, "all numbers have double precision: %s; a product is written %s*f", what,
                    what);
        return true;
    }
    return false;
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
    if (joined && (p->tok.kind == T_NAME || p->tok.kind == T_LPAREN || p->tok.kind == T_ROOT)) {
        char what[40], rest[40];
        snprintf(what, sizeof what, "%.*s", (int)(n->end - n->start < 30 ? n->end - n->start : 30),
                 p->prog->text + n->start);
        uint32_t len = p->tok.end - p->tok.start;
        snprintf(rest, sizeof rest, "%.*s", (int)(len < 30 ? len : 0),
                 p->prog->text + p->tok.start);
        parser_fail(p, n->start, p->tok.end, "unexpected %s after %s", *rest ? rest : "name", what);
        if (*rest == '(' && n->start > 0 && p->prog->text[n->start - 1] == '^') {
            parser_hint(p, POWER_HINT);
            return NULL;
        }
        if (number_habit(p, what, rest)) {
            return NULL;
        }
        parser_hint(p, "write the product with *: %s*%s", what,
                    *rest == '(' ? "(…)"
                    : *rest      ? rest
                                 : "name");
        return NULL;
    }
    return n;
}

static Node *raw_string(Parser *p)
{
    return parser_raw(p, p->tok.start + 1, p->tok.end - 1);
}

/* The colon before `at`, in a head whose block is still to come: `if x > 0: print x`; 0: none. */
static uint32_t colon_before(const Parser *p, uint32_t at)
{
    const char *s = p->prog->text;
    while (p->head && at > p->head && s[at - 1] == ' ') {
        at--;
    }
    return p->head && at > p->head && s[at - 1] == ':' ? at - 1 : 0;
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
        const uint32_t colon = colon_before(p, start);
        if (colon) {
            parser_fail(p, colon, colon + 1, "unexpected : before %s", row->name);
            return parser_block_hint(p, p->head - 1, colon, start), NULL;
        }
        if (!(row->flags & B_VALUE) || !call) {
            if (p->tok.kind == T_ASSIGN || p->tok.kind == T_WRITE) {
                parser_fail(p, start, n->end, "%s is a command; choose another name", row->name);
            } else {
                parser_fail(p, start, n->end, "%s is a command, not a value", row->name);
                if (p->tok.kind == T_DOT) { /* save lesson.nabla */
                    parser_hint(p, "names of files stand in quotes: \"%s.…\"", row->name);
                    return NULL;
                }
                parser_hint(p, "commands stand at the start of a statement: %s", row->usage);
            }
            return NULL;
        }
    }
    if (row && (row->flags & B_SOFT) && p->tok.kind == T_NAME) {
        parser_fail(p, start, n->end, "%s is a command, not a value", row->name);
        parser_hint(p, "inside another command: %s(%s); alone: %s", row->name,
                    row->usage + strlen(row->name) + 1, row->usage);
        return NULL;
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
        parser_hint(p, p->scope && p->blocks == 0
                           ? "a block stands without =: def f(x) { return x^2 }"
                           : "lists and tensors are written [1, 2]");
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

/* In the order of AttrId. */
static const char *const attr_name[] = {"grad", "data", "shape", "size",  "ndim",
                                        "T",    "name", "op",    "stale", NULL};

const char *const *interp_attributes(void)
{
    return attr_name;
}

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

/* The ² of x²: a number. */
static Node *exponent(Parser *p)
{
    Node *n = parser_node(p, N_NUM, p->tok.start, p->tok.end);
    if (!n) {
        return NULL;
    }
    n->num = p->tok.num;
    parser_advance(p);
    if (p->tok.kind == T_LPAREN && p->tok.start == n->end) {
        parser_fail(p, p->tok.start, p->tok.end, "unexpected ( after an exponent");
        parser_hint(p, POWER_HINT);
        return NULL;
    }
    return n;
}

static Node *power(Parser *p)
{
    uint32_t start = p->tok.start;
    Node *a = postfix(p);
    if (!a || (p->tok.kind != T_POW && p->tok.kind != T_RAISED)) {
        return a;
    }
    const bool sign = p->tok.kind == T_RAISED;
    Node *b = sign ? exponent(p) : NULL;
    if (!sign) {
        parser_advance(p);
        b = unary(p);
    }
    Node *n = b ? parser_node(p, N_BINARY, start, p->prev_end) : NULL;
    if (!n) {
        return NULL;
    }
    n->op = p->I->infix[T_POW - T_PLUS];
    n->a = a;
    n->b = b;
    return parser_adopt(p, n, a) && parser_adopt(p, n, b) ? n : NULL;
}

/* √x is sqrt(x). It binds like the sign -: √x^2 is √(x^2), √2*x is (√2)*x. */
static Node *root(Parser *p)
{
    const Token t = p->tok;
    int symbol = interp_symbol(p->I, "sqrt");
    Node *callee = symbol < 0 ? NULL : parser_node(p, N_GLOBAL, t.start, t.end);
    if (!callee) {
        interp_no_memory(p->I, NULL);
        return NULL;
    }
    callee->id = callee->sym = symbol;
    parser_advance(p);
    Node *a = unary(p);
    return a ? parser_call_one(p, callee, a) : NULL;
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
    if (k == T_ROOT) {
        return root(p);
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
    size_t cap;
} Links;

static bool links_add(Parser *p, Links *l, const NbOp *op, Node *n)
{
    if (!nb_grow(&l->link, &l->cap, (size_t)l->kid.n + 1, sizeof *l->link)) {
        return interp_no_memory(p->I, NULL);
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
        ok = right &&
             links_add(p, &l, op.kind <= T_GE ? p->I->infix[op.kind - T_PLUS] : NULL, right);
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

/* `for i in range(10):` and `if x > 0:` as they are written here. */
static bool lonely_colon(Parser *p, Token colon)
{
    if (!p->head) {
        parser_fail(p, colon.start, colon.end, "a range needs its end, as in 0:10");
        return parser_hint(p, "blocks are written { }");
    }
    parser_fail(p, colon.start, colon.end, "unexpected : at the end of the line");
    return parser_block_hint(p, p->head - 1, colon.start, colon.end);
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
            ok = lonely_colon(p, colon);
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
