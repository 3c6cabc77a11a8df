/* lib/casefile/caseproof: each byte that is altered, missing, added or elsewhere is seen, and named. */
#include "lib/casefile/caseproof.h"

#include "lib/casefile/casefile.h"
#include "tests/unit/casefiles.h"
#include "tests/unit/rows.h"

static struct ks_str member_of(const struct casefiles *c, size_t i)
{
	return (struct ks_str){ c->archive.p + c->begins[i], c->begins[i + 1] - c->begins[i] };
}

static const char *name_of(const struct casefiles *c, size_t i)
{
	return c->archive.p + c->begins[i] + strlen(KS_CASEFILE_TOP);
}

static size_t find(const struct casefiles *c, const char *name)
{
	for (size_t i = 0; i + 1 < c->n; i++)
		if (strcmp(name_of(c, i), name) == 0)
			return i;
	fail_msg("there is no %s", name);
	return 0;
}

static void what_was_written_holds(void **state)
{
	struct ks_caseproof proof;
	struct casefiles c;

	(void)state;
	casefiles_init(&c);
	casefiles_write(&c, 1, 2);
	casefiles_prove(&c, ks_buf_str(&c.archive), &proof);
	for (size_t i = 0; i < proof.problems.n; i++)
		print_error("%s\n", *KS_VEC_AT(&proof.problems, const char *, i));
	assert_int_equal(proof.problems.n, 0);
	assert_true(proof.is_whole);
	assert_int_equal(proof.incidents.n, 2);
	assert_int_equal(KS_VEC_AT(&proof.incidents, struct ks_caseproof_incident, 0)->records, 2);
	assert_int_equal(KS_VEC_AT(&proof.incidents, struct ks_caseproof_incident, 0)->journal.bad_number, 0);
	assert_string_equal(proof.sha256, c.result.sha256);
	assert_string_equal(proof.manifest_sha256, c.result.manifest_sha256);
	assert_true(ks_str_is(proof.made, "2025-11-21T10:00:00Z"));
	ks_caseproof_release(&proof);
	casefiles_release(&c);
}

/* One bit of every byte of a header, and of every few of the others, of paddings, contents and the end. A
 * change within a member names it; that of a header, which may be its name, where it stands. */
static void every_byte_counts(void **state)
{
	char at_offset[32];
	struct casefiles c;

	(void)state;
	casefiles_init(&c);
	casefiles_write(&c, 1, 0);
	for (size_t i = 0; i < c.n; i++) {
		bool is_end = i + 1 == c.n, is_report = !is_end && strstr(name_of(&c, i), "report.html") != NULL;
		size_t begin = c.begins[i], end = is_end ? c.archive.n : c.begins[i + 1];

		snprintf(at_offset, sizeof(at_offset), "offset %zu ", begin);
		for (size_t at = begin; at < end; at++) {
			bool is_header = at < begin + KS_TAR_BLOCK, is_zero = c.archive.p[at] == '\0';
			struct ks_caseproof proof;

			if (at % (is_header ? i == 0 ? 1 : 7 : is_report ? 251 : is_zero ? 11 : 13) != 0)
				continue;
			c.archive.p[at] ^= 1;
			casefiles_prove(&c, ks_buf_str(&c.archive), &proof);
			if (proof.problems.n == 0)
				fail_msg("byte %zu of %s counts for nothing", at - begin,
					is_end ? "the end" : name_of(&c, i));
			if (!is_header && !is_end && !casefiles_says(&proof, name_of(&c, i)))
				fail_msg("byte %zu of %s: %s", at - begin, name_of(&c, i),
					*KS_VEC_AT(&proof.problems, const char *, 0));
			if (is_header && !is_end && !casefiles_says(&proof, at_offset))
				fail_msg("byte %zu of the header at %s", at - begin, at_offset);
			ks_caseproof_release(&proof);
			c.archive.p[at] ^= 1;
		}
	}
	casefiles_release(&c);
}

static void wherever_it_is_cut_off_it_shows(void **state)
{
	struct casefiles c;

	(void)state;
	casefiles_init(&c);
	casefiles_write(&c, 1, 0);
	for (size_t n = 0; n < c.archive.n; n += n % 512 == 0 ? 37 : 475) {
		struct ks_caseproof proof;

		casefiles_prove(&c, ks_str_sub(ks_buf_str(&c.archive), 0, n), &proof);
		assert_false(proof.is_whole && proof.problems.n == 0);
		assert_true(proof.problems.n > 0);
		ks_caseproof_release(&proof);
	}
	casefiles_release(&c);
}

/* ---- members ---- */

/* The archive put together anew by somebody who knows tar. */
struct row {
	const char *name;
	void (*make)(const struct casefiles *c, struct ks_buf *out);
	const char *says;
};

static void add_members(const struct casefiles *c, struct ks_buf *out, size_t without)
{
	for (size_t i = 0; i + 1 < c->n; i++)
		if (i != without)
			ks_buf_add(out, member_of(c, i));
}

static void add_end(const struct casefiles *c, struct ks_buf *out)
{
	ks_buf_add(out, ks_str_sub(ks_buf_str(&c->archive), c->begins[c->n - 1], KS_TAR_END));
}

static void add_new(struct ks_buf *out, const char *name, const char *text, uint64_t size)
{
	static const char zeros[KS_TAR_BLOCK];
	unsigned char header[KS_TAR_BLOCK];

	ks_tar_render(&(struct ks_tar_member){ .name = ks_str_of(name),
					  .size = size,
					  .time_s = FIXTURE_NOW / 1000 },
		header);
	ks_buf_add(out, (struct ks_str){ (const char *)header, sizeof(header) });
	ks_buf_adds(out, text);
	ks_buf_add(out, (struct ks_str){ zeros, ks_tar_padding(strlen(text)) });
}

static void missing(const struct casefiles *c, struct ks_buf *out)
{
	add_members(c, out, find(c, "incident-1/findings.jsonl"));
	add_end(c, out);
}

static void no_manifest(const struct casefiles *c, struct ks_buf *out)
{
	add_members(c, out, find(c, "manifest.json"));
	add_end(c, out);
}

static void no_sums(const struct casefiles *c, struct ks_buf *out)
{
	add_members(c, out, find(c, "sha256sums.txt"));
	add_end(c, out);
}

static void added(const struct casefiles *c, struct ks_buf *out)
{
	add_new(out, KS_CASEFILE_TOP "incident-0/events.jsonl", "", 0);
	add_members(c, out, SIZE_MAX);
	add_end(c, out);
}

static void added_incident(const struct casefiles *c, struct ks_buf *out)
{
	size_t manifest = find(c, "manifest.json");

	for (size_t i = 0; i < manifest; i++)
		ks_buf_add(out, member_of(c, i));
	add_new(out, KS_CASEFILE_TOP "incident-7/events.jsonl", "", 0);
	for (size_t i = manifest; i + 1 < c->n; i++)
		ks_buf_add(out, member_of(c, i));
	add_end(c, out);
}

static void reordered(const struct casefiles *c, struct ks_buf *out)
{
	ks_buf_add(out, member_of(c, 1));
	ks_buf_add(out, member_of(c, 0));
	for (size_t i = 2; i + 1 < c->n; i++)
		ks_buf_add(out, member_of(c, i));
	add_end(c, out);
}

static void twice(const struct casefiles *c, struct ks_buf *out)
{
	ks_buf_add(out, member_of(c, 0));
	add_members(c, out, SIZE_MAX);
	add_end(c, out);
}

static void behind(const struct casefiles *c, struct ks_buf *out)
{
	ks_buf_add(out, ks_buf_str(&c->archive));
	ks_buf_addc(out, '\0');
}

static void one_block_of_zeros(const struct casefiles *c, struct ks_buf *out)
{
	ks_buf_add(out, ks_str_sub(ks_buf_str(&c->archive), 0, c->archive.n - KS_TAR_BLOCK));
}

static void up_the_tree(const struct casefiles *c, struct ks_buf *out)
{
	add_new(out, KS_CASEFILE_TOP "../../etc/passwd", "x", 1);
	add_members(c, out, SIZE_MAX);
	add_end(c, out);
}

static void from_the_root(const struct casefiles *c, struct ks_buf *out)
{
	add_new(out, "/etc/passwd", "x", 1);
	add_members(c, out, SIZE_MAX);
	add_end(c, out);
}

static void a_link(const struct casefiles *c, struct ks_buf *out)
{
	unsigned sum = 0;

	add_new(out, KS_CASEFILE_TOP "incident-1/events.jsonl", "", 0);
	out->p[156] = '2';
	snprintf(out->p + 157, 20, "/etc/passwd");
	memset(out->p + 148, ' ', 8);
	for (size_t i = 0; i < KS_TAR_BLOCK; i++)
		sum += (unsigned char)out->p[i];
	snprintf(out->p + 148, 8, "%06o", sum);
	add_end(c, out);
}

static void hostile_name(const struct casefiles *c, struct ks_buf *out)
{
	add_new(out, "\x1b]0;owned\x07<script>", "x", 1);
	add_end(c, out);
}

static void huge(const struct casefiles *c, struct ks_buf *out)
{
	add_new(out, KS_CASEFILE_TOP "incident-1/report.html", "", KS_TAR_LARGEST);
	add_end(c, out);
}

static void longer_than_it_is(const struct casefiles *c, struct ks_buf *out)
{
	add_new(out, KS_CASEFILE_TOP "incident-1/events.jsonl", "", KS_TAR_LARGEST);
	add_end(c, out);
}

/* The journal without its last line, manifest and sums as they were. */
static void shorter_journal(const struct casefiles *c, struct ks_buf *out)
{
	size_t journal = find(c, "incident-1/journal.jsonl");
	struct ks_tar_member member;
	struct ks_buf text;

	assert_true(ks_tar_parse((const unsigned char *)c->archive.p + c->begins[journal], &member));
	ks_buf_init(&text, 1u << 20);
	ks_buf_add(&text,
		(struct ks_str){ c->archive.p + c->begins[journal] + KS_TAR_BLOCK, (size_t)member.size - 1 });
	text.n = (size_t)(strrchr(text.p, '\n') - text.p) + 1;
	text.p[text.n] = '\0';
	for (size_t i = 0; i + 1 < c->n; i++) {
		if (i == journal)
			add_new(out, KS_CASEFILE_TOP "incident-1/journal.jsonl", text.p, text.n);
		else
			ks_buf_add(out, member_of(c, i));
	}
	add_end(c, out);
	ks_buf_release(&text);
}

/* JSON that would take much more memory than it has bytes. */
static void a_bomb_of_values(const struct casefiles *c, struct ks_buf *out)
{
	struct ks_buf text;

	ks_buf_init(&text, 16u << 20);
	ks_buf_addc(&text, '[');
	while (text.n < (8u << 20))
		ks_buf_adds(&text, "1,");
	ks_buf_adds(&text, "1]\n");
	add_new(out, KS_CASEFILE_TOP "incident-1/events.jsonl", text.p, text.n);
	add_end(c, out);
	ks_buf_release(&text);
}

static const struct row rows_of_archives[] = {
	{ "a member is missing", missing, "incident-1/findings.jsonl is missing" },
	{ "no manifest", no_manifest, "manifest.json is missing" },
	{ "no sums", no_sums, "sha256sums.txt is missing" },
	{ "a name that is none", added, "'keysnare-case/incident-0/events.jsonl' was not written by keysnare" },
	{ "an incident was added", added_incident, "incident-7/events.jsonl was added" },
	{ "two in the wrong order", reordered, "incident-1/events.jsonl stands in the wrong place" },
	{ "one twice", twice, "incident-1/events.jsonl is there twice" },
	{ "a byte behind the end", behind, "there are bytes behind the end" },
	{ "half an end", one_block_of_zeros, "the end of the archive is not as it was written" },
	{ "up the tree", up_the_tree, "would lead out of the archive" },
	{ "from the root", from_the_root, "would lead out of the archive" },
	{ "a link", a_link, "the header at offset 0" },
	{ "a name for terminals", hostile_name, "'\\x1b]0;owned\\x07<script>' was not written by keysnare" },
	{ "a size past its limit", huge, "report.html says that it has 8589934591 bytes: not read any further" },
	{ "a size that is not there", longer_than_it_is, "cut off within incident-1/events.jsonl" },
	{ "a journal cut short", shorter_journal, "incident 1: its journal does not end as the manifest says" },
	{ "a bomb of values", a_bomb_of_values, "incident-1/events.jsonl: line 1 is no event" },
	{ "nothing at all", NULL, "cut off at offset 0" },
};

static void an_archive_is_refused(void **state)
{
	const struct row *row = *state;
	struct ks_caseproof proof;
	struct ks_buf made;
	struct casefiles c;

	casefiles_init(&c);
	casefiles_write(&c, 1, 0);
	ks_buf_init(&made, 64u << 20);
	if (row->make != NULL)
		row->make(&c, &made);
	casefiles_prove(&c, ks_buf_str(&made), &proof);
	if (!casefiles_says(&proof, row->says))
		fail_msg("it says: %s",
			proof.problems.n > 0 ? *KS_VEC_AT(&proof.problems, const char *, 0) : "nothing");
	ks_buf_release(&made);
	ks_caseproof_release(&proof);
	casefiles_release(&c);
}

static void a_journal_meets_its_heads(void **state)
{
	struct ks_witness_set set;
	struct ks_caseproof proof;
	struct ks_err err = { 0 };
	struct casefiles c;
	char head[KS_HASH_HEX];

	(void)state;
	casefiles_init(&c);
	assert_int_equal(ks_journal_head(c.t.db, 1, head, &err), 0);
	casefiles_write(&c, 1, 0);
	ks_witness_init(&set);
	assert_int_equal(ks_witness_add(&set, head, &err), 0);
	assert_int_equal(ks_caseproof_read(fixture_path(&c.t.fixture, "case.tar"), &set, &proof, &err), 0);
	assert_int_equal(ks_witness_judge(KS_VEC_AT(&set.all, struct ks_witness, 0), true), KS_WITNESS_HOLDS);
	ks_caseproof_release(&proof);
	ks_witness_release(&set);
	casefiles_release(&c);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TEST(&tests, what_was_written_holds);
	ROWS_TEST(&tests, every_byte_counts);
	ROWS_TEST(&tests, wherever_it_is_cut_off_it_shows);
	ROWS_TABLE(&tests, an_archive_is_refused, rows_of_archives);
	ROWS_TEST(&tests, a_journal_meets_its_heads);
	return rows_run("caseproof", &tests);
}
