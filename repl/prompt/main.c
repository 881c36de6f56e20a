/* main.c -- the program: what its options ask for, files, the prompt, exit statuses */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/highlight.h"
#include "cmd/table.h"
#include "cmd/view.h"
#include "kernel/kernel.h"
#include "session/history.h"
#include "prompt/notes.h"
#include "prompt/grade.h"
#include "prompt/limit.h"
#include "prompt/completions.h"
#include "prompt/loop.h"
#include "prompt/options.h"
#include "prompt/sheet.h"
#include "session/player.h"
#include "session/safe.h"
#include "session/session.h"
#include "prompt/signals.h"
#include "prompt/stream.h"
#include "prompt/translate.h"
#include "viz/viz.h"

/* OpenBLAS asks this as it is loaded, before main, and starts so many threads. None is needed
 * before `set threads`; where none can be had it would end the program, and where memory is limited
 * its threads would ask for theirs for ever. An OpenBLAS that does not ask is as it was. */
int openblas_num_threads_env(void);
int openblas_num_threads_env(void)
{
    return 1;
}

/* --- setting up --- */

/* A file opened later must not get the number of a closed standard stream: what is read there ends
 * in an error instead, and so does what is written. */
static void hold_places(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) > fd) {
            return; /* not reached: the lowest free number is given */
        }
    }
}

static bool wants_colour(const Options *o, bool tty)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if (o->colour != 0) {
        return o->colour == 1;
    }
    return tty && !(no && no[0]) && term && strcmp(term, "dumb") != 0;
}

/* Megabytes of what others wrote, unless the options say more or less. */
#define SAFE_MEMORY 1024
#define SAFE_OUTPUT 16

static bool runs_file(const Options *o)
{
    for (int i = 0; i < o->njobs; i++) {
        if (!o->job[i].is_code) {
            return true;
        }
    }
    return false;
}

static bool bind_args(Session *s, const Options *o)
{
    Value list = value_list(o->nargs);
    int symbol = interp_symbol(s->interp, "args");
    for (int i = 0; list.tag == V_LIST && i < o->nargs; i++) {
        if (!list_push(list.list, value_str(o->args[i]))) {
            value_unref(&list);
        }
    }
    return list.tag == V_LIST && interp_bind(s->interp, symbol, list, true);
}

/* What the standard streams are, and whether windows are wanted: FRONT_…. */
static unsigned streams(const Options *o)
{
    bool out = isatty(STDOUT_FILENO), err = isatty(STDERR_FILENO);
    return (o->no_window ? 0U : FRONT_WINDOWS) | (out ? FRONT_OUT_TTY : 0U) |
           (err ? FRONT_ERR_TTY | FRONT_LIVE : 0U) | (wants_colour(o, out) ? FRONT_COLOUR : 0U) |
           (wants_colour(o, err) ? FRONT_COLOUR_ERR : 0U);
}

static Session *open_session(const Options *o)
{
    setlocale(LC_CTYPE, "");
    Session *s =
        session_new(&commands_kit, signals_interrupt(), strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
    if (!s) {
        return NULL;
    }
    s->ending = signals_end();
    s->clock = limit_clock();
    s->wake = signals_wake();
    session_front(s, &(Front){.is = streams(o)}); /* the front of scripts: nobody can be asked */
    s->set.echo = o->echo;
    if (o->digits >= 0) {
        s->set.digits = o->digits;
    }
    if (o->has_seed) {
        session_seed(s, o->seed, 0);
    }
    session_apply(s);
    if (o->safe) {
        limit_output(o->output > 0 ? o->output : SAFE_OUTPUT);
        session_front(s, &(Front){.is = streams(o), .write = limit_write});
        safe_begin(s);
    }
    if ((o->args || runs_file(o) || o->service.kernel || o->service.to_notebook) &&
        !bind_args(s, o)) {
        session_free(&s);
    }
    return s;
}

static void read_rc(Session *s)
{
    char path[4096];
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n = 0;
    if (config && config[0] == '/') {
        n = snprintf(path, sizeof path, "%s/nabla/rc.nabla", config);
    } else if (home && home[0]) {
        n = snprintf(path, sizeof path, "%s/.config/nabla/rc.nabla", home);
    }
    if (n > 0 && (size_t)n < sizeof path && access(path, R_OK) == 0) {
        session_run_file(s, path, 0);
    }
}

/* --- running --- */

/* Under --safe, the files below the folder of this one may be read from now on. */
static bool read_below(Session *s, const char *file)
{
    NbErr err = {0};
    if (s->safe && !safe_folder(s, file, &err)) {
        session_say(s, "error: %s", err.msg);
        return false;
    }
    return true;
}

static RunEnd run_jobs(Session *s, const Options *o)
{
    RunEnd end = RUN_OK;
    for (int i = 0; i < o->njobs && end == RUN_OK; i++) {
        const Job *job = &o->job[i];
        bool is_file = !job->is_code && strcmp(job->text, "-") != 0;
        if (*s->interrupt) {
            return RUN_INTERRUPT;
        }
        if (!read_below(s, is_file ? job->text : "")) {
            return RUN_ERROR;
        }
        s->set.echo = job->is_code || o->echo;
        if (job->is_code) {
            end = session_run(s, job->text, strlen(job->text), "-e", 1, RUN_AS_SET);
        } else if (strcmp(job->text, "-") == 0) {
            end = stream_run(s, RUN_AS_SET, false);
        } else {
            end = session_run_file(s, job->text, RUN_AS_SET);
        }
        const char *unasked = end == RUN_OK && !job->is_code ? interp_unasked(s->interp) : NULL;
        if (unasked) {
            fprintf(stderr, "nabla: %s asks for no %s\n", job->text, unasked);
            return RUN_ERROR;
        }
    }
    return end;
}

/* tty: a speaker gives it before people. */
static bool open_script(Session *s, const char *path, bool tty)
{
    char ending[300];
    NbErr err = {0};
    if (!read_below(s, path)) {
        return false;
    }
    Player *p = player_open(s->interp, path, &err);
    if (!p) {
        session_say(s, "error: %s", err.msg);
        return false;
    }
    const char *slash = strrchr(path, '/');
    snprintf(ending, sizeof ending, "end of %.280s", slash ? slash + 1 : path);
    player_ending(p, ending);
    player_talk(p);
    player_set(s, p);
    s->set.present |= tty;
    session_apply(s);
    return true;
}

static void prompt(Session *s, const Options *o)
{
    s->set.echo = true;
    if (!o->quiet) {
        const char *dot = s->set.unicode ? "·" : "-";
        printf("nabla %s   lesson %s help %s ?name %s Ctrl-D leaves\n", NB_VERSION, dot, dot, dot);
        fflush(stdout);
    }
    if (!s->safe) {
        history_load(s->history);
    }
    if (!loop_terminal(s, streams(o))) {
        session_say(s, "error: out of memory for the prompt");
        s->leave_status = 1;
    }
}

/* A person who ran a script that opened windows looks at them until they are closed. */
static void stay_for_windows(Session *s)
{
    if (session_is(s, FRONT_OUT_TTY) && isatty(STDIN_FILENO)) {
        loop_windows(s);
    }
}

/* --- notebooks and editors --- */

static bool is_service(const struct Service *v)
{
    return v->kernel || v->to_notebook || v->from_notebook || v->highlight || v->install ||
           v->grade || v->sheet;
}

static int grade(Session *s, const Options *o)
{
    const char **sheet = calloc((size_t)o->njobs + 1, sizeof *sheet);
    Grading g = {.grader = o->service.grade,
                 .sheet = sheet,
                 .n = o->njobs,
                 .form = o->service.json  ? GRADE_JSON
                         : o->service.csv ? GRADE_CSV
                                          : GRADE_TEXT,
                 .seconds = o->seconds,
                 .megabytes = o->megabytes};
    bool ok = sheet && (o->njobs > 0 || options_wrong("--grade %s needs sheets to mark", g.grader));
    for (int i = 0; ok && i < o->njobs; i++) {
        sheet[i] = o->job[i].text;
        ok = !o->job[i].is_code || options_wrong("--grade marks files, no code of %s", "-e");
    }
    int status = ok ? grade_run(s, &g) : 2;
    free(sheet);
    return status;
}

static int install_kernel(Session *s, const struct Service *v)
{
    const char *venv = getenv("VIRTUAL_ENV"), *conda = getenv("CONDA_PREFIX");
    const char *active = venv && venv[0] ? venv : conda && conda[0] ? conda : NULL;
    if (v->sys_prefix && !active) {
        fputs("nabla: no virtual environment is active: neither VIRTUAL_ENV nor CONDA_PREFIX is "
              "set\n--prefix=DIR says where\n",
              stderr);
        return 1;
    }
    return kernel_install(s, v->sys_prefix ? active : v->prefix);
}

static int print_highlight(Session *s, const char *form)
{
    Text t = {0};
    if (!highlight_write(s, form, &t)) {
        options_wrong(
            "--highlight: expected codemirror, jupyterlab, pygments, vim or textmate, got %s",
            form);
        return 2;
    }
    fwrite(text_str(&t), 1, t.len, stdout);
    text_free(&t);
    return 0;
}

static int run_service(Session *s, const Options *o)
{
    const struct Service *v = &o->service;
    if (v->install) {
        return install_kernel(s, v);
    }
    if (v->grade) {
        return grade(s, o);
    }
    if (v->sheet) {
        return sheet_run(s, &(Sheets){v->sheet, v->students, v->out});
    }
    if (v->highlight) {
        return print_highlight(s, v->highlight);
    }
    if (v->from_notebook) {
        return notebook_to_script(s, v->from_notebook);
    }
    if (v->to_notebook) {
        return notebook_from_script(s, v->to_notebook, v->run);
    }
    if (!o->norc && !o->safe) {
        read_rc(s);
    }
    return kernel_run(s, v->kernel);
}

static int translate(Session *s, const Options *o)
{
    PytorchOptions t = o->torch;
    t.digits = s->set.digits == NB_DIGITS_FULL ? 17 : s->set.digits;
    t.seed = o->seed;
    return translate_file(s, o->job[0].text, &t);
}

static int run(Session *s, const Options *o)
{
    if (o->pytorch) {
        return translate(s, o);
    }
    bool tty = isatty(STDIN_FILENO) && session_is(s, FRONT_OUT_TTY);
    if (!o->norc && !o->safe) {
        read_rc(s);
    }
    RunEnd end = s->leave ? RUN_LEAVE : run_jobs(s, o);
    if (end == RUN_INTERRUPT) {
        return 130;
    }
    if (o->present && end == RUN_OK && !open_script(s, o->present, tty)) {
        return 1;
    }
    if (player_now(s) && !tty) {
        end = player_run_now(s);
    } else if (end != RUN_LEAVE && (o->njobs == 0 || o->stay || player_now(s))) {
        if (o->njobs == 0 && !o->present && !read_below(s, "")) {
            return 1;
        }
        if (tty) {
            prompt(s, o);
            end = RUN_LEAVE;
        } else if (end == RUN_OK || o->stay) {
            s->set.echo = o->echo || o->stay;
            end = stream_run(s, RUN_AS_SET, o->stay);
        }
    } else if (end == RUN_OK) {
        stay_for_windows(s);
    }
    return end == RUN_LEAVE ? s->leave_status : end == RUN_INTERRUPT ? 130 : end == RUN_ERROR;
}

#define LEAST_STACK ((rlim_t)256 << 10) /* bytes */

#define USUAL_STACK ((rlim_t)8 << 20)

/* Drawing and reading nested texts need some. A soft limit is raised, for which the program begins
 * again, since threads have stacks of the size at its start; a hard one is told. */
static bool has_stack(char **argv)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_STACK, &r) != 0 || r.rlim_cur == RLIM_INFINITY ||
        r.rlim_cur >= LEAST_STACK) {
        return true;
    }
    const unsigned long kb = (unsigned long)(r.rlim_cur >> 10);
    if (r.rlim_max == RLIM_INFINITY || r.rlim_max >= LEAST_STACK) {
        r.rlim_cur = r.rlim_max < USUAL_STACK ? r.rlim_max : USUAL_STACK;
        if (setrlimit(RLIMIT_STACK, &r) == 0) {
            execv("/proc/self/exe", argv);
        }
    }
    fprintf(stderr, "nabla: the stack is limited to %lu KB (ulimit -s), 256 are needed\n", kb);
    return false;
}

/* What needs no session. */
static int print_about(const Options *o)
{
    if (o->completions && !completions_write(stdout, o->completions)) {
        options_wrong("--completions: expected bash, zsh or fish, got %s", o->completions);
        return 2;
    }
    if (o->help) {
        options_help(stdout);
    } else if (o->version) {
        fputs("nabla " NB_VERSION "\n", stdout);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    hold_places();
    if (argc == 2 && strcmp(argv[1], "--layout-worker") == 0) {
        return nb_viz_worker_main();
    }
    if (!has_stack(argv)) {
        return 1;
    }
    Options o = {.digits = -1};
    o.job = calloc((size_t)argc, sizeof *o.job);
    if (!o.job) {
        fputs("nabla: out of memory\n", stderr);
        return 1;
    }
    if (!options_read(&o, argc, argv)) {
        free(o.job);
        return 2;
    }
    if (o.help || o.version || o.completions) {
        int status = print_about(&o);
        free(o.job);
        return status;
    }
    if (o.notes) {
        free(o.job);
        return notes_follow();
    }
    signals_begin();
    Session *s = open_session(&o);
    if (!s) {
        fputs("nabla: out of memory\n", stderr);
        free(o.job);
        return 1;
    }
    bool limits = !o.service.grade; /* else they are those of each sheet */
    o.megabytes = o.safe && limits && o.megabytes == 0 ? SAFE_MEMORY : o.megabytes;
    if (limits && ((o.seconds > 0 && !limit_time(o.seconds)) ||
                   (o.megabytes > 0 && !limit_memory(o.megabytes)))) {
        fprintf(stderr, "nabla: the limit cannot be set: %s\n", strerror(errno));
        session_free(&s);
        free(o.job);
        return 1;
    }
    s->megabytes = limits ? o.megabytes : 0;
    int status = is_service(&o.service) ? run_service(s, &o) : run(s, &o);
    if (*s->ending) {
        status = 128 + *s->ending;
    } else if (*s->clock.over) {
        if (!*s->clock.told) {
            session_say(s, "error: %s", s->clock.text);
            *s->clock.told = 1;
        }
        status = SESSION_LIMIT;
    }
    session_free(&s);
    free(o.job);
    if ((fflush(stdout) != 0 || ferror(stdout)) && !isatty(STDOUT_FILENO)) {
        struct pollfd out = {.fd = STDOUT_FILENO};
        bool closed = poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
        if (!closed && !*limit_clock().over) {
            fputs("nabla: cannot write the output\n", stderr);
        }
        return status ? status : 1;
    }
    return status;
}
