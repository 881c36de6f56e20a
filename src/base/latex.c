/* latex.c -- names and numbers of the language as LaTeX math */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "base/out.h"

/* --- characters --- */

/* One code point from UTF-8; *n gets its length, at least 1. Broken bytes are U+FFFD. */
static uint32_t decode(const char *text, size_t *n)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t want = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 1;
    uint32_t c = want == 1 ? s[0] : s[0] & (0xffU >> (want + 1));
    *n = 1;
    for (; *n < want; ++*n) {
        if ((s[*n] & 0xc0) != 0x80) {
            return 0xfffd;
        }
        c = c << 6 | (s[*n] & 0x3f);
    }
    return want == 1 && c >= 0x80 ? 0xfffd : c;
}

/* From U+0391 and U+03B1; capitals that look Latin have no command of their own. */
static const char *const capitals[] = {
    "A",       "B",        "\\Gamma",   "\\Delta", "E",    "Z",     "H",      "\\Theta", "I",
    "K",       "\\Lambda", "M",         "N",       "\\Xi", "O",     "\\Pi",   "P",       NULL,
    "\\Sigma", "T",        "\\Upsilon", "\\Phi",   "X",    "\\Psi", "\\Omega"};
static const char *const smalls[] = {
    "\\alpha",  "\\beta", "\\gamma", "\\delta",    "\\varepsilon", "\\zeta", "\\eta",
    "\\theta",  "\\iota", "\\kappa", "\\lambda",   "\\mu",         "\\nu",   "\\xi",
    "o",        "\\pi",   "\\rho",   "\\varsigma", "\\sigma",      "\\tau",  "\\upsilon",
    "\\varphi", "\\chi",  "\\psi",   "\\omega"};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct {
    uint32_t code;
    const char *latex;
} others[] = {{0x00b5, "\\mu"},      {0x00b7, "\\cdot"},        {0x00c5, "\\mathring{A}"},
              {0x00d7, "\\times"},   {0x00e5, "\\mathring{a}"}, {0x0127, "\\hbar"},
              {0x0131, "\\imath"},   {0x03d1, "\\vartheta"},    {0x03d5, "\\phi"},
              {0x03d6, "\\varpi"},   {0x03f1, "\\varrho"},      {0x03f5, "\\epsilon"},
              {0x2026, "\\ldots"},   {0x2113, "\\ell"},         {0x2192, "\\to"},
              {0x2202, "\\partial"}, {0x2207, "\\nabla"}};

/* Combining marks: x̂. */
static const struct {
    uint32_t code;
    const char *latex;
} marks[] = {{0x300, "\\grave"}, {0x301, "\\acute"},    {0x302, "\\hat"},   {0x303, "\\tilde"},
             {0x304, "\\bar"},   {0x305, "\\bar"},      {0x306, "\\breve"}, {0x307, "\\dot"},
             {0x308, "\\ddot"},  {0x30a, "\\mathring"}, {0x30c, "\\check"}, {0x20d7, "\\vec"}};

static const char *mark_at(const char *s, size_t *n)
{
    uint32_t c = (unsigned char)*s < 0x80 ? 0 : decode(s, n);
    for (size_t i = 0; i < COUNT(marks); i++) {
        if (marks[i].code == c) {
            return marks[i].latex;
        }
    }
    return NULL;
}

/* Letters with an accent, U+00C0 to U+00FF: the letter and which accent; '.' where there is none.
 */
static const char accented[] = "A`A'A^A~A\"A...E.E`E'E^E\"I`I'I^I\""
                               "..N~O`O'O^O~O\"....U`U'U^U\"Y'....";

static const char *accent_command(char mark)
{
    switch (mark) {
    case '`': return "\\grave";
    case '\'': return "\\acute";
    case '^': return "\\hat";
    case '~': return "\\tilde";
    case '"': return "\\ddot";
    default: return NULL;
    }
}

static const char *command_of(uint32_t c)
{
    for (size_t i = 0; i < COUNT(others); i++) {
        if (others[i].code == c) {
            return others[i].latex;
        }
    }
    if (c >= 0x391 && c < 0x391 + COUNT(capitals)) {
        return capitals[c - 0x391];
    }
    return c >= 0x3b1 && c < 0x3b1 + COUNT(smalls) ? smalls[c - 0x3b1] : NULL;
}

/* é as \acute{e}; false when c is no such letter. */
static bool put_accented(NbOut *o, uint32_t c)
{
    bool small = c >= 0xe0;
    size_t at = (c - (small ? 0xe0 : 0xc0)) * 2;
    const char *command = c >= 0xc0 && c <= 0xff && at + 1 < sizeof accented - 1
                              ? accent_command(accented[at + 1])
                              : NULL;
    if (!command) {
        return false;
    }
    char letter = (char)(accented[at] | (small ? 0x20 : 0));
    const char shown[] = {letter, '\0'};
    nb_put(o, command);
    nb_put(o, "{");
    nb_put(o, letter == 'i' ? "\\imath" : shown);
    nb_put(o, "}");
    return true;
}

static bool ends_in_command(const NbOut *o, size_t from)
{
    size_t at = o->len;
    while (at > from && at <= o->cap && ((o->buf[at - 1] | 0x20) >= 'a') &&
           ((o->buf[at - 1] | 0x20) <= 'z')) {
        at--;
    }
    return at > from && at < o->len && o->buf[at - 1] == '\\';
}

/* One character of a name; `from`: where its word starts in o. */
static void put_letter(NbOut *o, const char *s, size_t n, uint32_t c, size_t from)
{
    const char *command = command_of(c);
    if (c < 0x80) {
        nb_put(o, ends_in_command(o, from) && ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ? " " : "");
        nb_put_bytes(o, s, n);
    } else if (command) {
        nb_put(o, ends_in_command(o, from) && command[0] != '\\' ? " " : "");
        nb_put(o, command);
    } else if (!put_accented(o, c)) {
        char code[32];
        snprintf(code, sizeof code, "}{%04X}", (unsigned)c);
        nb_put(o, "\\nablachar{");
        if (c == 0xfffd) {
            nb_put(o, "?");
        } else {
            nb_put_bytes(o, s, n);
        }
        nb_put(o, code);
    }
}

/* --- names --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ₀ … ₉ */
static int subscript_digit(const char *s)
{
    size_t n;
    uint32_t c = (unsigned char)*s >= 0xe2 ? decode(s, &n) : 0;
    return c >= 0x2080 && c <= 0x2089 ? (int)(c - 0x2080) : -1;
}

/* A letter spelled out: theta. */
static const char *spelled(const char *word, size_t n)
{
    for (size_t i = 0; i < COUNT(smalls); i++) {
        const char *name = smalls[i] + 1;
        if (strlen(smalls[i]) == n + 1 && n > 1 && strncmp(name, word, n) == 0) {
            return smalls[i];
        }
    }
    return n == 7 && strncmp(word, "epsilon", n) == 0 ? "\\epsilon"
           : n == 3 && strncmp(word, "phi", n) == 0   ? "\\phi"
                                                      : NULL;
}

/* A word: one letter as it is, several in the given face, digits alone. */
static void put_word(NbOut *o, const char *word, size_t bytes, const char *face)
{
    const char *greek = spelled(word, bytes);
    if (greek) {
        nb_put(o, greek);
        return;
    }
    size_t letters = 0, digits = 0, n;
    for (size_t i = 0; i < bytes; i += n) {
        letters += mark_at(word + i, &n) == NULL;
        decode(word + i, &n);
        digits += is_digit(word[i]);
    }
    bool plain = letters == 1 || digits == letters;
    nb_put(o, plain ? "" : face);
    nb_put(o, plain ? "" : "{");
    size_t from = o->len;
    for (size_t i = 0; i < bytes; i += n) {
        uint32_t c = decode(word + i, &n);
        size_t over = 0;
        const char *mark = i + n < bytes ? mark_at(word + i + n, &over) : NULL;
        nb_put(o, mark ? mark : "");
        nb_put(o, mark ? "{" : "");
        put_letter(o, word + i, n, c, mark ? o->len : from);
        nb_put(o, mark ? "}" : "");
        n += mark ? over : 0;
    }
    nb_put(o, plain ? "" : "}");
}

/* Bytes of the word at s: up to _, ~, a subscript digit or the end. */
static size_t word_bytes(const char *s)
{
    size_t n = 0;
    while (s[n] && s[n] != '_' && s[n] != '~' && subscript_digit(s + n) < 0) {
        size_t k;
        decode(s + n, &k);
        n += k;
    }
    return n;
}

static void begin_sub(NbOut *o, bool *open)
{
    nb_put(o, *open ? "," : "_{");
    *open = true;
}

/* What follows the first word: _hidden, ₁, ~2. */
static void put_rest(NbOut *o, const char *s, bool open)
{
    while (*s) {
        if (*s == '~') {
            begin_sub(o, &open);
            nb_put(o, "\\sim ");
            size_t n = word_bytes(s + 1);
            nb_put_bytes(o, s + 1, n);
            s += 1 + n;
        } else if (subscript_digit(s) >= 0) {
            begin_sub(o, &open);
            for (; subscript_digit(s) >= 0; s += 3) {
                const char digit[] = {(char)('0' + subscript_digit(s)), '\0'};
                nb_put(o, digit);
            }
        } else {
            s += *s == '_';
            size_t n = word_bytes(s);
            if (n > 0) {
                begin_sub(o, &open);
                put_word(o, s, n, "\\mathrm");
            }
            s += n;
        }
    }
    nb_put(o, open ? "}" : "");
}

/* A name as the language has it, perhaps with ~n; not m.linear[0].w, x * y or "text". */
static bool is_name(const char *s)
{
    if (!is_ascii_letter(*s) && *s != '_' && (unsigned char)*s < 0x80) {
        return false;
    }
    for (; *s; s++) {
        if (!is_ascii_letter(*s) && !is_digit(*s) && *s != '_' && *s != '~' &&
            (unsigned char)*s < 0x80) {
            return false;
        }
    }
    return true;
}

/* Any text in typewriter letters. */
static void put_verbatim(NbOut *o, const char *s)
{
    size_t n;
    nb_put(o, "\\mathtt{");
    size_t from = o->len;
    for (; *s; s += n) {
        uint32_t c = decode(s, &n);
        if (strchr("#$%&_{}", *s)) {
            nb_put(o, "\\");
            nb_put_bytes(o, s, 1);
        } else if (*s == '\\') {
            nb_put(o, "\\backslash ");
        } else if (*s == '~') {
            nb_put(o, "\\sim ");
        } else if (*s == '^') {
            nb_put(o, "\\hat{}");
        } else if (c <= ' ' || c == 0x7f) {
            nb_put(o, "\\ ");
        } else if (c == '\'') {
            nb_put(o, "{\\prime}");
        } else {
            put_letter(o, s, n, c, from);
        }
    }
    nb_put(o, "}");
}

/* a_very_long_name: several words joined by underscores, no index of an index. */
static bool is_phrase(const char *name)
{
    int joints = 0;
    bool words = false;
    for (const char *s = name; *s;) {
        size_t n = word_bytes(s);
        words = words || n > 2;
        joints += s[n] == '_';
        s += n + (s[n] != '\0');
    }
    return joints > 1 && words;
}

/* All of it in italics; returns what is left, ~2 or nothing. */
static const char *put_phrase(NbOut *o, const char *name)
{
    size_t n;
    nb_put(o, "\\mathit{");
    size_t from = o->len;
    for (; *name && *name != '~'; name += n) {
        uint32_t c = decode(name, &n);
        if (c == '_') {
            nb_put(o, "\\_");
        } else {
            put_letter(o, name, n, c, from);
        }
    }
    nb_put(o, "}");
    return name;
}

size_t nb_latex_name(const char *name, char *buf, size_t cap)
{
    NbOut o = {buf, cap, 0};
    char *end;
    name = name ? name : "";
    double x = is_digit(*name) || *name == '-' || *name == '.' ? strtod(name, &end) : NAN;
    if (!isnan(x) && *end == '\0') {
        return nb_latex_number(x, NB_DIGITS_FULL, buf, cap);
    }
    if (!is_name(name)) {
        put_verbatim(&o, name);
        return nb_put_end(&o);
    }
    if (is_phrase(name)) {
        put_rest(&o, put_phrase(&o, name), false);
        return nb_put_end(&o);
    }
    size_t base = word_bytes(name);
    if (base == 0) { /* _x */
        nb_put(&o, "\\_");
        base = *name == '_';
        size_t more = word_bytes(name + base);
        put_word(&o, name + base, more, "\\mathit");
        put_rest(&o, name + base + more, false);
        return nb_put_end(&o);
    }
    size_t letters = base;
    while (letters > 1 && is_digit(name[letters - 1])) {
        letters--;
    }
    put_word(&o, name, letters, "\\mathit");
    bool open = false;
    if (letters < base) {
        begin_sub(&o, &open);
        nb_put_bytes(&o, name + letters, base - letters);
    }
    put_rest(&o, name + base, open);
    return nb_put_end(&o);
}

size_t nb_latex_number(double x, int digits, char *buf, size_t cap)
{
    NbOut o = {buf, cap, 0};
    char text[40];
    nb_format_number(x, digits, text, sizeof text);
    char *e = strchr(text, 'e');
    if (isnan(x)) {
        nb_put(&o, "\\mathrm{nan}");
    } else if (isinf(x)) {
        nb_put(&o, x > 0 ? "\\infty" : "-\\infty");
    } else if (e) {
        char power[24];
        *e = '\0';
        snprintf(power, sizeof power, "10^{%d}", atoi(e + 1));
        if (strcmp(text, "1") != 0) {
            nb_put(&o, text);
            nb_put(&o, " \\cdot ");
        }
        nb_put(&o, power);
    } else {
        nb_put(&o, text);
    }
    return nb_put_end(&o);
}

const char *nb_latex_preamble(void)
{
    return "% characters that TeX's own fonts lack: themselves in XeLaTeX and LuaLaTeX, else a "
           "code\n"
           "\\providecommand\\nablachar[2]{\\ifdefined\\Umathchar\\mbox{#1}"
           "\\else\\mbox{\\tiny\\ttfamily U#2}\\fi}\n";
}
