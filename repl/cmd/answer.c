/* answer.c -- what a person answers to walk and quiz: read, judged, and what it was taken for */
#include "cmd/answer.h"

#include <math.h>
#include <string.h>

/* --- words of the conversation --- */

bool answer_names_number(const Subject *u, const char *name)
{
    int symbol = interp_symbol(u->I, name);
    Value v = symbol >= 0 ? interp_get(u->I, symbol) : UNSET;
    return value_is_number(v) || v.tag == V_VAR;
}

bool answer_is_word(const Subject *u, const char *line, const char *letter, const char *word)
{
    return strcmp(line, answer_word(u, letter, word)) == 0 ||
           (strcmp(line, word) == 0 && !answer_names_number(u, word));
}

const char *answer_word(const Subject *u, const char *letter, const char *word)
{
    return answer_names_number(u, letter) ? word : letter;
}

const char *answer_line(char *line)
{
    line += strspn(line, " \t");
    size_t n = strlen(line);
    while (n > 0 && strchr(" \t", line[n - 1])) {
        line[--n] = '\0';
    }
    return line;
}

/* --- reading and judging --- */

bool answer_read(const Subject *u, const char *line, Value *out)
{
    Text t = text_in(u->s->lost);
    *out = UNSET;
    text_printf(&t, "(%s)", line); /* no statement */
    if (t.failed) {
        return false;
    }
    Program *p = interp_parse(u->I, text_str(&t), t.len, "", 1, false);
    bool several = p && program_statements(p) != 1;
    if (p && program_takes_gradient(u->I, p)) {
        session_tell(u->s, "gradients are hidden while they are asked for");
        program_unref(&p);
        text_free(&t);
        return false;
    }
    bool ok = several || (p && interp_eval_kept(u->I, p, program_statement(p, 0), out));
    bool number = ok && (value_is_number(*out) || out->tag == V_VAR);
    if (!ok) {
        fprintf(u->s->out, "%s\n", interp_error(u->I)->err.msg);
        interp_clear_error(u->I);
        nb_err_clear(nb_ctx_err(u->s->ctx));
    } else if (!number) {
        fprintf(u->s->out, "a number is asked for\n");
        value_unref(out);
    }
    program_unref(&p);
    text_free(&t);
    return number;
}

static bool near(double given, double right, double tolerance)
{
    return fabs(given - right) <= tolerance * fabs(right) + 1e-9 || given == right;
}

bool answer_right(Value given, double num, const NbTensor *right, double tolerance)
{
    NbTensor tmp;
    int64_t n = right ? right->size : 1;
    const NbTensor *t = given.tag == V_VAR ? nb_var_data(given.var, &tmp) : NULL;
    bool ok = (t ? t->size : 1) == n;
    for (int64_t i = 0; ok && i < n; i++) {
        ok = near(t ? nb_tensor_at(t, i) : value_number(given),
                  right ? nb_tensor_at(right, i) : num, tolerance);
    }
    return ok;
}

/* --- what it is instead --- */

/* The one number of a value, or of an amount; NaN of more. */
static double given_number(Value v)
{
    NbTensor tmp;
    if (value_is_number(v)) {
        return value_number(v);
    }
    const NbTensor *t = v.tag == V_VAR ? nb_var_data(v.var, &tmp) : NULL;
    return t && t->size == 1 ? nb_tensor_at(t, 0) : NAN;
}

static double amount_number(const NbAmount *a)
{
    if (!a || (a->tensor && a->tensor->size > 1)) {
        return NAN;
    }
    return a->tensor ? nb_tensor_at(a->tensor, 0) : a->num;
}

/* Not 0: too much is. */
static bool is(double given, double other)
{
    return other != 0 && near(given, other, 1e-4);
}

static bool is_value(Value given, const NbVar *v)
{
    NbTensor tmp;
    const NbTensor *t = nb_var_data(v, &tmp);
    return t->size == 1 && is(given_number(given), nb_tensor_at(t, 0));
}

static bool tell_shape(const Subject *u, const NbVar *x, Value given, Text *t)
{
    NbTensor tmp, mine;
    char label[96], shape[160];
    const NbTensor *want = nb_var_data(x, &tmp);
    const NbTensor *got = given.tag == V_VAR ? nb_var_data(given.var, &mine) : NULL;
    if ((got ? got->size : 1) == want->size) {
        return false;
    }
    teach_partial(u, t, x);
    text_printf(t, " has the shape of %s, %s", teach_label(u, x, label, sizeof label),
                nb_shape_text(&want->shape, shape, sizeof shape));
    return true;
}

/* "that is ∂v1/∂x alone": one factor of the only path, or both the wrong way together. */
static bool tell_factor(const Subject *u, const NbContribution *e, double given, Text *t)
{
    char node[96], to[96];
    double upstream = amount_number(&e->upstream);
    if (!e->scalars || e->node == u->f) {
        return false;
    }
    teach_label(u, e->node, node, sizeof node);
    teach_label(u, e->to, to, sizeof to);
    if (is(given, e->local)) {
        text_add(t, "that is ");
        report_partial(u->s, t, node, to);
        text_add(t, " alone, without ");
        teach_partial(u, t, e->node);
    } else if (is(given, upstream)) {
        text_add(t, "that is ");
        teach_partial(u, t, e->node);
        text_add(t, ", without ");
        report_partial(u->s, t, node, to);
    } else if (is(given, upstream + e->local)) {
        text_add(t, "along a path derivatives are multiplied, not added");
    }
    return t->len > 0;
}

/* "that is the part through v1": of several, one alone, or their product. */
static bool tell_part(const Subject *u, const struct Use *use, size_t n, double given, Text *t)
{
    char node[96], to[96];
    double product = 1;
    for (size_t i = 0; i < n; i++) {
        const NbContribution *e = &u->sweep->edge[use[i].edge];
        double part = amount_number(&e->product);
        product *= part;
        if (is(given, part)) {
            text_printf(t,
                        "that is the part through %s; %s is used %zu times, and the parts add up",
                        teach_label(u, e->node, node, sizeof node),
                        teach_label(u, e->to, to, sizeof to), n);
            return true;
        }
    }
    if (is(given, product)) {
        text_add(t, "the parts are added, not multiplied");
    }
    return t->len > 0;
}

static bool tell_other(const Subject *u, NbVar *const *v, size_t n, const NbVar *x, double given,
                       Text *t)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i] != x && v[i] != u->f &&
            is(given, amount_number(nb_contributions_total(u->sweep, v[i])))) {
            text_add(t, "that is ");
            teach_partial(u, t, v[i]);
            return true;
        }
    }
    return false;
}

static bool tell_value(const Subject *u, const NbVar *x, Value given, Text *t)
{
    char label[96];
    const NbVar *of = is_value(given, x) ? x : is_value(given, u->f) ? u->f : NULL;
    if (of) {
        text_printf(t, "that is the value of %s", teach_label(u, of, label, sizeof label));
    }
    return of;
}

void answer_instead(const Subject *u, const Uses *uses, const NbVar *x, Value given, Text *t)
{
    size_t n;
    const struct Use *use = uses_of(uses, x, &n);
    double number = given_number(given), right = amount_number(nb_contributions_total(u->sweep, x));
    NbTensor tmp;
    const NbTensor *held = nb_var_grad_data(x, &tmp);
    if (tell_shape(u, x, given, t) || isnan(number) || isnan(right)) {
        return;
    }
    if (n > 1 ? tell_part(u, use, n, number, t)
              : n == 1 && tell_factor(u, &u->sweep->edge[use->edge], number, t)) {
        return;
    }
    if (held && held->size == 1 && nb_tensor_at(held, 0) != 0 &&
        is(number, right + nb_tensor_at(held, 0))) {
        char label[96];
        text_printf(t, "that is with what %s.grad holds from before",
                    teach_label(u, x, label, sizeof label));
    } else if (is(number, -right)) {
        text_add(t, "the sign is the other one");
    } else if (!tell_other(u, u->tape->leaf, u->tape->nleaves, x, number, t) &&
               !tell_other(u, u->tape->node, u->tape->nnodes, x, number, t)) {
        tell_value(u, x, given, t);
    }
}

void answer_instead_local(const Subject *u, const NbContribution *e, Value given, Text *t)
{
    char node[96], to[96];
    double number = given_number(given);
    if (isnan(number) || !e->scalars) {
        return;
    }
    teach_label(u, e->node, node, sizeof node);
    if (is(number, amount_number(&e->product))) {
        text_add(t, "that is the product with ");
        teach_partial(u, t, e->node);
        text_add(t, " already");
        return;
    }
    for (size_t i = 0; i < u->sweep->n; i++) {
        const NbContribution *other = &u->sweep->edge[i];
        if (other->node == e->node && other->to != e->to && other->scalars &&
            is(number, other->local)) {
            text_add(t, "that is ");
            report_partial(u->s, t, node, teach_label(u, other->to, to, sizeof to));
            return;
        }
    }
    if (is(number, amount_number(&e->upstream))) {
        text_add(t, "that is ");
        teach_partial(u, t, e->node);
        text_add(t, ", which comes from above");
    } else if (is(number, -e->local)) {
        text_add(t, "the sign is the other one");
    } else if (is_value(given, e->node)) {
        text_printf(t, "that is the value of %s", node);
    }
}
