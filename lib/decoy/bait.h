/*
 * Baits: templates of what a thief finds. A template is text; a header of "key: value" lines, a line
 * "---", and the body, every byte of which goes out as it is, the placeholders aside.
 *
 *   about: one line for the lists of baits                                required
 *   path:  a usual place, "~/.aws/credentials"; may be repeated            at least one
 *   mode:  the mode of a new file, octal                                  required
 *   merge: own (a file of its own) | ini-section (may join a file) | history (lines that may join a
 *          shell's history)                                              own when missing
 *   user:  a name for user and profile that would not stand out; may be repeated
 *   pick:  "word = one | another | a third": {{word}} is one of them at random, the same everywhere in
 *          the body; may be repeated. What never varies tells one bait from the next.
 *
 * Empty lines and lines that begin with '#' are passed over in the header. Placeholders of the body:
 * {{access_key_id}} {{secret_access_key}} {{region}} {{smtp_username}} {{smtp_password}} {{account_id}}
 * {{user_name}} {{date}} {{random}}; {{random:N}} gives N letters and digits (1 to 256) instead of 16,
 * fresh at each place. {{base64:WORD}} is the base64 of any of these but random, and of a pick. "\{{"
 * is a plain "{{". Anything else in double braces is an error. A body holds a key id, or nothing could
 * ever be told from its use; a body for ini-section begins with its section's header.
 */
#ifndef KS_DECOY_BAIT_H
#define KS_DECOY_BAIT_H

#include "lib/base/arena.h"
#include "lib/base/ctx.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <sys/types.h>

enum ks_bait_merge { KS_BAIT_OWN, KS_BAIT_INI_SECTION, KS_BAIT_HISTORY };

struct ks_bait {
	struct ks_str name;
	struct ks_str about;
	struct ks_vec paths;       /* struct ks_str */
	struct ks_vec users;       /* struct ks_str; may be empty */
	mode_t mode;
	enum ks_bait_merge merge;
	struct ks_vec picks;       /* private to bait.c, as is the body: */
	struct ks_vec parts;
	struct ks_arena arena;     /* owns all of the above */
};

/* What the placeholders stand for; {{smtp_username}} is the access key id, {{random}} is made while
 * rendering. */
struct ks_bait_values {
	struct ks_str access_key_id, secret_access_key, region, smtp_password, account_id, user_name, date;
};

/* A zeroed bait may be released; parse and load fill one that holds nothing, and leave nothing in it on
 * failure. */
void ks_bait_release(struct ks_bait *bait);

/* Errors: PARSE with line and column (load: and file); load also NOTFOUND, IO, LIMIT. */
int ks_bait_parse(struct ks_str name, struct ks_str text, struct ks_bait *out, struct ks_err *err);
int ks_bait_load(struct ks_str name, const char *path, struct ks_bait *out, struct ks_err *err);

/* A shipped bait by its name, from the context's templates. Errors: USAGE for a name that is none; as
 * load. */
int ks_bait_get(const struct ks_ctx *ctx, const char *name, struct ks_bait *out, struct ks_err *err);

/* The names of the shipped baits. */
const char *const *ks_bait_names(size_t *out_count);

/* Appends the body with its placeholders filled in. out then holds the secret: wipe it. Errors: LIMIT,
 * IO. */
int ks_bait_render(const struct ks_bait *bait, const struct ks_ctx *ctx,
	const struct ks_bait_values *values, struct ks_buf *out, struct ks_err *err);

#endif
