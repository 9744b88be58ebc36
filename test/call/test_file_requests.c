/* Creates with a file in them: refused before anything is sent when it is no good, and broken off
 * at any moment without a trace. Real time: the loop's threads read the file. */
#include "wires.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than the loop moves in all the turns that it gets here. */
enum { FILE_BYTES = 128 * 1024 * 1024 };

static char folder[] = "/tmp/gia-file-requests-XXXXXX";
static char path[64], empty[64], missing[64];

static size_t count_open_files(void)
{
    DIR *files = opendir("/proc/self/fd");
    size_t count = 0;

    while (files && readdir(files))
        count++;
    if (files)
        closedir(files);
    return count;
}

static gia_request_t *make_request(const char *file)
{
    gia_request_t *request = gia_request_new();

    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_add_text(request, "Describe the image.");
    gia_request_add_file(request, file, "image/png");
    return request;
}

static int start(world_t *world, record_t *record, const gia_request_t *request)
{
    gia_call_options_t options = record_options(record, world);

    return gia_interaction_create(&record->call, world->client, request, &options);
}

static void files_that_are_no_good_are_refused_at_the_start(void **state)
{
    const char *const files[] = {missing, folder, empty};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        gia_request_t *request = make_request(files[i]);
        const char *message = NULL;
        record_t record = {0};
        world_t world;

        open_wire(&world, &wires[0], NULL);
        assert_int_equal(start(&world, &record, request), GIA_EFILE);
        assert_null(record.call);
        assert_int_equal(gia_request_error(request, &message), GIA_EFILE);
        assert_non_null(strstr(message, files[i]));
        assert_int_equal(gia_client_call_count(world.client), 0);
        gia_request_free(request);
        uv_run(&world.loop, UV_RUN_NOWAIT);
        assert_int_equal(sim_counts(world.sim).connections_accepted, 0);
        assert_int_equal(sim_request_count(world.sim), 0);
        world_close(&world);
        assert_int_equal(record.done, 0);
        assert_int_equal(record.event_count, 0);
        record_clear(&record);
    }
}

/* The world is gone when everything is over. */
static void count_request(const sim_request_t *request, void *data)
{
    (*(int *)data)++;
}

/* Breaks off after so many turns of the loop; 1 if the body was on its way then. */
static int break_off(const struct wire_s *wire, int turns, int close_client)
{
    size_t open_files = count_open_files();
    gia_request_t *request = make_request(path);
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    int requests = 0, sent;
    world_t world;

    options.sim.tls = wire->tls;
    options.sim.http = wire->http;
    options.sim.on_request = count_request;
    options.sim.data = &requests;
    world_open(&world, &options);
    assert_int_equal(start(&world, &record, request), GIA_OK);
    gia_request_free(request); /* the call has what it needs */
    for (int i = 0; i < turns; i++)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_int_equal(record.done, 0);
    if (close_client)
        world_close_client(&world);
    else
        gia_call_cancel(record.call);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_ECANCELED);
    assert_int_equal(record.events_after_done, 0);
    world_close(&world);
    assert_int_equal(record.done, 1);
    assert_int_equal(requests, 0); /* none was whole */
    assert_int_equal(count_open_files(), open_files);
    sent = record.request_sent;
    record_clear(&record);
    return sent;
}

static void calls_are_broken_off_at_any_moment(void **state)
{
    static const int turns[] = {0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89};
    enum { COUNT = sizeof(turns) / sizeof(turns[0]) };

    for (int w = 0; w < WIRES; w++) {
        for (int close_client = 0; close_client < 2; close_client++) {
            assert_int_equal(break_off(&wires[w], turns[0], close_client), 0);
            for (size_t i = 1; i < COUNT - 1; i++)
                break_off(&wires[w], turns[i], close_client);
            assert_int_equal(break_off(&wires[w], turns[COUNT - 1], close_client), 1);
        }
    }
}

static void make_file(char *name, const char *last, long long size)
{
    FILE *file;

    snprintf(name, sizeof(path), "%s/%s", folder, last);
    file = size < 0 ? NULL : fopen(name, "wb");
    if (file) {
        assert_int_equal(ftruncate(fileno(file), size), 0); /* zeros, and none on the disk */
        fclose(file);
    }
}

static int set_up(void **state)
{
    uv_loop_t loop;

    /* libuv's first loop opens what it keeps for all of them. */
    uv_loop_init(&loop);
    uv_loop_close(&loop);
    if (!mkdtemp(folder))
        return -1;
    make_file(path, "large.png", FILE_BYTES);
    make_file(empty, "empty.png", 0);
    make_file(missing, "missing.png", -1);
    return 0;
}

static int tear_down(void **state)
{
    unlink(path);
    unlink(empty);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_no_good_are_refused_at_the_start),
        cmocka_unit_test(calls_are_broken_off_at_any_moment),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
