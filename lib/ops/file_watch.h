/* The file that an operation ends with, and looking again and again until it is usable: one place
 * for gia_file_wait() and for uploads. */
#ifndef GIA_OPS_FILE_WATCH_H
#define GIA_OPS_FILE_WATCH_H

#include "call.h"
#include "ops/poll.h"
#include "ops/reply.h"

typedef struct gia__file_watch_s {
    gia_client_t *client;
    gia__poll_t poll;
    gia_document_t *document; /* what `file` points to; NULL: none was seen yet */
    gia_file_t file;
    char *id; /* of the file that is watched; NULL before begin */
} gia__file_watch_t;

void gia__file_watch_init(gia__file_watch_t *watch, gia_client_t *client, int64_t timeout_ms);
void gia__file_watch_free(gia__file_watch_t *watch);

/* Takes the file out of a good reply, and puts it into *result: 1; or 0, and *result says why there
 * is none. */
int gia__file_watch_read(gia__file_watch_t *watch, gia__reply_t *reply, gia_call_t *call,
                         gia_result_t *result);

/* The time begins. GIA_OK or GIA_ENOMEM. */
int gia__file_watch_begin(gia__file_watch_t *watch, const char *id);

/* The exchange for a look. */
void gia__file_watch_ask(const gia__file_watch_t *watch, gia__exchange_t *exchange);

/* For on_end, judges the file that was read: the call ends with it, or looks again, for which
 * `reply` is emptied. */
void gia__file_watch_judge(gia__file_watch_t *watch, gia__reply_t *reply, gia_call_t *call,
                           gia_result_t *result);

/* For on_end of a look: reads and judges. A look that breaks is not the end. */
void gia__file_watch_looked(gia__file_watch_t *watch, gia__reply_t *reply, gia_call_t *call,
                            gia_result_t *result);

#endif
