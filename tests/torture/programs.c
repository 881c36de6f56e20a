/* programs.c -- the programs of this repository as scripts: samples, lessons, sections of tests */
#include "tests/torture/programs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/proc.h"

#define MOST_FILES 100
#define ROOT proc_env("NB_ROOT", ".")

typedef struct Names {
    char name[MOST_FILES][80];
    int n;
} Names;

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Names of the .nabla files of a folder, in order. */
static void list_folder(const char *folder, Names *names)
{
    DIR *d = opendir(folder);
    const struct dirent *e;
    names->n = 0;
    while (d && (e = readdir(d)) && names->n < MOST_FILES) {
        size_t len = strlen(e->d_name);
        if (len > 6 && len < 80 && strcmp(e->d_name + len - 6, ".nabla") == 0) {
            strcpy(names->name[names->n++], e->d_name);
        }
    }
    if (d) {
        closedir(d);
    }
    qsort(names->name, (size_t)names->n, sizeof names->name[0], by_name);
}

static const char *work_folder(void)
{
    static char dir[600];
    snprintf(dir, sizeof dir, "%s/torture", proc_env("NB_TMP", "build/tmp"));
    return dir;
}

/* Every script of a folder, run where it lies not. */
static void run_folder(const char *part, ScriptWork work, void *with)
{
    static Names names;
    char folder[600], path[700];
    snprintf(folder, sizeof folder, "%s/%s", ROOT, part);
    list_folder(folder, &names);
    for (int i = 0; i < names.n; i++) {
        Script s = {.dir = work_folder()};
        snprintf(s.name, sizeof s.name, "%s", names.name[i]);
        snprintf(path, sizeof path, "%s/%s", folder, names.name[i]);
        s.argv[0] = path;
        if (!proc_fresh_dir(s.dir) || !work(&s, with)) {
            return;
        }
    }
}

void programs_samples(ScriptWork work, void *with)
{
    run_folder("samples", work, with);
}

void programs_lessons(ScriptWork work, void *with)
{
    run_folder("samples/lessons", work, with);
}

/* --- sections; what their lines mean stands in tests/lang/run.c --- */

typedef struct Section {
    char title[120], arguments[256];
    char code[16384];
    size_t ncode;
    char file[16][2400]; /* NAME TEXT */
    int nfiles;
    int part;
    bool open, script;
} Section;

static void write_file(const char *dir, const char *given)
{
    char path[900], name[128];
    static char text[4096];
    size_t n = strcspn(given, " "), len = 0;
    snprintf(name, sizeof name, "%.*s", (int)n, given);
    for (const char *p = given + n + (given[n] == ' '); *p && len + 1 < sizeof text; p++) {
        bool line = p[0] == '\\' && p[1] == 'n';
        text[len++] = line ? '\n' : *p;
        p += line;
    }
    text[len] = '\0';
    snprintf(path, sizeof path, "%s/%s", dir, name);
    proc_write_file(path, text);
}

static bool section_run(Section *s, const char *file, ScriptWork work, void *with)
{
    char path[700];
    if (!s->open || !s->script) {
        return true;
    }
    Script script = {.dir = work_folder()};
    snprintf(script.name, sizeof script.name, "%s: %s, %d", file, s->title, s->part);
    int n = 0;
    for (char *w = strtok(s->arguments, " "); w && n < 20; w = strtok(NULL, " ")) {
        script.argv[n++] = w;
    }
    script.argv[n] = "section.nabla";
    if (!proc_fresh_dir(script.dir)) {
        return false;
    }
    for (int i = 0; i < s->nfiles; i++) {
        write_file(script.dir, s->file[i]);
    }
    snprintf(path, sizeof path, "%s/section.nabla", script.dir);
    return proc_write_file(path, s->code) && work(&script, with);
}

static void section_line(Section *s, const char *line)
{
    /* what is told by a pattern differs from run to run */
    if (strncmp(line, "#@ only pipe", 12) == 0 || strncmp(line, "#>~", 3) == 0 ||
        strncmp(line, "#!~", 3) == 0) {
        s->script = false;
    } else if (strncmp(line, "#@ args ", 8) == 0 &&
               (strstr(line, "--safe") || strstr(line, "--memory") || strstr(line, "--time"))) {
        s->script = false; /* limits of its own, which hold for the findings too */
    } else if (strncmp(line, "#@ args ", 8) == 0) {
        snprintf(s->arguments, sizeof s->arguments, "%s", line + 8);
    } else if (strncmp(line, "#@ file ", 8) == 0 && s->nfiles < 16) {
        snprintf(s->file[s->nfiles++], sizeof s->file[0], "%s", line + 8);
    } else if (line[0] != '#' || !strchr(">!=@", line[1])) {
        size_t room = sizeof s->code - s->ncode;
        int n = snprintf(s->code + s->ncode, room, "%s\n", line);
        s->ncode += (size_t)n < room ? (size_t)n : room - 1;
    }
}

static bool run_sections(const char *file, char *text, ScriptWork work, void *with)
{
    static Section s;
    bool on = true;
    memset(&s, 0, sizeof s);
    for (char *line = text, *next; on && *line; line = next) {
        size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        line[n] = '\0';
        if (strncmp(line, "#--", 3) != 0) {
            section_line(&s, line);
            continue;
        }
        on = section_run(&s, file, work, with);
        const char *title = line + strspn(line, "#- ");
        s.part = *title ? 1 : s.part + 1;
        if (*title) {
            snprintf(s.title, sizeof s.title, "%s", title);
        }
        s.open = s.script = true;
        s.ncode = 0;
        s.code[0] = s.arguments[0] = '\0';
        s.nfiles = 0;
    }
    return on && section_run(&s, file, work, with);
}

void programs_sections(ScriptWork work, void *with)
{
    static Names names;
    char path[700];
    snprintf(path, sizeof path, "%s/tests/lang", ROOT);
    list_folder(path, &names);
    bool on = true;
    for (int i = 0; on && i < names.n; i++) {
        snprintf(path, sizeof path, "%s/tests/lang/%s", ROOT, names.name[i]);
        char *text = proc_read_file(path, NULL);
        on = text && run_sections(names.name[i], text, work, with);
        free(text);
    }
}
