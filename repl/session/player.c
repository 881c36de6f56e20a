/* player.c -- plays a script line by line at the prompt: lessons and presentations */
#include "session/player.h"

#include <stdlib.h>
#include <string.h>

#include <nabla/data.h>
#include <nabla/format.h>

#include "session/report.h"

typedef struct Item {
    PlayerPart kind;
    int line; /* of the file, from 1 */
    Text text;
} Item;

struct Player {
    char *path;
    Text title, ending;
    Item *item;
    int n, cap;
    int at;         /* the item that comes next */
    int task;       /* the task being worked on, or -1 */
    int hint;       /* the hint that comes next, while a task is open */
    bool answering; /* the answer of the task is typed for the person */
    bool shown;     /* what comes before `at` was printed */
    bool begun;     /* the title was printed */
    Text line;      /* last line handed out */
    size_t offset;  /* in the statement being typed: where the next line begins */
};

/* --- reading --- */

static Item *add_item(Player *p, PlayerPart kind, int line)
{
    if (p->n == p->cap) {
        int cap = p->cap ? 2 * p->cap : 32;
        Item *grown = realloc(p->item, (size_t)cap * sizeof *grown);
        if (!grown) {
            return NULL;
        }
        p->item = grown;
        p->cap = cap;
    }
    p->item[p->n] = (Item){.kind = kind, .line = line, .text = text_in(p->title.lost)};
    return &p->item[p->n++];
}

static size_t line_length(const char *text)
{
    size_t n = strcspn(text, "\n");
    return n > 0 && text[n - 1] == '\r' ? n - 1 : n;
}

static const char *next_line(const char *text)
{
    text += strcspn(text, "\n");
    return *text ? text + 1 : text;
}

static bool blank(const char *text, size_t n)
{
    return strspn(text, " \t\r") >= n;
}

static bool begins_with(const char *text, const char *word)
{
    text += strspn(text, " \t");
    size_t n = strlen(word);
    return strncmp(text, word, n) == 0 && strchr(" \t{\r\n", text[n]) != NULL;
}

/* A comment line: a text, task, hint or check. Neighbours of one kind are one item, but each check
 * is its own. `joined`: the line before was a comment too. */
static bool add_comment(Player *p, const char *text, size_t n, int line, bool joined)
{
    PlayerPart kind = PLAYER_TEXT;
    size_t skip = 1;
    if (n > 1 && strchr(">?=", text[1])) {
        kind = text[1] == '>' ? PLAYER_TASK : text[1] == '?' ? PLAYER_HINT : PLAYER_CHECK;
        skip = 2;
    }
    skip += n > skip && text[skip] == ' ';
    Item *last = p->n > 0 ? &p->item[p->n - 1] : NULL;
    bool same = last && last->kind == kind && kind != PLAYER_CHECK && joined;
    Item *item = same ? last : add_item(p, kind, line);
    if (!item) {
        return false;
    }
    if (same) {
        text_add(&item->text, "\n");
    }
    text_addn(&item->text, text + skip, n - skip);
    return true;
}

/* One statement with the lines that belong to it; *text moves behind it. */
static bool add_code(Interp *I, Player *p, const char **text, int *line)
{
    Item *item = add_item(p, PLAYER_CODE, *line);
    const char *from = *text;
    if (!item) {
        return false;
    }
    Growing growing = {0};
    for (bool more = true; more && **text;) {
        text_addn(&item->text, from, line_length(*text) + (size_t)(*text - from));
        *text = from = next_line(*text);
        ++*line;
        more = interp_growing(I, &growing, text_str(&item->text), item->text.len) ||
               begins_with(from, "else");
        if (more) {
            text_add(&item->text, "\n");
        }
    }
    return true;
}

static void take_title(Player *p, const char *text)
{
    size_t n = line_length(text);
    const char *dashes = strstr(text, " -- ");
    const char *from = dashes && dashes < text + n ? dashes + 4
                                                   : text + 1 + (n > 1 && text[1] == ' ');
    text_addn(&p->title, from, (size_t)(text + n - from));
}

static bool read_items(Interp *I, Player *p, const char *text)
{
    int line = 1;
    bool joined = false, ok = true;
    if (text[0] == '#' && text[1] != '>' && text[1] != '?' && text[1] != '=') {
        take_title(p, text);
        text = next_line(text);
        line++;
    }
    while (ok && *text) {
        size_t n = line_length(text);
        if (text[0] == '#') {
            ok = add_comment(p, text, n, line, joined);
            joined = true;
        } else if (!blank(text, n)) {
            ok = add_code(I, p, &text, &line);
            joined = false;
            continue;
        } else {
            joined = false;
        }
        text = next_line(text);
        line++;
    }
    return ok;
}

static bool is_whole(const Player *p)
{
    bool ok = !p->title.failed;
    for (int i = 0; i < p->n; i++) {
        ok &= !p->item[i].text.failed;
    }
    return ok;
}

Player *player_of_text(Interp *I, const char *path, const char *text, size_t len, NbErr *err)
{
    if (strlen(text) != len) {
        nb_fail(err, NB_EVALUE, "%s is no text", path);
        return NULL;
    }
    Player *p = calloc(1, sizeof *p);
    bool ok = p && (p->path = strdup(path));
    if (ok) {
        p->title = p->ending = p->line = text_in(session_of(I)->lost);
        ok = read_items(I, p, text) && is_whole(p);
    }
    if (!ok) {
        nb_fail(err, NB_EMEM, "out of memory for %s", path);
        player_free(&p);
        return NULL;
    }
    player_again(p);
    return p;
}

Player *player_open(Interp *I, const char *path, NbErr *err)
{
    size_t len = 0;
    char *text = session_read_file(session_of(I), path, &len, err);
    Player *p = text ? player_of_text(I, path, text, len, err) : NULL;
    free(text);
    return p;
}

void player_free(Player **pp)
{
    Player *p = *pp;
    if (!p) {
        return;
    }
    for (int i = 0; i < p->n; i++) {
        text_free(&p->item[i].text);
    }
    text_free(&p->title);
    text_free(&p->ending);
    text_free(&p->line);
    free(p->item);
    free(p->path);
    free(p);
    *pp = NULL;
}

const char *player_title(const Player *p)
{
    return text_str(&p->title);
}

int player_parts(const Player *p)
{
    return p->n;
}

PlayerPart player_part_at(const Player *p, int i, const char **text, int *line)
{
    *text = text_str(&p->item[i].text);
    *line = p->item[i].line;
    return p->item[i].kind;
}

void player_ending(Player *p, const char *text)
{
    text_reset(&p->ending);
    text_add(&p->ending, text);
}

/* --- showing --- */

static void print_text(const Session *s, const char *head, const char *text, const char *code)
{
    bool colour = session_is(s, FRONT_COLOUR) && code;
    Text line = text_in(s->lost);
    while (text) {
        const char *end = strchr(text, '\n');
        text_reset(&line);
        text_add(&line, head);
        text_addn(&line, text, end ? (size_t)(end - text) : strlen(text));
        if (!text_whole(&line)) {
            break;
        }
        fputs(colour ? code : "", s->out);
        lang_put_visible(text_str(&line), s->out);
        fputs(colour ? "\033[0m\n" : "\n", s->out);
        text = end ? end + 1 : NULL;
    }
    text_free(&line);
}

#define BOLD "\033[1m"
#define GREEN "\033[32m"

static void show_title(const Session *s, Player *p)
{
    if (!p->begun && p->title.len > 0) {
        fputc('\n', s->out);
        print_text(s, "", player_title(p), BOLD);
    }
    p->begun = true;
}

static void show_item(const Session *s, const Item *item)
{
    if (item->kind == PLAYER_TEXT) {
        fputc('\n', s->out);
        print_text(s, "", text_str(&item->text), NULL);
    } else if (item->kind == PLAYER_TASK) {
        fputc('\n', s->out);
        print_text(s, s->set.unicode ? "▸ " : "> ", text_str(&item->text), BOLD);
    }
}

static bool is_kind(const Player *p, int i, PlayerPart kind)
{
    return i < p->n && p->item[i].kind == kind;
}

/* The first item behind the open task: behind its last check, or else behind its answer. */
static int task_end(const Player *p)
{
    int i = p->task + 1, checked = 0;
    for (; i < p->n && p->item[i].kind != PLAYER_TASK && p->item[i].kind != PLAYER_TEXT; i++) {
        checked = p->item[i].kind == PLAYER_CHECK ? i + 1 : checked;
    }
    return checked ? checked : i;
}

static bool has_checks(const Player *p)
{
    return is_kind(p, task_end(p) - 1, PLAYER_CHECK);
}

/* The next statement of the open task's answer from i on, or its end. */
static int next_answer(const Player *p, int i)
{
    int end = task_end(p);
    while (i < end && p->item[i].kind != PLAYER_CODE) {
        i++;
    }
    return i;
}

static void open_task(Player *p)
{
    p->task = p->at;
    p->hint = p->at + 1;
    p->answering = false;
    p->at = next_answer(p, p->at + 1);
}

/* What an empty line brings while a task is open. */
static const char *help_for_task(const Player *p)
{
    return is_kind(p, p->hint, PLAYER_HINT) ? "Enter: a hint" : "Enter: the answer";
}

/* Texts up to the next statement or task, with a blank line before each. */
static void show_texts(Session *s, Player *p)
{
    bool texts = !p->begun;
    show_title(s, p);
    for (; p->at < p->n && p->item[p->at].kind != PLAYER_CODE && p->task < 0; p->at++) {
        Item *item = &p->item[p->at];
        texts |= item->kind == PLAYER_TEXT || item->kind == PLAYER_TASK;
        show_item(s, item);
        if (item->kind == PLAYER_TASK) {
            open_task(p);
            fprintf(s->out, "  (%s)\n", help_for_task(p));
            break;
        }
    }
    if (texts) {
        fputc('\n', s->out);
    }
    p->shown = true;
}

/* The statement at `at` as lines: the one at `offset`. */
static const char *take_line(Player *p)
{
    const char *text = text_from(&p->item[p->at].text, p->offset);
    size_t n = strcspn(text, "\n");
    text_reset(&p->line);
    text_addn(&p->line, text, n);
    p->offset += n + (text[n] == '\n');
    return text_str(&p->line);
}

const char *player_turn(Session *s, Player *p)
{
    if (!p->shown) {
        show_texts(s, p);
    }
    if (p->task >= 0 && !p->answering) {
        return "";
    }
    if (p->at >= p->n) {
        print_text(s, "", text_str(&p->ending), BOLD);
        return NULL;
    }
    p->offset = 0;
    return take_line(p);
}

const char *player_rest(const Player *p)
{
    Player *q = (Player *)(size_t)p;
    bool typing = p->at < p->n && p->item[p->at].kind == PLAYER_CODE && p->offset > 0 &&
                  (p->task < 0 || p->answering);
    return typing && p->offset < p->item[p->at].text.len ? take_line(q) : "";
}

/* --- checks --- */

/* Whether the check holds now; *why (borrowed) is what it says when not. */
static bool holds(Session *s, const Item *check, char *why, size_t cap)
{
    Text code = text_in(s->lost);
    Outcome out = {0};
    text_printf(&code, "assert %s", text_str(&check->text));
    interp_clear_error(s->interp);
    Program *prog = interp_parse(s->interp, text_str(&code), code.len, "", 1, false);
    bool ok = prog && !code.failed && interp_exec(s->interp, prog, 0, &out);
    if (!ok) {
        const LangError *e = interp_error(s->interp);
        if (strchr(text_str(&check->text), '"')) {
            const char *colon = strstr(e->err.msg, ": "); /* assertion failed: … */
            snprintf(why, cap, "%.*s", (int)cap - 1, colon ? colon + 2 : e->err.msg);
        }
    }
    outcome_clear(&out);
    session_forget_error(s, true);
    notes_drop(&s->notes);
    program_unref(&prog);
    text_free(&code);
    return ok;
}

static void leave_task(Player *p)
{
    p->at = task_end(p);
    p->task = -1;
    p->offset = 0;
    p->answering = false;
    p->shown = false;
}

/* Ends the task when all its checks hold; says what is missing. */
static void look_at_task(Session *s, Player *p)
{
    char why[256] = "";
    bool ok = true;
    for (int i = p->task + 1, end = task_end(p); ok && i < end; i++) {
        ok = p->item[i].kind != PLAYER_CHECK || holds(s, &p->item[i], why, sizeof why);
    }
    if (ok) {
        print_text(s, "", s->set.unicode ? "✓ right" : "right", GREEN);
        leave_task(p);
    } else if (why[0]) {
        fprintf(s->out, "not yet: %s\n", why);
    }
}

/* --- moving --- */

static void next_item(Player *p)
{
    p->at++;
    p->offset = 0;
    p->shown = false;
}

/* A statement of the answer was run: on to the next one, or to the checks. */
static void answered(Session *s, Player *p)
{
    p->at = next_answer(p, p->at + 1);
    p->offset = 0;
    if (!is_kind(p, p->at, PLAYER_CODE) || p->at >= task_end(p)) {
        p->answering = false;
        if (has_checks(p)) {
            p->at = next_answer(p, p->task + 1);
            look_at_task(s, p);
        } else {
            leave_task(p);
        }
    }
}

static bool same_words(const char *a, const char *b)
{
    for (;; a++, b++) {
        a += strspn(a, " \t\n;");
        b += strspn(b, " \t\n;");
        bool end_a = *a == '\0' || *a == '#', end_b = *b == '\0' || *b == '#';
        if (end_a || end_b || *a != *b) {
            return end_a && end_b;
        }
    }
}

void player_entered(Session *s, Player *p, const char *input, bool typed, RunEnd end)
{
    bool code = is_kind(p, p->at, PLAYER_CODE);
    bool taken = code && (typed || same_words(input, text_str(&p->item[p->at].text)));
    p->offset = 0;
    if (end != RUN_OK) {
        return;
    }
    if (p->task < 0) {
        if (taken) {
            next_item(p);
        }
    } else if (taken && (p->answering || !has_checks(p))) {
        answered(s, p);
    } else if (has_checks(p)) {
        look_at_task(s, p);
    }
}

void player_empty(Session *s, Player *p)
{
    if (p->task < 0 || p->answering) {
        return;
    }
    if (is_kind(p, p->hint, PLAYER_HINT)) {
        print_text(s, "", text_str(&p->item[p->hint++].text), NULL);
        return;
    }
    p->answering = is_kind(p, p->at, PLAYER_CODE) && p->at < task_end(p);
    if (!p->answering) { /* a task without an answer to show */
        leave_task(p);
    }
}

void player_skip(Player *p)
{
    if (p->task >= 0) {
        leave_task(p);
    } else if (p->at < p->n) {
        next_item(p);
    }
}

void player_again(Player *p)
{
    p->at = 0;
    p->task = -1;
    p->offset = 0;
    p->answering = p->shown = p->begun = false;
}

/* --- all at once --- */

static void print_code(const Session *s, const char *code)
{
    const char *first = s->set.unicode ? "∇> " : "nabla> ";
    const char *more = s->set.unicode ? "…> " : "...> ";
    for (const char *sign = first; code; sign = more) {
        const char *end = strchr(code, '\n');
        char shown[8];
        for (fputs(sign, s->out); *code && code != end; fputs(shown, s->out)) {
            code += nb_text_visible(code, shown);
        }
        fputc('\n', s->out);
        code = end ? end + 1 : NULL;
    }
    fflush(s->out);
}

static RunEnd run_check(Session *s, const Player *p, const Item *item)
{
    Text code = text_in(s->lost);
    text_printf(&code, "assert %s", text_str(&item->text));
    RunEnd end = session_run_text(s, &code, p->path, item->line, 0);
    text_free(&code);
    return end;
}

RunEnd player_run(Session *s, Player *p)
{
    RunEnd end = RUN_OK;
    show_title(s, p);
    for (; p->at < p->n && end == RUN_OK; p->at++) {
        const Item *item = &p->item[p->at];
        const char *code = text_str(&item->text);
        if (item->kind == PLAYER_CODE) {
            if (p->at == 0 || p->item[p->at - 1].kind != PLAYER_CODE) {
                fputc('\n', s->out);
            }
            print_code(s, code);
            end = session_run(s, code, item->text.len, p->path, item->line, RUN_ECHO);
        } else if (item->kind == PLAYER_CHECK) {
            end = run_check(s, p, item);
        } else {
            show_item(s, item);
        }
        fflush(s->out);
    }
    return end;
}

/* --- the script a session plays --- */

typedef struct Playing {
    Player *player;
    uint64_t place;
} Playing;

static const PartKey playing_key = {sizeof(Playing)};

static Playing *playing(const Session *s)
{
    return session_part(s, &playing_key);
}

Player *player_now(const Session *s)
{
    return playing(s)->player;
}

void player_set(Session *s, Player *p)
{
    player_free(&playing(s)->player);
    playing(s)->player = p;
    player_moves(s);
}

void player_moves(Session *s)
{
    playing(s)->place++;
}

uint64_t player_place(const Session *s)
{
    return playing(s)->place;
}

RunEnd player_run_now(Session *s)
{
    Player *p = playing(s)->player;
    playing(s)->player = NULL;
    RunEnd end = player_run(s, p);
    player_free(&p);
    return end;
}

/* A lesson asked for where nobody sits at the prompt: all of it at once. */
static RunEnd after(Session *s, RunEnd end)
{
    if (!player_now(s) || session_is(s, FRONT_PERSON)) {
        return end;
    }
    if (end == RUN_OK) {
        return player_run_now(s);
    }
    player_set(s, NULL);
    return end;
}

static void let_go(Session *s)
{
    player_free(&playing(s)->player);
}

const SessionPart player_part = {.key = &playing_key, .after = after, .free = let_go};
