/* Objects, from buckets whose owner is known. */
#include "lib/trail/parcel.h"

#include "lib/aws/s3.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/trail/awslogs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MOST 64u             /* that a thread keeps at hand */
#define OWNERS_MOST 4096u            /* that are remembered */

struct ks_parcels {
	struct ks_parcel_config config;
	pthread_mutex_t lock;
	struct ks_map owners;            /* bucket to the struct ks_str of its owner, under the lock */
};

/* A thread's. */
struct tools {
	struct ks_ctx ctx;
	struct ks_settings settings;
	struct ks_client *client;
	struct ks_map buckets;           /* name to struct ks_s3 */
};

struct sink {
	struct ks_fetcher_job *job;
};

struct ks_parcels *ks_parcel_new(const struct ks_parcel_config *config)
{
	struct ks_parcels *parcels = ks_mem_alloc(sizeof(*parcels));

	parcels->config = *config;
	pthread_mutex_init(&parcels->lock, NULL);
	ks_map_init(&parcels->owners);
	return parcels;
}

void ks_parcel_free(struct ks_parcels *parcels)
{
	if (parcels == NULL)
		return;
	ks_map_release(&parcels->owners);
	pthread_mutex_destroy(&parcels->lock);
	free(parcels);
}

/* ---- a thread's tools ---------------------------------------------------------------------------- */

static void forget_buckets(struct tools *tools)
{
	for (size_t i = 0; i < tools->buckets.entries.n; i++)
		ks_s3_free(KS_VEC_AT(&tools->buckets.entries, struct ks_map_entry, i)->value);
	ks_map_release(&tools->buckets);
	ks_map_init(&tools->buckets);
}

int ks_parcel_open(void *arg, const volatile sig_atomic_t *stop, void **out_tools, struct ks_err *err)
{
	const struct ks_parcels *parcels = arg;
	struct tools *tools;

	if (parcels->config.settings == NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "there are no settings to ask AWS with");
	tools = ks_mem_alloc(sizeof(*tools));
	if (parcels->config.settings(parcels->config.arg, &tools->settings, err) != 0) {
		free(tools);
		return -1;
	}
	tools->ctx = *parcels->config.ctx;
	tools->ctx.stop = stop;
	tools->settings.ctx = &tools->ctx;
	tools->client = ks_client_new(&tools->settings);
	ks_map_init(&tools->buckets);
	*out_tools = tools;
	return 0;
}

void ks_parcel_close(void *arg, void *state)
{
	struct tools *tools = state;

	(void)arg;
	forget_buckets(tools);
	ks_map_release(&tools->buckets);
	ks_client_free(tools->client);
	ks_settings_release(&tools->settings);
	free(tools);
}

static struct ks_s3 *bucket_of(struct tools *tools, struct ks_str name)
{
	struct ks_s3 *s3 = ks_map_find(&tools->buckets, name);

	if (s3 != NULL)
		return s3;
	if (tools->buckets.entries.n >= BUCKETS_MOST)
		forget_buckets(tools);
	s3 = ks_s3_new(tools->client, &tools->settings, name);
	ks_map_put(&tools->buckets, name, s3);
	return s3;
}

/* ---- whose bucket -------------------------------------------------------------------------------- */

/* The next entry of the config's that is about the bucket, and the prefix in it. */
static bool next_listed(const struct ks_parcel_config *config, struct ks_str bucket, size_t *cursor,
	struct ks_str *out_prefix)
{
	while (*cursor < config->bucket_count) {
		struct ks_str rest = ks_str_of(config->buckets[(*cursor)++]), name;

		ks_str_next(&rest, '/', &name);
		*out_prefix = rest.p != NULL ? rest : KS_STR("");
		if (ks_str_is_equal(name, bucket))
			return true;
	}
	return false;
}

static bool is_listed(const struct ks_parcel_config *config, struct ks_str bucket)
{
	struct ks_str prefix;
	size_t cursor = 0;

	return next_listed(config, bucket, &cursor, &prefix);
}

struct ks_str ks_parcel_account(const struct ks_parcels *parcels, const struct ks_parcel *parcel)
{
	bool is_named = false, is_in = false;
	struct ks_str prefix;
	size_t cursor = 0;

	while (!is_in && next_listed(&parcels->config, parcel->bucket, &cursor, &prefix)) {
		is_named = true;
		is_in = ks_awslogs_is_below(parcel->key, prefix);
	}
	if (!is_named)
		is_in = ks_awslogs_is_below(parcel->key, KS_STR(""));
	return is_in ? ks_awslogs_account(parcel->key) : KS_STR("");
}

static const struct ks_str *known_owner(struct ks_parcels *parcels, struct ks_str bucket)
{
	const struct ks_str *owner;

	pthread_mutex_lock(&parcels->lock);
	owner = ks_map_find(&parcels->owners, bucket);
	pthread_mutex_unlock(&parcels->lock);
	return owner;
}

/* owner is one of the config's: it lives as long. */
static void remember(struct ks_parcels *parcels, struct ks_str bucket, const struct ks_str *owner)
{
	pthread_mutex_lock(&parcels->lock);
	if (parcels->owners.entries.n < OWNERS_MOST)
		ks_map_put(&parcels->owners, bucket, (void *)(uintptr_t)owner);
	pthread_mutex_unlock(&parcels->lock);
}

/* ---- fetching ------------------------------------------------------------------------------------ */

static int begin(void *arg, struct ks_err *err)
{
	const struct sink *sink = arg;

	return ks_fetcher_rewind(sink->job, err);
}

static int take(void *arg, struct ks_str bytes, struct ks_err *err)
{
	const struct sink *sink = arg;

	if (sink->job->size + bytes.n > KS_PARCEL_MOST)
		return ks_err_set(err, KS_ERR_LIMIT, "it is larger than %llu MB",
			(unsigned long long)(KS_PARCEL_MOST >> 20));
	return ks_fetcher_write(sink->job, bytes, err);
}

/* 0 and NOTFOUND say that the bucket is the owner's. */
static int get(struct tools *tools, const struct ks_parcel *parcel, const struct ks_str *owner,
	struct ks_fetcher_job *job, struct ks_err *err)
{
	struct ks_s3 *s3 = bucket_of(tools, parcel->bucket);
	struct sink sink = { job };

	ks_s3_set_owner(s3, owner != NULL ? *owner : KS_STR(""));
	return ks_s3_get(s3, parcel->key, KS_STR(""), &(struct ks_s3_sink){ begin, take, &sink }, err);
}

static bool is_refused(int rc, const struct ks_err *err)
{
	return rc != 0 && err->code == KS_ERR_DENIED;
}

/* Asks as if the bucket were each account's, the likeliest first. */
static int try_owners(struct ks_parcels *parcels, struct tools *tools, struct ks_parcel *parcel,
	struct ks_fetcher_job *job, struct ks_err *err)
{
	const struct ks_parcel_config *config = &parcels->config;
	const struct ks_account *first =
		ks_account_find(config->accounts, config->account_count, ks_awslogs_account(parcel->key));
	const struct ks_str *owner = NULL;
	int rc = -1;

	ks_err_set(err, KS_ERR_DENIED, "there is no account that its bucket could be of: name 'accounts' in the "
		"config, or list the bucket in 'buckets' of the source");
	for (size_t i = 0; is_refused(rc, err) && i < config->account_count + 2; i++) {
		owner = i == 0 ? (first != NULL ? &first->id : NULL) : i == 1 ? &config->own :
			&config->accounts[i - 2].id;
		if (owner == NULL || owner->n == 0 || (i > 0 && first != NULL && ks_str_is_equal(*owner,
			first->id)) ||
			(i > 1 && ks_str_is_equal(*owner, config->own)))
			continue;
		*err = (struct ks_err){ 0 };
		rc = get(tools, parcel, owner, job, err);
	}
	if (rc == 0 || err->code == KS_ERR_NOTFOUND) {
		remember(parcels, parcel->bucket, owner);
		parcel->owner = *owner;
	}
	return rc;
}

int ks_parcel_fetch(void *arg, void *state, struct ks_fetcher_job *job, const volatile sig_atomic_t *stop,
	struct ks_err *err)
{
	struct ks_parcels *parcels = arg;
	struct tools *tools = state;
	struct ks_parcel *parcel = job->what;
	const struct ks_str *owner = known_owner(parcels, parcel->bucket);
	int rc;

	(void)stop;
	parcel->owner = KS_STR("");
	parcel->is_listed = is_listed(&parcels->config, parcel->bucket);
	if (owner != NULL) {
		rc = get(tools, parcel, owner, job, err);
		if (!is_refused(rc, err))
			parcel->owner = *owner;
		return rc;
	}
	rc = try_owners(parcels, tools, parcel, job, err);
	if (is_refused(rc, err) && parcel->is_listed) {
		*err = (struct ks_err){ 0 };
		rc = get(tools, parcel, NULL, job, err);
	}
	return rc;
}
