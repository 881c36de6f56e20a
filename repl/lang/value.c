/* value.c -- counted strings, lists, ranges and functions of the language */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lang/internal.h"

Value value_ref(Value v)
{
    switch (v.tag) {
    case V_VAR: nb_var_ref(v.var); break;
    case V_STR: v.str->refs++; break;
    case V_LIST: v.list->refs++; break;
    case V_RANGE: v.range->refs++; break;
    case V_FUNC: v.func->refs++; break;
    case V_OBJ: v.obj->refs++; break;
    default: break;
    }
    return v;
}

/* Depth is limited by list_push. */
static void list_free(List *l)
{
    for (int i = 0; i < l->n; i++) {
        value_unref(&l->item[i]);
    }
    free(l->item);
    free(l);
}

static void obj_free(Obj *o)
{
    if (o->cls->free) {
        o->cls->free(o);
    } else {
        free(o);
    }
}

void value_unref(Value *p)
{
    ValueTag tag = p->tag;
    if (tag <= V_VAR) {
        p->tag = V_UNSET;
        if (tag == V_VAR) {
            nb_var_unref(&p->var);
        }
        return;
    }
    Value v = value_of(tag, p->bits);
    p->tag = V_UNSET;
    switch (tag) {
    case V_STR:
        if (--v.str->refs == 0) {
            free(v.str);
        }
        break;
    case V_LIST:
        if (--v.list->refs == 0) {
            list_free(v.list);
        }
        break;
    case V_RANGE:
        if (--v.range->refs == 0) {
            free(v.range);
        }
        break;
    case V_FUNC:
        if (--v.func->refs == 0) {
            program_unref(&v.func->program);
            free(v.func);
        }
        break;
    case V_OBJ:
        if (--v.obj->refs == 0) {
            obj_free(v.obj);
        }
        break;
    default: break;
    }
}

Value value_strn(const char *text, size_t len)
{
    Str *s = len < TEXT_MAX ? malloc(sizeof *s + len + 1) : NULL;
    if (!s) {
        return UNSET;
    }
    s->refs = 1;
    s->len = len;
    if (len > 0) {
        memcpy(s->text, text, len);
    }
    s->text[len] = '\0';
    return (Value){.tag = V_STR, .str = s};
}

Value value_str(const char *text)
{
    return value_strn(text, strlen(text));
}

Value value_list(int cap)
{
    List *l = calloc(1, sizeof *l);
    if (!l) {
        return UNSET;
    }
    l->refs = 1;
    if (cap > 0) {
        l->item = malloc((size_t)cap * sizeof(Value));
        if (!l->item) {
            free(l);
            return UNSET;
        }
        l->cap = (size_t)cap;
    }
    return (Value){.tag = V_LIST, .list = l};
}

bool list_push(List *l, Value v)
{
    int depth = v.tag == V_LIST ? v.list->depth + 1 : 0;
    if (depth > LIST_DEPTH) {
        value_unref(&v);
        return false;
    }
    if (l->n == INT_MAX || !nb_grow(&l->item, &l->cap, (size_t)l->n + 1, sizeof v)) {
        value_unref(&v);
        return false;
    }
    if (l->depth < depth) {
        l->depth = depth;
    }
    l->item[l->n++] = v;
    return true;
}

const char *value_kind(Value v)
{
    switch (v.tag) {
    case V_UNSET: return "nothing";
    case V_NONE: return "none";
    case V_NUM:
    case V_CONST: return "a number";
    case V_VAR: return nb_var_is_scalar(v.var) ? "a number" : "a tensor";
    case V_STR: return "a string";
    case V_LIST: return "a list";
    case V_RANGE: return "a range";
    case V_FUNC: return "a function";
    case V_OBJ: return v.obj->cls->name;
    }
    return "a value";
}

bool value_is_number(Value v)
{
    return inline_number(v) || (v.tag == V_VAR && nb_var_is_scalar(v.var));
}

double value_number(Value v)
{
    return v.tag == V_VAR ? nb_var_value(v.var) : v.num;
}
