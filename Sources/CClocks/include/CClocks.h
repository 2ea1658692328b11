// Clocks that jump, for a process that asks for them.
#pragma once
#include <stdint.h>

/// From now on this process's clock of the day is set back and forth by up to decades, and its time since the machine
/// started leaps forward by up to an hour as after a suspension, all of it drawn from `seed`. The clocks by which the
/// kernel ends waits go on as they did.
void clocks_jump(uint64_t seed);

/// How often a clock that jumps has been asked.
uint64_t clocks_asked(void);
