/* curl's multi interface on a libuv loop: the only place where the two meet. */
#include "net/multi.h"

#include <curl/curl.h>
#include <sys/ioctl.h>

#include <gia/error.h>

/* Room for sockets that could not be watched: a transfer may have some (addresses that are tried
 * side by side, a resolver), and curl has a few of its own. Made beforehand, for memory may be what
 * is missing. */
enum { BROKEN_PER_TRANSFER = 2, BROKEN_AT_LEAST = 16 };

struct gia__multi_s {
    const gia__mem_t *mem;
    gia__multi_options_t options;
    CURLM *curl;
    uv_loop_t *loop;
    uv_timer_t timer; /* curl's one timer */
    uv_idle_t kick;   /* curl's timer when it asks for "at once" */
    gia__list_t watches;
    gia__list_t tasks;
    curl_socket_t *broken; /* could not be watched; curl is told from the loop */
    size_t broken_count, broken_capacity;
    size_t transfers;
    unsigned depth;        /* frames of curl on the stack */
    unsigned open_handles; /* uv handles that have not reported closed, and whoever holds us */
    int missed;            /* something happened while curl was on the stack */
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
    int events;  /* what curl waits for */
    int stalled; /* libuv refused once */
} watch_t;

static void act(gia__multi_t *multi, curl_socket_t socket, int flags);
static void kicked(uv_idle_t *kick);

static void handle_closed(gia__multi_t *multi)
{
    void (*on_closed)(void *) = multi->on_closed;
    void *data = multi->on_closed_data;

    if (--multi->open_handles || !multi->closing)
        return;
    gia__mem_free(multi->mem, multi->broken);
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

    return (watch->events & UV_READABLE) && ioctl(watch->socket, FIONREAD, &count) == 0 &&
           count > 0;
}

static void socket_ready(uv_poll_t *poll, int status, int events)
{
    watch_t *watch = poll->data;
    int flags = 0;

    /* libuv has stopped the watcher already: unless curl hears of it, nobody ever does. What came
     * before the error is still to be read, a stream's last word perhaps, and curl reads nothing
     * once it has heard of an error. */
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

/* Fails one socket only: curl is told from the loop, for here it is on the stack. Never curl's own
 * way out, an error from the callback: that fails every transfer. Without room the timeouts have to
 * find out. */
static int watch_failed(gia__multi_t *multi, curl_socket_t socket)
{
    if (multi->broken_count < multi->broken_capacity)
        multi->broken[multi->broken_count++] = socket;
    uv_idle_start(&multi->kick, kicked);
    return 0;
}

/* The number comes back for another connection, which has done nothing wrong. */
static void forget_broken(gia__multi_t *multi, curl_socket_t socket)
{
    size_t i, kept = 0;

    for (i = 0; i < multi->broken_count; i++) {
        if (multi->broken[i] != socket)
            multi->broken[kept++] = multi->broken[i];
    }
    multi->broken_count = kept;
}

static int reserve_broken(gia__multi_t *multi, size_t transfers)
{
    size_t need = transfers * BROKEN_PER_TRANSFER + BROKEN_AT_LEAST;
    curl_socket_t *broken;

    if (need <= multi->broken_capacity)
        return GIA_OK;
    need *= 2;
    broken = gia__mem_realloc(multi->mem, multi->broken, need * sizeof(*broken));
    if (!broken)
        return GIA_ENOMEM;
    multi->broken = broken;
    multi->broken_capacity = need;
    return GIA_OK;
}

/* What was noted by now; more that comes of it waits for the next turn of the loop. */
static void tell_broken(gia__multi_t *multi)
{
    size_t count = multi->broken_count;
    int running;
    gia__list_t *link;

    if (!count)
        return;
    for (; count && multi->broken_count; count--)
        curl_multi_socket_action(multi->curl, multi->broken[--multi->broken_count],
                                 CURL_CSELECT_ERR, &running);

    /* In some states curl does not care about an error and does not ask again either: try once
     * more. */
    for (link = multi->watches.next; link != &multi->watches; link = link->next) {
        watch_t *watch = GIA__LIST_OBJECT(link, watch_t, link);
        if (watch->stalled) {
            watch->stalled = 0;
            uv_poll_start(&watch->poll, watch->events, socket_ready);
        }
    }
}

static int on_curl_socket(CURL *easy, curl_socket_t socket, int action, void *data,
                          void *socket_data)
{
    gia__multi_t *multi = data;
    watch_t *watch = socket_data;

    if (action == CURL_POLL_REMOVE) {
        forget_broken(multi, socket);
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
    watch->events =
        (action & CURL_POLL_IN ? UV_READABLE : 0) | (action & CURL_POLL_OUT ? UV_WRITABLE : 0);
    watch->stalled = uv_poll_start(&watch->poll, watch->events, socket_ready) != 0;
    if (!watch->stalled)
        return 0;
    uv_poll_stop(&watch->poll); /* what it watched for before would be reported without end */
    return watch_failed(multi, socket);
}

static void timer_fired(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

/* What is asked for during this turn waits for the next. */
static void run_tasks(gia__multi_t *multi)
{
    gia__list_t turn;

    gia__list_take(&turn, &multi->tasks);
    while (!gia__list_empty(&turn)) {
        gia__task_t *task = GIA__LIST_OBJECT(turn.next, gia__task_t, link);
        gia__list_remove(&task->link);
        task->run(task);
    }
}

static void kicked(uv_idle_t *kick)
{
    gia__multi_t *multi = kick->data;

    uv_idle_stop(kick);
    if (!multi->depth)
        run_tasks(multi);
    act(multi, CURL_SOCKET_TIMEOUT, 0);
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

static void curl_returned(gia__multi_t *multi)
{
    multi->depth--;
    if (!multi->missed)
        return;
    multi->missed = 0;
    uv_idle_start(&multi->kick, kicked);
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
    tell_broken(multi);
    note_ended(multi);
    curl_returned(multi);
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
    gia__list_init(&multi->tasks);
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

    if (reserve_broken(multi, multi->transfers + 1) != GIA_OK)
        return GIA_ENOMEM;
    multi->depth++;
    code = curl_multi_add_handle(multi->curl, easy);
    multi->depth--;
    if (code == CURLM_OK) {
        multi->transfers++;
        return GIA_OK;
    }
    return code == CURLM_OUT_OF_MEMORY ? GIA_ENOMEM : GIA_EINTERNAL;
}

void gia__multi_remove(gia__multi_t *multi, void *easy)
{
    multi->depth++;
    curl_multi_remove_handle(multi->curl, easy);
    multi->depth--;
    multi->transfers--;
}

int gia__multi_pause(gia__multi_t *multi, void *easy, int receiving, int sending)
{
    CURLcode code;

    multi->depth++;
    code = curl_easy_pause(easy, (receiving ? CURLPAUSE_RECV : 0) | (sending ? CURLPAUSE_SEND : 0));
    note_ended(multi);
    curl_returned(multi);
    return (int)code;
}

void gia__multi_soon(gia__multi_t *multi, gia__task_t *task)
{
    if (gia__list_empty(&task->link))
        gia__list_append(&multi->tasks, &task->link);
    uv_idle_start(&multi->kick, kicked);
}

void gia__multi_hold(gia__multi_t *multi)
{
    multi->open_handles++;
}

void gia__multi_release(gia__multi_t *multi)
{
    handle_closed(multi);
}

uv_loop_t *gia__multi_loop(const gia__multi_t *multi)
{
    return multi->loop;
}

uint64_t gia__multi_now(const gia__multi_t *multi)
{
    return uv_now(multi->loop);
}

int gia__multi_busy(const gia__multi_t *multi)
{
    return multi->depth > 0;
}
