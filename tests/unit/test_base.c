/* test_base.c -- numbers and tensors as text that reads back, how wide text is, places of files */
#include "test.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <nabla/format.h>
#include <nabla/rng.h>
#include <nabla/tensor.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/text.h"

static const char *text(double x, int digits)
{
    static char buf[64];
    return nb_format_number(x, digits, buf, sizeof buf);
}

static void numbers_print_with_the_digits_asked_for(void **state)
{
    (void)state;
    assert_string_equal(text(256.9947240016001, 6), "256.995");
    assert_string_equal(text(-0.0, 6), "0");
    assert_string_equal(text(10, 6), "10");
    assert_string_equal(text(NAN, 6), "nan");
    assert_string_equal(text(-INFINITY, 6), "-inf");
    assert_string_equal(text(1.0 / 3, 3), "0.333");
}

static void full_digits_are_the_shortest_that_read_back(void **state)
{
    (void)state;
    assert_string_equal(text(0.1, NB_DIGITS_FULL), "0.1");
    assert_string_equal(text(0.040000000000000036, NB_DIGITS_FULL), "0.040000000000000036");
    assert_string_equal(text(5e-324, NB_DIGITS_FULL), "5e-324");
    assert_string_equal(text(100000, NB_DIGITS_FULL), "100000");
    assert_string_equal(text(-0.0, NB_DIGITS_FULL), "0");
    assert_string_equal(text(-1.5, NB_DIGITS_FULL), "-1.5");
    assert_string_equal(text(DBL_MAX, NB_DIGITS_FULL), "1.7976931348623157e+308");
    assert_string_equal(text(9007199254740993.0, NB_DIGITS_FULL), "9007199254740992");
    assert_string_equal(text(0x1p-44, NB_DIGITS_FULL), "5.684341886080802e-14");
    assert_string_equal(text(0x1p89, NB_DIGITS_FULL), "6.189700196426902e+26");
    assert_string_equal(text(1e23, NB_DIGITS_FULL), "1e+23");
    assert_string_equal(text(0.0001, NB_DIGITS_FULL), "0.0001");
    assert_string_equal(text(0.00001, NB_DIGITS_FULL), "1e-05");
    assert_string_equal(text(999999999999999.9, NB_DIGITS_FULL), "999999999999999.9");
}

static int digits_in(const char *s)
{
    int n = 0, zeros = 0;
    for (; *s && *s != 'e'; s++) {
        zeros = *s == '0' ? zeros + 1 : *s == '.' || *s == '-' ? zeros : 0;
        n += *s != '.' && *s != '-' && (n > 0 || *s != '0');
    }
    return n > zeros ? n - zeros : n;
}

/* The two decimals of n digits around x, from one more digit than any decimal needs. */
static bool some_decimal_reads_back(double x, int n)
{
    char exact[800], cut[40];
    snprintf(exact, sizeof exact, "%.780e", fabs(x));
    long long digits = exact[0] - '0';
    for (int i = 1; i < n; i++) {
        digits = 10 * digits + (exact[i + 1] - '0');
    }
    int exponent = (int)strtol(strchr(exact, 'e') + 1, NULL, 10) - n + 1;
    for (int up = 0; up < 2; up++) {
        snprintf(cut, sizeof cut, "%llde%d", digits + up, exponent);
        if (strtod(cut, NULL) == fabs(x)) {
            return true;
        }
    }
    return false;
}

static void check_shortest(double x)
{
    if (!isfinite(x) || x == 0) {
        return;
    }
    const char *s = text(x, NB_DIGITS_FULL);
    int n = digits_in(s);
    if (strtod(s, NULL) != x || (n > 1 && some_decimal_reads_back(x, n - 1))) {
        fail_msg("%s is not the shortest of %a", s, x);
    }
}

static void no_shorter_text_reads_back(void **state)
{
    (void)state;
    NbRng r;
    nb_rng_seed(&r, 3, 4);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = nb_rng_u64(&r);
        double x;
        memcpy(&x, &bits, sizeof x);
        check_shortest(x);
        check_shortest(ldexp(nb_rng_uniform(&r), -1022)); /* subnormal */
        check_shortest(nb_rng_uniform(&r));
        check_shortest(round(1e6 * nb_rng_uniform(&r)) / 1e4);
    }
    for (int e = -1074; e < 1024; e++) {
        check_shortest(ldexp(1, e));
        check_shortest(nextafter(ldexp(1, e), INFINITY));
        check_shortest(-nextafter(ldexp(1, e), 0));
    }
    for (int e = -323; e < 309; e++) {
        char s[16];
        snprintf(s, sizeof s, "1e%d", e);
        check_shortest(strtod(s, NULL));
    }
}

static void tensors_print_as_the_language_writes_them(void **state)
{
    (void)state;
    double x[] = {1, 2, 3, 4, 5, 6};
    NbShape s = nb_shape(2, 2, 3);
    NbTensor *t = nb_tensor_from(&s, x, NULL);
    char buf[100];
    nb_format_tensor(t, 6, 0, 0, buf, sizeof buf);
    assert_string_equal(buf, "[[1, 2, 3], [4, 5, 6]]");
    nb_format_tensor(t, 6, 4, 1, buf, sizeof buf);
    assert_string_equal(buf, "[[1, 2, 3], [4, ...]]");
    assert_int_equal(nb_format_tensor(t, 6, 0, 0, buf, 5), 22);
    assert_string_equal(buf, "[[1,");
    nb_tensor_unref(&t);
}

static void check_field(const char *text, const char *want)
{
    char got[80];
    assert_int_equal(nb_format_field(text, got, sizeof got), strlen(want));
    assert_string_equal(got, want);
    assert_int_equal(nb_format_field(text, got, 3), strlen(want));
    assert_int_equal(strncmp(got, want, 2), 0);
}

static void fields_of_tables_are_quoted_and_never_formulas(void **state)
{
    (void)state;
    check_field("loss", "loss");
    check_field("a,b", "\"a,b\"");
    check_field("say \"x\"", "\"say \"\"x\"\"\"");
    check_field("-1.5e-7", "-1.5e-7");
    check_field("-inf", "-inf");
    check_field("-sin(x)", "\"'-sin(x)\"");
    check_field("=1+2", "\"'=1+2\"");
    check_field("@sum", "\"'@sum\"");
    check_field("\t=1", "\"'\t=1\"");
    check_field("a\xffz", "a\xef\xbf\xbdz");
}

static void text_width_counts_columns_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(nb_text_width("∂f/∂x₁"), 6);
    assert_int_equal(nb_text_width("θ̂"), 1);
    assert_int_equal(nb_text_width("漢字"), 4);
    assert_int_equal(nb_text_width("अ𝐱"), 2); /* first bytes E0 and F0 */
    assert_int_equal(nb_text_width("\xff\xfe"), 2);
}

static void expect_shown(const char *text, const char *expected)
{
    char all[64] = "", shown[8];
    while (*text) {
        text += nb_text_visible(text, shown);
        strcat(all, shown);
    }
    assert_string_equal(all, expected);
}

static void control_characters_are_shown(void **state)
{
    (void)state;
    expect_shown("plain ∂f/∂x₁ 漢 𝛁\n\t", "plain ∂f/∂x₁ 漢 𝛁\n\t");
    expect_shown("\033[31m\001\177\r", "^[[31m^A^?^M");
    expect_shown("\xc2\x9b"
                 "1m\xc2\xa0",
                 "\\x9b1m\xc2\xa0");
    expect_shown("\x9b\xe2\x82", "\\x9b\\xe2\\x82");
}

static void check_state(const char *state, const char *home, size_t cap, const char *want)
{
    char path[64];
    state ? setenv("XDG_STATE_HOME", state, 1) : unsetenv("XDG_STATE_HOME");
    home ? setenv("HOME", home, 1) : unsetenv("HOME");
    assert_int_equal(nb_state_path("history", path, cap), want[0] != '\0');
    assert_string_equal(path, want);
}

static void files_for_the_next_run_have_a_place_or_none(void **state)
{
    const char *was = getenv("HOME"), *was_state = getenv("XDG_STATE_HOME");
    char home[256], state_home[256];
    (void)state;
    snprintf(home, sizeof home, "%s", was ? was : "/");
    snprintf(state_home, sizeof state_home, "%s", was_state ? was_state : "");
    check_state("/s", "/h", 64, "/s/nabla/history");
    check_state("relative", "/h", 64, "/h/.local/state/nabla/history");
    check_state(NULL, "/h", 64, "/h/.local/state/nabla/history");
    check_state("", "", 64, "");
    check_state(NULL, NULL, 64, "");
    check_state("/s", NULL, 8, ""); /* too long for the caller */
    setenv("HOME", home, 1);
    setenv("XDG_STATE_HOME", state_home, 1);
}

static void folders_above_a_file_are_made_for_the_person_alone(void **state)
{
    char folder[64] = "/tmp/nabla-state-XXXXXX", path[96];
    struct stat st;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a/b/c", folder);
    nb_state_folders(path);
    nb_state_folders(path); /* they are there already */
    snprintf(path, sizeof path, "%s/a/b", folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof path, "%s/a", folder);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void texts_take_what_is_longer_than_their_own_room(void **state)
{
    char long_one[600];
    (void)state;
    for (int n = 250; n < 262; n++) { /* around the room that printing has of its own */
        Text t = {0};
        memset(long_one, 'x', sizeof long_one);
        long_one[n] = '\0';
        text_printf(&t, "%s", long_one);
        text_printf(&t, "%s", "|");
        assert_int_equal(t.len, n + 1);
        assert_int_equal(strspn(text_str(&t), "x"), n);
        assert_string_equal(text_str(&t) + n, "|");
        text_free(&t);
    }
}

static void a_text_that_lost_a_part_is_empty_and_says_so(void **state)
{
    bool lost = false;
    Text t = text_in(&lost);
    (void)state;
    text_add(&t, "begun");
    text_addn(&t, NULL, 0); /* a text that was never written, added */
    assert_string_equal(t.s, "begun");
    text_addn(&t, "x", SIZE_MAX / 2 + 2); /* no memory holds this */
    assert_true(lost);
    assert_false(text_whole(&t));
    assert_string_equal(text_str(&t), "");
    text_add(&t, "more");
    assert_string_equal(text_str(&t), "");
    text_free(&t);
}

/* --- pipes --- */

static void make_pipe(char *folder, char *path, size_t cap)
{
    assert_non_null(mkdtemp(folder));
    snprintf(path, cap, "%s/p", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
}

static void remove_pipe(const char *folder, const char *path)
{
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static double seconds_of(NbStatus (*work)(const char *path, NbStop stop, NbErr *err),
                         const char *path, NbStop stop, NbStatus expected)
{
    NbErr err = {0};
    double begun = nb_seconds();
    assert_int_equal(work(path, stop, &err), expected);
    return nb_seconds() - begun;
}

static NbStatus write_three(const char *path, NbStop stop, NbErr *err)
{
    return nb_file_write(path, "abc", 3, stop, err);
}

static NbStatus read_three(const char *path, NbStop stop, NbErr *err)
{
    size_t n = 0;
    char *text = nb_file_bytes(path, stop, &n, err);
    bool right = text && n == 3 && memcmp(text, "abc", 4) == 0;
    nb_free(text);
    return right ? NB_OK : err->code;
}

static void a_pipe_that_nobody_reads_is_waited_for_a_moment(void **state)
{
    char folder[] = "/tmp/nabla-pipe-XXXXXX", path[64];
    static volatile sig_atomic_t never, now = 1;
    (void)state;
    alarm(60); /* nothing here may wait for ever */
    make_pipe(folder, path, sizeof path);
    double waited = seconds_of(write_three, path, &never, NB_EIO);
    assert_true(waited > 0.3);
    double stopped = waited;
    for (int i = 0; i < 50 && stopped >= 0.3; i++) { /* a busy machine may hold one up */
        stopped = seconds_of(write_three, path, &now, NB_EIO);
    }
    assert_true(stopped < 0.3);
    assert_true(seconds_of(write_three, path, NULL, NB_EIO) > 0.3);
    alarm(0);
    remove_pipe(folder, path);
}

static void a_reader_or_writer_that_comes_late_is_served(void **state)
{
    char folder[] = "/tmp/nabla-pipe-XXXXXX", path[64];
    static volatile sig_atomic_t never;
    (void)state;
    alarm(60);
    make_pipe(folder, path, sizeof path);
    for (int reads = 0; reads < 2; reads++) {
        pid_t other = fork();
        if (other == 0) {
            NbErr err = {0};
            nanosleep(&(struct timespec){.tv_nsec = 150000000}, NULL);
            _exit((reads ? write_three : read_three)(path, NULL, &err) != NB_OK);
        }
        seconds_of(reads ? read_three : write_three, path, &never, NB_OK);
        int status = 1;
        assert_int_equal(waitpid(other, &status, 0), other);
        assert_int_equal(status, 0);
    }
    alarm(0);
    remove_pipe(folder, path);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(texts_take_what_is_longer_than_their_own_room),
    cmocka_unit_test(a_text_that_lost_a_part_is_empty_and_says_so),
    cmocka_unit_test(a_pipe_that_nobody_reads_is_waited_for_a_moment),
    cmocka_unit_test(a_reader_or_writer_that_comes_late_is_served),
    cmocka_unit_test(files_for_the_next_run_have_a_place_or_none),
    cmocka_unit_test(folders_above_a_file_are_made_for_the_person_alone),
    cmocka_unit_test(control_characters_are_shown),
    cmocka_unit_test(numbers_print_with_the_digits_asked_for),
    cmocka_unit_test(full_digits_are_the_shortest_that_read_back),
    cmocka_unit_test(no_shorter_text_reads_back),
    cmocka_unit_test(tensors_print_as_the_language_writes_them),
    cmocka_unit_test(fields_of_tables_are_quoted_and_never_formulas),
    cmocka_unit_test(text_width_counts_columns_not_bytes),
};

NB_TEST_MAIN(tests)
