/* ast.c -- programs: source text, nodes in chunks, positions */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lang/ast.h"
#include "lang/token.h"

#define CHUNK_MIN 4096

typedef struct Chunk {
    struct Chunk *next;
    size_t used, cap;
    union {
        double align;
        void *ptr;
        char data[sizeof(double)];
    } body[];
} Chunk;

static Chunk *chunk_new(Chunk *next, size_t need)
{
    size_t cap = next ? next->cap * 2 : CHUNK_MIN;
    if (cap > (size_t)1 << 20) {
        cap = (size_t)1 << 20;
    }
    if (cap < need) {
        cap = need;
    }
    Chunk *c = malloc(sizeof *c + cap);
    if (c) {
        c->next = next;
        c->used = 0;
        c->cap = cap;
    }
    return c;
}

void *program_alloc(Program *p, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    Chunk *c = p->chunk;
    if (!c || c->cap - c->used < size) {
        c = chunk_new(p->chunk, size);
        if (!c) {
            return NULL;
        }
        p->chunk = c;
    }
    void *at = (char *)c->body + c->used;
    c->used += size;
    return memset(at, 0, size);
}

static bool index_lines(Program *p)
{
    int n = 1;
    for (uint32_t i = 0; i < p->len; i++) {
        n += p->text[i] == '\n';
    }
    p->line = malloc((size_t)n * sizeof *p->line);
    if (!p->line) {
        return false;
    }
    p->line[0] = 0;
    p->nlines = 1;
    for (uint32_t i = 0; i < p->len; i++) {
        if (p->text[i] == '\n') {
            p->line[p->nlines++] = i + 1;
        }
    }
    return true;
}

Program *program_new(const char *text, size_t len, const char *file, int first_line)
{
    Program *p = calloc(1, sizeof *p);
    if (!p) {
        return NULL;
    }
    p->refs = 1;
    p->len = (uint32_t)len;
    p->first_line = first_line;
    strncpy(p->file, file ? file : "", sizeof p->file - 1);
    p->text = malloc(len + 1);
    if (!p->text) {
        program_unref(&p);
        return NULL;
    }
    if (len > 0) {
        memcpy(p->text, text, len);
    }
    p->text[len] = '\0';
    if (!index_lines(p)) {
        program_unref(&p);
    }
    return p;
}

Program *program_ref(Program *p)
{
    if (p) {
        p->refs++;
    }
    return p;
}

void program_unref(Program **pp)
{
    Program *p = *pp;
    *pp = NULL;
    if (!p || --p->refs > 0) {
        return;
    }
    for (Chunk *c = p->chunk, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    for (int i = 0; i < p->nstr; i++) {
        Value v = {.tag = V_STR, .str = p->str[i]};
        value_unref(&v);
    }
    free(p->str);
    free(p->stmt);
    free(p->muted);
    free(p->line);
    free(p->text);
    free(p);
}

Node *program_node(Program *p, NodeKind kind, uint32_t start, uint32_t end)
{
    Node *n = program_alloc(p, sizeof *n);
    if (n) {
        n->kind = (uint8_t)kind;
        n->start = start;
        n->end = end;
    }
    return n;
}

bool program_keep(Program *p, Str *s)
{
    if (!nb_grow(&p->str, &p->capstr, (size_t)p->nstr + 1, sizeof(Str *))) {
        Value v = {.tag = V_STR, .str = s};
        value_unref(&v);
        return false;
    }
    p->str[p->nstr++] = s;
    return true;
}

bool program_add(Program *p, Node *stmt)
{
    if (!nb_grow(&p->stmt, &p->cap, (size_t)p->n + 1, sizeof(Node *)) ||
        !nb_grow(&p->muted, &p->capmuted, (size_t)p->n + 1, sizeof *p->muted)) {
        return false;
    }
    p->muted[p->n] = false;
    p->stmt[p->n++] = stmt;
    return true;
}

int program_statements(const Program *p)
{
    return p->n;
}

bool program_muted(const Program *p, int i)
{
    return i >= 0 && i < p->n && p->muted[i];
}

const Node *program_statement(const Program *p, int i)
{
    return i >= 0 && i < p->n ? p->stmt[i] : NULL;
}

const char *node_source(const Program *p, const Node *n, size_t *len)
{
    *len = n->end - n->start;
    return p->text + n->start;
}

void program_position(const Program *p, uint32_t byte, int *line, int *col)
{
    int lo = 0, hi = p->nlines;
    while (hi - lo > 1) {
        int mid = (lo + hi) / 2;
        if (p->line[mid] <= byte) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    *line = p->first_line + lo;
    *col = 1;
    for (uint32_t i = p->line[lo]; i < byte && i < p->len; i++) {
        *col += ((unsigned char)p->text[i] & 0xC0) != 0x80;
    }
}
