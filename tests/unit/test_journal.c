/* The chain of a journal, and each way to tamper with it. */
#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

static struct incidents t;

static void add(const char *kind, const char *body)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_journal_add(t.db, 1, t.now_ms, KS_STR("ann"), kind, ks_str_of(body), &err), 0);
}

static struct ks_journal_check verify(void)
{
	struct ks_journal_check check;
	struct ks_err err = { 0 };

	assert_int_equal(ks_journal_verify(t.db, 1, &check, &err), 0);
	return check;
}

static void begin(void)
{
	incidents_init(&t);
	incidents_one(&t, &(struct call){ 0 });    /* makes entries 1 and 2 */
	add("note", "{\"text\":\"a\"}");
	add("note", "{\"text\":\"b\"}");
	add("note", "{\"text\":\"c\"}");
}

static void is_sound_as_written(void **state)
{
	struct ks_vec entries = KS_VEC_OF(struct ks_journal_entry);
	struct ks_journal_check check;
	struct ks_err err = { 0 };
	char head[KS_HASH_HEX];

	(void)state;
	begin();
	check = verify();
	assert_int_equal(check.entries, 5);
	assert_int_equal(check.bad_number, 0);
	assert_int_equal(ks_journal_head(t.db, 1, head, &err), 0);
	assert_string_equal(check.head, head);
	assert_int_equal(ks_journal_list(t.db, 1, &t.arena, &entries, &err), 0);
	assert_int_equal(KS_VEC_AT(&entries, struct ks_journal_entry, 3)->number, 4);
	assert_true(ks_str_is(KS_VEC_AT(&entries, struct ks_journal_entry, 3)->body, "{\"text\":\"b\"}"));
	ks_vec_release(&entries);
	incidents_release(&t);
}

static void has_no_head_without_entries(void **state)
{
	struct ks_err err = { 0 };
	char head[KS_HASH_HEX];

	(void)state;
	incidents_init(&t);
	assert_int_equal(ks_journal_head(t.db, 9, head, &err), 0);
	assert_string_equal(head, "");
	assert_int_equal(verify().entries, 0);
	incidents_release(&t);
}

/* Each is one statement of somebody with the file in his hands. */
struct row {
	const char *name;
	const char *sql;
	int64_t bad;
};

static const struct row rows_of_tampering[] = {
	{ "a body", "UPDATE journal SET body = '{}' WHERE number = 4", 4 },
	{ "somebody else's name", "UPDATE journal SET who = 'bob' WHERE number = 3", 3 },
	{ "a time", "UPDATE journal SET time_ms = time_ms + 1 WHERE number = 5", 5 },
	{ "a kind", "UPDATE journal SET kind = 'closed' WHERE number = 1", 1 },
	{ "an entry gone", "DELETE FROM journal WHERE number = 3", 3 },
	{ "the first gone", "DELETE FROM journal WHERE number = 1", 1 },
	{ "an entry gone and the rest moved up",
		"DELETE FROM journal WHERE number = 3; UPDATE journal SET number = number - 1 WHERE number = 4;"
		"UPDATE journal SET number = number - 1 WHERE number = 5",
		3 },
	{ "two changed places",
		"UPDATE journal SET number = 99 WHERE number = 3;"
		"UPDATE journal SET number = 3 WHERE number = 4; UPDATE journal SET number = 4 WHERE number = 99",
		3 },
	{ "a hash", "UPDATE journal SET hash = zeroblob(32) WHERE number = 2", 2 },
	{ "no hash", "UPDATE journal SET hash = '' WHERE number = 5", 5 },
	{ "what moved between fields", "UPDATE journal SET who = 'annn', kind = 'ote' WHERE number = 3", 3 },
};

static void shows_tampering(void **state)
{
	const struct row *row = *state;
	struct ks_journal_check check;
	struct ks_err err = { 0 };

	begin();
	assert_int_equal(ks_db_exec(t.db, row->sql, &err), 0);
	check = verify();
	assert_int_equal(check.bad_number, row->bad);
	assert_true(check.problem[0] != '\0');
	incidents_release(&t);
}

int main(void)
{
	static struct rows rows;

	ROWS_TEST(&rows, is_sound_as_written);
	ROWS_TEST(&rows, has_no_head_without_entries);
	ROWS_TABLE(&rows, shows_tampering, rows_of_tampering);
	return rows_run("journal", &rows);
}
