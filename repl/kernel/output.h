/* output.h -- what a session tells, as messages: streams, pictures, results, errors */
#ifndef NABLA_KERNEL_OUTPUT_H
#define NABLA_KERNEL_OUTPUT_H

#include <cjson/cJSON.h>

#include "session/session.h"

#define OUTPUT_SHOWN 32        /* pictures of a cell that may change */
#define OUTPUT_TEXT (1L << 20) /* bytes of text of a cell; what is beyond is counted */

/* Something shown that may be shown again in its place. */
typedef struct Shown {
    char id[160];
    uint64_t statement; /* that shows it */
    double at;          /* when it was sent, seconds */
    cJSON *later;       /* its present form, too soon after the last; NULL: none */
} Shown;

/* The front's side of one cell at a time. */
typedef struct Output {
    Session *s;
    void *user;
    /* A message of the cell; takes content. `tell` is NULL or called before an error is. */
    void (*emit)(void *user, const char *type, cJSON *content);
    void (*tell)(void *user);
    char prefix[37]; /* of the names of pictures */

    bool open, silent;
    long count;        /* of the cell, for its result */
    Text *capture;     /* text goes here instead; NULL: it is sent */
    long text, beyond; /* bytes sent, bytes left out */
    double flushed;
    struct OutputTail { /* the beginning of a character, at the end of what was written */
        char byte[4];
        size_t n;
    } tail[2];
    Shown shown[OUTPUT_SHOWN];
    int nshown;
    unsigned long nids;
    bool stopped; /* by an interrupt: told at the end, behind its words */
    cJSON *error; /* {ename, evalue, traceback} of the cell; NULL: none */
} Output;

/* Fills in what the front of such a session calls; front->user is the output. */
void output_front(Output *o, Front *front);
void output_progress(void *user, double part, const char *text); /* a call of the front, too */
void output_begin(Output *o, long count, bool silent);
void output_end(Output *o); /* what is held back is sent; error stays */
void output_free(Output *o);

#endif
