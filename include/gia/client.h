/**
 * @file gia/client.h
 * The client: one event loop, one pool of connections, the settings that all its calls share.
 */
#ifndef GIA_CLIENT_H
#define GIA_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include <gia/allocator.h>
#include <gia/call.h>
#include <gia/error.h>
#include <gia/export.h>
#include <gia/interaction.h>
#include <gia/observe.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A client. It belongs to one loop and that loop's thread; create it after fork(). */
typedef struct gia_client_s gia_client_t;

/**
 * Asked for a bearer token: by the first call that needs one, and again when the service has
 * refused the one it had (`refused`, else NULL) with a 401. `refused` may be read until a token has
 * been set for the second time.
 *
 * Answer by gia_client_set_bearer_token(), from here or at any time later; calls wait meanwhile. It
 * is asked once at a time, whatever the number of calls. Every gia function may be called from it.
 */
typedef void (*gia_token_cb)(gia_client_t *client, const char *refused, void *data);

/** Which version of HTTP to speak. */
typedef enum gia_http_version_e {
    GIA_HTTP_DEFAULT = 0,      /**< HTTP/2 where TLS offers it, else HTTP/1.1 */
    GIA_HTTP_1_1,              /**< always HTTP/1.1 */
    GIA_HTTP_2_PRIOR_KNOWLEDGE /**< HTTP/2 without asking, also over http:// */
} gia_http_version_t;

/**
 * The settings of a client. Start from #GIA_CONFIG_INIT; zero or NULL means the default. All
 * strings are copied. A string with a control character (CR and LF above all) is refused.
 */
typedef struct gia_config_s {
    size_t size; /**< Required: sizeof(gia_config_t) */

    /* who is asking, and where */
    const char *api_key;      /**< sent as x-goog-api-key. Exactly one of this and a bearer token */
    const char *bearer_token; /**< sent as Authorization: Bearer */
    gia_token_cb get_token;   /**< asked for a bearer token when there is none, or it is refused */
    void *get_token_data;     /**< handed to get_token */
    const char *base_url;     /**< default https://generativelanguage.googleapis.com, or the host of
                                   vertex_location; a path prefix is kept. The credential goes to
                                   this origin only. No query, no fragment, no user name */
    const char *api_version;  /**< default "v1beta" ("v1beta1" on Vertex AI) */
    const char *api_revision; /**< header Api-Revision, for instance "2026-05-20"; default none */
    const char *user_project; /**< header x-goog-user-project; default none */
    int vertex; /**< 1: Vertex AI in express mode, with a key and neither project nor location */
    const char *vertex_project;  /**< with vertex_location: use Vertex AI; needs a bearer token */
    const char *vertex_location; /**< for instance "global", "us-central1", "us", "eu" */
    gia_revision_t revision;     /**< the revision that requests are written in. Answers are
                                      recognised by themselves */
    const char *user_agent;      /**< put before the library's own "gia/<version>" */

    /* transport */
    gia_http_version_t http_version;
    const char *ca_file;    /**< PEM file of the authorities to trust; default the system's. Servers
                               are always verified */
    const char *proxy;      /**< proxy URL; default none: the environment is not consulted */
    unsigned max_in_flight; /**< calls that are on the wire at once, the others wait in line;
                                 default 10,000. With HTTP/1.1 each has its own connection */
    unsigned max_calls;     /**< calls that may be open, waiting ones included; default 1,000,000;
                                 beyond it a start returns #GIA_ETOO_MANY_CALLS */
    unsigned max_streams_per_connection; /**< HTTP/2; default 100 */
    unsigned max_continuations; /**< requests that continue one long answer; default 32; beyond it
                                     the call ends with #GIA_ECONTINUATION and what it has */

    /* rates: calls beyond them wait in line, first come first served; 0: no limit of ours */
    unsigned requests_per_minute; /**< requests sent, those that are sent again included */
    int64_t tokens_per_minute; /**< an estimate when a create is sent, corrected by what the service
                                    counted when it is done */
    int auto_concurrency; /**< 1: how many are on the wire at once is found out: one more after each
                               round of successes, half after a 429 or 503, at most max_in_flight */

    /* trying again */
    unsigned max_attempts;      /**< requests made for one answer; 4. See gia_retry_t */
    int64_t retry_delay_ms;     /**< the first pause is random, up to this; 500. The next ones up to
                                     twice, four times … as much */
    int64_t max_retry_delay_ms; /**< ceiling for a pause; 30,000. A service that asks for a longer
                                   one is not tried again */
    int64_t retry_timeout_ms;   /**< nothing is tried again so long after the start; 600,000 */
    unsigned max_resumes;       /**< how often in a row a stream is taken up again without bringing
                                     anything new, before it is polled instead; 3 */

    /* timeouts in milliseconds; 0 = the default, GIA_NO_TIMEOUT = never */
    int64_t connect_timeout_ms; /**< from leaving the line until connected, TLS included; 10,000 */
    int64_t first_byte_timeout_ms; /**< from the last byte sent until the answer begins; default
                                        600,000: a unary answer comes when all of it is there */
    int64_t idle_timeout_ms;       /**< between two bytes of an answer, comments count; 300,000 */
    int64_t total_timeout_ms;      /**< from start to end, waiting in line included; never */

    /* ceilings; each has its own error code */
    size_t max_line_bytes;        /**< one line of a stream; 64 MiB; #GIA_ELINE_TOO_BIG */
    size_t max_event_bytes;       /**< one event of a stream; 64 MiB; #GIA_EEVENT_TOO_BIG */
    size_t max_body_bytes;        /**< a unary answer; 256 MiB; #GIA_EBODY_TOO_BIG */
    size_t max_error_body_bytes;  /**< an error body; 64 KiB: the rest is cut off, no error */
    size_t max_header_bytes;      /**< an answer's headers; 64 KiB; #GIA_EHEADERS_TOO_BIG */
    size_t max_json_bytes;        /**< one decoded document; 512 MiB; #GIA_EJSON_TOO_BIG */
    size_t max_json_depth;        /**< nesting; 128; #GIA_EJSON_TOO_DEEP */
    size_t max_interaction_bytes; /**< a folded stream; 256 MiB; #GIA_EINTERACTION_TOO_BIG */
    size_t max_request_bytes;     /**< an encoded request; 256 MiB; #GIA_EREQUEST_TOO_BIG */

    /* watching: see gia/observe.h for what hooks may do */
    gia_log_cb on_log;         /**< hears log lines; default nobody */
    gia_log_level_t log_level; /**< which; default #GIA_LOG_WARNING */
    gia_attempt_cb on_attempt; /**< hears what each request took; default nobody */
    void *observer_data;       /**< handed to both */

    const gia_allocator_t *allocator; /**< default the C library's */
} gia_config_t;

/** A config with everything at its default. */
#define GIA_CONFIG_INIT                                                                            \
    {                                                                                              \
        .size = sizeof(gia_config_t)                                                               \
    }

/**
 * Fill a config from the environment variables that the official SDKs read. Only members that are
 * still NULL are filled: what the program sets wins.
 *
 * GOOGLE_API_KEY, else GEMINI_API_KEY: api_key. GOOGLE_GEMINI_BASE_URL: base_url.
 * GOOGLE_GENAI_API_VERSION: api_version ("beta" means v1beta). GOOGLE_GENAI_USER_PROJECT:
 * user_project. GOOGLE_GENAI_USE_VERTEXAI (or …_USE_ENTERPRISE) "true" or "1": vertex_project and
 * vertex_location from GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION, base_url from
 * GOOGLE_VERTEX_BASE_URL, and no key. Empty variables count as unset.
 *
 * The strings are the environment's own: create the client before the environment is changed. The
 * library reads no environment unless this is called. Returns nothing: gia_config_check() tells
 * whether the config is usable. Protocol: authentication, headers, environment.
 */
GIA_EXTERN void gia_config_from_env(gia_config_t *config);

/**
 * Check a config without making a client: #GIA_OK or #GIA_EINVAL.
 *
 * *message (may be NULL) gets one static line that says what is wrong and never repeats a value.
 */
GIA_EXTERN int gia_config_check(const gia_config_t *config, const char **message);

/** Told once when a client is gone. The client's pointer is only good for comparing. */
typedef void (*gia_close_cb)(gia_client_t *client, void *data);

/**
 * Make a client on `loop`, which stays the caller's: never run, stopped or closed from here. An
 * idle client does not keep the loop alive, an open call does.
 *
 * On #GIA_OK, call gia_client_close() once; the loop must run until its callback. Otherwise nothing
 * was made and *out is untouched: #GIA_EINVAL (gia_config_check() says why; out, loop or config
 * NULL), #GIA_ENOMEM, #GIA_EINTERNAL. Callable from any callback of the loop.
 *
 * libcurl's global state is initialised by the first client and cleaned up after the last one. The
 * program should ignore SIGPIPE: TLS libraries can raise it and the library touches no signal.
 */
GIA_EXTERN int gia_client_new(gia_client_t **out, uv_loop_t *loop, const gia_config_t *config);

/**
 * Close a client: its calls end with #GIA_ECANCELED, then `cb` (may be NULL) is told, all from the
 * loop. Then no memory and no handle of the client is left.
 *
 * Callable from every callback. Only the first close of a client counts; NULL is ignored.
 */
GIA_EXTERN void gia_client_close(gia_client_t *client, gia_close_cb cb, void *data);

/**
 * Give the client a bearer token, in answer to its get_token or whenever there is a new one.
 * Copied.
 *
 * Exchanges that start from now on use it; those under way are not touched. NULL says that there is
 * none any more: calls that wait for one end with #GIA_ETOKEN, and the next call asks again.
 * #GIA_OK, #GIA_ENOMEM, or #GIA_EINVAL: the client was made with a key, NULL was given to a client
 * without get_token, or the token is empty or holds a control character (waiting calls go on
 * waiting). Callable from every callback, on the loop's thread.
 */
GIA_EXTERN int gia_client_set_bearer_token(gia_client_t *client, const char *token);

/** The loop that a client was made on. Callable from every callback. */
GIA_EXTERN uv_loop_t *gia_client_loop(const gia_client_t *client);

/** The number of calls whose on_done has not been called yet. Callable from every callback. */
GIA_EXTERN size_t gia_client_call_count(const gia_client_t *client);

#ifdef __cplusplus
}
#endif
#endif /* GIA_CLIENT_H */
