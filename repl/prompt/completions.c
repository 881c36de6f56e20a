/* completions.c -- the table of options as completions of bash, zsh and fish */
#include <string.h>

#include "prompt/completions.h"
#include "prompt/options.h"

/* How a row's values are completed. */
typedef enum Takes { TAKES_NOTHING, TAKES_FILES, TAKES_FOLDERS, TAKES_WORDS } Takes;

static Takes takes(const OptionRow *row)
{
    return row->takes[0] == '\0'  ? TAKES_NOTHING
           : row->takes[0] == '*' ? TAKES_FILES
           : row->takes[0] == '/' ? TAKES_FOLDERS
                                  : TAKES_WORDS;
}

static const char intro[] =
    "# nabla -- completes the command nabla in %s; made by nabla --completions %s\n";

/* --- bash --- */

/* An option and its value are three words, or two: name, =, value. Options that belong to another
 * one are offered beside it. */
static const char bash_begin[] =
    "_nabla() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} line\n"
    "    COMPREPLY=()\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $prev == = ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    case $prev in\n";

static const char bash_files[] = "    if [[ $cur != -* ]]; then\n"
                                 "        _nabla_files '*.nabla'\n"
                                 "        return\n"
                                 "    fi\n"
                                 "    local options='";

static const char bash_end[] =
    "    while IFS= read -r line; do\n"
    "        COMPREPLY+=(\"$line\")\n"
    "    done < <(compgen -W \"$options\" -- \"$cur\")\n"
    "    [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null\n"
    "}\n"
    "# Files of a pattern, and the folders on the way to them.\n"
    "_nabla_files() {\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    while IFS= read -r line; do\n"
    "        COMPREPLY+=(\"$line\")\n"
    "    done < <(compgen -d -- \"$cur\"; [[ -z $1 ]] || compgen -f -X \"!$1\" -- \"$cur\")\n"
    "}\n"
    "complete -F _nabla nabla\n";

static void bash_values(FILE *out, const OptionRow *row)
{
    fprintf(out, "    %s) ", row->name);
    switch (takes(row)) {
    case TAKES_NOTHING: fputs("return", out); break;
    case TAKES_FILES: fprintf(out, "_nabla_files '%s'; return", row->takes); break;
    case TAKES_FOLDERS: fputs("_nabla_files ''; return", out); break;
    case TAKES_WORDS:
        fprintf(out,
                "while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < "
                "<(compgen -W '%s' -- \"$cur\"); return",
                row->takes);
        break;
    }
    fputs(" ;;\n", out);
}

/* Names of the options that belong to `of`, or to none; a value follows =. */
static void bash_names(FILE *out, const char *of)
{
    const char *gap = "";
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (of ? row->of && strcmp(row->of, of) == 0 : !row->of) {
            bool joined = row->value && row->name[1] == '-';
            fprintf(out, "%s%s%s", gap, row->name, joined ? "=" : "");
            gap = " ";
        }
    }
}

/* True when other options belong to this one. */
static bool leads(const OptionRow *row)
{
    for (const OptionRow *r = option_rows; r->name; r++) {
        if (r->of && strcmp(r->of, row->name) == 0) {
            return true;
        }
    }
    return false;
}

static void write_bash(FILE *out)
{
    fputs(bash_begin, out);
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (row->value) {
            bash_values(out, row);
        }
    }
    fputs("    esac\n", out);
    fputs(bash_files, out);
    bash_names(out, NULL);
    fputs("'\n", out);
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (leads(row)) {
            fprintf(out, "    [[ \" ${COMP_WORDS[*]} \" != *\" %s \"* ]] || options+=' ",
                    row->name);
            bash_names(out, row->name);
            fputs("'\n", out);
        }
    }
    fputs(bash_end, out);
}

/* --- zsh --- */

/* A text between brackets of a specification. */
static void zsh_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text)) {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
}

static void zsh_row(FILE *out, const OptionRow *row)
{
    bool many = row->read && row->name[1] != '-'; /* -e may come again */
    fprintf(out, "'%s%s%s[", many ? "*" : "", row->name,
            row->value && row->name[1] == '-' ? "=" : "");
    zsh_text(out, row->brief);
    fputc(']', out);
    if (row->value) {
        fputc(':', out);
        zsh_text(out, row->value);
        switch (takes(row)) {
        case TAKES_NOTHING: fputs(": ", out); break;
        case TAKES_FILES: fprintf(out, ":_files -g \"%s\"", row->takes); break;
        case TAKES_FOLDERS: fputs(":_files -/", out); break;
        case TAKES_WORDS: fprintf(out, ":(%s)", row->takes); break;
        }
    }
    fputc('\'', out);
}

static void write_zsh(FILE *out)
{
    fputs("_nabla() {\n    local -a options\n    options=(\n", out);
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (!row->of) {
            fputs("        ", out);
            zsh_row(out, row);
            fputc('\n', out);
        }
    }
    fputs("    )\n", out);
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (row->of) {
            fprintf(out, "    (( ${words[(I)%s*]} )) && options+=(", row->of);
            zsh_row(out, row);
            fputs(")\n", out);
        }
    }
    fputs("    _arguments $options '*:script:_files -g \"*.nabla\"'\n}\n"
          "# Loaded as a completion it runs; read by a startup file it registers itself.\n"
          "if [[ ${funcstack[1]} == _nabla ]]; then\n"
          "    _nabla \"$@\"\n"
          "else\n"
          "    compdef _nabla nabla\n"
          "fi\n",
          out);
}

/* --- fish --- */

static void fish_values(FILE *out, const OptionRow *row)
{
    switch (takes(row)) {
    case TAKES_NOTHING: fputs(" -x", out); break;
    case TAKES_FILES:
        fprintf(out, " -r -k -a '(__fish_complete_suffix %s)'", row->takes + 1);
        break;
    case TAKES_FOLDERS: fputs(" -x -a '(__fish_complete_directories)'", out); break;
    case TAKES_WORDS: fprintf(out, " -x -a '%s'", row->takes); break;
    }
}

static void write_fish(FILE *out)
{
    fputs("complete -c nabla -k -a '(__fish_complete_suffix .nabla)'\n", out);
    for (const OptionRow *row = option_rows; row->name; row++) {
        bool is_long = row->name[1] == '-';
        fprintf(out, "complete -c nabla %s %s", is_long ? "-l" : "-s", row->name + 1 + is_long);
        if (row->of) {
            fprintf(out, " -n 'string match -q -- \"* %s*\" (commandline -p)'", row->of);
        }
        if (row->value) {
            fish_values(out, row);
        }
        fprintf(out, " -d '%s'\n", row->brief);
    }
}

bool completions_write(FILE *out, const char *shell)
{
    const struct {
        const char *name;
        void (*write)(FILE *out);
    } shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};
    for (size_t k = 0; k < sizeof shells / sizeof shells[0]; k++) {
        if (strcmp(shell, shells[k].name) == 0) {
            if (strcmp(shell, "zsh") == 0) {
                fputs("#compdef nabla\n", out);
            }
            fprintf(out, intro, shell, shell);
            shells[k].write(out);
            return true;
        }
    }
    return false;
}
