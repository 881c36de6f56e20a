/* walk.c -- the command walk: a graph node by node, forward and then backward */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/answer.h"
#include "cmd/view.h"

#define MEASURED 2000 /* edges looked at for the widths of the columns */
#define NODE_WIDTH 34
#define LOCAL_WIDTH 28
#define PRODUCT_WIDTH 28
#define POLL_STEPS 64
#define MOST_STEPS 10000 /* shown one after the other */
#define ENDS 200         /* of more, shown at each end */
#define MOST_LIGHTS 512
#define NOTE_CAP 64

enum { OPT_ASK };

typedef struct Walk {
    Subject u;
    bool ask;        /* the question first */
    bool question;   /* it stands: what is asked for is not shown yet */
    size_t open;     /* the edge of a backward step it is about */
    size_t *run;     /* where the entries of each backward step begin; one more at the end */
    size_t nf, nb;   /* steps forward, backward */
    int node, local; /* widths of columns */
    int product;
} Walk;

static size_t steps(const Walk *w)
{
    return w->nf + w->nb;
}

/* --- columns --- */

static void put_node(Walk *w, Text *t, const NbVar *v)
{
    char label[96];
    text_printf(t, "%s = ", teach_label(&w->u, v, label, sizeof label));
    formula_operation(w->u.s, t, v);
    formula_fit(w->u.s, t, NODE_WIDTH);
}

/* "x: local 2·x = 4" */
static void put_local(Walk *w, Text *t, const NbContribution *e)
{
    char label[96];
    text_printf(t, "%s: ", teach_label(&w->u, e->to, label, sizeof label));
    teach_local(&w->u, t, e, e->scalars);
    formula_fit(w->u.s, t, e->scalars ? LOCAL_WIDTH : w->u.s->columns - 6);
}

static int widest(int width, const Text *t, int most)
{
    int w = text_columns(t);
    return w > most ? most : w > width ? w : width;
}

static void measure(Walk *w)
{
    const NbContributions *c = w->u.sweep;
    Text t = text_in(w->u.s->lost);
    for (size_t i = 0; i < c->n && i < MEASURED; i++) {
        const NbContribution *e = &c->edge[i];
        if (i == 0 || e->node != c->edge[i - 1].node) {
            text_reset(&t);
            put_node(w, &t, e->node);
            w->node = widest(w->node, &t, NODE_WIDTH);
        }
        text_reset(&t);
        put_local(w, &t, e);
        w->local = widest(w->local, &t, LOCAL_WIDTH);
        text_reset(&t);
        teach_product(&w->u, &t, e);
        w->product = widest(w->product, &t, PRODUCT_WIDTH);
    }
    text_free(&t);
}

static bool list_steps(Walk *w)
{
    const NbContributions *c = w->u.sweep;
    w->nf = w->u.tape->nnodes;
    w->run = malloc((c->n + 1) * sizeof *w->run);
    if (!w->run) {
        return interp_fail(w->u.I, NULL, NB_EMEM, "out of memory for the steps");
    }
    for (size_t i = 0; i < c->n; i++) {
        if (i == 0 || c->edge[i].node != c->edge[i - 1].node) {
            w->run[w->nb++] = i;
        }
    }
    w->run[w->nb] = c->n;
    return true;
}

/* --- one step --- */

/* "backward 2/3   " */
static void put_place(Text *t, const char *direction, size_t i, size_t n)
{
    char all[24];
    int width = snprintf(all, sizeof all, "%zu", n);
    text_printf(t, "%-8s %*zu/%s   ", direction, width, i + 1, all);
}

/* The operation on values is worth showing: not the result itself, nor the shape of one operand. */
static bool says_more(const NbVar *v, const char *numbers, const char *value)
{
    NbTensor tmp;
    const NbVar *in = nb_var_inputs(v) > 0 ? nb_var_input(v, 0).var : NULL;
    bool shape = in && (nb_var_inputs(v) < 2 || !nb_var_input(v, 1).var) &&
                 nb_var_data(in, &tmp)->size > NB_TEXT_SMALL;
    return nb_var_inputs(v) > 0 && !shape && strcmp(numbers, value) != 0;
}

/* "v1 = x * y = 2 · 3 = 6"; a question mark for the result while it is asked for. */
static void forward_step(Walk *w, size_t i, bool question)
{
    Text t = text_in(w->u.s->lost), numbers = text_in(w->u.s->lost), value = text_in(w->u.s->lost);
    NbVar *v = w->u.tape->node[i];
    char label[96];
    put_place(&t, "forward", i, w->nf);
    text_printf(&t, "%s = ", teach_label(&w->u, v, label, sizeof label));
    formula_operation(w->u.s, &t, v);
    if (question) {
        text_add(&value, "?");
    } else {
        formula_value(w->u.s, &value, v, 44);
    }
    formula_numbers(w->u.s, &numbers, v);
    int room = w->u.s->columns - text_columns(&value) - 3;
    if (says_more(v, text_str(&numbers), text_str(&value)) &&
        text_columns(&t) + text_columns(&numbers) + 3 <= room) {
        text_printf(&t, " = %s", text_str(&numbers));
    }
    formula_fit(w->u.s, &t, room > 24 ? room : 24);
    text_printf(&t, " = %s", text_str(&value));
    formula_line(w->u.s, &t, w->u.s->out);
    text_free(&t);
    text_free(&numbers);
    text_free(&value);
}

/* "   x: local y = 3     1 · 3 = 3    x: 4 + 3 = 7   (added, not replaced)" */
static void edge_line(Walk *w, const NbContribution *e, bool question)
{
    Text t = text_in(w->u.s->lost), sum = text_in(w->u.s->lost), product = text_in(w->u.s->lost);
    char label[96];
    teach_label(&w->u, e->to, label, sizeof label);
    text_add(&t, "   ");
    if (question) {
        text_printf(&t, "%s: local ?", label);
        formula_line(w->u.s, &t, w->u.s->out);
        text_free(&t);
        return;
    }
    put_local(w, &t, e);
    text_printf(&sum, "%s: ", label);
    teach_sum(&w->u, &sum, e);
    teach_product(&w->u, &product, e);
    int column = 3 + w->local + 3, last = w->u.s->columns - text_columns(&product);
    if (text_columns(&t) > 3 + LOCAL_WIDTH || text_columns(&t) + 3 > last) {
        formula_line(w->u.s, &t, w->u.s->out); /* the rest on a line of its own */
        text_add(&t, "      ");
    } else {
        text_pad(&t, column < last ? column : last);
    }
    int from = text_columns(&t);
    text_add(&t, text_str(&product));
    text_pad(&t, from + w->product + 4);
    text_add(&t, text_columns(&t) > from + w->product + 4 ? "   " : "");
    if (text_columns(&t) + text_columns(&sum) > w->u.s->columns) {
        formula_line(w->u.s, &t, w->u.s->out);
        text_add(&t, "      ");
    }
    text_add(&t, text_str(&sum));
    if (!e->first && text_columns(&t) + 24 <= w->u.s->columns) {
        text_add(&t, "   (added, not replaced)");
    } else if (!e->first && text_columns(&t) + 10 <= w->u.s->columns) {
        text_add(&t, "   (added)");
    }
    formula_line(w->u.s, &t, w->u.s->out);
    text_free(&t);
    text_free(&sum);
    text_free(&product);
}

static void backward_step(Walk *w, size_t i, bool question)
{
    const NbContribution *e = &w->u.sweep->edge[w->run[i]];
    Text t = text_in(w->u.s->lost), node = text_in(w->u.s->lost), upstream = text_in(w->u.s->lost);
    put_place(&t, "backward", i, w->nb);
    int from = text_columns(&t);
    text_add(&upstream, e->node == w->u.f ? "" : "upstream ");
    teach_partial(&w->u, &upstream, e->node);
    text_add(&upstream, " = ");
    formula_amount(w->u.s, &upstream, &e->upstream, 26);
    put_node(w, &node, e->node);
    int room = w->u.s->columns - from - 3 - text_columns(&upstream);
    bool apart = room < 12; /* upstream on a line of its own */
    room = apart ? w->u.s->columns - from : room;
    if (w->node > room) {
        formula_fit(w->u.s, &node, room);
    }
    text_add(&t, text_str(&node));
    if (apart) {
        formula_line(w->u.s, &t, w->u.s->out);
        text_add(&t, "   ");
    } else {
        text_pad(&t, from + (w->node > room ? text_columns(&node) : w->node) + 3);
    }
    text_add(&t, text_str(&upstream));
    formula_line(w->u.s, &t, w->u.s->out);
    if (question) {
        edge_line(w, e, true);
    }
    for (size_t k = w->run[i]; !question && k < w->run[i + 1]; k++) {
        edge_line(w, &w->u.sweep->edge[k], false);
    }
    text_free(&t);
    text_free(&node);
    text_free(&upstream);
}

static void show(Walk *w, size_t step, bool question)
{
    if (step < w->nf) {
        forward_step(w, step, question);
    } else {
        backward_step(w, step - w->nf, question);
    }
}

static void say_done(Walk *w)
{
    Text t = text_in(w->u.s->lost);
    Text end = text_in(w->u.s->lost);
    text_printf(&end, "Nothing stored; backward %s stores them.", w->u.name);
    text_add(&t, w->u.tape->nleaves > 0 ? "walk done: " : "walk done");
    teach_leaves(&w->u, &t, w->u.s->columns - 1);
    text_add(&t, ".");
    if (text_columns(&t) + 1 + text_columns(&end) > w->u.s->columns) {
        formula_line(w->u.s, &t, w->u.s->out);
    } else {
        text_add(&t, " ");
    }
    text_add(&t, text_str(&end));
    formula_line(w->u.s, &t, w->u.s->out);
    text_free(&t);
    text_free(&end);
}

/* Runs on from a step to the end; false when stopped. */
/* Nobody reads a million steps: the middle is folded. */
static size_t fold(const Walk *w, size_t from, size_t i)
{
    const size_t left = steps(w) - from;
    if (left <= MOST_STEPS || i != from + ENDS) {
        return i;
    }
    const size_t to = steps(w) - ENDS;
    fprintf(w->u.s->out, "%s steps %zu to %zu left out; walk v3 walks a part\n",
            w->u.s->set.unicode ? "…" : "...", i + 1, to);
    return to;
}

static bool run_on(Walk *w, size_t from)
{
    for (size_t i = from; i < steps(w); i++) {
        i = fold(w, from, i);
        if (i % POLL_STEPS == 0 && !interp_poll(w->u.I)) {
            return false;
        }
        show(w, i, false);
    }
    say_done(w);
    return true;
}

/* --- in the graph window --- */

typedef struct Lights {
    ViewLight *light;
    char (*note)[NOTE_CAP];
    int n, cap;
} Lights;

static void add_light(Lights *l, NbVar *v, ViewLightKind kind, const Text *note)
{
    if (l->n < l->cap) {
        snprintf(l->note[l->n], NOTE_CAP, "%s", note ? text_str(note) : "");
        l->light[l->n] = (ViewLight){v, kind, note ? l->note[l->n] : NULL};
        l->n++;
    }
}

static void light_forward(Walk *w, Lights *l, size_t i)
{
    NbVar *v = w->u.tape->node[i];
    Text note = text_in(w->u.s->lost);
    formula_value(w->u.s, &note, v, NOTE_CAP / 2);
    add_light(l, v, VIEW_LIGHT_HERE, &note);
    for (int k = 0; k < nb_var_inputs(v); k++) {
        NbVar *in = nb_var_input(v, k).var;
        if (in) {
            text_reset(&note);
            formula_value(w->u.s, &note, in, NOTE_CAP / 2);
            add_light(l, in, VIEW_LIGHT_INPUT, &note);
        }
    }
    for (size_t k = 0; k < i; k++) {
        add_light(l, w->u.tape->node[k], VIEW_LIGHT_DONE, NULL);
    }
    text_free(&note);
}

static void light_backward(Walk *w, Lights *l, size_t i)
{
    const NbContribution *e = w->u.sweep->edge;
    Text note = text_in(w->u.s->lost);
    formula_amount(w->u.s, &note, &e[w->run[i]].upstream, NOTE_CAP / 2);
    add_light(l, e[w->run[i]].node, VIEW_LIGHT_HERE, &note);
    for (size_t k = w->run[i]; k < w->run[i + 1]; k++) {
        text_reset(&note);
        teach_sum(&w->u, &note, &e[k]);
        add_light(l, e[k].to, VIEW_LIGHT_INPUT, &note);
    }
    for (size_t k = 0; k < i; k++) {
        add_light(l, e[w->run[k]].node, VIEW_LIGHT_DONE, NULL);
    }
    text_free(&note);
}

/* The node at work, and the edges in use with what flows along them; no numbers in a question. */
static void light(Walk *w, size_t step, bool question)
{
    Lights l = {.cap = MOST_LIGHTS};
    l.light = malloc(MOST_LIGHTS * sizeof *l.light);
    l.note = malloc(MOST_LIGHTS * sizeof *l.note);
    bool backward = step >= w->nf;
    if (l.light && l.note && session_open(w->u.s)) {
        if (backward) {
            light_backward(w, &l, step - w->nf);
        } else {
            light_forward(w, &l, step);
        }
        for (int i = 0; question && i < l.n; i++) {
            l.light[i].note = NULL;
        }
        view_light(w->u.s, l.light, l.n, backward);
        view_walk(w->u.s, w->u.f, question ? step : step + 1);
    }
    free(l.light);
    free(l.note);
}

/* --- at the prompt --- */

typedef enum Next { SHOW, AGAIN, RUN_ON, LEAVE } Next;

/* Names are answers only where one is asked for. */
static bool is_word(const Walk *w, const char *line, const char *letter, const char *word)
{
    return w->question ? answer_is_word(&w->u, line, letter, word)
                       : strcmp(line, letter) == 0 || strcmp(line, word) == 0;
}

static const char *word_for(const Walk *w, const char *letter, const char *word)
{
    return w->ask ? answer_word(&w->u, letter, word) : letter;
}

/* --- what is asked, and answered --- */

/* The edge whose local derivative is asked for; NULL when it is a value. */
static const NbContribution *edge_asked(const Walk *w, size_t at)
{
    return at < w->nf ? NULL : &w->u.sweep->edge[w->run[at - w->nf] + w->open];
}

static bool is_right(const Walk *w, size_t at, Value given)
{
    const NbContribution *e = edge_asked(w, at);
    NbTensor tmp;
    return e ? answer_right(given, e->local, NULL, ANSWER_TOLERANCE)
             : answer_right(given, 0, nb_var_data(w->u.tape->node[at], &tmp), ANSWER_TOLERANCE);
}

/* A right answer: what was asked for is shown; then the next edge of the step, or the next step. */
static Next go_on(Walk *w, size_t *at)
{
    const NbContribution *e = edge_asked(w, *at);
    fprintf(w->u.s->out, "right\n");
    if (!e) {
        forward_step(w, *at, false);
    } else {
        edge_line(w, e, false);
        if (w->run[*at - w->nf] + ++w->open < w->run[*at - w->nf + 1]) {
            edge_line(w, edge_asked(w, *at), true);
            return AGAIN;
        }
    }
    w->open = 0;
    ++*at;
    return SHOW;
}

static Next judge(Walk *w, const char *line, size_t *at)
{
    const NbContribution *e = edge_asked(w, *at);
    Value given;
    if (e && !e->scalars) {
        session_tell(w->u.s, "Enter shows it: the derivative by a tensor is no number");
        return AGAIN;
    }
    if (!answer_read(&w->u, line, &given)) {
        return AGAIN;
    }
    bool right = is_right(w, *at, given);
    if (!right) {
        Text t = text_in(w->u.s->lost), instead = text_in(w->u.s->lost);
        if (e) {
            answer_instead_local(&w->u, e, given, &instead);
        }
        text_printf(&t, instead.len > 0 ? "not yet: %s" : "not yet%s", text_str(&instead));
        formula_line(w->u.s, &t, w->u.s->out);
        text_free(&instead);
        text_free(&t);
    }
    value_unref(&given);
    return right ? go_on(w, at) : AGAIN;
}

/* Shows a step from its beginning. */
static Next step_to(Walk *w, size_t *at, size_t to, bool question)
{
    *at = to;
    w->open = 0;
    w->question = question;
    return SHOW;
}

/* "g 4", and in a walk that does not ask "4" too: the number of a step; g4 may be a name. */
static bool is_place(const Walk *w, const char *line, long long *step)
{
    char *end;
    const char *number = line[0] == 'g' ? line + 1 + strspn(line + 1, " \t") : line;
    if (number > line &&
        (!isdigit((unsigned char)*number) || (w->question && answer_names_number(&w->u, line)))) {
        return false;
    }
    *step = strtoll(number, &end, 10);
    return (number > line || !w->ask) && end != number && !*end;
}

/* What a line asks for; *at is the step to show. */
static Next understand(Walk *w, const char *line, size_t *at)
{
    long long step;
    if (line[0] == '\0' || is_word(w, line, "n", "next")) {
        /* the answer to the question that stands, or the next step */
        return w->question ? step_to(w, at, *at, false) : step_to(w, at, *at + 1, w->ask);
    }
    if (is_word(w, line, "p", "back")) {
        if (*at > 0) {
            return step_to(w, at, *at - 1, false);
        }
        w->question = false;
        fprintf(w->u.s->out, "this is the first step\n");
        return AGAIN;
    }
    if (is_word(w, line, "r", "run")) {
        *at += w->question ? 0 : 1;
        return RUN_ON;
    }
    if (is_word(w, line, "q", "quit")) {
        return LEAVE;
    }
    if (is_place(w, line, &step)) {
        if (step >= 1 && (unsigned long long)step <= steps(w)) {
            return step_to(w, at, (size_t)step - 1, false);
        }
        fprintf(w->u.s->out, "steps are 1 to %zu\n", steps(w));
        return AGAIN;
    }
    if (w->question) {
        return judge(w, line, at);
    }
    session_tell(w->u.s, "%s or Enter next, %s back, %s run on, g N goes to step N, %s leaves",
                 word_for(w, "n", "next"), word_for(w, "p", "back"), word_for(w, "r", "run"),
                 word_for(w, "q", "quit"));
    return AGAIN;
}

static bool converse(Walk *w)
{
    Session *s = w->u.s;
    char prompt[64], line[256];
    size_t at = 0;
    Next next = SHOW;
    w->question = w->ask;
    const char *back = word_for(w, "p", "back"), *on = word_for(w, "n", "next");
    session_tell(s, "%sEnter %s, %s back, %s run on, g N goes to step N, %s leaves",
                 w->ask ? "type the number, " : "", w->ask ? "shows it" : "next", back,
                 word_for(w, "r", "run"), word_for(w, "q", "quit"));
    while (next == SHOW || next == AGAIN) {
        if (at >= steps(w)) {
            say_done(w);
            return true;
        }
        if (next == SHOW) {
            show(w, at, w->question);
            light(w, at, w->question);
        }
        snprintf(prompt, sizeof prompt, "walk %zu/%zu> ", at + 1, steps(w));
        FrontAsk ask = {prompt, back, on};
        next = session_ask(s, &ask, line, sizeof line) ? understand(w, answer_line(line), &at)
                                                       : LEAVE;
    }
    if (next == RUN_ON) {
        return run_on(w, at);
    }
    session_tell(s, "walk left. Nothing stored; backward %s stores the gradients.", w->u.name);
    return true;
}

static bool converse_lit(Walk *w)
{
    Session *s = w->u.s;
    bool ok = converse(w);
    view_light(s, NULL, 0, false);
    view_walk(s, NULL, 0);
    return ok;
}

/* All steps as the text beside a page in which the graph is walked by hand. */
static bool show_page(Walk *w)
{
    Capture c;
    session_capture(w->u.s, &c);
    bool ok = run_on(w, 0);
    char *text = session_captured(w->u.s, &c);
    ok = ok && text && view_page(w->u.s, w->u.node, w->u.f, w->u.name, text, NULL);
    free(text);
    return ok;
}

static bool cmd_walk(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Walk w = {0};
    bool ok = teach_begin(&w.u, I, c, 0) && interp_opt_flag(I, c, OPT_ASK, &w.ask) &&
              teach_sweep(&w.u) && list_steps(&w);
    if (ok && steps(&w) == 0) {
        Text t = text_in(session_of(I)->lost);
        text_printf(&t, "%s is a leaf: ", w.u.name);
        teach_partial(&w.u, &t, w.u.f);
        text_add(&t, " = 1, and there is no step to take");
        formula_line(w.u.s, &t, session_of(I)->out);
        text_free(&t);
    } else if (ok) {
        measure(&w);
        bool page = session_takes_forms(w.u.s) && !w.ask && w.u.s->depth == 0;
        ok = page ? show_page(&w) : teach_asks(w.u.s) ? converse_lit(&w) : run_on(&w, 0);
    }
    free(w.run);
    teach_end(&w.u);
    return ok;
}

static const Builtin rows[] = {
    {"walk",
     B_COMMAND | B_LAZY | B_WITHIN,
     1,
     1,
     {{"ask", "false"}},
     cmd_walk,
     "explaining",
     "walk f [, ask=true]",
     "The graph behind f node by node, forward with values, then backward with each product and "
     "what it is added to. At the prompt: n or Enter next, p back, r run on, g N goes to step N, q "
     "leaves; ask=true asks for each number before showing it and judges what is typed, Enter "
     "shows "
     "it. A script prints every step, of more than 10,000 the first and "
     "last ones. Nothing is stored.",
     "x, y = 2, 3\nf = x*y + x^2\nwalk f"},
};

Rows walk_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
