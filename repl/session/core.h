/* core.h -- what the files of the session alone know of it */
#ifndef NABLA_REPL_CORE_H
#define NABLA_REPL_CORE_H

#include "session/session.h"

struct OptimizerRows;
struct LibraryRows;

typedef struct SessionCore {
    const SessionKit *kit;
    void **part; /* memory of the kit's parts; own */
    Notes notes;
    struct OptimizerRows *optimizers; /* rows of their constructors */
    struct LibraryRows *library;      /* of layers and data sets */
    uint64_t seed[2];

    Journal *unit_journal, *pass_journal;
    struct Undo *undo;   /* units that can be taken back */
    struct Trial *trial; /* the innermost that goes on (trial.h); borrowed */
    Journal *spare;      /* for the next */
    uint64_t statements; /* begun at the top level */
    bool restart;        /* empty the session after this statement */

    Front front;
    FILE *to_front[2];      /* out and err where the front takes them, else NULL; own */
    const FrontAsk *asking; /* a command waits for a line: no other statement may run */
    bool in_progress;       /* the front shows how far a command is */
    struct Given {          /* a file that was read already, for load; borrowed */
        const char *path, *text;
        size_t len;
    } given;
    char *below;                     /* under safe: files below this folder are read … */
    int below_fd;                    /* … which is open here */
    const struct SafeHidden *hidden; /* not read while the session is sealed; borrowed */

    /* Leaves that hold a gradient, for cleargrad, oldest first; references. `cleared`: they hold
     * none any more, but are kept for the next sweep from the same root. */
    NbVar **held;
    size_t nheld, held_cap;
    bool cleared;
    const NbVar *held_root; /* the leaves behind root are among them; compared, never read */
    NbVar *swept;           /* root of the last backward; reference */

    Obj *only_optim; /* the one optimizer a name binds; NULL: look again */
    bool any_optim, optims_known;
} SessionCore;

/* Which leaves hold a gradient, and what step samples, as one object for undo. New, or NULL when
 * out of memory. */
typedef struct HeldGrads HeldGrads;
HeldGrads *held_save(const Session *s);
void held_free(HeldGrads **h);
void held_swap(Session *s, HeldGrads *h); /* with those there are */
bool held_same(const Session *s, const HeldGrads *h);
void held_each(const HeldGrads *h, void (*fn)(void *user, NbVar *v), void *user);

#endif
