/* report.c -- how a session writes, and the echo of statements */
#include "session/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "lang/value.h"

const char *report_arrow(const Session *s)
{
    return s->set.unicode ? "→" : "->";
}

const char *report_dot(const Session *s)
{
    return s->set.unicode ? "·" : "*";
}

static const char *label(void *user, const NbVar *v, char *buf, size_t cap)
{
    const Session *s = user;
    return labels_name(s->labels, s->interp, v, buf, cap);
}

/* Its label; of a small tensor without name its numbers. */
static const char *label_or_numbers(void *user, const NbVar *v, char *buf, size_t cap)
{
    const Session *s = user;
    NbTensor tmp;
    const NbTensor *data = nb_var_data(v, &tmp);
    if (!nb_var_op(v) && data->shape.rank > 0 && data->size <= NB_TEXT_SMALL &&
        !labels_own(s->labels, s->interp, v, buf, cap)[0]) {
        Text t = text_over(buf, cap);
        report_tensor(s, &t, data, 0);
        return buf;
    }
    return label(user, v, buf, cap);
}

NbTextStyle session_text(const Session *s)
{
    return (NbTextStyle){.user = (void *)s,
                         .label = label,
                         .digits = s->set.digits,
                         .unicode = s->set.unicode,
                         .columns = s->columns};
}

NbTextStyle session_formulas(const Session *s)
{
    NbTextStyle style = session_text(s);
    style.label = label_or_numbers;
    return style;
}

void report_line(const Text *t, FILE *out)
{
    if (text_whole(t)) {
        fwrite(text_str(t), 1, t->len, out);
        fputc('\n', out);
    }
}

static ValueStyle shown(const Session *s, int width)
{
    return (ValueStyle){
        .digits = s->set.digits, .width = width > 0 ? width : 0, .quoted = true, .shown = true};
}

const char *report_object(const Session *s, const Obj *o, char *buf, size_t cap)
{
    Text t = text_over(buf, cap);
    t.lost = s->lost;
    interp_print(s->interp, &t, (Value){.tag = V_OBJ, .obj = (Obj *)o}, shown(s, 0));
    return buf;
}

void report_value(const Session *s, Text *t, Value v, int width)
{
    interp_print(s->interp, t, v, shown(s, width));
}

/* --- echoes --- */

typedef struct Changed {
    NbVar *var[4];
    int n;
} Changed;

/* "x, y, …": as many names as leave so many columns of the line. */
static void put_changed(const Session *s, Text *t, const Changed *c, int after)
{
    char label[96];
    Text list = text_in(s->lost);
    int room = s->columns - text_columns(t) - after;
    bool more = c->n > 3;
    for (int i = 0; i < c->n && i < 3; i++) {
        report_label(s, c->var[i], label, sizeof label);
        if (i > 0 && text_columns(&list) + nb_text_width(label) > room) {
            more = true;
            break;
        }
        text_printf(&list, "%s%s", i ? ", " : "", label);
    }
    if (more) {
        text_add(&list, s->set.unicode ? ", …" : ", ...");
    }
    text_add(t, text_str(&list));
    text_free(&list);
}

void report_stale(Session *s, Text *t, NbVar *v, const char *name)
{
    Changed c = {0};
    bool stale;
    if (nb_var_find_stale(v, &stale, c.var, 4, &c.n) != NB_OK) {
        *s->lost = true;
        nb_err_clear(nb_ctx_err(s->ctx));
    }
    const bool repeats = !stale && nb_var_repeats(v, &c.var[0]) > 0;
    if (!stale && !repeats) {
        return;
    }
    text_add(t, "  (stale: ");
    if (repeats) {
        c.n = 1;
        put_changed(s, t, &c, nb_text_width(name) + 30);
        text_printf(t, " changed; rebuild with %s = %s)", name, s->set.unicode ? "…" : "...");
        return;
    }
    put_changed(s, t, &c, nb_text_width(name) + 26);
    text_printf(t, " changed; run: forward %s)", name);
}

void report_grad_stale(Session *s, Text *t, NbVar *v)
{
    Changed c = {0};
    if (!nb_var_grad_stale(v, c.var, 4, &c.n)) {
        return;
    }
    text_add(t, "  (stale");
    if (c.n > 0) {
        text_add(t, ": ");
        put_changed(s, t, &c, 24);
        text_add(t, " changed since backward");
    }
    text_add(t, ")");
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

bool report_no_gradient(const char *text, Value v)
{
    return (v.tag == V_NONE || v.tag == V_UNSET) && ends_with(text, ".grad");
}

static bool is_tensor(Value v)
{
    return v.tag == V_VAR && !nb_var_is_scalar(v.var);
}

/* "labels 0 1" of a vector of few whole numbers. */
static void put_labels(Text *t, const NbTensor *v)
{
    uint32_t seen = 0;
    for (int64_t i = 0; i < v->size; i++) {
        double x = nb_tensor_at(v, i);
        if (!(x >= 0 && x < 20) || x != floor(x)) {
            return;
        }
        seen |= 1U << (unsigned)x;
    }
    text_add(t, ", labels");
    for (unsigned k = 0; k < 20; k++) {
        if (seen >> k & 1U) {
            text_printf(t, " %u", k);
        }
    }
}

/* "x (200, 2) const": data too long to print, when it gets its name. */
static void put_data(Text *t, const char *name, const NbVar *v)
{
    char shape[160];
    NbTensor tmp;
    text_printf(t, "%s %s const", name, nb_shape_text(nb_var_shape(v), shape, sizeof shape));
    const NbTensor *data = nb_var_data(v, &tmp);
    if (data->shape.rank == 1) {
        put_labels(t, data);
    }
}

/* "x.grad (2, 8)   |g| 0.342" of a gradient with many numbers. */
static bool put_gradient(const Session *s, Text *t, const char *name, Value v)
{
    NbTensor tmp;
    char shape[160];
    if (!is_tensor(v) || !ends_with(name, ".grad") || s->set.digits == NB_DIGITS_FULL) {
        return false;
    }
    const NbTensor *g = nb_var_data(v.var, &tmp);
    if (g->size <= 6) {
        return false;
    }
    text_printf(t, "%s %s   ", name, nb_shape_text(&g->shape, shape, sizeof shape));
    nb_text_magnitude(session_text(s), t, g);
    return true;
}

static void put_flag(Text *t, Value v)
{
    text_add(t, value_is_number(v) && value_number(v) == 0 ? "false" : "true");
}

static void put_age(Session *s, Text *t, Value of)
{
    if (of.tag == V_VAR) {
        report_grad_stale(s, t, of.var);
    }
}

/* What a person reads: more than one row, and not to full digits, where numbers are to be copied.
 */
static bool in_rows(const Session *s, Value v)
{
    NbTensor tmp;
    if (!session_is(s, FRONT_PERSON) || v.tag != V_VAR || s->set.digits == NB_DIGITS_FULL) {
        return false;
    }
    const NbTensor *m = nb_var_data(v.var, &tmp);
    return m->shape.rank == 2 && m->shape.dim[0] > 1 && m->shape.dim[1] > 0;
}

/* alone: nothing else on its line. */
static void put_item(Session *s, Text *t, const char *name, Value v, Value of, bool binding,
                     bool alone)
{
    Text value = text_in(s->lost);
    int room = s->columns - nb_text_width(name) - 3;
    if (report_no_gradient(name, v)) {
        text_printf(t, "%s = -", name);
        return;
    }
    if (put_gradient(s, t, name, v)) {
        put_age(s, t, of);
        return;
    }
    NbTensor tmp;
    bool constant = binding && is_tensor(v) && nb_var_kind(v.var) == NB_CONST;
    if (constant && s->set.digits != NB_DIGITS_FULL) {
        const NbTensor *data = nb_var_data(v.var, &tmp);
        nb_text_items(session_text(s), &value, data, (int)(data->size < 80 ? data->size : 80));
        if (text_columns(&value) > room) {
            put_data(t, name, v.var);
            text_free(&value);
            return;
        }
        text_reset(&value);
    }
    if (alone && in_rows(s, v)) {
        nb_text_rows(session_text(s), &value, nb_var_data(v.var, &tmp), s->columns - room,
                     s->columns);
    } else {
        report_value(s, &value, v, room);
    }
    text_printf(t, "%s = %s", name, text_str(&value));
    text_free(&value);
    if (v.tag == V_VAR) {
        report_stale(s, t, v.var, name);
    }
    if (v.tag != V_VAR || nb_var_kind(v.var) != NB_INNER) {
        put_age(s, t, of);
    }
}

/* Items side by side, three blanks between, on as few lines as fit. */
/* x, x = 1, 2 binds x once. */
static bool bound_again(const Outcome *out, int i)
{
    for (int k = i + 1; k < out->n; k++) {
        if (strcmp(out->item[k].text, out->item[i].text) == 0) {
            return true;
        }
    }
    return false;
}

static const char *dots(const Session *s)
{
    return s->set.unicode ? "…" : "...";
}

/* "opt = adam(…)" longer than a terminal's line is broken between its arguments. */
static bool echo_object(const Session *s, const Text *item, const char *name)
{
    int at = nb_text_width(name) + 3;
    if (!session_is(s, FRONT_OUT_TTY) || text_columns(item) <= s->columns || at > s->columns / 2 ||
        !text_whole(item)) {
        return false;
    }
    fprintf(s->out, "%s = ", name);
    lang_put_wrapped(text_str(item) + strlen(name) + 3, s->out, at, s->columns);
    fputc('\n', s->out);
    return true;
}

static void echo_items(Session *s, const Outcome *out, bool binding)
{
    Text line = text_in(s->lost), item = text_in(s->lost);
    for (int i = 0; i < out->n; i++) {
        text_reset(&item);
        if (binding && bound_again(out, i)) {
            continue;
        }
        if (out->item[i].flag) {
            text_printf(&item, "%s = ", out->item[i].text);
            put_flag(&item, out->item[i].after);
        } else {
            const Value of = out->item[i].data ? UNSET : out->item[i].of;
            put_item(s, &item, out->item[i].text, out->item[i].after, of, binding, out->n == 1);
        }
        if (out->item[i].data && out->item[i].of.tag == V_VAR) {
            NbVar *f = out->item[i].of.var;
            char label[64];
            report_stale(s, &item, f, report_label(s, f, label, sizeof label));
        }
        if (line.len > 0 && text_columns(&line) + 3 + text_columns(&item) > s->columns) {
            report_line(&line, s->out);
            text_reset(&line);
        }
        if (line.len == 0 && out->item[i].after.tag == V_OBJ &&
            echo_object(s, &item, out->item[i].text)) {
            continue;
        }
        text_printf(&line, "%s%s", line.len > 0 ? "   " : "", text_str(&item));
    }
    if (out->more) {
        text_printf(&line, "   %s", dots(s));
    }
    if (line.len > 0) {
        report_line(&line, s->out);
    }
    text_free(&line);
    text_free(&item);
}

void report_change(const Session *s, Text *t, const char *name, Value before, Value after)
{
    Text both = text_in(s->lost);
    int room = (s->columns - nb_text_width(name) - 6) / 2;
    bool tensor = is_tensor(after);
    if (before.tag == V_NONE && report_no_gradient(name, before)) {
        text_add(&both, "-");
    } else {
        report_value(s, &both, before, room);
    }
    text_printf(&both, " %s ", report_arrow(s));
    report_value(s, &both, after, room);
    if (tensor && before.tag == V_UNSET) { /* too large to have been kept */
        text_reset(&both);
        report_value(s, &both, after, s->columns - nb_text_width(name) - 2);
    }
    text_printf(t, "%s: %s", name, text_str(&both));
    text_free(&both);
}

static void echo_writes(Session *s, const Outcome *out)
{
    Text t = text_in(s->lost);
    for (int i = 0; i < out->n; i++) {
        text_reset(&t);
        if (out->item[i].flag) {
            text_printf(&t, "%s: ", out->item[i].text);
            put_flag(&t, out->item[i].before);
            text_printf(&t, " %s ", report_arrow(s));
            put_flag(&t, out->item[i].after);
        } else {
            report_change(s, &t, out->item[i].text, out->item[i].before, out->item[i].after);
        }
        report_line(&t, s->out);
    }
    if (out->more) {
        fprintf(s->out, "%s\n", dots(s));
    }
    text_free(&t);
}

void report_outcome(Session *s, const Outcome *out)
{
    switch (out->kind) {
    case OUT_NONE: break;
    case OUT_BIND: echo_items(s, out, true); break;
    case OUT_WRITE: echo_writes(s, out); break;
    case OUT_VALUE:
        if (out->n == 1 && out->item[0].after.tag == V_NONE &&
            strcmp(out->item[0].text, "ans") == 0) {
            break; /* a function that returned nothing */
        }
        echo_items(s, out, false);
        break;
    case OUT_DEF:
        if (out->n > 0) {
            fprintf(s->out, "%s\n", out->item[0].text);
        }
        break;
    }
}
