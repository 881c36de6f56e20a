/* page.h -- what the program asks of the page around it, as imports of the module */
#ifndef NABLA_WEB_PAGE_H
#define NABLA_WEB_PAGE_H

#include <stddef.h>

#define PAGE_ASKS(name) __attribute__((import_module("nabla"), import_name(#name))) page_##name
/* What the page calls. */
#define PAGE_CALLS(name) __attribute__((export_name(#name))) name

/* --- what is told --- */
void PAGE_ASKS(write)(int err, const char *text, size_t n);
void PAGE_ASKS(progress)(double part, const char *text, size_t n); /* part < 0: it is over */
void PAGE_ASKS(offer)(const char *line, size_t n);                 /* "": none */
void PAGE_ASKS(typed)(const char *line, size_t n);
void PAGE_ASKS(wrote)(const char *path, size_t n);
void PAGE_ASKS(asks)(const char *prompt, size_t n);
int PAGE_ASKS(can_ask)(void); /* answers can reach a statement that runs */

/* Lets what the page sends come in, for so many ms at most; 0: what is there. Calls back. */
void PAGE_ASKS(wait)(int ms);

/* --- pictures --- */
/* The width of a text in px at this size. */
double PAGE_ASKS(letters)(const char *text, size_t n, double size, int bold);
void PAGE_ASKS(family)(const char *families, size_t n);
int PAGE_ASKS(knows)(const char *family, size_t n);
/* A number for a text, so that drawings can name it. */
int PAGE_ASKS(text)(const char *text, size_t n);
typedef enum PageWindow { PAGE_CLOSE, PAGE_OPEN, PAGE_TITLE, PAGE_RAISE } PageWindow;
void PAGE_ASKS(window)(int id, PageWindow what, const char *kind, const char *title);
/* What a window shows now: numbers as of draw.c. */
void PAGE_ASKS(frame)(int id, const double *op, size_t n);
/* The same as pixels 0xRRGGBB, rows of w. */
void PAGE_ASKS(pixels)(const double *op, size_t n, int w, int h, void *to);
/* The same as a file, 0: PNG, 1: SVG, 2: PDF, for w × h pt; its bytes, 0: impossible. They are
 * fetched once. */
size_t PAGE_ASKS(picture)(int form, const double *op, size_t n, double w, double h,
                          const char *title);
void PAGE_ASKS(fetch)(void *to);
/* A job of layout_wire.h; the answer comes by layout_answer. */
void PAGE_ASKS(layout)(int number, const char *job, size_t n);
void PAGE_ASKS(layout_cancel)(int number);

#endif
