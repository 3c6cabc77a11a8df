/* lib/casefile/caseexport: the same store makes the same bytes, and nobody is held up by it. */
#include "lib/casefile/caseexport.h"

#include "lib/casefile/casefile.h"
#include "tests/unit/casefiles.h"
#include "tests/unit/rows.h"

/* The content of a member. */
static struct ks_str content(const struct casefiles *c, const char *name)
{
	for (size_t i = 0; i + 1 < c->n; i++) {
		struct ks_tar_member member;

		assert_true(ks_tar_parse((const unsigned char *)c->archive.p + c->begins[i], &member));
		if (ks_str_is(ks_str_sub(member.name, strlen(KS_CASEFILE_TOP), member.name.n), name))
			return (struct ks_str){ c->archive.p + c->begins[i] + KS_TAR_BLOCK, (size_t)member.size };
	}
	fail_msg("there is no %s", name);
	return KS_STR("");
}

static void the_same_store_makes_the_same_bytes(void **state)
{
	struct casefiles c;
	struct ks_buf first;

	(void)state;
	casefiles_init(&c);
	casefiles_write(&c, 2, 1);
	ks_buf_init(&first, 64u << 20);
	ks_buf_add(&first, ks_buf_str(&c.archive));
	casefiles_write(&c, 1, 2);
	assert_true(ks_str_is_equal(ks_buf_str(&first), ks_buf_str(&c.archive)));
	assert_int_equal(c.result.size, c.archive.n);
	assert_int_equal(c.result.events, 3);
	assert_int_equal(c.n, 2 * KS_CASEFILE_EACH + 3 + 1);
	ks_buf_release(&first);
	casefiles_release(&c);
}

/* What is written of records so far as it was not compared. */
static int compare_record(void *arg, const struct ks_evidence *e, struct ks_err *err)
{
	struct ks_str *rest = arg;

	(void)err;
	assert_true(rest->n > e->raw.n && ks_str_is_equal(ks_str_sub(*rest, 0, e->raw.n), e->raw));
	assert_int_equal(rest->p[e->raw.n], '\n');
	*rest = ks_str_sub(*rest, e->raw.n + 1, rest->n);
	return 0;
}

static void records_are_as_they_were_read(void **state)
{
	struct ks_err err = { 0 };
	struct ks_str rest;
	struct casefiles c;

	(void)state;
	casefiles_init(&c);
	casefiles_write(&c, 1, 0);
	rest = content(&c, "incident-1/records.json");
	assert_true(rest.n > 0);
	assert_int_equal(ks_incident_walk(c.t.db, 1, KS_INCIDENT_EVENTS, compare_record, &rest, &err), 0);
	assert_int_equal(rest.n, 0);
	assert_true(ks_str_find(content(&c, "incident-1/journal.jsonl"), KS_STR("\"exact\":{\"who\":\"")) > 0);
	assert_true(ks_str_find(content(&c, "incident-1/notices.jsonl"), KS_STR("\"notifier\":\"oncall\"")) > 0);
	assert_true(ks_str_find(content(&c, "incident-1/report.html"), KS_STR("</html>")) > 0);
	casefiles_release(&c);
}

static void an_incident_that_is_not_there_is_an_error(void **state)
{
	struct ks_caseexport request = { .ids = KS_VEC_OF(int64_t), .temporary_dir = "/tmp", .version = "1" };
	struct ks_caseexport_result result;
	struct ks_err err = { 0 };
	struct casefiles c;

	(void)state;
	casefiles_init(&c);
	*(int64_t *)ks_vec_push(&request.ids) = 99;
	assert_int_equal(ks_caseexport_write(c.t.db, &request, 1, &result, &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	request.temporary_dir = "/nowhere/at/all";
	assert_int_equal(ks_caseexport_write(c.t.db, &request, 1, &result, &err), -1);
	ks_vec_release(&request.ids);
	casefiles_release(&c);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TEST(&tests, the_same_store_makes_the_same_bytes);
	ROWS_TEST(&tests, records_are_as_they_were_read);
	ROWS_TEST(&tests, an_incident_that_is_not_there_is_an_error);
	return rows_run("caseexport", &tests);
}
