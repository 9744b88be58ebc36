/* The command `gia create`: asks, and prints the answer. */
#include "create.h"

#include "answer.h"
#include "dry_run.h"
#include "judge.h"
#include "media.h"
#include "question.h"
#include "run.h"
#include "trouble.h"
#include "watch.h"

/* Returns the status to exit with; *out is to be freed in either case. */
static int make_request(const options_t *options, gia_request_t **out)
{
    *out = gia_request_new();
    if (*out)
        return question_fill(*out, options);
    complain("out of memory");
    return EXIT_FAILED;
}

static int start(run_t *run)
{
    gia_call_options_t options = run_options(run);
    gia_watch_options_t watch = watch_options(run->options);
    gia_request_t *request;
    int status = make_request(run->options, &request);
    if (run->options->watch)
        options.watch = &watch;
    if (status == EXIT_DONE)
        status =
            judge_start(gia_interaction_create(&run->call, run->client, request, &options), NULL);
    gia_request_free(request);
    return status;
}

static int print_request(const options_t *options)
{
    gia_request_t *request;
    int status = make_request(options, &request);
    if (status == EXIT_DONE)
        status = dry_run(request, options);
    gia_request_free(request);
    return status;
}

int create_run(const options_t *options)
{
    static const command_functions_t create = {start, answer_done};
    static const command_functions_t create_and_watch = {start, watch_done};
    if (media_check_folder(options->out_folder) != 0)
        return EXIT_USAGE;
    if (options->dry_run)
        return print_request(options);
    return run_command(options, options->watch ? &create_and_watch : &create);
}
