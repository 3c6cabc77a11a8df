/* The table of notifiers, and what all of them have in common. */
#include "lib/notify/notifier.h"

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/codec/hash.h"
#include "lib/codec/json.h"

#include <inttypes.h>
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

static void release_one(struct ks_notifier *notifier)
{
	free(notifier->name);
	free(notifier->target);
	ks_secret_release(&notifier->secret);
}

void ks_notifier_release(struct ks_notifiers *notifiers)
{
	if (notifiers == NULL || notifiers->list.size == 0)
		return;
	for (size_t i = 0; i < notifiers->list.n; i++)
		release_one(KS_VEC_AT(&notifiers->list, struct ks_notifier, i));
	ks_vec_release(&notifiers->list);
}

static const struct ks_notifier_row *find_row(struct ks_str kind)
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
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ks_buf_addf(&names, "%s%s%s%s", i > 0 ? ", " : "", rows[i]->name, rows[i]->target != NULL ? ":" : "",
			rows[i]->target != NULL ? rows[i]->target : "");
	ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is no notifier: there are %s", KS_STR_ARG(kind),
		names.p);
	ks_buf_release(&names);
	return -1;
}

int ks_notifier_add(struct ks_notifiers *notifiers, const struct ks_ctx *ctx, const char *spec,
	struct ks_err *err)
{
	struct ks_str rest = ks_str_of(spec), name = { NULL, 0 }, kind;
	ptrdiff_t equals = ks_str_find(rest, KS_STR("="));
	const struct ks_notifier_row *row;
	struct ks_notifier made;

	/* A target may hold "=" itself; what stands before a name's is a word. */
	if (equals > 0 && is_word(ks_str_sub(rest, 0, (size_t)equals))) {
		name = ks_str_sub(rest, 0, (size_t)equals);
		rest = ks_str_sub(rest, (size_t)equals + 1, rest.n);
	}
	ks_str_next(&rest, ':', &kind);
	row = find_row(kind);
	if (row == NULL)
		return refuse_kind(kind, err);
	if ((row->target != NULL) != (rest.n > 0))
		return ks_err_set(err, KS_ERR_USAGE,
			row->target != NULL ? "notifier '%s' needs a target: %s:%s" : "notifier '%s' takes no target",
			row->name, row->name, row->target);
	if (name.p == NULL)
		name = kind;
	if (ks_notifier_find(notifiers, name) != NULL)
		return ks_err_set(err, KS_ERR_USAGE,
			"there is a notifier '" KS_STR_FMT "' already: name this one, as "
			"in other=%s",
			KS_STR_ARG(name), spec);
	made = (struct ks_notifier){ .row = row,
		.ctx = ctx,
		.name = ks_mem_copy(name.p, name.n),
		.target = ks_mem_copy(rest.p != NULL ? rest.p : "", rest.n) };
	if (row->open != NULL && row->open(&made, err) != 0) {
		release_one(&made);
		return -1;
	}
	*(struct ks_notifier *)ks_vec_push(&notifiers->list) = made;
	return 0;
}

/* "env:NAME" or "file:PATH"; a newline at the end of a file does not belong to the secret. */
static int resolve(const struct ks_ctx *ctx, const char *reference, struct ks_secret *out,
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

int ks_notifier_set_secrets(struct ks_notifiers *notifiers, const struct ks_ctx *ctx,
	const struct ks_vec *references, struct ks_err *err)
{
	size_t wanted = 0, given = references->n;

	for (size_t i = 0; i < notifiers->list.n; i++)
		wanted += KS_VEC_AT(&notifiers->list, struct ks_notifier, i)->row->has_secret;
	if (wanted == 0 && given > 0)
		return ks_err_set(err, KS_ERR_USAGE, "a secret is given, and no notifier needs one");
	if (wanted > 0 && given != 1 && given != wanted)
		return ks_err_set(err, KS_ERR_USAGE, "%zu secret%s for %zu webhook%s: give one for all, or one each",
			given, given == 1 ? "" : "s", wanted, wanted == 1 ? "" : "s");
	wanted = 0;
	for (size_t i = 0; i < notifiers->list.n; i++) {
		struct ks_notifier *notifier = KS_VEC_AT(&notifiers->list, struct ks_notifier, i);

		if (notifier->row->has_secret &&
			resolve(ctx, *KS_VEC_AT(references, const char *, given == 1 ? 0 : wanted++), &notifier->secret,
				err) != 0)
			return -1;
	}
	return 0;
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

int ks_notifier_send(const struct ks_notifier *notifier, const struct ks_notice *notice,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_notifier_message message = { .incident_id = notice->incident_id,
		.is_repeated = notice->is_repeated,
		.now_ms = ks_ctx_now(notifier->ctx) };
	struct ks_arena arena;
	struct ks_buf body;
	int rc;

	*out = (struct ks_notifier_answer){ 0 };
	ks_arena_init(&arena);
	ks_buf_init(&body, BODY_MAX);
	rc = add_members(notice, &body, err);
	if (rc != 0) {
		out->is_final = true;
	} else {
		message.body = ks_buf_str(&body);
		message.kind = ks_arena_strdup(&arena, notice->kind);
		identify(notice, message.id);
		rc = notifier->row->send(notifier, &message, out, err);
	}
	ks_buf_release(&body);
	ks_arena_release(&arena);
	return rc;
}
