/* descent.c -- sgd, momentum, nesterov: steps along a (remembered) gradient */
#include <math.h>
#include <stddef.h>

#include "optim/rules.h"
#include "tensor/clones.h"

enum { SGD_LR, SGD_MOMENTUM, SGD_DAMPENING, SGD_NESTEROV, SGD_DECAY };

NB_CLONES static void descend(double *restrict p, const double *restrict g, int64_t n, double lr)
{
    for (int64_t i = 0; i < n; i++) {
        p[i] = p[i] - lr * g[i];
    }
}

NB_CLONES static void descend_on(const NbOptPart *part, size_t parts, const double *h)
{
    double lr = h[SGD_LR], mu = h[SGD_MOMENTUM], keep = 1 - lr * h[SGD_DECAY];
    double in = 1 - h[SGD_DAMPENING];
    bool ahead = h[SGD_NESTEROV] != 0;
    for (; parts-- > 0; part++) {
        double *restrict p = part->p, *restrict u = part->s[0];
        const double *restrict g = part->g;
        for (int64_t i = 0, n = part->n; i < n; i++) {
            u[i] = mu * u[i] + in * g[i];
            p[i] = p[i] * keep - lr * (ahead ? g[i] + mu * u[i] : u[i]);
        }
    }
}

/* Otherwise a step is along g alone, and no u is kept. */
static bool remembers(const double *h)
{
    return h[SGD_MOMENTUM] != 0 || h[SGD_DAMPENING] != 0 || h[SGD_DECAY] != 0;
}

/* u = μu + (1−d)g ; p = p(1 − lr·wd) − lr·u, with nesterov lr·(g + μu) instead of lr·u */
static void sgd(const NbOptPart *part, size_t parts, const double *h, const double *k)
{
    (void)k;
    if (remembers(h)) {
        descend_on(part, parts, h);
        return;
    }
    double lr = h[SGD_LR];
    for (; parts-- > 0; part++) {
        if (part->n == 1) {
            *part->p = *part->p - lr * *part->g;
        } else {
            descend(part->p, part->g, part->n, lr);
        }
    }
}

const NbOptRule nb_rule_sgd = {
    .name = "sgd",
    .nstate = 1,
    .state = {"u"},
    .keeps = remembers,
    .param = {{.name = "lr", .value = 0.01, .lo = 0, .hi = INFINITY},
              {.name = "momentum", .value = 0, .lo = 0, .hi = 1, .hi_closed = true},
              {.name = "dampening",
               .value = NAN,
               .lo = 0,
               .hi = 1,
               .hi_closed = true,
               .same_as = "momentum"},
              {.name = "nesterov",
               .value = 0,
               .lo = 0,
               .hi = 1,
               .hi_closed = true,
               .flag = true,
               .needs = "momentum"},
              {.name = "weight_decay", .value = 0, .lo = 0, .hi = INFINITY}},
    .update = sgd,
    .torch = "torch.optim.SGD({*}, lr={lr}<, momentum={momentum}><, nesterov={nesterov}>)",
    .torch_own = "SGD({*}, lr={lr}<, momentum={momentum}><, dampening={dampening}>"
                 "<, nesterov={nesterov}><, weight_decay={weight_decay}>)",
    .own_if = "momentum weight_decay dampening",
    .formula = "u = μu + (1−d)g ; p = p(1 − lr·wd) − lr·u",
    .doc = "Gradient descent, optionally with momentum μ. The dampening d of new gradients is "
           "the momentum unless given; PyTorch's default is 0. With nesterov=true the step is "
           "lr·(g + μu).",
    .example = "x = 1\nopt = sgd(x, lr=0.1)\nf = x^2\nbackward f\nstep",
};

/* v = μv − lr·g ; p = p + v */
NB_CLONES static void momentum(const NbOptPart *part, size_t parts, const double *h,
                               const double *k)
{
    (void)k;
    double lr = h[0], mu = h[1];
    for (; parts-- > 0; part++) {
        double *restrict p = part->p, *restrict v = part->s[0];
        const double *restrict g = part->g;
        for (int64_t i = 0, n = part->n; i < n; i++) {
            v[i] = mu * v[i] - lr * g[i];
            p[i] = p[i] + v[i];
        }
    }
}

const NbOptRule nb_rule_momentum = {
    .name = "momentum",
    .nstate = 1,
    .state = {"v"},
    .param = {{.name = "lr", .value = 0.01, .lo = 0, .hi = INFINITY},
              {.name = "momentum", .value = 0.9, .lo = 0, .hi = 1, .hi_closed = true}},
    .update = momentum,
    .torch = "torch.optim.SGD({*}, lr={lr}, momentum={momentum})",
    .torch_own = "Momentum({*}, lr={lr}, momentum={momentum})",
    .own_if = "lr",
    .formula = "v = μv − lr·g ; p = p + v",
    .doc = "Classical momentum (Polyak 1964): a velocity v that keeps the share μ of itself.",
    .example = "x = 1\nopt = momentum(x, lr=0.1)\nf = x^2\nbackward f\nstep",
};

/* u = μu + g ; p −= lr·(g + μu) */
NB_CLONES static void nesterov(const NbOptPart *part, size_t parts, const double *h,
                               const double *k)
{
    (void)k;
    double lr = h[0], mu = h[1];
    for (; parts-- > 0; part++) {
        double *restrict p = part->p, *restrict u = part->s[0];
        const double *restrict g = part->g;
        for (int64_t i = 0, n = part->n; i < n; i++) {
            u[i] = mu * u[i] + g[i];
            p[i] = p[i] - lr * (g[i] + mu * u[i]);
        }
    }
}

const NbOptRule nb_rule_nesterov = {
    .name = "nesterov",
    .nstate = 1,
    .state = {"u"},
    .param = {{.name = "lr", .value = 0.01, .lo = 0, .hi = INFINITY},
              {.name = "momentum", .value = 0.9, .lo = 0, .hi = 1, .hi_closed = true}},
    .update = nesterov,
    .torch = "torch.optim.SGD({*}, lr={lr}, momentum={momentum}, nesterov=True)",
    .formula = "u = μu + g ; p = p − lr·(g + μu)",
    .doc = "Nesterov's accelerated gradient in the form of Sutskever et al. (2013): the gradient "
           "and a look ahead along the momentum.",
    .example = "x = 1\nopt = nesterov(x, lr=0.1)\nf = x^2\nbackward f\nstep",
};
