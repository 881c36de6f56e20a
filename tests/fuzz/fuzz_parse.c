/* fuzz_parse.c -- random and mutated texts through lexer and parser: fuzz_parse N [seed] */
#include "fuzz.h"

#define RENEW 2000 /* inputs of one interpreter: names are never forgotten */

static const char *const seeds[] = {
    "x, y = 2, 3\nf = x*y + x^2\nbackward f\nprint x.grad, \"{f:.4f} {{}}\"\n",
    "def rosenbrock(x, y=2) = 100*(y - x^2)^2 + (1 - x)^2\nprint (rosenbrock(1) + 1)*2;",
    "repeat 10 { for i in 0:10:2 { if i == 4 { continue } else if i > 6 { break } else { } } }",
    "w = [[1, 2], [3, 4]]\nw[0, 1:] := 7; w[:, [1, 0]]\nnograd { z = w.T @ w }\n",
    "while x < 3 and not y or z { every 2 { x := x + 1 } }\nconst a, b = f(1, n=2), 'raw'\n",
    "def f(a,\n  b = 1)\n{\n  s = a # comment\n  return s, b\n}\nset digits full\nhelp x~1\n",
    "θ₁ = .5e-3; opt.lr = 0.1; m.linear[0].w(x)[1].T ** -2 % 3 / 4 != 5",
    "testmode { assert x == 2, \"no {x}\" }\n?sin\ntime { print(1, 2) }\n",
};

static const char *const tokens[] = {
    "(",         ")",
    "[",         "]",
    "{",         "}",
    ",",         ".",
    ":",         ":=",
    "=",         "==",
    "!=",        "<",
    "<=",        ">",
    ">=",        "+",
    "-",         "*",
    "/",         "%",
    "@",         "^",
    "**",        "?",
    ";",         "\n",
    " ",         "#",
    "\"",        "'",
    "\\",        "~",
    "!",         "&",
    "|",         "$",
    "//",        "and ",
    "or ",       "not ",
    "def ",      "const ",
    "if ",       "else ",
    "repeat ",   "while ",
    "for ",      "in ",
    "every ",    "nograd ",
    "testmode ", "break ",
    "continue ", "return ",
    "x",         "y",
    "f",         "θ",
    "x₁",        "x~1",
    "_",         "print ",
    "assert ",   "backward ",
    "set ",      "help ",
    "watch ",    "time ",
    "step ",     "sin",
    "sum",       "pi",
    "none",      "1",
    "2.5",       ".5",
    "1e3",       "1e400",
    "0,5",       "²",
    "∂",         "−",
    "\xFF",      "\xE2\x82",
    "\"{x}\"",   "\"{x:.2f}\"",
    "\"{",       "{{",
    "}}",        "[[1, 2], [3, 4]]",
    "x.grad",    "x[0]",
    "f(x)",      "f(x, n=1)",
    "n=",        ":2:",
    "\r\n",      "\t",
    "\xC2\xA0",  "\xEF\xBB\xBF",
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void from_tokens(Fuzz *f)
{
    size_t n = 1 + fuzz_below(f, 40);
    for (size_t i = 0; i < n; i++) {
        fuzz_put(f, tokens[fuzz_below(f, COUNT(tokens))]);
    }
}

static void from_bytes(Fuzz *f)
{
    size_t n = fuzz_below(f, 60);
    for (size_t i = 0; i < n; i++) {
        char c = (char)(fuzz_below(f, 4) ? 32 + fuzz_below(f, 96) : fuzz_below(f, 256));
        fuzz_add(f, &c, 1);
    }
}

static void mutate(Fuzz *f)
{
    char copy[FUZZ_TEXT];
    if (f->len == 0) {
        return;
    }
    size_t at = fuzz_below(f, f->len), n = 1 + fuzz_below(f, 8), tail;
    n = n > f->len - at ? f->len - at : n;
    tail = f->len - at - n;
    memcpy(copy, f->text + at, f->len - at);
    f->len = at;
    switch (fuzz_below(f, 5)) {
    case 0: fuzz_add(f, copy + n, tail); break; /* cut out */
    case 1:                                     /* doubled */
        fuzz_add(f, copy, n);
        fuzz_add(f, copy, n + tail);
        break;
    case 2: /* a token put in */
        fuzz_put(f, tokens[fuzz_below(f, COUNT(tokens))]);
        fuzz_add(f, copy, n + tail);
        break;
    case 3: /* one byte changed */
        copy[0] = (char)fuzz_below(f, 256);
        fuzz_add(f, copy, n + tail);
        break;
    default: break; /* cut off */
    }
}

static void from_seed(Fuzz *f)
{
    fuzz_put(f, seeds[fuzz_below(f, COUNT(seeds))]);
    for (size_t n = 1 + fuzz_below(f, 4); n > 0; n--) {
        mutate(f);
    }
}

/* Deep or long in one way. */
static void from_repetition(Fuzz *f)
{
    const char *s = tokens[fuzz_below(f, COUNT(tokens))];
    const char *t = tokens[fuzz_below(f, COUNT(tokens))];
    for (size_t n = fuzz_below(f, 400); n > 0; n--) {
        fuzz_put(f, s);
        fuzz_put(f, t);
    }
}

static void make(Fuzz *f)
{
    f->len = 0;
    f->text[0] = '\0';
    size_t way = fuzz_below(f, 64);
    if (way < 30) {
        from_seed(f);
    } else if (way < 58) {
        from_tokens(f);
    } else if (way < 63) {
        from_bytes(f);
    } else {
        from_repetition(f);
    }
}

static bool nothing(Interp *I, const Call *call, Value *out)
{
    (void)I, (void)call, (void)out;
    return true;
}

static const Builtin rows[] = {
    {.name = "backward", .flags = B_COMMAND, .max_args = -1, .fn = nothing, .usage = "backward f"},
    {.name = "step", .flags = B_COMMAND, .max_args = -1, .fn = nothing, .usage = "step"},
    {.name = "watch", .flags = B_COMMAND | B_LAZY, .max_args = -1, .fn = nothing, .usage = "watch"},
    {.name = "set", .flags = B_COMMAND | B_WORDS, .max_args = -1, .fn = nothing, .usage = "set"},
    {.name = "help", .flags = B_COMMAND | B_WORDS, .max_args = -1, .fn = nothing, .usage = "help"},
    {.name = "time", .flags = B_COMMAND | B_BLOCK, .max_args = -1, .fn = nothing, .usage = "time"},
};

static void check_error(const Fuzz *f, const LangError *e)
{
    if (e->err.code == NB_OK || !e->err.msg[0]) {
        fuzz_broken(f, "a text that does not parse has an error");
    }
    if (e->has_span && (e->line < 1 || e->col < 1 || e->width < 1 || e->text_col < 1 ||
                        (size_t)e->text_col > strlen(e->text) + 1)) {
        fuzz_broken(f, "an error lies inside its line");
    }
}

static void check_program(const Fuzz *f, const Program *p)
{
    for (int i = 0; i < program_statements(p); i++) {
        size_t len;
        const char *s = node_source(p, program_statement(p, i), &len);
        if (len == 0 || len > f->len || !s) {
            fuzz_broken(f, "a statement lies inside the text");
        }
    }
}

int main(int argc, char **argv)
{
    static Fuzz f;
    fuzz_arguments(&f, argc, argv, 100000);
    NbCtx *ctx = nb_ctx_new();
    Interp *I = NULL;
    FILE *null = fopen("/dev/null", "w");
    long parsed = 0, i;
    for (i = 0; i < f.inputs && ctx && null; i++) {
        if (i % RENEW == 0) {
            interp_free(&I);
            I = interp_new(ctx);
            if (!I || !interp_add(I, rows, (int)COUNT(rows)) || fuzz_time_is_up(&f)) {
                break;
            }
        }
        make(&f);
        bool prompt = fuzz_below(&f, 4) == 0;
        Program *p = interp_parse(I, f.text, f.len, prompt ? "" : "fuzz.nabla", 1, prompt);
        if (p) {
            parsed++;
            check_program(&f, p);
        } else {
            check_error(&f, interp_error(I));
            if (i % 64 == 0) {
                lang_error_print(interp_error(I), null, i % 128 == 0);
            }
        }
        program_unref(&p);
        if (i % 8 == 0) {
            interp_incomplete(I, f.text, f.len);
        }
    }
    interp_free(&I);
    nb_ctx_free(&ctx);
    if (null) {
        fclose(null);
    }
    printf("%ld texts, %ld of them programs, %.1f s\n", i, parsed, fuzz_clock() - f.began);
    return 0;
}
