/* lib/decoy/neighbors: who is told of, how many are counted, and that nobody is a neighbor of himself. */
#include "lib/decoy/neighbors.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 50u

/* A fleet whose decoys are all in one file and one account, with ids that begin alike. */
struct fleet {
	struct ks_arena arena;
	struct ks_vec decoys;
	struct ks_neighbors neighbors;
};

static struct ks_decoy decoy_of(struct fleet *fleet, unsigned number)
{
	return (struct ks_decoy){ .name = ks_str_of(ks_arena_printf(&fleet->arena, "n%u", number)),
		.key_id = ks_str_of(ks_arena_printf(&fleet->arena, "AKIARZPUZDIKBKD5%04u", number)),
		.account = KS_STR("123456789012"), .placement = KS_STR("/srv/x"), .state = KS_DECOY_PLANTED,
		.form = KS_PLACEMENT_FILE };
}

static void fleet_init(struct fleet *fleet, unsigned count)
{
	*fleet = (struct fleet){ .decoys = KS_VEC_OF(struct ks_decoy) };
	for (unsigned i = 0; i < count; i++)
		*(struct ks_decoy *)ks_vec_push(&fleet->decoys) = decoy_of(fleet, i);
	ks_neighbors_init(&fleet->neighbors, &fleet->decoys);
}

static void fleet_release(struct fleet *fleet)
{
	ks_neighbors_release(&fleet->neighbors);
	ks_vec_release(&fleet->decoys);
	ks_arena_release(&fleet->arena);
}

/* The named ones are the first of the fleet, the one that asks left out. */
static void check(const struct ks_neighbors_list *list, unsigned asks, size_t count)
{
	size_t named = count < KS_NEIGHBORS_NAMED ? count : KS_NEIGHBORS_NAMED;
	unsigned number = 0;

	assert_int_equal(list->count, count);
	assert_int_equal(list->named_count, named);
	for (size_t i = 0; i < named; i++, number++) {
		number += number == asks;
		assert_int_equal(strtoul(list->named[i]->name.p + 1, NULL, 10), number);
	}
}

static void test_counts(void **state)
{
	static const unsigned sizes[] = { 0, 1, 2, KS_NEIGHBORS_NAMED, KS_NEIGHBORS_NAMED + 1,
		KS_NEIGHBORS_NAMED + 2, MANY };

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct fleet fleet;

		fleet_init(&fleet, sizes[s]);
		/* The last one that asks is not in the fleet. */
		for (unsigned i = 0; i <= sizes[s]; i++) {
			struct ks_decoy decoy = decoy_of(&fleet, i);
			size_t others = i < sizes[s] ? sizes[s] - 1 : sizes[s];
			struct ks_neighbors_list in_file = ks_neighbors_in_file(&fleet.neighbors, &decoy);
			struct ks_neighbors_list siblings = ks_neighbors_siblings(&fleet.neighbors, &decoy);

			check(&in_file, i, others);
			check(&siblings, i, others);
			assert_int_equal(ks_neighbors_in_directory(&fleet.neighbors, &decoy), 0);
			assert_int_equal(ks_neighbors_have_key(&fleet.neighbors, decoy.key_id), i < sizes[s]);
			decoy.placement = KS_STR("/srv/y");
			in_file = ks_neighbors_in_file(&fleet.neighbors, &decoy);
			check(&in_file, MANY + 1, 0);
		}
		fleet_release(&fleet);
	}
}

/* What one decoy is to a new one at /srv/x of account 123456789012. */
static const struct row {
	const char *name, *placement, *account;
	enum ks_decoy_state state;
	enum ks_placement_form form;
	size_t in_file, in_directory;
} rows_of_one[] = {
	{ "the same file", "/srv/x", "123456789012", KS_DECOY_PLANTED, KS_PLACEMENT_SECTION, 1, 0 },
	{ "the same file, other account", "/srv/x", "123456789013", KS_DECOY_PLANTED, KS_PLACEMENT_FILE, 1, 0 },
	{ "the same file, planned", "/srv/x", "123456789012", KS_DECOY_PLANNED, KS_PLACEMENT_FILE, 1, 0 },
	{ "retired", "/srv/x", "123456789012", KS_DECOY_RETIRED, KS_PLACEMENT_FILE, 0, 0 },
	{ "printed", "/srv/x", "123456789012", KS_DECOY_PRINTED, KS_PLACEMENT_PRINTED, 0, 0 },
	{ "the directory", "/srv/y", "123456789012", KS_DECOY_PLANTED, KS_PLACEMENT_FILE, 0, 1 },
	{ "the directory, other account", "/srv/y", "123456789013", KS_DECOY_PLANTED, KS_PLACEMENT_FILE, 0, 0 },
	{ "the directory, retired", "/srv/y", "123456789012", KS_DECOY_RETIRED, KS_PLACEMENT_FILE, 0, 0 },
	{ "a directory in it", "/srv/y/x", "123456789012", KS_DECOY_PLANTED, KS_PLACEMENT_FILE, 0, 0 },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct fleet fleet;
	struct ks_decoy decoy, *other;

	fleet_init(&fleet, 1);
	ks_neighbors_release(&fleet.neighbors);
	other = KS_VEC_AT(&fleet.decoys, struct ks_decoy, 0);
	other->placement = ks_str_of(row->placement);
	other->account = ks_str_of(row->account);
	other->state = row->state;
	other->form = row->form;
	ks_neighbors_init(&fleet.neighbors, &fleet.decoys);
	decoy = decoy_of(&fleet, 1);
	assert_int_equal(ks_neighbors_in_file(&fleet.neighbors, &decoy).count, row->in_file);
	assert_int_equal(ks_neighbors_in_directory(&fleet.neighbors, &decoy), row->in_directory);
	/* Nor is one that is in no file a neighbor of anybody. */
	decoy.state = KS_DECOY_RETIRED;
	assert_int_equal(ks_neighbors_in_file(&fleet.neighbors, &decoy).count, 0);
	assert_int_equal(ks_neighbors_in_directory(&fleet.neighbors, &decoy), 0);
	fleet_release(&fleet);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, test_counts);
	ROWS_TABLE(&rows, test_row, rows_of_one);
	return rows_run("neighbors", &rows);
}
