/* grammar.c -- programs that mean something, each choice made by a byte of the input */
#include "grammar.h"

#include <string.h>

#include <nabla/op.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

typedef struct Made {
    Choices choices;
    bool session;
    char *text; /* GRAMMAR_TEXT bytes and one more */
    size_t len;
} Made;

static size_t some(Made *f, size_t n)
{
    return choose(&f->choices, n);
}

static void put(Made *f, const char *s)
{
    size_t n = strlen(s);
    n = n > GRAMMAR_TEXT - f->len ? GRAMMAR_TEXT - f->len : n;
    memcpy(f->text + f->len, s, n);
    f->len += n;
    f->text[f->len] = '\0';
}

static const char *pick(Made *f, const char *const *list, size_t n)
{
    return list[some(f, n)];
}

#define PICK(f, list) pick(f, list, COUNT(list))

static const char *const names[] = {"x", "y", "w", "a", "b", "f", "g", "h", "l", "s"};
static const char *const functions[] = {"f", "g", "h"};
static const char *const numbers[] = {"0",     "1",      "2",   "3",    "-1", "0.5",
                                      "1e300", "inf",    "nan", "none", "pi", "1e9",
                                      "-2.5",  "1e-300", "7",   "true", "4"};
static const char *const infix[] = {" + ",  " - ", "*",    "/",    "^",     " @ ",  " % ",
                                    " == ", " < ", " >= ", " != ", " and ", " or ", " + "};
static const char *const attrs[] = {".grad", ".data", ".shape", ".size",  ".ndim",
                                    ".T",    ".name", ".op",    ".stale", ".nothing"};

static void expr(Made *f, int depth);

static void list(Made *f, int depth, const char *open, const char *close)
{
    put(f, open);
    for (size_t i = 0, n = some(f, 4); i < n; i++) {
        put(f, i > 0 ? ", " : "");
        expr(f, depth - 1);
    }
    put(f, close);
}

static void option(Made *f, int depth)
{
    static const char *const keys[] = {"axis", "keepdims", "n", "x", "shape", "slope", "p"};
    put(f, ", ");
    put(f, PICK(f, keys));
    put(f, "=");
    expr(f, depth - 1);
}

static void operation(Made *f, int depth)
{
    const NbOp *op = nb_op_at((int)some(f, (size_t)nb_op_count()));
    bool word = strcmp(op->name, "and") == 0 || strcmp(op->name, "or") == 0 ||
                strcmp(op->name, "not") == 0;
    put(f, word ? "add" : op->name);
    put(f, "(");
    size_t n = (size_t)(op->nparams > 0 ? op->nparams : 1);
    if (some(f, 4)) { /* as many as it has operands */
        n = (size_t)(op->min_in > 0 ? op->min_in : 1);
    }
    for (size_t i = 0; i < n; i++) {
        put(f, i > 0 ? ", " : "");
        expr(f, depth - 1);
    }
    if (some(f, 6) == 0) {
        option(f, depth);
    }
    put(f, ")");
}

static void index_of(Made *f, int depth)
{
    static const char *const parts[] = {"0", "-1", ":", "1:", ":2", "::-1", "[0, 1]", "0:1", "5"};
    put(f, PICK(f, names));
    put(f, "[");
    put(f, PICK(f, parts));
    if (some(f, 3) == 0) {
        put(f, ", ");
        if (some(f, 3)) {
            put(f, PICK(f, parts));
        } else {
            expr(f, depth - 1);
        }
    }
    put(f, "]");
}

static void builtin(Made *f, int depth)
{
    static const char *const rows[] = {"len",  "str",     "list",    "append",  "detach",
                                       "grad", "numgrad", "hessian", "jacobian"};
    const char *name = PICK(f, rows);
    put(f, name);
    put(f, "(");
    if (strlen(name) > 6 || strcmp(name, "grad") == 0) {
        put(f, some(f, 2) ? PICK(f, functions) : PICK(f, names));
        put(f, ", ");
        put(f, some(f, 3) ? PICK(f, names) : PICK(f, numbers));
    } else {
        expr(f, depth - 1);
        if (some(f, 3) == 0) {
            put(f, ", ");
            expr(f, depth - 1);
        }
    }
    put(f, ")");
}

static void string(Made *f)
{
    static const char *const formats[] = {"", ":.3f", ":g", ":d", ":5s", ":e"};
    put(f, "\"a{");
    put(f, PICK(f, names));
    put(f, PICK(f, formats));
    put(f, "}\"");
}

static void expr(Made *f, int depth)
{
    if (depth <= 0) {
        put(f, some(f, 2) ? PICK(f, names) : PICK(f, numbers));
        return;
    }
    switch (some(f, 16)) {
    case 0:
    case 1: put(f, PICK(f, names)); break;
    case 2: put(f, PICK(f, numbers)); break;
    case 3:
    case 4:
    case 5:
        put(f, depth < 3 ? "(" : "");
        expr(f, depth - 1);
        put(f, PICK(f, infix));
        expr(f, depth - 1);
        put(f, depth < 3 ? ")" : "");
        break;
    case 6:
        put(f, some(f, 2) ? "-(" : "not (");
        expr(f, depth - 1);
        put(f, ")");
        break;
    case 7: list(f, depth, "[", "]"); break;
    case 8:
    case 9: operation(f, depth); break;
    case 10: index_of(f, depth); break;
    case 11:
        put(f, PICK(f, names));
        put(f, PICK(f, attrs));
        break;
    case 12:
        put(f, PICK(f, functions));
        list(f, depth, "(", ")");
        break;
    case 13: builtin(f, depth); break;
    case 14: string(f); break;
    default: put(f, "[[1, 2], [3, 4]]"); put(f, some(f, 2) ? "" : " + x");
    }
}

static void block(Made *f, int depth, bool loop, bool function);

static void condition(Made *f, int depth, bool loop, bool function)
{
    put(f, "if ");
    expr(f, 1);
    block(f, depth, loop, function);
    if (some(f, 2)) {
        put(f, " else ");
        block(f, depth, loop, function);
    }
}

static void loop_head(Made *f)
{
    switch (some(f, 4)) {
    case 0:
        put(f, "while ");
        expr(f, 1);
        break;
    case 1:
        put(f, "for ");
        put(f, PICK(f, names));
        put(f, some(f, 3) ? " in 0:4" : " in w");
        break;
    case 2:
        put(f, "for a, b in ");
        expr(f, 2);
        break;
    default: put(f, some(f, 4) ? "repeat 5" : "repeat x");
    }
}

static void assignment(Made *f)
{
    static const char *const forms[] = {" = ", " = ", " = ", " := "};
    if (some(f, 12) == 0) {
        put(f, "const ");
        put(f, PICK(f, names));
        put(f, " = ");
        expr(f, 2);
        return;
    }
    if (some(f, 8) == 0) {
        put(f, PICK(f, names));
        put(f, ", ");
        put(f, PICK(f, names));
        put(f, " = ");
        expr(f, 1);
        if (some(f, 2)) {
            put(f, ", ");
            expr(f, 1);
        }
        return;
    }
    if (some(f, 6) == 0) {
        index_of(f, 1);
        put(f, " := ");
    } else {
        put(f, PICK(f, names));
        put(f, some(f, 10) ? PICK(f, forms) : ".grad := ");
    }
    expr(f, 3);
}

/* Of whole sessions; those above need nothing but the engine. */
static const char *const session_commands[] = {"cleargrad",
                                               "opt = sgd(x, y, lr=0.1)",
                                               "step",
                                               "opt = adam(w, x)",
                                               "minimize f, steps=3",
                                               "undo",
                                               "redo",
                                               "seed 3",
                                               "set digits full",
                                               "explain x",
                                               "tree f",
                                               "trace f",
                                               "watch x",
                                               "unwatch",
                                               "ledger x",
                                               "check f",
                                               "vars",
                                               "info a",
                                               "restart",
                                               "rewind 0",
                                               "race f, opt, steps=2",
                                               "reset opt",
                                               "m = mlp([2, 1])",
                                               "a = m(w)",
                                               "set nan error",
                                               "set broadcast error",
                                               "time { x = 3 }",
                                               "wrong noclear, f",
                                               "walk f",
                                               "opt = sgd(m, hooks=[clip_grad(1)])",
                                               "d = dropout(w, 0.5)",
                                               "surface f",
                                               "set digits 3",
                                               "m = lstm(2)",
                                               "reset_state m",
                                               "plot f",
                                               "x, y = y, x",
                                               "graph f",
                                               "set unicode off",
                                               "history"};

static void command(Made *f)
{
    if (f->session && some(f, 2)) {
        put(f, PICK(f, session_commands));
        return;
    }
    static const char *const commands[] = {"backward ", "forward ", "backward ", "print ",
                                           "unchain ",  "assert ",  "forget ",   "again "};
    const char *name = pick(f, commands, COUNT(commands) - (f->session ? 2 : 0));
    put(f, name);
    put(f, PICK(f, names));
    put(f, *name != 'b' || some(f, 3) ? "" : ", create_graph=true");
}

static void statement(Made *f, int depth, bool loop, bool function)
{
    switch (some(f, depth > 0 ? 16 : 10)) {
    case 0: expr(f, 3); break;
    case 1:
    case 2: command(f); break;
    case 3:
        put(f, function && some(f, 2) ? "return " : "print ");
        expr(f, 2);
        break;
    case 4: put(f, !loop ? "x" : some(f, 2) ? "break" : "continue"); break;
    case 10:
    case 11:
        loop_head(f);
        block(f, depth, true, function);
        break;
    case 12: condition(f, depth, loop, function); break;
    case 13:
        put(f, some(f, 2) ? "nograd " : "testmode ");
        block(f, depth, loop, function);
        break;
    case 14:
        put(f, loop ? "every 2 " : "repeat 2 ");
        block(f, depth, true, function);
        break;
    default: assignment(f);
    }
}

static void block(Made *f, int depth, bool loop, bool function)
{
    put(f, " { ");
    for (size_t n = 1 + some(f, 3); n > 0; n--) {
        statement(f, depth - 1, loop, function);
        put(f, "; ");
    }
    put(f, "}");
}

static void definition(Made *f)
{
    static const char *const params[] = {"(x)", "(x, y)", "(x, n=2)", "()", "(w, f, b=x)"};
    put(f, "def ");
    put(f, PICK(f, functions));
    put(f, PICK(f, params));
    if (some(f, 2)) {
        put(f, " = ");
        expr(f, 3);
    } else {
        block(f, 2, false, true);
    }
}

size_t grammar_program(const uint8_t *data, size_t size, bool session, char *text)
{
    Made made = {.choices = {data, data + size}, .session = session, .text = text}, *f = &made;
    text[0] = '\0';
    if (some(f, 4)) {
        put(f, "x, y = 2, 3; w = [[1, 2], [3, 4]]; a = x*y; b = sum(w*a)\n"
               "l = list(x, \"t\", w); s = \"text\"; def g(x, n=2) = sin(x)*n\n"
               "def h(w) { repeat 2 { w = w*a }; return w }\n");
    }
    if (some(f, 2)) {
        put(f, "def f(x) = x^2 + a\n");
    } else if (session) {
        put(f, "f = x^2 + y*b; opt = sgd(x, lr=0.1)\n");
    }
    for (size_t n = 2 + some(f, 8); n > 0 && f->choices.at < f->choices.end; n--) {
        if (some(f, 6) == 0) {
            definition(f);
        } else {
            statement(f, 2, false, false);
        }
        put(f, "\n");
    }
    return f->len;
}
