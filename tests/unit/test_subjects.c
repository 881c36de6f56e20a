/* test_subjects.c -- help: where to begin, subjects in words of the field, guesses */
#include "prompt.h"

#include <dirent.h>

#include "repl/cmd/subjects.h"

static RunEnd ask(Prompt *p, const char *word)
{
    char line[160];
    snprintf(line, sizeof line, "help %s", word);
    return prompt_run(p, line);
}

/* The i-th of words with blanks between, its _ as blanks; false behind the last. */
static bool word_at(const char *words, int i, char *word, size_t cap)
{
    for (; i > 0 && *words; i--) {
        words += strcspn(words, " ");
        words += *words == ' ';
    }
    const size_t n = strcspn(words, " ");
    snprintf(word, cap, "%.*s", (int)n, words);
    for (char *c = word; *c; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    return n > 0;
}

static void every_word_of_every_subject_is_answered(void **state)
{
    char word[64];
    int words = 0;
    for (int i = 0; i < subject_count(); i++) {
        for (int k = 0; word_at(subject_at(i)->words, k, word, sizeof word); k++, words++) {
            if (ask(*state, word) != RUN_OK) {
                fail_msg("help %s: %s", word, ((Prompt *)*state)->err);
            }
        }
    }
    assert_true(subject_count() >= 80 && words >= 300);
}

static void no_word_belongs_to_two_subjects(void **state)
{
    (void)state;
    char word[64];
    for (int i = 0; i < subject_count(); i++) {
        for (int k = 0; word_at(subject_at(i)->words, k, word, sizeof word); k++) {
            const HelpSubject *found = subject_find(word);
            if (found != subject_at(i)) {
                fail_msg("%s: also of \"%s\"", word, found ? found->words : "nobody");
            }
        }
    }
}

/* Whether a lesson of this number is shipped. */
static bool is_lesson(int number)
{
    const char *folder = getenv("NABLA_LESSONS");
    DIR *d = opendir(folder && folder[0] ? folder : "samples/lessons");
    bool found = false;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        found |= e->d_name[0] >= '0' && e->d_name[0] <= '9' && atoi(e->d_name) == number;
    }
    closedir(d);
    return found;
}

/* Names of a program with more commands may stand there too; one at least has help. */
static void every_subject_leads_somewhere(void **state)
{
    char word[64];
    for (int i = 0; i < subject_count(); i++) {
        const HelpSubject *h = subject_at(i);
        int known = 0;
        for (int k = 0; word_at(h->see, k, word, sizeof word); k++) {
            known += ask(*state, word) == RUN_OK;
        }
        if (known == 0 || (h->lesson && !is_lesson(h->lesson))) {
            fail_msg("%s: leads nowhere", h->words);
        }
    }
}

/* Words that once led to another meaning: png to and, loss to lists, leaf to def. */
static void a_guess_is_a_slip_of_the_fingers_alone(void **state)
{
    static const char *const far[] = {"nowhere", "zzz",  "bed",   "hot",
                                      "tea",     "bold", "spend", "gin"};
    static const char *const slips[][2] = {{"sinn", "sin"},
                                           {"grahp", "graph"},
                                           {"backwrd", "backward"},
                                           {"minimze", "minimize"},
                                           {"exprot", "export"},
                                           {"momentun", "momentum"},
                                           {"broadcsting", "broadcasting"}};
    Prompt *p = *state;
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
        assert_int_not_equal(ask(p, far[i]), RUN_OK);
        if (strstr(p->err, "did you mean")) {
            fail_msg("%s: %s", far[i], p->err);
        }
    }
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        char hint[64];
        assert_int_not_equal(ask(p, slips[i][0]), RUN_OK);
        snprintf(hint, sizeof hint, "did you mean %s?", slips[i][1]);
        if (!strstr(p->err, hint)) {
            fail_msg("%s: %s", slips[i][0], p->err);
        }
    }
}

static int lines_of(const char *text)
{
    int n = 0;
    for (; *text; text++) {
        n += *text == '\n';
    }
    return n;
}

static void help_alone_says_where_to_begin_on_one_screen(void **state)
{
    Prompt *p = *state;
    assert_int_equal(prompt_run(p, "help"), RUN_OK);
    assert_true(lines_of(p->out) <= 16);
    assert_non_null(strstr(p->out, "lesson"));
    assert_non_null(strstr(p->out, "help all"));
    assert_int_equal(prompt_run(p, "help all"), RUN_OK);
    assert_true(lines_of(p->out) > 16);
}

static void signs_and_subjects_of_several_words_are_asked_for(void **state)
{
    static const char *const asked[][2] = {{"help =", "x, y = 2, 3"},
                                           {"help :=", "in place"},
                                           {"?=", "x, y = 2, 3"},
                                           {"help learning rate", "lr=0.1"},
                                           {"?chain rule", "explain x"},
                                           {"help Gradient Descent", "sgd"},
                                           {"help examples", "lesson"},
                                           {"help start", "lesson 1"},
                                           {"loss = 2; help loss", "cross_entropy"}};
    Prompt *p = *state;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        if (prompt_run(p, asked[i][0]) != RUN_OK || !strstr(p->out, asked[i][1])) {
            fail_msg("%s: %s%s", asked[i][0], p->out, p->err);
        }
    }
    assert_int_not_equal(prompt_run(p, "help = 3"), RUN_OK);
    assert_non_null(strstr(p->err, "choose another name"));
}

static const struct CMUnitTest tests[] = {
    PROMPT_TEST(every_word_of_every_subject_is_answered),
    PROMPT_TEST(every_subject_leads_somewhere),
    PROMPT_TEST(a_guess_is_a_slip_of_the_fingers_alone),
    PROMPT_TEST(help_alone_says_where_to_begin_on_one_screen),
    PROMPT_TEST(signs_and_subjects_of_several_words_are_asked_for),
    cmocka_unit_test(no_word_belongs_to_two_subjects),
};

NB_TEST_MAIN(tests)
