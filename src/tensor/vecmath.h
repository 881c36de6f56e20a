/* vecmath.h -- exp, tanh and the logistic function over arrays, vectorised */
#ifndef NB_TENSOR_VECMATH_H
#define NB_TENSOR_VECMATH_H

#include <stdint.h>

/* Within one unit in the last place of the exact value, the same on every vector width; x and y may
 * be the same array. Infinities, NaN and results out of range as in libm. */
void nb_vec_exp(int64_t n, const double *x, double *y);
void nb_vec_tanh(int64_t n, const double *x, double *y);
void nb_vec_sigmoid(int64_t n, const double *x, double *y);
/* The same bits of one number. */
double nb_exp_of(double x);
double nb_tanh_of(double x);
double nb_sigmoid_of(double x);

#endif
