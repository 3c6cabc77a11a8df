/* keysnare sign: AWS Signature Version 4 for a request that is at hand, with its stages. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/sign_job.h"

#include "lib/aws/credentials.h"
#include "lib/base/file.h"
#include "lib/base/time.h"

#include <stdio.h>
#include <string.h>

extern const struct ks_command ks_cmd_sign;

#define REQUEST_MOST (16u * 1024 * 1024)

static const struct ks_opt options[] = {
	{ KS_OPT_VALUE, "request", 0, "FILE", "the request, as HTTP/1.1 text", "standard input", NULL },
	{ KS_OPT_VALUE, "service", 0, "NAME", "signing name of the service: iam, ses, s3 …", NULL, NULL },
	{ KS_OPT_VALUE, "region", 0, "REGION", "region to sign for", "of the environment or the profile", NULL },
	{ KS_OPT_VALUE, "profile", 0, "NAME", "profile of the shared AWS files", "AWS_PROFILE, default", NULL },
	{ KS_OPT_VALUE, "time", 0, "TIME", "time of signing: 2015-08-30T12:36:00Z, 20150830T123600Z", "now",
		NULL },
	{ KS_OPT_FLAG, "query", 0, NULL, "sign in the query: a URL that anyone can use until it expires", NULL,
		NULL },
	{ KS_OPT_VALUE, "expires", 0, "SECONDS", "how long such a URL is good, up to a week", "3600", NULL },
	{ KS_OPT_FLAG, "raw-path", 0, NULL, "take the path as it is, as for S3, for any service", NULL, NULL },
	{ KS_OPT_FLAG, "explain", 0, NULL, "show canonical request and string to sign first", NULL, NULL },
	{ KS_OPT_FLAG, "batch", 0, NULL, "read a request a line as JSON, write an answer a line", NULL, NULL },
};

/* What the command line says of every request. */
static int take_options(const struct ks_app *app, const struct ks_opt_args *args,
	const struct ks_settings *settings, struct ks_sign_job *out, struct ks_err *err)
{
	const char *time = ks_opt_value(args, "time", NULL), *expires = ks_opt_value(args, "expires", NULL);

	*out = (struct ks_sign_job){
		.service = ks_str_of(ks_opt_value(args, "service", "")),
		.region = ks_str_of(settings->region != NULL ? settings->region : ""),
		.time_ms = ks_ctx_now(app->ctx),
		.is_query = ks_opt_has(args, "query"),
		.expires = KS_SIGN_EXPIRES,
		.is_path_raw = ks_opt_has(args, "raw-path"),
	};
	if (time != NULL && !ks_time_parse(ks_str_of(time), &out->time_ms))
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no time", time);
	if (expires != NULL && (!out->is_query || !ks_str_parse_int(ks_str_of(expires), &out->expires)))
		return ks_err_set(err, KS_ERR_USAGE,
			out->is_query ? "'%s' is no number of seconds" : "--expires goes with --query", expires);
	if (out->service.n == 0 && !ks_opt_has(args, "batch"))
		return ks_err_set(err, KS_ERR_USAGE, "say for which service with --service NAME");
	if (out->region.n == 0 && !ks_opt_has(args, "batch"))
		return ks_err_set(err, KS_ERR_USAGE, "say for which region with --region REGION");
	return 0;
}

static void print(struct ks_str s)
{
	fwrite(s.p, 1, s.n, stdout);
}

static void print_stages(const struct ks_sigv4 *result)
{
	printf("canonical request\n-----------------\n");
	print(ks_buf_str(&result->canonical_request));
	printf("\n\nstring to sign\n--------------\n");
	print(ks_buf_str(&result->string_to_sign));
	printf("\n\nsignature\n---------\n");
	print(ks_buf_str(&result->signature));
	printf("\n\n");
}

/* The headers that are still missing, as curl -H @FILE takes them; or the URL. */
static void print_text(const struct ks_sign_job *job, const struct ks_sigv4 *result)
{
	struct ks_buf url;

	if (job->is_query) {
		ks_buf_init(&url, REQUEST_MOST);
		ks_sign_job_add_url(job, result, &url);
		print(ks_buf_str(&url));
		printf("\n");
		ks_buf_release(&url);
		return;
	}
	printf("X-Amz-Date: %s\n", result->date.p);
	if (job->keys.token.n > 0)
		printf("X-Amz-Security-Token: " KS_STR_FMT "\n", KS_STR_ARG(job->keys.token));
	if (ks_sigv4_has_s3_rules(job->service) &&
		ks_message_find(&job->message, "X-Amz-Content-Sha256").p == NULL)
		printf("X-Amz-Content-Sha256: %s\n", result->payload_hash.p);
	printf("Authorization: %s\n", result->authorization.p);
}

static void print_json(const struct ks_sign_job *job, const struct ks_sigv4 *result)
{
	struct ks_json *json = ks_sign_job_json(job, result);
	struct ks_buf line;

	ks_buf_init(&line, SIZE_MAX / 2);
	ks_json_render(json, &line);
	print(ks_buf_str(&line));
	printf("\n");
	ks_buf_release(&line);
	ks_json_free(json);
}

static int sign_one(const struct ks_app *app, const struct ks_opt_args *args, struct ks_str text,
	struct ks_sign_job *job, struct ks_err *err)
{
	struct ks_sigv4 result = { 0 };
	struct ks_arena arena;
	int rc = -1;

	ks_arena_init(&arena);
	if (ks_message_parse(text, &arena, &job->message, err) != 0 || ks_sign_job_run(job, &result, err) != 0)
		goto out;
	if (app->format != KS_FORMAT_TEXT) {
		print_json(job, &result);
	} else {
		if (ks_opt_has(args, "explain"))
			print_stages(&result);
		print_text(job, &result);
	}
	rc = 0;
out:
	ks_message_release(&job->message);
	ks_sigv4_release(&result);
	ks_arena_release(&arena);
	return rc;
}

/* A line that cannot be signed is answered with its error, and the next one goes on. */
static int sign_line(struct ks_str line, const struct ks_sign_job *defaults)
{
	struct ks_sign_job job = { 0 };
	struct ks_sigv4 result = { 0 };
	struct ks_secret secret = { NULL, 0 };
	struct ks_err err = { 0 };
	struct ks_arena arena;
	int rc;

	ks_arena_init(&arena);
	rc = ks_sign_job_parse(line, defaults, &arena, &secret, &job, &err);
	if (rc == 0)
		rc = ks_sign_job_run(&job, &result, &err);
	if (rc == 0) {
		print_json(&job, &result);
	} else {
		struct ks_json *json = ks_json_new_object();
		struct ks_buf text;

		ks_json_add_text(json, "error", err.message);
		ks_buf_init(&text, REQUEST_MOST);
		ks_json_render(json, &text);
		print(ks_buf_str(&text));
		printf("\n");
		ks_buf_release(&text);
		ks_json_free(json);
	}
	ks_message_release(&job.message);
	ks_sigv4_release(&result);
	ks_secret_release(&secret);
	ks_arena_release(&arena);
	return rc;
}

static int sign_all(struct ks_str text, const struct ks_sign_job *defaults)
{
	struct ks_str rest = text, line;
	int status = KS_EXIT_DONE;

	while (ks_str_next(&rest, '\n', &line))
		if (ks_str_trim(line).n > 0 && sign_line(line, defaults) != 0)
			status = KS_EXIT_USAGE;
	return status;
}

/* In a batch every line may bring its own key: then none is needed here. */
static int find_keys(struct ks_settings *settings, bool is_batch, struct ks_credentials *out,
	struct ks_err *err)
{
	struct ks_err why = { 0 };

	if (ks_credentials_get(settings, out, &why) == 0 || (is_batch && why.code == KS_ERR_AUTH))
		return 0;
	*err = why;
	return -1;
}

static int load_request(const struct ks_opt_args *args, struct ks_buf *out, struct ks_err *err)
{
	const char *path = ks_opt_value(args, "request", "-");

	if (strcmp(path, "-") == 0)
		path = "/dev/stdin";
	if (ks_file_load(path, out, err) != 0)
		return ks_err_set_file(err, path);
	return 0;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_credentials credentials = { .expires_ms = KS_TIME_NONE };
	bool is_batch = ks_opt_has(args, "batch");
	struct ks_settings settings = { 0 };
	struct ks_sign_job job = { 0 };
	struct ks_err err = { 0 };
	struct ks_buf text;
	int status = KS_EXIT_DONE;

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_sign, "the request comes from --request FILE or standard input");
	ks_buf_init(&text, is_batch ? SIZE_MAX / 2 : REQUEST_MOST);
	if (ks_settings_load(app->ctx, ks_opt_value(args, "profile", NULL), ks_opt_value(args, "region", NULL),
			&settings, &err) != 0 ||
		take_options(app, args, &settings, &job, &err) != 0 ||
		find_keys(&settings, is_batch, &credentials, &err) != 0 || load_request(args, &text, &err) != 0) {
		status = ks_command_fail(&err);
		goto out;
	}
	job.keys = ks_credentials_keys(&credentials);
	if (is_batch)
		status = sign_all(ks_buf_str(&text), &job);
	else if (sign_one(app, args, ks_buf_str(&text), &job, &err) != 0)
		status = ks_command_fail(&err);
out:
	ks_buf_wipe(&text);
	ks_credentials_release(&credentials);
	ks_settings_release(&settings);
	return status;
}

const struct ks_command ks_cmd_sign = {
	.name = "sign",
	.arguments = "",
	.summary = "sign an HTTP request for AWS, and show how",
	.about =
		"Signs a request with Signature Version 4 and sends nothing. The request is HTTP/1.1 text with a "
		"Host header; the keys come from where AWS's own tools take them. Prints the headers that the "
		"request still needs, the session token among them, as curl -H @FILE takes them; with --query "
		"the signed URL. What this prints is a right to make that call: treat it so. With --format json "
		"the keys are canonical_request, string_to_sign, signature, authorization and url.\n"
		"\n"
		"Services whose name is s3 or begins with s3- have the path taken as it is, send the hash of the "
		"body, and leave the body out of signed URLs. For all others the path is normalized and encoded "
		"once more. A header X-Amz-Content-Sha256 of the request counts as it stands.\n"
		"\n"
		"With --batch each line of input is a JSON object: method, target (path and query), headers "
		"(a list of [name, value]), body or body_base64; and, where the line differs from the "
		"options, service, region, time, query, expires, raw_path, access_key_id, secret_access_key, "
		"session_token. Each answer is a line of JSON as above, or {\"error\": …}.",
	.examples =
		"keysnare sign --service iam --region us-east-1 < request.txt > headers\tthe headers to add\n"
		"keysnare sign --service s3 --region eu-west-1 --query < get.txt\ta URL for an hour\n"
		"keysnare sign --service ses --region eu-west-1 --request r.txt --explain\tevery stage",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
