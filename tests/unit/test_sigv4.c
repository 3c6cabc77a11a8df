/* lib/aws/sigv4. What each stage looks like, and what is refused; that it is what others sign, on thousands
 * of requests, is shown by tests/aws. */
#include "lib/aws/sigv4.h"

#include "lib/base/time.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

struct row {
	const char *name, *path, *query;
	struct ks_sigv4_header headers[4];
	bool is_raw;
	const char *want_path, *want_query, *want_headers;
};

#define H(name, value)               \
	{                                \
		{ name, sizeof(name) - 1 },  \
		{                            \
			value, sizeof(value) - 1 \
		}                            \
	}
#define HOST H("Host", "example.amazonaws.com")
#define WANT_HOST "host:example.amazonaws.com\n"

static const struct row table[] = {
	{ "nothing special", "/", "", { HOST }, false, "/", "", WANT_HOST },
	{ "empty path", "", "", { HOST }, false, "/", "", WANT_HOST },
	{ "dots and slashes go", "//a/./b/../c//", "", { HOST }, false, "/a/c/", "", WANT_HOST },
	{ "never above the root", "/../../a", "", { HOST }, false, "/a", "", WANT_HOST },
	{ "encoded once more", "/a%20b/\xc3\xa4", "", { HOST }, false, "/a%2520b/%C3%A4", "", WANT_HOST },
	{ "as it is", "//a/./b%20c/..", "", { HOST }, true, "//a/./b%20c/..", "", WANT_HOST },
	{ "sorted by name, then value", "/", "b=2&a=3&b=10&a=", { HOST }, false, "/", "a=&a=3&b=10&b=2",
		WANT_HOST },
	{ "no value, nothing", "/", "b&&a", { HOST }, false, "/", "a=&b=", WANT_HOST },
	{ "equals signs in a value", "/", "a=b=c", { HOST }, false, "/", "a=b%3Dc", WANT_HOST },
	{ "one way to encode", "/", "a=%2f&b=/&c=+&d=%zz", { HOST }, false, "/", "a=%2F&b=%2F&c=%2B&d=%25zz",
		WANT_HOST },
	{ "blanks", "/", "", { HOST, H("A", "  a  b\t c "), H("B", "") }, false, "/", "",
		"a:a b c\nb:\n" WANT_HOST },
	{ "the same header again", "/", "", { H("x-B", "2"), HOST, H("X-b", "1"), H("X-A", "a") }, false, "/",
		"", WANT_HOST "x-a:a\nx-b:2,1\n" },
	{ "replaced or not signed", "/", "",
		{ HOST, H("authorization", "a"), H("User-Agent", "u"), H("x-amz-security-token", "t") }, false, "/",
		"", WANT_HOST },
};

static struct ks_sigv4_request request_of(const struct row *row)
{
	struct ks_sigv4_request request = {
		.method = KS_STR("GET"),
		.path = ks_str_of(row->path),
		.query = ks_str_of(row->query),
		.headers = row->headers,
		.service = KS_STR("service"),
		.region = KS_STR("us-east-1"),
		.is_path_raw = row->is_raw,
	};

	while (request.header_count < 4 && row->headers[request.header_count].name.p != NULL)
		request.header_count++;
	assert_true(ks_time_parse(KS_STR("20150830T123600Z"), &request.time_ms));
	return request;
}

static int sign(const struct ks_sigv4_request *request, const char *token, struct ks_sigv4 *out,
	struct ks_err *err)
{
	struct ks_secret secret = { NULL, 0 };
	struct ks_sigv4_keys keys = { KS_STR("AKIDEXAMPLE"), &secret, ks_str_of(token) };
	int rc;

	ks_secret_set(&secret, KS_STR(SECRET));
	rc = ks_sigv4_sign(request, &keys, out, err);
	ks_secret_release(&secret);
	return rc;
}

static void test_canonical(void **state)
{
	const struct row *row = *state;
	struct ks_sigv4_request request = request_of(row);
	struct ks_err err = { 0 };
	struct ks_sigv4 out;
	struct ks_buf want;

	ks_buf_init(&want, 4096);
	assert_int_equal(sign(&request, NULL, &out, &err), 0);
	ks_buf_addf(&want, "GET\n%s\n%s\n", row->want_path, row->want_query);
	assert_memory_equal(out.canonical_request.p, want.p, want.n);
	for (struct ks_str rest = ks_str_of(row->want_headers), line; ks_str_next(&rest, '\n', &line);) {
		char part[128];

		if (line.n == 0)
			continue;
		snprintf(part, sizeof(part), "\n" KS_STR_FMT "\n", KS_STR_ARG(line));
		assert_non_null(strstr(out.canonical_request.p, part));
	}
	assert_null(strstr(out.canonical_request.p, "user-agent"));
	assert_null(strstr(out.canonical_request.p, "security-token"));
	ks_buf_release(&want);
	ks_sigv4_release(&out);
}

/* The vector "get-vanilla" of AWS's Signature Version 4 test suite. */
static void signs_the_published_vector(void **state)
{
	struct ks_sigv4_request request = request_of(&table[0]);
	struct ks_err err = { 0 };
	struct ks_sigv4 out;

	(void)state;
	assert_int_equal(sign(&request, NULL, &out, &err), 0);
	assert_string_equal(out.canonical_request.p,
		"GET\n/\n\nhost:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n\nhost;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(out.string_to_sign.p,
		"AWS4-HMAC-SHA256\n20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63");
	assert_string_equal(out.signature.p, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
	assert_string_equal(out.authorization.p,
		"AWS4-HMAC-SHA256 "
		"Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, "
		"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
	ks_sigv4_release(&out);
}

static void signs_queries(void **state)
{
	struct ks_sigv4_request request = request_of(&table[0]);
	struct ks_err err = { 0 };
	struct ks_sigv4 out;

	(void)state;
	request.query = KS_STR("z=1");
	request.is_query = true;
	request.expires = 60;
	request.is_payload_unsigned = true;
	assert_int_equal(sign(&request, "to+ken", &out, &err), 0);
	assert_non_null(
		strstr(out.query.p, "z=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F"));
	assert_non_null(strstr(out.query.p,
		"&X-Amz-Expires=60&X-Amz-SignedHeaders=host&"
		"X-Amz-Security-Token=to%2Bken&X-Amz-Signature="));
	assert_non_null(strstr(out.canonical_request.p, "\nhost\nUNSIGNED-PAYLOAD"));
	assert_int_equal(out.authorization.n, 0);
	ks_sigv4_release(&out);
}

static void signs_payload_headers(void **state)
{
	static const struct ks_sigv4_header headers[] = { HOST, H("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") };
	struct ks_sigv4_request request = request_of(&table[0]);
	struct ks_err err = { 0 };
	struct ks_sigv4 out;

	(void)state;
	request.body = KS_STR("x");
	request.has_payload_header = true;
	assert_int_equal(sign(&request, "tok", &out, &err), 0);
	assert_non_null(strstr(out.canonical_request.p,
		"\nhost;x-amz-content-sha256;x-amz-date;x-amz-security-token\n"
		"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"));
	ks_sigv4_release(&out);
	request.headers = headers;
	request.header_count = 2;
	assert_int_equal(sign(&request, NULL, &out, &err), 0);
	assert_non_null(
		strstr(out.canonical_request.p, "host;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD"));
	ks_sigv4_release(&out);
}

static void refuses(void **state)
{
	static const struct ks_sigv4_header split[] = { HOST, H("A", "b\nc: d") };
	static const struct ks_sigv4_header odd[] = { HOST, H("A b", "c") };
	struct ks_sigv4_request request = request_of(&table[0]);
	struct ks_sigv4_request broken[5];
	struct ks_sigv4_keys none = { .id = KS_STR("AKIDEXAMPLE") };
	struct ks_err err = { 0 };
	struct ks_sigv4 out;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		broken[i] = request;
	broken[0].header_count = 0;
	broken[1].headers = split;
	broken[2].headers = odd;
	broken[1].header_count = broken[2].header_count = 2;
	broken[3].is_query = broken[4].is_query = true;
	broken[4].expires = KS_SIGV4_EXPIRES_MOST + 1;
	for (size_t i = 0; i < 5; i++) {
		err.code = KS_ERR_NONE;
		assert_int_equal(sign(&broken[i], NULL, &out, &err), -1);
		assert_int_equal(err.code, KS_ERR_USAGE);
		ks_sigv4_release(&out);
	}
	assert_int_equal(ks_sigv4_sign(&request, &none, &out, &err), -1);
	ks_sigv4_release(&out);
}

static void knows_s3(void **state)
{
	(void)state;
	assert_true(ks_sigv4_has_s3_rules(KS_STR("s3")));
	assert_true(ks_sigv4_has_s3_rules(KS_STR("s3-outposts")));
	assert_true(ks_sigv4_has_s3_rules(KS_STR("s3express")));
	assert_false(ks_sigv4_has_s3_rules(KS_STR("s3tables")));
	assert_false(ks_sigv4_has_s3_rules(KS_STR("iam")));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_canonical, table);
	ROWS_TEST(&rows, signs_the_published_vector);
	ROWS_TEST(&rows, signs_queries);
	ROWS_TEST(&rows, signs_payload_headers);
	ROWS_TEST(&rows, refuses);
	ROWS_TEST(&rows, knows_s3);
	return rows_run("sigv4", &rows);
}
