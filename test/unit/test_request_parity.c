/* The same calls as the vendor's SDKs made, made with the builder: what goes out is what they sent,
 * or the table says why not. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "decoded.h"
#include "flatten.h"

#define FLASH "gemini-3-flash-preview"
#define ID    "v1_ChdleGFtcGxlLWludGVyYWN0aW9uLW9uZRIDb25l"

static const char *const folders[] = {"legacy", "steps"};
static const gia_revision_t revisions[] = {GIA_REVISION_LEGACY, GIA_REVISION_STEPS};

/* ---- the calls ---- */

static gia_request_t *about(const char *model)
{
    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, model);
    return request;
}

static gia_request_t *ask(const char *model, const char *text)
{
    gia_request_t *request = about(model);
    gia_request_add_text(request, text);
    return request;
}

static gia_request_t *ask_agent(const char *agent, const char *text)
{
    gia_request_t *request = gia_request_new();
    gia_request_set_agent(request, agent);
    gia_request_add_text(request, text);
    return request;
}

static gia_request_t *build_text(void)
{
    return ask(FLASH, "Tell me a short joke about programming.");
}

static gia_request_t *build_x(void)
{
    return ask(FLASH, "x");
}

static gia_request_t *build_stateful_turn1(void)
{
    return ask(FLASH, "Hi, my name is Phil.");
}

static gia_request_t *build_stateful_turn2(void)
{
    gia_request_t *request = ask(FLASH, "What is my name?");
    gia_request_set_previous_interaction_id(request, ID);
    return request;
}

static gia_request_t *build_single_content_input(void)
{
    return ask(FLASH, "One content object, not wrapped in an array.");
}

static gia_request_t *build_streaming(void)
{
    gia_request_t *request = ask(FLASH, "Explain quantum entanglement in simple terms.");
    gia_request_set_stream(request, 1);
    return request;
}

static gia_request_t *build_generation_config(void)
{
    gia_request_t *request = ask(FLASH, "Tell me a story about a brave knight.");
    gia_request_set_temperature(request, 0.7);
    gia_request_set_max_output_tokens(request, 500);
    gia_request_set_thinking_level(request, "low");
    return request;
}

static gia_request_t *build_agent_with_generation_config(void)
{
    gia_request_t *request = ask_agent("deep-research-pro-preview-12-2025", "x");
    gia_request_set_temperature(request, 0.1);
    return request;
}

static gia_request_t *build_model_with_agent_config(void)
{
    gia_request_t *request = ask(FLASH, "x");
    gia_request_set_agent_config(request, "{\"type\":\"dynamic\"}");
    return request;
}

static gia_request_t *build_request_options(void)
{
    gia_request_t *request = ask(FLASH, "x");
    gia_request_set_store(request, 0);
    return request;
}

static gia_request_t *build_unknown_field(void)
{
    gia_request_t *request = ask(FLASH, "x");
    gia_request_set_json(request, "/some_future_field/a", "1");
    return request;
}

static gia_request_t *build_all_options(void)
{
    static const char *const searches[] = {"web_search", "image_search"};
    static const char *const retrievals[] = {"vertex_ai_search"};
    gia_request_t *request = ask(FLASH, "x");

    gia_request_set_store(request, 1);
    gia_request_set_background(request, 1);
    gia_request_set_service_tier(request, "flex");
    gia_request_set_label(request, "team", "core");
    gia_request_add_safety_setting(request, "harassment", "block_only_high", "severity");
    gia_request_add_webhook(request, "https://hooks.example.com/gemini");
    gia_request_set_json(request, "/webhook_config/user_metadata/job", "7");
    gia_request_set_json(
        request, "/environment",
        "{\"type\":\"remote\",\"network\":{\"allowlist\":[{\"domain\":\"*.example.com\","
        "\"transform\":{\"Authorization\":\"Bearer t\"}}]},\"sources\":[{\"type\":\"inline\","
        "\"content\":\"hello\",\"target\":\"/workspace/a.txt\"}],\"env\":{\"MODE\":\"test\"}}");
    gia_request_set_system_instruction(request, "Be brief.");
    gia_request_add_google_maps_at(request, 1.5, 2.5, 1);
    gia_request_add_google_search(request, searches, 2);
    gia_request_add_retrieval(request, retrievals, 1);
    gia_request_set_tool_json(request, "/vertex_ai_search_config/engine", "\"e\"");
    gia_request_set_max_output_tokens(request, 64);
    gia_request_set_seed(request, 7);
    gia_request_add_stop_sequence(request, "END");
    gia_request_set_thinking_level(request, "minimal");
    gia_request_set_thinking_summaries(request, "auto");
    gia_request_set_tool_choice(request, "validated");
    gia_request_set_top_p(request, 0.9);
    gia_request_set_temperature(request, 0.1);
    return request;
}

/* media */

static gia_request_t *build_image_inline(void)
{
    static const unsigned char png[] = {
        0x89, 'P',  'N',  'G',  '\r', '\n', 0x1a, '\n', 0,   0,    0,   13,   'I',  'H',
        'D',  'R',  0,    0,    0,    1,    0,    0,    0,   1,    8,   2,    0,    0,
        0,    0x90, 0x77, 0x53, 0xde, 0,    0,    0,    12,  'I',  'D', 'A',  'T',  0x78,
        0x9c, 'c',  '`',  '`',  '`',  0,    0,    0,    4,   0,    1,   0xf6, 0x17, 0x38,
        0x55, 0,    0,    0,    0,    'I',  'E',  'N',  'D', 0xae, 'B', '`',  0x82};
    gia_request_t *request = ask(FLASH, "Describe the image.");

    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, NULL, png, sizeof(png));
    return request;
}

#define WAV "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA=="
#define PNG                                                                                        \
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"

static gia_request_t *build_audio_inline(void)
{
    gia_request_t *request = ask(FLASH, "What does this audio say?");
    gia_request_add_base64(request, GIA_CONTENT_AUDIO, "audio/wav", WAV);
    return request;
}

static gia_request_t *build_video_inline(void)
{
    static const char mp4[] = "\0\0\0\x18"
                              "ftypisom\0\0\2\0isommp41";
    gia_request_t *request =
        ask(FLASH, "What is happening in this video? Provide a timestamped summary.");
    gia_request_add_bytes(request, GIA_CONTENT_VIDEO, NULL, mp4, sizeof(mp4) - 1);
    return request;
}

static gia_request_t *build_document_inline(void)
{
    gia_request_t *request = ask(FLASH, "What is this document about?");
    gia_request_add_file(request, TEST_DATA "/files/small.pdf", NULL);
    return request;
}

static gia_request_t *build_remote_image_uri(void)
{
    gia_request_t *request = about(FLASH);
    gia_request_add_uri(request, GIA_CONTENT_IMAGE, "https://example.com/cats-and-dogs.jpg", NULL);
    gia_request_add_text(request, "Describe what you see.");
    return request;
}

static gia_request_t *build_video_processing(void)
{
    gia_request_t *request = about("gemini-3.8-flash");
    gia_request_add_uri(request, GIA_CONTENT_VIDEO,
                        "https://generativelanguage.googleapis.com/v1beta/files/abc123",
                        "video/mp4");
    gia_request_set_content_json(request, "/name", "\"clip\"");
    gia_request_set_content_json(request, "/processing", "{\"type\":\"static\",\"fps\":1}");
    gia_request_set_content_json(request, "/processing/start_offset", "\"1.5s\"");
    gia_request_set_content_json(request, "/processing/end_offset", "\"30s\"");
    gia_request_set_content_json(request, "/resolution", "\"low\"");
    gia_request_add_text(request, "Summarise.");
    return request;
}

static gia_request_t *build_transcription(void)
{
    gia_request_t *request = about("gemini-3.5-transcribe");
    gia_request_add_base64(request, GIA_CONTENT_AUDIO, NULL, WAV);
    gia_request_set_content_json(request, "/sample_rate", "8000");
    gia_request_set_content_json(request, "/channels", "1");
    gia_request_set_json(request, "/generation_config/transcription_config",
                         "{\"language_codes\":[\"en-US\"],\"custom_vocabulary\":[\"libuv\"],"
                         "\"mode\":{\"type\":\"verbatim\",\"diarization_mode\":\"speaker\","
                         "\"timestamp_granularities\":[\"word\"]}}");
    return request;
}

/* what the answer may be */

static gia_request_t *build_image_generation(void)
{
    gia_request_t *request =
        ask("gemini-3-pro-image-preview", "Generate an image of a futuristic city.");
    gia_request_add_image_format(request, NULL, NULL, NULL);
    return request;
}

static gia_request_t *build_image_generation_steps(void)
{
    gia_request_t *request =
        ask("gemini-3.1-flash-image", "Generate an image of a futuristic city.");
    gia_request_add_image_format(request, "image/jpeg", "16:9", "1K");
    gia_request_set_format_json(request, "/delivery", "\"inline\"");
    return request;
}

static gia_request_t *build_text_and_image_format(void)
{
    gia_request_t *request = ask("gemini-3.1-flash-image", "An illustrated story.");
    gia_request_add_text_format(request);
    gia_request_add_image_format(request, NULL, NULL, NULL);
    gia_request_set_stream(request, 1);
    return request;
}

static gia_request_t *build_speech(void)
{
    gia_request_t *request = ask("gemini-2.5-pro-preview-tts", "Say hello.");
    gia_request_add_audio_format(request, NULL, 0);
    gia_request_add_voice(request, "Kore", "en-US", NULL);
    return request;
}

static gia_request_t *build_audio_format(void)
{
    gia_request_t *request = ask("gemini-3.1-flash-tts-preview", "Say hello.");
    gia_request_add_audio_format(request, "audio/wav", 24000);
    gia_request_set_json(request, "/generation_config/speech_config/speakers",
                         "[{\"speaker\":\"A\",\"voice\":\"Kore\"},"
                         "{\"speaker\":\"B\",\"voice\":\"Puck\"}]");
    return request;
}

static gia_request_t *build_video_format(void)
{
    gia_request_t *request = about("gemini-omni-flash-preview");
    gia_request_add_base64(request, GIA_CONTENT_IMAGE, NULL, PNG);
    gia_request_add_text(request, "Animate it.");
    gia_request_add_video_format(request, "16:9", "8s", "720p");
    gia_request_set_format_json(request, "/delivery", "\"uri\"");
    gia_request_set_json(request, "/generation_config/video_config/task", "\"image_to_video\"");
    return request;
}

static gia_request_t *build_structured_output(void)
{
    gia_request_t *request = ask(FLASH, "Moderate this: you have won a free cruise.");
    gia_request_set_response_schema(
        request,
        "{\"type\":\"object\",\"required\":[\"decision\"],\"properties\":{\"decision\":{\"anyOf\":["
        "{\"type\":\"object\",\"required\":[\"reason\",\"spam_type\"],\"properties\":{"
        "\"reason\":{\"type\":\"string\"},\"spam_type\":{\"type\":\"string\",\"enum\":["
        "\"phishing\",\"scam\",\"unsolicited promotion\",\"other\"]}}},"
        "{\"type\":\"object\",\"required\":[\"summary\",\"is_safe\"],\"properties\":{"
        "\"summary\":{\"type\":\"string\"},\"is_safe\":{\"type\":\"boolean\"}}}]}}}");
    return request;
}

/* tools */

static void add_weather_function(gia_request_t *request)
{
    gia_request_add_function(
        request, "get_weather", "Gets the weather for a given location.",
        "{\"type\":\"object\",\"required\":[\"location\"],\"properties\":{\"location\":{"
        "\"type\":\"string\",\"description\":\"The city and state, e.g. San Francisco, CA\"}}}");
}

static gia_request_t *build_function_call(void)
{
    gia_request_t *request = ask(FLASH, "What is the weather in Paris?");
    add_weather_function(request);
    return request;
}

static gia_request_t *build_function_result(void)
{
    gia_request_t *request = about(FLASH);
    gia_request_set_previous_interaction_id(request, ID);
    gia_request_add_function_result(request, "fc_1", "get_weather",
                                    "The weather in Paris is sunny.");
    return request;
}

static gia_request_t *build_function_result_error(void)
{
    gia_request_t *request = about(FLASH);
    gia_request_set_previous_interaction_id(request, ID);
    gia_request_add_function_result_json(request, "fc_1", "get_weather",
                                         "{\"error\":\"station offline\"}", 1);
    return request;
}

static gia_request_t *build_google_search(void)
{
    gia_request_t *request = ask(FLASH, "Who won the last Super Bowl?");
    gia_request_add_tool(request, "google_search");
    return request;
}

static gia_request_t *build_code_execution(void)
{
    gia_request_t *request = ask(FLASH, "Calculate the 50th Fibonacci number.");
    gia_request_add_tool(request, "code_execution");
    return request;
}

static gia_request_t *build_url_context(void)
{
    gia_request_t *request = ask(FLASH, "Summarize the content of https://www.wikipedia.org/");
    gia_request_add_tool(request, "url_context");
    return request;
}

static gia_request_t *build_mcp_server(void)
{
    gia_request_t *request = ask("gemini-2.5-flash", "What is the weather like in New York today?");
    gia_request_set_system_instruction(request, "Today is 03 November 2026.");
    gia_request_add_mcp_server(request, "weather_service", "https://mcp.example.com/mcp");
    return request;
}

static gia_request_t *build_tools_all(void)
{
    static const char *const stores[] = {"fileSearchStores/s1"};
    static const char *const excluded[] = {"drag_and_drop"};
    static const char *const mcp_tools[] = {"t1"};
    static const char *const functions[] = {"get_weather"};
    gia_request_t *request = ask(FLASH, "x");

    gia_request_set_store(request, 0);
    add_weather_function(request);
    gia_request_add_tool(request, "google_search");
    gia_request_add_file_search(request, stores, 1, 3, "lang = \"en\"");
    gia_request_add_computer_use(request, "browser", excluded, 1);
    gia_request_add_mcp_server(request, "srv", "https://mcp.example.com/mcp");
    gia_request_set_mcp_header(request, "X-Auth", "k");
    gia_request_allow_mcp_tools(request, "auto", mcp_tools, 1);
    gia_request_set_allowed_tools(request, "any", functions, 1);
    return request;
}

/* histories */

static gia_request_t *build_stateless_history_turns(void)
{
    gia_request_t *request = ask(FLASH, "What are the three largest cities in Spain?");
    gia_request_begin_turn(request, GIA_ROLE_MODEL);
    gia_request_add_text(request, "Madrid, Barcelona and Valencia.");
    gia_request_begin_turn(request, GIA_ROLE_USER);
    gia_request_add_text(request, "What is the most famous landmark in the second one?");
    return request;
}

static gia_request_t *build_stateless_history_steps(void)
{
    gia_request_t *request = ask(FLASH, "What are the three largest cities in Spain?");
    gia_interaction_t *answer =
        decode("{\"status\":\"completed\",\"steps\":["
               "{\"type\":\"thought\",\"signature\":\"c2lnLTE=\"},{\"type\":\"model_output\","
               "\"content\":[{\"type\":\"text\",\"text\":\"Madrid, Barcelona and Valencia.\"}]}]}");

    gia_request_set_store(request, 0);
    gia_request_add_interaction(request, answer);
    gia_interaction_release(answer);
    gia_request_add_text(request, "What is the most famous landmark in the second one?");
    return request;
}

#define MEETING_CALL                                                                               \
    "{\"type\":\"function_call\",\"id\":\"fc_1\",\"name\":\"schedule_meeting\",\"arguments\":{"    \
    "\"attendees\":[\"Peter\",\"Amir\"],\"date\":\"2025-11-01\",\"time\":\"10:00\","               \
    "\"topic\":\"Next Gen API\"}"

static void add_meeting_function(gia_request_t *request)
{
    gia_request_add_function(
        request, "schedule_meeting",
        "Schedules a meeting with specified attendees at a given time and date.",
        "{\"type\":\"object\",\"properties\":{\"attendees\":{\"type\":\"array\",\"items\":{"
        "\"type\":\"string\"}},\"date\":{\"type\":\"string\",\"description\":"
        "\"Date of the meeting (e.g., 2024-07-29)\"},\"time\":{\"type\":\"string\","
        "\"description\":\"Time of the meeting (e.g., 15:00)\"},\"topic\":{\"type\":\"string\","
        "\"description\":\"The subject of the meeting.\"}},"
        "\"required\":[\"attendees\",\"date\",\"time\",\"topic\"]}");
}

static gia_request_t *ask_for_meeting(void)
{
    gia_request_t *request = about(FLASH);
    gia_request_begin_turn(request, GIA_ROLE_USER);
    gia_request_add_text(request, "Schedule a meeting for 2025-11-01 at 10 am with Peter and Amir "
                                  "about the Next Gen API.");
    return request;
}

static gia_request_t *build_client_state_call(void)
{
    gia_request_t *request = ask_for_meeting();
    add_meeting_function(request);
    return request;
}

static gia_request_t *build_client_state_result(void)
{
    gia_request_t *request = ask_for_meeting();
    gia_request_begin_turn(request, GIA_ROLE_MODEL);
    gia_request_add_content_json(request, "{\"type\":\"thought\",\"signature\":\"c2lnLTE=\"}");
    gia_request_add_content_json(request, MEETING_CALL "}");
    gia_request_begin_turn(request, GIA_ROLE_USER);
    gia_request_add_function_result(request, "fc_1", "schedule_meeting",
                                    "Meeting scheduled successfully.");
    return request;
}

static gia_request_t *build_client_state_result_steps(void)
{
    gia_request_t *request = ask(FLASH, "Schedule it.");
    gia_interaction_t *answer = decode("{\"status\":\"requires_action\",\"steps\":["
                                       "{\"type\":\"thought\",\"signature\":\"c2lnLTE=\"}," //
                                       MEETING_CALL ",\"signature\":\"c2lnLTI=\"}]}");

    gia_request_set_store(request, 0);
    add_meeting_function(request);
    gia_request_add_interaction(request, answer);
    gia_interaction_release(answer);
    gia_request_add_function_result_json(
        request, "fc_1", "schedule_meeting",
        "[{\"type\":\"text\",\"text\":\"Meeting scheduled successfully.\"}]", 0);
    return request;
}

/* agents and long answers */

static gia_request_t *build_deep_research_create(void)
{
    gia_request_t *request =
        ask_agent("deep-research-pro-preview-12-2025",
                  "Research the history of the Google TPUs with a focus on 2025 and 2026.");
    gia_request_set_background(request, 1);
    return request;
}

static gia_request_t *build_deep_research_stream(void)
{
    gia_request_t *request = ask_agent("deep-research-pro-preview-12-2025", "Survey tidal power.");
    gia_request_set_background(request, 1);
    gia_request_set_stream(request, 1);
    gia_request_set_store(request, 1);
    gia_request_set_agent_config(request,
                                 "{\"type\":\"deep-research\",\"thinking_summaries\":\"auto\"}");
    return request;
}

static gia_request_t *build_deep_research_config(void)
{
    gia_request_t *request = ask_agent("deep-research-preview-04-2026", "Survey tidal power.");
    gia_request_set_background(request, 1);
    gia_request_set_agent_config(request,
                                 "{\"type\":\"deep-research\",\"thinking_summaries\":\"auto\","
                                 "\"collaborative_planning\":true,\"visualization\":\"off\","
                                 "\"enable_bigquery_tool\":false}");
    return request;
}

static gia_request_t *build_antigravity_agent(void)
{
    gia_request_t *request = ask_agent("antigravity-preview-09-2026", "List the files.");
    gia_request_set_environment(request, "remote");
    gia_request_set_agent_config(request,
                                 "{\"type\":\"antigravity\",\"model\":\"gemini-3.8-flash\","
                                 "\"max_total_tokens\":\"200000\"}");
    gia_request_set_stream(request, 1);
    return request;
}

static gia_request_t *build_code_mender_agent(void)
{
    gia_request_t *request = ask_agent("code-mender-preview", "Scan.");
    gia_request_set_background(request, 1);
    gia_request_set_agent_config(
        request, "{\"type\":\"code-mender\",\"session_id\":\"s1\",\"session_config\":{"
                 "\"max_rounds\":3},\"find_request\":{\"mode\":\"scan\",\"description\":\"d\","
                 "\"source_files\":[{\"path\":\"a.c\","
                 "\"content\":\"int main(void){return 0;}\"}]}}");
    return request;
}

static gia_request_t *continue_answer(const char *id, const char *token)
{
    gia_request_t *request = about("gemini-4-argon");
    gia_request_set_max_output_tokens(request, 200000);
    gia_request_set_previous_interaction_id(request, id);
    gia_request_set_continuation_token(request, token);
    return request;
}

static gia_request_t *build_continuation_1(void)
{
    gia_request_t *request = ask("gemini-4-argon", "Write a very long proof.");
    gia_request_set_max_output_tokens(request, 200000);
    return request;
}

static gia_request_t *build_continuation_2(void)
{
    return continue_answer("v1_hop1", "tok-1");
}

static gia_request_t *build_continuation_3(void)
{
    return continue_answer("v1_hop2", "tok-2");
}

static gia_request_t *build_manual_continuation(void)
{
    return continue_answer(ID, "tok-1");
}

static gia_request_t *build_continuation_store_false_1(void)
{
    gia_request_t *request = ask("gemini-4-argon", "Write a very long proof.");
    gia_request_set_store(request, 0);
    return request;
}

static gia_request_t *build_continuation_store_false_2(void)
{
    gia_request_t *request = build_continuation_store_false_1();
    gia_request_set_continuation_token(request, "tok-1");
    return request;
}

/* ---- where we say it in another way: makes of a captured body what we send ---- */

static void one_content_is_a_text(json_t *body)
{
    json_t *text = json_object_get(json_object_get(body, "input"), "text");
    json_object_set(body, "input", text);
}

static void modalities_are_lower_case(json_t *body)
{
    json_t *list = json_object_get(body, "response_modalities"), *word;
    size_t i;

    json_array_foreach(list, i, word)
    {
        char lower[16] = "";
        for (size_t at = 0; json_string_value(word)[at]; at++)
            lower[at] = (char)(json_string_value(word)[at] | 0x20);
        json_array_set_new(list, i, json_string(lower));
    }
}

static void a_schema_has_its_mime_type(json_t *body)
{
    json_object_set_new(body, "response_mime_type", json_string("application/json"));
}

static void texts_of_turns_are_lists(json_t *body)
{
    json_t *turn;
    size_t i;

    json_array_foreach(json_object_get(body, "input"), i, turn)
    {
        json_t *content = json_object_get(turn, "content");
        if (json_is_string(content))
            json_object_set_new(turn, "content",
                                json_pack("[{sssO}]", "type", "text", "text", content));
    }
}

static int is_part(const json_t *item)
{
    const char *type = json_string_value(json_object_get(item, "type"));
    return strcmp(type, "text") == 0 || strcmp(type, "image") == 0;
}

/* Every turn that the captures have is of parts alone, or of steps alone. */
static void turns_are_steps(json_t *body)
{
    json_t *steps = json_array(), *turn;
    size_t i;

    texts_of_turns_are_lists(body);
    json_array_foreach(json_object_get(body, "input"), i, turn)
    {
        int is_user = strcmp(json_string_value(json_object_get(turn, "role")), "user") == 0;
        json_t *content = json_object_get(turn, "content");

        if (is_part(json_array_get(content, 0)))
            json_array_append_new(steps, json_pack("{sssO}", "type",
                                                   is_user ? "user_input" : "model_output",
                                                   "content", content));
        else
            json_array_extend(steps, content);
    }
    json_object_set_new(body, "input", steps);
}

static void a_modality_is_a_format(json_t *body)
{
    modalities_are_lower_case(body);
    json_object_set_new(
        body, "response_format",
        json_pack("{sO}", "type", json_array_get(json_object_get(body, "response_modalities"), 0)));
    json_object_del(body, "response_modalities");
}

static void a_schema_is_a_format(json_t *body)
{
    json_object_set_new(body, "response_format",
                        json_pack("{sssssO}", "type", "text", "mime_type", "application/json",
                                  "schema", json_object_get(body, "response_format")));
    json_object_del(body, "response_mime_type");
}

#define GONE "the SDK sends a form that the current revision has no more"
#define BARE "the documentation wants the MIME type beside a schema"
#define CASE "the reference spells the words in lower case"

/* `translate` and `why` are NULL where we send the very same; by folder. */
static const struct {
    const char *name;
    gia_request_t *(*build)(void);
    struct {
        void (*translate)(json_t *);
        const char *why;
    } differs[2];
} calls[] = {
    {"text", build_text, {{0}}},
    {"stateful_turn1", build_stateful_turn1, {{0}}},
    {"stateful_turn2", build_stateful_turn2, {{0}}},
    {"single_content_input",
     build_single_content_input,
     {{one_content_is_a_text, "a text alone is a string"},
      {one_content_is_a_text, "a text alone is a string"}}},
    {"streaming", build_streaming, {{0}}},
    {"generation_config", build_generation_config, {{0}}},
    {"agent_with_generation_config", build_agent_with_generation_config, {{0}}},
    {"model_with_agent_config", build_model_with_agent_config, {{0}}},
    {"api_version_v1beta", build_x, {{0}}},
    {"request_options", build_request_options, {{0}}},
    {"unknown_field_passthrough", build_unknown_field, {{0}}},
    {"all_options", build_all_options, {{0}}},
    {"image_inline", build_image_inline, {{0}}},
    {"audio_inline", build_audio_inline, {{0}}},
    {"video_inline", build_video_inline, {{0}}},
    {"document_inline", build_document_inline, {{0}}},
    {"remote_image_uri", build_remote_image_uri, {{0}}},
    {"video_processing", build_video_processing, {{0}}},
    {"transcription", build_transcription, {{0}}},
    {"image_generation",
     build_image_generation,
     {{modalities_are_lower_case, CASE}, {a_modality_is_a_format, GONE}}},
    {"image_generation_steps", build_image_generation_steps, {{0}}},
    {"text_and_image_format", build_text_and_image_format, {{0}}},
    {"speech", build_speech, {{modalities_are_lower_case, CASE}, {a_modality_is_a_format, GONE}}},
    {"audio_format", build_audio_format, {{0}}},
    {"video_format", build_video_format, {{0}}},
    {"structured_output_bare_schema",
     build_structured_output,
     {{a_schema_has_its_mime_type, BARE}, {a_schema_is_a_format, GONE}}},
    {"structured_output_with_mime", build_structured_output, {{0}, {a_schema_is_a_format, GONE}}},
    {"structured_output_steps", build_structured_output, {{0}}},
    {"function_call", build_function_call, {{0}}},
    {"function_result", build_function_result, {{0}}},
    {"function_result_error", build_function_result_error, {{0}}},
    {"google_search", build_google_search, {{0}}},
    {"code_execution", build_code_execution, {{0}}},
    {"url_context", build_url_context, {{0}}},
    {"mcp_server", build_mcp_server, {{0}}},
    {"tools_all", build_tools_all, {{0}}},
    {"stateless_history_turns",
     build_stateless_history_turns,
     {{texts_of_turns_are_lists, "a turn is a list of contents, whatever they are"},
      {turns_are_steps, GONE}}},
    {"stateless_history_steps", build_stateless_history_steps, {{0}}},
    {"client_state_function_call", build_client_state_call, {{0}, {turns_are_steps, GONE}}},
    {"client_state_function_result", build_client_state_result, {{0}, {turns_are_steps, GONE}}},
    {"client_state_function_result_steps", build_client_state_result_steps, {{0}}},
    {"deep_research_create", build_deep_research_create, {{0}}},
    {"deep_research_stream", build_deep_research_stream, {{0}}},
    {"deep_research_config", build_deep_research_config, {{0}}},
    {"antigravity_agent", build_antigravity_agent, {{0}}},
    {"code_mender_agent", build_code_mender_agent, {{0}}},
    {"automatic_continuation_1", build_continuation_1, {{0}}},
    {"automatic_continuation_2", build_continuation_2, {{0}}},
    {"automatic_continuation_3", build_continuation_3, {{0}}},
    {"automatic_continuation_store_false_1", build_continuation_store_false_1, {{0}}},
    {"automatic_continuation_store_false_2", build_continuation_store_false_2, {{0}}},
    {"manual_continuation", build_manual_continuation, {{0}}},
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* ---- the captures ---- */

/* The body of a create that reached the wire, to be released; NULL for other captures, and for
 * those of another service's addresses, whose bodies are nothing of their own. */
static json_t *load_body(const char *folder, const char *file)
{
    char path[1024];
    const char *method, *where;
    json_t *capture, *body;

    snprintf(path, sizeof(path), TEST_DATA "/requests/%s/%s", folder, file);
    capture = json_load_file(path, 0, NULL);
    method = json_string_value(json_object_get(capture, "method"));
    where = json_string_value(json_object_get(capture, "path"));
    body = json_object_get(capture, "body");
    if (!method || strcmp(method, "POST") != 0 || !where ||
        strcmp(strrchr(where, '/'), "/interactions") != 0 || strncmp(file, "vertex_", 7) == 0)
        body = NULL;
    json_incref(body);
    json_decref(capture);
    return body;
}

/* Calls `visit` for the body of each create in both folders; returns their number. */
static size_t for_each_create(void (*visit)(size_t folder, const char *file, json_t *body))
{
    size_t n = 0;

    for (size_t f = 0; f < 2; f++) {
        char path[1024];
        struct dirent *entry;
        DIR *directory;

        snprintf(path, sizeof(path), TEST_DATA "/requests/%s", folders[f]);
        directory = opendir(path);
        assert_non_null(directory);
        while ((entry = readdir(directory))) {
            json_t *body = load_body(folders[f], entry->d_name);
            if (!body)
                continue;
            visit(f, entry->d_name, body);
            json_decref(body);
            n++;
        }
        closedir(directory);
    }
    return n;
}

static void assert_sends(const gia_request_t *request, size_t folder, const char *file,
                         const json_t *expected)
{
    char *text = encode(request, revisions[folder]);
    json_t *body = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    if (!json_equal(body, expected)) {
        char *wanted = json_dumps(expected, JSON_COMPACT);
        fail_msg("%s/%s\n  is      %s\n  must be %s", folders[folder], file, text, wanted);
    }
    json_decref(body);
    free(text);
}

static void check_call(size_t folder, const char *file, json_t *body)
{
    size_t len = strlen(file) - strlen(".json"), i;
    gia_request_t *request;
    json_t *expected;

    for (i = 0; i < CALLS; i++) {
        if (strlen(calls[i].name) == len && memcmp(calls[i].name, file, len) == 0)
            break;
    }
    if (i == CALLS)
        fail_msg("no call for %s/%s", folders[folder], file);

    expected = json_deep_copy(body);
    if (calls[i].differs[folder].translate) {
        calls[i].differs[folder].translate(expected);
        /* else it is not on purpose any more */
        assert_false(json_equal(expected, body));
    }
    request = calls[i].build();
    assert_sends(request, folder, file, expected);
    gia_request_free(request);
    json_decref(expected);
}

static void every_call_sends_what_the_sdks_sent(void **state)
{
    assert_true(for_each_create(check_call) > 70);
}

static void every_call_was_captured(void **state)
{
    for (size_t i = 0; i < CALLS; i++) {
        char file[128];
        int n = 0;

        snprintf(file, sizeof(file), "%s.json", calls[i].name);
        for (size_t f = 0; f < 2; f++) {
            json_t *body = load_body(folders[f], file);
            n += body != NULL;
            /* a difference to nothing is a row too many */
            assert_true(body || !calls[i].differs[f].translate);
            json_decref(body);
        }
        if (!n)
            fail_msg("no capture of %s", calls[i].name);
    }
}

/* ---- the same bodies as JSON ---- */

/* Member by member; what has a setter of its own goes through it. */
static gia_request_t *rebuild(const json_t *body)
{
    gia_request_t *request = gia_request_new();
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)body, name, value)
    {
        const char *text = json_string_value(value);
        char pointer[128], *json;

        if (strcmp(name, "model") == 0) {
            gia_request_set_model(request, text);
        } else if (strcmp(name, "agent") == 0) {
            gia_request_set_agent(request, text);
        } else if (strcmp(name, "input") == 0 && text) {
            gia_request_add_text(request, text);
        } else {
            snprintf(pointer, sizeof(pointer), "/%s", name);
            json = json_dumps(value, JSON_ENCODE_ANY);
            gia_request_set_json(request, pointer, json);
            free(json);
        }
    }
    return request;
}

static void check_json(size_t folder, const char *file, json_t *body)
{
    gia_request_t *request = rebuild(body);
    char *whole;

    assert_sends(request, folder, file, body);
    gia_request_free(request);

    whole = json_dumps(body, JSON_INDENT(2));
    request = gia_request_new();
    gia_request_set_json(request, "", whole);
    assert_sends(request, folder, file, body);
    gia_request_free(request);
    free(whole);
}

static void every_body_can_be_given_as_json(void **state)
{
    assert_true(for_each_create(check_json) > 70);
}

/* Each content, turn, step and tool of the captures goes out as it was given, whatever it is. */
static void check_raw_parts(size_t folder, const char *file, json_t *body)
{
    const json_t *input = json_object_get(body, "input"), *tools = json_object_get(body, "tools");
    gia_request_t *request;
    json_t *item, *wanted;
    size_t i;

    if (!json_is_array(input))
        return;
    request = about("m");
    json_array_foreach(input, i, item)
    {
        char *json = json_dumps(item, 0);
        gia_request_add_content_json(request, json);
        free(json);
    }
    json_array_foreach(tools, i, item)
    {
        char *json = json_dumps(item, 0);
        gia_request_add_tool_json(request, json);
        free(json);
    }
    wanted = json_pack("{sssO}", "model", "m", "input", input);
    if (tools)
        json_object_set(wanted, "tools", (json_t *)tools);
    assert_sends(request, folder, file, wanted);
    json_decref(wanted);
    gia_request_free(request);
}

static void every_part_can_be_given_as_json(void **state)
{
    for_each_create(check_raw_parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_sends_what_the_sdks_sent),
        cmocka_unit_test(every_call_was_captured),
        cmocka_unit_test(every_body_can_be_given_as_json),
        cmocka_unit_test(every_part_can_be_given_as_json),
    };

    return cmocka_run_group_tests_name("request_parity", tests, NULL, NULL);
}
