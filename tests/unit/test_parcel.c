/* lib/trail/parcel: whose folder an object is in. Fetching is shown in tests/aws/queue. */
#include "lib/trail/parcel.h"

#include "tests/unit/rows.h"

#define FOLDER "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/22/x.json.gz"

static const struct row { const char *name, *bucket, *key, *want; } table[] = {
	{ "right in the bucket", "ours", FOLDER, "111122223333" },
	{ "of an organization", "ours", "AWSLogs/o-a1/111122223333/CloudTrail/eu-west-1/x.json.gz",
		"111122223333" },
	{ "planted below a prefix that nobody named", "ours", "uploads/" FOLDER, "" },
	{ "planted further down", "ours", "AWSLogs-copy/a/" FOLDER, "" },
	{ "listed", "listed", FOLDER, "111122223333" },
	{ "listed, planted", "listed", "uploads/" FOLDER, "" },
	{ "below the listed prefix", "deep", "trails/a/" FOLDER, "111122223333" },
	{ "below the other listed prefix", "deep", "more/" FOLDER, "111122223333" },
	{ "beside the listed prefix", "deep", FOLDER, "" },
	{ "a prefix that begins like it", "deep", "trails/ab/" FOLDER, "" },
	{ "no folder of a trail", "ours", "x.json.gz", "" },
};

static void test_account(void **state)
{
	static const char *const buckets[] = { "listed", "deep/trails/a", "deep/more/" };
	const struct row *row = *state;
	struct ks_parcels *parcels = ks_parcel_new(&(struct ks_parcel_config){ .buckets = buckets,
		.bucket_count = 3 });
	struct ks_parcel parcel = { .bucket = ks_str_of(row->bucket), .key = ks_str_of(row->key) };

	assert_string_equal(ks_str_is(ks_parcel_account(parcels, &parcel), row->want) ? "" : row->name, "");
	ks_parcel_free(parcels);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_account, table);
	return rows_run("parcel", &rows);
}
