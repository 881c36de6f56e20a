/* value.h -- values of the language: small tagged unions with inline doubles */
#ifndef NABLA_LANG_VALUE_H
#define NABLA_LANG_VALUE_H

#include <nabla/nabla.h>

typedef enum ValueTag {
    V_UNSET, /* option not given, local not assigned */
    V_NONE,
    V_NUM,   /* plain scalar, in .num */
    V_CONST, /* const scalar, in .num: a loop variable, x.grad, a comparison */
    V_VAR,   /* NbVar of any kind: plain tensor, const, leaf, inner */
    V_STR,
    V_LIST,
    V_RANGE, /* a:b:step */
    V_FUNC,  /* user function, or a builtin used as a value */
    V_OBJ    /* object of a class: optimizer, hook, module, loader */
} ValueTag;

typedef struct Str Str;
typedef struct List List;
typedef struct Range Range;
typedef struct Func Func;
typedef struct Obj Obj;

typedef struct Value {
    ValueTag tag;
    union {
        double num;
        uint64_t bits; /* whichever it is, for copying in halves: see internal.h */
        NbVar *var;
        Str *str;
        List *list;
        Range *range;
        Func *func;
        Obj *obj;
    };
} Value;

struct Str {
    uint32_t refs;
    size_t len;
    char text[]; /* NUL at the end */
};

struct List {
    uint32_t refs;
    int n, depth; /* depth: lists inside */
    size_t cap;
    Value *item;
};

struct Range {
    uint32_t refs;
    double start, stop, step;
};

typedef struct Interp Interp;
struct Call;

/* Class of objects: optimizers, hooks, later modules and loaders. Any function may be NULL. */
typedef struct ObjClass {
    const char *name; /* "sgd" is a constructor; the class is "optimizer" */
    void (*free)(Obj *o);
    /* "sgd(x, y, lr=0.1)": what is echoed after the name. false when out of memory. */
    bool (*describe)(Interp *I, const Obj *o, char *buf, size_t cap);
    /* Attribute: false without error when unknown. New reference in *out. */
    bool (*get)(Interp *I, Obj *o, const char *attr, Value *out);
    /* false with the error set. */
    bool (*set)(Interp *I, Obj *o, const char *attr, Value v);
    bool (*call)(Interp *I, Obj *o, const struct Call *call, Value *out);
    /* Next item of a loader in `for`; false at the end, or with the error set. */
    bool (*next)(Interp *I, Obj *o, int64_t i, Value *out);
    /* Name i of what get may find there, NULL at the end: for hints and completion. */
    const char *(*attr)(const Obj *o, int i);
    /* Does it hold this variable (note on rebinding)? */
    bool (*holds)(const Obj *o, const NbVar *v);
    /* Is this attribute a switch, shown as true or false? */
    bool (*flag)(const Obj *o, const char *attr);
} ObjClass;

struct Obj { /* first member of every object */
    uint32_t refs;
    const ObjClass *cls;
    uint64_t unit; /* of the last write reported, see interp_touch_obj */
};

#define NUM(x) ((Value){.tag = V_NUM, .num = (x)})
#define CONST(x) ((Value){.tag = V_CONST, .num = (x)})
#define NONE ((Value){.tag = V_NONE})
#define UNSET ((Value){.tag = V_UNSET})

Value value_ref(Value v);          /* returns v with one more reference */
void value_unref(Value *v);        /* leaves V_UNSET */
Value value_str(const char *text); /* new; V_UNSET when out of memory */
Value value_strn(const char *text, size_t len);
Value value_list(int cap);        /* new, empty */
bool list_push(List *l, Value v); /* takes v, also on failure: memory, or lists 64 deep */
const char *value_kind(Value v);  /* "a number", "a list", "an optimizer" */
bool value_is_number(Value v);    /* V_NUM, V_CONST, or V_VAR of rank 0 */
double value_number(Value v);     /* of such a value */

#endif
