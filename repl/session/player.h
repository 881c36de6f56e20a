/* player.h -- plays a script line by line at the prompt: lessons and presentations */
#ifndef NABLA_REPL_PLAYER_H
#define NABLA_REPL_PLAYER_H

#include "session/part.h"

/* A script is an ordinary .nabla file. Its first line is `# file -- title`; further comments at
 * the start of a line are texts shown to the person; statements are typed at the prompt for them,
 * and Enter runs them. Further kinds of comments:
 *
 *   #> Make y twice x.                a task; the statements that follow are its answer
 *   #? Multiply x by 2.               a hint, shown at the first Enter on an empty line; the
 *                                     next Enter types the answer
 *   #= y == 2*x, "y should be 6"      holds when the task is done; what to say while it does not
 *   #! 5 "that is x + 2"              a wrong answer and what it comes from: a value of the name
 *                                     that the answer binds, or a condition
 *   #% Ask them first.                for the speaker alone
 *
 * A step is a statement or a task. The session is kept as it was at each, so that one can go back.
 * Run as a script the file does what its statements say; `lesson` off a terminal shows texts and
 * statements as well, and a check that does not hold is an error. */
typedef struct Player Player;

/* New, at the beginning of the file; NULL with *err set, also where a statement or condition could
 * never work. The interpreter says where statements end. */
Player *player_open(Interp *I, const char *path, NbErr *err);
/* The same of a file's text, whatever is in it. */
Player *player_of_text(Interp *I, const char *path, const char *text, size_t len, NbErr *err);
void player_free(Player **p);
const char *player_title(const Player *p);
void player_ending(Player *p, const char *text); /* a line for the end; copied */
/* Its parts in order: texts, tasks, hints and notes without their sign, statements as they stand,
 * checks as what is asserted. *line is the first one's of the part, from 1; *text is borrowed. */
typedef enum PlayerPart {
    PLAYER_TEXT,
    PLAYER_CODE,
    PLAYER_TASK,
    PLAYER_HINT,
    PLAYER_CHECK,
    PLAYER_WRONG, /* a wrong answer, and what it comes from */
    PLAYER_NOTE   /* for the speaker alone */
} PlayerPart;
int player_parts(const Player *p);
PlayerPart player_part_at(const Player *p, int i, const char **text, int *line);
void player_keep(Player *p, const char *key); /* what is done is written down under this name */
/* A presentation: what comes between two steps is taken back before the next one. */
void player_talk(Player *p);
/* What the speaker types for it: "back", "back 2", "goto 5" as the command, into buf; else text. */
const char *player_words(const Session *s, const Player *p, const char *text, char *buf,
                         size_t cap);

/* Prints what is to be read before the next line, and returns the line to type: borrowed until
 * the next call, "" when the person types on their own, NULL when the script is at its end. */
const char *player_turn(Session *s, Player *p);
/* What follows `line` within a statement of several lines, or "". */
const char *player_rest(const Player *p);
/* The person enters a whole input, before it runs; then it ended as told. `typed`: it began as the
 * line offered. */
void player_before(Session *s, Player *p, const char *input, bool typed);
void player_entered(Session *s, Player *p, const char *input, bool typed, RunEnd end);
/* An empty line was entered: a hint, then the answer of a task. */
void player_empty(Session *s, Player *p);

/* --- moving, between statements --- */
void player_skip(Session *s, Player *p); /* the next step runs without a word */
void player_back(Session *s, Player *p, int steps);
void player_goto(Session *s, Player *p, int number);            /* of a step, from 1 */
void player_again(Session *s, Player *p);                       /* from the beginning */
bool player_put_back(Session *s, const char *text, size_t len); /* what save_text wrote */

typedef struct PlayerCount {
    int steps, done; /* how many there are, and lie behind */
    int tasks, own;  /* how many there are, and were answered without being shown the answer */
} PlayerCount;
PlayerCount player_count(const Player *p);

/* The whole script at once, where nobody sits at the prompt. */
RunEnd player_run(Session *s, Player *p);

/* --- the script a session plays (playing.c) --- */
extern const SessionPart player_part;
Player *player_now(const Session *s);   /* NULL: none */
void player_set(Session *s, Player *p); /* instead of the present one; owned by the session */
typedef enum PlayerMove {
    PLAYER_STAY,
    PLAYER_NEXT,
    PLAYER_BACK,
    PLAYER_GOTO,
    PLAYER_STOP /* the session kept takes its place again */
} PlayerMove;
/* Moves when the statement that runs has ended. */
void player_move(Session *s, PlayerMove move, int count);
uint64_t player_place(const Session *s); /* another one after player_set and player_move */
RunEnd player_run_now(Session *s);       /* player_run of it, which ends it */
/* Keeps the session for PLAYER_STOP; false with *err set when it cannot be written down. */
bool player_keep_session(Session *s, NbErr *err);
bool player_has_session(const Session *s);

#endif
