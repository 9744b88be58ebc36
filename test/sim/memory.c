/*
 * memory.c - memory that never fails, buffers that grow, base64 and hexadecimal.
 *
 * A test tool has nothing better to do without memory than to stop, so nobody checks for it.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void *sim_allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        abort();
    return memory;
}

void *sim_resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size);
    if (!resized)
        abort();
    return resized;
}

char *sim_copy(const char *text, size_t length)
{
    char *copy = sim_resize(NULL, length + 1);
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *sim_buffer_reserve(sim_buffer_t *buffer, size_t length)
{
    /* One more, so that a zero can always follow the bytes. */
    if (buffer->capacity - buffer->length < length + 1) {
        size_t capacity = buffer->capacity * 2;
        if (capacity < buffer->length + length + 1)
            capacity = buffer->length + length + 1;
        if (capacity < 256)
            capacity = 256;
        buffer->data = sim_resize(buffer->data, capacity);
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

void sim_buffer_add(sim_buffer_t *buffer, const void *bytes, size_t length)
{
    char *end = sim_buffer_reserve(buffer, length);
    if (length)
        memcpy(end, bytes, length);
    end[length] = '\0';
    buffer->length += length;
}

void sim_buffer_text(sim_buffer_t *buffer, const char *text)
{
    sim_buffer_add(buffer, text, strlen(text));
}

void sim_buffer_format(sim_buffer_t *buffer, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length > 0) {
        vsnprintf(sim_buffer_reserve(buffer, (size_t)length), (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

void sim_buffer_json_string(sim_buffer_t *buffer, const char *text, size_t length)
{
    sim_buffer_add(buffer, "\"", 1);
    size_t start = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        sim_buffer_add(buffer, text + start, i - start);
        start = i + 1;
        if (byte == '\n')
            sim_buffer_add(buffer, "\\n", 2);
        else if (byte == '"' || byte == '\\')
            sim_buffer_format(buffer, "\\%c", byte);
        else
            sim_buffer_format(buffer, "\\u%04x", byte);
    }
    sim_buffer_add(buffer, text + start, length - start);
    sim_buffer_add(buffer, "\"", 1);
}

static int add_json_bytes(const char *bytes, size_t length, void *data)
{
    sim_buffer_add(data, bytes, length);
    return 0;
}

void sim_buffer_json(sim_buffer_t *buffer, const json_t *value, size_t flags)
{
    json_dump_callback(value, add_json_bytes, buffer, flags | JSON_ENCODE_ANY);
}

void sim_buffer_consume(sim_buffer_t *buffer, size_t length)
{
    buffer->length -= length;
    if (length)
        memmove(buffer->data, buffer->data + length, buffer->length);
}

void sim_buffer_free(sim_buffer_t *buffer)
{
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void sim_base64_encode(sim_buffer_t *out, const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned group = (unsigned)from[i] << 16;
        if (left > 1)
            group |= (unsigned)from[i + 1] << 8;
        if (left > 2)
            group |= from[i + 2];
        char text[4] = {base64_alphabet[group >> 18], base64_alphabet[group >> 12 & 63],
                        left > 1 ? base64_alphabet[group >> 6 & 63] : '=',
                        left > 2 ? base64_alphabet[group & 63] : '='};
        sim_buffer_add(out, text, sizeof text);
    }
}

int sim_base64_decode(sim_buffer_t *out, const char *text, size_t length)
{
    while (length && text[length - 1] == '=')
        length--;
    unsigned group = 0;
    int bits = 0;
    for (size_t i = 0; i < length; i++) {
        const char *found = text[i] ? strchr(base64_alphabet, text[i]) : NULL;
        if (!found)
            return -1;
        group = (group << 6 | (unsigned)(found - base64_alphabet)) & 0xffffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            char byte = (char)(group >> bits & 0xff);
            sim_buffer_add(out, &byte, 1);
        }
    }
    return 0;
}

void sim_hex(char *out, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}
