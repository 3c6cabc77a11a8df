/* Notices: which incidents are told, as one page or as several, and what a notice says. */
#include "lib/incident/page.h"

#include "lib/base/time.h"
#include "lib/codec/json.h"
#include "lib/decoy/registry.h"
#include "lib/incident/drillcase.h"
#include "lib/incident/incident.h"
#include "lib/incident/journal.h"
#include "lib/incident/link.h"
#include "lib/incident/outbox.h"
#include "lib/incident/silentuse.h"
#include "lib/incident/storm.h"
#include "lib/store/sql.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LISTED 50             /* rules, addresses, linked incidents that a notice names */

enum pending { PENDING_LEVEL = 1, PENDING_REOPENED, PENDING_RESUMED };

/* The greatest number of a page, and what is left without the incident that has it. */
struct top {
	int64_t value, second;
	int64_t id;
};

/* One page at the moment of telling. Exercises are told apart from what is real: a notice of one must never
 * be all that people hear of the other. */
struct page {
	struct ks_vec links;           /* struct ks_link, ascending; of those that wait only the turn's do */
	struct ks_vec all;             /* the same, all that wait */
	struct ks_vec exercises;       /* bool: whether they are exercises */
	bool has_exercise;
	struct top level;              /* that was told of those that are not closed */
	struct top told_ms;            /* when it was told; KS_TIME_NONE: not lately */
	bool has_told_decoy;           /* a notice named one */
	int64_t apart;                 /* incident with a decoy that needs a notice of its own; 0: none */
};

static void lift(struct top *top, int64_t value, int64_t id)
{
	if (value > top->value)
		*top = (struct top){ value, top->value, id };
	else if (value > top->second)
		top->second = value;
}

/* Of all but that one. */
static int64_t of_others(const struct top *top, int64_t id)
{
	return top->id == id ? top->second : top->value;
}

static int compare_links(const void *a, const void *b)
{
	const struct ks_link *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* has_marks: the store has records of a drill. What neither waits nor was told may be called anything. */
static int find_exercises(struct ks_db *db, bool has_marks, struct page *page, struct ks_err *err)
{
	page->has_exercise = false;
	ks_vec_clear(&page->exercises);
	for (size_t i = 0; i < page->all.n; i++) {
		const struct ks_link *link = KS_VEC_AT(&page->all, struct ks_link, i);
		bool *is_one = ks_vec_push(&page->exercises);

		if (has_marks && (link->is_waiting || link->notified_ms != KS_TIME_NONE) &&
			ks_drillcase_is_all_marked(db, link->id, is_one, err) != 0)
			return -1;
		page->has_exercise |= *is_one;
	}
	return 0;
}

/* The page of an incident; empty when it was looked at before. */
static int look_around(struct ks_db *db, struct ks_linker *linker, bool has_marks, int64_t id,
	struct page *out, struct ks_err *err)
{
	ks_vec_clear(&out->all);
	if (ks_link_walk(linker, id, 0, &out->all, err) != 0)
		return -1;
	ks_vec_sort(&out->all, compare_links);
	return find_exercises(db, has_marks, out, err);
}

/* The page as it is for its real incidents, or for its exercises, and what was told of it. That an exercise
 * was told is nothing to a real incident. */
static void take_turn(const struct ks_page_request *request, bool is_exercise, struct page *page)
{
	ks_vec_clear(&page->links);
	page->level = (struct top){ KS_LEVEL_NONE, KS_LEVEL_NONE, 0 };
	page->told_ms = (struct top){ KS_TIME_NONE, KS_TIME_NONE, 0 };
	page->has_told_decoy = false;
	page->apart = 0;
	for (size_t i = 0; i < page->all.n; i++) {
		bool is_one = *KS_VEC_AT(&page->exercises, bool, i);
		struct ks_link *link = ks_vec_push(&page->links);

		*link = *KS_VEC_AT(&page->all, struct ks_link, i);
		link->is_waiting = link->is_waiting && is_one == is_exercise;
		if (link->is_closed || link->notified_ms == KS_TIME_NONE || (is_one && !is_exercise) ||
			link->notified_ms <= request->now_ms - request->quiet_ms)
			continue;
		lift(&page->level, link->notified_level, link->id);
		lift(&page->told_ms, link->notified_ms, link->id);
		page->has_told_decoy |= link->has_decoy;
	}
}

/* The kind of notice that is due now for an incident; NULL when it can wait. Nobody can have heard of it
 * getting graver who never heard of it. */
static const char *choose(const struct ks_page_request *request, const struct ks_link *link,
	const struct page *page)
{
	const char *news = link->notified_ms == KS_TIME_NONE ? "opened" : "escalated";
	int64_t told_ms = of_others(&page->told_ms, link->id);

	if (link->pending == PENDING_REOPENED)
		return "reopened";
	if (link->pending == PENDING_RESUMED)
		return "resumed";
	if (told_ms == KS_TIME_NONE)
		return news;
	if ((int64_t)link->level > of_others(&page->level, link->id) ||
		(link->has_decoy && !page->has_told_decoy))
		return news;
	return request->now_ms - told_ms >= request->page_ms ? "linked" : NULL;
}

static int add_decoy(struct ks_db *db, struct ks_json *json, const struct ks_incident *incident,
	struct ks_arena *arena, struct ks_err *err)
{
	struct ks_json *part;
	struct ks_decoy decoy;
	bool found = false;

	if (incident->decoy_key.p == NULL) {
		ks_json_add_null(json, "decoy");
		return 0;
	}
	if (ks_registry_find(db, incident->decoy_key, arena, &decoy, &found, err) != 0)
		return -1;
	part = ks_json_new_object();
	ks_json_add_str(part, "key_id", incident->decoy_key);
	ks_json_add_str(part, "name", found ? decoy.name : (struct ks_str){ NULL, 0 });
	ks_json_add_str(part, "placement", found ? decoy.placement : (struct ks_str){ NULL, 0 });
	ks_json_add(json, "decoy", part);
	return 0;
}

static void add_stages(struct ks_json *json, unsigned stages)
{
	struct ks_json *list = ks_json_new_array();

	for (unsigned i = 0; i < KS_STAGE_COUNT; i++)
		if ((stages & 1u << i) != 0)
			ks_json_add_text(list, NULL, ks_stage_name((enum ks_stage)(1u << i)));
	ks_json_add(json, "stages", list);
}

static int add_texts(struct ks_db *db, struct ks_json *json, const char *key, const char *sql,
	int64_t id, struct ks_err *err)
{
	struct ks_vec texts = KS_VEC_OF(struct ks_str);
	struct ks_json *list = ks_json_new_array();
	struct ks_arena arena = { NULL };
	int rc = ks_sql_texts(db, sql, KS_SQL(KS_SQL_INT(id), KS_SQL_INT(MOST_LISTED)),
		(struct ks_sql_into){ &arena, &texts }, err);

	for (size_t i = 0; i < texts.n; i++)
		ks_json_add_str(list, NULL, *KS_VEC_AT(&texts, struct ks_str, i));
	ks_json_add(json, key, list);
	ks_vec_release(&texts);
	ks_arena_release(&arena);
	return rc;
}

static void add_linked(struct ks_json *json, int64_t id, const struct page *page)
{
	struct ks_json *list = ks_json_new_array();

	for (size_t i = 0, n = 0; i < page->links.n && n < MOST_LISTED; i++) {
		int64_t other = KS_VEC_AT(&page->links, struct ks_link, i)->id;

		if (other == id)
			continue;
		ks_json_add_int(list, NULL, other);
		n++;
	}
	ks_json_add(json, "linked", list);
	ks_json_add_int(json, "linked_count", (int64_t)page->links.n - 1);
}

/* Incidents that are parts of this one: people may know it by their numbers. */
static int add_parts(struct ks_db *db, struct ks_json *json, int64_t id, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	struct ks_json *list = ks_json_new_array();
	int rc = ks_sql_ints(db, "SELECT id FROM incidents WHERE merged_into = $1 ORDER BY id LIMIT $2",
		KS_SQL(KS_SQL_INT(id), KS_SQL_INT(MOST_LISTED)), &ids, err);

	for (size_t i = 0; i < ids.n; i++)
		ks_json_add_int(list, NULL, *KS_VEC_AT(&ids, int64_t, i));
	ks_json_add(json, "took_over", list);
	ks_vec_release(&ids);
	return rc;
}

/* What a notice says of an incident as it is, as outbox.h has it. */
static int describe(struct ks_db *db, const struct ks_incident *incident, const struct page *page,
	struct ks_json *json, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	int rc;

	ks_json_add_str(json, "actor", incident->actor);
	ks_json_add_str(json, "account", incident->account);
	rc = add_decoy(db, json, incident, &arena, err);
	add_stages(json, incident->stages);
	ks_json_add_time(json, "first", incident->first_ms);
	ks_json_add_time(json, "last", incident->last_ms);
	ks_json_add_int(json, "events", incident->events);
	if (rc == 0)
		rc = add_texts(db, json, "rules", "SELECT rule_title FROM findings WHERE incident_id = $1 GROUP BY "
			"rule_title ORDER BY MAX(level) DESC, rule_title LIMIT $2", incident->id, err);
	if (rc == 0)
		rc = add_texts(db, json, "addresses",
			"SELECT address FROM incident_addresses WHERE incident_id = $1 "
			"ORDER BY address LIMIT $2",
			incident->id, err);
	add_linked(json, incident->id, page);
	if (rc == 0)
		rc = add_parts(db, json, incident->id, err);
	if (rc == 0)
		rc = ks_silentuse_describe(db, json, incident->id, err);
	ks_json_add_text(json, "state", ks_incident_state_name(incident->state));
	ks_arena_release(&arena);
	return rc;
}

int ks_page_describe(struct ks_db *db, const struct ks_incident *incident, struct ks_json *json,
	struct ks_err *err)
{
	struct page page = { .links = KS_VEC_OF(struct ks_link) };
	struct ks_linker *linker = NULL;
	int rc = ks_link_open(db, &linker, err);

	if (rc == 0)
		rc = ks_link_walk(linker, incident->id, 0, &page.links, err);
	ks_vec_sort(&page.links, compare_links);
	if (rc == 0)
		rc = describe(db, incident, &page, json, err);
	ks_link_close(linker);
	ks_vec_release(&page.links);
	return rc;
}

static int journal_it(struct ks_db *db, const struct ks_page_request *request, int64_t id, const char *kind,
	int64_t page_of, struct ks_err *err)
{
	struct ks_json *body = ks_json_new_object(), *list;

	ks_json_add_text(body, "kind", kind);
	if (page_of != id) {
		ks_json_add_int(body, "with", page_of);
	} else {
		list = ks_json_new_array();
		for (size_t i = 0; i < request->notifier_count; i++)
			ks_json_add_text(list, NULL, request->notifiers[i]);
		ks_json_add(body, "notifiers", list);
	}
	return ks_journal_add_json(db, id, request->now_ms, KS_STR(KS_JOURNAL_SELF), "notice", body, err);
}

static int mark_told(struct ks_db *db, const struct ks_page_request *request, int64_t id, const char *kind,
	int64_t page_of, struct ks_err *err)
{
	if (ks_sql_run(db, "UPDATE incidents SET pending = 0, notified_level = level, notified_ms = $2 WHERE "
			"id = $1",
			KS_SQL(KS_SQL_INT(id), KS_SQL_INT(request->now_ms)), err) != 0)
		return -1;
	return journal_it(db, request, id, kind, page_of, err);
}

/* What waits on the page is told by this notice, too; but for a decoy that is told by its own. */
static int mark_all(struct ks_db *db, const struct ks_page_request *request, int64_t id, const char *kind,
	const struct page *page, struct ks_err *err)
{
	int rc = mark_told(db, request, id, kind, id, err);

	for (size_t i = 0; rc == 0 && i < page->links.n; i++) {
		const struct ks_link *link = KS_VEC_AT(&page->links, struct ks_link, i);

		if (link->is_waiting && link->id != id && link->id != page->apart)
			rc = mark_told(db, request, link->id, kind, id, err);
	}
	return rc;
}

static int post(struct ks_db *db, const struct ks_page_request *request, const struct ks_incident *incident,
	const char *kind, const struct page *page, struct ks_err *err)
{
	const struct ks_outbox_post what = { .incident_id = incident->id, .kind = kind, .level = incident->level,
		.notifiers = request->notifiers, .notifier_count = request->notifier_count,
		.now_ms = request->now_ms };
	struct ks_json *body = ks_outbox_body(&what);

	if (describe(db, incident, page, body, err) == 0)
		return ks_outbox_post(db, &what, body, err);
	ks_json_free(body);
	return -1;
}

/* Another one speaks for the page, and says nothing of the decoy. */
static int tell_apart(struct ks_db *db, const struct ks_page_request *request, const struct page *page,
	struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_incident incident;
	const char *kind = "opened";
	bool found = false;
	int rc = ks_incident_find(db, page->apart, &arena, &incident, &found, err);

	for (size_t i = 0; i < page->links.n; i++) {
		const struct ks_link *link = KS_VEC_AT(&page->links, struct ks_link, i);

		if (link->id == page->apart && link->notified_ms != KS_TIME_NONE)
			kind = "escalated";
	}
	if (rc == 0 && found)
		rc = mark_told(db, request, incident.id, kind, incident.id, err);
	if (rc == 0 && found)
		rc = post(db, request, &incident, kind, page, err);
	ks_arena_release(&arena);
	return rc;
}

static int tell(struct ks_db *db, const struct ks_page_request *request, const struct ks_incident *incident,
	const char *kind, const struct page *page, uint64_t *n, struct ks_err *err)
{
	if (mark_all(db, request, incident->id, kind, page, err) != 0 ||
		post(db, request, incident, kind, page, err) != 0)
		return -1;
	*n += request->notifier_count;
	if (page->apart == 0)
		return 0;
	*n += request->notifier_count;
	return tell_apart(db, request, page, err);
}

/* Who would speak first for a page: news of what people put aside, then the gravest, then the oldest. */
static bool is_before(const struct ks_link *a, const struct ks_link *b)
{
	if (a->pending != b->pending)
		return a->pending > b->pending;
	return a->level != b->level ? a->level > b->level : a->id < b->id;
}

/* The first of those that wait on the page for whom a notice is due; NULL when all of them can wait. */
static const struct ks_link *find_speaker(const struct ks_page_request *request, const struct page *page,
	const char **out_kind)
{
	const struct ks_link *speaker = NULL;

	for (size_t i = 0; i < page->links.n; i++) {
		const struct ks_link *link = KS_VEC_AT(&page->links, struct ks_link, i);
		const char *kind = link->is_waiting ? choose(request, link, page) : NULL;

		if (kind != NULL && (speaker == NULL || is_before(link, speaker))) {
			speaker = link;
			*out_kind = kind;
		}
	}
	return speaker;
}

/* The decoy whose first use the speaker's notice would not name; 0: there is none. */
static int64_t find_apart(const struct page *page, const struct ks_link *speaker)
{
	const struct ks_link *first = NULL;

	if (page->has_told_decoy || speaker->has_decoy)
		return 0;
	for (size_t i = 0; i < page->links.n; i++) {
		const struct ks_link *link = KS_VEC_AT(&page->links, struct ks_link, i);

		if (link->is_waiting && link->has_decoy && (first == NULL || is_before(link, first)))
			first = link;
	}
	return first != NULL ? first->id : 0;
}

/* All that waited in this turn were told; the next one knows it. */
static void note_told(const struct ks_page_request *request, struct page *page)
{
	for (size_t i = 0; i < page->all.n; i++) {
		struct ks_link *link = KS_VEC_AT(&page->all, struct ks_link, i);

		if (!KS_VEC_AT(&page->links, struct ks_link, i)->is_waiting)
			continue;
		link->is_waiting = false;
		link->notified_ms = request->now_ms;
		link->notified_level = link->level;
	}
}

/* Which incidents are looked at: all that wait, or those of the batch alone. */
struct round {
	struct ks_vec ids;             /* int64_t */
	bool is_partial;
	bool needs_all;                /* one of the batch would open a page, and others wait for that */
	bool has_left;                 /* one found no room */
};

static int plan_page(struct ks_db *db, const struct ks_page_request *request, struct page *page,
	struct ks_storm *storm, struct round *round, uint64_t *n, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_incident incident;
	const char *kind = NULL;
	const struct ks_link *speaker = find_speaker(request, page, &kind);
	bool found = false, is_opening;
	int rc = 0;

	if (speaker != NULL)
		rc = ks_incident_find(db, speaker->id, &arena, &incident, &found, err);
	/* What is graver than its page, or its first decoy, is no part of a storm. */
	is_opening = rc == 0 && found && strcmp(kind, "opened") == 0 && page->told_ms.value == KS_TIME_NONE;
	if (is_opening && round->is_partial && request->has_left && (storm->is_due || storm->room > 0)) {
		round->needs_all = true;
	} else if (is_opening && !ks_storm_has_room(storm)) {
		if (storm->is_due)
			rc = mark_all(db, request, incident.id, "storm", page, err);
		if (rc == 0 && storm->is_due)
			ks_storm_add(storm, &incident);
		round->has_left |= !storm->is_due;
	} else if (rc == 0 && found) {
		page->apart = find_apart(page, speaker);
		rc = tell(db, request, &incident, kind, page, n, err);
		note_told(request, page);
	}
	ks_arena_release(&arena);
	return rc;
}

static int plan_pages(struct ks_db *db, const struct ks_page_request *request, struct round *round,
	uint64_t *n, struct ks_err *err)
{
	struct page page = { .links = KS_VEC_OF(struct ks_link), .all = KS_VEC_OF(struct ks_link),
		.exercises = KS_VEC_OF(bool) };
	struct ks_linker *linker = NULL;
	struct ks_storm storm;
	bool has_marks = false;
	int rc = ks_storm_open(db, request->now_ms, request->has_hurry, &storm, err);

	if (rc == 0)
		rc = ks_drillcase_has_marks(db, &has_marks, err);
	if (rc == 0)
		rc = ks_link_open(db, &linker, err);
	for (size_t i = 0; rc == 0 && i < round->ids.n; i++) {
		rc = look_around(db, linker, has_marks, *KS_VEC_AT(&round->ids, int64_t, i), &page, err);
		if (rc != 0)
			break;
		take_turn(request, false, &page);
		rc = plan_page(db, request, &page, &storm, round, n, err);
		if (rc != 0 || !page.has_exercise)
			continue;
		take_turn(request, true, &page);
		rc = plan_page(db, request, &page, &storm, round, n, err);
	}
	if (rc == 0 && storm.incidents.n > 0) {
		rc = ks_storm_tell(db, &storm, &(struct ks_outbox_post){ .kind = "storm",
			.topic = KS_STR("storm"), .notifiers = request->notifiers,
			.notifier_count = request->notifier_count, .now_ms = request->now_ms }, err);
		*n += request->notifier_count;
	}
	ks_storm_close(&storm);
	ks_link_close(linker);
	ks_vec_release(&page.links);
	ks_vec_release(&page.all);
	ks_vec_release(&page.exercises);
	return rc;
}

/* An incident that waits for its notice, and where it stands in the line. */
struct waiting {
	int64_t pending, level, id;
};

static int compare_waiting(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;

	if (x->pending != y->pending)
		return (x->pending < y->pending) - (x->pending > y->pending);
	if (x->level != y->level)
		return (x->level < y->level) - (x->level > y->level);
	return (x->id > y->id) - (x->id < y->id);
}

static void read_waiting(struct ks_db_query *query, struct ks_arena *arena, void *to)
{
	(void)arena;
	*(struct waiting *)to = (struct waiting){ ks_db_column_int(query, 0), ks_db_column_int(query, 1),
		ks_db_column_int(query, 2) };
}

#define IS_WAITING "pending <> 0 AND state IN ('open', 'acknowledged') AND suppressed_by IS NULL AND " \
	"merged_into IS NULL"

/* In a storm hundreds wait for their minute, and each batch would look at all of them again. */
static int list_touched(struct ks_db *db, const struct ks_vec *touched, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_vec found = KS_VEC_OF(struct waiting);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < touched->n; i++) {
		struct waiting one;
		bool is_found = false;

		rc = ks_sql_row(db, "SELECT pending, level, id FROM incidents WHERE id = $1 AND " IS_WAITING,
			KS_SQL(KS_SQL_INT(*KS_VEC_AT(touched, int64_t, i))),
			&(struct ks_sql_reader){ read_waiting, NULL, &one }, &is_found, err);
		if (rc == 0 && is_found)
			*(struct waiting *)ks_vec_push(&found) = one;
	}
	ks_vec_sort_unique(&found, compare_waiting);
	for (size_t i = 0; i < found.n; i++)
		*(int64_t *)ks_vec_push(out) = KS_VEC_AT(&found, struct waiting, i)->id;
	ks_vec_release(&found);
	return rc;
}

/* The gravest first: it speaks for its page. */
static int list_waiting(struct ks_db *db, const struct ks_vec *touched, struct round *round,
	struct ks_err *err)
{
	int64_t most = touched != NULL ? (int64_t)KS_PAGE_FEW + 1 : INT64_MAX;

	*round = (struct round){ .ids = KS_VEC_OF(int64_t) };
	if (ks_sql_ints(db, "SELECT id FROM incidents WHERE " IS_WAITING " ORDER BY pending DESC, level DESC, "
		"id LIMIT $1", KS_SQL(KS_SQL_INT(most)), &round->ids, err) != 0)
		return -1;
	round->is_partial = touched != NULL && round->ids.n > KS_PAGE_FEW;
	if (!round->is_partial)
		return 0;
	ks_vec_clear(&round->ids);
	return list_touched(db, touched, &round->ids, err);
}

static int plan_round(struct ks_db *db, const struct ks_page_request *request, const struct ks_vec *touched,
	bool *out_needs_all, struct ks_page_outcome *out, struct ks_err *err)
{
	struct round round;
	int rc = list_waiting(db, touched, &round, err);

	if (rc == 0 && round.ids.n > 0)
		rc = plan_pages(db, request, &round, &out->notices, err);
	*out_needs_all = round.needs_all;
	out->was_whole = !round.is_partial;
	out->has_left = round.has_left || (round.is_partial && request->has_left);
	ks_vec_release(&round.ids);
	return rc;
}

int ks_page_plan(struct ks_db *db, const struct ks_page_request *request, struct ks_page_outcome *out,
	struct ks_err *err)
{
	bool needs_all = false;
	int rc = 0;

	*out = (struct ks_page_outcome){ .was_whole = true };
	/* Without anybody to tell, everything waits. */
	if (request->notifier_count > 0)
		rc = plan_round(db, request, request->touched, &needs_all, out, err);
	if (rc == 0 && needs_all)
		rc = plan_round(db, request, NULL, &needs_all, out, err);
	return rc;
}
