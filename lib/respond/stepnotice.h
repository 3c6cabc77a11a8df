/*
 * The step "notify" of a response policy: when the plan is carried out, people are told of that through the
 * notifiers that the step names. A name that no notifier has must not keep anybody from being told: then all
 * notifiers are. A policy with nothing but this step needs no notice of its own: a watch tells of every
 * incident.
 */
#ifndef KS_RESPOND_STEPNOTICE_H
#define KS_RESPOND_STEPNOTICE_H

#include "lib/respond/mandate.h"
#include "lib/respond/planpost.h"
#include "lib/respond/policyset.h"
#include "lib/respond/step.h"

/* Whom a step means, and what its entry in the ledger says of that. */
struct ks_stepnotice {
	const char *const *names;
	size_t count;
	struct ks_str note;          /* "told: oncall" */
};

/* Texts and list live in arena, the names as long as the mandate. */
void ks_stepnotice_resolve(const struct ks_mandate *mandate, const struct ks_step *step,
	struct ks_arena *arena, struct ks_stepnotice *out);

/* Puts the notice into the outbox, inside the caller's transaction: post without level and notifiers. Errors
 * are the store's. */
int ks_stepnotice_post(struct ks_db *db, const struct ks_stepnotice *notice, const struct ks_planpost *post,
	struct ks_err *err);

/* A warning at its place for each name in a step "notify" that is none of names. */
void ks_stepnotice_check(struct ks_policyset *set, const char *const *names, size_t count);

#endif
