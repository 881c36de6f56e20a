/* test_kernel.c -- messages of notebooks: frames of friends and of strangers, texts, pictures */
#include "test.h"

#include <string.h>

#include "repl/cmd/table.h"
#include "repl/kernel/cells.h"
#include "repl/kernel/encode.h"
#include "repl/kernel/logo.h"
#include "repl/kernel/output.h"
#include "repl/kernel/wire.h"

#define F(text) ((Frame){(char *)(size_t)(text), sizeof(text) - 1})

static const WireKey key = {(char *)(size_t) "secret", 6};

/* A request as a client sends it, in frames. */
typedef struct Request {
    Frame frame[8];
    char hex[WIRE_HEX];
} Request;

static void sign(Request *r)
{
    wire_sign(&key, r->frame + 3, r->hex);
    r->frame[2] = (Frame){r->hex, strlen(r->hex)};
}

static Request request(void)
{
    Request r = {.frame = {F("client"), F(WIRE_DELIMITER), F(""),
                           F("{\"msg_type\":\"execute_request\",\"msg_id\":\"1\"}"), F("{}"),
                           F("{}"), F("{\"code\":\"1 + 1\",\"silent\":true}")}};
    wire_sign(&key, r.frame + 3, r.hex);
    return r;
}

static void refused(const Request *r, int n, const char *why)
{
    static WireSeen fresh;
    fresh.n = 0;
    Message m;
    assert_string_equal(wire_take(&key, &fresh, r->frame, n, &m), why);
    assert_null(m.header);
    assert_int_equal(m.nid, 0);
}

static void a_signed_message_is_taken_once(void **state)
{
    (void)state;
    static WireSeen seen;
    Request r = request();
    Message m;
    sign(&r);
    assert_null(wire_take(&key, &seen, r.frame, 7, &m));
    message_free(&m);
    assert_string_equal(wire_take(&key, &seen, r.frame, 7, &m), "it came before");
    r.frame[3] = F("{\"msg_type\":\"execute_request\",\"msg_id\":\"2\"}");
    sign(&r);
    assert_null(wire_take(&key, &seen, r.frame, 7, &m));
    message_free(&m);
    const WireKey none = {0}; /* nothing is signed: a client may say the same twice */
    r.frame[2] = F("");
    for (int i = 0; i < 2; i++) {
        assert_null(wire_take(&none, &seen, r.frame, 7, &m));
        message_free(&m);
    }
}

static void a_signed_message_is_taken_apart(void **state)
{
    (void)state;
    static WireSeen fresh;
    Request r = request();
    Message m;
    sign(&r);
    assert_null(wire_take(&key, &fresh, r.frame, 7, &m));
    assert_string_equal(message_type(&m), "execute_request");
    assert_string_equal(json_text(m.content, "code", ""), "1 + 1");
    assert_true(json_flag(m.content, "silent", false));
    assert_int_equal(json_number(m.content, "code", 7), 7);
    assert_int_equal(m.nid, 1);
    assert_string_equal(m.id[0].bytes, "client");
    message_free(&m);
    assert_null(m.header);
}

/* RFC 4231, test case 2. */
static void the_signature_is_that_of_others(void **state)
{
    (void)state;
    const WireKey jefe = {(char *)(size_t) "Jefe", 4};
    const Frame part[4] = {F("what do "), F("ya want "), F("for "), F("nothing?")};
    char hex[WIRE_HEX];
    wire_sign(&jefe, part, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    wire_sign(&(WireKey){NULL, 0}, part, hex);
    assert_string_equal(hex, "");
}

static void a_wrong_key_is_refused(void **state)
{
    (void)state;
    Request r = request();
    wire_sign(&(WireKey){(char *)(size_t) "Secret", 6}, r.frame + 3, r.hex);
    r.frame[2] = (Frame){r.hex, strlen(r.hex)};
    refused(&r, 7, "its signature is wrong");
    sign(&r);
    r.frame[2].size--;
    refused(&r, 7, "its signature is wrong");
    r.frame[2] = F("");
    refused(&r, 7, "its signature is wrong");
    sign(&r);
    r.frame[6] = F("{\"code\":\"1 + 2\",\"silent\":true}");
    refused(&r, 7, "its signature is wrong");
}

static void half_a_message_is_refused(void **state)
{
    (void)state;
    Request r = request();
    sign(&r);
    refused(&r, 0, "it has no " WIRE_DELIMITER);
    refused(&r, 1, "it has no " WIRE_DELIMITER);
    for (int n = 2; n < 7; n++) {
        refused(&r, n, "it is not whole");
    }
    r.frame[1] = F("<IDS|MSG");
    refused(&r, 7, "it has no " WIRE_DELIMITER);
}

static void wrong_json_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "{", "[1]", "null", "{\"code\":}", "\"x\"", "{\"a\":\"\xff", "{'a': 1}", "7"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Request r = request();
        r.frame[6] = (Frame){(char *)(size_t)bad[i], strlen(bad[i])};
        sign(&r);
        refused(&r, 7, "its header or content is no JSON object");
        r = request();
        r.frame[3] = (Frame){(char *)(size_t)bad[i], strlen(bad[i])};
        sign(&r);
        refused(&r, 7, "its header or content is no JSON object");
    }
    Request r = request();
    r.frame[3] = F("{\"msg_type\":5}");
    sign(&r);
    refused(&r, 7, "it has no msg_type");
}

static void json_nested_without_end_is_refused(void **state)
{
    (void)state;
    enum { DEEP = 1000000 };
    char *deep = malloc(DEEP);
    assert_non_null(deep);
    memset(deep, '[', DEEP);
    Request r = request();
    r.frame[6] = (Frame){deep, DEEP};
    sign(&r);
    refused(&r, 7, "its header or content is no JSON object");
    free(deep);
}

static void names_are_random(void **state)
{
    (void)state;
    char a[37], b[37];
    wire_uuid(a);
    wire_uuid(b);
    assert_int_equal(strlen(a), 36);
    assert_int_equal(a[14], '4');
    assert_string_not_equal(a, b);
}

/* --- texts --- */

static void what_is_no_character_is_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *text, *as;
        size_t n;
    } row[] = {{"∂f", "∂f", 4},
               {"a\xff z", "a\xEF\xBF\xBD z", 4},
               {"a\0b",
                "a\xEF\xBF\xBD"
                "b",
                3},
               {"\xE2\x88", "\xEF\xBF\xBD\xEF\xBF\xBD", 2},
               {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 3},
               {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD", 2},
               {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", 4}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char *out = encode_utf8(row[i].text, row[i].n);
        assert_string_equal(out, row[i].as);
        free(out);
    }
}

static void positions_count_characters(void **state)
{
    (void)state;
    const char *text = "∂f = θ";
    assert_int_equal(utf8_bytes(text, strlen(text), 1), 3);
    assert_int_equal(utf8_bytes(text, strlen(text), 6), strlen(text));
    assert_int_equal(utf8_bytes(text, strlen(text), 1000000), strlen(text));
    assert_int_equal(utf8_bytes(text, strlen(text), -3), 0);
    assert_int_equal(utf8_chars(text, strlen(text)), 6);
    assert_int_equal(utf8_tail("a\xE2\x88", 3), 2);
    assert_int_equal(utf8_tail("∂", 3), 0);
    assert_int_equal(utf8_tail("", 0), 0);
}

static void bytes_become_base64(void **state)
{
    (void)state;
    static const char *const row[][2] = {
        {"", ""},        {"f", "Zg=="},          {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe", "//4="}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char *out = encode_base64(row[i][0], strlen(row[i][0]));
        assert_string_equal(out, row[i][1]);
        free(out);
    }
}

static void a_picture_is_the_source_of_an_image(void **state)
{
    (void)state;
    char *out = encode_image("<svg/>", 6, "a \"<b>\"");
    assert_string_equal(out, "<img style=\"max-width:100%\" alt=\"a &quot;&lt;b&gt;&quot;\" "
                             "src=\"data:image/svg+xml;base64,PHN2Zy8+\">");
    free(out);
}

static void the_logo_is_a_picture(void **state)
{
    (void)state;
    size_t n = 0;
    char *png = logo_png(32, &n);
    assert_non_null(png);
    assert_memory_equal(png, "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(png + n - 8, "IEND\xAE\x42\x60\x82", 8);
    free(png);
}

/* --- the front --- */

typedef struct Cell {
    Session *s;
    volatile sig_atomic_t interrupt;
    Output out;
    cJSON *sent; /* {type, content} */
} Cell;

static void keep(void *user, const char *type, cJSON *content)
{
    Cell *c = user;
    cJSON *m = cJSON_CreateObject();
    cJSON_AddStringToObject(m, "type", type);
    cJSON_AddItemToObject(m, "content", content);
    cJSON_AddItemToArray(c->sent, m);
}

static int begin(void **state)
{
    Cell *c = calloc(1, sizeof *c);
    Front front = {0};
    assert_non_null(c);
    c->s = session_new(&commands_kit, &c->interrupt, true);
    assert_non_null(c->s);
    c->out = (Output){.s = c->s, .user = c, .emit = keep, .prefix = "here"};
    output_front(&c->out, &front);
    assert_true(session_front(c->s, &front));
    c->s->set.echo = true;
    c->sent = cJSON_CreateArray();
    *state = c;
    return 0;
}

static int end(void **state)
{
    Cell *c = *state;
    session_free(&c->s);
    output_free(&c->out);
    cJSON_Delete(c->sent);
    free(c);
    return 0;
}

static RunEnd run(Cell *c, const char *code)
{
    cJSON_Delete(c->sent);
    c->sent = cJSON_CreateArray();
    output_begin(&c->out, 3, false);
    RunEnd how = session_run(c->s, code, strlen(code), "", 1, RUN_ECHO);
    output_end(&c->out);
    return how;
}

static const cJSON *sent(const Cell *c, int i, const char *type)
{
    const cJSON *m = cJSON_GetArrayItem(c->sent, i);
    assert_non_null(m);
    assert_string_equal(json_text(m, "type", ""), type);
    return cJSON_GetObjectItemCaseSensitive(m, "content");
}

static const char *form(const cJSON *content, const char *mime)
{
    return json_text(cJSON_GetObjectItemCaseSensitive(content, "data"), mime, "");
}

static void text_and_result_come_in_order(void **state)
{
    Cell *c = *state;
    assert_int_equal(run(c, "x = 2; f = x^2; backward f; backward f;\nprint \"∂\"\nf + 1"), RUN_OK);
    const cJSON *err = sent(c, 0, "stream"), *out = sent(c, 1, "stream");
    assert_string_equal(json_text(err, "name", ""), "stderr");
    assert_string_equal(json_text(out, "text", ""), "∂\n");
    const cJSON *result = sent(c, 2, "execute_result");
    assert_string_equal(form(result, "text/plain"), "ans = 5");
    assert_int_equal(json_number(result, "execution_count", 0), 3);
    assert_int_equal(cJSON_GetArraySize(c->sent), 3);
}

/* Every line of it goes to the front, none to the process. */
static void help_is_told_in_the_cell(void **state)
{
    Cell *c = *state;
    assert_int_equal(run(c, "help sqrt"), RUN_OK);
    const char *text = json_text(sent(c, 0, "stream"), "text", "");
    assert_ptr_equal(strstr(text, "sqrt(x)\n  Square root.\n  y = sqrt(x)\n"), text);
    assert_non_null(strstr(text, "∂y/∂x = 0.5/y\n"));
}

/* The word in front of an error tells its kind. */
static void errors_have_names(void **state)
{
    Cell *c = *state;
    static const char *const tries[][2] = {
        {"y = [1, 2] @ [1, 2, 3]", "shape error"},
        {"y = [1, 2][5]", "index error"},
        {"y = sqrt(\"a\")", "type error"},
        {"y = nothing_here", "name error"},
        {"x = 2; f = x^2; x := 3; backward f", "stale graph"},
        {"load \"no such file.nabla\"", "file error"},
        {"y = )", "syntax error"},
        {"set nan error; y = 1/0", "not finite"},
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        assert_int_equal(run(c, tries[i][0]), RUN_ERROR);
        const int last = cJSON_GetArraySize(c->sent) - 1;
        assert_string_equal(json_text(sent(c, last, "error"), "ename", ""), tries[i][1]);
    }
}

static void an_error_is_a_traceback_with_its_place(void **state)
{
    Cell *c = *state;
    assert_int_equal(run(c, "x = 2\ny = x + zz"), RUN_ERROR);
    const cJSON *e = sent(c, 1, "error");
    assert_string_equal(json_text(e, "ename", ""), "name error");
    assert_string_equal(json_text(e, "evalue", ""), "unknown name zz");
    const cJSON *lines = cJSON_GetObjectItemCaseSensitive(e, "traceback");
    bool caret = false;
    for (int i = 0; i < cJSON_GetArraySize(lines); i++) {
        const char *line = cJSON_GetArrayItem(lines, i)->valuestring;
        caret |= strchr(line, '^') != NULL;
        assert_null(strchr(line, '\n'));
    }
    assert_true(caret);
}

static void a_stop_is_told_behind_its_words(void **state)
{
    Cell *c = *state;
    run(c, "i = 0");
    c->interrupt = 1;
    assert_int_equal(run(c, "repeat 1000 { i = i + 1 }"), RUN_INTERRUPT);
    c->interrupt = 0;
    assert_string_equal(json_text(sent(c, 0, "stream"), "name", ""), "stderr");
    assert_string_equal(json_text(sent(c, 1, "error"), "ename", ""), "stopped");
}

static void what_is_too_much_is_counted(void **state)
{
    Cell *c = *state;
    assert_int_equal(run(c, "repeat 30000 { print \"a line of a hundred bytes: "
                            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" }"),
                     RUN_OK);
    size_t all = 0;
    int n = cJSON_GetArraySize(c->sent);
    for (int i = 0; i < n - 1; i++) {
        all += strlen(json_text(sent(c, i, "stream"), "text", ""));
    }
    assert_int_equal(all, OUTPUT_TEXT);
    assert_non_null(
        strstr(json_text(sent(c, n - 1, "stream"), "text", ""), "MB of output left out"));
}

static void nothing_is_told_in_silence(void **state)
{
    Cell *c = *state;
    output_begin(&c->out, 3, true);
    session_run(c->s, "print 1; 2; zz", 14, "", 1, 0);
    output_end(&c->out);
    assert_int_equal(cJSON_GetArraySize(c->sent), 0);
    assert_non_null(c->out.error);
}

static void pictures_come_in_three_forms(void **state)
{
    Cell *c = *state;
    assert_int_equal(run(c, "x, y = 2, 3; f = x*y; graph f; graph f"), RUN_OK);
    char first[200];
    for (int i = 0; i < 2; i++) {
        const cJSON *d = sent(c, i, "display_data");
        const char *html = form(d, "text/html"), *png = form(d, "image/png");
        assert_true(strncmp(html, "<img ", 5) == 0);
        assert_null(strstr(html, "<svg"));
        assert_true(strncmp(png, "iVBORw0KGgo", 11) == 0);
        assert_true(strncmp(form(d, "text/plain"), "graph of f", 10) == 0);
        const char *id =
            json_text(cJSON_GetObjectItemCaseSensitive(d, "transient"), "display_id", "");
        assert_true(i == 0 || strcmp(first, id) != 0);
        snprintf(first, sizeof first, "%s", id);
    }
}

/* The i-th message of a kind. */
static const cJSON *nth(const Cell *c, const char *type, int i)
{
    const cJSON *m;
    cJSON_ArrayForEach(m, c->sent)
    {
        if (strcmp(json_text(m, "type", ""), type) == 0 && i-- == 0) {
            return cJSON_GetObjectItemCaseSensitive(m, "content");
        }
    }
    return NULL;
}

static void a_picture_that_changes_stays_in_its_place(void **state)
{
    Cell *c = *state;
    assert_int_equal(run(c, "x = 2; f = x^2; for i in 0:2 { x := i; forward f; graph f }"), RUN_OK);
    const cJSON *first = nth(c, "display_data", 0), *again = nth(c, "update_display_data", 0);
    assert_non_null(first);
    assert_non_null(again);
    assert_null(nth(c, "display_data", 1));
    assert_string_not_equal(form(first, "image/png"), form(again, "image/png"));
}

static void a_descent_shows_its_curve(void **state)
{
    Cell *c = *state;
    assert_int_equal(run(c, "x = 2; f = x^2; opt = sgd(x, lr=0.1); minimize f, steps=9"), RUN_OK);
    assert_non_null(strstr(form(sent(c, 0, "display_data"), "text/html"), "<th"));
    const cJSON *curve = nth(c, "display_data", 1);
    assert_non_null(curve);
    assert_true(strncmp(form(curve, "text/plain"), "plot of f", 9) == 0);
    run(c, "step; x := 3");
    for (int i = 0; i < cJSON_GetArraySize(c->sent); i++) {
        sent(c, i, "stream");
    }
    assert_int_equal(run(c, "repeat 9 { forward f; cleargrad; backward f; step };"), RUN_OK);
    assert_int_equal(cJSON_GetArraySize(c->sent), 0);
}

static void info_and_ledger_are_tables(void **state)
{
    Cell *c = *state;
    assert_int_equal(run(c, "x, y = 2, 3; f = x*y + x^2; backward f; info x\nledger x"), RUN_OK);
    const cJSON *info = nth(c, "display_data", 0), *ledger = nth(c, "display_data", 1);
    assert_non_null(strstr(form(info, "text/html"), ">x = 2</td>"));
    assert_non_null(strstr(form(info, "text/html"), ">grad 7</td>"));
    assert_non_null(strstr(form(info, "text/plain"), "x = 2    leaf"));
    assert_non_null(strstr(form(ledger, "text/html"), ">x.grad</th>"));
    assert_non_null(strstr(form(ledger, "text/html"), ">backward f</td>"));
    assert_non_null(strstr(form(ledger, "text/plain"), "together 7"));
}

static void a_walk_is_a_page_with_a_picture(void **state)
{
    Cell *c = *state;
    assert_int_equal(run(c, "x, y = 2, 3; f = x*y; walk f; trace f; explain x"), RUN_OK);
    for (int i = 0; i < 2; i++) {
        const cJSON *d = sent(c, i, "display_data");
        const char *html = form(d, "text/html");
        assert_true(strncmp(html, "<iframe ", 8) == 0);
        assert_non_null(strstr(html, "sandbox=\"allow-scripts\""));
        assert_non_null(strstr(html, "<img "));
        assert_null(strstr(html, "<script"));
        assert_true(form(d, "image/png")[0]);
        assert_int_equal(form(d, "text/latex")[0] != '\0', i == 1);
    }
    assert_non_null(strstr(form(sent(c, 0, "display_data"), "text/plain"), "walk done"));
    assert_non_null(strstr(form(sent(c, 2, "display_data"), "text/latex"), "\\begin{align*}"));
}

static void a_notebook_keeps_what_its_cells_show(void **state)
{
    Cell *c = *state;
    cJSON *book = notebook_new();
    notebook_add(book, "markdown", "text", "some text");
    notebook_add(book, "code", "code", "x = 2\nprint x\nprint x\nx + 1");
    notebook_add(book, "code", "code", "zz");
    notebook_add(book, "code", "code", "x");
    assert_false(notebook_run(c->s, book));
    const cJSON *cells = cJSON_GetObjectItemCaseSensitive(book, "cells");
    const cJSON *out = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(cells, 1), "outputs");
    assert_int_equal(cJSON_GetArraySize(out), 2);
    assert_string_equal(json_text(cJSON_GetArrayItem(out, 0), "output_type", ""), "stream");
    assert_string_equal(json_text(cJSON_GetArrayItem(out, 1), "output_type", ""), "execute_result");
    out = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(cells, 2), "outputs");
    assert_string_equal(json_text(cJSON_GetArrayItem(out, 0), "output_type", ""), "error");
    out = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(cells, 3), "outputs");
    assert_int_equal(cJSON_GetArraySize(out), 0);
    cJSON_Delete(book);
}

#define CELL_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_message_is_taken_apart),
        cmocka_unit_test(a_signed_message_is_taken_once),
        cmocka_unit_test(the_signature_is_that_of_others),
        cmocka_unit_test(a_wrong_key_is_refused),
        cmocka_unit_test(half_a_message_is_refused),
        cmocka_unit_test(wrong_json_is_refused),
        cmocka_unit_test(json_nested_without_end_is_refused),
        cmocka_unit_test(names_are_random),
        cmocka_unit_test(what_is_no_character_is_replaced),
        cmocka_unit_test(positions_count_characters),
        cmocka_unit_test(bytes_become_base64),
        cmocka_unit_test(a_picture_is_the_source_of_an_image),
        cmocka_unit_test(the_logo_is_a_picture),
        CELL_TEST(text_and_result_come_in_order),
        CELL_TEST(help_is_told_in_the_cell),
        CELL_TEST(errors_have_names),
        CELL_TEST(an_error_is_a_traceback_with_its_place),
        CELL_TEST(a_stop_is_told_behind_its_words),
        CELL_TEST(what_is_too_much_is_counted),
        CELL_TEST(nothing_is_told_in_silence),
        CELL_TEST(pictures_come_in_three_forms),
        CELL_TEST(a_picture_that_changes_stays_in_its_place),
        CELL_TEST(a_descent_shows_its_curve),
        CELL_TEST(info_and_ledger_are_tables),
        CELL_TEST(a_walk_is_a_page_with_a_picture),
        CELL_TEST(a_notebook_keeps_what_its_cells_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
