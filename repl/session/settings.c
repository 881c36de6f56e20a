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
    {"digits", "1…17|full", "significant digits shown", true, SETTING_DIGITS,
     offsetof(Settings, digits), NULL, NULL, 0},
    {"unicode", "on|off", "∂f/∂x and →, or df/dx and ->", true, WORDS(unicode, on_off, truth)},
    {"echo", "on|off", "statements show their result", true, WORDS(echo, on_off, truth)},
    {"nan", "warn|error|off", "a value or gradient stops being finite", true,
     WORDS(nan, nan_words, broadcast_words)},
    {"broadcast", "note|error|off", "no operand has the shape of the result", true,
     WORDS(broadcast, broadcast_words, nan_words)},
    {"constants", "fold|show", "numbers inside operations, or as nodes", true,
     WORDS(show_constants, constants, NULL)},
    {"tensors", "norm|heat", "entries of tensors as colours", true, WORDS(heat, tensors, NULL)},
    {"auto", "on|off", "gradients follow a value that is dragged", true,
     WORDS(automatic, on_off, truth)},
    {"theme", "light|dark", "colours of windows", true, WORDS(dark, themes, NULL)},
    {"present", "on|off", "larger text and three digits in windows", true,
     WORDS(present, on_off, truth)},
    {"width", "auto|40…200", "columns of text; auto: as the terminal", true, SETTING_WIDTH,
     offsetof(Settings, width), NULL, NULL, SESSION_WIDEST},
    {"font", "default|NAME…", "family of texts in windows and pictures", false, SETTING_FONT,
     offsetof(Settings, font), NULL, NULL, 0},
    {"threads", "1…256", "for products of large matrices", false, SETTING_COUNT,
     offsetof(Settings, threads), NULL, NULL, 256},
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
