/* csv.c -- comma-separated values: records, types of columns, and errors with line and column */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/data.h>

#include "base/begin.h"
#include "base/mem.h"
#include "data/labels.h"
#include "data/number.h"
#include "data/table.h"

#define POLL_ROWS 4096 /* between looks at the interrupt flag */

typedef struct Doubles {
    double *v;
    size_t n, cap;
} Doubles;

/* A column of x. Its first value decides what it is, unless the options name it. */
typedef struct Column {
    enum { C_OPEN, C_NUMBERS, C_LABELS } kind;
    bool told;     /* the options say that these are labels */
    int64_t line;  /* of the first text */
    Labels labels; /* seen so far */
} Column;

/* One text being read. */
typedef struct Reader {
    NbCtx *ctx;
    NbErr *err;
    const char *name;
    NbCsvOptions o;
    char *at, *end; /* what is left of the buffer, which quoted fields are unpacked in */
    int64_t line;   /* of the record being read, from 1 */
    int64_t next;   /* line after it */
    char separator;
    LabelText *field; /* of the record */
    size_t nfields, field_cap;
    size_t ncolumns;   /* of the first record */
    char **header;     /* ncolumns names; owned */
    Column *column;    /* ncolumns */
    size_t target;     /* column; ncolumns: none */
    Doubles x, t;      /* t: numbers of the target, NaN where it is no number */
    LabelText *labels; /* of the target */
    size_t nrows, labels_cap;
    bool text_target;
    int64_t na_line; /* first NA in the target; 0 none */
} Reader;

static NbStatus no_memory(Reader *r)
{
    return nb_fail(r->err, NB_EMEM, "csv: out of memory for %s", r->name);
}

/* --- fields and records --- */

/* A quoted field, unpacked in place; at stands behind the opening quote. */
static NbStatus quoted(Reader *r, LabelText *f)
{
    char *to = r->at, *p = r->at;
    *f = (LabelText){to, 0, true};
    for (; p < r->end; p++) {
        if (*p == '"') {
            if (p + 1 == r->end || p[1] != '"') {
                break;
            }
            p++;
        }
        r->next += *p == '\n';
        *to++ = *p;
    }
    f->len = (size_t)(to - f->text);
    if (p == r->end) {
        return nb_fail(r->err, NB_ESYNTAX, "csv: %s:%lld: column %zu: the quote is not closed",
                       r->name, (long long)r->line, r->nfields + 1);
    }
    r->at = p + 1;
    while (r->at < r->end && *r->at == ' ' && *r->at != r->separator) {
        r->at++;
    }
    if (r->at < r->end && *r->at != r->separator && *r->at != '\n' && *r->at != '\r') {
        return nb_fail(r->err, NB_ESYNTAX, "csv: %s:%lld: column %zu: text after the closing quote",
                       r->name, (long long)r->line, r->nfields + 1);
    }
    return NB_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void unquoted(Reader *r, LabelText *f)
{
    char *p = r->at;
    while (p < r->end && *p != r->separator && *p != '\n' && *p != '\r') {
        p++;
    }
    const char *from = r->at, *to = p;
    while (from < to && is_blank(*from)) {
        from++;
    }
    while (to > from && is_blank(to[-1])) {
        to--;
    }
    *f = (LabelText){from, (size_t)(to - from), false};
    r->at = p;
}

/* Skips one end of line. */
static void end_of_line(Reader *r)
{
    if (r->at < r->end && *r->at == '\r') {
        r->at++;
    }
    if (r->at < r->end && *r->at == '\n') {
        r->at++;
    }
    r->next++;
}

static bool at_end_of_line(const Reader *r)
{
    return *r->at == '\n' || *r->at == '\r';
}

static void skip_empty_lines(Reader *r)
{
    while (r->at < r->end && at_end_of_line(r)) {
        end_of_line(r);
    }
}

/* One field into f. */
static NbStatus field(Reader *r, LabelText *f)
{
    char *begin = r->at;
    while (begin < r->end && *begin == ' ' && *begin != r->separator) {
        begin++;
    }
    if (begin < r->end && *begin == '"') {
        r->at = begin + 1;
        return quoted(r, f);
    }
    unquoted(r, f);
    return NB_OK;
}

/* The next record into field[]; nfields 0 at the end. */
static NbStatus record(Reader *r)
{
    r->nfields = 0;
    skip_empty_lines(r);
    r->line = r->next;
    if (r->at == r->end) {
        return NB_OK;
    }
    for (;;) {
        if (r->nfields == r->field_cap &&
            !nb_grow(&r->field, &r->field_cap, r->nfields + 1, sizeof *r->field)) {
            return no_memory(r);
        }
        if (field(r, &r->field[r->nfields]) != NB_OK) {
            return NB_ESYNTAX;
        }
        r->nfields++;
        if (r->at == r->end || *r->at != r->separator) {
            end_of_line(r);
            return NB_OK;
        }
        r->at++;
    }
}

/* --- values --- */

static bool is_na(const LabelText *f)
{
    static const char *const word[] = {"NA", "N/A", "na", "n/a", "null", "NULL", "nan", "NaN", "?"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        if (strlen(word[i]) == f->len && memcmp(word[i], f->text, f->len) == 0) {
            return true;
        }
    }
    return false;
}

/* "csv: iris.csv:12: column 3 (width)" */
static const char *where(const Reader *r, int64_t line, size_t column, char *buf, size_t cap)
{
    snprintf(buf, cap, "csv: %s:%lld: column %zu (%s)", r->name, (long long)line, column + 1,
             r->header[column]);
    return buf;
}

static NbStatus fail_missing(Reader *r, int64_t line, size_t column)
{
    char place[256];
    nb_fail(r->err, NB_EVALUE, "%s: the value is missing",
            where(r, line, column, place, sizeof place));
    nb_advise(r->err, "missing=\"nan\" reads it as nan");
    return NB_EVALUE;
}

static bool has_decimal_comma(const LabelText *f)
{
    const char *comma = memchr(f->text, ',', f->len);
    return comma && comma > f->text && isdigit((unsigned char)comma[-1]);
}

/* 1,234 and 12,345,678, which a comma as the decimal mark would read as other numbers. */
static bool groups_thousands(const LabelText *f)
{
    size_t run = 0, groups = 0;
    for (size_t i = 0; i <= f->len; i++) {
        bool digit = i < f->len && isdigit((unsigned char)f->text[i]);
        bool comma = i < f->len && f->text[i] == ',';
        if (comma || (!digit && groups > 0)) {
            bool fits = groups > 0 ? run == 3 : run >= 1 && run <= 3;
            if (!fits) {
                return false;
            }
            groups++;
            if (!comma) {
                return true;
            }
        }
        run = digit ? run + 1 : 0;
    }
    return false;
}

/* What a field that is no number is: a word, which can be a label; a sign; or a number with
 * something about it, which no option reads. */
static bool has(const LabelText *f, bool letters)
{
    for (size_t i = 0; i < f->len; i++) {
        unsigned char c = (unsigned char)f->text[i];
        if (letters ? isalpha(c) || c >= 0x80 : isdigit(c)) {
            return true;
        }
    }
    return false;
}

static NbStatus fail_number(Reader *r, int64_t line, size_t column, const LabelText *f)
{
    char place[256];
    const bool digits = has(f, false);
    nb_fail(r->err, NB_EVALUE, "%s: \"%.*s%s\" is not a number",
            where(r, line, column, place, sizeof place), f->len > 40 ? 40 : (int)f->len, f->text,
            f->len > 40 ? "…" : "");
    if (digits && groups_thousands(f) && !r->o.decimal) {
        nb_advise(r->err, "thousands are written without commas: 1234");
    } else if (has_decimal_comma(f) && !r->o.decimal) {
        nb_advise(r->err, "decimal=\",\" reads a comma as the decimal mark");
    } else if (digits) {
        nb_advise(r->err, "a number stands alone in its field, as in 1234.5: no units, no blanks");
    } else if (!has(f, true)) {
        nb_advise(r->err, "a missing value is an empty field, NA, null or ?");
    } else if (r->target == r->ncolumns && line == 1) { /* numbers beside names: either may be */
        nb_advise(r->err,
                  "header=true reads the first line as headings; target=\"%.60s\" would make this "
                  "column the labels",
                  r->header[column]);
    } else if (r->target == r->ncolumns) {
        nb_advise(r->err, "target=\"%.60s\" would make this column the labels", r->header[column]);
    } else {
        nb_advise(r->err, "labels=\"%.60s\" numbers the texts of this column", r->header[column]);
    }
    return NB_EVALUE;
}

static bool push(Doubles *d, double v)
{
    if (d->n == d->cap && !nb_grow(&d->v, &d->cap, d->n + 1, sizeof *d->v)) {
        return false;
    }
    d->v[d->n++] = v;
    return true;
}

/* With the decimal mark that the options say. */
static bool number(const Reader *r, const LabelText *f, double *v)
{
    char point[64];
    if (!r->o.decimal || r->o.decimal == '.') {
        return data_number(f->text, f->len, v);
    }
    if (f->len >= sizeof point || memchr(f->text, '.', f->len)) {
        return false;
    }
    for (size_t i = 0; i < f->len; i++) {
        point[i] = f->text[i];
        if (point[i] == r->o.decimal) {
            point[i] = '.';
        }
    }
    return data_number(point, f->len, v);
}

static bool is_text(const LabelText *f, const char *word)
{
    size_t i = 0;
    while (i < f->len && tolower((unsigned char)f->text[i]) == word[i]) { /* word ends in 0 */
        i++;
    }
    return i == f->len && !word[i];
}

static bool truth(const LabelText *f, double *v)
{
    *v = is_text(f, "true");
    return *v == 1 || is_text(f, "false");
}

static bool is_word(const LabelText *f)
{
    unsigned char c = (unsigned char)f->text[0];
    return isalpha(c) || c >= 0x80;
}

static NbStatus add_label(Reader *r, Column *c, const LabelText *f)
{
    double v;
    if (c->kind == C_OPEN) {
        c->kind = C_LABELS;
        c->line = r->line;
    }
    return labels_code(&c->labels, f, &v) && push(&r->x, v) ? NB_OK : no_memory(r);
}

static NbStatus add_value(Reader *r, size_t column, const LabelText *f)
{
    Column *c = &r->column[column];
    double v = NAN;
    if (f->len > 0 && !c->told && number(r, f, &v)) {
        if (c->kind == C_LABELS) {
            return fail_number(r, c->line, column, &c->labels.list[0]);
        }
        c->kind = C_NUMBERS;
        return push(&r->x, v) ? NB_OK : no_memory(r);
    }
    if (f->len == 0 || is_na(f)) {
        if (!r->o.missing_nan) {
            return fail_missing(r, r->line, column);
        }
        return push(&r->x, NAN) ? NB_OK : no_memory(r);
    }
    if (c->kind != C_LABELS && !c->told && truth(f, &v)) {
        c->kind = C_NUMBERS;
        return push(&r->x, v) ? NB_OK : no_memory(r);
    }
    if (c->told || c->kind == C_LABELS || (c->kind == C_OPEN && is_word(f))) {
        return add_label(r, c, f);
    }
    return fail_number(r, r->line, column, f);
}

/* The target may turn out to be text later on, so its text is kept. */
static NbStatus add_target(Reader *r, const LabelText *f)
{
    double v = NAN;
    if (f->len == 0) {
        if (!r->o.missing_nan) {
            return fail_missing(r, r->line, r->target);
        }
    } else if (!number(r, f, &v)) {
        v = NAN;
        if (!is_na(f)) {
            r->text_target = true;
        } else if (r->na_line == 0) {
            r->na_line = r->line;
        }
    }
    if (!push(&r->t, v) || !nb_grow(&r->labels, &r->labels_cap, r->nrows + 1, sizeof *r->labels)) {
        return no_memory(r);
    }
    r->labels[r->nrows] = *f;
    return NB_OK;
}

static NbStatus fail_width(Reader *r)
{
    nb_fail(r->err, NB_ESYNTAX, "csv: %s:%lld: %zu field%s, expected %zu", r->name,
            (long long)r->line, r->nfields, r->nfields == 1 ? "" : "s", r->ncolumns);
    if (r->ncolumns == 1) {
        nb_hint(r->err, "a table begins with the names of its columns or with its first row");
    } else if (r->nfields == r->ncolumns + 1 && r->field[r->ncolumns].len == 0) {
        nb_hint(r->err, "the line ends in a separator");
    } else if (r->nfields > r->ncolumns && r->separator == ',') {
        nb_hint(r->err, "a comma inside a field needs quotes around the field");
    }
    return NB_ESYNTAX;
}

static NbStatus add_row(Reader *r)
{
    if (r->nfields != r->ncolumns) {
        return fail_width(r);
    }
    for (size_t i = 0; i < r->nfields; i++) {
        NbStatus s = i == r->target ? add_target(r, &r->field[i]) : add_value(r, i, &r->field[i]);
        if (s != NB_OK) {
            return s;
        }
    }
    r->nrows++;
    return NB_OK;
}

/* --- the first lines --- */

/* From the first line, outside quotes: a semicolon (commas are decimal marks then), else the
 * commoner of tab and comma. */
static char guess_separator(const char *at, const char *end, char decimal)
{
    size_t commas = 0, tabs = 0, semicolons = 0;
    bool inside = false;
    for (; at < end && (inside || (*at != '\n' && *at != '\r')); at++) {
        inside = inside != (*at == '"');
        if (!inside) {
            commas += *at == ',';
            tabs += *at == '\t';
            semicolons += *at == ';';
        }
    }
    return semicolons > 0 ? ';' : decimal == ',' || tabs > commas ? '\t' : ',';
}

/* Texts, and perhaps columns without a name, as one of row numbers. */
static bool looks_like_header(const Reader *r)
{
    bool named = false;
    for (size_t i = 0; i < r->nfields; i++) {
        double v;
        const LabelText *f = &r->field[i];
        if (!f->quoted && f->len > 0 && number(r, f, &v)) {
            return false;
        }
        named = named || f->quoted || f->len > 0;
    }
    return named;
}

/* Names of the columns from the record just read, or c1, c2, … */
static NbStatus name_columns(Reader *r, bool header)
{
    r->ncolumns = r->nfields;
    r->target = r->ncolumns;
    r->column = nb_calloc(r->ncolumns, sizeof *r->column);
    r->header = r->column ? nb_calloc(r->ncolumns, sizeof *r->header) : NULL;
    for (size_t i = 0; r->header && i < r->ncolumns; i++) {
        char number[32];
        snprintf(number, sizeof number, "c%zu", i + 1);
        bool named = header && r->field[i].len > 0;
        r->header[i] = named ? labels_text(r->field[i].text, r->field[i].len)
                             : labels_text(number, strlen(number));
        if (!r->header[i]) {
            return no_memory(r);
        }
    }
    return r->header ? NB_OK : no_memory(r);
}

static NbStatus find_column(Reader *r, const char *name, size_t *k)
{
    size_t found = 0;
    for (size_t i = r->ncolumns; i-- > 0;) {
        if (strcmp(r->header[i], name) == 0) {
            *k = i;
            found++;
        }
    }
    if (found > 1) {
        nb_fail(r->err, NB_ENAME, "csv: %s has %zu columns %.60s", r->name, found, name);
        nb_hint(r->err, "the target may be told by number: the first is %zu", *k);
    } else if (found == 0) {
        nb_fail(r->err, NB_ENAME, "csv: %s has no column %.60s", r->name, name);
        nb_hint(r->err, "the first is %.60s, the last %.60s", r->header[0],
                r->header[r->ncolumns - 1]);
    }
    return found == 1 ? NB_OK : NB_ENAME;
}

static NbStatus find_target(Reader *r)
{
    int k = r->o.target_index;
    int64_t n = (int64_t)r->ncolumns;
    if (r->o.target) {
        return find_column(r, r->o.target, &r->target);
    }
    if (k > n || k < -n) {
        return nb_fail(r->err, NB_EINDEX, "csv: %s has %lld columns, not a column %d", r->name,
                       (long long)n, k);
    }
    if (k != 0) {
        r->target = (size_t)(k > 0 ? k - 1 : n + k);
    }
    return NB_OK;
}

/* The columns that the options call labels. */
static NbStatus find_labels(Reader *r)
{
    for (int i = 0; i < r->o.nlabels; i++) {
        size_t k = 0;
        if (find_column(r, r->o.labels[i], &k) != NB_OK) {
            return NB_ENAME;
        }
        r->column[k].told = true;
        r->text_target = r->text_target || k == r->target;
    }
    return NB_OK;
}

static long long line_of(const Reader *r, const char *place)
{
    long long line = 1;
    for (const char *at = r->at; (at = memchr(at, '\n', (size_t)(place - at))); at++) {
        line++;
    }
    return line;
}

/* UTF-16 and files that are no text at all hold zero bytes; other bytes that are not UTF-8 are
 * mostly letters of Latin-1, but of which alphabet only who wrote them knows. */
static NbStatus check_text(const Reader *r)
{
    const char *bad = memchr(r->at, '\0', (size_t)(r->end - r->at));
    if (bad) {
        nb_fail(r->err, NB_ESYNTAX, "csv: %s:%lld: a zero byte: this is no text in UTF-8", r->name,
                line_of(r, bad));
        nb_hint(r->err, "spreadsheets save as \"CSV UTF-8\"");
        return NB_ESYNTAX;
    }
    bad = table_not_utf8(r->at, r->end);
    if (!bad) {
        return NB_OK;
    }
    nb_fail(r->err, NB_ESYNTAX,
            "csv: %s:%lld: the byte %02x is not UTF-8; the file may be in Latin-1 (ISO-8859-1)",
            r->name, line_of(r, bad), (unsigned)(unsigned char)*bad);
    nb_hint(r->err, "iconv -f latin1 -t utf8 OLD > NEW, or save as \"CSV UTF-8\"");
    return NB_ESYNTAX;
}

/* Reads the first record, which names the columns or is the first row. */
static NbStatus begin(Reader *r)
{
    const char *hint, *other = table_other(r->at, (size_t)(r->end - r->at), &hint);
    if (other) {
        nb_fail(r->err, NB_ESYNTAX, "csv: %s is %s, not a table of text", r->name, other);
        nb_hint(r->err, "%s", hint);
        return NB_ESYNTAX;
    }
    if (check_text(r) != NB_OK) {
        return NB_ESYNTAX;
    }
    if (r->end - r->at >= 3 && memcmp(r->at, "\xef\xbb\xbf", 3) == 0) {
        r->at += 3;
    }
    skip_empty_lines(r);
    if (r->end - r->at >= 6 && memcmp(r->at, "sep=", 4) == 0 &&
        (r->at[5] == '\n' || r->at[5] == '\r')) { /* as spreadsheets begin a file */
        r->o.separator = r->o.separator ? r->o.separator : r->at[4];
        r->at += 5;
        end_of_line(r);
        skip_empty_lines(r);
    }
    r->separator = r->o.separator ? r->o.separator : guess_separator(r->at, r->end, r->o.decimal);
    NbStatus s = record(r);
    if (s == NB_OK && r->nfields == 0) {
        return nb_fail(r->err, NB_EVALUE, "csv: %s is empty", r->name);
    }
    bool header = r->o.header == NB_CSV_HEADER ||
                  (r->o.header == NB_CSV_GUESS && s == NB_OK && looks_like_header(r));
    s = s == NB_OK ? name_columns(r, header) : s;
    s = s == NB_OK ? find_target(r) : s;
    s = s == NB_OK ? find_labels(r) : s;
    return s == NB_OK && !header ? add_row(r) : s;
}

/* --- labels --- */

/* Texts of the target become numbers in r->t, their names go to out. */
static NbStatus code_labels(Reader *r, NbCsv *out)
{
    Labels seen = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < r->nrows; i++) {
        if (r->labels[i].len > 0) {
            ok = labels_code(&seen, &r->labels[i], &r->t.v[i]);
        }
    }
    ok = ok && labels_copy(&seen, &out->label, &out->nlabels);
    labels_clear(&seen);
    return ok ? NB_OK : no_memory(r);
}

/* Columns of text nobody named: labels come again, names and remarks do not. */
static NbStatus check_labels(Reader *r)
{
    for (size_t i = 0; i < r->ncolumns; i++) {
        const Column *c = &r->column[i];
        if (c->kind == C_LABELS && !c->told && 2 * c->labels.n > r->nrows) {
            return fail_number(r, c->line, i, &c->labels.list[0]);
        }
    }
    return NB_OK;
}

/* The labels of the columns of x to out. */
static NbStatus keep_labels(Reader *r, NbCsv *out)
{
    out->coded = nb_calloc(r->ncolumns, sizeof *out->coded);
    for (size_t i = 0; out->coded && i < r->ncolumns; i++) {
        const Column *c = &r->column[i];
        if (c->kind == C_LABELS) {
            NbCsvLabels *to = &out->coded[out->ncoded++];
            to->column = (int)(i - (i > r->target));
            if (!labels_copy(&c->labels, &to->label, &to->nlabels)) {
                return no_memory(r);
            }
        }
    }
    return out->coded ? NB_OK : no_memory(r);
}

/* --- the whole --- */

static NbVar *const_of(Reader *r, const NbShape *s, const double *v)
{
    return nb_var_tensor(r->ctx, nb_tensor_from(s, v, r->err), NB_CONST);
}

static NbStatus finish(Reader *r, NbCsv *out)
{
    bool has_target = r->target < r->ncolumns;
    size_t width = r->ncolumns - has_target;
    if (r->nrows == 0) {
        return nb_fail(r->err, NB_EVALUE, "csv: %s has no rows", r->name);
    }
    NbStatus status = check_labels(r);
    status = status == NB_OK ? keep_labels(r, out) : status;
    if (status != NB_OK) {
        return status;
    }
    if (has_target && r->text_target) {
        if (code_labels(r, out) != NB_OK) {
            return NB_EMEM;
        }
    } else if (r->na_line > 0 && !r->o.missing_nan) {
        return fail_missing(r, r->na_line, r->target);
    }
    NbShape sx = {.rank = 2, .dim = {(int64_t)r->nrows, (int64_t)width}};
    NbShape st = {.rank = 1, .dim = {(int64_t)r->nrows}};
    static const double nothing;
    out->x = const_of(r, &sx, width > 0 ? r->x.v : &nothing);
    out->t = out->x && has_target ? const_of(r, &st, r->t.v) : NULL;
    out->column = nb_calloc(width + 1, sizeof *out->column);
    if (!out->x || (has_target && !out->t) || !out->column) {
        return no_memory(r);
    }
    for (size_t i = 0; i < r->ncolumns; i++) { /* the names move over */
        if (i == r->target) {
            out->target = r->header[i];
        } else {
            out->column[out->ncolumns++] = r->header[i];
        }
        r->header[i] = NULL;
    }
    out->rows = (int64_t)r->nrows;
    return NB_OK;
}

static NbStatus read_rows(Reader *r)
{
    NbStatus s = begin(r);
    while (s == NB_OK) {
        s = record(r);
        if (s != NB_OK || r->nfields == 0) {
            return s;
        }
        s = add_row(r);
        if (r->nrows % POLL_ROWS == 0 && nb_ctx_interrupted(r->ctx)) {
            return nb_fail(r->err, NB_EINTERRUPT, "stopped");
        }
    }
    return s;
}

NbStatus nb_csv_parse(NbCtx *ctx, const char *text, size_t len, const char *name,
                      const NbCsvOptions *options, NbCsv *out)
{
    if (!ctx || !text || !out) {
        return NB_EVALUE;
    }
    Reader r = {.ctx = ctx, .err = nb_ctx_err(ctx), .name = name, .next = 1};
    *out = (NbCsv){0};
    nb_err_begin(r.err);
    if (options) {
        r.o = *options;
    }
    char *buffer = nb_alloc(len + 1);
    if (!buffer) {
        return no_memory(&r);
    }
    memcpy(buffer, text, len);
    r.at = buffer;
    r.end = buffer + len;
    NbStatus s = read_rows(&r);
    s = s == NB_OK ? finish(&r, out) : s;
    if (s != NB_OK) {
        nb_csv_clear(out);
    }
    for (size_t i = 0; r.header && i < r.ncolumns; i++) {
        nb_free(r.header[i]);
    }
    for (size_t i = 0; r.column && i < r.ncolumns; i++) {
        labels_clear(&r.column[i].labels);
    }
    nb_free(r.column);
    nb_free(r.header);
    nb_free(r.field);
    nb_free(r.labels);
    nb_free(r.x.v);
    nb_free(r.t.v);
    nb_free(buffer);
    return s;
}

NbStatus nb_csv_read(NbCtx *ctx, const char *path, const NbCsvOptions *options, NbCsv *out)
{
    if (!ctx || !path || !out) {
        return NB_EVALUE;
    }
    NbErr err = {0};
    size_t len;
    *out = (NbCsv){0};
    nb_err_begin(nb_ctx_err(ctx));
    char *text = nb_file_read(ctx, path, &len, &err);
    if (!text) {
        return nb_fail(nb_ctx_err(ctx), err.code, "csv: %s", err.msg);
    }
    const char *slash = strrchr(path, '/');
    NbStatus s = nb_csv_parse(ctx, text, len, slash ? slash + 1 : path, options, out);
    nb_free(text);
    return s;
}

static void free_texts(char **text, int n)
{
    for (int i = 0; text && i < n; i++) {
        nb_free(text[i]);
    }
    nb_free(text);
}

void nb_csv_clear(NbCsv *csv)
{
    if (!csv) {
        return;
    }
    nb_var_unref(&csv->x);
    nb_var_unref(&csv->t);
    free_texts(csv->column, csv->ncolumns);
    free_texts(csv->label, csv->nlabels);
    for (int i = 0; i < csv->ncoded; i++) {
        free_texts(csv->coded[i].label, csv->coded[i].nlabels);
    }
    nb_free(csv->coded);
    nb_free(csv->target);
    *csv = (NbCsv){0};
}
