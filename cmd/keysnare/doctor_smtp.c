/* One login by SMTP, and IAM's word before and after it. */
#include "cmd/keysnare/doctor_smtp.h"

#include "cmd/keysnare/aws_session.h"
#include "cmd/keysnare/decoy_key.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"

#include "lib/aws/iam.h"
#include "lib/base/file.h"
#include "lib/base/time.h"
#include "lib/decoy/smtp.h"
#include "lib/incident/silentuse.h"
#include "lib/incident/trip.h"
#include "lib/net/http.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 10000
#define NAP_MS 100
#define PORT 587
#define SECRET_MAX 4096u

struct probe {
	struct ks_app *app;
	struct ks_db *db;
	const struct ks_decoy *decoy;
	struct ks_aws_session session;
	struct ks_arena arena;
	const char *url, *host, *region;
	struct ks_credentials key;
	struct ks_iam_last_used before, after;
	int64_t sent_ms, until_ms;
	int code;                        /* what the server said */
	bool is_in;                      /* it let us in */
	struct ks_err refused;           /* else why not */
};

/* "HOST[:PORT]"; ports on which TLS comes first are smtps. */
static int find_server(struct probe *p, const struct ks_opt_args *args, struct ks_err *err)
{
	const char *given = ks_opt_value(args, "smtp-host", NULL), *colon;
	struct ks_str region = p->decoy->region;
	const struct ks_partition *partition;
	int64_t port = PORT;

	if (ks_opt_has(args, "region"))
		region = ks_str_of(ks_opt_value(args, "region", ""));
	partition = ks_smtp_is_region(region) ? ks_partition_of_region(region) : NULL;
	if (partition == NULL)
		return ks_err_set(err, KS_ERR_USAGE, "no Region is known for the decoy '" KS_STR_FMT "': give "
			"--region", KS_STR_ARG(p->decoy->name));
	p->region = ks_arena_strdup(&p->arena, region);
	if (given == NULL)
		given = ks_arena_printf(&p->arena, "email-smtp.%s.%s", p->region, partition->dns_suffix);
	colon = strrchr(given, ':');
	if (colon != NULL && (!ks_str_parse_int(ks_str_of(colon + 1), &port) || port < 1 || port > 65535))
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no HOST[:PORT]", given);
	p->host = colon == NULL ? given : ks_arena_printf(&p->arena, "%.*s", (int)(colon - given), given);
	if (strspn(p->host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") !=
		strlen(p->host) || p->host[0] == '\0')
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no HOST[:PORT]", given);
	p->url = ks_arena_printf(&p->arena, "%s://%s:%" PRId64 "/localhost",
		port == 465 || port == 2465 ? "smtps" : "smtp", p->host, port);
	return 0;
}

/* Out of the bait, or from where the option says. */
static int take_secret(struct probe *p, const char *reference, struct ks_err *err)
{
	struct ks_buf text;
	const char *value;
	int rc = -1;

	if (reference == NULL)
		return ks_decoy_key_take(p->db, p->decoy, &p->key, err);
	if (p->decoy->kind != KS_DECOY_LIVE)
		return ks_err_set(err, KS_ERR_STATE, "AWS does not know the key of '" KS_STR_FMT "'",
			KS_STR_ARG(p->decoy->name));
	ks_buf_init(&text, SECRET_MAX);
	if (strncmp(reference, "env:", 4) == 0) {
		value = ks_ctx_env(p->app->ctx, reference + 4);
		rc = value != NULL ? 0 : ks_err_set(err, KS_ERR_USAGE, "the variable '%s' is not set",
			reference + 4);
		if (rc == 0)
			ks_buf_adds(&text, value);
	} else if (strncmp(reference, "file:", 5) == 0) {
		rc = ks_file_load(reference + 5, &text, err);
	} else {
		ks_err_set(err, KS_ERR_USAGE, "a secret is given as env:NAME or file:PATH, never itself");
	}
	if (rc == 0)
		rc = ks_credentials_set(&p->key, p->decoy->key_id, ks_str_trim(ks_buf_str(&text)), KS_STR(""),
			KS_TIME_NONE, "the option --smtp-secret", err);
	ks_buf_wipe(&text);
	return rc;
}

static int ask(struct probe *p, struct ks_iam_last_used *out, struct ks_err *err)
{
	return ks_iam_get_access_key_last_used(p->session.client,
		ks_arena_strdup(&p->arena, p->decoy->key_id), &p->arena, out, err);
}

static const char *render_use(struct probe *p, const struct ks_iam_last_used *use)
{
	char time[KS_TIME_TEXT];

	if (use->time_ms == KS_TIME_NONE)
		return "never";
	return ks_arena_printf(&p->arena, "%s, " KS_STR_FMT " in " KS_STR_FMT, ks_time_render(use->time_ms,
		time),
		KS_STR_ARG(use->service), KS_STR_ARG(use->region));
}

static void explain(struct probe *p)
{
	fprintf(stderr, "keysnare: this logs in once to %s by SMTP with TLS, as the decoy '" KS_STR_FMT "' ("
		KS_STR_FMT "), and sends no mail.\n"
		"keysnare: no trail records such a login. IAM is asked before it, and after it until it notices.\n"
		"keysnare: IAM says now: %s\n", p->host, KS_STR_ARG(p->decoy->name), KS_STR_ARG(p->decoy->key_id),
		render_use(p, &p->before));
}

/* The use is ours: a watch that runs is not to raise an alarm about it. */
static int log_in(struct probe *p, struct ks_err *err)
{
	const struct ks_trip trip = { .key_id = p->decoy->key_id, .call = KS_STR("SMTP AUTH"),
		.request_id = KS_STR(""), .sent_ms = ks_ctx_now(p->app->ctx) };
	struct ks_secret password = { NULL, 0 };
	struct ks_err why = { 0 };
	int rc;

	if (ks_trip_add(p->db, &trip, err) != 0)
		return -1;
	p->sent_ms = trip.sent_ms;
	ks_smtp_password(&p->key.secret, ks_str_of(p->region), &password);
	rc = ks_http_login(&(struct ks_http_mail){ .url = p->url, .user = p->key.key_id,
		.password = ks_secret_reveal(&password).p, .ca_file = p->session.settings.ca_bundle,
		.stop = p->app->ctx->stop }, &p->code, &why);
	ks_secret_release(&password);
	p->is_in = rc == 0;
	p->refused = why;
	/* A server that refuses has seen the key; one that was not reached has not. */
	if (rc == 0 || why.code == KS_ERR_AUTH || why.code == KS_ERR_REMOTE)
		return 0;
	*err = why;
	return ks_err_wrap(err, "%s", p->host);
}

static bool has_moved(const struct probe *p)
{
	return p->after.time_ms != KS_TIME_NONE && p->after.time_ms > p->before.time_ms;
}

static int await(struct probe *p, struct ks_err *err)
{
	int64_t now = ks_ctx_now(p->app->ctx), look = now;

	while (now < p->until_ms && !ks_ctx_is_stopping(p->app->ctx)) {
		if (now >= look) {
			if (ask(p, &p->after, err) != 0)
				return -1;
			if (has_moved(p))
				return 0;
			look = now + LOOK_MS < p->until_ms ? now + LOOK_MS : p->until_ms - 1;
		}
		nanosleep(&(struct timespec){ .tv_nsec = NAP_MS * 1000000L }, NULL);
		now = ks_ctx_now(p->app->ctx);
	}
	return ks_ctx_is_stopping(p->app->ctx) ?
		ks_err_set(err, KS_ERR_STATE, "stopped before it could be told") : 0;
}

static void print(struct probe *p, const char *waited)
{
	struct ks_json *json;
	char time[KS_TIME_TEXT];

	if (p->app->format == KS_FORMAT_TEXT) {
		if (p->is_in)
			printf("%s let us in (%d)\n", p->host, p->code);
		else
			printf("%s did not let us in: %s\n", p->host, p->refused.message);
		if (has_moved(p))
			printf("moved: IAM says the key was used last at %s: a login by SMTP shows\n",
				render_use(p, &p->after));
		else
			printf("did not move within %s: IAM still says %s\n", waited, render_use(p, &p->after));
		return;
	}
	json = ks_json_new_object();
	ks_json_add_str(json, "decoy", p->decoy->name);
	ks_json_add_text(json, "host", p->host);
	ks_json_add_text(json, "sent", ks_time_render(p->sent_ms, time));
	ks_json_add_bool(json, "logged_in", p->is_in);
	ks_json_add_int(json, "code", p->code);
	ks_json_add_text(json, "before", p->before.time_ms != KS_TIME_NONE ?
		ks_time_render(p->before.time_ms, time) : NULL);
	ks_json_add_bool(json, "moved", has_moved(p));
	ks_json_add_text(json, "after", p->after.time_ms != KS_TIME_NONE ?
		ks_time_render(p->after.time_ms, time) : NULL);
	ks_json_add_str(json, "service", p->after.service);
	ks_json_add_str(json, "region", p->after.region);
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

/* IAM makes one of the uses within a quarter of an hour: a use just before would hide this one. */
static int check_before(const struct probe *p, struct ks_err *err)
{
	if (p->before.time_ms == KS_TIME_NONE ||
		ks_ctx_now(p->app->ctx) - p->before.time_ms >= KS_SILENTUSE_SAMPLING_MS)
		return 0;
	return ks_err_set(err, KS_ERR_STATE, "the key was used within the last 15 minutes, of which IAM shows "
		"the "
		"first use only: try again in a quarter of an hour");
}

static int examine(struct probe *p, const struct ks_opt_args *args, struct ks_err *err)
{
	const char *account = ks_arena_strdup(&p->arena, p->decoy->account);

	if (find_server(p, args, err) != 0 || take_secret(p, ks_opt_value(args, "smtp-secret", NULL),
		err) != 0 ||
		ks_aws_session_open(p->app, account[0] != '\0' ? account : NULL, p->region, &p->session, err) != 0 ||
		ask(p, &p->before, err) != 0 || check_before(p, err) != 0)
		return -1;
	explain(p);
	p->after = p->before;
	return log_in(p, err) != 0 ? -1 : await(p, err);
}

int ks_doctor_smtp_run(struct ks_app *app, const struct ks_opt_args *args)
{
	const char *wait = ks_opt_value(args, "wait", "30m");
	struct ks_vec names = KS_VEC_OF(const char *);
	struct probe p = { .app = app, .key = { .expires_ms = KS_TIME_NONE } };
	struct ks_decoy_view_fleet fleet;
	struct ks_err err = { 0 };
	int status = KS_EXIT_DONE;

	*(const char **)ks_vec_push(&names) = ks_opt_value(args, "live-smtp-probe", "");
	if (ks_incident_view_until(app, "wait", wait, &p.until_ms, &err) != 0 ||
		ks_decoy_view_open(app, KS_DB_WRITE, &names, &fleet, &err) != 0) {
		ks_vec_release(&names);
		return ks_command_fail(&err);
	}
	p.db = fleet.db;
	p.decoy = KS_VEC_AT(&fleet.chosen, struct ks_decoy, 0);
	if (examine(&p, args, &err) != 0)
		status = ks_command_fail(&err);
	else
		print(&p, wait);
	ks_credentials_release(&p.key);
	ks_aws_session_close(&p.session);
	ks_arena_release(&p.arena);
	ks_decoy_view_close(&fleet);
	ks_vec_release(&names);
	return status;
}
