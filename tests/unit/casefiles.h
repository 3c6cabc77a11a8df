/*
 * What tests of case files share: a store with an incident or two, its archive in memory, and where the
 * archive's members begin.
 */
#ifndef KS_TESTS_UNIT_CASEFILES_H
#define KS_TESTS_UNIT_CASEFILES_H

#include "lib/casefile/caseexport.h"
#include "lib/casefile/caseproof.h"
#include "lib/codec/tar.h"
#include "tests/unit/incidents.h"

#include <fcntl.h>

#define CASEFILES_MOST 64u

struct casefiles {
	struct incidents t;
	struct ks_buf archive;
	struct ks_caseexport_result result;
	size_t begins[CASEFILES_MOST], n; /* of members, by offset of their headers; the end of the archive */
};

static inline struct ks_json *casefiles_plan(const struct ks_ledger_plan *plan, const struct ks_vec *steps)
{
	(void)plan;
	(void)steps;
	return ks_json_new_object();
}

/* Two incidents from two addresses, hostile text in them, and a journal entry that JSON cannot hold. */
static inline void casefiles_init(struct casefiles *c)
{
	struct ks_err err = { 0 };

	*c = (struct casefiles){ .n = 0 };
	incidents_init(&c->t);
	incidents_one(&c->t, &(struct call){ .agent = "<script>alert(1)</script>\\u001b[31m\\u202e ../../x" });
	incidents_one(&c->t,
		&(struct call){ .seconds = 9, .name = "GetSendQuota", .source = "ses.amazonaws.com" });
	incidents_one(&c->t, &(struct call){ .key = DECOY_B, .hours = 1, .ip = "203.0.113.8" });
	assert_int_equal(ks_journal_add(c->t.db, 1, FIXTURE_NOW, KS_STR("ann\xff\0x"), "note",
						 KS_STR("{\"text\":\"a\"}"), &err),
		0);
}

/* Writes the incidents with these numbers (a second of 0: one only) and reads the archive. */
static inline void casefiles_write(struct casefiles *c, int64_t first, int64_t second)
{
	struct ks_caseexport request = { .ids = KS_VEC_OF(int64_t),
		.now_ms = FIXTURE_NOW,
		.who = KS_STR("ann"),
		.version = "9.9",
		.tell_plan = casefiles_plan,
		.temporary_dir = "/tmp" };
	struct ks_err err = { 0 };
	int fd = open(fixture_path(&c->t.fixture, "case.tar"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	*(int64_t *)ks_vec_push(&request.ids) = first;
	if (second != 0)
		*(int64_t *)ks_vec_push(&request.ids) = second;
	assert_true(fd >= 0);
	if (ks_caseexport_write(c->t.db, &request, fd, &c->result, &err) != 0)
		fail_msg("%s", err.message);
	close(fd);
	ks_vec_release(&request.ids);
	ks_buf_release(&c->archive);
	ks_buf_init(&c->archive, 64u << 20);
	assert_int_equal(ks_file_load(fixture_path(&c->t.fixture, "case.tar"), &c->archive, &err), 0);
	c->n = 0;
	for (size_t at = 0; at < c->archive.n;) {
		struct ks_tar_member member;

		assert_true(c->n + 1 < CASEFILES_MOST);
		c->begins[c->n++] = at;
		if (!ks_tar_parse((const unsigned char *)c->archive.p + at, &member))
			break;
		at += KS_TAR_BLOCK + (size_t)member.size + ks_tar_padding(member.size);
	}
}

static inline void casefiles_release(struct casefiles *c)
{
	ks_buf_release(&c->archive);
	incidents_release(&c->t);
}

/* What a proof of these bytes says. Release it. */
static inline void casefiles_prove(struct casefiles *c, struct ks_str bytes, struct ks_caseproof *out)
{
	const char *path = fixture_path(&c->t.fixture, "other.tar");
	struct ks_err err = { 0 };
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ks_file_write(fd, bytes, &err), 0);
	close(fd);
	if (ks_caseproof_read(path, NULL, out, &err) != 0)
		fail_msg("%s", err.message);
}

static inline bool casefiles_says(const struct ks_caseproof *proof, const char *text)
{
	for (size_t i = 0; i < proof->problems.n; i++)
		if (strstr(*KS_VEC_AT(&proof->problems, const char *, i), text) != NULL)
			return true;
	return false;
}

#endif
