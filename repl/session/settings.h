/* settings.h -- what `set` changes: one row per setting, and the values in force */
#ifndef NABLA_REPL_SETTINGS_H
#define NABLA_REPL_SETTINGS_H

#include <stddef.h>

#include <nabla/context.h>

typedef struct Session Session;

/* The values in force. Those that are words are the place of the word in their row. */
typedef struct Settings {
    int digits; /* significant; NB_DIGITS_FULL */
    int unicode;
    int echo;      /* statements of the prompt, -e and --echo */
    int nan;       /* NbNanMode */
    int broadcast; /* NbNanMode */
    int dark;
    int present;
    int show_constants;
    int automatic; /* backward after a value was moved by hand */
    int heat;      /* tensors in windows show their entries as colours */
    int threads;
    int width;     /* columns of text; 0: as the front is wide */
    char font[64]; /* of windows and pictures; "": the default */
} Settings;

typedef enum SettingKind {
    SETTING_WORD,   /* one of its words */
    SETTING_COUNT,  /* 1 … most */
    SETTING_DIGITS, /* 1 … 17 or full */
    SETTING_WIDTH,  /* 40 … 200 or auto */
    SETTING_FONT    /* a family, or default */
} SettingKind;

/* A new setting is a row in settings.c and a field above. */
typedef struct Setting {
    const char *name;
    const char *values;                      /* "note|error|off", or "1…17|full" */
    const char *doc;                         /* a few words, for the list of all */
    const char *effect, *fallback, *example; /* for help: what it changes, what holds when it is not
                                                set ("default 6"), a run example */
    bool
        within; /* it reaches nothing outside the session, as fonts and threads: under --safe too */
    SettingKind kind;
    size_t at;                             /* of the field */
    const char *const *word, *const *also; /* ended by NULL; other words for the same */
    int most;
} Setting;

/* The value in force as `set` takes it. */
void setting_get(const Session *s, const Setting *row, char *buf, size_t cap);
/* false when `word` is none of the values. */
bool setting_set(Session *s, const Setting *row, const char *word);
int setting_count(void);
const Setting *setting_at(int i);
const Setting *setting_find(const char *name); /* NULL when unknown */
const char *setting_nearest(const char *name); /* NULL when none is near */
void settings_defaults(Settings *set, bool unicode);
/* "full" or 1…17; -1 for anything else. */
int settings_digits(const char *word);

#endif
