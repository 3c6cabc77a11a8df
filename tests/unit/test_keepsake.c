/* lib/trail/keepsake: what is kept, and what is known to be gone. */
#include "lib/trail/keepsake.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"

#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

static void keeps_in_order(void **state)
{
	struct ks_keepsakes k;

	(void)state;
	ks_keepsake_init(&k);
	assert_int_equal(ks_keepsake_since(&k, 0), 0);
	for (int64_t i = 0; i < 10; i++)
		ks_keepsake_add(&k, "name", KS_STR("bytes"), i * 10);
	assert_int_equal(k.items.n - ks_keepsake_since(&k, 50), 5);
	assert_int_equal(k.items.n - ks_keepsake_since(&k, 0), 10);
	assert_true(ks_keepsake_is_whole(&k, 0));
	ks_keepsake_lose(&k, 42);
	assert_false(ks_keepsake_is_whole(&k, 42));
	assert_true(ks_keepsake_is_whole(&k, 43));
	ks_keepsake_release(&k);
}

static void has_bounds(void **state)
{
	size_t size = KS_KEEPSAKE_BYTES / 8;
	char *bytes = ks_mem_alloc(KS_KEEPSAKE_BYTES);
	struct ks_keepsakes k;

	(void)state;
	ks_keepsake_init(&k);
	ks_keepsake_add(&k, "large", (struct ks_str){ bytes, KS_KEEPSAKE_BYTES }, 5);
	assert_int_equal(k.items.n, 0);
	assert_false(ks_keepsake_is_whole(&k, 5));
	for (int64_t i = 0; i < 9; i++)
		ks_keepsake_add(&k, "n", (struct ks_str){ bytes, size }, 10 + i);
	assert_int_equal(k.bytes, KS_KEEPSAKE_BYTES);
	assert_int_equal(k.items.n - k.from, 8);
	assert_false(ks_keepsake_is_whole(&k, 10));
	assert_true(ks_keepsake_is_whole(&k, 11));
	for (unsigned i = 0; i < 3 * KS_KEEPSAKE_ITEMS; i++)
		ks_keepsake_add(&k, "n", KS_STR("x"), 100);
	assert_int_equal(k.items.n - k.from, KS_KEEPSAKE_ITEMS);
	assert_true(k.items.n < 3 * KS_KEEPSAKE_ITEMS);
	ks_keepsake_release(&k);
	free(bytes);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, keeps_in_order);
	ROWS_TEST(&rows, has_bounds);
	return rows_run("keepsake", &rows);
}
