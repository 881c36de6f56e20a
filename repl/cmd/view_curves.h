/* view_curves.h -- functions of one variable and data points, drawn by plot over a range */
#ifndef NABLA_CMD_VIEW_CURVES_H
#define NABLA_CMD_VIEW_CURVES_H

#include "cmd/view_internal.h"

/* The arguments from `first` on are functions of one variable, points, or anything over a range:
 * curves over a variable, not over steps. */
bool view_is_curves(Interp *I, const Call *c, int first);
/* Shows them: a window, a picture, or a chart of characters. */
bool view_curves_show(Interp *I, const Call *c);
/* Curves over steps are shown instead. */
void view_curves_leave(Session *s);
/* For export: those of the arguments from 1 on, or those shown last; they live until the next call.
 * NULL without an error: there are none. */
const NbRecord *view_curves_export(Interp *I, const Call *c, char *title, size_t cap);

#endif
