/* Responding while trails are watched. */
#include "cmd/keysnare/watch_respond.h"

#include "cmd/keysnare/logsink.h"

#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/engine/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SHOWN_DIGEST 8

static const char *const words[] = {
	[KS_RESPONDER_WAITS] = "waits",
	[KS_RESPONDER_ACTS] = "acts",
	[KS_RESPONDER_ACTED] = "acted",
	[KS_RESPONDER_REFUSED] = "refused",
	[KS_RESPONDER_SHOWN] = "shown",
	[KS_RESPONDER_LEFT] = "left",
	[KS_RESPONDER_GONE] = "gone",
	[KS_RESPONDER_FAILED] = "failed",
};

/* ---- lines --------------------------------------------------------------------------------------- */

static void add_waits(const struct ks_responder_news *news, struct ks_buf *out)
{
	ks_buf_addf(out, "plan %" PRId64 " of policy ", news->plan);
	ks_buf_add(out, news->policy);
	ks_buf_addf(out, " waits for approval: %zu step%s, digest %.*s", news->steps,
		news->steps == 1 ? "" : "s", SHOWN_DIGEST, news->digest);
	if (news->why != NULL)
		ks_buf_addf(out, " (%s)", news->why);
	ks_buf_addf(out, ": keysnare respond approve %" PRId64, news->incident);
}

static void add_acted(const struct ks_responder_news *news, struct ks_buf *out)
{
	const struct ks_executor_summary *s = news->summary;

	ks_buf_addf(out, "plan %" PRId64 " is %s: %zu done, %zu were so before, %zu failed, %zu lost, %zu left",
		news->plan, ks_ledger_state_name(s->state), s->done, s->skipped, s->failed, s->lost, s->left);
	if (s->state != KS_LEDGER_DONE)
		ks_buf_addf(out, ": keysnare respond status %" PRId64, news->incident);
}

static void add_line(const struct ks_responder_news *news, struct ks_buf *out)
{
	ks_buf_addf(out, "incident %" PRId64 ": ", news->incident);
	switch (news->what) {
	case KS_RESPONDER_WAITS:
		add_waits(news, out);
		break;
	case KS_RESPONDER_ACTS:
		ks_buf_addf(out, "carrying out plan %" PRId64 " of policy " KS_STR_FMT ", %zu step%s", news->plan,
			KS_STR_ARG(news->policy), news->steps, news->steps == 1 ? "" : "s");
		break;
	case KS_RESPONDER_ACTED:
		add_acted(news, out);
		break;
	case KS_RESPONDER_REFUSED:
		ks_buf_addf(out, "nothing is sent: %s", news->why != NULL ? news->why : "a guard refuses");
		break;
	case KS_RESPONDER_SHOWN:
		ks_buf_addf(out, "policy " KS_STR_FMT " would act and may not (%s): keysnare respond plan %" PRId64,
			KS_STR_ARG(news->policy), news->why != NULL ? news->why : "dry run", news->incident);
		break;
	case KS_RESPONDER_LEFT:
		ks_buf_addf(out, "plan %" PRId64 " was %s by an earlier run and is left to you: keysnare respond "
			"status %"
			PRId64, news->plan, news->why, news->incident);
		break;
	case KS_RESPONDER_GONE:
		ks_buf_addf(out, "plan %" PRId64 " does not hold any more, %zu step%s: %s: keysnare respond status %"
			PRId64, news->plan, news->steps, news->steps == 1 ? "" : "s", news->why, news->incident);
		break;
	default:
		ks_buf_addf(out, "cannot respond: %s", news->why != NULL ? news->why : "");
		break;
	}
}

static void say_json(const struct ks_app *app, const struct ks_responder_news *news)
{
	enum ks_log_level level = news->what == KS_RESPONDER_FAILED ? KS_LOG_ERROR : KS_LOG_INFO;
	struct ks_json *json = ks_logsink_begin(app, level, "respond");

	ks_json_add_text(json, "what", words[news->what]);
	ks_json_add_int(json, "incident", news->incident);
	if (news->plan != 0)
		ks_json_add_int(json, "plan", news->plan);
	else
		ks_json_add_null(json, "plan");
	ks_json_add_str(json, "policy", news->policy);
	ks_json_add_text(json, "digest", news->digest);
	ks_json_add_int(json, "steps", (int64_t)news->steps);
	ks_json_add_text(json, "why", news->why);
	if (news->summary != NULL) {
		ks_json_add_text(json, "state", ks_ledger_state_name(news->summary->state));
		ks_json_add_int(json, "done", (int64_t)news->summary->done);
		ks_json_add_int(json, "skipped", (int64_t)news->summary->skipped);
		ks_json_add_int(json, "failed", (int64_t)news->summary->failed);
		ks_json_add_int(json, "lost", (int64_t)news->summary->lost);
		ks_json_add_int(json, "left", (int64_t)news->summary->left);
	}
	ks_logsink_end(json, level);
}

/* Called by the responder's thread: one write a line. */
static void tell(void *arg, const struct ks_responder_news *news)
{
	const struct ks_watch_respond *respond = arg;
	struct ks_buf line, safe;

	if (news->what == KS_RESPONDER_SHOWN && respond->app->verbosity == 0 &&
		!ks_logsink_is_json(respond->app))
		return;
	if (ks_logsink_is_json(respond->app)) {
		say_json(respond->app, news);
		return;
	}
	ks_buf_init(&line, SIZE_MAX / 2);
	ks_buf_init(&safe, SIZE_MAX / 2);
	add_line(news, &line);
	ks_text_add_terminal(&safe, ks_buf_str(&line));
	fprintf(stderr, "keysnare: " KS_STR_FMT "\n", KS_STR_ARG(ks_buf_str(&safe)));
	ks_buf_release(&safe);
	ks_buf_release(&line);
}

/* ---- running ------------------------------------------------------------------------------------- */

static struct ks_str rule_name(void *arg, struct ks_str rule_id)
{
	const struct ks_rule *rule = ks_map_find(&((struct ks_watch_respond *)arg)->rules->ruleset.ids, rule_id);

	return rule != NULL ? rule->name : (struct ks_str){ NULL, 0 };
}

/* A set that is on its way to the responder, with whom it is for. */
struct successor {
	struct ks_watch_respond *respond;
	struct ks_watch_rules_set *rules;
};

/* Both are called by the responder's thread, like rule_name: nobody else looks at rules and lists. */
static void taken(void *arg)
{
	const struct successor *successor = arg;

	successor->respond->rules = successor->rules;
	successor->respond->mandate.lists = successor->rules->enrichment.sources.lists;
}

static void retired(void *arg)
{
	struct successor *successor = arg;

	ks_watch_rules_drop(successor->rules);
	free(successor);
}

static struct successor *make_successor(struct ks_watch_respond *respond, struct ks_watch_rules_set *rules)
{
	struct successor *successor = ks_mem_alloc(sizeof(*successor));

	ks_watch_rules_hold(rules);
	*successor = (struct successor){ respond, rules };
	return successor;
}

void ks_watch_respond_renew(struct ks_watch_respond *respond, struct ks_watch_rules_set *rules)
{
	if (respond->responder != NULL)
		ks_responder_renew(respond->responder, &(struct ks_handover_set){ &rules->policies, taken, retired,
			make_successor(respond, rules) });
}

void ks_watch_respond_init(struct ks_watch_respond *respond, struct ks_app *app)
{
	*respond = (struct ks_watch_respond){ .app = app };
}

int ks_watch_respond_start(struct ks_watch_respond *respond, struct ks_watch_rules_set *rules,
	const struct ks_watch_respond_order *order, struct ks_err *err)
{
	struct ks_app *app = respond->app;
	struct ks_config_office office = { .ctx = app->ctx, .settings = &respond->settings,
		.store_path = app->store_path, .lists = rules->enrichment.sources.lists,
			.started_ms = app->started_ms };
	struct ks_responder_config config = { .mandate = &respond->mandate, .store_path = app->store_path,
		.policies = &rules->policies, .rule_name = rule_name, .tell = tell, .arg = respond,
		.notifiers = order->notifiers, .notifier_count = order->notifier_count,
		.sentry = order->sentry };

	office.who = KS_STR("keysnare watch");
	if (ks_settings_load(app->ctx, NULL, NULL, &respond->settings, err) != 0)
		return -1;
	ks_owncall_open(app->ctx, app->store_path, &respond->settings, &respond->owncall);
	if (ks_config_mandate(app->config, &office, &respond->arena, &respond->mandate, err) != 0)
		return -1;
	respond->mandate.pool = respond->pool = ks_pool_new(&respond->settings);
	/* Those of the command line, too. */
	respond->mandate.notifiers = order->notifiers;
	respond->mandate.notifier_count = order->notifier_count;
	respond->rules = rules;
	config.retired = retired;
	config.retired_arg = make_successor(respond, rules);
	return ks_responder_start(&config, &respond->responder, err);
}

void ks_watch_respond_add(struct ks_watch_respond *respond, int64_t incident)
{
	if (respond->responder != NULL)
		ks_responder_add(respond->responder, incident);
}

void ks_watch_respond_finish(struct ks_watch_respond *respond, bool is_draining,
	struct ks_responder_summary *out)
{
	ks_responder_finish(respond->responder, is_draining, out);
	respond->responder = NULL;
}

void ks_watch_respond_release(struct ks_watch_respond *respond)
{
	struct ks_responder_summary ignored;

	ks_responder_finish(respond->responder, false, &ignored);
	ks_pool_free(respond->pool);
	ks_owncall_close(respond->owncall);
	ks_settings_release(&respond->settings);
	ks_arena_release(&respond->arena);
}
