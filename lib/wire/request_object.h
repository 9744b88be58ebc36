/* The request as its own files see it: what setters fill in and what is encoded.
 *
 * Members that are the same in both revisions go straight into the tree `body`. Contents, tools and
 * formats wait in lists beside it, each an object in the making, because how they are wrapped and
 * spelled is known only in the end. */
#ifndef GIA_WIRE_REQUEST_OBJECT_H
#define GIA_WIRE_REQUEST_OBJECT_H

#include "core/list.h"
#include "json/tree.h"
#include "wire/request.h"

typedef enum gia__entry_kind_e {
    GIA__ENTRY_CONTENT, /* a part of what somebody says */
    GIA__ENTRY_STEP,    /* a thought, a call or a result: a step, but in legacy a content */
    GIA__ENTRY_RUN,     /* a step of an interaction that holds contents */
    GIA__ENTRY_ALONE    /* JSON of the program's that is a turn, or a step that holds contents */
} gia__entry_kind_t;

/* One entry of the input, in the order in which they were added. */
typedef struct gia__entry_s {
    gia__list_t link;
    gia__entry_kind_t kind;
    gia_role_t role;
    size_t turn; /* neighbours with the same number and role make one turn */
    int is_text; /* of add_text, and nothing but that text */
    gia__tree_t object;
    gia__buf_t received; /* in the place of `object`: JSON of an interaction, as it came */
    int is_empty;        /* a run without contents */
    gia__blob_t *blob;   /* bytes that become the object's `data` */
    int is_base64;       /* which they are already */
    char *path;          /* or a file that does */
    gia__file_mark_t mark;
} gia__entry_t;

typedef enum gia__item_kind_e {
    GIA__ITEM_PLAIN, /* nothing depends on what it is */
    GIA__TOOL_MCP_SERVER,
    GIA__TOOL_COMPUTER_USE,
    GIA__FORMAT_SCHEMA,
    GIA__FORMAT_TEXT,
    GIA__FORMAT_IMAGE,
    GIA__FORMAT_AUDIO,
    GIA__FORMAT_VIDEO
} gia__item_kind_t;

/* One tool or one format. */
typedef struct gia__item_s {
    gia__list_t link;
    gia__item_kind_t kind;
    gia__tree_t object;
} gia__item_t;

struct gia_request_s {
    gia__mem_t mem;
    int error; /* the first one */
    char message[512];
    gia__tree_t body;
    gia__list_t input; /* of gia__entry_t */
    gia_role_t role;   /* who says what is added next, and in which turn */
    size_t turn;
    int has_turns;              /* one was begun, or a step of an interaction added */
    int in_steps;               /* the last entry came by gia_request_add_step() */
    gia__list_t tools, formats; /* of gia__item_t */
};

/* ---- setters (request_setter.c) ---- */

/* A setter at work: its name is for messages, its values go into the tree. */
typedef struct gia__setter_s {
    gia_request_t *request;
    const char *name;
    gia__tree_t *tree;
} gia__setter_t;

/* Starts with the body as the tree. 0 if there is nothing to do: a request that has failed stays as
 * it is. */
int gia__setter_begin(gia__setter_t *setter, gia_request_t *request, const char *name);

/* Fails the request; the first time counts. The message becomes one line. */
__attribute__((format(printf, 3, 4))) void gia__refuse(const gia__setter_t *setter, int code,
                                                       const char *format, ...);
void gia__refuse_memory(const gia__setter_t *setter);
/* The same with GIA_EINVAL, and a JSON pointer behind the setter's name. */
__attribute__((format(printf, 3, 4))) void gia__refuse_at(const gia__setter_t *setter,
                                                          const char *pointer, const char *format,
                                                          ...);
int gia__setter_has_failed(const gia__setter_t *setter);

/* Whether an argument is fit; fails the request if not. The messages tell nothing of the text
 * itself: it may be private. */
int gia__accept_text(const gia__setter_t *setter, const char *argument, const char *text);
int gia__accept_line(const gia__setter_t *setter, const char *argument,
                     const char *text); /* no control characters */
int gia__accept_name(const gia__setter_t *setter, const char *argument,
                     const char *text); /* a line that is not empty */
int gia__accept_name_or_null(const gia__setter_t *setter, const char *argument, const char *text);
int gia__accept_mime_type_or_null(const gia__setter_t *setter, const char *mime_type);
int gia__accept_names(const gia__setter_t *setter, const char *argument, const char *const *names,
                      size_t count); /* at least one */
int gia__accept_number(const gia__setter_t *setter, const char *argument, double number);
int gia__accept_count(const gia__setter_t *setter, const char *argument,
                      int64_t number); /* not negative */
int gia__accept_object(const gia__setter_t *setter, const char *argument,
                       const char *json); /* begins like one; putting it checks the rest */

/* ---- values (request_put.c) ---- */

/* Put a value at a JSON pointer of the tree. The arguments are in order, so all that can go wrong
 * is that memory is missing, or that the way leads through something that is no object; both fail
 * the request. After that nothing happens. */
void gia__put_string(const gia__setter_t *setter, const char *pointer, const char *text);
void gia__put_string_if(const gia__setter_t *setter, const char *pointer,
                        const char *text); /* nothing for NULL */
void gia__put_int64(const gia__setter_t *setter, const char *pointer, int64_t number);
void gia__put_double(const gia__setter_t *setter, const char *pointer, double number);
void gia__put_boolean(const gia__setter_t *setter, const char *pointer, int value);
/* Each at `pointer`, which ends with "-". */
void gia__put_strings(const gia__setter_t *setter, const char *pointer, const char *const *texts,
                      size_t count);
/* A member of any name in the object at `pointer`, which is a member of the tree itself. */
void gia__put_member(const gia__setter_t *setter, const char *pointer, const char *name,
                     const char *text);
/* The tree of `value` as an object; empties it. */
void gia__put_object(const gia__setter_t *setter, const char *pointer, gia__setter_t *value);
/* Starts an object for gia__put_object() in `tree`. */
gia__setter_t gia__object_begin(const gia__setter_t *setter, gia__tree_t *tree);

/* Values that the program gives as JSON; what is wrong with it fails the request. */
void gia__put_json(const gia__setter_t *setter, const char *pointer, const char *argument,
                   const char *json);
/* `json` becomes the whole tree: an object with a `type`. */
void gia__put_typed(const gia__setter_t *setter, const char *json);
/* Pointer and value both of the program's; NULL removes. */
void gia__put_any(const gia__setter_t *setter, const char *pointer, const char *json);

/* A short string as it stands in JSON, cut off if need be. */
typedef struct gia__word_s {
    char text[64];
} gia__word_t;

/* The tree's member `name`; 0 if it is no string, or empty. */
int gia__read_word(const gia__setter_t *setter, const char *name, gia__word_t *word);

/* ---- tools and formats (request_tools.c) ---- */

/* A new item at the end of a list; the setter goes on in its object, which has this `type` (may be
 * NULL). 0, and the request has failed, when out of memory. */
int gia__item_add(gia__setter_t *setter, gia__list_t *list, gia__item_kind_t kind,
                  const char *type);
/* The last one of a list, of this kind unless that is GIA__ITEM_PLAIN; NULL if none. */
gia__item_t *gia__item_last(const gia__list_t *list, gia__item_kind_t kind);
void gia__item_free(gia_request_t *request, gia__item_t *item);

/* ---- the input (request_input.c) ---- */

/* A new entry at the end; the setter goes on in its object. NULL, and the request has failed, when
 * out of memory. */
gia__entry_t *gia__entry_add(gia__setter_t *setter, gia__entry_kind_t kind, gia_role_t role);
void gia__entry_free(gia_request_t *request, gia__entry_t *entry);

/* The same, for a content of who speaks at the moment. */
gia__entry_t *gia__content_add(gia__setter_t *setter);

/* ---- turns and steps (request_turns.c) ---- */

/* user_input and model_output. */
int gia__holds_contents(gia_content_type_t type);

/* Who says a step of this type, wherever it stands: the program answers function calls, all other
 * steps but a user's input are the model's. */
gia_role_t gia__role_of(gia_content_type_t type);

/* ---- encoding (request_encode.c) ---- */

typedef struct gia__encoder_s {
    const gia_request_t *request;
    gia_revision_t revision;
    gia__pieces_t *out;
    int code; /* the first trouble stops it */
    const char *message;
} gia__encoder_t;

void gia__emit(gia__encoder_t *encoder, const char *json, size_t len);
void gia__emit_text(gia__encoder_t *encoder, const char *json);
/* Without the braces; says whether there was any member. */
int gia__emit_members(gia__encoder_t *encoder, const gia__tree_t *tree, const char *const *except);
void gia__emit_object(gia__encoder_t *encoder, const gia__tree_t *tree);
void gia__emit_value(gia__encoder_t *encoder, const gia__tree_t *tree, const char *name);
/* Takes note of a GIA__BUF_… result. */
void gia__emit_result(gia__encoder_t *encoder, int result);
/* `message` is static; NULL: that of the code. */
void gia__emit_failed(gia__encoder_t *encoder, int code, const char *message);

/* The value of the member `input`, of which there is at least one entry (request_history.c). */
void gia__emit_input(gia__encoder_t *encoder);
/* The value of the member `tools` (request_tools.c). */
void gia__emit_tools(gia__encoder_t *encoder);

/* A member that the formats become, in the place of the body's own (request_format.c). */
typedef struct gia__format_member_s {
    const char *name;
    int (*is_due)(const gia_request_t *request);
    void (*write)(gia__encoder_t *encoder);
} gia__format_member_t;

#define GIA__FORMAT_MEMBERS_MAX 4

/* Those of a revision; the name of the last one is NULL. */
const gia__format_member_t *gia__format_members(gia_revision_t revision);

#endif
