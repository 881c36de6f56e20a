/* test_lessons.c -- every task of every lesson, answered rightly and wrongly in several forms */
#include "test.h"

#include <signal.h>
#include <string.h>

#include "repl/cmd/table.h"
#include "repl/session/input.h"
#include "repl/session/player.h"

#include "base/file.h"

#define LESSONS 17
#define OUT_CAP ((size_t)1 << 20)

/* One lesson being played, and what is printed since `out` was emptied. */
typedef struct Class {
    Session *s;
    volatile sig_atomic_t interrupt;
    Front front;
    Input *in;
    Player *p; /* of the session */
    char *out;
    size_t n;
    char offered[600];
    int step;
} Class;

static void take(void *user, bool err, const char *text, size_t n)
{
    Class *c = user;
    (void)err;
    if (c->n + n < OUT_CAP) {
        memcpy(c->out + c->n, text, n);
        c->n += n;
        c->out[c->n] = '\0';
    }
}

static void offer(void *user, const char *line)
{
    Class *c = user;
    snprintf(c->offered, sizeof c->offered, "%s", line ? line : "-");
}

static void forget_out(Class *c)
{
    session_flush(c->s);
    c->n = 0;
    c->out[0] = '\0';
}

static bool said(Class *c, const char *words)
{
    session_flush(c->s);
    return strstr(c->out, words);
}

static void begin(Class *c, const char *name, const char *text)
{
    NbErr err = {0};
    *c = (Class){.step = 1};
    c->front = (Front){.user = c, .is = FRONT_PERSON, .write = take, .offer = offer};
    c->out = malloc(OUT_CAP);
    c->s = session_new(&commands_kit, &c->interrupt, true);
    assert_true(c->s && c->out && session_front(c->s, &c->front));
    c->s->set.echo = true;
    c->in = input_new(c->s);
    c->p = player_of_text(c->s->interp, name, text, strlen(text), &err);
    assert_non_null(c->p);
    player_set(c->s, c->p);
    forget_out(c);
    input_turn(c->in);
}

static void end(Class *c)
{
    input_free(&c->in);
    session_free(&c->s);
    free(c->out);
}

/* Lines parted by \n, each entered by itself. */
static void enter(Class *c, const char *lines)
{
    char line[600];
    while (lines) {
        const char *next = strstr(lines, "\\n");
        snprintf(line, sizeof line, "%.*s", next ? (int)(next - lines) : (int)strlen(lines), lines);
        input_line(c->in, line, strcmp(line, c->offered) == 0 && line[0]);
        lines = next ? next + 2 : NULL;
    }
    session_flush(c->s);
}

/* To the step, with the session as it is there; what is printed on the way is forgotten. */
static void stand_at(Class *c, int step)
{
    player_goto(c->s, c->p, step);
    input_turn(c->in);
    c->step = step;
    if (said(c, "error:")) {
        print_message("on the way to step %d:\n%s\n", step, c->out);
        fail();
    }
    forget_out(c);
}

static bool at_task(const Class *c)
{
    return c->offered[0] == '\0';
}

static void next_task(Class *c)
{
    int steps = player_count(c->p).steps;
    while (!at_task(c) && c->step < steps) {
        stand_at(c, c->step + 1);
    }
}

/* --- the answers --- */

typedef struct Row {
    const char *kind; /* right, wrong, look */
    char answer[400], words[200];
} Row;

/* The lines of lesson `number` in the file of answers; *at moves behind a line. */
static const char *answers_of(const char *text, int number)
{
    char head[32];
    snprintf(head, sizeof head, "\nlesson %d\n", number);
    const char *at = strstr(text, head);
    return at ? at + strlen(head) : NULL;
}

static bool begins(const char *at, const char *word)
{
    return strncmp(at, word, strlen(word)) == 0;
}

static bool read_row(const char **at, Row *row)
{
    static const char *const kinds[] = {"right ", "wrong ", "look "};
    const char *line = *at, *end = line + strcspn(line, "\n");
    for (int i = 0; i < 3; i++) {
        if (begins(line, kinds[i])) {
            line += strlen(kinds[i]);
            const char *words = strstr(line, " => ");
            words = words && words < end ? words : NULL;
            row->kind = kinds[i];
            snprintf(row->answer, sizeof row->answer, "%.*s", (int)((words ? words : end) - line),
                     line);
            snprintf(row->words, sizeof row->words, "%.*s", words ? (int)(end - words - 4) : 0,
                     words ? words + 4 : "");
            *at = *end ? end + 1 : end;
            return true;
        }
    }
    return false;
}

static void complain(const Class *c, const char *what, const Row *row)
{
    print_message("%s: %s (%s)\n%s\n", what, row->answer, row->words, c->out);
    fail();
}

static bool wanted(Class *c, const Row *row)
{
    bool open = player_count(c->p).done == c->step - 1;
    if (row->kind[0] == 'r') {
        return !open && !said(c, "error:");
    }
    return row->kind[0] == 'l' ? open && !said(c, "not yet")
                               : open && said(c, "not yet: ") && said(c, row->words);
}

/* All rows of the task at this step. */
static void try_answers(Class *c, const char **at, Row *first_wrong)
{
    Row row;
    int right = 0, wrong = 0;
    while (read_row(at, &row)) {
        stand_at(c, c->step);
        enter(c, row.answer);
        if (!wanted(c, &row)) {
            complain(c, row.kind, &row);
        }
        right += row.kind[0] == 'r';
        wrong += row.kind[0] == 'w';
        if (row.kind[0] == 'w' && wrong == 1) {
            *first_wrong = row;
        }
    }
    assert_true(right >= 2);
}

/* A sum, a name and help end no task and are no attempt at one. */
static void looking_is_no_attempt(Class *c)
{
    static const Row look = {"look", "1 + 1", ""};
    static const char *const looks[] = {"1 + 1", "help", "vars"};
    for (int i = 0; i < 3; i++) {
        stand_at(c, c->step);
        enter(c, looks[i]);
        if (!at_task(c) || said(c, "not yet")) {
            complain(c, "ended or counted by a look", &look);
        }
    }
}

/* After a wrong answer hints and the answer come on empty lines, and the answer is right. */
static void the_answer_is_right_after(Class *c, const Row *wrong)
{
    stand_at(c, c->step);
    if (wrong->answer[0]) {
        enter(c, wrong->answer);
    }
    forget_out(c);
    int before = player_count(c->p).done;
    for (int i = 0; i < 12 && player_now(c->s) && player_count(c->p).done == before; i++) {
        char line[600];
        snprintf(line, sizeof line, "%s", at_task(c) ? "" : c->offered);
        enter(c, line);
    }
    if (said(c, "error:") || (wrong->answer[0] && !said(c, "✓ right"))) {
        complain(c, "the answer shown is not right after", wrong);
    }
}

static char *contents(const char *path)
{
    NbErr err = {0};
    size_t len;
    return nb_file_bytes(path, NULL, &len, &err);
}

static void lesson_has_no_trap(void **state)
{
    int number = (int)(intptr_t)*state;
    char path[1100], folder[1024];
    const char *root = getenv("NB_ROOT");
    root = root ? root : ".";
    Class c;
    snprintf(path, sizeof path, "%s/tests/unit/lesson_answers.txt", root);
    char *answers = contents(path);
    snprintf(folder, sizeof folder, "%s/samples/lessons", root);
    char *text = NULL;
    static const char *const names[LESSONS] = {
        "01_expressions", "02_chain_rule",         "03_cleargrad",      "04_descent",
        "05_optimizers",  "06_second_derivatives", "07_neuron",         "08_network",
        "09_sequences",   "10_vanishing",          "11_nudge",          "12_order",
        "13_saturated",   "14_dead_relu",          "15_matrix_product", "16_symmetry",
        "17_momentum"};
    snprintf(path, sizeof path, "%s/%s.nabla", folder, names[number - 1]);
    text = contents(path);
    assert_true(text && answers);
    char *more = malloc(strlen(text) + 16); /* so that it does not end with a task */
    assert_non_null(more);
    sprintf(more, "%s\n0\n", text);
    begin(&c, path, more);
    free(more);
    const char *at = answers_of(answers, number);
    assert_non_null(at);
    int tasks = 0;
    for (next_task(&c); at_task(&c); next_task(&c)) {
        Row first_wrong = {"wrong", "", ""};
        assert_true(begins(at, "task\n"));
        at += strlen("task\n");
        try_answers(&c, &at, &first_wrong);
        looking_is_no_attempt(&c);
        the_answer_is_right_after(&c, &first_wrong);
        tasks++;
        stand_at(&c, c.step + 1);
    }
    assert_true(*at == '\0' || begins(at, "lesson "));
    assert_int_equal(tasks, player_count(c.p).tasks);
    end(&c);
    nb_free(text);
    nb_free(answers);
}

/* --- moving --- */

static const char small[] = "# s.nabla -- Small\n# One.\nx = 2\n# Two.\nf = x^2\n"
                            "#> Bind y to twice x.\n#? Use *.\ny = 2*x\n"
                            "#= near(y, 2*x), \"y should be {2*x}\"\n"
                            "#! x^2 \"that is the square, {x^2}\"\n#% Wait for them.\nz = y + f\n";

static void next_runs_what_it_passes(void **state)
{
    (void)state;
    Class c;
    begin(&c, "s.nabla", small);
    for (int i = 0; i < 3; i++) {
        player_skip(c.s, c.p);
        input_turn(c.in);
    }
    assert_string_equal(c.offered, "z = y + f");
    assert_true(said(&c, "∇> y = 2*x\n")); /* the answer that was passed */
    assert_false(said(&c, "Wait for them"));
    enter(&c, "z = y + f");
    assert_true(said(&c, "z = 8\n"));
    assert_true(said(&c, "tasks: ○   0 of 1 answered by yourself\n"));
    end(&c);
}

static void back_puts_the_session_back(void **state)
{
    (void)state;
    Class c;
    begin(&c, "s.nabla", small);
    enter(&c, "x = 2");
    enter(&c, "f = x^2");
    enter(&c, "x := 7");
    enter(&c, "y = 3");
    forget_out(&c);
    player_back(c.s, c.p, 1); /* the task again */
    input_turn(c.in);
    enter(&c, "x");
    assert_true(said(&c, "x = 2\n"));
    enter(&c, "y");
    assert_true(said(&c, "unknown name y"));
    player_back(c.s, c.p, 2);
    input_turn(c.in);
    assert_string_equal(c.offered, "x = 2");
    enter(&c, "x");
    assert_true(said(&c, "unknown name x"));
    end(&c);
}

static void wrong_answers_are_diagnosed(void **state)
{
    (void)state;
    Class c;
    begin(&c, "s.nabla", small);
    stand_at(&c, 3);
    enter(&c, "4");
    assert_true(said(&c, "to answer, give it its name: y = 4\n"));
    enter(&c, "x := 3");
    enter(&c, "y = 9");
    assert_true(said(&c, "not yet: that is the square, 9\n"));
    assert_true(said(&c, "lesson next answers it and goes on"));
    enter(&c, "y = 1");
    assert_true(said(&c, "not yet: y should be 6\n"));
    enter(&c, "y = 6");
    assert_true(said(&c, "✓ right"));
    end(&c);
}

static void states_beyond_a_limit_are_run_again(void **state)
{
    (void)state;
    Class c;
    begin(&c, "big.nabla", "a = rand(1200, 1200)\nb = a + 1\nc = b + 1\nd = sum(c)\ne = d\n");
    stand_at(&c, 5);
    forget_out(&c);
    enter(&c, "d");
    char first[200];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(c.out, "\n"), c.out);
    stand_at(&c, 2);
    stand_at(&c, 5);
    enter(&c, "d");
    assert_true(said(&c, first));
    end(&c);
}

SUITE()
{
    static char name[LESSONS][40];
    struct CMUnitTest tests[LESSONS + 8] = {
        cmocka_unit_test(next_runs_what_it_passes),
        cmocka_unit_test(back_puts_the_session_back),
        cmocka_unit_test(wrong_answers_are_diagnosed),
        cmocka_unit_test(states_beyond_a_limit_are_run_again),
    };
    size_t n = 4;
    for (int i = 1; i <= LESSONS; i++) {
        snprintf(name[i - 1], sizeof name[0], "lesson_%d_has_no_trap", i);
        tests[n++] =
            (struct CMUnitTest){name[i - 1], lesson_has_no_trap, NULL, NULL, (void *)(intptr_t)i};
    }
    return suite_group("tests", tests, n, NULL, NULL);
}
