/* test_states.c -- damaged states: refused with the place and a reason, or read as a session */
#include "prompt.h"

#include "repl/save.h"
#include "repl/undo.h"

/* Everything a state can hold; small, since each word of it is damaged in turn. */
static const char everything[] =
    "x, y = 2, 3\nw = [[1, 2], [3, 4]]\n"
    "def g(a, n=2) { b = a*n; return sin(b) }\ndef halve(p) = p.grad/2\n"
    "f = x*y + g(x) + sum(w[:, 0]) + sum(w[1]) + sum(w[[1, 0]])\nbackward f\n"
    "opt = adam(x, w, lr=0.1, hooks=[clip_grad(1), halve])\nstep\ncg = clip_grad(2)\n"
    "m = mlp([2, 1])\nz = m(w)\nr = sum(reshape(w.T, 4)*2, axis=0, keepdims=true)\n"
    "const c = list(\"t{{}}\\\"\\n\", none, 1:3, g, m, opt, 2, list())\n"
    "l = batches(w, [1, 2], 2, shuffle=true)\nsq = sequences([1, 2, 3, 4], [1, 2, 3, 4], 2)\n"
    "q = sequential(linear(1), relu)\no2 = momentum(q, lr=0.1)\nwatch x^2\n"
    "h = clip(x, 0, 1)\ns = sin\nv = [nan, inf, -inf, 0, 0, 0]\nx := 5\n"
    "repeat 1 { if x > 1 { e = x*2 } }\nu = x*x; unchain u\n"
    "k = x^2 + sum(w^2)\ncleargrad\nbackward k, create_graph=true";

typedef struct Bench {
    Prompt *p;
    char *state; /* as saved, with a bare end */
    char *home;  /* the session it makes, saved */
    char path[300];
    int refused, taken;
} Bench;

static char *saved(Prompt *p)
{
    NbErr err = {0};
    size_t len;
    char *text = save_text(p->s, &len, &err);
    if (!text) {
        fail_msg("save: %s", err.msg);
    }
    return text;
}

static void write_file(const char *path, const char *text, size_t len)
{
    unlink(path); /* some file systems wait for the disk where a file is written anew */
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static RunEnd load(Bench *b, const char *text, size_t len)
{
    write_file(b->path, text, len);
    return prompt_run(b->p, "load \"bad.nabla\"");
}

static int bench_setup(void **state)
{
    Bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    const char *tmp = getenv("NB_TMP");
    assert_int_equal(chdir(tmp ? tmp : "/tmp"), 0);
    snprintf(b->path, sizeof b->path, "bad.nabla");
    b->p = prompt_new();
    assert_int_equal(prompt_run(b->p, everything), RUN_OK);
    b->state = saved(b->p);
    char *sum = strstr(b->state, "\nend ");
    assert_non_null(sum);
    snprintf(sum, 6, "\nend\n");
    assert_int_equal(load(b, b->state, strlen(b->state)), RUN_OK);
    b->home = saved(b->p);
    *state = b;
    return 0;
}

static int bench_teardown(void **state)
{
    Bench *b = *state;
    unlink(b->path);
    prompt_free(b->p);
    free(b->state);
    free(b->home);
    free(b);
    return 0;
}

static void is_home(const Bench *b, const char *why, const char *text, size_t len)
{
    char *now = saved(b->p);
    if (strcmp(now, b->home) != 0) {
        write_file("differs.nabla", text, len);
        fail_msg("%s: the session differs; see differs.nabla", why);
    }
    free(now);
}

/* A refusal says where and why, with a hint, and leaves the session and its past alone. */
static void check_refused(Bench *b, int undos, const char *text, size_t len)
{
    const char *err = b->p->err, *at = strstr(err, "error: bad.nabla:");
    int line = at ? atoi(at + 17) : 0;
    if (line < 1 || !strstr(err, "nothing was changed") || b->p->out[0]) {
        write_file("differs.nabla", text, len);
        fail_msg("no refusal of a state: %s%s", b->p->out, err);
    }
    assert_int_equal(undo_count(b->p->s), undos);
    is_home(b, err, text, len);
    b->refused++;
}

/* What is taken is saved and loaded as the same; undo leads back. */
static void check_taken(Bench *b, const char *text, size_t len)
{
    char *first = saved(b->p);
    if (load(b, first, strlen(first)) != RUN_OK) {
        write_file("differs.nabla", text, len);
        fail_msg("a damaged state is read, but what is saved then is not: %s", b->p->err);
    }
    char *second = saved(b->p);
    if (strcmp(first, second) != 0) {
        write_file("differs.nabla", text, len);
        fail_msg("a damaged state is read, but not saved as it is; see differs.nabla");
    }
    free(first);
    free(second);
    assert_int_equal(prompt_run(b->p, "undo 2"), RUN_OK);
    is_home(b, "undo", text, len);
    b->taken++;
}

static void try_text(Bench *b, const char *text, size_t len)
{
    int undos = undo_count(b->p->s);
    if (load(b, text, len) == RUN_OK) {
        check_taken(b, text, len);
    } else {
        check_refused(b, undos, text, len);
    }
}

/* The state with `n` bytes at `at` replaced. */
static void try_with(Bench *b, size_t at, size_t n, const char *by, size_t nby)
{
    size_t len = strlen(b->state);
    char *text = malloc(len + nby + 1);
    assert_non_null(text);
    memcpy(text, b->state, at);
    memcpy(text + at, by, nby);
    memcpy(text + at + nby, b->state + at + n, len - at - n);
    try_text(b, text, len - n + nby);
    free(text);
}

/* --- every word damaged --- */

#define WORDS 14                   /* of a line; after these come numbers */
#define BEGINNING "# nabla state " /* without it, a file is a program */

/* What takes the place of a word. */
static const char *const words[] = {
    "",       "?",     "0",       "-1",      "1",   "99999999999999999999",
    "0x1",    "n1",    "n999",    "f9",      "1.5", "(",
    "()",     "(2,2)", "=",       "view",    "nan", "inf",
    "\"q",    "\"q\"", "\"\\z\"", "options", "-",   "in",
    "shape=", "a b"};

/* One damage of `share`, those whose number leaves the rest `first`; counted in *n. */
typedef struct Chosen {
    int share, first, n;
} Chosen;

static bool is_chosen(Chosen *c)
{
    return c->n++ % c->share == c->first;
}

static void damage_word(Bench *b, size_t at, size_t n, Chosen *c)
{
    const char *old = b->state + at;
    char word[200];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (is_chosen(c)) {
            try_with(b, at, n, words[i], strlen(words[i]));
        }
    }
    snprintf(word, sizeof word, "%.*s %.*s", (int)n, old, (int)n, old);
    if (is_chosen(c)) {
        try_with(b, at, n, word, strlen(word)); /* twice */
    }
    if (is_chosen(c)) {
        try_with(b, at, n, old, n - 1);
    }
    if (is_chosen(c)) {
        try_with(b, at, n, "1", 1);
    }
    if (is_chosen(c)) {
        try_text(b, b->state, at); /* the file ends before it */
    }
    if (is_chosen(c)) {
        try_text(b, b->state, at + n); /* … after it */
    }
}

static void damage_words(Bench *b, Chosen c)
{
    for (const char *line = b->state; *line; line = strchr(line, '\n') + 1) {
        const char *at = line, *end = strchr(line, '\n');
        at += line == b->state ? sizeof BEGINNING - 1 : 0;
        for (int word = 0; at < end && word < WORDS; word++) {
            size_t n = strcspn(at, " \n");
            if (n > 0) {
                damage_word(b, (size_t)(at - b->state), n, &c);
            }
            at += n + (at[n] == ' ');
        }
    }
}

static void every_word_may_be_wrong(void **state)
{
    Bench *b = *state;
    damage_words(b, (Chosen){.share = 4, .first = 1});
    assert_true(b->refused > 1000 && b->taken > 100);
}

/* Lines missing, twice, in another order, with bytes that are none. */
static void every_line_may_be_wrong(void **state)
{
    Bench *b = *state;
    const char *before = NULL;
    for (const char *line = strchr(b->state, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        size_t at = (size_t)(line - b->state), n = strcspn(line, "\n") + 1;
        char twice[4000];
        assert_true(2 * n < sizeof twice);
        memcpy(twice, line, n);
        memcpy(twice + n, line, n);
        try_with(b, at, n, "", 0);
        try_with(b, at, n, twice, 2 * n);
        try_with(b, at, 0, " ", 1);
        try_with(b, at, 0, "\0", 1);
        try_with(b, at, 0, "\n", 1);
        try_with(b, at + n - 1, 0, " ", 1);
        try_with(b, at + n - 1, 0, "\r", 1);
        if (before) {
            size_t m = (size_t)(line - before);
            memcpy(twice, line, n);
            memcpy(twice + n, before, m);
            try_with(b, at - m, m + n, twice, m + n);
        }
        before = line;
    }
    assert_true(b->refused > 300 && b->taken > 100);
}

#define STATE_TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STATE_TEST(every_word_may_be_wrong),
        STATE_TEST(every_line_may_be_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
