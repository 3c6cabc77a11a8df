/* The table of notifiers, and what all of them have in common. */
#include "lib/notify/notifier.h"

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/codec/hash.h"
#include "lib/codec/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MAX 4096u
#define BODY_MAX (4u << 20)

#define KS_NOTIFIER(name) extern const struct ks_notifier_row ks_notifier_##name;
#include "lib/notify/notifiers.def"
#undef KS_NOTIFIER

#define KS_NOTIFIER(name) &ks_notifier_##name,
static const struct ks_notifier_row *const rows[] = {
#include "lib/notify/notifiers.def"
};
#undef KS_NOTIFIER

void ks_notifier_init(struct ks_notifiers *notifiers)
{
	*notifiers = (struct ks_notifiers){ KS_VEC_OF(struct ks_notifier) };
}

void ks_notifier_rest(const struct ks_notifier *notifier)
{
	if (notifier->state != NULL && notifier->state->own != NULL && notifier->row->close != NULL)
		notifier->row->close(notifier->state->own);
	if (notifier->state != NULL)
		notifier->state->own = NULL;
}

static void release_one(struct ks_notifier *notifier)
{
	ks_notifier_rest(notifier);
	free(notifier->state);
	free(notifier->name);
	free(notifier->target);
	ks_secret_release(&notifier->secret);
	ks_arena_release(&notifier->arena);
}

void ks_notifier_release(struct ks_notifiers *notifiers)
{
	if (notifiers == NULL || notifiers->list.size == 0)
		return;
	for (size_t i = 0; i < notifiers->list.n; i++)
		release_one(KS_VEC_AT(&notifiers->list, struct ks_notifier, i));
	ks_vec_release(&notifiers->list);
}

const struct ks_notifier_row *ks_notifier_row_at(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? rows[i] : NULL;
}

const struct ks_notifier_row *ks_notifier_kind(struct ks_str kind)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ks_str_is(kind, rows[i]->name))
			return rows[i];
	return NULL;
}

static bool is_word(struct ks_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = ks_str_lower(s.p[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return s.n > 0;
}

static int refuse_kind(struct ks_str kind, struct ks_err *err)
{
	struct ks_buf names;

	ks_buf_init(&names, 512);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *target = rows[i]->secret == KS_NOTIFIER_SECRET_TARGET ? "env:NAME" : rows[i]->target;

		ks_buf_addf(&names, "%s%s%s%s", i > 0 ? ", " : "", rows[i]->name, target != NULL ? ":" : "",
			target != NULL ? target : "");
	}
	ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is no notifier: there are %s", KS_STR_ARG(kind),
		names.p);
	ks_buf_release(&names);
	return -1;
}

int ks_notifier_parse(const char *spec, struct ks_arena *arena, struct ks_notifier_order *out,
	struct ks_err *err)
{
	struct ks_str rest = ks_str_of(spec), name = { NULL, 0 }, kind;
	ptrdiff_t equals = ks_str_find(rest, KS_STR("="));
	const struct ks_notifier_row *row;

	/* A target may hold "=" itself; what stands before a name's is a word. */
	if (equals > 0 && is_word(ks_str_sub(rest, 0, (size_t)equals))) {
		name = ks_str_sub(rest, 0, (size_t)equals);
		rest = ks_str_sub(rest, (size_t)equals + 1, rest.n);
	}
	ks_str_next(&rest, ':', &kind);
	row = ks_notifier_kind(kind);
	if (row == NULL)
		return refuse_kind(kind, err);
	*out = (struct ks_notifier_order){ .kind = row->name };
	if (name.p != NULL)
		out->name = ks_arena_strdup(arena, name);
	if (rest.n == 0)
		return 0;
	if (row->secret == KS_NOTIFIER_SECRET_TARGET)
		out->secret = ks_arena_strdup(arena, rest);
	else
		out->target = ks_arena_strdup(arena, rest);
	return 0;
}

static int refuse_secret(const struct ks_notifier_row *row, struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_USAGE, "notifier '%s' needs its secret, %s: as env:NAME or file:PATH",
		row->name, row->secret_help);
}

static bool is_reference(const char *text)
{
	return strncmp(text, "env:", 4) == 0 || strncmp(text, "file:", 5) == 0;
}

static int check_target(const struct ks_notifier_row *row, const struct ks_notifier_order *order,
	const char **out_key, struct ks_err *err)
{
	bool has_target = order->target != NULL && order->target[0] != '\0';

	*out_key = has_target ? "target" : NULL;
	if (has_target && row->target == NULL && row->secret_help != NULL)
		return ks_err_set(err, KS_ERR_USAGE, "notifier '%s' takes no target: its secret is %s, as "
			"env:NAME or file:PATH", row->name, row->secret_help);
	if (has_target && row->target == NULL)
		return ks_err_set(err, KS_ERR_USAGE, "notifier '%s' takes no target", row->name);
	if (!has_target && row->target != NULL && !row->is_target_optional)
		return ks_err_set(err, KS_ERR_USAGE, "notifier '%s' needs a target: %s:%s", row->name, row->name,
			row->target);
	*out_key = "secret";
	if (order->secret != NULL && row->secret == KS_NOTIFIER_SECRET_NONE)
		return ks_err_set(err, KS_ERR_USAGE, "notifier '%s' takes no secret", row->name);
	if (order->secret != NULL && !is_reference(order->secret))
		return ks_err_set(err, KS_ERR_USAGE, "a secret is given as env:NAME or file:PATH, never itself");
	*out_key = NULL;
	if (order->secret == NULL && row->secret == KS_NOTIFIER_SECRET_TARGET)
		return refuse_secret(row, err);
	*out_key = "account";
	if (order->account != NULL && !row->is_aws)
		return ks_err_set(err, KS_ERR_USAGE, "notifier '%s' has nothing to do with an account of AWS",
			row->name);
	return 0;
}

static const struct ks_notifier_option *find_option(const struct ks_notifier_row *row, const char *key)
{
	for (size_t i = 0; i < row->option_count; i++)
		if (strcmp(row->options[i].key, key) == 0)
			return &row->options[i];
	return NULL;
}

static int check_settings(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	const struct ks_notifier_row *row = notifier->row;

	for (size_t i = 0; i < notifier->setting_count; i++) {
		*out_key = notifier->settings[i].key;
		if (find_option(row, *out_key) == NULL)
			return ks_err_set(err, KS_ERR_USAGE, "notifier '%s' has no setting '%s'", row->name, *out_key);
		if (strpbrk(notifier->settings[i].value, "\r\n") != NULL || notifier->settings[i].value[0] == '\0')
			return ks_err_set(err, KS_ERR_USAGE, "'%s' is one line, and not empty", *out_key);
	}
	*out_key = NULL;
	for (size_t i = 0; i < row->option_count; i++)
		if (row->options[i].is_needed && ks_notifier_setting(notifier, row->options[i].key) == NULL)
			return ks_err_set(err, KS_ERR_USAGE, "notifier '%s' needs '%s', %s: order it in the config, as "
				"a mapping", row->name, row->options[i].key, row->options[i].help);
	return row->check != NULL ? row->check(notifier, out_key, err) : 0;
}

static const char *copy(struct ks_arena *arena, const char *text)
{
	return text != NULL ? ks_arena_strdup(arena, ks_str_of(text)) : NULL;
}

/* A notifier of its own out of an order, which may be gone afterwards. */
static void make(const struct ks_notifier_order *order, const struct ks_notifier_row *row,
	const struct ks_ctx *ctx, struct ks_notifier *out)
{
	const char *name = order->name != NULL ? order->name : row->name;
	const char *target = order->target != NULL ? order->target : "";
	struct ks_notifier_setting *settings;
	struct ks_account *account;
	struct ks_str *kinds;

	*out = (struct ks_notifier){ .row = row, .ctx = ctx, .name = ks_mem_copy(name, strlen(name)),
		.target = ks_mem_copy(target, strlen(target)), .level = order->level,
		.state = ks_mem_alloc(sizeof(struct ks_notifier_state)) };
	ks_arena_init(&out->arena);
	out->reference = copy(&out->arena, order->secret);
	kinds = ks_arena_alloc(&out->arena, (order->kind_count + 1) * sizeof(*kinds));
	for (size_t i = 0; i < order->kind_count; i++)
		kinds[i] = ks_arena_copy(&out->arena, ks_str_of(order->kinds[i]));
	out->kinds = kinds;
	out->kind_count = order->kind_count;
	settings = ks_arena_alloc(&out->arena, (order->setting_count + 1) * sizeof(*settings));
	for (size_t i = 0; i < order->setting_count; i++)
		settings[i] = (struct ks_notifier_setting){ copy(&out->arena, order->settings[i].key),
			copy(&out->arena, order->settings[i].value) };
	out->settings = settings;
	out->setting_count = order->setting_count;
	if (order->account == NULL)
		return;
	account = ks_arena_alloc(&out->arena, sizeof(*account));
	account->id = ks_arena_copy(&out->arena, order->account->id);
	account->role = ks_arena_copy(&out->arena, order->account->role);
	account->external_id = ks_arena_copy(&out->arena, order->account->external_id);
	out->account = account;
}

int ks_notifier_check(const struct ks_notifier_order *order, const char **out_key, struct ks_err *err)
{
	const struct ks_notifier_row *row = ks_notifier_kind(ks_str_of(order->kind));
	struct ks_notifier made;
	int rc;

	*out_key = "kind";
	if (row == NULL)
		return refuse_kind(ks_str_of(order->kind), err);
	*out_key = "name";
	if (order->name != NULL && !is_word(ks_str_of(order->name)))
		return ks_err_set(err, KS_ERR_USAGE, "a notifier's name is made of letters, digits, - and _");
	if (check_target(row, order, out_key, err) != 0)
		return -1;
	make(order, row, NULL, &made);
	rc = check_settings(&made, out_key, err);
	/* What it blames may be a copy that goes with the notifier. */
	for (size_t i = 0; *out_key != NULL && i < order->setting_count; i++)
		if (strcmp(order->settings[i].key, *out_key) == 0) {
			*out_key = order->settings[i].key;
			break;
		}
	release_one(&made);
	return rc;
}

int ks_notifier_add_order(struct ks_notifiers *notifiers, const struct ks_ctx *ctx,
	const struct ks_notifier_order *order, struct ks_err *err)
{
	struct ks_notifier made;
	const char *key;

	if (ks_notifier_check(order, &key, err) != 0)
		return -1;
	make(order, ks_notifier_kind(ks_str_of(order->kind)), ctx, &made);
	if (ks_notifier_find(notifiers, ks_str_of(made.name)) != NULL) {
		ks_err_set(err, KS_ERR_USAGE, "there is a notifier '%s' already: name this one, as in other=%s",
			made.name, made.row->name);
		release_one(&made);
		return -1;
	}
	if (made.row->open != NULL && made.row->open(&made, err) != 0) {
		release_one(&made);
		return -1;
	}
	*(struct ks_notifier *)ks_vec_push(&notifiers->list) = made;
	return 0;
}

int ks_notifier_add(struct ks_notifiers *notifiers, const struct ks_ctx *ctx, const char *spec,
	struct ks_err *err)
{
	struct ks_notifier_order order;
	struct ks_arena arena;
	int rc;

	ks_arena_init(&arena);
	rc = ks_notifier_parse(spec, &arena, &order, err);
	if (rc == 0)
		rc = ks_notifier_add_order(notifiers, ctx, &order, err);
	ks_arena_release(&arena);
	return rc;
}

const char *ks_notifier_setting(const struct ks_notifier *notifier, const char *key)
{
	for (size_t i = 0; i < notifier->setting_count; i++)
		if (strcmp(notifier->settings[i].key, key) == 0)
			return notifier->settings[i].value;
	return NULL;
}

int ks_notifier_resolve(const struct ks_ctx *ctx, const char *reference, struct ks_secret *out,
	struct ks_err *err)
{
	struct ks_str text = ks_str_of(reference);
	struct ks_buf content;
	const char *value;
	int rc;

	if (ks_str_has_prefix(text, KS_STR("env:"))) {
		value = ks_ctx_env(ctx, reference + 4);
		if (value == NULL)
			return ks_err_set(err, KS_ERR_CONFIG, "the secret's variable '%s' is not set", reference + 4);
		ks_secret_set(out, ks_str_of(value));
		return 0;
	}
	if (!ks_str_has_prefix(text, KS_STR("file:")))
		return ks_err_set(err, KS_ERR_USAGE, "a secret is given as env:NAME or file:PATH, never itself");
	ks_buf_init(&content, SECRET_MAX);
	rc = ks_file_load(reference + 5, &content, err);
	text = ks_buf_str(&content);
	while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	if (rc != 0)
		err->code = KS_ERR_CONFIG;
	else if (text.n == 0)
		rc = ks_err_set(err, KS_ERR_CONFIG, "the secret's file '%s' is empty", reference + 5);
	else
		ks_secret_set(out, text);
	ks_buf_wipe(&content);
	return rc;
}

/* Whether it gets one of those that are given beside it. */
static bool is_in_want(const struct ks_notifier *notifier)
{
	return notifier->row->secret == KS_NOTIFIER_SECRET_MUST && notifier->reference == NULL;
}

static int set_secret(struct ks_notifier *notifier, const char *reference, struct ks_err *err)
{
	if (ks_notifier_resolve(notifier->ctx, reference, &notifier->secret, err) != 0)
		return ks_err_wrap(err, "notifier '%s'", notifier->name);
	/* Files and variables are text; what is none would be cut short somewhere. */
	if (memchr(notifier->secret.p, '\0', notifier->secret.n) != NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "the secret of notifier '%s' holds a NUL", notifier->name);
	if (notifier->row->check_secret != NULL && notifier->row->check_secret(notifier, err) != 0)
		return ks_err_wrap(err, "notifier '%s'", notifier->name);
	return 0;
}

int ks_notifier_set_secrets(struct ks_notifiers *notifiers, const struct ks_ctx *ctx,
	const struct ks_vec *references, struct ks_vec *out_bad, struct ks_err *err)
{
	size_t wanted = 0, given = references->n;

	(void)ctx;
	for (size_t i = 0; i < notifiers->list.n; i++)
		wanted += is_in_want(KS_VEC_AT(&notifiers->list, struct ks_notifier, i));
	if (wanted == 0 && given > 0)
		return ks_err_set(err, KS_ERR_USAGE, "a secret is given, and no notifier needs one");
	if (wanted > 0 && given != 1 && given != wanted && (given > 0 || out_bad == NULL))
		return ks_err_set(err, KS_ERR_USAGE, "%zu secret%s for %zu webhook%s: give one for all, or one each",
			given, given == 1 ? "" : "s", wanted, wanted == 1 ? "" : "s");
	wanted = 0;
	for (size_t i = 0; i < notifiers->list.n; i++) {
		struct ks_notifier *notifier = KS_VEC_AT(&notifiers->list, struct ks_notifier, i);
		const char *reference = notifier->reference;
		struct ks_err why = { 0 };
		int rc = 0;

		if (is_in_want(notifier) && given == 0)
			rc = ks_err_set(&why, KS_ERR_USAGE, "notifier '%s' needs its secret, %s: '--webhook-secret "
				"env:NAME' or 'file:PATH', or 'secret' in the config", notifier->name,
				notifier->row->secret_help);
		else if (is_in_want(notifier))
			reference = *KS_VEC_AT(references, const char *, given == 1 ? 0 : wanted++);
		if (reference != NULL)
			rc = set_secret(notifier, reference, &why);
		if (rc == 0)
			continue;
		if (out_bad == NULL) {
			*err = why;
			return -1;
		}
		*(struct ks_notifier_bad *)ks_vec_push(out_bad) = (struct ks_notifier_bad){ notifier->name, why };
	}
	return 0;
}

int ks_notifier_fail_at(const struct ks_notifier_order *order, struct ks_err *err)
{
	if (order->file == NULL)
		return -1;
	ks_err_set_file(err, order->file);
	err->line = order->line;
	err->column = order->column;
	return -1;
}

const struct ks_notifier *ks_notifier_find(const struct ks_notifiers *notifiers, struct ks_str name)
{
	for (size_t i = 0; i < notifiers->list.n; i++) {
		const struct ks_notifier *notifier = KS_VEC_AT(&notifiers->list, struct ks_notifier, i);

		if (ks_str_is(name, notifier->name))
			return notifier;
	}
	return NULL;
}

/* What makes a notice this one, for receivers that remember what they had. */
static void identify(const struct ks_notice *notice, char out[KS_NOTIFIER_ID])
{
	unsigned char digest[KS_HASH_SIZE];
	struct ks_buf text;

	ks_buf_init(&text, BODY_MAX);
	ks_buf_addf(&text, "notice/1;%" PRId64 ";%" PRId64 ";%" PRId64 ";" KS_STR_FMT ";", notice->id,
		notice->incident_id, notice->created_ms, KS_STR_ARG(notice->notifier));
	ks_buf_add(&text, notice->body);
	ks_hash_sha256(ks_buf_str(&text), digest);
	ks_hash_hex(digest, (KS_NOTIFIER_ID - 1) / 2, out);
	ks_buf_release(&text);
}

/* The three members behind those of the notice. */
static int add_members(const struct ks_notice *notice, struct ks_buf *out, struct ks_err *err)
{
	struct ks_str body = ks_str_trim(notice->body);
	struct ks_json *tail = ks_json_new_object();
	size_t start;

	if (body.n < 2 || body.p[body.n - 1] != '}') {
		ks_json_free(tail);
		return ks_err_set(err, KS_ERR_PARSE, "notice %" PRId64 " of the store is no JSON object",
			notice->id);
	}
	ks_json_add_int(tail, "notice", notice->id);
	ks_json_add_str(tail, "notifier", notice->notifier);
	ks_json_add_bool(tail, "repeated", notice->is_repeated);
	if (body.n > 2)
		ks_buf_add(out, ks_str_sub(body, 0, body.n - 1));
	start = out->n;
	ks_json_render(tail, out);
	ks_json_free(tail);
	if (out->is_full)
		return ks_err_set(err, KS_ERR_LIMIT, "notice %" PRId64 " is longer than %u bytes", notice->id,
			BODY_MAX);
	/* Its opening brace becomes the comma between the two, where there are two. */
	out->p[start] = body.n > 2 ? ',' : '{';
	return 0;
}

static bool is_listed(const struct ks_notifier *notifier, struct ks_str kind)
{
	for (size_t i = 0; i < notifier->kind_count; i++)
		if (ks_str_is_equal(notifier->kinds[i], kind))
			return true;
	return notifier->kind_count == 0;
}

bool ks_notifier_wants(const struct ks_notifier *notifier, const struct ks_notice *notice)
{
	struct ks_json *json = NULL;
	enum ks_level level = KS_LEVEL_CRITICAL;
	struct ks_err ignored = { 0 };
	struct ks_str name;
	bool is_over = ks_str_is(notice->kind, "closed") || ks_str_is(notice->kind, "recovered");

	if (ks_str_is(notice->kind, "test"))
		return true;
	if (is_over && (notifier->row->follows & KS_NOTIFIER_FOLLOWS_END) != 0)
		return true;
	if (ks_str_is(notice->kind, "acknowledged"))
		return (notifier->row->follows & KS_NOTIFIER_FOLLOWS_ACK) != 0 ||
			(notifier->kind_count > 0 && is_listed(notifier, notice->kind));
	if (!is_listed(notifier, notice->kind))
		return false;
	if (notifier->level == KS_LEVEL_NONE || is_over)
		return true;
	/* A heartbeat has no level to speak of: who has a level and wants it, names it. */
	if (ks_str_is(notice->kind, "heartbeat"))
		return notifier->kind_count > 0;
	/* What cannot be judged is sent. */
	if (ks_json_parse(notice->body, &json, &ignored) == 0 && ks_json_find_str(json, "level", &name))
		ks_rule_parse_level(name, &level);
	ks_json_free(json);
	return level >= notifier->level;
}

/* What all notices about one matter have in common. */
static void thread_of(const struct ks_notice *notice, const struct ks_json *json, const char *origin,
	char out[KS_NOTIFIER_THREAD])
{
	unsigned char digest[KS_HASH_SIZE];
	struct ks_str alarm, subject = { NULL, 0 };
	char hex[17];
	struct ks_buf text;

	if (notice->incident_id > 0) {
		snprintf(out, KS_NOTIFIER_THREAD, "%s/incident/%" PRId64, origin, notice->incident_id);
	} else if (ks_json_find_str(json, "alarm", &alarm)) {
		ks_json_find_str(json, "subject", &subject);
		ks_buf_init(&text, BODY_MAX);
		ks_buf_addf(&text, "%zu;", alarm.n);
		ks_buf_add(&text, alarm);
		ks_buf_add(&text, subject);
		ks_hash_sha256(ks_buf_str(&text), digest);
		ks_hash_hex(digest, 8, hex);
		ks_buf_release(&text);
		snprintf(out, KS_NOTIFIER_THREAD, "%s/alarm/%s", origin, hex);
	} else if (ks_str_is(notice->kind, "heartbeat")) {
		snprintf(out, KS_NOTIFIER_THREAD, "%s/heartbeat", origin);
	} else {
		snprintf(out, KS_NOTIFIER_THREAD, "%s/notice/%" PRId64, origin, notice->id);
	}
}

int ks_notifier_send(const struct ks_notifier *notifier, const struct ks_notifier_office *office,
	const struct ks_notice *notice, struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_notifier_message message = { .incident_id = notice->incident_id,
		.number = notice->id,
		.is_repeated = notice->is_repeated,
		.created_ms = notice->created_ms,
		.now_ms = ks_ctx_now(notifier->ctx) };
	struct ks_json *json = NULL;
	struct ks_wording wording;
	struct ks_arena arena;
	struct ks_buf body;
	int rc;

	*out = (struct ks_notifier_answer){ 0 };
	ks_arena_init(&arena);
	ks_buf_init(&body, BODY_MAX);
	rc = add_members(notice, &body, err);
	if (rc == 0)
		rc = ks_json_parse(ks_buf_str(&body), &json, err);
	if (rc != 0) {
		out->is_final = true;
	} else {
		message.body = ks_buf_str(&body);
		message.json = json;
		message.kind = ks_arena_strdup(&arena, notice->kind);
		identify(notice, message.id);
		thread_of(notice, json, office->origin, message.thread);
		ks_wording_make(json, message.kind, notice->is_repeated, &arena, &wording);
		message.wording = &wording;
		notifier->state->office = office;
		rc = notifier->row->send(notifier, &message, out, err);
	}
	ks_json_free(json);
	ks_buf_release(&body);
	ks_arena_release(&arena);
	return rc;
}
