/*
 * Files: whole reads under a cap and atomic writes. Paths are C strings in the bytes of the file system.
 */
#ifndef KS_BASE_FILE_H
#define KS_BASE_FILE_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Reads all of path into out (initialised by the caller; its max is the cap). Errors: NOTFOUND, IO,
 * LIMIT. */
int ks_file_load(const char *path, struct ks_buf *out, struct ks_err *err);

/* Writes a new file: fails with EXISTS when anything is there, also a dangling link. The content arrives
 * whole (a temporary file in the same directory, then link(2)), synced, with exactly this mode. Errors:
 * EXISTS, IO. */
int ks_file_create(const char *path, struct ks_str content, mode_t mode, struct ks_err *err);

/* Replaces the content of an existing regular file through a temporary file and rename(2), synced; mode
 * and owner stay as they were. A symbolic link is followed and stays a link. A file with further hard
 * links, or whose owner cannot be kept, is refused. Errors: NOTFOUND, IO. */
int ks_file_replace(const char *path, struct ks_str content, struct ks_err *err);

/* The same for a content that comes piece by piece: write to fd, then publish, which is create's last step
 * (or, with is_replacing, rename(2) over what is there), or drop. Either is called once. Errors: EXISTS,
 * IO. */
struct ks_file_draft {
	int fd;
	struct ks_buf name;              /* beside the path, until then */
};
int ks_file_begin(const char *path, mode_t mode, struct ks_file_draft *out, struct ks_err *err);
int ks_file_publish(struct ks_file_draft *draft, const char *path, bool is_replacing, struct ks_err *err);
void ks_file_drop(struct ks_file_draft *draft);

/* A private file without a name in dir, for what does not fit in memory: gone when it is closed. Returns the
 * descriptor, or -1. Errors: IO, NOTFOUND. */
int ks_file_open_temporary(const char *dir, struct ks_err *err);

/* Writes all of content at the descriptor's place. Errors: IO. */
int ks_file_write(int fd, struct ks_str content, struct ks_err *err);

/* The same from *at on, which moves behind it. False with errno set when that fails. */
bool ks_file_write_at(int fd, struct ks_str content, uint64_t *at);

/* mkdir -p with this mode for what it makes. */
int ks_file_make_dirs(const char *path, mode_t mode, struct ks_err *err);

bool ks_file_is_there(const char *path);                       /* anything, also a dangling link */
void ks_file_join(struct ks_buf *out, const char *dir, const char *name);

#endif
