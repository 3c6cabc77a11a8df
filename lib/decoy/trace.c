/* Finding planted bytes by their keyed hash, and cutting them out. */
#include "lib/decoy/trace.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/codec/base64.h"
#include "lib/store/schema.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that plant joined has at most KS_LIMIT_BAIT bytes; it may have grown since. */
#define LARGEST_FILE (8 * KS_LIMIT_BAIT)

static const char *const state_names[] = {
	"unchanged", "moved", "changed", "doubled", "gone", "elsewhere",
};

/* One look through one file. */
struct search {
	struct ks_str text;
	struct ks_str key;                   /* of the keyed hash */
	const struct ks_decoy *decoy;
	size_t size;                         /* of what was written */
	size_t from;                         /* the first start that was not tried yet */
	size_t hits, offset;                 /* offset of the last one */
	bool has_key_id;
};

const char *ks_trace_state_name(enum ks_trace_state state)
{
	return state_names[state];
}

void ks_trace_release(struct ks_trace *trace)
{
	if (trace != NULL)
		ks_buf_wipe(&trace->text);
}

static bool is_ours(const struct search *search, size_t at)
{
	unsigned char hash[KS_HASH_SIZE];

	ks_hash_hmac(search->key, ks_str_sub(search->text, at, search->size), hash);
	return memcmp(hash, search->decoy->written_hash, sizeof(hash)) == 0;
}

/* Tries every start that would put the anchor, at a place of its own in the text, among our bytes. */
static void try_around(struct search *search, size_t at, size_t n)
{
	size_t first = at + n > search->size ? at + n - search->size : 0;

	if (first < search->from)
		first = search->from;
	for (; first <= at && first + search->size <= search->text.n; first++) {
		search->from = first + 1;
		if (is_ours(search, first)) {
			search->hits++;
			search->offset = first;
		}
	}
}

static void look_for(struct search *search, struct ks_str anchor)
{
	ptrdiff_t hit;
	size_t at = 0;

	search->from = 0;
	while ((hit = ks_str_find(ks_str_sub(search->text, at, search->text.n), anchor)) >= 0) {
		at += (size_t)hit;
		search->has_key_id = true;
		try_around(search, at, anchor.n);
		at += anchor.n;
	}
}

static void judge(struct ks_trace *trace, struct search *search)
{
	struct ks_buf encoded;

	ks_buf_init(&encoded, 256);
	ks_base64_encode(search->decoy->key_id, &encoded);
	look_for(search, search->decoy->key_id);
	if (search->hits == 0)
		look_for(search, ks_buf_str(&encoded));
	ks_buf_release(&encoded);

	trace->offset = search->offset;
	if (search->hits == 0)
		trace->state = search->has_key_id ? KS_TRACE_CHANGED : KS_TRACE_GONE;
	else if (search->hits > 1)
		trace->state = KS_TRACE_DOUBLED;
	else
		trace->state = search->offset == (size_t)search->decoy->written_offset ?
			KS_TRACE_UNCHANGED : KS_TRACE_MOVED;
}

static int look_through(struct ks_db *db, const struct ks_decoy *decoy, struct ks_trace *trace,
	struct ks_err *err)
{
	unsigned char key[KS_SCHEMA_HASH_KEY_SIZE];
	struct search search = { .decoy = decoy, .size = (size_t)decoy->written_size };

	if (ks_schema_hash_key(db, key, err) != 0)
		return -1;
	search.text = ks_buf_str(&trace->text);
	search.key = (struct ks_str){ (const char *)key, sizeof(key) };
	judge(trace, &search);
	explicit_bzero(key, sizeof(key));
	return 0;
}

int ks_trace_find(struct ks_db *db, const struct ks_decoy *decoy, struct ks_trace *out, struct ks_err *err)
{
	struct ks_trace trace = { .state = KS_TRACE_GONE };
	struct stat st, link;

	if (decoy->form == KS_PLACEMENT_PRINTED || decoy->form == KS_PLACEMENT_ELSEWHERE) {
		*out = (struct ks_trace){ .state = KS_TRACE_ELSEWHERE };
		return 0;
	}
	if (stat(decoy->placement.p, &st) != 0 || lstat(decoy->placement.p, &link) != 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return ks_err_set_errno(err, "cannot look at '%s'", decoy->placement.p);
		*out = trace;
		return 0;
	}
	trace.has_file = true;
	trace.mode = st.st_mode & 07777;
	if (!S_ISREG(st.st_mode)) {
		*out = trace;
		return 0;
	}
	ks_buf_init(&trace.text, LARGEST_FILE);
	if (ks_file_load(decoy->placement.p, &trace.text, err) != 0 ||
		look_through(db, decoy, &trace, err) != 0) {
		ks_trace_release(&trace);
		return -1;
	}
	trace.is_whole = decoy->form == KS_PLACEMENT_FILE && S_ISREG(link.st_mode) &&
		trace.text.n == (size_t)decoy->written_size && trace.state == KS_TRACE_UNCHANGED;
	*out = trace;
	return 0;
}

/* The newline that has to stay: the text before it ends within a line, and another follows. */
static size_t kept_newline(const struct ks_decoy *decoy, const struct ks_trace *trace)
{
	const char *ours = trace->text.p + trace->offset;
	size_t size = (size_t)decoy->written_size, n = size > 1 && ours[0] == '\r' ? 2 : 1;

	if (trace->offset == 0 || ours[-1] == '\n' || trace->offset + size == trace->text.n ||
		size < n || ours[n - 1] != '\n')
		return 0;
	return n;
}

static int cut_out(const struct ks_decoy *decoy, const struct ks_trace *trace, struct ks_err *err)
{
	struct ks_str text = ks_buf_str(&trace->text);
	struct ks_buf rest;
	int rc;

	ks_buf_init(&rest, LARGEST_FILE);
	ks_buf_reserve(&rest, text.n);
	ks_buf_add(&rest, ks_str_sub(text, 0, trace->offset + kept_newline(decoy, trace)));
	ks_buf_add(&rest, ks_str_sub(text, trace->offset + (size_t)decoy->written_size, text.n));
	rc = ks_file_replace(decoy->placement.p, ks_buf_str(&rest), err);
	ks_buf_wipe(&rest);
	return rc;
}

/* Whether the file is still what find saw. */
static int check_same(const struct ks_decoy *decoy, const struct ks_trace *trace, struct ks_err *err)
{
	struct ks_buf now;
	int rc;

	ks_buf_init(&now, LARGEST_FILE);
	rc = ks_file_load(decoy->placement.p, &now, err);
	if (rc == 0 && !ks_str_is_equal(ks_buf_str(&now), ks_buf_str(&trace->text)))
		rc = ks_err_set(err, KS_ERR_CONFLICT, "'%s' has just changed, try again", decoy->placement.p);
	ks_buf_wipe(&now);
	return rc;
}

int ks_trace_remove(const struct ks_decoy *decoy, const struct ks_trace *trace, bool *out_dir_gone,
	struct ks_err *err)
{
	*out_dir_gone = false;
	switch (trace->state) {
	case KS_TRACE_GONE:
	case KS_TRACE_ELSEWHERE:
		return 0;
	case KS_TRACE_CHANGED:
		return ks_err_set(err, KS_ERR_CONFLICT, "the bait in '%s' is no longer what was planted: take "
			"it away by hand, then retire with --keep-file", decoy->placement.p);
	case KS_TRACE_DOUBLED:
		return ks_err_set(err, KS_ERR_CONFLICT, "the bait is in '%s' more than once: take it away by "
			"hand, then retire with --keep-file", decoy->placement.p);
	default:
		break;
	}
	if (check_same(decoy, trace, err) != 0)
		return -1;
	if (!trace->is_whole)
		return cut_out(decoy, trace, err);
	if (unlink(decoy->placement.p) != 0)
		return ks_err_set_errno(err, "cannot remove '%s'", decoy->placement.p);
	*out_dir_gone = decoy->made_dir.p != NULL && rmdir(decoy->made_dir.p) == 0;
	return 0;
}
