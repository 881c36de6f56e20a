/* state.c -- where files are that one run leaves for the next */
#include "base/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool nb_state_path(const char *name, char *path, size_t cap)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int n = -1;
    if (state && state[0] == '/') {
        n = snprintf(path, cap, "%s/nabla/%s", state, name);
    } else if (home && home[0]) {
        n = snprintf(path, cap, "%s/.local/state/nabla/%s", home, name);
    }
    if (n < 0 || (size_t)n >= cap) {
        path[0] = '\0';
        return false;
    }
    return true;
}

void nb_state_folders(const char *path)
{
    size_t n = strlen(path);
    char *part = malloc(n + 1);
    if (!part) {
        return;
    }
    memcpy(part, path, n + 1);
    for (char *p = part + 1; n && *p; p++) {
        if (*p == '/') {
            *p = '\0';
            mkdir(part, 0700);
            *p = '/';
        }
    }
    free(part);
}
