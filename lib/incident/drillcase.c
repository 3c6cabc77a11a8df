/* Counts marked events, and says what follows. */
#include "lib/incident/drillcase.h"

#include "lib/store/sql.h"

#include <inttypes.h>

int ks_drillcase_is_of_drill(struct ks_db *db, bool *out, struct ks_err *err)
{
	int64_t n = 0;

	if (ks_sql_int(db, "SELECT COUNT(*) FROM drills", KS_SQL_NONE, &n, err) != 0)
		return -1;
	*out = n > 0;
	return 0;
}

#define LISTED "FROM findings f JOIN finding_events fe ON fe.finding_id = f.id JOIN events e ON " \
	"e.identity = fe.event_identity WHERE f.incident_id = $1"
#define EVENTS "SELECT COUNT(DISTINCT e.identity) " LISTED

int ks_drillcase_has_marks(struct ks_db *db, bool *out, struct ks_err *err)
{
	int64_t has_any = 0;

	if (ks_sql_int(db, "SELECT EXISTS (SELECT 1 FROM events WHERE trust = 'drill')", KS_SQL_NONE, &has_any,
		err) != 0)
		return -1;
	*out = has_any != 0;
	return 0;
}

int ks_drillcase_read(struct ks_db *db, int64_t incident, struct ks_drillcase *out, struct ks_err *err)
{
	struct ks_drillcase found = { .kind = KS_DRILLCASE_NONE };
	bool has_any = false;

	/* Asked for every notice, and nearly every store has none: an incident may have 100,000 events. */
	if (ks_drillcase_is_of_drill(db, &found.is_of_drill, err) != 0 ||
		ks_drillcase_has_marks(db, &has_any, err) != 0)
		return -1;
	if (has_any && ks_sql_int(db, EVENTS " AND e.trust = 'drill'", KS_SQL(KS_SQL_INT(incident)),
		&found.marked,
			err) != 0)
		return -1;
	/* Nearly no incident has one that is marked: the others are only counted where there is. */
	if (found.marked > 0 && ks_sql_int(db, EVENTS, KS_SQL(KS_SQL_INT(incident)), &found.events, err) != 0)
		return -1;
	if (found.is_of_drill || (found.marked > 0 && found.marked == found.events))
		found.kind = KS_DRILLCASE_WHOLE;
	else if (found.marked > 0)
		found.kind = KS_DRILLCASE_PART;
	*out = found;
	return 0;
}

/* Whether the finding at one end of an incident is about an event without the mark, or there is none. */
static int is_end_unmarked(struct ks_db *db, int64_t incident, bool is_last, bool *out, struct ks_err *err)
{
	int64_t n = 0;

	if (ks_sql_int(db, is_last ? "SELECT COUNT(*) FROM (SELECT e.trust AS trust " LISTED
			" ORDER BY f.time_ms DESC LIMIT 1) WHERE trust = 'drill'" :
			"SELECT COUNT(*) FROM (SELECT e.trust AS trust " LISTED
			" ORDER BY f.time_ms LIMIT 1) WHERE trust = 'drill'",
			KS_SQL(KS_SQL_INT(incident)), &n, err) != 0)
		return -1;
	*out = n == 0;
	return 0;
}

int ks_drillcase_is_all_marked(struct ks_db *db, int64_t incident, bool *out, struct ks_err *err)
{
	bool has_marks = false, is_unmarked = false;
	int64_t n = 0;

	/* Asked for every finding. In one query all would be evaluated, whatever the first part says. */
	if (ks_drillcase_has_marks(db, &has_marks, err) != 0)
		return -1;
	/* An incident without events (silent use, opened by hand) is no exercise. What carries no mark mostly
	 * came behind what does, or long before it. */
	for (int end = 0; end < 2 && has_marks && !is_unmarked; end++)
		if (is_end_unmarked(db, incident, end == 0, &is_unmarked, err) != 0)
			return -1;
	if (has_marks && !is_unmarked && ks_sql_int(db, "SELECT EXISTS (SELECT 1 " LISTED
		" AND e.trust <> 'drill')", KS_SQL(KS_SQL_INT(incident)), &n, err) != 0)
		return -1;
	*out = has_marks && !is_unmarked && n == 0;
	return 0;
}

const char *ks_drillcase_name(const struct ks_drillcase *drillcase)
{
	static const char *const names[] = { NULL, "part", "whole" };

	return names[drillcase->kind];
}

void ks_drillcase_add_text(const struct ks_drillcase *drillcase, struct ks_buf *out)
{
	if (drillcase->kind == KS_DRILLCASE_PART)
		ks_buf_addf(out, "%" PRId64 " of %" PRId64 " records carry the mark of an exercise, the others do "
			"not: take it in earnest.", drillcase->marked, drillcase->events);
	else if (drillcase->kind == KS_DRILLCASE_WHOLE && drillcase->is_of_drill)
		ks_buf_adds(out, "This is an exercise: the store is a drill's, and nothing of it is real.");
	else if (drillcase->kind == KS_DRILLCASE_WHOLE)
		ks_buf_adds(out, "This is an exercise: a drill made all of its records, and nothing of it is real.");
}
