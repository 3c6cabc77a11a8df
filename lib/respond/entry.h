/*
 * Entries of a response policy's YAML as values. Policies decide over other people's keys, so nothing is
 * guessed: an unknown key, a number where an account id should stand in quotes, a duration without its
 * unit are errors at their place. Each reader returns false after it has added its error.
 */
#ifndef KS_RESPOND_ENTRY_H
#define KS_RESPOND_ENTRY_H

#include "lib/codec/yaml.h"
#include "lib/sigma/pattern.h"
#include "lib/sigma/problem.h"

#include <stdint.h>

/* Strings with where they stand. */
struct ks_entry_list {
	const struct ks_str *p;
	const struct ks_yaml_node *const *nodes;   /* one for each */
	size_t n;
};

/* Every key of the mapping that is none of known is an error, with a suggestion; what names the mapping
 * ("'when'"). False also when node is no mapping. */
bool ks_entry_check(const struct ks_yaml_node *node, const char *what, const char *const *known,
	size_t known_count, struct ks_problems *problems);

/* A non-empty string. */
bool ks_entry_text(const struct ks_yaml_node *node, const char *what, struct ks_problems *problems,
	struct ks_str *out);

bool ks_entry_flag(const struct ks_yaml_node *node, const char *what, struct ks_problems *problems,
	bool *out);

/* A whole number from least to most. */
bool ks_entry_count(const struct ks_yaml_node *node, const char *what, int64_t least, int64_t most,
	struct ks_problems *problems, int64_t *out);

/* A number with its unit, s m h d or w, more than nothing and at most a year: milliseconds. */
bool ks_entry_duration(const struct ks_yaml_node *node, const char *what, struct ks_problems *problems,
	int64_t *out_ms);

/* A list of non-empty strings, at least one, no two alike; a single string stands for a list of one.
 * The arrays live in arena. */
bool ks_entry_strings(const struct ks_yaml_node *node, const char *what, struct ks_arena *arena,
	struct ks_problems *problems, struct ks_entry_list *out);

/* Whom 'protect' names: ARNs and access key ids with * and ? as wildcards, as written and compiled. */
bool ks_entry_protect(const struct ks_yaml_node *node, struct ks_arena *arena, struct ks_problems *problems,
	struct ks_entry_list *out, const struct ks_pattern **out_patterns);

/* Adds "'word' is no what: did you mean 'near'?", or without the question where nothing is near. */
void ks_entry_fail_word(const struct ks_yaml_node *node, const char *what, const char *const *known,
	size_t known_count, struct ks_problems *problems);

#endif
