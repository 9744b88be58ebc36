/* The files of one request body: their bytes in order, read by the loop's thread pool a chunk ahead
 * of whoever takes them.
 *
 * A file must be what it was when it was looked at (gia__file_mark_t): that is checked before its
 * first byte and again after its last one, and a last chunk that fails the check is not handed out,
 * so that no server takes a mixture for a whole. A file that loses its name while it is being read
 * is still the same file.
 */
#ifndef GIA_NET_FILE_READER_H
#define GIA_NET_FILE_READER_H

#include "core/pieces.h"
#include "net/multi.h"

/* As base64 this fills libcurl's upload buffer of 64 KiB exactly. */
enum { GIA__FILE_CHUNK_BYTES = 48 * 1024 };

typedef struct gia__file_reader_s gia__file_reader_t;

typedef struct gia__file_chunk_s {
    char *bytes;
    size_t len;
    int last; /* of its piece */
} gia__file_chunk_t;

/* `pieces` is borrowed until close; nothing is read before the first next. `on_ready` comes from
 * the loop when next had nothing and would have something now, or would know that it failed.
 * `multi` is held until no thread works for the reader any more. GIA_OK or GIA_ENOMEM. */
int gia__file_reader_new(gia__file_reader_t **out, const gia__mem_t *mem, gia__multi_t *multi,
                         const gia__pieces_t *pieces, void (*on_ready)(void *data), void *data);

/* Frees it, once a read that is under way has come back; no callback comes any more. NULL is fine.
 */
void gia__file_reader_close(gia__file_reader_t *reader);

/* The next chunk, valid until drop gives it back; NULL when it is not there yet or never
 * will be (gia__file_reader_error). Each file piece has at least one chunk, an empty one perhaps.
 */
const gia__file_chunk_t *gia__file_reader_next(gia__file_reader_t *reader);
void gia__file_reader_drop(gia__file_reader_t *reader);

/* GIA_OK, GIA_EFILE or GIA_EFILE_CHANGED; *message then names the file and the reason. */
int gia__file_reader_error(const gia__file_reader_t *reader, const char **message);

#endif
