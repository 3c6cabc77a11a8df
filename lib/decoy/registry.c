/* The decoys table. */
#include "lib/decoy/registry.h"

#include "lib/store/schema.h"
#include "lib/store/sql.h"

#include <inttypes.h>
#include <string.h>

#define LONGEST_NAME 48

#define COLUMNS "id, name, key_id, kind, state, account, user_name, region, label, bait, placement, " \
	"form, made_dir, file_mode, written_offset, written_size, written_hash, secret_hash, smtp_hash, " \
	"created_ms, changed_ms, user_id, user_arn, rights, minting, replaces"

static const char *const kind_names[] = { "offline", "live" };
static const char *const state_names[] = { "planned", "planted", "printed", "retired", "imported" };
static const char *const form_names[] = { "file", "section", "printed", "elsewhere" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *ks_registry_kind_name(enum ks_decoy_kind kind)
{
	return kind_names[kind];
}

const char *ks_registry_state_name(enum ks_decoy_state state)
{
	return state_names[state];
}

const char *ks_registry_form_name(enum ks_placement_form form)
{
	return form_names[form];
}

/* Which of names it is; the table's checks let nothing else in. */
static int word_of(struct ks_db_query *query, int column, const char *const *names, size_t n)
{
	struct ks_str word = ks_db_column_text(query, column);

	for (size_t i = 0; i < n; i++)
		if (ks_str_is(word, names[i]))
			return (int)i;
	return 0;
}

static void hash_of(struct ks_db_query *query, int column, unsigned char out[KS_HASH_SIZE])
{
	struct ks_str hash = ks_db_column_blob(query, column);

	memset(out, 0, KS_HASH_SIZE);
	if (hash.n == KS_HASH_SIZE)
		memcpy(out, hash.p, hash.n);
}

/* The row of COLUMNS that the query stands on. */
static void read_row(struct ks_db_query *query, struct ks_arena *arena, void *to)
{
	struct ks_decoy *out = to;

	*out = (struct ks_decoy){
		.id = ks_db_column_int(query, 0),
		.name = ks_sql_text(query, 1, arena),
		.key_id = ks_sql_text(query, 2, arena),
		.kind = (enum ks_decoy_kind)word_of(query, 3, kind_names, COUNT(kind_names)),
		.state = (enum ks_decoy_state)word_of(query, 4, state_names, COUNT(state_names)),
		.account = ks_sql_text(query, 5, arena),
		.user_name = ks_sql_text(query, 6, arena),
		.region = ks_sql_text(query, 7, arena),
		.label = ks_sql_text(query, 8, arena),
		.bait = ks_sql_text(query, 9, arena),
		.placement = ks_sql_text(query, 10, arena),
		.form = (enum ks_placement_form)word_of(query, 11, form_names, COUNT(form_names)),
		.made_dir = ks_sql_text(query, 12, arena),
		.file_mode = ks_db_column_int(query, 13),
		.written_offset = ks_db_column_int(query, 14),
		.written_size = ks_db_column_int(query, 15),
		.created_ms = ks_db_column_int(query, 19),
		.changed_ms = ks_db_column_int(query, 20),
		.user_id = ks_sql_text(query, 21, arena),
		.user_arn = ks_sql_text(query, 22, arena),
		.rights = ks_sql_text(query, 23, arena),
		.minting = ks_db_column_int(query, 24),
		.replaces = ks_sql_text(query, 25, arena),
	};
	hash_of(query, 16, out->written_hash);
	hash_of(query, 17, out->secret_hash);
	hash_of(query, 18, out->smtp_hash);
}

/* "Web 01 / .env" becomes "web-01-env". */
static char *readable(struct ks_arena *arena, struct ks_str from)
{
	char *word = ks_arena_alloc(arena, LONGEST_NAME + 1);
	size_t n = 0;

	for (size_t i = 0; i < from.n && n < LONGEST_NAME; i++) {
		char c = ks_str_lower(from.p[i]);
		bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (is_word)
			word[n++] = c;
		else if (n > 0 && word[n - 1] != '-')
			word[n++] = '-';
	}
	while (n > 0 && word[n - 1] == '-')
		n--;
	word[n] = '\0';
	return n > 0 ? word : ks_arena_strdup(arena, KS_STR("decoy"));
}

/* Also by what is still being made, unless that is this one. */
static int is_taken(struct ks_db *db, const char *name, int64_t minting, bool *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	int rc = ks_db_prepare(db, "SELECT 1 FROM decoys WHERE name = $1 UNION "
		"SELECT 1 FROM mintings WHERE name = $1 AND goal = 'plant' AND id <> $2", &query, err);

	if (rc == 0) {
		ks_db_bind_text(query, 1, ks_str_of(name));
		ks_db_bind_int(query, 2, minting);
		rc = ks_db_step(query, out, err);
	}
	ks_db_finish(query);
	return rc;
}

int ks_registry_choose_name(struct ks_db *db, struct ks_arena *arena, int64_t minting,
	struct ks_str *inout_name, struct ks_err *err)
{
	const char *word = readable(arena, *inout_name), *name = word;
	bool taken = true;

	for (int i = 2;; i++) {
		if (is_taken(db, name, minting, &taken, err) != 0)
			return -1;
		if (!taken)
			break;
		name = ks_arena_printf(arena, "%s-%d", word, i);
	}
	*inout_name = ks_str_of(name);
	return 0;
}

static int next_id(struct ks_db *db, int64_t *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_db_prepare(db, "SELECT COALESCE(MAX(id), 0) + 1 FROM decoys", &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0)
		*out = ks_db_column_int(query, 0);
	ks_db_finish(query);
	return rc;
}

static struct ks_str bytes(const unsigned char hash[KS_HASH_SIZE])
{
	return (struct ks_str){ (const char *)hash, KS_HASH_SIZE };
}

static struct ks_str or_empty(struct ks_str text)
{
	return text.p != NULL ? text : KS_STR("");
}

static void bind_row(struct ks_db_query *query, const struct ks_decoy *decoy)
{
	ks_db_bind_int(query, 1, decoy->id);
	ks_db_bind_text(query, 2, decoy->name);
	ks_db_bind_text(query, 3, decoy->key_id);
	ks_db_bind_text(query, 4, ks_str_of(kind_names[decoy->kind]));
	ks_db_bind_text(query, 5, ks_str_of(state_names[decoy->state]));
	ks_db_bind_text(query, 6, decoy->account);
	ks_db_bind_text(query, 7, decoy->user_name);
	ks_db_bind_text(query, 8, decoy->region);
	ks_db_bind_text(query, 9, or_empty(decoy->label));
	ks_db_bind_text(query, 10, decoy->bait);
	ks_db_bind_text(query, 11, decoy->placement);
	ks_db_bind_text(query, 12, ks_str_of(form_names[decoy->form]));
	ks_db_bind_text(query, 13, decoy->made_dir);
	ks_db_bind_int(query, 14, decoy->file_mode);
	ks_db_bind_int(query, 15, decoy->written_offset);
	ks_db_bind_int(query, 16, decoy->written_size);
	ks_db_bind_blob(query, 17, bytes(decoy->written_hash));
	ks_db_bind_blob(query, 18, bytes(decoy->secret_hash));
	ks_db_bind_blob(query, 19, bytes(decoy->smtp_hash));
	ks_db_bind_int(query, 20, decoy->created_ms);
	ks_db_bind_int(query, 21, decoy->changed_ms);
	ks_db_bind_text(query, 22, or_empty(decoy->user_id));
	ks_db_bind_text(query, 23, or_empty(decoy->user_arn));
	ks_db_bind_text(query, 24, or_empty(decoy->rights));
	ks_db_bind_int(query, 25, decoy->minting);
	ks_db_bind_text(query, 26, or_empty(decoy->replaces));
}

int ks_registry_insert(struct ks_db *db, struct ks_arena *arena, struct ks_decoy *decoy,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	struct ks_decoy row = *decoy;
	int rc = -1;

	if (ks_registry_choose_name(db, arena, row.minting, &row.name, err) == 0 && next_id(db, &row.id,
		err) == 0 &&
		ks_db_prepare(db, "INSERT INTO decoys (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
			"$9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)",
			&query, err) == 0) {
		bind_row(query, &row);
		rc = ks_db_run(query, err);
	}
	ks_db_finish(query);
	if (rc == 0)
		*decoy = row;
	return rc;
}

int ks_registry_add(struct ks_db *db, struct ks_arena *arena, struct ks_decoy *decoy, struct ks_err *err)
{
	struct ks_decoy row = *decoy;

	if (ks_db_begin(db, err) != 0)
		return -1;
	if (ks_registry_insert(db, arena, &row, err) != 0) {
		ks_db_rollback(db);
		return -1;
	}
	if (ks_db_commit(db, err) != 0)
		return -1;
	*decoy = row;
	return 0;
}

int ks_registry_find(struct ks_db *db, struct ks_str key_id_or_name, struct ks_arena *arena,
	struct ks_decoy *out, bool *out_found, struct ks_err *err)
{
	/* Names are lower-case and key ids upper-case, so at most one row answers. */
	return ks_sql_row(db, "SELECT " COLUMNS " FROM decoys WHERE key_id = $1 OR name = $1",
		KS_SQL(KS_SQL_TEXT(key_id_or_name)), &(struct ks_sql_reader){ read_row, arena, out }, out_found,
		err);
}

int ks_registry_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	return ks_sql_rows(db, "SELECT " COLUMNS " FROM decoys ORDER BY created_ms, id", KS_SQL_NONE,
		&(struct ks_sql_reader){ read_row, arena, out }, err);
}

static void read_live(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	*(struct ks_registry_live *)out = (struct ks_registry_live){ ks_sql_text(query, 0, arena),
		ks_sql_text(query, 1, arena), ks_sql_text(query, 2, arena) };
}

int ks_registry_live(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	return ks_sql_rows(db, "SELECT key_id, account, user_name FROM decoys WHERE kind = 'live' AND state <> "
		"'retired' ORDER BY id", KS_SQL_NONE, &(struct ks_sql_reader){ read_live, arena, out }, err);
}

int ks_registry_newest(struct ks_db *db, struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_db_prepare(db, "SELECT key_id FROM decoys ORDER BY id DESC LIMIT 1", &query, err);

	if (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0)
		*out = has_row ? ks_arena_copy(arena, ks_db_column_text(query, 0)) : KS_STR("");
	ks_db_finish(query);
	return rc;
}

/* Runs a change of one row that has to be in a certain state. */
static int change_one(struct ks_db *db, struct ks_db_query *query, int64_t id, enum ks_decoy_state state,
	struct ks_err *err)
{
	if (ks_db_run(query, err) != 0)
		return -1;
	if (ks_db_changes(db) == 1)
		return 0;
	return ks_err_set(err, KS_ERR_CONFLICT, "decoy %" PRId64 " is not '%s' any more", id,
		state_names[state]);
}

int ks_registry_move(struct ks_db *db, int64_t id, enum ks_decoy_state from, enum ks_decoy_state to,
	int64_t now_ms, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	int rc = ks_db_prepare(db, "UPDATE decoys SET state = $1, changed_ms = $2 WHERE id = $3 AND state "
		"= $4", &query, err);

	if (rc == 0) {
		ks_db_bind_text(query, 1, ks_str_of(state_names[to]));
		ks_db_bind_int(query, 2, now_ms);
		ks_db_bind_int(query, 3, id);
		ks_db_bind_text(query, 4, ks_str_of(state_names[from]));
		rc = change_one(db, query, id, from, err);
	}
	ks_db_finish(query);
	return rc;
}

int ks_registry_replace(struct ks_db *db, const struct ks_decoy *old, const struct ks_decoy *new,
	int64_t now_ms, struct ks_err *err)
{
	enum ks_decoy_state placed =
		new->form == KS_PLACEMENT_PRINTED ? KS_DECOY_PRINTED : KS_DECOY_PLANTED;

	if (new->state != placed && ks_registry_move(db, new->id, new->state, placed, now_ms, err) != 0)
		return -1;
	return old->state == KS_DECOY_RETIRED ? 0 :
		ks_registry_move(db, old->id, old->state, KS_DECOY_RETIRED, now_ms, err);
}

int ks_registry_forget(struct ks_db *db, int64_t id, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	int rc = ks_db_prepare(db, "DELETE FROM decoys WHERE id = $1 AND state = $2", &query, err);

	if (rc == 0) {
		ks_db_bind_int(query, 1, id);
		ks_db_bind_text(query, 2, ks_str_of(state_names[KS_DECOY_PLANNED]));
		rc = change_one(db, query, id, KS_DECOY_PLANNED, err);
	}
	ks_db_finish(query);
	return rc;
}

int ks_registry_hash(struct ks_db *db, struct ks_str secret, unsigned char out[KS_HASH_SIZE],
	struct ks_err *err)
{
	unsigned char key[KS_SCHEMA_HASH_KEY_SIZE];

	if (ks_schema_hash_key(db, key, err) != 0)
		return -1;
	ks_hash_hmac((struct ks_str){ (const char *)key, sizeof(key) }, secret, out);
	explicit_bzero(key, sizeof(key));
	return 0;
}
