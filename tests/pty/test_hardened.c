/* test_hardened.c -- the built program carries what make builds in against exploits */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

#ifdef NB_HARDENED /* not under checkers, which bring their own */

static char *image;
static size_t size;

static int read_program(void **state)
{
    (void)state;
    const char *wrapped = proc_env("NB_WORKER", ""); /* NB_PROGRAM is a script then */
    image = proc_read_file(*wrapped ? wrapped : proc_env("NB_PROGRAM", "build/nabla"), &size);
    return image && size > sizeof(Elf64_Ehdr) && memcmp(image, ELFMAG, SELFMAG) == 0 &&
                   image[EI_CLASS] == ELFCLASS64
               ? 0
               : -1;
}

static int forget_program(void **state)
{
    (void)state;
    free(image);
    return 0;
}

static Elf64_Ehdr header(void)
{
    Elf64_Ehdr e;
    memcpy(&e, image, sizeof e);
    return e;
}

/* The segment of this type; false when there is none. */
static bool segment(Elf64_Word type, Elf64_Phdr *found)
{
    Elf64_Ehdr e = header();
    for (int i = 0; i < e.e_phnum; i++) {
        memcpy(found, image + e.e_phoff + (size_t)i * sizeof *found, sizeof *found);
        if (found->p_type == type) {
            return true;
        }
    }
    return false;
}

/* The value of an entry of the dynamic section; 0 when there is none. */
static Elf64_Xword dynamic(Elf64_Sxword tag)
{
    Elf64_Phdr p;
    assert_true(segment(PT_DYNAMIC, &p));
    for (size_t at = 0; at + sizeof(Elf64_Dyn) <= p.p_filesz; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn d;
        memcpy(&d, image + p.p_offset + at, sizeof d);
        if (d.d_tag == tag) {
            return d.d_un.d_val;
        }
    }
    return 0;
}

/* A name among those of dynamic symbols: image holds it between NULs. */
static bool calls(const char *name)
{
    size_t n = strlen(name) + 1;
    for (size_t i = 1; i + n <= size; i++) {
        if (image[i - 1] == '\0' && memcmp(image + i, name, n) == 0) {
            return true;
        }
    }
    return false;
}

static void addresses_are_chosen_at_the_start(void **state)
{
    (void)state;
    assert_int_equal(header().e_type, ET_DYN);
    assert_true((dynamic(DT_FLAGS_1) & DF_1_PIE) != 0);
}

static void tables_of_functions_cannot_be_written(void **state)
{
    (void)state;
    Elf64_Phdr p;
    assert_true(segment(PT_GNU_RELRO, &p));
    assert_true((dynamic(DT_FLAGS) & DF_BIND_NOW) != 0 || (dynamic(DT_FLAGS_1) & DF_1_NOW) != 0);
}

static void the_stack_runs_no_code(void **state)
{
    (void)state;
    Elf64_Phdr p;
    assert_true(segment(PT_GNU_STACK, &p));
    assert_int_equal(p.p_flags & PF_X, 0);
}

static void stacks_and_copies_are_checked(void **state)
{
    (void)state;
    assert_true(calls("__stack_chk_fail"));
    assert_true(calls("__snprintf_chk") || calls("__vsnprintf_chk"));
}

#if defined(__x86_64__) && defined(__CET__)
/* The property says that every indirect jump lands on a mark, and returns can be held against a
 * second stack. */
static void jumps_land_on_marks(void **state)
{
    (void)state;
    Elf64_Phdr p;
    assert_true(segment(PT_GNU_PROPERTY, &p));
    bool marked = false;
    for (size_t at = 16; at + 12 <= p.p_filesz;) { /* behind the head of the note */
        Elf64_Word type, bytes, value;
        memcpy(&type, image + p.p_offset + at, 4);
        memcpy(&bytes, image + p.p_offset + at + 4, 4);
        memcpy(&value, image + p.p_offset + at + 8, 4);
        marked |= type == GNU_PROPERTY_X86_FEATURE_1_AND &&
                  (value & (GNU_PROPERTY_X86_FEATURE_1_IBT | GNU_PROPERTY_X86_FEATURE_1_SHSTK)) ==
                      (GNU_PROPERTY_X86_FEATURE_1_IBT | GNU_PROPERTY_X86_FEATURE_1_SHSTK);
        at += 8 + (bytes + 7) / 8 * 8;
    }
    assert_true(marked);
}
#endif

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_chosen_at_the_start),
        cmocka_unit_test(tables_of_functions_cannot_be_written),
        cmocka_unit_test(the_stack_runs_no_code),
        cmocka_unit_test(stacks_and_copies_are_checked),
#if defined(__x86_64__) && defined(__CET__)
        cmocka_unit_test(jumps_land_on_marks),
#endif
    };
    return cmocka_run_group_tests(tests, read_program, forget_program);
}

#else

static void nothing_is_built_in(void **state)
{
    (void)state;
    assert_int_not_equal(*proc_env("NB_PROGRAM", "build/nabla"), 0);
}

SUITE()
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_built_in)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
