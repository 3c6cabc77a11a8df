/* EventBridge: whether CloudTrail's events get from each Region into the queues that are read, reads too. */
#include "lib/doctor/check.h"

#include "lib/aws/arn.h"
#include "lib/aws/events.h"
#include "lib/aws/sqs.h"
#include "lib/trail/queuepolicy.h"

#include <string.h>

#define MARK "sqs:"

/* A queue of the config. */
struct queue {
	const char *arn;
	const char *region;
	const char *bus;             /* ARN of the default bus beside it */
	bool is_fed_otherwise;       /* S3 or SNS may send to it */
};

/* Rules of an account in a Region that lead to a queue. */
struct route {
	const struct ks_check_account *one;
	const char *region;
	struct ks_vec rules;         /* struct ks_str */
	bool is_known;
};

static void say(struct ks_check_state *state, const struct route *route, enum ks_check_outcome outcome,
	const char *advice, const char *text)
{
	struct ks_check_finding *finding = ks_check_add(state, outcome, advice, "%s", text);

	finding->account = route->one->account->id;
	finding->region = ks_str_of(route->region);
}

static void say_error(struct ks_check_state *state, const struct route *route, const char *permission,
	const struct ks_err *err)
{
	bool is_denied = err->code == KS_ERR_DENIED;

	say(state, route, is_denied ? KS_CHECK_UNKNOWN : KS_CHECK_FAILED, is_denied ?
		ks_arena_printf(&state->arena, "allow %s to whoever runs doctor", permission) : ks_check_advice(err),
		err->message);
}

/* ---- queues -------------------------------------------------------------------------------------- */

static void say_policy(struct ks_check_state *state, const char *url,
	const struct ks_sqs_attributes *attributes, bool is_trusted)
{
	enum ks_queuepolicy_verdict verdict =
		ks_queuepolicy_judge(attributes->policy, attributes->arn, state->accounts, state->account_count);

	if (is_trusted && verdict != KS_QUEUEPOLICY_CLOSED) {
		ks_check_add(state, KS_CHECK_OK, "deny sqs:SendMessage in its policy to all for whom "
			"aws:PrincipalIsAWSService is false, and the config need not trust it", "'%s': others than "
			"services of AWS's may send to it; the config says 'trust: as-from-aws'", url);
		return;
	}
	switch (verdict) {
	case KS_QUEUEPOLICY_CLOSED:
		ks_check_add(state, KS_CHECK_OK, NULL, "'%s': only services of AWS's send to it, for your "
			"accounts", url);
		break;
	case KS_QUEUEPOLICY_INSIDE:
		ks_check_add(state, KS_CHECK_WARNING, "deny sqs:SendMessage in its policy to all for whom "
			"aws:PrincipalIsAWSService is false, and its records count as AWS's own; or say 'trust: "
			"as-from-aws' of it in the config",
			"'%s': services of AWS's send to it, and whoever may by a policy of his own in its account: "
			"records can be made up, so nothing in AWS is done on them", url);
		break;
	case KS_QUEUEPOLICY_OPEN:
		ks_check_add(state, KS_CHECK_WARNING, "let events.amazonaws.com alone send, on condition of the "
			"rule's aws:SourceArn, and deny it to all others, as examples/aws/keysnare.yml does; or say "
			"'trust: as-from-aws' of it in the config",
			"'%s': others than services of AWS's for your accounts may send to it: records can be made up, "
			"so nothing in AWS is done on them", url);
		break;
	}
}

static bool is_about(struct ks_str policy, const char *service)
{
	return ks_str_find(policy, ks_str_of(service)) >= 0;
}

/* A client of the account that the queue is of, so far as the URL says; else of the first one. */
static struct ks_client *client_of(const struct ks_check_state *state, struct ks_str account)
{
	for (size_t i = 0; i < state->entered.n; i++) {
		const struct ks_check_account *one = KS_VEC_AT(&state->entered, struct ks_check_account, i);

		if (one->client != NULL && (account.n == 0 || ks_str_is_equal(one->account->id, account)))
			return one->client;
	}
	return state->client;
}

/* Reads who the queue is, and says who may send to it. */
static void add_queue(struct ks_check_state *state, const struct ks_config_source *source,
	struct ks_vec *out)
{
	const char *url = source->spec + strlen(MARK);
	struct ks_sqs_attributes attributes;
	struct ks_sqs_queue queue;
	struct ks_err err = { 0 };
	struct ks_arn arn;

	if (ks_sqs_parse_url(url, state->ctx, &state->arena, &queue, &err) != 0) {
		ks_check_add(state, KS_CHECK_FAILED, NULL, "%s", err.message);
		return;
	}
	if (ks_sqs_get_attributes(client_of(state, queue.account), &queue, &state->arena, &attributes,
		&err) != 0) {
		ks_check_add(state, KS_CHECK_FAILED, err.code == KS_ERR_DENIED ?
			"allow sqs:GetQueueAttributes to whoever watches" : ks_check_advice(&err), "'%s': %s", url,
			err.message);
		return;
	}
	say_policy(state, url, &attributes, source->is_trusted);
	if (!ks_arn_parse(attributes.arn, &arn) || ks_partition_of_region(arn.region) == NULL) {
		ks_check_add(state, KS_CHECK_UNKNOWN, NULL, "'%s': AWS does not say its ARN", url);
		return;
	}
	*(struct queue *)ks_vec_push(out) = (struct queue){
		.arn = ks_arena_strdup(&state->arena, attributes.arn),
		.region = ks_arena_strdup(&state->arena, arn.region),
		.bus = ks_arena_printf(&state->arena, "arn:" KS_STR_FMT ":events:" KS_STR_FMT ":" KS_STR_FMT
			":event-bus/default", KS_STR_ARG(arn.partition), KS_STR_ARG(arn.region),
			KS_STR_ARG(arn.account)),
		.is_fed_otherwise = is_about(attributes.policy, "s3.amazonaws.com") ||
			is_about(attributes.policy, "sns.amazonaws.com") };
}

/* ---- rules --------------------------------------------------------------------------------------- */

static void list_rules(struct ks_check_state *state, struct route *route, const char *target)
{
	struct ks_err err = { 0 };

	if (!route->is_known || ks_events_list_by_target(route->one->client, route->region, target,
		&state->arena, &route->rules, &err) == 0)
		return;
	route->is_known = false;
	if (!ks_check_is_region_off(&err))
		say_error(state, route, "events:ListRuleNamesByTarget", &err);
}

static void say_rule(struct ks_check_state *state, const struct route *route, struct ks_str name)
{
	const char *shown = ks_arena_strdup(&state->arena, name);
	struct ks_events_rule rule;
	struct ks_err err = { 0 };

	if (ks_events_describe_rule(route->one->client, route->region, name, &state->arena, &rule, &err) != 0)
		say_error(state, route, "events:DescribeRule", &err);
	else if (ks_str_is(rule.state, KS_EVENTS_ALL))
		say(state, route, KS_CHECK_OK, NULL, ks_arena_printf(&state->arena, "rule '%s' sends events on, "
			"reads as well", shown));
	else if (ks_str_is(rule.state, KS_EVENTS_WRITES))
		say(state, route, KS_CHECK_WARNING, "set its state to " KS_EVENTS_ALL ": by CloudFormation, or with "
			"'aws events put-rule --state', its pattern given again; the console cannot",
			ks_arena_printf(&state->arena, "rule '%s' leaves out what only reads, such as GetSendQuota and "
				"GetCallerIdentity: its state is " KS_EVENTS_WRITES, shown));
	else
		say(state, route, KS_CHECK_FAILED, "set its state to " KS_EVENTS_ALL ": by CloudFormation, or with "
			"'aws events put-rule --state', its pattern given again; and see who disabled it",
			ks_arena_printf(&state->arena, "rule '%s' sends nothing: its state is " KS_STR_FMT, shown,
				KS_STR_ARG(rule.state)));
}

static void say_missing(struct ks_check_state *state, const struct route *route, const struct queue *home)
{
	if (home == NULL)
		say(state, route, KS_CHECK_WARNING, "deploy examples/aws/keysnare.yml there, with the queue's "
			"Region as HomeRegion; or take 'lookup:' as a source as well",
			"no rule sends events to a queue that is read: nothing that happens there arrives");
	else
		say(state, route, KS_CHECK_FAILED, "deploy examples/aws/keysnare.yml, or make a rule with the queue "
			"as its target", ks_arena_printf(&state->arena, "no rule sends events to %s, nor does S3 or SNS",
			home->arn));
}

/* One Region of an account: rules lead to a queue beside it, or to the bus beside a queue elsewhere. */
static void look_at(struct ks_check_state *state, const struct ks_check_account *one, const char *region,
	const struct ks_vec *queues)
{
	struct route route = { .one = one, .region = region,
		.rules = KS_VEC_OF(struct ks_str), .is_known = true };
	const struct queue *home = NULL;

	for (size_t i = 0; i < queues->n; i++) {
		const struct queue *queue = KS_VEC_AT(queues, struct queue, i);
		bool is_beside = strcmp(queue->region, region) == 0;
		struct ks_arn arn;

		if (is_beside)
			list_rules(state, &route, queue->arn);
		if (is_beside && ks_arn_parse(ks_str_of(queue->arn), &arn) &&
			ks_str_is_equal(arn.account, one->account->id))
			home = queue;
		else
			list_rules(state, &route, queue->bus);
	}
	for (size_t i = 0; i < route.rules.n; i++)
		say_rule(state, &route, *KS_VEC_AT(&route.rules, struct ks_str, i));
	if (route.rules.n == 0 && route.is_known)
		say_missing(state, &route, home);
	ks_vec_release(&route.rules);
}

static bool is_in(const char *const *regions, const char *region)
{
	for (size_t i = 0; regions[i] != NULL; i++)
		if (strcmp(regions[i], region) == 0)
			return true;
	return false;
}

/* The account's Regions, those of its queues, and the one in which IAM's events arise. */
static void look_at_account(struct ks_check_state *state, const struct ks_check_account *one,
	const struct ks_vec *queues)
{
	const char *const *regions = ks_check_account_regions(state, one);
	const char *iam = ks_check_partition(state, one)->iam_region;
	struct ks_vec more = KS_VEC_OF(const char *);

	for (size_t i = 0; regions[i] != NULL && !ks_ctx_is_stopping(state->ctx); i++)
		look_at(state, one, regions[i], queues);
	if (!is_in(regions, iam))
		*(const char **)ks_vec_push(&more) = iam;
	for (size_t i = 0; i < queues->n; i++) {
		const char *region = KS_VEC_AT(queues, struct queue, i)->region;
		bool is_known = is_in(regions, region);

		for (size_t j = 0; !is_known && j < more.n; j++)
			is_known = strcmp(*KS_VEC_AT(&more, const char *, j), region) == 0;
		if (!is_known)
			*(const char **)ks_vec_push(&more) = region;
	}
	for (size_t i = 0; i < more.n && !ks_ctx_is_stopping(state->ctx); i++)
		look_at(state, one, *KS_VEC_AT(&more, const char *, i), queues);
	ks_vec_release(&more);
}

static void run(struct ks_check_state *state)
{
	struct ks_vec queues = KS_VEC_OF(struct queue);
	bool is_fed_otherwise = false;

	for (size_t i = 0; i < state->config->source_count; i++)
		if (strncmp(state->config->sources[i].spec, MARK, strlen(MARK)) == 0)
			add_queue(state, &state->config->sources[i], &queues);
	if (!ks_check_has_source(state, MARK))
		ks_check_add(state, KS_CHECK_OK, NULL, "not looked at: no source of the config is a queue "
			"(sqs:URL)");
	for (size_t i = 0; i < queues.n; i++)
		is_fed_otherwise |= KS_VEC_AT(&queues, struct queue, i)->is_fed_otherwise;
	if (is_fed_otherwise)
		ks_check_add(state, KS_CHECK_OK, NULL, "rules were not looked at: a queue's policy lets S3 or SNS "
			"send, which goes by the trail");
	for (size_t i = 0; queues.n > 0 && !is_fed_otherwise && i < state->entered.n; i++) {
		const struct ks_check_account *one = KS_VEC_AT(&state->entered, struct ks_check_account, i);

		if (one->client != NULL)
			look_at_account(state, one, &queues);
	}
	ks_vec_release(&queues);
}

static const char *const permissions[] = {
	"events:DescribeRule",
	"events:ListRuleNamesByTarget",
	"sqs:GetQueueAttributes",
	NULL,
};

const struct ks_check ks_check_events = {
	.name = "events",
	.summary = "EventBridge sends what happens in each Region to the queues of the config, reads as well",
	.is_online = true,
	.needs_keys = true,
	.permissions = permissions,
	.run = run,
};
