/* builtins_shape.c -- split: operations whose result is a list of variables */
#include "lang/internal.h"

#define PARTS_MAX 1000000

enum { SPLIT_AXIS, SPLIT_SIZE };

/* Sizes of the parts; NULL with the error set. New (free). */
static int64_t *sizes_new(Interp *I, const Node *at, int64_t n)
{
    if (n > PARTS_MAX) {
        interp_fail(I, at, NB_EVALUE, "split: %lld parts are too many", (long long)n);
        return NULL;
    }
    int64_t *size = malloc((size_t)(n > 0 ? n : 1) * sizeof *size);
    if (!size) {
        interp_no_memory(I, at);
    }
    return size;
}

/* n equal parts of a whole axis. */
static int64_t *equal_parts(Interp *I, const Node *at, const NbShape *s, int axis, int64_t n)
{
    const int64_t whole = s->dim[axis];
    char text[160];
    if (n < 1) {
        interp_fail(I, at, NB_EVALUE, "split: the number of parts must be 1 or more, not %lld",
                    (long long)n);
        return NULL;
    }
    if (whole % n != 0) {
        interp_fail(I, at, NB_ESHAPE,
                    "split: axis %d of %s has size %lld, which does not make %lld equal parts",
                    axis, nb_shape_text(s, text, sizeof text), (long long)whole, (long long)n);
        interp_hint(I, "a list gives the size of each part; size=k makes parts of k, the last one "
                       "shorter");
        return NULL;
    }
    int64_t *size = sizes_new(I, at, n);
    for (int64_t i = 0; size && i < n; i++) {
        size[i] = whole / n;
    }
    return size;
}

/* Parts of `each` rows, the last one perhaps shorter; *n gets how many. */
static int64_t *parts_of_size(Interp *I, const Node *at, int64_t whole, int64_t each, int64_t *n)
{
    if (each < 1) {
        interp_fail(I, at, NB_EVALUE, "split: size must be 1 or more, not %lld", (long long)each);
        return NULL;
    }
    *n = whole > 0 ? (whole - 1) / each + 1 : 1;
    int64_t *size = sizes_new(I, at, *n);
    for (int64_t i = 0; size && i < *n; i++) {
        size[i] = i + 1 < *n ? each : whole - i * each;
    }
    return size;
}

/* A list or vector of sizes as it is. */
static int64_t *given_sizes(Interp *I, const Node *at, Value v, int64_t *n)
{
    NbTensor tmp;
    const NbTensor *t = v.tag == V_VAR ? nb_var_data(v.var, &tmp) : NULL;
    if (v.tag != V_LIST && (!t || t->shape.rank != 1)) {
        interp_fail(I, at, NB_ETYPE,
                    "split: parts must be a whole number or a list of sizes, not %s",
                    value_kind(v));
        return NULL;
    }
    *n = t ? t->size : v.list->n;
    int64_t *size = sizes_new(I, at, *n);
    for (int64_t i = 0; size && i < *n; i++) {
        Value item = t ? (Value){.tag = V_CONST, .num = nb_tensor_at(t, i)} : v.list->item[i];
        if (!interp_integer(I, at, "split: a size", item, &size[i])) {
            free(size);
            return NULL;
        }
    }
    return size;
}

static int64_t *read_sizes(Interp *I, const Call *c, const NbShape *s, int axis, int64_t *n)
{
    const int64_t whole = s->dim[axis];
    bool by_size = c->opt[SPLIT_SIZE].tag != V_UNSET && c->opt[SPLIT_SIZE].tag != V_NONE;
    if (by_size == (c->argc > 1)) {
        interp_fail(I, c->node, NB_EVALUE,
                    by_size ? "split: parts and size= exclude each other" : "split: into what?");
        interp_hint(I, "%s", c->row->usage);
        return NULL;
    }
    if (by_size) {
        int64_t each = 0;
        return interp_integer(I, c->optnode[SPLIT_SIZE], "split: size", c->opt[SPLIT_SIZE], &each)
                   ? parts_of_size(I, c->optnode[SPLIT_SIZE], whole, each, n)
                   : NULL;
    }
    if (!value_is_number(c->argv[1])) {
        return given_sizes(I, c->arg[1], c->argv[1], n);
    }
    return interp_integer(I, c->arg[1], "split: parts", c->argv[1], n)
               ? equal_parts(I, c->arg[1], s, axis, *n)
               : NULL;
}

static bool as_list(Interp *I, const Call *c, NbVar **part, int n, bool with_const, Value *out)
{
    bool ok = true;
    *out = value_list(n);
    for (int i = 0; i < n; i++) {
        if (ok && out->tag == V_LIST) {
            Value v = interp_wrap(I, part[i], with_const);
            part[i] = NULL;
            ok = list_push(out->list, v);
        }
    }
    return (ok && out->tag == V_LIST) || interp_no_memory(I, c->node);
}

static bool do_split(Interp *I, const Call *c, Value *out)
{
    NbVar *x = interp_var(I, c, 0, false);
    int64_t axis = 0, n = 0, *size = NULL;
    NbVar **part = NULL;
    bool ok = x &&
              (c->opt[SPLIT_AXIS].tag == V_UNSET ||
               interp_integer(I, c->optnode[SPLIT_AXIS], "split: axis", c->opt[SPLIT_AXIS], &axis));
    const NbShape *s = ok ? nb_var_shape(x) : NULL;
    if (ok && s->rank > 0 && axis >= -s->rank && axis < s->rank) {
        size = read_sizes(I, c, s, (int)(axis < 0 ? axis + s->rank : axis), &n);
        part = size ? calloc((size_t)n + 1, sizeof *part) : NULL;
        ok = part != NULL || (size && !interp_no_memory(I, c->node) && false);
    }
    if (ok && nb_split(I->ctx, x, axis, size, (int)n, part) != NB_OK) {
        ok = interp_fail_op(I, c->node->start, c->node->end, c->arg, c->argc);
    }
    ok = ok && as_list(I, c, part, (int)n, c->argv[0].tag == V_CONST, out);
    for (int64_t i = 0; part && i < n; i++) {
        nb_var_unref(&part[i]);
    }
    free(part);
    free(size);
    nb_var_unref(&x);
    return ok;
}

const Builtin builtins_shape[] = {
    {.name = "split",
     .min_args = 1,
     .max_args = 2,
     .opt = {{"axis", "0"}, {"size", NULL}},
     .fn = do_split,
     .flags = B_VALUE | B_WITHIN,
     .group = "shapes",
     .usage = "split(x, parts, axis=0) or split(x, size=k, axis=0)",
     .doc = "A list of the parts of x along an axis: the inverse of concat. parts is a number of "
            "equal parts, or a list of their sizes; size=k makes parts of k rows, the last one "
            "perhaps shorter. Gradients flow back to x.",
     .example = "a, b = split([1, 2, 3, 4], 2)\nsplit(arange(5), [2, 3])"},
};
const int builtins_shape_count = (int)(sizeof builtins_shape / sizeof builtins_shape[0]);
