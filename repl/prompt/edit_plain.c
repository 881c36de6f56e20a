/* edit_plain.c -- the prompt without Readline: the terminal itself edits the line */
#include "prompt/edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static EditLine on_line, on_answer;
static Session *session;
static Text typed;  /* of the line, so far */
static char *offer; /* NULL: none */
static bool taken, more_lines;
static bool waiting;         /* a prompt stands in the line */
static const char *question; /* NULL: the prompt itself is there */

static void show_prompt(void)
{
    const bool unicode = session->set.unicode, colour = session_is(session, FRONT_COLOUR);
    waiting = true;
    if (question) {
        fputs(question, stdout);
    } else {
        if (offer) { /* no line can be typed for the person: Enter alone stands for it */
            printf("Enter: %s\n", offer);
        }
        printf("%s%s%s", colour ? "\033[1;34m" : "",
               unicode ? (more_lines ? "…> " : "∇> ") : (more_lines ? "...> " : "nabla> "),
               colour ? "\033[0m" : "");
    }
    fflush(stdout);
}

void edit_begin(Session *s, EditLine fn)
{
    session = s;
    on_line = fn;
    show_prompt();
}

void edit_end(void)
{
    edit_offer(NULL);
    text_free(&typed);
    waiting = false;
}

static void got_line(const char *line)
{
    waiting = false;
    taken = offer && line && line[0] == '\0';
    char *own = line ? strdup(taken ? offer : line) : NULL;
    if (line && !own) {
        session_say(session, "error: out of memory: the line is left out");
    } else if (question) {
        question = NULL;
        on_answer(session, own);
        free(own);
        return; /* a statement goes on */
    } else {
        edit_offer(NULL);
        on_line(session, own);
    }
    free(own);
    if (!session->leave) {
        show_prompt();
    }
}

/* The terminal hands over one line at a time, or a part when it is long or ended by Ctrl-D. */
void edit_read(void)
{
    char part[4096];
    ssize_t n = read(STDIN_FILENO, part, sizeof part);
    if (n < 0) {
        session->leave |= errno != EINTR && errno != EAGAIN;
        return;
    }
    text_addn(&typed, part, (size_t)n);
    const bool whole = n > 0 && part[n - 1] == '\n';
    if (typed.failed) {
        text_free(&typed);
        session_say(session, "error: out of memory: the line is left out");
    } else if (whole || (n == 0 && typed.len > 0)) {
        Text line = typed;
        typed = (Text){0}; /* running the line may ask for another */
        text_cut(&line, line.len - whole);
        got_line(text_str(&line));
        text_free(&line);
    } else if (n == 0) {
        got_line(NULL);
    }
}

void edit_more(bool more)
{
    more_lines = more;
}

void edit_clear(void)
{
    text_free(&typed);
    more_lines = false;
    fputs("\n", stdout);
    show_prompt();
}

int edit_columns(void)
{
    struct winsize w;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}

void edit_resumed(void)
{
    /* the terminal did it all */
}

void edit_aside(bool begin)
{
    if (waiting && begin) {
        fputs("\n", stdout);
    } else if (waiting) {
        show_prompt();
    }
}

void edit_remember(const char *input)
{
    (void)input; /* the terminal has no list of lines */
}

void edit_offer(const char *line)
{
    free(offer);
    offer = line && line[0] ? strdup(line) : NULL;
}

bool edit_offer_taken(void)
{
    return taken;
}

void edit_ask(const char *prompt, EditLine fn)
{
    on_answer = fn;
    question = prompt;
    show_prompt();
}

void edit_answer(const char *line)
{
    (void)line;
    question = NULL;
    waiting = false;
    text_free(&typed);
    fputs("\n", stdout);
}
