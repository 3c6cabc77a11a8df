/* What arrives: stolen keys that ask SES one thing after the other, and the noise of an account. */
#include "tests/bench/stub/stub.h"

#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LEAD 40u          /* slots before its last question that a use asks the first ones */
#define FEEDS_CORRELATIONS 5u /* one noise message in so many meets a rule that a correlation counts */
#define OTHER_KEYS 200u   /* whose */
#define OTHERS 1000000u   /* their numbers begin here */

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* An access key id holds its account in 40 bits behind the first one (lib/decoy/keyid.h). */
void stub_key_id(unsigned number, char out[STUB_KEY_ID])
{
	uint64_t account = strtoull(STUB_ACCOUNT, NULL, 10) << 7;
	unsigned char bytes[10];
	uint32_t rest = number * UINT32_C(2654435761);

	for (int i = 0; i < 6; i++)
		bytes[i] = (unsigned char)(account >> (40 - 8 * i));
	for (int i = 0; i < 4; i++)
		bytes[6 + i] = (unsigned char)(rest >> (24 - 8 * i));
	memcpy(out, "AKIA", 4);
	for (int i = 0; i < 16; i++) {
		int bit = i * 5, at = bit / 8;
		unsigned two = (unsigned)bytes[at] << 8 | (at < 9 ? bytes[at + 1] : 0);

		out[4 + i] = base32[two >> (11 - bit % 8) & 31];
	}
	out[20] = '\0';
}

int stub_number_of_user(const struct stub *stub, struct ks_str user)
{
	char text[32];
	unsigned number;

	snprintf(text, sizeof(text), KS_STR_FMT, KS_STR_ARG(user));
	return sscanf(text, "mailer-%u", &number) == 1 && number < stub->uses ? (int)number : -1;
}

int stub_number_of_key(const struct stub *stub, struct ks_str key_id)
{
	for (unsigned i = 0; i < stub->uses; i++)
		if (ks_str_is(key_id, stub->states[i].id))
			return (int)i;
	return -1;
}

/* ---- messages ------------------------------------------------------------------------------------ */

struct call {
	const char *source, *name, *user;
	unsigned number;         /* of the key */
	bool is_role;
};

static void add_identity(struct ks_buf *out, const struct call *call)
{
	char id[STUB_KEY_ID];

	if (call->is_role) {
		ks_buf_adds(out, "{\"type\":\"AssumedRole\",\"principalId\":\"AROAHW7IABUWVFCYOFWE5:worker\","
			"\"arn\":\"arn:aws:sts::" STUB_ACCOUNT ":assumed-role/worker/worker\",\"accountId\":\"" STUB_ACCOUNT
			"\",\"accessKeyId\":\"ASIARTX3GSDS7NSOJUOP\",\"sessionContext\":{\"sessionIssuer\":{\"type\":"
			"\"Role\",\"principalId\":\"AROAHW7IABUWVFCYOFWE5\",\"arn\":\"arn:aws:iam::" STUB_ACCOUNT
			":role/worker\",\"accountId\":\"" STUB_ACCOUNT "\",\"userName\":\"worker\"},\"attributes\":"
			"{\"creationDate\":\"2026-11-21T09:58:04Z\",\"mfaAuthenticated\":\"false\"}}}");
		return;
	}
	stub_key_id(call->number, id);
	ks_buf_addf(out, "{\"type\":\"IAMUser\",\"principalId\":\"AIDA%.16s\",\"arn\":\"arn:aws:iam::" STUB_ACCOUNT
		":user/%s-%u\",\"accountId\":\"" STUB_ACCOUNT "\",\"accessKeyId\":\"%s\",\"userName\":\"%s-%u\"}",
		id + 4, call->user, call->number, id, call->user, call->number);
}

/* As EventBridge hands it over. */
static void add_message(struct stub *stub, struct ks_buf *out, const struct call *call)
{
	time_t now = time(NULL);
	struct tm parts;
	char when[32];
	uint64_t serial = stub->serial++;

	gmtime_r(&now, &parts);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts);
	ks_buf_addf(out, "{\"version\":\"0\",\"id\":\"%08" PRIx64 "-0000-4000-8000-00000000beef\",\"detail-type\":"
		"\"AWS API Call via CloudTrail\",\"source\":\"aws.%.3s\",\"account\":\"" STUB_ACCOUNT "\",\"time\":\"%s\","
		"\"region\":\"us-east-1\",\"resources\":[],\"detail\":{\"eventVersion\":\"1.11\",\"userIdentity\":",
		serial, call->source, when);
	add_identity(out, call);
	ks_buf_addf(out, ",\"eventTime\":\"%s\",\"eventSource\":\"%s\",\"eventName\":\"%s\",\"awsRegion\":"
		"\"us-east-1\",\"sourceIPAddress\":\"%u.%u.%u.%u\",\"userAgent\":\"Boto3/1.40.12 md/Botocore#1.40.12 "
		"ua/2.1 os/linux md/arch#x86_64 lang/python#3.12.4 md/pyimpl#CPython cfg/retry-mode#legacy\","
		"\"requestParameters\":null,\"responseElements\":null,\"requestID\":\"%08" PRIx64 "-1111-4000-8000-"
		"000000000001\",\"eventID\":\"%08" PRIx64 "-2222-4000-8000-000000000002\",\"readOnly\":true,\"eventType\":"
		"\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"" STUB_ACCOUNT "\",\"eventCategory\":"
		"\"Management\",\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\","
		"\"clientProvidedHostHeader\":\"%s\"}}}", when, call->source, call->name, 11u + call->number % 80,
		call->number / 80 % 250, call->number / 20000 % 250, 7u, serial, serial, call->source);
}

/* Puts it where it can be read; the time is taken before, so that nothing is left out. */
static int64_t put(struct stub *stub, const struct call *call)
{
	struct ks_buf text;
	int64_t at_us;

	ks_buf_init(&text, 64u * 1024);
	add_message(stub, &text, call);
	stub->fed++;
	at_us = stub_now_us();
	if (stub->trail != NULL) {
		ks_buf_addc(&text, '\n');
		if (write(stub->trail_fd, ks_buf_str(&text).p, ks_buf_str(&text).n) < 0)
			perror("stub: trail");
		ks_buf_release(&text);
		return at_us;
	}
	if (stub->message_count == stub->message_room) {
		struct stub_message *more;

		stub->message_room = stub->message_room * 2 + 1024;
		more = ks_mem_alloc(stub->message_room * sizeof(*more));
		if (stub->message_count > 0)
			memcpy(more, stub->messages, stub->message_count * sizeof(*more));
		free(stub->messages);
		stub->messages = more;
	}
	stub->messages[stub->message_count++] = (struct stub_message){ .body = text };
	return at_us;
}

/* ---- the schedule -------------------------------------------------------------------------------- */

static void ask(struct stub *stub, unsigned number)
{
	static const char *const names[STUB_QUESTIONS] = { "GetSendQuota", "ListIdentities", "GetAccount" };
	struct stub_use *use = &stub->states[number];
	int64_t at_us = put(stub, &(struct call){ "ses.amazonaws.com", names[use->asked], "mailer", number,
		false });

	if (++use->asked == STUB_QUESTIONS)
		use->readable_us = at_us;
}

static void make_noise(struct stub *stub)
{
	if (stub->serial % FEEDS_CORRELATIONS == 0)
		put(stub, &(struct call){ "ses.amazonaws.com", "GetSendQuota", "site",
			OTHERS + (unsigned)(stub->serial / FEEDS_CORRELATIONS % OTHER_KEYS), false });
	else
		put(stub, &(struct call){ "kms.amazonaws.com", "Decrypt", "", OTHERS, true });
}

/* A round of slots belongs to each use: noise, and at its end the use's last question; the first ones of a
 * later use come in the same round. */
static void fill_slot(struct stub *stub, unsigned slot)
{
	unsigned round = slot / (stub->noise + 1), at = slot % (stub->noise + 1);

	if (at < stub->noise) {
		if (round < stub->uses)
			make_noise(stub);
		return;
	}
	if (round < stub->uses + LEAD && round >= LEAD)
		ask(stub, round - LEAD);
	for (unsigned i = 0; round < stub->uses && i + 1 < STUB_QUESTIONS; i++)
		ask(stub, round);
}

int64_t stub_feed(struct stub *stub, int64_t now_us)
{
	unsigned slots = (stub->uses + LEAD) * (stub->noise + 1);
	double slot_us = 1e6 / (stub->per_second * (stub->noise + 1));
	int64_t due_us;

	if (stub->begun_us == 0)
		return -1;
	while (stub->next_slot < slots) {
		due_us = stub->begun_us + (int64_t)(slot_us * stub->next_slot);
		if (due_us > now_us)
			return due_us - now_us;
		fill_slot(stub, stub->next_slot++);
		if (stub->next_slot == slots)
			stub->ended_us = now_us;
	}
	return -1;
}
