/*
 * Parts of a Detection Finding (class 2004) of the Open Cybersecurity Schema Framework 1.5.0, with the
 * profile "cloud": what an incident and a finding of a hunt have in common. What the schema wants
 * well-formed and a record need not have so (addresses) stands elsewhere where it is not. What is returned
 * belongs to the caller, who adds it to something.
 * Source: OCSF, "Detection Finding" and the objects that it names.
 */
#ifndef KS_REPORT_OCSF_H
#define KS_REPORT_OCSF_H

#include "lib/base/map.h"
#include "lib/codec/json.h"
#include "lib/incident/evidence.h"
#include "lib/sigma/rule.h"

#define KS_OCSF_OBSERVABLES 200u       /* of one finding */

enum ks_ocsf_activity { KS_OCSF_CREATE = 1, KS_OCSF_UPDATE, KS_OCSF_CLOSE };

void ks_ocsf_add_class(struct ks_json *json, enum ks_ocsf_activity activity);
void ks_ocsf_add_severity(struct ks_json *json, enum ks_level level);

/* version: of the program, NULL: not said; logged_ms: KS_TIME_NONE likewise. */
struct ks_json *ks_ocsf_metadata(const char *version, int64_t logged_ms);
struct ks_json *ks_ocsf_cloud(struct ks_str account);

/* Techniques of ATT&CK that a rule names (attack.t1078.004), each once: seen has those that were added. */
void ks_ocsf_add_attacks(struct ks_json *list, struct ks_map *seen, const struct ks_rule *rule);

/* The event, and on list (seen: likewise) the addresses and agents in it. */
struct ks_json *ks_ocsf_evidence(const struct ks_evidence *e);
void ks_ocsf_add_observables(struct ks_json *list, struct ks_map *seen, const struct ks_evidence *e);

/* Nothing where there is nothing to say. */
void ks_ocsf_add_known(struct ks_json *json, const char *key, struct ks_str value);
void ks_ocsf_add_time(struct ks_json *json, const char *key, int64_t ms);

#endif
