/* emit_command.c -- commands in Python: sweeps, steps, minimize; what only shows as comments */
#include <nabla/format.h>

#include "pytorch/internal.h"

static const Node *argument(const Node *n)
{
    return n->call->npos > 0 ? n->kid[0] : NULL;
}

/* What is only looked at stays as a comment, and is told. */
static bool left_out(Trans *T, const Node *n)
{
    int line, col;
    const char *source = tr_source(T, n->start, n->end);
    program_position(T->p, n->start, &line, &col);
    const char *end = strchr(source, '\n');
    emit_line(T, "# only in nabla: %.*s", (int)(end ? end - source : (long)strlen(source)), source);
    T->lines--;
    if (T->notes) {
        fprintf(T->notes, "%s:%d:%d: note: %s shows something in nabla only; left as a comment\n",
                T->p->file, line, col, n->call->row->name);
    }
    return true;
}

/* --- cleargrad, backward, step --- */

static bool takes_gradient(const Trans *T, const Node *n)
{
    bool takes = flow_is_gradient(T, n);
    for (int i = 0; n->kind == N_TUPLE && i < n->n; i++) {
        takes = takes || flow_is_gradient(T, n->kid[i]);
    }
    return takes;
}

static bool uses_gradients_later(const Trans *T)
{
    for (size_t i = 0; i < T->ninfo; i++) {
        const Info *in = &T->info[i];
        if (in->node && in->graph_grad) {
            return true;
        }
    }
    for (int i = 0; i < T->nid; i++) {
        const Node *s = T->site[i].stmt;
        if (s && (s->kind == N_ASSIGN || s->kind == N_CONST) && takes_gradient(T, s->b)) {
            return true;
        }
    }
    return false;
}

/* Zeros are as good as no gradient where a sweep that reaches all of them comes next. */
static bool sweep_follows(const Trans *T, const Node *n)
{
    const Node *next = T->following;
    return next && next->kind == N_CALL && next->call->row &&
           strcmp(next->call->row->name, "backward") == 0 && next->start > n->start;
}

static bool cleargrad(Trans *T, const Node *n)
{
    const Info *in = tr_info(T, n);
    bool zeros = sweep_follows(T, n) && !uses_gradients_later(T);
    for (int i = 0; i < in->nnames; i++) {
        const char *name = emit_name(T, NAME_SYMBOL(in->names[i]));
        if (!bits_meet(T, in->what[i], in->two)) {
            continue; /* nobody looks at these gradients before they are cleared again */
        }
        if (in->names[i] & NAME_OPT) {
            emit_line(T, zeros ? "%s.zero_grad()" : "%s.zero_grad(set_to_none=True)", name);
        } else if (in->names[i] & NAME_MODEL) {
            emit_line(T, zeros ? "%s.zero_grad()" : "%s.zero_grad(set_to_none=True)", name);
        } else {
            emit_line(T, "%s.grad = None", name);
        }
    }
    return true;
}

static bool backward(Trans *T, const Node *n)
{
    const Info *in = tr_info(T, n);
    const Node *seed = tr_arg(T, n, -1, "seed");
    for (int i = 0; i < in->nnames; i++) {
        emit_line(T, "%s.grad = None", emit_name(T, in->names[i]));
    }
    const char *s = seed ? emit_tensor(T, seed, 'f', NB_PY_IF) : "";
    if (in->graph_grad) {
        s = tr_fmt(T, "%s%screate_graph=True", s, *s ? ", " : "");
    } else if (in->retain) {
        s = tr_fmt(T, "%s%sretain_graph=True", s, *s ? ", " : "");
    }
    emit_line(T, "%s.backward(%s)", emit_at(T, argument(n), NB_PY_ATOM), s);
    return true;
}

static void remember_values(Trans *T, const Info *in)
{
    for (int i = 0; i < in->nkept; i++) {
        emit_line(T, "%s.append(%s.item())", emit_values(T, in->kept[i]),
                  emit_name(T, in->kept[i]));
    }
}

static void show_watched(Trans *T)
{
    if (T->nwatch == 0) {
        return;
    }
    const char *s = "";
    for (int i = 0; i < T->nwatch; i++) {
        const Node *w = T->watch[i];
        s = tr_fmt(T, "%s   %s = %s", s, tr_source(T, w->start, w->end), emit_shown(T, w, NULL));
    }
    emit_line(T, "step += 1");
    emit_line(T, "print(f\"step {step}%s\")", s);
}

static bool step(Trans *T, const Node *n)
{
    const Info *in = tr_info(T, n);
    remember_values(T, in);
    if (T->o->ddp) {
        emit_line(T, "add_gradients(%s)",
                  argument(n) ? emit_text(T, argument(n)) : emit_name(T, in->opt_symbol));
    }
    emit_line(T, "%s.step()",
              argument(n) ? emit_at(T, argument(n), NB_PY_ATOM) : emit_name(T, in->opt_symbol));
    show_watched(T);
    return true;
}

/* --- minimize --- */

/* Where a model is behind f, its parameters move and nothing else. */
static bool has_models(const Info *in)
{
    bool models = false;
    for (int i = 0; i < in->nnames; i++) {
        models |= (in->names[i] & NAME_MODEL) != 0;
    }
    return models;
}

static const char *moved_names(Trans *T, const Info *in)
{
    const char *names = "";
    const bool models = has_models(in);
    for (int i = 0; i < in->nnames; i++) {
        bool model = (in->names[i] & NAME_MODEL) != 0;
        if (model || !models) {
            names = tr_fmt(T, "%s%s%s%s", names, names[0] ? ", " : "", model ? "*" : "",
                           tr_fmt(T, model ? "%s.parameters()" : "%s",
                                  emit_name(T, NAME_SYMBOL(in->names[i]))));
        }
    }
    return names;
}

#define COLUMNS 76    /* of the table, as off a terminal */
#define MOST_PARAMS 4 /* scalar parameters that get a column, as minimize has them */
#define NUMBER_WIDTH 11
#define FULL_WIDTH 25
#define STEP_WIDTH 6

typedef struct MinimizeTable {
    const char *head, *row; /* texts of Python so far */
    int width, room;
} MinimizeTable;

static bool add_column(Trans *T, MinimizeTable *t, const char *title, const char *value)
{
    const int own = nb_text_width(title) + 1, width = own > t->width ? own : t->width;
    if (width > t->room) {
        return false;
    }
    const int pad = width - nb_text_width(title);
    t->head = tr_fmt(T, "%s%*s%s", t->head, pad, "", title);
    t->row = tr_fmt(T, "%s {%s:%d.%dg}", t->row, value, width - 1, T->o->digits);
    t->room -= width;
    return true;
}

/* Numbers among what the optimizer moves. */
static void add_params(Trans *T, MinimizeTable *t, Node *const *x, int n, int *left)
{
    for (int i = 0; i < n; i++) {
        const Val *v = val_of(T, x[i]);
        if (x[i]->kind == N_LIST) {
            add_params(T, t, x[i]->kid, x[i]->n, left);
        } else if ((x[i]->kind == N_GLOBAL || x[i]->kind == N_LOCAL) && *left > 0 &&
                   v->kinds & K_TENSOR && v->rank == 0) {
            *left -= add_column(T, t, tr_symbol(T, x[i]->sym), emit_name(T, x[i]->sym));
        }
    }
}

static MinimizeTable columns_of(Trans *T, const Node *n, const char *f, const char *opt)
{
    const Info *in = tr_info(T, n);
    const Node *named = n->call->npos > 1 ? n->kid[1] : NULL;
    const Val *o = named ? val_of(T, named) : NULL;
    int digits = T->o->digits, left = MOST_PARAMS;
    MinimizeTable t = {.head = "  step", .row = "{step:6d}", .room = COLUMNS - STEP_WIDTH};
    t.width = digits >= 17 ? FULL_WIDTH : digits + 5 > NUMBER_WIDTH ? digits + 5 : NUMBER_WIDTH;
    const Node *x = argument(n);
    add_column(T, &t, tr_source(T, x->start, x->end), f);
    t.room -= t.width; /* of |grad| */
    for (int i = 0; i < T->nwatch; i++) {
        const Node *w = T->watch[i];
        if (kinds_of(T, w) & (K_TENSOR | K_NUMBER) && rank_of(T, w) == 0) {
            add_column(T, &t, tr_source(T, w->start, w->end), emit_text(T, w));
        }
    }
    for (int i = 0; !o && in->opt_symbol < 0 && !has_models(in) && i < in->nnames; i++) {
        const int symbol = NAME_SYMBOL(in->names[i]);
        const Val *v = T->env ? T->env->global[symbol] : NULL;
        if (!(in->names[i] & NAME_MODEL) && left > 0 && v && v->rank == 0) {
            left -= add_column(T, &t, tr_symbol(T, symbol), emit_name(T, symbol));
        }
    }
    for (int i = 0; !o && in->opt_symbol >= 0 && i < T->nid; i++) {
        const Site *s = &T->site[i]; /* the only optimizer there is */
        const bool binds = s->symbol == in->opt_symbol && s->stmt && s->stmt->kind == N_ASSIGN;
        o = binds ? val_of(T, s->stmt->b) : o;
    }
    if (o && o->made) {
        add_params(T, &t, o->made->kid, o->made->call->npos, &left);
    }
    t.room += t.width;
    add_column(T, &t, "|grad|", tr_fmt(T, "grad_norm(%s)", opt));
    return t;
}

static bool minimize(Trans *T, const Node *n)
{
    const Info *in = tr_info(T, n);
    const Node *steps = tr_arg(T, n, -1, "steps"), *every = tr_arg(T, n, -1, "every");
    if (T->o->ddp) {
        return tr_fail(T, n, "--ddp: minimize; write the loop with batches, backward and step");
    }
    const char *count = steps ? emit_int(T, steps) : "1000", *opt;
    const char *f = emit_text(T, argument(n));
    int have = 0;
    if (n->call->npos > 1 && n->kid[1]->kind == N_CALL) { /* made here, once */
        const char *made = emit_text(T, n->kid[1]);
        opt = emit_fresh(T, "opt", &have);
        emit_line(T, "%s = %s", opt, made);
    } else if (n->call->npos > 1) {
        opt = emit_text(T, n->kid[1]);
    } else if (in->opt_symbol >= 0) {
        opt = emit_name(T, in->opt_symbol);
    } else {
        opt = emit_fresh(T, "opt", &have);
        emit_line(T, "%s = torch.optim.Adam([%s], lr=0.05)", opt, moved_names(T, in));
    }
    double whole;
    const MinimizeTable table = columns_of(T, n, f, opt);
    emit_line(T, "print(%s)", emit_quoted(T, table.head, strlen(table.head)));
    emit_line(T, "for step in range(%s):",
              steps && !tr_literal(steps, &whole) ? tr_fmt(T, "%s + 1", count)
                                                  : tr_fmt(T, "%lld", atoll(count) + 1));
    T->indent++;
    emit_again(T, in);
    emit_line(T, uses_gradients_later(T) ? "%s.zero_grad(set_to_none=True)" : "%s.zero_grad()",
              opt);
    emit_line(T, "%s.backward()", f);
    emit_line(T, "if %s or step == %s:",
              every ? tr_fmt(T, "step %% %s == 0", emit_at(T, every, NB_PY_ATOM))
                    : "str(step).strip(\"0\") in (\"\", \"1\", \"2\", \"5\")",
              count);
    emit_line(T, "    print(f\"%s\")", table.row);
    emit_line(T, "if step < %s:", count);
    T->indent++;
    remember_values(T, in);
    emit_line(T, "%s.step()", opt);
    T->indent -= 2;
    return !T->failed;
}

/* --- unchain, reset_state, seed, assert --- */

static bool unchain(Trans *T, const Node *n)
{
    const Info *in = tr_info(T, n);
    for (int i = 0; i < in->nnames; i++) {
        const char *name = emit_name(T, NAME_SYMBOL(in->names[i]));
        emit_line(T, in->names[i] & NAME_MODEL ? "detach_state(%s)" : "%s = %s.detach()", name,
                  name);
    }
    return true;
}

static bool seed(Trans *T, const Node *n)
{
    const char *a = emit_int(T, n->kid[0]);
    if (n->call->npos > 1) {
        a = tr_fmt(T, "%s, %s", a, emit_int(T, n->kid[1]));
    }
    emit_line(T, "random.seed(%s)", a);
    if (T->drops) {
        emit_line(T, "dropouts.seed(*mask_seed(%s))", a);
    }
    return true;
}

static bool assertion(Trans *T, const Node *n)
{
    const char *cond = emit_condition(T, n->kid[0]);
    const Node *message = n->call->npos > 1 ? n->kid[1] : NULL;
    emit_line(T, message ? "assert %s, %s" : "assert %s%s", cond,
              message ? emit_text(T, message) : "");
    return true;
}

/* --- views --- */

static bool watch(Trans *T, const Node *n)
{
    if (T->defs > 0 || T->indent > 0) {
        return tr_fail(T, n, "watch inside a block has no counterpart in PyTorch");
    }
    for (int i = 0; i < n->call->npos && T->nwatch < 16; i++) {
        T->watch[T->nwatch++] = n->kid[i];
    }
    emit_line(T, "step = 0");
    return true;
}

static bool is_recorded(const Trans *T, int symbol)
{
    for (int i = 0; i < T->nrecord; i++) {
        if (T->record[i] == symbol) {
            return T->recorded[i];
        }
    }
    return false;
}

static bool plot(Trans *T, const Node *n)
{
    bool kept = n->call->npos > 0;
    for (int i = 0; i < n->call->npos; i++) {
        kept = kept && n->kid[i]->kind == N_GLOBAL && is_recorded(T, n->kid[i]->sym);
    }
    if (!kept) {
        return left_out(T, n);
    }
    emit_line(T, "if plt:");
    T->indent++;
    for (int i = 0; i < n->call->npos; i++) {
        emit_line(T, "plt.plot(%s, label=\"%s\")", emit_values(T, n->kid[i]->sym),
                  emit_name(T, n->kid[i]->sym));
    }
    emit_line(T, "plt.xlabel(\"step\")");
    emit_line(T, "plt.legend()");
    T->indent--;
    T->plotted = true;
    return true;
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static bool export_table(Trans *T, const Node *n, const char *file)
{
    const char *columns = "", *names = "";
    for (int i = 1; i < n->call->npos; i++) {
        const Node *x = n->kid[i];
        columns = tr_fmt(T, "%s%s%s", columns, i > 1 ? ", " : "",
                         val_of(T, x)->from ? tr_fmt(T, "%s.detach()", emit_at(T, x, NB_PY_ATOM))
                                            : emit_text(T, x));
        names = tr_fmt(T, "%s%s%s", names, i > 1 ? "," : "", tr_source(T, x->start, x->end));
    }
    emit_line(T, "np.savetxt(%s, np.stack([%s], 1), delimiter=\",\", header=%s, comments=\"\")",
              file, columns, emit_quoted(T, names, strlen(names)));
    return true;
}

/* Weights, by the names that state_dict has. */
static bool load(Trans *T, const Node *n)
{
    bool packed = ends_with(n->kid[0]->str->text, ".npz");
    emit_line(T, "%s.load_state_dict({k: torch.as_tensor(v) for k, v in %s(%s).items()})",
              emit_at(T, n->kid[1], NB_PY_ATOM), packed ? "np.load" : "safetensors",
              emit_text(T, n->kid[0]));
    return true;
}

/* export "m.npz", m: by one process. */
static bool export_weights(Trans *T, const Node *n, const char *file)
{
    if (T->o->ddp) {
        emit_line(T, "if rank == 0:");
    }
    emit_line(T, "%snp.savez(%s, **{k: v.cpu().numpy() for k, v in %s.state_dict().items()})",
              T->o->ddp ? "    " : "", file, emit_at(T, n->kid[1], NB_PY_ATOM));
    return true;
}

static bool export(Trans *T, const Node *n)
{
    const Node *file = argument(n);
    if (!file || file->kind != N_STR) {
        return left_out(T, n);
    }
    const char *name = emit_text(T, file);
    if (ends_with(file->str->text, ".csv") && n->call->npos > 1 && n->call->nopt == 0) {
        return export_table(T, n, name);
    }
    if (ends_with(file->str->text, ".npz") && n->call->npos == 2 &&
        kinds_of(T, n->kid[1]) == K_MODEL && n->call->nopt == 0) {
        return export_weights(T, n, name);
    }
    const Node *view = tr_arg(T, n, -1, "view");
    if (view && view->kind == N_STR && strcmp(view->str->text, "plot") == 0 && T->plotted) {
        emit_line(T, "if plt:");
        emit_line(T, "    plt.savefig(%s)", name);
        return true;
    }
    return left_out(T, n);
}

/* --- all of them --- */

typedef struct Command {
    const char *name;
    bool (*fn)(Trans *T, const Node *n);
} Command;

static bool forward(Trans *T, const Node *n)
{
    return emit_again(T, tr_info(T, n));
}

static bool reset_state(Trans *T, const Node *n)
{
    emit_line(T, "reset_state(%s)", emit_text(T, argument(n)));
    return true;
}

static bool arg(Trans *T, const Node *n)
{
    for (int i = 0; i < n->call->nopt; i++) {
        const Node *value = n->kid[n->call->npos + i];
        const char *name = tr_symbol(T, n->call->optsym[i]);
        emit_line(T, "%s = argument(%s, %s)", emit_name(T, n->call->optsym[i]),
                  emit_quoted(T, name, strlen(name)),
                  kinds_of(T, value) == K_STR ? emit_text(T, value) : emit_float(T, value));
    }
    return true;
}

static const Command commands[] = {
    {"cleargrad", cleargrad}, {"backward", backward}, {"step", step},
    {"minimize", minimize},   {"unchain", unchain},   {"seed", seed},
    {"assert", assertion},    {"watch", watch},       {"plot", plot},
    {"export", export},       {"forward", forward},   {"reset_state", reset_state},
    {"print", emit_print},    {"load", load},         {"arg", arg},
};

bool emit_command(Trans *T, const Node *n)
{
    const char *name = n->call->row->name;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return commands[i].fn(T, n) && !T->failed;
        }
    }
    if (n == T->digits) {
        return true; /* in the formats of all that is printed */
    }
    if (strcmp(name, "reset") == 0) {
        return tr_fail(T, n, "reset has no counterpart in PyTorch; make a new optimizer");
    }
    return left_out(T, n);
}
