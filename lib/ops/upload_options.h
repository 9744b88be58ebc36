/* The options of an upload: read, filled in and checked, with words for what is wrong. */
#ifndef GIA_OPS_UPLOAD_OPTIONS_H
#define GIA_OPS_UPLOAD_OPTIONS_H

#include <gia/files.h>

#include "core/file.h"

/* The service takes only multiples of so many bytes, but for the last piece. */
enum { GIA__UPLOAD_PIECE_UNIT = 256 * 1024 };

typedef struct gia__upload_plan_s {
    gia_upload_options_t how; /* nothing is left to default; what it points to is borrowed */
    gia__file_look_t look;    /* of memory only its first bytes */
    int64_t size_bytes;
} gia__upload_plan_t;

/* GIA_OK, GIA_EINVAL or GIA_EFILE; *message (`size` bytes, may be NULL and 0) gets one line. Looks
 * at the file, which blocks for a moment. */
int gia__upload_options_read(gia__upload_plan_t *plan, const gia_upload_options_t *options,
                             char *message, size_t size);

#endif
