/* lib/engine/judge: what is said of an event is the same whatever was judged before it, fast or plain,
 * limits of regular expressions included. */
#include "lib/engine/judge.h"

#include "tests/unit/engine.h"

#define RULES 41u
#define TIMES 100u

/* The last rule asks for agents alone. The others ask for an expression that takes long, and then for a
 * bucket of theirs, in a form that is thought to take longer still. */
#define HEAD "title: t\nid: %08x-1111-4111-8111-111111111111\nlogsource: {product: aws}\ndetection:\n"
static const char dear[] = HEAD
	"  s:\n    eventName: Get\n    userAgent|re: '(a|b|ab)*[xy][0-9]$'\n    requestParameters.bucketName:\n"
	"      ['of%u-*-x?-0', 'of%u-*-x?-1', 'of%u-*-x?-2', 'of%u-*-x?-3', 'of%u-*-x?-4', 'of%u-*-x?-5',\n"
	"       'of%u-*-x?-6']\n"
	"  condition: s\n";
static const char cheap[] = HEAD
	"  s: {eventName: Get, userAgent|re: '(Curl|[wW]get)[ab]+'}\n  condition: s\n";

/* Few rules, for which there is no pick, and a filter of the last one. The record has nothing of what they
 * ask of its other members but the agent. */
#define FEW 7u
static const char few[] = HEAD
	"  s:\n    eventName: Get\n    userAgent|re: '(a|b|ab)*[xy][0-9]$'\n    errorCode: ['%u-*-x?-0', "
	"'%u-*-x?-1',\n      '%u-*-x?-2', '%u-*-x?-3', '%u-*-x?-4', '%u-*-x?-5', '%u-*-x?-6']\n  condition: s\n";
static const char last[] = HEAD "  s: {eventName: Get}\n  condition: s\n";
static const char filter[] = "title: f\nlogsource: {product: aws}\nfilter:\n"
	"  rules: ['%08x-1111-4111-8111-111111111111']\n  s: {userAgent|re: '(Curl|[wW]get)[ab]+'}\n"
	"  condition: not s\n";

struct loaded {
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_wants wants;
};

static void add(struct loaded *loaded, const char *text)
{
	assert_int_equal(ks_ruleset_add(&loaded->ruleset, "r.yml", ks_str_of(text)), 0);
}

static void load_few(struct loaded *loaded)
{
	char text[1000];

	ks_ruleset_init(&loaded->ruleset);
	for (unsigned i = 0; i < FEW - 1; i++) {
		snprintf(text, sizeof(text), few, i, i, i, i, i, i, i, i);
		add(loaded, text);
	}
	snprintf(text, sizeof(text), last, FEW - 1);
	add(loaded, text);
	snprintf(text, sizeof(text), filter, FEW - 1);
	add(loaded, text);
	assert_int_equal(ks_ruleset_resolve(&loaded->ruleset), 0);
	ks_program_build(&loaded->program, &loaded->ruleset);
	ks_wants_init(&loaded->wants, &loaded->program);
}

static void load(struct loaded *loaded)
{
	ks_ruleset_init(&loaded->ruleset);
	for (unsigned i = 0; i < RULES; i++) {
		char text[1000];

		if (i == RULES - 1)
			snprintf(text, sizeof(text), cheap, i);
		else
			snprintf(text, sizeof(text), dear, i, i, i, i, i, i, i, i);
		add(loaded, text);
	}
	ks_program_build(&loaded->program, &loaded->ruleset);
	ks_wants_init(&loaded->wants, &loaded->program);
}

static void unload(struct loaded *loaded)
{
	ks_wants_release(&loaded->wants);
	ks_ruleset_release(&loaded->ruleset);
}

/* What is said of rule number, and of how many others it is not no. */
static enum ks_verdict find(const struct ks_vec *verdicts, uint32_t number, size_t *others)
{
	enum ks_verdict found = KS_VERDICT_NO;

	*others = 0;
	for (size_t i = 0; i < verdicts->n; i++) {
		const struct ks_judge_verdict *said = KS_VEC_AT(verdicts, struct ks_judge_verdict, i);

		if (i > 0)
			assert_true(said[-1].rule < said->rule);
		if (said->rule == number)
			found = said->verdict;
		else
			*others += said->verdict != KS_VERDICT_NO;
	}
	return found;
}

static void check(struct ks_judge *judge, const char *agent, const char *bucket, uint32_t rule,
	enum ks_verdict want, size_t others_want)
{
	const struct ks_program *program = judge->routes.wants->program;
	static char record[20000];
	struct engine_event e;
	struct ks_view view;
	size_t others;

	snprintf(record, sizeof(record), "{\"eventName\":\"Get\",\"userAgent\":\"%s\",\"requestParameters\":"
		"{\"bucketName\":\"%s\"}}", agent, bucket);
	engine_event_init(&e, record);
	view = ks_event_view(&e.event, program->paths, program->path_count);
	assert_int_equal(find(ks_judge_event(judge, &view, 0), rule, &others), want);
	assert_int_equal(others, others_want);
	engine_event_release(&e);
}

static void says_the_same(bool is_plain)
{
	static char agent[8001] = "Wget";
	struct ks_judge judge;
	struct loaded l;

	for (size_t i = strlen(agent); i + 1 < sizeof(agent); i++)
		agent[i] = "ab"[i % 2];
	load(&l);
	ks_judge_init(&judge, &l.wants, is_plain);
	for (unsigned i = 0; i < TIMES; i++) {
		/* Those that are not met would spend all that may be spent: the last one is told all the same. */
		if (i == 0 || i == TIMES - 1) {
			check(&judge, agent, "of100-a-xb-0", RULES - 1, KS_VERDICT_YES, 0);
			/* Of the one that may be met it is not known, whatever comes behind. */
			check(&judge, agent, "of17-a-xb-0", 17, KS_VERDICT_UNDECIDED, 1);
		}
		check(&judge, "zz", "of17-a-xb-0", 17, KS_VERDICT_NO, 0);
		check(&judge, "Wgetabx7", "of17-a-xb-0", 17, KS_VERDICT_YES, 1);
	}
	ks_judge_release(&judge);
	unload(&l);
}

/* The filter holds the event back, whatever rules spend that could not be met: with what is known of the
 * record beforehand or without, routes or none. */
static void test_filter(void **state)
{
	static const unsigned known[] = { 0, KS_WANTS_NOBODYS, KS_WANTS_NOBODYS | KS_WANTS_NO_OTHER };
	static char agent[8001] = "Wget", record[10000];
	struct engine_event e;
	struct ks_view view;
	struct loaded l;
	size_t others;

	(void)state;
	for (size_t i = strlen(agent); i + 1 < sizeof(agent); i++)
		agent[i] = "ab"[i % 2];
	snprintf(record, sizeof(record), "{\"eventName\":\"Get\",\"userAgent\":\"%s\",\"errorCode\":\"No\"}",
		agent);
	load_few(&l);
	for (size_t i = 0; i < 3; i++)
		for (int is_plain = 0; is_plain < 2; is_plain++) {
			struct ks_judge judge;

			ks_judge_init(&judge, &l.wants, is_plain == 1);
			engine_event_init(&e, record);
			view = ks_event_view(&e.event, l.program.paths, l.program.path_count);
			assert_int_equal(find(ks_judge_event(&judge, &view, known[i]), FEW - 1, &others),
				KS_VERDICT_NO);
			assert_int_equal(others, 0);
			engine_event_release(&e);
			ks_judge_release(&judge);
		}
	unload(&l);
}

static void test_fast(void **state)
{
	(void)state;
	says_the_same(false);
}

static void test_plain(void **state)
{
	(void)state;
	says_the_same(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fast),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_filter),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
