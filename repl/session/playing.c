/* playing.c -- the script that a session plays, moving in it, the session before it */
#include "session/player.h"

#include <stdlib.h>
#include <string.h>

#include "session/save.h"
#include "session/undo.h"

typedef struct Playing {
    Player *player;
    uint64_t place;
    PlayerMove move; /* asked for by the statement that runs */
    int count;
    char *before; /* the session before the first lesson; own */
    size_t before_len;
    int units; /* that could be taken back when the last lesson ended; -1: one runs */
} Playing;

static const PartKey playing_key = {sizeof(Playing)};

static Playing *playing(const Session *s)
{
    return session_part(s, &playing_key);
}

Player *player_now(const Session *s)
{
    return playing(s)->player;
}

void player_set(Session *s, Player *p)
{
    Playing *now = playing(s);
    player_free(&now->player);
    now->player = p;
    now->units = p ? -1 : undo_count(s);
    now->place++;
}

uint64_t player_place(const Session *s)
{
    return playing(s)->place;
}

/* --- the session before --- */

static void forget_before(Playing *now)
{
    free(now->before);
    now->before = NULL;
}

bool player_keep_session(Session *s, NbErr *err)
{
    Playing *now = playing(s);
    bool own = now->units >= 0 && now->units != undo_count(s); /* work of the person's own */
    if (now->before && !own) {
        return true; /* one lesson after the other: the one before the first */
    }
    forget_before(now);
    now->before = save_text(s, &now->before_len, err);
    return now->before;
}

bool player_has_session(const Session *s)
{
    return playing(s)->before;
}

static void stop(Session *s)
{
    Playing *now = playing(s);
    char *before = now->before;
    bool lesson = now->player;
    now->before = NULL;
    player_set(s, NULL);
    bool back = before && player_put_back(s, before, now->before_len);
    free(before);
    fprintf(s->out, "%s%s\n", lesson ? "lesson left" : "the lesson is over",
            back ? "; the session is what it was before" : "");
}

/* --- moving, once the statement that asked for it has ended --- */

void player_move(Session *s, PlayerMove move, int count)
{
    playing(s)->move = move;
    playing(s)->count = count;
    playing(s)->place++;
}

static void move_now(Session *s, PlayerMove move, int count)
{
    Player *p = player_now(s);
    if (move == PLAYER_STOP) {
        stop(s);
        return;
    }
    if (!p) {
        return;
    }
    switch (move) {
    case PLAYER_NEXT:
        for (int i = 0; i < count; i++) {
            player_skip(s, p);
        }
        break;
    case PLAYER_BACK: player_back(s, p, count); break;
    case PLAYER_GOTO: player_goto(s, p, count); break;
    default: break;
    }
}

RunEnd player_run_now(Session *s)
{
    Player *p = playing(s)->player;
    playing(s)->player = NULL;
    RunEnd end = player_run(s, p);
    player_free(&p);
    forget_before(playing(s));
    return end;
}

/* A lesson asked for where nobody sits at the prompt: all of it at once. */
static RunEnd after(Session *s, RunEnd end)
{
    Playing *now = playing(s);
    if (now->move) {
        PlayerMove move = now->move;
        now->move = PLAYER_STAY;
        if (end == RUN_OK) {
            move_now(s, move, now->count);
        }
        return end;
    }
    if (!player_now(s) || session_is(s, FRONT_PERSON)) {
        return end;
    }
    if (end == RUN_OK) {
        return player_run_now(s);
    }
    player_set(s, NULL);
    return end;
}

static void let_go(Session *s)
{
    player_free(&playing(s)->player);
    forget_before(playing(s));
}

const SessionPart player_part = {.key = &playing_key, .after = after, .free = let_go};
