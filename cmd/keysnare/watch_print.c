/* The status lines of keysnare watch. */
#include "cmd/keysnare/watch_print.h"

#include "cmd/keysnare/logsink.h"

#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/codec/json.h"
#include "lib/incident/drillcase.h"
#include "lib/incident/incident.h"

#include <inttypes.h>
#include <stdio.h>

#define LONGEST_LINE (64u * 1024)
#define PATIENCE_MS 10000           /* before they are said all the same */
#define PROBLEMS_A_FILE 5u          /* named one by one; the rest of a file's are only counted */

/* What was said of an incident last. */
struct said {
	int64_t id;
	enum ks_level level;
};

static bool is_json(const struct ks_watch_print *print)
{
	return ks_logsink_is_json(print->app);
}

/* One line for people; what it quotes may be hostile. */
static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
	struct ks_buf line, safe;
	va_list args;

	ks_buf_init(&line, LONGEST_LINE);
	ks_buf_init(&safe, 8 * LONGEST_LINE);
	va_start(args, format);
	ks_buf_addv(&line, format, args);
	va_end(args);
	ks_text_add_terminal(&safe, ks_buf_str(&line));
	fprintf(stderr, "keysnare: " KS_STR_FMT "\n", KS_STR_ARG(ks_buf_str(&safe)));
	ks_buf_release(&safe);
	ks_buf_release(&line);
}

void ks_watch_print_begin(struct ks_watch_print *print, const struct ks_app *app,
	const struct ks_watch_config *config)
{
	*print = (struct ks_watch_print){ .app = app, .config = config, .incidents = KS_VEC_OF(struct said),
		.unread = KS_VEC_OF(int64_t) };
	ks_buf_init(&print->problem_name, LONGEST_LINE);
}

void ks_watch_print_release(struct ks_watch_print *print)
{
	if (print->config == NULL)
		return;
	ks_vec_release(&print->incidents);
	ks_vec_release(&print->unread);
	ks_buf_release(&print->problem_name);
}

/* Whether there is something new to say of an incident: it is new in this run, or got graver. */
static bool is_worth_a_line(struct ks_watch_print *print, const struct ks_incident *incident)
{
	struct said *said = print->incidents.p;
	size_t i = 0;

	while (i < print->incidents.n && said[i].id != incident->id)
		i++;
	if (i == print->incidents.n) {
		said = ks_vec_push(&print->incidents);
		*said = (struct said){ incident->id, incident->level };
		return true;
	}
	if (said[i].level >= incident->level)
		return print->app->verbosity > 0;
	said[i].level = incident->level;
	return true;
}

static void show_incident(struct ks_watch_print *print, int64_t id)
{
	const char *level;
	struct ks_drillcase drillcase = { .kind = KS_DRILLCASE_NONE };
	struct ks_incident incident;
	struct ks_err err = { 0 };
	struct ks_arena arena;
	bool is_found = false;

	ks_arena_init(&arena);
	if (ks_incident_find(print->config->db, id, &arena, &incident, &is_found, &err) == 0 && is_found &&
		incident.merged_into == 0 && is_worth_a_line(print, &incident)) {
		level = ks_rule_level_name(incident.level);
		ks_drillcase_read(print->config->db, id, &drillcase, &err);
		if (is_json(print)) {
			struct ks_json *json = ks_logsink_begin(print->app, KS_LOG_INFO, "incident");

			ks_json_add_int(json, "incident", id);
			ks_json_add_text(json, "severity", level);
			ks_json_add_text(json, "state", ks_incident_state_name(incident.state));
			if (drillcase.kind != KS_DRILLCASE_NONE)
				ks_json_add_text(json, "exercise", ks_drillcase_name(&drillcase));
			ks_json_add_str(json, "actor", incident.actor);
			ks_json_add_int(json, "events", incident.events);
			ks_logsink_end(json, KS_LOG_INFO);
		} else {
			say("incident %" PRId64 ": %s%s, %s, " KS_STR_FMT ", %" PRId64 " event%s", id,
				drillcase.kind == KS_DRILLCASE_WHOLE ? "EXERCISE, " : "",
				level != NULL ? level : "no level", ks_incident_state_name(incident.state),
				KS_STR_ARG(incident.actor), incident.events, incident.events == 1 ? "" : "s");
		}
	}
	ks_arena_release(&arena);
}

static void show_start(const struct ks_watch_print *print)
{
	const struct ks_watch_config *config = print->config;
	struct ks_buf text;

	if (is_json(print)) {
		struct ks_json *json = ks_logsink_begin(print->app, KS_LOG_INFO, "started");
		struct ks_json *sources = ks_json_new_array(), *names = ks_json_new_array();

		for (size_t i = 0; i < config->spec_count; i++)
			ks_json_add_text(sources, NULL, config->specs[i]);
		for (size_t i = 0; i < config->notifier_count; i++)
			ks_json_add_text(names, NULL, config->notifiers[i]);
		ks_json_add(json, "sources", sources);
		ks_json_add(json, "notifiers", names);
		ks_json_add_int(json, "rules", (int64_t)config->program->rule_count);
		ks_logsink_end(json, KS_LOG_INFO);
		return;
	}
	ks_buf_init(&text, LONGEST_LINE);
	for (size_t i = 0; i < config->spec_count; i++)
		ks_buf_addf(&text, "%s%s", i > 0 ? ", " : "", config->specs[i]);
	ks_buf_addf(&text, " with %zu rule%s", config->program->rule_count,
		config->program->rule_count == 1 ? "" : "s");
	if (config->program->correlation_count > 0)
		ks_buf_addf(&text, " and %zu correlation%s", config->program->correlation_count,
			config->program->correlation_count == 1 ? "" : "s");
	ks_buf_adds(&text, "; notices go to ");
	for (size_t i = 0; i < config->notifier_count; i++)
		ks_buf_addf(&text, "%s%s", i > 0 ? ", " : "", config->notifiers[i]);
	say("watching %s", ks_buf_str(&text).p);
	ks_buf_release(&text);
}

static void show_unread(struct ks_watch_print *print, int64_t n)
{
	const char *spec = print->config->specs[n];
	struct ks_json *json;

	for (size_t i = 0; i < print->unread.n; i++)
		if (*KS_VEC_AT(&print->unread, int64_t, i) == n)
			return;
	*(int64_t *)ks_vec_push(&print->unread) = n;
	if (!is_json(print)) {
		say("not read: %s", spec);
		return;
	}
	json = ks_logsink_begin(print->app, KS_LOG_WARNING, "not-read");
	ks_json_add_text(json, "source", spec);
	ks_logsink_end(json, KS_LOG_WARNING);
}

static int64_t now_of(const struct ks_watch_print *print)
{
	return ks_ctx_now(print->config->ctx);
}

static void end_problems(struct ks_watch_print *print)
{
	if (print->problems > PROBLEMS_A_FILE && !is_json(print))
		say(KS_STR_FMT ": and %" PRIu64 " more like these", KS_STR_ARG(ks_buf_str(&print->problem_name)),
			print->problems - PROBLEMS_A_FILE);
	print->problems = 0;
}

void ks_watch_print_news(struct ks_watch_print *print, enum ks_watch_news what, int64_t n)
{
	static const struct {
		const char *name;
		const char *text;          /* NULL: said in another way */
		bool has_number;           /* comes behind the text */
		bool is_detail;            /* only with -v */
		enum ks_log_level level;
	} rows[] = {
		[KS_WATCH_STARTED] = { "started", NULL, false, false, KS_LOG_INFO },
		[KS_WATCH_CAUGHT_UP] = { "caught-up", "caught up, records read", true, false, KS_LOG_INFO },
		[KS_WATCH_UNREAD] = { "not-read", NULL, false, false, KS_LOG_WARNING },
		[KS_WATCH_INCIDENT] = { "incident", NULL, false, false, KS_LOG_INFO },
		[KS_WATCH_DECOYS] = { "decoys", "decoys that are looked for now as well", true, true, KS_LOG_INFO },
		[KS_WATCH_LOOKED_BACK] = { "looked-back", "looked back for new keys, files read again", true, true,
			KS_LOG_INFO },
		[KS_WATCH_LOOKED_SHORT] = { "looked-short",
			"looked back over the latest only, which was not the whole hour: keysnare hunt reads the rest",
			false, false, KS_LOG_WARNING },
		[KS_WATCH_LOCKED] = { "locked", "the store is locked by another process, waiting for it", false,
			false, KS_LOG_WARNING },
		[KS_WATCH_FREE] = { "free", "the store is free again", false, false, KS_LOG_INFO },
		[KS_WATCH_FULL] = { "full", "no space left for the store, waiting for some: nothing is lost, and "
			"nothing is stored", false, false, KS_LOG_WARNING },
		[KS_WATCH_ROOM] = { "room", "there is space for the store again", false, false, KS_LOG_INFO },
	};

	if (what == KS_WATCH_CAUGHT_UP)
		end_problems(print);
	if (what == KS_WATCH_STARTED) {
		show_start(print);
	} else if (what == KS_WATCH_INCIDENT) {
		show_incident(print, n);
	} else if (what == KS_WATCH_UNREAD) {
		show_unread(print, n);
	} else if (is_json(print)) {
		struct ks_json *json = ks_logsink_begin(print->app, rows[what].level, rows[what].name);

		ks_json_add_int(json, "n", n);
		ks_logsink_end(json, rows[what].level);
	} else if (!rows[what].is_detail || print->app->verbosity > 0) {
		if (rows[what].has_number)
			say("%s: %" PRId64, rows[what].text, n);
		else
			say("%s", rows[what].text);
	}
}

void ks_watch_print_settle(struct ks_watch_print *print)
{
	if (print->problems > 0 && now_of(print) - print->problem_ms >= PATIENCE_MS)
		end_problems(print);
}

void ks_watch_print_problem(struct ks_watch_print *print, const char *name, uint64_t offset,
	const struct ks_err *err)
{
	if (!ks_str_is(ks_buf_str(&print->problem_name), name))
		end_problems(print);
	if (print->problems == 0)
		print->problem_ms = now_of(print);
	ks_buf_clear(&print->problem_name);
	ks_buf_adds(&print->problem_name, name);
	if (++print->problems > PROBLEMS_A_FILE && !is_json(print))
		return;
	if (is_json(print)) {
		struct ks_json *json = ks_logsink_begin(print->app, KS_LOG_WARNING, "unreadable");

		ks_json_add_text(json, "name", name);
		ks_json_add_int(json, "offset", (int64_t)offset);
		ks_json_add_text(json, "error", err->message);
		ks_logsink_end(json, KS_LOG_WARNING);
	} else if (offset > 0) {
		say("%s: at byte %" PRIu64 ": %s", name, offset, err->message);
	} else {
		say("%s: %s", name, err->message);
	}
}

void ks_watch_print_undecided(struct ks_watch_print *print, const struct ks_rule *rule,
	struct ks_str event_id, const char *source, uint64_t offset)
{
	if (is_json(print)) {
		struct ks_json *json = ks_logsink_begin(print->app, KS_LOG_WARNING, "undecided");

		ks_json_add_text(json, "name", source);
		ks_json_add_int(json, "offset", (int64_t)offset);
		ks_json_add_str(json, "event", event_id);
		ks_json_add_str(json, "rule", rule->title);
		ks_logsink_end(json, KS_LOG_WARNING);
	} else if (print->undecided < KS_LIMIT_UNDECIDED) {
		print->undecided++;
		say("%s: at byte %" PRIu64 ": undecided whether event '" KS_STR_FMT "' meets rule '" KS_STR_FMT "'",
			source, offset, KS_STR_ARG(event_id), KS_STR_ARG(rule->title));
	}
}

static void show_end_json(const struct ks_watch_print *print, const struct ks_watch_summary *s,
	const struct ks_delivery_summary *d)
{
	struct ks_json *json = ks_logsink_begin(print->app, KS_LOG_INFO, "ended");

	ks_json_add_int(json, "files", (int64_t)s->pieces);
	ks_json_add_int(json, "records", (int64_t)s->records);
	ks_json_add_int(json, "events", (int64_t)s->ingest.events);
	ks_json_add_int(json, "kept", s->ingest.kept);
	ks_json_add_int(json, "copies", (int64_t)s->ingest.copies);
	ks_json_add_int(json, "findings", (int64_t)s->ingest.findings);
	ks_json_add_int(json, "incidents", (int64_t)s->ingest.opened);
	ks_json_add_int(json, "unreadable", (int64_t)s->problems);
	ks_json_add_int(json, "set_aside", (int64_t)s->asides);
	ks_json_add_int(json, "undecided", (int64_t)s->ingest.undecided);
	ks_json_add_int(json, "not_read", (int64_t)print->unread.n);
	ks_json_add_int(json, "notices_sent", (int64_t)d->sent);
	ks_json_add_int(json, "notices_dead", (int64_t)d->dead);
	ks_json_add_int(json, "incidents_to_tell", (int64_t)d->left);
	ks_logsink_end(json, KS_LOG_INFO);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void ks_watch_print_end(struct ks_watch_print *print, const struct ks_watch_summary *s,
	const struct ks_delivery_summary *d)
{
	char kept[64] = "";

	end_problems(print);
	if (is_json(print)) {
		show_end_json(print, s, d);
		return;
	}
	if (s->ingest.kept > 0)
		snprintf(kept, sizeof(kept), " %" PRId64 " kept for correlations,", s->ingest.kept);
	say("%" PRIu64 " record%s in %" PRIu64 " file%s; %" PRIu64 " new event%s,%s %" PRIu64
		" finding%s, %" PRIu64 " incident%s opened; %" PRIu64 " notice%s sent; %" PRIu64 " unreadable",
		s->records, plural(s->records), s->pieces, plural(s->pieces), s->ingest.events,
		plural(s->ingest.events), kept, s->ingest.findings, plural(s->ingest.findings), s->ingest.opened,
		plural(s->ingest.opened), d->sent, plural(d->sent), s->problems);
	if (print->config->is_once && print->unread.n > 0)
		say("%zu of %zu source%s could not be read, see above: the next run tries again", print->unread.n,
			print->config->spec_count, plural(print->config->spec_count));
	if (s->asides > 0)
		say("%" PRIu64 " message%s set aside: keysnare doctor", s->asides, s->asides == 1 ? " was" :
			"s were");
	if (s->ingest.undecided > print->undecided)
		say("and %" PRIu64 " more undecided like these", s->ingest.undecided - print->undecided);
	if (s->ingest.undecided > 0)
		say("%" PRIu64 " verdict%s undecided: the text costs a regular expression or a comparison of fields "
			"more than its limit", s->ingest.undecided, s->ingest.undecided == 1 ? " is" : "s are");
	if (d->left > 0)
		say("%" PRIu64 " incident%s still to be told of: the next run goes on with that", d->left,
			d->left == 1 ? " is" : "s are");
	if (d->strange > 0)
		say("%" PRIu64 " incident%s notices for notifiers that this command line does not name", d->strange,
			d->strange == 1 ? " has" : "s have");
}
