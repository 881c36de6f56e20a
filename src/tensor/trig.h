/* trig.h -- sine and cosine, the same on every machine */
#ifndef NB_TENSOR_TRIG_H
#define NB_TENSOR_TRIG_H

/* Within 0.8 of a unit in the last place; libraries differ there. nan for what is not finite. */
double nb_sin_of(double x);
double nb_cos_of(double x);

#endif
