/* graphs.c -- what every window test uses: small graphs, a host, the worker */
#include "graphs.h"

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>

static const char *label(void *user, const NbVar *v, char *buf, size_t cap)
{
    const World *w = user;
    const char *name = nb_var_name(v);
    if (name) {
        snprintf(buf, cap, "%s", name);
    } else {
        snprintf(buf, cap, "v%d", (int)(nb_var_serial(v) - w->base));
    }
    return buf;
}

static void say(void *user, const char *line)
{
    World *w = user;
    snprintf(w->said, sizeof w->said, "%s", line);
}

static void click(void *user, NbVar *v)
{
    World *w = user;
    w->clicked = v;
}

static bool move(void *user, NbVar *leaf, double value, bool done)
{
    World *w = user;
    if (w->refuse) {
        return false;
    }
    w->tries += !done;
    w->moves += done;
    w->moved_to = value;
    nb_var_assign_scalar(leaf, value);
    if (w->root) {
        nb_forward(w->root, false, NULL);
    }
    nb_viz_changed(w->viz);
    return true;
}

static bool walk_key(void *user, int direction)
{
    World *w = user;
    w->walked += w->walking ? direction : 0;
    return w->walking;
}

int world_open(void **state)
{
    World *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->ctx = nb_ctx_new();
    w->style = (NbVizStyle){
        .theme = NB_THEME_LIGHT,
        .text = {.user = w, .label = label, .digits = 6, .unicode = true, .columns = 76}};
    NbVizHost host = {.user = w, .say = say, .click = click, .write = move, .walk_key = walk_key};
    w->viz = nb_viz_new(&host, &w->style);
    const char *tmp = getenv("NB_TMP");
    snprintf(w->dir, sizeof w->dir, "%.40s/viz-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    assert_non_null(mkdtemp(w->dir));
    *state = w;
    return 0;
}

static void empty_dir(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        char name[512];
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        unlink(name);
    }
    if (d) {
        closedir(d);
    }
    rmdir(path);
}

int world_close(void **state)
{
    World *w = *state;
    nb_viz_free(&w->viz);
    assert_int_equal(nb_ctx_live_nodes(w->ctx), 0);
    nb_ctx_free(&w->ctx);
    empty_dir(w->dir);
    free(w);
    return 0;
}

void name_it(World *w, NbVar *v, const char *name)
{
    nb_var_set_name(v, nb_intern(w->ctx, name), false);
}

NbVar *make_leaf(World *w, const char *name, double v)
{
    NbVar *x = nb_var_scalar(w->ctx, v, NB_LEAF);
    assert_non_null(x);
    name_it(w, x, name);
    w->base = nb_var_serial(x);
    return x;
}

NbVar *again(NbVar *v)
{
    return nb_var_ref(v);
}

NbVar *make(World *w, const char *op, NbVar *a, NbVar *b, double number)
{
    const NbOp *record = nb_op_find(op);
    assert_non_null(record);
    NbVar *r;
    if (record->max_in == 1) {
        r = nb_apply1(w->ctx, record, a);
    } else {
        r = nb_apply2(w->ctx, record, a ? NB_VAR(a) : NB_NUM(number),
                      b ? NB_VAR(b) : NB_NUM(number));
    }
    assert_non_null(r);
    nb_var_unref(&a);
    nb_var_unref(&b);
    return r;
}

NbVar *make_small(World *w)
{
    NbVar *x = make_leaf(w, "x", 2), *y = make_leaf(w, "y", 3);
    NbVar *product = make(w, "mul", again(x), y, 0);
    NbVar *f = make(w, "add", product, make(w, "pow", x, NULL, 2), 0);
    name_it(w, f, "f");
    return f;
}

NbVar *make_rosenbrock(World *w)
{
    NbVar *x = make_leaf(w, "x", 0), *y = make_leaf(w, "y", 2);
    NbVar *gap = make(w, "sub", y, make(w, "pow", again(x), NULL, 2), 0);
    NbVar *valley = make(w, "mul", NULL, make(w, "pow", gap, NULL, 2), 100);
    NbVar *slope = make(w, "pow", make(w, "sub", NULL, x, 1), NULL, 2);
    NbVar *f = make(w, "add", valley, slope, 0);
    name_it(w, f, "f");
    return f;
}

NbVar *make_chain(World *w, int n)
{
    NbVar *weight = make_leaf(w, "w", 0.5);
    NbVar *h = make_leaf(w, "x", 0.3);
    for (int i = 0; i < n; i++) {
        h = make(w, "tanh", make(w, "mul", h, again(weight), 0), NULL, 0);
    }
    nb_var_unref(&weight);
    return h;
}

static double grid(void *user, const char *text, NbRole role)
{
    (void)user;
    (void)role;
    return 10.0 * nb_text_width(text);
}

const NbMeasure grid_measure = {grid, NULL};

NbRecord *make_record(int runs, int rows, double decades)
{
    NbErr err = {0};
    NbRecord *r = nb_record_new(4000, 16);
    assert_non_null(r);
    const char *names[] = {"f", "x"};
    for (int k = 0; k < runs; k++) {
        char title[64];
        snprintf(title, sizeof title, "sgd(lr=0.%d)", k + 1);
        assert_int_equal(nb_record_begin(r, title, names, 2, &err), NB_OK);
        for (int i = 0; i < rows; i++) {
            double t = rows > 1 ? i / (double)(rows - 1) : 0;
            double row[2] = {400 * pow(10, -decades * t), t};
            nb_record_add(r, (uint64_t)i, row);
        }
        nb_record_end(r);
    }
    return r;
}

const char *in_dir(World *w, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", w->dir, name);
    return path;
}

char *slurp(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        fail_msg("cannot read %s", path);
    }
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    char *text = malloc((size_t)n + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)n, f), n);
    text[n] = '\0';
    fclose(f);
    if (size) {
        *size = (size_t)n;
    }
    return text;
}

int files_in_dir(World *w)
{
    int n = 0;
    DIR *d = opendir(w->dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    }
    closedir(d);
    return n;
}

double patience(void)
{
    const char *times = getenv("NB_PATIENCE");
    return times ? atof(times) : 1;
}

void rest(double seconds_long)
{
    struct timespec t = {(time_t)seconds_long, (long)((seconds_long - floor(seconds_long)) * 1e9)};
    nanosleep(&t, NULL);
}

int occurrences(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) {
        n++;
    }
    return n;
}

bool have_program(const char *name)
{
    char command[128];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", name);
    return system(command) == 0;
}

void own_worker(void)
{
    const char *path = getenv("NB_WORKER");
    if (path) {
        setenv("NABLA_WORKER", path, 1);
    } else {
        unsetenv("NABLA_WORKER");
    }
}

/* The worker for layouts is the test program itself. */
int suite_start(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--layout-worker") == 0) {
        return nb_viz_worker_main();
    }
    own_worker();
    return -1;
}
