/* undo.c -- statements that can be taken back and done again */
#include "session/undo.h"

#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "base/mem.h"
#include "objects/optimizer.h"
#include "session/core.h"
#include "session/part.h"
#include "session/report.h"
#include "session/restore.h"
#include "session/unit.h"

#define RECOUNT 64      /* units kept between exact counts of their memory, … */
#define RECOUNT_MUCH 8  /* … when they hold much */
#define SOURCE_MAX 240  /* bytes kept of a statement's text */
#define UNIT_BYTES 1024 /* of a unit beside its entries, about */

typedef struct Kept {
    Journal *journal;
    char *source;    /* of the statement, on one line */
    uint64_t serial; /* variables up to this one were there before it */
    size_t bytes;    /* of copies and of what only this unit keeps alive, about */
} Kept;

struct Undo {
    Kept *unit;
    size_t n, cap;
    size_t done; /* units before this one hold; the others can be done again */
    size_t bytes, limit;
    size_t uncounted; /* units since the last exact count */
    char *barrier;    /* text of the statement that could not be kept, older than all that are */
    bool refused;     /* memory for one before these was */
    bool told;        /* that a statement was too large */
};

Undo *undo_new(void)
{
    Undo *u = calloc(1, sizeof *u);
    if (u) {
        u->limit = (size_t)UNDO_MB << 20;
    }
    return u;
}

static void release(Undo *u, Kept *k)
{
    u->bytes -= k->bytes;
    journal_free(&k->journal);
    free(k->source);
}

/* Drops units from position `from` on. */
static void drop_tail(Undo *u, size_t from)
{
    while (u->n > from) {
        release(u, &u->unit[--u->n]);
    }
    u->done = u->done < u->n ? u->done : u->n;
}

static void drop_oldest(Undo *u, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        release(u, &u->unit[i]);
    }
    memmove(u->unit, u->unit + n, (u->n - n) * sizeof *u->unit);
    u->n -= n;
    u->done -= n;
}

void undo_free(Undo **pu)
{
    Undo *u = *pu;
    *pu = NULL;
    if (u) {
        drop_tail(u, 0);
        free(u->unit);
        free(u->barrier);
        free(u);
    }
}

void undo_forget(Session *s)
{
    drop_tail(s->core->undo, 0);
    free(s->core->undo->barrier);
    s->core->undo->barrier = NULL;
    s->core->undo->refused = false;
}

void undo_limit(Session *s, size_t bytes)
{
    s->core->undo->limit = bytes;
}

int undo_count(const Session *s)
{
    return (int)s->core->undo->done;
}

int redo_count(const Session *s)
{
    return (int)(s->core->undo->n - s->core->undo->done);
}

const char *undo_barrier(const Session *s)
{
    return s->core->undo->barrier;
}

bool undo_refused(const Session *s)
{
    return s->core->undo->refused;
}

/* --- the text of a statement --- */

/* Line ends and runs of blanks become one blank. */
static char *one_line(const char *s, size_t len)
{
    char *line = malloc(len + 1);
    size_t n = 0;
    for (size_t i = 0; line && i < len; i++) {
        bool blank = s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r';
        if (!blank) {
            line[n++] = s[i];
        } else if (n > 0 && line[n - 1] != ' ') {
            line[n++] = ' ';
        }
    }
    if (line) {
        while (n > 0 && line[n - 1] == ' ') {
            n--;
        }
        line[n] = '\0';
    }
    return line;
}

/* Cuts s after at most `bytes` bytes, not inside a character. */
static void cut_bytes(char *s, size_t bytes)
{
    size_t n = strlen(s);
    if (n > bytes) {
        for (n = bytes; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--) {
        }
        s[n] = '\0';
    }
}

static char *source_of(const Session *s)
{
    const Unit *u = &s->unit;
    size_t len = 0;
    const char *text = node_source(u->program, u->node, &len);
    if (u->together) { /* from the first statement to the last */
        size_t last = 0;
        int n = program_statements(u->program);
        const char *first = node_source(u->program, program_statement(u->program, 0), &len);
        const char *end = node_source(u->program, program_statement(u->program, n - 1), &last);
        text = first;
        len = (size_t)(end - first) + last;
    }
    char *line = one_line(text, len < 4096 ? len : 4096);
    if (line) {
        cut_bytes(line, SOURCE_MAX);
    }
    return line;
}

/* At most `columns` wide; what is left out shows as an ellipsis. */
static void put_elided(const Session *s, Text *t, const char *source, int columns)
{
    if (nb_text_width(source) <= columns) {
        text_add(t, source);
        return;
    }
    const char *dots = s->set.unicode ? "…" : "...";
    char cut[SOURCE_MAX + 8];
    snprintf(cut, sizeof cut, "%s", source);
    while (cut[0] && nb_text_width(cut) + nb_text_width(dots) > columns) {
        cut_bytes(cut, strlen(cut) - 1);
    }
    for (size_t n = strlen(cut); n > 0 && cut[n - 1] == ' '; n--) {
        cut[n - 1] = '\0';
    }
    text_printf(t, "%s%s", cut, dots);
}

/* --- memory --- */

typedef struct Held {
    NbVar **var;
    size_t n, cap;
} Held;

static void add_held(void *user, NbVar *v)
{
    Held *h = user;
    if (nb_grow(&h->var, &h->cap, h->n + 1, sizeof *h->var)) { /* else counted as nothing */
        h->var[h->n++] = v;
    }
}

/* Copies, and what lives only because these units do. */
static size_t count_bytes(const Kept *unit, size_t n)
{
    Held h = {0};
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        journal_each_held(unit[i].journal, add_held, &h);
        bytes += UNIT_BYTES + journal_bytes(unit[i].journal);
    }
    bytes += nb_vars_kept(h.var, h.n);
    free(h.var);
    return bytes;
}

/* Graphs that several units keep together are found only by counting all of them. */
static void recount(Undo *u)
{
    size_t all = count_bytes(u->unit, u->n), sum = 0;
    u->uncounted = 0;
    for (size_t i = 0; i < u->n; i++) {
        sum += u->unit[i].bytes;
    }
    if (all > sum && u->n > 0) {
        u->unit[0].bytes += all - sum; /* shared parts go with the oldest, at the latest */
        sum = all;
    }
    u->bytes = sum;
}

static void set_barrier(Undo *u, char *source, bool refused)
{
    drop_tail(u, 0);
    free(u->barrier);
    u->barrier = source;
    u->refused = refused;
}

static void say_too_large(Session *s, const char *source)
{
    if (session_is(s, FRONT_PERSON) && !s->core->undo->told) {
        Text t = text_in(s->lost);
        put_elided(s, &t, source, 40);
        session_say(s, "note: %s changed more than undo can keep (%d MB)", text_str(&t),
                    (int)(s->core->undo->limit >> 20));
        text_free(&t);
        s->core->undo->told = true;
    }
}

/* --- keeping --- */

/* How many units must go for the others to fit; then a few more, so that it is not every time. */
static size_t too_old(const Undo *u)
{
    size_t old = 0, bytes = u->bytes, want = u->limit - u->limit / 8;
    while (u->bytes > u->limit && bytes > want && old + 1 < u->n) {
        bytes -= u->unit[old++].bytes;
    }
    return old;
}

/* Counting all takes as long as there are units: the more, the rarer. */
static bool wants_count(const Undo *u)
{
    size_t least = u->bytes > u->limit / 4 ? RECOUNT_MUCH : RECOUNT;
    return u->uncounted >= least + u->n / 8;
}

static void append(Session *s, Kept k)
{
    Undo *u = s->core->undo;
    u->unit[u->n++] = k;
    u->done = u->n;
    u->bytes += k.bytes;
    u->uncounted++;
    if (wants_count(u)) {
        recount(u);
    }
    for (size_t old = too_old(u); old > 0; old = too_old(u)) {
        drop_oldest(u, old);
        if (u->uncounted == 0) { /* what they shared may be kept by the next */
            recount(u);
        }
    }
}

void undo_keep(Session *s)
{
    Undo *u = s->core->undo;
    bool broken = s->unit.broken;
    if (!broken && journal_settle(s->core->unit_journal, s)) {
        return;
    }
    drop_tail(u, u->done);
    Kept k = {.source = source_of(s), .serial = s->unit.serial};
    Journal *fresh = broken ? NULL : journal_new();
    if (!k.source || !fresh || !nb_grow(&u->unit, &u->cap, u->n + 1, sizeof *u->unit)) {
        journal_free(&fresh);
        session_say(s, "note: out of memory: this statement cannot be undone");
        set_barrier(u, k.source, true);
        return;
    }
    k.journal = s->core->unit_journal;
    s->core->unit_journal = fresh;
    journal_trim(k.journal);
    k.bytes = count_bytes(&k, 1);
    if (k.bytes > u->limit) {
        journal_free(&k.journal);
        say_too_large(s, k.source ? k.source : "");
        set_barrier(u, k.source, false);
        return;
    }
    append(s, k);
}

void undo_late(Session *s)
{
    Undo *u = s->core->undo;
    if (journal_empty(s->core->pass_journal) && journal_empty(s->core->unit_journal)) {
        return;
    }
    for (int i = 0; i < 2; i++) {
        Journal *late = i == 0 ? s->core->unit_journal : s->core->pass_journal;
        if (u->done > 0 && !journal_absorb(u->unit[u->done - 1].journal, late, UINT64_MAX)) {
            set_barrier(u, NULL, true);
        }
    }
}

/* --- what changed --- */

#define ITEMS 12

/* What is shown first; what follows from the first three only when there is none of them. */
enum {
    RANK_LEAF,
    RANK_NAME,
    RANK_SETTING,
    RANK_INNER,
    RANK_HIDDEN,
    RANK_GRAD,
    RANK_ANS,
    RANK_UNNAMED,
    RANKS
};

typedef struct Changes {
    Session *s;
    Text item[ITEMS];
    int rank[ITEMS]; /* smaller ones are shown first */
    int n;
} Changes;

/* Room for one of this rank, perhaps in place of the least interesting; NULL when there is none. */
static Text *new_item(Changes *c, int rank)
{
    int at = 0;
    if (c->n < ITEMS) {
        at = c->n++;
        c->item[at] = text_in(c->s->lost);
    } else {
        for (int i = 1; i < c->n; i++) {
            at = c->rank[i] > c->rank[at] ? i : at;
        }
        if (c->rank[at] <= rank) {
            return NULL;
        }
        text_reset(&c->item[at]);
    }
    c->rank[at] = rank;
    return &c->item[at];
}

/* A value in a few columns. */
static void put_brief(Session *s, Text *t, Value v)
{
    char text[160];
    const NbShape *shape = v.tag == V_VAR ? nb_var_shape(v.var) : NULL;
    if (v.tag == V_UNSET || v.tag == V_NONE) {
        text_add(t, "-");
    } else if (v.tag == V_OBJ) {
        Text whole = text_in(s->lost);
        report_value(s, &whole, v, 40);
        size_t n = strcspn(text_str(&whole), "(:");
        text_addn(t, text_str(&whole), n);
        text_free(&whole);
    } else if (v.tag == V_FUNC) {
        text_add(t, func_signature(v.func, text, sizeof text));
    } else if (shape && (shape->rank > 1 || (shape->rank == 1 && shape->dim[0] > 3))) {
        text_add(t, nb_shape_text(shape, text, sizeof text));
    } else {
        report_value(s, t, v, 20);
    }
}

/* Where a change does not show, the name alone, after those where it does. */
static void put_change(Changes *c, int rank, const char *name, Value from, Value to)
{
    Text a = text_in(c->s->lost), b = text_in(c->s->lost);
    put_brief(c->s, &a, from);
    put_brief(c->s, &b, to);
    bool shows = strcmp(text_str(&a), text_str(&b)) != 0;
    Text *t = new_item(c, shows || rank > RANK_HIDDEN ? rank : RANK_HIDDEN);
    if (t) {
        text_add(t, name);
    }
    if (t && shows) {
        text_printf(t, ": %s %s %s", text_str(&a), report_arrow(c->s), text_str(&b));
    }
    text_free(&a);
    text_free(&b);
}

static bool same_numbers(const NbTensor *a, const NbTensor *b)
{
    for (int64_t i = 0; i < a->size; i++) {
        double x = nb_tensor_at(a, i), y = nb_tensor_at(b, i);
        if (memcmp(&x, &y, sizeof x) != 0) {
            return false;
        }
    }
    return true;
}

/* A const with the saved value, for the length of the report; NULL when it is that of v, or out of
 * memory, which *lost says. */
static NbVar *other_value(const NbVarState *st, bool *lost)
{
    NbTensor tmp, scalar;
    double num = st->num;
    const NbTensor *now = nb_var_data(st->var, &tmp);
    const NbTensor *then = nb_var_is_scalar(st->var) && !now->store
                               ? (scalar = nb_tensor_scalar(&num), &scalar)
                               : st->data;
    if (!then || same_numbers(now, then)) {
        return NULL;
    }
    NbCtx *ctx = nb_var_ctx(st->var);
    NbVar *other = nb_var_is_scalar(st->var)
                       ? nb_var_scalar(ctx, *then->data, NB_CONST)
                       : nb_var_tensor(ctx, nb_tensor_copy(then, NULL), NB_CONST);
    *lost |= !other;
    return other;
}

static void list_var(void *user, const NbVarState *st)
{
    Changes *c = user;
    Session *s = c->s;
    char name[96], grad[112];
    bool leaf = nb_var_kind(st->var) != NB_INNER, named = nb_var_name(st->var) != NULL;
    if (!labels_own(s->labels, s->interp, st->var, name, sizeof name)[0]) {
        return;
    }
    NbVar *other = other_value(st, s->lost);
    if (other) {
        put_change(c,
                   leaf    ? RANK_LEAF
                   : named ? RANK_INNER
                           : RANK_UNNAMED,
                   name, (Value){.tag = V_VAR, .var = other},
                   (Value){.tag = V_VAR, .var = st->var});
        nb_var_unref(&other);
        return;
    }
    if (!leaf) {
        return;
    }
    NbTensor tmp;
    NbVar *then, *now = nb_var_grad(st->var);
    *s->lost |= !nb_var_state_grad(st, &then) || (!now && nb_var_grad_data(st->var, &tmp));
    if (then || now) {
        snprintf(grad, sizeof grad, "%s.grad", name);
        put_change(c, RANK_GRAD, grad, then ? (Value){.tag = V_VAR, .var = then} : UNSET,
                   now ? (Value){.tag = V_VAR, .var = now} : UNSET);
    }
    nb_var_unref(&then);
    nb_var_unref(&now);
}

static void list_binding(void *user, int symbol, Value other)
{
    Changes *c = user;
    Interp *I = c->s->interp;
    const char *name = interp_symbol_name(I, symbol);
    put_change(c, strcmp(name, "ans") == 0 ? RANK_ANS : RANK_NAME, name, other,
               interp_get(I, symbol));
}

static void list_optim(void *user, Obj *owner, const NbOptimState *other)
{
    Changes *c = user;
    const NbOptim *o = optim_of(owner);
    const char *name = session_object_name(c->s, owner);
    const NbOptRule *rule = nb_optim_rule(o);
    char text[160];
    for (int i = 0; name && i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        double from = nb_optim_saved(other, i), to = nb_optim_get(o, i);
        if (from == from && from != to) {
            snprintf(text, sizeof text, "%s.%s", name, rule->param[i].name);
            put_change(c, RANK_NAME, text, NUM(from), NUM(to));
        }
    }
}

static void list_settings(Changes *c, const Settings *other)
{
    Session *s = c->s;
    Settings now = s->set;
    char from[32], to[32];
    for (int i = 0; i < setting_count(); i++) {
        const Setting *row = setting_at(i);
        setting_get(s, row, to, sizeof to);
        s->set = *other;
        setting_get(s, row, from, sizeof from);
        s->set = now;
        Text *t = strcmp(from, to) != 0 ? new_item(c, RANK_SETTING) : NULL;
        if (t) {
            text_printf(t, "%s: %s %s %s", row->name, from, report_arrow(s), to);
        }
    }
}

/* "(x: 0.68 → 0.002, y: 0.46 → 1.6)" in at most `columns`; nothing when nothing has a name. What
 * follows from changed leaves and names is left out. */
static void put_changes(Session *s, Text *t, Journal *j, int columns)
{
    Changes c = {.s = s};
    Text list = text_in(s->lost);
    bool more = false;
    int last = RANKS;
    const char *dots = s->set.unicode ? "…" : "...";
    journal_each_var(j, list_var, &c);
    journal_each_binding(j, list_binding, &c);
    journal_each_optim(j, list_optim, &c);
    if (journal_saved_settings(j)) {
        list_settings(&c, journal_saved_settings(j));
    }
    for (int rank = 0; rank < RANKS; rank++) {
        for (int i = 0; i < c.n; i++) {
            int room = columns - 2 - text_columns(&list) - (list.len > 0 ? 2 : 0);
            if (c.rank[i] != rank || rank > last) {
                continue;
            }
            if (text_columns(&c.item[i]) > room - (more ? 0 : 3)) {
                more = true;
            } else if (!more) {
                last = rank > RANK_SETTING ? rank : RANK_SETTING;
                text_printf(&list, "%s%s", list.len > 0 ? ", " : "", text_str(&c.item[i]));
            }
        }
    }
    if (list.len > 0) {
        text_printf(t, "(%s%s%s)", text_str(&list), more ? ", " : "", more ? dots : "");
    }
    for (int i = 0; i < c.n; i++) {
        text_free(&c.item[i]);
    }
    text_free(&list);
}

/* --- going back and forth --- */

bool undo_step(Session *s, bool redo, Text *what)
{
    Undo *u = s->core->undo;
    if (redo ? u->done == u->n : u->done == 0) {
        return false;
    }
    Kept *k = &u->unit[redo ? u->done : u->done - 1];
    session_exchange(s, k->journal);
    u->done += redo ? 1 : (size_t)-1;
    if (!redo) {
        labels_back(s->labels, k->serial);
    }
    runs_end(s->runs);
    parts_follow(s);
    if (what) {
        const char *source = k->source ? k->source : "";
        int room = s->columns - 8; /* "undone: " */
        Text changes = text_in(s->lost);
        int width = nb_text_width(source);
        put_changes(s, &changes, k->journal, width < room - 33 ? room - 3 - width : 30);
        int taken = changes.len > 0 ? text_columns(&changes) + 3 : 0;
        put_elided(s, what, source, room - taken);
        if (changes.len > 0) {
            text_printf(what, "   %s", text_str(&changes));
        }
        text_free(&changes);
    }
    return true;
}
