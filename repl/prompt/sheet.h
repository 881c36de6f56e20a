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

/* Writes into the folder `out`, for each id of the table, ID.tex, ID.html and ID.nabla, the same
 * with the answers (ID-key.tex, ID-key.html), and ID-grader.nabla for nabla --grade. Exit status.
 */
int sheet_run(Session *s, const Sheets *what);

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
void sheet_script(Text *t, const SheetText *what); /* to fill in */
void sheet_grader(Text *t, const SheetText *what);

#endif
