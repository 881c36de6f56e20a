/* save_nodes.c -- nodes of a written state: numbers, operations, gradients */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session/save_internal.h"

#define MOST_NODES ((uint64_t)1 << 40)
#define MOST_OPERANDS 65535

/* --- numbers --- */

bool line_store(Archive *a, size_t i)
{
    const Shared *s = a->out ? a->reach->numbered[i] : NULL;
    uint64_t number = i + 1, size = s ? (uint64_t)(s->hi - s->lo) : 0;
    if (!field_count(a, a->nstore + 1, &number) || !field_count(a, INT64_MAX, &size)) {
        return false;
    }
    const bool begun = number == a->nstore + 1 && size > 0;
    if (!field_flag(a, "=", true) || !(a->out || begun)) {
        return archive_fail(a, "store %zu is expected", a->nstore + 1);
    }
    if (!a->out && !archive_room(a, &a->store, &a->store_cap, a->nstore, sizeof *a->store)) {
        return false;
    }
    NbTensor *made = NULL;
    const NbTensor all = flat_tensor(s ? s->lo : NULL, (int64_t)size);
    bool ok = field_numbers(a, &all.shape, &all, &made);
    if (made) {
        a->store[a->nstore++] = made;
    }
    return ok;
}

/* A value: a tensor, of a scalar the number. */
typedef struct Held {
    double num;
    const NbTensor *shown; /* that is written */
    NbTensor *made;        /* that was read */
} Held;

static Held held_by(const NbVar *v, const NbTensor *t)
{
    return nb_var_is_scalar(v) ? (Held){.num = nb_tensor_at(t, 0)} : (Held){.shown = t};
}

/* "in 1 0 (2,2) (2,1)": a part of a store. */
static bool field_part(Archive *a, const Shared *s, Held *h)
{
    uint64_t number = s ? (uint64_t)s->number : 0;
    uint64_t offset = s ? (uint64_t)(h->shown->data - s->lo) : 0;
    NbShape shape = s ? h->shown->shape : (NbShape){0};
    int64_t stride[NB_MAX_RANK] = {0};
    int strides = shape.rank;
    memcpy(stride, s ? h->shown->stride : stride, sizeof stride);
    if (!field_count(a, a->nstore, &number) || number == 0 || !field_count(a, INT64_MAX, &offset) ||
        !field_sizes(a, 1, shape.dim, &shape.rank) ||
        !field_sizes(a, INT64_MIN, stride, &strides) || strides != shape.rank || shape.rank == 0) {
        return archive_fail(a, "a part of a store is expected");
    }
    if (a->out) {
        return true;
    }
    const NbTensor *of = a->store[number - 1];
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
        return archive_fail(a, "a part goes beyond its store");
    }
    h->made = nb_tensor_view(of, &shape, stride, (int64_t)offset, nb_ctx_err(a->s->ctx));
    return h->made || archive_fail_ctx(a);
}

/* "= 2", "= (2,3) …" or "in …". */
static bool field_value(Archive *a, Held *h)
{
    const Shared *s = a->out && h->shown ? reach_shared(a->reach, h->shown) : NULL;
    NbShape shape = h->shown ? h->shown->shape : (NbShape){0};
    if (field_flag(a, "in", s)) {
        return field_part(a, s, h);
    }
    if (!field_flag(a, "=", true)) {
        return archive_fail(a, "= and a value are expected");
    }
    if (a->out ? !h->shown : !archive_peek_char(a, '(')) {
        return field_number(a, &h->num);
    }
    if (!field_sizes(a, 0, shape.dim, &shape.rank)) {
        return false;
    }
    return shape.rank > 0 ? field_numbers(a, &shape, h->shown, &h->made)
                          : archive_fail(a, "no tensor has this shape");
}

/* --- options --- */

static void put_index(Archive *a, const NbIndex *x)
{
    Text *o = a->out;
    switch (x->kind) {
    case NB_AT: text_printf(o, " at=%" PRId64, x->start); break;
    case NB_SLICE:
        text_add(o, " slice=");
        if (x->has_start) {
            text_printf(o, "%" PRId64, x->start);
        }
        text_add(o, ":");
        if (x->has_stop) {
            text_printf(o, "%" PRId64, x->stop);
        }
        text_printf(o, ":%" PRId64, x->step);
        break;
    case NB_LIST:
        text_add(o, " list=");
        put_list(a, x->list, x->nlist);
        break;
    }
}

static void put_attrs(Archive *a, const NbAttrs *of)
{
    Text *o = a->out;
    int last = 4;
    text_add(o, of->naxes >= 0 ? " axes=" : " options");
    put_list(a, of->axes, of->naxes > 0 ? of->naxes : 0);
    text_add(o, of->keepdims ? " keepdims" : "");
    if (of->has_shape) {
        text_add(o, " shape=");
        put_list(a, of->shape.dim, of->shape.rank);
    }
    while (last > 0 && of->num[last - 1] == 0 && !signbit(of->num[last - 1])) {
        last--;
    }
    for (int i = 0; i < last; i++) {
        text_add(o, i == 0 ? " num=" : ",");
        put_number(a, of->num[i]);
    }
    for (int i = 0; i < of->nindex; i++) {
        put_index(a, &of->index[i]);
    }
}

static bool add_index(Archive *a, NbAttrs *to, const char *word)
{
    NbIndex *x = &to->index[to->nindex];
    int64_t v[3];
    int n;
    if (to->nindex == NB_MAX_RANK) {
        return archive_fail(a, "more than %d indices", NB_MAX_RANK);
    }
    memset(x, 0, sizeof *x);
    if (strncmp(word, "at=", 3) == 0) {
        x->kind = NB_AT;
        to->nindex++;
        return (parse_list(word + 3, v, 1, &n) && n == 1) ? (x->start = v[0], true)
                                                          : archive_fail(a, "no index");
    }
    if (strncmp(word, "slice=", 6) == 0) {
        char *end = (char *)(uintptr_t)(word + 6);
        x->kind = NB_SLICE;
        to->nindex++;
        x->has_start = *end != ':';
        x->start = x->has_start ? strtoll(end, &end, 10) : 0;
        bool ok = *end++ == ':';
        x->has_stop = ok && *end != ':';
        x->stop = x->has_stop ? strtoll(end, &end, 10) : 0;
        ok = ok && *end++ == ':';
        x->step = ok ? strtoll(end, &end, 10) : 0;
        return (ok && *end == '\0' && x->step != 0) || archive_fail(a, "no slice");
    }
    size_t most = strlen(word) / 2 + 1;
    int64_t *list = malloc((most + 1) * sizeof *list);
    x->kind = NB_LIST;
    bool ok = list && most < INT32_MAX && parse_list(word + 5, list, (int)most, &n);
    if (!ok) {
        free(list);
        return list ? archive_fail(a, "no list of indices") : archive_no_memory(a);
    }
    x->list = list;
    x->nlist = n;
    to->nindex++;
    return true;
}

static bool add_numbers(Archive *a, NbAttrs *to, char *word)
{
    for (int i = 0; i < 4; i++) {
        char *comma = strchr(word, ',');
        if (comma) {
            *comma = '\0';
        }
        if (!parse_number(word, &to->num[i])) {
            return archive_fail(a, "%.40s is no number", word);
        }
        if (!comma) {
            return true;
        }
        word = comma + 1;
    }
    return archive_fail(a, "more than four numbers");
}

/* Words such as axes=0,1 and slice=0:2:1; *any tells whether there were some. */
static bool read_attrs(Archive *a, NbAttrs *to, bool *any)
{
    char *word = a->word;
    for (; !archive_peek(a, "=") && !archive_peek(a, "in") && !archive_peek(a, "view");) {
        if (!archive_word(a, word, a->word_cap)) {
            return a->failed ? false : archive_fail(a, "a value is expected");
        }
        bool ok = true;
        *any = true;
        if (strcmp(word, "options") == 0) {
            to->naxes = -1;
        } else if (strncmp(word, "axes=", 5) == 0) {
            ok = parse_list(word + 5, to->axes, NB_MAX_RANK, &to->naxes);
        } else if (strcmp(word, "keepdims") == 0) {
            to->keepdims = true;
        } else if (strncmp(word, "shape=", 6) == 0) {
            to->has_shape = true;
            ok = parse_list(word + 6, to->shape.dim, NB_MAX_RANK, &to->shape.rank);
            for (int i = 0; ok && i < to->shape.rank; i++) {
                ok = to->shape.dim[i] >= -1;
            }
        } else if (strncmp(word, "num=", 4) == 0) {
            ok = add_numbers(a, to, word + 4);
        } else if (strncmp(word, "at=", 3) == 0 || strncmp(word, "slice=", 6) == 0 ||
                   strncmp(word, "list=", 5) == 0) {
            ok = add_index(a, to, word);
        } else {
            ok = false;
        }
        if (!ok) {
            return archive_fail(a, "no option %.60s", word);
        }
    }
    return true;
}

/* --- operations --- */

/* True when the word is an operand, n3 or a number. What was computed from something newer, or
 * stale itself, is not current. */
static bool parse_operand(const Archive *a, const char *word, NbArg *in, NbRebuild *b)
{
    size_t id;
    if (parse_id(a, word, 'n', &id)) {
        *in = NB_VAR(a->node[id - 1]);
        b->current = b->current && a->current[id - 1] && nb_var_stamp(in->var) <= b->stamp;
        return true;
    }
    *in = NB_NUM(0);
    return parse_number(word, &in->num);
}

static bool read_operands(Archive *a, NbRebuild *b, NbArg **in)
{
    const char *before = a->at;
    size_t cap = 0;
    NbArg arg;
    b->current = true;
    for (; !archive_peek(a, "="); before = a->at) {
        if (!archive_word(a, a->word, a->word_cap)) {
            return !a->failed;
        }
        if (!parse_operand(a, a->word, &arg, b)) {
            a->at = before; /* an option, or the value */
            return true;
        }
        if (b->n == MOST_OPERANDS) {
            return archive_fail(a, "more than %d operands", MOST_OPERANDS);
        }
        if (!archive_room(a, in, &cap, (size_t)b->n, sizeof **in)) {
            return false;
        }
        (*in)[b->n++] = arg;
    }
    return true;
}

static void put_operands(Archive *a, const NbVar *v)
{
    for (int i = 0, n = nb_var_inputs(v); i < n; i++) {
        NbArg in = nb_var_input(v, i);
        size_t id = in.var ? reach_node(a->reach, in.var) : 0;
        if (id > 0) {
            field_id(a, 'n', &id);
        } else {
            field_number(a, &in.num);
        }
    }
}

/* "line 3 mul n1 7 axes=0": v's, or what b gets; its operands and options are for the caller. */
static bool field_operation(Archive *a, const NbVar *v, NbRebuild *b, NbArg **in, NbAttrs *attrs)
{
    uint64_t line = v ? nb_var_branch(v) : 0;
    bool any = false;
    if (field_flag(a, "line", line > 0) && !field_count(a, UINT32_MAX, &line)) {
        return false;
    }
    if (v) {
        text_printf(a->out, " %s", nb_var_op(v)->name);
        put_operands(a, v);
        if (nb_var_attrs(v)) {
            put_attrs(a, nb_var_attrs(v));
        }
        return true;
    }
    b->branch = (uint32_t)line;
    b->op = archive_word(a, a->word, a->word_cap) ? nb_op_find(a->word) : NULL;
    if (!b->op) {
        return archive_fail(a, "an operation is expected");
    }
    bool ok = read_operands(a, b, in) && read_attrs(a, attrs, &any);
    b->in = *in;
    b->attrs = any ? attrs : NULL;
    return ok;
}

/* --- nodes --- */

enum { CUT = NB_INNER + 1, CUT_STEP, PAST, KINDS };
static const char *const kinds[] = {
    [NB_PLAIN] = "plain", [NB_CONST] = "const",   [NB_LEAF] = "leaf", [NB_INNER] = "inner",
    [CUT] = "cut",        [CUT_STEP] = "cutstep", [PAST] = "past"};

static bool field_kind(Archive *a, const NbVar *v, NbRebuild *b)
{
    int k = 0;
    if (v) {
        k = nb_var_is_cut_step(v) ? CUT_STEP
            : nb_var_is_cut(v)    ? CUT
            : nb_var_is_past(v)   ? PAST
                                  : (int)nb_var_kind(v);
        text_printf(a->out, " %s", kinds[k]);
    } else if (!archive_word(a, a->word, a->word_cap)) {
        return archive_fail(a, "a kind of node is expected");
    } else {
        while (k < KINDS && strcmp(a->word, kinds[k]) != 0) {
            k++;
        }
    }
    b->cut = k == CUT || k == CUT_STEP;
    b->steps = k == CUT_STEP;
    b->past = k == PAST;
    b->kind = b->past ? NB_INNER : b->cut ? NB_CONST : (NbKind)k;
    return k < KINDS || archive_fail(a, "no kind of node: %.40s", a->word);
}

/* "@3", 0 is left out: after how many others it was written. */
static bool field_stamp(Archive *a, uint64_t place, NbRebuild *b)
{
    char *end = a->word;
    if (a->out && place > 0) {
        text_printf(a->out, " @%" PRIu64, place);
    }
    b->stamp = a->stamp;
    if (a->out || !archive_peek_char(a, '@')) {
        return true;
    }
    bool ok = archive_word(a, a->word, a->word_cap);
    place = ok ? strtoull(a->word + 1, &end, 10) : 0;
    if (!ok || *end || end == a->word + 1 || place > MOST_NODES) {
        return archive_fail(a, "no stamp: %.40s", a->word);
    }
    b->stamp += place;
    a->stamp_most = place > a->stamp_most ? place : a->stamp_most;
    return true;
}

static bool make_node(Archive *a, NbRebuild *b, const char *name, bool local)
{
    NbVar *v = nb_var_rebuild(a->s->ctx, b);
    if (!v) {
        return archive_fail_ctx(a);
    }
    nb_var_set_name(v, name, local);
    a->current[a->nnode] = b->kind != NB_INNER || b->current;
    a->node[a->nnode++] = v;
    return true;
}

bool line_node(Archive *a, size_t i)
{
    const NbVar *v = a->out ? a->reach->node[i] : NULL;
    const char *name = v ? nb_var_name(v) : NULL;
    bool local = name && nb_var_name_is_local(v), view = v && shows_operand(v);
    NbRebuild b = {0};
    NbArg *in = NULL;
    NbAttrs attrs;
    NbTensor tmp;
    Held held = v && !view ? held_by(v, nb_var_data(v, &tmp)) : (Held){0};
    if (!a->out && (!archive_room(a, &a->node, &a->node_cap, a->nnode, sizeof *a->node) ||
                    !archive_room(a, &a->current, &a->current_cap, a->nnode, sizeof *a->current))) {
        return false;
    }
    nb_attrs_init(&attrs);
    bool ok = field_place(a, "node", MOST_NODES, i, a->nnode) && field_kind(a, v, &b) &&
              field_name(a, &name);
    local = field_flag(a, "local", local);
    ok = ok && field_stamp(a, v ? a->reach->place[i] : 0, &b);
    b.boolean = field_flag(a, "bool", v && nb_var_is_bool(v));
    if (ok && b.kind == NB_INNER) {
        ok = field_operation(a, v, &b, &in, &attrs);
        b.view = ok && field_flag(a, "view", view);
    }
    ok = ok && (b.view || field_value(a, &held));
    b.num = held.num;
    b.tensor = held.made;
    ok = ok && (v || make_node(a, &b, name, local));
    nb_attrs_free(&attrs);
    free(in);
    return ok;
}

bool line_grad(Archive *a, size_t i)
{
    NbVar *v = a->out ? a->reach->node[i] : NULL;
    if (v && !nb_var_has_grad(v)) {
        return false;
    }
    uint64_t node = i + 1, sweeps = v ? nb_var_sweeps(v) : 0;
    bool graph = v && nb_var_grad_is_graph(v);
    bool stale = v && !graph && nb_var_kind(v) == NB_LEAF && nb_var_grad_stale(v, NULL, 0, NULL);
    NbVar *g = graph ? nb_var_grad(v) : NULL;
    size_t id = graph ? reach_node(a->reach, g) : 0;
    nb_var_unref(&g);
    NbTensor tmp;
    Held held = v && !graph ? held_by(v, nb_var_grad_data(v, &tmp)) : (Held){0};
    if (!field_count(a, a->nnode, &node) || node == 0 || !field_count(a, UINT32_MAX, &sweeps)) {
        return archive_fail(a, "a node and a count of sweeps are expected");
    }
    stale = field_flag(a, "stale", stale);
    graph = field_flag(a, "graph", graph);
    if (graph ? !field_id(a, 'n', &id) : !field_value(a, &held)) {
        return false;
    }
    return v ||
           nb_var_rebuild_grad(a->node[node - 1], held.num, held.made,
                               graph ? a->node[id - 1] : NULL, (uint32_t)sweeps, stale) == NB_OK ||
           archive_fail_ctx(a);
}
