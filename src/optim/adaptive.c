/* adaptive.c -- adam, adamw, rmsprop, adagrad: a step size for every element */
#include <math.h>
#include <stddef.h>

#include "optim/rules.h"
#include "tensor/clones.h"

enum { LR, BETA1, BETA2, EPS, DECAY, EPS_HAT };

#define ADAM_PARAMS(decay)                                                                         \
    {.name = "lr", .value = 0.001, .lo = 0, .hi = INFINITY},                                       \
        {.name = "beta1", .value = 0.9, .lo = 0, .hi = 1},                                         \
        {.name = "beta2", .value = 0.999, .lo = 0, .hi = 1},                                       \
        {.name = "eps", .value = 1e-8, .lo = 0, .hi = INFINITY},                                   \
    {                                                                                              \
        .name = "weight_decay", .value = (decay), .lo = 0, .hi = INFINITY                          \
    }

/* k: step size, square root of the second correction, decay of p, decay added to g. The hats
 * divide by 1 − βᵗ; with eps_hat both corrections are in the step size (Kingma and Ba 2015, end
 * of section 2) and ε is added to the uncorrected root. */
static void prepare(const double *h, uint64_t t, double *k)
{
    double c1 = 1 - pow(h[BETA1], (double)t), c2 = 1 - pow(h[BETA2], (double)t);
    bool eps_hat = h[EPS_HAT] != 0;
    k[0] = eps_hat ? h[LR] * sqrt(c2) / c1 : h[LR] / c1;
    k[1] = eps_hat ? 1 : sqrt(c2);
    k[2] = 1;
    k[3] = h[DECAY];
}

static void prepare_decoupled(const double *h, uint64_t t, double *k)
{
    prepare(h, t, k);
    k[2] = 1 - h[LR] * h[DECAY];
    k[3] = 0;
}

/* m = β₁m + (1−β₁)g ; v = β₂v + (1−β₂)g² ; p −= lr·m̂/(√v̂ + ε) */
NB_CLONES static void adam(const NbOptPart *part, size_t parts, const double *h, const double *k)
{
    double b1 = h[BETA1], b2 = h[BETA2], a1 = 1 - b1, a2 = 1 - b2, eps = h[EPS];
    double size = k[0], root = k[1], keep = k[2], decay = k[3];
    for (; parts-- > 0; part++) {
        double *restrict p = part->p, *restrict m = part->s[0], *restrict v = part->s[1];
        const double *restrict g = part->g;
        for (int64_t i = 0, n = part->n; i < n; i++) {
            double q = p[i] * keep, d = g[i] + decay * p[i];
            m[i] = b1 * m[i] + a1 * d;
            v[i] = b2 * v[i] + a2 * (d * d);
            p[i] = q - size * m[i] / (sqrt(v[i]) / root + eps);
        }
    }
}

const NbOptRule nb_rule_adam = {
    .name = "adam",
    .nstate = 2,
    .state = {"m", "v"},
    .param = {ADAM_PARAMS(0),
              {.name = "eps_hat", .value = 0, .lo = 0, .hi = 1, .hi_closed = true, .flag = true}},
    .prepare = prepare,
    .update = adam,
    .torch = "torch.optim.Adam({*}, lr={lr}<, betas=({beta1}, {beta2})><, eps={eps}><, "
             "weight_decay={weight_decay}>)",
    .torch_own = "AdamEpsHat({*}, lr={lr}<, betas=({beta1}, {beta2})><, eps={eps}><, "
                 "weight_decay={weight_decay}>)",
    .own_if = "eps_hat",
    .formula = "g += wd·p ; m = β₁m + (1−β₁)g ; v = β₂v + (1−β₂)g² ; p −= lr·m̂/(√v̂ + ε)",
    .doc = "Adam (Kingma and Ba 2015): running mean and square of the gradient, both divided by "
           "1−βᵗ. eps_hat=true: p −= lr·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v + ε). The default lr is that of the "
           "paper; others begin with 0.01.",
    .example = "x = 1\nopt = adam(x, lr=0.1)\nf = x^2\nbackward f\nstep",
    .first_lr = 0.05,
};

const NbOptRule nb_rule_adamw = {
    .name = "adamw",
    .nstate = 2,
    .state = {"m", "v"},
    .param = {ADAM_PARAMS(0.01),
              {.name = "eps_hat", .value = 0, .lo = 0, .hi = 1, .hi_closed = true, .flag = true}},
    .prepare = prepare_decoupled,
    .update = adam,
    .torch = "torch.optim.AdamW({*}, lr={lr}<, betas=({beta1}, {beta2})><, eps={eps}><, "
             "weight_decay={weight_decay}>)",
    .torch_own = "AdamWEpsHat({*}, lr={lr}<, betas=({beta1}, {beta2})><, eps={eps}><, "
                 "weight_decay={weight_decay}>)",
    .own_if = "eps_hat",
    .formula = "p −= lr·wd·p, then adam with wd = 0",
    .doc = "AdamW (Loshchilov and Hutter 2019): Adam with weight decay applied to the parameter, "
           "not to the gradient.",
    .example = "x = 1\nopt = adamw(x, lr=0.1)\nf = x^2\nbackward f\nstep",
};

/* v = αv + (1−α)g² ; p −= lr·g/(√v + ε) */
NB_CLONES static void rmsprop(const NbOptPart *part, size_t parts, const double *h, const double *k)
{
    (void)k;
    double lr = h[0], alpha = h[1], eps = h[2];
    for (; parts-- > 0; part++) {
        double *restrict p = part->p, *restrict v = part->s[0];
        const double *restrict g = part->g;
        for (int64_t i = 0, n = part->n; i < n; i++) {
            v[i] = alpha * v[i] + (1 - alpha) * (g[i] * g[i]);
            p[i] = p[i] - lr * g[i] / (sqrt(v[i]) + eps);
        }
    }
}

const NbOptRule nb_rule_rmsprop = {
    .name = "rmsprop",
    .nstate = 1,
    .state = {"v"},
    .param = {{.name = "lr", .value = 0.01, .lo = 0, .hi = INFINITY},
              {.name = "alpha", .value = 0.99, .lo = 0, .hi = 1},
              {.name = "eps", .value = 1e-8, .lo = 0, .hi = INFINITY}},
    .update = rmsprop,
    .torch = "torch.optim.RMSprop({*}, lr={lr}<, alpha={alpha}><, eps={eps}>)",
    .formula = "v = αv + (1−α)g² ; p −= lr·g/(√v + ε)",
    .doc = "RMSProp (Tieleman and Hinton 2012): the gradient divided by its running root mean "
           "square.",
    .example = "x = 1\nopt = rmsprop(x, lr=0.1)\nf = x^2\nbackward f\nstep",
};

/* s = s + g² ; p −= lr·g/(√s + ε) */
NB_CLONES static void adagrad(const NbOptPart *part, size_t parts, const double *h, const double *k)
{
    (void)k;
    double lr = h[0], eps = h[1];
    for (; parts-- > 0; part++) {
        double *restrict p = part->p, *restrict sum = part->s[0];
        const double *restrict g = part->g;
        for (int64_t i = 0, n = part->n; i < n; i++) {
            sum[i] = sum[i] + g[i] * g[i];
            p[i] = p[i] - lr * g[i] / (sqrt(sum[i]) + eps);
        }
    }
}

const NbOptRule nb_rule_adagrad = {
    .name = "adagrad",
    .nstate = 1,
    .state = {"s"},
    .param = {{.name = "lr", .value = 0.01, .lo = 0, .hi = INFINITY},
              {.name = "eps", .value = 1e-10, .lo = 0, .hi = INFINITY}},
    .update = adagrad,
    .torch = "torch.optim.Adagrad({*}, lr={lr}<, eps={eps}>)",
    .torch_own = "Adagrad({*}, lr={lr}<, eps={eps}>)",
    .own_if = "model",
    .formula = "s = s + g² ; p −= lr·g/(√s + ε)",
    .doc = "AdaGrad (Duchi et al. 2011): the gradient divided by the root of all its squares so "
           "far.",
    .example = "x = 1\nopt = adagrad(x, lr=0.1)\nf = x^2\nbackward f\nstep",
};
