/* kernel.c -- a kernel of Jupyter: its two threads, its beginning and its end */

/* The thread that came in runs the session and serves shell and stdin. The other answers heartbeats
 * and the control channel at any moment: interrupts and shutdowns do not wait for a statement. Only
 * the publishing socket is shared, behind a lock. */
#include "kernel/kernel.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <nabla/data.h>

#include "base/clock.h"
#include "kernel/channels.h"
#include "kernel/serve.h"
#include "kernel/sockets.h"
#include "kernel/spare.h"

#define PARENT_EVERY 1000 /* ms between looks at the process that started us */
#define LAST_SECONDS 5.0  /* a statement that does not look at its flag is not waited for longer */

/* --- the other thread --- */

/* Signals go to the thread of the session, which looks at its flag. */
static void stop_statement(void)
{
    kill(getpid(), SIGINT);
}

/* What runs ends, or the process does. */
static void make_end(Kernel *k)
{
    k->leaving = true;
    for (double until = nb_seconds() + LAST_SECONDS; !k->left && nb_seconds() < until;) {
        stop_statement(); /* again: a statement that just began has cleared its flag */
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    if (!k->left) {
        _exit(1);
    }
}

static void control(Kernel *k, const Message *m)
{
    const char *type = message_type(m);
    bool ends = strcmp(type, "shutdown_request") == 0;
    kernel_status(k, m->header, "busy");
    if (strcmp(type, "kernel_info_request") == 0) {
        kernel_reply(k, CONTROL, m, "kernel_info_reply", serve_info());
    } else if (strcmp(type, "interrupt_request") == 0) {
        stop_statement();
        kernel_reply(k, CONTROL, m, "interrupt_reply", cJSON_CreateObject());
    } else if (ends) {
        cJSON *c = cJSON_CreateObject();
        cJSON_AddBoolToObject(c, "restart", json_flag(m->content, "restart", false));
        kernel_reply(k, CONTROL, m, "shutdown_reply", c);
    }
    kernel_status(k, m->header, "idle");
    if (ends) {
        make_end(k);
    }
}

static void beat(void *socket)
{
    zmq_msg_t m;
    zmq.msg_init(&m);
    while (zmq.msg_recv(&m, socket, ZMQ_DONTWAIT) >= 0) {
        zmq.msg_send(&m, socket, 0);
    }
    zmq.msg_close(&m);
}

/* Jupyter's server has gone without a word. */
static bool is_orphan(pid_t parent)
{
    return parent > 0 && (getppid() == 1 || (kill(parent, 0) != 0 && errno == ESRCH));
}

static void *beside(void *user)
{
    Kernel *k = user;
    const char *server = getenv("JPY_PARENT_PID");
    pid_t parent = server ? (pid_t)atol(server) : 0;
    zmq_pollitem_t it[3] = {{.socket = k->socket[CONTROL], .events = ZMQ_POLLIN},
                            {.socket = k->socket[HEARTBEAT], .events = ZMQ_POLLIN},
                            {.fd = k->end[0], .events = ZMQ_POLLIN}};
    while (!k->left && (zmq.poll(it, 3, parent > 0 ? PARENT_EVERY : -1) >= 0 || errno == EINTR)) {
        Message m;
        beat(k->socket[HEARTBEAT]);
        while (wire_receive(&k->wire, k->socket[CONTROL], &m)) {
            control(k, &m);
            message_free(&m);
        }
        if (is_orphan(parent)) {
            make_end(k);
        }
    }
    return NULL;
}

/* --- beginning and end --- */

static bool wrong(const char *path, const char *why)
{
    fprintf(stderr, "nabla: %s: %s\n", path, why);
    return false;
}

static bool take_key(Kernel *k, const cJSON *file, const char *path)
{
    const char *key = json_text(file, "key", "");
    if (strcmp(json_text(file, "signature_scheme", "hmac-sha256"), "hmac-sha256") != 0) {
        return wrong(path, "its signature_scheme is not hmac-sha256");
    }
    k->wire.key = (WireKey){strdup(key), strlen(key)};
    return k->wire.key.bytes || wrong(path, "out of memory");
}

static cJSON *read_connection(Session *s, const char *path)
{
    NbErr err = {0};
    size_t len = 0;
    char *text = nb_file_read(s->ctx, path, &len, &err);
    cJSON *file = text ? cJSON_ParseWithLength(text, len) : NULL;
    if (!text) {
        fprintf(stderr, "nabla: %s\n", err.msg);
    } else if (!cJSON_IsObject(file)) {
        wrong(path, "it is no connection file of Jupyter: no JSON object");
        cJSON_Delete(file);
        file = NULL;
    }
    free(text);
    return file;
}

static void main_loop(Kernel *k)
{
    Message m;
    kernel_status(k, NULL, "starting");
    while (!kernel_over(k) && kernel_wait(k, k->socket[SHELL])) {
        session_pump(k->s);
        while (!kernel_over(k) && wire_receive(&k->wire, k->socket[SHELL], &m)) {
            serve(k, &m);
            message_free(&m);
            while (!kernel_over(k) && serve_waiting(k)) {
            }
            spare_fill();
        }
    }
}

/* Signals are for the thread that came in. */
static bool begin_thread(Kernel *k, pthread_t *thread)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = pthread_create(thread, NULL, beside, k) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok;
}

static bool run(Kernel *k)
{
    pthread_t thread;
    if (!serve_begin(k) || !begin_thread(k, &thread)) {
        fputs("nabla: out of memory for a kernel\n", stderr);
        return false;
    }
    main_loop(k);
    k->left = true;
    while (write(k->end[1], "", 1) < 0 && errno == EINTR) {
    }
    pthread_join(thread, NULL);
    return true;
}

int kernel_run(Session *s, const char *connection_file)
{
    Kernel *k = calloc(1, sizeof *k);
    cJSON *file = k ? read_connection(s, connection_file) : NULL;
    void *context = file && sockets_load() ? zmq.ctx_new() : NULL;
    spare_begin();
    bool ok = context && pipe(k->end) == 0 && take_key(k, file, connection_file);
    if (k) {
        k->s = s;
        wire_uuid(k->wire.session);
        pthread_mutex_init(&k->publishing, NULL);
    }
    for (int i = 0; ok && i < SOCKETS; i++) {
        ok = kernel_open(k, context, i, file);
    }
    ok = ok && run(k);
    if (k) {
        serve_end(k);
    }
    for (int i = 0; context && i < SOCKETS; i++) {
        if (k->socket[i]) {
            zmq.close(k->socket[i]);
        }
    }
    if (context) {
        while (zmq.ctx_term(context) != 0 && errno == EINTR) {
        }
        close(k->end[0]);
        close(k->end[1]);
        free(k->wire.key.bytes);
    }
    cJSON_Delete(file);
    free(k);
    spare_end();
    return ok ? 0 : 1;
}
