/*
 * Events into the store. What becomes an incident is lib/incident/grouping's affair, who is told
 * lib/incident/page's; here is the order of things within a batch.
 */
#include "lib/engine/ingest.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/engine/actor.h"
#include "lib/engine/judge.h"
#include "lib/engine/pruner.h"
#include "lib/incident/drillmark.h"
#include "lib/incident/grouping.h"
#include "lib/incident/page.h"
#include "lib/incident/pagepace.h"
#include "lib/incident/session.h"
#include "lib/incident/suppress.h"
#include "lib/store/sql.h"
#include "lib/trail/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_FINDING KS_LIMIT_LINE
#define ACCOUNT_MOST 64u             /* bytes of what says that it is one: it has twelve digits */
#define FORGET_EVERY 2000u        /* sessions learned, before old ones are forgotten */
#define PRUNE_EVERY 1000u         /* events stored, before the store is pruned a bit */
#define PRUNE_MS 60000            /* or after that */
#define PRUNE_ROWS 2000u          /* looked at each time: more than came, so that it keeps up */
#define PRUNE_TURNS 500u          /* of these at the end of a run */

struct ks_ingest {
	struct ks_ingest_config config;
	struct ks_judge judge;
	struct ks_arena arena;             /* of the batch: suppressions */
	struct ks_vec suppressions;        /* struct ks_suppression */
	struct ks_vec met;                 /* uint32_t: rules that the event at hand met */
	struct ks_vec fresh; /* struct fresh: sessions whose stored events are still to be looked at */
	struct ks_vec learned;             /* char[KS_KEYSET_ID + 1] */
	struct ks_vec touched;             /* int64_t */
	struct ks_vec heirs;               /* int64_t: incidents that were opened for a session's events */
	struct ks_vec concerned;           /* int64_t */
	struct ks_buf text;                /* the finding at hand */
	unsigned wanted;                   /* enriched fields that rules read */
	int64_t now_ms;
	unsigned granted;                  /* sessions since some were forgotten */
	int64_t opened_ms, pruned_ms;
	struct ks_pagepace pagepace;
	bool has_left;                     /* as ks_page_outcome has it, of the last batch */
	uint64_t stored;                   /* events since the store was pruned */
	bool is_tidying, is_tidy;          /* a whole pass over the store is wanted; is done */
	bool is_open;
	struct ks_ingest_origin origin;    /* of the event at hand */
	struct ks_ingest_summary sum, batch;
};

struct fresh {
	char id[KS_KEYSET_ID + 1];
};

/* The event at hand. */
struct hand {
	struct ks_event *event;
	struct ks_enriched enriched;
	struct ks_view view;
	struct ks_evidence evidence;
	const char *source;
	uint64_t offset;
};

static struct ks_grouping grouping_of(struct ks_ingest *ingest)
{
	return (struct ks_grouping){ ingest->config.db, ingest->now_ms, ingest->config.quiet_ms,
		ingest->config.notifier_count > 0, &ingest->touched, &ingest->heirs };
}

void ks_ingest_add_summary(struct ks_ingest_summary *to, const struct ks_ingest_summary *from)
{
	to->events += from->events;
	to->kept += from->kept;
	to->own += from->own;
	to->copies += from->copies;
	to->findings += from->findings;
	to->opened += from->opened;
	to->reopened += from->reopened;
	to->notices += from->notices;
	to->undecided += from->undecided;
}

/* ---- opening and closing ----------------------------------------------------------------------- */

int ks_ingest_open(const struct ks_ingest_config *config, struct ks_ingest **out, struct ks_err *err)
{
	struct ks_ingest *ingest = ks_mem_alloc(sizeof(*ingest));

	ingest->config = *config;
	ingest->opened_ms = ks_ctx_now(config->ctx);
	/* The first session of a run is occasion enough. */
	ingest->granted = FORGET_EVERY - 1;
	if (ingest->config.quiet_ms == 0)
		ingest->config.quiet_ms = KS_INGEST_QUIET_MS;
	if (ingest->config.page_ms == 0)
		ingest->config.page_ms = KS_INGEST_PAGE_MS;
	ingest->wanted = ks_enrich_wanted(config->program);
	ks_judge_init(&ingest->judge, config->wants, false);
	ks_arena_init(&ingest->arena);
	ks_buf_init(&ingest->text, LONGEST_FINDING);
	ingest->suppressions = KS_VEC_OF(struct ks_suppression);
	ingest->met = KS_VEC_OF(uint32_t);
	ingest->fresh = KS_VEC_OF(struct fresh);
	ingest->learned = KS_VEC_OF(struct fresh);
	ingest->touched = KS_VEC_OF(int64_t);
	ingest->heirs = KS_VEC_OF(int64_t);
	ingest->concerned = KS_VEC_OF(int64_t);
	if (ks_watchlist_follow(config->watchlist, config->db, KS_WATCHLIST_ANY, NULL, err) != 0) {
		ks_ingest_close(ingest);
		return -1;
	}
	*out = ingest;
	return 0;
}

void ks_ingest_close(struct ks_ingest *ingest)
{
	if (ingest == NULL)
		return;
	ks_ingest_abort(ingest);
	ks_judge_release(&ingest->judge);
	ks_vec_release(&ingest->suppressions);
	ks_vec_release(&ingest->met);
	ks_vec_release(&ingest->fresh);
	ks_vec_release(&ingest->learned);
	ks_vec_release(&ingest->touched);
	ks_vec_release(&ingest->heirs);
	ks_vec_release(&ingest->concerned);
	ks_buf_release(&ingest->text);
	ks_arena_release(&ingest->arena);
	free(ingest);
}

/* ---- what comes of an event ---------------------------------------------------------------------- */

static void note_undecided(struct ks_ingest *ingest, const struct hand *hand, uint32_t rule)
{
	const struct ks_ingest_config *config = &ingest->config;

	ingest->batch.undecided++;
	if (config->undecided != NULL)
		config->undecided(config->undecided_arg, config->program->rules[rule], hand->event->event_id,
			hand->source, hand->offset);
}

static void evaluate(struct ks_ingest *ingest, const struct hand *hand)
{
	const struct ks_vec *verdicts = ks_judge_event(&ingest->judge, &hand->view,
		ks_enrich_is_nobodys(&hand->enriched) ? KS_WANTS_NOBODYS : 0);

	ks_vec_clear(&ingest->met);
	for (size_t i = 0; i < verdicts->n; i++) {
		const struct ks_judge_verdict *said = KS_VEC_AT(verdicts, struct ks_judge_verdict, i);

		if (said->verdict == KS_VERDICT_UNDECIDED)
			note_undecided(ingest, hand, said->rule);
		if (said->verdict == KS_VERDICT_YES)
			*(uint32_t *)ks_vec_push(&ingest->met) = said->rule;
	}
}

/* Whose account a record is of is said by who delivered it, and must be what the record itself says. */
enum ks_evidence_trust ks_ingest_trust(const struct ks_ingest_origin *origin, const struct ks_event *event)
{
	uint32_t drill;

	/* However it came here. */
	if (ks_drillmark_read(event->event_id, &drill))
		return KS_EVIDENCE_DRILL;
	if (origin->account.n > 0 && ks_str_is_equal(event->recipient, origin->account))
		return KS_EVIDENCE_FETCHED;
	return origin->trust;
}

static int fill_evidence(struct ks_ingest *ingest, struct hand *hand, struct ks_err *err)
{
	static const char *const matches[] = { NULL, "mention", "target", "user", "session", "key" };
	const struct ks_event *event = hand->event;
	struct ks_evidence *e = &hand->evidence;

	*e = (struct ks_evidence){
		.identity = ks_str_of(event->identity), .event_id = event->event_id, .time_ms = event->time_ms,
		.source = event->source, .name = event->name, .region = event->region, .error = event->error,
		.actor_type = event->actor_type, .actor_arn = event->actor_arn,
		.account = ks_str_sub(event->actor_account.n > 0 ? event->actor_account : event->recipient, 0,
			ACCOUNT_MOST),
		.key_id = event->key_id, .key_kind = ks_str_of(hand->enriched.key_kind), .ip = event->ip,
		.user_agent = event->user_agent, .raw = ks_event_raw(event),
		.where_source = ks_str_of(hand->source), .where_offset = (int64_t)hand->offset, .copies = 1,
		.received_ms = ingest->now_ms, .trust = ks_ingest_trust(&ingest->origin, event),
		.is_backlog = ingest->origin.is_backlog, .is_own = hand->enriched.own == KS_OWNLIST_OURS,
	};
	if (hand->enriched.match != KS_MATCH_NONE) {
		e->decoy_key = ks_str_of(ks_arena_strdup(event->arena, ks_str_of(hand->enriched.decoy.key_id)));
		e->decoy_match = ks_str_of(matches[hand->enriched.match]);
	}
	return ks_actor_find(ingest->config.db, event, &hand->enriched, &e->actor, err);
}

/* Events that no finding had until now: what was kept since this run began counts as theirs instead. */
static int count_events(struct ks_ingest *ingest, const struct ks_grouping_item *item, struct ks_err *err)
{
	for (size_t i = 0; i < item->event_count; i++) {
		int64_t received_ms = KS_TIME_NONE;

		if (ks_sql_int(ingest->config.db,
				"SELECT e.received_ms FROM events e WHERE e.identity = $1 AND NOT EXISTS (SELECT 1 FROM "
				"finding_events fe WHERE fe.event_identity = $1)",
				KS_SQL(KS_SQL_TEXT(item->events[i].identity)), &received_ms, err) != 0)
			return -1;
		ingest->batch.events += received_ms != KS_TIME_NONE;
		ingest->batch.kept -= received_ms != KS_TIME_NONE && received_ms >= ingest->opened_ms;
	}
	return 0;
}

static int group(struct ks_ingest *ingest, struct ks_grouping_item *item, struct ks_err *err)
{
	struct ks_suppress_subject subject = { item->owner->actor, item->rule_id, item->rule_title,
		&item->events[item->event_count - 1] };
	struct ks_grouping grouping = grouping_of(ingest);
	struct ks_grouping_result result;

	item->suppression = ks_suppress_match(&ingest->suppressions, ingest->now_ms, &subject);
	if (count_events(ingest, item, err) != 0 || ks_grouping_add(&grouping, item, &result, err) != 0)
		return -1;
	if (ingest->concerned.n == 0 ||
		*KS_VEC_AT(&ingest->concerned, int64_t, ingest->concerned.n - 1) != result.incident_id)
		*(int64_t *)ks_vec_push(&ingest->concerned) = result.incident_id;
	ingest->batch.findings += result.is_new;
	ingest->batch.opened += result.is_opened;
	ingest->batch.reopened += result.is_reopened;
	return 0;
}

/* One rule that the event met. */
static int add_finding(struct ks_ingest *ingest, const struct hand *hand, uint32_t rule_number,
	struct ks_err *err)
{
	const struct ks_rule *rule = ingest->config.program->rules[rule_number];
	struct ks_finding finding = { .rule = rule, .event = hand->event,
		.key_kind = hand->enriched.key_kind, .source = hand->source, .offset = hand->offset };
	struct ks_grouping_item item = { .rule_id = rule->id, .rule_title = rule->title,
		.level = rule->level, .time_ms = hand->event->time_ms, .events = &hand->evidence,
		.event_count = 1, .owner = &hand->evidence };
	char id[KS_FINDING_ID];
	struct ks_json *json;

	if (hand->enriched.match != KS_MATCH_NONE) {
		finding.decoy_name = hand->enriched.decoy.name;
		finding.decoy_placement = hand->enriched.decoy.placement;
	}
	ks_finding_identify(&finding, id);
	json = ks_finding_to_json(&finding);
	ks_buf_clear(&ingest->text);
	ks_json_render(json, &ingest->text);
	ks_json_free(json);
	if (ingest->text.is_full)
		return ks_err_set(err, KS_ERR_LIMIT, "a finding in '%s' is longer than %u bytes", hand->source,
			LONGEST_FINDING);
	item.id = ks_str_of(id);
	item.json = ks_buf_str(&ingest->text);
	return group(ingest, &item, err);
}

static bool is_reported(const struct ks_ingest *ingest, uint32_t rule)
{
	const struct ks_ingest_correlator *correlator = ingest->config.correlator;

	return correlator == NULL || correlator->is_reported(correlator->arg, rule);
}

/* The gravest first, so that one event does not escalate what it opens. */
static int add_findings(struct ks_ingest *ingest, const struct hand *hand, struct ks_err *err)
{
	for (int level = KS_LEVEL_CRITICAL; level >= KS_LEVEL_NONE; level--)
		for (size_t i = 0; i < ingest->met.n; i++) {
			uint32_t rule = *KS_VEC_AT(&ingest->met, uint32_t, i);

			if ((int)ingest->config.program->rules[rule]->level == level && is_reported(ingest, rule) &&
				add_finding(ingest, hand, rule, err) != 0)
				return -1;
		}
	return 0;
}

/* What the rules that it met come to: evidence, findings, hits. */
static int keep(struct ks_ingest *ingest, struct hand *hand, struct ks_err *err)
{
	const struct ks_ingest_correlator *correlator = ingest->config.correlator;
	enum ks_evidence_outcome outcome;

	ks_event_identify(hand->event);
	if (fill_evidence(ingest, hand, err) != 0 ||
		ks_evidence_put(ingest->config.db, &hand->evidence, &outcome, err) != 0)
		return -1;
	ingest->batch.kept += outcome == KS_EVIDENCE_NEW && !hand->evidence.is_own;
	ingest->batch.own += outcome == KS_EVIDENCE_NEW && hand->evidence.is_own;
	ingest->stored += outcome == KS_EVIDENCE_NEW;
	ingest->batch.copies += outcome != KS_EVIDENCE_NEW;
	/* What a trusted source has said stands: others cannot add to it by writing it down differently. */
	if (outcome == KS_EVIDENCE_DOUBTFUL)
		return 0;
	/* Nobody is to be told of what we did ourselves. */
	if (hand->evidence.is_own)
		return 0;
	if (add_findings(ingest, hand, err) != 0)
		return -1;
	for (size_t i = 0; correlator != NULL && i < ingest->met.n; i++)
		if (correlator->hit(correlator->arg, ingest, *KS_VEC_AT(&ingest->met, uint32_t, i), hand->event,
			&hand->view, err) != 0)
			return -1;
	return 0;
}

/* ---- sessions ---------------------------------------------------------------------------------- */

/* A session is known now; of a decoy's, trails that were read may hold more. */
static void know(struct ks_ingest *ingest, struct ks_str id, struct ks_str parent)
{
	struct fresh *fresh = ks_vec_push(&ingest->fresh);

	snprintf(fresh->id, sizeof(fresh->id), KS_STR_FMT, KS_STR_ARG(id));
	ks_watchlist_learn(ingest->config.watchlist, id, parent);
	if (ks_keyset_find(&ingest->config.watchlist->keys, id) >= 0)
		*(struct fresh *)ks_vec_push(&ingest->learned) = *fresh;
}

static int put_session(struct ks_ingest *ingest, const struct ks_grant *grant, struct ks_err *err)
{
	struct ks_session session = { ks_str_of(grant->key_id), ks_str_of(grant->asker), ingest->now_ms,
		grant->time_ms, grant->expires_ms, grant->is_trusted };
	struct ks_vec rooted = KS_VEC_OF(struct ks_str);
	struct ks_arena arena = { NULL };
	struct ks_str parent = { NULL, 0 };
	int rc = ks_session_put(ingest->config.db, &session, &arena, &rooted, err);

	/* Asked for only where it is not plain: such records may be many. */
	if (rc == 0 && ks_grant_is_first(grant))
		parent = session.parent_key;
	else if (rc == 0 && rooted.n > 0)
		rc = ks_session_find(ingest->config.db, session.key_id, &arena, &parent, err);
	/* Another run put it there since the store was looked at last. */
	if (rc == 0 && parent.p != NULL && rooted.n == 0 &&
		ks_watchlist_learn(ingest->config.watchlist, session.key_id, parent))
		know(ingest, session.key_id, parent);
	for (size_t i = 0; rc == 0 && i < rooted.n; i++)
		know(ingest, *KS_VEC_AT(&rooted, struct ks_str, i), parent);
	ingest->granted++;
	ks_vec_release(&rooted);
	ks_arena_release(&arena);
	return rc;
}

/* The temporary key that the event handed out to the holder of another key. */
static int learn(struct ks_ingest *ingest, const struct hand *hand, struct ks_err *err)
{
	const struct ks_enriched *enriched = &hand->enriched;
	bool is_decoys = ks_enrich_is_use(enriched->match);
	struct ks_grant grant;

	if (!(is_decoys ? ks_grant_read_for(hand->event, ks_str_of(enriched->decoy.key_id), &grant) :
					  ks_grant_read(hand->event, &grant)))
		return 0;
	grant.is_trusted = ks_evidence_is_trusted(ks_ingest_trust(&ingest->origin, hand->event));
	return put_session(ingest, &grant, err);
}

/* Takes in what an event tells of its actor that no rule has to do with. */
static int observe(struct ks_ingest *ingest, const struct ks_event *event, struct ks_err *err)
{
	struct ks_novelty_verdict verdict;
	struct ks_novelty_sight sight;

	if (ingest->config.novelty == NULL)
		return 0;
	sight = ks_enrich_sight(event);
	return ks_noveltystore_take(ingest->config.novelty, &sight, &verdict, err);
}

static int take(struct ks_ingest *ingest, struct ks_event *event, const char *source, uint64_t offset,
	struct ks_err *err)
{
	const struct ks_program *program = ingest->config.program;
	struct hand hand = { .event = event, .source = source, .offset = offset };

	/* Nothing in it that a rule or a decoy has to do with. */
	if (event->is_aside)
		return observe(ingest, event, err) != 0 ? -1 : learn(ingest, &hand, err);
	ks_enrich_event(event, ingest->config.watchlist, &hand.enriched);
	if (ks_enrich_stored(event, ingest->wanted, &ingest->config.sources, ingest->config.novelty, err) !=
		0)
		return -1;
	hand.view = ks_event_view(event, program->paths, program->path_count);
	evaluate(ingest, &hand);
	if (ingest->met.n > 0 && keep(ingest, &hand, err) != 0)
		return -1;
	return learn(ingest, &hand, err);
}

/* A stored event once more, with what is known by now. */
static int take_again(struct ks_ingest *ingest, const struct ks_evidence *evidence, struct ks_err *err)
{
	struct ks_ingest_summary before = ingest->batch;
	struct ks_ingest_origin origin = ingest->origin;
	struct ks_arena arena = { NULL };
	struct ks_err unread;
	struct ks_index index;
	struct ks_event event;
	int rc = 0;

	ks_index_init(&index);
	ingest->origin = (struct ks_ingest_origin){ .trust = evidence->trust,
		.is_backlog = evidence->is_backlog };
	/* It could be indexed when it was stored. */
	if (ks_index_build(&index, evidence->raw, NULL, &unread) == 0) {
		ks_event_init(&event, &index, 0, &arena);
		rc = take(ingest, &event, ks_arena_strdup(&arena, evidence->where_source),
			(uint64_t)evidence->where_offset, err);
		ks_event_release(&event);
	}
	ingest->batch.copies = before.copies;
	ingest->origin = origin;
	ks_index_release(&index);
	ks_arena_release(&arena);
	return rc;
}

/* The events of a session go over to the key behind it. */
static int hand_over(struct ks_ingest *ingest, struct ks_str id, struct ks_arena *arena, struct ks_err *err)
{
	struct ks_grouping grouping = grouping_of(ingest);
	struct ks_str parent, decoy = { NULL, 0 };
	struct ks_watched watched;

	if (ks_session_find(ingest->config.db, id, arena, &parent, err) != 0)
		return -1;
	if (ks_watchlist_find(ingest->config.watchlist, parent, arena, &watched))
		decoy = parent;
	if (ks_evidence_assign(ingest->config.db, id, ks_actor_of_key(arena, parent), decoy, err) != 0)
		return -1;
	return ks_grouping_roll_up(&grouping, id, err);
}

/* The stored events of a session that is known now: first they change hands, then the rules get a second
 * look at them. */
static int look_back(struct ks_ingest *ingest, struct ks_str id, struct ks_err *err)
{
	struct ks_vec events = KS_VEC_OF(struct ks_evidence);
	struct ks_arena arena = { NULL };
	int rc = ks_evidence_by_key(ingest->config.db, id, &arena, &events, err);

	if (rc == 0 && events.n > 0)
		rc = hand_over(ingest, id, &arena, err);
	for (size_t i = 0; rc == 0 && i < events.n; i++)
		rc = take_again(ingest, KS_VEC_AT(&events, struct ks_evidence, i), err);
	ks_vec_release(&events);
	ks_arena_release(&arena);
	return rc;
}

/* The stored events of sessions that are known since now. Looking back can teach more. */
static int look_back_all(struct ks_ingest *ingest, struct ks_err *err)
{
	while (ingest->fresh.n > 0) {
		struct fresh last = *KS_VEC_AT(&ingest->fresh, struct fresh, ingest->fresh.n - 1);

		ingest->fresh.n--;
		if (look_back(ingest, ks_str_of(last.id), err) != 0)
			return -1;
	}
	return 0;
}

int ks_ingest_look_back(struct ks_ingest *ingest, const struct ks_keyset *keys, struct ks_err *err)
{
	/* Looking back can teach more, and they may be the watchlist's own. */
	for (size_t i = 0, n = keys->n; i < n; i++) {
		struct fresh id = { { 0 } };

		memcpy(id.id, keys->ids + i * KS_KEYSET_ID, KS_KEYSET_ID);
		if (ks_str_has_prefix(ks_str_of(id.id), KS_STR("ASIA")) &&
			(look_back(ingest, ks_str_of(id.id), err) != 0 || look_back_all(ingest, err) != 0))
			return -1;
	}
	return 0;
}

void ks_ingest_set_origin(struct ks_ingest *ingest, const struct ks_ingest_origin *origin)
{
	ingest->origin = *origin;
}

int ks_ingest_event(struct ks_ingest *ingest, struct ks_event *event, const char *source, uint64_t offset,
	struct ks_err *err)
{
	return take(ingest, event, source, offset, err) != 0 ? -1 : look_back_all(ingest, err);
}

int ks_ingest_grant(struct ks_ingest *ingest, const struct ks_grant *grant, struct ks_err *err)
{
	return put_session(ingest, grant, err) != 0 ? -1 : look_back_all(ingest, err);
}

/* ---- correlations ------------------------------------------------------------------------------ */

static int compare_evidence(const void *a, const void *b)
{
	const struct ks_evidence *x = a, *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	return ks_str_compare(x->identity, y->identity);
}

/* The stored events of a correlation by time, and which of them says whose it is: also where so many are
 * listed that it is none of those. */
static int gather_events(struct ks_ingest *ingest, const struct ks_ingest_correlated *found,
	struct ks_arena *arena, struct ks_vec *out, struct ks_grouping_item *item, struct ks_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i <= found->matched_count; i++) {
		struct ks_str identity = i < found->matched_count ? found->matched[i] : found->met;
		struct ks_evidence evidence;
		bool has = false;

		if (i < found->matched_count && ks_str_is_equal(identity, found->met))
			continue;
		rc = ks_evidence_find(ingest->config.db, identity, arena, &evidence, &has, err);
		if (rc == 0 && has)
			*(struct ks_evidence *)ks_vec_push(out) = evidence;
	}
	ks_vec_sort(out, compare_evidence);
	item->events = out->p;
	item->event_count = out->n;
	for (size_t i = 0; i < out->n; i++)
		if (ks_str_is_equal(item->events[i].identity, found->met))
			item->owner = &item->events[i];
	return rc;
}

int ks_ingest_add_correlated(struct ks_ingest *ingest, const struct ks_ingest_correlated *found,
	struct ks_err *err)
{
	struct ks_vec events = KS_VEC_OF(struct ks_evidence);
	struct ks_grouping_item item = { .id = ks_str_of(found->id), .rule_id = found->rule_id,
		.rule_title = found->rule_title, .level = found->level, .time_ms = found->time_ms,
		.json = found->json, .is_correlated = true };
	struct ks_arena arena = { NULL };
	int rc = gather_events(ingest, found, &arena, &events, &item, err);

	if (rc == 0 && item.owner != NULL)
		rc = group(ingest, &item, err);
	else if (rc == 0)
		rc = ks_err_set(err, KS_ERR_STATE, "the event of correlation '" KS_STR_FMT "' is not stored",
			KS_STR_ARG(found->rule_title));
	ks_vec_release(&events);
	ks_arena_release(&arena);
	return rc;
}

int ks_ingest_replace(struct ks_ingest *ingest, struct ks_str old_id, struct ks_str new_id,
	struct ks_err *err)
{
	struct ks_grouping grouping = grouping_of(ingest);

	return ks_grouping_replace(&grouping, old_id, new_id, err);
}

int ks_ingest_withdraw(struct ks_ingest *ingest, struct ks_str id, struct ks_err *err)
{
	struct ks_grouping grouping = grouping_of(ingest);

	return ks_grouping_withdraw(&grouping, id, err);
}

/* ---- batches ----------------------------------------------------------------------------------- */

int ks_ingest_begin(struct ks_ingest *ingest, struct ks_err *err)
{
	struct ks_grouping grouping;

	ks_vec_clear(&ingest->learned);
	ks_vec_clear(&ingest->touched);
	ks_vec_clear(&ingest->heirs);
	ks_vec_clear(&ingest->concerned);
	ks_vec_clear(&ingest->fresh);
	ks_vec_clear(&ingest->suppressions);
	ks_arena_clear(&ingest->arena);
	ingest->batch = (struct ks_ingest_summary){ 0 };
	ingest->now_ms = ks_ctx_now(ingest->config.ctx);
	if ((ingest->config.is_light ? ks_db_begin_light : ks_db_begin)(ingest->config.db, err) != 0)
		return -1;
	ingest->is_open = true;
	grouping = grouping_of(ingest);
	/* As of now, under the lock: our calls are written before their records can come. */
	if (ks_ownlist_load(&ingest->config.watchlist->own, ingest->config.db, ingest->now_ms, err) != 0 ||
		ks_suppress_list(ingest->config.db, ingest->now_ms, &ingest->arena, &ingest->suppressions, err) !=
		0 || ks_grouping_wake(&grouping, err) != 0) {
		ks_ingest_abort(ingest);
		return -1;
	}
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Correlations look at what the batch brought, and forget it. */
static int flush(struct ks_ingest *ingest, struct ks_err *err)
{
	const struct ks_ingest_correlator *correlator = ingest->config.correlator;

	if (correlator == NULL || correlator->flush == NULL)
		return 0;
	return correlator->flush(correlator->arg, ingest, err);
}

static void forget(const struct ks_ingest *ingest)
{
	const struct ks_ingest_correlator *correlator = ingest->config.correlator;

	if (correlator != NULL && correlator->forget != NULL)
		correlator->forget(correlator->arg);
}

/* Now and then, so that their number stays bounded. */
static int forget_sessions(struct ks_ingest *ingest, struct ks_err *err)
{
	if (ingest->granted < FORGET_EVERY)
		return 0;
	ingest->granted = 0;
	return ks_session_forget(ingest->config.db, ingest->now_ms, KS_GRANT_LONGEST_MS, err);
}

/* A bit of it, now and then. */
static int prune(struct ks_ingest *ingest, struct ks_err *err)
{
	const struct ks_pruner_request request = { ingest->config.program, ingest->now_ms, PRUNE_ROWS,
		ingest->is_tidying && ingest->is_tidy };
	int64_t age = ingest->now_ms - ingest->pruned_ms;
	struct ks_pruner_result result;

	if (!ingest->is_tidying && ingest->stored < PRUNE_EVERY && age >= 0 && age < PRUNE_MS)
		return 0;
	if (ks_pruner_turn(ingest->config.db, &request, &result, err) != 0)
		return -1;
	ingest->stored = 0;
	ingest->pruned_ms = ingest->now_ms;
	ingest->is_tidy = result.is_through;
	return 0;
}

static int save_novelty(struct ks_ingest *ingest, struct ks_err *err)
{
	return ingest->config.novelty != NULL ?
		ks_noveltystore_save(ingest->config.novelty, ingest->now_ms, err) : 0;
}

static int plan_pages(struct ks_ingest *ingest, struct ks_page_outcome *out, int64_t *out_took_ms,
	struct ks_err *err)
{
	struct ks_page_request request = { .now_ms = ingest->now_ms, .quiet_ms = ingest->config.quiet_ms,
		.page_ms = ingest->config.page_ms, .notifiers = ingest->config.notifiers,
		.notifier_count = ingest->config.notifier_count, .has_hurry = ingest->config.page_ms == 0,
		.has_left = ingest->has_left };
	int64_t began_ms = ks_ctx_now(ingest->config.ctx);

	if (!request.has_hurry && !ks_pagepace_is_due(&ingest->pagepace, ingest->now_ms))
		request.touched = &ingest->touched;
	if (ks_page_plan(ingest->config.db, &request, out, err) != 0)
		return -1;
	ingest->batch.notices = out->notices;
	*out_took_ms = ks_ctx_now(ingest->config.ctx) - began_ms;
	return 0;
}

int ks_ingest_commit(struct ks_ingest *ingest, struct ks_err *err)
{
	struct ks_page_outcome told;
	int64_t took_ms;

	if (!ingest->is_open)
		return ks_err_set(err, KS_ERR_STATE, "no batch is open");
	if (flush(ingest, err) != 0 || forget_sessions(ingest, err) != 0 || prune(ingest, err) != 0 ||
		save_novelty(ingest, err) != 0 || plan_pages(ingest, &told, &took_ms, err) != 0) {
		ks_ingest_abort(ingest);
		return -1;
	}
	ingest->is_open = false;
	forget(ingest);
	if (ks_db_commit(ingest->config.db, err) != 0) {
		if (ingest->config.novelty != NULL)
			ks_noveltystore_aborted(ingest->config.novelty);
		return -1;
	}
	if (ingest->config.novelty != NULL)
		ks_noveltystore_committed(ingest->config.novelty);
	if (told.was_whole)
		ks_pagepace_looked(&ingest->pagepace, ks_ctx_now(ingest->config.ctx), took_ms);
	ingest->has_left = told.has_left;
	ks_vec_sort_unique(&ingest->touched, compare_ids);
	ks_vec_sort_unique(&ingest->concerned, compare_ids);
	ks_ingest_add_summary(&ingest->sum, &ingest->batch);
	return 0;
}

int ks_ingest_tidy(struct ks_ingest *ingest, struct ks_err *err)
{
	int rc = 0;

	ingest->is_tidying = ingest->is_tidy = true;
	for (unsigned i = 0; rc == 0 && i < PRUNE_TURNS && (i == 0 || !ingest->is_tidy); i++)
		rc = ks_ingest_begin(ingest, err) != 0 ? -1 : ks_ingest_commit(ingest, err);
	ingest->is_tidying = false;
	return rc;
}

void ks_ingest_abort(struct ks_ingest *ingest)
{
	if (ingest->is_open)
		ks_db_rollback(ingest->config.db);
	if (ingest->is_open && ingest->config.novelty != NULL)
		ks_noveltystore_aborted(ingest->config.novelty);
	ingest->is_open = false;
	forget(ingest);
}

int ks_ingest_is_due(struct ks_ingest *ingest, bool with_pages, bool *out, struct ks_err *err)
{
	struct ks_grouping grouping = grouping_of(ingest);

	grouping.now_ms = ks_ctx_now(ingest->config.ctx);
	if (ks_grouping_is_due(&grouping, out, err) != 0)
		return -1;
	if (with_pages)
		ks_pagepace_hasten(&ingest->pagepace);
	return *out || !with_pages ? 0 : ks_grouping_is_waiting(&grouping, out, err);
}

void ks_ingest_hurry(struct ks_ingest *ingest)
{
	ingest->config.page_ms = 0;
}

int ks_ingest_checkpoint(struct ks_ingest *ingest, struct ks_str source, struct ks_str part,
	struct ks_str value, struct ks_err *err)
{
	return ks_checkpoint_put(ingest->config.db, source, part, value, err);
}

int ks_ingest_checkpoint_get(struct ks_ingest *ingest, struct ks_str source, struct ks_str part,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	return ks_checkpoint_find(ingest->config.db, source, part, arena, out, err);
}

struct ks_vec ks_ingest_learned(const struct ks_ingest *ingest)
{
	return ingest->learned;
}

struct ks_vec ks_ingest_touched(const struct ks_ingest *ingest)
{
	return ingest->touched;
}

struct ks_vec ks_ingest_concerned(const struct ks_ingest *ingest)
{
	return ingest->concerned;
}

struct ks_db *ks_ingest_db(const struct ks_ingest *ingest)
{
	return ingest->config.db;
}

const struct ks_ctx *ks_ingest_ctx(const struct ks_ingest *ingest)
{
	return ingest->config.ctx;
}

struct ks_ingest_summary ks_ingest_summary(const struct ks_ingest *ingest)
{
	return ingest->sum;
}
