/* What is in each member. */
#include "lib/casefile/caseexport.h"

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/casefile/casewriter.h"
#include "lib/codec/base64.h"
#include "lib/decoy/registry.h"
#include "lib/incident/incident.h"
#include "lib/incident/journal.h"
#include "lib/incident/outbox.h"
#include "lib/report/incidentpage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One export. */
struct exporting {
	const struct ks_caseexport *request;
	struct ks_db *db;
	struct ks_casewriter writer;
	struct ks_casespool lines, records; /* of the member that is being made */
	struct ks_json *incidents; /* for the manifest */
	struct ks_caseexport_result result;
};

/* One incident of it. */
struct telling {
	struct exporting *x;
	struct ks_arena arena;
	struct ks_incident incident;
	struct ks_journal_check check;
	const char *role; /* of the events at hand */
	int64_t events, findings;
};

/* ---- events and records ---- */

static struct ks_json *tell_record(const struct telling *t, struct ks_str raw)
{
	struct ks_json *json = ks_json_new_object();
	unsigned char hash[KS_HASH_SIZE];
	char hex[KS_HASH_HEX];

	ks_hash_sha256(raw, hash);
	ks_hash_hex(hash, KS_HASH_SIZE, hex);
	ks_json_add_int(json, "offset", (int64_t)t->x->records.size);
	ks_json_add_int(json, "size", (int64_t)raw.n);
	ks_json_add_text(json, "sha256", hex);
	return json;
}

static int add_event(void *arg, const struct ks_evidence *e, struct ks_err *err)
{
	struct telling *t = arg;
	struct ks_json *json = ks_json_new_object(), *where = ks_json_new_object();

	ks_json_add_int(json, "number", ++t->events);
	ks_json_add_text(json, "role", t->role);
	ks_evidence_tell(e, "event_id", json);
	ks_json_add_str(where, "source", e->where_source);
	ks_json_add_int(where, "offset", e->where_offset);
	ks_json_add(json, "where", where);
	ks_json_add(json, "record", tell_record(t, e->raw));
	if (ks_casewriter_spool_json(&t->x->lines, json, err) != 0 ||
		ks_casewriter_spool(&t->x->records, e->raw, err) != 0)
		return -1;
	return ks_casewriter_spool(&t->x->records, KS_STR("\n"), err);
}

static int spool_events(struct telling *t, struct ks_err *err)
{
	static const char *const roles
		[] = { [KS_INCIDENT_EVENTS] = "actor", [KS_INCIDENT_OTHERS] = "other", [KS_INCIDENT_OWN] = "own" };

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		t->role = roles[i];
		if (ks_incident_walk(t->x->db, t->incident.id, (enum ks_incident_part)i, add_event, t, err) != 0)
			return -1;
	}
	return 0;
}

static int add_finding(void *arg, const struct ks_stored_finding *finding, struct ks_err *err)
{
	struct telling *t = arg;

	t->findings++;
	if (ks_casewriter_spool(&t->x->lines, finding->json, err) != 0)
		return -1;
	return ks_casewriter_spool(&t->x->lines, KS_STR("\n"), err);
}

static int spool_findings(struct telling *t, struct ks_err *err)
{
	return ks_incident_walk_findings(t->x->db, t->incident.id, add_finding, t, err);
}

/* ---- the incident ---- */

static struct ks_json *tell_decoy(const struct ks_decoy *decoy)
{
	struct ks_json *json = ks_json_new_object();

	ks_json_add_str(json, "name", decoy->name);
	ks_json_add_str(json, "key_id", decoy->key_id);
	ks_json_add_text(json, "kind", ks_registry_kind_name(decoy->kind));
	ks_json_add_text(json, "state", ks_registry_state_name(decoy->state));
	ks_json_add_str(json, "account", decoy->account);
	ks_json_add_str(json, "user_name", decoy->user_name);
	ks_json_add_str(json, "label", decoy->label);
	ks_json_add_str(json, "bait", decoy->bait);
	ks_json_add_str(json, "placement", decoy->placement);
	ks_json_add_time(json, "created", decoy->created_ms);
	return json;
}

static struct ks_json *tell_stages(unsigned stages)
{
	struct ks_json *list = ks_json_new_array();

	for (unsigned stage = 1; stage <= KS_STAGE_OTHER; stage <<= 1)
		if ((stages & stage) != 0)
			ks_json_add_text(list, NULL, ks_stage_name((enum ks_stage)stage));
	return list;
}

static int add_lists(struct telling *t, struct ks_json *json, struct ks_err *err)
{
	struct ks_vec addresses = KS_VEC_OF(struct ks_str), linked = KS_VEC_OF(int64_t);
	struct ks_json *list = ks_json_new_array(), *ids = ks_json_new_array(), *known = NULL;
	struct ks_decoy decoy;
	size_t more = 0;
	bool is_found = false;
	int rc = ks_incident_addresses(t->x->db, t->incident.id, &t->arena, &addresses, err);

	if (rc == 0)
		rc = ks_incident_linked(t->x->db, t->incident.id, &linked, &more, err);
	if (rc == 0 && t->incident.decoy_key.n > 0)
		rc = ks_registry_find(t->x->db, t->incident.decoy_key, &t->arena, &decoy, &is_found, err);
	for (size_t i = 0; i < addresses.n; i++)
		ks_json_add_str(list, NULL, *KS_VEC_AT(&addresses, struct ks_str, i));
	for (size_t i = 0; i < linked.n; i++)
		ks_json_add_int(ids, NULL, *KS_VEC_AT(&linked, int64_t, i));
	if (is_found)
		known = tell_decoy(&decoy);
	ks_json_add(json, "addresses", list);
	ks_json_add(json, "linked", ids);
	ks_json_add_int(json, "linked_count", (int64_t)(linked.n + more));
	if (known != NULL)
		ks_json_add(json, "decoy", known);
	else
		ks_json_add_null(json, "decoy");
	ks_vec_release(&addresses);
	ks_vec_release(&linked);
	return rc;
}

static int spool_incident(struct telling *t, struct ks_err *err)
{
	const struct ks_incident *i = &t->incident;
	struct ks_json *json = ks_json_new_object();

	ks_json_add_int(json, "v", 1);
	ks_json_add_int(json, "incident", i->id);
	ks_json_add_str(json, "actor", i->actor);
	ks_json_add_text(json, "state", ks_incident_state_name(i->state));
	ks_json_add_text(json, "level", ks_rule_level_name(i->level));
	ks_json_add(json, "stages", tell_stages(i->stages));
	ks_json_add_str(json, "decoy_key", i->decoy_key);
	ks_json_add_str(json, "account", i->account);
	ks_json_add_time(json, "first", i->first_ms);
	ks_json_add_time(json, "last", i->last_ms);
	ks_json_add_time(json, "opened", i->opened_ms);
	ks_json_add_time(json, "changed", i->changed_ms);
	ks_json_add_time(json, "notified", i->notified_ms);
	ks_json_add_str(json, "assignee", i->assignee);
	ks_json_add_int(json, "events", i->events);
	ks_json_add_int(json, "merged_into", i->merged_into);
	if (add_lists(t, json, err) != 0) {
		ks_json_free(json);
		return -1;
	}
	return ks_casewriter_spool_json(&t->x->lines, json, err);
}

/* ---- journal, notices, plans ---- */

/* Whether a JSON string gives these bytes back. */
static bool is_plain(struct ks_str s)
{
	uint32_t c;
	size_t n;

	for (; s.n > 0; s = ks_str_sub(s, n, s.n)) {
		n = ks_text_next(s, &c);
		if (c == 0 || (c == 0xfffd && (n != 3 || memcmp(s.p, "\xef\xbf\xbd", 3) != 0)))
			return false;
	}
	return true;
}

static void add_exact(struct ks_json *json, const char *name, struct ks_str value)
{
	struct ks_buf text;

	if (is_plain(value))
		return;
	ks_buf_init(&text, SIZE_MAX / 2);
	ks_base64_encode(value, &text);
	ks_json_add_str(json, name, ks_buf_str(&text));
	ks_buf_release(&text);
}

static int spool_journal(struct telling *t, struct ks_err *err)
{
	struct ks_vec entries = KS_VEC_OF(struct ks_journal_entry);
	int rc = ks_journal_list(t->x->db, t->incident.id, &t->arena, &entries, err);

	for (size_t i = 0; rc == 0 && i < entries.n; i++) {
		const struct ks_journal_entry *entry = KS_VEC_AT(&entries, struct ks_journal_entry, i);
		struct ks_json *json = ks_json_new_object(), *exact = ks_json_new_object();
		char hex[KS_HASH_HEX] = "";

		if (entry->hash.n == KS_HASH_SIZE)
			ks_hash_hex((const unsigned char *)entry->hash.p, KS_HASH_SIZE, hex);
		ks_json_add_int(json, "incident", entry->incident_id);
		ks_json_add_int(json, "number", entry->number);
		ks_json_add_time(json, "time", entry->time_ms);
		ks_json_add_int(json, "time_ms", entry->time_ms);
		ks_json_add_str(json, "who", entry->who);
		ks_json_add_str(json, "kind", entry->kind);
		ks_json_add_str(json, "body", entry->body);
		add_exact(exact, "who", entry->who);
		add_exact(exact, "kind", entry->kind);
		add_exact(exact, "body", entry->body);
		ks_json_add(json, "exact", exact);
		ks_json_add_text(json, "hash", hex);
		rc = ks_casewriter_spool_json(&t->x->lines, json, err);
	}
	ks_vec_release(&entries);
	if (rc == 0)
		rc = ks_journal_verify(t->x->db, t->incident.id, &t->check, err);
	return rc;
}

static int spool_notices(struct telling *t, struct ks_err *err)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	int rc = ks_outbox_list(t->x->db, t->incident.id, &t->arena, &notices, err);

	for (size_t i = 0; rc == 0 && i < notices.n; i++) {
		const struct ks_notice *notice = KS_VEC_AT(&notices, struct ks_notice, i);
		struct ks_json *json = ks_json_new_object(), *body = NULL;
		struct ks_err ignored = { 0 };

		ks_json_add_int(json, "notice", notice->id);
		ks_json_add_str(json, "notifier", notice->notifier);
		ks_json_add_str(json, "kind", notice->kind);
		ks_json_add_str(json, "state", notice->state);
		ks_json_add_time(json, "created", notice->created_ms);
		ks_json_add_time(json, "tried", notice->tried_ms);
		ks_json_add_int(json, "attempts", notice->attempts);
		ks_json_add_str(json, "error", notice->error);
		if (ks_json_parse(notice->body, &body, &ignored) == 0)
			ks_json_add(json, "body", body);
		else
			ks_json_add_str(json, "body", notice->body);
		rc = ks_casewriter_spool_json(&t->x->lines, json, err);
	}
	ks_vec_release(&notices);
	return rc;
}

static int spool_plans(struct telling *t, struct ks_err *err)
{
	struct ks_vec plans = KS_VEC_OF(struct ks_ledger_plan);
	int rc = ks_ledger_list(t->x->db, t->incident.id, &t->arena, &plans, err);

	for (size_t i = 0; rc == 0 && i < plans.n; i++) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(&plans, struct ks_ledger_plan, i);
		struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);

		rc = ks_ledger_steps(t->x->db, plan->id, &t->arena, &steps, err);
		if (rc == 0)
			rc = ks_casewriter_spool_json(&t->x->lines, t->x->request->tell_plan(plan, &steps), err);
		ks_vec_release(&steps);
	}
	ks_vec_release(&plans);
	return rc;
}

static int spool_report(struct telling *t, struct ks_err *err)
{
	const struct ks_caseexport *request = t->x->request;
	const struct ks_incidentpage page = { .id = t->incident.id,
		.now_ms = request->now_ms,
		.version = request->version,
		.rules = request->rules,
		.plan_note = "Plans that were made are in plans.jsonl.",
		.deeds_note = "Plans and what became of their steps are in plans.jsonl." };
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, KS_INCIDENTPAGE_SIZE);
	rc = ks_incidentpage_render(t->x->db, &page, &text, err);
	if (rc == 0)
		rc = ks_casewriter_spool(&t->x->lines, ks_buf_str(&text), err);
	ks_buf_release(&text);
	return rc;
}

/* ---- the archive ---- */

/* By kind; NULL: it comes out of the other spool. */
static int (*const spoolers[KS_CASEFILE_EACH])(struct telling *, struct ks_err *) = {
	[KS_CASEFILE_EVENTS] = spool_events,
	[KS_CASEFILE_FINDINGS] = spool_findings,
	[KS_CASEFILE_INCIDENT] = spool_incident,
	[KS_CASEFILE_JOURNAL] = spool_journal,
	[KS_CASEFILE_NOTICES] = spool_notices,
	[KS_CASEFILE_PLANS] = spool_plans,
	[KS_CASEFILE_REPORT] = spool_report,
};

static void note_incident(struct telling *t)
{
	struct ks_json *json = ks_json_new_object(), *journal = ks_json_new_object();

	ks_json_add_int(json, "incident", t->incident.id);
	ks_json_add_int(json, "events", t->events);
	ks_json_add_int(json, "findings", t->findings);
	ks_json_add_int(journal, "entries", t->check.entries);
	ks_json_add_text(journal, "head", t->check.head);
	ks_json_add_bool(journal, "sound", t->check.bad_number == 0);
	ks_json_add(json, "journal", journal);
	ks_json_add(t->x->incidents, NULL, json);
	t->x->result.events += t->events;
	t->x->result.findings += t->findings;
}

static int write_incident(struct exporting *x, int64_t id, struct ks_err *err)
{
	struct telling t = { .x = x };
	bool is_found = false;
	int rc = ks_incident_find(x->db, id, &t.arena, &t.incident, &is_found, err);

	if (rc == 0 && !is_found)
		rc = ks_err_set(err, KS_ERR_NOTFOUND, "there is no incident %" PRId64, id);
	for (size_t kind = 0; rc == 0 && kind < KS_CASEFILE_EACH; kind++) {
		struct ks_casespool *spool = spoolers[kind] != NULL ? &x->lines : &x->records;

		if (spoolers[kind] != NULL)
			rc = spoolers[kind](&t, err);
		if (rc == 0)
			rc = ks_casewriter_add_spool(&x->writer, (enum ks_casefile_kind)kind, id, spool, err);
	}
	if (rc == 0)
		note_incident(&t);
	ks_arena_release(&t.arena);
	return rc;
}

static int write_manifest(struct exporting *x, struct ks_err *err)
{
	struct ks_json *json = ks_json_new_object(), *members = ks_json_new_array();
	struct ks_buf text;
	int rc;

	for (size_t i = 0; i < x->writer.members.n; i++) {
		const struct ks_casewriter_member *member =
			KS_VEC_AT(&x->writer.members, struct ks_casewriter_member, i);
		struct ks_json *row = ks_json_new_object();

		ks_json_add_text(row, "name", member->name);
		ks_json_add_int(row, "size", (int64_t)member->size);
		ks_json_add_text(row, "sha256", member->sha256);
		ks_json_add(members, NULL, row);
	}
	ks_json_add_int(json, "v", 1);
	ks_json_add_text(json, "format", "keysnare case file");
	ks_json_add_text(json, "tool", "keysnare");
	ks_json_add_text(json, "version", x->request->version);
	ks_json_add_time(json, "made", x->writer.time_s * KS_TIME_SECOND);
	ks_json_add_str(json, "made_by", x->request->who);
	ks_json_add(json, "incidents", x->incidents);
	ks_json_add(json, "members", members);
	x->incidents = NULL;
	ks_buf_init(&text, SIZE_MAX / 2);
	ks_json_render(json, &text);
	ks_buf_addc(&text, '\n');
	ks_json_free(json);
	rc = ks_casewriter_add(&x->writer, KS_CASEFILE_MANIFEST, 0, ks_buf_str(&text), err);
	if (rc == 0)
		memcpy(x->result.manifest_sha256,
			KS_VEC_AT(&x->writer.members, struct ks_casewriter_member, x->writer.members.n - 1)->sha256,
			KS_HASH_HEX);
	ks_buf_release(&text);
	return rc;
}

static const char readme[] =
	"A case file of keysnare: evidence about the use of access keys.\n"
	"\n"
	"Everything in events, records and findings was written by whoever used the key: hostile text.\n"
	"\n"
	"  incident-N/report.html     the incident as a page, for people; it loads nothing and runs nothing\n"
	"  incident-N/incident.json   state, times, stages, addresses, the decoy and where it was placed\n"
	"  incident-N/events.jsonl    a line an event, and where in records.json its record stands\n"
	"  incident-N/records.json    CloudTrail's records byte for byte as they were read, a "
	"newline behind each\n"
	"  incident-N/findings.jsonl  which rules were met, and by what\n"
	"  incident-N/journal.jsonl   all that was done, each entry bound to the one before it by its hash\n"
	"  incident-N/notices.jsonl   who was told what, and when\n"
	"  incident-N/plans.jsonl     what was planned to contain it, and what became of each step\n"
	"  manifest.json              when, by whom, with which version; the head of each journal; all hashes\n"
	"\n"
	"To check it without keysnare:   cd keysnare-case && sha256sum -c sha256sums.txt\n"
	"To check it with keysnare:      keysnare incident verify FILE.tar\n"
	"                                keysnare incident verify FILE.tar --head HASH   (of a notice)\n"
	"\n"
	"Hashes in here show what was changed by accident or in part. Who changes all of it can change these\n"
	"too: what shows then is the head of a journal as a notice told it, and the hash of "
	"this archive as the\n"
	"store's journal has it (entry \"exported\").\n";

static int write_sums(struct exporting *x, struct ks_err *err)
{
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < x->writer.members.n; i++) {
		const struct ks_casewriter_member *member =
			KS_VEC_AT(&x->writer.members, struct ks_casewriter_member, i);

		ks_buf_addf(&text, "%s  %s\n", member->sha256, member->name);
	}
	rc = ks_casewriter_add(&x->writer, KS_CASEFILE_SUMS, 0, ks_buf_str(&text), err);
	ks_buf_release(&text);
	return rc;
}

/* Names are sorted as text: incident-10 stands before incident-9. */
static int compare_ids(const void *a, const void *b)
{
	char x[KS_CASEFILE_NAME], y[KS_CASEFILE_NAME];

	return strcmp(ks_casefile_name(KS_CASEFILE_EVENTS, *(const int64_t *)a, x),
		ks_casefile_name(KS_CASEFILE_EVENTS, *(const int64_t *)b, y));
}

static int write_all(struct exporting *x, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	int rc = 0;

	for (size_t i = 0; i < x->request->ids.n; i++)
		*(int64_t *)ks_vec_push(&ids) = *KS_VEC_AT(&x->request->ids, int64_t, i);
	ks_vec_sort_unique(&ids, compare_ids);
	for (size_t i = 0; rc == 0 && i < ids.n; i++)
		rc = write_incident(x, *KS_VEC_AT(&ids, int64_t, i), err);
	ks_vec_release(&ids);
	if (rc != 0 || write_manifest(x, err) != 0 ||
		ks_casewriter_add(&x->writer, KS_CASEFILE_README, 0, KS_STR(readme), err) != 0 ||
		write_sums(x, err) != 0 || ks_casewriter_end(&x->writer, x->result.sha256, err) != 0)
		return -1;
	x->result.size = x->writer.size;
	return 0;
}

int ks_caseexport_write(struct ks_db *db, const struct ks_caseexport *request, int fd,
	struct ks_caseexport_result *out, struct ks_err *err)
{
	struct exporting x = { .request = request, .db = db, .records = { .fd = -1 } };
	int rc;

	ks_casewriter_init(&x.writer, fd, request->now_ms);
	x.incidents = ks_json_new_array();
	rc = ks_casewriter_open_spool(&x.lines, request->temporary_dir, err);
	if (rc == 0)
		rc = ks_casewriter_open_spool(&x.records, request->temporary_dir, err);
	if (rc == 0)
		rc = ks_db_begin_reading(db, err);
	if (rc == 0) {
		rc = write_all(&x, err);
		ks_db_rollback(db);
	}
	if (rc == 0)
		*out = x.result;
	ks_casewriter_close_spool(&x.lines);
	ks_casewriter_close_spool(&x.records);
	ks_json_free(x.incidents);
	ks_casewriter_release(&x.writer);
	return rc;
}
