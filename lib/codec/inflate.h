/*
 * Gzip text in chunks that stay in the cache. One interface, one back end a file (ISA-L; zlib everywhere
 * else), told apart by a row; and, for small files, the whole text in one step. A member's CRC and length
 * are checked: they are what makes a damaged file visible. Format: RFC 1952.
 */
#ifndef KS_CODEC_INFLATE_H
#define KS_CODEC_INFLATE_H

#include <stdbool.h>
#include <stddef.h>

enum ks_inflate_status {
	KS_INFLATE_MORE,      /* wants more input, or more room for output */
	KS_INFLATE_END,       /* the member ended and its trailer is right; call begin for the next one */
	KS_INFLATE_BAD, /* damaged; what was put out before is good text (unless only the checksum is wrong) */
};

/* Where to read and write; each step moves these on. */
struct ks_inflate_io {
	const unsigned char *in;
	size_t in_n;
	unsigned char *out;
	size_t out_n;
};

struct ks_inflate_backend {
	const char *name;
	void *(*new)(void);
	void (*free)(void *state);
	void (*begin)(void *state);                       /* before the first byte of a member */
	/* why: static */
	enum ks_inflate_status (*step)(void *state, struct ks_inflate_io *io, const char **out_why);
};

/* Unpacks whole members. It is sooner ready to begin than the fastest back end, and not faster then: for
 * what is small. */
struct ks_inflate_whole {
	const char *name;
	void *(*new)(void);
	void (*free)(void *state);
	/* One member, from its first byte, with all of its text. False, and nothing is moved on, when it is
	 * damaged, not all there, or does not fit: then a back end says what is wrong. A header's own checksum
	 * is not looked at. */
	bool (*unpack)(void *state, struct ks_inflate_io *io);
};

/* The back end by name, or the fastest that was built in with name NULL. NULL when there is none of that
 * name. */
const struct ks_inflate_backend *ks_inflate_find(const char *name);

/* What goes with a back end for small files. NULL when none was built in, and with zlib, which stands
 * alone: the others are compared with it. */
const struct ks_inflate_whole *ks_inflate_find_whole(const struct ks_inflate_backend *backend);

#endif
