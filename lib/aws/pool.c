/* Open accounts, counted by who works with them. */
#include "lib/aws/pool.h"

#include "lib/base/mem.h"
#include "lib/base/vec.h"

#include <stdlib.h>
#include <string.h>

struct ks_pool_entry {
	struct ks_arena arena;           /* of what follows */
	struct ks_str account;
	struct ks_client *client;
	struct ks_account_self self;
	int64_t opened_ms;
	unsigned leases;
	bool is_stale;                   /* nobody gets it any more */
};

struct ks_pool {
	struct ks_settings *settings;
	struct ks_vec entries;           /* struct ks_pool_entry * */
	struct ks_vec shut;              /* struct shut: it was said of each that it does not open */
};

struct shut {
	char account[16];
};

struct ks_pool *ks_pool_new(struct ks_settings *settings)
{
	struct ks_pool *pool = ks_mem_alloc(sizeof(*pool));

	*pool = (struct ks_pool){ settings, KS_VEC_OF(struct ks_pool_entry *), KS_VEC_OF(struct shut) };
	return pool;
}

static void free_entry(struct ks_pool_entry *entry)
{
	ks_client_free(entry->client);
	ks_arena_release(&entry->arena);
	free(entry);
}

void ks_pool_free(struct ks_pool *pool)
{
	if (pool == NULL)
		return;
	for (size_t i = 0; i < pool->entries.n; i++)
		free_entry(*KS_VEC_AT(&pool->entries, struct ks_pool_entry *, i));
	ks_vec_release(&pool->entries);
	ks_vec_release(&pool->shut);
	free(pool);
}

static void sweep(struct ks_pool *pool)
{
	struct ks_pool_entry **entries = pool->entries.p;
	size_t kept = 0;

	for (size_t i = 0; i < pool->entries.n; i++) {
		if (entries[i]->is_stale && entries[i]->leases == 0)
			free_entry(entries[i]);
		else
			entries[kept++] = entries[i];
	}
	pool->entries.n = kept;
}

/* Whether what STS said of it still holds for its next call. */
static bool is_good(const struct ks_pool *pool, struct ks_pool_entry *entry)
{
	int64_t age = ks_ctx_now(pool->settings->ctx) - entry->opened_ms;
	struct ks_err ignored = { 0 };

	return age >= 0 && age < KS_POOL_KEPT_MS && !ks_client_is_refused(entry->client) &&
		ks_client_renew(entry->client, &ignored) == 0 &&
		ks_str_is(entry->self.acting_key, ks_client_key_id(entry->client));
}

static struct ks_pool_entry *find(struct ks_pool *pool, struct ks_str account)
{
	for (size_t i = 0; i < pool->entries.n; i++) {
		struct ks_pool_entry *entry = *KS_VEC_AT(&pool->entries, struct ks_pool_entry *, i);

		if (entry->is_stale || !ks_str_is_equal(entry->account, account))
			continue;
		if (is_good(pool, entry))
			return entry;
		entry->is_stale = true;
	}
	return NULL;
}

static struct ks_pool_entry *make(struct ks_settings *settings, const struct ks_account *account,
	struct ks_err *err)
{
	struct ks_pool_entry *entry = ks_mem_alloc(sizeof(*entry));

	*entry = (struct ks_pool_entry){ .opened_ms = ks_ctx_now(settings->ctx) };
	ks_arena_init(&entry->arena);
	entry->account = ks_arena_copy(&entry->arena, account->id);
	if (ks_account_open(settings, account, &entry->arena, &entry->client, &entry->self, err) == 0)
		return entry;
	free_entry(entry);
	return NULL;
}

static struct shut *find_shut(struct ks_pool *pool, struct ks_str account)
{
	for (size_t i = 0; i < pool->shut.n; i++) {
		struct shut *one = KS_VEC_AT(&pool->shut, struct shut, i);

		if (ks_str_is(account, one->account))
			return one;
	}
	return NULL;
}

bool ks_pool_is_news(struct ks_pool *pool, struct ks_str account)
{
	struct shut *one;

	if (pool == NULL || account.n >= sizeof(one->account))
		return true;
	if (find_shut(pool, account) != NULL)
		return false;
	one = ks_vec_push(&pool->shut);
	*one = (struct shut){ .account = "" };
	memcpy(one->account, account.p, account.n);
	return true;
}

/* When it fails again, that is said again. */
static void forget_shut(struct ks_pool *pool, struct ks_str account)
{
	struct shut *one = find_shut(pool, account);

	if (one != NULL)
		*one = *KS_VEC_AT(&pool->shut, struct shut, --pool->shut.n);
}

int ks_pool_take(struct ks_pool *pool, struct ks_settings *settings, const struct ks_account *account,
	struct ks_pool_lease *out, struct ks_err *err)
{
	struct ks_pool_entry *entry = pool != NULL ? find(pool, account->id) : NULL;

	if (entry == NULL) {
		entry = make(pool != NULL ? pool->settings : settings, account, err);
		if (entry == NULL)
			return -1;
		if (pool != NULL) {
			*(struct ks_pool_entry **)ks_vec_push(&pool->entries) = entry;
			forget_shut(pool, account->id);
		}
	}
	entry->leases++;
	*out = (struct ks_pool_lease){ entry->client, &entry->self, entry };
	return 0;
}

void ks_pool_give(struct ks_pool *pool, struct ks_pool_lease *lease)
{
	if (lease->entry == NULL)
		return;
	lease->entry->leases--;
	if (pool != NULL)
		sweep(pool);
	else
		free_entry(lease->entry);
	*lease = (struct ks_pool_lease){ .client = NULL };
}
