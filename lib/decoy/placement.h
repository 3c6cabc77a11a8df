/*
 * Putting a rendered bait in its place. Two steps: plan looks at what is there and decides, touching
 * nothing; apply does just that, or refuses when the place has changed meanwhile.
 *
 * - A file of its own is created whole, with its exact mode, and only where nothing is: nothing is ever
 *   overwritten.
 * - A section joins an INI file behind its last byte. What was there stays as it was, mode and owner
 *   too; a newline is added first where the last line lacks one, an empty line sets the section off,
 *   and CRLF is kept up where the file has it. A section that is there already, and any "default", is
 *   refused: a real program may be using it.
 * - Lines join a shell's history behind its last byte in the same way, without the empty line. Where the
 *   history carries times ("#1700000000" lines) the new ones do too, seconds apart and not in the future:
 *   bash would take lines without them for a part of the command before.
 * - A missing parent directory is made only when its name begins with a dot (~/.aws), mode 0700, one
 *   level. Any other missing directory is more likely a typing error.
 * - Links are followed to a file that is there; a dangling link is refused.
 */
#ifndef KS_DECOY_PLACEMENT_H
#define KS_DECOY_PLACEMENT_H

#include "lib/decoy/bait.h"

/* How a bait got where it is. */
enum ks_placement_form {
	KS_PLACEMENT_FILE,       /* a new file, all of it ours */
	KS_PLACEMENT_SECTION,    /* bytes behind others in a file that was there */
	KS_PLACEMENT_PRINTED,    /* on standard output; where it went then is the label's to say */
	KS_PLACEMENT_ELSEWHERE,  /* put there by others: the decoy was imported */
};

struct ks_placement {
	enum ks_placement_form form;
	const char *path;              /* absolute, as asked for: a last link is kept; owned by arena */
	const char *made_dir;          /* the directory that apply makes, or NULL; owned by arena */
	struct ks_str section;         /* "" when the bait has none; owned by arena */
	mode_t mode;                   /* of the file afterwards */
	size_t offset;                 /* where content goes: 0, or the size of the file that was there */
	struct ks_buf content;         /* what is written, line ends fitted; holds the secret */
	unsigned char before[32];      /* SHA-256 of the file that was there */
	/* the file that makes this an application's root, or NULL; owned by arena */
	const char *app_marker;
	bool is_too_open;              /* others may read the file that was there */
	struct ks_arena arena;
};

/* Plans rendered (a body of bait) for path; "~/" stands for HOME. A zeroed placement may be released.
 * Errors: EXISTS (file, section), NOTFOUND (directory), USAGE (default section), PARSE (not a text
 * file), LIMIT, IO, DENIED (the file is another user's). */
int ks_placement_plan(const struct ks_ctx *ctx, const struct ks_bait *bait, struct ks_str rendered,
	const char *path, struct ks_placement *out, struct ks_err *err);
void ks_placement_release(struct ks_placement *placement);      /* wipes the content */

/* Writes it. Errors: EXISTS, CONFLICT (the file changed since the plan), IO. */
int ks_placement_apply(const struct ks_placement *placement, struct ks_err *err);

/* Whether exactly these bytes stand at their place: after an apply that failed half way, nobody else
 * knows. */
bool ks_placement_is_applied(const struct ks_placement *placement);

/* Whether the file at path has that section; a file that is not there has none. For choosing a name
 * beforehand. */
bool ks_placement_has_section(const struct ks_ctx *ctx, const char *path, struct ks_str section);

/* The file (composer.json, artisan, package.json …) that shows an application which would load a file at
 * path by its name (.env, wp-config.php, terraform.tfvars, application.properties …): in its directory, or
 * in one above it up to the root of its repository. Copies that nobody loads (.env.bak) are fine, as is
 * any other name. Returned in arena; NULL when
 * there is none. */
const char *ks_placement_find_app(struct ks_arena *arena, const char *path);

#endif
