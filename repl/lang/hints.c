/* hints.c -- what was probably meant: nearest names, habits of other tools */
#include <string.h>
#include <strings.h>

#include "base/near.h"
#include "lang/internal.h"

typedef struct Habit {
    const char *name, *hint;
} Habit;

static const Habit habits[] = {
    {"σ", "sigmoid(x)"},
    {"Σ", "sum(x)"},
    {"Π", "prod(x)"},
    {"hess", "hessian(f, x)"},
    {"hesse", "hessian(f, x)"},
    {"jac", "jacobian(f, x)"},
    {"jacob", "jacobian(f, x)"},
    {"jacobi", "jacobian(f, x)"},
    {"tg", "tan(x)"},
    {"sgn", "sign(x)"},
    {"step_size", "an optimizer has it: sgd(x, lr=0.1)"},
    {"epoch", "minimize f, steps=100"},
    {"start", "lesson 1 begins; help says where to begin"},
    {"begin", "lesson 1 begins; blocks are written { }"},
    {"examples", "lesson lists the lessons; help minimize ends with an example"},
    {"example", "lesson lists the lessons; help minimize ends with an example"},
    {"tutorial", "lesson 1 begins"},
    {"demo", "lesson 1 begins"},
    {"delete", "nothing needs deleting: = binds a name anew, restart empties the session"},
    {"range", "ranges are written 0:10, as in for i in 0:10 { }"},
    {"clear", "cleargrad forgets gradients, restart empties the session, Ctrl-L clears the screen"},
    {"cls", "Ctrl-L clears the screen; restart empties the session"},
    {"exit", "quit leaves"},
    {"elif", "write else if"},
    {"elseif", "write else if"},
    {"arcsin", "asin(x)"},
    {"arccos", "acos(x)"},
    {"arctan", "atan(x)"},
    {"fabs", "abs(x)"},
    {"power", "x^n"},
    {"True", "true"},
    {"False", "false"},
    {"yes", "an option is true or false: walk f, ask=true"},
    {"no", "an option is true or false: walk f, ask=true"},
    {"on", "an option is true or false: walk f, ask=true"},
    {"off", "an option is true or false: walk f, ask=true"},
    {"None", "none"},
    {"null", "none"},
    {"np", "functions stand alone: sin(x), zeros(2, 3)"},
    {"numpy", "functions stand alone: sin(x), zeros(2, 3)"},
    {"torch", "functions stand alone: sin(x), zeros(2, 3)"},
    {"math", "functions stand alone: sin(x), zeros(2, 3)"},
    {"with", "nograd { … } computes without gradients"},
    {"class", "def f(x) = x^2 makes a function, mlp([10, 1]) a model"},
    {"from", "nothing needs importing; load \"file.nabla\" runs a file"},
    {"plt", "plot f draws f over the steps of a run"},
    {"nn", "layers stand alone: linear(2), mlp([10, 1])"},
    {"optim", "optimizers stand alone: opt = sgd(x, lr=0.1)"},
    {"del", "nothing needs deleting: = binds a name anew, restart empties the session"},
    {"import", "nothing needs importing; load \"file.nabla\" runs a file"},
    {"tensor", "[1, 2, 3] is a tensor"},
    {"array", "[1, 2, 3] is a tensor"},
    {"Variable", "x = 2 makes a variable"},
    {"lambda", "def f(x) = x^2"},
    {"function", "def f(x) = x^2"},
    {"fn", "def f(x) = x^2"},
    {"zero_grad", "cleargrad"},
    {"requires_grad", "a name bound with = is a variable; const x = 2 has no gradient"},
    {"printf", "print \"{x:.4f}\""},
    {"echo", "print x"},
    {"std", "sqrt(variance(x))"},
    {"var", "variance(x)"},
    {"pass", "an empty block is { }"},
    /* operations by the names of NumPy and PyTorch */
    {"cat", "concat([a, b], axis=0)"},
    {"concatenate", "concat([a, b], axis=0)"},
    {"hstack", "concat([a, b], axis=-1)"},
    {"vstack", "concat([a, b], axis=0)"},
    {"chunk", "split(x, 2) makes two parts, split(x, [1, 3]) parts of these sizes"},
    {"array_split", "split(x, [2, 1]) takes the sizes of the parts, split(x, size=2) parts of 2"},
    {"expand_dims", "unsqueeze(x, axis)"},
    {"permute", "transpose(x, [1, 0])"},
    {"swapaxes", "transpose(x, [1, 0])"},
    {"view", "reshape(x, 2, -1)"},
    {"ravel", "reshape(x, -1)"},
    {"flatten", "reshape(x, -1)"},
    {"expand", "broadcast_to(x, 2, 3)"},
    {"repeat_interleave", "tile(x, 2)"},
    {"clamp", "clip(x, lo, hi)"},
    {"maximum", "max(a, b)"},
    {"minimum", "min(a, b)"},
    {"amax", "max(x, axis=0)"},
    {"amin", "min(x, axis=0)"},
    {"masked_fill", "mask_fill(x, mask, v) fills where the mask is 0"},
    {"mm", "a @ b"},
    {"bmm", "a @ b; leading axes are batches"},
    {"einsum", "sums of products are written with @, * and sum(x, axis=0)"},
    {"log1p", "log(1 + x)"},
    {"expm1", "exp(x) - 1"},
    {"rsqrt", "1/sqrt(x)"},
    {"reciprocal", "1/x"},
    {"mse_loss", "mse(y, t)"},
    {"l1_loss", "mae(y, t)"},
    {"nll_loss", "cross_entropy(logits, labels) takes logits"},
    {"binary_cross_entropy", "bce(p, t), or bce(x, t, logits=true)"},
    {"randint", "whole numbers from 0 to 5: floor(rand(3)*6)"},
    {"cbrt", "sign(x)*abs(x)^(1/3)"},
    {"exp2", "2^x"},
    {"size", "x.size"},
    {"numel", "x.size"},
    {"shape", "x.shape"},
    {"ndim", "x.ndim"},
    {"dtype", "all numbers are doubles"},
    {"isnan", "x != x is 1 where x is nan"},
    {"any", "max(x != 0)"},
    {"all", "min(x != 0)"},
    {"factorial", "prod(arange(1, n + 1))"},
    /* other ways to differentiate, and to show things */
    {"autograd", "grad(f, x) is ∂f/∂x; backward f fills the gradients of all leaves"},
    {"Symbol", "x = 2 makes a variable: it has a value from the start"},
    {"gradient_descent", "opt = sgd(x, lr=0.1), then minimize f, opt"},
    {"savefig", "export \"plot.png\", view=plot"},
    {"loop", "repeat 10 { … }, for i in 0:10 { … }, while c { … }"},
    {"globals", "vars lists what there is"},
    {"locals", "vars lists what there is"},
    {"cd", "nabla runs no commands of the shell"},
    {"identity", "eye(3)"},
    /* words of other systems */
    {"syms", "x = 2 makes a variable; grad(f, x) is a derivative at its value"},
    {"symbols", "x = 2 makes a variable; grad(f, x) is a derivative at its value"},
    {"sym", "x = 2 makes a variable; grad(f, x) is a derivative at its value"},
    {"simplify", "explain x shows a derivative in symbols and numbers"},
    {"D", "grad(f, x)"},
    {"nabla", "grad(f, x)"},
    {"nil", "none"},
    {"clc", "Ctrl-L clears the screen; restart empties the session"},
    {"figure", "windows open by themselves: plot f, graph f, surface f"},
    {"hold", "several curves stand in one plot: plot sin, cos"},
    {"subplot", "windows open by themselves: plot f, graph f, surface f"},
    {"disp", "print x"},
    {"display", "print x"},
    {"println", "print x"},
    {"fprintf", "print \"{x:.4f}\""},
    {"puts", "print x"},
    {"random", "rand(3), randn(2, 3)"},
    {"optimize", "minimize f"},
    {"fit", "minimize f"},
    {"train", "minimize f"},
    {"draw", "graph f"},
    {"show", "graph f"},
    {"surf", "surface f, where f(x, y) = x^2 + y^2"},
    {"contour", "surface f, where f(x, y) = x^2 + y^2"},
    {"contourf", "surface f, where f(x, y) = x^2 + y^2"},
    {"fplot", "plot x^2, x=-3:3"},
    {"ezplot", "plot x^2, x=-3:3"},
    {"using", "nothing needs importing; load \"file.nabla\" runs a file"},
    {"include", "load \"file.nabla\" runs a file"},
    {"man", "help sin"},
    {"doc", "help sin"},
    {"type", "info x"},
    {"dir", "vars lists what there is"},
    {"who", "vars lists what there is"},
    {"whos", "vars lists what there is"},
    {"ls", "vars lists what there is; nabla runs no commands of the shell"},
    {"pwd", "nabla runs no commands of the shell"},
    {"unset", "nothing needs deleting: = binds a name anew, restart empties the session"},
    {"input", "arg lr=0.01 is a number that nabla FILE -- lr=0.1 sets"},
    {"end", "a block ends with }"},
    {"tic", "time { … }"},
    {"toc", "time { … }"},
};

static const Habit methods[] = {
    {"zero_grad", "cleargrad"},
    {"item", "print x shows the number; x.data is the value without gradient"},
    {"numpy", "x.data is the value without gradient"},
    {"parameters", "m.params"},
    {"append", "append(list, x) gives a longer list"},
    {"requires_grad", "a name bound with = is a variable; const x = 2 has no gradient"},
    {"copy", "y = x.data copies the numbers"},
    {"dtype", "all numbers are doubles"},
    {"png", "export \"f.png\", f"},
    {"svg", "export \"f.svg\", f"},
    {"pdf", "export \"f.pdf\", f"},
    {"t", "x.T"},
    {"dim", "x.ndim"},
    {"rank", "x.ndim"},
    {"numel", "x.size"},
    {"value", "x.data"},
    {"val", "x.data"},
    {"fit", "minimize loss"},
    {"train", "minimize loss"},
    {"eval", "testmode { }"},
    {"clone", "x + 0 is a copy in the graph, detach(x) one without gradient"},
    {"requires_grad_", "a name bound with = is a variable; const x = 2 has no gradient"},
    {"retain_grad", "gradients of all nodes are kept: v.grad"},
    {"cpu", "nothing needs moving"},
    {"cuda", "nothing needs moving"},
    {"to", "nothing needs moving"},
    {"tolist", "print x"},
};

/* Options by the names of other tools: an option of the call that stands for it, or a line. */
static const struct {
    const char *name, *option, *hint, *with; /* the hint is for calls with this option */
} options[] = {
    {"retain_graph", NULL, "graphs are kept: backward f once more adds to the gradients", NULL},
    {"create_graph", NULL, "grad(f, x) can be differentiated again as it is", NULL},
    {"lr", NULL, "an optimizer has it: minimize f, sgd(x, lr=0.1)", "steps"},
    {"learning_rate", "lr", "an optimizer has it: minimize f, sgd(x, lr=0.1)", "steps"},
    {"eta", "lr", "an optimizer has it: minimize f, sgd(x, lr=0.1)", "steps"},
    {"alpha", "lr", NULL, NULL},
    {"step_size", "lr", NULL, NULL},
    {"betas", "beta1", NULL, NULL},
    {"beta", "momentum", NULL, NULL},
    {"gamma", "momentum", NULL, NULL},
    {"l2", "weight_decay", NULL, NULL},
    {"decay", "weight_decay", NULL, NULL},
    {"epochs", "steps", NULL, NULL},
    {"iterations", "steps", NULL, NULL},
    {"iters", "steps", NULL, NULL},
    {"max_iter", "steps", NULL, NULL},
    {"maxiter", "steps", NULL, NULL},
    {"n_iter", "steps", NULL, NULL},
    {"num_steps", "steps", NULL, NULL},
    {"n", "steps", NULL, NULL},
    {"tolerance", "tol", NULL, NULL},
    {"eps", "tol", NULL, NULL},
    {"method", NULL, "an optimizer says how: minimize f, adam(x, lr=0.1)", "steps"},
    {"optimizer", NULL, "it stands behind f: minimize f, opt", "steps"},
    {"dim", "axis", NULL, NULL},
    {"dims", "axis", NULL, NULL},
    {"keepdim", "keepdims", NULL, NULL},
    {"act", "activation", NULL, NULL},
    {"hidden", NULL, "sizes of all layers in brackets: mlp([8, 2])", NULL},
    {"dtype", NULL, "all numbers are doubles", NULL},
    {"device", NULL, "nothing needs moving", NULL},
    {"requires_grad", NULL, "a name bound with = is a variable; const x = 2 has no gradient", NULL},
    {"xlim", NULL, "a range of x: plot f(x), x=-3:3", NULL},
    {"title", NULL, "a picture has the name of what it shows", NULL},
    {"figsize", "width", NULL, NULL},
    {"dpi", "width", NULL, NULL},
    {"filename", NULL, "the file comes first: export \"f.png\", f", NULL},
};

/* Whether a name is that of an option of the row or operation. */
static bool has_option(const Builtin *row, const NbOp *op, const char *name)
{
    for (int i = 0; row && i < BUILTIN_OPTS && row->opt[i].name; i++) {
        if (strcmp(row->opt[i].name, name) == 0) {
            return true;
        }
    }
    for (int i = 0; op && i < op->nparams; i++) {
        if (strcmp(op->params[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The option of a row that a slip of the fingers was meant as, or NULL. */
static const char *near_option(const Builtin *row, const char *name)
{
    const char *near = NULL;
    int best = 3;
    for (int j = 0; j < BUILTIN_OPTS && row->opt[j].name; j++) {
        const int d = interp_distance(name, row->opt[j].name, best - 1);
        if (d < best) {
            best = d;
            near = row->opt[j].name;
        }
    }
    return best <= interp_near_limit(name) ? near : NULL;
}

bool interp_hint_option(Interp *I, const Builtin *row, const NbOp *op, const char *name)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strcmp(options[i].name, name) != 0) {
            continue;
        }
        if (options[i].option && has_option(row, op, options[i].option)) {
            interp_hint(I, "here it is %s=", options[i].option);
            return true;
        }
        if (options[i].hint && (!options[i].with || has_option(row, op, options[i].with))) {
            interp_hint(I, "%s", options[i].hint);
            return true;
        }
    }
    const char *near = row ? near_option(row, name) : NULL;
    return near && interp_hint(I, "did you mean %s=?", near);
}

static const char *find(const Habit *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return list[i].hint;
        }
    }
    return NULL;
}

const char *interp_habit(const char *name)
{
    return find(habits, sizeof habits / sizeof habits[0], name);
}

const char *interp_method_habit(const char *name)
{
    return find(methods, sizeof methods / sizeof methods[0], name);
}

#define NEAR_MAX 24

int interp_distance(const char *a, const char *b, int most)
{
    const bool sane = strlen(a) <= NEAR_MAX && strlen(b) <= NEAR_MAX;
    return sane ? nb_near(a, b, most) : most + 1;
}

int interp_near_limit(const char *name)
{
    size_t n = strlen(name);
    size_t letters = 0; /* one letter of another script has several bytes */
    for (size_t i = 0; i < n; i++) {
        letters += ((unsigned char)name[i] & 0xC0) != 0x80;
    }
    return letters <= 1 ? 0 : n <= 4 ? 1 : n <= 8 ? 2 : 3;
}

const char *interp_nearest(Interp *I, const char *name)
{
    int best = interp_near_limit(name) + 1;
    const char *found = NULL;
    for (int i = 0; i < I->nsym; i++) {
        const Symbol *s = &I->sym[i];
        bool known = s->value.tag != V_UNSET || s->constant || s->op || s->row;
        if (s->value.tag != V_UNSET && strcmp(s->name, name) != 0 &&
            strcasecmp(s->name, name) == 0) {
            return s->name; /* D, for d: however short */
        }
        if (known && strcmp(s->name, name) != 0) {
            int d = interp_distance(name, s->name, best - 1);
            if (d < best && (d < 2 || s->name[0] == name[0])) {
                best = d;
                found = s->name;
            }
        }
    }
    for (const char *const *k = interp_keywords(); *k; k++) {
        int d = interp_distance(name, *k, best - 1);
        if (d < best) {
            best = d;
            found = *k;
        }
    }
    return found;
}

const char *interp_usage(const Builtin *row, bool few)
{
    return !few && strcmp(row->name, "mlp") == 0
               ? "sizes stand in brackets: mlp([8, 2]); the inputs are those of the first call"
               : row->usage;
}

void interp_hint_file(Interp *I, const Builtin *row, const Node *a, int i)
{
    char text[128];
    const bool name = a->kind == N_GLOBAL || a->kind == N_ATTR;
    if (i == 0 && (row->flags & B_FILE) && name && interp_error(I)->err.code == NB_ENAME) {
        interp_text(I, a, text, sizeof text);
        interp_hint(I, "names of files stand in quotes: %s \"%s\"", row->name, text);
    }
}

void interp_hint_name(Interp *I, const char *name)
{
    const char *habit = interp_habit(name), *near = habit ? NULL : interp_nearest(I, name);
    if (habit) {
        interp_hint(I, "%s", habit);
    } else if (near) {
        interp_hint(I, "did you mean %s?", near);
    }
}
