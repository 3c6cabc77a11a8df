/* lib/respond/policy */
#include "lib/respond/policy.h"

#include "tests/unit/respond.h"

/* What a text comes to: every problem, or none. */
struct row {
	const char *name, *text;
	const char *problems;      /* each as "line:col: kind: text\n" */
};

#define STEPS "steps: [{notify: [oncall]}]\n"

static const struct row table[] = {
	{ "the least", "name: a\n" STEPS, "" },
	{ "all of it",
		"name: a-1_b\ndescription: what\nmode: enforce\n"
		"when:\n  level: high\n  decoy: either\n  rules: [ses-pionage, x]\n  accounts: [\"123456789012\"]\n"
		"  unless: {ip.cidr: [\"198.51.100.0/24\", \"2001:db8::/32\"], region: [us-east-1], principal.arn: "
		"[\"arn:x\"]}\n"
		"guards: {max_event_age: 30m, max_keys_per_hour: 5, protect: [\"arn:aws:iam::123456789012:user/*\", "
		"AKIAX]}\nsteps:\n  - notify: [oncall, chat]\n  - disable_key\n  - quarantine_user: "
		"{without_approval: true}\n  - pause_ses: {regions: [us-east-1, us-gov-west-1], without_approval: "
		"true}\n", "" },
	{ "unknown key", "nam: a\nname: b\n" STEPS,
		"1:1: error: unknown key 'nam' in a response policy: did you mean 'name'?\n" },
	{ "unknown key in when", "name: a\nwhen:\n  accouts: [\"123456789012\"]\n" STEPS,
		"3:3: error: unknown key 'accouts' in 'when': did you mean 'accounts'?\n" },
	{ "unknown key in guards", "name: a\nguards: {max_age: 1h}\n" STEPS,
		"2:10: error: unknown key 'max_age' in 'guards'\n" },
	{ "unknown key in a step", "name: a\nsteps:\n  - pause_ses: {region: all}\n",
		"3:17: error: unknown key 'region' in 'pause_ses': did you mean 'regions'?\n" },
	{ "unknown key in unless", "name: a\nwhen: {unless: {ip.cdir: [\"10.0.0.0/8\"]}}\n" STEPS,
		"2:17: error: unknown key 'ip.cdir' in 'unless': did you mean 'ip.cidr'?\n" },
	{ "several mistakes at once", "name: A\nmode: enforced\nwhen: {level: severe, decoy: maybe}\nsteps: "
		"[]\n",
		"1:7: error: a policy's name has lower-case letters, digits, - and _\n"
		"2:7: error: 'enforced' is no mode: did you mean 'enforce'?\n"
		"3:15: error: 'severe' is no level\n"
		"3:30: error: 'maybe' is no value of 'decoy' (true, false or either)\n"
		"4:8: error: 'steps' must be a list of actions that is not empty\n" },
	{ "no name, no steps", "mode: dry-run\n",
		"1:1: error: the policy has no 'name'\n1:1: error: the policy has no 'steps'\n" },
	{ "no mapping", "- a\n", "1:1: error: a response policy must be a mapping, not a list\n" },
	{ "decoy in quotes", "name: a\nwhen: {decoy: \"true\"}\n" STEPS,
		"2:15: error: 'true' is no value of 'decoy' (true, false or either)\n" },
	{ "account: a number", "name: a\nwhen: {accounts: [123456789012]}\n" STEPS,
		"2:19: error: 'accounts' must hold strings: this is a number, put it in quotes\n" },
	{ "account: plain, with a zero in front", "name: a\nwhen: {accounts: [012345670123]}\n" STEPS,
		"2:19: error: an account id must stand in quotes: YAML takes some of them for numbers\n" },
	{ "account: eleven digits", "name: a\nwhen: {accounts: [\"12345678901\"]}\n" STEPS,
		"2:19: error: '12345678901' is no account id: twelve digits, in quotes\n" },
	{ "account: twice", "name: a\nwhen: {accounts: [\"123456789012\", \"123456789012\"]}\n" STEPS,
		"2:35: error: '123456789012' stands twice in 'accounts'\n" },
	{ "unless: no network", "name: a\nwhen: {unless: {ip.cidr: [\"10.0.0.0/99\"]}}\n" STEPS,
		"2:27: error: '10.0.0.0/99' is no IP network: the prefix length must be 0 to 32\n" },
	{ "unless: host bits", "name: a\nwhen: {unless: {ip.cidr: [\"10.1.2.3/8\"]}}\n" STEPS,
		"2:27: error: '10.1.2.3/8' has bits set past the prefix: did you mean '10.0.0.0/8'?\n" },
	{ "unless: empty", "name: a\nwhen: {unless: {}}\n" STEPS,
		"2:16: error: 'unless' is empty: leave it out\n" },
	{ "unless: a user agent", "name: a\nwhen: {unless: {user_agent: [boto3]}}\n" STEPS,
		"2:17: error: a user agent is whatever the caller writes: it cannot excuse anybody\n" },
	{ "unless: every address, under enforce",
		"name: a\nmode: enforce\nwhen: {unless: {ip.cidr: [\"0.0.0.0/0\"]}}\n" STEPS,
		"3:27: error: '0.0.0.0/0' covers every address: under 'mode: enforce' nothing in 'unless' may\n" },
	{ "unless: halves that cover every address, under enforce",
		"name: a\nmode: enforce\nwhen: {unless: {ip.cidr: [\"0.0.0.0/1\", \"128.0.0.0/1\"]}}\n" STEPS,
		"3:27: error: '0.0.0.0/1' is wider than a /8: under 'mode: enforce' no network in "
		"'unless' may be, a few such cover every address\n"
		"3:40: error: '128.0.0.0/1' is wider than a /8: under 'mode: enforce' no network in "
		"'unless' may be, a few such cover every address\n" },
	{ "unless: the widest networks, under enforce",
		"name: a\nmode: enforce\nwhen: {unless: {ip.cidr: [\"10.0.0.0/8\", \"fd00::/16\"]}}\n" STEPS, "" },
	{ "unless: a wide IPv6 network, under enforce",
		"name: a\nmode: enforce\nwhen: {unless: {ip.cidr: [\"2000::/3\"]}}\n" STEPS,
		"3:27: error: '2000::/3' is wider than a /16: under 'mode: enforce' no network in "
		"'unless' may be, a few such cover every address\n" },
	{ "unless: a wide network, with somebody to ask",
		"name: a\nmode: approve\nwhen: {unless: {ip.cidr: [\"0.0.0.0/1\"]}}\n" STEPS, "" },
	{ "unless: every address, with somebody to ask",
		"name: a\nmode: approve\nwhen: {unless: {ip.cidr: [\"::/0\"]}}\n" STEPS,
		"3:27: warning: '::/0' covers every address\n" },
	{ "unless: a wildcard, under enforce",
		"name: a\nwhen: {unless: {principal.arn: [\"arn:aws:iam::*\"]}}\nmode: enforce\n" STEPS,
		"2:33: error: 'arn:aws:iam::*' has a wildcard: under 'mode: enforce' nothing in 'unless' may\n" },
	{ "unless: a wildcard, with somebody to ask",
		"name: a\nmode: approve\nwhen: {unless: {principal.arn: [\"arn:aws:iam::*\"]}}\n" STEPS, "" },
	{ "protect: a name", "name: a\nguards: {protect: [root]}\n" STEPS,
		"2:20: error: 'protect' holds ARNs of users and roles, and access key ids; * and ? are "
		"wildcards\n" },
	{ "step: unknown", "name: a\nsteps: [disable_keys]\n",
		"2:9: error: 'disable_keys' is no action: did you mean 'disable_key'?\n" },
	{ "step: a tag without a key", "name: a\nsteps: [tag_user]\n",
		"2:9: error: 'tag_user' needs 'key': the tag's key\n" },
	{ "step: a tag", "name: a\nsteps: [{tag_user: {key: \"sec:state\", value: contained by "
		"keysnare}}]\n", "" },
	{ "step: two values of a tag", "name: a\nsteps: [{tag_user: {key: a, value: [b, c]}}]\n",
		"2:40: error: 'value' of 'tag_user' takes one value only\n" },
	{ "step: AWS's own tag", "name: a\nsteps: [{tag_user: \"AWS:x\"}]\n",
		"2:20: error: 'AWS:x': tags that begin with aws: are AWS's own\n" },
	{ "step: a tag that IAM would not take", "name: a\nsteps: [{tag_user: {key: \"a{{now}}\"}}]\n",
		"2:26: error: 'a{{now}}' is no key of a tag: letters, digits, blanks and + - = . _ : / @\n" },
	{ "step: a tag's value that stands for none", "name: a\nsteps: [{tag_user: {key: a, value: "
		"NoSuchEntity}}]\n",
		"2:36: error: 'NoSuchEntity' stands for a tag that is not there: choose another value\n" },
	{ "step: leave for what cannot be undone", "name: a\nmode: enforce\nsteps: [{delete_key: "
		"{without_approval: true}}]\n", "" },
	{ "step: no such Region, of sets", "name: a\nsteps: [{pause_ses_config_sets: mars}]\n",
		"2:33: error: 'mars' is no Region in which Amazon SES is offered, nor 'all'\n" },
	{ "step: twice", "name: a\nsteps:\n  - disable_key\n  - disable_key\n",
		"4:5: error: step 'disable_key' is there already, in line 3\n" },
	{ "step: two in one", "name: a\nsteps:\n  - disable_key:\n    quarantine_user:\n",
		"3:5: error: a step is the name of an action, or a mapping with one action and its parameters\n" },
	{ "step: a list", "name: a\nsteps: [[disable_key]]\n",
		"2:9: error: a step is the name of an action, or a mapping with one action and its parameters\n" },
	{ "step: nobody to notify", "name: a\nsteps: [notify]\n",
		"2:9: error: 'notify' needs 'to': names of notifiers\n" },
	{ "step: to whom, spelled out", "name: a\nsteps: [{notify: {to: [oncall]}}]\n", "" },
	{ "step: no name of a notifier", "name: a\nsteps: [{notify: [\"on call\"]}]\n",
		"2:19: error: 'on call' is no name of a notifier: letters, digits, - and _\n" },
	{ "step: no such Region", "name: a\nsteps: [{pause_ses: {regions: [us-east-3]}}]\n",
		"2:32: error: 'us-east-3' is no Region in which Amazon SES is offered: did you mean "
		"'us-east-1'?\n" },
	{ "step: leave for one key", "name: a\nmode: enforce\nsteps: [{disable_key: {without_approval: "
		"true}}]\n",
		"3:23: error: 'disable_key' takes no parameters: it touches one key only, and needs no leave of its "
		"own\n" },
	{ "step: leave that means nothing", "name: a\nmode: approve\nsteps: [{pause_ses: {without_approval: "
		"true}}]\n",
		"3:9: warning: 'without_approval: true' means nothing under 'mode: approve'\n" },
	{ "step: under observe", "name: a\nmode: observe\nsteps: [disable_key]\n",
		"3:9: warning: 'disable_key' is never planned under 'mode: observe', which only sends notices\n" },
	{ "duplicate key", "name: a\nmode: enforce\nmode: observe\n" STEPS,
		"3:1: error: duplicate key 'mode', first given in line 2\n" },
};

static void test_problems(void **state)
{
	const struct row *row = *state;
	struct ks_policyset set;
	struct ks_buf problems;

	ks_policyset_init(&set);
	ks_buf_init(&problems, 1u << 16);
	ks_policyset_add(&set, "test.yml", ks_str_of(row->text));
	respond_problems(&set.problems, &problems);
	assert_string_equal(ks_buf_str(&problems).p, row->problems);
	assert_int_equal(set.policies.n, set.problems.errors == 0);
	ks_buf_release(&problems);
	ks_policyset_release(&set);
}

/* What a policy does not say must be the careful choice. */
static void test_defaults(void **state)
{
	struct ks_policyset set;
	const struct ks_policy *policy = respond_policy(&set, "name: a\nsteps: [disable_key]\n");

	(void)state;
	assert_int_equal(policy->mode, KS_POLICY_DRY_RUN);
	assert_false(policy->has_mode);
	assert_int_equal(policy->decoy, KS_POLICY_REAL);
	assert_int_equal(policy->level, KS_LEVEL_NONE);
	assert_int_equal(policy->max_event_age_ms, 3600000);
	assert_int_equal(policy->max_keys_per_hour, 3);
	assert_int_equal(policy->unless_count, 0);
	ks_policyset_release(&set);
}

static void test_values(void **state)
{
	struct ks_policyset set;
	const struct ks_policy *policy = respond_policy(&set, table[1].text);

	(void)state;
	assert_true(ks_str_is(policy->name, "a-1_b"));
	assert_int_equal(policy->mode, KS_POLICY_ENFORCE);
	assert_true(policy->has_mode);
	assert_int_equal(policy->decoy, KS_POLICY_EITHER);
	assert_int_equal(policy->level, KS_LEVEL_HIGH);
	assert_int_equal(policy->rules.n, 2);
	assert_int_equal(policy->accounts.n, 1);
	assert_int_equal(policy->unless_count, 3);
	assert_int_equal(policy->unless[0].field, KS_POLICY_IP_CIDR);
	assert_int_equal(policy->unless[0].n, 2);
	assert_int_equal(policy->max_event_age_ms, 30 * 60000);
	assert_int_equal(policy->max_keys_per_hour, 5);
	assert_int_equal(policy->protect.n, 2);
	assert_int_equal(policy->step_count, 4);
	assert_string_equal(policy->steps[1].action->name, "disable_key");
	assert_int_equal(policy->steps[0].values[0].strings.n, 2);
	assert_int_equal(policy->steps[3].values[0].strings.n, 2);
	assert_true(policy->steps[3].values[1].flag);
	ks_policyset_release(&set);
}

static void test_likely(void **state)
{
	(void)state;
	assert_true(ks_policy_is_likely(KS_STR("# x\nname: a\nsteps:\n  - disable_key\n")));
	assert_true(ks_policy_is_likely(KS_STR("steps: [disable_key]")));
	assert_false(ks_policy_is_likely(KS_STR("title: a\nsteps: [x]\ndetection:\n")));
	assert_false(ks_policy_is_likely(KS_STR("title: a\ncorrelation:\nsteps:\n")));
	assert_false(ks_policy_is_likely(KS_STR("title: a\ntriage:\n  steps: x\n")));
	assert_false(ks_policy_is_likely(KS_STR("")));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_problems, table);
	ROWS_TEST(&rows, test_defaults);
	ROWS_TEST(&rows, test_values);
	ROWS_TEST(&rows, test_likely);
	return rows_run("policy", &rows);
}
