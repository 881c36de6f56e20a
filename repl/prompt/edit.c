/* edit.c -- editing the line at the prompt, through Readline's callback interface */
#include "prompt/edit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "session/complete.h"
#include "session/history.h"
#include "prompt/signals.h"

static Session *session; /* Readline's callbacks carry no pointer */
static EditLine on_line, on_answer;
static bool away;    /* the prompt was taken away to ask for something */
static bool back;    /* it is put back once Readline has left the line that asked */
static bool waiting; /* a prompt stands in the line */

#define PROMPT_CAP 256

static const char *coloured(const char *sign, char *buf)
{
    snprintf(buf, PROMPT_CAP,
             session_is(session, FRONT_COLOUR) ? "\001\033[1;34m\002%s\001\033[0m\002" : "%s",
             sign);
    return buf;
}

static const char *prompt_text(bool more, char *buf)
{
    bool unicode = session->set.unicode;
    return coloured(unicode ? (more ? "…> " : "∇> ") : (more ? "...> " : "nabla> "), buf);
}

static void set_prompt(bool more)
{
    char text[PROMPT_CAP];
    rl_set_prompt(prompt_text(more, text));
}

/* --- a line typed for the person --- */

static char *offer;         /* NULL: none */
static bool untouched, own; /* no key came yet; a line of their own was begun */
static bool taken;

static void insert_offer(void)
{
    if (offer) {
        rl_insert_text(offer);
        untouched = true;
        own = false;
    }
}

static int put_offer(void)
{
    insert_offer();
    return 0;
}

static void own_line(void)
{
    if (untouched) {
        rl_replace_line("", 0);
        rl_point = rl_mark = 0;
        untouched = false;
    }
    own |= rl_end == 0;
}

#define ABORT_KEY 7 /* Ctrl-G */

/* A key may be asked for in the middle of another one's work, as in "show all 200? (y or n)":
 * Ctrl-C and the end are looked for there too. */
static bool key_comes(const Session *s)
{
    struct pollfd fd[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = s->wake, .events = POLLIN}};
    while (!*s->interrupt) {
        int n = poll(fd, 2, -1);
        if (n > 0 && fd[1].revents) {
            signals_drain(); /* the loop looks at the flags */
        }
        if (n > 0 && fd[0].revents) {
            return true;
        }
    }
    return false;
}

static int read_key(FILE *in)
{
    int c = key_comes(session) ? rl_getc(in) : ABORT_KEY;
    if (c >= ' ' && c != 127) {
        own_line();
    } else if (c != 033) { /* what begins with Escape may be a paste */
        untouched = false;
    }
    return c;
}

/* --- pastes --- */

/* Readline would wait for the end of the paste, deaf to all else. */
static Text pasted;
static bool pasting;
static size_t of_end; /* bytes of the end mark seen */

static int paste(int count, int key)
{
    (void)count;
    (void)key;
    own_line();
    text_reset(&pasted);
    pasting = true;
    of_end = 0;
    return 0;
}

static void drop_paste(void)
{
    pasting = false;
    text_free(&pasted);
}

/* The bytes of a paste as a line takes them; NUL, which would end it, is shown. */
static void add_pasted(char c)
{
    if (c == '\0') {
        text_add(&pasted, session->set.unicode ? "␀" : "\001");
    } else {
        text_addn(&pasted, c == '\r' ? "\n" : &c, 1);
    }
}

#define MOST_AT_ONCE 65536 /* bytes of a paste, before windows have their turn */

static void take_paste(size_t mark)
{
    if (pasted.failed) {
        edit_aside(true);
        session_say(session, "error: out of memory: the paste is left out");
        edit_aside(false);
    } else {
        text_cut(&pasted, pasted.len - mark);
        rl_insert_text(text_str(&pasted));
    }
    rl_redisplay();
    drop_paste();
}

static void read_paste(void)
{
    static const char end[] = "\033[201~";
    const size_t n = sizeof end - 1;
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    for (int i = 0; i < MOST_AT_ONCE && pasting && poll(&fd, 1, 0) > 0; i++) {
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got <= 0) {
            pasting = got < 0 && errno == EINTR; /* Readline meets the end too */
            return;
        }
        add_pasted(c);
        of_end = c == end[of_end] ? of_end + 1 : c == end[0];
        if (of_end == n) {
            take_paste(n);
        }
    }
}

/* --- the terminal --- */

static void take_terminal(int meta)
{
    const char *on = rl_variable_value("enable-bracketed-paste"), *term = getenv("TERM");
    signals_take(on && strcmp(on, "on") == 0 && term && strcmp(term, "dumb") != 0);
    rl_prep_terminal(meta);
}

/* A signal may have given it back before. */
static void give_terminal(void)
{
    if (signals_taken()) {
        rl_deprep_terminal();
        signals_give();
    }
}

/* --- lines --- */

void edit_offer(const char *line)
{
    free(offer);
    offer = line && line[0] ? strdup(line) : NULL;
}

bool edit_offer_taken(void)
{
    return taken;
}

static void got_line(char *line)
{
    waiting = false;
    taken = offer && !own;
    untouched = false;
    edit_offer(NULL);
    on_line(session, line);
    free(line);
    if (session->leave) {
        rl_callback_handler_remove();
        return;
    }
    rl_reset_screen_size();
    back = away;
    away = false;
}

/* Readline empties its line after got_line: a prompt put back there would show an offer that is no
 * longer in the line, and the next Enter would run nothing. */
static void put_back(void)
{
    if (back) {
        char text[PROMPT_CAP];
        back = false;
        rl_callback_handler_install(prompt_text(false, text), got_line);
    }
}

void edit_aside(bool begin)
{
    if (waiting && begin) {
        rl_clear_visible_line();
    } else if (waiting) {
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
    free(c->slot);
    free(c->word);
    return match[0] ? match : NULL;
}

static char path[4096];  /* what of a file's path is typed */
static size_t path_word; /* where the word before the cursor begins in it */

/* Readline's names of files are whole paths: the word it asked for is their end. Folders get their
 * slash here, since it would look for them by that end alone. */
static char *next_file(const char *text, int again)
{
    (void)text;
    char *whole = rl_filename_completion_function(path, again);
    rl_filename_completion_desired = 0;
    if (!whole) {
        return NULL;
    }
    struct stat st;
    const bool folder = stat(whole, &st) == 0 && S_ISDIR(st.st_mode);
    const size_t len = strlen(whole), from = path_word < len ? path_word : len;
    char *end = malloc(len - from + 2);
    if (end) {
        snprintf(end, len - from + 2, "%s%s", whole + from, folder ? "/" : "");
    }
    free(whole);
    return end;
}

static char **files(const char *text, int from, int start, int end)
{
    const char quote = rl_line_buffer[from - 1];
    if (snprintf(path, sizeof path, "%.*s", end - from, rl_line_buffer + from) >=
        (int)sizeof path) {
        return NULL;
    }
    path_word = (size_t)(start - from);
    char **match = rl_completion_matches(text, next_file);
    const size_t len = match ? strlen(match[0]) : 0;
    rl_completion_append_character = len > 0 && match[0][len - 1] == '/' ? '\0' : quote;
    return match;
}

static char **attempt(const char *text, int start, int end)
{
    Completion c;
    complete(session, rl_line_buffer, start, end, &c);
    rl_attempted_completion_over = 1;
    if (c.files) {
        return files(text, c.files, start, end);
    }
    rl_completion_append_character = c.space ? ' ' : '\0';
    return as_matches(&c);
}

#define MOST_UNASKED 100 /* words listed without a question */
#define WORDS_AT_ONCE 500

/* Readline asks nobody where keys come by callbacks. Another key than y or a blank goes on as one
 * that was typed. */
static bool wants_list(int n)
{
    rl_crlf();
    fprintf(rl_outstream, "list all %d? (y or n) ", n);
    fflush(rl_outstream);
    const int c = key_comes(session) ? rl_getc(rl_instream) : ABORT_KEY;
    const bool yes = c == 'y' || c == 'Y' || c == ' ';
    if (!yes && c > ' ' && c < 127 && c != 'n' && c != 'N') {
        rl_stuff_char(c);
    }
    if (!yes) {
        rl_crlf();
    }
    return yes;
}

/* In parts, between which Ctrl-C is looked for; the first word of each is left out by Readline. */
static void list_words(char **match, int n, int width)
{
    if (n <= MOST_UNASKED || wants_list(n)) {
        for (int i = 0; i < n && !*session->interrupt; i += WORDS_AT_ONCE) {
            rl_display_match_list(match + i, n - i < WORDS_AT_ONCE ? n - i : WORDS_AT_ONCE, width);
        }
    }
    rl_forced_update_display();
}

/* --- the loop's side --- */

void edit_begin(Session *s, EditLine fn)
{
    session = s;
    on_line = fn;
    rl_readline_name = "nabla";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0; /* signals.c does */
    rl_attempted_completion_function = attempt;
    rl_completion_display_matches_hook = list_words;
    rl_completer_word_break_characters = (char *)(size_t)COMPLETE_BREAKS;
    rl_basic_word_break_characters = COMPLETE_BREAKS;
    rl_change_environment = 0;
    rl_startup_hook = put_offer;
    rl_prep_term_function = take_terminal;
    rl_deprep_term_function = give_terminal;
    rl_getc_function = read_key;
    rl_bind_keyseq("\\e[200~", paste);
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
    waiting = true;
}

void edit_end(void)
{
    drop_paste();
    edit_offer(NULL);
    rl_callback_handler_remove();
    waiting = false;
}

/* Asking may just have ended without a key: then nobody reads. What is read may end it, or run a
 * statement: then nothing waits, or the prompt again. */
void edit_read(void)
{
    if (!RL_ISSTATE(RL_STATE_CALLBACK)) {
        return;
    }
    if (pasting) {
        read_paste();
        return;
    }
    rl_callback_read_char();
    put_back();
    waiting = !session->leave && !away;
}

void edit_more(bool more)
{
    set_prompt(more);
}

void edit_clear(void)
{
    drop_paste();
    rl_callback_sigcleanup();
    rl_point = rl_end;
    rl_redisplay();
    fputs("^C", rl_outstream);
    rl_crlf();
    rl_replace_line("", 1);
    rl_point = rl_end = rl_mark = 0;
    rl_reset_line_state();
    set_prompt(false);
    insert_offer();
    rl_on_new_line();
    rl_redisplay();
}

int edit_columns(void)
{
    int rows, columns;
    rl_get_screen_size(&rows, &columns);
    return columns;
}

void edit_resumed(void)
{
    struct termios t;
    if (tcgetattr(STDIN_FILENO, &t) == 0 && (t.c_lflag & ICANON)) { /* back from the shell */
        rl_deprep_terminal();
        take_terminal(1);
        rl_forced_update_display();
    }
    rl_resize_terminal();
}

void edit_remember(const char *input)
{
    add_history(input);
}

/* --- asking, while got_line runs a statement --- */

static void end_asking(void)
{
    rl_callback_handler_remove();
    waiting = false;
    away = true;
}

static void got_answer(char *line)
{
    if (!line) { /* with bracketed paste Readline has ended the line itself */
        const char *paste = rl_variable_value("enable-bracketed-paste");
        if (!paste || strcmp(paste, "on") != 0) {
            rl_crlf();
        }
        rl_eof_found = 0; /* it would end every later one too */
    }
    end_asking();
    on_answer(session, line);
    free(line);
}

void edit_ask(const char *prompt, EditLine fn)
{
    char text[PROMPT_CAP];
    on_answer = fn;
    away = false;
    rl_callback_handler_install(coloured(prompt, text), got_answer);
    waiting = true;
}

void edit_answer(const char *line)
{
    drop_paste();
    rl_callback_sigcleanup();
    if (line) {
        rl_replace_line(line, 1);
    }
    rl_point = rl_end;
    rl_redisplay();
    fputs(line || session->leave ? "" : "^C", rl_outstream);
    rl_crlf();
    rl_reset_line_state();
    end_asking();
}
