/* main.c -- the program: arguments, files, the prompt, exit statuses */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/highlight.h"
#include "cmd/table.h"
#include "cmd/view.h"
#include "kernel/kernel.h"
#include "session/history.h"
#include "prompt/notes.h"
#include "prompt/grade.h"
#include "prompt/limit.h"
#include "prompt/loop.h"
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

/* Something to run: a file, or the code of -e. */
typedef struct Job {
    const char *text;
    bool is_code;
} Job;

typedef struct Options {
    Job *job;
    int njobs;
    char **args; /* behind -- */
    int nargs;
    bool stay, echo, no_window, quiet, norc, safe, help, version;
    int digits; /* -1: not given */
    bool has_seed;
    uint64_t seed;
    const char *present; /* script typed at the prompt statement by statement */
    struct Service {     /* something else than running files */
        const char *kernel, *to_notebook, *from_notebook, *highlight, *prefix, *grade, *sheet,
            *students, *out;
        bool install, sys_prefix, run, json, csv;
    } service;
    bool notes;                /* of the presentation another terminal gives */
    bool pytorch;              /* write the program in PyTorch instead of running it */
    PytorchOptions torch;      /* digits and seed are those above */
    int colour;                /* 0 auto, 1 always, 2 never */
    double seconds, megabytes; /* 0: no limit */
} Options;

static const char usage[] =
    "usage: nabla [option …] [FILE … [-- ARG …]]\n"
    "       nabla -e 'CODE'\n"
    "       … | nabla\n"
    "\n"
    "  -e CODE         run CODE and show results\n"
    "  -i              stay at the prompt after FILE or -e\n"
    "  --present FILE  type the statements of FILE at the prompt; Enter runs each\n"
    "  --notes         in a second terminal: the notes for the speaker (#% lines)\n"
    "  --echo          show the result of every statement\n"
    "  --no-window     open no windows; graph and plot print text\n"
    "  --digits=N      significant digits shown: 1 to 17, or full (6)\n"
    "  --seed=N        start of the random numbers (0)\n"
    "  --quiet         no greeting\n"
    "  --norc          do not read $XDG_CONFIG_HOME/nabla/rc.nabla\n"
    "  --color=WHEN    auto, always or never\n"
    "  --grade GRADER  mark the sheets FILE …, each in a process of its own, by the tasks of "
    "GRADER;\n"
    "                  --json, --csv: as these; --time and --memory: of each (10 s, 512 MB)\n"
    "  --sheet EXERCISE --students=LIST.csv --out=DIR\n"
    "                  a sheet for each id of the list, with numbers of its own, key and grader\n"
    "  --safe          for what others wrote: nothing is written, only files below the folder\n"
    "                  of FILE are read, no windows, builtins keep their meaning\n"
    "  --time=SECONDS  stop after so long by the clock on the wall\n"
    "  --memory=MB     stop when values and graphs need more than so many megabytes\n"
    "  --install-kernel [--prefix=DIR | --sys-prefix]\n"
    "                  make nabla known to Jupyter: for you, below DIR, or in the active\n"
    "                  virtual environment\n"
    "  --kernel FILE   serve a notebook; FILE is Jupyter's connection file\n"
    "  --to-notebook FILE [--run]\n"
    "                  a script or lesson as a notebook, with what its cells show\n"
    "  --from-notebook FILE\n"
    "                  a notebook as a script\n"
    "  --highlight EDITOR\n"
    "                  colours for codemirror, jupyterlab, pygments, vim or textmate\n"
    "  --pytorch [--float32] [--notebook] [--ddp] [--weights=FILE.npz] FILE\n"
    "                  print the program in PyTorch instead of running it: in single precision,\n"
    "                  as a Jupyter notebook, for several processes under torchrun; weights and\n"
    "                  all that is drawn written into FILE.npz, by a run in silence\n"
    "  --version       print the version\n"
    "  --help          print this text\n"
    "\n"
    "What stands behind -- is the list args. Without FILE and -e it reads from the terminal,\n"
    "or statement by statement from a pipe. Exit status: 0, 1 after an error, 2 for wrong\n"
    "usage, 124 when --time or --memory was reached, 128 + n after signal n: 130 after Ctrl-C.\n";

/* --- arguments --- */

static bool wrong(const char *fmt, const char *what)
{
    fputs("nabla: ", stderr);
    fprintf(stderr, fmt, what);
    fputs("\nnabla --help lists the options\n", stderr);
    return false;
}

/* The value of --name=VALUE or --name VALUE; NULL when arg is another option. */
static const char *value_of(const char *name, int argc, char **argv, int *i, bool *missing)
{
    size_t n = strlen(name);
    if (strncmp(argv[*i], name, n) != 0) {
        return NULL;
    }
    if (argv[*i][n] == '=') {
        return argv[*i] + n + 1;
    }
    if (argv[*i][n] != '\0') {
        return NULL;
    }
    if (*i + 1 >= argc) {
        *missing = true;
        return NULL;
    }
    return argv[++*i];
}

static bool parse_seed(Options *o, const char *word)
{
    char *end;
    errno = 0;
    o->seed = strtoull(word, &end, 10);
    o->has_seed = true;
    return (*end == '\0' && end != word && errno == 0 && word[0] != '-') ||
           wrong("--seed: expected a whole number from 0 on, got %s", word);
}

static bool parse_colour(Options *o, const char *word)
{
    static const char *const when[] = {"auto", "always", "never"};
    for (int k = 0; k < 3; k++) {
        if (strcmp(word, when[k]) == 0) {
            o->colour = k;
            return true;
        }
    }
    return wrong("--color: expected auto, always or never, got %s", word);
}

/* A number above 0 and at most `most`. */
static bool parse_limit(const char *fmt, const char *word, double most, double *to)
{
    char *end;
    *to = strtod(word, &end);
    bool number = end != word && *end == '\0' && strchr("0123456789.", word[0]);
    return (number && *to > 0 && *to <= most) || wrong(fmt, word);
}

static bool parse_valued(Options *o, int argc, char **argv, int *i)
{
    const char *word, *name = argv[*i];
    bool missing = false;
    if ((word = value_of("--digits", argc, argv, i, &missing))) {
        o->digits = settings_digits(word);
        return o->digits >= 0 || wrong("--digits: expected 1 to 17 or full, got %s", word);
    }
    if ((word = value_of("--seed", argc, argv, i, &missing))) {
        return parse_seed(o, word);
    }
    if ((word = value_of("--color", argc, argv, i, &missing))) {
        return parse_colour(o, word);
    }
    if ((word = value_of("--time", argc, argv, i, &missing))) {
        return parse_limit("--time: expected seconds, above 0 and at most 1e6, got %s", word, 1e6,
                           &o->seconds);
    }
    if ((word = value_of("--memory", argc, argv, i, &missing))) {
        return parse_limit("--memory: expected megabytes, above 0 and at most 1e9, got %s", word,
                           1e9, &o->megabytes);
    }
    const struct {
        const char *name, **to;
    } paths[] = {{"--present", &o->present},
                 {"--kernel", &o->service.kernel},
                 {"--prefix", &o->service.prefix},
                 {"--to-notebook", &o->service.to_notebook},
                 {"--from-notebook", &o->service.from_notebook},
                 {"--highlight", &o->service.highlight},
                 {"--grade", &o->service.grade},
                 {"--sheet", &o->service.sheet},
                 {"--students", &o->service.students},
                 {"--out", &o->service.out},
                 {"--weights", &o->torch.weights}};
    for (size_t k = 0; k < sizeof paths / sizeof paths[0]; k++) {
        if ((word = value_of(paths[k].name, argc, argv, i, &missing))) {
            *paths[k].to = word;
            return true;
        }
    }
    return missing ? wrong("%s needs a value", name) : wrong("unknown option %s", name);
}

static bool parse_option(Options *o, int argc, char **argv, int *i)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"-i", &o->stay},
                 {"--echo", &o->echo},
                 {"--no-window", &o->no_window},
                 {"--quiet", &o->quiet},
                 {"--norc", &o->norc},
                 {"--safe", &o->safe},
                 {"--notes", &o->notes},
                 {"--pytorch", &o->pytorch},
                 {"--ddp", &o->torch.ddp},
                 {"--float32", &o->torch.float32},
                 {"--notebook", &o->torch.notebook},
                 {"--version", &o->version},
                 {"--help", &o->help},
                 {"-h", &o->help},
                 {"--install-kernel", &o->service.install},
                 {"--sys-prefix", &o->service.sys_prefix},
                 {"--run", &o->service.run},
                 {"--json", &o->service.json},
                 {"--csv", &o->service.csv}};
    for (size_t k = 0; k < sizeof flags / sizeof flags[0]; k++) {
        if (strcmp(argv[*i], flags[k].name) == 0) {
            *flags[k].flag = true;
            return true;
        }
    }
    if (strcmp(argv[*i], "-e") == 0) {
        if (*i + 1 >= argc) {
            return wrong("%s needs code", "-e");
        }
        o->job[o->njobs++] = (Job){argv[++*i], true};
        return true;
    }
    return parse_valued(o, argc, argv, i);
}

static bool parse_arguments(Options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            o->args = argv + i + 1;
            o->nargs = argc - i - 1;
            break;
        }
        if (argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!parse_option(o, argc, argv, &i)) {
                return false;
            }
        } else {
            o->job[o->njobs++] = (Job){argv[i], false};
        }
    }
    return true;
}

static bool torch_is_whole(const Options *o)
{
    const PytorchOptions *t = &o->torch;
    if (o->pytorch) {
        const char *dot = t->weights ? strrchr(t->weights, '.') : NULL;
        if (t->weights && (!dot || strcmp(dot, ".npz") != 0)) {
            return wrong("--weights: expected a file .npz, got %s", t->weights);
        }
        return (o->njobs == 1 && !o->job[0].is_code) || wrong("%s needs one FILE", "--pytorch");
    }
    const char *lone = t->weights    ? "--weights"
                       : t->ddp      ? "--ddp"
                       : t->float32  ? "--float32"
                       : t->notebook ? "--notebook"
                                     : NULL;
    return !lone || wrong("%s belongs to --pytorch", lone);
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
        printf("nabla %s   help %s ?name %s Ctrl-D leaves\n", NB_VERSION,
               s->set.unicode ? "·" : "-", s->set.unicode ? "·" : "-");
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

/* Options that mean something beside another one alone. */
static bool service_is_whole(const struct Service *v)
{
    if ((v->prefix || v->sys_prefix) && !v->install) {
        return wrong("%s belongs to --install-kernel", v->prefix ? "--prefix" : "--sys-prefix");
    }
    if (v->prefix && v->sys_prefix) {
        return wrong("%s and --sys-prefix are two places", "--prefix");
    }
    if ((v->json || v->csv) && !v->grade) {
        return wrong("%s belongs to --grade", v->json ? "--json" : "--csv");
    }
    if ((v->students || v->out) && !v->sheet) {
        return wrong("%s belongs to --sheet", v->students ? "--students" : "--out");
    }
    if (v->sheet && !(v->students && v->out)) {
        return wrong("--sheet %s needs --students=LIST.csv and --out=DIR", v->sheet);
    }
    if (v->json && v->csv) {
        return wrong("%s and --csv are two forms", "--json");
    }
    return !v->run || v->to_notebook || wrong("%s belongs to --to-notebook", "--run");
}

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
    bool ok = sheet && (o->njobs > 0 || wrong("--grade %s needs sheets to mark", g.grader));
    for (int i = 0; ok && i < o->njobs; i++) {
        sheet[i] = o->job[i].text;
        ok = !o->job[i].is_code || wrong("--grade marks files, no code of %s", "-e");
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
        wrong("--highlight: expected codemirror, jupyterlab, pygments, vim or textmate, got %s",
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

int main(int argc, char **argv)
{
    hold_places();
    if (argc == 2 && strcmp(argv[1], "--layout-worker") == 0) {
        return nb_viz_worker_main();
    }
    Options o = {.digits = -1};
    o.job = calloc((size_t)argc, sizeof *o.job);
    if (!o.job) {
        fputs("nabla: out of memory\n", stderr);
        return 1;
    }
    if (!parse_arguments(&o, argc, argv) || !service_is_whole(&o.service) || !torch_is_whole(&o)) {
        free(o.job);
        return 2;
    }
    if (o.help || o.version) {
        fputs(o.help ? usage : "nabla " NB_VERSION "\n", stdout);
        free(o.job);
        return fflush(stdout) == 0 ? 0 : 1;
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
