/* Hits as sentences. */
#include "lib/respond/hit.h"

#include <stdio.h>

static void tell_sessions(struct ks_action_plan *plan, struct ks_step *step)
{
	const struct ks_subject *subject = &plan->facts->subject;

	if (subject->sessions > 0)
		ks_step_hit(step, ks_arena_printf(plan->arena, "not its sessions: %zu temporary key%s among the "
			"events, and the credentials stay good until they run out", subject->sessions,
			subject->sessions == 1 ? " is" : "s are"), NULL);
	else
		ks_step_hit(step, "not its sessions: temporary credentials that were made with it stay good until "
			"they run out; none is among the events", NULL);
}

void ks_hit_add_key(struct ks_action_plan *plan, struct ks_step *step)
{
	const struct ks_subject *subject = &plan->facts->subject;
	const struct ks_survey *survey = plan->facts->survey;
	struct ks_wire_parameter key = { "AccessKeyId", subject->key_id, false };
	struct ks_wire_call last_used = ks_action_iam(plan, "GetAccessKeyLastUsed", &key, 1);

	if (plan->facts->is_decoy) {
		ks_step_hit(step, "nobody: the key is a decoy. It goes dark, and the thief's next calls are no "
			"longer evidence: AWS does not record calls with a disabled key", NULL);
		return;
	}
	if (survey != NULL && survey->has_use && survey->use.time_ms == KS_TIME_NONE)
		ks_step_hit(step, "every program that uses this key stops: it was never used, as far as IAM knows; "
			"AWS does not say whether mail sent by SMTP counts", NULL);
	else if (survey != NULL && survey->has_use)
		ks_step_hit(step, ks_arena_printf(plan->arena, "every program that uses this key stops: it was %s, "
			"which may have been the thief", ks_survey_tell_use(&survey->use, plan->arena)), NULL);
	else
		ks_step_hit(step, "every program that uses this key stops; when and for what it was used last "
			"must be read", &last_used);
	tell_sessions(plan, step);
}

/* The user's other keys as AWS has them now. */
static void tell_siblings(struct ks_action_plan *plan, struct ks_step *step)
{
	const struct ks_survey *survey = plan->facts->survey;
	size_t others = 0;

	for (size_t i = 0; i < survey->key_count && others < 3; i++) {
		const struct ks_survey_key *key = &survey->keys[i];

		if (ks_str_is_equal(key->id, plan->facts->subject.key_id))
			continue;
		others++;
		ks_step_hit(step, ks_arena_printf(plan->arena, "sibling key " KS_STR_FMT " is %s, %s",
			KS_STR_ARG(key->id), key->is_active ? "Active" : "Inactive", !key->has_use ?
			"and when it was used last could not be read" : ks_survey_tell_use(&key->use,
			plan->arena)), NULL);
	}
	if (others == 0)
		ks_step_hit(step, "no other access key: the user has none", NULL);
}

void ks_hit_add_user(struct ks_action_plan *plan, struct ks_step *step)
{
	static const char *const logins[] = {
		[KS_SURVEY_UNKNOWN] = "the user in the console",
		[KS_SURVEY_NO] = "nobody in the console: the user has no password",
		[KS_SURVEY_YES] = "the user in the console: there is a password",
	};
	const struct ks_subject *subject = &plan->facts->subject;
	const struct ks_survey *survey = plan->facts->survey;
	struct ks_wire_parameter user = { "UserName", subject->name, false };
	struct ks_wire_call keys = ks_action_iam(plan, "ListAccessKeys", &user, 1);
	struct ks_buf text;

	if (survey != NULL && survey->has_keys)
		tell_siblings(plan, step);
	else
		ks_step_hit(step, "the user's other access key, if there is one, which may be at work somewhere: "
			"whether, and when it was used last (iam:GetAccessKeyLastUsed), must be read", &keys);
	ks_step_hit(step, ks_arena_printf(plan->arena, "%s, and every session of "
		"GetSessionToken and GetFederationToken; %zu temporary key%s among the events",
		logins[survey != NULL ? survey->has_login : KS_SURVEY_UNKNOWN], subject->sessions,
		subject->sessions == 1 ? " is" : "s are"), NULL);
	if (subject->role_count > 0) {
		ks_buf_init(&text, 4096);
		ks_buf_adds(&text, "not the roles that its sessions took on, whose credentials live on:");
		for (size_t i = 0; i < subject->role_count; i++)
			ks_buf_addf(&text, "%s " KS_STR_FMT, i > 0 ? "," : "", KS_STR_ARG(subject->roles[i].name));
		ks_step_hit(step, ks_arena_strdup(plan->arena, ks_buf_str(&text)), NULL);
		ks_buf_release(&text);
	}
	if (plan->facts->is_decoy)
		ks_step_hit(step, "the decoy's calls are still recorded, all of them denied: the mark of a key that "
			"somebody has found out about", NULL);
}

/* "1,234" */
static const char *render_count(double value, struct ks_arena *arena)
{
	char digits[32], out[48];
	size_t n, k = 0;

	if (!(value >= 0 && value < 1e15))
		return "?";
	n = (size_t)snprintf(digits, sizeof(digits), "%.0f", value);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			out[k++] = ',';
		out[k++] = digits[i];
	}
	return ks_arena_strdup(arena, (struct ks_str){ out, k });
}

void ks_hit_add_mail(struct ks_action_plan *plan, struct ks_step *step, struct ks_str region)
{
	struct ks_wire_call account = ks_action_ses(plan, "sesv2", "GetAccount", region, NULL, 0);
	const struct ks_survey_region *r = ks_survey_find_region(plan->facts->survey, region);

	if (r == NULL || !r->has_account) {
		ks_step_hit(step, "how much mail goes out there (SendQuota.SentLast24Hours) must be read", &account);
		return;
	}
	ks_step_hit(step, ks_arena_printf(plan->arena, "%s mail%s in the last 24 hours in " KS_STR_FMT
		", of %s a day (%s)%s", render_count(r->account.sent_today, plan->arena),
		r->account.sent_today == 1 ? "" : "s", KS_STR_ARG(region),
		render_count(r->account.daily_quota, plan->arena), r->account.is_production ? "production" :
			"sandbox",
		r->account.is_sending ? "" : "; sending is paused already"), NULL);
}
