/* hvp.c -- Hessian-vector products: Newton's method by conjugate gradients, without a Hessian */

/* Build it against an installed nabla:  cc hvp.c $(pkg-config --cflags --libs nabla) -o hvp
 *
 * A product H·v costs about two gradients, whatever the number of variables; the Hessian itself
 * would cost n of them. f is Rosenbrock's function of N variables. */
#include <stdio.h>

#include <nabla/nabla.h>
#include <nabla/operations.h>

enum { N = 6 };

/* f = Σ (1 - a)² + 100·(b - a²)², a without the last of x and b without the first. Results between
 * are held by what is made of them. */
static NbVar *rosenbrock(NbCtx *ctx, NbVar *x)
{
    static const int64_t but_one[] = {N - 1, 1}, one_but[] = {1, N - 1};
    NbVar *a[2] = {NULL}, *b[2] = {NULL};
    nb_split(ctx, x, 0, but_one, 2, a);
    nb_split(ctx, x, 0, one_but, 2, b);
    NbVar *square = nb_square(ctx, a[0]);
    NbVar *off = nb_sub(ctx, b[1], square),
          *far = nb_apply2(ctx, nb_op_find("sub"), NB_NUM(1), NB_VAR(a[0]));
    NbVar *off2 = nb_square(ctx, off), *far2 = nb_square(ctx, far);
    NbVar *steep = nb_apply2(ctx, nb_op_find("mul"), NB_NUM(100), NB_VAR(off2));
    NbVar *each = nb_add(ctx, far2, steep), *f = nb_sum(ctx, each, NULL);
    NbVar **drop[] = {&a[0], &a[1], &b[0], &b[1], &square, &off, &far, &off2, &far2, &steep, &each};
    for (size_t i = 0; i < sizeof drop / sizeof drop[0]; i++) {
        nb_var_unref(drop[i]);
    }
    return f;
}

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < N; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* to = H·d. */
static NbStatus hessian_times(NbVar *f, NbVar *x, const double *d, double *to)
{
    NbVar *v = nb_var_array(nb_var_ctx(x), nb_var_shape(x), d, NB_CONST), *product = NULL;
    NbStatus s = v ? nb_hvp(f, &x, &v, 1, &product) : NB_EMEM;
    s = s ? s : nb_var_numbers(product, to, N);
    nb_var_unref(&product);
    nb_var_unref(&v);
    return s;
}

/* Solves H·step = -g as far as H curves upwards. */
static NbStatus newton_step(NbVar *f, NbVar *x, const double *g, double *step)
{
    double r[N], d[N], hd[N];
    for (int i = 0; i < N; i++) {
        step[i] = 0;
        r[i] = d[i] = -g[i];
    }
    for (int k = 0; k < N && dot(r, r) > 1e-20; k++) {
        NbStatus s = hessian_times(f, x, d, hd);
        const double curve = dot(d, hd), before = dot(r, r), along = before / curve;
        if (s || curve <= 0) {
            return s; /* downhill all the same, from the second product on */
        }
        for (int i = 0; i < N; i++) {
            step[i] += along * d[i];
            r[i] -= along * hd[i];
        }
        for (int i = 0; i < N; i++) {
            d[i] = r[i] + dot(r, r) / before * d[i];
        }
    }
    return NB_OK;
}

int main(void)
{
    const NbShape shape = nb_shape(1, N);
    double at[N] = {0.8, 0.8, 0.8, 0.8, 0.8, 0.8}, g[N], step[N];
    NbCtx *ctx = nb_ctx_new();
    NbVar *x = ctx ? nb_var_array(ctx, &shape, at, NB_LEAF) : NULL,
          *f = ctx ? rosenbrock(ctx, x) : NULL;
    NbStatus s = f ? NB_OK : NB_EMEM;
    for (int i = 0; i < 12 && s == NB_OK; i++) {
        NbVar *gradient = nb_grad(f, x);
        s = gradient ? nb_var_numbers(gradient, g, N) : nb_ctx_err(ctx)->code;
        nb_var_unref(&gradient);
        s = s ? s : newton_step(f, x, g, step);
        for (int k = 0; k < N; k++) {
            at[k] += step[k];
        }
        s = s ? s : nb_var_assign_numbers(x, at, N);
        s = s ? s : nb_forward(f, false, NULL);
    }
    if (s == NB_OK) {
        printf("f %.1e, x %.6f … %.6f\n", nb_var_value(f), at[0], at[N - 1]);
    } else {
        fprintf(stderr, "error: %s\n", ctx ? nb_ctx_err(ctx)->msg : "out of memory");
    }
    nb_var_unref(&f);
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
    return s != NB_OK;
}
