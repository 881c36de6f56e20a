/* optimizer.h -- optimizers as objects of the language */
#ifndef NABLA_CMD_OPTIMIZER_H
#define NABLA_CMD_OPTIMIZER_H

#include "lang/interp.h"

NbOptim *optim_of(const Obj *o);     /* NULL when o is another object */
int optim_lr(const NbOptRule *rule); /* which hyperparameter is the learning rate; -1: none is */
/* The modules (a list, or V_UNSET) that it asks for parameters; borrowed. */
Value optim_modules(const Obj *o);
/* Adds a module object to them; false with the context's error. */
bool optim_add_module(Obj *o, Value module);
/* Rule and number of a hook; NULL when o is another object. */
const NbHookRule *hook_of(const Obj *o, double *value);
Value hook_new(const NbHookRule *rule, double value); /* V_UNSET when out of memory */
bool make_hook(Interp *I, const Call *c, Value *out); /* of rows named like a rule */
/* --- hooks that are functions of the language: def halve(p) = p.grad/2 --- */
const char *hook_name(Value f, char *buf, size_t cap);
/* Calls f with p, which stands for a parameter (see NbHookFn): what it returns is the gradient to
 * use; when it returns nothing, p.grad is. */
NbStatus hook_call(Interp *I, Value f, NbVar *p);
/* Appends the function to the hooks; false with the context's error. */
bool optim_add_function(Obj *o, Value f);
Value optim_function(const Obj *o, int hook); /* borrowed; V_UNSET when that hook is none */
bool optim_calls(const Obj *o);               /* one of its hooks is a function */
/* New object of one reference with default hyperparameters; NULL when out of memory. */
Obj *optimizer_new(Interp *I, const NbOptRule *rule);
/* "sgd(lr=0.001)": rule and hyperparameters, without variables. */
const char *optim_title(const NbOptim *o, char *buf, size_t cap);

/* Rows of the constructors, made from the engine's rules; they must outlive the interpreter. */
typedef struct OptimizerRows OptimizerRows;
OptimizerRows *optimizer_rows_new(void);
bool optimizer_rows_add(OptimizerRows *rows, Interp *I);
void optimizer_rows_free(OptimizerRows **rows);

#endif
