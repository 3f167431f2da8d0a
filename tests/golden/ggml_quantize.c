/* Quantizes a matrix with ggml's own library: float32 weights, then importance if there is any, from the standard
   input; blocks to the standard output. Arguments: ggml's number of the type, rows, columns, 1 with importance. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

size_t ggml_quantize_chunk(int type, const float* source, void* target, int64_t start, int64_t rows, int64_t cols,
                           const float* importance);

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const int64_t rows = atoll(arguments[2]);
  const int64_t cols = atoll(arguments[3]);
  const size_t weights = (size_t)(rows * cols);
  const size_t important = atoi(arguments[4]) ? (size_t)cols : 0;
  float* const source = malloc((weights + important) * sizeof(float));
  void* const target = malloc(weights * sizeof(float) + 64);
  if (fread(source, sizeof(float), weights + important, stdin) != weights + important) return 1;
  const size_t size = ggml_quantize_chunk(atoi(arguments[1]), source, target, 0, rows, cols,
                                          important ? source + weights : NULL);
  return fwrite(target, 1, size, stdout) == size ? 0 : 1;
}
