/* test_shelf.c -- the list of lessons, what is done of each, and going on where one was left */
#include "test.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repl/cmd/table.h"
#include "repl/session/done.h"
#include "repl/session/input.h"
#include "repl/session/player.h"

#include "base/file.h"

#define PATH_CAP 900

/* A person at a prompt, and three lessons in a folder of their own. */
typedef struct Desk {
    Session *s;
    volatile sig_atomic_t interrupt;
    Front front;
    Input *in;
    char out[8192], offered[200];
} Desk;

static char shelf[PATH_CAP], home[PATH_CAP];

static void put(const char *folder, const char *name, const char *text)
{
    char path[2 * PATH_CAP];
    NbErr err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(nb_file_write(path, text, strlen(text), NULL, &err), NB_OK);
}

static void take(void *user, bool err, const char *text, size_t n)
{
    Desk *d = user;
    size_t len = strlen(d->out);
    (void)err;
    assert_true(len + n < sizeof d->out);
    memcpy(d->out + len, text, n);
    d->out[len + n] = '\0';
}

static void offer(void *user, const char *line)
{
    Desk *d = user;
    snprintf(d->offered, sizeof d->offered, "%s", line ? line : "-");
}

static void sit_down(Desk *d)
{
    *d = (Desk){0};
    d->front = (Front){.user = d, .is = FRONT_PERSON, .write = take, .offer = offer};
    d->s = session_new(&commands_kit, &d->interrupt, true);
    assert_true(d->s && session_front(d->s, &d->front));
    d->s->set.echo = true;
    d->in = input_new(d->s);
    input_turn(d->in);
    session_flush(d->s);
    d->out[0] = '\0';
}

static void leave(Desk *d)
{
    input_free(&d->in);
    session_free(&d->s);
}

/* What is said to a line. */
static const char *enter(Desk *d, const char *line)
{
    d->out[0] = '\0';
    input_line(d->in, line, line[0] && strcmp(line, d->offered) == 0);
    input_turn(d->in);
    session_flush(d->s);
    return d->out;
}

static void says(Desk *d, const char *line, const char *words)
{
    if (!strstr(enter(d, line), words)) {
        fail_msg("%s says\n%sand not\n%s", line, d->out, words);
    }
}

static int set_up(void **state)
{
    const char *tmp = getenv("NB_TMP");
    tmp = tmp ? tmp : "build/tmp";
    snprintf(shelf, sizeof shelf, "%s/shelf", tmp);
    snprintf(home, sizeof home, "%s/shelf-state", tmp);
    mkdir(shelf, 0777);
    put(shelf, "3-first.nabla", "# 3-first.nabla -- The first\nx = 2\ny = x + 1\nz = y + 1\n");
    put(shelf, "5-task.nabla", "# 5-task.nabla -- A task\n#> Bind x to 1.\nx = 1\n#= x == 1\n");
    put(shelf, "8-last.nabla", "# 8-last.nabla -- The last\na = 1\nb = 2\n");
    put(shelf, "notes.txt", "no lesson");
    put(shelf, "9", "no lesson");
    put(shelf, "9-old.nabla~", "no lesson");
    put(shelf, "x.nabla", "no lesson: it has no number");
    setenv("NABLA_LESSONS", shelf, 1);
    setenv("XDG_STATE_HOME", home, 1);
    (void)state;
    return 0;
}

static void forget_done(void)
{
    char path[PATH_CAP + 40];
    snprintf(path, sizeof path, "%s/nabla/lessons", home);
    unlink(path);
}

static void a_new_shelf_lists_the_lessons_by_number(void **state)
{
    Desk d;
    (void)state;
    forget_done();
    sit_down(&d);
    assert_string_equal(enter(&d, "lesson"), "lessons\n"
                                             "     3  The first\n"
                                             "     5  A task\n"
                                             "     8  The last\n"
                                             "lesson 3 begins the first\n");
    says(&d, "lesson resume", "error: lesson resume: no lesson was left in the middle\n");
    assert_non_null(strstr(d.out, "hint: lesson alone lists them\n"));
    says(&d, "lesson 4", "error: lesson: no lesson 4\n");
    says(&d, "lesson resume 2", "error: lesson resume: one word is enough\n");
    says(&d, "lesson 3 2", "error: lesson 3: one word is enough\n");
    leave(&d);
}

static void what_was_done_is_listed_and_gone_on_with(void **state)
{
    Desk d;
    (void)state;
    forget_done();
    done_write("5-task.nabla", &(Done){1, 1, 1, 1});
    sit_down(&d);
    says(&d, "lesson 3", "Enter runs the line shown; lesson stop leaves\n");
    assert_string_equal(d.offered, "x = 2");
    enter(&d, "x = 2");
    enter(&d, "y = x + 1");
    assert_string_equal(d.offered, "z = y + 1");
    enter(&d, "lesson stop");
    assert_string_equal(enter(&d, "lesson"), "lessons\n"
                                             "     3  The first   step 3 of 3\n"
                                             "✓    5  A task   1 of 1 tasks by yourself\n"
                                             "     8  The last\n"
                                             "lesson resume goes on with lesson 3\n");
    leave(&d);
    sit_down(&d);
    says(&d, "lesson resume", "Enter runs the line shown");
    assert_string_equal(d.offered, "z = y + 1");
    says(&d, "z = y + 1", "z = 4\n");
    assert_non_null(strstr(d.out, "end of lesson 3; lesson 5 goes on\n"));
    says(&d, "set unicode off", "");
    assert_string_equal(enter(&d, "lesson"), "lessons\n"
                                             "+    3  The first\n"
                                             "+    5  A task   1 of 1 tasks by yourself\n"
                                             "     8  The last\n"
                                             "lesson 8 begins the next\n");
    leave(&d);
}

static void all_done_the_first_may_begin_again(void **state)
{
    Desk d;
    (void)state;
    forget_done();
    done_write("3-first.nabla", &(Done){3, 3, 0, 0});
    done_write("5-task.nabla", &(Done){1, 1, 0, 1});
    done_write("8-last.nabla", &(Done){2, 2, 0, 0});
    done_write("8-last.nabla", &(Done){1, 2, 0, 0}); /* once done it stays so */
    sit_down(&d);
    assert_string_equal(enter(&d, "lesson"), "lessons\n"
                                             "✓    3  The first\n"
                                             "✓    5  A task   0 of 1 tasks by yourself\n"
                                             "✓    8  The last\n"
                                             "lesson 3 begins the first\n");
    says(&d, "lesson 8", "Enter runs");
    enter(&d, "a = 1");
    assert_non_null(strstr(enter(&d, "b = 2"), "end of lesson 8\n"));
    leave(&d);
}

/* A lesson that has become longer or shorter since begins anew. */
static void a_changed_lesson_is_gone_on_with_from_its_beginning(void **state)
{
    Desk d;
    (void)state;
    forget_done();
    done_write("3-first.nabla", &(Done){5, 9, 0, 0});
    sit_down(&d);
    says(&d, "lesson resume", "Enter runs the line shown");
    assert_string_equal(d.offered, "x = 2");
    leave(&d);
}

static void what_is_known_survives_a_file_that_is_none_of_ours(void **state)
{
    char folder[PATH_CAP + 40];
    Done d;
    (void)state;
    done_write("3-first.nabla", &(Done){1, 3, 0, 0});
    snprintf(folder, sizeof folder, "%s/nabla", home);
    put(folder, "lessons",
        "3-first.nablas 2 3 0 0\n3-first.nabla two of three\n5-task.nabla 1 1 1 1");
    assert_false(done_read("3-first.nabla", &d));
    assert_true(done_read("5-task.nabla", &d)); /* without a newline at its end */
    assert_true(d.step == 1 && d.steps == 1 && d.own == 1 && d.tasks == 1);
    done_write("3-first.nabla", &(Done){2, 3, 0, 0});
    assert_true(done_read("3-first.nabla", &d) && d.step == 2);
    assert_true(done_read("3-first.nablas", &d) && done_read("5-task.nabla", &d));
}

static void moves_take_whole_numbers_from_1_on(void **state)
{
    static const char *const wrong[] = {"lesson goto 0",  "lesson goto 1.5",    "lesson goto two",
                                        "lesson goto 2x", "lesson next 100001", "lesson back nan",
                                        "lesson next -1", "lesson goto \"\""};
    Desk d;
    (void)state;
    forget_done();
    sit_down(&d);
    says(&d, "lesson goto 2", "error: lesson goto: no lesson runs\n");
    says(&d, "lesson stop", "error: lesson stop: no lesson runs\n");
    enter(&d, "lesson 3");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        says(&d, wrong[i], ": expected a whole number from 1 on\n");
        assert_string_equal(d.offered, "x = 2");
    }
    enter(&d, "lesson goto 3");
    assert_string_equal(d.offered, "z = y + 1");
    enter(&d, "lesson back 2");
    assert_string_equal(d.offered, "x = 2");
    enter(&d, "lesson next 2");
    assert_string_equal(d.offered, "z = y + 1");
    says(&d, "lesson goto 99", "end of lesson 3; lesson 5 goes on\n");
    assert_string_equal(d.offered, "-");
    says(&d, "z", "z = 4\n"); /* what was passed has run */
    enter(&d, "lesson 3");
    says(&d, "lesson next 9", "end of lesson 3; lesson 5 goes on\n");
    assert_string_equal(d.offered, "-");
    leave(&d);
}

static void without_lessons_the_way_to_them_is_told(void **state)
{
    static char path[5000];
    Desk d;
    (void)state;
    setenv("NABLA_LESSONS", home, 1); /* a folder without any */
    sit_down(&d);
    says(&d, "lesson", "error: lesson: the lessons are not installed\n");
    assert_non_null(strstr(d.out, "hint: NABLA_LESSONS may name their folder"));
    says(&d, "lesson 1", "error: lesson: no lesson 1\n");
    says(&d, "lesson resume", "no lesson was left in the middle");
    memset(path, 'a', sizeof path - 1);
    setenv("NABLA_LESSONS", path, 1); /* longer than a path can be */
    says(&d, "lesson", "error: lesson: the lessons are not installed\n");
    setenv("NABLA_LESSONS", shelf, 1);
    leave(&d);
}

/* The folder's path is as long as one can be, so its lessons' paths are longer. */
static void a_lesson_beyond_a_path_is_named(void **state)
{
    static char path[4096];
    Desk d;
    (void)state;
    size_t n = strlen(shelf), most = sizeof path - 6;
    memcpy(path, shelf, n);
    while (n < most) {
        path[n++] = '/';
    }
    setenv("NABLA_LESSONS", path, 1);
    sit_down(&d);
    says(&d, "lesson 3", "error: lesson: the path of lesson 3 is too long\n");
    setenv("NABLA_LESSONS", shelf, 1);
    leave(&d);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_shelf_lists_the_lessons_by_number),
        cmocka_unit_test(what_was_done_is_listed_and_gone_on_with),
        cmocka_unit_test(all_done_the_first_may_begin_again),
        cmocka_unit_test(a_changed_lesson_is_gone_on_with_from_its_beginning),
        cmocka_unit_test(what_is_known_survives_a_file_that_is_none_of_ours),
        cmocka_unit_test(moves_take_whole_numbers_from_1_on),
        cmocka_unit_test(without_lessons_the_way_to_them_is_told),
        cmocka_unit_test(a_lesson_beyond_a_path_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
