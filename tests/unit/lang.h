/* lang.h -- what the tests of the language share: an interpreter that records what happened */
#ifndef NABLA_TESTS_UNIT_LANG_H
#define NABLA_TESTS_UNIT_LANG_H

#include <string.h>

#include "lang/interp.h"
#include "test.h"

typedef struct Bench {
    NbCtx *ctx;
    Interp *I;
    FILE *out; /* what print wrote */
    char notes[2000];
    int passes, polls;
    int stop_at_poll; /* 0: never */
    int touched, rebound;
} Bench;

static inline void bench_note(void *user, const char *key, const char *fmt, ...)
{
    Bench *b = user;
    size_t len = strlen(b->notes);
    va_list ap;
    va_start(ap, fmt);
    (void)key;
    vsnprintf(b->notes + len, sizeof b->notes - len, fmt, ap);
    va_end(ap);
    len = strlen(b->notes);
    snprintf(b->notes + len, sizeof b->notes - len, "\n");
}

static inline bool bench_pass(void *user)
{
    ((Bench *)user)->passes++;
    return true;
}

static inline bool bench_poll(void *user)
{
    Bench *b = user;
    return ++b->polls != b->stop_at_poll;
}

static inline void bench_touch(void *user, int symbol)
{
    (void)symbol;
    ((Bench *)user)->touched++;
}

static inline void bench_rebound(void *user, int symbol, Value before)
{
    (void)symbol;
    ((Bench *)user)->rebound += before.tag != V_UNSET;
}

static inline void bench_nonfinite(void *user, const NbNonFinite *what)
{
    interp_nonfinite(((Bench *)user)->I, what);
}

static inline bool bench_backward(Interp *I, const Call *call, Value *out)
{
    (void)out;
    bool create = false;
    NbVar *f = interp_var(I, call, 0, false);
    bool ok = f && interp_opt_flag(I, call, 0, &create);
    NbSweep s = {.create_graph = create};
    ok = ok && (nb_backward(f, &s) == NB_OK || interp_fail_ctx(I, call->node));
    nb_var_unref(&f);
    return ok;
}

static inline bool bench_forward(Interp *I, const Call *call, Value *out)
{
    (void)out;
    NbVar *f = interp_var(I, call, 0, false);
    bool ok = f && (nb_forward(f, false, NULL) == NB_OK || interp_fail_ctx(I, call->node));
    nb_var_unref(&f);
    return ok;
}

/* Prints what it was given: words, or the source of lazy arguments, and options. */
static inline bool bench_show(Interp *I, const Call *call, Value *out)
{
    Bench *b = interp_user(I);
    char text[64];
    (void)out;
    for (int i = 0; i < call->argc; i++) {
        fprintf(b->out, "<%s>",
                call->arg ? interp_text(I, call->arg[i], text, sizeof text)
                          : call->argv[i].str->text);
    }
    for (int i = 0; i < call->nextra; i++) {
        fprintf(b->out, "%s=%s;", call->extra[i].name, value_kind(call->extra[i].value));
    }
    fprintf(b->out, "\n");
    return !call->block || interp_block(I, call->block);
}

static const Builtin bench_rows[] = {
    {.name = "backward",
     .flags = B_COMMAND,
     .min_args = 1,
     .max_args = 1,
     .opt = {{"create_graph", "false"}},
     .fn = bench_backward,
     .usage = "backward f"},
    {.name = "forward",
     .flags = B_COMMAND,
     .min_args = 1,
     .max_args = 1,
     .fn = bench_forward,
     .usage = "forward f"},
    {.name = "step", .flags = B_COMMAND, .max_args = 1, .fn = bench_show, .usage = "step [opt]"},
    {.name = "set",
     .flags = B_COMMAND | B_WORDS,
     .max_args = -1,
     .fn = bench_show,
     .usage = "set name value"},
    {.name = "help",
     .flags = B_COMMAND | B_WORDS,
     .max_args = -1,
     .fn = bench_show,
     .usage = "help [name]"},
    {.name = "watch",
     .flags = B_COMMAND | B_LAZY | B_EXTRA,
     .max_args = -1,
     .fn = bench_show,
     .usage = "watch e, …"},
    {.name = "time",
     .flags = B_COMMAND | B_BLOCK,
     .max_args = 0,
     .fn = bench_show,
     .usage = "time { }"},
};

static inline Bench *bench_new(void)
{
    Bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->ctx = nb_ctx_new();
    assert_non_null(b->ctx);
    b->I = interp_new(b->ctx);
    assert_non_null(b->I);
    b->out = tmpfile();
    LangHost host = {.user = b,
                     .note = bench_note,
                     .pass = bench_pass,
                     .poll = bench_poll,
                     .touch_binding = bench_touch,
                     .rebound = bench_rebound};
    NbHooks hooks = {.user = b, .nonfinite = bench_nonfinite};
    interp_host(b->I, &host);
    nb_ctx_hooks(b->ctx, &hooks);
    interp_output(b->I, b->out);
    assert_true(interp_add(b->I, bench_rows, (int)(sizeof bench_rows / sizeof bench_rows[0])));
    return b;
}

/* Everything is released, and nothing is left in the context. */
static inline void bench_free(Bench *b)
{
    interp_free(&b->I);
    nb_collect_cycles(b->ctx);
    assert_int_equal(nb_ctx_live_nodes(b->ctx), 0);
    nb_ctx_free(&b->ctx);
    fclose(b->out);
    free(b);
}

static inline bool bench_run_at(Bench *b, const char *text, const char *file, bool prompt)
{
    Program *p = interp_parse(b->I, text, strlen(text), file, 1, prompt);
    bool ok = p != NULL;
    for (int i = 0; ok && i < program_statements(p); i++) {
        Outcome out;
        ok = interp_exec(b->I, p, i, &out);
        outcome_clear(&out);
    }
    program_unref(&p);
    return ok;
}

static inline bool bench_run(Bench *b, const char *text)
{
    return bench_run_at(b, text, "", false);
}

/* What has been printed so far, from the start. */
static inline const char *bench_printed(Bench *b)
{
    static char text[20000];
    fflush(b->out);
    rewind(b->out);
    size_t n = fread(text, 1, sizeof text - 1, b->out);
    text[n] = '\0';
    return text;
}

/* The error as it is shown. */
static inline const char *bench_error(Bench *b)
{
    static char text[8000];
    FILE *f = tmpfile();
    lang_error_print(interp_error(b->I), f, false, 0);
    rewind(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

/* Runs a program in a session of its own and compares what it prints. */
static inline void prints(const char *program, const char *expected)
{
    Bench *b = bench_new();
    if (!bench_run(b, program)) {
        fail_msg("%s\nfailed: %s", program, bench_error(b));
    }
    assert_string_equal(bench_printed(b), expected);
    bench_free(b);
}

/* Runs a program that must fail; its error contains the text. */
static inline void fails(const char *program, const char *expected)
{
    Bench *b = bench_new();
    if (bench_run(b, program)) {
        fail_msg("%s\ndid not fail with: %s", program, expected);
    }
    if (!strstr(bench_error(b), expected)) {
        fail_msg("%s\nfailed with: %s\nnot with: %s", program, bench_error(b), expected);
    }
    bench_free(b);
}

#endif
