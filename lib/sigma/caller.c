/* Items bottom up: what each can be made to be, by items that are in the caller's hand. */
#include "lib/sigma/caller.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SAMPLES 4

/* Fields that the caller writes, those whose name ends in a dot with all below; and fields that
 * say nothing of
 * who calls. */
static const char *const in_hand[] = {
	"userAgent",
	"tlsDetails.",
	"requestParameters.",
	"additionalEventData.",
	"eventVersion",
	"eventTime",
	"eventID",
	"eventType",
	"eventCategory",
	"requestID",
	"sharedEventID",
	"apiVersion",
	"readOnly",
	"managementEvent",
};

/* Values of a field as different as they come: what fits all of them fits any. Those of the last
 * row stand for
 * any other field. */
static const struct field {
	const char *path;
	const char *samples[SAMPLES];
} fields[] = {
	{ "eventSource", { "sts.amazonaws.com", "s3.amazonaws.com", "iam.amazonaws.com", "ec2.amazonaws.com" } },
	{ "eventName", { "GetCallerIdentity", "ListBuckets", "AssumeRole", "Publish" } },
	{ "awsRegion", { "us-east-1", "eu-central-2", "ap-southeast-3", "sa-east-1" } },
	{ "sourceIPAddress", { "192.0.2.1", "2001:db8::1", "203.0.113.200", "fd00::2" } },
	{ "recipientAccountId", { "111122223333", "444455556666", "777788889999", "000000000000" } },
	{ "userIdentity.accountId", { "111122223333", "444455556666", "777788889999", "000000000000" } },
	{ "userIdentity.arn", { "arn:aws:iam::111122223333:user/a", "arn:aws:iam::444455556666:user/Z",
		"arn:aws:iam::777788889999:user/0/b", "arn:aws:iam::000000000000:user/x" } },
	{ "userIdentity.accessKeyId", { "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE", "AKIA2222222222222222",
		"AKIAZZZZZZZZZZZZZZZZ" } },
	{ "userIdentity.type", { "IAMUser", "IAMUser", "IAMUser", "IAMUser" } },
	{ "decoy.match", { "key", "key", "key", "key" } },
	{ "", { "a", "Z", "0", "-./:" } },
};

/* A condition that is being looked at. */
struct look {
	const struct ks_detection *detection;
	const struct ks_paths *paths;
	struct ks_regex_scratch *scratch;
};

/* What a node can be made to be by what is in the caller's hand, whatever the others come to. */
struct reach {
	bool yes, no;
};

static struct ks_str path_at(const struct look *look, uint32_t field)
{
	return *KS_VEC_AT(&look->paths->list, struct ks_str, field);
}

static bool is_in_hand(struct ks_str path)
{
	if (path.n == 0 || ks_str_has_suffix(path, KS_STR(".userAgent")))
		return true;
	for (size_t i = 0; i < COUNT(in_hand); i++) {
		struct ks_str name = ks_str_of(in_hand[i]), whole = ks_str_sub(name, 0, name.n - 1);

		if (ks_str_is_equal(path, name) || (ks_str_has_suffix(name, KS_STR(".")) &&
			(ks_str_has_prefix(path, name) || ks_str_is_equal(path, whole))))
			return true;
	}
	return false;
}

static bool is_met_by_all(const struct look *look, const struct ks_test *test, struct ks_str path)
{
	const struct field *field = fields;

	while (field->path[0] != '\0' && !ks_str_is(path, field->path))
		field++;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct ks_str sample = ks_str_of(field->samples[i]);

		if (test->kind == KS_TEST_REGEX ?
			ks_regex_match(test->u.regex.code, look->scratch, sample) == KS_REGEX_NO :
			!ks_pattern_is_match(&test->u.pattern, sample))
			return false;
	}
	return true;
}

/* Whether a test is no factor of its own. */
static bool is_loose(const struct look *look, const struct ks_item *item, const struct ks_test *test)
{
	switch (test->kind) {
	case KS_TEST_EXISTS:
	case KS_TEST_NULL:
		return true;
	case KS_TEST_STRING:
	case KS_TEST_REGEX:
		return is_met_by_all(look, test, path_at(look, item->field));
	case KS_TEST_CIDR:
		/* As 2000::/3, which is the whole Internet. */
		return test->u.net.prefix < 8;
	case KS_TEST_FIELD:
		return test->u.other.path == item->field || is_in_hand(path_at(look, test->u.other.path));
	default:
		return false;
	}
}

static bool is_for_caller(const struct look *look, const struct ks_item *item)
{
	size_t loose = 0;

	if (is_in_hand(path_at(look, item->field)))
		return true;
	for (size_t i = 0; i < item->test_count; i++)
		loose += is_loose(look, item, &item->tests[i]);
	return item->is_all ? loose == item->test_count : loose > 0;
}

static struct reach reach_of(const struct look *look, const struct ks_node *node, const struct reach *reach)
{
	bool is_all = node->kind == KS_NODE_ALL;
	struct reach out = { is_all, !is_all };

	if (node->kind == KS_NODE_ITEM) {
		out.yes = out.no = is_for_caller(look, &look->detection->items[node->item]);
		return out;
	}
	if (node->kind == KS_NODE_NOT)
		return (struct reach){ reach[node->children[0]].no, reach[node->children[0]].yes };
	for (size_t k = 0; k < node->n; k++) {
		const struct reach *child = &reach[node->children[k]];

		out.yes = is_all ? out.yes && child->yes : out.yes || child->yes;
		out.no = is_all ? out.no || child->no : out.no && child->no;
	}
	return out;
}

bool ks_caller_can_fail(const struct ks_detection *detection, const struct ks_paths *paths)
{
	struct look look = { detection, paths, ks_regex_scratch_new() };
	struct ks_arena arena;
	struct reach *reach;
	bool can_fail;

	ks_arena_init(&arena);
	reach = ks_arena_alloc(&arena, (detection->node_count + 1) * sizeof(*reach));
	/* Children come before their parents. */
	for (size_t i = 0; i < detection->node_count; i++)
		reach[i] = reach_of(&look, &detection->nodes[i], reach);
	can_fail = reach[detection->root].no;
	ks_arena_release(&arena);
	ks_regex_scratch_free(look.scratch);
	return can_fail;
}
