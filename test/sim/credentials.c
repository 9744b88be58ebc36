/*
 * credentials.c - who may ask: one credential, and which one.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int refuse_key(sim_answer_t *answer)
{
    json_t *error = json_pack(
        "{s:{s:i, s:s, s:s, s:[{s:s, s:s, s:s, s:{s:s}}]}}", "error", "code", 400, "message",
        "API key not valid. Please pass a valid API key.", "status", "INVALID_ARGUMENT", "details",
        "@type", "type.googleapis.com/google.rpc.ErrorInfo", "reason", "API_KEY_INVALID", "domain",
        "googleapis.com", "metadata", "service", "generativelanguage.googleapis.com");
    sim_answer_json(answer, 400, error);
    json_decref(error);
    return -1;
}

static int is_bearer(const char *header, const char *wanted)
{
    return strncasecmp(header, "bearer ", 7) == 0 && header[7] &&
           (!wanted || strcmp(header + 7, wanted) == 0);
}

int sim_credentials_check(const sim_t *sim, const sim_request_t *request, int legacy,
                          sim_answer_t *answer)
{
    const char *only = sim->options.credential;
    const char *wanted = only ? only : sim->options.key;
    const char *bearer = sim_request_header(request, "authorization");
    const char *key = sim_request_header(request, "x-goog-api-key");
    char *query_key = sim_query_value(request, "key");
    size_t credentials = sim_request_header_count(request, "x-goog-api-key") +
                         sim_request_header_count(request, "authorization") + (query_key != NULL);
    int status = 0;
    const char *complaint = "The access token is not valid.";
    if (!key)
        key = query_key;
    if (credentials > 1) {
        status = 400;
        complaint = "Multiple authentication credentials received. Please pass only one.";
    } else if (credentials == 0 || (key && !*key)) {
        status = 401;
        complaint = "The request carries no API key.";
    } else if (bearer) {
        status = is_bearer(bearer, wanted) ? 0 : 401;
    } else if (only && strcmp(key, only) != 0) {
        status = 401;
        complaint = "The API key is not valid.";
    }
    int is_bad_key =
        !status && key && (strcmp(key, "bad-key") == 0 || (wanted && strcmp(key, wanted) != 0));
    free(query_key);
    if (is_bad_key)
        return refuse_key(answer);
    if (status == 0)
        return 0;
    sim_answer_error(answer, status, status == 401 ? "authentication" : "invalid_request",
                     complaint, legacy);
    return -1;
}
