/* test_stale.c -- staleness of many variables by one walk is that of each alone */
#include "test.h"

#include <nabla/nabla.h>
#include <nabla/operations.h>

#define NODES 60
#define LEAVES 8

static uint32_t random_below(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

/* Leaves, then nodes of two that came before. */
static void grow(NbCtx *ctx, NbVar **v, uint32_t *seed)
{
    for (uint32_t i = 0; i < NODES; i++) {
        v[i] = i < LEAVES ? nb_var_scalar(ctx, i + 0.5, i % 4 == 3 ? NB_CONST : NB_LEAF)
                          : nb_add(ctx, v[random_below(seed, i)], v[random_below(seed, i)]);
        assert_non_null(v[i]);
    }
}

static void many_are_as_each_alone(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 200; round++) {
        NbCtx *ctx = nb_ctx_new();
        NbVar *v[NODES];
        bool stale[NODES], one;
        grow(ctx, v, &seed);
        for (int writes = 0; writes < 4; writes++) {
            nb_var_assign_scalar(v[random_below(&seed, LEAVES)], writes);
            if (writes == 2) {
                nb_forward(v[LEAVES + random_below(&seed, NODES - LEAVES)], false, NULL);
            }
            assert_int_equal(nb_vars_find_stale(ctx, v, NODES, stale), NB_OK);
            for (int i = 0; i < NODES; i++) {
                assert_int_equal(nb_var_find_stale(v[i], &one, NULL, 0, NULL), NB_OK);
                assert_int_equal(stale[i], one);
            }
        }
        for (int i = 0; i < NODES; i++) {
            nb_var_unref(&v[i]);
        }
        nb_ctx_free(&ctx);
    }
}

static void none_is_no_fault(void **state)
{
    (void)state;
    NbCtx *ctx = nb_ctx_new();
    NbVar *absent = NULL;
    bool stale;
    assert_int_equal(nb_vars_find_stale(ctx, NULL, 0, NULL), NB_OK);
    assert_int_equal(nb_vars_find_stale(ctx, &absent, 1, &stale), NB_EVALUE);
    nb_ctx_free(&ctx);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_are_as_each_alone),
        cmocka_unit_test(none_is_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
