/*
 * Writing the members of a case file one after the other, and knowing what was written. Members that are
 * made in pieces go through a spool, since a member's size stands in front of it.
 */
#ifndef KS_CASEFILE_CASEWRITER_H
#define KS_CASEFILE_CASEWRITER_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/vec.h"
#include "lib/casefile/casefile.h"
#include "lib/codec/hash.h"
#include "lib/codec/json.h"

/* A member that was written. */
struct ks_casewriter_member {
	char name[KS_CASEFILE_NAME]; /* below the top directory */
	uint64_t size;
	char sha256[KS_HASH_HEX];
};

struct ks_casewriter {
	int fd;
	int64_t time_s; /* of every member */
	struct ks_vec members; /* struct ks_casewriter_member */
	struct ks_hash *hash; /* of the whole archive */
	uint64_t size;
};

/* fd: an empty file. Release it in any case. */
void ks_casewriter_init(struct ks_casewriter *writer, int fd, int64_t now_ms);
void ks_casewriter_release(struct ks_casewriter *writer);

/* Errors of these three: IO; LIMIT (a member that is too large). */
int ks_casewriter_add(struct ks_casewriter *writer, enum ks_casefile_kind kind, int64_t incident,
	struct ks_str content, struct ks_err *err);

/* Bytes on their way into a member. */
struct ks_casespool {
	int fd; /* a temporary file that nobody else sees */
	struct ks_buf pending;
	uint64_t size;
};
int ks_casewriter_add_spool(struct ks_casewriter *writer, enum ks_casefile_kind kind, int64_t incident,
	struct ks_casespool *spool, struct ks_err *err);

/* The end of the archive, on the disk when it returns; out: SHA-256 of all of it, in hex. */
int ks_casewriter_end(struct ks_casewriter *writer, char out[KS_HASH_HEX], struct ks_err *err);

/* A spool in a directory for temporary files. Its verbs: IO. */
int ks_casewriter_open_spool(struct ks_casespool *spool, const char *dir, struct ks_err *err);
int ks_casewriter_spool(struct ks_casespool *spool, struct ks_str bytes, struct ks_err *err);
/* The value on a line; frees it. */
int ks_casewriter_spool_json(struct ks_casespool *spool, struct ks_json *json, struct ks_err *err);
int ks_casewriter_clear_spool(struct ks_casespool *spool, struct ks_err *err);
void ks_casewriter_close_spool(struct ks_casespool *spool);

#endif
