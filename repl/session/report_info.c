/* report_info.c -- what `info` says of a variable: operation, value, gradient, who uses it */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "session/report.h"

#define MOST_USERS 8
#define MOST_INPUTS 8

/* --- texts of an operation --- */

typedef struct Operands {
    char text[MOST_INPUTS][96];
    const char *name[MOST_INPUTS];
    double number[MOST_INPUTS]; /* of folded numbers; NaN otherwise */
    int n;
} Operands;

static void operands_of(Session *s, const NbVar *v, Operands *o)
{
    int n = nb_var_inputs(v);
    o->n = n < MOST_INPUTS ? n : MOST_INPUTS;
    for (int i = 0; i < o->n; i++) {
        NbArg in = nb_var_input(v, i);
        o->name[i] = o->text[i];
        o->number[i] = in.var ? NAN : in.num;
        if (in.var) {
            report_label(s, in.var, o->text[i], sizeof o->text[i]);
        } else {
            nb_format_number(in.num, s->set.digits, o->text[i], sizeof o->text[i]);
        }
    }
}

/* "x^2" */
static void put_operation(Session *s, Text *t, const NbVar *v)
{
    char buf[256];
    Operands o;
    const NbOp *op = nb_var_op(v);
    if (nb_var_inputs(v) > MOST_INPUTS) {
        text_printf(t, "%s of %d variables", op->name, nb_var_inputs(v));
        return;
    }
    operands_of(s, v, &o);
    nb_op_text(op, o.name, o.n, nb_var_attrs(v), buf, sizeof buf);
    text_add(t, buf);
}

static bool scalar_operands(const NbVar *v)
{
    for (int i = 0; i < nb_var_inputs(v); i++) {
        const NbVar *in = nb_var_input(v, i).var;
        if (in && !nb_var_is_scalar(in)) {
            return false;
        }
    }
    return nb_var_is_scalar(v) && nb_var_inputs(v) <= 2;
}

static double operand_value(const NbVar *v, int i)
{
    NbArg in = nb_var_input(v, i);
    return in.var ? nb_var_value(in.var) : in.num;
}

/* "    local ∂v2/∂x = 2·x = 4" for every operand that is tracked. */
static void put_local(Session *s, Text *t, const NbVar *v, const char *name)
{
    const NbOp *op = nb_var_op(v);
    Operands o;
    int shown = 0;
    double d[2] = {1, 1};
    if (nb_var_inputs(v) > 3) {
        return;
    }
    operands_of(s, v, &o);
    bool numbers = op->partials && scalar_operands(v) && o.n > 0;
    if (numbers) {
        op->partials(operand_value(v, 0), o.n > 1 ? operand_value(v, 1) : 0, nb_var_value(v), d);
    }
    for (int i = 0; i < o.n; i++) {
        char text[192];
        const NbVar *in = nb_var_input(v, i).var;
        if (!in || !nb_var_takes_grad(in) || !nb_var_takes_grad(v)) {
            continue;
        }
        size_t len = nb_op_deriv_text(op, i, o.name, o.n, name, o.number, false, text, sizeof text);
        if (len == 0 && !numbers) {
            continue;
        }
        text_add(t, shown++ ? ", " : "    local ");
        report_partial(s, t, name, o.name[i]);
        if (len > 0) {
            text_printf(t, " = %s", text);
        }
        char number[40];
        nb_format_number(d[i], s->set.digits, number, sizeof number);
        if (numbers && (len == 0 || strcmp(number, text) != 0)) {
            text_printf(t, " = %s", number);
        }
    }
}

/* --- who uses a node --- */

typedef struct Users {
    Session *s;
    const NbVar *of;
    const NbVar *user[MOST_USERS];
    int n; /* kept */
    bool more;
} Users;

static void add_user(Users *u, const NbVar *v)
{
    for (int i = 0; i < nb_var_inputs(v); i++) {
        if (nb_var_input(v, i).var != u->of) {
            continue;
        }
        for (int k = 0; k < u->n; k++) {
            if (u->user[k] == v) {
                return;
            }
        }
        if (u->n < MOST_USERS) {
            u->user[u->n++] = v;
        } else {
            u->more = true;
        }
        return;
    }
}

static void users_behind(void *user, NbVar *root)
{
    Users *u = user;
    if (nb_var_kind(root) != NB_INNER || nb_var_serial(root) <= nb_var_serial(u->of)) {
        return;
    }
    const NbTape *tape = nb_graph_tape(root);
    if (!tape) {
        session_forget_error(u->s, false);
    }
    for (size_t i = 0; tape && i < tape->nnodes; i++) {
        add_user(u, tape->node[i]);
    }
}

static void put_users(Session *s, Text *t, const NbVar *v)
{
    char label[96];
    Users u = {.s = s, .of = v};
    each_live_root(s->interp, users_behind, &u);
    if (u.n == 0) {
        return;
    }
    text_add(t, "    used by ");
    for (int i = 0; i < u.n; i++) {
        text_printf(t, "%s%s", i ? ", " : "", report_label(s, u.user[i], label, sizeof label));
    }
    if (u.more) {
        text_add(t, s->set.unicode ? ", …" : ", ...");
    }
}

/* --- info --- */

void report_held(Session *s, Text *t, const NbVar *v, int width)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    if (!nb_var_tracked(v)) {
        return;
    }
    text_add(t, "    grad ");
    if (!g) {
        text_add(t, "-");
    } else if (g->size > 6 && s->set.digits != NB_DIGITS_FULL) {
        text_add(t, "|g| ");
        report_number(s, t, report_norm(g));
    } else {
        report_tensor(s, t, g, width);
    }
}

const char *report_kind(const NbVar *v)
{
    static const char *const words[] = {"plain", "const", "leaf", "computed"};
    return words[nb_var_kind(v)];
}

/* Least, mean and greatest of many numbers, on a second line. */
static void print_range(const Session *s, const NbVar *v)
{
    NbTensor tmp;
    Text t = text_in(s->lost);
    const NbTensor *data = nb_var_data(v, &tmp);
    if (data->size < 2) {
        return;
    }
    double least = INFINITY, most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < data->size; i++) {
        double x = nb_tensor_at(data, i);
        least = x < least ? x : least;
        most = x > most ? x : most;
        sum += x;
    }
    char shape[160];
    text_printf(&t, "  %s   least ", nb_shape_text(&data->shape, shape, sizeof shape));
    report_number(s, &t, least);
    text_add(&t, "   mean ");
    report_number(s, &t, sum / (double)data->size);
    text_add(&t, "   most ");
    report_number(s, &t, most);
    report_line(&t, s->out);
    text_free(&t);
}

void report_info(Session *s, NbVar *v, const char *name)
{
    char label[96], shown[96];
    Text t = text_in(s->lost);
    if (!name) {
        name = report_label(s, v, label, sizeof label);
    }
    report_label(s, v, shown, sizeof shown);
    if (nb_var_op(v)) {
        text_printf(&t, "%s = ", name);
        if (strcmp(name, shown) != 0 &&
            labels_own(s->labels, s->interp, v, shown, sizeof shown)[0]) {
            text_printf(&t, "%s = ", shown);
        }
        put_operation(s, &t, v);
        text_add(&t, " = ");
        report_value(s, &t, (Value){.tag = V_VAR, .var = v}, 40);
        put_local(s, &t, v, name);
    } else {
        text_printf(&t, "%s = ", name);
        report_value(s, &t, (Value){.tag = V_VAR, .var = v}, 40);
        text_printf(&t, "    %s", report_kind(v));
    }
    report_held(s, &t, v, 40);
    put_users(s, &t, v);
    report_stale(s, &t, v, name);
    report_line(&t, s->out);
    text_free(&t);
    print_range(s, v);
}
