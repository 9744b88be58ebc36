/* A JSON text that was decoded for its own sake, and owns all it needs. */
#ifndef GIA_JSON_DOCUMENT_H
#define GIA_JSON_DOCUMENT_H

#include "json/value.h"

/* As gia_document_parse, with a ceiling for the decoded size: GIA_EJSON_TOO_BIG. */
int gia__document_parse(gia_document_t **out, const char *text, size_t len, const gia__mem_t *mem,
                        size_t max_json, gia_json_error_t *error);

#endif
