/* topics.h -- help on statements and ideas, which are in no other table */
#ifndef NABLA_CMD_TOPICS_H
#define NABLA_CMD_TOPICS_H

typedef struct Topic {
    const char *name, *group, *usage, *doc, *example;
} Topic;

int topic_count(void);
const Topic *topic_at(int i); /* 0 ≤ i < topic_count */
/* The topic that tells of a word of the language, `if` of else; word where none does. */
const char *topic_of_word(const char *word);

#endif
