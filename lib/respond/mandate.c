/* What the config, the pause file and the store say before something is sent. */
#include "lib/respond/mandate.h"

#include "lib/respond/ledger.h"
#include "lib/respond/pause.h"

#define HOUR_MS (INT64_C(3600) * 1000)

/* The key of this very plan is left out: going on with it hits no further key. How many there are beyond the
 * limit is for people to know, and is counted only then. */
static int count_keys(const struct ks_mandate *mandate, struct ks_db *db, const struct ks_mandate_case *of,
	int64_t *out, struct ks_err *err)
{
	const struct ks_subject *subject = &of->facts->subject;
	struct ks_str acted_on = subject->key_id.n > 0 ? subject->key_id : of->facts->actor;
	int64_t since_ms = ks_ctx_now(mandate->ctx) - HOUR_MS;

	if (ks_ledger_count_keys(db, since_ms, acted_on, of->enough > 0 ? of->enough : INT64_MAX, out, err) != 0)
		return -1;
	return of->enough > 0 && *out >= of->enough ?
		ks_ledger_count_keys(db, since_ms, acted_on, INT64_MAX, out, err) : 0;
}

int ks_mandate_world(const struct ks_mandate *mandate, struct ks_db *db, const struct ks_mandate_case *of,
	struct ks_arena *arena, struct ks_guard_world *out, struct ks_err *err)
{
	int64_t keys;

	if (count_keys(mandate, db, of, &keys, err) != 0)
		return -1;
	*out = (struct ks_guard_world){
		.accounts = mandate->accounts,
		.account_count = mandate->account_count,
		.self = of->self,
		.protect = mandate->protect,
		.protect_texts = mandate->protect_texts,
		.protect_count = mandate->protect_count,
		.lists = mandate->lists,
		.keys = keys,
		.most_keys = mandate->most_keys,
		.paused = mandate->pause_path != NULL ? ks_pause_read(mandate->pause_path, arena) : NULL,
		.is_leftover = !of->is_approved && of->made_ms < mandate->started_ms,
	};
	return 0;
}
