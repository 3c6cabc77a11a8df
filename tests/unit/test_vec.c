/* lib/base/vec */
#include "lib/base/vec.h"

#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

struct odd {
	char c[13];
};

static void test_push(void **state)
{
	struct ks_vec vec = KS_VEC_OF(struct odd);

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct odd *odd = ks_vec_push(&vec);

		assert_int_equal(odd->c[0] | odd->c[12], 0);
		memset(odd->c, 'a' + i % 26, sizeof(odd->c));
	}
	assert_int_equal(vec.n, 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(KS_VEC_AT(&vec, struct odd, i)->c[12], 'a' + i % 26);
	ks_vec_release(&vec);
	assert_int_equal(vec.size, sizeof(struct odd));
	assert_int_equal(vec.n, 0);
	ks_vec_release(&vec);
	ks_vec_release(NULL);
}

/* Elements of before a clear do not shine through. */
static void test_clear(void **state)
{
	struct ks_vec vec;

	(void)state;
	ks_vec_init(&vec, sizeof(int));
	for (int i = 0; i < 10; i++)
		*(int *)ks_vec_push(&vec) = 7;
	ks_vec_clear(&vec);
	assert_int_equal(vec.n, 0);
	assert_int_equal(*(int *)ks_vec_push(&vec), 0);
	ks_vec_release(&vec);
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void test_sort(void **state)
{
	struct ks_vec vec = KS_VEC_OF(int);

	(void)state;
	ks_vec_sort(&vec, by_value);
	for (int i = 0; i < 1000; i++)
		*(int *)ks_vec_push(&vec) = i * 7919 % 1000;
	ks_vec_sort(&vec, by_value);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(*KS_VEC_AT(&vec, int, i), i);
	ks_vec_release(&vec);
}

static void test_sort_unique(void **state)
{
	struct ks_vec vec = KS_VEC_OF(int);

	(void)state;
	ks_vec_sort_unique(&vec, by_value);
	assert_int_equal(vec.n, 0);
	for (int i = 0; i < 1000; i++)
		*(int *)ks_vec_push(&vec) = i * 7919 % 100;
	ks_vec_sort_unique(&vec, by_value);
	assert_int_equal(vec.n, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(*KS_VEC_AT(&vec, int, i), i);
	ks_vec_release(&vec);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_push);
	ROWS_TEST(&rows, test_clear);
	ROWS_TEST(&rows, test_sort);
	ROWS_TEST(&rows, test_sort_unique);
	return rows_run("vec", &rows);
}
