/* session.c -- examples of <nabla/session.h> */
#include <string.h>

#include <nabla/session.h>

#include "example.h"

/* nb_session_new nb_session_run nb_session_number nb_session_free */
static void numbers(NbCtx *ctx)
{
    (void)ctx; /* a session has its own */
    double slope;
    NbSession *s = nb_session_new(NULL);
    check(nb_session_run(s, "x = 3; y = x^2; backward y", NULL, 0) == NB_RUN_OK);
    check(nb_session_number(s, "x.grad", &slope) == NB_OK && slope == 6);
    nb_session_free(&s);
    check(s == NULL);
}

/* nb_session_fault nb_session_status */
static void faults(NbCtx *ctx)
{
    (void)ctx;
    NbSession *s = nb_session_new(NULL);
    double x;
    check(nb_session_number(s, "nothing", &x) == NB_ENAME);
    check(strstr(nb_session_fault(s)->msg, "nothing") != NULL);
    check(nb_session_run(s, "quit 3", NULL, 0) == NB_RUN_LEFT && nb_session_status(s) == 3);
    nb_session_free(&s);
}

typedef struct Page {
    char text[200];
    size_t n;
} Page;

static void collect(void *user, bool err, const char *text, size_t n)
{
    Page *page = user;
    if (!err && page->n + n < sizeof page->text) {
        memcpy(page->text + page->n, text, n);
        page->n += n;
    }
}

/* nb_session_front nb_session_width */
static void fronts(NbCtx *ctx)
{
    (void)ctx;
    Page page = {{0}, 0};
    NbSession *s = nb_session_new(NULL);
    check(nb_session_front(
              s, &(NbFront){.size = sizeof(NbFront), .user = &page, .write = collect}) == NB_OK);
    nb_session_width(s, 60);
    nb_session_run(s, "print \"hello\"", NULL, 0);
    check(strcmp(page.text, "hello\n") == 0);
    nb_session_free(&s);
}

/* nb_session_run_file */
static void files(NbCtx *ctx)
{
    (void)ctx;
    FILE *f = fopen("three.nabla", "w");
    fputs("x = 3\n", f);
    fclose(f);
    double x;
    NbSession *s = nb_session_new(NULL);
    check(nb_session_run_file(s, "three.nabla", 0) == NB_RUN_OK);
    check(nb_session_number(s, "x", &x) == NB_OK && x == 3);
    nb_session_free(&s);
}

/* nb_session_line nb_session_drop_line nb_session_incomplete */
static void lines(NbCtx *ctx)
{
    (void)ctx;
    NbRunEnd end;
    double x;
    NbSession *s = nb_session_new(NULL);
    check(nb_session_incomplete(s, "repeat 3 {"));
    check(nb_session_line(s, "repeat 3 {", &end)); /* more belongs to it */
    nb_session_drop_line(s);
    check(!nb_session_line(s, "x = 5", &end) && end == NB_RUN_OK);
    check(nb_session_number(s, "x", &x) == NB_OK && x == 5);
    nb_session_free(&s);
}

static void quiet(void *user, bool err, const char *text, size_t n)
{
    (void)user, (void)err, (void)text, (void)n;
}

static void stop_it(void *user)
{
    nb_session_stop(*(NbSession **)user); /* as a button or a signal would */
}

/* nb_session_stop */
static void stopped(NbCtx *ctx)
{
    (void)ctx;
    NbSession *s = NULL;
    NbFront front = {.size = sizeof front, .user = &s, .write = quiet, .tick = stop_it};
    s = nb_session_new(&front);
    check(nb_session_run(s, "n = 0; while 1 { n = n + 1 }", NULL, 0) == NB_RUN_STOPPED);
    nb_session_free(&s);
}

/* nb_session_ctx nb_session_bind nb_session_value nb_session_bind_text nb_session_text
 * nb_session_text_free */
static void values(NbCtx *ctx)
{
    (void)ctx;
    NbSession *s = nb_session_new(NULL);
    NbVar *x = nb_var_scalar(nb_session_ctx(s), 3, NB_LEAF);
    check(nb_session_bind(s, "x", x) == NB_OK);
    check(nb_session_bind_text(s, "title", "first") == NB_OK);
    NbVar *y = nb_session_value(s, "x^2 + 1");
    check(nb_var_value(y) == 10 && nb_backward(y, NULL) == NB_OK && nb_var_grad_value(x) == 6);
    char *text = nb_session_text(s, "title");
    check(strcmp(text, "first") == 0);
    nb_session_text_free(text);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_session_free(&s);
}

static void take_word(void *user, const char *word, size_t from)
{
    if (strcmp(word, "backward") == 0 && from == 0) {
        *(bool *)user = true;
    }
}

/* nb_session_complete */
static void completed(NbCtx *ctx)
{
    (void)ctx;
    bool found = false;
    NbSession *s = nb_session_new(NULL);
    check(nb_session_complete(s, "backw", 5, take_word, &found) >= 1 && found);
    nb_session_free(&s);
}

EXAMPLES(numbers, faults, fronts, files, lines, stopped, values, completed)
