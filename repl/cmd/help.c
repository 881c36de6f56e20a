/* help.c -- the command help: made from the tables of commands, operations and settings */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/subjects.h"
#include "cmd/table.h"
#include "cmd/topics.h"
#include "cmd/view.h"
#include "session/names.h"
#include "session/report.h"

/* --- layout --- */

/* `head`, then the words of text on lines of at most the screen, all but the first after `indent`
 * blanks. */
static void print_hanging(const Session *s, const char *head, const char *given, int indent)
{
    char buf[4096];
    if (*given) {
        fprintf(s->out, "%s%*s", head, indent - nb_text_width(head), "");
        lang_put_wrapped(s->set.unicode ? given : interp_plain(given, buf, sizeof buf), s->out,
                         indent, s->columns);
        fputc('\n', s->out);
    }
}

static void print_wrapped(const Session *s, const char *text, int indent)
{
    print_hanging(s, "", text, indent);
}

static void print_example(const Session *s, const char *given)
{
    char buf[4096];
    if (!given) {
        return;
    }
    const char *example = s->set.unicode ? given : interp_plain(given, buf, sizeof buf);
    for (const char *at = example; *at;) {
        size_t n = strcspn(at, "\n");
        fprintf(s->out, "    %.*s\n", (int)n, at);
        at += n + (at[n] == '\n');
    }
}

/* --- operations --- */

static void put_signature(Text *t, const NbOp *op)
{
    text_printf(t, "%s(", op->name);
    for (int i = 0; i < op->nparams; i++) {
        const NbParam *p = &op->params[i];
        bool option = p->fallback && p->kind != NB_P_VAR && p->kind != NB_P_VARS;
        text_printf(t, "%s%s", i > 0 ? ", " : "", p->name);
        if (option) {
            text_printf(t, "=%s", p->fallback);
        } else if (p->kind == NB_P_VARS) {
            text_add(t, ", …");
        }
    }
    text_add(t, ")");
    if (op->symbol) {
        text_printf(t, op->max_in == 1 ? "   %sa" : "   a %s b", op->symbol);
    }
}

/* What stands for the result: y, or the operation's own name where an operand is called y. */
static const char *result_of(const NbOp *op)
{
    for (int i = 0; i < op->nparams; i++) {
        if (strcmp(op->params[i].name, "y") == 0) {
            return op->name;
        }
    }
    return "y";
}

/* Operand 0, 1, 2 as the signature has it. */
static const char *operand_of(const NbOp *op, int i)
{
    static const char *const letter[] = {"a", "b", "c"};
    const bool one = i < op->nparams && op->params[i].kind == NB_P_VAR;
    return one ? op->params[i].name : letter[i];
}

/* "{a} * {b}" with the names of operands and result put in. */
static void put_formula(Text *t, const NbOp *op, const char *formula)
{
    for (const char *s = formula; *s; s++) {
        if (s[0] == '{' && s[1] && s[2] == '}') {
            if (s[1] >= 'a' && s[1] <= 'c') {
                text_add(t, operand_of(op, s[1] - 'a'));
            } else if (s[1] == 'y') {
                text_add(t, result_of(op));
            } else {
                text_addn(t, s + 1, 1);
            }
            s += 2;
        } else {
            text_addn(t, s, 1);
        }
    }
}

static void print_line(const Session *s, const Text *t)
{
    char buf[1024];
    if (!text_whole(t)) {
        return;
    }
    fprintf(s->out, "%s\n",
            s->set.unicode ? text_str(t) : interp_plain(text_str(t), buf, sizeof buf));
}

static void print_operation(const Session *s, const NbOp *op)
{
    Text t = text_in(s->lost);
    put_signature(&t, op);
    print_line(s, &t);
    print_wrapped(s, op->doc ? op->doc : "", 2);
    if (op->formula) {
        text_reset(&t);
        text_printf(&t, "  %s = ", result_of(op));
        put_formula(&t, op, op->formula);
        print_line(s, &t);
    }
    for (int i = 0; i < 3 && op->deriv[i]; i++) {
        text_reset(&t);
        text_add(&t, "  ");
        report_partial(s, &t, result_of(op), operand_of(op, i));
        text_add(&t, " = ");
        put_formula(&t, op, op->deriv[i]);
        print_line(s, &t);
    }
    print_example(s, op->example);
    text_free(&t);
}

/* --- commands and functions --- */

/* Commands whose help goes on with the items of another table. */
static const struct {
    const char *name;
    const char *(*item)(int i, char *text, size_t cap); /* NULL behind the last */
} lists[] = {{"export", view_format}};

#define LISTS (sizeof lists / sizeof lists[0])

static void print_items(const Session *s, const Builtin *b)
{
    char text[256];
    const char *(*item)(int, char *, size_t) = NULL;
    for (size_t i = 0; i < LISTS; i++) {
        item = strcmp(lists[i].name, b->name) == 0 ? lists[i].item : item;
    }
    Text head = text_in(s->lost);
    int width = 0;
    const char *name;
    for (int i = 0; item && (name = item(i, text, sizeof text)); i++) {
        int w = nb_text_width(name);
        width = w > width ? w : width;
    }
    for (int i = 0; item && (name = item(i, text, sizeof text)); i++) {
        text_reset(&head);
        text_printf(&head, "  %s", name);
        print_hanging(s, text_str(&head), text, width + 4);
    }
    text_free(&head);
}

static void print_builtin(const Session *s, const Builtin *b)
{
    Text options = text_in(s->lost);
    print_wrapped(s, b->usage, 0);
    print_wrapped(s, b->doc, 2);
    for (int i = 0; i < BUILTIN_OPTS && b->opt[i].name; i++) {
        if (b->opt[i].fallback) {
            text_printf(&options, "%s%s=%s",
                        options.len > 0 ? ", " : "  defaults: ", b->opt[i].name,
                        b->opt[i].fallback);
        }
    }
    if (options.len > 0) {
        print_wrapped(s, text_from(&options, 2), 2);
    }
    print_items(s, b);
    print_example(s, b->example);
    text_free(&options);
}

static void print_topic(const Session *s, const Topic *t)
{
    print_wrapped(s, t->usage, 0);
    print_wrapped(s, t->doc, 2);
    print_example(s, t->example);
}

static const Topic *find_topic(const char *name)
{
    for (int i = 0; i < topic_count(); i++) {
        if (strcmp(topic_at(i)->name, name) == 0) {
            return topic_at(i);
        }
    }
    return NULL;
}

/* --- groups --- */

/* A piece of help with a name and the group it stands in. */
typedef struct Item {
    const char *name, *group, *doc;
} Item;

/* The items of all tables, one after the other; false behind the last. */
static bool item_at(Interp *I, int i, Item *out)
{
    int nb = interp_builtin_count(I), no = nb_op_count();
    if (i < topic_count()) {
        const Topic *t = topic_at(i);
        *out = (Item){t->name, t->group, strcmp(t->group, "ideas") == 0 ? t->usage : t->doc};
        return true;
    }
    i -= topic_count();
    if (i < nb) {
        const Builtin *b = interp_builtin_at(I, i);
        *out = (Item){b->name, b->group, b->doc};
        return true;
    }
    i -= nb;
    if (i < no) {
        const NbOp *op = nb_op_at(i);
        bool hidden = op->flags & NB_OP_HIDDEN;
        *out = (Item){hidden ? NULL : op->name, hidden ? NULL : op->group, op->doc};
        return true;
    }
    i -= no;
    if (i < setting_count()) {
        *out = (Item){setting_at(i)->name, "settings", setting_at(i)->doc};
        return true;
    }
    return false;
}

static bool first_of_group(Interp *I, int at, const char *group)
{
    Item item;
    for (int i = 0; i < at; i++) {
        if (item_at(I, i, &item) && item.group && strcmp(item.group, group) == 0) {
            return false;
        }
    }
    return true;
}

/* The item at a place is one of the group that comes for the first time: dropout is a layer and a
 * function. */
static bool is_of_group(Interp *I, int at, const char *group, Item *out)
{
    Item item;
    if (!item_at(I, at, out) || !out->name || !out->group || strcmp(out->group, group) != 0) {
        return false;
    }
    for (int i = 0; i < at; i++) {
        if (item_at(I, i, &item) && item.name && item.group && strcmp(item.group, group) == 0 &&
            strcmp(item.name, out->name) == 0) {
            return false;
        }
    }
    return true;
}

static void print_names(Interp *I, const char *group, int width)
{
    Text line = text_in(session_of(I)->lost);
    Item item;
    text_add(&line, group);
    text_pad(&line, width);
    for (int i = 0; item_at(I, i, &item); i++) {
        if (!is_of_group(I, i, group, &item)) {
            continue;
        }
        if (text_columns(&line) + 1 + nb_text_width(item.name) > session_of(I)->columns) {
            report_line(&line, session_of(I)->out);
            text_reset(&line);
            text_pad(&line, width);
        }
        text_printf(&line, " %s", item.name);
    }
    report_line(&line, session_of(I)->out);
    text_free(&line);
}

static void print_overview(Interp *I)
{
    Item item;
    int width = 0;
    for (int i = 0; item_at(I, i, &item); i++) {
        int w = item.group ? nb_text_width(item.group) : 0;
        width = w > width ? w : width;
    }
    for (int i = 0; item_at(I, i, &item); i++) {
        if (item.name && item.group && first_of_group(I, i, item.group)) {
            print_names(I, item.group, width + 1);
        }
    }
    fprintf(session_of(I)->out,
            "help NAME or ?NAME tells more: of a name or of a group such as graph\n");
}

/* --- where to begin --- */

/* What help alone says first: a line to type, and what it does. */
static const struct {
    const char *type, *does;
} first[] = {
    {"lesson", "lists the lessons; lesson 1 begins the first"},
    {"x, y = 2, 3", "numbers with a name are leaves"},
    {"f = x*y + x^2", "what is computed from them is a graph: graph f, tree f"},
    {"backward f", "gradients of all leaves; walk f and explain x say why"},
    {"x := 5", "writes into x; forward f computes again"},
    {"minimize f", "descends; plot f shows how, undo takes it back"},
    {"export \"f.png\", f", "a picture for notes and slides"},
    {"save \"s.nabla\"", "the whole session; load puts it back"},
};

static void print_start(Session *s)
{
    Text head = text_in(s->lost);
    fputs("to begin, type\n", s->out);
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        text_reset(&head);
        text_printf(&head, "  %s", first[i].type);
        print_hanging(s, text_str(&head), first[i].does, 21);
    }
    text_reset(&head);
    text_add(&head, "help WORD or ?WORD tells of a command, function, sign or subject (help relu, "
                    "help =, help loss, help png); help all lists every name; Tab completes");
    print_wrapped(s, text_str(&head), 0);
    text_free(&head);
}

/* The first sentence, without its full stop. */
static void put_summary(Text *t, const char *doc)
{
    size_t n = strcspn(doc, "\n");
    int depth = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        depth += (doc[i] == '(') - (doc[i] == ')');
        if (doc[i] == '.' && doc[i + 1] == ' ' && depth == 0 &&
            !(i >= 2 && strncmp(doc + i - 2, "al", 2) == 0)) {
            n = i;
            break;
        }
    }
    text_addn(t, doc, n > 0 && doc[n - 1] == '.' ? n - 1 : n);
}

static bool print_group(const Session *s, const char *group)
{
    Interp *I = s->interp;
    Item item;
    Text t = text_in(s->lost);
    int width = 0, found = 0;
    for (int i = 0; item_at(I, i, &item); i++) {
        if (is_of_group(I, i, group, &item)) {
            int w = nb_text_width(item.name);
            width = w > width ? w : width;
            found++;
        }
    }
    for (int i = 0; found > 0 && item_at(I, i, &item); i++) {
        if (is_of_group(I, i, group, &item)) {
            text_reset(&t);
            put_summary(&t, item.doc ? item.doc : "");
            print_hanging(s, item.name, text_str(&t), width + 2);
        }
    }
    text_free(&t);
    return found > 0;
}

/* --- names --- */

static const NbOp *find_operation(const char *name)
{
    const NbOp *op = nb_op_find(name);
    for (int i = 0; !op && i < nb_op_count(); i++) {
        const NbOp *o = nb_op_at(i);
        op = o->symbol && strcmp(o->symbol, name) == 0 ? o : NULL;
    }
    return op && (op->flags & NB_OP_HIDDEN) && op->symbol ? NULL : op; /* and, or, not: topics */
}

static bool help_known(const Session *s, const char *name)
{
    return find_topic(name) || interp_builtin_find(s->interp, name) || find_operation(name) ||
           setting_find(name);
}

bool help_print(Session *s, const char *name)
{
    const Topic *topic = find_topic(name);
    const Builtin *b = interp_builtin_find(s->interp, name);
    const NbOp *op = find_operation(name);
    const Setting *set = setting_find(name);
    if (topic) {
        print_topic(s, topic);
    }
    if (b) {
        print_builtin(s, b);
    }
    if (op && (!b || (strcmp(op->name, name) == 0 && !(op->flags & NB_OP_HIDDEN)))) {
        print_operation(s, op);
    }
    if (set) {
        char values[256];
        fprintf(s->out, "set %s %s\n", set->name,
                s->set.unicode ? set->values : interp_plain(set->values, values, sizeof values));
        print_wrapped(s, set->effect, 2);
        print_wrapped(s, set->fallback, 2);
        print_example(s, set->example);
    }
    return topic || b || op || set;
}

/* What is asked for in words of the field, and where it is told. */
static bool print_subject(Session *s, const char *word)
{
    const HelpSubject *h = subject_find(word);
    if (!h) {
        return false;
    }
    Text t = text_in(s->lost);
    print_wrapped(s, h->says, 0);
    text_add(&t, "help ");
    const char *gap = "";
    for (const char *w = h->see; *w;) {
        char name[64];
        size_t n = strcspn(w, " ");
        snprintf(name, sizeof name, "%.*s", (int)n, w);
        if (help_known(s, name)) { /* a smaller program has fewer commands */
            text_printf(&t, "%s%s", gap, name);
            gap = ", ";
        }
        w += n + (w[n] == ' ');
    }
    if (h->lesson) {
        text_printf(&t, "%slesson %d", *gap ? "; " : "", h->lesson);
    }
    print_wrapped(s, *gap ? text_str(&t) : text_from(&t, 5), 2);
    text_free(&t);
    return true;
}

static bool help_of_value(Session *s, const char *name)
{
    int symbol = interp_symbol(s->interp, name);
    Value v = symbol >= 0 ? interp_get(s->interp, symbol) : UNSET;
    char text[256];
    if (v.tag == V_FUNC) {
        fprintf(s->out, "%s\n  your function\n", func_signature(v.func, text, sizeof text));
    } else if (v.tag == V_VAR) {
        report_info(s, v.var, name);
    } else if (v.tag == V_OBJ && v.obj->cls->describe) {
        Text t = text_in(s->lost);
        text_printf(&t, "%s = %s    %s", name, report_object(s, v.obj, text, sizeof text),
                    v.obj->cls->name);
        report_line(&t, s->out);
        text_free(&t);
    }
    return v.tag == V_FUNC || v.tag == V_VAR || v.tag == V_OBJ;
}

bool help_name(Session *s, const char *name)
{
    const char *as = topic_of_word(name);
    bool found = help_of_value(s, name);
    found = help_print(s, name) || found;
    return (as != name && help_print(s, as)) || found;
}

/* Only a slip of the fingers is guessed at: a word of its own that is far from every name would
 * lead to something else. */
static const char *nearest(Session *s, const char *name)
{
    const char *best = NULL;
    int least = name_far(name);
    Item item;
    for (int i = 0; item_at(s->interp, i, &item); i++) {
        if (item.name) {
            name_nearer(name, item.name, &best, &least);
            name_nearer(name, item.group, &best, &least);
        }
    }
    return best;
}

/* One word, or the words of one subject, as in help learning rate. */
static bool help_on(Session *s, const Node *at, const char *name)
{
    Interp *I = s->interp;
    if (strcmp(name, "all") == 0) {
        print_overview(I);
        return true;
    }
    const bool page = help_known(s, topic_of_word(name)), found = help_name(s, name);
    if (page || (!found && print_group(s, name)) || print_subject(s, name) || found) {
        return true;
    }
    const char *near = nearest(s, name);
    interp_fail(I, at, NB_ENAME, "no help on %s", name);
    return near ? interp_hint(I, "did you mean %s?", near)
                : interp_hint(I, "help all lists every name, lesson the lessons");
}

static bool cmd_help(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    char joined[64] = "";
    size_t n = 0;
    if (c->argc == 0) {
        print_start(s);
    }
    for (int i = 0; i < c->argc && n < sizeof joined; i++) {
        n += (size_t)snprintf(joined + n, sizeof joined - n, "%s%s", i ? " " : "",
                              c->argv[i].str->text);
    }
    if (c->argc > 1 && n < sizeof joined && subject_find(joined)) {
        return print_subject(s, joined);
    }
    for (int i = 0; i < c->argc; i++) {
        if (!help_on(s, c->arg ? c->arg[i] : NULL, c->argv[i].str->text)) {
            return false;
        }
    }
    return true;
}

static const Builtin rows[] = {
    {"help",
     B_TOPIC | B_COMMAND | B_WORDS | B_WITHIN,
     0,
     -1,
     {{0}},
     cmd_help,
     "session",
     "help [NAME|all]   ?NAME",
     "What a command, operation, statement, setting or group of them does, or where a subject is "
     "told, as help loss. help alone says where to begin, help all lists every name.",
     "help backward"},
};

Rows help_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
