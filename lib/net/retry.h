/*
 * How long to wait before something is tried again: exponential with jitter, so that many who failed
 * together do not come back together. Pure: the caller brings the random number. Source: "Exponential
 * backoff and jitter", AWS Architecture Blog ("equal jitter").
 */
#ifndef KS_NET_RETRY_H
#define KS_NET_RETRY_H

#include <stdint.h>

struct ks_retry {
	int64_t first_ms;        /* before the second attempt, at most; above 0 */
	int64_t most_ms;         /* never more than that, unless the other side asked for it */
};

/* attempt: how many have failed, 1 at first. random: any 64 bits. after_ms: what the other side asked for,
 * 0 when it did not. Half of the exponential value is certain, the other half is chance; never less
 * than after_ms. */
int64_t ks_retry_wait(const struct ks_retry *retry, unsigned attempt, uint64_t random, int64_t after_ms);

#endif
