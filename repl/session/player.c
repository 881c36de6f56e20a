/* player.c -- plays a script line by line at the prompt: lessons and presentations */
#include "session/player_internal.h"

#include <stdlib.h>
#include <string.h>

#include "session/done.h"
#include "session/undo.h"

/* --- what comes next --- */

static void open_task(Session *s, Player *p)
{
    p->task = p->at;
    p->hint = p->at + 1;
    p->failed = 0;
    p->answering = p->edited = false;
    p->at = player_next_answer(p, p->task, p->task + 1);
    p->held = player_has_checks(p, p->task) && player_holds(s, p, NULL, 0);
}

/* What an empty line brings while a task is open. */
static const char *help_for_task(const Session *s, const Player *p)
{
    bool hint = player_is(p, p->hint, PLAYER_HINT);
    return session_is(s, FRONT_BUTTONS)
               ? hint ? "a cell with # alone: a hint" : "# alone: the answer"
           : hint ? "Enter: a hint"
                  : "Enter: the answer";
}

/* Texts up to the next statement or task, with a blank line before each. */
static void show_texts(Session *s, Player *p)
{
    bool texts = !p->begun;
    player_show_title(s, p);
    for (; p->at < p->n && p->item[p->at].kind != PLAYER_CODE && p->task < 0; p->at++) {
        Item *item = &p->item[p->at];
        texts |= item->kind == PLAYER_TEXT || item->kind == PLAYER_TASK;
        player_show_item(s, item);
        if (item->kind == PLAYER_TASK) {
            open_task(s, p);
            fprintf(s->out, "  (%s)\n", help_for_task(s, p));
            break;
        }
    }
    if (texts) {
        fputc('\n', s->out);
    }
    p->shown = true;
}

/* The statement at `at` as lines: the one at `offset`. */
static const char *take_line(Player *p)
{
    const char *text = text_from(&p->item[p->at].text, p->offset);
    size_t n = strcspn(text, "\n");
    text_reset(&p->line);
    text_addn(&p->line, text, n);
    p->offset += n + (text[n] == '\n');
    return text_str(&p->line);
}

static void remember(const Player *p)
{
    if (p->key) {
        PlayerCount c = player_count(p);
        done_write(p->key, &(Done){c.done, c.steps, c.own, c.tasks});
    }
}

const char *player_turn(Session *s, Player *p)
{
    if (!p->shown) {
        show_texts(s, p);
        player_keep_state(s, p, player_step(p));
        remember(p);
        if (p->talk && !s->safe) {
            speaker_tell(p);
            p->told = true;
        }
        p->over = false;
    }
    p->units = undo_count(s);
    if (p->task >= 0 && !p->answering) {
        return "";
    }
    if (p->at >= p->n) {
        if (!p->over) {
            player_show_ticks(s, p);
            player_print(s, "", text_str(&p->ending), PLAYER_BOLD);
        }
        p->over = true;
        return p->talk ? "" : NULL; /* a speaker is asked to go back */
    }
    p->offset = 0;
    return take_line(p);
}

const char *player_rest(const Player *p)
{
    Player *q = (Player *)(size_t)p;
    bool typing = p->at < p->n && p->item[p->at].kind == PLAYER_CODE && p->offset > 0 &&
                  (p->task < 0 || p->answering);
    return typing && p->offset < p->item[p->at].text.len ? take_line(q) : "";
}

/* --- going on --- */

static void leave_task(Player *p, Tick how)
{
    Item *task = &p->item[p->task];
    task->tick = task->tick == TICK_OWN ? TICK_OWN : how;
    p->at = player_task_end(p, p->task);
    p->task = -1;
    p->offset = 0;
    p->answering = false;
    p->shown = false;
}

static void next_item(Player *p)
{
    p->at++;
    p->offset = 0;
    p->shown = false;
}

static void right(const Session *s, Player *p, Tick how)
{
    player_print(s, "", s->set.unicode ? "✓ right" : "right", PLAYER_GREEN);
    leave_task(p, how);
}

/* Something was typed while a task with checks is open. */
static void look_at_task(Session *s, Player *p, const char *input)
{
    char why[256] = "";
    Attempt attempt = player_attempt(s, p, input);
    bool ok = player_holds(s, p, why, sizeof why);
    if (ok && (attempt == ATTEMPT_ANSWER || !p->held)) {
        right(s, p, TICK_OWN);
    } else if (attempt == ATTEMPT_UNNAMED) {
        player_tell_unnamed(s, p, input);
    } else if (!ok && attempt == ATTEMPT_ANSWER) {
        p->failed++;
        player_tell_wrong(s, p, input, why);
    }
}

/* A statement of the answer was run: on to the next one, or to the checks. */
static void answered(Session *s, Player *p, const char *input)
{
    Tick how = p->answering && !p->edited ? TICK_SHOWN : TICK_OWN;
    p->at = player_next_answer(p, p->task, p->at + 1);
    p->offset = 0;
    if (player_is(p, p->at, PLAYER_CODE) && p->at < player_task_end(p, p->task)) {
        return;
    }
    char why[256] = "";
    if (!player_has_checks(p, p->task)) {
        leave_task(p, how);
    } else if (player_holds(s, p, why, sizeof why)) {
        right(s, p, how);
    } else if (p->edited) {
        p->answering = p->edited = false;
        p->failed++;
        p->at = player_next_answer(p, p->task, p->task + 1);
        player_tell_wrong(s, p, input, why);
    } else { /* a script whose own answer does not do: nobody stays in it */
        leave_task(p, how);
    }
}

/* Whether this input is the statement that is due. */
static bool is_due(const Player *p, const char *input, bool typed)
{
    if (!player_is(p, p->at, PLAYER_CODE)) {
        return false;
    }
    const char *due = text_str(&p->item[p->at].text);
    return typed || player_same_words(input, due) ||
           (p->task >= 0 && !p->answering && !player_has_checks(p, p->task) &&
            player_same_word(input, due));
}

void player_before(Session *s, Player *p, const char *input, bool typed)
{
    if (p->talk && p->changed && p->task < 0 && is_due(p, input, typed)) {
        player_return(s, p, player_step(p));
        p->units = undo_count(s);
    }
}

/* The line that is due failed as it stands: it is offered again, which alone leads nowhere. */
static void say_way_on(Session *s, const Player *p, const char *input)
{
    if (player_same_words(input, text_str(&p->item[p->at].text))) {
        session_say(s, "change the line shown, or leave it out: lesson next");
    }
}

void player_entered(Session *s, Player *p, const char *input, bool typed, RunEnd end)
{
    bool due = is_due(p, input, typed);
    p->offset = 0;
    if (end == RUN_ERROR && due) {
        say_way_on(s, p, input);
    }
    if (end != RUN_OK) {
        return;
    }
    p->changed |= undo_count(s) != p->units;
    if (p->task < 0) {
        if (due) {
            next_item(p);
        }
    } else if (due && (p->answering || !player_has_checks(p, p->task))) {
        p->edited |= p->answering && !player_same_words(input, text_str(&p->item[p->at].text));
        answered(s, p, input);
    } else if (player_has_checks(p, p->task)) {
        look_at_task(s, p, input);
    }
}

void player_empty(Session *s, Player *p)
{
    if (p->task < 0 || p->answering) {
        return;
    }
    if (player_is(p, p->hint, PLAYER_HINT)) {
        player_print(s, "", text_str(&p->item[p->hint++].text), NULL);
        return;
    }
    p->at = player_next_answer(p, p->task, p->task + 1);
    p->answering = player_is(p, p->at, PLAYER_CODE) && p->at < player_task_end(p, p->task);
    if (!p->answering) { /* a task without an answer to show */
        leave_task(p, TICK_SHOWN);
    } else if (p->changed) {
        player_return(s, p, p->task);
        fputs("  (everything is as it was when the task began)\n", s->out);
    }
}

/* --- moving --- */

static void show_answer(const Session *s, const Player *p)
{
    int end = player_task_end(p, p->task);
    for (int i = player_next_answer(p, p->task, p->task + 1); i < end;
         i = player_next_answer(p, p->task, i + 1)) {
        player_show_code(s, text_str(&p->item[i].text));
    }
}

void player_skip(Session *s, Player *p)
{
    int step = player_step(p);
    if (step >= p->n) {
        return;
    }
    if (p->changed) {
        player_return(s, p, step);
    }
    if (p->task >= 0) {
        show_answer(s, p);
        player_pass(s, p, step);
        leave_task(p, TICK_SHOWN);
    } else {
        p->at = step;
        player_pass(s, p, step);
        next_item(p);
    }
}

/* Stands before a step, and before the texts that lead to it. */
static void stand_before(Player *p, int step)
{
    int behind = player_step_before(p, step);
    p->at = behind < 0 ? 0 : behind + 1;
    if (behind >= 0 && p->item[behind].kind == PLAYER_TASK) {
        p->at = player_task_end(p, behind);
    }
    p->begun = p->begun && behind >= 0;
    p->task = -1;
    p->offset = 0;
    p->answering = p->shown = false;
}

void player_goto(Session *s, Player *p, int number)
{
    int step = player_step_from(p, 0), now = player_step(p);
    for (int i = 1; i < number && step < p->n; i++) {
        step = player_step_behind(p, step);
    }
    if (step <= now) {
        player_return(s, p, step);
    }
    for (; now < step; now = player_step_behind(p, now)) {
        player_skip(s, p);
        p->at = player_step_from(p, p->at);
    }
    stand_before(p, step);
}

void player_back(Session *s, Player *p, int steps)
{
    int here = player_steps(p, player_step(p)) + 1;
    bool same = p->task >= 0 && !p->talk && (p->changed || p->answering);
    int to = here - steps + (same ? 1 : 0);
    player_goto(s, p, to > 1 ? to : 1);
}

void player_again(Session *s, Player *p)
{
    player_goto(s, p, 1);
}

void player_keep(Player *p, const char *key)
{
    free(p->key);
    p->key = strdup(key);
}

/* --- all at once --- */

static RunEnd run_check(Session *s, const Player *p, const Item *item)
{
    Text code = text_in(s->lost);
    text_printf(&code, "assert %s", text_str(&item->text));
    RunEnd end = session_run_text(s, &code, p->path, item->line, 0);
    text_free(&code);
    return end;
}

RunEnd player_run(Session *s, Player *p)
{
    RunEnd end = RUN_OK;
    player_show_title(s, p);
    for (; p->at < p->n && end == RUN_OK; p->at++) {
        const Item *item = &p->item[p->at];
        const char *code = text_str(&item->text);
        if (item->kind == PLAYER_CODE) {
            if (p->at == 0 || p->item[p->at - 1].kind != PLAYER_CODE) {
                fputc('\n', s->out);
            }
            player_show_code(s, code);
            end = session_run(s, code, item->text.len, p->path, item->line, RUN_ECHO);
        } else if (item->kind == PLAYER_CHECK) {
            end = run_check(s, p, item);
        } else if (item->kind == PLAYER_WRONG && p->task >= 0) {
            end = player_wrong_names(s, p, item) ? RUN_OK : RUN_ERROR;
        } else {
            p->task = item->kind == PLAYER_TASK ? p->at : p->task;
            player_show_item(s, item);
        }
        fflush(s->out);
    }
    return end;
}
