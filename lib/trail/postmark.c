/* A ring of checkpoints, and two maps. */
#include "lib/trail/postmark.h"

#include <inttypes.h>
#include <stdio.h>

#define PART_MOST 24
#define VALUE_MOST (1u << 20)

void ks_postmark_init(struct ks_postmarks *marks)
{
	*marks = (struct ks_postmarks){ .next = 1 };
	ks_map_init(&marks->fresh);
	ks_map_init(&marks->old);
}

void ks_postmark_release(struct ks_postmarks *marks)
{
	ks_map_release(&marks->fresh);
	ks_map_release(&marks->old);
}

bool ks_postmark_has(const struct ks_postmarks *marks, struct ks_str id)
{
	return ks_map_find(&marks->fresh, id) != NULL || ks_map_find(&marks->old, id) != NULL;
}

static void add(struct ks_postmarks *marks, struct ks_str id)
{
	if (marks->fresh.entries.n >= KS_POSTMARK_MOST) {
		ks_map_release(&marks->old);
		marks->old = marks->fresh;
		ks_map_init(&marks->fresh);
	}
	if (id.n > 0)
		ks_map_put(&marks->fresh, id, marks);
}

static struct ks_str part_of(uint64_t number, char out[PART_MOST])
{
	snprintf(out, PART_MOST, "done/%03u", (unsigned)(number % KS_POSTMARK_SLOTS));
	return ks_str_of(out);
}

int ks_postmark_recall(struct ks_postmarks *marks, const struct ks_source_config *config, struct ks_err *err)
{
	char part[PART_MOST];

	for (uint64_t slot = 0; slot < KS_POSTMARK_SLOTS; slot++) {
		struct ks_arena arena = { NULL };
		struct ks_str value = { NULL, 0 }, line;
		int64_t number;

		if (config->recall(config->arg, part_of(slot, part), &arena, &value, err) != 0) {
			ks_arena_release(&arena);
			return -1;
		}
		if (ks_str_next(&value, '\n', &line) && ks_str_parse_int(line, &number) && number > 0) {
			if ((uint64_t)number >= marks->next)
				marks->next = (uint64_t)number + 1;
			while (ks_str_next(&value, '\n', &line))
				add(marks, line);
		}
		ks_arena_release(&arena);
	}
	return 0;
}

int ks_postmark_save(const struct ks_postmarks *marks, const struct ks_vec *ids, ks_source_save_fn *save,
	void *arg, struct ks_err *err)
{
	char part[PART_MOST];
	struct ks_buf value;
	int rc;

	if (ids->n == 0)
		return 0;
	ks_buf_init(&value, VALUE_MOST);
	ks_buf_addf(&value, "%" PRIu64, marks->next);
	for (size_t i = 0; i < ids->n; i++) {
		ks_buf_addc(&value, '\n');
		ks_buf_add(&value, *KS_VEC_AT(ids, struct ks_str, i));
	}
	rc = save(arg, part_of(marks->next, part), ks_buf_str(&value), err);
	ks_buf_release(&value);
	return rc;
}

void ks_postmark_take(struct ks_postmarks *marks, const struct ks_vec *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		add(marks, *KS_VEC_AT(ids, struct ks_str, i));
	marks->next += ids->n > 0;
}
