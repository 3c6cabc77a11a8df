/* The people of the account, and what they are at. */
#include "lib/drill/noise.h"

#include "lib/base/time.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SHIFT_MS (3 * 3600 * KS_TIME_SECOND)     /* sessions are renewed so often */

static const struct person {
	const char *name;
	enum ks_scenario_kind kind;
	const char *user, *path, *session, *invoked_by;
	const char *ip, *agent;              /* NULL, both: the service's own name */
	bool is_instance;
} people[] = {
	{ "anna", KS_SCENARIO_ROLE, "AWSReservedSSO_Operations_5f1b0c9d2e7a4386",
		"/aws-reserved/sso.amazonaws.com/eu-west-1/", "anna.weber", NULL, "192.0.2.34", "chrome", false },
	{ "joao", KS_SCENARIO_ROLE, "AWSReservedSSO_Developer_91c3d5e7f0a24b68",
		"/aws-reserved/sso.amazonaws.com/eu-west-1/", "joao.lima", NULL, "192.0.2.35", "cli-linux", false },
	{ "ci-deploy", KS_SCENARIO_USER, "ci-deploy", "", "", NULL, "192.0.2.61", "terraform", false },
	{ "shop", KS_SCENARIO_ROLE, "shop-web", "/", "i-0c8d1f52b7a94e360", NULL, "198.51.100.18", "java-sdk",
		true },
	{ "backup", KS_SCENARIO_ROLE, "nightly-backup", "/", "backup-runner", NULL, "198.51.100.22", "go-sdk",
		false },
	{ "config", KS_SCENARIO_ROLE, "AWSServiceRoleForConfig", "/aws-service-role/config.amazonaws.com/",
		"AWSConfig-Describe", "config.amazonaws.com", NULL, NULL, false },
	{ "cloudtrail", KS_SCENARIO_SERVICE, "cloudtrail.amazonaws.com", "", "", NULL, NULL, NULL, false },
	{ "ec2-service", KS_SCENARIO_SERVICE, "ec2.amazonaws.com", "", "", NULL, NULL, NULL, false },
};

#define KS_HABIT(who, call, weight, most, far) { who, call, weight, most, far },
static const struct habit {
	const char *who, *call;
	unsigned weight, most, far;
} habits[] = {
#include "lib/drill/habits.def"
};

/* What is made for one script. */
struct crowd {
	struct ks_script *script;
	struct ks_dice dice;
	struct ks_record_caller callers[COUNT(people)];
	struct ks_str elsewhere;             /* the account's second Region */
	unsigned weights;
};

static size_t find_person(const char *name)
{
	size_t i = 0;

	while (strcmp(people[i].name, name) != 0)
		i++;
	return i;
}

static void gather(struct crowd *crowd)
{
	for (size_t i = 0; i < COUNT(people); i++) {
		struct ks_record_caller *caller = &crowd->callers[i];
		char key[KS_KEYID_SIZE + 1];

		*caller = (struct ks_record_caller){ .kind = people[i].kind, .name = ks_str_of(people[i].user),
			.path = ks_str_of(people[i].path), .session = ks_str_of(people[i].session),
			.is_instance = people[i].is_instance };
		if (people[i].invoked_by != NULL)
			caller->invoked_by = ks_str_of(people[i].invoked_by);
		caller->unique_id = ks_dice_unique_id(&crowd->dice,
			people[i].kind == KS_SCENARIO_ROLE ? "AROA" : "AIDA", &crowd->script->arena);
		ks_dice_key_id(&crowd->dice, people[i].kind == KS_SCENARIO_ROLE ? "ASIA" : "AKIA",
			crowd->script->account, key);
		caller->key_id = ks_arena_copy(&crowd->script->arena, ks_str_of(key));
		caller->created_ms = crowd->script->begin_ms - SHIFT_MS;
	}
	for (size_t i = 0; i < COUNT(habits); i++)
		crowd->weights += habits[i].weight;
}

/* A role's session does not last for ever. */
static void renew(struct crowd *crowd, struct ks_record_caller *caller, int64_t now_ms)
{
	char key[KS_KEYID_SIZE + 1];

	if (caller->kind != KS_SCENARIO_ROLE || now_ms - caller->created_ms < SHIFT_MS)
		return;
	ks_dice_key_id(&crowd->dice, "ASIA", crowd->script->account, key);
	caller->key_id = ks_arena_copy(&crowd->script->arena, ks_str_of(key));
	caller->created_ms = now_ms - (int64_t)ks_dice_below(&crowd->dice, 60) * KS_TIME_SECOND;
}

static const struct habit *choose(struct crowd *crowd)
{
	uint64_t at = ks_dice_below(&crowd->dice, crowd->weights);
	size_t i = 0;

	while (at >= habits[i].weight)
		at -= habits[i++].weight;
	return &habits[i];
}

/* One habit, once or a few times in a row. Returns how many records it came to. */
static unsigned act(struct crowd *crowd, int64_t now_ms)
{
	const struct habit *habit = choose(crowd);
	size_t who = find_person(habit->who);
	const struct person *person = &people[who];
	struct ks_record_caller *caller = &crowd->callers[who];
	unsigned n = 1 + (unsigned)ks_dice_below(&crowd->dice, habit->most);
	struct ks_record record = { .caller = caller, .call = ks_callbook_find(ks_str_of(habit->call)),
		.ip = ks_str_of(person->ip), .region = crowd->script->order.scenario->home };

	renew(crowd, caller, now_ms);
	if (person->ip == NULL)
		record.ip = person->invoked_by != NULL ? caller->invoked_by : caller->name;
	record.agent = person->agent != NULL ? ks_callbook_agent(ks_str_of(person->agent)) :
		person->invoked_by != NULL ? person->invoked_by : person->user;
	if (ks_dice_below(&crowd->dice, 10) < habit->far)
		record.region = crowd->elsewhere;
	for (unsigned i = 0; i < n; i++) {
		record.time_ms = now_ms + (int64_t)i * KS_TIME_SECOND;
		ks_script_add(crowd->script, &record, &crowd->dice, KS_SCENARIO_NOBODY, KS_SCENARIO_NOBODY);
	}
	return n;
}

void ks_noise_add(struct ks_script *script, int64_t rate)
{
	struct crowd crowd = { .script = script, .elsewhere = KS_STR("eu-west-1") };
	int64_t now = script->begin_ms;

	if (rate <= 0)
		return;
	if (ks_str_is(script->order.scenario->home, "eu-west-1"))
		crowd.elsewhere = KS_STR("us-east-1");
	ks_dice_init(&crowd.dice, script->order.seed, "noise");
	gather(&crowd);
	while (now < script->end_ms) {
		int64_t gap = 3600 * KS_TIME_SECOND / rate * act(&crowd, now);

		now += (int64_t)ks_dice_below(&crowd.dice, (uint64_t)(2 * gap) + 1) + 1;
	}
}
