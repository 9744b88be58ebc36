/* The commands about an interaction that the service keeps: `gia get`, `gia cancel`, `gia delete`.
 */
#include "get.h"

#include "answer.h"
#include "judge.h"
#include "media.h"
#include "run.h"
#include "trouble.h"

static int start_get(run_t *run)
{
    gia_call_options_t options = run_options(run);
    gia_get_options_t get = GIA_GET_OPTIONS_INIT;
    get.include_input = run->options->include_input;
    get.stream = run->options->stream;
    get.last_event_id = run->options->last_event_id;
    return judge_target(
        gia_interaction_get(&run->call, run->client, run->options->target, &get, &options));
}

static int start_cancel(run_t *run)
{
    gia_call_options_t options = run_options(run);
    return judge_target(
        gia_interaction_cancel(&run->call, run->client, run->options->target, &options));
}

/* A cancelled interaction is what was asked for. */
static void cancel_done(run_t *run, const gia_result_t *result)
{
    answer_done(run, result);
    if (result->code == GIA_OK && run->output.status == GIA_STATUS_CANCELLED &&
        !run->output.writer.error)
        run->status = EXIT_DONE;
}

static int start_delete(run_t *run)
{
    gia_call_options_t options = run_options(run);
    return judge_target(
        gia_interaction_delete(&run->call, run->client, run->options->target, &options));
}

static void delete_done(run_t *run, const gia_result_t *result)
{
    run->status = judge_result(result, run->signal);
    if (run->status == EXIT_DONE)
        complain("deleted %s", run->options->target);
}

int get_run(const options_t *options)
{
    static const command_functions_t get = {start_get, answer_done};
    return media_check_folder(options->out_folder) == 0 ? run_command(options, &get) : EXIT_USAGE;
}

int cancel_run(const options_t *options)
{
    static const command_functions_t cancel = {start_cancel, cancel_done};
    return run_command(options, &cancel);
}

int delete_run(const options_t *options)
{
    static const command_functions_t delete = {start_delete, delete_done};
    return run_command(options, &delete);
}
