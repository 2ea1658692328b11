#ifndef SPILLWAY_CZLIB_SHIM_H
#define SPILLWAY_CZLIB_SHIM_H
#include <zlib.h>
#endif
