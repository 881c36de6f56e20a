/* programs.h -- the programs of this repository as scripts: samples, lessons, sections of tests */
#ifndef NABLA_TESTS_TORTURE_PROGRAMS_H
#define NABLA_TESTS_TORTURE_PROGRAMS_H

#include <stdbool.h>

typedef struct Script {
    char name[200];       /* "views.nabla: slices" */
    const char *argv[24]; /* behind the program; ended by NULL */
    const char *dir;      /* where it runs, with its files in place; emptied before */
} Script;

/* Calls work for every script: for each sample, for each lesson, for each section of tests/lang
 * (those run from a file). false stops. */
typedef bool (*ScriptWork)(const Script *script, void *with);
void programs_samples(ScriptWork work, void *with);
void programs_lessons(ScriptWork work, void *with);
void programs_sections(ScriptWork work, void *with);

#endif
