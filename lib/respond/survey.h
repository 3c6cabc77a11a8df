/*
 * The survey: what AWS says now of the people and the sending that a plan is about. It only reads. What a
 * plan does is decided by it only where an action says so (which configuration sets there are, which senders
 * are new, whose a key is); all else is told to whoever approves: who else is hit, and how badly.
 *
 * Nothing here fails as a whole: what could not be read is a note, and a plan without it is as good as one
 * that was made offline.
 */
#ifndef KS_RESPOND_SURVEY_H
#define KS_RESPOND_SURVEY_H

#include "lib/aws/iam.h"
#include "lib/aws/ses.h"

/* What may be asked for, each of them a bit. */
#define KS_SURVEY_OWNER 1u       /* whose the key is, his ARN, and when the key was used last */
#define KS_SURVEY_KEYS 2u        /* all keys of the user, and when each was used last */
#define KS_SURVEY_LOGIN 4u       /* whether the user has a password for the console */
#define KS_SURVEY_MAIL 8u        /* in each Region: may the account send, and how much did it */
#define KS_SURVEY_SETS 16u       /* in each Region: configuration sets that send */
#define KS_SURVEY_SENDERS 32u    /* the senders that the incident's calls named */
#define KS_SURVEY_ALL 63u
/* Without these some steps cannot be planned; the others only tell who else is hit. */
#define KS_SURVEY_DECISIVE (KS_SURVEY_OWNER | KS_SURVEY_SETS | KS_SURVEY_SENDERS)

#define KS_SURVEY_SETS_MOST 200u         /* read in one Region */

enum ks_survey_answer { KS_SURVEY_UNKNOWN, KS_SURVEY_NO, KS_SURVEY_YES };

struct ks_survey_key {
	struct ks_str id;
	bool is_active;
	bool has_use;                /* the use was read */
	struct ks_iam_last_used use;
};

struct ks_survey_region {
	struct ks_str name;
	bool has_account, has_sets;
	struct ks_ses_account account;
	const struct ks_str *sets;   /* of those that send now: names that SES would take */
	size_t set_count;
	size_t silent_sets;          /* those that are switched off already */
};

struct ks_survey_sender {
	struct ks_str region, name;
	enum ks_survey_answer is_there, is_verified;
};

struct ks_survey {
	unsigned asked;              /* KS_SURVEY_… */
	struct ks_str owner;         /* name of the key's user; empty: not known */
	struct ks_str owner_arn;     /* empty: not known */
	bool has_use;
	struct ks_iam_last_used use; /* of the key */
	const struct ks_survey_key *keys;
	size_t key_count;
	bool has_keys;
	enum ks_survey_answer has_login;
	const struct ks_survey_region *regions;
	size_t region_count;
	const struct ks_survey_sender *senders;
	size_t sender_count;
	const char *const *notes;    /* what could not be read, and why */
	size_t note_count;
};

struct ks_facts;

struct ks_survey_request {
	const struct ks_facts *facts;
	unsigned needs;              /* KS_SURVEY_… */
	const struct ks_str *regions;    /* where SES is looked at; 0: wherever it is in the partition */
	size_t region_count;
	int64_t budget_ms;           /* how long it may take; 0: as long as it takes */
	const struct ks_ctx *ctx;    /* clock and stop flag */
};

/* Reads with a client of the subject's account. Everything lives in arena. Needs iam:…, ses:… as
 * ks_survey_permissions says; each that is missing is a note. */
void ks_survey_read(struct ks_client *client, const struct ks_survey_request *request,
	struct ks_arena *arena, struct ks_survey *out);

/* Makes facts know the survey, which must outlive them, and completes their subject: the name that AWS has
 * for the key's user is trusted, the one from a record only where AWS agrees (ks_subject_complete). */
void ks_survey_apply(const struct ks_survey *survey, struct ks_arena *arena, struct ks_facts *facts);

/* NULL when that Region was not looked at. */
const struct ks_survey_region *ks_survey_find_region(const struct ks_survey *survey, struct ks_str region);

/* IAM permissions of such a survey: pushes const char *, none twice. */
void ks_survey_permissions(unsigned needs, struct ks_vec *out);

/* "last used 2026-11-20T08:00:00Z for s3 in eu-west-1", "never used, as far as IAM knows". */
const char *ks_survey_tell_use(const struct ks_iam_last_used *use, struct ks_arena *arena);

#endif
