/*
 * An inquiry: everything that one key, principal or address did, added up from the events that it is shown,
 * in any order, each event once. Memory is bounded: of each kind of value KS_INQUIRY_VALUES different ones
 * are kept apart, and what comes beyond is counted. All strings of events are attacker-written.
 *
 * Not thread-safe: who reads with several threads takes a lock.
 */
#ifndef KS_REPORT_INQUIRY_H
#define KS_REPORT_INQUIRY_H

#include "lib/base/err.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/codec/ip.h"

#define KS_INQUIRY_VALUES 20000u
#define KS_INQUIRY_EVENTS 1000000u     /* so many are known again when they come twice */

enum ks_inquiry_kind { KS_INQUIRY_KEY, KS_INQUIRY_USER, KS_INQUIRY_IP };

/* Who is looked for. A key: its id. A user: any part of an ARN, of an AWS unique id with its session, of the
 * issuer of a session, letters in either case, as IAM tells names apart; a role's ARN stands for all its
 * sessions. An address: IPv4, IPv6, CIDR; ::ffff:192.0.2.1 is 192.0.2.1. */
struct ks_inquiry_subject {
	enum ks_inquiry_kind kind;
	struct ks_str value;             /* borrowed */
	struct ks_str role;              /* of a role's ARN: "assumed-role/NAME/",
		owned by the arena; else p NULL */
	struct ks_ip_net net;
};

struct ks_arena;
const char *ks_inquiry_kind_name(enum ks_inquiry_kind kind);           /* "key" */
/* Errors: USAGE (no key id, no address, nothing). */
int ks_inquiry_parse(enum ks_inquiry_kind kind, struct ks_str value, struct ks_arena *arena,
	struct ks_inquiry_subject *out, struct ks_err *err);

/* What matters of an event; p NULL or empty: not said. Borrowed for the call. */
struct ks_inquiry_event {
	/* Tells copies: 32 hex digits or a number that all copies share. Empty and 0: it is not looked
	 * whether it came before. */
	struct ks_str identity;
	uint64_t mark;
	int64_t time_ms;
	struct ks_str source, name, region, error;
	struct ks_str key_id, arn, unique_id, issuer;
	struct ks_str ip, agent;
	struct ks_str decoy;             /* name or key id of the decoy that it is about */
};

bool ks_inquiry_is_about(const struct ks_inquiry_subject *subject, const struct ks_inquiry_event *event);
/* Whether the text of a record may be of such an event; never false for one that is. */
bool ks_inquiry_may_be_about(const struct ks_inquiry_subject *subject, struct ks_str text);

/* Where the value of a member begins: p stands behind its name, in a record or in a string with one. */
const char *ks_inquiry_value(const char *p, const char *end);

/* Whether something in it may spell a value in another way: \uNNNN, and a slash as \/. */
bool ks_inquiry_has_escape(struct ks_str text);

/* Kinds of values. */
enum ks_inquiry_table {
	KS_INQUIRY_CALLS,                /* "ses.amazonaws.com GetSendQuota" */
	KS_INQUIRY_SERVICES, KS_INQUIRY_ERRORS, KS_INQUIRY_REGIONS, KS_INQUIRY_ADDRESSES, KS_INQUIRY_AGENTS,
	KS_INQUIRY_KEYS, KS_INQUIRY_PRINCIPALS, KS_INQUIRY_ISSUERS, KS_INQUIRY_DECOYS,
	KS_INQUIRY_HOURS,                /* the number of the hour since 1970 */
	/* Who else: value is who, via is the address, agent or issuer that he shares. */
	KS_INQUIRY_OTHERS_BY_ADDRESS, KS_INQUIRY_OTHERS_BY_AGENT, KS_INQUIRY_OTHERS_BY_ISSUER,
	KS_INQUIRY_OTHER_DECOYS,
	KS_INQUIRY_TABLES,
};

struct ks_inquiry_row {
	struct ks_str value, via;        /* owned by the inquiry */
	uint64_t calls, denied;
	int64_t first_ms, last_ms;       /* KS_TIME_NONE when none has a time */
	bool is_judged;                  /* it is known whether it was new: services, Regions, addresses */
	int64_t new_ms;                  /* when it was new, for one of those who used it, else KS_TIME_NONE */
};

struct ks_inquiry;
struct ks_inquiry *ks_inquiry_new(const struct ks_inquiry_subject *subject);    /* borrowed */
void ks_inquiry_free(struct ks_inquiry *inquiry);                    /* NULL is fine */
const struct ks_inquiry_subject *ks_inquiry_subject(const struct ks_inquiry *inquiry);

/* An event of the subject. False when it came before. */
bool ks_inquiry_add(struct ks_inquiry *inquiry, const struct ks_inquiry_event *event);

/* Once all of the subject's events were added: an event of somebody else, with what it shares. */
void ks_inquiry_add_other(struct ks_inquiry *inquiry, const struct ks_inquiry_event *event);
/* The same of several events that differ in what they called, when, and in how it ended: sum has calls,
 * denied, first_ms and last_ms. What came before was left out by ks_inquiry_is_new, which remembers mark. */
void ks_inquiry_add_others(struct ks_inquiry *inquiry, const struct ks_inquiry_event *event,
	const struct ks_inquiry_row *sum);
bool ks_inquiry_is_new(struct ks_inquiry *inquiry, uint64_t mark);
/* Whether the subject came from there, or with that agent, or by that issuer; agents of AWS's own are shared
 * by all, and count for nobody. */
bool ks_inquiry_shares(const struct ks_inquiry *inquiry, enum ks_inquiry_table table, struct ks_str value);

/* The records that were looked at beside, for what is said where nothing was found. */
void ks_inquiry_looked(struct ks_inquiry *inquiry, uint64_t records, int64_t first_ms, int64_t last_ms);

struct ks_inquiry_total {
	uint64_t calls, denied, copies, untimed, looked;
	int64_t first_ms, last_ms, looked_first_ms, looked_last_ms;
};
struct ks_inquiry_total ks_inquiry_total(const struct ks_inquiry *inquiry);

/* Pushes struct ks_inquiry_row, those with the most calls first, then by value; of hours by time. Returns
 * how many calls are left out, for want of room for their values. */
uint64_t ks_inquiry_rows(const struct ks_inquiry *inquiry, enum ks_inquiry_table table, struct ks_vec *out);

/* It is known of somebody who used a value whether it was new for him (lib/engine/firstuse.h), and when, or
 * KS_TIME_NONE. A value that has no row is passed over. */
void ks_inquiry_judge(struct ks_inquiry *inquiry, enum ks_inquiry_table table, struct ks_str value,
	int64_t new_ms);
bool ks_inquiry_is_judged(const struct ks_inquiry *inquiry);         /* of any value */

#endif
