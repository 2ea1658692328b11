// A shim around SQLite's own access to files (https://sqlite.org/vfs.html).
#define _GNU_SOURCE
#include "CStorage.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/uio.h>

typedef struct {
  sqlite3_file base;
  int file;
  // The file of SQLite's own stands behind this.
} LoggedFile;

static sqlite3_vfs *own, logged;
static char wanted[512];
static int output = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static sqlite3_file *inner(sqlite3_file *file) { return (sqlite3_file *)((LoggedFile *)file + 1); }

static int note(char kind, int file, int64_t offset, const void *data, uint32_t length) {
  struct storage_request request = {.kind = (uint8_t)kind, .file = (uint8_t)file, .length = length, .offset = offset};
  struct iovec parts[] = {{&request, sizeof request}, {(void *)data, length}};
  pthread_mutex_lock(&lock);
  ssize_t count = writev(output, parts, length > 0 ? 2 : 1);
  pthread_mutex_unlock(&lock);
  // Half a request would spoil those behind it.
  return count == (ssize_t)(sizeof request + length) ? SQLITE_OK : SQLITE_IOERR;
}

static int number(const char *name) {
  size_t length = strlen(name);
  const char *journal = "-journal";
  if (length > strlen(journal) && strcmp(name + length - strlen(journal), journal) == 0) return 1;
  const char *mark = strrchr(name, '-');
  return mark && (strcmp(mark, "-wal") == 0 || strcmp(mark, "-shm") == 0) ? 2 : 0;
}

static int closeFile(sqlite3_file *file) { return inner(file)->pMethods->xClose(inner(file)); }

static int readFile(sqlite3_file *file, void *data, int count, sqlite3_int64 offset) {
  return inner(file)->pMethods->xRead(inner(file), data, count, offset);
}

static int writeFile(sqlite3_file *file, const void *data, int count, sqlite3_int64 offset) {
  int code = inner(file)->pMethods->xWrite(inner(file), data, count, offset);
  return code != SQLITE_OK ? code : note('W', ((LoggedFile *)file)->file, offset, data, (uint32_t)count);
}

static int truncateFile(sqlite3_file *file, sqlite3_int64 size) {
  int code = inner(file)->pMethods->xTruncate(inner(file), size);
  return code != SQLITE_OK ? code : note('T', ((LoggedFile *)file)->file, size, 0, 0);
}

static int syncFile(sqlite3_file *file, int flags) {
  int code = inner(file)->pMethods->xSync(inner(file), flags);
  return code != SQLITE_OK ? code : note('S', ((LoggedFile *)file)->file, 0, 0, 0);
}

static int sizeOfFile(sqlite3_file *file, sqlite3_int64 *size) {
  return inner(file)->pMethods->xFileSize(inner(file), size);
}

static int lockFile(sqlite3_file *file, int level) { return inner(file)->pMethods->xLock(inner(file), level); }

static int unlockFile(sqlite3_file *file, int level) { return inner(file)->pMethods->xUnlock(inner(file), level); }

static int checkLock(sqlite3_file *file, int *result) {
  return inner(file)->pMethods->xCheckReservedLock(inner(file), result);
}

static int control(sqlite3_file *file, int what, void *argument) {
  return inner(file)->pMethods->xFileControl(inner(file), what, argument);
}

static int sectorSize(sqlite3_file *file) { return inner(file)->pMethods->xSectorSize(inner(file)); }

static int characteristics(sqlite3_file *file) { return inner(file)->pMethods->xDeviceCharacteristics(inner(file)); }

// The first version of the interface: without memory maps, and without what a write-ahead log needs.
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = closeFile,
    .xRead = readFile,
    .xWrite = writeFile,
    .xTruncate = truncateFile,
    .xSync = syncFile,
    .xFileSize = sizeOfFile,
    .xLock = lockFile,
    .xUnlock = unlockFile,
    .xCheckReservedLock = checkLock,
    .xFileControl = control,
    .xSectorSize = sectorSize,
    .xDeviceCharacteristics = characteristics,
};

static int openFile(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *outFlags) {
  (void)vfs;
  int isLogged = name && strstr(name, wanted);
  if (!isLogged) return own->xOpen(own, name, file, flags, outFlags);
  int isThere = 0;
  own->xAccess(own, name, SQLITE_ACCESS_EXISTS, &isThere);
  memset(file, 0, sizeof(LoggedFile));
  int code = own->xOpen(own, name, inner(file), flags, outFlags);
  if (code != SQLITE_OK) return code;
  ((LoggedFile *)file)->file = number(name);
  file->pMethods = &methods;
  return isThere ? SQLITE_OK : note('C', number(name), 0, 0, 0);
}

static int deleteFile(sqlite3_vfs *vfs, const char *name, int syncsFolder) {
  (void)vfs;
  int code = own->xDelete(own, name, syncsFolder);
  if (code != SQLITE_OK || !strstr(name, wanted)) return code;
  return note('D', number(name), syncsFolder != 0, 0, 0);
}

int storage_log(const char *part, const char *log) {
  if (strlen(part) >= sizeof wanted) return ENAMETOOLONG;
  sqlite3_initialize();
  own = sqlite3_vfs_find(0);
  if (!own || own == &logged) return EINVAL;
  output = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0) return errno;
  strcpy(wanted, part);
  logged = *own;
  logged.zName = "spillway-log";
  logged.szOsFile += (int)sizeof(LoggedFile);
  logged.xOpen = openFile;
  logged.xDelete = deleteFile;
  logged.pNext = 0;
  return sqlite3_vfs_register(&logged, 1) == SQLITE_OK ? 0 : EINVAL;
}
