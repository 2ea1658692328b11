#pragma once

/// The commit that this program was built from, `-dirty` behind it where files had been changed since; empty where the
/// build was not told.
const char *spillway_commit(void);
