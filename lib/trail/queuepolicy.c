/* A queue's policy, as far as sending goes. What is not understood counts as open. */
#include "lib/trail/queuepolicy.h"

#include "lib/aws/arn.h"

#include <string.h>

/* A string, or a list of them, one after the other. False at the end, and on anything else. */
static bool next_text(const struct ks_json *value, const struct ks_json **cursor, struct ks_str *out)
{
	if (!ks_json_is_array(value)) {
		*out = *cursor == NULL && value != NULL ? ks_json_str(value) : (struct ks_str){ NULL, 0 };
		*cursor = value;
		return out->p != NULL;
	}
	*cursor = ks_json_next_element(value, *cursor);
	*out = *cursor != NULL ? ks_json_str(*cursor) : (struct ks_str){ NULL, 0 };
	return *cursor != NULL;
}

/* Whether a pattern of actions ("sqs:Send*") has this one in it; only a star at its end is told. */
static bool is_about(struct ks_str pattern, struct ks_str action)
{
	if (ks_str_has_suffix(pattern, KS_STR("*"))) {
		pattern.n--;
		action.n = pattern.n < action.n ? pattern.n : action.n;
	}
	return ks_str_is_equal_nocase(pattern, action) || memchr(pattern.n > 0 ? pattern.p : "", '*',
		pattern.n) ||
		memchr(pattern.n > 0 ? pattern.p : "", '?', pattern.n);
}

static bool allows_sending(const struct ks_json *statement)
{
	const struct ks_json *actions = ks_json_find(statement, "Action"), *cursor = NULL;
	struct ks_str text;

	if (actions == NULL)
		return true;
	while (next_text(actions, &cursor, &text))
		if (text.p == NULL || is_about(text, KS_STR("sqs:SendMessage")))
			return true;
	return false;
}

/* {"Service": …} and nothing else. */
static bool is_services(const struct ks_json *principal)
{
	const struct ks_json *member = NULL, *cursor = NULL;
	struct ks_str name, text;
	bool has_any = false;

	if (!ks_json_is_object(principal))
		return false;
	while (ks_json_next(principal, &member, &name, &text))
		if (!ks_str_is(name, "Service"))
			return false;
	while (next_text(ks_json_find(principal, "Service"), &cursor, &text)) {
		if (text.p == NULL || memchr(text.p, '*', text.n) != NULL)
			return false;
		has_any = true;
	}
	return has_any;
}

/* The account of a condition's value: itself, or what an ARN names. Empty: it names none. */
static struct ks_str account_of(struct ks_str key, struct ks_str value)
{
	struct ks_arn arn;

	if (ks_str_is_equal_nocase(key, KS_STR("aws:SourceAccount")))
		return value;
	if (ks_str_is_equal_nocase(key, KS_STR("aws:SourceArn")) && ks_arn_parse(value, &arn))
		return arn.account;
	return KS_STR("");
}

/* Whether this operator holds the statement to accounts of the list. */
static bool is_held_by(const struct ks_json *members, const struct ks_account *accounts, size_t n)
{
	const struct ks_json *member = NULL;
	struct ks_str key, text;

	while (ks_json_is_object(members) && ks_json_next(members, &member, &key, &text)) {
		const struct ks_json *cursor = NULL;
		bool is_ours = false;

		while (next_text(member, &cursor, &text)) {
			is_ours = text.p != NULL && ks_account_find(accounts, n, account_of(key, text)) != NULL;
			if (!is_ours)
				break;
		}
		if (is_ours)
			return true;
	}
	return false;
}

/* "…IfExists" holds nobody who does not say, and "ForAllValues:" nobody at all. */
static bool is_held(const struct ks_json *statement, const struct ks_account *accounts, size_t n)
{
	static const char *const holding[] = { "StringEquals", "StringLike", "ArnEquals", "ArnLike",
		"StringEqualsIgnoreCase" };
	const struct ks_json *condition = ks_json_find(statement, "Condition");

	for (size_t i = 0; condition != NULL && i < sizeof(holding) / sizeof(holding[0]); i++)
		if (is_held_by(ks_json_find(condition, holding[i]), accounts, n))
			return true;
	return false;
}

/* {"AWS":"*"} or "*". */
static bool is_everybody(const struct ks_json *principal)
{
	struct ks_str text = ks_json_str(principal);

	if (ks_json_is_object(principal) && !ks_json_find_str(principal, "AWS", &text))
		return false;
	return text.p != NULL && ks_str_is(text, "*");
}

/* Exactly one member of that name, whose value is false. */
static bool says_false(const struct ks_json *members, const char *wanted)
{
	const struct ks_json *member = NULL;
	struct ks_str name = { NULL, 0 }, text = { NULL, 0 };
	bool value = true;

	if (!ks_json_is_object(members) || !ks_json_next(members, &member, &name, &text) ||
		!ks_str_is_equal_nocase(name, ks_str_of(wanted)))
		return false;
	if (text.p != NULL)
		value = !ks_str_is_equal_nocase(text, KS_STR("false"));
	else
		ks_json_find_bool(members, wanted, &value);
	return !value && !ks_json_next(members, &member, &name, &text);
}

/* Whether it holds for the queue: "*", or the ARN of the queue, to the letter. */
static bool is_of_queue(const struct ks_json *statement, struct ks_str arn)
{
	const struct ks_json *resources = ks_json_find(statement, "Resource"), *cursor = NULL;
	struct ks_str text;

	while (resources != NULL && next_text(resources, &cursor, &text))
		if (text.p != NULL && (ks_str_is(text, "*") || (arn.n > 0 && ks_str_is_equal(text, arn))))
			return true;
	return false;
}

/* A Deny of sending for all who are no service of AWS's, and under no other condition. */
static bool shuts_others_out(const struct ks_json *statement, struct ks_str queue)
{
	const struct ks_json *condition = ks_json_find(statement, "Condition"), *member = NULL;
	struct ks_str name, text;

	if (!is_everybody(ks_json_find(statement, "Principal")) || ks_json_find(statement, "Action") == NULL ||
		!allows_sending(statement) || !is_of_queue(statement, queue) || !ks_json_is_object(condition))
		return false;
	return says_false(ks_json_find(condition, "Bool"), "aws:PrincipalIsAWSService") &&
		ks_json_next(condition, &member, &name, &text) && !ks_json_next(condition, &member, &name, &text);
}

/* False when somebody else may send by this statement. */
static bool judge_one(const struct ks_json *statement, struct ks_str queue,
	const struct ks_account *accounts, size_t n, enum ks_queuepolicy_verdict *verdict)
{
	struct ks_str effect;

	if (!ks_json_find_str(statement, "Effect", &effect))
		return false;
	if (ks_str_is(effect, "Deny")) {
		if (shuts_others_out(statement, queue))
			*verdict = KS_QUEUEPOLICY_CLOSED;
		return true;
	}
	return !allows_sending(statement) ||
		(is_services(ks_json_find(statement, "Principal")) && is_held(statement, accounts, n));
}

enum ks_queuepolicy_verdict ks_queuepolicy_judge(struct ks_str policy, struct ks_str queue,
	const struct ks_account *accounts, size_t account_count)
{
	enum ks_queuepolicy_verdict verdict = KS_QUEUEPOLICY_INSIDE;
	const struct ks_json *statements, *at = NULL;
	struct ks_json *json = NULL;
	struct ks_err err;
	bool is_held_to = true;

	if (policy.n == 0)
		return KS_QUEUEPOLICY_INSIDE;
	if (ks_json_parse(policy, &json, &err) != 0)
		return KS_QUEUEPOLICY_OPEN;
	statements = ks_json_find(json, "Statement");
	if (ks_json_is_array(statements))
		while (is_held_to && (at = ks_json_next_element(statements, at)) != NULL)
			is_held_to = judge_one(at, queue, accounts, account_count, &verdict);
	else
		is_held_to = judge_one(statements, queue, accounts, account_count, &verdict);
	ks_json_free(json);
	return is_held_to ? verdict : KS_QUEUEPOLICY_OPEN;
}
