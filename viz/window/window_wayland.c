/* window_wayland.c -- what is asked of a Wayland compositor directly, by libwayland loaded late */
#include <stdint.h>
#include <string.h>

#include "viz/picture/load.h"
#include "window_sdl.h"

static const char *const files[] = {"libwayland-client.so.0", "libwayland-client.so", NULL};

struct wl_display;
struct wl_proxy;
struct wl_interface;

int nb_viz_wayland_fd(struct wl_display *display)
{
    struct {
        int (*get_fd)(struct wl_display *);
    } lib;
    const NbSymbol symbol = {"wl_display_get_fd", 0};
    return nb_viz_load(files, &symbol, 1, &lib, "Wayland", NULL) ? -1 : lib.get_fd(display);
}

typedef struct Wayland {
    struct wl_display *(*connect)(const char *name);
    void (*disconnect)(struct wl_display *);
    int (*roundtrip)(struct wl_display *);
    struct wl_proxy *(*construct)(struct wl_proxy *, uint32_t, const struct wl_interface *, ...);
    int (*listen)(struct wl_proxy *, void (**listener)(void), void *user);
    void (*destroy)(struct wl_proxy *);
    const struct wl_interface *registry; /* the address of a thing, not of a function */
} Wayland;

static const NbSymbol symbols[] = {
    {"wl_display_connect", offsetof(Wayland, connect)},
    {"wl_display_disconnect", offsetof(Wayland, disconnect)},
    {"wl_display_roundtrip", offsetof(Wayland, roundtrip)},
    {"wl_proxy_marshal_constructor", offsetof(Wayland, construct)},
    {"wl_proxy_add_listener", offsetof(Wayland, listen)},
    {"wl_proxy_destroy", offsetof(Wayland, destroy)},
    {"wl_registry_interface", offsetof(Wayland, registry)},
};

/* The compositor names what it offers, one by one. */
static void offered(void *user, struct wl_proxy *registry, uint32_t name, const char *what,
                    uint32_t version)
{
    bool *seat = user;
    (void)registry;
    (void)name;
    (void)version;
    *seat |= strcmp(what, "wl_seat") == 0;
}

static void withdrawn(void *user, struct wl_proxy *registry, uint32_t name)
{
    (void)user;
    (void)registry;
    (void)name;
}

#define GET_REGISTRY 1 /* request of wl_display */

bool nb_viz_wayland_seat(void)
{
    void (*listener[2])(void) = {(void (*)(void))offered, (void (*)(void))withdrawn};
    Wayland w;
    size_t n = sizeof symbols / sizeof symbols[0];
    struct wl_display *d = nb_viz_load(files, symbols, n, &w, "Wayland", NULL) ? NULL
                                                                               : w.connect(NULL);
    bool seat = false;
    if (d) {
        struct wl_proxy *all = w.construct((struct wl_proxy *)d, GET_REGISTRY, w.registry, NULL);
        if (all && w.listen(all, listener, &seat) == 0) {
            w.roundtrip(d);
        }
        if (all) {
            w.destroy(all);
        }
        w.disconnect(d);
    }
    return seat;
}
