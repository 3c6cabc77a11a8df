/*
 * What an AWS unique id says offline: its kind by the prefix, and the account that today's access key
 * ids carry. Prefixes: IAM User Guide, "Unique identifiers". Account: bits 46 to 7 of the first 48 that
 * follow the prefix in base32, as A. Steele and T. Be'ery found out. Ids of the old style (fifth
 * character I or J) carry none.
 *
 * IAM's API takes 16 to 128 word characters for any id. Every access key id ever issued has 20, and a
 * decoy, a rule and a search all rely on that, so AKIA and ASIA ids of another length are malformed;
 * the other kinds may have 16 to 128. Ids are upper-case letters and digits; what follows the prefix of
 * a new-style access key id is base32.
 */
#ifndef KS_DECOY_KEYID_H
#define KS_DECOY_KEYID_H

#include "lib/base/err.h"
#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_KEYID_SIZE 20          /* an access key id, without a NUL */
#define KS_KEYID_ACCOUNT 12       /* digits of an account id */

/* A kind of id; the rows are static. */
struct ks_keyid_kind {
	const char *prefix;           /* four characters */
	const char *name;             /* "long-term", "temporary", "user" … */
	const char *what;             /* "access key of an IAM user or of root" */
	bool is_access_key;           /* signs requests: AKIA and ASIA */
};

struct ks_keyid {
	const struct ks_keyid_kind *kind;
	bool has_account;
	char account[KS_KEYID_ACCOUNT + 1];   /* "" without one */
	const char *note;                     /* why there is no account, or NULL; static */
};

/* Errors: PARSE with the reason; the message does not repeat the id. */
int ks_keyid_parse(struct ks_str id, struct ks_keyid *out, struct ks_err *err);

/* The kind by the first four characters alone, or NULL. */
const struct ks_keyid_kind *ks_keyid_find_kind(struct ks_str id);

/* Exactly twelve digits, as a number. */
bool ks_keyid_parse_account(struct ks_str account, uint64_t *out);

#endif
