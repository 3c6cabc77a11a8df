/* Specs of sources to ARNs. */
#include "lib/engine/sourceneed.h"

#include "lib/aws/sqs.h"

#include <string.h>

static bool has_mark(const struct ks_config_source *source, const char *mark)
{
	return source->spec != NULL && strncmp(source->spec, mark, strlen(mark)) == 0;
}

bool ks_sourceneed_is_named(const char *mark, const struct ks_config_source *sources, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_mark(&sources[i], mark))
			return true;
	return n == 0;
}

static void add(struct ks_vec *out, const char *arn)
{
	for (size_t i = 0; i < out->n; i++)
		if (strcmp(*KS_VEC_AT(out, const char *, i), arn) == 0)
			return;
	*(const char **)ks_vec_push(out) = arn;
}

static void add_queue(const char *spec, const struct ks_partition *partition, struct ks_arena *arena,
	struct ks_vec *out)
{
	struct ks_sqs_queue queue;
	struct ks_err err;

	if (ks_sqs_parse_url(spec + strlen("sqs:"), NULL, arena, &queue, &err) != 0)
		return;
	if (queue.region != NULL)
		partition = ks_partition_of_region(ks_str_of(queue.region));
	add(out, ks_arena_printf(arena, "arn:%s:sqs:%s:" KS_STR_FMT ":" KS_STR_FMT, partition->name,
		queue.region != NULL ? queue.region : "*", KS_STR_ARG(queue.account.n > 0 ? queue.account :
			KS_STR("*")),
		KS_STR_ARG(queue.name)));
}

static void add_objects(const struct ks_config_source *source, const struct ks_partition *partition,
	struct ks_arena *arena, struct ks_vec *out)
{
	for (size_t i = 0; i < source->bucket_count; i++)
		add(out, ks_arena_printf(arena, "arn:%s:s3:::%s%s*", partition->name, source->buckets[i],
			ks_str_has_suffix(ks_str_of(source->buckets[i]), KS_STR("/")) ? "" : "/"));
	if (source->bucket_count == 0)
		add(out, ks_arena_printf(arena, "arn:%s:s3:::*/AWSLogs/*", partition->name));
}

/* "s3://bucket/prefix" */
static void add_bucket(const char *spec, bool is_listed, const struct ks_partition *partition,
	struct ks_arena *arena, struct ks_vec *out)
{
	struct ks_str rest = ks_str_of(spec + strlen("s3://")), bucket;

	ks_str_next(&rest, '/', &bucket);
	add(out, is_listed ? ks_arena_printf(arena, "arn:%s:s3:::" KS_STR_FMT, partition->name,
		KS_STR_ARG(bucket)) :
		ks_arena_printf(arena, "arn:%s:s3:::" KS_STR_FMT "/" KS_STR_FMT "*", partition->name,
			KS_STR_ARG(bucket), KS_STR_ARG(rest)));
}

void ks_sourceneed_resources(enum ks_sourceneed_kind kind, const struct ks_config_source *sources, size_t n,
	const struct ks_partition *partition, struct ks_arena *arena, struct ks_vec *out)
{
	for (size_t i = 0; i < n; i++) {
		if (has_mark(&sources[i], "sqs:") && kind == KS_SOURCENEED_QUEUES)
			add_queue(sources[i].spec, partition, arena, out);
		if (has_mark(&sources[i], "sqs:") && kind == KS_SOURCENEED_OBJECTS)
			add_objects(&sources[i], partition, arena, out);
		if (has_mark(&sources[i], "s3://") && kind != KS_SOURCENEED_QUEUES)
			add_bucket(sources[i].spec, kind == KS_SOURCENEED_BUCKETS, partition, arena, out);
	}
}

bool ks_sourceneed_has(enum ks_sourceneed_kind kind, const struct ks_config_source *sources, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((has_mark(&sources[i], "sqs:") && kind != KS_SOURCENEED_BUCKETS) ||
			(has_mark(&sources[i], "s3://") && kind != KS_SOURCENEED_QUEUES))
			return true;
	return false;
}
