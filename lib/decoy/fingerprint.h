/*
 * The lint against being seen through: what of a decoy tells a thief who knows canaries that it is one,
 * before he has made a call that anybody would see. The tells are those that tools and write-ups use:
 * the account inside the key id on a public list (TruffleHog), user names and paths (Pacu's
 * iam__detect_honeytokens, CloudGoat), a lone default profile with the region and output that a public
 * service writes, two keys of one owner side by side.
 */
#ifndef KS_DECOY_FINGERPRINT_H
#define KS_DECOY_FINGERPRINT_H

#include "lib/decoy/canary.h"
#include "lib/decoy/neighbors.h"

enum ks_fingerprint_severity {
	KS_FINGERPRINT_NOTE,         /* worth knowing; may be meant */
	KS_FINGERPRINT_WARNING,      /* gives the decoy away */
};

struct ks_fingerprint_tell {
	enum ks_fingerprint_severity severity;
	struct ks_str text;          /* lower case, no full stop; quotes what it found */
};

struct ks_fingerprint_request {
	const struct ks_decoy *decoy;
	struct ks_str bait;                  /* what was or will be written; may be empty */
	struct ks_str file;                  /* all of the file it is in; may be empty */
	const struct ks_canary *canary;      /* or NULL */
	const struct ks_neighbors *neighbors; /* the fleet, which may have the decoy itself; or NULL */
};

/* Pushes what it finds to out (of struct ks_fingerprint_tell), warnings and notes in a fixed order; the
 * texts are arena's. */
void ks_fingerprint_lint(const struct ks_fingerprint_request *request, struct ks_arena *arena,
	struct ks_vec *out);

const char *ks_fingerprint_severity_name(enum ks_fingerprint_severity severity);  /* "note", "warning" */

#endif
