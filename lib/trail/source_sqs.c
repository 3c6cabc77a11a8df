/*
 * A queue of SQS as a source: "sqs:https://sqs.REGION.amazonaws.com/ACCOUNT/NAME". A letter (mailbox.h) has
 * one or several parts to read (envelope.h): texts of its own, and objects of S3, which are fetched
 * (parcel.h). It is deleted when all of them were read and committed. What can never be read is set aside
 * within that commit. An object that is not there gives the letter back, and is set aside once it was
 * received often; one that is refused, too, but after a day (patience.h); one that cannot be had now is
 * tried again, while the letter is held.
 */
#include "lib/trail/source.h"

#include "lib/aws/fault.h"
#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/trail/envelope.h"
#include "lib/trail/keepsake.h"
#include "lib/trail/mailbox.h"
#include "lib/trail/parcel.h"
#include "lib/trail/patience.h"
#include "lib/trail/postmark.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "sqs:"
#define LATER_MS 1000                /* before an object is tried again, doubled each time … */
#define LATER_MOST_MS 60000          /* … up to that */
#define TRIES_ONCE 3u                /* with is_once, before a letter is given back */
/* parts that are ready or on their way, before more letters are opened */
#define AHEAD 256u
#define KEEPING_TOLD 3u              /* deletions that fail in a row, before it is told */
#define TOLD_MOST 4096u              /* buckets; then they are told anew */
#define PUT_OFF_MOST (KS_MAILBOX_LETTERS / 2)      /* letters that wait for objects while others go on */

enum stage { READY, FETCHING, PUT_OFF, AT_HAND, READ };

struct part {
	struct ks_parcel parcel;         /* of an object; the first of it, for the fetcher */
	struct letter *letter;
	struct ks_str text;              /* else this */
	char *name;
	struct ks_str account;           /* AWS wrote it, as of this one */
	int fd;                          /* what was fetched; -1 */
	enum stage stage;
	unsigned tries;
	int64_t later_ms;
	struct ks_source_reach mark, committed;
	bool is_touched, is_kept;        /* for a look back */
};

struct letter {
	struct ks_mailbox_letter *open;
	struct ks_arena arena;
	struct ks_envelope envelope;
	struct part *parts;
	size_t n, left;                  /* parts; those that are not read */
	const char *poison;              /* it is to be set aside; NULL */
	bool is_refused;                 /* an object of it is */
	bool is_back;                    /* it is to be given back when nothing of it is on its way any more */
	struct letter *prev, *next;
};

struct sqs {
	struct ks_source_config config;
	char *spec;                      /* as in the config, for people */
	struct ks_mailbox *mailbox;
	struct ks_parcels *parcels;
	struct ks_fetcher *fetcher;      /* NULL: no object was named yet */
	int epoll;
	struct letter *letters;          /* that are not done */
	size_t open, put_off;            /* of them; parts that wait for their object */
	struct ks_vec ready;             /* struct part *, to be read from ready_at on */
	size_t ready_at;
	struct part *current;            /* the piece at hand */
	struct ks_vec touched;           /* struct part *: read further than it was committed */
	struct ks_vec whole;             /* struct letter *: all of it was read, and not committed */
	struct ks_postmarks marks;
	bool looks_back;                 /* from again on */
	int64_t again_since_ms;
	uint64_t again_left;
	struct ks_source_keepsake again; /* the last that was handed out once more */
	struct ks_arena again_arena;
	bool is_again;                   /* the piece at hand is that */
	int64_t newest_ms;
	struct ks_patience patience;     /* with objects that are refused */
	struct ks_map told;              /* buckets whose trouble was told */
	bool is_receiving_told, is_keeping_told, is_open_told;
	char error[sizeof(((struct ks_err *)NULL)->message)];
};

static int64_t now_of(const struct sqs *s)
{
	return ks_ctx_now(s->config.ctx);
}

static void tell(struct sqs *s, const char *name, const struct ks_err *err)
{
	if (s->config.problem != NULL)
		s->config.problem(s->config.arg, name, err);
}

/* ---- letters ------------------------------------------------------------------------------------- */

static void push_ready(struct sqs *s, struct part *part)
{
	if (s->ready_at == s->ready.n) {
		ks_vec_clear(&s->ready);
		s->ready_at = 0;
	}
	part->stage = READY;
	*(struct part **)ks_vec_push(&s->ready) = part;
}

static void close_part(struct part *part)
{
	if (part->fd >= 0)
		close(part->fd);
	part->fd = -1;
}

/* Without a word to the mailbox. */
static void free_letter(struct sqs *s, struct letter *letter)
{
	for (size_t i = 0; i < letter->n; i++)
		close_part(&letter->parts[i]);
	if (letter->prev != NULL)
		letter->prev->next = letter->next;
	else
		s->letters = letter->next;
	if (letter->next != NULL)
		letter->next->prev = letter->prev;
	s->open--;
	ks_envelope_release(&letter->envelope);
	ks_arena_release(&letter->arena);
	free(letter);
}

static const char *letter_name(struct sqs *s, struct letter *letter)
{
	return ks_arena_printf(&letter->arena, MARK KS_STR_FMT "/" KS_STR_FMT,
		KS_STR_ARG(ks_mailbox_queue(s->mailbox)->name), KS_STR_ARG(letter->open->id));
}

static int start_fetcher(struct sqs *s, struct ks_err *err)
{
	const struct ks_fetcher_config config = { .open = ks_parcel_open, .close = ks_parcel_close,
		.work = ks_parcel_fetch, .arg = s->parcels };
	struct epoll_event event = { .events = EPOLLIN };

	if (s->fetcher != NULL)
		return 0;
	if (ks_fetcher_start(&config, &s->fetcher, err) != 0)
		return -1;
	epoll_ctl(s->epoll, EPOLL_CTL_ADD, ks_fetcher_poll_fd(s->fetcher), &event);
	return 0;
}

static void put_off(struct sqs *s, struct part *part)
{
	int64_t wait = LATER_MS;

	for (unsigned i = 0; i < part->tries && wait < LATER_MOST_MS; i++)
		wait *= 2;
	part->tries++;
	part->later_ms = now_of(s) + (wait < LATER_MOST_MS ? wait : LATER_MOST_MS);
	part->stage = PUT_OFF;
	s->put_off++;
}

static void fetch(struct sqs *s, struct part *part)
{
	struct ks_err err = { 0 };

	if (start_fetcher(s, &err) != 0) {
		tell(s, part->name, &err);
		put_off(s, part);
		return;
	}
	part->stage = FETCHING;
	ks_fetcher_add(s->fetcher, part);
}

/* A letter of nothing but poison has one empty part, so that a commit follows. */
static void make_parts(struct sqs *s, struct letter *letter)
{
	const struct ks_envelope *e = &letter->envelope;
	size_t n = e->texts.n + e->objects.n;

	letter->n = letter->left = n > 0 ? n : 1;
	letter->parts = ks_arena_alloc(&letter->arena, letter->n * sizeof(*letter->parts));
	for (size_t i = 0; i < letter->n; i++) {
		struct part *part = &letter->parts[i];

		part->letter = letter;
		part->fd = -1;
		part->name = (char *)(uintptr_t)letter_name(s, letter);
		part->text = KS_STR("");
		part->account = KS_STR("");
		if (i < e->texts.n) {
			part->text = *KS_VEC_AT(&e->texts, struct ks_str, i);
			part->account = letter->open->is_from_aws ? e->account : KS_STR("");
		} else if (i < n) {
			const struct ks_envelope_object *object =
				KS_VEC_AT(&e->objects, struct ks_envelope_object, i - e->texts.n);

			part->parcel.bucket = object->bucket;
			part->parcel.key = object->key;
			part->name = ks_arena_printf(&letter->arena, "s3://" KS_STR_FMT "/" KS_STR_FMT,
				KS_STR_ARG(object->bucket), KS_STR_ARG(object->key));
		}
	}
}

static bool is_object(const struct part *part)
{
	return part->parcel.key.n > 0;
}

/* Opens a letter: its parts become ready, or are asked for. */
static void open_letter(struct sqs *s, struct ks_mailbox_letter *open)
{
	struct letter *letter;

	if (ks_postmark_has(&s->marks, open->id)) {
		ks_mailbox_done(s->mailbox, open);
		return;
	}
	letter = ks_mem_alloc(sizeof(*letter));
	letter->open = open;
	letter->next = s->letters;
	if (s->letters != NULL)
		s->letters->prev = letter;
	s->letters = letter;
	s->open++;
	ks_envelope_read(open->body, &letter->arena, &letter->envelope);
	letter->poison = letter->envelope.poison;
	if (letter->poison == NULL && letter->envelope.texts.n + letter->envelope.objects.n == 0) {
		ks_mailbox_done(s->mailbox, open);
		free_letter(s, letter);
		return;
	}
	make_parts(s, letter);
	for (size_t i = 0; i < letter->n; i++) {
		if (is_object(&letter->parts[i]))
			fetch(s, &letter->parts[i]);
		else
			push_ready(s, &letter->parts[i]);
	}
}

/* Gives a letter back, unless something of it is still on its way: then later. What of it waits to be read
 * will be read when it comes again. */
static void give_back(struct sqs *s, struct letter *letter)
{
	struct ks_mailbox_state state;
	size_t kept = s->ready_at;

	letter->is_back = true;
	for (size_t i = 0; i < letter->n; i++)
		if (letter->parts[i].stage == FETCHING || letter->parts[i].stage == AT_HAND ||
			letter->parts[i].is_touched)
			return;
	for (size_t i = s->ready_at; i < s->ready.n; i++) {
		struct part *part = *KS_VEC_AT(&s->ready, struct part *, i);

		if (part->letter != letter)
			*KS_VEC_AT(&s->ready, struct part *, kept++) = part;
	}
	s->ready.n = kept;
	for (size_t i = 0; i < letter->n; i++)
		s->put_off -= letter->parts[i].stage == PUT_OFF;
	ks_mailbox_get_state(s->mailbox, &state);
	ks_mailbox_give_back(s->mailbox, letter->open,
		ks_patience_wait_s(letter->open->receives, state.visibility_s, letter->is_refused));
	free_letter(s, letter);
}

/* ---- objects ------------------------------------------------------------------------------------- */

/* Told once for each bucket, until one of its objects could be read. */
static void tell_object(struct sqs *s, const struct part *part, const struct ks_err *err)
{
	if (ks_map_find(&s->told, part->parcel.bucket) == NULL)
		tell(s, part->name, err);
	if (s->told.entries.n >= TOLD_MOST) {
		ks_map_release(&s->told);
		ks_map_init(&s->told);
	}
	ks_map_put(&s->told, part->parcel.bucket, s);
}

static void take_failure(struct sqs *s, struct part *part, const struct ks_err *err)
{
	enum ks_patience_kind kind = ks_patience_kind_of(err);
	struct letter *letter = part->letter;
	struct ks_mailbox_state state;

	if (err->code != KS_ERR_STATE)
		tell_object(s, part, err);
	if (kind == KS_PATIENCE_REFUSED)
		ks_patience_refuse(&s->patience, part->parcel.bucket, part->name, err, now_of(s));
	letter->is_refused |= kind == KS_PATIENCE_REFUSED;
	ks_mailbox_get_state(s->mailbox, &state);
	if (ks_patience_is_over(letter->open, err, state.has_dead_letters, now_of(s))) {
		if (letter->poison == NULL)
			letter->poison = ks_arena_printf(&letter->arena, "%s: %s", part->name, err->message);
		part->text = KS_STR("");
		push_ready(s, part);
		return;
	}
	put_off(s, part);
	if (kind != KS_PATIENCE_PASSING || s->put_off > PUT_OFF_MOST ||
		(s->config.is_once && part->tries >= TRIES_ONCE))
		give_back(s, letter);
}

static void take_object(struct sqs *s, const struct ks_fetcher_job *job)
{
	struct part *part = job->what;

	part->stage = READY;
	if (part->letter->is_back) {
		part->fd = job->fd;
		give_back(s, part->letter);
		return;
	}
	if (job->rc != 0) {
		take_failure(s, part, &job->err);
		return;
	}
	ks_map_put(&s->told, part->parcel.bucket, NULL);
	ks_patience_read(&s->patience, part->parcel.bucket);
	part->fd = job->fd;
	/* The bucket is ours; that the trail is in it, and not somebody's file, is the queue's word or the
	 * owner's. */
	if (part->parcel.owner.n > 0 && (part->letter->open->is_from_aws || part->parcel.is_listed))
		part->account = ks_parcel_account(s->parcels, &part->parcel);
	push_ready(s, part);
}

static void retry(struct sqs *s)
{
	int64_t now = now_of(s);

	for (struct letter *letter = s->letters; letter != NULL && s->put_off > 0; letter = letter->next)
		for (size_t i = 0; i < letter->n; i++) {
			struct part *part = &letter->parts[i];

			if (part->stage != PUT_OFF || (now < part->later_ms && part->later_ms - now <= LATER_MOST_MS))
				continue;
			s->put_off--;
			fetch(s, part);
		}
}

/* ---- what comes ---------------------------------------------------------------------------------- */

static void tell_trouble(struct sqs *s, const struct ks_mailbox_trouble *trouble, unsigned least,
	bool *is_told)
{
	/* What may pass is worth waiting for; a refusal is not. */
	if (!ks_fault_is_transient(&trouble->err) && !ks_fault_is_throttling(&trouble->err))
		least = 1;
	if (trouble->failures >= least && !*is_told)
		tell(s, s->spec, &trouble->err);
	*is_told = trouble->failures >= least || (*is_told && trouble->failures > 0);
}

static void tell_state(struct sqs *s)
{
	struct ks_mailbox_state state;

	ks_mailbox_get_state(s->mailbox, &state);
	tell_trouble(s, &state.receiving, 1, &s->is_receiving_told);
	tell_trouble(s, &state.keeping, KEEPING_TOLD, &s->is_keeping_told);
	if (state.is_open_to_others && !s->is_open_told && !s->config.is_declared)
		ks_log_write(&s->config.ctx->log, KS_LOG_WARNING,
			"'%s': its policy does not keep out all but AWS's services, so its records can be forged and "
			"nothing in AWS is done on them: deny sqs:SendMessage in it to all for whom "
			"aws:PrincipalIsAWSService is false, or say 'trust: as-from-aws' of this source in the config; "
			"'keysnare doctor' tells more", s->spec);
	s->is_open_told = state.is_open_to_others;
}

/* Opens letters, as long as not too much is ready or on its way; takes objects that have come. */
static void pump(struct sqs *s)
{
	struct ks_mailbox_letter *open;
	struct ks_fetcher_job job;

	ks_mailbox_hear(s->mailbox);
	tell_state(s);
	retry(s);
	while (s->fetcher != NULL && ks_fetcher_take(s->fetcher, &job))
		take_object(s, &job);
	while (s->ready.n - s->ready_at < AHEAD && (s->fetcher == NULL || ks_fetcher_has_room(s->fetcher)) &&
		(open = ks_mailbox_take(s->mailbox)) != NULL)
		open_letter(s, open);
}

static int make_file(struct ks_str bytes, int *out, struct ks_err *err)
{
	int fd = memfd_create("keysnare", MFD_CLOEXEC);

	if (fd < 0)
		return ks_err_set_errno(err, "cannot keep a message");
	if (ks_file_write(fd, bytes, err) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		return -1;
	}
	*out = fd;
	return 0;
}

static int open_part(struct part *part, int *out, struct ks_err *err)
{
	if (part->fd < 0)
		return make_file(part->text, out, err);
	if (lseek(part->fd, 0, SEEK_SET) != 0 || (*out = fcntl(part->fd, F_DUPFD_CLOEXEC, 0)) < 0)
		return ks_err_set_errno(err, "cannot read what was fetched");
	return 0;
}

/* ---- the row ------------------------------------------------------------------------------------- */

static int next_again(struct sqs *s, struct ks_source_piece *out, struct ks_err *err)
{
	struct ks_source_keepsake *kept = &s->again;
	bool has_any = false;
	int fd;

	ks_arena_clear(&s->again_arena);
	if (s->config.kept(s->config.arg, s->again_since_ms, &s->again_arena, kept, &has_any, err) != 0)
		return -1;
	s->looks_back = has_any && kept->bytes.n <= s->again_left;
	if (!s->looks_back)
		return 0;
	if (make_file(kept->bytes, &fd, err) != 0)
		return -1;
	s->again_left -= kept->bytes.n;
	*out = (struct ks_source_piece){ .name = kept->name, .fd = fd, .is_settled = true, .is_again = true,
		.account = kept->account };
	s->is_again = true;
	return 0;
}

static int next(void *state, struct ks_source_piece *out, bool *out_has, struct ks_err *err)
{
	struct sqs *s = state;

	s->is_again = *out_has = false;
	s->current = NULL;
	if (s->looks_back && next_again(s, out, err) != 0)
		return -1;
	*out_has = s->is_again;
	if (*out_has)
		return 0;
	if (s->ready_at == s->ready.n)
		pump(s);
	while (!*out_has && s->ready_at < s->ready.n) {
		struct part *part = *KS_VEC_AT(&s->ready, struct part *, s->ready_at++);
		struct ks_err why = { 0 };
		int fd;

		if (open_part(part, &fd, &why) != 0) {
			tell(s, part->name, &why);
			give_back(s, part->letter);
			continue;
		}
		part->stage = AT_HAND;
		s->current = part;
		*out = (struct ks_source_piece){ .name = part->name, .fd = fd, .from = part->mark.top,
			.done = part->mark.done, .is_settled = true, .account = part->account };
		*out_has = true;
	}
	return 0;
}

static void touch(struct sqs *s, struct part *part)
{
	if (!part->is_touched)
		*(struct part **)ks_vec_push(&s->touched) = part;
	part->is_touched = true;
}

static void reached(void *state, const struct ks_source_reach *reach)
{
	struct sqs *s = state;
	struct part *part = s->current;

	if (part == NULL || s->is_again)
		return;
	if (reach->end == KS_SOURCE_LATER) {
		part->stage = READY;
		give_back(s, part->letter);
		s->current = NULL;
		return;
	}
	touch(s, part);
	part->mark = *reach;
	if (reach->end == KS_SOURCE_PARTLY)
		return;
	part->stage = READ;
	s->current = NULL;
	part->letter->left--;
	if (part->letter->left == 0)
		*(struct letter **)ks_vec_push(&s->whole) = part->letter;
}

static int save_aside(struct sqs *s, struct letter *letter, struct ks_err *err)
{
	const struct ks_source_aside aside = { letter_name(s, letter), letter->open->body, letter->poison };

	return letter->poison == NULL || s->config.aside == NULL ? 0 :
		s->config.aside(s->config.arg, &aside, err);
}

static void list_ids(const struct sqs *s, struct ks_vec *out)
{
	for (size_t i = 0; i < s->whole.n; i++)
		*(struct ks_str *)ks_vec_push(out) = (*KS_VEC_AT(&s->whole, struct letter *, i))->open->id;
}

/* What was begun may be needed for a look back, however far it was read: of a letter that is deleted nothing
 * can be had again. */
static int keep_part(struct sqs *s, const struct part *part, struct ks_err *err)
{
	struct ks_source_keepsake kept = { .name = part->name, .account = part->account, .bytes = part->text };
	struct stat st;
	void *map = MAP_FAILED;
	int rc;

	if (part->fd >= 0) {
		if (fstat(part->fd, &st) == 0 && st.st_size > 0)
			map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, part->fd, 0);
		kept.bytes = map != MAP_FAILED ? (struct ks_str){ map, (size_t)st.st_size } :
			(struct ks_str){ NULL, 0 };
	} else if (kept.bytes.n == 0) {
		return 0;
	}
	rc = s->config.keep(s->config.arg, &kept, err);
	if (map != MAP_FAILED)
		munmap(map, (size_t)st.st_size);
	return rc;
}

static int keep_touched(struct sqs *s, struct ks_err *err)
{
	for (size_t i = 0; i < s->touched.n; i++) {
		const struct part *part = *KS_VEC_AT(&s->touched, struct part *, i);

		if (!part->is_kept && part->mark.end != KS_SOURCE_OTHER && keep_part(s, part, err) != 0)
			return -1;
	}
	return 0;
}

static int save(void *state, ks_source_save_fn *keep, void *arg, struct ks_err *err)
{
	struct sqs *s = state;
	struct ks_vec ids = KS_VEC_OF(struct ks_str);
	int rc = keep_touched(s, err);

	for (size_t i = 0; rc == 0 && i < s->whole.n; i++)
		rc = save_aside(s, *KS_VEC_AT(&s->whole, struct letter *, i), err);
	list_ids(s, &ids);
	if (rc == 0)
		rc = ks_postmark_save(&s->marks, &ids, keep, arg, err);
	ks_vec_release(&ids);
	return rc;
}

/* A letter is read and committed. */
static void end_letter(struct sqs *s, struct letter *letter)
{
	if (letter->poison != NULL) {
		struct ks_err err = { 0 };

		ks_err_set(&err, KS_ERR_PARSE, "this message cannot be read and is set aside: %s", letter->poison);
		tell(s, letter_name(s, letter), &err);
	}
	if (letter->open->sent_ms > s->newest_ms)
		s->newest_ms = letter->open->sent_ms;
	ks_mailbox_done(s->mailbox, letter->open);
	free_letter(s, letter);
}

/* What was read since the last commit is read again. */
static void take_back(struct sqs *s)
{
	struct part *current = s->current;

	for (size_t i = 0; i < s->touched.n; i++) {
		struct part *part = *KS_VEC_AT(&s->touched, struct part *, i);

		part->mark = part->committed;
		part->is_touched = false;
		if (part->stage == READ) {
			part->letter->left++;
			push_ready(s, part);
		}
	}
	if (current != NULL && !s->is_again && current->stage == AT_HAND)
		push_ready(s, current);
	s->current = NULL;
}

static void settle(void *state, bool is_committed)
{
	struct sqs *s = state;
	struct ks_vec ids = KS_VEC_OF(struct ks_str);

	if (!is_committed)
		take_back(s);
	list_ids(s, &ids);
	if (is_committed)
		ks_postmark_take(&s->marks, &ids);
	ks_vec_release(&ids);
	for (size_t i = 0; is_committed && i < s->touched.n; i++) {
		struct part *part = *KS_VEC_AT(&s->touched, struct part *, i);

		part->committed = part->mark;
		part->is_touched = false;
		part->is_kept = true;
	}
	for (size_t i = 0; is_committed && i < s->whole.n; i++)
		end_letter(s, *KS_VEC_AT(&s->whole, struct letter *, i));
	ks_vec_clear(&s->touched);
	ks_vec_clear(&s->whole);
	for (struct letter *letter = s->letters, *after; letter != NULL; letter = after) {
		after = letter->next;
		if (letter->is_back)
			give_back(s, letter);
	}
}

static bool look_back(void *state, int64_t since_ms, uint64_t budget)
{
	struct sqs *s = state;
	s->looks_back = s->config.kept != NULL;
	s->again_since_ms = since_ms;
	s->again_left = budget;
	s->again = (struct ks_source_keepsake){ 0 };
	/* It is pruned long before there is twice as much. */
	return budget / 2 >= (uint64_t)KS_KEEPSAKE_BYTES;
}

static bool is_gone(const void *state, struct ks_str part)
{
	(void)state;
	(void)part;
	return false;
}

static int poll_fd(const void *state)
{
	return ((const struct sqs *)state)->epoll;
}

static int64_t next_ms(const void *state)
{
	const struct sqs *s = state;
	int64_t at = INT64_MAX;

	if (s->ready_at < s->ready.n || s->looks_back)
		return now_of(s);
	for (const struct letter *letter = s->put_off > 0 ? s->letters : NULL; letter != NULL; letter =
		letter->next)
		for (size_t i = 0; i < letter->n; i++)
			if (letter->parts[i].stage == PUT_OFF && letter->parts[i].later_ms < at)
				at = letter->parts[i].later_ms;
	return at;
}

static bool is_drained(const void *state)
{
	const struct sqs *s = state;
	struct ks_mailbox_state mailbox;

	ks_mailbox_get_state(s->mailbox, &mailbox);
	if (s->ready_at < s->ready.n || s->open > s->whole.n || mailbox.waiting > 0)
		return false;
	/* A queue that cannot be asked is not waited for for ever. */
	if (mailbox.receiving.failures > 0)
		return s->config.is_once && mailbox.receiving.failures >= TRIES_ONCE;
	return s->config.is_once ? mailbox.empty >= KS_MAILBOX_EMPTY_ONCE : mailbox.is_level;
}

static void health(const void *state, struct ks_source_health *out)
{
	const struct sqs *s = state;
	struct ks_mailbox_state mailbox;
	const struct ks_mailbox_trouble *trouble = &mailbox.receiving;

	ks_mailbox_get_state(s->mailbox, &mailbox);
	if (trouble->failures == 0)
		trouble = &mailbox.keeping;
	if (trouble->failures == 0 && ks_patience_is_tried(&s->patience, now_of(s)))
		trouble = &s->patience.trouble;
	/* Its place is kept for the text that is handed out. */
	memcpy((char *)(uintptr_t)s->error, trouble->err.message, sizeof(s->error));
	*out = (struct ks_source_health){ .heard_ms = mailbox.heard_ms, .newest_ms = s->newest_ms,
		.behind = mailbox.behind < 0 ? -1 : mailbox.behind + (int64_t)(s->open - s->whole.n),
		.failures = trouble->failures,
		.failing_ms = trouble->failures > 0 ? trouble->since_ms : KS_TIME_NONE,
		.error = trouble->failures > 0 ? s->error : NULL };
}

static bool is_mine(const char *spec)
{
	return strncmp(spec, MARK, strlen(MARK)) == 0;
}

static void close_sqs(void *state)
{
	struct sqs *s = state;

	if (s == NULL)
		return;
	ks_fetcher_finish(s->fetcher, NULL, NULL);
	while (s->letters != NULL)
		free_letter(s, s->letters);
	ks_mailbox_finish(s->mailbox);
	ks_parcel_free(s->parcels);
	ks_postmark_release(&s->marks);
	ks_patience_release(&s->patience);
	ks_arena_release(&s->again_arena);
	ks_map_release(&s->told);
	ks_vec_release(&s->ready);
	ks_vec_release(&s->touched);
	ks_vec_release(&s->whole);
	if (s->epoll >= 0)
		close(s->epoll);
	free(s->spec);
	free(s);
}

static int open_sqs(const struct ks_source_config *config, const char *spec, void **out, struct ks_err *err)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sqs *s;

	if (config->settings == NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "'%s' cannot be followed without settings of AWS", spec);
	s = ks_mem_alloc(sizeof(*s));
	*s = (struct sqs){ .config = *config, .newest_ms = KS_TIME_NONE, .ready = KS_VEC_OF(struct part *),
		.touched = KS_VEC_OF(struct part *), .whole = KS_VEC_OF(struct letter *) };
	s->spec = ks_mem_copy(spec, strlen(spec));
	ks_postmark_init(&s->marks);
	ks_arena_init(&s->again_arena);
	ks_map_init(&s->told);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		ks_err_set_errno(err, "cannot follow '%s'", spec);
	if (s->epoll < 0 || ks_postmark_recall(&s->marks, config, err) != 0 ||
		ks_mailbox_start(&(struct ks_mailbox_config){ .ctx = config->ctx, .url = spec + strlen(MARK),
			.is_once = config->is_once, .settings = config->settings, .arg = config->arg,
			.accounts = config->accounts, .account_count = config->account_count }, &s->mailbox, err) != 0) {
		close_sqs(s);
		return -1;
	}
	epoll_ctl(s->epoll, EPOLL_CTL_ADD, ks_mailbox_poll_fd(s->mailbox), &event);
	s->parcels = ks_parcel_new(&(struct ks_parcel_config){ .ctx = config->ctx, .settings = config->settings,
		.arg = config->arg, .accounts = config->accounts, .account_count = config->account_count,
		.own = ks_mailbox_queue(s->mailbox)->account,
		.buckets = config->buckets.names, .bucket_count = config->buckets.n });
	*out = s;
	return 0;
}

const struct ks_source_row ks_source_sqs = {
	.name = "sqs",
	.usage = "sqs:URL",
	.is_mine = is_mine,
	.open = open_sqs,
	.close = close_sqs,
	.next = next,
	.reached = reached,
	.save = save,
	.settle = settle,
	.look_back = look_back,
	.is_gone = is_gone,
	.poll_fd = poll_fd,
	.next_ms = next_ms,
	.is_drained = is_drained,
	.health = health,
	.is_consumed = true,
};
