/* internal.h -- what the files of the translation to PyTorch share */
#ifndef NABLA_PYTORCH_INTERNAL_H
#define NABLA_PYTORCH_INTERNAL_H

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lang/ast.h"
#include "lang/builtin.h"
#include "text/python.h"
#include "text/torch.h"
#include "pytorch/known.h"
#include "pytorch/pytorch.h"

/* --- sets of places in the program --- */

/* Assignments to a name and calls are numbered: such a number stands for the variable, object or
 * sweep made there. */
typedef uint64_t *Bits; /* NULL is the empty set; never changed once it is part of a value */

/* --- what is known of a value before the program runs --- */

enum {
    K_INT = 1, /* numbers of Python */
    K_FLOAT = 2,
    K_BOOL = 4,
    K_TF = 8, /* tensors of floats, int64, bool */
    K_TI = 16,
    K_TB = 32,
    K_STR = 64,
    K_LIST = 128,
    K_NONE = 256,
    K_FUNC = 512,
    K_MODEL = 1024,
    K_OPT = 2048,
    K_LOADER = 4096,
    K_RANGE = 8192,
    K_HOOK = 16384,
    K_NUMBER = K_INT | K_FLOAT | K_BOOL,
    K_TENSOR = K_TF | K_TI | K_TB
};

#define RANK_ANY (-1)

typedef struct Val {
    unsigned kinds;
    int rank;               /* of tensors; RANK_ANY when not known */
    bool share;             /* with --ddp: computed from this process's share of a batch */
    bool plain;             /* what = outside functions makes a leaf of */
    bool view;              /* m.w, another tensor in PyTorch than the parameter behind it */
    Bits from;              /* leaves and models it depends on; of an optimizer: what it moves */
    Bits reads;             /* the same through steps without a gradient too, as x > 2 */
    Bits is;                /* the variable or object itself */
    Bits sites;             /* assignments and calls that are part of the graph behind it */
    int site;               /* the assignment that named it; -1 */
    const struct Val *elem; /* of lists: any item; of optimizers and functions: NULL */
    const struct Val *const *item; /* nitem values that come apart in order */
    int nitem;
    const Node *def;  /* of user functions: N_DEF */
    const NbOp *op;   /* of operations as values */
    const Node *made; /* of objects: the call that made it */
    const char *word; /* of names that mean something from the start: "pi" */
} Val;

/* Values of names at one moment. */
typedef struct Env {
    const Val **global; /* by symbol; NULL: unbound */
    const Val **local;  /* by slot; NULL outside functions */
    int nlocal;
    const struct Node *def;       /* of the running function */
    Bits held, empty;             /* leaves that may, and that may not hold a gradient */
    Bits graphed;                 /* leaves whose gradient has a graph … */
    Bits graph_from, graph_sites; /* … which depends on these */
    Bits fresh;                   /* sites computed since something was written last */
    Bits unsure;       /* sites that nabla may have left stale where PyTorch computed them again */
    Bits *swept;       /* by number of a site: sweeps that went through it */
    Bits *cleared;     /* by number of a leaf: what cleared its gradient, unused since */
    Bits *lent;        /* by number of a leaf: sites that took its gradient as it is held */
    const Val **state; /* by number of a model: what it keeps between calls */
    bool dead;         /* after return, break, continue */
} Env;

/* --- what is found out about a node, over all visits --- */
typedef struct Info {
    const Node *node;
    const Val *val;      /* joined; NULL: never reached */
    int id;              /* number of the first target of an assignment, or of a call; -1 */
    bool retain;         /* of a sweep: another one follows */
    bool differentiated; /* of grad(…): its result is part of a graph that is swept */
    bool graph_grad;     /* of backward: create_graph=true */
    bool testing;        /* of dropout(x, p): it stands in testmode */
    Bits one, two;       /* sets of the statement, see flow_command.c */
    int opt_symbol;      /* of step, cleargrad …: name of the optimizer; -1 */
    const int *names;    /* symbols: leaves to clear, names to detach */
    const Bits *what;    /* what is cleared by each name; `two`: whose clearing matters */
    int nnames;
    int kept[8], nkept; /* names whose values are kept at this step, for plot */
    const int *chain;   /* sites to be executed again, in order */
    int nchain;
    bool visited;
} Info;

/* An assignment to one name. */
typedef struct Site {
    const Node *stmt, *block; /* the statement, and the block it stands in (NULL: the program) */
    int symbol;
    bool candidate;    /* a plain value outside functions was assigned: may become a leaf */
    bool hard;         /* its gradient is used */
    bool reached;      /* a sweep reaches it */
    bool grows;        /* its name is computed from it again: an accumulator */
    bool written;      /* := */
    bool leaf;         /* decided */
    bool kept;         /* .grad of what is no leaf: retain_grad */
    bool cloned;       /* a gradient that a later sweep would add to */
    bool drawn;        /* made with random draws */
    bool multiple;     /* bound along with others from one value */
    const Val *before; /* value assigned */
} Site;

typedef struct Py { /* text of an expression */
    const char *s;
    int prec; /* of its loosest operator, as Python binds; NB_PY_ATOM: none */
} Py;

typedef struct Trans {
    Interp *I;
    Program *p;
    const PytorchOptions *o;
    bool failed;
    bool lost; /* a text lost what memory refused it */

    char *block_now;         /* everything below is cut from blocks like this one */
    size_t used, cap, taken; /* of this block; of all blocks together */
    char *last;              /* handed out once there is no more */

    Info *info; /* hash table by node */
    size_t ninfo;
    Site *site;
    int nid, nwords; /* numbers given; words of a set */

    /* analysis */
    Env *env;
    const Node *block[512]; /* blocks around */
    int nblock, depth, nograd, loops;
    bool names_only; /* what is read is not its number: forward g */
    Info *testing;   /* the testmode around: `one` is what is called in it */
    int test_depth;  /* functions around it */
    int64_t visits;
    uint64_t draws;
    bool decided;       /* leaves are known */
    const Node *digits; /* `set digits`, which holds from the beginning; NULL: none */
    const Val *ret;
    Env *returned; /* joined at the returns of the running function */
    struct LoopExits *exits;

    /* emission */
    Text out;
    int indent, lines; /* lines of code so far */
    uint32_t at;       /* source copied so far: comments */
    int defs;          /* function bodies around: 0 or 1 */
    bool blank;        /* an empty line is wanted before the next */
    struct {
        const char *counter; /* of passes, for every; NULL: not counted */
    } loop[64];
    int nloop;
    const Node *watch[16];
    int nwatch, counters;
    int record[8]; /* symbols of names whose values are kept at each step, for plot */
    int nrecord;
    bool recorded[8], plotted;
    bool shows;            /* tensors are printed as PyTorch prints them */
    bool drops;            /* dropout is used */
    size_t writes;         /* where the output stood after a write under no_grad; 0 */
    const Node *following; /* statement after the one being written, in its block */
    FILE *notes;
    const char **name; /* by symbol: what it is called in Python; NULL: not asked for yet */
    int nname;
} Trans;

/* In Info.names: symbols of optimizers and models are marked. */
#define NAME_OPT (1 << 28)
#define NAME_MODEL (1 << 29)
#define NAME_SYMBOL(n) ((n) & ~(NAME_OPT | NAME_MODEL))

/* --- translate.c --- */
void *tr_alloc(Trans *T, size_t size); /* zeroed; never NULL */
const char *tr_fmt(Trans *T, const char *fmt, ...) NB_PRINTF(2, 3);
const char *tr_source(Trans *T, uint32_t start, uint32_t end);
/* set digits 3: the digits, 17 for full; 0: something else. */
int flow_digits(const Node *n);
bool tr_fail(Trans *T, const Node *at, const char *fmt, ...) NB_PRINTF(3, 4); /* false */
void tr_hint(Trans *T, const char *fmt, ...) NB_PRINTF(2, 3);
Info *tr_info(Trans *T, const Node *n); /* made when there is none */
const char *tr_symbol(Trans *T, int symbol);
const char *tr_callee(const Trans *T, const Node *call); /* name of what is called, or NULL */
/* Argument of a call by place or by name (either may be -1, NULL); NULL when not given. */
const Node *tr_arg(const Trans *T, const Node *call, int place, const char *name);
bool tr_is_word(const Trans *T, const Node *n, const char *word); /* a name that reads so */
bool tr_literal(const Node *n, double *x);                        /* a number, perhaps with - */

/* --- kinds.c --- */
Bits bits_or(Trans *T, Bits a, Bits b);
Bits bits_minus(Trans *T, Bits a, Bits b);
Bits bits_one(Trans *T, int id);
bool bits_has(const Bits b, int id);
bool bits_meet(const Trans *T, const Bits a, const Bits b);
bool bits_same(const Trans *T, const Bits a, const Bits b);
bool bits_any(const Trans *T, const Bits a);
bool bits_within(const Trans *T, const Bits a, const Bits b);
Val *val_new(Trans *T, unsigned kinds, int rank);
Val *val_copy(Trans *T, const Val *v);
const Val *val_join(Trans *T, const Val *a, const Val *b);
bool val_same(const Trans *T, const Val *a, const Val *b);
Env *env_copy(Trans *T, const Env *e);
void env_join(Trans *T, Env *to, const Env *from);
bool env_same(const Trans *T, const Env *a, const Env *b);

/* --- flow.c, flow_expr.c, flow_call.c --- */
bool flow_program(Trans *T);
bool flow_statement(Trans *T, const Node *n);
bool flow_block(Trans *T, const Node *n);
const Val *flow_expr(Trans *T, const Node *n);
const Val *flow_call(Trans *T, const Node *n);
const Val *flow_call_user(Trans *T, const Val *f, const Val *const *arg, int n, const Node *call);
const Val *flow_op(Trans *T, const NbOp *op, const Val *const *arg, int n, const Node *call);
const Val *flow_constant(Trans *T, const Val *v); /* without the graph behind it */
const Val *flow_name(Trans *T, const Node *n);
void flow_sweep(Trans *T, const Node *call, const Val *f, bool keeps);
/* Rank of what broadcasting gives with one of this rank. */
int flow_broadcast(int rank, const Val *const *arg, int n);
bool flow_is_in(const char *name, const char *words); /* one of them, with blanks between */
bool flow_is_gradient(const Trans *T, const Node *n); /* x.grad, and detach(x.grad) */
void flow_give_back(Trans *T, Bits of); /* these gradients are other tensors from now on */
bool flow_all_args(Trans *T, const Node *call);
bool flow_knows_options(Trans *T, const Node *call); /* else an error at the first that is none */
bool flow_is_derivative(const Trans *T, const Node *n); /* a call of grad and the like */
/* x.data in front of :=, which is x itself; any other place as it is. */
const Node *flow_place(Trans *T, const Node *to);
void flow_mark_hard(Trans *T, const Val *x); /* its gradient is used */
void flow_use_gradients(Trans *T, Bits of);  /* they are read, or added to */
bool flow_command(Trans *T, const Node *n, const char *name);
bool flow_name_models(Trans *T, const Node *n); /* names of what is called in this testmode */
bool flow_behind(Trans *T, const Node *n, const Node *of); /* sets the chain of n */

/* --- emit.c: programs and statements --- */
bool emit_program(Trans *T);
bool emit_statement(Trans *T, const Node *n);
bool emit_block(Trans *T, const Node *n);
void emit_line(Trans *T, const char *fmt, ...) NB_PRINTF(2, 3);
/* --- emit_bind.c: statements that bind and write --- */
bool emit_assignment(Trans *T, const Node *n);
bool emit_write(Trans *T, const Node *n);
bool emit_again(Trans *T, const Info *in);                      /* the statements of its chain */
const char *emit_anew(Trans *T, const Info *in, const Node *f); /* f, computed again from them */
bool emit_mentions(const Node *n, int symbol);
bool emit_binds(const Node *n, int symbol); /* by a statement of this block */
/* --- emit_command.c --- */
bool emit_command(Trans *T, const Node *n);
/* --- emit_checkpoint.c --- */
/* The passes of a loop; of one that trains under --ddp, those not made before it was stopped. */
const char *emit_checkpointed(Trans *T, const Node *loop, const char *passes);
/* --- emit_text.c --- */
Py emit_string(Trans *T, const Node *n);
const char *emit_quoted(Trans *T, const char *s, size_t len);
bool emit_print(Trans *T, const Node *n);
const char *emit_shown(Trans *T, const Node *n, const char *format); /* {…} of an f-string */
/* --- emit_expr.c --- */
Py py(const char *s, int prec);
Py emit_expr(Trans *T, const Node *n);
const char *emit_at(Trans *T, const Node *n, int prec); /* in brackets when it binds looser */
const char *emit_text(Trans *T, const Node *n);         /* in an argument list */
const char *emit_int(Trans *T, const Node *n);
const char *emit_float(Trans *T, const Node *n);
const char *emit_tensor(Trans *T, const Node *n, char want, int prec); /* as of NbTorchArg */
const char *emit_items(Trans *T, const Node *n); /* a list of whole numbers, or one */
unsigned kinds_of(Trans *T, const Node *n);
int rank_of(Trans *T, const Node *n);
const Val *val_of(Trans *T, const Node *n);
const char *emit_floats(const Trans *T); /* "double", "float" */
/* Of a share: the whole's mean. Refused where that is not shown by one number. */
const char *emit_whole(Trans *T, const Node *n, const char *text);
bool emit_range_is_whole(Trans *T, const Node *n);
const char *emit_condition(Trans *T, const Node *n); /* refused where processes would differ */
/* --- emit_call.c --- */
Py emit_call(Trans *T, const Node *n);
Py emit_operation(Trans *T, const NbOp *op, const Node *call);
Py emit_infix(Trans *T, const NbOp *op, const Node *const *arg, int n);
const char *emit_function(Trans *T, const Node *n); /* an operation or function as a value */
/* --- emit_object.c: optimizers, models --- */
const NbOp *tr_operation(Trans *T, const Node *n);
Py emit_object(Trans *T, const Node *call);
Py emit_model_part(Trans *T, const Node *n);
/* The parameter itself where n is m.w or m.b, with what turns it into its shape here in *view
 * (may be NULL); else NULL, an error where n is a name for one. */
const char *emit_parameter(Trans *T, const Node *n, const char **view);
/* --- names.c --- */
const char *emit_name(Trans *T, int symbol);
/* stem, stem2, … after *count of them, but no name of the program. */
const char *emit_fresh(Trans *T, const char *stem, int *count);
const char *emit_values(Trans *T, int symbol); /* list of what is plotted */

/* --- helpers.c --- */
bool helper_is(const char *name); /* a name that helpers take */
/* tidy.c: two blank lines around functions in T->out; `if plt:` once for what follows itself. */
void tidy(Trans *T);
bool helpers_write(Trans *T, Text *out);

/* --- notebook.c --- */
bool notebook_write(const char *program, Text *out);

#endif
