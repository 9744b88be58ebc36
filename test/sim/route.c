/*
 * route.c - what a path and a query mean.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static int hex_digit(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    letter = (char)(letter | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

static char *percent_decode(const char *text, size_t length)
{
    char *decoded = sim_copy(text, length);
    char *out = decoded;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '%' && i + 2 < length && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            *out++ = (char)(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
            i += 2;
        } else {
            *out++ = text[i];
        }
    }
    *out = '\0';
    return decoded;
}

char *sim_query_value(const sim_request_t *request, const char *name)
{
    size_t name_length = strlen(name);
    const char *at = request->query;
    while (at && *at) {
        size_t length = strcspn(at, "&");
        if (length > name_length && strncmp(at, name, name_length) == 0 && at[name_length] == '=')
            return percent_decode(at + name_length + 1, length - name_length - 1);
        at += length;
        at += *at == '&';
    }
    return NULL;
}

int sim_query_is_true(const sim_request_t *request, const char *name)
{
    char *value = sim_query_value(request, name);
    int is_true = value && strcmp(value, "true") == 0;
    free(value);
    return is_true;
}

static int is_version(const char *segment, size_t length)
{
    return (length == 2 && strncmp(segment, "v1", 2) == 0) ||
           (length == 6 && strncmp(segment, "v1beta", 6) == 0) ||
           (length == 7 && strncmp(segment, "v1beta1", 7) == 0);
}

/* Behind a version: perhaps projects/P/locations/L, then what there is; the rest of the path. */
static const char *find_collection(const char *rest, int is_upload, sim_resource_t *resource)
{
    if (strncmp(rest, "/projects/", 10) == 0) {
        rest += 10 + strcspn(rest + 10, "/");
        if (strncmp(rest, "/locations/", 11) != 0)
            return NULL;
        rest += 11 + strcspn(rest + 11, "/");
    }
    size_t length = strncmp(rest, "/interactions", 13) == 0 ? 13
                    : strncmp(rest, "/files", 6) == 0       ? 6
                                                            : 0;
    if (length == 0 || (rest[length] && rest[length] != '/'))
        return NULL;
    *resource = length == 13 ? SIM_ROUTE_INTERACTIONS
                : is_upload  ? SIM_ROUTE_UPLOAD
                             : SIM_ROUTE_FILES;
    return rest + length;
}

void sim_route_read(const sim_request_t *request, sim_route_t *route)
{
    const char *path = request->path;
    const char *rest = NULL;
    int is_upload = 0; /* the segment before was "upload" */
    memset(route, 0, sizeof *route);
    /* Any prefix may come first, as with a proxy. */
    while (!rest && *path == '/') {
        const char *segment = path + 1;
        size_t length = strcspn(segment, "/");
        path = segment + length;
        if (is_version(segment, length)) {
            snprintf(route->version, sizeof route->version, "%.*s", (int)length, segment);
            rest = find_collection(path, is_upload, &route->resource);
        }
        is_upload = length == 6 && strncmp(segment, "upload", 6) == 0;
    }
    if (!rest || !*rest)
        return;
    size_t length = strcspn(rest + 1, "/");
    const char *verb = rest + 1 + length;
    route->id = percent_decode(rest + 1, length);
    if (*verb)
        route->verb = sim_copy(verb + 1, strlen(verb + 1));
}

void sim_route_free(sim_route_t *route)
{
    free(route->id);
    free(route->verb);
}
