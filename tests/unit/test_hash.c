/* lib/codec/hash: FIPS 180-4 and RFC 4231 vectors. */
#include "lib/codec/hash.h"

#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

struct hash_row {
	const char *name;
	struct ks_str key;     /* p NULL: the plain digest */
	struct ks_str data;
	const char *hex;
};

#define S(literal) { (literal), sizeof(literal) - 1 }
#define KEY_20_AA "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
#define KEY_131_AA                                              \
	KEY_20_AA KEY_20_AA KEY_20_AA KEY_20_AA KEY_20_AA KEY_20_AA \
		"\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"

static const struct hash_row hashes[] = {
	{ "sha256: empty", { NULL, 0 }, S(""),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "sha256: empty, NULL", { NULL, 0 }, { NULL, 0 },
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "sha256: abc", { NULL, 0 }, S("abc"),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "sha256: two blocks", { NULL, 0 }, S("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "hmac: RFC 4231 case 2", S("Jefe"), S("what do ya want for nothing?"),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "hmac: RFC 4231 case 6, a key longer than a block", S(KEY_131_AA),
		S("Test Using Larger Than Block-Size Key - Hash Key First"),
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ "hmac: empty key and data", S(""), S(""),
		"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
};

static void test_hash(void **state)
{
	const struct hash_row *row = *state;
	unsigned char digest[KS_HASH_SIZE];
	char hex[KS_HASH_HEX];

	if (row->key.p != NULL)
		ks_hash_hmac(row->key, row->data, digest);
	else
		ks_hash_sha256(row->data, digest);
	ks_hash_hex(digest, sizeof(digest), hex);
	assert_string_equal(hex, row->hex);
}

static void test_hex(void **state)
{
	char out[7];

	(void)state;
	ks_hash_hex((const unsigned char *)"\x00\x7f\xff", 3, out);
	assert_string_equal(out, "007fff");
	ks_hash_hex(NULL, 0, out);
	assert_string_equal(out, "");
}

static void test_sha1(void **state)
{
	char out[KS_HASH_SHA1_HEX];

	(void)state;
	ks_hash_sha1_hex(KS_STR("abc"), out);
	assert_string_equal(out, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_hash, hashes);
	ROWS_TEST(&rows, test_hex);
	ROWS_TEST(&rows, test_sha1);
	return rows_run("hash", &rows);
}
