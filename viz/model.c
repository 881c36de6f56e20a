/* model.c -- a snapshot of a graph for drawing: nodes with their texts, edges, state */
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#define COMPACT_ABOVE 12 /* nodes in the long form; beyond, operations stand inside the boxes */
#define COPY_ABOVE 60    /* nodes; beyond, much used leaves are drawn once per use */
#define COPY_USES 3
#define TEXT_MAX 160
#define PRESENT_DIGITS 3

/* --- texts --- */

const char *nb_viz_text_label(const NbVizHost *host, const NbVar *v, char *buf, size_t cap)
{
    if (host->label) {
        return host->label(host->user, v, buf, cap);
    }
    const char *name = nb_var_name(v);
    if (name) {
        snprintf(buf, cap, "%s", name);
    } else {
        snprintf(buf, cap, "v%llu", (unsigned long long)nb_var_serial(v));
    }
    return buf;
}

static double norm_of(const NbTensor *t)
{
    double scale = 0, sum = 1;
    for (int64_t i = 0; i < t->size; i++) {
        double a = fabs(nb_tensor_at(t, i));
        if (isnan(a) || isinf(a)) {
            return a;
        }
        if (a > scale) {
            sum = 1 + sum * (scale / a) * (scale / a);
            scale = a;
        } else if (a > 0) {
            sum += (a / scale) * (a / scale);
        }
    }
    return scale > 0 ? scale * sqrt(sum) : 0;
}

double nb_viz_grad_magnitude(const NbVar *v)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    return g ? norm_of(g) : 0;
}

int nb_viz_picture_digits(const NbVizStyle *style)
{
    bool many = style->digits == NB_DIGITS_FULL || style->digits > PRESENT_DIGITS;
    return style->present && many ? PRESENT_DIGITS : style->digits;
}

/* Small tensors are written out, larger ones as shape and norm. */
static const char *tensor_text(const NbTensor *t, const char *norm, bool shape, int digits,
                               char *buf, size_t cap)
{
    if (t->size <= 4 && t->shape.rank <= 1) {
        nb_format_tensor(t, digits, 0, 0, buf, cap);
        return buf;
    }
    char dims[160], number[40];
    nb_shape_text(&t->shape, dims, sizeof dims);
    nb_format_number(norm_of(t), digits ? digits : 6, number, sizeof number);
    snprintf(buf, cap, "%s%s%s %s", shape ? dims : "", shape ? "  " : "", norm, number);
    return buf;
}

const char *nb_viz_text_value(const NbVar *v, int digits, char *buf, size_t cap)
{
    if (nb_var_is_scalar(v)) {
        return nb_format_number(nb_var_value(v), digits, buf, cap);
    }
    NbTensor tmp;
    return tensor_text(nb_var_data(v, &tmp), "norm", true, digits, buf, cap);
}

const char *nb_viz_text_grad(const NbVar *v, int digits, char *buf, size_t cap)
{
    if (!nb_var_has_grad(v)) {
        snprintf(buf, cap, "-");
        return buf;
    }
    if (nb_var_is_scalar(v)) {
        return nb_format_number(nb_var_grad_value(v), digits, buf, cap);
    }
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    return g ? tensor_text(g, "|g|", false, digits, buf, cap) : "-";
}

/* Text of operand i alone: its label, its number, or the value of an unlabelled constant. */
static void operand_text(const NbVizHost *host, const NbVar *v, int i, int digits, char *buf,
                         size_t cap)
{
    NbArg arg = nb_var_input(v, i);
    if (arg.var) {
        const char *text = nb_viz_text_label(host, arg.var, buf, cap);
        if (text != buf) {
            snprintf(buf, cap, "%s", text);
        }
    } else {
        nb_format_number(arg.num, digits, buf, cap);
    }
}

#define OPERANDS_SHOWN 8

const char *nb_viz_text_op(const NbVizHost *host, const NbVar *v, int digits, char *buf, size_t cap)
{
    const NbOp *op = nb_var_op(v);
    if (!op) {
        return "";
    }
    int n = nb_var_inputs(v);
    if (n > OPERANDS_SHOWN) {
        snprintf(buf, cap, "%s of %d operands", op->name, n);
        return buf;
    }
    char text[OPERANDS_SHOWN][96];
    const char *names[OPERANDS_SHOWN];
    for (int i = 0; i < n; i++) {
        operand_text(host, v, i, digits, text[i], sizeof text[i]);
        names[i] = text[i];
    }
    nb_op_text(op, names, n, nb_var_attrs(v), buf, cap);
    return buf;
}

/* What stands in an operation's ellipse: "+", "^2", "100 *", "sin", "sum(·, axis=0)". */
static const char *op_sign(const NbVar *v, bool numbers, int digits, char *buf, size_t cap)
{
    const NbOp *op = nb_var_op(v);
    int n = nb_var_inputs(v);
    int folded = 0;
    char num[2][40] = {"", ""};
    for (int i = 0; i < n; i++) {
        NbArg arg = nb_var_input(v, i);
        if (!arg.var && !numbers) {
            folded++;
            if (i < 2) {
                nb_format_number(arg.num, digits, num[i], sizeof num[i]);
            }
        }
    }
    if (op->symbol && n == 2) {
        const char *gap = strcmp(op->symbol, "^") == 0 ? "" : " ";
        snprintf(buf, cap, "%s%s%s%s%s", num[0], num[0][0] ? gap : "", op->symbol,
                 num[1][0] ? gap : "", num[1]);
        return buf;
    }
    if (op->symbol) {
        snprintf(buf, cap, "%s", op->symbol);
        return buf;
    }
    if (n <= 3 && (folded > 0 || nb_var_attrs(v))) {
        const char *names[3] = {"·", "·", "·"};
        for (int i = 0; i < n && i < 2; i++) {
            names[i] = num[i][0] ? num[i] : "·";
        }
        size_t need = nb_op_text(op, names, n, nb_var_attrs(v), buf, cap);
        if (need < cap && need <= 32) {
            return buf;
        }
    }
    snprintf(buf, cap, "%s", op->name);
    return buf;
}

/* --- building --- */

/* Where each variable of the graph stands, sorted by serial. */
typedef struct Place {
    NbVar *var;
    uint64_t serial;
    uint32_t node;  /* its box */
    uint32_t users; /* operations that use it */
    uint32_t depth;
} Place;

typedef struct Builder {
    NbModel *m;
    const NbVizHost *host;
    const NbVizStyle *style;
    int digits;
    NbVar *root;
    Place *place;
    size_t nplaces;
    size_t node_cap, edge_cap;
    bool failed;
} Builder;

static int by_serial(const void *a, const void *b)
{
    const Place *p = a, *q = b;
    return p->serial < q->serial ? -1 : p->serial > q->serial;
}

static Place *find_place(const Builder *b, const NbVar *v)
{
    Place key = {.serial = nb_var_serial(v)};
    return b->nplaces ? bsearch(&key, b->place, b->nplaces, sizeof key, by_serial) : NULL;
}

static bool collect(Builder *b, const NbTape *tape)
{
    size_t n = tape->nnodes + tape->nleaves + tape->nother + 1;
    b->place = calloc(n, sizeof *b->place);
    if (!b->place) {
        return false;
    }
    NbVar **list[3] = {tape->leaf, tape->other, tape->node};
    size_t count[3] = {tape->nleaves, tape->nother, tape->nnodes};
    bool seen_root = false;
    for (int k = 0; k < 3; k++) {
        for (size_t i = 0; i < count[k]; i++) {
            NbVar *v = list[k][i];
            seen_root = seen_root || v == b->root;
            b->place[b->nplaces++] = (Place){.var = v, .serial = nb_var_serial(v)};
        }
    }
    if (!seen_root) {
        b->place[b->nplaces++] = (Place){.var = b->root, .serial = nb_var_serial(b->root)};
    }
    qsort(b->place, b->nplaces, sizeof *b->place, by_serial);
    return true;
}

/* Uses of each variable, and depth and breadth of the graph. */
static void survey(Builder *b)
{
    size_t breadth[256] = {0};
    for (size_t i = 0; i < b->nplaces; i++) {
        Place *p = &b->place[i];
        int n = nb_var_op(p->var) ? nb_var_inputs(p->var) : 0;
        for (int k = 0; k < n; k++) {
            NbArg arg = nb_var_input(p->var, k);
            Place *in = arg.var ? find_place(b, arg.var) : NULL;
            if (in) {
                in->users++;
                p->depth = in->depth + 1 > p->depth ? in->depth + 1 : p->depth;
            }
        }
        b->m->depth = p->depth + 1 > b->m->depth ? p->depth + 1 : b->m->depth;
        breadth[p->depth < 256 ? p->depth : 255]++;
    }
    for (int i = 0; i < 255; i++) {
        b->m->breadth = breadth[i] > b->m->breadth ? breadth[i] : b->m->breadth;
    }
}

static uint32_t add_node(Builder *b, const NbNode *node)
{
    NbModel *m = b->m;
    if (!nb_viz_grow(&m->node, &b->node_cap, m->nnodes, sizeof *m->node)) {
        b->failed = true;
        return 0;
    }
    m->node[m->nnodes] = *node;
    return (uint32_t)m->nnodes++;
}

static void add_edge(Builder *b, uint32_t from, uint32_t to)
{
    NbModel *m = b->m;
    if (!nb_viz_grow(&m->edge, &b->edge_cap, m->nedges, sizeof *m->edge)) {
        b->failed = true;
        return;
    }
    m->edge[m->nedges++] = (NbEdge){from, to};
}

static NbNode describe(Builder *b, NbVar *v)
{
    char buf[TEXT_MAX];
    NbArena *texts = &b->m->texts;
    NbNode n = {.var = v, .serial = nb_var_serial(v), .op = "", .grad = ""};
    bool inner = nb_var_op(v) != NULL;
    n.kind = inner ? NB_NODE_INNER : nb_var_tracked(v) ? NB_NODE_LEAF : NB_NODE_CONST;
    n.root = v == b->root;
    n.label = nb_viz_arena_text(texts, nb_viz_text_label(b->host, v, buf, sizeof buf));
    n.value = nb_viz_arena_text(texts, nb_viz_text_value(v, b->digits, buf, sizeof buf));
    n.stale = inner && b->m->stale && nb_var_stale(v, NULL, 0, NULL);
    if (nb_var_tracked(v)) {
        n.grad = nb_viz_arena_text(texts, nb_viz_text_grad(v, b->digits, buf, sizeof buf));
        n.has_grad = nb_var_has_grad(v);
        n.magnitude = nb_viz_grad_magnitude(v);
    }
    return n;
}

/* The box an operand's edge starts from: a further copy of a much used leaf when it is worth it. */
static uint32_t source_of(Builder *b, NbArg arg)
{
    char buf[TEXT_MAX];
    if (!arg.var) {
        nb_format_number(arg.num, b->digits, buf, sizeof buf);
        const char *text = nb_viz_arena_text(&b->m->texts, buf);
        return add_node(
            b, &(NbNode){.kind = NB_NODE_NUMBER, .label = "", .op = "", .grad = "", .value = text});
    }
    Place *p = find_place(b, arg.var);
    if (!p) {
        b->failed = true;
        return 0;
    }
    NbModel *m = b->m;
    bool leaf = m->node[p->node].kind != NB_NODE_INNER;
    if (!leaf || b->nplaces <= COPY_ABOVE || p->users <= COPY_USES) {
        return p->node;
    }
    int copy = m->node[p->node].copy++;
    if (copy == 0) {
        return p->node;
    }
    NbNode again = m->node[p->node];
    again.copy = copy;
    return add_node(b, &again);
}

static void add_variable(Builder *b, Place *p)
{
    char buf[TEXT_MAX];
    NbNode n = describe(b, p->var);
    int inputs = n.kind == NB_NODE_INNER ? nb_var_inputs(p->var) : 0;
    bool numbers = b->style->show_constants;
    uint32_t target;
    if (n.kind == NB_NODE_INNER && !b->m->compact) {
        const char *sign = op_sign(p->var, numbers, b->digits, buf, sizeof buf);
        NbNode op = {.kind = NB_NODE_OP,
                     .serial = n.serial,
                     .var = p->var,
                     .label = "",
                     .value = "",
                     .grad = "",
                     .op = nb_viz_arena_text(&b->m->texts, sign)};
        target = add_node(b, &op);
        p->node = add_node(b, &n);
        add_edge(b, target, p->node);
    } else {
        if (n.kind == NB_NODE_INNER) {
            const char *text = nb_viz_text_op(b->host, p->var, b->digits, buf, sizeof buf);
            n.op = nb_viz_arena_text(&b->m->texts, text);
        }
        p->node = target = add_node(b, &n);
    }
    for (int i = 0; i < inputs && !b->failed; i++) {
        NbArg arg = nb_var_input(p->var, i);
        if (arg.var || numbers) {
            add_edge(b, source_of(b, arg), target);
        }
    }
}

/* The backward sweep visits inner variables from the newest: 1 is the root. */
static void number_sweep(NbModel *m)
{
    int order = 0;
    for (size_t i = m->nnodes; i-- > 0;) {
        NbNode *n = &m->node[i];
        if (n->kind == NB_NODE_INNER) {
            n->order = ++order;
        }
    }
    for (size_t i = 0; i + 1 < m->nnodes; i++) {
        if (m->node[i].kind == NB_NODE_OP) {
            m->node[i].order = m->node[i + 1].order;
        }
    }
}

static void span_magnitudes(NbModel *m)
{
    for (size_t i = 0; i < m->nnodes; i++) {
        double a = m->node[i].magnitude;
        if (!m->node[i].has_grad || a == 0 || !isfinite(a)) {
            continue;
        }
        m->magnitude_max = a > m->magnitude_max ? a : m->magnitude_max;
        m->magnitude_min = m->magnitude_min == 0 || a < m->magnitude_min ? a : m->magnitude_min;
    }
}

static void mix(uint64_t *hash, uint64_t value)
{
    *hash = (*hash ^ value) * 0x100000001b3u;
    *hash ^= *hash >> 29;
}

static void hash_topology(NbModel *m)
{
    uint64_t h = 0xcbf29ce484222325u;
    mix(&h, m->nnodes);
    mix(&h, m->compact);
    mix(&h, m->hide_grad);
    for (size_t i = 0; i < m->nnodes; i++) {
        const NbNode *n = &m->node[i];
        mix(&h, (uint64_t)n->kind + (n->root ? 16 : 0));
        mix(&h, strlen(n->op) / 6);
        mix(&h, strlen(n->label) / 8);
    }
    for (size_t i = 0; i < m->nedges; i++) {
        mix(&h, (uint64_t)m->edge[i].from << 32 | m->edge[i].to);
    }
    m->topology = h;
}

static int by_count(const void *a, const void *b)
{
    const NbOpCount *p = a, *q = b;
    return p->count > q->count ? -1 : p->count < q->count;
}

static void tally(Builder *b)
{
    NbModel *m = b->m;
    size_t cap = 0;
    for (size_t i = 0; i < b->nplaces; i++) {
        const NbOp *op = nb_var_op(b->place[i].var);
        size_t k = 0;
        while (op && k < m->ntally && m->tally[k].op != op) {
            k++;
        }
        if (op && k == m->ntally) {
            if (!nb_viz_grow(&m->tally, &cap, m->ntally, sizeof *m->tally)) {
                b->failed = true;
                return;
            }
            m->tally[m->ntally++] = (NbOpCount){.op = op};
        }
        if (op) {
            m->tally[k].count++;
        }
    }
    if (m->ntally) {
        qsort(m->tally, m->ntally, sizeof *m->tally, by_count);
    }
}

/* Of a graph too large to draw: the root and the first leaves, without edges. */
static void build_summary(Builder *b)
{
    tally(b);
    NbNode root = describe(b, b->root);
    add_node(b, &root);
    size_t shown = 0;
    for (size_t i = 0; i < b->nplaces && shown < 12; i++) {
        if (nb_var_kind(b->place[i].var) == NB_LEAF) {
            NbNode leaf = describe(b, b->place[i].var);
            add_node(b, &leaf);
            shown++;
        }
    }
}

static void build(Builder *b, const NbTape *tape)
{
    NbModel *m = b->m;
    if (!collect(b, tape)) {
        b->failed = true;
        return;
    }
    m->variables = b->nplaces;
    m->leaves = tape->nleaves;
    m->consts = tape->nother;
    m->stale = nb_var_stale(b->root, NULL, 0, NULL);
    survey(b);
    m->compact = tape->nnodes * 2 + tape->nleaves + tape->nother > COMPACT_ABOVE;
    m->summary = b->nplaces > NB_MODEL_MAX;
    if (m->summary) {
        build_summary(b);
    } else {
        for (size_t i = 0; i < b->nplaces && !b->failed; i++) {
            add_variable(b, &b->place[i]);
        }
    }
    if (b->failed) {
        return;
    }
    for (size_t i = 0; i < b->nplaces && !m->summary; i++) {
        m->node[b->place[i].node].copy = 0;
    }
    number_sweep(m);
    span_magnitudes(m);
    hash_topology(m);
}

NbModel *nb_viz_model_new(NbVar *root, const NbVizHost *host, const NbVizStyle *style,
                          bool hide_grad, NbErr *err)
{
    const NbTape *tape = nb_graph_tape(root);
    if (!tape) {
        const NbErr *why = nb_ctx_err(nb_var_ctx(root));
        nb_fail(err, NB_EMEM, "%s", why->msg[0] ? why->msg : "out of memory drawing a graph");
        return NULL;
    }
    NbModel *m = calloc(1, sizeof *m);
    if (!m) {
        nb_fail(err, NB_EMEM, "out of memory drawing a graph");
        return NULL;
    }
    m->hide_grad = hide_grad;
    Builder b = {
        .m = m, .host = host, .style = style, .digits = nb_viz_picture_digits(style), .root = root};
    build(&b, tape);
    free(b.place);
    if (b.failed || m->texts.failed) {
        nb_fail(err, NB_EMEM, "out of memory drawing a graph");
        nb_viz_model_free(&m);
    }
    return m;
}

void nb_viz_model_free(NbModel **m)
{
    if (*m) {
        free((*m)->node);
        free((*m)->edge);
        free((*m)->tally);
        nb_viz_arena_free(&(*m)->texts);
        free(*m);
        *m = NULL;
    }
}

bool nb_viz_model_log_scale(const NbModel *m)
{
    return m->magnitude_min > 0 && m->magnitude_max / m->magnitude_min > 100;
}

double nb_viz_model_level(const NbModel *m, double magnitude)
{
    if (!isfinite(magnitude)) {
        return 1;
    }
    if (magnitude <= 0 || m->magnitude_max <= 0) {
        return 0;
    }
    if (!nb_viz_model_log_scale(m)) {
        return magnitude / m->magnitude_max;
    }
    double span = log(m->magnitude_max / m->magnitude_min);
    double level = log(magnitude / m->magnitude_min) / span;
    return 0.1 + 0.9 * level; /* 0 itself stays apart from the smallest gradient */
}
