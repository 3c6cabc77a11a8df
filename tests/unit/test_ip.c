/* lib/codec/ip */
#include "lib/codec/ip.h"

#include "tests/unit/rows.h"

#include <arpa/inet.h>

#include <string.h>

struct net_row {
	const char *name, *net, *address;
	bool want;
};

static const struct net_row nets[] = {
	{ "v4: first of the net", "192.0.2.0/25", "192.0.2.0", true },
	{ "v4: last of the net", "192.0.2.0/25", "192.0.2.127", true },
	{ "v4: one past the net", "192.0.2.0/25", "192.0.2.128", false },
	{ "v4: /0", "0.0.0.0/0", "255.255.255.255", true },
	{ "v4: /32", "192.0.2.1/32", "192.0.2.2", false },
	{ "v4: alone", "192.0.2.1", "192.0.2.1", true },
	{ "v6: in /33", "2001:db8::/33", "2001:db8:7fff:ffff::", true },
	{ "v6: past /33", "2001:db8::/33", "2001:db8:8000::", false },
	{ "v6: /128", "::1/128", "::1", true },
	{ "v6: spelled out", "2001:db8::/32", "2001:0DB8:0000:0000:0000:0000:0000:0001", true },
	{ "v6: embedded v4", "::ffff:0:0/96", "::ffff:192.0.2.1", true },
	{ "families do not mix: v6 in v4", "0.0.0.0/0", "::ffff:192.0.2.1", false },
	{ "families do not mix: v4 in v6", "::/0", "192.0.2.1", false },
};

static void test_net(void **state)
{
	const struct net_row *row = *state;
	struct ks_ip_net net;
	struct ks_err err = { 0 };
	struct ks_ip ip;

	assert_int_equal(ks_ip_parse_net(ks_str_of(row->net), &net, &err), 0);
	assert_true(ks_ip_parse(ks_str_of(row->address), &ip));
	assert_int_equal(ks_ip_is_in(&ip, &net), row->want);
}

struct bad_row {
	const char *name, *net, *part;
};

static const struct bad_row bads[] = {
	{ "no address", "x/8", "'x/8' is no IP network" },
	{ "empty", "", "is no IP network" },
	{ "three parts", "10.0.0/8", "is no IP network" },
	{ "leading zero", "010.0.0.0/8", "is no IP network" },
	{ "prefix too long", "10.0.0.0/33", "must be 0 to 32" },
	{ "prefix too long, v6", "::/129", "must be 0 to 128" },
	{ "prefix missing", "10.0.0.0/", "must be 0 to 32" },
	{ "prefix negative", "10.0.0.0/-1", "must be 0 to 32" },
	{ "prefix with a plus", "10.0.0.0/+8", "must be 0 to 32" },
	{ "two prefixes", "10.0.0.0/8/8", "must be 0 to 32" },
	{ "mask", "10.0.0.0/255.0.0.0", "must be 0 to 32" },
	{ "host bits", "10.1.2.3/8", "did you mean '10.0.0.0/8'" },
	{ "host bits, v6", "2001:db8::1/32", "did you mean '2001:db8::/32'" },
};

static void test_bad(void **state)
{
	const struct bad_row *row = *state;
	struct ks_ip_net net;
	struct ks_err err = { 0 };

	assert_int_equal(ks_ip_parse_net(ks_str_of(row->net), &net, &err), -1);
	assert_int_equal(err.code, KS_ERR_PARSE);
	if (strstr(err.message, row->part) == NULL)
		fail_msg("'%s' does not hold '%s'", err.message, row->part);
}

static void test_no_address(void **state)
{
	struct ks_ip ip;

	(void)state;
	assert_false(ks_ip_parse(KS_STR(""), &ip));
	assert_false(ks_ip_parse(KS_STR("192.0.2.1\0"), &ip));
	assert_false(ks_ip_parse(KS_STR("192.0.2.1 "), &ip));
	assert_false(ks_ip_parse(KS_STR("fe80::1%eth0"), &ip));
	assert_false(ks_ip_parse(KS_STR("AWS Internal"), &ip));
	assert_false(ks_ip_parse(KS_STR("1111111111111111111111111111111111111111111111111"), &ip));
}

/* Short texts of the letters of addresses: what is one, and which, is what inet_pton says. */
static void test_v4_as_inet_pton(void **state)
{
	static const char letters[] = "0125.69 x";
	uint64_t seed = 1;
	unsigned found = 0;

	(void)state;
	for (unsigned round = 0; round < 300000; round++) {
		char text[17];
		unsigned char want[4];
		struct ks_ip ip;
		bool is_one;
		size_t n = 0, parts = round % 8 == 0 ? 3 : 4;

		for (size_t part = 0; part < parts; part++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			for (size_t i = 0; i < 1 + (seed >> 60) % 3 && n < 15; i++)
				text[n++] = letters[(seed >> (20 + 6 * i)) % ((seed >> 50) % 16 == 0 ? 9 : 4)];
			if (part + 1 < parts && n < 15)
				text[n++] = '.';
		}
		text[n] = '\0';
		is_one = inet_pton(AF_INET, text, want) == 1;
		found += is_one;
		if (ks_ip_parse(ks_str_of(text), &ip) != is_one ||
			(is_one && (ip.bits != 32 || memcmp(ip.bytes, want, 4) != 0)))
			fail_msg("%s", text);
	}
	assert_in_range(found, 10000, 290000);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_net, nets);
	ROWS_TABLE(&rows, test_bad, bads);
	ROWS_TEST(&rows, test_no_address);
	ROWS_TEST(&rows, test_v4_as_inet_pton);
	return rows_run("ip", &rows);
}
