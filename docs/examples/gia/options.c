/* Reads the command line. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <uv.h>

#include "trouble.h"

static const char help[] =
    "Usage: gia create [options]\n"
    "Asks Google's Gemini Interactions API and prints the answer.\n"
    "\n"
    "What to ask:\n"
    "  -m, --model MODEL     the model (default: gemini-3-flash-preview)\n"
    "  -i, --input TEXT      the text; - is standard input, which is also read when it is not a\n"
    "                        terminal and neither this nor --body is given\n"
    "      --system TEXT     the system instruction\n"
    "      --previous ID     continue the conversation of an earlier interaction\n"
    "      --body FILE       a JSON file as the request's body, - is standard input; the options\n"
    "                        above replace members of it\n"
    "What to print:\n"
    "      --stream          the text as it comes\n"
    "      --events          the stream's events, one JSON object a line\n"
    "      --json            the whole interaction as JSON\n"
    "How to connect:\n"
    "      --api-key-file FILE    read the key there instead of in GOOGLE_API_KEY or\n"
    "                             GEMINI_API_KEY\n"
    "      --base-url URL         another server (or GOOGLE_GEMINI_BASE_URL)\n"
    "      --api-version VERSION  another version (default: v1beta)\n"
    "      --revision NAME        steps (default) or legacy: how requests are written\n"
    "      --cacert FILE          the certificate authorities to trust, as PEM\n"
    "      --proxy URL            a proxy; the environment's are not used\n"
    "      --http1.1              do not speak HTTP/2\n"
    "Limits in seconds, 0 for none:\n"
    "      --connect-timeout S    until connected (default: 10)\n"
    "      --first-byte-timeout S until the answer begins (default: 600)\n"
    "      --idle-timeout S       between two bytes of the answer (default: 300)\n"
    "      --timeout S            for everything (default: none)\n"
    "\n"
    "  -h, --help, --version\n"
    "\n"
    "Text, events and JSON go to standard output, all else to standard error. Exit status: 0 "
    "done,\n"
    "1 failed, 2 called wrongly, 3 no key or one that was not accepted, 130 interrupted.\n";

enum {
    OPTION_SYSTEM = 256,
    OPTION_PREVIOUS,
    OPTION_BODY,
    OPTION_STREAM,
    OPTION_EVENTS,
    OPTION_JSON,
    OPTION_KEY_FILE,
    OPTION_BASE_URL,
    OPTION_API_VERSION,
    OPTION_REVISION,
    OPTION_CACERT,
    OPTION_PROXY,
    OPTION_HTTP_1_1,
    OPTION_CONNECT_TIMEOUT,
    OPTION_FIRST_BYTE_TIMEOUT,
    OPTION_IDLE_TIMEOUT,
    OPTION_TIMEOUT,
    OPTION_VERSION
};

static const struct option long_options[] = {
    {"model", required_argument, NULL, 'm'},
    {"input", required_argument, NULL, 'i'},
    {"system", required_argument, NULL, OPTION_SYSTEM},
    {"previous", required_argument, NULL, OPTION_PREVIOUS},
    {"body", required_argument, NULL, OPTION_BODY},
    {"stream", no_argument, NULL, OPTION_STREAM},
    {"events", no_argument, NULL, OPTION_EVENTS},
    {"json", no_argument, NULL, OPTION_JSON},
    {"api-key-file", required_argument, NULL, OPTION_KEY_FILE},
    {"base-url", required_argument, NULL, OPTION_BASE_URL},
    {"api-version", required_argument, NULL, OPTION_API_VERSION},
    {"revision", required_argument, NULL, OPTION_REVISION},
    {"cacert", required_argument, NULL, OPTION_CACERT},
    {"proxy", required_argument, NULL, OPTION_PROXY},
    {"http1.1", no_argument, NULL, OPTION_HTTP_1_1},
    {"connect-timeout", required_argument, NULL, OPTION_CONNECT_TIMEOUT},
    {"first-byte-timeout", required_argument, NULL, OPTION_FIRST_BYTE_TIMEOUT},
    {"idle-timeout", required_argument, NULL, OPTION_IDLE_TIMEOUT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static int wrong(const char *what, const char *which)
{
    complain("%s%s%s (gia --help lists what there is)", what, *which ? ": " : "", which);
    return EXIT_USAGE;
}

/*
 * Seconds with decimals to milliseconds, rounded up so that little does not become none. strtod()
 * would take signs, exponents and "inf" too.
 */
static int read_seconds(const char *text, int64_t *out)
{
    int64_t ms = 0;
    int64_t unit = 1000;
    const char *at = text;
    int digits = 0;
    int rest = 0;
    for (; *at >= '0' && *at <= '9' && ms < INT64_C(1000000000000); at++, digits++)
        ms = ms * 10 + (*at - '0') * 1000;
    if (*at == '.') {
        for (at++; *at >= '0' && *at <= '9'; at++, digits++) {
            unit /= 10;
            ms += (*at - '0') * unit;
            rest |= unit == 0 && *at != '0';
        }
    }
    if (*at || !digits)
        return -1;
    ms += rest;
    *out = ms ? ms : GIA_NO_TIMEOUT;
    return 0;
}

static int read_revision(const char *text, gia_revision_t *out)
{
    if (strcmp(text, "steps") == 0)
        *out = GIA_REVISION_STEPS;
    else if (strcmp(text, "legacy") == 0)
        *out = GIA_REVISION_LEGACY;
    else
        return wrong("--revision takes steps or legacy, not", text);
    return -1;
}

static int read_timeout(int which, const char *text, options_t *options)
{
    int64_t *out = which == OPTION_CONNECT_TIMEOUT      ? &options->connect_timeout_ms
                   : which == OPTION_FIRST_BYTE_TIMEOUT ? &options->first_byte_timeout_ms
                   : which == OPTION_IDLE_TIMEOUT       ? &options->idle_timeout_ms
                                                        : &options->total_timeout_ms;
    if (read_seconds(text, out) != 0)
        return wrong("a timeout takes seconds such as 30 or 0.5, not", text);
    return -1;
}

static int read_format(format_t format, options_t *options)
{
    if (options->format != FORMAT_TEXT && options->format != format)
        return wrong("--events and --json exclude each other", "");
    options->format = format;
    options->stream |= format == FORMAT_EVENTS;
    return -1;
}

static int print_version(void)
{
    printf("gia %s (libuv %s)\n", gia_version_string(), uv_version_string());
    return EXIT_DONE;
}

static int print_help(void)
{
    fputs(help, stdout);
    return EXIT_DONE;
}

static int set(const char **member)
{
    *member = optarg;
    return -1;
}

static int read_option(int option, options_t *options)
{
    switch (option) {
    case 'm': return set(&options->model);
    case 'i': return set(&options->input);
    case 'h': return print_help();
    case OPTION_VERSION: return print_version();
    case OPTION_SYSTEM: return set(&options->system);
    case OPTION_PREVIOUS: return set(&options->previous);
    case OPTION_BODY: return set(&options->body_file);
    case OPTION_STREAM: options->stream = 1; return -1;
    case OPTION_EVENTS: return read_format(FORMAT_EVENTS, options);
    case OPTION_JSON: return read_format(FORMAT_JSON, options);
    case OPTION_KEY_FILE: return set(&options->key_file);
    case OPTION_BASE_URL: return set(&options->base_url);
    case OPTION_API_VERSION: return set(&options->api_version);
    case OPTION_REVISION: return read_revision(optarg, &options->revision);
    case OPTION_CACERT: return set(&options->ca_file);
    case OPTION_PROXY: return set(&options->proxy);
    case OPTION_HTTP_1_1: options->http_version = GIA_HTTP_1_1; return -1;
    case OPTION_CONNECT_TIMEOUT:
    case OPTION_FIRST_BYTE_TIMEOUT:
    case OPTION_IDLE_TIMEOUT:
    case OPTION_TIMEOUT: return read_timeout(option, optarg, options);
    default:
        /* getopt has said what is wrong, with the program's name in front. */
        return EXIT_USAGE;
    }
}

int options_read(options_t *options, int count, char **arguments)
{
    static char name[] = "gia";
    int status = -1;
    memset(options, 0, sizeof *options);
    if (count > 0)
        arguments[0] = name;

    /* Not every system's getopt goes on behind a word that is no option: this does it by hand. */
    while (status < 0 && optind < count) {
        int option = getopt_long(count, arguments, "+m:i:h", long_options, NULL);
        if (option != -1) {
            status = read_option(option, options);
        } else if (optind < count) {
            const char *word = arguments[optind++];
            if (options->command)
                status = wrong("this is too much", word);
            options->command = word;
        }
    }
    if (status >= 0)
        return status;
    if (!options->command)
        return wrong("a command is missing", "");
    if (strcmp(options->command, "create") != 0)
        return wrong("there is no such command", options->command);
    if (options->input && options->body_file && strcmp(options->input, "-") == 0 &&
        strcmp(options->body_file, "-") == 0)
        return wrong("--input and --body cannot both be read from standard input", "");
    return -1;
}
