/* Merges the interactions that one long answer came in into one. */
#include "wire/hops.h"

#include <string.h>

#include <gia/error.h>

#include "json/writer.h"
#include "wire/interaction.h"

typedef struct merge_s {
    gia__writer_t *writer;
    gia_interaction_t *const *hops;
    size_t count;
} merge_t;

static const gia_json_t *hop(const merge_t *merge, size_t index)
{
    return gia_interaction_json(merge->hops[index]);
}

static void write_raw(gia__writer_t *writer, const gia_json_t *value)
{
    size_t len;
    const char *raw = gia_json_raw(value, &len);

    gia__writer_raw(writer, raw, len);
}

static void write_name_at(gia__writer_t *writer, const gia_json_t *object, size_t index)
{
    size_t len;
    const char *name = gia_json_name_at(object, index, &len);

    gia__writer_string(writer, name, len);
}

static int is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (strcmp(name, *names) == 0)
            return 1;
    }
    return 0;
}

/* -- lists of steps -- */

static int is_user_input(const gia_json_t *step)
{
    return gia__content_type(step) == GIA_CONTENT_USER_INPUT;
}

/* Member `name` of all hops as one list; nothing if no hop has it. */
static void write_joined(const merge_t *merge, const char *name)
{
    int begun = 0;

    for (size_t i = 0; i < merge->count; i++) {
        const gia_json_t *list = gia__json_member(hop(merge, i), name);
        size_t n = gia_json_count(list), k = 0;

        if (gia_json_type(list) != GIA_JSON_ARRAY)
            continue;
        if (!begun) {
            gia__writer_name(merge->writer, name);
            gia__writer_array_begin(merge->writer);
            begun = 1;
        }
        while (i > 0 && k < n && is_user_input(gia_json_at(list, k)))
            k++;
        for (; k < n; k++)
            write_raw(merge->writer, gia_json_at(list, k));
    }
    if (begun)
        gia__writer_array_end(merge->writer);
}

/* -- usage -- */

/* Usage that a service would send is small. Its parts are compared with each other, so what is
 * larger is not added up. */
enum { MAX_USAGE_PARTS = 64 };

static int is_reasonable(const gia_json_t *usage)
{
    if (gia_json_type(usage) != GIA_JSON_OBJECT || gia_json_count(usage) > MAX_USAGE_PARTS)
        return !usage;
    for (size_t i = 0; i < gia_json_count(usage); i++) {
        if (gia_json_count(gia_json_at(usage, i)) > MAX_USAGE_PARTS)
            return 0;
    }
    return 1;
}

/* Numbers of the wire may be any: the sum stays at the end of the scale. */
static int64_t add(int64_t a, int64_t b)
{
    if (b > 0)
        return a > INT64_MAX - b ? INT64_MAX : a + b;
    return a < INT64_MIN - b ? INT64_MIN : a + b;
}

/* The member of an entry such as {"modality": "text", "tokens": 7} that counts; NULL if it is no
 * such entry. */
static const gia_json_t *count_of(const gia_json_t *entry)
{
    if (gia_json_type(entry) != GIA_JSON_OBJECT)
        return NULL;
    for (size_t i = 0; i < gia_json_count(entry); i++) {
        if (gia_json_type(gia_json_at(entry, i)) == GIA_JSON_NUMBER)
            return gia_json_at(entry, i);
    }
    return NULL;
}

/* What the entry counts: its first string. */
static const char *label_of(const gia_json_t *entry)
{
    for (size_t i = 0; i < gia_json_count(entry); i++) {
        const char *label = gia_json_string(gia_json_at(entry, i), NULL);
        if (label)
            return label;
    }
    return "";
}

static const gia_json_t *usage_member(const merge_t *merge, size_t index, const char *name)
{
    return gia__json_member(gia__json_member(hop(merge, index), "usage"), name);
}

/* How much all hops from `from` on count under a label in the list `name`. */
static int64_t sum_of_label(const merge_t *merge, size_t from, const char *name, const char *label)
{
    int64_t sum = 0;

    for (size_t i = from; i < merge->count; i++) {
        const gia_json_t *list = usage_member(merge, i, name);
        for (size_t k = 0; k < gia_json_count(list); k++) {
            const gia_json_t *entry = gia_json_at(list, k);
            if (strcmp(label_of(entry), label) == 0)
                sum = add(sum, gia_json_int64(count_of(entry), 0));
        }
    }
    return sum;
}

/* Whether the label stands before entry `before` of hop `at`. */
static int was_counted(const merge_t *merge, size_t at, size_t before, const char *name,
                       const char *label)
{
    for (size_t i = 0; i <= at; i++) {
        const gia_json_t *list = usage_member(merge, i, name);
        size_t n = i < at ? gia_json_count(list) : before;
        for (size_t k = 0; k < n; k++) {
            if (strcmp(label_of(gia_json_at(list, k)), label) == 0)
                return 1;
        }
    }
    return 0;
}

static void write_entry(const merge_t *merge, const gia_json_t *entry, int64_t sum)
{
    const gia_json_t *counted = count_of(entry);

    gia__writer_object_begin(merge->writer);
    for (size_t i = 0; i < gia_json_count(entry); i++) {
        write_name_at(merge->writer, entry, i);
        if (gia_json_at(entry, i) == counted)
            gia__writer_int64(merge->writer, sum);
        else
            write_raw(merge->writer, gia_json_at(entry, i));
    }
    gia__writer_object_end(merge->writer);
}

/* A list of entries, each label once. */
static void write_counted_list(const merge_t *merge, const char *name)
{
    gia__writer_array_begin(merge->writer);
    for (size_t i = 0; i < merge->count; i++) {
        const gia_json_t *list = usage_member(merge, i, name);
        for (size_t k = 0; k < gia_json_count(list); k++) {
            const gia_json_t *entry = gia_json_at(list, k);
            const char *label = label_of(entry);
            if (!was_counted(merge, i, k, name, label))
                write_entry(merge, entry, sum_of_label(merge, i, name, label));
        }
    }
    gia__writer_array_end(merge->writer);
}

static int is_counted_list(const merge_t *merge, const char *name)
{
    for (size_t i = 0; i < merge->count; i++) {
        const gia_json_t *list = usage_member(merge, i, name);
        if (list && gia_json_type(list) != GIA_JSON_ARRAY)
            return 0;
        for (size_t k = 0; k < gia_json_count(list); k++) {
            if (!count_of(gia_json_at(list, k)))
                return 0;
        }
    }
    return 1;
}

static void write_usage_member(const merge_t *merge, const gia_json_t *first, const char *name)
{
    int64_t sum = 0;

    if (is_counted_list(merge, name)) {
        write_counted_list(merge, name);
    } else if (gia_json_type(first) == GIA_JSON_NUMBER &&
               strcmp(name, "initial_input_tokens") != 0) {
        for (size_t i = 0; i < merge->count; i++)
            sum = add(sum, gia_json_int64(usage_member(merge, i, name), 0));
        gia__writer_int64(merge->writer, sum);
    } else {
        write_raw(merge->writer, first);
    }
}

static int is_in_earlier_usage(const merge_t *merge, size_t before, const char *name)
{
    for (size_t i = 0; i < before; i++) {
        if (usage_member(merge, i, name))
            return 1;
    }
    return 0;
}

static void write_usage(const merge_t *merge)
{
    int begun = 0;

    for (size_t i = 0; i < merge->count; i++) {
        const gia_json_t *usage = gia__json_member(hop(merge, i), "usage");
        if (is_reasonable(usage))
            continue;
        gia__writer_name(merge->writer, "usage");
        write_raw(merge->writer, usage);
        return;
    }

    for (size_t i = 0; i < merge->count; i++) {
        const gia_json_t *usage = gia__json_member(hop(merge, i), "usage");
        for (size_t k = 0; k < gia_json_count(usage); k++) {
            const char *name = gia_json_name_at(usage, k, NULL);
            if (!name || is_in_earlier_usage(merge, i, name) ||
                usage_member(merge, i, name) != gia_json_at(usage, k))
                continue;
            if (!begun) {
                gia__writer_name(merge->writer, "usage");
                gia__writer_object_begin(merge->writer);
                begun = 1;
            }
            write_name_at(merge->writer, usage, k);
            write_usage_member(merge, usage_member(merge, i, name), name);
        }
    }
    if (begun)
        gia__writer_object_end(merge->writer);
}

/* -- the whole -- */

static void write_ids(const merge_t *merge)
{
    gia__writer_name(merge->writer, "continuation_ids");
    gia__writer_array_begin(merge->writer);
    for (size_t i = 0; i < merge->count; i++) {
        const char *id = gia_interaction_id(merge->hops[i]);
        if (id)
            gia__writer_string(merge->writer, id, strlen(id));
    }
    gia__writer_array_end(merge->writer);
}

/* The raw members of an object; of a name that comes twice the last one, which counts. */
static void write_members(const merge_t *merge, const gia_json_t *object, const char *const *only,
                          const char *const *except)
{
    for (size_t i = 0; i < gia_json_count(object); i++) {
        const char *name = gia_json_name_at(object, i, NULL);
        if ((only && !is_one_of(name, only)) || (except && is_one_of(name, except)) ||
            gia_json_get(object, name) != gia_json_at(object, i))
            continue;
        write_name_at(merge->writer, object, i);
        write_raw(merge->writer, gia_json_at(object, i));
    }
}

static void write_merged(const merge_t *merge)
{
    static const char *const of_first[] = {"previous_interaction_id", "created", "input", NULL};
    static const char *const not_of_last[] = {
        "previous_interaction_id", "created", "input", "steps", "outputs", "usage",
        "continuation_ids",        NULL};

    gia__writer_object_begin(merge->writer);
    write_members(merge, hop(merge, merge->count - 1), NULL, not_of_last);
    write_members(merge, hop(merge, 0), of_first, NULL);
    write_joined(merge, "steps");
    write_joined(merge, "outputs");
    write_usage(merge);
    write_ids(merge);
    gia__writer_object_end(merge->writer);
}

int gia__hops_merge(gia_interaction_t **out, const gia__mem_t *mem, gia_interaction_t *const *hops,
                    size_t count, size_t max, const gia__json_limits_t *limits, size_t max_json)
{
    merge_t merge = {NULL, hops, count};
    gia__buf_t text;
    int rc;

    gia__buf_init(&text, mem, max);
    merge.writer = gia__writer_new(&text);
    if (!merge.writer)
        return GIA_ENOMEM;
    write_merged(&merge);
    rc = gia__writer_error(merge.writer);
    gia__writer_free(merge.writer);
    if (rc == GIA_OK)
        rc = gia__interaction_decode(out, mem, &text, limits, max_json, NULL);
    else if (rc == GIA_EREQUEST_TOO_BIG)
        rc = GIA_EINTERACTION_TOO_BIG;
    gia__buf_free(&text);
    return rc;
}
