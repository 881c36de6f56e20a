/* save_load.c -- a written state read whole, then put in place of the present one */
#include <stdlib.h>
#include <string.h>

#include "session/save_internal.h"

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

static bool read_setting(Reader *r)
{
    char name[64];
    size_t len;
    bool ok = reader_word(r, name, sizeof name) || reader_fail(r, "a setting is expected");
    char *value = ok ? reader_string(r, &len) : NULL;
    if (!value) {
        return false;
    }
    Session *s = r->s;
    const Setting *row = setting_find(name);
    Settings before = s->set;
    s->set = r->set;
    bool leave = row && !row->within && /* fonts and threads stay as they are */
                 (s->safe || (s->megabytes > 0 && strcmp(name, "threads") == 0));
    ok = row && (leave || setting_set(s, row, value) || is_lacking(s));
    r->set = s->set;
    s->set = before;
    free(value);
    return ok || reader_fail(r, "no setting %.40s of this value", name);
}

static bool read_seed(Reader *r)
{
    return reader_count(r, UINT64_MAX, &r->seed[0]) && reader_count(r, UINT64_MAX, &r->seed[1]);
}

static bool read_draws(Reader *r)
{
    return reader_hex(r, &r->rng[0].hi) && reader_hex(r, &r->rng[0].lo);
}

static bool read_masks(Reader *r)
{
    return reader_hex(r, &r->rng[1].hi) && reader_hex(r, &r->rng[1].lo);
}

static bool read_function(Reader *r)
{
    uint64_t number, line;
    size_t file_len, len;
    if (!reader_count(r, r->nfunc + 1, &number) ||
        !reader_room(r, &r->func, &r->func_cap, r->nfunc, sizeof *r->func)) {
        return false;
    }
    if (number != r->nfunc + 1) {
        return reader_fail(r, "function %zu is expected", r->nfunc + 1);
    }
    char *file = reader_string(r, &file_len);
    char *text = file && reader_count(r, INT32_MAX, &line) ? reader_string(r, &len) : NULL;
    bool ok = text != NULL;
    if (ok) {
        r->func[r->nfunc] = interp_function(r->s->interp, text, len, file, (int)line);
        ok = r->func[r->nfunc].tag == V_FUNC;
        if (ok) {
            r->nfunc++;
        } else {
            reader_fail(r, "%.160s", interp_error(r->s->interp)->err.msg);
            interp_clear_error(r->s->interp);
        }
    }
    free(file);
    free(text);
    return ok;
}

/* --- values --- */

static bool read_value(Reader *r, Value *v, int depth);

static bool read_list(Reader *r, Value *v, int depth)
{
    *v = value_list(0);
    while (v->tag == V_LIST && !reader_take(r, "]")) {
        Value item = UNSET;
        bool ok = depth > 0 && read_value(r, &item, depth - 1);
        if (!ok || !list_push(v->list, item)) {
            value_unref(v);
            return ok ? reader_no_memory(r) : reader_fail(r, "a list is expected");
        }
    }
    return v->tag == V_LIST || reader_no_memory(r);
}

static bool read_range(Reader *r, Value *v)
{
    Range *g = calloc(1, sizeof *g);
    if (!g) {
        return reader_no_memory(r);
    }
    if (!reader_number(r, &g->start) || !reader_number(r, &g->stop) ||
        !reader_number(r, &g->step)) {
        free(g);
        return reader_fail(r, "a range is expected");
    }
    g->refs = 1;
    *v = (Value){.tag = V_RANGE, .range = g};
    return true;
}

static bool read_text(Reader *r, Value *v)
{
    size_t len = 0;
    char *text = reader_string(r, &len);
    *v = text ? value_strn(text, len) : UNSET;
    free(text);
    return v->tag == V_STR || reader_no_memory(r);
}

static bool read_reference(Reader *r, Value *v, const char *word)
{
    size_t id;
    if (reader_parse_id(word, 'n', r->nnode, &id)) {
        *v = (Value){.tag = V_VAR, .var = nb_var_ref(r->node[id - 1])};
    } else if (reader_parse_id(word, 'f', r->nfunc, &id)) {
        *v = value_ref(r->func[id - 1]);
    } else if (reader_parse_id(word, 'o', r->nobj, &id)) {
        *v = value_ref(r->obj[id - 1]);
    } else {
        return reader_fail(r, "no value: %.40s", word);
    }
    return true;
}

static bool read_value(Reader *r, Value *v, int depth)
{
    char word[160];
    *v = UNSET;
    if (reader_peek_char(r, '"')) {
        return read_text(r, v);
    }
    if (!reader_word(r, word, sizeof word)) {
        return reader_fail(r, "a value is expected");
    }
    if (strcmp(word, "none") == 0) {
        *v = NONE;
        return true;
    }
    if (strcmp(word, "num") == 0 || strcmp(word, "const") == 0) {
        v->tag = word[0] == 'n' ? V_NUM : V_CONST;
        return reader_number(r, &v->num) || (v->tag = V_UNSET, false);
    }
    if (strcmp(word, "[") == 0) {
        return read_list(r, v, depth);
    }
    if (strcmp(word, "range") == 0) {
        return read_range(r, v);
    }
    if (strcmp(word, "builtin") == 0) {
        if (reader_word(r, word, sizeof word)) {
            *v = interp_builtin_value(r->s->interp, word);
        }
        return v->tag == V_FUNC || reader_fail(r, "no builtin of this name");
    }
    return read_reference(r, v, word);
}

/* --- names, watches --- */

static bool read_binding(Reader *r, bool is_const)
{
    Interp *I = r->s->interp;
    size_t cap = (size_t)(r->line_end - r->at) + 2;
    char *name = malloc(cap);
    Value v = UNSET;
    bool ok = (name || reader_no_memory(r)) &&
              reader_room(r, &r->bound, &r->bound_cap, r->nbound, sizeof *r->bound) &&
              reader_word(r, name, cap);
    ok = (ok && interp_bindable(I, name)) || reader_fail(r, "a name is expected");
    ok = ok && read_value(r, &v, 64);
    if (ok) {
        int symbol = interp_symbol(I, name); /* there since interp_bindable */
        r->bound[r->nbound++] = (struct Bound){symbol, is_const, v};
    }
    free(name);
    return ok;
}

static bool read_name_line(Reader *r)
{
    return read_binding(r, false);
}

static bool read_const_line(Reader *r)
{
    return read_binding(r, true);
}

static bool read_watch(Reader *r)
{
    Interp *I = r->s->interp;
    size_t len;
    char *text = r->nwatch < WATCH_MAX ? reader_string(r, &len) : NULL;
    if (!text) {
        return reader_fail(r, "more than %d watches", WATCH_MAX);
    }
    const Node *expr = NULL;
    Program *p = interp_expression(I, text, len, &expr);
    free(text);
    if (!p) {
        reader_fail(r, "%.160s", interp_error(I)->err.msg);
        interp_clear_error(I);
        return false;
    }
    r->watch[r->nwatch].program = p;
    r->watch[r->nwatch++].expr = expr;
    return true;
}

static bool read_swept(Reader *r)
{
    size_t id;
    if (r->swept || !reader_id(r, 'n', r->nnode, &id)) {
        return reader_fail(r, "one node is expected");
    }
    r->swept = r->node[id - 1];
    return true;
}

static bool read_stepped(Reader *r)
{
    r->stepped = true;
    return true;
}

static bool read_end(Reader *r)
{
    uint64_t sum, line = (uint64_t)(r->at - 3 - r->begin);
    r->ended = true;
    if (!check_modules(r)) {
        return false;
    }
    if (r->line_end == r->end) {
        return reader_fail(r, "the line is cut off");
    }
    if (r->at == r->line_end) {
        return true; /* changed by hand */
    }
    if (!reader_hex(r, &sum)) {
        return false;
    }
    return sum == state_hash(STATE_HASH, r->begin, (size_t)line) ||
           reader_fail(r, "the text before was changed; a bare end accepts that");
}

/* --- all lines --- */

static const struct Line {
    const char *word;
    int part; /* lines come in this order */
    bool (*read)(Reader *r);
} lines[] = {
    {"set", 1, read_setting},      {"seed", 2, read_seed},         {"draws", 2, read_draws},
    {"masks", 2, read_masks},      {"function", 3, read_function}, {"store", 4, read_store},
    {"node", 5, read_node},        {"grad", 6, read_grad},         {"module", 7, read_module},
    {"object", 8, read_object},    {"slot", 8, read_slot},         {"name", 9, read_name_line},
    {"const", 9, read_const_line}, {"watch", 10, read_watch},      {"swept", 11, read_swept},
    {"stepped", 12, read_stepped}, {"end", 13, read_end},
};

static bool read_line(Reader *r)
{
    char word[32];
    if (r->at == r->line_end || *r->at == '#') {
        return true;
    }
    if (*r->at == ' ' || !reader_word(r, word, sizeof word)) {
        return reader_fail(r, "a line begins with a word such as node");
    }
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strcmp(lines[i].word, word) == 0) {
            if (lines[i].part < r->part) {
                return reader_fail(r, "%s comes too late", word);
            }
            r->part = lines[i].part;
            if (!lines[i].read(r)) {
                return reader_fail(r, "%s: not understood", word);
            }
            while (r->at < r->line_end && *r->at == ' ') {
                r->at++;
            }
            return r->at == r->line_end || reader_fail(r, "too much: %.40s", r->at);
        }
    }
    return reader_fail(r, "no such line: %s", word);
}

static bool read_all(Reader *r)
{
    while (r->at < r->end && !r->ended && !r->failed) {
        const char *nl = memchr(r->at, '\n', (size_t)(r->end - r->at));
        r->line++;
        if (r->line % 256 == 0 && !reader_looked(r)) {
            return false;
        }
        r->line_end = nl ? nl : r->end;
        if (memchr(r->at, '\0', (size_t)(r->line_end - r->at))) {
            return reader_fail(r, "a byte 0");
        }
        if (r->line == 1 && ((size_t)(r->line_end - r->at) != sizeof STATE_FIRST_LINE - 1 ||
                             memcmp(r->at, STATE_FIRST_LINE, sizeof STATE_FIRST_LINE - 1) != 0)) {
            return reader_fail(r, "the first line is not %s", STATE_FIRST_LINE);
        }
        if (!read_line(r)) {
            return false;
        }
        r->at = nl ? nl + 1 : r->end;
    }
    if (!r->ended) {
        return reader_fail(r, "the end is missing");
    }
    return r->at == r->end || reader_fail(r, "there is more after the end");
}

static void reader_free(Reader *r)
{
    for (int i = 0; i < r->nwatch; i++) {
        program_unref(&r->watch[i].program);
    }
    for (size_t i = 0; i < r->nbound; i++) {
        value_unref(&r->bound[i].value);
    }
    for (size_t i = r->nobj; i-- > 0;) {
        value_unref(&r->obj[i]);
    }
    for (size_t i = r->nmodule; i-- > 0;) {
        nb_module_unref(&r->module[i]);
    }
    for (size_t i = 0; i < r->nfunc; i++) {
        value_unref(&r->func[i]);
    }
    for (size_t i = r->nnode; i-- > 0;) {
        nb_var_unref(&r->node[i]);
    }
    for (size_t i = 0; i < r->nstore; i++) {
        nb_tensor_unref(&r->store[i]);
    }
    free(r->bound);
    free(r->obj);
    free(r->module);
    free(r->parent);
    free(r->func);
    free(r->node);
    free(r->current);
    free(r->store);
}

/* --- in place of the present state --- */

static void place(Reader *r)
{
    Session *s = r->s;
    session_empty(s);
    session_touch(s, &(Touch){.kind = TOUCH_SETTINGS});
    s->set = r->set;
    for (size_t i = 0; i < r->nbound; i++) {
        interp_place(s->interp, r->bound[i].symbol, r->bound[i].value, r->bound[i].is_const);
        r->bound[i].value = UNSET;
    }
    for (int i = 0; i < r->nwatch; i++) {
        runs_watch_kept(s->runs, s->interp, r->watch[i].program, r->watch[i].expr);
    }
    s->seed[0] = r->seed[0];
    s->seed[1] = r->seed[1];
    *nb_ctx_rng(s->ctx) = r->rng[0];
    *nb_ctx_dropout_rng(s->ctx) = r->rng[1];
    s->swept = nb_var_ref(r->swept);
    s->root = nb_var_ref(r->swept);
    s->stepped = r->stepped;
    session_apply(s);
}

bool save_load(Session *s, const char *text, size_t len, const char *name, NbErr *err)
{
    Reader r = {.s = s, .err = err, .name = name, .set = s->set};
    r.at = r.begin = text;
    r.end = text + len;
    r.seed[0] = s->seed[0];
    r.seed[1] = s->seed[1];
    r.rng[0] = *nb_ctx_rng(s->ctx);
    r.rng[1] = *nb_ctx_dropout_rng(s->ctx);
    r.stamp = nb_ctx_stamps(s->ctx, 1);
    bool ok = read_all(&r);
    nb_ctx_stamps(s->ctx, r.stamp_most);
    if (ok && nb_vars_swept(s->ctx, r.node, r.nnode) != NB_OK) {
        ok = reader_no_memory(&r);
    }
    if (ok && !session_holds(s, r.node, r.nnode)) { /* needs memory: the last that may fail */
        ok = reader_no_memory(&r);
    }
    if (ok) {
        place(&r);
        session_holds(s, r.node, r.nnode);
    }
    reader_free(&r);
    nb_collect_cycles(s->ctx);
    return ok;
}
