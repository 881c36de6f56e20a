/* speaker.c -- what a presentation tells its speaker: a file that `nabla --notes` follows */
#include <unistd.h>

#include "base/file.h"
#include "base/state.h"
#include "session/player_internal.h"

/* "f = x*y" of a statement, "task: …" of a task; nothing at the end. */
static void put_step(Text *out, const char *head, const Player *p, int step)
{
    if (step < p->n) {
        const char *text = text_str(&p->item[step].text);
        const size_t n = strcspn(text, "\n");
        text_printf(out, "%s  %s%.*s%s\n", head, p->item[step].kind == PLAYER_TASK ? "task: " : "",
                    (int)n, text, text[n] ? " …" : "");
    }
}

static void put_notes(Text *out, const Player *p, int step)
{
    const int before = player_step_before(p, step);
    int from = before < 0 ? 0 : player_step_behind(p, before) == step ? before + 1 : step;
    const int end = step < p->n && p->item[step].kind == PLAYER_TASK ? player_task_end(p, step)
                                                                     : step;
    bool any = false;
    for (; from < end; from++) {
        if (p->item[from].kind == PLAYER_NOTE) {
            text_printf(out, "%s%s\n", any ? "" : "\n", text_str(&p->item[from].text));
            any = true;
        }
    }
}

static long process(void)
{
#ifdef __wasi__
    return 0;
#else
    return (long)getpid();
#endif
}

void speaker_tell(const Player *p)
{
    char path[SPEAKER_PATH];
    Text out = {0};
    NbErr ignored = {0};
    if (!nb_state_path(SPEAKER_FILE, path, sizeof path)) {
        return;
    }
    const int step = player_step(p), all = player_steps(p, p->n);
    text_printf(&out, "%ld\n", process()); /* whose end is the talk's, however it came */
    text_add(&out, text_str(&p->title));
    if (step < p->n) {
        text_printf(&out, "   %d of %d\n", player_steps(p, step) + 1, all);
    } else {
        text_add(&out, "   the end\n");
    }
    put_notes(&out, p, step);
    text_add(&out, "\n");
    put_step(&out, "now ", p, step);
    put_step(&out, "next", p, step < p->n ? player_step_behind(p, step) : p->n);
    if (!out.failed) {
        nb_state_folders(path);
        nb_file_write(path, text_str(&out), out.len, NULL, &ignored);
    }
    text_free(&out);
}
