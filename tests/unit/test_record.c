/* test_record.c -- the run record stays bounded and keeps its shape */
#include "test.h"

#include <string.h>

#include <nabla/record.h>

static const char *const names[] = {"f", "x"};

static void fill(NbRecord *r, uint64_t steps)
{
    for (uint64_t i = 0; i < steps; i++) {
        if (nb_record_wants(r, i)) {
            nb_record_add(r, i, (double[]){(double)i, -(double)i});
        }
    }
}

static void a_long_run_is_thinned_and_keeps_first_and_last(void **state)
{
    (void)state;
    NbRecord *r = nb_record_new(100, 4);
    assert_int_equal(nb_record_begin(r, "sgd", names, 2, NULL), NB_OK);
    fill(r, 1000000);
    nb_record_add(r, 999999, (double[]){999999, -999999});
    NbRunInfo info = nb_record_run(r, 0);
    assert_true(info.rows <= 101 && info.rows > 40);
    assert_int_equal(nb_record_step(r, 0, 0), 0);
    assert_int_equal(nb_record_step(r, 0, info.rows - 1), 999999);
    for (size_t i = 1; i < info.rows; i++) {
        assert_true(nb_record_step(r, 0, i) > nb_record_step(r, 0, i - 1));
        assert_float_equal(nb_record_value(r, 0, i, 1), -(double)nb_record_step(r, 0, i), 0);
    }
    nb_record_free(&r);
}

static void a_row_off_the_stride_is_replaced_by_the_next(void **state)
{
    (void)state;
    NbRecord *r = nb_record_new(4, 1);
    nb_record_begin(r, "", names, 2, NULL);
    fill(r, 9);
    nb_record_add(r, 9, (double[]){9, 0});
    size_t rows = nb_record_run(r, 0).rows;
    nb_record_add(r, 11, (double[]){11, 0});
    assert_int_equal(nb_record_run(r, 0).rows, rows);
    assert_int_equal(nb_record_step(r, 0, rows - 1), 11);
    nb_record_free(&r);
}

static void going_back_forgets_later_rows(void **state)
{
    (void)state;
    NbRecord *r = nb_record_new(100, 1);
    nb_record_begin(r, "", names, 2, NULL);
    fill(r, 10);
    nb_record_add(r, 4, (double[]){44, 0});
    assert_int_equal(nb_record_run(r, 0).rows, 5);
    assert_float_equal(nb_record_value(r, 0, 4, 0), 44, 0);
    nb_record_free(&r);
}

static void the_oldest_run_makes_room(void **state)
{
    (void)state;
    NbRecord *r = nb_record_new(10, 2);
    for (int i = 0; i < 3; i++) {
        nb_record_begin(r, "run", names, 1, NULL);
        nb_record_add(r, 0, (double[]){i});
    }
    assert_int_equal(nb_record_runs(r), 2);
    assert_int_equal(nb_record_run(r, 0).serial, 2);
    assert_string_equal(nb_record_run(r, 1).column[0], "f");
    nb_record_free(&r);
}

static void no_sample_is_wanted_outside_a_run(void **state)
{
    (void)state;
    NbRecord *r = nb_record_new(10, 2);
    assert_false(nb_record_wants(r, 0));
    nb_record_begin(r, "run", names, 1, NULL);
    assert_true(nb_record_wants(r, 0));
    nb_record_end(r);
    assert_false(nb_record_wants(r, 1));
    NbErr err = {0};
    assert_int_equal(nb_record_begin(r, "run", names, 17, &err), NB_EVALUE);
    nb_record_free(&r);
}

static void the_beginning_of_a_long_run_is_thinned_less(void **state)
{
    (void)state;
    NbRecord *r = nb_record_new(2048, 1);
    nb_record_begin(r, "run", names, 2, NULL);
    uint64_t step = 0;
    for (; step < 3000000; step = nb_record_next(r, step + 1)) {
        assert_true(nb_record_wants(r, step));
        nb_record_add(r, step, (double[]){(double)step, 0});
    }
    NbRunInfo run = nb_record_run(r, 0);
    assert_true(run.rows > 1000 && run.rows <= 2048);
    size_t early = 0, late = 0;
    for (size_t i = 0; i < run.rows; i++) {
        uint64_t at = nb_record_step(r, 0, i);
        assert_true(i == 0 || at > nb_record_step(r, 0, i - 1));
        assert_true(nb_record_wants(r, at));
        early += at < 1000;
        late += at >= 1500000;
    }
    assert_int_equal(nb_record_step(r, 0, 31), 31);
    assert_true(early >= 150);
    assert_true(late >= 400);
    nb_record_free(&r);
}

static void next_is_the_first_step_that_is_wanted(void **state)
{
    (void)state;
    NbRecord *r = nb_record_new(200, 1); /* not a power of two */
    nb_record_begin(r, "run", names, 2, NULL);
    for (uint64_t step = 0; step < 20000; step++) {
        if (nb_record_wants(r, step)) {
            nb_record_add(r, step, (double[]){(double)step, 0});
        }
    }
    for (uint64_t step = 0; step < 9000; step++) {
        uint64_t next = nb_record_next(r, step), k = step;
        while (!nb_record_wants(r, k)) {
            k++;
        }
        assert_int_equal(next, k);
    }
    nb_record_free(&r);
}

static void a_dropped_run_is_gone_and_the_next_has_a_number_of_its_own(void **state)
{
    (void)state;
    NbErr err = {0};
    NbRecord *r = nb_record_new(16, 4);
    nb_record_drop(r); /* nothing to drop */
    assert_int_equal(nb_record_begin(r, "one", names, 1, &err), NB_OK);
    assert_int_equal(nb_record_begin(r, "two", names, 1, &err), NB_OK);
    nb_record_drop(r);
    assert_int_equal(nb_record_runs(r), 1);
    assert_false(nb_record_open(r));
    assert_string_equal(nb_record_run(r, 0).title, "one");
    assert_int_equal(nb_record_begin(r, "three", names, 1, &err), NB_OK);
    assert_int_equal(nb_record_run(r, 1).serial, 3);
    nb_record_free(&r);
}

static void a_copy_stands_while_the_record_goes_on(void **state)
{
    (void)state;
    NbErr err = {0};
    NbRecord *r = nb_record_new(16, 4);
    const char *two[] = {"f", "x"};
    assert_int_equal(nb_record_begin(r, "one", two, 2, &err), NB_OK);
    for (uint64_t i = 0; i < 10; i++) {
        nb_record_add(r, i, (const double[]){(double)i, -1});
    }
    NbRecord *copy = nb_record_copy(r);
    nb_record_add(r, 10, (const double[]){10, -1});
    assert_int_equal(nb_record_begin(r, "two", two, 2, &err), NB_OK);
    assert_int_equal(nb_record_runs(copy), 1);
    assert_int_equal(nb_record_run(copy, 0).rows, 10);
    assert_int_equal(nb_record_run(copy, 0).serial, 1);
    assert_string_equal(nb_record_run(copy, 0).column[1], "x");
    assert_float_equal(nb_record_value(copy, 0, 9, 0), 9, 0);
    nb_record_free(&r);
    assert_int_equal(nb_record_step(copy, 0, 9), 9);
    nb_record_add(copy, 10, (const double[]){10, -1}); /* and can go on itself */
    assert_int_equal(nb_record_run(copy, 0).rows, 11);
    nb_record_free(&copy);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_long_run_is_thinned_and_keeps_first_and_last),
    cmocka_unit_test(a_row_off_the_stride_is_replaced_by_the_next),
    cmocka_unit_test(going_back_forgets_later_rows),
    cmocka_unit_test(the_oldest_run_makes_room),
    cmocka_unit_test(no_sample_is_wanted_outside_a_run),
    cmocka_unit_test(the_beginning_of_a_long_run_is_thinned_less),
    cmocka_unit_test(next_is_the_first_step_that_is_wanted),
    cmocka_unit_test(a_dropped_run_is_gone_and_the_next_has_a_number_of_its_own),
    cmocka_unit_test(a_copy_stands_while_the_record_goes_on),
};

NB_TEST_MAIN(tests)
