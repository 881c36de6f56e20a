/* subjects.h -- what a student asks for in words of the field, and where it is told */
#ifndef NABLA_CMD_SUBJECTS_H
#define NABLA_CMD_SUBJECTS_H

typedef struct HelpSubject {
    const char *words; /* that ask for it, blanks between; several words of one are joined by _ */
    const char *says;
    const char *see; /* names that have help, blanks between */
    int lesson;      /* that is about it; 0: none */
} HelpSubject;

int subject_count(void);
const HelpSubject *subject_at(int i); /* 0 ≤ i < subject_count */
/* The subject of a word in any case, also in the plural; NULL: none. */
const HelpSubject *subject_find(const char *word);

#endif
