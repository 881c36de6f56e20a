/* emit_checkpoint.c -- --ddp: loops that train and can go on where they were stopped */
#include "pytorch/internal.h"

#define NAMES 64

/* What a loop changes. */
typedef struct Changes {
    Trans *T;
    const Node *loop;
    int name[NAMES], place[NAMES]; /* symbols given other values; written in place */
    int names, places;
    bool steps;
    const char *why; /* that it cannot be taken up again; NULL */
} Changes;

static void add(Changes *c, int *list, int *n, int symbol)
{
    for (int i = 0; i < *n; i++) {
        if (list[i] == symbol) {
            return;
        }
    }
    if (*n == NAMES) {
        c->why = "it changes too many names";
        return;
    }
    list[(*n)++] = symbol;
}

/* The name had a value when the loop began. */
static bool bound_before(const Changes *c, int symbol)
{
    const Trans *T = c->T;
    for (int i = 0; i < T->p->n && T->p->stmt[i]->start < c->loop->start; i++) {
        if (emit_binds(T->p->stmt[i], symbol)) {
            return true;
        }
    }
    return false;
}

/* Each pass gives it a value before it is looked at. */
static bool is_fresh(const Changes *c, int symbol)
{
    const Node *body = c->loop->kind == N_FOR ? c->loop->kid[c->loop->n - 1] : c->loop->b;
    for (int i = 0; i < body->n; i++) {
        const Node *n = body->kid[i];
        if (n->kind == N_ASSIGN && emit_binds(n, symbol)) {
            return !emit_mentions(n->b, symbol);
        }
        if (emit_mentions(n, symbol)) {
            return false;
        }
    }
    return false;
}

static void bound(Changes *c, const Node *to, const Site *s)
{
    const unsigned objects = K_MODEL | K_OPT | K_LOADER | K_FUNC | K_HOOK;
    if (to->kind != N_GLOBAL) {
        return; /* a setting of an optimizer is saved with it */
    }
    const Val *v = tr_info(c->T, to)->val;
    bool graph = v && (v->share || v->from || (s && s->leaf));
    if (v && v->kinds & objects) {
        c->why = "it makes objects";
    } else if (graph && bound_before(c, to->sym) && !is_fresh(c, to->sym)) {
        c->why = tr_fmt(c->T, "%s keeps its graph or its share from pass to pass",
                        tr_symbol(c->T, to->sym));
    } else if (!graph) {
        add(c, c->name, &c->names, to->sym);
    }
}

static void written(Changes *c, const Node *to)
{
    if (to->kind == N_TUPLE) {
        for (int i = 0; i < to->n; i++) {
            written(c, to->kid[i]);
        }
        return;
    }
    while (to->kind == N_INDEX || to->kind == N_ATTR) {
        to = to->a;
    }
    if (to->kind == N_GLOBAL && !(kinds_of(c->T, to) & (K_MODEL | K_OPT))) {
        add(c, c->place, &c->places, to->sym);
    }
}

static void changes(Changes *c, const Node *n, int depth);

static void call(Changes *c, const Node *n, int depth)
{
    const CallInfo *info = n->call;
    if (info->row && strcmp(info->row->name, "step") == 0) {
        c->steps = true;
    }
    const Info *in = info->row ? NULL : tr_info(c->T, info->callee);
    const Node *def = in && in->val ? in->val->def : NULL;
    if (def && depth == 8) {
        c->why = "functions call each other too deeply";
    } else if (def) {
        changes(c, def->def->body, depth + 1);
    }
}

static void changes(Changes *c, const Node *n, int depth)
{
    if (!n || n->kind == N_DEF) {
        return;
    }
    if (n->kind == N_CALL) {
        call(c, n, depth);
    } else if (n->kind == N_WRITE && depth > 0) {
        c->why = "a function writes tensors";
    } else if (n->kind == N_WRITE) {
        written(c, n->a);
    } else if ((n->kind == N_ASSIGN || n->kind == N_CONST) && depth == 0) {
        int id = tr_info(c->T, n)->id, many = n->a->kind == N_TUPLE ? n->a->n : 1;
        for (int i = 0; i < many; i++) {
            bound(c, many > 1 || n->a->kind == N_TUPLE ? n->a->kid[i] : n->a,
                  id < 0 ? NULL : &c->T->site[id + i]);
        }
    }
    for (int i = 0; i < n->n; i++) {
        changes(c, n->kid[i], depth);
    }
    changes(c, n->a, depth);
    changes(c, n->b, depth);
}

/* What a call leaves in a model for the next is in no state_dict. */
static bool has_memory(const Trans *T)
{
    for (size_t i = 0; i < T->ninfo; i++) {
        const Node *n = T->info[i].node;
        const char *name = n && n->kind == N_CALL ? tr_callee(T, n) : NULL;
        if (name && flow_is_in(name, "rnn lstm lstm_model")) {
            return true;
        }
    }
    return false;
}

/* Names of models, or of optimizers, when the loop begins. */
static const char *objects(const Changes *c, unsigned kind, int *count)
{
    Trans *T = c->T;
    const char *s = "";
    Changes found = {.T = T};
    for (int i = 0; i < T->p->n && T->p->stmt[i]->start < c->loop->start; i++) {
        const Node *n = T->p->stmt[i];
        int many = n->kind != N_ASSIGN && n->kind != N_CONST ? 0
                   : n->a->kind == N_TUPLE                   ? n->a->n
                                                             : 1;
        for (int k = 0; k < many; k++) {
            const Node *to = n->a->kind == N_TUPLE ? n->a->kid[k] : n->a;
            const Val *v = to->kind == N_GLOBAL ? tr_info(T, to)->val : NULL;
            if (v && v->kinds == kind) {
                add(&found, found.name, &found.names, to->sym);
            }
        }
    }
    for (int i = 0; i < found.names; i++) {
        s = tr_fmt(T, "%s%s%s", s, i ? ", " : "", emit_name(T, found.name[i]));
    }
    *count = found.names;
    return tr_fmt(T, "[%s]", s);
}

/* Calls that make optimizers, wherever they stand. */
static int optimizers_made(const Trans *T)
{
    int n = 0;
    for (size_t i = 0; i < T->ninfo; i++) {
        const Node *call = T->info[i].node;
        const char *name = call && call->kind == N_CALL ? tr_callee(T, call) : NULL;
        n += name && nb_opt_rule_find(name) && T->info[i].val;
    }
    return n;
}

static const char *quoted(Trans *T, const char *s, const char *name)
{
    return tr_fmt(T, "%s%s\"%s\"", s, *s ? ", " : "", name);
}

static const char *names(const Changes *c)
{
    Trans *T = c->T;
    const char *s = "";
    for (int i = 0; i < c->names; i++) {
        s = quoted(T, s, emit_name(T, c->name[i]));
    }
    for (int i = 0; i < T->nrecord; i++) {
        s = T->recorded[i] ? quoted(T, s, emit_values(T, T->record[i])) : s;
    }
    return tr_fmt(T, "[%s]", T->nwatch > 0 ? quoted(T, s, "step") : s);
}

static const char *places(const Changes *c)
{
    const char *s = "";
    for (int i = 0; i < c->places; i++) {
        s = quoted(c->T, s, emit_name(c->T, c->place[i]));
    }
    return *s ? tr_fmt(c->T, ", [%s]", s) : "";
}

const char *emit_checkpointed(Trans *T, const Node *loop, const char *passes)
{
    if (!T->o->ddp || T->o->notebook || T->nloop > 0) {
        return passes;
    }
    Changes c = {.T = T, .loop = loop};
    changes(&c, loop->kind == N_FOR ? loop->kid[loop->n - 1] : loop->b, 0);
    if (!c.steps) {
        return passes;
    }
    if (T->indent > 0) {
        c.why = "it stands in a function or a block";
    } else if (!c.why && loop->kind == N_FOR && loop->kid[loop->n - 2]->kind != N_RANGE) {
        c.why = "it does not count its passes";
    } else if (!c.why && has_memory(T)) {
        c.why = "recurrent layers remember what came before";
    }
    int nmodels, nopts;
    const char *models = objects(&c, K_MODEL, &nmodels), *opts = objects(&c, K_OPT, &nopts);
    if (!c.why && (nopts == 0 || nopts != optimizers_made(T))) {
        c.why = "not every optimizer has a name before it";
    }
    if (c.why) {
        int line, col;
        program_position(T->p, loop->start, &line, &col);
        if (T->notes) {
            fprintf(T->notes, "%s:%d:%d: note: no checkpoints of this loop: %s\n", T->p->file, line,
                    col, c.why);
        }
        return passes;
    }
    return tr_fmt(T, "checkpointed(%s, %s, %s, %s%s)", passes, models, opts, names(&c), places(&c));
}
