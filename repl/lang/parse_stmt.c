/* parse_stmt.c -- statements: blocks, loops, conditions, commands */
#include <stdio.h>
#include <string.h>

#include "lang/parser.h"

/* --- blocks --- */

void parser_skip_newlines(Parser *p)
{
    while (p->tok.kind == T_NEWLINE) {
        parser_advance(p);
    }
}

bool parser_end(Parser *p, const Node *n, bool *muted)
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

/* How an option of this name is written: "ask=true", "steps=…"; empty when it is none of the row's.
 */
static void option_form(Parser *p, const Builtin *row, const char *name, char *buf, size_t cap)
{
    buf[0] = '\0';
    if (parser_option_next(p)) {
        snprintf(buf, cap, "%s=…", name);
    }
    for (const BuiltinOpt *o = row->opt; o->name; o++) {
        if (strcmp(o->name, name) == 0 && o->fallback) {
            bool flag = strcmp(o->fallback, "false") == 0 || strcmp(o->fallback, "true") == 0;
            snprintf(buf, cap, "%s=%s", name,
                     !flag || parser_option_next(p)      ? "…"
                     : strcmp(o->fallback, "false") == 0 ? "true"
                                                         : "false");
        }
    }
}

/* `foo bar`: a mistyped command, or a function called without parentheses. */
bool parser_stray(Parser *p, const Node *n)
{
    bool operand = p->tok.kind == T_NAME || p->tok.kind == T_NUM || p->tok.kind == T_STRING ||
                   p->tok.kind == T_RAW;
    const char *text = p->prog->text + n->start;
    if (operand && n->end - n->start >= 4 && strncmp(text, "d/d", 3) == 0) {
        char of[64];
        const uint32_t begin = p->tok.start;
        const size_t rest = strcspn(p->prog->text + begin, "\n;}#");
        parser_excerpt(p, begin, begin + (uint32_t)rest, of, sizeof of);
        parser_unexpected(p, "the end of the statement");
        return parser_hint(p, "grad(%s, %.*s)", of, (int)(n->end - n->start - 3), text + 3);
    }
    char arg[64];
    parser_excerpt(p, p->tok.start, p->tok.end, arg, sizeof arg);
    if (!operand || parser_touches(p) || (n->kind != N_GLOBAL && n->kind != N_NUM)) {
        parser_unexpected(p, "the end of the statement");
        char option[80] = "";
        if (n->kind == N_CALL && n->call->row && p->tok.kind == T_NAME) {
            option_form(p, n->call->row, arg, option, sizeof option);
        }
        return option[0] ? parser_hint(p, "a comma stands before it: %.*s, %s",
                                       (int)(p->prev_end - n->start), text, option)
                         : false;
    }
    const Symbol *s = n->kind == N_GLOBAL ? &p->I->sym[n->id] : NULL;
    if (p->tok.kind == T_NAME &&
        (!s || (s->value.tag >= V_NUM && s->value.tag <= V_VAR && !s->op && !s->row))) {
        parser_unexpected(p, "the end of the statement");
        return parser_hint(p, "write the product with *: %.*s*%s", (int)(n->end - n->start), text,
                           arg);
    }
    if (!s) {
        return parser_unexpected(p, "the end of the statement");
    }
    if (s->op || s->row || s->value.tag == V_FUNC) {
        parser_unexpected(p, "( after the name of a function");
        if (p->tok.kind == T_NAME &&
            (strcmp(s->name, "int") == 0 || strcmp(s->name, "float") == 0)) {
            return parser_hint(p, "x = 2 makes a name; const x = 2 one without gradient");
        }
        if (s->row && s->row->min_args > 1 && s->row->usage) {
            const char *usage = s->row->usage, *more = strstr(usage, ", …");
            const size_t len = more ? (size_t)(more - usage) : strcspn(usage, ")");
            return parser_hint(p, "%.*s%s", (int)len, usage, memchr(usage, '(', len) ? ")" : "");
        }
        return parser_hint(p, "%s(%s)", s->name, p->tok.kind == T_STRING ? "\"…\"" : arg);
    }
    static const char *const declares[] = {"let", "var", "double", "auto", "set"};
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

bool parser_block_hint(Parser *p, uint32_t head, uint32_t end, uint32_t rest)
{
    const char *text = p->prog->text, *s = text + head, *e = text + end, *r = text + rest;
    while (e > s && strchr(" \n", e[-1])) {
        e--;
    }
    char line[120];
    Text t = text_over(line, sizeof line);
    const char *range = strstr(s, "range(");
    if (range && range < e && e[-1] == ')') {
        text_addn(&t, s, (size_t)(range - s));
        const char *arg = range + 6;
        text_add(&t, memchr(arg, ',', (size_t)(e - arg)) ? "" : "0:");
        for (; arg < e - 1; arg++) {
            text_addn(&t, *arg == ',' ? ":" : arg, *arg != ' ');
        }
    } else {
        text_addn(&t, s, (size_t)(e - s));
    }
    r += strspn(r, " ");
    size_t n = strcspn(r, "\n;#");
    while (n > 0 && r[n - 1] == ' ') {
        n--;
    }
    return n == 0 || n > 40 || memchr(r, '{', n)
               ? parser_hint(p, "blocks are written { }: %s { … }", text_str(&t))
               : parser_hint(p, "blocks are written { }: %s { %.*s }", text_str(&t), (int)n, r);
}

/* A word of other languages that stands before a block. */
static bool begins_block(const Parser *p)
{
    char word[8];
    parser_excerpt(p, p->tok.start, p->tok.end, word, sizeof word);
    return p->tok.kind == T_NAME && (strcmp(word, "then") == 0 || strcmp(word, "do") == 0);
}

/* What follows a head is no block. */
static void no_block(Parser *p, uint32_t head)
{
    const Token t = p->tok;
    const char *text = p->prog->text;
    char word[8];
    if (!head || t.kind == T_ERROR || t.kind == T_END || t.kind == T_NEWLINE || t.kind == T_SEMI) {
        parser_unexpected(p, "{");
        return;
    }
    parser_excerpt(p, t.start, t.end, word, sizeof word);
    parser_fail(p, t.start, t.end, "unexpected %s: expected {", word);
    if (strcmp(word, "to") == 0 || text[t.start] == '.') {
        parser_hint(p, "a range is written 0:10, as in for i in 0:10 { }");
        return;
    }
    const char *colon = strstr(text + head - 1, ": ");
    if (colon && colon >= text + t.start) {
        colon = NULL;
    }
    if (t.kind == T_ASSIGN && !colon) {
        parser_hint(p, "== compares; a name is bound at the start of a statement");
    } else if (colon) {
        const uint32_t at = (uint32_t)(colon - text);
        parser_block_hint(p, head - 1, at, at + 1);
    } else {
        parser_block_hint(p, head - 1, t.start, begins_block(p) ? t.end : t.start);
    }
}

Node *parser_block(Parser *p)
{
    p->wants_block = true;
    parser_skip_newlines(p);
    const uint32_t head = p->head;
    p->head = 0;
    if (p->tok.kind != T_LBRACE) {
        no_block(p, head);
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
        Node *n = parser_statement(p);
        ok = n && (parser_end(p, n, &muted) || parser_stray(p, n)) && parser_list_add(p, &l, n);
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

Node *parser_parts(Parser *p, NodeKind kind, uint32_t start, Node *a, Node *b)
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
    Node *b = parser_block(p);
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
    p->head = key.start + 1;
    parser_advance(p);
    Node *count = parser_expr(p);
    Node *body = !count ? NULL : kind == N_EVERY ? parser_block(p) : loop_block(p);
    return body ? parser_parts(p, kind, key.start, count, body) : NULL;
}

static Node *for_loop(Parser *p)
{
    uint32_t start = p->tok.start;
    p->head = start + 1;
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
        ok = name && parser_target_name(p, name) && parser_list_add(p, &l, name);
        parser_advance(p);
    } while (ok && p->tok.kind == T_COMMA);
    if (ok && p->tok.kind == T_ASSIGN) {
        ok = parser_fail(p, p->tok.start, p->tok.end,
                         "unexpected =: expected in, as in for i in 0:10");
    } else if (ok && p->tok.kind != T_IN) {
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
    parser_skip_newlines(p);
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
    p->head = start + 1;
    parser_advance(p);
    do {
        Node *cond = parser_expr(p);
        Node *body = cond ? parser_block(p) : NULL;
        ok = body && parser_list_add(p, &l, cond) && parser_list_add(p, &l, body);
        if (!ok || !else_follows(p)) {
            break;
        }
        parser_advance(p);
        more = p->tok.kind == T_IF;
        if (more) {
            parser_advance(p);
        } else {
            Node *last = parser_block(p);
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

/* --- commands --- */

/* A parenthesis after a command is its argument list only when the statement ends behind it. */
static bool parens_are_list(const Parser *p)
{
    Lexer lx = p->lx;
    if (!lexer_pass_parens(&lx)) {
        return true; /* the parser will say what is wrong */
    }
    TokKind k = lexer_next(&lx).kind;
    return k == T_NEWLINE || k == T_SEMI || k == T_RBRACE || k == T_END || k == T_LBRACE;
}

/* time f = g(x): the statement is the block. */
static Node *lone_statement(Parser *p)
{
    if (!parser_enter(p)) {
        return NULL;
    }
    uint32_t start = p->tok.start;
    NodeList l;
    parser_list_init(&l);
    Node *n = parser_statement(p);
    bool ended = n && (parser_statement_end(p) || p->prog->text[n->end - 1] == '}');
    p->nest--;
    if (!n || (!ended && !parser_stray(p, n)) || !parser_list_add(p, &l, n)) {
        return NULL;
    }
    Node *b = parser_node(p, N_BLOCK, start, p->prev_end);
    return b && parser_list_give(p, &l, b) ? b : NULL;
}

/* The block of a command, which may begin on a later line. */
static Node *command_block(Parser *p, Node *n)
{
    Parser before = *p;
    parser_skip_newlines(p);
    if (p->tok.kind == T_LBRACE) {
        n->call->block = parser_block(p);
    } else {
        p->lx = before.lx;
        p->tok = before.tok;
        p->prev_end = before.prev_end;
        if (parser_statement_end(p)) {
            return n; /* the command says what it needs */
        }
        n->call->block = lone_statement(p);
    }
    n->end = p->prev_end;
    return n->call->block && parser_adopt(p, n, n->call->block) ? n : NULL;
}

/* help = asks for help on the sign, since no value follows. */
static bool asks_for_sign(const Parser *p, const Builtin *row)
{
    Parser ahead = *p;
    parser_advance(&ahead);
    return (row->flags & B_TOPIC) && parser_statement_end(&ahead);
}

static Node *command(Parser *p, const Builtin *row)
{
    uint32_t start = p->tok.start;
    Node *callee = parser_name(p, start, p->tok.end);
    if (!callee) {
        return NULL;
    }
    parser_advance(p);
    if ((p->tok.kind == T_ASSIGN || p->tok.kind == T_WRITE) && !asks_for_sign(p, row)) {
        parser_fail(p, callee->start, callee->end, "%s is a command; choose another name",
                    row->name);
        return NULL;
    }
    bool parens = p->tok.kind == T_LPAREN && !(row->flags & (B_WORDS | B_BLOCK)) &&
                  parens_are_list(p);
    Node *n = parser_call(p, callee, start, row, parens);
    if (!n) {
        return NULL;
    }
    n->call->statement = true;
    return (row->flags & B_BLOCK) ? command_block(p, n) : n;
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
        parser_fail(p, t.start, t.end, "%s outside a loop", kind == N_BREAK ? "break" : "continue");
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
    p->scope->returns = true;
    Node *value = NULL;
    if (!parser_statement_end(p)) {
        value = parser_expr_list(p);
        if (!value) {
            return NULL;
        }
    }
    return parser_parts(p, N_RETURN, t.start, value, NULL);
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
    Node *b = parser_block(p);
    return b ? parser_parts(p, kind, start, b, NULL) : NULL;
}

/* Two names side by side mean nothing else. */
static bool before_name(const Parser *p)
{
    Lexer lx = p->lx;
    return lexer_next(&lx).kind == T_NAME;
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
        if (row && ((row->flags & B_COMMAND) || ((row->flags & B_SOFT) && before_name(p)))) {
            return command(p, row);
        }
        if (parser_defines(p)) {
            return parser_definition(p, false);
        }
    }
    Node *n = parser_expr_list(p);
    if (!n) {
        return NULL;
    }
    if (p->tok.kind == T_ASSIGN) {
        return parser_assignment(p, n, start, N_ASSIGN);
    }
    if (p->tok.kind == T_WRITE) {
        return parser_write(p, n, start);
    }
    if (p->tok.kind == T_UPDATE) {
        return parser_update(p, n, start);
    }
    return n;
}

Node *parser_statement(Parser *p)
{
    switch (p->tok.kind) {
    case T_DEF: return parser_definition(p, true);
    case T_CONST: return parser_const(p);
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
    case T_COLON:
        parser_fail(p, p->tok.start, p->tok.end, "unexpected : at the start of a statement");
        return parser_hint(p, "commands are words: quit, help"), NULL;
    default: return expression_statement(p);
    }
}
