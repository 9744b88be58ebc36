/* The command line. */
#ifndef PROGRAM_OPTIONS_H
#define PROGRAM_OPTIONS_H

#include <gia.h>

/* What to print on stdout. */
typedef enum { FORMAT_TEXT, FORMAT_EVENTS, FORMAT_JSON } format_t;

/* All strings are the command line's own; NULL where nothing was given. */
typedef struct {
    const char *command;

    const char *model;
    const char *input; /* "-" is stdin */
    const char *system;
    const char *previous;
    const char *body_file; /* likewise */
    int stream;
    format_t format;

    const char *key_file;
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
 * been answered, or what is wrong has been said.
 */
int options_read(options_t *options, int count, char **arguments);

#endif
