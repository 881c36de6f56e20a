/* channels.h -- the channels of a kernel: sockets, publishing, answers, a line asked for */
#ifndef NABLA_KERNEL_CHANNELS_H
#define NABLA_KERNEL_CHANNELS_H

#include <pthread.h>
#include <stdatomic.h>

#include "kernel/output.h"
#include "kernel/wire.h"
#include "session/input.h"

enum { SHELL, CONTROL, IOPUB, STDIN, HEARTBEAT, SOCKETS };

/* A message taken from its socket before its turn. */
typedef struct Waiting {
    Message message;
    bool aborted; /* what was before it in the queue failed */
} Waiting;

/* What the main thread serves. */
typedef struct Kernel {
    Session *s;
    Wire wire;
    pthread_mutex_t publishing; /* both threads do */
    Output output;
    Input *input;
    void *socket[SOCKETS];
    const Message *now; /* being served, or NULL */
    bool allow_stdin, stop_on_error;
    long count; /* of cells */
    Waiting *queue;
    int nqueue, queue_cap;
    char *next;   /* the cell that a lesson offers; NULL: none */
    struct Cell { /* for history */
        long count;
        char *text;
    } * cell;
    int ncells, cells_cap;
    atomic_bool leaving; /* a shutdown came */
    atomic_bool left;    /* and the main thread is done */
    int end[2];          /* a pipe: tells the other thread to end */
} Kernel;

/* Binds one of the sockets to the port that the connection file gives it; false when that cannot
 * be, with a word on stderr. */
bool kernel_open(Kernel *k, void *context, int which, const cJSON *file);
/* Until something can be read from the socket, a signal comes or something is due; false when it
 * cannot be waited for. */
bool kernel_wait(Kernel *k, void *socket);
bool kernel_comes(Kernel *k, int ms); /* a request is there, or within so long */
bool kernel_over(const Kernel *k);    /* a shutdown, a signal or a limit ends it */

/* On iopub, from any thread. Takes content. */
void kernel_publish(Kernel *k, const cJSON *parent, const char *type, cJSON *content);
void kernel_status(Kernel *k, const cJSON *parent, const char *state);
/* Takes content and adds status ok, unless it says another. */
void kernel_reply(Kernel *k, int socket, const Message *m, const char *type, cJSON *content);
/* Waits for a line of the person. */
bool kernel_ask(Kernel *k, const FrontAsk *q, char *buf, size_t cap);

#endif
