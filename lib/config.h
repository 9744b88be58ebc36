/* The settings of a client: checked, defaulted, copied, and made into what a request needs of them.
 */
#ifndef GIA_CONFIG_INTERNAL_H
#define GIA_CONFIG_INTERNAL_H

#include <gia/client.h>

#include "core/arena.h"
#include "core/buf.h"

/* A config that owns its strings, with every default filled in. */
typedef struct gia__settings_s {
    gia_config_t config; /* no NULL base_url, no zero limit; timeouts -1 for never */
    char *strings;       /* the memory behind it */
    char *origin_path;   /* base URL, version and, on Vertex AI, project and location: where
                            "/interactions" is put behind */
    char *base_url;      /* scheme, host and prefix, without a slash at its end */
    char *upload_path;   /* where "/files" is put behind to upload; NULL on Vertex AI */
    char *headers[4];    /* whole lines that go with every request: user agent, … */
    size_t header_count;
    int has_key;                     /* the credential is a key, which never changes */
    char *credential_line;           /* one more; NULL: the program has not given a token yet */
    const char *credential;          /* within it; NULL likewise */
    char *previous_line;             /* the token before it, which answers may still repeat */
    const char *previous_credential; /* within it */
} gia__settings_t;

/* A whole config from the program's: one that was compiled against older headers has fewer members,
 * and the rest is default. */
void gia__config_read(gia_config_t *copy, const gia_config_t *config);

/* GIA_OK or GIA_ENOMEM; the config is whole and has passed gia_config_check(). */
int gia__settings_init(gia__settings_t *settings, const gia__mem_t *mem,
                       const gia_config_t *config);
void gia__settings_free(gia__settings_t *settings, const gia__mem_t *mem);

/* Another bearer token from now on, or with NULL none: GIA_OK, GIA_ENOMEM, or GIA_EINVAL: it is
 * empty or holds a control character, or the client has a key. */
int gia__settings_set_bearer_token(gia__settings_t *settings, const gia__mem_t *mem,
                                   const char *token);

/* A text or a line, as gia__redact() and gia__redact_message() do, without any credential of ours.
 */
char *gia__settings_redact(const gia__settings_t *settings, gia__arena_t *arena, char *text,
                           size_t *len);
void gia__settings_redact_message(const gia__settings_t *settings, char *line, size_t size);

/* A per-call timeout over the client's: milliseconds, or -1 for never. */
int64_t gia__timeout_of(int64_t call_ms, int64_t client_ms);

#endif
