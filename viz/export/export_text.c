/* export_text.c -- views as the text of terminals, and as tables */
#include "export.h"

#include <stdlib.h>

static NbStatus write_text(NbJob *job, NbErr *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *mem = open_memstream(&text, &size);
    if (!mem) {
        return nb_fail(err, NB_EMEM, "out of memory writing text");
    }
    NbStatus status = job->view->text(job, mem, err);
    if (fclose(mem) != 0 && !status) {
        status = nb_fail(err, NB_EMEM, "out of memory writing text");
    }
    if (!status) {
        text_addn(&job->out, text, size);
    }
    free(text);
    return status;
}

static NbStatus write_csv(NbJob *job, NbErr *err)
{
    return job->view->table(job, err);
}

const NbFormat nb_viz_formats_text[] = {
    {"txt", "text/plain", "the text shown in terminals without windows", NB_FROM_TEXT,
     NB_TAKES_HIDE, write_text},
    {0},
};

const NbFormat nb_viz_formats_table[] = {
    {"csv", "text/csv", "the run record as a table in full digits", NB_FROM_TABLE, 0, write_csv},
    {0},
};
