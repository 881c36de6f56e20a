/* player_task.c -- tasks of a script that is played: whether an answer holds, and why not */
#include "session/player_internal.h"

#include <stdlib.h>
#include <string.h>

#include "session/core.h"
#include "session/undo.h"

#define NAME_CAP 64

/* --- texts of statements --- */

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static size_t word_length(const char *text)
{
    size_t n = 0;
    while (is_name_byte(text[n])) {
        n++;
    }
    return n;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t\n;");
}

bool player_same_word(const char *a, const char *b)
{
    a = skip_blanks(a);
    b = skip_blanks(b);
    size_t n = word_length(a);
    return n > 0 && n == word_length(b) && strncmp(a, b, n) == 0;
}

bool player_same_words(const char *a, const char *b)
{
    for (;; a++, b++) {
        a = skip_blanks(a);
        b = skip_blanks(b);
        bool end_a = *a == '\0' || *a == '#', end_b = *b == '\0' || *b == '#';
        if (end_a || end_b || *a != *b) {
            return end_a && end_b;
        }
    }
}

/* The name that a statement begins with when `sign` follows it: "=" or ":=". */
static bool name_before(const char *text, const char *sign, char *name)
{
    text = skip_blanks(text);
    if (strncmp(text, "const ", 6) == 0) {
        text = skip_blanks(text + 6);
    }
    size_t n = word_length(text);
    const char *behind = text + n + strspn(text + n, " \t");
    if (n == 0 || n >= NAME_CAP || strncmp(behind, sign, strlen(sign)) != 0 ||
        (sign[0] == '=' && behind[1] == '=')) {
        return false;
    }
    memcpy(name, text, n);
    name[n] = '\0';
    return true;
}

/* --- evaluating beside the session --- */

/* Whether this code runs; what fails in it is no error of the person. *why says how. */
static bool runs(Session *s, const Text *code, NbErr *why)
{
    Outcome out = {0};
    interp_clear_error(s->interp);
    Program *prog = interp_parse(s->interp, text_str(code), code->len, "", 1, false);
    bool ok = prog && !code->failed;
    for (int i = 0, n = prog ? program_statements(prog) : 0; ok && i < n; i++) {
        ok = interp_exec(s->interp, prog, i, &out);
        outcome_clear(&out);
    }
    if (!ok && why) {
        *why = interp_error(s->interp)->err;
    }
    session_forget_error(s, true);
    notes_drop(&s->core->notes);
    program_unref(&prog);
    return ok;
}

static const char failed[] = "assertion failed: ";

static bool take_said(const NbErr *err, char *why, size_t cap)
{
    bool said = strncmp(err->msg, failed, sizeof failed - 1) == 0;
    if (said) {
        snprintf(why, cap, "%.*s%s%.*s", (int)cap - 1, err->msg + sizeof failed - 1,
                 err->hint[0] ? "; " : "", (int)cap / 2, err->hint);
    }
    return said;
}

/* What an assertion said; where it could not be looked at, the words it has in quotes, and where
 * these have values in braces that are not there either, what was amiss. */
static void take_words(Session *s, const NbErr *err, const char *quoted, char *why, size_t cap)
{
    why[0] = '\0';
    if (!quoted || take_said(err, why, cap)) {
        return;
    }
    Text code = text_in(s->lost);
    NbErr words = {0};
    text_printf(&code, "assert false, %s", quoted);
    runs(s, &code, &words);
    text_free(&code);
    if (!take_said(&words, why, cap)) {
        snprintf(why, cap, "%.*s", (int)cap - 1, err->msg);
    }
}

static bool holds(Session *s, const Item *check, char *why, size_t cap)
{
    Text code = text_in(s->lost);
    NbErr err = {0};
    text_printf(&code, "assert %s", text_str(&check->text));
    bool ok = runs(s, &code, &err);
    text_free(&code);
    if (!ok && why) {
        take_words(s, &err, strchr(text_str(&check->text), '"'), why, cap);
    }
    return ok;
}

bool player_holds(Session *s, const Player *p, char *why, size_t cap)
{
    for (int i = p->task + 1, end = player_task_end(p, p->task); i < end; i++) {
        if (p->item[i].kind == PLAYER_CHECK && !holds(s, &p->item[i], why, cap)) {
            return false;
        }
    }
    return true;
}

/* --- attempts --- */

static const char *model(const Player *p)
{
    int i = player_next_answer(p, p->task, p->task + 1);
    return player_is(p, i, PLAYER_CODE) ? text_str(&p->item[i].text) : "";
}

/* An expression, and no command: it changes nothing but `ans`. */
static bool is_expression(Session *s, const char *text)
{
    char word[NAME_CAP] = "";
    const Node *expr;
    text = skip_blanks(text);
    size_t n = word_length(text);
    memcpy(word, text, n < NAME_CAP ? n : 0);
    const Builtin *row = word[0] ? interp_builtin_find(s->interp, word) : NULL;
    if (row && (row->flags & B_COMMAND)) {
        return false;
    }
    Program *prog = interp_expression(s->interp, text, strlen(text), &expr);
    session_forget_error(s, true);
    bool ok = prog;
    program_unref(&prog);
    return ok;
}

/* Numbers alone: 7, 2*3 + 1. */
static bool is_number(const char *text)
{
    return text[strspn(text, " \t0123456789.+-*/^()")] == '\0';
}

Attempt player_attempt(Session *s, const Player *p, const char *input)
{
    char name[NAME_CAP];
    const char *answer = model(p);
    if (player_same_words(input, answer)) {
        return ATTEMPT_ANSWER;
    }
    if (undo_count(s) == p->units || player_same_word(input, "redo") ||
        player_same_word(input, "undo")) {
        return ATTEMPT_LOOK;
    }
    if (is_expression(s, input) && !is_expression(s, answer)) {
        return is_number(input) && name_before(answer, "=", name) ? ATTEMPT_UNNAMED : ATTEMPT_LOOK;
    }
    return ATTEMPT_ANSWER;
}

/* --- why an answer is wrong --- */

static bool is_condition(const char *text)
{
    static const char *const sign[] = {"==", "!=", "<", ">", " and ", " or ", "not ", "near("};
    for (size_t i = 0; i < sizeof sign / sizeof sign[0]; i++) {
        if (strstr(text, sign[i])) {
            return true;
        }
    }
    return false;
}

bool player_wrong_answer(const Item *item, Text *expr)
{
    const char *text = text_str(&item->text), *quote = strchr(text, '"');
    size_t n = quote ? (size_t)(quote - text) : 0;
    while (n > 0 && strchr(" \t,", text[n - 1])) {
        n--;
    }
    text_addn(expr, text, n);
    return quote;
}

/* `EXPR "text"` as what holds when the answer is EXPR, or EXPR is a condition and holds; false when
 * there is no text to say. */
static bool put_mistake(const Session *s, const Player *p, const Item *item, Text *code)
{
    char name[NAME_CAP] = "ans";
    Text expr = text_in(s->lost);
    bool whole = player_wrong_answer(item, &expr);
    name_before(model(p), "=", name);
    if (is_condition(text_str(&expr))) {
        text_printf(code, "assert %s", text_str(&expr));
    } else {
        text_printf(code, "assert near(%s, %s)", name, text_str(&expr));
    }
    text_free(&expr);
    return whole;
}

/* The answer is this wrong one; the text to say goes into why. */
static bool mistaken(Session *s, const Player *p, const Item *item, char *why, size_t cap)
{
    Text code = text_in(s->lost);
    bool is = put_mistake(s, p, item, &code) && runs(s, &code, NULL);
    if (is) { /* the text may have values in braces */
        const char *quote = strchr(text_str(&item->text), '"');
        text_reset(&code);
        text_printf(&code, "assert false, %s", quote);
        NbErr err = {0};
        runs(s, &code, &err);
        take_words(s, &err, quote, why, cap);
    }
    text_free(&code);
    return is;
}

bool player_wrong_names(Session *s, const Player *p, const Item *item)
{
    Text code = text_in(s->lost);
    NbErr err = {0};
    bool known = !put_mistake(s, p, item, &code) || runs(s, &code, &err) || err.code != NB_ENAME;
    if (!known) { /* said with its place */
        session_run_text(s, &code, p->path, item->line, 0);
    }
    text_free(&code);
    return known;
}

/* x = 1 where x := 1 was meant: the graph keeps the old x. */
static bool rebound(const Player *p, const char *input, char *why, size_t cap)
{
    char wrote[NAME_CAP], bound[NAME_CAP];
    int end = player_task_end(p, p->task);
    if (!name_before(input, "=", bound)) {
        return false;
    }
    for (int i = p->task + 1; i < end; i++) {
        if (p->item[i].kind == PLAYER_CODE &&
            name_before(text_str(&p->item[i].text), ":=", wrote) && strcmp(wrote, bound) == 0) {
            snprintf(why, cap,
                     "%s = makes a new variable, %s := changes the one the graph has; undo "
                     "takes it back",
                     bound, bound);
            return true;
        }
    }
    return false;
}

static void say_ways_out(const Session *s, const Player *p)
{
    if (p->failed >= 2) {
        fprintf(s->out, "  (lesson back begins the task again; lesson next answers it and goes "
                        "on)\n");
    }
}

void player_tell_wrong(Session *s, const Player *p, const char *input, const char *why)
{
    char known[256] = "";
    bool is = rebound(p, input, known, sizeof known);
    for (int i = p->task + 1, end = player_task_end(p, p->task); !is && i < end; i++) {
        is = p->item[i].kind == PLAYER_WRONG && mistaken(s, p, &p->item[i], known, sizeof known);
    }
    why = is ? known : why;
    fprintf(s->out, why[0] ? "not yet: %s\n" : "not yet\n", why);
    say_ways_out(s, p);
}

void player_tell_unnamed(Session *s, const Player *p, const char *input)
{
    char name[NAME_CAP] = "";
    if (name_before(model(p), "=", name)) {
        input = skip_blanks(input);
        fprintf(s->out, "to answer, give it its name: %s = %.*s\n", name, (int)strcspn(input, "\n"),
                input);
    }
}
