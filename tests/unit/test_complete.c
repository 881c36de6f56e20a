/* test_complete.c -- completion of names, attributes, options, settings, files; history */
#include "prompt.h"

#include "repl/session/complete.h"
#include "repl/session/history.h"
#include "repl/session/names.h"

/* Words offered at the end of a line, in a row with blanks between. */
static const char *offered(Prompt *p, const char *line)
{
    Completion c;
    int end = (int)strlen(line), start = end;
    while (start > 0 && !strchr(COMPLETE_BREAKS, line[start - 1])) {
        start--;
    }
    complete(p->s, line, start, end, &c);
    p->out[0] = '\0';
    for (int i = 0; i < c.n; i++) {
        size_t n = strlen(p->out);
        snprintf(p->out + n, sizeof p->out - n, "%s%s", i ? " " : "", c.word[i]);
    }
    if (c.files) {
        snprintf(p->out, sizeof p->out, "files");
    }
    completion_free(&c);
    return p->out;
}

static void names_of_the_session_and_commands_are_offered(void **state)
{
    prompt_run(*state, "unusual = 2");
    assert_string_equal(offered(*state, "unu"), "unusual");
    assert_string_equal(offered(*state, "x = 2; clearg"), "cleargrad");
    assert_string_equal(offered(*state, "testm"), "testmode");
    assert_string_equal(offered(*state, "y = logsum"), "logsumexp");
}

static void attributes_follow_a_dot(void **state)
{
    prompt_run(*state, "x = 2\nopt = momentum(x)");
    assert_string_equal(offered(*state, "x.gr"), "x.grad");
    assert_string_equal(offered(*state, "opt.l"), "opt.lr");
    assert_string_equal(offered(*state, "opt.mom"), "opt.momentum");
    assert_string_equal(offered(*state, "opt.beta"), "");
}

static void options_belong_to_the_command_or_the_open_call(void **state)
{
    prompt_run(*state, "x = 2");
    assert_string_equal(offered(*state, "backward f, see"), "seed= seed");
    assert_string_equal(offered(*state, "opt = sgd(x, lr=0.1, momen"), "momentum= momentum");
    assert_string_equal(offered(*state, "y = sum(x, keep"), "keepdims=");
    assert_string_equal(offered(*state, "y = sum(x); keep"), "");
    assert_string_equal(offered(*state, "y = sum(exp(x), keep"), "keepdims=");
    assert_string_equal(offered(*state, "y = sum([1, 2], keep"), "keepdims=");
    assert_string_equal(offered(*state, "y = sum((x + 1), keep"), "keepdims=");
    assert_string_equal(offered(*state, "{ y = sum(x, keep"), "keepdims=");
}

static void behind_a_bracket_options_and_variables_are_offered(void **state)
{
    prompt_run(*state, "x, y = 2, 3");
    assert_string_equal(offered(*state, "opt = sgd("),
                        "lr= momentum= dampening= nesterov= weight_decay= hooks= x y");
    assert_string_equal(offered(*state, "y = sum(x, "), "axis= keepdims= x y");
    assert_non_null(strstr(offered(*state, "z = "), "sin"));
    assert_non_null(strstr(offered(*state, "z = sin("), "cos")); /* without options: everything */
}

static void help_offers_names_and_groups(void **state)
{
    assert_non_null(strstr(offered(*state, "help grap"), "graph"));
    assert_string_equal(offered(*state, "help activ"), "activations");
    assert_string_equal(offered(*state, "help explai"), "explaining explain");
}

static void a_word_too_long_to_be_a_name_gets_nothing(void **state)
{
    char line[5000];
    memset(line, 'u', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    assert_string_equal(offered(*state, line), "");
}

static void set_offers_settings_and_their_values(void **state)
{
    assert_string_equal(offered(*state, "set uni"), "unicode");
    assert_string_equal(offered(*state, "set theme "), "light dark");
    assert_string_equal(offered(*state, "set digits "), "full");
}

static void wrong_offers_the_mistakes_it_makes(void **state)
{
    assert_string_equal(offered(*state, "wrong ov"), "overwrite,");
    assert_string_equal(offered(*state, "wrong noc"), "noclear,");
}

static void files_are_offered_in_quotes_of_commands_that_take_one(void **state)
{
    assert_string_equal(offered(*state, "load \"les"), "files");
    assert_string_equal(offered(*state, "export 'les"), "files");
    assert_string_equal(offered(*state, "print \"les"), "");
    assert_string_equal(offered(*state, "print \"a\", unu"), "");
    assert_string_equal(offered(*state, "lesson \"my folder/a-"), "files");
    assert_string_equal(offered(*state, "load \"a\\\"b"), "files"); /* the quote goes on */
    assert_string_equal(offered(*state, "x = 'a'; load 'b"), "files");
}

static void the_nearest_name_differs_in_few_places(void **state)
{
    (void)state;
    const char *best = NULL;
    int least = name_far("bakcward");
    name_nearer("bakcward", "forward", &best, &least);
    name_nearer("bakcward", "backward", &best, &least);
    assert_string_equal(best, "backward");
    best = NULL;
    least = name_far("zq");
    name_nearer("zq", "ab", &best, &least);
    assert_null(best);
}

/* --- history --- */

static History *reopen(History *h)
{
    history_free(&h);
    h = history_new();
    history_load(h);
    return h;
}

static void history_survives_with_inputs_of_several_lines(void **state)
{
    (void)state;
    char path[] = "/tmp/nabla-history-XXXXXX";
    close(mkstemp(path));
    setenv("NABLA_HISTORY", path, 1);
    History *h = reopen(NULL);
    assert_true(history_add(h, "x = 2"));
    assert_false(history_add(h, "x = 2"));
    assert_false(history_add(h, "  \n"));
    assert_true(history_add(h, "repeat 2 {\n\tx\n}"));
    h = reopen(h);
    assert_int_equal(history_count(h), 2);
    assert_string_equal(history_at(h, 0), "x = 2");
    assert_string_equal(history_at(h, 1), "repeat 2 {\n\tx\n}");
    history_free(&h);
    remove(path);
}

static void history_keeps_the_newest_lines(void **state)
{
    (void)state;
    char path[] = "/tmp/nabla-history-XXXXXX", line[32];
    FILE *f = fdopen(mkstemp(path), "w");
    for (int i = 0; i < 2 * HISTORY_LINES; i++) {
        fprintf(f, "x = %d\n", i);
    }
    fclose(f);
    setenv("NABLA_HISTORY", path, 1);
    History *h = reopen(reopen(NULL));
    assert_int_equal(history_count(h), HISTORY_LINES);
    snprintf(line, sizeof line, "x = %d", 2 * HISTORY_LINES - 1);
    assert_string_equal(history_at(h, HISTORY_LINES - 1), line);
    history_free(&h);
    remove(path);
}

static const struct CMUnitTest tests[] = {
    PROMPT_TEST(names_of_the_session_and_commands_are_offered),
    PROMPT_TEST(attributes_follow_a_dot),
    PROMPT_TEST(options_belong_to_the_command_or_the_open_call),
    PROMPT_TEST(behind_a_bracket_options_and_variables_are_offered),
    PROMPT_TEST(help_offers_names_and_groups),
    PROMPT_TEST(a_word_too_long_to_be_a_name_gets_nothing),
    PROMPT_TEST(set_offers_settings_and_their_values),
    PROMPT_TEST(wrong_offers_the_mistakes_it_makes),
    PROMPT_TEST(files_are_offered_in_quotes_of_commands_that_take_one),
    cmocka_unit_test(the_nearest_name_differs_in_few_places),
    cmocka_unit_test(history_survives_with_inputs_of_several_lines),
    cmocka_unit_test(history_keeps_the_newest_lines),
};

NB_TEST_MAIN(tests)
