/* Account lists, line by line. */
#include "lib/decoy/canary.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/decoy/keyid.h"

void ks_canary_init(struct ks_canary *canary)
{
	ks_arena_init(&canary->arena);
	ks_map_init(&canary->accounts);
}

void ks_canary_release(struct ks_canary *canary)
{
	if (canary == NULL)
		return;
	ks_map_release(&canary->accounts);
	ks_arena_release(&canary->arena);
}

static int parse_line(struct ks_canary *canary, struct ks_str line, int number, struct ks_err *err)
{
	struct ks_str account = ks_str_sub(line, 0, KS_KEYID_ACCOUNT);
	struct ks_str list = ks_str_trim(ks_str_sub(line, account.n, line.n));
	uint64_t value;

	if (!ks_keyid_parse_account(account, &value))
		return ks_err_set_at(err, KS_ERR_PARSE, number, 1, "a line begins with an account id of 12 digits");
	if (list.n == 0 || (line.p[account.n] != ' ' && line.p[account.n] != '\t'))
		return ks_err_set_at(err, KS_ERR_PARSE, number, KS_KEYID_ACCOUNT + 1,
			"a blank and the name of the list follow the account id");
	ks_map_put(&canary->accounts, account, ks_arena_strdup(&canary->arena, list));
	return 0;
}

int ks_canary_parse(struct ks_canary *canary, struct ks_str text, struct ks_err *err)
{
	struct ks_str line;

	for (int number = 1; ks_str_next(&text, '\n', &line); number++) {
		struct ks_str content = ks_str_trim(line);

		if (content.n == 0 || content.p[0] == '#')
			continue;
		if (parse_line(canary, content, number, err) != 0)
			return -1;
	}
	return 0;
}

int ks_canary_load(struct ks_canary *canary, const char *path, struct ks_err *err)
{
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, KS_LIMIT_LIST_FILE);
	rc = ks_file_load(path, &text, err);
	if (rc == 0 && ks_canary_parse(canary, ks_buf_str(&text), err) != 0)
		rc = ks_err_set_file(err, path);
	ks_buf_release(&text);
	return rc;
}

const char *ks_canary_find(const struct ks_canary *canary, const char *account)
{
	return ks_map_find(&canary->accounts, ks_str_of(account));
}
