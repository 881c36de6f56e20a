/* highlight.c -- the language's words for editors that colour it, from the tables of commands */
#include "cmd/highlight.h"

#include <string.h>

/* --- words --- */

typedef enum Kind { KEYWORDS, COMMANDS, FUNCTIONS, CONSTANTS, KINDS } Kind;

static bool is_name(const char *word)
{
    return (word[0] >= 'a' && word[0] <= 'z') || (word[0] >= 'A' && word[0] <= 'Z');
}

static const char *builtin_at(const Interp *I, int i, bool command)
{
    const Builtin *b = interp_builtin_at(I, i);
    return ((b->flags & B_COMMAND) != 0) == command && is_name(b->name) ? b->name : NULL;
}

static const char *operation_at(const Interp *I, int i)
{
    const NbOp *op = nb_op_at(i);
    bool shown = !(op->flags & NB_OP_HIDDEN) && is_name(op->name);
    return shown && !interp_builtin_find(I, op->name) ? op->name : NULL;
}

/* The i-th of a kind; NULL: none at this place. *end: there are no more. */
static const char *word_at(Session *s, Kind kind, int i, bool *end)
{
    const Interp *I = s->interp;
    int builtins = interp_builtin_count(I), symbols = interp_symbols(I);
    switch (kind) {
    case KEYWORDS: *end = !interp_keywords()[i]; return interp_keywords()[i];
    case COMMANDS: *end = i >= builtins; return *end ? NULL : builtin_at(I, i, true);
    case CONSTANTS:
        *end = i >= symbols;
        return *end || !interp_is_constant(I, i) ? NULL : interp_symbol_name(I, i);
    default:
        *end = i >= builtins + nb_op_count();
        return *end ? NULL : i < builtins ? builtin_at(I, i, false) : operation_at(I, i - builtins);
    }
}

/* All of a kind with text between them. */
static void put_words(Session *s, Text *t, Kind kind, const char *between)
{
    bool end = false, any = false;
    for (int i = 0; !end; i++) {
        const char *word = word_at(s, kind, i, &end);
        if (word) {
            text_printf(t, "%s%s", any ? between : "", word);
            any = true;
        }
    }
}

/* --- CodeMirror: the classic notebook has version 5, JupyterLab version 6 --- */

/* What both versions read a line with: token(stream, state), state {depth, dot}. A string ends on
 * its line. */
static void put_reader(Session *s, Text *t)
{
    static const char *const name[KINDS] = {"keyword", "builtin", "builtin", "atom"};
    text_add(t, "  var kind = Object.create(null);\n"
                "  function add(words, name) {\n"
                "    words.split(\" \").forEach(function (w) { kind[w] = name; });\n"
                "  }\n");
    for (int k = 0; k < KINDS; k++) {
        text_add(t, "  add(\"");
        put_words(s, t, (Kind)k, " ");
        text_printf(t, "\", \"%s\");\n", name[k]);
    }
    text_add(t, "  var number = /^(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?/;\n"
                "  var word = /^[A-Za-z_\\u0080-\\uffff][\\w\\u0080-\\uffff]*/;\n"
                "  var text = /^(?:\"(?:[^\"\\\\]|\\\\.)*(?:\"|\\\\?$)|'[^']*'?)/;\n"
                "  function token(stream, state) {\n"
                "    if (stream.eatSpace()) return null;\n"
                "    var dot = state.dot;\n"
                "    state.dot = false;\n"
                "    if (stream.peek() === \"#\") { stream.skipToEnd(); return \"comment\"; }\n"
                "    if (stream.match(text)) return \"string\";\n"
                "    if (stream.match(number)) return \"number\";\n"
                "    if (stream.match(word)) {\n"
                "      if (dot) return \"property\";\n"
                "      return kind[stream.current()] || \"variable\";\n"
                "    }\n"
                "    var c = stream.next();\n"
                "    if (c === \"{\") state.depth++;\n"
                "    if (c === \"}\") state.depth--;\n"
                "    state.dot = c === \".\";\n"
                "    return \"+-*/%@^=<>:!?\".indexOf(c) >= 0 ? \"operator\" : null;\n"
                "  }\n"
                "  function indent(state, after, unit) {\n"
                "    return Math.max(0, state.depth - (/^\\s*}/.test(after) ? 1 : 0)) * unit;\n"
                "  }\n"
                "  function startState() { return { depth: 0, dot: false }; }\n");
}

/* The classic notebook loads this file from beside the kernel. */
static void put_codemirror(Session *s, Text *t)
{
    text_add(t, "// nabla for CodeMirror 5; made by nabla --highlight codemirror\n"
                "(function (mod) {\n"
                "  if (typeof exports === \"object\" && typeof module === \"object\")\n"
                "    mod(require(\"codemirror/lib/codemirror\"));\n"
                "  else if (typeof define === \"function\" && define.amd)\n"
                "    define([\"codemirror/lib/codemirror\"], function (CodeMirror) {\n"
                "      return { onload: function () { mod(CodeMirror); } };\n"
                "    });\n"
                "  else mod(CodeMirror);\n"
                "})(function (CodeMirror) {\n");
    put_reader(s, t);
    text_add(t, "  CodeMirror.defineMode(\"nabla\", function (config) {\n"
                "    return {\n"
                "      startState: startState, token: token,\n"
                "      indent: function (state, after) {\n"
                "        return indent(state, after, config.indentUnit);\n"
                "      },\n"
                "      electricInput: /^\\s*}$/, lineComment: \"#\"\n"
                "    };\n"
                "  });\n"
                "  CodeMirror.defineMIME(\"text/x-nabla\", \"nabla\");\n"
                "  if (CodeMirror.modeInfo)\n"
                "    CodeMirror.modeInfo.push({ name: \"nabla\", mime: \"text/x-nabla\", "
                "mode: \"nabla\", ext: [\"nabla\"] });\n"
                "});\n");
}

/* JupyterLab and Notebook 7 take it as an extension that needs no building: a container of modules
 * by their own names for it, whose one module is a plugin. What it uses is theirs, from the scope
 * that all extensions share; versions without a registry of languages get no plugin. */
static void put_jupyterlab(Session *s, Text *t)
{
    text_add(t, "// nabla for JupyterLab 4 (CodeMirror 6); made by nabla --highlight jupyterlab\n"
                "(function () {\n"
                "  var shared = {};\n");
    put_reader(s, t);
    text_add(t, "  function load(name) {\n"
                "    var all = shared[name] || {}, version = Object.keys(all).sort(function (a, b) "
                "{\n"
                "      return (all[b].loaded ? 1 : 0) - (all[a].loaded ? 1 : 0);\n"
                "    })[0];\n"
                "    return version ? Promise.resolve(all[version].get()).then(function (make) {\n"
                "      return make();\n"
                "    }) : Promise.resolve({});\n"
                "  }\n"
                "  function plugin(lab, language) {\n"
                "    var parser = {\n"
                "      name: \"nabla\", startState: startState, token: token,\n"
                "      indent: function (state, after, context) {\n"
                "        return indent(state, after, context.unit);\n"
                "      },\n"
                "      languageData: { commentTokens: { line: \"#\" }, "
                "indentOnInput: /^\\s*}$/ }\n"
                "    };\n"
                "    return {\n"
                "      id: \"nabla:language\", autoStart: true, "
                "requires: [lab.IEditorLanguageRegistry],\n"
                "      activate: function (app, languages) {\n"
                "        languages.addLanguage({\n"
                "          name: \"nabla\", displayName: \"nabla\", mime: \"text/x-nabla\", "
                "extensions: [\"nabla\"],\n"
                "          support: new language.LanguageSupport("
                "language.StreamLanguage.define(parser))\n"
                "        });\n"
                "      }\n"
                "    };\n"
                "  }\n"
                "  (globalThis._JUPYTERLAB = globalThis._JUPYTERLAB || {}).nabla = {\n"
                "    init: function (scope) { shared = scope; },\n"
                "    get: function () {\n"
                "      return Promise.all([load(\"@jupyterlab/codemirror\"), "
                "load(\"@codemirror/language\")])\n"
                "        .then(function (m) {\n"
                "          var known = m[0].IEditorLanguageRegistry && m[1].StreamLanguage;\n"
                "          var made = { default: known ? [plugin(m[0], m[1])] : [] };\n"
                "          Object.defineProperty(made, \"__esModule\", { value: true });\n"
                "          return function () { return made; };\n"
                "        });\n"
                "    }\n"
                "  };\n"
                "})();\n");
}

/* --- Pygments --- */

static void put_pygments(Session *s, Text *t)
{
    static const char *const name[KINDS] = {"Keyword", "Name.Builtin.Pseudo", "Name.Builtin",
                                            "Keyword.Constant"};
    text_add(t, "\"\"\"nabla for Pygments; made by nabla --highlight pygments\n\n"
                "pygmentize -x -l nabla.py:NablaLexer FILE\n\"\"\"\n"
                "from pygments.lexer import RegexLexer, words\n"
                "from pygments.token import (Comment, Keyword, Name, Number, Operator, "
                "Punctuation, String,\n                            Whitespace)\n\n\n"
                "class NablaLexer(RegexLexer):\n"
                "    name = 'nabla'\n"
                "    aliases = ['nabla']\n"
                "    filenames = ['*.nabla']\n"
                "    mimetypes = ['text/x-nabla']\n"
                "    tokens = {\n"
                "        'root': [\n"
                "            (r'\\s+', Whitespace),\n"
                "            (r'#.*', Comment.Single),\n"
                "            (r'(\\.)([^\\W\\d]\\w*)', lambda lexer, m, ctx=None: iter((\n"
                "                (m.start(1), Operator, m.group(1)), "
                "(m.start(2), Name.Attribute, m.group(2))))),\n"
                "            (r'(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?', Number),\n");
    for (int k = 0; k < KINDS; k++) {
        text_add(t, "            (words('");
        put_words(s, t, (Kind)k, " ");
        text_printf(t, "'.split(),\n                   prefix=r'\\b', suffix=r'\\b'), %s),\n",
                    name[k]);
    }
    text_add(t, "            (r'[^\\W\\d]\\w*', Name),\n"
                "            (r'\"', String.Double, 'text'),\n"
                "            (r\"'[^'\\n]*'?\", String.Single),\n"
                "            (r'[-+*/%@^=<>:!?]+', Operator),\n"
                "            (r'[()\\[\\]{},;.]', Punctuation),\n"
                "        ],\n"
                "        'text': [\n"
                "            (r'\"', String.Double, '#pop'),\n"
                "            (r'\\n', Whitespace, '#pop'),\n"
                "            (r'\\\\.', String.Escape),\n"
                "            (r'\\{\\{|\\}\\}', String.Escape),\n"
                "            (r'\\{[^}\"\\n]*\\}', String.Interpol),\n"
                "            (r'[^\"\\\\{}\\n]+', String.Double),\n"
                "            (r'[{}\\\\]', String.Double),\n"
                "        ],\n"
                "    }\n");
}

/* --- vim --- */

static void put_vim(Session *s, Text *t)
{
    static const char *const name[KINDS] = {"Keyword", "Command", "Function", "Constant"};
    static const char *const link[KINDS] = {"Statement", "Special", "Function", "Constant"};
    text_add(t, "\" nabla for vim, as syntax/nabla.vim; made by nabla --highlight vim\n"
                "if exists('b:current_syntax')\n  finish\nendif\n");
    for (int k = 0; k < KINDS; k++) {
        text_printf(t, "syn keyword nabla%s ", name[k]);
        put_words(s, t, (Kind)k, " ");
        text_add(t, "\n");
    }
    text_add(t, "syn match nablaAttribute '\\.[A-Za-z_]\\w*'\n"
                "syn match nablaNumber '\\<\\d\\+\\.\\=\\d*\\([eE][+-]\\=\\d\\+\\)\\='\n"
                "syn match nablaNumber '\\.\\d\\+\\([eE][+-]\\=\\d\\+\\)\\='\n"
                "syn match nablaComment '#.*$'\n"
                "syn match nablaTask '#[>?=].*$'\n"
                "syn match nablaEscape '\\\\.\\|{{\\|}}' contained\n"
                "syn match nablaPlace '{[^{}\"]\\+}' contained\n"
                "syn region nablaString start='\"' skip='\\\\.' end='\"\\|$' "
                "contains=nablaEscape,nablaPlace\n"
                "syn region nablaString start=\"'\" end=\"'\\|$\"\n");
    for (int k = 0; k < KINDS; k++) {
        text_printf(t, "hi def link nabla%s %s\n", name[k], link[k]);
    }
    text_add(t, "hi def link nablaAttribute Identifier\n"
                "hi def link nablaNumber Number\n"
                "hi def link nablaComment Comment\n"
                "hi def link nablaTask Todo\n"
                "hi def link nablaString String\n"
                "hi def link nablaEscape SpecialChar\n"
                "hi def link nablaPlace SpecialChar\n"
                "let b:current_syntax = 'nabla'\n");
}

/* --- TextMate: VS Code, Sublime and others --- */

static void put_textmate(Session *s, Text *t)
{
    static const char *const name[KINDS] = {"keyword.control", "support.function.command",
                                            "support.function", "constant.language"};
    text_add(t, "{\n"
                "  \"comment\": \"made by nabla --highlight textmate\",\n"
                "  \"name\": \"nabla\",\n"
                "  \"scopeName\": \"source.nabla\",\n"
                "  \"fileTypes\": [\"nabla\"],\n"
                "  \"patterns\": [\n"
                "    {\"name\": \"comment.line.number-sign.nabla\", \"match\": \"#.*$\"},\n"
                "    {\"name\": \"string.quoted.double.nabla\", \"begin\": \"\\\"\", "
                "\"end\": \"\\\"|$\", \"patterns\": [\n"
                "      {\"name\": \"constant.character.escape.nabla\", "
                "\"match\": \"\\\\\\\\.|\\\\{\\\\{|\\\\}\\\\}\"},\n"
                "      {\"name\": \"meta.interpolation.nabla\", "
                "\"match\": \"\\\\{[^{}\\\"]*\\\\}\"}]},\n"
                "    {\"name\": \"string.quoted.single.nabla\", \"begin\": \"'\", "
                "\"end\": \"'|$\"},\n"
                "    {\"name\": \"constant.numeric.nabla\", \"match\": "
                "\"(?<![\\\\w.])(?:\\\\d+\\\\.?\\\\d*|\\\\.\\\\d+)(?:[eE][+-]?\\\\d+)?\"},\n"
                "    {\"match\": \"\\\\.([\\\\p{L}_][\\\\p{L}\\\\p{N}_]*)\", \"captures\": "
                "{\"1\": {\"name\": \"variable.other.property.nabla\"}}},\n");
    for (int k = 0; k < KINDS; k++) {
        text_printf(t, "    {\"name\": \"%s.nabla\", \"match\": \"\\\\b(?:", name[k]);
        put_words(s, t, (Kind)k, "|");
        text_add(t, ")\\\\b\"},\n");
    }
    text_add(t, "    {\"name\": \"keyword.operator.nabla\", \"match\": "
                "\"[-+*/%@^=<>:!?]+\"},\n"
                "    {\"name\": \"variable.other.nabla\", \"match\": "
                "\"[\\\\p{L}_][\\\\p{L}\\\\p{N}_]*\"}\n"
                "  ]\n"
                "}\n");
}

/* --- forms --- */

static const struct {
    const char *name;
    void (*put)(Session *s, Text *t);
} forms[] = {{"codemirror", put_codemirror},
             {"jupyterlab", put_jupyterlab},
             {"pygments", put_pygments},
             {"vim", put_vim},
             {"textmate", put_textmate}};

const char *highlight_form(int i)
{
    return i < (int)(sizeof forms / sizeof forms[0]) ? forms[i].name : NULL;
}

bool highlight_write(Session *s, const char *form, Text *t)
{
    for (int i = 0; highlight_form(i); i++) {
        if (strcmp(form, highlight_form(i)) == 0) {
            forms[i].put(s, t);
            return true;
        }
    }
    return false;
}
