/* install.c -- the kernelspec, written where Jupyter looks for it */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <nabla/version.h>

#include "cmd/highlight.h"
#include "kernel/kernel.h"
#include "kernel/logo.h"

#define PATH_CAP 4096

/* A folder and all above it. */
static bool make_folders(char *path)
{
    for (char *p = path + 1;; p++) {
        if (*p == '/' || *p == '\0') {
            char c = *p;
            *p = '\0';
            bool ok = mkdir(path, 0777) == 0 || errno == EEXIST;
            *p = c;
            if (!ok || !c) {
                return ok;
            }
        }
    }
}

static bool write_file(const char *folder, const char *name, const char *bytes, size_t n)
{
    char path[PATH_CAP + 128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    bool ok = f && fwrite(bytes, 1, n, f) == n;
    ok = f && fclose(f) == 0 && ok;
    if (!ok) {
        fprintf(stderr, "nabla: cannot write %s: %s\n", path, strerror(errno));
    }
    return ok;
}

/* The program that runs now, by its whole path. */
static bool write_spec(const char *folder)
{
    char self[PATH_CAP];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) {
        fprintf(stderr, "nabla: cannot find its own path: %s\n", strerror(errno));
        return false;
    }
    self[n] = '\0';
    cJSON *c = cJSON_CreateObject(), *argv = cJSON_AddArrayToObject(c, "argv");
    cJSON_AddItemToArray(argv, cJSON_CreateString(self));
    cJSON_AddItemToArray(argv, cJSON_CreateString("--kernel"));
    cJSON_AddItemToArray(argv, cJSON_CreateString("{connection_file}"));
    cJSON_AddStringToObject(c, "display_name", "nabla");
    cJSON_AddStringToObject(c, "language", "nabla");
    cJSON_AddStringToObject(c, "interrupt_mode", "signal");
    char *text = cJSON_Print(c);
    bool ok = text && write_file(folder, "kernel.json", text, strlen(text));
    free(text);
    cJSON_Delete(c);
    return ok;
}

static bool write_logos(const char *folder)
{
    static const int size[] = {32, 64};
    bool ok = write_file(folder, "logo-svg.svg", logo_svg, strlen(logo_svg));
    for (int i = 0; ok && i < 2; i++) {
        char name[32];
        size_t n = 0;
        char *png = logo_png(size[i], &n);
        snprintf(name, sizeof name, "logo-%dx%d.png", size[i], size[i]);
        ok = png && write_file(folder, name, png, n);
        free(png);
    }
    return ok;
}

static bool write_colours(Session *s, const char *folder, const char *name, const char *editor)
{
    Text t = {0};
    bool ok = highlight_write(s, editor, &t) && !t.failed &&
              write_file(folder, name, text_str(&t), t.len);
    text_free(&t);
    return ok;
}

/* An extension that needs no building: what JupyterLab asks of it, and where its script is. */
static bool write_extension(const char *folder)
{
    static const char text[] = "{\n"
                               "  \"name\": \"nabla\",\n"
                               "  \"version\": \"" NB_VERSION "\",\n"
                               "  \"description\": \"Colours of the language nabla\",\n"
                               "  \"jupyterlab\": {\n"
                               "    \"extension\": true,\n"
                               "    \"_build\": {\n"
                               "      \"load\": \"static/remoteEntry.js\",\n"
                               "      \"extension\": \"./extension\"\n"
                               "    }\n"
                               "  }\n"
                               "}\n";
    return write_file(folder, "package.json", text, sizeof text - 1);
}

/* Where Jupyter's data are. */
static bool choose_base(const char *prefix, char *base, size_t cap)
{
    const char *data = getenv("JUPYTER_DATA_DIR"), *home = getenv("HOME");
    int n;
    if (prefix) {
        n = snprintf(base, cap, "%s/share/jupyter", prefix);
    } else if (data && data[0]) {
        n = snprintf(base, cap, "%s", data);
    } else if (home && home[0]) {
        n = snprintf(base, cap, "%s/.local/share/jupyter", home);
    } else {
        fputs("nabla: no HOME and no JUPYTER_DATA_DIR: --prefix=DIR says where\n", stderr);
        return false;
    }
    if (n >= (int)cap) {
        fputs("nabla: the path is too long\n", stderr);
        return false;
    }
    return true;
}

/* base/name, made; for writing into it. */
static bool open_folder(const char *base, const char *name, char *folder, size_t cap)
{
    snprintf(folder, cap, "%s/%s", base, name);
    bool ok = make_folders(folder);
    if (!ok) {
        fprintf(stderr, "nabla: cannot make %s: %s\n", folder, strerror(errno));
    }
    return ok;
}

int kernel_install(Session *s, const char *prefix)
{
    char base[PATH_CAP], folder[PATH_CAP + 64];
    if (!choose_base(prefix, base, sizeof base)) {
        return 1;
    }
    bool ok = open_folder(base, "labextensions/nabla", folder, sizeof folder) &&
              write_extension(folder) &&
              open_folder(base, "labextensions/nabla/static", folder, sizeof folder) &&
              write_colours(s, folder, "remoteEntry.js", "jupyterlab") &&
              open_folder(base, "kernels/nabla", folder, sizeof folder) && write_logos(folder) &&
              write_colours(s, folder, "kernel.js", "codemirror") && write_spec(folder);
    if (ok) {
        printf("wrote %s/kernel.json\n", folder);
    }
    return ok ? 0 : 1;
}
