/* lib/report/regionchart: bars with their numbers, and names that are hostile. */
#include "lib/report/regionchart.h"

#include "lib/incident/evidence.h"

#include "tests/unit/rows.h"

#include <string.h>

static void it_has(const struct ks_buf *out, const char *text)
{
	if (strstr(out->p, text) == NULL)
		fail_msg("it lacks: %s\n%s", text, out->p);
}

static void add(struct ks_vec *events, const char *region, const char *error)
{
	*(struct ks_evidence *)ks_vec_push(events) =
		(struct ks_evidence){ .region = ks_str_of(region), .error = ks_str_of(error) };
}

static void bars_say_done_and_denied(void **state)
{
	struct ks_vec events = KS_VEC_OF(struct ks_evidence);
	struct ks_buf out;
	struct ks_html html = { .out = &out };

	(void)state;
	add(&events, "us-east-1", "");
	add(&events, "us-east-1", "AccessDenied");
	add(&events, "us-east-1", "");
	add(&events, "us-east-1", "");
	add(&events, "<b>", "AccessDenied");
	add(&events, "", "");
	ks_buf_init(&out, 1u << 20);
	ks_regionchart_render(&events, &html);
	it_has(&out, "<th scope=\"row\">us-east-1</th>");
	it_has(&out, "<rect class=\"done\" x=\"0.0\" y=\"1\" width=\"225.0\" height=\"12\"/>");
	it_has(&out, "<rect class=\"refused\" x=\"226.0\" y=\"1\" width=\"75.0\" height=\"12\"/>");
	it_has(&out, "<td class=\"count-cell\">4</td>\n<td class=\"count-cell denied\">1</td>");
	it_has(&out, "<th scope=\"row\">&lt;b&gt;</th>");
	it_has(&out, "<span class=\"note\">none</span>");
	assert_int_equal(html.depth, 0);
	ks_buf_release(&out);
	ks_vec_release(&events);
}

static void more_than_there_are_is_said(void **state)
{
	static char names[KS_REGIONCHART_ROWS + 2][8];
	struct ks_vec events = KS_VEC_OF(struct ks_evidence);
	struct ks_buf out;
	struct ks_html html = { .out = &out };

	(void)state;
	for (size_t i = 0; i < KS_REGIONCHART_ROWS + 2; i++) {
		names[i][0] = (char)('a' + i % 26);
		names[i][1] = (char)('a' + i / 26);
		add(&events, names[i], "");
	}
	ks_buf_init(&out, 1u << 20);
	ks_regionchart_render(&events, &html);
	it_has(&out, "2 more are not shown.");
	ks_vec_clear(&events);
	ks_buf_clear(&out);
	ks_regionchart_render(&events, &html);
	it_has(&out, "There is no event.");
	ks_buf_release(&out);
	ks_vec_release(&events);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TEST(&tests, bars_say_done_and_denied);
	ROWS_TEST(&tests, more_than_there_are_is_said);
	return rows_run("regionchart", &tests);
}
