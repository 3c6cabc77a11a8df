/* Runs the checks of checks.def. */
#include "lib/doctor/doctor.h"

const struct ks_check *const ks_doctor_checks[] = {
#define KS_CHECK(name) &ks_check_##name,
#include "lib/doctor/checks.def"
#undef KS_CHECK
};
const size_t ks_doctor_check_count = sizeof(ks_doctor_checks) / sizeof(ks_doctor_checks[0]);

void ks_doctor_examine(const struct ks_doctor_request *request, struct ks_check_state *out)
{
	*out = (struct ks_check_state){
		.ctx = request->ctx,
		.settings = request->settings,
		.store_path = request->store_path,
		.is_offline = request->is_offline,
		.policies = request->policies,
		.config = request->config,
		.findings = KS_VEC_OF(struct ks_check_finding),
		.entered = KS_VEC_OF(struct ks_check_account),
	};
	ks_arena_init(&out->arena);
	out->pause_path = ks_config_pause_path(request->config, request->store_path, &out->arena);
	for (size_t i = 0; i < ks_doctor_check_count && !ks_ctx_is_stopping(request->ctx); i++) {
		out->check = ks_doctor_checks[i];
		if (out->check->is_online && out->is_offline)
			continue;
		if (out->check->needs_keys && out->identity.account.n == 0)
			ks_check_add(out, KS_CHECK_UNKNOWN, NULL, "not asked: there are no keys that work");
		else
			out->check->run(out);
	}
}

void ks_doctor_release(struct ks_check_state *state)
{
	for (size_t i = 0; i < state->entered.n; i++)
		ks_client_free(KS_VEC_AT(&state->entered, struct ks_check_account, i)->client);
	ks_client_free(state->client);
	ks_vec_release(&state->entered);
	ks_vec_release(&state->findings);
	ks_arena_release(&state->arena);
	*state = (struct ks_check_state){ 0 };
}
