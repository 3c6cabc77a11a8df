/* The sliding window over one group's hits. */
#include "lib/sigma/window.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"

#include <stdlib.h>
#include <string.h>

/* A hit in the window. */
struct ks_window_entry {
	int64_t time_ms;
	char *text; /* owned: name, value, origin, identity */
	size_t name_n, value_n, origin_n, identity_n;
	struct ks_meter_hit metered;
	bool is_counted; /* else the event counts already, and this only has something to list */
};

static struct ks_window_entry *entry_at(const struct ks_window *window, size_t i)
{
	return KS_VEC_AT(&window->entries, struct ks_window_entry, window->first + i);
}

static size_t entry_count(const struct ks_window *window)
{
	return window->entries.n - window->first;
}

static struct ks_str name_of(const struct ks_window_entry *entry)
{
	return (struct ks_str){ entry->text, entry->name_n };
}

static struct ks_str value_of(const struct ks_window_entry *entry)
{
	return (struct ks_str){ entry->text + entry->name_n, entry->value_n };
}

static struct ks_str origin_of(const struct ks_window_entry *entry)
{
	return (struct ks_str){ entry->text + entry->name_n + entry->value_n, entry->origin_n };
}

static struct ks_str identity_of(const struct ks_window_entry *entry)
{
	return (
		struct ks_str){ entry->text + entry->name_n + entry->value_n + entry->origin_n, entry->identity_n };
}

void ks_window_init(struct ks_window *window, const struct ks_correlation *correlation,
	const struct ks_window_sink *sink)
{
	*window = (struct ks_window){ .correlation = correlation,
		.sink = sink,
		.entries = KS_VEC_OF(struct ks_window_entry),
		.names = KS_VEC_OF(struct ks_str),
		.parts = ks_mem_alloc((correlation->part_count + 1) * sizeof(bool)),
		.now_ms = KS_TIME_NONE };
	ks_meter_init(&window->meter, correlation);
	ks_map_init(&window->listed);
	ks_arena_init(&window->arena);
}

static void drop_metered(struct ks_window *window, struct ks_window_entry *entry)
{
	if (entry->is_counted)
		ks_meter_drop(&window->meter, &entry->metered);
}

static void add_metered(struct ks_window *window, struct ks_window_entry *entry)
{
	entry->metered.value = value_of(entry);
	if (entry->is_counted)
		ks_meter_add(&window->meter, &entry->metered);
}

static void clear_entries(struct ks_window *window)
{
	for (size_t i = 0; i < entry_count(window); i++) {
		drop_metered(window, entry_at(window, i));
		free(entry_at(window, i)->text);
	}
	ks_vec_clear(&window->entries);
	window->first = 0;
}

void ks_window_release(struct ks_window *window)
{
	if (window == NULL || window->correlation == NULL)
		return;
	clear_entries(window);
	ks_vec_release(&window->entries);
	ks_meter_release(&window->meter);
	free(window->parts);
	ks_vec_release(&window->names);
	ks_map_release(&window->listed);
	ks_arena_release(&window->arena);
}

/* Forgets values that left the window, now and then: it costs as much as the hits that came since. */
static void trim_values(struct ks_window *window)
{
	if (!ks_meter_is_stale(&window->meter))
		return;
	for (size_t i = 0; i < entry_count(window); i++)
		drop_metered(window, entry_at(window, i));
	ks_meter_clear(&window->meter);
	for (size_t i = 0; i < entry_count(window); i++)
		add_metered(window, entry_at(window, i));
}

static void drop_first(struct ks_window *window)
{
	struct ks_window_entry *entry = entry_at(window, 0);

	drop_metered(window, entry);
	free(entry->text);
	window->first++;
	window->first_number++;
	/* The rest moves to the front once it is the smaller part. */
	if (window->first > entry_count(window)) {
		size_t n = entry_count(window);

		if (n > 0)
			memmove(window->entries.p, entry_at(window, 0), n * sizeof(*entry));
		window->entries.n = n;
		window->first = 0;
	}
}

static void close_chain(struct ks_window *window)
{
	if (!window->is_open)
		return;
	window->is_open = false;
	window->chain.names = window->names.p;
	window->chain.name_count = window->names.n;
	window->sink->closed(window->sink->arg, &window->chain);
	ks_vec_clear(&window->names);
	ks_map_release(&window->listed);
	ks_map_init(&window->listed);
	ks_arena_clear(&window->arena);
}

static void open_chain(struct ks_window *window)
{
	window->is_open = true;
	window->chain =
		(struct ks_window_chain){ .anchor_ms = entry_at(window, 0)->time_ms, .met_ms = window->now_ms };
	memcpy(window->chain.met, window->last, sizeof(window->last));
	memcpy(window->chain.measure, window->measure, sizeof(window->measure));
	window->told = window->first_number;
	if (window->sink->opened != NULL)
		window->sink->opened(window->sink->arg);
}

/* Whether a window that ends at a time shares an instant with the chain at hand. */
static bool is_joined(const struct ks_window *window, int64_t end_ms)
{
	return window->is_open && end_ms - window->correlation->timespan_ms <= window->chain.sure_ms;
}

/* Lists what entered the chain. */
static void tell(struct ks_window *window)
{
	size_t n = entry_count(window), i;

	i = window->told > window->first_number ? (size_t)(window->told - window->first_number) : 0;
	for (; i < n; i++) {
		struct ks_str name = name_of(entry_at(window, i));

		/* Hits of one event stand side by side. */
		window->chain.hits += i == 0 || entry_at(window, i - 1)->time_ms != entry_at(window, i)->time_ms ||
			!ks_str_is_equal(identity_of(entry_at(window, i - 1)), identity_of(entry_at(window, i)));
		if (window->names.n == KS_LIMIT_MATCHED || ks_map_put(&window->listed, name, window) != NULL)
			continue;
		*(struct ks_str *)ks_vec_push(&window->names) = ks_arena_copy(&window->arena, name);
	}
	window->told = window->first_number + n;
}

/* Remembers how near the group came to the condition. */
static void remember(struct ks_window *window, int64_t since_ms, bool holds)
{
	uint64_t count = ks_meter_count(&window->meter, since_ms);
	struct ks_buf text;

	/* Numbers are not compared with what was: the last one, or the one that was met first, is shown. */
	if (!ks_correlation_is_numeric(window->correlation->type) && count <= window->most &&
		!(holds && !window->is_open))
		return;
	window->most = count > window->most ? count : window->most;
	ks_buf_init(&text, KS_WINDOW_MEASURE);
	ks_meter_render(&window->meter, since_ms, &text);
	memset(window->measure, 0, sizeof(window->measure));
	if (text.n > 0)
		memcpy(window->measure, text.p, text.n < KS_WINDOW_MEASURE ? text.n : KS_WINDOW_MEASURE - 1);
	ks_buf_release(&text);
}

/* All hits of this instant are there: whether the condition holds in the window that ends here. */
static void settle(struct ks_window *window)
{
	int64_t since_ms = window->now_ms - window->correlation->timespan_ms;
	bool holds;

	ks_meter_settle(&window->meter, window->now_ms, window->parts);
	memset(window->parts, 0, window->correlation->part_count * sizeof(bool));
	window->instant = 0;
	if (!is_joined(window, window->now_ms))
		close_chain(window);
	holds = entry_count(window) > 0 && ks_meter_holds(&window->meter, since_ms);
	remember(window, since_ms, holds);
	if (!holds)
		return;
	if (!window->is_open)
		open_chain(window);
	tell(window);
	window->chain.sure_ms = window->chain.last_ms = window->now_ms;
	if (window->sink->held != NULL)
		window->sink->held(window->sink->arg);
}

static void copy_part(char **at, struct ks_str text)
{
	if (text.n > 0)
		memcpy(*at, text.p, text.n);
	*at += text.n;
}

static void push(struct ks_window *window, const struct ks_window_hit *hit, bool is_counted)
{
	struct ks_window_entry *entry = ks_vec_push(&window->entries);
	char *at = ks_mem_alloc(hit->name.n + hit->value.n + hit->origin.n + hit->identity.n + 1);

	*entry = (struct ks_window_entry){ .time_ms = hit->time_ms,
		.name_n = hit->name.n,
		.value_n = hit->value.n,
		.origin_n = hit->origin.n,
		.identity_n = hit->identity.n,
		.text = at };
	copy_part(&at, hit->name);
	copy_part(&at, hit->value);
	copy_part(&at, hit->origin);
	copy_part(&at, hit->identity);
	entry->metered = (struct ks_meter_hit){ .part = hit->part };
	entry->is_counted = is_counted;
	add_metered(window, entry);
	window->parts[hit->part] = true;
	window->instant++;
	window->hits++;
}

/* Whether the window has this hit already, and else whether it is the same to the measure as another hit of
 * its event. */
static bool is_copy(const struct ks_window *window, const struct ks_window_hit *hit, bool *out_is_counted)
{
	bool is_temporal = ks_correlation_is_temporal(window->correlation->type);

	*out_is_counted = true;
	for (size_t i = 0; i < window->instant && i < entry_count(window); i++) {
		const struct ks_window_entry *entry = entry_at(window, entry_count(window) - 1 - i);
		bool is_same_part = entry->metered.part == hit->part;

		if (!ks_str_is_equal(identity_of(entry), hit->identity))
			return false;
		if (is_same_part && ks_str_is_equal(origin_of(entry), hit->origin))
			return true;
		if (is_temporal ? is_same_part : ks_str_is_equal(value_of(entry), hit->value))
			*out_is_counted = false;
	}
	return false;
}

bool ks_window_add(struct ks_window *window, const struct ks_window_hit *hit)
{
	bool is_counted = true;

	if (hit->time_ms == window->now_ms && is_copy(window, hit, &is_counted))
		return false;
	if (hit->time_ms != window->now_ms) {
		if (window->now_ms != KS_TIME_NONE)
			settle(window);
		window->now_ms = hit->time_ms;
		while (entry_count(window) > 0 &&
			entry_at(window, 0)->time_ms < hit->time_ms - window->correlation->timespan_ms)
			drop_first(window);
		trim_values(window);
	}
	if (entry_count(window) == KS_LIMIT_WINDOW) {
		drop_first(window);
		window->overflow++;
	}
	memset(window->last, 0, sizeof(window->last));
	if (hit->identity.n > 0)
		memcpy(window->last, hit->identity.p,
			hit->identity.n < sizeof(window->last) ? hit->identity.n : sizeof(window->last) - 1);
	push(window, hit, is_counted);
	return true;
}

void ks_window_end(struct ks_window *window)
{
	if (window->now_ms != KS_TIME_NONE)
		settle(window);
	close_chain(window);
	clear_entries(window);
	ks_meter_clear(&window->meter);
	window->instant = 0;
	window->now_ms = KS_TIME_NONE;
	window->first_number = window->told = 0;
}
