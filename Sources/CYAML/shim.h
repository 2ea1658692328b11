#ifndef SPILLWAY_CYAML_SHIM_H
#define SPILLWAY_CYAML_SHIM_H
#include <yaml.h>
#endif
