/* Names and texts of the error codes, from the one table. */
#include <gia/error.h>

const char *gia_error_name(int code)
{
    switch (code) {
    case GIA_OK: return "GIA_OK";
#define NAME(name, number, text)                                                                   \
    case number: return "GIA_" #name;
        GIA_ERROR_MAP(NAME)
#undef NAME
    default: return "GIA_EUNKNOWN";
    }
}

const char *gia_error_text(int code)
{
    switch (code) {
    case GIA_OK: return "success";
#define TEXT(name, number, text)                                                                   \
    case number: return text;
        GIA_ERROR_MAP(TEXT)
#undef TEXT
    default: return "an unknown error code";
    }
}
