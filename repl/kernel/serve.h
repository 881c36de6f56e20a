/* serve.h -- requests of the shell channel, answered by the session */
#ifndef NABLA_KERNEL_SERVE_H
#define NABLA_KERNEL_SERVE_H

#include "kernel/channels.h"

bool serve_begin(Kernel *k); /* front, input, history; false when out of memory */
void serve_end(Kernel *k);
/* Answers a message of the shell channel, which stays the caller's. */
void serve(Kernel *k, const Message *m);
/* Serves the next message that was taken before its turn; false: none. */
bool serve_waiting(Kernel *k);

/* Of kernel_info; also on the control channel. New. */
cJSON *serve_info(void);

#endif
