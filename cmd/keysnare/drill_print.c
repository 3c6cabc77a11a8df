/* Lines of a drill. */
#include "cmd/keysnare/drill_print.h"

#include "cmd/keysnare/drill_job.h"

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/codec/json.h"

#include <inttypes.h>
#include <stdio.h>

static void flush(struct ks_buf *line)
{
	struct ks_buf safe;

	ks_buf_init(&safe, SIZE_MAX / 2);
	ks_text_add_terminal(&safe, ks_buf_str(line));
	printf(KS_STR_FMT "\n", KS_STR_ARG(ks_buf_str(&safe)));
	fflush(stdout);
	ks_buf_release(&safe);
	ks_buf_release(line);
}

void ks_drill_print_begin(const struct ks_drill_print *print, const struct ks_script *script)
{
	struct ks_buf line;

	if (print->is_blind)
		fprintf(stderr, "keysnare: for the facilitator, in another terminal: keysnare drill follow %s\n",
			print->directory);
	if (print->app->format != KS_FORMAT_TEXT || print->is_blind)
		return;
	ks_buf_init(&line, SIZE_MAX / 2);
	ks_buf_adds(&line, "drill: ");
	ks_buf_add(&line, script->order.scenario->title);
	flush(&line);
	printf("seed %" PRIu64 ", %zu records in %zu files, below %s/AWSLogs\n", script->order.seed,
		script->records.n, script->deliveries.n, print->directory);
}

static void add_finding(const struct ks_drill_print *print, const struct ks_drillbook_moment *moment,
	struct ks_buf *out)
{
	const struct ks_rule *rule = ks_map_find(&print->rules->ids, moment->subject);
	const char *level = ks_rule_level_name(moment->level);

	ks_buf_addf(out, "finding   incident %" PRId64 ", %s: ", moment->incident, level != NULL ? level : "-");
	ks_buf_add(out, rule != NULL ? rule->title : moment->subject);
	if (rule != NULL && rule->name.n > 0)
		ks_buf_addf(out, " (" KS_STR_FMT ")", KS_STR_ARG(rule->name));
}

static void add_words(const struct ks_drill_print *print, const struct ks_drillbook_moment *moment,
	struct ks_buf *out)
{
	if (ks_str_is(moment->kind, "finding")) {
		add_finding(print, moment, out);
	} else if (ks_str_is(moment->kind, "incident")) {
		ks_buf_addf(out, "incident  %" PRId64 " opened: ", moment->incident);
		ks_buf_add(out, moment->subject);
	} else if (ks_str_is(moment->kind, "notice")) {
		ks_buf_addf(out, "notice    incident %" PRId64 " would be told: ", moment->incident);
		ks_buf_add(out, moment->subject);
	} else if (ks_str_is(moment->kind, "plan")) {
		ks_buf_addf(out, "plan      incident %" PRId64 ", policy ", moment->incident);
		ks_buf_add(out, moment->subject);
		ks_buf_adds(out, ": ");
		ks_buf_add(out, moment->body);
	} else if (ks_str_is(moment->kind, "silent-use")) {
		ks_buf_addf(out, "silent    incident %" PRId64 ": IAM knows of a use that no event explains",
			moment->incident);
	} else if (ks_str_is(moment->kind, "inject")) {
		ks_buf_adds(out, ks_str_is(moment->subject, "all") ? "inject    " : "inject    (facilitator) ");
		ks_buf_add(out, moment->body);
	} else {
		ks_buf_add(out, moment->kind);
	}
}

static void print_json(const struct ks_drillbook_moment *moment)
{
	struct ks_json *json = ks_json_new_object();
	char time[KS_TIME_TEXT];
	struct ks_buf line;

	ks_json_add_text(json, "time", ks_time_render(moment->at_ms, time));
	ks_json_add_str(json, "kind", moment->kind);
	if (moment->incident != 0)
		ks_json_add_int(json, "incident", moment->incident);
	if (ks_rule_level_name(moment->level) != NULL)
		ks_json_add_text(json, "level", ks_rule_level_name(moment->level));
	ks_json_add_str(json, "subject", moment->subject.p != NULL ? moment->subject : KS_STR(""));
	ks_json_add_str(json, "body", moment->body.p != NULL && !ks_str_is(moment->kind, "begin") ?
		moment->body : KS_STR(""));
	ks_buf_init(&line, SIZE_MAX / 2);
	ks_json_render(json, &line);
	printf(KS_STR_FMT "\n", KS_STR_ARG(ks_buf_str(&line)));
	fflush(stdout);
	ks_buf_release(&line);
	ks_json_free(json);
}

void ks_drill_print_moment(const struct ks_drill_print *print, const struct ks_drillbook_moment *moment)
{
	char time[KS_TIME_TEXT];
	struct ks_buf line;

	/* For the score only. */
	if (ks_str_is(moment->kind, "clock"))
		return;
	if (print->is_blind && (ks_str_is(moment->kind, "begin") ||
			(ks_str_is(moment->kind, "inject") && !ks_str_is(moment->subject, "all"))))
		return;
	if (print->app->format != KS_FORMAT_TEXT) {
		print_json(moment);
		return;
	}
	ks_buf_init(&line, SIZE_MAX / 2);
	if (print->is_blind)
		ks_buf_adds(&line, ks_time_render(moment->at_ms - moment->at_ms % KS_TIME_SECOND, time));
	else
		ks_drill_job_add_offset(moment->at_ms - print->start_ms, &line);
	ks_buf_adds(&line, "  ");
	add_words(print, moment, &line);
	flush(&line);
}

void ks_drill_print_problem(const struct ks_drill_print *print, const char *name, const struct ks_err *err)
{
	ks_log_write(&print->app->ctx->log, KS_LOG_WARNING, "%s: %s", name, err->message);
}

void ks_drill_print_end(const struct ks_drill_print *print, const struct ks_exercise_summary *summary)
{
	if (print->app->format != KS_FORMAT_TEXT)
		return;
	if (print->bridge != NULL)
		printf("%zu messages in the queue\n", ks_bridge_sent(print->bridge));
	printf("%s: %" PRIu64 " records in %" PRIu64 " files; how it went: keysnare drill score %s\n",
		summary->is_broken_off ? "broken off" : "over", summary->records, summary->files, print->directory);
}
