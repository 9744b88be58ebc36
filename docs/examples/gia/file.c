/* The commands about files that the service keeps: `gia files upload`, `list`, `get`, `delete`. */
#include "file.h"

#include <inttypes.h>
#include <stdio.h>

#include "json_line.h"
#include "judge.h"
#include "local_file.h"
#include "run.h"
#include "trouble.h"

/* ---- printing ---- */

static void put_field(writer_t *out, const char *text, const char *end)
{
    writer_text(out, text && *text ? text : "-");
    writer_text(out, end);
}

/* As text one line a file, its fields between tabs. */
static void print_file(run_t *run, const gia_file_t *file)
{
    writer_t *out = &run->output.writer;
    char size[24] = "";
    if (run->options->format == FORMAT_JSON) {
        json_line_raw(out, file->json);
        writer_text(out, "\n");
        return;
    }
    if (file->size_bytes >= 0)
        snprintf(size, sizeof size, "%" PRId64, file->size_bytes);
    put_field(out, file->name, "\t");
    put_field(out, file->state_text, "\t");
    put_field(out, file->mime_type, "\t");
    put_field(out, size, "\t");
    put_field(out, file->uri, "\t");
    put_field(out, file->display_name, "\n");
}

/* Also with trouble: the service can have a file that is not usable. */
static void file_done(run_t *run, const gia_result_t *result)
{
    if (result->file)
        print_file(run, result->file);
    if (writer_flush(&run->output.writer) != 0)
        run_stop_writing(run);
    else
        run->status = judge_result(result, run->signal);
}

/* ---- upload ---- */

static void on_progress(gia_call_t *call, int64_t sent, int64_t total, void *data)
{
    if (sent < total)
        complain("%" PRId64 " of %" PRId64 " bytes", sent, total);
}

static int start_upload(run_t *run)
{
    gia_call_options_t options = run_options(run);
    gia_upload_options_t upload = GIA_UPLOAD_OPTIONS_INIT;
    if (local_file_check("", run->options->target, run->options->mime_type) != 0)
        return EXIT_USAGE;
    upload.path = run->options->target;
    upload.mime_type = run->options->mime_type;
    upload.name = run->options->name;
    upload.display_name = run->options->display_name;
    upload.wait_until_active = run->options->wait;
    upload.on_progress = on_progress;
    char message[512];
    int code = gia_upload_check(&upload, message, sizeof message);
    if (code != GIA_OK)
        return judge_start(code, message);
    return judge_start(gia_file_upload(&run->call, run->client, &upload, &options), NULL);
}

/* ---- list ---- */

static int start_page(run_t *run, const char *token)
{
    gia_call_options_t options = run_options(run);
    return judge_start(gia_file_list(&run->call, run->client, 0, token, &options), NULL);
}

static int start_list(run_t *run)
{
    return start_page(run, NULL);
}

static void list_done(run_t *run, const gia_result_t *result)
{
    for (size_t i = 0; i < result->file_count; i++)
        print_file(run, &result->files[i]);
    file_done(run, result);
    if (run->status == EXIT_DONE && result->next_page_token)
        run->status = start_page(run, result->next_page_token);
}

/* ---- get, delete ---- */

static int start_get(run_t *run)
{
    gia_call_options_t options = run_options(run);
    return judge_target(gia_file_get(&run->call, run->client, run->options->target, &options));
}

static int start_delete(run_t *run)
{
    gia_call_options_t options = run_options(run);
    return judge_target(gia_file_delete(&run->call, run->client, run->options->target, &options));
}

static void delete_done(run_t *run, const gia_result_t *result)
{
    run->status = judge_result(result, run->signal);
    if (run->status == EXIT_DONE)
        complain("deleted %s", run->options->target);
}

int file_run(const options_t *options)
{
    static const command_functions_t upload = {start_upload, file_done};
    static const command_functions_t list = {start_list, list_done};
    static const command_functions_t get = {start_get, file_done};
    static const command_functions_t delete = {start_delete, delete_done};
    switch (options->command) {
    case COMMAND_FILES_UPLOAD: return run_command(options, &upload);
    case COMMAND_FILES_LIST: return run_command(options, &list);
    case COMMAND_FILES_GET: return run_command(options, &get);
    default: return run_command(options, &delete);
    }
}
