/* signals.h -- what signals ask for, as flags the loop looks at; the terminal given back in time */
#ifndef NABLA_REPL_SIGNALS_H
#define NABLA_REPL_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Catches Ctrl-C, the signals that end a program, those that stop it, and those that say that the
 * terminal is another now. What was ignored from outside (nohup) stays ignored. */
void signals_begin(void);

volatile sig_atomic_t *signals_interrupt(void); /* Ctrl-C, or the end is near */
const volatile sig_atomic_t *signals_end(void); /* TERM, HUP or QUIT came: its number */
volatile sig_atomic_t *signals_terminal(void);  /* back from the background, or resized */
int signals_wake(void);                         /* can be read after any of them; -1: cannot */
void signals_drain(void);                       /* until the next */

/* Readline is about to take the terminal, or gave it back: between the two a signal that stops or
 * ends the program gives it back first. */
void signals_take(bool paste);
void signals_give(void);
bool signals_taken(void);

/* For handlers of other signals: the same as Ctrl-C, and the terminal as it was. */
void signals_stop(void);
void signals_give_back(void);

#endif
