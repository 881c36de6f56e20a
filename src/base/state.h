/* state.h -- files that one run leaves for the next: history, places of windows, lessons done */
#ifndef NB_BASE_STATE_H
#define NB_BASE_STATE_H

#include <stdbool.h>
#include <stddef.h>

/* The path of such a file, $XDG_STATE_HOME/nabla/NAME or ~/.local/state/nabla/NAME, into path;
 * false, and "", when there is no such folder or the path is longer than cap. */
bool nb_state_path(const char *name, char *path, size_t cap);
/* Makes the folders above a file, for the person alone. What cannot be made shows when the file is
 * written. */
void nb_state_folders(const char *path);

#endif
