/* table.c -- the tables of commands */
#include "cmd/table.h"

#include "cmd/ledger.h"
#include "objects/arrays.h"
#include "objects/library.h"
#include "cmd/teach.h"
#include "cmd/view.h"
#include "session/player.h"

static Rows (*const tables[])(void) = {
    graph_rows,
    step_rows,
    minimize_rows,
    rewind_rows,
    race_rows,
    show_rows,
    view_window_rows,
    view_curves_rows,
    view_surface_rows,
    view_export_rows,
    help_rows,
    state_rows,
    nn_rows,
    data_rows,
    arrays_rows,
    lesson_rows,
    undo_rows,
    save_rows,
    /* explaining */
    walk_rows,
    trace_rows,
    explain_rows,
    ledger_rows,
    check_rows,
    wrong_rows,
    quiz_rows,
};

static bool add(Interp *I)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        Rows rows = tables[i]();
        if (!interp_add(I, rows.row, rows.n)) {
            return false;
        }
    }
    return interp_add_quick(I, graph_quick, 3) && interp_add_quick(I, step_quick, 1);
}

/* First the one that every pass of a loop looks for. Windows end before what they show. */
static const SessionPart *const parts[] = {
    &ledger_part, &view_surface_part, &view_drag_part, &view_live_part,
    &view_part,   &view_curves_part,  &player_part,    NULL};

const SessionKit commands_kit = {add, parts, view_font};
