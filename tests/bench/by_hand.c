/* by_hand.c -- training steps of single networks in C: products by cblas, the rest in loops */
#include "tests/bench/by_hand.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/vecmath.h"

static double *numbers(int64_t n)
{
    double *p = calloc((size_t)n, sizeof *p);
    for (int64_t i = 0; p && i < n; i++) {
        p[i] = 0.001 * (double)(i % 1000) - 0.5;
    }
    return p;
}

static void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const double *a,
                 const double *b, double beta, double *c)
{
    cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, ta == CblasNoTrans ? k : m, b,
                tb == CblasNoTrans ? n : k, beta, c, n);
}

/* --- 784-256-128-10 --- */

enum { BATCH = 128, LAYERS = 3 };
static const int width[LAYERS + 1] = {784, 256, 128, 10};

/* Every matrix of one step: activations, weights, and the gradients of both. */
struct Products {
    double *a[LAYERS + 1], *w[LAYERS], *da[LAYERS + 1], *dw[LAYERS];
};

Products *products_new(void)
{
    Products *p = calloc(1, sizeof *p);
    for (int i = 0; i <= LAYERS; i++) {
        p->a[i] = numbers(BATCH * width[i]);
        p->da[i] = numbers(BATCH * width[i]);
        if (i < LAYERS) {
            p->w[i] = numbers(width[i] * width[i + 1]);
            p->dw[i] = numbers(width[i] * width[i + 1]);
        }
    }
    return p;
}

void products_free(Products **pp)
{
    Products *p = *pp;
    *pp = NULL;
    for (int i = 0; i <= LAYERS; i++) {
        free(p->a[i]);
        free(p->da[i]);
        if (i < LAYERS) {
            free(p->w[i]);
            free(p->dw[i]);
        }
    }
    free(p);
}

/* A = A W forward; dW = Aᵀ dA and dA = dA Wᵀ backward. The input needs no gradient. */
void products_steps(void *user, int steps)
{
    Products *p = user;
    for (int step = 0; step < steps; step++) {
        for (int i = 0; i < LAYERS; i++) {
            gemm(CblasNoTrans, CblasNoTrans, BATCH, width[i + 1], width[i], p->a[i], p->w[i], 0,
                 p->a[i + 1]);
        }
        for (int i = LAYERS - 1; i >= 0; i--) {
            gemm(CblasTrans, CblasNoTrans, width[i], width[i + 1], BATCH, p->a[i], p->da[i + 1], 0,
                 p->dw[i]);
            if (i > 0) {
                gemm(CblasNoTrans, CblasTrans, BATCH, width[i], width[i + 1], p->da[i + 1], p->w[i],
                     0, p->da[i]);
            }
        }
    }
}

/* --- 1-10-1 --- */

enum { POINTS = 100, UNITS = 10 };

struct SmallNet {
    double x[POINTS], t[POINTS], w1[UNITS], b1[UNITS], w2[UNITS], b2;
    double h[POINTS][UNITS], dh[POINTS][UNITS], y[POINTS], dw1[UNITS], db1[UNITS], dw2[UNITS];
};

SmallNet *small_new(void)
{
    SmallNet *n = calloc(1, sizeof *n);
    for (int i = 0; i < POINTS; i++) {
        n->x[i] = 0.01 * i;
        n->t[i] = sin(n->x[i]);
    }
    for (int j = 0; j < UNITS; j++) {
        n->w1[j] = cos(j);
        n->w2[j] = 0.3 * sin(j);
    }
    return n;
}

void small_free(SmallNet **n)
{
    free(*n);
    *n = NULL;
}

static void small_backward(SmallNet *n)
{
    double db2 = 0;
    for (int i = 0; i < POINTS; i++) { /* y becomes the gradient by it */
        n->y[i] = 2.0 / POINTS * (n->y[i] - n->t[i]);
        db2 += n->y[i];
    }
    cblas_dgemv(CblasRowMajor, CblasTrans, POINTS, UNITS, 1, n->h[0], UNITS, n->y, 1, 0, n->dw2, 1);
    memset(n->dw1, 0, sizeof n->dw1);
    memset(n->db1, 0, sizeof n->db1);
    for (int i = 0; i < POINTS; i++) {
        for (int j = 0; j < UNITS; j++) {
            double d = n->h[i][j] > 0 ? n->y[i] * n->w2[j] : 0;
            n->dw1[j] += n->x[i] * d;
            n->db1[j] += d;
        }
    }
    for (int j = 0; j < UNITS; j++) {
        n->w1[j] -= 0.01 * n->dw1[j];
        n->b1[j] -= 0.01 * n->db1[j];
        n->w2[j] -= 0.01 * n->dw2[j];
    }
    n->b2 -= 0.01 * db2;
}

void small_steps(void *user, int steps)
{
    SmallNet *n = user;
    for (int step = 0; step < steps; step++) {
        for (int i = 0; i < POINTS; i++) {
            for (int j = 0; j < UNITS; j++) {
                double z = n->x[i] * n->w1[j] + n->b1[j];
                n->h[i][j] = z > 0 ? z : 0;
            }
            n->y[i] = n->b2;
        }
        cblas_dgemv(CblasRowMajor, CblasNoTrans, POINTS, UNITS, 1, n->h[0], UNITS, n->w2, 1, 1,
                    n->y, 1);
        small_backward(n);
    }
}

/* --- lstm --- */

enum { H = 100, B = 30, T = 33, STRETCH = 30, GATES = 4, SIZE = B * H };
enum { GF, GI, GO, GU };

typedef struct Weights { /* a row of numbers: of a model, its gradients, Adam's two means */
    double wh[GATES][H * H], wx[GATES][H], b[GATES][H], wo[H], bo;
} Weights;

struct LstmNet {
    Weights w, d, m, v;
    int steps;
    double x[T + 1][B];
    double gate[T][GATES][SIZE], c[T][SIZE], tc[T][SIZE], h[T][SIZE], y[T][B];
    double da[GATES][SIZE], dh[SIZE], dc[SIZE];
};

LstmNet *lstm_new(void)
{
    LstmNet *n = calloc(1, sizeof *n);
    for (int t = 0; t <= T; t++) {
        for (int b = 0; b < B; b++) {
            n->x[t][b] = sin(0.025 * (T * b + t));
        }
    }
    double *w = (double *)&n->w;
    for (size_t i = 0; i < sizeof n->w / sizeof *w; i++) {
        w[i] = 0.1 * sin((double)i);
    }
    return n;
}

void lstm_free(LstmNet **n)
{
    free(*n);
    *n = NULL;
}

static void lstm_forward(LstmNet *n, int t)
{
    for (int g = 0; g < GATES; g++) {
        double *a = n->gate[t][g];
        for (int b = 0; b < B; b++) {
            for (int j = 0; j < H; j++) {
                a[b * H + j] = n->w.b[g][j] + n->x[t][b] * n->w.wx[g][j];
            }
        }
        if (t > 0) {
            gemm(CblasNoTrans, CblasNoTrans, B, H, H, n->h[t - 1], n->w.wh[g], 1, a);
        }
        (g == GU ? nb_vec_tanh : nb_vec_sigmoid)(SIZE, a, a);
    }
    double(*gate)[SIZE] = n->gate[t];
    for (int i = 0; i < SIZE; i++) {
        n->c[t][i] = gate[GI][i] * gate[GU][i] + (t > 0 ? gate[GF][i] * n->c[t - 1][i] : 0);
    }
    nb_vec_tanh(SIZE, n->c[t], n->tc[t]);
    for (int i = 0; i < SIZE; i++) {
        n->h[t][i] = gate[GO][i] * n->tc[t][i];
    }
    for (int b = 0; b < B; b++) {
        n->y[t][b] = n->w.bo;
    }
    cblas_dgemv(CblasRowMajor, CblasNoTrans, B, H, 1, n->h[t], H, n->w.wo, 1, 1, n->y[t], 1);
}

/* Gradients by the gates' sums, and by c of the step before. */
static void gates_backward(LstmNet *n, int t)
{
    double(*gate)[SIZE] = n->gate[t];
    for (int i = 0; i < SIZE; i++) {
        double f = gate[GF][i], in = gate[GI][i], o = gate[GO][i], u = gate[GU][i],
               tc = n->tc[t][i];
        double dc = n->dc[i] + n->dh[i] * o * (1 - tc * tc);
        n->da[GO][i] = n->dh[i] * tc * o * (1 - o);
        n->da[GF][i] = t > 0 ? dc * n->c[t - 1][i] * f * (1 - f) : 0;
        n->da[GI][i] = dc * u * in * (1 - in);
        n->da[GU][i] = dc * in * (1 - u * u);
        n->dc[i] = dc * f;
    }
}

static void lstm_backward(LstmNet *n, int t, int first)
{
    for (int b = 0; b < B; b++) {
        double dy = 2.0 / B * (n->y[t][b] - n->x[t + 1][b]);
        n->d.bo += dy;
        for (int j = 0; j < H; j++) {
            n->d.wo[j] += dy * n->h[t][b * H + j];
            n->dh[b * H + j] += dy * n->w.wo[j];
        }
    }
    gates_backward(n, t);
    for (int g = 0; g < GATES; g++) {
        for (int b = 0; b < B; b++) {
            for (int j = 0; j < H; j++) {
                n->d.b[g][j] += n->da[g][b * H + j];
                n->d.wx[g][j] += n->x[t][b] * n->da[g][b * H + j];
            }
        }
        if (t > 0) {
            gemm(CblasTrans, CblasNoTrans, H, H, B, n->h[t - 1], n->da[g], 1, n->d.wh[g]);
        }
        if (t > first) {
            gemm(CblasNoTrans, CblasTrans, B, H, H, n->da[g], n->w.wh[g], g > 0, n->dh);
        }
    }
}

static void lstm_update(LstmNet *n)
{
    double *w = (double *)&n->w, *m = (double *)&n->m, *v = (double *)&n->v;
    const double *d = (const double *)&n->d;
    double c1 = 1 - pow(0.9, ++n->steps), c2 = sqrt(1 - pow(0.999, n->steps));
    for (size_t i = 0; i < sizeof n->w / sizeof *w; i++) {
        m[i] = 0.9 * m[i] + 0.1 * d[i];
        v[i] = 0.999 * v[i] + 0.001 * (d[i] * d[i]);
        w[i] -= 0.001 / c1 * m[i] / (sqrt(v[i]) / c2 + 1e-8);
    }
}

void lstm_epochs(void *user, int epochs)
{
    LstmNet *n = user;
    for (int e = 0; e < epochs; e++) {
        for (int first = 0; first < T; first += STRETCH) {
            int end = first + STRETCH < T ? first + STRETCH : T;
            for (int t = first; t < end; t++) {
                lstm_forward(n, t);
            }
            memset(&n->d, 0, sizeof n->d);
            memset(n->dh, 0, sizeof n->dh);
            memset(n->dc, 0, sizeof n->dc);
            for (int t = end - 1; t >= first; t--) {
                lstm_backward(n, t, first);
            }
            lstm_update(n);
        }
    }
}
