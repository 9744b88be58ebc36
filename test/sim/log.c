/*
 * log.c - the memory of the requests that arrived.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

void sim_log_add(sim_log_t *log, sim_message_t *message)
{
    message->references++;
    size_t index = log->count++;
    if (log->limit)
        index %= log->limit;
    if (index >= log->capacity) {
        size_t capacity = log->capacity ? log->capacity * 2 : 64;
        log->items = sim_resize(log->items, capacity * sizeof *log->items);
        memset(log->items + log->capacity, 0, (capacity - log->capacity) * sizeof *log->items);
        log->capacity = capacity;
    }
    if (log->items[index])
        sim_message_release(log->items[index]);
    log->items[index] = message;
}

void sim_log_free(sim_log_t *log)
{
    for (size_t i = 0; i < log->capacity; i++) {
        if (log->items[i])
            sim_message_release(log->items[i]);
    }
    free(log->items);
}

size_t sim_request_count(const sim_t *sim)
{
    return sim->log.count;
}

const sim_request_t *sim_request(const sim_t *sim, size_t index)
{
    const sim_log_t *log = &sim->log;
    if (index >= log->count || (log->limit && log->count - index > log->limit))
        return NULL;
    return &log->items[log->limit ? index % log->limit : index]->request;
}

const char *sim_request_header(const sim_request_t *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    }
    return NULL;
}

size_t sim_request_header_count(const sim_request_t *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        count += strcmp(request->headers[i].name, name) == 0;
    return count;
}
