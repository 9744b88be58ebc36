/* How far a stream has come. */
#include "wire/progress.h"

#include <string.h>

#include <gia/error.h>

/* Runs have some dozens of blocks. More are looked for in vain for too long. */
enum { DELTA_TYPES = GIA_DELTA_TOOL + 1, MAX_BLOCKS = 4096 };

/* A position in one block. */
typedef struct position_s {
    uint64_t text; /* bytes of text, or of arguments */
    uint32_t starts, stops, others;
    uint32_t deltas[DELTA_TYPES];
} position_t;

typedef struct block_s {
    int64_t index; /* -1: the interaction itself */
    int is_touched;
    struct block_s *next, *next_touched;
    position_t delivered, marked, cursor;
} block_t;

struct gia__progress_s {
    gia__mem_t mem;
    block_t *blocks;  /* the newest one first */
    block_t *touched; /* delivered has moved on from marked */
    size_t count;     /* of blocks */
    int may_repeat;   /* not on the first connection */
    int is_lost;
};

gia__progress_t *gia__progress_new(const gia__mem_t *mem)
{
    gia__progress_t *progress = gia__mem_zalloc(mem, sizeof(*progress));

    if (progress)
        progress->mem = *mem;
    return progress;
}

void gia__progress_free(gia__progress_t *progress)
{
    gia__mem_t mem;

    if (!progress)
        return;
    mem = progress->mem;
    for (block_t *block = progress->blocks, *next; block; block = next) {
        next = block->next;
        gia__mem_free(&mem, block);
    }
    gia__mem_free(&mem, progress);
}

/* What came last is at the front: deltas find their block at once. */
static block_t *find(gia__progress_t *progress, int64_t index)
{
    block_t **link, *block;

    for (link = &progress->blocks; (block = *link); link = &block->next) {
        if (block->index == index) {
            *link = block->next;
            break;
        }
    }
    if (!block && (block = gia__mem_zalloc(&progress->mem, sizeof(*block)))) {
        block->index = index;
        progress->count++;
    }
    if (block) {
        block->next = progress->blocks;
        progress->blocks = block;
    }
    return block;
}

static void touch(gia__progress_t *progress, block_t *block)
{
    if (block->is_touched)
        return;
    block->is_touched = 1;
    block->next_touched = progress->touched;
    progress->touched = block;
}

static uint32_t *counter(position_t *position, const gia_event_t *event)
{
    switch (event->type) {
    case GIA_EVENT_INTERACTION_START:
    case GIA_EVENT_CONTENT_START: return &position->starts;
    case GIA_EVENT_INTERACTION_COMPLETE:
    case GIA_EVENT_CONTENT_STOP: return &position->stops;
    case GIA_EVENT_CONTENT_DELTA: return &position->deltas[event->delta.type];
    default: return &position->others;
    }
}

/* A block that was delivered to its end has no news, however it is cut into deltas this time. */
static void pass_end(block_t *block)
{
    if (block->cursor.stops == block->delivered.stops &&
        block->cursor.starts == block->delivered.starts)
        block->cursor = block->delivered;
}

static int take_counted(gia__progress_t *progress, block_t *block, const gia_event_t *event)
{
    uint32_t *cursor = counter(&block->cursor, event);
    uint32_t *delivered = counter(&block->delivered, event);

    if (++*cursor <= *delivered) {
        if (event->type == GIA_EVENT_CONTENT_STOP)
            pass_end(block);
        return GIA__PROGRESS_OLD;
    }
    *delivered = *cursor;
    touch(progress, block);
    return GIA__PROGRESS_NEW;
}

static int take_text(gia__progress_t *progress, block_t *block, size_t len, size_t *skip)
{
    uint64_t begin = block->cursor.text, end = begin + len, known = block->delivered.text;

    block->cursor.text = end;
    if (end <= known)
        return GIA__PROGRESS_OLD;
    block->delivered.text = end;
    touch(progress, block);
    if (begin >= known)
        return GIA__PROGRESS_NEW;
    *skip = (size_t)(known - begin);
    return GIA__PROGRESS_PART;
}

/* Bytes of a delta that may be cut anywhere; 0 for all other events. */
static size_t text_len(const gia_event_t *event)
{
    if (event->type != GIA_EVENT_CONTENT_DELTA)
        return 0;
    if (event->delta.type == GIA_DELTA_TEXT)
        return event->delta.text_len;
    return event->delta.type == GIA_DELTA_FUNCTION_CALL ? event->delta.arguments_len : 0;
}

int gia__progress_take(gia__progress_t *progress, const gia_event_t *event, size_t *skip)
{
    block_t *block;
    size_t len = text_len(event);
    int is_over;

    if (event->type == GIA_EVENT_INTERACTION_START && progress->may_repeat)
        gia__progress_rewind(progress, 0);
    progress->is_lost |= progress->count >= MAX_BLOCKS;
    if (progress->is_lost)
        return GIA__PROGRESS_NEW;
    block = find(progress, event->index);
    if (!block)
        return GIA_ENOMEM;
    is_over =
        event->type == GIA_EVENT_CONTENT_DELTA && block->cursor.stops < block->delivered.stops;
    if (is_over && len)
        block->cursor.text += len;
    else if (is_over)
        ++*counter(&block->cursor, event);
    else
        return len ? take_text(progress, block, len, skip) : take_counted(progress, block, event);
    return GIA__PROGRESS_OLD;
}

int gia__progress_is_lost(const gia__progress_t *progress)
{
    return progress->is_lost;
}

void gia__progress_mark(gia__progress_t *progress)
{
    block_t *block;

    while ((block = progress->touched)) {
        block->marked = block->delivered;
        block->is_touched = 0;
        progress->touched = block->next_touched;
    }
}

void gia__progress_rewind(gia__progress_t *progress, int to_mark)
{
    static const position_t start;

    progress->may_repeat = 1;
    for (block_t *block = progress->blocks; block; block = block->next)
        block->cursor = to_mark ? block->marked : start;
}
