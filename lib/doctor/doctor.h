/*
 * The doctor: whether all that keysnare needs to act is there, before it is needed at night. Looks and asks,
 * and changes nothing; what could only be told by doing it is said to be unknown.
 */
#ifndef KS_DOCTOR_DOCTOR_H
#define KS_DOCTOR_DOCTOR_H

#include "lib/doctor/check.h"

/* All borrowed, and must outlive the examination. */
struct ks_doctor_request {
	const struct ks_ctx *ctx;
	struct ks_settings *settings; /* of AWS's files and variables */
	const struct ks_config *config; /* without accounts: the one that the keys are of is looked at */
	const char *store_path;
	const struct ks_policyset *policies; /* response policies in use */
	bool is_offline;
};

/* Runs the checks. out->findings says what they found; release it. */
void ks_doctor_examine(const struct ks_doctor_request *request, struct ks_check_state *out);
void ks_doctor_release(struct ks_check_state *state);

extern const struct ks_check *const ks_doctor_checks[];
extern const size_t ks_doctor_check_count;

#endif
