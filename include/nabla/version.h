/* version.h -- the version, for programs and packaging */
#ifndef NABLA_VERSION_H
#define NABLA_VERSION_H

#define NB_VERSION "0.1"

#endif
