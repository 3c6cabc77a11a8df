/*
 * Plays a script's records into a queue of SQS, one message a record, as a rule of EventBridge with that
 * queue as its target delivers them (EventBridge User Guide, "AWS service events delivered via AWS
 * CloudTrail"). The queue is an emulator's on this machine: a URL, or an endpoint of the environment or the
 * profile, that leads anywhere else is refused before anything is asked, no proxy is used, and the calls are
 * signed with keys that are made up.
 */
#ifndef KS_DRILL_BRIDGE_H
#define KS_DRILL_BRIDGE_H

#include "lib/drill/script.h"

struct ks_bridge;

/* Opens the queue, and asks whether it is there. region: where it is, when neither its URL nor the
 * environment says so. Errors: USAGE, CONFIG (no queue of this machine), and those of ks_client_call. */
int ks_bridge_open(const struct ks_ctx *ctx, const char *url, struct ks_str region, struct ks_bridge **out,
	struct ks_err *err);
void ks_bridge_close(struct ks_bridge *bridge);        /* NULL is fine */

/* Adds the records of a delivery to those that wait, and sends all that wait. What could not be sent waits
 * on; a record may arrive twice, as EventBridge's do. Errors: those of ks_client_call. */
int ks_bridge_post(struct ks_bridge *bridge, const struct ks_script *script,
	const struct ks_script_delivery *delivery, struct ks_err *err);

/* Tries once more. Errors: as above. */
int ks_bridge_flush(struct ks_bridge *bridge, const struct ks_script *script, struct ks_err *err);

size_t ks_bridge_waiting(const struct ks_bridge *bridge);
size_t ks_bridge_sent(const struct ks_bridge *bridge);

/* Whether a URL is of a host that is this machine, by its name: 127.0.0.1, localhost or [::1]. */
bool ks_bridge_is_near(const char *url);

/* The message of one record, by its number in the script: the same for the same script. */
void ks_bridge_add_message(const struct ks_script *script, size_t number, struct ks_buf *out);

#endif
