/* A main for a fuzzer that was built without libFuzzer: feeds it the files that the arguments name, in
 * order. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		uint8_t *data = NULL;
		long size;

		if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
			perror(argv[i]);
			return 1;
		}
		/* Exactly as large as the input, so that a read past its end is seen. */
		rewind(file);
		data = malloc(size > 0 ? (size_t)size : 1);
		if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) {
			perror(argv[i]);
			return 1;
		}
		fclose(file);
		LLVMFuzzerTestOneInput(data, (size_t)size);
		free(data);
	}
	return 0;
}
