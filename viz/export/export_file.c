/* export_file.c -- files: what is made in memory is written whole or not at all */
#include <string.h>

#include "base/file.h"
#include "export.h"

static NbStatus save(const char *path, NbRendered *made, const volatile sig_atomic_t *stop,
                     char *said, size_t cap, NbErr *err)
{
    NbStatus status = nb_file_write(path, made->bytes, made->size, stop, err);
    if (!status) {
        snprintf(said, cap, "wrote %s (%s)", path, made->about);
    }
    nb_viz_rendered_free(made);
    return status;
}

NbStatus nb_viz_export(NbViz *viz, const char *path, const NbExport *what, char *said, size_t cap,
                       NbErr *err)
{
    NbRendered made;
    if (cap) {
        said[0] = '\0';
    }
    NbStatus status = nb_viz_render_as(viz, nb_viz_ending(path), path, what, &made, err);
    return status ? status : save(path, &made, what->interrupt, said, cap, err);
}

NbStatus nb_viz_export_columns(const char *path, const NbColumns *part, int n, char *said,
                               size_t cap, NbErr *err)
{
    NbRendered made;
    NbStatus status = nb_viz_render_columns(part, n, &made, err);
    return status ? status : save(path, &made, NULL, said, cap, err);
}

NbStatus nb_viz_write_text(const char *path, const char *text, size_t len,
                           const volatile sig_atomic_t *stop, NbErr *err)
{
    return nb_file_write(path, text, len, stop, err);
}
