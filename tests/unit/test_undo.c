/* test_undo.c -- undo and redo restore everything; save and load give back the same session */
#include "prompt.h"

#include "repl/cmd/table.h"
#include "repl/session/save.h"
#include "repl/session/undo.h"
#include "statements.h"

/* A session in which no loop runs for ever. */
static Prompt *limited(void)
{
    Prompt *p = prompt_new();
    interp_limit(p->s->interp, 300);
    return p;
}

static char *state_of(Prompt *p)
{
    NbErr err = {0};
    size_t len;
    char *text = save_text(p->s, &len, &err);
    if (!text) {
        fail_msg("save: %s", err.msg);
    }
    return text;
}

/* The first lines that differ. */
static void show_difference(const char *a, const char *b)
{
    int line = 1;
    while (*a && *a == *b) {
        line += *a == '\n';
        a++;
        b++;
    }
    while (line > 1 && a[-1] != '\n') {
        a--;
        b--;
    }
    print_message("line %d:\n  %.*s\n  %.*s\n", line, (int)strcspn(a, "\n"), a,
                  (int)strcspn(b, "\n"), b);
}

static void expect_state(Prompt *p, const char *want, const char *when, const char *statement)
{
    char *have = state_of(p);
    if (strcmp(have, want) != 0) {
        print_message("%s: %s\n", when, statement);
        show_difference(want, have);
        fail();
    }
    free(have);
}

/* --- random statements --- */

/* NB_SEED=100 makes other statements of every test. */
static uint64_t seed_of(uint64_t n)
{
    const char *first = getenv("NB_SEED");
    return n + (first ? strtoull(first, NULL, 10) : 0);
}

static const char start[] = "x, y, z, w = 2, 3, 0.5, -1\nu, v = [1, 2, 3], [0.5, -1, 2]\n"
                            "A = [[1, 2, 3], [4, 5, 6]]\nB = randn(2, 3)\nf = x*y + x^2\n"
                            "def g(a) = a*sin(a)\nopt = sgd(x, y, lr=0.01)\nm = mlp([2, 1])\n"
                            "c = detach(u)\nk = sum(u*v)*x";

static bool same_seed(NbRng *rng, Prompt *p, int n, bool strict)
{
    char statement[1024];
    for (int i = 0; i < n; i++) {
        random_statement(rng, statement, sizeof statement);
        char *before = state_of(p);
        int count = undo_count(p->s);
        prompt_run(p, statement);
        char *after = state_of(p);
        bool kept = undo_count(p->s) > count;
        if (!kept && strcmp(before, after) != 0) {
            print_message("not kept: %s\n%s", statement, p->err);
            show_difference(before, after);
            fail();
        }
        if (kept && strict) {
            prompt_run(p, "undo");
            if (p->end != RUN_OK) {
                fail_msg("undo of %s: %s", statement, p->err);
            }
            expect_state(p, before, "undo", statement);
            prompt_run(p, "redo");
            expect_state(p, after, "redo", statement);
        }
        free(before);
        free(after);
    }
    return true;
}

static void undo_restores_the_state_before_each_of_many_statements(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        NbRng rng;
        nb_rng_seed(&rng, seed_of(seed), 77);
        Prompt *p = limited();
        prompt_run(p, start);
        assert_int_equal(p->end, RUN_OK);
        same_seed(&rng, p, 300, true);
        prompt_free(p);
    }
}

/* A random walk over the last statements, each state compared. */
static void many_steps_back_and_forth_pass_the_same_states(void **state)
{
    (void)state;
    enum { UNITS = 60 };
    for (uint64_t seed = 1; seed <= 4; seed++) {
        NbRng rng;
        nb_rng_seed(&rng, seed_of(seed), 5);
        Prompt *p = limited();
        char *at[UNITS + 1], statement[1024], command[64];
        prompt_run(p, start);
        undo_forget(p->s);
        at[0] = state_of(p);
        for (int n = 0; n < UNITS;) {
            random_statement(&rng, statement, sizeof statement);
            prompt_run(p, statement);
            if (undo_count(p->s) > n) {
                at[++n] = state_of(p);
            }
        }
        int here = UNITS;
        for (int step = 0; step < 150; step++) {
            int by = (int)(nb_rng_u64(&rng) % 9) + 1;
            bool back = nb_rng_u64(&rng) % 2;
            int to = back ? here - by : here + by;
            to = to < 0 ? 0 : to > UNITS ? UNITS : to;
            snprintf(command, sizeof command, "%s %d", back ? "undo" : "redo", by);
            prompt_run(p, command);
            here = to;
            assert_int_equal(undo_count(p->s), here);
            expect_state(p, at[here], command, "");
        }
        for (int i = 0; i <= UNITS; i++) {
            free(at[i]);
        }
        prompt_free(p);
    }
}

static void load(Prompt *p, const char *text)
{
    NbErr err = {0};
    if (!save_load(p->s, text, strlen(text), "s.nabla", &err)) {
        fail_msg("load: %s", err.msg);
    }
}

/* The run record, the graph last shown, and a model that only undo keeps (whose parts bear its
 * name) are no part of the state. */
static bool reads_more_than_the_state(const char *statement)
{
    static const char *const words[] = {"rewind", "plot", "ledger", "surface", "info", "explain"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strncmp(statement, words[i], strlen(words[i])) == 0) {
            return true;
        }
    }
    return strchr(statement, '~') || strstr(statement, "sequential(ans");
}

static void a_loaded_session_is_the_same_and_goes_on_the_same_way(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        NbRng rng, again;
        nb_rng_seed(&rng, seed_of(seed), 9);
        Prompt *p = limited(), *q = limited();
        char statement[1024];
        prompt_run(p, start);
        for (int round = 0; round < 12; round++) {
            for (int i = 0; i < 15; i++) {
                random_statement(&rng, statement, sizeof statement);
                prompt_run(p, statement);
            }
            char *text = state_of(p);
            load(q, text);
            expect_state(q, text, "load", statement);
            again = rng;
            for (int i = 0; i < 8; i++) { /* the same from here */
                random_statement(&again, statement, sizeof statement);
                if (reads_more_than_the_state(statement)) {
                    continue;
                }
                prompt_run(p, statement);
                prompt_run(q, statement);
                char *want = state_of(p);
                /* cleargrad also lists leaves that no name reaches any more */
                if (strcmp(p->out, q->out) != 0 && !strstr(statement, "cleargrad")) {
                    fail_msg("%s\n%s%s\n%s%s", statement, p->out, p->err, q->out, q->err);
                }
                expect_state(q, want, "after", statement);
                free(want);
            }
            rng = again;
            free(text);
        }
        prompt_free(p);
        prompt_free(q);
    }
}

/* --- damage --- */

static size_t below(NbRng *rng, size_t n)
{
    return (size_t)(nb_rng_u64(rng) % n);
}

/* One change somewhere: a byte, a piece left out, doubled or moved, the end cut off. */
static void damage(NbRng *rng, char *text, size_t *len, size_t cap)
{
    if (*len == 0) {
        return;
    }
    static const char bytes[] = "0123456789-.*=()@,:nof \"\\\n#xe[]";
    size_t at = below(rng, *len), n = 1 + below(rng, 12), rest;
    n = n < *len - at ? n : *len - at;
    rest = *len - at - n;
    switch (below(rng, 6)) {
    case 0: text[at] = bytes[below(rng, sizeof bytes - 1)]; break;
    case 1: text[at] = (char)nb_rng_u64(rng); break;
    case 2:
        memmove(text + at, text + at + n, rest);
        *len -= n;
        break;
    case 3:
        if (*len + n < cap) {
            memmove(text + at + n, text + at, *len - at);
            *len += n;
        }
        break;
    case 4: memmove(text + below(rng, *len - n + 1), text + at, n); break;
    default: *len = below(rng, 8) == 0 ? at : *len;
    }
    text[*len] = '\0';
}

/* A checksum would find nearly all damage: without it the checks behind it are tried. */
static void drop_checksum(char *text, size_t *len)
{
    char *end = strstr(text, "\nend ");
    if (end) {
        strcpy(end, "\nend\n");
        *len = strlen(text);
    }
}

static void use(Prompt *p)
{
    prompt_run(p, "forward f");
    prompt_run(p, "backward f");
    prompt_run(p, "backward k; step opt; m(A); step; minimize f, steps=2; print f~1, x~1");
    prompt_run(p,
               "for a in l { print a }; g(x); reset_state m; unchain f; cleargrad; vars; tree k");
}

static void a_damaged_state_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    const char *more = getenv("NB_ROUNDS");
    int rounds = more ? atoi(more) : 1500, loaded = 0;
    NbRng rng;
    nb_rng_seed(&rng, seed_of(1), 3);
    Prompt *p = limited(), *q = limited();
    prompt_run(p, start);
    prompt_run(q, start);
    char statement[1024], *whole = NULL, *before = state_of(q);
    for (int i = 0; i < rounds; i++) {
        if (i % 50 == 0) {
            for (int k = 0; k < 20; k++) {
                random_statement(&rng, statement, sizeof statement);
                prompt_run(p, statement);
            }
            free(whole);
            whole = state_of(p);
        }
        size_t len = strlen(whole), cap = len + 64;
        char *text = malloc(cap + 1);
        strcpy(text, whole);
        if (i % 4 > 0) {
            drop_checksum(text, &len);
        }
        for (size_t k = 1 + below(&rng, 3); k > 0; k--) {
            damage(&rng, text, &len, cap);
        }
        NbErr err = {0};
        if (save_load(q->s, text, len, "s.nabla", &err)) {
            loaded++;
            use(q);
            free(before);
            before = state_of(q);
        } else {
            assert_int_equal(strncmp(err.msg, "s.nabla:", 8), 0);
            expect_state(q, before, "after", err.msg);
        }
        free(text);
    }
    assert_true(loaded > 0);
    free(before);
    free(whole);
    prompt_free(p);
    prompt_free(q);
}

static void every_cut_and_every_changed_byte_is_found(void **state)
{
    (void)state;
    Prompt *p = limited(), *q = limited();
    prompt_run(p, start);
    prompt_run(p, "loss = mean(m(A)^2); backward loss; backward f; step opt; watch x^2");
    char *whole = state_of(p), *before = state_of(q);
    size_t len = strlen(whole);
    NbErr err = {0};
    for (size_t n = 0; n + 1 < len; n++) {
        memset(&err, 0, sizeof err);
        assert_false(save_load(q->s, whole, n, "s.nabla", &err));
    }
    for (size_t n = 0; n + 17 < len; n++) { /* up to the checksum */
        memset(&err, 0, sizeof err);
        whole[n] ^= 1;
        if (save_load(q->s, whole, len, "s.nabla", &err)) {
            fail_msg("byte %zu", n);
        }
        whole[n] ^= 1;
    }
    expect_state(q, before, "after damage", "");
    assert_true(save_load(q->s, whole, len, "s.nabla", &err));
    expect_state(q, whole, "load", "");
    free(before);
    free(whole);
    prompt_free(p);
    prompt_free(q);
}

/* --- what is said, and limits --- */

static void undo_says_what_it_took_back(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x, y = 0, 2\nf = 100*(y - x^2)^2 + (1 - x)^2\nopt = sgd(x, y, lr=0.001)\n"
                  "backward f\nstep\nforward f\ncleargrad; minimize f, steps=1000");
    prompt_says(p, "undo",
                "undone: minimize f, steps=1000   (x: 0.683932 → 0.002, y: 0.466255 → 1.6)\n");
    prompt_says(p, "undo 2",
                "undone: cleargrad   (x.grad: - → -2, y.grad: - → 400)\n"
                "undone: forward f   (f: 256.995 → 401)\n");
    prompt_says(p, "f", "f = 401  (stale: x, y changed; run: forward f)\n");
    prompt_says(p, "redo", "redone: forward f   (f: 401 → 256.995)\n");
    prompt_says(p, "set digits 3; opt.lr = 0.5; undo",
                "undone: opt.lr = 0.5   (opt.lr: 0.5 → 0.001)\n");
    prompt_says(p, "undo", "undone: set digits 3   (digits: 3 → 6)\n");
}

static void long_statements_are_cut_to_the_width(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 0\nrepeat 2 { x := x + 1; x := x + 1; x := x + 1; x := x + 1; x := x + 1; "
                  "x := x + 1;\n x := x + 2 }");
    prompt_run(p, "undo");
    for (const char *line = p->out; *line; line += strcspn(line, "\n") + 1) {
        char one[256];
        snprintf(one, sizeof one, "%.*s", (int)strcspn(line, "\n"), line);
        assert_true(nb_text_width(one) <= SESSION_COLUMNS);
    }
    assert_non_null(strstr(p->out, "…   (x: 16 → 0)"));
}

static void nothing_left_is_an_error_that_says_so(void **state)
{
    Prompt *p = *state;
    assert_int_equal(prompt_run(p, "undo"), RUN_ERROR);
    assert_non_null(strstr(p->err, "nothing to undo"));
    prompt_run(p, "x = 2\nx := 3");
    prompt_notes(p, "undo 5", "note: 2 of 5 statements; there are no more to undo\n");
    assert_int_equal(prompt_run(p, "undo"), RUN_ERROR);
    prompt_run(p, "redo 2");
    prompt_says(p, "x", "x = 3\n");
    assert_int_equal(prompt_run(p, "redo"), RUN_ERROR);
    assert_non_null(strstr(p->err, "nothing to redo"));
    assert_int_equal(prompt_run(p, "undo 0"), RUN_ERROR);
    assert_int_equal(prompt_run(p, "repeat 2 { undo }"), RUN_ERROR);
    prompt_says(p, "x", "x = 3\n");
}

static void a_new_statement_ends_redo_but_looking_does_not(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nx := 3\nundo\nprint x\nvars\ntree x\nx");
    assert_int_equal(redo_count(p->s), 1);
    prompt_run(p, "y = 1");
    assert_int_equal(redo_count(p->s), 0);
    assert_int_equal(prompt_run(p, "redo"), RUN_ERROR);
}

static void the_oldest_statements_go_first_when_memory_is_short(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "w = zeros(1000)\nx = 1");
    undo_limit(p->s, 100000);
    for (int i = 0; i < 40; i++) {
        prompt_run(p, "w := w + 1");
    }
    int kept = undo_count(p->s);
    assert_true(kept > 2 && kept < 13);
    prompt_run(p, "undo 50");
    prompt_run(p, "print 40 - w[0]");
    assert_int_equal(atoi(p->out), kept);
    undo_limit(p->s, 4000);
    prompt_run(p, "w := w + 1");
    assert_int_equal(prompt_run(p, "undo"), RUN_ERROR);
    assert_non_null(strstr(p->err, "w := w + 1 was larger"));
}

/* What was bound before lives on only because undo keeps it: that counts. */
static void graphs_that_only_undo_keeps_count(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 1");
    undo_limit(p->s, 1 << 20);
    for (int i = 0; i < 100; i++) {
        prompt_run(p, "w = zeros(20000); f = sum(w*x)");
    }
    assert_true(undo_count(p->s) < 12);
    assert_true(nb_ctx_live_nodes(p->s->ctx) < 100);
}

static void an_error_in_a_later_pass_leaves_stale_values_as_they_were(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nf = x^2\ng = x^3\nx := 3");
    prompt_run(p, "repeat 100000 { x := x + 1; forward f; if x == 60000 { nosuch } }");
    assert_int_equal(p->end, RUN_ERROR);
    prompt_says(p, "print f == x^2", "1\n");
    prompt_says(p, "print g", "8\n");
    char *text = state_of(p);
    prompt_run(p, "repeat 1 { x := 5; forward f; forward g; backward g; nosuch }");
    expect_state(p, text, "error", "");
    free(text);
}

static void thousands_of_statements_are_kept_without_slowing_each_other(void **state)
{
    Prompt *p = *state;
    enum { TIMES = 10000 };
    static const char pass[] = "f = x*y + x^2; cleargrad; backward f; step;\n";
    char *text = malloc(TIMES * sizeof pass);
    size_t n = 0;
    for (int i = 0; i < TIMES; i++, n += sizeof pass - 1) {
        memcpy(text + n, pass, sizeof pass);
    }
    prompt_run(p, "x, y = 2, 3\nopt = sgd(x, y, lr=0.0001)");
    double begun = test_used();
    prompt_run(p, text);
    assert_true(test_used() - begun < 5 * test_patience());
    assert_int_equal(p->end, RUN_OK);
    assert_true(undo_count(p->s) > 10000);
    free(text);
}

static void derivatives_by_differences_leave_no_trace(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x, y = 2, 3\nf = x*y + x^2\ng = x^3\ndef h(a) = a^2\nbackward f\n"
                  "k = sin(x)\nx := 2.5\nforward f, g");
    char *before = state_of(p);
    int count = undo_count(p->s);
    prompt_run(p, "print numgrad(f, x, y), numgrad(h, x)");
    assert_int_equal(p->end, RUN_OK);
    expect_state(p, before, "numgrad", "");
    assert_int_equal(undo_count(p->s), count);
    free(before);
}

static void unknown_names_beside_many_weights_are_errors(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "m = mlp([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])\n"
                  "f = sum(m([[1]]))");
    for (int i = 0; i < 400; i++) {
        char text[64];
        snprintf(text, sizeof text, "unknown%d~1 := 2", i);
        assert_int_equal(prompt_run(p, text), RUN_ERROR);
        snprintf(text, sizeof text, "missing%d + 1", i);
        assert_int_equal(prompt_run(p, text), RUN_ERROR);
        assert_non_null(strstr(p->err, "unknown name missing"));
    }
}

static void files_are_saved_and_loaded_at_the_prompt(void **state)
{
    Prompt *p = *state;
    char text[512];
    const char *dir = getenv("NB_TMP");
    prompt_run(p, "x, y = 2, 3\nf = x*y");
    snprintf(text, sizeof text, "save \"%s/undo-test.nabla\"", dir ? dir : "/tmp");
    prompt_run(p, text);
    assert_non_null(strstr(p->out, "undo-test.nabla (3 names, 3 nodes)\n"));
    char *before = state_of(p);
    prompt_run(p, "x := 9\nz = 4");
    snprintf(text, sizeof text, "load \"%s/undo-test.nabla\"", dir ? dir : "/tmp");
    prompt_run(p, text);
    assert_int_equal(p->end, RUN_OK);
    expect_state(p, before, "load", "");
    prompt_run(p, "undo");
    prompt_says(p, "print x, z", "9 4\n");
    snprintf(text, sizeof text, "repeat 2 { load \"%s/undo-test.nabla\" }", dir ? dir : "/tmp");
    assert_int_equal(prompt_run(p, text), RUN_ERROR);
    assert_int_equal(prompt_run(p, "save \"/nonexistent/s.nabla\""), RUN_ERROR);
    snprintf(text, sizeof text, "%s/undo-test.nabla", dir ? dir : "/tmp");
    remove(text);
    free(before);
}

/* The gradient of what uses a cut value alone is shown all the same. */
static void what_used_a_cut_value_is_loaded_with_its_gradient(void **state)
{
    Prompt *p = *state, *q = prompt_new();
    prompt_run(p, "x = 2\nh = x^2\nk = sin(h)\nf = k + x\nu = [x, 1]\ng = sum(u*2)*x\nunchain h\n"
                  "unchain u\nbackward f\nbackward g");
    char *text = state_of(p);
    NbErr err = {0};
    assert_true(save_load(q->s, text, strlen(text), "s.nabla", &err));
    prompt_run(p, "backward f\nbackward g");
    prompt_run(q, "backward f\nbackward g");
    free(text);
    text = state_of(p);
    expect_state(q, text, "load and backward", "");
    free(text);
    prompt_free(q);
}

static void memory_is_flat_while_statements_come_and_go(void **state)
{
    Prompt *p = *state;
    prompt_run(p, start);
    undo_limit(p->s, 200000);
    const char *pass = "repeat 20 { f = x*y + x^2; cleargrad; backward f; step opt }\nA = A*0.5\n"
                       "loss = mean(m(A)^2)\nundo\nredo";
    for (int i = 0; i < 150; i++) {
        prompt_run(p, pass);
    }
    uint64_t nodes = nb_ctx_live_nodes(p->s->ctx);
    for (int i = 0; i < 150; i++) {
        prompt_run(p, pass);
    }
    assert_true(nb_ctx_live_nodes(p->s->ctx) < nodes + nodes / 4 + 64);
}

static const struct CMUnitTest tests[] = {
    PROMPT_TEST(undo_says_what_it_took_back),
    PROMPT_TEST(long_statements_are_cut_to_the_width),
    PROMPT_TEST(nothing_left_is_an_error_that_says_so),
    PROMPT_TEST(a_new_statement_ends_redo_but_looking_does_not),
    PROMPT_TEST(the_oldest_statements_go_first_when_memory_is_short),
    PROMPT_TEST(graphs_that_only_undo_keeps_count),
    PROMPT_TEST(an_error_in_a_later_pass_leaves_stale_values_as_they_were),
    PROMPT_TEST(thousands_of_statements_are_kept_without_slowing_each_other),
    PROMPT_TEST(derivatives_by_differences_leave_no_trace),
    PROMPT_TEST(unknown_names_beside_many_weights_are_errors),
    PROMPT_TEST(files_are_saved_and_loaded_at_the_prompt),
    PROMPT_TEST(what_used_a_cut_value_is_loaded_with_its_gradient),
    PROMPT_TEST(memory_is_flat_while_statements_come_and_go),
    cmocka_unit_test(undo_restores_the_state_before_each_of_many_statements),
    cmocka_unit_test(many_steps_back_and_forth_pass_the_same_states),
    cmocka_unit_test(a_loaded_session_is_the_same_and_goes_on_the_same_way),
    cmocka_unit_test(a_damaged_state_is_an_error_and_changes_nothing),
    cmocka_unit_test(every_cut_and_every_changed_byte_is_found),
};

NB_TEST_MAIN(tests)
