/* Reads the command line. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "trouble.h"

/* In two parts, for a string may not be longer than 4,095 bytes everywhere. */
static const char help_to_ask[] =
    "Usage: gia create [options]        ask, and print the answer\n"
    "       gia get ID                  print an interaction that the service keeps\n"
    "       gia watch ID                wait until one that runs in the background has ended\n"
    "       gia cancel ID               stop it\n"
    "       gia delete ID               delete the service's record of one\n"
    "       gia files upload PATH       upload a file, print its name and URI\n"
    "       gia files list              print the project's files\n"
    "       gia files get NAME          print one of them\n"
    "       gia files delete NAME       delete one of them\n"
    "Talks to Google's Gemini Interactions API.\n"
    "\n"
    "What to ask (create):\n"
    "  -m, --model MODEL     the model (default: gemini-3-flash-preview)\n"
    "  -a, --agent AGENT     an agent instead\n"
    "  -i, --input TEXT      the text; - is standard input, which is also read when it is not a\n"
    "                        terminal and none of this, --file, --uri and --body is given\n"
    "      --file PATH[:MIME]     an image, audio, video or document, sent along\n"
    "      --uri URI[:MIME]       one that lies elsewhere, such as an uploaded file\n"
    "      --tool NAME       a tool of the service's: google_search, code_execution, …\n"
    "      --function FILE   a function: JSON with name, description and parameters\n"
    "      --mcp NAME=URL    a remote server of the Model Context Protocol\n"
    "      --schema FILE     the answer is JSON that fits this JSON Schema\n"
    "      --system TEXT     the system instruction\n"
    "      --previous ID     continue the conversation of an earlier interaction\n"
    "      --background      go on without a connection; look later with `gia watch`\n"
    "      --watch           with --background: wait here until it has ended\n"
    "      --no-store        the service keeps nothing\n"
    "      --body FILE       a JSON file as the request's body, - is standard input; the options\n"
    "                        above replace members of it\n"
    "      --set /MEMBER=JSON     set any member of the body, for instance\n"
    "                        /generation_config/temperature=0.2; replaces all of the above\n"
    "      --dry-run         print the request instead of sending it\n"
    "What to read (get):\n"
    "      --include-input   with the input\n"
    "      --last-event-id ID     with --stream or --events: only what came after that event\n"
    "How to wait (watch, create --watch):\n"
    "      --interval S      seconds between the first two looks (default: 1, grows to 10)\n"
    "      --watch-timeout S      until it must have ended, 0 for ever (default: 3600)\n"
    "What to upload (files upload):\n"
    "      --mime TYPE       what it is (default: guessed)\n"
    "      --name NAME       what the service shall call it (default: it makes one up)\n"
    "      --display-name TEXT    what people shall call it\n"
    "      --wait            until it can be used\n"
    "What to print:\n"
    "      --stream          the text as it comes (create, get)\n"
    "      --events          the stream's events, one JSON object a line (create, get)\n"
    "      --json            the whole interaction or file as JSON\n"
    "      --out FOLDER      save images, audio, … of the answer there, and print their paths\n"
    "                        (create, get)\n";

static const char help_to_connect[] =
    "How to connect:\n"
    "      --api-key-file FILE    read the key there instead of in GOOGLE_API_KEY or\n"
    "                             GEMINI_API_KEY\n"
    "      --token-file FILE      send the bearer token in there instead of a key, as Vertex AI\n"
    "                             wants it; read again when it is refused\n"
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
    "What was asked for goes to standard output, all else to standard error. Exit status: 0 done,\n"
    "1 failed, 2 called wrongly, 3 no key or token or one that was not accepted, 130 "
    "interrupted.\n";

enum {
    OPTION_SYSTEM = 256,
    OPTION_FILE,
    OPTION_URI,
    OPTION_TOOL,
    OPTION_FUNCTION,
    OPTION_MCP,
    OPTION_SCHEMA,
    OPTION_PREVIOUS,
    OPTION_BACKGROUND,
    OPTION_WATCH,
    OPTION_INTERVAL,
    OPTION_WATCH_TIMEOUT,
    OPTION_NO_STORE,
    OPTION_BODY,
    OPTION_SET,
    OPTION_DRY_RUN,
    OPTION_INCLUDE_INPUT,
    OPTION_LAST_EVENT_ID,
    OPTION_MIME,
    OPTION_NAME,
    OPTION_DISPLAY_NAME,
    OPTION_WAIT,
    OPTION_STREAM,
    OPTION_EVENTS,
    OPTION_JSON,
    OPTION_OUT,
    OPTION_KEY_FILE,
    OPTION_TOKEN_FILE,
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

/* Which commands an option belongs to. */
#define CREATE 1u
#define GET    2u
#define UPLOAD 4u
#define OTHERS 8u
#define WATCH  16u
#define ANY    (CREATE | GET | UPLOAD | OTHERS | WATCH)

static const struct {
    const char *name;
    int value;
    int argument;
    unsigned commands;
} known[] = {
    {"model", 'm', 1, CREATE},
    {"agent", 'a', 1, CREATE},
    {"input", 'i', 1, CREATE},
    {"file", OPTION_FILE, 1, CREATE},
    {"uri", OPTION_URI, 1, CREATE},
    {"tool", OPTION_TOOL, 1, CREATE},
    {"function", OPTION_FUNCTION, 1, CREATE},
    {"mcp", OPTION_MCP, 1, CREATE},
    {"schema", OPTION_SCHEMA, 1, CREATE},
    {"system", OPTION_SYSTEM, 1, CREATE},
    {"previous", OPTION_PREVIOUS, 1, CREATE},
    {"background", OPTION_BACKGROUND, 0, CREATE},
    {"watch", OPTION_WATCH, 0, CREATE},
    {"interval", OPTION_INTERVAL, 1, CREATE | WATCH},
    {"watch-timeout", OPTION_WATCH_TIMEOUT, 1, CREATE | WATCH},
    {"no-store", OPTION_NO_STORE, 0, CREATE},
    {"body", OPTION_BODY, 1, CREATE},
    {"set", OPTION_SET, 1, CREATE},
    {"dry-run", OPTION_DRY_RUN, 0, CREATE},
    {"include-input", OPTION_INCLUDE_INPUT, 0, GET},
    {"last-event-id", OPTION_LAST_EVENT_ID, 1, GET},
    {"mime", OPTION_MIME, 1, UPLOAD},
    {"name", OPTION_NAME, 1, UPLOAD},
    {"display-name", OPTION_DISPLAY_NAME, 1, UPLOAD},
    {"wait", OPTION_WAIT, 0, UPLOAD},
    {"stream", OPTION_STREAM, 0, CREATE | GET},
    {"events", OPTION_EVENTS, 0, CREATE | GET},
    {"json", OPTION_JSON, 0, ANY},
    {"out", OPTION_OUT, 1, CREATE | GET | WATCH},
    {"api-key-file", OPTION_KEY_FILE, 1, ANY},
    {"token-file", OPTION_TOKEN_FILE, 1, ANY},
    {"base-url", OPTION_BASE_URL, 1, ANY},
    {"api-version", OPTION_API_VERSION, 1, ANY},
    {"revision", OPTION_REVISION, 1, ANY},
    {"cacert", OPTION_CACERT, 1, ANY},
    {"proxy", OPTION_PROXY, 1, ANY},
    {"http1.1", OPTION_HTTP_1_1, 0, ANY},
    {"connect-timeout", OPTION_CONNECT_TIMEOUT, 1, ANY},
    {"first-byte-timeout", OPTION_FIRST_BYTE_TIMEOUT, 1, ANY},
    {"idle-timeout", OPTION_IDLE_TIMEOUT, 1, ANY},
    {"timeout", OPTION_TIMEOUT, 1, ANY},
    {"help", 'h', 0, ANY},
    {"version", OPTION_VERSION, 0, ANY},
};
enum { KNOWN_COUNT = sizeof known / sizeof *known };

static const struct {
    const char *word, *second;
    command_t command;
    unsigned options;
    const char *target; /* what is wanted behind it; NULL for nothing */
} commands[] = {
    {"create", NULL, COMMAND_CREATE, CREATE, NULL},
    {"get", NULL, COMMAND_GET, GET, "ID"},
    {"watch", NULL, COMMAND_WATCH, WATCH, "ID"},
    {"cancel", NULL, COMMAND_CANCEL, OTHERS, "ID"},
    {"delete", NULL, COMMAND_DELETE, OTHERS, "ID"},
    {"files", "upload", COMMAND_FILES_UPLOAD, UPLOAD, "PATH"},
    {"files", "list", COMMAND_FILES_LIST, OTHERS, NULL},
    {"files", "get", COMMAND_FILES_GET, OTHERS, "NAME"},
    {"files", "delete", COMMAND_FILES_DELETE, OTHERS, "NAME"},
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
                   : which == OPTION_WATCH_TIMEOUT      ? &options->watch_timeout_ms
                                                        : &options->total_timeout_ms;
    if (read_seconds(text, out) != 0)
        return wrong("a timeout takes seconds such as 30 or 0.5, not", text);
    return -1;
}

static int read_interval(const char *text, options_t *options)
{
    if (read_seconds(text, &options->interval_ms) != 0 || options->interval_ms < 0)
        return wrong("--interval takes seconds such as 5 or 0.5, not", text);
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
    fputs(help_to_ask, stdout);
    fputs(help_to_connect, stdout);
    return EXIT_DONE;
}

static int set(const char **member)
{
    *member = optarg;
    return -1;
}

static int turn_on(int *member)
{
    *member = 1;
    return -1;
}

/* There is room for as many as there are arguments. */
static int add(options_t *options, kind_t kind, char *more)
{
    if (more)
        *more++ = '\0';
    if (!*optarg)
        return wrong("something is missing before", more);
    options->additions[options->addition_count++] =
        (addition_t){.kind = kind, .text = optarg, .more = more};
    return -1;
}

/* The last colon with a MIME type behind it: a path and a URI can have others. */
static char *find_mime_type(char *text)
{
    static const char *const types[] = {"image/", "audio/", "video/", "text/", "application/"};
    char *colon = strrchr(text, ':');
    for (size_t i = 0; colon && i < sizeof types / sizeof *types; i++) {
        if (strncmp(colon + 1, types[i], strlen(types[i])) == 0)
            return colon;
    }
    return NULL;
}

static int add_pair(options_t *options, kind_t kind, const char *form)
{
    char *equals = strchr(optarg, '=');
    if (!equals || equals == optarg || !equals[1])
        return wrong(form, optarg);
    return add(options, kind, equals);
}

/* A variable that is not set, most likely. Texts may be empty. */
static int check_value(int option)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (known[i].value == option && known[i].argument && !*optarg && option != 'i' &&
            option != OPTION_SYSTEM)
            return wrong("there is nothing behind an option", known[i].name);
    }
    return -1;
}

static int read_option(int option, options_t *options)
{
    switch (option) {
    case 'm': return set(&options->model);
    case 'a': return set(&options->agent);
    case 'i': return set(&options->input);
    case 'h': return print_help();
    case OPTION_VERSION: return print_version();
    case OPTION_FILE: return add(options, ADD_FILE, find_mime_type(optarg));
    case OPTION_URI: return add(options, ADD_URI, find_mime_type(optarg));
    case OPTION_TOOL: return add(options, ADD_TOOL, NULL);
    case OPTION_FUNCTION: return add(options, ADD_FUNCTION, NULL);
    case OPTION_MCP: return add_pair(options, ADD_MCP_SERVER, "--mcp takes NAME=URL, not");
    case OPTION_SET: return add_pair(options, ADD_MEMBER, "--set takes /MEMBER=JSON, not");
    case OPTION_SCHEMA: return set(&options->schema_file);
    case OPTION_SYSTEM: return set(&options->system);
    case OPTION_PREVIOUS: return set(&options->previous);
    case OPTION_BACKGROUND: return turn_on(&options->background);
    case OPTION_WATCH: return turn_on(&options->watch);
    case OPTION_INTERVAL: return read_interval(optarg, options);
    case OPTION_NO_STORE: return turn_on(&options->no_store);
    case OPTION_BODY: return set(&options->body_file);
    case OPTION_DRY_RUN: return turn_on(&options->dry_run);
    case OPTION_INCLUDE_INPUT: return turn_on(&options->include_input);
    case OPTION_LAST_EVENT_ID: return set(&options->last_event_id);
    case OPTION_MIME: return set(&options->mime_type);
    case OPTION_NAME: return set(&options->name);
    case OPTION_DISPLAY_NAME: return set(&options->display_name);
    case OPTION_WAIT: return turn_on(&options->wait);
    case OPTION_STREAM: return turn_on(&options->stream);
    case OPTION_EVENTS: return read_format(FORMAT_EVENTS, options);
    case OPTION_JSON: return read_format(FORMAT_JSON, options);
    case OPTION_OUT: return set(&options->out_folder);
    case OPTION_KEY_FILE: return set(&options->key_file);
    case OPTION_TOKEN_FILE: return set(&options->token_file);
    case OPTION_BASE_URL: return set(&options->base_url);
    case OPTION_API_VERSION: return set(&options->api_version);
    case OPTION_REVISION: return read_revision(optarg, &options->revision);
    case OPTION_CACERT: return set(&options->ca_file);
    case OPTION_PROXY: return set(&options->proxy);
    case OPTION_HTTP_1_1: options->http_version = GIA_HTTP_1_1; return -1;
    case OPTION_CONNECT_TIMEOUT:
    case OPTION_FIRST_BYTE_TIMEOUT:
    case OPTION_IDLE_TIMEOUT:
    case OPTION_WATCH_TIMEOUT:
    case OPTION_TIMEOUT: return read_timeout(option, optarg, options);
    default:
        /* getopt has said what is wrong, with the program's name in front. */
        return EXIT_USAGE;
    }
}

/* The command line without its options: a command, perhaps of two words, and what it is about. */
static int read_words(options_t *options, char *const *words, int count, unsigned *allowed)
{
    size_t i = 0;
    int taken;
    if (count == 0)
        return wrong("a command is missing", "");
    while (i < sizeof commands / sizeof *commands &&
           (strcmp(commands[i].word, words[0]) != 0 ||
            (commands[i].second && (count < 2 || strcmp(commands[i].second, words[1]) != 0))))
        i++;
    if (i == sizeof commands / sizeof *commands) {
        if (strcmp(words[0], "files") == 0)
            return wrong("files takes upload, list, get or delete", count > 1 ? words[1] : "");
        return wrong("there is no such command", words[0]);
    }
    taken = commands[i].second ? 2 : 1;
    options->command = commands[i].command;
    *allowed = commands[i].options;
    if (commands[i].target) {
        if (count == taken || !*words[taken])
            return wrong("something is missing behind the command", commands[i].target);
        options->target = words[taken++];
    }
    return count > taken ? wrong("this is too much", words[taken]) : -1;
}

int options_have(const options_t *options, unsigned kinds)
{
    for (size_t i = 0; i < options->addition_count; i++) {
        if (kinds >> options->additions[i].kind & 1)
            return 1;
    }
    return 0;
}

int options_set(const options_t *options, const char *pointer)
{
    for (size_t i = 0; i < options->addition_count; i++) {
        if (options->additions[i].kind == ADD_MEMBER &&
            strcmp(options->additions[i].text, pointer) == 0)
            return 1;
    }
    return 0;
}

static int check_together(const options_t *options)
{
    if (options->input && options->body_file && strcmp(options->input, "-") == 0 &&
        strcmp(options->body_file, "-") == 0)
        return wrong("--input and --body cannot both be read from standard input", "");
    if (options->model && options->agent)
        return wrong("--model and --agent exclude each other", "");
    if (options->watch && !options->background && !options->body_file)
        return wrong("--watch needs --background", "");
    if (options->command == COMMAND_CREATE && !options->watch &&
        (options->interval_ms || options->watch_timeout_ms))
        return wrong("--interval and --watch-timeout need --watch", "");
    if (options->model && options_set(options, "/agent"))
        return wrong("--model and --set /agent exclude each other", "");
    if (options->agent && options_set(options, "/model"))
        return wrong("--agent and --set /model exclude each other", "");
    if (options_set(options, "/tools") && options_have(options, ADDS_TOOL))
        return wrong("--set /tools excludes --tool, --function and --mcp", "");
    if (options->background && options->no_store)
        return wrong("--background needs what --no-store forbids", "");
    if (options->key_file && options->token_file)
        return wrong("--api-key-file and --token-file exclude each other", "");
    if (options->last_event_id && !options->stream)
        return wrong("--last-event-id needs --stream or --events", "");
    return -1;
}

/* A bit for each option that was given. */
static int check_options(uint64_t given, unsigned allowed)
{
    char name[64];
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (!(given >> i & 1) || (known[i].commands & allowed))
            continue;
        snprintf(name, sizeof name, "--%s", known[i].name);
        return wrong("this option does not belong to the command", name);
    }
    return -1;
}

int options_read(options_t *options, int count, char **arguments)
{
    static char name[] = "gia";
    struct option long_options[KNOWN_COUNT + 1] = {{NULL, 0, NULL, 0}};
    uint64_t given = 0;
    unsigned allowed = 0;
    int words = 0;
    int status = -1;

    memset(options, 0, sizeof *options);
    options->additions = calloc((size_t)count + 1, sizeof *options->additions);
    if (!options->additions) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        long_options[i] = (struct option){known[i].name, known[i].argument, NULL, known[i].value};
    if (count > 0)
        arguments[0] = name;

    /* Not every system's getopt goes on behind a word that is no option: this does it by hand, and
     * collects the words at the front, where all arguments have been read. */
    while (status < 0 && optind < count) {
        int option = getopt_long(count, arguments, "+m:a:i:h", long_options, NULL);
        if (option == -1 && optind < count)
            arguments[1 + words++] = arguments[optind++];
        else if (option != -1)
            status = check_value(option);
        if (option != -1 && status < 0)
            status = read_option(option, options);
        for (size_t i = 0; i < KNOWN_COUNT; i++)
            given |= (uint64_t)(known[i].value == option) << i;
    }
    if (status < 0)
        status = read_words(options, arguments + 1, words, &allowed);
    if (status < 0)
        status = check_options(given, allowed);
    return status < 0 ? check_together(options) : status;
}

void options_free(options_t *options)
{
    free(options->additions);
}
