/* nabla.h -- the whole engine API */
#ifndef NABLA_H
#define NABLA_H

#include <nabla/context.h>
#include <nabla/data.h>
#include <nabla/error.h>
#include <nabla/format.h>
#include <nabla/grad.h>
#include <nabla/graph.h>
#include <nabla/nn.h>
#include <nabla/op.h>
#include <nabla/optim.h>
#include <nabla/record.h>
#include <nabla/rng.h>
#include <nabla/saved.h>
#include <nabla/tensor.h>
#include <nabla/var.h>
#include <nabla/version.h>

#endif
