/* data.c -- data sets, csv files, batches and sequences in the language */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "objects/library.h"

/* [x, t] of two references, which it takes; errors at `at`. */
static bool pair(Interp *I, const Node *at, NbVar *x, NbVar *t, Value *out)
{
    *out = value_list(2);
    if (out->tag != V_LIST) {
        nb_var_unref(&x);
        nb_var_unref(&t);
        return interp_fail(I, at, NB_EMEM, "out of memory for a list");
    }
    if (!list_push(out->list, (Value){.tag = V_VAR, .var = x})) { /* released by it */
        nb_var_unref(&t);
        return interp_fail(I, at, NB_EMEM, "out of memory for a list");
    }
    return list_push(out->list, (Value){.tag = V_VAR, .var = t}) ||
           interp_fail(I, at, NB_EMEM, "out of memory for a list");
}

/* --- sets made by formula --- */

/* Argument `arg` or option `opt` as a number; *to stays when neither is given. */
static bool number_of(Interp *I, const Call *c, int arg, int opt, double *to)
{
    bool positional = arg < c->argc;
    Value v = positional ? c->argv[arg] : c->opt[opt];
    if (v.tag == V_UNSET) {
        return true;
    }
    if (!value_is_number(v)) {
        return interp_fail(I, positional ? c->arg[arg] : c->optnode[opt], NB_ETYPE,
                           "%s: %s must be a number, not %s", c->row->name, c->row->opt[opt].name,
                           value_kind(v));
    }
    *to = value_number(v);
    return true;
}

static bool is_count(double v)
{
    return v >= 0 && v <= 9007199254740992.0 && v == floor(v);
}

/* A function of the language, asked at single numbers. */
typedef struct Asked {
    Interp *I;
    const Call *call;
    Value fn;
} Asked;

static NbStatus ask(void *user, double x, double *y)
{
    Asked *a = user;
    Value arg = CONST(x), out = UNSET;
    if (!interp_call_const(a->I, a->fn, &arg, 1, &out)) {
        return NB_EVALUE;
    }
    bool ok = value_is_number(out);
    if (ok) {
        *y = value_number(out);
    } else {
        char name[160];
        interp_fail(a->I, a->call->arg[0], NB_ETYPE, "curve: %s gives %s, not a number",
                    func_signature(a->fn.func, name, sizeof name), value_kind(out));
    }
    value_unref(&out);
    return ok ? NB_OK : NB_ETYPE;
}

static bool make_set(Interp *I, const Call *c, Value *out)
{
    const NbDataSet *set = nb_data_find(c->row->name);
    const NbOp *fn = NULL;
    char name[160];
    int first = set->takes_fn ? 1 : 0;
    double n = (double)set->n, noise = set->noise;
    if (set->takes_fn) {
        if (c->argv[0].tag != V_FUNC) {
            interp_fail(I, c->arg[0], NB_ETYPE, "%s: expected a function, got %s", set->name,
                        value_kind(c->argv[0]));
            return interp_hint(I, "%s", set->usage);
        }
        fn = nb_op_find(func_signature(c->argv[0].func, name, sizeof name));
    }
    if (!number_of(I, c, first, 0, &n) || !number_of(I, c, first + 1, 1, &noise)) {
        return false;
    }
    if (!is_count(n)) {
        return interp_fail(I, c->node, NB_EVALUE, "%s: n must be a whole number, got %.15g",
                           set->name, n);
    }
    NbVar *x, *t;
    Asked asked = {I, c, set->takes_fn ? c->argv[0] : NONE};
    NbStatus made = set->takes_fn && !fn
                        ? nb_data_curve(interp_ctx(I), ask, &asked, (int64_t)n, noise, &x, &t)
                        : nb_data_make(interp_ctx(I), set, fn, (int64_t)n, noise, &x, &t);
    if (made != NB_OK) {
        return interp_fail_ctx(I, c->node);
    }
    return pair(I, c->node, x, t, out);
}

int data_made_count(void)
{
    return nb_data_count();
}

void data_made(MadeRow *m, int i)
{
    const NbDataSet *set = nb_data_at(i);
    snprintf(m->doc, sizeof m->doc, "%s", set->doc);
    snprintf(m->number[0], sizeof m->number[0], "%lld", (long long)set->n);
    nb_format_number(set->noise, 6, m->number[1], sizeof m->number[1]);
    m->row.name = set->name;
    m->row.flags = B_VALUE | B_WITHIN;
    m->row.min_args = set->takes_fn ? 1 : 0;
    m->row.max_args = m->row.min_args + 2;
    m->row.opt[0] = (BuiltinOpt){"n", m->number[0]};
    m->row.opt[1] = (BuiltinOpt){"noise", m->number[1]};
    m->row.fn = make_set;
    m->row.group = "data";
    m->row.usage = set->usage;
    m->row.doc = m->doc;
    m->row.example = set->example;
}

/* --- csv --- */

enum {
    CSV_TARGET,
    CSV_HEADER,
    CSV_MISSING,
    CSV_SEP,
    CSV_DECIMAL,
    CSV_LABELS,
    CSV_NAMES = 256 /* at most in labels= */
};

static bool read_target(Interp *I, const Call *c, NbCsvOptions *o)
{
    Value v = c->opt[CSV_TARGET];
    char number[40];
    double k = value_is_number(v) ? value_number(v) : NAN;
    if (v.tag == V_STR) {
        o->target = v.str->text;
    } else if (fabs(k) < 1e6 && k == floor(k)) {
        o->target_index = k >= 0 ? (int)k + 1 : (int)k;
    } else if (v.tag != V_UNSET && v.tag != V_NONE) {
        interp_fail(I, c->optnode[CSV_TARGET], NB_ETYPE,
                    "csv: target must be a name or a whole number, not %s",
                    value_is_number(v) ? nb_format_number(k, 6, number, sizeof number)
                                       : value_kind(v));
        return interp_hint(I, "target=\"species\", or target=-1 for the last column");
    }
    return true;
}

/* labels="sex" or ["sex", "town"]: borrowed names. */
static bool read_labels(Interp *I, const Call *c, const char **name, NbCsvOptions *o)
{
    Value v = c->opt[CSV_LABELS];
    const Value *item = v.tag == V_LIST ? v.list->item : &v;
    int n = v.tag == V_UNSET ? 0 : v.tag == V_LIST ? v.list->n : 1;
    for (int i = 0; i < n; i++) {
        if (item[i].tag != V_STR || n > CSV_NAMES) {
            interp_fail(I, c->optnode[CSV_LABELS], NB_ETYPE,
                        "csv: labels must be names of columns, at most %d", CSV_NAMES);
            return interp_hint(I, "labels=[\"sex\", \"town\"]");
        }
        name[i] = item[i].str->text;
    }
    o->labels = name;
    o->nlabels = n;
    return true;
}

static bool read_decimal(Interp *I, const Call *c, NbCsvOptions *o)
{
    Value v = c->opt[CSV_DECIMAL];
    if (v.tag == V_UNSET) {
        return true;
    }
    if (v.tag != V_STR || v.str->len != 1 || !strchr(".,", v.str->text[0])) {
        return interp_fail(I, c->optnode[CSV_DECIMAL], NB_EVALUE,
                           "csv: decimal must be \".\" or \",\"");
    }
    o->decimal = v.str->text[0];
    return o->separator != o->decimal ||
           interp_fail(I, c->optnode[CSV_DECIMAL], NB_EVALUE,
                       "csv: sep and decimal are both \"%c\"", o->decimal);
}

static bool read_options(Interp *I, const Call *c, NbCsvOptions *o)
{
    Value missing = c->opt[CSV_MISSING], sep = c->opt[CSV_SEP];
    bool header = false;
    if (!read_target(I, c, o) || !interp_opt_flag(I, c, CSV_HEADER, &header)) {
        return false;
    }
    if (c->opt[CSV_HEADER].tag != V_UNSET) {
        o->header = header ? NB_CSV_HEADER : NB_CSV_NO_HEADER;
    }
    bool number = value_is_number(missing) && isnan(value_number(missing));
    bool word = missing.tag == V_STR &&
                (strcmp(missing.str->text, "nan") == 0 || strcmp(missing.str->text, "error") == 0);
    if (missing.tag != V_UNSET && !number && !word) {
        return interp_fail(I, c->optnode[CSV_MISSING], NB_EVALUE,
                           "csv: missing must be \"nan\" or \"error\"");
    }
    o->missing_nan = number || (word && strcmp(missing.str->text, "nan") == 0);
    if (sep.tag != V_UNSET) {
        if (sep.tag != V_STR || sep.str->len != 1 || strchr("\"\r\n", sep.str->text[0])) {
            return interp_fail(I, c->optnode[CSV_SEP], NB_EVALUE,
                               "csv: sep must be one character, such as \";\"");
        }
        o->separator = sep.str->text[0];
    }
    return read_decimal(I, c, o);
}

enum { NOTE_CAP = 900 };

/* Adds "species: 0 setosa, 1 versicolor, …" behind what the note holds. */
static void add_labels(Interp *I, char *note, const char *column, char *const *label, int n)
{
    enum { SHOWN = 8 };
    size_t len = strlen(note);
    const char *more = interp_is_ascii(I) ? ", ..." : ", …";
    if (len + 320 > NOTE_CAP) { /* of one column at most */
        return;
    }
    len += (size_t)snprintf(note + len, NOTE_CAP - len, "%s%.60s:", len > 0 ? "; " : "", column);
    for (int i = 0; i < n && i < SHOWN; i++) {
        len += (size_t)snprintf(note + len, NOTE_CAP - len, "%s%d %.24s", i > 0 ? ", " : " ", i,
                                label[i]);
    }
    snprintf(note + len, NOTE_CAP - len, "%s", n <= SHOWN ? "" : more);
}

/* Which numbers stand for which texts: of the target, and of each column of x. */
static void note_labels(Interp *I, const NbCsv *csv)
{
    char note[NOTE_CAP] = "";
    if (csv->nlabels > 0) {
        add_labels(I, note, csv->target, csv->label, csv->nlabels);
    }
    for (int i = 0; i < csv->ncoded; i++) {
        const NbCsvLabels *l = &csv->coded[i];
        add_labels(I, note, csv->column[l->column], l->label, l->nlabels);
    }
    if (*note) {
        interp_note(I, "*labels", "%s", note);
    }
}

/* As nb_csv_read, through the door of all files that programs read. */
static bool read_csv(Interp *I, const Call *c, const char *path, const NbCsvOptions *o, NbCsv *csv)
{
    NbErr err = {0};
    size_t len;
    char *text = interp_read_file(I, path, &len, &err);
    if (!text) {
        char why[NB_MSG_MAX];
        snprintf(why, sizeof why, "%s", err.msg);
        snprintf(err.msg, sizeof err.msg, "csv: %.*s", (int)sizeof why - 6, why);
        return interp_fail_err(I, c->node, &err);
    }
    const char *slash = strrchr(path, '/');
    bool ok = nb_csv_parse(interp_ctx(I), text, len, slash ? slash + 1 : path, o, csv) == NB_OK;
    free(text);
    return ok || interp_fail_ctx(I, c->node);
}

static bool make_csv(Interp *I, const Call *c, Value *out)
{
    char path[4096];
    NbCsvOptions o = {0};
    NbCsv csv;
    if (c->argv[0].tag != V_STR) {
        interp_fail(I, c->arg[0], NB_ETYPE, "csv: expected a file name in quotes, got %s",
                    value_kind(c->argv[0]));
        return interp_hint(I, "%s", c->row->usage);
    }
    const char *name[CSV_NAMES];
    if (!read_options(I, c, &o) || !read_labels(I, c, name, &o)) {
        return false;
    }
    const char *found = interp_find_file(I, c->argv[0].str->text, path, sizeof path);
    if (!found) {
        return interp_fail(I, c->arg[0], NB_EIO, "csv: no file %s", c->argv[0].str->text);
    }
    if (!read_csv(I, c, found, &o, &csv)) {
        return false;
    }
    note_labels(I, &csv);
    NbVar *x = nb_var_ref(csv.x), *t = nb_var_ref(csv.t);
    nb_csv_clear(&csv);
    if (t) {
        return pair(I, c->node, x, t, out);
    }
    *out = (Value){.tag = V_VAR, .var = x};
    return true;
}

/* --- batches and sequences --- */

typedef struct Loader {
    Obj obj;
    NbLoader *loader;
} Loader;

static void loader_free(Obj *o)
{
    nb_loader_unref(&((Loader *)o)->loader);
    free(o);
}

static bool loader_describe(Interp *I, const Obj *o, char *buf, size_t cap)
{
    const NbLoader *l = ((const Loader *)o)->loader;
    long long parts = (long long)nb_loader_parts(l), size = (long long)nb_loader_size(l);
    (void)I;
    if (nb_loader_is_sequences(l)) {
        snprintf(buf, cap, "%lld sequences of %lld steps", size, parts);
    } else {
        snprintf(buf, cap, "%lld batch%s of %lld from %lld rows%s", parts, parts == 1 ? "" : "es",
                 size, (long long)nb_loader_rows(l), nb_loader_shuffles(l) ? ", shuffled" : "");
    }
    return true;
}

static bool loader_next(Interp *I, Obj *o, int64_t i, Value *out)
{
    NbLoader *l = ((Loader *)o)->loader;
    NbVar *x, *t;
    if (i == 0) {
        nb_loader_rewind(l);
    }
    if (nb_loader_next(l, &x, &t) != NB_OK) {
        return interp_fail_ctx(I, NULL);
    }
    if (!x) {
        return false;
    }
    return pair(I, NULL, x, t, out);
}

static bool loader_get(Interp *I, Obj *o, const char *attr, Value *out)
{
    const NbLoader *l = ((const Loader *)o)->loader;
    (void)I;
    if (strcmp(attr, "size") == 0) {
        *out = CONST((double)nb_loader_parts(l));
        return true;
    }
    return false;
}

static const char *loader_attr(const Obj *o, int i)
{
    (void)o;
    return i == 0 ? "size" : NULL;
}

static const ObjClass loader_class = {
    .name = "loader",
    .free = loader_free,
    .describe = loader_describe,
    .get = loader_get,
    .next = loader_next,
    .attr = loader_attr,
};

NbLoader *loader_of(const Obj *o)
{
    return o->cls == &loader_class ? ((const Loader *)o)->loader : NULL;
}

Value loader_object(NbLoader *l)
{
    Loader *o = calloc(1, sizeof *o);
    if (!o) {
        nb_loader_unref(&l);
        return UNSET;
    }
    *o = (Loader){.obj = {.refs = 1, .cls = &loader_class}, .loader = l};
    return (Value){.tag = V_OBJ, .obj = &o->obj};
}

enum { LOAD_SIZE, LOAD_SHUFFLE };

/* batches(x, t, size), sequences(x, t, size), sequences(x, size) */
static bool make_loader(Interp *I, const Call *c, Value *out)
{
    NbCtx *ctx = interp_ctx(I);
    bool sequences = strcmp(c->row->name, "sequences") == 0, shuffle = false;
    bool by_name = c->opt[LOAD_SIZE].tag != V_UNSET;
    int data = by_name ? c->argc : c->argc - 1;
    double size = NAN;
    if (data < (sequences ? 1 : 2) || data > 2) {
        interp_fail(I, c->node, NB_EVALUE, "%s: needs data and a size", c->row->name);
        return interp_hint(I, "%s", c->row->usage);
    }
    if (!number_of(I, c, data, LOAD_SIZE, &size) ||
        (!sequences && !interp_opt_flag(I, c, LOAD_SHUFFLE, &shuffle))) {
        return false;
    }
    if (!is_count(size)) {
        return interp_fail(I, by_name ? c->optnode[LOAD_SIZE] : c->arg[data], NB_EVALUE,
                           "%s: size must be a whole number, got %.15g", c->row->name, size);
    }
    NbVar *x = interp_var(I, c, 0, false), *t = x && data > 1 ? interp_var(I, c, 1, false) : NULL;
    NbLoader *l = NULL;
    if (x && (t || data == 1)) {
        l = sequences ? nb_sequences(ctx, x, t, (int64_t)size)
                      : nb_batches(ctx, x, t, (int64_t)size, shuffle);
        if (!l) {
            interp_fail_call(I, c);
        }
    }
    nb_var_unref(&x);
    nb_var_unref(&t);
    *out = l ? loader_object(l) : UNSET;
    return out->tag == V_OBJ ||
           interp_fail(I, c->node, NB_EMEM, "out of memory for %s", c->row->name);
}

/* --- rows --- */

static const Builtin rows[] = {
    {"csv",
     B_FILE | B_VALUE | B_READS,
     1,
     1,
     {{"target", NULL},
      {"header", NULL},
      {"missing", "\"error\""},
      {"sep", NULL},
      {"decimal", "\".\""},
      {"labels", NULL}},
     make_csv,
     "data",
     "x, t = csv(\"file.csv\", target=\"column\"[, header=false, missing=\"nan\", "
     "sep=\";\", decimal=\",\", labels=[\"sex\"]])",
     "Reads numbers from a file: x (rows, columns), and t (rows) from the target column, by name "
     "or number (-1 the last). Text becomes labels 0, 1, … in order of appearance: in the target, "
     "in columns named by labels=, and where words repeat; true and false are 1 and 0.",
     "x = 5\nopt = sgd(x, lr=0.1)\nf = x^2\nminimize f, steps=3\nexport \"run.csv\"\nd = "
     "csv(\"run.csv\")"},
    {"batches",
     B_VALUE | B_WITHIN,
     2,
     3,
     {{"size", NULL}, {"shuffle", "false"}},
     make_loader,
     "data",
     "for x, t in batches(data, labels, size[, shuffle=true]) { … }",
     "Takes rows in parts of `size`, the last one perhaps shorter; with shuffle in another order "
     "each pass.",
     "x, t = moons(10, 0.1)\nfor bx, bt in batches(x, t, 4) { print bx.shape }"},
    {"sequences",
     B_VALUE | B_WITHIN,
     1,
     3,
     {{"size", NULL}},
     make_loader,
     "data",
     "for x, t in sequences(data[, targets], size) { … }",
     "Cuts the rows into `size` runs read side by side, one step at a time. Without targets t is "
     "the next row of the data.",
     "x, t = curve(sin, n=13)\nfor a, b in sequences(t, 4) { print a.shape }"},
};

Rows data_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
