/* settings.c -- what `set` changes: one row per setting */
#include "session/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "session/core.h"
#include "session/names.h"

void settings_defaults(Settings *set, bool unicode)
{
    *set = (Settings){.digits = 6, .unicode = unicode, .threads = 1};
}

int settings_digits(const char *word)
{
    if (strcmp(word, "full") == 0) {
        return NB_DIGITS_FULL;
    }
    char *end;
    long n = strtol(word, &end, 10);
    return *end || end == word || n < 1 || n > 17 ? -1 : (int)n;
}

/* In the order of their values; also[] are other words for them. */
static const char *const on_off[] = {"off", "on", NULL}, *const truth[] = {"false", "true", NULL};
static const char *const nan_words[] = {"warn", "error", "off", NULL};
static const char *const broadcast_words[] = {"note", "error", "off", NULL};
static const char *const themes[] = {"light", "dark", NULL};
static const char *const constants[] = {"fold", "show", NULL};
static const char *const tensors[] = {"norm", "heat", NULL};

#define WORDS(field, words, others) SETTING_WORD, offsetof(Settings, field), words, others, 0

static const Setting rows[] = {
    {"digits", "1…17|full", "significant digits shown",
     "Significant digits of the numbers shown; all computing is in double precision. full is the "
     "shortest text that reads back to the same number.",
     "default 6", "set digits 3\npi", true, SETTING_DIGITS, offsetof(Settings, digits), NULL, NULL,
     0},
    {"unicode", "on|off", "∂f/∂x and →, or df/dx and ->",
     "Whether signs such as ∂f/∂x and → are shown, or df/dx and ->.",
     "default on, off where the terminal shows no UTF-8",
     "set unicode off\nx = 2\nf = x^2\nbackward f", true, WORDS(unicode, on_off, truth)},
    {"echo", "on|off", "statements show their result",
     "Whether statements show their result. Errors, notes and print always appear.",
     "default on at the prompt and with -e, off in scripts", "set echo on", true,
     WORDS(echo, on_off, truth)},
    {"nan", "warn|error|off", "a value or gradient stops being finite",
     "What happens when a value or gradient stops being finite: a note says where it began (warn), "
     "the statement fails (error), or nothing (off).",
     "default warn", "set nan error", true, WORDS(nan, nan_words, broadcast_words)},
    {"broadcast", "note|error|off", "no operand has the shape of the result",
     "What happens when two operands are both stretched, so that neither has the shape of the "
     "result: often one was meant to be transposed.",
     "default note", "set broadcast error", true, WORDS(broadcast, broadcast_words, nan_words)},
    {"constants", "fold|show", "numbers inside operations, or as nodes",
     "Whether numbers stand inside the operations of a drawn graph (fold), or are nodes of their "
     "own (show).",
     "default fold", "x = 2\nset constants show\ntree 3*x", true,
     WORDS(show_constants, constants, NULL)},
    {"tensors", "norm|heat", "entries of tensors as colours",
     "Tensors in pictures of graphs: by their shape and norm, or by their entries as colours "
     "(heat).",
     "default norm", "set tensors heat", true, WORDS(heat, tensors, NULL)},
    {"auto", "on|off", "gradients follow a value that is dragged",
     "Whether gradients follow when a value is dragged in a window. Those that are already there "
     "always do.",
     "default off", "set auto on", true, WORDS(automatic, on_off, truth)},
    {"theme", "light|dark", "colours of windows",
     "Colours of windows: dark on light, or light on dark. Exports have theme= of their own.",
     "default light", "set theme dark", true, WORDS(dark, themes, NULL)},
    {"present", "on|off", "larger text and three digits in windows",
     "For projectors: larger text, thicker lines and three digits in windows, which share what the "
     "terminal leaves of the screen.",
     "default off", "set present on", true, WORDS(present, on_off, truth)},
    {"width", "auto|40…200", "columns of text; auto: as the terminal",
     "Columns of text. auto follows the terminal; without one it is 76.", "default auto",
     "set width 60", true, SETTING_WIDTH, offsetof(Settings, width), NULL, NULL, SESSION_WIDEST},
    {"font", "default|NAME…", "family of texts in windows and pictures",
     "The font family of texts in windows and pictures, by the name the system has for it.",
     "default default, which is DejaVu Sans", "set font default", false, SETTING_FONT,
     offsetof(Settings, font), NULL, NULL, 0},
    {"threads", "1…256", "for products of large matrices",
     "How many threads share the product of large matrices. With the same number, results are the "
     "same from run to run.",
     "default 1", "set threads 2", false, SETTING_COUNT, offsetof(Settings, threads), NULL, NULL,
     256},
};

/* Position of word among words, -1 when it is none of them. */
static int choose(const char *word, const char *const *words)
{
    for (int i = 0; words && words[i]; i++) {
        if (strcmp(word, words[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static int *number_of(Settings *set, const Setting *row)
{
    return (int *)(void *)((char *)set + row->at);
}

void setting_get(const Session *s, const Setting *row, char *buf, size_t cap)
{
    Settings set = s->set;
    int n = row->kind == SETTING_FONT ? 0 : *number_of(&set, row);
    switch (row->kind) {
    case SETTING_WORD: snprintf(buf, cap, "%s", row->word[n]); break;
    case SETTING_FONT: snprintf(buf, cap, "%s", set.font[0] ? set.font : "default"); break;
    case SETTING_DIGITS:
        if (n == NB_DIGITS_FULL) {
            snprintf(buf, cap, "full");
            break;
        }
        snprintf(buf, cap, "%d", n);
        break;
    case SETTING_WIDTH:
        if (n == 0) {
            snprintf(buf, cap, "auto");
            break;
        }
        /* fall through */
    case SETTING_COUNT: snprintf(buf, cap, "%d", n); break;
    }
}

/* The family as it is spelled, found by what shows text. */
static bool set_font(Session *s, const char *word)
{
    char found[sizeof s->set.font] = "";
    if (strcmp(word, "default") != 0 &&
        !(s->core->kit->font && s->core->kit->font(s, word, found, sizeof found))) {
        return false;
    }
    memcpy(s->set.font, found, sizeof found);
    return true;
}

bool setting_set(Session *s, const Setting *row, const char *word)
{
    char *end;
    long n = -1;
    switch (row->kind) {
    case SETTING_FONT: return set_font(s, word);
    case SETTING_DIGITS: n = settings_digits(word); break;
    case SETTING_WORD:
        n = choose(word, row->word);
        n = n < 0 ? choose(word, row->also) : n;
        break;
    case SETTING_WIDTH:
        n = strtol(word, &end, 10);
        n = *end || end == word || n < SESSION_NARROWEST || n > row->most ? -1 : n;
        n = strcmp(word, "auto") == 0 ? 0 : n;
        break;
    case SETTING_COUNT:
        n = strtol(word, &end, 10);
        n = *end || end == word || n < 1 || n > row->most ? -1 : n;
        break;
    }
    if (n >= 0) {
        *number_of(&s->set, row) = (int)n;
    }
    return n >= 0;
}

int setting_count(void)
{
    return (int)(sizeof rows / sizeof rows[0]);
}

const Setting *setting_at(int i)
{
    return &rows[i];
}

const Setting *setting_find(const char *name)
{
    for (int i = 0; i < setting_count(); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *setting_nearest(const char *name)
{
    const char *best = NULL;
    int least = name_far(name);
    for (int i = 0; i < setting_count(); i++) {
        name_nearer(name, rows[i].name, &best, &least);
    }
    return best;
}
