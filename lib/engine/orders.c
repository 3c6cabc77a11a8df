/* Notifiers of the config. */
#include "lib/engine/orders.h"

#include "lib/base/vec.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOTIFIERS_MOST 100u
#define KEYS_MOST 32u

const char *const ks_orders_kinds[] = { "opened", "escalated", "linked", "reopened", "resumed", "reminder",
	"acknowledged", "closed", "approval", "acting", "limit", "refused", "expired", "lost", "storm", "alarm",
	"recovered", "heartbeat", NULL };

static const char *const common_keys[] = { "name", "kind", "target", "secret", "level", "kinds", "account" };

/* One list on its way. */
struct reading {
	const struct ks_orders_request *request;
	struct ks_vec orders;            /* struct ks_notifier_order */
};

static void fail(const struct reading *r, const struct ks_yaml_node *node, const char *message)
{
	ks_problem_add_at(r->request->problems, KS_ERR_CONFIG, node->line, node->column, "%s", message);
}

static const char *whole_path(const struct reading *r, const char *path)
{
	const char *dir = r->request->dir;

	return path[0] == '/' ? path :
		ks_arena_printf(r->request->arena, "%s%s%s", dir, strcmp(dir, "/") == 0 ? "" : "/", path);
}

/* A text that ends where it seems to; NULL after an error. */
static const char *read_text(const struct reading *r, const struct ks_yaml_node *node, const char *key)
{
	const char *what = ks_arena_printf(r->request->arena, "'%s'", key);
	struct ks_str text;

	if (!ks_entry_text(node, what, r->request->problems, &text))
		return NULL;
	if (memchr(text.p, '\0', text.n) != NULL) {
		fail(r, node, "this holds a NUL");
		return NULL;
	}
	return ks_arena_strdup(r->request->arena, text);
}

/* A secret itself must not be repeated in the error. */
static const char *take_reference(const struct reading *r, const struct ks_yaml_node *node,
	const char *text)
{
	if (strncmp(text, "file:", 5) == 0 && text[5] != '\0')
		return ks_arena_printf(r->request->arena, "file:%s", whole_path(r, text + 5));
	if (strncmp(text, "env:", 4) == 0 && text[4] != '\0')
		return text;
	fail(r, node, "a secret is given as env:NAME or file:PATH, never itself");
	return NULL;
}

static void read_kinds(const struct reading *r, const struct ks_yaml_node *node,
	struct ks_notifier_order *out)
{
	struct ks_entry_list list = { NULL, NULL, 0 };
	size_t known = 0;
	const char **kinds;

	if (!ks_entry_strings(node, "'kinds'", r->request->arena, r->request->problems, &list))
		return;
	while (ks_orders_kinds[known] != NULL)
		known++;
	kinds = ks_arena_alloc(r->request->arena, list.n * sizeof(*kinds));
	for (size_t i = 0; i < list.n; i++) {
		size_t k = 0;

		while (k < known && !ks_str_is(list.p[i], ks_orders_kinds[k]))
			k++;
		if (k == known)
			ks_entry_fail_word(list.nodes[i], "kind of notice", ks_orders_kinds, known,
				r->request->problems);
		kinds[i] = ks_arena_strdup(r->request->arena, list.p[i]);
	}
	out->kinds = kinds;
	out->kind_count = list.n;
}

static void read_account(const struct reading *r, const struct ks_yaml_node *node,
	struct ks_notifier_order *out)
{
	const char *id = read_text(r, node, "account");

	if (id == NULL)
		return;
	out->account = ks_account_find(r->request->accounts, r->request->account_count, ks_str_of(id));
	if (out->account == NULL)
		fail(r, node, "'account' is none of this config's 'accounts'");
}

/* A list stands in a setting with commas between. */
static const char *read_setting(const struct reading *r, const struct ks_notifier_option *option,
	const struct ks_yaml_node *node)
{
	const char *what = ks_arena_printf(r->request->arena, "'%s'", option->key), *text = NULL;
	struct ks_entry_list list = { NULL, NULL, 0 };

	if (!option->is_list) {
		text = read_text(r, node, option->key);
		return text != NULL && option->is_path ? whole_path(r, text) : text;
	}
	if (!ks_entry_strings(node, what, r->request->arena, r->request->problems, &list))
		return NULL;
	for (size_t i = 0; i < list.n; i++) {
		if (memchr(list.p[i].p, '\0', list.p[i].n) != NULL || memchr(list.p[i].p, ',', list.p[i].n) != NULL)
			fail(r, list.nodes[i], "no comma and no NUL can stand in this");
		text = text == NULL ? ks_arena_strdup(r->request->arena, list.p[i]) :
			ks_arena_printf(r->request->arena, "%s," KS_STR_FMT, text, KS_STR_ARG(list.p[i]));
	}
	return text;
}

static void read_settings(const struct reading *r, const struct ks_yaml_node *node,
	const struct ks_notifier_row *row, struct ks_notifier_order *out)
{
	struct ks_notifier_setting *settings = ks_arena_alloc(r->request->arena,
		(row->option_count + 1) * sizeof(*settings));

	for (size_t i = 0; i < row->option_count; i++) {
		const struct ks_yaml_node *value = ks_yaml_find(node, row->options[i].key);
		const char *text = value != NULL ? read_setting(r, &row->options[i], value) : NULL;

		if (text != NULL)
			settings[out->setting_count++] = (struct ks_notifier_setting){ row->options[i].key, text };
	}
	out->settings = settings;
}

static void read_common(const struct reading *r, const struct ks_yaml_node *node,
	struct ks_notifier_order *out)
{
	const struct ks_yaml_node *name = ks_yaml_find(node, "name"), *target = ks_yaml_find(node, "target"),
		*secret = ks_yaml_find(node, "secret"), *level = ks_yaml_find(node, "level"),
		*kinds = ks_yaml_find(node, "kinds"), *account = ks_yaml_find(node, "account");
	const char *text;

	if (name != NULL)
		out->name = read_text(r, name, "name");
	if (target != NULL)
		out->target = read_text(r, target, "target");
	if (secret != NULL && (text = read_text(r, secret, "secret")) != NULL)
		out->secret = take_reference(r, secret, text);
	if (level != NULL && !ks_rule_parse_level(level->text, &out->level))
		fail(r, level, "'level' is informational, low, medium, high or critical");
	if (kinds != NULL)
		read_kinds(r, kinds, out);
	if (account != NULL)
		read_account(r, account, out);
}

static bool check_keys(const struct reading *r, const struct ks_yaml_node *node,
	const struct ks_notifier_row *row)
{
	const char *known[KEYS_MOST];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(common_keys); i++)
		known[n++] = common_keys[i];
	for (size_t i = 0; i < row->option_count && n < KEYS_MOST; i++)
		known[n++] = row->options[i].key;
	return ks_entry_check(node, ks_arena_printf(r->request->arena, "a notifier of kind '%s'", row->name),
		known, n, r->request->problems);
}

static const struct ks_notifier_row *find_kind(const struct reading *r, const struct ks_yaml_node *node)
{
	const struct ks_yaml_node *kind = ks_yaml_find(node, "kind");
	const struct ks_notifier_row *row = NULL;
	const char *names[KEYS_MOST];
	size_t n = 0;

	if (kind == NULL) {
		fail(r, node, "a notifier needs its 'kind'");
		return NULL;
	}
	if (read_text(r, kind, "kind") == NULL)
		return NULL;
	row = ks_notifier_kind(kind->text);
	for (; row == NULL && n < KEYS_MOST && ks_notifier_row_at(n) != NULL; n++)
		names[n] = ks_notifier_row_at(n)->name;
	if (row == NULL)
		ks_entry_fail_word(kind, "kind of notifier", names, n, r->request->problems);
	return row;
}

/* Where an error is that names a key: at its value, else at the whole. */
static const struct ks_yaml_node *place_of(const struct ks_yaml_node *node, const char *key)
{
	const struct ks_yaml_node *value = key != NULL ? ks_yaml_find(node, key) : NULL;

	return value != NULL ? value : node;
}

static void add(struct reading *r, const struct ks_yaml_node *node, const struct ks_notifier_order *order)
{
	const char *name = order->name != NULL ? order->name : order->kind, *key = NULL;
	struct ks_notifier_order *made;
	struct ks_err err = { 0 };

	if (ks_notifier_check(order, &key, &err) != 0) {
		fail(r, place_of(node, key), err.message);
		return;
	}
	for (size_t i = 0; i < r->orders.n; i++) {
		const struct ks_notifier_order *other = KS_VEC_AT(&r->orders, struct ks_notifier_order, i);

		if (strcmp(other->name != NULL ? other->name : other->kind, name) == 0) {
			fail(r, place_of(node, "name"), ks_arena_printf(r->request->arena, "there is a notifier '%s' "
				"already: give this one a name of its own", name));
			return;
		}
	}
	made = ks_vec_push(&r->orders);
	*made = *order;
	made->file = r->request->problems->file != NULL ?
		ks_arena_strdup(r->request->arena, ks_str_of(r->request->problems->file)) : NULL;
	made->line = node->line;
	made->column = node->column;
}

static void read_mapping(struct reading *r, const struct ks_yaml_node *node)
{
	size_t errors = r->request->problems->errors;
	const struct ks_notifier_row *row = find_kind(r, node);
	struct ks_notifier_order order = { .kind = row != NULL ? row->name : NULL };

	if (row == NULL)
		return;
	check_keys(r, node, row);
	read_common(r, node, &order);
	read_settings(r, node, row, &order);
	/* What is missing is worth a word only when all that is there is right. */
	if (r->request->problems->errors == errors)
		add(r, node, &order);
}

static void read_short(struct reading *r, const struct ks_yaml_node *node)
{
	const char *text = read_text(r, node, "notifiers");
	struct ks_notifier_order order;
	struct ks_err err = { 0 };

	if (text == NULL)
		return;
	if (ks_notifier_parse(text, r->request->arena, &order, &err) != 0) {
		fail(r, node, err.message);
		return;
	}
	if (order.secret != NULL && (order.secret = take_reference(r, node, order.secret)) == NULL)
		return;
	add(r, node, &order);
}

void ks_orders_read(const struct ks_orders_request *request, const struct ks_notifier_order **out,
	size_t *out_n)
{
	struct reading r = { request, KS_VEC_OF(struct ks_notifier_order) };
	const struct ks_yaml_node *node = request->node;
	struct ks_notifier_order *orders;

	if (node->kind == KS_YAML_STRING) {
		read_short(&r, node);
	} else if (node->kind != KS_YAML_SEQUENCE || node->n == 0 || node->n > NOTIFIERS_MOST) {
		fail(&r, node, "'notifiers' must be a list of notifiers: strings such as webhook:https://…, or "
			"mappings with a 'kind'");
	} else {
		for (size_t i = 0; i < node->n; i++) {
			if (node->items[i]->kind == KS_YAML_MAPPING)
				read_mapping(&r, node->items[i]);
			else
				read_short(&r, node->items[i]);
		}
	}
	orders = ks_arena_alloc(request->arena, (r.orders.n + 1) * sizeof(*orders));
	for (size_t i = 0; i < r.orders.n; i++)
		orders[i] = *KS_VEC_AT(&r.orders, struct ks_notifier_order, i);
	*out = orders;
	*out_n = r.orders.n;
	ks_vec_release(&r.orders);
}
