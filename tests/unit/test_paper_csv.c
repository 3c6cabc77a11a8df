/* lib/report/paper_csv: the events of an incident as a table. */
#include "tests/unit/papers.h"
#include "tests/unit/rows.h"

static void a_row_an_event(void **state)
{
	struct incidents t;
	struct ks_buf out;

	(void)state;
	papers_init(&t);
	papers_render(&t, "csv", &out);
	assert_int_equal(papers_count(&out, "\r\n"), 3);
	assert_int_equal(papers_count(&out, "\n"), 3);
	assert_non_null(strstr(out.p, "time,event_source,event_name,"));
	/* In quotes, with an apostrophe, and its own quote doubled. */
	assert_non_null(strstr(out.p, ",\"'=cmd|' /C calc'!A0 `x` <script>|@all\\u{202e}\\x1b[2J\"\",=\","));
	assert_non_null(strstr(out.p, ",\"203.0.113.9\",\"boto3\",\"high\","));
	assert_non_null(strstr(out.p, ",\"" DECOY_A "\",\"e-2\",\""));
	ks_buf_release(&out);
	incidents_release(&t);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, a_row_an_event);
	return rows_run("paper_csv", &rows);
}
