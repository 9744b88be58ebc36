/* How far a stream has come, so that of a stream that is taken up again only what is new is told.
 * Pure.
 *
 * Every event has a position: text by its bytes, everything else by how many of its kind came
 * before it in its block. A connection moves a cursor through the positions; what lies before what
 * has been delivered is no news. Taken up behind an event id the cursor begins where that event
 * stood; when the interaction's start comes again, at the very beginning. */
#ifndef GIA_WIRE_PROGRESS_H
#define GIA_WIRE_PROGRESS_H

#include <gia/event.h>

#include "core/mem.h"

typedef struct gia__progress_s gia__progress_t;

/* NULL: out of memory. */
gia__progress_t *gia__progress_new(const gia__mem_t *mem);
void gia__progress_free(gia__progress_t *progress); /* NULL is fine */

#define GIA__PROGRESS_OLD  0 /* it was delivered before */
#define GIA__PROGRESS_NEW  1
#define GIA__PROGRESS_PART 2 /* the first *skip bytes of its text or arguments were */

/* Moves the cursor over an event: one of the above, or GIA_ENOMEM. */
int gia__progress_take(gia__progress_t *progress, const gia_event_t *event, size_t *skip);

/* There were more blocks than are kept in mind: what comes again cannot be told from news any more.
 */
int gia__progress_is_lost(const gia__progress_t *progress);

/* All that was taken stands before the event id that is remembered from now on. */
void gia__progress_mark(gia__progress_t *progress);

/* Another connection begins: behind the marked event, or from the start. */
void gia__progress_rewind(gia__progress_t *progress, int to_mark);

#endif
