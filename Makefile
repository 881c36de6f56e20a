# Makefile -- builds the nabla program and library, runs demo, tests, benchmarks and checks
#
#   make                     build/nabla                make test [K='*shape*']  all tests
#   make SAN=1 …             build/san/…                make demo                the first lesson
#   make TSAN=1 test-kernel  build/tsan/…, its threads  make VALGRIND=1 …        build/valgrind/…
#   make valgrind-test       all tests under valgrind   make helgrind            contexts in threads
#   make CC=clang …          build/clang/…              make bench               ratios of section 6
#   make WINDOWS=0 …         build/nowin/…, no SDL      make install PREFIX=… DESTDIR=…
#   make KERNEL=0 …          build/nokernel/…, no kernel for notebooks
#   make BLAS=own …          build/own/…, matrix products of our own
#   make DEBUG=1 …           build/debug/…              make V=1                 shows the commands
#   make LTO=0 …             build/…, links faster, runs slower
#   make dist                build/dist, a tarball to release    make deb    build/deb, packages of Debian
#   make reference           build/reference, the manual of the library
#   make test-onnx           export "f.onnx" in onnxruntime
#   make test-musl           the program without windows, built with musl
#   make test-torch          graphs and programs in PyTorch  make torture       large random tests
#   make test-kernel [K=…]   the notebook with its real clients   make notebooks  the lessons
#   make web                 build/web, the page for a browser    make test-web [K=…]   the page in one
#   make coverage [K=…]      lines and branches all tests run; with K= adds those of make test to the counters
#   make mutants [MUTANTS=300] [MUTANTS_SEED=1]   changed operators and constants the tests notice
#   make coverage-table [F=repl/cmd]   the table again; with F= the open lines of those files
#
# Configurations combine (SAN=1 CC=clang is build/clang-san) and never share an object.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

WINDOWS ?= 1
BLAS ?= openblas
KERNEL ?= auto
PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
VERSION := $(shell sed -n 's/^.define NB_VERSION "\(.*\)"/\1/p' include/nabla/version.h)
VERSION_DATE := $(shell sed -n 's/^.define NB_VERSION_DATE "\([-0-9]*\)".*/\1/p' include/nabla/version.h)
STRIP ?= strip
K ?=
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

# --- configuration ---
ifneq ($(CLANG),)
CC := clang
endif
ifneq ($(filter default undefined,$(origin CC)),)
CC := gcc
endif
AR ?= ar
LD ?= ld
OBJCOPY ?= objcopy
comma := ,
empty :=
space := $(empty) $(empty)
CONFIG := $(strip $(filter-out gcc cc,$(notdir $(firstword $(CC)))) $(if $(filter 1,$(FUZZ)),fuzz) $(if $(filter 1,$(FAST)),fast) \
  $(if $(filter 1,$(SAN)),san) $(if $(filter 1,$(TSAN)),tsan) $(if $(filter 1,$(VALGRIND)),valgrind) \
  $(if $(filter 1,$(COV)),cov) $(if $(filter 0,$(WINDOWS)),nowin) $(if $(filter own,$(BLAS)),own) \
  $(if $(filter 0,$(KERNEL)),nokernel) \
  $(if $(filter 1,$(DEBUG)),debug))
B := build$(if $(CONFIG),/$(subst $(space),-,$(CONFIG)))
NPROC := $(shell nproc 2>/dev/null || echo 2)
# A recursive make keeps the caller's -j; without one it uses every core.
SUB = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(NPROC))

# --- libraries ---
BLAS_LIBRARY := $(if $(filter own,$(BLAS)),,openblas)
LIBRARIES := $(BLAS_LIBRARY) readline libcgraph libgvc cairo pangocairo
ifneq ($(WINDOWS),0)
LIBRARIES += sdl2 x11
endif
TEST_LIBRARIES := cmocka
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)
# The kernel for notebooks is left out where its libraries are missing; make deps installs them.
KERNEL_WANTED := $(if $(filter 0,$(KERNEL)),,libzmq libcjson nettle)
KERNEL_LIBRARIES := $(if $(filter auto,$(KERNEL)),$(if $(shell pkg-config --exists $(KERNEL_WANTED) \
  2>/dev/null && echo yes),$(KERNEL_WANTED)),$(KERNEL_WANTED))
LIBRARIES += $(KERNEL_LIBRARIES)
# Other people's headers are not held to our warnings.
SYSTEM = $(patsubst -I%,-isystem %,$(call pkg,--cflags-only-I,$(LIBRARIES) $(TEST_LIBRARIES)))
ifneq ($(MAKECMDGOALS),clean)
LIB_CFLAGS := $(or $(SYSTEM),$(patsubst -I%,-isystem %,$(call pkg,--cflags-only-I,$(LIBRARIES))))
LIB_CFLAGS += $(patsubst -I%,-isystem %,$(call pkg,--cflags-only-I,openblas))
LIB_LIBS := $(call pkg,--libs,$(LIBRARIES)) -lm
ENGINE_LIBS := $(if $(BLAS_LIBRARY),$(call pkg,--libs,$(BLAS_LIBRARY))) -lm
# What is measured against is OpenBLAS in any case.
BENCH_LIBS := $(call pkg,--libs,openblas)
TEST_LIBS := $(call pkg,--libs,$(TEST_LIBRARIES))
endif

# With musl nothing of the system's libraries fits: the program without them.
MUSL := $(findstring musl,$(notdir $(firstword $(CC))))
ifneq ($(MUSL),)
LIB_LIBS := -lm
ENGINE_LIBS := -lm
TEST_LIBS := $(B)/libcmocka.a
LIB_CFLAGS += -isystem $(B)/cmocka/include
endif

# --- flags ---
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wconversion
ifeq ($(SAN),1)
OPT := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifeq ($(TSAN),1)
OPT := -O1 -fsanitize=thread -fno-omit-frame-pointer
else ifeq ($(VALGRIND),1)
OPT := -O1 -fno-omit-frame-pointer
else ifeq ($(DEBUG),1)
OPT := -O0
else ifeq ($(COV),1)
OPT := -O0
COVER := --coverage -fprofile-update=prefer-atomic -DINLINE=inline
else
# Hot functions begin a cache line: otherwise unrelated changes move their times by a tenth.
OPT := -O3 -falign-functions=64
# What stops a mistake from becoming more: checked copies, guarded stacks, jumps only to where they
# may go, tables that cannot be written, addresses nobody knows.
X86 := $(filter x86_64% i%86%,$(shell $(CC) -dumpmachine 2>/dev/null))
GCC_MAJOR := $(firstword $(subst ., ,$(shell $(CC) -dumpversion 2>/dev/null)))
FORTIFY := $(if $(filter-out 1 2 3 4 5 6 7 8 9 10 11,$(GCC_MAJOR)),3,2)
HARD := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(FORTIFY) -fstack-protector-strong \
  -fstack-clash-protection -fPIE -DNB_HARDENED $(if $(X86),-fcf-protection)
# Debian's startup objects do not say that they keep to the marks of -fcf-protection.
HARD_LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack$(if $(X86),$(comma)-z$(comma)ibt$(comma)-z$(comma)shstk)
# In the engine and the language a guard only where a buffer of bytes is: one for each address taken
# costs a pass of a loop a fortieth.
HARD_HOT = $(if $(filter src/% repl/lang/%,$<),-fstack-protector)
endif
ifeq ($(FUZZ),1)
CC := clang
HARD :=
HARD_HOT :=
HARD_LINK :=
OPT := $(if $(filter 1,$(FAST)),-O2 -fsanitize=fuzzer-no-link,-O1 \
  -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
endif
DEFS := -D_POSIX_C_SOURCE=200809L $(if $(filter 0,$(WINDOWS)),-DNB_NO_WINDOWS) \
  $(if $(KERNEL_LIBRARIES),-DNB_KERNEL) \
  $(if $(findstring address,$(OPT)),-DNB_ASAN) $(if $(filter 1,$(VALGRIND)),-DNB_VALGRIND)
CPPFLAGS ?=
CFLAGS ?=
# The engine and the language are optimised again as the program is linked, where gcc can: an eighth
# faster. What other programs link, and the tests, is the machine code beside it. LTO=0 leaves it out.
LTO ?= $(if $(HARD),$(shell echo 'int main(void) { return 0; }' | $(CC) -flto=auto -ffat-lto-objects \
  -o /dev/null -x c - 2>/dev/null && $(CC) --version | grep -q 'Free Software' && echo 1))
ifeq ($(LTO),1)
LTO_COMPILE = $(if $(filter src/% repl/lang/%,$<),-flto=auto -ffat-lto-objects)
LTO_LINK = -flto=auto $(OPT) -ffp-contract=off -fno-math-errno $(filter -ffile-prefix-map=% -fdebug-prefix-map=%,$(CFLAGS))
NO_LTO := -fno-lto
endif
# Nothing reads errno after a function of math.h, and without it √ vectorises.
ALL_CFLAGS := -std=c17 $(DEFS) $(OPT) $(HARD) -g -ffp-contract=off -fno-math-errno -fno-common $(WARN) \
  -Iinclude -Isrc -Irepl -I. $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS := $(filter -fsanitize% -fno-sanitize%,$(OPT)) -Wl,-O1 -Wl,--as-needed $(HARD_LINK) $(LDFLAGS) \
  $(if $(COVER),--coverage $(addprefix -Wl$(comma)--wrap=,_exit execv execvp fork kill prctl raise syscall))

# --- sources: of a folder and all below it ---
# Files *_wasi.c are those of the page (web/web.mk), in place of the ones named without that.
below = $(filter-out %_wasi.c,$(sort $(shell find $(1) -name '*.c')))
ENGINE_SRC := $(filter-out $(if $(BLAS_LIBRARY),src/tensor/blas_own.c,src/tensor/blas_open.c), \
  $(call below,src))
LANG_SRC := $(call below,repl/lang)
# Files in viz/window need SDL; none.c stands in for them.
VIZ_SRC := $(filter-out $(if $(filter 0,$(WINDOWS)),viz/window/%.c,%/none.c),$(call below,viz))
# Files of repl/kernel need its libraries; none.c stands in for them.
REPL_SRC := $(filter-out $(LANG_SRC) $(if $(KERNEL_LIBRARIES),%/kernel/none.c,$(filter-out \
  %/none.c,$(wildcard repl/kernel/*.c))),$(call below,repl))
# Without Readline and Graphviz others stand in.
ifeq ($(MUSL),)
VIZ_SRC := $(filter-out viz/diagram/worker_none.c,$(VIZ_SRC))
REPL_SRC := $(filter-out repl/prompt/edit_plain.c,$(REPL_SRC))
else
VIZ_SRC := $(filter-out viz/diagram/worker.c viz/diagram/layout_gvc.c,$(VIZ_SRC))
REPL_SRC := $(filter-out repl/prompt/edit.c,$(REPL_SRC))
$(B)/obj/viz/diagram/layout.o: private ALL_CFLAGS += -DNB_LIBRARY
endif
MAIN_SRC := $(filter %/main.c,$(REPL_SRC))
PAGE := $(shell find viz -name page.html)
HELPERS_PY := repl/pytorch/helpers.py
# Sources that make writes from other files.
MADE_SRC := $(B)/gen/page.c $(B)/gen/helpers.c
obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIBS := $(if $(REPL_SRC),$(B)/librepl.a) $(if $(VIZ_SRC),$(B)/libviz.a) \
  $(if $(LANG_SRC),$(B)/liblang.a) $(B)/libnabla.a
ALL_SRC := $(ENGINE_SRC) $(LANG_SRC) $(VIZ_SRC) $(REPL_SRC)

prog = $(patsubst %.c,$(B)/%,$(1))
# Some look into what needs the libraries of the kernel.
UNIT := $(call prog,$(sort $(filter-out $(if $(KERNEL_LIBRARIES),,%_kernel.c),$(wildcard tests/unit/test_*.c))))
WINDOW := $(if $(filter 0,$(WINDOWS)),,$(call prog,$(sort $(wildcard tests/window/test_*.c))))
# These run the built program, and are linked with no part of it.
OUTSIDE := $(call prog,$(filter-out $(if $(filter 0,$(WINDOWS)),tests/pty/test_desk.c %/test_display.c %/test_worker.c), \
  $(sort $(wildcard tests/pty/test_*.c tests/samples/test_*.c tests/torture/test_*.c))))
# The program with calls for memory and files that can be made to fail (tests/torture/faults.c).
FAULTY := $(if $(wildcard tests/torture/faults.c),$(B)/tests/torture/nabla)
LANGRUN := $(if $(wildcard tests/lang/run.c),$(B)/tests/lang/run)
BENCH := $(call prog,$(wildcard tests/bench/bench.c))
# The program without link-time optimisation, of the same objects.
APART := $(if $(filter 1,$(LTO)),$(B)/tests/bench/nabla-apart)
# With FUZZ=1 libFuzzer looks for inputs; else the programs replay their corpora.
FUZZERS := $(call prog,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
EMBED := $(if $(wildcard samples/embed.c),$(B)/samples/embed)
helpers = $(filter-out $(foreach p,test_% bench% run.c fuzz_% faults.c,tests/$(1)/$(p)),$(wildcard tests/$(1)/*.c))
BENCH_PARTS := $(filter-out $(if $(filter 0,$(WINDOWS)),tests/bench/windows.c),$(call helpers,bench))
HELPERS := $(foreach d,unit window pty samples lang bench fuzz torture,$(call helpers,$(d))) \
  tests/filter.c tests/proc.c tests/xserver.c tests/coverage.c
ALL_PROGS := $(B)/nabla $(FAULTY) $(EMBED) $(LANGRUN) $(UNIT) $(WINDOW) $(OUTSIDE) $(BENCH)

.PHONY: all deps demo test dist helgrind bench bench-table fuzz lint layers format install installed uninstall deb manual reference clean FORCE libs tests-built \
  run-tests test-musl run-musl test-onnx test-torch test-kernel notebooks mutants torture torture-engine torture-signals torture-display torture-worker \
  torture-memory torture-files coverage coverage-table valgrind-test run-valgrind docs run-demo run-bench run-fuzz \
  fuzz-merge run-fuzz-merge
.SECONDARY:

all: $(B)/nabla
libs: $(LIBS)

# --- what a change of flags rebuilds ---
STAMP := $(B)/flags
$(STAMP): FORCE
	@mkdir -p $(B)
	@test -s $@ || .ci/deps --check $(LIBRARIES)
	@printf '%s\n' '$(CC) $(ALL_CFLAGS) $(LTO_LINK) $(ALL_LDFLAGS) $(LIB_LIBS)' > $@.new.$$$$; \
	if cmp -s $@.new.$$$$ $@; then rm -f $@.new.$$$$; else mv -f $@.new.$$$$ $@; fi

# Libraries follow their list of sources, also when one goes away.
LISTED := $(B)/sources
$(LISTED): FORCE
	@mkdir -p $(B)
	@printf '%s\n' $(ALL_SRC) > $@.new.$$$$; \
	if cmp -s $@.new.$$$$ $@; then rm -f $@.new.$$$$; else mv -f $@.new.$$$$ $@; fi

$(B)/obj/%.o: %.c $(STAMP)
	@mkdir -p $(@D)
	@echo "CC $<"
	$(if $(COVER),@rm -f $(@:.o=.gcda))
	$(Q)$(CC) $(ALL_CFLAGS) $(HARD_HOT) $(LTO_COMPILE) $(if $(filter src/% repl/% viz/%,$<),$(COVER)) -MMD -MP -c -o $@ $<

archive = @echo "AR $@"; rm -f $@; $(AR) rcs $@ $(filter %.o,$^)
$(B)/libnabla.a: $(LISTED) $(call obj,$(ENGINE_SRC))
	$(archive)
$(B)/liblang.a: $(LISTED) $(call obj,$(LANG_SRC))
	$(archive)
# What is installed: position independent, and no names but those the headers declare.
SONAME := libnabla.so.0
EXPORTS := $(B)/lib/src.map
pic = $(patsubst %.c,$(B)/pic/%.o,$(1))
$(B)/pic/%.o: %.c $(STAMP)
	@mkdir -p $(@D)
	@echo "CC $< (library)"
	$(Q)$(CC) $(filter-out -fPIE,$(ALL_CFLAGS)) $(HARD_HOT) -fPIC -fno-semantic-interposition -MMD -MP -c -o $@ $<
$(B)/lib/$(SONAME): $(call pic,$(ENGINE_SRC)) $(EXPORTS) $(LISTED)
	@mkdir -p $(@D)
	@echo "LD $@"
	$(Q)$(CC) $(NO_LTO) $(filter-out -pie --coverage -Wl$(comma)--wrap%,$(ALL_LDFLAGS)) -shared -Wl,-soname,$(SONAME) -Wl,-Bsymbolic \
	  -Wl,--version-script=$(EXPORTS) -o $@ $(filter %.o,$^) $(ENGINE_LIBS)
$(B)/lib/libnabla.a: $(call pic,$(ENGINE_SRC)) $(EXPORTS) $(LISTED)
	@mkdir -p $(@D)
	@echo "AR $@"
	$(Q)sed -n 's/^    \(nb_[a-z0-9_]*\);/\1/p' $(EXPORTS) > $(@D)/exports
	$(Q)$(LD) -r -o $(@D)/nabla.o $(filter %.o,$^)
	$(Q)$(OBJCOPY) --keep-global-symbols=$(@D)/exports $(@D)/nabla.o
	$(Q)rm -f $@; $(AR) rcs $@ $(@D)/nabla.o

# Over it, each in a library of its own: pictures without windows, and the language with its commands.
# The layout worker stays in the program.
VIZ_LIB_SRC := $(filter-out viz/window/% viz/diagram/worker%.c viz/diagram/layout_gvc.c,$(call below,viz))
SESSION_LIB_SRC := $(filter-out repl/prompt/% repl/kernel/% repl/pytorch/%,$(call below,repl))
# Names without nb_ stay inside each.
SHARED_SRC := src/base/text.c src/text/table.c
LIB_SRC = $(ENGINE_SRC) $(VIZ_LIB_SRC) $(SESSION_LIB_SRC)
LIBRARIES_MADE := $(foreach l,libnabla libnabla-viz libnabla-session,$(B)/lib/$(l).a $(B)/lib/$(l).so.0)
$(B)/pic/viz/diagram/layout.o: private ALL_CFLAGS += -DNB_LIBRARY
$(B)/pic/gen/page.o: $(B)/gen/page.c $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -fPIE,$(ALL_CFLAGS)) -fPIC -c -o $@ $<
# What a library exports: the names of its list, which its headers declare, and as NABLA_PRIVATE those
# that the libraries above it, which are of the same version, are found to call besides.
# (folder, its objects, objects above)
define exported
$(B)/lib/$(1).map: $(1)/exports.map .ci/exports $(2) $(3) $(LISTED)
	@mkdir -p $$(@D)
	$(Q).ci/exports $(1)/exports.map '$(2)' '$(3)' > $$@
endef
$(eval $(call exported,src,$(call pic,$(ENGINE_SRC)),$(call pic,$(VIZ_LIB_SRC) $(SESSION_LIB_SRC) $(SHARED_SRC))))
$(eval $(call exported,viz,$(call pic,$(VIZ_LIB_SRC)),$(call pic,$(SESSION_LIB_SRC))))
# (name, objects, list of exports, shared libraries below)
define upper_library
$(B)/lib/$(1).so.0: $(2) $(3) $(4) $(LISTED)
	@echo "LD $$@"
	$(Q)$(CC) $(NO_LTO) $(filter-out -pie --coverage -Wl$(comma)--wrap%,$(ALL_LDFLAGS)) -shared \
	  -Wl,-soname,$(1).so.0 -Wl,-Bsymbolic $(if $(findstring -fsanitize,$(OPT)),,-Wl$(comma)-z$(comma)defs) \
	  -Wl,--version-script=$(strip $(3)) -o $$@ $(2) $(4) -lm
$(B)/lib/$(1).a: $(2) $(3) $(LISTED)
	@mkdir -p $$(@D)
	@echo "AR $$@"
	$(Q)sed -n 's/^    \(nb_[a-z0-9_]*\);/\1/p' $(3) > $$@.exports
	$(Q)$(LD) -r -o $(B)/lib/$(1).o $(2)
	$(Q)$(OBJCOPY) --keep-global-symbols=$$@.exports $(B)/lib/$(1).o
	$(Q)rm -f $$@; $(AR) rcs $$@ $(B)/lib/$(1).o
endef
$(eval $(call upper_library,libnabla-viz,$(call pic,$(VIZ_LIB_SRC) $(SHARED_SRC)) $(B)/pic/gen/page.o,\
  $(B)/lib/viz.map,$(B)/lib/$(SONAME)))
$(eval $(call upper_library,libnabla-session,$(call pic,$(SESSION_LIB_SRC) $(SHARED_SRC)),\
  repl/exports.map,$(B)/lib/libnabla-viz.so.0 $(B)/lib/$(SONAME)))
-include $(patsubst %.o,%.d,$(call pic,$(LIB_SRC)))

# The page around exported graphs, as an array of its lines; the first says what the file is for.
$(B)/gen/page.c: $(PAGE)
	@mkdir -p $(@D)
	@{ echo 'extern const char *const nb_viz_page[];'; echo 'const char *const nb_viz_page[] = {'; \
	  sed -e 1d -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n",/' $<; echo '0};'; } > $@
$(B)/obj/gen/page.o: $(B)/gen/page.c $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
# The same of the Python beside programs translated to PyTorch.
$(B)/gen/helpers.c: $(HELPERS_PY)
	@mkdir -p $(@D)
	@{ echo 'extern const char *const pytorch_helpers[];'; echo 'const char *const pytorch_helpers[] = {'; \
	  sed -e 1d -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n",/' $<; echo '0};'; } > $@
$(B)/obj/gen/helpers.o: $(B)/gen/helpers.c $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/libviz.a: $(LISTED) $(call obj,$(VIZ_SRC)) $(B)/obj/gen/page.o
	$(archive)
$(B)/librepl.a: $(LISTED) $(call obj,$(filter-out $(MAIN_SRC),$(REPL_SRC))) $(B)/obj/gen/helpers.o
	$(archive)

link = @mkdir -p $(@D); echo "LD $@"; $(CC) $(if $(filter $(B)/nabla,$@),$(LTO_LINK),$(NO_LTO)) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(1)
$(B)/nabla $(APART): $(call obj,$(MAIN_SRC)) $(LIBS)
	$(call link,$(LIBS) $(LIB_LIBS))
FAULTED := malloc calloc realloc mmap strdup strndup realpath open_memstream fopencookie getline \
  open close read write fsync rename mkstemp fchmod fchown unlink fopen fread fclose posix_spawnp
$(FAULTY): $(call obj,$(MAIN_SRC) tests/torture/faults.c) $(LIBS)
	$(call link,$(FAULTED:%=-Wl$(comma)--wrap=%) $(LIBS) $(LIB_LIBS))
$(B)/samples/embed $(B)/samples/threads: $(B)/samples/%: $(B)/obj/samples/%.o $(B)/libnabla.a
	$(call link,$(B)/libnabla.a $(ENGINE_LIBS))

# Every test program gets tests/filter.c (K='*pattern*') and the helpers of its folder. Those that
# include nothing but the engine are linked with the engine alone.
ENGINE_LIB := $(B)/libnabla.a
USES_MORE := $(WINDOW) $(patsubst %.c,$(B)/%,$(shell awk \
  '/^.include "/ && !/"(test\.h|(base|tensor|ops|graph|optim|nn|data|text)\/)/ || \
   /^.include <nabla\/(session|viz)/ { print FILENAME }' \
  $(wildcard tests/unit/test_*.c) /dev/null))
libs_of = $(if $(filter $(1),$(USES_MORE)),$(LIBS),$(ENGINE_LIB))
define test_rule
$(1): $(1:$(B)/%=$(B)/obj/%.o) $$(call obj,tests/filter.c $$(call helpers,$(2)) $$(if $$(filter window,$(2)),tests/xserver.c)) $$(call libs_of,$(1))
	$$(call link,$$(filter %.a,$$^) $$(TEST_LIBS) $$(LIB_LIBS))
endef
$(foreach t,$(UNIT),$(eval $(call test_rule,$(t),unit)))
$(foreach t,$(WINDOW),$(eval $(call test_rule,$(t),window)))
# Requests for memory of these can be refused (tests/window/refuse.h).
$(B)/tests/window/test_refused_%: private ALL_LDFLAGS += $(patsubst %,-Wl$(comma)--wrap=%, \
  malloc calloc realloc aligned_alloc strdup strndup open_memstream)
$(OUTSIDE): $(B)/tests/%: $(B)/obj/tests/%.o \
  $(call obj,tests/filter.c tests/proc.c tests/xserver.c $(foreach d,pty samples torture,$(call helpers,$(d))))
	$(call link,$(TEST_LIBS) -lm)
$(LANGRUN): $(B)/obj/tests/lang/run.o $(call obj,tests/proc.c $(call helpers,lang))
	$(call link,-lm)
$(BENCH): $(B)/tests/bench/%: $(B)/obj/tests/bench/%.o \
  $(call obj,tests/proc.c tests/xserver.c $(BENCH_PARTS) $(call helpers,pty)) $(LIBS)
	$(call link,$(LIBS) $(LIB_LIBS) $(BENCH_LIBS))
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

# Coverage builds also write their counters where a process does not end by exit().
ifeq ($(COV),1)
$(ALL_PROGS) $(FUZZERS): $(call obj,tests/coverage.c)
endif

-include $(patsubst %.o,%.d,$(call obj,$(ALL_SRC) $(HELPERS) samples/embed.c tests/torture/faults.c)) \
  $(patsubst $(B)/%,$(B)/obj/%.d,$(LANGRUN) $(UNIT) $(WINDOW) $(OUTSIDE) $(BENCH) $(FUZZERS))

# --- dependencies ---
deps:
	@.ci/deps $(sort $(LIBRARIES) $(KERNEL_WANTED)) $(TEST_LIBRARIES) fonts

# --- demo ---
demo: deps
	@+$(SUB) run-demo
run-demo: $(B)/nabla
	@rm -rf $(B)/demo; mkdir -p $(B)/demo
	@echo "cd $(B)/demo; nabla ../../samples/rosenbrock.nabla"
	@root=$$PWD; cd $(B)/demo && $$root/$(B)/nabla $$root/samples/rosenbrock.nabla
	@echo; echo "in $(B)/demo:"; ls -l $(B)/demo | awk 'NR > 1 { printf "  %-20s %8d bytes\n", $$9, $$5 }'

# --- tests ---
test: deps
	@.ci/deps --tools python3 shells desktop manual $(if $(filter 0,$(WINDOWS)),,xvfb managers) $(if $(filter 1,$(VALGRIND)),valgrind)
	@+$(SUB) tests-built
	@K='$(K)' V='$(V)' VALGRIND='$(VALGRIND)' NB_CC='$(CC)' NB_FLAGS='$(filter -fsanitize% --coverage,$(OPT) $(COVER))' \
	  sh tests/run.sh $(B) '$(UNIT)' '$(WINDOW)' '$(LANGRUN)' '$(OUTSIDE)' '$(FUZZERS)'
tests-built: $(B)/nabla $(LIBRARIES_MADE) $(FAULTY) $(EMBED) $(LANGRUN) $(UNIT) $(WINDOW) $(OUTSIDE) $(if $(FUZZ),,$(FUZZERS))

# Which lines and branches the tests run: gcov's counters of a build of its own.
coverage: deps
	@.ci/deps --tools xvfb managers shells desktop manual
	@+$(SUB) COV=1 tests-built
	@$(if $(K),,find build/cov -name '*.gcda' -delete)
	@code=0; for t in test $(if $(K),,test-kernel test-torch); do \
	  NB_PATIENCE=$${NB_PATIENCE:-6} NB_LIMIT=$${NB_LIMIT:-5400} \
	  $(MAKE) --no-print-directory COV=1 TORCH_GRAPHS=200 TORCH_PROGRAMS=200 $$t || code=$$?; done; \
	  $(MAKE) --no-print-directory coverage-table && exit $$code
F ?=
coverage-table:
	@/usr/bin/python3 -B tests/coverage.py build/cov tests/coverage.txt $(if $(F),--open '$(F)')

# Contexts side by side in threads under helgrind, which takes locks that are missing for errors.
helgrind: deps
	@.ci/deps --tools valgrind
	@+$(SUB) VALGRIND=1 build/valgrind/tests/unit/test_contexts build/valgrind/samples/threads
	@for t in tests/unit/test_contexts samples/threads; do echo "helgrind $$t"; \
	  valgrind --tool=helgrind -q --error-exitcode=99 --num-callers=24 --gen-suppressions=all \
	  --suppressions=tests/helgrind.supp build/valgrind/$$t || exit 1; done

# The program with musl, built without libraries: no windows, no pictures, the plainest prompt.
test-musl: deps
	@.ci/deps --tools musl
	@+$(SUB) CC=musl-gcc WINDOWS=0 BLAS=own KERNEL=0 LTO=0 run-musl
MUSL_UNIT = $(filter-out $(filter-out %/test_embed %/test_scripts,$(USES_MORE)),$(UNIT))
MUSL_OUTSIDE = $(filter $(addprefix $(B)/tests/,$(addprefix pty/test_,plain readme prompt options limits safe \
  teach places memory) samples/test_golden samples/test_grade),$(OUTSIDE))
run-musl: $(B)/nabla $(LANGRUN) $(MUSL_UNIT) $(MUSL_OUTSIDE)
	@K='$(K)' V='$(V)' NB_BARE=1 \
	  sh tests/run.sh $(B) '$(MUSL_UNIT)' '' '$(LANGRUN)' '$(MUSL_OUTSIDE)' ''
ifneq ($(MUSL),)
$(patsubst $(B)/%,$(B)/obj/%.o,$(MUSL_UNIT) $(MUSL_OUTSIDE)) $(call obj,$(HELPERS)): $(TEST_LIBS)
$(TEST_LIBS): tests/musl/cmocka.sh
	@CC='$(CC)' sh tests/musl/cmocka.sh $(B)
endif

valgrind-test:
	@+$(MAKE) --no-print-directory VALGRIND=1 test

# Large runs of tests that find things by chance; each part is a target of its own.
TORTURE += torture-engine torture-signals torture-display torture-worker \
  torture-memory torture-files
TORTURE_PROGRAMS ?= 5000
TORTURE_SEED ?= $(shell date +%s)
torture: $(TORTURE)
torture-engine: deps
	@+$(SUB) $(B)/nabla $(B)/tests/unit/test_random
	@echo "random programs: NB_PROGRAMS=$(TORTURE_PROGRAMS) NB_SEED=$(TORTURE_SEED)"
	@NB_PROGRAMS=$(TORTURE_PROGRAMS) NB_SEED=$(TORTURE_SEED) \
	  sh tests/run.sh $(B) '$(B)/tests/unit/test_random' '' '' ''

# These run in make test in a sampled form.
torture-signals torture-display torture-worker torture-memory torture-files: torture-%: deps
	@.ci/deps --tools xvfb
	@+$(SUB) $(B)/nabla $(FAULTY) $(B)/tests/torture/test_$*
	@NB_TORTURE=1 NB_LIMIT=86400 sh tests/run.sh $(B) '' '' '' '$(B)/tests/torture/test_$*'

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

# Optional: random graphs in nabla and in PyTorch, compared. Installs python3-torch (1 GB).
TORCH_GRAPHS ?= 1200
TORCH_SEED ?= 1
TORCH_PROGRAMS ?= 300
test-torch: deps
	@.ci/deps --tools torch
	@+$(SUB) $(B)/nabla
	@/usr/bin/python3 -B tests/torch/points.py $(B)/nabla
	@/usr/bin/python3 -B tests/torch/graphs.py $(B)/nabla $(TORCH_GRAPHS) $(TORCH_SEED)
	@/usr/bin/python3 -B tests/torch/exported.py $(B)/nabla 200 $(TORCH_SEED)
	@/usr/bin/python3 -B tests/torch/weights.py $(B)/nabla
	@/usr/bin/python3 -B tests/torch/files.py $(B)/nabla
	@/usr/bin/python3 -B -W ignore tests/torch/random_programs.py $(B)/nabla $(TORCH_PROGRAMS) $(TORCH_SEED)
	@/usr/bin/python3 -B -W ignore tests/torch/sections.py $(B)/nabla tests/lang/translated.nabla
	@/usr/bin/python3 -B tests/torch/processes.py $(B)/nabla $(addprefix samples/,processes.nabla spiral.nabla iris.nabla)
	@/usr/bin/python3 -B tests/torch/programs.py $(B)/nabla $(sort $(wildcard samples/*.nabla samples/lessons/*.nabla))

# The kernel with real clients: Jupyter's own suite, nbclient, nbconvert, a browser.
test-kernel: deps
	@.ci/deps --tools jupyter $(if $(filter 1,$(VALGRIND)),valgrind)
	@+$(SUB) $(B)/nabla $(FAULTY)
	@VALGRIND='$(VALGRIND)' NB_PATIENCE=$${NB_PATIENCE:-$(or $(if $(filter 1,$(VALGRIND)),20),$(if \
	  $(filter 1,$(TSAN)),8),$(if $(filter 1,$(SAN)),4),1)} \
	  /usr/bin/python3 -B tests/kernel/run.py $(B) '$(K)'

# The lessons as notebooks, with what their cells show.
NOTEBOOKS := $(patsubst samples/lessons/%.nabla,$(B)/notebooks/%.ipynb,$(wildcard samples/lessons/*.nabla))
notebooks: $(NOTEBOOKS)
$(B)/notebooks/%.ipynb: samples/lessons/%.nabla $(B)/nabla
	@mkdir -p $(@D)
	@echo "$@"
	$(Q)cd $(@D) && LC_ALL=C.UTF-8 NABLA_WORKER=$(CURDIR)/$(B)/nabla $(CURDIR)/$(B)/nabla --to-notebook $(CURDIR)/$< --run > $(@F)

include web/web.mk

# --- benchmarks, fuzzing ---
bench: deps
	@.ci/deps openblas
	@$(if $(filter 0,$(WINDOWS)),,.ci/deps --tools xvfb)
	@+$(SUB) run-bench
# BENCH_TABLE=file gets the rows as the table of doc/speed.md.
BENCH_TABLE ?=
run-bench: $(B)/nabla $(APART) $(BENCH)
	@for b in $(BENCH); do env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE NB_PROGRAM=$(B)/nabla \
	  NB_APART=$(APART) $$b $(BENCH_TABLE) || exit 1; done
bench-table: deps
	@+$(SUB) BENCH_TABLE=$(B)/speed.md run-bench
	@sh tests/docs.sh --speed $(B)/speed.md

# Each fuzzer looks for FUZZ_SECONDS; what is new lies in build/fuzz/corpus, and fuzz-merge takes
# of it what reaches further into tests/fuzz/corpus. FAST=1 is without sanitizers.
FUZZ_SECONDS ?= 60
FUZZ_OF ?= $(FUZZERS:$(B)/tests/fuzz/fuzz_%=%)
FUZZ_DICT = $(firstword $(wildcard tests/fuzz/dict/$(1).dict) tests/fuzz/dict/language.dict)
fuzz fuzz-merge:
	@.ci/deps --tools clang
	@+$(SUB) FUZZ=1 run-$@
run-fuzz: $(FUZZERS)
	@export LSAN_OPTIONS="suppressions=$$PWD/tests/lsan.supp:print_suppressions=0"; \
	$(foreach t,$(FUZZ_OF),mkdir -p $(B)/corpus/$(t); echo "fuzz_$(t)"; \
	  $(B)/tests/fuzz/fuzz_$(t) -max_total_time=$(FUZZ_SECONDS) -timeout=30 -rss_limit_mb=4096 \
	  -max_len=2000 -print_final_stats=1 -verbosity=0 -artifact_prefix=$(CURDIR)/$(B)/ \
	  -dict=$(call FUZZ_DICT,$(t)) $(B)/corpus/$(t) tests/fuzz/corpus/$(t) || exit 1;)
run-fuzz-merge: $(FUZZERS)
	@$(foreach t,$(FUZZ_OF),mkdir -p $(B)/corpus/$(t) tests/fuzz/corpus/$(t); \
	  $(B)/tests/fuzz/fuzz_$(t) -set_cover_merge=1 -use_counters=0 -max_len=2000 -verbosity=0 tests/fuzz/corpus/$(t) \
	  $(B)/corpus/$(t) || exit 1;)

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

# --- checks and housekeeping ---
LINT = @CC='$(CC)' LINT_STRICT='$(if $(CONFIG),,1)' LINT_OBJECTS='$(call obj,$(ALL_SRC)) $(MADE_SRC:$(B)/%.c=$(B)/obj/%.o)' sh tests/lint.sh
lint: $(LIBS) $(call obj,$(MAIN_SRC))
	$(LINT)
# Who may know whom alone; strikes out of tests/layers.known what is mended. KNOWN=all: what is
# there now becomes known.
layers: $(LIBS) $(call obj,$(MAIN_SRC))
	$(LINT) layers $(KNOWN)
format:
	@find include src repl viz web tests samples doc -name '*.[ch]' | xargs clang-format -i
docs: $(B)/nabla $(B)/tests/unit/test_calls
	@NB_WRITE_CALLS=1 $(B)/tests/unit/test_calls >/dev/null 2>&1
	@sh tests/docs.sh $(B)/nabla

# The manual of the library: pages for man, and for a browser in build/reference.
MANUAL := $(B)/man/nabla.3
MANUAL_FROM := doc/reference/pages.awk $(sort $(wildcard include/nabla/*.h)) $(sort $(wildcard doc/reference/*.c))
$(MANUAL): $(MANUAL_FROM)
	@rm -rf $(@D); mkdir -p $(@D)
	$(Q)awk -v out=$(@D) -v version='$(VERSION)' -v date='$(VERSION_DATE)' -f $(MANUAL_FROM)
manual: $(MANUAL)
reference: $(MANUAL)
	@.ci/deps --tools manual
	@rm -rf $(B)/reference; mkdir -p $(B)/reference; cp doc/reference/reference.css $(B)/reference
	@sed -e 's/@VERSION@/$(VERSION)/; s/@DATE@/$(VERSION_DATE)/' doc/nabla.1 > $(B)/reference/nabla.1
	@for f in $(B)/reference/nabla.1 $(B)/man/nabla*.3; do n=$${f##*/}; \
	  mandoc -T html -O style=reference.css,man=%N.%S.html,toc $$f > $(B)/reference/$$n.html || exit 1; done
	@rm $(B)/reference/nabla.1; cp $(B)/reference/nabla.3.html $(B)/reference/index.html
	@echo "$(B)/reference/index.html"

# Words with spaces are welcome in the folders named; .ci/install says what goes where.
INSTALL = PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' MANDIR='$(MANDIR)' DESTDIR='$(DESTDIR)' B='$(B)' \
  VERSION='$(VERSION)' DATE='$(VERSION_DATE)' STRIP='$(STRIP)' REQUIRES='$(BLAS_LIBRARY)' NOTEBOOKS='$(if $(KERNEL_LIBRARIES),$(NOTEBOOKS))' .ci/install
installed: $(B)/nabla $(LIBRARIES_MADE) $(MANUAL) $(if $(KERNEL_LIBRARIES),$(NOTEBOOKS))
install: installed
	$(Q)$(INSTALL)
uninstall:
	$(Q)$(INSTALL) --remove

# The tree as committed, named after its version: the same bytes each time, with their checksum.
DIST ?= build/dist
DIST_NAME := nabla-$(VERSION)
dist:
	@git diff --quiet HEAD -- || echo "dist: what is not committed is left out" >&2
	@mkdir -p '$(DIST)'
	@git archive --format=tar --prefix=$(DIST_NAME)/ HEAD | gzip -9n > '$(DIST)/$(DIST_NAME).tar.gz.new'
	@mv '$(DIST)/$(DIST_NAME).tar.gz.new' '$(DIST)/$(DIST_NAME).tar.gz'
	@cd '$(DIST)' && sha256sum $(DIST_NAME).tar.gz > $(DIST_NAME).tar.gz.sha256 && cat $(DIST_NAME).tar.gz.sha256

# Packages of Debian, from what is committed, in build/deb; NB_DEPS=check asks for nothing to be installed.
deb:
	@.ci/deps --tools debian
	@rm -rf build/deb; mkdir -p build/deb/nabla-$(VERSION)
	@git archive HEAD | tar -x -C build/deb/nabla-$(VERSION)
	@cd build/deb/nabla-$(VERSION) && dpkg-buildpackage -us -uc $(DEB_FLAGS)
	@cd build/deb && lintian --fail-on error,warning --tag-display-limit 0 *.changes

clean:
	rm -rf build
