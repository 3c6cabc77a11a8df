/* When records last came from each source of the config, as the watches put it down. */
#include "lib/doctor/check.h"

#include "lib/base/time.h"
#include "lib/engine/outage.h"
#include "lib/store/schema.h"

/* Why a watch says that the source does not answer; p NULL: it does, or none says so. */
static struct ks_str failing_of(const struct ks_vec *outages, struct ks_str source)
{
	for (size_t i = 0; i < outages->n; i++) {
		const struct ks_outage *outage = KS_VEC_AT(outages, struct ks_outage, i);

		if (ks_str_is(outage->name, ks_vigil_row(KS_VIGIL_FAILING)->name) &&
			ks_str_is_equal(outage->subject, source))
			return outage->why;
	}
	return (struct ks_str){ NULL, 0 };
}

static void judge(struct ks_check_state *state, const struct ks_vigil_feed *feed)
{
	static const char *const advice = "see whether 'keysnare watch' runs and what it says of the source; "
		"the rows 'trails' and 'events' say whether AWS sends anything";
	int64_t now = ks_ctx_now(state->ctx), after = ks_vigil_stale_after(feed, now);
	const char *ago, *source = ks_arena_strdup(&state->arena, feed->source);
	char time[KS_TIME_TEXT];

	if (feed->last_ms == KS_TIME_NONE) {
		ks_check_add(state, KS_CHECK_WARNING, "start 'keysnare watch'; where it runs, see whether anything "
			"is sent to the source", "'%s': no record ever came from it", source);
		return;
	}
	ago = ks_vigil_stretch(now > feed->last_ms ? now - feed->last_ms : 0, &state->arena);
	ks_time_render(feed->last_ms, time);
	if (after > 0 && now - feed->last_ms >= after)
		ks_check_add(state, KS_CHECK_WARNING, advice, "'%s': no record came for %s, since %s; more than "
			"%s is too long%s", source, ago, time, ks_vigil_stretch(after, &state->arena),
			feed->stale_ms > 0 ? "" : " by what was usual so far");
	else if (after > 0)
		ks_check_add(state, KS_CHECK_OK, NULL, "'%s': records came %s ago, at %s", source, ago, time);
	else
		ks_check_add(state, KS_CHECK_OK, "say with 'stale' in the config how long is too long",
			"'%s': records came %s ago, at %s; what is usual is not known before a day of records", source,
			ago, time);
}

static void look(struct ks_check_state *state, struct ks_db *db, const struct ks_vec *outages)
{
	for (size_t i = 0; i < state->config->source_count; i++) {
		const struct ks_config_source *source = &state->config->sources[i];
		struct ks_vigil_feed feed = { .source = ks_str_of(source->spec),
			.stale_ms = source->stale_ms > 0 ? source->stale_ms : state->config->stale_ms };
		struct ks_str failing = failing_of(outages, feed.source);
		struct ks_err err = { 0 };

		if (failing.p != NULL)
			ks_check_add(state, KS_CHECK_FAILED, NULL, "'%s' does not answer: " KS_STR_FMT, source->spec,
				KS_STR_ARG(failing));
		if (ks_outage_feed_find(db, &feed, &err) != 0)
			ks_check_add(state, KS_CHECK_UNKNOWN, NULL, "%s", err.message);
		else
			judge(state, &feed);
	}
}

static void run(struct ks_check_state *state)
{
	struct ks_vec outages = KS_VEC_OF(struct ks_outage);
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	/* That there is no store, or one of another version, is another check's to say. */
	if (ks_db_open(state->store_path, KS_DB_READ, KS_SCHEMA_APPLICATION, &db, &err) == 0 &&
		ks_outage_list(db, &state->arena, &outages, &err) == 0)
		look(state, db, &outages);
	ks_db_close(db);
	ks_vec_release(&outages);
}

const struct ks_check ks_check_freshness = {
	.name = "freshness",
	.summary = "records came lately from each source of the config",
	.run = run,
};
