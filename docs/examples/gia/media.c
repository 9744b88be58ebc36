/* Saves the images, audio, video and documents of an answer. It blocks, which does no harm: the
 * call is over, and nothing else is going on. */
#include "media.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trouble.h"

int media_check_folder(const char *folder)
{
    struct stat about;
    if (!folder)
        return 0;
    if (stat(folder, &about) != 0 || access(folder, W_OK | X_OK) != 0)
        complain("cannot save files in %s: %s", folder, strerror(errno));
    else if (!S_ISDIR(about.st_mode))
        complain("cannot save files in %s: it is no folder", folder);
    else
        return 0;
    return -1;
}

static int save(output_t *output, const gia_content_t *content, const char *folder, size_t index)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/output-%zu.%s", folder, index,
                          gia_mime_extension(content->mime_type));
    int code = length < (int)sizeof path ? gia_content_save(content, path) : GIA_EFILE;
    if (code == GIA_EFILE)
        complain("cannot save %s: %s", path, strerror(errno));
    else if (code != GIA_OK)
        complain("cannot save %s: %s", path, gia_error_text(code));
    if (code != GIA_OK)
        return EXIT_FAILED;
    if (output->format != FORMAT_TEXT) {
        complain("saved %s", path);
    } else {
        writer_text(&output->writer, path);
        writer_text(&output->writer, "\n");
    }
    return EXIT_DONE;
}

int media_save(output_t *output, const gia_interaction_t *interaction, const char *folder)
{
    int status = EXIT_DONE;
    for (size_t i = 0; folder && i < gia_interaction_output_count(interaction); i++) {
        const gia_content_t *content = gia_interaction_output(interaction, (ptrdiff_t)i);
        if (content->data && save(output, content, folder, i) != EXIT_DONE)
            status = EXIT_FAILED;
    }
    writer_flush(&output->writer);
    return status;
}
