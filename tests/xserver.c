/* xserver.c -- X servers for tests of windows: one that tests share, and ones of their own */
#define _GNU_SOURCE /* prctl's header */
#include "tests/xserver.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* It ends with this program, however that ends, and by itself: one that is killed leaves its lock.
 * So it is in a group of its own, out of reach of what kills the program's. */
static void become_server(int fd, const char *name, const char *screen, pid_t parent)
{
    char number[12];
    const char *arg[] = {"Xvfb",      "-displayfd", number,     "-screen", "0", screen,
                         "-nolisten", "tcp",        "-noreset", name,      NULL};
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(126);
    }
    snprintf(number, sizeof number, "%d", fd);
    if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout)) {
        _exit(126);
    }
    execvp("Xvfb", (char *const *)arg);
    _exit(127);
}

/* name NULL: a free one is found. */
static pid_t start_named(const char *name, const char *screen, char *display, size_t cap)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return 0;
    }
    const pid_t self = getpid();
    pid_t server = fork();
    if (server == 0) {
        close(ends[0]);
        become_server(ends[1], name, screen, self);
    }
    close(ends[1]);
    /* the line may come in pieces, and closing before its end would kill the server */
    FILE *answer = fdopen(ends[0], "r");
    char number[16] = "";
    bool told = answer && fgets(number, sizeof number, answer);
    if (answer) {
        fclose(answer);
    }
    if (!told) {
        xserver_stop(&server, SIGKILL);
        return 0;
    }
    number[strcspn(number, "\n")] = '\0';
    snprintf(display, cap, ":%s", number);
    return server;
}

pid_t xserver_start_screen(const char *screen, char *display, size_t cap)
{
    return start_named(NULL, screen, display, cap);
}

#define USUAL "1280x800x24"

/* Above the numbers that servers find for themselves: the name of one that ended stays free. */
pid_t xserver_start(char *display, size_t cap)
{
    static int started;
    pid_t server = 0;
    for (int i = 0; i < 20 && server == 0; i++) {
        char name[16];
        snprintf(name, sizeof name, ":%d", 20000 + (8 * (int)getpid() + started++) % 30000);
        server = start_named(name, USUAL, display, cap);
    }
    return server;
}

pid_t xserver_start_again(const char *display)
{
    char name[32];
    return start_named(display, USUAL, name, sizeof name);
}

void xserver_stop(pid_t *server, int signal_number)
{
    if (*server > 0) {
        kill(*server, signal_number);
        waitpid(*server, NULL, 0);
    }
    *server = 0;
}

/* --- the shared one --- */

static struct {
    pid_t server, owner; /* a copy of the process does not end it */
    char display[32];
} shared;

static void stop_shared(void)
{
    if (shared.owner == getpid()) {
        xserver_stop(&shared.server, SIGTERM);
    }
}

const char *xserver_shared(void)
{
    const char *given = getenv("NB_DISPLAY");
    if (given && *given) {
        return given;
    }
    if (shared.server == 0) {
        shared.server = xserver_start(shared.display, sizeof shared.display);
        shared.owner = getpid();
        if (shared.server > 0) {
            atexit(stop_shared);
        }
    }
    return shared.server > 0 ? shared.display : NULL;
}
