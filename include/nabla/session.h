/* session.h -- the language as a library: run text, exchange values, and be its front */
#ifndef NABLA_LIB_SESSION_H
#define NABLA_LIB_SESSION_H

#include <nabla/nabla.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In libnabla-session (pkg-config nabla-session), over libnabla. A session is what the prompt and
 * the notebook drive: names, settings, undo, all commands but windows. It opens no terminal,
 * catches no signal and ends no process; `quit` is NB_RUN_LEFT. What it prints goes to its front,
 * or to stdout and stderr when it has none.
 *
 *     NbSession *s = nb_session_new(NULL);
 *     double slope;
 *     if (nb_session_run(s, "x = 3; y = x^2; backward y", "first", 0) == NB_RUN_OK &&
 *         nb_session_number(s, "x.grad", &slope) == NB_OK) { … }
 *     nb_session_free(&s);
 *
 * A session belongs to one thread at a time, several may live side by side; only nb_session_stop
 * may be called from elsewhere. A thread that runs one needs as much stack as `ulimit -s` says.
 * Pictures with positions (PNG, SVG, PDF) need the program nabla, see <nabla/viz.h>. */
typedef struct NbSession NbSession;

/* How a text ended. */
typedef enum NbRunEnd {
    NB_RUN_OK,
    NB_RUN_ERROR,   /* see nb_session_fault; what the failed statement changed was taken back */
    NB_RUN_STOPPED, /* by nb_session_stop */
    NB_RUN_LEFT,    /* by `quit`, see nb_session_status */
    NB_RUN_BUSY     /* a statement runs: nothing was done */
} NbRunEnd;

enum {                      /* how a text is run */
       NB_RUN_ECHO = 1,     /* statements show their results, as at the prompt */
       NB_RUN_TOGETHER = 8, /* all or nothing: after an error no statement has happened, and `undo`
                               takes all of them back */
};

/* What went wrong, and where. Texts are borrowed. */
typedef struct NbFault {
    size_t size;        /* of this struct in the library that runs */
    NbStatus code;      /* NB_ENAME, … */
    const char *msg;    /* "unknown name z" */
    const char *hint;   /* next step, or "" */
    const char *file;   /* the name given to the text; "" without */
    int line, column;   /* from 1, in characters; 0: nowhere */
    int width;          /* characters at fault */
    const char *source; /* the line, cut when long … */
    int source_column;  /* … and where in it the fault begins, from 1 */
    bool incomplete;    /* the text ended inside a bracket, block or string */
} NbFault;

/* --- the front --- */

/* One thing in one of several forms. */
typedef struct NbForm {
    const char *mime; /* "text/plain", "image/png", "text/html", … */
    const char *bytes;
    size_t size;
} NbForm;

enum {                           /* what a front is */
       NB_FRONT_PERSON = 1,      /* somebody types, and reads what is answered */
       NB_FRONT_PICTURES = 4,    /* show takes pictures: PNG and SVG */
       NB_FRONT_FORMS = 8,       /* show takes tables, formulas and pages: HTML, LaTeX */
       NB_FRONT_COLOUR = 16,     /* text may hold escapes for colours */
       NB_FRONT_LIVE = 64,       /* what is told appears at once: times are worth telling */
       NB_FRONT_BUTTONS = 512,   /* stopped by a button, not by Ctrl-C */
       NB_FRONT_ASCII = 1 << 16, /* no characters beyond ASCII in what nabla writes */
};

/* What a session is driven from. Filled in by the caller: all zero, then `size`, then what is
 * wanted. Calls come on the session's own thread, while one of its functions runs; any may be NULL.
 * Texts are UTF-8, borrowed for the call. Inside a call nothing of the session may be called but
 * nb_session_stop. */
typedef struct NbFront {
    size_t size; /* sizeof(NbFront), so that it may grow */
    void *user;  /* first argument of each call */
    unsigned is; /* NB_FRONT_… */
    int columns; /* of text; 0: 76 */
    /* Results, or (err) errors and notes, in pieces of whole characters. NULL: to stdout and
     * stderr. */
    void (*write)(void *user, bool err, const char *text, size_t n);
    /* A picture, page, table or formula, the first form plain text, the best one last: take the
     * last that is known. id: in place of the last one called so; NULL: a new one. */
    void (*show)(void *user, const NbForm *form, int n, const char *id);
    /* What the last statement of a text left, as it would be echoed, without the newline. NULL: it
     * goes to `write`. */
    void (*result)(void *user, const char *text, size_t n);
    /* A statement failed, or (stopped) was stopped. NULL: words and place go to `write`. */
    void (*error)(void *user, const NbFault *fault, bool stopped);
    /* part in 0 … 1 of a long command; text NULL: it is over. */
    void (*progress)(void *user, double part, const char *text);
    /* A line from the person into buf, cut to cap bytes, NUL at its end; false: there is none.
     * NULL: nobody is asked, commands that would do something simpler. */
    bool (*ask)(void *user, const char *prompt, char *buf, size_t cap);
    /* The next line of a lesson, to be offered to the person; NULL: none. */
    void (*offer)(void *user, const char *line);
    /* This input is in the history now. */
    void (*typed)(void *user, const char *line);
    /* A file was written. */
    void (*wrote)(void *user, const char *path);
    /* From time to time while a statement runs, about every 20 ms. */
    void (*tick)(void *user);
} NbFront;

/* --- life --- */

/* New; NULL when out of memory, or when the front has members that this library does not know.
 * front is copied, what it points to must outlive the session; NULL: none. */
NbSession *nb_session_new(const NbFront *front);
/* Accepts NULL, leaves NULL. Variables of the session that the caller holds go first. */
void nb_session_free(NbSession **s);
/* Another front from now on, copied; NULL: none. NB_EVALUE as above or while a statement runs,
 * NB_EMEM; then the one before stays. */
NbStatus nb_session_front(NbSession *s, const NbFront *front);
/* The front's text is so wide now: 20 … 200 columns. */
void nb_session_width(NbSession *s, int columns);

/* --- running --- */

/* Runs a text statement by statement. name stands for it in errors; NULL: none. how: NB_RUN_…. */
NbRunEnd nb_session_run(NbSession *s, const char *text, const char *name, unsigned how);
/* The same of a file; what it loads and reads is looked for in its folder first. */
NbRunEnd nb_session_run_file(NbSession *s, const char *path, unsigned how);
/* A line that a person entered: lines of one input are collected, pasted prompts are left out,
 * lessons go on. True when more lines belong to it; else it was run as the settings say, ended as
 * *end says (may be NULL), and the next line of a lesson is offered. */
bool nb_session_line(NbSession *s, const char *line, NbRunEnd *end);
/* Forgets the lines of an input that is not whole. */
void nb_session_drop_line(NbSession *s);
/* The text ends inside a bracket, block or string: another line belongs to it. */
bool nb_session_incomplete(NbSession *s, const char *text);
/* What runs ends soon, at a place where the session is whole, with NB_RUN_STOPPED. When nothing
 * runs nothing happens. From any thread, and from signal handlers. */
void nb_session_stop(NbSession *s);
/* The error of the last call on the session, NULL when it went well. Borrowed until the next. */
const NbFault *nb_session_fault(const NbSession *s);
int nb_session_status(const NbSession *s); /* the number given to quit, after NB_RUN_LEFT */

/* --- values --- */

/* Borrowed: what is made in it may be given to the session, and the other way round. Its hooks and
 * its interrupt flag belong to the session. */
NbCtx *nb_session_ctx(NbSession *s);
/* An expression ("x", "x.grad", "m.linear[0].w", "f(2)") as a variable: a new reference to the one
 * that a name stands for, else a new one. NULL, with nb_session_fault and nb_ctx_err set: it fails
 * or is no number or tensor (NB_ETYPE). While a statement runs, in calls of the front, these
 * functions do nothing but return NULL or NB_EVALUE. */
NbVar *nb_session_value(NbSession *s, const char *expression);
/* The same as one number in *x: of a scalar. */
NbStatus nb_session_number(NbSession *s, const char *expression, double *x);
/* The same as a text, of any value: strings as they are, others as the language writes them, in as
 * many digits as set. New, for nb_session_text_free; NULL as above. */
char *nb_session_text(NbSession *s, const char *expression);
void nb_session_text_free(char *text); /* accepts NULL */
/* Binds a name as `name = …` does: the session keeps a reference to v, which becomes a leaf when it
 * is plain. A statement of its own for `undo`. NB_ENAME when the name cannot be bound, NB_EVALUE
 * when v is of another context or NULL. */
NbStatus nb_session_bind(NbSession *s, const char *name, NbVar *v);
/* The same with a string, copied. */
NbStatus nb_session_bind_text(NbSession *s, const char *name, const char *text);

/* --- for prompts --- */

/* Calls word for each completion of the word that ends at byte `at` of the line; from: the byte it
 * begins at. Returns how many there are. */
int nb_session_complete(NbSession *s, const char *line, size_t at,
                        void (*word)(void *user, const char *word, size_t from), void *user);

#ifdef __cplusplus
}
#endif

#endif
