/* Reading EventBridge's rules. */
#include "lib/aws/events.h"

struct names {
	struct ks_arena *arena;
	struct ks_vec *out;
};

static int take_names(void *arg, const struct ks_client_reply *page, struct ks_err *err)
{
	const struct names *names = arg;
	const struct ks_json *list = ks_json_find(page->json, "RuleNames"), *one = NULL;

	if (!ks_json_is_array(list))
		return ks_err_set(err, KS_ERR_PARSE, "EventBridge ListRuleNamesByTarget: there is no RuleNames in "
			"the answer");
	while ((one = ks_json_next_element(list, one)) != NULL)
		if (ks_json_str(one).n > 0)
			*(struct ks_str *)ks_vec_push(names->out) = ks_arena_copy(names->arena, ks_json_str(one));
	return 0;
}

int ks_events_list_by_target(struct ks_client *client, const char *region, const char *target,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	const struct ks_wire_parameter parameter = { "TargetArn", ks_str_of(target), false };
	const struct ks_client_request request = { .service = "eventbridge",
		.operation = "ListRuleNamesByTarget", .region = region, .parameters = &parameter,
		.parameter_count = 1 };
	struct names names = { arena, out };

	return ks_client_pages(client, &request, "NextToken", take_names, &names, err);
}

static struct ks_str copy_of(const struct ks_json *object, const char *name, struct ks_arena *arena)
{
	struct ks_str text = KS_STR("");

	ks_json_find_str(object, name, &text);
	return ks_arena_copy(arena, text);
}

int ks_events_describe_rule(struct ks_client *client, const char *region, struct ks_str name,
	struct ks_arena *arena, struct ks_events_rule *out, struct ks_err *err)
{
	const struct ks_wire_parameter parameter = { "Name", name, false };
	const struct ks_client_request request = { .service = "eventbridge", .operation = "DescribeRule",
		.region = region, .parameters = &parameter, .parameter_count = 1 };
	struct ks_client_reply reply = { 0 };
	int rc = 0;

	if (ks_client_call(client, &request, &reply, err) != 0)
		return -1;
	*out = (struct ks_events_rule){ .name = ks_arena_copy(arena, name),
		.state = copy_of(reply.json, "State", arena),
		.pattern = copy_of(reply.json, "EventPattern", arena) };
	if (out->state.n == 0)
		rc = ks_err_set(err, KS_ERR_PARSE, "EventBridge DescribeRule: there is no State in the answer");
	ks_client_release(&reply);
	return rc;
}
