/* sheet_write.c -- a sheet as LaTeX, HTML and script, with or without answers, and its grader */
#include <string.h>

#include "prompt/sheet.h"
#include "session/player.h"

/* --- signs --- */

static const struct {
    const char *sign, *latex;
} signs[] = {
    {"∂", "\\ensuremath{\\partial}"},
    {"·", "\\ensuremath{\\cdot}"},
    {"²", "\\ensuremath{{}^{2}}"},
    {"³", "\\ensuremath{{}^{3}}"},
    {"⁴", "\\ensuremath{{}^{4}}"},
    {"×", "\\ensuremath{\\times}"},
    {"√", "\\ensuremath{\\surd}"},
    {"Σ", "\\ensuremath{\\Sigma}"},
    {"∇", "\\ensuremath{\\nabla}"},
    {"→", "\\ensuremath{\\to}"},
    {"≤", "\\ensuremath{\\le}"},
    {"≥", "\\ensuremath{\\ge}"},
    {"≈", "\\ensuremath{\\approx}"},
    {"−", "\\ensuremath{-}"},
    {"π", "\\ensuremath{\\pi}"},
    {"α", "\\ensuremath{\\alpha}"},
    {"β", "\\ensuremath{\\beta}"},
    {"θ", "\\ensuremath{\\theta}"},
    {"λ", "\\ensuremath{\\lambda}"},
    {"μ", "\\ensuremath{\\mu}"},
    {"σ", "\\ensuremath{\\sigma}"},
    {"η", "\\ensuremath{\\eta}"},
    {"δ", "\\ensuremath{\\delta}"},
    {"ε", "\\ensuremath{\\epsilon}"},
    {"…", "\\dots{}"},
    {"–", "--"},
    {"“", "``"},
    {"”", "''"},
    {"\\", "\\textbackslash{}"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"$", "\\$"},
    {"&", "\\&"},
    {"#", "\\#"},
    {"%", "\\%"},
    {"_", "\\_"},
    {"^", "\\textasciicircum{}"},
    {"~", "\\textasciitilde{}"},
    {"<", "\\textless{}"},
    {">", "\\textgreater{}"},
    {"\"", "\\textquotedbl{}"},
    {"'", "\\textquotesingle{}"},
    {"-", "{-}"},
};

static bool put_sign(Text *t, const char **at)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t n = strlen(signs[i].sign);
        if (strncmp(*at, signs[i].sign, n) == 0) {
            text_add(t, signs[i].latex);
            *at += n;
            return true;
        }
    }
    return false;
}

/* code: blanks and ends of lines stay. */
static void put_latex(Text *t, const char *text, bool code)
{
    while (*text) {
        if (put_sign(t, &text)) {
            continue;
        }
        if (code && (*text == ' ' || *text == '\n')) {
            text_add(t, *text == ' ' ? "~" : "\\\\\n");
        } else {
            text_addn(t, text, 1);
        }
        text++;
    }
}

static void put_html(Text *t, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<': text_add(t, "&lt;"); break;
        case '>': text_add(t, "&gt;"); break;
        case '&': text_add(t, "&amp;"); break;
        case '"': text_add(t, "&quot;"); break;
        default: text_addn(t, text, 1);
        }
    }
}

/* --- what is shown of a part --- */

static bool is_answer(const SheetText *what, int i)
{
    if (what->part[i].kind != PLAYER_CODE) {
        return false;
    }
    while (i >= 0 && (what->part[i].kind == PLAYER_CODE || what->part[i].kind == PLAYER_HINT ||
                      what->part[i].kind == PLAYER_NOTE)) {
        i--;
    }
    return i >= 0 && what->part[i].kind == PLAYER_TASK;
}

/* --- LaTeX --- */

static void latex_part(Text *t, const SheetText *what, int i, int task, bool key)
{
    const SheetPart *p = &what->part[i];
    bool answer = is_answer(what, i);
    if (p->kind == PLAYER_TEXT || p->kind == PLAYER_TASK) {
        if (p->kind == PLAYER_TASK) {
            text_printf(t, "\n\\medskip\\noindent\\textbf{%d.} ", task);
        } else {
            text_add(t, "\n\\medskip\\noindent ");
        }
        put_latex(t, p->text, false);
        text_add(t, p->kind == PLAYER_TASK && !key ? "\n\n\\vspace{25mm}\n" : "\n");
    } else if (p->kind == PLAYER_CODE && (key || !answer)) {
        text_add(t, "\n{\\noindent\\ttfamily ");
        put_latex(t, p->text, true);
        if (answer && p->shown && p->shown[0]) {
            text_add(t, "\\\\\n\\textit{");
            put_latex(t, p->shown, true);
            text_add(t, "}");
        }
        text_add(t, "\\par}\n");
    }
}

/* Whose it is: "101 · Ada". */
static void put_student(Text *t, const SheetText *what, void (*put)(Text *, const char *))
{
    put(t, what->id);
    if (what->name[0]) {
        text_add(t, " · ");
        put(t, what->name);
    }
}

static void put_latex_text(Text *t, const char *text)
{
    put_latex(t, text, false);
}

void sheet_latex(Text *t, const SheetText *what, bool key)
{
    text_add(t, "\\documentclass[a4paper,11pt]{article}\n\\usepackage[utf8]{inputenc}\n"
                "\\usepackage[T1]{fontenc}\n\\usepackage{textcomp,amsmath}\n"
                "\\usepackage[margin=25mm]{geometry}\n\\begin{document}\n\\section*{");
    put_latex(t, what->title, false);
    text_add(t, key ? " (key)}\n\\noindent " : "}\n\\noindent ");
    put_student(t, what, put_latex_text);
    text_add(t, "\n");
    for (int i = 0, task = 0; i < what->n; i++) {
        task += what->part[i].kind == PLAYER_TASK;
        latex_part(t, what, i, task, key);
    }
    text_add(t, "\\end{document}\n");
}

/* --- HTML --- */

static void html_part(Text *t, const SheetText *what, int i, int task, bool key)
{
    const SheetPart *p = &what->part[i];
    bool answer = is_answer(what, i);
    if (p->kind == PLAYER_TEXT || p->kind == PLAYER_TASK) {
        text_add(t, "<p>");
        if (p->kind == PLAYER_TASK) {
            text_printf(t, "<b>%d.</b> ", task);
        }
        put_html(t, p->text);
        text_add(t, p->kind == PLAYER_TASK && !key ? "</p>\n<div class=\"answer\"></div>\n"
                                                   : "</p>\n");
    } else if (p->kind == PLAYER_CODE && (key || !answer)) {
        text_add(t, "<pre>");
        put_html(t, p->text);
        if (answer && p->shown && p->shown[0]) {
            text_add(t, "\n<i>");
            put_html(t, p->shown);
            text_add(t, "</i>");
        }
        text_add(t, "</pre>\n");
    }
}

void sheet_html(Text *t, const SheetText *what, bool key)
{
    text_add(t, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    put_html(t, what->title);
    text_add(t, "</title>\n<style>body{max-width:42em;margin:2em auto;font:17px/1.5 serif}"
                "pre{background:#f4f4f4;padding:.5em}.answer{height:5em;border-bottom:1px solid "
                "#999}</style></head>\n<body><h1>");
    put_html(t, what->title);
    text_add(t, key ? " (key)</h1>\n<p>" : "</h1>\n<p>");
    put_student(t, what, put_html);
    text_add(t, "</p>\n");
    for (int i = 0, task = 0; i < what->n; i++) {
        task += what->part[i].kind == PLAYER_TASK;
        html_part(t, what, i, task, key);
    }
    text_add(t, "</body></html>\n");
}

/* --- scripts --- */

static void put_comment(Text *t, const char *head, const char *text)
{
    text_add(t, head);
    for (; *text; text++) {
        text_addn(t, text, 1);
        text_add(t, *text == '\n' ? "# " : "");
    }
    text_add(t, "\n");
}

void sheet_script(Text *t, const SheetText *what)
{
    text_printf(t, "# %s.nabla -- %s\n", what->id, what->title);
    for (int i = 0, task = 0; i < what->n; i++) {
        const SheetPart *p = &what->part[i];
        char head[32];
        if (p->kind == PLAYER_TEXT) {
            put_comment(t, "\n# ", p->text);
        } else if (p->kind == PLAYER_TASK) {
            snprintf(head, sizeof head, "\n# %d. ", ++task);
            put_comment(t, head, p->text);
            text_add(t, "\n");
        } else if (p->kind == PLAYER_CODE && !is_answer(what, i)) {
            text_printf(t, "%s\n", p->text);
        }
    }
}

void sheet_answers(Text *t, const SheetText *what)
{
    for (int i = 0; i < what->n; i++) {
        if (what->part[i].kind == PLAYER_CODE) {
            text_printf(t, "%s\n", what->part[i].text);
        }
    }
}

/* What is given runs anew, so that the conditions look at the exercise's own functions. */
void sheet_grader(Text *t, const SheetText *what)
{
    text_printf(t, "# %s-grader.nabla -- marks %s.nabla\n", what->id, what->id);
    bool open = false;
    for (int i = 0, task = 0; i < what->n; i++) {
        const SheetPart *p = &what->part[i];
        task += p->kind == PLAYER_TASK;
        if (open && p->kind != PLAYER_CHECK && p->kind != PLAYER_WRONG) {
            text_add(t, "}\n");
            open = false;
        }
        if (p->kind == PLAYER_CODE && !is_answer(what, i)) {
            text_printf(t, "%s\n", p->text);
        } else if (p->kind == PLAYER_CHECK) {
            if (!open) {
                text_printf(t, "task \"task %d\" {\n", task);
                open = true;
            }
            text_printf(t, "    assert %s\n", p->text);
        }
    }
    text_add(t, open ? "}\n" : "");
}
