/* asserted.c -- why an assertion fails: stale values, answers that were rounded too early */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <nabla/format.h>
#include <nabla/graph.h>

#include "lang/internal.h"

/* --- rounding --- */

/* x to so many significant digits. */
static double rounded_to(double x, int digits)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", digits - 1, x);
    return strtod(text, NULL);
}

/* The digits to which `answer` is x, from 2 to one less than were asked for; 0: it is not. */
static int right_digits(double answer, double x, int asked)
{
    for (int digits = asked - 1; digits >= 2; digits--) {
        if (rounded_to(x, digits) == answer) {
            return digits;
        }
    }
    return 0;
}

void interp_compared(Interp *I, double a, double b, double tol)
{
    const double places = tol > 0 ? 1 - log10(tol) : 17;
    const int asked = places < 1 ? 1 : places > 17 ? 17 : (int)(places + 0.5);
    int digits = isfinite(a) && isfinite(b) ? right_digits(a, b, asked) : 0;
    double answer = a;
    if (digits == 0 && isfinite(a) && isfinite(b)) {
        digits = right_digits(b, a, asked);
        answer = b;
    }
    if (digits > 0 && I->compared.digits == 0) {
        I->compared.answer = answer;
        I->compared.digits = digits;
        I->compared.asked = asked;
    }
}

/* --- stale values --- */

static const Node *stale_in(Interp *I, const Node *n, NbVar **changed, int cap, int *count);

static const Node *stale_here(Interp *I, const Node *n, NbVar **changed, int cap, int *count)
{
    const Value v = n->kind == N_GLOBAL  ? I->sym[n->id].value
                    : n->kind == N_LOCAL ? I->frame[n->id]
                                         : UNSET;
    bool stale = false;
    if (v.tag == V_VAR && nb_var_find_stale(v.var, &stale, changed, cap, count) != NB_OK) {
        interp_forget_error(I);
    }
    return stale ? n : NULL;
}

/* The first name below n that holds a stale value. */
static const Node *stale_in(Interp *I, const Node *n, NbVar **changed, int cap, int *count)
{
    if (!n || n->kind == N_DEF) {
        return NULL;
    }
    const Node *found = stale_here(I, n, changed, cap, count);
    const bool binary = n->kind == N_BINARY;
    const bool base = binary || n->kind == N_UNARY || n->kind == N_NOT || n->kind == N_INDEX ||
                      n->kind == N_ATTR;
    found = found || !base ? found : stale_in(I, n->a, changed, cap, count);
    found = found || !binary ? found : stale_in(I, n->b, changed, cap, count);
    for (int i = 0; !found && n->kid && i < n->n; i++) {
        found = stale_in(I, n->kid[i], changed, cap, count);
    }
    return found;
}

static bool hint_stale(Interp *I, const Node *condition)
{
    NbVar *changed[3];
    char name[64], label[96];
    Text list = {0};
    int count = 0;
    const Node *at = stale_in(I, condition, changed, 3, &count);
    if (!at) {
        return false;
    }
    for (int i = 0; i < count && i < 3; i++) {
        text_printf(&list, "%s%s", i > 0 ? ", " : "",
                    interp_label(I, changed[i], label, sizeof label));
    }
    interp_text(I, at, name, sizeof name);
    interp_hint(I, "%s is stale: %s%s changed; run: forward %s", name, text_str(&list),
                count > 3 ? ", and others" : "", name);
    text_free(&list);
    return true;
}

void interp_hint_asserted(Interp *I, const Node *condition)
{
    char number[40];
    if (!hint_stale(I, condition) && I->compared.digits > 0) {
        interp_hint(I, "%s is right to %d digits, asked for %d: rounded too early?",
                    nb_format_number(I->compared.answer, I->compared.digits, number, sizeof number),
                    I->compared.digits, I->compared.asked);
    }
}
