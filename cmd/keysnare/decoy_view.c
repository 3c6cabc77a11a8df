/* What plant, the decoy commands and key inspect have in common. */
#include "cmd/keysnare/decoy_view.h"

#include "cmd/keysnare/command.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/decoy/canary.h"
#include "lib/store/schema.h"

#define LONGEST_TEXT (1u << 20)

/* What is not known is null. */
static struct ks_str or_null(struct ks_str text)
{
	return text.n > 0 ? text : (struct ks_str){ NULL, 0 };
}

struct ks_json *ks_decoy_view_json(const struct ks_decoy *decoy)
{
	struct ks_json *json = ks_json_new_object();
	char created[KS_TIME_TEXT], mode[16];

	snprintf(mode, sizeof(mode), "%04o", (unsigned)decoy->file_mode & 07777);
	ks_json_add_str(json, "name", decoy->name);
	ks_json_add_str(json, "key_id", decoy->key_id);
	ks_json_add_text(json, "kind", ks_registry_kind_name(decoy->kind));
	ks_json_add_text(json, "state", ks_registry_state_name(decoy->state));
	ks_json_add_str(json, "account", or_null(decoy->account));
	ks_json_add_str(json, "user_name", or_null(decoy->user_name));
	ks_json_add_str(json, "region", or_null(decoy->region));
	ks_json_add_str(json, "label", or_null(decoy->label));
	ks_json_add_str(json, "bait", or_null(decoy->bait));
	ks_json_add_str(json, "placement", decoy->placement);
	ks_json_add_text(json, "form", ks_registry_form_name(decoy->form));
	ks_json_add_text(json, "mode", decoy->file_mode != 0 ? mode : NULL);
	ks_json_add_text(json, "created", ks_time_render(decoy->created_ms, created));
	if (decoy->kind == KS_DECOY_LIVE) {
		ks_json_add_str(json, "user_id", or_null(decoy->user_id));
		ks_json_add_str(json, "user_arn", or_null(decoy->user_arn));
		ks_json_add_str(json, "rights", or_null(decoy->rights));
	}
	return json;
}

void ks_decoy_view_print(FILE *to, struct ks_str text, int width)
{
	struct ks_buf safe;

	ks_buf_init(&safe, LONGEST_TEXT);
	ks_text_add_terminal(&safe, text);
	fprintf(to, "%-*s", width, ks_buf_str(&safe).p);
	ks_buf_release(&safe);
}

void ks_decoy_view_row(FILE *to, const char *label, struct ks_str value)
{
	if (value.n == 0)
		return;
	fprintf(to, "  %-9s", label);
	ks_decoy_view_print(to, value, 0);
	fputc('\n', to);
}

int ks_decoy_view_load_canary(const struct ks_app *app, struct ks_canary *canary)
{
	struct ks_err err = { 0 };
	struct ks_buf path;
	int rc;

	ks_buf_init(&path, 1u << 16);
	ks_file_join(&path, app->ctx->policies_dir, KS_CANARY_FILE);
	rc = ks_canary_load(canary, path.p, &err);
	if (rc != 0)
		ks_command_fail(&err);
	ks_buf_release(&path);
	return rc;
}

static int refuse(const struct ks_decoy_view_fleet *fleet, const char *name, struct ks_err *err)
{
	struct ks_vec known = KS_VEC_OF(const char *);
	const char *near;

	for (size_t i = 0; i < fleet->all.n; i++)
		*(const char **)ks_vec_push(&known) = KS_VEC_AT(&fleet->all, struct ks_decoy, i)->name.p;
	near = ks_opt_nearest(name, known.p, known.n);
	if (near != NULL)
		ks_err_set(err, KS_ERR_NOTFOUND, "no decoy '%s', did you mean '%s'?", name, near);
	else
		ks_err_set(err, KS_ERR_NOTFOUND, "no decoy '%s', 'keysnare decoy list' shows all", name);
	ks_vec_release(&known);
	return -1;
}

/* Whether a minting has no decoy yet. */
static bool is_alone(const struct ks_decoy_view_fleet *fleet, const struct ks_minting *minting)
{
	for (size_t i = 0; i < fleet->all.n; i++)
		if (KS_VEC_AT(&fleet->all, struct ks_decoy, i)->minting == minting->id)
			return false;
	return true;
}

static bool choose_unfinished(struct ks_decoy_view_fleet *fleet, const char *name)
{
	for (size_t i = 0; i < fleet->mintings.n; i++) {
		const struct ks_minting *minting = KS_VEC_AT(&fleet->mintings, struct ks_minting, i);

		if (ks_str_is(minting->name, name) && is_alone(fleet, minting)) {
			*(struct ks_minting *)ks_vec_push(&fleet->unfinished) = *minting;
			return true;
		}
	}
	return false;
}

static int choose(struct ks_decoy_view_fleet *fleet, const char *name, bool is_any, struct ks_err *err)
{
	for (size_t i = 0; i < fleet->all.n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(&fleet->all, struct ks_decoy, i);

		if (ks_str_is(decoy->name, name) || ks_str_is(decoy->key_id, name)) {
			*(struct ks_decoy *)ks_vec_push(&fleet->chosen) = *decoy;
			return 0;
		}
	}
	if (is_any && choose_unfinished(fleet, name))
		return 0;
	return refuse(fleet, name, err);
}

static int open_fleet(struct ks_app *app, enum ks_db_mode mode, const struct ks_vec *names, bool is_any,
	struct ks_decoy_view_fleet *out, struct ks_err *err)
{
	struct ks_decoy_view_fleet fleet = { .all = KS_VEC_OF(struct ks_decoy),
		.chosen = KS_VEC_OF(struct ks_decoy), .mintings = KS_VEC_OF(struct ks_minting),
		.unfinished = KS_VEC_OF(struct ks_minting) };

	if (ks_schema_open(app->ctx, app->store_path, mode, &fleet.db, err) != 0) {
		if (err->code != KS_ERR_NOTFOUND)
			goto fail;
		*err = (struct ks_err){ 0 };
	} else if (ks_registry_list(fleet.db, &fleet.arena, &fleet.all, err) != 0 ||
		ks_minting_list(fleet.db, &fleet.arena, &fleet.mintings, err) != 0) {
		goto fail;
	}
	for (size_t i = 0; i < names->n; i++)
		if (choose(&fleet, *KS_VEC_AT(names, const char *, i), is_any, err) != 0)
			goto fail;
	for (size_t i = 0; names->n == 0 && i < fleet.all.n; i++)
		*(struct ks_decoy *)ks_vec_push(&fleet.chosen) = *KS_VEC_AT(&fleet.all, struct ks_decoy, i);
	for (size_t i = 0; names->n == 0 && is_any && i < fleet.mintings.n; i++)
		if (is_alone(&fleet, KS_VEC_AT(&fleet.mintings, struct ks_minting, i)))
			*(struct ks_minting *)ks_vec_push(&fleet.unfinished) =
				*KS_VEC_AT(&fleet.mintings, struct ks_minting, i);
	*out = fleet;
	return 0;
fail:
	ks_decoy_view_close(&fleet);
	return -1;
}

int ks_decoy_view_open(struct ks_app *app, enum ks_db_mode mode, const struct ks_vec *names,
	struct ks_decoy_view_fleet *out, struct ks_err *err)
{
	return open_fleet(app, mode, names, false, out, err);
}

int ks_decoy_view_open_any(struct ks_app *app, enum ks_db_mode mode, const struct ks_vec *names,
	struct ks_decoy_view_fleet *out, struct ks_err *err)
{
	return open_fleet(app, mode, names, true, out, err);
}

struct ks_minting *ks_decoy_view_minting(const struct ks_decoy_view_fleet *fleet,
	const struct ks_decoy *decoy)
{
	for (size_t i = 0; decoy->minting != 0 && i < fleet->mintings.n; i++)
		if (KS_VEC_AT(&fleet->mintings, struct ks_minting, i)->id == decoy->minting)
			return KS_VEC_AT(&fleet->mintings, struct ks_minting, i);
	return NULL;
}

bool ks_decoy_view_is_left(const struct ks_decoy_view_fleet *fleet, const struct ks_minting *minting)
{
	size_t retired = 0;

	for (size_t i = 0; i < fleet->all.n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(&fleet->all, struct ks_decoy, i);

		if (decoy->minting != minting->id)
			continue;
		if (decoy->state != KS_DECOY_RETIRED)
			return false;
		retired++;
	}
	return retired > 0 && minting->goal == KS_MINTING_SETTLED && minting->stage != KS_MINTING_REMOVED;
}

void ks_decoy_view_unfinished(FILE *to, const struct ks_minting *minting)
{
	fprintf(to, "'" KS_STR_FMT "': %s is not over: %s\n", KS_STR_ARG(minting->name),
		ks_minting_goal_name(minting->goal), ks_minting_stage_text(minting));
	fprintf(to, "  user '" KS_STR_FMT "'%s" KS_STR_FMT "%s in account " KS_STR_FMT "\n",
		KS_STR_ARG(minting->user_name), minting->user_id.n > 0 ? " (" : "", KS_STR_ARG(minting->user_id),
		minting->user_id.n > 0 ? ")" : "", KS_STR_ARG(minting->account));
	if (minting->trouble.n > 0) {
		fprintf(to, "  last error: ");
		ks_decoy_view_print(to, minting->trouble, 0);
		fputc('\n', to);
	}
	fprintf(to, "  'keysnare decoy finish " KS_STR_FMT "' goes on, 'keysnare decoy retire " KS_STR_FMT
		"' takes it away\n", KS_STR_ARG(minting->name), KS_STR_ARG(minting->name));
}

void ks_decoy_view_close(struct ks_decoy_view_fleet *fleet)
{
	ks_vec_release(&fleet->chosen);
	ks_vec_release(&fleet->all);
	ks_vec_release(&fleet->mintings);
	ks_vec_release(&fleet->unfinished);
	ks_arena_release(&fleet->arena);
	ks_db_close(fleet->db);
	fleet->db = NULL;
}
