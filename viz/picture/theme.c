/* theme.c -- roles of what is drawn, and their look in the light and the dark theme */
#include "theme.h"

#include <math.h>

#include "src/base/clamp.h"

#define HEX(c)                                                                                     \
    {                                                                                              \
        ((c) >> 16 & 255) / 255.0, ((c) >> 8 & 255) / 255.0, ((c)&255) / 255.0                     \
    }

typedef struct RoleRow {
    const char *name;
    NbLook light, dark;
} RoleRow;

/* fill, line or text, opacity of the fill, line width, text size, bold, mono */
#define LOOK(fill, line, alpha, width, size, bold, mono)                                           \
    {                                                                                              \
        HEX(fill), HEX(line), alpha, width, size, bold, mono                                       \
    }

static const RoleRow roles[NB_ROLES] = {
    [NB_ROLE_PAGE] = {"page", LOOK(0xffffff, 0x1c2430, 1, 0, 0, 0, 0),
                      LOOK(0x14181f, 0xe8ecf2, 1, 0, 0, 0, 0)},
    [NB_ROLE_BLANK] = {"blank", LOOK(0xffffff, 0xffffff, 1, 3, 0, 0, 0),
                       LOOK(0x14181f, 0x14181f, 1, 3, 0, 0, 0)},
    [NB_ROLE_ANSWER] = {"answer", LOOK(0xffffff, 0x97a1af, 1, 1, 0, 0, 0),
                        LOOK(0x14181f, 0x6c7786, 1, 1, 0, 0, 0)},
    [NB_ROLE_LEAF] = {"leaf", LOOK(0xe3eefb, 0x2f6db5, 1, 1.8, 0, 0, 0),
                      LOOK(0x1b3450, 0x6fb1f5, 1, 1.8, 0, 0, 0)},
    [NB_ROLE_CONST] = {"const", LOOK(0xf1f2f4, 0x8b94a1, 1, 1.5, 0, 0, 0),
                       LOOK(0x262b34, 0x7d8796, 1, 1.5, 0, 0, 0)},
    [NB_ROLE_INNER] = {"inner", LOOK(0xfbfbfc, 0x6b7684, 1, 1.5, 0, 0, 0),
                       LOOK(0x20262f, 0x8793a3, 1, 1.5, 0, 0, 0)},
    [NB_ROLE_ROOT] = {"root", LOOK(0xe6f4ec, 0x1f8a54, 1, 2.6, 0, 0, 0),
                      LOOK(0x173a2a, 0x52d08f, 1, 2.6, 0, 0, 0)},
    [NB_ROLE_OP] = {"op", LOOK(0xf4f0fa, 0x7a55ad, 1, 1.5, 0, 0, 0),
                    LOOK(0x2f2545, 0xb394ec, 1, 1.5, 0, 0, 0)},
    [NB_ROLE_NUMBER] = {"number", LOOK(0xf1f2f4, 0xb4bac3, 1, 1, 0, 0, 0),
                        LOOK(0x262b34, 0x5a6371, 1, 1, 0, 0, 0)},
    [NB_ROLE_CHIP] = {"chip", LOOK(0xeceef1, 0x5b6573, 1, 0, 0, 0, 0),
                      LOOK(0x2b323d, 0xa0abba, 1, 0, 0, 0, 0)},
    [NB_ROLE_STALE] = {"stale", LOOK(0xffffff, 0x8a8f98, 0, 1.2, 0, 0, 0),
                       LOOK(0x000000, 0x7c8798, 0, 1.2, 0, 0, 0)},
    [NB_ROLE_HOVER] = {"hover", LOOK(0xffffff, 0xe07b00, 0, 3, 0, 0, 0),
                       LOOK(0x000000, 0xffb347, 0, 3, 0, 0, 0)},
    [NB_ROLE_HERE] = {"here", LOOK(0xffffff, 0xd0480c, 0, 5, 0, 0, 0),
                      LOOK(0x000000, 0xffa04d, 0, 5, 0, 0, 0)},
    [NB_ROLE_FLOW] = {"flow", LOOK(0xd0480c, 0xd0480c, 0, 3.4, 0, 0, 0),
                      LOOK(0xffa04d, 0xffa04d, 0, 3.4, 0, 0, 0)},
    [NB_ROLE_DONE] = {"done", LOOK(0xffffff, 0x1f8a54, 0, 3, 0, 0, 0),
                      LOOK(0x000000, 0x52d08f, 0, 3, 0, 0, 0)},
    [NB_ROLE_BAD] = {"bad", LOOK(0xffffff, 0xc2182b, 0, 5, 0, 0, 0),
                     LOOK(0x000000, 0xff6b78, 0, 5, 0, 0, 0)},
    [NB_ROLE_SELECT] = {"select", LOOK(0xffffff, 0x0b5cc4, 0, 4, 0, 0, 0),
                        LOOK(0x000000, 0x7cc0ff, 0, 4, 0, 0, 0)},
    [NB_ROLE_MATCH] = {"match", LOOK(0xffffff, 0xb84e93, 0, 4, 0, 0, 0),
                       LOOK(0x000000, 0xf29ad0, 0, 4, 0, 0, 0)},
    [NB_ROLE_LOCAL] = {"local", LOOK(0xeaf5f2, 0x0d5f57, 1, 0, 17, 0, 0),
                       LOOK(0x16302d, 0x7fdccb, 1, 0, 17, 0, 0)},
    [NB_ROLE_FAR] = {"far", LOOK(0, 0x161d27, 0, 0, 44, 1, 0), LOOK(0, 0xf3f6fa, 0, 0, 44, 1, 0)},
    [NB_ROLE_CELL] = {"cell", LOOK(0xeceef1, 0x5b6573, 1, 1, 0, 0, 0),
                      LOOK(0x2b323d, 0xa0abba, 1, 1, 0, 0, 0)},
    [NB_ROLE_EDGE] = {"edge", LOOK(0x77818f, 0x77818f, 1, 1.7, 0, 0, 0),
                      LOOK(0x8f9bab, 0x8f9bab, 1, 1.7, 0, 0, 0)},
    [NB_ROLE_NAME] = {"name", LOOK(0, 0x161d27, 0, 0, 19, 1, 0), LOOK(0, 0xf3f6fa, 0, 0, 19, 1, 0)},
    [NB_ROLE_VALUE] = {"value", LOOK(0, 0x161d27, 0, 0, 19, 0, 0),
                       LOOK(0, 0xf3f6fa, 0, 0, 19, 0, 0)},
    [NB_ROLE_FORMULA] = {"formula", LOOK(0, 0x5b3b8c, 0, 0, 17, 0, 0),
                         LOOK(0, 0xc9b2f5, 0, 0, 17, 0, 0)},
    [NB_ROLE_SIGN] = {"sign", LOOK(0, 0x4d2f80, 0, 0, 20, 1, 0), LOOK(0, 0xd9c8fb, 0, 0, 20, 1, 0)},
    [NB_ROLE_GRAD] = {"grad", LOOK(0, 0x5b6573, 0, 0, 17, 0, 0), LOOK(0, 0xa9b4c3, 0, 0, 17, 0, 0)},
    [NB_ROLE_ORDER] = {"order", LOOK(0, 0x7a55ad, 0, 0, 16, 0, 0),
                       LOOK(0, 0xb394ec, 0, 0, 16, 0, 0)},
    [NB_ROLE_TITLE] = {"title", LOOK(0, 0x161d27, 0, 0, 21, 1, 0),
                       LOOK(0, 0xf3f6fa, 0, 0, 21, 1, 0)},
    [NB_ROLE_NOTE] = {"note", LOOK(0, 0x55606e, 0, 0, 16, 0, 0), LOOK(0, 0xa9b4c3, 0, 0, 16, 0, 0)},
    [NB_ROLE_FRAME] = {"frame", LOOK(0xffffff, 0x4a5563, 1, 1.5, 0, 0, 0),
                       LOOK(0x191e27, 0x8793a3, 1, 1.5, 0, 0, 0)},
    [NB_ROLE_GRID] = {"grid", LOOK(0, 0xdde1e6, 0, 1, 0, 0, 0), LOOK(0, 0x2f3743, 0, 1, 0, 0, 0)},
    [NB_ROLE_TICK] = {"tick", LOOK(0, 0x36404d, 0, 1.5, 17, 0, 0),
                      LOOK(0, 0xcdd5df, 0, 1.5, 17, 0, 0)},
    [NB_ROLE_CURVE] = {"curve", LOOK(0, 0, 0, 2.6, 0, 0, 0), LOOK(0, 0, 0, 2.6, 0, 0, 0)},
    [NB_ROLE_PANEL] = {"panel", LOOK(0xffffff, 0xb9c0ca, 0.93, 1, 0, 0, 0),
                       LOOK(0x222934, 0x4a5666, 0.94, 1, 0, 0, 0)},
    [NB_ROLE_PANEL_TEXT] = {"text", LOOK(0, 0x1c2430, 0, 0, 17, 0, 0),
                            LOOK(0, 0xe8ecf2, 0, 0, 17, 0, 0)},
    [NB_ROLE_CURSOR] = {"cursor", LOOK(0x1c2430, 0x1c2430, 1, 1, 0, 0, 0),
                        LOOK(0xe8ecf2, 0xe8ecf2, 1, 1, 0, 0, 0)},
    [NB_ROLE_BAR] = {"bar", LOOK(0xb99ae0, 0x7a55ad, 1, 0, 0, 0, 0),
                     LOOK(0x6b4fa3, 0xb394ec, 1, 0, 0, 0, 0)},
    [NB_ROLE_BAND] = {"band", LOOK(0, 0, 1, 0, 0, 0, 0), LOOK(0, 0, 1, 0, 0, 0, 0)},
    [NB_ROLE_CONTOUR] = {"contour", LOOK(0, 0x2d4a5c, 0, 0.9, 0, 0, 0),
                         LOOK(0, 0xc4d4dd, 0, 0.9, 0, 0, 0)},
    [NB_ROLE_LEVEL] = {"level", LOOK(0, 0x20384a, 0, 0, 16, 0, 0),
                       LOOK(0, 0xe3edf3, 0, 0, 16, 0, 0)},
    [NB_ROLE_SLOPE] = {"slope", LOOK(0x2f4452, 0x2f4452, 1, 1.3, 0, 0, 0),
                       LOOK(0xd3dee5, 0xd3dee5, 1, 1.3, 0, 0, 0)},
    [NB_ROLE_HALO] = {"halo", LOOK(0xffffff, 0xffffff, 1, 5.6, 0, 0, 0),
                      LOOK(0x0d1117, 0x0d1117, 1, 5.6, 0, 0, 0)},
    [NB_ROLE_VOID] = {"void", LOOK(0xf4f5f6, 0x8a8f98, 1, 1.2, 0, 0, 0),
                      LOOK(0x1a1f27, 0x7c8798, 1, 1.2, 0, 0, 0)},
    [NB_ROLE_BORDER] = {"border", LOOK(0, 0x2a3542, 0, 2.2, 0, 0, 0),
                        LOOK(0, 0xeef2f6, 0, 2.2, 0, 0, 0)},
};

const NbLook *nb_viz_look(NbTheme theme, NbRole role)
{
    return theme == NB_THEME_DARK ? &roles[role].dark : &roles[role].light;
}

const char *nb_viz_role_name(NbRole role)
{
    return roles[role].name;
}

/* Lightness falls (rises in the dark) evenly along the scale, so that it reads without hue. */
static const NbColour light_scale[] = {HEX(0xfff3c4), HEX(0xfdd06a), HEX(0xf39a3d), HEX(0xd95b2b),
                                       HEX(0xa1201f)};
static const NbColour dark_scale[] = {HEX(0x3a2f26), HEX(0x6d4420), HEX(0xab6420), HEX(0xe8973a),
                                      HEX(0xffdf8e)};

NbColour nb_viz_scale_colour(NbTheme theme, double level)
{
    const NbColour *scale = theme == NB_THEME_DARK ? dark_scale : light_scale;
    double at = nb_clamp(level, 0, 1) * 4;
    int i = at >= 4 ? 3 : (int)at;
    double t = at - i;
    const NbColour *a = &scale[i], *b = &scale[i + 1];
    return (NbColour){a->r + (b->r - a->r) * t, a->g + (b->g - a->g) * t, a->b + (b->b - a->b) * t};
}

NbColour nb_viz_sign_colour(NbTheme theme, double level)
{
    static const NbColour light[] = {HEX(0x1f5fa8), HEX(0xf4f5f7), HEX(0xb5341c)};
    static const NbColour dark[] = {HEX(0x6fb1f5), HEX(0x262c36), HEX(0xff8a5c)};
    const NbColour *set = theme == NB_THEME_DARK ? dark : light;
    double t = fmin(fabs(level), 1);
    const NbColour *a = &set[1], *b = level < 0 ? &set[0] : &set[2];
    return (NbColour){a->r + (b->r - a->r) * t, a->g + (b->g - a->g) * t, a->b + (b->b - a->b) * t};
}

static double linear(double c)
{
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* Relative luminance after WCAG 2; 0.21 is where this ink and white contrast equally. */
NbColour nb_viz_ink_on(NbColour c)
{
    double y = 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
    return y > 0.21 ? (NbColour)HEX(0x161d27) : (NbColour)HEX(0xffffff);
}

int nb_viz_terminal_colour(NbColour c)
{
    int r = (int)(c.r * 5 + 0.5), g = (int)(c.g * 5 + 0.5), b = (int)(c.b * 5 + 0.5);
    return 16 + 36 * r + 6 * g + b;
}

/* After Okabe and Ito's set, darkened or lightened for the ground. */
static const NbColour light_curves[NB_CURVE_COLOURS] = {
    HEX(0x0069b4), HEX(0xd55e00), HEX(0x00875f), HEX(0xb84e93),
    HEX(0xc98a00), HEX(0x3a9fd6), HEX(0x4a4a4a),
};
static const NbColour dark_curves[NB_CURVE_COLOURS] = {
    HEX(0x62bdf5), HEX(0xff9a4d), HEX(0x35cf9f), HEX(0xe895c6),
    HEX(0xf2dd4c), HEX(0x8fa8ff), HEX(0xd0d4da),
};

NbColour nb_viz_curve_colour(NbTheme theme, int i)
{
    const NbColour *set = theme == NB_THEME_DARK ? dark_curves : light_curves;
    return set[(unsigned)i % NB_CURVE_COLOURS];
}
