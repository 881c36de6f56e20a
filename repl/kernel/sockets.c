/* sockets.c -- ZeroMQ, loaded when a notebook is served */
#include "kernel/sockets.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* A library is loaded once in a process. */
Zmq zmq;

bool sockets_load(void)
{
    static const struct {
        const char *name;
        size_t place;
    } function[] = {
#define X(f) {"zmq_" #f, offsetof(Zmq, f)},
        KERNEL_ZMQ(X)
#undef X
    };
    void *library = dlopen("libzmq.so.5", RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; library && i < sizeof function / sizeof function[0]; i++) {
        void *address = dlsym(library, function[i].name);
        memcpy((char *)&zmq + function[i].place, &address, sizeof address);
        library = address ? library : NULL;
    }
    if (!library) {
        fprintf(stderr, "nabla: a notebook needs libzmq.so.5: %s\n", dlerror());
    }
    return library;
}
