/* Objects of a bucket, once. */
#include "lib/trail/depot.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 8u
#define WAIT_MS 200                  /* then the stop flag is looked at */
#define OBJECT_TRIES 3u              /* each as often as a call is tried */

/* What was listed, until it is sorted. */
struct found {
	char *path;
	const char *etag, *account;
	uint64_t size;
};

struct object {
	const char *etag, *account;      /* in the arena */
	unsigned tries;                  /* of this pass */
	bool is_told;
};

struct ks_depot {
	struct ks_depot_config config;
	struct ks_porter_office office;
	struct ks_fetcher *fetcher;
	struct ks_bucket bucket;         /* while it is listed */
	struct ks_walk *walk;
	char *spec, *root;               /* "s3://bucket/" */
	char owner[16];                  /* "": none of the accounts */
	struct ks_arena arena;
	struct ks_vec found;             /* struct found */
	struct ks_vec objects;           /* struct object */
	size_t first;                    /* of the walk's files */
	pthread_mutex_t lock;            /* of everything below, and of the fetcher's owner */
	const uint32_t *order;
	size_t order_first, given, taken;
};

bool ks_depot_is_mine(const char *spec)
{
	return strncmp(spec, "s3://", strlen("s3://")) == 0;
}

/* ---- the list ------------------------------------------------------------------------------------ */

/* Nothing was read before. */
static int recall_nothing(void *arg, struct ks_str part, struct ks_arena *arena, struct ks_str *out,
	struct ks_err *err)
{
	(void)arg;
	(void)part;
	(void)arena;
	(void)out;
	(void)err;
	return 0;
}

static void ignore_seen(void *arg, const struct ks_bucket_lane *lane, const struct ks_s3_object *object)
{
	(void)arg;
	(void)lane;
	(void)object;
}

static void tell(struct ks_depot *depot, struct ks_str prefix, struct ks_err *err, const char *needs)
{
	char *path = ks_arena_printf(&depot->arena, "%s" KS_STR_FMT, depot->root, KS_STR_ARG(prefix));

	if (err->code == KS_ERR_DENIED)
		ks_err_wrap(err, "refused, it needs %s", needs);
	ks_walk_add_problem(depot->walk, path, err);
}

/* Waits for the fetcher, or for a time. */
static void rest(struct ks_depot *depot)
{
	struct pollfd fd = { .fd = ks_fetcher_poll_fd(depot->fetcher), .events = POLLIN };

	poll(&fd, 1, WAIT_MS);
}

/* The next answer; false when we are stopping. */
static bool wait_for(struct ks_depot *depot, struct ks_fetcher_job *job)
{
	while (!ks_ctx_is_stopping(depot->config.ctx)) {
		if (ks_fetcher_take(depot->fetcher, job))
			return true;
		rest(depot);
	}
	return false;
}

/* Whether it can be read at all, and whose it is. */
static bool ask_owner(struct ks_depot *depot)
{
	struct ks_porter *errand = ks_porter_new(KS_PORTER_OWNER, depot, "");
	struct ks_fetcher_job job;
	bool is_there = false;

	ks_porter_set_list(errand, depot->bucket.prefix, KS_STR(""), KS_STR(""));
	ks_fetcher_add(depot->fetcher, errand);
	if (!wait_for(depot, &job))
		return false;
	is_there = job.rc == 0;
	if (is_there)
		memcpy(depot->owner, errand->owner, sizeof(depot->owner));
	else
		tell(depot, depot->bucket.prefix, &job.err, "s3:ListBucket on the bucket");
	ks_porter_free(errand);
	return is_there;
}

static const char *account_of(struct ks_depot *depot, const struct ks_lane *lane)
{
	const struct ks_account *account = ks_account_find(depot->config.accounts, depot->config.account_count,
		ks_bucket_account(&depot->bucket, lane));

	if (depot->owner[0] == '\0' || account == NULL)
		return "";
	return ks_arena_strdup(&depot->arena, account->id);
}

/* Takes over what the bucket came by, and has it forget that. */
static void collect(struct ks_depot *depot)
{
	struct ks_lane_object *object;
	const char *account = "";

	while ((object = ks_bucket_next_object(&depot->bucket)) != NULL) {
		struct found *found = ks_vec_push(&depot->found);
		size_t n = strlen(depot->root), key_n = strlen(object->key);

		if (strcmp(account, object->lane->account) != 0)
			account = account_of(depot, object->lane);
		*found = (struct found){ .path = ks_mem_alloc(n + key_n + 1), .account = account,
			.etag = ks_arena_strdup(&depot->arena, ks_str_of(object->etag)),
			.size = (uint64_t)object->size };
		memcpy(found->path, depot->root, n);
		memcpy(found->path + n, object->key, key_n + 1);
		ks_lane_skip(object);
	}
	if (depot->config.listed != NULL)
		depot->config.listed(depot->config.listed_arg, depot->found.n);
}

static void take_page(struct ks_depot *depot, struct ks_fetcher_job *job)
{
	struct ks_porter *errand = job->what;
	struct ks_bucket_trouble *trouble;

	if (job->rc == 0) {
		ks_bucket_take_list(&depot->bucket, errand);
		collect(depot);
	} else {
		trouble = ks_bucket_fail_list(&depot->bucket, errand);
		ks_bucket_put_off(trouble, ks_ctx_now(depot->config.ctx), true, &job->err);
		if (trouble->is_given_up)
			tell(depot, errand->prefix, &job->err, "s3:ListBucket on the bucket");
	}
	ks_porter_free(errand);
}

static int list(struct ks_depot *depot, struct ks_err *err)
{
	struct ks_porter *errand;
	struct ks_fetcher_job job;

	while (!ks_ctx_is_stopping(depot->config.ctx) && !ks_bucket_is_done(&depot->bucket)) {
		while (ks_fetcher_has_room(depot->fetcher) &&
			(errand = ks_bucket_next_list(&depot->bucket, depot->owner)) != NULL)
			ks_fetcher_add(depot->fetcher, errand);
		if (ks_fetcher_take(depot->fetcher, &job))
			take_page(depot, &job);
		else
			rest(depot);
		if (depot->bucket.has_failed) {
			*err = depot->bucket.failure;
			return -1;
		}
	}
	return 0;
}

static int compare_found(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->path, ((const struct found *)b)->path);
}

/* In order of key. A key that is the prefix itself was asked for by name. */
static void hand_over(struct ks_depot *depot)
{
	ks_vec_sort(&depot->found, compare_found);
	for (size_t i = 0; i < depot->found.n; i++) {
		struct found *found = KS_VEC_AT(&depot->found, struct found, i);

		ks_walk_add_found(depot->walk, found->path, found->size, strcmp(found->path, depot->spec) == 0);
		*(struct object *)ks_vec_push(&depot->objects) =
			(struct object){ .etag = found->etag, .account = found->account };
		free(found->path);
		found->path = NULL;
	}
	ks_vec_release(&depot->found);
}

int ks_depot_open(const struct ks_depot_config *config, const char *spec, struct ks_walk *walk,
	struct ks_depot **out, struct ks_err *err)
{
	struct ks_depot *depot;
	struct ks_str name, prefix;
	int rc;

	if (!ks_s3_parse(spec, &name, &prefix))
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no place in S3: give s3://BUCKET or "
			"s3://BUCKET/PREFIX", spec);
	depot = ks_mem_alloc(sizeof(*depot));
	*depot = (struct ks_depot){ .config = *config, .walk = walk, .first = walk->files.n,
		.spec = ks_mem_copy(spec, strlen(spec)), .found = KS_VEC_OF(struct found),
		.objects = KS_VEC_OF(struct object), .lock = PTHREAD_MUTEX_INITIALIZER };
	ks_arena_init(&depot->arena);
	ks_s3_parse(depot->spec, &name, &prefix);
	depot->root = ks_arena_printf(&depot->arena, "s3://" KS_STR_FMT "/", KS_STR_ARG(name));
	depot->office = (struct ks_porter_office){ config->ctx, config->settings, config->arg, name,
		config->accounts, config->account_count };
	depot->bucket = (struct ks_bucket){ .ctx = config->ctx, .poll_ms = KS_TIME_DAY, .is_once = true,
		.lists_most = THREADS, .span = &depot->config.span, .prefix = prefix, .recall = recall_nothing,
		.seen = ignore_seen };
	rc = ks_bucket_init(&depot->bucket, err);
	if (rc == 0)
		rc = ks_porter_start(&depot->office, THREADS, &depot->fetcher, err);
	if (rc == 0 && ask_owner(depot))
		rc = list(depot, err);
	if (rc == 0 && ks_ctx_is_stopping(config->ctx))
		rc = ks_err_set(err, KS_ERR_STATE, "stopped before everything was listed");
	ks_bucket_release(&depot->bucket);
	if (rc == 0)
		hand_over(depot);
	if (rc != 0) {
		ks_depot_close(depot);
		return -1;
	}
	*out = depot;
	return 0;
}

static void drop_errand(void *arg, void *what)
{
	(void)arg;
	ks_porter_free(what);
}

void ks_depot_close(struct ks_depot *depot)
{
	if (depot == NULL)
		return;
	ks_fetcher_finish(depot->fetcher, drop_errand, NULL);
	pthread_mutex_destroy(&depot->lock);
	for (size_t i = 0; i < depot->found.n; i++)
		free(KS_VEC_AT(&depot->found, struct found, i)->path);
	ks_vec_release(&depot->found);
	ks_vec_release(&depot->objects);
	ks_arena_release(&depot->arena);
	free(depot->spec);
	free(depot);
}

size_t ks_depot_count(const struct ks_depot *depot)
{
	return depot->objects.n;
}

struct ks_str ks_depot_account(const struct ks_depot *depot, size_t object)
{
	return ks_str_of(KS_VEC_AT(&depot->objects, struct object, object)->account);
}

bool ks_depot_is_owned(const struct ks_depot *depot)
{
	return depot->owner[0] != '\0';
}

/* ---- objects ------------------------------------------------------------------------------------- */

static void ask(struct ks_depot *depot, size_t number)
{
	struct object *object = KS_VEC_AT(&depot->objects, struct object, number);
	struct ks_porter *errand = ks_porter_new(KS_PORTER_OBJECT, object, depot->owner);
	struct ks_buf path;

	ks_buf_init(&path, KS_WALK_PATH);
	ks_walk_path(depot->walk, depot->first + number, &path);
	ks_porter_set_object(errand, ks_str_sub(ks_buf_str(&path), strlen(depot->root), path.n),
		ks_str_of(object->etag));
	ks_fetcher_add(depot->fetcher, errand);
	ks_buf_release(&path);
}

/* As much as there is room for. */
static void give(struct ks_depot *depot)
{
	while (depot->given < depot->objects.n && ks_fetcher_has_room(depot->fetcher)) {
		size_t number = depot->order[depot->given++] - depot->order_first;

		KS_VEC_AT(&depot->objects, struct object, number)->tries = 0;
		ask(depot, number);
	}
}

void ks_depot_begin(struct ks_depot *depot, const uint32_t *order, size_t first)
{
	pthread_mutex_lock(&depot->lock);
	depot->order = order;
	depot->order_first = first;
	depot->given = depot->taken = 0;
	give(depot);
	pthread_mutex_unlock(&depot->lock);
}

/* What may pass is tried again, behind the others. */
static bool tries_again(struct ks_depot *depot, struct object *object, const struct ks_fetcher_job *job)
{
	enum ks_err_code code = job->err.code;

	if (job->rc == 0 || ++object->tries >= OBJECT_TRIES ||
		(code != KS_ERR_NET && code != KS_ERR_THROTTLED && code != KS_ERR_REMOTE))
		return false;
	ask(depot, (size_t)(object - KS_VEC_AT(&depot->objects, struct object, 0)));
	return true;
}

static void set_piece(struct ks_depot *depot, struct object *object, const struct ks_fetcher_job *job,
	struct ks_depot_piece *out)
{
	*out = (struct ks_depot_piece){ .object =
		(size_t)(object - KS_VEC_AT(&depot->objects, struct object, 0)), .fd = job->fd, .rc = job->rc,
		.err = job->err, .is_told = object->is_told };
	object->is_told |= job->rc != 0;
	if (out->err.code == KS_ERR_DENIED)
		ks_err_wrap(&out->err,
			"refused, it needs s3:GetObject (and kms:Decrypt where a key of KMS encrypts it)");
}

int ks_depot_take(struct ks_depot *depot, struct ks_depot_piece *out)
{
	struct ks_fetcher_job job;
	struct object *object;
	int rc = -1;

	pthread_mutex_lock(&depot->lock);
	while (rc != 0 && depot->taken < depot->objects.n) {
		give(depot);
		if (!wait_for(depot, &job))
			break;
		object = ((struct ks_porter *)job.what)->of;
		ks_porter_free(job.what);
		if (tries_again(depot, object, &job))
			continue;
		depot->taken++;
		set_piece(depot, object, &job, out);
		rc = 0;
	}
	give(depot);
	pthread_mutex_unlock(&depot->lock);
	return rc;
}
