/* fuzz_lang.c -- feeds bytes to lexer, parser and evaluator; nothing may crash, hang or leak */
#include <stddef.h>
#include <stdint.h>

#include "lang/interp.h"

#define POLLS 200 /* then a program has run long enough */

typedef struct Limit {
    int polls;
} Limit;

static bool stop_soon(void *user)
{
    Limit *l = user;
    return ++l->polls < POLLS;
}

static void run(Interp *I, const char *text, size_t len)
{
    Program *p = interp_parse(I, text, len, "fuzz.nabla", 1, false);
    for (int i = 0; p && i < program_statements(p); i++) {
        Outcome out = {0};
        bool ok = interp_exec(I, p, i, &out);
        outcome_clear(&out);
        if (!ok) {
            break;
        }
    }
    program_unref(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    nb_tensor_set_limit(1 << 16);
    NbCtx *ctx = nb_ctx_new();
    Interp *I = ctx ? interp_new(ctx) : NULL;
    Limit limit = {0};
    if (I) {
        const LangHost host = {.user = &limit, .poll = stop_soon};
        interp_host(I, &host);
        run(I, (const char *)data, len);
    }
    interp_free(&I);
    nb_ctx_free(&ctx);
    return 0;
}
