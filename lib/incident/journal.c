/* The journal table and its chain of hashes. */
#include "lib/incident/journal.h"

#include "lib/base/time.h"
#include "lib/store/sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_BODY (1u << 20)

static void add_part(struct ks_buf *out, struct ks_str s)
{
	ks_buf_addf(out, "%zu:", s.n);
	ks_buf_add(out, s);
}

static void add_number(struct ks_buf *out, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	add_part(out, ks_str_of(text));
}

/* The hash of an entry whose own is not asked. */
static void bind(const struct ks_journal_entry *entry, struct ks_str previous,
	unsigned char out[KS_HASH_SIZE])
{
	struct ks_buf text;

	ks_buf_init(&text, SIZE_MAX / 2);
	add_part(&text, previous);
	add_number(&text, entry->incident_id);
	add_number(&text, entry->number);
	add_number(&text, entry->time_ms);
	add_part(&text, entry->who);
	add_part(&text, entry->kind);
	add_part(&text, entry->body);
	ks_hash_sha256(ks_buf_str(&text), out);
	ks_buf_release(&text);
}

/* Number and hash of the last entry; 0 and nothing when there is none. */
static int find_last(struct ks_db *db, int64_t incident_id, int64_t *out_number,
	unsigned char out_hash[KS_HASH_SIZE], size_t *out_n, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	struct ks_str hash;
	bool has_row = false;
	int rc = ks_sql_open(db, "SELECT number, hash FROM journal WHERE incident_id = $1 ORDER BY number DESC "
		"LIMIT 1", KS_SQL(KS_SQL_INT(incident_id)), &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0) {
		hash = has_row ? ks_db_column_blob(query, 1) : (struct ks_str){ NULL, 0 };
		*out_number = has_row ? ks_db_column_int(query, 0) : 0;
		*out_n = hash.n < KS_HASH_SIZE ? hash.n : KS_HASH_SIZE;
		if (*out_n > 0)
			memcpy(out_hash, hash.p, *out_n);
	}
	ks_db_finish(query);
	return rc;
}

int ks_journal_add(struct ks_db *db, int64_t incident_id, int64_t now_ms, struct ks_str who,
	const char *kind, struct ks_str body, struct ks_err *err)
{
	struct ks_journal_entry entry = { .incident_id = incident_id, .time_ms = now_ms, .who = who,
		.kind = ks_str_of(kind), .body = body };
	unsigned char previous[KS_HASH_SIZE], hash[KS_HASH_SIZE];
	size_t n;

	if (find_last(db, incident_id, &entry.number, previous, &n, err) != 0)
		return -1;
	entry.number++;
	bind(&entry, (struct ks_str){ (const char *)previous, n }, hash);
	return ks_sql_run(db, "INSERT INTO journal (incident_id, number, time_ms, who, kind, body, hash) VALUES "
		"($1, $2, $3, $4, $5, $6, $7)",
		KS_SQL(KS_SQL_INT(incident_id), KS_SQL_INT(entry.number), KS_SQL_INT(now_ms), KS_SQL_TEXT(who),
			KS_SQL_TEXT(entry.kind), KS_SQL_BLOB(body),
			KS_SQL_BLOB(((struct ks_str){ (const char *)hash, KS_HASH_SIZE }))), err);
}

int ks_journal_add_json(struct ks_db *db, int64_t incident_id, int64_t now_ms, struct ks_str who,
	const char *kind, struct ks_json *body, struct ks_err *err)
{
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, LONGEST_BODY);
	ks_json_render(body, &text);
	ks_json_free(body);
	if (text.is_full)
		rc = ks_err_set(err, KS_ERR_LIMIT, "a journal entry is longer than %u bytes", LONGEST_BODY);
	else
		rc = ks_journal_add(db, incident_id, now_ms, who, kind, ks_buf_str(&text), err);
	ks_buf_release(&text);
	return rc;
}

int ks_journal_has(struct ks_db *db, int64_t incident_id, const char *kind, struct ks_str body, bool *out,
	struct ks_err *err)
{
	int64_t n = 0;

	if (ks_sql_int(db, "SELECT COUNT(*) FROM journal WHERE incident_id = $1 AND kind = $2 AND body = $3",
		KS_SQL(KS_SQL_INT(incident_id), KS_SQL_TEXT(ks_str_of(kind)), KS_SQL_BLOB(body)), &n, err) != 0)
		return -1;
	*out = n > 0;
	return 0;
}

int ks_journal_list(struct ks_db *db, int64_t incident_id, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db,
		"SELECT number, time_ms, who, kind, body, hash FROM journal WHERE incident_id = "
		"$1 ORDER BY number",
		KS_SQL(KS_SQL_INT(incident_id)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_journal_entry *)ks_vec_push(out) = (struct ks_journal_entry){
			.incident_id = incident_id,
			.number = ks_db_column_int(query, 0),
			.time_ms = ks_db_column_int(query, 1),
			.who = ks_sql_text(query, 2, arena),
			.kind = ks_sql_text(query, 3, arena),
			.body = ks_sql_blob(query, 4, arena),
			.hash = ks_sql_blob(query, 5, arena),
		};
	ks_db_finish(query);
	return rc;
}

void ks_journal_follow(struct ks_journal_chain *chain, const struct ks_journal_entry *entry)
{
	struct ks_journal_check *check = &chain->check;
	int64_t number = check->entries + 1;
	unsigned char hash[KS_HASH_SIZE];

	if (check->bad_number != 0)
		return;
	check->entries++;
	bind(entry, (struct ks_str){ (const char *)chain->last, number > 1 ? KS_HASH_SIZE : 0 }, hash);
	if (entry->number != number) {
		snprintf(check->problem, sizeof(check->problem), "entry %" PRId64 " is missing", number);
		check->bad_number = number;
	} else if (!ks_str_is_equal(entry->hash, (struct ks_str){ (const char *)hash, KS_HASH_SIZE })) {
		snprintf(check->problem, sizeof(check->problem), "entry %" PRId64 " does not match its hash: it, or "
			"one before it, was changed", number);
		check->bad_number = number;
	} else {
		memcpy(chain->last, hash, KS_HASH_SIZE);
		ks_hash_hex(hash, KS_HASH_SIZE, check->head);
	}
}

int ks_journal_verify(struct ks_db *db, int64_t incident_id, struct ks_journal_check *out,
	struct ks_err *err)
{
	struct ks_vec entries = KS_VEC_OF(struct ks_journal_entry);
	struct ks_journal_chain chain = { .last = { 0 } };
	struct ks_arena arena = { NULL };
	int rc = ks_journal_list(db, incident_id, &arena, &entries, err);

	for (size_t i = 0; rc == 0 && i < entries.n; i++)
		ks_journal_follow(&chain, KS_VEC_AT(&entries, struct ks_journal_entry, i));
	if (rc == 0)
		*out = chain.check;
	ks_vec_release(&entries);
	ks_arena_release(&arena);
	return rc;
}

int ks_journal_head(struct ks_db *db, int64_t incident_id, char out[KS_HASH_HEX], struct ks_err *err)
{
	unsigned char hash[KS_HASH_SIZE];
	int64_t number;
	size_t n;

	if (find_last(db, incident_id, &number, hash, &n, err) != 0)
		return -1;
	ks_hash_hex(hash, n, out);
	return 0;
}
