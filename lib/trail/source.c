/* The table of sources. */
#include "lib/trail/source.h"

#include "lib/base/buf.h"
#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define KS_SOURCE(name) extern const struct ks_source_row ks_source_##name;
#include "lib/trail/sources.def"
#undef KS_SOURCE

#define KS_SOURCE(name) &ks_source_##name,
static const struct ks_source_row *const rows[] = {
#include "lib/trail/sources.def"
};
#undef KS_SOURCE

/* Names all kinds that there are. */
static int refuse(const char *spec, struct ks_err *err)
{
	const size_t n = sizeof(rows) / sizeof(rows[0]);
	struct ks_buf kinds;

	ks_buf_init(&kinds, 4096);
	for (size_t i = 0; i < n; i++)
		ks_buf_addf(&kinds, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", rows[i]->usage);
	ks_err_set(err, KS_ERR_USAGE, "'%s' is no source that can be followed: give %s", spec,
		ks_buf_str(&kinds).p);
	ks_buf_release(&kinds);
	return -1;
}

int ks_source_open(const struct ks_source_config *config, const char *spec, struct ks_source *out,
	struct ks_err *err)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *state = NULL;

		if (!rows[i]->is_mine(spec))
			continue;
		if (rows[i]->open(config, spec, &state, err) != 0)
			return -1;
		*out = (struct ks_source){ rows[i], state, ks_mem_copy(spec, strlen(spec)) };
		return 0;
	}
	return refuse(spec, err);
}

void ks_source_close(struct ks_source *source)
{
	if (source == NULL || source->row == NULL)
		return;
	source->row->close(source->state);
	free(source->spec);
	*source = (struct ks_source){ 0 };
}

int ks_source_next(struct ks_source *source, struct ks_source_piece *out, bool *out_has, struct ks_err *err)
{
	return source->row->next(source->state, out, out_has, err);
}

void ks_source_reached(struct ks_source *source, const struct ks_source_reach *reach)
{
	source->row->reached(source->state, reach);
}

int ks_source_save(struct ks_source *source, ks_source_save_fn *save, void *arg, struct ks_err *err)
{
	return source->row->save(source->state, save, arg, err);
}

bool ks_source_must_save(const struct ks_source *source)
{
	return source->row->must_save != NULL && source->row->must_save(source->state);
}

void ks_source_settle(struct ks_source *source, bool is_committed)
{
	source->row->settle(source->state, is_committed);
}

bool ks_source_look_back(struct ks_source *source, int64_t since_ms, uint64_t budget)
{
	return source->row->look_back(source->state, since_ms, budget);
}

bool ks_source_is_looking(const struct ks_source *source)
{
	return source->row->is_looking != NULL && source->row->is_looking(source->state);
}

bool ks_source_is_gone(const struct ks_source *source, struct ks_str part)
{
	return source->row->is_gone(source->state, part);
}

int ks_source_poll_fd(const struct ks_source *source)
{
	return source->row->poll_fd(source->state);
}

int64_t ks_source_next_ms(const struct ks_source *source)
{
	return source->row->next_ms(source->state);
}

bool ks_source_is_drained(const struct ks_source *source)
{
	return source->row->is_drained(source->state);
}

bool ks_source_is_over(const struct ks_source *source)
{
	return source->row->is_over != NULL && source->row->is_over(source->state);
}

void ks_source_health(const struct ks_source *source, struct ks_source_health *out)
{
	source->row->health(source->state, out);
}
