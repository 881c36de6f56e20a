/* layout.c -- the layout worker as a process: spawn, hand over, time limit, read back */
#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

extern char **environ;

/* The program that lays out, where NABLA_WORKER names none: this one, or for programs that nabla is
 * a library of the one that is installed. */
#ifdef NB_LIBRARY
#define WORKER "nabla"
#define NO_WORKER "cannot start the program nabla, which lays out graphs: %s"
#else
#define WORKER "/proc/self/exe"
#define NO_WORKER "cannot start the graph layout: %s"
#endif

struct NbLayouter {
    pid_t pid; /* 0: none */
    int fd;    /* one socket for both directions; -1: none */
    bool busy;
    bool served;      /* it has answered before */
    int64_t deadline; /* ms, monotonic */
    size_t nnodes, nedges;
    Text out; /* the job, kept until it is answered */
    size_t sent;
    Text in;
};

static int64_t now_ms(void)
{
    return (int64_t)(nb_seconds() * 1e3);
}

NbLayouter *nb_viz_layouter_new(void)
{
    NbLayouter *l = calloc(1, sizeof *l);
    if (l) {
        l->fd = -1;
    }
    return l;
}

/* Ends the worker, at once when it is at work, else by closing its input. */
static void stop_worker(NbLayouter *l)
{
    if (l->fd >= 0) {
        close(l->fd);
        l->fd = -1;
    }
    if (l->pid > 0) {
        kill(l->pid, SIGKILL);
        while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        l->pid = 0;
    }
    l->busy = false;
    l->served = false;
    text_free(&l->in);
}

static void stop_job(NbLayouter *l)
{
    stop_worker(l);
    text_free(&l->out);
}

void nb_viz_layouter_free(NbLayouter **l)
{
    if (*l) {
        stop_job(*l);
        free(*l);
        *l = NULL;
    }
}

/* Own process group and default signals, so that Ctrl-C at the prompt does not reach it. */
static int spawn_on(int fd, pid_t *pid)
{
    const char *path = getenv("NABLA_WORKER");
    if (!path || !*path) {
        path = WORKER;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return ENOMEM;
    }
    if (posix_spawnattr_init(&attr) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGALRM);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &usual);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                        POSIX_SPAWN_SETPGROUP);
    int code = posix_spawn_file_actions_adddup2(&actions, fd, 0);
    code = code ? code : posix_spawn_file_actions_adddup2(&actions, fd, 1);
    code = code ? code : posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    char name[] = "nabla", flag[] = "--layout-worker";
    char *argv[] = {name, flag, NULL};
    code = code ? code : posix_spawnp(pid, path, &actions, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static NbStatus start_worker(NbLayouter *l, NbErr *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        return nb_fail(err, NB_EIO, "cannot start the graph layout: %s", strerror(errno));
    }
    fcntl(pair[0], F_SETFD, FD_CLOEXEC);
    fcntl(pair[1], F_SETFD, FD_CLOEXEC);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    /* dup2 onto itself would keep the close-on-exec flag */
    if (pair[1] <= 2) {
        int higher = fcntl(pair[1], F_DUPFD_CLOEXEC, 3);
        close(pair[1]);
        pair[1] = higher;
    }
    int code = spawn_on(pair[1], &l->pid);
    close(pair[1]);
    if (code != 0) {
        close(pair[0]);
        l->pid = 0;
        return nb_fail(err, NB_EIO, NO_WORKER, strerror(code));
    }
    l->fd = pair[0];
    return NB_OK;
}

/* Sends what the socket takes. False when the worker is gone. */
static bool send_some(NbLayouter *l)
{
    while (l->sent < l->out.len) {
        ssize_t n = send(l->fd, l->out.s + l->sent, l->out.len - l->sent, MSG_NOSIGNAL);
        if (n < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        }
        l->sent += (size_t)n;
    }
    return true;
}

static NbStatus ended_early(NbErr *err)
{
    nb_fail(err, NB_EIO, "the graph layout process ended early");
    nb_hint(err, "is Graphviz installed? tree f shows the graph as text");
    return NB_EIO;
}

/* To the worker that waits, or to a fresh one. An idle worker may have died, or be dying: then once
 * more, also later, when it ends without an answer. */
static NbStatus send_job(NbLayouter *l, NbErr *err)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        NbStatus status = l->fd < 0 ? start_worker(l, err) : NB_OK;
        if (status) {
            return status;
        }
        l->sent = 0;
        if (send_some(l)) {
            return NB_OK;
        }
        stop_worker(l);
    }
    return ended_early(err);
}

NbStatus nb_viz_layout_start(NbLayouter *l, const NbLayoutJob *job, NbErr *err)
{
    if (l->busy) {
        stop_job(l);
    }
    l->out.len = 0;
    nb_viz_job_write(&l->out, job);
    if (l->out.failed) {
        stop_job(l);
        return nb_fail(err, NB_EMEM, "out of memory laying out a graph");
    }
    NbStatus status = send_job(l, err);
    if (status) {
        stop_job(l);
        return status;
    }
    l->busy = true;
    l->nnodes = job->nnodes;
    l->nedges = job->nedges;
    l->deadline = now_ms() + NB_LAYOUT_LIMIT_MS;
    return NB_OK;
}

void nb_viz_layout_cancel(NbLayouter *l)
{
    if (l->busy) {
        stop_job(l);
    }
}

bool nb_viz_layout_busy(const NbLayouter *l)
{
    return l->busy;
}

int nb_viz_layout_fd(const NbLayouter *l)
{
    return l->busy ? l->fd : -1;
}

int nb_viz_layout_timeout(const NbLayouter *l)
{
    if (!l->busy) {
        return -1;
    }
    int64_t left = l->deadline - now_ms();
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* --- the answer --- */

static NbStatus give_up(NbLayouter *l, NbErr *err)
{
    size_t n = l->nnodes;
    stop_job(l);
    nb_fail(err, NB_EIO, "the layout of %zu nodes took more than %d s", n,
            NB_LAYOUT_LIMIT_MS / 1000);
    nb_hint(err, "draw a part, as in graph v3, or use tree f");
    return NB_EIO;
}

NbStatus nb_viz_layout_poll(NbLayouter *l, NbGeometry **out, NbErr *err)
{
    *out = NULL;
    if (!l->busy) {
        return NB_OK;
    }
    bool gone = !send_some(l);
    char chunk[16384];
    while (!gone && !l->in.failed && !nb_viz_answer_complete(&l->in)) {
        ssize_t n = recv(l->fd, chunk, sizeof chunk, 0);
        if (n > 0) {
            text_addn(&l->in, chunk, (size_t)n);
            gone = l->in.failed || nb_viz_answer_too_long(&l->in, l->nnodes, l->nedges);
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else {
            gone = n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
            break;
        }
    }
    bool refused = l->in.failed;
    if (!refused && nb_viz_answer_complete(&l->in)) {
        *out = nb_viz_geometry_read(l->in.s, l->nnodes, l->nedges, &refused);
        l->in.len = 0;
        l->busy = false;
        l->served = true;
        if (*out) {
            return NB_OK;
        }
        if (!refused) {
            stop_job(l);
            return nb_fail(err, NB_EIO, "the graph layout failed");
        }
    }
    if (refused) {
        stop_job(l);
        return nb_fail(err, NB_EMEM, "out of memory laying out a graph");
    }
    if (gone && l->served && l->in.len == 0) { /* it was not this job that ended it */
        stop_worker(l);
        NbStatus status = send_job(l, err);
        if (status) {
            stop_job(l);
            return status;
        }
        l->busy = true;
        return NB_OK;
    }
    if (gone) {
        stop_job(l);
        return ended_early(err);
    }
    return now_ms() >= l->deadline ? give_up(l, err) : NB_OK;
}

NbStatus nb_viz_layout_wait(NbLayouter *l, const volatile sig_atomic_t *interrupt, NbGeometry **out,
                            NbErr *err)
{
    *out = NULL;
    l->deadline = interrupt ? INT64_MAX : l->deadline; /* who can stop it may wait */
    while (l->busy) {
        if (interrupt && *interrupt) {
            stop_job(l);
            return nb_fail(err, NB_EINTERRUPT, "interrupted");
        }
        /* short waits, since a signal may arrive just before poll */
        int left = nb_viz_layout_timeout(l);
        short events = (short)(POLLIN | (l->sent < l->out.len ? POLLOUT : 0));
        struct pollfd p = {.fd = l->fd, .events = events};
        poll(&p, 1, left < 30 ? left : 30);
        NbStatus status = nb_viz_layout_poll(l, out, err);
        if (status || *out) {
            return status;
        }
    }
    return NB_OK;
}
