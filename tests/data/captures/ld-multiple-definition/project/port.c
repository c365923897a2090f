#include "port.h"

int open_port(void) { return baud_rate; }
