/*
 * A prefix of an S3 bucket as a source: s3://BUCKET[/PREFIX]. What there is, and when to look, is bucket.c;
 * how far each stretch was read, lane.c; asking S3, porter.c. This hands out objects, in turn of the lanes,
 * and keeps what failed for later.
 *
 * AWS's own word, for an account, is what lies in its folder of a bucket that belongs to one of the config's
 * accounts. That is asked once, and from then on S3 refuses every call should the bucket be somebody else's.
 */
#include "lib/trail/source.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/trail/backlist.h"
#include "lib/trail/bucket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OWNER_PART KS_STR("owner")
#define ASIDE_MS KS_TIME_DAY             /* what cannot be read for so long never will be */
/* what cannot be listed or read for so long is told by health, though all else can */
#define PARTLY_MS (INT64_C(180) * 1000)
#define RECENT_MS (INT64_C(3600) * 1000)
#define SLACK_MS (INT64_C(60) * 1000)    /* between S3's clock and ours */
#define SHOWN 1024u

struct s3 {
	struct ks_source_config config;
	struct ks_porter_office office;
	struct ks_bucket bucket;
	struct ks_fetcher *fetcher;
	struct ks_str name;                  /* of the bucket */
	char *spec;
	char owner[16];                      /* "": none of the accounts */
	bool knows_owner, asks_owner, must_save_owner;
	struct ks_vec retry;                 /* struct ks_lane_object *: dropped, or failed and not kept apart */
	struct ks_backlist back;
	int64_t again_ms;                    /* look back to then in what is not listed yet; KS_TIME_NONE */
	struct ks_lane_object *current;      /* the piece at hand; NULL: none, or a look back */
	uint64_t current_done;               /* of it, not committed */
	struct ks_buf current_name;
	size_t objects_out;                  /* at the fetcher */
	struct ks_bucket_trouble trouble;    /* of all of it: cleared by any answer */
	bool is_object_told;                 /* that one cannot be read; cleared by one that can */
	struct ks_bucket_trouble owner_trouble;
	char error[512];
	char *shown;                         /* for health: SHOWN bytes */
	int64_t heard_ms, newest_ms;
	int64_t opened_ms;
};

static bool is_mine(const char *spec)
{
	return strncmp(spec, "s3://", strlen("s3://")) == 0;
}

static int64_t now_of(const struct s3 *s3)
{
	return ks_ctx_now(s3->config.ctx);
}

/* ---- trouble ------------------------------------------------------------------------------------- */

static void heard(struct s3 *s3)
{
	s3->heard_ms = now_of(s3);
	s3->trouble = (struct ks_bucket_trouble){ .failures = 0 };
}

/* Something failed: what it is about is told once, and not at all while nothing works and that was told. */
static void fail(struct s3 *s3, struct ks_bucket_trouble *trouble, struct ks_str what,
	const struct ks_err *err)
{
	char name[2048];

	ks_bucket_put_off(trouble, now_of(s3), s3->config.is_once, err);
	snprintf(s3->error, sizeof(s3->error), "%s", err->message);
	snprintf(name, sizeof(name), "s3://" KS_STR_FMT "/" KS_STR_FMT, KS_STR_ARG(s3->name), KS_STR_ARG(what));
	if (!trouble->is_told && !s3->trouble.is_told && (!s3->config.is_once || trouble->is_given_up)) {
		s3->config.problem(s3->config.arg, name, err);
		trouble->is_told = s3->trouble.is_told = true;
	}
	ks_bucket_put_off(&s3->trouble, now_of(s3), false, err);
}

/* An object failed. That says something of all of S3 only if it did so for the first time, and S3 did not
 * refuse just this one. When many cannot be read one of them is told. */
static void fail_object(struct s3 *s3, struct ks_bucket_trouble *trouble, struct ks_str key,
	const struct ks_err *err)
{
	bool is_all = trouble->failures == 0 &&
		(err->code == KS_ERR_NET || err->code == KS_ERR_THROTTLED || err->code == KS_ERR_REMOTE);
	struct ks_bucket_trouble of_all = s3->trouble;

	s3->trouble.is_told |= s3->is_object_told;
	fail(s3, trouble, key, err);
	s3->is_object_told |= trouble->is_told;
	if (is_all)
		s3->trouble.is_told = of_all.is_told || trouble->is_told;
	else
		s3->trouble = of_all;
}

/* While nothing works one is tried at a time. */
static bool may_ask(const struct s3 *s3)
{
	return s3->trouble.failures == 0 || (ks_fetcher_waiting(s3->fetcher) == 0 &&
		(now_of(s3) >= s3->trouble.later_ms || s3->config.is_once));
}

/* ---- what was read lately ------------------------------------------------------------------------ */

/* Listed once more after a restart: a look back may be for it. */
static void seen(void *arg, const struct ks_bucket_lane *lane, const struct ks_s3_object *object)
{
	struct s3 *s3 = arg;
	char *key;

	/* What came since the start is known. */
	if ((lane->was_looked && (!lane->goes_over || object->modified_ms > s3->opened_ms + SLACK_MS)) ||
		object->modified_ms < now_of(s3) - RECENT_MS)
		return;
	key = ks_mem_copy(object->key.p, object->key.n);
	ks_backlist_add(&s3->back, key, object->size, object->modified_ms);
	if (s3->again_ms != KS_TIME_NONE && object->modified_ms >= s3->again_ms)
		ks_backlist_want(&s3->back, key, object->size, object->modified_ms);
	free(key);
}

/* ---- asking -------------------------------------------------------------------------------------- */

static void ask(struct s3 *s3, struct ks_porter *porter)
{
	ks_fetcher_add(s3->fetcher, porter);
}

static void ask_owner(struct s3 *s3)
{
	struct ks_porter *porter = ks_porter_new(KS_PORTER_OWNER, s3, s3->owner);

	ks_porter_set_list(porter, s3->bucket.prefix, KS_STR(""), KS_STR(""));
	s3->asks_owner = true;
	ask(s3, porter);
}

static void ask_object(struct s3 *s3, struct ks_lane_object *object)
{
	struct ks_porter *porter = ks_porter_new(KS_PORTER_OBJECT, object, s3->owner);

	ks_porter_set_object(porter, ks_str_of(object->key), ks_str_of(object->etag));
	s3->objects_out++;
	ask(s3, porter);
}

static void ask_again(struct s3 *s3)
{
	struct ks_porter *porter = ks_porter_new(KS_PORTER_OBJECT, s3, s3->owner);
	const struct ks_backlist_item *item = ks_backlist_next(&s3->back);

	porter->is_again = true;
	ks_porter_set_object(porter, ks_str_of(item->key), KS_STR(""));
	ask(s3, porter);
}

/* What failed or was dropped, once its time has come. */
static struct ks_lane_object *next_retry(struct s3 *s3)
{
	int64_t now = now_of(s3);

	for (size_t i = 0; i < s3->retry.n; i++) {
		struct ks_lane_object *object = *KS_VEC_AT(&s3->retry, struct ks_lane_object *, i);

		if (!ks_bucket_is_due(object, now))
			continue;
		memmove(KS_VEC_AT(&s3->retry, struct ks_lane_object *, i),
			KS_VEC_AT(&s3->retry, struct ks_lane_object *, i + 1),
			(s3->retry.n - i - 1) * sizeof(object));
		s3->retry.n--;
		return object;
	}
	return ks_bucket_next_apart(&s3->bucket);
}

/* As much as there is room for: what people wait for first, then pages, then objects. */
static void schedule(struct s3 *s3)
{
	while (ks_fetcher_has_room(s3->fetcher) && may_ask(s3)) {
		struct ks_lane_object *object;
		struct ks_porter *porter;

		if (!s3->knows_owner) {
			if (s3->asks_owner || s3->owner_trouble.is_given_up ||
				(s3->owner_trouble.failures > 0 && now_of(s3) < s3->owner_trouble.later_ms))
				return;
			ask_owner(s3);
		} else if (ks_backlist_has_next(&s3->back)) {
			ask_again(s3);
		} else if ((porter = ks_bucket_next_list(&s3->bucket, s3->owner)) != NULL) {
			ask(s3, porter);
		} else if ((object = next_retry(s3)) != NULL ||
			(object = ks_bucket_next_object(&s3->bucket)) != NULL) {
			ask_object(s3, object);
		} else {
			return;
		}
	}
}

/* ---- answers ------------------------------------------------------------------------------------- */

static void take_owner(struct s3 *s3, const struct ks_porter *porter)
{
	s3->must_save_owner = strcmp(s3->owner, porter->owner) != 0;
	memcpy(s3->owner, porter->owner, sizeof(s3->owner));
	s3->knows_owner = true;
	if (s3->owner[0] == '\0' && s3->config.account_count > 0)
		ks_log_write(&s3->config.ctx->log, KS_LOG_WARNING, "the bucket of %s belongs to none of the "
			"config's accounts: what is in it is not taken for AWS's own word", s3->spec);
}

/* It is to be read once more. */
static void give_back(struct s3 *s3, struct ks_lane_object *object)
{
	object->state = object->is_apart ? KS_LANE_WAITS : KS_LANE_TAKEN;
	if (!object->is_apart)
		*(struct ks_lane_object **)ks_vec_push(&s3->retry) = object;
}

/* The lane goes on behind it, unless nothing of it can be read. */
static void put_off(struct s3 *s3, struct ks_lane_object *object, const struct ks_err *err)
{
	struct ks_bucket_trouble trouble = { object->failures, object->failing_ms, object->later_ms,
		object->is_told, object->is_given_up, "" };

	fail_object(s3, &trouble, ks_str_of(object->key), err);
	free(object->why);
	object->why = ks_mem_copy(err->message, strlen(err->message));
	object->failed_ms = now_of(s3);
	object->failures = trouble.failures;
	object->failing_ms = trouble.since_ms;
	object->later_ms = trouble.later_ms;
	object->is_told = trouble.is_told;
	object->is_given_up = trouble.is_given_up;
	if (!ks_lane_set_apart(object))
		give_back(s3, object);
}

/* Told to nobody: it was read before. */
static void fail_again(struct s3 *s3, const struct ks_porter *porter, const struct ks_err *err)
{
	struct ks_bucket_trouble trouble = { .is_told = true };
	bool is_object_told = s3->is_object_told;

	if (err->code == KS_ERR_NOTFOUND)
		ks_backlist_answer(&s3->back);
	else
		trouble.failures = ks_backlist_fail(&s3->back, porter->key);
	fail_object(s3, &trouble, porter->key, err);
	s3->is_object_told = is_object_told;
}

static void take_failure(struct s3 *s3, struct ks_porter *porter, const struct ks_err *err)
{
	struct ks_lane_object *object = porter->of;

	if (porter->kind == KS_PORTER_OWNER) {
		s3->asks_owner = false;
		fail(s3, &s3->owner_trouble, s3->bucket.prefix, err);
	} else if (porter->kind != KS_PORTER_OBJECT) {
		fail(s3, ks_bucket_fail_list(&s3->bucket, porter), porter->prefix, err);
	} else if (porter->is_again) {
		fail_again(s3, porter, err);
	} else if (err->code == KS_ERR_NOTFOUND && strcmp(err->aws_code, "NoSuchKey") == 0) {
		/* Somebody removed it since it was listed. */
		heard(s3);
		ks_lane_skip(object);
	} else {
		put_off(s3, object, err);
	}
}

static void set_piece(struct s3 *s3, const struct ks_fetcher_job *job, const struct ks_porter *porter,
	struct ks_source_piece *out)
{
	struct ks_lane_object *object = porter->is_again ? NULL : porter->of;

	ks_buf_clear(&s3->current_name);
	ks_buf_addf(&s3->current_name, "s3://" KS_STR_FMT "/", KS_STR_ARG(s3->name));
	ks_buf_add(&s3->current_name, porter->key);
	s3->current = object;
	*out = (struct ks_source_piece){ .name = s3->current_name.p, .fd = job->fd, .is_settled = true,
		.is_again = porter->is_again };
	if (object == NULL)
		return;
	s3->current_done = object->done;
	out->done = object->done;
	out->is_retry = object->failures > 0;
	if (s3->owner[0] != '\0')
		out->account = ks_bucket_account(&s3->bucket, object->lane);
	if (object->modified_ms != INT64_MAX && object->modified_ms > s3->newest_ms)
		s3->newest_ms = object->modified_ms;
}

/* An object without a byte has nothing to read, and no file. */
static void take_object(struct s3 *s3, const struct ks_fetcher_job *job, const struct ks_porter *porter,
	struct ks_source_piece *out, bool *out_has)
{
	heard(s3);
	if (porter->is_again)
		ks_backlist_answer(&s3->back);
	else
		s3->objects_out--;
	*out_has = job->fd >= 0;
	if (*out_has)
		set_piece(s3, job, porter, out);
	else if (!porter->is_again)
		ks_lane_skip(porter->of);
}

/* One answer of the fetcher; *out_has when it is a piece. */
static int take(struct s3 *s3, const struct ks_fetcher_job *job, struct ks_source_piece *out, bool *out_has,
	struct ks_err *err)
{
	struct ks_porter *porter = job->what;

	if (job->rc != 0) {
		if (porter->kind == KS_PORTER_OBJECT && !porter->is_again)
			s3->objects_out--;
		take_failure(s3, porter, &job->err);
	} else if (porter->kind == KS_PORTER_OBJECT) {
		take_object(s3, job, porter, out, out_has);
	} else {
		heard(s3);
		if (porter->kind == KS_PORTER_OWNER)
			take_owner(s3, porter);
		else
			ks_bucket_take_list(&s3->bucket, porter);
	}
	ks_porter_free(porter);
	if (s3->bucket.has_failed)
		*err = s3->bucket.failure;
	return s3->bucket.has_failed ? -1 : 0;
}

static int next(void *state, struct ks_source_piece *out, bool *out_has, struct ks_err *err)
{
	struct s3 *s3 = state;
	struct ks_fetcher_job job;

	*out_has = false;
	s3->current = NULL;
	if (ks_bucket_has_looked(&s3->bucket) && s3->knows_owner)
		s3->again_ms = KS_TIME_NONE;
	schedule(s3);
	while (!*out_has && ks_fetcher_take(s3->fetcher, &job)) {
		if (take(s3, &job, out, out_has, err) != 0)
			return -1;
		schedule(s3);
	}
	return 0;
}

/* ---- how far it was read ------------------------------------------------------------------------- */

static void reached(void *state, const struct ks_source_reach *reach)
{
	struct s3 *s3 = state;
	struct ks_lane_object *object = s3->current;
	struct ks_err err = { 0 };

	if (object == NULL)
		return;
	if (reach->end == KS_SOURCE_PARTLY) {
		s3->current_done = reach->done;
		return;
	}
	s3->current = NULL;
	if (reach->end == KS_SOURCE_LATER) {
		ks_err_set(&err, KS_ERR_IO, "it could not be read to its end");
		put_off(s3, object, &err);
		return;
	}
	object->state = KS_LANE_READ;
	object->lane->read_ms = now_of(s3);
	s3->is_object_told = false;
	ks_backlist_add(&s3->back, object->key, object->size, now_of(s3));
}

/* Never before it was tried once more after a restart, nor while S3 does not answer at all. */
static bool is_hopeless(const struct s3 *s3, const struct ks_lane_object *object)
{
	return s3->config.aside != NULL && object->state < KS_LANE_READ && (object->is_over ||
		(s3->trouble.failures == 0 && object->failed_ms != KS_TIME_NONE &&
			object->failed_ms - object->failing_ms >= ASIDE_MS));
}

static int put_aside(struct s3 *s3, struct ks_lane_object *object, struct ks_err *err)
{
	object->state = KS_LANE_READ;
	return s3->config.aside(s3->config.arg, &(struct ks_source_aside){ .name = object->key,
		.body = KS_STR(""), .why = object->why != NULL ? object->why : "it could not be read" }, err);
}

/* What cannot be read for a day, or is one of too many, is kept for people. */
static int put_all_aside(struct s3 *s3, struct ks_err *err)
{
	struct ks_lane_object *apart = NULL;
	size_t kept = 0, lane = 0;
	int rc = 0;

	while (rc == 0 && (apart = ks_bucket_each_apart(&s3->bucket, apart, &lane)) != NULL)
		if (apart->state == KS_LANE_WAITS && is_hopeless(s3, apart))
			rc = put_aside(s3, apart, err);
	for (size_t i = 0; i < s3->retry.n; i++) {
		struct ks_lane_object *object = *KS_VEC_AT(&s3->retry, struct ks_lane_object *, i);

		if (rc == 0 && is_hopeless(s3, object))
			rc = put_aside(s3, object, err);
		else
			*KS_VEC_AT(&s3->retry, struct ks_lane_object *, kept++) = object;
	}
	s3->retry.n = kept;
	return rc;
}

/* What cannot be read is remembered from the first time on, and put aside without waiting for news. */
static bool must_save(const void *state)
{
	const struct s3 *s3 = state;
	const struct ks_lane_object *apart = NULL;
	size_t at = 0;

	for (size_t i = 0; i < s3->bucket.lanes.n; i++)
		if ((*KS_VEC_AT(&s3->bucket.lanes, struct ks_bucket_lane *, i))->lane.is_urgent)
			return true;
	while ((apart = ks_bucket_each_apart(&s3->bucket, apart, &at)) != NULL)
		if (apart->state == KS_LANE_WAITS && is_hopeless(s3, apart))
			return true;
	for (size_t i = 0; i < s3->retry.n; i++)
		if (is_hopeless(s3, *KS_VEC_AT(&s3->retry, struct ks_lane_object *, i)))
			return true;
	return false;
}

static bool has_read(const struct ks_lane_object *object)
{
	for (; object != NULL; object = object->next)
		if (object->state == KS_LANE_READ)
			return true;
	return false;
}

static int save(void *state, ks_source_save_fn *keep, void *arg, struct ks_err *err)
{
	struct s3 *s3 = state;
	struct ks_buf text;
	int rc = put_all_aside(s3, err);

	ks_buf_init(&text, 1u << 20);
	for (size_t i = 0; rc == 0 && i < s3->bucket.lanes.n; i++) {
		struct ks_bucket_lane *lane = *KS_VEC_AT(&s3->bucket.lanes, struct ks_bucket_lane *, i);

		lane->was_saved = lane->lane.is_dirty || has_read(lane->lane.first) || has_read(lane->lane.apart);
		if (!lane->was_saved)
			continue;
		ks_buf_clear(&text);
		ks_lane_render(&lane->lane, &text);
		rc = keep(arg, ks_str_of(lane->lane.prefix), ks_buf_str(&text), err);
	}
	if (rc == 0 && s3->must_save_owner)
		rc = keep(arg, OWNER_PART, ks_str_of(s3->owner), err);
	ks_buf_release(&text);
	return rc;
}

static void give_all_back(struct s3 *s3, struct ks_lane_object *object)
{
	for (; object != NULL; object = object->next)
		if (object->state == KS_LANE_READ)
			give_back(s3, object);
}

static void settle(void *state, bool is_committed)
{
	struct s3 *s3 = state;

	if (s3->current != NULL && is_committed)
		s3->current->done = s3->current_done;
	for (size_t i = 0; i < s3->bucket.lanes.n; i++) {
		struct ks_bucket_lane *lane = *KS_VEC_AT(&s3->bucket.lanes, struct ks_bucket_lane *, i);

		if (is_committed) {
			ks_lane_settle(&lane->lane);
			continue;
		}
		lane->lane.is_dirty |= lane->was_saved;
		give_all_back(s3, lane->lane.first);
		give_all_back(s3, lane->lane.apart);
	}
	if (is_committed) {
		s3->must_save_owner = false;
	} else if (s3->current != NULL) {
		give_back(s3, s3->current);
		s3->current = NULL;
	}
}

/* ---- look back ----------------------------------------------------------------------------------- */

/* What is not listed yet after a restart comes when it is. */
static bool look_back(void *state, int64_t since_ms, uint64_t budget)
{
	struct s3 *s3 = state;

	ks_bucket_look_back(&s3->bucket);
	if (!ks_bucket_has_looked(&s3->bucket) || !s3->knows_owner)
		s3->again_ms = since_ms;
	return ks_backlist_look(&s3->back, since_ms, budget);
}

static bool is_looking(const void *state)
{
	const struct s3 *s3 = state;

	return ks_backlist_is_busy(&s3->back) || s3->again_ms != KS_TIME_NONE;
}

/* A folder that is gone may come back; there are few of them. */
static bool is_gone(const void *state, struct ks_str part)
{
	(void)state;
	(void)part;
	return false;
}

/* ---- the row ------------------------------------------------------------------------------------- */

static int poll_fd(const void *state)
{
	return ks_fetcher_poll_fd(((const struct s3 *)state)->fetcher);
}

static int64_t next_ms(const void *state)
{
	const struct s3 *s3 = state;
	const struct ks_lane_object *apart = NULL;
	size_t lane = 0;
	int64_t at;

	if (ks_fetcher_waiting(s3->fetcher) > 0)
		return now_of(s3) + s3->config.poll_ms;
	at = s3->knows_owner ? ks_bucket_next_ms(&s3->bucket) : s3->owner_trouble.later_ms;
	for (size_t i = 0; i < s3->retry.n; i++) {
		const struct ks_lane_object *object = *KS_VEC_AT(&s3->retry, struct ks_lane_object *, i);

		if (!object->is_given_up && object->later_ms < at)
			at = object->later_ms;
	}
	while (s3->knows_owner && (apart = ks_bucket_each_apart(&s3->bucket, apart, &lane)) != NULL)
		if (apart->state == KS_LANE_WAITS && !apart->is_given_up && !apart->is_over && apart->later_ms < at)
			at = apart->later_ms;
	if (s3->trouble.failures > 0 && at < s3->trouble.later_ms)
		at = s3->trouble.later_ms;
	return at;
}

/* With is_once what was given up, and told, is no reason to wait. */
static bool is_drained(const void *state)
{
	const struct s3 *s3 = state;

	if (!s3->knows_owner)
		return s3->owner_trouble.is_given_up;
	return s3->current == NULL && s3->objects_out == 0 && s3->bucket.lists == 0 &&
		ks_bucket_is_done(&s3->bucket) && !ks_backlist_is_busy(&s3->back);
}

/* The object that fails longest, and how many do. */
static const struct ks_lane_object *longest_failing(const struct s3 *s3, size_t *out_n)
{
	const struct ks_lane_object *object = NULL, *longest = NULL;
	size_t lane = 0;

	for (*out_n = 0; (object = ks_bucket_each_apart(&s3->bucket, object, &lane)) != NULL; ++*out_n)
		if (longest == NULL || object->failing_ms < longest->failing_ms)
			longest = object;
	return longest;
}

/* Something that fails for some minutes is trouble, though all else works, unless what is known of the whole
 * is older. */
static void tell_partly(const struct s3 *s3, const char *text, unsigned failures, int64_t since_ms,
	struct ks_source_health *out)
{
	if (now_of(s3) - since_ms < PARTLY_MS ||
		(out->failing_ms != KS_TIME_NONE && out->failing_ms <= since_ms))
		return;
	snprintf(s3->shown, SHOWN, "%s", text);
	out->failures = failures;
	out->failing_ms = since_ms;
	out->error = s3->shown;
}

/* Nothing is asked and nothing is due: folders without news are listed every ten minutes. */
static bool is_idle(const struct s3 *s3)
{
	return s3->knows_owner && s3->heard_ms != KS_TIME_NONE && s3->bucket.lists == 0 &&
		s3->objects_out == 0 && ks_bucket_next_ms(&s3->bucket) > now_of(s3);
}

static void health(const void *state, struct ks_source_health *out)
{
	const struct s3 *s3 = state;
	const struct ks_bucket_trouble *list;
	const char *prefix = "";
	char text[SHOWN];
	size_t n;
	const struct ks_lane_object *object = longest_failing(s3, &n);

	*out = (struct ks_source_health){ .heard_ms = is_idle(s3) ? now_of(s3) : s3->heard_ms,
		.newest_ms = s3->newest_ms,
		.behind = (int64_t)(s3->bucket.queued + s3->retry.n + n + s3->objects_out),
		.failures = s3->trouble.failures,
		.failing_ms = s3->trouble.failures > 0 ? s3->trouble.since_ms : KS_TIME_NONE,
		.error = s3->trouble.failures > 0 ? s3->error : NULL };
	if (object != NULL) {
		snprintf(text, sizeof(text), "%zu object%s cannot be read, of them for the longest time "
			"'%.300s': %s", n, n == 1 ? "" : "s", object->key,
			object->why != NULL ? object->why : "as before the start");
		tell_partly(s3, text, object->failures, object->failing_ms, out);
	}
	list = ks_bucket_worst(&s3->bucket, &prefix, &n);
	if (list != NULL) {
		snprintf(text, sizeof(text), "%zu folder%s cannot be listed, of them for the longest time "
			"'%.300s': %s", n, n == 1 ? "" : "s", prefix, list->why);
		tell_partly(s3, text, list->failures, list->since_ms, out);
	}
}

static void drop_porter(void *arg, void *what)
{
	(void)arg;
	ks_porter_free(what);
}

static void close_s3(void *state)
{
	struct s3 *s3 = state;

	if (s3 == NULL)
		return;
	ks_fetcher_finish(s3->fetcher, drop_porter, NULL);
	ks_bucket_release(&s3->bucket);
	ks_backlist_release(&s3->back);
	ks_vec_release(&s3->retry);
	ks_buf_release(&s3->current_name);
	free(s3->spec);
	free(s3->shown);
	free(s3);
}

/* The one that had the bucket the last time, if it is still one of the config's. */
static int recall_owner(struct s3 *s3, struct ks_err *err)
{
	struct ks_str value = { NULL, 0 };
	struct ks_arena arena;
	int rc;

	ks_arena_init(&arena);
	rc = s3->config.recall(s3->config.arg, OWNER_PART, &arena, &value, err);
	if (rc == 0 && ks_account_find(s3->config.accounts, s3->config.account_count, value) != NULL)
		snprintf(s3->owner, sizeof(s3->owner), KS_STR_FMT, KS_STR_ARG(value));
	ks_arena_release(&arena);
	return rc;
}

static int open_s3(const struct ks_source_config *config, const char *spec, void **out, struct ks_err *err)
{
	struct ks_str name, prefix;
	struct s3 *s3;

	if (!ks_s3_parse(spec, &name, &prefix))
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no place in S3: give s3://BUCKET or "
			"s3://BUCKET/PREFIX", spec);
	if (config->settings == NULL)
		return ks_err_set(err, KS_ERR_USAGE, "'%s' cannot be followed here", spec);
	s3 = ks_mem_alloc(sizeof(*s3));
	*s3 = (struct s3){ .config = *config, .spec = ks_mem_copy(spec, strlen(spec)),
		.retry = KS_VEC_OF(struct ks_lane_object *), .again_ms = KS_TIME_NONE, .heard_ms = KS_TIME_NONE,
		.newest_ms = KS_TIME_NONE, .opened_ms = ks_ctx_now(config->ctx), .shown = ks_mem_alloc(SHOWN) };
	ks_s3_parse(s3->spec, &s3->name, &prefix);
	ks_buf_init(&s3->current_name, 1u << 16);
	ks_backlist_init(&s3->back);
	s3->office = (struct ks_porter_office){ config->ctx, config->settings, config->arg, s3->name,
		config->accounts, config->account_count };
	s3->bucket = (struct ks_bucket){ .ctx = config->ctx, .poll_ms = config->poll_ms,
		.is_once = config->is_once, .prefix = prefix, .recall = config->recall, .recall_arg = config->arg,
		.seen = seen, .seen_arg = s3 };
	if (ks_bucket_init(&s3->bucket, err) != 0 || recall_owner(s3, err) != 0 ||
		ks_porter_start(&s3->office, 0, &s3->fetcher, err) != 0) {
		close_s3(s3);
		return -1;
	}
	*out = s3;
	return 0;
}

const struct ks_source_row ks_source_s3 = {
	.name = "s3",
	.usage = "s3://BUCKET[/PREFIX]",
	.is_mine = is_mine,
	.open = open_s3,
	.close = close_s3,
	.next = next,
	.reached = reached,
	.save = save,
	.settle = settle,
	.must_save = must_save,
	.look_back = look_back,
	.is_looking = is_looking,
	.is_gone = is_gone,
	.poll_fd = poll_fd,
	.next_ms = next_ms,
	.is_drained = is_drained,
	.health = health,
};
