/* The command `gia watch`: waits until a run in the background has ended, and prints its answer. */
#include "watch.h"

#include "answer.h"
#include "judge.h"
#include "media.h"
#include "trouble.h"

static void on_status(gia_call_t *call, const gia_interaction_t *interaction, void *data)
{
    const char *id = gia_interaction_id(interaction);
    complain("%s: %s", id ? id : "interaction", gia_interaction_status_text(interaction));
}

gia_watch_options_t watch_options(const options_t *options)
{
    gia_watch_options_t watch = GIA_WATCH_OPTIONS_INIT;
    watch.interval_ms = options->interval_ms;
    watch.timeout_ms = options->watch_timeout_ms;
    watch.on_status = on_status;
    return watch;
}

static int goes_on(const gia_interaction_t *interaction)
{
    return gia_interaction_id(interaction) &&
           !gia_status_is_final(gia_interaction_status(interaction));
}

void watch_done(run_t *run, const gia_result_t *result)
{
    answer_done(run, result);
    if (result->code != GIA_OK && goes_on(result->interaction))
        complain("the run goes on: gia watch %s", gia_interaction_id(result->interaction));
}

static int start(run_t *run)
{
    gia_call_options_t options = run_options(run);
    gia_watch_options_t watch = watch_options(run->options);
    return judge_target(
        gia_interaction_watch(&run->call, run->client, run->options->target, &watch, &options));
}

int watch_run(const options_t *options)
{
    static const command_functions_t watch = {start, watch_done};
    return media_check_folder(options->out_folder) == 0 ? run_command(options, &watch) : EXIT_USAGE;
}
