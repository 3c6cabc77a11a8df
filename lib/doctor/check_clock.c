/* The clock against AWS's: signatures are refused when it is off by more than five minutes. */
#include "lib/doctor/check.h"

#include <stdlib.h>

#define WARN_S 60
#define FAIL_S 300

static void run(struct ks_check_state *state)
{
	long long off;

	if (state->client == NULL ||
		(state->identity.account.n == 0 && state->identity_error.http_status == 0)) {
		ks_check_add(state, KS_CHECK_UNKNOWN, NULL, "not compared: AWS did not answer");
		return;
	}
	off = (long long)(-ks_client_skew(state->client) / 1000);
	if (llabs(off) > WARN_S)
		ks_check_add(state, llabs(off) > FAIL_S ? KS_CHECK_FAILED : KS_CHECK_WARNING,
			"set it, by NTP: keysnare signs for AWS's time, but ages of events come out wrong",
			"it is %lld s %s of AWS's", llabs(off), off < 0 ? "behind" : "ahead");
	else
		ks_check_add(state, KS_CHECK_OK, NULL, "within a minute of AWS's");
}

const struct ks_check ks_check_clock = {
	.name = "clock",
	.summary = "the clock agrees with AWS's",
	.is_online = true,
	.run = run,
};
