/* window_screen.c -- windows on SDL's screen: their pictures, titles and numbers */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "window_sdl.h"

static void paint_window(NbWindow *win, const NbDraw *d, SDL_Surface *to)
{
    NbCanvas *cr = nb_draw_pixels(d, to->pixels, to->w, to->h, to->pitch);
    nb_viz_window_paint(win, cr, to->w, to->h, nb_viz_ui_scale(win));
    nb_draw_close(d, &cr);
}

/* What is drawn is SDL's RGB888; a display of another format gets a copy. */
static bool same_format(const SDL_Surface *s)
{
    return s->format->BytesPerPixel == 4 && s->format->Rmask == 0xff0000 &&
           s->format->Gmask == 0xff00 && s->format->Bmask == 0xff;
}

typedef struct Picture {
    const NbWindow *win;
    SDL_Surface *surface;
} Picture;

static void take_surface(void *arg)
{
    Picture *p = arg;
    p->surface = p->win->host->sdl->GetWindowSurface(p->win->window);
}

static void show_surface(void *arg)
{
    const Picture *p = arg;
    p->win->host->sdl->UpdateWindowSurface(p->win->window);
}

void nb_viz_window_draw(NbWindow *win)
{
    NbWindows *host = win->host;
    double start = nb_viz_now_ms();
    Picture picture = {.win = win};
    SDL_Surface *surface = nb_viz_sdl_shield(take_surface, &picture) ? picture.surface : NULL;
    if (!surface) {
        return;
    }
    const NbDraw *d = nb_viz_painter_draw(host->viz->painter);
    win->px_w = surface->w;
    win->px_h = surface->h;
    if (same_format(surface)) {
        paint_window(win, d, surface);
    } else {
        SDL_Surface *copy = host->sdl->CreateRGBSurfaceWithFormat(0, surface->w, surface->h, 32,
                                                                  SDL_PIXELFORMAT_RGB888);
        if (copy) {
            paint_window(win, d, copy);
            host->sdl->UpperBlit(copy, NULL, surface, NULL);
            host->sdl->FreeSurface(copy);
        }
    }
    nb_viz_sdl_shield(show_surface, &picture);
    nb_viz_window_painted(win, start);
}

typedef struct Measured {
    const NbWindow *win;
    int w, h;
} Measured;

static void measure_window(void *arg)
{
    Measured *m = arg;
    m->win->host->sdl->GetWindowSize(m->win->window, &m->w, &m->h);
}

NbPoint nb_viz_window_size(const NbWindow *win)
{
    Measured m = {win, 0, 0};
    bool known = nb_viz_sdl_shield(measure_window, &m) && m.w > 0 && m.h > 0;
    double scale = nb_viz_scale_at(win, m.w, m.h);
    return known ? (NbPoint){m.w / scale, m.h / scale} : (NbPoint){win->kind->w, win->kind->h};
}

uint32_t nb_viz_window_id(const NbViz *viz, const char *kind)
{
    NbWindow *win = nb_viz_window_named(viz, kind);
    return win ? win->host->sdl->GetWindowID(win->window) : 0;
}

static void set_title(void *arg)
{
    NbWindow *win = arg;
    char text[256];
    const char *title = win->title ? win->title : "";
    snprintf(text, sizeof text, "%.200s%s%s - nabla", title, *title ? " - " : "", win->kind->name);
    win->host->sdl->SetWindowTitle(win->window, text);
}

void nb_viz_window_retitle(NbWindow *win, const char *title)
{
    free(win->title);
    win->title = malloc(strlen(title) + 1);
    if (win->title) {
        strcpy(win->title, title);
    }
    nb_viz_sdl_shield(set_title, win);
}

void nb_viz_window_title(NbWindow *win, const char *title)
{
    if (!win->title || strcmp(win->title, title) != 0) {
        nb_viz_window_retitle(win, title);
        win->dirty = true;
    }
}
