/* Calls of IAM. */
#include "lib/aws/iam.h"

#include "lib/base/time.h"
#include "lib/codec/uri.h"

#include <string.h>

#define TAGS_MOST 50

/* A call whose answer has nothing in it, or nothing that is kept when out is NULL. */
static int call(struct ks_client *client, const char *operation, const struct ks_wire_parameter *parameters,
	size_t count, struct ks_client_reply *out, struct ks_err *err)
{
	struct ks_client_request request = { .service = "iam",
		.operation = operation,
		.parameters = parameters,
		.parameter_count = count };
	struct ks_client_reply reply = { 0 };

	if (ks_client_call(client, &request, &reply, err) != 0)
		return -1;
	if (out != NULL)
		*out = reply;
	else
		ks_client_release(&reply);
	return 0;
}

static struct ks_wire_parameter text(const char *name, const char *value)
{
	return (struct ks_wire_parameter){ name, ks_str_of(value), false };
}

static int64_t time_of(struct ks_str value)
{
	int64_t ms;

	return value.p != NULL && ks_time_parse(value, &ms) ? ms : KS_TIME_NONE;
}

static struct ks_str copy_of(const struct ks_xml *node, const char *path, struct ks_arena *arena)
{
	struct ks_str found = ks_xml_text(node, path);

	return ks_arena_copy(arena, found.p != NULL ? found : KS_STR(""));
}

static size_t add_tags(struct ks_wire_parameter *parameters, size_t count, const struct ks_iam_tag *tags,
	size_t tag_count, struct ks_arena *arena)
{
	for (size_t i = 0; i < tag_count; i++) {
		parameters[count++] = text(ks_arena_printf(arena, "Tags.member.%zu.Key", i + 1), tags[i].key);
		parameters[count++] =
			(struct ks_wire_parameter){ ks_arena_printf(arena, "Tags.member.%zu.Value", i + 1),
				tags[i].value, false };
	}
	return count;
}

static int check_tags(size_t tag_count, struct ks_err *err)
{
	if (tag_count > TAGS_MOST)
		return ks_err_set(err, KS_ERR_LIMIT, "a user has at most %d tags", TAGS_MOST);
	return 0;
}

static struct ks_iam_user user_of(const struct ks_xml *node, struct ks_arena *arena)
{
	return (struct ks_iam_user){
		.name = copy_of(node, "UserName", arena),
		.path = copy_of(node, "Path", arena),
		.id = copy_of(node, "UserId", arena),
		.arn = copy_of(node, "Arn", arena),
		.created_ms = time_of(ks_xml_text(node, "CreateDate")),
	};
}

int ks_iam_create_user(struct ks_client *client, const struct ks_iam_new_user *user, struct ks_arena *arena,
	struct ks_iam_user *out, struct ks_err *err)
{
	struct ks_wire_parameter parameters[2 + 2 * TAGS_MOST];
	struct ks_client_reply reply;
	struct ks_arena names;
	size_t count = 0;
	int rc;

	if (check_tags(user->tag_count, err) != 0)
		return -1;
	ks_arena_init(&names);
	parameters[count++] = text("UserName", user->name);
	if (user->path != NULL)
		parameters[count++] = text("Path", user->path);
	count = add_tags(parameters, count, user->tags, user->tag_count, &names);
	rc = call(client, "CreateUser", parameters, count, &reply, err);
	if (rc == 0 && out != NULL)
		*out = user_of(ks_xml_find(reply.xml, "User"), arena);
	if (rc == 0)
		ks_client_release(&reply);
	ks_arena_release(&names);
	return rc;
}

int ks_iam_get_user(struct ks_client *client, const char *name, struct ks_arena *arena,
	struct ks_iam_user *out, struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("UserName", name) };
	struct ks_client_reply reply;

	if (call(client, "GetUser", parameters, 1, &reply, err) != 0)
		return -1;
	*out = user_of(ks_xml_find(reply.xml, "User"), arena);
	ks_client_release(&reply);
	return 0;
}

/* A list over all of its pages: what one <member> becomes. */
struct list {
	const char *path; /* "Users" */
	struct ks_arena *arena;
	struct ks_vec *out;
	void (*take)(const struct ks_xml *member, struct list *list);
};

static int take_page(void *arg, const struct ks_client_reply *page, struct ks_err *err)
{
	struct list *list = arg;
	const struct ks_xml *members = ks_xml_find(page->xml, list->path);

	if (members == NULL)
		return ks_err_set(err, KS_ERR_PARSE, "the answer has no '%s'", list->path);
	for (const struct ks_xml *member = members->child; member != NULL; member = member->next)
		list->take(member, list);
	return 0;
}

static int call_list(struct ks_client *client, const char *operation, struct ks_wire_parameter parameter,
	struct list *list, struct ks_err *err)
{
	struct ks_client_request request = { .service = "iam",
		.operation = operation,
		.parameters = &parameter,
		.parameter_count = parameter.value.p != NULL ? 1 : 0 };

	return ks_client_pages(client, &request, "Marker", take_page, list, err);
}

static void take_user(const struct ks_xml *member, struct list *list)
{
	*(struct ks_iam_user *)ks_vec_push(list->out) = user_of(member, list->arena);
}

int ks_iam_list_users(struct ks_client *client, const char *path, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct list list = { "Users", arena, out, take_user };

	return call_list(client, "ListUsers", text("PathPrefix", path), &list, err);
}

int ks_iam_delete_user(struct ks_client *client, const char *name, struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("UserName", name) };

	return call(client, "DeleteUser", parameters, 1, NULL, err);
}

int ks_iam_tag_user(struct ks_client *client, const char *name, const struct ks_iam_tag *tags,
	size_t tag_count, struct ks_err *err)
{
	struct ks_wire_parameter parameters[1 + 2 * TAGS_MOST];
	struct ks_arena arena;
	size_t count;
	int rc;

	if (check_tags(tag_count, err) != 0)
		return -1;
	ks_arena_init(&arena);
	parameters[0] = text("UserName", name);
	count = add_tags(parameters, 1, tags, tag_count, &arena);
	rc = call(client, "TagUser", parameters, count, NULL, err);
	ks_arena_release(&arena);
	return rc;
}

static void take_tag(const struct ks_xml *member, struct list *list)
{
	*(struct ks_iam_tag *)ks_vec_push(list->out) =
		(struct ks_iam_tag){ copy_of(member, "Key", list->arena).p, copy_of(member, "Value", list->arena) };
}

int ks_iam_list_tags(struct ks_client *client, const char *user, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct list list = { "Tags", arena, out, take_tag };

	return call_list(client, "ListUserTags", text("UserName", user), &list, err);
}

static void take_attached(const struct ks_xml *member, struct list *list)
{
	*(struct ks_str *)ks_vec_push(list->out) = copy_of(member, "PolicyName", list->arena);
}

int ks_iam_list_attached(struct ks_client *client, const char *user, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	struct list list = { "AttachedPolicies", arena, out, take_attached };

	return call_list(client, "ListAttachedUserPolicies", text("UserName", user), &list, err);
}

static void take_group(const struct ks_xml *member, struct list *list)
{
	*(struct ks_str *)ks_vec_push(list->out) = copy_of(member, "GroupName", list->arena);
}

int ks_iam_list_groups(struct ks_client *client, const char *user, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	struct list list = { "Groups", arena, out, take_group };

	return call_list(client, "ListGroupsForUser", text("UserName", user), &list, err);
}

int ks_iam_create_access_key(struct ks_client *client, const char *user, struct ks_credentials *out,
	struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("UserName", user) };
	struct ks_client_reply reply;
	struct ks_str secret;
	int rc;

	if (call(client, "CreateAccessKey", parameters, 1, &reply, err) != 0)
		return -1;
	secret = ks_xml_text(reply.xml, "AccessKey/SecretAccessKey");
	rc = ks_credentials_set(out, ks_xml_text(reply.xml, "AccessKey/AccessKeyId"), secret, KS_STR(""),
		KS_TIME_NONE, "IAM CreateAccessKey", err);
	ks_client_wipe(secret);
	ks_client_release(&reply);
	return rc;
}

static void take_key(const struct ks_xml *member, struct list *list)
{
	*(struct ks_iam_key *)ks_vec_push(list->out) = (struct ks_iam_key){
		.id = copy_of(member, "AccessKeyId", list->arena),
		.is_active = ks_str_is(ks_xml_text(member, "Status"), "Active"),
		.created_ms = time_of(ks_xml_text(member, "CreateDate")),
	};
}

int ks_iam_list_access_keys(struct ks_client *client, const char *user, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	struct list list = { "AccessKeyMetadata", arena, out, take_key };

	return call_list(client, "ListAccessKeys", text("UserName", user), &list, err);
}

int ks_iam_update_access_key(struct ks_client *client, const char *user, const char *key_id, bool is_active,
	struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("UserName", user), text("AccessKeyId", key_id),
		text("Status", is_active ? "Active" : "Inactive") };

	return call(client, "UpdateAccessKey", parameters, 3, NULL, err);
}

int ks_iam_delete_access_key(struct ks_client *client, const char *user, const char *key_id,
	struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("UserName", user), text("AccessKeyId", key_id) };

	return call(client, "DeleteAccessKey", parameters, 2, NULL, err);
}

int ks_iam_get_access_key_last_used(struct ks_client *client, const char *key_id, struct ks_arena *arena,
	struct ks_iam_last_used *out, struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("AccessKeyId", key_id) };
	struct ks_client_reply reply;

	if (call(client, "GetAccessKeyLastUsed", parameters, 1, &reply, err) != 0)
		return -1;
	*out = (struct ks_iam_last_used){
		.user = copy_of(reply.xml, "UserName", arena),
		.time_ms = time_of(ks_xml_text(reply.xml, "AccessKeyLastUsed/LastUsedDate")),
		.service = copy_of(reply.xml, "AccessKeyLastUsed/ServiceName", arena),
		.region = copy_of(reply.xml, "AccessKeyLastUsed/Region", arena),
	};
	ks_client_release(&reply);
	return 0;
}

/* The user's operation or the role's: "PutUserPolicy", "PutRolePolicy". */
static int call_policy(struct ks_client *client, const struct ks_iam_holder *holder,
	const char *const names[2], struct ks_str document, struct ks_client_reply *out, struct ks_err *err)
{
	struct ks_wire_parameter parameters[3];
	size_t count = 0;

	parameters[count++] =
		holder->user != NULL ? text("UserName", holder->user) : text("RoleName", holder->role);
	parameters[count++] = text("PolicyName", holder->policy);
	if (document.p != NULL)
		parameters[count++] = (struct ks_wire_parameter){ "PolicyDocument", document, false };
	return call(client, names[holder->user != NULL ? 0 : 1], parameters, count, out, err);
}

int ks_iam_put_policy(struct ks_client *client, const struct ks_iam_holder *holder, struct ks_str document,
	struct ks_err *err)
{
	static const char *const names[] = { "PutUserPolicy", "PutRolePolicy" };

	return call_policy(client, holder, names, document, NULL, err);
}

int ks_iam_get_policy(struct ks_client *client, const struct ks_iam_holder *holder, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	static const char *const names[] = { "GetUserPolicy", "GetRolePolicy" };
	struct ks_client_reply reply;
	struct ks_buf plain;

	if (call_policy(client, holder, names, (struct ks_str){ NULL, 0 }, &reply, err) != 0)
		return -1;
	ks_buf_init(&plain, SIZE_MAX / 2);
	ks_uri_decode(&plain, ks_xml_text(reply.xml, "PolicyDocument"));
	*out = ks_arena_copy(arena, ks_buf_str(&plain));
	ks_buf_release(&plain);
	ks_client_release(&reply);
	return 0;
}

int ks_iam_delete_policy(struct ks_client *client, const struct ks_iam_holder *holder, struct ks_err *err)
{
	static const char *const names[] = { "DeleteUserPolicy", "DeleteRolePolicy" };

	return call_policy(client, holder, names, (struct ks_str){ NULL, 0 }, NULL, err);
}

static void take_name(const struct ks_xml *member, struct list *list)
{
	*(struct ks_str *)ks_vec_push(list->out) = ks_arena_copy(list->arena, member->text);
}

int ks_iam_list_policies(struct ks_client *client, const struct ks_iam_holder *holder,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct list list = { "PolicyNames", arena, out, take_name };

	if (holder->user != NULL)
		return call_list(client, "ListUserPolicies", text("UserName", holder->user), &list, err);
	return call_list(client, "ListRolePolicies", text("RoleName", holder->role), &list, err);
}

int ks_iam_get_login_profile(struct ks_client *client, const char *user, struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("UserName", user) };

	return call(client, "GetLoginProfile", parameters, 1, NULL, err);
}

int ks_iam_delete_login_profile(struct ks_client *client, const char *user, struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("UserName", user) };

	return call(client, "DeleteLoginProfile", parameters, 1, NULL, err);
}
