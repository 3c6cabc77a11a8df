/* Templates: what they may say, where an error is, and what comes out. */
#include "lib/decoy/bait.h"

#include "tests/unit/fixture.h"

#define HEAD "about: a\npath: .env\nmode: 0600\n---\n"

static const struct bad {
	const char *name, *text;
	int line, column;
	const char *says;
} bads[] = {
	{ "nothing", "", 1, 1, "does not end" },
	{ "no body", "about: a\npath: b\nmode: 0600\n", 4, 1, "does not end" },
	{ "nothing behind the header", "about: a\npath: b\nmode: 0600\n---", 5, 1, "neither" },
	{ "no about", "path: b\nmode: 0600\n---\n{{access_key_id}}", 3, 1, "lacks 'about'" },
	{ "no path", "about: b\nmode: 0600\n---\n{{access_key_id}}", 3, 1, "lacks 'path'" },
	{ "no mode", "path: b\nabout: b\n---\n{{access_key_id}}", 3, 1, "lacks 'mode'" },
	{ "unknown key", "about: a\nmod: 0600\n---\n", 2, 1, "unknown key 'mod'" },
	{ "twice", "about: a\nabout: b\n---\n", 2, 1, "given twice" },
	{ "no colon", "about: a\nwhat\n---\n", 2, 1, "key: value" },
	{ "no value", "about: a\npath:  \n---\n", 2, 8, "no value" },
	{ "decimal mode", "mode: 0688\n", 1, 7, "octal" },
	{ "long mode", "mode: 00600\n", 1, 7, "octal" },
	{ "setuid", "mode: 4600\n", 1, 7, "0777" },
	{ "unreadable", "mode:  0000\n", 1, 8, "owner" },
	{ "merge", "merge: json\n", 1, 8, "ini-section" },
	{ "no key id", HEAD "x={{region}}\n", 5, 1, "neither" },
	{ "unknown placeholder", HEAD "k={{access_key_id}}\n\nab {{nonsense}}\n", 7, 4, "'{{nonsense}}'" },
	{ "blanks in a placeholder", HEAD "{{ access_key_id }}\n", 5, 1, "unknown placeholder" },
	{ "empty placeholder", HEAD "{{}}", 5, 1, "'{{}}'" },
	{ "endless placeholder", HEAD "{{access_key_id}} {{region\n}}", 5, 19, "does not end" },
	{ "endless at the end", HEAD "{{access_key_id}}{{", 5, 18, "does not end" },
	{ "number too big", HEAD "{{random:257}}", 5, 1, "1 to 256" },
	{ "number of zero", HEAD "{{random:0}}", 5, 1, "1 to 256" },
	{ "number elsewhere", HEAD "{{region:3}}", 5, 1, "only {{random:N}}" },
	{ "base64 of nothing", HEAD "{{base64:}}", 5, 1, "unknown placeholder" },
	{ "base64 of random", HEAD "{{base64:random}}", 5, 1, "no base64" },
	{ "base64 of random with a number", HEAD "{{base64:random:8}}", 5, 1, "only {{random:N}}" },
	{ "base64 twice", HEAD "{{base64:base64:region}}", 5, 1, "unknown placeholder" },
	{ "a pick without words", "pick: app\n", 1, 7, "word = one | another" },
	{ "a pick without a name", "pick: = a | b\n", 1, 7, "word = one" },
	{ "a pick called as a placeholder", "pick: region = a | b\n", 1, 7, "of its own" },
	{ "a pick in capitals", "pick: App = a\n", 1, 7, "small letters" },
	{ "a pick twice", "pick: app = a\npick: app = b\n", 2, 7, "of its own" },
	{ "an empty word to pick", "pick: app = a || b\n", 1, 7, "empty word" },
	{ "a pick with a number", "about: a\npath: b\nmode: 0600\npick: app = a\n---\n{{app:3}}", 6, 1,
		"only {{random:N}}" },
	{ "a pick that is not there", HEAD "{{app}}", 5, 1, "'{{app}}'" },
	{ "section not first", "about: a\npath: b\nmode: 0600\nmerge: "
		"ini-section\n---\n#\n[{{user_name}}]\n{{access_key_id}}", 6, 1, "begins with the header" },
};

static void refuses(void **state)
{
	const struct bad *row = *state;
	struct ks_bait bait = { .mode = 0 };
	struct ks_err err = { 0 };

	assert_int_equal(ks_bait_parse(KS_STR("t"), ks_str_of(row->text), &bait, &err), -1);
	assert_int_equal(err.code, KS_ERR_PARSE);
	assert_int_equal(err.line, row->line);
	assert_int_equal(err.column, row->column);
	if (strstr(err.message, row->says) == NULL)
		fail_msg("'%s' lacks '%s'", err.message, row->says);
	ks_bait_release(&bait);
}

static const struct ks_bait_values values = {
	.access_key_id = { "KEY", 3 }, .secret_access_key = { "SECRET", 6 }, .region = { "eu-west-1", 9 },
	.smtp_password = { "PASS", 4 }, .account_id = { "123456789012", 12 }, .user_name = { "bob", 3 },
	.date = { "2025-11-21", 10 },
};

static void renders(void **state)
{
	struct fixture *f = *state;
	struct ks_bait bait = { .mode = 0 };
	struct ks_err err = { 0 };
	struct ks_buf out;

	ks_buf_init(&out, 4096);
	assert_int_equal(ks_bait_parse(KS_STR("t"), KS_STR("# note\r\nabout: x: y\r\n\r\npath: a b\npath: "
		"c\nuser: u\nmode: 640\n"
		"---\n---\n{{access_key_id}}{{secret_access_key}} ${{{region}}}\n\\{{x}} "
		"{{smtp_username}}:{{smtp_password}}"
		"\r\n{{account_id}} {{user_name}} {{date}} \0 }}"), &bait, &err), 0);
	assert_true(ks_str_is(bait.about, "x: y"));
	assert_int_equal(bait.paths.n, 2);
	assert_true(ks_str_is(*KS_VEC_AT(&bait.paths, struct ks_str, 0), "a b"));
	assert_int_equal(bait.users.n, 1);
	assert_int_equal(bait.mode, 0640);
	assert_int_equal(bait.merge, KS_BAIT_OWN);
	/* The third brace after the dollar is no part of a placeholder's name. */
	assert_int_equal(ks_bait_render(&bait, &f->ctx, &values, &out, &err), 0);
	assert_true(ks_str_is_equal(ks_buf_str(&out), KS_STR("---\nKEYSECRET ${eu-west-1}\n{{x}} KEY:PASS\r\n"
		"123456789012 bob 2025-11-21 \0 }}")));
	ks_buf_release(&out);
	ks_bait_release(&bait);
}

static void randoms_differ(void **state)
{
	struct fixture *f = *state;
	struct ks_bait bait = { .mode = 0 };
	struct ks_err err = { 0 };
	struct ks_buf out;

	ks_buf_init(&out, 4096);
	assert_int_equal(ks_bait_parse(KS_STR("t"),
		KS_STR(HEAD "{{random}}{{random:16}}{{random:256}}{{smtp_username}}"), &bait, &err), 0);
	assert_int_equal(ks_bait_render(&bait, &f->ctx, &values, &out, &err), 0);
	assert_int_equal(out.n, 16 + 16 + 256 + 3);
	assert_memory_not_equal(out.p, out.p + 16, 16);
	for (size_t i = 0; i < out.n; i++)
		assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
			out.p[i]));
	ks_buf_release(&out);
	ks_buf_init(&out, 100);
	assert_int_equal(ks_bait_render(&bait, &f->ctx, &values, &out, &err), -1);
	assert_int_equal(err.code, KS_ERR_LIMIT);
	ks_buf_release(&out);
	ks_bait_release(&bait);
}

static void picks_one_everywhere(void **state)
{
	struct fixture *f = *state;
	struct ks_bait bait = { .mode = 0 };
	struct ks_err err = { 0 };
	struct ks_buf out;
	int seen = 0;

	ks_buf_init(&out, 4096);
	assert_int_equal(ks_bait_parse(KS_STR("t"), KS_STR("about: a\npath: b\nmode: 0600\nmerge: history\n"
		"pick: app = one|  two three | four=4\npick: b = x\n---\n{{app}},{{app}},{{base64:app}},"
		"{{b}}{{base64:access_key_id}}"), &bait, &err), 0);
	assert_int_equal(bait.merge, KS_BAIT_HISTORY);
	for (int i = 0; i < 64; i++) {
		ks_buf_clear(&out);
		assert_int_equal(ks_bait_render(&bait, &f->ctx, &values, &out, &err), 0);
		if (strcmp(out.p, "one,one,b25l,xS0VZ") == 0)
			seen |= 1;
		else if (strcmp(out.p, "two three,two three,dHdvIHRocmVl,xS0VZ") == 0)
			seen |= 2;
		else if (strcmp(out.p, "four=4,four=4,Zm91cj00,xS0VZ") == 0)
			seen |= 4;
		else
			fail_msg("'%s'", out.p);
	}
	assert_int_equal(seen, 7);
	ks_buf_release(&out);
	ks_bait_release(&bait);
}

/* Words that would give a bait away: of our own, and of others who do the like. */
static void shipped_ones_look_native(void **state)
{
	static const char *const tells[] = { "keysnare", "decoy", "canary", "honey", "snare", "trap",
		"bait", "fake", "thinkst" };
	struct fixture *f = *state;
	size_t n;
	const char *const *names = ks_bait_names(&n);

	f->ctx.templates_dir = "lib/decoy/templates";
	assert_int_equal(n, 12);
	for (size_t i = 0; i < n; i++) {
		struct ks_bait bait = { .mode = 0 };
		struct ks_err err = { 0 };
		struct ks_buf out;

		ks_buf_init(&out, 1u << 16);
		assert_int_equal(ks_bait_get(&f->ctx, names[i], &bait, &err), 0);
		assert_true(bait.users.n >= 5);
		assert_true((bait.mode & 03) == 0);
		assert_int_equal(ks_bait_render(&bait, &f->ctx, &values, &out, &err), 0);
		for (size_t t = 0; t < sizeof(tells) / sizeof(tells[0]); t++) {
			assert_null(strcasestr(out.p, tells[t]));
			for (size_t u = 0; u < bait.users.n; u++) {
				char user[65];

				snprintf(user, sizeof(user), KS_STR_FMT,
					KS_STR_ARG(*KS_VEC_AT(&bait.users, struct ks_str, u)));
				assert_null(strcasestr(user, tells[t]));
			}
		}
		assert_int_equal(out.p[out.n - 1], '\n');
		ks_buf_release(&out);
		ks_bait_release(&bait);
	}
}

static void names_are_known(void **state)
{
	struct fixture *f = *state;
	struct ks_bait bait = { .mode = 0 };
	struct ks_err err = { 0 };

	f->ctx.templates_dir = "lib/decoy/templates";
	assert_int_equal(ks_bait_get(&f->ctx, "dotenw", &bait, &err), -1);
	assert_non_null(strstr(err.message, "did you mean 'dotenv'"));
	assert_int_equal(ks_bait_get(&f->ctx, "../templates/dotenv", &bait, &err), -1);
	assert_int_equal(err.code, KS_ERR_USAGE);
	fixture_write(fixture_path(f, "x.bait"), "about: a\nnope: 1\n", 0600);
	assert_int_equal(ks_bait_load(KS_STR("x"), f->path, &bait, &err), -1);
	assert_string_equal(err.file, f->path);
	assert_int_equal(err.line, 2);
}

static int setup(void **state)
{
	static struct fixture f;

	fixture_init(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_release(*state);
	return 0;
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest others[] = { ROW(renders), ROW(randoms_differ), ROW(picks_one_everywhere),
		ROW(shipped_ones_look_native),
		ROW(names_are_known) };
	struct CMUnitTest tests[sizeof(bads) / sizeof(bads[0])];
	int failed;

	for (size_t n = 0; n < sizeof(bads) / sizeof(bads[0]); n++)
		tests[n] = (struct CMUnitTest){ bads[n].name, refuses, NULL, NULL, (void *)(uintptr_t)&bads[n] };
	failed = _cmocka_run_group_tests("bad templates", tests, sizeof(bads) / sizeof(bads[0]), NULL, NULL);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
