/* player_show.c -- what is printed of a script that is played */
#include "session/player_internal.h"

#include <string.h>

#include <nabla/format.h>

void player_print(const Session *s, const char *head, const char *text, const char *colour)
{
    bool in_colour = session_is(s, FRONT_COLOUR) && colour;
    Text line = text_in(s->lost);
    while (text) {
        const char *end = strchr(text, '\n');
        text_reset(&line);
        text_add(&line, head);
        text_addn(&line, text, end ? (size_t)(end - text) : strlen(text));
        if (!text_whole(&line)) {
            break;
        }
        fputs(in_colour ? colour : "", s->out);
        lang_put_visible(text_str(&line), s->out);
        fputs(in_colour ? "\033[0m\n" : "\n", s->out);
        text = end ? end + 1 : NULL;
    }
    text_free(&line);
}

void player_show_title(const Session *s, Player *p)
{
    if (!p->begun && p->title.len > 0) {
        fputc('\n', s->out);
        player_print(s, "", player_title(p), PLAYER_BOLD);
    }
    p->begun = true;
}

void player_show_item(const Session *s, const Item *item)
{
    if (item->kind == PLAYER_TEXT) {
        fputc('\n', s->out);
        player_print(s, "", text_str(&item->text), NULL);
    } else if (item->kind == PLAYER_TASK) {
        fputc('\n', s->out);
        player_print(s, s->set.unicode ? "▸ " : "> ", text_str(&item->text), PLAYER_BOLD);
    }
}

void player_show_code(const Session *s, const char *code)
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

/* "tasks: ✓ ✓ ○   2 of 3 answered by yourself" */
void player_show_ticks(const Session *s, const Player *p)
{
    const char *own = s->set.unicode ? " ✓" : " +", *shown = s->set.unicode ? " ○" : " -";
    PlayerCount c = player_count(p);
    if (c.tasks == 0) {
        return;
    }
    fputs("tasks:", s->out);
    for (int i = 0; i < p->n; i++) {
        if (p->item[i].kind == PLAYER_TASK) {
            fputs(p->item[i].tick == TICK_OWN ? own : shown, s->out);
        }
    }
    fprintf(s->out, "   %d of %d answered by yourself\n", c.own, c.tasks);
}
