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
		&(struct ks_reader_config){ .inflate = ks_inflate_find(NULL),
			.fill = ks_mask_pick(KS_MASK_FASTEST) },
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

static void tell(void *arg, struct ks_event *event, uint64_t offset)
{
	ks_buf_addf(arg, KS_STR_FMT "@%llu%s%s %zu\n", KS_STR_ARG(event->event_id), (unsigned long long)offset,
		event->has_no_key ? "" : " key", event->is_aside ? " aside" : "", ks_event_raw(event).n);
}

static void tell_problem(void *arg, uint64_t offset, const struct ks_err *err)
{
	(void)err;
	ks_buf_addf(arg, "problem@%llu\n", (unsigned long long)offset);
}

/* What comes out of a text, in order: ids, offsets and problems. */
static void run(struct ks_buf *said, struct ks_str text, bool may_gather)
{
	const struct ks_anchors anchors = { .every = true };
	struct ks_reader reader;
	struct ks_err err;

	ks_buf_init(said, 1u << 20);
	ks_reader_init(&reader, &(struct ks_reader_config){ .inflate = ks_inflate_find(NULL),
		.fill = ks_mask_pick(KS_MASK_FASTEST), .may_gather = may_gather }, &anchors,
		&(struct ks_reader_sink){ tell, tell_problem, said });
	/* Twice: nothing is left of the first time. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(ks_reader_run(&reader, trail_fd(text), &err), 0);
	ks_buf_addf(said, "%llu records\n", (unsigned long long)reader.records);
	ks_reader_release(&reader);
}

/* Records that wait for others come out as they stand in the text, whatever stands between them. */
static void test_gathered(void **state)
{
	struct ks_buf text, at_once, gathered;

	(void)state;
	ks_buf_init(&text, 1u << 20);
	for (unsigned n = 1; n < 80; n++) {
		ks_buf_clear(&text);
		for (unsigned i = 0; i < n; i++) {
			ks_buf_addf(&text, "{\"eventVersion\":\"1.08\",\"eventSource\":\"s\",\"eventName\":\"%u\","
				"\"eventID\":\"%u\"", i, i);
			if (i % 11 == 10)
				ks_buf_addf(&text, ",\"long\":\"%09000u\"", i);
			ks_buf_adds(&text, i % 13 == 12 ? ",}\n" : "}\n");
			if (i % 17 == 16)
				ks_buf_adds(&text, "{\"detail\":" RECORD("inner") "}\n");
		}
		run(&at_once, ks_buf_str(&text), false);
		run(&gathered, ks_buf_str(&text), true);
		assert_string_equal(gathered.p, at_once.p);
		ks_buf_release(&at_once);
		ks_buf_release(&gathered);
	}
	ks_buf_release(&text);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_plain, text_rows);
	ROWS_TABLE(&rows, test_gzip, text_rows);
	ROWS_TEST(&rows, test_damage);
	ROWS_TEST(&rows, test_gathered);
	return rows_run("reader", &rows);
}
