/* A decoy's key, taken out of its bait. */
#include "cmd/keysnare/decoy_key.h"

#include "lib/base/time.h"
#include "lib/decoy/spots.h"
#include "lib/decoy/trace.h"

int ks_decoy_key_take(struct ks_db *db, const struct ks_decoy *decoy, struct ks_credentials *out,
	struct ks_err *err)
{
	struct ks_secret secret = { NULL, 0 };
	struct ks_trace trace = { .has_file = false };
	int rc = -1;

	if (decoy->kind != KS_DECOY_LIVE)
		return ks_err_set(err, KS_ERR_STATE, "AWS does not know the key of '" KS_STR_FMT "', which was made "
			"with --offline: its use is in no trail", KS_STR_ARG(decoy->name));
	if (decoy->state == KS_DECOY_RETIRED)
		return ks_err_set(err, KS_ERR_STATE, "the decoy '" KS_STR_FMT "' is retired, its bait is gone",
			KS_STR_ARG(decoy->name));
	if (decoy->form == KS_PLACEMENT_PRINTED || decoy->form == KS_PLACEMENT_ELSEWHERE)
		return ks_err_set(err, KS_ERR_STATE, "the bait of '" KS_STR_FMT "' is in no file here, so its "
			"secret is not to be had: use the key from where it is", KS_STR_ARG(decoy->name));
	if (ks_trace_find(db, decoy, &trace, err) != 0)
		return -1;
	if (trace.text.n == 0)
		ks_err_set(err, KS_ERR_NOTFOUND, "there is nothing in '" KS_STR_FMT "'",
			KS_STR_ARG(decoy->placement));
	else if (ks_spots_secret(db, decoy, ks_buf_str(&trace.text), &secret, err) == 0)
		rc = ks_credentials_set(out, decoy->key_id, ks_secret_reveal(&secret), KS_STR(""), KS_TIME_NONE,
			"the bait", err);
	ks_secret_release(&secret);
	ks_trace_release(&trace);
	return rc;
}
