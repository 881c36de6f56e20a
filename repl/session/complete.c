/* complete.c -- what can stand where the cursor is: names, attributes, options, files */
#include "session/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "session/session.h"

#define LONGEST 96

void completion_free(Completion *c)
{
    for (int i = 0; i < c->n; i++) {
        free(c->word[i]);
    }
    free(c->word);
    free(c->slot);
    *c = (Completion){0};
}

/* --- words, each once --- */

static uint32_t hash(const char *word)
{
    uint32_t h = 2166136261u;
    for (; *word; word++) {
        h = (h ^ (unsigned char)*word) * 16777619u;
    }
    return h;
}

/* Where a word stands in the table, or would stand. */
static int *slot_of(const Completion *c, const char *word)
{
    size_t i = hash(word) & (c->slots - 1);
    while (c->slot[i] && strcmp(c->word[c->slot[i] - 1], word) != 0) {
        i = (i + 1) & (c->slots - 1);
    }
    return &c->slot[i];
}

/* At most half of the table is taken. */
static bool room(Completion *c)
{
    if (2 * (size_t)(c->n + 1) <= c->slots) {
        return true;
    }
    const size_t slots = c->slots ? 2 * c->slots : 64;
    int *slot = calloc(slots, sizeof *slot);
    if (!slot) {
        return false;
    }
    free(c->slot);
    c->slot = slot;
    c->slots = slots;
    for (int i = 0; i < c->n; i++) {
        *slot_of(c, c->word[i]) = i + 1;
    }
    return true;
}

/* Adds before + name + after when that begins with `typed`. */
static void offer(Completion *c, const char *typed, const char *before, const char *name,
                  const char *after)
{
    char word[2 * LONGEST];
    if (!before[0] && name[0] != typed[0] && typed[0]) {
        return;
    }
    snprintf(word, sizeof word, "%s%s%s", before, name, after);
    if (strncmp(word, typed, strlen(typed)) != 0 || !room(c) ||
        !nb_grow(&c->word, &c->cap, (size_t)c->n + 1, sizeof *c->word)) {
        return;
    }
    int *slot = slot_of(c, word);
    char *copy = *slot ? NULL : strdup(word);
    if (copy) {
        c->word[c->n++] = copy;
        *slot = c->n;
    }
}

/* Names that are bound; args, which always is, when it is typed. */
static void offer_bound(Session *s, Completion *c, const char *typed)
{
    for (int i = 0, n = interp_symbols(s->interp); i < n && !*s->interrupt; i++) {
        const char *name = interp_symbol_name(s->interp, i);
        if (interp_get(s->interp, i).tag != V_UNSET && (typed[0] || strcmp(name, "args") != 0)) {
            offer(c, typed, "", name, "");
        }
    }
}

static void offer_names(Session *s, Completion *c, const char *typed)
{
    Interp *I = s->interp;
    offer_bound(s, c, typed);
    for (int i = 0, n = interp_builtin_count(I); i < n; i++) {
        offer(c, typed, "", interp_builtin_at(I, i)->name, "");
    }
    for (int i = 0, n = nb_op_count(); i < n; i++) {
        if (!(nb_op_at(i)->flags & NB_OP_HIDDEN)) {
            offer(c, typed, "", nb_op_at(i)->name, "");
        }
    }
    for (const char *const *k = interp_keywords(); *k; k++) {
        offer(c, typed, "", *k, "");
    }
}

/* --- attributes --- */

static void offer_attributes(Session *s, Completion *c, const char *typed, const char *dot)
{
    char base[LONGEST], before[LONGEST];
    size_t n = (size_t)(dot - typed);
    if (n + 1 >= sizeof base) {
        return;
    }
    snprintf(base, sizeof base, "%.*s", (int)n, typed);
    snprintf(before, sizeof before, "%.*s", (int)n + 1, typed);
    int symbol = interp_symbol(s->interp, base);
    Value v = symbol >= 0 ? interp_get(s->interp, symbol) : UNSET;
    if (v.tag == V_OBJ && v.obj->cls->attr) {
        const char *a;
        for (int i = 0; (a = v.obj->cls->attr(v.obj, i)); i++) {
            Value got = UNSET;
            if (v.obj->cls->get && v.obj->cls->get(s->interp, v.obj, a, &got)) {
                offer(c, typed, before, a, "");
            }
            value_unref(&got);
        }
        return;
    }
    for (const char *const *a = interp_attributes(); *a; a++) {
        offer(c, typed, before, *a, "");
    }
}

/* --- options --- */

static bool is_word_char(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '_' || (unsigned char)ch >= 0x80;
}

static void word_before(const char *line, int end, char *buf, size_t cap)
{
    int start = end;
    while (start > 0 && is_word_char(line[start - 1])) {
        start--;
    }
    snprintf(buf, cap, "%.*s", end - start, line + start);
}

/* Where the statement begins that holds line[at]. */
static int statement_start(const char *line, int at)
{
    while (at > 0 && !strchr("\n;{}", line[at - 1])) {
        at--;
    }
    while (line[at] == ' ' || line[at] == '\t') {
        at++;
    }
    return at;
}

/* Name of the innermost call that is open at `at`, else the first word of the statement. */
static void caller_at(const char *line, int at, char *buf, size_t cap)
{
    int depth = 0, start = statement_start(line, at);
    for (int i = at - 1; i >= start; i--) {
        if (strchr(")]", line[i])) {
            depth++;
        } else if (strchr("([", line[i]) && depth-- == 0) {
            word_before(line, i, buf, cap);
            if (buf[0]) {
                return;
            }
            depth = 0;
        }
    }
    int end = start;
    while (is_word_char(line[end])) {
        end++;
    }
    snprintf(buf, cap, "%.*s", end - start, line + start);
}

static void offer_options(Session *s, Completion *c, const char *typed, const char *caller)
{
    const Builtin *b = interp_builtin_find(s->interp, caller);
    for (int i = 0; b && i < BUILTIN_OPTS && b->opt[i].name; i++) {
        offer(c, typed, "", b->opt[i].name, "=");
    }
    const NbOp *op = b ? NULL : nb_op_find(caller);
    for (int i = 0; op && i < op->nparams; i++) {
        const NbParam *p = &op->params[i];
        if (p->fallback && p->kind != NB_P_VAR && p->kind != NB_P_VARS) {
            offer(c, typed, "", p->name, "=");
        }
    }
}

/* --- words of set and help --- */

static void offer_settings(Completion *c, const char *line, int start, const char *typed)
{
    char name[LONGEST];
    int at = start;
    while (at > 0 && line[at - 1] == ' ') {
        at--;
    }
    word_before(line, at, name, sizeof name);
    const Setting *row = setting_find(name);
    if (!row) {
        for (int i = 0; i < setting_count(); i++) {
            offer(c, typed, "", setting_at(i)->name, "");
        }
        return;
    }
    for (const char *v = row->values; *v;) {
        size_t n = strcspn(v, "|");
        snprintf(name, sizeof name, "%.*s", (int)n, v);
        if (!strstr(name, "…")) {
            offer(c, typed, "", name, "");
        }
        v += n + (v[n] == '|');
    }
}

static void offer_groups(Session *s, Completion *c, const char *typed)
{
    for (int i = 0; i < interp_builtin_count(s->interp); i++) {
        offer(c, typed, "", interp_builtin_at(s->interp, i)->group, "");
    }
    for (int i = 0; i < nb_op_count(); i++) {
        if (nb_op_at(i)->group) {
            offer(c, typed, "", nb_op_at(i)->group, "");
        }
    }
}

/* --- files --- */

/* Where the text of the quote begins that is open before `at`, or 0. */
static int open_quote(const char *line, int at)
{
    char quote = 0;
    int from = 0;
    for (int i = 0; i < at; i++) {
        if (quote && line[i] == '\\' && quote == '"') {
            i++;
        } else if (quote) {
            quote = line[i] == quote ? 0 : quote;
        } else if (line[i] == '"' || line[i] == '\'') {
            quote = line[i];
            from = i + 1;
        }
    }
    return quote ? from : 0;
}

/* The words of "wrong order|overwrite, f" and "close [graph|plot]". */
static void offer_words(Completion *c, const char *typed, const Builtin *b)
{
    char word[LONGEST];
    const char *at = b->usage + strlen(b->name), *end;
    at += strspn(at, " [");
    end = at + strcspn(at, ",]");
    if (!memchr(at, '|', (size_t)(end - at))) {
        return;
    }
    for (size_t n; at < end; at += n + 1) {
        n = strcspn(at, "|,]");
        snprintf(word, sizeof word, "%.*s", (int)n, at);
        if (strspn(word, "abcdefghijklmnopqrstuvwxyz") == n) {
            offer(c, typed, "", word, *end == ',' ? "," : "");
        }
    }
}

void complete(Session *s, const char *line, int start, int end, Completion *out)
{
    char typed[LONGEST], caller[LONGEST];
    *out = (Completion){0};
    if (end - start >= LONGEST) {
        return;
    }
    int quoted = open_quote(line, start);
    caller_at(line, quoted ? quoted - 1 : start, caller, sizeof caller);
    const Builtin *b = interp_builtin_find(s->interp, caller);
    const unsigned takes = b ? b->flags : 0;
    if (quoted) {
        out->files = takes & B_FILE ? quoted : 0;
        return;
    }
    snprintf(typed, sizeof typed, "%.*s", end - start, line + start);
    const char *dot = strrchr(typed, '.');
    bool first = statement_start(line, start) >= start;
    if (dot && !(typed[0] >= '0' && typed[0] <= '9')) {
        offer_attributes(s, out, typed, dot);
        return;
    }
    if (!first && takes & B_SETTING) {
        offer_settings(out, line, start, typed);
        return;
    }
    if (!first) {
        offer_options(s, out, typed, caller);
    }
    if (!first && b) {
        offer_words(out, typed, b);
    }
    if (!first && takes & B_TOPIC) {
        offer_groups(s, out, typed);
    }
    if (!first && !typed[0] && out->n > 0) { /* adam( alone: its options, and what there is */
        offer_bound(s, out, typed);
        return;
    }
    offer_names(s, out, typed);
    b = out->n == 1 ? interp_builtin_find(s->interp, out->word[0]) : NULL;
    out->space = b && (b->flags & B_COMMAND) && b->max_args != 0;
}
