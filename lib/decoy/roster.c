/* JSON lines and CSV into decoys. */
#include "lib/decoy/roster.h"

#include "lib/base/time.h"
#include "lib/codec/json.h"
#include "lib/decoy/keyid.h"
#include "lib/decoy/smtp.h"

#include <string.h>

#define LONGEST_NAME 64          /* of a member or column, its words run together */
#define LONGEST_VALUE 4096
#define MOST_CELLS 64

enum field {
	FIELD_KEY_ID, FIELD_NAME, FIELD_PLACEMENT, FIELD_LABEL, FIELD_ACCOUNT, FIELD_USER, FIELD_USER_ID,
		FIELD_USER_ARN, FIELD_REGION,
	FIELD_BAIT, FIELD_KIND, FIELD_STATE, FIELD_CREATED, FIELD_SECRET, FIELD_COUNT, FIELD_NONE,
};

/* Lower-case, and letters and digits only. */
static const struct {
	const char *name;
	enum field field;
} fields[] = {
	{ "keyid", FIELD_KEY_ID }, { "accesskeyid", FIELD_KEY_ID }, { "awsaccesskeyid", FIELD_KEY_ID },
	{ "accesskey", FIELD_KEY_ID }, { "smtpusername", FIELD_KEY_ID },
	{ "name", FIELD_NAME },
	{ "placement", FIELD_PLACEMENT }, { "path", FIELD_PLACEMENT }, { "location", FIELD_PLACEMENT },
	{ "where", FIELD_PLACEMENT },
	{ "label", FIELD_LABEL }, { "memo", FIELD_LABEL }, { "note", FIELD_LABEL },
	{ "description", FIELD_LABEL }, { "reminder", FIELD_LABEL },
	{ "account", FIELD_ACCOUNT }, { "accountid", FIELD_ACCOUNT }, { "awsaccountid", FIELD_ACCOUNT },
	{ "username", FIELD_USER }, { "user", FIELD_USER }, { "iamusername", FIELD_USER },
	{ "userid", FIELD_USER_ID }, { "userarn", FIELD_USER_ARN },
	{ "region", FIELD_REGION }, { "awsregion", FIELD_REGION },
	{ "bait", FIELD_BAIT },
	{ "kind", FIELD_KIND }, { "state", FIELD_STATE },
	{ "created", FIELD_CREATED }, { "createdate", FIELD_CREATED },
	{ "secret", FIELD_SECRET }, { "secretkey", FIELD_SECRET }, { "secretaccesskey", FIELD_SECRET },
	{ "awssecretaccesskey", FIELD_SECRET }, { "smtppassword", FIELD_SECRET },
	{ "password", FIELD_SECRET },
};

static const enum field plain_columns[] = {
	FIELD_KEY_ID, FIELD_NAME, FIELD_PLACEMENT, FIELD_LABEL, FIELD_ACCOUNT,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void ks_roster_init(struct ks_roster *roster)
{
	*roster = (struct ks_roster){ .rows = KS_VEC_OF(struct ks_roster_row),
		.problems = KS_VEC_OF(struct ks_err) };
	ks_arena_init(&roster->arena);
}

void ks_roster_release(struct ks_roster *roster)
{
	if (roster == NULL)
		return;
	ks_vec_release(&roster->rows);
	ks_vec_release(&roster->problems);
	ks_arena_release(&roster->arena);
}

static enum field find_field(struct ks_str name)
{
	char word[LONGEST_NAME + 1];
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < LONGEST_NAME; i++) {
		char c = ks_str_lower(name.p[i]);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			word[n++] = c;
	}
	word[n] = '\0';
	for (size_t i = 0; i < COUNT(fields); i++)
		if (strcmp(word, fields[i].name) == 0)
			return fields[i].field;
	return FIELD_NONE;
}

static struct ks_str kept(struct ks_arena *arena, struct ks_str value)
{
	return value.n > 0 ? ks_arena_copy(arena, value) : KS_STR("");
}

static int check_account(struct ks_arena *arena, const struct ks_keyid *id, struct ks_str *account,
	struct ks_err *err)
{
	uint64_t number;

	if (account->n > 0 && !ks_keyid_parse_account(*account, &number))
		return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is no account id, which has 12 digits",
			KS_STR_ARG(*account));
	if (account->n > 0 && id->has_account && !ks_str_is(*account, id->account))
		return ks_err_set(err, KS_ERR_USAGE, "the key id is of account %s, not " KS_STR_FMT, id->account,
			KS_STR_ARG(*account));
	*account = account->n == 0 && id->has_account ? ks_arena_copy(arena, ks_str_of(id->account)) :
		kept(arena, *account);
	return 0;
}

int ks_roster_complete(struct ks_arena *arena, struct ks_decoy *decoy, int64_t now_ms, struct ks_err *err)
{
	struct ks_keyid id;

	if (ks_keyid_parse(decoy->key_id, &id, err) != 0)
		return -1;
	if (strcmp(id.kind->name, "long-term") != 0)
		return ks_err_set(err, KS_ERR_PARSE, "'" KS_STR_FMT "' is of the kind '%s', and a decoy is a "
			"long-term key (AKIA…)", KS_STR_ARG(decoy->key_id), id.kind->name);
	if (decoy->region.n > 0 && !ks_smtp_is_region(decoy->region))
		return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is no region", KS_STR_ARG(decoy->region));
	if (check_account(arena, &id, &decoy->account, err) != 0)
		return -1;
	decoy->key_id = kept(arena, decoy->key_id);
	decoy->label = kept(arena, decoy->label);
	decoy->name = kept(arena, decoy->name.n > 0 ? decoy->name : decoy->label.n > 0 ? decoy->label :
		decoy->placement.n > 0 ? decoy->placement : decoy->key_id);
	decoy->placement = decoy->placement.n > 0 ? kept(arena, decoy->placement) :
		decoy->label.n > 0 ? decoy->label : KS_STR("unknown");
	decoy->user_name = kept(arena, decoy->user_name);
	decoy->user_id = kept(arena, decoy->user_id);
	decoy->user_arn = kept(arena, decoy->user_arn);
	decoy->region = kept(arena, decoy->region);
	decoy->bait = kept(arena, decoy->bait);
	decoy->form = KS_PLACEMENT_ELSEWHERE;
	if (decoy->state != KS_DECOY_RETIRED)
		decoy->state = KS_DECOY_IMPORTED;
	if (decoy->created_ms == 0)
		decoy->created_ms = now_ms;
	decoy->changed_ms = now_ms;
	return 0;
}

static void add_problem(struct ks_roster *roster, int line, const struct ks_err *err)
{
	struct ks_err *problem = ks_vec_push(&roster->problems);

	*problem = *err;
	problem->line = line;
	if (problem->column == 0)
		problem->column = 1;
}

/* One entry by its fields, empty where it has none. */
static void add_row(struct ks_roster *roster, const struct ks_str values[FIELD_COUNT], int line,
	int64_t now_ms)
{
	struct ks_decoy decoy = {
		.key_id = ks_str_trim(values[FIELD_KEY_ID]), .name = ks_str_trim(values[FIELD_NAME]),
		.placement = ks_str_trim(values[FIELD_PLACEMENT]), .label = ks_str_trim(values[FIELD_LABEL]),
		.account = ks_str_trim(values[FIELD_ACCOUNT]), .user_name = ks_str_trim(values[FIELD_USER]),
		.user_id = ks_str_trim(values[FIELD_USER_ID]), .user_arn = ks_str_trim(values[FIELD_USER_ARN]),
		.region = ks_str_trim(values[FIELD_REGION]), .bait = ks_str_trim(values[FIELD_BAIT]),
		.kind = ks_str_is(values[FIELD_KIND], "offline") ? KS_DECOY_OFFLINE : KS_DECOY_LIVE,
		.state = ks_str_is(values[FIELD_STATE], "retired") ? KS_DECOY_RETIRED : KS_DECOY_IMPORTED,
	};
	struct ks_err err = { 0 };
	struct ks_roster_row *row;

	for (int i = 0; i < FIELD_COUNT; i++) {
		if (values[i].n > LONGEST_VALUE) {
			ks_err_set(&err, KS_ERR_LIMIT, "a value of more than %d bytes", LONGEST_VALUE);
			add_problem(roster, line, &err);
			return;
		}
	}
	if (values[FIELD_CREATED].n > 0 && !ks_time_parse(values[FIELD_CREATED], &decoy.created_ms))
		decoy.created_ms = 0;
	roster->had_secrets = roster->had_secrets || values[FIELD_SECRET].n > 0;
	if (decoy.key_id.n == 0)
		ks_err_set(&err, KS_ERR_PARSE, "no key id");
	if (decoy.key_id.n == 0 || ks_roster_complete(&roster->arena, &decoy, now_ms, &err) != 0) {
		add_problem(roster, line, &err);
		return;
	}
	row = ks_vec_push(&roster->rows);
	*row = (struct ks_roster_row){ .line = line, .decoy = decoy };
}

static void parse_json_line(struct ks_roster *roster, struct ks_str text, int line, int64_t now_ms)
{
	struct ks_str values[FIELD_COUNT] = { { NULL, 0 } }, name, value;
	const struct ks_json *cursor = NULL;
	struct ks_json *json = NULL;
	struct ks_err err = { 0 };

	if (ks_json_parse(text, &json, &err) == 0 && !ks_json_is_object(json))
		ks_err_set(&err, KS_ERR_PARSE, "not a JSON object");
	if (err.code != KS_ERR_NONE) {
		add_problem(roster, line, &err);
		ks_json_free(json);
		return;
	}
	while (ks_json_next(json, &cursor, &name, &value)) {
		enum field field = find_field(name);

		if (field < FIELD_COUNT && values[field].p == NULL)
			values[field] = value;
	}
	add_row(roster, values, line, now_ms);
	ks_json_free(json);
}

/* Where a reader of CSV stands. */
struct csv {
	struct ks_arena *arena;      /* of cells whose quotes had to be taken off */
	struct ks_str rest;
	int line;                    /* of rest */
};

/* A cell in quotes, at its first one; leaves what follows the last one. */
static int quoted_cell(struct csv *csv, struct ks_str *out, struct ks_err *err)
{
	struct ks_str text = ks_str_sub(csv->rest, 1, csv->rest.n);
	size_t n = 0, size = 0;
	char *cell;

	while (n < text.n && !(text.p[n] == '"' && (n + 1 == text.n || text.p[n + 1] != '"')))
		n += text.p[n] == '"' ? 2 : 1;
	if (n >= text.n) {
		csv->rest = (struct ks_str){ NULL, 0 };
		return ks_err_set(err, KS_ERR_PARSE, "a quote that does not end");
	}
	cell = ks_arena_alloc(csv->arena, n + 1);
	for (size_t i = 0; i < n; i++) {
		csv->line += text.p[i] == '\n';
		cell[size++] = text.p[i];
		i += text.p[i] == '"';
	}
	*out = (struct ks_str){ cell, size };
	csv->rest = ks_str_sub(text, n + 1, text.n);
	return 0;
}

/* One cell; *out_last says that it ends its record, and rest is spent (p NULL) at the end of the text. */
static int next_cell(struct csv *csv, struct ks_str *out, bool *out_last, struct ks_err *err)
{
	bool is_quoted = csv->rest.n > 0 && csv->rest.p[0] == '"';
	struct ks_str bare;
	size_t n = 0;

	if (is_quoted && quoted_cell(csv, out, err) != 0)
		return -1;
	while (n < csv->rest.n && csv->rest.p[n] != ',' && csv->rest.p[n] != '\n')
		n++;
	bare = ks_str_trim(ks_str_sub(csv->rest, 0, n));
	*out_last = n == csv->rest.n || csv->rest.p[n] == '\n';
	csv->rest = n == csv->rest.n ? (struct ks_str){ NULL, 0 } : ks_str_sub(csv->rest, n + 1, csv->rest.n);
	csv->line += *out_last && csv->rest.p != NULL;
	if (is_quoted && bare.n > 0)
		return ks_err_set(err, KS_ERR_PARSE, "something follows a quoted cell");
	if (!is_quoted)
		*out = bare;
	return 0;
}

/* One record; cells past MOST_CELLS are passed over. After an error rest stands at the next line. */
static int next_record(struct csv *csv, struct ks_str cells[MOST_CELLS], size_t *out_n, struct ks_err *err)
{
	bool is_last = false;
	int rc = 0;

	*out_n = 0;
	while (!is_last && csv->rest.p != NULL) {
		struct ks_str cell = KS_STR("");
		struct ks_err first;

		if (next_cell(csv, &cell, &is_last, rc == 0 ? err : &first) != 0)
			rc = -1;
		else if (*out_n < MOST_CELLS)
			cells[(*out_n)++] = cell;
	}
	return rc;
}

static bool is_key_id(struct ks_str cell)
{
	struct ks_err ignored;
	struct ks_keyid id;

	return ks_keyid_parse(cell, &id, &ignored) == 0;
}

/* What the columns are, by the first record; *out_is_header says whether it is one. */
static int find_columns(const struct ks_str *cells, size_t n, enum field columns[MOST_CELLS],
	bool *out_is_header, struct ks_err *err)
{
	bool has_key_id = false;

	*out_is_header = !(n > 0 && is_key_id(cells[0]));
	for (size_t i = 0; i < MOST_CELLS; i++) {
		columns[i] = FIELD_NONE;
		if (!*out_is_header && i < COUNT(plain_columns))
			columns[i] = plain_columns[i];
		else if (*out_is_header && i < n)
			columns[i] = find_field(cells[i]);
		has_key_id = has_key_id || columns[i] == FIELD_KEY_ID;
	}
	if (!has_key_id)
		return ks_err_set_at(err, KS_ERR_PARSE, 1, 1, "neither JSON lines nor CSV with a column for the key "
			"id, such as 'key_id' or 'Access key ID'");
	return 0;
}

static void add_record(struct ks_roster *roster, const enum field *columns, const struct ks_str *cells,
	size_t n, int line, int64_t now_ms)
{
	struct ks_str values[FIELD_COUNT] = { { NULL, 0 } };

	for (size_t i = 0; i < n; i++)
		if (columns[i] < FIELD_COUNT && values[columns[i]].p == NULL)
			values[columns[i]] = cells[i];
	add_row(roster, values, line, now_ms);
}

static int parse_csv(struct ks_roster *roster, struct ks_str text, int64_t now_ms, struct ks_err *err)
{
	struct csv csv = { .arena = &roster->arena, .rest = text, .line = 1 };
	enum field columns[MOST_CELLS];
	struct ks_str cells[MOST_CELLS];
	bool has_columns = false, is_header = false;

	while (csv.rest.p != NULL) {
		struct ks_err problem = { 0 };
		int line = csv.line;
		size_t n;

		if (next_record(&csv, cells, &n, &problem) != 0) {
			add_problem(roster, line, &problem);
			continue;
		}
		if (n == 0 || (n == 1 && cells[0].n == 0))
			continue;
		if (!has_columns && find_columns(cells, n, columns, &is_header, err) != 0)
			return -1;
		if (has_columns || !is_header)
			add_record(roster, columns, cells, n, line, now_ms);
		has_columns = true;
	}
	return 0;
}

int ks_roster_parse(struct ks_roster *roster, struct ks_str text, int64_t now_ms, struct ks_err *err)
{
	struct ks_str line;

	if (ks_str_has_prefix(text, KS_STR("\xef\xbb\xbf")))
		text = ks_str_sub(text, 3, text.n);
	if (ks_str_trim(text).n == 0)
		return 0;
	if (ks_str_trim(text).p[0] == '[')
		return ks_err_set_at(err, KS_ERR_PARSE, 1, 1, "a JSON array; one object a line is read, as 'decoy "
			"export' writes them");
	if (ks_str_trim(text).p[0] != '{')
		return parse_csv(roster, text, now_ms, err);
	for (int number = 1; ks_str_next(&text, '\n', &line); number++)
		if (ks_str_trim(line).n > 0)
			parse_json_line(roster, line, number, now_ms);
	return 0;
}
