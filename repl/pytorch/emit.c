/* emit.c -- statements in Python, with the comments between them */
#include "pytorch/internal.h"

/* --- lines --- */

void emit_line(Trans *T, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *s = tr_alloc(T, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    if (T->blank && T->out.len > 0) {
        text_add(&T->out, "\n");
    }
    T->blank = false;
    for (int i = 0; i < T->indent; i++) {
        text_add(&T->out, "    ");
    }
    text_add(&T->out, s);
    text_add(&T->out, "\n");
    T->lines++;
}

/* A comment behind the last line. */
static void behind(Trans *T, const char *comment)
{
    if (T->out.len > 0) {
        text_cut(&T->out, T->out.len - 1);
        text_printf(&T->out, "  %s\n", comment);
    }
}

/* Comments and empty lines of the source before `to`, which has no code. */
static void comments(Trans *T, uint32_t to)
{
    const char *s = T->p->text;
    bool fresh = T->at == 0;
    int newlines = fresh ? 1 : 0;
    for (uint32_t i = T->at; i < to;) {
        if (s[i] == '\n') {
            newlines++;
            i++;
            continue;
        }
        if (s[i] != '#') {
            i++;
            continue;
        }
        const char *end = memchr(s + i, '\n', T->p->len - i);
        uint32_t stop = end ? (uint32_t)(end - s) : T->p->len;
        const char *comment = tr_source(T, i, stop);
        T->blank = T->blank || newlines > 1;
        if (newlines == 0) {
            behind(T, comment);
        } else {
            emit_line(T, "%s", comment);
            T->lines--;
        }
        newlines = 0;
        i = stop;
    }
    T->blank = T->blank || newlines > 1;
    T->at = to > T->at ? to : T->at;
}

/* --- blocks --- */

static bool statements(Trans *T, const Node *block)
{
    int before = T->lines;
    bool ok = true;
    T->at = block->start + 1;
    for (int i = 0; ok && i < block->n; i++) {
        T->following = i + 1 < block->n ? block->kid[i + 1] : NULL;
        ok = emit_statement(T, block->kid[i]);
    }
    if (ok) {
        comments(T, block->end - 1);
        T->at = block->end;
    }
    T->blank = false;
    if (T->lines == before) {
        emit_line(T, "pass");
    }
    return ok;
}

bool emit_block(Trans *T, const Node *n)
{
    T->indent++;
    bool ok = statements(T, n);
    T->indent--;
    return ok;
}

/* --- loops --- */

/* `every` stands in this loop, not in one inside. */
static bool has_every(const Node *n)
{
    if (!n || n->kind == N_FOR || n->kind == N_WHILE || n->kind == N_REPEAT || n->kind == N_DEF) {
        return false;
    }
    if (n->kind == N_EVERY) {
        return true;
    }
    for (int i = 0; i < n->n; i++) {
        if (has_every(n->kid[i])) {
            return true;
        }
    }
    return has_every(n->a) || has_every(n->b);
}

static bool body(Trans *T, const Node *block, const char *counter)
{
    if (T->nloop == (int)(sizeof T->loop / sizeof T->loop[0])) {
        return tr_fail(T, block, "loops are nested too deeply to be translated");
    }
    T->loop[T->nloop++].counter = counter;
    bool ok = emit_block(T, block);
    T->nloop--;
    return ok;
}

static const char *counter_name(Trans *T)
{
    return emit_fresh(T, "passes", &T->counters);
}

static bool repeat(Trans *T, const Node *n)
{
    const char *counter = has_every(n->b) ? counter_name(T) : NULL;
    emit_line(T, "for %s in %s:", counter ? counter : "_",
              emit_checkpointed(T, n, tr_fmt(T, "range(%s)", emit_int(T, n->a))));
    return body(T, n->b, counter);
}

static const char *sequence(Trans *T, const Node *n)
{
    if (n->kind == N_NUMBERS && n->lit->shape.rank == 1) {
        const char *s = "";
        char buf[40];
        for (int i = 0; i < n->lit->shape.dim[0]; i++) {
            s = tr_fmt(T, "%s%s%s", s, i ? ", " : "",
                       nb_format_number(n->lit->data[i], NB_DIGITS_FULL, buf, sizeof buf));
        }
        return tr_fmt(T, "[%s]", s);
    }
    if (n->kind == N_RANGE && !emit_range_is_whole(T, n)) {
        return "";
    }
    if (n->kind == N_RANGE) {
        bool whole = true;
        for (int i = 0; i < 3; i++) {
            whole = whole && !(n->kid[i] && i != 1 && kinds_of(T, n->kid[i]) & K_FLOAT);
        }
        if (!whole) {
            return tr_fmt(T, "np.arange(%s, %s%s%s)", n->kid[0] ? emit_text(T, n->kid[0]) : "0",
                          emit_text(T, n->kid[1]), n->kid[2] ? ", " : "",
                          n->kid[2] ? emit_text(T, n->kid[2]) : "");
        }
    }
    const char *s = emit_text(T, n);
    bool list = n->kind == N_ATTR && strncmp(s, "list(", 5) == 0;
    return list ? tr_fmt(T, "%.*s", (int)strlen(s) - 6, s + 5) : s;
}

static bool for_loop(Trans *T, const Node *n)
{
    const Node *seq = n->kid[n->n - 2], *block = n->kid[n->n - 1];
    const char *names = "";
    double first = 1;
    for (int i = 0; i < n->n - 2; i++) {
        names = tr_fmt(T, "%s%s%s", names, i ? ", " : "", emit_name(T, n->kid[i]->sym));
    }
    if (!has_every(block)) {
        emit_line(T, "for %s in %s:", names, emit_checkpointed(T, n, sequence(T, seq)));
        return body(T, block, NULL);
    }
    bool from_0 = seq->kind == N_RANGE && !seq->kid[2] && seq->kid[0] &&
                  tr_literal(seq->kid[0], &first) && first == 0;
    if (from_0 && !emit_binds(block, n->kid[0]->sym)) {
        emit_line(T, "for %s in %s:", names, emit_checkpointed(T, n, sequence(T, seq)));
        return body(T, block, names);
    }
    const char *counter = counter_name(T);
    emit_line(T, n->n > 3 ? "for %s, (%s) in %s:" : "for %s, %s in %s:", counter, names,
              emit_checkpointed(T, n, tr_fmt(T, "enumerate(%s)", sequence(T, seq))));
    return body(T, block, counter);
}

static bool while_loop(Trans *T, const Node *n)
{
    const char *counter = has_every(n->b) ? counter_name(T) : NULL;
    if (counter) {
        emit_line(T, "%s = -1", counter);
    }
    emit_line(T, "while %s:", emit_condition(T, n->a));
    if (counter) {
        T->indent++;
        emit_line(T, "%s += 1", counter);
        T->indent--;
    }
    return body(T, n->b, counter);
}

static bool every(Trans *T, const Node *n)
{
    const char *counter = T->nloop ? T->loop[T->nloop - 1].counter : NULL;
    emit_line(T, "if %s %% %s == 0:", counter ? counter : "0", emit_at(T, n->a, NB_PY_NEG));
    return emit_block(T, n->b);
}

static bool branches(Trans *T, const Node *n)
{
    bool ok = true;
    int i = 0;
    for (; ok && i + 1 < n->n; i += 2) {
        if (i > 0) {
            comments(T, n->kid[i]->start);
        }
        T->blank = T->blank && i == 0;
        emit_line(T, i ? "elif %s:" : "if %s:", emit_condition(T, n->kid[i]));
        ok = emit_block(T, n->kid[i + 1]);
    }
    if (ok && i < n->n) {
        comments(T, n->kid[i]->start);
        T->blank = false;
        emit_line(T, "else:");
        ok = emit_block(T, n->kid[i]);
    }
    return ok;
}

/* --- functions, modes --- */

static bool is_named(const Trans *T, int symbol)
{
    bool found = false;
    for (size_t i = 0; i < T->ninfo && !found; i++) {
        const Info *in = &T->info[i];
        found = in->node && in->visited && in->node->kind == N_GLOBAL && in->node->sym == symbol;
    }
    return found;
}

/* Nothing is known of what a function works with that nobody calls. */
static bool never_called(Trans *T, const Node *n)
{
    const DefInfo *d = n->def;
    const Node *first = d->block && d->body->n > 0 ? d->body->kid[0] : d->body;
    int line, col;
    if (tr_info(T, first)->visited || is_named(T, d->symbol)) {
        return false;
    }
    emit_line(T, "# not called: %s", emit_name(T, d->symbol));
    T->lines--;
    if (T->notes) {
        program_position(T->p, n->start, &line, &col);
        fprintf(T->notes, "%s:%d:%d: note: %s is called nowhere; left as a comment\n", T->p->file,
                line, col, tr_symbol(T, d->symbol));
    }
    return true;
}

/* The last line is a comment, and what follows may be what it speaks of. */
static bool after_comment(Trans *T)
{
    const char *s = text_str(&T->out);
    size_t at = T->out.len > 0 ? T->out.len - 1 : 0;
    while (at > 0 && s[at - 1] != '\n') {
        at--;
    }
    return s[at + strspn(s + at, " ")] == '#';
}

/* A default that Python may work out once, where the function is defined. */
static bool is_fixed(Trans *T, const Node *n)
{
    bool word = n->kind == N_GLOBAL && val_of(T, n)->word;
    return n->kind == N_NUM || n->kind == N_STR || word ||
           (n->kind == N_UNARY && is_fixed(T, n->a));
}

/* Defaults that are worked out at each call. */
static void defaults(Trans *T, const DefInfo *d)
{
    for (int i = 0; i < d->nparams; i++) {
        if (d->param[i].fallback && !is_fixed(T, d->param[i].fallback)) {
            const char *name = emit_name(T, d->param[i].symbol);
            emit_line(T, "if %s is None:", name);
            emit_line(T, "    %s = %s", name, emit_text(T, d->param[i].fallback));
        }
    }
}

static bool define(Trans *T, const Node *n)
{
    const DefInfo *d = n->def;
    const char *params = "";
    if (never_called(T, n)) {
        return true;
    }
    for (int i = 0; i < d->nparams; i++) {
        const Node *fallback = d->param[i].fallback;
        params = tr_fmt(T, "%s%s%s%s%s", params, i ? ", " : "", emit_name(T, d->param[i].symbol),
                        fallback ? "=" : "",
                        !fallback               ? ""
                        : is_fixed(T, fallback) ? emit_text(T, fallback)
                                                : "None");
    }
    T->blank = T->blank || !after_comment(T);
    emit_line(T, "def %s(%s):", emit_name(T, d->symbol), params);
    T->defs++;
    T->indent++;
    defaults(T, d);
    T->indent--;
    bool ok;
    if (d->block) {
        ok = emit_block(T, d->body);
    } else {
        T->indent++;
        emit_line(T, "return %s", emit_at(T, d->body, NB_PY_TUPLE));
        T->indent--;
        ok = !T->failed;
    }
    T->defs--;
    return ok;
}

static bool nograd(Trans *T, const Node *n)
{
    emit_line(T, "with torch.no_grad():");
    T->nograd++;
    bool ok = emit_block(T, n->a);
    T->nograd--;
    return ok;
}

/* return, and break and continue of loops around. */
static bool leaves(const Node *n, bool looped)
{
    if (!n || n->kind == N_DEF) {
        return false;
    }
    bool loop = n->kind == N_FOR || n->kind == N_WHILE || n->kind == N_REPEAT, found = false;
    for (int i = 0; i < n->n && !found; i++) {
        found = leaves(n->kid[i], looped || loop);
    }
    return found || n->kind == N_RETURN ||
           (!looped && (n->kind == N_BREAK || n->kind == N_CONTINUE)) ||
           leaves(n->a, looped || loop) || leaves(n->b, looped || loop);
}

static bool testmode(Trans *T, const Node *n)
{
    const Info *in = tr_info(T, n);
    for (int i = 0; i < in->nnames; i++) {
        emit_line(T, "%s.eval()", emit_name(T, in->names[i]));
    }
    bool guarded = in->nnames > 0 && leaves(n->a, false);
    if (guarded) {
        emit_line(T, "try:");
    }
    bool ok = guarded ? emit_block(T, n->a) : statements(T, n->a);
    if (guarded) {
        emit_line(T, "finally:");
    }
    T->indent += guarded;
    for (int i = 0; i < in->nnames; i++) {
        emit_line(T, "%s.train()", emit_name(T, in->names[i]));
    }
    T->indent -= guarded;
    return ok;
}

/* --- statements --- */

static bool statement(Trans *T, const Node *n)
{
    switch (n->kind) {
    case N_ASSIGN:
    case N_CONST: return emit_assignment(T, n);
    case N_WRITE: return emit_write(T, n);
    case N_DEF: return define(T, n);
    case N_BLOCK: return statements(T, n);
    case N_REPEAT: return repeat(T, n);
    case N_FOR: return for_loop(T, n);
    case N_WHILE: return while_loop(T, n);
    case N_IF: return branches(T, n);
    case N_EVERY: return every(T, n);
    case N_NOGRAD: return nograd(T, n);
    case N_TESTMODE: return testmode(T, n);
    case N_BREAK: emit_line(T, "break"); return true;
    case N_CONTINUE: emit_line(T, "continue"); return true;
    case N_RETURN:
        emit_line(T, n->a ? "return %s" : "return%s", n->a ? emit_at(T, n->a, NB_PY_TUPLE) : "");
        return true;
    default: break;
    }
    if (n->kind == N_CALL && n->call->row) {
        return emit_command(T, n);
    }
    emit_line(T, "%s", emit_at(T, n, NB_PY_TUPLE));
    return true;
}

bool emit_statement(Trans *T, const Node *n)
{
    comments(T, n->start);
    const Info *in = tr_info(T, n);
    const Node *following = T->following;
    bool ok = statement(T, n) && !T->failed;
    T->following = following;
    (void)in;
    T->at = n->end;
    T->blank = T->blank || n->kind == N_DEF;
    return ok;
}

/* --- programs --- */

/* A step is made in n while this name stands for a number that is plotted. */
static bool steps_inside(Trans *T, const Node *n, int symbol)
{
    if (!n) {
        return false;
    }
    const Info *in = n->kind == N_CALL && n->call->row ? tr_info(T, n) : NULL;
    for (int i = 0; in && i < in->nkept; i++) {
        if (in->kept[i] == symbol) {
            return true;
        }
    }
    for (int i = 0; i < n->n; i++) {
        if (steps_inside(T, n->kid[i], symbol)) {
            return true;
        }
    }
    return steps_inside(T, n->a, symbol) || steps_inside(T, n->b, symbol);
}

bool emit_program(Trans *T)
{
    bool ok = true;
    T->nograd = 0;
    for (size_t i = 0; i < T->ninfo; i++) {
        const Node *n = T->info[i].node;
        const char *name = n && n->kind == N_CALL ? tr_callee(T, n) : NULL;
        T->drops = T->drops || (name && strcmp(name, "dropout") == 0);
    }
    for (int i = 0; ok && i < T->p->n; i++) {
        const Node *n = T->p->stmt[i];
        for (int k = 0; k < T->nrecord && n->kind != N_DEF; k++) {
            if (!T->recorded[k] && steps_inside(T, n, T->record[k])) {
                comments(T, n->start);
                emit_line(T, "%s = []", emit_values(T, T->record[k]));
                T->recorded[k] = true;
            }
        }
        T->following = i + 1 < T->p->n ? T->p->stmt[i + 1] : NULL;
        ok = emit_statement(T, n);
    }
    if (ok) {
        comments(T, T->p->len);
    }
    return ok && !T->failed;
}
