/* Rows to permissions, and permissions to documents. */
#include "lib/engine/duty.h"

#include "lib/engine/sourceneed.h"
#include "lib/notify/notifier.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct { const char *name, *about; } duties[] = {
	[KS_DUTY_PLANTER] = { "planter", "makes decoys, looks after them, takes them away" },
	[KS_DUTY_WATCHER] = { "watcher", "asks when decoys were used last, and what happened" },
	[KS_DUTY_RESPONDER] = { "responder", "contains by the response policies in use, and takes it back" },
	[KS_DUTY_NOTIFIER] = { "notifier", "tells people by way of AWS, as the config's notifiers say" },
	[KS_DUTY_EXAMINER] = { "doctor", "reads how the account is set up, and changes nothing" },
	[KS_DUTY_CALLER] = { "caller", "owns the keys that keysnare runs with, and takes on the config's "
		"roles" },
};

const char *ks_duty_name(enum ks_duty duty)
{
	return duties[duty].name;
}

const char *ks_duty_about(enum ks_duty duty)
{
	return duties[duty].about;
}

bool ks_duty_find(const char *name, enum ks_duty *out)
{
	for (size_t i = 0; i < COUNT(duties); i++)
		if (strcmp(duties[i].name, name) == 0) {
			*out = (enum ks_duty)i;
			return true;
		}
	return false;
}

/* ---- what is needed ---- */

static const struct ks_duty_need planting[] = {
	{ "iam:CreateAccessKey", "plant, decoy rotate" },
	{ "iam:CreateUser", "plant" },
	{ "iam:DeleteAccessKey", "decoy rotate, decoy retire" },
	{ "iam:DeleteUser", "decoy retire" },
	{ "iam:DeleteUserPolicy", "decoy retire" },
	{ "iam:GetAccessKeyLastUsed", "decoy check, decoy import" },
	{ "iam:GetUser", "plant, decoy check, decoy import" },
	{ "iam:GetUserPolicy", "decoy check" },
	{ "iam:ListAccessKeys", "plant, decoy check, decoy import" },
	{ "iam:ListAttachedUserPolicies", "decoy check" },
	{ "iam:ListGroupsForUser", "decoy check" },
	{ "iam:ListUserPolicies", "decoy check" },
	{ "iam:ListUserTags", "plant, decoy retire" },
	{ "iam:ListUsers", "plant, to find a name like your own" },
	{ "iam:PutUserPolicy", "plant --rights ses-read" },
	{ "iam:TagUser", "plant" },
	{ "ses:GetAccount", "plant --rights ses-read" },
	{ "ses:ListEmailIdentities", "plant --rights ses-read" },
};

static const struct ks_duty_need watching[] = {
	{ "cloudtrail:LookupEvents", "watch lookup:" },
	{ "iam:GetAccessKeyLastUsed", "watch, for decoys whose use no record shows" },
};

/* By what the sources of the config are. */
static const struct { enum ks_sourceneed_kind kind; struct ks_duty_need need; } feeding[] = {
	{ KS_SOURCENEED_OBJECTS, { "s3:GetObject", "watch s3://, watch sqs: for objects that messages name" } },
	{ KS_SOURCENEED_BUCKETS, { "s3:ListBucket", "watch s3://" } },
	{ KS_SOURCENEED_QUEUES, { "sqs:ChangeMessageVisibility", "watch sqs:, to hold and to give back" } },
	{ KS_SOURCENEED_QUEUES, { "sqs:DeleteMessage", "watch sqs:, what was read" } },
	{ KS_SOURCENEED_QUEUES, { "sqs:GetQueueAttributes", "watch sqs:, how it is set up and who may send" } },
	{ KS_SOURCENEED_QUEUES, { "sqs:ReceiveMessage", "watch sqs:" } },
};

static void add(struct ks_vec *out, const char *permission, const char *why, struct ks_arena *arena)
{
	size_t at = 0;
	struct ks_duty_need *need;

	for (; at < out->n; at++) {
		int order = strcmp(KS_VEC_AT(out, struct ks_duty_need, at)->permission, permission);

		if (order > 0)
			break;
		if (order < 0)
			continue;
		need = KS_VEC_AT(out, struct ks_duty_need, at);
		if (strstr(need->why, why) == NULL)
			need->why = ks_arena_printf(arena, "%s, %s", need->why, why);
		return;
	}
	ks_vec_push(out);
	need = KS_VEC_AT(out, struct ks_duty_need, 0);
	memmove(need + at + 1, need + at, (out->n - 1 - at) * sizeof(*need));
	need[at] = (struct ks_duty_need){ permission, why };
}

/* What one policy's steps take. */
static void add_policy(const struct ks_policy *policy, struct ks_arena *arena, struct ks_vec *out)
{
	struct ks_vec asked = KS_VEC_OF(const char *);

	for (size_t i = 0; i < policy->step_count && policy->mode > KS_POLICY_DRY_RUN; i++) {
		const struct ks_action *action = policy->steps[i].action;

		for (const char *const *p = action->permissions; *p != NULL; p++)
			add(out, *p, action->name, arena);
	}
	ks_survey_permissions(ks_plan_needs(policy), &asked);
	for (size_t i = 0; i < asked.n; i++)
		add(out, *KS_VEC_AT(&asked, const char *, i), "before a plan", arena);
	ks_vec_release(&asked);
}

static void add_needs(const struct ks_duty_need *needs, size_t n, struct ks_arena *arena, struct ks_vec *out)
{
	for (size_t i = 0; i < n; i++)
		add(out, needs[i].permission, needs[i].why, arena);
}

/* A notifier may act in an account of its own: its permission is for the role of that one. */
static void add_notifiers(const struct ks_duty_place *place, struct ks_arena *arena, struct ks_vec *out)
{
	for (size_t i = 0; i < place->notifier_count; i++) {
		const struct ks_notifier_order *order = &place->notifiers[i];
		const struct ks_notifier_row *row = ks_notifier_kind(ks_str_of(order->kind));

		if (row != NULL && row->permission != NULL)
			add(out, row->permission, ks_arena_printf(arena, "notifier '%s'", order->name != NULL ?
				order->name : order->kind), arena);
	}
}

static bool has_role(const struct ks_duty_place *place)
{
	for (size_t i = 0; i < place->account_count; i++)
		if (place->accounts[i].role.n > 0)
			return true;
	return false;
}

void ks_duty_list(enum ks_duty duty, const struct ks_policyset *policies, const struct ks_duty_place *place,
	struct ks_arena *arena, struct ks_vec *out)
{
	switch (duty) {
	case KS_DUTY_PLANTER:
		add_needs(planting, COUNT(planting), arena, out);
		break;
	case KS_DUTY_WATCHER:
		for (size_t i = 0; i < COUNT(watching); i++)
			if (strcmp(watching[i].permission, "cloudtrail:LookupEvents") != 0 ||
				ks_sourceneed_is_named("lookup:", place->sources, place->source_count))
				add(out, watching[i].permission, watching[i].why, arena);
		for (size_t i = 0; i < COUNT(feeding); i++)
			if (ks_sourceneed_has(feeding[i].kind, place->sources, place->source_count))
				add(out, feeding[i].need.permission, feeding[i].need.why, arena);
		break;
	case KS_DUTY_RESPONDER:
		for (size_t i = 0; policies != NULL && i < policies->policies.n; i++)
			add_policy(*KS_VEC_AT(&policies->policies, struct ks_policy *, i), arena, out);
		break;
	case KS_DUTY_NOTIFIER:
		add_notifiers(place, arena, out);
		break;
	case KS_DUTY_EXAMINER:
		for (size_t i = 0; place->checks != NULL && i < place->checks->n; i++)
			add_needs(KS_VEC_AT(place->checks, struct ks_duty_need, i), 1, arena, out);
		break;
	case KS_DUTY_CALLER:
		if (has_role(place))
			add(out, "sts:AssumeRole", "the config has accounts with a role", arena);
		break;
	}
}

/* ---- documents ---- */

/* What a permission may be narrowed to; one statement each. */
enum where { USERS, DENY_ALL, ROLES, SETS, SENDERS, ACCOUNT, OWN_ROLES, QUEUES, OBJECTS, BUCKETS,
	TOPICS, BUSES, PRODUCTS, RULES, TRAILS };

static const struct { const char *sid, *service, *resource; } places[] = {
	[USERS] = { "Users", "iam:", "user/*" },
	[DENY_ALL] = { "DenyAllOnUsers", "iam:", "user/*" },
	[ROLES] = { "Roles", "iam:", "role/*" },
	[SETS] = { "ConfigurationSets", "ses:*", "configuration-set/*" },
	[SENDERS] = { "Senders", "ses:*", "identity/*" },
	[ACCOUNT] = { "WholeAccount", NULL, NULL },
	[OWN_ROLES] = { "RolesOfTheConfig", NULL, NULL },
	[QUEUES] = { "QueuesOfTheConfig", NULL, NULL },
	[OBJECTS] = { "ObjectsOfTrails", NULL, NULL },
	[BUCKETS] = { "BucketsOfTheConfig", NULL, NULL },
	[TOPICS] = { "TopicsOfTheConfig", NULL, NULL },
	[BUSES] = { "EventBuses", "events:*", "event-bus/*" },
	[PRODUCTS] = { "FindingsProducts", "securityhub:*", "product/*" },
	[RULES] = { "EventRules", "events:*", "rule/*" },
	[TRAILS] = { "Trails", "cloudtrail:*", "trail/*" },
};

static const struct { const char *permission; enum where where; } known[] = {
	{ "cloudtrail:DescribeTrails", ACCOUNT },
	{ "cloudtrail:GetEventSelectors", TRAILS },
	{ "cloudtrail:GetTrailStatus", TRAILS },
	{ "cloudtrail:LookupEvents", ACCOUNT },
	{ "events:DescribeRule", RULES },
	{ "events:ListRuleNamesByTarget", ACCOUNT },
	{ "events:PutEvents", BUSES },
	{ "iam:AttachUserPolicy", DENY_ALL },
	{ "iam:CreateAccessKey", USERS },
	{ "iam:CreateUser", USERS },
	{ "iam:DeleteAccessKey", USERS },
	{ "iam:DeleteLoginProfile", USERS },
	{ "iam:DeleteRolePolicy", ROLES },
	{ "iam:DeleteUser", USERS },
	{ "iam:DeleteUserPolicy", USERS },
	{ "iam:DetachUserPolicy", DENY_ALL },
	{ "iam:GetAccessKeyLastUsed", USERS },
	{ "iam:GetLoginProfile", USERS },
	{ "iam:GetRolePolicy", ROLES },
	{ "iam:GetUser", USERS },
	{ "iam:GetUserPolicy", USERS },
	{ "iam:ListAccessKeys", USERS },
	{ "iam:ListAttachedUserPolicies", USERS },
	{ "iam:ListGroupsForUser", USERS },
	{ "iam:ListUserPolicies", USERS },
	{ "iam:ListUserTags", USERS },
	{ "iam:ListUsers", ACCOUNT },
	{ "iam:PutRolePolicy", ROLES },
	{ "iam:PutUserPolicy", USERS },
	{ "iam:SimulatePrincipalPolicy", ACCOUNT },
	{ "iam:TagUser", USERS },
	{ "iam:UntagUser", USERS },
	{ "iam:UpdateAccessKey", USERS },
	{ "s3:GetObject", OBJECTS },
	{ "s3:ListBucket", BUCKETS },
	{ "securityhub:BatchImportFindings", PRODUCTS },
	{ "ses:DeleteEmailIdentity", SENDERS },
	{ "ses:GetAccount", ACCOUNT },
	{ "ses:GetAccountSendingEnabled", ACCOUNT },
	{ "ses:GetConfigurationSet", SETS },
	{ "ses:GetEmailIdentity", SENDERS },
	{ "ses:ListConfigurationSets", ACCOUNT },
	{ "ses:ListEmailIdentities", ACCOUNT },
	{ "ses:PutAccountSendingAttributes", ACCOUNT },
	{ "ses:PutConfigurationSetSendingOptions", SETS },
	{ "ses:UpdateAccountSendingEnabled", ACCOUNT },
	{ "sns:Publish", TOPICS },
	{ "sqs:ChangeMessageVisibility", QUEUES },
	{ "sqs:DeleteMessage", QUEUES },
	{ "sqs:GetQueueAttributes", QUEUES },
	{ "sqs:ReceiveMessage", QUEUES },
	{ "sts:AssumeRole", OWN_ROLES },
};

static bool find_where(const char *permission, enum where *out)
{
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].permission, permission) == 0) {
			*out = known[i].where;
			return true;
		}
	return false;
}

/* What the config names: pushes const char *. False for what it does not. */
static bool list_named(enum where where, const struct ks_duty_place *place, struct ks_arena *arena,
	struct ks_vec *out)
{
	static const enum ks_sourceneed_kind kinds[] = { [QUEUES] = KS_SOURCENEED_QUEUES,
		[OBJECTS] = KS_SOURCENEED_OBJECTS, [BUCKETS] = KS_SOURCENEED_BUCKETS };

	if (where < OWN_ROLES || where > TOPICS)
		return false;
	for (size_t i = 0; where == OWN_ROLES && i < place->account_count; i++)
		if (place->accounts[i].role.n > 0)
			*(const char **)ks_vec_push(out) = ks_arena_strdup(arena, place->accounts[i].role);
	for (size_t i = 0; where == TOPICS && i < place->notifier_count; i++)
		if (strcmp(place->notifiers[i].kind, "sns") == 0)
			*(const char **)ks_vec_push(out) = place->notifiers[i].target;
	if (where < TOPICS && where != OWN_ROLES)
		ks_sourceneed_resources(kinds[where], place->sources, place->source_count, place->partition, arena,
			out);
	return true;
}

static const char *render(enum where where, const struct ks_duty_place *place, struct ks_arena *arena)
{
	struct ks_vec named = KS_VEC_OF(const char *);
	bool is_named = list_named(where, place, arena, &named);
	const char *all = "";

	for (size_t i = 0; i < named.n; i++)
		all = ks_arena_printf(arena, "%s%s%s", all, i > 0 ? " " : "", *KS_VEC_AT(&named, const char *, i));
	ks_vec_release(&named);
	if (places[where].service == NULL)
		return is_named ? all : "*";
	return ks_arena_printf(arena, "arn:%s:%s:%s:%s", place->partition->name, places[where].service,
		place->account.n > 0 ? ks_arena_strdup(arena, place->account) : "*", places[where].resource);
}

const char *ks_duty_resource(const char *permission, const struct ks_duty_place *place,
	struct ks_arena *arena)
{
	enum where where;

	if (!find_where(permission, &where))
		return NULL;
	return where != DENY_ALL ? render(where, place, arena) :
		ks_arena_printf(arena, "%s, AWSDenyAll", render(where, place, arena));
}

bool ks_duty_is_strong(const char *permission)
{
	static const char *const strong[] = { "iam:CreateAccessKey", "iam:PutRolePolicy", "iam:PutUserPolicy" };

	for (size_t i = 0; i < COUNT(strong); i++)
		if (strcmp(strong[i], permission) == 0)
			return true;
	return false;
}

/* Nothing but AWSDenyAll may be attached or taken off: it can only ever take rights away. */
static void add_condition(struct ks_json *statement, const struct ks_duty_place *place,
	struct ks_arena *arena)
{
	struct ks_json *condition = ks_json_new_object(), *equals = ks_json_new_object();

	ks_json_add_text(equals, "iam:PolicyARN", ks_arena_printf(arena, "arn:%s:iam::aws:policy/AWSDenyAll",
		place->partition->name));
	ks_json_add(condition, "ArnEquals", equals);
	ks_json_add(statement, "Condition", condition);
}

static void add_resource(struct ks_json *statement, enum where where, const struct ks_duty_place *place,
	struct ks_arena *arena)
{
	struct ks_vec named = KS_VEC_OF(const char *);
	struct ks_json *list;

	if (!list_named(where, place, arena, &named)) {
		ks_json_add_text(statement, "Resource", render(where, place, arena));
		return;
	}
	list = ks_json_new_array();
	for (size_t i = 0; i < named.n; i++)
		ks_json_add_text(list, NULL, *KS_VEC_AT(&named, const char *, i));
	ks_json_add(statement, "Resource", list);
	ks_vec_release(&named);
}

struct ks_json *ks_duty_document(const struct ks_vec *needs, const struct ks_duty_place *place)
{
	struct ks_json *document = ks_json_new_object(), *statements = ks_json_new_array();
	struct ks_arena arena = { NULL };

	ks_json_add_text(document, "Version", "2012-10-17");
	for (size_t w = 0; w < COUNT(places); w++) {
		struct ks_json *statement, *actions = ks_json_new_array();
		size_t n = 0;

		for (size_t i = 0; i < needs->n; i++) {
			const char *permission = KS_VEC_AT(needs, struct ks_duty_need, i)->permission;
			enum where where = ACCOUNT;

			find_where(permission, &where);
			if (where != (enum where)w)
				continue;
			ks_json_add_str(actions, NULL, ks_str_of(permission));
			n++;
		}
		if (n == 0) {
			ks_json_free(actions);
			continue;
		}
		statement = ks_json_new_object();
		ks_json_add_text(statement, "Sid", places[w].sid);
		ks_json_add_text(statement, "Effect", "Allow");
		ks_json_add(statement, "Action", actions);
		add_resource(statement, (enum where)w, place, &arena);
		if (w == DENY_ALL)
			add_condition(statement, place, &arena);
		ks_json_add(statements, NULL, statement);
	}
	ks_json_add(document, "Statement", statements);
	ks_arena_release(&arena);
	return document;
}
