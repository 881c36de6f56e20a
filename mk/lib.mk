# lib.mk -- the libraries, their manual, and what is installed; read by Makefile

PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
VERSION := $(shell sed -n 's/^.define NB_VERSION "\(.*\)"/\1/p' include/nabla/version.h)
VERSION_DATE := $(shell sed -n 's/^.define NB_VERSION_DATE "\([-0-9]*\)".*/\1/p' include/nabla/version.h)
STRIP ?= strip

# --- libraries: no names but those the headers declare ---
# Over the engine, each in a library of its own: pictures without windows, and the language with its
# commands. The layout worker stays in the program.
SONAME := libnabla.so.0
VIZ_LIB_SRC := $(filter-out viz/window/% viz/diagram/worker%.c viz/diagram/layout_gvc.c,$(call below,viz))
SESSION_LIB_SRC := $(filter-out repl/prompt/% repl/kernel/% repl/pytorch/%,$(call below,repl))
# Names without nb_ stay inside each.
SHARED_SRC := src/base/text.c src/text/table.c
LIBRARIES_MADE := $(foreach l,libnabla libnabla-viz libnabla-session,$(B)/lib/$(l).a $(B)/lib/$(l).so.0)
# One file is compiled for the libraries otherwise than for the program.
$(B)/lib/obj/%.o: %.c $(STAMP)
	@mkdir -p $(@D)
	@echo "CC $< (library)"
	$(compile) -DNB_LIBRARY
OTHER_LIB_SRC := viz/diagram/layout.c
lib_obj = $(call obj,$(filter-out $(OTHER_LIB_SRC),$(1))) $(patsubst %.c,$(B)/lib/obj/%.o,$(filter $(OTHER_LIB_SRC),$(1)))
ENGINE_OBJ := $(call obj,$(ENGINE_SRC))
VIZ_LIB_OBJ := $(call lib_obj,$(VIZ_LIB_SRC))
SESSION_LIB_OBJ := $(call lib_obj,$(SESSION_LIB_SRC))
SHARED_OBJ := $(call obj,$(SHARED_SRC))
-include $(patsubst %.o,%.d,$(VIZ_LIB_OBJ) $(SESSION_LIB_OBJ))

# What a library exports: the names of its list, which its headers declare, and as NABLA_PRIVATE those
# that the libraries above it, which are of the same version, are found to call besides.
$(B)/lib/src.map: ABOVE = $(VIZ_LIB_OBJ) $(SESSION_LIB_OBJ) $(SHARED_OBJ)
$(B)/lib/viz.map: ABOVE = $(SESSION_LIB_OBJ)
$(B)/lib/src.map: $(ENGINE_OBJ)
$(B)/lib/viz.map: $(VIZ_LIB_OBJ)
$(B)/lib/src.map $(B)/lib/viz.map: $(VIZ_LIB_OBJ) $(SESSION_LIB_OBJ)
$(B)/lib/%.map: %/exports.map .ci/exports $(LISTED)
	@mkdir -p $(@D)
	$(Q).ci/exports $< '$(OWN)' '$(ABOVE)' > $@
$(B)/lib/src.map: OWN = $(ENGINE_OBJ)
$(B)/lib/viz.map: OWN = $(VIZ_LIB_OBJ)

$(B)/lib/libnabla.a $(B)/lib/$(SONAME): $(B)/lib/src.map $(ENGINE_OBJ)
$(B)/lib/libnabla-viz.a $(B)/lib/libnabla-viz.so.0: $(B)/lib/viz.map $(VIZ_LIB_OBJ) $(SHARED_OBJ) $(B)/obj/gen/page.o
$(B)/lib/libnabla-session.a $(B)/lib/libnabla-session.so.0: repl/exports.map $(SESSION_LIB_OBJ) $(SHARED_OBJ)
$(B)/lib/libnabla-viz.so.0: $(B)/lib/$(SONAME)
$(B)/lib/libnabla-session.so.0: $(B)/lib/libnabla-viz.so.0 $(B)/lib/$(SONAME)
$(B)/lib/$(SONAME): UNDER = $(ENGINE_LIBS)
$(B)/lib/%.so.0: $(LISTED)
	@mkdir -p $(@D)
	@echo "LD $@"
	$(Q)$(CC) $(NO_LTO) $(filter-out -pie -Wl$(comma)--wrap%,$(ALL_LDFLAGS)) -shared -Wl,-soname,$(@F) -Wl,-Bsymbolic \
	  $(if $(findstring -fsanitize,$(OPT)),,-Wl$(comma)-z$(comma)defs) -Wl,--version-script=$(filter %.map,$^) -o $@ \
	  $(filter %.o %.so.0,$^) $(UNDER) -lm
# Without what link-time optimisation alone reads.
$(B)/lib/%.a: $(LISTED)
	@mkdir -p $(@D)
	@echo "AR $@"
	$(Q)sed -n 's/^    \(nb_[a-z0-9_]*\);/\1/p' $(filter %.map,$^) > $@.exports
	$(Q)$(LD) -r -o $(B)/lib/$*.o $(filter %.o,$^)
	$(Q)$(OBJCOPY) --keep-global-symbols=$@.exports -R '.gnu.lto_*' -R '.gnu.debuglto_*' -N __gnu_lto_v1 $(B)/lib/$*.o
	$(Q)rm -f $@; $(AR) rcs $@ $(B)/lib/$*.o

# --- manual: pages for man, and for a browser in build/reference ---
MANUAL := $(B)/man/nabla.3
MANUAL_FROM := doc/reference/pages.awk $(sort $(wildcard include/nabla/*.h)) $(sort $(wildcard doc/reference/*.c))
$(MANUAL): $(MANUAL_FROM)
	@rm -rf $(@D); mkdir -p $(@D)
	$(Q)awk -v out=$(@D) -v version='$(VERSION)' -v date='$(VERSION_DATE)' -f $(MANUAL_FROM)
#: reference | build/reference, the manual of the library
manual: $(MANUAL)
reference: $(MANUAL)
	@.ci/deps --tools manual
	@rm -rf $(B)/reference; mkdir -p $(B)/reference; cp doc/reference/reference.css $(B)/reference
	@sed -e 's/@VERSION@/$(VERSION)/; s/@DATE@/$(VERSION_DATE)/' doc/nabla.1 > $(B)/reference/nabla.1
	@for f in $(B)/reference/nabla.1 $(B)/man/nabla*.3; do n=$${f##*/}; \
	  mandoc -T html -O style=reference.css,man=%N.%S.html,toc $$f > $(B)/reference/$$n.html || exit 1; done
	@rm $(B)/reference/nabla.1; cp $(B)/reference/nabla.3.html $(B)/reference/index.html
	@echo "$(B)/reference/index.html"

# --- the lessons as notebooks, with what their cells show ---
#: notebooks | build/notebooks, the lessons as notebooks
NOTEBOOKS := $(patsubst samples/lessons/%.nabla,$(B)/notebooks/%.ipynb,$(wildcard samples/lessons/*.nabla))
notebooks: $(NOTEBOOKS)
$(B)/notebooks/%.ipynb: samples/lessons/%.nabla $(B)/nabla
	@mkdir -p $(@D)
	@echo "$@"
	$(Q)cd $(@D) && LC_ALL=C.UTF-8 NABLA_WORKER=$(CURDIR)/$(B)/nabla $(CURDIR)/$(B)/nabla --to-notebook $(CURDIR)/$< --run > $(@F)

# --- installing ---
# Words with spaces are welcome in the folders named; .ci/install says what goes where.
INSTALL = PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' MANDIR='$(MANDIR)' DESTDIR='$(DESTDIR)' B='$(B)' \
  VERSION='$(VERSION)' DATE='$(VERSION_DATE)' STRIP='$(STRIP)' REQUIRES='$(BLAS_LIBRARY)' NOTEBOOKS='$(if $(KERNEL_LIBRARIES),$(NOTEBOOKS))' .ci/install
installed: $(B)/nabla $(LIBRARIES_MADE) $(MANUAL) $(if $(KERNEL_LIBRARIES),$(NOTEBOOKS))
#: install | the program, libraries and manual, with PREFIX=/usr/local DESTDIR=
install: installed
	$(Q)$(INSTALL)
#: uninstall | takes away what install put there
uninstall:
	$(Q)$(INSTALL) --remove

.PHONY: notebooks manual reference installed install uninstall
