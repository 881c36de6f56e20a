/* options.c -- the table of options, reading a command line by it, --help */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prompt/options.h"
#include "session/session.h"

/* --- values that are no mere texts --- */

bool options_wrong(const char *fmt, const char *what)
{
    fputs("nabla: ", stderr);
    fprintf(stderr, fmt, what);
    fputs("\nnabla --help lists the options\n", stderr);
    return false;
}

static bool read_digits(Options *o, const char *word)
{
    o->digits = settings_digits(word);
    return o->digits >= 0 || options_wrong("--digits: expected 1 to 17 or full, got %s", word);
}

static bool read_seed(Options *o, const char *word)
{
    char *end;
    errno = 0;
    o->seed = strtoull(word, &end, 10);
    o->has_seed = true;
    return (*end == '\0' && end != word && errno == 0 && word[0] != '-') ||
           options_wrong("--seed: expected a whole number from 0 on, got %s", word);
}

static bool read_colour(Options *o, const char *word)
{
    static const char *const when[] = {"auto", "always", "never"};
    for (int k = 0; k < 3; k++) {
        if (strcmp(word, when[k]) == 0) {
            o->colour = k;
            return true;
        }
    }
    return options_wrong("--color: expected auto, always or never, got %s", word);
}

/* A number above 0 and at most `most`. */
static bool read_limit(const char *fmt, const char *word, double most, double *to)
{
    char *end;
    *to = strtod(word, &end);
    bool number = end != word && *end == '\0' && strchr("0123456789.", word[0]);
    return (number && *to > 0 && *to <= most) || options_wrong(fmt, word);
}

static bool read_time(Options *o, const char *word)
{
    return read_limit("--time: expected seconds, above 0 and at most 1e6, got %s", word, 1e6,
                      &o->seconds);
}

static bool read_memory(Options *o, const char *word)
{
    return read_limit("--memory: expected megabytes, above 0 and at most 1e9, got %s", word, 1e9,
                      &o->megabytes);
}

static bool read_output(Options *o, const char *word)
{
    o->output_word = word;
    return read_limit("--output: expected megabytes, above 0 and at most 1e9, got %s", word, 1e9,
                      &o->output);
}

static bool read_code(Options *o, const char *word)
{
    o->job[o->njobs++] = (Job){word, true};
    return true;
}

/* --- the table --- */

#define AT(field) .at = offsetof(Options, field)

const OptionRow option_rows[] = {
    {"-e", "CODE", .takes = "", .form = "-e CODE", .read = read_code,
     .brief = "run code and show results", .help = "run CODE and show results"},
    {"-i", AT(stay), .brief = "stay at the prompt afterwards",
     .help = "stay at the prompt after FILE or -e"},
    {"--present", "FILE", .takes = "*.nabla", .form = "--present FILE", AT(present),
     .brief = "type a script at the prompt, statement by statement",
     .help = "type the statements of FILE at the prompt; Enter runs each"},
    {"--notes", AT(notes), .brief = "the notes for the speaker, in a second terminal",
     .help = "show the notes for the speaker (#% lines) in a second terminal"},
    {"--echo", AT(echo), .brief = "show the result of every statement",
     .help = "show the result of every statement"},
    {"--no-window", AT(no_window), .brief = "open no windows",
     .help = "open no windows; graph and plot print text"},
    {"--digits", "N", .takes = "3 4 6 8 10 12 15 17 full", .read = read_digits,
     .brief = "significant digits shown", .help = "significant digits shown: 1 to 17, or full (6)"},
    {"--seed", "N", .takes = "", .read = read_seed, .brief = "start of the random numbers",
     .help = "start of the random numbers (0)"},
    {"--quiet", AT(quiet), .brief = "no greeting", .help = "no greeting"},
    {"--norc", AT(norc), .brief = "do not read rc.nabla",
     .help = "do not read $XDG_CONFIG_HOME/nabla/rc.nabla"},
    {"--color", "WHEN", .takes = "auto always never", .read = read_colour,
     .brief = "whether to colour", .help = "auto, always or never"},
    {"--grade", "GRADER", .takes = "*.nabla", .form = "--grade GRADER", AT(service.grade),
     .brief = "mark sheets by the tasks of a grader",
     .help =
         "mark the sheets FILE … or those in a folder, each in a process of its own, by\nthe tasks "
         "of GRADER, or of ID-grader.nabla in a folder of them; --json or --csv for\nother "
         "programs; --time and --memory for each (10 s, 512 MB)"},
    {"--json", .of = "--grade", AT(service.json), .brief = "marks as JSON"},
    {"--csv", .of = "--grade", AT(service.csv), .brief = "marks as a table"},
    {"--sheet", "EXERCISE", .takes = "*.nabla", AT(service.sheet),
     .form = "--sheet EXERCISE --students=LIST.csv --out=DIR",
     .brief = "write a sheet for each student",
     .help = "write a sheet for each id of the list, with numbers of its own, to DIR/sheets,\nand "
             "its key and grader to DIR/keys"},
    {"--students", "LIST.csv", .of = "--sheet", .takes = "*.csv", AT(service.students),
     .brief = "list of students"},
    {"--out", "DIR", .of = "--sheet", .takes = "/", AT(service.out),
     .brief = "folder of the sheets"},
    {"--safe", AT(safe), .brief = "for what others wrote: nothing is written",
     .help = "run what others wrote: nothing is written, only files below the folder\nof FILE are "
             "read, no windows, builtins keep their meaning; at most 1024 MB of memory\n"
             "(--memory) and 16 MB of output (--output=MB)"},
    {"--time", "SECONDS", .takes = "", .read = read_time, .brief = "stop after so long",
     .help = "stop after that many seconds of real time"},
    {"--memory", "MB", .takes = "", .read = read_memory, .brief = "stop when more memory is needed",
     .help = "stop when values and graphs need more than that many megabytes"},
    {"--output", "MB", .of = "--safe", .takes = "", .read = read_output, AT(output_word),
     .brief = "stop when more than that is written"},
    {"--install-kernel", .form = "--install-kernel [--prefix=DIR | --sys-prefix]",
     AT(service.install), .brief = "make nabla known to Jupyter",
     .help = "make nabla known to Jupyter: for you, below DIR, or in the active\n"
             "virtual environment"},
    {"--prefix", "DIR", .of = "--install-kernel", .takes = "/", AT(service.prefix),
     .brief = "below this folder"},
    {"--sys-prefix", .of = "--install-kernel", AT(service.sys_prefix),
     .brief = "in the active virtual environment"},
    {"--kernel", "FILE", .takes = "*.json", .form = "--kernel FILE", AT(service.kernel),
     .brief = "serve a notebook", .help = "serve a notebook; FILE is Jupyter's connection file"},
    {"--to-notebook", "FILE", .takes = "*.nabla", .form = "--to-notebook FILE [--run]",
     AT(service.to_notebook), .brief = "print a script as a notebook",
     .help = "print a script or lesson as a notebook, with --run also what its cells show"},
    {"--run", .of = "--to-notebook", AT(service.run), .brief = "with what its cells show"},
    {"--from-notebook", "FILE", .takes = "*.ipynb", .form = "--from-notebook FILE",
     AT(service.from_notebook), .brief = "print a notebook as a script",
     .help = "print a notebook as a script"},
    {"--highlight", "EDITOR", .takes = "codemirror jupyterlab pygments vim textmate",
     .form = "--highlight EDITOR", AT(service.highlight), .brief = "print colours for an editor",
     .help = "print colours for codemirror, jupyterlab, pygments, vim or textmate"},
    {"--completions", "SHELL", .takes = "bash zsh fish", .form = "--completions SHELL",
     AT(completions), .brief = "print completions for a shell",
     .help = "print what completes these options in bash, zsh or fish"},
    {"--pytorch", AT(pytorch),
     .form = "--pytorch [--float32] [--notebook] [--ddp] [--weights=FILE.npz] FILE",
     .brief = "print a program in PyTorch",
     .help = "print the program in PyTorch instead of running it: in single precision,\n"
             "as a Jupyter notebook, for several processes under torchrun; weights and\n"
             "all that is drawn written into FILE.npz, by a run in silence"},
    {"--weights", "FILE.npz", .of = "--pytorch", .takes = "*.npz", AT(torch.weights),
     .brief = "write all that is drawn beside it"},
    {"--ddp", .of = "--pytorch", AT(torch.ddp), .brief = "for several processes"},
    {"--float32", .of = "--pytorch", AT(torch.float32), .brief = "in single precision"},
    {"--notebook", .of = "--pytorch", AT(torch.notebook), .brief = "as a Jupyter notebook"},
    {"--version", AT(version), .brief = "print the version", .help = "print the version"},
    {"--help", AT(help), .brief = "list the options", .help = "print this text"},
    {0},
};

/* --- reading a command line --- */

static void *field(Options *o, const OptionRow *row)
{
    return (char *)o + row->at;
}

/* Whether an option of the table that keeps a field was given. */
static bool given(Options *o, const OptionRow *row)
{
    return row->value ? *(const char **)field(o, row) != NULL : *(bool *)field(o, row);
}

static const OptionRow *row_of(const char *word, size_t len)
{
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (strlen(row->name) == len && memcmp(row->name, word, len) == 0) {
            return row;
        }
    }
    return NULL;
}

/* The row of --name and --name=VALUE, NULL: no option. */
static const OptionRow *row_of_word(const char *arg)
{
    return row_of(arg, strcspn(arg, "="));
}

/* --name, --name=VALUE or --name VALUE. */
static bool read_option(Options *o, int argc, char **argv, int *i)
{
    const char *arg = argv[*i], *word = strchr(arg, '=');
    if (strcmp(arg, "-h") == 0) {
        arg = "--help";
    }
    const OptionRow *row = row_of(arg, word ? (size_t)(word - arg) : strlen(arg));
    if (!row || (word && (!row->value || row->name[1] != '-'))) {
        return options_wrong("unknown option %s", arg);
    }
    if (!row->value) {
        *(bool *)field(o, row) = true;
        return true;
    }
    while (!word && *i + 1 < argc && argv[*i + 1][0] == '-' && row_of_word(argv[*i + 1])) {
        ++*i; /* --to-notebook --run FILE: options of its own may stand before its value */
        if (!read_option(o, argc, argv, i)) {
            return false;
        }
    }
    if (!word && *i + 1 >= argc) {
        return options_wrong(row->read == read_code ? "%s needs code" : "%s needs a value", arg);
    }
    word = word ? word + 1 : argv[++*i];
    if (row->read) {
        return row->read(o, word);
    }
    *(const char **)field(o, row) = word;
    return true;
}

static bool read_all(Options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            o->args = argv + i + 1;
            o->nargs = argc - i - 1;
            break;
        }
        if (argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!read_option(o, argc, argv, &i)) {
                return false;
            }
        } else {
            o->job[o->njobs++] = (Job){argv[i], false};
        }
    }
    return true;
}

/* Options that mean something beside another one alone have it. */
static bool belongs(Options *o)
{
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (row->of && given(o, row) && !given(o, row_of(row->of, strlen(row->of)))) {
            char fmt[64];
            snprintf(fmt, sizeof fmt, "%%s belongs to %s", row->of);
            return options_wrong(fmt, row->name);
        }
    }
    return true;
}

static bool is_whole(const Options *o)
{
    const Service *v = &o->service;
    if (v->prefix && v->sys_prefix) {
        return options_wrong("%s and --sys-prefix are two places", "--prefix");
    }
    if (v->json && v->csv) {
        return options_wrong("%s and --csv are two forms", "--json");
    }
    if (v->sheet && !(v->students && v->out)) {
        return options_wrong("--sheet %s needs --students=LIST.csv and --out=DIR", v->sheet);
    }
    const char *weights = o->torch.weights, *dot = weights ? strrchr(weights, '.') : NULL;
    if (weights && (!dot || strcmp(dot, ".npz") != 0)) {
        return options_wrong("--weights: expected a file .npz, got %s", weights);
    }
    return !o->pytorch || (o->njobs == 1 && !o->job[0].is_code) ||
           options_wrong("%s needs one FILE", "--pytorch");
}

bool options_read(Options *o, int argc, char **argv)
{
    return read_all(o, argc, argv) && belongs(o) && is_whole(o);
}

/* --- --help --- */

#define HELP_COLUMN 18

void options_help(FILE *out)
{
    fputs("usage: nabla [option …] [FILE … [-- ARG …]]\n"
          "       nabla -e 'CODE'\n"
          "       … | nabla\n\n",
          out);
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (!row->help) {
            continue;
        }
        int n = row->form    ? fprintf(out, "  %s", row->form)
                : row->value ? fprintf(out, "  %s=%s", row->name, row->value)
                             : fprintf(out, "  %s", row->name);
        const char *line = row->help;
        if (n > HELP_COLUMN - 2) {
            fputc('\n', out);
            n = 0;
        }
        do {
            size_t len = strcspn(line, "\n");
            fprintf(out, "%*s%.*s\n", HELP_COLUMN - n, "", (int)len, line);
            line += len + (line[len] == '\n');
            n = 0;
        } while (*line);
    }
    fputs(
        "\nWords after -- are the list args. Without FILE and -e it reads from the terminal,\nor "
        "statement by statement from a pipe. Exit status: 0, 1 after an error, 2 for wrong\nusage, "
        "124 when --time, --memory or --output was reached, 128 + n after signal n:\n130 after "
        "Ctrl-C.\n",
        out);
}
