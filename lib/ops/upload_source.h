/* What is uploaded: a file or a piece of memory, and what it is called. */
#ifndef GIA_OPS_UPLOAD_SOURCE_H
#define GIA_OPS_UPLOAD_SOURCE_H

#include "core/pieces.h"
#include "exchange.h"
#include "ops/upload_options.h"

typedef struct gia__upload_source_s {
    const gia__mem_t *mem;
    gia__blob_t *blob; /* or: */
    char *path;
    gia__file_mark_t mark;
    int64_t size;
    gia__buf_t name; /* "files/…", NUL-terminated; empty: the service makes one up */
} gia__upload_source_t;

/* Takes over what is planned, and puts the exchange together that announces it. GIA_OK or
 * GIA_ENOMEM; free is due in any case. */
int gia__upload_source_init(gia__upload_source_t *source, gia__exchange_t *announcement,
                            const gia__mem_t *mem, const gia__upload_plan_t *plan);
void gia__upload_source_free(gia__upload_source_t *source);

/* Makes a run of its bytes the body of an exchange. */
void gia__upload_source_add(const gia__upload_source_t *source, gia__exchange_t *exchange,
                            int64_t offset, int64_t len);

#endif
