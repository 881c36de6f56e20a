/* xlib.h -- Xlib as the windows load it, so that the tests link nothing more */
#ifndef NABLA_TESTS_WINDOW_XLIB_H
#define NABLA_TESTS_WINDOW_XLIB_H

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>

/* clang-format off */
#define XLIB_FUNCTIONS(X)                                                                          \
    X(OpenDisplay) X(CloseDisplay) X(CreateSimpleWindow) X(MapWindow) X(InternAtom)                \
    X(GetWindowProperty) X(Free) X(Sync) X(SetWMHints) X(MoveWindow) X(QueryTree)                  \
    X(MoveResizeWindow) X(GetWindowAttributes) X(TranslateCoordinates) X(StoreName) X(SendEvent)   \
    X(KillClient) X(ListProperties) X(DeleteProperty) X(GetAtomName) X(WarpPointer)                \
    X(SetInputFocus) X(SetErrorHandler) X(SelectInput) X(CheckTypedWindowEvent) X(Pending)
/* clang-format on */

extern struct Xlib {
#define X(f) __typeof__(X##f) *f;
    XLIB_FUNCTIONS(X)
#undef X
} xlib;

void xlib_load(void); /* before anything else is called */
/* $DISPLAY is as after its start: no windows, nothing on its root, the pointer in the middle. */
void xlib_clear(void);

#endif
