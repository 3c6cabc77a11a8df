/*
 * What tests of response policies share: facts of a made-up incident, and policies out of text.
 */
#ifndef KS_TESTS_UNIT_RESPOND_H
#define KS_TESTS_UNIT_RESPOND_H

#include "lib/respond/match.h"
#include "lib/base/time.h"
#include "lib/respond/plan.h"
#include "lib/respond/policyset.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#define RESPOND_NOW INT64_C(1795348800000)               /* 2026-11-22T12:00:00Z */
#define RESPOND_ACCOUNT "123456789012"
#define RESPOND_KEY "AKIAIOSFODNN7EXAMPLE"
#define RESPOND_USER "arn:aws:iam::" RESPOND_ACCOUNT ":user/apps/mailer"
#define RESPOND_EVENTS 4

/* An incident as a row of a table has it; what is NULL gets a likely value, "" stands for nothing. */
struct respond_event {
	const char *type, *arn, *issuer, *key, *account, *region, *ip, *recipient, *where;
	const char *name, *sender, *error;
	int age_minutes;                 /* 0: ten; below 0: in the future */
	enum ks_evidence_trust trust;
	bool is_backlog, has_loose_key;
	const char *principal_id, *issuer_id;
};

struct respond_incident {
	const char *actor;
	enum ks_level level;             /* NONE: high */
	bool is_decoy, is_offline, is_closed, is_on_hold;
	const char *rule;                /* name; NULL: ses-pionage */
	struct respond_event events[RESPOND_EVENTS];
	size_t n;                        /* 0: one */
};

struct respond_facts {
	struct ks_facts facts;
	struct ks_facts_event events[RESPOND_EVENTS];
	struct ks_facts_rule rule;
	struct ks_arena arena;
};

static inline struct ks_str respond_or(const char *text, const char *fallback)
{
	return ks_str_of(text != NULL ? text : fallback);
}

static inline void respond_facts_init(struct respond_facts *out, const struct respond_incident *incident)
{
	size_t n = incident->n > 0 ? incident->n : 1;

	*out = (struct respond_facts){ .facts = { .incident = 7, .now_ms = RESPOND_NOW } };
	for (size_t i = 0; i < n; i++) {
		const struct respond_event *e = &incident->events[i];

		out->events[i] = (struct ks_facts_event){
			.time_ms = RESPOND_NOW - (e->age_minutes != 0 ? e->age_minutes : 10) * INT64_C(60000),
			.service = KS_STR("ses.amazonaws.com"), .name = respond_or(e->name, "GetSendQuota"),
			.sender = respond_or(e->sender, ""), .error = respond_or(e->error, ""),
			.region = respond_or(e->region, "us-east-1"), .ip = respond_or(e->ip, "203.0.113.7"),
			.key_id = respond_or(e->key, RESPOND_KEY), .actor_type = respond_or(e->type, "IAMUser"),
			.actor_arn = respond_or(e->arn, RESPOND_USER), .issuer_arn = respond_or(e->issuer, ""),
			.account = respond_or(e->account, RESPOND_ACCOUNT), .recipient = respond_or(e->recipient, ""),
			.where = respond_or(e->where, "/var/trail/a.json.gz"), .trust = e->trust,
			.is_backlog = e->is_backlog, .has_loose_key = e->has_loose_key,
				.principal_id = respond_or(e->principal_id, "AIDAMAILER"),
			.issuer_id = respond_or(e->issuer_id, ""),
		};
	}
	out->rule = (struct ks_facts_rule){ KS_STR("0d4a7f0e-0000-4000-8000-000000000001"),
		respond_or(incident->rule, "ses-pionage"), KS_STR("SES reconnaissance") };
	out->facts.actor = respond_or(incident->actor, "key:" RESPOND_KEY);
	out->facts.level = incident->level != KS_LEVEL_NONE ? incident->level : KS_LEVEL_HIGH;
	out->facts.is_decoy = incident->is_decoy;
	out->facts.is_offline = incident->is_offline;
	out->facts.is_closed = incident->is_closed;
	out->facts.is_on_hold = incident->is_on_hold;
	if (incident->is_decoy) {
		out->facts.decoy_name = KS_STR("build-server");
		out->facts.placement = KS_STR("/home/ci/.aws/credentials");
	}
	out->facts.events = out->events;
	out->facts.event_count = n;
	out->facts.rules = &out->rule;
	out->facts.rule_count = 1;
	ks_subject_find(&out->facts, &out->arena, &out->facts.subject);
}

static inline void respond_facts_release(struct respond_facts *facts)
{
	ks_arena_release(&facts->arena);
}

/* A survey in which everything was read. */
struct respond_survey {
	struct ks_str sets[2];
	const char *notes[1];
	struct ks_survey_key keys[2];
	struct ks_survey_region regions[2];
	struct ks_survey_sender senders[3];
	struct ks_survey survey;
};

static inline void respond_survey_init(struct respond_survey *out)
{
	struct ks_iam_last_used use = { KS_STR("mailer"), RESPOND_NOW - 600000, KS_STR("ses"),
		KS_STR("us-east-1") };
	struct ks_iam_last_used other = { KS_STR("mailer"), RESPOND_NOW - 7200000, KS_STR("s3"),
		KS_STR("eu-west-1") };

	*out = (struct respond_survey){ .sets = { KS_STR("marketing"), KS_STR("alerts") },
		.notes = { "configuration sets in eu-west-1: AccessDenied" },
		.keys = { { KS_STR(RESPOND_KEY), true, true, use },
			{ KS_STR("AKIAI44QH8DHBEXAMPLE"), true, true, other } },
		.senders = { { KS_STR("us-east-1"), KS_STR("new.example"), KS_SURVEY_YES, KS_SURVEY_NO },
			{ KS_STR("us-east-1"), KS_STR("ours.example"), KS_SURVEY_YES, KS_SURVEY_YES },
			{ KS_STR("us-east-1"), KS_STR("gone.example"), KS_SURVEY_NO, KS_SURVEY_UNKNOWN } } };
	out->regions[0] = (struct ks_survey_region){ .name = KS_STR("us-east-1"), .has_account = true,
		.has_sets = true, .sets = out->sets, .set_count = 2, .account = { .is_sending = true,
		.is_production = true, .daily_quota = 50000, .sent_today = 1234 } };
	out->regions[1] = (struct ks_survey_region){ .name = KS_STR("eu-west-1"), .has_account = true,
		.account = { .is_sending = true, .daily_quota = 200, .sent_today = 1 } };
	out->survey = (struct ks_survey){ .asked = KS_SURVEY_ALL, .owner = KS_STR("mailer"),
		.owner_arn = KS_STR(RESPOND_USER), .has_use = true, .use = use, .keys = out->keys, .key_count = 2,
		.has_keys = true, .has_login = KS_SURVEY_YES, .regions = out->regions, .region_count = 2,
		.senders = out->senders, .sender_count = 3, .notes = out->notes, .note_count = 1 };
}

/* The plan as if its records had come from AWS itself, which no source can prove yet. */
static inline void respond_trust_source(struct ks_plan *plan)
{
	for (size_t i = 0; i < plan->verdicts.n; i++) {
		struct ks_guard_verdict *verdict = KS_VEC_AT(&plan->verdicts, struct ks_guard_verdict, i);

		if (strcmp(verdict->guard, "source") == 0)
			*verdict = (struct ks_guard_verdict){ "source", KS_GUARD_PASS, "as if from AWS" };
	}
	plan->mode = ks_guard_limit(plan->policy->mode, &plan->verdicts, &plan->is_refused);
}

/* Every problem as "line:col: error|warning: text", one a line. */
static inline void respond_problems(const struct ks_problems *problems, struct ks_buf *out)
{
	for (size_t i = 0; i < problems->list.n; i++) {
		const struct ks_problem *p = KS_VEC_AT(&problems->list, struct ks_problem, i);

		ks_buf_addf(out, "%d:%d: %s: %s\n", p->err.line, p->err.column, p->is_warning ? "warning" : "error",
			p->err.message);
	}
}

/* The one policy of a text that must be good. */
static inline const struct ks_policy *respond_policy(struct ks_policyset *set, const char *text)
{
	struct ks_buf problems;

	ks_policyset_init(set);
	ks_buf_init(&problems, 1u << 20);
	ks_policyset_add(set, "test.yml", ks_str_of(text));
	respond_problems(&set->problems, &problems);
	if (set->problems.errors > 0)
		fail_msg("%s", problems.p);
	ks_buf_release(&problems);
	assert_int_equal(set->policies.n, 1);
	return *KS_VEC_AT(&set->policies, struct ks_policy *, 0);
}

#endif
