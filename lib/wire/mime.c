/* MIME types: what a file is, told by its name or its first bytes, and what to call it. */
#include "wire/mime.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Of rows with one extension the first names the type, of rows with one type the first names the
 * extension. The types are spelled as the service's documentation spells them; other spellings
 * come after. */
static const struct {
    const char *extension;
    const char *type;
} names[] = {
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"jpe", "image/jpeg"},
    {"webp", "image/webp"},
    {"heic", "image/heic"},
    {"heif", "image/heif"},
    {"gif", "image/gif"},
    {"bmp", "image/bmp"},
    {"tiff", "image/tiff"},
    {"tif", "image/tiff"},
    {"wav", "audio/wav"},
    {"mp3", "audio/mp3"},
    {"aiff", "audio/aiff"},
    {"aif", "audio/aiff"},
    {"aac", "audio/aac"},
    {"ogg", "audio/ogg"},
    {"oga", "audio/ogg"},
    {"flac", "audio/flac"},
    {"m4a", "audio/m4a"},
    {"opus", "audio/opus"},
    {"weba", "audio/webm"},
    {"mp4", "video/mp4"},
    {"m4v", "video/mp4"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpg"},
    {"mov", "video/mov"},
    {"avi", "video/avi"},
    {"flv", "video/x-flv"},
    {"webm", "video/webm"},
    {"wmv", "video/wmv"},
    {"3gp", "video/3gpp"},
    {"3gpp", "video/3gpp"},
    {"pdf", "application/pdf"},
    {"csv", "text/csv"},
    {"txt", "text/plain"},
    {"text", "text/plain"},
    {"md", "text/markdown"},
    {"html", "text/html"},
    {"htm", "text/html"},
    {"css", "text/css"},
    {"xml", "text/xml"},
    {"rtf", "text/rtf"},
    {"json", "application/json"},
    {"js", "text/javascript"},
    {"py", "text/x-python"},
    {"doc", "application/msword"},
    {"xls", "application/vnd.ms-excel"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    /* other spellings, and what is known by no name of its own */
    {"jpg", "image/jpg"},
    {"wav", "audio/x-wav"},
    {"wav", "audio/wave"},
    {"mp3", "audio/mpeg"},
    {"m4a", "audio/mp4"},
    {"opus", "audio/ogg_opus"},
    {"flac", "audio/x-flac"},
    {"pcm", "audio/l16"},
    {"pcm", "audio/pcm"},
    {"alaw", "audio/alaw"},
    {"mulaw", "audio/mulaw"},
    {"mov", "video/quicktime"},
    {"avi", "video/x-msvideo"},
    {"wmv", "video/x-ms-wmv"},
    {"flv", "video/flv"},
    {"xml", "application/xml"},
    {"rtf", "application/rtf"},
};

/* How files begin: some bytes at the very start, and some behind them. */
static const struct {
    const char *type;
    unsigned char start_len, offset, more_len;
    const char *start, *more;
} starts[] = {
    {"image/png", 8, 0, 0, "\x89PNG\r\n\x1a\n", ""},
    {"image/jpeg", 3, 0, 0, "\xff\xd8\xff", ""},
    {"image/gif", 4, 0, 0, "GIF8", ""},
    {"image/webp", 4, 8, 4, "RIFF", "WEBP"},
    {"audio/wav", 4, 8, 4, "RIFF", "WAVE"},
    {"video/avi", 4, 8, 4, "RIFF", "AVI "},
    {"image/bmp", 2, 6, 4, "BM", "\0\0\0\0"}, /* four reserved bytes: two letters are too few */
    {"image/tiff", 4, 0, 0, "II*\0", ""},
    {"image/tiff", 4, 0, 0, "MM\0*", ""},
    {"application/pdf", 5, 0, 0, "%PDF-", ""},
    {"image/heic", 0, 4, 7, "", "ftyphei"},
    {"image/heic", 0, 4, 7, "", "ftyphev"},
    {"image/heif", 0, 4, 8, "", "ftypmif1"},
    {"image/heif", 0, 4, 8, "", "ftypmsf1"},
    {"audio/m4a", 0, 4, 7, "", "ftypM4A"},
    {"video/mov", 0, 4, 6, "", "ftypqt"},
    {"video/3gpp", 0, 4, 7, "", "ftyp3gp"},
    {"video/mp4", 0, 4, 7, "", "ftypiso"},
    {"video/mp4", 0, 4, 6, "", "ftypmp"},
    {"video/mp4", 0, 4, 8, "", "ftypavc1"},
    {"video/mp4", 0, 4, 8, "", "ftypdash"},
    {"video/mp4", 0, 4, 7, "", "ftypM4V"},
    {"audio/ogg", 4, 0, 0, "OggS", ""},
    {"audio/flac", 4, 0, 0, "fLaC", ""},
    {"audio/aiff", 4, 8, 3, "FORM", "AIF"},
    {"audio/mp3", 3, 0, 0, "ID3", ""},
    {"video/x-flv", 4, 0, 0, "FLV\x01", ""},
    {"video/wmv", 8, 0, 0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", ""},
    {"video/mpeg", 4, 0, 0, "\x00\x00\x01\xba", ""},
    {"video/mpeg", 4, 0, 0, "\x00\x00\x01\xb3", ""},
};

/* Letters of ASCII in either case, whatever the program's locale. */
static int is_same(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char differing = (unsigned char)(a[i] ^ b[i]);
        unsigned char lower = (unsigned char)a[i] | 0x20;
        if (differing && (differing != 0x20 || lower < 'a' || lower > 'z'))
            return 0;
    }
    return 1;
}

/* The characters of a word as RFC 6838 names types and subtypes. */
static size_t word_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "!#$&-^_.+");
}

int gia__mime_is_type(const char *text)
{
    size_t type = word_length(text);
    size_t subtype = text[type] == '/' ? word_length(text + type + 1) : 0;

    if (!type || !subtype)
        return 0;
    text += type + 1 + subtype;
    if (text[strspn(text, " ")] != ';')
        return !*text;
    while ((unsigned char)*text >= 0x20 && (unsigned char)*text <= 0x7e)
        text++;
    return !*text;
}

static const char *of_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');

    if (!dot || dot == name)
        return NULL;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (is_same(names[i].extension, dot + 1, strlen(names[i].extension) + 1))
            return names[i].type;
    }
    return NULL;
}

static int holds(const unsigned char *bytes, size_t len, size_t offset, const char *part,
                 size_t part_len)
{
    return len >= offset + part_len && memcmp(bytes + offset, part, part_len) == 0;
}

/* Matroska and WebM differ in a word that stands somewhere near the start. */
static int is_webm(const unsigned char *bytes, size_t len)
{
    if (!holds(bytes, len, 0, "\x1a\x45\xdf\xa3", 4))
        return 0;
    for (size_t at = 4; at < len && at < 60; at++) {
        if (holds(bytes, len, at, "webm", 4))
            return 1;
    }
    return 0;
}

/* Frames begin with eleven or twelve bits that are set; the bits behind them name the layer. */
static const char *of_frame(const unsigned char *bytes, size_t len)
{
    if (len < 2 || bytes[0] != 0xff)
        return NULL;
    if ((bytes[1] & 0xf6) == 0xf0)
        return "audio/aac";
    return (bytes[1] & 0xe6) == 0xe2 ? "audio/mp3" : NULL;
}

const char *gia__mime_of_bytes(const void *bytes, size_t len)
{
    for (size_t i = 0; i < COUNT(starts); i++) {
        if (holds(bytes, len, 0, starts[i].start, starts[i].start_len) &&
            holds(bytes, len, starts[i].offset, starts[i].more, starts[i].more_len))
            return starts[i].type;
    }
    return is_webm(bytes, len) ? "video/webm" : of_frame(bytes, len);
}

const char *gia_mime_guess(const char *path, const void *bytes, size_t len)
{
    const char *type = path ? of_name(path) : NULL;

    return type || !bytes ? type : gia__mime_of_bytes(bytes, len);
}

const char *gia_mime_extension(const char *mime_type)
{
    /* Parameters, as in "audio/l16; rate=24000", say nothing about the name. */
    size_t len = mime_type ? strcspn(mime_type, "; \t") : 0;

    for (size_t i = 0; i < COUNT(names); i++) {
        if (strlen(names[i].type) == len && is_same(names[i].type, mime_type, len))
            return names[i].extension;
    }
    return "bin";
}

gia_content_type_t gia__mime_content_type(const char *mime_type)
{
    static const struct {
        const char *start;
        gia_content_type_t type;
    } kinds[] = {{"image/", GIA_CONTENT_IMAGE},
                 {"audio/", GIA_CONTENT_AUDIO},
                 {"video/", GIA_CONTENT_VIDEO}};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (is_same(kinds[i].start, mime_type, strlen(kinds[i].start)))
            return kinds[i].type;
    }
    return GIA_CONTENT_DOCUMENT;
}
