/* view.h -- what the loop and the session need of windows; view*.c are the only users of viz.h */
#ifndef NABLA_CMD_VIEW_H
#define NABLA_CMD_VIEW_H

#include <stdio.h>

#include "session.h"

bool view_open(const Session *s);   /* any window */
void view_pump(Session *s);         /* events and frames that are due; cheap without windows */
void view_changed(Session *s);      /* values or names may have changed */
int view_fd(const Session *s);      /* to poll for reading, or -1 */
int view_timeout(const Session *s); /* ms, or -1 */
void view_settings(Session *s);     /* theme, digits, … changed */
void view_close(Session *s);
void view_free(Session *s);
/* Windows opened on a name follow it. */
void view_follow(Session *s);
/* A window shows v under its name, which is bound to something else now. */
bool view_shows(const Session *s, const NbVar *v);
int view_worker_main(void);

#endif
