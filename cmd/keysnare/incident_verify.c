/* keysnare incident verify: whether the journals are as they were written. */
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/incident_view.h"

#include "lib/base/time.h"
#include "lib/incident/journal.h"
#include "lib/store/schema.h"

#include <inttypes.h>

extern const struct ks_command ks_cmd_incident_verify;

static void print(const struct ks_app *app, int64_t id, const struct ks_journal_check *check)
{
	struct ks_json *json;

	if (app->format == KS_FORMAT_TEXT) {
		if (check->bad_number == 0)
			printf("incident %" PRId64 ": %" PRId64 " entr%s, sound, head %s\n", id, check->entries,
				check->entries == 1 ? "y" : "ies", check->head);
		else
			printf("incident %" PRId64 ": TAMPERED WITH: %s\n", id, check->problem);
		return;
	}
	json = ks_json_new_object();
	ks_json_add_int(json, "incident", id);
	ks_json_add_bool(json, "sound", check->bad_number == 0);
	ks_json_add_int(json, "entries", check->entries);
	if (check->bad_number != 0)
		ks_json_add_int(json, "bad_entry", check->bad_number);
	else
		ks_json_add_null(json, "bad_entry");
	ks_json_add_text(json, "problem", check->bad_number != 0 ? check->problem : NULL);
	ks_json_add_text(json, "head", check->head);
	ks_decoy_view_line(stdout, json);
	ks_json_free(json);
}

/* The incidents that were named, or all. */
static int choose(struct ks_db *db, const struct ks_opt_args *args, struct ks_vec *out, struct ks_err *err)
{
	const struct ks_incident_filter all = { .since_ms = KS_TIME_NONE, .has_merged = true };
	struct ks_vec incidents = KS_VEC_OF(struct ks_incident);
	struct ks_arena arena = { NULL };
	struct ks_incident incident;
	bool found = true;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < args->arguments.n; i++) {
		int64_t *id = ks_vec_push(out);

		rc = ks_incident_view_id(*KS_VEC_AT(&args->arguments, const char *, i), id, err);
		if (rc == 0)
			rc = ks_incident_find(db, *id, &arena, &incident, &found, err);
		if (rc == 0 && !found)
			rc = ks_err_set(err, KS_ERR_NOTFOUND, "there is no incident %" PRId64, *id);
	}
	if (args->arguments.n == 0)
		rc = ks_incident_list(db, &all, &arena, &incidents, err);
	for (size_t i = incidents.n; i > 0; i--)
		*(int64_t *)ks_vec_push(out) = KS_VEC_AT(&incidents, struct ks_incident, i - 1)->id;
	ks_vec_release(&incidents);
	ks_arena_release(&arena);
	return rc;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;
	int status = KS_EXIT_DONE;
	int rc = ks_schema_open(app->ctx, app->store_path, KS_DB_READ, &db, &err);

	if (rc == 0)
		rc = choose(db, args, &ids, &err);
	for (size_t i = 0; rc == 0 && i < ids.n; i++) {
		struct ks_journal_check check;
		int64_t id = *KS_VEC_AT(&ids, int64_t, i);

		rc = ks_journal_verify(db, id, &check, &err);
		if (rc != 0)
			break;
		print(app, id, &check);
		if (check.bad_number != 0)
			status = KS_EXIT_FAILED;
	}
	if (rc == 0 && ids.n > 0 && app->format == KS_FORMAT_TEXT)
		puts("entries cut off at the end do not show here: compare the head with that of the last notice");
	ks_db_close(db);
	ks_vec_release(&ids);
	return rc != 0 ? ks_command_fail(&err) : status;
}

const struct ks_command ks_cmd_incident_verify = {
	.name = "verify",
	.arguments = "[ID…]",
	.summary = "prove that the journals are as they were written",
	.about =
		"Each entry of a journal is bound to the one before it by a hash. Verify reads the chains of the "
		"incidents that are named, or of all, and names the first entry that does not hold; the exit status "
		"is then 1. That nothing was cut off at the end shows when the head is the one that was noted "
		"elsewhere: every notice carries it.",
	.examples = "keysnare incident verify\tall of them\n"
		"keysnare incident verify 7 --format json\tone, for other programs",
	.run = run,
};
