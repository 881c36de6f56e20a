/* run.c -- runs .nabla files that carry their expected output beside the lines */

/* run [-j N] [--list] FILE…
 *
 * A file is a list of sections, each one session of its own:
 *
 *   #---- title          a new section; what follows runs in a new session
 *   #--                  the same under the title before, for many short ones
 *   x, y = 2, 3          lines of the program
 *   #> x = 2   y = 3     the next line on stdout is exactly this
 *   #! note: …           the next line on stderr is exactly this
 *   #>~ wrote *.png *    a pattern (* ? […]) instead of an exact line; #!~ for stderr
 *   #! 3:5-9: error: …   an error at columns 5 to 9 of line 3, which that line and ^^^^^ below it
 *                        follow; 3:5 is one column, 3:* (in a pattern) any. Where other lines are
 *                        shown, as of one that is cut, they are stated: they begin with ` 3 |`
 *   #= 3                 the exit status; without it 1 when a `#!` line has an error, else 0
 *   #@ args --digits=3   further arguments for the program
 *   #@ only script       run in one way only: script or pipe
 *   #@ only program      what only the program can do
 *   #@ pytorch --ddp     translated with --pytorch and these arguments, as a script only; the #>
 *                        lines are the end of stdout, helpers and imports may stand before them
 *   #@ file NAME TEXT    make this file first; \n \t \r in TEXT are one character
 *   #@ has NAME TEXT     afterwards the file NAME contains TEXT
 *   #@ same A B          afterwards the files A and B are equal
 *
 * Lines that begin with `#>`, `#!`, `#=`, `#@` or `#--` are taken out, so line numbers in messages
 * count the lines of the section's program from 1. There are three ways to run a section: in a
 * session of the library in this process; by the program as a script (`nabla --echo
 * section.nabla`); and by the program statement by statement (`nabla --echo < section`). A section
 * without arguments runs in a session, and one in twenty of them in the other ways too; the rest
 * run in those alone. Positions are compared without the file: `#! 3:5: error: …` in a script;
 * reading from a pipe they are left out when the program leaves them out.
 *
 *   NB_SHARD=n   which twentieth runs in every way (0)
 *   NB_ALL=1     every section runs in every way it can; so do those that K names
 *   NB_ONCE=1    as a script or from a pipe, one or the other
 *   NB_QUICK=1   in a session or not at all: no program is needed
 *   NB_JOBS=n    processes side by side, each with files of its own (-j)
 *   NB_SECONDS=n how long a section may take (60)
 *   NB_STOP=1    the first failure ends it
 *   NB_BARE=1    the program is without pango and Graphviz: what fails after saying so is skipped
 *   K            pattern of the names that run
 *
 * A section that ends its process, or takes too long, has failed; the rest run in another one.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nabla/session.h>
#ifdef NB_ASAN
#include <sanitizer/lsan_interface.h>
#endif

#include "section.h"
#include "tests/proc.h"
#include "viz/viz.h"

#define MAX_JOBS 64
#define SHARDS 20

/* Its threads would be lost where processes are forked; so it is asked for none, as in the program.
 */
int openblas_num_threads_env(void);
int openblas_num_threads_env(void)
{
    return 1;
}

/* --- what there is to run --- */

typedef enum Way { SESSION, SCRIPT, PIPE } Way;
typedef enum Outcome { NOT_RUN, PASSED, FAILED, SKIPPED } Outcome;

typedef struct Test {
    const Section *s;
    Way way;
    char name[300];
} Test;

typedef struct Plan {
    Sections sections;
    Test *test;
    int n, cap;
} Plan;

/* The same on every machine and in every order of sections. */
static unsigned hash(const char *text)
{
    uint64_t h = 14695981039346656037U;
    for (; *text; text++) {
        h = (h ^ (unsigned char)*text) * 1099511628211U;
    }
    return (unsigned)(h >> 40);
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_set(const char *name)
{
    return *proc_env(name, "") != '\0';
}

static int seconds(void)
{
    return atoi(proc_env("NB_SECONDS", "60"));
}

static bool in_session(const Section *s)
{
#ifdef NB_VALGRIND
    (void)s;
    return false; /* the program runs under valgrind, this one does not */
#else
    return s->session;
#endif
}

static bool wanted(const Section *s, Way way)
{
    char title[300];
    snprintf(title, sizeof title, "%s: %s", base_of(s->file), s->title);
    const unsigned h = hash(title), shard = (unsigned)atoi(proc_env("NB_SHARD", "0"));
    const bool here = in_session(s);
    if (way == SESSION) {
        return here;
    }
    if (!(way == SCRIPT ? s->script : s->pipe) || is_set("NB_QUICK")) {
        return false;
    }
    if (is_set("NB_ALL") || is_set("K")) {
        return true;
    }
    if (here && h % SHARDS != shard % SHARDS) {
        return false;
    }
    return !is_set("NB_ONCE") || !(s->script && s->pipe) ||
           (h / SHARDS % 2 == 0) == (way == SCRIPT);
}

static void plan_read(Plan *p, int files, char **file)
{
    const char *const word[] = {"session", "script", "pipe"};
    const char *filter = getenv("K");
    for (int i = 0; i < files; i++) {
        sections_read(&p->sections, file[i]);
    }
    for (int i = 0; i < p->sections.n; i++) {
        const Section *s = &p->sections.s[i];
        for (Way way = SESSION; way <= PIPE; way++) {
            Test t = {.s = s, .way = way};
            snprintf(t.name, sizeof t.name, "%s: %s (%s)", base_of(s->file), s->title, word[way]);
            if (wanted(s, way) && !(filter && *filter && fnmatch(filter, t.name, 0) != 0)) {
                p->test = grown(p->test, p->n, &p->cap, sizeof *p->test);
                p->test[p->n++] = t;
            }
        }
    }
}

/* --- what workers share --- */

typedef struct Shared {
    atomic_int next; /* test to be taken */
    atomic_bool stop;
    int now[MAX_JOBS]; /* the test a worker runs, -1: none */
    unsigned char outcome[];
} Shared;

typedef struct Worker {
    int job;
    pid_t pid;
    FILE *out, *err; /* what a section prints in this process */
    char dir[PATH_MAX + 32];
} Worker;

typedef struct Run {
    Plan plan;
    Shared *shared;
    FILE *lock; /* who writes on stdout */
    char tmp[PATH_MAX], program[PATH_MAX];
    int report; /* stdout, where sections have another one */
} Run;

/* One piece of text, whole between those of other workers. */
static void put(const Run *r, const char *text)
{
    const int fd = fileno(r->lock);
    if (lockf(fd, F_LOCK, 0) == 0) {
        for (size_t n = strlen(text); n > 0;) {
            const ssize_t put = write(r->report, text, n);
            if (put <= 0) {
                break;
            }
            text += put;
            n -= (size_t)put;
        }
        lseek(fd, 0, SEEK_SET);
        lockf(fd, F_ULOCK, 0);
    }
}

static void settle(const Run *r, int i, Outcome got, const char *said)
{
    const char *const mark[] = {"", "       OK ", "  FAILED  ", "  SKIPPED "};
    const char *name = r->plan.test[i].name;
    char *text = NULL;
    size_t n = 0;
    const char *const piece[] = {"[ RUN      ] ", name, "\n", said, "[",
                                 mark[got],       "] ", name, "\n"};
    for (size_t k = 0; k < sizeof piece / sizeof *piece; k++) {
        append(&text, &n, piece[k]);
    }
    r->shared->outcome[i] = (unsigned char)got;
    put(r, text);
    free(text);
    if (got == FAILED && is_set("NB_STOP")) { /* one failure says enough: make mutants */
        r->shared->stop = true;
    }
}

/* --- running one --- */

/* The program said that it has no drawing libraries, and that is no fault here. */
static bool lacks_pictures(const char *err)
{
    return proc_bare() &&
           (strstr(err, "pango cannot be loaded") || strstr(err, "no setting font of this value") ||
            strstr(err, "the graph layout process ended early"));
}

static int add_arguments(const Section *s, const char **argv, int n, char *text, size_t cap)
{
    for (int i = 0; i < s->notes; i++) {
        if (strncmp(s->note[i], "args ", 5) == 0) {
            snprintf(text, cap, "%s", s->note[i] + 5);
            for (char *w = strtok(text, " "); w && n < 20; w = strtok(NULL, " ")) {
                argv[n++] = w;
            }
        }
    }
    return n;
}

static void by_program(const Run *r, const Worker *w, const Test *t, Proc *p)
{
    char arguments[512];
    const char *argv[24] = {r->program, "--norc", "--no-window", "--echo"};
    int n = add_arguments(t->s, argv, 4, arguments, sizeof arguments);
    if (t->way == SCRIPT) {
        argv[n++] = "section.nabla";
    }
    if (!proc_run(argv, w->dir, t->way == SCRIPT ? NULL : t->s->code, seconds(), p)) {
        die(argv[0], 0, "cannot be run");
    }
}

static char *printed(FILE *f)
{
    char *text = NULL;
    size_t n = 0;
    char part[4096];
    append(&text, &n, "");
    rewind(f);
    for (size_t got; (got = fread(part, 1, sizeof part - 1, f)) > 0;) {
        part[got] = '\0';
        append(&text, &n, part);
    }
    return text;
}

static int status_of(const NbSession *s, NbRunEnd end)
{
    switch (end) {
    case NB_RUN_OK: return 0;
    case NB_RUN_LEFT: return nb_session_status(s);
    case NB_RUN_STOPPED: return 130;
    case NB_RUN_ERROR:
    case NB_RUN_BUSY: break;
    }
    return 1;
}

/* The standard streams are files meanwhile: what is printed comes by the session's own streams, as
 * in the program, and so does what a sanitizer says. */
static void by_session(const Worker *w, Proc *p)
{
    *p = (Proc){.status = 1};
    rewind(w->out);
    rewind(w->err);
    if (chdir(w->dir) != 0 || ftruncate(fileno(w->out), 0) != 0 ||
        ftruncate(fileno(w->err), 0) != 0) {
        die(w->dir, 0, "cannot be entered");
    }
    alarm((unsigned)(seconds() * proc_patience()));
    NbSession *s = nb_session_new(NULL);
    if (!s) {
        die(w->dir, 0, "out of memory for a session");
    }
    p->status = status_of(s, nb_session_run_file(s, "section.nabla", NB_RUN_ECHO));
    nb_session_free(&s);
    fflush(stdout);
    fflush(stderr);
    alarm(0);
    p->out = printed(w->out);
    p->err = printed(w->err);
}

/* In a session, what is still there belongs to nobody; it is told once more with every section that
 * follows, so that another process has to go on. */
static bool leaks(void)
{
#ifdef NB_ASAN
    return __lsan_do_recoverable_leak_check() != 0;
#else
    return false;
#endif
}

static Outcome run_test(const Run *r, const Worker *w, const Test *t, FILE *say, bool *again)
{
    char path[PATH_MAX + 64];
    Proc p;
    snprintf(path, sizeof path, "%s/section.nabla", w->dir);
    if (!proc_fresh_dir(w->dir) || !proc_write_file(path, t->s->code)) {
        die(w->dir, 0, "cannot be written");
    }
    section_notes(t->s, w->dir, false, say);
    if (t->way == SESSION) {
        by_session(w, &p);
        *again = leaks();
        if (*again) {
            free(p.err);
            p.err = printed(w->err);
        }
    } else {
        by_program(r, w, t, &p);
    }
    const bool lacks = lacks_pictures(p.err); /* comparing cuts the text up */
    int bad = section_compare(t->s, p.out, p.err, t->way != PIPE, say) + *again;
    if (p.timed_out) {
        fprintf(say, "%s:%d: not done after %d s\n", t->s->file, t->s->at, seconds());
        bad++;
    } else if (p.status != section_status(t->s)) {
        fprintf(say, "%s:%d: exit status %d, expected %d\n", t->s->file, t->s->at, p.status,
                section_status(t->s));
        bad++;
    }
    bad += section_notes(t->s, w->dir, true, say);
    proc_free(&p);
    return bad == 0 ? PASSED : lacks ? SKIPPED : FAILED;
}

/* --- workers --- */

static void put_in_place(const Run *r, const Worker *w)
{
    char path[PATH_MAX + 64];
    const int null = open("/dev/null", O_RDONLY);
    const char *const own[][2] = {{"XDG_STATE_HOME", "lang.state"},
                                  {"NABLA_HISTORY", "lang.history"}};
    for (size_t i = 0; i < 2; i++) { /* ticks of lessons and history are not shared */
        snprintf(path, sizeof path, "%s/%s%d", r->tmp, own[i][1], w->job);
        setenv(own[i][0], path, 1);
    }
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(fileno(w->out), STDOUT_FILENO) < 0 ||
        dup2(fileno(w->err), STDERR_FILENO) < 0) {
        die(w->dir, 0, "no streams");
    }
    close(null);
}

/* Takes tests until there are none. */
static void work(Run *r, Worker *w)
{
    bool again = false;
    put_in_place(r, w);
    while (!again && !r->shared->stop) {
        const int i = r->shared->next++;
        if (i >= r->plan.n) {
            break;
        }
        char *said = NULL;
        size_t n = 0;
        FILE *say = open_memstream(&said, &n);
        if (!say) {
            die(w->dir, 0, "out of memory");
        }
        r->shared->now[w->job] = i;
        const Outcome got = run_test(r, w, &r->plan.test[i], say, &again);
        fclose(say);
        settle(r, i, got, said);
        r->shared->now[w->job] = -1;
        free(said);
    }
}

static void worker_begin(Run *r, Worker *w)
{
    r->shared->now[w->job] = -1;
    fflush(NULL);
    w->pid = fork();
    if (w->pid < 0) {
        die("fork", 0, strerror(errno));
    }
    if (w->pid == 0) {
        work(r, w);
        exit(0);
    }
}

/* A process that ended on its way has failed the test it was running; 1 when it was at none. */
static int worker_end(Run *r, Worker *w, int status)
{
    const int i = r->shared->now[w->job];
    char why[200] = "";
    w->pid = -1;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        snprintf(why, sizeof why, "not done after %d s\n", seconds());
    } else if (WIFSIGNALED(status)) {
        snprintf(why, sizeof why, "ended the process by signal %d\n", WTERMSIG(status));
    } else if (status != 0 || i >= 0) {
        snprintf(why, sizeof why, "ended the process with status %d\n", WEXITSTATUS(status));
    }
    if (!*why) {
        return 0;
    }
    char *said = printed(w->err);
    size_t n = strlen(said);
    append(&said, &n, n > 0 && said[n - 1] != '\n' ? "\n" : "");
    if (i >= 0) {
        char place[400];
        snprintf(place, sizeof place, "%s:%d: ", r->plan.test[i].s->file, r->plan.test[i].s->at);
        append(&said, &n, place);
    }
    append(&said, &n, why);
    if (i >= 0) {
        settle(r, i, FAILED, said);
    } else {
        put(r, said);
    }
    free(said);
    return i < 0;
}

static int run_all(Run *r, int jobs)
{
    static Worker worker[MAX_JOBS];
    int status, running = jobs, lost = 0;
    for (int i = 0; i < jobs; i++) {
        Worker *w = &worker[i];
        w->job = i;
        w->out = tmpfile();
        w->err = tmpfile();
        snprintf(w->dir, sizeof w->dir, "%s/lang%d", r->tmp, i);
        if (!w->out || !w->err) {
            die(w->dir, 0, strerror(errno));
        }
        worker_begin(r, w);
    }
    for (pid_t pid; running > 0 && (pid = wait(&status)) > 0;) {
        for (int i = 0; i < jobs; i++) {
            Worker *w = &worker[i];
            if (w->pid != pid) {
                continue;
            }
            lost += worker_end(r, w, status);
            if (r->shared->next < r->plan.n && !r->shared->stop) {
                worker_begin(r, w);
            } else {
                running--;
            }
        }
    }
    for (int i = 0; i < jobs; i++) {
        fclose(worker[i].out);
        fclose(worker[i].err);
    }
    return lost;
}

/* --- the whole --- */

static int report(const Run *r, int lost)
{
    int count[4] = {0};
    for (int i = 0; i < r->plan.n; i++) {
        count[r->shared->outcome[i]]++;
    }
    const int failed = count[FAILED] + lost;
    printf("[==========] %d test(s) run.\n", count[PASSED] + failed);
    printf("[  PASSED  ] %d test(s).\n", count[PASSED]);
    if (count[SKIPPED]) {
        printf("[  SKIPPED ] %d test(s): without pango and Graphviz.\n", count[SKIPPED]);
    }
    if (failed) {
        printf("[  FAILED  ] %d test(s), listed below:\n", failed);
    }
    for (int i = 0; i < r->plan.n; i++) {
        if (r->shared->outcome[i] == FAILED) {
            printf("[  FAILED  ] %s\n", r->plan.test[i].name);
        }
    }
    return failed ? 1 : 0;
}

static void absolute(const char *name, const char *fallback, char *path)
{
    const char *given = proc_env(name, fallback);
    if (!realpath(given, path)) {
        snprintf(path, PATH_MAX, "%s", given);
    }
}

/* Sections leave the folder they are started in. */
static void prepare(Run *r)
{
    char self[PATH_MAX], *path = self;
    absolute("NB_TMP", "build/tmp", r->tmp);
    absolute("NB_PROGRAM", "build/nabla", r->program);
    absolute("NABLA_LESSONS", "samples/lessons", self);
    setenv("NABLA_LESSONS", path, 1);
    if (realpath("/proc/self/exe", self)) { /* layouts are made by this program then */
        setenv("NABLA_WORKER", path, 1);
    }
    setlocale(LC_CTYPE, "");
    r->lock = tmpfile();
    r->report = dup(STDOUT_FILENO);
    r->shared = mmap(NULL, sizeof *r->shared + (size_t)r->plan.n + 1, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!r->lock || r->report < 0 || r->shared == MAP_FAILED) {
        die(r->tmp, 0, strerror(errno));
    }
    fcntl(r->report, F_SETFD, FD_CLOEXEC);
}

int main(int argc, char **argv)
{
    static Run r;
    bool list = false;
    int jobs = atoi(proc_env("NB_JOBS", "1")), files = 0;
    if (argc == 2 && strcmp(argv[1], "--layout-worker") == 0) {
        return nb_viz_worker_main();
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-j") == 0 && i + 1 < argc) {
            jobs = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--list") == 0) {
            list = true;
        } else {
            argv[files++] = argv[i];
        }
    }
    plan_read(&r.plan, files, argv);
    if (list) {
        for (int i = 0; i < r.plan.n; i++) {
            puts(r.plan.test[i].name);
        }
        return 0;
    }
    prepare(&r);
    jobs = jobs < 1 ? 1 : jobs > MAX_JOBS ? MAX_JOBS : jobs;
    const int lost = run_all(&r, jobs);
    return report(&r, lost);
}
