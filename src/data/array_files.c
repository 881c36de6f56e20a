/* array_files.c -- files of named tensors; which kind one is its first bytes tell */
#include <stdlib.h>
#include <string.h>

#include "data/arrays.h"

char *nb_named_encode(const NbNamedSet *s, NbNamedForm form, bool single, size_t *len, NbErr *err)
{
    Text t = {0};
    NbStatus status = NB_OK;
    if (!s || !len || (unsigned)form > NB_NPY) {
        nb_fail(err, NB_EVALUE,
                !s    ? "the tensors are missing"
                : len ? "there is no form %d of files of tensors"
                      : "the place for the length is missing",
                (int)form);
        return NULL;
    }
    if (form == NB_SAFETENSORS) {
        safetensors_write(&t, s, single);
    } else if (form == NB_NPZ) {
        status = npz_write(&t, s, single, err);
    } else if (s->n == 1) {
        npy_write(&t, s->item[0].value, single);
    } else {
        status = nb_fail(err, NB_EVALUE, "an npy file holds one tensor, not %zu", s->n);
        nb_hint(err, "an npz holds several");
    }
    if (status == NB_OK && t.failed) {
        status = nb_fail(err, NB_EMEM, "out of memory to write tensors");
    }
    if (status != NB_OK) {
        text_free(&t);
        return NULL;
    }
    *len = t.len;
    return t.s;
}

void nb_named_free(char *bytes)
{
    free(bytes); /* as a text has it */
}

NbStatus nb_named_decode(NbNamedSet *s, const char *bytes, size_t len, const char *path, NbErr *err)
{
    path = path ? path : "the file";
    if (!s || !bytes) {
        return nb_fail(err, NB_EVALUE, "the %s missing", s ? "bytes are" : "place for tensors is");
    }
    if (len >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0)) {
        return npz_read(s, bytes, len, path, err);
    }
    if (len >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0) {
        NbTensor *t = npy_read(bytes, len, path, "its tensor", err);
        return t ? nb_named_add(s, "", t, err) : err->code;
    }
    if (len >= 9 && bytes[8] == '{') {
        return safetensors_read(s, bytes, len, path, err);
    }
    return nb_fail(err, NB_EVALUE, "%s is no safetensors, npy or npz file", path);
}
