/* lib/respond/guard */
#include "lib/respond/guard.h"

#include "tests/unit/respond.h"

struct row {
	const char *name, *guards;
	struct respond_incident incident;
	const char *guard;
	enum ks_guard_outcome outcome;
	const char *why;           /* part of it */
};

static const struct row table[] = {
	{ "fresh", "", { .events = { { .age_minutes = 59 } } }, "max_event_age", KS_GUARD_PASS, "within 1h" },
	{ "exactly as old as may be", "", { .events = { { .age_minutes = 60 } } }, "max_event_age",
		KS_GUARD_PASS, "" },
	{ "too old", "", { .events = { { .age_minutes = 61 } } }, "max_event_age", KS_GUARD_APPROVE,
		"2026-11-22T10:59:00Z, 1h 1m ago; 1h is the most" },
	{ "one old event among new ones", "", { .events = { { .age_minutes = 5 }, { .age_minutes = 525600 },
		{ .age_minutes = 4 } }, .n = 3 }, "max_event_age", KS_GUARD_APPROVE, "365d ago" },
	{ "the policy's own age", "max_event_age: 5m", { .events = { { .age_minutes = 6 } } }, "max_event_age",
		KS_GUARD_APPROVE, "5m is the most" },
	{ "clocks differ a little", "", { .events = { { .age_minutes = -4 } } }, "max_event_age", KS_GUARD_PASS,
		"" },
	{ "from the future", "", { .events = { { .age_minutes = -6 } } }, "max_event_age", KS_GUARD_APPROVE,
		"yet to come" },
	{ "a file", "", { .events = { { .where = "/var/trail/a.json" } } }, "source", KS_GUARD_DRY_RUN,
		"/var/trail/a.json" },
	{ "a file with the name of an object", "", { .events = { { .where = "s3://trail/x.json.gz" } } },
		"source", KS_GUARD_DRY_RUN, "s3://trail/x.json.gz" },
	{ "a file with the name of a queue", "", { .events = { { .where = "sqs:q" } } }, "source",
		KS_GUARD_DRY_RUN, "sqs:q" },
	{ "a file with the name of a lookup", "", { .events = { { .where = "lookup:evil.json" } } }, "source",
		KS_GUARD_DRY_RUN, "lookup:evil.json" },
	{ "standard input", "", { .events = { { .where = "-" } } }, "source", KS_GUARD_DRY_RUN, "(-)" },
	{ "protects nobody", "", { .n = 1 }, "protect", KS_GUARD_PASS, "nobody" },
	{ "protects the user", "protect: [\"" RESPOND_USER "\"]", { .n = 1 }, "protect", KS_GUARD_REFUSE,
		RESPOND_USER },
	{ "protects by a wildcard", "protect: [\"arn:*:iam::*:user/apps/*\"]", { .n = 1 }, "protect",
		KS_GUARD_REFUSE, "" },
	{ "protects the key", "protect: [\"" RESPOND_KEY "\"]", { .n = 1 }, "protect", KS_GUARD_REFUSE, "" },
	{ "protects somebody else", "protect: [\"arn:aws:iam::123456789012:user/other\"]", { .n = 1 }, "protect",
		KS_GUARD_PASS, "" },
	{ "protects the role of a session", "protect: [\"arn:aws:iam::123456789012:role/*\"]", { .events = {
		{ .age_minutes = 9 }, { .type = "AssumedRole", .arn = "arn:aws:sts::123456789012:assumed-role/d/x",
		.issuer = "arn:aws:iam::123456789012:role/d", .key = "ASIAIOSFODNN7EXAMPLE" } }, .n = 2 }, "protect",
		KS_GUARD_REFUSE, "role/*" },
	{ "records that do not fit", "", { .events = { { .region = "cn-north-1" } } }, "records",
		KS_GUARD_APPROVE,
		"cn-north-1" },
	{ "an open incident", "", { .n = 1 }, "state", KS_GUARD_PASS, "open" },
	{ "a closed incident", "", { .is_closed = true }, "state", KS_GUARD_APPROVE, "closed" },
	{ "an incident on hold", "", { .is_on_hold = true }, "state", KS_GUARD_APPROVE, "on hold" },
	{ "keys are counted later", "max_keys_per_hour: 2", { .n = 1 }, "max_keys_per_hour", KS_GUARD_LATER,
		"2 keys within the hour are the most" },
	{ "one key", "max_keys_per_hour: 1", { .n = 1 }, "max_keys_per_hour", KS_GUARD_LATER,
		"1 key within the hour is the most" },
	{ "three, when nothing is said", "", { .n = 1 }, "max_keys_per_hour", KS_GUARD_LATER, "3 keys" },
	{ "decoys are counted apart", "max_keys_per_hour: 1", { .is_decoy = true }, "max_keys_per_hour",
		KS_GUARD_PASS, "" },
	{ "the caller is asked for later", "", { .n = 1 }, "caller", KS_GUARD_LATER, "sts:GetCallerIdentity" },
	{ "accounts are asked for later", "", { .n = 1 }, "account", KS_GUARD_LATER, "only accounts of the "
		"config" },
	{ "a pause is looked for later", "", { .n = 1 }, "pause", KS_GUARD_LATER, "paused" },
	{ "a leftover is told later", "", { .n = 1 }, "leftover", KS_GUARD_LATER, "earlier run" },
	{ "own machines are told later", "", { .n = 1 }, "internal", KS_GUARD_LATER, "your own machines" },
	{ "records of a declared source", "", { .events = { { .trust = KS_EVIDENCE_DECLARED },
		{ .trust = KS_EVIDENCE_FETCHED } }, .n = 2 }, "source", KS_GUARD_PASS, "trusted" },
	{ "some records can be forged", "", { .events = { { .trust = KS_EVIDENCE_FETCHED }, { .where =
		"/tmp/x" },
		{ .trust = KS_EVIDENCE_DECLARED } }, .n = 3 }, "source", KS_GUARD_APPROVE, "1 of 3 records came "
			"out of "
		"files or pipes that the config does not trust (/tmp/x)" },
	{ "a trusted record behind others", "", { .events = { { .age_minutes = 5 },
		{ .trust = KS_EVIDENCE_FETCHED } }, .n = 2 },
		"source", KS_GUARD_APPROVE, "1 of 2" },
	{ "a session that a forged record may have laid to it", "",
		{ .events = { { .trust = KS_EVIDENCE_FETCHED },
		{ .trust = KS_EVIDENCE_FETCHED, .key = "ASIALOOSE", .has_loose_key = true } }, .n = 2 }, "source",
		KS_GUARD_APPROVE, "the temporary key ASIALOOSE is of this key" },
	{ "an exercise", "", { .events = { { .trust = KS_EVIDENCE_DRILL }, { .trust = KS_EVIDENCE_DRILL } },
		.n = 2 }, "source", KS_GUARD_REFUSE, "exercise" },
	{ "an exercise, with what anybody wrote", "",
		{ .events = { { .trust = KS_EVIDENCE_UNTRUSTED }, { .trust = KS_EVIDENCE_DRILL } }, .n = 2 },
		"source", KS_GUARD_REFUSE, "exercise" },
	{ "the mark of an exercise among what AWS wrote", "",
		{ .events = { { .trust = KS_EVIDENCE_FETCHED }, { .trust = KS_EVIDENCE_DRILL } }, .n = 2 },
		"source", KS_GUARD_APPROVE, "1 of 2 records are of an exercise" },
	{ "not of a first run", "", { .n = 2 }, "backlog", KS_GUARD_PASS, "" },
	{ "one of a first run", "", { .events = { { .age_minutes = 3 }, { .is_backlog = true } }, .n = 2 },
		"backlog", KS_GUARD_APPROVE, "1 of 2 records were there when" },
	{ "all of a first run", "", { .events = { { .is_backlog = true } } }, "backlog", KS_GUARD_APPROVE,
		"this was there when the source was read for the first time" },
};

static void test_check(void **state)
{
	const struct row *row = *state;
	struct ks_vec verdicts = KS_VEC_OF(struct ks_guard_verdict);
	const struct ks_guard_verdict *found = NULL;
	const struct ks_policy *policy;
	struct respond_facts facts;
	struct ks_policyset set;
	struct ks_buf text;

	ks_buf_init(&text, 4096);
	ks_buf_addf(&text, "name: a\nguards: {%s}\nsteps: [disable_key]\n", row->guards);
	policy = respond_policy(&set, ks_buf_str(&text).p);
	respond_facts_init(&facts, &row->incident);
	ks_guard_check(policy, &facts.facts, NULL, &facts.arena, &verdicts);
	for (size_t i = 0; i < verdicts.n; i++)
		if (strcmp(KS_VEC_AT(&verdicts, struct ks_guard_verdict, i)->guard, row->guard) == 0)
			found = KS_VEC_AT(&verdicts, struct ks_guard_verdict, i);
	assert_non_null(found);
	assert_int_equal(found->outcome, row->outcome);
	if (strstr(found->why, row->why) == NULL)
		fail_msg("'%s' does not hold '%s'", found->why, row->why);
	respond_facts_release(&facts);
	ks_vec_release(&verdicts);
	ks_policyset_release(&set);
	ks_buf_release(&text);
}

/* ---- guards that know the world ---- */

#define OTHER_USER "arn:aws:iam::" RESPOND_ACCOUNT ":user/ops/responder"
#define OUR_ROLE "arn:aws:sts::" RESPOND_ACCOUNT ":assumed-role/keysnare-responder/ops-automation"

struct world_row {
	const char *name, *guard;
	struct respond_incident incident;
	struct {
		const char *accounts[2];                 /* first NULL: that of the incident; "": none */
		bool has_no_self;
		const char *base, *acting;               /* ARNs; NULL: a user, and a role of his */
		const char *base_id, *acting_id, *base_key, *acting_key;
		const char *protect;
		int keys, most_keys;
		const char *paused;
		bool is_leftover;
		const char *lists;                       /* text of a list; "-": there are none */
	} world;
	enum ks_guard_outcome outcome;
	const char *why;
};

static const struct world_row worlds[] = {
	{ "the account is in the config", "account", { .n = 1 }, { .accounts = { "111111111111",
		RESPOND_ACCOUNT } },
		KS_GUARD_PASS, RESPOND_ACCOUNT },
	{ "the account is not in the config", "account", { .n = 1 }, { .accounts = { "111111111111" } },
		KS_GUARD_REFUSE, "account 123456789012 is not in the config: if it is yours, name it there" },
	{ "no account in the config", "account", { .n = 1 }, { .accounts = { "" } }, KS_GUARD_REFUSE,
		"write accounts: [{id: \"123456789012\"}] into it" },
	{ "an account that nobody knows", "account", { .actor = "principal:x", .events = { { .account = "",
		.arn = "x", .key = "", .type = "" } } }, { .accounts = { NULL } }, KS_GUARD_REFUSE,
		"do not say which account" },
	{ "somebody else", "caller", { .n = 1 }, { .accounts = { NULL } }, KS_GUARD_PASS, "not keysnare" },
	{ "AWS was not asked", "caller", { .n = 1 }, { .has_no_self = true }, KS_GUARD_LATER,
		"GetCallerIdentity" },
	{ "the key of the chain", "caller", { .n = 1 }, { .base_key = RESPOND_KEY }, KS_GUARD_REFUSE,
		"this is keysnare itself" },
	{ "the key that acts", "caller", { .n = 1 }, { .acting_key = RESPOND_KEY }, KS_GUARD_REFUSE, "itself" },
	{ "a session's key that acts", "caller", { .events = { { .key = RESPOND_KEY }, { .type = "AssumedRole",
		.key = "ASIAOURS", .arn = "x" } }, .n = 2 }, { .acting_key = "ASIAOURS" }, KS_GUARD_REFUSE,
			"itself" },
	{ "another key of our user", "caller", { .n = 1 }, { .base = RESPOND_USER }, KS_GUARD_REFUSE,
		RESPOND_USER },
	{ "our user under another path", "caller", { .n = 1 },
		{ .base = "arn:aws:iam::" RESPOND_ACCOUNT ":user/Mailer" }, KS_GUARD_REFUSE, "itself" },
	{ "a user of that name elsewhere", "caller", { .n = 1 }, { .base =
		"arn:aws:iam::111111111111:user/mailer" },
		KS_GUARD_PASS, "" },
	{ "a role of our user's name", "caller", { .n = 1 }, { .base = "arn:aws:iam::" RESPOND_ACCOUNT
		":role/mailer" }, KS_GUARD_PASS, "" },
	{ "our user by his unique id", "caller", { .events = { { .principal_id = "AIDAOURS" } } },
		{ .base_id = "AIDAOURS" }, KS_GUARD_REFUSE, "itself" },
	{ "our role", "caller", { .actor = "principal:arn:aws:iam::" RESPOND_ACCOUNT
		":role/ops/keysnare-responder",
		.events = { { .type = "AssumedRole", .key = "ASIATHEIRS", .arn = "arn:aws:sts::" RESPOND_ACCOUNT
		":assumed-role/keysnare-responder/i-0123", .issuer = "arn:aws:iam::" RESPOND_ACCOUNT
		":role/ops/keysnare-responder" } } }, { .accounts = { NULL } }, KS_GUARD_REFUSE, OUR_ROLE },
	{ "our role by its unique id", "caller", { .actor = "principal:arn:aws:iam::" RESPOND_ACCOUNT
		":role/other",
		.events = { { .type = "AssumedRole", .key = "ASIATHEIRS", .arn = "arn:aws:sts::" RESPOND_ACCOUNT
		":assumed-role/other/i-0123", .issuer = "arn:aws:iam::" RESPOND_ACCOUNT ":role/other",
		.principal_id = "AROAOURS:i-0123" } } }, { .acting_id = "AROAOURS:ops-automation" },
			KS_GUARD_REFUSE, "" },
	{ "a role that is not ours", "caller", { .actor = "principal:arn:aws:iam::" RESPOND_ACCOUNT
		":role/other",
		.events = { { .type = "AssumedRole", .key = "ASIATHEIRS", .arn = "arn:aws:sts::" RESPOND_ACCOUNT
		":assumed-role/other/ops-automation", .issuer = "arn:aws:iam::" RESPOND_ACCOUNT ":role/other" } } },
		{ .accounts = { NULL } }, KS_GUARD_PASS, "" },
	{ "somebody who took our role", "caller", { .events = { { .key = RESPOND_KEY }, { .type = "AssumedRole",
		.key = "ASIATHEIRS", .arn = "arn:aws:sts::" RESPOND_ACCOUNT ":assumed-role/keysnare-responder/x" } },
		.n = 2 }, { .accounts = { NULL } }, KS_GUARD_APPROVE, "made as keysnare itself" },
	{ "the config protects the user", "protect", { .n = 1 }, { .protect = RESPOND_USER }, KS_GUARD_REFUSE,
		"the config protects " RESPOND_USER ": contain it by hand, or take it out of 'protect'" },
	{ "the config protects by a wildcard", "protect", { .n = 1 }, { .protect = "arn:*:user/apps/*" },
		KS_GUARD_REFUSE, "arn:*:user/apps/*" },
	{ "the config protects the key", "protect", { .n = 1 }, { .protect = RESPOND_KEY }, KS_GUARD_REFUSE,
		"" },
	{ "the config protects somebody else", "protect", { .n = 1 }, { .protect = OTHER_USER }, KS_GUARD_PASS,
		"the policy or the config" },
	{ "the third key", "max_keys_per_hour", { .n = 1 }, { .keys = 2 }, KS_GUARD_PASS, "it is key 3 within "
		"the "
		"hour; the policy allows 3" },
	{ "three throwaway keys before it", "max_keys_per_hour", { .n = 1 }, { .keys = 3 }, KS_GUARD_APPROVE,
		"3 other keys were acted on within the hour, and the policy allows 3" },
	{ "the config allows less", "max_keys_per_hour", { .n = 1 }, { .keys = 1, .most_keys = 1 },
		KS_GUARD_APPROVE, "1 other key was acted on within the hour, and the config allows 1" },
	{ "the config allows more", "max_keys_per_hour", { .n = 1 }, { .keys = 3, .most_keys = 9 },
		KS_GUARD_APPROVE, "the policy allows 3" },
	{ "a decoy after many", "max_keys_per_hour", { .is_decoy = true }, { .keys = 99, .most_keys = 1 },
		KS_GUARD_PASS, "a decoy does not count" },
	{ "nobody paused", "pause", { .n = 1 }, { .accounts = { NULL } }, KS_GUARD_PASS, "nobody" },
	{ "paused", "pause", { .n = 1 }, { .paused = "by alice since 2026-11-22T06:40:00Z: release" },
		KS_GUARD_REFUSE, "paused by alice since 2026-11-22T06:40:00Z: release; 'keysnare respond resume'" },
	{ "of this run", "leftover", { .n = 1 }, { .accounts = { NULL } }, KS_GUARD_PASS, "" },
	{ "left over", "leftover", { .n = 1 }, { .is_leftover = true }, KS_GUARD_APPROVE, "an earlier run" },
	{ "nobody's address", "internal", { .n = 3 }, { .lists = "198.51.100.0/24 internal\n203.0.113.0/24 "
		"tor\n" },
		KS_GUARD_PASS, "" },
	{ "one internal address among others", "internal", { .events = { { .ip = "203.0.113.1" },
		{ .ip = "203.0.113.2" }, { .ip = "203.0.113.3" }, { .ip = "198.51.100.9" } }, .n = 4 },
		{ .lists = "198.51.100.0/24 internal\n" }, KS_GUARD_APPROVE,
		"a call came from 198.51.100.9, which your lists call internal" },
	{ "one of our own scanners", "internal", { .events = { { .ip = "2001:db8::1" } } },
		{ .lists = "2001:db8::1 hosting own-scanner\n" }, KS_GUARD_APPROVE, "call own-scanner" },
	{ "an AWS service is no address", "internal", { .events = { { .ip = "ses.amazonaws.com" } } },
		{ .lists = "198.51.100.0/24 internal\n" }, KS_GUARD_PASS, "" },
	{ "no lists at hand", "internal", { .n = 1 }, { .lists = "-" }, KS_GUARD_APPROVE, "no address lists" },
};

/* A world as a row has it. */
struct world {
	struct ks_guard_world world;
	struct ks_account accounts[2];
	struct ks_account_self self;
	struct ks_pattern pattern;
	struct ks_str protect;
};

static void fill_world(const struct world_row *row, struct ks_arena *arena, struct world *out)
{
	const struct ks_pattern_spec spec = { .is_cased = true };
	struct ks_netlist *lists = NULL;

	*out = (struct world){ .accounts = { { .id = respond_or(row->world.accounts[0], RESPOND_ACCOUNT) },
		{ .id = ks_str_of(row->world.accounts[1]) } } };
	out->self = (struct ks_account_self){
		.base = { KS_STR(RESPOND_ACCOUNT), respond_or(row->world.base, OTHER_USER),
			respond_or(row->world.base_id, "AIDABASE") },
		.acting = { KS_STR(RESPOND_ACCOUNT), respond_or(row->world.acting, OUR_ROLE),
			respond_or(row->world.acting_id, "AROAACTING:ops-automation") },
		.base_key = respond_or(row->world.base_key, "AKIABASE"),
		.acting_key = respond_or(row->world.acting_key, "ASIAACTING") };
	if (row->world.lists == NULL || strcmp(row->world.lists, "-") != 0) {
		lists = ks_netlist_new();
		ks_netlist_parse(lists, "x.txt", ks_str_of(row->world.lists), NULL);
		ks_netlist_build(lists);
	}
	if (row->world.protect != NULL) {
		out->protect = ks_str_of(row->world.protect);
		out->pattern = ks_pattern_compile(out->protect, &spec, arena);
	}
	out->world = (struct ks_guard_world){ .accounts = out->accounts,
		.account_count = out->accounts[0].id.n == 0 ? 0 : out->accounts[1].id.n == 0 ? 1 : 2,
		.self = row->world.has_no_self ? NULL : &out->self, .protect = &out->pattern,
		.protect_texts = &out->protect, .protect_count = row->world.protect != NULL, .lists = lists,
		.keys = row->world.keys, .most_keys = row->world.most_keys, .paused = row->world.paused,
		.is_leftover = row->world.is_leftover };
}

static void test_world(void **state)
{
	const struct world_row *row = *state;
	struct ks_vec verdicts = KS_VEC_OF(struct ks_guard_verdict);
	const struct ks_guard_verdict *found = NULL;
	struct respond_facts facts;
	struct ks_policyset set;
	const struct ks_policy *policy = respond_policy(&set, "name: a\nsteps: [disable_key]\n");
	struct world w;

	respond_facts_init(&facts, &row->incident);
	fill_world(row, &facts.arena, &w);
	ks_guard_check(policy, &facts.facts, &w.world, &facts.arena, &verdicts);
	for (size_t i = 0; i < verdicts.n; i++) {
		const struct ks_guard_verdict *v = KS_VEC_AT(&verdicts, struct ks_guard_verdict, i);

		if (strcmp(v->guard, row->guard) == 0)
			found = v;
		/* With a world and ourselves in it nothing is left for later. */
		if (!row->world.has_no_self)
			assert_int_not_equal(v->outcome, KS_GUARD_LATER);
	}
	assert_non_null(found);
	if (strstr(found->why, row->why) == NULL)
		fail_msg("'%s' does not hold '%s'", found->why, row->why);
	assert_int_equal(found->outcome, row->outcome);
	ks_netlist_free((struct ks_netlist *)(uintptr_t)w.world.lists);
	respond_facts_release(&facts);
	ks_vec_release(&verdicts);
	ks_policyset_release(&set);
}

/* Where somebody named the key himself, no record has to be believed. */
static void test_by_hand(void **state)
{
	static const char *const passes[] = { "max_event_age", "source", "backlog" };
	struct respond_incident incident = { .events = { { .age_minutes = 9999, .is_backlog = true } } };
	struct ks_account_self self = { .base_key = KS_STR("AKIABASE"), .acting_key = KS_STR(RESPOND_KEY) };
	struct ks_vec verdicts = KS_VEC_OF(struct ks_guard_verdict);
	struct respond_facts facts;
	struct ks_policyset set;
	const struct ks_policy *policy = respond_policy(&set, "name: a\nsteps: [disable_key]\n");

	(void)state;
	respond_facts_init(&facts, &incident);
	facts.facts.is_by_hand = true;
	ks_guard_check(policy, &facts.facts, NULL, &facts.arena, &verdicts);
	for (size_t i = 0; i < verdicts.n; i++)
		for (size_t k = 0; k < 3; k++) {
			const struct ks_guard_verdict *v = KS_VEC_AT(&verdicts, struct ks_guard_verdict, i);

			if (strcmp(v->guard, passes[k]) == 0)
				assert_int_equal(v->outcome, KS_GUARD_PASS);
		}
	/* Who we are is asked all the same. */
	facts.facts.event_count = 0;
	ks_vec_clear(&verdicts);
	ks_guard_check(policy, &facts.facts, &(struct ks_guard_world){ .self = &self }, &facts.arena, &verdicts);
	for (size_t i = 0; i < verdicts.n; i++) {
		const struct ks_guard_verdict *v = KS_VEC_AT(&verdicts, struct ks_guard_verdict, i);

		if (strcmp(v->guard, "caller") == 0)
			assert_int_equal(v->outcome, KS_GUARD_REFUSE);
		if (strcmp(v->guard, "internal") == 0)
			assert_int_equal(v->outcome, KS_GUARD_PASS);
	}
	respond_facts_release(&facts);
	ks_vec_release(&verdicts);
	ks_policyset_release(&set);
}

static void test_undated(void **state)
{
	struct ks_vec verdicts = KS_VEC_OF(struct ks_guard_verdict);
	struct respond_incident incident = { .n = 2 };
	struct respond_facts facts;
	struct ks_policyset set;
	const struct ks_policy *policy = respond_policy(&set, "name: a\nsteps: [disable_key]\n");

	(void)state;
	respond_facts_init(&facts, &incident);
	facts.events[1].time_ms = KS_TIME_NONE;
	ks_guard_check(policy, &facts.facts, NULL, &facts.arena, &verdicts);
	assert_int_equal(KS_VEC_AT(&verdicts, struct ks_guard_verdict, 1)->outcome, KS_GUARD_APPROVE);
	facts.facts.event_count = 0;
	ks_vec_clear(&verdicts);
	ks_guard_check(policy, &facts.facts, NULL, &facts.arena, &verdicts);
	assert_int_equal(KS_VEC_AT(&verdicts, struct ks_guard_verdict, 1)->outcome, KS_GUARD_APPROVE);
	respond_facts_release(&facts);
	ks_vec_release(&verdicts);
	ks_policyset_release(&set);
}

struct limit_row {
	const char *name;
	enum ks_policy_mode mode;
	enum ks_guard_outcome outcomes[2];
	enum ks_policy_mode want;
	bool is_refused;
};

static const struct limit_row limits[] = {
	{ "nothing in the way", KS_POLICY_ENFORCE, { KS_GUARD_PASS, KS_GUARD_LATER }, KS_POLICY_ENFORCE, false },
	{ "down to approve", KS_POLICY_ENFORCE, { KS_GUARD_APPROVE, KS_GUARD_PASS }, KS_POLICY_APPROVE, false },
	{ "the lowest counts", KS_POLICY_ENFORCE, { KS_GUARD_DRY_RUN, KS_GUARD_APPROVE }, KS_POLICY_DRY_RUN,
		false },
	{ "never up", KS_POLICY_OBSERVE, { KS_GUARD_APPROVE, KS_GUARD_PASS }, KS_POLICY_OBSERVE, false },
	{ "refused", KS_POLICY_APPROVE, { KS_GUARD_PASS, KS_GUARD_REFUSE }, KS_POLICY_DRY_RUN, true },
};

static void test_limit(void **state)
{
	const struct limit_row *row = *state;
	struct ks_vec verdicts = KS_VEC_OF(struct ks_guard_verdict);
	bool is_refused;

	for (size_t i = 0; i < 2; i++)
		((struct ks_guard_verdict *)ks_vec_push(&verdicts))->outcome = row->outcomes[i];
	assert_int_equal(ks_guard_limit(row->mode, &verdicts, &is_refused), row->want);
	assert_int_equal(is_refused, row->is_refused);
	ks_vec_release(&verdicts);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_check, table);
	ROWS_TABLE(&rows, test_world, worlds);
	ROWS_TEST(&rows, test_by_hand);
	ROWS_TEST(&rows, test_undated);
	ROWS_TABLE(&rows, test_limit, limits);
	return rows_run("guard", &rows);
}
