/* Specs, Regions and questions of LookupEvents. */
#include "lib/trail/lookupbook.h"

#include "lib/aws/arn.h"
#include "lib/aws/cloudtrail.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_LEAST_MS 1000
#define SINCE_MS KS_TIME_DAY                     /* the first round goes back so far */

static int64_t now_of(const struct ks_lookupbook *book)
{
	return ks_ctx_now(book->config.ctx);
}

/* ---- what is given ------------------------------------------------------------------------------- */

static int read_setting(struct ks_lookupbook *book, struct ks_str setting, struct ks_err *err)
{
	int64_t now = now_of(book), at;
	struct ks_str name = setting, value = { NULL, 0 };
	ptrdiff_t sign = ks_str_find(setting, KS_STR("="));

	if (sign >= 0) {
		name = ks_str_sub(setting, 0, (size_t)sign);
		value = ks_str_sub(setting, (size_t)sign + 1, setting.n);
	}
	if (!ks_str_is(name, "since") && !ks_str_is(name, "every"))
		return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is no setting of lookup: 'since=7d' and "
			"'every=5m' are", KS_STR_ARG(setting));
	if (ks_time_parse_user(value, now, false, &at, err) != 0)
		return ks_err_wrap(err, "'" KS_STR_FMT "' of lookup", KS_STR_ARG(name));
	if (ks_str_is(name, "every"))
		book->every_ms = now - at;
	else
		book->since_ms = now - at;
	if (book->every_ms < ROUND_LEAST_MS || book->every_ms > KS_TIME_DAY)
		return ks_err_set(err, KS_ERR_USAGE, "'every' of lookup is from 1s to 24h");
	if (book->since_ms < 0 || book->since_ms > KS_CLOUDTRAIL_KEPT_MS)
		return ks_err_set(err, KS_ERR_USAGE, "'since' of lookup is at most 90d back: CloudTrail keeps no "
			"more");
	return 0;
}

/* lookup:[REGION,…][?since=TIME&every=TIME] */
static int read_spec(struct ks_lookupbook *book, const char *spec, struct ks_err *err)
{
	struct ks_str rest = ks_str_of(spec + strlen(KS_LOOKUPBOOK_PREFIX)), settings = { NULL, 0 }, one;
	ptrdiff_t mark = ks_str_find(rest, KS_STR("?"));

	if (mark >= 0) {
		settings = ks_str_sub(rest, (size_t)mark + 1, rest.n);
		rest = ks_str_sub(rest, 0, (size_t)mark);
	}
	while (rest.n > 0 && ks_str_next(&rest, ',', &one)) {
		if (ks_partition_of_region(one) == NULL)
			return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' cannot be a Region: 'lookup:' takes "
				"their "
				"names, with commas between them, or none for all of the config's accounts",
				KS_STR_ARG(one));
		*(const char **)ks_vec_push(&book->regions) = ks_arena_strdup(&book->arena, one);
	}
	while (settings.n > 0 && ks_str_next(&settings, '&', &one))
		if (read_setting(book, one, err) != 0)
			return -1;
	return 0;
}

/* ---- lanes --------------------------------------------------------------------------------------- */

struct ks_lookupbook_lane *ks_lookupbook_new_lane(const struct ks_account *account, const char *region,
	const char *name)
{
	struct ks_lookupbook_lane *lane = ks_mem_alloc(sizeof(*lane));

	*lane = (struct ks_lookupbook_lane){ .lane = { .account = account, .region = region, .name = name },
		.todo = KS_VEC_OF(struct ks_lookupbook_cursor *),
		.fresh = KS_VEC_OF(struct ks_str),
		.back_ms = INT64_MAX,
		.failing_ms = KS_TIME_NONE };
	ks_lookuplane_init(&lane->lane);
	return lane;
}

void ks_lookupbook_free_lane(struct ks_lookupbook_lane *lane)
{
	if (lane == NULL)
		return;
	ks_lookuplane_release(&lane->lane);
	ks_vec_release(&lane->todo);
	ks_vec_release(&lane->fresh);
	ks_arena_release(&lane->arena);
	free(lane);
}

static struct ks_lookupbook_lane *add_lane(struct ks_lookupbook *book, const struct ks_account *account,
	const char *region)
{
	struct ks_lookupbook_lane *lane;

	for (size_t i = 0; i < book->lanes.n; i++) {
		lane = KS_LOOKUPBOOK_LANE(book, i);
		if (lane->lane.account == account && strcmp(lane->lane.region, region) == 0)
			return lane;
	}
	lane = ks_lookupbook_new_lane(account, region, ks_arena_printf(&book->arena,
		KS_LOOKUPBOOK_PREFIX KS_STR_FMT "/%s", KS_STR_ARG(account->id), region));
	*(struct ks_lookupbook_lane **)ks_vec_push(&book->lanes) = lane;
	return lane;
}

/* The Regions of one account: those that are given, else its own, else wherever SES is; and where IAM's
 * events are recorded, unless somebody chose. */
static void add_lanes(struct ks_lookupbook *book, const struct ks_account *account,
	const struct ks_partition *partition)
{
	const char *global = partition->iam_region;
	struct ks_lookupbook_lane *lane;

	for (size_t i = 0; i < book->regions.n; i++) {
		const char *region = *KS_VEC_AT(&book->regions, const char *, i);

		if (ks_partition_of_region(ks_str_of(region)) == partition)
			add_lane(book, account, region)->is_named = true;
	}
	for (size_t i = 0; book->regions.n == 0 && i < account->region_count; i++)
		add_lane(book, account, ks_arena_strdup(&book->arena, account->regions[i]))->is_named = true;
	for (size_t i = 0; book->regions.n == 0 && account->region_count == 0; i++) {
		if (partition->ses_regions[i] == NULL)
			break;
		add_lane(book, account, partition->ses_regions[i]);
	}
	if (book->regions.n == 0) {
		size_t before = book->lanes.n;

		lane = add_lane(book, account, global);
		lane->is_global_only = book->lanes.n > before && !partition->is_ses_unknown;
	}
	for (size_t i = 0; i < book->lanes.n; i++) {
		lane = KS_LOOKUPBOOK_LANE(book, i);
		lane->is_global |= lane->lane.account == account && strcmp(lane->lane.region, global) == 0;
	}
}

/* The partition of an account is that of its role, else that of the settings. */
static void make_lanes(struct ks_lookupbook *book)
{
	for (size_t i = 0; i < book->config.account_count; i++) {
		const struct ks_account *account = &book->config.accounts[i];
		const struct ks_partition *partition = NULL;
		struct ks_arn arn;

		if (ks_arn_parse(account->role, &arn))
			partition = ks_partition_find(arn.partition);
		add_lanes(book, account, partition != NULL ? partition : book->partition);
	}
	if (book->config.account_count == 0 && book->own.id.n > 0)
		add_lanes(book, &book->own, book->partition);
}

/* ---- cursors ------------------------------------------------------------------------------------- */

struct question {
	const char *attribute;
	struct ks_str value;
};

/* How far a question was answered is remembered, or it is new. */
static int find_cursor(struct ks_lookupbook *book, struct ks_lookupbook_lane *lane,
	const struct question *question, struct ks_lookupbook_cursor **out, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	const char *part = ks_arena_printf(&arena, KS_STR_FMT "/%s/%s=" KS_STR_FMT,
		KS_STR_ARG(lane->lane.account->id), lane->lane.region, question->attribute,
		KS_STR_ARG(question->value));
	struct ks_lookupbook_cursor *cursor = ks_map_find(&book->cursors, ks_str_of(part));
	struct ks_str stored = { NULL, 0 };
	int64_t reached = 0;
	int rc = 0;

	if (cursor == NULL)
		rc = book->config.recall(book->config.arg, ks_str_of(part), &arena, &stored, err);
	if (rc == 0 && cursor == NULL) {
		cursor = ks_mem_alloc(sizeof(*cursor));
		*cursor = (struct ks_lookupbook_cursor){ .lane = lane, .part = ks_mem_copy(part, strlen(part)),
			.value = ks_mem_copy(question->value.p, question->value.n), .attribute = question->attribute,
			.slice_ms = KS_LOOKUPBOOK_SLICE_MS };
		cursor->is_stored = stored.p != NULL && ks_str_parse_int(stored, &reached);
		cursor->reached_ms = cursor->is_stored ? reached : now_of(book) - book->since_ms;
		cursor->committed_ms = cursor->reached_ms;
		lane->was_answered |= cursor->is_stored;
		ks_map_put(&book->cursors, ks_str_of(cursor->part), cursor);
	}
	if (rc == 0)
		*out = cursor;
	ks_arena_release(&arena);
	return rc;
}

/* A question of this round. */
static int want(struct ks_lookupbook *book, struct ks_lookupbook_lane *lane, const char *attribute,
	struct ks_str value, struct ks_err *err)
{
	struct ks_lookupbook_cursor *cursor;
	int64_t now = now_of(book);

	if (find_cursor(book, lane, &(struct question){ attribute, value }, &cursor, err) != 0)
		return -1;
	/* A clock that was ahead must not hide anything. */
	if (cursor->reached_ms > now - KS_LOOKUPLANE_LATE_MS / 2)
		cursor->reached_ms = now - KS_LOOKUPLANE_LATE_MS;
	if (lane->back_ms < cursor->reached_ms)
		cursor->reached_ms = lane->back_ms;
	cursor->round = lane->round;
	*(struct ks_lookupbook_cursor **)ks_vec_push(&lane->todo) = cursor;
	return 0;
}

static bool is_his(const struct ks_source_decoy *decoy, const struct ks_lookupbook_lane *lane)
{
	return ks_str_is_equal(decoy->account, lane->lane.account->id) && decoy->key_id.n > 0;
}

/* The different users of an account's decoys; more than KS_LOOKUPBOOK_DECOYS are too many. */
static size_t users_of(const struct ks_vec *decoys, const struct ks_lookupbook_lane *lane,
	struct ks_str out[KS_LOOKUPBOOK_DECOYS])
{
	size_t n = 0;

	for (size_t i = 0; i < decoys->n && n <= KS_LOOKUPBOOK_DECOYS; i++) {
		const struct ks_source_decoy *decoy = KS_VEC_AT(decoys, struct ks_source_decoy, i);
		bool is_new = is_his(decoy, lane);

		if (is_new && decoy->user.n == 0)
			return KS_LOOKUPBOOK_DECOYS + 1;
		for (size_t j = 0; is_new && j < n; j++)
			is_new = !ks_str_is_equal(out[j], decoy->user);
		if (is_new && n < KS_LOOKUPBOOK_DECOYS)
			out[n] = decoy->user;
		n += is_new;
	}
	return n;
}

/* Each decoy by its key; else by its user, where several have the same. *out_is_each: they are so few. */
static int want_decoys(struct ks_lookupbook *book, struct ks_lookupbook_lane *lane,
	const struct ks_vec *decoys, bool *out_is_each, struct ks_err *err)
{
	struct ks_str users[KS_LOOKUPBOOK_DECOYS];
	size_t keys = 0, user_count = users_of(decoys, lane, users);
	int rc = 0;

	for (size_t i = 0; i < decoys->n; i++)
		keys += is_his(KS_VEC_AT(decoys, struct ks_source_decoy, i), lane);
	for (size_t i = 0; rc == 0 && i < decoys->n && keys <= KS_LOOKUPBOOK_DECOYS; i++) {
		const struct ks_source_decoy *decoy = KS_VEC_AT(decoys, struct ks_source_decoy, i);

		if (is_his(decoy, lane))
			rc = want(book, lane, "AccessKeyId", decoy->key_id, err);
	}
	*out_is_each = keys <= KS_LOOKUPBOOK_DECOYS || user_count <= KS_LOOKUPBOOK_DECOYS;
	if (keys <= KS_LOOKUPBOOK_DECOYS || user_count > KS_LOOKUPBOOK_DECOYS)
		return rc;
	for (size_t i = 0; rc == 0 && i < user_count; i++)
		rc = want(book, lane, "Username", users[i], err);
	return rc;
}

int ks_lookupbook_begin_round(struct ks_lookupbook *book, struct ks_lookupbook_lane *lane,
	const struct ks_vec *decoys, struct ks_err *err)
{
	bool is_each = true;
	int rc;

	ks_vec_clear(&lane->todo);
	lane->todo_at = 0;
	lane->round++;
	rc = want_decoys(book, lane, decoys, &is_each, err);
	if (rc == 0 && !lane->is_global_only)
		rc = want(book, lane, "EventSource", KS_STR("ses.amazonaws.com"), err);
	if (rc == 0 && lane->is_global)
		rc = want(book, lane, "EventSource", KS_STR("iam.amazonaws.com"), err);
	/* Where each decoy is looked up, its calls of STS are among what comes. */
	if (rc == 0 && lane->is_global && !is_each)
		rc = want(book, lane, "EventSource", KS_STR("sts.amazonaws.com"), err);
	if (rc != 0) {
		ks_vec_clear(&lane->todo);
		return -1;
	}
	lane->back_ms = INT64_MAX;
	lane->round_ms = now_of(book) + book->every_ms;
	return 0;
}

/* ---- life ---------------------------------------------------------------------------------------- */

/* The partition that the settings speak of. */
static int find_partition(struct ks_lookupbook *book, struct ks_err *err)
{
	struct ks_settings settings = { 0 };

	book->partition = ks_partition_find(KS_STR("aws"));
	if (book->regions.n > 0)
		book->partition = ks_partition_of_region(ks_str_of(*KS_VEC_AT(&book->regions, const char *, 0)));
	if (book->regions.n > 0 || book->config.settings == NULL)
		return 0;
	if (book->config.settings(book->config.arg, &settings, err) != 0)
		return -1;
	if (settings.region != NULL && ks_partition_of_region(ks_str_of(settings.region)) != NULL)
		book->partition = ks_partition_of_region(ks_str_of(settings.region));
	ks_settings_release(&settings);
	return 0;
}

void ks_lookupbook_know_own(struct ks_lookupbook *book, const char *account)
{
	book->own.id = ks_arena_copy(&book->arena, ks_str_of(account));
	make_lanes(book);
}

int ks_lookupbook_init(struct ks_lookupbook *book, const struct ks_source_config *config, const char *spec,
	struct ks_err *err)
{
	*book = (struct ks_lookupbook){ .config = *config,
		.regions = KS_VEC_OF(const char *),
		.lanes = KS_VEC_OF(struct ks_lookupbook_lane *),
		.since_ms = SINCE_MS,
		.every_ms = config->poll_ms > KS_LOOKUPBOOK_ROUND_MS ? config->poll_ms : KS_LOOKUPBOOK_ROUND_MS };
	ks_map_init(&book->cursors);
	if (read_spec(book, spec, err) != 0 || find_partition(book, err) != 0)
		return -1;
	make_lanes(book);
	if (config->account_count > 0 && book->lanes.n == 0)
		return ks_err_set(err, KS_ERR_USAGE, "none of the Regions of '%s' is where an account of the config "
			"is", spec);
	return 0;
}

void ks_lookupbook_release(struct ks_lookupbook *book)
{
	for (size_t i = 0; i < book->cursors.entries.n; i++) {
		struct ks_lookupbook_cursor *cursor = KS_LOOKUPBOOK_CURSOR(book, i);

		free(cursor->part);
		free(cursor->value);
		free(cursor);
	}
	ks_map_release(&book->cursors);
	for (size_t i = 0; i < book->lanes.n; i++)
		ks_lookupbook_free_lane(KS_LOOKUPBOOK_LANE(book, i));
	ks_vec_release(&book->lanes);
	ks_vec_release(&book->regions);
	ks_arena_release(&book->arena);
}
