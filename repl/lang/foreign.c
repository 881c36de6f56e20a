/* foreign.c -- calls in the notation of other tools, as they are written here: np.sin(x), SGD(…) */
#include <string.h>

#include "lang/internal.h"

/* How a call is written here: {0:x} is the first argument's text, x when there is none; {l:…} the
 * same without the [ ] around it; {lr:…} the value of an option. */
typedef struct Foreign {
    const char *name, *here;
} Foreign;

static const Foreign calls[] = {
    {"tensor", "x = {0:2} makes a variable, const x = {0:2} a value without gradient"},
    {"array", "x = {0:[1, 2, 3]} makes a variable, const x = … a value without gradient"},
    {"as_tensor", "x = {0:2}"},
    {"from_numpy", "x = {0:[1, 2]}"},
    {"Variable", "x = {0:2} makes a variable"},
    {"Parameter", "x = {0:2} makes a variable"},
    {"Value", "x = {0:2} makes a variable"},
    {"SGD", "opt = sgd({l:x}, lr={lr:0.01})"},
    {"Adam", "opt = adam({l:x}, lr={lr:0.001})"},
    {"AdamW", "opt = adamw({l:x}, lr={lr:0.001})"},
    {"RMSprop", "opt = rmsprop({l:x}, lr={lr:0.01})"},
    {"Adagrad", "opt = adagrad({l:x}, lr={lr:0.01})"},
    {"Linear", "linear({1:1}) makes a layer; its inputs are those of the first call"},
    {"Dense", "linear({0:1}) makes a layer; its inputs are those of the first call"},
    {"Sequential", "mlp([10, 1], activation=tanh)"},
    {"Dropout", "dropout({0:0.5}) makes a layer"},
    {"ReLU", "relu(x)"},
    {"Tanh", "tanh(x)"},
    {"Sigmoid", "sigmoid(x)"},
    {"Softmax", "softmax(x)"},
    {"MSELoss", "mse(y, t)"},
    {"CrossEntropyLoss", "cross_entropy(logits, labels)"},
    {"diff", "grad({0:f}, {1:x})"},
    {"derivative", "grad({0:f}, {1:x})"},
    {"differentiate", "grad({0:f}, {1:x})"},
    {"Derivative", "grad({0:f}, {1:x})"},
    {"gradient", "grad({0:f}, {1:x}); backward {0:f} fills x.grad"},
    {"make_moons", "x, t = moons({n_samples:200}, noise={noise:0.1})"},
    {"make_circles", "x, t = circles({n_samples:200}, noise={noise:0.1})"},
    {"read_csv", "x, t = csv({0:\"data.csv\"}, target=-1)"},
    {"loadtxt", "x = csv({0:\"data.csv\"})"},
    {"genfromtxt", "x = csv({0:\"data.csv\"})"},
    {"plot", "plot {0:f}"},
    {"scatter", "plot points({0:x}, {1:y})"},
    {"grad", "grad({0:f}, {1:x})"},
    {"value_and_grad", "grad({0:f}, {1:x})"},
    {"manual_seed", "seed {0:0}"},
    {"seed", "seed {0:0}"},
    {"Symbol", "x = 2 makes a variable"},
    {"make_dot", "graph {0:f}"},
    {"draw_dot", "graph {0:f}"},
    {"show", "graph f, plot f and surface f open windows that follow"},
};

static const char *const modules[] = {
    "np",     "numpy",   "torch", "math",     "plt",   "nn",     "optim",    "optax", "jnp",
    "jax",    "tf",      "keras", "F",        "scipy", "cmath",  "sp",       "sympy", "random",
    "linalg", "sklearn", "data",  "datasets", "pd",    "pandas", "autograd", NULL};

static bool is_module(const char *name)
{
    for (int i = 0; modules[i]; i++) {
        if (strcmp(modules[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* The text of a node into a Text; m.parameters() is m. */
static void put_node(Interp *I, Text *t, const Node *n, bool unwrap)
{
    const char *s = I->program->text;
    uint32_t start = n->start, end = n->end;
    if (unwrap && (n->kind == N_LIST || n->kind == N_NUMBERS) && end > start + 2) {
        start++;
        end--;
    }
    const Node *f = n->kind == N_CALL ? n->call->callee : NULL;
    if (f && f->kind == N_ATTR && strcmp(f->attr, "parameters") == 0) {
        start = f->a->start;
        end = f->a->end;
    }
    text_addn(t, s + start, end - start);
}

/* The argument that a place names, or NULL. */
static const Node *argument(const Interp *I, const Node *n, const char *place, size_t len)
{
    const CallInfo *c = n->call;
    if (len == 1 && (*place == '0' || *place == '1' || *place == 'l')) {
        const int i = *place == '1';
        return i < c->npos ? n->kid[i] : NULL;
    }
    for (int i = 0; i < c->nopt; i++) {
        const char *name = interp_symbol_name(I, c->optsym[i]);
        if (strlen(name) == len && strncmp(name, place, len) == 0) {
            return n->kid[c->npos + i];
        }
    }
    return NULL;
}

static void fill(Interp *I, const Node *n, const char *here)
{
    char hint[NB_HINT_MAX];
    Text t = text_over(hint, sizeof hint);
    for (const char *s = here; *s; s++) {
        const char *colon = *s == '{' ? strchr(s, ':') : NULL;
        if (!colon) {
            text_addn(&t, s, 1);
            continue;
        }
        const char *end = strchr(colon, '}');
        const Node *a = argument(I, n, s + 1, (size_t)(colon - s - 1));
        if (a) {
            put_node(I, &t, a, s[1] == 'l');
        } else {
            text_addn(&t, colon + 1, (size_t)(end - colon - 1));
        }
        s = end;
    }
    interp_hint(I, "%s", hint);
}

bool interp_foreign_call(Interp *I, const Node *n, const char *name)
{
    if (strcmp(name, "plot") == 0 && n->call->npos > 1) {
        fill(I, n, "plot points({0:x}, {1:y})");
        return true;
    }
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(calls[i].name, name) == 0) {
            fill(I, n, calls[i].here);
            return true;
        }
    }
    return false;
}

/* What np.sin, torch.nn.Linear and the like begin with. */
bool interp_foreign_module(const Interp *I, const Node *attr)
{
    const Node *base = attr->a;
    while (base->kind == N_ATTR) {
        base = base->a;
    }
    return base->kind == N_GLOBAL && is_module(I->sym[base->id].name);
}

bool interp_foreign_method(Interp *I, const Node *n)
{
    const Node *f = n->call->callee;
    if (!interp_foreign_module(I, f)) {
        return false;
    }
    if (interp_foreign_call(I, n, f->attr)) {
        return true;
    }
    const char *habit = interp_habit(f->attr);
    const int symbol = interp_symbol(I, f->attr);
    if (symbol >= 0 && (I->sym[symbol].op || I->sym[symbol].row) && n->n > 0) {
        uint32_t start = f->end + 1, end = n->end - 1;
        const int npos = n->call->npos;
        if (npos > 0 || I->sym[symbol].op) { /* options are other ones here; alone they may not */
            start = n->kid[0]->start;
            end = n->kid[npos > 0 ? npos - 1 : 0]->end;
        }
        interp_hint(I, "functions stand alone: %s(%.*s)", f->attr, (int)(end - start),
                    I->program->text + start);
    } else if (habit) {
        interp_hint(I, "%s", habit);
    } else {
        interp_hint(I, "functions stand alone: sin(x), zeros(2, 3)");
    }
    return true;
}

/* df/dx, of which the name df is unknown. */
bool interp_foreign_quotient(Interp *I, const Node *n, const char *name)
{
    const char *s = I->program->text + n->end;
    s += strspn(s, " ");
    if (name[0] != 'd' || s[0] != '/' || s[1 + strspn(s + 1, " ")] != 'd') {
        return false;
    }
    s += 1 + strspn(s + 1, " ") + 1;
    const size_t len = strcspn(s, " \t\n;,()[]{}+-*/^=#");
    const char *of = name[1] ? name + 1 : "f";
    interp_hint(I, "grad(%s, %.*s); backward %s fills %.*s.grad", of, len ? (int)len : 1,
                len ? s : "x", of, len ? (int)len : 1, len ? s : "x");
    return true;
}

/* (x+1)(x-1): the same with the sign between. */
void interp_product_hint(Interp *I, const Node *n)
{
    const char *s = I->program->text;
    uint32_t open = n->call->callee->end;
    while (open < n->end && s[open] != '(') {
        open++;
    }
    interp_hint(I, "write the product with *: %.*s*%.*s", (int)(open - n->start), s + n->start,
                (int)(n->end - open), s + open);
}

const char *interp_foreign_rest(Interp *I, const Node *n, char *buf, size_t cap)
{
    const CallInfo *c = n->call;
    char value[64];
    Text t = text_over(buf, cap);
    text_add(&t, "");
    for (int i = 0; i < c->npos; i++) {
        text_printf(&t, ", %s", interp_text(I, n->kid[i], value, sizeof value));
    }
    for (int i = 0; i < c->nopt; i++) {
        const char *name = interp_symbol_name(I, c->optsym[i]);
        const char *here = strcmp(name, "dim") == 0       ? "axis"
                           : strcmp(name, "keepdim") == 0 ? "keepdims"
                                                          : name;
        text_printf(&t, ", %s=%s", here, interp_text(I, n->kid[c->npos + i], value, sizeof value));
    }
    return buf;
}
