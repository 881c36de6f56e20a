/* grade.h -- nabla --grade: sheets that others wrote are marked by the tasks of a grader */
#ifndef NABLA_REPL_GRADE_H
#define NABLA_REPL_GRADE_H

#include "session/session.h"

/* A grader is a script; on the final session of a sheet it runs its statements and its tasks:
 *
 *   task "gradient by hand", points=2 {
 *       assert near(d, 4*sin(2) + 4*cos(2)), "the product rule has two terms"
 *   }
 *
 * Each task counts for itself: what it changes is taken back, and when it fails the others go on.
 */
typedef enum GradeForm { GRADE_TEXT, GRADE_JSON, GRADE_CSV } GradeForm;

typedef struct Grading {
    const char *grader;       /* or a folder of them, ID-grader.nabla for each sheet */
    const char *const *sheet; /* files, and folders of them */
    int n;
    GradeForm form;
    double seconds, megabytes; /* for each sheet; 0: the defaults */
} Grading;

#define GRADE_SECONDS 10
#define GRADE_MEGABYTES 512

/* Marks the sheets, each in a process of its own, and prints what they got. The session, which
 * stays as it is, says where statements of the grader end. Exit status: 0 when all were graded. */
int grade_run(Session *s, const Grading *g);

/* A sheet and its grader as texts; the paths are those they will have. */
typedef struct GradeText {
    const char *path, *text, *grader_path, *grader;
} GradeText;

typedef struct GradeTold {
    char task[128], why[600];
} GradeTold;

/* Every task is right; else *told has the first that is not (none when the grader is at fault,
 * which was said on stderr). */
bool grade_text(Session *s, const GradeText *what, GradeTold *told);

/* --- results (grade_report.c) --- */
typedef struct GradeTask {
    char *title; /* NULL: a statement outside tasks */
    double points;
    char *code;
    int line;
} GradeTask;

typedef struct GradeMark {
    bool right;
    char *output;
} GradeMark;

typedef struct GradeSheet {
    const char *file;
    char *note;  /* what there is to say of the sheet, in lines, or NULL */
    bool graded; /* else the note says why not */
    const GradeTask *task;
    int ntasks;
    GradeMark *mark; /* one for each task, in order */
} GradeSheet;

void grade_report(FILE *out, GradeForm form, bool unicode, const GradeSheet *sheet, int nsheets);

#endif
