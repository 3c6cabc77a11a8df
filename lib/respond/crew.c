/* Threads that make calls, and the pace at which they do. */
#include "lib/respond/crew.h"

#include "lib/aws/service.h"
#include "lib/base/mem.h"
#include "lib/base/vec.h"
#include "lib/respond/probe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HANDS 8u
#define PAUSE_STEP 20 /* ms between looks at the stop flag */

/* When an API may be called in a Region again. */
struct pace {
	const char *service;
	struct ks_str region;
	int64_t next_ms;
};

struct hand {
	struct ks_settings settings;
	struct ks_client *client;
	pthread_t thread;
	struct ks_crew *crew;
};

struct ks_crew {
	struct ks_crew_config config;
	struct hand hands[HANDS];
	size_t hand_count;
	struct ks_arena arena;
	pthread_mutex_t lock;            /* of all below */
	struct ks_vec paces;             /* struct pace */
	struct ks_crew_job *jobs;
	bool *taken;
	size_t n;
	bool is_held;                    /* nothing is written any more in this round */
};

static int64_t steady_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_stopping(const struct ks_crew *crew)
{
	return ks_ctx_is_stopping(crew->config.settings->ctx);
}

void ks_crew_open(const struct ks_crew_config *config, struct ks_crew **out)
{
	struct ks_crew *crew = ks_mem_alloc(sizeof(*crew));

	crew->config = *config;
	crew->paces = KS_VEC_OF(struct pace);
	ks_arena_init(&crew->arena);
	pthread_mutex_init(&crew->lock, NULL);
	*out = crew;
}

void ks_crew_close(struct ks_crew *crew)
{
	if (crew == NULL)
		return;
	for (size_t i = 0; i < crew->hand_count; i++) {
		ks_client_free(crew->hands[i].client);
		ks_settings_release(&crew->hands[i].settings);
	}
	pthread_mutex_destroy(&crew->lock);
	ks_vec_release(&crew->paces);
	ks_arena_release(&crew->arena);
	free(crew);
}

/* ---- one call ---- */

static void send_call(struct ks_client *client, struct ks_crew_job *job)
{
	const struct ks_wire_call *call = job->call;
	struct ks_client_request request = {
		.service = call->operation->service,
		.operation = call->operation->name,
		.region = call->region.n > 0 ? ks_arena_strdup(&job->arena, call->region) : NULL,
		.partition = call->partition,
		.parameters = call->parameters,
		.parameter_count = call->parameter_count,
	};
	struct ks_client_reply reply = { 0 };

	job->rc = ks_client_call(client, &request, &reply, &job->err);
	if (job->rc == 0)
		job->request_id = ks_arena_copy(&job->arena, reply.request_id);
	ks_client_release(&reply);
}

static void do_job(struct ks_crew *crew, struct ks_client *client, struct ks_crew_job *job)
{
	bool is_held;

	if (job->call != NULL && crew->config.may_write != NULL) {
		pthread_mutex_lock(&crew->lock);
		crew->is_held = crew->is_held || !crew->config.may_write(crew->config.arg);
		is_held = crew->is_held;
		pthread_mutex_unlock(&crew->lock);
		if (is_held)
			return;
	}
	job->is_begun = true;
	if (job->call != NULL)
		send_call(client, job);
	else
		job->rc = ks_probe_read(client, job->condition, &job->arena, &job->state, &job->err);
}

/* ---- whose turn it is ---- */

/* The pace of a job's API and Region; NULL: it needs none. Under the lock. */
static struct pace *pace_of(struct ks_crew *crew, const struct ks_crew_job *job)
{
	const struct ks_wire_call *call = job->call != NULL ? job->call : &job->condition->read;
	struct pace *pace;

	if (strcmp(ks_service_find(call->operation->service)->signing_name, "ses") != 0)
		return NULL;
	for (size_t i = 0; i < crew->paces.n; i++) {
		pace = KS_VEC_AT(&crew->paces, struct pace, i);
		if (strcmp(pace->service, call->operation->service) == 0 &&
			ks_str_is_equal(pace->region, call->region))
			return pace;
	}
	pace = ks_vec_push(&crew->paces);
	pace->service = call->operation->service;
	pace->region = ks_arena_copy(&crew->arena, call->region);
	return pace;
}

/* The job that can go first, and when; NULL when all are taken. Under the lock. */
static struct ks_crew_job *take_next(struct ks_crew *crew, int64_t *out_ms)
{
	int64_t now = steady_now(), first = INT64_MAX;
	struct pace *pace;
	size_t next = crew->n;

	for (size_t i = 0; i < crew->n && first > now; i++) {
		int64_t at = now;

		if (crew->taken[i])
			continue;
		pace = pace_of(crew, &crew->jobs[i]);
		if (pace != NULL && pace->next_ms > now)
			at = pace->next_ms;
		if (at < first) {
			first = at;
			next = i;
		}
	}
	if (next == crew->n)
		return NULL;
	crew->taken[next] = true;
	pace = pace_of(crew, &crew->jobs[next]);
	if (pace != NULL)
		pace->next_ms = first + crew->config.pace_ms;
	*out_ms = first;
	return &crew->jobs[next];
}

static void wait_until(const struct ks_crew *crew, int64_t ms)
{
	while (!is_stopping(crew)) {
		int64_t left = ms - steady_now();
		int64_t step = left < PAUSE_STEP ? left : PAUSE_STEP;
		struct timespec t = { .tv_nsec = step * 1000000 };

		if (left <= 0)
			return;
		nanosleep(&t, NULL);
	}
}

static void work(struct ks_crew *crew, struct ks_client *client)
{
	struct ks_crew_job *job;
	int64_t at = 0;

	while (!is_stopping(crew)) {
		pthread_mutex_lock(&crew->lock);
		job = take_next(crew, &at);
		pthread_mutex_unlock(&crew->lock);
		if (job == NULL)
			return;
		wait_until(crew, at);
		if (!is_stopping(crew))
			do_job(crew, client, job);
	}
}

static void *work_thread(void *arg)
{
	struct hand *hand = arg;

	work(hand->crew, hand->client);
	return NULL;
}

/* Settings keep what they looked up, so each thread has its own. */
static int hire(struct ks_crew *crew, size_t wanted, struct ks_err *err)
{
	const struct ks_settings *like = crew->config.settings;

	while (crew->hand_count < wanted) {
		struct hand *hand = &crew->hands[crew->hand_count];

		if (ks_settings_load(like->ctx, like->is_profile_given ? like->profile : NULL, like->region,
			&hand->settings, err) != 0) {
			ks_settings_release(&hand->settings);
			return -1;
		}
		hand->client = ks_client_new_like(crew->config.client, &hand->settings);
		hand->crew = crew;
		crew->hand_count++;
	}
	return 0;
}

int ks_crew_run(struct ks_crew *crew, struct ks_crew_job *jobs, size_t n, struct ks_err *err)
{
	size_t wanted = n < HANDS ? n : HANDS, started = 0;

	if (n > 1 && hire(crew, wanted, err) != 0)
		return -1;
	crew->jobs = jobs;
	crew->n = n;
	crew->is_held = false;
	crew->taken = ks_mem_alloc(n * sizeof(*crew->taken) + 1);
	for (; n > 1 && started < wanted; started++)
		if (pthread_create(&crew->hands[started].thread, NULL, work_thread, &crew->hands[started]) != 0)
			break;
	/* Alone, or where the system gives no thread. */
	if (started == 0)
		work(crew, crew->config.client);
	for (size_t i = 0; i < started; i++)
		pthread_join(crew->hands[i].thread, NULL);
	free(crew->taken);
	crew->taken = NULL;
	return 0;
}

void ks_crew_release(struct ks_crew_job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ks_arena_release(&jobs[i].arena);
}
