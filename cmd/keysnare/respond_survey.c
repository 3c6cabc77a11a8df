/* From the config to an answer of AWS. */
#include "cmd/keysnare/respond_survey.h"

#include "lib/engine/config.h"
#include "lib/incident/owncall.h"

#define BUDGET_MS (INT64_C(90) * 1000)

static int ask(const struct ks_app *app, struct ks_settings *settings, unsigned needs,
	const struct ks_facts *facts, struct ks_respond_survey *out, struct ks_err *err)
{
	struct ks_config_office office = { .ctx = app->ctx, .settings = settings, .store_path = app->store_path,
		.who = KS_STR("planning"), .started_ms = app->started_ms };
	const struct ks_account *account;
	struct ks_client *client = NULL;
	struct ks_mandate mandate;

	if (ks_config_mandate(app->config, &office, &out->arena, &mandate, err) != 0)
		return -1;
	account = ks_account_find(mandate.accounts, mandate.account_count, facts->subject.account);
	if (account == NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "account " KS_STR_FMT " is not in the config '%s'",
			KS_STR_ARG(facts->subject.account), app->config->path);
	if (ks_account_open(settings, account, &out->arena, &client, NULL, err) != 0)
		return -1;
	ks_survey_read(client, &(struct ks_survey_request){ .facts = facts, .needs = needs,
		.regions = account->regions, .region_count = account->region_count, .budget_ms = BUDGET_MS,
		.ctx = app->ctx }, &out->arena, &out->survey);
	ks_client_free(client);
	return 0;
}

void ks_respond_survey_read(const struct ks_app *app, unsigned needs, struct ks_facts *facts,
	struct ks_respond_survey *out)
{
	struct ks_settings settings = { 0 };
	struct ks_owncall *owncall = NULL;
	struct ks_err err = { 0 };
	int rc;

	*out = (struct ks_respond_survey){ .why_not = NULL };
	ks_arena_init(&out->arena);
	if (needs == 0)
		return;
	if (facts->is_offline) {
		out->why_not = "the decoy is an offline one, which AWS does not know";
		return;
	}
	if (facts->subject.account.n == 0) {
		out->why_not = "no record says in which account";
		return;
	}
	rc = ks_settings_load(app->ctx, NULL, NULL, &settings, &err);
	if (rc == 0)
		ks_owncall_open(app->ctx, app->store_path, &settings, &owncall);
	if (rc == 0)
		rc = ask(app, &settings, needs, facts, out, &err);
	if (rc == 0)
		ks_survey_apply(&out->survey, &out->arena, facts);
	else
		out->why_not = ks_arena_printf(&out->arena, "%s", err.message);
	ks_owncall_close(owncall);
	ks_settings_release(&settings);
}

void ks_respond_survey_release(struct ks_respond_survey *survey)
{
	ks_arena_release(&survey->arena);
}
