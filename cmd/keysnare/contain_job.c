/* A key that somebody names, and the plan for it. */
#include "cmd/keysnare/contain_job.h"

#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/rules.h"

#include "lib/decoy/keyid.h"
#include "lib/engine/config.h"
#include "lib/incident/drillcase.h"
#include "lib/incident/opening.h"
#include "lib/incident/session.h"
#include "lib/respond/ledger.h"
#include "lib/store/schema.h"

#include <inttypes.h>

#define DEFAULT_STEP "disable_key"

/* ---- the command line ---------------------------------------------------------------------------- */

/* A temporary key cannot be contained, but the one behind it, where that is known. */
static int fail_temporary(struct ks_contain_job *job, struct ks_err *err)
{
	struct ks_str parent = { NULL, 0 };

	if (ks_session_find(job->db, job->key_id, &job->arena, &parent, err) != 0)
		return -1;
	if (parent.p != NULL)
		return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is a temporary key: it cannot be disabled. "
			"It was made with '" KS_STR_FMT "': contain that one, with --step revoke_sessions for what "
			"was made with it",
			KS_STR_ARG(job->key_id), KS_STR_ARG(parent));
	return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is a temporary key: it cannot be disabled, and "
		"no record here says which key it was made with: CloudTrail tells who uses it",
		KS_STR_ARG(job->key_id));
}

static int read_key(struct ks_contain_job *job, const struct ks_opt_args *args, struct ks_keyid *out,
	struct ks_err *err)
{
	if (args->arguments.n != 1)
		return ks_err_set(err, KS_ERR_USAGE, "give the access key id of one key: AKIA…");
	job->key_id = ks_str_trim(ks_str_of(*KS_VEC_AT(&args->arguments, const char *, 0)));
	if (ks_keyid_parse(job->key_id, out, err) != 0) {
		err->code = KS_ERR_USAGE;
		return ks_err_wrap(err, "this is no access key id");
	}
	if (!out->kind->is_access_key)
		return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is no access key: it names something else "
			"(%s)",
			KS_STR_ARG(job->key_id), out->kind->what);
	return 0;
}

/* The shipped response policies or those of --response; where only steps are named, none need load. */
static int read_policy(struct ks_contain_job *job, const struct ks_opt_args *args, struct ks_err *err)
{
	const char *name = ks_opt_value(args, "policy", NULL), *value;
	struct ks_vec steps = KS_VEC_OF(const char *);
	const struct ks_policy *policy;
	size_t cursor = 0;
	int rc;

	while ((value = ks_opt_list_next(args, "step", &cursor)) != NULL)
		*(const char **)ks_vec_push(&steps) = value;
	if (name != NULL && steps.n > 0) {
		ks_vec_release(&steps);
		return ks_err_set(err, KS_ERR_USAGE, "give --step or --policy, not both");
	}
	if (name == NULL) {
		if (steps.n == 0)
			*(const char **)ks_vec_push(&steps) = DEFAULT_STEP;
		rc = ks_byhand_policy(&job->policies, steps.p, steps.n, &job->policy, err);
		ks_vec_release(&steps);
		return rc;
	}
	ks_vec_release(&steps);
	if (!ks_rules_load_response(job->app, &job->policies, args))
		return ks_err_set(err, KS_ERR_CONFIG, "the response policies have errors: 'keysnare policy check' "
			"lists them");
	policy = ks_map_find(&job->policies.names, ks_str_of(name));
	if (policy == NULL)
		return ks_err_set(err, KS_ERR_USAGE, "there is no response policy '%s': 'keysnare policy list' "
			"names them", name);
	job->policy = ks_byhand_copy(policy, &job->policies.arena);
	return 0;
}

static int read_mandate(struct ks_contain_job *job, const struct ks_opt_args *args, struct ks_err *err)
{
	struct ks_config_office office = { .ctx = job->app->ctx, .settings = &job->settings,
		.store_path = job->app->store_path, .started_ms = job->app->started_ms };

	office.who = ks_incident_view_who(job->app, args, &job->who);
	if (ks_settings_load(job->app->ctx, NULL, NULL, &job->settings, err) != 0)
		return -1;
	ks_owncall_open(job->app->ctx, job->app->store_path, &job->settings, &job->owncall);
	return ks_config_mandate(job->app->config, &office, &job->arena, &job->mandate, err);
}

/* Given, else out of the key id, else the only one there is; and always one of the config. */
static int find_account(struct ks_contain_job *job, const struct ks_opt_args *args,
	const struct ks_keyid *keyid, struct ks_err *err)
{
	const char *given = ks_opt_value(args, "account", NULL);
	const struct ks_mandate *mandate = &job->mandate;
	const char *id = given != NULL ? given : keyid->has_account ? keyid->account : NULL;

	if (given != NULL && keyid->has_account && !ks_str_is(ks_str_of(given), keyid->account))
		return ks_err_set(err, KS_ERR_GUARD, "the key id belongs to account %s, not to %s", keyid->account,
			given);
	if (id == NULL && mandate->account_count == 1) {
		job->account = &mandate->accounts[0];
		return 0;
	}
	if (id == NULL)
		return ks_err_set(err, KS_ERR_USAGE, "the key id does not tell its account: give --account ID, "
			"one of those in the config");
	job->account = ks_account_find(mandate->accounts, mandate->account_count, ks_str_of(id));
	if (job->account == NULL)
		return ks_err_set(err, KS_ERR_GUARD, "account %s is not in the config: keysnare acts in no "
			"other", id);
	return 0;
}

/* ---- the facts ----------------------------------------------------------------------------------- */

static int find_decoy(struct ks_contain_job *job, bool is_forced, struct ks_err *err)
{
	struct ks_decoy decoy;
	bool is_decoy = false;

	if (ks_registry_find(job->db, job->key_id, &job->arena, &decoy, &is_decoy, err) != 0)
		return -1;
	if (!is_decoy)
		return 0;
	job->facts.is_decoy = true;
	job->facts.is_offline = decoy.kind == KS_DECOY_OFFLINE;
	job->facts.decoy_name = decoy.name;
	job->facts.placement = decoy.placement;
	if (job->facts.is_offline)
		return ks_err_set(err, KS_ERR_GUARD, "'" KS_STR_FMT "' is the offline decoy '" KS_STR_FMT "': AWS "
			"does not know it, there is nothing to contain", KS_STR_ARG(job->key_id),
			KS_STR_ARG(decoy.name));
	if (!is_forced)
		return ks_err_set(err, KS_ERR_GUARD, "'" KS_STR_FMT "' is the decoy '" KS_STR_FMT "': it has no "
			"rights, and contained it goes dark: AWS records no more of the thief. --force contains it "
			"all the same",
			KS_STR_ARG(job->key_id), KS_STR_ARG(decoy.name));
	return 0;
}

/* The key's own incident, else one that will be opened. */
static int find_incident(struct ks_contain_job *job, struct ks_err *err)
{
	struct ks_str actor = ks_str_of(ks_arena_printf(&job->arena, "key:" KS_STR_FMT,
		KS_STR_ARG(job->key_id)));
	int64_t next = 0;

	if (ks_opening_find(job->db, actor, &job->incident, &next, err) != 0)
		return -1;
	job->is_new = job->incident == 0;
	if (job->is_new) {
		job->incident = next;
		job->facts = (struct ks_facts){ .incident = next, .is_unopened = true,
			.now_ms = ks_ctx_now(job->app->ctx), .actor = actor,
			.level = KS_LEVEL_HIGH };
		return 0;
	}
	return ks_facts_load(job->db, &(struct ks_facts_request){ .incident = job->incident,
		.now_ms = ks_ctx_now(job->app->ctx) }, &job->arena, &job->facts, err);
}

/* What the steps need to know, and whoever approves them. */
static void ask_aws(struct ks_contain_job *job)
{
	const struct ks_survey_request request = { .facts = &job->facts, .needs = ks_plan_needs(job->policy),
		.regions = job->account->regions, .region_count = job->account->region_count, .ctx = job->app->ctx };

	if (request.needs == 0)
		return;
	ks_survey_read(job->client, &request, &job->arena, &job->survey);
	ks_survey_apply(&job->survey, &job->arena, &job->facts);
}

static int make_plan(struct ks_contain_job *job, struct ks_err *err)
{
	const struct ks_mandate_case of = { .facts = &job->facts, .self = &job->self,
		.made_ms = job->facts.now_ms };

	if (ks_mandate_world(&job->mandate, job->db, &of, &job->arena, &job->world, err) != 0)
		return -1;
	ks_plan_make(job->policy, &job->facts, &job->world, &job->plan);
	return 0;
}

/* Of an exercise nothing may reach AWS, and its keys may be somebody's. */
static int refuse_drill(const struct ks_contain_job *job, struct ks_err *err)
{
	bool is_drill = false;

	if (ks_drillcase_is_of_drill(job->db, &is_drill, err) != 0)
		return -1;
	return !is_drill ? 0 : ks_err_set(err, KS_ERR_GUARD, "the store is a drill's: nothing is asked of AWS, "
		"and nothing is done there. 'keysnare respond plan INCIDENT' shows the plan, 'keysnare respond "
		"approve INCIDENT' counts in the drill's score");
}

int ks_contain_job_make(struct ks_contain_job *job, struct ks_app *app, const struct ks_opt_args *args,
	struct ks_err *err)
{
	struct ks_keyid keyid;

	*job = (struct ks_contain_job){ .app = app };
	ks_policyset_init(&job->policies);
	ks_buf_init(&job->who, 1024);
	if (read_key(job, args, &keyid, err) != 0 ||
		ks_schema_open(app->ctx, app->store_path, KS_DB_CREATE, &job->db, err) != 0 ||
		refuse_drill(job, err) != 0)
		return -1;
	if (!ks_str_is(ks_str_of(keyid.kind->name), "long-term"))
		return fail_temporary(job, err);
	if (read_policy(job, args, err) != 0 ||
		read_mandate(job, args, err) != 0 || find_account(job, args, &keyid, err) != 0 ||
		find_incident(job, err) != 0 || find_decoy(job, ks_opt_has(args, "force"), err) != 0 ||
		ks_account_open(&job->settings, job->account, &job->arena, &job->client, &job->self, err) != 0 ||
		ks_byhand_ask(job->client, job->key_id, job->account->id, &job->arena, &job->key, err) != 0)
		return -1;
	ks_byhand_fill(&job->key, &job->facts);
	ask_aws(job);
	return make_plan(job, err);
}

void ks_contain_job_release(struct ks_contain_job *job)
{
	ks_plan_release(&job->plan);
	ks_client_free(job->client);
	ks_db_close(job->db);
	ks_buf_release(&job->who);
	ks_owncall_close(job->owncall);
	ks_settings_release(&job->settings);
	ks_policyset_release(&job->policies);
	ks_arena_release(&job->arena);
}

/* ---- the store ----------------------------------------------------------------------------------- */

static int open_incident(struct ks_contain_job *job, struct ks_str reason, struct ks_err *err)
{
	const struct ks_opening opening = { .actor = job->facts.actor, .account = job->key.account,
		.decoy_key = job->facts.is_decoy ? job->key_id : (struct ks_str){ NULL, 0 },
		.level = job->facts.level, .who = job->mandate.who, .reason = reason, .now_ms = job->facts.now_ms };
	int64_t id = 0, next;

	if (ks_opening_find(job->db, opening.actor, &id, &next, err) != 0)
		return -1;
	if (id != 0 || next != job->incident)
		return ks_err_set(err, KS_ERR_CONFLICT, "meanwhile another incident was opened, and the plan is "
			"for a new number: look at it again");
	return ks_opening_add(job->db, &opening, &id, err);
}

static int add_all(struct ks_contain_job *job, struct ks_str reason, int64_t *out_plan, struct ks_err *err)
{
	const struct ks_byhand_note note = { job->incident, job->facts.now_ms, job->mandate.who, reason };
	int64_t now = job->facts.now_ms, until = now + job->mandate.approval_ms;
	struct ks_ledger_plan stored;
	bool is_found = false;

	if ((job->is_new && open_incident(job, reason, err) != 0) ||
		ks_byhand_add(job->db, &note, &job->key, err) != 0 ||
		ks_ledger_add(job->db, &job->plan, false, now, until, out_plan, err) != 0 ||
		ks_ledger_find(job->db, *out_plan, &job->arena, &stored, &is_found, err) != 0)
		return -1;
	/* Approved before, and not carried out: it is the very same. */
	if (is_found && stored.state == KS_LEDGER_READY)
		return 0;
	return ks_ledger_approve(job->db, *out_plan, ks_str_of(job->plan.digest), job->mandate.who, now,
		until, err);
}

int ks_contain_job_store(struct ks_contain_job *job, struct ks_str reason, int64_t *out_plan,
	struct ks_err *err)
{
	if (ks_db_begin(job->db, err) != 0)
		return -1;
	if (add_all(job, reason, out_plan, err) != 0) {
		ks_db_rollback(job->db);
		return -1;
	}
	return ks_db_commit(job->db, err);
}
