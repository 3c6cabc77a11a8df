/*
 * What MITRE ATT&CK techniques are called, for people who read lists. The names are data: lines "<id>
 * <name>", as "T1526 Cloud Service Discovery", '#' comments.
 */
#ifndef KS_INTEL_ATTACK_H
#define KS_INTEL_ATTACK_H

#include "lib/base/err.h"
#include "lib/base/map.h"

/* Where the names are below the policies directory. */
#define KS_ATTACK_FILE "intel/attack.txt"

struct ks_attack {
	struct ks_arena arena;
	struct ks_map names;         /* id to name (const char *) */
};

void ks_attack_init(struct ks_attack *attack);
void ks_attack_release(struct ks_attack *attack);

/* Adds the names of a file. Errors: NOTFOUND, IO, LIMIT, PARSE with file, line and column. */
int ks_attack_load(struct ks_attack *attack, const char *path, struct ks_err *err);
int ks_attack_parse(struct ks_attack *attack, struct ks_str text, struct ks_err *err);

/* The name of a technique, or NULL. */
const char *ks_attack_find(const struct ks_attack *attack, struct ks_str id);

/* The technique that a Sigma tag says, "attack.t1496.004" as "T1496.004"; false when it is another kind of
 * tag. out has 16 bytes. */
bool ks_attack_parse_tag(struct ks_str tag, char out[16]);

#endif
