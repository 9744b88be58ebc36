/* Looking at a file: what can be sent, as what it is known again, and why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <gia/error.h>

#include "core/file.h"

static char folder[] = "/tmp/gia-test-file-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/f", folder);
    return 0;
}

static int remove_folder(void **state)
{
    return rmdir(folder);
}

static int remove_file(void **state)
{
    unlink(path);
    return 0;
}

static void write_bytes(size_t len)
{
    FILE *file = fopen(path, "wb");

    for (size_t i = 0; i < len; i++)
        fputc((int)(i & 0xff), file);
    assert_int_equal(fclose(file), 0);
}

static void assert_fault(const char *which, const char *expected)
{
    gia__file_look_t look;
    const char *reason = NULL;

    assert_int_equal(gia__file_look(&look, which, &reason), GIA_EFILE);
    assert_string_equal(reason, expected);
}

static void a_file_is_known_by_its_mark(void **state)
{
    static const size_t sizes[] = {1, GIA__FILE_FIRST_BYTES - 1, GIA__FILE_FIRST_BYTES,
                                   GIA__FILE_FIRST_BYTES + 1, 100000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t first = sizes[i] < GIA__FILE_FIRST_BYTES ? sizes[i] : GIA__FILE_FIRST_BYTES;
        gia__file_look_t look;
        const char *reason = "none";
        struct stat status;

        write_bytes(sizes[i]);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(gia__file_look(&look, path, &reason), GIA_OK);
        assert_int_equal(look.mark.size, sizes[i]);
        assert_int_equal(look.mark.device, status.st_dev);
        assert_int_equal(look.mark.inode, status.st_ino);
        assert_int_equal(look.mark.modified_s, status.st_mtim.tv_sec);
        assert_int_equal(look.mark.modified_ns, status.st_mtim.tv_nsec);
        assert_int_equal(look.first_len, first);
        for (size_t at = 0; at < first; at++)
            assert_int_equal(look.first[at], at);
    }
}

static void links_are_followed(void **state)
{
    char target[] = "/tmp/gia-test-target-XXXXXX";
    int file = mkstemp(target);
    gia__file_look_t look;
    const char *reason;

    assert_int_equal(write(file, "x", 1), 1);
    close(file);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(gia__file_look(&look, path, &reason), GIA_OK);
    assert_int_equal(look.mark.size, 1);
    unlink(target);
    assert_fault(path, "there is no such file");
    unlink(path);
    assert_int_equal(symlink(path, path), 0);
    assert_fault(path, "too many symbolic links lead to the file");
}

static void what_is_no_file_is_refused(void **state)
{
    char below[80];

    assert_fault(path, "there is no such file");
    assert_fault("", "there is no such file");
    assert_fault(folder, "a directory is not a file");
    assert_fault("/dev/null", "this is no regular file");
    write_bytes(0);
    assert_fault(path, "the file is empty");
    snprintf(below, sizeof(below), "%s/x", path);
    assert_fault(below, "there is no such file");
}

/* Opening a pipe would wait for who writes; nobody does. */
static void pipes_are_not_waited_for(void **state)
{
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_fault(path, "this is no regular file");
}

static void long_paths_are_refused(void **state)
{
    char *name = test_malloc(70000);

    memset(name, 'x', 70000);
    name[69999] = '\0';
    assert_fault(name, "the path of the file is too long");
    test_free(name);
}

/* Root may read everything, so the test is nobody for a while. */
static void permission_is_asked_for(void **state)
{
    int is_root = geteuid() == 0;

    write_bytes(1);
    assert_int_equal(chmod(path, 0), 0);
    if (is_root && (chmod(folder, 0755) != 0 || seteuid(65534) != 0))
        skip();
    assert_fault(path, "there is no permission to read the file");
    if (is_root)
        assert_int_equal(seteuid(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_file_is_known_by_its_mark, remove_file),
        cmocka_unit_test_teardown(links_are_followed, remove_file),
        cmocka_unit_test_teardown(what_is_no_file_is_refused, remove_file),
        cmocka_unit_test_teardown(pipes_are_not_waited_for, remove_file),
        cmocka_unit_test_teardown(long_paths_are_refused, remove_file),
        cmocka_unit_test_teardown(permission_is_asked_for, remove_file),
    };

    return cmocka_run_group_tests_name("file", tests, make_folder, remove_folder);
}
