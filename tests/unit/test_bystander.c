/* lib/engine/bystander: says what an exact reading says, or that there has to be one. */
#include "lib/engine/bystander.h"

#include "tests/unit/rows.h"

#include <string.h>

#define WHO(issuer) "\"userIdentity\":{\"type\":\"AssumedRole\",\"principalId\":\"AROA1:x\"," \
	"\"arn\":\"arn:aws:sts::111122223333:assumed-role/a/x\",\"accessKeyId\":\"ASIAIOSFODNN7EXAMPLE\"," \
	"\"sessionContext\":{\"sessionIssuer\":{\"arn\":\"" issuer "\"}}}"
#define REST "\"eventTime\":\"2026-11-21T10:15:00Z\",\"eventSource\":\"s3.amazonaws.com\"," \
	"\"eventName\":\"GetObject\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"198.51.100.7\"," \
	"\"userAgent\":\"aws-cli\",\"requestParameters\":{\"eventName\":\"no\"},\"responseElements\":null," \
	"\"requestID\":\"r\",\"eventID\":\"e\",\"recipientAccountId\":\"111122223333\"}"
#define VERSION "{\"eventVersion\":\"1.08\","
#define USUAL VERSION WHO("arn:aws:iam::111122223333:role/a") "," REST

struct row {
	const char *name;
	const char *first, *second;      /* the first is read exactly */
	bool is_told;                    /* the second is not read exactly */
};

static const struct row table[] = {
	{ "the same session", USUAL, USUAL, true },
	{ "another call of it", USUAL, VERSION WHO("arn:aws:iam::111122223333:role/a") ",\"eventTime\":\"x\","
		"\"eventSource\":\"a\",\"eventName\":\"b\",\"errorCode\":\"AccessDenied\",\"eventID\":7}", true },
	{ "another issuer", USUAL, VERSION WHO("arn:aws:iam::111122223333:role/b") "," REST, false },
	{ "another version", USUAL, "{\"eventVersion\":\"1.09\"," WHO("arn:aws:iam::111122223333:role/a") ","
		REST, false },
	{ "an escape", USUAL,
		VERSION WHO("arn:aws:iam::111122223333:role/a") ",\"x\":\"\\u0041\"," REST, false },
	{ "who, said again", USUAL, VERSION WHO("arn:aws:iam::111122223333:role/a") ","
		"\"eventTime\":\"x\"," WHO("arn:aws:iam::111122223333:role/b") "," REST, false },
	{ "who, said by a name with a dot", USUAL, VERSION WHO("arn:aws:iam::111122223333:role/a") ","
		"\"eventTime\":\"x\",\"userIdentity.sessionContext.sessionIssuer.arn\":\"b\"," REST, false },
	{ "a member twice", USUAL, VERSION WHO("arn:aws:iam::111122223333:role/a") ",\"eventTime\":\"y\"," REST,
		false },
	{ "no id", USUAL, VERSION WHO("arn:aws:iam::111122223333:role/a") ",\"eventTime\":\"x\","
		"\"eventSource\":\"a\",\"eventName\":\"b\"}", false },
	{ "no call", USUAL, VERSION WHO("arn:aws:iam::111122223333:role/a") ",\"eventTime\":\"x\","
		"\"eventSource\":\"a\",\"eventID\":\"b\"}", false },
	{ "an event of S3's", USUAL, VERSION WHO("arn:aws:iam::111122223333:role/a") ",\"eventTime\":\"x\","
		"\"eventSource\":\"aws:s3\",\"eventName\":\"b\",\"eventID\":\"b\"}", false },
	/* The beginning ends in an object below who it is: what follows may say more. */
	{ "an end that is none", VERSION "\"userIdentity\":{\"arn\":\"a\",\"x\":{\"y\":1},\"eventTime\":\"z\"},"
		REST, VERSION "\"userIdentity\":{\"arn\":\"a\",\"x\":{\"y\":1},\"eventTime\":\"z\","
		"\"sessionContext\":{\"sessionIssuer\":{\"arn\":\"b\"}}}," REST, false },
	{ "brackets in a text", VERSION "\"userIdentity\":{\"arn\":\"}]{\"}," REST,
		VERSION "\"userIdentity\":{\"arn\":\"}]{\"}," REST, true },
};

static void is_same(struct ks_str a, struct ks_str b)
{
	assert_int_equal(a.p != NULL, b.p != NULL);
	assert_true(ks_str_is_equal(a, b));
}

/* What is asked of both. */
static void compare(struct ks_event *told, struct ks_event *exact)
{
	is_same(told->actor_arn, exact->actor_arn);
	is_same(told->principal_id, exact->principal_id);
	is_same(told->key_id, exact->key_id);
	is_same(told->ip, exact->ip);
	is_same(told->user_agent, exact->user_agent);
	is_same(told->error, exact->error);
	assert_true(told->time_ms == exact->time_ms);
	ks_event_identify(told);
	ks_event_identify(exact);
	assert_string_equal(told->identity, exact->identity);
}

static void tells_what_is_there(void **state)
{
	const struct row *row = *state;
	const char *const texts[] = { row->first, row->second };
	struct ks_bystander bystander;

	ks_bystander_init(&bystander, ks_mask_pick(KS_MASK_FASTEST));
	for (size_t i = 0; i < 2; i++) {
		static char text[8192];
		struct ks_event exact, told;
		struct ks_arena arena;
		struct ks_index index;
		struct ks_err err;
		const struct ks_bystander_who *who;
		struct ks_str issuer, record = { text, strlen(texts[i]) };

		memset(text, '{', sizeof(text));
		memcpy(text, texts[i], record.n);
		ks_arena_init(&arena);
		ks_index_init(&index);
		assert_int_equal(ks_index_build(&index, record, NULL, &err), 0);
		ks_event_init(&exact, &index, 0, &arena);
		issuer = ks_event_get(&exact, "userIdentity.sessionContext.sessionIssuer.arn");
		who = ks_bystander_read(&bystander, record, &told);
		assert_int_equal(who != NULL, i == 1 && row->is_told);
		if (who != NULL) {
			is_same(who->issuer, issuer);
			compare(&told, &exact);
		} else {
			ks_bystander_learn(&bystander, &exact, &(struct ks_bystander_who){ exact.actor_arn,
				exact.principal_id, exact.key_id, issuer, false, 0, { NULL, 0 } });
		}
		ks_event_release(&exact);
		ks_index_release(&index);
		ks_arena_release(&arena);
	}
	ks_bystander_release(&bystander);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, tells_what_is_there, table);
	return rows_run("bystander", &all);
}
