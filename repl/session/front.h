/* front.h -- what a session is driven from: prompt, script, notebook, page, a C program */
#ifndef NABLA_REPL_FRONT_H
#define NABLA_REPL_FRONT_H

#include <stdbool.h>
#include <stddef.h>

#include "lang/interp.h"

/* One thing in several forms, the best one last: the front takes the last it knows. */
typedef struct FrontForm {
    const char *mime; /* "text/plain", "image/svg+xml", … */
    const char *bytes;
    size_t size;
} FrontForm;

/* A question in the middle of a command. */
typedef struct FrontAsk {
    const char *prompt;
    const char *back, *on; /* what the arrow keys of a window answer; NULL: nothing */
} FrontAsk;

/* Form of a page with styles and scripts of its own, to be shown apart from others. */
#define FRONT_PAGE "text/html; page"

enum {
    FRONT_PERSON = 1,   /* somebody types, and reads what is answered */
    FRONT_WINDOWS = 2,  /* windows may be opened */
    FRONT_PICTURES = 4, /* show takes pictures: PNG and SVG */
    FRONT_FORMS = 8,    /* show takes tables, formulas and pages: HTML, LaTeX */
    FRONT_COLOUR = 16,  /* results may hold escapes for colours */
    FRONT_COLOUR_ERR = 32,
    FRONT_LIVE = 64,     /* what is told appears at once: times are worth telling */
    FRONT_OUT_TTY = 128, /* a terminal: a signal may cut a write short */
    FRONT_ERR_TTY = 256, /* Ctrl-C leaves ^C in the line */
    FRONT_BUTTONS = 512  /* stopped by a button, not by Ctrl-C; no empty lines are entered */
};

/* Calls on the session's one thread; any may be NULL. A front outlives its session. While a call
 * runs it may pump (session_pump), answer, complete and stop; session_run is RUN_BUSY inside a
 * statement. */
typedef struct Front {
    void *user;
    unsigned is; /* FRONT_… */
    int columns; /* of text; 0: 76 */
    /* Bytes of results, or of errors and notes; NULL: stdout and stderr. Whole characters. */
    void (*write)(void *user, bool err, const char *text, size_t n);
    /* Around what is told while nothing runs. */
    void (*aside)(void *user, bool begin);
    /* A picture, page, table or formula, the first form plain text; id: in place of the last one
     * called so, NULL: a new one. */
    void (*show)(void *user, const FrontForm *form, int n, const char *id);
    /* The value that the last statement of a text left, as it would be echoed, without the newline;
     * NULL: it goes to `write`. */
    void (*result)(void *user, const FrontForm *form, int n);
    /* The statement failed; NULL: its words go to `write`. stopped: by Ctrl-C, without words. */
    void (*error)(void *user, const LangError *e, bool stopped);
    /* part in 0 … 1 of a long command; text NULL: it is over. */
    void (*progress)(void *user, double part, const char *text);
    bool (*can_ask)(void *user); /* now; NULL: always, when there is `ask` */
    /* One line into buf, cut to cap bytes; pumps while it waits. false: none, at Ctrl-C or the
     * end. */
    bool (*ask)(void *user, const FrontAsk *q, char *buf, size_t cap);
    void (*answer)(void *user, const char *line); /* ends ask from outside */
    void (*offer)(void *user, const char *line);  /* next line of a lesson; NULL: none */
    void (*typed)(void *user, const char *line);  /* it is in the history now: typed, or done by a
                                                     hand in a window */
    void (*wrote)(void *user, const char *path);
    void (*tick)(void *user); /* from time to time while a statement runs */
} Front;

#endif
