/* Notices out of the outbox. */
#include "lib/report/toldview.h"

#include "lib/base/time.h"
#include "lib/incident/journal.h"
#include "lib/incident/outbox.h"
#include "lib/incident/witness.h"
#include "lib/report/actorview.h"

#include <inttypes.h>

#define LONGEST 300u /* bytes of a value */

static void add_time(struct ks_html *html, int64_t ms)
{
	char time[KS_TIME_TEXT];

	ks_html_put(html, "td", "time",
		ms != KS_TIME_NONE ? ks_str_of(ks_time_render(ms / KS_TIME_SECOND * KS_TIME_SECOND, time)) :
							 KS_STR("not yet"));
}

/* "sent" says of one that is not for this notifier that nobody was told. */
static void add_state(struct ks_html *html, const struct ks_notice *notice)
{
	bool is_lost = ks_str_is(notice->state, "dead");

	ks_html_start(html, "td", is_lost ? "denied" : NULL);
	ks_html_text(html, is_lost ? KS_STR("given up") : notice->state);
	if (notice->error.n > 0) {
		ks_html_textf(html, ": ");
		ks_html_clip(html, notice->error, LONGEST);
	}
	ks_html_close(html);
}

static void add_row(struct ks_html *html, const struct ks_notice *notice)
{
	ks_html_open(html, "tr");
	ks_html_putf(html, "td", "number", "%" PRId64, notice->id);
	add_time(html, notice->created_ms);
	ks_html_start(html, "td", NULL);
	ks_html_clip(html, notice->notifier, LONGEST);
	ks_html_close(html);
	ks_html_start(html, "td", NULL);
	ks_html_clip(html, notice->kind, LONGEST);
	ks_html_close(html);
	add_time(html, notice->tried_ms);
	ks_html_putf(html, "td", "count-cell", "%" PRId64, notice->attempts);
	add_state(html, notice);
	ks_html_close(html);
}

int ks_toldview_render(struct ks_db *db, int64_t incident, struct ks_html *html, struct ks_err *err)
{
	static const char *const columns[] = { "+#", "since (UTC)", "whom", "what", "first tried (UTC)",
		"+attempts", "state", NULL };
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_arena arena = { NULL };
	int rc = ks_outbox_list(db, incident, &arena, &notices, err);
	size_t first = notices.n > KS_TOLDVIEW_ROWS ? notices.n - KS_TOLDVIEW_ROWS : 0;

	if (rc == 0 && notices.n == 0) {
		ks_html_put(html, "p", "note", KS_STR("There is no notice about it: nobody was told by keysnare."));
	} else if (rc == 0) {
		if (first > 0)
			ks_html_putf(html, "p", "alarm",
				"%zu older notices are not on this page: keysnare incident export %" PRId64
				" --out FILE has all of them.",
				first, incident);
		ks_html_scroll(html, "Notices");
		ks_actorview_table(html, "Notices, oldest first", columns);
		ks_html_open(html, "tbody");
		for (size_t i = first; i < notices.n; i++)
			add_row(html, KS_VEC_AT(&notices, struct ks_notice, i));
		ks_html_close(html);
		ks_html_close(html);
		ks_html_close(html);
	}
	ks_vec_release(&notices);
	ks_arena_release(&arena);
	return rc;
}

int ks_toldview_compare(struct ks_db *db, int64_t incident, struct ks_toldview_heads *out,
	struct ks_err *err)
{
	struct ks_vec entries = KS_VEC_OF(struct ks_journal_entry);
	struct ks_arena arena = { NULL };
	struct ks_witness_set set;
	int rc;

	*out = (struct ks_toldview_heads){ .hold = 0 };
	ks_witness_init(&set);
	rc = ks_witness_recall(&set, db, incident, err);
	if (rc == 0)
		rc = ks_journal_list(db, incident, &arena, &entries, err);
	for (size_t i = 0; i < entries.n; i++) {
		const struct ks_journal_entry *entry = KS_VEC_AT(&entries, struct ks_journal_entry, i);

		if (entry->hash.n == KS_HASH_SIZE)
			ks_witness_pass(&set, incident, entry->number, (const unsigned char *)entry->hash.p);
	}
	for (size_t i = 0; rc == 0 && i < set.all.n; i++) {
		const struct ks_witness *witness = KS_VEC_AT(&set.all, struct ks_witness, i);
		enum ks_witness_verdict verdict = ks_witness_judge(witness, witness->incident == incident);

		out->hold += verdict == KS_WITNESS_HOLDS;
		out->fail += verdict == KS_WITNESS_ABSENT || verdict == KS_WITNESS_MOVED;
	}
	ks_witness_release(&set);
	ks_vec_release(&entries);
	ks_arena_release(&arena);
	return rc;
}
