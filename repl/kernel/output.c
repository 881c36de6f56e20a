/* output.c -- what a session tells, as messages: streams, pictures, results, errors */
#include "kernel/output.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/encode.h"
#include "kernel/spare.h"

#define FLUSH_EVERY 0.1 /* s, of what a long statement prints */
#define SHOW_EVERY 0.2  /* s, of a picture that changes */
#define BAR_WIDTH 30    /* of progress as text */

static bool is_quiet(const Output *o)
{
    return !o->open || o->silent;
}

/* --- text --- */

static void send_text(Output *o, bool err, const char *text, size_t n)
{
    char *valid = encode_utf8(text, n);
    cJSON *c = cJSON_CreateObject();
    cJSON_AddStringToObject(c, "name", err ? "stderr" : "stdout");
    if (valid && cJSON_AddStringToObject(c, "text", valid)) {
        o->emit(o->user, "stream", c);
    } else {
        cJSON_Delete(c);
    }
    free(valid);
}

/* Cuts what is beyond the limit of a cell. */
static size_t within(Output *o, size_t n)
{
    size_t room = o->text < OUTPUT_TEXT ? (size_t)(OUTPUT_TEXT - o->text) : 0;
    size_t cut = n > room ? room : n;
    o->beyond += (long)(n - cut);
    o->text += (long)cut;
    return cut;
}

static void front_write(void *user, bool err, const char *text, size_t n)
{
    Output *o = user;
    struct OutputTail *tail = &o->tail[err];
    if (o->capture) {
        text_addn(o->capture, text, n);
        return;
    }
    n = is_quiet(o) ? 0 : within(o, n);
    size_t all = tail->n + n;
    char *whole = n > 0 ? spare_malloc(all) : NULL;
    if (!whole) {
        return;
    }
    memcpy(whole, tail->byte, tail->n);
    memcpy(whole + tail->n, text, n);
    tail->n = utf8_tail(whole, all);
    all -= tail->n;
    memcpy(tail->byte, whole + all, tail->n);
    if (all > 0) {
        send_text(o, err, whole, all);
    }
    free(whole);
}

static void flush(Output *o)
{
    session_flush(o->s);
    o->flushed = nb_seconds();
}

/* --- things in several forms --- */

static const FrontForm *find_form(const FrontForm *form, int n, const char *mime)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(form[i].mime, mime) == 0) {
            return &form[i];
        }
    }
    return NULL;
}

/* HTML of what is no HTML of its own: an SVG as the source of an image, which needs no trust; a
 * page in a frame, with the picture where frames are not shown. */
static char *html_of(const FrontForm *form, int n)
{
    const FrontForm *svg = find_form(form, n, "image/svg+xml");
    const FrontForm *page = find_form(form, n, FRONT_PAGE);
    char *image = svg ? encode_image(svg->bytes, svg->size, form[0].bytes) : NULL;
    char *frame = page && image ? encode_frame(page->bytes, image) : NULL;
    if (page) {
        free(image);
        image = frame;
    }
    return image;
}

static void add_form(cJSON *data, const FrontForm *f)
{
    bool binary = strncmp(f->mime, "image/", 6) == 0;
    char *text = binary ? encode_base64(f->bytes, f->size) : encode_utf8(f->bytes, f->size);
    if (text) {
        cJSON_AddStringToObject(data, f->mime, text);
    }
    free(text);
}

static cJSON *content_of(const FrontForm *form, int n)
{
    cJSON *c = cJSON_CreateObject(), *data = cJSON_AddObjectToObject(c, "data");
    cJSON_AddObjectToObject(c, "metadata");
    for (int i = 0; i < n; i++) {
        if (strcmp(form[i].mime, "image/svg+xml") != 0 && strcmp(form[i].mime, FRONT_PAGE) != 0) {
            add_form(data, &form[i]);
        }
    }
    char *html = html_of(form, n);
    if (html) {
        cJSON_AddStringToObject(data, "text/html", html);
    }
    free(html);
    return c;
}

/* The one of this name that this statement showed, or a new one; NULL when there are too many. */
static Shown *find_shown(Output *o, const char *id, bool *again)
{
    uint64_t statement = session_statement(o->s);
    for (int i = 0; i < o->nshown; i++) {
        if (o->shown[i].statement == statement && strcmp(o->shown[i].id, id) == 0) {
            *again = true;
            return &o->shown[i];
        }
    }
    if (o->nshown == OUTPUT_SHOWN) {
        return NULL;
    }
    Shown *w = &o->shown[o->nshown++];
    *w = (Shown){.statement = statement};
    snprintf(w->id, sizeof w->id, "%s", id);
    return w;
}

static void send_shown(Output *o, Shown *w, cJSON *content, bool again)
{
    w->at = nb_seconds();
    o->emit(o->user, again ? "update_display_data" : "display_data", content);
}

static void front_show(void *user, const FrontForm *form, int n, const char *id)
{
    Output *o = user;
    bool again = false;
    if (is_quiet(o) || o->capture) {
        return;
    }
    flush(o);
    cJSON *c = content_of(form, n), *transient = cJSON_AddObjectToObject(c, "transient");
    Shown *w = id ? find_shown(o, id, &again) : NULL;
    if (!w) {
        o->emit(o->user, "display_data", c);
        return;
    }
    char name[96];
    snprintf(name, sizeof name, "%s-%lu", o->prefix, o->nids + (unsigned long)(w - o->shown));
    cJSON_AddStringToObject(transient, "display_id", name);
    if (again && nb_seconds() - w->at < SHOW_EVERY) {
        cJSON_Delete(w->later);
        w->later = c;
        return;
    }
    cJSON_Delete(w->later);
    w->later = NULL;
    send_shown(o, w, c, again);
}

/* Sends what waited; all of it at the end. */
static void send_later(Output *o, bool all)
{
    double now = nb_seconds();
    for (int i = 0; i < o->nshown; i++) {
        Shown *w = &o->shown[i];
        if (w->later && (all || now - w->at >= SHOW_EVERY)) {
            cJSON *c = w->later;
            w->later = NULL;
            send_shown(o, w, c, true);
        }
    }
}

/* A bar in its place below what the cell showed so far; nothing is left of it at the end. */
void output_progress(void *user, double part, const char *text)
{
    Text plain = {0}, html = {0};
    char *words = encode_html(text ? text : "");
    text_add(&plain, text ? "[" : "");
    for (int i = 0; text && i < BAR_WIDTH; i++) {
        text_add(&plain, i < (int)(part * BAR_WIDTH) ? "#" : " ");
    }
    if (text && words) {
        text_printf(&plain, "] %s", text);
        text_printf(&html, "<progress value=\"%.3f\"></progress> %s", part, words);
    }
    const FrontForm form[] = {{"text/plain", text_str(&plain), plain.len},
                              {"text/html", text_str(&html), html.len}};
    front_show(user, form, 2, "progress");
    text_free(&plain);
    text_free(&html);
    free(words);
}

static void front_result(void *user, const FrontForm *form, int n)
{
    Output *o = user;
    if (is_quiet(o) || o->capture) {
        return;
    }
    flush(o);
    cJSON *c = content_of(form, n);
    cJSON_AddNumberToObject(c, "execution_count", (double)o->count);
    o->emit(o->user, "execute_result", c);
}

/* --- errors --- */

static const char *kind_of(NbStatus code)
{
    switch (code) {
    case NB_ESHAPE: return "shape error";
    case NB_EINDEX: return "index error";
    case NB_ETYPE: return "type error";
    case NB_ENAME: return "name error";
    case NB_ESTALE: return "stale graph";
    case NB_EMEM: return "out of memory";
    case NB_EIO: return "file error";
    case NB_ESYNTAX: return "syntax error";
    case NB_ENONFINITE: return "not finite";
    case NB_EINTERRUPT: return "stopped";
    default: return "error";
    }
}

/* The words of the prompt, with the caret, line by line. */
static void add_traceback(cJSON *c, const LangError *e)
{
    cJSON *lines = cJSON_AddArrayToObject(c, "traceback");
    char *text = NULL;
    size_t size = 0;
    FILE *mem = open_memstream(&text, &size);
    if (mem) {
        lang_error_print(e, mem, true, 0);
    }
    char *valid = mem && fclose(mem) == 0 ? encode_utf8(text, size) : NULL;
    for (char *line = valid, *end; line && *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end ? 1 : 0;
        char after = *end;
        char *newline = end > line && end[-1] == '\n' ? end - 1 : NULL;
        *end = '\0';
        if (newline) {
            *newline = '\0';
        }
        cJSON_AddItemToArray(lines, cJSON_CreateString(line));
        *end = after;
    }
    free(valid);
    free(text);
}

static void front_error(void *user, const LangError *e, bool stopped)
{
    Output *o = user;
    if (o->capture || !o->open) {
        return;
    }
    if (o->tell) {
        o->tell(o->user);
    }
    char *words = encode_utf8(e->err.msg, strlen(e->err.msg));
    cJSON_Delete(o->error);
    o->error = cJSON_CreateObject();
    cJSON_AddStringToObject(o->error, "ename", kind_of(stopped ? NB_EINTERRUPT : e->err.code));
    cJSON_AddStringToObject(o->error, "evalue", words ? words : "");
    free(words);
    o->stopped = stopped;
    if (stopped) {
        cJSON_AddArrayToObject(o->error, "traceback");
        return;
    }
    add_traceback(o->error, e);
    if (!o->silent) {
        flush(o);
        o->emit(o->user, "error", cJSON_Duplicate(o->error, true));
    }
}

/* --- a cell --- */

static void front_tick(void *user)
{
    Output *o = user;
    if (nb_seconds() - o->flushed > FLUSH_EVERY) {
        flush(o);
        send_later(o, false);
    }
}

void output_front(Output *o, Front *front)
{
    front->user = o;
    front->is |= FRONT_PERSON | FRONT_PICTURES | FRONT_FORMS | FRONT_LIVE | FRONT_BUTTONS;
    front->write = front_write;
    front->show = front_show;
    front->result = front_result;
    front->error = front_error;
    front->tick = front_tick;
}

static void forget(Output *o)
{
    for (int i = 0; i < o->nshown; i++) {
        cJSON_Delete(o->shown[i].later);
    }
    o->nids += (unsigned long)o->nshown;
    o->nshown = 0;
    cJSON_Delete(o->error);
    o->error = NULL;
}

void output_begin(Output *o, long count, bool silent)
{
    session_flush(o->s); /* of nobody */
    forget(o);
    o->open = true;
    o->silent = silent;
    o->stopped = false;
    o->count = count;
    o->text = o->beyond = 0;
    o->tail[0].n = o->tail[1].n = 0;
    o->flushed = nb_seconds();
}

void output_end(Output *o)
{
    session_flush(o->s);
    send_later(o, true);
    for (int err = 0; err < 2 && !is_quiet(o); err++) {
        if (o->tail[err].n > 0) { /* half a character that nothing followed */
            send_text(o, err, o->tail[err].byte, o->tail[err].n);
        }
    }
    if (o->beyond > 0) {
        char said[120];
        int n = snprintf(said, sizeof said, "\n… %.3g MB of output left out: a cell shows %ld MB\n",
                         (double)o->beyond / 1e6, OUTPUT_TEXT >> 20);
        send_text(o, true, said, (size_t)n);
    }
    if (o->stopped && !o->silent) {
        o->emit(o->user, "error", cJSON_Duplicate(o->error, true));
    }
    o->open = false;
}

void output_free(Output *o)
{
    forget(o);
}
