/* report_table.c -- tables to the session's front, in the forms it takes */
#include <stdio.h>
#include <stdlib.h>

#include "session/report.h"

void table_update(const Table *t, Session *s, bool heads, const char *id)
{
    if (!session_takes_forms(s) || table_rows(t) == 0) {
        table_plain(t, s->out, 0);
        return;
    }
    char *plain = NULL;
    size_t size = 0;
    Text html = text_in(s->lost), latex = text_in(s->lost);
    FILE *mem = open_memstream(&plain, &size);
    if (mem) {
        table_plain(t, mem, 0);
    }
    table_html(t, &html, heads);
    table_latex(t, &latex, heads);
    if (!mem || fclose(mem) != 0) {
        *s->lost = true;
    } else if (text_whole(&html)) {
        if (size > 0) {
            plain[--size] = '\0'; /* the newline */
        }
        session_show(s,
                     (FrontForm[]){{"text/plain", plain, size},
                                   {"text/latex", text_str(&latex), latex.len},
                                   {"text/html", text_str(&html), html.len}},
                     3, id);
    }
    free(plain);
    text_free(&html);
    text_free(&latex);
}

void table_show(Table *t, Session *s, bool heads)
{
    table_update(t, s, heads, NULL);
    table_free(t);
}
