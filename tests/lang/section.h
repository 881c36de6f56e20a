/* section.h -- sections of .nabla files with what they are expected to print */
#ifndef NABLA_TESTS_LANG_SECTION_H
#define NABLA_TESTS_LANG_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define MAX_NOTES 16

typedef struct Line {
    char *text;
    int at; /* line of the test file */
    bool pattern;
} Line;

typedef struct Expect {
    Line *line;
    int n, cap;
} Expect;

typedef struct Section {
    const char *file; /* borrowed */
    char title[160];
    char *code; /* never NULL */
    size_t ncode;
    int at;
    Expect out, err;
    int status; /* -1: by the rule */
    bool script, pipe, session, tail;
    char *note[MAX_NOTES]; /* what stands after #@ */
    int notes;
} Section;

typedef struct Sections {
    Section *s;
    int n, cap;
} Sections;

/* Ends the process: the file has a mistake of its form, or cannot be read. */
void die(const char *file, int at, const char *why);
void *grown(void *array, int n, int *cap, size_t size); /* with room for one more */
void append(char **text, size_t *len, const char *more);

/* Adds the sections of a file. Both outlive what is made of them. */
void sections_read(Sections *to, const char *file);

/* The exit status a section is to end with. */
int section_status(const Section *s);
/* The #@ lines that make files, or (after) those that look at them. What is wrong is told and
 * counted. */
int section_notes(const Section *s, const char *dir, bool after, FILE *say);
/* What both streams have against what is expected, which is told and counted: 0 to 2. keep: places
 * of errors count. The texts are cut into lines. */
int section_compare(const Section *s, char *out, char *err, bool keep, FILE *say);

#endif
