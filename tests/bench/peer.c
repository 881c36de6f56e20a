/* peer.c -- figures of PyTorch in the same run, where Debian's python3-torch is there */
#include <stdio.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/proc.h"

#define MOST 16

static struct {
    char key[MOST][24];
    double figure[MOST];
    int n;
    char version[32];
} peer;

void bench_peer_run(void)
{
    const char *argv[] = {"/usr/bin/python3", "-B", "tests/bench/peer.py", NULL};
    Proc p;
    if (!proc_run(argv, NULL, NULL, 120, &p)) {
        return;
    }
    for (const char *line = p.status == 0 ? p.out : NULL; line && *line;
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        char key[24], word[32];
        if (sscanf(line, "%23s %31s", key, word) != 2) {
            continue;
        }
        if (strcmp(key, "version") == 0) {
            memcpy(peer.version, word, sizeof word);
        } else if (peer.n < MOST && sscanf(word, "%lf", &peer.figure[peer.n]) == 1) {
            memcpy(peer.key[peer.n++], key, sizeof key);
        }
    }
    proc_free(&p);
}

double bench_peer(const char *key)
{
    for (int i = 0; i < peer.n; i++) {
        if (strcmp(peer.key[i], key) == 0) {
            return peer.figure[i];
        }
    }
    return 0;
}

const char *bench_peer_version(void)
{
    return peer.version[0] ? peer.version : NULL;
}
