/* Calls of CloudTrail. */
#include "lib/aws/cloudtrail.h"

#include "lib/base/time.h"

#include <inttypes.h>
#include <stdio.h>

#define PAGE "50"                      /* events; AWS gives no more */
#define MOST_PARAMETERS 5

static int missing(const char *operation, const char *name, struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_PARSE, "CloudTrail %s: the answer has no '%s'", operation, name);
}

static struct ks_str copy_of(const struct ks_json *object, const char *name, struct ks_arena *arena)
{
	struct ks_str value = KS_STR("");

	ks_json_find_str(object, name, &value);
	return ks_arena_copy(arena, value);
}

static bool is_set(const struct ks_json *object, const char *name)
{
	bool value = false;

	return ks_json_find_bool(object, name, &value) && value;
}

/* Seconds since 1970, with a fraction or without. */
static int64_t time_of(const struct ks_json *object, const char *name)
{
	double seconds;

	/* Past the year 9999 it is no time. */
	if (!ks_json_find_double(object, name, &seconds) || !(seconds > 0 && seconds < 253402300800.0))
		return KS_TIME_NONE;
	return (int64_t)(seconds * 1000);
}

/* ---- events -------------------------------------------------------------------------------------- */

static size_t add_time(struct ks_wire_parameter *parameters, size_t n, const char *name, int64_t ms,
	struct ks_arena *arena)
{
	if (ms == KS_TIME_NONE)
		return n;
	parameters[n] = (struct ks_wire_parameter){ name,
		ks_str_of(ks_arena_printf(arena, "%" PRId64, ms / 1000)), true };
	return n + 1;
}

/* [{"AttributeKey":"…","AttributeValue":"…"}]: the list may have one. */
static struct ks_str attributes_of(const struct ks_cloudtrail_lookup *lookup, struct ks_arena *arena)
{
	struct ks_json *list = ks_json_new_array(), *one = ks_json_new_object();
	struct ks_str text;
	struct ks_buf buf;

	ks_buf_init(&buf, SIZE_MAX / 2);
	ks_json_add_text(one, "AttributeKey", lookup->attribute);
	ks_json_add_str(one, "AttributeValue", lookup->value);
	ks_json_add(list, NULL, one);
	ks_json_render(list, &buf);
	text = ks_arena_copy(arena, ks_buf_str(&buf));
	ks_json_free(list);
	ks_buf_release(&buf);
	return text;
}

static int take_events(const struct ks_client_reply *reply, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	const struct ks_json *events = ks_json_find(reply->json, "Events"), *event = NULL;

	if (!ks_json_is_array(events))
		return missing("LookupEvents", "Events", err);
	while ((event = ks_json_next_element(events, event)) != NULL)
		*(struct ks_cloudtrail_event *)ks_vec_push(out) = (struct ks_cloudtrail_event){
			.id = copy_of(event, "EventId", arena),
			.time_ms = time_of(event, "EventTime"),
			.record = copy_of(event, "CloudTrailEvent", arena),
		};
	return 0;
}

int ks_cloudtrail_lookup_page(struct ks_client *client, const struct ks_cloudtrail_lookup *lookup,
	struct ks_str *inout_token, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct ks_wire_parameter parameters[MOST_PARAMETERS];
	struct ks_client_request request = { .service = "cloudtrail", .operation = "LookupEvents",
		.region = lookup->region, .parameters = parameters };
	struct ks_client_reply reply = { 0 };
	struct ks_str token = { NULL, 0 };
	size_t n = 0;
	int rc;

	if (lookup->attribute != NULL)
		parameters[n++] = (struct ks_wire_parameter){ "LookupAttributes", attributes_of(lookup, arena),
			true };
	n = add_time(parameters, n, "StartTime", lookup->from_ms, arena);
	n = add_time(parameters, n, "EndTime", lookup->until_ms, arena);
	parameters[n++] = (struct ks_wire_parameter){ "MaxResults", KS_STR(PAGE), true };
	if (inout_token->p != NULL)
		parameters[n++] = (struct ks_wire_parameter){ "NextToken", *inout_token, false };
	request.parameter_count = n;
	if (ks_client_call(client, &request, &reply, err) != 0)
		return -1;
	rc = take_events(&reply, arena, out, err);
	if (rc == 0 && ks_json_find_str(reply.json, "NextToken", &token) && inout_token->p != NULL &&
		ks_str_is_equal(token, *inout_token))
		rc = ks_err_set(err, KS_ERR_PARSE, "CloudTrail LookupEvents: a page leads to itself");
	if (rc == 0)
		*inout_token = token.n > 0 ? ks_arena_copy(arena, token) : (struct ks_str){ NULL, 0 };
	ks_client_release(&reply);
	return rc;
}

/* ---- trails -------------------------------------------------------------------------------------- */

static int ask(struct ks_client *client, const char *operation, const char *region,
	const struct ks_wire_parameter *parameter, struct ks_client_reply *out, struct ks_err *err)
{
	const struct ks_client_request request = { .service = "cloudtrail", .operation = operation,
		.region = region, .parameters = parameter, .parameter_count = parameter != NULL };

	return ks_client_call(client, &request, out, err);
}

int ks_cloudtrail_describe_trails(struct ks_client *client, const char *region, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	struct ks_client_reply reply = { 0 };
	const struct ks_json *trails, *trail = NULL;
	int rc = 0;

	if (ask(client, "DescribeTrails", region, NULL, &reply, err) != 0)
		return -1;
	trails = ks_json_find(reply.json, "trailList");
	if (!ks_json_is_array(trails))
		rc = missing("DescribeTrails", "trailList", err);
	while (rc == 0 && (trail = ks_json_next_element(trails, trail)) != NULL)
		*(struct ks_cloudtrail_trail *)ks_vec_push(out) = (struct ks_cloudtrail_trail){
			.name = copy_of(trail, "Name", arena),
			.arn = copy_of(trail, "TrailARN", arena),
			.home_region = copy_of(trail, "HomeRegion", arena),
			.bucket = copy_of(trail, "S3BucketName", arena),
			.prefix = copy_of(trail, "S3KeyPrefix", arena),
			.is_multi_region = is_set(trail, "IsMultiRegionTrail"),
			.is_organization = is_set(trail, "IsOrganizationTrail"),
			.has_global_events = is_set(trail, "IncludeGlobalServiceEvents"),
			.has_validation = is_set(trail, "LogFileValidationEnabled"),
		};
	ks_client_release(&reply);
	return rc;
}

int ks_cloudtrail_get_status(struct ks_client *client, const char *region, const char *trail,
	struct ks_arena *arena, struct ks_cloudtrail_status *out, struct ks_err *err)
{
	const struct ks_wire_parameter name = { "Name", ks_str_of(trail), false };
	struct ks_client_reply reply = { 0 };
	bool is_logging = false;
	int rc = 0;

	if (ask(client, "GetTrailStatus", region, &name, &reply, err) != 0)
		return -1;
	if (!ks_json_find_bool(reply.json, "IsLogging", &is_logging))
		rc = missing("GetTrailStatus", "IsLogging", err);
	else
		*out = (struct ks_cloudtrail_status){ .is_logging = is_logging,
			.delivered_ms = time_of(reply.json, "LatestDeliveryTime"),
			.error = copy_of(reply.json, "LatestDeliveryError", arena) };
	ks_client_release(&reply);
	return rc;
}

/* ---- what a trail records ------------------------------------------------------------------------ */

static void add_texts(const struct ks_json *list, struct ks_arena *arena, struct ks_vec *out)
{
	const struct ks_json *one = NULL;

	while (ks_json_is_array(list) && (one = ks_json_next_element(list, one)) != NULL)
		if (ks_json_str(one).p != NULL)
			*(struct ks_str *)ks_vec_push(out) = ks_arena_copy(arena, ks_json_str(one));
}

static void take_plain(const struct ks_json *selector, struct ks_arena *arena,
	struct ks_cloudtrail_selection *out)
{
	struct ks_str kind = KS_STR("All");
	bool has_management = true;

	ks_json_find_str(selector, "ReadWriteType", &kind);
	ks_json_find_bool(selector, "IncludeManagementEvents", &has_management);
	if (!has_management)
		return;
	out->has_reads |= !ks_str_is(kind, "WriteOnly");
	out->has_writes |= !ks_str_is(kind, "ReadOnly");
	add_texts(ks_json_find(selector, "ExcludeManagementEventSources"), arena, &out->excluded);
}

/* Whether one of a condition's values is this one, or begins so. */
static bool has_value(const struct ks_json *condition, const char *operator, struct ks_str value,
	bool is_prefix)
{
	const struct ks_json *list = ks_json_find(condition, operator), *one = NULL;

	while (ks_json_is_array(list) && (one = ks_json_next_element(list, one)) != NULL)
		if (is_prefix ? ks_str_has_prefix(ks_json_str(one), value) : ks_str_is_equal(ks_json_str(one),
			value))
			return true;
	return false;
}

/* The condition on a field of an advanced selector; NULL when it has none. */
static const struct ks_json *condition_on(const struct ks_json *selector, const char *field)
{
	const struct ks_json *fields = ks_json_find(selector, "FieldSelectors"), *one = NULL;
	struct ks_str name;

	while (ks_json_is_array(fields) && (one = ks_json_next_element(fields, one)) != NULL)
		if (ks_json_find_str(one, "Field", &name) && ks_str_is(name, field))
			return one;
	return NULL;
}

/* Whether it is about some management events only: all sources but a few is not meant. */
static bool is_narrowed(const struct ks_json *selector)
{
	const struct ks_json *fields = ks_json_find(selector, "FieldSelectors"), *one = NULL;

	while (ks_json_is_array(fields) && (one = ks_json_next_element(fields, one)) != NULL) {
		const struct ks_json *member = NULL;
		struct ks_str field = KS_STR(""), name, value;

		ks_json_find_str(one, "Field", &field);
		if (ks_str_is(field, "eventCategory") || ks_str_is(field, "readOnly"))
			continue;
		if (!ks_str_is(field, "eventSource"))
			return true;
		while (ks_json_next(one, &member, &name, &value))
			if (!ks_str_is(name, "Field") && !ks_str_is(name, "NotEquals"))
				return true;
	}
	return false;
}

static void take_advanced(const struct ks_json *selector, struct ks_arena *arena,
	struct ks_cloudtrail_selection *out)
{
	const struct ks_json *category = condition_on(selector, "eventCategory");
	const struct ks_json *kind = condition_on(selector, "readOnly");
	const struct ks_json *type = condition_on(selector, "resources.type");

	if (has_value(category, "Equals", KS_STR("Data"), false)) {
		out->has_ses_data |= has_value(type, "Equals", KS_STR("AWS::SES::"), true) ||
			has_value(type, "StartsWith", KS_STR("AWS::SES"), true);
		return;
	}
	if (!has_value(category, "Equals", KS_STR("Management"), false))
		return;
	if (is_narrowed(selector)) {
		out->is_narrowed = true;
		return;
	}
	out->has_reads |= kind == NULL || has_value(kind, "Equals", KS_STR("true"), false);
	out->has_writes |= kind == NULL || has_value(kind, "Equals", KS_STR("false"), false);
	add_texts(ks_json_find(condition_on(selector, "eventSource"), "NotEquals"), arena, &out->excluded);
}

int ks_cloudtrail_get_selectors(struct ks_client *client, const char *region, const char *trail,
	struct ks_arena *arena, struct ks_cloudtrail_selection *out, struct ks_err *err)
{
	const struct ks_wire_parameter name = { "TrailName", ks_str_of(trail), false };
	struct ks_cloudtrail_selection selection = { .excluded = KS_VEC_OF(struct ks_str) };
	struct ks_client_reply reply = { 0 };
	const struct ks_json *plain, *advanced, *one = NULL;

	if (ask(client, "GetEventSelectors", region, &name, &reply, err) != 0)
		return -1;
	plain = ks_json_find(reply.json, "EventSelectors");
	while (ks_json_is_array(plain) && (one = ks_json_next_element(plain, one)) != NULL)
		take_plain(one, arena, &selection);
	advanced = ks_json_find(reply.json, "AdvancedEventSelectors");
	one = NULL;
	while (ks_json_is_array(advanced) && (one = ks_json_next_element(advanced, one)) != NULL)
		take_advanced(one, arena, &selection);
	/* A trail for which nobody chose records all management events. */
	if (ks_json_next_element(plain, NULL) == NULL && ks_json_next_element(advanced, NULL) == NULL)
		selection.has_reads = selection.has_writes = true;
	ks_client_release(&reply);
	*out = selection;
	return 0;
}
