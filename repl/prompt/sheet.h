/* sheet.h -- nabla --sheet: an exercise with numbers of its own for each student */
#ifndef NABLA_REPL_SHEET_H
#define NABLA_REPL_SHEET_H

#include "session/session.h"

/* An exercise is written as a lesson is: texts, statements that are given, tasks with their answer
 * and its conditions. Besides it draws numbers, one name a line:
 *
 *   draw a in [2, 3, 5]
 *   # The function is f(x) = {a}·x² ...        {a} in a text and a in a statement become the number
 *
 * They follow from the student's id alone, and are drawn again where the answer fails its
 * conditions or a function stands on a kink or a tie. */
typedef struct Sheets {
    const char *exercise, *students, *out;
} Sheets;

/* Writes, for each id of the table, ID.tex, ID.html and ID.nabla into the folder out/sheets/ID, and
 * into out/keys the same with the answers (ID-key.tex, ID-key.html) and ID-grader.nabla for nabla
 * --grade. Nothing is written when the answers of one do not get all points. Exit status. */
int sheet_run(Session *s, const Sheets *what);

/* --- the list (sheet_list.c) --- */
typedef struct Student {
    char id[128], file[128]; /* as a name of files */
    char name[128];          /* "": not known */
    int line;                /* of the list */
} Student;

typedef struct Students {
    const char *path;
    Student *one; /* own */
    int n;
    size_t cap;
} Students;

/* A table with commas, semicolons or tabs between its fields, perhaps with headings; without them
 * the first column has the ids. false when it was said on stderr what is wrong. */
bool students_read(Students *all, const char *text);
void students_free(Students *all);

/* --- writing (sheet_write.c) --- */
typedef struct SheetPart {
    int kind;    /* PlayerPart */
    char *text;  /* with the numbers drawn */
    char *shown; /* what a statement shows, or NULL */
    int line;
} SheetPart;

typedef struct SheetText {
    const char *title, *id, *exercise;
    const char *name; /* of the student; "": not known */
    SheetPart *part;
    int n;
} SheetText;

void sheet_latex(Text *t, const SheetText *what, bool key);
void sheet_html(Text *t, const SheetText *what, bool key);
void sheet_script(Text *t, const SheetText *what);  /* to fill in */
void sheet_answers(Text *t, const SheetText *what); /* filled in, without texts */
void sheet_grader(Text *t, const SheetText *what);

#endif
