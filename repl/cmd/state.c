/* state.c -- commands of the session: set, seed, restart, load, history, time, quit */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/data.h>

#include "cmd/table.h"
#include "objects/arrays.h"
#include "session/history.h"
#include "session/report.h"
#include "session/save.h"

#define LOAD_DEPTH 16

/* --- set --- */

static void print_setting(const Session *s, const Setting *row, Table *t)
{
    char value[32], values[256], doc[256];
    setting_get(s, row, value, sizeof value);
    table_cell(t, row->name);
    table_cell(t, value);
    table_cell(t, s->set.unicode ? row->values : interp_plain(row->values, values, sizeof values));
    table_cell(t, s->set.unicode ? row->doc : interp_plain(row->doc, doc, sizeof doc));
}

static void print_settings(Session *s, const Setting *only)
{
    Table t;
    table_begin(&t, s->lost, 4, NULL);
    for (int i = 0; i < setting_count(); i++) {
        if (!only || only == setting_at(i)) {
            print_setting(s, setting_at(i), &t);
        }
    }
    table_show(&t, s, false);
}

/* A word or number of `set`, as text. */
static const char *word_of(const Session *s, Value v, Text *t)
{
    text_reset(t);
    if (v.tag == V_STR) {
        text_add(t, v.str->text);
    } else {
        report_value(s, t, v, 40);
    }
    return text_str(t);
}

static bool set_one(Interp *I, const Call *c, const char *name, const char *value)
{
    Session *s = session_of(I);
    const Setting *row = setting_find(name);
    if (!row) {
        const char *near = setting_nearest(name);
        interp_fail(I, c->arg ? c->arg[0] : NULL, NB_ENAME, "set: no setting %s", name);
        return near ? interp_hint(I, "did you mean %s?", near)
                    : interp_hint(I, "set alone lists the settings");
    }
    if (!value) {
        print_settings(s, row);
        return true;
    }
    if (s->safe && !row->within && interp_leaves_out(I, B_PERSON)) {
        session_note(s, "left out", "set %s: not done here", name);
        return true;
    }
    if (s->safe && !row->within) {
        return interp_fail(I, c->node, NB_EVALUE, "set %s: not allowed with --safe", name);
    }
    if (s->megabytes > 0 && strcmp(name, "threads") == 0) {
        return interp_fail(I, c->node, NB_EVALUE, "set threads: not together with --memory");
    }
    session_touch(s, &(Touch){.kind = TOUCH_SETTINGS});
    if (!setting_set(s, row, value)) {
        interp_fail(I, c->arg ? c->arg[1] : NULL, NB_EVALUE, "set %s: no value %s", name, value);
        return interp_hint(I, "it takes %s", row->values);
    }
    session_apply(s);
    return true;
}

static bool cmd_set(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    if (c->argc == 0) {
        print_settings(s, NULL);
        return true;
    }
    Text name = text_in(s->lost), value = text_in(s->lost);
    word_of(s, c->argv[0], &name);
    for (int i = 1; i < c->argc; i++) { /* set font DejaVu Serif */
        Text word = text_in(s->lost);
        text_printf(&value, "%s%s", i > 1 ? " " : "", word_of(s, c->argv[i], &word));
        text_free(&word);
    }
    bool ok = *s->lost ? interp_fail(I, c->node, NB_EMEM, "out of memory")
                       : set_one(I, c, text_str(&name), c->argc > 1 ? text_str(&value) : NULL);
    text_free(&name);
    text_free(&value);
    return ok;
}

/* --- seed, restart --- */

static bool seed_part(Interp *I, const Call *c, int i, uint64_t *to)
{
    Value v = c->argv[i];
    double x = value_is_number(v) ? value_number(v) : NAN;
    if (!(x >= 0 && x < 18446744073709551616.0) || x != floor(x)) {
        return interp_fail(I, c->arg[i], NB_EVALUE, "seed: expected a whole number from 0 on");
    }
    *to = (uint64_t)x;
    return true;
}

static bool cmd_seed(Interp *I, const Call *c, Value *out)
{
    (void)out;
    uint64_t part[2] = {0, 0};
    for (int i = 0; i < c->argc; i++) {
        if (!seed_part(I, c, i, &part[i])) {
            return false;
        }
    }
    session_seed(session_of(I), part[0], part[1]);
    return true;
}

static bool cmd_restart(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    if (c->node != s->unit.node || s->depth > 0) {
        return interp_fail(I, c->node, NB_EVALUE, "restart stands alone, not in a block or file");
    }
    session_restart(s);
    return true;
}

/* --- load --- */

static bool cmd_load(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    char path[4096];
    if (c->argv[0].tag != V_STR) {
        interp_fail(I, c->arg[0], NB_ETYPE, "load: expected a file name in quotes, got %s",
                    value_kind(c->argv[0]));
        return interp_hint(I, "as in load \"lesson.nabla\"");
    }
    if (s->sealed) {
        return interp_fail(I, c->node, NB_EVALUE, "load: a sheet that is graded stands alone");
    }
    NbNamedForm form;
    if (c->argc == 1 && arrays_form(c->argv[0].str->text, &form)) {
        interp_fail(I, c->node, NB_EVALUE, "load: %s holds weights: of which model?",
                    c->argv[0].str->text);
        return interp_hint(I, "load \"%s\", m; tensors come by npy(\"%s\")", c->argv[0].str->text,
                           c->argv[0].str->text);
    }
    if (s->depth >= LOAD_DEPTH) {
        return interp_fail(I, c->arg[0], NB_EVALUE, "load: more than %d files inside each other",
                           LOAD_DEPTH);
    }
    const char *found = session_find_file(s, c->argv[0].str->text, path, sizeof path);
    NbErr err = {0};
    size_t len;
    const char *given = session_given(s, found, &len);
    if (given) {
        return load_state(I, c, found, given, len);
    }
    char *text = session_read_file(s, found, &len, &err);
    if (!text) {
        return interp_fail_err(I, c->arg[0], &err);
    }
    if (c->argc > 1) {
        bool ok = arrays_load(I, c, c->argv[0].str->text, text, len);
        free(text);
        return ok;
    }
    if (save_is_state(text, len)) {
        bool ok = load_state(I, c, found, text, len);
        free(text);
        return ok;
    }
    s->depth++;
    RunEnd end = session_run_contents(s, found, text, len, RUN_NESTED);
    s->depth--;
    free(text);
    if (end == RUN_LEAVE && s->leave_file) { /* quit ended that file, nothing else */
        s->leave_file = false;
        interp_clear_error(I);
        return true;
    }
    return end == RUN_OK;
}

/* --- history --- */

static bool cmd_history(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    int count = history_count(s->history), n = 20;
    if (c->argc > 0) {
        double x = value_is_number(c->argv[0]) ? value_number(c->argv[0]) : NAN;
        if (!(x >= 1) || x != floor(x)) {
            return interp_fail(I, c->arg[0], NB_EVALUE,
                               "history: expected a whole number from 1 on");
        }
        n = x < count ? (int)x : count;
    }
    for (int i = count > n ? count - n : 0; i < count; i++) {
        lang_put_visible(history_at(s->history, i), s->out);
        fputc('\n', s->out);
    }
    return true;
}

/* --- time --- */

static bool cmd_time(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    double begun = nb_seconds();
    if (!c->block) {
        interp_fail(I, c->node, NB_EVALUE, "time needs a block or a statement");
        return interp_hint(I, "as in time repeat 100 { step } or time f = g(x)");
    }
    if (!interp_block(I, c->block)) {
        return false;
    }
    double took = nb_seconds() - begun;
    if (session_is(s, FRONT_LIVE)) { /* output to files stays the same from run to run */
        char number[40];
        const char *unit = took < 1e-3 ? "µs" : took < 1 ? "ms" : "s";
        double scale = took < 1e-3 ? 1e6 : took < 1 ? 1e3 : 1;
        session_say(s, "took %s %s", nb_format_number(took * scale, 3, number, sizeof number),
                    s->set.unicode || scale < 1e6 ? unit : "us");
    }
    return true;
}

/* --- quit --- */

static bool cmd_quit(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    if (s->depth > 0) {
        s->leave_file = true;
    } else if (c->argc > 0) {
        double x = value_is_number(c->argv[0]) ? value_number(c->argv[0]) : NAN;
        if (!(x >= 0 && x <= 255) || x != floor(x)) {
            return interp_fail(I, c->arg[0], NB_EVALUE, "%s: expected a status from 0 to 255",
                               c->row->name);
        }
        s->leave_status = (int)x;
    }
    s->leave = s->depth == 0;
    return interp_fail(I, c->node, NB_EINTERRUPT, "%s", c->row->name);
}

static const Builtin rows[] = {
    {"set",
     B_SETTING | B_COMMAND | B_WORDS | B_WITHIN,
     0,
     6,
     {{0}},
     cmd_set,
     "session",
     "set [NAME [VALUE]]",
     "Changes a setting; with the name alone shows it, alone lists all.",
     "set digits 3\nset"},
    {"seed",
     B_COMMAND | B_WITHIN,
     1,
     2,
     {{0}},
     cmd_seed,
     "session",
     "seed a [, b]",
     "Starts the random numbers again; the same seed gives the same numbers. The default is 0.",
     "seed 1\nw = randn(3)"},
    {"restart",
     B_COMMAND | B_WITHIN,
     0,
     0,
     {{0}},
     cmd_restart,
     "session",
     "restart",
     "Empties the session: names, gradients, optimizers, runs; settings stay.",
     "x = 2\nrestart\nvars"},
    {"load",
     B_FILE | B_COMMAND | B_READS,
     1,
     2,
     {{0}},
     cmd_load,
     "session",
     "load \"FILE\"[, m]",
     "Runs a file in this session, or puts back a state that save wrote, in place of what is "
     "there. It is looked for in the folder of the script, then in the current one; a script is "
     "parsed whole before anything runs. With a model: puts in the weights that export or PyTorch "
     "wrote (safetensors, npz), all of them or none; names and shapes must be the model's.",
     "x = 2\nsave \"lesson.state\"\nx := 3\nload \"lesson.state\"\nx"},
    {"history",
     B_COMMAND | B_PERSON,
     0,
     1,
     {{0}},
     cmd_history,
     "session",
     "history [n]",
     "The last n inputs, 20 unless given.",
     "history 5"},
    {"time",
     B_COMMAND | B_BLOCK | B_WITHIN,
     0,
     0,
     {{0}},
     cmd_time,
     "session",
     "time { … } or time STATEMENT",
     "Runs a block or a statement and says how long it took, on a terminal.",
     "x = 2\ntime { repeat 1000 { f = x^2 } }\ntime f = x^3"},
    {"quit",
     B_COMMAND | B_WITHIN,
     0,
     1,
     {{0}},
     cmd_quit,
     "session",
     "quit [STATUS]",
     "Leaves; so do exit and Ctrl-D on an empty line. In a file that load runs it ends that file.",
     "quit"},
    {"exit",
     B_COMMAND | B_WITHIN,
     0,
     1,
     {{0}},
     cmd_quit,
     "session",
     "exit [STATUS]",
     "Leaves, like quit.",
     "exit 1"},
};

Rows state_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
