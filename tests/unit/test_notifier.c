/* lib/notify/notifier, and the rows that need no network */
#include "lib/notify/notifier.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

struct add_row {
	const char *name;
	const char *spec;
	const char *want_name;       /* NULL: refused */
	const char *want_target;
};

static const struct add_row add_rows[] = {
	{ "a kind", "stdout", "stdout", "" },
	{ "a name", "logs=stdout", "logs", "" },
	{ "a target", "exec:/bin/true", "exec", "/bin/true" },
	{ "a name and a target", "on-call_2=exec:/bin/true", "on-call_2", "/bin/true" },
	{ "a target with everything in it", "webhook:https://u:p@h:1/a?b=c:d", "webhook",
		"https://u:p@h:1/a?b=c:d" },
	{ "a webhook nearby", "w=webhook:http://localhost:80/", "w", "http://localhost:80/" },
	{ "nothing", "", NULL, NULL },
	{ "no kind", "x=", NULL, NULL },
	{ "an unknown kind", "mail:me", NULL, NULL },
	{ "no target", "exec", NULL, NULL },
	{ "an empty target", "exec:", NULL, NULL },
	{ "a target too many", "stdout:x", NULL, NULL },
	{ "a name that is no word", "a b=stdout", NULL, NULL },
	{ "a relative program", "exec:true", NULL, NULL },
	{ "no such program", "exec:/no/such", NULL, NULL },
	{ "no program", "exec:/etc/passwd", NULL, NULL },
	{ "another scheme", "webhook:file:///etc/passwd", NULL, NULL },
};

static void test_add(void **state)
{
	const struct add_row *row = *state;
	const struct ks_notifier *found;
	struct ks_notifiers notifiers;
	struct ks_err err = { 0 };
	struct ks_ctx ctx;

	ks_ctx_init(&ctx);
	ks_notifier_init(&notifiers);
	assert_int_equal(ks_notifier_add(&notifiers, &ctx, row->spec, &err), row->want_name != NULL ? 0 : -1);
	if (row->want_name == NULL) {
		assert_int_equal(err.code, KS_ERR_USAGE);
		assert_int_equal(notifiers.list.n, 0);
	} else {
		found = ks_notifier_find(&notifiers, ks_str_of(row->want_name));
		assert_non_null(found);
		assert_string_equal(found->target, row->want_target);
		assert_int_equal(ks_notifier_add(&notifiers, &ctx, row->spec, &err), -1);
	}
	ks_notifier_release(&notifiers);
	ks_notifier_release(NULL);
}

struct secret_row {
	const char *name;
	const char *first, *second;  /* references */
	const char *want_first, *want_second;    /* of two webhooks; NULL: refused */
};

static const struct secret_row secret_rows[] = {
	{ "one for both", "env:HOME", NULL, "HOME", "HOME" },
	{ "one each", "file:key", "env:HOME", "sesame", "HOME" },
	{ "none", NULL, NULL, NULL, NULL },
	{ "a variable that is not set", "env:NONE", NULL, NULL, NULL },
	{ "a file that is not there", "file:none", NULL, NULL, NULL },
	{ "an empty file", "file:empty", NULL, NULL, NULL },
	{ "the secret itself", "sesame", NULL, NULL, NULL },
};

/* "file:x" with x in the scratch directory. */
static const char *reference(struct fixture *f, const char *given, char out[256])
{
	if (strncmp(given, "file:", 5) == 0)
		snprintf(out, 256, "file:%s/%s", f->dir, given + 5);
	else
		snprintf(out, 256, "%s", given);
	return out;
}

static void test_secret(void **state)
{
	const struct secret_row *row = *state;
	struct ks_vec references = KS_VEC_OF(const char *);
	struct ks_notifiers notifiers;
	struct ks_err err = { 0 };
	char first[256], second[256];
	struct fixture f;

	fixture_init(&f);
	fixture_write(fixture_path(&f, "key"), "sesame\r\n", 0600);
	fixture_write(fixture_path(&f, "empty"), "\n", 0600);
	ks_notifier_init(&notifiers);
	assert_int_equal(ks_notifier_add(&notifiers, &f.ctx, "stdout", &err), 0);
	assert_int_equal(ks_notifier_add(&notifiers, &f.ctx, "a=webhook:https://a/", &err), 0);
	assert_int_equal(ks_notifier_add(&notifiers, &f.ctx, "b=webhook:https://b/", &err), 0);
	if (row->first != NULL)
		*(const char **)ks_vec_push(&references) = reference(&f, row->first, first);
	if (row->second != NULL)
		*(const char **)ks_vec_push(&references) = reference(&f, row->second, second);
	assert_int_equal(ks_notifier_set_secrets(&notifiers, &f.ctx, &references, NULL, &err),
		row->want_first != NULL ? 0 : -1);
	if (row->want_first != NULL) {
		struct ks_str a = ks_secret_reveal(&ks_notifier_find(&notifiers, KS_STR("a"))->secret);
		struct ks_str b = ks_secret_reveal(&ks_notifier_find(&notifiers, KS_STR("b"))->secret);

		assert_true(ks_str_is(a, strcmp(row->want_first, "HOME") == 0 ? f.dir : row->want_first));
		assert_true(ks_str_is(b, strcmp(row->want_second, "HOME") == 0 ? f.dir : row->want_second));
	}
	ks_vec_release(&references);
	ks_notifier_release(&notifiers);
	fixture_release(&f);
}

static void test_secret_for_nobody(void **state)
{
	struct ks_vec references = KS_VEC_OF(const char *);
	struct ks_notifiers notifiers;
	struct ks_err err = { 0 };
	struct ks_ctx ctx;

	(void)state;
	ks_ctx_init(&ctx);
	ks_notifier_init(&notifiers);
	assert_int_equal(ks_notifier_set_secrets(&notifiers, &ctx, &references, NULL, &err), 0);
	*(const char **)ks_vec_push(&references) = "env:HOME";
	assert_int_equal(ks_notifier_set_secrets(&notifiers, &ctx, &references, NULL, &err), -1);
	assert_int_equal(err.code, KS_ERR_USAGE);
	ks_vec_release(&references);
}

/* What a program is given, and what its end means. */
struct exec_row {
	const char *name;
	const char *script;
	const char *body;
	bool is_repeated;
	const char *want;            /* of the file "out" below the program; NULL: none */
	const char *want_error;      /* what the message holds; NULL: it arrived */
};

static const struct exec_row exec_rows[] = {
	{ "the whole of it", "cat >\"${0%/*}/out\"", "{\"v\":1}", false,
		"{\"v\":1,\"notice\":7,\"notifier\":\"exec\",\"repeated\":false}", NULL },
	{ "repeated", "cat >\"${0%/*}/out\"", "{\"v\":1}", true,
		"{\"v\":1,\"notice\":7,\"notifier\":\"exec\",\"repeated\":true}", NULL },
	{ "an empty object", "cat >\"${0%/*}/out\"", "{}", false,
		"{\"notice\":7,\"notifier\":\"exec\",\"repeated\":false}", NULL },
	{ "environment", "echo $KEYSNARE_KIND $KEYSNARE_INCIDENT $KEYSNARE_REPEATED $#$1 >\"${0%/*}/out\"", "{}",
		true, "opened 3 true 0\n", NULL },
	{ "one that does not read it", "exit 0", "{}", false, NULL, NULL },
	{ "one that fails", "exit 3", "{}", false, NULL, "ended with status 3" },
	{ "one that says why", "echo why >&2; exit 3", "{}", false, NULL, "ended with status 3: why" },
	{ "one that says a lot", "yes 'on and on' | head -c 200000 >&2; exit 3", "{}", false, NULL,
		"on and on" },
	{ "one that dies", "kill -9 $$", "{}", false, NULL, "was ended by signal 9" },
	{ "one that leaves somebody behind", "sleep 60 2>&1 & exit 0", "{}", false, NULL, NULL },
	{ "no object", "exit 0", "[]", false, NULL, "is no JSON object" },
	{ "nothing", "exit 0", "", false, NULL, "is no JSON object" },
};

static void test_exec(void **state)
{
	const struct exec_row *row = *state;
	struct ks_notice notice = { .id = 7,
		.incident_id = 3,
		.notifier = KS_STR("exec"),
		.kind = KS_STR("opened"),
		.body = ks_str_of(row->body),
		.is_repeated = row->is_repeated };
	const struct ks_notifier_office office = { NULL, "0123456789abcdef" };
	struct ks_notifier_answer answer;
	struct ks_notifiers notifiers;
	char spec[256], script[512];
	struct ks_err err = { 0 };
	struct fixture f;
	int rc;

	fixture_init(&f);
	snprintf(script, sizeof(script), "#!/bin/sh\nPATH=/usr/bin:/bin\n%s\n", row->script);
	fixture_write(fixture_path(&f, "hook"), script, 0700);
	snprintf(spec, sizeof(spec), "exec:%s/hook", f.dir);
	ks_notifier_init(&notifiers);
	assert_int_equal(ks_notifier_add(&notifiers, &f.ctx, spec, &err), 0);
	rc = ks_notifier_send(ks_notifier_find(&notifiers, KS_STR("exec")), &office, &notice, &answer, &err);
	assert_int_equal(rc, row->want_error != NULL ? -1 : 0);
	if (row->want_error != NULL)
		assert_non_null(strstr(err.message, row->want_error));
	/* A program that ran may have told people, however it ended. */
	assert_false(answer.is_unsent);
	if (row->want != NULL)
		fixture_assert_file(fixture_path(&f, "out"), row->want, 0644);
	ks_notifier_release(&notifiers);
	fixture_release(&f);
}

static const struct unsent_row {
	const char *name, *spec;
	mode_t mode;                     /* of the program, before it is to run */
	bool want;
} unsents[] = {
	{ "a program that cannot be started", "exec:%s/hook", 0600, true },
	{ "a program that fails", "exec:%s/hook", 0700, false },
	{ "no syslog there", "syslog:%s/log", 0700, true },
	{ "no syslog listens", "syslog:tcp://127.0.0.1:1", 0700, true },
};

/* Only what may have arrived is repeated. */
static void test_unsent(void **state)
{
	const struct unsent_row *row = *state;
	const struct ks_notice notice = { .id = 7, .incident_id = 3, .notifier = KS_STR("n"),
		.kind = KS_STR("opened"), .body = KS_STR("{}") };
	const struct ks_notifier_office office = { NULL, "0123456789abcdef" };
	struct ks_notifier_answer answer;
	struct ks_notifiers notifiers;
	struct ks_err err = { 0 };
	char where[200], spec[1024];
	struct fixture f;

	fixture_init(&f);
	fixture_write(fixture_path(&f, "hook"), "#!/bin/sh\nexit 1\n", 0700);
	snprintf(where, sizeof(where), "%s", strstr(row->spec, "%s") != NULL ? strstr(row->spec, "%s") + 2 : "");
	snprintf(spec, sizeof(spec), "n=%.*s%s%s", (int)strcspn(row->spec, "%"), row->spec,
		where[0] != '\0' ? f.dir : "", where);
	ks_notifier_init(&notifiers);
	assert_int_equal(ks_notifier_add(&notifiers, &f.ctx, spec, &err), 0);
	assert_int_equal(chmod(fixture_path(&f, "hook"), row->mode), 0);
	assert_int_equal(ks_notifier_send(ks_notifier_find(&notifiers, KS_STR("n")), &office, &notice, &answer,
		&err), -1);
	assert_int_equal(answer.is_unsent, row->want);
	ks_notifier_release(&notifiers);
	fixture_release(&f);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	umask(022);
	ROWS_TABLE(&rows, test_add, add_rows);
	ROWS_TABLE(&rows, test_secret, secret_rows);
	ROWS_TEST(&rows, test_secret_for_nobody);
	ROWS_TABLE(&rows, test_exec, exec_rows);
	ROWS_TABLE(&rows, test_unsent, unsents);
	return rows_run("notifier", &rows);
}
