/* tidy.c -- blank lines around functions, as PEP 8 has them, and conditions that are one */
#include "pytorch/internal.h"

static const char *line_end(const char *s)
{
    return s + strcspn(s, "\n");
}

static bool begins(const char *s, const char *word)
{
    return strncmp(s, word, strlen(word)) == 0;
}

/* A function or class at the left margin, with the comment right above it. */
static bool starts_definition(const char *s)
{
    while (*s == '#' && *line_end(s)) {
        s = line_end(s) + 1;
    }
    return begins(s, "def ") || begins(s, "class ");
}

static void add_blanks(Text *out, int n)
{
    for (; n > 0 && out->len > 0; n--) {
        text_add(out, "\n");
    }
}

void tidy(Trans *T)
{
    static const char plot[] = "if plt:\n";
    Text out = text_in(&T->lost);
    bool defined = false, commented = false, plots = false;
    int blanks = 0;
    for (const char *s = text_str(&T->out), *end; *s; s = *end ? end + 1 : end) {
        end = line_end(s);
        if (end == s) {
            blanks++;
            continue;
        }
        bool margin = *s != ' ' && *s != ')' && *s != ']';
        bool definition = margin && !(commented && blanks == 0) && starts_definition(s);
        if (margin && !(commented && blanks == 0) && (definition || defined)) {
            blanks = 2;
        }
        if (!(plots && blanks == 0 && begins(s, plot))) {
            add_blanks(&out, blanks);
            text_addn(&out, s, (size_t)(end - s));
            text_add(&out, *end ? "\n" : "");
        }
        if (margin) {
            defined = begins(s, "def ") || begins(s, "class ");
            plots = begins(s, plot);
        }
        commented = margin && *s == '#';
        blanks = 0;
    }
    text_free(&T->out);
    T->out = out;
}
