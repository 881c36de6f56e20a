/* settings.c -- what `set` changes: one row per setting */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/view.h"
#include "names.h"
#include "session.h"

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

static bool on_off(const char *word, bool *to)
{
    bool on = strcmp(word, "on") == 0 || strcmp(word, "true") == 0;
    if (!on && strcmp(word, "off") != 0 && strcmp(word, "false") != 0) {
        return false;
    }
    *to = on;
    return true;
}

static void put(char *buf, size_t cap, const char *word)
{
    snprintf(buf, cap, "%s", word);
}

/* Position of word in names, -1 when it is none of them. */
static int choose(const char *word, const char *const *names, int n)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(word, names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static void get_digits(const Session *s, char *buf, size_t cap)
{
    if (s->set.digits == NB_DIGITS_FULL) {
        put(buf, cap, "full");
    } else {
        snprintf(buf, cap, "%d", s->set.digits);
    }
}

static bool set_digits(Session *s, const char *word)
{
    int n = settings_digits(word);
    if (n >= 0) {
        s->set.digits = n;
    }
    return n >= 0;
}

static void get_unicode(const Session *s, char *buf, size_t cap)
{
    put(buf, cap, s->set.unicode ? "on" : "off");
}

static bool set_unicode(Session *s, const char *word)
{
    return on_off(word, &s->set.unicode);
}

static void get_echo(const Session *s, char *buf, size_t cap)
{
    put(buf, cap, s->set.echo ? "on" : "off");
}

static bool set_echo(Session *s, const char *word)
{
    return on_off(word, &s->set.echo);
}

static const char *const nan_names[] = {"warn", "error", "off"};

static void get_nan(const Session *s, char *buf, size_t cap)
{
    put(buf, cap, nan_names[s->set.nan]);
}

static bool set_nan(Session *s, const char *word)
{
    int i = choose(strcmp(word, "note") == 0 ? "warn" : word, nan_names, 3);
    if (i >= 0) {
        s->set.nan = (NbNanMode)i;
    }
    return i >= 0;
}

static const char *const broadcast_names[] = {"note", "error", "off"};

static void get_broadcast(const Session *s, char *buf, size_t cap)
{
    put(buf, cap, broadcast_names[s->set.broadcast]);
}

static bool set_broadcast(Session *s, const char *word)
{
    int i = choose(strcmp(word, "warn") == 0 ? "note" : word, broadcast_names, 3);
    if (i >= 0) {
        s->set.broadcast = (NbNanMode)i;
    }
    return i >= 0;
}

static void get_theme(const Session *s, char *buf, size_t cap)
{
    put(buf, cap, s->set.dark ? "dark" : "light");
}

static bool set_theme(Session *s, const char *word)
{
    static const char *const names[] = {"light", "dark"};
    int i = choose(word, names, 2);
    if (i >= 0) {
        s->set.dark = i == 1;
    }
    return i >= 0;
}

static void get_present(const Session *s, char *buf, size_t cap)
{
    put(buf, cap, s->set.present ? "on" : "off");
}

static bool set_present(Session *s, const char *word)
{
    return on_off(word, &s->set.present);
}

static void get_constants(const Session *s, char *buf, size_t cap)
{
    put(buf, cap, s->set.show_constants ? "show" : "fold");
}

static bool set_constants(Session *s, const char *word)
{
    static const char *const names[] = {"fold", "show"};
    int i = choose(word, names, 2);
    if (i >= 0) {
        s->set.show_constants = i == 1;
    }
    return i >= 0;
}

static void get_auto(const Session *s, char *buf, size_t cap)
{
    put(buf, cap, s->set.automatic ? "on" : "off");
}

static bool set_auto(Session *s, const char *word)
{
    return on_off(word, &s->set.automatic);
}

static const char *const tensor_names[] = {"norm", "heat"};

static void get_tensors(const Session *s, char *buf, size_t cap)
{
    put(buf, cap, tensor_names[s->set.heat]);
}

static bool set_tensors(Session *s, const char *word)
{
    int i = choose(word, tensor_names, 2);
    if (i >= 0) {
        s->set.heat = i == 1;
    }
    return i >= 0;
}

static void get_threads(const Session *s, char *buf, size_t cap)
{
    snprintf(buf, cap, "%d", s->set.threads);
}

static bool set_threads(Session *s, const char *word)
{
    char *end;
    long n = strtol(word, &end, 10);
    if (*end || end == word || n < 1 || n > 256) {
        return false;
    }
    s->set.threads = (int)n;
    return true;
}

static void get_font(const Session *s, char *buf, size_t cap)
{
    put(buf, cap, s->set.font[0] ? s->set.font : "default");
}

static bool set_font(Session *s, const char *word)
{
    char found[sizeof s->set.font] = "";
    if (strcmp(word, "default") != 0 && !view_font(s, word, found, sizeof found)) {
        return false;
    }
    memcpy(s->set.font, found, sizeof found);
    return true;
}

static const Setting rows[] = {
    {"digits", "1…17|full", "significant digits shown", get_digits, set_digits, true},
    {"unicode", "on|off", "∂f/∂x and →, or df/dx and ->", get_unicode, set_unicode, true},
    {"echo", "on|off", "statements show their result", get_echo, set_echo, true},
    {"nan", "warn|error|off", "a value or gradient stops being finite", get_nan, set_nan, true},
    {"broadcast", "note|error|off", "no operand has the shape of the result", get_broadcast,
     set_broadcast, true},
    {"constants", "fold|show", "numbers inside operations, or as nodes", get_constants,
     set_constants, true},
    {"tensors", "norm|heat", "entries of tensors as colours", get_tensors, set_tensors, true},
    {"auto", "on|off", "gradients follow a value that is dragged", get_auto, set_auto, true},
    {"theme", "light|dark", "colours of windows", get_theme, set_theme, true},
    {"present", "on|off", "larger text and three digits in windows", get_present, set_present,
     true},
    {"font", "default|NAME…", "family of texts in windows and pictures", get_font, set_font, false},
    {"threads", "1…256", "for products of large matrices", get_threads, set_threads, false},
};

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
