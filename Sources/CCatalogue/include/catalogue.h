// Data files carried inside the binary, so that one file is all a user copies.
#ifndef SPILLWAY_CATALOGUE_H
#define SPILLWAY_CATALOGUE_H
#include <stddef.h>

typedef struct {
  const char *path;  // below Data/, for example "models/llama-3.1-8b.json"
  const unsigned char *bytes;
  size_t count;
  const char *sha256;  // of the bytes, 64 hexadecimal digits
} spillway_file;

// How many files are embedded.
size_t spillway_file_count(void);
// One of them, in path order.
spillway_file spillway_file_at(size_t index);
// The one of that path; NULL when there is none.
const spillway_file *spillway_file_named(const char *path);
#endif
