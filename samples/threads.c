/* threads.c -- a context per thread: eight descents from different points, four at a time */

/* Build it against an installed nabla:  cc threads.c $(pkg-config --cflags --libs nabla) -lpthread
 *
 * A context and all that was made in it belong to one thread at a time. Numbers go between threads,
 * variables do not. */
#include <pthread.h>
#include <stdio.h>

#include <nabla/nabla.h>
#include <nabla/operations.h>

/* What one descent is given, and what it hands back. */
typedef struct Job {
    double start, end, lowest;
    NbStatus status;
} Job;

/* The lowest point of f = x⁴ - 2x² + x/2 that gradient descent finds from job->start. */
static void *descend(void *argument)
{
    Job *job = argument;
    const NbSweep sweep = {.replace = true};
    NbCtx *ctx = nb_ctx_new();
    if (!ctx) {
        job->status = NB_EMEM;
        return NULL;
    }
    NbVar *x = nb_var_scalar(ctx, job->start, NB_LEAF);
    NbVar *square = nb_square(ctx, x), *fourth = nb_square(ctx, square);
    NbVar *twice = nb_apply2(ctx, nb_op_find("mul"), NB_VAR(square), NB_NUM(2));
    NbVar *half = nb_apply2(ctx, nb_op_find("div"), NB_VAR(x), NB_NUM(2));
    NbVar *valley = nb_sub(ctx, fourth, twice), *f = nb_add(ctx, valley, half);
    NbOptim *opt = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    NbStatus s = f && opt ? nb_optim_add(opt, x) : nb_ctx_err(ctx)->code;
    s = s ? s : nb_optim_set_named(opt, "lr", 0.02);
    for (int i = 0; i < 500 && s == NB_OK; i++) {
        s = nb_forward(f, false, NULL);
        s = s ? s : nb_backward(f, &sweep);
        s = s ? s : nb_optim_step(opt, NULL);
    }
    s = s ? s : nb_forward(f, false, NULL);
    job->status = s;
    if (s == NB_OK) {
        job->end = nb_var_value(x);
        job->lowest = nb_var_value(f);
    }
    nb_optim_free(&opt);
    NbVar **drop[] = {&f, &valley, &half, &twice, &fourth, &square, &x};
    for (int i = 0; i < 7; i++) {
        nb_var_unref(drop[i]);
    }
    nb_ctx_free(&ctx);
    return NULL;
}

int main(void)
{
    enum { JOBS = 8, AT_ONCE = 4 };
    Job job[JOBS];
    const Job *best = &job[0];
    for (int first = 0; first < JOBS; first += AT_ONCE) {
        pthread_t thread[AT_ONCE];
        int n = 0;
        for (; n < AT_ONCE; n++) {
            job[first + n] = (Job){.start = -1.75 + 0.5 * (first + n)};
            if (pthread_create(&thread[n], NULL, descend, &job[first + n]) != 0) {
                fprintf(stderr, "error: no more threads\n");
                return 1;
            }
        }
        while (n > 0) {
            pthread_join(thread[--n], NULL);
        }
    }
    for (int i = 0; i < JOBS; i++) {
        if (job[i].status != NB_OK) {
            fprintf(stderr, "error: %s\n", nb_status_text(job[i].status));
            return 1;
        }
        best = job[i].lowest < best->lowest ? &job[i] : best;
    }
    printf("lowest %.4f at x = %.4f, from %.2f\n", best->lowest, best->end, best->start);
    return 0;
}
