/*
 * Files of a trail as AWS lays them out (trail/awslogs.h), written so that a watch never sees half of one.
 * The gzip inside is stored, not squeezed: the same bytes come out everywhere, whatever library is there.
 */
#ifndef KS_DRILL_CRATE_H
#define KS_DRILL_CRATE_H

#include "lib/drill/script.h"

/* {"Records":[…]}, without gzip. */
void ks_crate_add_text(const struct ks_script *script, const struct ks_script_delivery *delivery,
	struct ks_buf *out);

/* gzip around text, which is stored as it is. */
void ks_crate_add_gzip(struct ks_str text, struct ks_buf *out);

/* "AWSLogs/ACCOUNT/CloudTrail/REGION/2026/11/21/ACCOUNT_CloudTrail_REGION_20261121T1015Z_….json.gz" */
void ks_crate_add_path(const struct ks_script *script, const struct ks_script_delivery *delivery,
	struct ks_buf *out);

/* Writes one file below dir. Errors: EXISTS, IO. */
int ks_crate_write(const char *dir, const struct ks_script *script,
	const struct ks_script_delivery *delivery, struct ks_err *err);

#endif
