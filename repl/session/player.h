/* player.h -- plays a script line by line at the prompt: lessons and presentations */
#ifndef NABLA_REPL_PLAYER_H
#define NABLA_REPL_PLAYER_H

#include "session/part.h"

/* A script is an ordinary .nabla file. Its first line is `# file -- title`; further comments at
 * the start of a line are texts shown to the person; statements are typed at the prompt for them,
 * and Enter runs them. Three kinds of comments ask something of a student:
 *
 *   #> Make y twice x.                a task; the statements that follow are its answer
 *   #? Multiply x by 2.               a hint, shown at the first Enter on an empty line; the
 *                                     next Enter types the answer
 *   #= y == 2*x, "y should be 6"      holds when the task is done; what to say while it does not
 *
 * Run as a script the file does what its statements say; `lesson` off a terminal shows texts and
 * statements as well, and a check that does not hold is an error. */
typedef struct Player Player;

/* New, at the beginning of the file; NULL with *err set. The interpreter says where statements
 * end. */
Player *player_open(Interp *I, const char *path, NbErr *err);
/* The same of a file's text. */
Player *player_of_text(Interp *I, const char *path, const char *text, size_t len, NbErr *err);
void player_free(Player **p);
const char *player_title(const Player *p);
void player_ending(Player *p, const char *text); /* a line for the end; copied */
/* Its parts in order: texts, tasks and hints without their sign, statements as they stand, checks
 * as what is asserted. *line is the first one's of the part, from 1; *text is borrowed. */
typedef enum PlayerPart {
    PLAYER_TEXT,
    PLAYER_CODE,
    PLAYER_TASK,
    PLAYER_HINT,
    PLAYER_CHECK
} PlayerPart;
int player_parts(const Player *p);
PlayerPart player_part_at(const Player *p, int i, const char **text, int *line);

/* Prints what is to be read before the next line, and returns the line to type: borrowed until
 * the next call, "" when the person types on their own, NULL when the script is at its end. */
const char *player_turn(Session *s, Player *p);
/* What follows `line` within a statement of several lines, or "". */
const char *player_rest(const Player *p);
/* The person entered a whole input, which ended as told. `typed`: it began as the line offered. */
void player_entered(Session *s, Player *p, const char *input, bool typed, RunEnd end);
/* An empty line was entered: a hint, then the answer of a task. */
void player_empty(Session *s, Player *p);
void player_skip(Player *p);  /* the next statement or task is left out */
void player_again(Player *p); /* from the beginning */

/* The whole script at once, where nobody sits at the prompt. */
RunEnd player_run(Session *s, Player *p);

/* --- the script a session plays --- */
extern const SessionPart player_part;
Player *player_now(const Session *s);    /* NULL: none */
void player_set(Session *s, Player *p);  /* instead of the present one; owned by the session */
void player_moves(Session *s);           /* the statement chose another place in it */
uint64_t player_place(const Session *s); /* another one after player_set and player_moves */
RunEnd player_run_now(Session *s);       /* player_run of it, which ends it */

#endif
