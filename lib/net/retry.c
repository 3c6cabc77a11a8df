/* Backoff. */
#include "lib/net/retry.h"

int64_t ks_retry_wait(const struct ks_retry *retry, unsigned attempt, uint64_t random, int64_t after_ms)
{
	int64_t full = retry->first_ms, wait;

	for (; attempt > 1 && full < retry->most_ms; attempt--)
		full = full > retry->most_ms / 2 ? retry->most_ms : full * 2;
	if (full > retry->most_ms)
		full = retry->most_ms;
	wait = full / 2 + (int64_t)(random % (uint64_t)(full - full / 2 + 1));
	return wait > after_ms ? wait : after_ms;
}
