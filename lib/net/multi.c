/* curl's multi interface on a libuv loop: the only place where the two meet. */
#include "net/multi.h"

#include <curl/curl.h>
#include <sys/ioctl.h>

#include <gia/error.h>

#include "core/list.h"

/* Sockets that could not be watched, until curl can be told from the loop. More at once than this
 * is answered with curl's own emergency exit, which fails every transfer. */
enum { MAX_BROKEN = 16 };

struct gia__multi_s {
    const gia__mem_t *mem;
    gia__multi_options_t options;
    CURLM *curl;
    uv_loop_t *loop;
    uv_timer_t timer; /* curl's one timer */
    uv_idle_t kick;   /* curl's timer when it asks for "at once" */
    gia__list_t watches;
    curl_socket_t broken[MAX_BROKEN];
    unsigned broken_count;
    unsigned depth;        /* frames of curl on the stack */
    unsigned open_handles; /* uv handles that have not reported closed */
    int missed; /* something happened while curl was on the stack */
    int closing;
    void (*on_closed)(void *data);
    void *on_closed_data;
};

/* One per socket and never reused: descriptors come back under the same number while the old
 * handle is still closing. */
typedef struct watch_s {
    uv_poll_t poll;
    gia__list_t link;
    gia__multi_t *multi;
    curl_socket_t socket;
    int events; /* that curl waits for */
} watch_t;

static void act(gia__multi_t *multi, curl_socket_t socket, int flags);
static void kicked(uv_idle_t *kick);

static void handle_closed(gia__multi_t *multi)
{
    void (*on_closed)(void *) = multi->on_closed;
    void *data = multi->on_closed_data;

    if (--multi->open_handles || !multi->closing)
        return;
    gia__mem_free(multi->mem, multi);
    on_closed(data);
}

static void watch_closed(uv_handle_t *handle)
{
    watch_t *watch = handle->data;
    gia__multi_t *multi = watch->multi;

    gia__mem_free(multi->mem, watch);
    handle_closed(multi);
}

static void own_handle_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void watch_close(watch_t *watch)
{
    gia__list_remove(&watch->link);
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, watch_closed);
}

/* Whether there is something to read that curl wants to read. */
static int has_bytes(const watch_t *watch)
{
    int count = 0;

    return (watch->events & UV_READABLE) && ioctl(watch->socket, FIONREAD, &count) == 0 && count > 0;
}

static void socket_ready(uv_poll_t *poll, int status, int events)
{
    watch_t *watch = poll->data;
    int flags = 0;

    /* libuv has stopped the watcher already: unless curl hears of it, nobody ever does. What came before the error is
     * still to be read, a stream's last word perhaps, and curl reads nothing once it has heard of an error. */
    if (status < 0 && has_bytes(watch) && uv_poll_start(poll, watch->events, socket_ready) == 0)
        flags = CURL_CSELECT_IN;
    else if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    act(watch->multi, watch->socket, flags);
}

static watch_t *watch_new(gia__multi_t *multi, curl_socket_t socket)
{
    watch_t *watch = gia__mem_zalloc(multi->mem, sizeof(*watch));

    if (!watch)
        return NULL;
    if (uv_poll_init_socket(multi->loop, &watch->poll, socket) != 0) {
        gia__mem_free(multi->mem, watch);
        return NULL;
    }
    uv_unref((uv_handle_t *)&watch->poll);
    watch->poll.data = watch;
    watch->multi = multi;
    watch->socket = socket;
    gia__list_append(&multi->watches, &watch->link);
    multi->open_handles++;
    return watch;
}

/* Fails one socket only: curl is told from the loop, for here it is on the stack. */
static int watch_failed(gia__multi_t *multi, curl_socket_t socket)
{
    if (multi->broken_count == MAX_BROKEN)
        return -1;
    multi->broken[multi->broken_count++] = socket;
    uv_idle_start(&multi->kick, kicked);
    return 0;
}

static int on_curl_socket(CURL *easy, curl_socket_t socket, int action, void *data, void *socket_data)
{
    gia__multi_t *multi = data;
    watch_t *watch = socket_data;
    int events = 0;

    if (action == CURL_POLL_REMOVE) {
        if (watch) {
            curl_multi_assign(multi->curl, socket, NULL);
            watch_close(watch);
        }
        return 0;
    }
    if (multi->closing)
        return 0; /* curl says goodbye on pooled connections; nobody waits for the answer */

    if (!watch) {
        watch = watch_new(multi, socket);
        if (!watch)
            return watch_failed(multi, socket);
        curl_multi_assign(multi->curl, socket, watch);
    }
    if (action & CURL_POLL_IN)
        events |= UV_READABLE;
    if (action & CURL_POLL_OUT)
        events |= UV_WRITABLE;
    watch->events = events;
    if (uv_poll_start(&watch->poll, events, socket_ready) != 0)
        return watch_failed(multi, socket);
    return 0;
}

static void timer_fired(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static void kicked(uv_idle_t *kick)
{
    uv_idle_stop(kick);
    act(kick->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_timer(CURLM *curl, long timeout_ms, void *data)
{
    gia__multi_t *multi = data;

    if (multi->closing)
        return 0;
    if (timeout_ms < 0) {
        uv_timer_stop(&multi->timer);
    } else if (timeout_ms == 0) {
        /* A zero uv_timer spins within one iteration; the idle handle lets I/O have its turn. */
        uv_timer_stop(&multi->timer);
        uv_idle_start(&multi->kick, kicked);
    } else {
        uv_timer_start(&multi->timer, timer_fired, (uint64_t)timeout_ms, 0);
    }
    return 0;
}

/* The running count cannot tell which transfer ended, so ask after every action. */
static void note_ended(gia__multi_t *multi)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi->curl, &left))) {
        char *easy_private = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &easy_private);
        multi->options.on_ended(easy_private, (int)code);
    }
}

static void act(gia__multi_t *multi, curl_socket_t socket, int flags)
{
    int running;

    if (multi->closing)
        return;
    /* Only a program that runs its loop inside of a callback comes here. Sockets report again by
     * themselves, timers do not: curl is asked again as soon as it has returned. */
    if (multi->depth) {
        multi->missed = 1;
        return;
    }

    multi->depth++;
    curl_multi_socket_action(multi->curl, socket, flags, &running);
    while (multi->broken_count) {
        curl_socket_t broken = multi->broken[--multi->broken_count];
        curl_multi_socket_action(multi->curl, broken, CURL_CSELECT_ERR, &running);
    }
    note_ended(multi);
    multi->depth--;
    if (multi->missed) {
        multi->missed = 0;
        uv_idle_start(&multi->kick, kicked);
    }
    multi->options.on_work(multi->options.data);
}

int gia__multi_new(gia__multi_t **out, const gia__mem_t *mem, uv_loop_t *loop,
                   const gia__multi_options_t *options)
{
    gia__multi_t *multi = gia__mem_zalloc(mem, sizeof(*multi));

    if (!multi)
        return GIA_ENOMEM;
    multi->mem = mem;
    multi->loop = loop;
    multi->options = *options;
    gia__list_init(&multi->watches);
    multi->curl = curl_multi_init();
    if (!multi->curl) {
        gia__mem_free(mem, multi);
        return GIA_ENOMEM;
    }
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi->curl, CURLMOPT_MAX_CONCURRENT_STREAMS,
                      (long)options->max_streams_per_connection);

    /* Neither can fail. An idle client must not keep the loop alive: whoever owns a running
     * exchange sees to that, so none of the handles here counts. */
    uv_timer_init(loop, &multi->timer);
    uv_idle_init(loop, &multi->kick);
    uv_unref((uv_handle_t *)&multi->timer);
    uv_unref((uv_handle_t *)&multi->kick);
    multi->timer.data = multi->kick.data = multi;
    multi->open_handles = 2;
    *out = multi;
    return GIA_OK;
}

void gia__multi_close(gia__multi_t *multi, void (*on_closed)(void *data), void *data)
{
    multi->closing = 1;
    multi->on_closed = on_closed;
    multi->on_closed_data = data;

    /* Closing pooled connections calls the socket callback back, so it stays set until here. */
    multi->depth++;
    curl_multi_cleanup(multi->curl);
    multi->depth--;
    multi->curl = NULL;

    while (!gia__list_empty(&multi->watches))
        watch_close(GIA__LIST_OBJECT(multi->watches.next, watch_t, link));
    uv_close((uv_handle_t *)&multi->timer, own_handle_closed);
    uv_close((uv_handle_t *)&multi->kick, own_handle_closed);
}

int gia__multi_add(gia__multi_t *multi, void *easy)
{
    CURLMcode code;

    multi->depth++;
    code = curl_multi_add_handle(multi->curl, easy);
    multi->depth--;
    if (code == CURLM_OK)
        return GIA_OK;
    return code == CURLM_OUT_OF_MEMORY ? GIA_ENOMEM : GIA_EINTERNAL;
}

void gia__multi_remove(gia__multi_t *multi, void *easy)
{
    multi->depth++;
    curl_multi_remove_handle(multi->curl, easy);
    multi->depth--;
}

void gia__multi_unpause(gia__multi_t *multi, void *easy)
{
    multi->depth++;
    curl_easy_pause(easy, CURLPAUSE_CONT);
    note_ended(multi);
    multi->depth--;
}

uint64_t gia__multi_now(const gia__multi_t *multi)
{
    return uv_now(multi->loop);
}

int gia__multi_busy(const gia__multi_t *multi)
{
    return multi->depth > 0;
}
