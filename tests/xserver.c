/* xserver.c -- an X server of one's own, for tests of windows */
#include "tests/xserver.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void become_server(int fd, const char *screen)
{
    char number[12];
    snprintf(number, sizeof number, "%d", fd);
    if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout)) {
        _exit(126);
    }
    execlp("Xvfb", "Xvfb", "-displayfd", number, "-screen", "0", screen, "-nolisten", "tcp",
           "-noreset", (char *)NULL);
    _exit(127);
}

pid_t xserver_start_screen(const char *screen, char *display, size_t cap)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return 0;
    }
    pid_t server = fork();
    if (server == 0) {
        close(ends[0]);
        become_server(ends[1], screen);
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

pid_t xserver_start(char *display, size_t cap)
{
    return xserver_start_screen("1280x800x24", display, cap);
}

void xserver_stop(pid_t *server, int signal_number)
{
    if (*server > 0) {
        kill(*server, signal_number);
        waitpid(*server, NULL, 0);
    }
    *server = 0;
}
