/*
 * Compares a request that the simulator logged with one that was captured:
 *
 *     request_is LOG NUMBER EXPECTED [POINTER...]
 *
 * NUMBER counts the log's lines from 1. EXPECTED is a capture (its method, the end of its path, its
 * headers about an upload and its body are compared) or just a body. What the POINTERs name is left
 * out of both bodies, one after the other. Order does not matter, everything else does. Exits with
 * 0 if they are the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static json_t *read_line(const char *path, int number)
{
    static char line[1 << 20];
    FILE *file = fopen(path, "r");
    int at = 0;
    while (file && at < number && fgets(line, sizeof line, file))
        at++;
    if (file)
        fclose(file);
    return at == number ? json_loads(line, 0, NULL) : NULL;
}

/* Where an array's element or an object's member is; NULL if there is none. */
static json_t *step(json_t *value, const char *name)
{
    return json_is_array(value) ? json_array_get(value, (size_t)strtoul(name, NULL, 10))
                                : json_object_get(value, name);
}

static void leave_out(json_t *value, const char *pointer)
{
    char names[256];
    char *name;
    char *next;
    snprintf(names, sizeof names, "%s", pointer + 1);
    for (name = names; (next = strchr(name, '/')) != NULL; name = next + 1) {
        *next = '\0';
        value = step(value, name);
    }
    if (json_is_array(value))
        json_array_remove(value, (size_t)strtoul(name, NULL, 10));
    else
        json_object_del(value, name);
}

/* The captures were made with v1, gia asks v1beta by default. */
static const char *behind_version(const char *path)
{
    const char *version = path ? strstr(path, "/v1") : NULL;
    const char *rest = version ? strchr(version + 1, '/') : NULL;
    return rest ? rest : "";
}

static int same_start(json_t *request, json_t *capture)
{
    return strcmp(json_string_value(json_object_get(request, "method")),
                  json_string_value(json_object_get(capture, "method"))) == 0 &&
           strcmp(behind_version(json_string_value(json_object_get(request, "path"))),
                  behind_version(json_string_value(json_object_get(capture, "path")))) == 0;
}

/* Those that say what is done: the others belong to who sends them. */
static int same_upload_headers(json_t *request, json_t *capture)
{
    json_t *headers = json_object_get(request, "headers");
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(capture, "headers"), name, value)
    {
        if (strncmp(name, "x-goog-upload-", 14) == 0 &&
            !json_equal(json_object_get(headers, name), value))
            return 0;
    }
    return 1;
}

static void print(const char *what, json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    printf("# %s: %s\n", what, text ? text : "nothing");
    free(text);
}

static int compare(json_t *request, json_t *expected, char **pointers, int count)
{
    json_t *body = json_object_get(request, "body");
    json_t *expected_body = json_object_get(expected, "body");
    int same =
        !expected_body || (same_start(request, expected) && same_upload_headers(request, expected));

    if (!expected_body)
        expected_body = expected;
    for (int i = 0; i < count; i++) {
        leave_out(body, pointers[i]);
        leave_out(expected_body, pointers[i]);
    }
    same = same && json_equal(body, expected_body);
    if (!same) {
        print("expected", expected);
        print("request", request);
    }
    return same;
}

int main(int count, char **arguments)
{
    json_t *request = count > 3 ? read_line(arguments[1], atoi(arguments[2])) : NULL;
    json_t *expected = count > 3 ? json_load_file(arguments[3], 0, NULL) : NULL;
    int status = 2;

    if (request && expected)
        status = !compare(request, expected, arguments + 4, count - 4);
    else
        printf("# %s\n", request ? "what is expected cannot be read" : "there is no such request");
    json_decref(request);
    json_decref(expected);
    return status;
}
