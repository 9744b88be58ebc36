/* The interaction as an object: views of a decoded JSON document, whichever revision it is in. */
#ifndef GIA_WIRE_INTERACTION_H
#define GIA_WIRE_INTERACTION_H

#include <gia/interaction.h>

#include "core/buf.h"
#include "json/value.h"

/* Decodes one interaction; takes the text out of `body`, whose memory must come from the hooks of
 * `mem` (the body is empty afterwards, whatever happens). Owned by the caller:
 * gia_interaction_release. Codes of gia__json_parse, or GIA_EPROTOCOL for JSON that is no
 * interaction (an object with none of id, status, outputs, steps). `error` may be NULL. */
int gia__interaction_decode(gia_interaction_t **out, const gia__mem_t *mem, gia__buf_t *body,
                            const gia__json_limits_t *limits, size_t max_json,
                            gia__json_error_t *error);

/* Fills *error from an error object, or from a bare string, which is its message. `arena` takes the
 * text of a code that is a number. GIA_OK, or GIA_ENOMEM / GIA_EJSON_TOO_BIG. */
int gia__interaction_error_read(gia_interaction_error_t *error, const gia_json_t *json,
                                gia__arena_t *arena);

/* Fills *content from a content, output, step or delta object, or from a bare string, which is
 * text. `arena` takes a joined thought summary. GIA_OK, or GIA_ENOMEM / GIA_EJSON_TOO_BIG. */
int gia__content_read(gia_content_t *content, const gia_json_t *json, gia__arena_t *arena);

/* The type of a content, output, step or delta object, told by its text if it has no `type`. */
gia_content_type_t gia__content_type(const gia_json_t *json);

/* The text of a content that is text: its member, or itself if it is a bare string. Else NULL. */
const gia_json_t *gia__content_text(const gia_json_t *json);

/* The elements of a list, or of the one object or string that stands for a list of one. */
size_t gia__list_count(const gia_json_t *list);
const gia_json_t *gia__list_at(const gia_json_t *list, size_t index);

/* Why the arena gave nothing: GIA_EJSON_TOO_BIG or GIA_ENOMEM. */
int gia__arena_code(const gia__arena_t *arena);

/* The member, or NULL; `null` counts as missing. */
const gia_json_t *gia__json_member(const gia_json_t *object, const char *name);

#endif
