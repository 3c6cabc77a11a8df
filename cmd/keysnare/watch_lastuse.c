/* Uses that no trail records, while trails are watched. */
#include "cmd/keysnare/watch_lastuse.h"

#include "cmd/keysnare/enrichment.h"
#include "cmd/keysnare/logsink.h"

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/engine/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LEAST_MS 1000

/* One write a line: other threads write, too. */
static void say(const struct ks_app *app, struct ks_json *json, struct ks_str text)
{
	struct ks_buf line;

	if (ks_logsink_is_json(app)) {
		ks_logsink_end(json, KS_LOG_WARNING);
		return;
	}
	ks_buf_init(&line, SIZE_MAX / 2);
	ks_buf_adds(&line, "keysnare: ");
	ks_text_add_terminal(&line, text);
	fprintf(stderr, KS_STR_FMT "\n", KS_STR_ARG(ks_buf_str(&line)));
	ks_buf_release(&line);
	ks_json_free(json);
}

static void problem(void *arg, struct ks_str account, const struct ks_err *err)
{
	const struct ks_watch_lastuse *lastuse = arg;
	struct ks_json *json;
	struct ks_buf text;

	/* Who has neither an account in the config nor keys did not ask for it. */
	if (lastuse->app->config->account_count == 0 && err->code == KS_ERR_AUTH && err->http_status == 0) {
		ks_log_write(&lastuse->app->ctx->log, KS_LOG_INFO, "IAM is not asked when decoys were used last: %s",
			err->message);
		return;
	}
	json = ks_logsink_begin(lastuse->app, KS_LOG_WARNING, "last-use");
	ks_json_add_str(json, "account", account);
	ks_json_add_text(json, "problem", err->message);
	ks_buf_init(&text, 1u << 12);
	ks_buf_adds(&text, "when decoys were used last is not known");
	if (account.n > 0)
		ks_buf_addf(&text, " in account " KS_STR_FMT, KS_STR_ARG(account));
	ks_buf_addf(&text, ", so a use that no trail records is not noticed: %s", err->message);
	say(lastuse->app, json, ks_buf_str(&text));
	ks_buf_release(&text);
}

static void changed(void *arg, const struct ks_silentuse_verdict *verdict)
{
	const struct ks_watch_lastuse *lastuse = arg;
	struct ks_json *json = ks_logsink_begin(lastuse->app, KS_LOG_WARNING, "silent-use");
	struct ks_buf text;

	ks_json_add_int(json, "incident", verdict->incident);
	ks_json_add_int(json, "raised", (int64_t)verdict->raised);
	ks_json_add_int(json, "explained", (int64_t)verdict->explained);
	ks_buf_init(&text, 1u << 12);
	ks_buf_addf(&text, "incident %" PRId64 ": %s: keysnare incident show %" PRId64, verdict->incident,
		verdict->raised > 0 ? "a decoy was used, and no event explains it" :
		"an event explains the use after all", verdict->incident);
	say(lastuse->app, json, ks_buf_str(&text));
	ks_buf_release(&text);
}

static int read_interval(const struct ks_app *app, const struct ks_opt_args *args, int64_t *out_ms,
	struct ks_err *err)
{
	if (strcmp(ks_opt_value(args, "last-use", "15m"), "0") == 0) {
		*out_ms = 0;
		return 0;
	}
	if (ks_enrichment_time(app, args, "last-use", "15m", out_ms, err) != 0)
		return -1;
	if (*out_ms < LEAST_MS || *out_ms > KS_TIME_DAY)
		return ks_err_set(err, KS_ERR_USAGE, "option '--last-use' takes a time from 1s to 24h, or 0");
	return 0;
}

int ks_watch_lastuse_start(struct ks_watch_lastuse *lastuse, const struct ks_app *app,
	const struct ks_opt_args *args, const struct ks_watch_config *config, struct ks_err *err)
{
	struct ks_lastuse_config wanted = { .ctx = app->ctx, .store_path = app->store_path,
		.account_count = app->config->account_count, .settings = &lastuse->settings,
		.quiet_ms = config->quiet_ms, .problem = problem, .changed = changed, .arg = lastuse };
	struct ks_err why = { 0 };

	lastuse->app = app;
	if (read_interval(app, args, &wanted.interval_ms, err) != 0)
		return -1;
	if (wanted.interval_ms == 0 || config->is_once)
		return 0;
	if (ks_config_accounts(app->config, app->ctx, &lastuse->arena, &wanted.accounts, &why) != 0 ||
		config->settings(config->settings_arg, &lastuse->settings, &why) != 0) {
		problem(lastuse, KS_STR(""), &why);
		return 0;
	}
	return ks_lastuse_start(&wanted, &lastuse->lastuse, err);
}

void ks_watch_lastuse_finish(struct ks_watch_lastuse *lastuse)
{
	struct ks_lastuse_summary ignored;

	ks_lastuse_finish(lastuse->lastuse, &ignored);
	lastuse->lastuse = NULL;
	ks_settings_release(&lastuse->settings);
	ks_arena_release(&lastuse->arena);
}
