/* Pages of LookupEvents, one after the other, as lines of a trail. */
#include "lib/trail/lookuplane.h"

#include "lib/aws/cloudtrail.h"
#include "lib/base/flag.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAP_MS 50
#define ENTERED_MS (INT64_C(50) * 60 * 1000)     /* the keys of a role are good for an hour */
#define LINE_MAX (16u << 20)

static int64_t steady_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t ks_lookuplane_pause(const struct ks_lookuplane *lane)
{
	int64_t wait = lane->next_call_ms - steady_now();

	return wait > 0 ? wait : 0;
}

void ks_lookuplane_init(struct ks_lookuplane *lane)
{
	pthread_mutex_init(&lane->lock, NULL);
	ks_map_init(&lane->seen);
	ks_map_init(&lane->seen_before);
}

void ks_lookuplane_release(struct ks_lookuplane *lane)
{
	ks_map_release(&lane->seen);
	ks_map_release(&lane->seen_before);
	pthread_mutex_destroy(&lane->lock);
}

/* Two generations: what is in the older one is older than what is looked up again. */
static void turn(struct ks_lookuplane *lane, int64_t now_ms)
{
	if (now_ms >= lane->turned_ms && now_ms - lane->turned_ms < 2 * KS_LOOKUPLANE_LATE_MS)
		return;
	ks_map_release(&lane->seen_before);
	lane->seen_before = lane->seen;
	ks_map_init(&lane->seen);
	lane->turned_ms = now_ms;
}

void ks_lookuplane_know(struct ks_lookuplane *lane, const struct ks_vec *ids, int64_t now_ms)
{
	pthread_mutex_lock(&lane->lock);
	turn(lane, now_ms);
	for (size_t i = 0; i < ids->n; i++)
		ks_map_put(&lane->seen, *KS_VEC_AT(ids, struct ks_str, i), lane);
	pthread_mutex_unlock(&lane->lock);
}

void ks_lookuplane_forget(struct ks_lookuplane *lane)
{
	pthread_mutex_lock(&lane->lock);
	ks_map_release(&lane->seen);
	ks_map_release(&lane->seen_before);
	ks_map_init(&lane->seen);
	ks_map_init(&lane->seen_before);
	pthread_mutex_unlock(&lane->lock);
}

static bool is_known(struct ks_lookuplane *lane, struct ks_str id)
{
	bool known;

	pthread_mutex_lock(&lane->lock);
	known = id.n > 0 && (ks_map_find(&lane->seen, id) != NULL || ks_map_find(&lane->seen_before,
		id) != NULL);
	pthread_mutex_unlock(&lane->lock);
	return known;
}

/* ---- a thread's tools ---------------------------------------------------------------------------- */

/* A client in one account. */
struct entry {
	const struct ks_account *account;
	struct ks_client *client;
	int64_t entered_ms;
	char id[16];
};

struct tools {
	struct ks_ctx ctx;                     /* with the flag that ends the thread */
	struct ks_settings settings;
	struct ks_vec entries;                 /* struct entry */
};

int ks_lookuplane_open(void *arg, const volatile sig_atomic_t *stop, void **out_tools, struct ks_err *err)
{
	const struct ks_source_config *config = arg;
	struct tools *tools;

	if (config->settings == NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "there are no settings for AWS here");
	tools = ks_mem_alloc(sizeof(*tools));
	*tools = (struct tools){ .ctx = *config->ctx, .entries = KS_VEC_OF(struct entry) };
	tools->ctx.stop = stop;
	if (config->settings(config->arg, &tools->settings, err) != 0) {
		free(tools);
		return -1;
	}
	tools->settings.ctx = &tools->ctx;
	*out_tools = tools;
	return 0;
}

void ks_lookuplane_close(void *arg, void *state)
{
	struct tools *tools = state;

	(void)arg;
	for (size_t i = 0; i < tools->entries.n; i++)
		ks_client_free(KS_VEC_AT(&tools->entries, struct entry, i)->client);
	ks_vec_release(&tools->entries);
	ks_settings_release(&tools->settings);
	free(tools);
}

static struct entry *find_entry(struct tools *tools, const struct ks_account *account)
{
	struct entry *entry;

	for (size_t i = 0; i < tools->entries.n; i++)
		if (KS_VEC_AT(&tools->entries, struct entry, i)->account == account)
			return KS_VEC_AT(&tools->entries, struct entry, i);
	entry = ks_vec_push(&tools->entries);
	entry->account = account;
	return entry;
}

/* Into the account; without a number it is the one of the chain's keys. */
static int enter(struct tools *tools, struct entry *entry, struct ks_err *err)
{
	struct ks_account_self self = { .acting = { .account = { NULL, 0 } } };
	struct ks_account account = *entry->account;
	struct ks_arena arena = { NULL };
	int64_t now = ks_ctx_now(&tools->ctx);
	struct ks_client *base;
	int rc = 0;

	if (entry->client != NULL && now >= entry->entered_ms && now - entry->entered_ms < ENTERED_MS)
		return 0;
	ks_client_free(entry->client);
	entry->client = NULL;
	if (account.id.n == 0) {
		base = ks_client_new(&tools->settings);
		rc = ks_sts_get_caller_identity_in(base, ks_account_region(&tools->settings, &account, &arena),
			&arena,
			&self.acting, err);
		account.id = self.acting.account;
		ks_client_free(base);
	}
	if (rc == 0)
		rc = ks_account_open(&tools->settings, &account, &arena, &entry->client, &self, err);
	if (rc == 0 && self.acting.account.n < sizeof(entry->id)) {
		memset(entry->id, 0, sizeof(entry->id));
		memcpy(entry->id, self.acting.account.p, self.acting.account.n);
		entry->entered_ms = now;
	}
	ks_arena_release(&arena);
	return rc;
}

/* ---- one job ------------------------------------------------------------------------------------- */

/* Waits until the Region may be asked again. */
static int keep_pace(struct ks_lookuplane *lane, const volatile sig_atomic_t *stop, struct ks_err *err)
{
	int64_t now = steady_now();

	while (now < lane->next_call_ms && !ks_flag_is_raised(stop)) {
		int64_t wait = lane->next_call_ms - now < NAP_MS ? lane->next_call_ms - now : NAP_MS;

		nanosleep(&(struct timespec){ .tv_nsec = (long)wait * 1000000 }, NULL);
		now = steady_now();
	}
	lane->next_call_ms = now + KS_LOOKUPLANE_GAP_MS;
	return !ks_flag_is_raised(stop) ? 0 : ks_err_set(err, KS_ERR_STATE, "stopped");
}

/* {"Events":[{"CloudTrailEvent":"…"}]}: a line each, so that none is too long. */
static int write_event(struct ks_fetcher_job *job, const struct ks_cloudtrail_event *event,
	struct ks_err *err)
{
	struct ks_json *json = ks_json_new_object(), *list = ks_json_new_array(), *one = ks_json_new_object();
	struct ks_buf line;
	int rc;

	ks_buf_init(&line, LINE_MAX);
	ks_json_add_str(one, "CloudTrailEvent", event->record);
	ks_json_add(list, NULL, one);
	ks_json_add(json, "Events", list);
	ks_json_render(json, &line);
	ks_buf_addc(&line, '\n');
	rc = ks_fetcher_write(job, ks_buf_str(&line), err);
	ks_json_free(json);
	ks_buf_release(&line);
	return rc;
}

static int take_page(struct ks_fetcher_job *job, const struct ks_vec *events, struct ks_err *err)
{
	struct ks_lookuplane_job *what = job->what;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < events->n; i++) {
		const struct ks_cloudtrail_event *event = KS_VEC_AT(events, struct ks_cloudtrail_event, i);

		if (event->record.n == 0 || is_known(what->lane, event->id))
			continue;
		if (event->time_ms > what->newest_ms)
			what->newest_ms = event->time_ms;
		/* What is older is not looked up again. */
		if (event->id.n > 0 && event->time_ms >= what->asked_ms - 2 * KS_LOOKUPLANE_LATE_MS)
			*(struct ks_str *)ks_vec_push(&what->ids) = ks_arena_copy(&what->arena, event->id);
		rc = write_event(job, event, err);
	}
	return rc;
}

static int look_up(struct tools *tools, struct entry *entry, struct ks_fetcher_job *job,
	const volatile sig_atomic_t *stop, struct ks_err *err)
{
	struct ks_lookuplane_job *what = job->what;
	const struct ks_cloudtrail_lookup lookup = { .region = what->lane->region,
		.attribute = what->attribute,
		.value = ks_str_of(what->value),
		.from_ms = what->from_ms,
		.until_ms = what->until_ms };
	struct ks_str token = { NULL, 0 };
	int rc;

	do {
		struct ks_vec events = KS_VEC_OF(struct ks_cloudtrail_event);
		struct ks_arena arena = { NULL };

		rc = keep_pace(what->lane, stop, err);
		if (rc == 0 && what->pages++ == 0)
			what->asked_ms = ks_ctx_now(&tools->ctx) + ks_client_skew(entry->client);
		if (rc == 0)
			rc = ks_cloudtrail_lookup_page(entry->client, &lookup, &token, &arena, &events, err);
		if (rc == 0)
			rc = take_page(job, &events, err);
		/* The token outlives its page. */
		if (rc == 0 && token.p != NULL)
			token = ks_arena_copy(&what->arena, token);
		ks_vec_release(&events);
		ks_arena_release(&arena);
	} while (rc == 0 && token.p != NULL);
	return rc;
}

int ks_lookuplane_work(void *arg, void *state, struct ks_fetcher_job *job,
	const volatile sig_atomic_t *stop, struct ks_err *err)
{
	struct ks_lookuplane_job *what = job->what;
	struct tools *tools = state;
	struct entry *entry = find_entry(tools, what->lane->account);
	int rc = enter(tools, entry, err);

	(void)arg;
	if (rc == 0)
		memcpy(what->account, entry->id, sizeof(what->account));
	if (rc == 0 && what->attribute != NULL)
		rc = look_up(tools, entry, job, stop, err);
	/* Keys that do not work any more are not kept. */
	if (rc != 0 && err->code == KS_ERR_AUTH) {
		ks_client_free(entry->client);
		entry->client = NULL;
	}
	return rc;
}
