/* internal.h -- what the files of the evaluator share: the interpreter's fields */
#ifndef NABLA_LANG_INTERNAL_H
#define NABLA_LANG_INTERNAL_H

#include <stdarg.h>
#include <stdlib.h>

#include "base/text.h"
#include "lang/ast.h"

#define FUNC_DEPTH 1000
#define STACK_VALUES (256 * 1024)
#define CALL_STACK_ARGS 4096 /* positional arguments of one call */
#define LIST_DEPTH 64
#define TEXT_MAX ((size_t)64 << 20) /* bytes of one string */

/* NOINLINE keeps frames small where calls nest on the C stack: rare cases stay out of the common
 * frame. INLINE is for the path of every operation. */
#if defined(__GNUC__)
#define NOINLINE __attribute__((noinline))
#ifndef INLINE /* coverage builds count each branch once, not once for every copy */
#define INLINE inline __attribute__((always_inline))
#endif
#else
#define NOINLINE
#define INLINE inline
#endif

/* A name of the session, with what it means when nothing is bound to it. */
typedef struct Symbol {
    char *name;
    size_t len;
    const char *label; /* interned with the context, for nodes */
    Value value;       /* V_UNSET: unbound */
    bool is_const;
    bool constant; /* pi, e, …: num holds it */
    double num;
    uint64_t unit; /* of the last binding reported */
    const struct OpInfo *op;
    const Builtin *row;
    QuickFn quick;
    int row_opts;
    Func *as_value;   /* the builtin as a value, made when first read */
    uint32_t scope;   /* parser: serial of the function it is local to … */
    int slot;         /* … and its slot there */
    const Node *made; /* what a constant was computed by, see made.c */
    Program *made_in;
    uint64_t made_serial;
} Symbol;

/* What generic calls need to know of an operation. */
typedef struct OpInfo {
    const NbOp *op;
    int nvars;         /* operands among the parameters */
    int required;      /* parameters without a default */
    bool simple;       /* operands only, one or two: no options to bind */
    bool variadic;     /* first parameter is NB_P_VARS */
    NbAttrs *defaults; /* made at the first call with attributes */
} OpInfo;

struct Func {
    uint32_t refs;
    uint64_t id; /* odd, never reused */
    Program *program;
    const DefInfo *def; /* user function, or … */
    const OpInfo *op;   /* … operation, or … */
    const Builtin *row; /* … builtin */
    int symbol;
};

typedef enum Flow { X_NEXT, X_BREAK, X_CONTINUE, X_RETURN, X_ERROR } Flow;

struct Interp {
    NbCtx *ctx;
    LangHost host;
    bool own_lost; /* of a host that does not keep it */
    LangError error;
    bool failed;       /* error is set */
    bool error_nested; /* it came from a text run by the current statement */

    Symbol *sym;
    int nsym;
    size_t capsym;
    int *hash; /* open addressing: symbol + 1, 0 empty */
    uint32_t hashcap;
    OpInfo *ops;
    int nops;
    const Builtin **row;
    int nrows;
    size_t caprows;

    Value *stack, *top, *limit; /* frames and arguments */
    Value *frame;               /* locals of the running function */
    const Func *func;           /* running; NULL at session level */
    Program *program;           /* of the node being run */
    const Node *stmt;           /* statement being run */
    const Node *at[2];          /* operands of the operation being applied, for notes */
    const Call *call;
    Value ret;
    int depth;               /* of function calls */
    int exec_depth;          /* of interp_exec */
    int loops;               /* running loops around */
    int64_t pass;            /* of the innermost loop */
    struct {                 /* by loops, see held.c */
        bool much, told;     /* the passes together hold much; a counter was told of */
        uint64_t before;     /* bytes when the outermost loop began */
        uint64_t loop, pass; /* serials when it, and when the innermost pass began */
        const Node *at;      /* where a name was bound last, on this line */
        uint32_t line, passes;
    } held;
    int nograd;       /* nograd blocks around */
    bool saw_tracked; /* a condition or count read a variable, … */
    struct {          /* … which are held here while that is asked, see decided.c */
        NbVar *at[8];
        int n, asked;
        bool more;
    } seen;
    bool asks;        /* arg ran: what stands behind -- must have been asked for */
    bool kept;        /* running a kept expression: locals fall back to session names */
    uintptr_t native; /* stack address where the outermost run began; 0 outside statements */
    size_t native_max;
    uint64_t unit, next_func;
    uint32_t scopes; /* serial of functions parsed */

    int64_t poll_now, poll_every; /* passes left, passes between two looks at the clock */
    double poll_last;
    int64_t budget; /* passes and calls left, -1 unlimited (interp_limit) */
    int64_t limit_each;

    FILE *out;
    int digits;
    bool ascii;
    NbNanMode nan, broadcast;
    unsigned reach;            /* of rows that may run; 0: of all (interp_allow) */
    unsigned left_out;         /* … or do nothing (interp_leave_out) */
    struct {                   /* interp_guard, see apart.c */
        uint64_t func, serial; /* the newest function and value when it began; 0: it did not */
        uint64_t call;         /* the newest value when such a function was called */
        bool inside;           /* such a function runs */
        Value *left;           /* what names mean on the other side */
        int nleft;
    } guard;
    struct {               /* asserted.c: what `near` found in the present condition */
        double answer;     /* the right one, rounded to fewer digits than asked for */
        int digits, asked; /* 0: no such answer */
    } compared;
    char nonfinite[NB_MSG_MAX]; /* message of the operation that failed under nan error */

    const NbOp *infix[16], *op_neg; /* by token, see token.h */
    const NbOp *infix_eq, *infix_ne, *infix_add;
    const OpInfo *op_index, *op_stack, *op_transpose, *op_and, *op_or, *op_not, *op_reshape;
    int sym_ans, sym_none;
};

/* --- values, fast ---
 * A value just built in halves must not be read back whole: the processor waits for both stores to
 * reach the cache. So hot code keeps tag and bits in two variables. */
static inline double bits_number(uint64_t bits)
{
    union {
        uint64_t u;
        double d;
    } x = {.u = bits};
    return x.d;
}

static inline NbVar *bits_var(uint64_t bits)
{
    return (NbVar *)(uintptr_t)bits;
}

/* The bits alone: volatile keeps the compiler from loading tag and bits as one vector. */
static inline uint64_t bits_of(const Value *v)
{
    return *(const volatile uint64_t *)&v->bits;
}

static inline Value value_of(ValueTag tag, uint64_t bits)
{
    return (Value){.tag = tag, .bits = bits};
}

static inline Value ref(Value v)
{
    if (v.tag == V_VAR) {
        nb_var_ref(v.var);
        return v;
    }
    return v.tag > V_VAR ? value_ref(v) : v;
}

static inline void unref(Value *v)
{
    if (v->tag == V_VAR) {
        nb_var_unref(&v->var);
        v->tag = V_UNSET;
    } else if (v->tag > V_VAR) {
        value_unref(v);
    } else {
        v->tag = V_UNSET;
    }
}

static inline bool inline_number(Value v)
{
    return v.tag == V_NUM || v.tag == V_CONST;
}

/* --- errors (errors.c) --- */
bool interp_error_at(Interp *I, const Program *p, uint32_t start, uint32_t end, NbStatus code,
                     const char *fmt, va_list ap);
bool interp_fail_span(Interp *I, uint32_t start, uint32_t end, NbStatus code, const char *fmt, ...)
    NB_PRINTF(5, 6);
/* The context's error with the operands' texts put in for {0} {1}. */
bool interp_fail_op(Interp *I, uint32_t start, uint32_t end, const Node *const *operand, int n);
void interp_called_from(Interp *I, const Program *p, const Node *call);
bool interp_no_memory(Interp *I, const Node *at);

/* --- symbols (symbols.c) --- */
bool interp_symbols_init(Interp *I);
void interp_symbols_free(Interp *I);
int interp_symbol_n(Interp *I, const char *name, size_t len);
/* The name means something from the start and must keep it, under interp_allow. */
bool interp_locked(const Interp *I, const Symbol *s);
/* The symbol's name for the variable in v. false when out of memory, with the context's error:
 * v is released. */
bool interp_name(Interp *I, Value *v, int symbol, bool local);
/* Binds a session name; takes v. at: for errors. */
bool interp_assign(Interp *I, int symbol, Value v, bool is_const, const Node *at);
/* The value of a name with nothing bound: constant, builtin, shown label; V_UNSET with an error. */
Value interp_unbound(Interp *I, const Node *n, int symbol);
bool interp_set(Interp *I, int symbol, Value v, bool is_const, bool report); /* as it is; takes v */

/* --- evaluation: eval.c, call.c, opcall.c, index.c, exec.c; results are new references,
 * V_UNSET is an error --- */
Value interp_value(Interp *I, const Node *n);
Value interp_value_call(Interp *I, const Node *n);
Value interp_value_binary(Interp *I, const Node *n);
Value interp_value_list(Interp *I, const Node *n);
Value interp_value_tuple(Interp *I, const Node *n); /* the values of its kids as a list */
Value interp_value_items(Interp *I, const Node *n); /* a list literal without stacking */
Value interp_value_index(Interp *I, const Node *n);
Value interp_value_attr(Interp *I, const Node *n);
Value interp_value_format(Interp *I, const Node *n);
Value interp_value_pair(Interp *I, const NbOp *op, const Node *na, const Node *nb, uint32_t start,
                        uint32_t end);
Value interp_value_one(Interp *I, const NbOp *op, const Node *na, uint32_t start, uint32_t end);
Value interp_value_logic(Interp *I, const Node *n);
Value interp_value_not(Interp *I, const Node *n);
/* An operator on values that are at hand, borrowed. */
Value interp_pair_values(Interp *I, const NbOp *op, Value a, Value b, const Node *na,
                         const Node *nb, uint32_t start, uint32_t end);
Value interp_one_value(Interp *I, const NbOp *op, Value a, const Node *na, uint32_t start,
                       uint32_t end);
/* An operation called with positional values and options; nodes (may be NULL) for messages. */
Value interp_call_op(Interp *I, const OpInfo *info, const Value *pos, int npos, const Value *opt,
                     const int *optsym, int nopt, const Node *at);
/* A user function, its arguments already in a frame at the top of the stack: see call.c. */
Value interp_call_value(Interp *I, Value f, const Value *args, int n, const Node *at);
Value interp_wrap(Interp *I, NbVar *v, bool with_const); /* takes v: scalars go inline */
/* Applies an operation to operands; a failure becomes an error at the span. */
Value interp_apply(Interp *I, const NbOp *op, const NbArg *in, int n, const NbAttrs *attrs,
                   bool with_const, uint32_t start, uint32_t end, const Node *const *operand,
                   int noperand);
const NbAttrs *interp_op_defaults(Interp *I, const OpInfo *info); /* NULL: out of memory */
/* A value as operand; lists of numbers are converted (*made gets the new reference). */
bool interp_operand(Interp *I, const Node *at, const char *what, Value v, NbArg *out, NbVar **made);
bool interp_truth(Interp *I, const Node *at, Value v, bool *out);
/* *tracked: a variable was read on the way. */
bool interp_condition(Interp *I, const Node *n, bool *out); /* within interp_ask */

/* What variables decide, see decided.c. Between asking and telling, those whose numbers are read
 * are kept. interp_decided: the mark for what is made now, 0 where no variable was read; false with
 * the error set. */
typedef struct Asked {
    bool outer, more;
    int from;
} Asked;
void interp_seen(Interp *I, NbVar *v);
void interp_unsee(Interp *I, int from);
bool interp_decided(Interp *I, const Asked *a, const Node *at, uint32_t *mark);

/* The numbers of v are read: what is done with them is decided by it. */
static INLINE void interp_saw(Interp *I, NbVar *v)
{
    if (nb_var_tracked(v)) {
        I->saw_tracked = true;
        if (I->seen.asked > 0) {
            interp_seen(I, v);
        }
    }
}

/* What is made between the two carries the mark, if there is one. */
static INLINE uint32_t interp_mark(Interp *I, uint32_t mark)
{
    return mark > 0 ? nb_ctx_decision(I->ctx, mark) : 0;
}

static INLINE void interp_unmark(Interp *I, uint32_t *mark, uint32_t before)
{
    if (*mark > 0) {
        nb_ctx_decision(I->ctx, before);
        nb_decision_end(I->ctx, mark);
    }
}

static INLINE Asked interp_ask(Interp *I)
{
    const Asked a = {I->saw_tracked, I->seen.more, I->seen.n};
    I->saw_tracked = I->seen.more = false;
    I->seen.asked++;
    return a;
}

/* through: what was asked for is part of what is asked around it. */
static INLINE void interp_told(Interp *I, const Asked *a, bool through)
{
    I->seen.asked--;
    if (I->seen.n > a->from && (!through || I->seen.asked == 0)) {
        interp_unsee(I, a->from);
    }
    I->saw_tracked = a->outer || (through && I->saw_tracked);
    I->seen.more = a->more || (through && I->seen.more);
}
bool interp_integer(Interp *I, const Node *at, const char *what, Value v, int64_t *out);
bool interp_read_axes(Interp *I, const Node *at, const char *what, Value v, int64_t *to, int cap,
                      int *n);
bool interp_read_index(Interp *I, const Node *n, Value base, NbAttrs *a);
void interp_index_free(NbAttrs *a);
bool interp_range_count(Interp *I, const Node *at, const Range *r, int64_t *n);
Value interp_row(Interp *I, NbVar *v, int64_t i, const Node *at); /* v[i] */
uint32_t interp_node_line(const Interp *I, const Node *n);
bool interp_path(const Node *n); /* x, x.grad, w[0] */
Flow interp_run(Interp *I, const Node *n);
Flow interp_run_block(Interp *I, const Node *n);
bool interp_unpack(Interp *I, const Node *at, Value v, int n, Value *out);
bool interp_assign_to(Interp *I, const Node *target, Value v, bool is_const); /* takes v */
/* Sets base.attr of the node n; borrowed v. */
bool interp_set_attr(Interp *I, const Node *n, Value base, Value v);
/* A write `:=`; the items of out (may be NULL) get copies of the old values, and the new ones. */
/* Inside the body of a loop of the running program that binds this name in each pass. */
bool interp_loops_over(Interp *I, const Node *name);
bool interp_write(Interp *I, const Node *n, Outcome *out);
/* held.c: when the outermost loop begins, now and then in it, and at what it binds while it holds
 * much. n: an assignment to a session name. */
void interp_held_begin(Interp *I);
void interp_held_look(Interp *I);
bool interp_held_settle(Interp *I, const Node *at, Value v);
void interp_held_count(Interp *I, const Node *n, Value v);
/* The session name `target` was bound to the value of expr. */
void interp_made(Interp *I, const Node *target, const Node *expr);
bool interp_step(Interp *I); /* a pass or a call: interrupt flag, poll, budget */
/* Takes v; false with the error set at `at`. */
bool interp_list_push(Interp *I, const Node *at, List *l, Value v);
bool interp_native_ok(Interp *I, const Node *at);
/* Tells the note of a scalar result; false when it is an error. */
bool interp_scalar_nonfinite(Interp *I, const NbOp *op, double a, double b, double y,
                             const Node *na, const Node *nb, uint32_t start, uint32_t end);

/* The same as interp_value, with a guess at what comes: a call that is not through the switch is
 * one the processor can foresee. */
static inline Value interp_value_soon(Interp *I, const Node *n)
{
    return n->kind == N_BINARY ? interp_value_binary(I, n)
           : n->kind == N_CALL ? interp_value_call(I, n)
                               : interp_value(I, n);
}

/* --- functions on the other side of interp_guard (apart.c) --- */
bool interp_crosses(const Interp *I, const Func *f);
typedef Value RunFunction(Interp *I, Func *f, Value *frame, const Node *at);
/* Runs f, whose arguments are in frame, there. V_UNSET with the error set, also when it wrote what
 * it may not. */
Value interp_run_across(Interp *I, Func *f, Value *frame, const Node *at, RunFunction *run);
void interp_guard_free(Interp *I);

/* --- text (print.c, strings.c) --- */
/* A text that may become a string. */
static inline Text text_for_string(void)
{
    return (Text){.most = TEXT_MAX};
}
const char *interp_text_why(bool too_long); /* why there is no string */
/* There is none, for this reason or because of Ctrl-C; false. */
bool interp_fail_text(Interp *I, const Node *at, const char *what, bool too_long);
bool interp_text_ok(const char *format); /* printf-style format of an interpolation */

/* --- hints (hints.c) --- */
const char *interp_habit(const char *name); /* for an unknown name; NULL */
/* An option by the name of another tool; false: nothing is known of it. */
bool interp_hint_option(Interp *I, const Builtin *row, const NbOp *op, const char *name);
/* What is said of a call with too few arguments or too many; may be NULL. */
const char *interp_usage(const Builtin *row, bool few);
/* A file's name without quotes, as argument i of a command. */
void interp_hint_file(Interp *I, const Builtin *row, const Node *a, int i);
void interp_hint_name(Interp *I, const char *name); /* the habit, or the nearest name */
/* asserted.c: `near` found these two too far from each other; then what there is to say of an
 * assertion that failed. */
void interp_compared(Interp *I, double a, double b, double tol);
void interp_hint_asserted(Interp *I, const Node *condition);
const char *interp_method_habit(const char *name); /* for x.name(); NULL */
/* foreign.c: a hint for a call, for one of a module's functions, for the name df of df/dx; false:
 * none. */
bool interp_foreign_call(Interp *I, const Node *n, const char *name);
void interp_product_hint(Interp *I, const Node *n); /* n: (x+1)(x-1) */
/* ", 4" of x.reshape(4), ", axis=0" of x.sum(dim=0). */
const char *interp_foreign_rest(Interp *I, const Node *n, char *buf, size_t cap);
/* What np.sin, torch.nn.Linear and the like begin with. */
bool interp_foreign_module(const Interp *I, const Node *attr);
bool interp_foreign_method(Interp *I, const Node *n);
bool interp_foreign_quotient(Interp *I, const Node *n, const char *name);
int interp_distance(const char *a, const char *b, int most);
int interp_near_limit(const char *name); /* largest distance that counts as a slip */

/* --- derivatives by stacks of variables (stacks.c) --- */
/* What is differentiated by: x, or in place of a stack [x, y] on which f does not depend its parts,
 * however deep. All are borrowed. */
typedef struct Stacks {
    NbVar *f;
    const NbTape *tape; /* behind f; NULL: f is not computed */
    NbVar **by;
    int n, cap;
    bool divided; /* `by` are not just x */
    Text free;    /* names of nfree of them on which f does not depend */
    int nfree;
} Stacks;
/* For the call of a derivative of f by x; notes what f does not depend on. */
bool stacks_begin(Interp *I, Stacks *s, const Call *call, NbVar *f, NbVar *const *x, int n);
void stacks_end(Stacks *s);
/* nb_gradients by x: where x is divided, the derivatives by its parts, stacked as they are. */
NbStatus stacks_gradients(NbCtx *ctx, const Stacks *s, NbVar *root, const NbTensor *seed,
                          bool graph, NbVar *const *x, int n, NbVar **out);

extern const Builtin builtins_lang[];
extern const int builtins_lang_count;
extern const Builtin builtins_grad[];
extern const int builtins_grad_count;
extern const Builtin builtins_shape[];
extern const int builtins_shape_count;

#endif
