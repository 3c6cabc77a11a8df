/* One novelty of what files say and one of what the store says, put together when they are asked. */
#include "lib/engine/firstuse.h"

#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/engine/enrich.h"
#include "lib/intel/noveltystore.h"

#include <stdlib.h>

#define ACTORS_MOST 1000u              /* that the store is asked about */

struct ks_firstuse {
	int64_t learn_ms;
	struct ks_novelty *seen, *stored;
	struct ks_map actors;              /* those that were met */
};

/* One telling. */
struct telling {
	const struct ks_novelty *all;
	int64_t since_ms, until_ms;
	struct ks_inquiry *inquiry;
};

struct ks_firstuse *ks_firstuse_new(int64_t learn_ms)
{
	struct ks_firstuse *firsts = ks_mem_alloc(sizeof(*firsts));

	firsts->learn_ms = learn_ms;
	firsts->seen = ks_novelty_new(learn_ms);
	firsts->stored = ks_novelty_new(learn_ms);
	ks_map_init(&firsts->actors);
	return firsts;
}

void ks_firstuse_free(struct ks_firstuse *firsts)
{
	if (firsts == NULL)
		return;
	ks_novelty_free(firsts->seen);
	ks_novelty_free(firsts->stored);
	ks_map_release(&firsts->actors);
	free(firsts);
}

void ks_firstuse_see(struct ks_firstuse *firsts, const struct ks_event *event, bool is_own)
{
	struct ks_novelty_sight sight = ks_enrich_sight(event);

	if (is_own && sight.actor.n > 0)
		ks_firstuse_meet(firsts, sight.actor);
	if (is_own || ks_map_find(&firsts->actors, sight.actor) != NULL)
		ks_novelty_observe(firsts->seen, &sight);
}

struct ks_str ks_firstuse_knows(const struct ks_firstuse *firsts, const struct ks_event *event)
{
	struct ks_str actor = ks_enrich_sight(event).actor;

	return ks_map_find(&firsts->actors, actor) != NULL ? actor : (struct ks_str){ NULL, 0 };
}

bool ks_firstuse_has_met(const struct ks_firstuse *firsts, struct ks_str actor)
{
	return actor.n > 0 && ks_map_find(&firsts->actors, actor) != NULL;
}

void ks_firstuse_add(struct ks_firstuse *firsts, const struct ks_novelty_sight *sight)
{
	ks_novelty_observe(firsts->seen, sight);
}

void ks_firstuse_looked(struct ks_firstuse *firsts, int64_t first_ms, int64_t last_ms)
{
	if (first_ms != KS_TIME_NONE && last_ms != KS_TIME_NONE)
		ks_novelty_add(firsts->seen, &(struct ks_novelty_row){ .actor = KS_STR(""), .value = KS_STR(""),
			.kind = KS_NOVELTY_SINCE, .first_ms = first_ms, .last_ms = last_ms });
}

void ks_firstuse_meet(struct ks_firstuse *firsts, struct ks_str actor)
{
	static const struct ks_str marks[] = { { "key:", 4 }, { "principal:", 10 } };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (ks_str_has_prefix(actor, marks[i]))
			actor = ks_str_sub(actor, marks[i].n, actor.n);
	if (actor.n > 0)
		ks_map_put(&firsts->actors, actor, firsts);
}

int ks_firstuse_read(struct ks_firstuse *firsts, struct ks_db *db, struct ks_err *err)
{
	int rc = ks_noveltystore_read(db, KS_STR(""), firsts->stored, err);

	for (size_t i = 0; rc == 0 && i < firsts->actors.entries.n && i < ACTORS_MOST; i++)
		rc = ks_noveltystore_read(db, KS_VEC_AT(&firsts->actors.entries, struct ks_map_entry, i)->key,
			firsts->stored, err);
	return rc;
}

static int tell_row(void *arg, const struct ks_novelty_row *row)
{
	static const enum ks_inquiry_table tables[KS_NOVELTY_KINDS] = {
		[KS_NOVELTY_SERVICE] = KS_INQUIRY_SERVICES, [KS_NOVELTY_REGION] = KS_INQUIRY_REGIONS,
		[KS_NOVELTY_IP] = KS_INQUIRY_ADDRESSES };
	const struct telling *t = arg;
	struct ks_novelty_sight sight = { .actor = row->actor, .time_ms = row->first_ms };
	struct ks_novelty_verdict verdict;

	if (row->kind >= KS_NOVELTY_KINDS || row->value.n == 0 ||
		(t->until_ms != KS_TIME_NONE && row->first_ms > t->until_ms))
		return 0;
	sight.values[row->kind] = row->value;
	ks_novelty_judge(t->all, &sight, &verdict);
	/* What was used long before the time that is asked for is not new, whether or not it was then. */
	if (t->since_ms != KS_TIME_NONE && row->first_ms < t->since_ms)
		verdict.first_seen[row->kind] = 0;
	if (verdict.first_seen[row->kind] >= 0)
		ks_inquiry_judge(t->inquiry, tables[row->kind], row->value,
			verdict.first_seen[row->kind] ? row->first_ms : KS_TIME_NONE);
	return 0;
}

void ks_firstuse_tell(const struct ks_firstuse *firsts, int64_t since_ms, int64_t until_ms,
	struct ks_inquiry *inquiry)
{
	struct ks_novelty *all = ks_novelty_new(firsts->learn_ms);
	struct telling telling = { all, since_ms, until_ms, inquiry };

	ks_novelty_merge(all, firsts->stored);
	ks_novelty_merge(all, firsts->seen);
	ks_novelty_changes(all, tell_row, &telling);
	ks_novelty_free(all);
}
