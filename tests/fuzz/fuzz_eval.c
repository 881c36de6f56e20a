/* fuzz_eval.c -- short programs through the evaluator alone: nothing crashes, hangs or is left */
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/time.h>

#include <nabla/tensor.h>

#include "grammar.h"
#include "lang/interp.h"

#define PASSES 16           /* loop passes and calls of one statement */
#define ELEMENTS 400        /* of a tensor */
#define MICROSECONDS 200000 /* of a program, in the process */
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

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

static volatile sig_atomic_t late;

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

static bool go_on(void *user)
{
    (void)user;
    return !late;
}

static void on_alarm(int signal_number)
{
    (void)signal_number;
    late = 1;
}

/* Derivatives of derivatives may grow within one call: the engine is stopped as by Ctrl-C. */
static void clock_set(long us)
{
    const struct itimerval t = {.it_value = {.tv_usec = us}};
    setitimer(ITIMER_VIRTUAL, &t, NULL);
    late = 0;
}

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

static Interp *session(NbCtx *ctx, FILE *out)
{
    Interp *I = interp_new(ctx);
    if (!I || !interp_add(I, rows, (int)COUNT(rows))) {
        fuzz_broken("an interpreter can be made");
    }
    LangHost host = {.user = I, .note = note, .poll = go_on};
    NbHooks hooks = {.user = I, .nonfinite = nonfinite};
    struct sigaction sa = {.sa_handler = on_alarm};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGVTALRM, &sa, NULL);
    interp_host(I, &host);
    nb_ctx_hooks(ctx, &hooks);
    nb_ctx_interrupt(ctx, &late);
    interp_limit(I, PASSES);
    interp_output(I, out);
    return I;
}

#define RENEW 200 /* programs of one session */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Kept out;
    static NbCtx *ctx;
    static Interp *I;
    static long inputs;
    char text[GRAMMAR_TEXT + 1];
    size_t len = grammar_program(data, size, false, text);
    if (inputs++ % RENEW == 0) {
        interp_free(&I);
        nb_ctx_free(&ctx);
        nb_tensor_set_limit(ELEMENTS);
        if (!out.stream) {
            kept_open(&out);
        }
        ctx = nb_ctx_new();
        I = ctx ? session(ctx, out.stream) : NULL;
    }
    if (!I) {
        return 0;
    }
    kept_begin(&out);
    clock_set(MICROSECONDS);
    interp_nan_mode(I, (NbNanMode)(size % 3));
    run_text(I, text, len);
    clock_set(0);
    interp_clear(I);
    if (nb_nograd(ctx) || nb_testmode(ctx) || nb_ctx_branch(ctx, 0) != 0) {
        fuzz_broken("modes are left as they were:\n%s", text);
    }
    nb_collect_cycles(ctx);
    if (nb_ctx_live_nodes(ctx) != 0) {
        fuzz_broken("nothing is left of a program:\n%s", text);
    }
    return 0;
}
