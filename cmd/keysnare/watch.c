/* keysnare watch: follows trails, and tells of what it finds. What it prints is in watch_print.c. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/enrichment.h"
#include "cmd/keysnare/logsink.h"
#include "cmd/keysnare/receivers.h"
#include "cmd/keysnare/rules.h"
#include "cmd/keysnare/watch_about.h"
#include "cmd/keysnare/watch_aws.h"
#include "cmd/keysnare/watch_lastuse.h"
#include "cmd/keysnare/watch_print.h"
#include "cmd/keysnare/watch_respond.h"
#include "cmd/keysnare/watch_rules.h"
#include "cmd/keysnare/watch_vigil.h"
#include "cmd/keysnare/watch_service.h"

#include "lib/base/mem.h"
#include "lib/engine/config.h"
#include "lib/notify/delivery.h"
#include "lib/respond/stepnotice.h"
#include "lib/store/schema.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define FILES_MOST 65536u       /* open at a time, where the system lets us */
#define POLL_MAX 3600
#define DRAIN_MS 10000          /* --once waits so long for receivers that fail at first */
#define STORE_LOCKED_MS 1000   /* then the loop has a look at other things before it asks again */

/* What the command line asks for, and what runs. */
struct watching {
	struct ks_app *app;
	struct ks_watch_print print;
	const struct ks_opt_args *args;
	struct ks_watch_rules_set *rules;        /* what the loop goes by */
	struct ks_watch_rules_set *former;       /* on its way out */
	struct ks_watchlist watchlist;
	struct ks_notifiers notifiers;
	struct ks_vec names;             /* const char *: of the notifiers */
	struct ks_vec specs;             /* likewise of the sources */
	struct ks_vec trusts;            /* enum ks_evidence_trust: theirs */
	struct ks_vec buckets;           /* struct ks_source_buckets: likewise */
	struct ks_db *db;
	struct ks_delivery *delivery;
	struct ks_watch_respond respond;
	struct ks_watch_vigil vigil;
	struct ks_watch_aws aws;
	struct ks_watch_lastuse lastuse;
	struct ks_watch_service service;
	struct ks_watch_config config;
};

/* As ks_command_fail, as a log line where those are JSON. */
static int fail(const struct ks_app *app, const struct ks_err *err)
{
	struct ks_json *json;

	if (!ks_logsink_is_json(app))
		return ks_command_fail(err);
	json = ks_logsink_begin(app, KS_LOG_ERROR, "failed");
	ks_json_add_text(json, "error", err->message);
	ks_logsink_end(json, KS_LOG_ERROR);
	return ks_command_status(err);
}

static void tell_notifier(const struct ks_app *app, const struct ks_err *err)
{
	(void)fail(app, err);
}

/* What policies want told to somebody who is not there, where it was said who there is. */
static void check_steps(const struct watching *w, struct ks_watch_rules_set *rules)
{
	if (!ks_opt_has(w->args, "respond") ||
		(!ks_opt_has(w->args, "notify") && w->app->config->notifier_count == 0))
		return;
	ks_stepnotice_check(&rules->policies, w->names.p, w->names.n);
	ks_watch_rules_warn(w->app, rules);
}

static int read_notifiers(struct watching *w, const struct ks_opt_args *args, struct ks_err *err)
{
	if (ks_receivers_read(w->app, args, tell_notifier, &w->notifiers, err) != 0)
		return -1;
	for (size_t i = 0; i < w->notifiers.list.n; i++)
		*(const char **)ks_vec_push(&w->names) = KS_VEC_AT(&w->notifiers.list, struct ks_notifier, i)->name;
	w->config.notifiers = w->names.p;
	w->config.notifier_count = w->names.n;
	check_steps(w, w->rules);
	return 0;
}

/* What is given, else all that the config lists. */
static void add_specs(struct watching *w, const struct ks_opt_args *args)
{
	for (size_t i = 0; i < args->arguments.n; i++)
		*(const char **)ks_vec_push(&w->specs) = *KS_VEC_AT(&args->arguments, const char *, i);
	for (size_t i = 0; args->arguments.n == 0 && i < w->app->config->source_count; i++)
		*(const char **)ks_vec_push(&w->specs) = w->app->config->sources[i].spec;
	for (size_t i = 0; i < w->specs.n; i++)
		*(enum ks_evidence_trust *)ks_vec_push(&w->trusts) =
			ks_config_is_trusted(w->app->config, *KS_VEC_AT(&w->specs, const char *, i)) ?
			KS_EVIDENCE_DECLARED : KS_EVIDENCE_UNTRUSTED;
	for (size_t i = 0; i < w->specs.n; i++) {
		const struct ks_config_source *source =
			ks_config_find_source(w->app->config, *KS_VEC_AT(&w->specs, const char *, i));

		*(struct ks_source_buckets *)ks_vec_push(&w->buckets) = source == NULL ?
			(struct ks_source_buckets){ NULL, 0 } :
			(struct ks_source_buckets){ source->buckets, source->bucket_count };
	}
}

static int read_times(struct watching *w, const struct ks_opt_args *args, struct ks_err *err)
{
	const char *poll = ks_opt_value(args, "poll", "5");
	int64_t seconds;

	if (!ks_str_parse_int(ks_str_of(poll), &seconds) || seconds < 1 || seconds > POLL_MAX)
		return ks_err_set(err, KS_ERR_USAGE, "option '--poll' takes seconds from 1 to %d, not '%s'",
			POLL_MAX, poll);
	w->config.poll_ms = seconds * 1000;
	if (ks_enrichment_time(w->app, args, "quiet-time", "24h", &w->config.quiet_ms, err) != 0)
		return -1;
	if (w->config.quiet_ms == 0)
		return ks_err_set(err, KS_ERR_USAGE, "option '--quiet-time' takes a time such as 30m, 24h or 7d, "
			"not '%s'", ks_opt_value(args, "quiet-time", ""));
	return ks_enrichment_time(w->app, args, "learning-time", "7d", &w->config.learn_ms, err);
}

static void committed(void *arg)
{
	struct watching *w = arg;

	ks_watch_print_settle(&w->print);
	ks_delivery_wake(w->delivery);
	ks_watch_aws_settle(&w->aws);
}

static bool goes_on(void *arg)
{
	struct watching *w = arg;

	return !ks_delivery_has_failed(w->delivery);
}

static void tell_news(void *arg, enum ks_watch_news what, int64_t n)
{
	struct watching *w = arg;

	ks_watch_print_news(&w->print, what, n);
	if (what == KS_WATCH_STARTED)
		ks_watch_service_ready(&w->service);
	if (what == KS_WATCH_INCIDENT)
		ks_watch_respond_add(&w->respond, n);
}

/* After SIGHUP: what cannot be loaded leaves everything as it is. */
static bool reload(void *arg, struct ks_watch_rules *out)
{
	struct watching *w = arg;
	struct ks_watch_rules_set *next;

	if (!ks_watch_service_wants_reload(&w->service))
		return false;
	next = ks_watch_rules_load(w->app, w->args);
	ks_watch_rules_tell(w->app, w->rules, next);
	ks_watch_service_reloaded(&w->service, next != NULL ? next : w->rules, next != NULL);
	if (next == NULL)
		return false;
	check_steps(w, next);
	w->former = w->rules;
	w->rules = next;
	w->config.program = &next->program;
	*out = (struct ks_watch_rules){ &next->program, next->enrichment.sources };
	ks_watch_respond_renew(&w->respond, next);
	return true;
}

static void reloaded(void *arg)
{
	struct watching *w = arg;

	ks_watch_rules_drop(w->former);
	w->former = NULL;
}

static void tell_problem(void *arg, const char *name, uint64_t offset, const struct ks_err *err)
{
	struct watching *w = arg;

	ks_watch_print_problem(&w->print, name, offset, err);
}

static void tell_undecided(void *arg, const struct ks_rule *rule, struct ks_str event_id,
	const char *source, uint64_t offset)
{
	struct watching *w = arg;
	char why[256];

	ks_watch_print_undecided(&w->print, rule, event_id, source, offset);
	snprintf(why, sizeof(why), "rule '" KS_STR_FMT "' could not judge event '" KS_STR_FMT "'",
		KS_STR_ARG(ks_str_sub(rule->title, 0, 80)), KS_STR_ARG(ks_str_sub(event_id, 0, 80)));
	ks_sentry_set(w->vigil.sentry, KS_VIGIL_UNDECIDED, "", why);
}

static int status_of(const struct watching *w, const struct ks_watch_summary *summary,
	const struct ks_delivery_summary *delivered, const struct ks_responder_summary *responded)
{
	if (!w->config.is_once)
		return KS_EXIT_DONE;
	if (delivered->left > 0 || delivered->dead > 0 || responded->failed > 0)
		return KS_EXIT_FAILED;
	return summary->problems > 0 || summary->ingest.undecided > 0 || w->rules->enrichment.problems > 0 ?
		KS_EXIT_USAGE : KS_EXIT_DONE;
}

/* Runs until it is over; then lets the receivers have what is due. */
static int follow(struct watching *w, struct ks_err *err)
{
	const struct ks_watch_sink sink = { .news = tell_news, .problem = tell_problem,
		.undecided = tell_undecided, .committed = committed, .goes_on = goes_on, .reload = reload,
		.reloaded = reloaded, .arg = w };
	struct ks_watch_summary summary = { 0 };
	struct ks_responder_summary responded = { 0 };
	struct ks_delivery_summary delivered = { 0 };
	struct ks_err late = { 0 };
	int rc;

	rc = ks_watch_run(&w->config, &sink, &summary, err);
	/* It came to its end by itself. */
	w->config.is_once |= rc == 0 && !ks_ctx_is_stopping(w->app->ctx);
	ks_watch_service_stopping(&w->service);
	ks_watch_respond_finish(&w->respond, rc == 0 && w->config.is_once, &responded);
	/* What is given up now is an alarm, and that is told as well. */
	if (rc == 0 && w->config.is_once) {
		ks_watch_vigil_look(&w->vigil);
		ks_delivery_drain(w->delivery, DRAIN_MS);
	}
	ks_watch_vigil_end(&w->vigil);
	if (ks_delivery_finish(w->delivery, rc == 0 && w->config.is_once, 0, &delivered, &late) != 0 &&
		rc == 0) {
		*err = late;
		rc = -1;
	}
	w->delivery = NULL;
	ks_enrichment_end(&w->rules->enrichment);
	if (rc == 0 || summary.batches > 0)
		ks_watch_print_end(&w->print, &summary, &delivered);
	return rc != 0 ? fail(w->app, err) : status_of(w, &summary, &delivered, &responded);
}

static int prepare(struct watching *w, const struct ks_opt_args *args, struct ks_err *err)
{
	if (ks_watch_service_init(&w->service, w->app, args, err) != 0 || read_times(w, args, err) != 0 ||
		read_notifiers(w, args, err) != 0 ||
		ks_schema_open(w->app->ctx, w->app->store_path, KS_DB_CREATE, &w->db, err) != 0)
		return -1;
	ks_enrichment_tell_unread(&w->rules->enrichment, w->app, &w->rules->program);
	ks_db_set_busy_timeout(w->db, STORE_LOCKED_MS);
	ks_db_hurry(w->db);
	ks_db_keep_log(w->db);
	w->config.ctx = w->app->ctx;
	w->config.db = w->db;
	w->config.program = &w->rules->program;
	w->config.watchlist = &w->watchlist;
	w->config.sources = w->rules->enrichment.sources;
	w->config.specs = w->specs.p;
	w->config.spec_count = w->specs.n;
	w->config.trusts = w->trusts.p;
	w->config.buckets = w->buckets.p;
	w->config.is_once = ks_opt_has(args, "once");
	if (ks_watch_aws_start(&w->aws, w->app, &w->config, err) != 0 ||
		ks_watch_lastuse_start(&w->lastuse, w->app, args, &w->config, err) != 0)
		return -1;
	ks_watch_print_begin(&w->print, w->app, &w->config);
	if (ks_watch_vigil_start(&w->vigil, w->app, &(struct ks_watch_vigil_order){ w->config.notifiers,
			w->config.notifier_count, w->config.specs, w->config.spec_count, w->config.poll_ms,
			w->config.is_once }, err) != 0)
		return -1;
	w->config.sentry = w->vigil.sentry;
	if (ks_watch_service_start(&w->service, &w->config, w->rules, err) != 0)
		return -1;
	if (ks_opt_has(args, "respond") && ks_watch_respond_start(&w->respond, w->rules,
			&(struct ks_watch_respond_order){ w->config.notifiers, w->config.notifier_count,
				w->vigil.sentry }, err) != 0)
		return -1;
	return ks_delivery_start(&(struct ks_delivery_config){ w->app->ctx, w->app->store_path, &w->notifiers },
		&w->delivery, err);
}

/* A plan under way holds a file, and in a storm there are many. As far as the system lets us; without it
 * fewer are under way at a time. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES_MOST ||
		limit.rlim_cur >= limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max < FILES_MOST ? limit.rlim_max : FILES_MOST;
	(void)!setrlimit(RLIMIT_NOFILE, &limit);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct watching w = { .app = app, .names = KS_VEC_OF(const char *), .specs = KS_VEC_OF(const char *),
		.trusts = KS_VEC_OF(enum ks_evidence_trust), .buckets = KS_VEC_OF(struct ks_source_buckets),
			.args = args };
	struct ks_err err = { 0 };
	int status;

	add_specs(&w, args);
	if (w.specs.n == 0)
		return ks_command_usage(&ks_cmd_watch,
			"nothing to watch: give a directory, s3://BUCKET, sqs:URL, lookup: or -, or name 'sources' "
			"in the config");
	allow_files();
	ks_mem_stay_flat();
	ks_watch_respond_init(&w.respond, app);
	ks_watchlist_init(&w.watchlist);
	ks_notifier_init(&w.notifiers);
	w.rules = ks_watch_rules_load(app, args);
	if (w.rules == NULL)
		status = KS_EXIT_USAGE;
	else if (prepare(&w, args, &err) != 0)
		status = fail(app, &err);
	else
		status = follow(&w, &err);
	ks_watch_respond_release(&w.respond);
	ks_watch_service_unlisten(&w.service);
	ks_watch_lastuse_finish(&w.lastuse);
	ks_watch_aws_release(&w.aws);
	/* Its warden reads the vigil's alarms up to its end. */
	ks_watch_service_release(&w.service);
	ks_watch_vigil_release(&w.vigil);
	ks_watch_print_release(&w.print);
	ks_db_close(w.db);
	ks_notifier_release(&w.notifiers);
	ks_vec_release(&w.names);
	ks_vec_release(&w.specs);
	ks_vec_release(&w.trusts);
	ks_vec_release(&w.buckets);
	ks_watchlist_release(&w.watchlist);
	ks_watch_rules_drop(w.rules);
	return status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_FLAG, .name = "once", .help = "read what is there, deliver, and end" },
	{ .kind = KS_OPT_FLAG,
		.name = "respond",
		.help = "plan by the response policies, and act where they enforce; needs accounts in the config" },
	KS_RULES_RESPONSE,
	{ .kind = KS_OPT_LIST,
		.name = "notify",
		.short_name = 'n',
		.metavar = "[NAME=]KIND[:TARGET]",
		.fallback = "the config's, else stdout",
		.help = "where notices go: stdout, exec:/PATH, webhook:URL, and what 'notify -h' shows" },
	{ .kind = KS_OPT_LIST,
		.name = "webhook-secret",
		.metavar = "env:NAME|file:PATH",
		.help = "where the key is that signs a webhook's notices; one for all webhooks, or one each" },
	{ .kind = KS_OPT_LIST,
		.name = "rules",
		.short_name = 'r',
		.metavar = "PATH",
		.fallback = "the shipped rules",
		.help = "Sigma rules, a file or a directory" },
	KS_RULES_PLACEHOLDERS,
	KS_ENRICHMENT_OPTIONS,
	KS_ENRICHMENT_LEARNING,
	{ .kind = KS_OPT_VALUE,
		.name = "poll",
		.metavar = "SECONDS",
		.fallback = "5",
		.help = "look for new files so often; S3 is listed each 12th to 120th time, "
				"lookup: asked once a minute at most" },
	KS_WATCH_LASTUSE_OPTION,
	{ .kind = KS_OPT_VALUE,
		.name = "quiet-time",
		.metavar = "TIME",
		.fallback = "24h",
		.help = "an actor that was quiet for so long gets a new incident" },
	KS_WATCH_SERVICE_OPTIONS,
};

const struct ks_command ks_cmd_watch = {
	.name = "watch",
	.arguments = "[SOURCE…]",
	.summary = "follow trails, keep incidents and send notices",
	.about = ks_watch_about_text,
	.more = ks_watch_about_more,
	.examples =
		"keysnare watch /var/log/cloudtrail\tuntil it is stopped, notices on stdout\n"
		"keysnare watch lookup:\twhere nobody has built a trail\n"
		"keysnare watch s3://my-trails/AWSLogs\twhat CloudTrail delivers to a bucket\n"
		"keysnare watch sqs:https://sqs.eu-west-1.amazonaws.com/123456789012/trail\tmessages of a queue\n"
		"zcat old.json.gz | keysnare watch -\tuntil its end\n"
		"keysnare watch --once logs/\twhat is there and was not read yet: for cron\n"
		"keysnare watch --notify exec:/usr/local/bin/page logs/\ta program of yours gets each "
		"notice\n"
		"keysnare watch --respond /var/log/cloudtrail\tand contain, as far as the response policies go\n"
		"keysnare watch --notify oncall=webhook:https://alerts.example.org/hook --webhook-secret "
		"env:HOOK_KEY logs/\ta signed POST for each\n"
		"keysnare watch --listen 127.0.0.1:9464 logs/\twith metrics and health: curl "
		"http://127.0.0.1:9464/healthz",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
