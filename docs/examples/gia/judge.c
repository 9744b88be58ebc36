/* Says how a call has ended, and finds the status to exit with. */
#include "judge.h"

#include "trouble.h"

static void complain_reason(const gia_interaction_error_t *error)
{
    complain("%s: %s", error->code ? error->code : "no code",
             error->message ? error->message : "no message");
}

int judge_interaction(const output_t *output, const gia_interaction_t *interaction)
{
    gia_interaction_error_t error;
    switch (output->status) {
    case GIA_STATUS_NONE:
    case GIA_STATUS_COMPLETED: return EXIT_DONE;
    default: break;
    }
    complain("the interaction's status is %s", output->status_text);
    for (size_t i = 0; gia_interaction_error(interaction, i, &error); i++)
        complain_reason(&error);
    return output->status == GIA_STATUS_FAILED || output->status == GIA_STATUS_CANCELLED ||
                   output->status == GIA_STATUS_BUDGET_EXCEEDED
               ? EXIT_FAILED
               : EXIT_DONE;
}

int judge_result(const gia_result_t *result, int signal)
{
    if (result->code == GIA_OK)
        return EXIT_DONE;
    if (signal) {
        complain("interrupted");
        return EXIT_SIGNAL + signal;
    }
    complain("%s: %s", gia_error_name(result->code), result->message);
    if (result->retry_after_ms >= 0)
        complain("the service asks to wait %.1f seconds", (double)result->retry_after_ms / 1000);
    if (result->may_have_run)
        complain("it was sent: the service may have run it, and billed it");
    switch (result->code) {
    case GIA_EAUTHENTICATION:
    case GIA_EPERMISSION:
    case GIA_ETOKEN: return EXIT_CREDENTIAL;
    default: return EXIT_FAILED;
    }
}

int judge_start(int code, const char *message)
{
    if (code == GIA_OK)
        return EXIT_DONE;
    complain("%s", message ? message : gia_error_text(code));
    return code == GIA_EINVAL || code == GIA_EFILE ? EXIT_USAGE : EXIT_FAILED;
}

int judge_target(int code)
{
    return judge_start(code, code == GIA_EINVAL ? "there can be no such id or name" : NULL);
}
