/* test_managers.c -- windows under real window managers: the keyboard stays, nothing is covered */
#include "display.h"

#include <signal.h>
#include <sys/wait.h>

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>

#include "viz/window/place.h"
#include "viz/window/window_host.h"
#include "xlib.h"

/* --- a desk: a manager, and a window that stands for the terminal --- */

static pid_t manager;
static Display *display;
static Window terminal, asking;

#define NOTHING (~0UL)

/* The first of `count` numbers; NOTHING when there are not so many. */
static unsigned long number_of(Window w, const char *property, unsigned long count)
{
    Atom type;
    int format;
    unsigned long n, left, value = NOTHING;
    unsigned char *data = NULL;
    if (xlib.GetWindowProperty(display, w, xlib.InternAtom(display, property, False), 0,
                               (long)count, False, AnyPropertyType, &type, &format, &n, &left,
                               &data) == 0 &&
        data && n == count && format == 32) {
        memcpy(&value, data, sizeof value);
    }
    if (data) {
        xlib.Free(data);
    }
    return value;
}

static unsigned long of_screen(const char *property)
{
    return number_of(DefaultRootWindow(display), property, 1);
}

static bool comes(bool (*done)(void))
{
    for (double end = seconds() + 20 * patience(); seconds() < end; rest(0.005)) {
        if (done()) {
            return true;
        }
    }
    return false;
}

static bool manager_is_there(void)
{
    return of_screen("_NET_SUPPORTING_WM_CHECK") != NOTHING;
}

static bool terminal_is_active(void)
{
    return of_screen("_NET_ACTIVE_WINDOW") == terminal;
}

static void send(XEvent *e)
{
    xlib.SendEvent(display, DefaultRootWindow(display), False,
                   SubstructureRedirectMask | SubstructureNotifyMask, e);
    xlib.Sync(display, False);
}

/* As a click into it does. */
static bool terminal_takes_the_keyboard(void)
{
    XEvent e = {.xclient = {.type = ClientMessage,
                            .window = terminal,
                            .message_type = xlib.InternAtom(display, "_NET_ACTIVE_WINDOW", False),
                            .format = 32,
                            .data.l = {2}}};
    send(&e);
    return terminal_is_active();
}

/* Without a configuration it would ask for one. */
static const char *i3_configuration(void)
{
    static char path[1100];
    snprintf(path, sizeof path, "%s/i3", getenv("NB_TMP") ? getenv("NB_TMP") : "/tmp");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("# i3 config file (v4)\n", f);
    fclose(f);
    return path;
}

static void begin_desk(World *w, const char *program)
{
    char id[32];
    const char *i3 = strcmp(program, "i3") == 0 ? i3_configuration() : NULL;
    manager = fork();
    if (manager == 0) {
        setpgid(0, 0);
        if (freopen("/dev/null", "w", stderr) && freopen("/dev/null", "w", stdout)) {
            if (strcmp(program, "xfwm4") == 0) { /* it keeps its settings behind a bus */
                execlp("dbus-run-session", "dbus-run-session", "--", program, (char *)NULL);
            }
            if (i3) {
                execlp("i3", "i3", "-c", i3, (char *)NULL);
            }
            execlp(program, program, (char *)NULL);
        }
        _exit(127);
    }
    xlib_load();
    display = xlib.OpenDisplay(NULL);
    assert_non_null(display);
    assert_true(comes(manager_is_there));
    terminal =
        xlib.CreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 484, 316, 0, 0, 0);
    XWMHints hints = {.flags = InputHint | StateHint, .input = True, .initial_state = NormalState};
    xlib.SetWMHints(display, terminal, &hints);
    xlib.StoreName(display, terminal, "terminal");
    xlib.MapWindow(display, terminal);
    asking = xlib.CreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 9, 9, 0, 0, 0);
    xlib.Sync(display, False);
    assert_true(comes(terminal_takes_the_keyboard));
    snprintf(id, sizeof id, "%lu", terminal);
    setenv("WINDOWID", id, 1);
    (void)w;
}

static void end_desk(World *w)
{
    nb_viz_close(w->viz, NULL);
    xlib.CloseDisplay(display);
    unsetenv("WINDOWID");
    kill(-manager, SIGTERM);
    waitpid(manager, NULL, 0);
}

/* With what the manager drew around it. */
static NbPlace frame_of(Window window)
{
    Window root = 0, parent = 0, *children = NULL, child;
    unsigned n;
    while (xlib.QueryTree(display, window, &root, &parent, &children, &n) && parent != root) {
        if (children) {
            xlib.Free(children);
        }
        window = parent;
    }
    if (children) {
        xlib.Free(children);
    }
    XWindowAttributes a;
    NbPlace p;
    assert_true(xlib.GetWindowAttributes(display, window, &a));
    xlib.TranslateCoordinates(display, window, root, 0, 0, &p.x, &p.y, &child);
    p.w = a.width;
    p.h = a.height;
    return p;
}

static Window find(Window from, const char *title)
{
    Window root, parent, *children = NULL, found = 0;
    unsigned n = 0;
    Atom type;
    int format;
    unsigned long size, left;
    unsigned char *data = NULL;
    xlib.GetWindowProperty(display, from, xlib.InternAtom(display, "_NET_WM_NAME", False), 0, 64,
                           False, AnyPropertyType, &type, &format, &size, &left, &data);
    if (data && strcmp((char *)data, title) == 0 && number_of(from, "_NET_WM_PID", 1) != NOTHING) {
        found = from;
    }
    if (data) {
        xlib.Free(data);
    }
    if (!found && xlib.QueryTree(display, from, &root, &parent, &children, &n)) {
        for (unsigned i = 0; i < n && !found; i++) {
            found = find(children[i], title);
        }
    }
    if (children) {
        xlib.Free(children);
    }
    return found;
}

static Window window_called(const char *title)
{
    Window found = find(DefaultRootWindow(display), title);
    if (!found) {
        fail_msg("no window is called %s", title);
    }
    return found;
}

/* The manager takes one thing after the other: it has seen all there was when it answers this. */
static bool manager_answered(void)
{
    return number_of(asking, "_NET_FRAME_EXTENTS", 4) != NOTHING;
}

static void ask_manager(void)
{
    XEvent e = {
        .xclient = {.type = ClientMessage,
                    .window = asking,
                    .message_type = xlib.InternAtom(display, "_NET_REQUEST_FRAME_EXTENTS", False),
                    .format = 32}};
    xlib.DeleteProperty(display, asking, xlib.InternAtom(display, "_NET_FRAME_EXTENTS", False));
    send(&e);
    assert_true(comes(manager_answered));
}

/* What the windows do, what the manager does about it, what it hears then of the server, and what
 * the windows do about that. */
static void answered(World *w)
{
    for (int i = 0; i < 3; i++) {
        settle(w);
        ask_manager();
    }
    settle(w);
}

static void the_terminal_keeps_the_keyboard(World *w)
{
    answered(w);
    if (!terminal_is_active()) {
        fail_msg("the keyboard went to window %lx", of_screen("_NET_ACTIVE_WINDOW"));
    }
}

/* --- tests --- */

static void windows_stand_beside_the_terminal_without_its_keyboard(World *w, const char *program)
{
    NbErr err = {0};
    begin_desk(w, program);
    NbVar *f = make_small(w);
    NbRecord *r = make_record(1, 20, 2);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    the_terminal_keeps_the_keyboard(w);
    assert_int_equal(nb_viz_plot(w->viz, r, "loss", &err), NB_OK);
    the_terminal_keeps_the_keyboard(w);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK); /* raised */
    the_terminal_keeps_the_keyboard(w);
    const NbPlace at[3] = {frame_of(terminal), frame_of(window_called("f - graph - nabla")),
                           frame_of(window_called("loss - plot - nabla"))};
    for (int i = 0; i < 3; i++) {
        assert_true(at[i].x >= 0 && at[i].y >= 0 && at[i].x + at[i].w <= 1280 &&
                    at[i].y + at[i].h <= 800);
        for (int k = 0; k < i; k++) {
            if (nb_place_meets(at[i], at[k])) {
                fail_msg("%d,%d %dx%d covers %d,%d %dx%d", at[i].x, at[i].y, at[i].w, at[i].h,
                         at[k].x, at[k].y, at[k].w, at[k].h);
            }
        }
    }
    end_desk(w);
    nb_var_unref(&f);
    nb_record_free(&r);
}

static void under_openbox(void **state)
{
    windows_stand_beside_the_terminal_without_its_keyboard(*state, "openbox");
}

static void under_xfwm4(void **state)
{
    windows_stand_beside_the_terminal_without_its_keyboard(*state, "xfwm4");
}

static void under_i3(void **state)
{
    windows_stand_beside_the_terminal_without_its_keyboard(*state, "i3");
}

/* A manager that tiles gives no window the size it asks for: what is drawn fits all the same. */
static void a_presentation_under_i3_is_drawn_in_the_size_there_is(void **state)
{
    World *w = *state;
    NbErr err = {0};
    begin_desk(w, "i3");
    NbVar *f = make_small(w);
    NbRecord *r = make_record(1, 20, 2);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    answered(w);
    assert_int_equal(nb_viz_plot(w->viz, r, "loss", &err), NB_OK);
    answered(w);
    for (int present = 1; present >= 0; present--) {
        w->style.present = present;
        nb_viz_style(w->viz, &w->style);
        answered(w);
        static const char *const kind[] = {"graph", "plot"}, *const title[] = {
                                                                 "f - graph - nabla",
                                                                 "loss - plot - nabla"};
        for (int i = 0; i < 2; i++) {
            const NbWindow *win = nb_viz_window_named(w->viz, kind[i]);
            XWindowAttributes a;
            assert_true(xlib.GetWindowAttributes(display, window_called(title[i]), &a));
            assert_int_equal(win->px_w, a.width);
            assert_int_equal(win->px_h, a.height);
        }
    }
    end_desk(w);
    nb_var_unref(&f);
    nb_record_free(&r);
}

static void a_window_moved_by_hand_opens_there_again(void **state)
{
    World *w = *state;
    NbErr err = {0};
    begin_desk(w, "openbox");
    NbVar *f = make_small(w);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    answered(w);
    clock_leap(2000); /* the manager has placed it: who moves it now is a person */
    xlib.MoveWindow(display, window_called("f - graph - nabla"), 333, 222);
    xlib.Sync(display, False);
    answered(w);
    NbPlace was = frame_of(window_called("f - graph - nabla"));
    nb_viz_close(w->viz, "graph");
    answered(w);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    answered(w);
    NbPlace now = frame_of(window_called("f - graph - nabla"));
    assert_int_equal(now.x, was.x);
    assert_int_equal(now.y, was.y);
    assert_int_equal(now.w, was.w);
    assert_int_equal(now.h, was.h);
    end_desk(w);
    nb_var_unref(&f);
}

/* A session of its own that keeps its windows' places in this file. */
static void next_session(World *w, const char *path)
{
    NbVizHost host = w->viz->host;
    host.desk = path;
    nb_viz_free(&w->viz);
    w->viz = nb_viz_new(&host, &w->style);
    assert_non_null(w->viz);
}

static void a_place_is_kept_for_the_next_session(void **state)
{
    World *w = *state;
    NbErr err = {0};
    char path[120];
    snprintf(path, sizeof path, "%.80s/places", w->dir);
    FILE *file = fopen(path, "w"); /* of other screens, damaged, and too many */
    assert_non_null(file);
    fputs("nonsense\n\nplot 800x600 1,2 3x\nplot 800x600 1,2 300x200 more\nplot 0x600 1,2 3x4\n",
          file);
    for (int i = 0; i < 40; i++) {
        fprintf(file, "plot %dx600 1,2 300x200\n", 800 + i);
    }
    fputs("graph 640x480 5,6 300x200", file);
    assert_int_equal(fclose(file), 0);
    begin_desk(w, "openbox");
    next_session(w, path);
    NbVar *f = make_small(w);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    answered(w);
    clock_leap(2000); /* the manager has placed it: who moves it now is a person */
    xlib.MoveWindow(display, window_called("f - graph - nabla"), 321, 210);
    xlib.Sync(display, False);
    answered(w);
    const NbPlace was = frame_of(window_called("f - graph - nabla"));
    nb_viz_close(w->viz, "graph");
    answered(w);
    char *text = slurp(path, NULL);
    assert_null(strstr(text, "nonsense"));
    assert_null(strstr(text, "more"));
    assert_null(strstr(text, "plot 800x600")); /* the oldest made room */
    assert_non_null(strstr(text, "plot 839x600 1,2 300x200\n"));
    assert_non_null(strstr(text, "graph 640x480 5,6 300x200\n"));
    assert_int_equal(occurrences(text, "\n"), NB_MOST_KEPT);
    free(text);
    next_session(w, path);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    answered(w);
    const NbPlace now = frame_of(window_called("f - graph - nabla"));
    assert_memory_equal(&now, &was, sizeof now);
    end_desk(w);
    nb_var_unref(&f);
}

/* Beside a terminal as large as half the screen the largest window makes room for the next. */
static void windows_share_a_desk_that_is_full(void **state)
{
    World *w = *state;
    NbErr err = {0};
    begin_desk(w, "openbox");
    xlib.MoveResizeWindow(display, terminal, 0, 0, 1100, 640);
    xlib.Sync(display, False);
    answered(w);
    NbVar *f = make_small(w), *g = make_rosenbrock(w);
    NbRecord *r = make_record(1, 20, 2), *q = make_record(2, 20, 2);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    answered(w);
    assert_int_equal(nb_viz_plot(w->viz, r, "loss", &err), NB_OK);
    answered(w);
    assert_int_equal(nb_viz_graph(w->viz, g, "g", &err), NB_OK);
    answered(w);
    w->style.present = true;
    nb_viz_style(w->viz, &w->style);
    answered(w);
    w->style.present = false;
    nb_viz_style(w->viz, &w->style);
    answered(w);
    static const char *const title[] = {"g - graph - nabla", "loss - plot - nabla"};
    for (int i = 0; i < 2; i++) {
        const NbPlace at = frame_of(window_called(title[i]));
        assert_true(at.w > 100 && at.h > 80);
        assert_true(at.x >= 0 && at.y >= 0 && at.x + at.w <= 1280 && at.y + at.h <= 800);
    }
    end_desk(w);
    nb_var_unref(&f);
    nb_var_unref(&g);
    nb_record_free(&r);
    nb_record_free(&q);
}

/* A window that opens for a projector has no frame yet: it is thought of all the same. */
static void windows_of_a_presentation_stay_on_the_screen(void **state)
{
    World *w = *state;
    NbErr err = {0};
    begin_desk(w, "openbox");
    w->style.present = true;
    nb_viz_style(w->viz, &w->style);
    NbVar *f = make_small(w);
    NbRecord *r = make_record(1, 20, 2);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    assert_int_equal(nb_viz_plot(w->viz, r, "loss", &err), NB_OK);
    answered(w);
    const NbPlace a = frame_of(window_called("f - graph - nabla"));
    const NbPlace b = frame_of(window_called("loss - plot - nabla"));
    assert_true(a.y >= 0 && a.y + a.h <= 800 && a.x + a.w <= 1280);
    assert_true(b.y >= 0 && b.y + b.h <= 800 && b.x + b.w <= 1280);
    assert_true(a.y + a.h <= b.y || b.y + b.h <= a.y || a.x + a.w <= b.x || b.x + b.w <= a.x);
    nb_viz_close(w->viz, "plot"); /* the other one takes its room */
    answered(w);
    const NbPlace alone = frame_of(window_called("f - graph - nabla"));
    assert_true(alone.w * alone.h > 1.5 * a.w * a.h);
    assert_true(alone.y >= 0 && alone.y + alone.h <= 800 && alone.x + alone.w <= 1280);
    end_desk(w);
    nb_var_unref(&f);
    nb_record_free(&r);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        ON_OWN_DISPLAY(under_openbox),
        ON_OWN_DISPLAY(under_xfwm4),
        ON_OWN_DISPLAY(under_i3),
        ON_OWN_DISPLAY(a_presentation_under_i3_is_drawn_in_the_size_there_is),
        ON_OWN_DISPLAY(a_window_moved_by_hand_opens_there_again),
        ON_OWN_DISPLAY(a_place_is_kept_for_the_next_session),
        ON_OWN_DISPLAY(windows_share_a_desk_that_is_full),
        ON_OWN_DISPLAY(windows_of_a_presentation_stay_on_the_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
