/* notes.c -- nabla --notes: the speaker's notes of the presentation that another terminal gives */
#include "prompt/notes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/state.h"

#define PATH_CAP 1100
#define LOOKS_NS 150000000 /* from look to look */

static const char none[] = "no presentation is given\nnabla --present FILE begins one\n";

/* The notes as they are now; NULL when there are none, or whose speaker was killed. To be freed. */
static char *current(const char *path)
{
    NbErr ignored = {0};
    size_t len;
    char *all = access(path, R_OK) == 0 ? nb_file_bytes(path, NULL, &len, &ignored) : NULL;
    char *text = NULL;
    const pid_t speaker = all ? (pid_t)strtol(all, &text, 10) : 0;
    if (speaker <= 0 || *text != '\n' || (kill(speaker, 0) != 0 && errno == ESRCH)) {
        free(all);
        return NULL;
    }
    memmove(all, text + 1, strlen(text + 1) + 1);
    return all;
}

/* On a terminal the title stands out, and nothing of before is left. */
static void show(const char *text, bool tty)
{
    const size_t title = strcspn(text, "\n");
    if (tty) {
        printf("\033[H\033[2J\033[1m%.*s\033[0m%s", (int)title, text, text + title);
    } else {
        fputs(text, stdout);
    }
    fflush(stdout);
}

int notes_follow(void)
{
    char path[PATH_CAP];
    const bool tty = isatty(STDOUT_FILENO) == 1;
    static char *shown; /* still there when a signal ends it */
    if (!nb_state_path("talk", path, sizeof path)) {
        fputs("nabla: --notes: there is neither XDG_STATE_HOME nor HOME\n", stderr);
        return 1;
    }
    for (;;) {
        char *now = current(path);
        if (!tty) {
            show(now ? now : none, false);
            free(now);
            return now ? 0 : 1;
        }
        if (!shown || strcmp(shown, now ? now : none) != 0) {
            show(now ? now : none, true);
            free(shown);
            shown = now ? now : strdup(none);
            now = NULL;
        }
        free(now);
        const struct timespec some = {0, LOOKS_NS};
        nanosleep(&some, NULL);
    }
}
