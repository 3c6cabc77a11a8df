/*
 * What the readers of a scenario share: scenario.c reads the document, actors and steps, scenario_expect.c
 * what is told, known of IAM and expected.
 */
#ifndef KS_DRILL_SCENARIO_PARTS_H
#define KS_DRILL_SCENARIO_PARTS_H

#include "lib/codec/yaml.h"
#include "lib/drill/scenario.h"

struct ks_scenario_reader {
	struct ks_scenario *out;
	struct ks_problems *problems;
};

/* A time such as "0s", "1m30s", "2h", "14d"; at most a year. */
bool ks_scenario_read_span(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping, const char *key,
	int64_t *out_ms);
/* The actor that a mapping names under key; the first one where it names none. */
bool ks_scenario_read_actor(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping,
	const char *key,
	size_t *out);
/* A non-empty string under key; false when it is not there, too. */
bool ks_scenario_read_text(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping, const char *key,
	struct ks_str *out);
/* The same, and an error when it is not there. */
bool ks_scenario_need_text(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping, const char *key,
	struct ks_str *out);
/* The items of a list under key; false when there is none. */
bool ks_scenario_read_list(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping, const char *key,
	const struct ks_yaml_node **out);

void ks_scenario_expect_read_uses(struct ks_scenario_reader *r, const struct ks_yaml_node *document);
void ks_scenario_expect_read_injects(struct ks_scenario_reader *r, const struct ks_yaml_node *document);
void ks_scenario_expect_read(struct ks_scenario_reader *r, const struct ks_yaml_node *document);

#endif
