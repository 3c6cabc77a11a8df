/*
 * What became of a bait since it was planted, and taking it away again. The store has no copy of what was
 * written, only its size, its place and a keyed hash, so the bytes are looked for: at their old place, and
 * around every mention of the key id (plain or in base64, which is all that a template can write).
 *
 * - Only what plant wrote is ever removed, and only when it stands there exactly once, wherever in the file
 *   that is by now.
 * - A file that holds nothing else and that plant made is unlinked, and the directory that was made for it
 *   goes when it is empty. Any other file keeps its mode, its owner and every byte around.
 * - One byte more may stay: the newline that plant added behind a last line that had none, when something
 *   else has been added behind the bait since. Without it two lines would become one.
 */
#ifndef KS_DECOY_TRACE_H
#define KS_DECOY_TRACE_H

#include "lib/decoy/registry.h"

enum ks_trace_state {
	KS_TRACE_UNCHANGED,      /* where it was written, exactly */
	KS_TRACE_MOVED,          /* exactly, but at another offset: something grew before it */
	KS_TRACE_CHANGED,        /* the key id is there, what was written is not */
	KS_TRACE_DOUBLED,        /* there more than once */
	KS_TRACE_GONE,           /* no file, or one without the key id */
	KS_TRACE_ELSEWHERE,      /* printed or imported: there is no file to look at */
};

struct ks_trace {
	enum ks_trace_state state;
	bool has_file;
	mode_t mode;             /* of the file, when it is there */
	size_t offset;           /* of the bytes, UNCHANGED and MOVED */
	bool is_whole;           /* the file holds nothing else, and plant made it: removing unlinks it */
	struct ks_buf text;      /* the file, secret and all */
};

/* Looks for the bait of decoy. A zeroed trace may be released. Errors: IO, LIMIT (a file too large to look
 * through), the store's. */
int ks_trace_find(struct ks_db *db, const struct ks_decoy *decoy, struct ks_trace *out, struct ks_err *err);
void ks_trace_release(struct ks_trace *trace);       /* wipes the text */

/* Takes the bait away that find found. Nothing to do for GONE and ELSEWHERE. *out_dir_gone says whether the
 * directory went too. Errors: CONFLICT (CHANGED, DOUBLED, or the file has changed since find), IO. */
int ks_trace_remove(const struct ks_decoy *decoy, const struct ks_trace *trace, bool *out_dir_gone,
	struct ks_err *err);

const char *ks_trace_state_name(enum ks_trace_state state);    /* "unchanged", "moved" … */

#endif
