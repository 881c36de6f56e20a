/* export_tex.c -- graphs as TikZ: a file that compiles by itself and can be \input into another */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "src/base/clamp.h"
#include "export.h"
#include "json.h"

#define PT_PER_PX (10 / 19.0) /* names are 19 px in pictures, 10 pt here */
#define CM_PER_PX (PT_PER_PX * 2.54 / 72.27)
#define MM_PER_PX (CM_PER_PX * 10)
#define OPERANDS 8
#define NAME 600
#define FORMULA 2400
#define LONG_NAME 28 /* characters; longer names are cut */
#define PADDING 20.0 /* px */
#define LETTER 9.5

#define BLANK "\\underline{\\hspace{2.2em}}" /* to be filled in by hand */

typedef struct Writer {
    Text *out;
    const NbModel *m;
    NbTextStyle text;
    NbTheme theme;
} Writer;

/* --- text and math --- */

/* Text outside of math: every character stands for itself. */
static void put_text(Text *out, const char *text)
{
    while (*text) {
        size_t n = nb_utf8(text);
        char one[8] = "";
        memcpy(one, text, n ? n : 1);
        if (n == 1 && strchr("{}$&#%_", *text)) {
            text_printf(out, "\\%c", *text);
        } else if (n == 1 && strchr("-<>|+=/", *text)) {
            text_printf(out, "$%c$", *text);
        } else if (n == 1 && *text > ' ' && strchr("\\^~", *text) == NULL) {
            text_add(out, one);
        } else if (n == 1 && (unsigned char)*text <= ' ') {
            text_add(out, " ");
        } else {
            char math[80];
            nb_latex_name(one, math, sizeof math);
            text_printf(out, "$%s$", math);
        }
        text += n ? n : 1;
    }
}

/* The first `most` characters, and an ellipsis when there are more. */
static const char *cut(const char *text, int most, char *buf, size_t cap)
{
    size_t at = 0;
    for (int i = 0; text[at] && i < most; i++) {
        size_t n = nb_utf8(text + at);
        at += n ? n : 1;
    }
    if (!text[at] || at + 4 > cap) {
        return text;
    }
    snprintf(buf, cap, "%.*s…", (int)at, text);
    return buf;
}

static const char *math_name(const Writer *w, const NbVar *v, int most, char *buf, size_t cap)
{
    char label[NAME], part[160];
    const char *text = nb_text_label(w->text, v, label, sizeof label);
    nb_latex_name(cut(text, most, part, sizeof part), buf, cap);
    return buf;
}

/* The operation of v in math, its variables by name, or as bullets; "" when that is too long. */
static const char *math_op(const Writer *w, const NbVar *v, bool bullets, char *buf, size_t cap)
{
    const NbOp *op = nb_var_op(v);
    int n = nb_var_inputs(v);
    char text[OPERANDS][NAME];
    const char *names[OPERANDS];
    buf[0] = '\0';
    for (int i = 0; i < n && i < OPERANDS; i++) {
        NbArg a = nb_var_input(v, i);
        names[i] = text[i];
        if (!a.var) {
            nb_latex_number(a.num, w->text.digits, text[i], NAME);
        } else if (bullets) {
            snprintf(text[i], NAME, "\\bullet");
        } else {
            math_name(w, a.var, LONG_NAME, text[i], NAME);
        }
    }
    if (n > OPERANDS || nb_op_latex(op, names, n, nb_var_attrs(v), buf, cap) >= cap) {
        buf[0] = '\0';
    }
    return buf;
}

static void put_operator_name(Text *out, const char *name)
{
    text_add(out, "$\\operatorname{");
    for (; *name; name++) {
        text_printf(out, *name == '_' ? "\\%c" : "%c", *name);
    }
    text_add(out, "}$");
}

/* --- labels --- */

/* What stands in an operation's ellipse: its sign, or its formula with bullets. */
static void put_sign(const Writer *w, const NbNode *n)
{
    static const char *const sign[][2] = {
        {"*", "\\times"}, {"@", "\\mathbin{@}"}, {"^", "\\bullet^{\\bullet}"}, {"%", "\\bmod"}};
    const NbVar *v = n->var;
    const NbOp *op = nb_var_op(v);
    bool variables = nb_var_inputs(v) == 2 && nb_var_input(v, 0).var && nb_var_input(v, 1).var;
    char buf[FORMULA];
    if (op->symbol && variables) {
        const char *shown = op->symbol;
        for (size_t i = 0; i < sizeof sign / sizeof sign[0]; i++) {
            shown = strcmp(op->symbol, sign[i][0]) == 0 ? sign[i][1] : shown;
        }
        text_printf(w->out, "$%s$", shown);
    } else if (nb_var_inputs(v) <= 3 && math_op(w, v, true, buf, sizeof buf)[0] &&
               strlen(buf) < 80) {
        text_printf(w->out, "$%s$", buf);
    } else {
        put_operator_name(w->out, op->name);
    }
}

/* "(2, 8)  norm 4.1" takes two rows: where the second begins, or NULL. */
static const char *second_row(const NbNode *n)
{
    const char *gap = nb_var_is_scalar(n->var) ? NULL : strstr(n->value, "  ");
    return gap ? gap + 2 : NULL;
}

static void first_row(const NbNode *n, char *buf, size_t cap)
{
    const char *second = second_row(n);
    snprintf(buf, cap, "%.*s", second ? (int)(second - 2 - n->value) : 200, n->value);
}

static void put_second_row(const Writer *w, const NbNode *n)
{
    if (second_row(n)) {
        text_add(w->out, "\\\\{}"); /* a bracket would be an option of the line's end */
        put_text(w->out, second_row(n));
    }
}

/* How many letters of a name have room beside the value, in a box so wide. */
static int name_room(const NbNode *n, double width)
{
    char value[208];
    first_row(n, value, sizeof value);
    double room = width - PADDING - LETTER * (nb_text_width(value) + 3);
    int most = (int)(room / LETTER);
    return (int)nb_clamp_int(most, 6, LONG_NAME);
}

/* The name is open math: closed here. */
static void put_value(const Writer *w, const NbNode *n)
{
    char text[208];
    if (n->unknown || n->blank_value) {
        text_add(w->out, n->blank_value ? " = " BLANK "$" : " = {}?$");
        return;
    }
    if (nb_var_is_scalar(n->var)) {
        nb_latex_number(nb_var_value(n->var), w->text.digits, text, sizeof text);
        text_printf(w->out, " = %s$", text);
        return;
    }
    first_row(n, text, sizeof text);
    text_add(w->out, text[0] == '(' ? "$ " : " = {}$");
    put_text(w->out, text);
    put_second_row(w, n);
}

static void put_grad(const Writer *w, const NbNode *n)
{
    char number[80];
    text_add(w->out, "\\\\grad ");
    if (n->blank_grad) {
        text_add(w->out, "$" BLANK "$");
        return;
    }
    if ((n->has_grad || n->aged) && nb_var_is_scalar(n->var) && !n->stepwise) {
        nb_latex_number(nb_var_grad_value(n->var), w->text.digits, number, sizeof number);
        text_printf(w->out, "$%s$", number);
    } else {
        put_text(w->out, n->grad);
    }
    text_add(w->out, n->aged ? " (stale)" : "");
}

static void put_label(const Writer *w, const NbNode *n, double width)
{
    char buf[FORMULA], plain[NAME];
    if (n->kind == NB_NODE_OP) {
        put_sign(w, n);
        return;
    }
    if (n->kind == NB_NODE_NUMBER) {
        put_text(w->out, n->value);
        return;
    }
    first_row(n, plain, sizeof plain);
    if (strcmp(n->label, plain) == 0) { /* constants without name are labelled by value */
        put_text(w->out, plain);
        put_second_row(w, n);
    } else {
        math_name(w, n->var, name_room(n, width), buf, sizeof buf);
        text_printf(w->out, "$%s", buf);
        put_value(w, n);
    }
    if (n->kind == NB_NODE_INNER && w->m->compact) {
        text_add(w->out, "\\\\");
        nb_viz_text_op(w->text, n->var, plain, sizeof plain);
        bool room = LETTER * nb_text_width(plain) <= width - PADDING;
        if (room && math_op(w, n->var, false, buf, sizeof buf)[0]) {
            text_printf(w->out, "$%s$", buf);
        } else {
            put_operator_name(w->out, nb_var_op(n->var)->name);
        }
    }
    if (n->grad[0] && !w->m->hide_grad) {
        put_grad(w, n);
    }
}

/* --- nodes and edges --- */

static const char *hex(NbColour c, char *buf, size_t cap)
{
    snprintf(buf, cap, "%02X%02X%02X", (unsigned)(c.r * 255 + 0.5), (unsigned)(c.g * 255 + 0.5),
             (unsigned)(c.b * 255 + 0.5));
    return buf;
}

static const struct {
    const char *name;
    NbRole role;
} styles[] = {
    [NB_NODE_LEAF] = {"leaf", NB_ROLE_LEAF},       [NB_NODE_CONST] = {"const", NB_ROLE_CONST},
    [NB_NODE_INNER] = {"inner", NB_ROLE_INNER},    [NB_NODE_OP] = {"op", NB_ROLE_OP},
    [NB_NODE_NUMBER] = {"number", NB_ROLE_NUMBER},
};

#define NSTYLES (sizeof styles / sizeof styles[0])

static void put_node(const Writer *w, size_t i, NbPoint at, NbPoint size)
{
    const NbNode *n = &w->m->node[i];
    size_t kind = (size_t)n->kind < NSTYLES ? (size_t)n->kind : NB_NODE_NUMBER;
    bool oval = n->kind == NB_NODE_OP;
    char id[32];
    text_printf(w->out, "  \\node[nabla %s", n->root ? "root" : styles[kind].name);
    if (nb_viz_model_grades(w->m, n)) {
        char name[8];
        NbColour c = nb_viz_scale_colour(w->theme, nb_viz_model_level(w->m, n->magnitude));
        hex(c, name, sizeof name);
        text_printf(w->out, ", draw={rgb,255:red,%ld;green,%ld;blue,%ld}", lround(c.r * 255),
                    lround(c.g * 255), lround(c.b * 255));
    }
    if (n->stale) {
        text_add(w->out, ", dashed");
    }
    text_printf(w->out, ", minimum width=%.2fcm, minimum height=%.2fcm] (%s) at (%.3f,%.3f) {",
                size.x * CM_PER_PX * 0.9, size.y * CM_PER_PX * (oval ? 0.9 : 0.8),
                nb_viz_node_id(n, id, sizeof id), at.x * CM_PER_PX, -at.y * CM_PER_PX);
    put_label(w, n, size.x);
    text_add(w->out, "};\n");
}

static bool straight(const NbPoint *p, size_t n)
{
    double dx = p[n - 1].x - p[0].x, dy = p[n - 1].y - p[0].y, length = hypot(dx, dy);
    for (size_t i = 1; i + 1 < n; i++) {
        if (fabs((p[i].x - p[0].x) * dy - (p[i].y - p[0].y) * dx) > 2.5 * length) {
            return false;
        }
    }
    return true;
}

static void put_point(Text *out, NbPoint p)
{
    text_printf(out, "(%.3f,%.3f)", p.x * CM_PER_PX, -p.y * CM_PER_PX);
}

/* From node to node, so that the ends follow when a node is moved. */
static void put_edge(const Writer *w, NbEdge e, const NbPoint *p, size_t n)
{
    char id[32];
    text_printf(w->out, "  \\draw[nabla edge] (%s)",
                nb_viz_node_id(&w->m->node[e.from], id, sizeof id));
    nb_viz_node_id(&w->m->node[e.to], id, sizeof id);
    if (n < 4 || straight(p, n)) {
        text_printf(w->out, " -- (%s);\n", id);
        return;
    }
    for (size_t i = 1; i + 2 < n; i += 3) {
        text_add(w->out, " .. controls ");
        put_point(w->out, p[i]);
        text_add(w->out, " and ");
        put_point(w->out, p[i + 1]);
        text_add(w->out, " .. ");
        if (i + 3 < n - 1) {
            put_point(w->out, p[i + 2]);
        }
    }
    text_printf(w->out, "(%s);\n", id);
}

/* --- the file --- */

static void put_styles(const Writer *w)
{
    char fill[8], line[8], text[8];
    hex(nb_viz_look(w->theme, NB_ROLE_NAME)->line, text, sizeof text);
    text_printf(w->out, "\\definecolor{nablatext}{HTML}{%s}\n", text);
    for (size_t i = 0; i <= NSTYLES; i++) {
        const char *name = i < NSTYLES ? styles[i].name : "root";
        const NbLook *look = nb_viz_look(w->theme, i < NSTYLES ? styles[i].role : NB_ROLE_ROOT);
        text_printf(w->out,
                    "\\definecolor{nabla%s}{HTML}{%s}"
                    "\\definecolor{nabla%sline}{HTML}{%s}\n",
                    name, hex(look->fill, fill, sizeof fill), name,
                    hex(look->line, line, sizeof line));
    }
    text_printf(w->out, "\\definecolor{nablaedge}{HTML}{%s}\n",
                hex(nb_viz_look(w->theme, NB_ROLE_EDGE)->line, line, sizeof line));
    text_add(w->out, "\\tikzset{\n"
                     "  nabla/.style={draw, thick, text=nablatext, align=center, inner sep=3pt},\n"
                     "  nabla edge/.style={->, >=latex, semithick, draw=nablaedge},\n");
    for (size_t i = 0; i <= NSTYLES; i++) {
        const char *name = i < NSTYLES ? styles[i].name : "root";
        const char *shape = i == NB_NODE_OP       ? "ellipse, inner sep=1.5pt"
                            : i == NB_NODE_NUMBER ? "rectangle"
                                                  : "rectangle, rounded corners=4pt";
        text_printf(w->out, "  nabla %s/.style={nabla, %s, fill=nabla%s, draw=nabla%sline%s}%s\n",
                    name, shape, name, name, i == NSTYLES ? ", very thick" : "",
                    i < NSTYLES ? "," : "}");
    }
}

static void put_head(const Writer *w, const char *title)
{
    text_add(w->out, "% ");
    for (const char *c = title ? title : ""; *c;) { /* a comment ends with its line */
        if ((unsigned char)*c < ' ') {
            text_add(w->out, " ");
            c++;
        } else {
            c += text_letter(w->out, c);
        }
    }
    text_add(
        w->out,
        "\n% Compiles by itself (pdflatex). Or \\input it in a document that loads tikz (with its\n"
        "% libraries shapes.geometric and backgrounds) and amsmath; or copy the tikzpicture and "
        "the lines before "
        "it.\n"
        "\\makeatletter\n"
        "\\ifx\\@nodocument\\relax % inside a document\n"
        "  \\let\\nablabegin\\relax \\let\\nablaend\\relax\n"
        "\\else\n"
        "  \\documentclass{article}\n"
        "  \\usepackage{amsmath,tikz}\\usetikzlibrary{shapes.geometric,backgrounds}\n"
        "  \\newsavebox\\nablabox\n"
        "  \\def\\nablabegin{\\begin{lrbox}{\\nablabox}}\n"
        "  \\def\\nablaend{\\end{lrbox}% a page as large as the picture\n"
        "    "
        "\\ifdefined\\pagewidth\\let\\pdfpagewidth\\pagewidth\\let\\pdfpageheight\\pageheight\\fi\n"
        "    \\pdfpagewidth=\\dimexpr\\wd\\nablabox+8mm\\relax\n"
        "    \\pdfpageheight=\\dimexpr\\ht\\nablabox+\\dp\\nablabox+8mm\\relax\n"
        "    \\hoffset=-1in \\voffset=-1in\n"
        "    \\shipout\\vbox{\\kern4mm\\hbox{\\kern4mm\\usebox\\nablabox}}\\end{document}}\n"
        "  \\begin{document}\n"
        "\\fi\n"
        "\\makeatother\n");
    text_add(w->out, nb_latex_preamble());
    put_styles(w);
}

static void put_picture(const Writer *w, const NbGeometry *g, const NbPoint *size, double scale,
                        bool fixed)
{
    text_add(w->out, "\\nablabegin\n\\begin{tikzpicture}");
    if (scale != 1) {
        text_printf(w->out, "[scale=%.4f, every node/.append style={transform shape}]", scale);
    }
    text_add(w->out, "\n");
    if (fixed) { /* every step takes the same room */
        text_printf(w->out, "  \\useasboundingbox (-0.2,0.2) rectangle (%.3f,%.3f);\n",
                    g->w * CM_PER_PX + 0.2, -g->h * CM_PER_PX - 0.2);
    }
    for (size_t i = 0; i < w->m->nnodes; i++) {
        put_node(w, i, g->at[i], size[i]);
    }
    text_add(w->out, "  \\begin{scope}[on background layer]\n");
    if (w->theme == NB_THEME_DARK) {
        char page[8];
        const NbLook *look = nb_viz_look(w->theme, NB_ROLE_PAGE);
        text_printf(w->out,
                    "  \\definecolor{nablapage}{HTML}{%s}\n"
                    "  \\fill[nablapage] (-0.4,0.4) rectangle (%.3f,%.3f);\n",
                    hex(look->fill, page, sizeof page), g->w * CM_PER_PX + 0.4,
                    -g->h * CM_PER_PX - 0.4);
    }
    for (size_t i = 0; i < w->m->nedges && i < g->nedges; i++) {
        const NbRoute *r = &g->route[i];
        put_edge(w, w->m->edge[i], g->points + r->first, r->count);
    }
    text_add(w->out, "  \\end{scope}\n\\end{tikzpicture}%\n\\nablaend\n");
}

/* Of a picture so many pt large: as wide as was asked for, or no larger than it may be. */
static double scale_of(const NbExport *what, double w, double h)
{
    if (what->width > 0 || what->within[0] <= 0) {
        return what->width > 0 ? what->width / w : 1;
    }
    return fmin(1, fmin(what->within[0] / w, what->within[1] / h));
}

static NbStatus write_tex(NbJob *job, NbErr *err)
{
    const NbViz *viz = job->viz;
    job->natural = PT_PER_PX;
    job->paper = true;
    Writer w = {.out = &job->out,
                .m = job->model,
                .text = nb_viz_picture_text(&viz->style),
                .theme = job->theme};
    NbMeasure measure = nb_viz_plain_measure();
    NbPoint *size = NULL;
    NbGeometry *g = NULL;
    NbStatus status = nb_viz_place(job, &measure, &size, &g, err);
    if (!status) {
        double scale = scale_of(job->what, g->w * PT_PER_PX, g->h * PT_PER_PX);
        job->w = g->w * PT_PER_PX * scale;
        job->h = g->h * PT_PER_PX * scale;
        put_head(&w, job->what->title);
        put_picture(&w, g, size, scale, job->what->step > 0);
        snprintf(job->size, sizeof job->size, "%.0f %s %.0f mm", g->w * MM_PER_PX * scale,
                 nb_viz_times_sign(job), g->h * MM_PER_PX * scale);
    }
    nb_viz_geometry_free(&g);
    free(size);
    return status;
}

const NbFormat nb_viz_formats_tex[] = {
    {"tex", "application/x-tex", "TikZ that compiles by itself or by \\input, width= in pt",
     NB_FROM_GRAPH,
     NB_TAKES_WIDTH | NB_TAKES_THEME | NB_TAKES_HIDE | NB_TAKES_BLANK | NB_TAKES_DIRECTION,
     write_tex},
    {0},
};
