/* MIME types: by name, by first bytes, and the way back to an extension. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/mime.h"

static void names_tell(void **state)
{
    static const struct {
        const char *path;
        const char *type;
    } rows[] = {
        {"a.png", "image/png"},
        {"/x.y/a.JPG", "image/jpeg"},
        {"a.jpeg", "image/jpeg"},
        {"a.TIFF", "image/tiff"},
        {"a.tar.pdf", "application/pdf"},
        {"a.mp3", "audio/mp3"},
        {"a.wav", "audio/wav"},
        {"a.m4a", "audio/m4a"},
        {"a.webm", "video/webm"},
        {"a.mov", "video/mov"},
        {"a.csv", "text/csv"},
        {"a.md", "text/markdown"},
        {"a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {"a.pngx", NULL},
        {"a.pn", NULL},
        {"a.", NULL},
        {"png", NULL},
        {".png", NULL},
        {"/x.png/a", NULL},
        {"/x/.png", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *type = gia_mime_guess(rows[i].path, NULL, 0);
        if (rows[i].type)
            assert_string_equal(type, rows[i].type);
        else
            assert_null(type);
    }
}

static const struct {
    const char *type; /* NULL: they tell nothing */
    size_t len;
    const char *bytes;
} starts[] = {
    {"image/png", 8, "\x89PNG\r\n\x1a\n"},
    {NULL, 7, "\x89PNG\r\n\x1a\n"},
    {"image/jpeg", 4, "\xff\xd8\xff\xe0"},
    {"image/gif", 6, "GIF87a"},
    {"image/webp", 12, "RIFF\x24\x00\x00\x00WEBP"},
    {"audio/wav", 12, "RIFF\x24\x00\x00\x00WAVE"},
    {"video/avi", 12,
     "RIFF\x24\x00\x00\x00"
     "AVI "},
    {NULL, 12, "RIFF\x24\x00\x00\x00SOME"},
    {NULL, 11, "RIFF\x24\x00\x00\x00WAV"},
    {"image/bmp", 10, "BM\x46\x00\x00\x00\x00\x00\x00\x00"},
    {NULL, 10, "BMW is car"},
    {"image/tiff", 4, "II*\0"},
    {"image/tiff", 4, "MM\0*"},
    {"application/pdf", 8, "%PDF-1.7"},
    {"image/heic", 12,
     "\x00\x00\x00\x18"
     "ftypheic"},
    {"image/heif", 12,
     "\x00\x00\x00\x18"
     "ftypmif1"},
    {"video/mp4", 12,
     "\x00\x00\x00\x18"
     "ftypisom"},
    {"video/mp4", 12,
     "\x00\x00\x00\x18"
     "ftypmp42"},
    {"audio/m4a", 12,
     "\x00\x00\x00\x18"
     "ftypM4A "},
    {"video/mov", 12,
     "\x00\x00\x00\x18"
     "ftypqt  "},
    {"video/3gpp", 12,
     "\x00\x00\x00\x18"
     "ftyp3gp4"},
    {NULL, 12,
     "\x00\x00\x00\x18"
     "ftypxxxx"},
    {"audio/ogg", 4, "OggS"},
    {"audio/flac", 4, "fLaC"},
    {"audio/aiff", 12,
     "FORM\x00\x00\x00\x00"
     "AIFC"},
    {"audio/mp3", 4, "ID3\x04"},
    {"audio/mp3", 2, "\xff\xfb"},
    {"audio/mp3", 2, "\xff\xf3"},
    {"audio/aac", 2, "\xff\xf1"},
    {"audio/aac", 2, "\xff\xf9"},
    {NULL, 2, "\xff\xfe"}, /* a text in UTF-16 */
    {NULL, 2, "\xfe\xff"},
    {"video/x-flv", 4, "FLV\x01"},
    {"video/wmv", 8, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"},
    {"video/mpeg", 4, "\x00\x00\x01\xba"},
    {"video/webm", 20, "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87\x81\x04"},
    {NULL, 20, "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska"},
    {NULL, 4, "PK\x03\x04"},
    {NULL, 5, "hello"},
    {NULL, 0, ""},
};

static void first_bytes_tell(void **state)
{
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        const char *type = gia_mime_guess(NULL, starts[i].bytes, starts[i].len);
        if (starts[i].type)
            assert_string_equal(type, starts[i].type);
        else
            assert_null(type);
    }
}

/* Cut off anywhere they are another type at most, and nothing behind the end is read. */
static void cut_off_bytes_do_no_harm(void **state)
{
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        for (size_t len = 0; len <= starts[i].len; len++) {
            char *bytes = test_malloc(len ? len : 1);
            memcpy(bytes, starts[i].bytes, len);
            gia_mime_guess(NULL, bytes, len);
            test_free(bytes);
        }
    }
}

static void a_name_goes_before_the_bytes(void **state)
{
    assert_string_equal(gia_mime_guess("a.csv", "GIF89a", 6), "text/csv");
    assert_string_equal(gia_mime_guess("a.unknown", "GIF89a", 6), "image/gif");
    assert_null(gia_mime_guess(NULL, NULL, 6));
}

static void types_have_an_extension(void **state)
{
    static const char *const rows[][2] = {
        {"image/png", "png"},
        {"IMAGE/JPEG", "jpg"},
        {"image/jpg", "jpg"},
        {"audio/mpeg", "mp3"},
        {"audio/l16; rate=24000", "pcm"},
        {"audio/L16;rate=24000", "pcm"},
        {"video/quicktime", "mov"},
        {"video/mp4", "mp4"},
        {"application/pdf", "pdf"},
        {"text/plain;charset=utf-8", "txt"},
        {"image/pn", "bin"},
        {"image/pngg", "bin"},
        {"image", "bin"},
        {"", "bin"},
        {NULL, "bin"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(gia_mime_extension(rows[i][0]), rows[i][1]);
}

/* What is guessed by a name has an extension by which it is guessed again. */
static void there_and_back(void **state)
{
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        char name[32] = "x.";
        if (!starts[i].type)
            continue;
        strcat(name, gia_mime_extension(starts[i].type));
        assert_string_not_equal(name, "x.bin");
        assert_int_equal(gia__mime_content_type(gia_mime_guess(name, NULL, 0)),
                         gia__mime_content_type(starts[i].type));
    }
}

static void types_look_like_types(void **state)
{
    static const struct {
        const char *text;
        int is_type;
    } rows[] = {
        {"image/png", 1},
        {"IMAGE/PNG", 1},
        {"application/vnd.ms-excel.sheet.macroEnabled.12", 1},
        {"image/svg+xml", 1},
        {"audio/ogg_opus", 1},
        {"text/x-c++", 1},
        {"audio/l16;rate=24000", 1},
        {"audio/l16; rate=24000", 1},
        {"text/plain ; charset=\"a/b\"", 1},
        {"", 0},
        {"/", 0},
        {"png", 0},
        {"image/", 0},
        {"/png", 0},
        {"image//png", 0},
        {"image/png/2", 0},
        {" image/png", 0},
        {"image/png ", 0},
        {"image /png", 0},
        {"image/p ng", 0},
        {"image/png, image/gif", 0},
        {"image/*", 0},
        {"image/png\n", 0},
        {"image/p\xc3\xb1g", 0},
        {"text/plain; a=\r\n", 0},
        {"text/plain; a=\x7f", 0},
        {"text/plain; a=\xc3\xa9", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (gia__mime_is_type(rows[i].text) != rows[i].is_type)
            fail_msg("%s", rows[i].text);
    }
    /* Whatever is guessed is one. */
    assert_true(gia__mime_is_type(gia_mime_guess("a.pptx", NULL, 0)));
}

static void types_are_contents(void **state)
{
    assert_int_equal(gia__mime_content_type("image/x"), GIA_CONTENT_IMAGE);
    assert_int_equal(gia__mime_content_type("AUDIO/x"), GIA_CONTENT_AUDIO);
    assert_int_equal(gia__mime_content_type("video/x"), GIA_CONTENT_VIDEO);
    assert_int_equal(gia__mime_content_type("application/pdf"), GIA_CONTENT_DOCUMENT);
    assert_int_equal(gia__mime_content_type("imageless"), GIA_CONTENT_DOCUMENT);
    assert_int_equal(gia__mime_content_type(""), GIA_CONTENT_DOCUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tell),
        cmocka_unit_test(first_bytes_tell),
        cmocka_unit_test(cut_off_bytes_do_no_harm),
        cmocka_unit_test(a_name_goes_before_the_bytes),
        cmocka_unit_test(types_have_an_extension),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(types_look_like_types),
        cmocka_unit_test(types_are_contents),
    };

    return cmocka_run_group_tests_name("mime", tests, NULL, NULL);
}
