/* save.h -- the whole state as text, and back: what save writes and load reads */
#ifndef NABLA_REPL_SAVE_H
#define NABLA_REPL_SAVE_H

#include "session/session.h"

/* The text is for people too: one thing a line, in this order.
 *
 *   # nabla state 1                          the first line; in a script it is a comment
 *   set digits 6                             every setting
 *   seed 0 0                                 as given, and where the generators stand:
 *   draws 0x… 0x…                            of rand and randn
 *   masks 0x… 0x…                            of dropout
 *   function 1 "file" 7 "def g(a) = a^2"     number, file ("" the prompt), line, text
 *   store 1 4 = 1 2 3 4                      numbers that several tensors share
 *   node 1 leaf x @1 = 2                     number, kind, name or -, stamp unless 0, value
 *   node 2 const t = (2,3) 0*6               a tensor: shape, then numbers; 0*6 is six times 0
 *   node 3 const u in 1 0 (2,2) (1,2)        a part of store 1: offset, shape, strides
 *   node 4 inner y line 3 mul n1 7 = 14      operation and operands; line: a condition decided it
 *   node 5 inner z transpose n2 … view       a view of the first operand
 *   node 6 cut h = 4                         inner before unchain, now a const
 *   node 7 past - sin n6 = …                 inner, its operands with a gradient were cut
 *   grad 1 2 = 7                             of node 1, sweeps added; or: graph n9, or: in 1 0 …
 *   module 1 mlp m - 0 1 op=sigmoid sizes=8,1   number, layer, name, parent, settings
 *   module 2 child 1 0 w=n3 b=n4             child 0 of module 1; own weights and states
 *   module 4 sequential - - of=1,3           made of the modules 1 and 3
 *   object 1 module 1                        what names are bound to besides numbers
 *   object 2 hook clip_grad 1
 *   object 3 batches n1 n2 32 shuffled
 *   object 4 adam 0.1 0.9 … steps=3 runs=1 hook=clip_grad:1 hook=f1 of=1   hyperparameters in order
 *   slot 4 n1 = …                            its parameters, with their state after the first step
 *   name x n1                                bindings; `const x n1` where const was said
 *   watch "x^2"
 *   swept n4                                 root of the last backward
 *   stepped                                  an optimizer stepped since
 *   end 0123456789abcdef                     checksum of all before; may be left out
 *
 * A value is: none, num 3, const 3, n1, f1 (a function), o1, builtin sin, "text", range 0 5 1,
 * [ values ]. Numbers are the shortest decimals that read back to the same bits; -0, inf, nan. A
 * node is stale when an operand, or one behind it, has a larger stamp. */

#define STATE_FIRST_LINE "# nabla state 1"

/* The state as text, for free(); NULL with *err set. */
char *save_text(Session *s, size_t *len, NbErr *err);
/* True when a text begins as states of any version do. */
bool save_is_state(const char *text, size_t len);
/* Puts the state in place of the present one, as a change of this unit; false with *err set and
 * nothing changed. `name` stands for the file in messages. */
bool save_load(Session *s, const char *text, size_t len, const char *name, NbErr *err);

#endif
