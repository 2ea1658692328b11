// What SQLite asks of the disk, written down, for a process that asks for it.
#pragma once
#include <stdint.h>

/// One request of SQLite that the disk has taken; `length` bytes of data follow it.
struct storage_request {
  /// `W`rite, `T`runcate to `offset` bytes, `S`ync, `C`reate, `D`elete (`offset` is 1 when the folder was synced too).
  uint8_t kind;
  /// 0 the database, 1 its rollback journal, 2 another file of it.
  uint8_t file;
  uint16_t unused;
  uint32_t length;
  int64_t offset;
};

/// From now on every database that this process opens whose full path has `part` in it writes its requests, in order,
/// to the file `log`. They are carried out as ever.
///
/// Returns 0, or an error number.
int storage_log(const char *part, const char *log);
