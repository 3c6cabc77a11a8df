/* Threads that make calls, and the pace at which they do. */
#include "lib/respond/crew.h"

#include "lib/aws/service.h"
#include "lib/base/mem.h"
#include "lib/base/pulse.h"
#include "lib/base/vec.h"
#include "lib/respond/probe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HANDS 8u
#define PAUSE_STEP 10 /* ms between looks at whose turn it is */

/* When an API may be called in a Region again: a second after its last answer came. */
struct pace {
	const char *service;
	struct ks_str region;
	int64_t next_ms;
	bool is_busy;                /* a call is on its way */
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

/* A job whose turn it is; NULL when there is none, and *out_is_over then says whether all are taken. */
static struct ks_crew_job *take_next(struct ks_crew *crew, bool *out_is_over)
{
	struct ks_crew_job *job = NULL;

	pthread_mutex_lock(&crew->lock);
	*out_is_over = true;
	for (size_t i = 0; i < crew->n && job == NULL; i++) {
		struct pace *pace;

		if (crew->taken[i])
			continue;
		*out_is_over = false;
		pace = pace_of(crew, &crew->jobs[i]);
		if (pace != NULL && (pace->is_busy || pace->next_ms > steady_now()))
			continue;
		if (pace != NULL)
			pace->is_busy = true;
		crew->taken[i] = true;
		job = &crew->jobs[i];
	}
	pthread_mutex_unlock(&crew->lock);
	return job;
}

static void end_job(struct ks_crew *crew, const struct ks_crew_job *job)
{
	struct pace *pace;

	pthread_mutex_lock(&crew->lock);
	pace = pace_of(crew, job);
	if (pace != NULL) {
		pace->is_busy = false;
		pace->next_ms = steady_now() + crew->config.pace_ms;
	}
	pthread_mutex_unlock(&crew->lock);
}

static void work(struct ks_crew *crew, struct ks_client *client)
{
	const struct timespec step = { .tv_nsec = PAUSE_STEP * 1000000 };
	bool is_over = false;

	while (!is_stopping(crew) && !is_over) {
		struct ks_crew_job *job = take_next(crew, &is_over);

		ks_pulse_beat(crew->config.settings->ctx->pulse);
		if (job == NULL) {
			if (!is_over)
				nanosleep(&step, NULL);
			continue;
		}
		do_job(crew, client, job);
		end_job(crew, job);
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
		hand->settings.witness = like->witness;
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
