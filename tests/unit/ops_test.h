/* ops_test.h -- a context, variables and options written in short, for tests of operations */
#ifndef NABLA_TESTS_UNIT_OPS_TEST_H
#define NABLA_TESTS_UNIT_OPS_TEST_H

#include "test.h"

#include <string.h>

#include <nabla/nabla.h>

#include "ops/ops.h"
#include "tensor/part.h"

static NbCtx *ctx;

/* Messages come whole, as a front of the language gets them. */
static inline int setup(void **state)
{
    (void)state;
    ctx = nb_ctx_new();
    if (ctx == NULL) {
        return -1;
    }
    nb_ctx_err(ctx)->front = true;
    return 0;
}

/* As a program in C gets them. */
static inline int setup_c(void **state)
{
    const int s = setup(state);
    if (s == 0) {
        nb_ctx_err(ctx)->front = false;
    }
    return s;
}

static inline int teardown(void **state)
{
    (void)state;
    nb_collect_cycles(ctx);
    const uint64_t left = nb_ctx_live_nodes(ctx);
    nb_ctx_free(&ctx);
    return left == 0 ? 0 : -1;
}

/* The error that stands, which is then forgotten. */
static inline void says(NbStatus code, const char *part)
{
    NbErr *err = nb_ctx_err(ctx);
    if (err->code != code || !strstr(err->msg, part)) {
        print_message("error %d: %s\n", (int)err->code, err->msg);
    }
    assert_int_equal(err->code, code);
    assert_non_null(strstr(err->msg, part));
    nb_err_clear(err);
}

/* Sizes up to the end of the text or a space: "2,3"; "" or "-" is a scalar. */
static inline NbShape shape_of(const char *text)
{
    NbShape s = {0};
    while (*text == '-' ? text[1] >= '0' && text[1] <= '9' : *text >= '0' && *text <= '9') {
        char *end;
        s.dim[s.rank++] = strtoll(text, &end, 10);
        text = *end == ',' ? end + 1 : end;
    }
    return s;
}

static inline NbVar *var_of(const char *shape, const double *numbers, NbKind kind)
{
    const NbShape s = shape_of(shape);
    NbVar *v = s.rank == 0 ? nb_var_scalar(ctx, numbers[0], kind)
                           : nb_var_tensor(ctx, nb_tensor_from(&s, numbers, NULL), kind);
    assert_non_null(v);
    return v;
}

/* One item of an index: "1", "0:5:2", ":", or "[1;1;-2]". */
static inline void index_item(NbIndex *x, const char *text)
{
    char *end = (char *)(uintptr_t)text;
    x->step = 1;
    if (*text == '[') {
        x->kind = NB_LIST;
        x->list = nb_alloc(16 * sizeof *x->list);
        for (end++; *end != ']'; end += *end == ';') {
            x->list[x->nlist++] = strtoll(end, &end, 10);
        }
        return;
    }
    const size_t length = strcspn(text, ",");
    if (memchr(text, ':', length) == NULL) {
        x->kind = NB_AT;
        x->start = strtoll(text, NULL, 10);
        return;
    }
    x->kind = NB_SLICE;
    x->has_start = *text != ':';
    x->start = strtoll(text, &end, 10);
    end++;
    x->has_stop = *end != '\0' && *end != ':' && *end != ',';
    x->stop = x->has_stop ? strtoll(end, &end, 10) : 0;
    x->step = *end == ':' ? strtoll(end + 1, NULL, 10) : 1;
}

/* Options in words: "axis=0,2 keep shape=3,2 num=1.5,2 index=0,1:3"; the rest as by default. */
static inline NbAttrs attrs_of(const NbOp *op, const char *text)
{
    NbAttrs a;
    nb_attrs_init(&a);
    nb_op_defaults(op, &a);
    for (const char *at = text; at != NULL && *at != '\0';) {
        if (strncmp(at, "axis=", 5) == 0) {
            const NbShape s = shape_of(at + 5);
            a.naxes = s.rank;
            memcpy(a.axes, s.dim, sizeof a.axes);
        } else if (strncmp(at, "keep", 4) == 0) {
            a.keepdims = true;
        } else if (strncmp(at, "shape=", 6) == 0) {
            a.has_shape = true;
            a.shape = shape_of(at + 6);
        } else if (strncmp(at, "num=", 4) == 0) {
            char *end = (char *)(uintptr_t)at + 3;
            for (int k = 0; *end == '=' || *end == ','; k++) {
                a.num[k] = strtod(end + 1, &end);
            }
        } else if (strncmp(at, "index=", 6) == 0) {
            for (const char *item = at + 5; *item == '=' || *item == ',';) {
                index_item(&a.index[a.nindex++], item + 1);
                item += 1 + strcspn(item + 1, ", ");
            }
        }
        at += strcspn(at, " ");
        at += *at == ' ' ? 1 : 0;
    }
    return a;
}

/* The operation by name on variables, options in words; NULL with the context's error. */
static inline NbVar *apply(const char *name, NbVar *const in[], int n, const char *options)
{
    const NbOp *op = nb_op_find(name);
    NbArg arg[8];
    assert_non_null(op);
    NbAttrs a = attrs_of(op, options);
    for (int i = 0; i < n; i++) {
        arg[i] = NB_VAR(in[i]);
    }
    NbVar *v = nb_apply(ctx, op, arg, n, &a);
    nb_attrs_free(&a);
    return v;
}

static inline double at(const NbVar *v, int64_t i)
{
    NbTensor tmp;
    return nb_tensor_at(nb_var_data(v, &tmp), i);
}

static inline int64_t size_of(const NbVar *v)
{
    NbTensor tmp;
    return nb_var_data(v, &tmp)->size;
}

static inline void assert_shape(const NbVar *v, const char *want)
{
    const NbShape s = shape_of(want);
    char got[160];
    if (!nb_shape_equal(nb_var_shape(v), &s)) {
        fail_msg("shape %s is not (%s)", nb_shape_text(nb_var_shape(v), got, sizeof got), want);
    }
}

/* v, which is released, has this shape and these numbers. */
static inline void assert_value(NbVar *v, const char *shape, const double *want)
{
    if (v == NULL) {
        fail_msg("no value: %s", nb_ctx_err(ctx)->msg);
        return;
    }
    assert_shape(v, shape);
    for (int64_t i = 0; i < size_of(v); i++) {
        const double got = at(v, i);
        if (isnan(want[i]) ? !isnan(got) : got != want[i]) {
            assert_close(got, want[i], 1e-12);
        }
    }
    nb_var_unref(&v);
}

/* The call failed with this text, and hint when one is given. */
static inline void assert_error(NbVar *v, const char *message, const char *hint)
{
    assert_null(v);
    assert_string_equal(nb_ctx_err(ctx)->msg, message);
    if (hint != NULL) {
        assert_string_equal(nb_ctx_err(ctx)->hint, hint);
    }
    nb_err_clear(nb_ctx_err(ctx));
}

#endif
