/* input.c -- what a person types, line by line: inputs of several lines, lessons that go on */
#include "session/input.h"

#include <stdlib.h>
#include <string.h>

#include "session/core.h"
#include "session/pasted.h"
#include "session/player.h"

struct Input {
    Session *s;
    Text text; /* lines so far */
    Growing growing;
    bool offered; /* the first of them was */
    RunEnd end;   /* of the last one run */
};

Input *input_new(Session *s)
{
    Input *in = calloc(1, sizeof *in);
    if (in) {
        in->s = s;
        in->text = text_in(s->lost);
    }
    return in;
}

void input_free(Input **in)
{
    if (*in) {
        text_free(&(*in)->text);
        free(*in);
        *in = NULL;
    }
}

void input_drop(Input *in)
{
    text_reset(&in->text);
    in->growing = (Growing){0};
}

static void offer(const Session *s, const char *line)
{
    if (s->core->front.offer) {
        s->core->front.offer(s->core->front.user, line);
    }
}

void input_turn(Input *in)
{
    Session *s = in->s;
    Player *p = s->leave ? NULL : player_now(s);
    const char *line = p ? player_turn(s, p) : NULL;
    if (p && !line) {
        player_set(s, NULL);
    }
    offer(s, line);
    session_flush(s);
}

static RunEnd run(Session *s, const char *text)
{
    session_typed(s, text);
    *s->interrupt = 0;
    unsigned how = (strchr(text, '\n') ? 0 : RUN_PROMPT) | (s->set.echo ? RUN_ECHO : 0);
    RunEnd end = session_run(s, text, strlen(text), "", 1, how);
    *s->interrupt = 0;
    session_flush(s);
    return end;
}

/* A whole input; with a player an empty line asks for more. */
static void take(Input *in, const char *text)
{
    Session *s = in->s;
    in->end = RUN_OK;
    char words[64];
    if (text[strspn(text, " \t\n")]) {
        text = player_now(s) ? player_words(s, player_now(s), text, words, sizeof words) : text;
        if (player_now(s)) {
            player_before(s, player_now(s), text, in->offered);
        }
        uint64_t place = player_place(s);
        in->end = run(s, text);
        if (player_now(s) && player_place(s) == place) {
            player_entered(s, player_now(s), text, in->offered, in->end);
        }
    } else if (player_now(s)) {
        player_empty(s, player_now(s));
    }
}

RunEnd input_end(const Input *in)
{
    return in->end;
}

/* What is typed or pasted, without prompts of a session it was copied from. */
static void add_typed(Input *in, const char *line)
{
    const size_t before = in->text.len;
    text_add(&in->text, line);
    if (in->text.failed) {
        return;
    }
    const int dropped = pasted_strip(in->text.s + before, before > 0);
    in->text.len = before + strlen(in->text.s + before);
    if (dropped > 0) {
        session_note(in->s, "pasted", "left out %d line%s without a prompt", dropped,
                     dropped == 1 ? "" : "s");
    }
}

bool input_line(Input *in, const char *line, bool offered)
{
    Session *s = in->s;
    if (in->text.len > 0) {
        text_add(&in->text, "\n");
    } else {
        in->offered = offered;
    }
    add_typed(in, line);
    const char *text = text_str(&in->text);
    if (interp_growing(s->interp, &in->growing, text, in->text.len)) {
        offer(s, player_now(s) && in->offered ? player_rest(player_now(s)) : NULL);
        return true;
    }
    take(in, text);
    input_drop(in);
    input_turn(in);
    return false;
}
