/* Every back end on the same gzip bytes: whole, cut, damaged, in steps of any size. */
#include "lib/codec/inflate.h"

#include "tests/unit/fixture.h"

#include <stdlib.h>

/* "hello hello hello hello\n", as gzip -n makes it. */
static const unsigned char hello[] = {
	0x1f,
	0x8b,
	0x08,
	0,
	0,
	0,
	0,
	0,
	0,
	0x03,
	0xcb,
	0x48,
	0xcd,
	0xc9,
	0xc9,
	0x57,
	0xc8,
	0x40,
	0x27,
	0xb9,
	0x00,
	0x00,
	0x88,
	0x59,
	0x0b,
	0x18,
	0x00,
	0x00,
	0x00,
};
static const char text[] = "hello hello hello hello\n";

static const char *const names[] = { "isal", "zlib" };

/* Inflates n bytes in steps; returns the last status. */
static enum ks_inflate_status inflate(const struct ks_inflate_backend *backend, void *state,
	const unsigned char *in, size_t n, size_t step, struct ks_buf *out)
{
	enum ks_inflate_status status = KS_INFLATE_MORE;
	const char *why = NULL;
	size_t at = 0;

	while (status == KS_INFLATE_MORE) {
		size_t give = n - at < step ? n - at : step;
		unsigned char buffer[7];
		struct ks_inflate_io io = { in + at, give, buffer, sizeof(buffer) };

		status = backend->step(state, &io, &why);
		ks_buf_add(out, (struct ks_str){ (char *)buffer, sizeof(buffer) - io.out_n });
		at += give - io.in_n;
		if (status == KS_INFLATE_BAD)
			assert_non_null(why);
		if (status == KS_INFLATE_MORE && io.in_n == give && io.out_n == sizeof(buffer))
			break;
	}
	return status;
}

static void reads_in_any_steps(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct ks_inflate_backend *backend = ks_inflate_find(names[i]);
		void *inflater;

		if (backend == NULL)
			continue;
		inflater = backend->new();
		for (size_t step = 1; step <= sizeof(hello); step++) {
			struct ks_buf out;

			ks_buf_init(&out, 1000);
			backend->begin(inflater);
			assert_int_equal(inflate(backend, inflater, hello, sizeof(hello), step, &out), KS_INFLATE_END);
			assert_string_equal(out.p, text);
			ks_buf_release(&out);
		}
		backend->free(inflater);
	}
}

static void sees_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct ks_inflate_backend *backend = ks_inflate_find(names[i]);

		for (size_t n = 0; backend != NULL && n < sizeof(hello); n++) {
			void *inflater = backend->new();
			struct ks_buf out;

			ks_buf_init(&out, 1000);
			backend->begin(inflater);
			assert_int_not_equal(inflate(backend, inflater, hello, n, 3, &out), KS_INFLATE_END);
			assert_true(ks_str_has_prefix(KS_STR("hello hello hello hello\n"), ks_buf_str(&out)));
			ks_buf_release(&out);
			backend->free(inflater);
		}
	}
}

/* Flips one bit at a time: behind the header, nothing may pass as the same text without an error. */
static void sees_every_flipped_bit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct ks_inflate_backend *backend = ks_inflate_find(names[i]);

		for (size_t bit = 80; backend != NULL && bit < 8 * sizeof(hello); bit++) {
			unsigned char damaged[sizeof(hello)];
			void *inflater = backend->new();
			struct ks_buf out;

			memcpy(damaged, hello, sizeof(hello));
			damaged[bit / 8] ^= (unsigned char)(1u << bit % 8);
			ks_buf_init(&out, 100000);
			backend->begin(inflater);
			/* Bits of the padding behind the last block say nothing: the text is whole then. */
			if (inflate(backend, inflater, damaged, sizeof(damaged), sizeof(damaged), &out) ==
				KS_INFLATE_END)
				assert_string_equal(out.p, text);
			ks_buf_release(&out);
			backend->free(inflater);
		}
	}
}

/* A member in one step: all of it, or nothing and nothing moved. What stands behind it is left. */
static void unpacks_whole(void **state)
{
	const struct ks_inflate_whole *whole = ks_inflate_find_whole(ks_inflate_find("isal"));
	unsigned char in[sizeof(hello) + 1], out[100];
	void *unpacker = whole->new();

	(void)state;
	memcpy(in, hello, sizeof(hello));
	in[sizeof(hello)] = 0x1f;
	for (size_t n = 18; n <= sizeof(in); n++)
		for (size_t room = 0; room < sizeof(out); room++) {
			struct ks_inflate_io io = { in, n, out, room };
			bool fits = n >= sizeof(hello) && room >= sizeof(text) - 1;

			assert_int_equal(whole->unpack(unpacker, &io), fits);
			assert_int_equal(io.in_n, fits ? n - sizeof(hello) : n);
			assert_int_equal(io.out_n, fits ? room - (sizeof(text) - 1) : room);
			assert_ptr_equal(io.in, in + (n - io.in_n));
			if (fits)
				assert_memory_equal(out, text, sizeof(text) - 1);
		}
	for (size_t bit = 80; bit < 8 * sizeof(hello); bit++) {
		struct ks_inflate_io io = { in, sizeof(hello), out, sizeof(out) };

		in[bit / 8] ^= (unsigned char)(1u << bit % 8);
		if (whole->unpack(unpacker, &io))
			assert_memory_equal(out, text, sizeof(text) - 1);
		in[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	whole->free(unpacker);
	assert_null(ks_inflate_find_whole(ks_inflate_find("zlib")));
}

static void finds_by_name(void **state)
{
	(void)state;
	assert_non_null(ks_inflate_find(NULL));
	assert_non_null(ks_inflate_find("zlib"));
	assert_null(ks_inflate_find("snappy"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_in_any_steps), cmocka_unit_test(sees_every_cut),
		cmocka_unit_test(sees_every_flipped_bit), cmocka_unit_test(unpacks_whole),
		cmocka_unit_test(finds_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
