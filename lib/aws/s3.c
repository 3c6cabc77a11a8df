/* Calls of S3. */
#include "lib/aws/s3.h"

#include "lib/aws/fault.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/codec/uri.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_WITHOUT_BYTES 3u       /* connections in a row that brought nothing of an object */
#define CLOCK_MS INT64_C(1000)       /* AWS's clock is known in whole seconds */

struct ks_s3 {
	struct ks_client *client;
	struct ks_settings *settings;
	char *bucket;
	char owner[16];                  /* "": anybody */
	char region[64];                 /* "": the settings' */
};

bool ks_s3_parse(const char *spec, struct ks_str *out_bucket, struct ks_str *out_prefix)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	struct ks_str rest = ks_str_of(spec), bucket;

	if (!ks_str_has_prefix(rest, KS_STR("s3://")))
		return false;
	rest = ks_str_sub(rest, strlen("s3://"), rest.n);
	if (!ks_str_next(&rest, '/', &bucket) || bucket.n < 3 || bucket.n > 255 || rest.n > KS_S3_KEY)
		return false;
	for (size_t i = 0; i < bucket.n; i++)
		if (memchr(letters, bucket.p[i], sizeof(letters) - 1) == NULL)
			return false;
	*out_bucket = bucket;
	*out_prefix = rest;
	return true;
}

struct ks_s3 *ks_s3_new(struct ks_client *client, struct ks_settings *settings, struct ks_str bucket)
{
	struct ks_s3 *s3 = ks_mem_alloc(sizeof(*s3));

	s3->client = client;
	s3->settings = settings;
	s3->bucket = ks_mem_copy(bucket.p, bucket.n);
	/* Whoever named no Region need not: the bucket's is told by the first answer. */
	if (settings->region == NULL)
		snprintf(s3->region, sizeof(s3->region), "us-east-1");
	return s3;
}

void ks_s3_free(struct ks_s3 *s3)
{
	if (s3 == NULL)
		return;
	free(s3->bucket);
	free(s3);
}

void ks_s3_set_owner(struct ks_s3 *s3, struct ks_str owner)
{
	snprintf(s3->owner, sizeof(s3->owner), KS_STR_FMT, KS_STR_ARG(owner));
}

/* The answer was that the bucket lies in another Region than the one asked. */
static bool has_moved(struct ks_s3 *s3, const struct ks_err *err)
{
	const char *told = ks_client_told_region(s3->client);
	const char *asked = s3->region[0] != '\0' ? s3->region : s3->settings->region;

	if ((err->http_status != 301 && err->http_status != 307 && err->http_status != 400) || told[0] == '\0' ||
		strcmp(told, asked) == 0 || ks_partition_of_region(ks_str_of(told)) == NULL)
		return false;
	snprintf(s3->region, sizeof(s3->region), "%s", told);
	return true;
}

/* One call to the bucket, wherever it is; the parameters have room for one more. */
static int ask(struct ks_s3 *s3, struct ks_client_request *request, struct ks_wire_parameter *parameters,
	struct ks_client_reply *out, struct ks_err *err)
{
	struct ks_err why = { 0 };

	if (s3->owner[0] != '\0')
		parameters[request->parameter_count++] =
			(struct ks_wire_parameter){ "x-amz-expected-bucket-owner", ks_str_of(s3->owner), false };
	request->parameters = parameters;
	request->service = "s3";
	for (bool is_second = false;; is_second = true) {
		request->region = s3->region[0] != '\0' ? s3->region : NULL;
		if (ks_client_call(s3->client, request, out, &why) == 0)
			return 0;
		if (is_second || !has_moved(s3, &why)) {
			*err = why;
			return -1;
		}
		why = (struct ks_err){ 0 };
	}
}

/* ---- keys ---------------------------------------------------------------------------------------- */

/* A key as it is; S3 writes "+" for a blank where it encodes. */
static struct ks_str decoded(struct ks_str text, bool is_encoded, struct ks_arena *arena)
{
	struct ks_buf out, blanks;
	struct ks_str copy;

	if (!is_encoded)
		return ks_arena_copy(arena, text);
	ks_buf_init(&blanks, SIZE_MAX / 2);
	ks_buf_init(&out, SIZE_MAX / 2);
	for (size_t i = 0; i < text.n; i++)
		ks_buf_addc(&blanks, text.p[i] == '+' ? ' ' : text.p[i]);
	ks_uri_decode(&out, ks_buf_str(&blanks));
	copy = ks_arena_copy(arena, ks_buf_str(&out));
	ks_buf_release(&out);
	ks_buf_release(&blanks);
	return copy;
}

static void take_object(const struct ks_xml *node, bool is_encoded, struct ks_s3_page *out)
{
	struct ks_s3_object object = { .key = decoded(ks_xml_text(node, "Key"), is_encoded, &out->arena),
		.etag = ks_arena_copy(&out->arena, ks_xml_text(node, "ETag")), .modified_ms = KS_TIME_NONE };

	/* One without a time counts as new, whenever it is looked at. */
	if (!ks_time_parse(ks_xml_text(node, "LastModified"), &object.modified_ms))
		object.modified_ms = INT64_MAX;
	if (!ks_str_parse_int(ks_xml_text(node, "Size"), &object.size) || object.size < 0)
		object.size = 0;
	if (object.key.n > 0)
		*(struct ks_s3_object *)ks_vec_push(&out->objects) = object;
}

static int read_page(const struct ks_client_reply *reply, struct ks_s3_page *out, struct ks_err *err)
{
	bool is_encoded = ks_str_is(ks_xml_text(reply->xml, "EncodingType"), "url");

	if (reply->xml == NULL || !ks_str_is(reply->xml->name, "ListBucketResult"))
		return ks_err_set(err, KS_ERR_PARSE, "S3 ListObjectsV2: the answer is no list of objects");
	for (const struct ks_xml *node = reply->xml->child; node != NULL; node = node->next)
		if (ks_str_is(node->name, "Contents"))
			take_object(node, is_encoded, out);
		else if (ks_str_is(node->name, "CommonPrefixes"))
			*(struct ks_str *)ks_vec_push(&out->prefixes) =
				decoded(ks_xml_text(node, "Prefix"), is_encoded, &out->arena);
	if (!ks_str_is(ks_xml_text(reply->xml, "IsTruncated"), "true"))
		return 0;
	out->token = ks_arena_copy(&out->arena, ks_xml_text(reply->xml, "NextContinuationToken"));
	if (out->token.n == 0)
		return ks_err_set(err, KS_ERR_PARSE, "S3 ListObjectsV2: there is more, and no way to it");
	return 0;
}

int ks_s3_list(struct ks_s3 *s3, const struct ks_s3_query *query, struct ks_s3_page *out, struct ks_err *err)
{
	struct ks_wire_parameter parameters[8];
	struct ks_client_request request = { .operation = "ListObjectsV2" };
	struct ks_client_reply reply = { 0 };
	int64_t before = ks_ctx_now(s3->settings->ctx);
	struct ks_s3_page page = { .objects = KS_VEC_OF(struct ks_s3_object),
		.prefixes = KS_VEC_OF(struct ks_str) };
	char most[16];
	size_t n = 0;
	int rc;

	snprintf(most, sizeof(most), "%u", query->most > 0 ? query->most : KS_S3_PAGE);
	parameters[n++] = (struct ks_wire_parameter){ "Bucket", ks_str_of(s3->bucket), false };
	if (query->prefix.n > 0)
		parameters[n++] = (struct ks_wire_parameter){ "prefix", query->prefix, false };
	if (query->delimiter.n > 0)
		parameters[n++] = (struct ks_wire_parameter){ "delimiter", query->delimiter, false };
	if (query->token.n > 0)
		parameters[n++] = (struct ks_wire_parameter){ "continuation-token", query->token, false };
	else if (query->after.n > 0)
		parameters[n++] = (struct ks_wire_parameter){ "start-after", query->after, false };
	parameters[n++] = (struct ks_wire_parameter){ "max-keys", ks_str_of(most), false };
	request.parameter_count = n;
	if (ask(s3, &request, parameters, &reply, err) != 0)
		return -1;
	ks_arena_init(&page.arena);
	page.asked_ms = before + ks_client_skew(s3->client) - CLOCK_MS;
	rc = read_page(&reply, &page, err);
	ks_client_release(&reply);
	if (rc == 0)
		*out = page;
	else
		ks_s3_release(&page);
	return rc;
}

void ks_s3_release(struct ks_s3_page *page)
{
	ks_vec_release(&page->objects);
	ks_vec_release(&page->prefixes);
	ks_arena_release(&page->arena);
	*page = (struct ks_s3_page){ .token = { NULL, 0 } };
}

/* ---- objects ------------------------------------------------------------------------------------- */

struct getting {
	const struct ks_s3_sink *sink;
	char etag[256];                  /* of what came; "": nothing did, or it has none */
	uint64_t got;
	bool is_range;                   /* it was asked for what is behind got */
};

static int take_bytes(void *arg, const struct ks_http_reply *reply, struct ks_str bytes, struct ks_err *err)
{
	struct getting *getting = arg;
	struct ks_str etag = ks_http_header(reply, "ETag");

	/* Whoever was asked for a part and answers with all of it begins anew. */
	if (getting->is_range && reply->status != 206) {
		if (getting->sink->begin(getting->sink->arg, err) != 0)
			return -1;
		getting->got = 0;
	}
	getting->is_range = false;
	if (getting->got == 0)
		snprintf(getting->etag, sizeof(getting->etag), KS_STR_FMT, KS_STR_ARG(etag));
	if (getting->sink->take(getting->sink->arg, bytes, err) != 0)
		return -1;
	getting->got += bytes.n;
	return 0;
}

/* Whether what was got can be gone on with; else it is begun anew. */
static int go_on(struct getting *getting, struct ks_err *err)
{
	if (getting->got == 0 || getting->etag[0] != '\0')
		return 0;
	getting->got = 0;
	return getting->sink->begin(getting->sink->arg, err);
}

static int get_once(struct ks_s3 *s3, struct ks_str key, struct ks_str etag, struct getting *getting,
	struct ks_err *err)
{
	struct ks_wire_parameter parameters[8];
	struct ks_client_request request = { .operation = "GetObject", .sink = take_bytes, .sink_arg = getting };
	struct ks_client_reply reply = { 0 };
	char range[48];
	size_t n = 0;

	parameters[n++] = (struct ks_wire_parameter){ "Bucket", ks_str_of(s3->bucket), false };
	parameters[n++] = (struct ks_wire_parameter){ "Key", key, false };
	getting->is_range = getting->got > 0;
	if (getting->is_range) {
		snprintf(range, sizeof(range), "bytes=%" PRIu64 "-", getting->got);
		parameters[n++] = (struct ks_wire_parameter){ "Range", ks_str_of(range), false };
		etag = ks_str_of(getting->etag);
	}
	if (etag.n > 0)
		parameters[n++] = (struct ks_wire_parameter){ "If-Match", etag, false };
	request.parameter_count = n;
	if (ask(s3, &request, parameters, &reply, err) != 0)
		return -1;
	ks_client_release(&reply);
	return 0;
}

int ks_s3_get(struct ks_s3 *s3, struct ks_str key, struct ks_str etag, const struct ks_s3_sink *sink,
	struct ks_err *err)
{
	struct getting getting = { .sink = sink };
	unsigned tries = 0;

	for (;;) {
		uint64_t before = getting.got;
		struct ks_err why = { 0 };

		if (get_once(s3, key, etag, &getting, &why) == 0)
			return 0;
		/* All of it came, and only the end of the connection was missed. */
		if (why.http_status == 416 && before > 0 && getting.got == before)
			return 0;
		tries = getting.got > before ? 1 : tries + 1;
		if (!ks_fault_is_transient(&why) || tries >= TRIES_WITHOUT_BYTES ||
			ks_ctx_is_stopping(s3->settings->ctx)) {
			*err = why;
			return -1;
		}
		if (go_on(&getting, err) != 0)
			return -1;
	}
}
