/*
 * Finds the credential: an API key in a file or in the environment, or a bearer token in a file. It
 * is not taken from the command line, which every user of the machine can read. No message repeats
 * it.
 */
#include "key.h"

#include <stdlib.h>

#include "read.h"
#include "trouble.h"

#define MAX_KEY_BYTES 16384

/* Editors and `echo` end a file with a line end, Windows with two bytes. */
static void trim_line_end(char *text, size_t len)
{
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        text[--len] = '\0';
}

/* What a file holds, to be freed; NULL if it is nothing usable. */
static char *read_secret(const char *path)
{
    size_t len;
    char *text = read_file(path, MAX_KEY_BYTES, &len);
    if (!text)
        return NULL;
    trim_line_end(text, len);
    if (*text)
        return text;
    complain("%s is empty: there is no credential in it", path);
    free(text);
    return NULL;
}

static int is_usable(const char *key)
{
    for (; *key; key++) {
        if ((unsigned char)*key <= ' ' || *key == 0x7f)
            return 0;
    }
    return 1;
}

/* The service has refused the token: whoever keeps the file may have written another. Reading
 * blocks the loop, but nothing else is going on. */
static void renew_token(gia_client_t *client, const char *refused, void *data)
{
    char *token = read_secret(data);
    if (gia_client_set_bearer_token(client, token) != GIA_OK) {
        complain("the token holds a control character: it cannot be right");
        gia_client_set_bearer_token(client, NULL);
    }
    free(token);
}

static int has_credential(const gia_config_t *config)
{
    return config->api_key || config->bearer_token;
}

/* The environment can ask for Vertex AI, by halves too. */
static int is_complete(const gia_config_t *config)
{
    if (!config->vertex_project != !config->vertex_location ||
        (config->vertex && !config->vertex_project && !config->api_key))
        complain("Vertex AI is asked for in the environment (GOOGLE_GENAI_USE_VERTEXAI): it takes "
                 "GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION, or GOOGLE_API_KEY alone");
    else if (!has_credential(config) && config->vertex_project)
        complain(
            "Vertex AI is asked for in the environment (GOOGLE_GENAI_USE_VERTEXAI): it takes a "
            "bearer token, use --token-file");
    else if (!has_credential(config))
        complain("there is no API key: set GOOGLE_API_KEY or GEMINI_API_KEY, or use --api-key-file "
                 "(keys are made at https://aistudio.google.com/apikey)");
    else
        return 1;
    return 0;
}

int key_find(gia_config_t *config, const options_t *options, char **owned)
{
    const char *path = options->token_file ? options->token_file : options->key_file;
    *owned = path ? read_secret(path) : NULL;
    if (path && !*owned)
        return -1;
    if (options->token_file) {
        config->bearer_token = *owned;
        config->get_token = renew_token;
        config->get_token_data = (void *)options->token_file;
    } else {
        config->api_key = *owned;
    }
    gia_config_from_env(config);
    if (!is_complete(config))
        return -1;
    if (!is_usable(config->api_key ? config->api_key : config->bearer_token)) {
        complain("the key or token holds a space or a control character: it cannot be right");
        return -1;
    }
    return 0;
}

int key_assume(gia_config_t *config, const options_t *options)
{
    static const char anything[] = "-";
    if (options->token_file)
        config->bearer_token = anything;
    gia_config_from_env(config);
    if (!has_credential(config))
        *(config->vertex_project ? &config->bearer_token : &config->api_key) = anything;
    return is_complete(config) ? 0 : -1;
}
