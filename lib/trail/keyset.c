/*
 * Open addressing over the last eight characters of an id: ids of one account share all before them.
 */
#include "lib/trail/keyset.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define FILTER_BITS_PER_SLOT 4u

void ks_keyset_init(struct ks_keyset *set)
{
	*set = (struct ks_keyset){ 0 };
}

void ks_keyset_release(struct ks_keyset *set)
{
	if (set == NULL)
		return;
	free(set->ids);
	free(set->values);
	free(set->slots);
	free(set->filter);
	ks_keyset_init(set);
}

static uint64_t hash_of(const char *id)
{
	uint64_t tail;

	memcpy(&tail, id + KS_KEYSET_ID - sizeof(tail), sizeof(tail));
	tail *= UINT64_C(0x9E3779B97F4A7C15);
	return tail ^ tail >> 29;
}

/* The word of the filter that a hash has its bits in, and these. */
static uint64_t *filter_word(const struct ks_keyset *set, uint64_t hash)
{
	return &set->filter[(size_t)(hash >> 7) & (set->slot_count * FILTER_BITS_PER_SLOT / 64 - 1)];
}

static uint64_t filter_bits(uint64_t hash)
{
	return UINT64_C(1) << (hash >> 58) | UINT64_C(1) << (hash >> 52 & 63) | UINT64_C(1) << (hash >> 46 & 63);
}

static void place(struct ks_keyset *set, size_t number)
{
	const char *id = set->ids + number * KS_KEYSET_ID;
	uint64_t hash = hash_of(id);
	size_t i = (size_t)hash & (set->slot_count - 1);

	while (set->slots[i] != 0)
		i = (i + 1) & (set->slot_count - 1);
	set->slots[i] = (uint32_t)number + 1;
	*filter_word(set, hash) |= filter_bits(hash);
}

static void grow(struct ks_keyset *set, size_t n)
{
	if (set->cap < 64)
		set->cap = 64;
	while (set->cap < n)
		set->cap *= 2;
	set->ids = ks_mem_resize(set->ids, set->cap * KS_KEYSET_ID);
	set->values = ks_mem_resize(set->values, set->cap * sizeof(set->values[0]));
	free(set->slots);
	free(set->filter);
	set->slot_count = set->cap * 2;
	set->slots = ks_mem_alloc(set->slot_count * sizeof(set->slots[0]));
	set->filter = ks_mem_alloc(set->slot_count * FILTER_BITS_PER_SLOT / 8);
	for (size_t i = 0; i < set->n; i++)
		place(set, i);
}

void ks_keyset_reserve(struct ks_keyset *set, size_t n)
{
	if (n > KS_LIMIT_DECOYS)
		n = KS_LIMIT_DECOYS;
	if (n > set->cap)
		grow(set, n);
}

void ks_keyset_expect(const struct ks_keyset *set, const char *p)
{
	uint64_t hash = hash_of(p);

	if (set->slot_count == 0)
		return;
	__builtin_prefetch(filter_word(set, hash), 1);
	__builtin_prefetch(&set->slots[(size_t)hash & (set->slot_count - 1)], 1);
}

static int add(struct ks_keyset *set, struct ks_str id, uint32_t value, struct ks_err *err)
{
	if (ks_keyset_find(set, id) >= 0)
		return 0;
	if (set->n >= KS_LIMIT_DECOYS)
		return ks_err_set(err, KS_ERR_LIMIT, "more than %u access key ids", KS_LIMIT_DECOYS);
	if (set->n == set->cap)
		grow(set, set->n + 1);
	memcpy(set->ids + set->n * KS_KEYSET_ID, id.p, KS_KEYSET_ID);
	set->values[set->n] = value;
	place(set, set->n++);
	return 0;
}

int ks_keyset_add(struct ks_keyset *set, struct ks_str id, uint32_t value, struct ks_err *err)
{
	bool is_akia = ks_str_has_prefix(id, KS_STR("AKIA")), is_asia = ks_str_has_prefix(id, KS_STR("ASIA"));

	if (id.n != KS_KEYSET_ID || (!is_akia && !is_asia))
		return ks_err_set(err, KS_ERR_USAGE,
			"'" KS_STR_FMT "' is no access key id: 20 characters that begin with AKIA or ASIA",
			KS_STR_ARG(id));
	if (add(set, id, value, err) != 0)
		return -1;
	set->has_akia |= is_akia;
	set->has_asia |= is_asia;
	return 0;
}

int ks_keyset_add_user(struct ks_keyset *set, struct ks_str id, uint32_t value, struct ks_err *err)
{
	bool is_role = ks_str_has_prefix(id, KS_STR("AROA"));

	if (id.n < KS_KEYSET_ID || (!is_role && !ks_str_has_prefix(id, KS_STR("AIDA"))))
		return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is no unique id of a user or a role: these "
			"begin with AIDA or AROA",
			KS_STR_ARG(id));
	if (add(set, ks_str_sub(id, 0, KS_KEYSET_ID), value, err) != 0)
		return -1;
	set->has_aida |= !is_role;
	set->has_aroa |= is_role;
	return 0;
}

static int64_t number_of(const struct ks_keyset *set, const char *p)
{
	uint64_t hash = hash_of(p), bits = filter_bits(hash);
	size_t i;

	if (set->n == 0 || (*filter_word(set, hash) & bits) != bits)
		return -1;
	i = (size_t)hash & (set->slot_count - 1);
	for (; set->slots[i] != 0; i = (i + 1) & (set->slot_count - 1))
		if (memcmp(set->ids + (size_t)(set->slots[i] - 1) * KS_KEYSET_ID, p, KS_KEYSET_ID) == 0)
			return set->slots[i] - 1;
	return -1;
}

int64_t ks_keyset_find(const struct ks_keyset *set, struct ks_str id)
{
	int64_t number = id.n == KS_KEYSET_ID ? number_of(set, id.p) : -1;

	return number >= 0 ? (int64_t)set->values[number] : -1;
}

bool ks_keyset_has(const struct ks_keyset *set, const char *p)
{
	return number_of(set, p) >= 0;
}
