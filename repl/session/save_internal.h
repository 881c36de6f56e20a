/* save_internal.h -- what writing and reading states share */
#ifndef NABLA_REPL_SAVE_INTERNAL_H
#define NABLA_REPL_SAVE_INTERNAL_H

#include "session/save.h"

/* --- all that names reach (save_collect.c) --- */

typedef struct Shared { /* numbers that several tensors share, or that lie apart */
    const NbStorage *store;
    const double *lo, *hi; /* from the first to after the last */
    int uses;
    bool apart;
    int number; /* in the file; 0: written with its only tensor */
} Shared;

typedef struct Seen {
    uintptr_t what;
    size_t number; /* in the list it is written in, from 1; 0: none */
} Seen;

typedef struct Reach {
    Session *s;
    NbVar **node; /* oldest first; borrowed, as all here */
    size_t n, cap;
    Seen *seen; /* open addressing */
    size_t nseen, seen_cap;
    const Func **func;
    size_t nfunc, func_cap;
    int *symbol; /* bound names, sorted */
    size_t nsymbol, symbol_cap;
    NbModule **met; /* in the order met */
    size_t nmet, met_cap;
    NbModule **module; /* parts of a sequential before it, other children after their maker */
    size_t nmodule, module_cap;
    Obj **obj; /* modules before optimizers that use them */
    size_t nobj, obj_cap;
    Shared *shared; /* by address of the storage */
    size_t nshared, shared_cap;
    Shared **numbered; /* in their order */
    size_t nnumbered, numbered_cap;
    const char *unknown; /* class of an object that cannot be written */
    bool failed;         /* out of memory */
} Reach;

bool reach_collect(Reach *r, Session *s);
void reach_free(Reach *r);
size_t reach_node(const Reach *r, const NbVar *v); /* its number from 1; 0: not there */
size_t reach_func(const Reach *r, const Func *f);
/* The module that makes m as one of its own children; NULL: m is made alone. */
const NbModule *reach_maker(const Reach *r, const NbModule *m);
size_t reach_module(const Reach *r, const NbModule *m);
size_t reach_obj(const Reach *r, const Obj *o);
/* The shared numbers a tensor is part of; NULL: its own. */
const Shared *reach_shared(const Reach *r, const NbTensor *t);
/* Made of modules that are given, not of its own. */
bool made_of_modules(const NbLayer *layer);
/* An inner variable that shows its first operand's numbers. */
bool shows_operand(const NbVar *v);

/* --- text --- */

#define STATE_HASH 14695981039346656037U
uint64_t state_hash(uint64_t h, const char *text, size_t len); /* FNV-1a */

/* --- reading (save_read.c) --- */

typedef struct Reader {
    Session *s;
    NbErr *err;
    const char *name; /* of the file */
    const char *at, *line_end, *end;
    const char *begin;
    int line;
    bool failed;
    Settings set;
    uint64_t seed[2];
    NbRng rng[2];
    uint64_t stamp; /* newest before; theirs follow */
    uint64_t stamp_most;
    NbVar **node;
    size_t nnode, node_cap;
    bool *current; /* of each node: not stale */
    size_t current_cap;
    NbTensor **store;
    size_t nstore, store_cap;
    Value *func;
    size_t nfunc, func_cap;
    NbModule **module;
    size_t nmodule, module_cap;
    size_t *parent; /* of each module; 0: none */
    size_t parent_cap;
    Value *obj;
    size_t nobj, obj_cap;
    struct Bound {
        int symbol;
        bool is_const;
        Value value;
    } * bound;
    size_t nbound, bound_cap;
    struct Kept {
        Program *program;
        const Node *expr;
    } watch[WATCH_MAX];
    int nwatch;
    NbVar *swept;
    bool stepped, ended;
    int part; /* of the order of lines */
} Reader;

/* Sets the error at this line, unless one is set; returns false. */
bool reader_fail(Reader *r, const char *fmt, ...) NB_PRINTF(2, 3);
bool reader_looked(Reader *r);    /* false, the error set, after Ctrl-C */
bool reader_no_memory(Reader *r); /* the same, for want of memory */
/* The context's error at this line. */
bool reader_fail_ctx(Reader *r);
bool reader_room(Reader *r, void *array, size_t *cap, size_t n, size_t size);
/* The next word of the line into buf; false at its end, or, with the error set, when too long. */
bool reader_word(Reader *r, char *buf, size_t cap);
bool reader_peek(const Reader *r, const char *word); /* the next word is this */
bool reader_peek_char(const Reader *r, char c);      /* … begins with c */
bool reader_take(Reader *r, const char *word);       /* … and is taken */
/* Text in quotes, for free(). */
char *reader_string(Reader *r, size_t *len);
bool reader_count(Reader *r, uint64_t most, uint64_t *out); /* a whole number from 0 */
bool reader_hex(Reader *r, uint64_t *out);
bool reader_number(Reader *r, double *out);
bool reader_parse_number(const char *word, double *out);
/* What stands behind the letter: n3, f1, o2; from 1 up to n. */
bool reader_id(Reader *r, char letter, size_t n, size_t *out);
bool reader_parse_id(const char *word, char letter, size_t n, size_t *out);
/* "(2,3)": at most NB_MAX_RANK numbers, from `least` on. */
bool reader_sizes(Reader *r, int64_t least, int64_t *out, int *n);
/* Comma-separated whole numbers of a word. */
bool reader_parse_list(const char *word, int64_t *out, int cap, int *n);
/* Numbers up to the end of the line or a `=`, `count` of them. */
bool reader_numbers(Reader *r, double *to, size_t count);
/* The same as a tensor; new, NULL with the error set. */
NbTensor *reader_tensor(Reader *r, const NbShape *shape);

/* Lines of the file by their first word (save_nodes.c, save_objects.c); false with the error. */
bool read_store(Reader *r);
bool read_node(Reader *r);
bool read_grad(Reader *r);
bool read_module(Reader *r);
bool read_object(Reader *r);
bool read_slot(Reader *r);
bool check_modules(Reader *r);

#endif
