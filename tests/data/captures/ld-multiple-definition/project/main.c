#include "port.h"

int main(void) { return open_port(); }
