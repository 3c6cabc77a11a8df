/*
 * What the commands of keysnare investigate have in common: they differ in whom they look for.
 */
#ifndef KS_CMD_INQUEST_H
#define KS_CMD_INQUEST_H

#include "cmd/keysnare/command.h"

#include "lib/report/inquiry.h"

/* Behind what a command says of itself. */
#define KS_INQUEST_ABOUT \
	"\n\nWithout PATH the store is asked, which holds the events that rules cared for; with PATH, " \
	"files and directories of trails are read, every record of them. Shown are the first and the " \
	"last event, calls by service, with what was denied, errors, Regions, addresses with their " \
	"categories, agents, and when. A service, a Region or an address is 'new' where it was its user's " \
	"first use of it, as rules ask with actor.first_seen: by long-term key or by the principal behind " \
	"the session, and only where records are known from --learning-time before. What a store knows " \
	"counts for files as well. Then " \
	"who else came from the same addresses, with the same agent (AWS's own left out) or by the same " \
	"issuer of sessions, and which other decoys met the same actor."

#define KS_INQUEST_OPTIONS 8u
extern const struct ks_opt ks_inquest_options[KS_INQUEST_OPTIONS];

/* Runs one of them; returns an enum ks_exit. command: for what is said of wrong usage. */
int ks_inquest_run(struct ks_app *app, const struct ks_opt_args *args, const struct ks_command *command,
	enum ks_inquiry_kind kind);

#endif
