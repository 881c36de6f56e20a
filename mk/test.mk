# test.mk -- the programs of tests, and what runs them; read by Makefile

# --- programs ---
# A folder of tests is one program: a file test_*.c is a suite of it (tests/suite.h), the others help.
# `build/tests/unit/run test_ops` runs a suite, `--list` names its tests.
helpers = $(filter-out $(foreach p,test_% bench% run.c fuzz_% faults.c,tests/$(1)/$(p)),$(wildcard tests/$(1)/*.c))
suites = $(call obj,$(sort $(filter-out $(OUTSIDE_LEFT_OUT),$(wildcard tests/$(1)/test_*.c))) tests/suite.c tests/proc.c)
# Some look into what needs the libraries of the kernel, and with musl those that draw or end in Readline
# are left out.
UNIT_LEFT_OUT := $(if $(KERNEL_LIBRARIES),,tests/unit/test_kernel.c)
ifneq ($(MUSL),)
UNIT_LEFT_OUT += $(filter-out %/test_embed.c %/test_scripts.c,$(shell awk \
  '/^.include "/ && !/"((tests\/suite|test)\.h|(base|tensor|ops|graph|optim|nn|data|text)\/)/ || \
   /^.include <nabla\/(session|viz)/ { print FILENAME }' tests/unit/test_*.c))
endif
UNIT := $(B)/tests/unit/run
$(UNIT): $(filter-out $(call obj,$(UNIT_LEFT_OUT)),$(call suites,unit) $(call obj,$(call helpers,unit))) $(LIBS)
	$(call link,$(filter %.a,$^) $(TEST_LIBS) $(LIB_LIBS))
# Another pen in the place of cairo's.
PEN := $(B)/tests/pen/run
$(PEN): $(call suites,pen) $(call obj,tests/unit/worker.c) $(LIBS)
	$(call link,$(filter %.a,$^) $(TEST_LIBS) $(LIB_LIBS))
# What is drawn, as scenes and files; none of it opens a display.
SCENE := $(B)/tests/scene/run
$(SCENE): $(call suites,scene) $(call obj,$(call helpers,scene)) $(LIBS)
	$(call link,$(filter %.a,$^) $(TEST_LIBS) $(LIB_LIBS))
# Requests for memory of this program can be refused (tests/window/refuse.h).
WINDOW := $(if $(filter 0,$(WINDOWS)),,$(B)/tests/window/run)
$(B)/tests/window/run: $(call suites,window) $(call obj,$(call helpers,window) $(call helpers,scene) tests/xserver.c) $(LIBS)
	$(call link,$(patsubst %,-Wl$(comma)--wrap=%,malloc calloc realloc aligned_alloc strdup strndup open_memstream) \
	  $(filter %.a,$^) $(TEST_LIBS) $(LIB_LIBS))
# With musl these alone are of use among those that run the built program.
MUSL_SUITES := $(addprefix pty/test_,plain readme prompt options limits safe teach places memory) \
  samples/test_golden samples/test_grade
# These run the built program, and are linked with no part of it.
OUTSIDE := $(foreach d,pty samples torture,$(B)/tests/$(d)/run)
OUTSIDE_LEFT_OUT := $(if $(filter 0,$(WINDOWS)),tests/pty/test_desk.c tests/torture/test_display.c tests/torture/test_worker.c) \
  $(if $(MUSL),$(filter-out $(MUSL_SUITES:%=tests/%.c),$(wildcard tests/pty/test_*.c tests/samples/test_*.c)))
OUTSIDE_HELP := $(call obj,tests/xserver.c $(foreach d,pty samples torture,$(call helpers,$(d))))
$(B)/tests/pty/run: $(call suites,pty)
$(B)/tests/samples/run: $(call suites,samples)
$(B)/tests/torture/run: $(call suites,torture)
$(OUTSIDE): $(OUTSIDE_HELP)
	$(call link,$(TEST_LIBS) -lm)
# The program with calls for memory and files that can be made to fail.
FAULTED := malloc calloc realloc mmap strdup strndup realpath open_memstream fopencookie getline \
  open close read write fsync rename mkstemp fchmod fchown unlink fopen fread fclose posix_spawnp
FAULTY := $(B)/tests/torture/nabla
$(FAULTY): $(call obj,$(MAIN_SRC) tests/torture/faults.c) $(LIBS)
	$(call link,$(FAULTED:%=-Wl$(comma)--wrap=%) $(LIBS) $(LIB_LIBS))
EMBED := $(B)/samples/embed
$(EMBED) $(B)/samples/threads: $(B)/samples/%: $(B)/obj/samples/%.o $(B)/libnabla.a
	$(call link,$(B)/libnabla.a $(ENGINE_LIBS))
LANGRUN := $(B)/tests/lang/run
$(LANGRUN): $(B)/obj/tests/lang/run.o $(call obj,tests/proc.c $(call helpers,lang)) $(LIBS)
	$(call link,$(LIBS) $(LIB_LIBS))
RUNNER := $(B)/tests/runner/runner
$(RUNNER): $(call obj,$(wildcard tests/runner/*.c) tests/proc.c)
	$(call link)

# With FUZZ=1 libFuzzer looks for inputs; else the programs replay their corpora.
FUZZERS := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
# Inputs that are bytes, not text, have no lines and words to be changed.
FUZZ_MUTATE := $(if $(filter 1,$(FUZZ)),tests/fuzz/mutate.c)
FUZZ_SHARED := $(call obj,$(filter-out %/replay.c %/mutate.c,$(call helpers,fuzz)))
$(B)/tests/fuzz/shared.a: $(FUZZ_SHARED)
	@mkdir -p $(@D)
	$(archive)
$(B)/tests/fuzz/fuzz_eval $(B)/tests/fuzz/fuzz_program: FUZZ_MUTATE :=
$(FUZZERS): $(B)/tests/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/tests/fuzz/shared.a $(LIBS) \
  $(call obj,$(if $(filter 1,$(FUZZ)),tests/fuzz/mutate.c,tests/fuzz/replay.c))
	@mkdir -p $(@D); echo "LD $@"
	$(Q)$(CC) $(NO_LTO) $(ALL_LDFLAGS) $(if $(filter 1,$(FUZZ)),-fsanitize=fuzzer) -o $@ $< \
	  $(call obj,$(if $(filter 1,$(FUZZ)),$(FUZZ_MUTATE),tests/fuzz/replay.c)) \
	  $(if $(COVER),$(call obj,tests/coverage.c)) $(B)/tests/fuzz/shared.a $(LIBS) $(LIB_LIBS)

HELPERS := $(foreach d,unit scene window pty samples lang fuzz torture,$(call helpers,$(d))) \
  $(addprefix tests/,suite.c proc.c xserver.c coverage.c) $(wildcard tests/runner/*.c)
SUITES := $(foreach d,unit pen scene window pty samples torture,$(wildcard tests/$(d)/test_*.c))
# Coverage builds also write their counters where a process does not end by exit().
ifeq ($(COV),1)
$(B)/nabla $(FAULTY) $(EMBED) $(LANGRUN) $(UNIT) $(PEN) $(SCENE) $(WINDOW) $(OUTSIDE) $(FUZZERS): $(call obj,tests/coverage.c)
endif
-include $(patsubst %.o,%.d,$(call obj,$(HELPERS) $(SUITES) samples/embed.c samples/threads.c tests/torture/faults.c \
  tests/lang/run.c $(wildcard tests/fuzz/fuzz_*.c)))

# --- running them ---
# K='*pattern*' runs the tests whose names match, and builds only the programs that may have some.
PARTS := unit pen scene $(if $(WINDOW),window) lang pty samples torture $(if $(FUZZ),,fuzz)
KPARTS := $(if $(K),$(shell sh tests/named.sh '$(K)' $(PARTS)),$(PARTS))
need = $(if $(filter $(1),$(KPARTS)),$(2))
NEEDED := $(RUNNER) $(call need,unit,$(UNIT)) $(call need,pen,$(PEN)) $(call need,scene,$(SCENE)) $(call need,window,$(WINDOW)) $(call need,lang,$(LANGRUN)) \
  $(foreach d,pty samples torture,$(call need,$(d),$(B)/tests/$(d)/run)) $(call need,fuzz,$(FUZZERS)) \
  $(call need,torture,$(FAULTY)) $(call need,samples,$(EMBED) $(LIBRARIES_MADE)) $(B)/nabla
# Which twentieth of the sections the program runs too: another one with each commit.
COMMITS = $(shell git rev-list --count HEAD 2>/dev/null)
RUN = NB_SHARD='$(or $(NB_SHARD),$(COMMITS))' K='$(K)' V='$(V)' VALGRIND='$(VALGRIND)' NB_CC='$(CC)' \
  NB_FLAGS='$(filter -fsanitize% --coverage,$(OPT) $(COVER))' $(RUNNER) $(B)

#:: tests
#: check | units, the language and scenes: quick, installs nothing
check:
	@+$(SUB) $(RUNNER) $(UNIT) $(PEN) $(SCENE) $(LANGRUN)
	@NB_QUICK=1 $(RUN) unit pen scene lang
#: test [K='*shape*'] | every test, or those whose names match; installs what is missing
test: deps
	@.ci/deps --tools python3 shells desktop manual $(if $(filter 0,$(WINDOWS)),,xvfb managers) $(if $(filter 1,$(VALGRIND)),valgrind)
	@+$(SUB) tests-built
	@$(RUN) $(KPARTS)
tests-built: $(NEEDED)

#: coverage [K=PATTERN] | lines and branches that all tests run; with K= adds to what was counted
coverage: deps
	@.ci/deps --tools xvfb managers shells desktop manual
	@+$(SUB) COV=1 tests-built
	@$(if $(K),,find build/cov -name '*.gcda' -delete)
	@code=0; for t in test $(if $(K),,test-kernel test-torch); do \
	  NB_PATIENCE=$${NB_PATIENCE:-6} NB_LIMIT=$${NB_LIMIT:-5400} \
	  $(MAKE) --no-print-directory COV=1 TORCH_GRAPHS=200 TORCH_PROGRAMS=200 $$t || code=$$?; done; \
	  $(MAKE) --no-print-directory coverage-table && exit $$code
#: coverage-table | the table again; with F=repl/cmd the open lines of those files
F ?=
coverage-table:
	@/usr/bin/python3 -B tests/coverage.py build/cov tests/coverage.txt $(if $(F),--open '$(F)')

#: helgrind | contexts side by side in threads
helgrind: deps
	@.ci/deps --tools valgrind
	@+$(SUB) VALGRIND=1 build/valgrind/tests/unit/run build/valgrind/samples/threads
	@for t in 'tests/unit/run test_contexts' samples/threads; do echo "helgrind $$t"; \
	  valgrind --tool=helgrind -q --error-exitcode=99 --num-callers=24 --gen-suppressions=all \
	  --suppressions=tests/helgrind.supp build/valgrind/$$t || exit 1; done
#: test-musl | the program without windows, built with musl
test-musl: deps
	@.ci/deps --tools musl
	@+$(SUB) CC=musl-gcc WINDOWS=0 BLAS=own KERNEL=0 LTO=0 run-musl
run-musl: $(B)/nabla $(RUNNER) $(UNIT) $(LANGRUN) $(B)/tests/pty/run $(B)/tests/samples/run
	@NB_BARE=1 $(RUN) unit lang $(MUSL_SUITES)
ifneq ($(MUSL),)
$(call obj,$(HELPERS) $(SUITES)): $(TEST_LIBS)
$(TEST_LIBS): tests/musl/cmocka.sh
	@CC='$(CC)' sh tests/musl/cmocka.sh $(B)
endif

#: test-clang | make check of a build by clang, whose warnings are errors
test-clang: deps
	@.ci/deps --tools clang
	@+$(SUB) CC=clang CFLAGS=-Werror all check

#: valgrind-test | all tests under valgrind
valgrind-test:
	@+$(MAKE) --no-print-directory VALGRIND=1 test

#: torture | large runs of tests that find things by chance, in parts torture-engine -signals
#:                  | -display -worker -memory -files; TORTURE_PROGRAMS=5000 TORTURE_SEED=…
TORTURE_PARTS := torture-signals torture-display torture-worker torture-memory torture-files
TORTURE_PROGRAMS ?= 5000
TORTURE_SEED ?= $(shell date +%s)
torture: torture-engine $(TORTURE_PARTS)
torture-engine: deps
	@+$(SUB) $(B)/nabla $(RUNNER) $(UNIT)
	@echo "random programs and sessions: NB_PROGRAMS=$(TORTURE_PROGRAMS) NB_SEED=$(TORTURE_SEED)"
	@NB_PROGRAMS=$(TORTURE_PROGRAMS) NB_SEED=$(TORTURE_SEED) $(RUN) unit/test_random unit/test_model
# These run in make test in a sampled form.
$(TORTURE_PARTS): torture-%: deps
	@.ci/deps --tools xvfb
	@+$(SUB) $(B)/nabla $(FAULTY) $(RUNNER) $(B)/tests/torture/run
	@NB_TORTURE=1 NB_LIMIT=86400 $(RUN) torture/test_$*

#: test-onnx | export "f.onnx" in onnxruntime
# Files of export "f.onnx" in onnxruntime and before ONNX's own checker.
ONNX_NPM := build/npm-onnx/node_modules
$(ONNX_NPM)/.package-lock.json: tests/onnx/package.json tests/onnx/package-lock.json
	@mkdir -p build/npm-onnx
	@cp tests/onnx/package.json tests/onnx/package-lock.json build/npm-onnx
	@cd build/npm-onnx && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || { cat npm.log; exit 1; }
test-onnx: deps
	@.ci/deps --tools onnx
	@+$(SUB) $(B)/nabla $(ONNX_NPM)/.package-lock.json
	@NABLA_WORKER=$(abspath $(B)/nabla) node tests/onnx/run.mjs $(B) $(B)/nabla $(ONNX_NPM) '$(K)'

#: test-torch | graphs and programs in PyTorch
# Optional: random graphs in nabla and in PyTorch, compared. Installs python3-torch (1 GB).
TORCH_GRAPHS ?= 1200
TORCH_SEED ?= 1
TORCH_PROGRAMS ?= 300
test-torch: deps
	@.ci/deps --tools torch
	@+$(SUB) $(B)/nabla
	@/usr/bin/python3 -B tests/torch/points.py $(B)/nabla
	@/usr/bin/python3 -B -W ignore tests/torch/samples.py $(B)/nabla
	@/usr/bin/python3 -B tests/torch/graphs.py $(B)/nabla $(TORCH_GRAPHS) $(TORCH_SEED)
	@/usr/bin/python3 -B tests/torch/exported.py $(B)/nabla 200 $(TORCH_SEED)
	@/usr/bin/python3 -B tests/torch/weights.py $(B)/nabla
	@/usr/bin/python3 -B tests/torch/files.py $(B)/nabla
	@/usr/bin/python3 -B -W ignore tests/torch/random_programs.py $(B)/nabla $(TORCH_PROGRAMS) $(TORCH_SEED)
	@/usr/bin/python3 -B -W ignore tests/torch/sections.py $(B)/nabla $(addprefix tests/lang/,translated.nabla translated_steps.nabla faithful.nabla)
	@/usr/bin/python3 -B tests/torch/processes.py $(B)/nabla $(addprefix samples/,processes.nabla spiral.nabla iris.nabla)
	@/usr/bin/python3 -B tests/torch/programs.py $(B)/nabla $(sort $(wildcard samples/*.nabla samples/lessons/*.nabla))

#: test-kernel [K=PATTERN] | the notebook with its real clients
# The kernel with real clients: Jupyter's own suite, nbclient, nbconvert, a browser.
test-kernel: deps
	@.ci/deps --tools jupyter $(if $(filter 1,$(VALGRIND)),valgrind)
	@+$(SUB) $(B)/nabla $(FAULTY)
	@VALGRIND='$(VALGRIND)' NB_PATIENCE=$${NB_PATIENCE:-$(or $(if $(filter 1,$(VALGRIND)),20),$(if \
	  $(filter 1,$(TSAN)),8),$(if $(filter 1,$(SAN)),4),1)} \
	  /usr/bin/python3 -B tests/kernel/run.py $(B) '$(K)'


.PHONY: check test tests-built coverage coverage-table helgrind test-musl run-musl test-clang valgrind-test torture torture-engine \
  $(TORTURE_PARTS) test-onnx test-torch test-kernel
