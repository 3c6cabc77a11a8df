/* lib/intel/netlist: lines, categories, and which of several networks an address is in. */
#include "lib/intel/netlist.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What went wrong, a line each. */
static void note(void *arg, const struct ks_err *err)
{
	struct ks_buf *out = arg;

	ks_err_render(err, out);
	ks_buf_addc(out, '\n');
}

static struct ks_netlist *parse(const char *path, struct ks_str text, struct ks_buf *problems)
{
	struct ks_netlist *list = ks_netlist_new();

	ks_netlist_parse(list, path, text, &(struct ks_netlist_sink){ note, problems });
	ks_netlist_build(list);
	return list;
}

/* The categories of an address, in order of the alphabet. */
static int compare(const void *a, const void *b)
{
	return ks_str_compare(*(const struct ks_str *)a, *(const struct ks_str *)b);
}

static void find(const struct ks_netlist *list, const char *address, struct ks_buf *out)
{
	const struct ks_str *found = NULL;
	struct ks_str names[64];
	struct ks_ip ip;
	size_t n;

	assert_true(ks_ip_parse(ks_str_of(address), &ip));
	n = ks_netlist_find(list, &ip, &found);
	assert_true(n <= sizeof(names) / sizeof(names[0]));
	if (n > 0)
		memcpy(names, found, n * sizeof(names[0]));
	qsort(names, n, sizeof(names[0]), compare);
	for (size_t i = 0; i < n; i++)
		ks_buf_addf(out, "%s" KS_STR_FMT, i > 0 ? " " : "", KS_STR_ARG(names[i]));
}

struct row {
	const char *name, *text, *address, *want, *problems;
};

#define NESTED "10.0.0.0/8 a\n10.1.0.0/16 b\n10.1.2.0/24 c\n10.1.2.3 d\n10.1.2.3 e\n10.200.0.0/16 a\n"

static const struct row rows[] = {
	{ "the file's category", "192.0.2.1\n", "192.0.2.1", "tor", "" },
	{ "not in it", "192.0.2.1\n", "192.0.2.2", "", "" },
	{ "before the first", "192.0.2.1\n", "1.1.1.1", "", "" },
	{ "empty text", "", "192.0.2.1", "", "" },
	{ "no line break at the end", "192.0.2.1", "192.0.2.1", "tor", "" },
	{ "CRLF, blanks, tabs", "  192.0.2.1 \t a\tb \r\n", "192.0.2.1", "a b", "" },
	{ "byte order mark", "\xEF\xBB\xBF" "192.0.2.1\n", "192.0.2.1", "tor", "" },
	{ "comments", "# x\n;y\n192.0.2.1 # z\n", "192.0.2.1", "tor", "" },
	{ "a comment right behind", "192.0.2.0/24;SBL1\n", "192.0.2.255", "tor", "" },
	{ "own categories replace the file's", "192.0.2.1 scanner\n", "192.0.2.1", "scanner", "" },
	{ "a category twice", "192.0.2.1 x x\n192.0.2.1 x\n", "192.0.2.1", "x", "" },
	{ "nested: all of them", NESTED, "10.1.2.3", "a b c d e", "" },
	{ "nested: behind the innermost", NESTED, "10.1.2.4", "a b c", "" },
	{ "nested: behind the second", NESTED, "10.1.3.0", "a b", "" },
	{ "nested: first of all", NESTED, "10.0.0.0", "a", "" },
	{ "nested: the same inside", NESTED, "10.200.0.1", "a", "" },
	{ "nested: last of all", NESTED, "10.255.255.255", "a", "" },
	{ "nested: past all", NESTED, "11.0.0.0", "", "" },
	{ "everything", "0.0.0.0/0 x\n255.255.255.255 y\n", "255.255.255.255", "x y", "" },
	{ "everything, the lowest", "0.0.0.0/0 x\n", "0.0.0.0", "x", "" },
	{ "v6: a network", "2001:db8::/32 x\n2001:db8::1 y\n", "2001:db8::1", "x y", "" },
	{ "v6: behind an address", "2001:db8::/32 x\n2001:db8::1 y\n", "2001:db8::2", "x", "" },
	{ "v6: past a network", "2001:db8::/32 x\n", "2001:db9::", "", "" },
	{ "v6: a carry past 64 bits", "2001:db8:0:0:8000::/65 x\n", "2001:db8:0:1::", "", "" },
	{ "v6: /65, its last", "2001:db8:0:0:8000::/65 x\n", "2001:db8:0:0:ffff:ffff:ffff:ffff", "x", "" },
	{ "v6: /64", "2001:db8::/64 x\n", "2001:db8:0:1::", "", "" },
	{ "v6: the last address", "ffff::/16 x\nffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff y\n",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "x y", "" },
	{ "v6: everything", "::/0 x\n", "ffff::", "x", "" },
	{ "families do not mix", "::ffff:0:0/96 x\n0.0.0.0/0 y\n", "::ffff:1.2.3.4", "x", "" },
	{ "families do not mix, the other way", "::/0 x\n", "1.2.3.4", "", "" },
	{ "a bad line, and the rest", "x\n192.0.2.1\n", "192.0.2.1", "tor",
		"d/tor.txt:1:1: 'x' is no IP network: write it as 192.0.2.0/24 or 2001:db8::/32\n" },
	{ "bits past the prefix", " 192.0.2.1/24\n", "192.0.2.1", "",
		"d/tor.txt:1:2: '192.0.2.1/24' has bits set past the prefix: did you mean '192.0.2.0/24'?\n" },
	{ "a bad category adds nothing", "192.0.2.1 good Bad\n", "192.0.2.1", "",
		"d/tor.txt:1:16: 'Bad' is no category: up to 64 lower-case letters, digits, '-', '_' and '.'\n" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_buf problems, found;
	struct ks_netlist *list;

	ks_buf_init(&problems, 1u << 16);
	ks_buf_init(&found, 1u << 16);
	ks_buf_adds(&problems, "");
	list = parse("d/tor.txt", ks_str_of(row->text), &problems);
	find(list, row->address, &found);
	assert_true(ks_str_is(ks_buf_str(&found), row->want));
	assert_true(ks_str_is(ks_buf_str(&problems), row->problems));
	ks_netlist_free(list);
	ks_buf_release(&problems);
	ks_buf_release(&found);
}

/* Only a file whose name is a category needs no other. */
static void needs_a_category(void **state)
{
	struct ks_buf problems, found;
	struct ks_netlist *list;

	(void)state;
	ks_buf_init(&problems, 1u << 16);
	ks_buf_init(&found, 1u << 16);
	list = parse("My List.txt", KS_STR("192.0.2.1 x\n192.0.2.2\n"), &problems);
	assert_int_equal(ks_netlist_count(list), 1);
	find(list, "192.0.2.1", &found);
	assert_true(ks_str_is(ks_buf_str(&found), "x"));
	assert_true(ks_str_is(ks_buf_str(&problems),
		"My List.txt:2:10: a category must follow, since the file's name is none\n"));
	ks_netlist_free(list);
	ks_buf_release(&problems);
	ks_buf_release(&found);
}

static void tells_only_some(void **state)
{
	struct ks_buf problems, text;

	(void)state;
	ks_buf_init(&problems, 1u << 20);
	ks_buf_init(&text, 1u << 20);
	for (unsigned i = 0; i < 1000 + KS_NETLIST_PROBLEMS; i++)
		ks_buf_adds(&text, "?\n");
	ks_netlist_free(parse("x.txt", ks_buf_str(&text), &problems));
	assert_true(ks_str_find(ks_buf_str(&problems), KS_STR("x.txt:20:1: ")) >= 0);
	assert_true(ks_str_find(ks_buf_str(&problems), KS_STR("x.txt:21:1: ")) < 0);
	assert_true(ks_str_has_suffix(ks_buf_str(&problems),
		KS_STR("x.txt: 1000 more lines are no addresses\n")));
	ks_buf_release(&problems);
	ks_buf_release(&text);
}

/* Random nets in a small space against looking through all of them. */
static void agrees_with_a_plain_search(void **state)
{
	struct ks_buf problems, text, want, got;
	struct ks_ip_net nets[200];
	struct ks_netlist *list;
	struct ks_err err = { 0 };
	unsigned seed = 7;

	(void)state;
	ks_buf_init(&problems, 1u << 16);
	ks_buf_init(&text, 1u << 20);
	for (size_t i = 0; i < 200; i++) {
		unsigned prefix = 24 + (seed = seed * 1103515245u + 12345u, seed >> 16) % 9;
		unsigned base = ((seed = seed * 1103515245u + 12345u, seed >> 16) & 255u) & (0xFFu << (32 - prefix));
		char net[64];

		snprintf(net, sizeof(net), "10.0.0.%u/%u", base, prefix);
		assert_int_equal(ks_ip_parse_net(ks_str_of(net), &nets[i], &err), 0);
		ks_buf_addf(&text, "%s c%02zu\n", net, i % 60);
	}
	list = parse("x.txt", ks_buf_str(&text), &problems);
	assert_int_equal(problems.n, 0);
	for (unsigned last = 0; last < 256; last++) {
		char address[32];
		struct ks_ip ip;
		bool has[60] = { false };

		snprintf(address, sizeof(address), "10.0.0.%u", last);
		assert_true(ks_ip_parse(ks_str_of(address), &ip));
		for (size_t i = 0; i < 200; i++)
			has[i % 60] |= ks_ip_is_in(&ip, &nets[i]);
		ks_buf_init(&want, 1u << 16);
		ks_buf_init(&got, 1u << 16);
		for (size_t i = 0; i < 60; i++)
			if (has[i])
				ks_buf_addf(&want, "%sc%02zu", want.n > 0 ? " " : "", i);
		find(list, address, &got);
		assert_true(ks_str_is_equal(ks_buf_str(&got), ks_buf_str(&want)));
		ks_buf_release(&want);
		ks_buf_release(&got);
	}
	ks_netlist_free(list);
	ks_buf_release(&problems);
	ks_buf_release(&text);
}

int main(void)
{
	struct rows list = { .n = 0 };

	ROWS_TABLE(&list, test_row, rows);
	ROWS_TEST(&list, needs_a_category);
	ROWS_TEST(&list, tells_only_some);
	ROWS_TEST(&list, agrees_with_a_plain_search);
	return rows_run("netlist", &list);
}
