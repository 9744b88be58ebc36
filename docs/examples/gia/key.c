/*
 * Finds the API key, in a file or in the environment. It is not taken from the command line, which
 * every user of the machine can read. No message repeats it.
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

static int is_usable(const char *key)
{
    for (; *key; key++) {
        if ((unsigned char)*key <= ' ' || *key == 0x7f)
            return 0;
    }
    return 1;
}

int key_find(gia_config_t *config, const char *path, char **owned)
{
    size_t len;
    *owned = NULL;
    if (path) {
        char *text = read_file(path, MAX_KEY_BYTES, &len);
        if (!text)
            return -1;
        *owned = text;
        trim_line_end(text, len);
        if (!*text) {
            complain("%s is empty: there is no API key in it", path);
            return -1;
        }
        config->api_key = text;
    }
    gia_config_from_env(config);
    if (!config->api_key && config->vertex_project) {
        complain(
            "Vertex AI is asked for in the environment (GOOGLE_GENAI_USE_VERTEXAI); it takes a "
            "bearer token, which the library can send but this program cannot");
        return -1;
    }
    if (!config->api_key) {
        complain("there is no API key: set GOOGLE_API_KEY or GEMINI_API_KEY, or use --api-key-file "
                 "(keys are made at https://aistudio.google.com/apikey)");
        return -1;
    }
    if (!is_usable(config->api_key)) {
        complain("the API key holds a space or a control character: it cannot be right");
        return -1;
    }
    return 0;
}
