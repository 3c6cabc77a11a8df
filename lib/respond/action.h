/*
 * Actions: what a response policy can ask for. An action only plans: out of the facts it makes steps,
 * and where there is nothing that can be done it says so. One row in a file of its own and one line in
 * actions.def; the check of parameters, the help and the list of IAM permissions come from the rows.
 */
#ifndef KS_RESPOND_ACTION_H
#define KS_RESPOND_ACTION_H

#include "lib/base/vec.h"
#include "lib/respond/entry.h"
#include "lib/respond/facts.h"
#include "lib/respond/step.h"
#include "lib/respond/survey.h"

#define KS_ACTION_PARAMETERS 4u      /* most of one row, without_approval included */

enum ks_action_parameter_kind { KS_ACTION_STRINGS, KS_ACTION_FLAG };

struct ks_action_parameter {
	const char *name;
	enum ks_action_parameter_kind kind;
	bool is_required;
	const char *help;                    /* one sentence, lower case, no full stop */
	/* Whether a string will do; the error has no position. NULL: any will. */
	int (*check)(struct ks_str value, struct ks_err *err);
	bool is_single;                      /* one string and no list of several */
};

/* What a policy gave for a parameter. */
struct ks_action_value {
	bool is_given;
	bool flag;
	struct ks_entry_list strings;
};

struct ks_action;

/* What an action plans with, and where its plan goes. */
struct ks_action_plan {
	const struct ks_action *action;
	const struct ks_facts *facts;
	const struct ks_action_value *values;    /* one for each parameter of the row */
	struct ks_arena *arena;
	struct ks_vec *steps;                    /* struct ks_step */
	struct ks_vec *gaps;                     /* struct ks_action_gap */
};

/* What cannot be done, and what can be done instead. */
struct ks_action_gap {
	const char *action;
	const char *text;
};

struct ks_action {
	const char *name;
	const char *summary;                     /* one sentence, lower case, no full stop */
	enum ks_step_scope scope;
	bool is_reversible;
	bool is_destructive;                     /* something is lost that undo cannot bring back */
	const struct ks_action_parameter *parameters;  /* a step that is no mapping gives the first */
	size_t parameter_count;
	const char *const *permissions;          /* IAM actions: to send, read back, undo; NULL-terminated */
	unsigned needs;                          /* KS_SURVEY_…: what a plan of it should know */
	void (*plan)(struct ks_action_plan *plan);
};

#define KS_ACTION(name) extern const struct ks_action ks_action_##name;
#include "lib/respond/actions.def"
#undef KS_ACTION

extern const struct ks_action *const ks_action_rows[];
extern const size_t ks_action_count;

/* NULL when there is no such row. */
const struct ks_action *ks_action_find(struct ks_str name);

/* A scope wider than the key needs an approval, and so does what cannot be undone, unless the policy says
 * "without_approval: true". */
bool ks_action_needs_leave(const struct ks_action *action);

/* For the rows: */

/* A new step of the row, zeroed but for what the row says; fill it in before the next one is asked for. */
struct ks_step *ks_action_add(struct ks_action_plan *plan);

void ks_action_fail(struct ks_action_plan *plan, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether AWS can be asked at all: the partition and the account are known, the account is the one in
 * which the calls were made, and the decoy is one that AWS knows. Else adds the gap and returns false. */
bool ks_action_can_call(struct ks_action_plan *plan);

/* Whether the subject is an IAM user whose name is known; else adds the gap and returns false. */
bool ks_action_has_user(struct ks_action_plan *plan);

/* Whether the subject's access key is known; else adds the gap and returns false. Ask for the user first. */
bool ks_action_has_key(struct ks_action_plan *plan);

/* "user mailer, account 123456789012"; "key AKIA… of user mailer, account 123456789012". */
const char *ks_action_user_target(struct ks_action_plan *plan);
const char *ks_action_key_target(struct ks_action_plan *plan);

/* A call to a Region of SES ("ses" or "sesv2"). */
struct ks_wire_call ks_action_ses(struct ks_action_plan *plan, const char *service, const char *operation,
	struct ks_str region, const struct ks_wire_parameter *parameters, size_t n);

/* The parameter "regions" of a row, and whether it has a Region in it; not given: all of them. */
int ks_action_check_region(struct ks_str value, struct ks_err *err);
bool ks_action_has_region(const struct ks_entry_list *regions, struct ks_str region);

/* An IAM call of the subject's partition. Names of parameters are static, values live in the arena. */
struct ks_wire_call ks_action_iam(struct ks_action_plan *plan, const char *operation,
	const struct ks_wire_parameter *parameters, size_t n);

#endif
