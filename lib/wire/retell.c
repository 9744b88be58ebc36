/* Tells a whole interaction as a stream of events. */
#include "wire/retell.h"

#include <string.h>

#include <gia/error.h>

#include "json/writer.h"
#include "wire/interaction.h"

typedef struct teller_s {
    gia__buf_t *out;
    gia__writer_t *writer; /* of the event that is being told */
    size_t begun;          /* where it begins in `out` */
    int code;              /* the first trouble */
} teller_t;

static void note(teller_t *teller, int rc)
{
    if (teller->code == GIA_OK && rc != GIA__BUF_OK)
        teller->code = rc == GIA__BUF_TOO_BIG ? GIA_EINTERACTION_TOO_BIG : GIA_ENOMEM;
}

/* {"event_type": …, and the index where there is one. */
static void begin(teller_t *teller, const char *type, int64_t index)
{
    teller->begun = teller->out->len;
    note(teller, gia__buf_add_text(teller->out, "data: "));
    teller->writer = teller->code == GIA_OK ? gia__writer_new(teller->out) : NULL;
    if (!teller->writer) {
        note(teller, GIA__BUF_NO_MEMORY);
        return;
    }
    gia__writer_object_begin(teller->writer);
    gia__writer_member_string(teller->writer, "event_type", type);
    if (index >= 0) {
        gia__writer_name(teller->writer, "index");
        gia__writer_int64(teller->writer, index);
    }
}

static void end(teller_t *teller)
{
    int rc;

    if (!teller->writer)
        return;
    gia__writer_object_end(teller->writer);
    rc = gia__writer_error(teller->writer);
    if (rc != GIA_OK && teller->code == GIA_OK)
        teller->code = rc == GIA_EREQUEST_TOO_BIG ? GIA_EINTERACTION_TOO_BIG : rc;
    gia__writer_free(teller->writer);
    teller->writer = NULL;
    /* Raw JSON may have line ends between its values, but an event is one line. */
    for (size_t i = teller->begun; i < teller->out->len; i++) {
        if (teller->out->data[i] == '\n' || teller->out->data[i] == '\r')
            teller->out->data[i] = ' ';
    }
    note(teller, gia__buf_add_text(teller->out, "\n\n"));
}

static void write_raw(teller_t *teller, const gia_json_t *value)
{
    size_t len;
    const char *raw = gia_json_raw(value, &len);

    gia__writer_raw(teller->writer, raw, len);
}

static void add_name(teller_t *teller, const char *name)
{
    if (teller->writer)
        gia__writer_name(teller->writer, name);
}

static void add_value(teller_t *teller, const char *name, const gia_json_t *value)
{
    if (!teller->writer || !value)
        return;
    gia__writer_name(teller->writer, name);
    write_raw(teller, value);
}

/* The object without some of its members. */
static void write_without(teller_t *teller, const gia_json_t *object, const char *except,
                          const char *also)
{
    if (!teller->writer)
        return;
    gia__writer_object_begin(teller->writer);
    for (size_t i = 0; i < gia_json_count(object); i++) {
        size_t len;
        const char *name = gia_json_name_at(object, i, &len);
        if (strcmp(name, except) == 0 || strcmp(name, also) == 0)
            continue;
        gia__writer_string(teller->writer, name, len);
        write_raw(teller, gia_json_at(object, i));
    }
    gia__writer_object_end(teller->writer);
}

static void tell_value(teller_t *teller, int64_t index, const gia_json_t *delta)
{
    begin(teller, "step.delta", index);
    add_value(teller, "delta", delta);
    end(teller);
}

/* {"type": type, name: value} as a delta. */
static void tell_delta(teller_t *teller, int64_t index, const char *type, const char *name,
                       const gia_json_t *value)
{
    begin(teller, "step.delta", index);
    add_name(teller, "delta");
    if (teller->writer) {
        gia__writer_object_begin(teller->writer);
        gia__writer_member_string(teller->writer, "type", type);
        add_value(teller, name, value);
        gia__writer_object_end(teller->writer);
    }
    end(teller);
}

static void begin_step(teller_t *teller, int64_t index, const char *type)
{
    begin(teller, "step.start", index);
    add_name(teller, "step");
    if (teller->writer) {
        gia__writer_object_begin(teller->writer);
        gia__writer_member_string(teller->writer, "type", type);
        gia__writer_object_end(teller->writer);
    }
    end(teller);
}

static void tell_part(teller_t *teller, int64_t index, const gia_content_t *part)
{
    if (part->type != GIA_CONTENT_TEXT || !part->annotations) {
        tell_value(teller, index, part->json);
        return;
    }
    /* By themselves they are told even if the text was told before. */
    begin(teller, "step.delta", index);
    add_name(teller, "delta");
    write_without(teller, part->json, "annotations", "annotations");
    end(teller);
    if (gia_json_count(part->annotations))
        tell_delta(teller, index, "text_annotation_delta", "annotations", part->annotations);
}

static void tell_thought(teller_t *teller, int64_t index, const gia_json_t *thought)
{
    const gia_json_t *summary = gia__json_member(thought, "summary");

    begin_step(teller, index, "thought");
    for (size_t i = 0; i < gia__list_count(summary); i++)
        tell_delta(teller, index, "thought_summary", "content", gia__list_at(summary, i));
    if (gia__json_member(thought, "signature"))
        tell_delta(teller, index, "thought_signature", "signature",
                   gia__json_member(thought, "signature"));
}

/* Adds JSON without the space between its values, for that is how it comes in pieces. */
static int add_compact(gia__buf_t *out, const gia_json_t *value)
{
    size_t len, from = 0;
    const char *raw = gia_json_raw(value, &len);
    int in_string = 0, rc = GIA__BUF_OK;

    for (size_t i = 0; i < len && rc == GIA__BUF_OK; i++) {
        if (in_string && raw[i] == '\\') {
            i++;
        } else if (raw[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && strchr(" \t\r\n", raw[i])) {
            rc = gia__buf_add(out, raw + from, i - from);
            from = i + 1;
        }
    }
    return rc == GIA__BUF_OK && len ? gia__buf_add(out, raw + from, len - from) : rc;
}

/* Its arguments are text in a stream. */
static void tell_call(teller_t *teller, int64_t index, const gia_content_t *call)
{
    gia__buf_t arguments;

    begin(teller, "step.start", index);
    add_name(teller, "step");
    write_without(teller, call->json, "arguments", "arguments");
    end(teller);
    if (gia_json_count(call->arguments) == 0)
        return; /* no piece means {} */
    gia__buf_init(&arguments, teller->out->mem, teller->out->max);
    note(teller, add_compact(&arguments, call->arguments));
    begin(teller, "step.delta", index);
    add_name(teller, "delta");
    if (teller->writer) {
        gia__writer_object_begin(teller->writer);
        gia__writer_member_string(teller->writer, "type", "arguments_delta");
        gia__writer_name(teller->writer, "arguments");
        gia__writer_string(teller->writer, arguments.data, arguments.len);
        gia__writer_object_end(teller->writer);
    }
    end(teller);
    gia__buf_free(&arguments);
}

static void tell_block(teller_t *teller, int64_t index, gia_content_type_t type,
                       const gia_content_t *content, size_t count)
{
    switch (type) {
    case GIA_CONTENT_MODEL_OUTPUT:
        begin_step(teller, index, "model_output");
        for (size_t i = 0; i < count; i++)
            tell_part(teller, index, &content[i]);
        break;
    case GIA_CONTENT_THOUGHT: tell_thought(teller, index, content->json); break;
    case GIA_CONTENT_FUNCTION_CALL: tell_call(teller, index, content); break;
    default:
        begin(teller, "step.start", index);
        add_value(teller, "step", content->json);
        end(teller);
        tell_value(teller, index, content->json);
        break;
    }
    begin(teller, "step.stop", index);
    end(teller);
}

static void tell_steps(teller_t *teller, const gia_interaction_t *interaction)
{
    int64_t index = 0;

    for (size_t i = 0; i < gia_interaction_step_count(interaction); i++) {
        const gia_step_t *step = gia_interaction_step(interaction, (ptrdiff_t)i);
        if (step->type != GIA_CONTENT_USER_INPUT)
            tell_block(teller, index++, step->type, step->content, step->content_count);
    }
}

static int is_part_of_output(gia_content_type_t type)
{
    return type == GIA_CONTENT_TEXT || type == GIA_CONTENT_IMAGE || type == GIA_CONTENT_AUDIO ||
           type == GIA_CONTENT_VIDEO || type == GIA_CONTENT_DOCUMENT;
}

static void tell_outputs(teller_t *teller, const gia_interaction_t *interaction)
{
    for (size_t i = 0; i < gia_interaction_output_count(interaction); i++) {
        const gia_content_t *output = gia_interaction_output(interaction, (ptrdiff_t)i);
        tell_block(teller, (int64_t)i,
                   is_part_of_output(output->type) ? GIA_CONTENT_MODEL_OUTPUT : output->type,
                   output, 1);
    }
}

static void tell_interaction(teller_t *teller, const char *type, const gia_json_t *interaction)
{
    begin(teller, type, -1);
    add_name(teller, "interaction");
    write_without(teller, interaction, "steps", "outputs");
    end(teller);
}

int gia__retell(gia__buf_t *out, const gia_interaction_t *interaction)
{
    teller_t teller = {.out = out};

    tell_interaction(&teller, "interaction.created", gia_interaction_json(interaction));
    if (gia_interaction_revision(interaction) == GIA_REVISION_LEGACY)
        tell_outputs(&teller, interaction);
    else
        tell_steps(&teller, interaction);
    tell_interaction(&teller, "interaction.completed", gia_interaction_json(interaction));
    return teller.code;
}
