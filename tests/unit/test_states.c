/* test_states.c -- damaged states: refused with the place and a reason, or read as a session */
#include "prompt.h"

#include "repl/session/save.h"
#include "repl/session/undo.h"

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

/* --- what is said of some --- */

#define LONG                                                                                       \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "a"
#define EIGHT "[ [ [ [ [ [ [ [ "

static const struct {
    const char *line, *by, *said; /* the first line that begins so, what stands there, the error */
} said[] = {
    {"# nabla state 1", "# nabla state 2", "the first line is not # nabla state 1"},
    {"set digits", "set", "a setting is expected"},
    {"set digits", "set " LONG, "a word is too long: aaaa"},
    {"set digits", "set digits 6", "text in quotes is expected"},
    {"set digits", "set digits \"99\"", "no setting digits of this value"},
    {"set digits", "set colours \"1\"", "no setting colours of this value"},
    {"seed", "seed 0 -1", "a whole number is expected"},
    {"seed", "seed 0 99999999999999999999", "a whole number is expected"},
    {"draws", "draws 0123456789abcde 0123456789abcdef", "16 hexadecimal digits are expected"},
    {"draws", "draws 0123456789abcdef 0123456789abcdeg", "16 hexadecimal digits are expected"},
    {"function 2", "function 1 \"\" 4 \"def halve(p) = p\"", "function 2 is expected"},
    {"function 2", "function 2 \"\" 4 \"def halve(p) = \"", "expected"},
    {"function 2", "function 2 \"\" 4 \"halve = 3\"", "a definition is expected"},
    {"store 1", "store 1 0 = 1", "store 1 is expected"},
    {"store 1", "store 1 3 = 1 2", "3 numbers are expected, there are 2"},
    {"store 1", "store 1 2 = 1*3", "there are too many numbers"},
    {"store 1", "store 1 1 = 1*x", "1 is no number"},
    {"node 1 ", "node 2 leaf x = 5", "node 1 is expected"},
    {"node 1 ", "node 1 tree x = 5", "no kind of node: tree"},
    {"node 1 ", "node 1 leaf 3x = 5", "no name: 3x"},
    {"node 1 ", "node 1 leaf x @x = 5", "no stamp: @x"},
    {"node 1 ", "node 1 leaf x 5", "= and a value are expected"},
    {"node 1 ", "node 1 leaf x = (2,-1) 5", "sizes such as (2,3) are expected"},
    {"node 1 ", "node 1 leaf x = (99999999999) 5", "too large"},
    {"node 1 ", "node 1 leaf x = () 5", "no tensor has this shape"},
    {"node 1 ", "node 1 leaf x = 5 6", "too much: 6"},
    {"node 2 ", "node 2 inner y = 3", "an operation is expected"},
    {"node 2 ", "node 2 inner y sin n2 = 3", "no option n2"},
    {"node 2 ", "node 2 inner y sin n1 list=x = 3", "no list of indices"},
    {"node 2 ", "node 2 inner y sin n1 num=1,2,3,4,5 = 3", "more than four numbers"},
    {"node 2 ", "node 2 inner y sin n1", "a value is expected"},
    {"node 8 ", "node 8 inner - index n3 options slice=::0 at=0 view", "no slice"},
    {"node 8 ", "node 8 inner - index n3 options at=0,1 view", "no index"},
    {"node 40 ", "node 40 const - in 1 0 (2,2) (1,0)", "a part goes beyond its store"},
    {"node 40 ", "node 40 const - in 1 0 (2,2) (0)", "a part of a store is expected"},
    {"grad 1 ", "grad 0 1 = 3", "a node and a count of sweeps are expected"},
    {"module 1 ", "module 1 tree", "a layer is expected"},
    {"module 1 ", "module 1 mlp sizes=2,x activation=sigmoid name m in -", "no sizes: 2,x"},
    {"module 1 ", "module 1 mlp sizes=2,1 activation=none name m in -", "no operation none"},
    {"module 1 ", "module 1 mlp sizes=2,1 name m in -", "name=value is expected, not name"},
    {"module 2 ", "module 2 child 1 0 name - in - w=n17 b=n18", "it is a part of 1"},
    {"module 2 ", "module 2 child 1 7 name - in 1", "module 1 has no such child"},
    {"module 2 ", "module 2 child 1 0 name - in 1 w=n1 b=n18", "is no matrix of weights"},
    {"module 2 ", "module 2 child 1 0 name - in 1 w=n17", "module 2 lacks b"},
    {"module 4 ", "module 4 linear n=1 bias=x name - in 6", "x is no number"},
    {"module 4 ", "module 4 linear n=1 bias= name - in 6", "nothing is no number"},
    {"module 5 ", "module 5 elementwise op=relu name - in 1", "module 5 is no part of 1"},
    {"module 6 ", "module 6 sequential of=4,9 name q in -", "no modules: 4,9"},
    {"object 2 ", "object 2 adam lr=x", "x is no number"},
    {"object 2 ", "object 2 adam beta1=1", "lr= is expected"},
    {"object 2 ", "object 2 tree", "no kind of object: tree"},
    {"object 3 ", "object 3 hook clip_grad x", "a number is expected"},
    {"object 3 ", "object 3 hook clip_grad -1", "a hook and its number are expected"},
    {"object 4 ", "object 4 batches n3 2", "data and a size are expected"},
    {"object 6 ", "object 6 momentum lr=0.1 momentum=0.9 steps=x", "no number: x"},
    {"object 6 ", "object 6 momentum lr=0.1 momentum=0.9 of=2", "an optimizer has no of=2"},
    {"object 6 ", "object 6 momentum lr=0.1 momentum=0.9 hook=x:1", "no hook: x"},
    {"slot 2 n1", "slot 1 n1 = 1 = 1", "object 1 is no optimizer"},
    {"slot 2 n1", "slot 0 n1 = 1", "an optimizer and a node are expected"},
    {"name x ", "name x n999", "no value: n999"},
    {"name x ", "name x", "a value is expected"},
    {"name x ", "name if n1", "a name is expected"},
    {"name x ", "name x builtin tree", "no builtin of this name"},
    {"name x ", "name x range 1 2", "a number is expected"},
    {"name x ", "name x [ none", "a value is expected"},
    {"name x ", "name x " EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT,
     "a list is expected"},
    {"name x ", "set digits \"6\"", "set comes too late"},
    {"watch", "watch \"x^\"", "expected"},
    {"watch", "watch x", "text in quotes is expected"},
    {"swept", "swept n1\nswept n1", "one node is expected"},
    {"swept", "tree", "no such line: tree"},
    {"swept", " swept n1", "a line begins with a word such as node"},
    {"end", "end 0000000000000000", "the text before was changed; a bare end accepts that"},
    {"end", "end\nmore", "there is more after the end"},
    {"end", "", "the end is missing"},
};

/* Where a line begins so, from the first on. */
static const char *line_of(const char *text, const char *begin)
{
    for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
        if (strncmp(at, begin, strlen(begin)) == 0) {
            return at;
        }
    }
    fail_msg("no line %s", begin);
    return NULL;
}

static void what_is_damaged_is_told(void **state)
{
    Bench *b = *state;
    int bad = 0;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        const char *at = line_of(b->state, said[i].line);
        int line = 1, undos = undo_count(b->p->s);
        for (const char *c = b->state; c < at; c++) {
            line += *c == '\n';
        }
        char place[40], *text = NULL;
        size_t len = strlen(b->state) + strlen(said[i].by) + 1;
        text = malloc(len);
        assert_non_null(text);
        len = (size_t)snprintf(text, len, "%.*s%s%s", (int)(at - b->state), b->state, said[i].by,
                               strchr(at, '\n'));
        snprintf(place, sizeof place, "bad.nabla:%d: ", line);
        bool read = load(b, text, len) == RUN_OK;
        bool later = strstr(said[i].said, "lacks") || strstr(said[i].said, "no part of") ||
                     said[i].line[0] == 'e' || strchr(said[i].by, '\n'); /* seen further down */
        if (read || !strstr(b->p->err, said[i].said) || !(later || strstr(b->p->err, place))) {
            print_message("%s\nwanted: %s%s\ngot: %s\n", said[i].by, place, said[i].said,
                          read ? "it was read" : b->p->err);
            bad++;
        }
        if (!read) {
            check_refused(b, undos, text, len);
        }
        free(text);
    }
    assert_int_equal(bad, 0);
}

static void a_state_may_have_so_many_watches(void **state)
{
    Bench *b = *state;
    char text[4000] = "# nabla state 1\nnode 1 leaf x = 2\nname x n1\n", *at = text + strlen(text);
    for (int i = 0; i < WATCH_MAX; i++) {
        at += sprintf(at, "watch \"x^%d\"\n", i + 2);
    }
    strcpy(at, "end\n");
    assert_int_equal(load(b, text, strlen(text)), RUN_OK);
    strcpy(at, "watch \"x\"\nend\n");
    assert_int_equal(load(b, text, strlen(text)), RUN_ERROR);
    assert_non_null(strstr(b->p->err, "more than"));
    assert_int_equal(prompt_run(b->p, "watch"), RUN_OK);
    assert_non_null(strstr(b->p->out, "x^2\n"));
}

#define STATE_TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        STATE_TEST(every_word_may_be_wrong),
        STATE_TEST(every_line_may_be_wrong),
        STATE_TEST(what_is_damaged_is_told),
        STATE_TEST(a_state_may_have_so_many_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
