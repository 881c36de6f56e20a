/* version.h -- the version, for programs and packaging */
#ifndef NABLA_VERSION_H
#define NABLA_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define NB_VERSION "0.1"
#define NB_VERSION_DATE "2026-11-24" /* of this version, or of the work towards the next one */
#define NB_VERSION_MAJOR 0
#define NB_VERSION_MINOR 1
/* True when the headers are of this version or a newer one: #if NB_VERSION_AT_LEAST(0, 1) */
#define NB_VERSION_AT_LEAST(major, minor)                                                          \
    (NB_VERSION_MAJOR > (major) || (NB_VERSION_MAJOR == (major) && NB_VERSION_MINOR >= (minor)))

/* NB_VERSION of the library that runs, which may be newer than the headers; static. */
const char *nb_version(void);

#ifdef __cplusplus
}
#endif

#endif
