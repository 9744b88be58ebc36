/* The line in front of the gate, on the loop: one timer a client for all who wait for a time. */
#ifndef GIA_LINE_H
#define GIA_LINE_H

#include <gia/call.h>

#include "client.h"

void gia__line_init(gia_client_t *client);

/* Stops; the timer reports by gia__client_handle_closed(). */
void gia__line_close(gia_client_t *client);

/* What gia__gate_…() of these names do. */
int gia__line_enter(gia_client_t *client, gia__ticket_t *ticket, uint64_t model, double tokens);
void gia__line_connected(gia_client_t *client, gia__ticket_t *ticket);
void gia__line_leave(gia_client_t *client, gia__ticket_t *ticket, int taken);
void gia__line_set_max_connecting(gia_client_t *client, unsigned max_connecting);

/* Whether an answer with this status may be a refusal, so that its body is worth to wait for. */
int gia__line_may_be_refusal(int http_status);

/* What an exchange has come to: others wait if the service refuses. */
void gia__line_learn(gia_client_t *client, gia__ticket_t *ticket, const gia_result_t *result);

/* What a call has come to in all. */
void gia__line_settle(gia_client_t *client, gia__ticket_t *ticket, const gia_result_t *result);

/* How long it waits at the least; 0 if that is not known, or it does not wait. */
int64_t gia__line_wait_ms(const gia_client_t *client, const gia__ticket_t *ticket);

#endif
