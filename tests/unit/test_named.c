/* test_named.c -- files of named tensors: what is written reads back, what is damaged is refused */
#include "ops_test.h"

#include <math.h>
#include <stdlib.h>

#include <nabla/data.h>

static NbTensor *numbers(const char *shape, double first)
{
    const NbShape s = shape_of(shape);
    NbTensor *t = nb_tensor_new(&s, nb_ctx_err(ctx));
    assert_non_null(t);
    for (int64_t i = 0; i < t->size; i++) {
        t->data[i] = first + 0.25 * (double)i;
    }
    return t;
}

static NbNamedSet some(void)
{
    NbNamedSet s = {0};
    NbErr *err = nb_ctx_err(ctx);
    assert_int_equal(nb_named_add(&s, "0.weight", numbers("2,3", -1), err), NB_OK);
    assert_int_equal(nb_named_add(&s, "0.bias", numbers("3", 1e6), err), NB_OK);
    assert_int_equal(nb_named_add(&s, "a \"quoted\" one", numbers("", 7), err), NB_OK);
    return s;
}

static void assert_same(const NbNamedSet *a, const NbNamedSet *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        const NbTensor *x = a->item[i].value, *y = b->item[i].value;
        assert_string_equal(a->item[i].name, b->item[i].name);
        assert_true(nb_shape_equal(&x->shape, &y->shape));
        for (int64_t k = 0; k < x->size; k++) {
            assert_true(nb_tensor_at(x, k) == nb_tensor_at(y, k));
        }
    }
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    NbErr err = {0};
    for (int form = NB_SAFETENSORS; form <= NB_NPZ; form++) {
        for (int single = 0; single < 2; single++) {
            NbNamedSet s = some(), again = {0};
            size_t len = 0;
            char *bytes = nb_named_encode(&s, (NbNamedForm)form, single, &len, &err);
            assert_non_null(bytes);
            assert_int_equal(nb_named_decode(&again, bytes, len, "f", &err), NB_OK);
            assert_same(&s, &again);
            nb_named_free(bytes);
            nb_named_clear(&again);
            nb_named_clear(&s);
        }
    }
}

static void an_npy_holds_one_tensor(void **state)
{
    (void)state;
    NbErr err = {0};
    NbNamedSet one = {0}, again = {0}, many = some();
    size_t len = 0;
    assert_int_equal(nb_named_add(&one, "", numbers("2,2", 3), &err), NB_OK);
    char *bytes = nb_named_encode(&one, NB_NPY, false, &len, &err);
    assert_non_null(bytes);
    assert_int_equal(len, 128 + 4 * 8);
    assert_int_equal(nb_named_decode(&again, bytes, len, "f.npy", &err), NB_OK);
    assert_same(&one, &again);
    assert_null(nb_named_encode(&many, NB_NPY, false, &len, &err));
    assert_string_equal(err.msg, "an npy file holds one tensor, not 3");
    nb_named_free(bytes);
    nb_named_clear(&one);
    nb_named_clear(&again);
    nb_named_clear(&many);
}

/* --- npy files of others --- */

/* An npy of this header and these bytes, in memory for free(). */
static char *npy_of(int version, const char *header, const char *data, size_t ndata, size_t *len)
{
    const size_t n = strlen(header), wide = version > 1 ? 4 : 2;
    char *bytes = calloc(1, 8 + wide + n + ndata + 1);
    assert_non_null(bytes);
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (char)version;
    bytes[8] = (char)(n & 0xff);
    bytes[9] = (char)(n >> 8);
    memcpy(bytes + 8 + wide, header, n);
    memcpy(bytes + 8 + wide + n, data, ndata);
    *len = 8 + wide + n + ndata;
    return bytes;
}

static void numbers_of_every_kind_are_read(void **state)
{
    static const struct {
        const char *descr, *data;
        size_t n;
        double want[2];
    } kind[] = {
        {"|b1", "\0\2", 2, {0, 1}},
        {"|u1", "\7\xff", 2, {7, 255}},
        {"|i1", "\7\xff", 2, {7, -1}},
        {"<u2", "\1\2\xff\xff", 4, {513, 65535}},
        {"<i2", "\1\2\xff\xff", 4, {513, -1}},
        {">i2", "\2\1\xff\xfe", 4, {513, -2}},
        {"=i4", "\1\0\0\0\xfe\xff\xff\xff", 8, {1, -2}},
        {"<u4", "\1\0\0\0\xff\xff\xff\xff", 8, {1, 4294967295.0}},
        {"<i8", "\1\0\0\0\0\0\0\0\xfd\xff\xff\xff\xff\xff\xff\xff", 16, {1, -3}},
        {"<u8", "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80", 16, {1, 9223372036854775808.0}},
        {"<f2", "\0\x3c\0\xc1", 4, {1, -2.5}},
        {"<f2", "\1\0\0\x7c", 4, {5.9604644775390625e-8, INFINITY}},
        {">f4", "\x3f\x80\0\0\xc0\x20\0\0", 8, {1, -2.5}},
        {"<f4", "\0\0\x80\xff\1\0\0\0", 8, {-INFINITY, 1.401298464324817e-45}},
        {">f8", "\x3f\xf0\0\0\0\0\0\0\xc0\4\0\0\0\0\0\0", 16, {1, -2.5}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        char header[120];
        size_t len;
        NbErr err = {0};
        NbNamedSet s = {0};
        snprintf(header, sizeof header,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }\n", kind[i].descr);
        char *bytes = npy_of(1 + (int)(i % 2), header, kind[i].data, kind[i].n, &len);
        assert_int_equal(nb_named_decode(&s, bytes, len, "k.npy", &err), NB_OK);
        for (int k = 0; k < 2; k++) {
            assert_true(nb_tensor_at(s.item[0].value, k) == kind[i].want[k]);
        }
        nb_named_clear(&s);
        assert_int_equal(nb_named_decode(&s, bytes, len - 1, "k.npy", &err), NB_EVALUE);
        nb_named_clear(&s);
        free(bytes);
    }
}

static void columns_come_first_in_fortran(void **state)
{
    (void)state;
    size_t len;
    NbErr err = {0};
    NbNamedSet s = {0};
    char *bytes = npy_of(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }",
                         "\1\4\2\5\3\6", 6, &len);
    assert_int_equal(nb_named_decode(&s, bytes, len, "c.npy", &err), NB_OK);
    for (int k = 0; k < 6; k++) {
        assert_true(nb_tensor_at(s.item[0].value, k) == k + 1);
    }
    nb_named_clear(&s);
    free(bytes);
}

static void headers_that_say_nothing_of_use_are_refused(void **state)
{
    static const struct {
        const char *header, *says;
        NbStatus status;
    } bad[] = {
        {"{'fortran_order': False, 'shape': (1,)}", "does not hold numbers", NB_EVALUE},
        {"{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}", "not hold numbers", NB_EVALUE},
        {"{'descr': '|S3', 'fortran_order': False, 'shape': (1,)}", "not hold numbers", NB_EVALUE},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "not hold numbers", NB_EVALUE},
        {"{'descr': '<f3', 'fortran_order': False, 'shape': (1,)}", "not hold numbers", NB_EVALUE},
        {"{'descr': '<i3', 'fortran_order': False, 'shape': (1,)}", "not hold numbers", NB_EVALUE},
        {"{'descr': '?f8', 'fortran_order': False, 'shape': (1,)}", "not hold numbers", NB_EVALUE},
        {"{'descr': '<f", "damaged header", NB_ESYNTAX},
        {"{'fortran_order': False, 'shape': (1,), 'descr': '<f", "not hold numbers", NB_EVALUE},
        {"{'fortran_order': False, 'shape': (1,), 'descr': [('a', '<f8')]}", "not hold numbers",
         NB_EVALUE},
        {"{'descr': '<f8', 'shape': (1,)}", "damaged header", NB_ESYNTAX},
        {"{'descr': '<f8', 'fortran_order': False}", "damaged header", NB_ESYNTAX},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': 1}", "damaged header", NB_ESYNTAX},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (x,)}", "damaged header", NB_ESYNTAX},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1", "damaged header", NB_ESYNTAX},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1;2)}", "damaged header", NB_ESYNTAX},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", "damaged header", NB_ESYNTAX},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
         "damaged header", NB_ESYNTAX},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1)}",
         "damaged header", NB_ESYNTAX},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 99999999, 99999999)}",
         "needs more bytes than the file has", NB_EVALUE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t len;
        NbErr err = {0};
        NbNamedSet s = {0};
        char *bytes = npy_of(1, bad[i].header, "\0\0\0\0\0\0\0\0", 8, &len);
        assert_int_equal(nb_named_decode(&s, bytes, len, "b.npy", &err), bad[i].status);
        if (!strstr(err.msg, bad[i].says)) {
            fail_msg("%s: %s", bad[i].header, err.msg);
        }
        nb_named_clear(&s);
        free(bytes);
    }
}

static void a_name_stands_once_in_a_set(void **state)
{
    (void)state;
    NbErr err = {0};
    NbNamedSet s = some();
    assert_int_equal(nb_named_add(&s, "0.bias", numbers("1", 0), &err), NB_EVALUE);
    assert_int_equal(s.n, 3);
    assert_non_null(nb_named_find(&s, "0.bias"));
    assert_null(nb_named_find(&s, "1.bias"));
    nb_named_clear(&s);
    nb_named_clear(&s);
}

/* As numpy.savez_compressed writes w of shape (40, 2), column by column, in single precision. */
static const char packed[] = "504b030414000000080000002100abcbb38e88000000c00100000500"
                             "0000772e6e70799bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a0"
                             "6e9366a2aea3a09e965f54529498179f5f94920a120f292a4d050a17"
                             "672416a402b91a26063a0a469a3a0ab50a64032e063078e0c0c0e000"
                             "c40a8e0c0c07803403100b00d90b8074833d900f6437380c8c5a06a0"
                             "ba0f407602106b00f917406a805802c8de00a40f00e53980ec090e03"
                             "a11600504b0102140314000000080000002100abcbb38e88000000c0"
                             "010000050000000000000000000000800100000000772e6e7079504b"
                             "0506000000000100010033000000ab0000000000";

static size_t unhex(const char *text, char *to)
{
    size_t n = 0;
    for (; text[2 * n]; n++) {
        const char two[] = {text[2 * n], text[2 * n + 1], '\0'};
        to[n] = (char)strtol(two, NULL, 16);
    }
    return n;
}

static void packed_archives_are_unpacked(void **state)
{
    (void)state;
    char bytes[sizeof packed / 2];
    const size_t n = unhex(packed, bytes);
    NbErr err = {0};
    NbNamedSet s = {0};
    assert_int_equal(nb_named_decode(&s, bytes, n, "p.npz", &err), NB_OK);
    const NbTensor *w = nb_named_find(&s, "w");
    assert_non_null(w);
    assert_int_equal(w->shape.dim[0], 40);
    assert_int_equal(w->shape.dim[1], 2);
    for (int64_t i = 0; i < 40; i++) {
        assert_true(nb_tensor_at(w, 2 * i) == (double)(i * 7 % 11));
        assert_true(nb_tensor_at(w, 2 * i + 1) == (double)(i * 7 % 11) + 0.5);
    }
    nb_named_clear(&s);
}

/* Any answer but a crash; without an error there are numbers, with one a message. */
static bool survives(const char *bytes, size_t n)
{
    NbErr err = {0};
    NbNamedSet s = {0};
    char *own = malloc(n + 1); /* of its size, for the sanitizers */
    assert_non_null(own);
    memcpy(own, bytes, n);
    const NbStatus status = nb_named_decode(&s, own, n, "f", &err);
    assert_int_equal(status, err.code);
    assert_true((status == NB_OK) == (err.msg[0] == '\0'));
    nb_named_clear(&s);
    free(own);
    return status == NB_OK;
}

static void check_damage(char *bytes, size_t n)
{
    assert_true(survives(bytes, n));
    for (size_t i = 0; i < n; i++) {
        assert_false(survives(bytes, i));
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
            survives(bytes, n);
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
        }
    }
}

static void damaged_files_are_refused_and_never_crash(void **state)
{
    (void)state;
    NbErr err = {0};
    for (int form = NB_SAFETENSORS; form <= NB_NPZ; form++) {
        NbNamedSet s = some();
        size_t len = 0;
        char *bytes = nb_named_encode(&s, (NbNamedForm)form, true, &len, &err);
        assert_non_null(bytes);
        check_damage(bytes, len);
        nb_named_free(bytes);
        nb_named_clear(&s);
    }
    char bytes[sizeof packed / 2];
    check_damage(bytes, unhex(packed, bytes));
}

static void numbers_damaged_in_an_archive_are_noticed(void **state)
{
    (void)state;
    NbErr err = {0};
    NbNamedSet s = {0};
    char bytes[sizeof packed / 2];
    const size_t n = unhex(packed, bytes);
    bytes[100] = (char)(bytes[100] ^ 4);
    assert_int_equal(nb_named_decode(&s, bytes, n, "p.npz", &err), NB_ESYNTAX);
    assert_string_equal(err.msg, "p.npz: w is damaged");
    nb_named_clear(&s);
}

static NbVar *row_of_two(void)
{
    const NbShape s = nb_shape(2, 1, 2);
    NbVar *x = nb_var_array(ctx, &s, (const double[]){1, 2}, NB_CONST);
    assert_non_null(x);
    return x;
}

static void weights_that_do_not_fit_change_nothing(void **state)
{
    (void)state;
    NbErr err = {0};
    NbTensor tmp;
    const NbSettingValue v[] = {nb_set_number(3), nb_set_number(1)};
    NbVar *x = row_of_two();
    NbModule *m = nb_module_new(ctx, nb_layer_find("linear"), v, 2);
    assert_non_null(m);
    NbVar *y = nb_module_call(m, x);
    NbNamedSet s = {0}, wrong = {0};
    assert_non_null(y);
    assert_int_equal(nb_module_weights(m, &s, &err), NB_OK);
    assert_int_equal(s.n, 2);
    assert_int_equal(nb_named_find(&s, "weight")->shape.dim[0], 3); /* (out, in) */
    assert_int_equal(nb_named_find(&s, "weight")->shape.dim[1], 2);
    const double before = nb_tensor_at(nb_var_data(nb_module_param(m, 0, NULL), &tmp), 0);
    assert_int_equal(nb_named_add(&wrong, "weight", numbers("3,2", 9), &err), NB_OK);
    assert_int_equal(nb_named_add(&wrong, "bias", numbers("4", 9), &err), NB_OK);
    assert_int_equal(nb_module_take_weights(m, &wrong, "f", &err), NB_ESHAPE);
    assert_string_equal(err.msg, "f: bias is (4,), the model has (3,)");
    assert_true(nb_tensor_at(nb_var_data(nb_module_param(m, 0, NULL), &tmp), 0) == before);
    nb_named_clear(&wrong);
    nb_named_clear(&s);
    nb_var_unref(&y);
    nb_module_unref(&m);
    nb_var_unref(&x);
}

#define OP_TEST(f) cmocka_unit_test_setup_teardown(f, setup_c, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        OP_TEST(what_is_written_reads_back),
        OP_TEST(an_npy_holds_one_tensor),
        OP_TEST(numbers_of_every_kind_are_read),
        OP_TEST(columns_come_first_in_fortran),
        OP_TEST(headers_that_say_nothing_of_use_are_refused),
        OP_TEST(a_name_stands_once_in_a_set),
        OP_TEST(packed_archives_are_unpacked),
        OP_TEST(damaged_files_are_refused_and_never_crash),
        OP_TEST(numbers_damaged_in_an_archive_are_noticed),
        OP_TEST(weights_that_do_not_fit_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
