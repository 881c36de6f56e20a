/* view_surface.c -- the commands surface and boundary: what is shown, over which ranges */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "objects/library.h"
#include "cmd/table.h"
#include "cmd/view_field.h"
#include "session/report.h"

#define MARGIN 0.25   /* of a path's extent, on each side */
#define SLIMMEST 0.35 /* the shorter side of a path's rectangle by the longer one */
#define FARTHEST 1e60 /* a path that went farther shows nothing */
#define WILD 40.0     /* a path wider than so many times its middle nine tenths diverged */

enum { SURFACE, BOUNDARY };
enum { OPT_EQUAL };

/* A command to be carried out again later, for export. */
typedef struct Kept {
    Program *program; /* a reference; NULL: none */
    const Node *arg[3];
    char text[96], name[3][56];
    ViewRange given[BUILTIN_EXTRA];
    int ngiven;
    bool equal;
} Kept;

/* Shown last, for export: the part of the session. */
typedef struct Surfaces {
    Kept kept[2];
} Surfaces;

static const PartKey surfaces_key = {sizeof(Surfaces)};

static Surfaces *surfaces(const Session *s)
{
    return session_part(s, &surfaces_key);
}

static void forget(Session *s)
{
    for (int k = 0; k < 2; k++) {
        Kept *kept = &surfaces(s)->kept[k];
        program_unref(&kept->program);
        *kept = (Kept){0};
    }
}

static void keep(ViewAsk *a, int kind, const Call *c)
{
    Kept *k = &surfaces(session_of(a->I))->kept[kind];
    program_unref(&k->program);
    *k = (Kept){
        .program = program_ref(interp_program(a->I)), .ngiven = a->ngiven, .equal = a->equal};
    for (int i = 0; i < c->argc && i < 3; i++) {
        k->arg[i] = c->arg[i];
    }
    memcpy(k->text, a->text, sizeof k->text);
    memcpy(k->name, a->name, sizeof k->name);
    memcpy(k->given, a->given, sizeof k->given);
    for (int i = 0; i < k->ngiven; i++) {
        k->given[i].node = NULL;
    }
}

/* --- ranges --- */

static bool read_ranges(ViewAsk *a, const Call *c)
{
    for (int i = 0; i < c->nextra; i++) {
        Value v = c->extra[i].value;
        ViewRange *g = &a->given[a->ngiven++];
        snprintf(g->name, sizeof g->name, "%s", c->extra[i].name);
        g->node = c->extra[i].node;
        if (v.tag != V_RANGE) {
            interp_fail(a->I, g->node, NB_ETYPE, "%s: %s must be a range, not %s", a->command,
                        g->name, value_kind(v));
            return interp_hint(a->I, "as in %s=-2:2", g->name);
        }
        g->lo = v.range->start;
        g->hi = v.range->stop;
        if (!(g->hi > g->lo) || !isfinite(g->hi - g->lo)) {
            interp_fail(a->I, g->node, NB_EVALUE, "%s: %s goes from %.6g to %.6g", a->command,
                        g->name, g->lo, g->hi);
            return interp_hint(a->I, "the lower end first, as in %s=-2:2", g->name);
        }
    }
    return true;
}

/* w=-2:2 is meant for w[0] and w[1]. */
static bool is_for(const ViewRange *g, const char *name)
{
    size_t n = strlen(g->name);
    return strncmp(name, g->name, n) == 0 && (name[n] == '\0' || name[n] == '[');
}

static ViewRange *given_for(ViewAsk *a, const char *name)
{
    for (int i = 0; i < a->ngiven; i++) {
        if (is_for(&a->given[i], name)) {
            return &a->given[i];
        }
    }
    return NULL;
}

static bool all_used(ViewAsk *a, const Field *f, const char *hint)
{
    if (f->kind == FIELD_NODE && a->ngiven > 2) {
        interp_fail(a->I, a->given[2].node, NB_EVALUE, "%s: %d ranges are given, two are shown",
                    a->command, a->ngiven);
        return interp_hint(a->I, "%s", hint);
    }
    for (int i = 0; i < a->ngiven; i++) {
        const char *name = a->given[i].name;
        if (!is_for(&a->given[i], f->name[0]) && !is_for(&a->given[i], f->name[1])) {
            interp_fail(a->I, a->given[i].node, NB_EVALUE,
                        f->kind == FIELD_NODE ? "%s: %s does not depend on a scalar %s"
                                              : "%s: %s has no parameter %s",
                        a->command, a->text, name);
            return interp_hint(a->I, "%s", hint);
        }
    }
    return true;
}

static int by_value(const void *p, const void *q)
{
    double a = *(const double *)p, b = *(const double *)q;
    return (a > b) - (a < b);
}

/* Where the paths of all runs went along one variable; false without any, or out of memory, which
 * *refused says. A run that flew away does not count in full. */
static bool path_extent(const NbRecord *r, const char *const name[2], int axis, double *lo,
                        double *hi, bool *refused)
{
    size_t n = 0, cap = 0;
    for (int k = 0; r && k < nb_record_runs(r); k++) {
        cap += nb_record_run(r, k).rows;
    }
    double *v = cap > 0 ? calloc(cap, sizeof *v) : NULL;
    *refused |= cap > 0 && !v;
    for (int k = 0; v && k < nb_record_runs(r); k++) {
        NbRunInfo run = nb_record_run(r, k);
        int col[2] = {-1, -1};
        for (int c = 0; c < run.columns; c++) {
            for (int a = 0; a < 2; a++) {
                col[a] = col[a] < 0 && strcmp(run.column[c], name[a]) == 0 ? c : col[a];
            }
        }
        for (size_t i = 0; col[0] >= 0 && col[1] >= 0 && i < run.rows; i++) {
            double x = nb_record_value(r, k, i, col[axis]);
            v[n] = x;
            n += isfinite(x) ? 1 : 0;
        }
    }
    if (n > 0) {
        qsort(v, n, sizeof *v, by_value);
        *lo = v[0];
        *hi = v[n - 1];
        double inner_lo = v[n / 20], inner_hi = v[n - 1 - n / 20], inner = inner_hi - inner_lo;
        if (inner > 0 && *hi - *lo > WILD * inner) {
            *lo = fmax(*lo, inner_lo - inner);
            *hi = fmin(*hi, inner_hi + inner);
        }
    }
    free(v);
    return n > 0;
}

static void round_outwards(double *lo, double *hi)
{
    double unit = pow(10, floor(log10(*hi - *lo))) / 2;
    *lo = floor(*lo / unit + 1e-9) * unit;
    *hi = ceil(*hi / unit - 1e-9) * unit;
}

/* Around a value: −2 … 2 when it lies well inside. */
static void usual_range(bool known, double at, double *lo, double *hi)
{
    double reach = known && isfinite(at) && fabs(at) > 1.8 ? 1.5 * fabs(at) : 2;
    *lo = -reach;
    *hi = reach;
    if (reach > 2) {
        round_outwards(lo, hi);
    }
}

static bool choose_ranges(ViewAsk *a, Field *f, NbSurface *what)
{
    double lo[2], hi[2], now[2] = {0, 0};
    NbField viz = field_viz(f);
    bool known = viz.now(viz.user, now), path = true, refused = false;
    for (int k = 0; k < 2; k++) {
        path = path_extent(what->record, what->column, k, &lo[k], &hi[k], &refused) && path &&
               hi[k] - lo[k] < FARTHEST;
    }
    if (refused) {
        return interp_fail(a->I, a->at, NB_EMEM, "out of memory for a %s", a->command);
    }
    if (path) {
        double widest = fmax(hi[0] - lo[0], hi[1] - lo[1]);
        widest = widest > 0 ? widest : 4;
        for (int k = 0; k < 2; k++) {
            double span = fmax(hi[k] - lo[k], SLIMMEST * widest), middle = (lo[k] + hi[k]) / 2;
            lo[k] = middle - span * (0.5 + MARGIN);
            hi[k] = middle + span * (0.5 + MARGIN);
            round_outwards(&lo[k], &hi[k]);
        }
    }
    for (int k = 0; k < 2; k++) {
        const ViewRange *g = given_for(a, f->name[k]);
        if (!path) {
            usual_range(known, now[k], &lo[k], &hi[k]);
        }
        what->lo[k] = g ? g->lo : lo[k];
        what->hi[k] = g ? g->hi : hi[k];
    }
    return true;
}

/* --- functions and nodes --- */

static Field *function_field(ViewAsk *a, Value v, int symbol)
{
    const char *name[2] = {NULL, NULL};
    char signature[160];
    int required = 0, n = func_params(a->I, v.func, name, 2, &required);
    func_signature(v.func, signature, sizeof signature);
    if ((n >= 0 && n < 2) || required > 2) {
        interp_fail(a->I, a->at, NB_EVALUE, "%s: %s takes %d argument%s; a surface has two",
                    a->command, a->text, required > 2 ? required : n,
                    required <= 2 && n == 1 ? "" : "s");
        if (required > 2) {
            interp_hint(a->I, "hold the others: def %s(x, y) = %s(x, y, 1)",
                        strcmp(a->text, "g") == 0 ? "h" : "g", a->text);
        } else {
            interp_hint(a->I, n == 1 ? "plot %s shows what depends on one" : "def %s(x, y) = …",
                        a->text);
        }
        return NULL;
    }
    Field *f = field_new(session_of(a->I), FIELD_FUNCTION, value_ref(v), symbol);
    if (!f) {
        interp_fail(a->I, a->at, NB_EMEM, "out of memory for a surface");
        return NULL;
    }
    for (int k = 0; k < 2; k++) {
        snprintf(f->name[k], sizeof f->name[k], "%s", name[k] ? name[k] : k ? "y" : "x");
    }
    if (!all_used(a, f, signature)) {
        field_free(&f);
    }
    return f;
}

#define LEAVES_MOST 64

typedef struct Leaves {
    NbVar *leaf[LEAVES_MOST]; /* borrowed */
    char name[LEAVES_MOST][64];
    int n;
    bool pair; /* there was one leaf, of two numbers: both are listed */
    Text all;
} Leaves;

static bool is_pair(const NbVar *v)
{
    const NbShape *shape = nb_var_shape(v);
    return shape->rank == 1 && shape->dim[0] == 2 && nb_var_kind(v) == NB_LEAF;
}

/* Where no scalars vary: the numbers of the only leaf that has two. */
static void list_pair(Leaves *l, NbVar *v, const char *name)
{
    text_printf(&l->all, "%s", name);
    for (int k = 0; k < 2; k++) {
        snprintf(l->name[k], sizeof l->name[k], "%.50s[%d]", name, k);
        l->leaf[k] = v;
    }
    l->n = 2;
    l->pair = true;
}

/* Scalar leaves behind the node that have a name; without them a leaf of two numbers. */
static bool list_leaves(Session *s, NbVar *root, Leaves *l)
{
    const NbTape *tape = nb_graph_tape(root);
    NbVar *pair = NULL;
    char name[64], of_pair[64] = "";
    int pairs = 0;
    for (size_t i = 0; tape && i < tape->nleaves && l->n < LEAVES_MOST; i++) {
        NbVar *v = tape->leaf[i];
        if (!labels_own(s->labels, s->interp, v, name, sizeof name)[0]) {
            continue;
        }
        if (nb_var_is_scalar(v)) {
            text_printf(&l->all, "%s%s", l->n ? ", " : "", name);
            memcpy(l->name[l->n], name, sizeof name);
            l->leaf[l->n++] = v;
        } else if (is_pair(v)) {
            pair = v;
            pairs++;
            memcpy(of_pair, name, sizeof name);
        }
    }
    if (l->n == 0 && pairs == 1) {
        list_pair(l, pair, of_pair);
    }
    return tape != NULL;
}

/* Which two vary: those with a range, then the oldest. */
static bool choose_two(ViewAsk *a, const Leaves *l, int two[2])
{
    int n = 0;
    for (int i = 0; i < a->ngiven && n < 2; i++) {
        for (int k = 0; k < l->n; k++) {
            if (strcmp(l->name[k], a->given[i].name) == 0) {
                two[n++] = k;
            }
        }
    }
    for (int k = 0; k < l->n && n < 2; k++) {
        if (n == 0 || two[0] != k) {
            two[n++] = k;
        }
    }
    return n == 2;
}

static void say_held(const ViewAsk *a, const Leaves *l, const int two[2])
{
    if (l->n > 2 && a->ngiven < 2 && !a->quiet) {
        session_say(session_of(a->I),
                    "%s depends on %s: shown over %s and %s, the others held; name two by their "
                    "ranges,\nas in surface %s, %s=-2:2, %s=-2:2",
                    a->text, text_str(&l->all), l->name[two[0]], l->name[two[1]], a->text,
                    l->name[two[0]], l->name[two[1]]);
    }
}

static Field *node_field(ViewAsk *a, NbVar *root, int symbol)
{
    Session *s = session_of(a->I);
    Leaves l = {.all = text_in(s->lost)};
    Field *f = NULL;
    int two[2];
    if (!nb_var_is_scalar(root)) {
        char shape[160];
        interp_fail(a->I, a->at, NB_ESHAPE, "%s: %s has shape %s; a surface shows one number",
                    a->command, a->text, nb_shape_text(nb_var_shape(root), shape, sizeof shape));
        return NULL;
    }
    if (!list_leaves(s, root, &l)) {
        interp_fail_ctx(a->I, a->at);
    } else if (!choose_two(a, &l, two)) {
        interp_fail(a->I, a->at, NB_EVALUE, "%s: %s depends on %s%s; a surface needs two scalars",
                    a->command, a->text, l.n ? "one scalar, " : "no scalar", text_str(&l.all));
        interp_hint(a->I, "x, y = 0, 2, then f = %s, then surface f",
                    "100*(y - x^2)^2 + (1 - x)^2");
    } else if (!(f = field_new(s, FIELD_NODE, (Value){.tag = V_VAR, .var = nb_var_ref(root)},
                               symbol))) {
        interp_fail(a->I, a->at, NB_EMEM, "out of memory for a surface");
    } else {
        char hint[200];
        for (int k = 0; k < 2; k++) {
            f->leaf[k] = nb_var_ref(l.leaf[two[k]]);
            memcpy(f->name[k], l.name[two[k]], sizeof f->name[k]);
        }
        f->pair = l.pair;
        snprintf(hint, sizeof hint, "it depends on %.180s", text_str(&l.all));
        if (all_used(a, f, hint)) {
            say_held(a, &l, two);
        } else {
            field_free(&f);
        }
    }
    text_free(&l.all);
    return f;
}

/* A value in the middle must be there, and computing it must not change anything. */
static bool can_show(ViewAsk *a, Field *f, const NbSurface *what)
{
    double z;
    bool changes;
    NbErr why = {0};
    bool ok = field_try(f, (what->lo[0] + what->hi[0]) / 2, (what->lo[1] + what->hi[1]) / 2, &z,
                        &changes, &why);
    if (changes) {
        interp_fail(a->I, a->at, NB_EVALUE, "%s: computing %s changes the session", a->command,
                    a->text);
        return interp_hint(a->I, "a function that only computes can be shown");
    }
    if (!ok) {
        interp_fail(a->I, a->at, why.code ? why.code : NB_EVALUE, "%s: %s cannot be computed: %s",
                    a->command, a->text, why.msg[0] ? why.msg : "no value");
        return why.hint[0] ? interp_hint(a->I, "%s", why.hint) : false;
    }
    return true;
}

/* Field and description of a surface; the texts in *what live as long as the field. */
static Field *surface_of(ViewAsk *a, Value v, NbSurface *what)
{
    int symbol = view_symbol_of(a, v);
    Field *f = NULL;
    if (v.tag == V_FUNC) {
        f = function_field(a, v, symbol);
    } else if (v.tag == V_VAR && nb_var_kind(v.var) == NB_INNER) {
        f = node_field(a, v.var, symbol);
    } else {
        interp_fail(a->I, a->at, NB_ETYPE, "%s: %s is %s, not a function of two numbers",
                    a->command, a->text,
                    v.tag == V_VAR && nb_var_kind(v.var) == NB_LEAF ? "a leaf" : value_kind(v));
        interp_hint(a->I, "as in surface f after f = x^2 + y^2, or def f(x, y) = x^2 + y^2");
    }
    if (!f) {
        return NULL;
    }
    *what = (NbSurface){.title = a->text,
                        .name = {f->name[0], f->name[1]},
                        .column = {f->name[0], f->name[1]},
                        .equal = a->equal,
                        .record = runs_record(f->s->runs)};
    if (!choose_ranges(a, f, what) || !can_show(a, f, what)) {
        field_free(&f);
    }
    return f;
}

/* As text on stdout: whole, or not at all when memory is short. */
static bool print_text(const ViewAsk *a, NbViz *viz, const NbSurface *what, NbErr *err)
{
    const Session *s = session_of(a->I);
    char *text = NULL;
    size_t size = 0;
    FILE *mem = open_memstream(&text, &size);
    NbSurfaceData *d = mem ? nb_viz_surface_new(what, err) : NULL;
    if (!mem) {
        what->field.free(what->field.user); /* as the surface does, which there is none of */
    }
    bool ok = d && nb_viz_surface_print(viz, d, mem, err) == NB_OK;
    nb_viz_surface_free(&d);
    bool short_of = !mem || fclose(mem) != 0 || *s->lost;
    /* one point was computed before: without Ctrl-C nothing else stops the others */
    short_of |= !ok && err->code == NB_EINTERRUPT && !*s->interrupt && !*s->ending;
    if (short_of) {
        nb_err_clear(err);
        ok = nb_fail(err, NB_EMEM, "out of memory for the text of a %s", a->command) == NB_OK;
    }
    if (ok) {
        fwrite(text, 1, size, s->out);
    }
    free(text);
    return ok;
}

/* --- showing --- */

static bool show(ViewAsk *a, int kind, Field *f, NbSurface *what)
{
    Session *s = session_of(a->I);
    NbViz *viz = view_viz(s);
    NbErr err = {0};
    if (!viz) {
        field_free(&f);
        return false;
    }
    what->field = field_viz(f);
    if (view_has_display(s, viz)) {
        f->paced = true;
        if (nb_viz_surface(viz, what, &err) != NB_OK) {
            return interp_fail_err(a->I, a->at, &err);
        }
        view_of(s)->live[kind] = f;
        return true;
    }
    if (session_takes_pictures(s)) {
        NbExport e = {.view = kind == SURFACE ? NB_VIEW_SURFACE : NB_VIEW_BOUNDARY,
                      .title = a->text,
                      .surface = nb_viz_surface_new(what, &err)};
        bool ok = e.surface ? view_show_picture(s, a->at, viz, &e)
                            : interp_fail_err(a->I, a->at, &err);
        nb_viz_surface_free(&e.surface);
        return ok;
    }
    session_say(s, "no display: the %s as text; export \"%s.png\", view=%s writes a picture",
                kind == SURFACE ? "surface" : "regions", a->text, a->command);
    fflush(s->err);
    return print_text(a, viz, what, &err) || interp_fail_err(a->I, a->at, &err);
}

static bool cmd_surface(Interp *I, const Call *c, Value *out)
{
    (void)out;
    ViewAsk a = {.I = I, .command = "surface", .at = c->arg[0]};
    NbSurface what;
    Value v = UNSET;
    interp_text(I, c->arg[0], a.text, sizeof a.text);
    if (!interp_opt_flag(I, c, OPT_EQUAL, &a.equal) || !read_ranges(&a, c) ||
        !interp_eval(I, c->arg[0], &v)) {
        const NbErr *e = &interp_error(I)->err;
        if (e->code == NB_ENAME && !e->hint[0] && strpbrk(a.text, "+-*/^(")) {
            interp_hint(I, "a function of two variables first: f(x, y) = x^2 + y^2, surface f");
        }
        return false;
    }
    Field *f = surface_of(&a, v, &what);
    value_unref(&v);
    if (!f) {
        return false;
    }
    keep(&a, SURFACE, c);
    return show(&a, SURFACE, f, &what);
}

static bool cmd_boundary(Interp *I, const Call *c, Value *out)
{
    (void)out;
    ViewAsk a = {.I = I, .command = "boundary", .at = c->arg[0]};
    NbSurface what;
    ViewPoints p = {0};
    Value v[3] = {UNSET, UNSET, UNSET};
    interp_text(I, c->arg[0], a.text, sizeof a.text);
    bool ok = interp_opt_flag(I, c, OPT_EQUAL, &a.equal);
    for (int k = 0; k < 3 && ok; k++) {
        interp_text(I, c->arg[k], a.name[k], sizeof a.name[k]);
        ok = interp_eval(I, c->arg[k], &v[k]);
    }
    Field *f = ok ? view_boundary_of(&a, v, c->arg, &p, &what) : NULL;
    if (f) {
        keep(&a, BOUNDARY, c);
        ok = show(&a, BOUNDARY, f, &what);
    }
    for (int k = 0; k < 3; k++) {
        value_unref(&v[k]);
    }
    view_points_free(&p);
    return ok && f;
}

/* --- export --- */

static NbSurfaceData *data_of(ViewAsk *a, Field *f, NbSurface *what)
{
    NbErr err = {0};
    what->field = field_viz(f);
    NbSurfaceData *d = nb_viz_surface_new(what, &err);
    if (!d) {
        interp_fail_err(a->I, a->at, &err);
    }
    return d;
}

/* The command last carried out, with what its names stand for now. */
static NbSurfaceData *kept_again(ViewAsk *a, const Kept *k, bool boundary)
{
    Value v[3] = {UNSET, UNSET, UNSET};
    NbSurface what;
    ViewPoints p = {0};
    NbSurfaceData *d = NULL;
    Field *f = NULL;
    int n = boundary ? 3 : 1;
    bool ok = true;
    const Node *at[3] = {a->at, a->at, a->at}; /* the nodes are of another text */
    memcpy(a->text, k->text, sizeof a->text);
    memcpy(a->name, k->name, sizeof a->name);
    memcpy(a->given, k->given, sizeof a->given);
    a->ngiven = k->ngiven;
    a->equal = a->equal || k->equal;
    for (int i = 0; ok && i < n; i++) {
        ok = interp_eval_kept(a->I, k->program, k->arg[i], &v[i]);
    }
    if (ok) {
        f = boundary ? view_boundary_of(a, v, at, &p, &what) : surface_of(a, v[0], &what);
    }
    if (f) {
        d = data_of(a, f, &what);
    }
    for (int i = 0; i < n; i++) {
        value_unref(&v[i]);
    }
    view_points_free(&p);
    return d;
}

static NbSurfaceData *surface_argument(ViewAsk *a, const Call *c)
{
    NbSurface what;
    Value v = UNSET;
    a->at = c->arg[1];
    interp_text(a->I, a->at, a->text, sizeof a->text);
    if (!interp_eval(a->I, a->at, &v)) {
        return NULL;
    }
    Field *f = surface_of(a, v, &what);
    value_unref(&v);
    return f ? data_of(a, f, &what) : NULL;
}

NbSurfaceData *view_surface_export(Interp *I, const Call *c, bool boundary, bool equal, char *name,
                                   size_t cap)
{
    Session *s = session_of(I);
    ViewAsk a = {.I = I, .command = "export", .at = c->node, .equal = equal, .quiet = true};
    NbSurfaceData *d = NULL;
    const Kept *k = &surfaces(s)->kept[boundary ? BOUNDARY : SURFACE];
    NbSurface what;
    if (c->argc > 1 && boundary) {
        interp_fail(I, c->arg[1], NB_EVALUE, "export: a boundary is named by the command boundary");
        interp_hint(I, "boundary m, x, t, then export \"b.png\", view=boundary");
    } else if (c->argc > 1) {
        d = surface_argument(&a, c);
    } else if (k->program) {
        d = kept_again(&a, k, boundary);
    } else if (!boundary && s->root && nb_var_kind(s->root) == NB_INNER) {
        report_label(s, s->root, a.text, sizeof a.text);
        Field *f = surface_of(&a, (Value){.tag = V_VAR, .var = s->root}, &what);
        d = f ? data_of(&a, f, &what) : NULL;
    } else {
        interp_fail(I, c->node, NB_EVALUE, "export: which %s?", boundary ? "boundary" : "surface");
        interp_hint(I, boundary ? "boundary m, x, t, then export"
                                : "surface f, then export; or export \"s.png\", f, view=surface");
    }
    snprintf(name, cap, "%s", a.text);
    return d;
}

/* --- following names --- */

/* A node made again: its leaves by their names. */
static bool follow_node(Field *f, NbVar *root)
{
    Session *s = f->s;
    Leaves l = {.all = text_in(s->lost)};
    int at[2] = {-1, -1};
    if (nb_var_is_scalar(root) && list_leaves(s, root, &l)) {
        for (int i = 0; i < l.n; i++) {
            for (int k = 0; k < 2; k++) {
                at[k] = strcmp(l.name[i], f->name[k]) == 0 ? i : at[k];
            }
        }
    }
    bool ok = at[0] >= 0 && at[1] >= 0;
    f->pair = ok ? l.pair : f->pair;
    for (int k = 0; ok && k < 2; k++) {
        nb_var_ref(l.leaf[at[k]]);
        nb_var_unref(&f->leaf[k]);
        f->leaf[k] = l.leaf[at[k]];
    }
    text_free(&l.all);
    return ok;
}

static bool follow_function(const Field *f, const Func *now)
{
    const char *name[2];
    int required, n = func_params(f->s->interp, now, name, 2, &required);
    return (n < 0 || n >= 2) && required <= 2;
}

static void follow(Field *f)
{
    Value now = f->symbol >= 0 ? interp_get(f->s->interp, f->symbol) : UNSET;
    bool fits = false;
    if (now.tag == V_VAR && f->kind == FIELD_NODE && now.var != f->f.var) {
        fits = nb_var_kind(now.var) == NB_INNER && follow_node(f, now.var);
    } else if (now.tag == V_FUNC && f->f.tag == V_FUNC && now.func != f->f.func) {
        fits = f->kind == FIELD_CLASSES || follow_function(f, now.func);
    } else if (now.tag == V_OBJ && f->f.tag == V_OBJ && now.obj != f->f.obj) {
        fits = now.obj->cls == f->f.obj->cls;
    }
    if (fits) {
        value_unref(&f->f);
        f->f = value_ref(now);
        f->whole = true;
    }
}

/* Windows follow names that were bound again. */
static void follow_names(Session *s)
{
    const View *view = view_of(s);
    for (int k = 0; k < 2; k++) {
        if (view->live[k]) {
            follow(view->live[k]);
        }
    }
}

const SessionPart view_surface_part = {
    .key = &surfaces_key, .follow = follow_names, .close = forget, .free = forget};

static const Builtin rows[] = {
    {"surface",
     B_COMMAND | B_LAZY | B_EXTRA | B_SHOWS,
     1,
     1,
     {{"equal", "false"}},
     cmd_surface,
     "showing",
     "surface f [, x=a:b, y=c:d, equal=true]",
     "Opens a window with the contours of a function of two numbers, or of f over two scalar "
     "leaves behind it, the others held, or over a leaf of two numbers. equal=true (key e) gives "
     "both axes the same unit, so that gradients are at right angles to the contours. Ranges are "
     "named after parameters or leaves; without them they follow the runs' paths. A click sets the "
     "start. Without a display prints shades.",
     "def f(x, y) = 100*(y - x^2)^2 + (1 - x)^2\nsurface f, x=-2:2, y=-1:3"},
    {"boundary",
     B_COMMAND | B_LAZY | B_SHOWS,
     3,
     3,
     {{"equal", "false"}},
     cmd_boundary,
     "showing",
     "boundary m, x, t [, equal=true]",
     "Opens a window with the regions in which a model with two inputs chooses each class, and the "
     "data points in their colours; it follows the training. m gives a score for each class, or "
     "one score, above 0 for class 1. Without a display prints it as text.",
     "x, t = moons(100, 0.1)\nm = mlp([8, 2])\nboundary m, x, t"},
};

Rows view_surface_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
