/* notes.h -- nabla --notes */
#ifndef NABLA_PROMPT_NOTES_H
#define NABLA_PROMPT_NOTES_H

/* Shows the notes of the presentation that is given, once, or on a terminal until Ctrl-C; the exit
 * status: 1 when there is none. */
int notes_follow(void);

#endif
