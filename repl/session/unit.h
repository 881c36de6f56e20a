/* unit.h -- one top-level statement: saving before the first write, passes, taking back */
#ifndef NABLA_REPL_UNIT_H
#define NABLA_REPL_UNIT_H

#include "session/session.h"

/* Ctrl-C waits for the end of a pass that takes less than this; longer passes are stopped at
 * once and taken back. */
#define UNIT_WAIT 0.030 /* s */

/* how: RUN_ECHO, and RUN_TOGETHER when the whole program is one unit. */
void unit_begin(Session *s, const Program *p, int statement, unsigned how);
void unit_end(Session *s);
/* After an error or Ctrl-C: puts back what the statement changed, but keeps whole passes of a
 * loop. Says on stderr what holds when that is not the state before it. */
void unit_fail(Session *s, bool interrupted);
void unit_look(Session *s); /* at the clock, every so many passes */
/* The end of a pass; false when it is time to stop. */
static inline bool unit_pass(Session *s)
{
    Unit *u = &s->unit;
    u->passes++;
    if (*s->interrupt) {
        u->stopped_between = true;
        return false;
    }
    if (--u->countdown == 0) {
        unit_look(s);
    }
    return true;
}
/* The engine looks at Ctrl-C as it should at this place of the statement. */
void unit_heed(Session *s);
/* Now and then during a long pass; false when it is time to stop. */
bool unit_poll(Session *s);

#endif
