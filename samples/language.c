/* language.c -- the language in a C program: numbers go in, a program runs, its results come out */

/* Build it against an installed nabla:
 *   cc language.c $(pkg-config --cflags --libs nabla-session) -o language
 *
 * The program below is the user's, as it might stand in a file beside; the host hands it points and
 * takes the fitted line back. */
#include <stdio.h>

#include <nabla/session.h>

static const char program[] = "slope, offset = 0, 0\n"
                              "f = mse(slope*x + offset, y)\n"
                              "opt = adam(slope, offset, lr=0.1)\n"
                              "minimize f, steps=400\n"
                              "print \"y = {slope:.2f} x + {offset:.2f}\"\n";

/* What the program prints, in pieces; a window would take it as well. */
static void write_out(void *user, bool err, const char *text, size_t n)
{
    (void)user;
    fwrite(text, 1, n, err ? stderr : stdout);
}

/* n numbers as the const `name` of the program. */
static NbStatus give(NbSession *s, const char *name, const double *numbers, int n)
{
    const NbShape shape = nb_shape(1, n);
    NbVar *v = nb_var_array(nb_session_ctx(s), &shape, numbers, NB_CONST);
    const NbStatus status = nb_session_bind(s, name, v);
    nb_var_unref(&v);
    return status;
}

int main(void)
{
    static const double x[] = {0, 1, 2, 3}, y[] = {1, 3, 5, 7};
    NbFront front = {.size = sizeof front, .write = write_out};
    NbSession *s = nb_session_new(&front);
    double slope = 0;
    int status = 1;
    if (!s) {
        return 1;
    }
    if (give(s, "x", x, 4) == NB_OK && give(s, "y", y, 4) == NB_OK &&
        nb_session_run(s, program, "program", 0) == NB_RUN_OK &&
        nb_session_number(s, "slope", &slope) == NB_OK) {
        printf("slope %.3f\n", slope);
        status = 0;
    } else {
        const NbFault *f = nb_session_fault(s);
        fprintf(stderr, "%s:%d: %s\n", f->file, f->line, f->msg);
    }
    /* A mistake is a record, and leaves the session as it was. */
    if (nb_session_number(s, "slope + nothing", &slope) != NB_OK) {
        printf("as expected: %s\n", nb_session_fault(s)->msg);
    }
    nb_session_free(&s);
    return status;
}
