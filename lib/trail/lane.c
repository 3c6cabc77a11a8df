/* How far one stretch of a bucket was read. */
#include "lib/trail/lane.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/trail/awslogs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SLACK_MS (INT64_C(10) * 60 * 1000)   /* of clocks, and of a write that takes its time */
#define VERSION "1"

static char *copy_of(struct ks_str s)
{
	return ks_mem_copy(s.n > 0 ? s.p : "", s.n);
}

static void set_text(char **text, struct ks_str s)
{
	char *fresh = copy_of(s);

	free(*text);
	*text = fresh;
}

void ks_lane_init(struct ks_lane *lane, struct ks_str prefix)
{
	struct ks_awslogs place = ks_awslogs_read(prefix);

	*lane = (struct ks_lane){ .prefix = copy_of(prefix), .seen = KS_VEC_OF(struct ks_lane_seen),
		.least_ms = KS_TIME_NONE, .most_ms = KS_TIME_NONE, .read_ms = KS_TIME_NONE };
	lane->has_layout = place.level == KS_AWSLOGS_REGION;
	lane->base = copy_of(place.base);
	lane->account = copy_of(place.account);
	lane->region = copy_of(place.region);
	for (size_t i = 0; i < KS_LANE_LOOKS; i++)
		lane->listed_ms[i] = KS_TIME_NONE;
}

static void free_object(struct ks_lane_object *object)
{
	free(object->key);
	free(object->etag);
	free(object->why);
	free(object);
}

static void free_objects(struct ks_lane_object *object)
{
	while (object != NULL) {
		struct ks_lane_object *next = object->next;

		free_object(object);
		object = next;
	}
}

void ks_lane_release(struct ks_lane *lane)
{
	free_objects(lane->first);
	free_objects(lane->apart);
	free(lane->prefix);
	free(lane->base);
	free(lane->account);
	free(lane->region);
	free(lane->high);
	free(lane->progress);
	free(lane->from);
	free(lane->until);
	ks_vec_release(&lane->seen);
	*lane = (struct ks_lane){ .prefix = NULL };
}

/* ---- what was seen ------------------------------------------------------------------------------- */

/* What an object is known by. */
static uint64_t hash_of(struct ks_str key, struct ks_str etag)
{
	return ks_str_hash_same(key) ^ (ks_str_hash_same(etag) * UINT64_C(0x9e3779b97f4a7c15));
}

static bool is_seen(const struct ks_lane *lane, uint64_t hash)
{
	for (size_t i = 0; i < lane->seen.n; i++)
		if (KS_VEC_AT(&lane->seen, struct ks_lane_seen, i)->hash == hash)
			return true;
	for (const struct ks_lane_object *o = lane->apart; o != NULL; o = o->next)
		if (o->hash == hash)
			return true;
	return false;
}

/* No look to come takes what S3 got before that. */
static int64_t floor_of(const struct ks_lane *lane)
{
	int64_t floor = lane->listed_ms[KS_LANE_NEAR];

	if (lane->listed_ms[KS_LANE_DEEP] < floor)
		floor = lane->listed_ms[KS_LANE_DEEP];
	if (floor == KS_TIME_NONE && lane->is_looking)
		floor = lane->begun_ms;
	return floor == KS_TIME_NONE ? KS_TIME_NONE : floor - SLACK_MS;
}

static int compare_modified(const void *a, const void *b)
{
	const struct ks_lane_seen *x = a, *y = b;

	return (x->modified_ms < y->modified_ms) - (x->modified_ms > y->modified_ms);
}

static void forget_seen(struct ks_lane *lane)
{
	int64_t floor = floor_of(lane);
	size_t kept = 0;

	for (size_t i = 0; i < lane->seen.n; i++)
		if (KS_VEC_AT(&lane->seen, struct ks_lane_seen, i)->modified_ms >= floor)
			*KS_VEC_AT(&lane->seen, struct ks_lane_seen, kept++) =
				*KS_VEC_AT(&lane->seen, struct ks_lane_seen, i);
	lane->seen.n = kept;
	if (lane->seen.n <= KS_LANE_SEEN)
		return;
	ks_vec_sort(&lane->seen, compare_modified);
	lane->seen.n = KS_LANE_SEEN / 2;
}

static void remember(struct ks_lane *lane, uint64_t hash, int64_t modified_ms)
{
	if (modified_ms < floor_of(lane))
		return;
	*(struct ks_lane_seen *)ks_vec_push(&lane->seen) = (struct ks_lane_seen){ hash, modified_ms };
	if (lane->seen.n > KS_LANE_SEEN)
		forget_seen(lane);
}

/* ---- looks --------------------------------------------------------------------------------------- */

/* The key at which a time begins; NULL for all of it. */
static char *edge_at(const struct ks_lane *lane, int64_t ms)
{
	struct ks_awslogs place = { .level = KS_AWSLOGS_REGION, .account = ks_str_of(lane->account),
		.region = ks_str_of(lane->region), .base = ks_str_of(lane->base) };
	struct ks_buf text;
	char *edge;

	if (ms == KS_TIME_NONE || !lane->has_layout)
		return NULL;
	ks_buf_init(&text, 1u << 16);
	ks_awslogs_add_edge(&text, &place, ms);
	edge = copy_of(ks_buf_str(&text));
	ks_buf_release(&text);
	return edge;
}

static int64_t edge_ms(const struct ks_lane *lane, enum ks_lane_look look)
{
	static const int64_t spans[] = { [KS_LANE_NEAR] = KS_LANE_NEAR_MS, [KS_LANE_DEEP] = KS_LANE_DEEP_MS,
		[KS_LANE_FAR] = KS_LANE_FAR_MS };

	return lane->listed_ms[look] == KS_TIME_NONE ? KS_TIME_NONE : lane->listed_ms[look] - spans[look];
}

static void set_edges(struct ks_lane *lane)
{
	enum ks_lane_look look = lane->look;

	free(lane->from);
	free(lane->until);
	lane->from = edge_at(lane, edge_ms(lane, look));
	lane->until = look != KS_LANE_NEAR ? edge_at(lane, edge_ms(lane, look - 1)) : NULL;
	if (lane->from == NULL)
		lane->from = edge_at(lane, lane->least_ms);
	if (lane->until == NULL)
		lane->until = edge_at(lane, lane->most_ms);
	/* Without the layout only what sorts behind all that is known is near. */
	if (!lane->has_layout && look == KS_LANE_NEAR && lane->listed_ms[KS_LANE_NEAR] != KS_TIME_NONE &&
		lane->high != NULL)
		lane->from = copy_of(ks_str_of(lane->high));
}

/* Behind what is done; but what was written lately is listed once more: a look back may be for it. */
static void go_on(struct ks_lane *lane, int64_t now_ms)
{
	char *lately = lane->look == KS_LANE_NEAR ? edge_at(lane, now_ms - KS_LANE_NEAR_MS) : NULL;

	if (lately == NULL || ks_str_compare(ks_str_of(lane->progress), ks_str_of(lately)) < 0)
		set_text(&lane->from, ks_str_of(lane->progress));
	else if (lane->from == NULL || ks_str_compare(ks_str_of(lane->from), ks_str_of(lately)) < 0)
		set_text(&lane->from, ks_str_of(lately));
	free(lately);
}

void ks_lane_begin(struct ks_lane *lane, enum ks_lane_look look, int64_t now_ms)
{
	if (!lane->is_looking) {
		lane->look = look;
		lane->begun_ms = now_ms;
		free(lane->progress);
		lane->progress = NULL;
	}
	lane->is_looking = true;
	lane->is_listed = false;
	lane->is_dirty = true;
	set_edges(lane);
	if (lane->progress != NULL)
		go_on(lane, now_ms);
}

struct ks_str ks_lane_after(const struct ks_lane *lane)
{
	return ks_str_of(lane->from);
}

bool ks_lane_is_past(const struct ks_lane *lane, struct ks_str key)
{
	return lane->until != NULL && ks_str_compare(key, ks_str_of(lane->until)) > 0;
}

/* Whether S3 got it since the last look of this kind. What sorts behind everything is new in any case. */
static bool is_new(const struct ks_lane *lane, const struct ks_s3_object *object)
{
	int64_t listed = lane->listed_ms[lane->look];

	/* Done by a look that a restart came into; what is younger was remembered. */
	if (lane->progress != NULL && ks_str_compare(object->key, ks_str_of(lane->progress)) <= 0 &&
		object->modified_ms < floor_of(lane))
		return false;
	return listed == KS_TIME_NONE || object->modified_ms >= listed - SLACK_MS ||
		(!lane->has_layout && lane->look == KS_LANE_NEAR);
}

void ks_lane_pass(struct ks_lane *lane, struct ks_str key)
{
	set_text(&lane->from, key);
	if (lane->high == NULL || ks_str_compare(key, ks_str_of(lane->high)) > 0)
		set_text(&lane->high, key);
}

struct ks_lane_object *ks_lane_take(struct ks_lane *lane, const struct ks_s3_object *given,
	bool *out_is_seen)
{
	uint64_t hash = hash_of(given->key, given->etag);
	struct ks_lane_object *object;

	ks_lane_pass(lane, given->key);
	*out_is_seen = is_seen(lane, hash);
	if (*out_is_seen || !is_new(lane, given))
		return NULL;
	object = ks_mem_alloc(sizeof(*object));
	*object = (struct ks_lane_object){ .lane = lane, .size = given->size, .modified_ms = given->modified_ms,
		.hash = hash, .key = copy_of(given->key), .etag = copy_of(given->etag),
		.failing_ms = KS_TIME_NONE, .failed_ms = KS_TIME_NONE };
	if (lane->last != NULL)
		lane->last->next = object;
	else
		lane->first = object;
	lane->last = object;
	lane->object_count++;
	return object;
}

/* Whatever was there when it began is done. */
static void end_look(struct ks_lane *lane)
{
	bool is_first = lane->look == KS_LANE_NEAR && lane->listed_ms[KS_LANE_NEAR] == KS_TIME_NONE;

	lane->listed_ms[lane->look] = lane->begun_ms;
	/* The first one went over everything; so does a deep one where there is no layout. */
	for (size_t i = 0; is_first && i < KS_LANE_LOOKS; i++)
		lane->listed_ms[i] = lane->begun_ms;
	free(lane->progress);
	lane->progress = NULL;
	lane->is_looking = false;
	lane->is_dirty = true;
	forget_seen(lane);
}

void ks_lane_page(struct ks_lane *lane, int64_t asked_ms, bool is_last)
{
	/* The earliest page counts, also of a look that a restart came between. */
	if (asked_ms < lane->begun_ms)
		lane->begun_ms = asked_ms;
	lane->is_listed = is_last;
	if (is_last && lane->first == NULL)
		end_look(lane);
}

static void trim_apart(struct ks_lane *lane)
{
	struct ks_lane_object **at = &lane->apart;

	while (*at != NULL) {
		struct ks_lane_object *object = *at;

		if (object->state != KS_LANE_DONE) {
			at = &object->next;
			continue;
		}
		*at = object->next;
		remember(lane, object->hash, object->modified_ms);
		free_object(object);
	}
}

static void trim(struct ks_lane *lane)
{
	trim_apart(lane);
	while (lane->first != NULL && lane->first->state == KS_LANE_DONE) {
		struct ks_lane_object *object = lane->first;

		lane->first = object->next;
		if (lane->first == NULL)
			lane->last = NULL;
		lane->object_count--;
		set_text(&lane->progress, ks_str_of(object->key));
		remember(lane, object->hash, object->modified_ms);
		free_object(object);
	}
	if (lane->is_looking && lane->is_listed && lane->first == NULL)
		end_look(lane);
}

static bool settle_objects(struct ks_lane_object *object)
{
	bool has_news = false;

	for (; object != NULL; object = object->next)
		if (object->state == KS_LANE_READ) {
			object->state = KS_LANE_DONE;
			has_news = true;
		}
	return has_news;
}

void ks_lane_settle(struct ks_lane *lane)
{
	bool has_news = settle_objects(lane->first);

	lane->is_urgent = false;
	has_news |= settle_objects(lane->apart);
	if (has_news)
		trim(lane);
}

void ks_lane_skip(struct ks_lane_object *object)
{
	struct ks_lane *lane = object->lane;

	object->state = KS_LANE_DONE;
	lane->is_dirty = true;
	trim(lane);
}

/* ---- what cannot be read ------------------------------------------------------------------------- */

/* Whether there is room for one more. The latest comes first. */
static bool make_room(struct ks_lane *lane)
{
	struct ks_lane_object *oldest = NULL;
	size_t n = 0, over = 0;

	for (struct ks_lane_object *o = lane->apart; o != NULL; o = o->next) {
		n++;
		over += o->is_over;
		if (!o->is_over && o->state == KS_LANE_WAITS)
			oldest = o;
	}
	if (n - over < KS_LANE_APART)
		return true;
	if (oldest == NULL || over >= KS_LANE_APART || lane->read_ms == KS_TIME_NONE ||
		lane->read_ms < lane->apart->failing_ms)
		return false;
	oldest->is_over = true;
	return true;
}

static void cut_out(struct ks_lane *lane, struct ks_lane_object *object)
{
	struct ks_lane_object *before = NULL;

	for (struct ks_lane_object *o = lane->first; o != object; o = o->next)
		before = o;
	if (before != NULL)
		before->next = object->next;
	else
		lane->first = object->next;
	if (lane->last == object)
		lane->last = before;
	lane->object_count--;
}

bool ks_lane_set_apart(struct ks_lane_object *object)
{
	struct ks_lane *lane = object->lane;

	if (!object->is_apart) {
		if (!make_room(lane))
			return false;
		cut_out(lane, object);
		object->next = lane->apart;
		lane->apart = object;
		object->is_apart = lane->is_dirty = lane->is_urgent = true;
	}
	object->state = KS_LANE_WAITS;
	trim(lane);
	return true;
}

/* ---- checkpoints --------------------------------------------------------------------------------- */

static void add_seen(struct ks_buf *out, uint64_t hash, int64_t modified_ms)
{
	ks_buf_addf(out, "%" PRIx64 ":%" PRIx64 "\n", hash, (uint64_t)modified_ms);
}

/* The latest last, so that they are put in front in turn. */
static void add_apart(struct ks_buf *out, const struct ks_lane_object *object)
{
	struct ks_vec list = KS_VEC_OF(const struct ks_lane_object *);

	for (; object != NULL; object = object->next)
		*(const struct ks_lane_object **)ks_vec_push(&list) = object;
	for (size_t i = list.n; i-- > 0;) {
		const struct ks_lane_object *o = *KS_VEC_AT(&list, const struct ks_lane_object *, i);

		if (o->state < KS_LANE_READ)
			ks_buf_addf(out, "+ %" PRId64 " %u %" PRId64 " %" PRId64 " %zu %zu\n%s%s\n", o->failing_ms,
				o->failures, o->size, o->modified_ms, strlen(o->key), strlen(o->etag), o->key, o->etag);
		else
			add_seen(out, o->hash, o->modified_ms);
	}
	ks_vec_release(&list);
}

/* "1 NEAR DEEP FAR LOOK BEGUN N M\n", N bytes of progress, M of the highest key, and what was seen. LOOK is
 * -1 without one at hand. What cannot be read is "+ SINCE FAILURES SIZE MODIFIED N M\n", N bytes of key, M
 * of its tag, "\n". */
void ks_lane_render(struct ks_lane *lane, struct ks_buf *out)
{
	const struct ks_lane_object *object = lane->first;
	bool is_behind = false;
	struct ks_str progress = ks_str_of(lane->progress), high = ks_str_of(lane->high);
	int64_t floor = floor_of(lane);

	for (; object != NULL && object->state >= KS_LANE_READ; object = object->next)
		progress = ks_str_of(object->key);
	ks_buf_addf(out, VERSION " %" PRId64 " %" PRId64 " %" PRId64 " %d %" PRId64 " %zu %zu\n",
		lane->listed_ms[KS_LANE_NEAR], lane->listed_ms[KS_LANE_DEEP], lane->listed_ms[KS_LANE_FAR],
		lane->is_looking ? (int)lane->look : -1, lane->begun_ms, progress.n, high.n);
	ks_buf_add(out, progress);
	ks_buf_add(out, high);
	for (size_t i = 0; i < lane->seen.n; i++) {
		const struct ks_lane_seen *seen = KS_VEC_AT(&lane->seen, struct ks_lane_seen, i);

		add_seen(out, seen->hash, seen->modified_ms);
	}
	/* Of what is done behind the progress all is needed, in front of it only what is late enough. */
	for (const struct ks_lane_object *o = lane->first; o != NULL; o = o->next) {
		is_behind |= o == object;
		if (o->state >= KS_LANE_READ && (is_behind || o->modified_ms >= floor))
			add_seen(out, o->hash, o->modified_ms);
	}
	add_apart(out, lane->apart);
	lane->is_dirty = false;
}

static bool next_int(struct ks_str *line, int64_t *out)
{
	struct ks_str word;

	return ks_str_next(line, ' ', &word) && ks_str_parse_int(word, out);
}

static bool parse_hex(struct ks_str s, uint64_t *out)
{
	char text[20], *end;

	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	*out = strtoull(text, &end, 16);
	return *end == '\0';
}

/* line is what is behind the "+ ", and rest what is behind the line. False when it makes no sense. */
static bool parse_apart(struct ks_lane *lane, struct ks_str line, struct ks_str *rest)
{
	int64_t failing, failures, size, modified, key_n, etag_n;
	struct ks_lane_object *object;
	struct ks_str key, etag;

	if (!next_int(&line, &failing) || !next_int(&line, &failures) || !next_int(&line, &size) ||
		!next_int(&line, &modified) || !next_int(&line, &key_n) || !next_int(&line, &etag_n) ||
		failures < 0 || failures > UINT32_MAX || key_n <= 0 || etag_n < 0 || (uint64_t)key_n > rest->n ||
		(uint64_t)etag_n > rest->n - (uint64_t)key_n)
		return false;
	key = ks_str_sub(*rest, 0, (size_t)key_n);
	etag = ks_str_sub(*rest, (size_t)key_n, (size_t)etag_n);
	*rest = ks_str_sub(*rest, (size_t)key_n + (size_t)etag_n, rest->n);
	if (rest->n > 0)
		*rest = ks_str_sub(*rest, 1, rest->n);
	object = ks_mem_alloc(sizeof(*object));
	*object = (struct ks_lane_object){ .lane = lane, .next = lane->apart, .size = size,
		.modified_ms = modified, .hash = hash_of(key, etag), .failures = (unsigned)failures,
		.failing_ms = failing, .failed_ms = KS_TIME_NONE, .is_apart = true,
		.key = copy_of(key), .etag = copy_of(etag) };
	lane->apart = object;
	return true;
}

static void parse_seen(struct ks_lane *lane, struct ks_str rest)
{
	struct ks_str line, left;
	uint64_t hash, modified;

	while (ks_str_next(&rest, '\n', &line))
		if (line.n > 2 && memcmp(line.p, "+ ", 2) == 0) {
			if (!parse_apart(lane, ks_str_sub(line, 2, line.n), &rest))
				return;
		} else if (ks_str_next(&line, ':', &left) && parse_hex(left, &hash) && parse_hex(line, &modified))
			*(struct ks_lane_seen *)ks_vec_push(&lane->seen) =
				(struct ks_lane_seen){ hash, (int64_t)modified };
}

bool ks_lane_parse(struct ks_lane *lane, struct ks_str value)
{
	int64_t listed[KS_LANE_LOOKS], look, begun, progress_n, high_n;
	struct ks_str line, version;

	if (!ks_str_next(&value, '\n', &line) || !ks_str_next(&line, ' ', &version) ||
		!ks_str_is(version, VERSION))
		return false;
	for (size_t i = 0; i < KS_LANE_LOOKS; i++)
		if (!next_int(&line, &listed[i]))
			return false;
	if (!next_int(&line, &look) || !next_int(&line, &begun) || !next_int(&line, &progress_n) ||
		!next_int(&line, &high_n) || look < -1 || look >= KS_LANE_LOOKS || progress_n < 0 || high_n < 0 ||
		(uint64_t)progress_n > value.n || (uint64_t)high_n > value.n - (uint64_t)progress_n)
		return false;
	memcpy(lane->listed_ms, listed, sizeof(listed));
	lane->is_looking = look >= 0;
	lane->look = look >= 0 ? (enum ks_lane_look)look : KS_LANE_NEAR;
	lane->begun_ms = begun;
	if (progress_n > 0)
		set_text(&lane->progress, ks_str_sub(value, 0, (size_t)progress_n));
	value = ks_str_sub(value, (size_t)progress_n, value.n);
	if (high_n > 0)
		set_text(&lane->high, ks_str_sub(value, 0, (size_t)high_n));
	parse_seen(lane, ks_str_sub(value, (size_t)high_n, value.n));
	return true;
}
