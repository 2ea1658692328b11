#include "build.h"

// Written by Scripts/name-commit.sh before a build that is to know. A new commit compiles the command anew, and no other
// module.
#if __has_include("commit.h")
#include "commit.h"
#else
#define SPILLWAY_COMMIT ""
#endif

const char *spillway_commit(void) { return SPILLWAY_COMMIT; }
