/* descent.c -- sgd, momentum, nesterov: steps along a (remembered) gradient */
#include <math.h>
#include <stddef.h>

#include "optim/rules.h"

enum { SGD_LR, SGD_MOMENTUM, SGD_DAMPENING, SGD_NESTEROV, SGD_DECAY };

/* u = μu + (1−d)g ; p = p(1 − lr·wd) − lr·u, with nesterov lr·(g + μu) instead of lr·u */
static void sgd(double *p, const double *g, double *const s[], int64_t n, const double *h,
                const double *k)
{
    (void)k;
    double lr = h[SGD_LR], mu = h[SGD_MOMENTUM], keep = 1 - lr * h[SGD_DECAY];
    double in = 1 - h[SGD_DAMPENING];
    if (mu == 0 && in == 1 && keep == 1) {
        for (int64_t i = 0; i < n; i++) {
            p[i] = p[i] - lr * g[i];
        }
        return;
    }
    double *u = s[0];
    bool ahead = h[SGD_NESTEROV] != 0;
    for (int64_t i = 0; i < n; i++) {
        u[i] = mu * u[i] + in * g[i];
        p[i] = p[i] * keep - lr * (ahead ? g[i] + mu * u[i] : u[i]);
    }
}

const NbOptRule nb_rule_sgd = {
    .name = "sgd",
    .nstate = 1,
    .param = {{.name = "lr", .value = 0.01, .lo = 0, .hi = INFINITY},
              {.name = "momentum", .value = 0, .lo = 0, .hi = 1, .hi_closed = true},
              {.name = "dampening",
               .value = NAN,
               .lo = 0,
               .hi = 1,
               .hi_closed = true,
               .same_as = "momentum"},
              {.name = "nesterov", .value = 0, .lo = 0, .hi = 1, .hi_closed = true, .flag = true},
              {.name = "weight_decay", .value = 0, .lo = 0, .hi = INFINITY}},
    .update = sgd,
    .formula = "u = μu + (1−d)g ; p = p(1 − lr·wd) − lr·u",
    .doc = "Gradient descent, optionally with momentum μ. The dampening d of new gradients is "
           "the momentum unless given; PyTorch's default is 0. With nesterov=true the step is "
           "lr·(g + μu).",
    .example = "x = 1\nopt = sgd(x, lr=0.1)\nf = x^2\nbackward f\nstep",
};

/* v = μv − lr·g ; p = p + v */
static void momentum(double *p, const double *g, double *const s[], int64_t n, const double *h,
                     const double *k)
{
    (void)k;
    double *v = s[0];
    for (int64_t i = 0; i < n; i++) {
        v[i] = h[1] * v[i] - h[0] * g[i];
        p[i] = p[i] + v[i];
    }
}

const NbOptRule nb_rule_momentum = {
    .name = "momentum",
    .nstate = 1,
    .param = {{.name = "lr", .value = 0.01, .lo = 0, .hi = INFINITY},
              {.name = "momentum", .value = 0.9, .lo = 0, .hi = 1, .hi_closed = true}},
    .update = momentum,
    .formula = "v = μv − lr·g ; p = p + v",
    .doc = "Classical momentum (Polyak 1964): a velocity v that keeps the share μ of itself.",
    .example = "x = 1\nopt = momentum(x, lr=0.1)\nf = x^2\nbackward f\nstep",
};

/* u = μu + g ; p −= lr·(g + μu) */
static void nesterov(double *p, const double *g, double *const s[], int64_t n, const double *h,
                     const double *k)
{
    (void)k;
    double *u = s[0];
    for (int64_t i = 0; i < n; i++) {
        u[i] = h[1] * u[i] + g[i];
        p[i] = p[i] - h[0] * (g[i] + h[1] * u[i]);
    }
}

const NbOptRule nb_rule_nesterov = {
    .name = "nesterov",
    .nstate = 1,
    .param = {{.name = "lr", .value = 0.01, .lo = 0, .hi = INFINITY},
              {.name = "momentum", .value = 0.9, .lo = 0, .hi = 1, .hi_closed = true}},
    .update = nesterov,
    .formula = "u = μu + g ; p = p − lr·(g + μu)",
    .doc = "Nesterov's accelerated gradient in the form of Sutskever et al. (2013): the gradient "
           "and a look ahead along the momentum.",
    .example = "x = 1\nopt = nesterov(x, lr=0.1)\nf = x^2\nbackward f\nstep",
};
