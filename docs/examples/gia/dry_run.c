/* Prints a request instead of sending it: where it would go, its headers without the key, and its
 * body as it would be, files included as base64. No key is needed for that. */
#include "dry_run.h"

#include "judge.h"
#include "key.h"
#include "run.h"
#include "trouble.h"
#include "writer.h"

static int put(const char *bytes, size_t len, void *data)
{
    writer_t *out = data;
    writer_put(out, bytes, len);
    return out->error;
}

int dry_run(const gia_request_t *request, const options_t *options)
{
    writer_t out = {0};
    gia_config_t config = GIA_CONFIG_INIT;
    const char *message = NULL;
    int code;

    run_fill_config(&config, options);
    if (key_assume(&config, options) != 0)
        return EXIT_CREDENTIAL;
    code = gia_config_check(&config, &message);
    if (code != GIA_OK)
        return judge_start(code, message);
    code = gia_interaction_describe(put, &out, &config, request);
    if (code == GIA_OK)
        code = gia_request_write(request, config.revision, put, &out);
    writer_text(&out, "\n");
    if (writer_flush(&out) != 0) {
        writer_complain(&out);
        return EXIT_FAILED;
    }
    return judge_start(code, NULL);
}
