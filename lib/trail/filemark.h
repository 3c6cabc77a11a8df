/*
 * How far one file was read, and how to recognize it: a mark survives restarts as a line of text. A file is
 * known by device and inode; that what was read of it is still what it was, by hashes of its first bytes
 * and of the bytes before the place up to which it was read. A file that was renamed goes on where it was;
 * one that was truncated, replaced in place, or whose inode was used again, begins anew.
 */
#ifndef KS_TRAIL_FILEMARK_H
#define KS_TRAIL_FILEMARK_H

#include "lib/base/buf.h"
#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define KS_FILEMARK_SAMPLE 1024u     /* bytes of a file that a hash is made of */
#define KS_FILEMARK_HASH 33          /* 32 hex digits and a NUL */
#define KS_FILEMARK_PART 40          /* room for a part's name */

struct ks_filemark {
	uint64_t top;                /* text offset behind the last whole top-level value */
	uint64_t done;               /* records that begin before it were taken */
	int64_t size;                /* of the file when it was read to its end; -1: it was not yet */
	int64_t mtime_ns;            /* then */
	bool is_open;                /* it ended in the middle of something */
	bool is_told;                /* and people were told so */
	bool is_other;               /* it holds no trail */
	uint32_t head_n;             /* first bytes that head is made of */
	char head[KS_FILEMARK_HASH];
	uint64_t edge;               /* place in the file, not in the text */
	uint32_t edge_n;             /* bytes before it that edge_hash is made of; 0: none were looked at */
	char edge_hash[KS_FILEMARK_HASH];
};

/* A file of which nothing was read. */
void ks_filemark_init(struct ks_filemark *mark);

/* The name that a file's mark is kept under. */
void ks_filemark_part(const struct stat *st, char out[KS_FILEMARK_PART]);

int64_t ks_filemark_mtime(const struct stat *st);        /* in nanoseconds */

/* Whether the open file is still the one of the mark, with all that was read of it in its place. */
bool ks_filemark_is_same(const struct ks_filemark *mark, int fd, const struct stat *st);

/* Takes the samples anew: edge is the place in the file up to which it was read, 0 for none. */
void ks_filemark_sample(struct ks_filemark *mark, int fd, const struct stat *st, uint64_t edge);

/* As text and back; false for what is no mark. */
void ks_filemark_render(const struct ks_filemark *mark, struct ks_buf *out);
bool ks_filemark_parse(struct ks_str text, struct ks_filemark *out);

#endif
