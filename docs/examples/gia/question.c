/* Makes the request that the command line describes: what is wrong with it is said here, before
 * anything is sent, and by the names that the command line has for things. */
#include "question.h"

#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "json_file.h"
#include "local_file.h"
#include "read.h"
#include "trouble.h"

#define DEFAULT_MODEL "gemini-3-flash-preview"

/* ---- what the options hold ---- */

/* All text goes into JSON. */
static int check_text(const char *option, const char *text)
{
    gia_request_t *request = gia_request_new();
    int code;
    gia_request_set_model(request, DEFAULT_MODEL);
    gia_request_add_text(request, text);
    code = gia_request_error(request, NULL);
    gia_request_free(request);
    if (code == GIA_EINVAL)
        complain("%s: this is not valid UTF-8", option);
    else if (code != GIA_OK)
        complain("%s: %s", option, gia_error_text(code));
    return code == GIA_OK ? EXIT_DONE : code == GIA_EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

static int check_texts(const options_t *options)
{
    const struct {
        const char *option, *text;
    } texts[] = {
        {"--model", options->model},       {"--agent", options->agent},
        {"--input", options->input},       {"--system", options->system},
        {"--previous", options->previous},
    };
    int status = EXIT_DONE;
    for (size_t i = 0; status == EXIT_DONE && i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].text)
            status = check_text(texts[i].option, texts[i].text);
    }
    return status;
}

/* The library names the setter that was given something, which is no news here. */
static int complain_request(const gia_request_t *request, const char *option, const char *value)
{
    const char *message = NULL;
    const char *reason = NULL;
    int code = gia_request_error(request, &message);
    if (strncmp(message, "add_", 4) == 0 || strncmp(message, "set_", 4) == 0)
        reason = strstr(message, ": ");
    complain("%s%s: %s", option, value, reason ? reason + 2 : message);
    return code == GIA_EINVAL || code == GIA_EFILE ? EXIT_USAGE : EXIT_FAILED;
}

/* Whether the request, fine `before`, has not taken what an option holds. While something is
 * missing still that cannot be told; then the end tells. */
static int judge_option(const gia_request_t *request, int before, const char *option,
                        const char *value)
{
    if (before != GIA_OK || gia_request_error(request, NULL) == GIA_OK)
        return EXIT_DONE;
    return complain_request(request, option, value);
}

/* ---- the input ---- */

static int add_text(gia_request_t *request, const options_t *options)
{
    size_t len;
    int status = EXIT_USAGE;
    if (options->input && strcmp(options->input, "-") != 0) {
        gia_request_add_text(request, options->input);
        return EXIT_DONE;
    }
    if (!options->input && (options->body_file || options_have(options, ADDS_INPUT)))
        return EXIT_DONE;
    if (!options->input && uv_guess_handle(0) == UV_TTY) {
        complain("there is nothing to ask: use --input TEXT, or --input - to type it");
        return EXIT_USAGE;
    }
    char *text = read_file("-", READ_MAX_BYTES, &len);
    if (!text)
        return EXIT_USAGE;
    if (len > 0) {
        status = check_text("standard input", text);
        gia_request_add_text(request, text);
    } else {
        complain("there is nothing to ask: standard input is empty (use --input TEXT)");
    }
    free(text);
    return status;
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
        complain("--uri %s: its type is unknown; say --uri %s:image/png, or whatever it is",
                 uri->text, uri->text);
        return EXIT_USAGE;
    }
    while (strncmp(mime_type, types[i].start, strlen(types[i].start)) != 0)
        i++;
    gia_request_add_uri(request, types[i].type, uri->text, uri->more);
    return EXIT_DONE;
}

static int add_file(gia_request_t *request, const addition_t *file)
{
    if (local_file_check("--file ", file->text, file->more) != 0)
        return EXIT_USAGE;
    gia_request_add_file(request, file->text, file->more);
    return EXIT_DONE;
}

/* ---- everything ---- */

static int add_mcp_server(gia_request_t *request, const addition_t *server)
{
    gia_request_add_mcp_server(request, server->text, server->more);
    return EXIT_DONE;
}

static int add_tool(gia_request_t *request, const addition_t *tool)
{
    gia_request_add_tool(request, tool->text);
    return EXIT_DONE;
}

static int add_function(gia_request_t *request, const addition_t *function)
{
    return json_file_function(request, function->text);
}

static int set_member(gia_request_t *request, const addition_t *member)
{
    gia_request_set_json(request, member->text, member->more);
    return EXIT_DONE;
}

/* The options of some kinds, in their order. */
static int add(gia_request_t *request, const options_t *options, unsigned kinds)
{
    static const struct {
        const char *option;
        int (*add)(gia_request_t *, const addition_t *);
    } kind[] = {
        [ADD_FILE] = {"--file ", add_file},
        [ADD_URI] = {"--uri ", add_uri},
        [ADD_TOOL] = {"--tool ", add_tool},
        [ADD_FUNCTION] = {"--function ", add_function},
        [ADD_MCP_SERVER] = {"--mcp ", add_mcp_server},
        [ADD_MEMBER] = {"--set ", set_member},
    };
    int status = EXIT_DONE;
    for (size_t i = 0; status == EXIT_DONE && i < options->addition_count; i++) {
        const addition_t *addition = &options->additions[i];
        int before = gia_request_error(request, NULL);
        if (!(kinds >> addition->kind & 1))
            continue;
        status = kind[addition->kind].add(request, addition);
        if (status == EXIT_DONE)
            status = judge_option(request, before, kind[addition->kind].option, addition->text);
    }
    return status;
}

/* Who shall answer. A body says it itself, unless it is told otherwise. */
static void set_answerer(gia_request_t *request, const options_t *options)
{
    if (options->body_file && options->model)
        gia_request_set_json(request, "/agent", NULL);
    if (options->body_file && options->agent)
        gia_request_set_json(request, "/model", NULL);
    if (options->agent)
        gia_request_set_agent(request, options->agent);
    else if (options->model)
        gia_request_set_model(request, options->model);
    else if (!options->body_file && !options_set(options, "/agent"))
        gia_request_set_model(request, DEFAULT_MODEL);
}

static void set_simple(gia_request_t *request, const options_t *options)
{
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

static int set_schema(gia_request_t *request, const char *path)
{
    int before = gia_request_error(request, NULL);
    int status = path ? json_file_schema(request, path) : EXIT_DONE;
    return status == EXIT_DONE ? judge_option(request, before, "--schema ", path) : status;
}

int question_fill(gia_request_t *request, const options_t *options)
{
    int status = check_texts(options);
    if (status == EXIT_DONE && options->body_file)
        status = json_file_body(request, options);
    if (status != EXIT_DONE)
        return status;
    /* A body's input would win over what is added. */
    if (options->body_file && (options->input || options_have(options, ADDS_INPUT)))
        gia_request_set_json(request, "/input", NULL);
    set_answerer(request, options);
    set_simple(request, options);
    status = add_text(request, options);
    if (status == EXIT_DONE)
        status = add(request, options, ADDS_INPUT | ADDS_TOOL);
    if (status == EXIT_DONE)
        status = set_schema(request, options->schema_file);
    if (status == EXIT_DONE)
        status = add(request, options, SETS_MEMBER);
    if (status == EXIT_DONE && gia_request_error(request, NULL) != GIA_OK)
        status = complain_request(request, "the request", "");
    return status;
}
