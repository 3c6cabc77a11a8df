/* keysnare drill run: plays a scenario. */
#include "cmd/keysnare/drill_job.h"
#include "cmd/keysnare/drill_keys.h"
#include "cmd/keysnare/drill_print.h"
#include "cmd/keysnare/enrichment.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/base/time.h"
#include "lib/drill/bridge.h"
#include "lib/drill/exercise.h"
#include "lib/drill/timekeeper.h"
#include "lib/incident/drillmark.h"

#include <stdio.h>
#include <string.h>

#define NOISE_MOST 100000

extern const struct ks_command ks_cmd_drill_run;

struct running {
	struct ks_app *app;
	const struct ks_opt_args *args;
	struct ks_scenario scenario;
	struct ks_script script;
	struct ks_drillbook book;
	int64_t pace;
	const char *directory, *store;
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_policyset policies;
	struct ks_enrichment enrichment;
	struct ks_drill_print print;
	struct ks_drill_keys keys;
	struct ks_bridge *bridge;    /* NULL: into no queue */
	struct ks_db *db;
	struct ks_arena arena;
};

static int read_number(struct running *r, const char *option, int64_t least, int64_t most, int64_t *inout,
	struct ks_err *err)
{
	const char *text = ks_opt_value(r->args, option, NULL);

	if (text != NULL && (!ks_str_parse_int(ks_str_of(text), inout) || *inout < least || *inout > most))
		return ks_err_set(err, KS_ERR_USAGE, "option '--%s' takes a number from %lld to %lld, not "
			"'%s'", option,
			(long long)least, (long long)most, text);
	return 0;
}

/* When the steps begin: so that the last of them is over by the time that it is played, and none is in the
 * future by our clock. */
static int read_start(struct running *r, int64_t *out_ms, struct ks_err *err)
{
	int64_t now = ks_ctx_now(r->app->ctx), length = ks_scenario_length(&r->scenario);
	int64_t whole = r->scenario.before_ms + length + r->scenario.after_ms;
	int64_t ours = r->pace == KS_TIMEKEEPER_INSTANT ? 0 : whole * KS_TIMEKEEPER_UNIT / r->pace;
	const char *text = ks_opt_value(r->args, "start", NULL);

	if (text != NULL)
		return ks_time_parse_user(ks_str_of(text), now, false, out_ms, err);
	*out_ms = now + ours - r->scenario.after_ms - length;
	*out_ms -= *out_ms % KS_TIME_SECOND;
	return 0;
}

static int read_order(struct running *r, struct ks_err *err)
{
	int64_t seed = 0, noise = -1;
	uint64_t chance = 0;
	const char *key = ks_opt_value(r->args, "key", NULL);

	if (ks_ctx_random(r->app->ctx, &chance, sizeof(chance), err) != 0)
		return -1;
	seed = (int64_t)(chance % 1000000);
	if (read_number(r, "seed", 0, INT64_MAX, &seed, err) != 0 ||
		read_number(r, "noise", 0, NOISE_MOST, &noise, err) != 0 ||
		ks_timekeeper_parse(ks_str_of(ks_opt_value(r->args, "pace", "instant")), &r->pace, err) != 0)
		return -1;
	r->book = (struct ks_drillbook){ .number = (uint32_t)((uint64_t)seed * UINT64_C(2654435761) %
		KS_DRILLMARK_MOST), .scenario = r->scenario.text, .seed = (uint64_t)seed, .noise = noise,
		.pace = ks_str_of(ks_opt_value(r->args, "pace", "instant")), .real_ms = ks_ctx_now(r->app->ctx) };
	if (key != NULL)
		r->book.key = ks_str_of(key);
	return read_start(r, &r->book.start_ms, err);
}

/* As watch and respond do. */
static bool load_rules(struct running *r, struct ks_err *err)
{
	ks_drill_job_rules(r->app, r->args, &r->ruleset);
	if (!ks_rules_are_good(&r->ruleset, &r->program) ||
		!ks_rules_load_response(r->app, &r->policies, r->args)) {
		ks_err_set(err, KS_ERR_CONFIG, "there are errors in rules or policies");
		return false;
	}
	return ks_enrichment_load(&r->enrichment, r->app, r->args, &r->program, err) == 0;
}

static int open_queue(struct running *r, struct ks_err *err)
{
	const char *url = ks_opt_value(r->args, "queue", NULL);

	return url == NULL ? 0 : ks_bridge_open(r->app->ctx, url, r->scenario.home, &r->bridge, err);
}

/* The engine reads all that is there: a trail of another drill would be found again in this one. */
static int check_directory(struct running *r, struct ks_err *err)
{
	const char *trail = ks_arena_printf(&r->arena, "%s/AWSLogs", r->directory);

	if (ks_file_is_there(r->store) || !ks_file_is_there(trail))
		return 0;
	return ks_err_set(err, KS_ERR_EXISTS, "'%s' is there, the trail of another drill: give another "
		"directory with --out", trail);
}

static int prepare(struct running *r, struct ks_err *err)
{
	struct ks_script_order order = { .scenario = &r->scenario };

	if (read_order(r, err) != 0)
		return -1;
	order.seed = r->book.seed;
	order.start_ms = r->book.start_ms;
	order.key = r->book.key;
	order.noise_rate = r->book.noise;
	order.drill = r->book.number;
	if (check_directory(r, err) != 0)
		return -1;
	if (ks_script_make(&order, &r->script, err) != 0 || !load_rules(r, err) || open_queue(r, err) != 0 ||
		ks_file_make_dirs(r->directory, 0755, err) != 0)
		return -1;
	return ks_drillbook_create(r->app->ctx, r->store, &r->book, &r->db, err);
}

static void tell(void *arg, const struct ks_drillbook_moment *moment)
{
	ks_drill_print_moment(&((struct running *)arg)->print, moment);
}

static void tell_problem(void *arg, const char *name, const struct ks_err *err)
{
	ks_drill_print_problem(&((struct running *)arg)->print, name, err);
}

static bool typed(void *arg, struct ks_drillbook_order *out)
{
	return ks_drill_keys_read(&((struct running *)arg)->keys, out);
}

/* What cannot be sent now is sent with the next file: the drill goes on. */
static int post(void *arg, const struct ks_script_delivery *delivery, struct ks_err *err)
{
	struct running *r = arg;
	struct ks_err trouble = { 0 };

	(void)err;
	if (ks_bridge_post(r->bridge, &r->script, delivery, &trouble) != 0)
		ks_drill_print_problem(&r->print, "the queue", &trouble);
	return 0;
}

static int finish_queue(struct running *r, struct ks_err *err)
{
	if (r->bridge == NULL || ks_bridge_flush(r->bridge, &r->script, err) == 0)
		return 0;
	ks_err_wrap(err, "%zu records did not reach the queue", ks_bridge_waiting(r->bridge));
	return -1;
}

static int play(struct running *r, struct ks_err *err)
{
	struct ks_exercise_summary summary = { 0 };
	struct ks_exercise_config config = { .ctx = r->app->ctx, .script = &r->script,
		.directory = r->directory, .store_path = r->store, .db = r->db, .pace = r->pace,
		.program = &r->program, .rules = &r->ruleset, .policies = &r->policies,
		.sources = r->enrichment.sources, .typed = typed, .tell = tell, .problem = tell_problem,
		.post = r->bridge != NULL ? post : NULL, .arg = r };
	int rc;

	r->print = (struct ks_drill_print){ .app = r->app, .rules = &r->ruleset, .directory = r->directory,
		.start_ms = r->book.start_ms, .bridge = r->bridge, .is_blind = ks_opt_has(r->args, "blind") };
	ks_drill_print_begin(&r->print, &r->script);
	if (r->pace != KS_TIMEKEEPER_INSTANT)
		ks_drill_keys_begin(&r->keys);
	rc = ks_exercise_run(&config, &summary, err);
	ks_drill_keys_end(&r->keys);
	if (rc != 0)
		return -1;
	rc = finish_queue(r, err);
	ks_drill_print_end(&r->print, &summary);
	return rc;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct running r = { .app = app, .args = args, .directory = ks_opt_value(args, "out", NULL) };
	struct ks_err err = { 0 };
	int status = KS_EXIT_USAGE;

	if (args->arguments.n != 1 || r.directory == NULL)
		return ks_command_usage(&ks_cmd_drill_run, "give one scenario, and a directory with --out");
	r.store = ks_drill_job_store(args, r.directory, &r.arena);
	ks_scenario_init(&r.scenario);
	ks_ruleset_init(&r.ruleset);
	ks_policyset_init(&r.policies);
	if (ks_drill_job_load(app, *KS_VEC_AT(&args->arguments, const char *, 0), &r.scenario))
		status = prepare(&r, &err) == 0 && play(&r, &err) == 0 ? KS_EXIT_DONE : ks_command_fail(&err);
	ks_bridge_close(r.bridge);
	ks_db_close(r.db);
	ks_enrichment_release(&r.enrichment);
	ks_policyset_release(&r.policies);
	ks_ruleset_release(&r.ruleset);
	ks_script_release(&r.script);
	ks_scenario_release(&r.scenario);
	ks_arena_release(&r.arena);
	return status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_VALUE, .name = "out", .short_name = 'o', .metavar = "DIR",
		.help = "where the trail goes (AWSLogs/…), and the drill's store (drill.db)" },
	{ .kind = KS_OPT_VALUE, .name = "pace", .metavar = "PACE", .fallback = "instant",
		.help = "instant, real, or how many times as fast as the clock, such as 60x" },
	{ .kind = KS_OPT_VALUE, .name = "seed", .metavar = "N", .fallback = "by chance",
		.help = "the same seed, start and key give the same trail" },
	{ .kind = KS_OPT_VALUE, .name = "start", .metavar = "TIME", .fallback = "so that it ends now",
		.help = "when the first step is, by the records" },
	{ .kind = KS_OPT_VALUE, .name = "key", .metavar = "ID",
		.help = "the key that the thief uses: a decoy that was planted for it" },
	{ .kind = KS_OPT_VALUE, .name = "noise", .metavar = "N", .fallback = "the scenario's",
		.help = "harmless records an hour around it" },
	{ .kind = KS_OPT_VALUE, .name = "queue", .metavar = "URL",
		.help = "send each record to this SQS queue, too, as EventBridge does: an emulator's, on this "
			"machine" },
	{ .kind = KS_OPT_FLAG, .name = "blind", .help = "for players: says nothing of what is to come, nor what "
		"is for the facilitator" },
	KS_RULES_RESPONSE,
	{ .kind = KS_OPT_LIST, .name = "rules", .short_name = 'r', .metavar = "PATH",
		.fallback = "the shipped rules", .help = "Sigma rules, a file or a directory" },
	KS_RULES_PLACEHOLDERS,
	KS_ENRICHMENT_OPTIONS,
};

const struct ks_command ks_cmd_drill_run = {
	.name = "run",
	.arguments = "SCENARIO",
	.summary = "play a scenario: make its trail, and let the engine loose on it",
	.about =
		"Makes the trail of a scenario (a shipped one's name, or a file) as CloudTrail delivers it, below "
		"DIR/AWSLogs, each file at its time: CloudTrail's five minutes are part of the exercise. After each "
		"the engine reads on, with the rules and response policies that hold in earnest, and what it finds "
		"is printed as it comes: findings, incidents, notices, and the plan that a policy has, which is "
		"never carried out. Injects are shown at their time.\n"
		"\n"
		"DIR/drill.db is the drill's store, made anew: yours is not touched. Players can work in it, with "
		"'keysnare --store DIR/drill.db incident list' and so on; what they do there is scored. A watch of "
		"yours may read DIR/AWSLogs, too.\n"
		"\n"
		"In a terminal, and at any pace but instant, the facilitator has keys: p pauses the "
		"drill's clock and "
		"lets it go on, s skips to the next step or inject, i takes a line to show to all (Escape "
		"drops it), "
		"q stops. 'keysnare drill tell DIR' does the same from elsewhere. With --blind, what is for the "
		"facilitator is not shown here: 'keysnare drill follow DIR' shows all of it in another terminal.\n"
		"\n"
		"With --queue the records go into a queue as well, one message a record, as EventBridge sends them, "
		"when their file arrives: for a 'keysnare watch sqs:URL' that is to be tried with all that it has "
		"around it. The queue is that of an emulator (LocalStack, moto, ElasticMQ and the like) on this "
		"machine: any other address is refused, no proxy is asked, and your keys are not used. What that "
		"watch plans about a drill's records is never carried out.\n"
		"\n"
		"With --pace instant the drill's clock jumps over quiet times; with 60x it runs through an hour "
			"in a "
		"minute. Times in the records end now, whatever the pace, and none is in the future.",
	.examples =
		"keysnare drill run dangerdev --out /tmp/d\tat once\n"
		"keysnare drill run ses-pionage --out /tmp/d --pace 10x\tan hour in six minutes\n"
		"keysnare drill run my-drill.yml --out /tmp/d --seed 7\ta scenario of your own, to be repeated\n"
		"keysnare drill run sandbox-exit --out /tmp/d --queue http://127.0.0.1:4566/000000000000/trail\t"
		"into an emulator's queue\n"
		"keysnare drill run key-checker --out /tmp/d --key AKIA…\twith a decoy that you have planted",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
