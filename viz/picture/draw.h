/* draw.h -- cairo and pango, loaded when the first picture is drawn */
/* Linking them would cost 4 ms at every start of the program (SDL2 and X11 as much again), so
 * their functions are looked up on first use: d->cairo.move_to(cr, x, y). */
#ifndef NABLA_VIZ_DRAW_H
#define NABLA_VIZ_DRAW_H

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <pango/pangocairo.h>

#include <nabla/error.h>

/* clang-format off */
#define NB_CAIRO_FUNCTIONS(X)                                                                      \
    X(create) X(destroy) X(status) X(save) X(restore) X(translate) X(scale) X(rotate)              \
    X(set_source_rgba) X(set_source) X(set_line_width) X(set_dash) X(set_line_cap)                 \
    X(set_line_join) X(move_to) X(line_to) X(curve_to) X(rectangle) X(arc) X(close_path)           \
    X(new_path) X(new_sub_path) X(fill) X(fill_preserve) X(stroke) X(clip) X(paint)                \
    X(image_surface_create) X(image_surface_create_for_data) X(surface_destroy)                    \
    X(surface_flush) X(surface_finish) X(surface_status) X(surface_write_to_png_stream)            \
    X(svg_surface_create_for_stream) X(svg_surface_set_document_unit)                              \
    X(pdf_surface_create_for_stream) X(pdf_surface_set_metadata)                                   \
    X(font_options_create) X(font_options_destroy) X(font_options_set_hint_style)                  \
    X(font_options_set_hint_metrics) X(font_options_set_antialias)                                 \
    X(clip_extents) X(set_source_surface) X(get_source) X(pattern_set_filter)                      \
    X(user_to_device_distance)                                                                     \
    X(pattern_create_linear) X(pattern_add_color_stop_rgba) X(pattern_destroy) X(status_to_string)

#define NB_PANGO_FUNCTIONS(X)                                                                      \
    X(cairo_font_map_new) X(font_map_create_context) X(cairo_context_set_font_options)             \
    X(context_set_round_glyph_positions) X(context_list_families) X(font_family_get_name)          \
    X(layout_new) X(layout_set_text) X(layout_get_extents)    \
    X(layout_get_baseline) X(layout_set_font_description) X(font_description_new)                  \
    X(font_description_free) X(font_description_set_family_static)                                 \
    X(font_description_set_absolute_size) X(font_description_set_weight) X(cairo_show_layout) \
    X(layout_set_width) X(layout_set_ellipsize)
/* clang-format on */

/* __typeof__ takes the types from the libraries' own headers, so that none is written twice. */
typedef struct NbDraw {
    struct {
#define X(f) __typeof__(cairo_##f) *f;
        NB_CAIRO_FUNCTIONS(X)
#undef X
    } cairo;
    struct {
#define X(f) __typeof__(pango_##f) *f;
        NB_PANGO_FUNCTIONS(X)
#undef X
    } pango;
    void (*unref)(gpointer object);   /* g_object_unref */
    void (*release)(gpointer memory); /* g_free */
} NbDraw;

/* Fills d in. NB_EIO names what is missing. */
NbStatus nb_viz_draw_load(NbDraw *d, NbErr *err);
/* Pango starts threads for fonts, some with every new one, and ends the process where it gets none:
 * NB_EIO then, and nothing is drawn. */
NbStatus nb_viz_draw_threads(NbErr *err);

/* One function to look up: its name and where its address goes. */
typedef struct NbSymbol {
    const char *name;
    size_t place;
} NbSymbol;

/* Opens the first of `files` that exists and stores n addresses into the struct at base. The
 * library stays open for the life of the process. `what` names it in the error. */
NbStatus nb_viz_load(const char *const files[], const NbSymbol *symbol, size_t n, void *base,
                     const char *what, NbErr *err);

#endif
