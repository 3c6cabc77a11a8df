/* lib/report/paper_ocsf: an incident as one finding. That it is valid, tests/papers asks the schema. */
#include "tests/unit/papers.h"
#include "tests/unit/rows.h"

static struct ks_json *finding_of(struct incidents *t)
{
	struct ks_json *json = NULL;
	struct ks_err err = { 0 };
	struct ks_buf out;

	papers_render(t, "ocsf", &out);
	assert_int_equal(ks_json_parse(ks_buf_str(&out), &json, &err), 0);
	ks_buf_release(&out);
	return json;
}

static int64_t number_of(const struct ks_json *json, const char *name)
{
	int64_t n = -1;

	ks_json_find_int(json, name, &n);
	return n;
}

static const char *uid_of(struct incidents *t, const struct ks_json *json)
{
	struct ks_str uid = { NULL, 0 };

	assert_true(ks_json_find_str(ks_json_find(json, "finding_info"), "uid", &uid));
	return ks_arena_strdup(&t->arena, uid);
}

static void changes_are_the_same_finding(void **state)
{
	struct ks_incident_change change = { .id = 1, .who = KS_STR("ann") };
	struct ks_err err = { 0 };
	struct ks_json *json;
	struct incidents t;
	const char *uid;

	(void)state;
	papers_init(&t);
	json = finding_of(&t);
	uid = uid_of(&t, json);
	assert_int_equal(strlen(uid), strlen("keysnare-incident-") + 32);
	assert_int_equal(number_of(json, "activity_id"), 1);
	assert_int_equal(number_of(json, "status_id"), 1);
	assert_int_equal(number_of(json, "severity_id"), 4);
	ks_json_free(json);
	t.now_ms += 1000;
	change.now_ms = t.now_ms;
	assert_int_equal(ks_incident_ack(t.db, &change, &err), 0);
	json = finding_of(&t);
	assert_string_equal(uid_of(&t, json), uid);
	assert_int_equal(number_of(json, "activity_id"), 2);
	assert_int_equal(number_of(json, "status_id"), 2);
	ks_json_free(json);
	assert_int_equal(ks_incident_close(t.db, &change, &err), 0);
	json = finding_of(&t);
	assert_int_equal(number_of(json, "type_uid"), 200403);
	assert_int_equal(number_of(json, "status_id"), 4);
	ks_json_free(json);
	incidents_release(&t);
}

/* The same trail in another store is another incident. */
static void stores_do_not_collide(void **state)
{
	const char *uids[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct ks_json *json;
		struct incidents t;

		incidents_init(&t);
		t.now_ms += i;
		incidents_one(&t, &(struct call){ 0 });
		json = finding_of(&t);
		uids[i] = strdup(uid_of(&t, json));
		ks_json_free(json);
		incidents_release(&t);
	}
	assert_string_not_equal(uids[0], uids[1]);
	free((void *)(uintptr_t)uids[0]);
	free((void *)(uintptr_t)uids[1]);
}

static void evidence_is_all_there(void **state)
{
	const struct ks_json *one;
	struct ks_json *json;
	struct incidents t;
	struct ks_str text;

	(void)state;
	papers_init(&t);
	json = finding_of(&t);
	one = ks_json_next_element(ks_json_find(json, "evidences"), NULL);
	assert_true(ks_json_find_str(ks_json_find(one, "http_request"), "user_agent", &text));
	assert_true(ks_str_has_prefix(text, KS_STR("=cmd|' /C calc'!A0 `x` <script>")));
	assert_true(ks_json_find_str(ks_json_find(one, "src_endpoint"), "ip", &text));
	assert_true(ks_str_is(text, "198.51.100.7"));
	assert_int_equal(number_of(ks_json_find(json, "finding_info"), "related_events_count"), 3);
	ks_json_free(json);
	incidents_release(&t);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, changes_are_the_same_finding);
	ROWS_TEST(&rows, stores_do_not_collide);
	ROWS_TEST(&rows, evidence_is_all_there);
	return rows_run("paper_ocsf", &rows);
}
