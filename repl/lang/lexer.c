/* lexer.c -- text to tokens: names of any script, numbers, operators */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lang/interp.h"
#include "lang/token.h"

const char *const lexer_keywords[] = {"and",   "break",  "const",  "continue", "def",    "else",
                                      "every", "for",    "if",     "in",       "nograd", "not",
                                      "or",    "repeat", "return", "testmode", "while",  NULL};

static const char *const op_text[] = {"+",  "-",  "*", "/",  "%", "@", "^",
                                      "==", "!=", "<", "<=", ">", ">="};

const char *lexer_op_text(TokKind kind)
{
    return kind >= T_PLUS && kind <= T_GE ? op_text[kind - T_PLUS] : NULL;
}

const char *const *interp_keywords(void)
{
    return lexer_keywords;
}

int lexer_char(const char *text, uint32_t len, uint32_t pos, uint32_t *code)
{
    const unsigned char *s = (const unsigned char *)text + pos;
    uint32_t left = len - pos;
    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    int n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || left < (uint32_t)n) {
        return 0;
    }
    uint32_t c = s[0] & (0x7Fu >> n);
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
        c = c << 6 | (s[i] & 0x3Fu);
    }
    bool overlong = (n == 3 && c < 0x800) || (n == 4 && c < 0x10000);
    if (overlong || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        return 0;
    }
    *code = c;
    return n;
}

bool lexer_control(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c <= 0x9F);
}

/* --- what may stand in a name --- */

typedef struct CodeRange {
    uint32_t from, to;
} CodeRange;

/* Beyond ASCII everything is a letter but these: punctuation, symbols, spaces, private use. */
static const CodeRange not_letters[] = {
    {0x80, 0xA9},       {0xAB, 0xB4},        {0xB6, 0xB9},     {0xBB, 0xBF},     {0xD7, 0xD7},
    {0xF7, 0xF7},       {0x2C2, 0x2C5},      {0x2D2, 0x2DF},   {0x37E, 0x37E},   {0x387, 0x387},
    {0x589, 0x58F},     {0x5BE, 0x5BE},      {0x600, 0x61F},   {0x66A, 0x66D},   {0x964, 0x965},
    {0x1680, 0x1680},   {0x2000, 0x2070},    {0x2072, 0x207E}, {0x2080, 0x208F}, {0x20A0, 0x20CF},
    {0x2190, 0x2BFF},   {0x2E00, 0x2E7F},    {0x2FF0, 0x3004}, {0x3007, 0x3030}, {0x303D, 0x3040},
    {0x30A0, 0x30A0},   {0x30FB, 0x30FB},    {0xD800, 0xF8FF}, {0xFD3E, 0xFD3F}, {0xFE00, 0xFE6F},
    {0xFEFF, 0xFF0F},   {0xFF1A, 0xFF20},    {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF},
    {0x1F000, 0x1FFFF}, {0xE0000, 0x10FFFF},
};

static bool ascii_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool mark(uint32_t c) /* combining: continues a name, never begins one */
{
    return (c >= 0x300 && c <= 0x36F) || (c >= 0x483 && c <= 0x489) ||
           (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x20D0 && c <= 0x20FF);
}

bool lexer_name_start(uint32_t c)
{
    if (c < 0x80) {
        return ascii_letter(c);
    }
    size_t lo = 0, hi = sizeof not_letters / sizeof not_letters[0];
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (c > not_letters[mid].to) {
            lo = mid + 1;
        } else if (c < not_letters[mid].from) {
            hi = mid;
        } else {
            return false;
        }
    }
    return !mark(c);
}

bool lexer_name_part(uint32_t c)
{
    if (c < 0x80) {
        return ascii_letter(c) || digit(c);
    }
    return (c >= 0x2080 && c <= 0x2089) || mark(c) || lexer_name_start(c);
}

/* --- characters of other notations, with what to write here --- */

typedef struct Foreign {
    uint32_t code;
    const char *msg, *hint;
} Foreign;

static const Foreign foreign[] = {
    {0x207A, "unexpected ⁺", "powers are written with ^, as in x^2"},
    {0x207B, "unexpected ⁻", "powers are written with ^, as in x^-1"},
    {0xF7, "unexpected ÷", "a quotient is written with /"},
    {0x2013, "unexpected – (a dash)", "the minus sign is -"},
    {0x2264, "unexpected ≤", "write <="},
    {0x2265, "unexpected ≥", "write >="},
    {0x2260, "unexpected ≠", "write !="},
    {0x2202, "unexpected ∂", "x.grad is the gradient held by x; grad(f, x) computes one"},
    {0x2207, "unexpected ∇",
     "x.grad holds a gradient, grad(f, x) computes one; a copied session is pasted at the prompt"},
    {0x221E, "unexpected ∞", "write inf"},
    {0xB0, "unexpected °", "angles are in radians: 90*pi/180"},
    {0x2211, "unexpected ∑", "sum(x) adds the elements of x"},
    {0x222B, "unexpected ∫", "nabla differentiates; it has no integrals"},
    {0x2018, "unexpected ‘", "quotes are ' or \""},
    {0x2019, "unexpected ’", "quotes are ' or \""},
    {0x201C, "unexpected “", "quotes are ' or \""},
    {0x201D, "unexpected ”", "quotes are ' or \""},
    {'!', "unexpected !", "write not, or != for unequal; nabla runs no commands of the shell"},
    {'&', "unexpected &", "write and"},
    {'|', "unexpected |", "write or; the absolute value is abs(x)"},
    {'$', "unexpected $", NULL},
    {'~', "unexpected ~", "x~1 is the earlier x, written without spaces"},
    {'`', "unexpected `", "quotes are ' or \""},
    {'\\', "unexpected \\", "inside ( ) or [ ] an expression may go on over several lines"},
};

void lexer_init(Lexer *lx, const char *text, uint32_t len)
{
    *lx = (Lexer){.text = text, .len = len};
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        lx->pos = 3; /* byte order mark */
    }
}

static Token fail(Lexer *lx, Token t, uint32_t end, const char *msg, const char *hint)
{
    t.kind = T_ERROR;
    t.end = end > t.start ? end : t.start + 1;
    lx->msg = msg;
    lx->hint = hint;
    return t;
}

static Token unexpected(Lexer *lx, Token t)
{
    uint32_t c;
    int n = lexer_char(lx->text, lx->len, t.start, &c);
    if (n == 0) {
        return fail(lx, t, t.start + 1, "not valid UTF-8", "save the file as UTF-8");
    }
    lx->pos = t.start + (uint32_t)n;
    const size_t rest = lx->pos + strspn(lx->text + lx->pos, " \t");
    if (c == '\\' && rest < lx->len && !strchr("\n#", lx->text[rest])) {
        return fail(lx, t, lx->pos, "unexpected \\", "solve(A, b) is the x of A @ x = b");
    }
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        if (foreign[i].code == c) {
            return fail(lx, t, lx->pos, foreign[i].msg, foreign[i].hint);
        }
    }
    return fail(lx, t, lx->pos, lexer_control(c) ? "unexpected control character" : "unexpected %s",
                NULL);
}

/* --- signs of mathematics that stand for operators --- */

#define MINUS_SIGN 0x2212

static int raised_digit(uint32_t c)
{
    switch (c) {
    case 0xB9: return 1;
    case 0xB2: return 2;
    case 0xB3: return 3;
    case 0x2070: return 0;
    default: return c >= 0x2074 && c <= 0x2079 ? (int)(c - 0x2070) : -1;
    }
}

/* Raised digits, perhaps with a sign, from t.start: the exponent. T_END when they are none. */
static Token raised(const Lexer *lx, Token t)
{
    uint32_t p = t.start, c = 0;
    int n = lexer_char(lx->text, lx->len, p, &c), digits = 0;
    const bool negative = n > 0 && c == 0x207B;
    p += negative ? (uint32_t)n : 0;
    for (t.num = 0; p < lx->len && (n = lexer_char(lx->text, lx->len, p, &c)) > 0; digits++) {
        const int d = raised_digit(c);
        if (d < 0) {
            break;
        }
        t.num = 10 * t.num + d;
        p += (uint32_t)n;
    }
    if (digits > 0) {
        t.kind = T_RAISED;
        t.num = negative ? -t.num : t.num;
        t.end = p;
    }
    return t;
}

static TokKind sign_kind(uint32_t c)
{
    switch (c) {
    case 0xB7:
    case 0xD7:
    case 0x22C5: return T_STAR;
    case MINUS_SIGN: return T_MINUS;
    case 0x221A: return T_ROOT;
    default: return T_END;
    }
}

/* --- numbers --- */

/* Exact for up to 15 digits and small powers of ten; else 0 and the library decides. */
static bool quick_number(const char *s, size_t len, double *out)
{
    static const double ten[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    uint64_t m = 0;
    int digits = 0, scale = 0;
    bool point = false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.') {
            point = true;
        } else if (digit((unsigned char)s[i])) {
            m = m * 10 + (uint64_t)(s[i] - '0');
            scale += point;
            if (++digits > 15) {
                return false;
            }
        } else {
            return false;
        }
    }
    *out = (double)m / ten[scale];
    return true;
}

NbStatus lexer_number(const char *text, size_t len, double *out)
{
    if (quick_number(text, len, out)) {
        return NB_OK;
    }
    char small[128];
    const struct lconv *lc = localeconv();
    size_t plen = strlen(lc->decimal_point);
    char *buf = len + plen + 1 <= sizeof small ? small : malloc(len + plen + 1);
    if (!buf) {
        return NB_EMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.') {
            memcpy(buf + n, lc->decimal_point, plen);
            n += plen;
        } else if (len - i > 3 && memcmp(text + i, "−", 3) == 0) {
            buf[n++] = '-';
            i += 2;
        } else {
            buf[n++] = text[i];
        }
    }
    buf[n] = '\0';
    *out = strtod(buf, NULL);
    if (buf != small) {
        free(buf);
    }
    return fabs(*out) <= DBL_MAX ? NB_OK : NB_EVALUE;
}

static uint32_t digits_from(const Lexer *lx, uint32_t p)
{
    while (p < lx->len && digit((unsigned char)lx->text[p])) {
        p++;
    }
    return p;
}

static Token number(Lexer *lx, Token t)
{
    uint32_t p = digits_from(lx, t.start);
    if (p < lx->len && lx->text[p] == '.') {
        p = digits_from(lx, p + 1);
    }
    if (p < lx->len && (lx->text[p] == 'e' || lx->text[p] == 'E')) {
        uint32_t q = p + 1;
        if (q < lx->len && (lx->text[q] == '+' || lx->text[q] == '-')) {
            q++;
        } else if (lx->len - q > 3 && memcmp(lx->text + q, "−", 3) == 0) {
            q += 3;
        }
        if (digits_from(lx, q) > q) {
            p = digits_from(lx, q);
        }
    }
    lx->pos = t.end = p;
    t.kind = T_NUM;
    NbStatus status = lexer_number(lx->text + t.start, p - t.start, &t.num);
    if (status == NB_EMEM) {
        return fail(lx, t, p, "out of memory for a number", NULL);
    }
    if (status) {
        return fail(lx, t, p, "number too large", "the largest is about 1.8e308; inf is infinity");
    }
    return t;
}

/* --- names --- */

static TokKind keyword(const char *s, uint32_t len)
{
    if (len >= 2 && len <= 8) {
        for (int i = 0; lexer_keywords[i]; i++) {
            const char *k = lexer_keywords[i];
            if (k[0] == s[0] && strncmp(k, s, len) == 0 && k[len] == '\0') {
                return (TokKind)(T_AND + i);
            }
        }
    }
    return T_NAME;
}

static Token name(Lexer *lx, Token t)
{
    uint32_t p = t.start, c;
    int n;
    while (p < lx->len && (n = lexer_char(lx->text, lx->len, p, &c)) > 0 && lexer_name_part(c)) {
        p += (uint32_t)n;
    }
    t.kind = keyword(lx->text + t.start, p - t.start);
    if (t.kind == T_NAME && p + 1 < lx->len && lx->text[p] == '~' &&
        digit((unsigned char)lx->text[p + 1])) {
        p = digits_from(lx, p + 1); /* an earlier binding: x~1 */
    }
    lx->pos = t.end = p;
    return t;
}

static Token raw_string(Lexer *lx, Token t)
{
    const char *from = lx->text + t.start + 1;
    const uint32_t left = lx->len - t.start - 1;
    const char *end = memchr(from, '\'', left), *line = memchr(from, '\n', left);
    if (!end || (line && line < end)) {
        lx->pos = line ? (uint32_t)(line - lx->text) : lx->len;
        return fail(lx, t, t.start + 1, "' is not closed",
                    "a string ends on its line; the transpose is x.T, a derivative grad(f, x)");
    }
    t.kind = T_RAW;
    lx->pos = t.end = (uint32_t)(end - lx->text) + 1;
    for (uint32_t p = t.start, c; p < t.end;) {
        int n = lexer_char(lx->text, lx->len, p, &c);
        if (n == 0 || lexer_control(c)) {
            t.start = p;
            return fail(lx, t, p + 1, n ? "unexpected control character" : "not valid UTF-8",
                        n ? NULL : "save the file as UTF-8");
        }
        p += (uint32_t)n;
    }
    return t;
}

static Token symbol(Lexer *lx, Token t, TokKind kind, uint32_t len)
{
    t.kind = kind;
    lx->pos = t.end = t.start + len;
    return t;
}

/* An operator, or with = behind it the update of a name by it: x += 1. */
static Token infix(Lexer *lx, Token t, TokKind kind, uint32_t len)
{
    const uint32_t p = t.start + len;
    const bool equals = p < lx->len && lx->text[p] == '=';
    if (!equals || (p + 1 < lx->len && lx->text[p + 1] == '=')) {
        return symbol(lx, t, kind, len);
    }
    t.num = kind;
    return symbol(lx, t, T_UPDATE, len + 1);
}

static Token bracket(Lexer *lx, Token t, TokKind kind, int change)
{
    lx->nest += change;
    if (lx->nest < 0) {
        lx->nest = 0;
    }
    return symbol(lx, t, kind, 1);
}

/* Blanks, comments, and newlines inside brackets. */
static bool skip_blank(Lexer *lx)
{
    bool newline = false;
    for (; lx->pos < lx->len; lx->pos++) {
        char c = lx->text[lx->pos];
        if (c == '#') {
            const char *end = memchr(lx->text + lx->pos, '\n', lx->len - lx->pos);
            lx->pos = end ? (uint32_t)(end - lx->text) : lx->len;
            if (lx->pos == lx->len) {
                break;
            }
            c = '\n';
        }
        if (c == '\n') {
            if (lx->nest == 0) {
                break;
            }
            newline = true;
        } else if (c == '\xC2' && lx->pos + 1 < lx->len && lx->text[lx->pos + 1] == '\xA0') {
            lx->pos++; /* no-break space */
        } else if (c != ' ' && c != '\t' && c != '\r') {
            break;
        }
    }
    return newline;
}

Token lexer_next(Lexer *lx)
{
    bool newline = skip_blank(lx);
    Token t = {.kind = T_END, .start = lx->pos, .end = lx->pos, .newline = newline};
    if (lx->pos >= lx->len) {
        return t;
    }
    const char *s = lx->text + lx->pos;
    char next = lx->pos + 1 < lx->len ? s[1] : '\0';
    switch (*s) {
    case '\n': return symbol(lx, t, T_NEWLINE, 1);
    case ';': return symbol(lx, t, T_SEMI, 1);
    case '(': return bracket(lx, t, T_LPAREN, 1);
    case ')': return bracket(lx, t, T_RPAREN, -1);
    case '[': return bracket(lx, t, T_LBRACK, 1);
    case ']': return bracket(lx, t, T_RBRACK, -1);
    case '{': return symbol(lx, t, T_LBRACE, 1);
    case '}': return symbol(lx, t, T_RBRACE, 1);
    case ',': return symbol(lx, t, T_COMMA, 1);
    case '?': return symbol(lx, t, T_QUERY, 1);
    case '"': return symbol(lx, t, T_STRING, 1);
    case '\'': return raw_string(lx, t);
    case ':': return next == '=' ? symbol(lx, t, T_WRITE, 2) : symbol(lx, t, T_COLON, 1);
    case '=': return next == '=' ? symbol(lx, t, T_EQ, 2) : symbol(lx, t, T_ASSIGN, 1);
    case '+': return infix(lx, t, T_PLUS, 1);
    case '-': return infix(lx, t, T_MINUS, 1);
    case '*': return next == '*' ? infix(lx, t, T_POW, 2) : infix(lx, t, T_STAR, 1);
    case '/':
        if (next == '/') {
            lx->pos += 2;
            return fail(lx, t, lx->pos, "unexpected //",
                        "floordiv(a, b) divides and rounds down; comments start with #");
        }
        return infix(lx, t, T_SLASH, 1);
    case '%': return infix(lx, t, T_PERCENT, 1);
    case '@': return symbol(lx, t, T_AT, 1);
    case '^': return infix(lx, t, T_POW, 1);
    case '<': return next == '=' ? symbol(lx, t, T_LE, 2) : symbol(lx, t, T_LT, 1);
    case '>': return next == '=' ? symbol(lx, t, T_GE, 2) : symbol(lx, t, T_GT, 1);
    case '!':
        if (next == '=') {
            return symbol(lx, t, T_NE, 2);
        }
        break;
    case '.':
        if (digit((unsigned char)next)) {
            return number(lx, t);
        }
        return symbol(lx, t, T_DOT, 1);
    default: break;
    }
    uint32_t c = 0;
    int n = lexer_char(lx->text, lx->len, lx->pos, &c);
    if (n > 0 && digit(c)) {
        return number(lx, t);
    }
    if (n > 0 && lexer_name_start(c)) {
        return name(lx, t);
    }
    const TokKind kind = n > 0 ? sign_kind(c) : T_END;
    if (kind != T_END) {
        return infix(lx, t, kind, (uint32_t)n);
    }
    const Token up = n > 0 ? raised(lx, t) : t;
    if (up.kind == T_RAISED) {
        lx->pos = up.end;
        return up;
    }
    return unexpected(lx, t);
}

bool lexer_string_end(const Lexer *lx, uint32_t quote, uint32_t *end)
{
    for (uint32_t i = quote + 1; i < lx->len && lx->text[i] != '\n'; i++) {
        if (lx->text[i] == '\\') {
            i++;
        } else if (lx->text[i] == '"') {
            *end = i;
            return true;
        }
    }
    return false;
}

bool lexer_pass_parens(Lexer *lx)
{
    for (int depth = 1; depth > 0;) {
        Token t = lexer_next(lx);
        if (t.kind == T_LPAREN || t.kind == T_LBRACK) {
            depth++;
        } else if (t.kind == T_RPAREN || t.kind == T_RBRACK) {
            depth--;
        } else if (t.kind == T_STRING) {
            uint32_t end;
            if (!lexer_string_end(lx, t.start, &end)) {
                return false;
            }
            lx->pos = end + 1;
        } else if (t.kind == T_END || t.kind == T_ERROR) {
            return false;
        }
    }
    return true;
}
