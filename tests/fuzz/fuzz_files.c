/* fuzz_files.c -- commands with files: names and contents of any kind, whole files or none */
#define _XOPEN_SOURCE 700 /* symlink */

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repl/session/undo.h"
#include "stage.h"

#define NAME_CAP 400

static const char start[] = "x, y = 2, 3; f = x*y + sin(x); backward f; opt = sgd(x, lr=0.1)\n"
                            "repeat 3 { forward f; cleargrad; backward f; step }\n";

/* What is done with the file NAME stands for. */
static const char *const commands[] = {
    "load NAME",
    "const a, b = csv(NAME, target=-1)",
    "const a = csv(NAME, missing=\"nan\")",
    "const a, b = csv(NAME, target=\"y\", header=true, sep=\";\")",
    "save NAME",
    "export NAME, f",
    "export NAME, f, hide=grad",
    "export NAME, view=plot",
    "export NAME, f, view=trace",
    "export NAME, x, view=explain",
    "save NAME; x := 7; load NAME",
    "load NAME; undo",
    "lesson NAME",
    "export NAME",
};

/* Endings that decide what export writes. */
static const char *const endings[] = {"",     ".dot", ".txt",  ".csv",  ".mmd", ".nabla",
                                      ".tex", ".svg", ".json", ".html", ".gv",  ".nothing"};

/* Names that are no files, or not plain ones. */
static const char *const strange[] = {
    "/dev/null", "/dev/full",         ".",          "..",  "", "sub", "sub/f.csv", "pipe/..",
    "loop",      "/proc/self/status", "away/f.csv", "sub/"};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void make_folder(void)
{
    if (mkdir("sub", 0700) != 0 || symlink("loop", "loop") != 0) {
        fuzz_broken("a folder can be filled");
    }
}

/* Removes all but what make_folder made; a name that begins as temporary files do must not be
 * there. */
static void clear_folder(void)
{
    DIR *d = opendir(".");
    for (struct dirent *e; d && (e = readdir(d));) {
        if (strcmp(e->d_name, "sub") && strcmp(e->d_name, "loop") && strcmp(e->d_name, ".") &&
            strcmp(e->d_name, "..")) {
            unlink(e->d_name);
        }
    }
    if (d) {
        closedir(d);
    }
    unlink("sub/f.csv");
}

/* The program that looks for inputs has its own files where it was started. */
static void go_to_folder(bool in)
{
    static int outside = -1;
    if (outside < 0) {
        outside = open(".", O_RDONLY | O_CLOEXEC);
    }
    if (outside < 0 || (in ? chdir(stage_folder()) : fchdir(outside)) != 0) {
        fuzz_broken("the current folder can be changed");
    }
}

static void leave(void)
{
    go_to_folder(true);
    clear_folder();
    unlink("loop");
    rmdir("sub");
}

static int count_files(void)
{
    int n = 0;
    DIR *d = opendir(".");
    while (d && readdir(d)) {
        n++;
    }
    if (d) {
        closedir(d);
    }
    return n;
}

/* The first byte chooses, a line is the name, the rest the contents. Names stay in the folder. */
static size_t read_name(const uint8_t *data, size_t size, char *name)
{
    uint8_t kind = data[1];
    size_t at = 2, n = 0;
    for (; at < size && data[at] != '\n'; at++) {
        if (n < NAME_CAP - 16 && data[at] && data[at] != '/') {
            name[n++] = (char)data[at];
        }
    }
    name[n] = '\0';
    if (kind < 64) {
        strcpy(name, strange[kind % COUNT(strange)]);
    } else {
        strcat(name, endings[kind % COUNT(endings)]);
    }
    return at < size ? at + 1 : size;
}

static bool own_file(const uint8_t *data)
{
    return data[1] >= 64 || strange[data[1] % COUNT(strange)][0] == 's';
}

static void write_contents(const char *name, const uint8_t *data, size_t size)
{
    FILE *f = fopen(name, "wb");
    if (f) {
        if (size > 0 && fwrite(data, 1, size, f) != size) {
            fuzz_broken("a file can be written");
        }
        fclose(f);
    }
}

static void add_quoted(Text *t, const char *name)
{
    char same[2];
    text_add(t, "\"");
    for (; *name; name++) {
        text_add(t, interp_escape(*name, same));
    }
    text_add(t, "\"");
}

static void run(const char *command, const char *name, bool there)
{
    Session *s = stage_new();
    Text code = {0};
    stage_run(s, start, sizeof start - 1);
    char *before = stage_state(s);
    const char *mark = strstr(command, "NAME");
    text_addn(&code, command, (size_t)(mark - command));
    add_quoted(&code, name);
    text_add(&code, mark + 4);
    int units = undo_count(s), files = count_files();
    bool one = !strchr(command, ';') && strncmp(command, "lesson", 6) != 0;
    RunEnd end = stage_run(s, text_str(&code), code.len);
    char *after = stage_state(s);
    if (end == RUN_ERROR && one && undo_count(s) == units) {
        stage_same(before, after, "a command that fails changes nothing", text_str(&code));
    }
    if (end == RUN_ERROR && one && count_files() != files) {
        fuzz_broken("a command that fails leaves no file: %s", text_str(&code));
    }
    if (count_files() > files + !there) {
        fuzz_broken("a command leaves no files but its own: %s", text_str(&code));
    }
    free(before);
    free(after);
    text_free(&code);
    session_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    char name[NAME_CAP];
    if (size < 3) {
        return 0;
    }
    stage_open();
    go_to_folder(true);
    if (!ready) {
        make_folder();
        atexit(leave);
        ready = true;
    }
    const char *command = commands[data[0] % COUNT(commands)];
    size_t at = read_name(data, size, name);
    char *contents = fuzz_text(data + at, size - at);
    stage_listen();
    if (!stage_reaches_out(contents, size - at)) {
        bool reads = strstr(command, "load") == command || strstr(command, "csv") ||
                     command[0] == 'l';
        if (reads && own_file(data)) {
            write_contents(name, data + at, size - at);
        }
        run(command, name, access(name, F_OK) == 0);
        clear_folder();
    }
    go_to_folder(false);
    free(contents);
    return 0;
}
