/* The threads' side of a source of S3. */
#include "lib/trail/porter.h"

#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* One thread's. */
struct tools {
	struct ks_ctx ctx;               /* with the stop flag of the fetcher */
	struct ks_settings settings;
	struct ks_client *client;
	struct ks_s3 *s3;
	char known[KS_ACCOUNT_KNOWN];    /* whose calls STS has named */
};

static void close_tools(void *arg, void *given)
{
	struct tools *tools = given;

	(void)arg;
	ks_s3_free(tools->s3);
	ks_client_free(tools->client);
	ks_settings_release(&tools->settings);
	free(tools);
}

static int open_tools(void *arg, const volatile sig_atomic_t *stop, void **out_tools, struct ks_err *err)
{
	const struct ks_porter_office *office = arg;
	struct tools *tools = ks_mem_alloc(sizeof(*tools));

	tools->ctx = *office->ctx;
	tools->ctx.stop = stop;
	if (office->settings(office->arg, &tools->settings, err) != 0) {
		free(tools);
		return -1;
	}
	tools->settings.ctx = &tools->ctx;
	tools->client = ks_client_new(&tools->settings);
	tools->s3 = ks_s3_new(tools->client, &tools->settings, office->bucket);
	*out_tools = tools;
	return 0;
}

/* ---- what is asked ------------------------------------------------------------------------------- */

static int begin_object(void *arg, struct ks_err *err)
{
	return ks_fetcher_rewind(arg, err);
}

static int take_object(void *arg, struct ks_str bytes, struct ks_err *err)
{
	return ks_fetcher_write(arg, bytes, err);
}

/* What was overwritten since it was listed is read as it is now. */
static int bring_object(struct tools *tools, const struct ks_porter *porter, struct ks_fetcher_job *job,
	struct ks_err *err)
{
	const struct ks_s3_sink sink = { begin_object, take_object, job };
	struct ks_err why = { 0 };

	if (ks_s3_get(tools->s3, porter->key, porter->etag, &sink, &why) == 0)
		return 0;
	if (why.code == KS_ERR_CONFLICT && porter->etag.n > 0)
		return ks_fetcher_rewind(job, err) != 0 ? -1 :
			ks_s3_get(tools->s3, porter->key, KS_STR(""), &sink, err);
	*err = why;
	return -1;
}

static int list(struct tools *tools, const char *owner, const struct ks_s3_query *query,
	struct ks_s3_page *out, struct ks_err *err)
{
	ks_s3_set_owner(tools->s3, ks_str_of(owner));
	return ks_s3_list(tools->s3, query, out, err);
}

/* S3 says no to a wrong owner, so it is asked for one after the other: the one of the last time first. */
static int find_owner(const struct ks_porter_office *office, struct tools *tools, struct ks_porter *porter,
	struct ks_err *err)
{
	const struct ks_s3_query query = { .prefix = porter->prefix, .most = 1 };
	char first[sizeof(porter->owner)];
	struct ks_s3_page page = { .token = { NULL, 0 } };

	snprintf(first, sizeof(first), "%s", porter->owner);
	porter->owner[0] = '\0';
	/* Whether it can be read at all. */
	if (list(tools, "", &query, &page, err) != 0)
		return -1;
	ks_s3_release(&page);
	for (size_t i = 0; i <= office->account_count && i <= KS_PORTER_OWNERS; i++) {
		const struct ks_account *first_of =
			ks_account_find(office->accounts, office->account_count, ks_str_of(first));
		const struct ks_account *account = i == 0 ? first_of : &office->accounts[i - 1];
		struct ks_err why = { 0 };
		char id[16];

		if (account == NULL)
			continue;
		snprintf(id, sizeof(id), KS_STR_FMT, KS_STR_ARG(account->id));
		if (list(tools, id, &query, &page, &why) == 0) {
			ks_s3_release(&page);
			snprintf(porter->owner, sizeof(porter->owner), "%s", id);
			return 0;
		}
		if (why.code != KS_ERR_DENIED) {
			*err = why;
			return -1;
		}
	}
	return 0;
}

static int work(void *arg, void *given, struct ks_fetcher_job *job, const volatile sig_atomic_t *stop,
	struct ks_err *err)
{
	const struct ks_porter_office *office = arg;
	struct ks_porter *porter = job->what;
	struct tools *tools = given;
	struct ks_s3_query query = { .prefix = porter->prefix, .after = porter->after,
		.token = porter->token };
	int rc;

	(void)stop;
	ks_s3_set_owner(tools->s3, ks_str_of(porter->owner));
	if (porter->kind == KS_PORTER_OWNER)
		rc = find_owner(office, tools, porter, err);
	else if (porter->kind == KS_PORTER_OBJECT)
		rc = bring_object(tools, porter, job, err);
	else {
		if (porter->kind == KS_PORTER_WALK)
			query.delimiter = KS_STR("/");
		rc = ks_s3_list(tools->s3, &query, &porter->page, err);
	}
	if (rc == 0)
		ks_account_introduce(&tools->settings, tools->client,
			tools->settings.region != NULL ? tools->settings.region : "us-east-1", tools->known);
	return rc;
}

int ks_porter_start(const struct ks_porter_office *office, unsigned threads, struct ks_fetcher **out,
	struct ks_err *err)
{
	/* The fetcher hands it back as it is, and nothing writes to it. */
	return ks_fetcher_start(&(struct ks_fetcher_config){ .threads = threads, .items = 256,
		.dir = ks_ctx_env(office->ctx, "TMPDIR"),
		.open = open_tools, .close = close_tools, .work = work, .arg = (void *)(uintptr_t)office },
		out, err);
}

/* ---- making them --------------------------------------------------------------------------------- */

struct ks_porter *ks_porter_new(enum ks_porter_kind kind, void *of, const char *owner)
{
	struct ks_porter *porter = ks_mem_alloc(sizeof(*porter));

	porter->kind = kind;
	porter->of = of;
	snprintf(porter->owner, sizeof(porter->owner), "%s", owner);
	ks_arena_init(&porter->arena);
	return porter;
}

void ks_porter_set_list(struct ks_porter *porter, struct ks_str prefix, struct ks_str after,
	struct ks_str token)
{
	porter->token = ks_arena_copy(&porter->arena, token);
	porter->prefix = ks_arena_copy(&porter->arena, prefix);
	porter->after = ks_arena_copy(&porter->arena, after);
}

void ks_porter_set_object(struct ks_porter *porter, struct ks_str key, struct ks_str etag)
{
	porter->key = ks_arena_copy(&porter->arena, key);
	porter->etag = ks_arena_copy(&porter->arena, etag);
}

void ks_porter_free(struct ks_porter *porter)
{
	if (porter == NULL)
		return;
	ks_s3_release(&porter->page);
	ks_arena_release(&porter->arena);
	free(porter);
}
