/*
 * What the kernel says of changes in directories: which paths to look at, or that only a walk can tell. It
 * may miss things (network file systems, more directories than may be watched), so nobody relies on it
 * alone. Source: inotify(7).
 */
#ifndef KS_TRAIL_INOTIFY_H
#define KS_TRAIL_INOTIFY_H

#include "lib/base/buf.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stddef.h>

struct ks_inotify {
	int fd;                      /* or -1: there is none */
	bool is_full;                /* more directories than may be watched */
	struct ks_vec dirs;          /* char *: path by watch number; NULL where there is none */
	struct ks_buf path;          /* given out last */
	char *events;                /* read and not given out yet */
	size_t at, n;
};

/* With is_wanted false, or where the system has no more of them, nothing will ever come. */
void ks_inotify_init(struct ks_inotify *notify, bool is_wanted);
void ks_inotify_release(struct ks_inotify *notify);          /* zeroed is fine */

/* Watches a directory (not what is below it), or one file; again is fine, and renews its path. */
void ks_inotify_add(struct ks_inotify *notify, const char *path);

/* The next path that changed, borrowed until the next call; NULL when there is none at the moment.
 * *out_wants_walk becomes true when directories came, went or events were lost. */
const char *ks_inotify_next(struct ks_inotify *notify, bool *out_wants_walk);

#endif
