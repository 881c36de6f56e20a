/* errors.c -- errors with a place: spans, operand names, call frames, printing */
#include <stdio.h>
#include <string.h>

#include "lang/internal.h"

#define LINE_SHOWN 90 /* characters of a source line that are shown */

static bool cont(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static uint32_t forward(const char *s, uint32_t at, uint32_t end, int chars)
{
    while (at < end && chars > 0) {
        at++;
        while (at < end && cont(s[at])) {
            at++;
        }
        chars--;
    }
    return at;
}

static uint32_t back(const char *s, uint32_t at, uint32_t start, int chars)
{
    while (at > start && chars > 0) {
        at--;
        while (at > start && cont(s[at])) {
            at--;
        }
        chars--;
    }
    return at;
}

static int chars_in(const char *s, uint32_t from, uint32_t to)
{
    int n = 0;
    for (; from < to; from++) {
        n += !cont(s[from]);
    }
    return n;
}

/* The source line with the place, cut on both sides when long. */
static void show_line(LangError *e, const Program *p, uint32_t start, uint32_t end, bool ascii)
{
    uint32_t from = p->line[e->line - p->first_line], to = from;
    while (to < p->len && p->text[to] != '\n') {
        to++;
    }
    while (to > from && (p->text[to - 1] == '\r' || p->text[to - 1] == ' ')) {
        to--;
    }
    start = start > to ? to : start;
    end = end > to ? to : end < start ? start : end;
    uint32_t a = from, b = to;
    if (chars_in(p->text, from, to) > LINE_SHOWN) {
        a = back(p->text, start, from, LINE_SHOWN / 3);
        b = forward(p->text, a, to, LINE_SHOWN);
    }
    if (end > b) {
        end = b;
    }
    const char *dots = ascii ? "..." : "…";
    const char *lead = a > from ? dots : "", *tail = b < to ? dots : "";
    size_t len = strlen(lead), most = sizeof e->text - 4;
    memcpy(e->text, lead, len);
    for (uint32_t i = a; i < b && len < most; i++) {
        unsigned char c = (unsigned char)p->text[i];
        bool control = c < 0x20 || c == 0x7F;
        if (c == 0xC2 && i + 1 < b && (unsigned char)p->text[i + 1] < 0xA0) { /* of Latin 1 */
            i++;
            control = true;
        }
        e->text[len++] = control ? ' ' : (char)c;
    }
    strcpy(e->text + len, tail);
    e->text_col = chars_in(p->text, a, start) + 1 + (*lead ? ascii ? 3 : 1 : 0);
    e->width = chars_in(p->text, start, end);
    if (e->width < 1) {
        e->width = 1;
    }
}

static void place(Interp *I, const Program *p, uint32_t start, uint32_t end)
{
    LangError *e = &I->error;
    if (!p) {
        return;
    }
    e->has_span = true;
    memcpy(e->file, p->file, sizeof e->file);
    program_position(p, start > p->len ? p->len : start, &e->line, &e->col);
    show_line(e, p, start, end, I->ascii);
}

bool interp_error_at(Interp *I, const Program *p, uint32_t start, uint32_t end, NbStatus code,
                     const char *fmt, va_list ap)
{
    if (I->failed) {
        return false;
    }
    memset(&I->error, 0, sizeof I->error);
    I->failed = true;
    I->error.err.code = code;
    vsnprintf(I->error.err.msg, sizeof I->error.err.msg, fmt, ap);
    place(I, p, start, end);
    return false;
}

void interp_clear_error(Interp *I)
{
    I->failed = false;
    I->error_nested = false;
    I->error.err.code = NB_OK;
    I->error.err.msg[0] = '\0';
}

const LangError *interp_error(const Interp *I)
{
    return &I->error;
}

static const Node *where(const Interp *I, const Node *at)
{
    return at ? at : I->call ? I->call->node : I->stmt;
}

bool interp_fail(Interp *I, const Node *at, NbStatus code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const Node *n = where(I, at);
    interp_error_at(I, n ? I->program : NULL, n ? n->start : 0, n ? n->end : 0, code, fmt, ap);
    va_end(ap);
    return false;
}

bool interp_fail_span(Interp *I, uint32_t start, uint32_t end, NbStatus code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    interp_error_at(I, I->program, start, end, code, fmt, ap);
    va_end(ap);
    return false;
}

bool interp_hint(Interp *I, const char *fmt, ...)
{
    if (I->failed && !I->error.err.hint[0]) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(I->error.err.hint, sizeof I->error.err.hint, fmt, ap);
        va_end(ap);
    }
    return false;
}

bool interp_no_memory(Interp *I, const Node *at)
{
    return interp_fail(I, at, NB_EMEM, "out of memory");
}

bool interp_list_push(Interp *I, const Node *at, List *l, Value v)
{
    bool deep = v.tag == V_LIST && v.list->depth >= LIST_DEPTH;
    if (list_push(l, v)) {
        return true;
    }
    return deep ? interp_fail(I, at, NB_EVALUE, "lists nested too deeply (limit %d)", LIST_DEPTH)
                : interp_no_memory(I, at);
}

/* --- operands in messages --- */

/* Text of an operand in a hint: names as they are, longer ones in parentheses. */
static const char *operand_text(Interp *I, const Node *n, bool in_hint, char *buf, size_t cap)
{
    if (n && interp_path(n) && n->end - n->start < 40) {
        return interp_text(I, n, buf, cap);
    }
    if (!n || !in_hint || n->end - n->start > 30) {
        return NULL;
    }
    bool bare = n->kind == N_CALL || n->kind == N_NUM || n->kind == N_NUMBERS;
    char text[64];
    snprintf(buf, cap, bare ? "%s" : "(%s)", interp_text(I, n, text, sizeof text));
    return buf;
}

/* Copies text with {0} {1} replaced; an operand without a short text is left out. */
static void fill_in(Interp *I, const char *from, const Node *const *operand, int n, bool hint,
                    char *to, size_t cap)
{
    size_t len = 0;
    while (*from && len + 1 < cap) {
        if (from[0] != '{' || from[1] < '0' || from[1] > '9' || from[2] != '}') {
            to[len++] = *from++;
            continue;
        }
        int i = from[1] - '0';
        char buf[80];
        const char *text = operand_text(I, i < n ? operand[i] : NULL, hint, buf, sizeof buf);
        from += 3;
        if (!text && hint) {
            text = i == 0 ? "a" : i == 1 ? "b" : "c";
        }
        if (!text) {
            from += *from == ' ';
            continue;
        }
        size_t add = strlen(text);
        if (add > cap - len - 1) {
            add = cap - len - 1;
        }
        memcpy(to + len, text, add);
        len += add;
    }
    to[len] = '\0';
}

static bool fail_err(Interp *I, uint32_t start, uint32_t end, bool placed, const NbErr *err,
                     const Node *const *operand, int n)
{
    if (I->failed) {
        return false;
    }
    memset(&I->error, 0, sizeof I->error);
    I->failed = true;
    /* who fails without a word got no memory, perhaps for the word */
    I->error.err.code = err->code ? err->code : NB_EMEM;
    fill_in(I, err->msg[0] ? err->msg : "out of memory", operand, n, false, I->error.err.msg,
            sizeof I->error.err.msg);
    fill_in(I, err->hint, operand, n, true, I->error.err.hint, sizeof I->error.err.hint);
    if (err->code == NB_ENONFINITE && I->nonfinite[0]) {
        memcpy(I->error.err.msg, I->nonfinite, sizeof I->error.err.msg);
        I->nonfinite[0] = '\0';
    }
    place(I, placed ? I->program : NULL, start, end);
    return false;
}

/* Operands of an expression, for the placeholders. */
static int operands_of(const Node *n, const Node *const **list, const Node *pair[2])
{
    if (!n) {
        return 0;
    }
    switch (n->kind) {
    case N_BINARY:
    case N_WRITE:
        pair[0] = n->a;
        pair[1] = n->b;
        *list = pair;
        return 2;
    case N_UNARY:
    case N_INDEX:
    case N_ATTR:
        pair[0] = n->a;
        *list = pair;
        return 1;
    case N_CALL: *list = (const Node *const *)n->kid; return n->call->npos;
    default: return 0;
    }
}

bool interp_fail_err(Interp *I, const Node *at, const NbErr *err)
{
    const Node *n = where(I, at), *pair[2];
    const Node *const *list = NULL;
    int count = operands_of(n, &list, pair);
    return fail_err(I, n ? n->start : 0, n ? n->end : 0, n != NULL, err, list, count);
}

bool interp_fail_ctx(Interp *I, const Node *at)
{
    NbErr *err = nb_ctx_err(I->ctx);
    interp_fail_err(I, at, err);
    nb_err_clear(err);
    return false;
}

bool interp_fail_op(Interp *I, uint32_t start, uint32_t end, const Node *const *operand, int n)
{
    NbErr *err = nb_ctx_err(I->ctx);
    fail_err(I, start, end, true, err, operand, n);
    nb_err_clear(err);
    return false;
}

/* --- frames --- */

void interp_called_from(Interp *I, const Program *p, const Node *call)
{
    LangError *e = &I->error;
    if (!I->failed || !p || !call) {
        return;
    }
    int at = e->nframes;
    if (at == LANG_FRAMES) { /* the first five stay, the last five move up */
        at--;
        memmove(&e->frame[LANG_FRAMES / 2], &e->frame[LANG_FRAMES / 2 + 1],
                (LANG_FRAMES / 2 - 1) * sizeof e->frame[0]);
        e->hidden_frames++;
    } else {
        e->nframes++;
    }
    LangFrame *f = &e->frame[at];
    snprintf(f->file, sizeof f->file, "%.*s", (int)sizeof f->file - 1, p->file);
    program_position(p, call->start, &f->line, &f->col);
}

void lang_put_visible(const char *text, FILE *out)
{
    char shown[8];
    while (*text) {
        text += nb_text_visible(text, shown);
        fputs(shown, out);
    }
}

/* Columns of the blanks and the word at `text`; *end: behind them. */
static int word_width(const char *text, const char **end)
{
    char shown[8];
    int width = 0;
    const char *c = text, *stop = text + strspn(text, " ");
    stop += strcspn(stop, " \n");
    while (c < stop) {
        c += nb_text_visible(c, shown);
        width += nb_text_width(shown);
    }
    *end = c;
    return width;
}

void lang_put_wrapped(const char *text, FILE *out, int at, int columns)
{
    int column = at;
    for (const char *word = text, *end; *word; word = end) {
        int width = word_width(word, &end);
        bool ends = *word == '\n', full = columns > 0 && column > at && column + width > columns;
        if (ends || full) {
            word += ends ? 1 : strspn(word, " ");
            fprintf(out, "\n%*s", *word ? at : 0, "");
            column = at;
            width = word_width(word, &end);
        }
        for (char shown[8]; word < end;) {
            word += nb_text_visible(word, shown);
            fputs(shown, out);
        }
        column += width;
    }
}

/* Returns how many columns that took. */
static int print_place(FILE *out, const char *file, int line, int col)
{
    if (file[0]) {
        lang_put_visible(file, out);
        fputc(':', out);
    }
    return fprintf(out, "%d:%d", line, col) + (file[0] ? nb_text_width(file) + 1 : 0);
}

#define LEAST_BESIDE 20 /* columns for a text beside what begins its line */

/* What stands behind `at` columns; a newline in it is one of others' text, and shown. */
static void print_told(const char *text, FILE *out, int at, int columns)
{
    if (columns < at + LEAST_BESIDE || strchr(text, '\n')) {
        lang_put_visible(text, out);
    } else {
        lang_put_wrapped(text, out, at, columns);
    }
    fputc('\n', out);
}

/* Columns of the first n characters of text. */
static int columns(const char *text, int n)
{
    char buf[sizeof((LangError *)0)->text];
    uint32_t end = forward(text, 0, (uint32_t)strlen(text), n);
    memcpy(buf, text, end);
    buf[end] = '\0';
    return nb_text_width(buf);
}

static void print_source(const LangError *e, FILE *out, bool colour)
{
    int number = snprintf(NULL, 0, "%d", e->line);
    uint32_t len = (uint32_t)strlen(e->text);
    uint32_t from = forward(e->text, 0, len, e->text_col - 1);
    int width = columns(e->text + from, e->width);
    fprintf(out, "  %d | %s\n", e->line, e->text);
    fprintf(out, "  %*s | %*s", number, "", columns(e->text, e->text_col - 1), "");
    fputs(colour ? "\033[31m" : "", out);
    for (int i = 0; i < (width > 0 ? width : 1); i++) {
        fputc('^', out);
    }
    fprintf(out, "%s\n", colour ? "\033[0m" : "");
}

void lang_error_print(const LangError *e, FILE *out, bool colour, int columns)
{
    int at = 0;
    if (e->has_span && e->file[0]) {
        at = print_place(out, e->file, e->line, e->col) + 2;
        fputs(": ", out);
    }
    fprintf(out, "%serror:%s ", colour ? "\033[1;31m" : "", colour ? "\033[0m" : "");
    print_told(e->err.msg, out, at + 7, columns);
    if (e->has_span) {
        print_source(e, out, colour);
    }
    if (e->err.hint[0]) {
        fputs("  hint: ", out);
        print_told(e->err.hint, out, 8, columns);
    }
    for (int i = 0; i < e->nframes; i++) {
        if (i == LANG_FRAMES / 2 && e->hidden_frames > 0) {
            fprintf(out, "  (%d more call%s)\n", e->hidden_frames,
                    e->hidden_frames == 1 ? "" : "s");
        }
        fputs("  called from ", out);
        print_place(out, e->frame[i].file, e->frame[i].line, e->frame[i].col);
        fputc('\n', out);
    }
}
