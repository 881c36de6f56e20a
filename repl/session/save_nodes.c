/* save_nodes.c -- nodes of a written state made again: numbers, operations, gradients */
#include <stdlib.h>
#include <string.h>

#include "session/save_internal.h"

#define MOST_NODES ((uint64_t)1 << 40)
#define MOST_OPERANDS 65535

/* --- numbers --- */

bool read_store(Reader *r)
{
    uint64_t number, size;
    NbShape shape = {.rank = 1};
    if (!reader_count(r, r->nstore + 1, &number) || !reader_count(r, INT64_MAX, &size)) {
        return false;
    }
    if (number != r->nstore + 1 || size == 0 || !reader_take(r, "=")) {
        return reader_fail(r, "store %zu is expected", r->nstore + 1);
    }
    shape.dim[0] = (int64_t)size;
    if (!reader_room(r, &r->store, &r->store_cap, r->nstore, sizeof *r->store)) {
        return false;
    }
    r->store[r->nstore] = reader_tensor(r, &shape);
    r->nstore += r->store[r->nstore] != NULL;
    return !r->failed;
}

/* "in 1 0 (2,2) (2,1)": a part of a store. */
static NbTensor *read_part(Reader *r)
{
    uint64_t number, offset;
    NbShape shape = {0};
    int64_t stride[NB_MAX_RANK] = {0};
    int strides;
    if (!reader_count(r, r->nstore, &number) || number == 0 ||
        !reader_count(r, INT64_MAX, &offset) || !reader_sizes(r, 1, shape.dim, &shape.rank) ||
        !reader_sizes(r, INT64_MIN, stride, &strides) || strides != shape.rank || shape.rank == 0) {
        reader_fail(r, "a part of a store is expected");
        return NULL;
    }
    const NbTensor *of = r->store[number - 1];
    int64_t room = of->size, lo = (int64_t)offset, hi = lo;
    bool inside = lo < room;
    for (int k = 0; inside && k < shape.rank; k++) {
        int64_t n = shape.dim[k] - 1, step = stride[k];
        inside = n == 0 || (step <= (room - 1) / n && step >= -((room - 1) / n));
        int64_t reach = inside ? n * step : 0;
        *(reach < 0 ? &lo : &hi) += reach;
        inside = inside && lo >= 0 && hi < room;
    }
    if (!inside) {
        reader_fail(r, "a part goes beyond its store");
        return NULL;
    }
    NbTensor *t = nb_tensor_view(of, &shape, stride, (int64_t)offset, nb_ctx_err(r->s->ctx));
    if (!t) {
        reader_fail_ctx(r);
    }
    return t;
}

/* After "=" or "in": a scalar in *num, or a tensor. */
static bool read_value(Reader *r, double *num, NbTensor **t)
{
    *t = NULL;
    if (reader_take(r, "in")) {
        *t = read_part(r);
        return *t != NULL;
    }
    if (!reader_take(r, "=")) {
        return reader_fail(r, "= and a value are expected");
    }
    if (!reader_peek_char(r, '(')) {
        return reader_number(r, num);
    }
    NbShape shape = {0};
    if (!reader_sizes(r, 0, shape.dim, &shape.rank)) {
        return false;
    }
    if (shape.rank == 0) {
        return reader_fail(r, "no tensor has this shape");
    }
    *t = reader_tensor(r, &shape);
    return *t != NULL;
}

/* --- operations --- */

static bool add_index(Reader *r, NbAttrs *a, const char *word)
{
    NbIndex *x = &a->index[a->nindex];
    int64_t v[3];
    int n;
    if (a->nindex == NB_MAX_RANK) {
        return reader_fail(r, "more than %d indices", NB_MAX_RANK);
    }
    memset(x, 0, sizeof *x);
    if (strncmp(word, "at=", 3) == 0) {
        x->kind = NB_AT;
        a->nindex++;
        return (reader_parse_list(word + 3, v, 1, &n) && n == 1) ? (x->start = v[0], true)
                                                                 : reader_fail(r, "no index");
    }
    if (strncmp(word, "slice=", 6) == 0) {
        char *end = (char *)(uintptr_t)(word + 6);
        x->kind = NB_SLICE;
        a->nindex++;
        x->has_start = *end != ':';
        x->start = x->has_start ? strtoll(end, &end, 10) : 0;
        bool ok = *end++ == ':';
        x->has_stop = ok && *end != ':';
        x->stop = x->has_stop ? strtoll(end, &end, 10) : 0;
        ok = ok && *end++ == ':';
        x->step = ok ? strtoll(end, &end, 10) : 0;
        return (ok && *end == '\0' && x->step != 0) || reader_fail(r, "no slice");
    }
    size_t most = strlen(word) / 2 + 1;
    int64_t *list = malloc((most + 1) * sizeof *list);
    x->kind = NB_LIST;
    bool ok = list && most < INT32_MAX && reader_parse_list(word + 5, list, (int)most, &n);
    if (!ok) {
        free(list);
        return list ? reader_fail(r, "no list of indices") : reader_no_memory(r);
    }
    x->list = list;
    x->nlist = n;
    a->nindex++;
    return true;
}

static bool add_numbers(Reader *r, NbAttrs *a, char *word)
{
    for (int i = 0; i < 4; i++) {
        char *comma = strchr(word, ',');
        if (comma) {
            *comma = '\0';
        }
        if (!reader_parse_number(word, &a->num[i])) {
            return reader_fail(r, "%.40s is no number", word);
        }
        if (!comma) {
            return true;
        }
        word = comma + 1;
    }
    return reader_fail(r, "more than four numbers");
}

/* Words such as axes=0,1 and slice=0:2:1; *any tells whether there were some. */
static bool read_attrs(Reader *r, NbAttrs *a, bool *any, char *word, size_t cap)
{
    for (; !reader_peek(r, "=") && !reader_peek(r, "in") && !reader_peek(r, "view");) {
        if (!reader_word(r, word, cap)) {
            return r->failed ? false : reader_fail(r, "a value is expected");
        }
        bool ok = true;
        *any = true;
        if (strcmp(word, "options") == 0) {
            a->naxes = -1;
        } else if (strncmp(word, "axes=", 5) == 0) {
            ok = reader_parse_list(word + 5, a->axes, NB_MAX_RANK, &a->naxes);
        } else if (strcmp(word, "keepdims") == 0) {
            a->keepdims = true;
        } else if (strncmp(word, "shape=", 6) == 0) {
            a->has_shape = true;
            ok = reader_parse_list(word + 6, a->shape.dim, NB_MAX_RANK, &a->shape.rank);
            for (int i = 0; ok && i < a->shape.rank; i++) {
                ok = a->shape.dim[i] >= -1;
            }
        } else if (strncmp(word, "num=", 4) == 0) {
            ok = add_numbers(r, a, word + 4);
        } else if (strncmp(word, "at=", 3) == 0 || strncmp(word, "slice=", 6) == 0 ||
                   strncmp(word, "list=", 5) == 0) {
            ok = add_index(r, a, word);
        } else {
            ok = false;
        }
        if (!ok) {
            return reader_fail(r, "no option %.60s", word);
        }
    }
    return true;
}

/* True when the word is an operand, n3 or a number. What was computed from something newer, or
 * stale itself, is not current. */
static bool parse_operand(const Reader *r, const char *word, NbArg *in, NbRebuild *b)
{
    size_t id;
    if (reader_parse_id(word, 'n', r->nnode, &id)) {
        *in = NB_VAR(r->node[id - 1]);
        b->current = b->current && r->current[id - 1] && nb_var_stamp(in->var) <= b->stamp;
        return true;
    }
    *in = NB_NUM(0);
    return reader_parse_number(word, &in->num);
}

static bool read_operands(Reader *r, NbRebuild *b, NbArg **in, char *word, size_t size)
{
    const char *before = r->at;
    size_t cap = 0;
    NbArg arg;
    b->current = true;
    for (; !reader_peek(r, "="); before = r->at) {
        if (!reader_word(r, word, size)) {
            return !r->failed;
        }
        if (!parse_operand(r, word, &arg, b)) {
            r->at = before; /* an option, or the value */
            return true;
        }
        if (b->n == MOST_OPERANDS) {
            return reader_fail(r, "more than %d operands", MOST_OPERANDS);
        }
        if (!reader_room(r, in, &cap, (size_t)b->n, sizeof **in)) {
            return false;
        }
        (*in)[b->n++] = arg;
    }
    return true;
}

static bool read_inner(Reader *r, NbRebuild *b, char *word, size_t cap)
{
    NbArg *in = NULL;
    NbAttrs a;
    bool any = false;
    uint64_t line = 0;
    nb_attrs_init(&a);
    bool ok = !reader_take(r, "line") || reader_count(r, UINT32_MAX, &line);
    ok = ok && reader_word(r, word, cap);
    b->op = ok ? nb_op_find(word) : NULL;
    ok = b->op ? read_operands(r, b, &in, word, cap) && read_attrs(r, &a, &any, word, cap)
               : reader_fail(r, "an operation is expected");
    if (ok && !(b->view = reader_take(r, "view"))) {
        ok = read_value(r, &b->num, &b->tensor);
    }
    NbVar *v = NULL;
    if (ok) {
        b->branch = (uint32_t)line;
        b->in = in;
        b->attrs = any ? &a : NULL;
        v = nb_var_rebuild(r->s->ctx, b);
        ok = v || reader_fail_ctx(r);
    }
    nb_attrs_free(&a);
    free(in);
    if (ok) {
        r->current[r->nnode] = b->current;
        r->node[r->nnode++] = v;
    }
    return ok;
}

static bool read_other(Reader *r, NbRebuild *b)
{
    if (!read_value(r, &b->num, &b->tensor)) {
        return false;
    }
    NbVar *v = nb_var_rebuild(r->s->ctx, b);
    if (!v) {
        return reader_fail_ctx(r);
    }
    r->current[r->nnode] = true;
    r->node[r->nnode++] = v;
    return true;
}

static bool read_kind(Reader *r, const char *word, NbRebuild *b)
{
    static const char *const kinds[] = {"plain", "const", "leaf", "inner"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(word, kinds[i]) == 0) {
            b->kind = (NbKind)i;
            return true;
        }
    }
    b->past = strcmp(word, "past") == 0;
    b->cut = !b->past;
    b->steps = strcmp(word, "cutstep") == 0;
    b->kind = b->past ? NB_INNER : NB_CONST;
    return b->past || b->steps || strcmp(word, "cut") == 0 ||
           reader_fail(r, "no kind of node: %.40s", word);
}

/* "x", "x @3", or "x local @3". */
static bool read_name(Reader *r, NbRebuild *b, const char **name, bool *local, char *word,
                      size_t cap)
{
    uint64_t stamp;
    if (!reader_word(r, word, cap)) {
        return reader_fail(r, "a name is expected");
    }
    bool named = strcmp(word, "-") != 0;
    if (named && !interp_is_path(word)) {
        return reader_fail(r, "no name: %.40s", word);
    }
    *name = named ? nb_intern(r->s->ctx, word) : NULL;
    if (named && !*name) {
        return reader_no_memory(r);
    }
    *local = reader_take(r, "local");
    b->stamp = r->stamp;
    if (!reader_peek_char(r, '@')) {
        return true;
    }
    char *end = word;
    stamp = reader_word(r, word, cap) ? strtoull(word + 1, &end, 10) : 0;
    if (*end || end == word + 1 || stamp > MOST_NODES) {
        return reader_fail(r, "no stamp: %.40s", word);
    }
    b->stamp = r->stamp + stamp;
    r->stamp_most = stamp > r->stamp_most ? stamp : r->stamp_most;
    return true;
}

bool read_node(Reader *r)
{
    NbRebuild b = {0};
    const char *name = NULL;
    bool local = false;
    uint64_t number;
    size_t cap = (size_t)(r->line_end - r->at) + 2;
    char *word = malloc(cap);
    bool ok = (word || reader_no_memory(r)) &&
              reader_room(r, &r->node, &r->node_cap, r->nnode, sizeof *r->node) &&
              reader_room(r, &r->current, &r->current_cap, r->nnode, sizeof *r->current) &&
              reader_count(r, MOST_NODES, &number);
    if (ok && number != r->nnode + 1) {
        ok = reader_fail(r, "node %zu is expected", r->nnode + 1);
    }
    ok = ok && (reader_word(r, word, cap) || reader_fail(r, "a kind of node is expected")) &&
         read_kind(r, word, &b) && read_name(r, &b, &name, &local, word, cap);
    ok = ok && (b.kind == NB_INNER ? read_inner(r, &b, word, cap) : read_other(r, &b));
    if (ok) {
        nb_var_set_name(r->node[r->nnode - 1], name, local);
    }
    free(word);
    return ok;
}

bool read_grad(Reader *r)
{
    uint64_t node, sweeps;
    double num = 0;
    NbTensor *t = NULL;
    size_t id = 0;
    if (!reader_count(r, r->nnode, &node) || node == 0 || !reader_count(r, UINT32_MAX, &sweeps)) {
        return reader_fail(r, "a node and a count of sweeps are expected");
    }
    bool stale = reader_take(r, "stale");
    bool graph = reader_take(r, "graph");
    if (graph ? !reader_id(r, 'n', r->nnode, &id) : !read_value(r, &num, &t)) {
        return false;
    }
    return nb_var_rebuild_grad(r->node[node - 1], num, t, graph ? r->node[id - 1] : NULL,
                               (uint32_t)sweeps, stale) == NB_OK ||
           reader_fail_ctx(r);
}
