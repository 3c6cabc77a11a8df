/* Members in their order, and the comparison of all of them with the manifest. */
#include "lib/casefile/caseproof.h"

#include "lib/base/map.h"
#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/casefile/casefile.h"
#include "lib/casefile/caseinput.h"
#include "lib/codec/base64.h"
#include "lib/codec/json.h"
#include "lib/codec/tar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PIECE (64u * 1024)
#define LINE_VALUES 1000u /* in the JSON of a line */
#define MANIFEST_VALUES (8 * KS_CASEFILE_MEMBERS)

/* A member that was read. */
struct member {
	struct ks_str name; /* below the top directory */
	enum ks_casefile_kind kind;
	int64_t incident;
	uint64_t size;
	char sha256[KS_HASH_HEX];
	bool is_listed; /* in the manifest */
};

/* What a line of events says of a record. */
struct expected {
	uint64_t size;
	unsigned char hash[KS_HASH_SIZE];
};

struct proving {
	struct ks_caseproof *out;
	struct ks_witness_set *witnesses;
	struct ks_caseinput *input;
	struct ks_vec members; /* struct member */
	struct ks_map by_name; /* of members, to their index + 1 */
	int64_t time_s; /* of all members; -1: none yet */
	struct ks_buf text; /* the line at hand, or all of a small member */
	/* of the incident at hand */
	struct ks_vec expected; /* struct expected */
	struct ks_journal_chain chain;
	size_t record; /* the one at hand */
	uint64_t record_left; /* of it and the newline behind it */
	struct ks_hash *record_hash;
	/* of the manifest */
	struct ks_json *manifest;
	struct ks_buf sums;
};

void ks_caseproof_add(struct ks_caseproof *proof, const char *format, ...)
{
	struct ks_buf text, clean;
	va_list args;

	if (proof->problems.n >= KS_CASEPROOF_PROBLEMS) {
		proof->more_problems++;
		return;
	}
	ks_buf_init(&text, 4096);
	ks_buf_init(&clean, 16384);
	va_start(args, format);
	ks_buf_addv(&text, format, args);
	va_end(args);
	ks_text_add_terminal(&clean, ks_buf_str(&text));
	*(const char **)ks_vec_push(&proof->problems) = ks_arena_strdup(&proof->arena, ks_buf_str(&clean));
	ks_buf_release(&text);
	ks_buf_release(&clean);
}

static struct ks_caseproof_incident *incident_of(struct proving *p, int64_t id)
{
	struct ks_vec *all = &p->out->incidents;
	struct ks_caseproof_incident *last =
		all->n > 0 ? KS_VEC_AT(all, struct ks_caseproof_incident, all->n - 1) : NULL;

	if (last != NULL && last->id == id)
		return last;
	last = ks_vec_push(all);
	*last = (struct ks_caseproof_incident){ .id = id };
	ks_vec_clear(&p->expected);
	p->chain = (struct ks_journal_chain){ .check = { 0 } };
	return last;
}

/* JSON of not more than so many values: what many small ones take of memory is a multiple of their text. */
static struct ks_json *parse(struct ks_str text, size_t most)
{
	struct ks_json *json = NULL;
	struct ks_err ignored = { 0 };
	bool is_inside = false;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (is_inside && text.p[i] == '\\')
			i++;
		else if (text.p[i] == '"')
			is_inside = !is_inside;
		else if (!is_inside && memchr(",[{", text.p[i], 3) != NULL)
			n++;
	}
	return n <= most && ks_json_parse(text, &json, &ignored) == 0 ? json : NULL;
}

/* ---- events and records ---- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(struct ks_str hex, unsigned char out[KS_HASH_SIZE])
{
	if (hex.n != KS_HASH_HEX - 1)
		return false;
	for (size_t i = 0; i < KS_HASH_SIZE; i++) {
		int high = hex_digit(hex.p[2 * i]), low = hex_digit(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static void read_event(struct proving *p, const struct member *member, struct ks_str line)
{
	struct ks_caseproof_incident *incident = incident_of(p, member->incident);
	const struct ks_json *record;
	struct ks_json *json;
	struct expected expected;
	struct ks_str hex;
	int64_t size = -1;

	incident->events++;
	if (p->expected.n >= KS_CASEPROOF_RECORDS)
		return;
	json = parse(line, LINE_VALUES);
	if (json != NULL && (record = ks_json_find(json, "record")) != NULL &&
		ks_json_find_int(record, "size", &size) && size >= 0 && ks_json_find_str(record, "sha256", &hex) &&
		read_hex(hex, expected.hash)) {
		expected.size = (uint64_t)size;
		*(struct expected *)ks_vec_push(&p->expected) = expected;
	} else {
		ks_caseproof_add(p->out, KS_STR_FMT ": line %" PRId64 " is no event", KS_STR_ARG(member->name),
			incident->events);
	}
	ks_json_free(json);
}

static void end_record(struct proving *p, const struct member *member, bool has_newline)
{
	const struct expected *expected = KS_VEC_AT(&p->expected, struct expected, p->record);
	unsigned char hash[KS_HASH_SIZE];

	ks_hash_end(p->record_hash, hash);
	p->record_hash = NULL;
	p->record++;
	if (memcmp(hash, expected->hash, KS_HASH_SIZE) != 0 || !has_newline)
		ks_caseproof_add(p->out, KS_STR_FMT ": record %zu is not the one that events.jsonl tells of",
			KS_STR_ARG(member->name), p->record);
	else
		incident_of(p, member->incident)->records++;
}

/* Cuts the bytes at the lengths that the events say. */
static void read_records(struct proving *p, const struct member *member, struct ks_str bytes)
{
	incident_of(p, member->incident);
	while (bytes.n > 0 && p->record < p->expected.n) {
		size_t n;

		if (p->record_hash == NULL) {
			p->record_hash = ks_hash_new();
			p->record_left = KS_VEC_AT(&p->expected, struct expected, p->record)->size + 1;
		}
		n = p->record_left - 1 < bytes.n ? (size_t)(p->record_left - 1) : bytes.n;
		ks_hash_add(p->record_hash, ks_str_sub(bytes, 0, n));
		bytes = ks_str_sub(bytes, n, bytes.n);
		p->record_left -= n;
		if (p->record_left == 1 && bytes.n > 0) {
			end_record(p, member, bytes.p[0] == '\n');
			bytes = ks_str_sub(bytes, 1, bytes.n);
		}
	}
}

static void end_records(struct proving *p, const struct member *member)
{
	uint64_t said = 0;

	for (size_t i = 0; i < p->expected.n; i++)
		said += KS_VEC_AT(&p->expected, struct expected, i)->size + 1;
	if (p->expected.n < KS_CASEPROOF_RECORDS && said != member->size)
		ks_caseproof_add(p->out, KS_STR_FMT ": %" PRIu64 " bytes, and events.jsonl tells of %" PRIu64,
			KS_STR_ARG(member->name), member->size, said);
	ks_hash_free(p->record_hash);
	p->record_hash = NULL;
	p->record = 0;
}

/* ---- journal ---- */

/* A value, or its bytes where JSON could not have them. */
static struct ks_str exact(const struct ks_json *json, const char *name, struct ks_buf *bytes)
{
	const struct ks_json *forms = ks_json_find(json, "exact");
	struct ks_str value = { NULL, 0 };
	struct ks_err ignored = { 0 };

	if (ks_json_find_str(forms, name, &value) && ks_base64_decode(value, bytes, &ignored) == 0)
		return ks_buf_str(bytes);
	ks_json_find_str(json, name, &value);
	return value;
}

static void read_entry(struct proving *p, const struct member *member, struct ks_str line)
{
	struct ks_journal_check *check = &p->chain.check;
	struct ks_journal_entry entry = { .number = 0 };
	unsigned char hash[KS_HASH_SIZE];
	struct ks_json *json = NULL;
	struct ks_buf bytes[3];
	struct ks_str hex = { NULL, 0 };

	incident_of(p, member->incident);
	if (check->bad_number != 0)
		return;
	for (size_t i = 0; i < 3; i++)
		ks_buf_init(&bytes[i], KS_CASEFILE_LINE);
	json = parse(line, LINE_VALUES);
	if (json != NULL) {
		ks_json_find_int(json, "number", &entry.number);
		ks_json_find_int(json, "incident", &entry.incident_id);
		ks_json_find_int(json, "time_ms", &entry.time_ms);
		entry.who = exact(json, "who", &bytes[0]);
		entry.kind = exact(json, "kind", &bytes[1]);
		entry.body = exact(json, "body", &bytes[2]);
		ks_json_find_str(json, "hash", &hex);
		if (read_hex(hex, hash))
			entry.hash = (struct ks_str){ (const char *)hash, KS_HASH_SIZE };
		ks_journal_follow(&p->chain, &entry);
		if (check->bad_number == 0 && p->witnesses != NULL)
			ks_witness_pass(p->witnesses, member->incident, entry.number, p->chain.last);
	} else {
		check->bad_number = check->entries + 1;
		snprintf(check->problem, sizeof(check->problem), "entry %" PRId64 " is no entry", check->bad_number);
	}
	ks_json_free(json);
	for (size_t i = 0; i < 3; i++)
		ks_buf_release(&bytes[i]);
}

static void end_journal(struct proving *p, const struct member *member)
{
	struct ks_caseproof_incident *incident = incident_of(p, member->incident);

	incident->journal = p->chain.check;
	incident->has_journal = true;
	if (incident->journal.bad_number != 0)
		ks_caseproof_add(p->out, KS_STR_FMT ": %s", KS_STR_ARG(member->name), incident->journal.problem);
}

/* ---- contents ---- */

static void each_line(struct proving *p, const struct member *member, struct ks_str bytes,
	void (*look)(struct proving *, const struct member *, struct ks_str))
{
	struct ks_str line;

	while (bytes.n > 0) {
		bool has_end = memchr(bytes.p, '\n', bytes.n) != NULL;

		ks_str_next(&bytes, '\n', &line);
		ks_buf_add(&p->text, line);
		if (!has_end)
			return;
		if (p->text.is_full)
			ks_caseproof_add(p->out, KS_STR_FMT ": a line is longer than %u bytes", KS_STR_ARG(member->name),
				KS_CASEFILE_LINE);
		else
			look(p, member, ks_buf_str(&p->text));
		ks_buf_clear(&p->text);
	}
}

static void look_at(struct proving *p, const struct member *member, struct ks_str bytes)
{
	switch (member->kind) {
	case KS_CASEFILE_EVENTS:
		each_line(p, member, bytes, read_event);
		break;
	case KS_CASEFILE_JOURNAL:
		each_line(p, member, bytes, read_entry);
		break;
	case KS_CASEFILE_RECORDS:
		read_records(p, member, bytes);
		break;
	case KS_CASEFILE_MANIFEST:
		ks_buf_add(&p->text, bytes);
		break;
	case KS_CASEFILE_SUMS:
		ks_buf_add(&p->sums, bytes);
		break;
	default:
		break;
	}
}

static void end_look(struct proving *p, const struct member *member)
{
	if (member->kind == KS_CASEFILE_RECORDS)
		end_records(p, member);
	if (member->kind == KS_CASEFILE_JOURNAL)
		end_journal(p, member);
	if ((member->kind == KS_CASEFILE_EVENTS || member->kind == KS_CASEFILE_JOURNAL) && p->text.n > 0)
		ks_caseproof_add(p->out, KS_STR_FMT ": the last line has no end", KS_STR_ARG(member->name));
	if (member->kind == KS_CASEFILE_MANIFEST && !p->text.is_full)
		p->manifest = parse(ks_buf_str(&p->text), MANIFEST_VALUES);
	if (member->kind == KS_CASEFILE_MANIFEST && p->manifest == NULL)
		ks_caseproof_add(p->out, "manifest.json cannot be read");
	ks_buf_clear(&p->text);
}

/* ---- members ---- */

static int read_content(struct proving *p, struct member *member, struct ks_err *err)
{
	unsigned char piece[PIECE], sum[KS_HASH_SIZE];
	struct ks_hash *hash = ks_hash_new();
	uint64_t left = member->size;
	size_t padding = ks_tar_padding(member->size), got = 0;
	int rc = 0;

	while (rc == 0 && left > 0) {
		size_t want = left < PIECE ? (size_t)left : PIECE;

		rc = ks_caseinput_read(p->input, piece, want, &got, err);
		if (rc != 0)
			break;
		ks_hash_add(hash, (struct ks_str){ (const char *)piece, got });
		look_at(p, member, (struct ks_str){ (const char *)piece, got });
		left -= got;
		if (got < want)
			rc = ks_err_set(err, KS_ERR_PARSE,
				"the archive is cut off within " KS_STR_FMT ": %" PRIu64 " bytes are missing",
				KS_STR_ARG(member->name), left);
	}
	ks_hash_end(hash, sum);
	ks_hash_hex(sum, KS_HASH_SIZE, member->sha256);
	if (rc == 0)
		end_look(p, member);
	if (rc == 0)
		rc = ks_caseinput_read(p->input, piece, padding, &got, err);
	if (rc == 0 && (got < padding || !ks_tar_is_zero(piece, got)))
		ks_caseproof_add(p->out,
			KS_STR_FMT ": bytes behind its end, before offset %" PRIu64 ", are not as they were written",
			KS_STR_ARG(member->name), ks_caseinput_offset(p->input));
	return rc;
}

static bool leads_elsewhere(struct ks_str name)
{
	return ks_str_has_prefix(name, KS_STR("/")) || ks_str_find(name, KS_STR("..")) >= 0 ||
		ks_str_find(name, KS_STR("\\")) >= 0;
}

/* Whether the member may be read on. */
static bool accept(struct proving *p, const struct ks_tar_member *header, struct member *out)
{
	const struct member *last =
		p->members.n > 0 ? KS_VEC_AT(&p->members, struct member, p->members.n - 1) : NULL;

	if (!ks_casefile_tell(header->name, &out->kind, &out->incident)) {
		ks_caseproof_add(p->out, "'" KS_STR_FMT "' %s: not read any further", KS_STR_ARG(header->name),
			leads_elsewhere(header->name) ? "would lead out of the archive" : "was not written by keysnare");
		return false;
	}
	out->name =
		ks_arena_copy(&p->out->arena, ks_str_sub(header->name, strlen(KS_CASEFILE_TOP), header->name.n));
	out->size = header->size;
	if (header->size > ks_casefile_row(out->kind)->largest) {
		ks_caseproof_add(p->out, KS_STR_FMT " says that it has %" PRIu64 " bytes: not read any further",
			KS_STR_ARG(out->name), header->size);
		return false;
	}
	if (p->time_s >= 0 && header->time_s != p->time_s)
		ks_caseproof_add(p->out, KS_STR_FMT ": its time is not that of the others", KS_STR_ARG(out->name));
	if (p->time_s < 0)
		p->time_s = header->time_s;
	if (last != NULL && ks_str_compare(last->name, out->name) >= 0)
		ks_caseproof_add(p->out, KS_STR_FMT " stands in the wrong place: behind " KS_STR_FMT,
			KS_STR_ARG(out->name), KS_STR_ARG(last->name));
	if (p->members.n >= KS_CASEFILE_MEMBERS) {
		ks_caseproof_add(p->out, "there are more than %u members: not read any further",
			KS_CASEFILE_MEMBERS);
		return false;
	}
	if (ks_map_find(&p->by_name, out->name) != NULL) {
		ks_caseproof_add(p->out, KS_STR_FMT " is there twice: not read any further", KS_STR_ARG(out->name));
		return false;
	}
	return true;
}

static void keep(struct proving *p, const struct member *member)
{
	*(struct member *)ks_vec_push(&p->members) = *member;
	ks_map_put(&p->by_name, member->name, (void *)(uintptr_t)p->members.n);
	p->out->members = p->members.n;
}

static struct member *find(const struct proving *p, struct ks_str name)
{
	uintptr_t at = (uintptr_t)ks_map_find(&p->by_name, name);

	return at > 0 ? KS_VEC_AT(&p->members, struct member, at - 1) : NULL;
}

/* Behind the first block of zeros: one more, and nothing else. */
static int read_end(struct proving *p, struct ks_err *err)
{
	unsigned char block[KS_TAR_BLOCK], extra;
	size_t got = 0, more = 0;

	if (ks_caseinput_read(p->input, block, sizeof(block), &got, err) != 0)
		return -1;
	if (got < sizeof(block) || !ks_tar_is_zero(block, got))
		ks_caseproof_add(p->out, "the end of the archive is not as it was written");
	if (ks_caseinput_read(p->input, &extra, 1, &more, err) != 0)
		return -1;
	if (more > 0)
		ks_caseproof_add(p->out, "there are bytes behind the end of the archive, from offset %" PRIu64 " on",
			ks_caseinput_offset(p->input) - 1);
	p->out->is_whole = more == 0;
	return 0;
}

static int read_members(struct proving *p, struct ks_err *err)
{
	unsigned char block[KS_TAR_BLOCK];
	struct ks_tar_member header;
	size_t got = 0;

	for (;;) {
		uint64_t at = ks_caseinput_offset(p->input);
		struct member member = { .size = 0 };

		if (ks_caseinput_read(p->input, block, sizeof(block), &got, err) != 0)
			return -1;
		if (at == 0)
			p->out->looks_like = ks_caseinput_guess(block, got);
		if (got < sizeof(block)) {
			ks_caseproof_add(p->out, "the archive is cut off at offset %" PRIu64, at + got);
			return 0;
		}
		if (ks_tar_is_zero(block, got))
			return read_end(p, err);
		if (!ks_tar_parse(block, &header)) {
			ks_caseproof_add(p->out,
				"the header at offset %" PRIu64 " ('%.*s') is not as keysnare writes it: "
				"not read any further",
				at, (int)strnlen((const char *)block, KS_TAR_NAME), (const char *)block);
			return 0;
		}
		if (!accept(p, &header, &member))
			return 0;
		if (read_content(p, &member, err) != 0)
			return -1;
		keep(p, &member);
	}
}

/* ---- the manifest ---- */

static void compare_listed(struct proving *p, const struct ks_json *row)
{
	struct ks_str name = { NULL, 0 }, hex = { NULL, 0 };
	struct member *member;
	int64_t size = -1;

	ks_json_find_str(row, "name", &name);
	ks_json_find_str(row, "sha256", &hex);
	ks_json_find_int(row, "size", &size);
	member = find(p, name);
	if (member == NULL) {
		ks_caseproof_add(p->out, KS_STR_FMT " is missing: the manifest has it", KS_STR_ARG(name));
		return;
	}
	member->is_listed = true;
	if (size < 0 || (uint64_t)size != member->size)
		ks_caseproof_add(p->out, KS_STR_FMT " has %" PRIu64 " bytes, and the manifest says %" PRId64,
			KS_STR_ARG(name), member->size, size);
	else if (!ks_str_is(hex, member->sha256))
		ks_caseproof_add(p->out, KS_STR_FMT " is altered: its SHA-256 is not that of the manifest",
			KS_STR_ARG(name));
}

static void compare_journal(struct proving *p, const struct ks_json *row)
{
	const struct ks_json *journal = ks_json_find(row, "journal");
	struct ks_str head = { NULL, 0 };
	int64_t id = 0, entries = -1;

	ks_json_find_int(row, "incident", &id);
	ks_json_find_int(journal, "entries", &entries);
	ks_json_find_str(journal, "head", &head);
	for (size_t i = 0; i < p->out->incidents.n; i++) {
		const struct ks_caseproof_incident *one =
			KS_VEC_AT(&p->out->incidents, struct ks_caseproof_incident, i);

		if (one->id == id && (one->journal.entries != entries || !ks_str_is(head, one->journal.head)))
			ks_caseproof_add(p->out, "incident %" PRId64 ": its journal does not end as the manifest says",
				id);
	}
}

static void compare_time(struct proving *p)
{
	struct ks_caseproof *out = p->out;
	int64_t made_ms;

	if (!ks_time_parse(out->made, &made_ms) || made_ms / KS_TIME_SECOND != p->time_s)
		ks_caseproof_add(out, "the times of the members are not that of the manifest");
}

static void compare_manifest(struct proving *p)
{
	const struct ks_json *rows, *row = NULL;
	struct ks_caseproof *out = p->out;
	struct ks_str value;

	if (p->manifest == NULL) {
		if (find(p, KS_STR("manifest.json")) == NULL)
			ks_caseproof_add(out, "manifest.json is missing: there is nothing to compare with");
		return;
	}
	memcpy(out->manifest_sha256, find(p, KS_STR("manifest.json"))->sha256, KS_HASH_HEX);
	if (ks_json_find_str(p->manifest, "made", &value))
		out->made = ks_arena_copy(&out->arena, value);
	if (ks_json_find_str(p->manifest, "made_by", &value))
		out->made_by = ks_arena_copy(&out->arena, value);
	if (ks_json_find_str(p->manifest, "version", &value))
		out->version = ks_arena_copy(&out->arena, value);
	compare_time(p);
	rows = ks_json_find(p->manifest, "members");
	while (rows != NULL && (row = ks_json_next_element(rows, row)) != NULL)
		compare_listed(p, row);
	row = NULL;
	rows = ks_json_find(p->manifest, "incidents");
	while (rows != NULL && (row = ks_json_next_element(rows, row)) != NULL)
		compare_journal(p, row);
	for (size_t i = 0; i < p->members.n; i++) {
		const struct member *member = KS_VEC_AT(&p->members, struct member, i);

		if (!member->is_listed && member->kind < KS_CASEFILE_MANIFEST)
			ks_caseproof_add(out, KS_STR_FMT " was added: the manifest does not have it",
				KS_STR_ARG(member->name));
	}
}

/* The sums follow from all other members, to the byte; a line that differs names its member. */
static void compare_sums(struct proving *p)
{
	struct ks_str rest = ks_buf_str(&p->sums), line;
	bool differs = false;

	if (find(p, KS_STR("sha256sums.txt")) == NULL || find(p, KS_STR("readme.txt")) == NULL)
		ks_caseproof_add(p->out, "readme.txt or sha256sums.txt is missing");
	for (size_t i = 0; i < p->members.n; i++) {
		const struct member *member = KS_VEC_AT(&p->members, struct member, i);
		char want[KS_HASH_HEX + KS_CASEFILE_NAME + 2];

		if (member->kind == KS_CASEFILE_SUMS)
			continue;
		snprintf(want, sizeof(want), "%s  " KS_STR_FMT, member->sha256, KS_STR_ARG(member->name));
		if (!ks_str_next(&rest, '\n', &line) || !ks_str_is(line, want)) {
			ks_caseproof_add(p->out, KS_STR_FMT ": sha256sums.txt does not have it as it is",
				KS_STR_ARG(member->name));
			differs = true;
		}
	}
	if (!differs && rest.n > 0)
		ks_caseproof_add(p->out, "sha256sums.txt has more lines than there are members");
}

static void compare(struct proving *p)
{
	if (!p->out->is_whole && p->manifest == NULL) {
		ks_caseproof_add(p->out, "manifest.json was not reached: there is nothing to compare with");
		return;
	}
	compare_manifest(p);
	compare_sums(p);
	for (size_t i = 0; i < p->out->incidents.n; i++) {
		const struct ks_caseproof_incident *one =
			KS_VEC_AT(&p->out->incidents, struct ks_caseproof_incident, i);

		for (size_t kind = 0; kind < KS_CASEFILE_EACH; kind++) {
			char name[KS_CASEFILE_NAME];

			if (find(p, ks_str_of(ks_casefile_name((enum ks_casefile_kind)kind, one->id, name))) == NULL)
				ks_caseproof_add(p->out, "%s is missing", name);
		}
	}
}

int ks_caseproof_read(const char *path, struct ks_witness_set *witnesses, struct ks_caseproof *out,
	struct ks_err *err)
{
	struct proving p = { .out = out,
		.witnesses = witnesses,
		.members = KS_VEC_OF(struct member),
		.expected = KS_VEC_OF(struct expected),
		.time_s = -1 };
	struct ks_err why = { 0 };
	int rc;

	*out = (struct ks_caseproof){ .incidents = KS_VEC_OF(struct ks_caseproof_incident),
		.problems = KS_VEC_OF(const char *) };
	ks_map_init(&p.by_name);
	ks_buf_init(&p.text, KS_CASEFILE_LINE);
	ks_buf_init(&p.sums, (size_t)ks_casefile_row(KS_CASEFILE_SUMS)->largest);
	rc = ks_caseinput_open(path, &p.input, err);
	if (rc == 0 && read_members(&p, &why) != 0) {
		if (why.code == KS_ERR_PARSE)
			ks_caseproof_add(out, "%s", why.message);
		else {
			*err = why;
			rc = -1;
		}
	}
	if (rc == 0)
		compare(&p);
	if (rc == 0 && out->is_whole)
		ks_caseinput_hash(p.input, out->sha256);
	ks_caseinput_close(p.input);
	ks_json_free(p.manifest);
	ks_hash_free(p.record_hash);
	ks_buf_release(&p.text);
	ks_buf_release(&p.sums);
	ks_map_release(&p.by_name);
	ks_vec_release(&p.members);
	ks_vec_release(&p.expected);
	return rc;
}

void ks_caseproof_release(struct ks_caseproof *proof)
{
	ks_vec_release(&proof->incidents);
	ks_vec_release(&proof->problems);
	ks_arena_release(&proof->arena);
}
