/*
 * Ordered walks: which regular files a list of paths stands for, the same at every run.
 */
#ifndef KS_BASE_WALK_H
#define KS_BASE_WALK_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_WALK_PATH  (1u << 20) /* bytes of the longest path */
#define KS_WALK_SIZED 256u       /* entries of a directory that is not large */

/* One file that a walk found. There may be very many, so what begins all names of a directory is kept once:
 * the path is the stem and then the tail (ks_walk_path). */
struct ks_walk_file {
	const char *tail;    /* owned by the walk */
	uint64_t size;       /* bytes, at the time of the walk; 0 for a pipe */
	uint32_t stem;       /* of the walk's stems: directory, slash, and what all its names begin with */
	bool is_named;       /* it was the path itself, not something below a directory */
	bool is_unsized;     /* nobody asked for its size, which is 0 here */
};

/* What a walk could not look into. */
struct ks_walk_problem {
	char *path;          /* owned by the walk */
	struct ks_err err;
};

struct ks_walk {
	/* struct ks_walk_file; in the order of the paths, and by bytes within a directory */
	struct ks_vec files;
	struct ks_vec stems;      /* const char * */
	struct ks_arena texts;    /* of stems and tails, packed */
	struct ks_vec problems;   /* struct ks_walk_problem */
	struct ks_vec dirs;       /* char *, owned by the walk: directories that it went through */
	uint64_t skipped;         /* entries that are no regular files: sockets, pipes, devices */
	unsigned jobs;            /* threads that may look into directories; the caller's to set, at first 1 */
	/* The caller's to set: of a large directory what it says of its files is taken, without a look at each
	 * of them. One that cannot be looked at is then found out by who opens it. */
	bool skips_sizes;
};

void ks_walk_init(struct ks_walk *walk);
void ks_walk_release(struct ks_walk *walk);

/* Adds path itself, or every regular file below it (recursive; links to files followed, links to
 * directories not). Trouble goes to problems and the walk goes on. Below a directory, only files whose name
 * ends in one of suffixes when suffixes is given (NULL-terminated); a path that is itself a file or a named
 * pipe is always added, and so is "-", which stands for standard input. */
void ks_walk_add(struct ks_walk *walk, const char *path, const char *const *suffixes);

/* The path of the i-th file, in place of what out held. */
void ks_walk_path(const struct ks_walk *walk, size_t i, struct ks_buf *out);

/* Adds what somebody else found, as it is: path need not be a file. */
void ks_walk_add_found(struct ks_walk *walk, const char *path, uint64_t size, bool is_named);
void ks_walk_add_problem(struct ks_walk *walk, const char *path, const struct ks_err *err);

#endif
