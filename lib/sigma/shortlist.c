/* Three tables: of exact texts, of letters, and of networks. */
#include "lib/sigma/shortlist.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define LETTERS 4u                   /* of a pattern that are looked for */
#define COUNT_BITS 15u               /* how often such letters come up is counted in so many places: 2^15 */
#define MAYBE 16u                    /* bits for each entry that tell most other keys at once */
#define PREFIXES 162u                /* lengths that there can be: 0 to 32, 0 to 128 */

/* Entries by a key, of which several may have the same. */
struct link {
	uint32_t key, number, next;      /* next: 1 + another link of this slot, or 0 */
};

struct table {
	struct link *links;
	uint32_t *slots;                 /* 1 + the first link */
	uint64_t *maybe;                 /* a bit for each key, and for few others */
	uint32_t n;
	unsigned slot_shift, bit_shift;
};

struct ks_shortlist {
	struct table texts, letters, nets;
	uint64_t lengths;                /* of texts: bit n, 63 for that and more */
	struct { unsigned char bits, prefix; } prefixes[PREFIXES];
	size_t prefix_count;
	uint32_t *all, *rest;            /* numbers */
	size_t all_count, rest_count;    /* all: but the rest */
};

/* ---- tables -------------------------------------------------------------------------------------- */

static uint32_t spread(uint32_t key)
{
	return key * UINT32_C(0x9E3779B1);
}

static unsigned log2_over(size_t n)
{
	unsigned bits = 0;

	while (n >> bits != 0)
		bits++;
	return bits;
}

static void init_table(struct table *table, size_t n, struct ks_arena *arena)
{
	unsigned slots = log2_over(n) + 1, bits = log2_over(n * MAYBE);

	bits = bits < 6 ? 6 : bits;
	*table = (struct table){ .links = ks_arena_alloc(arena, (n + 1) * sizeof(struct link)),
		.slots = ks_arena_alloc(arena, (size_t)sizeof(uint32_t) << slots),
		.maybe = ks_arena_alloc(arena, (size_t)1 << (bits - 3)), .slot_shift = 32 - slots,
		.bit_shift = 32 - bits };
}

static void put(struct table *table, uint32_t key, uint32_t number)
{
	uint32_t *slot = &table->slots[spread(key) >> table->slot_shift], bit = spread(key) >> table->bit_shift;

	table->links[table->n++] = (struct link){ key, number, *slot };
	*slot = table->n;
	table->maybe[bit / 64] |= UINT64_C(1) << bit % 64;
}

static inline bool may_have(const struct table *table, uint32_t key)
{
	uint32_t bit = spread(key) >> table->bit_shift;

	return (table->maybe[bit / 64] >> bit % 64 & 1) != 0;
}

/* What is asked, and how often it may be. */
struct asking {
	ks_shortlist_try *try;
	void *arg;
	size_t left;
};

/* True when it is over: one was enough, or there were too many. */
static bool try_key(const struct table *table, uint32_t key, struct asking *asking, bool *out_enough)
{
	const struct link *link;

	for (uint32_t at = table->slots[spread(key) >> table->slot_shift]; at != 0; at = link->next) {
		link = &table->links[at - 1];
		if (link->key != key)
			continue;
		if (asking->left == 0)
			return true;
		asking->left--;
		*out_enough = asking->try(asking->arg, link->number);
		if (*out_enough)
			return true;
	}
	return false;
}

/* ---- keys ---------------------------------------------------------------------------------------- */

static uint32_t key_of_text(struct ks_str text)
{
	return (uint32_t)ks_str_hash_nocase(text);
}

static uint64_t length_bit(size_t n)
{
	return UINT64_C(1) << (n < 63 ? n : 63);
}

static inline uint32_t add_letter(uint32_t letters, char c)
{
	return letters << 8 | (unsigned char)ks_str_lower(c);
}

static uint32_t key_of_net(const struct ks_ip *ip, unsigned prefix)
{
	unsigned char bytes[18] = { [16] = ip->bits, [17] = (unsigned char)prefix };

	memcpy(bytes, ip->bytes, prefix / 8);
	if (prefix % 8 != 0)
		bytes[prefix / 8] = (unsigned char)(ip->bytes[prefix / 8] & 0xFF00u >> prefix % 8);
	return (uint32_t)ks_str_hash((struct ks_str){ (const char *)bytes, sizeof(bytes) });
}

/* ---- making -------------------------------------------------------------------------------------- */

enum place { IN_TEXTS, IN_LETTERS, IN_NETS, IN_REST };

static enum place place_of(const struct ks_shortlist_entry *entry)
{
	if (entry->net != NULL)
		return IN_NETS;
	if (entry->pattern == NULL || entry->pattern->kind == KS_PATTERN_ANY)
		return IN_REST;
	if (entry->pattern->kind == KS_PATTERN_EXACT)
		return IN_TEXTS;
	return ks_pattern_text(entry->pattern).n >= LETTERS ? IN_LETTERS : IN_REST;
}

/* Counts the letters of a run, or gives those of them that came up least. */
static uint32_t go_over(struct ks_str run, uint16_t *counts, bool is_counting)
{
	uint32_t letters = 0, best = 0;
	unsigned least = UINT16_MAX + 1u;

	for (size_t i = 0; i < run.n; i++) {
		uint16_t *count;

		letters = add_letter(letters, run.p[i]);
		if (i + 1 < LETTERS)
			continue;
		count = &counts[spread(letters) >> (32 - COUNT_BITS)];
		if (is_counting)
			*count += *count < UINT16_MAX;
		if (*count < least) {
			least = *count;
			best = letters;
		}
	}
	return best;
}

static void add_net(struct ks_shortlist *list, const struct ks_ip_net *net, uint32_t number)
{
	bool is_there = false;

	put(&list->nets, key_of_net(&net->base, net->prefix), number);
	for (size_t i = 0; i < list->prefix_count && !is_there; i++)
		is_there = list->prefixes[i].bits == net->base.bits && list->prefixes[i].prefix == net->prefix;
	if (is_there)
		return;
	list->prefixes[list->prefix_count].bits = net->base.bits;
	list->prefixes[list->prefix_count++].prefix = net->prefix;
}

const struct ks_shortlist *ks_shortlist_make(const struct ks_shortlist_entry *entries, size_t n,
	struct ks_arena *arena)
{
	struct ks_shortlist *list = ks_arena_alloc(arena, sizeof(*list));
	uint16_t *counts = ks_mem_alloc(sizeof(*counts) << COUNT_BITS);
	size_t of[IN_REST + 1] = { 0 };

	for (size_t i = 0; i < n; i++) {
		enum place place = place_of(&entries[i]);

		of[place]++;
		if (place == IN_LETTERS)
			go_over(ks_pattern_text(entries[i].pattern), counts, true);
	}
	init_table(&list->texts, of[IN_TEXTS], arena);
	init_table(&list->letters, of[IN_LETTERS], arena);
	init_table(&list->nets, of[IN_NETS], arena);
	list->all = ks_arena_alloc(arena, (n - of[IN_REST] + 1) * sizeof(*list->all));
	list->rest = ks_arena_alloc(arena, (of[IN_REST] + 1) * sizeof(*list->rest));
	for (size_t i = 0; i < n; i++) {
		const struct ks_shortlist_entry *entry = &entries[i];

		switch (place_of(entry)) {
		case IN_TEXTS:
			put(&list->texts, key_of_text(entry->pattern->literal), (uint32_t)i);
			list->lengths |= length_bit(entry->pattern->literal.n);
			break;
		case IN_LETTERS:
			put(&list->letters, go_over(ks_pattern_text(entry->pattern), counts, false), (uint32_t)i);
			break;
		case IN_NETS:
			add_net(list, entry->net, (uint32_t)i);
			break;
		case IN_REST:
			list->rest[list->rest_count++] = (uint32_t)i;
			continue;
		}
		list->all[list->all_count++] = (uint32_t)i;
	}
	free(counts);
	return list;
}

const uint32_t *ks_shortlist_rest(const struct ks_shortlist *list, size_t *out_n)
{
	*out_n = list->rest_count;
	return list->rest;
}

/* ---- asking -------------------------------------------------------------------------------------- */

static bool ask_letters(const struct table *table, struct ks_str text, struct asking *asking,
	bool *out_enough)
{
	uint32_t letters = 0;

	for (size_t i = 0; i < text.n; i++) {
		letters = add_letter(letters, text.p[i]);
		if (i + 1 >= LETTERS && may_have(table, letters) && try_key(table, letters, asking, out_enough))
			return true;
	}
	return false;
}

static bool ask_nets(const struct ks_shortlist *list, struct ks_str text, struct asking *asking,
	bool *out_enough)
{
	struct ks_ip ip;

	if (!ks_ip_parse(text, &ip))
		return false;
	for (size_t i = 0; i < list->prefix_count; i++)
		if (list->prefixes[i].bits == ip.bits &&
			try_key(&list->nets, key_of_net(&ip, list->prefixes[i].prefix), asking, out_enough))
			return true;
	return false;
}

bool ks_shortlist_ask(const struct ks_shortlist *list, struct ks_str text, ks_shortlist_try *try, void *arg)
{
	struct asking asking = { try, arg, list->all_count };
	bool is_enough = false;

	if ((list->lengths & length_bit(text.n)) != 0 &&
		try_key(&list->texts, key_of_text(text), &asking, &is_enough))
		goto over;
	if (list->letters.n > 0 && ask_letters(&list->letters, text, &asking, &is_enough))
		goto over;
	if (list->nets.n > 0)
		ask_nets(list, text, &asking, &is_enough);
over:
	/* Text that says the same again and again asks for the same ones each time. */
	for (size_t i = 0; asking.left == 0 && !is_enough && i < list->all_count; i++)
		is_enough = try(arg, list->all[i]);
	return is_enough;
}
