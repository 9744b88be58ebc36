/* Generates an image and saves it as generated_city.png in the current directory. */
#include <gia.h>
#include <signal.h>
#include <stdio.h>

static int exit_status;

/* Saves the images among the outputs. Returns how many there were, or a code. */
static int save_images(const gia_interaction_t *interaction)
{
    int saved = 0;
    for (size_t i = 0; i < gia_interaction_output_count(interaction); i++) {
        const gia_content_t *output = gia_interaction_output(interaction, (ptrdiff_t)i);
        if (output->type != GIA_CONTENT_IMAGE)
            continue;
        printf("Generated image with mime_type: %s\n", output->mime_type);
        int code = gia_content_save(output, "generated_city.png");
        if (code != GIA_OK)
            return code;
        saved++;
    }
    return saved;
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    if (result->code != GIA_OK) {
        fprintf(stderr, "%s: %s\n", gia_error_name(result->code), result->message);
        exit_status = 1;
    } else {
        int saved = save_images(result->interaction);
        if (saved < 0)
            fprintf(stderr, "generated_city.png: %s\n", gia_error_text(saved));
        else if (saved == 0)
            fprintf(stderr, "no image came\n");
        exit_status = saved <= 0;
    }
    gia_client_close(gia_call_client(call), NULL, NULL);
}

int main(void)
{
    uv_loop_t loop;
    gia_client_t *client = NULL;
    gia_config_t config = GIA_CONFIG_INIT;
    gia_call_options_t options = {sizeof options, .on_done = on_done};
    const char *message = NULL;
    int code;

    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, "gemini-3-pro-image-preview");
    gia_request_add_text(request, "Generate an image of a futuristic city.");
    gia_request_add_image_format(request, NULL, NULL, NULL);

    signal(SIGPIPE, SIG_IGN);     /* TLS libraries may raise it; gia touches no signal */
    gia_config_from_env(&config); /* the key: GOOGLE_API_KEY or GEMINI_API_KEY */
    if (gia_request_error(request, &message) || gia_config_check(&config, &message)) {
        fprintf(stderr, "%s\n", message);
        gia_request_free(request);
        return 1;
    }
    uv_loop_init(&loop);
    code = gia_client_new(&client, &loop, &config);
    if (code == GIA_OK)
        code = gia_interaction_create(NULL, client, request, &options);
    if (code != GIA_OK) {
        fprintf(stderr, "%s: %s\n", gia_error_name(code), gia_error_text(code));
        gia_client_close(client, NULL, NULL);
        exit_status = 1;
    }
    gia_request_free(request);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) != 0 || exit_status;
}
