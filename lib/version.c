/* The version of the library at run time. */
#include <gia/version.h>

unsigned gia_version(void)
{
    return GIA_VERSION_NUMBER;
}

const char *gia_version_string(void)
{
    return GIA_VERSION_STRING;
}
