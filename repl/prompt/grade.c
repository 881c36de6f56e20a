/* grade.c -- nabla --grade: sheets are marked, several at a time, each in a process of its own */
#include "prompt/grade.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nabla/data.h>

#include "base/clock.h"
#include "prompt/grade_internal.h"
#include "prompt/signals.h"

#define PATIENCE 20.0 /* s beyond all limits, until a process is killed */
#define AT_ONCE 32    /* processes at most */

/* --- results --- */

static void add_note(GradeSheet *sheet, const char *text, size_t n)
{
    Text t = {0};
    text_printf(&t, "%s%s%.*s", sheet->note ? sheet->note : "", sheet->note ? "\n" : "", (int)n,
                text);
    free(sheet->note);
    sheet->note = strdup(text_str(&t));
    text_free(&t);
}

/* The results as the process sent them; false when one is missing. */
static bool take_results(const char *at, GradeSheet *sheet)
{
    int done = 0;
    while (*at) {
        char kind = at[0], *end;
        size_t n = strtoull(at + 1, &end, 10);
        if (*end != '\n' || strlen(end + 1) < n) {
            return false;
        }
        at = end + 1 + n;
        if (kind == 'n' || kind == 'x') {
            add_note(sheet, end + 1, n);
            sheet->graded = sheet->graded && kind == 'n';
        } else if (done < sheet->ntasks) {
            sheet->mark[done++] = (GradeMark){kind == 'r', strndup(end + 1, n)};
        }
    }
    return done == sheet->ntasks;
}

static void ended_early(GradeSheet *sheet, bool limit)
{
    const char *why = limit ? "the time limit was reached" : "it ended before its end";
    char text[80];
    snprintf(text, sizeof text, "not reached: %s", why);
    add_note(sheet, why, strlen(why));
    for (int i = 0; i < sheet->ntasks; i++) {
        sheet->mark[i].output = sheet->mark[i].output ? sheet->mark[i].output : strdup(text);
    }
}

static void not_graded(GradeSheet *sheet, const char *why)
{
    sheet->graded = false;
    add_note(sheet, why, strlen(why));
}

/* --- processes --- */

typedef struct Process {
    GradeSheet *sheet; /* NULL: none runs here */
    pid_t pid;
    int fd; /* its results come from here */
    double until;
    Text all;
} Process;

static bool start(Process *p, const GradeJob *job, GradeSheet *sheet)
{
    int fd[2];
    fflush(NULL);
    if (pipe(fd) != 0) {
        return false;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        close(fd[0]);
        grade_work(job, fd[1]);
    }
    close(fd[1]);
    if (pid < 0) {
        close(fd[0]);
        return false;
    }
    *p = (Process){.sheet = sheet, .pid = pid, .fd = fd[0]};
    p->until = nb_seconds() + (job->grader->n + 1) * (job->seconds + 1) + PATIENCE;
    return true;
}

static void finish(Process *p, bool whole)
{
    int status = 0;
    if (!whole) {
        kill(p->pid, SIGKILL);
    }
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR) {
    }
    close(p->fd);
    if (!take_results(text_str(&p->all), p->sheet) && p->sheet->graded) {
        ended_early(p->sheet,
                    !whole || (WIFEXITED(status) && WEXITSTATUS(status) == SESSION_LIMIT));
    }
    text_free(&p->all);
    p->sheet = NULL;
}

/* Takes what the processes write until one of them has ended, or was out of time. */
static void wait_for_one(Process *p, int n)
{
    struct pollfd ready[AT_ONCE];
    char part[4096];
    for (bool ended = false; !ended && !*signals_interrupt();) {
        const double now = nb_seconds();
        double left = 1;
        for (int i = 0; i < n; i++) {
            ready[i] = (struct pollfd){.fd = p[i].sheet ? p[i].fd : -1, .events = POLLIN};
            left = p[i].sheet && p[i].until - now < left ? p[i].until - now : left;
        }
        const int some = poll(ready, (nfds_t)n, left > 0 ? (int)(1000 * left) + 1 : 0);
        for (int i = 0; i < n; i++) {
            const bool has = some > 0 && p[i].sheet && ready[i].revents;
            const ssize_t got = has ? read(p[i].fd, part, sizeof part) : -1;
            if (got > 0) {
                text_addn(&p[i].all, part, (size_t)got);
            }
            if (p[i].sheet && (got == 0 || (!has && nb_seconds() > p[i].until))) {
                finish(&p[i], got == 0);
                ended = true;
            }
        }
    }
}

static int processes(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > AT_ONCE ? AT_ONCE : (int)n;
}

static Process *one_that(Process *p, int n, bool runs)
{
    for (int i = 0; i < n; i++) {
        if (!p[i].sheet == !runs) {
            return &p[i];
        }
    }
    return NULL;
}

typedef struct Marking {
    Session *s;
    const Grading *how;
    Grader *grader; /* one, or one for each sheet */
    GradeSheet *sheet;
    GradeFiles files;
    SafeHidden hidden;
    bool unicode, folder;
} Marking;

static GradeJob job_of(const Marking *m, int i)
{
    const Grading *how = m->how;
    return (GradeJob){.grader = &m->grader[m->folder ? i : 0],
                      .path = m->files.path[i],
                      .hidden = &m->hidden,
                      .seconds = how->seconds > 0 ? how->seconds : GRADE_SECONDS,
                      .megabytes = how->megabytes > 0 ? how->megabytes : GRADE_MEGABYTES,
                      .unicode = m->unicode};
}

static void run_all(const Marking *m)
{
    Process p[AT_ONCE] = {0};
    const int most = processes();
    for (int i = 0; i < m->files.n && !*signals_interrupt();) {
        Process *slot = one_that(p, most, false);
        const GradeJob job = job_of(m, i);
        if (!m->sheet[i].graded) {
            i++;
        } else if (!slot) {
            wait_for_one(p, most);
        } else if (!start(slot, &job, &m->sheet[i])) {
            if (one_that(p, most, true)) { /* no more processes than these */
                wait_for_one(p, most);
            } else {
                not_graded(&m->sheet[i++], strerror(errno));
            }
        } else {
            i++;
        }
    }
    for (Process *slot; (slot = one_that(p, most, true));) {
        if (*signals_interrupt()) {
            finish(slot, false);
        } else {
            wait_for_one(p, most);
        }
    }
}

/* --- all sheets --- */

/* The tasks a sheet is marked by; in a folder of graders it has its own. */
static bool find_grader(Marking *m, int i)
{
    char path[4096], why[4200];
    GradeSheet *sheet = &m->sheet[i];
    Grader *g = &m->grader[m->folder ? i : 0];
    if (m->folder && !grade_grader_of(m->how->grader, sheet->file, path, sizeof path)) {
        snprintf(why, sizeof why, "there is no grader %s for it", path);
        not_graded(sheet, why);
        return true;
    }
    if (m->folder) {
        g->own_path = strdup(path);
        g->path = g->own_path;
        if (!g->own_path || !grader_read(m->s, g, NULL)) {
            snprintf(why, sizeof why, "its grader %s cannot be read", path);
            not_graded(sheet, why);
            return true;
        }
    }
    sheet->task = g->task;
    sheet->ntasks = g->tasks;
    sheet->mark = calloc((size_t)g->tasks, sizeof *sheet->mark);
    return sheet->mark;
}

static bool prepare(Marking *m)
{
    bool ok = grade_files(m->how, &m->files);
    const int n = m->files.n;
    m->grader = calloc((size_t)(m->folder ? n : 1) + 1, sizeof *m->grader);
    m->sheet = calloc((size_t)n + 1, sizeof *m->sheet);
    ok = ok && m->grader && m->sheet;
    if (ok && !m->folder) {
        m->grader[0].path = m->how->grader;
        ok = grader_read(m->s, &m->grader[0], NULL);
    }
    if (ok && n == 0) {
        fprintf(stderr, "nabla: there are no scripts in %s\n", m->how->sheet[0]);
        return false;
    }
    ok = ok && safe_hide(&m->hidden, m->how->grader, (const char *const *)m->files.path, n);
    for (int i = 0; ok && i < n; i++) {
        m->sheet[i] = (GradeSheet){.file = m->files.path[i], .graded = true};
        ok = find_grader(m, i);
    }
    return ok;
}

static void forget(Marking *m)
{
    for (int i = 0; m->sheet && i < m->files.n; i++) {
        for (int k = 0; m->sheet[i].mark && k < m->sheet[i].ntasks; k++) {
            free(m->sheet[i].mark[k].output);
        }
        free(m->sheet[i].mark);
        free(m->sheet[i].note);
    }
    for (int i = 0, n = m->folder ? m->files.n : 1; m->grader && i < n; i++) {
        grader_free(&m->grader[i]);
    }
    free(m->sheet);
    free(m->grader);
    safe_hidden_free(&m->hidden);
    grade_files_free(&m->files);
}

int grade_run(Session *s, const Grading *how)
{
    Marking m = {.s = s, .how = how, .unicode = s->set.unicode};
    m.folder = grade_is_folder(how->grader);
    int status = prepare(&m) ? 0 : 1;
    if (status == 0) {
        run_all(&m);
        for (int i = 0; i < m.files.n; i++) {
            status = m.sheet[i].graded ? status : 1;
        }
        if (*signals_interrupt()) {
            status = 130;
        } else {
            grade_report(stdout, how->form, s->set.unicode, m.sheet, m.files.n);
        }
    }
    forget(&m);
    return status;
}

/* --- a sheet that is not in a file yet --- */

bool grade_text(Session *s, const GradeText *what, GradeTold *told)
{
    Grader g = {.path = what->grader_path};
    GradeSheet sheet = {.file = what->path, .graded = true};
    Process p = {0};
    bool ok = grader_read(s, &g, what->grader);
    sheet.task = g.task;
    sheet.ntasks = g.tasks;
    sheet.mark = ok ? calloc((size_t)g.tasks, sizeof *sheet.mark) : NULL;
    ok = sheet.mark && start(&p,
                             &(GradeJob){.grader = &g,
                                         .path = what->path,
                                         .text = what->text,
                                         .seconds = GRADE_SECONDS,
                                         .megabytes = GRADE_MEGABYTES,
                                         .unicode = true},
                             &sheet);
    while (p.sheet && !*signals_interrupt()) {
        wait_for_one(&p, 1);
    }
    if (p.sheet) {
        finish(&p, false);
        ok = false;
    }
    for (int i = 0; ok && i < sheet.ntasks; i++) {
        if (!sheet.mark[i].right) {
            ok = false;
            snprintf(told->task, sizeof told->task, "%s", sheet.task[i].title);
            snprintf(told->why, sizeof told->why, "%s",
                     sheet.mark[i].output ? sheet.mark[i].output
                     : sheet.note         ? sheet.note
                                          : "");
        }
    }
    for (int i = 0; sheet.mark && i < sheet.ntasks; i++) {
        free(sheet.mark[i].output);
    }
    free(sheet.mark);
    free(sheet.note);
    grader_free(&g);
    return ok;
}
