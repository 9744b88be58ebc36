/* The interaction as an object: views of a decoded JSON document, whichever revision it is in.
 *
 * Everything is computed once, when the document is decoded: reading cannot fail afterwards. The
 * outputs and the parts of steps are one array each, and a step's content is a run of one of them,
 * so that both revisions are seen through the same two lists without a copy. */
#include "wire/interaction.h"

#include <stdint.h>
#include <string.h>

#include <gia/error.h>

#include "json/document.h"
#include "wire/revision.h"
#include "wire/usage.h"

struct gia_interaction_s {
    unsigned references;
    gia__mem_t mem;
    gia__buf_t body; /* the document; raw spans point into it */
    gia__arena_t arena;
    const gia_json_t *json;
    const char *id, *model, *agent, *status_text;
    const char *previous_id, *continuation_token;
    gia_status_t status;
    gia_revision_t revision;
    gia_content_t *outputs;
    size_t output_count;
    gia_step_t *steps;
    size_t step_count;
    const char *output_text;
    size_t output_text_len;
    gia_interaction_error_t *errors;
    size_t error_count;
    gia_usage_t usage;
};

const gia_json_t *gia__json_member(const gia_json_t *object, const char *name)
{
    const gia_json_t *value = gia_json_get(object, name);
    return gia_json_type(value) == GIA_JSON_NULL ? NULL : value;
}

/* The same, but an empty one counts as missing: so do streams say that nothing is stored. */
static const char *word_of(const gia_json_t *object, const char *name)
{
    const char *text = gia__json_get_text(object, name);
    return text && *text ? text : NULL;
}

int gia__arena_code(const gia__arena_t *arena)
{
    return arena->too_big ? GIA_EJSON_TOO_BIG : GIA_ENOMEM;
}

/* An array of `n` elements, never NULL for none. */
static void *alloc_array(gia__arena_t *arena, size_t n, size_t size)
{
    void *array;

    if (n > SIZE_MAX / size) {
        arena->too_big = 1;
        return NULL;
    }
    array = gia__arena_alloc(arena, n * size);
    if (array)
        memset(array, 0, n * size);
    return array;
}

/* ---- content ---- */

gia_content_type_t gia__content_type(const gia_json_t *json)
{
    size_t len;
    const char *name = gia__json_get_string(json, "type", &len);

    if (name)
        return gia__content_type_of(name, len);
    return gia_json_type(json) == GIA_JSON_STRING || gia__json_get_text(json, "text")
               ? GIA_CONTENT_TEXT
               : GIA_CONTENT_OTHER;
}

const gia_json_t *gia__content_text(const gia_json_t *json)
{
    if (gia__content_type(json) != GIA_CONTENT_TEXT)
        return NULL;
    return gia_json_type(json) == GIA_JSON_STRING ? json : gia_json_get(json, "text");
}

size_t gia__list_count(const gia_json_t *list)
{
    switch (gia_json_type(list)) {
    case GIA_JSON_ARRAY: return gia_json_count(list);
    case GIA_JSON_OBJECT:
    case GIA_JSON_STRING: return 1;
    default: return 0;
    }
}

const gia_json_t *gia__list_at(const gia_json_t *list, size_t index)
{
    return gia_json_type(list) == GIA_JSON_ARRAY ? gia_json_at(list, index) : list;
}

static const char *summary_text(const gia_json_t *summary, size_t index, size_t *len)
{
    const gia_json_t *item = gia__list_at(summary, index);

    *len = 0;
    if (gia_json_type(item) == GIA_JSON_STRING)
        return gia_json_string(item, len);
    return gia__json_get_string(item, "text", len);
}

/* A summary is a list of texts and images: the texts, joined. One text needs no copy. */
static int read_summary(gia_content_t *content, const gia_json_t *summary, gia__arena_t *arena)
{
    size_t n = gia__list_count(summary), total = 0, texts = 0, i, len;
    const char *text;
    char *joined;

    for (i = 0; i < n; i++) {
        text = summary_text(summary, i, &len);
        if (!text)
            continue;
        content->text = text;
        content->text_len = len;
        total += len;
        texts++;
    }
    if (texts < 2)
        return GIA_OK;
    joined = gia__arena_alloc(arena, total + 1);
    if (!joined)
        return gia__arena_code(arena);
    content->text = joined;
    content->text_len = total;
    for (i = 0; i < n; i++) {
        text = summary_text(summary, i, &len);
        if (text)
            memcpy(joined, text, len);
        joined += len;
    }
    *joined = '\0';
    return GIA_OK;
}

static int names_a_result(const char *type_name, size_t len)
{
    return len >= 7 && memcmp(type_name + len - 7, "_result", 7) == 0;
}

/* Every member is read whatever the type is: types that are not known yet are likely to use the
 * same names. */
int gia__content_read(gia_content_t *content, const gia_json_t *json, gia__arena_t *arena)
{
    const char *type_name;
    size_t type_len = 0;

    *content = (gia_content_t){.type_name = "", .json = json};
    if (gia_json_type(json) == GIA_JSON_STRING) {
        content->type = GIA_CONTENT_TEXT;
        content->text = gia_json_string(json, &content->text_len);
        return GIA_OK;
    }
    if (gia_json_type(json) != GIA_JSON_OBJECT)
        return GIA_OK;

    content->type = gia__content_type(json);
    content->text = gia__json_get_string(json, "text", &content->text_len);
    type_name = gia__json_get_string(json, "type", &type_len);
    if (type_name)
        content->type_name = type_name;
    content->mime_type = gia__json_get_text(json, "mime_type");
    content->data = gia__json_get_string(json, "data", &content->data_len);
    content->uri = gia__json_get_text(json, "uri");
    content->id = gia__json_get_text(json, "call_id");
    if (!content->id && !names_a_result(content->type_name, type_len))
        content->id = gia__json_get_text(json, "id");
    content->name = gia__json_get_text(json, "name");
    content->arguments = gia__json_member(json, "arguments");
    content->result = gia__json_member(json, "result");
    content->is_error = gia_json_boolean(gia_json_get(json, "is_error"), 0);
    content->signature = gia__json_get_text(json, "signature");
    content->annotations = gia__json_member(json, "annotations");
    if (content->type == GIA_CONTENT_THOUGHT)
        return read_summary(content, gia_json_get(json, "summary"), arena);
    return GIA_OK;
}

/* ---- outputs and steps ---- */

static int is_container(gia_content_type_t type)
{
    return type == GIA_CONTENT_MODEL_OUTPUT || type == GIA_CONTENT_USER_INPUT;
}

/* Legacy: each output is a content; runs of parts become a model_output that was never sent. */
static int read_outputs(gia_interaction_t *self, const gia_json_t *outputs)
{
    size_t n = gia_json_count(outputs), i;
    gia_step_t *step = NULL;
    int rc;

    self->outputs = alloc_array(&self->arena, n, sizeof(*self->outputs));
    self->steps = alloc_array(&self->arena, n, sizeof(*self->steps));
    if (!self->outputs || !self->steps)
        return gia__arena_code(&self->arena);
    self->output_count = n;
    for (i = 0; i < n; i++) {
        gia_content_t *output = &self->outputs[i];
        rc = gia__content_read(output, gia_json_at(outputs, i), &self->arena);
        if (rc)
            return rc;
        if (gia__content_is_part(output->type) && step && !step->json) {
            step->content_count++;
            continue;
        }
        step = &self->steps[self->step_count++];
        *step = (gia_step_t){.content = output, .content_count = 1};
        if (gia__content_is_part(output->type)) {
            step->type = GIA_CONTENT_MODEL_OUTPUT;
            step->type_name = gia_content_type_name(step->type);
        } else {
            step->type = output->type;
            step->type_name = output->type_name;
            step->json = output->json;
        }
    }
    return GIA_OK;
}

static int read_step(gia_interaction_t *self, gia_step_t *step, const gia_json_t *json,
                     gia_content_t **next)
{
    const gia_json_t *content;
    gia_content_t *first = *next;
    size_t i, n;
    int rc;

    step->json = json;
    step->type = gia__content_type(json);
    step->content = first;
    if (!is_container(step->type)) {
        step->content_count = 1;
        rc = gia__content_read(first, json, &self->arena);
        step->type = first->type;
        step->type_name = first->type_name;
        *next = first + 1;
        return rc;
    }
    step->type_name = gia__json_get_text(json, "type");
    content = gia_json_get(json, "content");
    n = gia__list_count(content);
    for (i = 0; i < n; i++) {
        rc = gia__content_read(first + i, gia__list_at(content, i), &self->arena);
        if (rc)
            return rc;
    }
    step->content_count = n;
    *next = first + n;
    return GIA_OK;
}

static int read_steps(gia_interaction_t *self, const gia_json_t *steps)
{
    size_t n = gia_json_count(steps), outputs = 0, inputs = 0, i;
    gia_content_t *output, *input;
    int rc;

    for (i = 0; i < n; i++) {
        const gia_json_t *json = gia_json_at(steps, i);
        gia_content_type_t type = gia__content_type(json);
        size_t parts = is_container(type) ? gia__list_count(gia_json_get(json, "content")) : 1;
        *(type == GIA_CONTENT_USER_INPUT ? &inputs : &outputs) += parts;
    }
    self->steps = alloc_array(&self->arena, n, sizeof(*self->steps));
    self->outputs = alloc_array(&self->arena, outputs, sizeof(*self->outputs));
    input = alloc_array(&self->arena, inputs, sizeof(*input));
    if (!self->steps || !self->outputs || !input)
        return gia__arena_code(&self->arena);
    output = self->outputs;
    for (i = 0; i < n; i++) {
        const gia_json_t *json = gia_json_at(steps, i);
        int is_input = gia__content_type(json) == GIA_CONTENT_USER_INPUT;
        rc = read_step(self, &self->steps[i], json, is_input ? &input : &output);
        if (rc)
            return rc;
    }
    self->step_count = n;
    self->output_count = outputs;
    return GIA_OK;
}

/* Some models answer in the legacy way to this day, so the members tell the revision and nothing
 * else does. An answer that has neither yet is legacy if it has a role, which only that one had. */
static int read_results(gia_interaction_t *self)
{
    const gia_json_t *steps = gia_json_get(self->json, "steps");
    const gia_json_t *outputs = gia_json_get(self->json, "outputs");
    int has_steps = gia_json_type(steps) == GIA_JSON_ARRAY;
    int has_outputs = gia_json_type(outputs) == GIA_JSON_ARRAY;

    if (has_outputs && (!has_steps || (gia_json_count(outputs) && !gia_json_count(steps)))) {
        self->revision = GIA_REVISION_LEGACY;
        return read_outputs(self, outputs);
    }
    self->revision = GIA_REVISION_STEPS;
    if (has_steps)
        return read_steps(self, steps);
    if (gia__json_get_text(self->json, "role"))
        self->revision = GIA_REVISION_LEGACY;
    return GIA_OK;
}

/* ---- errors ---- */

/* The code came as a number once, and is a word now. */
static int code_text(const char **text, const gia_json_t *code, gia__arena_t *arena)
{
    const char *digits;
    size_t len;

    *text = gia_json_string(code, NULL);
    if (gia_json_type(code) != GIA_JSON_NUMBER)
        return GIA_OK;
    digits = gia_json_raw(code, &len);
    *text = gia__arena_dup(arena, digits, len);
    return *text ? GIA_OK : gia__arena_code(arena);
}

int gia__interaction_error_read(gia_interaction_error_t *error, const gia_json_t *json,
                                gia__arena_t *arena)
{
    *error = (gia_interaction_error_t){.json = json};
    error->message = gia_json_type(json) == GIA_JSON_STRING ? gia_json_string(json, NULL)
                                                            : gia__json_get_text(json, "message");
    return code_text(&error->code, gia_json_get(json, "code"), arena);
}

static int add_errors(gia_interaction_t *self, const gia_json_t *list)
{
    size_t n = gia__list_count(list), i;
    int rc = GIA_OK;

    for (i = 0; i < n && rc == GIA_OK; i++)
        rc = gia__interaction_error_read(&self->errors[self->error_count++], gia__list_at(list, i),
                                         &self->arena);
    return rc;
}

static int read_errors(gia_interaction_t *self)
{
    const gia_json_t *errors = gia_json_get(self->json, "errors");
    size_t n = gia__list_count(errors), i;
    int rc;

    for (i = 0; i < self->step_count; i++)
        n += gia__list_count(gia_json_get(self->steps[i].json, "error"));
    if (n == 0)
        return GIA_OK;
    self->errors = alloc_array(&self->arena, n, sizeof(*self->errors));
    if (!self->errors)
        return gia__arena_code(&self->arena);
    rc = add_errors(self, errors);
    for (i = 0; i < self->step_count && rc == GIA_OK; i++)
        rc = add_errors(self, gia_json_get(self->steps[i].json, "error"));
    return rc;
}

/* ---- the text of the answer ---- */

/* The last run of text: from the end to the last user input, over everything that is not text to
 * the first text, and from there back to the first thing that is not text. Thoughts are never in
 * the way. Writes the text so that it ends before `end`, unless that is NULL; returns the bytes. */
static size_t walk_text(const gia_interaction_t *self, char *end)
{
    size_t total = 0, i, j;
    int taken = 0;

    for (i = self->step_count; i-- > 0;) {
        const gia_step_t *step = &self->steps[i];
        if (step->type == GIA_CONTENT_USER_INPUT)
            break;
        if (step->type == GIA_CONTENT_THOUGHT)
            continue;
        if (step->type != GIA_CONTENT_MODEL_OUTPUT) {
            if (taken)
                break;
            continue;
        }
        for (j = step->content_count; j-- > 0;) {
            const gia_content_t *part = &step->content[j];
            if (part->type != GIA_CONTENT_TEXT) {
                if (taken)
                    return total;
                continue;
            }
            taken = 1;
            total += part->text_len;
            if (end && part->text_len)
                memcpy(end - total, part->text, part->text_len);
        }
    }
    return total;
}

static int read_output_text(gia_interaction_t *self)
{
    size_t len = walk_text(self, NULL);
    char *text = gia__arena_alloc(&self->arena, len + 1);

    if (!text)
        return gia__arena_code(&self->arena);
    text[len] = '\0';
    walk_text(self, text + len);
    self->output_text = text;
    self->output_text_len = len;
    return GIA_OK;
}

/* ---- life ---- */

static int is_interaction(const gia_json_t *json)
{
    return gia__json_member(json, "id") || gia__json_member(json, "status") ||
           gia__json_member(json, "outputs") || gia__json_member(json, "steps");
}

static int read_interaction(gia_interaction_t *self, const gia__json_limits_t *limits,
                            gia__json_error_t *error)
{
    char nothing[1] = "";
    size_t len = 0;
    int rc = gia__json_parse(&self->json, &self->arena, self->body.data ? self->body.data : nothing,
                             self->body.len, limits, error);

    if (rc)
        return rc;
    if (!is_interaction(self->json)) {
        if (error)
            *error = (gia__json_error_t){.message = "the JSON is not an interaction"};
        return GIA_EPROTOCOL;
    }
    self->id = word_of(self->json, "id");
    self->previous_id = word_of(self->json, "previous_interaction_id");
    self->continuation_token = word_of(self->json, "continuation_token");
    self->model = gia__json_get_text(self->json, "model");
    self->agent = gia__json_get_text(self->json, "agent");
    self->status_text = gia__json_get_string(self->json, "status", &len);
    if (self->status_text)
        self->status = gia__status_of(self->status_text, len);
    else
        self->status_text = "";
    gia__usage_read(&self->usage, gia_json_get(self->json, "usage"));
    rc = read_results(self);
    if (rc == GIA_OK)
        rc = read_errors(self);
    return rc ? rc : read_output_text(self);
}

static void destroy(gia_interaction_t *self)
{
    gia__mem_t mem = self->mem;

    gia__arena_free(&self->arena);
    gia__buf_free(&self->body);
    gia__mem_free(&mem, self);
}

int gia__interaction_decode(gia_interaction_t **out, const gia__mem_t *mem, gia__buf_t *body,
                            const gia__json_limits_t *limits, size_t max_json,
                            gia__json_error_t *error)
{
    gia_interaction_t *self = gia__mem_zalloc(mem, sizeof(*self));
    int rc;

    *out = NULL;
    if (!self) {
        gia__buf_free(body);
        return GIA_ENOMEM;
    }
    self->references = 1;
    self->mem = *mem;
    self->body = *body;
    self->body.mem = &self->mem;
    body->data = NULL;
    body->len = body->capacity = 0;
    gia__arena_init(&self->arena, &self->mem, max_json);

    rc = read_interaction(self, limits, error);
    if (rc) {
        destroy(self);
        return rc;
    }
    *out = self;
    return GIA_OK;
}

gia_interaction_t *gia_interaction_keep(const gia_interaction_t *interaction)
{
    /* The count is the one thing in it that changes; nobody else sees it. */
    gia_interaction_t *self = (gia_interaction_t *)(uintptr_t)interaction;

    if (self)
        self->references++;
    return self;
}

void gia_interaction_release(gia_interaction_t *interaction)
{
    if (interaction && --interaction->references == 0)
        destroy(interaction);
}

/* ---- reading ---- */

const char *gia_interaction_id(const gia_interaction_t *interaction)
{
    return interaction ? interaction->id : NULL;
}

gia_status_t gia_interaction_status(const gia_interaction_t *interaction)
{
    return interaction ? interaction->status : GIA_STATUS_NONE;
}

const char *gia_interaction_status_text(const gia_interaction_t *interaction)
{
    return interaction ? interaction->status_text : "";
}

const char *gia_interaction_model(const gia_interaction_t *interaction)
{
    return interaction ? interaction->model : NULL;
}

const char *gia_interaction_agent(const gia_interaction_t *interaction)
{
    return interaction ? interaction->agent : NULL;
}

/* The place of `index` in a list of `n`; `n` if it has none. */
static size_t place(ptrdiff_t index, size_t n)
{
    size_t back;

    if (index >= 0)
        return (size_t)index < n ? (size_t)index : n;
    back = (size_t)0 - (size_t)index;
    return back <= n ? n - back : n;
}

size_t gia_interaction_output_count(const gia_interaction_t *interaction)
{
    return interaction ? interaction->output_count : 0;
}

const gia_content_t *gia_interaction_output(const gia_interaction_t *interaction, ptrdiff_t index)
{
    size_t n = gia_interaction_output_count(interaction), i = place(index, n);
    return i < n ? &interaction->outputs[i] : NULL;
}

size_t gia_interaction_step_count(const gia_interaction_t *interaction)
{
    return interaction ? interaction->step_count : 0;
}

const gia_step_t *gia_interaction_step(const gia_interaction_t *interaction, ptrdiff_t index)
{
    size_t n = gia_interaction_step_count(interaction), i = place(index, n);
    return i < n ? &interaction->steps[i] : NULL;
}

const char *gia_interaction_output_text(const gia_interaction_t *interaction, size_t *len)
{
    if (len)
        *len = interaction ? interaction->output_text_len : 0;
    return interaction ? interaction->output_text : "";
}

int gia_interaction_output_json(const gia_interaction_t *interaction, gia_document_t **out,
                                gia_json_error_t *error)
{
    gia__mem_t mem = interaction ? interaction->mem : gia__mem_init(NULL);
    size_t max_json = interaction ? interaction->arena.max : SIZE_MAX, len;
    const char *text = gia_interaction_output_text(interaction, &len);

    return gia__document_parse(out, text, len, &mem, max_json, error);
}

size_t gia_interaction_error_count(const gia_interaction_t *interaction)
{
    return interaction ? interaction->error_count : 0;
}

int gia_interaction_error(const gia_interaction_t *interaction, size_t index,
                          gia_interaction_error_t *error)
{
    if (index >= gia_interaction_error_count(interaction) || !error)
        return 0;
    *error = interaction->errors[index];
    return 1;
}

const char *gia_interaction_previous_id(const gia_interaction_t *interaction)
{
    return interaction ? interaction->previous_id : NULL;
}

const char *gia_interaction_continuation_token(const gia_interaction_t *interaction)
{
    return interaction ? interaction->continuation_token : NULL;
}

const gia_usage_t *gia_interaction_usage(const gia_interaction_t *interaction)
{
    return interaction && interaction->usage.json ? &interaction->usage : NULL;
}

gia_revision_t gia_interaction_revision(const gia_interaction_t *interaction)
{
    return interaction ? interaction->revision : GIA_REVISION_STEPS;
}

const gia_json_t *gia_interaction_json(const gia_interaction_t *interaction)
{
    return interaction ? interaction->json : NULL;
}
