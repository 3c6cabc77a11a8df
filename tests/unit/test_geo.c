/* lib/intel/geo: a database made by hand, whole and broken. Countries and networks by address are in the
 * case enrich-geoip. */
#include "lib/intel/geo.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#include <string.h>

/* IPv4, one node: 0.0.0.0/1 leads to the data, all else to nothing. After "MaxMind DB File Format
 * Specification" 2.0: tree, 16 zeroes, data, metadata. */
#define NODE "\x00\x00\x11\x00\x00\x01"
#define GAP "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define META(type) "\xAB\xCD\xEFMaxMind.com\xE9" \
	"\x4Anode_count\xC1\x01" "\x4Brecord_size\xA1\x18" "\x4Aip_version\xA1\x04" \
	"\x4D" "database_type" type "\x49languages\x00\x04" \
	"\x5B" "binary_format_major_version\xA1\x02" "\x5B" "binary_format_minor_version\xA0" \
	"\x4B" "build_epoch\x01\x02\x01" "\x4B" "description\xE0"
#define COUNTRY "\x47" "Country"

#define BYTES(s) { (s), sizeof(s) - 1 }

/* One entry: country.iso_code is DE, autonomous_system_number is 64500. */
static const char whole[] = NODE GAP "\xE2\x47" "country\xE1\x48" "iso_code\x42" "DE"
	"\x58" "autonomous_system_number" "\xC2\xFB\xF4" META(COUNTRY);
/* The entry says that it is a map of two and ends after one. */
static const char cut_entry[] = NODE GAP "\xE2\x47" "country\xE1\x48" "iso_code\x42" "DE" META(COUNTRY);
static const char lost_tree[] = "\x00\xFF\x11\x00\x00\x01" GAP "\xE0" META(COUNTRY);
static const char other_type[] = NODE GAP "\xE0" META("\x46" "Domain");
static const char no_meta[] = NODE GAP "\xE0";

static const struct bad {
	const char *name;
	struct ks_str bytes;
	const char *part;
} bads[] = {
	{ "empty", BYTES(""), "is no MaxMind database" },
	{ "without metadata", BYTES(no_meta), "is no MaxMind database" },
	{ "a tree that leads nowhere", BYTES(lost_tree), "search tree leads nowhere" },
	{ "nothing that we read", BYTES(other_type), "of type 'Domain'" },
};

static void save(struct fixture *f, const char *name, struct ks_str bytes)
{
	FILE *file = fopen(fixture_path(f, name), "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
	assert_int_equal(fclose(file), 0);
}

static void refuses(void **state)
{
	const struct bad *row = *state;
	struct ks_geo *geo = ks_geo_new();
	struct ks_err err = { 0 };
	struct fixture f;

	fixture_init(&f);
	save(&f, "x.mmdb", row->bytes);
	assert_int_equal(ks_geo_open(geo, fixture_path(&f, "x.mmdb"), &err), -1);
	assert_int_equal(err.code, KS_ERR_CONFIG);
	assert_non_null(strstr(err.message, row->part));
	assert_int_equal(ks_geo_open(geo, fixture_path(&f, "none.mmdb"), &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	assert_int_equal(ks_geo_open(geo, f.dir, &err), -1);
	ks_geo_free(geo);
	fixture_release(&f);
}

static struct ks_geo_place place_of(struct ks_geo *geo, const char *address)
{
	struct ks_geo_place place;
	struct ks_ip ip;

	assert_true(ks_ip_parse(ks_str_of(address), &ip));
	ks_geo_find(geo, &ip, &place);
	return place;
}

static void finds(void **state)
{
	struct ks_geo *geo = ks_geo_new();
	struct ks_err err = { 0 };
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_string_equal(place_of(geo, "1.2.3.4").country, "");
	save(&f, "x.mmdb", (struct ks_str){ whole, sizeof(whole) - 1 });
	assert_int_equal(ks_geo_open(geo, fixture_path(&f, "x.mmdb"), &err), 0);
	assert_string_equal(place_of(geo, "1.2.3.4").country, "DE");
	assert_int_equal(place_of(geo, "1.2.3.4").asn, 64500);
	assert_string_equal(place_of(geo, "200.2.3.4").country, "");
	assert_int_equal(place_of(geo, "200.2.3.4").asn, 0);
	assert_string_equal(place_of(geo, "::1").country, "");
	assert_null(ks_geo_damaged(geo));
	ks_geo_free(geo);
	fixture_release(&f);
}

/* What the tree does not show comes up when it is read, and is not passed over in silence. */
static void notices_damage(void **state)
{
	struct ks_geo *geo = ks_geo_new();
	struct ks_err err = { 0 };
	struct fixture f;

	(void)state;
	fixture_init(&f);
	save(&f, "x.mmdb", (struct ks_str){ cut_entry, sizeof(cut_entry) - 1 });
	assert_int_equal(ks_geo_open(geo, fixture_path(&f, "x.mmdb"), &err), 0);
	assert_null(ks_geo_damaged(geo));
	place_of(geo, "1.2.3.4");
	assert_string_equal(ks_geo_damaged(geo), fixture_path(&f, "x.mmdb"));
	ks_geo_free(geo);
	fixture_release(&f);
}

int main(void)
{
	struct rows list = { .n = 0 };

	ROWS_TABLE(&list, refuses, bads);
	ROWS_TEST(&list, finds);
	ROWS_TEST(&list, notices_damage);
	return rows_run("geo", &list);
}
