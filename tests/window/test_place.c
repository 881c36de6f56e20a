/* test_place.c -- places on a screen: beside the terminal, beside each other, for a projector */
#include "display.h"

#include "viz/window/place.h"

static const NbPlace hd = {0, 0, 1920, 1080}, small = {0, 0, 1280, 720};

static bool lies_in(NbPlace room, NbPlace p)
{
    return p.x >= room.x && p.y >= room.y && p.x + p.w <= room.x + room.w &&
           p.y + p.h <= room.y + room.h;
}

/* Opens windows of the sizes of graph, plot and surface one after the other beside a terminal. */
static void all_are_seen(NbPlace room, NbPlace terminal, int n)
{
    static const int size[3][2] = {{1000, 680}, {900, 620}, {900, 720}};
    NbPlace taken[4] = {terminal};
    for (int i = 0; i < n; i++) {
        int w = size[i][0], h = size[i][1];
        w = w < room.w * 55 / 100 ? w : room.w * 55 / 100;
        h = h < room.h * 7 / 10 ? h : room.h * 7 / 10;
        NbPlace *p = &taken[i + 1];
        if (!nb_place_beside(room, taken, (size_t)i + 1, w, h, p)) {
            fail_msg("no place for window %d of %d beside %d,%d %dx%d", i + 1, n, terminal.x,
                     terminal.y, terminal.w, terminal.h);
        }
        assert_true(lies_in(room, *p));
        assert_true(p->w >= NB_LEAST_W && p->h >= NB_LEAST_H);
        for (int k = 0; k <= i; k++) {
            assert_false(nb_place_meets(*p, taken[k]));
        }
    }
}

static void prompt_graph_plot_and_surface_are_all_seen(void **state)
{
    (void)state;
    all_are_seen(hd, (NbPlace){0, 0, 500, 350}, 3);
    all_are_seen(hd, (NbPlace){710, 365, 500, 350}, 3); /* in the middle */
    all_are_seen(hd, (NbPlace){0, 0, 820, 520}, 3);
    all_are_seen(hd, (NbPlace){1100, 560, 820, 520}, 3);
    all_are_seen((NbPlace){1920, 27, 1920, 1053}, (NbPlace){1920, 27, 500, 350}, 3);
    all_are_seen(small, (NbPlace){0, 0, 500, 350}, 2);
    all_are_seen(small, (NbPlace){390, 185, 500, 350}, 2);
    all_are_seen(small, (NbPlace){0, 0, 640, 410}, 2);
    all_are_seen(small, (NbPlace){318, 142, 645, 436}, 2); /* large letters, in the middle */
}

static void a_window_that_fits_nowhere_covers_the_terminal_least(void **state)
{
    (void)state;
    NbPlace terminal = {0, 0, 1200, 720}, p;
    assert_false(nb_place_beside(small, &terminal, 1, 700, 500, &p));
    assert_true(lies_in(small, p));
    assert_int_equal(p.w, 700);
    assert_int_equal(p.x, 580); /* at the right edge, away from where lines begin */
}

static void without_a_terminal_the_first_window_has_its_size(void **state)
{
    (void)state;
    NbPlace p;
    assert_true(nb_place_beside(hd, NULL, 0, 1000, 680, &p));
    assert_int_equal(p.w, 1000);
    assert_int_equal(p.h, 680);
    assert_true(lies_in(hd, p));
    assert_true(nb_place_beside(small, NULL, 0, 3000, 3000, &p)); /* larger than the screen */
    assert_int_equal(p.w, 1280);
    assert_int_equal(p.h, 720);
}

static void windows_share_what_is_left_for_a_projector(void **state)
{
    (void)state;
    const NbPlace terminal = {0, 0, 700, 1080}, full = hd;
    for (size_t n = 1; n <= 10; n++) {
        NbPlace p[10];
        const NbPlace *of[2] = {&terminal, &full};
        for (int k = 0; k < 2; k++) {
            long area = 0;
            nb_place_share(hd, of[k], 1, p, n);
            for (size_t i = 0; i < n; i++) {
                assert_true(lies_in(hd, p[i]));
                area += (long)p[i].w * p[i].h;
                assert_true(k == 1 || !nb_place_meets(p[i], terminal));
                for (size_t j = 0; j < i; j++) {
                    assert_false(nb_place_meets(p[i], p[j]));
                }
            }
            assert_int_equal(area, k == 0 ? 1220L * 1080 : 960L * 1080);
        }
    }
}

/* A tall place beside the terminal: the first, a graph as a rule, gets all of its width. */
static void three_that_share_a_tall_place_are_no_strips(void **state)
{
    (void)state;
    const NbPlace terminal = {0, 0, 1033, 1080};
    NbPlace p[3];
    nb_place_share(hd, &terminal, 1, p, 3);
    assert_int_equal(p[0].w, 887);
    assert_int_equal(p[0].h, 540);
    for (size_t i = 1; i < 3; i++) {
        assert_true(abs(p[i].w - 443) <= 1);
        assert_int_equal(p[i].h, 540);
    }
}

/* Beside a low terminal the last goes below it, when all are larger for it. */
static void what_is_free_below_the_terminal_is_used(void **state)
{
    (void)state;
    const NbPlace low = {0, 0, 525, 430}, high = {0, 0, 525, 500};
    NbPlace p[4];
    nb_place_share(small, &low, 1, p, 1);
    assert_true(p[0].x == 525 && p[0].w == 755 && p[0].h == 720);
    nb_place_share(small, &low, 1, p, 2);
    assert_true(p[0].x == 525 && p[0].w == 755 && p[0].h == 720);
    assert_true(p[1].x == 0 && p[1].y == 430 && p[1].w == 525 && p[1].h == 290);
    nb_place_share(small, &low, 1, p, 3);
    assert_true(p[0].h == 360 && p[1].h == 360 && p[2].x == 0 && p[2].w == 525);
    nb_place_share(small, &high, 1, p, 2); /* too low to be read */
    assert_true(p[0].h == 360 && p[1].h == 360 && p[1].x == 525);
}

static void halves_are_the_whole(void **state)
{
    (void)state;
    NbPlace a, b;
    nb_place_halve((NbPlace){10, 20, 801, 600}, &a, &b);
    assert_int_equal(a.w + b.w, 801);
    assert_int_equal(b.x, a.x + a.w);
    assert_int_equal(a.h, 600);
    nb_place_halve((NbPlace){10, 20, 500, 601}, &a, &b);
    assert_int_equal(a.h + b.h, 601);
    assert_int_equal(b.y, a.y + a.h);
}

static void a_place_from_a_larger_screen_is_moved_inside(void **state)
{
    (void)state;
    NbPlace p = nb_place_inside(small, (NbPlace){1500, 900, 600, 500});
    assert_true(lies_in(small, p));
    assert_int_equal(p.w, 600);
    p = nb_place_inside(small, (NbPlace){-50, -50, 5000, 300});
    assert_true(lies_in(small, p));
    assert_int_equal(p.h, 300);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prompt_graph_plot_and_surface_are_all_seen),
        cmocka_unit_test(a_window_that_fits_nowhere_covers_the_terminal_least),
        cmocka_unit_test(without_a_terminal_the_first_window_has_its_size),
        cmocka_unit_test(windows_share_what_is_left_for_a_projector),
        cmocka_unit_test(three_that_share_a_tall_place_are_no_strips),
        cmocka_unit_test(what_is_free_below_the_terminal_is_used),
        cmocka_unit_test(halves_are_the_whole),
        cmocka_unit_test(a_place_from_a_larger_screen_is_moved_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
