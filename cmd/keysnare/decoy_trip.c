/* keysnare decoy trip: one harmless call with a decoy out of its bait, and whether anybody is told. */
#include "cmd/keysnare/decoy_key.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"

#include "lib/aws/client.h"
#include "lib/base/time.h"
#include "lib/incident/incident.h"
#include "lib/incident/journal.h"
#include "lib/incident/trip.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

extern const struct ks_command ks_cmd_decoy_trip;

#define LOOK_MS 1000
#define NAP_MS 100

static const struct ks_opt options[] = {
	{ KS_OPT_VALUE, "call", 0, "CALL", "what to call; both only read", "sts:GetCallerIdentity",
		"sts:GetCallerIdentity|ses:GetSendQuota" },
	{ KS_OPT_VALUE, "wait", 0, "TIME", "how long to wait for the alert: 30s, 20m, 1h; 0: not at all", "20m",
		NULL },
};

/* One trip. */
struct run {
	struct ks_app *app;
	struct ks_db *db;
	const struct ks_decoy *decoy;
	struct ks_trip trip;
	struct ks_trip_outcome outcome;
	int64_t until_ms;                /* 0: do not wait */
	bool is_refused;                 /* AWS said no, which is as good: it is in the trail */
	struct ks_arena arena;
};

/* A refusal for want of permission is in the trail like an answer; a key that AWS does not take is not. */
static int send(struct run *run, const struct ks_credentials *key, const char *call, struct ks_err *err)
{
	const char *colon = strchr(call, ':');
	const char *region = ks_arena_strdup(&run->arena, run->decoy->region);
	struct ks_client_request request = { .service = strncmp(call, "ses:", 4) == 0 ? "ses" : "sts",
		.operation = colon + 1, .region = run->decoy->region.n > 0 ? region : NULL };
	struct ks_settings settings = { .ctx = NULL };
	struct ks_client_reply reply = { .xml = NULL };
	struct ks_client *client = NULL;
	int rc = -1;

	run->trip = (struct ks_trip){ .key_id = run->decoy->key_id, .call = ks_str_of(colon + 1),
		.request_id = KS_STR(""), .sent_ms = ks_ctx_now(run->app->ctx) };
	if (ks_settings_load(run->app->ctx, NULL, request.region, &settings, err) != 0)
		goto out;
	client = ks_client_new(&settings);
	ks_client_set_credentials(client, key);
	rc = ks_client_call(client, &request, &reply, err);
	if (rc == 0)
		run->trip.request_id = ks_arena_copy(&run->arena, reply.request_id);
	run->is_refused = rc != 0 && err->code == KS_ERR_DENIED;
	if (run->is_refused)
		rc = 0;
	else if (rc != 0 && err->code == KS_ERR_AUTH)
		ks_err_wrap(err, "AWS does not take the key of '" KS_STR_FMT "', so nothing will be in the trail",
			KS_STR_ARG(run->decoy->name));
	else if (rc != 0)
		ks_err_wrap(err, "the call with the key of '" KS_STR_FMT "' was not answered; if it arrived, it is "
			"in the trail: try again", KS_STR_ARG(run->decoy->name));
out:
	ks_client_release(&reply);
	ks_client_free(client);
	ks_settings_release(&settings);
	return rc;
}

static void nap(const struct ks_ctx *ctx, int64_t ms)
{
	for (; ms > 0 && !ks_ctx_is_stopping(ctx); ms -= NAP_MS)
		nanosleep(&(struct timespec){ .tv_nsec = NAP_MS * 1000000L }, NULL);
}

static void show_progress(const struct run *run, int64_t waited_ms)
{
	if (run->app->has_progress)
		fprintf(stderr, "\r%3" PRId64 " s: %s ", waited_ms / 1000, !run->outcome.has_event ?
			"no record yet" : run->outcome.incident == 0 ? "the record is there, no incident yet" :
			"the incident is there, nobody told yet");
}

/* Until somebody was told, or the time is over. */
static int await(struct run *run, struct ks_err *err)
{
	int64_t now = ks_ctx_now(run->app->ctx);

	for (; now < run->until_ms && !ks_ctx_is_stopping(run->app->ctx); now = ks_ctx_now(run->app->ctx)) {
		if (ks_trip_look(run->db, &run->trip, &run->arena, &run->outcome, err) != 0)
			return -1;
		if (run->outcome.sent > 0)
			break;
		show_progress(run, now - run->trip.sent_ms);
		nap(run->app->ctx, run->until_ms - now < LOOK_MS ? run->until_ms - now : LOOK_MS);
	}
	if (run->app->has_progress)
		fprintf(stderr, "\r%48s\r", "");
	return 0;
}

/* So that nobody looks for the thief. */
static void note(struct run *run)
{
	struct ks_err ignored = { 0 };
	struct ks_incident_change change = { .id = run->outcome.incident, .now_ms = ks_ctx_now(run->app->ctx),
		.who = KS_STR(KS_JOURNAL_SELF),
		.text = ks_str_of(ks_arena_printf(&run->arena, "the call " KS_STR_FMT " was made by 'keysnare decoy "
			"trip' on purpose (request id " KS_STR_FMT ")", KS_STR_ARG(run->trip.call), KS_STR_ARG(
			run->trip.request_id.n > 0 ? run->trip.request_id : KS_STR("not told")))) };

	if (run->outcome.incident != 0)
		ks_incident_note(run->db, &change, &ignored);
}

static void print_json(const struct run *run, bool is_done)
{
	struct ks_json *json = ks_json_new_object();
	char sent[KS_TIME_TEXT];

	ks_json_add_str(json, "name", run->decoy->name);
	ks_json_add_str(json, "key_id", run->decoy->key_id);
	ks_json_add_str(json, "call", run->trip.call);
	ks_json_add_text(json, "sent", ks_time_render(run->trip.sent_ms, sent));
	ks_json_add_str(json, "request_id",
		run->trip.request_id.n > 0 ? run->trip.request_id : (struct ks_str){ NULL, 0 });
	ks_json_add_bool(json, "refused", run->is_refused);
	ks_json_add_bool(json, "recorded", run->outcome.has_event);
	if (run->outcome.has_event)
		ks_json_add_int(json, "recorded_after_ms", run->outcome.received_ms - run->trip.sent_ms);
	if (run->outcome.incident != 0)
		ks_json_add_int(json, "incident", run->outcome.incident);
	ks_json_add_bool(json, "told", is_done);
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

static int print(const struct run *run)
{
	bool is_done = run->outcome.sent > 0, is_waited = run->until_ms > 0;

	if (run->app->format != KS_FORMAT_TEXT) {
		print_json(run, is_done);
		return is_done || !is_waited ? KS_EXIT_DONE : KS_EXIT_FAILED;
	}
	printf("called " KS_STR_FMT " with the key of '" KS_STR_FMT "'%s\n", KS_STR_ARG(run->trip.call),
		KS_STR_ARG(run->decoy->name), run->is_refused ? ", and was refused, which is in the trail too" : "");
	ks_decoy_view_row(stdout, "request", run->trip.request_id);
	if (run->outcome.has_event)
		printf("  record   stored %" PRId64 " s after the call\n",
			(run->outcome.received_ms - run->trip.sent_ms) / 1000);
	if (run->outcome.incident != 0)
		printf("  incident %" PRId64 "%s\n", run->outcome.incident, is_done ? ", and somebody was told" :
			"");
	if (is_done || !is_waited)
		return KS_EXIT_DONE;
	fflush(stdout);
	fprintf(stderr, "keysnare: %s\n", !run->outcome.has_event ? "no record of the call came in time: is "
		"'keysnare watch' running on this store, with the trail of that account? CloudTrail takes up to "
		"15 minutes" : run->outcome.incident == 0 ? "the record came, and no rule noticed it" :
		run->outcome.notices == 0 ? "there is an incident, and nobody is to be told: give 'keysnare watch' "
		"a --notify" : "there is an incident, and its notice was not delivered: 'keysnare incident show' "
		"tells why");
	return KS_EXIT_FAILED;
}

static int trip(struct run *run, const char *call, struct ks_err *err)
{
	struct ks_credentials key = { .key_id = "" };
	int rc = -1;

	if (ks_decoy_key_take(run->db, run->decoy, &key, err) == 0 && send(run, &key, call, err) == 0 &&
		ks_trip_add(run->db, &run->trip, err) == 0)
		rc = await(run, err);
	if (rc == 0)
		note(run);
	ks_credentials_release(&key);
	return rc;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	const char *wait = ks_opt_value(args, "wait", "20m");
	struct run run = { .app = app };
	struct ks_decoy_view_fleet fleet;
	struct ks_err err = { 0 };
	int status;

	if (args->arguments.n != 1)
		return ks_command_usage(&ks_cmd_decoy_trip, "say which decoy, one, by name or key id");
	if (strcmp(wait, "0") != 0 && ks_incident_view_until(app, "wait", wait, &run.until_ms, &err) != 0)
		return ks_command_fail(&err);
	if (ks_decoy_view_open(app, KS_DB_WRITE, &args->arguments, &fleet, &err) != 0)
		return ks_command_fail(&err);
	run.db = fleet.db;
	run.decoy = KS_VEC_AT(&fleet.chosen, struct ks_decoy, 0);
	status = trip(&run, ks_opt_value(args, "call", "sts:GetCallerIdentity"), &err) != 0 ?
		ks_command_fail(&err) : print(&run);
	ks_arena_release(&run.arena);
	ks_decoy_view_close(&fleet);
	return status;
}

const struct ks_command ks_cmd_decoy_trip = {
	.name = "trip",
	.arguments = "NAME",
	.summary = "use a decoy once, harmlessly, and see whether the alarm comes",
	.about =
		"Takes the secret out of the bait, where it is recognised by its keyed hash, makes one signed call "
		"that only reads, and waits until the store has the record of it, an incident, and a notice that "
		"was delivered. So the whole way is tried: the bait, the key, the trail, 'keysnare watch', the "
		"notifier. CloudTrail takes up to 15 minutes.\n"
		"\n"
		"The incident is a real one and opens like any other; a note in it says that the call was made on "
		"purpose, with AWS's request id. The secret is never shown. When nothing came in time the exit "
		"status is 1, and the message says how far it came. A bait that holds an SMTP password alone cannot "
		"be tried like this: no call is signed with it, and SMTP is in no trail.",
	.examples =
		"keysnare decoy trip web01\ttry it, and wait for the alert\n"
		"keysnare decoy trip web01 --call ses:GetSendQuota --wait 30m\tanother call\n"
		"keysnare decoy trip web01 --wait 0\tonly make the call",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
