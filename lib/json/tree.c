/* A JSON object that is put together member by member, with JSON text inside that stays as it was
 * written.
 */
#include "json/tree.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <gia/error.h>

#include "json/utf8.h"
#include "json/writer.h"

typedef gia__tree_node_t node_t;

/* A member of an object or an element of an array. */
typedef struct gia__tree_item_s {
    char *name; /* decoded; NULL in an array */
    size_t name_len;
    char *quoted; /* the name as JSON text, as it was written; NULL in an array */
    size_t quoted_len;
    node_t value;
} item_t;

/* One part of a pointer. */
typedef struct token_s {
    const char *text; /* decoded, NUL-terminated */
    size_t len;
    size_t end; /* where it ends in the pointer */
} token_t;

typedef struct path_s {
    const char *pointer;
    char *memory;
    size_t n;
    token_t tokens[GIA__TREE_MAX_DEPTH];
} path_t;

__attribute__((format(printf, 3, 4))) static int refuse(gia__json_error_t *error, int code,
                                                        const char *format, ...)
{
    va_list args;

    error->offset = 0;
    va_start(args, format);
    vsnprintf(error->message, sizeof(error->message), format, args);
    va_end(args);
    return code;
}

/* Nodes */

static void clear_node(const gia__mem_t *mem, node_t *node);

static void clear_item(const gia__mem_t *mem, item_t *item)
{
    gia__mem_free(mem, item->name);
    gia__mem_free(mem, item->quoted);
    clear_node(mem, &item->value);
}

static void clear_node(const gia__mem_t *mem, node_t *node)
{
    for (size_t i = 0; i < node->n; i++)
        clear_item(mem, &node->items[i]);
    gia__mem_free(mem, node->items);
    gia__mem_free(mem, node->memory);
    *node = (node_t){0};
}

/* A node that was only made on the way has no text yet. */
static int is_null(const node_t *node)
{
    return node->kind == GIA__TREE_RAW && (!node->text || node->text[0] == 'n');
}

static int copy_raw(const gia__mem_t *mem, node_t *node, const char *json, size_t len)
{
    node->memory = gia__mem_dup(mem, json, len);
    if (!node->memory)
        return GIA_ENOMEM;
    node->kind = GIA__TREE_RAW;
    node->text = node->memory;
    node->len = len;
    return GIA_OK;
}

/* The text of a string as JSON. */
static int quote(const gia__mem_t *mem, const char *text, size_t len, char **quoted,
                 size_t *quoted_len)
{
    gia__buf_t buf;
    gia__writer_t *writer;
    int rc;

    gia__buf_init(&buf, mem, SIZE_MAX);
    writer = gia__writer_new(&buf);
    if (!writer)
        return GIA_ENOMEM;
    gia__writer_string(writer, text, len);
    rc = gia__writer_error(writer);
    gia__writer_free(writer);
    if (rc != GIA_OK) {
        gia__buf_free(&buf);
        return rc;
    }
    *quoted = buf.data;
    *quoted_len = buf.len;
    return GIA_OK;
}

/* Room for one more item; it is a null without a name. */
static item_t *append(const gia__mem_t *mem, node_t *node)
{
    if (node->n == node->capacity) {
        size_t capacity = node->capacity ? node->capacity * 2 : 4;
        item_t *items;

        if (capacity > SIZE_MAX / sizeof(*items))
            return NULL;
        items = gia__mem_realloc(mem, node->items, capacity * sizeof(*items));
        if (!items)
            return NULL;
        node->items = items;
        node->capacity = capacity;
    }
    node->items[node->n] = (item_t){0};
    return &node->items[node->n++];
}

static void remove_item(const gia__mem_t *mem, node_t *node, size_t index)
{
    clear_item(mem, &node->items[index]);
    node->n--;
    memmove(&node->items[index], &node->items[index + 1], (node->n - index) * sizeof(item_t));
}

/* Of equal names the last one counts. */
static size_t find_member(const node_t *object, const char *name, size_t len)
{
    for (size_t i = object->n; i > 0; i--) {
        const item_t *item = &object->items[i - 1];
        if (item->name_len == len && memcmp(item->name, name, len) == 0)
            return i - 1;
    }
    return object->n;
}

/* Taking text apart */

/* Before a member's value stand a comma, space, the name and a colon: nothing but the name has
 * quotes. Its own spelling is kept, escapes and all. */
static int copy_name(const gia__mem_t *mem, item_t *item, const char *before, const char *value)
{
    const char *first = memchr(before, '"', (size_t)(value - before));
    const char *last = value - 1;

    while (*last != '"')
        last--;
    item->quoted_len = (size_t)(last + 1 - first);
    item->quoted = gia__mem_dup(mem, first, item->quoted_len);
    return item->quoted ? GIA_OK : GIA_ENOMEM;
}

static int copy_children(const gia__mem_t *mem, node_t *node, const gia_json_t *value)
{
    size_t len, n = gia_json_count(value);
    const char *before = gia_json_raw(value, &len) + 1;

    for (size_t i = 0; i < n; i++) {
        const char *text = gia_json_raw(gia_json_at(value, i), &len);
        item_t *item = append(mem, node);

        if (!item || copy_raw(mem, &item->value, text, len) != GIA_OK)
            return GIA_ENOMEM;
        if (node->kind == GIA__TREE_OBJECT) {
            const char *name = gia_json_name_at(value, i, &item->name_len);
            item->name = gia__mem_dup(mem, name, item->name_len);
            if (!item->name || copy_name(mem, item, before, text) != GIA_OK)
                return GIA_ENOMEM;
        }
        before = text + len;
    }
    return GIA_OK;
}

/* Makes a node of the text of an object or array: its children are text. */
static int expand(const gia__mem_t *mem, node_t *node, gia__json_error_t *error)
{
    static const gia__json_limits_t limits = {.max_depth = GIA__TREE_MAX_DEPTH};
    node_t open = {.kind = node->text[0] == '{' ? GIA__TREE_OBJECT : GIA__TREE_ARRAY};
    const gia_json_t *value;
    gia__arena_t arena;
    int rc;

    gia__arena_init(&arena, mem, SIZE_MAX);
    rc = gia__json_parse(&value, &arena, node->text, node->len, &limits, error);
    if (rc == GIA_OK)
        rc = copy_children(mem, &open, value);
    gia__arena_free(&arena);

    if (rc != GIA_OK) {
        clear_node(mem, &open);
        return rc;
    }
    clear_node(mem, node);
    *node = open;
    return GIA_OK;
}

/* A checked copy of one JSON value. */
static int read_value(const gia__mem_t *mem, node_t *node, const char *json, size_t len,
                      size_t max_depth, gia__json_error_t *error)
{
    gia__json_limits_t limits = {.max_depth = max_depth};
    const gia_json_t *value;
    gia__arena_t arena;
    int rc;

    if (copy_raw(mem, node, json, len) != GIA_OK)
        return GIA_ENOMEM;
    gia__arena_init(&arena, mem, SIZE_MAX);
    rc = gia__json_parse(&value, &arena, node->memory, len, &limits, error);
    if (rc == GIA_OK)
        node->text += gia_json_raw(value, &node->len) - node->text;
    gia__arena_free(&arena);

    /* The caller knows of one limit only, whatever the pointer has used up of it. */
    if (rc == GIA_EJSON_TOO_DEEP)
        refuse(error, rc, "nested deeper than %d levels", GIA__TREE_MAX_DEPTH);
    if (rc != GIA_OK)
        clear_node(mem, node);
    return rc;
}

/* Pointers */

/* In a token ~0 stands for ~ and ~1 for a slash. Returns -1 if a tilde stands for neither. */
static int decode_token(char *out, size_t *out_len, const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '~') {
            i++;
            if (i == len || (text[i] != '0' && text[i] != '1'))
                return -1;
            c = text[i] == '0' ? '~' : '/';
        }
        out[n++] = c;
    }
    out[n] = '\0';
    *out_len = n;
    return 0;
}

/* path->memory is to be freed whatever comes back. */
static int split(const gia__mem_t *mem, path_t *path, const char *pointer, gia__json_error_t *error)
{
    size_t total = strlen(pointer);
    const char *at = pointer;

    path->pointer = pointer;
    path->n = 0;
    path->memory = NULL;
    if (gia__utf8_valid(pointer, total) != total)
        return refuse(error, GIA_EINVAL, "the pointer is not valid UTF-8");
    if (*pointer && *pointer != '/')
        return refuse(error, GIA_EINVAL, "a pointer starts with '/'");
    path->memory = gia__mem_dup(mem, pointer, total);
    if (!path->memory)
        return GIA_ENOMEM;

    while (*at) {
        token_t *token = &path->tokens[path->n];
        char *text = path->memory + (++at - pointer);
        size_t len = strcspn(at, "/");

        if (path->n == GIA__TREE_MAX_DEPTH)
            return refuse(error, GIA_EJSON_TOO_DEEP, "nested deeper than %d levels",
                          GIA__TREE_MAX_DEPTH);
        if (decode_token(text, &token->len, at, len) != 0)
            return refuse(error, GIA_EINVAL, "in a pointer '~' is followed by 0 or 1");
        at += len;
        token->text = text;
        token->end = (size_t)(at - pointer);
        path->n++;
    }
    return GIA_OK;
}

static int is_dash(const token_t *token)
{
    return token->len == 1 && token->text[0] == '-';
}

static int is_index(const token_t *token)
{
    return token->len && strspn(token->text, "0123456789") == token->len &&
           (token->text[0] != '0' || token->len == 1);
}

/* The index of an element that exists, or the number of elements for "-". */
static int find_element(const node_t *array, const token_t *token, size_t *index,
                        gia__json_error_t *error)
{
    size_t i = 0;

    *index = array->n;
    if (is_dash(token))
        return GIA_OK;
    if (!is_index(token))
        return refuse(error, GIA_EINVAL, "an array has indices 0, 1, ... and '-', not names");
    for (size_t at = 0; at < token->len && i < array->n; at++)
        i = i * 10 + (size_t)(token->text[at] - '0');
    if (i >= array->n)
        return refuse(error, GIA_EINVAL,
                      "no such element: the array has length %zu, and '-' appends", array->n);
    *index = i;
    return GIA_OK;
}

/* Where in an open node the token leads; the number of items if there is none yet. */
static int find(const node_t *node, const token_t *token, size_t *index, gia__json_error_t *error)
{
    if (node->kind == GIA__TREE_ARRAY)
        return find_element(node, token, index, error);
    *index = find_member(node, token->text, token->len);
    return GIA_OK;
}

static int add(const gia__mem_t *mem, node_t *node, const token_t *token)
{
    item_t *item = append(mem, node);

    if (!item)
        return GIA_ENOMEM;
    if (node->kind == GIA__TREE_ARRAY)
        return GIA_OK;
    item->name_len = token->len;
    item->name = gia__mem_dup(mem, token->text, token->len);
    if (!item->name)
        return GIA_ENOMEM;
    return quote(mem, token->text, token->len, &item->quoted, &item->quoted_len);
}

static int refuse_scalar(const path_t *path, size_t level, gia__json_error_t *error)
{
    size_t end = path->tokens[level - 1].end;
    size_t shown = gia__utf8_valid(path->pointer, end < 48 ? end : 48);

    return refuse(error, GIA_EINVAL, "%.*s%s is neither an object nor an array", (int)shown,
                  path->pointer, shown < end ? "..." : "");
}

/* Whether a way can be made from `level` on, where nothing is yet: an index means an element that
 * exists, and must not quietly become the name of a member. */
static int check_way(const path_t *path, size_t level, gia__json_error_t *error)
{
    for (; level < path->n; level++) {
        if (is_index(&path->tokens[level]))
            return refuse(error, GIA_EINVAL,
                          "there is no array for the index yet: '-' makes one and appends");
    }
    return GIA_OK;
}

/* Opens the node at `level` of the path, so that the token there can lead into it. */
static int open_node(const gia__mem_t *mem, node_t *node, const path_t *path, size_t level,
                     gia__json_error_t *error)
{
    if (node->kind != GIA__TREE_RAW)
        return GIA_OK;
    if (is_null(node)) {
        int rc = check_way(path, level, error);
        if (rc != GIA_OK)
            return rc;
        clear_node(mem, node);
        node->kind = is_dash(&path->tokens[level]) ? GIA__TREE_ARRAY : GIA__TREE_OBJECT;
        return GIA_OK;
    }
    if (node->text[0] != '{' && node->text[0] != '[')
        return refuse_scalar(path, level, error);
    return expand(mem, node, error);
}

/* The place that a path of at least one token leads to, made if need be. */
static int make_way(gia__tree_t *tree, const path_t *path, node_t **place, gia__json_error_t *error)
{
    node_t *node = &tree->root;

    for (size_t level = 0; level < path->n; level++) {
        size_t index;
        int rc = open_node(tree->mem, node, path, level, error);
        if (rc == GIA_OK)
            rc = find(node, &path->tokens[level], &index, error);
        if (rc == GIA_OK && index == node->n) {
            rc = check_way(path, level + 1, error);
            if (rc == GIA_OK)
                rc = add(tree->mem, node, &path->tokens[level]);
        }
        if (rc != GIA_OK)
            return rc;
        node = &node->items[index].value;
    }
    *place = node;
    return GIA_OK;
}

/* The parent of the place that a path leads to and its index there; *parent is NULL if there is no
 * such member. */
static int look_up(gia__tree_t *tree, const path_t *path, node_t **parent, size_t *index,
                   gia__json_error_t *error)
{
    node_t *node = &tree->root;

    *parent = NULL;
    for (size_t level = 0; level < path->n; level++) {
        int rc;
        if (is_null(node))
            return GIA_OK;
        rc = open_node(tree->mem, node, path, level, error);
        if (rc == GIA_OK)
            rc = find(node, &path->tokens[level], index, error);
        if (rc != GIA_OK)
            return rc;
        if (*index == node->n && node->kind == GIA__TREE_ARRAY)
            return refuse(error, GIA_EINVAL, "'-' is no element to remove");
        if (*index == node->n)
            return GIA_OK;
        if (level + 1 == path->n)
            *parent = node;
        node = &node->items[*index].value;
    }
    return GIA_OK;
}

/* Puts a node at its place; takes it over or clears it. */
static int place_node(gia__tree_t *tree, const path_t *path, node_t *node, gia__json_error_t *error)
{
    node_t *place;
    int rc = make_way(tree, path, &place, error);

    if (rc != GIA_OK) {
        clear_node(tree->mem, node);
        return rc;
    }
    clear_node(tree->mem, place);
    *place = *node;
    return GIA_OK;
}

/* Replaces all of the tree; opened at once because the root is an object, not text. */
static int place_root(gia__tree_t *tree, node_t *node, gia__json_error_t *error)
{
    int rc = node->text[0] == '{' ? expand(tree->mem, node, error)
                                  : refuse(error, GIA_EINVAL, "the whole must be an object");
    if (rc != GIA_OK) {
        clear_node(tree->mem, node);
        return rc;
    }
    clear_node(tree->mem, &tree->root);
    tree->root = *node;
    return GIA_OK;
}

/* The tree */

void gia__tree_init(gia__tree_t *tree, const gia__mem_t *mem)
{
    *tree = (gia__tree_t){.mem = mem, .root.kind = GIA__TREE_OBJECT};
}

void gia__tree_free(gia__tree_t *tree)
{
    clear_node(tree->mem, &tree->root);
    tree->root.kind = GIA__TREE_OBJECT;
}

int gia__tree_set(gia__tree_t *tree, const char *pointer, const char *json, size_t len,
                  gia__json_error_t *error)
{
    node_t node = {0};
    path_t path;
    int rc = split(tree->mem, &path, pointer, error);

    /* First the value, then the way: after a value that is refused the tree is as it was. */
    if (rc == GIA_OK)
        rc = read_value(tree->mem, &node, json, len, GIA__TREE_MAX_DEPTH - path.n, error);
    if (rc == GIA_OK)
        rc = path.n ? place_node(tree, &path, &node, error) : place_root(tree, &node, error);
    gia__mem_free(tree->mem, path.memory);
    return rc;
}

int gia__tree_set_string(gia__tree_t *tree, const char *pointer, const char *text, size_t len,
                         gia__json_error_t *error)
{
    node_t node = {.kind = GIA__TREE_RAW};
    path_t path;
    int rc = split(tree->mem, &path, pointer, error);

    if (rc == GIA_OK)
        rc = quote(tree->mem, text, len, &node.memory, &node.len);
    if (rc == GIA_OK) {
        node.text = node.memory;
        rc = path.n ? place_node(tree, &path, &node, error) : place_root(tree, &node, error);
    }
    gia__mem_free(tree->mem, path.memory);
    return rc;
}

int gia__tree_remove(gia__tree_t *tree, const char *pointer, gia__json_error_t *error)
{
    node_t *parent = NULL;
    size_t index = 0;
    path_t path;
    int rc = split(tree->mem, &path, pointer, error);

    if (rc == GIA_OK && path.n == 0)
        gia__tree_free(tree);
    if (rc == GIA_OK)
        rc = look_up(tree, &path, &parent, &index, error);
    if (rc == GIA_OK && parent && parent->kind == GIA__TREE_ARRAY) {
        remove_item(tree->mem, parent, index);
    } else if (rc == GIA_OK && parent) {
        const token_t *token = &path.tokens[path.n - 1];
        /* Equal names go together, or the one before the last would come to light. */
        while ((index = find_member(parent, token->text, token->len)) < parent->n)
            remove_item(tree->mem, parent, index);
    }
    gia__mem_free(tree->mem, path.memory);
    return rc;
}

static const node_t *member(const gia__tree_t *tree, const char *name)
{
    size_t index = find_member(&tree->root, name, strlen(name));
    return index < tree->root.n ? &tree->root.items[index].value : NULL;
}

int gia__tree_has(const gia__tree_t *tree, const char *name)
{
    const node_t *node = member(tree, name);
    return node && !is_null(node);
}

int gia__tree_is(const gia__tree_t *tree, const char *name, const char *json)
{
    const node_t *node = member(tree, name);
    return node && node->kind == GIA__TREE_RAW && node->len == strlen(json) &&
           memcmp(node->text, json, node->len) == 0;
}

/* Writing. The depth of the tree is bounded, so these may call each other. */

static int write_node(const node_t *node, gia__buf_t *out);

static int write_item(const item_t *item, int first, gia__buf_t *out)
{
    int rc = first ? GIA__BUF_OK : gia__buf_add(out, ",", 1);

    if (rc == GIA__BUF_OK && item->quoted)
        rc = gia__buf_add(out, item->quoted, item->quoted_len);
    if (rc == GIA__BUF_OK && item->quoted)
        rc = gia__buf_add(out, ":", 1);
    if (rc == GIA__BUF_OK)
        rc = write_node(&item->value, out);
    return rc;
}

static int is_among(const item_t *item, const char *const *names)
{
    for (; names && *names; names++) {
        if (item->name_len == strlen(*names) && memcmp(item->name, *names, item->name_len) == 0)
            return 1;
    }
    return 0;
}

static int write_items(const node_t *node, gia__buf_t *out, const char *const *except)
{
    int rc = GIA__BUF_OK, first = 1;

    for (size_t i = 0; i < node->n && rc == GIA__BUF_OK; i++) {
        const item_t *item = &node->items[i];
        if (is_among(item, except))
            continue;
        rc = write_item(item, first, out);
        first = 0;
    }
    return rc;
}

static int write_node(const node_t *node, gia__buf_t *out)
{
    int is_object = node->kind == GIA__TREE_OBJECT;
    int rc;

    if (node->kind == GIA__TREE_RAW)
        return gia__buf_add(out, node->text, node->len);
    rc = gia__buf_add(out, is_object ? "{" : "[", 1);
    if (rc == GIA__BUF_OK)
        rc = write_items(node, out, NULL);
    if (rc == GIA__BUF_OK)
        rc = gia__buf_add(out, is_object ? "}" : "]", 1);
    return rc;
}

int gia__tree_write_members(const gia__tree_t *tree, gia__buf_t *out, const char *const *except)
{
    return write_items(&tree->root, out, except);
}

int gia__tree_write_value(const gia__tree_t *tree, const char *name, gia__buf_t *out)
{
    return write_node(member(tree, name), out);
}
