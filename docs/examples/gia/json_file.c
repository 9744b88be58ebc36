/* The files of JSON that the command line names: a whole body, a schema, a function. They are
 * checked here, where it is known which option names which file. */
#include "json_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"
#include "trouble.h"

/* A file's text, and what it says. */
typedef struct {
    const char *option;
    const char *path;
    char *text;
    size_t len;
    gia_document_t *document;
} json_file_t;

static int refuse(const json_file_t *file, const char *why)
{
    complain("%s %s: %s", file->option, file->path, why);
    return EXIT_USAGE;
}

static int open_file(json_file_t *file, const char *option, const char *path)
{
    gia_json_error_t error = {0};
    int code;

    *file = (json_file_t){.option = option, .path = path};
    file->text = read_file(path, READ_MAX_BYTES, &file->len);
    if (!file->text)
        return EXIT_USAGE;
    code = gia_document_parse(&file->document, file->text, file->len, NULL, &error);
    if (code == GIA_ENOMEM) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    if (code != GIA_OK) {
        complain("%s %s is not JSON: %s (at byte %zu)", option, path, error.message, error.offset);
        return EXIT_USAGE;
    }
    if (gia_json_type(gia_document_root(file->document)) != GIA_JSON_OBJECT)
        return refuse(file, "it is no JSON object");
    return EXIT_DONE;
}

static void close_file(json_file_t *file)
{
    gia_document_free(file->document);
    free(file->text);
}

/* ---- a body ---- */

/* Whether the body or --set has a member. */
static int has(const gia_json_t *body, const options_t *options, const char *pointer)
{
    return gia_json_get(body, pointer + 1) || options_set(options, pointer);
}

/* A body need not be complete: other options can add what it lacks. */
static int check_body(const json_file_t *file, const options_t *options)
{
    const gia_json_t *body = gia_document_root(file->document);
    int model = options->model || has(body, options, "/model");
    int agent = options->agent || has(body, options, "/agent");
    if (!model && !agent)
        return refuse(file, "it names neither a model nor an agent: add one with -m or -a");
    if (model && agent && !options->model && !options->agent)
        return refuse(file, "it names a model and an agent: choose one with -m or -a");
    if (!options_have(options, ADDS_INPUT) && !options->input && !has(body, options, "/input") &&
        !has(body, options, "/continuation_token"))
        return refuse(file, "it has no input: add it with -i");
    if (options_have(options, ADDS_TOOL) && gia_json_get(body, "tools"))
        return refuse(file, "it has tools, to which --tool, --function and --mcp cannot add");
    return EXIT_DONE;
}

int json_file_body(gia_request_t *request, const options_t *options)
{
    json_file_t file;
    int status = open_file(&file, "--body", options->body_file);
    if (status == EXIT_DONE)
        status = check_body(&file, options);
    if (status == EXIT_DONE)
        gia_request_set_json(request, "", file.text);
    close_file(&file);
    return status;
}

/* ---- a schema ---- */

int json_file_schema(gia_request_t *request, const char *path)
{
    json_file_t file;
    int status = open_file(&file, "--schema", path);
    if (status == EXIT_DONE) {
        /* A body's own would win. */
        gia_request_set_json(request, "/response_format", NULL);
        gia_request_set_response_schema(request, file.text);
    }
    close_file(&file);
    return status;
}

/* ---- a function ---- */

/* The declaration as it is; `type` is added where it is missing. */
static int add_function(gia_request_t *request, const json_file_t *file)
{
    static const char type[] = "{\"type\":\"function\",";
    const gia_json_t *function = gia_document_root(file->document);
    char *typed;
    if (!gia_json_string(gia_json_get(function, "name"), NULL))
        return refuse(file, "it is no function: it needs a name");
    if (gia_json_get(function, "type")) {
        gia_request_add_tool_json(request, file->text);
        return EXIT_DONE;
    }
    typed = malloc(file->len + sizeof type);
    if (!typed) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    sprintf(typed, "%s%s", type, strchr(file->text, '{') + 1);
    gia_request_add_tool_json(request, typed);
    free(typed);
    return EXIT_DONE;
}

int json_file_function(gia_request_t *request, const char *path)
{
    json_file_t file;
    int status = open_file(&file, "--function", path);
    if (status == EXIT_DONE)
        status = add_function(request, &file);
    close_file(&file);
    return status;
}
