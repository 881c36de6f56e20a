/* player_internal.h -- what the files of the player share */
#ifndef NABLA_REPL_PLAYER_INTERNAL_H
#define NABLA_REPL_PLAYER_INTERNAL_H

#include "session/player.h"

/* How a task ended. */
typedef enum Tick { TICK_NONE, TICK_OWN, TICK_SHOWN } Tick;

typedef struct Item {
    PlayerPart kind;
    int line; /* of the file, from 1 */
    Text text;
    Tick tick;   /* of a task */
    char *state; /* of the session when this step was reached, or NULL; own */
    size_t state_len;
    NbRecord *record; /* … and its runs; NULL: there were none */
} Item;

struct Player {
    char *path, *key;
    Text title, ending;
    Item *item;
    int n;
    size_t cap;
    int at;         /* the item that comes next */
    int task;       /* the task being worked on, or -1 */
    int hint;       /* the hint that comes next, while a task is open */
    int failed;     /* answers to it that were wrong */
    int units;      /* statements that could be taken back when the person's turn began */
    bool held;      /* its checks held before anything was done */
    bool answering; /* the answer of the task is typed for the person */
    bool edited;    /* … and was changed before it ran */
    bool changed;   /* the session is not as it was when this step was reached */
    bool shown;     /* what comes before `at` was printed */
    bool begun;     /* the title was printed */
    bool talk;      /* a presentation: what comes between two steps is taken back */
    bool over;      /* the speaker was told that this is the end */
    bool told;      /* its notes are in the speaker's file */
    Text line;      /* last line handed out */
    size_t offset;  /* in the statement being typed: where the next line begins */
};

/* --- items (player_read.c) --- */
bool player_is(const Player *p, int i, PlayerPart kind);
/* The first item behind a task: behind its last check, or else behind its answer. */
int player_task_end(const Player *p, int task);
bool player_has_checks(const Player *p, int task);
/* The next statement of this task's answer from i on, or its end. */
int player_next_answer(const Player *p, int task, int i);
/* The step being due: a task or a statement; n at the end. */
int player_step(const Player *p);
/* The steps around item i; -1 or n when there is none. */
int player_step_before(const Player *p, int i);
int player_step_from(const Player *p, int i);      /* at i or behind it */
int player_step_behind(const Player *p, int step); /* the next one */
int player_steps(const Player *p, int before);     /* how many there are before this item */

void player_forget_state(Item *item);

/* --- for the speaker (speaker.c) --- */
#define SPEAKER_FILE "talk" /* as nb_state_path takes it; gone when the talk is over */
#define SPEAKER_PATH 1100
void speaker_tell(const Player *p); /* where the presentation stands, into that file */

/* --- texts (player_show.c) --- */
#define PLAYER_BOLD "\033[1m"
#define PLAYER_GREEN "\033[32m"
/* Line by line, in colour where it is given. */
void player_print(const Session *s, const char *head, const char *text, const char *colour);
void player_show_title(const Session *s, Player *p);
void player_show_item(const Session *s, const Item *item);
void player_show_code(const Session *s, const char *code);
void player_show_ticks(const Session *s, const Player *p);

/* --- states (player_state.c) --- */
/* The session now, kept as this step's. */
void player_keep_state(Session *s, Player *p, int step);
/* Runs the statement, or the answer of the task, without a word unless it fails. */
void player_pass(Session *s, Player *p, int step);
/* Puts the session where it was when this step was reached: from the nearest state before it. */
void player_return(Session *s, Player *p, int step);

/* --- tasks (player_task.c) --- */
/* All checks of the open task hold; else *why says what the first says that does not. */
bool player_holds(Session *s, const Player *p, char *why, size_t cap);
/* What a statement was to the open task. */
typedef enum Attempt { ATTEMPT_NONE, ATTEMPT_LOOK, ATTEMPT_UNNAMED, ATTEMPT_ANSWER } Attempt;
Attempt player_attempt(Session *s, const Player *p, const char *input);
/* What stands before the text in quotes of a wrong answer, `EXPR "text"`; false without a text. */
bool player_wrong_answer(const Item *item, Text *expr);
/* With the answer of the script in place: the names of a wrong answer are there, or the error is
 * said. */
bool player_wrong_names(Session *s, const Player *p, const Item *item);
/* Tells why the answer is wrong: a known mistake, or what the check says; then the ways out. */
void player_tell_wrong(Session *s, const Player *p, const char *input, const char *why);
/* The answer is a name's: that it is to be given one. */
void player_tell_unnamed(Session *s, const Player *p, const char *input);
/* Both begin with the same word. */
bool player_same_word(const char *a, const char *b);
bool player_same_words(const char *a, const char *b);

#endif
