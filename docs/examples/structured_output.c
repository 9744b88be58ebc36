/* Asks for JSON that fits a schema, and reads its members. */
#include <gia.h>
#include <signal.h>
#include <stdio.h>

static int exit_status;

static const char schema[] =
    "{\"type\":\"object\",\"properties\":{\"decision\":{\"anyOf\":["
    "{\"type\":\"object\",\"properties\":{"
    "\"reason\":{\"type\":\"string\","
    "\"description\":\"The reason why the content is considered spam.\"},"
    "\"spam_type\":{\"type\":\"string\","
    "\"enum\":[\"phishing\",\"scam\",\"unsolicited promotion\",\"other\"]}},"
    "\"required\":[\"reason\",\"spam_type\"]},"
    "{\"type\":\"object\",\"properties\":{"
    "\"summary\":{\"type\":\"string\",\"description\":\"A brief summary of the content.\"},"
    "\"is_safe\":{\"type\":\"boolean\","
    "\"description\":\"Whether the content is safe for all audiences.\"}},"
    "\"required\":[\"summary\",\"is_safe\"]}"
    "]}},\"required\":[\"decision\"]}";

/* A text of the decision's; "" where it has none, for every look-up accepts what is not there. */
static const char *text_of(const gia_json_t *decision, const char *name)
{
    const char *text = gia_json_string(gia_json_get(decision, name), NULL);
    return text ? text : "";
}

static void print_decision(const gia_json_t *decision)
{
    if (gia_json_get(decision, "spam_type"))
        printf("spam (%s): %s\n", text_of(decision, "spam_type"), text_of(decision, "reason"));
    else
        printf("%s: %s\n",
               gia_json_boolean(gia_json_get(decision, "is_safe"), 0) ? "safe" : "unsafe",
               text_of(decision, "summary"));
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    gia_document_t *document = NULL;
    gia_json_error_t error = {0};
    if (result->code != GIA_OK)
        fprintf(stderr, "%s: %s\n", gia_error_name(result->code), result->message);
    else if (gia_interaction_output_json(result->interaction, &document, &error) != GIA_OK)
        fprintf(stderr, "the answer is not JSON: %s\n", error.message);
    else
        print_decision(gia_json_get(gia_document_root(document), "decision"));
    exit_status = document == NULL;
    gia_document_free(document);
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
    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_add_text(request,
                         "Moderate the following content: 'Congratulations! You've won a free "
                         "cruise. Click here to claim your prize: "
                         "www.definitely-not-a-scam.com'");
    gia_request_set_response_schema(request, schema);

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
