/* parser.h -- what the files of the parser share */
#ifndef NABLA_LANG_PARSER_H
#define NABLA_LANG_PARSER_H

#include "lang/internal.h"
#include "lang/token.h"

/* Names met in the body of a function, resolved at its end. */
typedef struct Scope {
    uint32_t serial;
    Node **name;
    int nname;
    size_t capname;
    int *slot; /* symbols of the locals */
    int nslot;
    size_t capslot;
    int params; /* of these slots: the parameters */
    bool returns;
} Scope;

typedef struct Parser {
    Interp *I;
    Program *prog;
    Lexer lx;
    Token tok;
    uint32_t prev_end;
    int nest;
    uint32_t open[NEST_MAX]; /* open brackets and braces */
    int nopen;
    Scope *scope; /* function being parsed; NULL at session level */
    int loops, blocks;
    bool at_prompt;
    uint32_t head;    /* of a loop or condition whose block is still to come: its first byte + 1 */
    bool wants_block; /* the text may go on with a { on the next line */
} Parser;

/* All return NULL (or false) with the interpreter's error set. */
void parser_advance(Parser *p);
bool parser_fail(Parser *p, uint32_t start, uint32_t end, const char *fmt, ...) NB_PRINTF(4, 5);
bool parser_hint(Parser *p, const char *fmt, ...) NB_PRINTF(2, 3);
bool parser_unexpected(Parser *p, const char *wanted); /* at the current token */
/* The current token is a quote right behind a name, as in x' and f"…". */
bool parser_touches(const Parser *p);
bool parser_enter(Parser *p); /* one level of nesting; leave with p->nest-- */
bool parser_push_open(Parser *p, uint32_t at);
bool parser_close(Parser *p, TokKind kind); /* the closing bracket of the innermost one */
Node *parser_node(Parser *p, NodeKind kind, uint32_t start, uint32_t end);
/* Takes over what the kid needs: depth and flags. False when the tree gets too deep. */
bool parser_adopt(Parser *p, Node *n, const Node *kid);

typedef struct NodeList {
    Node **item;
    int n, cap;
    Node *small[8];
} NodeList;
void parser_list_init(NodeList *l);
bool parser_list_add(Parser *p, NodeList *l, Node *n);
bool parser_list_give(Parser *p, NodeList *l, Node *to); /* becomes to->kid; frees l */
void parser_list_free(NodeList *l);

Node *parser_parts(Parser *p, NodeKind kind, uint32_t start, Node *a, Node *b);
/* The source from start to end, cut when long, into buf. */
const char *parser_excerpt(const Parser *p, uint32_t start, uint32_t end, char *buf, size_t cap);

/* parse_call.c */
Node *parser_name(Parser *p, uint32_t start, uint32_t end);
int parser_symbol(Parser *p, uint32_t start, uint32_t end); /* -1 with an error */
/* The present token as a string: the text from start to end. */
Node *parser_raw(Parser *p, uint32_t start, uint32_t end);
bool parser_local(Parser *p, int symbol); /* declares a local of the function being parsed */

/* parse_stmt.c, parse_bind.c */
Node *parser_statement(Parser *p);
Node *parser_block(Parser *p);
/* How a loop or condition is written with its block: its head is the source from head to end, the
 * rest of the line from `rest` on goes into the { }. */
bool parser_block_hint(Parser *p, uint32_t head, uint32_t end, uint32_t rest);
void parser_skip_newlines(Parser *p);
bool parser_end(Parser *p, const Node *n, bool *muted); /* the end of statement n, passed over */
bool parser_stray(Parser *p, const Node *n);            /* what follows n makes no sense */
Node *parser_assignment(Parser *p, Node *left, uint32_t start, NodeKind kind);
Node *parser_write(Parser *p, Node *left, uint32_t start);
Node *parser_const(Parser *p);
Node *parser_update(Parser *p, Node *left, uint32_t start);
/* def f(x) = …; without word just f(x) = …, see parser_defines. */
Node *parser_definition(Parser *p, bool word);
bool parser_defines(const Parser *p);              /* the statement is f(…) = … */
bool parser_target_name(Parser *p, const Node *n); /* may be assigned to; declares a local */

/* parse_expr.c, parse_text.c */
Node *parser_expr(Parser *p);      /* with ranges */
Node *parser_or(Parser *p);        /* without */
Node *parser_expr_list(Parser *p); /* a, b, c: N_TUPLE when there are several */
Node *parser_string(Parser *p);
bool parser_words(Parser *p, Node *call);
/* Arguments up to the closing token (T_RPAREN), or of a command to the end of the statement. */
Node *parser_call(Parser *p, Node *callee, uint32_t start, const Builtin *row, bool parens);
/* callee(argument) */
Node *parser_call_one(Parser *p, Node *callee, Node *argument);
bool parser_option_next(Parser *p); /* the current token is `name =` */
bool parser_statement_end(const Parser *p);

#endif
