/* player_read.c -- the items of a script that is played: texts, statements, tasks */
#include "base/mem.h"
#include "base/state.h"
#include "session/player_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nabla/data.h>

/* --- reading --- */

static Item *add_item(Player *p, PlayerPart kind, int line)
{
    if (!nb_grow(&p->item, &p->cap, (size_t)p->n + 1, sizeof *p->item)) {
        return NULL;
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

static const char signs[] = ">?=!%";
static const PlayerPart kind_of_sign[] = {PLAYER_TASK, PLAYER_HINT, PLAYER_CHECK, PLAYER_WRONG,
                                          PLAYER_NOTE};

/* A comment line: a text, task, hint or check. Neighbours of one kind are one item, but each check
 * and each wrong answer is its own. `joined`: the line before was a comment too. */
static bool add_comment(Player *p, const char *text, size_t n, int line, bool joined)
{
    PlayerPart kind = PLAYER_TEXT;
    size_t skip = 1;
    const char *sign = n > 1 ? strchr(signs, text[1]) : NULL;
    if (sign) {
        kind = kind_of_sign[sign - signs];
        skip = 2;
    }
    skip += n > skip && text[skip] == ' ';
    Item *last = p->n > 0 ? &p->item[p->n - 1] : NULL;
    bool same = last && last->kind == kind && kind != PLAYER_CHECK && kind != PLAYER_WRONG &&
                joined;
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
    if (text[0] == '#' && (!text[1] || !strchr(signs, text[1]))) {
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
    p->task = -1;
    return p;
}

void player_forget_state(Item *item)
{
    nb_record_free(&item->record);
    free(item->state);
    item->state = NULL;
    item->state_len = 0;
}

void player_free(Player **pp)
{
    Player *p = *pp;
    if (!p) {
        return;
    }
    char notes[SPEAKER_PATH];
    if (p->told && nb_state_path(SPEAKER_FILE, notes, sizeof notes)) {
        unlink(notes);
    }
    for (int i = 0; i < p->n; i++) {
        text_free(&p->item[i].text);
        player_forget_state(&p->item[i]);
    }
    text_free(&p->title);
    text_free(&p->ending);
    text_free(&p->line);
    free(p->item);
    free(p->path);
    free(p->key);
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

void player_talk(Player *p)
{
    p->talk = true;
}

const char *player_words(const Session *s, const Player *p, const char *text, char *buf, size_t cap)
{
    static const char *const words[] = {"back", "goto"};
    const char *at = text + strspn(text, " \t");
    for (int i = 0; p->talk && i < 2; i++) {
        size_t n = strlen(words[i]);
        const char *number = at + n + strspn(at + n, " \t");
        size_t digits = strspn(number, "0123456789");
        bool word = strncmp(at, words[i], n) == 0 && (number > at + n || !*number);
        bool whole = word && number[digits + strspn(number + digits, " \t")] == '\0';
        int name = whole && digits == 0 ? interp_symbol(s->interp, words[i]) : -1;
        bool named = name >= 0 && interp_get(s->interp, name).tag != V_UNSET; /* to be looked at */
        if (whole && (digits > 0 || (i == 0 && !named))) {
            snprintf(buf, cap, "lesson %s %.*s", words[i], (int)digits, number);
            return buf;
        }
    }
    return text;
}

/* --- finding --- */

bool player_is(const Player *p, int i, PlayerPart kind)
{
    return i < p->n && p->item[i].kind == kind;
}

int player_task_end(const Player *p, int task)
{
    int i = task + 1, checked = 0;
    for (; i < p->n && p->item[i].kind != PLAYER_TASK && p->item[i].kind != PLAYER_TEXT; i++) {
        bool check = p->item[i].kind == PLAYER_CHECK || p->item[i].kind == PLAYER_WRONG;
        checked = check ? i + 1 : checked;
    }
    return checked ? checked : i;
}

bool player_has_checks(const Player *p, int task)
{
    for (int i = task + 1, end = player_task_end(p, task); i < end; i++) {
        if (p->item[i].kind == PLAYER_CHECK) {
            return true;
        }
    }
    return false;
}

int player_next_answer(const Player *p, int task, int i)
{
    int end = player_task_end(p, task);
    while (i < end && p->item[i].kind != PLAYER_CODE) {
        i++;
    }
    return i;
}

int player_step_from(const Player *p, int i)
{
    while (i < p->n && p->item[i].kind != PLAYER_CODE && p->item[i].kind != PLAYER_TASK) {
        i++;
    }
    return i;
}

int player_step(const Player *p)
{
    return p->task >= 0 ? p->task : player_step_from(p, p->at);
}

int player_step_behind(const Player *p, int step)
{
    bool task = p->item[step].kind == PLAYER_TASK;
    return player_step_from(p, task ? player_task_end(p, step) : step + 1);
}

int player_step_before(const Player *p, int i)
{
    int last = -1;
    for (int k = player_step_from(p, 0); k < i; k = player_step_behind(p, k)) {
        last = k;
    }
    return last;
}

int player_steps(const Player *p, int before)
{
    int count = 0;
    for (int k = player_step_from(p, 0); k < before && k < p->n;) {
        k = player_step_behind(p, k);
        count++;
    }
    return count;
}

PlayerCount player_count(const Player *p)
{
    int step = player_step(p);
    PlayerCount c = {.steps = player_steps(p, p->n), .done = player_steps(p, step)};
    for (int i = 0; i < p->n; i++) {
        c.tasks += p->item[i].kind == PLAYER_TASK;
        c.own += p->item[i].tick == TICK_OWN;
    }
    return c;
}
