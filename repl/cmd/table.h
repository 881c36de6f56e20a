/* table.h -- the tables of commands, and what commands offer to the rest of the prompt */
#ifndef NABLA_CMD_TABLE_H
#define NABLA_CMD_TABLE_H

#include <stdio.h>

#include "session/session.h"

/* Files of commands, each of which ends with NAME_rows, its table, in the order of help: a further
 * one is a word here. What explains stands in teach.h, what makes objects between both lists. */
#define TABLES_OF_GRAPHS(X)                                                                        \
    X(graph)                                                                                       \
    X(step)                                                                                        \
    X(minimize)                                                                                    \
    X(rewind)                                                                                      \
    X(race)                                                                                        \
    X(show)                                                                                        \
    X(view_window)                                                                                 \
    X(view_curves)                                                                                 \
    X(view_surface)                                                                                \
    X(view_export)                                                                                 \
    X(help)                                                                                        \
    X(state)
#define TABLES_OF_SESSIONS(X) X(lesson) X(undo_redo) X(save)
#define COMMAND_TABLE(name) Rows name##_rows(void);
TABLES_OF_GRAPHS(COMMAND_TABLE)
TABLES_OF_SESSIONS(COMMAND_TABLE)
#undef COMMAND_TABLE
/* Short ways of forward, backward, cleargrad and step. */
extern const QuickRow graph_quick[3], step_quick[1];

/* All commands, with what they keep in a session. */
extern const SessionKit commands_kit;

/* A written state, found by load, in place of the session; false with the error set. */
bool load_state(Interp *I, const Call *c, const char *path, const char *text, size_t len);

/* --- texts used in several places --- */
/* Help on a name; false when there is nothing by that name. */
bool help_print(Session *s, const char *name);
bool help_name(Session *s, const char *name); /* the same, and what it is bound to */

#endif
