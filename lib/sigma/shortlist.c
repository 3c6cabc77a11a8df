/* Tables of exact texts, of letters in beginnings, ends and anywhere, and of networks. */
#include "lib/sigma/shortlist.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define LETTERS 4u                   /* of a pattern that are looked for */
#define COUNT_BITS 15u               /* how often such letters come up is counted in so many places: 2^15 */
#define MAYBE 16u                    /* bits for each entry that tell most other keys at once */
#define PREFIXES 162u                /* lengths that there can be: 0 to 32, 0 to 128 */
#define DEAR 64u                     /* entries that are tried once, as far as they are told apart */

enum place { IN_TEXTS, IN_FRONTS, IN_ENDS, IN_LETTERS, IN_DEAR, IN_NETS, IN_REST, PLACES };

/* Entries by a key, of which several may have the same. */
struct link {
	uint32_t key, number, next;      /* next: 1 + another link of this slot, or 0 */
	uint32_t at;                     /* of letters: where they stand in the pattern's text */
};

struct table {
	struct link *links;
	uint32_t *slots;                 /* 1 + the first link */
	uint64_t *maybe;                 /* a bit for each key, and for few others */
	uint32_t n;
	unsigned slot_shift, bit_shift;
	size_t longest;                  /* text of a pattern */
};

struct ks_shortlist {
	const struct ks_pattern **patterns;              /* by number */
	struct table tables[IN_REST];
	uint64_t lengths;                /* of exact texts: bit n, 63 for that and more */
	struct { unsigned char bits, prefix; } prefixes[PREFIXES];
	size_t prefix_count;
	uint32_t *rest;
	size_t rest_count;
};

/* ---- tables -------------------------------------------------------------------------------------- */

static uint32_t spread(uint32_t key)
{
	return key * UINT32_C(0x9E3779B1);
}

static unsigned log2_over(size_t n)
{
	unsigned bits = 0;

	while (bits < 31 && n >> bits != 0)
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

static void put(struct table *table, const struct link *link)
{
	uint32_t *slot = &table->slots[spread(link->key) >> table->slot_shift];
	uint32_t bit = spread(link->key) >> table->bit_shift;

	table->links[table->n] = *link;
	table->links[table->n++].next = *slot;
	*slot = table->n;
	table->maybe[bit / 64] |= UINT64_C(1) << bit % 64;
}

static inline bool may_have(const struct table *table, uint32_t key)
{
	uint32_t bit = spread(key) >> table->bit_shift;

	return (table->maybe[bit / 64] >> bit % 64 & 1) != 0;
}

/* The link behind one, or the first, that has this key; NULL: there is none. */
static const struct link *next_link(const struct table *table, uint32_t key, const struct link *link)
{
	uint32_t at = link != NULL ? link->next : table->slots[spread(key) >> table->slot_shift];

	for (; at != 0; at = link->next) {
		link = &table->links[at - 1];
		if (link->key == key)
			return link;
	}
	return NULL;
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

static enum place place_of(const struct ks_shortlist_entry *entry)
{
	const struct ks_pattern *pattern = entry->pattern;

	if (entry->net != NULL)
		return IN_NETS;
	if (pattern == NULL || pattern->kind == KS_PATTERN_ANY)
		return IN_REST;
	if (pattern->kind == KS_PATTERN_EXACT && !entry->is_part)
		return IN_TEXTS;
	if (ks_pattern_text(pattern).n < LETTERS)
		return IN_REST;
	if (entry->is_part || pattern->kind == KS_PATTERN_GLOB)
		return IN_DEAR;
	return pattern->kind == KS_PATTERN_PREFIX ? IN_FRONTS : pattern->kind == KS_PATTERN_SUFFIX ? IN_ENDS :
		IN_LETTERS;
}

/* Counts the letters of a text, or sets a link to those of them that came up least. */
static void go_over(struct ks_str text, uint16_t *counts, struct link *link)
{
	unsigned least = UINT16_MAX + 1u;
	uint32_t letters = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint16_t *count;

		letters = add_letter(letters, text.p[i]);
		if (i + 1 < LETTERS)
			continue;
		count = &counts[spread(letters) >> (32 - COUNT_BITS)];
		if (link == NULL) {
			*count += *count < UINT16_MAX;
		} else if (*count < least) {
			least = *count;
			link->key = letters;
			link->at = (uint32_t)(i + 1 - LETTERS);
		}
	}
}

static void add_prefix(struct ks_shortlist *list, const struct ks_ip_net *net)
{
	for (size_t i = 0; i < list->prefix_count; i++)
		if (list->prefixes[i].bits == net->base.bits && list->prefixes[i].prefix == net->prefix)
			return;
	list->prefixes[list->prefix_count].bits = net->base.bits;
	list->prefixes[list->prefix_count++].prefix = net->prefix;
}

static void add(struct ks_shortlist *list, const struct ks_shortlist_entry *entry, uint32_t number,
	uint16_t *counts)
{
	enum place place = place_of(entry);
	struct link link = { .number = number };
	struct ks_str text = { NULL, 0 };
	struct table *table;

	if (entry->pattern != NULL)
		text = ks_pattern_text(entry->pattern);
	list->patterns[number] = entry->pattern;
	if (place == IN_REST) {
		list->rest[list->rest_count++] = number;
		return;
	}
	table = &list->tables[place];
	table->longest = text.n > table->longest ? text.n : table->longest;
	if (place == IN_NETS) {
		link.key = key_of_net(&entry->net->base, entry->net->prefix);
		add_prefix(list, entry->net);
	} else if (place == IN_TEXTS) {
		link.key = key_of_text(text);
		list->lengths |= length_bit(text.n);
	} else {
		go_over(text, counts, &link);
	}
	put(table, &link);
}

const struct ks_shortlist *ks_shortlist_make(const struct ks_shortlist_entry *entries, size_t n,
	struct ks_arena *arena)
{
	struct ks_shortlist *list = ks_arena_alloc(arena, sizeof(*list));
	uint16_t *counts = ks_mem_alloc(sizeof(*counts) << COUNT_BITS);
	size_t of[PLACES] = { 0 };

	for (size_t i = 0; i < n; i++) {
		enum place place = place_of(&entries[i]);

		of[place]++;
		if (place >= IN_FRONTS && place <= IN_DEAR)
			go_over(ks_pattern_text(entries[i].pattern), counts, NULL);
	}
	for (size_t i = 0; i < IN_REST; i++)
		init_table(&list->tables[i], of[i], arena);
	list->patterns = ks_arena_alloc(arena, (n + 1) * sizeof(*list->patterns));
	list->rest = ks_arena_alloc(arena, (of[IN_REST] + 1) * sizeof(*list->rest));
	for (size_t i = 0; i < n; i++)
		add(list, &entries[i], (uint32_t)i, counts);
	free(counts);
	return list;
}

const uint32_t *ks_shortlist_rest(const struct ks_shortlist *list, size_t *out_n)
{
	*out_n = list->rest_count;
	return list->rest;
}

/* ---- asking -------------------------------------------------------------------------------------- */

/* What is asked of a text. */
struct asking {
	const struct ks_shortlist *list;
	struct ks_str text;
	ks_shortlist_try *try;
	void *arg;
	uint32_t dear[DEAR];             /* numbers */
	size_t dear_count;               /* DEAR + 1: all of them */
	size_t work;                     /* entries that were looked at in a table */
};

static bool ask_texts(const struct asking *asking)
{
	const struct table *table = &asking->list->tables[IN_TEXTS];
	const struct link *link = NULL;
	uint32_t key;

	if (asking->text.n > table->longest || (asking->list->lengths & length_bit(asking->text.n)) == 0)
		return false;
	key = key_of_text(asking->text);
	while ((link = next_link(table, key, link)) != NULL)
		if (ks_pattern_is_match(asking->list->patterns[link->number], asking->text) &&
			asking->try(asking->arg, link->number))
			return true;
	return false;
}

static bool ask_nets(const struct asking *asking)
{
	const struct ks_shortlist *list = asking->list;
	const struct table *table = &list->tables[IN_NETS];
	struct ks_ip ip;

	if (list->prefix_count == 0 || !ks_ip_parse(asking->text, &ip))
		return false;
	for (size_t i = 0; i < list->prefix_count; i++) {
		const struct link *link = NULL;
		uint32_t key;

		if (list->prefixes[i].bits != ip.bits)
			continue;
		key = key_of_net(&ip, list->prefixes[i].prefix);
		while ((link = next_link(table, key, link)) != NULL)
			if (asking->try(asking->arg, link->number))
				return true;
	}
	return false;
}

static void add_dear(struct asking *asking, uint32_t number)
{
	asking->work += asking->dear_count;
	for (size_t i = 0; i < asking->dear_count && i < DEAR; i++)
		if (asking->dear[i] == number)
			return;
	if (asking->dear_count < DEAR)
		asking->dear[asking->dear_count] = number;
	if (asking->dear_count <= DEAR)
		asking->dear_count++;
}

/* The letters of a pattern stand at a place of the text: whether all of it does. */
static bool stands(const struct asking *asking, enum place place, const struct link *link, size_t at)
{
	const struct ks_pattern *pattern = asking->list->patterns[link->number];

	if (at < link->at || (place == IN_FRONTS && at != link->at) ||
		(place == IN_ENDS && at - link->at + pattern->literal.n != asking->text.n))
		return false;
	return ks_pattern_stands(pattern, asking->text, at - link->at);
}

/* Each entry of a table once, for text that says the letters of many again and again. */
static bool ask_each(struct asking *asking, enum place place)
{
	const struct table *table = &asking->list->tables[place];

	if (place == IN_DEAR)
		asking->dear_count = DEAR + 1;
	for (size_t i = 0; place != IN_DEAR && i < table->n; i++)
		if (ks_pattern_is_match(asking->list->patterns[table->links[i].number], asking->text) &&
			asking->try(asking->arg, table->links[i].number))
			return true;
	return false;
}

/* All letters from one place of the text to another. */
static bool ask_letters(struct asking *asking, enum place place, size_t from, size_t to)
{
	const struct table *table = &asking->list->tables[place];
	const size_t most = asking->text.n + 4u * table->n;
	uint32_t letters = 0;

	asking->work = 0;
	for (size_t i = from; i < to; i++) {
		const struct link *link = NULL;

		letters = add_letter(letters, asking->text.p[i]);
		if (i - from + 1 < LETTERS || !may_have(table, letters))
			continue;
		while ((link = next_link(table, letters, link)) != NULL) {
			asking->work++;
			if (place == IN_DEAR)
				add_dear(asking, link->number);
			else if (stands(asking, place, link, i + 1 - LETTERS) && asking->try(asking->arg, link->number))
				return true;
		}
		if (asking->work > most || asking->dear_count > DEAR)
			return ask_each(asking, place);
	}
	return false;
}

/* Each once: what is tried takes long, or from what may be spent on a record. */
static bool try_dear(const struct asking *asking)
{
	const struct table *table = &asking->list->tables[IN_DEAR];
	bool is_all = asking->dear_count > DEAR;

	for (size_t i = 0; i < (is_all ? table->n : asking->dear_count); i++)
		if (asking->try(asking->arg, is_all ? table->links[i].number : asking->dear[i]))
			return true;
	return false;
}

bool ks_shortlist_ask(const struct ks_shortlist *list, struct ks_str text, ks_shortlist_try *try, void *arg)
{
	struct asking asking = { .list = list, .text = text, .try = try, .arg = arg };
	const struct table *fronts = &list->tables[IN_FRONTS], *ends = &list->tables[IN_ENDS];

	if (ask_texts(&asking) || ask_nets(&asking))
		return true;
	if (fronts->n > 0 && ask_letters(&asking, IN_FRONTS, 0, text.n < fronts->longest ? text.n :
		fronts->longest))
		return true;
	if (ends->n > 0 && ask_letters(&asking, IN_ENDS, text.n < ends->longest ? 0 : text.n - ends->longest,
		text.n))
		return true;
	if (list->tables[IN_LETTERS].n > 0 && ask_letters(&asking, IN_LETTERS, 0, text.n))
		return true;
	if (list->tables[IN_DEAR].n > 0)
		ask_letters(&asking, IN_DEAR, 0, text.n);
	return try_dear(&asking);
}
