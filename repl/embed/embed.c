/* embed.c -- <nabla/session.h>: a session behind an opaque pointer, its front behind a record */
#include <nabla/session.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/table.h"
#include "session/complete.h"
#include "session/input.h"
#include "session/outside.h"
#include "session/session.h"

struct NbSession {
    Session *s;
    volatile sig_atomic_t stop;
    NbFront front; /* the caller's, as far as it is known here */
    Input *input;  /* NULL until a line comes */
    LangError error;
    NbFault fault; /* its texts are those of `error` */
    bool failed;   /* the last call */
    bool inside;   /* of one */
};

/* --- errors --- */

static void keep(NbSession *n, const LangError *e)
{
    n->error = *e;
    const LangError *k = &n->error;
    bool placed = k->has_span;
    n->fault = (NbFault){.size = sizeof n->fault,
                         .code = k->err.code,
                         .msg = k->err.msg,
                         .hint = k->err.hint,
                         .file = k->file,
                         .line = placed ? k->line : 0,
                         .column = placed ? k->col : 0,
                         .width = placed ? k->width : 0,
                         .source = k->text,
                         .source_column = placed ? k->text_col : 0,
                         .incomplete = k->incomplete};
    n->failed = true;
}

/* An error of this library's own. */
static NbStatus fail(NbSession *n, NbStatus code, const char *msg)
{
    LangError e = {.err = {.code = code}};
    snprintf(e.err.msg, sizeof e.err.msg, "%s", msg);
    keep(n, &e);
    NbErr *err = nb_ctx_err(n->s->ctx);
    nb_err_clear(err);
    return nb_fail(err, code, "%s", msg);
}

const NbFault *nb_session_fault(const NbSession *n)
{
    return n && n->failed ? &n->fault : NULL;
}

/* --- the front: the session's calls, handed on --- */

static void on_write(void *user, bool err, const char *text, size_t size)
{
    const NbSession *n = user;
    n->front.write(n->front.user, err, text, size);
}

static void on_show(void *user, const FrontForm *form, int count, const char *id)
{
    enum { MOST = 8 };
    const NbSession *n = user;
    NbForm f[MOST];
    int k = 0;
    for (; k < count && k < MOST; k++) {
        f[k] = (NbForm){form[k].mime, form[k].bytes, form[k].size};
    }
    n->front.show(n->front.user, f, k, id);
}

static void on_result(void *user, const FrontForm *form, int count)
{
    const NbSession *n = user;
    if (count > 0) {
        n->front.result(n->front.user, form[0].bytes, form[0].size);
    }
}

static void on_error(void *user, const LangError *e, bool stopped)
{
    NbSession *n = user;
    keep(n, e);
    if (n->front.error) {
        n->front.error(n->front.user, &n->fault, stopped);
    } else if (!stopped) {
        lang_error_print(e, n->s->err, session_is(n->s, FRONT_COLOUR_ERR), session_wraps(n->s));
        session_flush(n->s);
    }
}

static void on_progress(void *user, double part, const char *text)
{
    const NbSession *n = user;
    n->front.progress(n->front.user, part, text);
}

static bool on_ask(void *user, const FrontAsk *q, char *buf, size_t cap)
{
    const NbSession *n = user;
    return n->front.ask(n->front.user, q->prompt, buf, cap);
}

static void on_offer(void *user, const char *line)
{
    const NbSession *n = user;
    n->front.offer(n->front.user, line);
}

static void on_typed(void *user, const char *line)
{
    const NbSession *n = user;
    n->front.typed(n->front.user, line);
}

static void on_wrote(void *user, const char *path)
{
    const NbSession *n = user;
    n->front.wrote(n->front.user, path);
}

static void on_tick(void *user)
{
    const NbSession *n = user;
    n->front.tick(n->front.user);
}

/* What is known here of a front that may be of an older or newer header; false when it asks for
 * more than that. */
static bool take(const NbFront *given, NbFront *front)
{
    *front = (NbFront){.size = sizeof *front};
    if (!given) {
        return true;
    }
    if (given->size < offsetof(NbFront, columns)) {
        return false;
    }
    const char *bytes = (const char *)given;
    for (size_t i = sizeof *front; i < given->size; i++) {
        if (bytes[i]) {
            return false;
        }
    }
    memcpy(front, given, given->size < sizeof *front ? given->size : sizeof *front);
    front->size = sizeof *front;
    return true;
}

static bool put_front(NbSession *n, const NbFront *f)
{
    const unsigned known = FRONT_PERSON | FRONT_PICTURES | FRONT_FORMS | FRONT_COLOUR | FRONT_LIVE |
                           FRONT_BUTTONS;
    Front front = {.user = n,
                   .is = (f->is & known) | (f->is & NB_FRONT_COLOUR ? FRONT_COLOUR_ERR : 0U),
                   .columns = f->columns,
                   .write = f->write ? on_write : NULL,
                   .show = f->show ? on_show : NULL,
                   .result = f->result ? on_result : NULL,
                   .error = on_error,
                   .progress = f->progress ? on_progress : NULL,
                   .ask = f->ask ? on_ask : NULL,
                   .offer = f->offer ? on_offer : NULL,
                   .typed = f->typed ? on_typed : NULL,
                   .wrote = f->wrote ? on_wrote : NULL,
                   .tick = f->tick ? on_tick : NULL};
    NbFront before = n->front;
    n->front = *f; /* the old streams are flushed into the old one by then */
    if (!session_front(n->s, &front)) {
        n->front = before;
        return false;
    }
    n->s->set.unicode = !(f->is & NB_FRONT_ASCII);
    session_apply(n->s);
    return true;
}

/* --- life --- */

NbSession *nb_session_new(const NbFront *front)
{
    NbFront f;
    NbSession *n = take(front, &f) ? calloc(1, sizeof *n) : NULL;
    if (!n) {
        return NULL;
    }
    n->s = session_new(&commands_kit, &n->stop, !(f.is & NB_FRONT_ASCII));
    if (!n->s || !put_front(n, &f)) {
        nb_session_free(&n);
    }
    return n;
}

void nb_session_free(NbSession **n)
{
    if (n && *n) {
        input_free(&(*n)->input);
        session_free(&(*n)->s);
        free(*n);
        *n = NULL;
    }
}

static bool busy(const NbSession *n)
{
    return n->inside || n->s->unit.running;
}

NbStatus nb_session_front(NbSession *n, const NbFront *front)
{
    NbFront f;
    if (!n || busy(n)) {
        return NB_EVALUE;
    }
    n->failed = false;
    if (!take(front, &f)) {
        return fail(n, NB_EVALUE, "a front with members that this version of nabla does not know");
    }
    session_flush(n->s);
    return put_front(n, &f) ? NB_OK : fail(n, NB_EMEM, "out of memory for a front");
}

void nb_session_width(NbSession *n, int columns)
{
    if (n) {
        session_width(n->s, columns);
    }
}

/* --- running --- */

static void begin(NbSession *n)
{
    n->inside = true;
    n->failed = false;
    n->stop = 0;
    n->s->leave = false;
    n->s->leave_status = 0;
    nb_err_clear(nb_ctx_err(n->s->ctx));
}

static NbRunEnd end(NbSession *n, RunEnd how)
{
    session_flush(n->s);
    n->stop = 0;
    n->inside = false;
    switch (how) {
    case RUN_OK: return NB_RUN_OK;
    case RUN_INTERRUPT: return NB_RUN_STOPPED;
    case RUN_LEAVE: return NB_RUN_LEFT;
    case RUN_BUSY: return NB_RUN_BUSY;
    case RUN_ERROR: break;
    }
    if (!n->failed) {
        fail(n, NB_EIO, "the result could not be written");
    }
    return NB_RUN_ERROR;
}

static unsigned manner(unsigned how)
{
    return (how & NB_RUN_ECHO ? RUN_ECHO : 0U) | (how & NB_RUN_TOGETHER ? RUN_TOGETHER : 0U);
}

NbRunEnd nb_session_run(NbSession *n, const char *text, const char *name, unsigned how)
{
    if (!n || busy(n)) {
        return n ? NB_RUN_BUSY : NB_RUN_ERROR;
    }
    begin(n);
    if (!text) {
        fail(n, NB_EVALUE, "no text to run");
        return end(n, RUN_ERROR);
    }
    return end(n, session_run(n->s, text, strlen(text), name ? name : "", 1, manner(how)));
}

NbRunEnd nb_session_run_file(NbSession *n, const char *path, unsigned how)
{
    if (!n || busy(n)) {
        return n ? NB_RUN_BUSY : NB_RUN_ERROR;
    }
    begin(n);
    if (!path) {
        fail(n, NB_EVALUE, "no file to run");
        return end(n, RUN_ERROR);
    }
    return end(n, session_run_file(n->s, path, manner(how)));
}

bool nb_session_line(NbSession *n, const char *line, NbRunEnd *how)
{
    NbRunEnd unused;
    how = how ? how : &unused;
    *how = NB_RUN_BUSY;
    if (!n || busy(n) || !line) {
        return false;
    }
    begin(n);
    if (!n->input) {
        n->input = input_new(n->s);
        n->s->set.echo = true;
    }
    if (!n->input) {
        fail(n, NB_EMEM, "out of memory for a line");
        *how = end(n, RUN_ERROR);
        return false;
    }
    bool more = input_line(n->input, line, false);
    *how = end(n, more ? RUN_OK : input_end(n->input));
    return more;
}

void nb_session_drop_line(NbSession *n)
{
    if (n && n->input) {
        input_drop(n->input);
    }
}

bool nb_session_incomplete(NbSession *n, const char *text)
{
    return n && text && !busy(n) && interp_incomplete(n->s->interp, text, strlen(text));
}

void nb_session_stop(NbSession *n)
{
    if (n) {
        n->stop = 1;
    }
}

int nb_session_status(const NbSession *n)
{
    return n ? n->s->leave_status : 0;
}

/* --- values --- */

NbCtx *nb_session_ctx(NbSession *n)
{
    return n ? n->s->ctx : NULL;
}

/* Takes the error over from the evaluator. */
static NbStatus evaluated(NbSession *n, RunEnd how)
{
    NbStatus code = NB_OK;
    if (how != RUN_OK) {
        LangError e = *interp_error(n->s->interp);
        e.err.code = e.err.code ? e.err.code : NB_EMEM;
        session_forget_error(n->s, true);
        keep(n, &e);
        NbErr *err = nb_ctx_err(n->s->ctx);
        nb_err_clear(err);
        code = nb_fail(err, e.err.code, "%s", e.err.msg);
    }
    session_flush(n->s);
    n->stop = 0;
    n->inside = false;
    return code;
}

static NbStatus evaluate(NbSession *n, const char *expression, Value *v)
{
    *v = UNSET;
    if (!n || busy(n)) {
        return NB_EVALUE; /* nothing may be touched */
    }
    begin(n);
    if (!expression) {
        n->inside = false;
        return fail(n, NB_EVALUE, "no expression");
    }
    return evaluated(n, session_evaluate(n->s, expression, v));
}

static NbStatus no_number(NbSession *n, const char *what, Value *v)
{
    char msg[128];
    snprintf(msg, sizeof msg, "%s is expected, got %s", what, value_kind(*v));
    value_unref(v);
    return fail(n, NB_ETYPE, msg);
}

NbVar *nb_session_value(NbSession *n, const char *expression)
{
    Value v;
    if (evaluate(n, expression, &v) != NB_OK) {
        return NULL;
    }
    if (v.tag == V_VAR) {
        return v.var; /* its reference is handed on */
    }
    if (v.tag != V_NUM && v.tag != V_CONST) {
        no_number(n, "a number or tensor", &v);
        return NULL;
    }
    NbVar *made = nb_var_scalar(n->s->ctx, v.num, v.tag == V_NUM ? NB_PLAIN : NB_CONST);
    if (!made) {
        fail(n, NB_EMEM, "out of memory for a number");
    }
    return made;
}

NbStatus nb_session_number(NbSession *n, const char *expression, double *x)
{
    Value v;
    NbStatus code = evaluate(n, expression, &v);
    if (code != NB_OK) {
        return code;
    }
    if (!value_is_number(v)) {
        return no_number(n, "one number", &v);
    }
    if (x) {
        *x = value_number(v);
    }
    value_unref(&v);
    return NB_OK;
}

char *nb_session_text(NbSession *n, const char *expression)
{
    Value v;
    if (evaluate(n, expression, &v) != NB_OK) {
        return NULL;
    }
    char *text;
    if (v.tag == V_STR) {
        text = malloc(v.str->len + 1);
        if (text) {
            memcpy(text, v.str->text, v.str->len + 1);
        }
    } else {
        text = interp_value_text(n->s->interp, v, n->s->set.digits);
    }
    value_unref(&v);
    if (!text) {
        fail(n, NB_EMEM, "out of memory for a text");
    }
    return text;
}

void nb_session_text_free(char *text)
{
    free(text);
}

static NbStatus bind(NbSession *n, const char *name, Value v)
{
    begin(n);
    return evaluated(n, session_bind(n->s, name, v));
}

NbStatus nb_session_bind(NbSession *n, const char *name, NbVar *v)
{
    if (!n || busy(n)) {
        return NB_EVALUE; /* nothing may be touched */
    }
    if (!name || !v || nb_var_ctx(v) != n->s->ctx) {
        return fail(n, NB_EVALUE,
                    v && name ? "the variable is of another context" : "no name or no variable");
    }
    return bind(n, name, (Value){.tag = V_VAR, .var = nb_var_ref(v)});
}

NbStatus nb_session_bind_text(NbSession *n, const char *name, const char *text)
{
    if (!n || busy(n)) {
        return NB_EVALUE; /* nothing may be touched */
    }
    if (!name || !text) {
        return fail(n, NB_EVALUE, "no name or no text");
    }
    Value v = value_str(text);
    return v.tag == V_UNSET ? fail(n, NB_EMEM, "out of memory for a text") : bind(n, name, v);
}

/* --- for prompts --- */

int nb_session_complete(NbSession *n, const char *line, size_t at,
                        void (*word)(void *user, const char *word, size_t from), void *user)
{
    Completion found = {0};
    if (!n || !line || busy(n)) {
        return 0;
    }
    size_t len = strlen(line);
    size_t stop = at < len ? at : len, from = stop;
    while (from > 0 && !strchr(COMPLETE_BREAKS, line[from - 1])) {
        from--;
    }
    complete(n->s, line, (int)from, (int)stop, &found);
    int count = found.n;
    for (int i = 0; i < count && word; i++) {
        word(user, found.word[i], from);
    }
    completion_free(&found);
    return count;
}
