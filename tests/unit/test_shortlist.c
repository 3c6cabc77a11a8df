/* lib/sigma/shortlist: against asking each, and what it may cost. */
#include "lib/sigma/shortlist.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 80u

/* A list, and what was tried. */
struct fixture {
	struct ks_arena arena;
	struct ks_pattern patterns[MOST];
	struct ks_ip_net nets[MOST];
	struct ks_shortlist_entry entries[MOST];
	size_t n;
	const struct ks_shortlist *list;
	struct ks_str text;
	unsigned tried[MOST], tries;
	bool stops;                        /* at the first that matches */
	unsigned seed;
};

static unsigned draw(struct fixture *f, unsigned below)
{
	return (unsigned)rand_r(&f->seed) % below;
}

static void add_pattern(struct fixture *f, struct ks_str source, unsigned how)
{
	const struct ks_pattern_spec spec = { .has_front = how & 1, .has_back = how & 2, .is_cased = how & 4 };

	f->patterns[f->n] = ks_pattern_compile(source, &spec, &f->arena);
	f->entries[f->n] = (struct ks_shortlist_entry){ .pattern = &f->patterns[f->n] };
	f->n++;
}

static void add_net(struct fixture *f, const char *text)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_ip_parse_net(ks_str_of(text), &f->nets[f->n], &err), 0);
	f->entries[f->n] = (struct ks_shortlist_entry){ .net = &f->nets[f->n] };
	f->n++;
}

static bool is_match(const struct fixture *f, size_t i)
{
	struct ks_ip ip;

	if (f->entries[i].net != NULL)
		return ks_ip_parse(f->text, &ip) && ks_ip_is_in(&ip, f->entries[i].net);
	return f->entries[i].pattern != NULL && ks_pattern_is_match(f->entries[i].pattern, f->text);
}

static bool try_one(void *arg, uint32_t number)
{
	struct fixture *f = arg;

	assert_true(number < f->n);
	f->tried[number]++;
	f->tries++;
	return f->stops && is_match(f, number);
}

/* Whatever matches was tried, or is among the rest; nothing of the rest was. What is tried and does not
 * match is dear: it was tried once. */
static void check(struct fixture *f)
{
	bool is_any = false, is_rest[MOST] = { false };
	const uint32_t *rest;
	size_t n;

	rest = ks_shortlist_rest(f->list, &n);
	for (size_t i = 0; i < n; i++)
		is_rest[rest[i]] = true;
	memset(f->tried, 0, sizeof(f->tried));
	f->tries = 0;
	f->stops = false;
	assert_false(ks_shortlist_ask(f->list, f->text, try_one, f));
	for (size_t i = 0; i < f->n; i++) {
		const struct ks_pattern *pattern = f->entries[i].pattern;
		bool is_dear = f->entries[i].is_part || (pattern != NULL && pattern->kind == KS_PATTERN_GLOB);

		is_any |= is_match(f, i) && !is_rest[i];
		if ((is_match(f, i) && !is_rest[i] && f->tried[i] == 0) || (is_rest[i] && f->tried[i] > 0) ||
			(!is_match(f, i) && !is_dear && f->tried[i] > 0) || (is_dear && f->tried[i] > 1))
			fail_msg("entry %zu of %zu, '%.*s'", i, f->n, (int)f->text.n, f->text.p);
	}
	f->stops = true;
	assert_int_equal(ks_shortlist_ask(f->list, f->text, try_one, f), is_any);
}

/* Few letters, so that much matches; a capital, a wildcard, what is no ASCII, a NUL. */
static void make_text(struct fixture *f, bool is_pattern, char *out, size_t *out_n)
{
	static const char letters[] = "abAB.-\xC3\xA4\0*?";

	*out_n = draw(f, is_pattern ? 9 : 20);
	for (size_t i = 0; i < *out_n; i++)
		out[i] = letters[draw(f, is_pattern ? 11 : 9)];
}

static const char *make_ip(struct fixture *f, char out[40])
{
	if (draw(f, 3) == 0)
		snprintf(out, 40, "2001:db8:%x::%x", draw(f, 3), draw(f, 3));
	else
		snprintf(out, 40, "10.%u.%u.%u", draw(f, 3), draw(f, 2), draw(f, 4));
	return out;
}

static void make_net(struct fixture *f, char out[60])
{
	static const unsigned short_ones[] = { 0, 8, 15, 16, 23, 24, 31, 32 };
	static const unsigned long_ones[] = { 0, 32, 33, 47, 48, 127, 128 };
	struct ks_ip_net net = { .prefix = 0 };
	char ip[40], text[60] = "";
	bool is_v6;

	assert_true(ks_ip_parse(ks_str_of(make_ip(f, ip)), &net.base));
	is_v6 = net.base.bits == 128;
	net.prefix = (unsigned char)(is_v6 ? long_ones[draw(f, 7)] : short_ones[draw(f, 8)]);
	for (unsigned i = net.prefix; i < net.base.bits; i++)
		net.base.bytes[i / 8] &= (unsigned char)~(0x80u >> i % 8);
	for (unsigned i = 0; i < net.base.bits / 8u; i += is_v6 ? 2 : 1)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), is_v6 ? "%s%x" : "%s%u",
			i == 0 ? "" : is_v6 ? ":" : ".", is_v6 ? net.base.bytes[i] * 256u + net.base.bytes[i + 1] :
			net.base.bytes[i]);
	snprintf(out, 60, "%.50s/%u", text, net.prefix);
}

static void test_against_each(void **state)
{
	static struct fixture f;
	char text[60];

	(void)state;
	f.seed = 7;
	for (unsigned round = 0; round < 3000; round++) {
		size_t n = 1 + draw(&f, MOST), m;

		ks_arena_init(&f.arena);
		for (f.n = 0; f.n < n;) {
			unsigned kind = draw(&f, round % 3 == 0 ? 2 : 12);

			if (kind == 0) {
				make_net(&f, text);
				add_net(&f, text);
			} else if (kind == 1) {
				add_pattern(&f, ks_str_of(make_ip(&f, text)), 0);
			} else if (kind == 2 && draw(&f, 8) == 0) {
				f.entries[f.n++] = (struct ks_shortlist_entry){ .pattern = NULL };
			} else {
				make_text(&f, true, text, &m);
				add_pattern(&f, (struct ks_str){ text, m }, draw(&f, 8));
			}
		}
		f.list = ks_shortlist_make(f.entries, f.n, &f.arena);
		for (unsigned i = 0; i < 30; i++) {
			f.text = ks_str_of(make_ip(&f, text));
			if (i % 3 != 0)
				make_text(&f, false, text, &f.text.n);
			check(&f);
		}
		ks_arena_release(&f.arena);
	}
}

/* Of very many, few are tried. */
static bool count(void *arg, uint32_t number)
{
	(void)number;
	++*(unsigned *)arg;
	return false;
}

static void test_tries_few(void **state)
{
	enum { MANY = 20000 };
	struct ks_shortlist_entry *entries = calloc(MANY, sizeof(*entries));
	struct ks_pattern *patterns = calloc(MANY, sizeof(*patterns));
	struct ks_arena arena = { NULL };
	const struct ks_shortlist *list;
	unsigned tries = 0;
	char text[60];

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		const struct ks_pattern_spec spec = { .has_front = i % 4 & 1, .has_back = (i % 4 & 2) != 0 };

		snprintf(text, sizeof(text), "arn:aws:iam::123456789012:user/u%u-%s", i * 7919, "of the list");
		patterns[i] = ks_pattern_compile(ks_str_of(text), &spec, &arena);
		entries[i].pattern = &patterns[i];
	}
	list = ks_shortlist_make(entries, MANY, &arena);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "arn:aws:iam::123456789012:user/v%u-%s", i * 4241, "not of it");
		ks_shortlist_ask(list, ks_str_of(text), count, &tries);
	}
	assert_int_equal(tries, 0);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "arn:aws:iam::123456789012:user/u%u-%s", i * 7919, "of the list");
		ks_shortlist_ask(list, ks_str_of(text), count, &tries);
	}
	assert_int_equal(tries, 1000);
	ks_arena_release(&arena);
	free(entries);
	free(patterns);
}

/* Text that says the same letters again and again: what takes long is tried once, and what comes behind it
 * is found all the same. */
static void test_bears_repetition(void **state)
{
	static struct fixture f;
	static char text[100000];

	(void)state;
	for (unsigned many = 10; many <= MOST; many += MOST - 10) {
		ks_arena_init(&f.arena);
		memset(f.entries, 0, sizeof(f.entries));
		for (f.n = 0; f.n < many;) {
			char source[20];

			snprintf(source, sizeof(source), f.n % 5 == 4 ? "needle%zu" : f.n % 5 == 3 ? "tooltool%zu" :
				"tooltool?z%zu", f.n);
			add_pattern(&f, ks_str_of(source), 3);
			f.entries[f.n - 1].is_part = f.n % 2 == 0;
		}
		f.list = ks_shortlist_make(f.entries, f.n, &f.arena);
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = "tool"[i % 4];
		f.text = (struct ks_str){ text, sizeof(text) };
		check(&f);
		assert_true(f.tries > 0);
		memcpy(text + sizeof(text) - 8, "needle 4", 8);
		text[sizeof(text) - 2] = '4';
		check(&f);
		assert_true(is_match(&f, 4));
		ks_arena_release(&f.arena);
	}
}

/* Hundreds that have the same letters, which the text says all the time: no more tries than asking each, and
 * a few for each letter. */
static void test_bears_the_same(void **state)
{
	enum { MANY = 200 };
	static struct ks_pattern patterns[MANY];
	static struct ks_shortlist_entry entries[MANY];
	static char text[700000];
	const struct ks_pattern_spec spec = { .has_front = true, .has_back = true };
	struct ks_arena arena = { NULL };
	const struct ks_shortlist *list;
	unsigned tries = 0;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		patterns[i] = ks_pattern_compile(KS_STR("aws-cli"), &spec, &arena);
		entries[i].pattern = &patterns[i];
	}
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "aws-cli"[i % 7];
	list = ks_shortlist_make(entries, MANY, &arena);
	ks_shortlist_ask(list, (struct ks_str){ text, sizeof(text) }, count, &tries);
	assert_true(tries >= MANY && tries < 2 * sizeof(text));
	ks_arena_release(&arena);
}

static bool note(void *arg, uint32_t number)
{
	((bool *)arg)[number] = true;
	return false;
}

/* Such a text, and behind all that what one more pattern asks for: that is tried as well, be it the first or
 * the last, and also where all of them are dear to try. */
static void test_loses_none_to_repetition(void **state)
{
	enum { SAME = 20, ALL = SAME + 2 };
	static char text[40000];
	const struct ks_pattern_spec spec = { .has_front = true, .has_back = true };

	(void)state;
	for (int is_part = 0; is_part < 2; is_part++)
		for (int back = 0; back < 2; back++) {
			struct ks_shortlist_entry entries[ALL] = { { .is_part = false } };
			struct ks_pattern patterns[ALL];
			struct ks_arena arena = { NULL };
			bool is_tried[ALL] = { false };

			for (unsigned i = 0; i < ALL; i++) {
				struct ks_str part = i == 0 ? KS_STR("needle") : i == ALL - 1 ? KS_STR("gimlet") :
					KS_STR("q-aws-q");

				patterns[i] = ks_pattern_compile(part, &spec, &arena);
				entries[i] = (struct ks_shortlist_entry){ .pattern = &patterns[i], .is_part = is_part == 1 };
			}
			for (size_t i = 0; i < sizeof(text); i++)
				text[i] = "q-aws-"[i % 6];
			memcpy(text + sizeof(text) - 6, back ? "gimlet" : "needle", 6);
			ks_shortlist_ask(ks_shortlist_make(entries, ALL, &arena),
				(struct ks_str){ text, sizeof(text) }, note, is_tried);
			for (unsigned i = 0; i < ALL; i++)
				if (ks_pattern_is_match(&patterns[i], (struct ks_str){ text, sizeof(text) }))
					assert_true(is_tried[i]);
			assert_true(is_tried[back ? ALL - 1 : 0]);
			ks_arena_release(&arena);
		}
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_against_each);
	ROWS_TEST(&rows, test_tries_few);
	ROWS_TEST(&rows, test_bears_repetition);
	ROWS_TEST(&rows, test_bears_the_same);
	ROWS_TEST(&rows, test_loses_none_to_repetition);
	return rows_run("shortlist", &rows);
}
