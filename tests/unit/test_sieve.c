/* lib/trail/sieve: finds what an exact reading finds, or says that it cannot tell. */
#include "lib/trail/sieve.h"

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/trail/index.h"
#include "lib/trail/lookup.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#define OPENING "{\"eventVersion\":\"1.08\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"N\","
#define MOST (KS_SIEVE_BLOCKS * KS_MASK_BLOCK)

static const char *const paths[] = { "eventName", "sourceIPAddress", "readOnly", "userIdentity.type",
	"userIdentity.arn", "tls.x" };

#define PATHS (sizeof(paths) / sizeof(paths[0]))

static void set_up(struct ks_sieve *sieve, enum ks_mask_form form)
{
	ks_sieve_init(sieve, ks_mask_pick(form));
	for (size_t i = 0; i < PATHS; i++)
		assert_int_equal(ks_sieve_add(sieve, ks_str_of(paths[i])), i);
}

/* 0: it cannot tell; 1: it says what the index says; else it fails. */
static int check(struct ks_sieve *sieve, struct ks_str record)
{
	static char text[2 * MOST];
	struct ks_vec values = KS_VEC_OF(struct ks_value);
	struct ks_index index;
	struct ks_arena arena;
	struct ks_err err;
	bool is_read;

	memset(text, '{', sizeof(text));
	memcpy(text, record.p, record.n);
	is_read = ks_sieve_read(sieve, (struct ks_str){ text, record.n });
	ks_index_init(&index);
	ks_arena_init(&arena);
	/* Of what is no JSON nothing is asked: it has no findings. */
	if (ks_index_build(&index, record, NULL, &err) == 0)
		for (size_t i = 0; is_read && i < PATHS; i++) {
			const struct ks_sieve_field *field = &sieve->fields[i];

			ks_vec_clear(&values);
			ks_lookup_collect(&index, 0, ks_str_of(paths[i]), &arena, &values);
			if (field->n != values.n)
				fail_msg("%zu values of %s, not %zu: %.*s", field->n, paths[i], values.n,
					(int)record.n, record.p);
			for (size_t j = 0; j < values.n; j++) {
				const struct ks_value *value = KS_VEC_AT(&values, struct ks_value, j);

				if (field->values[j].kind != value->kind ||
					!ks_str_is_equal(field->values[j].text, value->text))
					fail_msg("%s: %.*s", paths[i], (int)record.n, record.p);
			}
		}
	ks_vec_release(&values);
	ks_arena_release(&arena);
	ks_index_release(&index);
	return is_read;
}

static void tells_what_it_can(void **state)
{
	static const struct {
		const char *text;
		bool is_read;
	} rows[] = {
		{ OPENING "\"eventName\":\"A\",\"readOnly\":true}", true },
		{ OPENING "\"eventName\":\"A\",\"eventName\":\"B\"}", true },
		{ OPENING "\"eventName\":null,\"sourceIPAddress\":-1.5e7}", true },
		{ OPENING "\"userIdentity\":{\"type\":\"Root\",\"x\":{\"type\":\"no\"},\"arn\":\"a\"},\"x\":1}",
			true },
		{ OPENING "\"userIdentity\":{},\"eventName\":\"\"}", false },
		{ OPENING "\"userIdentity\":\"x\",\"tls\":[]}", false },
		{ OPENING "\"x\":{\"eventName\":\"no\",\"y\":[{\"z\":\"}\\\"]\"}]},\"eventName\":\"A\"}", true },
		{ OPENING "\"x\":\"a\\\"b\",\"eventName\":\"A\"}", true },
		{ OPENING "\"eventName\":\"\\u0041\"}", false },
		{ OPENING "\"event\\u004eame\":\"A\"}", false },
		{ OPENING "\"eventName\":[\"A\"]}", false },
		{ OPENING "\"eventName\":{\"x\":1}}", false },
		{ OPENING "\"userIdentity\":[{\"type\":\"Root\"}]}", false },
		{ OPENING "\"userIdentity.type\":\"Root\"}", false },
		{ OPENING "\"eventName\" :\"A\"}", false },
		{ OPENING "\"eventName\": \"A\"}", false },
		{ OPENING "\"eventName\":\"A\" }", false },
		{ OPENING "\"eventName\":A}", false },
		{ OPENING "\"eventName\":\"A\"", false },
		{ OPENING "\"x\":{\"y\":1}", false },
		{ OPENING "\"eventName\":1,\"eventName\":2,\"eventName\":3,\"eventName\":4,"
			"\"eventName\":5}", false },
		{ "{\"Records\":[" OPENING "\"eventName\":\"A\"}]}", false },
		/* Cut off within x: what follows in the list is swallowed. */
		{ OPENING "\"x\":{\"y\":1,{\"eventName\":\"B\"}]}", false },
		/* An envelope. */
		{ "{\"eventVersion\":\"1.0\",\"detail\":{\"eventName\":\"A\"}}", false },
		{ "{\"eventVersion\":\"1.0\",\"eventSource\":\"s\",\"message\":\"\"}", false },
		{ "{\"eventVersion\":\"2.1\",\"eventName\":\"A\"}", false },
		{ "", false },
	};
	struct ks_sieve sieve;

	(void)state;
	for (enum ks_mask_form form = KS_MASK_FASTEST; form <= KS_MASK_AVX2; form++) {
		set_up(&sieve, form);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (check(&sieve, ks_str_of(rows[i].text)) != rows[i].is_read)
				fail_msg("%s", rows[i].text);
	}
}

static uint64_t seed = 1;

static uint64_t draw(uint64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % n;
}

static void put_value(struct ks_buf *out, unsigned depth);

static void put_members(struct ks_buf *out, unsigned depth)
{
	static const char *const names[] = { "eventName", "sourceIPAddress", "readOnly", "userIdentity", "type",
		"arn", "tls", "x", "a name", "requestParameters", "userIdentity.type", "" };

	for (size_t i = 0, n = 1 + draw(6); i < n; i++) {
		ks_buf_addf(out, "%s\"%s\":", i > 0 ? "," : "", names[draw(draw(20) > 0 ? 10 : 12)]);
		put_value(out, depth);
	}
}

static void put_value(struct ks_buf *out, unsigned depth)
{
	static const char *const plain[] = { "\"A\"", "\"a longer text that fills a good part of a block\"",
		"true", "false", "null", "12", "-0.5", "\"\"", "\"{[\"", "\"}\"", "\"\\\\\"", "\"\\\"}\"",
		"{}", "[]" };
	uint64_t kind = draw(8);

	if (depth == 0 || kind > 2) {
		ks_buf_adds(out, plain[draw(draw(6) > 0 ? 8 : 14)]);
	} else if (kind == 0) {
		ks_buf_addc(out, '[');
		put_value(out, depth - 1);
		ks_buf_addc(out, ',');
		put_value(out, depth - 1);
		ks_buf_addc(out, ']');
	} else {
		ks_buf_addc(out, '{');
		put_members(out, depth - 1);
		ks_buf_addc(out, '}');
	}
}

/* Random records, whole, and with a byte changed. */
static void tells_what_the_index_tells(void **state)
{
	static const char bytes[] = "\"{}[]\\,: x1";
	struct ks_sieve sieves[3];
	size_t read = 0, rounds = 6000;
	struct ks_buf text;

	(void)state;
	for (int form = 0; form < 3; form++)
		set_up(&sieves[form], (enum ks_mask_form)form);
	ks_buf_init(&text, 1u << 16);
	for (size_t round = 0; round < rounds; round++) {
		int known;

		ks_buf_clear(&text);
		ks_buf_adds(&text, OPENING);
		for (size_t parts = 1 + draw(5); parts > 0; parts--) {
			put_members(&text, 4);
			ks_buf_addc(&text, parts > 1 ? ',' : '}');
		}
		if (round % 2 == 1)
			text.p[sizeof(OPENING) + draw(text.n - sizeof(OPENING))] = bytes[draw(sizeof(bytes) - 1)];
		if (text.n > MOST)
			continue;
		known = check(&sieves[0], ks_buf_str(&text));
		assert_int_equal(check(&sieves[1], ks_buf_str(&text)), known);
		assert_int_equal(check(&sieves[2], ks_buf_str(&text)), known);
		read += (size_t)known;
	}
	assert_in_range(read, rounds / 8, rounds - rounds / 8);
	ks_buf_release(&text);
}

static void knows_its_limits(void **state)
{
	struct ks_sieve sieve;
	struct ks_buf text;

	(void)state;
	ks_sieve_init(&sieve, ks_mask_pick(KS_MASK_FASTEST));
	assert_false(ks_sieve_can(KS_STR("")));
	assert_false(ks_sieve_can(KS_STR("a.b.c")));
	assert_false(ks_sieve_can(KS_STR(".a")));
	assert_false(ks_sieve_can(KS_STR("a.")));
	assert_int_equal(ks_sieve_add(&sieve, KS_STR("a.b.c")), -1);
	for (unsigned i = 0; i < KS_SIEVE_FIELDS; i++)
		assert_int_equal(ks_sieve_add(&sieve, ks_str_sub(KS_STR("abcdefghijklmnopqrstuvwxyz"), i, 1)), i);
	assert_int_equal(ks_sieve_add(&sieve, KS_STR("c")), 2);
	assert_int_equal(ks_sieve_add(&sieve, KS_STR("z")), -1);
	/* The longest record that it reads, and one byte more. */
	set_up(&sieve, KS_MASK_FASTEST);
	ks_buf_init(&text, 1u << 16);
	ks_buf_adds(&text, OPENING "\"x\":\"");
	while (text.n < MOST - 2)
		ks_buf_addc(&text, 'x');
	ks_buf_adds(&text, "\"}");
	assert_int_equal(check(&sieve, ks_buf_str(&text)), 1);
	text.n -= 2;
	ks_buf_adds(&text, "x\"}");
	assert_int_equal(check(&sieve, ks_buf_str(&text)), 0);
	ks_buf_release(&text);
}

int main(void)
{
	static struct rows all;

	ROWS_TEST(&all, tells_what_it_can);
	ROWS_TEST(&all, tells_what_the_index_tells);
	ROWS_TEST(&all, knows_its_limits);
	return rows_run("sieve", &all);
}
