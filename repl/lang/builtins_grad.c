/* builtins_grad.c -- grad, numgrad, hessian and jacobian as functions */
#include "lang/internal.h"
const Builtin builtins_grad[] = {{.name = "grad"}};
const int builtins_grad_count = 0;
