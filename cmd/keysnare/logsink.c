/* Log lines on standard error. One write a line: several threads log. */
#include "cmd/keysnare/logsink.h"

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/codec/json.h"
#include "lib/engine/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_LINE (1u << 16)

/* JOURNAL_STREAM names the device and the file of the journal's pipe: ours may lead somewhere else. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(own, sizeof(own), "%" PRIuMAX ":%" PRIuMAX, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(own, stream) == 0;
}

const char *ks_logsink_prefix(enum ks_log_level level)
{
	static const char *const prefixes[] = { "<3>", "<4>", "<6>", "<7>" };

	return is_journal() ? prefixes[level] : "";
}

static void write_text(void *arg, enum ks_log_level level, const char *line)
{
	static const char *const names[] = { "error: ", "warning: ", "", "debug: " };
	struct ks_buf safe;

	(void)arg;
	ks_buf_init(&safe, LONGEST_LINE);
	ks_text_add_terminal(&safe, ks_str_of(line));
	fprintf(stderr, "%skeysnare: %s" KS_STR_FMT "\n", ks_logsink_prefix(level), names[level],
		KS_STR_ARG(ks_buf_str(&safe)));
	ks_buf_release(&safe);
}

/* ---- JSON ---------------------------------------------------------------------------------------- */

static struct ks_json *begin(const struct ks_ctx *ctx, enum ks_log_level level)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	struct ks_json *json = ks_json_new_object();
	char time[KS_TIME_TEXT];

	ks_json_add_text(json, "time", ks_time_render(ks_ctx_now(ctx), time));
	ks_json_add_text(json, "level", names[level]);
	return json;
}

static void end(struct ks_json *json, enum ks_log_level level)
{
	struct ks_buf line;

	ks_buf_init(&line, LONGEST_LINE);
	ks_json_render(json, &line);
	fprintf(stderr, "%s" KS_STR_FMT "\n", ks_logsink_prefix(level), KS_STR_ARG(ks_buf_str(&line)));
	ks_buf_release(&line);
	ks_json_free(json);
}

static void write_json(void *arg, enum ks_log_level level, const char *line)
{
	struct ks_json *json = begin(arg, level);

	ks_json_add_text(json, "message", line);
	end(json, level);
}

static void write_event(void *arg, enum ks_log_level level, const char *name,
	const struct ks_log_field *fields, size_t n)
{
	struct ks_json *json = begin(arg, level);

	ks_json_add_text(json, "event", name);
	for (size_t i = 0; i < n; i++) {
		if (fields[i].text.p == NULL)
			ks_json_add_int(json, fields[i].name, fields[i].number);
		else if (fields[i].text.n > 0)
			ks_json_add_str(json, fields[i].name, fields[i].text);
		else
			ks_json_add_null(json, fields[i].name);
	}
	end(json, level);
}

bool ks_logsink_is_json(const struct ks_app *app)
{
	return app->format != KS_FORMAT_TEXT || app->ctx->log.write == write_json;
}

struct ks_json *ks_logsink_begin(const struct ks_app *app, enum ks_log_level level, const char *status)
{
	struct ks_json *json = begin(app->ctx, level);

	ks_json_add_text(json, "status", status);
	return json;
}

void ks_logsink_end(struct ks_json *json, enum ks_log_level level)
{
	end(json, level);
}

/* ---- choosing ------------------------------------------------------------------------------------ */

void ks_logsink_init(struct ks_ctx *ctx)
{
	ctx->log = (struct ks_log){ .level = KS_LOG_WARNING, .write = write_text };
}

void ks_logsink_choose(struct ks_ctx *ctx, const struct ks_app *app, const struct ks_opt_args *args,
	bool is_watch)
{
	const char *format = ks_opt_value(args, "log-format", ks_ctx_env(ctx, "KEYSNARE_LOG_FORMAT"));

	if (format == NULL && is_watch)         /* who types a command beside the service reads text */
		format = app->config->log_format;
	if (format == NULL)
		format = is_watch && app->format != KS_FORMAT_TEXT ? "json" : "text";
	if (strcmp(format, "json") != 0)
		return;
	ctx->log = (struct ks_log){ .level = app->verbosity >= 2 ? KS_LOG_DEBUG : KS_LOG_INFO,
		.write = write_json, .event = write_event, .arg = ctx };
}
