/* Hits in order of group and time, and a window that slides over them and only counts. */
#include "lib/engine/hopper.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/sortkey.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELD (1024u * 1024)     /* bytes of copies in memory */
#define MOST 4096u              /* hits in a window that are looked at one by one */

/* Where things stand in a sorting key. */
#define AT_GROUP 4u
#define AT_TIME (AT_GROUP + 8u)
#define KEY (AT_TIME + 8u)

/* What goes with a key: which rule was met, and where the copy is. */
struct place {
	uint64_t at;
	uint32_t n, part;
};

/* A hit in the window. */
struct entry {
	int64_t time_ms;
	struct place place;
};

/* The group at hand. */
struct sifting {
	struct ks_hopper *hopper;
	int (*take)(void *arg, const struct ks_hopper_hit *hit, struct ks_err *err);
	void *arg;
	struct ks_hopper_hit hit;   /* of it; correlation NULL before the first */
	char key[AT_TIME];
	uint64_t least;             /* what the condition asks for */
	struct ks_vec window;       /* struct entry, from first on */
	size_t first;
	size_t told;                /* entries before this one were given out */
	struct ks_vec parts;        /* uint32_t: hits by rule */
	uint64_t rules;             /* rules that were met */
	bool is_large;              /* all hits come out */
	struct ks_buf copy;         /* one that was read back */
};

void ks_hopper_init(struct ks_hopper *hopper, const struct ks_program *program, const char *dir)
{
	*hopper = (struct ks_hopper){ .program = program, .dir = dir, .fd = -1 };
	ks_sorter_init(&hopper->order, KS_LIMIT_HITS - HELD, dir);
	ks_buf_init(&hopper->held, HELD);
}

void ks_hopper_release(struct ks_hopper *hopper)
{
	if (hopper == NULL || hopper->program == NULL)
		return;
	ks_sorter_release(&hopper->order);
	ks_buf_release(&hopper->held);
	if (hopper->fd >= 0)
		close(hopper->fd);
	*hopper = (struct ks_hopper){ .fd = -1 };
}

/* The least count that meets all bounds; 0 when that is nothing to go by. */
static uint64_t least_of(const struct ks_correlation *correlation)
{
	uint64_t least = 0;

	for (size_t i = 0; i < correlation->bound_count; i++) {
		const struct ks_correlation_bound *bound = &correlation->bounds[i];
		uint64_t own = 0;

		if (bound->op == KS_CORRELATION_GTE || bound->op == KS_CORRELATION_EQ)
			own = bound->count;
		else if (bound->op == KS_CORRELATION_GT)
			own = bound->count < UINT64_MAX ? bound->count + 1 : bound->count;
		least = own > least ? own : least;
	}
	return least;
}

bool ks_hopper_takes(const struct ks_correlation *correlation)
{
	return correlation->depth == 0 && correlation->head.uses == NULL &&
		!ks_correlation_is_numeric(correlation->type) && least_of(correlation) > 1;
}

/* Writes what is held behind what was written. */
static int spill(struct ks_hopper *hopper, struct ks_err *err)
{
	if (hopper->fd < 0 && (hopper->fd = ks_file_open_temporary(hopper->dir, err)) < 0)
		return -1;
	if (!ks_file_write_at(hopper->fd, ks_buf_str(&hopper->held), &hopper->written))
		return ks_err_set_errno(err, "cannot write the temporary file for correlations");
	ks_buf_clear(&hopper->held);
	return 0;
}

int ks_hopper_add(struct ks_hopper *hopper, const struct ks_hopper_hit *hit, struct ks_err *err)
{
	struct place place = { .n = (uint32_t)hit->copy.n, .part = (uint32_t)hit->part };
	char key[KEY];

	assert(hit->copy.n <= KS_HOPPER_COPY);
	if (hopper->held.n + hit->copy.n > HELD && spill(hopper, err) != 0)
		return -1;
	place.at = hopper->written + hopper->held.n;
	ks_buf_add(&hopper->held, hit->copy);
	ks_sortkey_put(key, hit->correlation->number, 4);
	memcpy(key + AT_GROUP, &hit->group, sizeof(hit->group));
	ks_sortkey_put(key + AT_TIME, ks_sortkey_of_time(hit->time_ms), 8);
	return ks_sorter_add(&hopper->order, (struct ks_str){ key, sizeof(key) },
		(struct ks_str){ (const char *)&place, sizeof(place) }, err);
}

/* ---- what can matter --------------------------------------------------------------------------- */

static struct entry *entry_at(const struct sifting *sifting, size_t i)
{
	return KS_VEC_AT(&sifting->window, struct entry, i);
}

/* The copy of a hit: from memory, or back from the file. */
static int read_copy(struct sifting *sifting, const struct place *place, struct ks_str *out,
	struct ks_err *err)
{
	struct ks_hopper *hopper = sifting->hopper;
	char *to;

	if (place->at >= hopper->written) {
		*out = ks_str_sub(ks_buf_str(&hopper->held), (size_t)(place->at - hopper->written), place->n);
		return 0;
	}
	ks_buf_clear(&sifting->copy);
	to = ks_buf_reserve(&sifting->copy, place->n);
	while (to != NULL && sifting->copy.n < place->n) {
		ssize_t got = pread(hopper->fd, to + sifting->copy.n, place->n - sifting->copy.n,
			(off_t)(place->at + sifting->copy.n));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ks_err_set(err, KS_ERR_IO, "the temporary file for correlations cannot be read back");
		sifting->copy.n += (size_t)got;
	}
	*out = ks_buf_str(&sifting->copy);
	return 0;
}

/* Gives out what is in the window and was not given out yet. */
static int tell(struct sifting *sifting, struct ks_err *err)
{
	int rc = 0;

	for (; rc == 0 && sifting->told < sifting->window.n; sifting->told++) {
		const struct entry *entry = entry_at(sifting, sifting->told);

		sifting->hit.part = entry->place.part;
		sifting->hit.time_ms = entry->time_ms;
		rc = read_copy(sifting, &entry->place, &sifting->hit.copy, err);
		if (rc == 0)
			rc = sifting->take(sifting->arg, &sifting->hit, err);
	}
	return rc;
}

static void begin_group(struct sifting *sifting, const char *key)
{
	const struct ks_correlation *correlation =
		sifting->hopper->program->correlations[ks_sortkey_read(key, AT_GROUP)];

	memcpy(sifting->key, key, sizeof(sifting->key));
	sifting->hit = (struct ks_hopper_hit){ .correlation = correlation };
	memcpy(&sifting->hit.group, key + AT_GROUP, sizeof(sifting->hit.group));
	sifting->least = least_of(correlation);
	ks_vec_clear(&sifting->window);
	ks_vec_clear(&sifting->parts);
	for (size_t i = 0; i < correlation->part_count; i++)
		ks_vec_push(&sifting->parts);
	sifting->first = sifting->told = 0;
	sifting->rules = 0;
	sifting->is_large = false;
}

/* What is too old for a window that ends now leaves it. */
static void drop_old(struct sifting *sifting, int64_t now_ms)
{
	int64_t since_ms = now_ms - sifting->hit.correlation->timespan_ms;
	size_t left;

	while (entry_at(sifting, sifting->first)->time_ms < since_ms) {
		uint32_t part = entry_at(sifting, sifting->first++)->place.part;

		sifting->rules -= --*KS_VEC_AT(&sifting->parts, uint32_t, part) == 0;
	}
	sifting->told = sifting->told > sifting->first ? sifting->told : sifting->first;
	left = sifting->window.n - sifting->first;
	/* The rest moves to the front once it is the smaller part. */
	if (sifting->first > left) {
		memmove(sifting->window.p, entry_at(sifting, sifting->first), left * sizeof(struct entry));
		sifting->window.n = left;
		sifting->told -= sifting->first;
		sifting->first = 0;
	}
}

static int take_hit(struct sifting *sifting, struct ks_str key, struct ks_str payload, struct ks_err *err)
{
	struct entry *entry;
	uint64_t count;

	if (sifting->hit.correlation == NULL || memcmp(sifting->key, key.p, AT_TIME) != 0)
		begin_group(sifting, key.p);
	if (sifting->is_large)
		ks_vec_clear(&sifting->window);
	entry = ks_vec_push(&sifting->window);
	entry->time_ms = ks_sortkey_time(ks_sortkey_read(key.p + AT_TIME, 8));
	memcpy(&entry->place, payload.p, sizeof(entry->place));
	if (!sifting->is_large) {
		sifting->rules += (*KS_VEC_AT(&sifting->parts, uint32_t, entry->place.part))++ == 0;
		drop_old(sifting, entry->time_ms);
	}
	count = ks_correlation_is_temporal(sifting->hit.correlation->type) ? sifting->rules :
		sifting->window.n - sifting->first;
	if (!sifting->is_large && count < sifting->least && sifting->window.n - sifting->first < MOST)
		return 0;
	if (tell(sifting, err) != 0)
		return -1;
	if (sifting->is_large || sifting->window.n - sifting->first >= MOST) {
		sifting->is_large = true;
		sifting->first = sifting->told = 0;
	}
	return 0;
}

int ks_hopper_sift(struct ks_hopper *hopper,
	int (*take)(void *arg, const struct ks_hopper_hit *hit, struct ks_err *err), void *arg,
	struct ks_err *err)
{
	struct sifting sifting = { .hopper = hopper, .take = take, .arg = arg,
		.window = KS_VEC_OF(struct entry), .parts = KS_VEC_OF(uint32_t) };
	struct ks_str key, payload;
	bool has_one;
	int rc;

	ks_buf_init(&sifting.copy, KS_HOPPER_COPY);
	while ((rc = ks_sorter_next(&hopper->order, &key, &payload, &has_one, err)) == 0 && has_one)
		if ((rc = take_hit(&sifting, key, payload, err)) != 0)
			break;
	ks_vec_release(&sifting.window);
	ks_vec_release(&sifting.parts);
	ks_buf_release(&sifting.copy);
	return rc;
}
