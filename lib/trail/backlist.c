/* What was read lately, and is read again. */
#include "lib/trail/backlist.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

void ks_backlist_init(struct ks_backlist *list)
{
	*list = (struct ks_backlist){ .recent = KS_VEC_OF(struct ks_backlist_item),
		.again = KS_VEC_OF(struct ks_backlist_item) };
}

/* The first n of them go. */
static void forget(struct ks_vec *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(KS_VEC_AT(items, struct ks_backlist_item, i)->key);
	if (n > 0)
		memmove(items->p, KS_VEC_AT(items, struct ks_backlist_item, n),
			(items->n - n) * sizeof(struct ks_backlist_item));
	items->n -= n;
}

void ks_backlist_release(struct ks_backlist *list)
{
	forget(&list->recent, list->recent.n);
	forget(&list->again, list->again.n);
	ks_vec_release(&list->recent);
	ks_vec_release(&list->again);
}

static struct ks_backlist_item *push(struct ks_vec *items, const char *key, int64_t size, int64_t at_ms)
{
	struct ks_backlist_item *item = ks_vec_push(items);

	*item = (struct ks_backlist_item){ .key = ks_mem_copy(key, strlen(key)), .size = size, .at_ms = at_ms };
	return item;
}

static int compare_time(const void *a, const void *b)
{
	const struct ks_backlist_item *x = a, *y = b;

	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

void ks_backlist_add(struct ks_backlist *list, const char *key, int64_t size, int64_t at_ms)
{
	push(&list->recent, key, size, at_ms);
	if (list->recent.n < KS_BACKLIST_MOST * 2)
		return;
	ks_vec_sort(&list->recent, compare_time);
	forget(&list->recent, KS_BACKLIST_MOST);
}

bool ks_backlist_want(struct ks_backlist *list, const char *key, int64_t size, int64_t at_ms)
{
	if (list->out == 0) {
		forget(&list->again, list->at);
		list->at = 0;
	}
	if (list->again.n >= KS_BACKLIST_MOST * 2)
		return false;
	push(&list->again, key, size, at_ms);
	return true;
}

bool ks_backlist_look(struct ks_backlist *list, int64_t since_ms, uint64_t budget)
{
	ks_vec_sort(&list->recent, compare_time);
	for (size_t i = list->recent.n; i-- > 0;) {
		const struct ks_backlist_item *one = KS_VEC_AT(&list->recent, struct ks_backlist_item, i);

		if (one->at_ms < since_ms)
			break;
		if ((uint64_t)one->size > budget || !ks_backlist_want(list, one->key, one->size, one->at_ms))
			return false;
		budget -= (uint64_t)one->size;
	}
	return true;
}

const struct ks_backlist_item *ks_backlist_next(struct ks_backlist *list)
{
	if (list->at == list->again.n)
		return NULL;
	list->out++;
	return KS_VEC_AT(&list->again, struct ks_backlist_item, list->at++);
}

void ks_backlist_answer(struct ks_backlist *list)
{
	list->out--;
	if (list->out > 0 || list->at < list->again.n)
		return;
	forget(&list->again, list->at);
	list->at = 0;
}

unsigned ks_backlist_fail(struct ks_backlist *list, struct ks_str key)
{
	struct ks_backlist_item item = { .key = NULL };
	size_t i = 0;

	while (i < list->at && !ks_str_is(key, KS_VEC_AT(&list->again, struct ks_backlist_item, i)->key))
		i++;
	/* What was wanted twice is in it twice; any of them will do. */
	if (i < list->at)
		item = *KS_VEC_AT(&list->again, struct ks_backlist_item, i);
	if (item.key != NULL && item.failures + 1 < KS_BACKLIST_TRIES && list->again.n < KS_BACKLIST_MOST * 2) {
		KS_VEC_AT(&list->again, struct ks_backlist_item, i)->failures++;
		push(&list->again, item.key, item.size, item.at_ms)->failures = item.failures + 1;
	}
	ks_backlist_answer(list);
	return item.failures;
}

bool ks_backlist_has_next(const struct ks_backlist *list)
{
	return list->at < list->again.n;
}

bool ks_backlist_is_busy(const struct ks_backlist *list)
{
	return ks_backlist_has_next(list) || list->out > 0;
}
