/* Those who were told hear how it went on. */
#include "lib/incident/closing.h"

#include "lib/incident/outbox.h"
#include "lib/incident/page.h"
#include "lib/store/sql.h"

/* Those that had a notice of it, or will have: not those that were left out by their level or kinds, and not
 * those that never took one. The notice of a storm names its incidents in its body, in which nothing that a
 * caller wrote has a quotation mark that is not escaped. */
#define TOLD "SELECT DISTINCT notifier FROM outbox WHERE (incident_id = $1 OR (incident_id IS NULL AND " \
	"kind = 'storm' AND CAST(body AS TEXT) LIKE '%{\"incident\":' || $1 || ',%')) AND " \
	"(state IN ('waiting', 'sending', 'folded') OR (state = 'sent' AND error IS NULL)) ORDER BY notifier"

static int post(struct ks_db *db, const struct ks_incident_change *change, const char *kind,
	const struct ks_incident *incident, const struct ks_vec *names, struct ks_err *err)
{
	const struct ks_outbox_post order = { .incident_id = change->id, .kind = kind, .level = incident->level,
		.notifiers = names->p, .notifier_count = names->n, .now_ms = change->now_ms };
	struct ks_json *body = ks_outbox_body(&order);

	ks_json_add_str(body, "by", change->who);
	ks_json_add_str(body, "reason", change->text.n > 0 ? change->text : (struct ks_str){ NULL, 0 });
	if (ks_page_describe(db, incident, body, err) != 0) {
		ks_json_free(body);
		return -1;
	}
	return ks_outbox_post(db, &order, body, err);
}

int ks_closing_tell(struct ks_db *db, const struct ks_incident_change *change, const char *kind,
	struct ks_err *err)
{
	struct ks_vec told = KS_VEC_OF(struct ks_str), names = KS_VEC_OF(const char *);
	struct ks_arena arena = { NULL };
	struct ks_incident incident;
	bool is_found = false;
	int rc = ks_sql_texts(db, TOLD, KS_SQL(KS_SQL_INT(change->id)), (struct ks_sql_into){ &arena, &told },
		err);

	for (size_t i = 0; i < told.n; i++)
		*(const char **)ks_vec_push(&names) =
			ks_arena_strdup(&arena, *KS_VEC_AT(&told, struct ks_str, i));
	if (rc == 0 && names.n > 0)
		rc = ks_incident_find(db, change->id, &arena, &incident, &is_found, err);
	if (rc == 0 && is_found)
		rc = post(db, change, kind, &incident, &names, err);
	ks_vec_release(&names);
	ks_vec_release(&told);
	ks_arena_release(&arena);
	return rc;
}
