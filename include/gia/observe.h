/**
 * @file gia/observe.h
 * Watching the library at work: log lines, what each request took, counters.
 *
 * The hooks of a client are set in its gia_config_t: on_log with log_level, on_attempt, and
 * observer_data. They are called from the loop, on its thread, and only watch: of gia's functions
 * they may call gia_client_stats(), gia_call_data() and those that need neither client nor call
 * (gia_error_name(), …), and nothing else. To act on what was seen, take a note and act later. None
 * is called from inside of a function that starts, cancels or closes, nor after a call's on_done.
 *
 * Neither bodies nor the credential are ever told: it is replaced by "[redacted]" wherever a server
 * or libcurl repeats it.
 */
#ifndef GIA_OBSERVE_H
#define GIA_OBSERVE_H

#include <stddef.h>
#include <stdint.h>

#include <gia/call.h>
#include <gia/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How much is logged: each level includes those before it. */
typedef enum gia_log_level_e {
    GIA_LOG_WARNING = 0, /**< a request failed and another one is made, an answer was lost halfway,
                              a token was refused */
    GIA_LOG_INFO,        /**< a call began, or ended: code, attempts, time */
    GIA_LOG_DEBUG        /**< each request and each answer: method, path, status, times, bytes */
} gia_log_level_t;

/**
 * Hears one line, without an end of line; borrowed until the callback returns.
 *
 * It is one line of valid text for people, not for programs: its words may change. `call` is NULL
 * for what concerns the whole client. URLs are shown without host and without values in the query.
 */
typedef void (*gia_log_cb)(struct gia_client_s *client, gia_call_t *call, gia_log_level_t level,
                           const char *line, void *data);

/**
 * One request of a call, and what became of it.
 *
 * Times are milliseconds of the loop's time since the request left the line (see the config's
 * max_in_flight); -1 for what did not happen.
 */
typedef struct gia_attempt_s {
    unsigned number;        /**< counted from 1 in each call */
    const char *method;     /**< "POST", …; static */
    int code;               /**< #GIA_OK, or what was wrong with it: see gia/error.h */
    int http_status;        /**< 0 if no answer came */
    int http_major;         /**< 1, 2, … of its HTTP version; 0 likewise */
    int64_t connected_ms;   /**< the connection was there, TLS included; at once for a pooled one */
    int64_t first_byte_ms;  /**< the answer's first byte, its head included */
    int64_t first_delta_ms; /**< the first content.delta was handed to on_event */
    int64_t end_ms;         /**< it was over */
    uint64_t bytes_sent;    /**< of its body, as handed to libcurl */
    uint64_t bytes_received; /**< of the answer's body */
    int64_t next_ms;         /**< the call's next request goes in line after so long; -1: it ends */
    const char *reason;      /**< why there is a next one: "retry", "resume", "continuation",
                                  "upload", "poll", "token" or "cancel"; "" if the call ends. There
                                  may be more words. Static */
} gia_attempt_t;

/** Hears the end of each request of a call. `attempt` is borrowed until the callback returns. */
typedef void (*gia_attempt_cb)(struct gia_client_s *client, gia_call_t *call,
                               const gia_attempt_t *attempt, void *data);

/** What a client has done since it was made, and what it is doing. */
typedef struct gia_stats_s {
    size_t size; /**< Required: sizeof(gia_stats_t) */

    /* calls */
    uint64_t calls_started;
    uint64_t calls_succeeded; /**< ended with #GIA_OK */
    uint64_t calls_failed;    /**< ended with any other code but #GIA_ECANCELED */
    uint64_t calls_canceled;

    /* requests: all, and those of them that were made because of … */
    uint64_t requests;
    uint64_t retries;       /**< one that failed */
    uint64_t resumes;       /**< a stream or an upload that broke */
    uint64_t continuations; /**< an answer that was not finished */
    uint64_t polls;         /**< a run or a file that was not ready */
    uint64_t rate_limited;  /**< answers with HTTP status 429 */

    /* what went over the wire */
    uint64_t events;         /**< handed to on_event */
    uint64_t bytes_sent;     /**< of the bodies of requests that are over */
    uint64_t bytes_received; /**< of their answers */
    uint64_t input_tokens;   /**< as the service counted them for creates; with folding off only for
                                  the last part of an answer that was continued */
    uint64_t output_tokens;  /**< likewise */
    uint64_t thought_tokens; /**< likewise */

    /* now */
    uint64_t calls_open;
    uint64_t calls_waiting; /**< of these: in line for their place on the wire */
    uint64_t in_flight;     /**< of these: on the wire */
} gia_stats_t;

/** Stats to be filled. */
#define GIA_STATS_INIT                                                                             \
    {                                                                                              \
        sizeof(gia_stats_t), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0               \
    }

/**
 * Read a client's counters into *stats, of which the size is set. They only grow, but those of what
 * is now.
 *
 * #GIA_OK or #GIA_EINVAL (NULL, or size not set). Callable from every callback, hooks included.
 */
GIA_EXTERN int gia_client_stats(const struct gia_client_s *client, gia_stats_t *stats);

#ifdef __cplusplus
}
#endif
#endif /* GIA_OBSERVE_H */
