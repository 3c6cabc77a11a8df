/* The order of things when a decoy is planted. */
#include "lib/decoy/planter.h"

#include "lib/base/limits.h"
#include "lib/base/time.h"
#include "lib/decoy/minter.h"
#include "lib/decoy/naming.h"
#include "lib/decoy/smtp.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_USER 64
#define ACCOUNT_PART 12      /* the characters of a key id that only tell prefix and account */

/* What IAM allows: letters, digits and _+=,.@- */
static int check_user(struct ks_str name, struct ks_err *err)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = ks_str_lower(name.p[i]);

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || memchr("_+=,.@-", c, 7) != NULL))
			return ks_err_set(err, KS_ERR_USAGE, "a user name has letters, digits and _+=,.@- only");
	}
	if (name.n > LONGEST_USER)
		return ks_err_set(err, KS_ERR_USAGE, "a user name has at most %d characters", LONGEST_USER);
	return 0;
}

struct clash {
	const struct ks_ctx *ctx;
	const struct ks_planter_request *request;
};

static bool is_section(void *arg, struct ks_str name)
{
	const struct clash *clash = arg;

	return ks_placement_has_section(clash->ctx, clash->request->path, name);
}

/* One that fits the bait and, where it becomes a section, is none there yet. */
static int choose_user(const struct ks_ctx *ctx, const struct ks_planter_request *request,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	const struct ks_vec none = KS_VEC_OF(struct ks_str);
	bool may_clash = request->path != NULL && request->bait->merge == KS_BAIT_INI_SECTION;
	struct clash clash = { ctx, request };
	struct ks_naming_request naming = { .users = request->users != NULL ? request->users : &none,
		.usual = &request->bait->users, .is_refused = may_clash ? is_section : NULL, .arg = &clash };

	if (ks_naming_choose(ctx, &naming, arena, out, err) == 0)
		return 0;
	return err->code != KS_ERR_EXISTS || !may_clash ? -1 : ks_err_set(err, KS_ERR_EXISTS,
		"every profile name of the bait is taken in '%s', give one", request->path);
}

static int mint(const struct ks_ctx *ctx, const struct ks_planter_request *request,
	struct ks_planter_plan *plan, struct ks_err *err)
{
	static const struct ks_str hidden = { "********", 8 };
	char key_id[KS_KEYID_SIZE + 1];

	if (request->key != NULL) {
		ks_secret_set(&plan->secret, ks_secret_reveal(&request->key->secret));
		ks_smtp_password(&plan->secret, request->region, &plan->smtp_password);
		plan->decoy.key_id = ks_arena_copy(&plan->arena, ks_str_of(request->key->key_id));
		return 0;
	}
	if (ks_minter_key_id(ctx, request->account, key_id, err) != 0)
		return -1;
	if (request->is_dry_run || request->is_live) {
		memset(key_id + ACCOUNT_PART, '*', KS_KEYID_SIZE - ACCOUNT_PART);
		ks_secret_set(&plan->secret, hidden);
		ks_secret_set(&plan->smtp_password, hidden);
	} else {
		if (ks_minter_secret(ctx, &plan->secret, err) != 0)
			return -1;
		ks_smtp_password(&plan->secret, request->region, &plan->smtp_password);
	}
	plan->decoy.key_id = ks_arena_copy(&plan->arena, ks_str_of(key_id));
	return 0;
}

static int render(const struct ks_ctx *ctx, const struct ks_planter_request *request,
	struct ks_planter_plan *plan, struct ks_err *err)
{
	struct ks_time_parts now = ks_time_split(ks_ctx_now(ctx));
	const char *date = ks_arena_printf(&plan->arena, "%04d-%02d-%02d", now.year, now.month, now.day);
	struct ks_bait_values values = {
		.access_key_id = plan->decoy.key_id,
		.secret_access_key = ks_secret_reveal(&plan->secret),
		.region = request->region,
		.smtp_password = ks_secret_reveal(&plan->smtp_password),
		.account_id = request->account,
		.user_name = plan->decoy.user_name,
		.date = ks_str_of(date),
	};

	return ks_bait_render(request->bait, ctx, &values, &plan->text, err);
}

/* What people will call it: the label, else the end of the path, else the bait. The registry makes it
 * unique. */
static struct ks_str name_for(const struct ks_planter_request *request, const struct ks_planter_plan *plan)
{
	struct ks_str path = ks_str_of(plan->placement.path);
	size_t slashes = 0, from = path.n;

	if (request->label.n > 0)
		return request->label;
	while (from > 0 && (slashes += path.p[from - 1] == '/') < 2)
		from--;
	return path.n > 0 ? ks_str_sub(path, from, path.n) : request->bait->name;
}

static void describe(const struct ks_ctx *ctx, const struct ks_planter_request *request,
	struct ks_planter_plan *plan)
{
	struct ks_decoy *decoy = &plan->decoy;

	decoy->kind = request->is_live ? KS_DECOY_LIVE : KS_DECOY_OFFLINE;
	decoy->account = request->account;
	decoy->region = request->region;
	decoy->label = request->label.p != NULL ? request->label : KS_STR("");
	decoy->bait = request->bait->name;
	decoy->name = name_for(request, plan);
	decoy->created_ms = decoy->changed_ms = ks_ctx_now(ctx);
	if (request->path == NULL) {
		decoy->form = KS_PLACEMENT_PRINTED;
		decoy->placement = request->label.n > 0 ? request->label : KS_STR("stdout");
		decoy->written_size = (int64_t)plan->text.n;
		return;
	}
	decoy->form = plan->placement.form;
	decoy->placement = ks_str_of(plan->placement.path);
	decoy->made_dir = ks_str_of(plan->placement.made_dir);
	decoy->file_mode = plan->placement.mode;
	decoy->written_offset = (int64_t)plan->placement.offset;
	decoy->written_size = (int64_t)plan->placement.content.n;
}

int ks_planter_plan(const struct ks_ctx *ctx, const struct ks_planter_request *request,
	struct ks_planter_plan *out, struct ks_err *err)
{
	struct ks_planter_plan plan = { .decoy = { .user_name = request->user_name } };

	ks_buf_init(&plan.text, 2 * KS_LIMIT_BAIT);
	if (!ks_smtp_is_region(request->region)) {
		ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is no region", KS_STR_ARG(request->region));
		goto fail;
	}
	if (check_user(request->user_name, err) != 0 || (request->user_name.n == 0 &&
		choose_user(ctx, request, &plan.arena, &plan.decoy.user_name, err) != 0))
		goto fail;
	if (mint(ctx, request, &plan, err) != 0 || render(ctx, request, &plan, err) != 0)
		goto fail;
	if (request->path != NULL && ks_placement_plan(ctx, request->bait, ks_buf_str(&plan.text),
		request->path, &plan.placement, err) != 0)
		goto fail;
	describe(ctx, request, &plan);
	*out = plan;
	return 0;
fail:
	ks_planter_release(&plan);
	return -1;
}

void ks_planter_release(struct ks_planter_plan *plan)
{
	if (plan == NULL)
		return;
	ks_placement_release(&plan->placement);
	ks_buf_wipe(&plan->text);
	ks_secret_release(&plan->secret);
	ks_secret_release(&plan->smtp_password);
	ks_arena_release(&plan->arena);
}

static int apply_placement(const struct ks_ctx *ctx, struct ks_db *db, struct ks_planter_plan *plan,
	struct ks_err *err)
{
	struct ks_decoy *decoy = &plan->decoy;

	if (ks_placement_apply(&plan->placement, err) != 0) {
		struct ks_err ignored;

		/* A row whose bait may have been written after all has to stay. */
		if (!ks_placement_is_applied(&plan->placement))
			ks_registry_forget(db, decoy->id, &ignored);
		return -1;
	}
	if (ks_registry_move(db, decoy->id, KS_DECOY_PLANNED, KS_DECOY_PLANTED, ks_ctx_now(ctx), err) != 0)
		return ks_err_wrap(err, "the bait is in '%s', but could not be marked as planted",
			plan->placement.path);
	decoy->state = KS_DECOY_PLANTED;
	return 0;
}

int ks_planter_apply(const struct ks_ctx *ctx, struct ks_db *db, struct ks_planter_plan *plan,
	struct ks_err *err)
{
	bool is_printed = plan->decoy.form == KS_PLACEMENT_PRINTED;
	const struct ks_buf *written = is_printed ? &plan->text : &plan->placement.content;

	plan->decoy.state = is_printed ? KS_DECOY_PRINTED : KS_DECOY_PLANNED;
	if (ks_registry_hash(db, ks_secret_reveal(&plan->secret), plan->decoy.secret_hash, err) != 0 ||
		ks_registry_hash(db, ks_secret_reveal(&plan->smtp_password), plan->decoy.smtp_hash, err) != 0 ||
		ks_registry_hash(db, ks_buf_str(written), plan->decoy.written_hash, err) != 0 ||
		ks_registry_add(db, &plan->arena, &plan->decoy, err) != 0)
		return -1;
	return is_printed ? 0 : apply_placement(ctx, db, plan, err);
}
