/* The line in front of the gate, on the loop. */
#include "line.h"

#include <limits.h>

/* Calls that may be connecting at once where connections are shared: few, or each gets its own. */
enum { MAX_CONNECTING = 8 };

static uint64_t now_ms(const gia_client_t *client)
{
    return uv_now(client->loop);
}

/* -- the timer -- */

static void arm(gia_client_t *client);

static void timer_fired(uv_timer_t *timer)
{
    gia_client_t *client = timer->data;

    client->line_due_ms = UINT64_MAX;
    gia__gate_fill(&client->gate, now_ms(client));
    arm(client);
    gia__client_pump(client);
}

/* A timer that fires too early looks again. */
static void arm(gia_client_t *client)
{
    uint64_t due_ms = gia__gate_next_ms(&client->gate);
    uint64_t now = now_ms(client);

    if (due_ms == UINT64_MAX) {
        if (client->line_due_ms != UINT64_MAX)
            uv_timer_stop(&client->line_timer);
        client->line_due_ms = UINT64_MAX;
    } else if (due_ms < client->line_due_ms) {
        uv_timer_start(&client->line_timer, timer_fired, due_ms > now ? due_ms - now : 0, 0);
        client->line_due_ms = due_ms;
    }
}

void gia__line_init(gia_client_t *client)
{
    const gia_config_t *config = &client->settings.config;
    const gia__gate_options_t options = {
        config->max_in_flight,
        gia__client_may_share_connections(client) ? MAX_CONNECTING : UINT_MAX,
        config->requests_per_minute,
        config->tokens_per_minute,
        config->auto_concurrency,
        config->max_retry_delay_ms,
    };

    gia__gate_init(&client->gate, &options);
    uv_timer_init(client->loop, &client->line_timer);
    uv_unref((uv_handle_t *)&client->line_timer); /* who waits keeps the loop alive */
    client->line_timer.data = client;
    client->line_due_ms = UINT64_MAX;
}

static void timer_closed(uv_handle_t *timer)
{
    gia__client_handle_closed(timer->data);
}

void gia__line_close(gia_client_t *client)
{
    uv_close((uv_handle_t *)&client->line_timer, timer_closed);
}

/* -- the gate -- */

int gia__line_enter(gia_client_t *client, gia__ticket_t *ticket, uint64_t model, double tokens)
{
    int inside;

    ticket->model = model;
    ticket->tokens = tokens;
    inside = gia__gate_enter(&client->gate, ticket, now_ms(client));
    arm(client);
    return inside;
}

void gia__line_connected(gia_client_t *client, gia__ticket_t *ticket)
{
    gia__gate_connected(&client->gate, ticket, now_ms(client));
    arm(client);
}

void gia__line_leave(gia_client_t *client, gia__ticket_t *ticket, int taken)
{
    gia__gate_leave(&client->gate, ticket, taken, now_ms(client));
    arm(client);
}

void gia__line_set_max_connecting(gia_client_t *client, unsigned max_connecting)
{
    gia__gate_set_max_connecting(&client->gate, max_connecting, now_ms(client));
    arm(client);
}

/* -- what became of them -- */

int gia__line_may_be_refusal(int http_status)
{
    return http_status == 429 || http_status == 503;
}

/* A quota that is used up is no refusal in this sense: those who wait would wait in vain. */
void gia__line_learn(gia_client_t *client, gia__ticket_t *ticket, const gia_result_t *result)
{
    int for_rate = result->code == GIA_ERATE_LIMITED;

    if (!gia__line_may_be_refusal(result->http_status))
        return; /* what is said in the midst of a stream, say */
    if (for_rate || result->code == GIA_EUNAVAILABLE)
        gia__gate_refused(&client->gate, ticket, for_rate, result->retry_after_ms, now_ms(client));
}

void gia__line_settle(gia_client_t *client, gia__ticket_t *ticket, const gia_result_t *result)
{
    const gia_usage_t *usage = gia_interaction_usage(result->interaction);

    gia__gate_spent(&client->gate, ticket, usage ? usage->total_tokens : -1);
    arm(client);
}

int64_t gia__line_wait_ms(const gia_client_t *client, const gia__ticket_t *ticket)
{
    uint64_t due_ms = gia__gate_due_ms(&client->gate, ticket);
    uint64_t now = now_ms(client);

    return !gia__ticket_is_inside(ticket) && due_ms > now ? (int64_t)(due_ms - now) : 0;
}
