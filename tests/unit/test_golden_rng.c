/* test_golden_rng.c -- every number of d_rng.json: draws bit for bit, sums, hashes */
#include <inttypes.h>
#include <string.h>

#include <nabla/context.h>
#include <nabla/op.h>
#include <nabla/rng.h>
#include <nabla/var.h>

#include "test.h"

#include "base/ziggurat.h"

#define MILLION 1000000
#define ZIGGURAT_R 3.442619855899 /* where the tail of the 128 strips begins */

typedef struct Seed {
    const char *name;
    uint64_t hi, lo;
} Seed;

static const Seed seeds[] = {
    {"\"seed_0_0\"", 0, 0}, {"\"seed_1_2\"", 1, 2}, {"\"seed_42_0\"", 42, 0}};

static char *json;

static int setup(void **state)
{
    enum { CAP = 1 << 17 };
    (void)state;
    FILE *f = test_golden("d_rng.json");
    json = calloc(1, CAP);
    assert_non_null(json);
    assert_true(fread(json, 1, CAP - 1, f) < CAP - 1);
    fclose(f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(json);
    return 0;
}

/* What stands after "key": in the part of one seed. */
static const char *value_of(const Seed *seed, const char *key)
{
    char quoted[64];
    const char *part = strstr(json, seed->name);
    assert_non_null(part);
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(part, quoted);
    assert_non_null(at);
    return at + strlen(quoted);
}

/* The next number of a list, nested or not; *at moves behind it. */
static double next_number(const char **at)
{
    char *end;
    *at += strspn(*at, "[], \n");
    double v = strtod(*at, &end);
    assert_true(end > *at);
    *at = end;
    return v;
}

static int length_of(const char *list)
{
    int n = 1;
    for (; *list != ']'; list++) {
        n += *list == ',';
    }
    return n;
}

static NbRng seeded(const Seed *seed)
{
    NbRng r;
    nb_rng_seed(&r, seed->hi, seed->lo);
    return r;
}

static void same(const char *key, int i, double got, double want)
{
    if (got != want) {
        fail_msg("%s %d: %.17g is not %.17g", key, i, got, want);
    }
}

static void integers_and_uniforms_are_golden_bit_for_bit(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        NbRng a = seeded(&seeds[k]), b = a;
        const char *u = value_of(&seeds[k], "uint64"), *f = value_of(&seeds[k], "float64");
        assert_int_equal(length_of(u), 10);
        assert_int_equal(length_of(f), 10);
        for (int i = 0; i < 10; i++) {
            u = strstr(u, "0x");
            char *end;
            uint64_t want = strtoull(u, &end, 16), got = nb_rng_u64(&a);
            if (got != want) {
                fail_msg("draw %d: %016" PRIx64 " is not %016" PRIx64, i, got, want);
            }
            u = end;
            same("uniform", i, nb_rng_uniform(&b), next_number(&f));
        }
    }
}

static void normals_are_golden_to_the_last_digit(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        NbRng a = seeded(&seeds[k]), b = a;
        const char *few = value_of(&seeds[k], "normfloat64");
        const char *many = value_of(&seeds[k], "randn_1000");
        int n = length_of(many);
        assert_int_equal(length_of(few), 10);
        assert_int_equal(n, 1000);
        for (int i = 0; i < 10; i++) {
            same("normal", i, nb_rng_normal(&a), next_number(&few));
        }
        for (int i = 0; i < n; i++) {
            same("normal", i, nb_rng_normal(&b), next_number(&many));
        }
    }
}

/* n numbers of an operation against the golden ones. */
static void check_op(NbCtx *ctx, const char *op, int n, double mean, double std, const char **want)
{
    NbAttrs a;
    NbTensor tmp;
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = nb_shape(1, n);
    a.num[0] = mean;
    a.num[1] = std;
    NbVar *v = nb_apply(ctx, nb_op_find(op), NULL, 0, &a);
    assert_non_null(v);
    for (int i = 0; i < n; i++) {
        same(op, i, nb_tensor_at(nb_var_data(v, &tmp), i), next_number(want));
    }
    nb_var_unref(&v);
}

static void constructors_draw_from_one_stream(void **state)
{
    (void)state;
    NbCtx *ctx = nb_ctx_new();
    for (int k = 0; k < 3; k++) {
        const char *mixed = value_of(&seeds[k], "mixed_u3_n3_u3");
        const char *moved = value_of(&seeds[k], "normal_3_0.5");
        nb_ctx_seed(ctx, seeds[k].hi, seeds[k].lo);
        check_op(ctx, "rand", 3, 0, 0, &mixed);
        check_op(ctx, "randn", 3, 0, 0, &mixed);
        check_op(ctx, "rand", 3, 0, 0, &mixed);
        nb_ctx_seed(ctx, seeds[k].hi, seeds[k].lo);
        check_op(ctx, "normal", 4, 3, 0.5, &moved);
    }
    nb_ctx_free(&ctx);
}

/* FNV-1a over the eight bytes of each number, the lowest first. */
static uint64_t hashed(uint64_t h, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    for (int i = 0; i < 8; i++) {
        h = (h ^ (bits >> 8 * i & 0xFF)) * UINT64_C(0x100000001b3);
    }
    return h;
}

#define FNV_START UINT64_C(0xcbf29ce484222325)

static void same_hash(const Seed *seed, const char *key, uint64_t got)
{
    uint64_t want = strtoull(strstr(value_of(seed, key), "0x"), NULL, 16);
    if (got != want) {
        fail_msg("%s %s: %016" PRIx64 " is not %016" PRIx64, seed->name, key, got, want);
    }
}

static void a_million_uniforms_have_the_golden_hash_and_sum(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        NbRng r = seeded(&seeds[k]);
        uint64_t h = FNV_START;
        double sum = 0;
        for (int i = 0; i < MILLION; i++) {
            double x = nb_rng_uniform(&r);
            h = hashed(h, x);
            sum += x;
        }
        same_hash(&seeds[k], "fnv1a_1e6_float64", h);
        same("sum", k, sum, strtod(value_of(&seeds[k], "sum_1e6_float64"), NULL));
    }
}

static void a_million_normals_have_the_golden_hash_and_sum(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        NbRng r = seeded(&seeds[k]);
        uint64_t h = FNV_START;
        double sum = 0, most = 0;
        int beyond = 0;
        for (int i = 0; i < MILLION; i++) {
            double x = nb_rng_normal(&r);
            h = hashed(h, x);
            sum += x;
            most = fabs(x) > most ? fabs(x) : most;
            beyond += fabs(x) > ZIGGURAT_R;
        }
        assert_int_equal(beyond, atoi(value_of(&seeds[k], "count_beyond_zig_R")));
        same("sum", k, sum, strtod(value_of(&seeds[k], "sum_1e6_norm"), NULL));
        same("largest", k, most, strtod(value_of(&seeds[k], "maxabs_1e6_norm"), NULL));
        same_hash(&seeds[k], "fnv1a_1e6_norm", h);
    }
}

/* Marsaglia and Tsang's: strips of equal area under exp(-x²/2), from the tail inwards. */
static void the_table_follows_the_recurrence(void **state)
{
    (void)state;
    const double tail = 3.442619855899, area = 9.91256303526217e-3, scale = 0x1p31;
    const double q = area / exp(-0.5 * tail * tail);
    double edge = tail, outer = tail;
    assert_close((double)nb_strip[0].k, tail / q * scale, 1e-9);
    assert_close((double)nb_strip[0].w * scale, q, 1e-6);
    assert_int_equal(nb_strip[1].k, 0);
    for (int i = NB_STRIPS - 1; i > 0; i--) {
        assert_close((double)nb_strip[i].w * scale, edge, 1e-6);
        assert_close((double)nb_strip[i].f, exp(-0.5 * edge * edge), 1e-7);
        edge = sqrt(-2 * log(area / edge + exp(-0.5 * edge * edge)));
        if (i > 1) {
            assert_close((double)nb_strip[i].k, edge / outer * scale, 1e-9);
        }
        outer = edge;
    }
    assert_true(nb_strip[0].f == 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_table_follows_the_recurrence),
    cmocka_unit_test(integers_and_uniforms_are_golden_bit_for_bit),
    cmocka_unit_test(normals_are_golden_to_the_last_digit),
    cmocka_unit_test(constructors_draw_from_one_stream),
    cmocka_unit_test(a_million_uniforms_have_the_golden_hash_and_sum),
    cmocka_unit_test(a_million_normals_have_the_golden_hash_and_sum),
};

SUITE()
{
    return cmocka_run_group_tests(tests, setup, teardown);
}
