/* Folds waiting notices. */
#include "lib/incident/collapse.h"

#include "lib/store/sql.h"

#include <inttypes.h>
#include <string.h>

#define LONGEST_BODY (256u * 1024)

/* Notices that say how things are. By what is said when several of them are one: the first first. */
static const char *const kinds[] = { "opened", "reopened", "escalated", "resumed", "linked", "reminder",
	"heartbeat" };
#define KINDS "('opened', 'reopened', 'escalated', 'resumed', 'linked', 'reminder', 'heartbeat')"
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

#define THREADS "SELECT MAX(id) FROM outbox WHERE state = 'waiting' AND notifier = $1 AND kind IN " KINDS \
	" GROUP BY COALESCE(incident_id, 0), topic HAVING COUNT(*) > 1 AND MAX(attempts) >= $2"

static size_t rank(struct ks_str kind)
{
	size_t i = 0;

	while (i < KIND_COUNT && !ks_str_is(kind, kinds[i]))
		i++;
	return i;
}

struct row {
	struct ks_str kind, body;
};

static void read_row(struct ks_db_query *query, struct ks_arena *arena, void *to)
{
	*(struct row *)to = (struct row){ ks_sql_text(query, 0, arena), ks_sql_blob(query, 1, arena) };
}

/* What the notice says from here on: its kind may be that of an older one. */
static void render(const struct row *row, const char *kind, struct ks_json *stands_for, struct ks_buf *out)
{
	static const char before[] = "{\"v\":1,\"kind\":\"";
	struct ks_buf old;

	ks_buf_init(&old, 64);
	ks_buf_addf(&old, "%s" KS_STR_FMT "\"", before, KS_STR_ARG(row->kind));
	if (ks_str_has_prefix(row->body, ks_buf_str(&old))) {
		ks_buf_addf(out, "%s%s\"", before, kind);
		ks_buf_add(out, ks_str_sub(row->body, old.n, row->body.n - old.n - 1));
	} else {
		ks_buf_add(out, ks_str_sub(row->body, 0, row->body.n - 1));
	}
	ks_buf_adds(out, ",\"stands_for\":");
	ks_json_render(stands_for, out);
	ks_buf_addc(out, '}');
	ks_buf_release(&old);
}

/* For which it stands by now; *out_kind: the one that matters most of theirs and its own. */
static int describe(struct ks_db *db, int64_t id, struct ks_str own, struct ks_arena *arena,
	const char **out_kind, struct ks_json **out, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t), others = KS_VEC_OF(struct ks_str);
	struct ks_json *json, *list;
	size_t best = rank(own);
	int64_t n = 0;
	int rc = ks_sql_int(db, "SELECT COUNT(*) FROM outbox WHERE folded_into = $1", KS_SQL(KS_SQL_INT(id)), &n,
		err);

	if (rc == 0)
		rc = ks_sql_ints(db, "SELECT id FROM outbox WHERE folded_into = $1 ORDER BY id LIMIT $2",
			KS_SQL(KS_SQL_INT(id), KS_SQL_INT(KS_COLLAPSE_LISTED)), &ids, err);
	if (rc == 0)
		rc = ks_sql_texts(db, "SELECT kind FROM outbox WHERE folded_into = $1 OR id = $1 GROUP BY kind "
			"ORDER BY MIN(id)", KS_SQL(KS_SQL_INT(id)), (struct ks_sql_into){ arena, &others }, err);
	json = ks_json_new_object();
	ks_json_add_int(json, "count", n + 1);
	list = ks_json_new_array();
	for (size_t i = 0; i < others.n; i++) {
		struct ks_str kind = *KS_VEC_AT(&others, struct ks_str, i);

		ks_json_add_str(list, NULL, kind);
		if (rank(kind) < best)
			best = rank(kind);
	}
	ks_json_add(json, "kinds", list);
	list = ks_json_new_array();
	for (size_t i = 0; i < ids.n; i++)
		ks_json_add_int(list, NULL, *KS_VEC_AT(&ids, int64_t, i));
	ks_json_add(json, "notices", list);
	*out_kind = best < KIND_COUNT ? kinds[best] : kinds[KIND_COUNT - 1];
	*out = json;
	ks_vec_release(&ids);
	ks_vec_release(&others);
	return rc;
}

/* What waits beside the newest of its incident, which that one stands for from here on. */
static int fold(struct ks_db *db, int64_t id, int64_t *n, struct ks_err *err)
{
	/* Those that were folded into one of them before come along. */
	return ks_sql_run(db, "UPDATE outbox SET state = 'folded', folded_into = $1 WHERE state = 'waiting' AND "
		"id < $1 AND kind IN " KINDS " AND EXISTS (SELECT 1 FROM outbox o WHERE o.id = $1 AND o.notifier = "
		"outbox.notifier AND o.topic = outbox.topic AND COALESCE(o.incident_id, 0) = "
		"COALESCE(outbox.incident_id, 0))", KS_SQL(KS_SQL_INT(id)), err) != 0 ||
		(*n += ks_db_changes(db), ks_sql_run(db, "UPDATE outbox SET folded_into = $1 WHERE folded_into IN "
			"(SELECT f.id FROM outbox f WHERE f.folded_into = $1)", KS_SQL(KS_SQL_INT(id)), err)) != 0 ?
		-1 : 0;
}

static int fold_into(struct ks_db *db, int64_t id, int64_t *n, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_json *stands_for = NULL;
	const char *kind = NULL;
	bool is_found = false;
	struct ks_buf body;
	struct row row;
	int rc;

	ks_buf_init(&body, 2 * LONGEST_BODY);
	rc = ks_sql_row(db, "SELECT kind, body FROM outbox WHERE id = $1", KS_SQL(KS_SQL_INT(id)),
		&(struct ks_sql_reader){ read_row, &arena, &row }, &is_found, err);
	if (rc != 0 || !is_found || row.body.n < 2)
		goto out;
	rc = fold(db, id, n, err);
	if (rc == 0)
		rc = describe(db, id, row.kind, &arena, &kind, &stands_for, err);
	if (rc != 0)
		goto out;
	render(&row, kind, stands_for, &body);
	/* It may have arrived as one of them, and a day is counted from the first attempt. */
	rc = ks_sql_run(db, "UPDATE outbox SET kind = $2, body = $3, tried_ms = (SELECT MIN(f.tried_ms) FROM "
		"outbox f WHERE f.folded_into = $1 OR f.id = $1), maybe_sent = (SELECT SUM(f.maybe_sent) "
		"FROM outbox f WHERE f.folded_into = $1 OR f.id = $1) WHERE id = $1",
		KS_SQL(KS_SQL_INT(id), KS_SQL_TEXT(ks_str_of(kind)), KS_SQL_BLOB(ks_buf_str(&body))), err);
out:
	ks_json_free(stands_for);
	ks_buf_release(&body);
	ks_arena_release(&arena);
	return rc;
}

int ks_collapse_run(struct ks_db *db, struct ks_str notifier, int64_t *out_n, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	int64_t n = 0;
	int rc;

	*out_n = 0;
	rc = ks_sql_ints(db, THREADS, KS_SQL(KS_SQL_TEXT(notifier), KS_SQL_INT(KS_OUTBOX_IN_ORDER)), &ids, err);
	if (rc != 0 || ids.n == 0)
		goto out;
	rc = ks_db_begin(db, err);
	if (rc != 0)
		goto out;
	/* Read again under the lock: somebody else may have begun to send one of them. */
	ks_vec_clear(&ids);
	rc = ks_sql_ints(db, THREADS, KS_SQL(KS_SQL_TEXT(notifier), KS_SQL_INT(KS_OUTBOX_IN_ORDER)), &ids, err);
	for (size_t i = 0; rc == 0 && i < ids.n; i++)
		rc = fold_into(db, *KS_VEC_AT(&ids, int64_t, i), &n, err);
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	if (rc == 0)
		*out_n = n;
out:
	ks_vec_release(&ids);
	return rc;
}
