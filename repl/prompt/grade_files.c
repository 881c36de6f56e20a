/* grade_files.c -- the sheets that are marked, in folders too, and the grader of each */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "prompt/grade_internal.h"

#define DEEPEST 8 /* folders inside each other */

bool grade_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_script(const char *name)
{
    const size_t n = strlen(name);
    return name[0] != '.' && n > 6 && strcmp(name + n - 6, ".nabla") == 0;
}

static bool add(GradeFiles *all, const char *path)
{
    if (!nb_grow(&all->path, &all->cap, (size_t)all->n + 1, sizeof *all->path)) {
        return false;
    }
    all->path[all->n] = strdup(path);
    return all->path[all->n++] != NULL;
}

static bool same_file(const struct stat *a, const char *path)
{
    struct stat b;
    return stat(path, &b) == 0 && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* Scripts of a folder and of those in it, by name; links are not followed. */
static bool add_folder(GradeFiles *all, const char *folder, const char *grader, int depth)
{
    struct dirent **entry = NULL;
    const int n = depth < DEEPEST ? scandir(folder, &entry, NULL, alphasort) : 0;
    const size_t len = strlen(folder);
    bool ok = true;
    for (int i = 0; i < n; i++) {
        char path[4096];
        struct stat st;
        const char *name = entry[i]->d_name;
        const int size = snprintf(path, sizeof path, "%s%s%s", folder,
                                  len > 0 && folder[len - 1] == '/' ? "" : "/", name);
        if (ok && name[0] != '.' && size > 0 && (size_t)size < sizeof path &&
            lstat(path, &st) == 0 && !same_file(&st, grader)) {
            ok = S_ISDIR(st.st_mode)                      ? add_folder(all, path, grader, depth + 1)
                 : S_ISREG(st.st_mode) && is_script(name) ? add(all, path)
                                                          : true;
        }
        free(entry[i]);
    }
    free(entry);
    return ok;
}

bool grade_files(const Grading *how, GradeFiles *all)
{
    bool ok = true;
    for (int i = 0; ok && i < how->n; i++) {
        ok = grade_is_folder(how->sheet[i]) ? add_folder(all, how->sheet[i], how->grader, 0)
                                            : add(all, how->sheet[i]);
    }
    return ok;
}

void grade_files_free(GradeFiles *all)
{
    for (int i = 0; i < all->n; i++) {
        free(all->path[i]);
    }
    free(all->path);
}

static bool grader_called(const char *folder, const char *id, size_t n, char *buf, size_t cap)
{
    struct stat st;
    const int size = snprintf(buf, cap, "%s/%.*s-grader.nabla", folder, (int)n, id);
    return n > 0 && size > 0 && (size_t)size < cap && stat(buf, &st) == 0;
}

bool grade_grader_of(const char *folder, const char *sheet, char *buf, size_t cap)
{
    const char *slash = strrchr(sheet, '/'), *name = slash ? slash + 1 : sheet;
    const char *above = slash;
    while (above && above > sheet && above[-1] != '/') {
        above--;
    }
    const char *dot = strrchr(name, '.');
    const size_t n = dot > name ? (size_t)(dot - name) : strlen(name);
    return (above && grader_called(folder, above, (size_t)(slash - above), buf, cap)) ||
           grader_called(folder, name, n, buf, cap);
}
