/**
 * @file gia.h
 * Gemini Interactions, async: everything. One header a noun stands in gia/.
 */
#ifndef GIA_H
#define GIA_H

#include <gia/allocator.h>
#include <gia/call.h>
#include <gia/client.h>
#include <gia/content.h>
#include <gia/error.h>
#include <gia/event.h>
#include <gia/files.h>
#include <gia/interaction.h>
#include <gia/json.h>
#include <gia/mime.h>
#include <gia/observe.h>
#include <gia/operations.h>
#include <gia/request.h>
#include <gia/version.h>

#endif /* GIA_H */
