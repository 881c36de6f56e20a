/* builtin.h -- rows of builtins and commands: what they take, what they do, their help */
#ifndef NABLA_LANG_BUILTIN_H
#define NABLA_LANG_BUILTIN_H

#include "lang/value.h"

typedef struct Node Node; /* ast.h */

enum {                /* Builtin.flags */
       B_COMMAND = 1, /* may stand as a statement without parentheses; its name is reserved */
       B_WORDS = 2,   /* takes bare words: set digits full, help print, reset opt */
       B_BLOCK = 4,   /* takes a block or a statement, nothing else: time { } */
       B_LAZY = 8, /* positional arguments are passed unevaluated (call->arg): watch, plot, info */
       B_VALUE = 16,   /* as an expression it gives a value: sgd(...), grad(f, x) */
       B_ASSIGNS = 32, /* creates an object: its name in messages is that of the binding */
       B_EXTRA = 64,   /* takes options of any other name too: surface f, a=-2:2 */
       B_LISTS = 128,  /* list literals among arguments and options arrive as lists, not stacked */
       /* What it reaches outside the session: every row says one of these. A row that says nothing
        * is refused where only some are allowed (interp_allow). */
       B_WITHIN = 256,  /* nothing: names, values, texts on stdout and stderr */
       B_READS = 512,   /* files, by session_read_file alone */
       B_SHOWS = 1024,  /* windows; text where there are none */
       B_WRITES = 2048, /* files */
       B_PERSON = 4096, /* what a person typed, or has installed */
       /* what its words complete to */
       B_FILE = 8192,     /* names of files, in quotes */
       B_SETTING = 16384, /* settings, then their values */
       B_TOPIC = 32768,   /* groups of help */
       B_SOFT = 65536,    /* its name can be bound; before a name it is a command: points x, t */
       B_RANGES =
           131072 /* as B_EXTRA, where they are written as ranges: export "f.svg", f, x=0:1 */
};
#define B_REACHES (B_WITHIN | B_READS | B_SHOWS | B_WRITES | B_PERSON)

typedef struct BuiltinOpt {
    const char *name;
    const char *fallback; /* default as written in the language, for help; NULL: none */
} BuiltinOpt;

#define BUILTIN_OPTS 12 /* one more than a row has, which ends them */
#define BUILTIN_EXTRA 4

/* One call as the function sees it. Everything is borrowed. */
typedef struct Call {
    const struct Builtin *row;
    int argc;                /* positional arguments, or bare words */
    Value *argv;             /* evaluated, unless B_LAZY; words are V_STR */
    const Node *const *arg;  /* their expressions (NULL for words of B_WORDS) */
    Value opt[BUILTIN_OPTS]; /* in the order of row->opt; V_UNSET when not given */
    const Node *optnode[BUILTIN_OPTS];
    int nextra; /* options outside row->opt, of B_EXTRA and of objects called */
    struct {
        const char *name;
        Value value;
        const Node *node;
    } extra[BUILTIN_EXTRA];
    const Node *block; /* of B_BLOCK; NULL without */
    const Node *node;  /* the whole call, for errors */
} Call;

/* Returns false with the interpreter's error set (interp_fail). *out starts as V_NONE; new
 * reference. */
typedef bool (*BuiltinFn)(Interp *I, const Call *call, Value *out);

/* A command in a loop, where nothing is echoed, with one ready argument (NULL: none) and without
 * options. QUICK_NO: not done and nothing changed, so that the row's fn is called. */
typedef enum QuickResult { QUICK_NO, QUICK_DONE, QUICK_FAILED } QuickResult;
typedef QuickResult (*QuickFn)(Interp *I, const Value *arg);

typedef struct QuickRow {
    const char *name; /* of a row with B_COMMAND */
    QuickFn fn;
} QuickRow;

typedef struct Builtin {
    const char *name;
    unsigned flags;
    int min_args, max_args;       /* positional; max -1: any */
    BuiltinOpt opt[BUILTIN_OPTS]; /* ended by a NULL name */
    BuiltinFn fn;
    const char *group;   /* heading in help: "graph", "optimizers", "session" */
    const char *usage;   /* "backward f [, seed=g]"; first words as in "close [graph|plot]" */
    const char *doc;     /* first sentence is the summary line of help */
    const char *example; /* runs as it stands, statements separated by newlines; or NULL */
} Builtin;

/* One file of them. */
typedef struct Rows {
    const Builtin *row;
    int n;
} Rows;

#endif
