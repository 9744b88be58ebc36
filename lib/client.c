/* One loop, one multi, the settings, and the pump that does everything outside of curl. */
#include "client.h"

#include <limits.h>
#include <strings.h>

#include <curl/curl.h>

#include "net/transfer.h"

/* As far away as a uv timer can be. */
static const uint64_t NEVER_MS = UINT64_MAX;

/* Calls that may be connecting at once where connections are shared: few, or each gets its own. */
enum { MAX_CONNECTING = 8 };

static void free_client(gia_client_t *client)
{
    gia__mem_t mem = client->mem;

    gia__settings_free(&client->settings, &mem);
    gia__mem_free(&mem, client);
    curl_global_cleanup();
}

void gia__client_handle_opened(gia_client_t *client)
{
    client->open_handles++;
}

void gia__client_handle_closed(gia_client_t *client)
{
    gia_close_cb on_closed = client->on_closed;
    void *data = client->on_closed_data;

    if (--client->open_handles)
        return;
    free_client(client);
    if (on_closed)
        on_closed(client, data);
}

static void own_handle_closed(uv_handle_t *handle)
{
    gia__client_handle_closed(handle->data);
}

static void multi_closed(void *data)
{
    gia__client_handle_closed(data);
}

/* All members have left: nothing can be started any more, so this comes once. */
static void shut_down(gia_client_t *client)
{
    gia__multi_close(client->multi, multi_closed, client);
    client->multi = NULL;
    uv_close((uv_handle_t *)&client->pump, own_handle_closed);
    uv_close((uv_handle_t *)&client->look, own_handle_closed);
    uv_close((uv_handle_t *)&client->hurry, own_handle_closed);
    uv_close((uv_handle_t *)&client->alive, own_handle_closed);
}

void gia__client_pump(gia_client_t *client)
{
    gia__list_t turn;

    if (client->pumping || gia__multi_busy(client->multi))
        return;
    client->pumping = 1;
    uv_idle_stop(&client->pump);

    /* Who is marked during this turn waits for the next: I/O goes first, and nobody can starve it.
     */
    gia__list_take(&turn, &client->marked);
    while (!gia__list_empty(&turn)) {
        gia__member_t *member = GIA__LIST_OBJECT(turn.next, gia__member_t, marked);
        gia__list_remove(&member->marked);
        member->run(member);
    }
    client->pumping = 0;

    if (client->closing && client->member_count == 0)
        shut_down(client);
}

static void pump_idle(uv_idle_t *pump)
{
    gia__client_pump(pump->data);
}

static void curl_worked(void *data)
{
    gia__client_pump(data);
}

static void request_pump(gia_client_t *client)
{
    uv_idle_start(&client->pump, pump_idle);
}

void gia__client_mark(gia_client_t *client, gia__member_t *member)
{
    if (gia__list_empty(&member->marked))
        gia__list_append(&client->marked, &member->marked);
    request_pump(client);
}

static void looked(uv_check_t *look)
{
    gia_client_t *client = look->data;

    uv_check_stop(&client->look);
    uv_idle_stop(&client->hurry);
    while (!gia__list_empty(&client->late)) {
        gia__member_t *member = GIA__LIST_OBJECT(client->late.next, gia__member_t, late);
        gia__list_remove(&member->late);
        member->look_again(member);
    }
    gia__client_pump(client);
}

static void hurry(uv_idle_t *idle) {}

void gia__client_look_again(gia_client_t *client, gia__member_t *member)
{
    if (gia__list_empty(&member->late))
        gia__list_append(&client->late, &member->late);
    uv_check_start(&client->look, looked);
    uv_idle_start(&client->hurry, hurry);
}

static void still_alive(uv_timer_t *alive) {}

int gia__client_join(gia_client_t *client, gia__member_t *member)
{
    if (client->closing)
        return GIA_ECLOSING;
    if (client->member_count >= client->settings.config.max_calls)
        return GIA_ETOO_MANY_CALLS;
    gia__list_append(&client->members, &member->all);
    gia__list_init(&member->marked);
    gia__list_init(&member->late);
    if (client->member_count++ == 0)
        uv_timer_start(&client->alive, still_alive, NEVER_MS, 0);
    return GIA_OK;
}

void gia__client_leave(gia_client_t *client, gia__member_t *member)
{
    gia__list_remove(&member->all);
    gia__list_remove(&member->marked);
    gia__list_remove(&member->late);
    if (--client->member_count == 0)
        uv_timer_stop(&client->alive);
}

/* splitmix64: every seed is good, and pauses need no more. */
uint64_t gia__client_random(gia_client_t *client, uint64_t max)
{
    uint64_t number = client->random += 0x9e3779b97f4a7c15u;

    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
    number ^= number >> 31;
    return max == UINT64_MAX ? number : number % (max + 1);
}

/* HTTP/2 is spoken where TLS offers it, or without asking. */
int gia__client_may_share_connections(const gia_client_t *client)
{
    const gia__settings_t *settings = &client->settings;

    switch (settings->config.http_version) {
    case GIA_HTTP_1_1: return 0;
    case GIA_HTTP_2_PRIOR_KNOWLEDGE: return 1;
    case GIA_HTTP_DEFAULT: break;
    }
    return strncasecmp(settings->origin_path, "https:", 6) == 0;
}

void gia__client_learn_http(gia_client_t *client, int http_major)
{
    if (http_major == 1 && client->gate.max_connecting != UINT_MAX)
        gia__gate_set_max_connecting(&client->gate, UINT_MAX);
}

int gia_client_new(gia_client_t **out, uv_loop_t *loop, const gia_config_t *config)
{
    gia__multi_options_t multi_options = {0};
    gia_client_t *client;
    gia_config_t settings;
    gia__mem_t mem;
    int rc;

    if (!out || !loop || gia_config_check(config, NULL) != GIA_OK)
        return GIA_EINVAL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return GIA_EINTERNAL;
    gia__config_read(&settings, config);
    mem = gia__mem_init(settings.allocator);
    client = gia__mem_zalloc(&mem, sizeof(*client));
    if (!client) {
        curl_global_cleanup();
        return GIA_ENOMEM;
    }
    client->mem = mem;
    client->loop = loop;
    if (uv_random(NULL, NULL, &client->random, sizeof(client->random), 0, NULL) != 0)
        client->random = uv_hrtime();
    gia__list_init(&client->members);
    gia__list_init(&client->marked);
    gia__list_init(&client->late);
    gia__token_init(&client->token, settings.get_token, settings.get_token_data);

    rc = gia__settings_init(&client->settings, &client->mem, &settings);
    if (rc == GIA_OK) {
        gia__gate_init(&client->gate, client->settings.config.max_in_flight,
                       gia__client_may_share_connections(client) ? MAX_CONNECTING : UINT_MAX);
        multi_options.max_streams_per_connection =
            client->settings.config.max_streams_per_connection;
        multi_options.on_ended = gia__transfer_multi_ended;
        multi_options.on_work = curl_worked;
        multi_options.data = client;
        rc = gia__multi_new(&client->multi, &client->mem, loop, &multi_options);
    }
    if (rc != GIA_OK) {
        free_client(client);
        return rc;
    }
    uv_timer_init(loop, &client->alive);
    uv_idle_init(loop, &client->pump);
    uv_idle_init(loop, &client->hurry);
    uv_check_init(loop, &client->look);
    uv_unref((uv_handle_t *)&client->pump);
    uv_unref((uv_handle_t *)&client->hurry);
    uv_unref((uv_handle_t *)&client->look);
    client->alive.data = client->pump.data = client->hurry.data = client->look.data = client;
    client->open_handles = 5; /* these, and the multi as a whole */
    *out = client;
    return GIA_OK;
}

void gia_client_close(gia_client_t *client, gia_close_cb cb, void *data)
{
    gia__list_t *link;

    if (!client || client->closing)
        return;
    client->closing = 1;
    client->on_closed = cb;
    client->on_closed_data = data;
    for (link = client->members.next; link != &client->members; link = link->next) {
        gia__member_t *member = GIA__LIST_OBJECT(link, gia__member_t, all);
        member->cancel(member);
    }
    uv_ref((uv_handle_t *)&client->pump); /* the loop must run until all is closed */
    request_pump(client);
}

uv_loop_t *gia_client_loop(const gia_client_t *client)
{
    return client->loop;
}

size_t gia_client_call_count(const gia_client_t *client)
{
    return client->member_count;
}
