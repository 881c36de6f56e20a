/* save_internal.h -- a written state, line by line and field by field, in both directions */
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
    size_t *place;       /* of each node: its stamp, as it is written */
    size_t nset, nwatch, once, never;
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

#define STATE_HASH 14695981039346656037U
uint64_t state_hash(uint64_t h, const char *text, size_t len); /* FNV-1a */

/* --- an archive: a state being written, or read --- */

typedef struct Archive {
    Session *s;
    /* written: */
    Text *out; /* NULL: it is read */
    const Reach *reach;
    /* read: */
    NbErr *err;
    const char *name; /* of the file */
    const char *at, *line_end, *end;
    const char *begin;
    const char *kind; /* word the line begins with */
    char *word;       /* room for any word of the line */
    size_t word_cap;
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
} Archive;

/* Lines by their first word, `kind`: what follows it is written, of number i, or read and made.
 * False: there is none of this number, or with the error set, it cannot be read. */
bool line_store(Archive *a, size_t i);
bool line_node(Archive *a, size_t i);
bool line_grad(Archive *a, size_t i);
bool line_module(Archive *a, size_t i);
bool line_object(Archive *a, size_t i); /* with its slots when it is written */
bool line_slot(Archive *a, size_t i);
bool check_modules(Archive *a);

/* --- fields (save_fields.c): what a pointer leads to is written, or gets what is read. False, with
 * the error set, when it is not there --- */

bool field_count(Archive *a, uint64_t most, uint64_t *x); /* a whole number from 0 */
/* The number of the line: i + 1 when written, n + 1 when read. */
bool field_place(Archive *a, const char *what, uint64_t most, size_t i, size_t n);
bool field_hex(Archive *a, uint64_t *x);
bool field_number(Archive *a, double *x);
/* In quotes; what is read is for free(). */
bool field_string(Archive *a, char **text, size_t *len);
/* One of the nodes, functions or objects, by letter: n3, f1, o2. */
bool field_id(Archive *a, char letter, size_t *id);
/* The word stands there; when written, if it is `on`. */
bool field_flag(Archive *a, const char *word, bool on);
bool field_name(Archive *a, const char **name); /* of a node or module; NULL: -, none */
/* "(2,3)": at most NB_MAX_RANK numbers, from `least` on. */
bool field_sizes(Archive *a, int64_t least, int64_t *size, int *n);
/* As many numbers as the shape has: of `shown` when written, *made when read. */
bool field_numbers(Archive *a, const NbShape *shape, const NbTensor *shown, NbTensor **made);
NbTensor flat_tensor(const double *numbers, int64_t n); /* of borrowed numbers */
/* name=, before a value: what follows it, when it is read. */
bool field_pair(Archive *a, const char *name, char **text);

/* --- written alone --- */
void put_number(Archive *a, double x);
void put_list(Archive *a, const int64_t *v, int64_t n);

/* --- read alone --- */
/* Sets the error at this line, unless one is set; returns false. */
bool archive_fail(Archive *a, const char *fmt, ...) NB_PRINTF(2, 3);
bool archive_looked(Archive *a);    /* false, the error set, after Ctrl-C */
bool archive_no_memory(Archive *a); /* the same, for want of memory */
/* The context's error at this line. */
bool archive_fail_ctx(Archive *a);
bool archive_room(Archive *a, void *array, size_t *cap, size_t n, size_t size);
/* The next word of the line into buf; false at its end, or, with the error set, when too long. */
bool archive_word(Archive *a, char *buf, size_t cap);
bool archive_peek(Archive *a, const char *word); /* the next word is this */
bool archive_peek_char(Archive *a, char c);      /* … begins with c */
bool parse_number(const char *word, double *out);
/* What stands behind the letter: n3, f1, o2. */
bool parse_id(const Archive *a, const char *word, char letter, size_t *out);
/* Comma-separated whole numbers of a word. */
bool parse_list(const char *word, int64_t *out, int cap, int *n);
/* The next word as name=value: cut at the sign; false at the end of the line. */
bool archive_pair(Archive *a, char **value);

#endif
