/* save_lines.c -- the lines of a written state; written whole, or read and put in place */
#include <stdlib.h>
#include <string.h>

#include <nabla/version.h>

#include "session/save_internal.h"
#include "session/core.h"

#define STATE_PREFIX "# nabla state "

bool save_is_state(const char *text, size_t len)
{
    return len >= sizeof STATE_PREFIX - 1 &&
           memcmp(text, STATE_PREFIX, sizeof STATE_PREFIX - 1) == 0;
}

/* --- the short lines --- */

/* A font that this machine lacks is no fault of the state: the font stays as it is. */
static bool is_lacking(Session *s)
{
    const NbErr *err = &interp_error(s->interp)->err;
    bool lacking = err->code == NB_ENAME;
    if (lacking) {
        session_note(s, "*font", "%s; the font stays as it is", err->msg);
    }
    interp_clear_error(s->interp);
    return lacking;
}

static bool line_set(Archive *a, size_t i)
{
    Session *s = a->s;
    char name[64], now[64], *value = now;
    size_t len = 0;
    if (a->out) {
        setting_get(s, setting_at((int)i), now, sizeof now);
        text_printf(a->out, " %s", setting_at((int)i)->name);
        len = strlen(now);
        return field_string(a, &value, &len);
    }
    if (!archive_word(a, name, sizeof name)) {
        return archive_fail(a, "a setting is expected");
    }
    if (!field_string(a, &value, &len)) {
        return false;
    }
    const Setting *row = setting_find(name);
    Settings before = s->set;
    s->set = a->set;
    bool leave = row && !row->within && /* fonts and threads stay as they are */
                 (s->safe || (s->megabytes > 0 && strcmp(name, "threads") == 0));
    bool ok = row && (leave || setting_set(s, row, value) || is_lacking(s));
    a->set = s->set;
    s->set = before;
    free(value);
    return ok || archive_fail(a, "no setting %.40s of this value", name);
}

/* seed, draws, masks */
static bool line_random(Archive *a, size_t i)
{
    (void)i;
    NbRng *rng = &a->rng[a->kind[0] == 'm'];
    return a->kind[0] == 's'
               ? field_count(a, UINT64_MAX, &a->seed[0]) && field_count(a, UINT64_MAX, &a->seed[1])
               : field_hex(a, &rng->hi) && field_hex(a, &rng->lo);
}

static bool make_function(Archive *a, const char *text, size_t len, const char *file, int line)
{
    Interp *I = a->s->interp;
    Value f = interp_function(I, text, len, file, line);
    if (f.tag != V_FUNC) {
        archive_fail(a, "%.160s", interp_error(I)->err.msg);
        interp_clear_error(I);
        return false;
    }
    a->func[a->nfunc++] = f;
    return true;
}

static bool line_function(Archive *a, size_t i)
{
    uint64_t number = i + 1, line = 0;
    size_t file_len = 0, len = 0;
    char *file = NULL, *text = NULL;
    if (a->out) {
        const char *from = "";
        int first = 1;
        text = (char *)(uintptr_t)func_source(a->reach->func[i], &len, &from, &first);
        file = (char *)(uintptr_t)from;
        file_len = strlen(file);
        line = (uint64_t)first;
    } else if (!archive_room(a, &a->func, &a->func_cap, a->nfunc, sizeof *a->func)) {
        return false;
    }
    if (!field_count(a, a->nfunc + 1, &number)) {
        return false;
    }
    if (!a->out && number != a->nfunc + 1) {
        return archive_fail(a, "function %zu is expected", a->nfunc + 1);
    }
    bool ok = field_string(a, &file, &file_len) && field_count(a, INT32_MAX, &line) &&
              field_string(a, &text, &len);
    if (!a->out) {
        ok = ok && make_function(a, text, len, file, (int)line);
        free(file);
        free(text);
    }
    return ok;
}

/* --- values --- */

static const struct Word {
    const char *word;
    ValueTag tag;
} words[] = {{"none", V_NONE}, {"num", V_NUM},     {"const", V_CONST},
             {"[", V_LIST},    {"range", V_RANGE}, {"builtin", V_FUNC}};
#define WORDS (sizeof words / sizeof *words)

static bool field_value(Archive *a, Value *v, int depth);

static bool field_list(Archive *a, Value *v, int depth)
{
    /* [x, x] of [x, x] …: what is written doubles with each level. */
    for (int i = 0; a->out && i < v->list->n && !nb_ctx_interrupted(a->s->ctx); i++) {
        field_value(a, &v->list->item[i], 0);
    }
    if (a->out) {
        text_add(a->out, " ]");
        return true;
    }
    *v = value_list(0);
    while (v->tag == V_LIST && !field_flag(a, "]", false)) {
        Value item = UNSET;
        bool ok = depth > 0 && field_value(a, &item, depth - 1);
        if (!ok || !list_push(v->list, item)) {
            value_unref(v);
            return ok ? archive_no_memory(a) : archive_fail(a, "a list is expected");
        }
    }
    return v->tag == V_LIST || archive_no_memory(a);
}

static bool field_range(Archive *a, Value *v)
{
    Range *g = a->out ? v->range : calloc(1, sizeof *g);
    if (!g) {
        return archive_no_memory(a);
    }
    bool ok = field_number(a, &g->start) && field_number(a, &g->stop) && field_number(a, &g->step);
    if (!ok) {
        free(g);
    } else if (!a->out) {
        g->refs = 1;
        *v = (Value){.tag = V_RANGE, .range = g};
    }
    return ok;
}

static bool field_text(Archive *a, Value *v)
{
    char *text = a->out ? v->str->text : NULL;
    size_t len = a->out ? v->str->len : 0;
    bool ok = field_string(a, &text, &len);
    if (!a->out) {
        *v = ok ? value_strn(text, len) : UNSET;
        free(text);
    }
    return v->tag == V_STR || archive_no_memory(a);
}

static bool field_builtin(Archive *a, Value *v)
{
    char name[160];
    if (a->out) {
        text_printf(a->out, " %s", func_signature(v->func, name, sizeof name));
    } else {
        bool named = archive_word(a, name, sizeof name);
        *v = named ? interp_builtin_value(a->s->interp, name) : UNSET;
    }
    return v->tag == V_FUNC || archive_fail(a, "no builtin of this name");
}

/* What stands after its word. */
static bool field_content(Archive *a, Value *v, int depth)
{
    switch (v->tag) {
    case V_NUM:
    case V_CONST: return field_number(a, &v->num);
    case V_LIST: return field_list(a, v, depth);
    case V_RANGE: return field_range(a, v);
    case V_FUNC: return field_builtin(a, v);
    default: return true;
    }
}

static void put_value(Archive *a, Value v)
{
    size_t id = v.tag == V_VAR    ? reach_node(a->reach, v.var)
                : v.tag == V_FUNC ? reach_func(a->reach, v.func)
                : v.tag == V_OBJ  ? reach_obj(a->reach, v.obj)
                                  : 0;
    v.tag = v.tag == V_UNSET ? V_NONE : v.tag;
    if (id > 0) {
        field_id(a, v.tag == V_VAR ? 'n' : v.tag == V_FUNC ? 'f' : 'o', &id);
        return;
    }
    if (v.tag == V_STR) {
        field_text(a, &v);
        return;
    }
    for (size_t i = 0; i < WORDS; i++) {
        if (words[i].tag == v.tag) {
            text_printf(a->out, " %s", words[i].word);
            field_content(a, &v, 0);
        }
    }
}

static bool read_reference(Archive *a, Value *v, const char *word)
{
    size_t id;
    if (parse_id(a, word, 'n', &id)) {
        *v = (Value){.tag = V_VAR, .var = nb_var_ref(a->node[id - 1])};
    } else if (parse_id(a, word, 'f', &id)) {
        *v = value_ref(a->func[id - 1]);
    } else if (parse_id(a, word, 'o', &id)) {
        *v = value_ref(a->obj[id - 1]);
    } else {
        return archive_fail(a, "no value: %.40s", word);
    }
    return true;
}

static bool field_value(Archive *a, Value *v, int depth)
{
    char word[160];
    if (a->out) {
        put_value(a, *v);
        return true;
    }
    *v = UNSET;
    if (archive_peek_char(a, '"')) {
        return field_text(a, v);
    }
    if (!archive_word(a, word, sizeof word)) {
        return archive_fail(a, "a value is expected");
    }
    for (size_t i = 0; i < WORDS; i++) {
        if (strcmp(words[i].word, word) == 0) {
            Value made = {.tag = words[i].tag};
            bool ok = field_content(a, &made, depth);
            *v = ok ? made : UNSET;
            return ok;
        }
    }
    return read_reference(a, v, word);
}

/* --- names, watches --- */

static bool line_name(Archive *a, size_t i)
{
    Interp *I = a->s->interp;
    if (a->out) {
        int symbol = a->reach->symbol[i];
        Value v = interp_get(I, symbol);
        if (interp_is_const(I, symbol)) {
            text_cut(a->out, a->out->len - strlen(a->kind));
            text_add(a->out, "const");
        }
        text_printf(a->out, " %s", interp_symbol_name(I, symbol));
        return field_value(a, &v, 0);
    }
    bool is_const = a->kind[0] == 'c';
    if (!archive_room(a, &a->bound, &a->bound_cap, a->nbound, sizeof *a->bound)) {
        return false;
    }
    if (!archive_word(a, a->word, a->word_cap) || !interp_bindable(I, a->word)) {
        return archive_fail(a, "a name is expected");
    }
    int symbol = interp_symbol(I, a->word); /* there since interp_bindable */
    Value v;
    if (!field_value(a, &v, 64)) {
        return false;
    }
    a->bound[a->nbound++] = (struct Bound){symbol, is_const, v};
    return true;
}

static bool line_watch(Archive *a, size_t i)
{
    Interp *I = a->s->interp;
    size_t len = 0;
    char *text = NULL;
    if (a->out) {
        text = (char *)(uintptr_t)runs_watch_source(a->s->runs, (int)i, &len);
        return field_string(a, &text, &len);
    }
    if (a->nwatch == WATCH_MAX || !field_string(a, &text, &len)) {
        return archive_fail(a, "more than %d watches", WATCH_MAX);
    }
    const Node *expr = NULL;
    Program *p = interp_expression(I, text, len, &expr);
    free(text);
    if (!p) {
        archive_fail(a, "%.160s", interp_error(I)->err.msg);
        interp_clear_error(I);
        return false;
    }
    a->watch[a->nwatch++] = (struct Kept){p, expr};
    return true;
}

static bool line_swept(Archive *a, size_t i)
{
    (void)i;
    size_t id = a->out && a->swept ? reach_node(a->reach, a->swept) : 0;
    if (a->out) {
        return a->swept && field_id(a, 'n', &id);
    }
    if (a->swept || !field_id(a, 'n', &id)) {
        return archive_fail(a, "one node is expected");
    }
    a->swept = a->node[id - 1];
    return true;
}

static bool line_stepped(Archive *a, size_t i)
{
    (void)i;
    a->stepped |= !a->out;
    return a->stepped;
}

static bool line_end(Archive *a, size_t i)
{
    (void)i;
    if (a->out && a->out->failed) {
        return false;
    }
    if (a->out) {
        uint64_t hash = state_hash(STATE_HASH, text_str(a->out), a->out->len - strlen(a->kind));
        return field_hex(a, &hash);
    }
    uint64_t sum, line = (uint64_t)(a->at - 3 - a->begin);
    a->ended = true;
    if (!check_modules(a)) {
        return false;
    }
    if (a->line_end == a->end) {
        return archive_fail(a, "the line is cut off");
    }
    if (a->at == a->line_end) {
        return true; /* changed by hand */
    }
    if (!field_hex(a, &sum)) {
        return false;
    }
    return sum == state_hash(STATE_HASH, a->begin, (size_t)line) ||
           archive_fail(a, "the text before was changed; a bare end accepts that");
}

/* --- all lines --- */

#define OF(count) offsetof(Reach, count)
#define ONCE OF(once)
#define NEVER OF(never) /* written among others */

static const struct Line {
    const char *word;
    int part;     /* lines come in this order */
    size_t count; /* in Reach: how many are written */
    bool (*line)(Archive *a, size_t i);
} lines[] = {
    {"set", 1, OF(nset), line_set},
    {"seed", 2, ONCE, line_random},
    {"draws", 2, ONCE, line_random},
    {"masks", 2, ONCE, line_random},
    {"function", 3, OF(nfunc), line_function},
    {"store", 4, OF(nnumbered), line_store},
    {"node", 5, OF(n), line_node},
    {"grad", 6, OF(n), line_grad},
    {"module", 7, OF(nmodule), line_module},
    {"object", 8, OF(nobj), line_object},
    {"slot", 8, NEVER, line_slot},
    {"name", 9, OF(nsymbol), line_name},
    {"const", 9, NEVER, line_name},
    {"watch", 10, OF(nwatch), line_watch},
    {"swept", 11, ONCE, line_swept},
    {"stepped", 12, ONCE, line_stepped},
    {"end", 13, ONCE, line_end},
};
#define LINES (sizeof lines / sizeof *lines)

static void write_all(Archive *a)
{
    text_add(a->out, STATE_FIRST_LINE "\n");
    text_add(a->out, "# written by nabla " NB_VERSION "; load puts it back\n");
    for (const struct Line *l = lines; l < lines + LINES; l++) {
        size_t n;
        memcpy(&n, (const char *)a->reach + l->count, sizeof n);
        for (size_t i = 0; i < n && !nb_ctx_interrupted(a->s->ctx); i++) {
            const size_t before = a->out->len;
            text_add(a->out, a->kind = l->word);
            if (l->line(a, i)) {
                text_add(a->out, "\n");
            } else {
                text_cut(a->out, before);
            }
        }
    }
}

static bool read_line(Archive *a)
{
    char word[32];
    size_t longest = (size_t)(a->line_end - a->at) + 2;
    if (a->at == a->line_end || *a->at == '#') {
        return true;
    }
    if (*a->at == ' ' || !archive_word(a, word, sizeof word)) {
        return archive_fail(a, "a line begins with a word such as node");
    }
    if (longest > a->word_cap) {
        free(a->word);
        a->word = malloc(longest);
        a->word_cap = a->word ? longest : 0;
    }
    if (!a->word) {
        return archive_no_memory(a);
    }
    for (size_t i = 0; i < LINES; i++) {
        if (strcmp(lines[i].word, word) == 0) {
            if (lines[i].part < a->part) {
                return archive_fail(a, "%s comes too late", word);
            }
            a->part = lines[i].part;
            a->kind = lines[i].word;
            if (!lines[i].line(a, 0)) {
                return archive_fail(a, "%s: not understood", word);
            }
            while (a->at < a->line_end && *a->at == ' ') {
                a->at++;
            }
            return a->at == a->line_end || archive_fail(a, "too much: %.40s", a->at);
        }
    }
    return archive_fail(a, "no such line: %s", word);
}

static bool read_all(Archive *a)
{
    while (a->at < a->end && !a->ended && !a->failed) {
        const char *nl = memchr(a->at, '\n', (size_t)(a->end - a->at));
        a->line++;
        if (a->line % 256 == 0 && !archive_looked(a)) {
            return false;
        }
        a->line_end = nl ? nl : a->end;
        if (memchr(a->at, '\0', (size_t)(a->line_end - a->at))) {
            return archive_fail(a, "a byte 0");
        }
        if (a->line == 1 && ((size_t)(a->line_end - a->at) != sizeof STATE_FIRST_LINE - 1 ||
                             memcmp(a->at, STATE_FIRST_LINE, sizeof STATE_FIRST_LINE - 1) != 0)) {
            return archive_fail(a, "the first line is not %s", STATE_FIRST_LINE);
        }
        if (!read_line(a)) {
            return false;
        }
        a->at = nl ? nl + 1 : a->end;
    }
    if (!a->ended) {
        return archive_fail(a, "the end is missing");
    }
    return a->at == a->end || archive_fail(a, "there is more after the end");
}

static void archive_free(Archive *a)
{
    free(a->word);
    for (int i = 0; i < a->nwatch; i++) {
        program_unref(&a->watch[i].program);
    }
    for (size_t i = 0; i < a->nbound; i++) {
        value_unref(&a->bound[i].value);
    }
    for (size_t i = a->nobj; i-- > 0;) {
        value_unref(&a->obj[i]);
    }
    for (size_t i = a->nmodule; i-- > 0;) {
        nb_module_unref(&a->module[i]);
    }
    for (size_t i = 0; i < a->nfunc; i++) {
        value_unref(&a->func[i]);
    }
    for (size_t i = a->nnode; i-- > 0;) {
        nb_var_unref(&a->node[i]);
    }
    for (size_t i = 0; i < a->nstore; i++) {
        nb_tensor_unref(&a->store[i]);
    }
    free(a->bound);
    free(a->obj);
    free(a->module);
    free(a->parent);
    free(a->func);
    free(a->node);
    free(a->current);
    free(a->store);
}

/* --- in place of the present state --- */

static void place(Archive *a)
{
    Session *s = a->s;
    session_empty(s);
    session_touch(s, &(Touch){.kind = TOUCH_SETTINGS});
    s->set = a->set;
    for (size_t i = 0; i < a->nbound; i++) {
        interp_place(s->interp, a->bound[i].symbol, a->bound[i].value, a->bound[i].is_const);
        a->bound[i].value = UNSET;
    }
    for (int i = 0; i < a->nwatch; i++) {
        runs_watch_kept(s->runs, s->interp, a->watch[i].program, a->watch[i].expr);
    }
    s->core->seed[0] = a->seed[0];
    s->core->seed[1] = a->seed[1];
    *nb_ctx_rng(s->ctx) = a->rng[0];
    *nb_ctx_dropout_rng(s->ctx) = a->rng[1];
    s->core->swept = nb_var_ref(a->swept);
    s->root = nb_var_ref(a->swept);
    s->stepped = a->stepped;
    session_apply(s);
}

/* Of the session as it is: what is written, or stays where nothing is read. */
static Archive archive_of(Session *s)
{
    Archive a = {.s = s, .set = s->set, .seed = {s->core->seed[0], s->core->seed[1]}};
    a.rng[0] = *nb_ctx_rng(s->ctx);
    a.rng[1] = *nb_ctx_dropout_rng(s->ctx);
    return a;
}

char *save_text(Session *s, size_t *len, NbErr *err)
{
    Reach r;
    Text o = text_in(s->lost);
    Archive a = archive_of(s);
    a.out = &o;
    a.reach = &r;
    a.swept = s->core->swept;
    a.stepped = s->stepped;
    bool ok = reach_collect(&r, s);
    if (ok && r.unknown) {
        nb_fail(err, NB_ETYPE, "save: cannot write %s", r.unknown);
        reach_free(&r);
        return NULL;
    }
    if (ok) {
        write_all(&a);
    }
    reach_free(&r);
    bool stopped = nb_ctx_interrupted(s->ctx);
    if (ok && text_whole(&o) && !stopped) {
        *len = o.len;
        return o.s;
    }
    nb_fail(err, stopped ? NB_EINTERRUPT : NB_EMEM,
            stopped ? "stopped" : "out of memory to write the session");
    text_free(&o);
    return NULL;
}

bool save_load(Session *s, const char *text, size_t len, const char *name, NbErr *err)
{
    Archive a = archive_of(s);
    a.err = err;
    a.name = name;
    a.at = a.begin = text;
    a.end = text + len;
    a.stamp = nb_ctx_stamps(s->ctx, 1);
    bool ok = read_all(&a);
    nb_ctx_stamps(s->ctx, a.stamp_most);
    if (ok && nb_vars_swept(s->ctx, a.node, a.nnode) != NB_OK) {
        ok = archive_no_memory(&a);
    }
    if (ok && !session_holds_room(s, a.nnode)) { /* needs memory: the last that may fail */
        ok = archive_no_memory(&a);
    }
    if (ok) {
        place(&a);
        session_holds(s, a.node, a.nnode);
    }
    archive_free(&a);
    nb_collect_cycles(s->ctx);
    return ok;
}
