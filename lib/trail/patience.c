/* How long a letter waits for its objects. */
#include "lib/trail/patience.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"

#include <stdlib.h>
#include <string.h>

#define GONE_RECEIVES 5
#define REFUSED_RECEIVES 100         /* with the waits below, some 24 hours … */
#define REFUSED_MS KS_TIME_DAY       /* … and the letter is as old as that: the watch may have been off */
#define WAIT_S 30                    /* the queue's own time, at most that: times the receives … */
#define REFUSED_WAIT_S 900           /* … or doubled each time, up to this */

enum ks_patience_kind ks_patience_kind_of(const struct ks_err *err)
{
	switch (err->code) {
	case KS_ERR_LIMIT:
	case KS_ERR_USAGE:
		return KS_PATIENCE_GONE;
	case KS_ERR_NOTFOUND:
		return strcmp(err->aws_code, "NoSuchKey") == 0 || strcmp(err->aws_code, "NoSuchBucket") == 0 ?
			KS_PATIENCE_GONE : KS_PATIENCE_REFUSED;
	case KS_ERR_DENIED:
	case KS_ERR_PARSE:
		return KS_PATIENCE_REFUSED;
	default:
		return KS_PATIENCE_PASSING;
	}
}

int64_t ks_patience_wait_s(int64_t receives, int64_t visibility_s, bool is_refused)
{
	int64_t once = visibility_s < WAIT_S ? visibility_s : WAIT_S;
	int64_t times = receives < 1 ? 1 : receives < 16 ? receives : 16;

	if (!is_refused)
		return (times < 10 ? times : 10) * once;
	once <<= times - 1;
	return once < REFUSED_WAIT_S ? once : REFUSED_WAIT_S;
}

bool ks_patience_is_over(const struct ks_mailbox_letter *letter, const struct ks_err *err,
	bool has_dead_letters, int64_t now_ms)
{
	enum ks_patience_kind kind = ks_patience_kind_of(err);

	if (err->code == KS_ERR_LIMIT)
		return true;
	if (has_dead_letters || kind == KS_PATIENCE_PASSING)
		return false;
	if (kind == KS_PATIENCE_GONE)
		return letter->receives >= GONE_RECEIVES;
	return letter->receives >= REFUSED_RECEIVES &&
		(letter->sent_ms == KS_TIME_NONE || now_ms - letter->sent_ms >= REFUSED_MS);
}

/* Letters may have gone another way since: then nothing is refused any more, nor read. */
bool ks_patience_is_tried(const struct ks_patience *patience, int64_t now_ms)
{
	return patience->trouble.failures > 0 && now_ms - patience->last_ms <= 2000 * REFUSED_WAIT_S;
}

void ks_patience_refuse(struct ks_patience *patience, struct ks_str bucket, const char *name,
	const struct ks_err *err, int64_t now_ms)
{
	if (!ks_patience_is_tried(patience, now_ms)) {
		free(patience->bucket);
		patience->bucket = ks_mem_copy(bucket.p, bucket.n);
		patience->trouble = (struct ks_mailbox_trouble){ .since_ms = now_ms };
	}
	patience->last_ms = now_ms;
	patience->trouble.failures++;
	ks_err_set(&patience->trouble.err, err->code, "%s: %s", name, err->message);
}

void ks_patience_read(struct ks_patience *patience, struct ks_str bucket)
{
	if (patience->bucket != NULL && ks_str_is(bucket, patience->bucket))
		patience->trouble.failures = 0;
}

void ks_patience_release(struct ks_patience *patience)
{
	free(patience->bucket);
	*patience = (struct ks_patience){ .bucket = NULL };
}
