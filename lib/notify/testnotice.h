/*
 * A test of notifiers by the real path: a notice of kind "test" goes into the outbox, the delivery takes it
 * from there, and what became of the first attempt is the answer. The notice is taken away afterwards. Its
 * body, beside what all have: "about":"…","time":"…","host":"…".
 */
#ifndef KS_NOTIFY_TESTNOTICE_H
#define KS_NOTIFY_TESTNOTICE_H

#include "lib/notify/delivery.h"

/* All borrowed. */
struct ks_testnotice_request {
	const struct ks_ctx *ctx;
	const char *store_path;              /* of a store that is there */
	const struct ks_notifiers *notifiers;    /* to be tested, all of them */
	int64_t wait_ms;                     /* for the first attempt */
};

enum ks_testnotice_end { KS_TESTNOTICE_ARRIVED, KS_TESTNOTICE_FAILED, KS_TESTNOTICE_UNTRIED };

struct ks_testnotice {
	const char *notifier;
	enum ks_testnotice_end end;
	struct ks_str error;                 /* of an attempt that failed */
};

/* One for each notifier, in their order, pushed on out; texts live in arena. What else waits for them is
 * tried as well. Errors: the store's, those of ks_delivery_start. */
int ks_testnotice_send(const struct ks_testnotice_request *request, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err);

#endif
