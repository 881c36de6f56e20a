/* example.h -- what the examples of the manual share: a check, and a main that runs them all */
#ifndef NABLA_DOC_EXAMPLE_H
#define NABLA_DOC_EXAMPLE_H

#include <stdio.h>

#include <nabla/nabla.h>

static int failed;

/* Says where a condition does not hold. */
#define check(condition)                                                                           \
    ((condition)                                                                                   \
         ? (void)0                                                                                 \
         : (void)(failed++, fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition)))

static inline int run_examples(void (*const run[])(NbCtx *ctx), int n)
{
    for (int i = 0; i < n; i++) {
        NbCtx *ctx = nb_ctx_new();
        run[i](ctx);
        nb_collect_cycles(ctx);
        if (nb_ctx_live_nodes(ctx) != 0) {
            fprintf(stderr, "example %d keeps variables\n", i + 1);
            failed++;
        }
        nb_ctx_free(&ctx);
    }
    printf("%d examples, %d wrong\n", n, failed);
    return failed > 0;
}

/* Each with a context of its own, in which no variable may be left. */
#define EXAMPLES(...)                                                                              \
    int main(void)                                                                                 \
    {                                                                                              \
        void (*const run[])(NbCtx * ctx) = {__VA_ARGS__};                                          \
        return run_examples(run, (int)(sizeof run / sizeof run[0]));                               \
    }

#endif
