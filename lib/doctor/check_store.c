/* The store: there, ours, of this version, and nobody else's to read. */
#include "lib/doctor/check.h"

#include "lib/store/schema.h"

#include <sys/stat.h>

/* The log beside it holds the same as the file itself. */
static void check_modes(struct ks_check_state *state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct stat st;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char *path = ks_arena_printf(&state->arena, "%s%s", state->store_path, ends[i]);

		if (stat(path, &st) == 0 && (st.st_mode & 077) != 0)
			ks_check_add(state, KS_CHECK_WARNING, ks_arena_printf(&state->arena, "chmod 600 '%s'", path),
				"others may read or change '%s' (mode %04o)", path, (unsigned)st.st_mode & 07777u);
	}
}

static void check_version(struct ks_check_state *state, struct ks_db *db)
{
	struct ks_err err = { 0 };
	int version = 0, ours = ks_schema_version();

	if (ks_db_version(db, &version, &err) != 0)
		ks_check_add(state, KS_CHECK_FAILED, NULL, "%s", err.message);
	else if (version > ours)
		ks_check_add(state, KS_CHECK_FAILED, "use the newer keysnare that made it",
			"'%s' has version %d, and this program knows up to %d", state->store_path, version, ours);
	else if (version < ours)
		ks_check_add(state, KS_CHECK_OK, NULL,
			"'%s', version %d: the next command that uses it brings it to "
			"version %d",
			state->store_path, version, ours);
	else
		ks_check_add(state, KS_CHECK_OK, NULL, "'%s', version %d", state->store_path, version);
}

static void run(struct ks_check_state *state)
{
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	if (ks_db_open(state->store_path, KS_DB_READ, KS_SCHEMA_APPLICATION, &db, &err) == 0)
		check_version(state, db);
	else if (err.code == KS_ERR_NOTFOUND)
		ks_check_add(state, KS_CHECK_WARNING, "'keysnare init' makes it, and so does the first decoy",
			"there is no store at '%s'", state->store_path);
	else
		ks_check_add(state, KS_CHECK_FAILED, "say which store with --store or KEYSNARE_STORE", "%s",
			err.message);
	ks_db_close(db);
	check_modes(state);
}

const struct ks_check ks_check_store = {
	.name = "store",
	.summary = "the store is there, of this version, and private",
	.run = run,
};
