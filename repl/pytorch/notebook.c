/* notebook.c -- a program in Python as the cells of a Jupyter notebook */
#include "pytorch/internal.h"

static void json_string(Text *out, const char *s, size_t n)
{
    text_add(out, "\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\') {
            text_printf(out, "\\%c", c);
        } else if (c == '\n') {
            text_add(out, "\\n");
        } else if (c < 0x20) {
            text_printf(out, "\\u%04x", c);
        } else {
            text_addn(out, s + i, 1);
        }
    }
    text_add(out, "\"");
}

/* Lines of a cell, each a string that ends with its newline, but not the last. */
static void lines(Text *out, const char *s, const char *end)
{
    text_add(out, "[");
    for (bool first = true; s < end; first = false) {
        const char *nl = memchr(s, '\n', (size_t)(end - s));
        const char *stop = nl && nl + 1 < end ? nl + 1 : nl ? nl : end;
        text_add(out, first ? "" : ", ");
        json_string(out, s, (size_t)(stop - s));
        s = nl ? nl + 1 : end;
    }
    text_add(out, "]");
}

static void cell(Text *out, const char *s, const char *end, int number, bool words)
{
    while (end > s && end[-1] == '\n') {
        end--;
    }
    text_add(out, number ? ",\n" : "");
    text_printf(out, "  {\"cell_type\": \"%s\", \"id\": \"cell-%d\", \"metadata\": {},",
                words ? "markdown" : "code", number);
    text_add(out,
             words ? " \"source\": " : " \"execution_count\": null, \"outputs\": [], \"source\": ");
    lines(out, s, end);
    text_add(out, "}");
}

/* A paragraph of comments alone, as text without the marks. */
static bool is_words(const char *s, const char *end)
{
    for (; s < end; s++) {
        if (*s != '#' && *s != '\n') {
            return false;
        }
        const char *nl = memchr(s, '\n', (size_t)(end - s));
        if (!nl) {
            return true;
        }
        s = nl;
    }
    return true;
}

static void words_cell(Text *out, const char *s, const char *end, int number)
{
    Text t = text_in(&out->failed);
    while (s < end) {
        const char *nl = memchr(s, '\n', (size_t)(end - s));
        const char *stop = nl ? nl : end;
        s += *s == '#';
        s += s < stop && *s == ' ';
        text_addn(&t, s, (size_t)(stop - s));
        text_add(&t, "\n");
        s = nl ? nl + 1 : end;
    }
    cell(out, text_str(&t), text_str(&t) + t.len, number, true);
    text_free(&t);
}

/* A new cell begins after an empty line before a line that is not indented. */
static const char *cell_end(const char *s)
{
    for (const char *p = strstr(s, "\n\n"); p; p = strstr(p + 1, "\n\n")) {
        const char *next = p + strspn(p, "\n");
        if (*next && *next != ' ') {
            return next;
        }
    }
    return s + strlen(s);
}

bool notebook_write(const char *program, Text *out)
{
    int n = 0;
    text_add(out, "{\n \"cells\": [\n");
    for (const char *s = program; *s;) {
        const char *end = cell_end(s);
        if (is_words(s, end)) {
            words_cell(out, s, end, n++);
        } else {
            cell(out, s, end, n++, false);
        }
        s = end;
    }
    text_add(out, "\n ],\n \"metadata\": {\"kernelspec\": {\"display_name\": \"Python 3\", "
                  "\"language\": \"python\", "
                  "\"name\": \"python3\"}, \"language_info\": {\"name\": \"python\"}},\n"
                  " \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n");
    return !out->failed;
}
