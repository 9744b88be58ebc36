/* The files of JSON that the command line names. */
#ifndef PROGRAM_JSON_FILE_H
#define PROGRAM_JSON_FILE_H

#include <gia.h>

#include "options.h"

/* Each puts a file's JSON into the request. They return the status to exit with: what is wrong with
 * the file is said on stderr. */
int json_file_body(gia_request_t *request, const options_t *options);
int json_file_schema(gia_request_t *request, const char *path);
int json_file_function(gia_request_t *request, const char *path);

#endif
