/*
 * keysnare doctor --live-smtp-probe: whether a login by SMTP moves what IAM says of a key's last use. AWS
 * does
 * not say so, and a real account does.
 */
#ifndef KS_CMD_DOCTOR_SMTP_H
#define KS_CMD_DOCTOR_SMTP_H

#include "cmd/keysnare/command.h"

/* Does it with the decoy that the option names. Returns the exit status. */
int ks_doctor_smtp_run(struct ks_app *app, const struct ks_opt_args *args);

#define KS_DOCTOR_SMTP_OPTIONS \
	{ KS_OPT_VALUE, "live-smtp-probe", 0, "DECOY", \
		"log in to SES by SMTP with a live decoy, and see whether IAM notices; nothing else is looked at", \
		NULL, NULL }, \
	{ KS_OPT_VALUE, "smtp-host", 0, "HOST[:PORT]", "the server to log in to", \
		"SES's in the decoy's Region, port 587", NULL }, \
	{ KS_OPT_VALUE, "smtp-secret", 0, "env:NAME|file:PATH", \
		"the decoy's secret, where its bait is not here", \
		"out of the bait", NULL }, \
	{ KS_OPT_VALUE, "wait", 0, "TIME", "how long to wait until IAM notices: 30m, 4h", "30m", NULL }

#endif
