/* keysnare key: what can be told of keys without asking AWS. */
#include "cmd/keysnare/command.h"

extern const struct ks_command ks_cmd_key_inspect;
extern const struct ks_command ks_cmd_key_smtp_password;

static const struct ks_command *const subs[] = { &ks_cmd_key_inspect, &ks_cmd_key_smtp_password };

const struct ks_command ks_cmd_key = {
	.name = "key",
	.arguments = "",
	.summary = "tell what a key says offline, derive an SMTP password",
	.about = "What can be told of access keys without asking AWS, and so without anyone noticing.",
	.examples =
		"keysnare key inspect AKIASP2TPHJSQH3FJRUX\tkind, account and canary list of a key id\n"
		"keysnare key smtp-password --region eu-west-1 < secret.txt\tthe SES SMTP password of a secret",
	.subs = subs,
	.sub_count = sizeof(subs) / sizeof(subs[0]),
};
