/* ast.h -- the tree of a parsed program: compact nodes, names resolved to slots */
#ifndef NABLA_LANG_AST_H
#define NABLA_LANG_AST_H

#include <stddef.h>
#include <stdint.h>

#include "lang/interp.h"

typedef enum NodeKind {
    /* expressions */
    N_NUM,     /* num */
    N_STR,     /* str */
    N_FORMAT,  /* kid: N_STR and N_PIECE */
    N_PIECE,   /* a: expression; str: format such as ".4f", or NULL */
    N_GLOBAL,  /* id: symbol */
    N_LOCAL,   /* id: slot of the frame; sym: symbol */
    N_UNARY,   /* op, a */
    N_BINARY,  /* op, a, b */
    N_CHAIN,   /* kid joined from the left by chain[1…]: a + b - c; any length without depth */
    N_AND,     /* kid */
    N_OR,      /* kid */
    N_NOT,     /* a */
    N_RANGE,   /* kid: start, stop, step (NULL: left out; the first two only inside an index) */
    N_LIST,    /* kid */
    N_NUMBERS, /* a literal tensor: lit */
    N_INDEX,   /* a: base; kid: items */
    N_ATTR,    /* a: base; attr: name; id: AttrId */
    N_CALL,    /* call; kid: positional arguments, then options */
    N_TUPLE,   /* kid: of a return, of several targets or values */
    /* statements */
    N_ASSIGN, /* a = b; either may be N_TUPLE */
    N_CONST,  /* const a = b */
    N_WRITE,  /* a := b; both N_TUPLE of one length, or neither */
    N_DEF,    /* def */
    N_BLOCK,  /* kid */
    N_REPEAT, /* a: count; b: body */
    N_FOR,    /* kid: targets (1 …), then the sequence, then the body */
    N_WHILE,  /* a, b */
    N_IF,     /* kid: condition, block, condition, block, …, perhaps a last block */
    N_BREAK,
    N_CONTINUE,
    N_RETURN,  /* a or NULL */
    N_EVERY,   /* a: count; b: body */
    N_NOGRAD,  /* a: body */
    N_TESTMODE /* a: body */
} NodeKind;

typedef enum AttrId {
    A_GRAD,
    A_DATA,
    A_SHAPE,
    A_SIZE,
    A_NDIM,
    A_T,
    A_NAME,
    A_OP,
    A_STALE,
    A_OTHER
} AttrId;

enum {                /* Node.flags */
       NF_CALL = 1,   /* holds a call: evaluating it may change names */
       NF_FREE = 2,   /* N_INDEX item N_RANGE with a part left out */
       NF_STEP = 4,   /* N_ASSIGN of a name to itself less something of its .grad */
       NF_UPDATE = 8, /* N_WRITE that was written x += y: b is x.data + y */
       NF_BOUNDS = 16 /* N_RANGE of an option, x=-0.5:1.5: two ends of an axis */
};

typedef struct CallInfo CallInfo;
typedef struct DefInfo DefInfo;

typedef struct ChainLink {
    const NbOp *op;
    uint32_t end; /* where the text up to this operand ends */
} ChainLink;

typedef struct Literal {
    NbShape shape;
    double data[];
} Literal;

struct Node {
    uint8_t kind, flags;
    uint16_t depth;      /* of the tree below; limits recursion */
    uint32_t start, end; /* bytes of the source */
    int32_t id, n;       /* n: number of kids */
    union {
        double num;
        uint64_t bits; /* of num */
        const NbOp *op;
        Str *str;
        CallInfo *call;
        DefInfo *def;
        const char *attr;
        const Literal *lit;
        const ChainLink *chain;
        int32_t sym;
    };
    struct Node *a, *b;
    struct Node **kid;
};

struct CallInfo {
    Node *callee;       /* N_GLOBAL, N_LOCAL or any expression */
    const Builtin *row; /* of a command, whose name nothing else can have; else NULL */
    int row_opts;
    QuickFn in_loop; /* of the row; or NULL */
    bool quick;      /* needs no check: no options, at most one argument, a name */
    int npos, nopt;
    const int *optsym;     /* symbols of the option names */
    const uint32_t *optat; /* where these names stand */
    Node *block;           /* of B_BLOCK */
    bool words, statement; /* bare words; stands as a command */
    /* Where options go in the callee they were last bound to; filled at the first call. */
    uint64_t bound;
    int8_t *pos;
};

typedef struct Param {
    int symbol;
    Node *fallback; /* default, evaluated at each call; NULL: must be given */
} Param;

struct DefInfo {
    int symbol;
    int nparams, nslots; /* parameters are the first slots */
    const Param *param;
    const int *slot_symbol;
    Node *body;
    bool block;                    /* body is a block, not an expression */
    const Node *lost;              /* the value it ends with, when it returns none; else NULL */
    uint32_t head_start, head_end; /* "g(a, n=3)" */
    uint32_t start, end;           /* of the whole definition */
};

#define NEST_MAX 200  /* open brackets and blocks of a text */
#define DEPTH_MAX 600 /* of the tree */

struct Program {
    uint32_t refs;
    char *text;
    uint32_t len;
    char file[256];
    int first_line;
    uint32_t *line; /* where each line starts */
    int nlines;
    struct Chunk *chunk; /* nodes and arrays, freed together */
    Str **str;           /* strings that nodes hold */
    int nstr;
    size_t capstr;
    Node **stmt;
    bool *muted;
    int n;
    size_t cap, capmuted;
    int max_slots; /* of any function in it */
};

/* All NULL when out of memory; freed with the program. */
Program *program_new(const char *text, size_t len, const char *file, int first_line);
void *program_alloc(Program *p, size_t size);
Node *program_node(Program *p, NodeKind kind, uint32_t start, uint32_t end);
/* The program keeps the string alive; takes s. */
bool program_keep(Program *p, Str *s);
bool program_add(Program *p, Node *stmt);
/* Position of a byte: line counts from first_line, col in characters from 1. */
void program_position(const Program *p, uint32_t byte, int *line, int *col);

#endif
