/* What could not be read and was set aside. */
#include "lib/doctor/check.h"

#include "lib/base/time.h"
#include "lib/store/schema.h"
#include "lib/trail/aside.h"

#include <inttypes.h>

#define NAMED 5u                     /* the latest, by name */
#define BEGINNING 60u                /* bytes of a body that are shown */
#define RECENT_MS (30 * KS_TIME_DAY)

static void name_latest(struct ks_check_state *state, struct ks_db *db)
{
	struct ks_vec list = KS_VEC_OF(struct ks_aside);
	struct ks_err err = { 0 };

	if (ks_aside_list(db, NAMED, &state->arena, &list, &err) != 0)
		ks_check_add(state, KS_CHECK_UNKNOWN, NULL, "%s", err.message);
	for (size_t i = 0; i < list.n; i++) {
		const struct ks_aside *aside = KS_VEC_AT(&list, struct ks_aside, i);
		char time[KS_TIME_TEXT];

		ks_check_add(state, KS_CHECK_WARNING, NULL, "%s, " KS_STR_FMT ": " KS_STR_FMT "; %" PRId64
			" bytes that begin: " KS_STR_FMT, ks_time_render(aside->set_ms, time), KS_STR_ARG(aside->name),
			KS_STR_ARG(aside->why), aside->size, KS_STR_ARG(ks_str_sub(aside->body, 0, BEGINNING)));
	}
	ks_vec_release(&list);
}

static void run(struct ks_check_state *state)
{
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;
	int64_t n = 0;

	/* That there is no store, or one of another version, is another check's to say. */
	if (ks_db_open(state->store_path, KS_DB_READ, KS_SCHEMA_APPLICATION, &db, &err) != 0 ||
		ks_aside_count(db, ks_ctx_now(state->ctx) - RECENT_MS, &n, &err) != 0) {
		ks_db_close(db);
		return;
	}
	if (n == 0) {
		ks_check_add(state, KS_CHECK_OK, NULL, "every message of the last 30 days could be read");
	} else {
		ks_check_add(state, KS_CHECK_WARNING,
			"see who sends them: the queue's policy should let services of "
			"AWS's send and nobody else; read what was missed with 'keysnare hunt'",
			"%" PRId64 " message%s of the last 30 days could not be read and %s set aside", n,
			n == 1 ? "" : "s", n == 1 ? "was" : "were");
		name_latest(state, db);
	}
	ks_db_close(db);
}

const struct ks_check ks_check_aside = {
	.name = "aside",
	.summary = "what arrived could be read",
	.run = run,
};
