/* Prints the interaction that a call has ended with, and saves its media. */
#include "answer.h"

#include "judge.h"
#include "media.h"
#include "trouble.h"

void answer_done(run_t *run, const gia_result_t *result)
{
    int status;
    if (output_done(&run->output, result) != 0) {
        run_stop_writing(run);
        return;
    }
    status = media_save(&run->output, result->interaction, run->options->out_folder);
    if (run->output.writer.error) {
        run_stop_writing(run);
        return;
    }
    run->status = judge_result(result, run->signal);
    if (run->status == EXIT_DONE)
        run->status = judge_interaction(&run->output, result->interaction);
    if (run->status == EXIT_DONE)
        run->status = status;
}
