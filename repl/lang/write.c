/* write.c -- writing in place: x := 3, w[0, 1] := 3, x, y := y, x, attributes of objects */
#include "lang/internal.h"

/* One value going to one place. */
typedef struct Write {
    const Node *at; /* the statement */
    const Node *to, *from;
} Write;

static bool keep_before(Interp *I, const Write *w, Value now, Value *before)
{
    if (!before) {
        return true;
    }
    if (now.tag == V_VAR) {
        NbVar *c = nb_var_detach(now.var);
        if (!c) {
            return interp_fail_ctx(I, w->at);
        }
        *before = interp_wrap(I, c, true);
    } else {
        *before = ref(now);
    }
    return true;
}

static bool write_var(Interp *I, const Write *w, NbVar *to, const NbTensor *value)
{
    if (nb_var_assign(to, value) == NB_OK) {
        return true;
    }
    char buf[64], have[160], give[160];
    if (nb_ctx_err(I->ctx)->code != NB_ESHAPE) {
        return interp_fail_ctx(I, w->at);
    }
    nb_err_clear(nb_ctx_err(I->ctx));
    const char *name = interp_text(I, w->to, buf, sizeof buf);
    interp_fail(I, w->at, NB_ESHAPE, ":=: %s has shape %s, the new value %s", name,
                nb_shape_text(nb_var_shape(to), have, sizeof have),
                nb_shape_text(&value->shape, give, sizeof give));
    return interp_hint(I, "%s = … binds the name to a new value of any shape", name);
}

static bool not_writable(Interp *I, const Write *w, Value v)
{
    char buf[64];
    const char *name = interp_text(I, w->to, buf, sizeof buf);
    if (v.tag == V_CONST || v.tag == V_NUM) {
        interp_fail(I, w->at, NB_ETYPE,
                    ":= writes variables and const values; %s is a plain number", name);
    } else {
        interp_fail(I, w->at, NB_ETYPE, ":= writes variables and const values; %s is %s", name,
                    value_kind(v));
    }
    if (w->to->kind == N_INDEX) { /* a part has no other way */
        return false;
    }
    return interp_loops_over(I, w->to)
               ? interp_hint(I, "the loop gives %s its values; %s = … holds until the next pass",
                             name, name)
               : interp_hint(I, "%s = …", name);
}

/* The place a write goes to: a variable, or an attribute of base. */
typedef struct Place {
    Value base; /* owned: the variable, or the object of an attribute */
    bool attr, part;
    NbAttrs index; /* of a part */
} Place;

static bool attr_place(Interp *I, const Node *t, Place *p)
{
    p->base = interp_value(I, t->a);
    if (p->base.tag == V_OBJ) { /* m.linear[0].w is a variable: write into it */
        Value v = NONE;
        p->attr = true;
        if (p->base.obj->cls->get && p->base.obj->cls->get(I, p->base.obj, t->attr, &v) &&
            v.tag == V_VAR) {
            unref(&p->base);
            p->base = v;
            p->attr = false;
        } else {
            value_unref(&v);
        }
        return !I->failed;
    }
    p->attr = t->id != A_DATA;
    return p->base.tag != V_UNSET;
}

/* Parts of x.data are parts of x: what is read there is a copy. */
static const Node *whole_of(const Node *part)
{
    const Node *whole = part->a;
    while (whole->kind == N_ATTR && whole->id == A_DATA) {
        whole = whole->a;
    }
    return whole;
}

/* x.data[0][1]: what is written into is gone afterwards. */
static bool in_copy(Interp *I, const Node *t)
{
    for (const Node *n = whole_of(t); n->kind == N_INDEX; n = n->a) {
        if (n->a->kind == N_ATTR && n->a->id == A_DATA) {
            interp_fail(I, t, NB_ETYPE, ":=: this is a part of a copy");
            return !interp_hint(I, "all places in one bracket, as in x[0, 1] := …");
        }
    }
    return false;
}

static bool find_place(Interp *I, const Write *w, Place *p)
{
    const Node *t = w->to;
    if (t->kind == N_INDEX) {
        if (in_copy(I, t)) {
            return false;
        }
        p->base = interp_value(I, whole_of(t));
        if (p->base.tag == V_VAR) {
            p->part = interp_read_index(I, t, p->base, &p->index);
            return p->part;
        }
        if (p->base.tag == V_LIST) { /* the item itself is written */
            unref(&p->base);
            p->base = interp_value(I, t);
        }
        return p->base.tag != V_UNSET;
    }
    if (t->kind == N_ATTR) {
        return attr_place(I, t, p);
    }
    p->base = interp_value(I, t);
    return p->base.tag != V_UNSET;
}

static bool write_value(Interp *I, const Write *w, Place *p, Value v)
{
    if (p->attr) {
        return interp_set_attr(I, w->to, p->base, v);
    }
    if (p->base.tag != V_VAR) {
        return not_writable(I, w, p->base);
    }
    NbArg in;
    NbVar *made;
    if (!interp_operand(I, w->from, ":=", v, &in, &made)) {
        return false;
    }
    NbTensor tmp, scalar = nb_tensor_scalar(&in.num);
    const NbTensor *t = in.var ? nb_var_data(in.var, &tmp) : &scalar;
    bool ok;
    if (p->part) {
        ok = nb_var_assign_part(p->base.var, &p->index, t) == NB_OK || interp_fail_ctx(I, w->to);
    } else {
        ok = write_var(I, w, p->base.var, t);
    }
    nb_var_unref(&made);
    return ok;
}

static bool look(Interp *I, const Write *w, Value *v, bool copy)
{
    Value now = interp_value(I, w->to);
    bool ok = now.tag != V_UNSET && keep_before(I, w, now, copy ? v : NULL);
    if (ok && !copy) {
        *v = now;
        return true;
    }
    unref(&now);
    return ok;
}

/* A name without a value, which no label stands for either. */
static bool nothing_there(Interp *I, const Node *to)
{
    if (to->kind == N_GLOBAL && I->sym[to->id].value.tag == V_UNSET) {
        const Symbol *s = &I->sym[to->id];
        Value shown = UNSET;
        if (s->constant || s->op || s->row || !I->host.find_label(I->host.user, s->name, &shown)) {
            const char *name = I->sym[to->id].name; /* looking for labels may add symbols */
            interp_fail(I, to, NB_ENAME, "%s has no value to write into", name);
            interp_hint(I, "%s = … makes it", name);
            return true;
        }
        unref(&shown);
    }
    return false;
}

/* Writes v, borrowed. */
static bool write_one(Interp *I, const Write *w, Value v, Value *before, Value *after)
{
    if (nothing_there(I, w->to)) {
        return false;
    }
    Place p = {.base = UNSET};
    bool ok = find_place(I, w, &p);
    if (ok && before) {
        ok = look(I, w, before, true);
    }
    ok = ok && write_value(I, w, &p, v);
    if (ok && !p.attr && I->loops == 0) {
        I->host.written(I->host.user, p.base.var);
    }
    if (ok && after) {
        ok = look(I, w, after, false);
    }
    if (p.part) {
        interp_index_free(&p.index);
    }
    unref(&p.base);
    return ok;
}

/* A value that later writes of the same statement do not change. */
static Value settled(Interp *I, const Node *from)
{
    Value v = interp_value(I, from);
    if (v.tag == V_VAR) {
        NbVar *copy = nb_var_detach(v.var);
        unref(&v);
        v = copy ? interp_wrap(I, copy, true) : UNSET;
        if (!copy) {
            interp_fail_ctx(I, from);
        }
    }
    return v;
}

/* x, y := y, x: the right sides first. */
static bool write_many(Interp *I, const Node *n, Outcome *out)
{
    int count = n->a->n, have = 0;
    if (I->limit - I->top < count) {
        return interp_fail(I, n, NB_EMEM, "too many names");
    }
    Value *v = I->top;
    bool ok = true;
    I->top += count;
    for (; have < count && ok; have += ok) {
        v[have] = settled(I, n->b->kid[have]);
        ok = v[have].tag != V_UNSET;
    }
    for (int i = 0; i < have; i++) {
        Write w = {n, n->a->kid[i], n->b->kid[i]};
        bool kept = out && i < out->n;
        ok = ok && write_one(I, &w, v[i], kept ? &out->item[i].before : NULL,
                             kept ? &out->item[i].after : NULL);
        unref(&v[i]);
    }
    I->top = v;
    return ok;
}

/* x += y of a variable y would lose where y came from: not what a sum is meant to do. */
NOINLINE static bool refuse_variable(Interp *I, const Node *n, Value v)
{
    if (v.tag != V_VAR || !nb_var_tracked(v.var)) {
        return true;
    }
    char to[64], by[64];
    const char *name = interp_text(I, n->a, to, sizeof to);
    const char *what = interp_text(I, n->b->b, by, sizeof by);
    const bool single = interp_path(n->b->b);
    const char *sign = n->b->op->symbol;
    interp_fail(I, n->b->b, NB_ETYPE, "%s %s= … writes values alone, and %s is a variable", name,
                sign, what);
    return interp_hint(I, "%s = %s %s %s%s%s records it; %s %s= %s%s%s.data writes the value", name,
                       name, sign, single ? "" : "(", what, single ? "" : ")", name, sign,
                       single ? "" : "(", what, single ? "" : ")");
}

/* What x += y cannot write into can be bound again. */
NOINLINE static void bind_hint(Interp *I, const Node *n)
{
    char to[64], by[64];
    const char *name = interp_text(I, n->a, to, sizeof to);
    I->error.err.hint[0] = '\0';
    interp_hint(I, "%s = %s %s %s", name, name, n->b->op->symbol,
                interp_text(I, n->b->b, by, sizeof by));
}

bool interp_write(Interp *I, const Node *n, Outcome *out)
{
    if (n->a->kind == N_TUPLE) {
        return write_many(I, n, out);
    }
    Write w = {n, n->a, n->b};
    const bool update = n->flags & NF_UPDATE;
    Value v = interp_value(I, n->b);
    bool ok = v.tag != V_UNSET && (!update || refuse_variable(I, n, v));
    if (ok) {
        ok = write_one(I, &w, v, out ? &out->item[0].before : NULL,
                       out ? &out->item[0].after : NULL);
        if (!ok && update && n->a->kind != N_INDEX && !interp_loops_over(I, n->a)) {
            bind_hint(I, n);
        }
    }
    unref(&v);
    return ok;
}
