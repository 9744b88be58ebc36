/* The options of an upload: read, filled in and checked, with words for what is wrong. */
#include "ops/upload_options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "json/utf8.h"
#include "wire/file.h"
#include "wire/mime.h"

enum { DEFAULT_PIECE_BYTES = 8 * 1024 * 1024, DEFAULT_MAX_RESUMES = 5 };

typedef struct message_s {
    char *text;
    size_t size;
} message_t;

/* One line of whole characters, however long the path in it is. */
__attribute__((format(printf, 3, 4))) static int say(const message_t *message, int code,
                                                     const char *format, ...)
{
    va_list args;

    if (!message->size)
        return code;
    va_start(args, format);
    vsnprintf(message->text, message->size, format, args);
    va_end(args);
    message->text[gia__utf8_valid(message->text, strlen(message->text))] = '\0';
    gia__text_to_line(message->text);
    return code;
}

static void fill_in(gia_upload_options_t *how, const gia_upload_options_t *options)
{
    memcpy(how, options, options->size < sizeof(*how) ? options->size : sizeof(*how));
    if (!how->piece_bytes)
        how->piece_bytes = DEFAULT_PIECE_BYTES;
    if (!how->max_resumes)
        how->max_resumes = DEFAULT_MAX_RESUMES;
    else if (how->max_resumes == GIA_NO_RESUME)
        how->max_resumes = 0;
}

static int is_text(const char *text)
{
    return !text || gia__utf8_valid(text, strlen(text)) == strlen(text);
}

/* NULL if nothing is wrong. */
static const char *find_fault(const gia_upload_options_t *how)
{
    if (how->piece_bytes % GIA__UPLOAD_PIECE_UNIT != 0 || how->piece_bytes > INT64_MAX)
        return "piece_bytes is no multiple of 262,144, or too large";
    if (how->wait_timeout_ms < GIA_NO_TIMEOUT)
        return "wait_timeout_ms is negative and not GIA_NO_TIMEOUT";
    if (!how->path && !how->bytes)
        return "neither path nor bytes is set";
    if (how->path && how->bytes)
        return "path and bytes are both set";
    if (how->bytes && (!how->len || how->len > INT64_MAX))
        return "there are no bytes, or too many";
    if (!is_text(how->path))
        return "path is not valid UTF-8";
    if (how->mime_type && !gia__mime_is_type(how->mime_type))
        return "mime_type is none: it looks like \"image/png\"";
    if (how->name && (!gia__file_id(how->name) || !is_text(how->name)))
        return "name is none that a file can have: it looks like \"my-id\" or \"files/my-id\"";
    return is_text(how->display_name) ? NULL : "display_name is not valid UTF-8";
}

static void look_at_memory(gia__upload_plan_t *plan)
{
    gia__file_look_t *look = &plan->look;

    look->first_len = plan->how.len < sizeof(look->first) ? plan->how.len : sizeof(look->first);
    memcpy(look->first, plan->how.bytes, look->first_len);
    plan->size_bytes = (int64_t)plan->how.len;
}

static int look(gia__upload_plan_t *plan, const message_t *message)
{
    gia_upload_options_t *how = &plan->how;
    const char *reason;

    if (!how->path) {
        look_at_memory(plan);
    } else if (gia__file_look(&plan->look, how->path, &reason) == GIA_OK) {
        plan->size_bytes = (int64_t)plan->look.mark.size;
    } else {
        return say(message, GIA_EFILE, "%s: %s", reason, how->path);
    }
    if (!how->mime_type)
        how->mime_type = gia_mime_guess(how->path, plan->look.first, plan->look.first_len);
    if (how->mime_type)
        return say(message, GIA_OK, "the upload can be started");
    return how->path
               ? say(message, GIA_EINVAL,
                     "mime_type is NULL, and neither the name nor the first bytes tell it: %s",
                     how->path)
               : say(message, GIA_EINVAL,
                     "mime_type is NULL and the first bytes do not tell it; give one");
}

int gia__upload_options_read(gia__upload_plan_t *plan, const gia_upload_options_t *options,
                             char *text, size_t size)
{
    const message_t message = {text, text ? size : 0};
    const char *fault;

    memset(plan, 0, sizeof(*plan));
    if (!options)
        return say(&message, GIA_EINVAL, "upload is NULL");
    if (options->size < sizeof(options->size))
        return say(&message, GIA_EINVAL,
                   "upload.size is not set: start from GIA_UPLOAD_OPTIONS_INIT");
    fill_in(&plan->how, options);
    fault = find_fault(&plan->how);
    return fault ? say(&message, GIA_EINVAL, "%s", fault) : look(plan, &message);
}

int gia_upload_check(const gia_upload_options_t *upload, char *message, size_t size)
{
    gia__upload_plan_t plan;

    return gia__upload_options_read(&plan, upload, message, size);
}
