/* test_translated.c -- every program of this repository in PyTorch: read by Python, or refused */

/* Each section of tests/lang, sample and lesson is translated. Where a line is refused, the error
 * names it and nothing is written; then the line is left out, and so on until what remains has a
 * translation. All of them are read by Python in the end. What they compute is held against
 * PyTorch by make test-torch. */
#include <dirent.h>

#include "prompt.h"
#include "repl/pytorch/pytorch.h"

#define MOST_LINES 600
#define ROOMS 4

typedef struct Tally {
    Prompt *p;
    FILE *out;
    int sections, translated, refused;
} Tally;

static char *read_whole(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    const size_t n = (size_t)ftell(f);
    rewind(f);
    char *text = calloc(n + 1, 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, n, f), n);
    fclose(f);
    return text;
}

/* true when it was translated, or when no line can be left out so that it will be. */
static bool translate(Tally *t, const char *name, char *text)
{
    const PytorchOptions form[ROOMS] = {
        {.digits = 6},
        {.digits = 17, .float32 = true, .seed = 7},
        {.digits = 3, .ddp = true},
        {.digits = 6, .notebook = true},
    };
    Interp *I = t->p->s->interp;
    Program *program = interp_parse(I, text, strlen(text), "program", 1, false);
    if (!program) {
        return true;
    }
    Text out = {0}, again = {0};
    text_add(&out, "before\n");
    const PytorchOptions *o = &form[t->sections % ROOMS];
    const bool ok = pytorch_translate(I, program, o, &out, NULL);
    bool done = true;
    if (ok) {
        assert_true(pytorch_translate(I, program, o, &again, NULL));
        assert_string_equal(text_str(&out) + strlen("before\n"), text_str(&again));
        fprintf(t->out, "%c %s\n%s", 0, name, text_str(&again));
        t->translated++;
    } else {
        const LangError *e = interp_error(I);
        assert_true(e->err.msg[0] != '\0');
        assert_string_equal(text_str(&out), "before\n");
        t->refused++;
        char *line = text;
        for (int i = 1; i < e->line && line; i++) {
            line = strchr(line, '\n');
            line = line ? line + 1 : NULL;
        }
        const size_t n = line ? strcspn(line, "\n") : 0;
        done = n == 0 || line[strspn(line, " ")] == '\n';
        if (!done) {
            memset(line, ' ', n);
        }
    }
    text_free(&out);
    text_free(&again);
    program_unref(&program);
    return done;
}

static void try_section(Tally *t, const char *name, char *text)
{
    t->sections++;
    for (int i = 0; i < MOST_LINES && !translate(t, name, text); i++) {
    }
}

/* Sections begin with a line "#--…"; what is wanted of them stands in lines "#>", "#!", "#=". */
static void try_file(Tally *t, const char *name, char *text)
{
    char *from = text;
    for (char *line = text, *next; *line; line = next) {
        const size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        if (strncmp(line, "#--", 3) == 0) {
            line[-(line > text)] = '\0';
            try_section(t, name, from);
            from = next;
        } else if (line[0] == '#' && line[1] && strchr(">!=@", line[1])) {
            memset(line, ' ', n);
        }
    }
    try_section(t, name, from);
}

/* Names that Python refuses, takes for another, or has a meaning for; three that become one. */
static const char *const worst[] = {
    "x₁",     "x1",   "x₁₂",    "x₁2",   "lambda", "lambda_", "class", "None", "True",  "import",
    "_",      "__",   "c1",     "v1",    "ﬁ",      "fi",      "é",     "𝐱",    "ᵃ",     "torch",
    "F",      "math", "np",     "edges", "text",   "counted", "float", "str",  "async", "match",
    "print_", "opt",  "tensor", "ñ",     "变量",   "θ̂",       "ⅸ",     "x_1",  "nn",    "super",
};

/* Each is a leaf, a parameter given by name, a local, a loop's name and a constant. */
static void try_names(Tally *t)
{
    Text p = {0};
    const size_t n = sizeof worst / sizeof worst[0];
    for (size_t i = 0; i < n; i++) {
        text_printf(&p, "%s = %zu\n", worst[i], i + 2);
    }
    text_add(&p, "f = 0");
    for (size_t i = 0; i < n; i++) {
        text_printf(&p, " + %s*%zu", worst[i], i);
    }
    text_printf(&p, "\nbackward f\nprint f, %s.grad\n", worst[0]);
    for (size_t i = 0; i < n; i++) {
        const char *other = worst[(i + 1) % n];
        text_printf(&p,
                    "def g%zu(%s, %s) {\n    for i in 0:2 { %s = %s + i }\n    return %s + %s\n}\n"
                    "print g%zu(%s=1, %s=2)\n",
                    i, worst[i], other, worst[i], worst[i], worst[i], other, i, worst[i], other);
    }
    const int before = t->translated;
    for (int form = 0; form < ROOMS; form++) {
        t->sections++; /* another form of program */
        char *text = strdup(text_str(&p));
        assert_non_null(text);
        assert_true(translate(t, "the worst names", text));
        free(text);
    }
    assert_int_equal(t->translated, before + ROOMS);
    text_free(&p);
}

/* The same names in a graph that is written as a function. */
static void try_exported(Tally *t, const char *path)
{
    Text p = {0};
    for (size_t i = 0; i < sizeof worst / sizeof worst[0]; i++) {
        text_printf(&p, "%s = %zu\n", worst[i], i + 2);
    }
    text_add(&p, "class_ = [1, 2]*x₁\nlambda_1 = 0");
    for (size_t i = 0; i < sizeof worst / sizeof worst[0]; i++) {
        text_printf(&p, " + %s*%zu", worst[i], i + 1);
    }
    text_printf(&p, "\nlambda_1 = sum(lambda_1*class_)\nexport \"%s.py\", lambda_1\n", path);
    prompt_run(t->p, text_str(&p));
    assert_string_equal(t->p->err, "");
    snprintf(t->p->out, sizeof t->p->out, "%s.py", path);
    char *text = read_whole(t->p->out);
    fprintf(t->out, "%c exported\n%s", 0, text);
    free(text);
    text_free(&p);
}

static void try_folder(Tally *t, const char *folder)
{
    char path[1200];
    const char *root = getenv("NB_ROOT");
    snprintf(path, sizeof path, "%s/%s", root ? root : ".", folder);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        const size_t n = strlen(e->d_name);
        if (n > 6 && strcmp(e->d_name + n - 6, ".nabla") == 0) {
            snprintf(path, sizeof path, "%s/%s/%s", root ? root : ".", folder, e->d_name);
            char *text = read_whole(path);
            try_file(t, e->d_name, text);
            free(text);
        }
    }
    closedir(d);
}

static void every_program_is_refused_at_a_line_or_read_by_python(void **state)
{
    char path[1000], command[2600];
    const char *tmp = getenv("NB_TMP"), *root = getenv("NB_ROOT");
    snprintf(path, sizeof path, "%s/translated", tmp ? tmp : "/tmp");
    Tally t = {.p = *state, .out = fopen(path, "w")};
    assert_non_null(t.out);
    try_folder(&t, "tests/lang");
    try_folder(&t, "samples");
    try_folder(&t, "samples/lessons");
    try_names(&t);
    try_exported(&t, path);
    assert_int_equal(fclose(t.out), 0);
    print_message("%d sections, %d translated, %d lines refused\n", t.sections, t.translated,
                  t.refused);
    assert_true(t.translated > t.sections / 2);
    snprintf(command, sizeof command, "/usr/bin/python3 -B '%s/tests/unit/translated.py' '%s'",
             root ? root : ".", path);
    assert_int_equal(system(command), 0);
}

/* What is told, and the program or the error in its place. */
static char *translated(Prompt *p, const char *text, char **told)
{
    size_t n = 0;
    FILE *notes = open_memstream(told, &n);
    assert_non_null(notes);
    Text out = {0};
    Program *program = interp_parse(p->s->interp, text, strlen(text), "p.nabla", 1, false);
    assert_non_null(program);
    const PytorchOptions o = {.digits = 6};
    const bool ok = pytorch_translate(p->s->interp, program, &o, &out, notes);
    char *result = strdup(ok ? text_str(&out) : interp_error(p->s->interp)->err.msg);
    assert_non_null(result);
    assert_int_equal(fclose(notes), 0);
    text_free(&out);
    program_unref(&program);
    return result;
}

static void gives(Prompt *p, const char *text, const char *want, const char *note)
{
    char *told = NULL, *got = translated(p, text, &told);
    if (!strstr(got, want) || strcmp(told, note) != 0) {
        print_message("%s\nwanted %s\n%sgot %s\n%s", text, want, note, got, told);
        fail();
    }
    free(got);
    free(told);
}

static void a_function_that_is_passed_on_is_written_as_any_other(void **state)
{
    gives(*state, "def g(t) = sin(t) + t^2\nx, t = curve(g, 4)\n",
          "    return torch.sin(t) + t ** 2\n", "");
}

static void a_function_that_nobody_calls_is_left_as_a_comment(void **state)
{
    gives(*state, "def g(t) = log(t)\nx = 2\n", "\n# not called: g\n\nx = 2",
          "p.nabla:1:1: note: g is called nowhere; left as a comment\n");
    gives(*state, "def g(t) {\n    return log(t)\n}\ny = 2\n", "\n# not called: g\n\ny = 2",
          "p.nabla:1:1: note: g is called nowhere; left as a comment\n");
    gives(*state, "def h(t) = log(t)\nz = h(2.5)\n", "    return edges.log(t)\n", "");
    gives(*state, "a = 4\nz = sqrt(a/2)\n", "z = math.sqrt(a / 2)\n", "");
}

static void steps_are_made_by_optimizers(void **state)
{
    gives(*state, "step 3\n", "step: not an optimizer", "");
    gives(*state, "x = 1\nf = x^2\nminimize f, x\n", "minimize: not an optimizer", "");
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        PROMPT_TEST(a_function_that_is_passed_on_is_written_as_any_other),
        PROMPT_TEST(a_function_that_nobody_calls_is_left_as_a_comment),
        PROMPT_TEST(steps_are_made_by_optimizers),
        PROMPT_TEST(every_program_is_refused_at_a_line_or_read_by_python),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
