/* One value, a list of them, or an object piece by piece. */
#include "cmd/keysnare/printer.h"

#include "lib/base/file.h"

#include <unistd.h>

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

struct ks_printer_object ks_printer_open(FILE *to)
{
	putc('{', to);
	return (struct ks_printer_object){ .to = to };
}

void ks_printer_close(struct ks_printer_object *object)
{
	fputs("}\n", object->to);
}

/* Writes what a value is rendered as, without so many bytes at either end. */
static void write_inside(FILE *to, struct ks_json *json, size_t ends)
{
	struct ks_buf text;

	ks_buf_init(&text, SIZE_MAX / 2);
	ks_json_render(json, &text);
	fwrite(text.p + ends, 1, text.n - 2 * ends, to);
	ks_buf_release(&text);
	ks_json_free(json);
}

void ks_printer_members(struct ks_printer_object *object, struct ks_json *json)
{
	if (object->has_members)
		putc(',', object->to);
	object->has_members = true;
	write_inside(object->to, json, 1);
}

void ks_printer_list(struct ks_printer_object *object, const char *name)
{
	fprintf(object->to, "%s\"%s\":[", object->has_members ? "," : "", name);
	object->has_members = true;
	object->has_elements = false;
}

void ks_printer_element(struct ks_printer_object *object, struct ks_json *json)
{
	if (object->has_elements)
		putc(',', object->to);
	object->has_elements = true;
	write_inside(object->to, json, 0);
}

void ks_printer_list_end(struct ks_printer_object *object)
{
	putc(']', object->to);
}

FILE *ks_printer_open_spool(const char *dir, struct ks_err *err)
{
	int fd = ks_file_open_temporary(dir, err);
	FILE *spool = fd >= 0 ? fdopen(fd, "w+") : NULL;

	if (fd >= 0 && spool == NULL) {
		ks_err_set_errno(err, "cannot print to a temporary file");
		close(fd);
	}
	return spool;
}

int ks_printer_close_spool(FILE *spool, bool is_right, FILE *to, struct ks_err *err)
{
	char bytes[65536];
	bool has_failed = fflush(spool) != 0 || ferror(spool) != 0;
	size_t n;
	int rc = 0;

	if (is_right && has_failed)
		rc = ks_err_set_errno(err, "cannot write the temporary file");
	rewind(spool);
	while (is_right && rc == 0 && (n = fread(bytes, 1, sizeof(bytes), spool)) > 0)
		fwrite(bytes, 1, n, to);
	if (is_right && rc == 0 && ferror(spool) != 0)
		rc = ks_err_set_errno(err, "cannot read the temporary file back");
	fclose(spool);
	return rc;
}
