/* grade_internal.h -- what the files of nabla --grade share: graders, and a sheet's process */
#ifndef NABLA_REPL_GRADE_INTERNAL_H
#define NABLA_REPL_GRADE_INTERNAL_H

#include "prompt/grade.h"
#include "session/safe.h"

/* --- a grader (grade_read.c) --- */
typedef struct Grader {
    const char *path;
    char *own_path;  /* the same where nobody else has it, or NULL */
    char *text;      /* as it was read */
    GradeTask *item; /* tasks and statements in order */
    GradeTask *task; /* the tasks alone; what they hold is the items' */
    int n, tasks;
    size_t cap;
} Grader;

/* Reads it from its path, or takes this text for it; false when it was said on stderr what is
 * wrong. The session says where statements end. */
bool grader_read(Session *s, Grader *g, const char *text);
void grader_free(Grader *g);

/* --- which files (grade_files.c) --- */
typedef struct GradeFiles {
    char **path; /* own */
    int n;
    size_t cap;
} GradeFiles;

/* The files named, and the scripts below the folders named, in the order of their names; not the
 * grader. false when out of memory. */
bool grade_files(const Grading *how, GradeFiles *all);
void grade_files_free(GradeFiles *all);
bool grade_is_folder(const char *path);
/* The grader in a folder of graders for a sheet: ID-grader.nabla, where ID is the name of the
 * sheet's folder, or of the sheet. false, with the last one looked for in buf, when there is none.
 */
bool grade_grader_of(const char *folder, const char *sheet, char *buf, size_t cap);

/* --- the process of a sheet (grade_work.c) --- */
typedef struct GradeJob {
    const Grader *grader;
    const char *path; /* of the sheet */
    const char *text; /* what it says; NULL: it is read */
    const SafeHidden *hidden;
    double seconds, megabytes;
    bool unicode;
} GradeJob;

/* What the process does that marks a sheet; it never returns. Its results are written to `to`, each
 * as a letter, how many bytes follow, a newline, and these: n, a note; x, why it was not marked;
 * r and w, a task that is right or wrong, and what there is to say. */
void grade_work(const GradeJob *job, int to);

#endif
