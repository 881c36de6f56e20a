/* translate.c -- a program as PyTorch: numbering it, its analysis, its text; places and errors */
#include <stdlib.h>

#include "pytorch/internal.h"

#define MOST ((size_t)188 << 20) /* bytes that a translation may take */
#define BLOCK ((size_t)64 << 10) /* of the first block; later ones are larger */
#define LAST ((size_t)4 << 20)   /* kept back, so that allocation never fails in the middle */
#define LONGEST 200000           /* bytes of a program */

/* --- memory --- */

/* A block begins with the address of the one before. */
static bool new_block(Trans *T, size_t size)
{
    size_t cap = T->taken < BLOCK ? BLOCK : T->taken;
    cap = cap < size + 16 ? size + 16 : cap;
    char *block = T->taken + size + 16 <= MOST ? malloc(cap) : NULL;
    if (block) {
        memcpy(block, &T->block_now, sizeof T->block_now);
        T->block_now = block;
        T->used = 16;
        T->cap = cap;
        T->taken += cap;
    } else {
        T->lost = T->lost || T->taken + size + 16 <= MOST;
        tr_fail(T, NULL, "the program is too large to be translated");
    }
    return block != NULL;
}

static void free_blocks(Trans *T)
{
    while (T->block_now) {
        char *before;
        memcpy(&before, T->block_now, sizeof before);
        free(T->block_now);
        T->block_now = before;
    }
    free(T->last);
}

void *tr_alloc(Trans *T, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (T->cap - T->used < size && !new_block(T, size)) {
        return memset(T->last, 0, size < LAST ? size : LAST);
    }
    void *at = T->block_now + T->used;
    T->used += size;
    return memset(at, 0, size);
}

const char *tr_fmt(Trans *T, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    size_t len = n < 0 ? 0 : (size_t)n;
    if (len >= LAST / 2) {
        tr_fail(T, NULL, "the program is too large to be translated");
        len = 0;
    }
    char *s = tr_alloc(T, len + 1);
    vsnprintf(s, len + 1, fmt, again);
    va_end(again);
    return s;
}

const char *tr_source(Trans *T, uint32_t start, uint32_t end)
{
    return tr_fmt(T, "%.*s", (int)(end - start), T->p->text + start);
}

/* --- errors --- */

bool tr_fail(Trans *T, const Node *at, const char *fmt, ...)
{
    if (!T->failed) {
        va_list ap;
        va_start(ap, fmt);
        known_fail(T->I, T->p, at, fmt, ap);
        va_end(ap);
        T->failed = true;
    }
    return false;
}

void tr_hint(Trans *T, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    known_hint(T->I, fmt, ap);
    va_end(ap);
}

/* --- nodes --- */

Info *tr_info(Trans *T, const Node *n)
{
    size_t mask = T->ninfo - 1, i = ((uintptr_t)n >> 4) * 0x9E3779B97F4A7C15U >> 20 & mask;
    while (T->info[i].node && T->info[i].node != n) {
        i = (i + 1) & mask;
    }
    Info *in = &T->info[i];
    if (!in->node) {
        in->node = n;
        in->id = in->opt_symbol = -1;
    }
    return in;
}

const char *tr_symbol(Trans *T, int symbol)
{
    return interp_symbol_name(T->I, symbol);
}

const char *tr_callee(const Trans *T, const Node *call)
{
    const Node *c = call->call->callee;
    return c->kind == N_GLOBAL || c->kind == N_LOCAL ? interp_symbol_name(T->I, c->sym) : NULL;
}

const Node *tr_arg(const Trans *T, const Node *call, int place, const char *name)
{
    const CallInfo *c = call->call;
    if (place >= 0 && place < c->npos) {
        return call->kid[place];
    }
    for (int i = 0; name && i < c->nopt; i++) {
        if (strcmp(interp_symbol_name(T->I, c->optsym[i]), name) == 0) {
            return call->kid[c->npos + i];
        }
    }
    return NULL;
}

bool tr_is_word(const Trans *T, const Node *n, const char *word)
{
    return n && (n->kind == N_GLOBAL || n->kind == N_LOCAL) &&
           strcmp(interp_symbol_name(T->I, n->sym), word) == 0;
}

bool tr_literal(const Node *n, double *x)
{
    bool minus = n && n->kind == N_UNARY;
    const Node *at = minus ? n->a : n;
    if (!at || at->kind != N_NUM) {
        return false;
    }
    *x = minus ? -at->num : at->num;
    return true;
}

/* --- numbering --- */

typedef struct Count {
    Trans *T;
    int nodes, ids;
    bool number; /* second time: the numbers are given */
} Count;

static void count(Count *c, const Node *n);

static void count_kids(Count *c, const Node *n)
{
    for (int i = 0; i < n->n; i++) {
        if (n->kid[i]) {
            count(c, n->kid[i]);
        }
    }
    if (n->a) {
        count(c, n->a);
    }
    if (n->b) {
        count(c, n->b);
    }
}

static void give_numbers(Count *c, const Node *n, int many)
{
    if (c->number) {
        tr_info(c->T, n)->id = c->ids;
        for (int i = 0; i < many; i++) {
            c->T->site[c->ids + i].stmt = n;
            c->T->site[c->ids + i].symbol = -1;
            c->T->site[c->ids + i].multiple = many > 1;
        }
    }
    c->ids += many;
}

/* Depth is that of the tree, which the parser limits. */
static void count(Count *c, const Node *n)
{
    c->nodes++;
    if (n->kind == N_ASSIGN || n->kind == N_CONST) {
        give_numbers(c, n, n->a->kind == N_TUPLE ? n->a->n : 1);
    } else if (n->kind == N_CALL) {
        give_numbers(c, n, 1);
        count(c, n->call->callee);
        if (n->call->block) {
            count(c, n->call->block);
        }
    } else if (n->kind == N_DEF) {
        for (int i = 0; i < n->def->nparams; i++) {
            if (n->def->param[i].fallback) {
                count(c, n->def->param[i].fallback);
            }
        }
        count(c, n->def->body);
    }
    count_kids(c, n);
}

static void number(Trans *T)
{
    Count c = {.T = T};
    for (int i = 0; i < T->p->n; i++) {
        count(&c, T->p->stmt[i]);
    }
    T->ninfo = 64;
    while (T->ninfo < (size_t)c.nodes * 4) {
        T->ninfo *= 2;
    }
    T->info = tr_alloc(T, T->ninfo * sizeof *T->info);
    T->nid = c.ids;
    T->nwords = c.ids / 64 + 1;
    T->site = tr_alloc(T, ((size_t)c.ids + 1) * sizeof *T->site);
    c.ids = 0;
    c.number = true;
    for (int i = 0; i < T->p->n && !T->failed; i++) {
        count(&c, T->p->stmt[i]);
    }
}

/* `set digits` before anything can be printed holds for the whole program. */
static const Node *first_digits(const Program *p)
{
    for (int i = 0; i < p->n; i++) {
        const Node *n = p->stmt[i];
        const bool quiet = n->kind == N_ASSIGN || n->kind == N_CONST || n->kind == N_DEF ||
                           (n->kind == N_CALL && n->call->words);
        if (flow_digits(n) || !quiet) {
            return flow_digits(n) ? n : NULL;
        }
    }
    return NULL;
}

/* --- the whole --- */

bool pytorch_translate(Interp *I, Program *p, const PytorchOptions *o, Text *out, FILE *notes)
{
    PytorchOptions own = *o;
    Trans T = {.I = I, .p = p, .o = &own, .notes = notes, .digits = first_digits(p)};
    own.digits = T.digits ? flow_digits(T.digits) : o->digits;
    interp_clear_error(I);
    T.out = text_in(&T.lost);
    T.last = malloc(LAST);
    if (!T.last) {
        return known_no_memory(I);
    }
    if (p->len > LONGEST) {
        tr_fail(&T, NULL, "the program is too long to be translated (%u bytes, limit %d)", p->len,
                LONGEST);
    } else {
        number(&T);
    }
    size_t before = out->len;
    Text program = text_in(&T.lost);
    bool ok = !T.failed && flow_program(&T) && emit_program(&T);
    if (ok) {
        tidy(&T);
        ok = helpers_write(&T, &program);
    }
    if (!ok && !T.failed) {
        tr_fail(&T, NULL, "this program has no counterpart in PyTorch");
    }
    if (ok && o->notebook) {
        ok = notebook_write(text_str(&program), out) || out->failed;
    } else if (ok) {
        text_add(out, text_str(&program));
    }
    if (out->failed || T.lost) { /* also where what was lost looked like an error */
        interp_clear_error(I);
        ok = known_no_memory(I);
    }
    if (!ok) {
        text_cut(out, before);
    }
    text_free(&program);
    text_free(&T.out);
    free_blocks(&T);
    return ok;
}
