/* Matching and adding up. */
#include "lib/report/inquiry.h"

#include "lib/aws/arn.h"
#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define SLOTS_FIRST 1024u
#define VALUE_MOST 1000u            /* bytes of a value: longer ones that begin alike are one */
#define KEY_SIZE 20u
#define PLAIN_SIZE 16u               /* "255.255.255.255" */

struct table {
	struct ks_map rows;              /* key to struct ks_inquiry_row */
	struct ks_inquiry_row *last;     /* the one that was counted last: the next value is often the same */
	uint64_t left_out;               /* events whose value found no room */
};

struct ks_inquiry {
	const struct ks_inquiry_subject *subject;
	struct table tables[KS_INQUIRY_TABLES];
	struct ks_arena arena;
	struct ks_inquiry_total total;
	uint64_t *seen;                  /* beginnings of identities; 0: free */
	size_t seen_n, seen_size;
	bool is_judged;
	int64_t hour;                    /* of the last event that had a time, and as it is written */
	char hour_text[24];
};

static const char *const kinds[] = { [KS_INQUIRY_KEY] = "key", [KS_INQUIRY_USER] = "user",
	[KS_INQUIRY_IP] = "ip" };

const char *ks_inquiry_kind_name(enum ks_inquiry_kind kind)
{
	return kinds[kind];
}

/* ---- who ----------------------------------------------------------------------------------------- */

static bool is_key_id(struct ks_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(s.p[i] >= '0' && s.p[i] <= '9'))
			return false;
	return s.n >= 16 && s.n <= 128;
}

/* ::ffff:192.0.2.1 is how some programs write 192.0.2.1. */
static bool parse_address(struct ks_str s, struct ks_ip *out)
{
	if (!ks_ip_parse(s, out))
		return false;
	ks_ip_unmap(out);
	return true;
}

/* The address that is an IPv4 one in disguise, plainly; anything else as it is. */
static struct ks_str plain_address(struct ks_str s, char out[PLAIN_SIZE])
{
	struct ks_ip ip;
	int n;

	if (s.n == 0 || memchr(s.p, ':', s.n) == NULL || !parse_address(s, &ip) || ip.bits != 32)
		return s;
	n = snprintf(out, PLAIN_SIZE, "%u.%u.%u.%u", ip.bytes[0], ip.bytes[1], ip.bytes[2], ip.bytes[3]);
	return (struct ks_str){ out, (size_t)n };
}

static int parse_net(struct ks_str value, struct ks_ip_net *out, struct ks_err *err)
{
	struct ks_ip_net net;
	struct ks_ip ip = { .bits = 0 };
	unsigned before;

	if (memchr(value.p, '/', value.n) == NULL && !ks_ip_parse(value, &ip))
		return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is no IP address: write one as "
			"198.51.100.7 or 2001:db8::7, a network as 198.51.100.0/24 or 2001:db8::/32", KS_STR_ARG(value));
	if (ks_ip_parse_net(value, &net, err) != 0) {
		err->code = KS_ERR_USAGE;
		return -1;
	}
	before = net.base.bits;
	ip = net.base;
	ks_ip_unmap(&ip);
	if (ip.bits != before && net.prefix >= before - ip.bits) {
		net.base = ip;
		net.prefix = (unsigned char)(net.prefix - (before - ip.bits));
	}
	*out = net;
	return 0;
}

int ks_inquiry_parse(enum ks_inquiry_kind kind, struct ks_str value, struct ks_arena *arena,
	struct ks_inquiry_subject *out, struct ks_err *err)
{
	struct ks_inquiry_subject subject = { .kind = kind, .value = value };
	struct ks_str type, rest;
	struct ks_arn arn;

	if (value.n == 0)
		return ks_err_set(err, KS_ERR_USAGE, "say which %s to look for", kinds[kind]);
	if (kind == KS_INQUIRY_KEY && !is_key_id(value))
		return ks_err_set(err, KS_ERR_USAGE,
			"'" KS_STR_FMT "' is no access key id: one has capital letters and "
			"digits only, as AKIAIOSFODNN7EXAMPLE", KS_STR_ARG(value));
	if (kind == KS_INQUIRY_KEY && value.n != KEY_SIZE &&
		(ks_str_has_prefix(value, KS_STR("AKIA")) || ks_str_has_prefix(value, KS_STR("ASIA"))))
		return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' has %zu characters, and such a key id has %u",
			KS_STR_ARG(value), value.n, KEY_SIZE);
	if (kind == KS_INQUIRY_IP && parse_net(value, &subject.net, err) != 0)
		return -1;
	if (kind == KS_INQUIRY_USER && ks_arn_parse(value, &arn) && ks_arn_split(&arn, &type, &rest) &&
		ks_str_is(type, "role"))
		subject.role = ks_str_of(ks_arena_printf(arena, ":assumed-role/" KS_STR_FMT "/",
			KS_STR_ARG(ks_arn_last(rest))));
	if (kind == KS_INQUIRY_IP && subject.net.base.bits == 32 && memchr(value.p, ':', value.n) != NULL &&
		subject.net.prefix == 32)
		subject.value = ks_str_of(ks_arena_printf(arena, "%u.%u.%u.%u", subject.net.base.bytes[0],
			subject.net.base.bytes[1], subject.net.base.bytes[2], subject.net.base.bytes[3]));
	*out = subject;
	return 0;
}

static bool holds(struct ks_str text, struct ks_str part)
{
	return text.n >= part.n && ks_str_find_nocase(text, part) >= 0;
}

static bool is_user(const struct ks_inquiry_subject *subject, const struct ks_inquiry_event *event)
{
	return holds(event->arn, subject->value) || holds(event->unique_id, subject->value) ||
		holds(event->issuer, subject->value) ||
		(subject->role.p != NULL && event->issuer.n == 0 && holds(event->arn, subject->role));
}

bool ks_inquiry_is_about(const struct ks_inquiry_subject *subject, const struct ks_inquiry_event *event)
{
	struct ks_ip ip;

	switch (subject->kind) {
	case KS_INQUIRY_KEY:
		return ks_str_is_equal(event->key_id, subject->value);
	case KS_INQUIRY_USER:
		return is_user(subject, event);
	case KS_INQUIRY_IP:
		return parse_address(event->ip, &ip) && ks_ip_is_in(&ip, &subject->net);
	}
	return false;
}

bool ks_inquiry_has_escape(struct ks_str text)
{
	const char *p = text.p, *end = text.p + text.n;

	while (p < end && (p = memchr(p, '\\', (size_t)(end - p))) != NULL && p + 1 < end) {
		if (p[1] == 'u' || p[1] == '/')
			return true;
		p += 2;
	}
	return false;
}

const char *ks_inquiry_value(const char *p, const char *end)
{
	bool has_colon = false;

	/* An address may begin with colons of its own. */
	for (; p < end && *p != '\0' && strchr("\\\": \t\r\n", *p) != NULL && !(*p == ':' && has_colon); p++)
		has_colon |= *p == ':';
	return p;
}

/* Whatever stands behind the field's name, in a record or in a string that holds one. */
static bool may_be_from(const struct ks_ip_net *net, struct ks_str text)
{
	static const struct ks_str field = { "sourceIPAddress", 15 };
	const char *p = text.p, *end = text.p + text.n;
	ptrdiff_t found;

	while ((found = ks_str_find((struct ks_str){ p, (size_t)(end - p) }, field)) >= 0) {
		struct ks_str value;
		struct ks_ip ip;

		p = ks_inquiry_value(p + found + field.n, end);
		for (value = (struct ks_str){ p, 0 }; p < end && *p != '"' && *p != '\\'; p++)
			value.n++;
		if (parse_address(value, &ip) && ks_ip_is_in(&ip, net))
			return true;
	}
	return false;
}

bool ks_inquiry_may_be_about(const struct ks_inquiry_subject *subject, struct ks_str text)
{
	bool may = subject->kind == KS_INQUIRY_IP ? may_be_from(&subject->net, text) :
		subject->kind == KS_INQUIRY_USER ? ks_str_find_nocase(text, subject->value) >= 0 :
		ks_str_find(text, subject->value) >= 0;

	if (!may && subject->role.p != NULL)
		may = ks_str_find_nocase(text, subject->role) >= 0;
	return may || ks_inquiry_has_escape(text);
}

/* ---- adding up ----------------------------------------------------------------------------------- */

struct ks_inquiry *ks_inquiry_new(const struct ks_inquiry_subject *subject)
{
	struct ks_inquiry *inquiry = ks_mem_alloc(sizeof(*inquiry));

	inquiry->subject = subject;
	inquiry->total = (struct ks_inquiry_total){ .first_ms = KS_TIME_NONE, .last_ms = KS_TIME_NONE,
		.looked_first_ms = KS_TIME_NONE, .looked_last_ms = KS_TIME_NONE };
	for (size_t i = 0; i < KS_INQUIRY_TABLES; i++)
		ks_map_init(&inquiry->tables[i].rows);
	ks_arena_init(&inquiry->arena);
	return inquiry;
}

void ks_inquiry_free(struct ks_inquiry *inquiry)
{
	if (inquiry == NULL)
		return;
	for (size_t i = 0; i < KS_INQUIRY_TABLES; i++)
		ks_map_release(&inquiry->tables[i].rows);
	ks_arena_release(&inquiry->arena);
	free(inquiry->seen);
	free(inquiry);
}

const struct ks_inquiry_subject *ks_inquiry_subject(const struct ks_inquiry *inquiry)
{
	return inquiry->subject;
}

static void widen(int64_t time_ms, int64_t *first_ms, int64_t *last_ms)
{
	if (time_ms == KS_TIME_NONE)
		return;
	if (*first_ms == KS_TIME_NONE || time_ms < *first_ms)
		*first_ms = time_ms;
	if (*last_ms == KS_TIME_NONE || time_ms > *last_ms)
		*last_ms = time_ms;
}

static void add_sum(struct ks_inquiry_row *row, const struct ks_inquiry_row *sum)
{
	row->calls += sum->calls;
	row->denied += sum->denied;
	widen(sum->first_ms, &row->first_ms, &row->last_ms);
	widen(sum->last_ms, &row->first_ms, &row->last_ms);
}

/* What one event adds. */
static struct ks_inquiry_row one(const struct ks_inquiry_event *event)
{
	return (struct ks_inquiry_row){ .calls = 1, .denied = event->error.n > 0, .first_ms = event->time_ms,
		.last_ms = event->time_ms };
}

static void count(struct ks_inquiry *inquiry, enum ks_inquiry_table which, struct ks_str key,
	struct ks_str value, struct ks_str via, const struct ks_inquiry_row *sum)
{
	struct table *table = &inquiry->tables[which];
	struct ks_inquiry_row *row = ks_map_find(&table->rows, key);

	table->last = row;
	if (row == NULL && table->rows.entries.n >= KS_INQUIRY_VALUES) {
		table->left_out += sum->calls;
		return;
	}
	if (row == NULL) {
		row = ks_arena_alloc(&inquiry->arena, sizeof(*row));
		*row = (struct ks_inquiry_row){ .value = ks_arena_copy(&inquiry->arena, value),
			.via = ks_arena_copy(&inquiry->arena, via), .first_ms = KS_TIME_NONE, .last_ms = KS_TIME_NONE,
			.new_ms = KS_TIME_NONE };
		ks_map_put(&table->rows, key, row);
		table->last = row;
	}
	add_sum(row, sum);
}

static void count_value(struct ks_inquiry *inquiry, enum ks_inquiry_table which, struct ks_str value,
	const struct ks_inquiry_event *event)
{
	struct ks_inquiry_row *last = inquiry->tables[which].last, sum = one(event);

	value = ks_str_sub(value, 0, VALUE_MOST);
	if (value.n == 0)
		return;
	if (last != NULL && ks_str_is_equal(last->value, value))
		add_sum(last, &sum);
	else
		count(inquiry, which, value, value, KS_STR(""), &sum);
}

/* ---- what came before ---- */

static bool put_seen(uint64_t *slots, size_t size, uint64_t hash)
{
	size_t at = (size_t)hash & (size - 1);

	for (; slots[at] != 0; at = (at + 1) & (size - 1))
		if (slots[at] == hash)
			return false;
	slots[at] = hash;
	return true;
}

static void grow_seen(struct ks_inquiry *inquiry)
{
	size_t size = inquiry->seen_size > 0 ? 2 * inquiry->seen_size : SLOTS_FIRST;
	uint64_t *slots = ks_mem_alloc(size * sizeof(*slots));

	for (size_t i = 0; i < inquiry->seen_size; i++)
		if (inquiry->seen[i] != 0)
			put_seen(slots, size, inquiry->seen[i]);
	free(inquiry->seen);
	inquiry->seen = slots;
	inquiry->seen_size = size;
}

static bool is_first(struct ks_inquiry *inquiry, const struct ks_inquiry_event *event)
{
	uint64_t hash = event->mark != 0 ? event->mark : ks_str_hash(event->identity);

	if (event->mark == 0 && event->identity.n == 0)
		return true;
	hash += hash == 0;
	if (inquiry->seen_n >= KS_INQUIRY_EVENTS)
		return true;
	if (2 * inquiry->seen_n >= inquiry->seen_size)
		grow_seen(inquiry);
	if (!put_seen(inquiry->seen, inquiry->seen_size, hash))
		return false;
	inquiry->seen_n++;
	return true;
}

/* ---- events ---- */

/* One text behind the other, with the room for both; returns its length. */
static size_t join(char *out, struct ks_str a, char between, struct ks_str b)
{
	if (a.n > 0)
		memcpy(out, a.p, a.n);
	out[a.n] = between;
	if (b.n > 0)
		memcpy(out + a.n + 1, b.p, b.n);
	return a.n + 1 + b.n;
}

static void add_call(struct ks_inquiry *inquiry, const struct ks_inquiry_event *event)
{
	char text[512];
	size_t n = join(text, ks_str_sub(event->source, 0, 200), ' ', ks_str_sub(event->name, 0, 200));

	count_value(inquiry, KS_INQUIRY_CALLS, (struct ks_str){ text, n }, event);
}

static void add_hour(struct ks_inquiry *inquiry, const struct ks_inquiry_event *event)
{
	int64_t hour = event->time_ms / HOUR_MS;

	if (event->time_ms == KS_TIME_NONE)
		return;
	if (inquiry->hour_text[0] == '\0' || inquiry->hour != hour)
		snprintf(inquiry->hour_text, sizeof(inquiry->hour_text), "%lld", (long long)hour);
	inquiry->hour = hour;
	count_value(inquiry, KS_INQUIRY_HOURS, ks_str_of(inquiry->hour_text), event);
}

bool ks_inquiry_add(struct ks_inquiry *inquiry, const struct ks_inquiry_event *event)
{
	struct ks_inquiry_total *total = &inquiry->total;
	char plain[PLAIN_SIZE];

	if (!is_first(inquiry, event)) {
		total->copies++;
		return false;
	}
	total->calls++;
	total->denied += event->error.n > 0;
	total->untimed += event->time_ms == KS_TIME_NONE;
	widen(event->time_ms, &total->first_ms, &total->last_ms);
	add_call(inquiry, event);
	count_value(inquiry, KS_INQUIRY_SERVICES, event->source, event);
	count_value(inquiry, KS_INQUIRY_ERRORS, event->error, event);
	count_value(inquiry, KS_INQUIRY_REGIONS, event->region, event);
	count_value(inquiry, KS_INQUIRY_ADDRESSES, plain_address(event->ip, plain), event);
	count_value(inquiry, KS_INQUIRY_AGENTS, event->agent, event);
	count_value(inquiry, KS_INQUIRY_KEYS, event->key_id, event);
	count_value(inquiry, KS_INQUIRY_PRINCIPALS, event->arn, event);
	count_value(inquiry, KS_INQUIRY_ISSUERS, event->issuer, event);
	count_value(inquiry, KS_INQUIRY_DECOYS, event->decoy, event);
	add_hour(inquiry, event);
	return true;
}

static bool is_of_aws(struct ks_str agent)
{
	return ks_str_has_suffix(agent, KS_STR(".amazonaws.com")) || ks_str_has_prefix(agent,
		KS_STR("AWS Internal"));
}

bool ks_inquiry_shares(const struct ks_inquiry *inquiry, enum ks_inquiry_table table, struct ks_str value)
{
	char plain[PLAIN_SIZE];

	if (table == KS_INQUIRY_ADDRESSES)
		value = plain_address(value, plain);
	value = ks_str_sub(value, 0, VALUE_MOST);
	return value.n > 0 && !is_of_aws(value) && ks_map_find(&inquiry->tables[table].rows, value) != NULL;
}

static void add_shared(struct ks_inquiry *inquiry, enum ks_inquiry_table which, struct ks_str via,
	const struct ks_inquiry_event *event, const struct ks_inquiry_row *sum)
{
	struct ks_str who = event->arn.n > 0 ? event->arn : event->key_id.n > 0 ? event->key_id :
		KS_STR("(unnamed)");
	char key[1024];
	size_t n = join(key, ks_str_sub(via, 0, 500), '\n', ks_str_sub(who, 0, 500));

	count(inquiry, which, (struct ks_str){ key, n }, who, via, sum);
}

void ks_inquiry_add_others(struct ks_inquiry *inquiry, const struct ks_inquiry_event *event,
	const struct ks_inquiry_row *sum)
{
	const struct { enum ks_inquiry_table own, other; struct ks_str value; } ways[] = {
		{ KS_INQUIRY_ADDRESSES, KS_INQUIRY_OTHERS_BY_ADDRESS, event->ip },
		{ KS_INQUIRY_AGENTS, KS_INQUIRY_OTHERS_BY_AGENT, event->agent },
		{ KS_INQUIRY_ISSUERS, KS_INQUIRY_OTHERS_BY_ISSUER, event->issuer } };
	struct ks_str via = { NULL, 0 };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!ks_inquiry_shares(inquiry, ways[i].own, ways[i].value))
			continue;
		via = via.p == NULL ? ways[i].value : via;
		add_shared(inquiry, ways[i].other, ways[i].value, event, sum);
	}
	/* A shared address or issuer is the same actor; an agent alone is not. */
	if (event->decoy.n > 0 && (ks_inquiry_shares(inquiry, KS_INQUIRY_ADDRESSES, event->ip) ||
		ks_inquiry_shares(inquiry, KS_INQUIRY_ISSUERS, event->issuer)) &&
		ks_map_find(&inquiry->tables[KS_INQUIRY_DECOYS].rows, event->decoy) == NULL)
		count(inquiry, KS_INQUIRY_OTHER_DECOYS, event->decoy, event->decoy, via, sum);
}

void ks_inquiry_add_other(struct ks_inquiry *inquiry, const struct ks_inquiry_event *event)
{
	struct ks_inquiry_row sum = one(event);

	if (is_first(inquiry, event))
		ks_inquiry_add_others(inquiry, event, &sum);
}

bool ks_inquiry_is_new(struct ks_inquiry *inquiry, uint64_t mark)
{
	return is_first(inquiry, &(struct ks_inquiry_event){ .mark = mark });
}

void ks_inquiry_looked(struct ks_inquiry *inquiry, uint64_t records, int64_t first_ms, int64_t last_ms)
{
	inquiry->total.looked += records;
	widen(first_ms, &inquiry->total.looked_first_ms, &inquiry->total.looked_last_ms);
	widen(last_ms, &inquiry->total.looked_first_ms, &inquiry->total.looked_last_ms);
}

struct ks_inquiry_total ks_inquiry_total(const struct ks_inquiry *inquiry)
{
	return inquiry->total;
}

/* ---- results ------------------------------------------------------------------------------------- */

static int compare_rows(const void *a, const void *b)
{
	const struct ks_inquiry_row *x = a, *y = b;
	int order = ks_str_compare(x->value, y->value);

	if (x->calls != y->calls)
		return x->calls > y->calls ? -1 : 1;
	return order != 0 ? order : ks_str_compare(x->via, y->via);
}

static int compare_times(const void *a, const void *b)
{
	const struct ks_inquiry_row *x = a, *y = b;

	return (x->first_ms > y->first_ms) - (x->first_ms < y->first_ms);
}

uint64_t ks_inquiry_rows(const struct ks_inquiry *inquiry, enum ks_inquiry_table which, struct ks_vec *out)
{
	const struct table *table = &inquiry->tables[which];

	for (size_t i = 0; i < table->rows.entries.n; i++)
		*(struct ks_inquiry_row *)ks_vec_push(out) = *(const struct ks_inquiry_row *)
			KS_VEC_AT(&table->rows.entries, struct ks_map_entry, i)->value;
	ks_vec_sort(out, which == KS_INQUIRY_HOURS ? compare_times : compare_rows);
	return table->left_out;
}

void ks_inquiry_judge(struct ks_inquiry *inquiry, enum ks_inquiry_table table, struct ks_str value,
	int64_t new_ms)
{
	char text[PLAIN_SIZE];
	struct ks_inquiry_row *row;

	if (table == KS_INQUIRY_ADDRESSES)
		value = plain_address(value, text);
	row = ks_map_find(&inquiry->tables[table].rows, ks_str_sub(value, 0, VALUE_MOST));
	if (row == NULL)
		return;
	inquiry->is_judged = row->is_judged = true;
	if (new_ms != KS_TIME_NONE && (row->new_ms == KS_TIME_NONE || new_ms < row->new_ms))
		row->new_ms = new_ms;
}

bool ks_inquiry_is_judged(const struct ks_inquiry *inquiry)
{
	return inquiry->is_judged;
}
