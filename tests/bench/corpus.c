/*
 * A made-up trail of any size, always the same for the same numbers: accounts, callers, services and sizes
 * like those of real CloudTrail files, with a few planted records whose number is known. It writes
 * OUT/trails/ (the files), OUT/decoys-1, -1000, -1000000 (lists of key ids; the leaked one comes first) and
 * OUT/manifest: what was made, how large its records are, and what must be found.
 */
#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "tests/bench/calls.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <zlib.h>

#define TEXT (1u << 20) /* bytes of text handed to the compressor at a time */
#define PLANTED 20u /* records that are not noise */
#define USES 10u /* of them: the leaked key signs */
#define ESCAPED 2u /* of these: in an escaped spelling */
#define SES 8u /* of them: SES calls by somebody else's key */
#define CALLERS 200u /* principals busy in one file */
#define USERS 25u /* of them: users with long-term keys; they come first */
#define IDS 64u /* of things, at a time */
#define SMALL 200000u /* bytes of text: below, a file has fewer callers */
#define SIZES 8192u /* records of each size are counted; longer ones count as the longest */
#define MAX_JOBS 64
#define LEVEL 6 /* of compression: the ratio of real files */

struct plan {
	const char *out;
	uint64_t seed, bytes, files;
	bool is_even, is_plain; /* files of one size; not compressed */
	unsigned jobs, keys; /* keys: percent of records by a long-term key */
	double *weights, weight; /* of each file, and their sum */
	atomic_size_t next;
	atomic_ullong records, text, written;
	atomic_ullong by_size[SIZES], by_key;
	char leaked[21];
};

struct rng {
	uint64_t state;
};

/* One principal; its identity is always the same text. */
struct caller {
	char identity[1024];
	char address[48];
	const char *agent;
};

struct file {
	struct plan *plan;
	size_t number;
	struct rng rng;
	struct caller callers[CALLERS];
	const struct caller *last_caller;
	const struct bench_call *last_call;
	char ids[IDS][20];
	char account[13];
	const char *region;
	time_t time;
	FILE *to;
	z_stream z;
	struct ks_buf text;
	unsigned char packed[TEXT];
	bool is_small;
	uint64_t done, records, by_key;
	uint32_t by_size[SIZES];
};

static void die(const char *what)
{
	fprintf(stderr, "corpus: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t draw(struct rng *rng)
{
	uint64_t z = rng->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static unsigned below(struct rng *rng, unsigned n)
{
	return (unsigned)((draw(rng) >> 32) * n >> 32);
}

static void fill(struct rng *rng, const char *alphabet, char *out, size_t n)
{
	size_t letters = strlen(alphabet);

	for (size_t i = 0; i < n; i++)
		out[i] = alphabet[below(rng, (unsigned)letters)];
	out[n] = '\0';
}

/* A key or principal id: prefix and sixteen more. */
static void make_id(struct rng *rng, const char *prefix, char out[32])
{
	size_t n = strlen(prefix);

	memcpy(out, prefix, n);
	fill(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", out + n, 20 > n ? 20 - n : 1);
}

static void add_uuid(struct ks_buf *out, struct rng *rng)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t bits[2] = { draw(rng), draw(rng) };
	char text[36];

	for (unsigned i = 0, digit = 0; i < sizeof(text); i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			text[i] = '-';
			continue;
		}
		text[i] = hex[bits[digit / 16] >> digit % 16 * 4 & 15];
		digit++;
	}
	ks_buf_add(out, (struct ks_str){ text, sizeof(text) });
}

static void add_time(struct ks_buf *out, time_t time)
{
	struct tm tm;
	char text[24];

	gmtime_r(&time, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	ks_buf_adds(out, text);
}

static void make_user(struct file *file, struct caller *caller, unsigned number)
{
	char id[32], key[32];

	make_id(&file->rng, "AIDA", id);
	make_id(&file->rng, "AKIAY", key);
	snprintf(caller->identity, sizeof(caller->identity),
		"{\"type\":\"IAMUser\",\"principalId\":\"%s\",\"arn\":\"arn:aws:iam::%s:user/svc-%u\","
		"\"accountId\":\"%s\",\"accessKeyId\":\"%s\",\"userName\":\"svc-%u\"}",
		id, file->account, number, file->account, key, number);
}

static void make_role(struct file *file, struct caller *caller, unsigned number)
{
	static const char *const roles[] = { "web-frontend-task", "ci-deployer", "eks-node-group",
		"lambda-orders", "AWSReservedSSO_ReadOnlyAccess", "AWSServiceRoleForConfig", "datadog-integration",
		"backup-runner" };
	static const char *const times[] = { "2026-11-21T09:58:11Z", "2026-11-21T08:20:47Z",
		"2026-11-21T10:04:35Z" };
	static const char *const more[] = { "", "\"webIdFederationData\":{},", "" };
	const char *role = roles[number % 8];
	char principal[32], session[20], key[32];

	make_id(&file->rng, "AROA", principal);
	make_id(&file->rng, "ASIAY", key);
	fill(&file->rng, "0123456789abcdef", session, 17);
	snprintf(caller->identity, sizeof(caller->identity),
		"{\"type\":\"AssumedRole\",\"principalId\":\"%s:i-%s\","
		"\"arn\":\"arn:aws:sts::%s:assumed-role/%s/i-%s\",\"accountId\":\"%s\",\"accessKeyId\":\"%s\","
		"\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\",\"principalId\":\"%s\","
		"\"arn\":\"arn:aws:iam::%s:role/%s\",\"accountId\":\"%s\",\"userName\":\"%s\"},%s"
		"\"attributes\":{\"creationDate\":\"%s\",\"mfaAuthenticated\":\"false\"}%s}}",
		principal, session, file->account, role, session, file->account, key, principal, file->account, role,
		file->account, role, more[number % 3], times[number % 3],
		number % 4 == 1 ? ",\"ec2RoleDelivery\":\"2.0\"" : "");
}

/* A user's session with a temporary key, as the console gives it. */
static void make_session(struct file *file, struct caller *caller, unsigned number)
{
	char id[32], key[32];

	make_id(&file->rng, "AIDA", id);
	make_id(&file->rng, "ASIAY", key);
	snprintf(caller->identity, sizeof(caller->identity),
		"{\"type\":\"IAMUser\",\"principalId\":\"%s\",\"arn\":\"arn:aws:iam::%s:user/dev-%u\","
		"\"accountId\":\"%s\",\"accessKeyId\":\"%s\",\"userName\":\"dev-%u\",\"sessionContext\":{"
		"\"attributes\":{\"creationDate\":\"2026-11-21T07:%02u:11Z\",\"mfaAuthenticated\":\"true\"}}}",
		id, file->account, number, file->account, key, number, number % 60);
}

static void make_service(struct caller *caller)
{
	caller->agent = "autoscaling.amazonaws.com";
	snprintf(caller->address, sizeof(caller->address), "%s", caller->agent);
	snprintf(caller->identity, sizeof(caller->identity), "{\"type\":\"AWSService\",\"invokedBy\":\"%s\"}",
		caller->agent);
}

static void make_caller(struct file *file, unsigned number)
{
	static const char *const agents[] = {
		"Boto3/1.34.51 md/Botocore#1.34.51 ua/2.0 os/linux#5.10.209 md/arch#x86_64 lang/python#3.11.8 "
		"md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.51",
		"aws-sdk-go-v2/1.25.0 os/linux lang/go#1.21.7 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.147.0",
		"APN/1.0 HashiCorp/1.0 Terraform/1.7.4 (+https://www.terraform.io) terraform-provider-aws/5.38.0 "
		"(+https://registry.terraform.io/providers/hashicorp/aws) "
		"aws-sdk-go-v2/1.25.0 os/linux lang/go#1.21.7",
		"aws-cli/2.15.22 Python/3.11.6 Linux/5.15.0 exe/x86_64.ubuntu.22 prompt/off "
		"command/s3api.list-buckets",
		"aws-sdk-java/1.12.661 Linux/5.10.209 OpenJDK_64-Bit_Server_VM/17.0.10+7-LTS java/17.0.10 "
		"vendor/Amazon.com_Inc. cfg/retry-mode/standard",
		"Coral/Netty4", "AWS Internal"
	};
	struct caller *caller = &file->callers[number];

	caller->agent = agents[below(&file->rng, sizeof(agents) / sizeof(*agents))];
	snprintf(caller->address, sizeof(caller->address), "10.%u.%u.%u", below(&file->rng, 256),
		below(&file->rng, 256), below(&file->rng, 256));
	if (number < USERS)
		make_user(file, caller, number);
	else if (number % 8 == 5)
		make_service(caller);
	else if (number % 8 < 4)
		make_session(file, caller, number);
	else
		make_role(file, caller, number);
}

/* Parameters: text with %i (hexadecimal id), %n (small number), %k (name of an object), %a (account). */
static void add_parameters(struct file *file, const char *format)
{
	static const char *const things[] = { "orders", "invoices", "sessions", "thumbnails", "audit",
		"exports" };
	struct ks_buf *out = &file->text;
	char id[20];

	for (; *format != '\0'; format++) {
		if (*format != '%') {
			ks_buf_addc(out, *format);
			continue;
		}
		switch (*++format) {
		case 'a':
			ks_buf_adds(out, file->account);
			break;
		case 'i':
			/* Most things are named again and again. */
			if (below(&file->rng, 4) == 0)
				fill(&file->rng, "0123456789abcdef", file->ids[below(&file->rng, IDS)], 17);
			ks_buf_adds(out, file->ids[below(&file->rng, file->is_small ? IDS / 8 : IDS)]);
			break;
		case 'k':
			ks_buf_adds(out, things[below(&file->rng, 6)]);
			break;
		default:
			snprintf(id, sizeof(id), "%u", below(&file->rng, 1000));
			ks_buf_adds(out, id);
		}
	}
}

/* What a record says besides who and when. */
struct made {
	const char *identity, *address, *agent;
	const struct bench_call *call;
	bool is_denied, has_tls;
};

static void add_record(struct file *file, const struct made *made, char *out_event)
{
	struct ks_buf *out = &file->text;
	size_t id, before = out->n, size;

	ks_buf_adds(out, "{\"eventVersion\":\"1.09\",\"userIdentity\":");
	ks_buf_adds(out, made->identity);
	ks_buf_adds(out, ",\"eventTime\":\"");
	add_time(out, file->time);
	ks_buf_adds(out, "\",\"eventSource\":\"");
	ks_buf_adds(out, made->call->source);
	ks_buf_adds(out, "\",\"eventName\":\"");
	ks_buf_adds(out, made->call->name);
	ks_buf_adds(out, "\",\"awsRegion\":\"");
	ks_buf_adds(out, file->region);
	ks_buf_adds(out, "\",\"sourceIPAddress\":\"");
	ks_buf_adds(out, made->address);
	ks_buf_adds(out, "\",\"userAgent\":\"");
	ks_buf_adds(out, made->agent);
	ks_buf_adds(out, "\",");
	if (made->is_denied)
		add_parameters(file,
			"\"errorCode\":\"AccessDenied\",\"errorMessage\":\"User: "
			"arn:aws:sts::%a:assumed-role/%k-reader/%k is not authorized to perform this action\",");
	add_parameters(file, made->call->parameters);
	ks_buf_adds(out, ",\"requestID\":\"");
	add_uuid(out, &file->rng);
	ks_buf_adds(out, "\",\"eventID\":\"");
	id = out->n;
	add_uuid(out, &file->rng);
	if (out_event != NULL)
		snprintf(out_event, 37, "%.36s", out->p + id);
	ks_buf_adds(out, made->call->is_read ? "\",\"readOnly\":true," : "\",\"readOnly\":false,");
	ks_buf_adds(out, "\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"");
	ks_buf_adds(out, file->account);
	ks_buf_adds(out, "\",\"eventCategory\":\"Management\"");
	if (made->has_tls) {
		ks_buf_adds(out,
			",\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\","
			"\"clientProvidedHostHeader\":\"");
		ks_buf_adds(out, made->call->host);
		ks_buf_adds(out, ".");
		ks_buf_adds(out, file->region);
		ks_buf_adds(out, ".amazonaws.com\"}");
	}
	ks_buf_addc(out, '}');
	file->records++;
	size = out->n - before;
	file->by_size[size < SIZES ? size : SIZES - 1]++;
	file->by_key += strstr(made->identity, "\"AKIA") != NULL;
}

static void add_noise(struct file *file)
{
	/* A few callers make most calls, in a small file fewer; those of services have no TLS details. */
	bool is_user = below(&file->rng, 100) < file->plan->keys;
	unsigned first = is_user ? 0 : USERS, n = (is_user ? USERS : CALLERS - USERS) / (file->is_small ? 8 : 1);
	unsigned a = below(&file->rng, n), b = below(&file->rng, n);
	const struct caller *caller = &file->callers[first + a * b / n];
	unsigned ticket = below(&file->rng, BENCH_CALL_TICKETS);
	const struct bench_call *call = bench_calls;
	bool is_service = strstr(caller->address, "amazonaws") != NULL;

	for (; ticket >= call->tickets; call++)
		ticket -= call->tickets;
	/* Programs ask in runs. */
	if (file->last_call != NULL && below(&file->rng, 100) < 40) {
		caller = file->last_caller;
		is_service = strstr(caller->address, "amazonaws") != NULL;
		if (below(&file->rng, 2) == 0)
			call = file->last_call;
	}
	file->last_call = call;
	file->last_caller = caller;
	file->time += below(&file->rng, 50) == 0;
	add_record(file,
		&(struct made){ .identity = caller->identity,
			.address = caller->address,
			.agent = caller->agent,
			.call = call,
			.is_denied = call->is_read && below(&file->rng, 100) < 7,
			.has_tls = !is_service && below(&file->rng, 100) < 90 },
		NULL);
}

/* The planted record of that number, and a line about it for the manifest. */
static void add_planted(struct file *file, unsigned number)
{
	static const struct bench_call who = { "sts.amazonaws.com", "GetCallerIdentity", "sts",
		"\"requestParameters\":null,\"responseElements\":null", true, 0 };
	static const struct bench_call send = { "ses.amazonaws.com", "GetSendQuota", "email",
		"\"requestParameters\":null,\"responseElements\":null", true, 0 };
	static const char *const kinds[] = { "use", "ses", "mention" };
	unsigned kind = number < USES ? 0 : number < USES + SES ? 1 : 2;
	char identity[512], parameters[256], id[32], event[37], key[32];
	struct bench_call mention = { "iam.amazonaws.com", "UpdateAccessKey", "iam", parameters, false, 0 };
	bool is_escaped = number < ESCAPED;
	const struct made made = { .identity = identity,
		.address = "203.0.113.77",
		.has_tls = true,
		.agent = kind == 0 ? "TruffleHog" : "aws-cli/2.15.22",
		.call = kind == 0 ? &who :
			kind == 1     ? &send :
							&mention };
	const char *leaked = file->plan->leaked;
	char *path = NULL;
	FILE *manifest = NULL;

	make_id(&file->rng, "AIDA", id);
	make_id(&file->rng, "AKIAY", key);
	snprintf(parameters, sizeof(parameters),
		"\"requestParameters\":{\"accessKeyId\":\"%s\",\"status\":\"Inactive\","
		"\"userName\":\"backup\"},\"responseElements\":null",
		leaked);
	snprintf(identity, sizeof(identity),
		"{\"type\":\"IAMUser\",\"principalId\":\"%s\",\"arn\":"
		"\"arn:aws:iam::%s:user/backup\",\"accountId\":\"%s\",\"accessKeyId\":\"%s%s\","
		"\"userName\":\"backup\"}",
		id, file->account, file->account, is_escaped ? "\\u0041" : "",
		kind != 0      ? key :
			is_escaped ? leaked + 1 :
						 leaked);
	add_record(file, &made, event);
	ks_buf_addc(&file->text, ',');
	if (asprintf(&path, "%s/planted-%02u", file->plan->out, number) < 0 ||
		(manifest = fopen(path, "w")) == NULL)
		die("planted record");
	fprintf(manifest, "%s\t%s\t%s\t%zu\n", kinds[kind], event, is_escaped ? "escaped" : "plain",
		file->number);
	if (fclose(manifest) != 0)
		die(path);
	free(path);
}

/* Hands all text on, compressed or not. */
static void flush(struct file *file, bool is_last)
{
	file->done += file->text.n;
	if (file->plan->is_plain) {
		if (fwrite(file->text.p, 1, file->text.n, file->to) != file->text.n)
			die("write");
		atomic_fetch_add(&file->plan->written, file->text.n);
		ks_buf_clear(&file->text);
		return;
	}
	file->z.next_in = (Bytef *)file->text.p;
	file->z.avail_in = (uInt)file->text.n;
	do {
		file->z.next_out = file->packed;
		file->z.avail_out = sizeof(file->packed);
		deflate(&file->z, is_last ? Z_FINISH : Z_NO_FLUSH);
		if (fwrite(file->packed, 1, sizeof(file->packed) - file->z.avail_out, file->to) !=
			sizeof(file->packed) - file->z.avail_out)
			die("write");
		atomic_fetch_add(&file->plan->written, sizeof(file->packed) - file->z.avail_out);
	} while (file->z.avail_out == 0);
	ks_buf_clear(&file->text);
}

static void make_dirs(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			die(path);
		*slash = '/';
	}
}

static void open_file(struct file *file)
{
	static const char *const regions[] = { "us-east-1", "us-west-2", "eu-west-1", "eu-central-1",
		"ap-southeast-2" };
	char *path, name[17];

	snprintf(file->account, sizeof(file->account), "%012llu",
		111122220000ull + (unsigned long long)(file->number % 7) * 1111);
	file->region = regions[file->number % 5];
	file->time = 1795255200 + (time_t)(file->number % 288 * 300);
	fill(&file->rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", name, 16);
	if (asprintf(&path,
			"%s/trails/AWSLogs/%s/CloudTrail/%s/2026/11/21/%s_CloudTrail_%s_20261121T%04zuZ_%s.json%s",
			file->plan->out, file->account, file->region, file->account, file->region, file->number, name,
			file->plan->is_plain ? "" : ".gz") < 0)
		die("path");
	make_dirs(path);
	file->to = fopen(path, "wb");
	if (file->to == NULL)
		die(path);
	free(path);
}

static void write_file(struct file *file, size_t number)
{
	struct plan *plan = file->plan;
	uint64_t size = (uint64_t)((double)plan->bytes * plan->weights[number] / plan->weight);
	unsigned planted = 0;

	file->number = number;
	file->last_call = NULL;
	file->is_small = size < SMALL;
	file->rng.state = plan->seed * UINT64_C(0x2545F4914F6CDD1D) + number;
	file->done = file->records = file->by_key = 0;
	memset(file->by_size, 0, sizeof(file->by_size));
	open_file(file);
	if (!plan->is_plain &&
		deflateInit2(&file->z, LEVEL, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		die("deflate");
	for (unsigned i = 0; i < CALLERS; i++)
		make_caller(file, i);
	for (unsigned i = 0; i < IDS; i++)
		fill(&file->rng, "0123456789abcdef", file->ids[i], 17);
	ks_buf_adds(&file->text, "{\"Records\":[");
	/* Planted records are spread over the files, and over a file's length. */
	while (planted < PLANTED && planted * plan->files / PLANTED < number)
		planted++;
	for (;;) {
		uint64_t done = file->done + file->text.n;

		if (planted < PLANTED && planted * plan->files / PLANTED == number &&
			done >= size / (PLANTED + 1) * (planted + 1))
			add_planted(file, planted++);
		add_noise(file);
		if (done >= size && (planted == PLANTED || planted * plan->files / PLANTED != number))
			break;
		ks_buf_addc(&file->text, ',');
		if (file->text.n > TEXT - 65536)
			flush(file, false);
	}
	ks_buf_adds(&file->text, "]}");
	flush(file, true);
	if (!plan->is_plain)
		deflateEnd(&file->z);
	if (fclose(file->to) != 0)
		die("close");
	atomic_fetch_add(&plan->records, file->records);
	atomic_fetch_add(&plan->text, file->done);
	atomic_fetch_add(&plan->by_key, file->by_key);
	for (unsigned i = 0; i < SIZES; i++)
		if (file->by_size[i] > 0)
			atomic_fetch_add(&plan->by_size[i], file->by_size[i]);
}

static void *work(void *arg)
{
	struct plan *plan = arg;
	struct file *file = ks_mem_alloc(sizeof(*file));
	size_t number;

	file->plan = plan;
	ks_buf_init(&file->text, 2 * TEXT);
	while ((number = atomic_fetch_add(&plan->next, 1)) < plan->files)
		write_file(file, number);
	ks_buf_release(&file->text);
	free(file);
	return NULL;
}

/* Sizes as found in real trees: a product of many factors, so that a few files are ten
 * times the median and more. */
static void weigh(struct plan *plan)
{
	struct rng rng = { plan->seed };

	plan->weights = ks_mem_alloc(plan->files * sizeof(*plan->weights));
	for (size_t i = 0; i < plan->files; i++) {
		plan->weights[i] = 1;
		for (unsigned j = 0; !plan->is_even && j < 12; j++)
			plan->weights[i] *= (below(&rng, 2) == 0 ? 0.75 : 1.33) * (0.9 + 0.002 * below(&rng, 100));
		plan->weight += plan->weights[i];
	}
}

/* Lists of key ids, a thousand of each account; the leaked one comes first. None of them
 * occurs as noise. */
static void write_decoys(struct plan *plan, unsigned count)
{
	struct rng rng = { plan->seed + 1 };
	char *path = NULL, id[32] = "";
	FILE *to = NULL;

	if (asprintf(&path, "%s/decoys-%u", plan->out, count) < 0 || (to = fopen(path, "w")) == NULL)
		die("decoys");
	for (unsigned i = 0; i < count; i++) {
		if (i % 1000 == 0)
			make_id(&rng, "AKIA5", id);
		fill(&rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", id + 12, 8);
		if (i == 0)
			memcpy(plan->leaked, id, sizeof(plan->leaked));
		fprintf(to, "%s\n", id);
	}
	if (fclose(to) != 0)
		die(path);
	free(path);
}

/* The size that this share of records does not exceed. */
static unsigned percentile(const struct plan *plan, unsigned percent)
{
	unsigned long long seen = 0;
	unsigned size = 0;

	while (size < SIZES - 1 && (seen += plan->by_size[size]) * 100 < plan->records * percent)
		size++;
	return size;
}

/* What all records come to, a name and a number a line. */
static void write_figures(const struct plan *plan, FILE *to)
{
	unsigned long long sum = plan->text - 14 * plan->files - (plan->records - plan->files);

	fprintf(to, "seed\t%llu\nfiles\t%llu\nrecords\t%llu\ntext\t%llu\nbytes\t%llu\n",
		(unsigned long long)plan->seed, (unsigned long long)plan->files, (unsigned long long)plan->records,
		(unsigned long long)plan->text, (unsigned long long)plan->written);
	fprintf(to, "mean\t%llu\np10\t%u\np50\t%u\np90\t%u\np99\t%u\n", sum / plan->records,
		percentile(plan, 10), percentile(plan, 50), percentile(plan, 90), percentile(plan, 99));
	fprintf(to, "ratio_percent\t%llu\nkeys_percent\t%llu\n",
		(unsigned long long)plan->text * 100 / plan->written,
		(plan->by_key * 100 + plan->records / 2) / plan->records);
}

static void write_manifest(const struct plan *plan)
{
	char *path = NULL, line[128];
	FILE *to = NULL, *from = NULL;

	if (asprintf(&path, "%s/manifest", plan->out) < 0 || (to = fopen(path, "w")) == NULL)
		die("manifest");
	write_figures(plan, to);
	free(path);
	for (unsigned i = 0; i < PLANTED; i++) {
		if (asprintf(&path, "%s/planted-%02u", plan->out, i) < 0 || (from = fopen(path, "r")) == NULL)
			die("planted record");
		if (fgets(line, sizeof(line), from) != NULL)
			fputs(line, to);
		fclose(from);
		remove(path);
		free(path);
	}
	if (fclose(to) != 0)
		die("manifest");
}

static uint64_t read_size(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	return *end == 'G' ? n * 1000000000 : *end == 'M' ? n * 1000000 : *end == 'K' ? n * 1000 : n;
}

static int usage(void)
{
	fputs(
		"usage: corpus OUT [--seed N] [--bytes N[K|M|G]] [--files N] [--jobs N] [--keys PERCENT] [--even] "
		"[--plain]\n"
		"--keys: of records, by long-term keys (12); --even: files of one size; --plain: not compressed\n",
		stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static struct plan plan = { .seed = 1, .bytes = 2000000000, .files = 200, .jobs = 2, .keys = 12 };
	pthread_t threads[MAX_JOBS];
	char *path;

	for (int i = 1; i < argc; i++) {
		bool has_value = i + 1 < argc;

		if (argv[i][0] != '-' && plan.out == NULL)
			plan.out = argv[i];
		else if (strcmp(argv[i], "--even") == 0)
			plan.is_even = true;
		else if (strcmp(argv[i], "--plain") == 0)
			plan.is_plain = true;
		else if (strcmp(argv[i], "--seed") == 0 && has_value)
			plan.seed = read_size(argv[++i]);
		else if (strcmp(argv[i], "--bytes") == 0 && has_value)
			plan.bytes = read_size(argv[++i]);
		else if (strcmp(argv[i], "--files") == 0 && has_value)
			plan.files = read_size(argv[++i]);
		else if (strcmp(argv[i], "--keys") == 0 && has_value)
			plan.keys = (unsigned)read_size(argv[++i]);
		else if (strcmp(argv[i], "--jobs") == 0 && has_value)
			plan.jobs = (unsigned)read_size(argv[++i]);
		else
			return usage();
	}
	if (plan.out == NULL || plan.files == 0 || plan.jobs == 0 || plan.jobs > MAX_JOBS || plan.keys > 100)
		return usage();
	if (asprintf(&path, "%s/trails/", plan.out) < 0)
		die("path");
	make_dirs(path);
	free(path);
	for (unsigned count = 1; count <= 1000000; count *= 1000)
		write_decoys(&plan, count);
	weigh(&plan);
	for (unsigned i = 0; i < plan.jobs; i++)
		if (pthread_create(&threads[i], NULL, work, &plan) != 0)
			die("thread");
	for (unsigned i = 0; i < plan.jobs; i++)
		pthread_join(threads[i], NULL);
	write_manifest(&plan);
	free(plan.weights);
	write_figures(&plan, stdout);
	return 0;
}
