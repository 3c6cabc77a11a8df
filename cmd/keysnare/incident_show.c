/* keysnare incident show: all that is known of one incident. */
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"

#include "lib/base/map.h"
#include "lib/base/time.h"
#include "lib/incident/journal.h"
#include "lib/incident/outbox.h"
#include "lib/respond/ledger.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <string.h>

#define SHOWN_EVENTS 50u
#define SHOWN_LINKED 100u
#define LONGEST 72u

extern const struct ks_command ks_cmd_incident_show;

/* Everything about one but its findings and events, which may be very many: they are read as they are
 * printed. */
struct story {
	struct ks_db *db;
	struct ks_incident_view view;
	struct ks_vec journal;           /* struct ks_journal_entry */
	struct ks_journal_check check;
	struct ks_vec notices;           /* struct ks_notice */
	struct ks_vec plans;             /* struct ks_ledger_plan */
	int64_t now_ms;
};

static int load(struct ks_db *db, int64_t id, int64_t now_ms, struct ks_arena *arena, struct story *out,
	struct ks_err *err)
{
	struct ks_incident_view_from from = { .db = db, .now_ms = now_ms, .most_linked = KS_INCIDENT_LINKS };
	int rc = ks_link_open(db, &from.linker, err);

	if (rc == 0)
		rc = ks_incident_view_load(&from, id, arena, &out->view, err);
	ks_link_close(from.linker);
	if (rc != 0)
		return -1;
	out->db = db;
	out->now_ms = now_ms;
	return ks_journal_list(db, id, arena, &out->journal, err) != 0 ||
		ks_journal_verify(db, id, &out->check, err) != 0 ||
		ks_outbox_list(db, id, arena, &out->notices, err) != 0 ||
		ks_ledger_list(db, id, arena, &out->plans, err) != 0 ? -1 : 0;
}

/* ---- text -------------------------------------------------------------------------------------- */

static void row(FILE *to, const char *name, struct ks_str value)
{
	if (value.n == 0)
		return;
	fprintf(to, "  %-10s  ", name);
	ks_incident_view_text(to, value, 0, 0);
	putc('\n', to);
}

static void list_row(FILE *to, const char *name, const struct ks_vec *texts)
{
	if (texts->n == 0)
		return;
	fprintf(to, "  %-10s  ", name);
	for (size_t i = 0; i < texts->n; i++) {
		fputs(i > 0 ? ", " : "", to);
		ks_incident_view_text(to, *KS_VEC_AT(texts, struct ks_str, i), LONGEST, 0);
	}
	putc('\n', to);
}

static void print_decoy(FILE *to, const struct ks_incident_view *view)
{
	if (view->incident.decoy_key.p == NULL)
		return;
	if (!view->has_decoy) {
		row(to, "decoy", view->incident.decoy_key);
		return;
	}
	row(to, "decoy", view->decoy.name);
	row(to, "leaked", view->decoy.placement);
	if (!ks_str_is_equal(view->decoy.label, view->decoy.placement))
		row(to, "label", view->decoy.label);
}

static void print_state(FILE *to, const struct ks_incident *incident)
{
	row(to, "assignee", incident->assignee);
	if (incident->snoozed_until_ms != KS_TIME_NONE) {
		fprintf(to, "  %-10s  until ", "snoozed");
		ks_incident_view_time(to, incident->snoozed_until_ms, 0);
		if (incident->muted > 0)
			fprintf(to, ", %" PRId64 " event%s came meanwhile", incident->muted,
				incident->muted == 1 ? "" : "s");
		putc('\n', to);
	}
	if (incident->suppressed_by != 0)
		fprintf(to, "  %-10s  by suppression %" PRId64 "\n", "suppressed", incident->suppressed_by);
	if (incident->merged_into != 0)
		fprintf(to, "  %-10s  incident %" PRId64 "\n", "part of", incident->merged_into);
}

static void print_linked(FILE *to, const struct ks_incident_view *view)
{
	size_t n = view->linked_count, shown = n < SHOWN_LINKED ? n : SHOWN_LINKED;

	if (n == 0)
		return;
	fprintf(to, "  %-10s  %zu incident%s share%s an address:", "linked", n, n == 1 ? "" : "s",
		n == 1 ? "s" : "");
	for (size_t i = 0; i < shown; i++)
		fprintf(to, " %" PRId64, *KS_VEC_AT(&view->linked, int64_t, i));
	if (shown < n)
		fprintf(to, " and %zu more", n - shown);
	putc('\n', to);
}

/* What was given up is said first: whoever reads this may be the first to know. */
static void print_untold(FILE *to, const struct ks_vec *notices)
{
	size_t n = 0;

	for (size_t i = 0; i < notices->n; i++)
		n += ks_str_is(KS_VEC_AT(notices, struct ks_notice, i)->state, "dead");
	if (n > 0)
		fprintf(to, "  %-10s  %zu notice%s reached nobody and %s given up: see notices\n", "NOT TOLD", n,
			n == 1 ? "" : "s", n == 1 ? "was" : "were");
}

/* What waits for whoever reads this, and how he lets it go on. */
static void print_waiting(FILE *to, const struct story *story)
{
	for (size_t i = 0; i < story->plans.n; i++) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(&story->plans, struct ks_ledger_plan, i);

		if (plan->state != KS_LEDGER_WAITING ||
			(plan->expires_ms != KS_TIME_NONE && plan->expires_ms <= story->now_ms))
			continue;
		fprintf(to, "  %-10s  plan %" PRId64 " of policy ", "TO APPROVE", plan->id);
		ks_incident_view_text(to, plan->policy, LONGEST, 0);
		fputs(" waits", to);
		if (plan->expires_ms != KS_TIME_NONE) {
			fputs(" until ", to);
			ks_incident_view_time(to, plan->expires_ms, 0);
		}
		fprintf(to, ": keysnare respond approve %" PRId64 "\n", plan->incident);
	}
}

static void print_exercise(FILE *to, const struct ks_app *app, const struct ks_drillcase *drillcase)
{
	bool is_bold = app->has_color && drillcase->kind == KS_DRILLCASE_WHOLE;
	struct ks_buf text;

	if (drillcase->kind == KS_DRILLCASE_NONE)
		return;
	ks_buf_init(&text, 1024);
	ks_drillcase_add_text(drillcase, &text);
	fprintf(to, "  %s%-10s%s  %s\n", is_bold ? "\033[1m" : "",
		drillcase->kind == KS_DRILLCASE_WHOLE ? "EXERCISE" : "exercise?", is_bold ? "\033[0m" : "",
		ks_buf_str(&text).p);
	ks_buf_release(&text);
}

static void print_head(FILE *to, const struct ks_app *app, const struct story *story)
{
	const struct ks_incident *incident = &story->view.incident;
	struct ks_buf stages;

	fprintf(to, "%sincident %" PRId64 "%s  ", app->has_color ? "\033[1m" : "", incident->id,
		app->has_color ? "\033[0m" : "");
	ks_incident_view_level(to, incident->level, app->has_color, 0);
	fprintf(to, "  %s\n", ks_incident_state_name(incident->state));
	if (story->check.bad_number != 0)
		fprintf(to, "  %-10s  JOURNAL TAMPERED WITH: %s: do not rely on what is below\n", "WARNING",
			story->check.problem);
	print_exercise(to, app, &story->view.drillcase);
	row(to, "actor", incident->actor);
	print_decoy(to, &story->view);
	row(to, "account", incident->account);
	fprintf(to, "  %-10s  ", "when");
	ks_incident_view_time(to, incident->first_ms, 0);
	if (incident->first_ms != incident->last_ms) {
		fputs(" to ", to);
		ks_incident_view_time(to, incident->last_ms, 0);
	}
	fprintf(to, ", %" PRId64 " event%s\n", incident->events, incident->events == 1 ? "" : "s");
	ks_buf_init(&stages, 1024);
	ks_stage_render(incident->stages, &stages);
	row(to, "stages", ks_buf_str(&stages));
	ks_buf_release(&stages);
	list_row(to, "addresses", &story->view.addresses);
	print_state(to, incident);
	print_linked(to, &story->view);
	print_untold(to, &story->notices);
	print_waiting(to, story);
}

/* What a rule came to within the incident. */
struct tally {
	enum ks_level level;
	int64_t first_ms;
	size_t n;
};

struct tallies {
	struct ks_map rules;             /* by title: struct tally * in the arena */
	struct ks_arena arena;
	size_t most;                     /* n of any */
};

static int add_to_tally(void *arg, const struct ks_stored_finding *finding, struct ks_err *err)
{
	struct tallies *tallies = arg;
	struct tally *tally = ks_map_find(&tallies->rules, finding->rule_title);

	(void)err;
	if (tally == NULL) {
		tally = ks_arena_alloc(&tallies->arena, sizeof(*tally));
		*tally = (struct tally){ .level = finding->level, .first_ms = finding->time_ms };
		ks_map_put(&tallies->rules, finding->rule_title, tally);
	}
	if (++tally->n > tallies->most)
		tallies->most = tally->n;
	return 0;
}

static void print_tally(FILE *to, const struct ks_app *app, struct ks_str title, const struct tally *tally,
	int width)
{
	fputs("  ", to);
	ks_incident_view_level(to, tally->level, app->has_color, 13);
	fprintf(to, "  %*zu  ", width, tally->n);
	ks_incident_view_time(to, tally->first_ms, 20);
	fputs("  ", to);
	ks_incident_view_text(to, title, 0, 0);
	putc('\n', to);
}

/* Findings by rule: the gravest first, each with its number and first time. */
static int print_findings(FILE *to, const struct ks_app *app, const struct story *story, struct ks_err *err)
{
	struct tallies tallies = { .most = 0 };
	int rc, width;

	ks_map_init(&tallies.rules);
	ks_arena_init(&tallies.arena);
	rc = ks_incident_skim_findings(story->db, story->view.incident.id, add_to_tally, &tallies, err);
	fputs("\nfindings\n", to);
	width = snprintf(NULL, 0, "%5zu", tallies.most);
	for (int level = KS_LEVEL_CRITICAL; rc == 0 && level >= KS_LEVEL_NONE; level--)
		for (size_t i = 0; i < tallies.rules.entries.n; i++) {
			const struct ks_map_entry *entry = KS_VEC_AT(&tallies.rules.entries, struct ks_map_entry, i);
			const struct tally *tally = entry->value;

			if ((int)tally->level == level)
				print_tally(to, app, entry->key, tally, width);
		}
	ks_map_release(&tallies.rules);
	ks_arena_release(&tallies.arena);
	return rc;
}

static void print_event(FILE *to, const struct ks_evidence *e)
{
	fputs("  ", to);
	ks_incident_view_time(to, e->time_ms, 20);
	fputs("  ", to);
	ks_incident_view_text(to, e->source, LONGEST, 0);
	putc(' ', to);
	ks_incident_view_text(to, e->name, LONGEST, 0);
	if (e->region.n > 0) {
		fputs(" in ", to);
		ks_incident_view_text(to, e->region, LONGEST, 0);
	}
	if (e->error.n > 0) {
		fputs(": ", to);
		ks_incident_view_text(to, e->error, LONGEST, 0);
	}
	if (e->is_own)
		fputs("  own", to);
	fputs("  from ", to);
	ks_incident_view_text(to, e->ip.n > 0 ? e->ip : KS_STR("(no address)"), LONGEST, 0);
	if (ks_str_has_prefix(e->key_id, KS_STR("ASIA"))) {
		fputs("  session ", to);
		ks_incident_view_text(to, e->key_id, LONGEST, 0);
	}
	if (e->user_agent.n > 0) {
		fputs("  (", to);
		ks_incident_view_text(to, e->user_agent, LONGEST, 0);
		putc(')', to);
	}
	if (e->copies > 1)
		fprintf(to, "  %" PRId64 " copies", e->copies);
	putc('\n', to);
}

static void print_journal(FILE *to, const struct ks_vec *journal)
{
	fputs("\njournal\n", to);
	for (size_t i = 0; i < journal->n; i++) {
		const struct ks_journal_entry *entry = KS_VEC_AT(journal, struct ks_journal_entry, i);

		fprintf(to, "  %3" PRId64 "  ", entry->number);
		ks_incident_view_time(to, entry->time_ms, 20);
		fputs("  ", to);
		ks_incident_view_text(to, entry->who, LONGEST, 10);
		fputs("  ", to);
		ks_incident_view_text(to, entry->kind, LONGEST, 12);
		if (!ks_str_is(entry->body, "{}")) {
			fputs("  ", to);
			ks_incident_view_text(to, entry->body, 0, 0);
		}
		putc('\n', to);
	}
}

static void print_notices(FILE *to, const struct ks_vec *notices)
{
	if (notices->n > 0)
		fputs("\nnotices\n", to);
	for (size_t i = 0; i < notices->n; i++) {
		const struct ks_notice *notice = KS_VEC_AT(notices, struct ks_notice, i);

		fprintf(to, "  ");
		ks_incident_view_time(to, notice->created_ms, 20);
		fputs("  ", to);
		ks_incident_view_text(to, notice->kind, LONGEST, 10);
		fputs("  ", to);
		ks_incident_view_text(to, notice->notifier, LONGEST, 12);
		fputs("  ", to);
		ks_incident_view_text(to, notice->state, LONGEST, 0);
		if (notice->attempts > 1)
			fprintf(to, " after %" PRId64 " attempts", notice->attempts);
		if (notice->error.n > 0) {
			fputs(": ", to);
			ks_incident_view_text(to, notice->error, 0, 0);
		}
		putc('\n', to);
	}
}

static int print_one(void *arg, const struct ks_evidence *e, struct ks_err *err)
{
	(void)err;
	print_event(arg, e);
	return 0;
}

/* Own calls on their way. */
struct owns {
	FILE *to;
	bool has_title;
};

static int print_own(void *arg, const struct ks_evidence *e, struct ks_err *err)
{
	struct owns *owns = arg;

	(void)err;
	if (!owns->has_title)
		fputs("\nown calls about its decoy: made by keysnare, and no finding\n", owns->to);
	owns->has_title = true;
	print_event(owns->to, e);
	return 0;
}

/* The last so many. */
static int print_latest(FILE *to, const struct story *story, size_t most, size_t *out_others,
	struct ks_err *err)
{
	struct ks_vec last = KS_VEC_OF(struct ks_evidence);
	struct ks_incident_listed listed;
	struct ks_arena arena = { NULL };
	int rc = ks_incident_latest(story->db, story->view.incident.id, most, &arena, &last, &listed, err);

	if (rc == 0 && listed.events > last.n)
		fprintf(to, "  … %zu earlier ones: --events 0 shows all\n", listed.events - last.n);
	for (size_t i = 0; rc == 0 && i < last.n; i++)
		print_event(to, KS_VEC_AT(&last, struct ks_evidence, i));
	if (rc == 0)
		*out_others = listed.others;
	ks_vec_release(&last);
	ks_arena_release(&arena);
	return rc;
}

/* All with most 0. */
static int print_events(FILE *to, const struct story *story, size_t most, struct ks_err *err)
{
	struct owns owns = { .to = to };
	int64_t id = story->view.incident.id;
	size_t others = 0;
	int rc;

	fputs("\nevents\n", to);
	if (most > 0)
		rc = print_latest(to, story, most, &others, err);
	else if ((rc = ks_incident_skim(story->db, id, KS_INCIDENT_EVENTS, print_one, to, err)) == 0)
		rc = ks_incident_count(story->db, id, KS_INCIDENT_OTHERS, &others, err);
	if (others > 0)
		fprintf(to, "  … its findings also list %zu event%s of other actors: --format json shows them\n",
			others, others == 1 ? "" : "s");
	return rc == 0 ? ks_incident_skim(story->db, id, KS_INCIDENT_OWN, print_own, &owns, err) : -1;
}

static int print_text(FILE *to, const struct ks_app *app, const struct story *story, size_t most,
	struct ks_err *err)
{
	print_head(to, app, story);
	if (print_findings(to, app, story, err) != 0 || print_events(to, story, most, err) != 0)
		return -1;
	print_journal(to, &story->journal);
	print_notices(to, &story->notices);
	return 0;
}

/* ---- json -------------------------------------------------------------------------------------- */

/* A text of our own that is JSON; null when it is not (any more). */
static struct ks_json *parsed(struct ks_str text)
{
	struct ks_json *json = NULL;
	struct ks_err err;

	return ks_json_parse(text, &json, &err) == 0 ? json : ks_json_new_null();
}

/* The record goes as a string: what an attacker wrote need not be what other parsers take for JSON. */
static struct ks_json *event_json(const struct ks_evidence *e)
{
	struct ks_json *json = ks_json_new_object();

	ks_evidence_tell(e, "id", json);
	ks_json_add_str(json, "where_source", e->where_source);
	ks_json_add_int(json, "where_offset", e->where_offset);
	ks_json_add_str(json, "record", e->raw);
	return json;
}

static struct ks_json *entry_json(const struct ks_journal_entry *entry)
{
	struct ks_json *json = ks_json_new_object();
	char hash[KS_HASH_HEX];

	ks_json_add_int(json, "number", entry->number);
	ks_json_add_time(json, "time", entry->time_ms);
	ks_json_add_str(json, "who", entry->who);
	ks_json_add_str(json, "kind", entry->kind);
	ks_json_add(json, "body", parsed(entry->body));
	ks_hash_hex((const unsigned char *)entry->hash.p,
		entry->hash.n < KS_HASH_SIZE ? entry->hash.n : KS_HASH_SIZE, hash);
	ks_json_add_text(json, "hash", hash);
	return json;
}

static struct ks_json *notice_json(const struct ks_notice *notice)
{
	struct ks_json *json = ks_json_new_object();

	ks_json_add_int(json, "id", notice->id);
	ks_json_add_time(json, "time", notice->created_ms);
	ks_json_add_str(json, "notifier", notice->notifier);
	ks_json_add_str(json, "kind", notice->kind);
	ks_json_add_str(json, "state", notice->state);
	ks_json_add_int(json, "attempts", notice->attempts);
	ks_json_add_str(json, "error", notice->error);
	return json;
}

static int add_event(void *arg, const struct ks_evidence *e, struct ks_err *err)
{
	(void)err;
	ks_printer_element(arg, event_json(e));
	return 0;
}

static int add_finding(void *arg, const struct ks_stored_finding *finding, struct ks_err *err)
{
	(void)err;
	ks_printer_element(arg, parsed(finding->json));
	return 0;
}

static int print_evidence(const struct story *story, struct ks_printer_object *object, struct ks_err *err)
{
	static const struct { enum ks_incident_part part; const char *name; } lists[] = {
		{ KS_INCIDENT_EVENTS, "evidence" }, { KS_INCIDENT_OTHERS, "evidence_of_others" },
		{ KS_INCIDENT_OWN, "evidence_of_own_calls" },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		ks_printer_list(object, lists[i].name);
		if (ks_incident_walk(story->db, story->view.incident.id, lists[i].part, add_event, object, err) != 0)
			return -1;
		ks_printer_list_end(object);
	}
	return 0;
}

static int print_json(FILE *to, const struct story *story, struct ks_err *err)
{
	struct ks_printer_object object = ks_printer_open(to);
	struct ks_json *sound;

	ks_printer_members(&object, ks_incident_view_json(&story->view));
	ks_printer_list(&object, "findings");
	if (ks_incident_walk_findings(story->db, story->view.incident.id, add_finding, &object, err) != 0)
		return -1;
	ks_printer_list_end(&object);
	if (print_evidence(story, &object, err) != 0)
		return -1;
	sound = ks_json_new_object();
	ks_json_add_bool(sound, "journal_sound", story->check.bad_number == 0);
	ks_json_add_text(sound, "journal_problem", story->check.bad_number != 0 ? story->check.problem : NULL);
	ks_printer_members(&object, sound);
	ks_printer_list(&object, "journal");
	for (size_t i = 0; i < story->journal.n; i++)
		ks_printer_element(&object, entry_json(KS_VEC_AT(&story->journal, struct ks_journal_entry, i)));
	ks_printer_list_end(&object);
	ks_printer_list(&object, "notices");
	for (size_t i = 0; i < story->notices.n; i++)
		ks_printer_element(&object, notice_json(KS_VEC_AT(&story->notices, struct ks_notice, i)));
	ks_printer_list_end(&object);
	ks_printer_close(&object);
	return 0;
}

/* ---- the command ------------------------------------------------------------------------------- */

/* All of one moment. */
static int show(struct ks_app *app, struct ks_db *db, int64_t id, size_t most, FILE *to, struct ks_err *err)
{
	struct story story = { .journal = KS_VEC_OF(struct ks_journal_entry),
		.notices = KS_VEC_OF(struct ks_notice), .plans = KS_VEC_OF(struct ks_ledger_plan) };
	struct ks_arena arena = { NULL };
	int rc = ks_db_begin_reading(db, err);

	if (rc == 0)
		rc = load(db, id, ks_ctx_now(app->ctx), &arena, &story, err);
	if (rc == 0)
		rc = app->format == KS_FORMAT_TEXT ? print_text(to, app, &story, most, err) :
			print_json(to, &story, err);
	ks_db_rollback(db);
	ks_incident_view_release(&story.view);
	ks_vec_release(&story.journal);
	ks_vec_release(&story.notices);
	ks_vec_release(&story.plans);
	ks_arena_release(&arena);
	return rc;
}

/* A log of the store cannot be merged while somebody reads, and who reads this may take his time: it goes to
 * a file first. Where there is no room for one it goes right out. */
static int show_spooled(struct ks_app *app, struct ks_db *db, int64_t id, size_t most, struct ks_err *err)
{
	const char *dir = ks_ctx_env(app->ctx, "TMPDIR");
	struct ks_err ignored = { 0 };
	FILE *spool = ks_printer_open_spool(dir != NULL ? dir : "/tmp", &ignored);
	int rc;

	if (spool == NULL)
		return show(app, db, id, most, stdout, err);
	rc = show(app, db, id, most, spool, err);
	return ks_printer_close_spool(spool, rc == 0, stdout, err) != 0 ? -1 : rc;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	const char *events = ks_opt_value(args, "events", NULL);
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;
	int64_t id = 0, most = SHOWN_EVENTS;
	int rc;

	if (args->arguments.n != 1)
		return ks_command_usage(&ks_cmd_incident_show, "say which incident, by its number");
	if (events != NULL && (!ks_str_parse_int(ks_str_of(events), &most) || most < 0))
		return ks_command_usage(&ks_cmd_incident_show, "option '--events' takes a number, not '%s'", events);
	rc = ks_incident_view_id(*KS_VEC_AT(&args->arguments, const char *, 0), &id, &err);
	if (rc == 0)
		rc = ks_schema_open(app->ctx, app->store_path, KS_DB_READ, &db, &err);
	if (rc == 0)
		rc = show_spooled(app, db, id, (size_t)most, &err);
	ks_db_close(db);
	return rc != 0 ? ks_command_fail(&err) : KS_EXIT_DONE;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_VALUE, .name = "events", .short_name = 'n', .metavar = "N", .fallback = "50",
		.help = "how many of the last events to print as text; 0 for all" },
};

const struct ks_command ks_cmd_incident_show = {
	.name = "show",
	.arguments = "ID",
	.summary = "show all that is known of an incident",
	.about =
		"Who and what placement leaked, whether a plan waits for your approval, how far it went, the "
		"findings by rule, the events in order of time, the journal, and what became of the notices. "
		"--format json has every detail, the records as they "
		"stood in the trail among them (as strings).",
	.examples =
		"keysnare incident show 7\tfor people\n"
		"keysnare incident show 7 --format json | jq -r '.evidence[].record'\tthe records themselves",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
