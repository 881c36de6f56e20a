/* interp.h -- the evaluator: parse text, run statements, report what happened */
#ifndef NABLA_LANG_INTERP_H
#define NABLA_LANG_INTERP_H

#include <stdio.h>

#include <nabla/saved.h>

#include "base/text.h"
#include "lang/builtin.h"
#include "lang/value.h"

/* --- source and positions --- */

/* A parsed text: source, name and tree, counted; functions and watches keep a reference. */
typedef struct Program Program;

typedef struct Span {
    const Program *program; /* borrowed; NULL: nowhere */
    int line, col;          /* from 1; col counts characters */
    int start, end;         /* bytes in the source */
} Span;

typedef struct LangFrame { /* "called from lesson.nabla:7:1" */
    char file[64];
    int line, col;
} LangFrame;

#define LANG_FRAMES 10 /* first and last five */

typedef struct LangError {
    NbErr err;
    bool has_span;
    char file[256]; /* "" at the prompt */
    int line, col;  /* from 1, in characters */
    int width;      /* characters to underline, at least 1 */
    char text[512]; /* the source line, cut around the position when long */
    int text_col;   /* column of the underline within text, from 1 */
    int nframes, hidden_frames;
    LangFrame frame[LANG_FRAMES];
    bool incomplete; /* the text ended inside a bracket, block or string */
} LangError;

/* The message, its source line and its hint, to out. In colour when asked; broken between words
 * so that lines end within so many columns (0: not broken). */
void lang_error_print(const LangError *e, FILE *out, bool colour, int columns);
/* Text of others, as a terminal may get it (nb_text_visible). */
void lang_put_visible(const char *text, FILE *out);
/* The same broken between words so that lines end within so many columns (0: not broken); `at`:
 * columns of its first line already written, by which the others are moved in. A newline of the
 * text is one. */
void lang_put_wrapped(const char *text, FILE *out, int at, int columns);

/* --- the program around the language; calls left NULL do nothing --- */
typedef struct LangHost {
    void *user;
    /* A note; printed once per top-level statement with a count, `key` (a static string) tells
     * which note it is. */
    void (*note)(void *user, const char *key, const char *fmt, ...) NB_PRINTF(3, 4);
    /* THE write function for names: before the first change of a session binding in a unit. */
    void (*touch_binding)(void *user, int symbol);
    /* Before the first change of an object's state in a unit. */
    void (*touch_obj)(void *user, Obj *o);
    /* A gradient was set: x.grad = 3. */
    void (*graded)(void *user, NbVar *v);
    /* A value was written by := outside loops, in a function or block too. */
    void (*written)(void *user, const NbVar *v);
    /* A session name was bound again over `before` (V_UNSET when new); after the change. */
    void (*rebound)(void *user, int symbol, Value before);
    /* A shown name that is no binding: v2, x~1. New reference in *out, false when unknown. */
    bool (*find_label)(void *user, const char *name, Value *out);
    /* Name to show for a variable (labels of the graph last shown), into buf. */
    const char *(*label)(void *user, const NbVar *v, char *buf, size_t cap);
    /* At the end of every pass of the outermost loop of a top-level statement. */
    bool (*pass)(void *user);
    /* Now and then while running (at least every 20 ms): pump windows; false: stop now. */
    bool (*poll)(void *user);

    /* --- for objects --- */
    bool *lost; /* set when a text lost what memory refused it */
    /* A function from before interp_guard begins, and ends: what it wrote of what is newer than
     * `serial`, or of the session, is put back, and the first of it named (NULL: nothing). The
     * beginning returns what the end is told, or NULL when out of memory. */
    void *(*apart_begin)(void *user);
    const char *(*apart_end)(void *user, void *begun, uint64_t serial, char *buf, size_t cap);
    /* A gradient was set that cleargrad should not know. */
    void (*ungraded)(void *user, const NbVar *v);
    /* An object begins or ends its life. */
    void (*born)(void *user, Obj *o);
    void (*gone)(void *user, Obj *o);
    /* What names it, or NULL. */
    const char *(*object_name)(void *user, const Obj *o);
    /* What this call does is to be shown. */
    bool (*echoes)(void *user, const Call *call);
    /* Where a file of this name is; then its contents, as of nb_file_read. */
    const char *(*find_file)(void *user, const char *name, char *buf, size_t cap);
    char *(*read_file)(void *user, const char *path, size_t *len, NbErr *err);
} LangHost;

Interp *interp_new(NbCtx *ctx); /* new; knows the operations and its own builtins */
void interp_free(Interp **I);
void interp_host(Interp *I, const LangHost *host);
/* Adds rows of builtins and commands; the rows must outlive I. */
bool interp_add(Interp *I, const Builtin *rows, int n);
/* Short ways for commands that loops are made of; before anything is parsed. */
bool interp_add_quick(Interp *I, const QuickRow *rows, int n);
NbCtx *interp_ctx(Interp *I);
void *interp_user(Interp *I); /* host.user */
const LangError *interp_error(const Interp *I);
/* Forgets the error, for builtins that go on after one. interp_parse and interp_exec do so when
 * nothing is running. */
void interp_clear_error(Interp *I);
void interp_output(Interp *I, FILE *out);  /* where print writes; default stdout */
void interp_digits(Interp *I, int digits); /* of printed numbers; default 6 */
void interp_ascii(Interp *I, bool ascii);  /* no characters beyond ASCII in texts made here */
/* What NaN does: passed on to the context. Returns what held before, to be restored. */
NbNanMode interp_nan_mode(Interp *I, NbNanMode mode);
/* Broadcasting that stretches both operands: a note "broadcast", an error, or nothing. */
void interp_broadcast_mode(Interp *I, NbNanMode mode);
/* For NbHooks.nonfinite: tells the note "nonfinite" with the source of the operand, or under
 * NB_NAN_ERROR keeps the text for the error that follows. */
void interp_nonfinite(Interp *I, const NbNonFinite *what);
/* At most so many loop passes and calls per interp_exec, then NB_EINTERRUPT; -1: no limit. */
void interp_limit(Interp *I, int64_t passes);

/* From now on only rows that reach what is in `reach` (B_WITHIN | B_READS …) run, and no name that
 * means something from the start can be bound. 0, at first: everything runs and most can be bound.
 */
void interp_allow(Interp *I, unsigned reach);
/* Commands that reach what is in `reach`, and may not run, are left out with a note instead of an
 * error from now on, while no code made after interp_guard runs. */
void interp_leave_out(Interp *I, unsigned reach);
/* From now on functions made before find the names as they are now, open no files, and write only
 * into values made before, or by themselves. false when out of memory. */
bool interp_guard(Interp *I);
/* Such a function runs. */
bool interp_apart(const Interp *I);
/* It has nothing to do with a value of this serial, which was made by others since interp_guard. */
bool interp_foreign(const Interp *I, uint64_t serial);

/* --- running --- */
/* Parses text whole. file "" is the prompt. NULL with interp_error set. `first_line` numbers the
 * first line. at_prompt: `else` on a new line is an error with a hint. */
Program *interp_parse(Interp *I, const char *text, size_t len, const char *file, int first_line,
                      bool at_prompt);
Program *program_ref(Program *p);
void program_unref(Program **p);
int program_statements(const Program *p);
bool program_muted(const Program *p, int i); /* ended by ; */
const Node *program_statement(const Program *p, int i);
/* Source of a node, not NUL-terminated; *len gets its length. */
const char *node_source(const Program *p, const Node *n, size_t *len);
/* It reads a gradient: x.grad, or grad(f, x) and its kin. */
bool program_takes_gradient(Interp *I, const Program *p);
/* The statement is, or holds, a loop that gives this name its values. NULL is none. */
bool node_loops_over(const Node *statement, int symbol);
/* A function that p calls, and that neither is there from the start nor is made by a statement of
 * `made`, or by a file this reads: its name; NULL when there is none. */
const char *program_unknown_call(Interp *I, const Program *p, const Program *made);
/* True when the text ends inside a bracket, block or raw string: read another line. */
bool interp_incomplete(Interp *I, const char *text, size_t len);
/* The same of a text that grows line by line: of its first bytes, seen before, only what counts is
 * kept, so that n lines take the time of n lines. All zero for a new text. */
typedef struct Growing {
    size_t seen, parsed; /* bytes */
    int open;            /* brackets */
    char within;         /* a string or a comment: " ' #; 0: none */
} Growing;
bool interp_growing(Interp *I, Growing *g, const char *text, size_t len);

typedef enum OutcomeKind {
    OUT_NONE,  /* nothing to echo: a command, a block */
    OUT_BIND,  /* x = 2: items are names */
    OUT_WRITE, /* x := 3, opt.lr = 0.1: items have before and after */
    OUT_VALUE, /* an expression: one item; its text is a path (x, x.grad, w[0]) or "ans" */
    OUT_DEF    /* def g(a): item text is "g(a)" */
} OutcomeKind;

#define OUT_ITEMS 16

typedef struct Outcome {
    OutcomeKind kind;
    int n;     /* items kept, at most OUT_ITEMS */
    bool more; /* there were others */
    struct {
        char text[64];
        Value before, after;
        Value of;  /* the variable whose gradient is shown, or, by f.data, value */
        bool data; /* its value */
        bool flag; /* numbers 0 and 1 that mean false and true */
    } item[OUT_ITEMS];
} Outcome;

/* Runs statement i. false with interp_error set. The outcome is filled for the echo; release it
 * with outcome_clear. */
bool interp_exec(Interp *I, Program *p, int i, Outcome *out);
void outcome_clear(Outcome *out);

/* --- for builtins --- */
/* Sets the error at a node's span (NULL: the running call), unless one is set; returns false. */
bool interp_fail(Interp *I, const Node *at, NbStatus code, const char *fmt, ...) NB_PRINTF(4, 5);
bool interp_hint(Interp *I, const char *fmt, ...) NB_PRINTF(2, 3); /* returns false */
/* Takes over the context's error (nb_ctx_err) at a span; returns false. Placeholders {0} {1} in
 * the message become the operands' source text. */
bool interp_fail_ctx(Interp *I, const Node *at);
bool interp_fail_err(Interp *I, const Node *at, const NbErr *err);
/* Evaluates an expression or runs a block in the current frame. New reference in *out. */
bool interp_eval(Interp *I, const Node *expr, Value *out);
bool interp_block(Interp *I, const Node *block);
/* The program a node being run belongs to (to keep a lazy argument: program_ref). */
Program *interp_program(Interp *I);
/* Evaluates a kept expression later, at session level. */
bool interp_eval_kept(Interp *I, Program *p, const Node *expr, Value *out);
/* Source text of an expression on one line, into buf. */
const char *interp_text(Interp *I, const Node *expr, char *buf, size_t cap);
/* Text of ours in ASCII: "…" becomes "...", "β₁" "beta1"; what has no such form stays. Into buf,
 * cut to its size; returns buf. */
char *interp_plain(const char *text, char *buf, size_t cap);
/* How values are written: shown, so that control characters are named and lists end somewhere; else
 * whole, as it is computed with. */
typedef struct ValueStyle {
    int digits;
    int width;   /* columns that lists and tensors are cut to; 0: none */
    bool quoted; /* strings as they are typed; inside lists they always are */
    bool shown;
} ValueStyle;
void interp_print(Interp *I, Text *t, Value v, ValueStyle style);
/* A value as the language writes it, on one line; strings in quotes. New text (free), NULL when
 * out of memory. */
char *interp_value_text(Interp *I, Value v, int digits);
/* A character of a string as it is written in quotes, so that it reads back the same: "\\n", "{{",
 * or itself; buf has 2 bytes. */
const char *interp_escape(char c, char *buf);
/* Written as list(…): numbers and tensors of different shapes, which […] would try to stack. */
bool interp_list_named(const List *l);
/* Calls a function value, builtin or object. */
bool interp_call(Interp *I, Value f, const Value *args, int n, Value *out);
/* The same as inside nograd: nothing is recorded, results are const. */
bool interp_call_const(Interp *I, Value f, const Value *args, int n, Value *out);
/* The same at any moment, between statements or while one waits in host.poll: `print` is silent,
 * loops are no passes of the statement, NaN and broadcasting are no notes, and an error is not
 * reported but told in *why (may be NULL). Without recording when `nograd`. */
bool interp_probe(Interp *I, Value f, const Value *args, int n, bool nograd, Value *out,
                  NbErr *why);
/* Names of a function's parameters into `name`, at most cap; how many there are, and in *required
 * how many have no default. Operations: as many as they take, unnamed (NULL). */
int func_params(const Interp *I, const Func *f, const char **name, int cap, int *required);
/* The argument as a variable: plain numbers become unnamed leaves only if `leaf`, else const.
 * New reference. Error naming the command when it is no number. */
NbVar *interp_var(Interp *I, const Call *call, int arg, bool leaf);
/* Option as number, flag, word; *out keeps its value when not given. false with error. */
bool interp_opt_num(Interp *I, const Call *call, int opt, double *out);
bool interp_opt_int(Interp *I, const Call *call, int opt, int64_t lo, int64_t hi, int64_t *out);
bool interp_opt_flag(Interp *I, const Call *call, int opt, bool *out);
/* The interrupt flag was set, or host.poll said stop: false with NB_EINTERRUPT set. For
 * long-running builtins, every few ms; looks at the clock. */
bool interp_poll(Interp *I);

/* --- session names --- */
int interp_symbol(Interp *I, const char *name); /* interned; -1 out of memory */
const char *interp_symbol_name(const Interp *I, int symbol);
int interp_symbols(const Interp *I);
Value interp_get(const Interp *I, int symbol); /* borrowed; V_UNSET when unbound */
bool interp_is_const(const Interp *I, int symbol);
/* It means a number or nothing from the start: pi, true, none. */
bool interp_is_constant(const Interp *I, int symbol);
/* The name holds a constant, computed before one that its definition reads was written at stamp
 * `since` or later; the definition's text goes into `text`. */
bool interp_outdated(Interp *I, int symbol, uint64_t since, char *text, size_t cap);
/* Binds as `=` does (leaf or const rules, naming, touch); takes v. V_UNSET removes the name. */
bool interp_bind(Interp *I, int symbol, Value v, bool is_const);
/* Puts back a saved binding without naming, notes or touch: undo. Takes v. */
void interp_restore(Interp *I, int symbol, Value v);
/* The same, saying whether it was bound as const. */
void interp_put(Interp *I, int symbol, Value v, bool is_const);
/* Binds a value as it is, as a change that is reported: load. Takes v. */
void interp_place(Interp *I, int symbol, Value v, bool is_const);
void interp_touch_obj(Interp *I, Obj *o); /* reports to host.touch_obj once per unit */
/* --- what objects ask of the host (host.c); nothing happens where it has no such call --- */
void interp_touched(Interp *I, Obj *o); /* host.touch_obj, each time */
void interp_born(Interp *I, Obj *o);
void interp_gone(Interp *I, Obj *o);
void interp_ungraded(Interp *I, const NbVar *v);
void interp_note(Interp *I, const char *key, const char *fmt, ...) NB_PRINTF(3, 4);
/* [x > 2, y > 2] is made of truth, as x > 2 is: n is such a list. */
bool interp_all_conditions(const Interp *I, const Node *n);
const char *interp_label(Interp *I, const NbVar *v, char *buf, size_t cap); /* or its operation */
const char *interp_object_name(Interp *I, const Obj *o);                    /* or NULL */
bool interp_echoes(Interp *I, const Call *call);
bool *interp_lost(Interp *I);
bool interp_is_ascii(const Interp *I);
FILE *interp_out(Interp *I);
/* NULL where no file may be read. */
const char *interp_find_file(Interp *I, const char *name, char *buf, size_t cap);
char *interp_read_file(Interp *I, const char *path, size_t *len, NbErr *err);
/* Takes over the context's error at an argument, whose text replaces {0} in it, or at the whole
 * call, {0} {1} {2} standing for its arguments; false. */
bool interp_fail_arg(Interp *I, const Node *arg);
bool interp_fail_call(Interp *I, const Call *call);
/* Forgets an error of the context that nobody is to see, but not that memory was short. */
void interp_forget_error(Interp *I);
void interp_new_unit(Interp *I); /* bindings and objects report again; also the context */
/* The same inside the present unit, and back to it: see nb_ctx_unit_push. */
NbUnit interp_unit_push(Interp *I);
void interp_unit_pop(Interp *I, NbUnit around);
void interp_clear(Interp *I);      /* drops every binding, without a report: the end */
void interp_unbind_all(Interp *I); /* the same as changes that are reported: restart */

/* --- what there is, for help, completion and hints --- */
int interp_builtin_count(const Interp *I);
const Builtin *interp_builtin_at(const Interp *I, int i);
const Builtin *interp_builtin_find(const Interp *I, const char *name);
/* Nearest known name to a mistyped one among names, builtins and operations; NULL when none is
 * near. */
const char *interp_nearest(Interp *I, const char *name);
const char *const *interp_keywords(void);   /* ended by NULL */
const char *const *interp_attributes(void); /* of variables; ended by NULL */
/* --- functions written down and made again --- */
/* Source of a user function, its file ("" the prompt) and the line it begins on; NULL for a
 * builtin, whose name is its signature. */
const char *func_source(const Func *f, size_t *len, const char **file, int *line);
/* The function that this text defines, without binding its name; V_UNSET with interp_error set. */
#define INTERP_LOCALS 16
/* Names of the running function that the expression n reads, all but one, and their values (new
 * references); how many, at most INTERP_LOCALS, or -1: there are more. */
int interp_locals(Interp *I, const Node *n, const char *but, const char **name, Value *v);
Value interp_function(Interp *I, const char *text, size_t len, const char *file, int line);
/* An operation or builtin as a value; V_UNSET without error when there is none of that name. */
Value interp_builtin_value(Interp *I, const char *name);
/* Text that is one expression, to be evaluated by interp_eval_kept: *expr gets it. NULL with
 * interp_error set. */
Program *interp_expression(Interp *I, const char *text, size_t len, const Node **expr);
/* What is not allowed is left out now (interp_leave_out). */
bool interp_leaves_out(const Interp *I, unsigned reach);
/* The row runs, or false: with the error set at a node (interp_allow), or left out with a note, and
 * no error. */
bool interp_allowed(Interp *I, const Builtin *row, const Node *at);
/* True when the name can be bound by `=`. */
bool interp_bindable(Interp *I, const char *name);
/* The first of args, "lr=0.1", for which there is no such name though arg was used; NULL without.
 */
const char *interp_unasked(Interp *I);
/* A name, or names and numbers in brackets behind it: m.linear[0].w. */
bool interp_is_path(const char *text);

/* Parameters of a user function for echo and help: "g(a, n=3)". */
const char *func_signature(const Func *f, char *buf, size_t cap);

#endif
