/* token.h -- the lexer: text to tokens, on demand */
#ifndef NABLA_LANG_TOKEN_H
#define NABLA_LANG_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nabla/error.h>

typedef enum TokKind {
    T_END,
    T_NEWLINE,
    T_SEMI,
    T_NUM,
    T_NAME,
    T_STRING, /* only the opening quote: the parser reads the pieces */
    T_RAW,    /* a whole '…' */
    T_LPAREN,
    T_RPAREN,
    T_LBRACK,
    T_RBRACK,
    T_LBRACE,
    T_RBRACE,
    T_COMMA,
    T_DOT,
    T_COLON,
    T_ASSIGN, /* = */
    T_WRITE,  /* := */
    T_QUERY,  /* ? */
    T_UPDATE, /* += and the like: num is the kind of the operator */
    T_RAISED, /* ², ⁻³: num is the exponent */
    T_ROOT,   /* √ */
    /* infix operators, in the order of lexer_op_text */
    T_PLUS,
    T_MINUS,
    T_STAR,
    T_SLASH,
    T_PERCENT,
    T_AT,
    T_POW,
    T_EQ,
    T_NE,
    T_LT,
    T_LE,
    T_GT,
    T_GE,
    /* keywords, in the order of interp_keywords */
    T_AND,
    T_BREAK,
    T_CONST,
    T_CONTINUE,
    T_DEF,
    T_ELSE,
    T_EVERY,
    T_FOR,
    T_IF,
    T_IN,
    T_NOGRAD,
    T_NOT,
    T_OR,
    T_REPEAT,
    T_RETURN,
    T_TESTMODE,
    T_WHILE,
    T_ERROR /* msg and hint of the lexer say what */
} TokKind;

typedef struct Token {
    TokKind kind;
    uint32_t start, end; /* bytes */
    double num;
    bool newline; /* a newline (skipped inside brackets) came before */
} Token;

/* Copy it to look ahead, and back to return. */
typedef struct Lexer {
    const char *text;
    uint32_t len, pos;
    int nest;         /* open ( and [: newlines do not count inside */
    const char *msg;  /* of the last T_ERROR: static text, may hold one %s for the character */
    const char *hint; /* or NULL */
} Lexer;

void lexer_init(Lexer *lx, const char *text, uint32_t len);
Token lexer_next(Lexer *lx);
/* Decodes one character of valid UTF-8 at pos; returns its length, 0 when invalid. */
int lexer_char(const char *text, uint32_t len, uint32_t pos, uint32_t *code);
bool lexer_control(uint32_t code); /* may not stand in a string */
bool lexer_name_start(uint32_t code);
bool lexer_name_part(uint32_t code);
/* Reads a number without regard to the locale; NB_EVALUE when it overflows, NB_EMEM. */
NbStatus lexer_number(const char *text, size_t len, double *out);
const char *lexer_op_text(TokKind kind); /* "+", NULL when no infix operator */
/* The closing quote of "…" that opens at byte `quote`; false when there is none on its line. */
bool lexer_string_end(const Lexer *lx, uint32_t quote, uint32_t *end);
/* Behind an opening bracket: passes over what it holds and the closing one. */
bool lexer_pass_parens(Lexer *lx);
extern const char *const lexer_keywords[];

#endif
