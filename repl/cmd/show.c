/* show.c -- commands that show: info, vars */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/table.h"
#include "objects/library.h"
#include "session/report.h"

/* A line for each parameter of a model, by the name it is reached by. */
static void info_params(Session *s, const Obj *o)
{
    char label[96], shape[160];
    NbModule *m = module_of(o);
    int n = m ? nb_module_params(m) : 0, width = 0;
    for (int i = 0; i < n; i++) {
        const int w =
            nb_text_width(report_label(s, nb_module_param(m, i, NULL), label, sizeof label));
        width = w > width ? w : width;
    }
    for (int i = 0; i < n; i++) {
        Text t = text_in(s->lost);
        const NbVar *v = nb_module_param(m, i, NULL);
        text_printf(&t, "  %s", report_label(s, v, label, sizeof label));
        text_pad(&t, width + 4);
        text_printf(&t, "%s", nb_shape_text(nb_var_shape(v), shape, sizeof shape));
        report_line(&t, s->out);
        text_free(&t);
    }
}

static void info_object(Session *s, const char *name, Obj *o)
{
    char text[256];
    size_t mark[4] = {0};
    Text t = text_in(s->lost);
    text_printf(&t, "%s = %s", name, report_object(s, o, text, sizeof text));
    mark[1] = t.len;
    text_printf(&t, "    %s", o->cls->name);
    mark[2] = t.len;
    Value steps = UNSET;
    if (o->cls->get && o->cls->get(s->interp, o, "steps", &steps) && value_is_number(steps)) {
        text_printf(&t, "    %.0f steps", value_number(steps));
    }
    value_unref(&steps);
    mark[3] = t.len;
    report_parts(s, &t, mark, 4);
    text_free(&t);
    info_params(s, o);
}

static bool is_bound(Interp *I, const char *name)
{
    int symbol = interp_symbol(I, name);
    return symbol >= 0 && interp_get(I, symbol).tag != V_UNSET;
}

static bool cmd_info(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    char name[96];
    for (int i = 0; i < c->argc; i++) {
        Value v = UNSET;
        interp_text(I, c->arg[i], name, sizeof name);
        if (!is_bound(I, name) && help_print(s, name)) {
            continue;
        }
        if (!interp_eval(I, c->arg[i], &v)) {
            return false;
        }
        if (v.tag == V_VAR) {
            report_info(s, v.var, name);
        } else if (v.tag == V_OBJ) {
            info_object(s, name, v.obj);
        } else {
            size_t mark[3] = {0};
            Text t = text_in(s->lost);
            text_printf(&t, "%s = ", name);
            report_value(s, &t, v, s->columns - 20);
            mark[1] = t.len;
            text_printf(&t, "    %s", v.tag == V_CONST ? "const" : value_kind(v));
            mark[2] = t.len;
            report_parts(s, &t, mark, 3);
            text_free(&t);
        }
        value_unref(&v);
    }
    return true;
}

/* --- vars --- */

static const char *vars_kind(Value v)
{
    switch (v.tag) {
    case V_VAR: return report_kind(v.var);
    case V_FUNC: return "function";
    case V_CONST: return "const";
    case V_NUM: return "plain";
    case V_STR: return "text";
    case V_LIST: return "list";
    case V_RANGE: return "range";
    case V_OBJ: return v.obj->cls->name;
    case V_UNSET:
    case V_NONE: break;
    }
    return "none";
}

#define BESIDE_VALUE 40 /* columns of name, kind and gradient */
#define LEAST_VALUE 16

/* x   2    leaf       grad 7 */
static void vars_row(Session *s, Table *table, const char *name, Value v, bool stale)
{
    Text t = text_in(s->lost);
    const int room = s->columns - BESIDE_VALUE;
    table_cell(table, name);
    if (v.tag == V_FUNC) {
        char text[256];
        text_add(&t, func_signature(v.func, text, sizeof text));
    } else {
        report_value(s, &t, v, room < LEAST_VALUE ? LEAST_VALUE : room);
    }
    nb_text_cut(&t, s->columns - 8);
    table_text(table, session_text(s), &t);
    table_cell(table, vars_kind(v));
    if (v.tag == V_VAR) {
        report_held(s, &t, v.var, stale, 20);
        text_add(&t, stale ? "  stale" : "");
    }
    char *grad = t.s;
    while (grad && *grad == ' ') {
        grad++;
    }
    table_cell(table, grad ? grad : "");
    text_free(&t);
}

/* All but the list of a script's arguments while it is empty. */
static bool is_own_name(const Session *s, int symbol)
{
    Value v = interp_get(s->interp, symbol);
    bool empty = v.tag == V_LIST && v.list->n == 0;
    return v.tag != V_UNSET &&
           !(empty && strcmp(interp_symbol_name(s->interp, symbol), "args") == 0);
}

/* Of each symbol that names a variable, by one walk for all: names of a chain would each be a root
 * of all before it. NULL: not known. */
static bool *find_stale(Session *s, int n)
{
    NbVar **var = malloc(((size_t)n + 1) * sizeof(NbVar *));
    bool *stale = calloc((size_t)n + 1, sizeof *stale);
    size_t have = 0;
    for (int i = 0; var && i < n; i++) {
        Value v = interp_get(s->interp, i);
        if (v.tag == V_VAR) {
            var[have++] = v.var;
        }
    }
    bool ok = var && stale && nb_vars_find_stale(s->ctx, var, have, stale) == NB_OK;
    for (int i = n - 1; ok && i >= 0; i--) { /* from the last on: each to its symbol */
        bool is_var = interp_get(s->interp, i).tag == V_VAR;
        stale[i] = is_var && stale[have - 1];
        have -= is_var;
    }
    free(var);
    if (!ok) {
        free(stale);
        session_forget_error(s, false);
        return NULL;
    }
    return stale;
}

static bool cmd_vars(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    int n = interp_symbols(I), found = 0;
    bool *stale = find_stale(s, n);
    Table table;
    table_begin(&table, s->lost, 4, NULL);
    for (int i = 0; i < n && !nb_ctx_interrupted(s->ctx); i++) {
        if (is_own_name(s, i)) {
            vars_row(s, &table, interp_symbol_name(I, i), interp_get(I, i), stale && stale[i]);
            found++;
        }
    }
    free(stale);
    table_show(&table, s, false);
    if (nb_ctx_interrupted(s->ctx)) {
        return interp_fail(I, c->node, NB_EINTERRUPT, "vars");
    }
    if (found == 0) {
        fprintf(s->out, "no names are bound\n");
    }
    return true;
}

static const Builtin rows[] = {
    {"info",
     B_COMMAND | B_LAZY | B_WITHIN,
     1,
     -1,
     {{0}},
     cmd_info,
     "showing",
     "info NAME",
     "A node's operation, value, local derivatives, gradient and users; also of the names a "
     "graph shows, such as v2 and x~1.",
     "x, y = 2, 3\nf = x*y + x^2\ninfo f"},
    {"vars",
     B_COMMAND | B_WITHIN,
     0,
     0,
     {{0}},
     cmd_vars,
     "showing",
     "vars",
     "Every name of the session with its value, kind and gradient.",
     "x = 2\nf = x^2\nvars"},
};

Rows show_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
