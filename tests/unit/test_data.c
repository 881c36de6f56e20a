/* test_data.c -- data sets by formula, CSV files good and bad, batches and sequences */
#include "ops_test.h"

#include <time.h>

#include <nabla/data.h>

/* --- sets --- */

static NbStatus make(const char *name, const NbOp *fn, int64_t n, double noise, NbVar **x,
                     NbVar **t)
{
    const NbDataSet *set = nb_data_find(name);
    assert_non_null(set);
    return nb_data_make(ctx, set, fn, n, noise, x, t);
}

static void moons_without_noise_are_half_circles(void **state)
{
    (void)state;
    NbVar *x, *t;
    assert_int_equal(make("moons", NULL, 101, 0, &x, &t), NB_OK);
    assert_shape(x, "101,2");
    assert_shape(t, "101");
    assert_int_equal(nb_var_kind(x), NB_CONST);
    for (int i = 0; i < 101; i++) {
        double a = at(x, 2 * i), b = at(x, 2 * i + 1);
        assert_close(at(t, i), i % 2, 0);
        assert_close(i % 2 ? hypot(1 - a, 0.5 - b) : hypot(a, b), 1, 1e-12);
        assert_true(i % 2 ? b <= 0.5 + 1e-12 : b >= -1e-12);
    }
    assert_close(at(x, 0), 1, 0);
    assert_close(at(x, 200), -1, 1e-12);
    nb_var_unref(&x);
    nb_var_unref(&t);
}

static void other_sets_have_the_shapes_and_labels_of_their_records(void **state)
{
    (void)state;
    for (int k = 0; k < nb_data_count(); k++) {
        const NbDataSet *set = nb_data_at(k);
        NbVar *x, *t;
        assert_int_equal(nb_data_make(ctx, set, set->takes_fn ? &nb_op_sin : NULL, 60, 0, &x, &t),
                         NB_OK);
        int count[4] = {0};
        for (int i = 0; i < 60; i++) {
            if (strcmp(set->name, "xor") == 0) {
                assert_close(at(t, i), (at(x, 2 * i) < 0) != (at(x, 2 * i + 1) < 0), 0);
            } else if (set->classes > 0) {
                assert_close(at(t, i), i % set->classes, 0);
            } else {
                assert_close(at(t, i), sin(at(x, i)), 1e-12);
            }
            count[set->classes > 0 ? (int)at(t, i) : 3]++;
        }
        for (int c = 0; c < set->classes; c++) {
            assert_true(count[c] >= 10);
        }
        assert_close(at(x, 0), set->takes_fn || strcmp(set->name, "spiral") == 0 ? 0 : at(x, 0), 0);
        nb_var_unref(&x);
        nb_var_unref(&t);
    }
}

static void points_of_xor_are_the_numbers_of_the_seed(void **state)
{
    (void)state;
    NbVar *x, *t;
    NbRng rng;
    nb_ctx_seed(ctx, 4, 0);
    rng = *nb_ctx_rng(ctx);
    assert_int_equal(nb_data_make(ctx, nb_data_find("xor"), NULL, 6, 0, &x, &t), NB_OK);
    for (int i = 0; i < 12; i++) {
        assert_close(at(x, i), 2 * nb_rng_uniform(&rng) - 1, 0);
    }
    nb_var_unref(&x);
    nb_var_unref(&t);
}

static void a_hundred_labels_keep_their_numbers(void **state)
{
    (void)state;
    char text[4000] = "x,kind\n";
    size_t len = strlen(text);
    for (int i = 0; i < 200; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%d,k%d\n", i, i % 100);
    }
    const NbCsvOptions o = {.target = "kind", .target_index = -1};
    NbCsv csv;
    assert_int_equal(nb_csv_parse(ctx, text, len, "f.csv", &o, &csv), NB_OK);
    for (int i = 0; i < 200; i++) {
        assert_close(at(csv.t, i), i % 100, 0);
    }
    nb_csv_clear(&csv);
}

static void noise_has_the_given_deviation_and_follows_the_seed(void **state)
{
    (void)state;
    NbVar *x, *t, *again, *t2;
    nb_ctx_seed(ctx, 4, 0);
    assert_int_equal(make("curve", &nb_op_sin, 10000, 0.5, &x, &t), NB_OK);
    double sum = 0;
    for (int i = 0; i < 10000; i++) {
        sum += pow(at(t, i) - sin(at(x, i)), 2);
    }
    assert_in_range((int)(1000 * sqrt(sum / 10000)), 480, 520);
    assert_close(at(x, 9999), 2 * acos(-1), 1e-15);
    nb_ctx_seed(ctx, 4, 0);
    make("curve", &nb_op_sin, 10000, 0.5, &again, &t2);
    assert_close(at(t2, 7), at(t, 7), 0);
    NbVar **drop[] = {&x, &t, &again, &t2};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(drop[i]);
    }
}

static void bad_sizes_noise_and_functions_are_errors(void **state)
{
    (void)state;
    NbVar *x, *t;
    assert_int_equal(make("moons", NULL, 0, 0, &x, &t), NB_EVALUE);
    assert_error(x, "moons: n must be at least 1, got 0", NULL);
    assert_int_equal(make("xor", NULL, 5, -1, &x, &t), NB_EVALUE);
    assert_error(x, "xor: noise must be at least 0 and finite, got -1", NULL);
    assert_int_equal(make("curve", &nb_op_sum, 5, 0, &x, &t), NB_EVALUE);
    assert_error(x, "curve: needs an operation on each element, got sum", NULL);
    assert_null(nb_data_find("iris"));
}

static NbStatus square_below_four(void *user, double x, double *y)
{
    int *asked = user;
    ++*asked;
    *y = x * x;
    return x < 4 ? NB_OK : nb_fail(nb_ctx_err(ctx), NB_EVALUE, "no value at %g", x);
}

static void curve_takes_any_function_of_a_number(void **state)
{
    (void)state;
    NbVar *x, *t, *x2, *t2;
    int asked = 0;
    assert_int_equal(nb_data_curve(ctx, square_below_four, &asked, 3, 0, &x, &t), NB_EVALUE);
    assert_error(x, "no value at 6.28319", NULL);
    assert_null(t);
    assert_int_equal(asked, 3);
    assert_int_equal(nb_data_curve(ctx, square_below_four, &asked, 0, 0, &x, &t), NB_EVALUE);
    assert_error(x, "curve: n must be at least 1, got 0", NULL);
    /* The noise is that of an operation with the same values. */
    nb_ctx_seed(ctx, 5, 0);
    assert_int_equal(nb_data_curve(ctx, square_below_four, &asked, 1, 1, &x, &t), NB_OK);
    nb_ctx_seed(ctx, 5, 0);
    assert_int_equal(make("curve", &nb_op_square, 1, 1, &x2, &t2), NB_OK);
    assert_close(at(t, 0), at(t2, 0), 0);
    assert_int_equal(nb_var_kind(t), NB_CONST);
    NbVar **drop[] = {&x, &t, &x2, &t2};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(drop[i]);
    }
}

/* --- csv --- */

static NbStatus parse_as(const char *text, const NbCsvOptions *o, NbCsv *csv)
{
    return nb_csv_parse(ctx, text, strlen(text), "f.csv", o, csv);
}

static void assert_numbers(const NbVar *v, const char *shape, const double *want)
{
    assert_value(nb_var_ref((NbVar *)(uintptr_t)v), shape, want);
}

#define NUMBERS(...) ((const double[]){__VA_ARGS__})

static void columns_are_named_by_the_header_and_text_becomes_labels(void **state)
{
    (void)state;
    NbCsv csv;
    const NbCsvOptions o = {.target = "kind"};
    assert_int_equal(parse_as("a,kind,b\n1,red,2\n3,blue,-4e1\n.5,red,+6\n", &o, &csv), NB_OK);
    assert_int_equal(csv.rows, 3);
    assert_numbers(csv.x, "3,2", NUMBERS(1, 2, 3, -40, 0.5, 6));
    assert_numbers(csv.t, "3", NUMBERS(0, 1, 0));
    assert_int_equal(csv.ncolumns, 2);
    assert_string_equal(csv.column[1], "b");
    assert_string_equal(csv.target, "kind");
    assert_int_equal(csv.nlabels, 2);
    assert_string_equal(csv.label[0], "red");
    assert_string_equal(csv.label[1], "blue");
    nb_csv_clear(&csv);
    assert_null(csv.x);
}

static void numbers_of_a_target_stay_as_they_are(void **state)
{
    (void)state;
    NbCsv csv;
    const NbCsvOptions o = {.target_index = -1};
    assert_int_equal(parse_as("1,2,7\n3,4,5", &o, &csv), NB_OK);
    assert_numbers(csv.x, "2,2", NUMBERS(1, 2, 3, 4));
    assert_numbers(csv.t, "2", NUMBERS(7, 5));
    assert_int_equal(csv.nlabels, 0);
    assert_string_equal(csv.target, "c3");
    nb_csv_clear(&csv);
}

static void quotes_may_hold_separators_line_ends_and_quotes(void **state)
{
    (void)state;
    NbCsv csv;
    const NbCsvOptions o = {.target_index = 2};
    const char *text = "\xef\xbb\xbf\"a, \"\"b\"\"\",t\r\n1,\"x\r\ny\"\r\n\r\n \"2\" ,\"p,q\"\r\n";
    assert_int_equal(parse_as(text, &o, &csv), NB_OK);
    assert_string_equal(csv.column[0], "a, \"b\"");
    assert_numbers(csv.x, "2,1", NUMBERS(1, 2));
    assert_string_equal(csv.label[0], "x\r\ny");
    assert_string_equal(csv.label[1], "p,q");
    nb_csv_clear(&csv);
}

static void separators_are_guessed(void **state)
{
    (void)state;
    NbCsv csv;
    assert_int_equal(parse_as("1;2\n3;4\n", NULL, &csv), NB_OK);
    assert_numbers(csv.x, "2,2", NUMBERS(1, 2, 3, 4));
    assert_null(csv.t);
    nb_csv_clear(&csv);
    assert_int_equal(parse_as("a\tb\n1\t2\n", NULL, &csv), NB_OK);
    assert_numbers(csv.x, "1,2", NUMBERS(1, 2));
    nb_csv_clear(&csv);
    const NbCsvOptions o = {.separator = '|', .header = NB_CSV_HEADER};
    assert_int_equal(parse_as("1|2\n3|4\n", &o, &csv), NB_OK);
    assert_numbers(csv.x, "1,2", NUMBERS(3, 4));
    nb_csv_clear(&csv);
}

static void missing_values_are_an_error_or_nan(void **state)
{
    (void)state;
    NbCsv csv;
    const NbCsvOptions o = {.missing_nan = true, .target_index = 3};
    assert_int_equal(parse_as("1,2,3\n,NA,?\n4,nan,", &o, &csv), NB_OK);
    assert_numbers(csv.x, "3,2", NUMBERS(1, 2, NAN, NAN, 4, NAN));
    assert_numbers(csv.t, "3", NUMBERS(3, NAN, NAN));
    nb_csv_clear(&csv);
    assert_int_equal(parse_as("a,b\n1,2\n3,\n", NULL, &csv), NB_EVALUE);
    assert_error(csv.x, "csv: f.csv:3: column 2 (b): the value is missing",
                 "missing=\"nan\" reads it as nan");
    const NbCsvOptions t = {.target = "b"};
    assert_int_equal(parse_as("a,b\n1,NA\n3,1\n", &t, &csv), NB_EVALUE);
    assert_error(csv.x, "csv: f.csv:2: column 2 (b): the value is missing", NULL);
    assert_int_equal(parse_as("a,b\n1,NA\n3,x\n", &t, &csv), NB_OK); /* a label like any other */
    assert_string_equal(csv.label[0], "NA");
    nb_csv_clear(&csv);
}

static void bad_text_is_reported_with_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } row[] = {
        {"a,b\n1,2\n\n3,x\n", "csv: f.csv:4: column 2 (b): \"x\" is not a number"},
        {"a,b\n1,2\n3\n", "csv: f.csv:3: 1 field, expected 2"},
        {"a,b\n1,2,3\n", "csv: f.csv:2: 3 fields, expected 2"},
        {"a,b\n1,\"2\n", "csv: f.csv:2: column 2: the quote is not closed"},
        {"a,b\n1,\"2\"3\n", "csv: f.csv:2: column 2: text after the closing quote"},
        {"\"a\nb\",c\n1,2\n1,y\n", "csv: f.csv:4: column 2 (c): \"y\" is not a number"},
        {"1;2,5\n", "csv: f.csv:1: column 2 (c2): \"2,5\" is not a number"},
        {"1,--2\n", "csv: f.csv:1: column 2 (c2): \"--2\" is not a number"},
        {"1,2e\n", "csv: f.csv:1: column 2 (c2): \"2e\" is not a number"},
        {"", "csv: f.csv is empty"},
        {"\n\r\n", "csv: f.csv is empty"},
        {"a,b\n", "csv: f.csv has no rows"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        NbCsv csv;
        assert_int_not_equal(parse_as(row[i].text, NULL, &csv), NB_OK);
        assert_error(csv.x, row[i].message, NULL);
    }
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    static const char utf16[] = "\xff\xfex\0\n\0001\0", inside[] = "x,y\n1,2\n3,\0004\n";
    NbCsv csv;
    assert_int_equal(nb_csv_parse(ctx, utf16, sizeof utf16 - 1, "f.csv", NULL, &csv), NB_ESYNTAX);
    assert_error(NULL, "csv: f.csv:1: a zero byte: this is no text in UTF-8",
                 "spreadsheets save as \"CSV UTF-8\"");
    assert_int_equal(nb_csv_parse(ctx, inside, sizeof inside - 1, "f.csv", NULL, &csv), NB_ESYNTAX);
    assert_error(NULL, "csv: f.csv:3: a zero byte: this is no text in UTF-8", NULL);
    static const char *const latin[] = {"x,y\n1,M\xfcller\n", "x\n1\xc3", "x\n1,\xed\xa0\x80\n"};
    static const char *const told[] = {"2: the byte fc", "2: the byte c3", "2: the byte ed"};
    for (size_t i = 0; i < sizeof latin / sizeof *latin; i++) {
        char wanted[120];
        snprintf(wanted, sizeof wanted,
                 "csv: f.csv:%s is not UTF-8; the file may be in Latin-1 (ISO-8859-1)", told[i]);
        assert_int_equal(parse_as(latin[i], NULL, &csv), NB_ESYNTAX);
        assert_error(NULL, wanted, "iconv -f latin1 -t utf8 OLD > NEW, or save as \"CSV UTF-8\"");
    }
    assert_int_equal(nb_csv_read(ctx, "/nowhere/f.csv", NULL, &csv), NB_EIO);
    assert_error(NULL, "csv: cannot read /nowhere/f.csv: there is no such file", NULL);
}

static void targets_that_do_not_exist_are_named(void **state)
{
    (void)state;
    NbCsv csv;
    const NbCsvOptions name = {.target = "kind"}, number = {.target_index = 3};
    assert_int_equal(parse_as("a,b\n1,2\n", &name, &csv), NB_ENAME);
    assert_error(csv.x, "csv: f.csv has no column kind", "the first is a, the last b");
    assert_int_equal(parse_as("a,b\n1,2\n", &number, &csv), NB_EINDEX);
    assert_error(csv.x, "csv: f.csv has 2 columns, not a column 3", NULL);
    assert_int_equal(nb_csv_read(ctx, "/nowhere/f.csv", NULL, &csv), NB_EIO);
    assert_error(csv.x, "csv: cannot read /nowhere/f.csv: there is no such file", NULL);
}

static void numbers_are_read_as_strtod_reads_them(void **state)
{
    (void)state;
    static const char *const text[] = {"0.1",
                                       "-0",
                                       "123456789012345678901234567890",
                                       "1e-400",
                                       "1e400",
                                       "9007199254740993",
                                       "2.2250738585072014e-308",
                                       "0.30000000000000004",
                                       "1.7976931348623157e308",
                                       "5e-324",
                                       "1e23",
                                       "00012.500",
                                       "3."};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        NbCsv csv;
        assert_int_equal(parse_as(text[i], NULL, &csv), NB_OK);
        const double got = at(csv.x, 0), want = strtod(text[i], NULL);
        assert_memory_equal(&got, &want, sizeof got);
        nb_csv_clear(&csv);
    }
    NbCsv csv;
    assert_int_equal(parse_as("inf,-inf", NULL, &csv), NB_OK);
    assert_true(isinf(at(csv.x, 0)) && at(csv.x, 1) < 0);
    nb_csv_clear(&csv);
}

static void a_million_rows_take_seconds_at_most(void **state)
{
    (void)state;
    enum { ROWS = 1000000 };
    char *text = malloc((size_t)ROWS * 40), *p = text;
    for (int i = 0; i < ROWS; i++) {
        p += sprintf(p, "%d.%03d,%d,0.5,%s\n", i % 97, i % 1000, i, i % 3 ? "one" : "other");
    }
    const NbCsvOptions o = {.target_index = -1};
    NbCsv csv;
    const clock_t begin = clock();
    assert_int_equal(nb_csv_parse(ctx, text, (size_t)(p - text), "f.csv", &o, &csv), NB_OK);
    const double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    assert_int_equal(csv.rows, ROWS);
    assert_int_equal(csv.nlabels, 2);
    assert_close(at(csv.x, 3 * 999999 + 1), 999999, 0);
    assert_true(seconds < 10);
    if (getenv("VERBOSE")) {
        print_message("%d rows in %.2f s\n", ROWS, seconds);
    }
    nb_csv_clear(&csv);
    free(text);
}

static void failing_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    bool refused = true;
    const NbCsvOptions o = {.target = "t"};
    for (uint64_t n = 1; refused && n < 200; n++) {
        NbCtx *keep = ctx;
        ctx = nb_ctx_new();
        NbCsv csv;
        test_fail_allocation(n);
        NbStatus s = parse_as("a,t\n1,x\n2,y\n", &o, &csv);
        NbVar *x = NULL, *t = NULL;
        NbLoader *l = s == NB_OK ? nb_batches(ctx, csv.x, csv.t, 1, true) : NULL;
        s = l ? nb_loader_next(l, &x, &t) : NB_EMEM;
        refused = test_fail_allocation(0);
        assert_true(refused ? nb_ctx_err(ctx)->code == NB_EMEM : s == NB_OK);
        nb_var_unref(&x);
        nb_var_unref(&t);
        nb_loader_unref(&l);
        nb_csv_clear(&csv);
        assert_int_equal(nb_ctx_live_nodes(ctx), 0);
        nb_ctx_free(&ctx);
        ctx = keep;
    }
    assert_false(refused);
}

/* --- loaders --- */

/* A const (n, width) of 0, 1, 2, … */
static NbVar *counting(int n, int width)
{
    const NbShape s = nb_shape(width > 0 ? 2 : 1, n, width);
    NbTensor *t = nb_tensor_new(&s, NULL);
    for (int64_t i = 0; i < t->size; i++) {
        t->data[i] = (double)i;
    }
    return nb_var_tensor(ctx, t, NB_CONST);
}

static void batches_give_every_row_once_in_order(void **state)
{
    (void)state;
    NbVar *x = counting(7, 2), *t = counting(7, 0), *bx, *bt;
    NbLoader *l = nb_batches(ctx, x, t, 3, false);
    assert_int_equal(nb_loader_parts(l), 3);
    for (int pass = 0; pass < 2; pass++) {
        int row = 0;
        while (nb_loader_next(l, &bx, &bt) == NB_OK && bx) {
            for (int i = 0; i < nb_var_shape(bx)->dim[0]; i++, row++) {
                assert_close(at(bx, 2 * i), 2 * row, 0);
                assert_close(at(bt, i), row, 0);
            }
            assert_int_equal(nb_var_kind(bx), NB_CONST);
            nb_var_unref(&bx);
            nb_var_unref(&bt);
        }
        assert_int_equal(row, 7);
    }
    nb_loader_unref(&l);
    nb_var_unref(&x);
    nb_var_unref(&t);
}

static void shuffled_batches_keep_rows_and_labels_together(void **state)
{
    (void)state;
    NbVar *x = counting(50, 2), *t = counting(50, 0), *bx, *bt;
    NbLoader *l = nb_batches(ctx, x, t, 8, true);
    double order[2][50];
    for (int pass = 0; pass < 2; pass++) {
        bool seen[50] = {false};
        int n = 0;
        while (nb_loader_next(l, &bx, &bt) == NB_OK && bx) {
            for (int i = 0; i < nb_var_shape(bt)->dim[0]; i++) {
                const int row = (int)at(bt, i);
                assert_close(at(bx, 2 * i + 1), 2 * row + 1, 0);
                assert_false(seen[row]);
                seen[row] = true;
                order[pass][n++] = row;
            }
            nb_var_unref(&bx);
            nb_var_unref(&bt);
        }
        assert_int_equal(n, 50);
    }
    assert_memory_not_equal(order[0], order[1], sizeof order[0]);
    nb_loader_unref(&l);
    nb_var_unref(&x);
    nb_var_unref(&t);
}

static void sequences_run_side_by_side(void **state)
{
    (void)state;
    NbVar *x = counting(11, 1), *bx, *bt;
    NbLoader *l = nb_sequences(ctx, x, NULL, 3);
    assert_int_equal(nb_loader_parts(l), 3);
    for (int k = 0; k < 3; k++) {
        assert_int_equal(nb_loader_next(l, &bx, &bt), NB_OK);
        assert_numbers(bx, "3,1", NUMBERS(k, 3 + k, 6 + k));
        assert_numbers(bt, "3,1", NUMBERS(k + 1, 4 + k, 7 + k));
        nb_var_unref(&bx);
        nb_var_unref(&bt);
    }
    assert_int_equal(nb_loader_next(l, &bx, &bt), NB_OK);
    assert_null(bx);
    nb_loader_unref(&l);
    nb_var_unref(&x);
}

static void rows_of_a_leaf_are_copied(void **state)
{
    (void)state;
    NbVar *x = var_of("2", NUMBERS(1, 2), NB_LEAF), *bx, *bt;
    NbLoader *l = nb_batches(ctx, x, x, 2, false);
    nb_loader_next(l, &bx, &bt);
    nb_var_write_begin(x)[0] = 5;
    nb_var_write_end(x);
    assert_close(at(bx, 0), 1, 0);
    nb_var_unref(&bx);
    nb_var_unref(&bt);
    nb_loader_unref(&l);
    nb_var_unref(&x);
}

static void loaders_refuse_what_does_not_fit(void **state)
{
    (void)state;
    NbVar *x = counting(4, 2), *t = counting(3, 0), *one = var_of("", NUMBERS(1), NB_CONST);
    assert_null(nb_batches(ctx, x, t, 2, false));
    assert_error(NULL, "batches: {0} (4, 2) and {1} (3,) have different numbers of rows", NULL);
    assert_null(nb_batches(ctx, x, x, 0, false));
    assert_error(NULL, "batches: size must be at least 1, got 0", NULL);
    assert_null(nb_batches(ctx, one, one, 1, false));
    assert_error(NULL, "batches: {0} () has no rows", NULL);
    assert_null(nb_sequences(ctx, x, NULL, 4));
    assert_error(NULL, "sequences: 4 rows are too few for 4 sequences and the row after them",
                 NULL);
    nb_var_unref(&x);
    nb_var_unref(&t);
    nb_var_unref(&one);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static const struct CMUnitTest tests[] = {
    TEST(moons_without_noise_are_half_circles),
    TEST(other_sets_have_the_shapes_and_labels_of_their_records),
    TEST(points_of_xor_are_the_numbers_of_the_seed),
    TEST(noise_has_the_given_deviation_and_follows_the_seed),
    TEST(a_hundred_labels_keep_their_numbers),
    TEST(bad_sizes_noise_and_functions_are_errors),
    TEST(curve_takes_any_function_of_a_number),
    TEST(columns_are_named_by_the_header_and_text_becomes_labels),
    TEST(numbers_of_a_target_stay_as_they_are),
    TEST(quotes_may_hold_separators_line_ends_and_quotes),
    TEST(separators_are_guessed),
    TEST(missing_values_are_an_error_or_nan),
    TEST(bad_text_is_reported_with_line_and_column),
    TEST(bytes_that_are_no_text_are_refused),
    TEST(targets_that_do_not_exist_are_named),
    TEST(numbers_are_read_as_strtod_reads_them),
    TEST(a_million_rows_take_seconds_at_most),
    TEST(failing_allocations_leave_nothing_behind),
    TEST(batches_give_every_row_once_in_order),
    TEST(shuffled_batches_keep_rows_and_labels_together),
    TEST(sequences_run_side_by_side),
    TEST(rows_of_a_leaf_are_copied),
    TEST(loaders_refuse_what_does_not_fit),
};

NB_TEST_MAIN(tests)
