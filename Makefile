# Makefile -- builds the nabla program and libraries, runs demo, tests, benchmarks and checks
#
# `make help` lists what can be made. The rules stand by subject: mk/build.mk the program, mk/lib.mk the
# libraries and what is installed, mk/test.mk the tests, mk/extra.mk all else, web/web.mk the page.
#
# Before any of it, these choose a build, which has a folder of its own (SAN=1 CC=clang is
# build/clang-san) and shares no object with another:
#
#   CC=clang      another compiler              DEBUG=1      -O0, for gdb
#   SAN=1         address and undefined         TSAN=1       threads
#   VALGRIND=1    for valgrind                  LTO=0        links faster, runs slower
#   WINDOWS=0     no SDL                        KERNEL=0     no kernel for notebooks
#   BLAS=own      matrix products of our own    V=1          shows the commands, and what tests print

ifneq ($(realpath $(dir $(lastword $(MAKEFILE_LIST)))),$(realpath .))
$(error nabla is built in its own folder: $(strip make -C $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST)))) $(MAKECMDGOALS)))
endif

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:

#: all | build/nabla, the program
all:

#: help | what can be made
help:
	@awk -F ' *[|] ' '/^#:: /{ print "\n" substr($$0, 5) } /^#: /{ printf "  %-26s %s\n", substr($$1, 4), $$2 }' $(MAKEFILE_LIST)

include mk/build.mk
include mk/lib.mk
include mk/test.mk
include mk/extra.mk
include web/web.mk

all: $(B)/nabla

#: demo | builds, and runs samples/rosenbrock.nabla; installs what is missing
demo: deps
	@+$(SUB) run-demo
run-demo: $(B)/nabla
	@rm -rf $(B)/demo; mkdir -p $(B)/demo
	@echo "cd $(B)/demo; nabla ../../samples/rosenbrock.nabla"
	@root=$$PWD; cd $(B)/demo && $$root/$(B)/nabla $$root/samples/rosenbrock.nabla
	@echo; echo "in $(B)/demo:"; ls -l $(B)/demo | awk 'NR > 1 { printf "  %-20s %8d bytes\n", $$9, $$5 }'

#: deps | installs the compiler and the libraries that are missing
deps:
	@CC='$(firstword $(CC))' .ci/deps compiler $(sort $(LIBRARIES) $(KERNEL_WANTED)) $(TEST_LIBRARIES) fonts

#: clean | removes build
clean:
	rm -rf build

.PHONY: all help demo run-demo deps clean FORCE
