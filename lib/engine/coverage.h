/*
 * What a set of rules looks at: for each rule or correlation, the calls of the stage table that it can
 * meet, worked out from what the rule needs and not from what it says of itself.
 */
#ifndef KS_ENGINE_COVERAGE_H
#define KS_ENGINE_COVERAGE_H

#include "lib/incident/stage.h"
#include "lib/sigma/program.h"

#include <stdbool.h>

struct ks_coverage {
	unsigned stages;             /* of the calls that the rule asks for by name; 0: none of the table */
	bool is_any_call;            /* it asks for no call by name: any will do */
	bool is_real;                /* it can meet keys that are no decoys */
	unsigned char *calls;        /* one for each row of the stage table: whether the rule can meet it */
};

/* For a rule of the program, or the head of a correlation: then what any of its rules, down to the
 * last, looks at. Lives in arena. A rule that names services but no calls, or calls but no service, covers
 * every row that fits; the latter not the services of which the table takes any call. */
struct ks_coverage ks_coverage_find(const struct ks_program *program, const struct ks_rule *rule,
	struct ks_arena *arena);

#endif
