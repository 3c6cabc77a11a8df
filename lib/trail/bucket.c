/* Folders and lanes of a bucket, and which of them is asked next. */
#include "lib/trail/bucket.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/trail/awslogs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUED_MOST 4000u            /* objects that wait, before more are listed */
#define LISTS_MOST 2u                /* pages on their way */
#define OUTSIDE_MOST 64u             /* folders that are walked in search of AWSLogs … */
#define DEPTH_MOST 3u                /* … and how deep */
#define PACE_MS INT64_C(1000)        /* between pages that could wait */
#define HOT_MS (INT64_C(3600) * 1000)
#define LATER_MS INT64_C(1000)
#define LATER_MOST_MS (INT64_C(300) * 1000)
#define TRIES_ONCE 4u
/* In poll times, each of five seconds unless somebody says otherwise. */
#define NEAR_HOT 12
#define NEAR_COLD 120
#define DEEP 720
#define FAR 17280
#define WALK 180
#define WALK_OUTSIDE 4320

void ks_bucket_put_off(struct ks_bucket_trouble *trouble, int64_t now_ms, bool is_once,
	const struct ks_err *err)
{
	int64_t wait = LATER_MS;
	bool is_lasting = err->code != KS_ERR_NET && err->code != KS_ERR_THROTTLED &&
		err->code != KS_ERR_REMOTE && err->code != KS_ERR_CONFLICT;

	for (unsigned i = 0; i < trouble->failures && wait < LATER_MOST_MS; i++)
		wait *= 2;
	if (trouble->failures++ == 0)
		trouble->since_ms = now_ms;
	trouble->later_ms = now_ms + (wait < LATER_MOST_MS ? wait : LATER_MOST_MS);
	snprintf(trouble->why, sizeof(trouble->why), "%.255s", err->message);
	trouble->is_given_up = is_once && (is_lasting || trouble->failures >= TRIES_ONCE);
}

/* ---- nodes and lanes ----------------------------------------------------------------------------- */

static void add_node(struct ks_bucket *bucket, struct ks_str prefix, unsigned depth)
{
	struct ks_bucket_node *node;

	if (ks_map_find(&bucket->known, prefix) != NULL)
		return;
	node = ks_mem_alloc(sizeof(*node));
	*node = (struct ks_bucket_node){ .prefix = ks_mem_copy(prefix.n > 0 ? prefix.p : "", prefix.n),
		.depth = depth, .walked_ms = KS_TIME_NONE };
	ks_map_put(&bucket->known, prefix, node);
	*(struct ks_bucket_node **)ks_vec_push(&bucket->nodes) = node;
}

static void free_lane(struct ks_bucket_lane *lane)
{
	ks_lane_release(&lane->lane);
	free(lane->token);
	free(lane);
}

/* What a checkpoint says of it. */
static int recall_lane(struct ks_bucket *bucket, struct ks_bucket_lane *lane, struct ks_err *err)
{
	struct ks_str value = { NULL, 0 };
	struct ks_arena arena;
	int rc;

	ks_arena_init(&arena);
	rc = bucket->recall(bucket->recall_arg, ks_str_of(lane->lane.prefix), &arena, &value, err);
	if (rc == 0 && value.p != NULL)
		ks_lane_parse(&lane->lane, value);
	for (size_t i = 0; i < KS_LANE_LOOKS; i++)
		lane->asked_ms[i] = lane->lane.listed_ms[i];
	ks_arena_release(&arena);
	return rc;
}

static int add_lane(struct ks_bucket *bucket, struct ks_str prefix, struct ks_err *err)
{
	struct ks_bucket_lane *lane = ks_mem_alloc(sizeof(*lane));

	lane->hot_ms = KS_TIME_NONE;
	ks_lane_init(&lane->lane, prefix);
	if (bucket->span != NULL) {
		lane->lane.least_ms = bucket->span->least_ms;
		lane->lane.most_ms = bucket->span->most_ms;
	}
	if (recall_lane(bucket, lane, err) != 0) {
		free_lane(lane);
		return -1;
	}
	lane->looks_back = bucket->looks_back && !lane->lane.has_layout;
	/* The whole bucket is no part of its own folders. */
	if (lane->lane.has_layout)
		ks_map_put(&bucket->known, prefix, lane);
	*(struct ks_bucket_lane **)ks_vec_push(&bucket->lanes) = lane;
	return 0;
}

/* Everything below the prefix as one, until a layout is found. */
static void set_plain(struct ks_bucket *bucket, bool is_on)
{
	struct ks_bucket_lane *plain = NULL;

	for (size_t i = 0; i < bucket->lanes.n; i++)
		if (!(*KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *, i))->lane.has_layout)
			plain = *KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *, i);
	if (plain == NULL && is_on && add_lane(bucket, bucket->prefix, &bucket->failure) != 0)
		bucket->has_failed = true;
	if (plain != NULL)
		plain->is_off = !is_on;
}

/* A folder, by what it is in the layout. */
static void add_folder(struct ks_bucket *bucket, struct ks_str prefix, unsigned depth)
{
	struct ks_awslogs place = ks_awslogs_read(prefix);
	struct ks_buf below;

	if (place.level == KS_AWSLOGS_OTHER)
		return;
	if (place.level == KS_AWSLOGS_OUTSIDE) {
		if (depth > DEPTH_MOST || bucket->outside >= OUTSIDE_MOST ||
			ks_map_find(&bucket->known, prefix) != NULL)
			return;
		bucket->outside++;
	} else if (!bucket->has_layout) {
		bucket->has_layout = true;
		set_plain(bucket, false);
	}
	if (place.level == KS_AWSLOGS_REGION) {
		if (ks_map_find(&bucket->known, prefix) == NULL && add_lane(bucket, prefix, &bucket->failure) != 0)
			bucket->has_failed = true;
	} else if (place.level == KS_AWSLOGS_ACCOUNT) {
		/* What else is in an account's folder is none of ours. */
		ks_buf_init(&below, 1u << 16);
		ks_buf_add(&below, prefix);
		ks_buf_adds(&below, "CloudTrail/");
		add_node(bucket, ks_buf_str(&below), 0);
		ks_buf_release(&below);
	} else {
		add_node(bucket, prefix, depth);
	}
}

struct ks_str ks_bucket_account(const struct ks_bucket *bucket, const struct ks_lane *lane)
{
	if (!lane->has_layout || !ks_awslogs_is_below(ks_str_of(lane->prefix), bucket->prefix))
		return KS_STR("");
	return ks_str_of(lane->account);
}

int ks_bucket_init(struct ks_bucket *bucket, struct ks_err *err)
{
	bucket->nodes = KS_VEC_OF(struct ks_bucket_node *);
	bucket->lanes = KS_VEC_OF(struct ks_bucket_lane *);
	bucket->idle_ms = KS_TIME_NONE;
	ks_map_init(&bucket->known);
	if (ks_awslogs_read(bucket->prefix).level == KS_AWSLOGS_OTHER)
		return ks_err_set(err, KS_ERR_USAGE, "below '" KS_STR_FMT "' are no records of CloudTrail: give the "
			"folder above it, or AWSLogs itself", KS_STR_ARG(bucket->prefix));
	add_folder(bucket, bucket->prefix, 0);
	if (bucket->has_failed)
		*err = bucket->failure;
	return bucket->has_failed ? -1 : 0;
}

void ks_bucket_release(struct ks_bucket *bucket)
{
	for (size_t i = 0; i < bucket->lanes.n; i++)
		free_lane(*KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *, i));
	for (size_t i = 0; i < bucket->nodes.n; i++) {
		struct ks_bucket_node *node = *KS_VEC_AT(&bucket->nodes, struct ks_bucket_node *, i);

		free(node->prefix);
		free(node->token);
		free(node);
	}
	ks_vec_release(&bucket->lanes);
	ks_vec_release(&bucket->nodes);
	ks_map_release(&bucket->known);
}

/* ---- what is due --------------------------------------------------------------------------------- */

static int64_t walk_due(const struct ks_bucket *bucket, const struct ks_bucket_node *node)
{
	bool is_outside =
		node->depth > 0 && ks_awslogs_read(ks_str_of(node->prefix)).level == KS_AWSLOGS_OUTSIDE;

	if (node->is_busy || node->trouble.is_given_up || (bucket->is_once && node->was_walked))
		return INT64_MAX;
	if (node->trouble.failures > 0)
		return node->trouble.later_ms;
	if (node->token != NULL || node->walked_ms == KS_TIME_NONE)
		return INT64_MIN;
	return node->walked_ms + bucket->poll_ms * (is_outside ? WALK_OUTSIDE : WALK);
}

static int64_t interval_of(const struct ks_bucket *bucket, const struct ks_bucket_lane *lane,
	enum ks_lane_look look)
{
	int64_t now = ks_ctx_now(bucket->ctx);

	if (look == KS_LANE_FAR)
		return bucket->poll_ms * FAR;
	if (look == KS_LANE_DEEP)
		return bucket->poll_ms * DEEP;
	return bucket->poll_ms * (lane->hot_ms != KS_TIME_NONE && now - lane->hot_ms < HOT_MS ? NEAR_HOT :
		NEAR_COLD);
}

static int64_t look_at(const struct ks_bucket *bucket, const struct ks_bucket_lane *lane,
	enum ks_lane_look look)
{
	int64_t asked = lane->asked_ms[look];

	if (look == KS_LANE_NEAR && !lane->was_looked)
		return INT64_MIN;
	if (look == KS_LANE_DEEP && lane->looks_back && asked != KS_TIME_NONE)
		return INT64_MIN;
	if ((look == KS_LANE_NEAR && bucket->is_once) || (look == KS_LANE_FAR && !lane->lane.has_layout) ||
		asked == KS_TIME_NONE)
		return INT64_MAX;
	/* The clock may have been set back. */
	return asked > ks_ctx_now(bucket->ctx) ? INT64_MIN : asked + interval_of(bucket, lane, look);
}

/* When a lane wants its next page, and of which look. The farthest comes first: where it ends the nearer one
 * begins. */
static int64_t look_due(const struct ks_bucket *bucket, const struct ks_bucket_lane *lane,
	enum ks_lane_look *out_look)
{
	int64_t now = ks_ctx_now(bucket->ctx), due = INT64_MAX;

	*out_look = lane->lane.look;
	if (lane->is_busy || lane->is_off || lane->trouble.is_given_up ||
		(lane->lane.is_looking && lane->lane.is_listed))
		return INT64_MAX;
	if (lane->lane.is_looking)
		due = INT64_MIN;
	for (int look = KS_LANE_LOOKS - 1; !lane->lane.is_looking && look >= 0; look--) {
		int64_t at = look_at(bucket, lane, look);

		if (at < due) {
			due = at;
			*out_look = look;
		}
		if (due <= now)
			break;
	}
	return lane->trouble.failures > 0 && due < lane->trouble.later_ms ? lane->trouble.later_ms : due;
}

static struct ks_porter *ask_node(struct ks_bucket *bucket, struct ks_bucket_node *node, const char *owner)
{
	struct ks_porter *porter = ks_porter_new(KS_PORTER_WALK, node, owner);

	ks_porter_set_list(porter, ks_str_of(node->prefix), KS_STR(""), ks_str_of(node->token));
	node->is_busy = true;
	bucket->lists++;
	return porter;
}

static struct ks_porter *ask_lane(struct ks_bucket *bucket, struct ks_bucket_lane *lane,
	enum ks_lane_look look, const char *owner)
{
	struct ks_porter *porter = ks_porter_new(KS_PORTER_PAGE, lane, owner);
	bool is_new = !lane->lane.is_looking;

	if (is_new || lane->lane.from == NULL) {
		if (is_new) {
			lane->goes_over = !lane->lane.has_layout && (look == KS_LANE_DEEP ||
				lane->lane.listed_ms[KS_LANE_NEAR] == KS_TIME_NONE);
			lane->asked_ms[look] = ks_ctx_now(bucket->ctx);
		}
		ks_lane_begin(&lane->lane, look, ks_ctx_now(bucket->ctx));
	}
	ks_porter_set_list(porter, ks_str_of(lane->lane.prefix), ks_lane_after(&lane->lane),
		ks_str_of(lane->token));
	lane->is_busy = true;
	bucket->lists++;
	return porter;
}

struct ks_porter *ks_bucket_next_list(struct ks_bucket *bucket, const char *owner)
{
	int64_t now = ks_ctx_now(bucket->ctx);
	bool may_idle = bucket->idle_ms == KS_TIME_NONE || now - bucket->idle_ms >= PACE_MS ||
		now < bucket->idle_ms;
	enum ks_lane_look look;

	if (bucket->lists >= (bucket->lists_most > 0 ? bucket->lists_most : LISTS_MOST))
		return NULL;
	for (size_t i = 0; i < bucket->nodes.n; i++) {
		struct ks_bucket_node *node = *KS_VEC_AT(&bucket->nodes, struct ks_bucket_node *, i);

		if (walk_due(bucket, node) > now || (node->was_walked && !may_idle))
			continue;
		if (node->was_walked)
			bucket->idle_ms = now;
		return ask_node(bucket, node, owner);
	}
	if (bucket->queued >= QUEUED_MOST)
		return NULL;
	for (size_t i = 0; i < bucket->lanes.n; i++) {
		struct ks_bucket_lane *lane = *KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *,
			bucket->list_turn++ % bucket->lanes.n);

		if (look_due(bucket, lane, &look) > now || (lane->was_looked && !lane->lane.is_looking && !may_idle))
			continue;
		if (lane->was_looked && !lane->lane.is_looking)
			bucket->idle_ms = now;
		return ask_lane(bucket, lane, look, owner);
	}
	return NULL;
}

int64_t ks_bucket_next_ms(const struct ks_bucket *bucket)
{
	int64_t at = INT64_MAX;
	enum ks_lane_look look;

	for (size_t i = 0; i < bucket->nodes.n; i++) {
		int64_t due = walk_due(bucket, *KS_VEC_AT(&bucket->nodes, struct ks_bucket_node *, i));

		at = due < at ? due : at;
	}
	for (size_t i = 0; i < bucket->lanes.n; i++) {
		int64_t due = look_due(bucket, *KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *, i), &look);

		at = due < at ? due : at;
	}
	if (bucket->idle_ms != KS_TIME_NONE && at < bucket->idle_ms + PACE_MS)
		at = bucket->idle_ms + PACE_MS;
	return at;
}

/* ---- answers ------------------------------------------------------------------------------------- */

static void set_token(char **token, struct ks_str value)
{
	free(*token);
	*token = value.n > 0 ? ks_mem_copy(value.p, value.n) : NULL;
}

static void walk_again(struct ks_bucket *bucket)
{
	for (size_t i = 0; i < bucket->nodes.n; i++)
		(*KS_VEC_AT(&bucket->nodes, struct ks_bucket_node *, i))->walked_ms = KS_TIME_NONE;
}

static void take_walk(struct ks_bucket *bucket, struct ks_bucket_node *node, const struct ks_s3_page *page)
{
	bool was_walked = true;

	node->is_busy = false;
	node->trouble = (struct ks_bucket_trouble){ .failures = 0 };
	bucket->ignored += page->objects.n;
	for (size_t i = 0; i < page->prefixes.n; i++)
		add_folder(bucket, *KS_VEC_AT(&page->prefixes, struct ks_str, i), node->depth + 1);
	set_token(&node->token, page->token);
	if (node->token != NULL)
		return;
	node->was_walked = true;
	node->walked_ms = ks_ctx_now(bucket->ctx);
	for (size_t i = 0; i < bucket->nodes.n; i++)
		was_walked &= (*KS_VEC_AT(&bucket->nodes, struct ks_bucket_node *, i))->was_walked;
	if (was_walked && !bucket->has_layout)
		set_plain(bucket, true);
}

/* Whether a key is a file of records, as far as that can be told from it. */
static bool is_file(struct ks_bucket *bucket, const struct ks_bucket_lane *lane,
	const struct ks_s3_object *object)
{
	int64_t ms;

	if (object->size == 0)
		return false;
	if (lane->lane.has_layout)
		return ks_awslogs_is_file(object->key, &ms);
	if (ks_awslogs_read(object->key).level == KS_AWSLOGS_OUTSIDE)
		return true;
	/* A layout that was not there when folders were walked. */
	walk_again(bucket);
	return false;
}

static void take_object(struct ks_bucket *bucket, struct ks_bucket_lane *lane,
	const struct ks_s3_object *object)
{
	struct ks_lane_object *taken;
	bool is_seen;

	if (!is_file(bucket, lane, object)) {
		ks_lane_pass(&lane->lane, object->key);
		bucket->ignored++;
		return;
	}
	taken = ks_lane_take(&lane->lane, object, &is_seen);
	if (taken == NULL) {
		bucket->seen(bucket->seen_arg, lane, object);
		return;
	}
	bucket->queued++;
	lane->hot_ms = ks_ctx_now(bucket->ctx);
	if (lane->wait == NULL)
		lane->wait = taken;
}

static void take_page(struct ks_bucket *bucket, struct ks_bucket_lane *lane, const struct ks_s3_page *page)
{
	bool is_last = page->token.n == 0;

	lane->is_busy = false;
	lane->trouble = (struct ks_bucket_trouble){ .failures = 0 };
	for (size_t i = 0; i < page->objects.n; i++) {
		const struct ks_s3_object *object = KS_VEC_AT(&page->objects, struct ks_s3_object, i);

		if (ks_lane_is_past(&lane->lane, object->key)) {
			is_last = true;
			break;
		}
		take_object(bucket, lane, object);
	}
	/* The next page begins behind the last key; only where there was none its token says where. */
	set_token(&lane->token, !is_last && page->objects.n == 0 ? page->token : KS_STR(""));
	if (is_last && lane->lane.look == KS_LANE_NEAR) {
		lane->was_looked = true;
		/* The first look was one of each kind: the others follow in their time. */
		for (size_t i = 0; i < KS_LANE_LOOKS; i++)
			if (lane->asked_ms[i] == KS_TIME_NONE)
				lane->asked_ms[i] = lane->asked_ms[KS_LANE_NEAR];
	}
	if (is_last && lane->goes_over) {
		lane->was_gone_over = true;
		lane->goes_over = lane->looks_back = false;
	}
	ks_lane_page(&lane->lane, page->asked_ms, is_last);
}

void ks_bucket_take_list(struct ks_bucket *bucket, struct ks_porter *porter)
{
	bucket->lists--;
	if (porter->kind == KS_PORTER_WALK)
		take_walk(bucket, porter->of, &porter->page);
	else
		take_page(bucket, porter->of, &porter->page);
}

struct ks_bucket_trouble *ks_bucket_fail_list(struct ks_bucket *bucket, struct ks_porter *porter)
{
	struct ks_bucket_node *node = porter->of;
	struct ks_bucket_lane *lane = porter->of;

	bucket->lists--;
	if (porter->kind == KS_PORTER_WALK) {
		node->is_busy = false;
		set_token(&node->token, KS_STR(""));
		return &node->trouble;
	}
	lane->is_busy = false;
	set_token(&lane->token, KS_STR(""));
	return &lane->trouble;
}

const struct ks_bucket_trouble *ks_bucket_worst(const struct ks_bucket *bucket, const char **out_prefix,
	size_t *out_n)
{
	const struct ks_bucket_trouble *worst = NULL;

	*out_n = 0;
	for (size_t i = 0; i < bucket->nodes.n + bucket->lanes.n; i++) {
		bool is_node = i < bucket->nodes.n;
		const struct ks_bucket_node *node =
			is_node ? *KS_VEC_AT(&bucket->nodes, struct ks_bucket_node *, i) : NULL;
		const struct ks_bucket_lane *lane =
			is_node ? NULL : *KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *, i - bucket->nodes.n);
		const struct ks_bucket_trouble *trouble = is_node ? &node->trouble : &lane->trouble;

		if (trouble->failures == 0 || (lane != NULL && lane->is_off))
			continue;
		++*out_n;
		if (worst != NULL && worst->since_ms <= trouble->since_ms)
			continue;
		worst = trouble;
		*out_prefix = is_node ? node->prefix : lane->lane.prefix;
	}
	return worst;
}

void ks_bucket_look_back(struct ks_bucket *bucket)
{
	bucket->looks_back = true;
	for (size_t i = 0; i < bucket->lanes.n; i++) {
		struct ks_bucket_lane *lane = *KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *, i);

		lane->looks_back |= !lane->lane.has_layout && !lane->is_off && !lane->was_gone_over;
	}
}

/* ---- objects ------------------------------------------------------------------------------------- */

struct ks_lane_object *ks_bucket_next_object(struct ks_bucket *bucket)
{
	for (size_t i = 0; bucket->queued > 0 && i < bucket->lanes.n; i++) {
		struct ks_bucket_lane *lane =
			*KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *, bucket->turn++ % bucket->lanes.n);
		struct ks_lane_object *object = lane->wait;

		if (object == NULL)
			continue;
		lane->wait = object->next;
		object->state = KS_LANE_TAKEN;
		bucket->queued--;
		return object;
	}
	return NULL;
}

struct ks_lane_object *ks_bucket_each_apart(const struct ks_bucket *bucket,
	const struct ks_lane_object *object, size_t *inout_lane)
{
	if (object != NULL && object->next != NULL)
		return object->next;
	if (object != NULL)
		++*inout_lane;
	for (; *inout_lane < bucket->lanes.n; ++*inout_lane) {
		struct ks_bucket_lane *lane =
			*KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *, *inout_lane);

		if (lane->lane.apart != NULL)
			return lane->lane.apart;
	}
	return NULL;
}

/* The clock may have been set back. */
bool ks_bucket_is_due(const struct ks_lane_object *object, int64_t now_ms)
{
	return !object->is_given_up && (now_ms >= object->later_ms ||
		now_ms < object->later_ms - LATER_MOST_MS);
}

struct ks_lane_object *ks_bucket_next_apart(struct ks_bucket *bucket)
{
	struct ks_lane_object *o = NULL, *next = NULL;
	int64_t now = ks_ctx_now(bucket->ctx);
	size_t lane = 0;

	while ((o = ks_bucket_each_apart(bucket, o, &lane)) != NULL)
		if (o->state == KS_LANE_WAITS && !o->is_over && ks_bucket_is_due(o, now) &&
			(next == NULL || o->later_ms < next->later_ms))
			next = o;
	if (next != NULL)
		next->state = KS_LANE_TAKEN;
	return next;
}

bool ks_bucket_has_looked(const struct ks_bucket *bucket)
{
	for (size_t i = 0; i < bucket->nodes.n; i++) {
		const struct ks_bucket_node *node = *KS_VEC_AT(&bucket->nodes, struct ks_bucket_node *, i);

		if (!node->was_walked && !node->trouble.is_given_up)
			return false;
	}
	for (size_t i = 0; i < bucket->lanes.n; i++) {
		const struct ks_bucket_lane *lane = *KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *, i);

		if ((!lane->was_looked || lane->looks_back) && !lane->is_off && !lane->trouble.is_given_up)
			return false;
	}
	return true;
}

bool ks_bucket_is_done(const struct ks_bucket *bucket)
{
	const struct ks_lane_object *apart = NULL;
	size_t at = 0;

	while (bucket->is_once && (apart = ks_bucket_each_apart(bucket, apart, &at)) != NULL)
		if (apart->state < KS_LANE_READ && !apart->is_given_up && !apart->is_over)
			return false;
	if (!ks_bucket_has_looked(bucket))
		return false;
	for (size_t i = 0; i < bucket->lanes.n; i++) {
		const struct ks_bucket_lane *lane = *KS_VEC_AT(&bucket->lanes, struct ks_bucket_lane *, i);

		for (const struct ks_lane_object *o = lane->lane.first; o != NULL; o = o->next)
			if (o->state < KS_LANE_READ && !o->is_given_up)
				return false;
	}
	return true;
}
