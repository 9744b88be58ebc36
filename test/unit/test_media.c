/* Media out of an answer, into memory and into files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gia/content.h>

#include "answer.h"
#include "core/base64.h"
#include "failing_memory.h"
#include "open_files.h"

/* In the place of the C library's: what was synced last, and how much. */
static struct {
    unsigned files, folders;
    ino_t folder;
    int folders_fail;
} synced;

int fsync(int file)
{
    struct stat status;

    assert_int_equal(fstat(file, &status), 0);
    if (!S_ISDIR(status.st_mode)) {
        synced.files++;
        return 0;
    }
    synced.folders++;
    synced.folder = status.st_ino;
    errno = EINVAL;
    return synced.folders_fail ? -1 : 0;
}

static gia_content_t media(const char *data, size_t len)
{
    return (gia_content_t){.type = GIA_CONTENT_IMAGE,
                           .type_name = "image",
                           .data = data,
                           .data_len = len,
                           .uri = "https://x.example"};
}

/* Bytes that no slice of them resembles, and their base64; both to be freed. */
static gia_content_t large_media(unsigned char **bytes, size_t len)
{
    char *text = malloc(gia__base64_encoded_size(len) + 1), *end = text;
    gia__base64_encoder_t encoder = {0};
    uint32_t noise = 1;
    size_t i;

    *bytes = malloc(len);
    for (i = 0; i < len; i++) {
        noise = noise * 1664525 + 1013904223;
        (*bytes)[i] = (unsigned char)(noise >> 24);
    }
    end += gia__base64_encode(&encoder, end, *bytes, len);
    end += gia__base64_encode_end(&encoder, end);
    return media(text, (size_t)(end - text));
}

/* ---- decoding ---- */

static void recorded_media_are_decoded(void **state)
{
    static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const unsigned char jpeg[] = {0xff, 0xd8, 0xff};
    static const unsigned char sound[] = {0x00, 0x00, 0x2a, 0x01, 0x4f};
    static const struct {
        const char *file;
        gia_content_type_t type;
        const void *head;
        size_t head_len, len;
    } rows[] = {
        {"legacy/image_output.json", GIA_CONTENT_IMAGE, png, 8, 69},
        {"legacy/image_output.sse", GIA_CONTENT_IMAGE, png, 8, 69},
        {"steps/code_execution_with_plot.json", GIA_CONTENT_IMAGE, png, 8, 69},
        {"steps/image_output.sse", GIA_CONTENT_IMAGE, jpeg, 3, 0},
        {"legacy/audio_output.json", GIA_CONTENT_AUDIO, sound, 5, 64},
        {"steps/audio_output.json", GIA_CONTENT_AUDIO, sound, 5, 64},
    };
    size_t i, len;
    void *bytes;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        gia_interaction_t *interaction = recorded_answer(rows[i].file);
        const gia_content_t *output = output_of(interaction, rows[i].type);

        assert_int_equal(gia_content_decode(output, NULL, &bytes, &len), GIA_OK);
        assert_true(len >= rows[i].head_len);
        assert_memory_equal(bytes, rows[i].head, rows[i].head_len);
        if (rows[i].len)
            assert_int_equal(len, rows[i].len);
        free(bytes);
        gia_interaction_release(interaction);
    }
}

/* Each piece of audio has its own padding: joined as texts they would be no base64. */
static void folded_audio_is_its_pieces_joined(void **state)
{
    static const char *const files[][2] = {{"legacy/audio_output.sse", "legacy/audio_output.json"},
                                           {"steps/audio_output.sse", "steps/audio_output.json"}};
    size_t i, len, piece_len;
    void *bytes, *piece;

    for (i = 0; i < 2; i++) {
        gia_interaction_t *stream = recorded_answer(files[i][0]);
        gia_interaction_t *unary = recorded_answer(files[i][1]);

        assert_int_equal(
            gia_content_decode(output_of(stream, GIA_CONTENT_AUDIO), NULL, &bytes, &len), GIA_OK);
        assert_int_equal(
            gia_content_decode(output_of(unary, GIA_CONTENT_AUDIO), NULL, &piece, &piece_len),
            GIA_OK);
        assert_int_equal(len, 2 * piece_len); /* the stream sends the same piece twice */
        assert_memory_equal(bytes, piece, piece_len);
        assert_memory_equal((char *)bytes + piece_len, piece, piece_len);
        free(bytes);
        free(piece);
        gia_interaction_release(stream);
        gia_interaction_release(unary);
    }
}

static void what_is_no_base64_is_refused(void **state)
{
    static const char *const rows[] = {"A",       "AAAAA", "AA=A",  "A===",   "====",
                                       "AAA!",    "AA-_",  "AA AA", "AAAA\n", "\xc3\xa4\xc3\xa4",
                                       "AAA=AAAA"};
    char place[] = "untouched";
    void *bytes = place;
    size_t i, len = 7;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        gia_content_t content = media(rows[i], strlen(rows[i]));
        assert_int_equal(gia_content_decode(&content, NULL, &bytes, &len), GIA_EBASE64);
        assert_ptr_equal(bytes, place);
        assert_int_equal(len, 7);
    }
}

static void what_has_no_data_is_refused(void **state)
{
    gia_interaction_t *video = recorded_answer("steps/video_output_uri.json");
    const gia_content_t *output = output_of(video, GIA_CONTENT_VIDEO);
    gia_content_t content = media("AAAA", 4), none = media("", 0);
    void *bytes = NULL;
    size_t len;

    assert_non_null(output->uri);
    assert_int_equal(gia_content_decode(output, NULL, &bytes, &len), GIA_EINVAL);
    assert_int_equal(gia_content_save(output, "never"), GIA_EINVAL);
    assert_int_equal(gia_content_decode(&none, NULL, &bytes, &len), GIA_EINVAL);
    assert_int_equal(gia_content_save(&none, "never"), GIA_EINVAL);
    assert_int_equal(gia_content_decode(NULL, NULL, &bytes, &len), GIA_EINVAL);
    assert_int_equal(gia_content_decode(&content, NULL, NULL, &len), GIA_EINVAL);
    assert_int_equal(gia_content_decode(&content, NULL, &bytes, NULL), GIA_EINVAL);
    assert_int_equal(gia_content_save(NULL, "never"), GIA_EINVAL);
    assert_int_equal(gia_content_save(&content, NULL), GIA_EINVAL);
    assert_null(bytes);
    assert_int_equal(access("never", F_OK), -1);
    gia_interaction_release(video);
}

static void decoding_uses_the_allocator(void **state)
{
    failing_memory_t memory = {.fail_at = 1};
    gia_allocator_t allocator = failing_allocator(&memory);
    gia_content_t content = media("aGVsbG8", 7); /* padding may be missing */
    void *bytes = NULL;
    size_t len = 7;

    assert_int_equal(gia_content_decode(&content, &allocator, &bytes, &len), GIA_ENOMEM);
    assert_null(bytes);
    assert_int_equal(len, 7);
    memory = (failing_memory_t){0};
    content.data = "aGVsbG!";
    assert_int_equal(gia_content_decode(&content, &allocator, &bytes, &len), GIA_EBASE64);
    assert_int_equal(memory.n_open, 0);
    content.data = "aGVsbG8";
    assert_int_equal(gia_content_decode(&content, &allocator, &bytes, &len), GIA_OK);
    assert_int_equal(memory.n_open, 1);
    assert_int_equal(len, 5);
    assert_memory_equal(bytes, "hello", 5);
    allocator.free_fn(bytes, allocator.data);
    assert_int_equal(memory.n_open, 0);
}

/* ---- files ---- */

typedef struct folder_s {
    char path[64];
    char file[80];
} folder_t;

static int open_folder(void **state)
{
    folder_t *folder = calloc(1, sizeof(*folder));

    strcpy(folder->path, "/tmp/gia-media-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->file, sizeof(folder->file), "%s/picture.png", folder->path);
    *state = folder;
    return 0;
}

static int close_folder(void **state)
{
    folder_t *folder = *state;

    unlink(folder->file);
    assert_int_equal(rmdir(folder->path), 0); /* nothing else is left in it */
    free(folder);
    return 0;
}

static size_t count_files(const folder_t *folder)
{
    DIR *dir = opendir(folder->path);
    size_t n = 0;
    struct dirent *entry;

    while ((entry = readdir(dir)))
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static void expect_file(const char *path, const void *bytes, size_t len)
{
    char *got = malloc(len + 1);
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    assert_int_equal(fread(got, 1, len + 1, file), len);
    assert_memory_equal(got, bytes, len);
    fclose(file);
    free(got);
}

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Around the ends of pieces, with each kind of padding and without it. */
static void files_get_every_byte(void **state)
{
    static const size_t sizes[] = {1,         2,     3,     12287,  12288,  12289,
                                   2 * 12288, 24577, 24578, 100000, 1 << 20};
    const folder_t *folder = *state;
    unsigned char *bytes;
    size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        gia_content_t content = large_media(&bytes, sizes[i]);
        assert_int_equal(gia_content_save(&content, folder->file), GIA_OK);
        expect_file(folder->file, bytes, sizes[i]);
        while (content.data[content.data_len - 1] == '=')
            content.data_len--;
        assert_int_equal(gia_content_save(&content, folder->file), GIA_OK);
        expect_file(folder->file, bytes, sizes[i]);
        assert_int_equal(count_files(folder), 1);
        free((char *)(uintptr_t)content.data);
        free(bytes);
    }
}

static void a_new_file_has_the_usual_mode(void **state)
{
    const folder_t *folder = *state;
    gia_content_t content = media("AAAA", 4);
    mode_t old = umask(027);
    struct stat status;

    assert_int_equal(gia_content_save(&content, folder->file), GIA_OK);
    umask(old);
    assert_int_equal(stat(folder->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

/* A piece of padding may end the whole, not a slice of it, wherever the slices are cut. */
static void what_is_no_base64_leaves_no_file(void **state)
{
    const folder_t *folder = *state;
    unsigned char *bytes;
    gia_content_t content = large_media(&bytes, 60000);
    char *data = (char *)(uintptr_t)content.data;
    static const size_t spots[] = {0, 4095, 16383, 16384, 32767, 65535, 79999};
    size_t i;

    put_file(folder->file, "what was there");
    for (i = 0; i < sizeof(spots) / sizeof(*spots); i++) {
        static const char wrong[] = "!=";
        char right = data[spots[i]];
        size_t j;
        for (j = 0; wrong[j]; j++) {
            /* The one '=' at the very end would be padding. */
            if (wrong[j] == '=' && spots[i] == content.data_len - 1)
                continue;
            data[spots[i]] = wrong[j];
            assert_int_equal(gia_content_save(&content, folder->file), GIA_EBASE64);
            assert_int_equal(count_files(folder), 1);
        }
        data[spots[i]] = right;
    }
    expect_file(folder->file, "what was there", 14);
    free(data);
    free(bytes);
}

static void trouble_leaves_what_was_there(void **state)
{
    const folder_t *folder = *state;
    char path[5000], inner[100];
    unsigned char *bytes;
    gia_content_t content = large_media(&bytes, 100000);
    struct rlimit old, low;

    snprintf(path, sizeof(path), "%s/none/picture.png", folder->path);
    errno = 0;
    assert_int_equal(gia_content_save(&content, path), GIA_EFILE);
    assert_int_equal(errno, ENOENT);
    errno = 0;
    assert_int_equal(gia_content_save(&content, ""), GIA_EFILE);
    assert_int_equal(errno, ENOENT);
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    memcpy(path, folder->path, strlen(folder->path));
    path[strlen(folder->path)] = '/';
    errno = 0;
    assert_int_equal(gia_content_save(&content, path), GIA_EFILE); /* too long a name */
    assert_int_equal(errno, ENAMETOOLONG);
    memset(path + strlen(folder->path), '/', 4500); /* too long a folder */
    errno = 0;
    assert_int_equal(gia_content_save(&content, path), GIA_EFILE);
    assert_int_equal(errno, ENAMETOOLONG);
    assert_int_equal(count_files(folder), 0);

    /* A folder stands in the place: found only at the end. */
    snprintf(inner, sizeof(inner), "%s/folder", folder->path);
    assert_int_equal(mkdir(inner, 0700), 0);
    errno = 0;
    assert_int_equal(gia_content_save(&content, inner), GIA_EFILE);
    assert_true(errno == EISDIR || errno == ENOTEMPTY || errno == EEXIST);
    assert_int_equal(count_files(folder), 1);
    assert_int_equal(rmdir(inner), 0);

    /* Space that runs out in the middle. */
    put_file(folder->file, "what was there");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    low = old;
    low.rlim_cur = 50000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    errno = 0;
    assert_int_equal(gia_content_save(&content, folder->file), GIA_EFILE);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(count_files(folder), 1);
    expect_file(folder->file, "what was there", 14);

    free((char *)(uintptr_t)content.data);
    free(bytes);
}

/* Its bytes, and its name in the folder, though trouble with that is nobody's error. */
static void files_and_their_folder_are_synced(void **state)
{
    const folder_t *folder = *state;
    gia_content_t content = media("aGVsbG8=", 8);
    size_t open_files = count_open_files();
    struct stat status;

    assert_int_equal(stat(folder->path, &status), 0);
    for (int fails = 0; fails < 2; fails++) {
        memset(&synced, 0, sizeof(synced));
        synced.folders_fail = fails;
        assert_int_equal(gia_content_save(&content, folder->file), GIA_OK);
        assert_int_equal(synced.files, 1);
        assert_int_equal(synced.folders, 1);
        assert_true(synced.folder == status.st_ino);
        expect_file(folder->file, "hello", 5);
    }
    assert_int_equal(count_open_files(), open_files);
    content.data_len = 7; /* no padding */
    content.data = "aGVs*G8";
    assert_int_equal(gia_content_save(&content, folder->file), GIA_EBASE64);
    assert_int_equal(synced.folders, 1);
    synced.folders_fail = 0;
}

/* Relative to where the program stands, without a folder. */
static void a_bare_name_is_written_here(void **state)
{
    const folder_t *folder = *state;
    gia_content_t content = media("aGVsbG8=", 8);
    struct stat status;
    char here[4096];

    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(chdir(folder->path), 0);
    assert_int_equal(gia_content_save(&content, "picture.png"), GIA_OK);
    assert_int_equal(chdir(here), 0);
    assert_int_equal(stat(folder->path, &status), 0);
    assert_true(synced.folder == status.st_ino);
    expect_file(folder->file, "hello", 5);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_media_are_decoded),
        cmocka_unit_test(folded_audio_is_its_pieces_joined),
        cmocka_unit_test(what_is_no_base64_is_refused),
        cmocka_unit_test(what_has_no_data_is_refused),
        cmocka_unit_test(decoding_uses_the_allocator),
        with_folder(files_get_every_byte),
        with_folder(a_new_file_has_the_usual_mode),
        with_folder(what_is_no_base64_leaves_no_file),
        with_folder(trouble_leaves_what_was_there),
        with_folder(files_and_their_folder_are_synced),
        with_folder(a_bare_name_is_written_here),
    };
    return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}
