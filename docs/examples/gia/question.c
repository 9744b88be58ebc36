/* Makes the request that the command line describes: what is wrong with it is said here, before
 * anything is sent. */
#include "question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "read.h"
#include "trouble.h"

#define DEFAULT_MODEL   "gemini-3-flash-preview"
#define MAX_INPUT_BYTES ((size_t)256 << 20)

/* ---- the input ---- */

static int has_media(const options_t *options)
{
    for (size_t i = 0; i < options->addition_count; i++) {
        if (options->additions[i].kind == ADD_FILE || options->additions[i].kind == ADD_URI)
            return 1;
    }
    return 0;
}

static int add_text(gia_request_t *request, const options_t *options)
{
    size_t len;
    if (options->input && strcmp(options->input, "-") != 0) {
        gia_request_add_text(request, options->input);
        return EXIT_DONE;
    }
    if (!options->input && (options->body_file || has_media(options)))
        return EXIT_DONE;
    if (!options->input && uv_guess_handle(0) == UV_TTY) {
        complain("there is nothing to ask: use --input TEXT, or --input - to type it");
        return EXIT_USAGE;
    }
    char *text = read_file("-", MAX_INPUT_BYTES, &len);
    if (!text)
        return EXIT_USAGE;
    if (len > 0)
        gia_request_add_text(request, text);
    else
        complain("there is nothing to ask: standard input is empty (use --input TEXT)");
    free(text);
    return len > 0 ? EXIT_DONE : EXIT_USAGE;
}

static int add_uri(gia_request_t *request, const addition_t *uri)
{
    static const struct {
        const char *start;
        gia_content_type_t type;
    } types[] = {
        {"image/", GIA_CONTENT_IMAGE},
        {"audio/", GIA_CONTENT_AUDIO},
        {"video/", GIA_CONTENT_VIDEO},
        {"", GIA_CONTENT_DOCUMENT},
    };
    const char *mime_type = uri->more ? uri->more : gia_mime_guess(uri->text, NULL, 0);
    size_t i = 0;
    if (!mime_type) {
        complain("what is at %s? Say it behind a colon, for instance :image/png", uri->text);
        return EXIT_USAGE;
    }
    while (strncmp(mime_type, types[i].start, strlen(types[i].start)) != 0)
        i++;
    gia_request_add_uri(request, types[i].type, uri->text, uri->more);
    return EXIT_DONE;
}

/* ---- what is read from files ---- */

/* Gives a file's text to a setter. */
static int use_file(gia_request_t *request, const char *path,
                    int (*use)(gia_request_t *, const char *path, char *text, size_t len))
{
    size_t len;
    int status;
    char *text = read_file(path, MAX_INPUT_BYTES, &len);
    if (!text)
        return EXIT_USAGE;
    status = use(request, path, text, len);
    free(text);
    return status;
}

static int use_body(gia_request_t *request, const char *path, char *text, size_t len)
{
    gia_request_set_json(request, "", text);
    return EXIT_DONE;
}

static int use_schema(gia_request_t *request, const char *path, char *text, size_t len)
{
    /* A body's own would win. */
    gia_request_set_json(request, "/response_format", NULL);
    gia_request_set_response_schema(request, text);
    return EXIT_DONE;
}

/* The declaration as it is; `type` is added where it is missing. */
static int use_function(gia_request_t *request, const char *path, char *text, size_t len)
{
    static const char type[] = "{\"type\":\"function\",";
    gia_json_error_t error = {0};
    gia_document_t *document = NULL;
    int code = gia_document_parse(&document, text, len, NULL, &error);
    const gia_json_t *root = gia_document_root(document);
    int has_type = gia_json_get(root, "type") != NULL;
    int has_name = gia_json_string(gia_json_get(root, "name"), NULL) != NULL;
    char *typed = NULL;

    gia_document_free(document);
    if (code != GIA_OK) {
        complain("%s is not JSON: %s (at byte %zu)", path, error.message, error.offset);
        return EXIT_USAGE;
    }
    if (!has_name) {
        complain("%s is no function: it needs a name", path);
        return EXIT_USAGE;
    }
    if (!has_type && (typed = malloc(len + sizeof type)) != NULL)
        sprintf(typed, "%s%s", type, strchr(text, '{') + 1);
    if (has_type || typed)
        gia_request_add_tool_json(request, has_type ? text : typed);
    else
        complain("out of memory");
    free(typed);
    return has_type || typed ? EXIT_DONE : EXIT_FAILED;
}

/* ---- everything ---- */

static int add(gia_request_t *request, const addition_t *addition)
{
    switch (addition->kind) {
    case ADD_FILE: gia_request_add_file(request, addition->text, addition->more); break;
    case ADD_URI: return add_uri(request, addition);
    case ADD_TOOL: gia_request_add_tool(request, addition->text); break;
    case ADD_FUNCTION: return use_file(request, addition->text, use_function);
    case ADD_MCP_SERVER: gia_request_add_mcp_server(request, addition->text, addition->more); break;
    default: break; /* members come last */
    }
    return EXIT_DONE;
}

static void set_members(gia_request_t *request, const options_t *options)
{
    for (size_t i = 0; i < options->addition_count; i++) {
        if (options->additions[i].kind == ADD_MEMBER)
            gia_request_set_json(request, options->additions[i].text, options->additions[i].more);
    }
}

static void set_simple(gia_request_t *request, const options_t *options)
{
    /* A body says itself who shall answer, unless it is told otherwise. */
    if (options->body_file && options->model)
        gia_request_set_json(request, "/agent", NULL);
    if (options->body_file && options->agent)
        gia_request_set_json(request, "/model", NULL);
    if (options->agent)
        gia_request_set_agent(request, options->agent);
    else if (options->model || !options->body_file)
        gia_request_set_model(request, options->model ? options->model : DEFAULT_MODEL);
    if (options->system)
        gia_request_set_system_instruction(request, options->system);
    if (options->previous)
        gia_request_set_previous_interaction_id(request, options->previous);
    if (options->background)
        gia_request_set_background(request, 1);
    if (options->no_store)
        gia_request_set_store(request, 0);
    if (options->stream)
        gia_request_set_stream(request, 1);
}

int question_fill(gia_request_t *request, const options_t *options)
{
    const char *message = NULL;
    int status = EXIT_DONE;
    int code;
    if (options->body_file)
        status = use_file(request, options->body_file, use_body);
    /* A body's input would win over what is added. */
    if (options->body_file && (options->input || has_media(options)))
        gia_request_set_json(request, "/input", NULL);
    if (status == EXIT_DONE)
        status = add_text(request, options);
    for (size_t i = 0; status == EXIT_DONE && i < options->addition_count; i++)
        status = add(request, &options->additions[i]);
    if (status == EXIT_DONE && options->schema_file)
        status = use_file(request, options->schema_file, use_schema);
    if (status != EXIT_DONE)
        return status;
    set_simple(request, options);
    set_members(request, options);
    code = gia_request_error(request, &message);
    if (code == GIA_OK)
        return EXIT_DONE;
    complain("the request: %s", message);
    return code == GIA_EINVAL || code == GIA_EFILE ? EXIT_USAGE : EXIT_FAILED;
}
