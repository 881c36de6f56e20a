/* report_info.c -- what `info` says of a variable: operation, value, gradient, who uses it */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "session/report.h"

#define MOST_USERS 8

/* --- texts of an operation --- */

/* "    local ∂v2/∂x = 2·x = 4" for every operand that is tracked. */
static void put_local(Session *s, Text *t, const NbVar *v, const char *name)
{
    NbTextStyle style = session_text(s);
    char operand[96];
    int shown = 0, n = nb_var_inputs(v) > 3 ? 0 : nb_var_inputs(v);
    Text local = text_in(s->lost);
    for (int i = 0; i < n; i++) {
        const NbVar *in = nb_var_input(v, i).var;
        if (!in || !nb_var_takes_grad(in) || !nb_var_takes_grad(v)) {
            continue;
        }
        text_reset(&local);
        nb_text_local_both(style, &local, v, i, name, 0);
        if (local.len > 0) {
            text_add(t, shown++ ? ", " : "    local ");
            nb_text_partial(style, t, name, nb_text_label(style, in, operand, sizeof operand));
            text_printf(t, " = %s", text_str(&local));
        }
    }
    text_free(&local);
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

void report_held(Session *s, Text *t, NbVar *v, bool stale, int width)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    if (!nb_var_tracked(v)) {
        return;
    }
    text_add(t, "    grad ");
    int64_t few = s->set.digits == NB_DIGITS_FULL ? INT64_MAX : NB_TEXT_SMALL;
    nb_text_gradient(session_text(s), t, g, few, width);
    if (g && !stale && nb_var_grad_stale(v, NULL, 0, NULL)) {
        text_add(t, " (stale)");
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

void report_parts(Session *s, const Text *line, const size_t *mark, int n)
{
    Table table;
    Text cell = text_in(s->lost);
    int cells = 0;
    if (!session_takes_forms(s)) {
        report_line(line, s->out);
        return;
    }
    for (int i = 0; i + 1 < n; i++) {
        cells += mark[i + 1] > mark[i];
    }
    table_begin(&table, s->lost, cells, NULL);
    for (int i = 0; i + 1 < n; i++) {
        size_t from = mark[i] + strspn(text_from(line, mark[i]), " ");
        if (mark[i + 1] > mark[i]) {
            text_addn(&cell, text_from(line, from), mark[i + 1] - from);
            table_text(&table, session_text(s), &cell);
        }
    }
    text_free(&cell);
    Capture c;
    session_capture(s, &c);
    report_line(line, s->out);
    table_beside(&table, s, false, session_captured(s, &c));
}

void report_info(Session *s, NbVar *v, const char *name)
{
    char label[96], shown[96];
    size_t mark[6] = {0};
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
        nb_text_operation(session_text(s), &t, v);
        text_add(&t, " = ");
        report_value(s, &t, (Value){.tag = V_VAR, .var = v}, 40);
        mark[1] = t.len;
        put_local(s, &t, v, name);
    } else {
        text_printf(&t, "%s = ", name);
        report_value(s, &t, (Value){.tag = V_VAR, .var = v}, 40);
        mark[1] = t.len;
        text_printf(&t, "    %s", report_kind(v));
    }
    mark[2] = t.len;
    report_held(s, &t, v, nb_var_stale(v, NULL, 0, NULL), 40);
    mark[3] = t.len;
    put_users(s, &t, v);
    mark[4] = t.len;
    report_stale(s, &t, v, name);
    mark[5] = t.len;
    report_parts(s, &t, mark, 6);
    text_free(&t);
    print_range(s, v);
}
