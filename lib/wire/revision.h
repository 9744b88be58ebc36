/* The names of both revisions: the one table. */
#ifndef GIA_WIRE_REVISION_H
#define GIA_WIRE_REVISION_H

#include <stddef.h>

#include <gia/content.h>
#include <gia/event.h>
#include <gia/interaction.h>

/* The type of an event by its wire name of either revision. "interaction.<status>" with a known
 * status that is no event of its own is a status update, and *status gets it; else that is
 * GIA_STATUS_NONE. *revision is -1 unless the name tells it. */
gia_event_type_t gia__event_type_of(const char *wire_name, size_t len, gia_status_t *status,
                                    int *revision /* -1 unknown, else gia_revision_t */);
gia_delta_type_t gia__delta_type_of(const char *wire_name, size_t len);
gia_content_type_t gia__content_type_of(const char *wire_name, size_t len);
gia_status_t gia__status_of(const char *text, size_t len);
gia_annotation_type_t gia__annotation_type_of(const char *wire_name, size_t len);

/* text, image, audio, video, document: what a model_output step holds. */
int gia__content_is_part(gia_content_type_t type);

#endif
