/* Address lists. Networks that nest are laid flat when the list is built: the address space becomes a row of
 * stretches, each with its set of categories. */
#include "lib/intel/netlist.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CATEGORY_MAX 64u
#define CATEGORIES_MAX 65536u
#define STEPS 65536u
#define FEW 2048u /* not worth tables of so many places */

/* An address as a number. IPv4 stands in the highest bits, so that a prefix means the same for both. */
struct position {
	uint64_t high, low;
};

struct net {
	struct position base;
	uint32_t category;
	uint8_t prefix;
	bool is_v6;
};

/* Categories that hold together: the set 0 is empty, each other one is a smaller set and one more. */
struct set {
	struct ks_str *names;
	size_t n;
};

/* The space of one family: stretch i reaches from starts[i] to the next one. Before the first one nothing
 * holds. */
struct space {
	uint32_t *starts4;                /* of IPv4 */
	uint32_t *steps4;                 /* of IPv4: stretches that begin before each 65536th of the space */
	struct position *starts6;         /* of IPv6 */
	uint32_t *sets;
	size_t n;
};

struct ks_netlist {
	struct ks_arena arena;
	struct ks_map numbers;            /* category to its number + 1 */
	struct ks_vec names;              /* struct ks_str: categories by number */
	struct ks_vec nets;               /* struct net, until build */
	struct ks_vec sets;               /* struct set */
	struct ks_map unions;             /* set and category, to a set's number + 1 */
	struct space v4, v6;
	size_t count;
};

struct ks_netlist *ks_netlist_new(void)
{
	struct ks_netlist *list = ks_mem_alloc(sizeof(*list));

	ks_arena_init(&list->arena);
	ks_map_init(&list->numbers);
	ks_map_init(&list->unions);
	list->names = KS_VEC_OF(struct ks_str);
	list->nets = KS_VEC_OF(struct net);
	list->sets = KS_VEC_OF(struct set);
	ks_vec_push(&list->sets);
	return list;
}

static void space_release(struct space *space)
{
	free(space->starts4);
	free(space->steps4);
	free(space->starts6);
	free(space->sets);
	*space = (struct space){ 0 };
}

void ks_netlist_free(struct ks_netlist *list)
{
	if (list == NULL)
		return;
	space_release(&list->v4);
	space_release(&list->v6);
	ks_vec_release(&list->names);
	ks_vec_release(&list->nets);
	ks_vec_release(&list->sets);
	ks_map_release(&list->numbers);
	ks_map_release(&list->unions);
	ks_arena_release(&list->arena);
	free(list);
}

size_t ks_netlist_count(const struct ks_netlist *list)
{
	return list->count;
}

size_t ks_netlist_categories(const struct ks_netlist *list, const struct ks_str **out)
{
	*out = list->names.p;
	return list->names.n;
}

/* ---- reading ----------------------------------------------------------------------------------- */

/* One text that is read. */
struct reading {
	struct ks_netlist *list;
	const struct ks_netlist_sink *sink;
	const char *path;
	struct ks_str line;
	uint32_t number;                  /* of the line */
	uint32_t problems;
	struct ks_str own;                /* the category that the file is named for; n 0: its name is none */
	uint32_t own_number;              /* and its number */
	bool has_own_number;
};

static void complain(struct reading *r, struct ks_err *err)
{
	ks_err_set_file(err, r->path);
	if (r->problems++ < KS_NETLIST_PROBLEMS)
		r->sink->problem(r->sink->arg, err);
}

static int column_of(const struct reading *r, struct ks_str part)
{
	size_t at = (size_t)(part.p - r->line.p);

	return at < INT_MAX - 1 ? (int)at + 1 : INT_MAX;
}

static bool is_category(struct ks_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'))
			return false;
	}
	return s.n > 0 && s.n <= CATEGORY_MAX;
}

/* The file's name without directory and suffix; n 0 when that is no category. */
static struct ks_str category_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct ks_str name = ks_str_of(slash != NULL ? slash + 1 : path);

	if (ks_str_has_suffix(name, KS_STR(KS_NETLIST_SUFFIX)))
		name.n -= sizeof(KS_NETLIST_SUFFIX) - 1;
	return is_category(name) ? name : KS_STR("");
}

/* The number of a category, made on first sight. False when there is no room for more of them. */
static bool number_of(struct ks_netlist *list, struct ks_str name, uint32_t *out)
{
	uintptr_t number = (uintptr_t)ks_map_find(&list->numbers, name);

	if (number == 0) {
		if (list->names.n >= CATEGORIES_MAX)
			return false;
		*(struct ks_str *)ks_vec_push(&list->names) = ks_arena_copy(&list->arena, name);
		number = list->names.n;
		ks_map_put(&list->numbers, name, (void *)number);
	}
	*out = (uint32_t)(number - 1);
	return true;
}

static struct position position_of(const struct ks_ip *ip)
{
	struct position p = { 0, 0 };

	for (size_t i = 0; i < 8; i++) {
		p.high = p.high << 8 | ip->bytes[i];
		p.low = p.low << 8 | ip->bytes[8 + i];
	}
	return p;
}

static void push(struct reading *r, const struct ks_ip_net *net, uint32_t number)
{
	struct net *row = ks_vec_push(&r->list->nets);

	*row = (struct net){ position_of(&net->base), number, net->prefix, net->base.bits == 128 };
}

static bool add(struct reading *r, const struct ks_ip_net *net, struct ks_str name)
{
	uint32_t number;
	struct ks_err err = { 0 };

	if (!number_of(r->list, name, &number)) {
		ks_err_set_at(&err, KS_ERR_LIMIT, (int)r->number, column_of(r, name),
			"there are more than %u categories", CATEGORIES_MAX);
		complain(r, &err);
		return false;
	}
	push(r, net, number);
	return true;
}

/* The category of the file, for a line that has none of its own. */
static bool add_own(struct reading *r, const struct ks_ip_net *net)
{
	if (!r->has_own_number && number_of(r->list, r->own, &r->own_number))
		r->has_own_number = true;
	if (!r->has_own_number)
		return add(r, net, r->own);
	push(r, net, r->own_number);
	return true;
}

/* The next word of *rest; n 0 at its end. */
static struct ks_str next_word(struct ks_str *rest)
{
	struct ks_str word;
	size_t n = 0;

	*rest = ks_str_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	word = ks_str_sub(*rest, 0, n);
	*rest = ks_str_sub(*rest, n, rest->n);
	return word;
}

/* All words are looked at before any counts, so that a bad line adds nothing. */
static void read_line(struct reading *r)
{
	struct ks_str rest = r->line, address, word, words;
	struct ks_err err = { 0 };
	struct ks_ip_net net;
	size_t n = 0;

	while (n < rest.n && rest.p[n] != '#' && rest.p[n] != ';')
		n++;
	rest.n = n;
	address = next_word(&rest);
	if (address.n == 0)
		return;
	if (ks_ip_parse_net(address, &net, &err) != 0) {
		err.line = (int)r->number;
		err.column = column_of(r, address);
		complain(r, &err);
		return;
	}
	for (words = rest; (word = next_word(&words)).n > 0;) {
		if (is_category(word))
			continue;
		ks_err_set_at(&err, KS_ERR_PARSE, (int)r->number, column_of(r, word),
			"'" KS_STR_FMT "' is no category: up to %u lower-case letters, digits, '-', '_' and '.'",
			KS_STR_ARG(ks_str_sub(word, 0, 100)), CATEGORY_MAX);
		complain(r, &err);
		return;
	}
	word = next_word(&rest);
	if (word.n == 0 && r->own.n == 0) {
		ks_err_set_at(&err, KS_ERR_PARSE, (int)r->number, column_of(r, address) + (int)address.n,
			"a category must follow, since the file's name is none");
		complain(r, &err);
		return;
	}
	if (word.n > 0 ? add(r, &net, word) : add_own(r, &net))
		r->list->count++;
	while ((word = next_word(&rest)).n > 0)
		add(r, &net, word);
}

void ks_netlist_parse(struct ks_netlist *list, const char *path, struct ks_str text,
	const struct ks_netlist_sink *sink)
{
	struct reading r = { .list = list, .sink = sink, .path = path, .own = category_of(path) };
	struct ks_err err = { 0 };

	if (ks_str_has_prefix(text, KS_STR("\xEF\xBB\xBF")))
		text = ks_str_sub(text, 3, text.n);
	while (ks_str_next(&text, '\n', &r.line)) {
		r.number++;
		read_line(&r);
	}
	if (r.problems > KS_NETLIST_PROBLEMS) {
		ks_err_set(&err, KS_ERR_PARSE, "%u more lines are no addresses", r.problems - KS_NETLIST_PROBLEMS);
		ks_err_set_file(&err, path);
		sink->problem(sink->arg, &err);
	}
}

int ks_netlist_load(struct ks_netlist *list, const char *path, const struct ks_netlist_sink *sink,
	struct ks_err *err)
{
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, KS_LIMIT_LIST_FILE);
	rc = ks_file_load(path, &text, err);
	if (rc == 0)
		ks_netlist_parse(list, path, ks_buf_str(&text), sink);
	ks_buf_release(&text);
	return rc;
}

/* ---- building ---------------------------------------------------------------------------------- */

static int compare_positions(struct position a, struct position b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return (a.low > b.low) - (a.low < b.low);
}

/* By base; the wider net first, so that what is inside comes behind it. */
static int compare_nets(const void *a, const void *b)
{
	const struct net *x = a, *y = b;
	int order = compare_positions(x->base, y->base);

	if (order != 0)
		return order;
	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return (x->category > y->category) - (x->category < y->category);
}

/* The position behind a net. False when the space ends with it. */
static bool behind(const struct net *net, struct position *out)
{
	struct position p = net->base;

	if (net->prefix == 0)
		return false;
	if (net->prefix > 64) {
		uint64_t step = UINT64_C(1) << (128 - net->prefix);

		p.low += step;
		p.high += p.low < step;
		*out = p;
		return p.low >= step || p.high != 0;
	}
	p.high += UINT64_C(1) << (64 - net->prefix);
	*out = p;
	return p.high != 0;
}

/* The set that a category is added to. */
static uint32_t unite(struct ks_netlist *list, uint32_t set, uint32_t category)
{
	const uint32_t parts[2] = { set, category };
	struct ks_str key = { (const char *)parts, sizeof(parts) };
	struct set old = *KS_VEC_AT(&list->sets, struct set, set), *fresh;
	struct ks_str name = *KS_VEC_AT(&list->names, struct ks_str, category);
	uintptr_t known = (uintptr_t)ks_map_find(&list->unions, key);

	if (known != 0)
		return (uint32_t)(known - 1);
	for (size_t i = 0; i < old.n; i++)
		if (ks_str_is_equal(old.names[i], name))
			return set;
	fresh = ks_vec_push(&list->sets);
	fresh->names = ks_arena_alloc(&list->arena, (old.n + 1) * sizeof(*fresh->names));
	if (old.n > 0)
		memcpy(fresh->names, old.names, old.n * sizeof(*fresh->names));
	fresh->names[old.n] = name;
	fresh->n = old.n + 1;
	ks_map_put(&list->unions, key, (void *)(uintptr_t)list->sets.n);
	return (uint32_t)(list->sets.n - 1);
}

/* A stretch that is being laid. */
struct stretch {
	struct position start;
	uint32_t set;
};

/* A net that is open, with all that holds inside it. */
struct open {
	const struct net *net;
	uint32_t set;
};

static void lay(struct ks_vec *stretches, struct position start, uint32_t set)
{
	struct stretch *last = stretches->n > 0 ? KS_VEC_AT(stretches, struct stretch, stretches->n - 1) : NULL;

	if (last != NULL && compare_positions(last->start, start) == 0)
		last->set = set;
	else
		*(struct stretch *)ks_vec_push(stretches) = (struct stretch){ start, set };
}

/* Closes the innermost open net. */
static void close_one(struct ks_vec *stretches, struct ks_vec *opened)
{
	const struct open *last = KS_VEC_AT(opened, struct open, --opened->n);
	struct position end;

	if (behind(last->net, &end))
		lay(stretches, end, opened->n > 0 ? KS_VEC_AT(opened, struct open, opened->n - 1)->set : 0);
}

static void lay_steps(struct space *space)
{
	size_t at = 0;

	space->steps4 = ks_mem_alloc((STEPS + 1) * sizeof(*space->steps4));
	for (uint32_t step = 0; step < STEPS; step++) {
		while (at < space->n && space->starts4[at] >> 16 < step)
			at++;
		space->steps4[step] = (uint32_t)at;
	}
	space->steps4[STEPS] = (uint32_t)space->n;
}

static void keep(struct space *space, const struct ks_vec *stretches, bool is_v6)
{
	size_t n = stretches->n;

	space->n = n;
	space->sets = ks_mem_alloc((n + 1) * sizeof(*space->sets));
	if (is_v6)
		space->starts6 = ks_mem_alloc((n + 1) * sizeof(*space->starts6));
	else
		space->starts4 = ks_mem_alloc((n + 1) * sizeof(*space->starts4));
	for (size_t i = 0; i < n; i++) {
		const struct stretch *stretch = KS_VEC_AT(stretches, struct stretch, i);

		space->sets[i] = stretch->set;
		if (is_v6)
			space->starts6[i] = stretch->start;
		else
			space->starts4[i] = (uint32_t)(stretch->start.high >> 32);
	}
	if (!is_v6 && n > FEW)
		lay_steps(space);
}

/* nets of one family, in order. */
static void lay_flat(struct ks_netlist *list, const struct net *nets, size_t n, bool is_v6)
{
	struct ks_vec stretches = KS_VEC_OF(struct stretch), opened = KS_VEC_OF(struct open);
	struct position end;

	for (size_t i = 0; i < n; i++) {
		uint32_t outer, set;

		while (opened.n > 0 && behind(KS_VEC_AT(&opened, struct open, opened.n - 1)->net, &end) &&
			compare_positions(end, nets[i].base) <= 0)
			close_one(&stretches, &opened);
		outer = opened.n > 0 ? KS_VEC_AT(&opened, struct open, opened.n - 1)->set : 0;
		set = unite(list, outer, nets[i].category);
		*(struct open *)ks_vec_push(&opened) = (struct open){ &nets[i], set };
		lay(&stretches, nets[i].base, set);
	}
	while (opened.n > 0)
		close_one(&stretches, &opened);
	keep(is_v6 ? &list->v6 : &list->v4, &stretches, is_v6);
	ks_vec_release(&stretches);
	ks_vec_release(&opened);
}

/* Base, prefix and category of a net of IPv4 as one number, which has their order. */
static uint64_t pack(const struct net *net)
{
	return (net->base.high & UINT64_C(0xFFFFFFFF00000000)) | (uint64_t)net->prefix << 16 | net->category;
}

static void unpack(uint64_t packed, struct net *out)
{
	*out = (struct net){ { packed & UINT64_C(0xFFFFFFFF00000000), 0 }, packed & 0xFFFF,
		(uint8_t)(packed >> 16), false };
}

/* Digit by digit, the lowest first: several times as fast as comparing. from is used as room. */
static uint64_t *sort_packed(uint64_t *from, uint64_t *to, size_t n)
{
	for (unsigned shift = 0; shift < 64; shift += 16) {
		size_t *places = ks_mem_alloc(STEPS * sizeof(*places)), sum = 0;
		uint64_t *sorted = to;

		for (size_t i = 0; i < n; i++)
			places[from[i] >> shift & 0xFFFF]++;
		for (size_t i = 0; i < STEPS; i++) {
			size_t count = places[i];

			places[i] = sum;
			sum += count;
		}
		for (size_t i = 0; i < n; i++)
			to[places[from[i] >> shift & 0xFFFF]++] = from[i];
		free(places);
		to = from;
		from = sorted;
	}
	return from;
}

static int compare_packed(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Puts the nets of IPv4 in front and in order; returns how many they are. */
static size_t sort_v4(struct net *nets, size_t n)
{
	uint64_t *packed = ks_mem_alloc((n + 1) * sizeof(*packed)), *room, *sorted;
	size_t n4 = 0, behind6 = n;

	/* From the back, so that those of IPv6 keep their place or move up. */
	for (size_t i = n; i-- > 0;) {
		if (nets[i].is_v6)
			nets[--behind6] = nets[i];
		else
			packed[n4++] = pack(&nets[i]);
	}
	room = ks_mem_alloc((n4 + 1) * sizeof(*room));
	sorted = packed;
	if (n4 > FEW)
		sorted = sort_packed(packed, room, n4);
	else
		qsort(packed, n4, sizeof(*packed), compare_packed);
	for (size_t i = 0; i < n4; i++)
		unpack(sorted[i], &nets[i]);
	free(packed);
	free(room);
	return n4;
}

void ks_netlist_build(struct ks_netlist *list)
{
	struct net *nets = list->nets.p;
	size_t n4 = list->nets.n > 0 ? sort_v4(nets, list->nets.n) : 0;

	if (list->nets.n > n4)
		qsort(nets + n4, list->nets.n - n4, sizeof(*nets), compare_nets);
	space_release(&list->v4);
	space_release(&list->v6);
	if (n4 > 0)
		lay_flat(list, nets, n4, false);
	if (list->nets.n > n4)
		lay_flat(list, nets + n4, list->nets.n - n4, true);
	ks_vec_release(&list->nets);
	list->nets = KS_VEC_OF(struct net);
}

/* ---- looking up -------------------------------------------------------------------------------- */

static bool is_at_or_before(const struct space *space, size_t i, struct position p)
{
	if (space->starts4 != NULL)
		return space->starts4[i] <= (uint32_t)(p.high >> 32);
	return compare_positions(space->starts6[i], p) <= 0;
}

size_t ks_netlist_find(const struct ks_netlist *list, const struct ks_ip *ip, const struct ks_str **out)
{
	const struct space *space = ip->bits == 128 ? &list->v6 : &list->v4;
	struct position p = position_of(ip);
	size_t low = 0, high = space->n;
	const struct set *set;

	/* Stretches are looked at that begin in the same step, and the last one before it. */
	if (space->steps4 != NULL) {
		low = space->steps4[p.high >> 48];
		high = space->steps4[(p.high >> 48) + 1];
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_at_or_before(space, middle, p))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	set = KS_VEC_AT(&list->sets, struct set, space->sets[low - 1]);
	*out = set->names;
	return set->n;
}
