/* Many incidents in one notice. */
#include "lib/incident/storm.h"

#include "lib/incident/drillcase.h"
#include "lib/incident/journal.h"
#include "lib/store/sql.h"

int ks_storm_open(struct ks_db *db, int64_t now_ms, bool has_hurry, struct ks_storm *out,
	struct ks_err *err)
{
	int64_t singly = 0, storms = 0;

	*out = (struct ks_storm){ .incidents = KS_VEC_OF(struct ks_incident) };
	ks_arena_init(&out->arena);
	/* A clock that was set back must make no storm. */
	if (ks_sql_int(db, "SELECT COUNT(DISTINCT incident_id) FROM outbox WHERE kind = 'opened' AND created_ms "
		"> $1 AND created_ms <= $2", KS_SQL(KS_SQL_INT(now_ms - KS_STORM_MS), KS_SQL_INT(now_ms)), &singly,
		err) != 0 ||
		ks_sql_int(db, "SELECT COUNT(*) FROM outbox WHERE kind = 'storm' AND created_ms > $1 AND "
			"created_ms <= $2", KS_SQL(KS_SQL_INT(now_ms - KS_STORM_MS), KS_SQL_INT(now_ms)), &storms,
			err) != 0)
		return -1;
	out->room = KS_STORM_SINGLY - singly;
	out->is_due = has_hurry || storms == 0;
	return 0;
}

void ks_storm_close(struct ks_storm *storm)
{
	ks_vec_release(&storm->incidents);
	ks_arena_release(&storm->arena);
}

bool ks_storm_has_room(struct ks_storm *storm)
{
	return storm->room-- > 0;
}

void ks_storm_add(struct ks_storm *storm, const struct ks_incident *incident)
{
	struct ks_incident *copy = ks_vec_push(&storm->incidents);

	*copy = (struct ks_incident){ .id = incident->id, .level = incident->level };
	copy->actor = ks_arena_copy(&storm->arena, incident->actor);
	if (incident->account.p != NULL)
		copy->account = ks_arena_copy(&storm->arena, incident->account);
}

/* How many are exercises, and how many have records that are not. */
struct kinds {
	size_t exercises, others;
	bool is_mixed;
};

static int count_kind(struct ks_db *db, int64_t id, struct kinds *kinds, const char **out_name,
	struct ks_err *err)
{
	struct ks_drillcase drillcase;

	if (ks_drillcase_read(db, id, &drillcase, err) != 0)
		return -1;
	kinds->exercises += drillcase.kind == KS_DRILLCASE_WHOLE;
	kinds->others += drillcase.kind != KS_DRILLCASE_WHOLE;
	kinds->is_mixed |= drillcase.kind == KS_DRILLCASE_PART;
	*out_name = ks_drillcase_name(&drillcase);
	return 0;
}

/* Into the list, while there is room for it in text. */
static int add_incident(struct ks_db *db, const struct ks_incident *incident, const char *exercise,
	struct ks_json *list, struct ks_buf *text, struct ks_err *err)
{
	char head[KS_HASH_HEX];
	struct ks_json *part;

	if (ks_journal_head(db, incident->id, head, err) != 0)
		return -1;
	part = ks_json_new_object();
	ks_json_add_int(part, "incident", incident->id);
	ks_json_add_text(part, "level", ks_rule_level_name(incident->level));
	ks_json_add_str(part, "actor", incident->actor);
	ks_json_add_str(part, "account", incident->account);
	if (exercise != NULL)
		ks_json_add_text(part, "exercise", exercise);
	ks_json_add_text(part, "journal", head);
	ks_json_render(part, text);
	if (text->is_full)
		ks_json_free(part);
	else
		ks_json_add(list, NULL, part);
	return 0;
}

int ks_storm_tell(struct ks_db *db, const struct ks_storm *storm, const struct ks_outbox_post *post,
	struct ks_err *err)
{
	struct ks_outbox_post whole = *post;
	struct ks_json *body, *list = ks_json_new_array();
	struct kinds kinds = { 0, 0, false };
	struct ks_buf text;
	int rc = 0;

	ks_buf_init(&text, KS_STORM_BYTES);
	whole.level = KS_LEVEL_NONE;
	for (size_t i = 0; i < storm->incidents.n; i++) {
		const struct ks_incident *incident = KS_VEC_AT(&storm->incidents, struct ks_incident, i);

		const char *exercise = NULL;

		if (incident->level > whole.level)
			whole.level = incident->level;
		if (rc == 0)
			rc = count_kind(db, incident->id, &kinds, &exercise, err);
		if (rc == 0 && i < KS_STORM_LISTED && !text.is_full)
			rc = add_incident(db, incident, exercise, list, &text, err);
	}
	ks_buf_release(&text);
	body = ks_outbox_body(&whole);
	ks_json_add_int(body, "count", (int64_t)storm->incidents.n);
	ks_json_add(body, "incidents", list);
	if (kinds.exercises > 0 || kinds.is_mixed)
		ks_json_add_text(body, "exercise", kinds.others == 0 ? "whole" : "part");
	if (rc == 0)
		return ks_outbox_post(db, &whole, body, err);
	ks_json_free(body);
	return -1;
}
