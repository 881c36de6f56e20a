/* test_resume.c -- training goes on bit by bit after save and load, undo, redo and rewind */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

#define SEEDS 7
#define TIME_LIMIT 120

/* Models, with what clears their state and what the optimizer is given. */
static const struct {
    const char *made, *before, *params;
    bool draws; /* each call draws from the generator, whose state rewind leaves alone */
} models[] = {
    {"m = lstm_model(4, 1)", "reset_state m", "m", false},
    {"m = sequential(lstm(3), linear(1))", "reset_state m", "k, m", false},
    {"m = sequential(rnn(4), linear(1))", "reset_state m", "m", false},
    {"m = mlp([5, 1], activation=tanh)", "z = 0", "m, k", false},
    {"m = sequential(linear(4), layer_norm(4), relu, linear(1))", "z = 0", "m", false},
    {"m = sequential(linear(4), dropout(0.3), linear(1))", "z = 0", "m", true},
    {"a = linear(3); b = linear(1, bias=false); m = sequential(a, tanh, b)", "z = 0", "b, k, a",
     false},
    {"a = linear(3); b = linear(1); m = sequential(a, lstm(3), b)", "reset_state m", "b, m", false},
};

static const char *const optimizers[] = {
    "sgd(%s, lr=0.1%s)", "sgd(%s, lr=0.1, momentum=0.9%s)",
    "momentum(%s%s)",    "adam(%s, lr=0.05%s)",
    "adamw(%s%s)",       "rmsprop(%s%s)",
    "adagrad(%s%s)",     "nesterov(%s%s)",
};

static const char *const hooks[] = {
    "",
    ", hooks=[clip_grad(0.05)]",
    ", hooks=[weight_decay(0.01), clip_grad(0.05)]",
    ", hooks=[halve, clip_grad(0.05)]",
};

/* What has happened when the session is left and taken up, and the optimizer's steps by then. */
static const struct {
    const char *code;
    int steps;
} before[] = {{"", 0}, {"y = m(x);", 0}, {"go();", 1}, {"go(); go();", 2}};

#define COUNT(a) (sizeof(a) / sizeof *(a))

typedef struct Script {
    char *text;
    size_t len, cap;
} Script;

static void add(Script *s, const char *text)
{
    size_t n = strlen(text);
    while (s->len + n + 1 > s->cap) {
        s->cap = s->cap ? 2 * s->cap : 1 << 16;
        s->text = realloc(s->text, s->cap);
        assert_non_null(s->text);
    }
    memcpy(s->text + s->len, text, n + 1);
    s->len += n;
}

/* One training in a session of its own: `between` stands where it is left; %d in it are steps. */
static void add_training(Script *s, size_t model, size_t optimizer, size_t hook, size_t when,
                         int seed, const char *between)
{
    char made[256], line[1024], left[256];
    snprintf(made, sizeof made, optimizers[optimizer], models[model].params, hooks[hook]);
    snprintf(left, sizeof left, between, before[when].steps);
    snprintf(line, sizeof line,
             "restart\nseed %d\ndef halve(p) = p.grad/2 + 1e-3*p\n%s\nk = [0.5, 0.25]\nopt = %s;\n"
             "x = randn(5, 2); t = randn(5, 1)\n"
             "def go() { %s; y = m(x); y = m(x); f = mse(y, t) + sum(k^2); cleargrad; backward f; "
             "step opt; return f }\n%s\n%s\n",
             seed, models[model].made, made, models[model].before, before[when].code, left);
    add(s, line);
    add(s, "repeat 3 { print go() }\n"
           "for p in m.params { print sum(p), sum(p.grad) }\nprint rand(2)\n");
}

/* Every training, left so. */
static char *train(const char *between, bool rewinds)
{
    Script s = {0};
    Proc p;
    char path[1024];
    const char *tmp = proc_env("NB_TMP", "build/tmp");
    for (size_t m = 0; m < COUNT(models); m++) {
        for (size_t i = 0; i < COUNT(optimizers) * COUNT(hooks) * COUNT(before); i++) {
            size_t o = i / COUNT(hooks) / COUNT(before), h = i / COUNT(before) % COUNT(hooks);
            if (!(rewinds && models[m].draws)) {
                add_training(&s, m, o, h, i % COUNT(before), (int)((m + i) % SEEDS), between);
            }
        }
    }
    snprintf(path, sizeof path, "%s/resume.nabla", tmp);
    assert_true(proc_write_file(path, s.text));
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"),
                          "--norc",
                          "--no-window",
                          "--digits=full",
                          path,
                          NULL};
    assert_true(proc_run(argv, tmp, NULL, TIME_LIMIT, &p));
    if (p.status != 0) {
        fail_msg("status %d: %s", p.status, p.err);
    }
    char *out = strdup(p.out);
    proc_free(&p);
    free(s.text);
    return out;
}

/* The numbers are those of a training that was never left. */
static void same_as_whole(const char *between, bool rewinds)
{
    static char *made[2]; /* the same for every way to leave it; kept to the end */
    made[rewinds] = made[rewinds] ? made[rewinds] : train("", rewinds);
    const char *whole = made[rewinds];
    char *left = train(between, rewinds);
    size_t n = 0;
    int line = 1;
    for (; whole[n] && whole[n] == left[n]; n++) {
        line += whole[n] == '\n';
    }
    if (whole[n] || left[n]) {
        fail_msg("line %d: wanted %.60s…, got %.60s…", line, whole + n, left + n);
    }
    free(left);
}

static void a_look_at_the_parameters_changes_no_number(void **state)
{
    (void)state;
    same_as_whole("n = opt.params; s = \"{opt}\"", false);
}

static void saving_changes_no_number(void **state)
{
    (void)state;
    same_as_whole("save \"resume.state\"", false);
}

static void a_loaded_state_goes_on_bit_by_bit(void **state)
{
    (void)state;
    same_as_whole("save \"resume.state\"\nrestart\nload \"resume.state\"", false);
}

static void after_undo_training_goes_on_bit_by_bit(void **state)
{
    (void)state;
    same_as_whole("repeat 2 { go() }\nundo", false);
}

static void after_undo_and_redo_training_goes_on_bit_by_bit(void **state)
{
    (void)state;
    same_as_whole("y = m(x)\nundo\nredo\nundo", false);
}

static void after_rewind_training_goes_on_bit_by_bit(void **state)
{
    (void)state;
    same_as_whole("repeat 2 { go() }\nrewind %d", true);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_look_at_the_parameters_changes_no_number),
        cmocka_unit_test(saving_changes_no_number),
        cmocka_unit_test(a_loaded_state_goes_on_bit_by_bit),
        cmocka_unit_test(after_undo_training_goes_on_bit_by_bit),
        cmocka_unit_test(after_undo_and_redo_training_goes_on_bit_by_bit),
        cmocka_unit_test(after_rewind_training_goes_on_bit_by_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
