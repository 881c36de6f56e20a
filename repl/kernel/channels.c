/* channels.c -- the channels of a kernel: sockets, publishing, answers, a line asked for */
#include "kernel/channels.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernel/sockets.h"

#define BEFORE_ASKING 30 /* ms */

/* --- publishing --- */

void kernel_publish(Kernel *k, const cJSON *parent, const char *type, cJSON *content)
{
    pthread_mutex_lock(&k->publishing);
    wire_send(&k->wire, k->socket[IOPUB], NULL, type, type, parent, content);
    pthread_mutex_unlock(&k->publishing);
}

void kernel_status(Kernel *k, const cJSON *parent, const char *state)
{
    cJSON *c = cJSON_CreateObject();
    cJSON_AddStringToObject(c, "execution_state", state);
    kernel_publish(k, parent, "status", c);
}

void kernel_reply(Kernel *k, int socket, const Message *m, const char *type, cJSON *content)
{
    if (content && !cJSON_HasObjectItem(content, "status")) {
        cJSON_AddStringToObject(content, "status", "ok");
    }
    wire_send(&k->wire, k->socket[socket], m, NULL, type, m->header, content);
}

/* --- waiting --- */

static void drain(int fd)
{
    char bytes[64];
    while (fd >= 0 && read(fd, bytes, sizeof bytes) > 0) {
    }
}

/* Until something can be read from the socket, a signal comes or something is due; false when it
 * cannot be waited for. */
bool kernel_wait(Kernel *k, void *socket)
{
    zmq_pollitem_t it[2] = {{.socket = socket, .events = ZMQ_POLLIN},
                            {.fd = k->s->wake, .events = ZMQ_POLLIN}};
    int n = zmq.poll(it, k->s->wake >= 0 ? 2 : 1, session_timeout(k->s));
    if (n > 0 && it[1].revents) {
        drain(k->s->wake);
    }
    return n >= 0 || errno == EINTR;
}

bool kernel_comes(Kernel *k, int ms)
{
    zmq_pollitem_t it = {.socket = k->socket[SHELL], .events = ZMQ_POLLIN};
    return zmq.poll(&it, 1, ms) > 0;
}

bool kernel_over(const Kernel *k)
{
    return k->leaving || *k->s->ending || *k->s->clock.over;
}

/* What was published goes another way to the client: a question that overtakes it would stand
 * above what it asks about. */
static void let_it_pass(void)
{
    nanosleep(&(struct timespec){.tv_nsec = BEFORE_ASKING * 1000000L}, NULL);
}

bool kernel_ask(Kernel *k, const FrontAsk *q, char *buf, size_t cap)
{
    Session *s = k->s;
    Message m;
    while (wire_receive(&k->wire, k->socket[STDIN], &m)) { /* to a question that was given up */
        message_free(&m);
    }
    let_it_pass();
    cJSON *c = cJSON_CreateObject();
    cJSON_AddStringToObject(c, "prompt", q->prompt);
    cJSON_AddBoolToObject(c, "password", false);
    wire_send(&k->wire, k->socket[STDIN], k->now, NULL, "input_request", k->now->header, c);
    bool answered = false;
    while (!answered && !kernel_over(k) && !*s->interrupt && kernel_wait(k, k->socket[STDIN])) {
        session_pump(s);
        while (!answered && wire_receive(&k->wire, k->socket[STDIN], &m)) {
            answered = strcmp(message_type(&m), "input_reply") == 0;
            if (answered) {
                snprintf(buf, cap, "%s", json_text(m.content, "value", ""));
            }
            message_free(&m);
        }
    }
    *s->interrupt = 0;
    return answered;
}

/* --- opening --- */

bool kernel_open(Kernel *k, void *context, int which, const cJSON *file)
{
    static const struct {
        const char *port;
        int type;
    } row[SOCKETS] = {[SHELL] = {"shell_port", ZMQ_ROUTER},
                      [CONTROL] = {"control_port", ZMQ_ROUTER},
                      [IOPUB] = {"iopub_port", ZMQ_PUB},
                      [STDIN] = {"stdin_port", ZMQ_ROUTER},
                      [HEARTBEAT] = {"hb_port", ZMQ_REP}};
    const char *transport = json_text(file, "transport", "tcp");
    bool tcp = strcmp(transport, "tcp") == 0;
    int none = 0, linger = 1000, one = 1;
    int64_t longest = WIRE_LONGEST;
    char address[400];
    void *s = k->socket[which] = zmq.socket(context, row[which].type);
    if (!s) {
        return false;
    }
    zmq.setsockopt(s, ZMQ_LINGER, &linger, sizeof linger);
    zmq.setsockopt(s, ZMQ_SNDHWM, &none, sizeof none); /* PUB would drop what is above 1000 */
    zmq.setsockopt(s, ZMQ_RCVHWM, &none, sizeof none);
    zmq.setsockopt(s, ZMQ_MAXMSGSIZE, &longest, sizeof longest);
    if (row[which].type == ZMQ_ROUTER) {
        zmq.setsockopt(s, ZMQ_ROUTER_HANDOVER, &one, sizeof one);
    }
    snprintf(address, sizeof address, tcp ? "%s://%s:%ld" : "%s://%s-%ld", transport,
             json_text(file, "ip", "127.0.0.1"), json_number(file, row[which].port, 0));
    if (zmq.bind(s, address) != 0) {
        fprintf(stderr, "nabla: cannot listen at %s: %s\n", address, zmq.strerror(errno));
        return false;
    }
    return true;
}
