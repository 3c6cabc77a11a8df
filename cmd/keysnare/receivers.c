/* Who gets notices, and the delivery of commands that end. */
#include "cmd/keysnare/receivers.h"

#include "cmd/keysnare/decoy_view.h"

#include "lib/notify/delivery.h"

#include <stdio.h>
#include <string.h>

#define DRAIN_MS 10000 /* so long a receiver that fails at first is tried */

const char *ks_receivers_name(const struct ks_notifier_order *order)
{
	return order->name != NULL ? order->name : order->kind;
}

static bool is_in_want(const struct ks_notifier_order *order)
{
	return ks_notifier_kind(ks_str_of(order->kind))->secret == KS_NOTIFIER_SECRET_MUST &&
		order->secret == NULL;
}

struct ks_notifier_order ks_receivers_order(const struct ks_config *config, size_t at)
{
	struct ks_notifier_order order = config->notifiers[at];
	size_t before = 0;

	if (!is_in_want(&order))
		return order;
	for (size_t i = 0; i < at; i++)
		before += is_in_want(&config->notifiers[i]);
	if (config->webhook_secret_count == 1)
		order.secret = config->webhook_secrets[0];
	else if (before < config->webhook_secret_count)
		order.secret = config->webhook_secrets[before];
	return order;
}

/* One reading. */
struct reading {
	const struct ks_app *app;
	const struct ks_opt_args *args;
	void (*tell)(const struct ks_app *app, const struct ks_err *err);
	struct ks_notifiers *out;
	struct ks_vec bad;               /* struct ks_notifier_bad */
	struct ks_vec told;              /* struct ks_err: what is wrong with each */
};

static void blame(struct reading *r, const struct ks_notifier_order *order, const struct ks_err *why)
{
	struct ks_err err = *why;

	if (order != NULL)
		ks_notifier_fail_at(order, &err);
	*(struct ks_err *)ks_vec_push(&r->told) = err;
}

static const struct ks_notifier_order *find_order(const struct reading *r, const char *name)
{
	const struct ks_config *config = r->app->config;

	for (size_t i = 0; !ks_opt_has(r->args, "notify") && i < config->notifier_count; i++)
		if (strcmp(ks_receivers_name(&config->notifiers[i]), name) == 0)
			return &config->notifiers[i];
	return NULL;
}

static void add_all(struct reading *r)
{
	const struct ks_config *config = r->app->config;
	const char *value;
	size_t cursor = 0;

	while ((value = ks_opt_list_next(r->args, "notify", &cursor)) != NULL) {
		struct ks_err why = { 0 };

		if (ks_notifier_add(r->out, r->app->ctx, value, &why) != 0)
			blame(r, NULL, &why);
	}
	for (size_t i = 0; !ks_opt_has(r->args, "notify") && i < config->notifier_count; i++) {
		struct ks_err why = { 0 };

		if (ks_notifier_add_order(r->out, r->app->ctx, &config->notifiers[i], &why) != 0)
			blame(r, &config->notifiers[i], &why);
	}
}

static int give_secrets(struct reading *r, struct ks_err *err)
{
	const struct ks_config *config = r->app->config;
	struct ks_vec secrets = KS_VEC_OF(const char *);
	const char *value;
	size_t cursor = 0;
	int rc;

	while ((value = ks_opt_list_next(r->args, "webhook-secret", &cursor)) != NULL)
		*(const char **)ks_vec_push(&secrets) = value;
	for (size_t i = 0; secrets.n == 0 && !ks_opt_has(r->args, "notify") && i < config->webhook_secret_count;
		i++)
		*(const char **)ks_vec_push(&secrets) = config->webhook_secrets[i];
	/* Which of several secrets is whose is not to be said when a notifier is missing before it. */
	if (r->told.n > 0 && secrets.n > 1)
		ks_vec_clear(&secrets);
	rc = ks_notifier_set_secrets(r->out, r->app->ctx, &secrets, &r->bad, err);
	ks_vec_release(&secrets);
	for (size_t i = 0; rc == 0 && i < r->bad.n; i++) {
		const struct ks_notifier_bad *bad = KS_VEC_AT(&r->bad, struct ks_notifier_bad, i);

		blame(r, find_order(r, bad->name), &bad->err);
	}
	return rc;
}

/* One is told as it is; of several, each, and what to do about all of them. */
static int fail(struct reading *r, struct ks_err *err)
{
	if (r->told.n == 1) {
		*err = *KS_VEC_AT(&r->told, struct ks_err, 0);
		return -1;
	}
	for (size_t i = 0; i < r->told.n; i++)
		r->tell(r->app, KS_VEC_AT(&r->told, struct ks_err, i));
	return ks_err_set(err, KS_ERR_CONFIG, "%zu notifiers cannot be used, and nothing was read: put them "
		"right, or take them out; 'keysnare notify test --all' shows whether they work", r->told.n);
}

int ks_receivers_read(const struct ks_app *app, const struct ks_opt_args *args,
	void (*tell)(const struct ks_app *app, const struct ks_err *err), struct ks_notifiers *out,
	struct ks_err *err)
{
	struct reading r = { app, args, tell, out, KS_VEC_OF(struct ks_notifier_bad),
		KS_VEC_OF(struct ks_err) };
	int rc = 0;

	add_all(&r);
	if (out->list.n == 0 && r.told.n == 0)
		rc = ks_notifier_add(out, app->ctx, "stdout", err);
	if (rc == 0)
		rc = give_secrets(&r, err);
	if (rc == 0 && r.told.n > 0)
		rc = fail(&r, err);
	ks_vec_release(&r.told);
	ks_vec_release(&r.bad);
	return rc;
}

/* ---- delivery of a command that ends -------------------------------------------------------------- */

static bool is_waiting(const struct ks_notice *notice)
{
	return ks_str_is(notice->state, "waiting") || ks_str_is(notice->state, "sending");
}

static void say_left(const char *name, struct ks_str why)
{
	fprintf(stderr, "keysnare: '%s' is not told yet", name);
	if (why.n > 0) {
		fprintf(stderr, ": ");
		ks_decoy_view_print(stderr, why, 0);
	}
	fprintf(stderr, "; its notice stays in the outbox, and a 'keysnare watch' on this store sends it\n");
}

/* Those for whom something waits and that can be used here. */
static void choose(const struct ks_app *app, const struct ks_vec *notices, struct ks_notifiers *out)
{
	const struct ks_vec none = KS_VEC_OF(const char *);

	for (size_t i = 0; i < app->config->notifier_count; i++) {
		struct ks_notifier_order order = ks_receivers_order(app->config, i);
		const char *name = ks_receivers_name(&order);
		struct ks_secret secret = { 0 };
		struct ks_err why = { 0 };
		bool is_wanted = false;

		for (size_t k = 0; k < notices->n && !is_wanted; k++) {
			const struct ks_notice *notice = KS_VEC_AT(notices, struct ks_notice, k);

			is_wanted = is_waiting(notice) && ks_str_is(notice->notifier, name);
		}
		if (!is_wanted || strcmp(order.kind, "stdout") == 0)
			continue;
		if ((order.secret != NULL && ks_notifier_resolve(app->ctx, order.secret, &secret, &why) != 0) ||
			ks_notifier_add_order(out, app->ctx, &order, &why) != 0)
			say_left(name, ks_str_of(why.message));
		ks_secret_release(&secret);
	}
	if (out->list.n > 0) {
		struct ks_err why = { 0 };

		if (ks_notifier_set_secrets(out, app->ctx, &none, NULL, &why) == 0)
			return;
		say_left("a notifier", ks_str_of(why.message));
		ks_notifier_release(out);
		ks_notifier_init(out);
	}
}

static void send(const struct ks_app *app, const struct ks_notifiers *notifiers)
{
	const struct ks_delivery_config config = { app->ctx, app->store_path, notifiers };
	struct ks_delivery_summary summary;
	struct ks_delivery *delivery = NULL;
	struct ks_err err = { 0 };

	if (ks_delivery_start(&config, &delivery, &err) != 0 ||
		ks_delivery_finish(delivery, true, DRAIN_MS, &summary, &err) != 0)
		say_left("somebody", ks_str_of(err.message));
}

static void tell_left(struct ks_db *db, int64_t incident, const struct ks_notifiers *notifiers)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_arena arena = { NULL };
	struct ks_err ignored = { 0 };

	if (ks_outbox_list(db, incident, &arena, &notices, &ignored) != 0)
		notices.n = 0;
	for (size_t i = 0; i < notices.n; i++) {
		const struct ks_notice *notice = KS_VEC_AT(&notices, struct ks_notice, i);
		const struct ks_notifier *notifier = ks_notifier_find(notifiers, notice->notifier);

		if (is_waiting(notice) && notifier != NULL)
			say_left(notifier->name, notice->error);
	}
	ks_vec_release(&notices);
	ks_arena_release(&arena);
}

void ks_receivers_deliver(const struct ks_app *app, struct ks_db *db, int64_t incident)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_arena arena = { NULL };
	struct ks_notifiers notifiers;
	struct ks_err err = { 0 };

	ks_notifier_init(&notifiers);
	if (ks_outbox_list(db, incident, &arena, &notices, &err) == 0)
		choose(app, &notices, &notifiers);
	if (notifiers.list.n > 0) {
		send(app, &notifiers);
		tell_left(db, incident, &notifiers);
	}
	ks_notifier_release(&notifiers);
	ks_vec_release(&notices);
	ks_arena_release(&arena);
}
