/* edit.c -- editing the line at the prompt, through Readline's callback interface */
#include "edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "complete.h"
#include "history.h"

static Session *session; /* Readline's callbacks carry no pointer */
static EditLine on_line;

static void set_prompt(bool more)
{
    const Session *s = session;
    char text[64];
    const char *sign = s->set.unicode ? (more ? "…> " : "∇> ") : (more ? "...> " : "nabla> ");
    snprintf(text, sizeof text, s->colour_out ? "\001\033[1;34m\002%s\001\033[0m\002" : "%s", sign);
    rl_set_prompt(text);
}

static void got_line(char *line)
{
    session->aside = NULL;
    on_line(session, line);
    free(line);
    if (session->leave) {
        rl_callback_handler_remove();
    } else {
        rl_reset_screen_size();
    }
}

/* Something is printed while the prompt waits: away with it before, back after. */
static void aside(Session *s, bool begin)
{
    (void)s;
    if (begin) {
        rl_clear_visible_line();
    } else {
        rl_on_new_line();
        rl_redisplay();
    }
}

/* --- completion --- */

/* Readline frees the words one by one and wants the common beginning first. */
static char **as_matches(Completion *c)
{
    char **match = calloc((size_t)c->n + 2, sizeof(char *));
    if (!match || c->n == 0) {
        free(match);
        completion_free(c);
        return NULL;
    }
    size_t common = strlen(c->word[0]);
    for (int i = 0; i < c->n; i++) {
        size_t k = 0;
        while (k < common && c->word[i][k] == c->word[0][k]) {
            k++;
        }
        common = k;
        match[i + 1] = c->word[i];
    }
    match[0] = malloc(common + 1);
    if (match[0]) {
        memcpy(match[0], c->word[0], common);
        match[0][common] = '\0';
    }
    if (c->n == 1) { /* one match stands alone */
        free(match[1]);
        match[1] = NULL;
    }
    free(c->word);
    return match[0] ? match : NULL;
}

static char **attempt(const char *text, int start, int end)
{
    Completion c;
    (void)text;
    complete(session, rl_line_buffer, start, end, &c);
    if (c.files) {
        rl_completion_append_character = '"';
        rl_attempted_completion_over = 1;
        return rl_completion_matches(text, rl_filename_completion_function);
    }
    rl_attempted_completion_over = 1;
    rl_completion_append_character = c.space ? ' ' : '\0';
    return as_matches(&c);
}

/* --- the loop's side --- */

void edit_begin(Session *s, EditLine fn)
{
    session = s;
    on_line = fn;
    rl_readline_name = "nabla";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 1;
    rl_attempted_completion_function = attempt;
    rl_completer_word_break_characters = (char *)(size_t)COMPLETE_BREAKS;
    rl_basic_word_break_characters = COMPLETE_BREAKS;
    rl_change_environment = 0;
    for (int i = 0, n = history_count(s->history); i < n; i++) {
        add_history(history_at(s->history, i));
    }
    rl_callback_handler_install("", got_line);
    if (!s->set.unicode) { /* in the C locale θ would otherwise be three commands */
        rl_variable_bind("input-meta", "on");
        rl_variable_bind("output-meta", "on");
        rl_variable_bind("convert-meta", "off");
    }
    set_prompt(false);
    rl_redisplay();
    s->aside = aside;
}

void edit_end(void)
{
    rl_callback_handler_remove();
    session->aside = NULL;
}

void edit_read(void)
{
    rl_callback_read_char();
    session->aside = session->leave ? NULL : aside;
}

void edit_more(bool more)
{
    set_prompt(more);
}

void edit_clear(void)
{
    rl_callback_sigcleanup();
    rl_point = rl_end;
    rl_redisplay();
    fputs("^C", rl_outstream);
    rl_crlf();
    rl_replace_line("", 1);
    rl_point = rl_end = rl_mark = 0;
    rl_reset_line_state();
    set_prompt(false);
    rl_on_new_line();
    rl_redisplay();
}

void edit_resumed(void)
{
    struct termios t;
    if (tcgetattr(STDIN_FILENO, &t) == 0 && (t.c_lflag & ICANON)) { /* back from the shell */
        rl_deprep_terminal();
        rl_prep_terminal(1);
        rl_forced_update_display();
    }
    rl_resize_terminal();
}

void edit_remember(const char *input)
{
    add_history(input);
}
