/* model.c -- a snapshot of a graph for drawing: nodes with their texts, edges, state */
#include "model.h"

#include "base/mem.h"
#include "viz/picture/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#define COMPACT_ABOVE 12 /* nodes in the long form; beyond, operations stand inside the boxes */
#define COPY_ABOVE 60    /* nodes; beyond, much used leaves are drawn once per use */
#define COPY_USES 3
#define TEXT_MAX 160
#define FORMULA_MOST 30 /* bytes; longer formulas are cut to the operation: "linear" */
#define HEAT_ROWS 8
#define HEAT_COLS 24

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
    uint32_t depth; /* longest path from the leaves */
    uint32_t away;  /* shortest path to the root */
    uint32_t seen;  /* the last search that passed, see hidden_behind */
    int order;      /* in the backward sweep; 0 none */
    bool drawn, folded, deep;
} Place;

typedef struct Builder {
    NbModel *m;
    const NbVizStyle *style;
    NbTextStyle text; /* with the digits of pictures */
    NbVar *root;
    const NbPart *part;
    Place *place;
    size_t nplaces, ndrawn;
    Place **stack; /* of a search */
    uint32_t searches;
    size_t node_cap, edge_cap, heat_cap;
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

static bool is_listed(const uint64_t *list, size_t n, uint64_t serial)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == serial) {
            return true;
        }
    }
    return false;
}

/* From the root back, users before inputs: what is drawn, and where the picture ends. */
static void choose_drawn(Builder *b)
{
    const NbPart *part = b->part;
    find_place(b, b->root)->drawn = true;
    for (size_t i = b->nplaces; i-- > 0;) {
        Place *p = &b->place[i];
        int n = nb_var_op(p->var) ? nb_var_inputs(p->var) : 0;
        if (!p->drawn) {
            continue;
        }
        b->ndrawn++;
        p->deep = part->depth > 0 && p->away >= (uint32_t)part->depth && n > 0 &&
                  !is_listed(part->open, part->nopen, p->serial);
        p->folded = n > 0 && (p->deep || is_listed(part->fold, part->nfold, p->serial));
        for (int k = 0; k < n && !p->folded; k++) {
            NbArg arg = nb_var_input(p->var, k);
            Place *in = arg.var ? find_place(b, arg.var) : NULL;
            if (in && (!in->drawn || p->away + 1 < in->away)) {
                in->drawn = true;
                in->away = p->away + 1;
            }
        }
    }
}

/* Uses of each variable, places in the sweep, depth and breadth of what is drawn. */
static void survey(Builder *b)
{
    size_t breadth[256] = {0};
    int inner = 0;
    for (size_t i = 0; i < b->nplaces; i++) {
        Place *p = &b->place[i];
        int n = p->drawn && !p->folded && nb_var_op(p->var) ? nb_var_inputs(p->var) : 0;
        inner += nb_var_op(p->var) != NULL;
        for (int k = 0; k < n; k++) {
            NbArg arg = nb_var_input(p->var, k);
            Place *in = arg.var ? find_place(b, arg.var) : NULL;
            if (in) {
                in->users++;
                p->depth = in->depth + 1 > p->depth ? in->depth + 1 : p->depth;
            }
        }
        if (p->drawn) {
            b->m->depth = p->depth + 1 > b->m->depth ? p->depth + 1 : b->m->depth;
            breadth[p->depth < 256 ? p->depth : 255]++;
        }
    }
    for (size_t i = 0; i < b->nplaces; i++) { /* the sweep goes from the newest */
        b->place[i].order = nb_var_op(b->place[i].var) ? inner-- : 0;
    }
    for (int i = 0; i < 255; i++) {
        b->m->breadth = breadth[i] > b->m->breadth ? breadth[i] : b->m->breadth;
    }
}

static uint32_t add_node(Builder *b, const NbNode *node)
{
    NbModel *m = b->m;
    if (!nb_grow(&m->node, &b->node_cap, m->nnodes + 1, sizeof *m->node)) {
        b->failed = true;
        return 0;
    }
    m->node[m->nnodes] = *node;
    return (uint32_t)m->nnodes++;
}

static NbEdge *add_edge(Builder *b, uint32_t from, uint32_t to)
{
    NbModel *m = b->m;
    if (!nb_grow(&m->edge, &b->edge_cap, m->nedges + 1, sizeof *m->edge)) {
        b->failed = true;
        return NULL;
    }
    m->edge[m->nedges] = (NbEdge){.from = from, .to = to};
    return &m->edge[m->nedges++];
}

static int add_heat(Builder *b, const NbVar *v)
{
    NbModel *m = b->m;
    NbTensor tmp;
    if (nb_var_is_scalar(v)) {
        return 0;
    }
    if (!nb_grow(&m->heat, &b->heat_cap, m->nheats + 1, sizeof *m->heat) ||
        !nb_viz_heat(nb_var_data(v, &tmp), HEAT_ROWS, HEAT_COLS, &m->heat[m->nheats])) {
        b->failed = true;
        return 0;
    }
    return m->heat[m->nheats].rows > 0 ? (int)++m->nheats : 0;
}

static NbNode describe(Builder *b, NbVar *v)
{
    char buf[TEXT_MAX];
    NbArena *texts = &b->m->texts;
    NbNode n = {.var = v, .serial = nb_var_serial(v), .op = "", .grad = ""};
    bool inner = nb_var_op(v) != NULL;
    n.does = nb_var_op(v);
    n.kind = inner ? NB_NODE_INNER : nb_var_tracked(v) ? NB_NODE_LEAF : NB_NODE_CONST;
    n.root = v == b->root;
    n.scalar = nb_var_is_scalar(v);
    n.heat = b->style->heat ? add_heat(b, v) : 0;
    n.label = nb_viz_arena_text(texts, nb_text_label(b->text, v, buf, sizeof buf));
    n.value = nb_viz_arena_text(texts, nb_viz_text_value(b->text, v, buf, sizeof buf));
    n.stale = inner && b->m->stale && nb_var_stale(v, NULL, 0, NULL);
    if (nb_var_tracked(v)) {
        n.grad = nb_viz_arena_text(texts, nb_viz_text_grad(b->text, v, buf, sizeof buf));
        n.aged = nb_var_grad_stale(v, NULL, 0, NULL);
        n.has_grad = nb_var_has_grad(v) && !n.aged;
        n.magnitude = nb_viz_grad_magnitude(v);
    }
    return n;
}

/* From 1, in the order of creation; the same however much is drawn. */
static int number_of(const Builder *b, const Place *p)
{
    return (int)(p - b->place) + 1;
}

/* The box an operand's edge starts from: a further copy of a much used leaf when it is worth it. */
static uint32_t source_of(Builder *b, const Place *user, int i)
{
    char buf[TEXT_MAX];
    NbArg arg = nb_var_input(user->var, i);
    if (!arg.var) {
        nb_format_number(arg.num, b->text.digits, buf, sizeof buf);
        const char *text = nb_viz_arena_text(&b->m->texts, buf);
        return add_node(b, &(NbNode){.kind = NB_NODE_NUMBER,
                                     .number = number_of(b, user),
                                     .copy = i + 1,
                                     .label = "",
                                     .op = "",
                                     .grad = "",
                                     .value = text});
    }
    Place *p = find_place(b, arg.var);
    if (!p) {
        b->failed = true;
        return 0;
    }
    NbModel *m = b->m;
    bool leaf = m->node[p->node].kind != NB_NODE_INNER;
    if (!leaf || b->style->whole || b->ndrawn <= COPY_ABOVE || p->users <= COPY_USES) {
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

/* --- folded nodes --- */

/* Searches behind a folded node: leaves how many nodes are there and not drawn; nodes that are
 * drawn all the same get an edge to it. */
static size_t hidden_behind(Builder *b, Place *from, uint32_t target)
{
    size_t hidden = 0, n = 0;
    uint32_t search = ++b->searches;
    b->stack[n++] = from;
    from->seen = search;
    while (n > 0 && !b->failed) {
        const Place *p = b->stack[--n];
        int inputs = nb_var_op(p->var) ? nb_var_inputs(p->var) : 0;
        for (int k = 0; k < inputs; k++) {
            NbArg arg = nb_var_input(p->var, k);
            Place *in = arg.var ? find_place(b, arg.var) : NULL;
            if (!in || in->seen == search) {
                continue;
            }
            in->seen = search;
            if (in->drawn) {
                NbEdge *e = add_edge(b, in->node, target);
                if (e) {
                    e->loose = true;
                }
            } else {
                hidden++;
                b->stack[n++] = in;
            }
        }
    }
    return hidden;
}

static void add_folded(Builder *b, Place *p, NbNode *n)
{
    char text[64];
    n->folded = true;
    n->deep = p->deep;
    p->node = add_node(b, n);
    size_t hidden = hidden_behind(b, p, p->node);
    snprintf(text, sizeof text, "… %zu behind", hidden);
    if (!b->failed) {
        b->m->node[p->node].hidden = hidden;
        b->m->node[p->node].op = nb_viz_arena_text(&b->m->texts, hidden ? text : "… folded");
    }
}

/* --- nodes and edges --- */

/* The edge from an operand to where it is used, through its local derivative when that is shown. */
static void add_use(Builder *b, const Place *p, int i, uint32_t target)
{
    char buf[TEXT_MAX];
    NbArg arg = nb_var_input(p->var, i);
    uint32_t from = source_of(b, p, i);
    bool local = b->part->locals && arg.var && nb_var_takes_grad(arg.var) &&
                 nb_var_takes_grad(p->var);
    buf[0] = '\0';
    if (local) {
        nb_viz_text_local(b->text, p->var, i, buf, sizeof buf);
    }
    if (!buf[0]) {
        add_edge(b, from, target);
        return;
    }
    NbNode n = {.kind = NB_NODE_LOCAL,
                .serial = p->serial,
                .source = from,
                .label = "",
                .op = "",
                .grad = "",
                .value = nb_viz_arena_text(&b->m->texts, buf)};
    uint32_t middle = add_node(b, &n);
    NbEdge *e = add_edge(b, from, middle);
    if (e) {
        e->bare = true;
    }
    add_edge(b, middle, target);
}

static uint32_t add_operation(Builder *b, const Place *p)
{
    char buf[TEXT_MAX];
    const char *sign = op_sign(p->var, b->style->show_constants, b->text.digits, buf, sizeof buf);
    NbNode op = {.kind = NB_NODE_OP,
                 .number = number_of(b, p),
                 .serial = p->serial,
                 .var = p->var,
                 .order = p->order,
                 .label = "",
                 .value = "",
                 .grad = "",
                 .op = nb_viz_arena_text(&b->m->texts, sign)};
    return add_node(b, &op);
}

static void add_variable(Builder *b, Place *p)
{
    char buf[TEXT_MAX];
    NbNode n = describe(b, p->var);
    int inputs = n.kind == NB_NODE_INNER ? nb_var_inputs(p->var) : 0;
    bool numbers = b->style->show_constants;
    uint32_t target;
    n.order = p->order;
    n.number = number_of(b, p);
    if (p->folded) {
        add_folded(b, p, &n);
        return;
    }
    if (n.kind == NB_NODE_INNER && !b->m->compact) {
        target = add_operation(b, p);
        p->node = add_node(b, &n);
        add_edge(b, target, p->node);
    } else {
        if (n.kind == NB_NODE_INNER) {
            const char *text = nb_viz_text_op(b->text, p->var, buf, sizeof buf);
            if (strlen(text) > FORMULA_MOST) {
                text = op_sign(p->var, false, b->text.digits, buf, sizeof buf);
            }
            n.op = nb_viz_arena_text(&b->m->texts, text);
        }
        p->node = target = add_node(b, &n);
    }
    for (int i = 0; i < inputs && !b->failed; i++) {
        NbArg arg = nb_var_input(p->var, i);
        if (arg.var || numbers) {
            add_use(b, p, i, target);
        }
    }
}

static void span_magnitudes(NbModel *m)
{
    for (size_t i = 0; i < m->nnodes; i++) {
        double a = m->node[i].magnitude;
        m->aged |= m->node[i].aged;
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
    mix(&h, m->hide_grad && !m->sheet);
    mix(&h, m->locals);
    for (size_t i = 0; i < m->nnodes; i++) {
        const NbNode *n = &m->node[i];
        mix(&h, (uint64_t)n->kind + (n->root ? 16 : 0) + (n->folded ? 32 : 0));
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
            if (!nb_grow(&m->tally, &cap, m->ntally + 1, sizeof *m->tally)) {
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

/* Every variable with its place; false when out of memory. */
static bool prepare(Builder *b, const NbTape *tape)
{
    if (!collect(b, tape)) {
        return false;
    }
    b->stack = calloc(b->nplaces + 1, sizeof *b->stack);
    if (!b->stack) {
        return false;
    }
    choose_drawn(b);
    survey(b);
    return true;
}

/* Nodes a picture with operations of their own would have. */
static size_t long_form(const Builder *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->nplaces; i++) {
        const Place *p = &b->place[i];
        bool two = nb_var_op(p->var) && !p->folded;
        n += !p->drawn ? 0 : two ? 2 : 1;
    }
    return n;
}

static void build(Builder *b, const NbTape *tape)
{
    NbModel *m = b->m;
    if (!prepare(b, tape)) {
        b->failed = true;
        return;
    }
    m->variables = b->nplaces;
    m->hidden = b->nplaces - b->ndrawn;
    m->leaves = tape->nleaves;
    m->consts = tape->nother;
    m->stale = nb_var_stale(b->root, NULL, 0, NULL);
    m->locals = b->part->locals;
    m->reserve = b->part->reserve ? b->text.digits : -1;
    m->compact = !b->style->whole && long_form(b) > COMPACT_ABOVE;
    m->summary = b->ndrawn > NB_MODEL_MAX && !b->part->listed;
    if (m->summary) {
        build_summary(b);
    } else {
        for (size_t i = 0; i < b->nplaces && !b->failed; i++) {
            if (b->place[i].drawn) {
                add_variable(b, &b->place[i]);
            }
        }
    }
    if (b->failed) {
        return;
    }
    for (size_t i = 0; i < b->nplaces && !m->summary; i++) {
        if (b->place[i].drawn) {
            m->node[b->place[i].node].copy = 0;
        }
    }
    span_magnitudes(m);
    hash_topology(m);
}

NbModel *nb_viz_model_part(NbVar *root, const NbVizStyle *style, bool hide_grad, const NbPart *part,
                           NbErr *err)
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
    m->hide_grad = hide_grad || style->hide_grad;
    Builder b = {
        .m = m, .style = style, .text = nb_viz_picture_text(style), .root = root, .part = part};
    build(&b, tape);
    free(b.place);
    free(b.stack);
    if (b.failed || m->texts.failed) {
        nb_fail(err, NB_EMEM, "out of memory drawing a graph");
        nb_viz_model_free(&m);
    }
    return m;
}

NbModel *nb_viz_model_new(NbVar *root, const NbVizStyle *style, bool hide_grad, NbErr *err)
{
    static const NbPart all = {0};
    return nb_viz_model_part(root, style, hide_grad, &all, err);
}

/* "2·x = 4" keeps its symbols. */
static const char *symbols_alone(NbModel *m, const char *local)
{
    char text[200];
    const char *number = strstr(local, " = ");
    snprintf(text, sizeof text, "%.*s", number ? (int)(number - local) : 0, local);
    return nb_viz_arena_text(&m->texts, text);
}

void nb_viz_model_sheet(NbModel *m, bool values, NbVar *const *named, int n)
{
    m->sheet = true;
    for (size_t i = 0; i < m->nnodes; i++) {
        NbNode *node = &m->node[i];
        bool inner = node->kind == NB_NODE_INNER, box = inner || node->kind == NB_NODE_LEAF;
        for (int k = 0; box && k < n; k++) {
            if (named[k] == node->var) {
                node->blank_value = node->blank_grad = true;
            }
        }
        node->blank_value = node->blank_value || (values && inner);
        if (node->kind == NB_NODE_LOCAL && (values || n > 0)) {
            node->value = symbols_alone(m, node->value);
        }
    }
    hash_topology(m);
}

bool nb_viz_model_grades(const NbModel *m, const NbNode *n)
{
    return n->has_grad && !m->hide_grad && !n->blank_grad;
}

const char *nb_viz_node_id(const NbNode *n, char *buf, size_t cap)
{
    if (n->kind == NB_NODE_NUMBER) {
        snprintf(buf, cap, "k%d_%d", n->number, n->copy);
    } else if (n->kind != NB_NODE_OP && n->copy > 0) {
        snprintf(buf, cap, "n%d_%d", n->number, n->copy);
    } else {
        snprintf(buf, cap, "%c%d", n->kind == NB_NODE_OP ? 'o' : 'n', n->number);
    }
    return buf;
}

void nb_viz_model_free(NbModel **pm)
{
    NbModel *m = *pm;
    if (m) {
        for (size_t i = 0; i < m->nheats; i++) {
            free(m->heat[i].cell);
        }
        free(m->heat);
        free(m->node);
        free(m->edge);
        free(m->tally);
        nb_viz_arena_free(&m->texts);
        free(m);
        *pm = NULL;
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
