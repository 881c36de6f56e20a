/* fuzz_eval.c -- random short programs through the evaluator: fuzz_eval N [seed] */
#include "fuzz.h"

#define RENEW 500     /* programs of one session */
#define PASSES 60     /* loop passes and calls of one statement */
#define ELEMENTS 2000 /* of a tensor */
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* --- programs from a grammar --- */

static const char *pick(Fuzz *f, const char *const *list, size_t n)
{
    return list[fuzz_below(f, n)];
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

static void expr(Fuzz *f, int depth);

static void list(Fuzz *f, int depth, const char *open, const char *close)
{
    fuzz_put(f, open);
    for (size_t i = 0, n = fuzz_below(f, 4); i < n; i++) {
        fuzz_put(f, i > 0 ? ", " : "");
        expr(f, depth - 1);
    }
    fuzz_put(f, close);
}

static void option(Fuzz *f, int depth)
{
    static const char *const keys[] = {"axis", "keepdims", "n", "x", "shape", "slope", "p"};
    fuzz_put(f, ", ");
    fuzz_put(f, PICK(f, keys));
    fuzz_put(f, "=");
    expr(f, depth - 1);
}

static void operation(Fuzz *f, int depth)
{
    const NbOp *op = nb_op_at((int)fuzz_below(f, (size_t)nb_op_count()));
    bool word = strcmp(op->name, "and") == 0 || strcmp(op->name, "or") == 0;
    fuzz_put(f, word ? "add" : op->name);
    fuzz_put(f, "(");
    size_t n = (size_t)(op->nparams > 0 ? op->nparams : 1);
    if (fuzz_below(f, 4)) { /* as many as it has operands */
        n = (size_t)(op->min_in > 0 ? op->min_in : 1);
    }
    for (size_t i = 0; i < n; i++) {
        fuzz_put(f, i > 0 ? ", " : "");
        expr(f, depth - 1);
    }
    if (fuzz_below(f, 6) == 0) {
        option(f, depth);
    }
    fuzz_put(f, ")");
}

static void index_of(Fuzz *f, int depth)
{
    static const char *const parts[] = {"0", "-1", ":", "1:", ":2", "::-1", "[0, 1]", "0:1", "5"};
    fuzz_put(f, PICK(f, names));
    fuzz_put(f, "[");
    fuzz_put(f, PICK(f, parts));
    if (fuzz_below(f, 3) == 0) {
        fuzz_put(f, ", ");
        if (fuzz_below(f, 3)) {
            fuzz_put(f, PICK(f, parts));
        } else {
            expr(f, depth - 1);
        }
    }
    fuzz_put(f, "]");
}

static void builtin(Fuzz *f, int depth)
{
    static const char *const rows[] = {"len",  "str",     "list",    "append",  "detach",
                                       "grad", "numgrad", "hessian", "jacobian"};
    const char *name = PICK(f, rows);
    fuzz_put(f, name);
    fuzz_put(f, "(");
    if (strlen(name) > 6 || strcmp(name, "grad") == 0) {
        fuzz_put(f, fuzz_below(f, 2) ? PICK(f, functions) : PICK(f, names));
        fuzz_put(f, ", ");
        fuzz_put(f, fuzz_below(f, 3) ? PICK(f, names) : PICK(f, numbers));
    } else {
        expr(f, depth - 1);
        if (fuzz_below(f, 3) == 0) {
            fuzz_put(f, ", ");
            expr(f, depth - 1);
        }
    }
    fuzz_put(f, ")");
}

static void string(Fuzz *f)
{
    static const char *const formats[] = {"", ":.3f", ":g", ":d", ":5s", ":e"};
    fuzz_put(f, "\"a{");
    fuzz_put(f, PICK(f, names));
    fuzz_put(f, PICK(f, formats));
    fuzz_put(f, "}\"");
}

static void expr(Fuzz *f, int depth)
{
    if (depth <= 0) {
        fuzz_put(f, fuzz_below(f, 2) ? PICK(f, names) : PICK(f, numbers));
        return;
    }
    switch (fuzz_below(f, 16)) {
    case 0:
    case 1: fuzz_put(f, PICK(f, names)); break;
    case 2: fuzz_put(f, PICK(f, numbers)); break;
    case 3:
    case 4:
    case 5:
        fuzz_put(f, depth < 3 ? "(" : "");
        expr(f, depth - 1);
        fuzz_put(f, PICK(f, infix));
        expr(f, depth - 1);
        fuzz_put(f, depth < 3 ? ")" : "");
        break;
    case 6:
        fuzz_put(f, fuzz_below(f, 2) ? "-(" : "not (");
        expr(f, depth - 1);
        fuzz_put(f, ")");
        break;
    case 7: list(f, depth, "[", "]"); break;
    case 8:
    case 9: operation(f, depth); break;
    case 10: index_of(f, depth); break;
    case 11:
        fuzz_put(f, PICK(f, names));
        fuzz_put(f, PICK(f, attrs));
        break;
    case 12:
        fuzz_put(f, PICK(f, functions));
        list(f, depth, "(", ")");
        break;
    case 13: builtin(f, depth); break;
    case 14: string(f); break;
    default: fuzz_put(f, "[[1, 2], [3, 4]]"); fuzz_put(f, fuzz_below(f, 2) ? "" : " + x");
    }
}

static void block(Fuzz *f, int depth, bool loop, bool function);

static void condition(Fuzz *f, int depth, bool loop, bool function)
{
    fuzz_put(f, "if ");
    expr(f, 1);
    block(f, depth, loop, function);
    if (fuzz_below(f, 2)) {
        fuzz_put(f, " else ");
        block(f, depth, loop, function);
    }
}

static void loop_head(Fuzz *f)
{
    switch (fuzz_below(f, 4)) {
    case 0:
        fuzz_put(f, "while ");
        expr(f, 1);
        break;
    case 1:
        fuzz_put(f, "for ");
        fuzz_put(f, PICK(f, names));
        fuzz_put(f, fuzz_below(f, 3) ? " in 0:4" : " in w");
        break;
    case 2:
        fuzz_put(f, "for a, b in ");
        expr(f, 2);
        break;
    default: fuzz_put(f, fuzz_below(f, 4) ? "repeat 5" : "repeat x");
    }
}

static void assignment(Fuzz *f)
{
    static const char *const forms[] = {" = ", " = ", " = ", " := "};
    if (fuzz_below(f, 12) == 0) {
        fuzz_put(f, "const ");
        fuzz_put(f, PICK(f, names));
        fuzz_put(f, " = ");
        expr(f, 2);
        return;
    }
    if (fuzz_below(f, 8) == 0) {
        fuzz_put(f, PICK(f, names));
        fuzz_put(f, ", ");
        fuzz_put(f, PICK(f, names));
        fuzz_put(f, " = ");
        expr(f, 1);
        if (fuzz_below(f, 2)) {
            fuzz_put(f, ", ");
            expr(f, 1);
        }
        return;
    }
    if (fuzz_below(f, 6) == 0) {
        index_of(f, 1);
        fuzz_put(f, " := ");
    } else {
        fuzz_put(f, PICK(f, names));
        fuzz_put(f, fuzz_below(f, 10) ? PICK(f, forms) : ".grad := ");
    }
    expr(f, 3);
}

static void command(Fuzz *f)
{
    static const char *const commands[] = {"backward ", "forward ", "backward ", "print ",
                                           "forget ",   "assert ",  "again ",    "unchain "};
    const char *name = PICK(f, commands);
    fuzz_put(f, name);
    fuzz_put(f, PICK(f, names));
    fuzz_put(f, *name != 'b' || fuzz_below(f, 3) ? "" : ", create_graph=true");
}

static void statement(Fuzz *f, int depth, bool loop, bool function)
{
    switch (fuzz_below(f, depth > 0 ? 16 : 10)) {
    case 0: expr(f, 3); break;
    case 1:
    case 2: command(f); break;
    case 3:
        fuzz_put(f, function && fuzz_below(f, 2) ? "return " : "print ");
        expr(f, 2);
        break;
    case 4: fuzz_put(f, !loop ? "x" : fuzz_below(f, 2) ? "break" : "continue"); break;
    case 10:
    case 11:
        loop_head(f);
        block(f, depth, true, function);
        break;
    case 12: condition(f, depth, loop, function); break;
    case 13:
        fuzz_put(f, fuzz_below(f, 2) ? "nograd " : "testmode ");
        block(f, depth, loop, function);
        break;
    case 14:
        fuzz_put(f, loop ? "every 2 " : "repeat 2 ");
        block(f, depth, true, function);
        break;
    default: assignment(f);
    }
}

static void block(Fuzz *f, int depth, bool loop, bool function)
{
    fuzz_put(f, " { ");
    for (size_t n = 1 + fuzz_below(f, 3); n > 0; n--) {
        statement(f, depth - 1, loop, function);
        fuzz_put(f, "; ");
    }
    fuzz_put(f, "}");
}

static void definition(Fuzz *f)
{
    static const char *const params[] = {"(x)", "(x, y)", "(x, n=2)", "()", "(w, f, b=x)"};
    fuzz_put(f, "def ");
    fuzz_put(f, PICK(f, functions));
    fuzz_put(f, PICK(f, params));
    if (fuzz_below(f, 2)) {
        fuzz_put(f, " = ");
        expr(f, 3);
    } else {
        block(f, 2, false, true);
    }
}

static void make(Fuzz *f)
{
    f->len = 0;
    f->text[0] = '\0';
    if (fuzz_below(f, 4)) {
        fuzz_put(f, "x, y = 2, 3; w = [[1, 2], [3, 4]]; a = x*y; b = sum(w*a)\n"
                    "l = list(x, \"t\", w); s = \"text\"; def g(x, n=2) = sin(x)*n\n"
                    "def h(w) { repeat 2 { w = w*a }; return w }\n");
    }
    if (fuzz_below(f, 2)) {
        fuzz_put(f, "def f(x) = x^2 + a\n");
    }
    for (size_t n = 2 + fuzz_below(f, 5); n > 0; n--) {
        if (fuzz_below(f, 6) == 0) {
            definition(f);
        } else {
            statement(f, 2, false, false);
        }
        fuzz_put(f, "\n");
    }
}

/* --- the session around it --- */

static bool do_backward(Interp *I, const Call *call, Value *out)
{
    (void)out;
    bool create = false;
    NbVar *v = interp_var(I, call, 0, false);
    bool ok = v && interp_opt_flag(I, call, 0, &create);
    NbSweep s = {.create_graph = create};
    ok = ok && (nb_backward(v, &s) == NB_OK || interp_fail_ctx(I, call->node));
    nb_var_unref(&v);
    return ok;
}

static bool do_forward(Interp *I, const Call *call, Value *out)
{
    (void)out;
    NbVar *v = interp_var(I, call, 0, false);
    bool ok = v && (nb_forward(v, false, NULL) == NB_OK || interp_fail_ctx(I, call->node));
    nb_var_unref(&v);
    return ok;
}

static bool do_unchain(Interp *I, const Call *call, Value *out)
{
    (void)out;
    NbVar *v = interp_var(I, call, 0, false);
    bool ok = v && (nb_var_unchain(v) == NB_OK || interp_fail_ctx(I, call->node));
    nb_var_unref(&v);
    return ok;
}

/* Removes names while they are in use. */
static bool do_forget(Interp *I, const Call *call, Value *out)
{
    (void)out;
    (void)call;
    return interp_bind(I, interp_symbol(I, "f"), UNSET, false) &&
           interp_bind(I, interp_symbol(I, "w"), UNSET, false) &&
           interp_bind(I, interp_symbol(I, "a"), UNSET, false);
}

/* Runs text within a statement, as load does. */
static bool do_again(Interp *I, const Call *call, Value *out)
{
    static const char text[] = "def f(x) = x + 1; x = 5; w = [1, 2]; g(1)";
    (void)out;
    (void)call;
    Program *p = interp_parse(I, text, sizeof text - 1, "again.nabla", 1, false);
    bool ok = p != NULL;
    for (int i = 0; ok && i < program_statements(p); i++) {
        Outcome o;
        ok = interp_exec(I, p, i, &o);
        outcome_clear(&o);
    }
    program_unref(&p);
    return ok;
}

static const Builtin rows[] = {
    {.name = "backward",
     .flags = B_COMMAND,
     .min_args = 1,
     .max_args = 1,
     .opt = {{"create_graph", "false"}},
     .fn = do_backward,
     .usage = "backward f"},
    {.name = "forward",
     .flags = B_COMMAND,
     .min_args = 1,
     .max_args = 1,
     .fn = do_forward,
     .usage = "forward f"},
    {.name = "unchain",
     .flags = B_COMMAND,
     .min_args = 1,
     .max_args = 1,
     .fn = do_unchain,
     .usage = "unchain f"},
    {.name = "forget", .flags = B_COMMAND, .max_args = -1, .fn = do_forget, .usage = "forget"},
    {.name = "again", .flags = B_COMMAND, .max_args = -1, .fn = do_again, .usage = "again"},
};

static void note(void *user, const char *key, const char *fmt, ...) NB_PRINTF(3, 4);
static void note(void *user, const char *key, const char *fmt, ...)
{
    char buf[1000];
    va_list ap;
    (void)user;
    (void)key;
    va_start(ap, fmt);
    vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
}

static void nonfinite(void *user, const NbNonFinite *what)
{
    interp_nonfinite(user, what);
}

static void print_items(Interp *I, const Outcome *o)
{
    for (int k = 0; k < o->n; k++) {
        char *text = interp_value_text(I, o->item[k].after, 6);
        free(text);
    }
}

static void run_text(Interp *I, const char *text, size_t len)
{
    Program *p = interp_parse(I, text, len, "fuzz.nabla", 1, false);
    for (int i = 0; p && i < program_statements(p); i++) {
        Outcome o;
        bool ok = interp_exec(I, p, i, &o);
        if (ok) {
            print_items(I, &o);
        }
        outcome_clear(&o); /* the rest runs even after an error */
    }
    program_unref(&p);
}

static Interp *session(NbCtx *ctx, FILE *null)
{
    Interp *I = interp_new(ctx);
    if (I) {
        LangHost host = {.user = I, .note = note};
        NbHooks hooks = {.user = I, .nonfinite = nonfinite};
        interp_host(I, &host);
        nb_ctx_hooks(ctx, &hooks);
        interp_limit(I, PASSES);
        interp_output(I, null);
        if (!interp_add(I, rows, (int)COUNT(rows))) {
            interp_free(&I);
        }
    }
    return I;
}

int main(int argc, char **argv)
{
    static Fuzz f;
    fuzz_arguments(&f, argc, argv, 10000);
    nb_tensor_set_limit(ELEMENTS);
    FILE *null = fopen("/dev/null", "w");
    long done = 0, failed = 0;
    while (null && done < f.inputs && !fuzz_time_is_up(&f)) {
        NbCtx *ctx = nb_ctx_new();
        Interp *I = ctx ? session(ctx, null) : NULL;
        for (int i = 0; I && i < RENEW && done < f.inputs; i++, done++) {
            make(&f);
            interp_nan_mode(I, (NbNanMode)fuzz_below(&f, 3));
            run_text(I, f.text, f.len);
            failed += interp_error(I)->err.code != NB_OK;
            interp_clear(I);
            if (nb_nograd(ctx) || nb_testmode(ctx) || nb_ctx_branch(ctx, 0) != 0) {
                fuzz_broken(&f, "modes are left as they were");
            }
        }
        interp_free(&I);
        if (ctx) {
            nb_collect_cycles(ctx);
            if (nb_ctx_live_nodes(ctx) != 0) {
                fuzz_broken(&f, "nothing is left of a session (the last program is shown)");
            }
        }
        nb_ctx_free(&ctx);
    }
    if (null) {
        fclose(null);
    }
    printf("%ld programs, %ld ended with an error, %.1f s\n", done, failed, fuzz_clock() - f.began);
    return 0;
}
