/* parser.c -- the parser: errors, tokens, nesting, whole texts */
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
const char *parser_excerpt(const Parser *p, uint32_t start, uint32_t end, char *buf, size_t cap)
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
    p->I->error.incomplete = p->tok.kind == T_END;
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

bool parser_touches(const Parser *p)
{
    const TokKind k = p->tok.kind;
    const uint32_t at = p->tok.start;
    if (at == 0 || p->prev_end != at || !strchr("\"'", p->prog->text[at])) {
        return false;
    }
    return k == T_STRING || k == T_RAW || k == T_ERROR;
}

/* What MATLAB and Julia write with these signs. */
static const char *signs_of_others(const Parser *p)
{
    const TokKind k = p->tok.kind;
    const char before = p->tok.start > 0 ? p->prog->text[p->tok.start - 1] : ' ';
    if (k == T_GT && before == '-') {
        return "def f(x) = x^2 makes a function";
    }
    if (k == T_GT && (before == '<' || before == '=')) {
        return before == '<' ? "write != for unequal" : "write >= for at least";
    }
    if (k == T_NAME && p->prev_end >= 6 &&
        strncmp(p->prog->text + p->prev_end - 6, "lambda", 6) == 0) {
        return "def f(x) = x^2 makes a function";
    }
    if (k == T_LBRACE && p->tok.start > 0 && p->prev_end == p->tok.start) {
        return "an index stands in [ ], as in x[0]";
    }
    if (before == '.' && (k == T_POW || k == T_STAR || k == T_SLASH)) {
        return "operators work element by element: x^2, a*b";
    }
    if (before == '.' && k == T_NUM) {
        return "a range is written 0:10";
    }
    if (k == T_PERCENT) {
        return "comments start with #";
    }
    if (k == T_NUM && p->nopen > 0 && p->prog->text[p->open[p->nopen - 1]] == '[') {
        return "numbers are separated by commas, rows by brackets: [[1, 2], [3, 4]]";
    }
    return NULL;
}

static const char *operator_habit(const Parser *p)
{
    TokKind k = p->tok.kind;
    if (parser_touches(p)) {
        const bool prefix = p->prog->text[p->tok.start] == '"';
        return prefix ? "strings interpolate by themselves: \"x is {x}\""
                      : "the transpose is x.T, a derivative grad(f, x)";
    }
    if (k == T_QUERY) {
        Lexer ahead = p->lx;
        const TokKind next = lexer_next(&ahead).kind;
        if (next != T_END && next != T_NEWLINE && next != T_SEMI) {
            return "where(c, a, b) chooses between values";
        }
        return "?sin tells what sin does, info x shows a variable";
    }
    if (k == T_IF) {
        return "where(c, a, b) chooses between values; if c { … } else { … } is a statement";
    }
    if (k == T_FOR) {
        return "tensors are computed whole: i = arange(0, 10), then i^2";
    }
    if (k == T_UPDATE) {
        return "an update stands alone, as in x += 1";
    }
    if (k == T_ASSIGN) {
        return "== compares; a name is bound at the start of a statement";
    }
    if (k == T_COLON) {
        return "blocks are written { }";
    }
    if (k == T_PLUS || k == T_MINUS) {
        return "write x += 1";
    }
    return signs_of_others(p);
}

bool parser_unexpected(Parser *p, const char *wanted)
{
    Token t = p->tok;
    char buf[64];
    if (t.kind == T_ERROR) {
        uint32_t c;
        int n = lexer_char(p->prog->text, p->prog->len, t.start, &c);
        snprintf(buf, sizeof buf, "%.*s", n, p->prog->text + t.start);
        const char *at = strstr(p->lx.msg, "%s");
        if (at) {
            parser_fail(p, t.start, t.end, "%.*s%s", (int)(at - p->lx.msg), p->lx.msg, buf);
        } else {
            parser_fail(p, t.start, t.end, "%s", p->lx.msg);
        }
        if (buf[0] == '!' && t.start > 0 && p->prev_end == t.start) {
            return parser_hint(p, "the factorial of n is prod(arange(1, n + 1))");
        }
        return p->lx.hint ? parser_hint(p, "%s", p->lx.hint) : false;
    }
    if (blame_bracket(p)) {
        return not_closed(p);
    }
    if (t.kind == T_END || t.kind == T_NEWLINE || t.kind == T_SEMI) {
        uint32_t at = t.kind == T_SEMI ? t.start : p->prev_end;
        parser_fail(p, at, at + 1, "expected %s here", wanted);
        p->I->error.incomplete = t.kind == T_END && p->wants_block;
        const char *two = p->prev_end >= 2 ? p->prog->text + p->prev_end - 2 : "";
        if (strncmp(two, "++", 2) == 0 || strncmp(two, "--", 2) == 0) {
            return parser_hint(p, "in place: x %c= 1", *two);
        }
        return false;
    }
    parser_fail(p, t.start, t.end, "unexpected %s: expected %s",
                parser_excerpt(p, t.start, t.kind == T_STRING ? t.end : t.end, buf, sizeof buf),
                wanted);
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

/* --- whole texts --- */

static bool parse(Parser *p)
{
    for (;;) {
        while (p->tok.kind == T_NEWLINE || p->tok.kind == T_SEMI) {
            parser_advance(p);
        }
        if (p->tok.kind == T_END) {
            return true;
        }
        Node *n = parser_statement(p);
        bool muted;
        if (!n) {
            return false;
        }
        if (!parser_end(p, n, &muted)) {
            if (p->tok.kind == T_RBRACE) {
                return parser_fail(p, p->tok.start, p->tok.end, "} without {");
            }
            return parser_stray(p, n);
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

/* Follows brackets, strings and comments. */
static void look_on(Growing *g, const char *text, size_t len)
{
    for (; g->seen < len; g->seen++) {
        char c = text[g->seen];
        if (g->within) {
            if (c == '\n' || (c == g->within && c != '#')) {
                g->within = 0;
            } else if (c == '\\' && g->within == '"' && g->seen + 1 < len) {
                g->seen++;
            }
        } else if (c == '#' || c == '"' || c == '\'') {
            g->within = c;
        } else if (c && strchr("([{", c)) {
            g->open++;
        } else if (c && strchr(")]}", c)) {
            g->open--;
        }
    }
}

#define ALWAYS_PARSED 4096 /* bytes: an error in a block is told at its line */

/* A text with an open bracket is incomplete, or wrong before it: that may wait until the text has
 * doubled. */
bool interp_growing(Interp *I, Growing *g, const char *text, size_t len)
{
    look_on(g, text, len);
    if (g->open > 0 && len > ALWAYS_PARSED && len < 2 * g->parsed) {
        return true;
    }
    g->parsed = len;
    return interp_incomplete(I, text, len);
}
