/* parse_text.c -- strings with interpolation, and the bare words of commands such as set */
#include <stdlib.h>
#include <string.h>

#include "lang/parser.h"

/* Text being collected; sizes never exceed the source. */
typedef struct Buffer {
    char *text;
    size_t len;
} Buffer;

static Node *string_node(Parser *p, const char *text, size_t len, uint32_t start, uint32_t end)
{
    Node *n = parser_node(p, N_STR, start, end);
    Value s = value_strn(text, len);
    if (!n || s.tag != V_STR || !program_keep(p->prog, s.str)) {
        interp_no_memory(p->I, NULL);
        return NULL;
    }
    n->str = s.str;
    return n;
}

static bool flush(Parser *p, Buffer *b, NodeList *l, uint32_t start, uint32_t end)
{
    if (b->len == 0) {
        return true;
    }
    Node *n = string_node(p, b->text, b->len, start, end);
    b->len = 0;
    return n && parser_list_add(p, l, n);
}

static bool escape(Parser *p, Buffer *b, uint32_t *at)
{
    char c = p->prog->text[*at + 1];
    const char *known = "n\nt\t\"\"\\\\";
    for (int i = 0; known[i]; i += 2) {
        if (known[i] == c) {
            b->text[b->len++] = known[i + 1];
            *at += 2;
            return true;
        }
    }
    parser_fail(p, *at, *at + 2, "unknown escape in a string");
    return parser_hint(p, "\\n \\t \\\" \\\\ are known; '…' takes every character as it is");
}

static bool brace_hint(Parser *p)
{
    return parser_hint(p, "a brace itself is written {{, a string inside it '…'");
}

static bool not_closed(Parser *p, uint32_t at)
{
    parser_fail(p, at, at + 1, "{ is not closed in the string");
    return brace_hint(p);
}

/* The format after the colon, up to the brace; the piece begins at byte `at`. */
static bool format(Parser *p, Node *piece, uint32_t at, uint32_t start, uint32_t end,
                   uint32_t *after)
{
    uint32_t q = start;
    while (q < end && p->prog->text[q] != '}') {
        q++;
    }
    Node *f = string_node(p, p->prog->text + start, q - start, start, q);
    if (!f) {
        return false;
    }
    if (q == end) {
        return not_closed(p, at);
    }
    if (!interp_text_ok(f->str->text)) {
        parser_fail(p, start, q, start < q ? "unknown format %.40s" : "no format after the colon%s",
                    f->str->text);
        return parser_hint(p, "formats are like those of printf: .4f 8.3g e d s");
    }
    piece->str = f->str;
    *after = q + 1;
    return true;
}

/* {expression} or {expression:format} at byte `at`; the string ends at `end`. */
static bool piece(Parser *p, NodeList *l, uint32_t at, uint32_t end, uint32_t *after)
{
    Lexer outer = p->lx;
    int nopen = p->nopen;
    p->lx.pos = at + 1;
    p->lx.len = end;
    p->lx.nest = 0;
    parser_advance(p);
    bool ok = parser_enter(p);
    Node *e = NULL;
    if (ok && p->tok.kind == T_RBRACE) {
        parser_fail(p, at, at + 1, "nothing between { and }");
        ok = brace_hint(p);
    } else if (ok && p->tok.kind == T_END) {
        ok = not_closed(p, at);
    }
    if (ok) {
        e = parser_or(p);
        p->nest--;
    }
    Node *n = e ? parser_node(p, N_PIECE, e->start, e->end) : NULL;
    ok = n && parser_adopt(p, n, e);
    if (ok) {
        n->a = e;
        n->str = NULL;
        if (p->tok.kind == T_COLON) {
            ok = format(p, n, at, p->tok.end, end, after);
        } else if (p->tok.kind == T_RBRACE) {
            *after = p->tok.end;
        } else if (p->tok.kind == T_END) {
            ok = not_closed(p, at);
        } else {
            ok = parser_unexpected(p, "} after the expression");
        }
    }
    p->lx = outer;
    p->nopen = nopen;
    return ok && parser_list_add(p, l, n);
}

static bool pieces(Parser *p, NodeList *l, Buffer *b, uint32_t start, uint32_t end)
{
    const char *s = p->prog->text;
    uint32_t from = start;
    for (uint32_t i = start; i < end;) {
        char next = i + 1 < end ? s[i + 1] : '\0';
        uint32_t code;
        int n = lexer_char(s, end, i, &code);
        if (n == 0) {
            parser_fail(p, i, i + 1, "not valid UTF-8");
            return parser_hint(p, "save the file as UTF-8");
        }
        if (lexer_control(code)) {
            return parser_fail(p, i, i + 1, "unexpected control character");
        }
        if (s[i] == '\\') {
            if (!escape(p, b, &i)) {
                return false;
            }
        } else if ((s[i] == '{' || s[i] == '}') && next == s[i]) {
            b->text[b->len++] = s[i];
            i += 2;
        } else if (s[i] == '}') {
            parser_fail(p, i, i + 1, "} without { in a string");
            return parser_hint(p, "a brace itself is written }}");
        } else if (s[i] == '{') {
            if (!flush(p, b, l, from, i) || !piece(p, l, i, end, &i)) {
                return false;
            }
            from = i;
        } else {
            memcpy(b->text + b->len, s + i, (size_t)n);
            b->len += (size_t)n;
            i += (uint32_t)n;
        }
    }
    return flush(p, b, l, from, end);
}

Node *parser_string(Parser *p)
{
    uint32_t start = p->tok.start, end;
    if (!lexer_string_end(&p->lx, start, &end)) {
        parser_fail(p, start, start + 1, "\" is not closed");
        parser_hint(p, "a string ends on its line; \\n is a new line");
        return NULL;
    }
    NodeList l;
    parser_list_init(&l);
    Buffer b = {malloc(end - start + 1), 0};
    Node *n = NULL;
    if (!b.text) {
        interp_no_memory(p->I, NULL);
    } else if (pieces(p, &l, &b, start + 1, end)) {
        if (l.n == 1 && l.item[0]->kind == N_STR) {
            n = l.item[0];
            n->start = start;
            n->end = end + 1;
        } else if (l.n == 0) {
            n = string_node(p, "", 0, start, end + 1);
        } else {
            n = parser_node(p, N_FORMAT, start, end + 1);
            n = n && parser_list_give(p, &l, n) ? n : NULL;
        }
    }
    free(b.text);
    parser_list_free(&l);
    p->lx.pos = end + 1;
    if (n) {
        p->tok.end = end + 1;
        parser_advance(p);
    }
    return n;
}

/* --- bare words --- */

static bool word_end(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == ',' || c == '\n' || c == ';' || c == '}' ||
           c == '#';
}

static bool word(Parser *p, NodeList *l, uint32_t *at, bool parens)
{
    const char *s = p->prog->text;
    uint32_t i = *at, len = p->lx.len;
    if (s[i] == '"' || s[i] == '\'') {
        const char *end = memchr(s + i + 1, s[i], len - i - 1);
        const char *line = memchr(s + i + 1, '\n', len - i - 1);
        if (!end || (line && line < end)) {
            return parser_fail(p, i, i + 1, "%c is not closed", s[i]);
        }
        uint32_t e = (uint32_t)(end - s);
        Node *n = string_node(p, s + i + 1, e - i - 1, i, e + 1);
        *at = e + 1;
        return n && parser_list_add(p, l, n);
    }
    while (i < len && !word_end(s[i]) && !(parens && s[i] == ')')) {
        uint32_t code;
        int n = lexer_char(s, len, i, &code);
        if (n == 0 || code < 0x20) {
            return parser_fail(p, i, i + 1, n ? "unexpected control character" : "not valid UTF-8");
        }
        i += (uint32_t)n;
    }
    Node *n = string_node(p, s + *at, i - *at, *at, i);
    *at = i;
    return n && parser_list_add(p, l, n);
}

/* The words after a command name, whose end is prev_end. */
bool parser_words(Parser *p, Node *call)
{
    const char *s = p->prog->text;
    uint32_t i = p->prev_end, len = p->lx.len;
    NodeList l;
    parser_list_init(&l);
    while (i < len && (s[i] == ' ' || s[i] == '\t')) {
        i++;
    }
    bool parens = i < len && s[i] == '(', ok = true;
    i += parens;
    uint32_t end = i;
    while (ok && i < len) {
        if (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == ',') {
            i++;
        } else if (word_end(s[i]) || (parens && s[i] == ')')) {
            break;
        } else {
            ok = word(p, &l, &i, parens);
            end = i;
        }
    }
    if (ok && parens) {
        if (i < len && s[i] == ')') {
            end = ++i;
        } else {
            ok = parser_fail(p, i, i + 1, "expected ) after the words");
        }
    }
    call->call->words = true;
    call->call->npos = l.n;
    call->end = end;
    ok = ok && parser_list_give(p, &l, call);
    parser_list_free(&l);
    p->lx.pos = i;
    p->lx.nest = 0;
    p->tok.end = end;
    if (ok) {
        parser_advance(p);
    }
    return ok;
}
