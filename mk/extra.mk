# extra.mk -- benchmarks, fuzzing, mutants, checks, packages; read by Makefile

#:: measuring and searching
BENCH := $(B)/tests/bench/bench
BENCH_PARTS := $(filter-out $(if $(filter 0,$(WINDOWS)),tests/bench/windows.c),$(wildcard tests/bench/*.c))
$(BENCH): $(call obj,$(BENCH_PARTS) tests/proc.c tests/xserver.c $(call helpers,pty)) $(LIBS)
	$(call link,$(LIBS) $(LIB_LIBS) $(BENCH_LIBS))
-include $(patsubst %.o,%.d,$(call obj,$(BENCH_PARTS)))
#: bench [K='script start'] | ratios on this machine
bench: deps
	@.ci/deps openblas
	@$(if $(filter 0,$(WINDOWS)),,.ci/deps --tools xvfb)
	@+$(SUB) run-bench
# BENCH_TABLE=file gets the rows as the table of doc/speed.md.
BENCH_TABLE ?=
run-bench: $(B)/nabla $(APART) $(BENCH)
	@for b in $(BENCH); do env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE NB_PROGRAM=$(B)/nabla \
	  NB_APART=$(APART) $$b $(BENCH_TABLE) || exit 1; done
#: bench-table | the same, and the table of doc/speed.md
bench-table: deps
	@+$(SUB) BENCH_TABLE=$(B)/speed.md run-bench
	@sh tests/docs.sh --speed $(B)/speed.md

#: fuzz | each fuzzer for FUZZ_SECONDS=60; FUZZ_OF='csv state', FAST=1 without sanitizers
#: fuzz-merge | keeps of what was found what reaches further
# Each fuzzer begins with what is kept in an archive of its own, which is unpacked for it. What is
# new lies in build/fuzz/corpus until fuzz-merge packs of it what reaches further; the same files give
# the same archive.
FUZZ_SECONDS ?= 60
FUZZ_OF ?= $(FUZZERS:$(B)/tests/fuzz/fuzz_%=%)
FUZZ_DICT = $(firstword $(wildcard tests/fuzz/dict/$(1).dict) tests/fuzz/dict/language.dict)
fuzz fuzz-merge:
	@.ci/deps --tools clang
	@+$(SUB) FUZZ=1 run-$@
KEPT = $(B)/kept/$(1)
FUZZ_UNPACK = rm -rf $(KEPT); mkdir -p $(KEPT) $(B)/corpus/$(1); \
  test ! -e tests/fuzz/corpus/$(1).tar || tar -xf tests/fuzz/corpus/$(1).tar -C $(KEPT) || exit 1
FUZZ_PACK = (cd $(KEPT) && LC_ALL=C ls) | tar -C $(KEPT) -b 1 --format=ustar --mtime=@0 --owner=0 --group=0 \
  --numeric-owner --mode=0644 -cf tests/fuzz/corpus/$(1).tar -T - || exit 1
run-fuzz: $(FUZZERS)
	@export LSAN_OPTIONS="suppressions=$$PWD/tests/lsan.supp:print_suppressions=0"; \
	$(foreach t,$(FUZZ_OF),$(call FUZZ_UNPACK,$(t)); echo "fuzz_$(t)"; \
	  $(B)/tests/fuzz/fuzz_$(t) -max_total_time=$(FUZZ_SECONDS) -timeout=30 -rss_limit_mb=4096 \
	  -max_len=2000 -print_final_stats=1 -verbosity=0 -artifact_prefix=$(CURDIR)/$(B)/ \
	  -dict=$(call FUZZ_DICT,$(t)) $(B)/corpus/$(t) $(call KEPT,$(t)) || exit 1;)
run-fuzz-merge: $(FUZZERS)
	@$(foreach t,$(FUZZ_OF),$(call FUZZ_UNPACK,$(t)); \
	  $(B)/tests/fuzz/fuzz_$(t) -set_cover_merge=1 -use_counters=0 -max_len=2000 -verbosity=0 $(call KEPT,$(t)) \
	  $(B)/corpus/$(t) || exit 1; $(call FUZZ_PACK,$(t));)

#: mutants [MUTANTS=300] | changed operators and constants that the tests notice
# One operator, constant or condition changed at a time; the tests that run the line must notice.
MUTANTS ?= 300
MUTANTS_SEED ?= 1
MUTANTS_SECONDS ?= 0
MUT_FLAGS = -std=c17 $(DEFS) -ffp-contract=off -fno-math-errno -fno-common -Iinclude -Isrc -Irepl -I. \
  $(LIB_CFLAGS)
mutants: deps
	@.ci/deps --tools python3
	@+$(SUB) $(MADE_SRC) >/dev/null
	@CC='$(CC)' MUT_FLAGS='$(MUT_FLAGS)' MUT_LIBS='$(LIB_LIBS) $(TEST_LIBS)' \
	  MUT_SOURCES='$(ALL_SRC)' MUT_MADE='$(MADE_SRC)' MUTANTS='$(MUTANTS)' \
	  MUTANTS_SEED='$(MUTANTS_SEED)' MUTANTS_SECONDS='$(MUTANTS_SECONDS)' \
	  /usr/bin/python3 -B tests/mutants/mutants.py

#:: checks and housekeeping
#: lint | layers, first lines, formatting
LINT = @CC='$(CC)' LINT_STRICT='$(if $(CONFIG),,1)' LINT_OBJECTS='$(call obj,$(ALL_SRC)) $(MADE_SRC:$(B)/%.c=$(B)/obj/%.o)' sh tests/lint.sh
lint: $(LIBS) $(call obj,$(MAIN_SRC))
	$(LINT)
#: layers | who may know whom, alone
# It strikes out of tests/layers.known what is mended; KNOWN=all: what is there now becomes known.
layers: $(LIBS) $(call obj,$(MAIN_SRC))
	$(LINT) layers $(KNOWN)
#: format | clang-format
format:
	@find include src repl viz web tests samples doc -name '*.[ch]' | xargs clang-format -i
#: docs | lists in the documents and headers that are made from the program
docs: $(B)/nabla $(UNIT)
	@NB_WRITE_CALLS=1 $(UNIT) test_calls >/dev/null 2>&1
	@sh tests/docs.sh $(B)/nabla

#:: releasing
#: dist | build/dist, the tree as committed and its checksum
# The tree as committed, named after its version: the same bytes each time, with their checksum.
DIST ?= build/dist
DIST_NAME := nabla-$(VERSION)
dist:
	@git diff --quiet HEAD -- || echo "dist: what is not committed is left out" >&2
	@mkdir -p '$(DIST)'
	@git archive --format=tar --prefix=$(DIST_NAME)/ -o '$(DIST)/$(DIST_NAME).tar' HEAD
	@gzip -9nf '$(DIST)/$(DIST_NAME).tar'
	@cd '$(DIST)' && sha256sum $(DIST_NAME).tar.gz > $(DIST_NAME).tar.gz.sha256 && cat $(DIST_NAME).tar.gz.sha256

#: deb | build/deb, packages of Debian
# Packages of Debian, from what is committed, in build/deb; NB_DEPS=check asks for nothing to be installed.
deb:
	@.ci/deps --tools debian
	@rm -rf build/deb; mkdir -p build/deb/nabla-$(VERSION)
	@git archive --format=tar -o build/deb/nabla.tar HEAD
	@tar -x -f build/deb/nabla.tar -C build/deb/nabla-$(VERSION)
	@cd build/deb/nabla-$(VERSION) && dpkg-buildpackage -us -uc $(DEB_FLAGS)
	@cd build/deb && lintian --fail-on error,warning --tag-display-limit 0 *.changes

#: release-check | dist and deb as a user runs them, from a clean clone
RELEASE := build/release
release-check: deps
	@rm -rf $(RELEASE); git clone -q . $(RELEASE)/nabla
	@$(MAKE) -C $(RELEASE)/nabla dist
	@tar -xzf $(RELEASE)/nabla/build/dist/nabla-$(VERSION).tar.gz -C $(RELEASE)
	@$(MAKE) -C $(RELEASE)/nabla-$(VERSION) check demo
	@$(MAKE) -C $(RELEASE)/nabla deb

.PHONY: release-check bench run-bench bench-table fuzz fuzz-merge run-fuzz run-fuzz-merge mutants lint layers format docs dist deb
