/* A search in breadth through incidents and their addresses. The two indexes of incident_addresses answer
 * all that it asks. */
#include "lib/incident/link.h"

#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/store/sql.h"

#include <stdlib.h>

#define COLUMNS                                                                                         \
	"i.id, i.level, i.notified_level, i.notified_ms, i.pending, i.state = 'closed', i.pending <> 0 AND " \
	"i.state IN ('open', 'acknowledged') AND i.suppressed_by IS NULL AND i.merged_into IS NULL, " \
	"i.decoy_key IS NOT NULL"

struct ks_linker {
	struct ks_db_query *itself;      /* an incident */
	struct ks_db_query *addresses;   /* of an incident */
	struct ks_db_query *others;      /* incidents at an address */
	struct ks_map seen;              /* both: "i" and the bytes of an id, "a" and an address */
	struct ks_buf key;
	struct ks_map pages;             /* bytes of an id to struct ks_vec of int64_t, which its page shares */
	struct ks_vec owned;             /* struct ks_vec *: each page once */
};

int ks_link_open(struct ks_db *db, struct ks_linker **out, struct ks_err *err)
{
	struct ks_linker *linker = ks_mem_alloc(sizeof(*linker));

	*linker = (struct ks_linker){ 0 };
	ks_map_init(&linker->seen);
	ks_map_init(&linker->pages);
	linker->owned = KS_VEC_OF(struct ks_vec *);
	ks_buf_init(&linker->key, SIZE_MAX / 2);
	if (ks_db_prepare(db, "SELECT " COLUMNS " FROM incidents i WHERE i.id = $1", &linker->itself, err) !=
			0 ||
		ks_db_prepare(db, "SELECT address FROM incident_addresses WHERE incident_id = $1 ORDER BY address",
			&linker->addresses, err) != 0 ||
		ks_db_prepare(db, "SELECT " COLUMNS " FROM incident_addresses a JOIN incidents i ON i.id = "
			"a.incident_id WHERE a.address = $1 ORDER BY a.incident_id", &linker->others, err) != 0) {
		ks_link_close(linker);
		return -1;
	}
	*out = linker;
	return 0;
}

void ks_link_close(struct ks_linker *linker)
{
	if (linker == NULL)
		return;
	ks_db_finish(linker->itself);
	ks_db_finish(linker->addresses);
	ks_db_finish(linker->others);
	ks_map_release(&linker->seen);
	ks_map_release(&linker->pages);
	for (size_t i = 0; i < linker->owned.n; i++) {
		struct ks_vec *page = *KS_VEC_AT(&linker->owned, struct ks_vec *, i);

		ks_vec_release(page);
		free(page);
	}
	ks_vec_release(&linker->owned);
	ks_buf_release(&linker->key);
	free(linker);
}

/* Whether it is met for the first time. */
static bool is_new(struct ks_linker *linker, const char *tag, struct ks_str what)
{
	ks_buf_clear(&linker->key);
	ks_buf_adds(&linker->key, tag);
	ks_buf_add(&linker->key, what);
	return ks_map_put(&linker->seen, ks_buf_str(&linker->key), linker) == NULL;
}

/* The incidents that a query finds, but those that were met before. */
static int take(struct ks_linker *linker, struct ks_db_query *query, size_t most, struct ks_vec *out,
	struct ks_err *err)
{
	bool has_row = true;
	int rc = 0;

	while (out->n < most && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		int64_t id = ks_db_column_int(query, 0);

		if (is_new(linker, "i", (struct ks_str){ (const char *)&id, sizeof(id) }))
			*(struct ks_link *)ks_vec_push(out) = (struct ks_link){
				.id = id,
				.level = (enum ks_level)ks_db_column_int(query, 1),
				.notified_level = (enum ks_level)ks_db_column_int(query, 2),
				.notified_ms = ks_sql_time(query, 3),
				.pending = (int)ks_db_column_int(query, 4),
				.is_closed = ks_db_column_int(query, 5) != 0,
				.is_waiting = ks_db_column_int(query, 6) != 0,
				.has_decoy = ks_db_column_int(query, 7) != 0,
			};
	}
	ks_db_reset(query);
	return rc;
}

/* What shares an address with one incident. */
static int spread(struct ks_linker *linker, int64_t id, size_t most, struct ks_vec *out,
	struct ks_err *err)
{
	bool has_row = true;
	int rc = 0;

	ks_db_bind_int(linker->addresses, 1, id);
	while (rc == 0 && out->n < most && (rc = ks_db_step(linker->addresses, &has_row, err)) == 0 && has_row) {
		struct ks_str address = ks_db_column_text(linker->addresses, 0);

		if (!is_new(linker, "a", address))
			continue;
		ks_db_bind_text(linker->others, 1, address);
		rc = take(linker, linker->others, most, out, err);
	}
	ks_db_reset(linker->addresses);
	return rc;
}

int ks_link_walk(struct ks_linker *linker, int64_t id, size_t limit, struct ks_vec *out,
	struct ks_err *err)
{
	size_t most = limit == 0 ? SIZE_MAX : out->n + limit, i = out->n;
	int rc;

	ks_db_bind_int(linker->itself, 1, id);
	rc = take(linker, linker->itself, most, out, err);
	for (; rc == 0 && i < out->n && out->n < most; i++)
		rc = spread(linker, KS_VEC_AT(out, struct ks_link, i)->id, most, out, err);
	return rc;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static struct ks_str bytes_of(const int64_t *id)
{
	return (struct ks_str){ (const char *)id, sizeof(*id) };
}

/* Remembers a page for all that stand on it. */
static struct ks_vec *keep(struct ks_linker *linker, const struct ks_vec *links)
{
	struct ks_vec *page = ks_mem_alloc(sizeof(*page));

	*page = KS_VEC_OF(int64_t);
	*(struct ks_vec **)ks_vec_push(&linker->owned) = page;
	for (size_t i = 0; i < links->n; i++)
		*(int64_t *)ks_vec_push(page) = KS_VEC_AT(links, struct ks_link, i)->id;
	ks_vec_sort(page, compare_ids);
	for (size_t i = 0; i < page->n; i++)
		ks_map_put(&linker->pages, bytes_of(KS_VEC_AT(page, int64_t, i)), page);
	return page;
}

int ks_link_page(struct ks_linker *linker, int64_t id, const struct ks_vec **out, struct ks_err *err)
{
	struct ks_vec links = KS_VEC_OF(struct ks_link), *page = ks_map_find(&linker->pages, bytes_of(&id));
	int rc = 0;

	if (page == NULL) {
		rc = ks_link_walk(linker, id, 0, &links, err);
		if (rc == 0)
			page = keep(linker, &links);
	}
	if (rc == 0)
		*out = page;
	ks_vec_release(&links);
	return rc;
}
