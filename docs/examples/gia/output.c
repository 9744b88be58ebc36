/*
 * Prints an interaction as text, as events or as JSON. The answer goes to stdout. With text, what
 * belongs to it but is not it (thoughts, tool calls, cost) goes to stderr; the other two have it in
 * what they print.
 */
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json_line.h"
#include "trouble.h"

void output_init(output_t *out, const options_t *options)
{
    memset(out, 0, sizeof *out);
    out->format = options->format;
    out->saves_media = options->out_folder != NULL;
}

static void remember_status(output_t *out, gia_status_t status, const char *text)
{
    if (status == GIA_STATUS_NONE)
        return;
    out->status = status;
    snprintf(out->status_text, sizeof out->status_text, "%s", text ? text : "");
}

static void print_thought(output_t *out, const char *text, size_t len)
{
    if (!text || len == 0)
        return;
    writer_flush(&out->writer);
    fwrite(text, 1, len, stderr);
    if (text[len - 1] != '\n')
        fputc('\n', stderr);
}

int output_event(output_t *out, const gia_event_t *event)
{
    const gia_delta_t *delta = &event->delta;
    remember_status(out, event->status, event->status_text);
    if (out->format == FORMAT_EVENTS) {
        json_line_event(&out->writer, event);
    } else if (out->format == FORMAT_TEXT && event->type == GIA_EVENT_CONTENT_DELTA) {
        if (delta->type == GIA_DELTA_TEXT && delta->text)
            writer_put(&out->writer, delta->text, delta->text_len);
        else if (delta->type == GIA_DELTA_THOUGHT_SUMMARY)
            print_thought(out, delta->text, delta->text_len);
    }
    return writer_flush(&out->writer);
}

/* What an answer holds besides text. */
static void print_output(const output_t *out, const gia_content_t *output)
{
    size_t len;
    const char *arguments;
    switch (output->type) {
    case GIA_CONTENT_FUNCTION_CALL:
        arguments = gia_json_raw(output->arguments, &len);
        complain("function call %s: %s(%.*s)", output->id ? output->id : "without id",
                 output->name ? output->name : "", len > 4096 ? 4096 : (int)len,
                 arguments ? arguments : "");
        break;
    case GIA_CONTENT_IMAGE:
    case GIA_CONTENT_AUDIO:
    case GIA_CONTENT_VIDEO:
    case GIA_CONTENT_DOCUMENT:
        if (!output->uri && out->saves_media)
            break;
        complain("%s (%s): %s", output->type_name,
                 output->mime_type ? output->mime_type : "of unknown type",
                 output->uri ? output->uri : "inline, which --out saves");
        break;
    default: break;
    }
}

static int64_t at_least_zero(int64_t tokens)
{
    return tokens < 0 ? 0 : tokens;
}

/* The id is what --previous takes. */
static void print_summary(const gia_interaction_t *interaction)
{
    const gia_usage_t *usage = gia_interaction_usage(interaction);
    const char *id = gia_interaction_id(interaction);
    if (!id || !*id)
        id = "not stored";
    if (usage && usage->total_tokens >= 0)
        complain("interaction %s: %" PRId64 " tokens (%" PRId64 " input, %" PRId64
                 " thought, %" PRId64 " output)",
                 id, usage->total_tokens, at_least_zero(usage->total_input_tokens),
                 at_least_zero(usage->total_thought_tokens),
                 at_least_zero(usage->total_output_tokens));
    else
        complain("interaction %s", id);
}

static void print_text(output_t *out, const gia_result_t *result)
{
    const gia_interaction_t *interaction = result->interaction;
    size_t count = gia_interaction_output_count(interaction);
    /* A stream has printed its text and thoughts already. */
    if (result->event_count == 0) {
        size_t len = 0;
        const char *text = gia_interaction_output_text(interaction, &len);
        for (size_t i = 0; i < count; i++) {
            const gia_content_t *output = gia_interaction_output(interaction, (ptrdiff_t)i);
            if (output->type == GIA_CONTENT_THOUGHT)
                print_thought(out, output->text, output->text_len);
        }
        writer_put(&out->writer, text, len);
    }
    if (out->writer.mid_line)
        writer_text(&out->writer, "\n");
    if (writer_flush(&out->writer) != 0 || !interaction)
        return;
    for (size_t i = 0; i < count; i++)
        print_output(out, gia_interaction_output(interaction, (ptrdiff_t)i));
    print_summary(interaction);
}

int output_done(output_t *out, const gia_result_t *result)
{
    const gia_interaction_t *interaction = result->interaction;
    if (interaction)
        remember_status(out, gia_interaction_status(interaction),
                        gia_interaction_status_text(interaction));
    switch (out->format) {
    case FORMAT_EVENTS:
        json_line_done(&out->writer, result, *out->status_text ? out->status_text : NULL);
        break;
    case FORMAT_JSON:
        if (interaction) {
            json_line_raw(&out->writer, gia_interaction_json(interaction));
            writer_text(&out->writer, "\n");
        }
        break;
    default: print_text(out, result); break;
    }
    return writer_flush(&out->writer);
}
