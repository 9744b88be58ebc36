/* What all setters of a request share: the first error, and the checks of arguments. */
#include "wire/request_object.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "json/utf8.h"
#include "wire/mime.h"

int gia__setter_begin(gia__setter_t *setter, gia_request_t *request, const char *name)
{
    if (!request || request->error != GIA_OK)
        return 0;
    *setter = (gia__setter_t){.request = request, .name = name, .tree = &request->body};
    return 1;
}

/* The first error */

/* `place` follows the setter's name. */
__attribute__((format(printf, 4, 0))) static void fail(const gia__setter_t *setter, int code,
                                                       const char *place, const char *format,
                                                       va_list args)
{
    gia_request_t *request = setter->request;
    char *message = request->message;
    int len;

    if (request->error != GIA_OK)
        return;
    request->error = code;
    len = snprintf(message, sizeof(request->message), "%s%s: ", setter->name, place);
    vsnprintf(message + len, sizeof(request->message) - (size_t)len, format, args);

    /* A pointer or path of the caller's may be part of it, but one line is promised. */
    gia__text_to_line(message);
}

void gia__refuse(const gia__setter_t *setter, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fail(setter, code, "", format, args);
    va_end(args);
}

void gia__refuse_memory(const gia__setter_t *setter)
{
    gia_request_t *request = setter->request;

    if (request->error != GIA_OK)
        return;
    request->error = GIA_ENOMEM;
    snprintf(request->message, sizeof(request->message), "%s", gia_error_text(GIA_ENOMEM));
}

void gia__refuse_at(const gia__setter_t *setter, const char *pointer, const char *format, ...)
{
    char place[80];
    size_t len = strlen(pointer);
    size_t shown = gia__utf8_valid(pointer, len < 64 ? len : 64);
    va_list args;

    snprintf(place, sizeof(place), " %.*s%s", (int)shown, pointer,
             pointer[shown] ? "..."
             : shown        ? ""
                            : "\"\"");
    va_start(args, format);
    fail(setter, GIA_EINVAL, place, format, args);
    va_end(args);
}

int gia__setter_has_failed(const gia__setter_t *setter)
{
    return setter->request->error != GIA_OK;
}

/* Arguments */

/* Where the first control character stands (U+0000 to U+001F, U+007F to U+009F); SIZE_MAX if there
 * is none. */
static size_t find_control(const char *text)
{
    for (size_t i = 0; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0))
            return i;
    }
    return SIZE_MAX;
}

int gia__accept_text(const gia__setter_t *setter, const char *argument, const char *text)
{
    size_t len, valid;

    if (!text) {
        gia__refuse(setter, GIA_EINVAL, "%s is NULL", argument);
        return 0;
    }
    len = strlen(text);
    valid = gia__utf8_valid(text, len);
    if (valid < len) {
        gia__refuse(setter, GIA_EINVAL, "%s is not valid UTF-8 at byte %zu; convert it first",
                    argument, valid);
        return 0;
    }
    return 1;
}

int gia__accept_line(const gia__setter_t *setter, const char *argument, const char *text)
{
    size_t control;

    if (!gia__accept_text(setter, argument, text))
        return 0;
    control = find_control(text);
    if (control != SIZE_MAX) {
        gia__refuse(setter, GIA_EINVAL,
                    "%s holds a control character at byte %zu; strip line ends and the like",
                    argument, control);
        return 0;
    }
    return 1;
}

int gia__accept_name(const gia__setter_t *setter, const char *argument, const char *text)
{
    if (!gia__accept_line(setter, argument, text))
        return 0;
    if (!*text) {
        gia__refuse(setter, GIA_EINVAL, "%s is empty; give one or leave the call out", argument);
        return 0;
    }
    return 1;
}

int gia__accept_name_or_null(const gia__setter_t *setter, const char *argument, const char *text)
{
    return !text || gia__accept_name(setter, argument, text);
}

int gia__accept_mime_type_or_null(const gia__setter_t *setter, const char *mime_type)
{
    if (!gia__accept_name_or_null(setter, "mime_type", mime_type))
        return 0;
    if (!mime_type || gia__mime_is_type(mime_type))
        return 1;
    gia__refuse(setter, GIA_EINVAL, "mime_type is none: it looks like \"image/png\"");
    return 0;
}

int gia__accept_names(const gia__setter_t *setter, const char *argument, const char *const *names,
                      size_t count)
{
    if (!names || !count) {
        gia__refuse(setter, GIA_EINVAL, "%s is %s; give at least one", argument,
                    names ? "empty" : "NULL");
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (!gia__accept_name(setter, argument, names[i]))
            return 0;
    }
    return 1;
}

int gia__accept_number(const gia__setter_t *setter, const char *argument, double number)
{
    if (isfinite(number))
        return 1;
    gia__refuse(setter, GIA_EINVAL, "%s is %s; JSON has no word for that", argument,
                isnan(number) ? "not a number" : "infinite");
    return 0;
}

int gia__accept_count(const gia__setter_t *setter, const char *argument, int64_t number)
{
    if (number >= 0)
        return 1;
    gia__refuse(setter, GIA_EINVAL, "%s is negative; 0 leaves it to the service", argument);
    return 0;
}

int gia__accept_object(const gia__setter_t *setter, const char *argument, const char *json)
{
    if (!json) {
        gia__refuse(setter, GIA_EINVAL, "%s is NULL", argument);
        return 0;
    }
    /* What follows is checked when it is put somewhere. */
    if (json[strspn(json, " \t\r\n")] != '{') {
        gia__refuse(setter, GIA_EINVAL, "%s is no JSON object", argument);
        return 0;
    }
    return 1;
}
