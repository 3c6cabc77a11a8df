/* lib/report/toldview: who was told, and whether the heads that were told are in the journal. */
#include "lib/report/toldview.h"

#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

static void render(struct incidents *t, struct ks_buf *out)
{
	struct ks_html html = { .out = out };
	struct ks_err err = { 0 };

	ks_buf_init(out, 1u << 22);
	assert_int_equal(ks_toldview_render(t->db, 1, &html, &err), 0);
	assert_int_equal(html.depth, 0);
}

static void notices_are_listed(void **state)
{
	struct ks_err err = { 0 };
	struct incidents t;
	struct ks_buf out;

	(void)state;
	incidents_init(&t);
	incidents_one(&t, &(struct call){ 0 });
	assert_int_equal(ks_db_exec(t.db, "UPDATE outbox SET state = 'dead', error = '<b>no'", &err), 0);
	render(&t, &out);
	assert_non_null(strstr(out.p, "<td>oncall</td>\n<td>opened</td>"));
	assert_non_null(strstr(out.p, "given up: &lt;b&gt;no"));
	ks_buf_release(&out);
	for (size_t i = 0; i < KS_TOLDVIEW_ROWS; i++)
		assert_int_equal(ks_outbox_add(t.db, 1, KS_STR("x"), "reminder", KS_STR("{}"), t.now_ms, &err), 0);
	render(&t, &out);
	assert_non_null(
		strstr(out.p, "1 older notices are not on this page: keysnare incident export 1 --out FILE"));
	ks_buf_release(&out);
	assert_int_equal(ks_db_exec(t.db, "DELETE FROM outbox", &err), 0);
	render(&t, &out);
	assert_non_null(strstr(out.p, "nobody was told"));
	ks_buf_release(&out);
	incidents_release(&t);
}

static void heads_are_compared(void **state)
{
	struct ks_toldview_heads heads;
	struct ks_err err = { 0 };
	struct incidents t;

	(void)state;
	incidents_init(&t);
	incidents_one(&t, &(struct call){ 0 });
	assert_int_equal(ks_toldview_compare(t.db, 1, &heads, &err), 0);
	assert_int_equal(heads.hold, 1);
	assert_int_equal(heads.fail, 0);
	assert_int_equal(ks_db_exec(t.db, "UPDATE journal SET hash = zeroblob(32)", &err), 0);
	assert_int_equal(ks_toldview_compare(t.db, 1, &heads, &err), 0);
	assert_int_equal(heads.hold, 0);
	assert_int_equal(heads.fail, 1);
	incidents_release(&t);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TEST(&tests, notices_are_listed);
	ROWS_TEST(&tests, heads_are_compared);
	return rows_run("toldview", &tests);
}
