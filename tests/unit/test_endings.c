/* test_endings.c -- no command writes a file whose ending belongs to another one */
#include "prompt.h"

#include "repl/cmd/view.h"

/* For files. */
static const char *test_folder(void)
{
    return getenv("NB_TMP") ? getenv("NB_TMP") : "build/tmp";
}

/* Says no, offers `hint`, and leaves what stands there. */
static void refuses(Prompt *p, const char *line, const char *path, const char *hint)
{
    char text[64] = "";
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs("what was there", f) >= 0 && fclose(f) == 0);
    if (prompt_run(p, line) == RUN_OK || !strstr(p->err, hint)) {
        fail_msg("%s: %s%s", line, p->out, p->err);
    }
    f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    remove(path);
    assert_string_equal(text, "what was there");
}

static void saving_refuses(Prompt *p, const char *ending)
{
    char line[200], path[160], upper[16] = "";
    for (size_t i = 0; ending[i] && i + 1 < sizeof upper; i++) {
        upper[i] = (char)(ending[i] >= 'a' && ending[i] <= 'z' ? ending[i] - 32 : ending[i]);
    }
    const char *spelled[] = {ending, upper};
    for (int k = 0; k < 2; k++) {
        snprintf(path, sizeof path, "%s/mine.%s", test_folder(), spelled[k]);
        snprintf(line, sizeof line, "save \"%s\"", path);
        refuses(p, line, path, strcmp(ending, "ipynb") == 0 ? "--to-notebook" : "export \"");
    }
}

/* From the table of formats: a new one is covered the day it is written. */
static void save_refuses_every_ending_of_export(void **state)
{
    char text[256];
    const char *ending;
    prompt_run(*state, "x = 2\nf = x^2");
    for (int i = 0; (ending = view_format(i, text, sizeof text)); i++) {
        if (strcmp(ending, "txt") != 0) {
            saving_refuses(*state, ending);
        }
    }
    static const char *const more[] = {"safetensors", "npz",  "npy",  "jpg",   "jpeg", "bmp",
                                       "webp",        "xlsx", "docx", "ipynb", "pt",   "h5"};
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        saving_refuses(*state, more[i]);
    }
}

static void export_refuses_programs_and_states(void **state)
{
    static const char *const endings[] = {"nabla", "state", "nabla-state", "NABLA"};
    char line[200], path[160];
    prompt_run(*state, "x = 2\nf = x^2");
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(path, sizeof path, "%s/mine.%s", test_folder(), endings[i]);
        snprintf(line, sizeof line, "export \"%s\", f", path);
        refuses(*state, line, path, "save \"");
    }
}

static void save_leaves_what_is_no_state(void **state)
{
    static const char *const names[] = {"lesson.nabla", "list.txt", "notes", "class.dat"};
    char line[200], path[160];
    prompt_run(*state, "x = 2");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", test_folder(), names[i]);
        snprintf(line, sizeof line, "save \"%s\"", path);
        refuses(*state, line, path, "it stays as it is");
        assert_int_equal(prompt_run(*state, line), RUN_OK);
        assert_int_equal(prompt_run(*state, line), RUN_OK); /* a state is written over */
        remove(path);
    }
}

static const struct CMUnitTest tests[] = {
    PROMPT_TEST(save_refuses_every_ending_of_export),
    PROMPT_TEST(export_refuses_programs_and_states),
    PROMPT_TEST(save_leaves_what_is_no_state),
};

NB_TEST_MAIN(tests)
