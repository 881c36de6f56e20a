/* fuzz_parse.c -- texts through lexer and parser: a program, or an error inside its line */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lang/interp.h"

#define RENEW 2000 /* inputs of one interpreter: names are never forgotten */

static bool nothing(Interp *I, const Call *call, Value *out)
{
    (void)I, (void)call, (void)out;
    return true;
}

static const Builtin rows[] = {
    {.name = "backward", .flags = B_COMMAND, .max_args = -1, .fn = nothing, .usage = "backward f"},
    {.name = "step", .flags = B_COMMAND, .max_args = -1, .fn = nothing, .usage = "step"},
    {.name = "watch", .flags = B_COMMAND | B_LAZY, .max_args = -1, .fn = nothing, .usage = "watch"},
    {.name = "set", .flags = B_COMMAND | B_WORDS, .max_args = -1, .fn = nothing, .usage = "set"},
    {.name = "help", .flags = B_COMMAND | B_WORDS, .max_args = -1, .fn = nothing, .usage = "help"},
    {.name = "time", .flags = B_COMMAND | B_BLOCK, .max_args = -1, .fn = nothing, .usage = "time"},
};

static void check_error(const LangError *e)
{
    if (e->err.code == NB_OK || !e->err.msg[0]) {
        fuzz_broken("a text that does not parse has an error");
    }
    if (e->has_span && (e->line < 1 || e->col < 1 || e->width < 1 || e->text_col < 1 ||
                        (size_t)e->text_col > strlen(e->text) + 1)) {
        fuzz_broken("an error lies inside its line: %d:%d width %d", e->line, e->col, e->width);
    }
}

static void check_program(const Program *p, size_t size)
{
    for (int i = 0; i < program_statements(p); i++) {
        size_t len;
        const char *s = node_source(p, program_statement(p, i), &len);
        if (len == 0 || len > size || !s) {
            fuzz_broken("a statement lies inside the text");
        }
    }
}

static Interp *renewed(void)
{
    static NbCtx *ctx;
    static Interp *I;
    static long inputs;
    if (inputs++ % RENEW == 0) {
        interp_free(&I);
        nb_ctx_free(&ctx);
        ctx = nb_ctx_new();
        I = ctx ? interp_new(ctx) : NULL;
        if (!I || !interp_add(I, rows, (int)(sizeof rows / sizeof rows[0]))) {
            fuzz_broken("an interpreter can be made");
        }
    }
    return I;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Kept out;
    Interp *I = renewed();
    uint64_t hash = fuzz_hash(data, size);
    bool prompt = hash % 4 == 0;
    char *text = fuzz_text(data, size);
    if (!out.stream) {
        kept_open(&out);
    }
    Program *p = interp_parse(I, text, size, prompt ? "" : "fuzz.nabla", 1, prompt);
    if (p) {
        check_program(p, size);
    } else {
        check_error(interp_error(I));
    }
    if (!p && hash % 64 == 0) {
        kept_begin(&out);
        lang_error_print(interp_error(I), out.stream, hash % 128 == 0, (int)(hash % 100));
        kept_end(&out);
    }
    if (interp_incomplete(I, text, size) && p && !prompt) {
        fuzz_broken("a program is complete");
    }
    program_unref(&p);
    free(text);
    return 0;
}
