/* What the loop says, under a lock, and the verdict on it. */
#include "lib/engine/health.h"

#include "lib/base/mem.h"
#include "lib/base/metrics.h"
#include "lib/base/pulse.h"
#include "lib/base/time.h"
#include "lib/incident/outbox.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHY_LONGEST 300u

struct source {
	char *spec;
	struct ks_source_health now;         /* its error is below */
	char error[WHY_LONGEST];
};

struct ks_health {
	struct ks_health_config config;
	pthread_mutex_t lock;                /* of what follows */
	struct ks_vec sources;               /* struct source */
	int64_t committed_ms, failing_ms;    /* KS_TIME_NONE: never; commits work */
	char failure[WHY_LONGEST];
	char hash[80], load_error[WHY_LONGEST];
	bool is_ready;
};

struct ks_health *ks_health_new(const struct ks_health_config *config)
{
	struct ks_health *health = ks_mem_alloc(sizeof(*health));

	health->config = *config;
	health->sources = KS_VEC_OF(struct source);
	health->committed_ms = health->failing_ms = KS_TIME_NONE;
	pthread_mutex_init(&health->lock, NULL);
	return health;
}

void ks_health_free(struct ks_health *health)
{
	if (health == NULL)
		return;
	for (size_t i = 0; i < health->sources.n; i++)
		free(KS_VEC_AT(&health->sources, struct source, i)->spec);
	ks_vec_release(&health->sources);
	pthread_mutex_destroy(&health->lock);
	free(health);
}

/* ---- what the loop says -------------------------------------------------------------------------- */

static void copy(char out[WHY_LONGEST], const char *text)
{
	snprintf(out, WHY_LONGEST, "%s", text != NULL ? text : "");
}

void ks_health_source(struct ks_health *health, const char *spec, const struct ks_source_health *now)
{
	struct source *source = NULL;

	if (health == NULL)
		return;
	pthread_mutex_lock(&health->lock);
	for (size_t i = 0; i < health->sources.n && source == NULL; i++)
		if (strcmp(KS_VEC_AT(&health->sources, struct source, i)->spec, spec) == 0)
			source = KS_VEC_AT(&health->sources, struct source, i);
	if (source == NULL) {
		source = ks_vec_push(&health->sources);
		source->spec = ks_mem_copy(spec, strlen(spec));
	}
	source->now = *now;
	source->now.error = NULL;
	copy(source->error, now->error);
	pthread_mutex_unlock(&health->lock);
}

void ks_health_committed(struct ks_health *health)
{
	if (health == NULL)
		return;
	pthread_mutex_lock(&health->lock);
	health->committed_ms = ks_ctx_now(health->config.ctx);
	health->failing_ms = KS_TIME_NONE;
	health->failure[0] = '\0';
	pthread_mutex_unlock(&health->lock);
}

void ks_health_failed(struct ks_health *health, const char *why)
{
	if (health == NULL)
		return;
	pthread_mutex_lock(&health->lock);
	if (health->failing_ms == KS_TIME_NONE)
		health->failing_ms = ks_ctx_now(health->config.ctx);
	copy(health->failure, why);
	pthread_mutex_unlock(&health->lock);
}

void ks_health_ready(struct ks_health *health)
{
	if (health == NULL)
		return;
	pthread_mutex_lock(&health->lock);
	health->is_ready = true;
	pthread_mutex_unlock(&health->lock);
}

void ks_health_loaded(struct ks_health *health, const char *hash, const char *error)
{
	if (health == NULL)
		return;
	pthread_mutex_lock(&health->lock);
	if (hash != NULL)
		snprintf(health->hash, sizeof(health->hash), "%s", hash);
	copy(health->load_error, error);
	pthread_mutex_unlock(&health->lock);
}

bool ks_health_is_ready(struct ks_health *health)
{
	bool is_ready;

	pthread_mutex_lock(&health->lock);
	is_ready = health->is_ready;
	pthread_mutex_unlock(&health->lock);
	return is_ready;
}

/* ---- the verdict --------------------------------------------------------------------------------- */

/* Why an alarm of that kind is on about a subject; NULL when none is. */
static const char *find_alarm(const struct ks_vec *alarms, enum ks_vigil_kind kind, const char *subject)
{
	for (size_t i = 0; i < alarms->n; i++) {
		const struct ks_sentry_alarm *alarm = KS_VEC_AT(alarms, struct ks_sentry_alarm, i);

		if (strcmp(alarm->name, ks_vigil_row(kind)->name) == 0 && strcmp(alarm->subject, subject) == 0)
			return alarm->why;
	}
	return NULL;
}

static void add_text(struct ks_json *json, const char *key, const char *text)
{
	ks_json_add_text(json, key, text[0] != '\0' ? text : NULL);
}

static bool add_sources(const struct ks_health *health, const struct ks_vec *alarms, struct ks_json *json)
{
	struct ks_json *list = ks_json_new_array();
	bool is_well = true;

	for (size_t i = 0; i < health->sources.n; i++) {
		const struct source *source = KS_VEC_AT(&health->sources, struct source, i);
		const char *wrong = find_alarm(alarms, KS_VIGIL_FAILING, source->spec);
		struct ks_json *one = ks_json_new_object();

		ks_json_add_text(one, "source", source->spec);
		ks_json_add_bool(one, "healthy", wrong == NULL);
		ks_json_add_text(one, "why", wrong);
		ks_json_add_time(one, "heard", source->now.heard_ms);
		ks_json_add_time(one, "newest", source->now.newest_ms);
		if (source->now.behind >= 0)
			ks_json_add_int(one, "behind", source->now.behind);
		else
			ks_json_add_null(one, "behind");
		ks_json_add_int(one, "failures", source->now.failures);
		ks_json_add_time(one, "failing_since", source->now.failing_ms);
		add_text(one, "error", source->error);
		ks_json_add(list, NULL, one);
		is_well &= wrong == NULL;
	}
	ks_json_add(json, "sources", list);
	return is_well;
}

static bool add_store(const struct ks_health *health, const struct ks_vec *alarms, struct ks_json *json)
{
	struct ks_json *store = ks_json_new_object();
	bool is_well = find_alarm(alarms, KS_VIGIL_FULL, "") == NULL &&
		find_alarm(alarms, KS_VIGIL_LOCKED, "") == NULL;

	ks_json_add_bool(store, "healthy", is_well);
	ks_json_add_time(store, "committed", health->committed_ms);
	ks_json_add_time(store, "failing_since", health->failing_ms);
	add_text(store, "error", health->failure);
	ks_json_add(json, "store", store);
	return is_well;
}

static bool add_threads(const struct ks_health *health, struct ks_json *json)
{
	struct ks_json *list = ks_json_new_array();
	struct ks_pulse_worker worker;
	bool is_well = true;

	for (unsigned i = 0; ks_pulse_look(health->config.ctx->pulse, i, &worker); i++) {
		struct ks_json *one = ks_json_new_object();

		ks_json_add_text(one, "thread", worker.name);
		ks_json_add_bool(one, "healthy", !worker.is_stalled);
		ks_json_add_int(one, "silent_ms", worker.silent_ms);
		ks_json_add(list, NULL, one);
		is_well &= !worker.is_stalled;
	}
	ks_json_add(json, "threads", list);
	return is_well;
}

/* What waits for a notifier; -1: the store could not be asked. */
static int64_t waiting_for(const struct ks_vec *waiting, bool is_known, const char *name)
{
	for (size_t i = 0; is_known && i < waiting->n; i++) {
		const struct ks_outbox_waiting *row = KS_VEC_AT(waiting, struct ks_outbox_waiting, i);

		if (ks_str_is(row->notifier, name))
			return row->incidents;
	}
	return is_known ? 0 : -1;
}

static void add_notifiers(const struct ks_health *health, struct ks_json *json)
{
	struct ks_metrics *metrics = health->config.ctx->metrics;
	struct ks_vec waiting = KS_VEC_OF(struct ks_outbox_waiting);
	struct ks_json *list = ks_json_new_array();
	struct ks_err ignored = { 0 };
	struct ks_db *db = NULL;
	struct ks_arena arena;
	bool is_known;

	ks_arena_init(&arena);
	is_known = ks_schema_open(health->config.ctx, health->config.store_path, KS_DB_READ, &db,
		&ignored) == 0 &&
		ks_outbox_waiting(db, &arena, &waiting, &ignored) == 0;
	for (size_t i = 0; i < health->config.notifier_count; i++) {
		const char *name = health->config.notifiers[i], *const *labels = KS_METRICS_OF(name);
		int64_t n = waiting_for(&waiting, is_known, name);
		struct ks_json *one = ks_json_new_object();

		ks_json_add_text(one, "notifier", name);
		if (n >= 0)
			ks_json_add_int(one, "incidents_waiting", n);
		else
			ks_json_add_null(one, "incidents_waiting");
		ks_json_add_int(one, "sent", (int64_t)ks_metrics_value(metrics, KS_METRIC_NOTICES_SENT, labels));
		ks_json_add_int(one, "failed", (int64_t)ks_metrics_value(metrics, KS_METRIC_NOTICES_FAILED, labels));
		ks_json_add_int(one, "given_up", (int64_t)ks_metrics_value(metrics, KS_METRIC_NOTICES_DEAD, labels));
		ks_json_add(list, NULL, one);
		if (n >= 0)
			ks_metrics_set(metrics, KS_METRIC_NOTICES_WAITING, labels, (double)n);
	}
	ks_json_add(json, "notifiers", list);
	ks_db_close(db);
	ks_vec_release(&waiting);
	ks_arena_release(&arena);
}

bool ks_health_look(struct ks_health *health, struct ks_json **out)
{
	struct ks_vec alarms = KS_VEC_OF(struct ks_sentry_alarm);
	struct ks_arena arena = { NULL };
	struct ks_json *json = ks_json_new_object(), *rest = ks_json_new_object();
	bool is_well;

	/* The store is asked without the lock: the loop must not wait for a page. */
	if (out != NULL)
		add_notifiers(health, rest);
	ks_sentry_read(health->config.sentry, &arena, &alarms);
	pthread_mutex_lock(&health->lock);
	is_well = add_sources(health, &alarms, rest);
	is_well &= add_store(health, &alarms, rest);
	is_well &= add_threads(health, rest);
	ks_json_add_bool(rest, "responder", health->config.has_responder);
	add_text(rest, "rules", health->hash);
	add_text(rest, "reload_error", health->load_error);
	ks_json_add_bool(json, "healthy", is_well);
	ks_json_add_bool(json, "ready", health->is_ready);
	pthread_mutex_unlock(&health->lock);
	ks_json_add(json, "details", rest);
	if (out != NULL)
		*out = json;
	else
		ks_json_free(json);
	ks_vec_release(&alarms);
	ks_arena_release(&arena);
	return is_well;
}

void ks_health_line(struct ks_health *health, struct ks_buf *out)
{
	struct ks_vec alarms = KS_VEC_OF(struct ks_sentry_alarm);
	struct ks_arena arena = { NULL };
	const char *ill = NULL, *why = NULL;
	int64_t behind = 0;

	ks_sentry_read(health->config.sentry, &arena, &alarms);
	pthread_mutex_lock(&health->lock);
	for (size_t i = 0; i < health->sources.n; i++) {
		const struct source *source = KS_VEC_AT(&health->sources, struct source, i);

		if (why == NULL && (why = find_alarm(&alarms, KS_VIGIL_FAILING, source->spec)) != NULL)
			ill = source->spec;
		behind += source->now.behind > 0 ? source->now.behind : 0;
	}
	ks_buf_addf(out, "%s %zu source%s", health->is_ready ? "watching" : "reading what is there of",
		health->sources.n, health->sources.n == 1 ? "" : "s");
	if (behind > 0)
		ks_buf_addf(out, ", %" PRId64 " waiting", behind);
	if (health->failing_ms != KS_TIME_NONE)
		ks_buf_addf(out, "; the store: %s", health->failure);
	else if (ill != NULL)
		ks_buf_addf(out, "; %s: %s", ill, why);
	pthread_mutex_unlock(&health->lock);
	ks_vec_release(&alarms);
	ks_arena_release(&arena);
}
