/* op.h -- operations: one record each, the registry, and how to apply them */
#ifndef NABLA_OP_H
#define NABLA_OP_H

#include <string.h>

#include <nabla/context.h>
#include <nabla/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An operand: a variable, or (var NULL) a number folded into the operation. Made by NB_VAR and
 * NB_NUM: NB_VAR of NULL is no number, but an operand that is missing, and an error when applied.
 */
typedef struct NbArg {
    NbVar *var;
    double num;
} NbArg;

#define NB_MISSING_BITS UINT64_C(0x7ff86d697373696e) /* a NaN that no computation gives */

static inline NbArg nb_arg_var(NbVar *v)
{
    const uint64_t bits = v != NULL ? 0 : NB_MISSING_BITS;
    NbArg a = {v, 0};
    memcpy(&a.num, &bits, sizeof bits);
    return a;
}

static inline NbArg nb_arg_num(double x)
{
    NbArg a = {NULL, x};
    return a;
}

#ifdef __cplusplus
#define NB_VAR(v) nb_arg_var(v)
#define NB_NUM(x) nb_arg_num(x)
#else /* with an address: &NB_VAR(x) is a list of one operand */
#define NB_VAR(v) (((NbArg[1]){nb_arg_var(v)})[0])
#define NB_NUM(x) ((NbArg){NULL, (x)})
#endif

/* What an operation takes besides its operands. Made by nb_op_attrs(op), which fills in the
 * defaults, or bare by nb_attrs_init; then changed. One that neither made is refused: its zeros
 * would say "no axes, slope 0, labels off". */
typedef struct NbAttrs {
    bool made;
    int naxes;                 /* -1: none given (all) */
    int64_t axes[NB_MAX_RANK]; /* normalised by the shape rule */
    bool keepdims;
    bool has_shape;
    NbShape shape;
    double num[4]; /* number options in the order of the parameters */
    int nindex;
    NbIndex index[NB_MAX_RANK];
} NbAttrs;

void nb_attrs_init(NbAttrs *a); /* naxes = -1, the rest zero */
void nb_attrs_free(NbAttrs *a); /* the lists inside; not a itself */
NbStatus nb_attrs_copy(NbAttrs *to, const NbAttrs *from, NbErr *err);

typedef enum NbParamKind {
    NB_P_VAR,   /* an operand */
    NB_P_VARS,  /* a list of operands: concat, stack; always the first and only one */
    NB_P_NUM,   /* a number, to num[] */
    NB_P_INT,   /* an integer, to num[] */
    NB_P_BOOL,  /* to num[] as 0/1, but `keepdims` to .keepdims */
    NB_P_AXES,  /* integer, list of integers or none, to .axes */
    NB_P_SHAPE, /* sizes as arguments or one list, to .shape */
    NB_P_INDEX  /* only the index operation */
} NbParamKind;

typedef struct NbParam {
    const char *name;
    NbParamKind kind;
    const char *fallback; /* default as the language writes it; NULL: must be given */
} NbParam;

enum {                        /* NbOp.flags */
       NB_OP_ELEMENTWISE = 1, /* operands broadcast together */
       NB_OP_STEPS = 2,       /* takes no gradient, of constants is const: comparisons, argmax */
       NB_OP_CREATE = 4,      /* result is plain, whatever the operand: zeros, zeros_like */
       NB_OP_RANDOM = 8,      /* draws numbers */
       NB_OP_HIDDEN = 16,     /* not callable by name (index) */
       NB_OP_COMMUTES = 32,
       NB_OP_REDRAWN = 64,   /* always a node of the graph: each replay draws it again */
       NB_OP_BRANCHES = 128, /* a partial that is 0 is 0 by a branch: so is any product with it */
       NB_OP_GROWS = 256,    /* a loop may keep its result pass by pass: sums and extremes */
       NB_OP_MEANS = 512,    /* without axes a mean over rows: of batches of one size their mean */
       NB_OP_CHOOSES = 1024, /* each element is one of an operand's: where, index */
       NB_OP_NORMALISES = 2048, /* divides by a sum of exponentials: NaN where all are exp(-inf) */
       NB_OP_POLES = 4096 /* taken whole, infinite at operands of any size: its domain says where */
};

enum {                            /* NbOp.torch_gives: what the form gives; 0: floats */
       NB_TORCH_SAME = 1,         /* tensors of the operands' kind */
       NB_TORCH_COUNTS = 2,       /* but of bools whole numbers */
       NB_TORCH_WHOLE = 4,        /* tensors of whole numbers */
       NB_TORCH_BOOLS = 8,        /* bools, of numbers too */
       NB_TORCH_SAME_NUMBER = 16, /* torch_number: a number of the operands' kind, … */
       NB_TORCH_WHOLE_NUMBER = 32 /* … a whole one */
};

/* Where the operation has no derivative: nowhere, where operand 0 is 0, or where two values meet.
 */
typedef enum NbKink { NB_SMOOTH, NB_KINK_AT_0, NB_KINK } NbKink;

/* Operations that loops over scalars do in place instead of calling `scalar` and `partials`; the
 * results are the same to the last bit. NB_POWER: in place when the exponent is the number 2. */
typedef enum NbArith { NB_CALL, NB_PLUS, NB_MINUS, NB_TIMES, NB_POWER } NbArith;

typedef struct NbOp NbOp;
typedef struct NbGrad NbGrad;
typedef const NbTensor *const *NbTensors;

/* Operation record. `static const` at the end of the file that implements it; the registry
 * (src/ops/registry.c) lists their addresses. */
struct NbOp {
    const char *name;   /* "mul" */
    const char *symbol; /* infix or prefix, "*", or NULL */
    int precedence;     /* of the symbol: 6 + -, 7 * / % @, 8 unary -, 9 ^, 4 comparisons */
    int min_in, max_in; /* operands; max -1: any number */
    int nparams;
    const NbParam *params; /* operands first, then options, as the signature shows them */
    unsigned flags;

    /* Result shape from operands and options; normalises axes in *a. NULL: elementwise. */
    NbStatus (*shape)(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err);
    /* Result into out, allocated with that shape, contiguous. Allocates nothing that stays.
     * Must cope with strided inputs and rank 0. */
    NbStatus (*forward)(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                        NbErr *err);
    /* Instead of forward and grad: new variable made of other operations (dropout). `a` may be
     * NULL. */
    NbVar *(*build)(NbCtx *ctx, const NbArg *in, int n, const NbAttrs *a);
    /* New view on in[0]'s storage instead of forward when the operand has storage; may return
     * NULL without error when this case needs a copy. */
    NbTensor *(*view)(const NbTensor *in, const NbAttrs *a, NbErr *err);

    /* All operands rank 0 and at most two: the value. b is 0 for unary operations. */
    double (*scalar)(double a, double b);
    /* Their local derivatives ∂y/∂a, ∂y/∂b; must equal what `grad` gives. The caller sets d[i] to
     * 1 where it is wanted and to 0 where not; what is not wanted may be left out. See also
     * NB_OP_BRANCHES. */
    void (*partials)(double a, double b, double y, double d[2]);
    /* Where ∂y/∂a is 1 over something: that. The gradient by a is then the upstream one divided by
     * it, which is rounded once. NULL: the upstream one times the partial. */
    double (*over)(double a, double b);
    NbArith arith; /* see there; NB_CALL for nearly all */

    /* The gradient rule, in operations: gradient of the loss by operand i, from nb_g_out(G), with
     * nb_g_* (grad.h). Borrowed result, owned by G; the caller sums it to the operand's shape.
     * NULL result without error: no dependence (zero). NULL rule: not differentiable. */
    NbVar *(*grad)(NbGrad *G, int i);
    /* Optional numeric kernel for first-order sweeps: gin (operand i's shape, contiguous) is
     * stored when `add` is false, added to otherwise. out: the node's value. */
    NbStatus (*vjp)(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                    const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err);

    const char *formula;  /* with {a} {b} {c} for operands, {y} for the result: "{a} * {b}" */
    const char *deriv[3]; /* ∂y/∂operand in the same way: "{b}", "{a}"; NULL: described by doc */
    const char *latex;    /* "{a} \\cdot {b}" */
    const char *dlatex[3];
    /* The gradient by an operand, given {g} by the result; {n} elements of operand 0 go into one of
     * the result: "{g} @ {b}.T". NULL: {g} times deriv. */
    const char *pull[3];
    /* The same in PyTorch: {x} for parameters by name, {x:f} with what is asked of them (see
     * src/text/torch.h), <…{axis}…> a part for options that are given, | before another form. */
    const char *torch;
    unsigned torch_gives;
    const char *torch_number; /* of numbers of Python: "math.sin({x})"; NULL: they become tensors */
    const char *torch_module; /* as a layer: "nn.ReLU()"; NULL: none of PyTorch's own */
    /* The same in ONNX, opset 13: "Sub({a}, Mul({b}, {c}))", see viz/export/onnx_form.h; NULL:
     * none. */
    const char *onnx;
    NbKink kink;
    const char *doc;     /* one sentence, then details */
    const char *example; /* runs as it stands */
    const char *group;   /* heading in help: "arithmetic" */
    const char *domain;  /* "log needs > 0": why a result may not be finite; or NULL */
    double lo[3], hi[3]; /* sample domain of each operand for gradient checks; both 0: -2…2 */
    /* What else to check it with than all elementwise operations and all reductions are: shapes of
     * the operands ('-' a scalar) and options, "2,3|3,4; 2,3|3 axis=0 keep". */
    const char *tries;
    /* Of an operand that takes no gradient because it is one of the whole numbers 0 … whole−1:
     * labels, a mask. 0: it is not. */
    int whole[3];
    /* What does the same with variables in place of the number options, so that gradients reach
     * them and forward reads them again: its operands are the parameters of this one, in their
     * order (of a constructor the number alone). Used by the language and translations. */
    const NbOp *of_variable;
};

/* --- registry --- */
int nb_op_count(void);
const NbOp *nb_op_at(int i);              /* in the order of help */
const NbOp *nb_op_find(const char *name); /* NULL when unknown */

#define NB_MAX_OWN_OPS 256
/* Makes an operation of one's own known by its name, in the whole process: to nb_op_find, help,
 * and every session of the language made afterwards (where a word that the language has keeps its
 * meaning). The record is kept, not copied: static, with at least name, params, forward (or build),
 * shape unless NB_OP_ELEMENTWISE, doc, group, example; with `scalar` and `grad` also `partials`.
 * Whether the gradient is right nb_gradcheck tells. The same record again does nothing. From any
 * thread. NB_ENAME when another operation has the name or it is none, NB_EVALUE when operands and
 * parameters disagree or something is missing. err may be NULL. samples/own_op.c shows one. */
NbStatus nb_op_register(const NbOp *op, NbErr *err);

/* The options of op as its defaults say; of NULL as nb_attrs_init. Nothing to free until lists are
 * put into it:  NbAttrs a = nb_op_attrs(op); a.num[0] = 0.1; y = nb_apply(ctx, op, in, 1, &a); */
NbAttrs nb_op_attrs(const NbOp *op);
/* Number options and axes of *a (after nb_attrs_init) as the fallbacks of op's parameters say. */
void nb_op_defaults(const NbOp *op, NbAttrs *a);

/* --- applying: new variable, or NULL with nb_ctx_err set; operands are borrowed --- */
/* NB_ENAME when op is NULL; NB_EVALUE for a missing operand (an error that already tells why it is
 * missing stays), a variable of another context, or another number of operands than the operation
 * takes. Operands may be numbers. When no operand is tracked, or under nograd, the result has no
 * edges: plain if all operands are plain and the operation has not NB_OP_STEPS, else const. attrs
 * (copied) may be NULL. */
NbVar *nb_apply(NbCtx *ctx, const NbOp *op, const NbArg *in, int n, const NbAttrs *attrs);
/* The same for at most two operands without options: the hot path. nb_apply2 takes numbers too. */
NbVar *nb_apply1(NbCtx *ctx, const NbOp *op, NbVar *a);
NbVar *nb_apply2(NbCtx *ctx, const NbOp *op, NbArg a, NbArg b);

/* Cuts x into n parts along an axis (negative: from the end): the inverse of concat. Part i has
 * size[i] rows of that axis; the sizes add up to all of it. part[0 … n) get new variables, each
 * recorded as an index of x and sharing its storage; on failure all are NULL. NB_ESHAPE when the
 * sizes do not fill the axis, NB_EINDEX when there is no such axis. */
NbStatus nb_split(NbCtx *ctx, NbVar *x, int64_t axis, const int64_t *size, int n, NbVar **part);

/* Text of the operation on named operands, from op->formula; parentheses where precedence asks.
 * `names[i]` is the text of operand i. Returns the length needed, like snprintf. */
size_t nb_op_text(const NbOp *op, const char *const names[], int n, const NbAttrs *a, char *buf,
                  size_t cap);
/* The same in LaTeX math, from op->latex ({*} stands for all operands); names are LaTeX too. */
size_t nb_op_latex(const NbOp *op, const char *const names[], int n, const NbAttrs *a, char *buf,
                   size_t cap);
/* Text of ∂y/∂operand i ("2·x" for x^2), "" when the operation has none. nums[i] tells a folded
 * number (names[i] is its text), NaN otherwise. */
size_t nb_op_deriv_text(const NbOp *op, int i, const char *const names[], int n, const char *y,
                        const double *nums, bool latex, char *buf, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
