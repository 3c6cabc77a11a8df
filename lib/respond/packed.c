/* Steps to JSON and back. */
#include "lib/respond/packed.h"

#include "lib/respond/action.h"
#include "lib/respond/probe.h"

#define PARAMETERS_MOST 64u
#define NOTIFY_MOST 64u

static void add_call(struct ks_json *parent, const char *key, const struct ks_wire_call *call)
{
	struct ks_json *json, *list;

	if (call->operation == NULL) {
		ks_json_add_null(parent, key);
		return;
	}
	json = ks_json_new_object();
	list = ks_json_new_array();
	ks_json_add_text(json, "service", call->operation->service);
	ks_json_add_text(json, "operation", call->operation->name);
	ks_json_add_text(json, "partition", call->partition->name);
	ks_json_add_str(json, "region", call->region.p != NULL ? call->region : KS_STR(""));
	for (size_t i = 0; i < call->parameter_count; i++) {
		const struct ks_wire_parameter *p = &call->parameters[i];
		struct ks_json *one = ks_json_new_object();

		ks_json_add_text(one, "name", p->name);
		ks_json_add_str(one, "value", p->value.p != NULL ? p->value : KS_STR(""));
		ks_json_add_bool(one, "literal", p->is_literal);
		ks_json_add(list, NULL, one);
	}
	ks_json_add(json, "parameters", list);
	ks_json_add(parent, key, json);
}

struct ks_json *ks_packed_step(const struct ks_step *step)
{
	struct ks_json *json = ks_json_new_object(), *condition = ks_json_new_object();
	struct ks_json *notify = ks_json_new_array();

	ks_json_add_text(json, "action", step->action);
	ks_json_add_text(json, "scope", ks_step_scope_name(step->scope));
	ks_json_add_text(json, "target", step->target);
	add_call(json, "call", &step->call);
	for (size_t i = 0; i < step->notify_count; i++)
		ks_json_add_str(notify, NULL, step->notify[i]);
	ks_json_add(json, "notify", notify);
	add_call(condition, "read", &step->condition.read);
	ks_json_add_text(condition, "probe", step->condition.probe);
	ks_json_add_str(condition, "item", step->condition.item.p != NULL ? step->condition.item : KS_STR(""));
	ks_json_add_text(condition, "what", step->condition.what);
	ks_json_add_text(condition, "want", step->condition.want);
	ks_json_add_text(condition, "effect", step->condition.effect);
	ks_json_add(json, "condition", condition);
	add_call(json, "inverse", &step->inverse);
	add_call(json, "inverse_absent", &step->inverse_absent);
	ks_json_add_text(json, "inverse_note", step->inverse_note);
	ks_json_add_bool(json, "without_approval", step->without_approval);
	return json;
}

/* ---- reading ---- */

struct parser {
	struct ks_arena *arena;
	struct ks_err *err;
};

static int refuse(const struct parser *p, const char *name)
{
	return ks_err_set(p->err, KS_ERR_PARSE, "the stored step is damaged: '%s' does not fit", name);
}

/* Nothing else is in an object: what nobody reads might have been meant. */
static int check_members(const struct parser *p, const struct ks_json *object, const char *const *names)
{
	const struct ks_json *cursor = NULL;
	struct ks_str name, value;
	size_t n = 0, wanted = 0;

	while (names[wanted] != NULL)
		wanted++;
	if (!ks_json_is_object(object))
		return refuse(p, names[0]);
	while (ks_json_next(object, &cursor, &name, &value)) {
		size_t i = 0;

		while (names[i] != NULL && !ks_str_is(name, names[i]))
			i++;
		if (names[i] == NULL)
			return refuse(p, ks_arena_strdup(p->arena, name));
		n++;
	}
	return n == wanted ? 0 : refuse(p, names[0]);
}

static int read_str(const struct parser *p, const struct ks_json *object, const char *name,
	struct ks_str *out)
{
	struct ks_str value;

	if (!ks_json_find_str(object, name, &value))
		return refuse(p, name);
	*out = ks_arena_copy(p->arena, value);
	return 0;
}

/* A text, or NULL. */
static int read_text(const struct parser *p, const struct ks_json *object, const char *name,
	const char **out)
{
	const struct ks_json *member = ks_json_find(object, name);
	struct ks_str value = ks_json_str(member);

	if (value.p == NULL && (member == NULL || !ks_json_is_null(member)))
		return refuse(p, name);
	*out = value.p != NULL ? ks_arena_strdup(p->arena, value) : NULL;
	return 0;
}

static int read_parameters(const struct parser *p, const struct ks_json *list, struct ks_wire_call *out)
{
	static const char *const members[] = { "name", "value", "literal", NULL };
	struct ks_wire_parameter *parameters = ks_arena_alloc(p->arena, PARAMETERS_MOST * sizeof(*parameters));
	size_t n = 0;

	if (!ks_json_is_array(list))
		return refuse(p, "parameters");
	for (const struct ks_json *e = ks_json_next_element(list, NULL); e != NULL;
		e = ks_json_next_element(list, e)) {
		if (n == PARAMETERS_MOST)
			return refuse(p, "parameters");
		if (check_members(p, e, members) != 0 || read_text(p, e, "name", &parameters[n].name) != 0 ||
			read_str(p, e, "value", &parameters[n].value) != 0)
			return -1;
		if (parameters[n].name == NULL || !ks_json_find_bool(e, "literal", &parameters[n].is_literal))
			return refuse(p, "parameters");
		n++;
	}
	out->parameters = parameters;
	out->parameter_count = n;
	return 0;
}

/* A call, or null: then out stays zeroed. */
static int read_call(const struct parser *p, const struct ks_json *object, const char *name,
	struct ks_wire_call *out)
{
	static const char *const members[] = { "service", "operation", "partition", "region", "parameters",
		NULL };
	const struct ks_json *json = ks_json_find(object, name);
	const char *service, *operation;
	struct ks_str partition;

	if (json != NULL && ks_json_is_null(json))
		return 0;
	if (json == NULL || !ks_json_is_object(json))
		return refuse(p, name);
	if (check_members(p, json, members) != 0 || read_text(p, json, "service", &service) != 0 ||
		read_text(p, json, "operation", &operation) != 0 ||
		read_str(p, json, "partition", &partition) != 0 || read_str(p, json, "region", &out->region) != 0)
		return -1;
	if (service == NULL || operation == NULL)
		return refuse(p, name);
	out->operation = ks_operation_find(service, operation);
	out->partition = ks_partition_find(partition);
	if (out->operation == NULL || out->partition == NULL)
		return refuse(p, name);
	return read_parameters(p, ks_json_find(json, "parameters"), out);
}

static int read_condition(const struct parser *p, const struct ks_json *json, bool has_call,
	struct ks_step_condition *out)
{
	static const char *const members[] = { "read", "probe", "item", "what", "want", "effect", NULL };
	const struct ks_probe *probe;

	if (check_members(p, json, members) != 0 || read_call(p, json, "read", &out->read) != 0 ||
		read_text(p, json, "probe", &out->probe) != 0 || read_str(p, json, "item", &out->item) != 0 ||
		read_text(p, json, "what", &out->what) != 0 || read_text(p, json, "want", &out->want) != 0 ||
		read_text(p, json, "effect", &out->effect) != 0)
		return -1;
	if (!has_call)
		return 0;
	probe = ks_probe_find(ks_str_of(out->probe));
	if (probe == NULL || out->read.operation == NULL || !out->read.operation->is_read ||
		!ks_str_is(ks_str_of(probe->operation), out->read.operation->name))
		return refuse(p, "probe");
	return out->effect != NULL ? 0 : refuse(p, "effect");
}

static int read_scope(const struct parser *p, struct ks_str name, enum ks_step_scope *out)
{
	for (int scope = KS_STEP_NOTHING; scope <= KS_STEP_ACCOUNT; scope++)
		if (ks_str_is(name, ks_step_scope_name((enum ks_step_scope)scope))) {
			*out = (enum ks_step_scope)scope;
			return 0;
		}
	return refuse(p, "scope");
}

static int read_notify(const struct parser *p, const struct ks_json *list, struct ks_step *out)
{
	struct ks_str *notify = ks_arena_alloc(p->arena, NOTIFY_MOST * sizeof(*notify));

	if (!ks_json_is_array(list))
		return refuse(p, "notify");
	for (const struct ks_json *e = ks_json_next_element(list, NULL); e != NULL;
		e = ks_json_next_element(list, e)) {
		if (out->notify_count == NOTIFY_MOST || ks_json_str(e).p == NULL)
			return refuse(p, "notify");
		notify[out->notify_count++] = ks_arena_copy(p->arena, ks_json_str(e));
	}
	out->notify = notify;
	return 0;
}

static int read_step(const struct parser *p, const struct ks_json *json, struct ks_step *out)
{
	static const char *const members[] = { "action", "scope", "target", "call", "notify", "condition",
		"inverse", "inverse_absent", "inverse_note", "without_approval", NULL };
	struct ks_str action, scope;

	if (check_members(p, json, members) != 0 || read_str(p, json, "action", &action) != 0 ||
		read_str(p, json, "scope", &scope) != 0 || read_scope(p, scope, &out->scope) != 0 ||
		read_text(p, json, "target", &out->target) != 0 || read_call(p, json, "call", &out->call) != 0 ||
		read_notify(p, ks_json_find(json, "notify"), out) != 0 ||
		read_condition(p, ks_json_find(json, "condition"), out->call.operation != NULL,
		&out->condition) != 0 ||
		read_call(p, json, "inverse", &out->inverse) != 0 ||
		read_call(p, json, "inverse_absent", &out->inverse_absent) != 0 ||
		read_text(p, json, "inverse_note", &out->inverse_note) != 0)
		return -1;
	if (ks_action_find(action) == NULL)
		return refuse(p, "action");
	out->action = ks_action_find(action)->name;
	if ((out->call.operation == NULL) != (out->scope == KS_STEP_NOTHING))
		return refuse(p, "scope");
	return ks_json_find_bool(json, "without_approval", &out->without_approval) ? 0 :
		refuse(p, "without_approval");
}

int ks_packed_parse(struct ks_str text, struct ks_arena *arena, struct ks_step *out, struct ks_err *err)
{
	const struct parser p = { arena, err };
	struct ks_step step = { 0 };
	struct ks_json *json = NULL;
	int rc = ks_json_parse(text, &json, err);

	if (rc != 0)
		ks_err_wrap(err, "the stored step is damaged");
	else
		rc = read_step(&p, json, &step);
	if (rc == 0)
		*out = step;
	ks_json_free(json);
	return rc;
}
