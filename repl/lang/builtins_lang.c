/* builtins_lang.c -- builtins of the language itself: print, assert, len, str, lists, detach */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lang/internal.h"

static bool do_print(Interp *I, const Call *call, Value *out)
{
    Text t = text_for_string();
    (void)out;
    for (int i = 0; i < call->argc; i++) {
        text_add(&t, i > 0 ? " " : "");
        interp_print(I, &t, call->argv[i], (ValueStyle){.digits = I->digits});
    }
    text_add(&t, "\n");
    if (t.failed) {
        interp_fail_text(I, call->node, "print: ", t.too_long);
        text_free(&t);
        return false;
    }
    size_t wrote = I->out ? fwrite(t.s, 1, t.len, I->out) : t.len;
    size_t len = t.len;
    text_free(&t);
    return wrote == len || interp_fail(I, call->node, NB_EIO, "print: cannot write the output");
}

/* "f == 3 (f is 4)": the values of a failed comparison. false when out of memory. */
static bool sides(Interp *I, const Node *n, char *buf, size_t cap)
{
    buf[0] = '\0';
    if (n->kind != N_BINARY || n->op->precedence != 4 || (n->flags & NF_CALL)) {
        return true;
    }
    Value a = interp_value(I, n->a), b = a.tag == V_UNSET ? UNSET : interp_value(I, n->b);
    char *x = b.tag == V_UNSET ? NULL : interp_value_text(I, a, NB_DIGITS_FULL);
    char *y = x ? interp_value_text(I, b, NB_DIGITS_FULL) : NULL;
    bool ok = y || b.tag == V_UNSET;
    if (y && strlen(x) + strlen(y) < 120) {
        snprintf(buf, cap, " (%s and %s)", x, y);
    }
    free(x);
    free(y);
    unref(&a);
    unref(&b);
    return ok;
}

static bool do_assert(Interp *I, const Call *call, Value *out)
{
    bool truth;
    (void)out;
    I->compared.digits = 0;
    const Asked asked = interp_ask(I);
    const bool ok = interp_condition(I, call->arg[0], &truth);
    interp_told(I, &asked, false);
    if (!ok) {
        return false;
    }
    if (truth) {
        return true;
    }
    char text[200], values[320];
    interp_text(I, call->arg[0], text, sizeof text);
    if (call->argc > 1) {
        Value v = interp_value(I, call->arg[1]);
        Text t = text_for_string();
        if (v.tag == V_UNSET) {
            return false;
        }
        interp_print(I, &t, v, (ValueStyle){.digits = I->digits});
        if (t.failed) {
            interp_fail_text(I, call->arg[1], "assert: ", t.too_long);
        } else {
            interp_fail(I, call->arg[0], NB_EVALUE, "assertion failed: %.400s", text_str(&t));
            interp_hint_asserted(I, call->arg[0]);
        }
        text_free(&t);
        unref(&v);
        return false;
    }
    if (!sides(I, call->arg[0], values, sizeof values)) {
        return interp_fail(I, call->arg[0], NB_EMEM, "assert: out of memory for the values");
    }
    interp_fail(I, call->arg[0], NB_EVALUE, "assertion failed: %s%s", text, values);
    interp_hint_asserted(I, call->arg[0]);
    return false;
}

static bool do_len(Interp *I, const Call *call, Value *out)
{
    Value v = call->argv[0];
    int64_t n = 0;
    switch (v.tag) {
    case V_LIST: n = v.list->n; break;
    case V_STR:
        for (size_t i = 0; i < v.str->len; i++) {
            n += ((unsigned char)v.str->text[i] & 0xC0) != 0x80;
        }
        break;
    case V_RANGE:
        if (!interp_range_count(I, call->arg[0], v.range, &n)) {
            return false;
        }
        break;
    case V_VAR:
        if (nb_var_shape(v.var)->rank > 0) {
            n = nb_var_shape(v.var)->dim[0];
            break;
        }
        return interp_fail(I, call->arg[0], NB_ETYPE, "len: a number has no length");
    default: return interp_fail(I, call->arg[0], NB_ETYPE, "len: %s has no length", value_kind(v));
    }
    *out = CONST((double)n);
    return true;
}

static bool do_str(Interp *I, const Call *call, Value *out)
{
    Text t = text_for_string();
    interp_print(I, &t, call->argv[0], (ValueStyle){.digits = I->digits});
    *out = t.failed ? UNSET : value_strn(text_str(&t), t.len);
    text_free(&t);
    return out->tag != V_UNSET || interp_fail_text(I, call->node, "", t.too_long);
}

/* A whole text as a number; false when it is none. */
static bool number_of_text(const char *text, double *x)
{
    char *end;
    text += strspn(text, " \t");
    if (!strpbrk(text, "0123456789") && !strstr(text, "inf") && !strstr(text, "nan")) {
        return false;
    }
    *x = strtod(text, &end);
    return end != text && !strpbrk(text, "xXpP(") && end[strspn(end, " \t\n\r")] == '\0';
}

/* int and float: of a number or of a text that holds one. */
static bool to_number(Interp *I, const Call *call, double *x)
{
    Value v = call->argv[0];
    if (v.tag == V_STR) {
        if (number_of_text(v.str->text, x)) {
            return true;
        }
        interp_fail(I, call->arg[0], NB_EVALUE, "%s: no number in the text \"%.40s\"",
                    call->row->name, v.str->text);
        return strchr(v.str->text, ',') ? interp_hint(I, "the decimal mark is a point: 0.5")
                                        : false;
    }
    if (!value_is_number(v)) {
        interp_fail(I, call->arg[0], NB_ETYPE, "%s: expected a number or a text, got %s",
                    call->row->name, value_kind(v));
        return v.tag == V_VAR ? interp_hint(I, "floor and round take tensors") : false;
    }
    *x = value_number(v);
    return true;
}

static bool is_tracked(Value v)
{
    return v.tag == V_VAR && nb_var_tracked(v.var);
}

/* A variable is a number already, and stays the variable that it is. */
static bool do_float(Interp *I, const Call *call, Value *out)
{
    if (is_tracked(call->argv[0]) && value_is_number(call->argv[0])) {
        *out = value_ref(call->argv[0]);
        return true;
    }
    *out = CONST(0);
    return to_number(I, call, &out->num);
}

static bool do_int(Interp *I, const Call *call, Value *out)
{
    double x = 0;
    if (!to_number(I, call, &x)) {
        return false;
    }
    if (!isfinite(x)) {
        return interp_fail(I, call->arg[0], NB_EVALUE, "int: %s is no whole number",
                           isnan(x) ? "nan" : "inf");
    }
    if (call->argv[0].tag == V_VAR) { /* what is counted with it */
        interp_saw(I, call->argv[0].var);
    }
    *out = CONST(trunc(x) + 0.0);
    return true;
}

/* --- what stands behind -- on the command line --- */

/* The text behind "name=" in args; NULL without. */
static const char *given_argument(Value args, const char *name)
{
    const size_t n = strlen(name);
    const char *found = NULL;
    for (int i = 0; args.tag == V_LIST && i < args.list->n; i++) {
        Value v = args.list->item[i];
        if (v.tag == V_STR && strncmp(v.str->text, name, n) == 0 && v.str->text[n] == '=') {
            found = v.str->text + n + 1; /* the last one counts */
        }
    }
    return found;
}

static bool bind_argument(Interp *I, const Call *call, int i)
{
    const char *name = call->extra[i].name;
    Value v = call->extra[i].value;
    const char *text = given_argument(interp_get(I, interp_symbol(I, "args")), name);
    if (!interp_bindable(I, name)) {
        return interp_fail(I, call->extra[i].node, NB_ENAME, "arg: %s is a name of nabla", name);
    }
    if (!value_is_number(v) && v.tag != V_STR) {
        interp_fail(I, call->extra[i].node, NB_ETYPE, "arg: %s must be a number or a text, not %s",
                    name, value_kind(v));
        return interp_hint(I, "as in arg lr=0.01, then nabla FILE -- lr=0.1");
    }
    double x = value_is_number(v) ? value_number(v) : 0;
    if (text && v.tag != V_STR && !number_of_text(text, &x)) {
        return interp_fail(I, call->extra[i].node, NB_EVALUE,
                           "arg: %s=%.60s on the command line is no number", name, text);
    }
    Value bound = v.tag != V_STR ? CONST(x) : text ? value_str(text) : value_ref(v);
    if (bound.tag == V_UNSET) {
        return interp_no_memory(I, call->extra[i].node);
    }
    I->asks = true;
    return interp_bind(I, interp_symbol(I, name), bound, true) ||
           interp_no_memory(I, call->extra[i].node);
}

static bool do_arg(Interp *I, const Call *call, Value *out)
{
    (void)out;
    if (call->nextra == 0) {
        interp_fail(I, call->node, NB_EVALUE, "arg: a name and its default are missing");
        return interp_hint(I, "as in arg lr=0.01, then nabla FILE -- lr=0.1");
    }
    for (int i = 0; i < call->nextra; i++) {
        if (!bind_argument(I, call, i)) {
            return false;
        }
    }
    return true;
}

const char *interp_unasked(Interp *I)
{
    Value args = I->asks ? interp_get(I, interp_symbol(I, "args")) : UNSET;
    for (int i = 0; args.tag == V_LIST && i < args.list->n; i++) {
        Value v = args.list->item[i];
        const char *is = v.tag == V_STR ? strchr(v.str->text, '=') : NULL;
        char name[64];
        if (is && (size_t)(is - v.str->text) < sizeof name) {
            snprintf(name, sizeof name, "%.*s", (int)(is - v.str->text), v.str->text);
            const int symbol = interp_symbol(I, name);
            if (symbol < 0 || interp_get(I, symbol).tag == V_UNSET) {
                return v.str->text;
            }
        }
    }
    return NULL;
}

static bool do_list(Interp *I, const Call *call, Value *out)
{
    *out = value_list(call->argc);
    if (out->tag != V_LIST) {
        return interp_fail(I, call->node, NB_EMEM, "list: out of memory");
    }
    bool ok = true;
    for (int i = 0; i < call->argc && ok; i++) {
        ok = interp_list_push(I, call->node, out->list, value_ref(call->argv[i]));
    }
    if (!ok) {
        value_unref(out);
    }
    return ok;
}

static bool do_append(Interp *I, const Call *call, Value *out)
{
    Value l = call->argv[0];
    if (l.tag != V_LIST) {
        interp_fail(I, call->arg[0], NB_ETYPE, "append: needs a list, not %s", value_kind(l));
        return interp_hint(I, "list(a, b) makes one, [] an empty one");
    }
    *out = value_list(l.list->n + call->argc);
    if (out->tag != V_LIST) {
        return interp_fail(I, call->node, NB_EMEM, "append: out of memory");
    }
    bool ok = true;
    for (int i = 0; i < l.list->n && ok; i++) {
        ok = interp_list_push(I, call->node, out->list, value_ref(l.list->item[i]));
    }
    for (int i = 1; i < call->argc && ok; i++) {
        ok = interp_list_push(I, call->node, out->list, value_ref(call->argv[i]));
    }
    if (!ok) {
        value_unref(out);
    }
    return ok;
}

static bool do_detach(Interp *I, const Call *call, Value *out)
{
    Value v = call->argv[0];
    if (inline_number(v)) {
        *out = CONST(v.num);
        return true;
    }
    NbVar *x = interp_var(I, call, 0, false);
    if (!x) {
        return false;
    }
    interp_saw(I, x);
    NbVar *d = nb_var_detach(x);
    nb_var_unref(&x);
    if (!d) {
        return interp_fail_ctx(I, call->node);
    }
    *out = interp_wrap(I, d, true);
    return true;
}

/* |a - b| <= tol·max(1, |b|) */
static bool near_numbers(double a, double b, double tol)
{
    double scale = fabs(b) > 1 ? fabs(b) : 1;
    return a == b || fabs(a - b) <= tol * scale;
}

static double number_at(Value v, int64_t i)
{
    NbTensor tmp;
    return v.tag == V_VAR ? nb_tensor_at(nb_var_data(v.var, &tmp), i) : v.num;
}

static bool do_near(Interp *I, const Call *call, Value *out)
{
    Value a = call->argv[0], b = call->argv[1];
    double tol = 1e-5;
    *out = CONST(0);
    if (!interp_opt_num(I, call, 0, &tol)) {
        return false;
    }
    if ((a.tag != V_VAR && !inline_number(a)) || (b.tag != V_VAR && !inline_number(b))) {
        return true; /* what has no value is near nothing */
    }
    static const NbShape scalar = {0};
    const NbShape *of_a = a.tag == V_VAR ? nb_var_shape(a.var) : &scalar;
    const NbShape *of_b = b.tag == V_VAR ? nb_var_shape(b.var) : &scalar;
    bool ok = nb_shape_equal(of_a, of_b);
    NbTensor tmp;
    int64_t n = a.tag == V_VAR ? nb_var_data(a.var, &tmp)->size : 1;
    for (int64_t i = 0; ok && i < n; i++) {
        const double x = number_at(a, i), y = number_at(b, i);
        ok = near_numbers(x, y, tol);
        if (!ok) {
            interp_compared(I, x, y, tol);
        }
    }
    *out = CONST(ok);
    return true;
}

const Builtin builtins_lang[] = {
    {.name = "print",
     .flags = B_COMMAND | B_WITHIN,
     .max_args = -1,
     .fn = do_print,
     .group = "session",
     .usage = "print value, …",
     .doc = "Prints values separated by spaces, then a new line. Strings take values in braces: "
            "\"x is {x}\", \"{loss:.4f}\".",
     .example = "print 1 + 1\nprint \"{pi:.2f}\""},
    {.name = "assert",
     .flags = B_COMMAND | B_LAZY | B_WITHIN,
     .min_args = 1,
     .max_args = 2,
     .fn = do_assert,
     .group = "session",
     .usage = "assert CONDITION [, \"message\"]",
     .doc = "Stops with an error when the condition does not hold.",
     .example = "assert 1 + 1 == 2, \"numbers\""},
    {.name = "len",
     .min_args = 1,
     .max_args = 1,
     .fn = do_len,
     .flags = B_VALUE | B_WITHIN,
     .group = "language",
     .usage = "len(x)",
     .doc = "Items of a list or range, rows of a tensor, characters of a string.",
     .example = "len([1, 2, 3])"},
    {.name = "str",
     .min_args = 1,
     .max_args = 1,
     .fn = do_str,
     .flags = B_VALUE | B_WITHIN,
     .group = "language",
     .usage = "str(x)",
     .doc = "A value as a string.",
     .example = "str(1/2)"},
    {.name = "int",
     .min_args = 1,
     .max_args = 1,
     .fn = do_int,
     .flags = B_VALUE | B_WITHIN,
     .group = "language",
     .usage = "int(x)",
     .doc = "A number, or the number a text holds, cut to a whole number towards 0.",
     .example = "int(\"3\") + int(2.7)"},
    {.name = "float",
     .min_args = 1,
     .max_args = 1,
     .fn = do_float,
     .flags = B_VALUE | B_WITHIN,
     .group = "language",
     .usage = "float(x)",
     .doc = "A number, or the number a text holds.",
     .example = "float(\"2.5e-3\")"},
    {.name = "arg",
     .max_args = 0,
     .fn = do_arg,
     .flags = B_COMMAND | B_EXTRA | B_WITHIN,
     .group = "language",
     .usage = "arg NAME=default [, NAME=default]",
     .doc = "Names a constant that the command line may set: nabla FILE -- NAME=value. A name that "
            "no arg asked for is an error at the end.",
     .example = "arg lr=0.01, title=\"run\"\nlr"},
    {.name = "list",
     .max_args = -1,
     .fn = do_list,
     .flags = B_VALUE | B_WITHIN,
     .group = "language",
     .usage = "list(a, b, …)",
     .doc = "A list of values as they are; [a, b] makes a tensor of numbers and variables.",
     .example = "list(1, \"two\")"},
    {.name = "append",
     .min_args = 1,
     .max_args = -1,
     .fn = do_append,
     .flags = B_VALUE | B_WITHIN,
     .group = "language",
     .usage = "append(list, x, …)",
     .doc = "A new list with more items at its end.",
     .example = "append([], 3)"},
    {.name = "detach",
     .min_args = 1,
     .max_args = 1,
     .fn = do_detach,
     .flags = B_VALUE | B_WITHIN,
     .group = "graph",
     .usage = "detach(x)",
     .doc = "The value of x as a constant: gradients do not flow through it.",
     .example = "x = 3\nx*detach(x)"},
    {.name = "near",
     .min_args = 2,
     .max_args = 2,
     .opt = {{"tol", "1e-5"}},
     .fn = do_near,
     .flags = B_VALUE | B_WITHIN,
     .group = "language",
     .usage = "near(a, b [, tol=1e-5])",
     .doc =
         "1 when both have one shape and no element of a differs from that of b by more than "
         "tol, or by more than tol times b where b is above 1; else 0. For checking answers: one "
         "that was typed as it is printed, with six digits, is near; a missing value, such as a "
         "gradient that was never computed, is near nothing.",
     .example = "near(0.1 + 0.2, 0.3)"},
};
const int builtins_lang_count = (int)(sizeof builtins_lang / sizeof builtins_lang[0]);
