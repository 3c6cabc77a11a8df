/* lib/engine/reader: files that are still written. */
#include "lib/engine/reader.h"

#include "tests/unit/rows.h"
#include "tests/unit/trail.h"

#define RECORD(id)                                                                         \
	"{\"eventVersion\":\"1.08\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"X\"," \
	"\"note\":\"}{][\\\"\",\"eventID\":\"" id "\"}"

/* What came out so far. */
struct seen {
	struct ks_buf ids;
	uint64_t done;           /* records before it were taken */
	size_t problems;
};

static void take(void *arg, struct ks_event *event, uint64_t offset)
{
	struct seen *seen = arg;

	if (offset < seen->done)
		return;
	ks_buf_add(&seen->ids, event->event_id);
	ks_buf_addc(&seen->ids, ' ');
}

static void complain(void *arg, uint64_t offset, const struct ks_err *err)
{
	struct seen *seen = arg;

	(void)offset;
	(void)err;
	seen->problems++;
}

static void follow(struct seen *seen, struct ks_str text, uint64_t *top)
{
	const struct ks_anchors anchors = { .every = true };
	const struct ks_cutter_live live = { .from = *top };
	struct ks_cutter_reach reach;
	struct ks_reader reader;
	struct ks_err err;

	ks_reader_init(&reader,
		&(struct ks_reader_config){ .inflate = ks_inflate_find(NULL), .fill = ks_mask_pick(false) },
		&anchors, &(struct ks_reader_sink){ take, complain, seen });
	if (ks_reader_follow(&reader, trail_fd(text), &live, &err) == 0) {
		reach = ks_cutter_reach(&reader.cutter);
		assert_true(reach.top >= *top && reach.done >= reach.top);
		*top = reach.top;
		seen->done = reach.done;
	}
	ks_reader_release(&reader);
}

struct text_row {
	const char *name;
	const char *text;
	const char *want;
};

static const struct text_row text_rows[] = {
	{ "lines", RECORD("a") "\n" RECORD("b") "\n\n" RECORD("c") "\n", "a b c " },
	{ "lines without a last newline", RECORD("a") "\n" RECORD("b"), "a b " },
	{ "a delivered file", "{\"Records\":[" RECORD("a") "," RECORD("b") "," RECORD("c") "]}", "a b c " },
	{ "delivered files in a row", "{\"Records\":[" RECORD("a") "]}\n{\"Records\":[" RECORD("b") "]}",
		"a b " },
	{ "an array", "[" RECORD("a") ",\n" RECORD("b") "]", "a b " },
	{ "pretty", "{\n  \"Records\" : [\n    " RECORD("a") ",\n    " RECORD("b") "\n  ]\n}\n", "a b " },
};

/* Cut at any byte, and read on when it is whole: every record once, and nothing is called damaged. */
static void cut_everywhere(const struct text_row *row, bool is_gzip)
{
	struct ks_str text = ks_str_of(row->text);
	struct ks_buf packed;

	ks_buf_init(&packed, 1u << 16);
	if (is_gzip) {
		trail_gzip(&packed, text, 0);
		text = ks_buf_str(&packed);
	}
	for (size_t cut = 0; cut <= text.n; cut++) {
		struct seen seen = { .done = 0 };
		uint64_t top = 0;

		ks_buf_init(&seen.ids, 1u << 16);
		follow(&seen, ks_str_sub(text, 0, cut), &top);
		follow(&seen, text, &top);
		follow(&seen, text, &top);
		assert_string_equal(seen.ids.p, row->want);
		assert_int_equal(seen.problems, 0);
		ks_buf_release(&seen.ids);
	}
	ks_buf_release(&packed);
}

static void test_plain(void **state)
{
	cut_everywhere(*state, false);
}

static void test_gzip(void **state)
{
	cut_everywhere(*state, true);
}

/* A line that was cut off for good is told once its successor is there, and costs nothing else. */
static void test_damage(void **state)
{
	struct seen seen = { .done = 0 };
	uint64_t top = 0;

	(void)state;
	ks_buf_init(&seen.ids, 1u << 16);
	follow(&seen, KS_STR(RECORD("a") "\n{\"eventVersion\":\"1.08\",\"eve"), &top);
	assert_int_equal(seen.problems, 0);
	follow(&seen, KS_STR(RECORD("a") "\n{\"eventVersion\":\"1.08\",\"eve\n" RECORD("b") "\n"), &top);
	assert_int_equal(seen.problems, 1);
	assert_string_equal(seen.ids.p, "a b ");
	ks_buf_release(&seen.ids);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_plain, text_rows);
	ROWS_TABLE(&rows, test_gzip, text_rows);
	ROWS_TEST(&rows, test_damage);
	return rows_run("reader", &rows);
}
