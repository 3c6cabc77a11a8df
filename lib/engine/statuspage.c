/* Three pages. */
#include "lib/engine/statuspage.h"

#include "lib/base/metrics.h"
#include "lib/base/pulse.h"

#include <string.h>

/* Those that are over leave the page. */
static void count_alarms(const struct ks_statuspage *page)
{
	struct ks_vec alarms = KS_VEC_OF(struct ks_sentry_alarm);
	struct ks_arena arena;

	if (page->sentry == NULL)
		return;
	ks_arena_init(&arena);
	ks_sentry_read(page->sentry, &arena, &alarms);
	ks_metrics_clear(page->ctx->metrics, KS_METRIC_ALARMS);
	for (size_t i = 0; i < alarms.n; i++) {
		const struct ks_sentry_alarm *alarm = KS_VEC_AT(&alarms, struct ks_sentry_alarm, i);

		ks_metrics_set(page->ctx->metrics, KS_METRIC_ALARMS, KS_METRICS_OF(alarm->name, alarm->subject), 1);
	}
	ks_vec_release(&alarms);
	ks_arena_release(&arena);
}

static void add_metrics(const struct ks_statuspage *page, struct ks_serve_answer *answer)
{
	struct ks_metrics *metrics = page->ctx->metrics;
	struct ks_json *details = NULL;
	struct ks_pulse_worker worker;

	/* It counts what waits for notifiers. */
	ks_metrics_set(metrics, KS_METRIC_HEALTHY, NULL, ks_health_look(page->health, &details));
	ks_json_free(details);
	for (unsigned i = 0; ks_pulse_look(page->ctx->pulse, i, &worker); i++)
		ks_metrics_set(metrics, KS_METRIC_WORKER_STALLED, KS_METRICS_OF(worker.name), worker.is_stalled);
	count_alarms(page);
	answer->type = "text/plain; version=0.0.4; charset=utf-8";
	ks_metrics_render(metrics, &answer->body);
}

static void add_health(const struct ks_statuspage *page, struct ks_serve_answer *answer)
{
	struct ks_json *json = NULL;

	answer->status = ks_health_look(page->health, &json) ? 200 : 503;
	answer->type = "application/json";
	ks_json_render(json, &answer->body);
	ks_buf_addc(&answer->body, '\n');
	ks_json_free(json);
}

static void add_ready(const struct ks_statuspage *page, struct ks_serve_answer *answer)
{
	bool is_ready = ks_health_is_ready(page->health) && !ks_ctx_is_stopping(page->ctx);

	answer->status = is_ready ? 200 : 503;
	answer->type = "application/json";
	ks_buf_addf(&answer->body, "{\"ready\":%s}\n", is_ready ? "true" : "false");
}

bool ks_statuspage_find(void *arg, const char *path, struct ks_serve_answer *answer)
{
	const struct ks_statuspage *page = arg;

	if (strcmp(path, "/metrics") == 0)
		add_metrics(page, answer);
	else if (strcmp(path, "/healthz") == 0)
		add_health(page, answer);
	else if (strcmp(path, "/readyz") == 0)
		add_ready(page, answer);
	else
		return false;
	return true;
}
