/* front.c -- the page's front: a session that a page drives, call by call */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/version.h>

#include "base/clock.h"
#include "cmd/table.h"
#include "session/complete.h"
#include "session/input.h"
#include "session/report.h"
#include "session/save.h"
#include "web/page.h"

/* One program is one session. */
static struct PageFront {
    Session *s;
    Input *input;
    volatile sig_atomic_t interrupt;
    bool waiting; /* in page_wait: what comes in is served without waiting once more */
    char *text;   /* the last one given to the page; own */
    struct Ask {
        char *buf;
        size_t cap;
        bool done, answered;
    } * ask;
} front;

/* --- what the session tells --- */

static void front_write(void *user, bool err, const char *text, size_t n)
{
    (void)user;
    page_write(err, text, n);
}

static void front_progress(void *user, double part, const char *text)
{
    (void)user;
    page_progress(text ? part : -1, text ? text : "", text ? strlen(text) : 0);
}

static void front_offer(void *user, const char *line)
{
    (void)user;
    page_offer(line ? line : "", line ? strlen(line) : 0);
}

static void front_typed(void *user, const char *line)
{
    (void)user;
    page_typed(line, strlen(line));
}

static void front_wrote(void *user, const char *path)
{
    (void)user;
    page_wrote(path, strlen(path));
}

static void wait_ms(int ms)
{
    if (!front.waiting) {
        front.waiting = true;
        page_wait(ms);
        front.waiting = false;
    }
}

static void front_tick(void *user)
{
    (void)user;
    wait_ms(0);
}

/* --- asking --- */

static bool front_can_ask(void *user)
{
    (void)user;
    return !front.waiting && page_can_ask();
}

static void front_answer(void *user, const char *line)
{
    (void)user;
    struct Ask *ask = front.ask;
    if (ask && !ask->done) {
        ask->done = true;
        ask->answered = line != NULL;
        snprintf(ask->buf, ask->cap, "%s", line ? line : "");
    }
}

#define LONGEST_WAIT 1000 /* ms */

static bool front_ask(void *user, const FrontAsk *q, char *buf, size_t cap)
{
    Session *s = front.s;
    struct Ask ask = {.buf = buf, .cap = cap};
    front.ask = &ask;
    page_asks(q->prompt, strlen(q->prompt));
    while (!ask.done) {
        int due = session_timeout(s);
        wait_ms(due < 0 || due > LONGEST_WAIT ? LONGEST_WAIT : due);
        if (front.interrupt) {
            front.interrupt = 0;
            front_answer(user, NULL);
        }
        session_pump(s);
    }
    front.ask = NULL;
    return ask.answered;
}

/* --- what the page calls --- */

static const Front person = {.is = FRONT_PERSON | FRONT_WINDOWS | FRONT_COLOUR | FRONT_COLOUR_ERR |
                                   FRONT_LIVE | FRONT_BUTTONS,
                             .write = front_write,
                             .progress = front_progress,
                             .can_ask = front_can_ask,
                             .ask = front_ask,
                             .answer = front_answer,
                             .offer = front_offer,
                             .typed = front_typed,
                             .wrote = front_wrote,
                             .tick = front_tick};
/* As a script's: nobody is there. */
static const Front script = {.write = front_write, .wrote = front_wrote, .tick = front_tick};

/* False when out of memory. */
int PAGE_CALLS(page_start)(int is_person, int columns);
int page_start(int is_person, int columns)
{
    Front f = is_person ? person : script;
    f.columns = columns;
    front.s = session_new(&commands_kit, &front.interrupt, true);
    front.input = front.s ? input_new(front.s) : NULL;
    if (!front.input || !session_front(front.s, &f)) {
        return 0;
    }
    front.s->set.echo = is_person;
    session_apply(front.s);
    if (is_person) {
        return 1;
    }
    int symbol = interp_symbol(front.s->interp, "args"); /* behind --: none */
    return interp_bind(front.s->interp, symbol, value_list(0), true);
}

/* Text of the page: it is written here, and taken by the call that it is for. */
char *PAGE_CALLS(page_room)(size_t n);
char *page_room(size_t n)
{
    char *p = malloc(n + 1);
    if (p) {
        p[n] = '\0';
    }
    return p;
}

/* A line was entered: 1 when more belong to it, 2 when the session was left, 4 when it failed. */
int PAGE_CALLS(page_line)(char *line, int offered);
int page_line(char *line, int offered)
{
    Session *s = front.s;
    bool more = input_line(front.input, line, offered);
    free(line);
    bool left = s->leave;
    s->leave = false;
    RunEnd end = input_end(front.input);
    return more | left << 1 | (!more && end != RUN_OK && end != RUN_LEAVE) << 2;
}

/* A script of the page's files as the program runs one; its exit status. */
int PAGE_CALLS(page_script)(char *path, int echo);
int page_script(char *path, int echo)
{
    RunEnd end = session_run_file(front.s, path, echo ? RUN_ECHO : 0);
    session_flush(front.s);
    free(path);
    return end == RUN_LEAVE ? front.s->leave_status : end == RUN_INTERRUPT ? 130 : end == RUN_ERROR;
}

/* Statements of the page itself: how it looks. Nothing is said. */
int PAGE_CALLS(page_set)(char *text);
int page_set(char *text)
{
    RunEnd end = session_run(front.s, text, strlen(text), "", 1, RUN_TOGETHER);
    session_flush(front.s);
    free(text);
    return end == RUN_OK;
}

void PAGE_CALLS(page_columns)(int columns);
void page_columns(int columns)
{
    session_width(front.s, columns);
}

void PAGE_CALLS(page_stop)(int running);
void page_stop(int running)
{
    front.interrupt = running;
    if (!running) {
        session_idle(front.s);
        input_drop(front.input);
        input_turn(front.input);
    }
}

void PAGE_CALLS(page_answer)(char *line);
void page_answer(char *line)
{
    front_answer(NULL, line);
    free(line);
}

/* What is due while nothing runs; ms until something is again, or -1. */
int PAGE_CALLS(page_pump)(void);
int page_pump(void)
{
    session_pump(front.s);
    session_flush(front.s);
    return session_timeout(front.s);
}

/* --- texts for the page --- */

static const char *give(char *text)
{
    free(front.text);
    front.text = text;
    return text ? text : "";
}

/* Where a path begins (0: no file), 1 when a blank follows the only word, then the words, a line
 * each; from and to are bytes. */
const char *PAGE_CALLS(page_complete)(char *line, int from, int to);
const char *page_complete(char *line, int from, int to)
{
    Completion c = {0};
    Text t = {0};
    complete(front.s, line, from, to, &c);
    free(line);
    text_printf(&t, "%d\n%d\n", c.files, c.space);
    for (int i = 0; i < c.n; i++) {
        text_printf(&t, "%s\n", c.word[i]);
    }
    completion_free(&c);
    char *all = t.failed ? NULL : strdup(text_str(&t));
    text_free(&t);
    return give(all);
}

/* Where the word before a place begins, for completion. */
const char *PAGE_CALLS(page_breaks)(void);
const char *page_breaks(void)
{
    return COMPLETE_BREAKS;
}

const char *PAGE_CALLS(page_version)(void);
const char *page_version(void)
{
    return NB_VERSION;
}

/* The state as save writes it; "" when memory ran out. */
const char *PAGE_CALLS(page_state)(void);
const char *page_state(void)
{
    NbErr err = {0};
    size_t len = 0;
    return give(save_text(front.s, &len, &err));
}
