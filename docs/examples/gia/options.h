/* The command line. */
#ifndef PROGRAM_OPTIONS_H
#define PROGRAM_OPTIONS_H

#include <gia.h>

typedef enum {
    COMMAND_CREATE,
    COMMAND_GET,
    COMMAND_WATCH,
    COMMAND_CANCEL,
    COMMAND_DELETE,
    COMMAND_FILES_UPLOAD,
    COMMAND_FILES_LIST,
    COMMAND_FILES_GET,
    COMMAND_FILES_DELETE
} command_t;

/* What to print on stdout. */
typedef enum { FORMAT_TEXT, FORMAT_EVENTS, FORMAT_JSON } format_t;

/* What can be given many times. `more` is what stands behind the ':' or '=', or NULL. */
typedef enum { ADD_FILE, ADD_URI, ADD_TOOL, ADD_FUNCTION, ADD_MCP_SERVER, ADD_MEMBER } kind_t;
typedef struct {
    kind_t kind;
    const char *text;
    const char *more;
} addition_t;

/* Sets of them, a bit each. */
#define ADDS_INPUT  (1u << ADD_FILE | 1u << ADD_URI)
#define ADDS_TOOL   (1u << ADD_TOOL | 1u << ADD_FUNCTION | 1u << ADD_MCP_SERVER)
#define SETS_MEMBER (1u << ADD_MEMBER)

/* All strings are the command line's own; NULL where nothing was given. */
typedef struct {
    command_t command;
    const char *target; /* the id, name or path that the command is about */

    const char *model;
    const char *agent;
    const char *input; /* "-" is stdin */
    const char *system;
    const char *previous;
    const char *schema_file;
    const char *body_file; /* likewise */
    int background;
    int watch;
    int64_t interval_ms;
    int64_t watch_timeout_ms;
    int no_store;
    addition_t *additions; /* in their order; options_free() frees them */
    size_t addition_count;

    int include_input;
    const char *last_event_id;

    const char *name;
    const char *display_name;
    const char *mime_type;
    int wait;

    int stream;
    format_t format;
    const char *out_folder;
    int dry_run;

    const char *key_file;
    const char *token_file;
    const char *base_url;
    const char *api_version;
    gia_revision_t revision;
    const char *ca_file;
    const char *proxy;
    gia_http_version_t http_version;
    int64_t connect_timeout_ms;
    int64_t first_byte_timeout_ms;
    int64_t idle_timeout_ms;
    int64_t total_timeout_ms;
} options_t;

/*
 * Reads the command line. -1: go on. Otherwise the status to exit with: --help and --version have
 * been answered, or what is wrong has been said. Writes into the arguments.
 */
int options_read(options_t *options, int count, char **arguments);

/* Whether there is one of these kinds. */
int options_have(const options_t *options, unsigned kinds);

/* Whether --set has been given for exactly this member. */
int options_set(const options_t *options, const char *pointer);

/* In either case. */
void options_free(options_t *options);

#endif
