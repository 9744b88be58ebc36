/* A doubly linked list whose links live in the objects: nothing to allocate, nothing to fail. */
#ifndef GIA_CORE_LIST_H
#define GIA_CORE_LIST_H

#include <stddef.h>

typedef struct gia__list_s {
    struct gia__list_s *next;
    struct gia__list_s *previous;
} gia__list_t;

/* The object of which `link` is the member. */
#define GIA__LIST_OBJECT(link, type, member)                                                       \
    ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void gia__list_init(gia__list_t *list)
{
    list->next = list->previous = list;
}

static inline int gia__list_empty(const gia__list_t *list)
{
    return list->next == list;
}

static inline void gia__list_append(gia__list_t *list, gia__list_t *link)
{
    link->previous = list->previous;
    link->next = list;
    list->previous->next = link;
    list->previous = link;
}

/* A removed link is empty again, so removing it twice does no harm. */
static inline void gia__list_remove(gia__list_t *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    gia__list_init(link);
}

/* Moves all of `from` into the empty list `to`: what is appended to `from` afterwards stays there.
 */
static inline void gia__list_take(gia__list_t *to, gia__list_t *from)
{
    gia__list_init(to);
    if (gia__list_empty(from))
        return;
    *to = *from;
    to->next->previous = to;
    to->previous->next = to;
    gia__list_init(from);
}

#endif
