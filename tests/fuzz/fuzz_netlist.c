/* Any bytes as an address list; then it is asked for addresses that stand in it, and others. */
#include "lib/intel/netlist.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void pass_over(void *arg, const struct ks_err *err)
{
	(void)arg;
	if (err->message[0] == '\0')
		abort();
}

/* Each line's first word is looked up: where the line counted, its address has a category. */
static void look_up(const struct ks_netlist *list, struct ks_str text)
{
	const struct ks_str *names = NULL;
	struct ks_str line;
	struct ks_ip ip;

	while (ks_str_next(&text, '\n', &line)) {
		struct ks_str word = ks_str_trim(line);

		if (!ks_ip_parse(word, &ip))
			continue;
		if (ks_netlist_find(list, &ip, &names) == 0 || names[0].n == 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ks_str text = { (const char *)data, size };
	struct ks_netlist *list = ks_netlist_new();

	ks_netlist_parse(list, "fuzz.txt", text, &(struct ks_netlist_sink){ pass_over, NULL });
	ks_netlist_build(list);
	look_up(list, text);
	ks_netlist_free(list);
	return 0;
}
