/* sheet.c -- numbers for each student's sheet, answered to see that it can be answered */
#include "prompt/sheet.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <nabla/data.h>
#include <nabla/format.h>
#include <nabla/rng.h>

#include "base/file.h"
#include "base/mem.h"
#include "cmd/table.h"
#include "prompt/grade.h"
#include "prompt/signals.h"
#include "session/player.h"

#define TRIES 200 /* draws for one student */
#define NAME_CAP 64

typedef struct Draw {
    char name[NAME_CAP];
    char *from; /* the expression behind `in` */
    int line;
    char value[40]; /* drawn */
} Draw;

typedef struct Exercise {
    const char *path;
    Draw *draw;
    int ndraws;
    size_t cap;
    Player *script;
} Exercise;

static bool complain(const Exercise *e, int line, const char *what, const char *more)
{
    fprintf(stderr, "nabla: %s:%d: %s%s\n", e->path, line, what, more);
    return false;
}

/* --- the exercise --- */

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static size_t name_length(const char *s)
{
    size_t n = 0;
    while (is_name_byte(s[n])) {
        n++;
    }
    return n;
}

/* draw NAME in EXPR: the line becomes blank. */
static bool take_draw(Exercise *e, char *at, int line)
{
    size_t all = strcspn(at, "\n");
    char *name = at + strlen("draw") + strspn(at + strlen("draw"), " \t");
    size_t n = name_length(name);
    char *in = name + n + strspn(name + n, " \t");
    bool digit = *name >= '0' && *name <= '9';
    if (n == 0 || n >= NAME_CAP || digit || strncmp(in, "in", 2) != 0 || is_name_byte(in[2])) {
        return complain(e, line, "expected a name and a list", ": draw a in [2, 3, 5]");
    }
    if (!nb_grow(&e->draw, &e->cap, (size_t)e->ndraws + 1, sizeof *e->draw)) {
        return complain(e, line, "out of memory", "");
    }
    Draw *d = &e->draw[e->ndraws++];
    *d = (Draw){.line = line};
    memcpy(d->name, name, n);
    d->from = strndup(in + 2, (size_t)(at + all - in - 2));
    memset(at, ' ', all);
    return d->from;
}

static bool take_draws(Exercise *e, char *text)
{
    int line = 1;
    for (char *at = text; *at; line++) {
        if (strncmp(at, "draw", 4) == 0 && strchr(" \t", at[4]) && at[4] &&
            !take_draw(e, at, line)) {
            return false;
        }
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return true;
}

static bool exercise_read(Session *s, Exercise *e)
{
    NbErr err = {0};
    size_t len = 0;
    char *text = session_read_file(s, e->path, &len, &err);
    bool whole = text && strlen(text) == len;
    bool ok = (whole || (text && complain(e, 1, "there are NUL bytes in it", ""))) &&
              take_draws(e, text);
    e->script = ok ? player_of_text(s->interp, e->path, text, len, &err) : NULL;
    if (err.code) {
        fprintf(stderr, "nabla: %s\n", err.msg);
    }
    free(text);
    return e->script;
}

static void exercise_free(Exercise *e)
{
    for (int i = 0; i < e->ndraws; i++) {
        free(e->draw[i].from);
    }
    free(e->draw);
    player_free(&e->script);
}

/* --- numbers --- */

/* How many a draw takes from. */
static int64_t count_of(Value v)
{
    NbTensor tmp;
    switch (v.tag) {
    case V_LIST: return v.list->n;
    case V_RANGE: {
        const double n = (v.range->stop - v.range->start) / v.range->step;
        return n > 0 ? (int64_t)(n + 0.999999) : 0;
    }
    case V_VAR: return nb_var_data(v.var, &tmp)->size;
    default: return 0;
    }
}

/* Item k of them; false when it is no number. */
static bool item_of(Value v, int64_t k, double *x)
{
    NbTensor tmp;
    if (v.tag == V_LIST) {
        const Value item = v.list->item[k];
        *x = item.num;
        return item.tag == V_NUM || item.tag == V_CONST;
    }
    *x = v.tag == V_RANGE ? v.range->start + (double)k * v.range->step
                          : nb_tensor_at(nb_var_data(v.var, &tmp), k);
    return true;
}

static bool draw_one(Session *s, const Exercise *e, Draw *d, NbRng *rng)
{
    const Node *expr = NULL;
    Value v = {.tag = V_UNSET};
    Program *p = interp_expression(s->interp, d->from, strlen(d->from), &expr);
    bool ok = p && interp_eval_kept(s->interp, p, expr, &v);
    if (!ok) {
        complain(e, d->line, "draw: ", interp_error(s->interp)->err.msg);
    } else if (count_of(v) < 1) {
        ok = complain(e, d->line, "draw: there is nothing to draw from", "");
    } else {
        double x;
        int64_t k = (int64_t)(nb_rng_uniform(rng) * (double)count_of(v));
        ok = item_of(v, k, &x) || complain(e, d->line, "draw: only numbers are drawn", "");
        if (ok) {
            nb_format_number(x, NB_DIGITS_FULL, d->value, sizeof d->value);
        }
    }
    session_forget_error(s, true);
    value_unref(&v);
    program_unref(&p);
    return ok;
}

static uint64_t hash_of(const char *id)
{
    uint64_t h = 14695981039346656037U;
    for (; *id; id++) {
        h = (h ^ (unsigned char)*id) * 1099511628211U;
    }
    return h;
}

static const Draw *drawn(const Exercise *e, const char *name, size_t n)
{
    for (int i = 0; i < e->ndraws; i++) {
        if (strlen(e->draw[i].name) == n && strncmp(e->draw[i].name, name, n) == 0) {
            return &e->draw[i];
        }
    }
    return NULL;
}

/* Whether a number below 0 needs brackets where it stands in code. */
static bool needs_brackets(const char *text, const char *at, const char *end)
{
    while (at > text && at[-1] == ' ') {
        at--;
    }
    end += strspn(end, " ");
    return (at > text && !strchr("=,([\n;", at[-1])) || strchr("^.[", *end ? *end : ' ');
}

/* lr=lr of a call: the first is the name of an option. */
static bool is_option(const char *text, const char *at, const char *end)
{
    end += strspn(end, " ");
    while (at > text && at[-1] == ' ') {
        at--;
    }
    return end[0] == '=' && end[1] != '=' && at > text && strchr("(,", at[-1]);
}

/* The function whose definition is read: its parameters are no draws, up to its end. */
typedef struct Defined {
    const char *params, *behind, *end;
} Defined;

static void begin_definition(Defined *d, const char *at)
{
    const char *open = at + strcspn(at, "(\n"), *close = open + strcspn(open, ")\n");
    if (*open != '(' || *close != ')') {
        return;
    }
    *d = (Defined){open + 1, close, close + 1};
    int depth = 0;
    for (bool block = *(d->end + strspn(d->end, " ")) == '{'; *d->end; d->end++) {
        depth += strchr("([{", *d->end) != NULL;
        depth -= strchr(")]}", *d->end) != NULL;
        if (depth <= 0 && (block ? *d->end == '}' : strchr("\n;", *d->end) != NULL)) {
            break;
        }
    }
}

static bool is_parameter(const Defined *d, const char *at, size_t n)
{
    for (const char *p = d->params; at < d->end && p < d->behind;) {
        size_t len = name_length(p);
        if (len == n && strncmp(p, at, n) == 0) {
            return true;
        }
        p += len > 0 ? len : 1;
    }
    return false;
}

/* {a} in a text, a in code outside strings, where a number below 0 may stand in brackets. */
static char *filled(const Exercise *e, const char *text, bool code)
{
    Text t = {0};
    char quote = 0;
    Defined def = {text, text, text};
    for (const char *at = text; *at;) {
        size_t n = name_length(at + (*at == '{'));
        if (code && !quote && n == 3 && strncmp(at, "def", 3) == 0 && at >= def.end) {
            begin_definition(&def, at);
        }
        bool braces = *at == '{' && at[1 + n] == '}';
        const Draw *d = braces                                  ? drawn(e, at + 1, n)
                        : code && !quote && n > 0 && *at != '{' ? drawn(e, at, n)
                                                                : NULL;
        bool dot = at > text && at[-1] == '.';
        bool own = d && !braces && (is_option(text, at, at + n) || is_parameter(&def, at, n));
        if (d && !own && !(dot && !braces)) {
            bool sign = code && !braces && d->value[0] == '-' && needs_brackets(text, at, at + n);
            text_printf(&t, sign ? "(%s)" : "%s", d->value);
            at += braces ? n + 2 : n;
            continue;
        }
        quote = (*at == '"' || *at == '\'') && code ? quote == *at ? 0
                                                      : quote      ? quote
                                                                   : *at
                                                    : quote;
        n = *at == '{' || n == 0 ? 1 : n;
        text_addn(&t, at, n);
        at += n;
    }
    char *s = t.failed ? NULL : strdup(text_str(&t));
    text_free(&t);
    return s;
}

/* --- answering --- */

typedef struct Trial {
    Session *s;
    Front front;
    Text said;
    char why[600];
    int line;
} Trial;

static void take(void *user, bool err, const char *text, size_t n)
{
    Trial *t = user;
    if (!err) {
        text_addn(&t->said, text, n);
    }
}

static void told(void *user, const LangError *e, bool stopped)
{
    Trial *t = user;
    (void)stopped;
    snprintf(t->why, sizeof t->why, "%s", e->err.msg);
    t->line = e->line;
}

static bool run(Trial *t, const char *code, const char *path, int line, bool echo)
{
    text_reset(&t->said);
    t->line = line;
    RunEnd end = session_run(t->s, code, strlen(code), path, line, echo ? RUN_ECHO : 0);
    session_flush(t->s);
    return end == RUN_OK;
}

static char *without_end(const char *text)
{
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == '\n') {
        n--;
    }
    return strndup(text, n);
}

/* Every function of the session is smooth where it stands. */
static bool is_smooth(Trial *t)
{
    for (int i = 0, n = interp_symbols(t->s->interp); i < n; i++) {
        Value v = interp_get(t->s->interp, i);
        char code[NAME_CAP + 8];
        if (v.tag != V_VAR || nb_var_kind(v.var) != NB_INNER || !nb_var_is_scalar(v.var) ||
            !nb_var_takes_grad(v.var) || strlen(interp_symbol_name(t->s->interp, i)) >= NAME_CAP) {
            continue;
        }
        snprintf(code, sizeof code, "check %s", interp_symbol_name(t->s->interp, i));
        if (!run(t, code, "", 1, false) || strstr(text_str(&t->said), "kink")) {
            snprintf(t->why, sizeof t->why, "%s stands on a kink or a tie",
                     interp_symbol_name(t->s->interp, i));
            return false;
        }
    }
    return true;
}

static bool answer(Trial *t, const Exercise *e, SheetText *what)
{
    bool ok = true;
    for (int i = 0; ok && i < what->n; i++) {
        SheetPart *p = &what->part[i];
        if (p->kind == PLAYER_CODE) {
            ok = run(t, p->text, e->path, p->line, true);
            p->shown = ok ? without_end(text_str(&t->said)) : NULL;
        } else if (p->kind == PLAYER_CHECK) {
            Text code = {0};
            text_printf(&code, "assert %s", p->text);
            ok = run(t, text_str(&code), e->path, p->line, false);
            text_free(&code);
        }
    }
    return ok && is_smooth(t);
}

static void sheet_free(SheetText *what)
{
    for (int i = 0; i < what->n; i++) {
        free(what->part[i].text);
        free(what->part[i].shown);
    }
    free(what->part);
    what->part = NULL;
    what->n = 0;
}

static bool fill(const Exercise *e, SheetText *what)
{
    int n = player_parts(e->script);
    what->part = calloc((size_t)n + 1, sizeof *what->part);
    for (; what->part && what->n < n; what->n++) {
        SheetPart *p = &what->part[what->n];
        const char *text;
        p->kind = (int)player_part_at(e->script, what->n, &text, &p->line);
        bool code = p->kind == PLAYER_CODE || p->kind == PLAYER_CHECK || p->kind == PLAYER_WRONG;
        p->text = filled(e, text, code);
        if (!p->text) {
            return false;
        }
    }
    return what->part;
}

static bool try_once(Trial *t, const Exercise *e, SheetText *what)
{
    t->front = (Front){.user = t, .write = take, .error = told};
    t->s = session_new(&commands_kit, signals_interrupt(), true);
    bool ok = t->s && session_front(t->s, &t->front) && fill(e, what) && answer(t, e, what);
    session_free(&t->s);
    text_free(&t->said);
    return ok;
}

/* Numbers with which the exercise can be answered. */
static bool choose(Session *s, Exercise *e, const char *id, SheetText *what)
{
    Trial t = {0};
    NbRng rng;
    nb_rng_seed(&rng, hash_of(id), 0);
    for (int i = 0; i < TRIES && !*signals_interrupt(); i++) {
        for (int k = 0; k < e->ndraws; k++) {
            if (!draw_one(s, e, &e->draw[k], &rng)) {
                return false;
            }
        }
        if (try_once(&t, e, what)) {
            return true;
        }
        sheet_free(what);
        if (e->ndraws == 0) {
            break;
        }
    }
    return complain(e, t.line > 0 ? t.line : 1, "no numbers drawn do: ", t.why);
}

/* --- files --- */

/* A folder of the path, made unless it is there. */
static bool make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "nabla: cannot make %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

typedef void Put(Text *t, const SheetText *what, bool key);

static bool write_one(const char *folder, const char *id, const char *ending, Put *put,
                      const SheetText *what, bool key)
{
    char path[4096];
    NbErr err = {0};
    Text t = {0};
    int n = snprintf(path, sizeof path, "%s/%s%s", folder, id, ending);
    put(&t, what, key);
    bool ok = n > 0 && (size_t)n < sizeof path && !t.failed &&
              nb_file_write(path, text_str(&t), t.len, NULL, &err) == NB_OK;
    if (!ok) {
        fprintf(stderr, "nabla: %s\n", err.msg[0] ? err.msg : "a sheet was not written");
    }
    text_free(&t);
    return ok;
}

static void put_script(Text *t, const SheetText *what, bool key)
{
    (void)key;
    sheet_script(t, what);
}

static void put_grader(Text *t, const SheetText *what, bool key)
{
    (void)key;
    sheet_grader(t, what);
}

/* What a student gets has a folder of its own: a sheet that is graded reads below its folder. */
static bool write_all(const char *out, const char *id, const SheetText *what)
{
    char sheet[4096], keys[4096];
    snprintf(sheet, sizeof sheet, "%s/sheets/%s", out, id);
    snprintf(keys, sizeof keys, "%s/keys", out);
    return make_folder(sheet) && write_one(sheet, id, ".tex", sheet_latex, what, false) &&
           write_one(sheet, id, ".html", sheet_html, what, false) &&
           write_one(sheet, id, ".nabla", put_script, what, false) &&
           write_one(keys, id, "-key.tex", sheet_latex, what, true) &&
           write_one(keys, id, "-key.html", sheet_html, what, true) &&
           write_one(keys, id, "-grader.nabla", put_grader, what, false);
}

static bool make_folders(const char *out)
{
    char path[4096];
    bool ok = strlen(out) < 3000 && make_folder(out);
    snprintf(path, sizeof path, "%s/sheets", out);
    ok = ok && make_folder(path);
    snprintf(path, sizeof path, "%s/keys", out);
    return ok && make_folder(path);
}

/* --- all sheets --- */

static bool has_checks(const SheetText *what)
{
    for (int i = 0; i < what->n; i++) {
        if (what->part[i].kind == PLAYER_CHECK) {
            return true;
        }
    }
    return false;
}

/* The answers get every point of the grader that goes with them. */
static bool key_is_right(Session *s, const Exercise *e, const SheetText *what)
{
    Text answers = {0}, grader = {0};
    GradeTold told = {0};
    sheet_answers(&answers, what);
    sheet_grader(&grader, what);
    bool ok = !answers.failed && !grader.failed &&
              grade_text(s,
                         &(GradeText){.path = e->path,
                                      .text = text_str(&answers),
                                      .grader_path = e->path,
                                      .grader = text_str(&grader)},
                         &told);
    if (!ok && told.task[0]) {
        fprintf(stderr, "nabla: %s: the answers of %s do not get the points of %s: %s\n", e->path,
                what->id, told.task, told.why);
    } else if (!ok && !*signals_interrupt()) {
        fprintf(stderr, "nabla: %s: the answers of %s were not graded\n", e->path, what->id);
    }
    text_free(&answers);
    text_free(&grader);
    return ok;
}

/* Everything is chosen and looked at before the first file is written. */
static bool all_sheets(Session *s, Exercise *e, const char *out, const Students *all)
{
    SheetText *what = calloc((size_t)all->n, sizeof *what);
    bool ok = what;
    for (int i = 0; ok && i < all->n; i++) {
        const Student *student = &all->one[i];
        what[i] = (SheetText){.title = player_title(e->script),
                              .id = student->file,
                              .name = student->name,
                              .exercise = e->path};
        ok = !*signals_interrupt() && choose(s, e, student->id, &what[i]) &&
             (!has_checks(&what[i]) || key_is_right(s, e, &what[i]));
    }
    ok = ok && make_folders(out);
    for (int i = 0; ok && i < all->n; i++) {
        ok = !*signals_interrupt() && write_all(out, all->one[i].file, &what[i]);
    }
    for (int i = 0; what && i < all->n; i++) {
        sheet_free(&what[i]);
    }
    free(what);
    return ok;
}

int sheet_run(Session *s, const Sheets *w)
{
    Exercise e = {.path = w->exercise};
    Students all = {.path = w->students};
    NbErr err = {0};
    size_t len = 0;
    bool ok = false;
    char *list = session_read_file(s, w->students, &len, &err);
    if (!list) {
        fprintf(stderr, "nabla: %s\n", err.msg);
    } else if (strlen(list) != len) {
        fprintf(stderr, "nabla: %s: there are NUL bytes in it\n", w->students);
    } else {
        ok = students_read(&all, list) && exercise_read(s, &e) && all_sheets(s, &e, w->out, &all);
    }
    if (ok) {
        printf("wrote %d sheet%s to %s/sheets, keys and graders to %s/keys\n", all.n,
               all.n == 1 ? "" : "s", w->out, w->out);
    }
    students_free(&all);
    exercise_free(&e);
    free(list);
    return ok ? 0 : 1;
}
