/* Policies against facts. */
#include "lib/respond/match.h"

#include <inttypes.h>

static const char *level_name(enum ks_level level)
{
	const char *name = ks_rule_level_name(level);

	return name != NULL ? name : "none";
}

static bool has(const struct ks_entry_list *list, struct ks_str s)
{
	for (size_t i = 0; i < list->n; i++)
		if (s.n > 0 && ks_str_is_equal(list->p[i], s))
			return true;
	return false;
}

static void add(struct ks_buf *out, const char *what, struct ks_str value)
{
	ks_buf_addf(out, "%s%s " KS_STR_FMT, out->n > 0 ? ", " : "", what, KS_STR_ARG(value));
}

static bool is_covered_by(const struct ks_policy_unless *unless, const struct ks_facts_event *event)
{
	struct ks_str value = unless->field == KS_POLICY_REGION ? event->region : event->actor_arn;
	struct ks_ip ip;

	if (unless->field == KS_POLICY_IP_CIDR) {
		if (!ks_ip_parse(event->ip, &ip))
			return false;
		for (size_t i = 0; i < unless->n; i++)
			if (ks_ip_is_in(&ip, &unless->nets[i]))
				return true;
		return false;
	}
	for (size_t i = 0; value.n > 0 && i < unless->n; i++)
		if (ks_pattern_is_match(&unless->patterns[i], value))
			return true;
	return false;
}

/* How many events the whole of "unless" covers. */
static size_t count_covered(const struct ks_policy *policy, const struct ks_facts *facts)
{
	size_t covered = 0;

	for (size_t i = 0; i < facts->event_count; i++) {
		bool is_covered = policy->unless_count > 0;

		for (size_t k = 0; k < policy->unless_count; k++)
			is_covered = is_covered && is_covered_by(&policy->unless[k], &facts->events[i]);
		covered += is_covered;
	}
	return covered;
}

static bool fits_decoy(const struct ks_policy *policy, const struct ks_facts *facts, struct ks_buf *out_why)
{
	bool is_good = policy->decoy == KS_POLICY_EITHER ||
		(policy->decoy == KS_POLICY_DECOY) == facts->is_decoy;

	if (is_good) {
		ks_buf_adds(out_why, facts->is_decoy ? "a decoy" : "no decoy");
		return true;
	}
	ks_buf_adds(out_why, facts->is_decoy ?
		"it is for real keys only ('decoy: false', also where it is missing)" :
		"it is for decoys only ('decoy: true')");
	return false;
}

static bool is_met(const struct ks_facts *facts, struct ks_str rule)
{
	for (size_t i = 0; i < facts->rule_count; i++)
		if (ks_str_is_equal(facts->rules[i].id, rule) || ks_str_is_equal(facts->rules[i].name, rule))
			return true;
	return false;
}

/* All that were met are named, in the policy's order: that of the findings would depend on chance. */
static bool fits_rules(const struct ks_policy *policy, const struct ks_facts *facts, struct ks_buf *out_why)
{
	bool is_good = policy->rules.n == 0;

	for (size_t i = 0; i < policy->rules.n; i++)
		if (is_met(facts, policy->rules.p[i])) {
			add(out_why, "rule", policy->rules.p[i]);
			is_good = true;
		}
	if (is_good)
		return true;
	ks_buf_clear(out_why);
	ks_buf_adds(out_why, "none of its rules was met:");
	for (size_t i = 0; i < policy->rules.n; i++)
		ks_buf_addf(out_why, "%s " KS_STR_FMT, i > 0 ? "," : "", KS_STR_ARG(policy->rules.p[i]));
	return false;
}

static bool fits_rest(const struct ks_policy *policy, const struct ks_facts *facts, struct ks_buf *out_why)
{
	size_t covered = count_covered(policy, facts);

	if (policy->level != KS_LEVEL_NONE && facts->level < policy->level) {
		ks_buf_clear(out_why);
		ks_buf_addf(out_why, "it asks for level %s, the incident is %s", level_name(policy->level),
			level_name(facts->level));
		return false;
	}
	if (policy->level != KS_LEVEL_NONE)
		add(out_why, "level", ks_str_of(level_name(facts->level)));
	if (policy->accounts.n > 0 && !has(&policy->accounts, facts->subject.account)) {
		ks_buf_clear(out_why);
		ks_buf_addf(out_why, "account " KS_STR_FMT " is none of its accounts",
			KS_STR_ARG(facts->subject.account.n > 0 ? facts->subject.account : KS_STR("(not known)")));
		return false;
	}
	if (policy->accounts.n > 0)
		add(out_why, "account", facts->subject.account);
	if (policy->unless_count > 0 && covered == facts->event_count && covered > 0) {
		ks_buf_clear(out_why);
		ks_buf_addf(out_why, "'unless' covers all %zu of the incident's events", covered);
		return false;
	}
	if (policy->unless_count > 0)
		ks_buf_addf(out_why, ", 'unless' covers %zu of %zu events only", covered, facts->event_count);
	return true;
}

bool ks_match_is(const struct ks_policy *policy, const struct ks_facts *facts, struct ks_buf *out_why)
{
	ks_buf_clear(out_why);
	return fits_decoy(policy, facts, out_why) && fits_rules(policy, facts, out_why) &&
		fits_rest(policy, facts, out_why);
}

int ks_match_compare(const struct ks_policy *a, const struct ks_policy *b)
{
	if ((a->accounts.n > 0) != (b->accounts.n > 0))
		return a->accounts.n > 0 ? -1 : 1;
	if ((a->rules.n > 0) != (b->rules.n > 0))
		return a->rules.n > 0 ? -1 : 1;
	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	return 0;
}

bool ks_match_can_meet(const struct ks_policy *a, const struct ks_policy *b)
{
	if (a->decoy != b->decoy && a->decoy != KS_POLICY_EITHER && b->decoy != KS_POLICY_EITHER)
		return false;
	if (a->accounts.n == 0 || b->accounts.n == 0)
		return true;
	for (size_t i = 0; i < a->accounts.n; i++)
		if (has(&b->accounts, a->accounts.p[i]))
			return true;
	return false;
}
