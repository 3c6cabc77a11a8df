/* Hits out of the store, chains out of hits. The windows are lib/sigma/window. */
#include "lib/engine/stretch.h"

#include "lib/base/limits.h"
#include "lib/base/time.h"
#include "lib/engine/prospect.h"
#include "lib/store/sql.h"

#include <string.h>

struct ks_str ks_stretch_rule(const struct ks_rule *rule)
{
	return rule->id.n > 0 ? rule->id : rule->title;
}

static void copy(char *to, size_t size, struct ks_str from)
{
	memset(to, 0, size);
	if (from.n > 0)
		memcpy(to, from.p, from.n < size ? from.n : size - 1);
}

/* ---- windows ----------------------------------------------------------------------------------- */

static void keep_chain(void *arg, const struct ks_window_chain *from)
{
	struct ks_stretch *stretch = arg;
	struct ks_stretch_chain *chain = ks_vec_push(&stretch->chains);
	struct ks_str *names = ks_arena_alloc(&stretch->arena, (from->name_count + 1) * sizeof(*names));

	for (size_t i = 0; i < from->name_count; i++)
		names[i] = ks_arena_copy(&stretch->arena, from->names[i]);
	chain->window = *from;
	chain->window.names = names;
	ks_finding_identify_chain(&stretch->correlation->head, ks_str_of(stretch->group), from->anchor_ms,
		chain->id);
}

static void keep_held(void *arg)
{
	struct ks_stretch *stretch = arg;
	struct ks_stretch_held *held = ks_vec_push(&stretch->held);

	held->time_ms = stretch->window.now_ms;
	copy(held->identity, sizeof(held->identity), ks_str_of(stretch->window.last));
	ks_finding_identify_chain(&stretch->correlation->head, ks_str_of(stretch->group),
		stretch->window.chain.anchor_ms, held->id);
}

/* The place of a rule among those of the correlation. Stores of old do not say which one it was: the types
 * of those days did not care. SIZE_MAX: it is none of them any more. */
static size_t find_part(const struct ks_correlation *correlation, struct ks_str part)
{
	if (part.n == 0)
		return 0;
	for (size_t i = 0; i < correlation->part_count; i++)
		if (ks_str_is_equal(ks_stretch_rule(correlation->parts[i].rule), part))
			return i;
	return SIZE_MAX;
}

/* Identity, time, value, part, origin, finding, event id, in order. */
static int open_hits(struct ks_db *db, struct ks_str rule, struct ks_str group, int64_t from_ms,
	int64_t until_ms, struct ks_db_query **out, struct ks_err *err)
{
	return ks_sql_open(db,
		"SELECT h.event_identity, h.time_ms, h.value, h.part, h.origin, h.finding, e.event_id "
		"FROM hits h JOIN events e ON e.identity = h.event_identity "
		"WHERE h.rule = $1 AND h.group_key = $2 AND h.time_ms >= $3 AND h.time_ms <= $4 "
		"ORDER BY h.time_ms, h.event_identity, h.part, h.origin",
		KS_SQL(KS_SQL_TEXT(rule), KS_SQL_TEXT(group), KS_SQL_INT(from_ms), KS_SQL_INT(until_ms)), out, err);
}

static void read_name(struct ks_db_query *query, struct ks_buf *out)
{
	struct ks_event event = { .event_id = ks_db_column_text(query, 6),
		.time_ms = ks_db_column_int(query, 1) };

	copy(event.identity, sizeof(event.identity), ks_db_column_text(query, 0));
	ks_buf_clear(out);
	ks_matched_name(out, ks_db_column_text(query, 5), &event);
}

static int compare_pending(const void *a, const void *b)
{
	const struct ks_window_hit *x = a, *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return ks_str_compare(x->origin, y->origin);
}

/* Hits of one event: the store does not know in which order a correlation lists its rules. */
static void give_pending(struct ks_stretch *stretch, struct ks_vec *pending, struct ks_arena *arena)
{
	if (pending->n > 1)
		ks_vec_sort(pending, compare_pending);
	for (size_t i = 0; i < pending->n; i++)
		ks_window_add(&stretch->window, KS_VEC_AT(pending, struct ks_window_hit, i));
	ks_vec_clear(pending);
	ks_arena_clear(arena);
}

static int read_hits(struct ks_stretch *stretch, struct ks_err *err)
{
	struct ks_vec pending = KS_VEC_OF(struct ks_window_hit);
	struct ks_arena arena = { NULL };
	struct ks_db_query *query = NULL;
	struct ks_buf name;
	bool has_row = true;
	int rc = open_hits(stretch->db, ks_stretch_rule(&stretch->correlation->head), ks_str_of(stretch->group),
		stretch->from_ms, stretch->until_ms, &query, err);

	ks_buf_init(&name, KS_LIMIT_LINE);
	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_window_hit hit = { .time_ms = ks_db_column_int(query, 1),
			.part = find_part(stretch->correlation, ks_db_column_text(query, 3)) };

		if (pending.n > 0 &&
			!ks_str_is_equal(KS_VEC_AT(&pending, struct ks_window_hit, 0)->identity,
				ks_db_column_text(query, 0)))
			give_pending(stretch, &pending, &arena);
		if (hit.part == SIZE_MAX)
			continue;
		read_name(query, &name);
		hit.identity = ks_sql_text(query, 0, &arena);
		hit.value = ks_sql_text(query, 2, &arena);
		hit.origin = ks_sql_text(query, 4, &arena);
		hit.name = ks_arena_copy(&arena, ks_buf_str(&name));
		*(struct ks_window_hit *)ks_vec_push(&pending) = hit;
	}
	if (rc == 0)
		give_pending(stretch, &pending, &arena);
	ks_db_finish(query);
	ks_buf_release(&name);
	ks_vec_release(&pending);
	ks_arena_release(&arena);
	return rc;
}

static int work_out(struct ks_stretch *stretch, struct ks_err *err)
{
	const struct ks_window_sink sink = { .closed = keep_chain, .held = keep_held, .arg = stretch };
	int rc;

	ks_vec_clear(&stretch->chains);
	ks_vec_clear(&stretch->held);
	ks_arena_clear(&stretch->arena);
	ks_window_init(&stretch->window, stretch->correlation, &sink);
	rc = read_hits(stretch, err);
	if (rc == 0)
		ks_window_end(&stretch->window);
	stretch->overflow = stretch->window.overflow;
	ks_window_release(&stretch->window);
	return rc;
}

/* ---- the stretch ------------------------------------------------------------------------------- */

bool ks_stretch_has(const struct ks_stretch *stretch, int64_t anchor_ms, int64_t last_ms)
{
	return anchor_ms <= stretch->last_ms && last_ms >= stretch->first_ms;
}

static int read_olds(struct ks_stretch *stretch, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(stretch->db,
		"SELECT finding, anchor_ms, last_ms, digest FROM chains WHERE rule = $1 AND group_key = $2 "
		"AND last_ms >= $3 AND anchor_ms <= $4 ORDER BY anchor_ms, finding",
		KS_SQL(KS_SQL_TEXT(ks_stretch_rule(&stretch->correlation->head)),
			KS_SQL_TEXT(ks_str_of(stretch->group)), KS_SQL_INT(stretch->first_ms),
			KS_SQL_INT(stretch->last_ms)),
		&query, err);

	ks_vec_clear(&stretch->olds);
	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_stretch_old *old = ks_vec_push(&stretch->olds);

		copy(old->id, sizeof(old->id), ks_db_column_text(query, 0));
		old->anchor_ms = ks_db_column_int(query, 1);
		old->last_ms = ks_db_column_int(query, 2);
		copy(old->digest, sizeof(old->digest), ks_db_column_text(query, 3));
	}
	ks_db_finish(query);
	return rc;
}

/* True when the stretch grew. */
static bool widen_to(struct ks_stretch *stretch, int64_t anchor_ms, int64_t last_ms)
{
	bool is_wider = ks_stretch_has(stretch, anchor_ms, last_ms) &&
		(anchor_ms < stretch->first_ms || last_ms > stretch->last_ms);

	if (is_wider && anchor_ms < stretch->first_ms)
		stretch->first_ms = anchor_ms;
	if (is_wider && last_ms > stretch->last_ms)
		stretch->last_ms = last_ms;
	return is_wider;
}

/* Widens the stretch to all chains that reach into it, as they are and as they were. True when it grew. */
static bool widen(struct ks_stretch *stretch)
{
	bool is_wider = true, was_wider = false;

	while (is_wider) {
		is_wider = false;
		for (size_t i = 0; i < stretch->chains.n; i++) {
			const struct ks_window_chain *chain =
				&KS_VEC_AT(&stretch->chains, struct ks_stretch_chain, i)->window;

			is_wider |= widen_to(stretch, chain->anchor_ms, chain->sure_ms);
		}
		for (size_t i = 0; i < stretch->olds.n; i++) {
			const struct ks_stretch_old *old = KS_VEC_AT(&stretch->olds, struct ks_stretch_old, i);

			is_wider |= widen_to(stretch, old->anchor_ms, old->last_ms);
		}
		was_wider |= is_wider;
	}
	return was_wider;
}

/* Whether there is nothing to work out: no window with a hit between the two times can hold, and none held
 * before. */
static int is_idle(struct ks_stretch *stretch, bool *out, struct ks_err *err)
{
	const struct ks_prospect prospect = { .correlation = stretch->correlation,
		.rule = ks_stretch_rule(&stretch->correlation->head), .group = ks_str_of(stretch->group),
		.from_ms = stretch->first_ms, .until_ms = stretch->last_ms };
	bool is_open = true;

	if (read_olds(stretch, err) != 0 ||
		(stretch->olds.n == 0 && ks_prospect_judge(stretch->db, &prospect, &is_open, err) != 0))
		return -1;
	*out = !is_open;
	return 0;
}

/* Reads more of the group for as long as a chain may begin before, or go on behind, what was read. */
int ks_stretch_open(struct ks_stretch *stretch, int64_t first_ms, int64_t last_ms, struct ks_err *err)
{
	const int64_t span = stretch->correlation->timespan_ms;
	int64_t margin = 2 * span;
	bool is_whole = false;

	ks_arena_init(&stretch->arena);
	stretch->chains = KS_VEC_OF(struct ks_stretch_chain);
	stretch->olds = KS_VEC_OF(struct ks_stretch_old);
	stretch->held = KS_VEC_OF(struct ks_stretch_held);
	/* Windows that hold a new hit end up to a timespan behind it, and begin as much before. */
	stretch->first_ms = first_ms - span;
	stretch->last_ms = last_ms + span;
	if (is_idle(stretch, &is_whole, err) != 0)
		return -1;
	while (!is_whole) {
		bool is_wider;

		stretch->from_ms = stretch->first_ms - margin;
		stretch->until_ms = stretch->last_ms + margin;
		if (read_olds(stretch, err) != 0 || work_out(stretch, err) != 0)
			return -1;
		is_wider = widen(stretch);
		/* A chain is whole when no window of the two timespans around it holds; those must have been
		 * seen with all their hits. A wider stretch can hold more of the old ones. */
		is_whole = !is_wider && stretch->first_ms - 2 * span >= stretch->from_ms &&
			stretch->last_ms + span <= stretch->until_ms;
		margin *= is_whole ? 1 : 2;
	}
	return 0;
}

void ks_stretch_release(struct ks_stretch *stretch)
{
	ks_arena_release(&stretch->arena);
	ks_vec_release(&stretch->chains);
	ks_vec_release(&stretch->olds);
	ks_vec_release(&stretch->held);
}

/* ---- what a finding lists ---------------------------------------------------------------------- */

struct listing {
	struct ks_db *db;
	struct ks_err *err;
	unsigned depth;
	int rc;
};

/* The events of the chain of another correlation. */
static void list_inner(void *arg, struct ks_str finding, struct ks_matched *out)
{
	struct listing *listing = arg;
	struct ks_db_query *query = NULL, *hits = NULL;
	bool has_row = true;
	struct ks_buf name;

	if (listing->rc != 0 || listing->depth > KS_CORRELATION_DEPTH)
		return;
	listing->depth++;
	ks_buf_init(&name, KS_LIMIT_LINE);
	listing->rc =
		ks_sql_open(listing->db, "SELECT rule, group_key, anchor_ms, last_ms FROM chains WHERE finding = $1",
			KS_SQL(KS_SQL_TEXT(finding)), &query, listing->err);
	if (listing->rc == 0)
		listing->rc = ks_db_step(query, &has_row, listing->err);
	if (listing->rc == 0 && has_row)
		listing->rc = open_hits(listing->db, ks_db_column_text(query, 0), ks_db_column_text(query, 1),
			ks_db_column_int(query, 2), ks_db_column_int(query, 3), &hits, listing->err);
	while (hits != NULL && listing->rc == 0 &&
		(listing->rc = ks_db_step(hits, &has_row, listing->err)) == 0 && has_row) {
		read_name(hits, &name);
		if (name.p[0] == 'f')
			list_inner(arg, ks_str_sub(ks_buf_str(&name), 1, name.n), out);
		else
			ks_matched_add(out, ks_buf_str(&name));
	}
	ks_db_finish(hits);
	ks_db_finish(query);
	ks_buf_release(&name);
	listing->depth--;
}

int ks_stretch_list(const struct ks_stretch *stretch, const struct ks_stretch_chain *chain,
	const struct ks_event *met, struct ks_matched *out, struct ks_err *err)
{
	struct listing listing = { .db = stretch->db, .err = err };

	ks_matched_list(out, &chain->window, met, list_inner, &listing);
	return listing.rc;
}
