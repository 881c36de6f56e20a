/* player_state.c -- going back in a script that is played: the session as it was at each step */
#include "session/player_internal.h"

#include <stdlib.h>
#include <string.h>

#include "lang/builtin.h"
#include "session/core.h"
#include "session/save.h"

#define STATES_MOST ((size_t)64 << 20) /* bytes of all states of a script */

/* Beyond the limit only the first one stays: what lies between is run again. */
static void make_room(Player *p, size_t need)
{
    size_t have = 0;
    for (int i = 0; i < p->n; i++) {
        have += p->item[i].state_len;
    }
    bool first = true;
    for (int i = 0; i < p->n && have + need > STATES_MOST; i++) {
        if (p->item[i].state && !first) {
            player_forget_state(&p->item[i]);
        }
        first = first && !p->item[i].state;
    }
}

/* A copy of the runs; false when there is no memory for it. */
static bool keep_runs(const Session *s, Item *item)
{
    const NbRecord *r = runs_record(s->runs);
    bool any = r && nb_record_runs(r) > 0;
    item->record = any ? nb_record_copy(r) : NULL;
    return r && !any == !item->record;
}

void player_keep_state(Session *s, Player *p, int step)
{
    NbErr err = {0};
    if (step >= p->n) {
        return;
    }
    Item *item = &p->item[step];
    player_forget_state(item);
    item->state = save_text(s, &item->state_len, &err);
    if (item->state && keep_runs(s, item)) {
        make_room(p, item->state_len);
    } else { /* it is reached from an earlier one */
        player_forget_state(item);
    }
    p->changed = false;
}

bool player_put_back(Session *s, const char *text, size_t len)
{
    static const char name[] = "the state kept", code[] = "load \"the state kept\"";
    struct Given given = s->core->given;
    s->core->given = (struct Given){name, text, len};
    RunEnd end = session_run(s, code, sizeof code - 1, "", 1, 0);
    s->core->given = given;
    return end == RUN_OK;
}

/* Runs a statement; what it prints is shown only when it fails, and not then when quiet. */
static bool run_unseen(Session *s, const Player *p, const Item *item, bool quiet)
{
    char *shown = NULL;
    size_t n = 0;
    FILE *out = s->out, *err = s->err, *unseen = open_memstream(&shown, &n);
    if (!unseen) {
        return false;
    }
    s->out = s->err = unseen;
    interp_output(s->interp, unseen);
    RunEnd end = session_run(s, text_str(&item->text), item->text.len, p->path, item->line, 0);
    s->out = out;
    s->err = err;
    interp_output(s->interp, out);
    fclose(unseen);
    if (end != RUN_OK && shown && !quiet) {
        fwrite(shown, 1, n, err);
    }
    free(shown);
    return end == RUN_OK;
}

void player_pass(Session *s, Player *p, int step)
{
    if (!player_is(p, step, PLAYER_TASK)) {
        run_unseen(s, p, &p->item[step], false);
        return;
    }
    int end = player_task_end(p, step);
    for (int i = player_next_answer(p, step, step + 1); i < end;
         i = player_next_answer(p, step, i + 1)) {
        if (!run_unseen(s, p, &p->item[i], false)) {
            break;
        }
    }
}

/* graph f, plot L, close: what begins with a command of windows. */
static bool is_about_windows(const Session *s, const char *code)
{
    char word[32];
    code += strspn(code, " \t\n");
    snprintf(word, sizeof word, "%.*s", (int)strcspn(code, " \t\n(,;"), code);
    const Builtin *row = interp_builtin_find(s->interp, word);
    return row && ((row->flags & B_SHOWS) || strcmp(word, "close") == 0);
}

/* States hold no windows: those that were open at a step are opened by the statements before it. */
static void open_windows(Session *s, const Player *p, int before)
{
    for (int i = 0; session_windows(s) && i < before; i++) {
        const Item *item = &p->item[i];
        if (item->kind == PLAYER_CODE && is_about_windows(s, text_str(&item->text))) {
            run_unseen(s, p, item, true);
        }
    }
}

void player_return(Session *s, Player *p, int step)
{
    int from = step < p->n && p->item[step].state ? step : player_step_before(p, step);
    while (from >= 0 && !p->item[from].state) {
        from = player_step_before(p, from);
    }
    if (from >= 0 && player_put_back(s, p->item[from].state, p->item[from].state_len)) {
        runs_put_record(s->runs, p->item[from].record);
        open_windows(s, p, from);
        for (; from < step; from = player_step_behind(p, from)) {
            player_pass(s, p, from);
        }
    }
    p->changed = false;
}
