/* keysnare perms: the IAM permissions that keysnare needs, as documents. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/rules.h"

#include "lib/aws/arn.h"
#include "lib/base/file.h"
#include "lib/decoy/keyid.h"
#include "lib/doctor/doctor.h"
#include "lib/engine/config.h"
#include "lib/engine/duty.h"
#include "lib/engine/sourceneed.h"

#include <stdio.h>
#include <string.h>

extern const struct ks_command ks_cmd_perms;

/* One run. */
struct permitting {
	struct ks_app *app;
	struct ks_policyset policies;
	struct ks_duty_place place;
	struct ks_vec checks;        /* struct ks_duty_need */
	struct ks_arena arena;
	bool has_duty;               /* only one was asked for … */
	enum ks_duty duty;           /* … this one */
};

static bool load_policies(struct permitting *p, const struct ks_opt_args *args)
{
	struct ks_buf path;
	const char *given;
	size_t cursor = 0;

	while ((given = ks_opt_list_next(args, "policy", &cursor)) != NULL)
		ks_policyset_load(&p->policies, given);
	if (!ks_opt_has(args, "policy")) {
		ks_buf_init(&path, 1u << 20);
		ks_file_join(&path, p->app->ctx->policies_dir, "respond");
		ks_policyset_load(&p->policies, ks_buf_str(&path).p);
		ks_buf_release(&path);
	}
	ks_rules_print_errors(&p->policies.problems);
	return p->policies.problems.errors == 0;
}

/* What doctor's checks read with, from their rows. Queues are asked about only where the config has one. */
static void list_checks(struct permitting *p)
{
	p->checks = KS_VEC_OF(struct ks_duty_need);
	for (size_t i = 0; i < ks_doctor_check_count; i++)
		for (const char *const *at = ks_doctor_checks[i]->permissions; at != NULL && *at != NULL; at++)
			if (strncmp(*at, "sqs:", 4) != 0 || ks_sourceneed_has(KS_SOURCENEED_QUEUES, p->place.sources,
				p->place.source_count))
				*(struct ks_duty_need *)ks_vec_push(&p->checks) = (struct ks_duty_need){ *at,
					ks_arena_printf(&p->arena, "doctor, %s", ks_doctor_checks[i]->name) };
	p->place.checks = &p->checks;
}

/* The account that was named, or the config's only one; the partition that was named, or that of its role.
 * */
static bool find_place(struct permitting *p, const struct ks_opt_args *args)
{
	const struct ks_config *config = p->app->config;
	const char *account = ks_opt_value(args, "account", NULL);
	const char *partition = ks_opt_value(args, "partition", NULL);
	const struct ks_account *found = NULL;
	struct ks_arn arn;
	uint64_t number;

	p->place.accounts = config->accounts;
	p->place.account_count = config->account_count;
	p->place.sources = config->sources;
	p->place.source_count = config->source_count;
	p->place.notifiers = config->notifiers;
	p->place.notifier_count = config->notifier_count;
	if (account != NULL && !ks_keyid_parse_account(ks_str_of(account), &number))
		return false;
	if (account != NULL) {
		p->place.account = ks_str_of(account);
		found = ks_account_find(config->accounts, config->account_count, p->place.account);
	} else if (config->account_count == 1) {
		found = &config->accounts[0];
		p->place.account = found->id;
	}
	if (partition == NULL && found != NULL && ks_arn_parse(found->role, &arn))
		p->place.partition = ks_partition_find(arn.partition);
	if (p->place.partition == NULL)
		p->place.partition = ks_partition_find(ks_str_of(partition != NULL ? partition : "aws"));
	return p->place.partition != NULL;
}

static void print_text(struct permitting *p, enum ks_duty duty)
{
	struct ks_vec needs = KS_VEC_OF(struct ks_duty_need);
	bool is_strong = false;
	int width = 0;

	ks_duty_list(duty, &p->policies, &p->place, &p->arena, &needs);
	printf("%s: %s\n", ks_duty_name(duty), ks_duty_about(duty));
	for (size_t i = 0; i < needs.n; i++) {
		const char *permission = KS_VEC_AT(&needs, struct ks_duty_need, i)->permission;
		int length = (int)strlen(ks_duty_resource(permission, &p->place, &p->arena));

		width = length > width ? length : width;
		is_strong = is_strong || ks_duty_is_strong(permission);
	}
	for (size_t i = 0; i < needs.n; i++) {
		const struct ks_duty_need *need = KS_VEC_AT(&needs, struct ks_duty_need, i);

		printf("   %-37s %c  %-*s  %s\n", need->permission, ks_duty_is_strong(need->permission) ? '!' : ' ',
			width, ks_duty_resource(need->permission, &p->place, &p->arena), need->why);
	}
	if (is_strong)
		puts("   !  can give rights as well as take them: whoever has it can make himself an administrator");
	if (needs.n == 0)
		printf("   nothing%s\n", duty == KS_DUTY_CALLER ? ": the config has no account with a role" :
			duty == KS_DUTY_NOTIFIER ? ": the config has no notifier that is AWS's" :
			": no response policy in use acts");
	ks_vec_release(&needs);
}

/* NULL: nothing is needed, and a document without a statement is none. */
static struct ks_json *make_document(struct permitting *p, enum ks_duty duty)
{
	struct ks_vec needs = KS_VEC_OF(struct ks_duty_need);
	struct ks_json *document = NULL;

	ks_duty_list(duty, &p->policies, &p->place, &p->arena, &needs);
	if (needs.n > 0)
		document = ks_duty_document(&needs, &p->place);
	ks_vec_release(&needs);
	return document;
}

static struct ks_json *make_all(struct permitting *p)
{
	struct ks_json *json = ks_json_new_object();

	for (unsigned i = 0; i < KS_DUTY_COUNT; i++) {
		struct ks_json *document = make_document(p, (enum ks_duty)i);

		if (document != NULL)
			ks_json_add(json, ks_duty_name((enum ks_duty)i), document);
		else
			ks_json_add_null(json, ks_duty_name((enum ks_duty)i));
	}
	return json;
}

static int print_json(struct permitting *p)
{
	struct ks_json *json = p->has_duty ? make_document(p, p->duty) : make_all(p);
	struct ks_buf text;

	if (json == NULL) {
		fprintf(stderr, "keysnare: the %s needs no permission, so there is no document: 'keysnare perms "
			"--for %s' says why\n", ks_duty_name(p->duty), ks_duty_name(p->duty));
		return KS_EXIT_FAILED;
	}
	ks_buf_init(&text, SIZE_MAX / 2);
	ks_json_render(json, &text);
	ks_buf_addc(&text, '\n');
	fwrite(ks_buf_str(&text).p, 1, text.n, stdout);
	ks_buf_release(&text);
	ks_json_free(json);
	return KS_EXIT_DONE;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct permitting p = { .app = app };
	const char *duty = ks_opt_value(args, "for", NULL);
	int status = KS_EXIT_USAGE;

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_perms, "perms takes no arguments");
	if (duty != NULL && !ks_duty_find(duty, &p.duty))
		return ks_command_usage(&ks_cmd_perms,
			"'%s' is none of planter, watcher, responder, notifier, doctor and caller", duty);
	p.has_duty = duty != NULL;
	if (!find_place(&p, args))
		return ks_command_usage(&ks_cmd_perms, "--account takes twelve digits, and --partition the name "
			"of one of AWS's, as in an ARN: aws, aws-us-gov, aws-cn");
	list_checks(&p);
	ks_policyset_init(&p.policies);
	if (load_policies(&p, args)) {
		for (unsigned i = 0; app->format == KS_FORMAT_TEXT && i < KS_DUTY_COUNT; i++)
			if (!p.has_duty || p.duty == (enum ks_duty)i)
				print_text(&p, (enum ks_duty)i);
		status = app->format != KS_FORMAT_TEXT ? print_json(&p) : KS_EXIT_DONE;
	}
	ks_policyset_release(&p.policies);
	ks_vec_release(&p.checks);
	ks_arena_release(&p.arena);
	return status;
}

static const struct ks_opt options[] = {
	{ KS_OPT_VALUE, "for", 0, "DUTY", "planter, watcher, responder, notifier, doctor or caller",
		"all of them", NULL },
	{ KS_OPT_LIST, "policy", 0, "PATH", "response policies of your own, a file or a directory",
		"respond/ of the policies", NULL },
	{ KS_OPT_VALUE, "account", 0, "ID", "the account in which the permissions are to hold",
		"the only one of the config, else any", NULL },
	{ KS_OPT_VALUE, "partition", 0, "NAME", "AWS's partition", "that of the account's role, else aws",
		NULL },
};

const struct ks_command ks_cmd_perms = {
	.name = "perms",
	.arguments = "",
	.summary = "print the IAM permissions that keysnare needs, and no more",
	.about =
		"The planter makes decoys and looks after them, the watcher reads trails and asks when decoys were "
			"used "
		"last, the "
		"responder contains, the notifier publishes where a notifier of the config is a service of "
		"AWS's, and doctor reads how the account is set up. The caller is whoever keysnare runs as, where "
		"the config has roles: he needs to take them on, and the roles need the rest. The text says for "
		"each permission how far "
		"it can be narrowed and what it is for; --format json gives IAM policy documents, ready to be "
		"attached.\n"
		"\n"
		"The responder's come from the response policies in use: from their steps, with what undoes "
		"them and what is read before, after and for a plan. Policies that only observe need nothing, "
		"dry runs only what is read for a plan: ask again when a mode or a step changes. "
		"sts:GetCallerIdentity "
		"is not among them, since nobody can be refused it.\n"
		"\n"
		"The watcher's are for the 'sources' of the config: a queue's for that queue, and for the objects "
		"that its messages name, in the 'buckets' of the source or below AWSLogs in any bucket; a bucket's "
		"for what is below its prefix. Where these are encrypted with a KMS key of yours, it needs "
		"kms:Decrypt on that key as well, which is not among them.\n"
		"\n"
		"IAM cannot tell a policy that denies from one that allows: quarantine_user and revoke_sessions "
		"need iam:PutUserPolicy or iam:PutRolePolicy, and with these anybody can be made an administrator. "
		"Guard such an identity like one. disable_key and deny_all_policy do without; the latter may "
		"attach AWSDenyAll "
		"and nothing else.",
	.examples =
		"keysnare perms\twho needs what, and why\n"
		"keysnare perms --for responder --format json >responder.json\ta document for its role\n"
		"keysnare perms --for responder --policy my-policies/respond\tfor policies of your own",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
