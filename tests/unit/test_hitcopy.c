/* lib/engine/hitcopy: a hit comes back as it was, and with the same identity. */
#include "lib/engine/hitcopy.h"

#include "tests/unit/engine.h"

#define ROOM 4096u

static const char record[] =
	"{\"eventID\":\"e-1\",\"eventTime\":\"2026-11-21T10:00:00Z\",\"eventSource\":\"sts.amazonaws.com\","
	"\"eventName\":\"AssumeRole\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"192.0.2.1\","
	"\"userAgent\":\"a\\u0000b\",\"requestID\":\"r-1\",\"recipientAccountId\":\"111122223333\","
	"\"readOnly\":true,\"userIdentity\":{\"type\":\"IAMUser\",\"principalId\":\"AIDA1\",\"arn\":\"\","
	"\"accessKeyId\":\"AKIA1\"}}";

struct scene {
	struct engine_event e;
	struct ks_finding finding;
	struct ks_hitcopy_value values[2];
	struct ks_buf copy;
	char identity[KS_EVENT_ID];
};

static void scene_init(struct scene *s)
{
	engine_event_init(&s->e, record);
	memcpy(s->identity, s->e.event.identity, sizeof(s->identity));
	s->finding = (struct ks_finding){ .event = &s->e.event, .key_kind = "long-term", .source = "t.json",
		.decoy_name = "bait", .offset = UINT64_C(1) << 40 };
	s->values[0] = (struct ks_hitcopy_value){ 7, { KS_VALUE_STRING, KS_STR("us-east-1") } };
	s->values[1] = (struct ks_hitcopy_value){ 3, { KS_VALUE_NUMBER, KS_STR("12") } };
	ks_buf_init(&s->copy, 2 * ROOM);
}

static bool pack(struct scene *s, size_t most)
{
	return ks_hitcopy_pack(&(struct ks_chains_hit){ .finding = &s->finding, .pass = 3, .note = "note",
		.note_n = 5 }, s->values, 2, most, &s->copy);
}

static void scene_release(struct scene *s)
{
	ks_buf_release(&s->copy);
	engine_event_release(&s->e);
}

static void assert_texts(struct ks_str a, struct ks_str b)
{
	assert_true(ks_str_is_equal(a, b));
	assert_int_equal(a.p == NULL, b.p == NULL);
}

static void test_all_of_it(void **state)
{
	const struct ks_event *a, *b;
	const struct ks_value *values;
	struct ks_hitcopy out;
	struct scene s;

	(void)state;
	scene_init(&s);
	ks_buf_addc(&s.copy, '#');
	assert_true(pack(&s, ROOM));
	ks_hitcopy_unpack(ks_str_sub(ks_buf_str(&s.copy), 1, s.copy.n), s.e.event.time_ms, &out);
	a = &out.event;
	b = &s.e.event;
	assert_texts(a->event_id, b->event_id);
	assert_texts(a->source, b->source);
	assert_texts(a->name, b->name);
	assert_texts(a->region, b->region);
	assert_texts(a->error, b->error);
	assert_texts(a->actor_type, b->actor_type);
	assert_texts(a->actor_arn, b->actor_arn);
	assert_texts(a->actor_account, b->actor_account);
	assert_texts(a->key_id, b->key_id);
	assert_texts(a->ip, b->ip);
	assert_texts(a->user_agent, b->user_agent);
	assert_texts(a->time_text, b->time_text);
	assert_int_equal(a->read_only, 1);
	assert_int_equal(a->time_ms, b->time_ms);
	assert_string_equal(a->identity, s.identity);
	assert_string_equal(out.finding.key_kind, "long-term");
	assert_string_equal(out.finding.decoy_name, "bait");
	assert_null(out.finding.decoy_placement);
	assert_string_equal(out.finding.source, "t.json");
	assert_true(out.finding.offset == UINT64_C(1) << 40);
	assert_int_equal(out.pass, 3);
	assert_int_equal(out.note.n, 5);
	assert_string_equal(out.note.p, "note");
	assert_int_equal(out.view.values(out.view.arg, 3, &values), 1);
	assert_int_equal(values->kind, KS_VALUE_NUMBER);
	assert_true(ks_str_is(values->text, "12"));
	assert_int_equal(out.view.values(out.view.arg, 7, &values), 1);
	assert_true(ks_str_is(values->text, "us-east-1"));
	assert_int_equal(out.view.values(out.view.arg, 1, &values), 0);
	scene_release(&s);
}

/* Of all that the identity is made of nothing is missing. */
static void test_identity_later(void **state)
{
	struct ks_hitcopy out;
	struct scene s;

	(void)state;
	scene_init(&s);
	s.e.event.identity[0] = '\0';
	assert_true(pack(&s, ROOM));
	ks_hitcopy_unpack(ks_buf_str(&s.copy), s.e.event.time_ms, &out);
	assert_string_equal(out.event.identity, "");
	ks_event_identify(&out.event);
	assert_string_equal(out.event.identity, s.identity);
	scene_release(&s);
}

static void test_too_long(void **state)
{
	struct scene s;
	size_t n;

	(void)state;
	scene_init(&s);
	assert_true(pack(&s, ROOM));
	n = s.copy.n;
	ks_buf_clear(&s.copy);
	assert_false(pack(&s, n - 1));
	assert_int_equal(s.copy.n, 0);
	assert_true(pack(&s, n));
	scene_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_it),
		cmocka_unit_test(test_identity_later),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
