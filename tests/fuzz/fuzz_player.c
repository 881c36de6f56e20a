/* fuzz_player.c -- lessons of any kind, played by answers of any kind, come to an end */
#include <stdlib.h>
#include <string.h>

#include "session/player.h"
#include "stage.h"

#define MOST 500    /* lines of an input that are looked at */
#define PATIENCE 40 /* turns before something is left out */

/* What a person enters, as loop.c takes it: offered lines with Enter, or a line of their own. */
static void enter(Session *s, Player *p, const char *offered, const char *own)
{
    Text line = {0};
    bool typed = own == NULL;
    text_add(&line, typed ? offered : own);
    while (interp_incomplete(s->interp, text_str(&line), line.len)) {
        const char *rest = typed ? player_rest(p) : "";
        if (!rest[0]) {
            break;
        }
        text_add(&line, "\n");
        text_add(&line, rest);
    }
    const char *text = text_str(&line);
    if (text[strspn(text, " \t\n")]) {
        player_before(s, p, text, typed);
        RunEnd end = stage_run(s, text, line.len);
        player_entered(s, p, text, typed, end);
        if (typed && end != RUN_OK) {
            player_skip(s, p); /* what fails every time is left out */
        }
    } else {
        player_empty(s, p);
    }
    text_free(&line);
}

static size_t lines_of(const char *text)
{
    size_t n = 1;
    for (; *text; text++) {
        n += *text == '\n';
    }
    return n;
}

/* Answers first, one for each turn, then Enter until the end. A task whose checks fail even after
 * its own answer is left as a person would leave it. */
static void play(Session *s, Player *p, char *answers, size_t limit)
{
    for (size_t turns = 0; !s->leave; turns++) {
        const char *offered = player_turn(s, p);
        if (!offered) {
            return;
        }
        if (turns > limit) {
            fuzz_broken("a lesson comes to its end");
        }
        if (turns % PATIENCE == PATIENCE - 1) {
            player_skip(s, p);
            continue;
        }
        char *end = answers ? strchr(answers, '\n') : NULL;
        if (end) {
            *end = '\0';
        }
        if (answers && !player_now(s)) {
            enter(s, p, offered, answers);
        } else {
            enter(s, p, offered, offered[0] ? NULL : "");
        }
        answers = end ? end + 1 : NULL;
    }
}

/* A lesson, a byte 0, and what is answered. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    size_t len = strlen(text), lines = lines_of(text);
    char *answers = len < size ? text + len + 1 : NULL;
    if (stage_reaches_out(text, size) || lines > MOST) {
        free(text);
        return 0;
    }
    stage_open();
    stage_listen();
    NbErr err = {0};
    Session *s = stage_new();
    Player *p = player_of_text(s->interp, "lesson.nabla", text, len, &err);
    if (!p) {
        fuzz_broken("any text is a lesson: %s", err.msg);
    }
    player_ending(p, "end");
    play(s, p, answers, (PATIENCE + 1) * (lines + 2) + (answers ? lines_of(answers) : 0));
    player_again(s, p);
    player_free(&p);
    session_free(&s);
    free(text);
    return 0;
}
