/* Prints a request instead of sending it: where it would go, its headers without the key, and its
 * body as it would be, files included as base64. No key is needed for that. */
#include "dry_run.h"

#include <stdio.h>
#include <string.h>

#include "judge.h"
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
    size_t len;
    int status;

    run_fill_config(&config, options);
    gia_config_from_env(&config);
    config.api_key = "[the key]";
    status = gia_config_check(&config, &message);
    status = judge_start(status, message);
    if (status != EXIT_DONE)
        return status;
    if (!config.base_url)
        config.base_url = "https://generativelanguage.googleapis.com";
    len = strlen(config.base_url);
    while (len > 0 && config.base_url[len - 1] == '/')
        len--;
    printf("POST %.*s/%s/interactions\n", (int)len, config.base_url,
           config.api_version ? config.api_version : "v1beta");
    printf("Accept: %s\nContent-Type: application/json\nx-goog-api-key: %s\n\n",
           options->stream ? "text/event-stream" : "application/json", config.api_key);
    status = judge_start(gia_request_write(request, options->revision, put, &out), NULL);
    writer_text(&out, "\n");
    return writer_flush(&out) == 0 ? status : EXIT_FAILED;
}
