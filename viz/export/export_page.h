/* export_page.h -- the text of page.html, line by line, put into the program by make */
#ifndef NABLA_VIZ_EXPORT_PAGE_H
#define NABLA_VIZ_EXPORT_PAGE_H

/* Lines with their ends, but for the first; NULL behind the last. Those that begin with @@ name
 * what is filled in. */
extern const char *const nb_viz_page[];

#endif
