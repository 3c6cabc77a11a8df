/* The suppressions table, and what a suppression covers. */
#include "lib/incident/suppress.h"

#include "lib/base/time.h"
#include "lib/codec/ip.h"
#include "lib/store/sql.h"

#include <inttypes.h>

static bool is_named(struct ks_str actor, struct ks_str value)
{
	ptrdiff_t colon = ks_str_find(actor, KS_STR(":"));

	return ks_str_is_equal(actor, value) ||
		(colon >= 0 && ks_str_is_equal(ks_str_sub(actor, (size_t)colon + 1, SIZE_MAX), value));
}

/* What goes on with another actor is news of that one, too. */
static bool is_actor(const struct ks_suppress_subject *subject, struct ks_str value)
{
	return is_named(subject->actor, value) && is_named(subject->evidence->actor, value);
}

static bool is_address(const struct ks_suppress_subject *subject, struct ks_str value)
{
	struct ks_ip_net net;
	struct ks_err err;
	struct ks_ip ip;

	return ks_ip_parse(subject->evidence->ip, &ip) && ks_ip_parse_net(value, &net, &err) == 0 &&
		ks_ip_is_in(&ip, &net);
}

static bool is_rule(const struct ks_suppress_subject *subject, struct ks_str value)
{
	return ks_str_is_equal_nocase(subject->rule_id, value) ||
		ks_str_is_equal_nocase(subject->rule_title, value);
}

static bool is_decoy(const struct ks_suppress_subject *subject, struct ks_str value)
{
	return subject->evidence->decoy_key.n > 0 && ks_str_is_equal(subject->evidence->decoy_key, value);
}

/* Anybody can say anything in a user agent: it never speaks for a decoy. */
static bool is_user_agent(const struct ks_suppress_subject *subject, struct ks_str value)
{
	struct ks_str agent = subject->evidence->user_agent;

	if (subject->evidence->decoy_key.n > 0 || agent.p == NULL)
		return false;
	if (ks_str_has_suffix(value, KS_STR("*")))
		return ks_str_has_prefix(agent, ks_str_sub(value, 0, value.n - 1));
	return ks_str_is_equal(agent, value);
}

static const struct field {
	const char *name;
	bool (*is_covered)(const struct ks_suppress_subject *subject, struct ks_str value);
} fields[] = {
	{ "actor", is_actor },
	{ "address", is_address },
	{ "rule", is_rule },
	{ "decoy", is_decoy },
	{ "user_agent", is_user_agent },
};

static const struct field *find_field(struct ks_str name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (ks_str_is(name, fields[i].name))
			return &fields[i];
	return NULL;
}

static int check_width(struct ks_str value, const struct ks_ip_net *net, struct ks_err *err)
{
	int widest = net->base.bits == 32 ? KS_SUPPRESS_WIDEST_V4 : KS_SUPPRESS_WIDEST_V6;

	if (net->prefix >= widest)
		return 0;
	return ks_err_set(err, KS_ERR_USAGE,
		"'" KS_STR_FMT "' is wider than /%d: it would silence all that comes from %s IPv%d addresses, "
		"notices of decoys too; only --force does that",
		KS_STR_ARG(value), widest, net->prefix == 0 ? "all" : "a large part of all",
		net->base.bits == 32 ? 4 : 6);
}

static int check_length(const struct ks_suppression *s, struct ks_err *err)
{
	const int64_t day_ms = INT64_C(24) * 3600 * 1000;
	int64_t days = (s->expires_ms - s->created_ms) / day_ms;

	if (days <= KS_SUPPRESS_LONGEST_DAYS)
		return 0;
	return ks_err_set(err, KS_ERR_USAGE,
		"%" PRId64 " days are more than %d: nobody would be told of " KS_STR_FMT " '" KS_STR_FMT
		"' all that time, decoys included; only --force does that",
		days, KS_SUPPRESS_LONGEST_DAYS, KS_STR_ARG(s->field), KS_STR_ARG(s->value));
}

static int check(const struct ks_suppression *s, struct ks_err *err)
{
	struct ks_ip_net net;

	if (find_field(s->field) == NULL)
		return ks_err_set(err, KS_ERR_USAGE,
			"'" KS_STR_FMT "' cannot be suppressed by: take actor, address, "
			"rule, decoy or user_agent",
			KS_STR_ARG(s->field));
	if (ks_str_trim(s->value).n == 0 || ks_str_is(s->value, "*"))
		return ks_err_set(err, KS_ERR_USAGE, "a suppression needs a value that says what it is about");
	if (ks_str_is(s->field, "address") && ks_ip_parse_net(s->value, &net, err) != 0) {
		err->code = KS_ERR_USAGE;
		return -1;
	}
	if (ks_str_is(s->field, "address") && !s->is_forced && check_width(s->value, &net, err) != 0)
		return -1;
	if (ks_str_trim(s->reason).n == 0)
		return ks_err_set(err, KS_ERR_USAGE, "a suppression needs a reason");
	if (ks_str_trim(s->owner).n == 0)
		return ks_err_set(err, KS_ERR_USAGE, "a suppression needs an owner");
	if (s->expires_ms <= s->created_ms)
		return ks_err_set(err, KS_ERR_USAGE, "a suppression has to end in the future");
	return s->is_forced ? 0 : check_length(s, err);
}

static int insert(struct ks_db *db, const struct ks_suppression *s, int64_t *out_id, struct ks_err *err)
{
	if (ks_sql_int(db, "SELECT COALESCE(MAX(id), 0) + 1 FROM suppressions", KS_SQL_NONE, out_id, err) != 0)
		return -1;
	return ks_sql_run(db, "INSERT INTO suppressions (id, field, value, reason, owner, created_ms, "
		"expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		KS_SQL(KS_SQL_INT(*out_id), KS_SQL_TEXT(s->field), KS_SQL_TEXT(s->value), KS_SQL_TEXT(s->reason),
			KS_SQL_TEXT(s->owner), KS_SQL_INT(s->created_ms), KS_SQL_INT(s->expires_ms)), err);
}

int ks_suppress_add(struct ks_db *db, struct ks_suppression *suppression, struct ks_err *err)
{
	int64_t id = 0;

	if (check(suppression, err) != 0 || ks_db_begin(db, err) != 0)
		return -1;
	if (insert(db, suppression, &id, err) != 0) {
		ks_db_rollback(db);
		return -1;
	}
	if (ks_db_commit(db, err) != 0)
		return -1;
	suppression->id = id;
	return 0;
}

int ks_suppress_expire(struct ks_db *db, int64_t id, int64_t now_ms, struct ks_err *err)
{
	int64_t expires = KS_TIME_NONE;

	if (ks_sql_run(db, "UPDATE suppressions SET expires_ms = $2 WHERE id = $1 AND expires_ms > $2",
		KS_SQL(KS_SQL_INT(id), KS_SQL_INT(now_ms)), err) != 0)
		return -1;
	if (ks_db_changes(db) == 1)
		return 0;
	if (ks_sql_int(db, "SELECT expires_ms FROM suppressions WHERE id = $1", KS_SQL(KS_SQL_INT(id)), &expires,
		err) != 0)
		return -1;
	if (expires == KS_TIME_NONE)
		return ks_err_set(err, KS_ERR_NOTFOUND, "there is no suppression %" PRId64, id);
	return ks_err_set(err, KS_ERR_STATE, "suppression %" PRId64 " has ended already", id);
}

int ks_suppress_check(struct ks_db *db, int64_t now_ms, int64_t *suppression, struct ks_err *err)
{
	int64_t n = 0;

	if (*suppression == 0)
		return 0;
	if (ks_sql_int(db, "SELECT COUNT(*) FROM suppressions o JOIN suppressions s ON s.field = o.field AND "
		"s.value = o.value WHERE o.id = $1 AND s.expires_ms > $2",
		KS_SQL(KS_SQL_INT(*suppression), KS_SQL_INT(now_ms)), &n, err) != 0)
		return -1;
	if (n == 0)
		*suppression = 0;
	return 0;
}

int ks_suppress_list(struct ks_db *db, int64_t now_ms, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT id, field, value, reason, owner, created_ms, expires_ms FROM "
		"suppressions WHERE expires_ms > $1 ORDER BY id", KS_SQL(KS_SQL_INT(now_ms)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_suppression *)ks_vec_push(out) = (struct ks_suppression){
			.id = ks_db_column_int(query, 0),
			.field = ks_sql_text(query, 1, arena),
			.value = ks_sql_text(query, 2, arena),
			.reason = ks_sql_text(query, 3, arena),
			.owner = ks_sql_text(query, 4, arena),
			.created_ms = ks_db_column_int(query, 5),
			.expires_ms = ks_db_column_int(query, 6),
		};
	ks_db_finish(query);
	return rc;
}

const struct ks_suppression *ks_suppress_match(const struct ks_vec *list, int64_t now_ms,
	const struct ks_suppress_subject *subject)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct ks_suppression *s = KS_VEC_AT(list, struct ks_suppression, i);
		const struct field *field = find_field(s->field);

		if (field != NULL && now_ms < s->expires_ms && field->is_covered(subject, s->value))
			return s;
	}
	return NULL;
}

/* The one that covers the subject and lasts longest. */
static const struct ks_suppression *match_longest(const struct ks_vec *list, int64_t now_ms,
	const struct ks_suppress_subject *subject)
{
	const struct ks_suppression *longest = NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct ks_suppression *s = KS_VEC_AT(list, struct ks_suppression, i);
		const struct field *field = find_field(s->field);

		if (field != NULL && now_ms < s->expires_ms && field->is_covered(subject, s->value) &&
			(longest == NULL || s->expires_ms > longest->expires_ms))
			longest = s;
	}
	return longest;
}

/* A finding is judged by its last event, as it was when it came. */
#define LAST_EVENTS "SELECT " KS_EVIDENCE_COLUMNS ", f.rule_id, f.rule_title, i.actor FROM findings f " \
	"JOIN incidents i ON i.id = f.incident_id JOIN events e ON e.identity = (SELECT l.identity FROM " \
	"finding_events fe JOIN events l ON l.identity = fe.event_identity WHERE fe.finding_id = f.id ORDER " \
	"BY l.time_ms DESC, l.identity DESC LIMIT 1) WHERE f.incident_id = $1"
#define FIRST_BEHIND KS_EVIDENCE_COUNT            /* column after those of the event */

int ks_suppress_cover(struct ks_db *db, const struct ks_vec *list, int64_t now_ms, int64_t incident_id,
	const struct ks_suppression **out, struct ks_err *err)
{
	const struct ks_suppression *first = NULL;
	struct ks_db_query *query = NULL;
	struct ks_arena arena = { NULL };
	bool has_row = true, is_covered = true;
	int rc = ks_sql_open(db, LAST_EVENTS, KS_SQL(KS_SQL_INT(incident_id)), &query, err);

	while (rc == 0 && is_covered && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		const struct ks_suppression *longest;
		struct ks_evidence evidence;

		ks_arena_clear(&arena);
		ks_evidence_read(query, &arena, &evidence);
		longest = match_longest(list, now_ms, &(struct ks_suppress_subject){
			.rule_id = ks_sql_text(query, FIRST_BEHIND, &arena),
			.rule_title = ks_sql_text(query, FIRST_BEHIND + 1, &arena),
			.actor = ks_sql_text(query, FIRST_BEHIND + 2, &arena), .evidence = &evidence });
		is_covered = longest != NULL;
		if (longest != NULL && (first == NULL || longest->expires_ms < first->expires_ms))
			first = longest;
	}
	if (rc == 0)
		*out = is_covered ? first : NULL;
	ks_db_finish(query);
	ks_arena_release(&arena);
	return rc;
}
