/* Signature Version 4. */
#include "lib/aws/sigv4.h"

#include "lib/base/arena.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/codec/hash.h"
#include "lib/codec/uri.h"

#include <stdio.h>
#include <string.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define MOST (64u * 1024 * 1024) /* bytes of any stage; the body is none */

/* What a stage needs of the ones before it. */
struct work {
	const struct ks_sigv4_request *request;
	const struct ks_sigv4_keys *keys;
	struct ks_arena arena;
	struct ks_vec headers; /* struct pair, those that are signed, sorted */
	struct ks_vec query; /* struct pair, encoded, sorted */
	struct ks_buf signed_headers; /* "host;x-amz-date" */
	struct ks_buf scope; /* "20150830/us-east-1/iam/aws4_request" */
	struct ks_sigv4 *out;
};

struct pair {
	struct ks_str name;
	struct ks_str value;
	size_t at; /* as it stood, for headers of the same name */
};

bool ks_sigv4_has_s3_rules(struct ks_str service)
{
	return ks_str_is(service, "s3") || ks_str_has_prefix(service, KS_STR("s3-")) ||
		ks_str_is(service, "s3express");
}

static bool is_any(struct ks_str name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ks_str_is(name, list[i]))
			return true;
	return false;
}

/* Names are in lower case here. */
static bool is_replaced(struct ks_str name)
{
	static const char *const names[] = { "authorization", "x-amz-date", "x-amz-security-token" };

	return is_any(name, names, sizeof(names) / sizeof(names[0]));
}

static bool is_changed_on_the_way(struct ks_str name)
{
	static const char *const names[] = { "baggage", "connection", "expect", "keep-alive",
		"proxy-authenticate", "proxy-authorization", "te", "traceparent", "tracestate", "trailer",
		"transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id" };

	return is_any(name, names, sizeof(names) / sizeof(names[0]));
}

static bool is_token(struct ks_str name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", c) != NULL)
			return false;
	}
	return name.n > 0;
}

static struct ks_str lowered(struct ks_arena *arena, struct ks_str s)
{
	char *p = ks_arena_strdup(arena, s);

	for (size_t i = 0; i < s.n; i++)
		p[i] = ks_str_lower(p[i]);
	return (struct ks_str){ p, s.n };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

/* Without blanks around it; a run of them inside is one. */
static struct ks_str squeezed(struct ks_arena *arena, struct ks_str s)
{
	char *p = ks_arena_alloc(arena, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!is_blank(s.p[i]))
			p[n++] = s.p[i];
		else if (n > 0 && p[n - 1] != ' ')
			p[n++] = ' ';
	}
	if (n > 0 && p[n - 1] == ' ')
		n--;
	return (struct ks_str){ p, n };
}

static void push(struct ks_vec *pairs, struct ks_str name, struct ks_str value)
{
	size_t at = pairs->n;

	*(struct pair *)ks_vec_push(pairs) = (struct pair){ name, value, at };
}

static int compare_headers(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = ks_str_compare(x->name, y->name);

	return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static int compare_parameters(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = ks_str_compare(x->name, y->name);

	return order != 0 ? order : ks_str_compare(x->value, y->value);
}

static int take_headers(struct work *work, struct ks_str *out_payload, struct ks_err *err)
{
	const struct ks_sigv4_request *request = work->request;
	bool has_host = false;

	for (size_t i = 0; i < request->header_count; i++) {
		const struct ks_sigv4_header *header = &request->headers[i];
		struct ks_str name = lowered(&work->arena, header->name);

		if (!is_token(name) ||
			memchr(header->value.p != NULL ? header->value.p : "", '\n', header->value.n) != NULL)
			return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' cannot be sent as a header",
				KS_STR_ARG(header->name));
		if (is_replaced(name) || is_changed_on_the_way(name))
			continue;
		has_host = has_host || ks_str_is(name, "host");
		push(&work->headers, name, squeezed(&work->arena, header->value));
		if (ks_str_is(name, "x-amz-content-sha256"))
			*out_payload = KS_VEC_AT(&work->headers, struct pair, work->headers.n - 1)->value;
	}
	if (!has_host)
		return ks_err_set(err, KS_ERR_USAGE, "the request has no header 'Host', which must be signed");
	return 0;
}

/* The headers that signing adds, which are signed as well. */
static void add_own_headers(struct work *work, bool has_payload_header)
{
	const struct ks_sigv4_request *request = work->request;

	if (!request->is_query) {
		push(&work->headers, KS_STR("x-amz-date"), ks_buf_str(&work->out->date));
		if (work->keys->token.n > 0)
			push(&work->headers, KS_STR("x-amz-security-token"), squeezed(&work->arena, work->keys->token));
		if (request->has_payload_header && !has_payload_header)
			push(&work->headers, KS_STR("x-amz-content-sha256"), ks_buf_str(&work->out->payload_hash));
	}
	ks_vec_sort(&work->headers, compare_headers);
	for (size_t i = 0; i < work->headers.n; i++) {
		const struct pair *pair = KS_VEC_AT(&work->headers, struct pair, i);

		if (i > 0 && ks_str_is_equal(pair->name, pair[-1].name))
			continue;
		if (work->signed_headers.n > 0)
			ks_buf_addc(&work->signed_headers, ';');
		ks_buf_add(&work->signed_headers, pair->name);
	}
}

static void set_payload_hash(struct work *work, struct ks_str given)
{
	const struct ks_sigv4_request *request = work->request;
	unsigned char digest[KS_HASH_SIZE];
	char hex[KS_HASH_HEX];

	if (given.p != NULL) {
		ks_buf_add(&work->out->payload_hash, given);
	} else if (request->is_payload_unsigned) {
		ks_buf_adds(&work->out->payload_hash, KS_SIGV4_UNSIGNED);
	} else {
		ks_hash_sha256(request->body.p != NULL ? request->body : KS_STR(""), digest);
		ks_hash_hex(digest, sizeof(digest), hex);
		ks_buf_adds(&work->out->payload_hash, hex);
	}
}

static void set_times(struct work *work)
{
	const struct ks_sigv4_request *request = work->request;
	struct ks_time_parts t = ks_time_split(request->time_ms);

	ks_buf_addf(&work->out->date, "%04d%02d%02dT%02d%02d%02dZ", t.year, t.month, t.day, t.hour, t.minute,
		t.second);
	ks_buf_addf(&work->scope, "%04d%02d%02d/" KS_STR_FMT "/" KS_STR_FMT "/aws4_request", t.year, t.month,
		t.day, KS_STR_ARG(request->region), KS_STR_ARG(request->service));
}

static struct ks_str recoded(struct ks_arena *arena, struct ks_str s)
{
	struct ks_buf plain, encoded;
	struct ks_str result;

	ks_buf_init(&plain, MOST);
	ks_buf_init(&encoded, MOST);
	ks_uri_decode(&plain, s);
	ks_uri_add(&encoded, ks_buf_str(&plain));
	result = ks_arena_copy(arena, ks_buf_str(&encoded));
	ks_buf_release(&plain);
	ks_buf_release(&encoded);
	return result;
}

/* A parameter of ours, into the query that is sent and the one that is signed. */
static void add_parameter(struct work *work, const char *name, struct ks_str value)
{
	struct ks_buf encoded;

	ks_buf_init(&encoded, MOST);
	ks_uri_add(&encoded, value);
	if (work->out->query.n > 0)
		ks_buf_addc(&work->out->query, '&');
	ks_buf_addf(&work->out->query, "%s=", name);
	ks_buf_add(&work->out->query, ks_buf_str(&encoded));
	push(&work->query, ks_str_of(name), ks_arena_copy(&work->arena, ks_buf_str(&encoded)));
	ks_buf_release(&encoded);
}

static void add_signing_parameters(struct work *work)
{
	char *credential = ks_arena_printf(&work->arena, KS_STR_FMT "/" KS_STR_FMT, KS_STR_ARG(work->keys->id),
		KS_STR_ARG(ks_buf_str(&work->scope)));
	char expires[24];

	snprintf(expires, sizeof(expires), "%lld", (long long)work->request->expires);
	add_parameter(work, "X-Amz-Algorithm", KS_STR(ALGORITHM));
	add_parameter(work, "X-Amz-Credential", ks_str_of(credential));
	add_parameter(work, "X-Amz-Date", ks_buf_str(&work->out->date));
	add_parameter(work, "X-Amz-Expires", ks_str_of(expires));
	add_parameter(work, "X-Amz-SignedHeaders", ks_buf_str(&work->signed_headers));
	if (work->keys->token.n > 0)
		add_parameter(work, "X-Amz-Security-Token", work->keys->token);
}

static void take_query(struct work *work)
{
	struct ks_str rest = work->request->query, part;

	ks_buf_add(&work->out->query, work->request->query);
	while (ks_str_next(&rest, '&', &part)) {
		struct ks_str value = part, name;

		if (part.n == 0)
			continue;
		ks_str_next(&value, '=', &name);
		push(&work->query, recoded(&work->arena, name), recoded(&work->arena, value));
	}
	if (work->request->is_query)
		add_signing_parameters(work);
	ks_vec_sort(&work->query, compare_parameters);
}

/* Without "." and ".." (RFC 3986, 5.2.4) and without empty parts, each one encoded once more. */
static void add_normalized_path(struct ks_buf *out, struct ks_str path)
{
	struct ks_vec parts = KS_VEC_OF(struct ks_str);
	struct ks_str rest = path, part;

	while (ks_str_next(&rest, '/', &part)) {
		if (part.n == 0 || ks_str_is(part, "."))
			continue;
		if (!ks_str_is(part, ".."))
			*(struct ks_str *)ks_vec_push(&parts) = part;
		else if (parts.n > 0)
			parts.n--;
	}
	for (size_t i = 0; i < parts.n; i++) {
		ks_buf_addc(out, '/');
		ks_uri_add(out, *KS_VEC_AT(&parts, struct ks_str, i));
	}
	if (parts.n == 0 || (path.n > 0 && path.p[path.n - 1] == '/'))
		ks_buf_addc(out, '/');
	ks_vec_release(&parts);
}

static void render_canonical(struct work *work)
{
	struct ks_buf *out = &work->out->canonical_request;
	const struct ks_sigv4_request *request = work->request;

	ks_buf_add(out, request->method);
	ks_buf_addc(out, '\n');
	if (!request->is_path_raw)
		add_normalized_path(out, request->path);
	else
		ks_buf_add(out, request->path.n > 0 ? request->path : KS_STR("/"));
	ks_buf_addc(out, '\n');
	for (size_t i = 0; i < work->query.n; i++) {
		const struct pair *pair = KS_VEC_AT(&work->query, struct pair, i);

		if (i > 0)
			ks_buf_addc(out, '&');
		ks_buf_add(out, pair->name);
		ks_buf_addc(out, '=');
		ks_buf_add(out, pair->value);
	}
	for (size_t i = 0; i < work->headers.n; i++) {
		const struct pair *pair = KS_VEC_AT(&work->headers, struct pair, i);

		if (i > 0 && ks_str_is_equal(pair->name, pair[-1].name)) {
			ks_buf_addc(out, ',');
		} else {
			ks_buf_addc(out, '\n');
			ks_buf_add(out, pair->name);
			ks_buf_addc(out, ':');
		}
		ks_buf_add(out, pair->value);
	}
	ks_buf_adds(out, "\n\n");
	ks_buf_add(out, ks_buf_str(&work->signed_headers));
	ks_buf_addc(out, '\n');
	ks_buf_add(out, ks_buf_str(&work->out->payload_hash));
}

static void render_string_to_sign(struct work *work)
{
	unsigned char digest[KS_HASH_SIZE];
	char hex[KS_HASH_HEX];

	ks_hash_sha256(ks_buf_str(&work->out->canonical_request), digest);
	ks_hash_hex(digest, sizeof(digest), hex);
	ks_buf_addf(&work->out->string_to_sign, "%s\n%s\n" KS_STR_FMT "\n%s", ALGORITHM, work->out->date.p,
		KS_STR_ARG(ks_buf_str(&work->scope)), hex);
}

/* The key is derived a level at a time: date, Region, service, end. Nothing of it stays behind. */
static void render_signature(struct work *work)
{
	struct ks_str rest = ks_buf_str(&work->scope), level;
	unsigned char key[KS_HASH_SIZE], next[KS_HASH_SIZE];
	char hex[KS_HASH_HEX];
	struct ks_buf first;

	ks_buf_init(&first, MOST);
	ks_buf_adds(&first, "AWS4");
	ks_buf_add(&first, ks_secret_reveal(work->keys->secret));
	ks_str_next(&rest, '/', &level);
	ks_hash_hmac(ks_buf_str(&first), level, key);
	ks_buf_wipe(&first);
	for (int i = 0; i < 3; i++) {
		level = i == 0 ? work->request->region : i == 1 ? work->request->service : KS_STR("aws4_request");
		ks_hash_hmac((struct ks_str){ (const char *)key, sizeof(key) }, level, next);
		memcpy(key, next, sizeof(key));
	}
	ks_hash_hmac((struct ks_str){ (const char *)key, sizeof(key) }, ks_buf_str(&work->out->string_to_sign),
		next);
	ks_hash_hex(next, sizeof(next), hex);
	ks_buf_adds(&work->out->signature, hex);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(next, sizeof(next));
}

static void render_result(struct work *work)
{
	struct ks_sigv4 *out = work->out;

	if (work->request->is_query)
		ks_buf_addf(&out->query, "&X-Amz-Signature=%s", out->signature.p);
	else
		ks_buf_addf(&out->authorization, "%s Credential=" KS_STR_FMT "/%s, SignedHeaders=%s, Signature=%s",
			ALGORITHM, KS_STR_ARG(work->keys->id), work->scope.p, work->signed_headers.p, out->signature.p);
}

static int check(const struct ks_sigv4_request *request, const struct ks_sigv4_keys *keys,
	struct ks_err *err)
{
	if (keys->id.n == 0 || keys->secret == NULL || keys->secret->n == 0)
		return ks_err_set(err, KS_ERR_USAGE, "signing needs an access key id and a secret access key");
	if (request->service.n == 0 || request->region.n == 0 || request->method.n == 0)
		return ks_err_set(err, KS_ERR_USAGE, "signing needs a method, a service and a region");
	if (request->is_query && (request->expires < 1 || request->expires > KS_SIGV4_EXPIRES_MOST))
		return ks_err_set(err, KS_ERR_USAGE, "a signed URL expires after 1 to %d seconds",
			KS_SIGV4_EXPIRES_MOST);
	return 0;
}

int ks_sigv4_sign(const struct ks_sigv4_request *request, const struct ks_sigv4_keys *keys,
	struct ks_sigv4 *out, struct ks_err *err)
{
	struct work work = { .request = request,
		.keys = keys,
		.headers = KS_VEC_OF(struct pair),
		.query = KS_VEC_OF(struct pair),
		.out = out };
	struct ks_str payload = { NULL, 0 };
	struct ks_buf *stages[] = { &out->canonical_request, &out->string_to_sign, &out->signature,
		&out->authorization, &out->date, &out->payload_hash, &out->query, &work.signed_headers,
		&work.scope };
	int rc = -1;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		ks_buf_init(stages[i], MOST);
	ks_arena_init(&work.arena);
	if (check(request, keys, err) != 0 || take_headers(&work, &payload, err) != 0)
		goto out;
	set_times(&work);
	set_payload_hash(&work, payload);
	add_own_headers(&work, payload.p != NULL);
	take_query(&work);
	render_canonical(&work);
	render_string_to_sign(&work);
	render_signature(&work);
	render_result(&work);
	rc = 0;
out:
	ks_vec_release(&work.headers);
	ks_vec_release(&work.query);
	ks_buf_release(&work.signed_headers);
	ks_buf_release(&work.scope);
	ks_arena_release(&work.arena);
	return rc;
}

void ks_sigv4_release(struct ks_sigv4 *signed_request)
{
	struct ks_buf *stages[] = { &signed_request->canonical_request, &signed_request->string_to_sign,
		&signed_request->signature, &signed_request->authorization, &signed_request->date,
		&signed_request->payload_hash, &signed_request->query };

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		ks_buf_release(stages[i]);
}
