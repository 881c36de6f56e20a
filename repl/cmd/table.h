/* table.h -- the tables of commands, and what commands offer to the rest of the prompt */
#ifndef NABLA_CMD_TABLE_H
#define NABLA_CMD_TABLE_H

#include <stdio.h>

#include "session/session.h"

Rows graph_rows(void);
/* Short ways of forward, backward, cleargrad and step. */
extern const QuickRow graph_quick[3], step_quick[1];
Rows step_rows(void);
Rows minimize_rows(void);
Rows rewind_rows(void);
Rows race_rows(void);
Rows help_rows(void);
Rows show_rows(void);
Rows view_window_rows(void);
Rows view_curves_rows(void);
Rows view_surface_rows(void);
Rows view_export_rows(void);

Rows state_rows(void);
Rows lesson_rows(void);
Rows undo_rows(void);
Rows save_rows(void);

/* All commands, with what they keep in a session. */
extern const SessionKit commands_kit;

/* A written state, found by load, in place of the session; false with the error set. */
bool load_state(Interp *I, const Call *c, const char *path, const char *text, size_t len);

/* --- texts used in several places --- */
/* Help on a name; false when there is nothing by that name. */
bool help_print(Session *s, const char *name);
bool help_name(Session *s, const char *name); /* the same, and what it is bound to */

#endif
