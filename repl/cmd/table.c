/* table.c -- the tables of commands */
#include "cmd/table.h"

#include "cmd/ledger.h"
#include "objects/arrays.h"
#include "objects/library.h"
#include "cmd/teach.h"
#include "cmd/view.h"
#include "session/player.h"

#define TABLE(name) name##_rows,
static Rows (*const tables[])(void) = {TABLES_OF_GRAPHS(TABLE) nn_rows, data_rows, arrays_rows,
                                       TABLES_OF_SESSIONS(TABLE) TABLES_OF_TEACHING(TABLE)};
#undef TABLE

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
