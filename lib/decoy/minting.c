/* The mintings table. */
#include "lib/decoy/minting.h"

#include "lib/decoy/registry.h"
#include "lib/store/sql.h"

#define COLUMNS "id, name, goal, stage, owner, account, region, user_name, user_id, user_arn, " \
	"is_user_made, mark, rights, policy, keys_before, label, bait, template, path, keeps_old, trouble, " \
	"created_ms, changed_ms"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const goal_names[] = { "settled", "plant", "rotate", "retire" };
static const char *const stage_names[] = { "start", "user", "policy", "key", "placed", "removed" };

const char *ks_minting_goal_name(enum ks_minting_goal goal)
{
	return goal_names[goal];
}

const char *ks_minting_stage_text(const struct ks_minting *minting)
{
	static const char *const plant[] = {
		"the user may have been made, with nothing else",
		"the user is there, its key is not known",
		"the user and its rights are there; a key may have been made that nobody has the secret of",
		"user and key are there, and the bait may be in its place",
		"all of it is there", "all of it is gone",
	};
	static const char *const rotate[] = {
		"a second key may have been made that nobody has the secret of", "", "",
		"a second key is there, and may be in the bait already",
		"the new key is in its place, and the old one is still there", "",
	};
	static const char *const retire[] = {
		"the bait may still be in its place, with user and key", "", "", "",
		"the bait is gone, user and key may still be there", "all of it is gone",
	};
	static const char *const *const texts[] = { plant, plant, rotate, retire };

	if (minting->goal == KS_MINTING_ROTATE && minting->stage == KS_MINTING_KEY && minting->path.n == 0)
		return "the new bait was printed, and 'decoy rotate --placed' says that it is in its place";
	if (minting->goal == KS_MINTING_PLANT && minting->stage == KS_MINTING_POLICY && minting->policy.n == 0)
		return "the user is there; a key may have been made that nobody has the secret of";
	return texts[minting->goal][minting->stage];
}

static int word_of(struct ks_db_query *query, int column, const char *const *names, size_t n)
{
	struct ks_str word = ks_db_column_text(query, column);

	for (size_t i = 0; i < n; i++)
		if (ks_str_is(word, names[i]))
			return (int)i;
	return 0;
}

static void read_row(struct ks_db_query *query, struct ks_arena *arena, void *to)
{
	struct ks_minting *out = to;
	struct ks_str texts[21];

	for (size_t i = 0; i < COUNT(texts); i++)
		texts[i] = ks_arena_copy(arena, ks_db_column_text(query, (int)i));
	*out = (struct ks_minting){
		.id = ks_db_column_int(query, 0),
		.name = texts[1],
		.goal = (enum ks_minting_goal)word_of(query, 2, goal_names, COUNT(goal_names)),
		.stage = (enum ks_minting_stage)word_of(query, 3, stage_names, COUNT(stage_names)),
		.owner = ks_db_column_int(query, 4),
		.account = texts[5], .region = texts[6],
		.user_name = texts[7], .user_id = texts[8], .user_arn = texts[9],
		.is_user_made = ks_db_column_int(query, 10) != 0,
		.mark = texts[11], .rights = texts[12], .policy = texts[13], .keys_before = texts[14],
		.label = texts[15], .bait = texts[16], .template_path = texts[17], .path = texts[18],
		.keeps_old = ks_db_column_int(query, 19) != 0,
		.trouble = texts[20],
		.created_ms = ks_db_column_int(query, 21),
		.changed_ms = ks_db_column_int(query, 22),
	};
}

static void bind(struct ks_db_query *query, int number, struct ks_str text)
{
	ks_db_bind_text(query, number, text.p != NULL ? text : KS_STR(""));
}

/* In the order of COLUMNS. */
static void bind_row(struct ks_db_query *query, const struct ks_minting *minting)
{
	const struct ks_str texts[] = { minting->account, minting->region, minting->user_name,
		minting->user_id, minting->user_arn };
	const struct ks_str more[] = { minting->mark, minting->rights, minting->policy, minting->keys_before,
		minting->label, minting->bait, minting->template_path, minting->path };

	ks_db_bind_int(query, 1, minting->id);
	bind(query, 2, minting->name);
	bind(query, 3, ks_str_of(goal_names[minting->goal]));
	bind(query, 4, ks_str_of(stage_names[minting->stage]));
	ks_db_bind_int(query, 5, minting->owner);
	for (size_t i = 0; i < COUNT(texts); i++)
		bind(query, 6 + (int)i, texts[i]);
	ks_db_bind_int(query, 11, minting->is_user_made);
	for (size_t i = 0; i < COUNT(more); i++)
		bind(query, 12 + (int)i, more[i]);
	ks_db_bind_int(query, 20, minting->keeps_old);
	bind(query, 21, minting->trouble);
	ks_db_bind_int(query, 22, minting->created_ms);
	ks_db_bind_int(query, 23, minting->changed_ms);
}

static int next_id(struct ks_db *db, int64_t *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	/* Numbers of rows that were forgotten do not come back as long as a decoy has them. */
	int rc = ks_db_prepare(db, "SELECT 1 + MAX(n) FROM (SELECT COALESCE(MAX(id), 0) AS n FROM mintings "
		"UNION SELECT COALESCE(MAX(minting), 0) FROM decoys) AS numbers", &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0)
		*out = ks_db_column_int(query, 0);
	ks_db_finish(query);
	return rc;
}

int ks_minting_add(struct ks_db *db, const struct ks_seat *seat, struct ks_arena *arena,
	struct ks_minting *minting, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	struct ks_minting row = *minting;

	row.owner = ks_seat_number(seat);
	if (ks_db_begin(db, err) != 0)
		return -1;
	if (next_id(db, &row.id, err) != 0 ||
		ks_registry_choose_name(db, arena, row.id, &row.name, err) != 0 ||
		ks_db_prepare(db, "INSERT INTO mintings (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
			"$9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)", &query, err) != 0)
		goto fail;
	bind_row(query, &row);
	if (ks_db_run(query, err) != 0)
		goto fail;
	ks_db_finish(query);
	if (ks_db_commit(db, err) != 0)
		return -1;
	*minting = row;
	return 0;
fail:
	ks_db_finish(query);
	ks_db_rollback(db);
	return -1;
}

int ks_minting_save(struct ks_db *db, struct ks_minting *minting, int64_t now_ms, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	int rc;

	minting->changed_ms = now_ms;
	rc = ks_db_prepare(db, "UPDATE mintings SET name = $2, goal = $3, stage = $4, account = $6, "
		"region = $7, user_name = $8, user_id = $9, user_arn = $10, is_user_made = $11, mark = $12, "
		"rights = $13, policy = $14, keys_before = $15, label = $16, bait = $17, template = $18, "
		"path = $19, keeps_old = $20, trouble = $21, created_ms = $22, changed_ms = $23 "
		"WHERE id = $1 AND owner = $5", &query, err);
	if (rc == 0) {
		bind_row(query, minting);
		rc = ks_db_run(query, err);
	}
	ks_db_finish(query);
	if (rc == 0 && ks_db_changes(db) != 1)
		rc = ks_err_set(err, KS_ERR_CONFLICT, "another process is at work on '" KS_STR_FMT "' by now",
			KS_STR_ARG(minting->name));
	return rc;
}

static int set_owner(struct ks_db *db, struct ks_minting *minting, int64_t owner, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	int rc = ks_db_prepare(db, "UPDATE mintings SET owner = $1 WHERE id = $2 AND owner = $3", &query, err);

	if (rc == 0) {
		ks_db_bind_int(query, 1, owner);
		ks_db_bind_int(query, 2, minting->id);
		ks_db_bind_int(query, 3, minting->owner);
		rc = ks_db_run(query, err);
	}
	ks_db_finish(query);
	if (rc == 0 && ks_db_changes(db) != 1)
		rc = ks_err_set(err, KS_ERR_STATE, "another keysnare is at work on '" KS_STR_FMT "'",
			KS_STR_ARG(minting->name));
	if (rc == 0)
		minting->owner = owner;
	return rc;
}

int ks_minting_claim(struct ks_db *db, const struct ks_seat *seat, struct ks_minting *minting,
	struct ks_err *err)
{
	if (minting->owner == ks_seat_number(seat))
		return 0;
	if (minting->owner != 0 && ks_seat_is_taken(seat, minting->owner))
		return ks_err_set(err, KS_ERR_STATE, "another keysnare is at work on '" KS_STR_FMT "'",
			KS_STR_ARG(minting->name));
	return set_owner(db, minting, ks_seat_number(seat), err);
}

int ks_minting_let_go(struct ks_db *db, struct ks_minting *minting, struct ks_err *err)
{
	return set_owner(db, minting, 0, err);
}

int ks_minting_forget(struct ks_db *db, int64_t id, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	int rc = ks_db_prepare(db, "DELETE FROM mintings WHERE id = $1", &query, err);

	if (rc == 0) {
		ks_db_bind_int(query, 1, id);
		rc = ks_db_run(query, err);
	}
	ks_db_finish(query);
	return rc;
}

int ks_minting_find(struct ks_db *db, int64_t id, struct ks_arena *arena, struct ks_minting *out,
	bool *out_found, struct ks_err *err)
{
	return ks_sql_row(db, "SELECT " COLUMNS " FROM mintings WHERE id = $1", KS_SQL(KS_SQL_INT(id)),
		&(struct ks_sql_reader){ read_row, arena, out }, out_found, err);
}

int ks_minting_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	return ks_sql_rows(db, "SELECT " COLUMNS " FROM mintings ORDER BY id", KS_SQL_NONE,
		&(struct ks_sql_reader){ read_row, arena, out }, err);
}
