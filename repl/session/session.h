/* session.h -- the session: context, names, settings, and the one door for changes */
#ifndef NABLA_REPL_SESSION_H
#define NABLA_REPL_SESSION_H

#include <signal.h>
#include <stdio.h>

#include "base/clock.h"
#include "session/front.h"
#include "session/journal.h"
#include "session/labels.h"
#include "lang/interp.h"
#include "session/notes.h"
#include "session/runs.h"
#include "session/settings.h"

/* Exit status after a limit was reached, as of timeout(1). */
#define SESSION_LIMIT 124
#define SESSION_COLUMNS 76 /* where no front says how wide it is */
#define SESSION_NARROWEST 40
#define SESSION_WIDEST 200

typedef struct SessionPart SessionPart; /* part.h */
typedef struct History History;

/* How a text ended. */
typedef enum RunEnd {
    RUN_OK,
    RUN_ERROR,
    RUN_INTERRUPT,
    RUN_LEAVE, /* quit */
    RUN_BUSY   /* inside a statement: nothing was run */
} RunEnd;

enum {                   /* how a text is run */
       RUN_ECHO = 1,     /* statements are echoed */
       RUN_PROMPT = 2,   /* one line at the prompt: it ends a statement */
       RUN_NESTED = 4,   /* inside a statement: load */
       RUN_TOGETHER = 8, /* the statements are one unit, taken back at once */
       RUN_AS_SET = 16   /* echoed while `set echo` is on */
};

/* What a session is made with. */
typedef struct SessionKit {
    bool (*add)(Interp *I);         /* commands; false when out of memory */
    const SessionPart *const *part; /* ended by NULL */
    /* A font family by its name, as it is spelled, into found; false with the error set. */
    bool (*font)(Session *s, const char *name, char *found, size_t cap);
} SessionKit;

/* The top-level statement being run. */
typedef struct Unit {
    const Node *node;       /* borrowed */
    bool echo;              /* what this statement does is shown */
    bool last;              /* of its text */
    bool broken;            /* memory ran out while saving: cannot be taken back */
    bool running;           /* between begin and end */
    bool travelled;         /* undo or redo: no change of its own */
    const Program *program; /* of the node; borrowed */
    bool together;          /* all of the program is this unit */
    uint64_t serial;        /* variables up to this one were there before it */
    uint64_t pass_serial;   /* before the present pass */
    /* passes of its outermost loop, or of minimize */
    uint64_t passes; /* completed */
    uint64_t kept;   /* completed when the pass journal was begun */
    uint64_t countdown, stride;
    bool in_passes;
    bool stopped_between;                   /* an interrupt was honoured at the end of a pass */
    bool told;                              /* the command said itself where it stopped */
    double last_look, last_kept, pass_time; /* seconds */
    /* sweeps, for the note on gradients that were not cleared */
    uint64_t sweeps, sweeps_added, sweeps_after_step;
    const char *data[2]; /* leaves that the first of them was added to, when no parameter was one */
    int ndata;
    uint64_t steps, steps_old; /* of optimizers; those with gradients older than the parameter */
    char old[96];              /* the parameters of the first such step: "x, y" */
    const char *old_root;      /* what to sweep again for them, if known; interned */
    double first_swept;        /* value of the first root */
    const char *swept_name;    /* its name; interned */
} Unit;

/* What commands and fronts read of a session. They write nothing of it but where it says so; the
 * rest is the session's own (core.h). */
struct Session {
    NbCtx *ctx;
    Interp *interp;
    Settings set;
    Labels *labels;
    Runs *runs;
    History *history;
    Unit unit;
    FILE *out, *err; /* results; errors, notes and what passes by */
    int columns;     /* tables and echoes fit in */
    bool *lost;      /* a text lost what memory refused it: the statement fails; own */
    char *folder;    /* of the script being run, for load and csv; NULL: none */
    int depth;       /* of nested loads */

    NbVar *root;         /* what `step` samples: of the last backward, or of plot; reference */
    bool stepped;        /* an optimizer stepped since the last backward; step writes it */
    bool sweeps_watched; /* what each sweep adds is kept in loops too; the ledger writes it */

    volatile sig_atomic_t *interrupt;    /* set by Ctrl-C; borrowed */
    const volatile sig_atomic_t *ending; /* the signal that asks to end, 0: none; the front's */
    volatile sig_atomic_t never;         /* stays 0 */
    int wake;        /* can be read after a signal, -1: no such pipe; the front's */
    bool leave;      /* quit was called, which writes these three */
    bool leave_file; /* quit was called in a loaded file */
    int leave_status;
    bool safe;            /* what others wrote is run: safe.h */
    bool sealed;          /* … and graded: no script is read; the grader writes it */
    double megabytes;     /* of --memory, 0: no limit; the front's, as the clock */
    struct SessionClock { /* borrowed */
        const volatile sig_atomic_t *over; /* a limit on time is over … */
        volatile sig_atomic_t *told;       /* … which was told */
        const char *text;                  /* so */
    } clock;

    struct SessionCore *core;
};

/* New, with the commands of the kit, which outlives it; NULL when out of memory. flag is set by
 * Ctrl-C. */
Session *session_new(const SessionKit *kit, volatile sig_atomic_t *flag, bool unicode);
void session_free(Session **s);
Session *session_of(Interp *I);

/* Parses text whole, then runs it statement by statement. file "" is the prompt. */
RunEnd session_run(Session *s, const char *text, size_t len, const char *file, int first_line,
                   unsigned how);
/* The same for a text that was put together: nothing runs when it lost anything. */
RunEnd session_run_text(Session *s, const Text *t, const char *file, int first_line, unsigned how);
/* Reads and runs a file; its folder is where load and csv look first. */
RunEnd session_run_file(Session *s, const char *path, unsigned how);
/* The same for what was read from a file already; with RUN_NESTED inside a statement. */
RunEnd session_run_contents(Session *s, const char *path, const char *text, size_t len,
                            unsigned how);
/* For commands: the whole contents of a file as of nb_file_read, where it may be read (safe.h). */
char *session_read_file(const Session *s, const char *path, size_t *len, NbErr *err);
/* The text that was read before its file is loaded (from a pipe: once only), or NULL. */
const char *session_given(const Session *s, const char *path, size_t *len);
/* The path under which `name` is found: in the script's folder, then the current one. */
const char *session_find_file(const Session *s, const char *name, char *buf, size_t cap);
void session_seed(Session *s, uint64_t hi, uint64_t lo);
/* Applies the settings that live elsewhere: engine modes, windows. */
void session_apply(Session *s);

/* --- THE write function: every change of the session passes here, before its first write in the
 * unit; what it had is saved in the unit's journal (journal.h) --- */
void session_touch(Session *s, const Touch *what);

/* --- for commands --- */
/* True when what this command does is to be shown: at the prompt, not muted, not in a block. */
bool session_echoes(const Session *s, const Call *call);
void session_note(Session *s, const char *key, const char *fmt, ...) NB_PRINTF(3, 4);
/* Counts one more note of this kind, without its text; false when there is none yet. */
bool session_note_again(Session *s, const char *key);
/* Takes over the context's error at an argument of a command, whose text replaces {0} in it;
 * returns false. */
bool session_fail(Session *s, const Node *arg);
/* Forgets what failed in something that may fail, but not for want of memory: the error of the
 * engine, with `language` that of the evaluator too. */
void session_forget_error(Session *s, bool language);
/* A sentence that a command ends with, on stdout; on a terminal broken between words. */
void session_tell(Session *s, const char *fmt, ...) NB_PRINTF(2, 3);
/* A warning or a remark to the person, on stderr at once. */
void session_say(Session *s, const char *fmt, ...) NB_PRINTF(2, 3);
/* Backward was run from root: the leaves behind it hold gradients. false when out of memory. */
bool session_swept(Session *s, NbVar *root);
/* Those leaves, oldest first, as cleargrad clears them; n 0 where all are clear. */
NbVar *const *session_held(const Session *s, size_t *n);
void session_clear_held(Session *s);
NbVar *session_swept_root(const Session *s); /* of the last backward; NULL: none */
/* Lets go of all those leaves. */
void session_release_held(Session *s);
/* Variables that were put back: those that hold a gradient are cleared by cleargrad again. */
bool session_holds(Session *s, NbVar *const *v, size_t n);
/* Room for n more; then session_holds needs no memory for them. */
bool session_holds_room(Session *s, size_t n);
/* v, whose gradient was set, is none that cleargrad should know. */
void session_lets_go(Session *s, const NbVar *v);
/* The session is emptied after this statement. */
void session_restart(Session *s);
uint64_t session_statement(const Session *s); /* number of the one being run */
/* Everything is to be forgotten, as a change of this unit: names, watches, gradients, runs. */
void session_empty(Session *s);
/* What step samples, without a sweep: named by plot. */
void session_follow(Session *s, NbVar *root);
/* Name of what a symbol binds this object, or NULL. */
const char *session_object_name(const Session *s, const Obj *o);
/* Binds `ans` to v behind the session's back: no statement runs, so that there is nothing to take
 * back. Nothing while one does. */
void session_answer_with(Session *s, NbVar *v);

/* --- the front (front.c) --- */
/* Copied; NULL: prints to stdout and stderr, and nobody is there. Between two statements. false
 * when out of memory; then the one before stays. */
bool session_front(Session *s, const Front *front);
/* The front's text is so wide now, cut to 20 … 200; `set width` has the last word. 0: as before. */
void session_width(Session *s, int columns);
int session_wraps(const Session *s); /* columns that messages are broken to; 0: they are not */
bool session_is(const Session *s, unsigned what); /* FRONT_… */
bool session_windows(const Session *s);           /* they may be opened */
void session_flush(Session *s);
/* Around what is told while nothing runs. */
void session_aside(Session *s, bool begin);
/* The statement failed: its error is told. stopped: by Ctrl-C, where words follow. */
void session_error(Session *s, const LangError *e, bool stopped);
/* Something in several forms, where the front takes those (FRONT_PICTURES, FRONT_FORMS); what was
 * written before is shown before. */
void session_show(Session *s, const FrontForm *form, int n, const char *id);
/* What is printed meanwhile becomes a text, for such a form: new, for free(); NULL when out of
 * memory (s->lost). */
typedef struct Capture {
    FILE *before, *mem;
    char *text;
    size_t size;
} Capture;
void session_capture(Session *s, Capture *c);
char *session_captured(Session *s, Capture *c);
bool session_takes_forms(const Session *s);
bool session_takes_pictures(const Session *s);
void session_text_alone(Session *s, bool on); /* no forms for a while */
/* Someone watches the progress of commands. */
bool session_has_progress(const Session *s);
void session_progress(Session *s, double part, const char *text); /* text NULL: it is over */
/* Ctrl-C was honoured: what is told next begins its own line. */
void session_stopped(Session *s);
/* Puts an input into the history. */
void session_typed(Session *s, const char *line);
void session_wrote(Session *s, const char *path);
void session_tick(Session *s);

/* A person can be asked in the middle of a command. */
bool session_can_ask(const Session *s);
bool session_asking(const Session *s); /* a command waits for a line: no other statement may run */
/* Reads one line into buf, cut to cap bytes, while windows live on. false at Ctrl-C and Ctrl-D, and
 * where nobody can be asked: in scripts, from pipes. The line does not go into the history. */
bool session_ask(Session *s, const FrontAsk *q, char *buf, size_t cap);
/* An arrow key in a window: +1 on, -1 back. false when no command waits for one. */
bool session_arrow(Session *s, int direction);

/* --- for fronts, while nothing runs (part.c) --- */
void session_pump(Session *s); /* what windows have to do now */
/* Values of a pass are whole, and somebody may look at them: cheap when nobody does. */
void session_passed(Session *s);
int session_fds(const Session *s, int *fd, int most); /* to poll for reading; how many */
int session_timeout(const Session *s);                /* ms until something is due, or -1 */
bool session_open(const Session *s);                  /* windows are there to be looked at */
void session_idle(Session *s);                        /* Ctrl-C: what goes on by itself ends */

#endif
