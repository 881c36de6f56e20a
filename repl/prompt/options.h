/* options.h -- the options of the program: one table, read by --help, completions and main.c */
#ifndef NABLA_PROMPT_OPTIONS_H
#define NABLA_PROMPT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "pytorch/pytorch.h"

/* Something to run: a file, or the code of -e. */
typedef struct Job {
    const char *text;
    bool is_code;
} Job;

/* Something else than running files. */
typedef struct Service {
    const char *kernel, *to_notebook, *from_notebook, *highlight, *prefix, *grade, *sheet,
        *students, *out;
    bool install, sys_prefix, run, json, csv;
} Service;

typedef struct Options {
    Job *job; /* room for one per argument */
    int njobs;
    char **args; /* behind -- */
    int nargs;
    bool stay, echo, no_window, quiet, norc, safe, help, version;
    int digits; /* -1: not given */
    bool has_seed;
    uint64_t seed;
    const char *present;     /* script typed at the prompt statement by statement */
    const char *completions; /* the shell they are for */
    Service service;
    bool notes;                /* of the presentation another terminal gives */
    bool pytorch;              /* write the program in PyTorch instead of running it */
    PytorchOptions torch;      /* digits and seed are those above */
    int colour;                /* 0 auto, 1 always, 2 never */
    double seconds, megabytes; /* 0: no limit */
    double output;             /* megabytes, with --safe; 0: the default */
    const char *output_word;   /* NULL: not given */
} Options;

typedef struct OptionRow {
    const char *name;
    const char *value; /* what stands for its value; NULL: it has none */
    const char *of;    /* the option beside which alone it means something, or NULL */
    const char *takes; /* what a shell offers as value: words, a pattern of files as *.nabla, `/`
                        * for folders, "" for nothing */
    const char *brief; /* for the menus of shells */
    const char *form;  /* in --help; NULL: name=value */
    const char *help;  /* lines; NULL: told by the option `of` */
    size_t at;         /* field of Options: bool, or const char * when it has a value */
    bool (*read)(Options *o, const char *word); /* instead of `at`; says what is wrong */
} OptionRow;

/* Ended by a row without a name. */
extern const OptionRow option_rows[];

/* Fills *o, whose job has room. False after a message, with nothing to be freed: exit with 2. */
bool options_read(Options *o, int argc, char **argv);
void options_help(FILE *out);
/* Says what is wrong with the command line (fmt has one %s) and where help is; false. */
bool options_wrong(const char *fmt, const char *what);

#endif
