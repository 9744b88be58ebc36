/* Files of the Files API: their names, and what the service says of them. Pure. */
#ifndef GIA_WIRE_FILE_H
#define GIA_WIRE_FILE_H

#include <gia/files.h>

#include "core/arena.h"
#include "core/buf.h"

/* What stands behind "files/", or the whole name; NULL if that cannot be one path segment. */
const char *gia__file_id(const char *name);

/* Fills *file with views of the JSON, which may be {"file": …}, too: 1, or 0 if it is no file. */
int gia__file_read(gia_file_t *file, const gia_json_t *json);

/* Fills the array (in the arena), its length and the token of the page {"files": […],
 * "nextPageToken": …}. GIA_OK, GIA_EPROTOCOL if it is none, GIA_EJSON_TOO_BIG or GIA_ENOMEM. */
int gia__file_page_read(gia_file_t **files, size_t *count, const char **next_page_token,
                        const gia_json_t *json, gia__arena_t *arena);

/* What is said of a file before its bytes are sent; `name` ("files/…") and `display_name` may be
 * NULL. GIA_OK, GIA_ENOMEM, or GIA_EINVAL for text that is not UTF-8. */
int gia__file_write_start(gia__buf_t *out, const char *name, const char *display_name,
                          const char *mime_type, int64_t size_bytes);

#endif
