/* settings.h -- what `set` changes: one row per setting, and the values in force */
#ifndef NABLA_REPL_SETTINGS_H
#define NABLA_REPL_SETTINGS_H

#include <nabla/context.h>

typedef struct Session Session;

typedef struct Settings {
    int digits; /* significant; NB_DIGITS_FULL */
    bool unicode;
    bool echo; /* statements of the prompt, -e and --echo */
    NbNanMode nan;
    NbNanMode broadcast;
    bool dark;
    bool present;
    bool show_constants;
    bool automatic; /* backward after a value was moved by hand */
    bool heat;      /* tensors in windows show their entries as colours */
    int threads;
    char font[64]; /* of windows and pictures; "": the default */
} Settings;

typedef struct Setting {
    const char *name;
    const char *values; /* "note|error|off", or "1…17|full" */
    const char *doc;
    /* The value in force as `set` takes it. */
    void (*get)(const Session *s, char *buf, size_t cap);
    /* false when `word` is none of the values. */
    bool (*set)(Session *s, const char *word);
    bool
        within; /* it reaches nothing outside the session, as fonts and threads: under --safe too */
} Setting;

int setting_count(void);
const Setting *setting_at(int i);
const Setting *setting_find(const char *name); /* NULL when unknown */
const char *setting_nearest(const char *name); /* NULL when none is near */
void settings_defaults(Settings *set, bool unicode);
/* "full" or 1…17; -1 for anything else. */
int settings_digits(const char *word);

#endif
