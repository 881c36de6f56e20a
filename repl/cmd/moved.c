/* moved.c -- the optimizer that minimize makes when the session has none: what it moves */
#include "cmd/moved.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/token.h"
#include "objects/library.h"
#include "objects/optimizer.h"
#include "session/report.h"

#define MOST_OFFERED 64 /* leaves in the line to type */

/* --- rows of data --- */

/* A leaf could be rows of data when its first size is also that of another tensor it meets: as
 * operands of one operation, itself or what is computed from it row by row. */
typedef struct RowSearch {
    const NbTape *tape;
    bool *carried; /* of each node: its rows come from those of the leaf */
    const NbVar *leaf;
    int64_t rows;
} RowSearch;

static bool has_rows(const NbVar *v, int64_t rows)
{
    const NbShape *shape = nb_var_shape(v);
    return shape->rank > 0 && shape->dim[0] == rows;
}

static bool carries(const RowSearch *r, const NbVar *v)
{
    size_t i = nb_vars_find(r->tape->node, r->tape->nnodes, v);
    return v == r->leaf || (i < r->tape->nnodes && r->carried[i]);
}

static bool is_product(const NbOp *op)
{
    return op == nb_op_find("matmul") || op == nb_op_find("linear") || op == nb_op_find("dot");
}

/* Whether the rows of operand i are axis by axis those of operand k, not only as many. */
static bool aligned(const NbVar *node, const NbVar *a, const NbVar *b, int i, int k)
{
    const NbOp *op = nb_var_op(node);
    if (is_product(op)) {
        return i == 0 && k == 0;
    }
    return !(op->flags & NB_OP_ELEMENTWISE) || nb_var_shape(a)->rank == nb_var_shape(b)->rank;
}

/* Operand i of the node, which carries the leaf's rows, beside the others. */
static bool meets(const RowSearch *r, const NbVar *node, int i, bool strict)
{
    const NbVar *a = nb_var_input(node, i).var;
    for (int k = 0, n = nb_var_inputs(node); k < n; k++) {
        const NbVar *b = nb_var_input(node, k).var;
        if (k != i && b && b != a && has_rows(b, r->rows) && !carries(r, b) &&
            (!strict || aligned(node, a, b, i, k))) {
            return true;
        }
    }
    return false;
}

static bool could_be_rows(RowSearch *r, bool strict)
{
    const NbTape *t = r->tape;
    if (nb_var_shape(r->leaf)->rank == 0 || nb_var_shape(r->leaf)->dim[0] < 2) {
        return false;
    }
    r->rows = nb_var_shape(r->leaf)->dim[0];
    memset(r->carried, 0, t->nnodes * sizeof *r->carried);
    for (size_t j = 0; j < t->nnodes; j++) {
        const NbVar *node = t->node[j];
        for (int i = 0, n = nb_var_inputs(node); i < n; i++) {
            const NbVar *a = nb_var_input(node, i).var;
            if (!a || !has_rows(a, r->rows) || !carries(r, a)) {
                continue;
            }
            if (meets(r, node, i, strict)) {
                return true;
            }
            r->carried[j] |=
                has_rows(node, r->rows) &&
                (strict ? aligned(node, a, node, i, 0) : i == 0 || !is_product(nb_var_op(node)));
        }
    }
    return false;
}

/* --- what moves --- */

typedef struct Moved {
    Session *s;
    const NbTape *tape;
    Obj *obj;
    NbOptim *o;
    bool ok, any; /* a model is behind the root */
} Moved;

static bool holds_some(const Obj *o, const NbTape *t)
{
    for (size_t i = 0; i < t->nleaves; i++) {
        if (o->cls->holds && o->cls->holds(o, t->leaf[i])) {
            return true;
        }
    }
    return false;
}

static void add_models(Moved *m, Value v)
{
    for (int i = 0; v.tag == V_LIST && i < v.list->n; i++) {
        add_models(m, v.list->item[i]);
    }
    if (v.tag == V_OBJ && module_of(v.obj) && holds_some(v.obj, m->tape) && m->ok) {
        bool known = false;
        for (int i = 0, n = nb_optim_gather(m->o); i < n; i++) {
            known |= v.obj->cls->holds(v.obj, nb_optim_at(m->o, i));
        }
        m->any = true;
        m->ok = known || optim_add_module(m->obj, v);
    }
}

/* A parameter of a model that no name reaches: what a name may be does not fit its own. */
static bool is_hidden(const NbVar *leaf)
{
    const char *name = nb_var_name(leaf);
    const uint32_t len = name ? (uint32_t)strlen(name) : 0;
    Lexer lx;
    lexer_init(&lx, name ? name : "", len);
    return name && lexer_next(&lx).end != len;
}

static void add_leaves(Moved *m, bool hidden)
{
    for (size_t i = 0; m->ok && i < m->tape->nleaves; i++) {
        NbVar *v = m->tape->leaf[i];
        if (!hidden || (is_hidden(v) && nb_optim_position(m->o, v) < 0)) {
            m->any |= hidden;
            m->ok = nb_optim_add(m->o, v) == NB_OK;
        }
    }
}

/* --- refusing --- */

static void add_name(const Moved *m, Text *t, const NbVar *v, bool shape)
{
    char label[96], size[160];
    text_printf(t, "%s%s", t->len > 0 ? ", " : "", report_label(m->s, v, label, sizeof label));
    if (shape) {
        text_printf(t, " %s", nb_shape_text(nb_var_shape(v), size, sizeof size));
    }
}

/* `data` are those that could be rows. The line leaves out those whose rows go with others' row
 * by row; where that would leave none, it has all. */
static bool refuse(const Moved *m, RowSearch *r, const Node *arg, const Text *data, double lr)
{
    Text rest = text_in(m->s->lost), all = text_in(m->s->lost);
    char f[256];
    size_t few = m->tape->nleaves < MOST_OFFERED ? m->tape->nleaves : MOST_OFFERED;
    for (size_t i = 0; i < few; i++) {
        r->leaf = m->tape->leaf[i];
        add_name(m, &all, r->leaf, false);
        if (!could_be_rows(r, true)) {
            add_name(m, &rest, r->leaf, false);
        }
    }
    interp_text(m->s->interp, arg, f, sizeof f);
    interp_fail(m->s->interp, arg, NB_EVALUE,
                "minimize: no optimizer says what moves, and %s could be data", text_str(data));
    interp_hint(m->s->interp, "name what is to move: minimize %s, %s(%s, lr=%g)", f,
                nb_optim_rule(m->o)->name, text_str(rest.len > 0 ? &rest : &all), lr);
    text_free(&rest);
    text_free(&all);
    return false;
}

/* Data never moves silently. */
static bool check_leaves(const Moved *m, const Node *arg, double lr)
{
    const NbTape *t = m->tape;
    RowSearch r = {.tape = t, .carried = calloc(t->nnodes + 1, sizeof(bool))};
    Text data = text_in(m->s->lost);
    bool ok = r.carried != NULL, rows = false;
    for (size_t i = 0; ok && t->nleaves > 1 && i < t->nleaves; i++) {
        r.leaf = t->leaf[i];
        if (could_be_rows(&r, false)) {
            rows = true; /* whether or not there is memory to name it */
            add_name(m, &data, r.leaf, true);
        }
    }
    if (!ok) {
        interp_fail(m->s->interp, arg, NB_EMEM, "out of memory in minimize");
    } else if (rows) {
        ok = refuse(m, &r, arg, &data, lr);
    }
    text_free(&data);
    free(r.carried);
    return ok;
}

/* --- making it --- */

static const NbOptRule *first_rule(void)
{
    int i = 0;
    while (i < nb_opt_rule_count() - 1 && !(nb_opt_rule_at(i)->first_lr > 0)) {
        i++;
    }
    return nb_opt_rule_at(i);
}

static void say(const Moved *m, bool now)
{
    char text[256];
    report_object(m->s, m->obj, text, sizeof text);
    if (now) {
        session_say(m->s, "note: no optimizer in the session: %s", text);
    } else {
        session_note(m->s, "*default", "no optimizer in the session: %s", text);
    }
}

Obj *moved_optimizer(Session *s, NbVar *root, const Node *arg, bool now)
{
    const NbOptRule *rule = first_rule();
    Moved m = {.s = s, .tape = nb_graph_tape(root), .obj = optimizer_new(s->interp, rule)};
    m.o = m.obj ? optim_of(m.obj) : NULL;
    m.ok = m.o && m.tape;
    bool told = false;
    for (int i = 0, n = interp_symbols(s->interp); m.ok && i < n; i++) {
        add_models(&m, interp_get(s->interp, i));
    }
    add_leaves(&m, true);
    if (m.ok && !m.any) {
        told = !check_leaves(&m, arg, rule->first_lr);
        m.ok = !told;
        add_leaves(&m, false);
    }
    m.ok = m.ok && nb_optim_set(m.o, optim_lr(rule), rule->first_lr) == NB_OK;
    if (!m.ok) {
        Value v = m.obj ? (Value){.tag = V_OBJ, .obj = m.obj} : UNSET;
        value_unref(&v);
        if (!told) {
            interp_fail_ctx(s->interp, arg);
        }
        return NULL;
    }
    say(&m, now);
    return m.obj;
}
