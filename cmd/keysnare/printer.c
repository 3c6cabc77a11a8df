/* One value, or a list of them. */
#include "cmd/keysnare/printer.h"

void ks_printer_line(FILE *to, const struct ks_json *json)
{
	struct ks_buf line;

	ks_buf_init(&line, SIZE_MAX / 2);
	ks_json_render(json, &line);
	ks_buf_addc(&line, '\n');
	fwrite(line.p, 1, line.n, to);
	ks_buf_release(&line);
}

struct ks_printer ks_printer_begin(FILE *to, bool is_lines)
{
	return (struct ks_printer){ to, is_lines ? NULL : ks_json_new_array() };
}

void ks_printer_add(struct ks_printer *printer, struct ks_json *json)
{
	if (printer->all != NULL) {
		ks_json_add(printer->all, NULL, json);
		return;
	}
	ks_printer_line(printer->to, json);
	ks_json_free(json);
}

void ks_printer_end(struct ks_printer *printer)
{
	if (printer->all != NULL)
		ks_printer_line(printer->to, printer->all);
	ks_json_free(printer->all);
	printer->all = NULL;
}
