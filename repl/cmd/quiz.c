/* quiz.c -- the command quiz: gradients asked one by one, with hints and a score */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/answer.h"
#include "cmd/view.h"

#define MOST_QUESTIONS 64
#define USUAL_QUESTIONS 12 /* of graphs with more nodes only the leaves are asked */
#define HINTS 2

enum { OPT_NODES, OPT_ANSWERS, OPT_TOLERANCE };

typedef struct Quiz {
    Subject u;
    Uses uses;
    NbVar *ask[MOST_QUESTIONS]; /* borrowed: they are behind f */
    int n;
    double tolerance; /* relative */
    double score;
    int asked;
} Quiz;

/* --- what is asked --- */

static bool can_ask(const Quiz *q, const NbVar *v)
{
    const NbAmount *a = nb_contributions_total(q->u.sweep, v);
    return a && v != q->u.f && (!a->tensor || a->tensor->size <= NB_TEXT_SMALL);
}

static void add_question(Quiz *q, NbVar *v)
{
    if (q->n < MOST_QUESTIONS && can_ask(q, v)) {
        q->ask[q->n++] = v;
    }
}

/* Nodes in the order of backward, then the leaves. */
static void usual_questions(Quiz *q)
{
    const NbTape *t = q->u.tape;
    if (t->nnodes + t->nleaves <= USUAL_QUESTIONS) {
        for (size_t i = t->nnodes; i-- > 0;) {
            add_question(q, t->node[i]);
        }
    }
    for (size_t i = t->nleaves; i-- > 0;) {
        add_question(q, t->leaf[i]);
    }
}

static bool add_given(Quiz *q, const Call *c, Value v)
{
    char label[96];
    const Node *at = c->optnode[OPT_NODES];
    if (v.tag != V_VAR || !nb_var_tracked(v.var)) {
        interp_fail(q->u.I, at, NB_ETYPE, "quiz: nodes= lists variables, not %s", value_kind(v));
        return interp_hint(q->u.I, "nodes=[x, v1]");
    }
    if (!teach_behind(q->u.s, q->u.f, v.var)) {
        return interp_fail(q->u.I, at, NB_EVALUE, "quiz: %s does not depend on %s", q->u.name,
                           report_label(q->u.s, v.var, label, sizeof label));
    }
    if (!can_ask(q, v.var)) {
        return interp_fail(q->u.I, at, NB_EVALUE, "quiz: the gradient by %s cannot be asked",
                           report_label(q->u.s, v.var, label, sizeof label));
    }
    add_question(q, v.var);
    return true;
}

static bool choose_questions(Quiz *q, const Call *c)
{
    Value v = c->opt[OPT_NODES];
    if (v.tag == V_UNSET) {
        usual_questions(q);
    } else if (v.tag == V_LIST) {
        for (int i = 0; i < v.list->n; i++) {
            if (!add_given(q, c, v.list->item[i])) {
                return false;
            }
        }
    } else if (!add_given(q, c, v)) {
        return false;
    }
    return q->n > 0 || interp_fail(q->u.I, q->u.node, NB_EVALUE,
                                   "quiz: nothing small enough to be asked behind %s", q->u.name);
}

static bool is_right(const Quiz *q, const NbVar *x, Value given)
{
    const NbAmount *a = nb_contributions_total(q->u.sweep, x);
    return answer_right(given, a->num, a->tensor, q->tolerance);
}

/* --- texts --- */

/* The nodes with their values: what one has to work with. */
static void print_graph(Quiz *q)
{
    Text t = text_in(q->u.s->lost);
    char label[96];
    const NbTape *tape = q->u.tape;
    for (size_t i = 0; i < tape->nnodes && tape->nnodes <= USUAL_QUESTIONS; i++) {
        Text numbers = text_in(q->u.s->lost);
        text_printf(&t, "  %s = ", teach_label(&q->u, tape->node[i], label, sizeof label));
        formula_operation(q->u.s, &t, tape->node[i]);
        formula_numbers(q->u.s, &numbers, tape->node[i]);
        if (text_columns(&t) + text_columns(&numbers) < 50) {
            text_printf(&t, " = %s", text_str(&numbers));
        }
        nb_text_cut(&t, 52);
        text_add(&t, " = ");
        formula_value(q->u.s, &t, tape->node[i], 22);
        formula_line(q->u.s, &t, q->u.s->out);
        text_free(&numbers);
    }
    text_free(&t);
}

/* First what the derivative is made of, then its numbers. */
static void print_hint(Quiz *q, const NbVar *x, int hint)
{
    Text t = text_in(q->u.s->lost);
    size_t n;
    const struct Use *use = uses_of(&q->uses, x, &n);
    bool scalar = terms_scalar(&q->u, use, n);
    text_add(&t, "hint: ");
    teach_partial(&q->u, &t, x);
    text_add(&t, " = ");
    bool direct = n > 0 && q->u.sweep->edge[use[n - 1].edge].node == q->u.f;
    TermStyle style = hint == 0 ? (direct ? TERM_CHAIN : TERM_SYMBOLS)
                      : direct  ? TERM_SYMBOLS
                                : TERM_NUMBERS;
    terms_put(&q->u, &t, use, n, scalar ? style : TERM_SYMBOLS, 6, q->u.s->columns);
    formula_line(q->u.s, &t, q->u.s->out);
    text_free(&t);
}

/* "not yet: that is ∂f/∂y" */
static void print_not_yet(Quiz *q, const NbVar *x, Value given)
{
    Text t = text_in(q->u.s->lost), instead = text_in(q->u.s->lost);
    answer_instead(&q->u, &q->uses, x, given, &instead);
    text_printf(&t, instead.len > 0 ? "not yet: %s" : "not yet%s", text_str(&instead));
    formula_line(q->u.s, &t, q->u.s->out);
    text_free(&instead);
    text_free(&t);
}

static void print_answer(Quiz *q, const NbVar *x, const char *before)
{
    Text t = text_in(q->u.s->lost);
    text_add(&t, before);
    teach_total(&q->u, &t, x);
    formula_line(q->u.s, &t, q->u.s->out);
    text_free(&t);
}

static void print_score(const Quiz *q)
{
    char number[40];
    if (*q->u.s->lost) {
        return;
    }
    fprintf(q->u.s->out, "score %s of %d\n", nb_format_number(q->score, 3, number, sizeof number),
            q->asked);
}

/* --- at the prompt --- */

/* One question until it is right, told or left; false when the person leaves. */
static bool ask_one(Quiz *q, NbVar *x)
{
    Session *s = q->u.s;
    Text question = text_in(s->lost), prompt = text_in(s->lost);
    char line[256];
    int hints = 0;
    bool stays = true;
    teach_partial(&q->u, &question, x);
    text_add(&question, " = ");
    formula_plain(s, &prompt, text_str(&question));
    q->asked++;
    for (bool open = true; open;) {
        stays = session_ask(s, &(FrontAsk){.prompt = text_str(&prompt)}, line, sizeof line);
        const char *word = answer_line(line);
        if (!stays || answer_is_word(&q->u, word, "q", "quit")) {
            q->asked--;
            stays = false;
            break;
        }
        bool empty = *word == '\0' || strcmp(word, "?") == 0;
        Value v = UNSET;
        if (!empty && !answer_read(&q->u, word, &v)) {
            continue;
        }
        if (!empty && is_right(q, x, v)) {
            fprintf(s->out, hints == 0 ? "right\n" : "right, with a hint\n");
            q->score += hints == 0 ? 1 : 0.5;
            open = false;
        } else if (hints < HINTS) {
            if (!empty) {
                print_not_yet(q, x, v);
            }
            print_hint(q, x, hints++);
        } else {
            print_answer(q, x, "it is ");
            open = false;
        }
        value_unref(&v);
    }
    text_free(&question);
    text_free(&prompt);
    return stays;
}

static void hide_gradients(Session *s, bool hide)
{
    view_hide_gradients(s, hide);
}

static void quiz_person(Quiz *q)
{
    hide_gradients(q->u.s, true);
    session_tell(q->u.s, "%d question%s; an empty line is a hint, %s leaves", q->n,
                 q->n == 1 ? "" : "s", answer_word(&q->u, "q", "quit"));
    print_graph(q);
    for (int i = 0; i < q->n && ask_one(q, q->ask[i]); i++) {
    }
    hide_gradients(q->u.s, false);
    if (q->asked > 0) {
        print_score(q);
    }
}

/* --- in scripts --- */

/* Row i of [[2, 4], [1, 3]]. */
static Value row_of(Session *s, const NbTensor *t, int i)
{
    NbShape shape = {.rank = t->shape.rank - 1};
    int64_t size = t->size / t->shape.dim[0];
    memcpy(shape.dim, t->shape.dim + 1, (size_t)shape.rank * sizeof shape.dim[0]);
    NbTensor *row = nb_tensor_new(&shape, nb_ctx_err(s->ctx));
    for (int64_t k = 0; row && k < size; k++) {
        nb_tensor_put(row, k, nb_tensor_at(t, i * size + k));
    }
    NbVar *v = row ? nb_var_tensor(s->ctx, row, NB_CONST) : NULL;
    if (!v) {
        session_forget_error(s, false);
    }
    return v ? (Value){.tag = V_VAR, .var = v} : UNSET;
}

/* Answer i of answers=: an item of a list, or an element or a row of a tensor of numbers. */
static Value answer_at(Session *s, Value all, int i)
{
    NbTensor tmp;
    if (all.tag == V_LIST) {
        return i < all.list->n ? value_ref(all.list->item[i]) : UNSET;
    }
    if (all.tag == V_VAR) {
        const NbTensor *t = nb_var_data(all.var, &tmp);
        if (t->shape.rank > 1) {
            return i < t->shape.dim[0] ? row_of(s, t, i) : UNSET;
        }
        return i < t->size ? (Value){.tag = V_NUM, .num = nb_tensor_at(t, i)} : UNSET;
    }
    return value_is_number(all) && i == 0 ? all : UNSET;
}

static void put_given(Quiz *q, Text *t, NbVar *x, Value given)
{
    bool right = is_right(q, x, given);
    q->score += right;
    q->asked++;
    report_value(q->u.s, t, given, 30);
    if (right) {
        text_add(t, "   right");
    } else {
        text_add(t, "   no, it is ");
        formula_amount(q->u.s, t, nb_contributions_total(q->u.sweep, x), 30);
    }
}

static void quiz_script(Quiz *q, const Call *c)
{
    Value all = c->opt[OPT_ANSWERS];
    Text t = text_in(q->u.s->lost);
    if (all.tag == V_UNSET) {
        print_graph(q);
    }
    for (int i = 0; i < q->n; i++) {
        Value given = answer_at(q->u.s, all, i);
        teach_partial(&q->u, &t, q->ask[i]);
        text_add(&t, " = ");
        if (given.tag == V_UNSET) {
            q->asked += all.tag != V_UNSET;
            text_add(&t, all.tag == V_UNSET ? "________" : "no answer");
        } else {
            put_given(q, &t, q->ask[i], given);
        }
        formula_line(q->u.s, &t, q->u.s->out);
        value_unref(&given);
    }
    text_free(&t);
    if (all.tag != V_UNSET) {
        print_score(q);
    }
}

static bool cmd_quiz(Interp *I, const Call *c, Value *out)
{
    Quiz q = {.tolerance = ANSWER_TOLERANCE};
    bool ok = teach_begin(&q.u, I, c, 0) && interp_opt_num(I, c, OPT_TOLERANCE, &q.tolerance) &&
              teach_sweep(&q.u) && uses_list(&q.uses, &q.u) && choose_questions(&q, c);
    if (ok && c->opt[OPT_ANSWERS].tag == V_UNSET && teach_asks(q.u.s)) {
        quiz_person(&q);
    } else if (ok) {
        quiz_script(&q, c);
    }
    uses_free(&q.uses);
    teach_end(&q.u);
    if (ok && c->node != q.u.s->unit.node) { /* as a statement of its own it prints all */
        *out = (Value){.tag = V_NUM, .num = q.score};
    }
    return ok;
}

static const Builtin rows[] = {
    {"quiz",
     B_COMMAND | B_LAZY | B_VALUE | B_LISTS | B_WITHIN,
     1,
     1,
     {{"nodes", NULL}, {"answers", NULL}, {"tolerance", "0.01"}},
     cmd_quiz,
     "explaining",
     "quiz f [, nodes=[x, v1], answers=[…], tolerance=0.01]",
     "Asks for the gradients behind f one by one, with two hints each: the derivative in symbols, "
     "then in numbers. It recognises many wrong answers and says where they come from. A right "
     "answer counts 1, with a hint half. answers= are those of a script; as quiz(f, answers=[…]) "
     "it gives the score.",
     "x, y = 2, 3\nf = x*y + x^2\nquiz f, nodes=[x, y], answers=[7, 2]"},
};

Rows quiz_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
