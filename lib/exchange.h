/* What one HTTP exchange sends: put together by an operation, sent by a call. */
#ifndef GIA_EXCHANGE_H
#define GIA_EXCHANGE_H

#include "config.h"
#include "core/pieces.h"

typedef struct gia__exchange_s {
    const char *method;       /* static */
    const char *accept;       /* static; media type */
    const char *content_type; /* static; NULL: none */
    gia__buf_t url;           /* on the client's origin */
    gia__buf_t headers;       /* whole lines besides the client's, each with its NUL */
    size_t header_count;
    gia__pieces_t body;
    uint64_t until_ms; /* in the loop's time: not over by then is too late, in whatever state the
                          call is, also in the rest before it; 0: never */
    int until_code;    /* … which it then ends with */
    int64_t first_byte_ceiling_ms; /* the call's timeout counts if it is shorter; 0: none */
    int is_billed;                 /* the service runs something for it, and counts tokens */
    int code; /* the first trouble: GIA_OK or GIA_ENOMEM, or what an operation notes */
} gia__exchange_t;

/* `mem` is borrowed and outlives it. */
void gia__exchange_init(gia__exchange_t *exchange, const gia__mem_t *mem, const char *method,
                        const char *accept);
void gia__exchange_free(gia__exchange_t *exchange); /* may be freed again */

/* `to` is freed first; `from` is empty afterwards. */
void gia__exchange_move(gia__exchange_t *to, gia__exchange_t *from);

void gia__exchange_note(gia__exchange_t *exchange, int code); /* the first trouble counts */
void gia__exchange_add_url(gia__exchange_t *exchange, const char *text);
void gia__exchange_add_url_escaped(gia__exchange_t *exchange, const char *text);

/* One header line, which must hold no control character. */
void gia__exchange_add_header(gia__exchange_t *exchange, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The header lines of an exchange: those of its client, the program's and its own. libcurl adds two
 * itself: Host and, for a body, Content-Length. */
typedef struct gia__head_s {
    const char *lines[32];
    size_t count;
    char accept[64], content_type[64];
} gia__head_t;

/* Borrows everything. GIA_OK, or GIA_EINTERNAL for too many. */
int gia__exchange_head(const gia__exchange_t *exchange, const gia__settings_t *settings,
                       const char *const *own, size_t own_count, gia__head_t *head);

#endif
