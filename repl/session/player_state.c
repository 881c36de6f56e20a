/* player_state.c -- going back in a script that is played: the session as it was at each step */
#include "session/player_internal.h"

#include <stdlib.h>
#include <string.h>

#include "session/core.h"
#include "session/save.h"

#define STATES_MOST ((size_t)64 << 20) /* bytes of all states of a script */

static void forget_state(Item *item)
{
    free(item->state);
    item->state = NULL;
    item->state_len = 0;
}

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
            forget_state(&p->item[i]);
        }
        first = first && !p->item[i].state;
    }
}

void player_keep_state(Session *s, Player *p, int step)
{
    NbErr err = {0};
    if (step >= p->n) {
        return;
    }
    Item *item = &p->item[step];
    forget_state(item);
    item->state = save_text(s, &item->state_len, &err);
    if (item->state) {
        make_room(p, item->state_len);
    } else {
        item->state_len = 0;
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

/* Runs a statement; what it prints is shown only when it fails. */
static bool run_unseen(Session *s, const Player *p, const Item *item)
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
    if (end != RUN_OK && shown) {
        fwrite(shown, 1, n, err);
    }
    free(shown);
    return end == RUN_OK;
}

void player_pass(Session *s, Player *p, int step)
{
    if (!player_is(p, step, PLAYER_TASK)) {
        run_unseen(s, p, &p->item[step]);
        return;
    }
    int end = player_task_end(p, step);
    for (int i = player_next_answer(p, step, step + 1); i < end;
         i = player_next_answer(p, step, i + 1)) {
        if (!run_unseen(s, p, &p->item[i])) {
            break;
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
        for (; from < step; from = player_step_behind(p, from)) {
            player_pass(s, p, from);
        }
    }
    p->changed = false;
}
