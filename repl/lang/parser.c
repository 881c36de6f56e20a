/* parser.c -- statements, blocks and functions; errors of the whole parser */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lang/parser.h"

/* --- errors --- */

bool parser_fail(Parser *p, uint32_t start, uint32_t end, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    interp_error_at(p->I, p->prog, start, end, NB_ESYNTAX, fmt, ap);
    va_end(ap);
    return false;
}

bool parser_hint(Parser *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    NbErr *e = &p->I->error.err;
    if (!e->hint[0]) {
        vsnprintf(e->hint, sizeof e->hint, fmt, ap);
    }
    va_end(ap);
    return false;
}

/* The character or word at a byte, for messages. */
static const char *excerpt(const Parser *p, uint32_t start, uint32_t end, char *buf, size_t cap)
{
    uint32_t len = end - start;
    if (len > 40) {
        len = 40;
        while (len > 0 && ((unsigned char)p->prog->text[start + len] & 0xC0) == 0x80) {
            len--;
        }
    }
    snprintf(buf, cap, "%.*s%s", (int)len, p->prog->text + start, end - start > 40 ? "…" : "");
    return buf;
}

static bool not_closed(Parser *p)
{
    uint32_t at = p->open[p->nopen - 1];
    parser_fail(p, at, at + 1, "%c is not closed", p->prog->text[at]);
    p->I->error.incomplete = p->tok.kind == T_END || (p->tok.kind == T_ERROR && p->lx.open_raw);
    return false;
}

/* An unclosed bracket shows as something odd on a later line: say where it opened. */
static bool blame_bracket(const Parser *p)
{
    if (p->nopen == 0) {
        return false;
    }
    if (p->tok.kind == T_END) {
        return true;
    }
    uint32_t at = p->open[p->nopen - 1];
    if (p->prog->text[at] == '{' || !p->tok.newline) {
        return false;
    }
    TokKind k = p->tok.kind;
    return k == T_NAME || (k >= T_AND && k <= T_WHILE) || k == T_ASSIGN || k == T_WRITE ||
           k == T_SEMI || k == T_RBRACE;
}

static const char *operator_habit(const Parser *p)
{
    const char *s = p->prog->text;
    TokKind k = p->tok.kind;
    if (k == T_ASSIGN && p->tok.start > 0 && strchr("+-*/^%", s[p->tok.start - 1])) {
        return "write x = x + 1";
    }
    if (k == T_ASSIGN) {
        return "== compares; a name is bound at the start of a statement";
    }
    if (k == T_COLON) {
        return "blocks are written { }";
    }
    if (k == T_PLUS || k == T_MINUS) {
        return "write x = x + 1";
    }
    return NULL;
}

bool parser_unexpected(Parser *p, const char *wanted)
{
    Token t = p->tok;
    char buf[64];
    if (t.kind == T_ERROR && !p->lx.open_raw) {
        uint32_t c;
        int n = lexer_char(p->prog->text, p->prog->len, t.start, &c);
        snprintf(buf, sizeof buf, "%.*s", n, p->prog->text + t.start);
        const char *at = strstr(p->lx.msg, "%s");
        if (at) {
            parser_fail(p, t.start, t.end, "%.*s%s", (int)(at - p->lx.msg), p->lx.msg, buf);
        } else {
            parser_fail(p, t.start, t.end, "%s", p->lx.msg);
        }
        return p->lx.hint ? parser_hint(p, "%s", p->lx.hint) : false;
    }
    if (t.kind == T_ERROR) {
        parser_fail(p, t.start, t.start + 1, "%s", p->lx.msg);
        p->I->error.incomplete = true;
        return false;
    }
    if (blame_bracket(p)) {
        return not_closed(p);
    }
    if (t.kind == T_END || t.kind == T_NEWLINE || t.kind == T_SEMI) {
        uint32_t at = t.kind == T_SEMI ? t.start : p->prev_end;
        parser_fail(p, at, at + 1, "expected %s here", wanted);
        p->I->error.incomplete = t.kind == T_END && p->wants_block;
        return false;
    }
    parser_fail(p, t.start, t.end, "unexpected %s: expected %s",
                excerpt(p, t.start, t.kind == T_STRING ? t.end : t.end, buf, sizeof buf), wanted);
    const char *hint = operator_habit(p);
    return hint ? parser_hint(p, "%s", hint) : false;
}

/* --- tokens, nesting, nodes --- */

void parser_advance(Parser *p)
{
    p->prev_end = p->tok.end;
    p->tok = lexer_next(&p->lx);
}

bool parser_enter(Parser *p)
{
    if (p->nest >= NEST_MAX) {
        return parser_fail(p, p->tok.start, p->tok.end, "nested too deeply (limit %d)", NEST_MAX);
    }
    p->nest++;
    return true;
}

bool parser_push_open(Parser *p, uint32_t at)
{
    if (p->nopen >= NEST_MAX) {
        return parser_fail(p, at, at + 1, "nested too deeply (limit %d)", NEST_MAX);
    }
    p->open[p->nopen++] = at;
    return true;
}

bool parser_close(Parser *p, TokKind kind)
{
    if (p->tok.kind == kind) {
        p->nopen--;
        parser_advance(p);
        return true;
    }
    uint32_t at = p->open[p->nopen - 1];
    char open = p->prog->text[at];
    const char *closer = open == '(' ? ")" : open == '[' ? "]" : "}";
    TokKind k = p->tok.kind;
    if (k == T_RPAREN || k == T_RBRACK || k == T_RBRACE) {
        char other = p->prog->text[p->tok.start];
        parser_fail(p, at, at + 1, "%c is not closed: found %c where %s should be", open, other,
                    closer);
        return false;
    }
    char wanted[40];
    snprintf(wanted, sizeof wanted, open == '{' ? "a new statement or }" : ", or %s", closer);
    return parser_unexpected(p, wanted);
}

Node *parser_node(Parser *p, NodeKind kind, uint32_t start, uint32_t end)
{
    Node *n = program_node(p->prog, kind, start, end);
    if (!n) {
        interp_no_memory(p->I, NULL);
    }
    return n;
}

/* --- blocks --- */

static Node *statement(Parser *p);

static void skip_newlines(Parser *p)
{
    while (p->tok.kind == T_NEWLINE) {
        parser_advance(p);
    }
}

static bool end_statement(Parser *p, const Node *n, bool *muted)
{
    *muted = p->tok.kind == T_SEMI;
    if (p->tok.kind == T_SEMI || p->tok.kind == T_NEWLINE) {
        parser_advance(p);
        return true;
    }
    if (p->tok.kind == T_END || (p->tok.kind == T_RBRACE && p->blocks > 0)) {
        return true;
    }
    return n->end > 0 && p->prog->text[n->end - 1] == '}' && n->kind != N_ASSIGN &&
           n->kind != N_FORMAT;
}

/* `foo bar`: a mistyped command, or a function called without parentheses. */
static bool stray(Parser *p, const Node *n)
{
    bool operand = p->tok.kind == T_NAME || p->tok.kind == T_NUM || p->tok.kind == T_STRING ||
                   p->tok.kind == T_RAW;
    if (!operand || n->kind != N_GLOBAL) {
        return parser_unexpected(p, "the end of the statement");
    }
    const Symbol *s = &p->I->sym[n->id];
    char arg[64];
    excerpt(p, p->tok.start, p->tok.end, arg, sizeof arg);
    if (s->op[0] || s->row || s->value.tag == V_FUNC) {
        parser_unexpected(p, "( after the name of a function");
        return parser_hint(p, "%s(%s)", s->name, p->tok.kind == T_STRING ? "\"…\"" : arg);
    }
    static const char *const declares[] = {"let", "var", "double", "float", "int", "auto", "set"};
    parser_fail(p, n->start, n->end, "unknown command %s", s->name);
    for (size_t i = 0; i < sizeof declares / sizeof declares[0]; i++) {
        if (strcmp(declares[i], s->name) == 0) {
            return parser_hint(p, "x = 2 makes a name; const x = 2 one without gradient");
        }
    }
    const char *habit = interp_habit(s->name);
    if (habit) {
        return parser_hint(p, "%s", habit);
    }
    const char *near = interp_nearest(p->I, s->name);
    return near ? parser_hint(p, "did you mean %s?", near) : false;
}

static Node *block(Parser *p)
{
    p->wants_block = true;
    skip_newlines(p);
    if (p->tok.kind != T_LBRACE) {
        parser_unexpected(p, "{");
        return NULL;
    }
    p->wants_block = false;
    if (!parser_enter(p) || !parser_push_open(p, p->tok.start)) {
        return NULL;
    }
    uint32_t start = p->tok.start;
    p->blocks++;
    parser_advance(p);
    NodeList l;
    parser_list_init(&l);
    bool ok = true, muted;
    for (;;) {
        while (p->tok.kind == T_NEWLINE || p->tok.kind == T_SEMI) {
            parser_advance(p);
        }
        if (p->tok.kind == T_RBRACE || p->tok.kind == T_END) {
            break;
        }
        Node *n = statement(p);
        ok = n && (end_statement(p, n, &muted) || stray(p, n)) && parser_list_add(p, &l, n);
        if (!ok) {
            break;
        }
    }
    ok = ok && parser_close(p, T_RBRACE);
    p->blocks--;
    p->nest--;
    Node *n = ok ? parser_node(p, N_BLOCK, start, p->prev_end) : NULL;
    if (!n) {
        parser_list_free(&l);
        return NULL;
    }
    return parser_list_give(p, &l, n) ? n : NULL;
}

static Node *with_parts(Parser *p, NodeKind kind, uint32_t start, Node *a, Node *b)
{
    Node *n = parser_node(p, kind, start, p->prev_end);
    if (!n) {
        return NULL;
    }
    n->a = a;
    n->b = b;
    return parser_adopt(p, n, a) && parser_adopt(p, n, b) ? n : NULL;
}

static Node *loop_block(Parser *p)
{
    p->loops++;
    Node *b = block(p);
    p->loops--;
    return b;
}

static Node *counted(Parser *p, NodeKind kind)
{
    Token key = p->tok;
    if (kind == N_EVERY && p->loops == 0) {
        parser_fail(p, key.start, key.end, "every belongs inside a loop");
        parser_hint(p, "repeat 1000 { …; every 100 { print loss } }");
        return NULL;
    }
    parser_advance(p);
    Node *count = parser_expr(p);
    Node *body = !count ? NULL : kind == N_EVERY ? block(p) : loop_block(p);
    return body ? with_parts(p, kind, key.start, count, body) : NULL;
}

static bool plain_target(Parser *p, const Node *n);

static Node *for_loop(Parser *p)
{
    uint32_t start = p->tok.start;
    NodeList l;
    parser_list_init(&l);
    bool ok = true;
    do {
        parser_advance(p);
        if (p->tok.kind != T_NAME) {
            ok = parser_unexpected(p, "a name, as in for i in 0:10");
            break;
        }
        Node *name = parser_name(p, p->tok.start, p->tok.end);
        ok = name && plain_target(p, name) && parser_list_add(p, &l, name);
        parser_advance(p);
    } while (ok && p->tok.kind == T_COMMA);
    if (ok && p->tok.kind != T_IN) {
        ok = parser_unexpected(p, "in, as in for i in 0:10");
    }
    if (ok) {
        parser_advance(p);
        Node *seq = parser_expr(p);
        ok = seq && parser_list_add(p, &l, seq);
    }
    if (ok) {
        Node *body = loop_block(p);
        ok = body && parser_list_add(p, &l, body);
    }
    Node *n = ok ? parser_node(p, N_FOR, start, p->prev_end) : NULL;
    if (!n) {
        parser_list_free(&l);
        return NULL;
    }
    return parser_list_give(p, &l, n) ? n : NULL;
}

/* else may stand on the line after } in files and blocks, not at the bare prompt. */
static bool else_follows(Parser *p)
{
    if (p->tok.kind == T_ELSE) {
        return true;
    }
    if (p->tok.kind != T_NEWLINE || (p->at_prompt && p->blocks == 0)) {
        return false;
    }
    Parser before = *p;
    skip_newlines(p);
    if (p->tok.kind == T_ELSE) {
        return true;
    }
    p->lx = before.lx;
    p->tok = before.tok;
    p->prev_end = before.prev_end;
    return false;
}

static Node *if_chain(Parser *p)
{
    uint32_t start = p->tok.start;
    NodeList l;
    parser_list_init(&l);
    bool ok, more = true;
    parser_advance(p);
    do {
        Node *cond = parser_expr(p);
        Node *body = cond ? block(p) : NULL;
        ok = body && parser_list_add(p, &l, cond) && parser_list_add(p, &l, body);
        if (!ok || !else_follows(p)) {
            break;
        }
        parser_advance(p);
        more = p->tok.kind == T_IF;
        if (more) {
            parser_advance(p);
        } else {
            Node *last = block(p);
            ok = last && parser_list_add(p, &l, last);
        }
    } while (ok && more);
    Node *n = ok ? parser_node(p, N_IF, start, p->prev_end) : NULL;
    if (!n) {
        parser_list_free(&l);
        return NULL;
    }
    return parser_list_give(p, &l, n) ? n : NULL;
}

/* --- assignment --- */

static bool reserved(Parser *p, const Node *n)
{
    const Symbol *s = &p->I->sym[n->sym];
    if (s->row && (s->row->flags & B_COMMAND)) {
        return parser_fail(p, n->start, n->end, "%s is a command; choose another name", s->name);
    }
    return true;
}

static bool plain_target(Parser *p, const Node *n)
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
    case N_GLOBAL: return plain_target(p, n);
    case N_ATTR:
        if (!constant) {
            return true;
        }
        break;
    case N_INDEX:
        parser_fail(p, n->start, n->end, "parts are written with :=");
        return parser_hint(p, "%s := …", excerpt(p, n->start, n->end, buf, sizeof buf));
    case N_CALL:
        parser_fail(p, n->start, n->end, "a call cannot be assigned to");
        return parser_hint(p, "def %s = …", excerpt(p, n->start, n->end, buf, sizeof buf));
    default: break;
    }
    return parser_fail(p, n->start, n->end, "only a name can be assigned to, not %s",
                       excerpt(p, n->start, n->end, buf, sizeof buf));
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
        return parser_hint(p, "the decimal mark is a point: %.*s.%.*s", (int)(a->end - a->start),
                           p->prog->text + a->start, (int)(b->end - b->start),
                           p->prog->text + b->start);
    }
    return names == 1 ? parser_hint(p, "[ ] makes a tensor or a list") : false;
}

static Node *assignment(Parser *p, Node *left, uint32_t start, NodeKind kind)
{
    if (!targets(p, left, kind == N_CONST)) {
        return NULL;
    }
    parser_advance(p);
    Node *right = parser_expr_list(p);
    if (!right || !check_counts(p, left, right)) {
        return NULL;
    }
    return with_parts(p, kind, start, left, right);
}

static Node *write(Parser *p, Node *left, uint32_t start)
{
    if (left->kind != N_GLOBAL && left->kind != N_INDEX && left->kind != N_ATTR) {
        parser_fail(p, left->start, left->end, "only a name, part or attribute can be written");
        return NULL;
    }
    parser_advance(p);
    Node *right = parser_expr_list(p);
    if (!right) {
        return NULL;
    }
    if (right->kind == N_TUPLE) {
        parser_fail(p, right->start, right->end, "1 name and %d values", right->n);
        parser_hint(p, "one := writes one name; [ ] makes a tensor");
        return NULL;
    }
    return with_parts(p, N_WRITE, start, left, right);
}

static Node *const_statement(Parser *p)
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
    return assignment(p, left, start, N_CONST);
}

/* --- functions --- */

static void scope_free(Scope *s)
{
    free(s->name);
    free(s->slot);
}

static bool parameter(Parser *p, Param **param, int *n, int *cap)
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
        return parser_fail(p, t.start, t.end, "two parameters named %s",
                           p->I->sym[name->sym].name);
    }
    if (!plain_target(p, name)) {
        return false;
    }
    if (*n == *cap) {
        int more = *cap ? *cap * 2 : 8;
        Param *q = realloc(*param, (size_t)more * sizeof *q);
        if (!q) {
            return interp_no_memory(p->I, NULL);
        }
        *param = q;
        *cap = more;
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
    int n = 0, cap = 0;
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
    skip_newlines(p);
    if (p->tok.kind != T_LBRACE && p->tok.kind != T_END) {
        parser_unexpected(p, "= or {, as in def f(x) = x^2");
        return NULL;
    }
    return block(p);
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

static Node *definition(Parser *p)
{
    uint32_t start = p->tok.start;
    if (p->scope) {
        parser_fail(p, start, p->tok.end, "def inside a function");
        parser_hint(p, "functions are defined at session level, one after the other");
        return NULL;
    }
    parser_advance(p);
    if (p->tok.kind != T_NAME) {
        parser_unexpected(p, "the name of the function");
        return NULL;
    }
    Node *name = parser_name(p, p->tok.start, p->tok.end);
    DefInfo *d = name && plain_target(p, name) ? program_alloc(p->prog, sizeof *d) : NULL;
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
    d->head_start = name->start;
    d->head_end = p->prev_end;
    d->body = ok ? body(p, d) : NULL;
    ok = d->body && resolve(p, &scope, d);
    p->scope = NULL;
    p->loops = loops;
    scope_free(&scope);
    Node *n = ok ? parser_node(p, N_DEF, start, p->prev_end) : NULL;
    if (n) {
        n->def = d;
    }
    return n;
}

/* --- commands --- */

/* A parenthesis after a command is its argument list only when the statement ends behind it. */
static bool parens_are_list(const Parser *p)
{
    Lexer lx = p->lx;
    int depth = 1;
    while (depth > 0) {
        Token t = lexer_next(&lx);
        if (t.kind == T_LPAREN || t.kind == T_LBRACK) {
            depth++;
        } else if (t.kind == T_RPAREN || t.kind == T_RBRACK) {
            depth--;
        } else if (t.kind == T_STRING) {
            uint32_t end;
            if (!parser_string_end(&lx, t.start, &end)) {
                return true;
            }
            lx.pos = end + 1;
        } else if (t.kind == T_END || t.kind == T_ERROR) {
            return true; /* the parser will say what is wrong */
        }
    }
    TokKind k = lexer_next(&lx).kind;
    return k == T_NEWLINE || k == T_SEMI || k == T_RBRACE || k == T_END || k == T_LBRACE;
}

static Node *command(Parser *p, const Builtin *row)
{
    uint32_t start = p->tok.start;
    Node *callee = parser_name(p, start, p->tok.end);
    if (!callee) {
        return NULL;
    }
    parser_advance(p);
    if (p->tok.kind == T_ASSIGN || p->tok.kind == T_WRITE) {
        parser_fail(p, callee->start, callee->end, "%s is a command; choose another name",
                    row->name);
        return NULL;
    }
    bool parens = p->tok.kind == T_LPAREN && !(row->flags & B_WORDS) && parens_are_list(p);
    Node *n = parser_call(p, callee, start, row, parens);
    if (!n) {
        return NULL;
    }
    n->call->statement = true;
    if ((row->flags & B_BLOCK) && (p->tok.kind == T_LBRACE || p->tok.kind == T_NEWLINE)) {
        Parser before = *p;
        skip_newlines(p);
        if (p->tok.kind == T_LBRACE) {
            n->call->block = block(p);
            n->end = p->prev_end;
            return n->call->block && parser_adopt(p, n, n->call->block) ? n : NULL;
        }
        p->lx = before.lx;
        p->tok = before.tok;
        p->prev_end = before.prev_end;
    }
    return n;
}

/* ?name is help name. */
static Node *query(Parser *p)
{
    Token t = p->tok;
    int symbol = interp_symbol(p->I, "help");
    const Builtin *row = symbol < 0 ? NULL : p->I->sym[symbol].row;
    if (!row) {
        parser_fail(p, t.start, t.end, "unexpected ?");
        return NULL;
    }
    Node *callee = parser_node(p, N_GLOBAL, t.start, t.end);
    if (!callee) {
        return NULL;
    }
    callee->id = callee->sym = symbol;
    parser_advance(p);
    Node *n = parser_call(p, callee, t.start, row, false);
    if (n) {
        n->call->statement = true;
    }
    return n;
}

/* --- statements --- */

static Node *keyword_only(Parser *p, NodeKind kind)
{
    Token t = p->tok;
    if ((kind == N_BREAK || kind == N_CONTINUE) && p->loops == 0) {
        parser_fail(p, t.start, t.end, "%s outside a loop",
                    kind == N_BREAK ? "break" : "continue");
        return NULL;
    }
    parser_advance(p);
    return parser_node(p, kind, t.start, t.end);
}

static Node *return_statement(Parser *p)
{
    Token t = p->tok;
    if (!p->scope) {
        parser_fail(p, t.start, t.end, "return outside a function");
        return NULL;
    }
    parser_advance(p);
    Node *value = NULL;
    if (!parser_statement_end(p)) {
        value = parser_expr_list(p);
        if (!value) {
            return NULL;
        }
    }
    return with_parts(p, N_RETURN, t.start, value, NULL);
}

static Node *lonely_else(Parser *p)
{
    parser_fail(p, p->tok.start, p->tok.end, "else without if");
    if (p->at_prompt && p->blocks == 0) {
        parser_hint(p, "at the prompt else stands on the line of the }: if c { } else { }");
    }
    return NULL;
}

static Node *mode_block(Parser *p, NodeKind kind)
{
    uint32_t start = p->tok.start;
    parser_advance(p);
    Node *b = block(p);
    return b ? with_parts(p, kind, start, b, NULL) : NULL;
}

static Node *expression_statement(Parser *p)
{
    uint32_t start = p->tok.start;
    if (p->tok.kind == T_NAME) {
        int symbol = parser_symbol(p, start, p->tok.end);
        if (symbol < 0) {
            return NULL;
        }
        const Builtin *row = p->I->sym[symbol].row;
        if (row && (row->flags & B_COMMAND)) {
            return command(p, row);
        }
    }
    Node *n = parser_expr_list(p);
    if (!n) {
        return NULL;
    }
    if (p->tok.kind == T_ASSIGN) {
        return assignment(p, n, start, N_ASSIGN);
    }
    if (p->tok.kind == T_WRITE) {
        return write(p, n, start);
    }
    return n;
}

static Node *statement(Parser *p)
{
    switch (p->tok.kind) {
    case T_DEF: return definition(p);
    case T_CONST: return const_statement(p);
    case T_REPEAT: return counted(p, N_REPEAT);
    case T_WHILE: return counted(p, N_WHILE);
    case T_EVERY: return counted(p, N_EVERY);
    case T_FOR: return for_loop(p);
    case T_IF: return if_chain(p);
    case T_BREAK: return keyword_only(p, N_BREAK);
    case T_CONTINUE: return keyword_only(p, N_CONTINUE);
    case T_RETURN: return return_statement(p);
    case T_NOGRAD: return mode_block(p, N_NOGRAD);
    case T_TESTMODE: return mode_block(p, N_TESTMODE);
    case T_ELSE: return lonely_else(p);
    case T_QUERY: return query(p);
    default: return expression_statement(p);
    }
}

static bool parse(Parser *p)
{
    for (;;) {
        while (p->tok.kind == T_NEWLINE || p->tok.kind == T_SEMI) {
            parser_advance(p);
        }
        if (p->tok.kind == T_END) {
            return true;
        }
        Node *n = statement(p);
        bool muted;
        if (!n) {
            return false;
        }
        if (!end_statement(p, n, &muted)) {
            if (p->tok.kind == T_RBRACE) {
                return parser_fail(p, p->tok.start, p->tok.end, "} without {");
            }
            return stray(p, n);
        }
        if (!program_add(p->prog, n)) {
            return interp_no_memory(p->I, NULL);
        }
        p->prog->muted[p->prog->n - 1] = muted;
    }
}

Program *interp_parse(Interp *I, const char *text, size_t len, const char *file, int first_line,
                      bool at_prompt)
{
    if (I->exec_depth == 0) {
        interp_clear_error(I);
    }
    if (len >= ((size_t)1 << 31)) {
        interp_fail(I, NULL, NB_EMEM, "the text is too long");
        return NULL;
    }
    Program *prog = program_new(text, len, file, first_line);
    if (!prog) {
        interp_no_memory(I, NULL);
        return NULL;
    }
    Parser p = {.I = I, .prog = prog, .at_prompt = at_prompt};
    lexer_init(&p.lx, prog->text, prog->len);
    parser_advance(&p);
    if (!parse(&p)) {
        interp_no_memory(I, NULL); /* unless a better error is set */
        program_unref(&prog);
    }
    return prog;
}

bool interp_incomplete(Interp *I, const char *text, size_t len)
{
    LangError saved = I->error;
    bool failed = I->failed;
    I->failed = false;
    memset(&I->error, 0, sizeof I->error);
    Program *p = NULL;
    if (len < ((size_t)1 << 31) && (p = program_new(text, len, "", 1)) != NULL) {
        Parser q = {.I = I, .prog = p};
        lexer_init(&q.lx, p->text, p->len);
        parser_advance(&q);
        parse(&q);
    }
    bool incomplete = I->failed && I->error.incomplete;
    program_unref(&p);
    I->error = saved;
    I->failed = failed;
    return incomplete;
}
