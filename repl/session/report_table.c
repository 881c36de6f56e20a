/* report_table.c -- tables to the session's front, in the forms it takes */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/report.h"

static void show_forms(const Table *t, Session *s, bool heads, const char *plain, const char *id)
{
    Text html = text_in(s->lost), latex = text_in(s->lost);
    table_html(t, &html, heads);
    table_latex(t, &latex, heads);
    if (text_whole(&html)) {
        session_show(s,
                     (FrontForm[]){{"text/plain", plain, strlen(plain)},
                                   {"text/latex", text_str(&latex), latex.len},
                                   {"text/html", text_str(&html), html.len}},
                     3, id);
    }
    text_free(&html);
    text_free(&latex);
}

/* Without the last newline. */
static void end_line(char *text)
{
    size_t n = strlen(text);
    if (n > 0 && text[n - 1] == '\n') {
        text[n - 1] = '\0';
    }
}

void table_update(const Table *t, Session *s, bool heads, const char *id)
{
    if (!session_takes_forms(s) || table_rows(t) == 0) {
        table_plain(t, s->out, 0);
        return;
    }
    Capture c;
    session_capture(s, &c);
    table_plain(t, s->out, 0);
    char *plain = session_captured(s, &c);
    if (plain) {
        end_line(plain);
        show_forms(t, s, heads, plain, id);
    }
    free(plain);
}

void table_show(Table *t, Session *s, bool heads)
{
    table_update(t, s, heads, NULL);
    table_free(t);
}

void table_beside(Table *t, Session *s, bool heads, char *plain)
{
    if (plain) {
        end_line(plain);
        show_forms(t, s, heads, plain, NULL);
    }
    free(plain);
    table_free(t);
}
