/* lib/respond/sender */
#include "lib/respond/sender.h"

#include "tests/unit/respond.h"

struct name_row {
	const char *name, *text;
	bool is_good;
};

static const struct name_row names[] = {
	{ "name: a domain", "shop.example", true },
	{ "name: an address", "win+1@mail.shop.example", true },
	{ "name: an underscore in a label", "_dmarc.shop.example", true },
	{ "name: nothing", "", false },
	{ "name: one label", "localhost", false },
	{ "name: a path", "../account", false },
	{ "name: dots", "..", false },
	{ "name: a slash", "a.example/x", false },
	{ "name: a slash before the @", "a/b@a.example", false },
	{ "name: a query", "a.example?x=y", false },
	{ "name: a blank", "a b.example", false },
	{ "name: two @", "a@b@c.example", false },
	{ "name: no local part", "@c.example", false },
	{ "name: no domain", "a@", false },
	{ "name: a line feed", "a@b.example\n", false },
	{ "name: a dot at the end", "b.example.", false },
	{ "name: a dash at the edge", "-b.example", false },
	{ "name: not ASCII", "b\xc3\xbc.example", false },
	{ "name: a place that is filled in", "{{now}}@b.example", false },
	{ "name: another one", "{{before}}@b.example", false },
	{ "name: a label of 64",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", false },
};

static void test_name(void **state)
{
	const struct name_row *row = *state;

	assert_int_equal(ks_sender_is_name(ks_str_of(row->text)), row->is_good);
}

struct find_row {
	const char *name;
	struct respond_event event;
	size_t found, left;
};

static const struct find_row finds[] = {
	{ "find: made", { .name = "CreateEmailIdentity", .sender = "a.example" }, 1, 0 },
	{ "find: asked for", { .name = "VerifyEmailIdentity", .sender = "a@a.example" }, 1, 0 },
	{ "find: refused", { .name = "CreateEmailIdentity", .sender = "a.example",
		.error = "AccessDenied" }, 0, 0 },
	{ "find: no sender", { .name = "GetSendQuota" }, 0, 0 },
	{ "find: a bad name", { .name = "CreateEmailIdentity", .sender = "a" }, 0, 1 },
	{ "find: a Region of another partition", { .name = "CreateEmailIdentity", .sender = "a.example",
		.region = "us-gov-west-1" }, 0, 1 },
	{ "find: a Region without SES", { .name = "CreateEmailIdentity", .sender = "a.example",
		.region = "ap-east-1" }, 0, 1 },
	{ "find: made in another account by a role there", { .name = "CreateEmailIdentity",
		.sender = "a.example", .account = "210987654321", .recipient = "210987654321" }, 0, 1 },
	{ "find: made in another account by the user", { .name = "CreateEmailIdentity", .sender = "a.example",
		.recipient = "210987654321" }, 0, 1 },
	{ "find: made at home by a role of another account", { .name = "CreateEmailIdentity",
		.sender = "a.example", .account = "210987654321", .recipient = RESPOND_ACCOUNT }, 1, 0 },
};

static void test_find(void **state)
{
	const struct find_row *row = *state;
	struct respond_incident incident = { .events = { row->event, row->event }, .n = 2 };
	struct ks_vec list = KS_VEC_OF(struct ks_sender);
	struct respond_facts facts;

	respond_facts_init(&facts, &incident);
	assert_int_equal(ks_sender_find(&facts.facts, &list), 2 * row->left);
	assert_int_equal(list.n, row->found);
	if (row->found > 0)
		assert_int_equal(KS_VEC_AT(&list, struct ks_sender, 0)->is_made,
			strcmp(row->event.name, "CreateEmailIdentity") == 0);
	ks_vec_release(&list);
	respond_facts_release(&facts);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_name, names);
	ROWS_TABLE(&rows, test_find, finds);
	return rows_run("sender", &rows);
}
