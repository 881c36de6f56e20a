/* serve.c -- requests of the shell channel: execute, complete, inspect, history and the rest */
#include "kernel/serve.h"

#include <stdlib.h>
#include <string.h>

#include <nabla/version.h>

#include "cmd/table.h"
#include "kernel/cells.h"
#include "kernel/encode.h"
#include "kernel/search.h"
#include "kernel/spare.h"
#include "session/history.h"
#include "session/outside.h"
#include "session/player.h"

#define CELLS_KEPT 1000 /* for history by number; all inputs are in the session's */
#define ON_ITS_WAY 20   /* ms between cells that were sent together */

/* --- the cell that comes next --- */

/* The whole statement of a lesson, of which `line` is the first. */
static void front_offer(void *user, const char *line)
{
    Output *o = user;
    Kernel *k = o->user;
    Text t = {0};
    free(k->next);
    k->next = NULL;
    if (!line || !line[0]) {
        return;
    }
    text_add(&t, line);
    const Player *p = player_now(k->s);
    for (const char *rest; p && (rest = player_rest(p))[0];) {
        text_add(&t, "\n");
        text_add(&t, rest);
    }
    k->next = t.failed ? NULL : spare_strndup(text_str(&t), t.len);
    text_free(&t);
}

/* --- asking --- */

static bool front_can_ask(void *user)
{
    Output *o = user;
    Kernel *k = o->user;
    return k->now && k->allow_stdin && !o->capture;
}

static bool front_ask(void *user, const FrontAsk *q, char *buf, size_t cap)
{
    Output *o = user;
    return kernel_ask(o->user, q, buf, cap);
}

/* --- queue --- */

static void abort_reply(Kernel *k, const Message *m)
{
    cJSON *c = cJSON_CreateObject();
    cJSON_AddStringToObject(c, "status", "aborted");
    cJSON_AddStringToObject(c, "ename", "aborted");
    cJSON_AddStringToObject(c, "evalue", "a cell before this one failed");
    cJSON_AddArrayToObject(c, "traceback");
    kernel_reply(k, SHELL, m, "execute_reply", c);
}

static void abort_waiting(Kernel *k, const Message *m)
{
    kernel_status(k, m->header, "busy");
    abort_reply(k, m);
    kernel_status(k, m->header, "idle");
}

static bool put_waiting(Kernel *k, const Message *m)
{
    if (k->nqueue == k->queue_cap) {
        int cap = k->queue_cap ? 2 * k->queue_cap : 16;
        Waiting *grown = spare_realloc(k->queue, (size_t)cap * sizeof *grown);
        if (!grown) {
            return false;
        }
        k->queue = grown;
        k->queue_cap = cap;
    }
    bool runs = strcmp(message_type(m), "execute_request") == 0;
    k->queue[k->nqueue++] = (Waiting){*m, runs};
    return true;
}

/* What waits when a cell fails goes with it. It is taken before the error is told: what is sent
 * by somebody who has seen the error is a cell of its own. What is on its way is waited for. */
static void take_queue(void *user)
{
    Kernel *k = user;
    Message m;
    for (int i = 0; k->stop_on_error && i < k->nqueue; i++) {
        k->queue[i].aborted |= strcmp(message_type(&k->queue[i].message), "execute_request") == 0;
    }
    while (k->stop_on_error && kernel_comes(k, ON_ITS_WAY)) {
        while (wire_receive(&k->wire, k->socket[SHELL], &m)) {
            if (!put_waiting(k, &m)) {
                abort_waiting(k, &m);
                message_free(&m);
            }
        }
    }
}

bool serve_waiting(Kernel *k)
{
    if (k->nqueue == 0) {
        return false;
    }
    Waiting w = k->queue[0];
    memmove(k->queue, k->queue + 1, (size_t)--k->nqueue * sizeof *k->queue);
    if (w.aborted) {
        abort_waiting(k, &w.message);
    } else {
        serve(k, &w.message);
    }
    message_free(&w.message);
    return true;
}

/* --- execute --- */

static bool only_comments(const char *code)
{
    for (;;) {
        code += strspn(code, " \t\r\n");
        if (*code != '#') {
            return *code == '\0';
        }
        code += strcspn(code, "\n");
    }
}

static void remember(Kernel *k, const char *code)
{
    if (k->ncells == CELLS_KEPT) {
        free(k->cell[0].text);
        memmove(k->cell, k->cell + 1, (size_t)--k->ncells * sizeof *k->cell);
    }
    if (k->ncells == k->cells_cap) {
        int cap = k->cells_cap ? 2 * k->cells_cap : 64;
        struct Cell *grown = spare_realloc(k->cell, (size_t)cap * sizeof *grown);
        if (!grown) {
            return;
        }
        k->cell = grown;
        k->cells_cap = cap;
    }
    char *copy = spare_strndup(code, strlen(code));
    if (copy) {
        k->cell[k->ncells++] = (struct Cell){k->count, copy};
    }
}

/* As an input at the prompt, with what a lesson has to say to it. */
static RunEnd run_input(Kernel *k, const char *code)
{
    if (player_now(k->s) && only_comments(code)) {
        code = ""; /* Enter on an empty line: a notebook runs no empty cells */
    }
    if (!input_line(k->input, code, false)) {
        return input_end(k->input);
    }
    input_drop(k->input);
    return session_run(k->s, code, strlen(code), "", 1, RUN_ECHO); /* says what is open */
}

static RunEnd run_code(Kernel *k, const char *code, bool silent, bool store)
{
    Session *s = k->s;
    if (silent || !store) {
        *s->interrupt = 0;
        RunEnd end = session_run(s, code, strlen(code), "", 1, silent ? 0 : RUN_ECHO);
        *s->interrupt = 0;
        return end;
    }
    return run_input(k, code);
}

static void add_payload(Kernel *k, cJSON *reply)
{
    cJSON *list = cJSON_AddArrayToObject(reply, "payload");
    if (k->next) {
        cJSON *p = cJSON_CreateObject();
        cJSON_AddStringToObject(p, "source", "set_next_input");
        cJSON_AddStringToObject(p, "text", k->next);
        cJSON_AddBoolToObject(p, "replace", false);
        cJSON_AddItemToArray(list, p);
    }
    if (k->s->leave) { /* the client ends the kernel, or goes on */
        cJSON *p = cJSON_CreateObject();
        cJSON_AddStringToObject(p, "source", "ask_exit");
        cJSON_AddBoolToObject(p, "keepkernel", false);
        cJSON_AddItemToArray(list, p);
        k->s->leave = false;
    }
}

/* One of user_expressions, as a result of its own. */
static cJSON *evaluate(Kernel *k, const char *text)
{
    Session *s = k->s;
    Value v = UNSET;
    cJSON *c = cJSON_CreateObject();
    char *shown = session_evaluate(s, text, &v) == RUN_OK
                      ? interp_value_text(s->interp, v, s->set.digits)
                      : NULL;
    if (shown) {
        cJSON_AddStringToObject(c, "status", "ok");
        cJSON_AddStringToObject(cJSON_AddObjectToObject(c, "data"), "text/plain", shown);
        cJSON_AddObjectToObject(c, "metadata");
    } else {
        cJSON_AddStringToObject(c, "status", "error");
        cJSON_AddStringToObject(c, "ename", "error");
        cJSON_AddStringToObject(c, "evalue", interp_error(s->interp)->err.msg);
        cJSON_AddArrayToObject(c, "traceback");
        session_forget_error(s, true);
    }
    free(shown);
    value_unref(&v);
    return c;
}

static void add_expressions(Kernel *k, const cJSON *asked, cJSON *reply)
{
    cJSON *all = cJSON_AddObjectToObject(reply, "user_expressions");
    const cJSON *e;
    cJSON_ArrayForEach(e, asked)
    {
        if (cJSON_IsString(e) && e->string) {
            cJSON_AddItemToObject(all, e->string, evaluate(k, e->valuestring));
        }
    }
}

static void move(cJSON *from, cJSON *to, const char *name)
{
    cJSON *v = cJSON_DetachItemFromObjectCaseSensitive(from, name);
    if (v) {
        cJSON_AddItemToObject(to, name, v);
    }
}

static void reply_executed(Kernel *k, const Message *m, RunEnd end)
{
    cJSON *c = cJSON_CreateObject(), *error = k->output.error;
    bool failed = end == RUN_ERROR || end == RUN_INTERRUPT || end == RUN_BUSY;
    cJSON_AddStringToObject(c, "status", failed ? "error" : "ok");
    cJSON_AddNumberToObject(c, "execution_count", (double)k->count);
    add_payload(k, c);
    if (failed && error) {
        move(error, c, "ename");
        move(error, c, "evalue");
        move(error, c, "traceback");
    } else if (failed) {
        cJSON_AddStringToObject(c, "ename", end == RUN_INTERRUPT ? "stopped" : "error");
        cJSON_AddStringToObject(c, "evalue", "");
        cJSON_AddArrayToObject(c, "traceback");
    } else {
        add_expressions(k, cJSON_GetObjectItemCaseSensitive(m->content, "user_expressions"), c);
    }
    kernel_reply(k, SHELL, m, "execute_reply", c);
}

static void execute(Kernel *k, const Message *m)
{
    const char *code = json_text(m->content, "code", "");
    bool silent = json_flag(m->content, "silent", false);
    bool store = json_flag(m->content, "store_history", true) && !silent;
    k->allow_stdin = json_flag(m->content, "allow_stdin", true);
    k->stop_on_error = json_flag(m->content, "stop_on_error", true);
    if (store) {
        k->count++;
        remember(k, code);
    }
    if (!silent) {
        cJSON *c = cJSON_CreateObject();
        cJSON_AddStringToObject(c, "code", code);
        cJSON_AddNumberToObject(c, "execution_count", (double)k->count);
        kernel_publish(k, m->header, "execute_input", c);
    }
    free(k->next);
    k->next = NULL;
    output_begin(&k->output, k->count, silent);
    RunEnd end = run_code(k, code, silent, store);
    if (end == RUN_INTERRUPT && !k->output.error) { /* between two statements */
        take_queue(k);
    }
    output_end(&k->output);
    reply_executed(k, m, end);
}

/* --- the others --- */

static void is_complete(Kernel *k, const Message *m)
{
    const char *code = json_text(m->content, "code", "");
    size_t len = strlen(code);
    cJSON *c = cJSON_CreateObject();
    const char *status = "complete";
    if (interp_incomplete(k->s->interp, code, len)) {
        status = "incomplete";
    } else {
        Program *p = interp_parse(k->s->interp, code, len, "", 1, false);
        status = p ? "complete" : interp_error(k->s->interp)->incomplete ? "incomplete" : "invalid";
        program_unref(&p);
        session_forget_error(k->s, true);
    }
    cJSON_AddStringToObject(c, "status", status);
    if (strcmp(status, "incomplete") == 0) {
        cJSON_AddStringToObject(c, "indent", "  ");
    }
    kernel_reply(k, SHELL, m, "is_complete_reply", c);
}

cJSON *serve_info(void)
{
    cJSON *c = cJSON_CreateObject();
    cJSON_AddStringToObject(c, "protocol_version", WIRE_PROTOCOL);
    cJSON_AddStringToObject(c, "implementation", "nabla");
    cJSON_AddStringToObject(c, "implementation_version", NB_VERSION);
    add_language(c);
    cJSON_AddStringToObject(
        c, "banner", "nabla " NB_VERSION "   help · ?name · lesson 1 begins the first lesson");
    cJSON_AddBoolToObject(c, "debugger", false);
    cJSON_AddArrayToObject(c, "help_links");
    return c;
}

static void comm_info(Kernel *k, const Message *m)
{
    cJSON *c = cJSON_CreateObject();
    cJSON_AddObjectToObject(c, "comms");
    kernel_reply(k, SHELL, m, "comm_info_reply", c);
}

/* There is nothing here that a widget could talk to. */
static void comm_open(Kernel *k, const Message *m)
{
    cJSON *c = cJSON_CreateObject();
    cJSON_AddStringToObject(c, "comm_id", json_text(m->content, "comm_id", ""));
    cJSON_AddObjectToObject(c, "data");
    kernel_publish(k, m->header, "comm_close", c);
}

static void kernel_info(Kernel *k, const Message *m)
{
    kernel_reply(k, SHELL, m, "kernel_info_reply", serve_info());
}

static void shutdown_here(Kernel *k, const Message *m) /* as before protocol 5.4 */
{
    cJSON *c = cJSON_CreateObject();
    cJSON_AddBoolToObject(c, "restart", json_flag(m->content, "restart", false));
    kernel_reply(k, SHELL, m, "shutdown_reply", c);
    k->leaving = true;
}

void serve(Kernel *k, const Message *m)
{
    static const struct {
        const char *type;
        void (*answer)(Kernel *k, const Message *m);
    } row[] = {{"execute_request", execute},         {"complete_request", search_complete},
               {"inspect_request", search_inspect},  {"history_request", search_history},
               {"is_complete_request", is_complete}, {"kernel_info_request", kernel_info},
               {"comm_info_request", comm_info},     {"comm_open", comm_open},
               {"shutdown_request", shutdown_here}};
    kernel_status(k, m->header, "busy");
    k->now = m;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (strcmp(message_type(m), row[i].type) == 0) {
            row[i].answer(k, m);
            break;
        }
    }
    k->now = NULL;
    kernel_status(k, m->header, "idle");
}

/* --- beginning and end --- */

static void emit(void *user, const char *type, cJSON *content)
{
    Kernel *k = user;
    kernel_publish(k, k->now ? k->now->header : NULL, type, content);
}

bool serve_begin(Kernel *k)
{
    Front front = {0};
    k->output.s = k->s;
    k->output.user = k;
    k->output.emit = emit;
    k->output.tell = take_queue;
    wire_uuid(k->output.prefix);
    output_front(&k->output, &front);
    front.can_ask = front_can_ask;
    front.ask = front_ask;
    front.offer = front_offer;
    front.progress = output_progress;
    k->s->set.echo = true;
    k->s->set.unicode = true;
    k->input = input_new(k->s);
    if (!k->input || !session_front(k->s, &front)) {
        return false;
    }
    session_apply(k->s);
    if (!k->s->safe) {
        history_load(k->s->history);
    }
    return true;
}

void serve_end(Kernel *k)
{
    session_front(k->s, NULL);
    input_free(&k->input);
    output_free(&k->output);
    for (int i = 0; i < k->nqueue; i++) {
        message_free(&k->queue[i].message);
    }
    for (int i = 0; i < k->ncells; i++) {
        free(k->cell[i].text);
    }
    free(k->queue);
    free(k->cell);
    free(k->next);
}
