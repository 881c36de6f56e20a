/* sockets.h -- ZeroMQ, loaded when a notebook is served: linked it would cost every start 4 ms */
#ifndef NABLA_KERNEL_SOCKETS_H
#define NABLA_KERNEL_SOCKETS_H

#include <stdbool.h>

#include <zmq.h>

/* clang-format off */
#define KERNEL_ZMQ(X)                                                                              \
    X(ctx_new) X(ctx_term) X(socket) X(close) X(bind) X(setsockopt) X(poll) X(send) X(strerror)    \
    X(msg_init) X(msg_close) X(msg_recv) X(msg_send) X(msg_more) X(msg_size) X(msg_data)
/* clang-format on */

typedef struct Zmq {
#define X(f) __typeof__(zmq_##f) *f;
    KERNEL_ZMQ(X)
#undef X
} Zmq;

/* Empty until sockets_load, which writes it once, before there is a second thread. */
extern Zmq zmq;

bool sockets_load(void); /* false with a word on stderr */

#endif
