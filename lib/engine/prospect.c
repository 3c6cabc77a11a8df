/* Lower bounds of conditions, against how many different things there are. */
#include "lib/engine/prospect.h"

#include "lib/store/sql.h"

#define TRIES_MOST 100u /* different values that are looked at: with more, the hits are read */

/* How many different values, rules or events a window must have, so that the condition can hold. 0: any
 * number may do. */
static uint64_t least_of(const struct ks_correlation *correlation)
{
	uint64_t least = 0;

	if (correlation->type > KS_CORRELATION_TEMPORAL_ORDERED)
		return 0;
	for (size_t i = 0; i < correlation->bound_count; i++) {
		const struct ks_correlation_bound *bound = &correlation->bounds[i];
		uint64_t count = bound->op == KS_CORRELATION_GT && bound->count < UINT64_MAX ? bound->count + 1 :
			bound->op == KS_CORRELATION_GT || bound->op == KS_CORRELATION_GTE ||
				bound->op == KS_CORRELATION_EQ ? bound->count : 0;

		least = count > least ? count : least;
	}
	return correlation->bound_count == 0 ? correlation->part_count : least;
}

static int has_hits(struct ks_db *db, const struct ks_prospect *p, uint64_t least, bool *out,
	struct ks_err *err)
{
	int64_t n = 0;

	if (ks_sql_int(db, "SELECT COUNT(*) FROM (SELECT 1 FROM hits WHERE rule = $1 AND group_key = $2 AND "
		"time_ms >= $3 AND time_ms <= $4 LIMIT $5) AS some",
		KS_SQL(KS_SQL_TEXT(p->rule), KS_SQL_TEXT(p->group), KS_SQL_INT(p->from_ms),
			KS_SQL_INT(p->until_ms), KS_SQL_INT((int64_t)least)), &n, err) != 0)
		return -1;
	*out = (uint64_t)n >= least;
	return 0;
}

/* A rule of the correlation and a value with it, as they stand side by side in the index. */
struct pair {
	struct ks_str part, value;
};

static void read_pair(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	*(struct pair *)out = (struct pair){ ks_sql_text(query, 0, arena), ks_sql_text(query, 1, arena) };
}

/* The first pair behind another one, of the same rule or else of the next. */
static int next_pair(struct ks_db *db, const struct ks_prospect *p, struct ks_arena *arena,
	struct pair *pair, bool *out_found, struct ks_err *err)
{
	const struct ks_sql_reader reader = { read_pair, arena, pair };

	/* Both at once, as "(part, value) > ($3, $4)", makes SQLite go over all hits of the pair. */
	if (ks_sql_row(db, "SELECT part, value FROM hits WHERE rule = $1 AND group_key = $2 AND part = $3 AND "
		"value > $4 ORDER BY value LIMIT 1", KS_SQL(KS_SQL_TEXT(p->rule), KS_SQL_TEXT(p->group),
			KS_SQL_TEXT(pair->part), KS_SQL_TEXT(pair->value)), &reader, out_found, err) != 0)
		return -1;
	if (*out_found)
		return 0;
	return ks_sql_row(db, "SELECT part, value FROM hits WHERE rule = $1 AND group_key = $2 AND part > $3 "
		"ORDER BY part, value LIMIT 1", KS_SQL(KS_SQL_TEXT(p->rule), KS_SQL_TEXT(p->group),
			KS_SQL_TEXT(pair->part)), &reader, out_found, err);
}

static int is_near(struct ks_db *db, const struct ks_prospect *p, const struct pair *pair, bool *out,
	struct ks_err *err)
{
	int64_t n = 0;

	if (ks_sql_int(db, "SELECT COUNT(*) FROM (SELECT 1 FROM hits WHERE rule = $1 AND group_key = $2 AND "
		"part = $3 AND value = $4 AND time_ms >= $5 AND time_ms <= $6 LIMIT 1) AS some",
		KS_SQL(KS_SQL_TEXT(p->rule), KS_SQL_TEXT(p->group), KS_SQL_TEXT(pair->part),
			KS_SQL_TEXT(pair->value), KS_SQL_INT(p->from_ms), KS_SQL_INT(p->until_ms)), &n, err) != 0)
		return -1;
	*out = n > 0;
	return 0;
}

/* Counts the pairs, of temporal types the rules: never fewer than a window can have. */
static int has_pairs(struct ks_db *db, const struct ks_prospect *p, uint64_t least, bool *out,
	struct ks_err *err)
{
	const bool counts_parts = p->correlation->type != KS_CORRELATION_VALUE_COUNT;
	struct pair pair = { KS_STR(""), KS_STR("") };
	struct ks_str counted = { NULL, 0 };
	struct ks_arena arena = { NULL };
	uint64_t n = 0;
	unsigned tries = 0;
	bool has_pair = true;
	int rc = 0;

	/* Stores of old have hits that say neither rule nor value: those come before the first pair. */
	rc = is_near(db, p, &pair, &has_pair, err);
	if (rc == 0 && has_pair) {
		n++;
		counted = pair.part;
	}
	while (rc == 0 && n < least && tries++ < TRIES_MOST) {
		bool is_here = false;

		rc = next_pair(db, p, &arena, &pair, &has_pair, err);
		if (rc != 0 || !has_pair)
			break;
		if (counts_parts && counted.p != NULL && ks_str_is_equal(counted, pair.part))
			continue;
		rc = is_near(db, p, &pair, &is_here, err);
		n += is_here;
		counted = is_here ? pair.part : counted;
	}
	ks_arena_release(&arena);
	*out = n >= least || tries > TRIES_MOST;
	return rc;
}

int ks_prospect_judge(struct ks_db *db, const struct ks_prospect *prospect, bool *out, struct ks_err *err)
{
	uint64_t least = least_of(prospect->correlation);

	*out = true;
	if (least <= 1)
		return 0;
	if (prospect->correlation->type == KS_CORRELATION_EVENT_COUNT)
		return least > TRIES_MOST ? 0 : has_hits(db, prospect, least, out, err);
	return has_pairs(db, prospect, least, out, err);
}
