/* hooks.c -- what may be done to the optimizer's copy of the gradients before a step */
#include <math.h>

#include "optim/rules.h"

/* g = g + λp */
static void weight_decay(double *const g[], const double *const p[], const int64_t *size, int n,
                         double lambda)
{
    for (int i = 0; i < n; i++) {
        for (int64_t j = 0; j < size[i]; j++) {
            g[i][j] += lambda * p[i][j];
        }
    }
}

const NbHookRule nb_hook_weight_decay = {
    .name = "weight_decay",
    .param = "lambda",
    .lo = 0,
    .hi = INFINITY,
    .apply = weight_decay,
    .formula = "g = g + λp",
    .doc = "Adds λ times the parameter to its gradient: the gradient of λ/2·Σp².",
    .example = "x = 1\nopt = sgd(x, lr=0.1, hooks=[weight_decay(0.01)])",
};

/* n = √Σg² over all parameters; if n > max: g = g·max/n */
static void clip_grad(double *const g[], const double *const p[], const int64_t *size, int n,
                      double max)
{
    (void)p;
    double squares = 0;
    for (int i = 0; i < n; i++) {
        for (int64_t j = 0; j < size[i]; j++) {
            squares += g[i][j] * g[i][j];
        }
    }
    double norm = sqrt(squares);
    if (!(norm > max)) {
        return;
    }
    for (int i = 0; i < n; i++) {
        for (int64_t j = 0; j < size[i]; j++) {
            g[i][j] = g[i][j] * (max / norm);
        }
    }
}

const NbHookRule nb_hook_clip_grad = {
    .name = "clip_grad",
    .param = "max",
    .lo = 0,
    .hi = INFINITY,
    .apply = clip_grad,
    .formula = "n = √Σg² over all parameters; if n > max: g = g·max/n",
    .doc = "Shortens the gradient of all parameters together to at most max.",
    .example = "x = 1\nopt = sgd(x, lr=0.1, hooks=[clip_grad(1.0)])",
};
