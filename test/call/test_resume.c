/* Streams that break and are taken up again: what the caller hears is what he would have heard.
 *
 * Every stream fixture is cut at every byte, and the service takes it up in each of the ways that
 * were seen: a sample of that by default. GIA_TEST_STRIDE=1 GIA_TEST_PHASE=0 does it all, which
 * takes an hour; GIA_TEST_STRIDE=N with GIA_TEST_PHASE=0 to N-1 does the same in N processes side
 * by side. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "wire/sse.h"

#define ID            "v1_x"
#define BODY          "{\"model\":\"m\",\"input\":\"x\",\"stream\":true,\"background\":true}"
#define STREAM_HEADER "\"headers\":{\"content-type\":\"text/event-stream\"}"
#define JSON_HEADER   "\"headers\":{\"content-type\":\"application/json\"}"

enum { MAX_FRAMES = 64 };

/* What the service does with a connection that comes after the first. */
enum behaviour {
    EXACT,      /* goes on behind the event id */
    REPLAY,     /* begins at the start */
    TWO_EVENTS, /* goes on for two events, and hangs; each time */
    CUT_AGAIN,  /* goes on, and breaks again in the middle of what is left; then goes on */
    GONE,       /* 404 */
    BEHAVIOURS
};

static const char *const behaviour_names[] = {"exact", "replay", "two events", "cut again", "gone"};

/* A stream in its server-sent events. */
typedef struct fixture_s {
    char *text;
    size_t len;
    struct {
        size_t begin, end;
        char *event_id; /* NULL: none */
        int is_last;
    } frames[MAX_FRAMES];
    size_t count;
    json_t *trace; /* of the whole, uncut */
    json_t *interaction;
    char *final; /* the interaction as JSON */
} fixture_t;

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *text;

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    text = malloc(*len + 1);
    assert_int_equal(fread(text, 1, *len, file), *len);
    text[*len] = '\0';
    fclose(file);
    return text;
}

/* Reads the data of one event: its id, if it has one, and whether it is the last word. */
static void read_frame(fixture_t *fixture, size_t frame, const gia__sse_event_t *event)
{
    json_t *json = json_loadb(event->data, event->data_len, 0, NULL);
    const char *id = json_string_value(json_object_get(json, "event_id"));
    const char *type = json_string_value(json_object_get(json, "event_type"));

    fixture->frames[frame].event_id = id ? strdup(id) : NULL;
    fixture->frames[frame].is_last = type && (strcmp(type, "interaction.complete") == 0 ||
                                              strcmp(type, "interaction.completed") == 0);
    json_decref(json);
}

static void split(fixture_t *fixture)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_event_t event;
    size_t at = 0, used;
    gia__sse_t sse;

    gia__sse_init(&sse, &mem, SIZE_MAX, SIZE_MAX);
    while (gia__sse_feed(&sse, fixture->text + at, fixture->len - at, &used, &event) ==
           GIA__SSE_EVENT) {
        assert_true(fixture->count < MAX_FRAMES);
        fixture->frames[fixture->count].begin = at;
        at += used;
        fixture->frames[fixture->count].end = at;
        read_frame(fixture, fixture->count++, &event);
    }
    gia__sse_free(&sse);
}

static char *quote(const char *text, size_t len)
{
    json_t *string = json_stringn(text, len);
    char *quoted = json_dumps(string, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

    json_decref(string);
    return quoted;
}

/* A reply to `method` that is bytes of the fixture from `begin` on, and ends at `end`, if that is
 * not the whole, in this way. A cut may be amid a character, so the text is whole and the end is
 * told. */
static void script_part(world_t *world, const fixture_t *fixture, const char *method, size_t begin,
                        size_t end, const char *how)
{
    char *quoted = quote(fixture->text + begin, fixture->len - begin);
    size_t size = strlen(quoted) + 400;
    char *script = malloc(size), cut[80] = "";

    if (end < fixture->len)
        snprintf(cut, sizeof(cut), ",\"cut_at\":%zu,\"end\":\"%s\"", end - begin, how);
    snprintf(script, size,
             "{\"replies\":[{\"match\":{\"method\":\"%s\",\"path\":\"%s\"}," STREAM_HEADER
             ",\"body_text\":%s%s}]}",
             method, strcmp(method, "GET") == 0 ? "stream=true" : "interactions", quoted, cut);
    world_script(world, script);
    free(script);
    free(quoted);
}

static void script_final(world_t *world, const fixture_t *fixture)
{
    char *quoted = quote(fixture->final, strlen(fixture->final));
    char *script = malloc(strlen(quoted) + 300);

    sprintf(script,
            "{\"replies\":[{\"match\":{\"method\":\"GET\",\"path\":\"interactions\"}," JSON_HEADER
            ",\"body_text\":%s}]}",
            quoted);
    world_script(world, script);
    free(script);
    free(quoted);
}

/* Where a service goes on that got all up to `cut`: behind the newest event id in there. */
static size_t behind_id(const fixture_t *fixture, size_t cut, size_t *next_frame)
{
    size_t at = 0;

    *next_frame = 0;
    for (size_t i = 0; i < fixture->count && fixture->frames[i].end <= cut; i++) {
        if (fixture->frames[i].event_id) {
            at = fixture->frames[i].end;
            *next_frame = i + 1;
        }
    }
    return at;
}

static int is_complete_at(const fixture_t *fixture, size_t cut)
{
    for (size_t i = 0; i < fixture->count && fixture->frames[i].end <= cut; i++) {
        if (fixture->frames[i].is_last)
            return 1;
    }
    return 0;
}

/* Whether the first frame, which tells the id, has come. */
static int has_id_at(const fixture_t *fixture, size_t cut)
{
    return fixture->frames[0].end <= cut;
}

static void script_resumes(world_t *world, const fixture_t *fixture, size_t cut, enum behaviour way)
{
    size_t frame, from = behind_id(fixture, cut, &frame), middle;

    switch (way) {
    case EXACT: script_part(world, fixture, "GET", from, fixture->len, ""); break;
    case REPLAY: script_part(world, fixture, "GET", 0, fixture->len, ""); break;
    case TWO_EVENTS:
        /* Two more each time, until there is nothing new. */
        for (size_t i = 0; i < 40; i++) {
            size_t last = frame + 1 < fixture->count ? frame + 1 : fixture->count - 1;
            script_part(world, fixture, "GET", from, fixture->frames[last].end, "stall");
            if (fixture->frames[last].end > cut)
                cut = fixture->frames[last].end;
            from = behind_id(fixture, cut, &frame);
        }
        break;
    case CUT_AGAIN:
        middle = (cut > from ? cut : from) + (fixture->len - (cut > from ? cut : from)) / 2;
        script_part(world, fixture, "GET", from, middle, "reset");
        from = behind_id(fixture, middle, &frame);
        script_part(world, fixture, "GET", from, fixture->len, "");
        break;
    case GONE:
        world_script(world, "{\"replies\":[{\"match\":{\"method\":\"GET\"},"
                            "\"fixture\":\"steps/error_404_not_found.json\"}]}");
        break;
    case BEHAVIOURS: break;
    }
    if (way != GONE)
        script_final(world, fixture); /* for who looks instead */
}

/* The call did not get the stream to its end, but looked how the interaction stands. */
static int has_looked(world_t *world)
{
    const sim_request_t *last = sim_request(world->sim, sim_request_count(world->sim) - 1);

    return strcmp(last->method, "GET") == 0 && !(last->query && strstr(last->query, "stream=true"));
}

static json_t *to_json(const gia_interaction_t *interaction)
{
    size_t len;
    const char *raw = gia_json_raw(gia_interaction_json(interaction), &len);

    return raw ? json_loadb(raw, len, 0, NULL) : NULL;
}

/* Makes `text` the continuation of a member of `entry`. */
static void join(json_t *entry, const char *member, const char *text)
{
    const char *before = json_string_value(json_object_get(entry, member));
    char *joined = malloc(strlen(before ? before : "") + strlen(text) + 1);

    sprintf(joined, "%s%s", before ? before : "", text);
    json_object_set_new(entry, member, json_string(joined));
    free(joined);
}

/* The same of the events of one block (-1: of none). */
static void add_essence(json_t *all, const json_t *trace, json_int_t block)
{
    static const char *const pieces[] = {"text", "function_call", "audio"};
    json_t *last = NULL, *event;
    size_t i;

    json_array_foreach(trace, i, event)
    {
        const char *name = json_string_value(json_object_get(event, "event"));
        json_t *delta = json_object_get(event, "delta");
        const char *text = json_string_value(json_object_get(delta, "text"));
        const char *arguments = json_string_value(json_object_get(delta, "arguments"));
        const char *type = json_string_value(json_object_get(delta, "type"));
        json_t *index = json_object_get(event, "index");
        int is_piece = 0;

        if ((index ? json_integer_value(index) : -1) != block ||
            (strncmp(name, "content.", 8) != 0 && strcmp(name, "interaction.complete") != 0) ||
            (type && (strcmp(type, "thought_signature") == 0 || strstr(type, "annotation") ||
                      strcmp(type, "holographic") == 0))) /* an interaction has no such thing */
            continue;
        for (size_t k = 0; type && k < 3; k++)
            is_piece |= strcmp(type, pieces[k]) == 0;
        if (!is_piece || !last ||
            strcmp(json_string_value(json_object_get(last, "delta")), type) != 0) {
            last = json_object();
            json_object_set_new(last, "event", json_string(name));
            json_object_set_new(last, "delta", json_string(type ? type : ""));
            json_array_append_new(all, last);
        }
        if (text)
            join(last, "text", text);
        if (arguments)
            join(last, "arguments", arguments);
    }
}

/* What stays the same when pieces are cut otherwise, and blocks come one after the other: the
 * blocks, deltas of one kind joined. */
static json_t *essence(const json_t *trace)
{
    json_t *all = json_array();

    for (json_int_t block = -1; block < MAX_FRAMES; block++)
        add_essence(all, trace, block);
    return all;
}

static void show(const char *what, const json_t *trace)
{
    char *text = json_dumps(trace, JSON_INDENT(1) | JSON_COMPACT);

    print_error("%s: %s\n", what, text);
    free(text);
}

/* How many events the frames up to `cut` are: what the server sent, and what the client makes of
 * it. */
static size_t events_until(const fixture_t *fixture, size_t cut)
{
    size_t frames = 0, sent = 0, i;

    while (frames < fixture->count && fixture->frames[frames].end <= cut)
        frames++;
    for (i = 0; i < json_array_size(fixture->trace); i++) {
        sent += !json_object_get(json_array_get(fixture->trace, i), "own");
        if (sent > frames)
            break;
    }
    return i;
}

static void check(world_t *world, const fixture_t *fixture, const char *name, size_t cut,
                  enum behaviour way, const record_t *record)
{
    json_t *interaction, *wanted, *got;
    int complete = is_complete_at(fixture, cut);

    if (complete || (way != GONE && has_id_at(fixture, cut))) {
        if (record->code != GIA_OK)
            fail_msg("%s, cut at %zu, %s: %s", name, cut, behaviour_names[way], record->message);
        if (has_looked(world)) {
            wanted = essence(fixture->trace);
            got = essence(record->trace);
        } else {
            wanted = json_incref(fixture->trace);
            got = json_incref(record->trace);
        }
        if (!json_equal(wanted, got)) {
            show("wanted", wanted);
            show("got", got);
            fail_msg("%s, cut at %zu, %s: another trace", name, cut, behaviour_names[way]);
        }
        json_decref(wanted);
        json_decref(got);
        interaction = to_json(record->interaction);
        if (!json_equal(interaction, fixture->interaction)) {
            show("wanted", fixture->interaction);
            show("got", interaction);
            fail_msg("%s, cut at %zu, %s: another interaction", name, cut, behaviour_names[way]);
        }
        json_decref(interaction);
        return;
    }
    /* It is truly lost, and what had arrived is there. */
    if (record->code != GIA_ETRUNCATED && record->code != GIA_ELOST &&
        record->code != GIA_EPROTOCOL)
        fail_msg("%s, cut at %zu, %s: %s", name, cut, behaviour_names[way], record->message);
    /* Every frame that came whole was told. */
    assert_int_equal(json_array_size(record->trace), events_until(fixture, cut));
    for (size_t i = 0; i < json_array_size(record->trace); i++)
        assert_true(
            json_equal(json_array_get(record->trace, i), json_array_get(fixture->trace, i)));
}

static void run(world_t *world, record_t *record)
{
    gia_call_options_t options = record_options(record, world);

    alarm(60); /* each by itself must not hang */
    assert_int_equal(world_create(world, record, BODY, &options), GIA_OK);
    world_run(world, record);
    assert_int_equal(record->done, 1);
    assert_int_equal(record->events_after_done, 0);
}

static void learn(world_t *world, fixture_t *fixture)
{
    record_t record = {0};
    const char *raw;
    size_t len;

    script_part(world, fixture, "POST", 0, fixture->len, "");
    run(world, &record);
    assert_int_equal(record.code, GIA_OK);
    fixture->trace = json_incref(record.trace);
    fixture->interaction = to_json(record.interaction);
    raw = gia_json_raw(gia_interaction_json(record.interaction), &len);
    fixture->final = strndup(raw, len);
    record_clear(&record);
}

static size_t cut_everywhere(world_t *world, const char *revision, const char *name, size_t stride,
                             size_t phase)
{
    fixture_t fixture = {0};
    char path[600];
    size_t runs = 0;

    snprintf(path, sizeof(path), "%s/responses/%s/%s", TEST_DATA, revision, name);
    fixture.text = read_file(path, &fixture.len);
    split(&fixture);
    learn(world, &fixture);
    for (enum behaviour way = 0; way < BEHAVIOURS; way++) {
        /* Waiting out each silence takes a moment of real time. */
        size_t step = way == TWO_EVENTS && !getenv("GIA_TEST_PHASE") ? stride * 4 : stride;

        for (size_t cut = (phase + way) % step; cut < fixture.len; cut += step) {
            static const char *const ends[] = {"close", "reset", "stall"};
            record_t record = {0};

            script_part(world, &fixture, "POST", 0, cut, ends[(cut + way) % 3]);
            script_resumes(world, &fixture, cut, way);
            run(world, &record);
            if (record.code == GIA_EIDLE_TIMEOUT)
                record.code = GIA_ELOST; /* it was stalled */
            check(world, &fixture, name, cut, way, &record);
            record_clear(&record);
            sim_script_clear(world->sim);
            runs++;
        }
    }
    for (size_t i = 0; i < fixture.count; i++)
        free(fixture.frames[i].event_id);
    json_decref(fixture.trace);
    json_decref(fixture.interaction);
    free(fixture.final);
    free(fixture.text);
    return runs;
}

/* Streams that come to their end, and whose id is told. */
static int is_plain(const char *name, const json_t *entry)
{
    return strcmp(json_string_value(json_object_get(entry, "kind")), "stream") == 0 &&
           json_is_string(json_object_get(entry, "status")) &&
           !json_object_get(entry, "error_code") && strcmp(name, "resume_stuck.sse") != 0 &&
           strstr(name, "_resumed.sse") == NULL && strcmp(name, "store_false.sse") != 0;
}

static void every_stream_cut_everywhere(void **state)
{
    json_t *manifest = json_load_file(TEST_DATA "/responses/MANIFEST.json", 0, NULL), *files,
           *entry;
    const char *wanted = getenv("GIA_TEST_STRIDE"), *revision, *name;
    const char *wanted_phase = getenv("GIA_TEST_PHASE");
    size_t phase = wanted_phase ? strtoul(wanted_phase, NULL, 10) : 0;
    size_t stride = wanted ? strtoul(wanted, NULL, 10) : 127, runs = 0, streams = 0;
    world_options_t options = WORLD_OPTIONS;
    world_t world;

    assert_non_null(manifest);
    options.config.max_resumes = 2;
    options.config.idle_timeout_ms = 30000;
    options.config.first_byte_timeout_ms = 30000;
    options.sim.log_limit = 1;
    world_open(&world, &options);
    json_object_foreach(manifest, revision, files)
    {
        json_object_foreach(files, name, entry)
        {
            if (is_plain(name, entry))
                runs += cut_everywhere(&world, revision, name, stride ? stride : 1,
                                       phase + streams++ * 7);
        }
    }
    print_message("# %zu streams, %zu cuts\n", streams, runs);
    assert_true(streams > 30);
    world_close(&world);
    json_decref(manifest);
}

/* -- one at a time -- */

#define DATA(json) "\"data: " json "\\n\\n\""
#define START                                                                                      \
    DATA("{\\\"event_type\\\":\\\"interaction.created\\\",\\\"interaction\\\":{\\\"id\\\":\\\"" ID \
         "\\\",\\\"status\\\":\\\"in_progress\\\"}}")
#define OPEN                                                                                       \
    DATA("{\\\"event_type\\\":\\\"step.start\\\",\\\"index\\\":0,\\\"step\\\":{\\\"type\\\":"      \
         "\\\"model_output\\\"}}")
#define TEXT(text)                                                                                 \
    DATA("{\\\"event_type\\\":\\\"step.delta\\\",\\\"index\\\":0,\\\"delta\\\":{\\\"type\\\":"     \
         "\\\"text\\\",\\\"text\\\":\\\"" text "\\\"}}")
#define TEXT_ID(text, id)                                                                          \
    DATA("{\\\"event_type\\\":\\\"step.delta\\\",\\\"event_id\\\":\\\"" id                         \
         "\\\",\\\"index\\\":0,\\\"delta\\\":{\\\"type\\\":\\\"text\\\",\\\"text\\\":\\\"" text    \
         "\\\"}}")
#define CLOSE DATA("{\\\"event_type\\\":\\\"step.stop\\\",\\\"index\\\":0}")
#define COMPLETE                                                                                   \
    DATA("{\\\"event_type\\\":\\\"interaction.completed\\\",\\\"interaction\\\":{\\\"id\\\":"      \
         "\\\"" ID "\\\",\\\"status\\\":\\\"completed\\\"}}")
#define EVENTS(list, end) "{" STREAM_HEADER ",\"events\":[" list "],\"end\":\"" end "\"}"
#define FIRST             EVENTS(START "," OPEN "," TEXT_ID("Two ", "a/+=") "," TEXT("wo"), "reset")

static void start(world_t *world, record_t *record, const char *body, const char *script)
{
    world_options_t options = WORLD_OPTIONS;

    options.config.max_resumes = 2;
    options.config.idle_timeout_ms = 30000;
    options.config.max_attempts = 3;
    world_open(world, &options);
    world_script(world, script);
    assert_int_equal(world_create(world, record, body, NULL), GIA_OK);
    world_run(world, record);
}

static void finish(world_t *world, record_t *record)
{
    record_clear(record);
    world_close(world);
}

/* What was told of a stream's texts, cut otherwise by a replay, comes once. */
static void only_the_rest_of_a_text_is_new(void **state)
{
    static const char *const seconds[] = {
        /* behind the id: what had none comes again */
        EVENTS(TEXT("words. ") "," TEXT("Done.") "," CLOSE "," COMPLETE, "normal"),
        EVENTS(TEXT("w") "," TEXT("ords. Done.") "," CLOSE "," COMPLETE, "normal"),
        /* from the start */
        EVENTS(START "," OPEN "," TEXT("Two words. Done.") "," CLOSE "," COMPLETE, "normal"),
        EVENTS(START "," OPEN "," TEXT("T") "," TEXT("wo w") "," TEXT("ords. Done.") "," CLOSE
                                                                                     "," COMPLETE,
               "normal"),
    };

    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        record_t record = {0};
        char script[3000];
        world_t world;

        snprintf(script, sizeof(script), "{\"replies\":[" FIRST ",%s]}", seconds[i]);
        start(&world, &record, BODY, script);
        if (record.code != GIA_OK)
            fail_msg("row %zu: %s", i, record.message);
        assert_string_equal(record.text, "Two words. Done.");
        assert_string_equal(gia_interaction_output_text(record.interaction, NULL),
                            "Two words. Done.");
        assert_int_equal(record.resumes, 1);
        assert_int_equal(record.reconnects, 1);
        assert_int_equal(record.attempts, 2);
        assert_int_equal(record.may_have_run, 0);
        assert_string_equal(sim_request(world.sim, 1)->path, "/v1beta/interactions/" ID);
        assert_string_equal(sim_request(world.sim, 1)->query,
                            "stream=true&last_event_id=a%2F%2B%3D");
        finish(&world, &record);
    }
}

/* What cannot be taken up is lost, with what had arrived. */
static void what_is_not_taken_up(void **state)
{
    static const struct {
        const char *body;
        gia_resume_t resume;
    } rows[] = {
        {"{\"model\":\"m\",\"input\":\"x\",\"stream\":true}", GIA_RESUME_AUTO}, /* foreground */
        {BODY, GIA_RESUME_OFF},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        record_t record = {0};
        gia_call_options_t call;
        world_t world;

        options.config.max_attempts = 3;
        world_open(&world, &options);
        world_script(&world, "{\"replies\":[" FIRST "]}");
        call = record_options(&record, &world);
        call.resume = rows[i].resume;
        assert_int_equal(world_create(&world, &record, rows[i].body, &call), GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_ELOST);
        assert_int_equal(record.resumes, 0);
        assert_int_equal(record.may_have_run, 1);
        assert_int_equal(sim_request_count(world.sim), 1);
        assert_string_equal(gia_interaction_output_text(record.interaction, NULL), "Two wo");
        finish(&world, &record);
    }
}

/* A get as a stream is taken up like the stream of a create. */
static void a_get_is_taken_up(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    gia_get_options_t get = GIA_GET_OPTIONS_INIT;
    record_t record = {0};
    gia_call_options_t call;
    world_t world;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" FIRST
                         "," EVENTS(TEXT("words.") "," CLOSE "," COMPLETE, "normal") "]}");
    call = record_options(&record, &world);
    get.stream = 1;
    assert_int_equal(gia_interaction_get(&record.call, world.client, ID, &get, &call), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    assert_string_equal(record.text, "Two words.");
    assert_int_equal(record.resumes, 1);
    finish(&world, &record);
}

/* Progress, not tries, renews the budget; trouble in between is waited out. */
static void it_goes_on_as_long_as_there_is_news(void **state)
{
    record_t record = {0};
    world_t world;

    start(
        &world, &record, BODY,
        "{\"replies\":[" FIRST ","
        "{\"fixture\":\"steps/error_503_service_unavailable.json\"}," EVENTS(
            TEXT("words."),
            "stal"
            "l") "," EVENTS(TEXT("words. "),
                            "reset") ","
                                     "{\"accept\":\"reset\"}," EVENTS(TEXT("words. A"), "close") "," EVENTS(
                                         TEXT("words. A"),
                                         "close") "," EVENTS(TEXT("words. A") "," TEXT("nd") "," CLOSE
                                                                                             "," COMPLETE,
                                                             "normal") "]}");
    assert_int_equal(record.code, GIA_OK);
    assert_string_equal(record.text, "Two words. And");
    assert_int_equal(record.resumes, 7);
    assert_int_equal(record.reconnects, 7);
    finish(&world, &record);
}

#define RUNNING                                                                                    \
    "{" JSON_HEADER ",\"body_text\":\"{\\\"id\\\":\\\"" ID                                         \
    "\\\",\\\"status\\\":\\\"in_progress\\\"}\"}"
#define FINISHED                                                                                   \
    "{" JSON_HEADER ",\"body_text\":\"{\\\"id\\\":\\\"" ID                                         \
    "\\\",\\\"status\\\":\\\"completed\\\",\\\"steps\\\":[{\\\"type\\\":\\\"model_output\\\","     \
    "\\\"content\\\":[{\\\"type\\\":\\\"text\\\",\\\"text\\\":\\\"Two words.\\\"}]}]}\"}"
#define NOTHING EVENTS("", "stall")

/* Without news it looks how the run stands, until it has ended, and tells what is missing. */
static void without_news_it_looks(void **state)
{
    record_t record = {0};
    world_t world;

    start(&world, &record, BODY,
          "{\"replies\":[" FIRST "," NOTHING "," NOTHING "," RUNNING ",{\"fixture\":\"steps/"
          "error_503_service_unavailable.json\"},{\"accept\":\"reset\"}," RUNNING "," FINISHED
          "]}");
    assert_int_equal(record.code, GIA_OK);
    assert_string_equal(record.text, "Two words.");
    assert_int_equal(record.resumes, 2);
    assert_int_equal(sim_request_count(world.sim), 8);
    assert_null(sim_request(world.sim, 7)->query);
    assert_string_equal(gia_interaction_output_text(record.interaction, NULL), "Two words.");
    assert_int_equal(gia_interaction_status(record.interaction), GIA_STATUS_COMPLETED);
    finish(&world, &record);
}

static void pause_at_event(record_t *record, const gia_event_t *event)
{
    gia_call_pause(record->call);
}

/* What is told from a look can be paused at each event, like what comes from the wire. */
static void telling_can_be_paused(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    world_t world;
    size_t pauses = 0;

    options.config.max_resumes = 1;
    options.config.idle_timeout_ms = 1000;
    world_open(&world, &options);
    record.on_event = pause_at_event;
    world_script(&world, "{\"replies\":[" FIRST "," NOTHING "," FINISHED "]}");
    assert_int_equal(world_create(&world, &record, BODY, NULL), GIA_OK);
    while (!record.done) {
        uint64_t events = json_array_size(record.trace);
        world_pass(&world, 5000);
        if (record.done)
            break;
        assert_true(json_array_size(record.trace) <= events + 1);
        gia_call_resume(record.call);
        pauses++;
        assert_true(pauses < 50);
    }
    assert_int_equal(record.code, GIA_OK);
    assert_string_equal(record.text, "Two words.");
    assert_true(pauses > 5);
    finish(&world, &record);
}

/* A call that rests before it takes a stream up ends at once when it is stopped. */
static void stopping_in_between(void **state)
{
    for (int way = 0; way < 3; way++) {
        world_options_t options = WORLD_OPTIONS;
        record_t record = {0};
        gia_call_options_t call;
        world_t world;

        options.config.retry_delay_ms = 20000;
        world_open(&world, &options);
        world_script(&world,
                     "{\"replies\":[" FIRST
                     ",{\"status\":503,\"body_text\":\"\",\"headers\":{\"retry-after\":\"20\"}}"
                     "]}");
        call = record_options(&record, &world);
        call.total_timeout_ms = 41000;
        assert_int_equal(world_create(&world, &record, BODY, &call), GIA_OK);
        while (sim_request_count(world.sim) < 2)
            uv_run(&world.loop, UV_RUN_ONCE);
        world_pass(&world, 100);
        if (way == 0)
            gia_call_cancel(record.call);
        else if (way == 1)
            world_close_client(&world);
        else
            world_script(&world, "{\"repeat\":true,\"replies\":[{\"status\":503,\"body_text\":\"\","
                                 "\"headers\":{\"retry-after\":\"20\"}}]}");
        world_run(&world, &record);
        assert_int_equal(record.code, way < 2 ? GIA_ECANCELED : GIA_ETOTAL_TIMEOUT);
        assert_string_equal(gia_interaction_output_text(record.interaction, NULL), "Two wo");
        finish(&world, &record);
    }
}

/* The ways in which front ends end streams that last too long. */
static void a_cut_with_words(void **state)
{
    record_t record = {0};
    world_t world;

    start(&world, &record, BODY,
          "{\"replies\":[{" STREAM_HEADER ",\"events\":[" START "," OPEN
          "," TEXT("Two ") "],"
                           "\"tail\":\"[{\\\"error\\\":{\\\"code\\\":503,\\\"message\\\":"
                           "\\\"cut\\\"}}]\"}," EVENTS(START "," OPEN "," TEXT("Two ") "," TEXT(
                                                           "words.") "," CLOSE "," COMPLETE,
                                                       "normal") "]}");
    assert_int_equal(record.code, GIA_OK);
    assert_string_equal(record.text, "Two words.");
    assert_int_equal(record.resumes, 1);
    assert_string_equal(sim_request(world.sim, 1)->query, "stream=true"); /* no id had come */
    finish(&world, &record);
}

#define TAIL(list)                                                                                 \
    "{" STREAM_HEADER ",\"events\":[" list                                                         \
    "],\"tail\":\"[{\\\"error\\\":{\\\"code\\\":503,\\\"message\\\":\\\"cut\\\"}}]\"}"

static void cancel_run_at_once(record_t *record, const gia_event_t *event)
{
    if (event->type == GIA_EVENT_CONTENT_DELTA && strcmp(event->delta.text, "words.") == 0)
        gia_call_cancel_remote(record->call);
}

/* That a connection was cut says nothing about those after it. */
static void a_cut_is_forgotten(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {.on_event = cancel_run_at_once};
    world_t world;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" TAIL(START "," OPEN "," TEXT("Two ")) "," EVENTS(
                             START "," OPEN "," TEXT("Two ") "," TEXT("words."),
                             "stall") ",{"
                                      "\"match\":{\"path\":\"/cancel\"}," JSON_HEADER
                                      ",\"body_text\":\"{\\\"id\\\":\\\"" ID
                                      "\\\",\\\"status\\\":\\\"cancelled\\\"}\"}]}");
    assert_int_equal(world_create(&world, &record, BODY, NULL), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_ECANCELED);
    assert_int_equal(record.cancel_code, GIA_OK);
    assert_string_equal(record.text, "Two words.");
    assert_int_equal(sim_request_count(world.sim), 3);
    finish(&world, &record);
}

static int has_taken_up(void *data)
{
    return sim_request_count(((world_t *)data)->sim) == 2;
}

/* The run is known before the stream that was taken up has said a word. */
static void a_silent_run_is_canceled(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    world_t world;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" FIRST ",{\"delay_ms\":500000,\"texts\":[\"x\"]}]}");
    assert_int_equal(world_create(&world, &record, BODY, NULL), GIA_OK);
    world_run_until(&world, has_taken_up, &world);
    gia_call_cancel_remote(record.call);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_ECANCELED);
    assert_int_equal(sim_request_count(world.sim), 3);
    assert_non_null(strstr(sim_request(world.sim, 2)->path, ID "/cancel"));
    finish(&world, &record);
}

/* The deadline of a watch holds for streams that are taken up. */
static void a_deadline_holds(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    gia_watch_options_t watch = GIA_WATCH_OPTIONS_INIT;
    record_t record = {0};
    gia_call_options_t call;
    world_t world;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" FIRST "," EVENTS(TEXT("wo"), "stall") "]}");
    call = record_options(&record, &world);
    watch.timeout_ms = 5000;
    call.watch = &watch;
    call.idle_timeout_ms = GIA_NO_TIMEOUT;
    assert_int_equal(world_create(&world, &record, BODY, &call), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_EWATCH_TIMEOUT);
    finish(&world, &record);
}

/* A stream that began behind an event is taken up behind it, and all that comes again is skipped.
 */
static void from_the_middle(void **state)
{
    static const char *const seconds[] = {
        EVENTS(TEXT("EF") "," TEXT("GH") "," CLOSE "," COMPLETE, "normal"),
        EVENTS(START "," OPEN "," TEXT("AB") "," TEXT_ID("CD", "x") "," TEXT("EF") "," TEXT(
                   "GH") "," CLOSE "," COMPLETE,
               "normal"),
        EVENTS(TEXT_ID("CD", "x") "," TEXT("EF") "," TEXT("GH") "," CLOSE "," COMPLETE, "normal"),
    };

    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        gia_get_options_t get = GIA_GET_OPTIONS_INIT;
        record_t record = {0};
        gia_call_options_t call;
        char script[3000];
        world_t world;

        world_open(&world, &options);
        snprintf(script, sizeof(script), "{\"replies\":[" EVENTS(TEXT("EF"), "close") ",%s]}",
                 seconds[i]);
        world_script(&world, script);
        call = record_options(&record, &world);
        get.stream = 1;
        get.last_event_id = "x";
        assert_int_equal(gia_interaction_get(&record.call, world.client, ID, &get, &call), GIA_OK);
        world_run(&world, &record);
        if (record.code != GIA_OK)
            fail_msg("row %zu: %s", i, record.message);
        assert_string_equal(record.text, "EFGH");
        assert_string_equal(sim_request(world.sim, 1)->query, "stream=true&last_event_id=x");
        finish(&world, &record);
    }
}

/* A character that was cut in two pieces comes whole, wherever the stream breaks. */
static void half_a_character(void **state)
{
    static const char *const scripts[] = {
        "{\"replies\":[" EVENTS(
            START "," OPEN "," TEXT_ID("a", "1") "," TEXT("b\\\\ud83d"),
            "close") "," EVENTS(TEXT("b\\\\ud83d") "," TEXT("\\\\ude00c") "," CLOSE "," COMPLETE,
                                "normal") "]}",
        "{\"replies\":[" EVENTS(START "," OPEN "," TEXT_ID("a", "1") "," TEXT("b\\\\ud83d"),
                                "close") "," EVENTS(START
                                                    "," OPEN
                                                    "," TEXT("a") "," TEXT("b\\\\ud83d") "," TEXT(
                                                        "\\\\ude00c") "," CLOSE "," COMPLETE,
                                                    "normal") "]}",
        "{\"replies\":[" EVENTS(
            START "," OPEN "," TEXT_ID("a", "1") "," TEXT_ID("b\\\\ud83d", "2"),
            "close") "," EVENTS(TEXT("b\\\\ud83d") "," TEXT("\\\\ude00c") "," CLOSE "," COMPLETE,
                                "normal") "]}",
    };

    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        record_t record = {0};
        world_t world;

        start(&world, &record, BODY, scripts[i]);
        if (record.code != GIA_OK)
            fail_msg("row %zu: %s", i, record.message);
        assert_string_equal(record.text, "ab\xf0\x9f\x98\x80"
                                         "c");
        assert_string_equal(gia_interaction_output_text(record.interaction, NULL), record.text);
        finish(&world, &record);
    }
}

/* An hour of research: a cut each minute, in one way or another, then silence, and looks to the
 * end. */
static void an_hour_of_cuts_and_looks(void **state)
{
    enum { CUTS = 50, LOOKS = 70 };
    static const char *const ends[] = {"close", "reset", "stall"};
    world_options_t options = WORLD_OPTIONS;
    char text[CUTS * 8 + 16] = "", script[4096];
    record_t record = {0};
    uint64_t began;
    world_t world;

    options.config.max_resumes = 2;
    options.config.idle_timeout_ms = 30000;
    options.config.first_byte_timeout_ms = 120000;
    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" EVENTS(START "," OPEN, "close") "]}");
    for (int i = 0; i < CUTS; i++) {
        char word[16];

        snprintf(word, sizeof(word), "w%d ", i);
        strcat(text, word);
        snprintf(
            script, sizeof(script),
            "{\"replies\":[{" STREAM_HEADER ",\"delay_ms\":60000,\"events\":["
            "\"data: {\\\"event_type\\\":\\\"step.delta\\\",\\\"event_id\\\":\\\"e%d\\\","
            "\\\"index\\\":0,\\\"delta\\\":{\\\"type\\\":\\\"text\\\",\\\"text\\\":\\\"%s\\\"}}"
            "\\n\\n\"],\"end\":\"%s\"}]}",
            i, word, ends[i % 3]);
        world_script(&world, script);
    }
    world_script(&world, "{\"replies\":[" NOTHING "," NOTHING "]}");
    for (int i = 0; i < LOOKS; i++)
        world_script(&world, i % 10 == 9 ? "{\"replies\":[{\"status\":503,\"body_text\":\"\"}]}"
                                         : "{\"replies\":[" RUNNING "]}");
    snprintf(script, sizeof(script),
             "{\"replies\":[{" JSON_HEADER ",\"body_text\":\"{\\\"id\\\":\\\"" ID
             "\\\",\\\"status\\\":"
             "\\\"completed\\\",\\\"steps\\\":[{\\\"type\\\":\\\"model_output\\\",\\\"content\\\":"
             "[{\\\"type\\\":\\\"text\\\",\\\"text\\\":\\\"%sand that is all\\\"}]}]}\"}]}",
             text);
    world_script(&world, script);
    strcat(text, "and that is all");

    began = uv_now(&world.loop);
    assert_int_equal(world_create(&world, &record, BODY, NULL), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    assert_string_equal(record.text, text);
    assert_string_equal(gia_interaction_output_text(record.interaction, NULL), text);
    assert_int_equal(record.resumes, CUTS + 2);
    assert_int_equal(record.attempts, 1 + CUTS + 2 + LOOKS + 1);
    assert_true(record.done_ms - began > 60 * 60 * 1000);
    finish(&world, &record);
}

/* An id that leads elsewhere is no id. */
static void an_id_that_leads_out_of_the_path(void **state)
{
    record_t record = {0};
    world_t world;

    start(&world, &record, BODY,
          "{\"replies\":[" EVENTS(
              DATA("{\\\"event_type\\\":\\\"interaction.created\\\",\\\"interaction\\\":"
                   "{\\\"id\\\":\\\"..\\\",\\\"status\\\":\\\"in_progress\\\"}}"),
              "close") "]}");
    assert_int_equal(record.code, GIA_ETRUNCATED);
    assert_int_equal(sim_request_count(world.sim), 1);
    finish(&world, &record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_rest_of_a_text_is_new),
        cmocka_unit_test(what_is_not_taken_up),
        cmocka_unit_test(a_get_is_taken_up),
        cmocka_unit_test(it_goes_on_as_long_as_there_is_news),
        cmocka_unit_test(without_news_it_looks),
        cmocka_unit_test(telling_can_be_paused),
        cmocka_unit_test(stopping_in_between),
        cmocka_unit_test(a_cut_with_words),
        cmocka_unit_test(a_cut_is_forgotten),
        cmocka_unit_test(a_silent_run_is_canceled),
        cmocka_unit_test(a_deadline_holds),
        cmocka_unit_test(from_the_middle),
        cmocka_unit_test(half_a_character),
        cmocka_unit_test(an_hour_of_cuts_and_looks),
        cmocka_unit_test(an_id_that_leads_out_of_the_path),
        cmocka_unit_test(every_stream_cut_everywhere),
    };
    clock_virtual(1);
    return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
