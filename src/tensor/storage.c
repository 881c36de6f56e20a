/* storage.c -- blocks of doubles, recycled by size class since loops ask for the same sizes */
#ifndef __wasi__ /* has one thread */
#include <pthread.h>
#endif
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "tensor/storage.h"

/* Classes are 2^k·{4,5,6,7}/4 doubles. Kept per class and in all: enough for a training step. */
#define BINS 128
#define BLOCKS_PER_BIN 64
#define STRUCTS 512
#define KEEP_BYTES ((size_t)64 << 20)
#define ALIGN ((size_t)64)

/* Not state of a session: memory on its way back to the system, per thread. */
static _Thread_local struct {
    NbStorage *bin[BINS];
    uint32_t count[BINS];
    size_t bytes, used; /* in the lists; in blocks given out */
    NbTensor *structs[STRUCTS];
    int nstructs;
    bool ends; /* the end of this thread gives back what is kept */
} cache;

#ifdef __wasi__
static void keep_until_end(void)
{
}
#else
static pthread_key_t at_end;
static bool have_key;

static void thread_ends(void *unused)
{
    (void)unused;
    nb_storage_trim();
    cache.ends = false; /* destructors of others may still give back */
}

static void make_key(void)
{
    have_key = pthread_key_create(&at_end, thread_ends) == 0;
}

/* Before anything is kept. Where no key is to be had, the context's end alone gives back. */
static void keep_until_end(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!cache.ends) {
        cache.ends = true;
        pthread_once(&once, make_key);
        if (have_key) {
            pthread_setspecific(at_end, &cache);
        }
    }
}
#endif

/* Class of n doubles, and how many doubles that class holds. */
static int class_of(int64_t n, int64_t *holds)
{
    int64_t quarter = 2;
    int k = 0;
    if (n <= 8) {
        *holds = 8;
        return 0;
    }
    while (quarter * 8 < n) {
        quarter *= 2;
        k++;
    }
    const int64_t units = (n + quarter - 1) / quarter; /* 5 … 8 quarters */
    *holds = units * quarter;
    return 4 * k + (int)(units - 4);
}

static void block_free(NbStorage *s)
{
    nb_mem_give(s->capacity);
    nb_free(s);
}

/* What does not fit in the limit may fit when recycled blocks of other sizes are given back. */
static NbStorage *block_new(size_t capacity)
{
    bool fits = nb_mem_take(capacity);
    if (!fits && cache.bytes > 0) {
        nb_storage_trim();
        fits = nb_mem_take(capacity);
    }
    NbStorage *s = fits ? nb_alloc(capacity) : NULL;
    if (fits && s == NULL) {
        nb_mem_give(capacity);
    }
    return s;
}

NbStorage *nb_storage_new(int64_t n)
{
    int64_t holds = 0;
    const int bin = class_of(n, &holds);
    if (bin < BINS && cache.bin[bin] != NULL) {
        NbStorage *s = cache.bin[bin];
        cache.bin[bin] = s->next;
        cache.count[bin]--;
        cache.bytes -= s->capacity;
        cache.used += s->capacity;
        s->refs = 1;
        s->size = n;
        return s;
    }
    if ((uint64_t)holds > (SIZE_MAX - 2 * ALIGN - sizeof(NbStorage)) / sizeof(double)) {
        return NULL;
    }
    const size_t capacity = sizeof(NbStorage) + ALIGN + (size_t)holds * sizeof(double);
    NbStorage *s = block_new(capacity);
    if (s == NULL) {
        return NULL;
    }
    const uintptr_t after = (uintptr_t)(s + 1);
    s->data = (double *)(void *)((char *)(s + 1) + (ALIGN - after % ALIGN) % ALIGN);
    s->refs = 1;
    s->bin = NB_RECYCLE && bin < BINS ? bin : -1;
    s->capacity = capacity;
    s->size = n;
    s->next = NULL;
    cache.used += capacity;
    return s;
}

void nb_storage_unref(NbStorage *s)
{
    if (s == NULL || --s->refs > 0) {
        return;
    }
    cache.used -= s->capacity;
    if (s->bin >= 0 && cache.count[s->bin] < BLOCKS_PER_BIN &&
        s->capacity <= KEEP_BYTES - cache.bytes) {
        keep_until_end();
        s->next = cache.bin[s->bin];
        cache.bin[s->bin] = s;
        cache.count[s->bin]++;
        cache.bytes += s->capacity;
        return;
    }
    block_free(s);
}

#define HEAD 8 /* doubles before a scratch, the first of them the address of its block */

double *nb_scratch(int64_t n)
{
    NbStorage *s = n <= INT64_MAX / 16 ? nb_storage_new(n + HEAD) : NULL;
    if (s == NULL) {
        return NULL;
    }
    memcpy(s->data, &s, sizeof s);
    return s->data + HEAD;
}

void nb_scratch_free(double *p)
{
    NbStorage *s;
    if (p != NULL) {
        memcpy(&s, p - HEAD, sizeof s);
        nb_storage_unref(s);
    }
}

NbTensor *nb_tensor_struct_new(void)
{
    if (cache.nstructs > 0) {
        return cache.structs[--cache.nstructs];
    }
    return nb_alloc(sizeof(NbTensor));
}

void nb_tensor_struct_free(NbTensor *t)
{
    if (NB_RECYCLE && cache.nstructs < STRUCTS) {
        keep_until_end();
        cache.structs[cache.nstructs++] = t;
        return;
    }
    nb_free(t);
}

size_t nb_storage_used(void)
{
    return cache.used;
}

void nb_storage_trim(void)
{
    for (int i = 0; i < BINS; i++) {
        while (cache.bin[i] != NULL) {
            NbStorage *s = cache.bin[i];
            cache.bin[i] = s->next;
            block_free(s);
        }
        cache.count[i] = 0;
    }
    while (cache.nstructs > 0) {
        nb_free(cache.structs[--cache.nstructs]);
    }
    cache.bytes = 0;
}
