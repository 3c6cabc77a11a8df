/* keysnare hunt: reads trails once and prints what the rules find. What it prints is in hunt_print.c. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/enrichment.h"
#include "cmd/keysnare/hunt_print.h"
#include "cmd/keysnare/hunt_s3.h"
#include "cmd/keysnare/hunt_save.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/codec/inflate.h"
#include "lib/engine/config.h"
#include "lib/intel/noveltystore.h"
#include "lib/store/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_JOBS 256
#define AHEAD 16u               /* lines of a list looked at before their turn */

extern const struct ks_command ks_cmd_hunt;

/* The store, or *out NULL: one that is not there knows nothing, unless it was asked for by name. */
static int open_store(const struct ks_app *app, const struct ks_opt_args *args, struct ks_db **out,
	struct ks_err *err)
{
	*out = NULL;
	if (ks_schema_open(app->ctx, app->store_path, KS_DB_READ, out, err) == 0)
		return 0;
	return err->code == KS_ERR_NOTFOUND && (ks_opt_has(args, "save") || !ks_opt_has(args, "store")) ? 0 : -1;
}

/* A file of key ids: the first word of each line; what follows it is the name; # begins a comment. */
static int add_listed(struct ks_watchlist *list, const char *path, struct ks_err *err)
{
	struct ks_str rest, line;
	struct ks_buf text;
	int number = 0, rc;

	ks_buf_init(&text, KS_LIMIT_LIST_FILE);
	rc = ks_file_load(path, &text, err);
	if (rc != 0)
		err->code = KS_ERR_USAGE;
	rest = ks_buf_str(&text);
	ks_keyset_reserve(&list->keys, list->keys.n + rest.n / (KS_KEYSET_ID + 1));
	while (rc == 0 && ks_str_next(&rest, '\n', &line)) {
		struct ks_str word = ks_str_trim(line), name;
		char id[KS_KEYSET_ID + 2], *copy;
		size_t n = 0;

		number++;
		/* Most lists have lines of one length, so that a later id is likely to stand here. */
		if (rest.n > AHEAD * (line.n + 1) + KS_KEYSET_ID)
			ks_keyset_expect(&list->keys, rest.p + AHEAD * (line.n + 1));
		while (n < word.n && word.p[n] != ' ' && word.p[n] != '\t' && word.p[n] != ',')
			n++;
		if (word.n == 0 || word.p[0] == '#')
			continue;
		name = ks_str_trim(ks_str_sub(word, n + 1, word.n));
		/* One character too many is kept, so that a longer word is refused. */
		n = n < sizeof(id) ? n : sizeof(id) - 1;
		memcpy(id, word.p, n);
		id[n] = '\0';
		copy = name.n > 0 ? strndup(name.p, name.n) : NULL;
		rc = ks_watchlist_add(list, &(struct ks_watched){ .key_id = id, .name = copy }, err);
		free(copy);
		if (rc != 0) {
			err->line = number;
			err->column = 1;
			ks_err_set_file(err, path);
		}
	}
	ks_buf_release(&text);
	return rc;
}

static int add_named(const struct ks_opt_args *args, struct ks_watchlist *list, struct ks_err *err)
{
	size_t cursor = 0;
	const char *value;

	while ((value = ks_opt_list_next(args, "decoy", &cursor)) != NULL)
		if (ks_watchlist_add(list, &(struct ks_watched){ .key_id = value }, err) != 0)
			return -1;
	cursor = 0;
	while ((value = ks_opt_list_next(args, "decoys", &cursor)) != NULL)
		if (add_listed(list, value, err) != 0)
			return -1;
	return 0;
}

/* What the store knows of decoys and actors, the decoys that were named, and what the store knows of the
 * sessions of both. */
static int add_decoys(const struct ks_app *app, const struct ks_opt_args *args,
	const struct ks_hunt_request *request, struct ks_err *err)
{
	struct ks_watchlist *list = request->watchlist;
	struct ks_db *db;
	int rc = open_store(app, args, &db, err);

	if (rc == 0 && db != NULL)
		rc = ks_watchlist_load(list, db, NULL, err);
	if (rc == 0 && db != NULL)
		rc = ks_watchlist_load_own(list, db, ks_ctx_now(app->ctx), NULL, err);
	if (rc == 0 && db != NULL && request->novelty != NULL)
		rc = ks_noveltystore_load(db, request->novelty, err);
	if (rc == 0)
		rc = add_named(args, list, err);
	if (rc == 0 && db != NULL)
		rc = ks_watchlist_follow(list, db, KS_WATCHLIST_ANY, NULL, err);
	ks_db_close(db);
	return rc;
}

static int read_time(const struct ks_app *app, const struct ks_opt_args *args, const char *name,
	bool end_of_day, int64_t *out, struct ks_err *err)
{
	const char *value = ks_opt_value(args, name, NULL);

	*out = KS_TIME_NONE;
	if (value == NULL)
		return 0;
	return ks_time_parse_user(ks_str_of(value), ks_ctx_now(app->ctx), end_of_day, out, err);
}

static int read_jobs(const struct ks_opt_args *args, unsigned *out, struct ks_err *err)
{
	const char *value = ks_opt_value(args, "jobs", NULL);
	int64_t jobs = sysconf(_SC_NPROCESSORS_ONLN);

	if (value != NULL && (!ks_str_parse_int(ks_str_of(value), &jobs) || jobs < 1 || jobs > MAX_JOBS))
		return ks_err_set(err, KS_ERR_USAGE, "option '--jobs' takes a number from 1 to %d, not '%s'",
			MAX_JOBS, value);
	*out = jobs < 1 ? 1 : jobs > MAX_JOBS ? MAX_JOBS : (unsigned)jobs;
	return 0;
}

static int read_request(const struct ks_app *app, const struct ks_opt_args *args,
	struct ks_hunt_request *request, struct ks_hunt_s3 *s3, struct ks_err *err)
{
	static const char *const formats[] = { "text", "json", "jsonl", "csv", "ocsf" };
	int64_t learn_ms = KS_NOVELTY_LEARN_MS;

	request->format = ks_format_find(formats[app->format]);
	request->has_color = app->has_color;
	request->inflate = ks_opt_value(args, "inflate", NULL);
	request->is_exhaustive = ks_opt_has(args, "no-prefilter");
	request->mask = ks_opt_has(args, "portable") ? KS_MASK_PORTABLE : KS_MASK_FASTEST;
	if (request->inflate != NULL && ks_inflate_find(request->inflate) == NULL)
		return ks_err_set(err, KS_ERR_UNSUPPORTED, "this program was built without the inflate library '%s'",
			request->inflate);
	if (read_jobs(args, &request->jobs, err) != 0 ||
		ks_enrichment_time(app, args, "learning-time", "7d", &learn_ms, err) != 0 ||
		read_time(app, args, "since", false, &request->since_ms, err) != 0 ||
		read_time(app, args, "until", true, &request->until_ms, err) != 0)
		return -1;
	if (request->until_ms != KS_TIME_NONE && request->since_ms > request->until_ms)
		return ks_err_set(err, KS_ERR_USAGE, "--since is later than --until");
	if ((ks_enrich_wanted(request->program) & KS_ENRICH_NOVELTY) != 0)
		request->novelty = ks_novelty_new(learn_ms);
	ks_hunt_s3_narrow(s3, request, request->novelty != NULL ? learn_ms : 0);
	return add_decoys(app, args, request, err);
}

/* The exit status of DESIGN 3: findings come before unreadable input, windows that were too
 * full and what could not be judged, since the summary tells of that. */
static int status_of(const struct ks_hunt_summary *summary, const struct ks_opt_args *args)
{
	if (summary->findings > 0 && ks_opt_has(args, "exit-code"))
		return KS_EXIT_FINDINGS;
	return summary->unreadable > 0 || summary->overflow > 0 || summary->undecided > 0 ? KS_EXIT_USAGE :
		KS_EXIT_DONE;
}

static int hunt(struct ks_app *app, const struct ks_opt_args *args, struct ks_hunt_request *request,
	struct ks_hunt_s3 *s3)
{
	struct ks_hunt_print print;
	struct ks_hunt_summary summary;
	struct ks_hunt_save save;
	struct ks_err err = { 0 };
	int rc = ks_hunt_save_begin(&save, app, ks_opt_has(args, "save"), request, &err);

	if (rc == 0) {
		ks_hunt_print_begin(&print, app, request->format);
		print.decoys = request->watchlist->keys.n - request->watchlist->sessions -
			request->watchlist->user_ids - request->watchlist->own_ids;
		print.rules = request->program->rule_count;
		rc = ks_hunt_run(app->ctx, request, &print.sink, &summary, &err);
		ks_hunt_print_end(&print, &summary);
	}
	ks_hunt_s3_finish(s3);
	if (rc == 0)
		rc = ks_hunt_save_end(&save, app, request, &err);
	ks_hunt_save_release(&save);
	return rc != 0 ? ks_command_fail(&err) : status_of(&summary, args);
}

/* The files that a path stands for; those of a source of the config as far as it trusts that. */
static int add_path(struct ks_hunt_s3 *s3, const char *path, struct ks_walk *walk, struct ks_vec *trusts,
	struct ks_err *err)
{
	enum ks_evidence_trust trust = ks_config_is_trusted(s3->app->config, path) ? KS_EVIDENCE_DECLARED :
		KS_EVIDENCE_UNTRUSTED;

	if (!ks_depot_is_mine(path))
		ks_walk_add(walk, path, NULL);
	else if (ks_hunt_s3_add(s3, path, walk, err) != 0)
		return -1;
	while (trusts->n < walk->files.n)
		*(enum ks_evidence_trust *)ks_vec_push(trusts) = trust;
	return 0;
}

static int add_paths(const struct ks_opt_args *args, struct ks_hunt_s3 *s3, struct ks_walk *walk,
	struct ks_vec *trusts, struct ks_err *err)
{
	for (size_t i = 0; i < args->arguments.n; i++)
		if (add_path(s3, *KS_VEC_AT(&args->arguments, const char *, i), walk, trusts, err) != 0)
			return -1;
	return 0;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_hunt_request request = { 0 };
	struct ks_enrichment enrichment = { .problems = 0 };
	struct ks_watchlist watchlist;
	struct ks_ruleset ruleset;
	struct ks_vec trusts = KS_VEC_OF(enum ks_evidence_trust);
	struct ks_program program;
	struct ks_walk walk;
	struct ks_hunt_s3 s3;
	struct ks_err err = { 0 };
	size_t cursor = 0;
	const char *path;
	int status;

	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_hunt,
			"nothing to read: give files, directories, s3://BUCKET/PREFIX, or - for standard input");
	ks_watchlist_init(&watchlist);
	ks_ruleset_init(&ruleset);
	ks_walk_init(&walk);
	ks_hunt_s3_init(&s3, app);
	ks_rules_add_placeholders(app, &ruleset, args);
	while ((path = ks_opt_list_next(args, "rules", &cursor)) != NULL)
		ks_rules_add(app, &ruleset, path);
	if (cursor == 0 || !ks_opt_has(args, "rules"))
		ks_rules_add(app, &ruleset, NULL);
	request.program = &program;
	request.watchlist = &watchlist;
	request.files = &walk;
	if (!ks_rules_are_good(&ruleset, &program)) {
		status = KS_EXIT_USAGE;
	} else if (ks_enrichment_load(&enrichment, app, args, &program, &err) != 0 ||
		read_request(app, args, &request, &s3, &err) != 0) {
		status = ks_command_fail(&err);
	} else {
		request.sources = enrichment.sources;
		ks_enrichment_tell_unread(&enrichment, app, &program);
		walk.jobs = request.jobs;
		walk.skips_sizes = true;
		if (add_paths(args, &s3, &walk, &trusts, &err) != 0) {
			status = ks_command_fail(&err);
		} else {
			request.trusts = trusts.p;
			request.depots = s3.depots.p;
			request.depot_count = s3.depots.n;
			status = hunt(app, args, &request, &s3);
		}
		ks_enrichment_end(&enrichment);
		if (status == KS_EXIT_DONE && enrichment.problems > 0)
			status = KS_EXIT_USAGE;
	}
	ks_hunt_s3_release(&s3);
	ks_novelty_free(request.novelty);
	ks_enrichment_release(&enrichment);
	ks_walk_release(&walk);
	ks_vec_release(&trusts);
	ks_ruleset_release(&ruleset);
	ks_watchlist_release(&watchlist);
	return status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_LIST,
		.name = "rules",
		.short_name = 'r',
		.metavar = "PATH",
		.fallback = "the shipped rules",
		.help = "Sigma rules, a file or a directory" },
	KS_RULES_PLACEHOLDERS,
	{ .kind = KS_OPT_LIST,
		.name = "decoy",
		.short_name = 'd',
		.metavar = "ID",
		.help = "an access key id to look for, beside those of the store" },
	{ .kind = KS_OPT_LIST,
		.name = "decoys",
		.short_name = 'D',
		.metavar = "FILE",
		.help = "a file of them: an id a line, and a name behind it if you like" },
	{ .kind = KS_OPT_VALUE,
		.name = "since",
		.short_name = 's',
		.metavar = "TIME",
		.help = "only events from then on: 2026-11-21, 2026-11-21T10:15:00Z, 24h, 7d" },
	{ .kind = KS_OPT_VALUE,
		.name = "until",
		.short_name = 'u',
		.metavar = "TIME",
		.help = "only events up to then; a date means its whole day" },
	{ .kind = KS_OPT_VALUE,
		.name = "jobs",
		.short_name = 'j',
		.metavar = "N",
		.fallback = "one a core",
		.help = "threads" },
	KS_ENRICHMENT_OPTIONS,
	KS_ENRICHMENT_LEARNING,
	{ .kind = KS_OPT_FLAG,
		.name = "save",
		.help = "keep events, findings and incidents in the store" },
	{ .kind = KS_OPT_FLAG, .name = "exit-code", .help = "exit with 3 when there are findings" },
	{ .kind = KS_OPT_FLAG,
		.name = "no-prefilter",
		.help = "evaluate every rule on every record: slower, the same findings" },
	{ .kind = KS_OPT_FLAG,
		.name = "portable",
		.help = "use no vector instructions: slower, the same findings" },
	{ .kind = KS_OPT_VALUE,
		.name = "inflate",
		.metavar = "LIBRARY",
		.fallback = "the fastest that was built in",
		.help = "what unpacks gzip",
		.choices = "isal|zlib" },
};

const struct ks_command ks_cmd_hunt = {
	.name = "hunt",
	.arguments = "PATH…",
	.summary = "read trails once and print what the rules find",
	.about =
		"PATH is a file, a directory (with all below it), s3://BUCKET[/PREFIX] or - for standard input. "
		"Trails are told by "
		"content, never by "
		"name: CloudTrail's own files, gzip or not, JSON lines, arrays, single records, answers of "
		"LookupEvents, "
		"EventBridge events, CloudWatch Logs messages.\n"
		"\n"
		"Decoys of the store are looked for, and those of --decoy and --decoys; temporary keys that "
		"the holder of a decoy "
		"was given are followed, also those that the store knows from trails read before. "
		"Findings come in order of time, each event once, the same whatever "
		"the number of threads "
		"and however the trails are split or packed. Nothing is written anywhere but a temporary file "
		"under TMPDIR when "
		"there is much to sort, or standard input to be read twice, unless --save is given: then the "
		"events that a rule cares "
		"for, their findings and the incidents that these come to are kept in the store, and the "
		"incidents are printed. "
		"Saving the same trails again changes nothing.\n"
		"\n"
		"Where a rule asks whether something is new for its actor (fields below actor.), the trails are "
		"read twice: first for what every actor does, then for findings. They are read once where rules ask "
		"for no more than the use of services that their eventSource names. What the store knows counts as "
		"well; --save adds to it.\n"
		"\n"
		"s3://BUCKET[/PREFIX] is what CloudTrail delivered there: the files of all accounts and Regions "
		"below AWSLogs, without digests and insights; where there is no AWSLogs, all objects below the "
		"prefix. Below AWSLogs --since and --until also say which days are listed: from 36 hours before "
		"(temporary keys live so long), or from the learning time before where a rule asks what is new, "
		"up to a day behind, since files come late. It needs s3:ListBucket and s3:GetObject, and the "
		"keys that the AWS tools use. Objects are read once more where trails are. These requests are "
		"remembered as our own if there is a store.\n"
		"\n"
		"--format csv is a line a finding, in which nothing opens as a formula; --format ocsf a Detection "
		"Finding (class 2004) of the Open Cybersecurity Schema Framework 1.5.0 a line, whose uid is the "
		"finding's id, the same for the same rule and event wherever it is found.\n"
		"\n"
		"What cannot be read is named on stderr with its place and counted in the summary; the rest is "
		"read all the same. "
		"An event that costs a rule more than its limit (a regular expression that backtracks without "
		"end) is undecided: it is named likewise, for somebody to look at. "
		"The exit status is 0 when all was read and judged, 2 when some input could not be, and with "
		"--exit-code 3 when there were findings.",
	.examples =
		"keysnare hunt logs/\tall trails below a directory, with the shipped rules\n"
		"keysnare hunt --since 7d --format jsonl logs/ > findings.jsonl\tthe last week, for other "
		"programs\n"
		"keysnare hunt --format csv logs/ > findings.csv\tfor a spreadsheet, with no formula in it\n"
		"aws cloudtrail lookup-events --output json | keysnare hunt -\twhat the Event history says\n"
		"keysnare hunt --since 7d s3://my-trails/AWSLogs\twhat CloudTrail delivered to a bucket\n"
		"keysnare hunt --save logs/\tand make incidents of it: see keysnare incident list\n"
		"keysnare hunt --decoy AKIAQXXXXXXXXXXXXXXX --rules my-rules/ logs/\tone more key, and rules "
		"of your own",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.has_findings = true,
	.run = run,
};
